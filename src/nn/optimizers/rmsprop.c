/* RMSprop (Tieleman and Hinton 2012). */
#include "nn/optimizers/optimizer_class.h"

typedef struct rmsprop {
    cn__optimizer_options options;
    double rho, momentum, epsilon;
    bool centered;
} rmsprop;

static const cn__param params[] = {CN_OPT_RATE("0.001"),
                                   CN_OPT_FLOAT(rmsprop, rho, "0.9", 0, 1),
                                   CN_OPT_FLOAT(rmsprop, momentum, "0.0", 0, DBL_MAX),
                                   CN_OPT_EPSILON(rmsprop),
                                   CN_OPT_FLAG(rmsprop, centered),
                                   CN_OPT_COMMON("rmsprop")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)t, (void)product;
    const rmsprop *c = config;
    u->centered = c->centered;
    u->rmsprop.rate = (real)rate, u->rmsprop.momentum = (real)c->momentum;
    u->rmsprop.rho = (real)c->rho, u->rmsprop.rest = (real)(1 - c->rho);
    u->rmsprop.epsilon = cn__safe_epsilon(c->epsilon, true);
}

static bool with_momentum(const void *config) { return ((const rmsprop *)config)->momentum > 0; }
static bool centered(const void *config) { return ((const rmsprop *)config)->centered; }

extern const cn__optimizer_class cn__optimizer_rmsprop;
const cn__optimizer_class cn__optimizer_rmsprop = {
    .kind = {.name = "rmsprop", .class_name = "RMSprop", CN_PARAMS(params), .config_size = sizeof(rmsprop)},
    .rule = CN_OPTIMIZER_RMSPROP,
    .slot = {{.name = "velocity"},
             {.name = "momentum", .wanted = with_momentum, .round = 1},
             {.name = "average_gradient", .wanted = centered, .round = 2}},
    .numbers = numbers};
