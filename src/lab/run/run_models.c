/* Models of trainings, in their files and in the cache. A model's file is the job's if it has the fingerprint that the cache
 * holds beside the job's key: whoever wrote it, in whatever order, it cannot be another's. */
#include "lab/run/run_models.h"

#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "data/data.h"
#include "formats/files.h"

static const size_t most_model = (size_t)1 << (sizeof(size_t) > 4 ? 36 : 30);

/* Is what lies in the file what the job's training wrote? Then its bytes. */
static char *read_model_file(const cn__program_run *run, const cn__job *job, size_t *size)
{
    char print[33], *bytes;
    if (!*job->print || !cn__outdir_has(&run->out, job->file)) return NULL;
    if (cn__outdir_read(&run->out, job->file, &bytes, size, most_model) != CN_OK) return NULL;
    cn__fingerprint(bytes, *size, print);
    if (strcmp(print, job->print) == 0) return bytes;
    cn__free(bytes);
    return NULL;
}

/* The bytes that the cache holds of the model; *bytes NULL: none, or not those of the fingerprint. */
static cn_status read_cached_model(cn__program_run *run, cn__job *job, char **bytes, size_t *size)
{
    char print[33];
    CN_TRY(cn__cache_get(run->cache, job->key, "model", bytes, size));
    if (!*bytes) return CN_OK;
    cn__fingerprint(*bytes, *size, print);
    if (!*job->print) memcpy(job->print, print, sizeof print);
    if (strcmp(print, job->print) == 0) return CN_OK;
    cn__free(*bytes);
    *bytes = NULL;
    return CN_OK;
}

static cn_status read_print(cn__program_run *run, cn__job *job)
{
    char *text;
    size_t size;
    CN_TRY(cn__cache_get(run->cache, job->key, "print", &text, &size));
    if (text && size + 1 == sizeof job->print) memcpy(job->print, text, size);
    cn__free(text);
    return CN_OK;
}

cn_status cn__restore_model(cn__program_run *run, cn__job *job, bool *there)
{
    size_t size;
    CN_TRY(read_print(run, job));
    char *bytes = read_model_file(run, job, &size);
    *there = bytes != NULL;
    cn_status status = CN_OK;
    if (!*there) {
        status = read_cached_model(run, job, &bytes, &size);
        if (status == CN_OK && bytes) status = cn__outdir_write(&run->out, job->file, bytes, size);
        *there = status == CN_OK && bytes;
    }
    cn__free(bytes);
    return status;
}

typedef struct keeping {
    cn__program_run *run;
    cn__job *job;
    const cn_model *model;
} keeping;

/* What SQLite cannot hold in one row is not kept; its fingerprint is, for the file in the lab's folder. */
static cn_status keep_bytes(cn__program_run *run, cn__job *job, const char *bytes, size_t size)
{
    cn__fingerprint(bytes, size, job->print);
    if (job->writes_files) return CN_OK;
    CN_TRY(cn__cache_put(run->cache, job->key, "print", job->print, strlen(job->print)));
    return size < (size_t)900 << 20 ? cn__cache_put(run->cache, job->key, "model", bytes, size) : CN_OK;
}

/* The bytes are read before the file has its name, under which another program may write too. */
static cn_status save_model(void *user, const char *path)
{
    const keeping *k = user;
    char *bytes;
    size_t size;
    CN_TRY(cn_model_save(k->model, path, false));
    if (k->job->data->preparation) CN_TRY(cn_preparation_save(k->job->data->preparation, path));
    CN_TRY(cn__file_read(path, &bytes, &size, most_model));
    cn_status status = keep_bytes(k->run, k->job, bytes, size);
    cn__free(bytes);
    return status;
}

cn_status cn__keep_model(cn__program_run *run, cn__job *job, const cn_model *m)
{
    keeping k = {run, job, m};
    return cn__outdir_save(&run->out, job->file, save_model, &k);
}

cn_model *cn__run_model(cn__program_run *run, cn__job *job)
{
    size_t size = 0;
    char *bytes = read_model_file(run, job, &size);
    if (!bytes && read_cached_model(run, job, &bytes, &size) != CN_OK) return NULL;
    if (!bytes) {
        cn__fail(CN_ERROR_FILE, "%s/%s: another program has written or removed this file during the run",
                 run->out.path, job->file);
        return NULL;
    }
    cn_model *m = cn__model_load(&(cn__infile){.name = job->file, .bytes = bytes, .size = size}, true);
    cn__free(bytes);
    const cn_preparation *p = job->data->preparation;
    if (!m || !p || cn_preparation_attach(p, m) == CN_OK) return m;
    cn_model_free(m);
    return NULL;
}
