/* Where callbacks write: at the paths they were given, or inside one folder and nowhere else. */
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "train/train.h"

cn_status cn__output_check(const cn_training *t, const char *path)
{
    return t->options->output_dir ? cn__outdir_check(path) : CN_OK;
}

cn_status cn__output_dir(cn_training *t, const cn__outdir **out)
{
    *out = NULL;
    if (!t->options->output_dir) return CN_OK;
    if (!t->out.path) CN_TRY(cn__outdir_open(&t->out, t->options->output_dir));
    *out = &t->out;
    return CN_OK;
}

void cn__output_clean(cn_training *t, const char *path)
{
    const char *root = t->options->output_dir;
    char *folder = cn__path_parent(path), *whole = folder && root ? cn__path_join(root, folder) : NULL;
    if (whole || (folder && !root)) cn__remove_stale(whole ? whole : folder);
    cn__free(whole);
    cn__free(folder);
}

cn_status cn__output_stream(cn_training *t, const char *path, char mode, FILE **out)
{
    const cn__outdir *dir;
    *out = NULL;
    CN_TRY(cn__output_dir(t, &dir));
    return dir ? cn__outdir_stream(dir, path, mode, out) : cn__stream_open(path, mode, out);
}

cn_status cn__output_write(cn_training *t, const char *path, const void *data, size_t size)
{
    const cn__outdir *dir;
    CN_TRY(cn__output_dir(t, &dir));
    if (dir) return cn__outdir_write(dir, path, data, size);
    char *folder = cn__path_parent(path);
    cn_status status = folder ? cn__make_dirs(folder) : CN_ERROR_MEMORY;
    cn__free(folder);
    return status == CN_OK ? cn__file_write(path, data, size) : status;
}

cn_status cn__output_read(cn_training *t, const char *path, char **data, size_t *size, size_t limit)
{
    const cn__outdir *dir;
    CN_TRY(cn__output_dir(t, &dir));
    return dir ? cn__outdir_read(dir, path, data, size, limit) : cn__file_read(path, data, size, limit);
}

bool cn__output_has(cn_training *t, const char *path)
{
    const cn__outdir *dir;
    if (t->options->output_dir && !cn__dir_exists(t->options->output_dir)) return false; /* and is not made */
    if (cn__output_dir(t, &dir) != CN_OK) return false;
    return dir ? cn__outdir_has(dir, path) : cn__file_exists(path);
}

void cn__output_remove(cn_training *t, const char *path)
{
    const cn__outdir *dir;
    if (cn__output_dir(t, &dir) != CN_OK) return;
    if (dir) cn__outdir_remove(dir, path);
    else (void)unlink(path);
}

typedef struct saving {
    const cn_training *training;
    bool weights_only;
} saving;

static cn_status save(void *user, const char *path)
{
    const saving *s = user;
    return s->training->options->save(s->training->model, path, s->weights_only);
}

cn_status cn__output_save(cn_training *t, const char *path, bool weights_only)
{
    const cn__outdir *dir;
    saving s = {t, weights_only};
    CN_TRY(cn__output_dir(t, &dir));
    return dir ? cn__outdir_save(dir, path, save, &s) : save(&s, path);
}
