/* fit and repeat: each training becomes a job. All of its arguments are tried on a few samples before anything runs, and
 * what decides its result becomes its key. */
#include <math.h>
#include <string.h>

#include "cornu/version.h"
#include "base/text/text.h"
#include "data/data.h"
#include "lab/program/analyzer.h"
#include "train/train.h"

/* ---- fit ------------------------------------------------------------------------------------------------------------ */

/* Files that its callbacks write lie in the lab's folder, and are none of the lab's own. */
static cn_status check_outputs(cn__arena *arena, cn__job *job)
{
    cn__outputs outputs;
    CN_TRY(cn__callbacks_outputs(arena, job->callbacks, cn_file_callbacks(), &outputs));
    for (size_t i = 0; i < outputs.count; i++) CN_TRY(cn__access_output("fit", outputs.paths[i]));
    job->writes_files = outputs.count > 0;
    job->other_callbacks = outputs.count ? outputs.others : job->callbacks;
    return CN_OK;
}

/* How many samples a trial needs to be like the whole: a few batches besides those of the validation. */
static size_t trial_size(const cn__job *job)
{
    size_t n = job->data->x.shape[0];
    double few = (4 * (double)job->fit.batch_size + 16) / (1 - job->fit.validation_split);
    return (double)n < few ? n : (size_t)few;
}

cn_fit_options cn__job_options(const cn__job *job, cn_model *model)
{
    const cn__arguments *a = &job->fit;
    cn_fit_options o = cn_fit_defaults();
    o.model = model;
    if (job->binding) o.inputs = job->binding->x, o.targets = job->binding->y;
    else o.x = &job->data->x, o.y = &job->data->y;
    o.epochs = (size_t)a->epochs;
    o.batch_size = (size_t)a->batch_size;
    o.validation_split = a->validation_split;
    o.validation_batch_size = (size_t)a->validation_batch_size;
    o.validation_freq = (size_t)a->validation_freq;
    o.shuffle = a->shuffle;
    o.reshuffle = a->reshuffle;
    o.initial_epoch = (size_t)a->initial_epoch;
    o.class_weight = job->class_weight;
    if (job->sample_weight.data) o.sample_weight = &job->sample_weight;
    o.callbacks = job->callbacks;
    o.save = cn_model_save;
    o.callback_kinds = cn_file_callbacks();
    if (job->found) {
        const cn_fit_options *best = &job->found->configuration.fit;
        o.epochs = best->epochs, o.batch_size = best->batch_size, o.callbacks = best->callbacks;
        o.shuffle = best->shuffle, o.reshuffle = best->reshuffle, o.validation_freq = best->validation_freq;
    }
    if (!a->validation_data) return o;
    if (job->binding)
        o.validation_inputs = job->binding->validation_x, o.validation_targets = job->binding->validation_y;
    else if (job->validation) o.validation_x = &job->validation->x, o.validation_y = &job->validation->y;
    else o.validation_x = &job->data->test_x, o.validation_y = &job->data->test_y;
    return o;
}

/* As many as leave some for each side of the split. */
static size_t least_size(const cn__job *job, size_t n)
{
    double split = job->fit.validation_split, few = fmax(8 / (1 - split), split > 0 ? 2 / split : 0);
    return few < (double)n ? (size_t)few : n;
}

static const cn_array *cut_array(cn__arena *arena, const cn_array *whole, size_t n)
{
    cn_array *view = whole ? cn__arena_alloc(arena, sizeof *view) : NULL;
    if (view) *view = cn_array_slice(whole, 0, n < whole->shape[0] ? n : whole->shape[0]);
    return view;
}

static cn_status cut_list(cn__arena *arena, const cn_array *const **list, size_t count, size_t n)
{
    const cn_array **views = *list ? cn__arena_array(arena, count, sizeof *views) : NULL;
    if (!*list) return CN_OK;
    for (size_t i = 0; views && i < count; i++)
        if ((*list)[i] && !(views[i] = cut_array(arena, (*list)[i], n))) views = NULL;
    *list = views;
    return views ? CN_OK : CN_ERROR_MEMORY;
}

/* A fit's options with the first n samples, and `tests` of the validation's. */
static cn_status cut_fit(cn__arena *arena, const cn__job *job, size_t n, size_t tests, cn_fit_options *o)
{
    const cn__binding *b = job->binding;
    const size_t inputs = b ? b->inputs : 1, outputs = b ? b->outputs : 1;
    o->x = cut_array(arena, o->x, n), o->y = cut_array(arena, o->y, n);
    if (o->sample_weight && !(o->sample_weight = cut_array(arena, o->sample_weight, n)))
        return CN_ERROR_MEMORY;
    o->validation_x = cut_array(arena, o->validation_x, tests);
    o->validation_y = cut_array(arena, o->validation_y, tests);
    if (!b) return o->x && o->y ? CN_OK : CN_ERROR_MEMORY;
    CN_TRY(cut_list(arena, &o->inputs, inputs, n));
    CN_TRY(cut_list(arena, &o->targets, outputs, n));
    CN_TRY(cut_list(arena, &o->validation_inputs, inputs, tests));
    return cut_list(arena, &o->validation_targets, outputs, tests);
}

/* The names that the history will have: those of one short epoch, in which callbacks find what they watch. */
static cn_status find_names(cn__analyzer *k, cn__job *job, cn_model *m)
{
    cn_fit_options o = cn__job_options(job, m);
    CN_TRY(cut_fit(&k->program->arena, job, least_size(job, trial_size(job)), 1, &o));
    o.threads = 1;
    o.callbacks = job->other_callbacks;
    o.initial_epoch = 0;
    o.epochs = o.validation_freq = 1;
    o.batch_size = o.validation_batch_size = 0; /* all of them */
    cn_history *h = cn_model_fit_with(&o);
    cn_status status = h ? cn__curves_of_history(&k->program->arena, h, &job->expected) : cn_error_status();
    cn_history_free(h);
    return status;
}

/* Dense layers take pictures row by row, which is hardly what was meant. */
static cn_status hint_at_flatten(const cn__job *job)
{
    if (job->binding || job->data->x.ndim < 3 || strstr(job->model->layers, "latten")) return CN_ERROR_SHAPE;
    return cn__fail(CN_ERROR_SHAPE,
                    "%s; a sample is no vector: dataset flatten, or a layer flatten, makes it one",
                    cn_error());
}

/* Read once for all fits of the same data. */
cn_status cn__validation_data(cn__analyzer *k, cn__job *job)
{
    cn__program *p = k->program;
    const char *name = job->fit.validation_data;
    cn__stage *stage;
    if (!name || strcmp(name, "test") == 0) return CN_OK;
    for (size_t i = 0; i < p->job_count && !job->validation; i++)
        if (p->jobs[i]->data == job->data && p->jobs[i]->validation &&
            strcmp(p->jobs[i]->validation->name, name) == 0)
            job->validation = p->jobs[i]->validation;
    if (job->validation) return CN_OK;
    CN_TRY(cn__stage_validation(&p->arena, &p->stages, job->data, name, p->options, &stage));
    job->validation = stage;
    return CN_OK;
}

/* All of fit's arguments are checked by fit itself. */
cn_status cn__try_fit(cn__analyzer *k, cn__job *job)
{
    if (job->fit.initial_epoch >= job->fit.epochs)
        return cn__fail(CN_ERROR_ARGUMENT, "fit: initial_epoch = %lld, expected less than epochs = %lld",
                        (long long)job->fit.initial_epoch, (long long)job->fit.epochs);
    cn_model *m = cn__trial_model(job, true);
    if (!m) return cn_error_status();
    cn_fit_options o = {0};
    cn_status status = cn__bind(&k->program->arena, m, job->data, job->validation, &job->binding);
    if (status != CN_OK && status != CN_ERROR_MEMORY) status = cn__fail_in("fit %s", job->model->name);
    if (status == CN_OK) {
        o = cn__job_options(job, m);
        o.threads = 1;
        status = cut_fit(&k->program->arena, job, trial_size(job), SIZE_MAX, &o);
    }
    if (status == CN_OK) status = cn__fit_check(&o);
    if (status == CN_ERROR_SHAPE) status = hint_at_flatten(job);
    if (status == CN_OK) status = check_outputs(&k->program->arena, job);
    if (status == CN_OK) status = find_names(k, job, m);
    cn_model_free(m);
    return status;
}

cn_status cn__set_job_key(cn__analyzer *k, cn__job *j)
{
    cn__arena *arena = &k->program->arena;
    const cn__arguments *a = &j->fit;
    cn__text t = {0};
    cn__text_printf(&t, "cornu %s results %d\n%s\n%s\n", CN_VERSION, CN_LAB_RESULTS, j->data->key,
                    j->model->config);
    cn__text_printf(&t, "seed %llu\noptimizer %s\nloss %s\nmetrics %s\nweighted %s\n",
                    (unsigned long long)j->seed, j->optimizer, j->loss, j->metrics ? j->metrics : "",
                    j->weighted_metrics ? j->weighted_metrics : "");
    cn__text_printf(
        &t, "epochs %lld from %lld batch %lld split %.17g data %s shuffle %d %d freq %lld vbatch %lld\n",
        (long long)a->epochs, (long long)a->initial_epoch, (long long)a->batch_size, a->validation_split,
        a->validation_data && !j->validation ? a->validation_data : "", a->shuffle, a->reshuffle,
        (long long)a->validation_freq, (long long)a->validation_batch_size);
    cn__text_printf(&t, "callbacks %s\nclass_weight %s\nafter %s %d\n", j->callbacks ? j->callbacks : "",
                    j->class_weight ? j->class_weight : "", j->after ? j->after->key : "", j->fresh);
    if (j->validation) cn__text_printf(&t, "validation %s\n", j->validation->key);
    if (j->loss_weights) cn__text_printf(&t, "loss weights %s\n", j->loss_weights);
    if (j->convolution && strcmp(j->convolution, "default") != 0)
        cn__text_printf(&t, "convolution %s\n", j->convolution);
    if (j->after && j->after == j->model->base) cn__text_printf(&t, "top %d\n", j->model->base_top);
    if (j->sample_weight.data) {
        char sum[33];
        cn__fingerprint(j->sample_weight.data, j->sample_weight.shape[0] * sizeof(float), sum);
        cn__text_printf(&t, "sample_weight %s\n", sum);
    }
    if (t.failed) return cn__fail_memory(0, "a key");
    cn__sha256_hex(t.data, t.size, j->key);
    cn__text_free(&t);
    (void)arena;
    return CN_OK;
}

/* As fit has it: 32, or all samples where there are fewer. */
static int64_t default_batch(const cn__job *j)
{
    double samples = floor((double)j->data->x.shape[0] * (1 - j->fit.validation_split));
    return samples < 1 ? 1 : samples < 32 ? (int64_t)samples : 32;
}

cn__job *cn__new_job(cn__analyzer *k, cn__lab_model *m, const cn__lab_step *step, const cn__arguments *fit)
{
    cn__program *p = k->program;
    cn__job *j = cn__arena_alloc(&p->arena, sizeof *j);
    if (!j) return NULL;
    *j = (cn__job){.line = step->statement.line,
                   .part = k->part,
                   .model = m,
                   .data = k->stage,
                   .fit = *fit,
                   .threshold = (double)NAN,
                   .seed = m->seed};
    uint64_t limit = p->options->epochs_limit;
    if (limit && (uint64_t)(j->fit.epochs - j->fit.initial_epoch) > limit &&
        j->fit.epochs > j->fit.initial_epoch)
        j->fit.epochs = j->fit.initial_epoch + (int64_t)limit;
    if (j->fit.batch_size == INT64_MIN) j->fit.batch_size = default_batch(j);
    j->optimizer = m->optimizer, j->loss = m->loss, j->metrics = m->metrics,
    j->weighted_metrics = m->weighted_metrics, j->loss_weights = m->loss_weights;
    j->convolution = m->convolution;
    j->callbacks = cn__list_text(&p->arena, fit->callbacks);
    j->cost = (double)j->fit.epochs * (double)k->stage->x.shape[0] *
              (m->flops + 1e5 + 3.0 * (double)m->parameters / (double)j->fit.batch_size);
    return j;
}

/* With --only, what a wanted training goes on from is trained, too. */
static cn_status want_base(cn__program *p, cn__job *base)
{
    if (!base) return CN_OK;
    for (size_t i = 0; i < p->job_count; i++)
        if (p->jobs[i] == base) return CN_OK;
    CN_TRY(want_base(p, base->after));
    return cn__add_pointer(&p->arena, &p->jobs, &p->job_count, base);
}

cn_status cn__make_fit(cn__analyzer *k, cn__lab_step *step)
{
    cn__program *p = k->program;
    const cn__arguments *a = &step->statement.arguments;
    for (size_t i = 0; i < step->statement.name_count; i++) {
        cn__lab_model *m = step->models[i];
        cn__job *j = cn__new_job(k, m, step, a);
        if (!j) return CN_ERROR_MEMORY;
        j->after = m->last ? m->last : m->base;
        j->fresh = m->recompiled || (j->after && j->after == m->base);
        m->recompiled = false;
        j->may_fail = k->expect_error;
        CN_TRY(cn__class_weight(&p->arena, a->class_weight, j->data, &j->class_weight));
        CN_TRY(cn__sample_weight(&p->arena, j->data, a->sample_weight, &j->sample_weight));
        CN_TRY(cn__validation_data(k, j));
        CN_TRY(cn__try_fit(k, j));
        CN_TRY(cn__set_job_key(k, j));
        if (m->wanted) CN_TRY(want_base(p, j->after));
        if (m->wanted) CN_TRY(cn__add_pointer(&p->arena, &p->jobs, &p->job_count, j));
        j->number = p->job_count;
        m->last = step->jobs[i] = j;
        if (!m->first) m->first = j;
        j->earlier = m->all;
        m->all = j;
    }
    step->job_count = step->statement.name_count;
    return CN_OK;
}

static cn__job *another_seed(cn__analyzer *k, const cn__lab_step *step, const cn__job *first, size_t number)
{
    cn__job *j = cn__arena_alloc(&k->program->arena, sizeof *j);
    if (!j) return NULL;
    *j = *first;
    j->line = step->statement.line;
    j->part = k->part;
    j->seed = first->seed + number;
    j->repeat = j->wants_test = true;
    j->wants_prediction = false; /* which would need a model, and none is kept */
    return cn__set_job_key(k, j) == CN_OK ? j : NULL;
}

cn__job *cn__make_another(cn__analyzer *k, const cn__lab_step *step, const cn__job *first,
                          const cn__stage *data)
{
    cn__job *j = cn__arena_alloc(&k->program->arena, sizeof *j);
    if (!j) return NULL;
    *j = *first;
    j->line = step->statement.line;
    j->part = k->part;
    j->data = data;
    if (cn__sample_weight(&k->program->arena, data, j->fit.sample_weight, &j->sample_weight) != CN_OK)
        return NULL;
    j->repeat = j->wants_test = true;
    j->wants_prediction = false;
    j->may_fail = k->expect_error;
    if (cn__try_fit(k, j) != CN_OK) return NULL;
    return cn__set_job_key(k, j) == CN_OK ? j : NULL;
}

static cn_status repeat_one(cn__analyzer *k, cn__lab_step *step, cn__lab_model *m)
{
    cn__program *p = k->program;
    size_t seeds = (size_t)step->statement.arguments.seeds;
    if (m->last->after)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "repeat: %s was trained by more than one fit; only a first fit can be repeated",
                        m->name);
    m->repeats = cn__arena_array(&p->arena, seeds, sizeof *m->repeats);
    if (!m->repeats) return CN_ERROR_MEMORY;
    m->repeats[0] = m->last;
    m->last->wants_test = true;
    for (size_t i = 1; i < seeds; i++) {
        cn__job *j = another_seed(k, step, m->last, i);
        if (!j) return CN_ERROR_MEMORY;
        if (m->wanted) CN_TRY(cn__add_pointer(&p->arena, &p->jobs, &p->job_count, j));
        m->repeats[i] = j;
    }
    m->repeat_count = seeds;
    return CN_OK;
}

cn_status cn__make_repeat(cn__analyzer *k, cn__lab_step *step)
{
    for (size_t i = 0; i < step->statement.name_count; i++) CN_TRY(repeat_one(k, step, step->models[i]));
    return CN_OK;
}

/* The last fit of a model gives its file the plain name, those before it a number. */
cn_status cn__name_files(cn__program *p)
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
