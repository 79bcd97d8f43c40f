/* Lion (Chen et al. 2023): steps of one size, by the sign of a momentum. */
#include "nn/optimizer_class.h"

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
    cn__set_numbers(u, 5, (double[]){rate, b1, 1 - b1, b2, 1 - b2});
}

extern const cn__optimizer_class cn__optimizer_lion;
const cn__optimizer_class cn__optimizer_lion = {
    .kind = {.name = "lion", .class_name = "Lion", CN_PARAMS(params), .config_size = sizeof(lion)},
    .rule = CN_OPTIMIZER_LION,
    .slot = {{.name = "momentum"}},
    .numbers = numbers};
