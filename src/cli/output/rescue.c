/* Other places and forms for a model that could not be saved as it was wanted. */
#include "cli/output/rescue.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "formats/files.h"

enum { MOST_NAMES = 1000 };

/* "FOLDER/rescued-digits.npz", or with a number where such a file is there. Free with cn__text_free. */
static bool free_name(const char *folder, const char *prefix, const char *name, const char *ending,
                      cn__text *out)
{
    for (int number = 1; number < MOST_NAMES; number++) {
        cn__text_free(out);
        cn__text_printf(out, "%s/%s", folder, prefix);
        if (number > 1) cn__text_printf(out, "-%d", number);
        cn__text_printf(out, "-%s%s", name, ending);
        if (out->failed) return false;
        if (!cn__file_exists(out->data) && !cn__dir_exists(out->data)) return true;
    }
    return false;
}

static bool save_at(const cn_model *model, const char *folder, const char *prefix, const char *path,
                    const char *ending, bool weights_only, cn__text *out)
{
    return free_name(folder, prefix, cn__path_name(path), ending, out) &&
           cn_model_save(model, out->data, weights_only) == CN_OK;
}

/* /dev/full and its like: their folder is no place for files. */
static bool is_device(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
}

/* The same form elsewhere, then the plainest form. */
static bool rescue(const cn_model *model, const char *prefix, const char *path, bool weights_only,
                   cn__text *out)
{
    char *folder = is_device(path) ? NULL : cn__path_parent(path);
    bool saved = (folder && save_at(model, folder, prefix, path, "", weights_only, out)) ||
                 save_at(model, ".", prefix, path, "", weights_only, out) ||
                 (folder && save_at(model, folder, prefix, path, ".npz", weights_only, out)) ||
                 save_at(model, ".", prefix, path, ".npz", weights_only, out);
    cn__free(folder);
    return saved;
}

/* Both messages, the first one's status. */
static cn_status end(cn_status status, char *failure, bool saved, const char *what, cn__text *place)
{
    const char *why = failure ? failure : "out of memory";
    if (saved) cn__fail(status, "%s; %s in %s", why, what, place->data);
    else cn__fail(status, "%s", why);
    cn__text_free(place);
    cn__free(failure);
    return status;
}

cn_status cn__save_or_rescue(const cn_model *model, const cn_preparation *preparation, const char *path,
                             bool weights_only)
{
    cn__text place = {0};
    cn_status status =
        weights_only ? cn_model_save(model, path, true) : cn__model_save_prepared(model, preparation, path);
    if (status == CN_OK) return CN_OK;
    char *failure = cn__strdup(cn_error());
    bool saved = rescue(model, "rescued", path, weights_only, &place);
    return end(status, failure, saved, weights_only ? "the weights are" : "the model is", &place);
}

void cn__save_unfinished(const cn_model *model, const char *path, bool weights_only)
{
    cn__text place = {0};
    cn_status status = cn_error_status();
    char *failure = cn__strdup(cn_error());
    bool saved = rescue(model, "unfinished", path, weights_only, &place);
    (void)end(status, failure, saved, "what was trained until then is", &place);
}
