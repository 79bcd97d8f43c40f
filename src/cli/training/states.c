/* The folder of --checkpoint and --resume: states of a training, and its network beside them. */
#include <string.h>

#include "base/files/file.h"
#include "cli/session.h"
#include "cli/training/training.h"
#include "formats/files.h"
#include "train/train.h"

char *cn__train_model_of(const char *folder) { return cn__path_join(folder, "model.keras"); }

cn_status cn__train_check_states(cn__train *s)
{
    const cn__train_options *o = s->options;
    s->resumes = o->resume && cn__dir_exists(o->resume);
    s->states = s->resumes ? o->resume : o->checkpoint;
    if (s->resumes && o->checkpoint && strcmp(o->resume, o->checkpoint) != 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--resume %s keeps the states in the same folder; --checkpoint %s is another",
                        o->resume, o->checkpoint);
    if (o->every && !s->states) return cn__fail(CN_ERROR_ARGUMENT, "--every needs --checkpoint DIR");
    if (o->every && cn__read_interval(o->every, &s->every) != CN_OK) return cn__fail_in("--every");
    if (!s->states || s->resumes || !cn__ranks_write(s->ranks)) return CN_OK;
    char *model = cn__train_model_of(s->states);
    if (!model) return CN_ERROR_MEMORY;
    bool there = cn__file_exists(model);
    cn_status status =
        there ? cn__fail(CN_ERROR_ARGUMENT,
                         "--checkpoint %s: a training's states are there; --resume %s goes on with it, "
                         "or take another folder",
                         s->states, s->states)
              : cn__make_model_path_ready(model, false);
    cn__free(model);
    return status;
}

/* The network as it is before the first step. */
cn_status cn__train_begin_states(const cn__train *s)
{
    if (!s->states || s->resumes || !cn__ranks_write(s->ranks)) return CN_OK;
    CN_TRY(cn__make_dirs(s->states));
    char *path = cn__train_model_of(s->states);
    cn_status status = path ? cn_model_save(s->model, path, false) : CN_ERROR_MEMORY;
    cn__free(path);
    return status == CN_OK ? CN_OK : cn__fail_in("--checkpoint");
}
