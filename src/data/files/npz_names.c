/* Which members of an .npz are the inputs and which the targets, by the names that users of numpy, Keras and scikit-learn
 * give them. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "data/data.h"
#include "data/files/zip.h"

/* Inputs and targets, training before test: the first pair that is there is meant. */
static const char *const pairs[][2] = {{"x_train", "y_train"}, {"train_x", "train_y"}, {"x", "y"},
                                       {"data", "target"},     {"features", "labels"}, {"images", "labels"}};
static const char *const tests[][2] = {{"x_test", "y_test"}, {"test_x", "test_y"}};

/* FILE:MEMBER of the member that is called so, case ignored; NULL: there is none. */
static const char *member(cn__arena *arena, const cn__zip *zip, const char *path, const char *name)
{
    for (size_t i = 0; i < cn__zip_count(zip); i++) {
        const char *is = cn__zip_name(zip, i);
        size_t n = strlen(name);
        if (strncasecmp(is, name, n) == 0 && strcmp(is + n, ".npy") == 0)
            return cn__arena_format(arena, "%s:%.*s", path, (int)n, is);
    }
    return NULL;
}

static void find_pair(cn__arena *arena, const cn__zip *zip, const char *path, const char *const (*names)[2],
                      size_t count, const char **x, const char **y)
{
    for (size_t i = 0; i < count; i++) {
        *x = member(arena, zip, path, names[i][0]);
        *y = *x ? member(arena, zip, path, names[i][1]) : NULL;
        if (*y) return;
    }
    *x = *y = NULL;
}

cn_status cn__npz_pairs(cn__arena *arena, const char *path, const char *out[4])
{
    cn__zip *zip = NULL;
    CN_TRY(cn__zip_open(&(cn__infile){.name = path}, "an .npz file", &zip));
    const unsigned long failures = cn__memory_failures();
    find_pair(arena, zip, path, pairs, sizeof pairs / sizeof *pairs, &out[0], &out[1]);
    find_pair(arena, zip, path, tests, sizeof tests / sizeof *tests, &out[2], &out[3]);
    cn__zip_close(zip);
    CN_TRY(cn__check_memory(CN_OK, failures, "the names of arrays"));
    if (out[0]) return CN_OK;
    return cn__fail(
        CN_ERROR_DATA,
        "%s has no arrays x and y, nor x_train and y_train; expected their names: x=%s:NAME y=%s:NAME", path,
        path, path);
}

cn_status cn__npz_names(cn__arena *arena, const char *path, const char ***names, size_t *count)
{
    cn__zip *zip = NULL;
    *count = 0;
    CN_TRY(cn__zip_open(&(cn__infile){.name = path}, "an .npz file", &zip));
    const size_t members = cn__zip_count(zip);
    *names = cn__arena_array(arena, members + 1, sizeof **names);
    cn_status status = *names ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; i < members && status == CN_OK; i++) {
        const char *name = cn__zip_name(zip, i);
        const char *end = strrchr(name, '.');
        if (!end || strcmp(end, ".npy") != 0) continue;
        const char *plain = cn__arena_format(arena, "%.*s", (int)(end - name), name);
        if (plain) (*names)[(*count)++] = plain;
        else status = CN_ERROR_MEMORY;
    }
    cn__zip_close(zip);
    return status;
}
