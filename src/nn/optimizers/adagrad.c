/* Adagrad (Duchi et al. 2011). */
#include "nn/optimizers/optimizer_class.h"

typedef struct adagrad {
    cn__optimizer_options options;
    double initial_accumulator_value, epsilon;
} adagrad;

static const cn__param params[] = {CN_OPT_RATE("0.001"),
                                   CN_OPT_FLOAT(adagrad, initial_accumulator_value, "0.1", 0, DBL_MAX),
                                   CN_OPT_EPSILON(adagrad), CN_OPT_COMMON("adagrad")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)t, (void)product;
    u->adagrad.rate = (real)rate;
    u->adagrad.epsilon = cn__safe_epsilon(((const adagrad *)config)->epsilon, true);
}

static double start(const void *config) { return ((const adagrad *)config)->initial_accumulator_value; }

extern const cn__optimizer_class cn__optimizer_adagrad;
const cn__optimizer_class cn__optimizer_adagrad = {
    .kind = {.name = "adagrad", .class_name = "Adagrad", CN_PARAMS(params), .config_size = sizeof(adagrad)},
    .rule = CN_OPTIMIZER_ADAGRAD,
    .slot = {{.name = "accumulator", .start = start}},
    .numbers = numbers};
