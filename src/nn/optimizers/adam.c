/* Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), which differ by the default of weight decay. */
#include <math.h>

#include "nn/optimizers/optimizer_class.h"

typedef struct adam {
    cn__optimizer_options options;
    double beta_1, beta_2, epsilon;
    bool amsgrad;
} adam;

#define OWN                                                                                                  \
    CN_OPT_FLOAT(adam, beta_1, "0.9", 0, 1), CN_OPT_FLOAT(adam, beta_2, "0.999", 0, 1),                      \
        CN_OPT_EPSILON(adam), CN_OPT_FLAG(adam, amsgrad)
static const cn__param adam_params[] = {CN_OPT_RATE("0.001"), OWN, CN_OPT_COMMON("adam")};
static const cn__param adamw_params[] = {
    CN_OPT_RATE("0.001"), CN_OPT_FLOAT(cn__optimizer_options, weight_decay, "0.004", 0, DBL_MAX), OWN,
    CN_OPT_COMMON_BUT_DECAY("adamw")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)product;
    const adam *c = config;
    const double alpha =
        rate * sqrt(1 - cn__rounded_power(c->beta_2, t)) / (1 - cn__rounded_power(c->beta_1, t));
    u->amsgrad = c->amsgrad;
    u->adam.rate = (real)alpha;
    u->adam.rest_1 = (real)(1 - c->beta_1), u->adam.rest_2 = (real)(1 - c->beta_2);
    u->adam.epsilon = cn__safe_epsilon(c->epsilon, false);
}

static bool with_amsgrad(const void *config) { return ((const adam *)config)->amsgrad; }

#define CLASS(name_, class_)                                                                                 \
    extern const cn__optimizer_class cn__optimizer_##name_;                                                  \
    const cn__optimizer_class cn__optimizer_##name_ = {                                                      \
        .kind = {.name = #name_,                                                                             \
                 .class_name = class_,                                                                       \
                 CN_PARAMS(name_##_params),                                                                  \
                 .config_size = sizeof(adam)},                                                               \
        .rule = CN_OPTIMIZER_ADAM,                                                                           \
        .slot = {{.name = "momentum"},                                                                       \
                 {.name = "velocity"},                                                                       \
                 {.name = "velocity_hat", .wanted = with_amsgrad, .round = 1, .oldest_placeholder = true}},  \
        .numbers = numbers}

CLASS(adam, "Adam");
CLASS(adamw, "AdamW");
