/* The preparation of a sweep's data as something to search: each set of values gives another line of stages, from the first one that
 * differs on. They are made when a trial first wants them, and kept as long as the program. */
#include "lab/program/prepared.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "lab/program/analyzer.h"

/* The data with one set of values, and what of the fit depends on it. */
typedef struct variant {
    struct variant *next;
    const char *key;
    cn__stage *stage;
    cn__job job; /* the sweep's, with this data */
} variant;

struct cn__prepared {
    cn__prepared *next; /* of the program */
    cn__data_preparer base;
    const cn__program *program;
    const cn__job *job;
    cn__stages stages;
    cn__arena arena;
    variant *variants;
    pthread_mutex_t lock;
};

/* Of the statement that loads the data: what may change without another task or other samples to test. */
static const char *const loading[] = {"missing",  "missing_indicator",
                                      "ignore",   "number",
                                      "category", "ordinal",
                                      "bins",     "log",
                                      "text",     "date",
                                      "words",    "target_scale",
                                      "time",     "color_mode",
                                      NULL};

static bool is_called(const char *name, const char *statement, const char *argument)
{
    const size_t n = strlen(statement);
    return strncmp(name, statement, n) == 0 && name[n] == '.' && strcmp(name + n + 1, argument) == 0;
}

static bool normalises(const cn__statement *s) { return s->kind->verb == CN_VERB_DATASET_NORMALISE; }

/* "normalise.by", as the statement is written, and as others spell it. */
static bool is_scale(const char *name)
{
    return is_called(name, "normalise", "by") || is_called(name, "normalize", "by");
}

static const cn__param *loading_param(const cn__statement *s, const char *name)
{
    for (size_t i = 0; i < s->kind->param_count; i++)
        for (const char *const *l = loading; *l; l++)
            if (strcmp(s->kind->params[i].name, *l) == 0 && is_called(name, "dataset", *l))
                return &s->kind->params[i];
    return NULL;
}

/* ---- the names --------------------------------------------------------------------------------------------------- */

static cn_status add_name(cn__prepared *p, const char *statement, const char *argument)
{
    const char *name = cn__arena_format(&p->arena, "%s.%s", statement, argument);
    const char **names = (const char **)(uintptr_t)p->base.names;
    if (!name) return CN_ERROR_MEMORY;
    names[p->base.name_count++] = name;
    return CN_OK;
}

static cn_status find_names(cn__prepared *p)
{
    enum { MOST = 32 };
    const cn__stage *first = cn__stage_first(p->job->data);
    p->base.names = cn__arena_array(&p->arena, MOST, sizeof *p->base.names);
    if (!p->base.names) return CN_ERROR_MEMORY;
    for (const cn__stage *s = p->job->data; s; s = s->before)
        if (s->statement && normalises(s->statement) && !p->base.name_count) {
            CN_TRY(add_name(p, "normalise", "by"));
            CN_TRY(add_name(p, "normalize", "by"));
        }
    for (const char *const *l = loading; *l && first->statement; l++)
        if (first->table || strcmp(*l, "color_mode") == 0) CN_TRY(add_name(p, "dataset", *l));
    return CN_OK;
}

/* The space that a value is of may go before its data. NULL: out of memory. */
static const cn__value *copy_value(cn__prepared *p, const cn__value *value)
{
    const char *text = cn__value_text(&p->arena, value);
    cn__value *copy = cn__arena_alloc(&p->arena, sizeof *copy);
    return text && copy && cn__value_parse(&p->arena, text, copy) == CN_OK ? copy : NULL;
}

/* ---- the statements ------------------------------------------------------------------------------------------------ */

static cn_status set_argument(cn__prepared *p, cn__statement *s, const cn__param *param,
                              const cn__value *value)
{
    char *at = (char *)&s->arguments + param->offset;
    const cn__value *copy = value->kind == CN_VALUE_NONE ? NULL : copy_value(p, value);
    if (value->kind != CN_VALUE_NONE && !copy) return CN_ERROR_MEMORY;
    switch (param->type) {
    case CN_PARAM_VALUE: *(const cn__value **)(void *)at = copy; return CN_OK;
    case CN_PARAM_WORD:
        if (copy && !cn__value_name(copy)) break;
        *(const char **)(void *)at = copy ? cn__value_name(copy) : NULL;
        return CN_OK;
    case CN_PARAM_BOOL:
        if (!copy || copy->kind != CN_VALUE_BOOL) break;
        *(bool *)at = copy->boolean;
        return CN_OK;
    case CN_PARAM_INT:
        if (!copy || copy->kind != CN_VALUE_INT || copy->number < param->low) break;
        *(int64_t *)(void *)at = copy->integer;
        return CN_OK;
    default: break;
    }
    return cn__fail(CN_ERROR_ARGUMENT, "%s: an argument of this kind was not expected", param->name);
}

/* The statement that made a stage, with the values in it. *drops: it is left out. */
static cn_status change(cn__prepared *p, const cn__stage *stage, const char *const *names,
                        const cn__value *values, size_t count, cn__statement *out, bool *changed, bool *drops)
{
    *out = *stage->statement;
    *changed = *drops = false;
    for (size_t i = 0; i < count; i++) {
        const cn__param *param = stage->before ? NULL : loading_param(out, names[i]);
        if (param) {
            CN_TRY(set_argument(p, out, param, &values[i]));
            *changed = true;
        }
        if (!normalises(out) || !is_scale(names[i])) continue;
        *changed = true, *drops = values[i].kind == CN_VALUE_NONE;
        out->arguments.by = copy_value(p, &values[i]);
        if (!out->arguments.by) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

/* From the first stage to that of the sweep; what stands before the first change is the program's. */
static cn_status make_stages(cn__prepared *p, const cn__stage *stage, const char *const *names,
                             const cn__value *values, size_t count, const cn__stage **out)
{
    cn__stage *made = NULL;
    const cn__stage *before = NULL;
    bool changed, drops;
    if (stage->before) CN_TRY(make_stages(p, stage->before, names, values, count, &before));
    cn__statement *s = cn__arena_alloc(&p->arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    CN_TRY(change(p, stage, names, values, count, s, &changed, &drops));
    *out = drops ? before : stage;
    if (drops || (!changed && before == stage->before)) return CN_OK;
    CN_TRY(before ? cn__stage_next(&p->arena, &p->stages, before, s, &made)
                  : cn__stage_load(&p->arena, &p->stages, s, p->program->options, p->program->seed, &made));
    *out = made;
    return CN_OK;
}

/* ---- variants --------------------------------------------------------------------------------------------------------- */

static const char *key_of(cn__prepared *p, const char *const *names, const cn__value *values, size_t count)
{
    const char *key = "";
    for (size_t i = 0; i < count && key; i++)
        key = cn__arena_format(&p->arena, "%s%s=%s\n", key, names[i], cn__value_text(&p->arena, &values[i]));
    return key;
}

static cn_status make_variant(cn__prepared *p, const char *key, const char *const *names,
                              const cn__value *values, size_t count, variant **out)
{
    const cn__stage *stage;
    variant *v = cn__arena_alloc(&p->arena, sizeof *v);
    if (!v) return CN_ERROR_MEMORY;
    if (p->job->validation)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "validation_data=%s is prepared as the document says; expected validation_split, or "
                        "validation_data=test",
                        p->job->fit.validation_data);
    CN_TRY(make_stages(p, p->job->data, names, values, count, &stage));
    *v = (variant){.next = p->variants, .key = key, .job = *p->job};
    v->job.data = stage;
    CN_TRY(cn__class_weight(&p->arena, v->job.fit.class_weight, stage, &v->job.class_weight));
    CN_TRY(cn__sample_weight(&p->arena, stage, v->job.fit.sample_weight, &v->job.sample_weight));
    *out = p->variants = v;
    return CN_OK;
}

static cn_status find_variant(cn__prepared *p, const char *const *names, const cn__value *values,
                              size_t count, variant **out)
{
    const char *key = key_of(p, names, values, count);
    if (!key) return CN_ERROR_MEMORY;
    for (variant *v = p->variants; v; v = v->next)
        if (strcmp(v->key, key) == 0) {
            *out = v;
            return CN_OK;
        }
    return make_variant(p, key, names, values, count, out);
}

static cn_status prepare(void *user, const char *const *names, const cn__value *values, size_t count,
                         cn__configuration *out)
{
    cn__prepared *p = user;
    variant *v = NULL;
    pthread_mutex_lock(&p->lock);
    cn_status status = find_variant(p, names, values, count, &v);
    pthread_mutex_unlock(&p->lock);
    if (status != CN_OK) return status;
    const cn_fit_options fit = cn__job_options(&v->job, NULL);
    out->fit.x = fit.x, out->fit.y = fit.y;
    out->fit.validation_x = fit.validation_x, out->fit.validation_y = fit.validation_y;
    out->fit.class_weight = fit.class_weight, out->fit.sample_weight = fit.sample_weight;
    out->preparation = v->job.data->preparation;
    return CN_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------ */

cn_status cn__prepared_new(cn__program *program, cn__job *job)
{
    if (job->binding) return CN_OK; /* arrays with names are prepared one by one */
    cn__prepared *p = cn__calloc(1, sizeof *p);
    if (!p) return CN_ERROR_MEMORY;
    p->program = program, p->job = job;
    p->stages.folder = program->stages.folder, p->stages.access = program->stages.access;
    p->base.prepare = prepare, p->base.user = p;
    pthread_mutex_init(&p->lock, NULL);
    p->next = program->prepared;
    program->prepared = job->prepared = p;
    return find_names(p);
}

const cn__data_preparer *cn__prepared_data(const cn__job *job)
{
    return job->prepared ? &job->prepared->base : NULL;
}

void cn__prepared_take(cn__job *job, const cn__configuration *found)
{
    for (const variant *v = job->prepared ? job->prepared->variants : NULL; v; v = v->next)
        if (&v->job.data->x == found->fit.x && v->job.data != job->data) {
            job->data = v->job.data;
            job->class_weight = v->job.class_weight, job->sample_weight = v->job.sample_weight;
            return;
        }
}

void cn__prepared_free(cn__prepared *p)
{
    while (p) {
        cn__prepared *next = p->next;
        cn__stages_free(&p->stages);
        cn__arena_free(&p->arena);
        pthread_mutex_destroy(&p->lock);
        cn__free(p);
        p = next;
    }
}
