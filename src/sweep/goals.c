/* Objectives: which value of a trial is wanted, and which way. */
#include <math.h>
#include <string.h>

#include "nn/metrics/metric.h"
#include "sweep/study.h"

static const struct {
    const char *name;
    cn__goal_source source;
} sources[] = {{"parameters", CN_GOAL_PARAMETERS}, {"flops", CN_GOAL_FLOPS}, {"seconds", CN_GOAL_SECONDS}};

/* A misspelt metric, or one whose name does not say which way is better. */
static cn_status fail_unknown(const char *name)
{
    enum { MOST = 100 };
    static const char prefix[] = "val_";
    const bool validation = strncmp(name, prefix, strlen(prefix)) == 0;
    const char *words[MOST] = {"loss"};
    size_t n = 1;
    for (size_t i = 0; cn__metrics.kinds[i] && n < MOST; i++) words[n++] = cn__metrics.kinds[i]->name;
    const char *nearest = cn__nearest_word(name + (validation ? strlen(prefix) : 0), words, n);
    return cn__fail(CN_ERROR_ARGUMENT,
                    "objective: is more of %s better, or less? Expected max(%s) or min(%s)%s%s%s%s", name,
                    name, name, nearest ? "; or did you mean '" : "", nearest && validation ? prefix : "",
                    nearest ? nearest : "", nearest ? "'?" : "");
}

static cn_status read_goal(const cn__value *value, bool best, cn__goal *out)
{
    const bool max = value->kind == CN_VALUE_CALL && strcmp(value->word, "max") == 0,
               min = value->kind == CN_VALUE_CALL && strcmp(value->word, "min") == 0;
    const cn__value *of = (max || min) && value->count == 1 ? &value->items[0] : value;
    if (of->kind != CN_VALUE_WORD)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "objective: expected a name, as in val_accuracy, max(val_f1) or min(parameters)");
    *out = (cn__goal){.name = of->word, .best = best};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(of->word, sources[i].name) == 0) out->source = sources[i].source;
    cn__better better = out->source == CN_GOAL_HISTORY ? cn__better_by_name(of->word) : CN_BETTER_LESS;
    if (better == CN_BETTER_UNKNOWN && !max && !min) return fail_unknown(of->word);
    out->maximise = max || (!min && better == CN_BETTER_MORE);
    return CN_OK;
}

cn_status cn__goals_read(cn__arena *arena, const cn__value *value, bool best, cn__goal *out, size_t *count)
{
    static const cn__value fallback = {.kind = CN_VALUE_WORD, .word = "val_loss"};
    (void)arena;
    if (!value) value = &fallback;
    const bool list = value->kind == CN_VALUE_LIST;
    *count = list ? value->count : 1;
    if (!*count || *count > CN_MAX_GOALS)
        return cn__fail(CN_ERROR_ARGUMENT, "objective: %zu of them, expected 1 to %d", *count, CN_MAX_GOALS);
    for (size_t i = 0; i < *count; i++) {
        CN_TRY(read_goal(list ? &value->items[i] : value, best, &out[i]));
        for (size_t k = 0; k < i; k++)
            if (strcmp(out[i].name, out[k].name) == 0)
                return cn__fail(CN_ERROR_ARGUMENT, "objective: %s is given twice", out[i].name);
    }
    return CN_OK;
}

bool cn__goal_better(const cn__goal *goal, double a, double b)
{
    if (isnan(a)) return false;
    if (isnan(b)) return true;
    return goal->maximise ? a > b : a < b;
}
