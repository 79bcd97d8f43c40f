/* Lamb (You et al. 2020): Adam's step, as long as the variable itself is. Keras adds nothing of the weight decay to the
 * step, but decays the weights before. */
#include <math.h>

#include "nn/optimizers/optimizer_class.h"

typedef struct lamb {
    cn__optimizer_options options;
    double beta_1, beta_2, epsilon;
} lamb;

static const cn__param params[] = {CN_OPT_RATE("0.001"), CN_OPT_FLOAT(lamb, beta_1, "0.9", 0, 1),
                                   CN_OPT_FLOAT(lamb, beta_2, "0.999", 0, 1), CN_OPT_EPSILON(lamb),
                                   CN_OPT_COMMON("lamb")};

/* Where its numbers stand in cn__update.c. */
enum { RATE, REST_1, REST_2, EPSILON, CORRECTION_1, CORRECTION_2 };

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)product;
    const lamb *c = config;
    cn__set_numbers(u, 6,
                    (double[]){rate, 1 - c->beta_1, 1 - c->beta_2, 0, 1 - cn__rounded_power(c->beta_1, t),
                               1 - cn__rounded_power(c->beta_2, t)});
    u->c[EPSILON] = cn__safe_epsilon(c->epsilon, false);
}

/* The step's direction, left in the gradient's place. */
static void direct(const cn__update *u, const cn__whole *a)
{
    for (size_t i = 0; i < a->n; i++) {
        real g = a->grad[i], *m = &a->slot[0][i], *v = &a->slot[1][i];
        *m = cn__flushed(*m + (g - *m) * u->c[REST_1], u);
        *v = cn__flushed(*v + (g * g - *v) * u->c[REST_2], u);
        const real root = (real)sqrt((double)(*v / u->c[CORRECTION_2]));
        a->grad[i] = *m / u->c[CORRECTION_1] / (root + u->c[EPSILON]);
    }
}

static void apply(const void *config, const cn__update *u, const cn__whole *a)
{
    (void)config;
    const cn__kernels *k = cn__kernels_get();
    direct(u, a);
    const double w = sqrt((double)k->sum_squares(a->w, a->n)),
                 step = sqrt((double)k->sum_squares(a->grad, a->n));
    const real factor = (real)(w > 0 && step > 0 ? w / step : 1) * u->c[RATE];
    for (size_t i = 0; i < a->n; i++) a->w[i] -= factor * a->grad[i];
}

extern const cn__optimizer_class cn__optimizer_lamb;
const cn__optimizer_class cn__optimizer_lamb = {
    .kind = {.name = "lamb", .class_name = "Lamb", CN_PARAMS(params), .config_size = sizeof(lamb)},
    .slot = {{.name = "momentum"}, {.name = "velocity"}},
    .numbers = numbers,
    .apply = apply};
