/* Curves: from fit's history, to JSON and back, and what is reckoned of them. */
#include "lab/run/outcome.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text/text.h"
#include "data/files/json.h"
#include "nn/metrics/metric.h"

static cn_status new_curves(cn__arena *arena, size_t count, size_t epochs, cn__curves *out)
{
    *out = (cn__curves){.count = count, .epochs = epochs};
    out->names = cn__arena_array(arena, count + 1, sizeof *out->names);
    out->values = cn__arena_array(arena, count + 1, sizeof *out->values);
    if (!out->names || !out->values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (!(out->values[i] = cn__arena_array(arena, epochs + 1, sizeof(double)))) return CN_ERROR_MEMORY;
    return CN_OK;
}

const double *cn__curves_find(const cn__curves *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->names[i], name) == 0) return c->values[i];
    return NULL;
}

cn_status cn__curves_of_history(cn__arena *arena, const cn_history *h, cn__curves *out)
{
    size_t epochs = cn_history_epochs(h);
    CN_TRY(new_curves(arena, cn_history_count(h), epochs, out));
    for (size_t i = 0; i < out->count; i++) {
        const char *name = cn_history_name(h, i);
        out->names[i] = cn__arena_strdup(arena, name);
        if (!out->names[i]) return CN_ERROR_MEMORY;
        for (size_t e = 0; e < epochs; e++) out->values[i][e] = cn__unsigned_nan(cn_history_get(h, name)[e]);
    }
    return CN_OK;
}

cn_status cn__curves_of_logs(cn__arena *arena, const cn_logs *logs, cn__curves *out)
{
    CN_TRY(new_curves(arena, cn_logs_count(logs), 1, out));
    for (size_t i = 0; i < out->count; i++) {
        out->names[i] = cn__arena_strdup(arena, cn_logs_name(logs, i));
        if (!out->names[i]) return CN_ERROR_MEMORY;
        out->values[i][0] = cn__unsigned_nan(cn_logs_value(logs, i));
    }
    return CN_OK;
}

static json_t *number(double v, bool exact)
{
    if (isfinite(v)) return json_real(v);
    return exact && isinf(v) ? json_string(v > 0 ? "inf" : "-inf") : json_null();
}

/* What number() made. */
static double value_of(const json_t *v)
{
    const char *text = json_string_value(v);
    if (text) return *text == '-' ? (double)-INFINITY : (double)INFINITY;
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

json_t *cn__curves_json(const cn__curves *c, bool exact)
{
    json_t *all = json_object();
    for (size_t i = 0; i < c->count; i++) {
        json_t *list = json_array();
        for (size_t e = 0; e < c->epochs; e++) cn__json_append(list, number(c->values[i][e], exact));
        cn__json_set(all, c->names[i], list);
    }
    return all;
}

cn_status cn__curves_read(cn__arena *arena, const json_t *json, cn__curves *out)
{
    const char *name;
    json_t *list, *all = (json_t *)json;
    size_t i = 0, epochs = 0;
    json_object_foreach(all, name, list) epochs =
        json_array_size(list) > epochs ? json_array_size(list) : epochs;
    CN_TRY(new_curves(arena, json_object_size(all), epochs, out));
    json_object_foreach(all, name, list)
    {
        if (!(out->names[i] = cn__arena_strdup(arena, name))) return CN_ERROR_MEMORY;
        for (size_t e = 0; e < epochs; e++) {
            out->values[i][e] = value_of(json_array_get(list, e));
        }
        i++;
    }
    return CN_OK;
}

static const char *const stop_kinds[] = {[CN_STOP_CALLBACK] = "callback",
                                         [CN_STOP_EARLY] = "early_stopping",
                                         [CN_STOP_BELOW] = "stop_below",
                                         [CN_STOP_NAN] = "terminate_on_nan"};

json_t *cn__stop_json(const cn_stop *s)
{
    return s->kind ? json_pack("{ss ss so so sI sI}", "kind", stop_kinds[s->kind], "monitor", s->monitor,
                               "value", number(s->value, true), "limit", number(s->limit, true), "at",
                               (json_int_t)s->at, "epochs", (json_int_t)s->epochs)
                   : NULL;
}

void cn__stop_read(const json_t *json, cn_stop *out)
{
    *out = (cn_stop){0};
    const char *kind = json_string_value(json_object_get(json, "kind")),
               *monitor = json_string_value(json_object_get(json, "monitor"));
    for (int k = CN_STOP_CALLBACK; kind && k <= CN_STOP_NAN; k++)
        if (strcmp(kind, stop_kinds[k]) == 0) out->kind = (cn_stop_kind)k;
    cn__format(out->monitor, sizeof out->monitor, "%s", monitor ? monitor : "");
    out->value = value_of(json_object_get(json, "value"));
    out->limit = value_of(json_object_get(json, "limit"));
    out->at = (size_t)json_integer_value(json_object_get(json, "at"));
    out->epochs = (size_t)json_integer_value(json_object_get(json, "epochs"));
}

size_t cn__outcome_diverged(const cn__outcome *o)
{
    const double *loss = cn__curves_find(&o->history, "loss");
    size_t epochs = o->history.epochs, first = 0;
    if (!loss || !epochs || isfinite(loss[epochs - 1])) return 0;
    while (isfinite(loss[first])) first++;
    return first + 1;
}

double cn__values_mean(const double *values, size_t n)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) sum += values[i], count++;
    return count > 0 ? sum / count : (double)NAN;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double cn__values_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
}

double cn__values_extreme(const double *values, size_t n, bool most, size_t *at)
{
    size_t found = n;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]) &&
            (found == n || (most ? values[i] > values[found] : values[i] < values[found])))
            found = i;
    if (at) *at = found < n ? found : 0;
    return found < n ? values[found] : (double)NAN;
}

bool cn__more_is_better(const char *name) { return cn__better_by_name(name) == CN_BETTER_MORE; }

void cn__outcome_free_predictions(cn__outcome *o)
{
    cn_array_free(&o->prediction);
    for (size_t i = 0; i < o->further_count; i++) cn_array_free(&o->further[i]);
    o->further = NULL, o->further_count = 0;
}
