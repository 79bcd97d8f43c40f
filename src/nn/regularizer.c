/* Regularisers: a name, and how much of Σ|w| and of Σw² goes into the loss. */
#include "nn/regularizer.h"

#include <float.h>

#include "base/text.h"

#define STRENGTH(name, field, text)                                                                          \
    name, CN_PARAM_MAYBE_FLOAT, offsetof(cn__regularizer, field), text, 0, DBL_MAX,                          \
        "a number of at least 0", NULL

static const cn__param l1_params[] = {{STRENGTH("l1", l1, "0.01")}};
static const cn__param l2_params[] = {{STRENGTH("l2", l2, "0.01")}};
static const cn__param l1_l2_params[] = {{STRENGTH("l1", l1, "0")}, {STRENGTH("l2", l2, "0")}};

static const struct {
    const char *name;
    const cn__param *params;
    size_t count;
    double none; /* what the argument none stands for */
} kinds[] = {{"l1", l1_params, 1, 0.01}, {"l1_l2", l1_l2_params, 2, 0}, {"l2", l2_params, 1, 0.01}};

static const char *const names[] = {"l1", "l1_l2", "l2", NULL};

const char *const *cn__regularizer_names(void) { return names; }

cn_status cn__regularizer_parse(cn__arena *arena, const cn__value *value, cn__regularizer *out)
{
    *out = (cn__regularizer){0, 0};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    const char *name = cn__value_name(value);
    if (!name) {
        const char *text = cn__value_text(arena, value);
        if (!text) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_ARGUMENT, "regularizer: got %s, expected a name, as in l2(0.0001)", text);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!cn__same_name(name, kinds[i].name)) continue;
        const char *what = cn__arena_format(arena, "regularizer %s", kinds[i].name);
        if (!what) return CN_ERROR_MEMORY;
        CN_TRY(cn__params_read(arena, what, kinds[i].params, kinds[i].count, value, out));
        if (out->l1 != out->l1) out->l1 = kinds[i].none;
        if (out->l2 != out->l2) out->l2 = kinds[i].none;
        return CN_OK;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "regularizer", name, names, sizeof names / sizeof *names - 1);
}
