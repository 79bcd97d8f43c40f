/* Orthogonal: gain times a matrix whose rows or columns are orthonormal (Saxe et al. 2014). */
#include <math.h>

#include "nn/initializers/initializer.h"

typedef struct orthogonal {
    cn__initializer_options options;
    double gain;
} orthogonal;

static const cn__param params[] = {CN_INITIALIZER_NUMBER(orthogonal, gain, "1.0"), CN_INITIALIZER_SEED};

/* In four chains, element i in chain i mod 4. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++) sum[i % 4] += a[i] * b[i];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* Makes `count` vectors of n numbers orthonormal, in place: modified Gram-Schmidt, each vector gone over
 * twice, which leaves nothing but rounding. This is the Q of a QR with a positive diagonal in R, the one
 * that is uniform over orthogonal matrices when the vectors are normal. */
static void orthonormalise(double *vectors, size_t count, size_t n)
{
    for (size_t j = 0; j < count; j++) {
        double *v = vectors + j * n;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < j; i++) {
                const double *q = vectors + i * n;
                double along = dot(q, v, n);
                for (size_t k = 0; k < n; k++) v[k] -= along * q[k];
            }
        double norm = sqrt(dot(v, v, n));
        for (size_t k = 0; k < n; k++) v[k] /= norm;
    }
}

/* The rows of the result are orthonormal if there are fewer of them than of columns, else the columns; all
 * dimensions but the last count as rows. */
static cn_status fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                      real *values)
{
    const double gain = ((const orthogonal *)config)->gain;
    const size_t cols = shape[ndim - 1], rows = cn__fill_size(ndim - 1, shape);
    const size_t length = rows > cols ? rows : cols, count = rows > cols ? cols : rows;
    if (count == 0) return CN_OK;
    double *vectors = cn__calloc(rows * cols, sizeof *vectors);
    if (!vectors) return CN_ERROR_MEMORY;
    for (size_t j = 0; j < count; j++)
        for (size_t k = 0; k < length; k++)
            vectors[j * length + k] = cn__random_normal(stream, k * count + j);
    orthonormalise(vectors, count, length);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            values[r * cols + c] =
                (real)(gain * (rows < cols ? vectors[r * length + c] : vectors[c * length + r]));
    cn__free(vectors);
    return CN_OK;
}

extern const cn__initializer_class cn__initializer_orthogonal;
const cn__initializer_class cn__initializer_orthogonal = {.kind = {.name = "orthogonal",
                                                                   .class_name = "OrthogonalInitializer",
                                                                   CN_PARAMS(params),
                                                                   .config_size = sizeof(orthogonal)},
                                                          .random = true,
                                                          .least = 2,
                                                          .most = 99,
                                                          .fill = fill};
