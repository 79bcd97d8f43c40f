/* Adafactor (Shazeer and Stern 2018): squared gradients of a matrix are kept as the means of its rows and of its columns.
 * As Keras has it: the last two dimensions are the matrix, and the estimate that is made of the means is kept too. */
#include "nn/optimizers/optimizer_class.h"

typedef struct adafactor {
    cn__optimizer_options options;
    double beta_2_decay, epsilon_1, epsilon_2, clip_threshold;
    bool relative_step;
} adafactor;

static const cn__param params[] = {CN_OPT_RATE("0.001"),
                                   {.name = "beta_2_decay",
                                    .type = CN_PARAM_FLOAT,
                                    .offset = offsetof(adafactor, beta_2_decay),
                                    .fallback = "-0.8"},
                                   CN_OPT_FLOAT(adafactor, epsilon_1, "1e-30", 0, DBL_MAX),
                                   CN_OPT_FLOAT(adafactor, epsilon_2, "1e-3", 0, DBL_MAX),
                                   CN_OPT_FLOAT(adafactor, clip_threshold, "1.0", DBL_MIN, DBL_MAX),
                                   {.name = "relative_step",
                                    .type = CN_PARAM_BOOL,
                                    .offset = offsetof(adafactor, relative_step),
                                    .fallback = "true"},
                                   CN_OPT_COMMON("adafactor")};

/* In float32, as in Keras: beta_2 of step t, and the step relative to the weights. */
/* Where its numbers stand in cn__update.c. */
enum { RATE, BETA_2, REST_2, EPSILON_1, EPSILON_2, THRESHOLD };

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)product;
    const adafactor *c = config;
    const double relative = cn__rounded(1 / cn__rounded(sqrt(t)));
    if (!c->options.learning_rate || !cn__value_name(c->options.learning_rate))
        rate = c->relative_step && relative < rate ? relative : rate;
    const double rho = relative < rate ? relative : rate;
    const double beta_2 = cn__rounded(1 - cn__rounded(cn__pow(t, c->beta_2_decay)));
    cn__set_numbers(u, 6, (double[]){rho, beta_2, 1 - beta_2, c->epsilon_1, c->epsilon_2, c->clip_threshold});
}

/* Of a vector Keras keeps a single number that counts for nothing. */
static int row_shape(const cn__variable *v, size_t *shape)
{
    for (int i = 0; i < v->ndim - 1; i++) shape[i] = v->shape[i];
    return v->ndim < 2 ? 0 : v->ndim - 1;
}

static int column_shape(const cn__variable *v, size_t *shape)
{
    if (v->ndim < 2) return 0;
    for (int i = 0; i < v->ndim - 2; i++) shape[i] = v->shape[i];
    shape[v->ndim - 2] = v->shape[v->ndim - 1];
    return v->ndim - 1;
}

/* The gradient and the estimate in C order. */
static size_t workspace(const cn__variable *v) { return 2 * cn__variable_size(v); }

static double mean(const real *x, size_t count, size_t step)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)x[i * step];
    return sum / (double)count;
}

/* The means of one matrix of g² + epsilon_1, and the estimate from them. */
static void factor(const cn__update *u, const real *g, size_t rows, size_t cols, real *r, real *c, real *v)
{
    for (size_t i = 0; i < rows * cols; i++) v[i] = g[i] * g[i] + u->c[EPSILON_1];
    for (size_t i = 0; i < rows; i++)
        r[i] = u->c[BETA_2] * r[i] + u->c[REST_2] * (real)mean(v + i * cols, cols, 1);
    for (size_t j = 0; j < cols; j++)
        c[j] = u->c[BETA_2] * c[j] + u->c[REST_2] * (real)mean(v + j, rows, cols);
    const real whole = (real)mean(r, rows, 1);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) v[i * cols + j] = r[i] / whole * c[j];
}

static real root_mean_square(const real *x, size_t n)
{
    const cn__kernels *k = cn__kernels_get();
    return (real)sqrt((double)k->sum_squares(x, n) / (double)n);
}

/* Leaves the estimate of squared gradients in C order in `v`, and in its slot. */
static void estimate(const cn__update *u, const cn__whole *a, const real *g, real *v)
{
    const cn__variable *of = a->variable;
    const size_t n = cn__variable_size(of);
    if (of->ndim < 2) {
        cn__variable_gather(of, a->slot[2], v);
        for (size_t i = 0; i < n; i++)
            v[i] = u->c[BETA_2] * v[i] + u->c[REST_2] * (g[i] * g[i] + u->c[EPSILON_1]);
    } else {
        const size_t rows = of->shape[of->ndim - 2], cols = of->shape[of->ndim - 1];
        for (size_t m = 0; m * rows * cols < n; m++)
            factor(u, g + m * rows * cols, rows, cols, a->slot[0] + m * rows, a->slot[1] + m * cols,
                   v + m * rows * cols);
    }
    cn__variable_scatter(of, v, a->slot[2]);
}

static void apply(const void *config, const cn__update *u, const cn__whole *a)
{
    (void)config;
    const size_t n = cn__variable_size(a->variable);
    real *g = a->workspace, *v = g + n;
    cn__variable_gather(a->variable, a->grad, g);
    estimate(u, a, g, v);
    for (size_t i = 0; i < n; i++) g[i] /= (real)sqrt((double)v[i]);
    const real length = root_mean_square(g, n) / u->c[THRESHOLD], cut = length > 1 ? length : 1;
    cn__variable_gather(a->variable, a->w, v);
    const real size = root_mean_square(v, n),
               step = (size > u->c[EPSILON_2] ? size : u->c[EPSILON_2]) * u->c[RATE];
    for (size_t i = 0; i < n; i++) v[i] -= step * (g[i] / cut);
    cn__variable_scatter(a->variable, v, a->w);
}

extern const cn__optimizer_class cn__optimizer_adafactor;
const cn__optimizer_class cn__optimizer_adafactor = {.kind = {.name = "adafactor",
                                                              .class_name = "Adafactor",
                                                              CN_PARAMS(params),
                                                              .config_size = sizeof(adafactor)},
                                                     .slot = {{.name = "row", .shape = row_shape},
                                                              {.name = "column", .shape = column_shape},
                                                              {.name = "velocity"}},
                                                     .numbers = numbers,
                                                     .workspace = workspace,
                                                     .apply = apply};
