/* sweep: a search becomes a job, as a fit does; its model is the best network that is found. */
#include <string.h>

#include "lab/program/analyzer.h"
#include "lab/program/prepared.h"

cn__configuration cn__job_configuration(const cn__job *job)
{
    return (cn__configuration){.name = job->model->name,
                               .layers = job->model->layers,
                               .optimizer = job->optimizer,
                               .loss = job->loss,
                               .metrics = job->metrics,
                               .weighted_metrics = job->weighted_metrics,
                               .loss_weights = job->loss_weights,
                               .convolution = job->convolution,
                               .fit = cn__job_options(job, NULL),
                               .preparation = job->data->preparation,
                               .preparer = cn__prepared_data(job)};
}

static cn_status read_options(cn__analyzer *k, cn__job *j)
{
    const cn__arguments *a = &j->fit;
    cn__study_options *o = cn__arena_alloc(&k->program->arena, sizeof *o);
    const char *key = j->data->key;
    if (j->validation)
        key = cn__arena_format(&k->program->arena, "%s validation %s", key, j->validation->key);
    if (!o || !key) return CN_ERROR_MEMORY;
    *o = (cn__study_options){.name = j->model->name,
                             .space = a->space,
                             .data_key = key,
                             .sampler = a->sampler,
                             .pruner = a->pruner,
                             .objective = a->objective,
                             .best = strcmp(a->epoch, "best") == 0,
                             .seed = j->seed,
                             .trials = (size_t)a->trials,
                             .seeds = (size_t)a->seeds,
                             .ahead = (size_t)a->ahead,
                             .keep = (size_t)a->keep};
    j->sweep = o;
    return CN_OK;
}

void cn__found_free(cn__job *job)
{
    if (!job->found) return;
    cn__study_close(&job->found->study);
    cn__arena_free(&job->found->arena);
    cn__free(job->found);
    job->found = NULL;
}

/* All that is wrong with it is found by opening the study. */
static cn_status try_study(const cn__job *j)
{
    cn__study study;
    const cn__configuration base = cn__job_configuration(j);
    cn_status status = cn__study_open(&base, j->sweep, &study);
    if (status != CN_OK) return cn__fail_in("sweep");
    cn__study_close(&study);
    return CN_OK;
}

cn_status cn__make_sweep(cn__analyzer *k, cn__lab_step *step)
{
    cn__program *p = k->program;
    cn__lab_model *m = step->models[0];
    if (m->last)
        return cn__fail(CN_ERROR_STATE, "sweep: %s was trained above; a sweep begins with new networks",
                        m->name);
    cn__job *j = cn__new_job(k, m, step, &step->statement.arguments);
    if (!j) return CN_ERROR_MEMORY;
    j->may_fail = k->expect_error;
    CN_TRY(cn__class_weight(&p->arena, j->fit.class_weight, j->data, &j->class_weight));
    CN_TRY(cn__sample_weight(&p->arena, j->data, j->fit.sample_weight, &j->sample_weight));
    CN_TRY(cn__validation_data(k, j));
    CN_TRY(cn__try_fit(k, j));
    if (j->writes_files)
        return cn__fail(CN_ERROR_ARGUMENT, "sweep: callbacks that write files would all write the same one");
    CN_TRY(read_options(k, j));
    CN_TRY(cn__prepared_new(p, j));
    CN_TRY(try_study(j));
    CN_TRY(cn__set_job_key(k, j));
    if (m->wanted) CN_TRY(cn__add_pointer(&p->arena, &p->jobs, &p->job_count, j));
    j->number = p->job_count;
    m->recompiled = false;
    m->first = m->last = m->all = step->jobs[0] = j;
    step->job_count = 1;
    return CN_OK;
}
