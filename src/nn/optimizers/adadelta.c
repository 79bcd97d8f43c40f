/* Adadelta (Zeiler 2012). */
#include "nn/optimizers/optimizer_class.h"

typedef struct adadelta {
    cn__optimizer_options options;
    double rho, epsilon;
} adadelta;

static const cn__param params[] = {CN_OPT_RATE("0.001"), CN_OPT_FLOAT(adadelta, rho, "0.95", 0, 1),
                                   CN_OPT_EPSILON(adadelta), CN_OPT_COMMON("adadelta")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)t, (void)product;
    const adadelta *c = config;
    u->adadelta.rate = (real)rate;
    u->adadelta.rho = (real)c->rho, u->adadelta.rest = (real)(1 - c->rho);
    u->adadelta.epsilon = cn__safe_epsilon(c->epsilon, true);
}

extern const cn__optimizer_class cn__optimizer_adadelta;
const cn__optimizer_class cn__optimizer_adadelta = {
    .kind = {.name = "adadelta",
             .class_name = "Adadelta",
             CN_PARAMS(params),
             .config_size = sizeof(adadelta)},
    .rule = CN_OPTIMIZER_ADADELTA,
    .slot = {{.name = "accumulated_grad"}, {.name = "accumulated_delta_var"}},
    .numbers = numbers};
