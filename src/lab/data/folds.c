/* crossvalidate: the training part is cut into folds; each is the test part of one training on the others. What is learned of
 * a table (means, deviations) is learned anew of each fold's own training rows. */
#include <string.h>

#include "base/text/text.h"
#include "data/data.h"
#include "lab/data/dataset_make.h"
#include "lab/program/analyzer.h"

/* Whose classes every fold has its share of: those of the target, or of the first one that has classes; NULL: there are none. */
static const cn__stage *classes_of(const cn__stage *s)
{
    for (size_t i = 0; i < s->named_count; i++)
        if (s->named[i].target && s->named[i].stage->task == CN_TASK_CLASSES) return s->named[i].stage;
    return !s->named_count && s->task == CN_TASK_CLASSES ? s : NULL;
}

/* Each sample's class; NULL when out of memory. */
static uint32_t *codes_of(cn__arena *arena, const cn__stage *s)
{
    uint32_t *codes = cn__arena_array(arena, s->x.shape[0] + 1, sizeof *codes);
    for (size_t i = 0; codes && i < s->x.shape[0]; i++) codes[i] = (uint32_t)cn_array_at(&s->labels, i);
    return codes;
}

static cn_status pick_arrays(const cn__stage *from, const uint32_t *samples, size_t train, size_t test,
                             cn__stage *s)
{
    CN_TRY(cn__pick_samples(&from->x, samples, train, &s->x));
    CN_TRY(cn__pick_samples(&from->x, samples + train, test, &s->test_x));
    CN_TRY(cn__pick_samples(&from->y, samples, train, &s->y));
    CN_TRY(cn__pick_samples(&from->y, samples + train, test, &s->test_y));
    if (!from->labels.data) return CN_OK;
    CN_TRY(cn__pick_samples(&from->labels, samples, train, &s->labels));
    return cn__pick_samples(&from->labels, samples + train, test, &s->test_labels);
}

/* x of a table by what its own training rows say. */
static cn_status prepare_anew(cn__arena *arena, const uint32_t *samples, size_t train, size_t test,
                              cn__stage *s)
{
    size_t n = train + test, features = cn_preparation_features(s->preparation);
    if (cn_array_sample_size(&s->x) != features) return CN_OK;
    uint32_t *rows = cn__arena_array(arena, n, sizeof *rows);
    char *json = rows ? cn_preparation_to_json(s->preparation) : NULL;
    cn_preparation *p = json ? cn_preparation_from_json(json) : NULL;
    cn__free(json);
    if (!p) return cn_error_status();
    s->preparation = p;
    for (size_t i = 0; i < n; i++) rows[i] = s->rows[samples[i]];
    s->rows = rows;
    cn_array_free(&s->x);
    cn_array_free(&s->test_x);
    CN_TRY(cn_preparation_learn(p, s->table, rows, train));
    if (s->how && *s->how != '/') CN_TRY(cn_preparation_scale(p, s->how, s->table, rows, train));
    CN_TRY(cn_preparation_apply(p, s->table, rows, train, &s->x, NULL));
    return cn_preparation_apply(p, s->table, rows + train, test, &s->test_x, NULL);
}

/* A stage of some of the samples, without a key. */
static cn_status pick_stage(cn__analyzer *k, const cn__stage *from, const uint32_t *samples, size_t train,
                            size_t test, cn__stage **out)
{
    cn__stage *s = cn__stage_add(&k->program->arena, &k->program->stages);
    if (!s) return CN_ERROR_MEMORY;
    *s = *from;
    s->before = from;
    cn_array *all[] = {&s->x,      &s->y,           &s->test_x, &s->test_y,
                       &s->labels, &s->test_labels, &s->images, &s->test_images};
    for (int i = 0; i < 8; i++) *all[i] = (cn_array){0};
    *out = s;
    return s->named_count ? CN_OK : pick_arrays(from, samples, train, test, s);
}

/* The same samples of each array with a name. */
static cn_status pick_named(cn__analyzer *k, const uint32_t *samples, size_t train, size_t test, cn__stage *s)
{
    cn__named *named = cn__arena_array(&k->program->arena, s->named_count, sizeof *named);
    if (!named) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->named_count; i++) {
        named[i] = s->named[i];
        CN_TRY(pick_stage(k, s->named[i].stage, samples, train, test, &named[i].stage));
    }
    s->named = named;
    cn__stage_view_first(s);
    return CN_OK;
}

static cn_status make_stage(cn__analyzer *k, const cn__stage *from, const cn__fold *f, cn__stage **out)
{
    cn__arena *arena = &k->program->arena;
    size_t n = from->x.shape[0], test;
    uint32_t *samples = cn__arena_array(arena, n, sizeof *samples);
    if (!samples) return CN_ERROR_MEMORY;
    CN_TRY(cn__fold_samples(f, samples, n, &test));
    const size_t train = n - test;
    CN_TRY(pick_stage(k, from, samples, train, test, out));
    cn__stage *s = *out;
    if (s->named_count) CN_TRY(pick_named(k, samples, train, test, s));
    if (s->preparation) CN_TRY(prepare_anew(arena, samples, train, test, s));
    const char *text =
        cn__arena_format(arena, "%s\nfold %zu of %zu repeat %zu stratify %d seed %llu\n", from->key, f->fold,
                         f->folds, f->repeat, f->codes != NULL, (unsigned long long)f->seed);
    if (!text) return CN_ERROR_MEMORY;
    cn__sha256_hex(text, strlen(text), s->key);
    return CN_OK;
}

static cn_status check(const cn__lab_step *step, const cn__lab_model *m, const cn__stage *s)
{
    const cn__arguments *a = &step->statement.arguments;
    if (m->last->after)
        return cn__fail(CN_ERROR_ARGUMENT, "crossvalidate: %s was trained by more than one fit; expected one",
                        m->name);
    if (m->last->fit.validation_data)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "crossvalidate: %s is validated on %s, which the folds take no part of; expected "
                        "validation_split, or none",
                        m->name, m->last->validation ? m->last->fit.validation_data : "the test part");
    if (a->stratified && !classes_of(s))
        return cn__fail(CN_ERROR_DATA, "crossvalidate: stratify=true, and the targets are numbers");
    if ((size_t)a->folds > s->x.shape[0])
        return cn__fail(CN_ERROR_ARGUMENT,
                        "crossvalidate: folds = %lld, expected at most %zu, the training samples",
                        (long long)a->folds, s->x.shape[0]);
    return CN_OK;
}

static cn_status make_folds(cn__analyzer *k, cn__lab_step *step, cn__lab_model *m)
{
    cn__program *p = k->program;
    const cn__arguments *a = &step->statement.arguments;
    const cn__stage *from = m->last->data;
    size_t folds = (size_t)a->folds, count = folds * (size_t)a->repeats;
    CN_TRY(check(step, m, from));
    m->folds = cn__arena_array(&p->arena, count, sizeof *m->folds);
    if (!m->folds) return CN_ERROR_MEMORY;
    cn__fold f = {.folds = folds, .seed = p->seed};
    if (a->stratified) {
        f.code_count = classes_of(from)->classes;
        if (!(f.codes = codes_of(&p->arena, classes_of(from)))) return CN_ERROR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        cn__stage *stage;
        f.repeat = i / folds, f.fold = i % folds;
        CN_TRY(make_stage(k, from, &f, &stage));
        cn__job *j = cn__make_another(k, step, m->last, stage);
        if (!j) return cn_error_status();
        if (m->wanted) CN_TRY(cn__add_pointer(&p->arena, &p->jobs, &p->job_count, j));
        m->folds[m->fold_count++] = j;
    }
    return CN_OK;
}

cn_status cn__make_crossvalidate(cn__analyzer *k, cn__lab_step *step)
{
    for (size_t i = 0; i < step->statement.name_count; i++) {
        step->models[i]->fold_count = 0;
        CN_TRY(make_folds(k, step, step->models[i]));
    }
    return CN_OK;
}
