/* From the document to the program: statements are taken in order, each against what stands above it. */
#include "lab/program.h"

#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "data/data.h"
#include "lab/expression.h"
#include "lab/words.h"

typedef struct maker {
    cn__program *program;
    cn__mistakes *mistakes;
    cn__stage *stage;  /* of the data, at the present statement */
    size_t part;       /* index */
    bool expect_error; /* in the present block */
    bool data_failed;  /* statements that need data are let pass: one mistake is enough */
    bool missing;
} maker;

/* ---- models ---------------------------------------------------------------------------------------------------- */

cn__lab_model *cn__program_model(const cn__program *p, const char *name)
{
    for (size_t i = 0; i < p->model_count; i++)
        if (strcmp(p->models[i]->name, name) == 0) return p->models[i];
    return NULL;
}

static cn_status fail_model(const cn__program *p, const char *name)
{
    const char *names[256];
    size_t n = p->model_count < 256 ? p->model_count : 256;
    for (size_t i = 0; i < n; i++) names[i] = p->models[i]->name;
    if (!n) return cn__fail(CN_ERROR_ARGUMENT, "unknown model '%s'; no model stands above this line", name);
    return cn__fail_word(CN_ERROR_ARGUMENT, "model", name, names, n);
}

static cn_status add_pointer(cn__arena *arena, void *list, size_t *count, const void *item)
{
    void ***items = list;
    if ((*count & (*count - 1)) == 0) { /* 0 and the powers of two: the room is used up */
        void **more = cn__arena_array(arena, *count ? 2 * *count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        for (size_t i = 0; i < *count; i++) more[i] = (*items)[i];
        *items = more;
    }
    (*items)[(*count)++] = (void *)item;
    return CN_OK;
}

/* The message of a layer's line without the number that it has there. */
static cn_status add_layer_line(cn_model *m, const char *text)
{
    static const char prefix[] = "line 1, ";
    cn_status status = cn_model_add_notation(m, text);
    if (status == CN_OK || strncmp(cn_error(), prefix, strlen(prefix)) != 0) return status;
    char message[1800];
    cn__format(message, sizeof message, "%s", cn_error() + strlen(prefix));
    return cn__fail(status, "%s", message);
}

/* A new model of these layers. *line: of the layer that is wrong, counted from 0 in `layers`. */
static cn_model *make_model(const cn__lab_model *model, const cn__stage *stage, uint64_t seed, size_t *line)
{
    cn_model *m = cn_model_new(model->name);
    cn_status status = m ? CN_OK : CN_ERROR_MEMORY;
    bool first = true;
    if (m) cn_model_set_seed(m, seed);
    *line = 0;
    for (const char *p = model->layers; m && *p && status == CN_OK; ++*line) {
        char text[1024];
        size_t size = strcspn(p, "\n");
        cn__format(text, sizeof text, "%.*s", (int)(size < 1023 ? size : 1023), p);
        const char *word = text + strspn(text, " \t\r");
        bool empty = !*word || *word == '#';
        if (!empty && first && strncmp(word, "input", 5) != 0 && stage)
            status = cn_model_add(m, cn_input_new(stage->x.ndim - 1, stage->x.shape + 1));
        if (!empty && status == CN_OK) status = add_layer_line(m, word);
        first = first && empty;
        p += size + (p[size] == '\n');
        if (status != CN_OK) break;
    }
    if (status == CN_OK) return m;
    cn_model_free(m);
    return NULL;
}

cn_model *cn__plain_model(const cn__job *job)
{
    size_t line;
    return make_model(job->model, job->data, job->seed, &line);
}

cn_model *cn__job_model(const cn__job *job)
{
    cn_model *m = cn__plain_model(job);
    if (m && cn_model_compile(m, .optimizer = job->optimizer, .loss = job->loss, .metrics = job->metrics,
                              .weighted_metrics = job->weighted_metrics) == CN_OK)
        return m;
    cn_model_free(m);
    return NULL;
}

static const char *const reserved[] = {"best", "worst", "data", "lab", "abs", "min",
                                       "max",  "round", "and",  "or",  "not", "test"};

static cn_status check_name(const char *name)
{
    bool good = isalpha((unsigned char)*name) || *name == '_';
    for (const char *p = name; *p; p++) good = good && (isalnum((unsigned char)*p) || *p == '_');
    if (!good)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model '%s': a name is made of letters, digits and _ and begins with a letter", name);
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(name, reserved[i]) == 0)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "model '%s': the word means something else in {{…}}; take another name", name);
    return CN_OK;
}

/* Is it one of --only's? */
static bool is_wanted(const char *only, const char *name)
{
    size_t size = strlen(name);
    if (!only) return true;
    for (const char *p = only; *p;) {
        p += strspn(p, ", ");
        size_t n = strcspn(p, ", ");
        if (n == size && memcmp(p, name, n) == 0) return true;
        p += n;
    }
    return false;
}

static cn_status set_layers(maker *k, cn__lab_model *m, const cn__step *step)
{
    const cn__statement *s = &step->statement;
    const cn__lab_model *other = s->arguments.like ? cn__program_model(k->program, s->arguments.like) : NULL;
    m->layers = s->layers ? s->layers : other ? other->layers : NULL;
    if (s->arguments.like && !other) return fail_model(k->program, s->arguments.like);
    if (!m->layers)
        return cn__fail(CN_ERROR_ARGUMENT, "model %s has no layers; they stand indented below it, one a line",
                        m->name);
    size_t line;
    cn_model *built = make_model(m, k->stage, k->program->seed, &line);
    if (!built) {
        if (s->layers) cn__mistakes_take(k->mistakes, s->line + 1 + line);
        return s->layers ? CN_ERROR_STATE : cn_error_status();
    }
    char *summary = cn_model_summary(built); /* builds it */
    cn_text_free(summary);
    m->parameters = cn_model_parameters(built);
    m->flops = cn_model_flops(built);
    char *config = cn_model_to_json(built);
    m->config = config ? cn__arena_strdup(&k->program->arena, config) : NULL;
    cn_text_free(config);
    cn_model_free(built);
    return m->config ? CN_OK : cn_error_status();
}

static cn_status define_model(maker *k, cn__step *step)
{
    cn__program *p = k->program;
    const cn__statement *s = &step->statement;
    const cn__lab_model *before = cn__program_model(p, s->names[0]);
    CN_TRY(check_name(s->names[0]));
    if (before)
        return cn__fail(CN_ERROR_ARGUMENT, "model '%s' is there already, from line %zu", before->name,
                        before->line);
    cn__lab_model *m = cn__arena_alloc(&p->arena, sizeof *m);
    if (!m) return CN_ERROR_MEMORY;
    *m = (cn__lab_model){.name = s->names[0], .title = s->arguments.title, .line = s->line};
    if (!m->title) m->title = m->name;
    m->wanted = is_wanted(p->options->only, m->name);
    m->layers = "";
    m->config = "";
    CN_TRY(add_pointer(&p->arena, &p->models, &p->model_count, m));
    m->number = p->model_count;
    step->models[0] = m;
    cn_status status = set_layers(k, m, step);
    return status;
}

/* ---- compile ----------------------------------------------------------------------------------------------------- */

/* Items of a list, or the value itself, with commas between. */
static const char *list_text(cn__arena *arena, const cn__value *value)
{
    cn__text text = {0};
    if (!value) return NULL;
    size_t count = value->kind == CN_VALUE_LIST ? value->count : 1;
    for (size_t i = 0; i < count; i++) {
        const char *item = cn__value_text(arena, value->kind == CN_VALUE_LIST ? &value->items[i] : value);
        cn__text_printf(&text, "%s%s", i ? ", " : "", item ? item : "");
    }
    const char *copy = cn__arena_strdup(arena, text.data ? text.data : "");
    cn__text_free(&text);
    return copy;
}

static const char *value_text(cn__arena *arena, const cn__value *value, const char *otherwise)
{
    return value ? cn__value_text(arena, value) : otherwise;
}

static cn_status compile(maker *k, cn__step *step)
{
    cn__arena *arena = &k->program->arena;
    const cn__arguments *a = &step->statement.arguments;
    const char *optimizer = value_text(arena, a->optimizer, "rmsprop"),
               *loss = value_text(arena, a->loss, NULL), *metrics = list_text(arena, a->metrics),
               *weighted = list_text(arena, a->weighted_metrics);
    for (size_t i = 0; i < step->statement.name_count; i++) {
        cn__lab_model *m = step->models[i];
        cn__job probe = {.model = m,
                         .data = k->stage,
                         .optimizer = optimizer,
                         .loss = loss,
                         .metrics = metrics,
                         .weighted_metrics = weighted};
        cn_model *made = cn__job_model(&probe);
        if (!made) return cn_error_status();
        cn_model_free(made);
        m->optimizer = optimizer, m->loss = loss, m->metrics = metrics, m->weighted_metrics = weighted;
        m->recompiled = m->last != NULL;
    }
    return CN_OK;
}

/* ---- fit ------------------------------------------------------------------------------------------------------------ */

static cn_status stop_here(void *user, cn_training *training)
{
    (void)training;
    *(bool *)user = true;
    return cn__fail(CN_ERROR_STATE, "checked");
}

/* How many samples a trial needs to be like the whole: a few batches. */
static size_t trial_size(const cn__job *job)
{
    size_t n = job->data->x.shape[0], few = 4 * (size_t)job->fit.batch_size + 16;
    return n < few ? n : few;
}

cn_fit_options cn__job_options(const cn__job *job, cn_model *model)
{
    const cn__arguments *a = &job->fit;
    cn_fit_options o = cn_fit_defaults();
    o.model = model;
    o.x = &job->data->x, o.y = &job->data->y;
    o.epochs = (size_t)a->epochs;
    o.batch_size = (size_t)a->batch_size;
    o.validation_split = a->validation_split;
    o.validation_batch_size = (size_t)a->validation_batch_size;
    o.validation_freq = (size_t)a->validation_freq;
    o.shuffle = a->shuffle;
    o.reshuffle = a->reshuffle;
    o.initial_epoch = (size_t)a->initial_epoch;
    o.class_weight = job->class_weight;
    o.callbacks = job->callbacks;
    if (a->validation_data) o.validation_x = &job->data->test_x, o.validation_y = &job->data->test_y;
    return o;
}

/* All of fit's arguments are checked by fit itself, which is stopped before the first batch. */
static cn_status check_fit(const cn__job *job)
{
    bool reached = false;
    const cn_callback stop = {.user = &reached, .on_train_begin = stop_here}, *callbacks[] = {&stop, NULL};
    cn_model *m = cn__job_model(job);
    if (!m) return cn_error_status();
    size_t n = trial_size(job);
    cn_array x = cn_array_slice(&job->data->x, 0, n), y = cn_array_slice(&job->data->y, 0, n);
    cn_fit_options o = cn__job_options(job, m);
    o.x = &x, o.y = &y;
    o.custom_callbacks = callbacks;
    o.threads = 1;
    cn_history_free(cn_model_fit_with(&o));
    cn_model_free(m);
    return reached ? CN_OK : cn_error_status();
}

/* The names that the history will have: those of one short epoch. */
static cn_status find_names(maker *k, cn__job *job)
{
    cn_model *m = cn__job_model(job);
    if (!m) return cn_error_status();
    size_t n = trial_size(job);
    cn_array x = cn_array_slice(&job->data->x, 0, n), y = cn_array_slice(&job->data->y, 0, n);
    cn_array tx = cn_array_slice(&job->data->test_x, 0, 1), ty = cn_array_slice(&job->data->test_y, 0, 1);
    cn_fit_options o = cn__job_options(job, m);
    o.x = &x, o.y = &y;
    if (o.validation_x) o.validation_x = &tx, o.validation_y = &ty;
    o.callbacks = NULL;
    o.initial_epoch = 0;
    o.epochs = o.validation_freq = 1;
    o.threads = 1;
    cn_history *h = cn_model_fit_with(&o);
    cn_status status = h ? cn__curves_of_history(&k->program->arena, h, &job->expected) : cn_error_status();
    cn_history_free(h);
    cn_model_free(m);
    return status;
}

static cn_status set_job_key(maker *k, cn__job *j)
{
    cn__arena *arena = &k->program->arena;
    const cn__arguments *a = &j->fit;
    cn__text t = {0};
    cn__text_printf(&t, "cornu %s results %d\n%s\n%s\n", CORNU_VERSION, CN_LAB_RESULTS, j->data->key,
                    j->model->config);
    cn__text_printf(&t, "seed %llu\noptimizer %s\nloss %s\nmetrics %s\nweighted %s\n",
                    (unsigned long long)j->seed, j->optimizer, j->loss, j->metrics ? j->metrics : "",
                    j->weighted_metrics ? j->weighted_metrics : "");
    cn__text_printf(
        &t, "epochs %lld from %lld batch %lld split %.17g data %s shuffle %d %d freq %lld vbatch %lld\n",
        (long long)a->epochs, (long long)a->initial_epoch, (long long)a->batch_size, a->validation_split,
        a->validation_data ? a->validation_data : "", a->shuffle, a->reshuffle, (long long)a->validation_freq,
        (long long)a->validation_batch_size);
    cn__text_printf(&t, "callbacks %s\nclass_weight %s\nafter %s %d\n", j->callbacks ? j->callbacks : "",
                    j->class_weight ? j->class_weight : "", j->after ? j->after->key : "", j->fresh);
    if (t.failed) return cn__fail_memory(0, "a key");
    cn__sha256_hex(t.data, t.size, j->key);
    cn__text_free(&t);
    (void)arena;
    return CN_OK;
}

static cn__job *new_job(maker *k, cn__lab_model *m, const cn__step *step, const cn__arguments *fit,
                        uint64_t seed)
{
    cn__program *p = k->program;
    cn__job *j = cn__arena_alloc(&p->arena, sizeof *j);
    if (!j) return NULL;
    *j = (cn__job){.line = step->statement.line,
                   .part = k->part,
                   .model = m,
                   .data = k->stage,
                   .fit = *fit,
                   .seed = seed};
    uint64_t limit = p->options->epochs_limit;
    if (limit && (uint64_t)j->fit.epochs > limit) j->fit.epochs = (int64_t)limit;
    j->optimizer = m->optimizer, j->loss = m->loss, j->metrics = m->metrics,
    j->weighted_metrics = m->weighted_metrics;
    j->callbacks = list_text(&p->arena, fit->callbacks);
    j->class_weight = value_text(&p->arena, fit->class_weight, NULL);
    j->cost = (double)j->fit.epochs * (double)k->stage->x.shape[0] *
              (m->flops + 1e5 + 3.0 * (double)m->parameters / (double)fit->batch_size);
    return j;
}

static cn_status fit(maker *k, cn__step *step)
{
    cn__program *p = k->program;
    const cn__arguments *a = &step->statement.arguments;
    if (a->validation_data && strcmp(a->validation_data, "test") != 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "fit: validation_data=%s, expected test (the data set's test part)",
                        a->validation_data);
    for (size_t i = 0; i < step->statement.name_count; i++) {
        cn__lab_model *m = step->models[i];
        cn__job *j = new_job(k, m, step, a, p->seed);
        if (!j) return CN_ERROR_MEMORY;
        j->after = m->last;
        j->fresh = m->recompiled;
        m->recompiled = false;
        j->may_fail = k->expect_error;
        CN_TRY(check_fit(j));
        CN_TRY(find_names(k, j));
        CN_TRY(set_job_key(k, j));
        if (step->wanted && m->wanted) CN_TRY(add_pointer(&p->arena, &p->jobs, &p->job_count, j));
        j->number = p->job_count;
        m->last = step->jobs[i] = j;
        if (!m->first) m->first = j;
        j->earlier = m->all;
        m->all = j;
    }
    step->job_count = step->statement.name_count;
    return CN_OK;
}

static cn_status repeat(maker *k, cn__step *step)
{
    cn__program *p = k->program;
    cn__lab_model *m = step->models[0];
    cn__job *first = m->last;
    size_t seeds = (size_t)step->statement.arguments.seeds;
    if (first->after)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "repeat: %s was trained by more than one fit; only a first fit can be repeated",
                        m->name);
    step->jobs = cn__arena_array(&p->arena, seeds, sizeof *step->jobs);
    if (!step->jobs) return CN_ERROR_MEMORY;
    first->wants_test = true;
    step->jobs[0] = first;
    for (size_t i = 1; i < seeds; i++) {
        cn__job *j = cn__arena_alloc(&p->arena, sizeof *j);
        if (!j) return CN_ERROR_MEMORY;
        *j = *first;
        j->line = step->statement.line;
        j->part = k->part;
        j->seed = first->seed + i;
        j->repeat = j->wants_test = true;
        CN_TRY(set_job_key(k, j));
        if (step->wanted) CN_TRY(add_pointer(&p->arena, &p->jobs, &p->job_count, j));
        step->jobs[i] = j;
    }
    step->job_count = seeds;
    m->repeat = step;
    return CN_OK;
}

/* ---- what statements need --------------------------------------------------------------------------------------------- */

static cn_status find_models(maker *k, cn__step *step)
{
    cn__statement *s = &step->statement;
    step->models = cn__arena_array(&k->program->arena, s->name_count + 1, sizeof *step->models);
    step->jobs = cn__arena_array(&k->program->arena, s->name_count + 1, sizeof *step->jobs);
    if (!step->models || !step->jobs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->name_count && s->kind->verb != CN_VERB_MODEL; i++) {
        step->models[i] = cn__program_model(k->program, s->names[i]);
        if (!step->models[i]) return fail_model(k->program, s->names[i]);
    }
    return CN_OK;
}

static cn_status check_needs(maker *k, cn__step *step)
{
    const cn__statement *s = &step->statement;
    const char *what = s->kind->name;
    if (s->kind->needs == CN_NEEDS_DATA || s->kind->verb == CN_VERB_FIT)
        if (!k->stage)
            return cn__fail(CN_ERROR_STATE,
                            "%s: no data set stands above this line; expected dataset mnist, for example",
                            what);
    for (size_t i = 0; i < s->name_count && s->kind->needs >= CN_NEEDS_COMPILED; i++) {
        const cn__lab_model *m = step->models[i];
        if (!m->optimizer)
            return cn__fail(CN_ERROR_STATE,
                            "%s: model '%s' is not compiled; expected above: compile %s loss=…", what,
                            m->name, m->name);
        if (s->kind->needs == CN_NEEDS_FIT && !m->last)
            return cn__fail(CN_ERROR_STATE, "%s: model '%s' is not trained; expected above: fit %s", what,
                            m->name, m->name);
        step->jobs[i] = m->last;
        step->job_count = i + 1;
    }
    return CN_OK;
}

/* With --only: the models that are left, and whether the statement is. */
static void choose(cn__step *step)
{
    size_t kept = 0, count = step->statement.name_count;
    for (size_t i = 0; i < count; i++)
        if (step->models[i] && step->models[i]->wanted) {
            step->models[kept] = step->models[i];
            step->jobs[kept] = step->jobs[i];
            step->statement.names[kept++] = step->statement.names[i];
        }
    step->wanted = !count || kept;
    step->statement.name_count = kept;
    if (step->job_count > kept) step->job_count = kept;
}

static cn_status want(cn__step *step, bool test, bool prediction)
{
    for (size_t i = 0; i < step->job_count; i++) {
        step->jobs[i]->wants_test = step->jobs[i]->wants_test || test;
        step->jobs[i]->wants_prediction = step->jobs[i]->wants_prediction || prediction;
    }
    return CN_OK;
}

static cn_status want_classes(cn__step *step, bool report)
{
    for (size_t i = 0; i < step->job_count; i++) {
        if (step->jobs[i]->data->task != CN_TASK_CLASSES)
            return cn__fail(CN_ERROR_DATA, "%s: the targets of %s are numbers, not classes",
                            step->statement.kind->name, step->models[i]->name);
        step->models[i]->classified = step->models[i]->classified || report;
    }
    return want(step, false, true);
}

static cn_status check_images(const cn__step *step)
{
    if (step->stage && cn__stage_has_images(step->stage)) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "%s: the data set has no pictures", step->statement.kind->name);
}

static cn_status check_samples(const cn__step *step, size_t last)
{
    size_t n = step->stage->x.shape[0];
    if (last < n) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: sample %zu, expected 0 to %zu", step->statement.kind->name, last,
                    n - 1);
}

static cn_status check_save(const cn__step *step)
{
    static const char *const endings[] = {".keras", ".h5", ".hdf5", ".weights.h5", ".npz", ".json"};
    const char *file = step->statement.arguments.file;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (cn__has_suffix(file, endings[i]))
            return *file == '/' || strstr(file, "..")
                       ? cn__fail(CN_ERROR_ARGUMENT,
                                  "save: '%s' is not inside the lab's folder; expected a plain name", file)
                       : CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "save: '%s' ends in none of .keras, .h5, .weights.h5, .npz, .json",
                    file);
}

static cn_status resolve_dataset(maker *k, cn__step *step)
{
    cn__program *p = k->program;
    const cn__statement *s = &step->statement;
    const cn__arguments *a = &s->arguments;
    cn__stage *next = NULL;
    cn_status status;
    switch (s->kind->verb) {
    case CN_VERB_DATASET_LOAD:
        status = cn__stage_load(&p->arena, &p->stages, s, p->options, p->seed, &next);
        if (status != CN_OK) {
            k->data_failed = true;
            k->missing = k->missing || cn_dataset_missing();
        }
        break;
    case CN_VERB_DATASET_SHOW: return check_samples(step, (size_t)a->index);
    case CN_VERB_DATASET_GRID:
        CN_TRY(check_images(step));
        return check_samples(step, (size_t)(a->first + a->rows * a->columns) - 1);
    case CN_VERB_DATASET_INFO:
    case CN_VERB_DATASET_HISTOGRAM: return CN_OK;
    default: status = cn__stage_next(&p->arena, &p->stages, k->stage, s, &next); break;
    }
    if (status == CN_OK) k->stage = next, step->stage = next;
    return status;
}

static cn_status resolve(maker *k, cn__step *step)
{
    const cn__statement *s = &step->statement;
    CN_TRY(find_models(k, step));
    CN_TRY(check_needs(k, step));
    step->stage = k->stage;
    if (s->kind->verb == CN_VERB_MODEL) {
        CN_TRY(define_model(k, step));
        step->wanted = step->models[0]->wanted;
        return CN_OK;
    }
    if (s->kind->takes == CN_TAKES_NONE) return resolve_dataset(k, step);
    /* what is left out by --only is checked all the same, but for what it would show */
    if (s->kind->verb == CN_VERB_COMPILE || s->kind->verb == CN_VERB_FIT) {
        step->wanted = true;
        cn_status status = s->kind->verb == CN_VERB_FIT ? fit(k, step) : compile(k, step);
        if (status == CN_OK) choose(step);
        return status;
    }
    choose(step);
    if (!step->wanted) return CN_OK;
    switch (s->kind->verb) {
    case CN_VERB_EVALUATE:
    case CN_VERB_COMPARE: return want(step, true, false);
    case CN_VERB_PREDICT: return want(step, false, true);
    case CN_VERB_CONFUSION:
    case CN_VERB_REPORT: return want_classes(step, true);
    case CN_VERB_MISCLASSIFIED: CN_TRY(check_images(step)); return want_classes(step, false);
    case CN_VERB_PLOT_PREDICTION:
        for (size_t i = 0; i < step->job_count; i++)
            if (step->jobs[i]->data->task != CN_TASK_NUMBER)
                return cn__fail(CN_ERROR_DATA,
                                "plot prediction: the targets of %s are classes; expected confusion %s",
                                step->models[i]->name, step->models[i]->name);
        return want(step, false, true);
    case CN_VERB_REPEAT: return repeat(k, step);
    case CN_VERB_SAVE: return check_save(step);
    default: return CN_OK;
    }
}

/* The last fit of a model gives its file the plain name, those before it a number. */
static cn_status name_files(cn__program *p)
{
    for (size_t i = 0; i < p->model_count; i++) {
        size_t number = 0;
        for (cn__job *j = p->models[i]->all; j; j = j->earlier) number++;
        for (cn__job *j = p->models[i]->all, *last = j; j; j = j->earlier, number--) {
            j->file = j == last ? cn__arena_format(&p->arena, "models/%s.keras", j->model->name)
                                : cn__arena_format(&p->arena, "models/%s-%zu.keras", j->model->name, number);
            if (!j->file) return CN_ERROR_MEMORY;
        }
    }
    return CN_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

static cn_status add_step(maker *k, cn__lab_part *part, const cn__statement *statement)
{
    cn__arena *arena = &k->program->arena;
    cn__step *step;
    if ((part->count & (part->count - 1)) == 0) {
        cn__step *more = cn__arena_array(arena, part->count ? 2 * part->count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        if (part->count) memcpy(more, part->steps, part->count * sizeof *more);
        part->steps = more;
    }
    step = &part->steps[part->count++];
    *step = (cn__step){.statement = *statement, .wanted = true};
    size_t known = k->mistakes->count;
    cn_status status = statement->kind ? resolve(k, step) : cn_error_status();
    if (status == CN_OK) return CN_OK;
    if (status == CN_ERROR_MEMORY) return status;
    step->mistake = cn__arena_strdup(arena, cn_error());
    bool told = k->mistakes->count > known,
         follows = k->data_failed && statement->kind && statement->kind->verb != CN_VERB_DATASET_LOAD;
    if (!part->source->expect_error && !told && !follows) cn__mistakes_take(k->mistakes, statement->line);
    return CN_OK;
}

static cn_status make_part(maker *k, cn__lab_part *part)
{
    const char *text = part->source->text;
    size_t line = part->source->line;
    cn__statement statement;
    k->expect_error = part->source->expect_error;
    while (cn__statement_next(&k->program->arena, &text, &line, &statement)) {
        CN_TRY(add_step(k, part, &statement));
        if (part->source->expect_error && part->steps[part->count - 1].mistake)
            break; /* the rest of the cell does not run */
    }
    return CN_OK;
}

static cn_status set_language(maker *k)
{
    cn__program *p = k->program;
    const char *asked = p->options->language ? p->options->language : p->document.language;
    p->language = CN_ENGLISH;
    if (!asked) return CN_OK;
    static const char *const known[] = {"es", "en"};
    for (int i = 0; i < 2; i++)
        if (strcmp(asked, known[i]) == 0) {
            p->language = i;
            return CN_OK;
        }
    (void)!cn__fail_word(CN_ERROR_ARGUMENT, "language", asked, known, 2);
    if (p->options->language) return cn_error_status();
    cn__mistakes_take(k->mistakes, p->document.language_line);
    return CN_OK;
}

static cn_status set_seed(cn__program *p)
{
    p->seed = p->document.seed;
    if (!p->options->seed) return CN_OK;
    char *end;
    p->seed = strtoull(p->options->seed, &end, 10);
    if (!isdigit((unsigned char)*p->options->seed) || *end)
        return cn__fail(CN_ERROR_ARGUMENT, "--seed %s, expected a whole number from 0", p->options->seed);
    return CN_OK;
}

/* Every name of --only must be a model. */
static cn_status check_only(const cn__program *p)
{
    for (const char *q = p->options->only; q && *q;) {
        char name[100];
        q += strspn(q, ", ");
        size_t n = strcspn(q, ", ");
        cn__format(name, sizeof name, "%.*s", (int)(n < 99 ? n : 99), q);
        if (n && !cn__program_model(p, name))
            return fail_model(p, name) == CN_OK ? CN_OK : cn__fail_in("--only");
        q += n;
    }
    return CN_OK;
}

static cn_status check_prose(maker *k)
{
    cn__program *p = k->program;
    for (size_t i = 0; i < p->document.count; i++) {
        const cn__part_of_lab *part = &p->document.parts[i];
        cn__text text = {0};
        if (!part->code) cn__expand(p, i, part->text, part->line, k->mistakes, &text);
        cn__text_free(&text);
    }
    return CN_OK;
}

static cn_status make(maker *k)
{
    cn__program *p = k->program;
    CN_TRY(set_language(k));
    CN_TRY(set_seed(p));
    p->parts = cn__arena_array(&p->arena, p->document.count + 1, sizeof *p->parts);
    if (!p->parts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < p->document.count; i++) {
        k->part = i;
        p->parts[i].source = &p->document.parts[i];
        if (p->document.parts[i].code) CN_TRY(make_part(k, &p->parts[i]));
    }
    CN_TRY(check_only(p));
    CN_TRY(name_files(p));
    return k->data_failed ? CN_OK : check_prose(k);
}

cn_status cn__program_open(cn__program *p, const char *path, const char *text, const cn__lab_options *options,
                           bool *missing)
{
    cn__mistakes mistakes = {.file = path};
    *p = (cn__program){.options = options};
    maker k = {.program = p, .mistakes = &mistakes};
    cn_status status = text ? cn__lab_document_parse(path, text, strlen(text), &p->document, &mistakes)
                            : cn__lab_document_read(path, &p->document, &mistakes);
    if (status == CN_OK) status = make(&k);
    *missing = k.missing && mistakes.count == 1;
    if (status == CN_OK) return cn__mistakes_end(&mistakes);
    cn__text_free(&mistakes.text);
    return status;
}

void cn__program_free(cn__program *p)
{
    for (size_t i = 0; i < p->job_count; i++) {
        cn_array_free(&p->jobs[i]->outcome.prediction);
        cn__arena_free(&p->jobs[i]->arena);
    }
    cn__stages_free(&p->stages);
    cn__lab_document_free(&p->document);
    cn__arena_free(&p->arena);
    *p = (cn__program){0};
}
