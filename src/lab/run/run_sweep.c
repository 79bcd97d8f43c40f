#include "lab/run/run_sweep.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/files/file.h"
#include "lab/run/cache.h"
#include "lab/program/analyzer.h"
#include "lab/program/prepared.h"
#include "sweep/store/store_file.h"

typedef struct shown {
    cn__live *live;
    int row;
} shown;

static void show_trials(void *user, const cn__study *study, const cn__sweep_progress *progress)
{
    const shown *s = user;
    (void)study;
    cn__live_epoch(s->live, s->row, progress->done);
}

/* "…/lab.sqlite.states/KEY.db" in the arena; NULL where nothing is kept. */
static const char *store_path(cn__program_run *run, cn__job *job)
{
    char *folder = cn__cache_states(run->cache);
    const char *path = NULL;
    if (folder && cn__make_dirs(folder) == CN_OK)
        path = cn__arena_format(&job->arena, "%s/%.32s.db", folder, job->found->study.key);
    cn__free(folder);
    return path;
}

static cn_status take_best(cn__job *job)
{
    cn__found *f = job->found;
    f->best = cn__study_best(&f->study);
    if (f->best == SIZE_MAX) return cn__fail(CN_ERROR_NUMERIC, "sweep: no trial has a result");
    CN_TRY(
        cn__template_fill(&f->study.template_, f->study.trials[f->best].point, &f->arena, &f->configuration));
    cn__prepared_take(job, &f->configuration);
    cn_model *m = cn__configuration_model(&f->configuration, job->seed, true);
    if (!m) return cn_error_status();
    f->parameters = cn_model_parameters(m);
    f->flops = cn_model_flops(m);
    cn_model_free(m);
    return isnan(f->flops) ? cn_error_status() : CN_OK;
}

/* Another lab that makes the same study may be at it: its runs are taken when it has ended. */
static void wait_for_store(const char *store, const cn__lab_options *o)
{
    enum { STEP = 50000000, SAID_AFTER = 40 };
    for (int step = 0; cn__store_is_busy(store) && !(o->interrupted && o->interrupted()); step++) {
        if (step == SAID_AFTER)
            fprintf(stderr, "sweep: another program writes to %s; its end is waited for\n", store);
        nanosleep(&(struct timespec){.tv_nsec = STEP}, NULL);
    }
}

static cn_status search(cn__program_run *run, cn__job *job, cn__live *live, bool only_stored)
{
    cn__found *f = job->found;
    const cn__lab_options *o = run->program->options;
    const char *store = store_path(run, job);
    if (only_stored && (!store || !cn__file_exists(store)))
        return cn__fail(CN_ERROR_STATE, "sweep: its runs are not in the cache");
    shown s = {.live = live,
               .row = only_stored ? -1 : cn__live_fit(live, job->model->name, f->study.trial_count)};
    const cn__sweep_options options = {.store = store,
                                       .workers = (int)o->jobs,
                                       .interrupted = o->interrupted,
                                       .progress = only_stored ? NULL : show_trials,
                                       .user = &s,
                                       .only_stored = only_stored};
    cn_status status = CN_OK;
    do { /* again if another program opened the store first */
        if (store) wait_for_store(store, o);
        status = cn__sweep_run(&f->study, &options, &f->progress, NULL);
    } while (status == CN_ERROR_STATE && store && !only_stored && !(o->interrupted && o->interrupted()));
    if (s.row >= 0) cn__live_done(live, s.row);
    return status == CN_OK ? take_best(job) : status;
}

cn_status cn__run_sweep(cn__program_run *run, cn__job *job, cn__live *live, bool only_stored)
{
    const cn__configuration base =
        cn__job_configuration(job); /* while nothing is found: as the document says */
    cn__found *found = cn__calloc(1, sizeof *found);
    if (!found) return CN_ERROR_MEMORY;
    cn_status status = cn__study_open(&base, job->sweep, &found->study);
    job->found = found;
    if (status == CN_OK) status = search(run, job, live, only_stored);
    if (status != CN_OK) cn__found_free(job);
    return status;
}
