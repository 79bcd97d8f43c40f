/* Ftrl: follow the regularised leader (McMahan et al. 2013). */
#include "nn/optimizers/optimizer_class.h"

typedef struct ftrl {
    cn__optimizer_options options;
    double learning_rate_power, initial_accumulator_value, l1, l2, l2_shrinkage, beta;
} ftrl;

#define STRENGTH(text, field)                                                                                \
    {                                                                                                        \
        .name = text, .type = CN_PARAM_FLOAT, .offset = offsetof(ftrl, field), .fallback = "0.0", .low = 0,  \
        .high = DBL_MAX                                                                                      \
    }
static const cn__param params[] = {CN_OPT_RATE("0.001"),
                                   CN_OPT_FLOAT(ftrl, learning_rate_power, "-0.5", -DBL_MAX, 0),
                                   CN_OPT_FLOAT(ftrl, initial_accumulator_value, "0.1", 0, DBL_MAX),
                                   STRENGTH("l1_regularization_strength", l1),
                                   STRENGTH("l2_regularization_strength", l2),
                                   STRENGTH("l2_shrinkage_regularization_strength", l2_shrinkage),
                                   CN_OPT_FLOAT(ftrl, beta, "0.0", 0, DBL_MAX),
                                   CN_OPT_COMMON("ftrl")};

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)t, (void)product;
    const ftrl *c = config;
    u->ftrl.inverse_rate = (real)(1 / rate);
    u->ftrl.power = (real)-c->learning_rate_power;
    u->ftrl.l1 = (real)c->l1, u->ftrl.l2 = (real)(2 * c->l2 + c->beta / rate);
    u->ftrl.shrinkage = (real)(2 * c->l2_shrinkage);
}

static double start(const void *config) { return ((const ftrl *)config)->initial_accumulator_value; }

extern const cn__optimizer_class cn__optimizer_ftrl;
const cn__optimizer_class cn__optimizer_ftrl = {
    .kind = {.name = "ftrl", .class_name = "Ftrl", CN_PARAMS(params), .config_size = sizeof(ftrl)},
    .rule = CN_OPTIMIZER_FTRL,
    .slot = {{.name = "accumulator", .start = start}, {.name = "linear"}},
    .slots_by_variable = true,
    .numbers = numbers};
