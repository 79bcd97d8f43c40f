/* What an optimiser is made of. Powers and rates are rounded to `real` where Keras rounds them to float32, since
 * 1 - 0.999f and 0.001f differ by more than a rounding. The formulas of those that
 * update element by element stand in kernels/simd/update_rules.h; one that takes whole variables has its own (apply). */
#ifndef CN_NN_OPTIMIZERS_OPTIMIZER_CLASS_H
#define CN_NN_OPTIMIZERS_OPTIMIZER_CLASS_H

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "base/dmath.h"
#include "nn/optimizers/optimizer.h"

/* The first member of every optimiser's arguments. */
typedef struct cn__optimizer_options {
    const cn__value *learning_rate, *exclude_from_weight_decay;
    double weight_decay, clipnorm, clipvalue, global_clipnorm, loss_scale_factor; /* NAN: none */
    bool use_ema;
    double ema_momentum;
    int64_t ema_overwrite_frequency, gradient_accumulation_steps; /* INT64_MIN: none */
    const char *name;
} cn__optimizer_options;

typedef struct cn__slot {
    const char *name;                   /* NULL: no more */
    bool (*wanted)(const void *config); /* NULL: always */
    bool (*of)(const void *config,
               const cn__variable *v); /* does this variable have one? NULL: every one does */
    /* Of one in another shape than the variable's, which is then kept in C order: fills it, returns its dimensions. */
    int (*shape)(const cn__variable *v, size_t *shape);
    double (*start)(const void *config); /* NULL: from zero */
    int round;                           /* Keras makes the slots of a round together, variable by variable */
    bool oldest_placeholder; /* not wanted, it is an array of one number in files of Keras 2.0 to 2.3 */
} cn__slot;

typedef struct cn__optimizer_class {
    cn__kind kind;
    cn__optimizer_kind rule;
    cn__slot slot[CN_MAX_SLOTS];
    bool slots_by_variable; /* in files of Keras 2 */
    /* The momentum factor of step t, of one whose state has their product; else NULL. */
    double (*factor)(const void *config, double t);
    /* Of one whose step needs a whole variable at once: takes it, after u's clipping and decay; else NULL, and the
     * kernels' rule takes any part of one. */
    void (*apply)(const void *config, const cn__update *u, const cn__whole *whole);
    /* Reals that apply needs for a variable; NULL: none. */
    size_t (*workspace)(const cn__variable *v);
    /* The weight decay of a variable, where not all have the same; NULL: they have. */
    double (*decay)(const void *config, const cn__variable *v);
    /* Fills the numbers of `u` for step t, the first being 1. `product` is the one with step t's factor. */
    void (*numbers)(const void *config, double rate, double t, double product, cn__update *u);
} cn__optimizer_class;

/* ---- for the files of optimisers --------------------------------------------------------------------------- */

#define CN_OPT_FLOAT(config, field, text, low_, high_)                                                       \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(config, field), .fallback = text,         \
        .low = low_, .high = high_                                                                           \
    }
#define CN_OPT_FLAG(config, field)                                                                           \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_BOOL, .offset = offsetof(config, field), .fallback = "false"        \
    }
#define CN_OPT_VALUE(field, text)                                                                            \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_VALUE, .offset = offsetof(cn__optimizer_options, field),            \
        .fallback = text                                                                                     \
    }
#define CN_OPT_CLIP(field)                                                                                   \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_MAYBE_FLOAT, .offset = offsetof(cn__optimizer_options, field),      \
        .fallback = "none", .low = 0, .high = DBL_MAX                                                        \
    }
#define CN_OPT_RATE(text) CN_OPT_VALUE(learning_rate, text)
#define CN_OPT_EPSILON(config) CN_OPT_FLOAT(config, epsilon, "1e-7", 0, DBL_MAX)

/* What every optimiser takes, after its own. */
#define CN_OPT_EVERY(field, least)                                                                           \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_MAYBE_INT, .offset = offsetof(cn__optimizer_options, field),        \
        .fallback = "none", .low = least, .high = 0x1p62                                                     \
    }
#define CN_OPT_COMMON_BUT_DECAY(name_text)                                                                   \
    CN_OPT_CLIP(clipnorm), CN_OPT_CLIP(clipvalue), CN_OPT_CLIP(global_clipnorm),                             \
        CN_OPT_FLAG(cn__optimizer_options, use_ema),                                                         \
        CN_OPT_FLOAT(cn__optimizer_options, ema_momentum, "0.99", 0, 1),                                     \
        CN_OPT_EVERY(ema_overwrite_frequency, 1),                                                            \
        {.name = "loss_scale_factor",                                                                        \
         .type = CN_PARAM_MAYBE_FLOAT,                                                                       \
         .offset = offsetof(cn__optimizer_options, loss_scale_factor),                                       \
         .fallback = "none",                                                                                 \
         .low = 0x1p-100,                                                                                    \
         .high = 0x1p100,                                                                                    \
         .expected = "a number over 0"},                                                                     \
        CN_OPT_EVERY(gradient_accumulation_steps, 2),                                                        \
        {.name = "name",                                                                                     \
         .type = CN_PARAM_WORD,                                                                              \
         .offset = offsetof(cn__optimizer_options, name),                                                    \
         .fallback = name_text},                                                                             \
        CN_OPT_VALUE(exclude_from_weight_decay, "none")
#define CN_OPT_COMMON(name_text) CN_OPT_CLIP(weight_decay), CN_OPT_COMMON_BUT_DECAY(name_text)

/* The numbers of float32 arithmetic, carried in double. */
static inline double cn__rounded(double x) { return (double)(real)x; }
static inline double cn__rounded_power(double base, double t)
{
    return cn__rounded(cn__pow(cn__rounded(base), t));
}

/* Slots under CN_TINY of the kernels are flushed to zero; an epsilon smaller than what that leaves out
 * would let a step divide by almost nothing. `root`: epsilon is added inside the root. */
static inline real cn__safe_epsilon(double epsilon, bool root)
{
#ifdef CN_REAL_DOUBLE
    (void)root;
    return epsilon;
#else
    return (real)fmax(epsilon, root ? 0x1p-100 : 0x1p-50);
#endif
}

/* What the kernels do to slots now and then (u->flush). */
static inline real cn__flushed(real x, const cn__update *u)
{
    return u->flush && sizeof(real) == sizeof(float) && fabs((double)x) < 0x1p-100 ? 0 : x;
}

static inline void cn__set_numbers(cn__update *u, int count, const double *c)
{
    for (int i = 0; i < count; i++) u->c[i] = (real)c[i];
}

#endif
