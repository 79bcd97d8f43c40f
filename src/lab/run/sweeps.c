/* The sweeps of a document without the rest of it. */
#include <stdlib.h>

#include "base/files/file.h"
#include "lab/access.h"
#include "lab/lab.h"
#include "lab/program/program.h"

static cn_status run_one(const cn__job *job, const cn__lab_sweeps *sweeps)
{
    cn__study study;
    cn__sweep_progress progress;
    int64_t id = 0;
    const cn__configuration base = cn__job_configuration(job);
    cn__study_options options = *job->sweep;
    options.shard = sweeps->shard, options.shards = sweeps->shards;
    CN_TRY(cn__study_open(&base, &options, &study));
    cn_status status = cn__sweep_run(&study, &sweeps->run, &progress, &id);
    const bool decides = !sweeps->run.ranks || sweeps->run.ranks->rank == 0; /* and knows what came out */
    if (status == CN_OK && decides) status = sweeps->report(sweeps->run.user, &study, &progress, id);
    cn__study_close(&study);
    return status;
}

static cn_status run_all(const cn__program *p, const cn__lab_sweeps *sweeps)
{
    size_t count = 0;
    for (size_t i = 0; i < p->job_count; i++) {
        const cn__job *job = p->jobs[i];
        if (!job->sweep) continue;
        count++;
        if (run_one(job, sweeps) != CN_OK) return cn__fail_in("%s:%zu", p->document.path, job->line);
    }
    if (count) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "%s has no sweep; expected a statement such as: sweep m over units=[32..512 log]",
                    p->document.path);
}

/* SQLite makes files beside the store, wherever a link leads to it. */
static char *folder_of_file(const char *path)
{
    char *real = realpath(path, NULL), *folder = cn__path_parent(real ? real : path);
    free(real);
    return folder;
}

static cn_status confine(const char *path, const cn__lab_options *options, const cn__lab_sweeps *sweeps)
{
    const char *const files[] = {sweeps->run.store, sweeps->writes};
    char *folders[2] = {NULL};
    size_t count = 0;
    cn_status status = CN_OK;
    for (int i = 0; i < 2 && status == CN_OK; i++) {
        if (!files[i]) continue;
        if (!(folders[count++] = folder_of_file(files[i]))) status = CN_ERROR_MEMORY;
    }
    if (status == CN_OK) status = cn__access_confine(options, path, (const char *const *)folders, count);
    for (size_t i = 0; i < count; i++) cn__free(folders[i]);
    return status;
}

cn_status cn__lab_sweep(const char *path, const cn__lab_options *options, const cn__lab_sweeps *sweeps,
                        bool *missing)
{
    cn__program p = {0};
    *missing = false;
    cn_status status = confine(options->text ? NULL : path, options, sweeps);
    if (status == CN_OK) status = cn__program_open(&p, path, options->text, options, missing);
    if (status == CN_OK) status = run_all(&p, sweeps);
    cn__program_free(&p);
    return status;
}
