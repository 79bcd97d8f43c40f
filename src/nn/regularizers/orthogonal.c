/* OrthogonalRegularizer: factor times the mean of |cosine| over the pairs of rows (or columns) of a matrix (Brock et al.
 * 2016). */
#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "nn/regularizers/regularizer.h"

typedef struct orthogonal {
    double factor;
    const char *mode;
} orthogonal;

static const char *const modes[] = {"rows", "columns", NULL};
static const cn__param params[] = {{.name = "factor",
                                    .type = CN_PARAM_FLOAT,
                                    .offset = offsetof(orthogonal, factor),
                                    .fallback = "0.01",
                                    .low = 0,
                                    .high = DBL_MAX,
                                    .expected = "a number of at least 0"},
                                   {.name = "mode",
                                    .type = CN_PARAM_WORD,
                                    .offset = offsetof(orthogonal, mode),
                                    .fallback = "rows",
                                    .words = modes}};

static bool by_columns(const void *config)
{
    return strcmp(((const orthogonal *)config)->mode, "columns") == 0;
}

/* `count` vectors of `size` elements, divided by their norms, and what is made of them. */
typedef struct vectors {
    const cn__kernels *k;
    size_t count, size, width,
        square; /* reals from one vector to the next, and from one row of products to the next */
    real *unit, *transposed, *product, *norm;
} vectors;

static size_t padded(size_t rows, size_t cols) { return rows * CN_PAD(cols) + CN_LANES; }

/* For the vectors transposed, and later for a gradient of theirs. */
static size_t transposed_size(size_t count, size_t size)
{
    return padded(size, count) > padded(count, size) ? padded(size, count) : padded(count, size);
}

static size_t workspace(const void *config, size_t rows, size_t cols)
{
    const size_t count = by_columns(config) ? cols : rows, size = by_columns(config) ? rows : cols;
    return padded(count, size) + transposed_size(count, size) + padded(count, count) + CN_PAD(count);
}

static vectors make_vectors(const void *config, size_t rows, size_t cols, const real *w, real *memory)
{
    const bool columns = by_columns(config);
    vectors v = {.k = cn__kernels_get(), .count = columns ? cols : rows, .size = columns ? rows : cols};
    v.width = CN_PAD(v.size), v.square = CN_PAD(v.count);
    v.unit = memory, v.transposed = v.unit + padded(v.count, v.size),
    v.product = v.transposed + transposed_size(v.count, v.size),
    v.norm = v.product + padded(v.count, v.count);
    memset(memory, 0, workspace(config, rows, cols) * sizeof *memory);
    if (columns) v.k->transpose(w, cols, rows, cols, v.unit, v.width);
    else
        for (size_t r = 0; r < rows; r++) memcpy(v.unit + r * v.width, w + r * cols, cols * sizeof *w);
    for (size_t i = 0; i < v.count; i++) {
        const real norm = (real)sqrt((double)v.k->sum_squares(v.unit + i * v.width, v.size));
        v.norm[i] = norm > (real)1e-7 ? norm : (real)1e-7;
        for (size_t e = 0; e < v.size; e++) v.unit[i * v.width + e] /= v.norm[i];
    }
    return v;
}

/* Σ |product| off the diagonal; leaves the signs in the products' place. */
static double signs(vectors *v)
{
    double sum = 0;
    for (size_t i = 0; i < v->count; i++)
        for (size_t j = 0; j < v->count; j++) {
            real *p = &v->product[i * v->square + j];
            if (i == j) *p = 0;
            sum += fabs((double)*p);
            *p = (real)((*p > 0) - (*p < 0));
        }
    return sum;
}

/* Of a unit vector u = w / |w|: dw = (du - u (u · du)) / |w|, with du the sum of the others' signs times them. */
static void add_gradient(vectors *v, bool columns, size_t cols, real part, real *gradient)
{
    real *du = v->transposed;
    v->k->matmul(&(cn__matmul){.a = v->product,
                               .a_row = v->square,
                               .a_step = 1,
                               .b = v->unit,
                               .b_row = v->width,
                               .c = du,
                               .c_row = v->width,
                               .rows = v->count,
                               .cols = v->size,
                               .depth = v->count,
                               .c_padded = true});
    for (size_t i = 0; i < v->count; i++) {
        const real *u = v->unit + i * v->width, *d = du + i * v->width;
        const real along = v->norm[i] > (real)1e-7 ? v->k->dot(u, d, v->size) : 0;
        for (size_t e = 0; e < v->size; e++)
            gradient[columns ? e * cols + i : i * cols + e] += part * ((d[e] - u[e] * along) / v->norm[i]);
    }
}

static double penalty(const void *config, size_t rows, size_t cols, const real *w, real *gradient,
                      real *memory)
{
    const orthogonal *o = config;
    vectors v = make_vectors(config, rows, cols, w, memory);
    if (v.count < 2) return 0;
    v.k->transpose(v.unit, v.width, v.count, v.size, v.transposed, v.square);
    v.k->matmul(&(cn__matmul){.a = v.unit,
                              .a_row = v.width,
                              .a_step = 1,
                              .b = v.transposed,
                              .b_row = v.square,
                              .c = v.product,
                              .c_row = v.square,
                              .rows = v.count,
                              .cols = v.count,
                              .depth = v.size,
                              .c_padded = true});
    const double pairs = (double)v.count * ((double)v.count - 1) / 2, sum = signs(&v);
    if (gradient) add_gradient(&v, by_columns(config), cols, (real)(o->factor / pairs), gradient);
    return o->factor * 0.5 * sum / pairs;
}

extern const cn__regularizer_class cn__regularizer_orthogonal;
const cn__regularizer_class cn__regularizer_orthogonal = {.kind = {.name = "orthogonal_regularizer",
                                                                   .class_name = "OrthogonalRegularizer",
                                                                   .aliases = {"orthogonal"},
                                                                   CN_PARAMS(params),
                                                                   .config_size = sizeof(orthogonal)},
                                                          .penalty = penalty,
                                                          .workspace = workspace};
