/* Lion (Chen et al. 2023): steps of one size, by the sign of a momentum. */
#include "nn/optimizers/optimizer_class.h"

typedef struct lion {
    cn__optimizer_options options;
    double beta_1, beta_2;
} lion;

static const cn__param params[] = {CN_OPT_RATE("0.001"), CN_OPT_FLOAT(lion, beta_1, "0.9", DBL_MIN, 1),
                                   CN_OPT_FLOAT(lion, beta_2, "0.99", 0, 1), CN_OPT_COMMON("lion")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)t, (void)product;
    const lion *c = config;
    const double b1 = cn__rounded(c->beta_1), b2 = cn__rounded(c->beta_2);
    u->lion.rate = (real)rate;
    u->lion.beta_1 = (real)b1, u->lion.rest_1 = (real)(1 - b1);
    u->lion.beta_2 = (real)b2, u->lion.rest_2 = (real)(1 - b2);
}

extern const cn__optimizer_class cn__optimizer_lion;
const cn__optimizer_class cn__optimizer_lion = {
    .kind = {.name = "lion", .class_name = "Lion", CN_PARAMS(params), .config_size = sizeof(lion)},
    .rule = CN_OPTIMIZER_LION,
    .slot = {{.name = "momentum"}},
    .numbers = numbers};
