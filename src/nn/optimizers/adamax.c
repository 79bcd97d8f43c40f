/* Adamax: Adam with the infinity norm (Kingma and Ba 2015, section 7). */
#include "nn/optimizers/optimizer_class.h"

typedef struct adamax {
    cn__optimizer_options options;
    double beta_1, beta_2, epsilon;
} adamax;

static const cn__param params[] = {CN_OPT_RATE("0.001"), CN_OPT_FLOAT(adamax, beta_1, "0.9", 0, 1),
                                   CN_OPT_FLOAT(adamax, beta_2, "0.999", 0, 1), CN_OPT_EPSILON(adamax),
                                   CN_OPT_COMMON("adamax")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)product;
    const adamax *c = config;
    u->adamax.rate = (real)(rate / (1 - cn__rounded_power(c->beta_1, t)));
    u->adamax.rest_1 = (real)(1 - c->beta_1), u->adamax.beta_2 = (real)c->beta_2;
    u->adamax.epsilon = cn__safe_epsilon(c->epsilon, false);
}

extern const cn__optimizer_class cn__optimizer_adamax;
const cn__optimizer_class cn__optimizer_adamax = {
    .kind = {.name = "adamax", .class_name = "Adamax", CN_PARAMS(params), .config_size = sizeof(adamax)},
    .rule = CN_OPTIMIZER_ADAMAX,
    .slot = {{.name = "momentum"}, {.name = "norm"}},
    .numbers = numbers};
