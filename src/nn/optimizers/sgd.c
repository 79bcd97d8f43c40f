/* SGD, with momentum and Nesterov's variant of it. */
#include "nn/optimizers/optimizer_class.h"

typedef struct sgd {
    cn__optimizer_options options;
    double momentum;
    bool nesterov;
} sgd;

static const cn__param params[] = {CN_OPT_RATE("0.01"), CN_OPT_FLOAT(sgd, momentum, "0.0", 0, 1),
                                   CN_OPT_FLAG(sgd, nesterov), CN_OPT_COMMON("SGD")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)t, (void)product;
    const sgd *c = config;
    u->nesterov = c->nesterov;
    u->sgd.rate = (real)rate, u->sgd.momentum = (real)c->momentum;
}

static bool with_momentum(const void *config) { return ((const sgd *)config)->momentum > 0; }

extern const cn__optimizer_class cn__optimizer_sgd;
const cn__optimizer_class cn__optimizer_sgd = {
    .kind = {.name = "sgd", .class_name = "SGD", CN_PARAMS(params), .config_size = sizeof(sgd)},
    .rule = CN_OPTIMIZER_SGD,
    .slot = {{.name = "momentum", .wanted = with_momentum}},
    .numbers = numbers};
