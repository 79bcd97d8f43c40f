/* Nadam (Dozat 2016, "Incorporating Nesterov momentum into Adam"), with a momentum factor that grows. */
#include "nn/optimizers/optimizer_class.h"

typedef struct nadam {
    cn__optimizer_options options;
    double beta_1, beta_2, epsilon;
} nadam;

static const cn__param params[] = {CN_OPT_RATE("0.001"), CN_OPT_FLOAT(nadam, beta_1, "0.9", 0, 1),
                                   CN_OPT_FLOAT(nadam, beta_2, "0.999", 0, 1), CN_OPT_EPSILON(nadam),
                                   CN_OPT_COMMON("nadam")};

static double factor(const void *config, double t)
{
    return cn__rounded(cn__rounded(((const nadam *)config)->beta_1) * (1 - 0.5 * cn__rounded_power(0.96, t)));
}

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    const nadam *c = config;
    const double now = factor(c, t), next = factor(c, t + 1), product_next = cn__rounded(product * next);
    u->nadam.rate = (real)rate;
    u->nadam.rest_1 = (real)(1 - cn__rounded(c->beta_1)),
    u->nadam.rest_2 = (real)(1 - cn__rounded(c->beta_2));
    u->nadam.of_momentum = (real)(next / (1 - product_next));
    u->nadam.of_gradient = (real)((1 - now) / (1 - product));
    u->nadam.correction = (real)(1 / (1 - cn__rounded_power(c->beta_2, t)));
    u->nadam.epsilon = cn__safe_epsilon(c->epsilon, false);
}

extern const cn__optimizer_class cn__optimizer_nadam;
const cn__optimizer_class cn__optimizer_nadam = {
    .kind = {.name = "nadam", .class_name = "Nadam", CN_PARAMS(params), .config_size = sizeof(nadam)},
    .rule = CN_OPTIMIZER_NADAM,
    .slot = {{.name = "momentum"}, {.name = "velocity"}},
    .factor = factor,
    .numbers = numbers};
