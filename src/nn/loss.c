/* Losses by name, with every name that Keras knows them by. */
#include "nn/loss.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

typedef struct options {
    bool from_logits;
    double label_smoothing, delta;
    int64_t axis;
    const char *reduction, *name, *dtype;
    const cn__value *ignore_class;
} options;

#define FROM_LOGITS                                                                                          \
    {                                                                                                        \
        .name = "from_logits", .type = CN_PARAM_BOOL, .offset = offsetof(options, from_logits),              \
        .fallback = "false"                                                                                  \
    }
#define SMOOTHING                                                                                            \
    {                                                                                                        \
        .name = "label_smoothing", .type = CN_PARAM_FLOAT, .offset = offsetof(options, label_smoothing),     \
        .fallback = "0.0", .low = 0, .high = 1, .expected = "a number from 0 to 1"                           \
    }
#define AXIS                                                                                                 \
    {                                                                                                        \
        .name = "axis", .type = CN_PARAM_INT, .offset = offsetof(options, axis), .fallback = "-1"            \
    }
#define COMMON                                                                                               \
    {.name = "reduction",                                                                                    \
     .type = CN_PARAM_WORD,                                                                                  \
     .offset = offsetof(options, reduction),                                                                 \
     .fallback = "sum_over_batch_size"},                                                                     \
        {.name = "name", .type = CN_PARAM_WORD, .offset = offsetof(options, name), .fallback = "none"},      \
    {                                                                                                        \
        .name = "dtype", .type = CN_PARAM_WORD, .offset = offsetof(options, dtype), .fallback = "none"       \
    }

static const cn__param crossentropy[] = {FROM_LOGITS, SMOOTHING, AXIS, COMMON};
static const cn__param sparse[] = {FROM_LOGITS,
                                   {.name = "ignore_class",
                                    .type = CN_PARAM_VALUE,
                                    .offset = offsetof(options, ignore_class),
                                    .fallback = "none"},
                                   AXIS,
                                   COMMON};
static const cn__param plain[] = {COMMON};
static const cn__param huber[] = {{.name = "delta",
                                   .type = CN_PARAM_FLOAT,
                                   .offset = offsetof(options, delta),
                                   .fallback = "1.0",
                                   .low = 1e-300,
                                   .high = 1e300,
                                   .expected = "a number over 0"},
                                  COMMON};
static const cn__param cosine[] = {AXIS, COMMON};
#define TABLE(t) t, sizeof t / sizeof t[0]

typedef struct known {
    const char *name, *aliases[3];
    cn__loss_kind kind;
    const cn__param *params;
    size_t count;
} known;

static const known losses[] = {
    {"binary_crossentropy", {"bce"}, CN_LOSS_BINARY_CROSSENTROPY, TABLE(crossentropy)},
    {"categorical_crossentropy", {0}, CN_LOSS_CATEGORICAL_CROSSENTROPY, TABLE(crossentropy)},
    {"categorical_hinge", {0}, CN_LOSS_CATEGORICAL_HINGE, TABLE(plain)},
    {"cosine_similarity", {0}, CN_LOSS_COSINE_SIMILARITY, TABLE(cosine)},
    {"hinge", {0}, CN_LOSS_HINGE, TABLE(plain)},
    {"huber", {0}, CN_LOSS_HUBER, TABLE(huber)},
    {"kl_divergence", {"kld"}, CN_LOSS_KL_DIVERGENCE, TABLE(plain)},
    {"log_cosh", {"logcosh"}, CN_LOSS_LOG_COSH, TABLE(plain)},
    {"mean_absolute_error", {"mae"}, CN_LOSS_MEAN_ABSOLUTE_ERROR, TABLE(plain)},
    {"mean_absolute_percentage_error", {"mape"}, CN_LOSS_MEAN_ABSOLUTE_PERCENTAGE_ERROR, TABLE(plain)},
    {"mean_squared_error", {"mse"}, CN_LOSS_MEAN_SQUARED_ERROR, TABLE(plain)},
    {"mean_squared_logarithmic_error", {"msle"}, CN_LOSS_MEAN_SQUARED_LOGARITHMIC_ERROR, TABLE(plain)},
    {"poisson", {0}, CN_LOSS_POISSON, TABLE(plain)},
    {"sparse_categorical_crossentropy", {0}, CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, TABLE(sparse)},
    {"squared_hinge", {0}, CN_LOSS_SQUARED_HINGE, TABLE(plain)},
};
enum { COUNT = sizeof losses / sizeof losses[0] };

const char *const *cn__loss_names(void)
{
    static const char *const names[] = {
        "binary_crossentropy", "categorical_crossentropy", "categorical_hinge", "cosine_similarity", "hinge",
        "huber", "kl_divergence", "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error",
        "mean_squared_error", "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy",
        "squared_hinge",
        /* and by their short names */
        "bce", "kld", "mae", "mape", "mse", "msle", NULL};
    return names;
}

static const known *find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (cn__same_name(name, losses[i].name)) return &losses[i];
        for (int a = 0; a < 3 && losses[i].aliases[a]; a++)
            if (cn__same_name(name, losses[i].aliases[a])) return &losses[i];
    }
    return NULL;
}

static cn_status check(const options *o, const char *what)
{
    if (o->axis != -1 && o->axis != 1)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: axis = %lld, expected the last one (-1)", what,
                        (long long)o->axis);
    if (o->ignore_class)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: ignore_class is not supported; expected none", what);
    if (o->reduction && strcmp(o->reduction, "sum_over_batch_size") != 0 &&
        strcmp(o->reduction, "mean") != 0 && strcmp(o->reduction, "auto") != 0)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: reduction = %s, expected sum_over_batch_size", what,
                        o->reduction);
    return CN_OK;
}

cn_status cn__loss_parse(cn__arena *arena, const cn__value *value, cn__loss *out)
{
    const char *name = cn__value_name(value);
    size_t known_names = 0;
    while (cn__loss_names()[known_names]) known_names++;
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT, "loss = %s, expected a name such as categorical_crossentropy",
                        cn__value_text(arena, value));
    const known *k = find(name);
    if (!k) return cn__fail_word(CN_ERROR_ARGUMENT, "loss", name, cn__loss_names(), known_names);
    char what[80];
    options o = {.axis = -1};
    snprintf(what, sizeof what, "loss %.60s", name);
    CN_TRY(cn__params_read(arena, what, k->params, k->count, value, &o));
    CN_TRY(check(&o, what));
    *out = (cn__loss){.kind = k->kind, .name = k->name, .p = o.delta, .label_smoothing = o.label_smoothing};
    if (o.from_logits) out->kind = (cn__loss_kind)(k->kind + 1); /* the _LOGITS kind follows its own */
    return CN_OK;
}

bool cn__loss_is_sparse(cn__loss_kind kind)
{
    return kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY ||
           kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS;
}

/* Keras keeps the logits behind softmax and sigmoid with the predictions, and every cross-entropy then takes
 * them, whichever of the two it was. */
cn__loss_kind cn__loss_from_logits(cn__loss_kind kind, cn__act act)
{
    if (act != CN_ACT_SOFTMAX && act != CN_ACT_SIGMOID) return kind;
    switch (kind) {
    case CN_LOSS_CATEGORICAL_CROSSENTROPY: return CN_LOSS_CATEGORICAL_CROSSENTROPY_LOGITS;
    case CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY: return CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS;
    case CN_LOSS_BINARY_CROSSENTROPY: return CN_LOSS_BINARY_CROSSENTROPY_LOGITS;
    default: return kind;
    }
}
