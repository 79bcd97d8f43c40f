/* Where callbacks write: at the paths they were given, or inside one folder and nowhere else. */
#include "base/file.h"
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

cn_status cn__output_stream(cn_training *t, const char *path, char mode, FILE **out)
{
    const cn__outdir *dir;
    *out = NULL;
    CN_TRY(cn__output_dir(t, &dir));
    return dir ? cn__outdir_stream(dir, path, mode, out) : cn__stream_open(path, mode, out);
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
