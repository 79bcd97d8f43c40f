/* What trainings came to, to and from the cache. */
#include "lab/run/run_outcome.h"

#include <string.h>

#include "data/data.h"
#include "data/files/json.h"

static cn_status put_json(cn__program_run *run, const cn__job *job, const char *kind, json_t *json)
{
    char *text;
    cn_status made = cn__json_finish(json, JSON_COMPACT | JSON_REAL_PRECISION(17), &text);
    json_decref(json);
    if (made != CN_OK) return made;
    cn_status status = cn__cache_put(run->cache, job->key, kind, text, strlen(text));
    cn__free(text);
    return status;
}

static cn_status get_json(cn__program_run *run, const cn__job *job, const char *kind, json_t **out)
{
    char *text;
    size_t size;
    *out = NULL;
    CN_TRY(cn__cache_get(run->cache, job->key, kind, &text, &size));
    if (text) *out = json_loadb(text, size, 0, NULL);
    cn__free(text);
    return CN_OK;
}

cn_status cn__keep_fit(cn__program_run *run, const cn__job *job)
{
    const cn__outcome *o = &job->outcome;
    cn__json_begin();
    json_t *seconds = json_array(), *json = json_object();
    for (size_t i = 0; i < cn__outcome_epochs(o); i++) cn__json_append(seconds, json_real(o->seconds[i]));
    cn__json_set(json, "history", cn__curves_json(&o->history, true));
    cn__json_set(json, "seconds", seconds);
    if (o->stopped) cn__json_set(json, "stopped", json_string(o->stopped));
    if (o->stop.kind) cn__json_set(json, "stop", cn__stop_json(&o->stop));
    return put_json(run, job, "fit", json);
}

cn_status cn__cached_fit(cn__program_run *run, const cn__job *job, json_t **out)
{
    return get_json(run, job, "fit", out);
}

cn_status cn__read_fit(cn__job *job, const json_t *json)
{
    cn__outcome *o = &job->outcome;
    CN_TRY(cn__curves_read(&job->arena, json_object_get(json, "history"), &o->history));
    o->seconds = cn__arena_array(&job->arena, o->history.epochs + 1, sizeof(double));
    if (!o->seconds) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < o->history.epochs; i++)
        o->seconds[i] = json_number_value(json_array_get(json_object_get(json, "seconds"), i));
    cn__stop_read(json_object_get(json, "stop"), &o->stop);
    const char *stopped = json_string_value(json_object_get(json, "stopped"));
    o->stopped = stopped ? cn__arena_strdup(&job->arena, stopped) : NULL;
    return stopped && !o->stopped ? CN_ERROR_MEMORY : CN_OK;
}

/* The name of what is kept of a job: "test", or "prediction" and of further outputs "prediction 1", …; with test-time augmentation
 * "test, tta 8". */
static void kept_name(char out[64], const cn__job *job, const char *what, size_t output)
{
    char number[32] = "", views[32] = "";
    if (output) cn__format(number, sizeof number, " %zu", output);
    if (job->tta > 1) cn__format(views, sizeof views, ", tta %zu", job->tta);
    cn__format(out, 64, "%s%s%s", what, number, views);
}

cn_status cn__keep_test(cn__program_run *run, const cn__job *job)
{
    char kind[64];
    kept_name(kind, job, "test", 0);
    return put_json(run, job, kind, cn__curves_json(&job->outcome.test, true));
}

cn_status cn__restore_test(cn__program_run *run, cn__job *job)
{
    char kind[64];
    json_t *json;
    kept_name(kind, job, "test", 0);
    CN_TRY(get_json(run, job, kind, &json));
    cn_status status = json ? cn__curves_read(&job->arena, json, &job->outcome.test) : CN_OK;
    json_decref(json);
    return status;
}

static cn_status put_prediction(cn__program_run *run, const cn__job *job, size_t output)
{
    cn__text bytes = {0};
    char kind[64];
    const cn_array *array = output ? &job->outcome.further[output - 1] : &job->outcome.prediction;
    if (!run->cache) return CN_OK;
    kept_name(kind, job, "prediction", output);
    cn_status status = cn__npy_format(array, &bytes);
    if (status == CN_OK) status = cn__cache_put(run->cache, job->key, kind, bytes.data, bytes.size);
    cn__text_free(&bytes);
    return status;
}

/* The first one last: what has it has the others. */
cn_status cn__keep_predictions(cn__program_run *run, const cn__job *job)
{
    for (size_t i = job->outcome.further_count + 1; i-- > 0;) CN_TRY(put_prediction(run, job, i));
    return CN_OK;
}

static cn_status get_prediction(cn__program_run *run, cn__job *job, size_t output, cn_array *out)
{
    char *bytes, kind[64];
    size_t size;
    kept_name(kind, job, "prediction", output);
    CN_TRY(cn__cache_get(run->cache, job->key, kind, &bytes, &size));
    cn_status status =
        bytes ? cn__npy_parse((unsigned char *)bytes, size, "a cached prediction", out) : CN_OK;
    cn__free(bytes);
    return status;
}

/* All of them, or none where one is lacking. */
cn_status cn__restore_predictions(cn__program_run *run, cn__job *job)
{
    cn__outcome *o = &job->outcome;
    const size_t further = job->binding ? job->binding->outputs - 1 : 0;
    bool all = true;
    o->further = further ? cn__arena_array(&job->arena, further, sizeof *o->further) : NULL;
    if (further && !o->further) return CN_ERROR_MEMORY;
    o->further_count = further;
    CN_TRY(get_prediction(run, job, 0, &o->prediction));
    for (size_t i = 0; o->prediction.data && i < further; i++) {
        CN_TRY(get_prediction(run, job, i + 1, &o->further[i]));
        all = all && o->further[i].data;
    }
    if (!all) cn__outcome_free_predictions(o);
    return CN_OK;
}
