/* fit's validation_data=NAME: samples of another source, which the lines of the data set prepare as they did their own. What was
 * learned (means, words, what is missing) is that of the training part. */
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "data/data.h"
#include "lab/data/dataset_make.h"
#include "lab/data/download.h"

/* A table as the first one was read, by what was learned of that. */
static cn_status read_table(cn__arena *arena, const cn__stages *stages, const cn__stage *like,
                            const char *path, cn__stage *s)
{
    size_t k;
    cn_table *t = cn_preparation_read(like->preparation, path, like->reading);
    if (!t) return cn_error_status();
    cn_status status = CN_OK;
    for (size_t i = 0; status == CN_OK && i < like->target_count; i++)
        status = cn_table_find(t, like->targets[i], &k);
    if (status == CN_OK) status = cn_preparation_apply(like->preparation, t, NULL, 0, &s->x, &s->y);
    for (size_t i = 0; status == CN_OK && i < stages->count; i++) /* reported where the data set is */
        if (stages->items[i] == cn__stage_first(like))
            status = cn__note_unknown(arena, t, s->name, stages->items[i]);
    cn_table_free(t);
    return status;
}

/* Its test part, where the file has one of its own. */
static cn_status read_npz(cn__arena *arena, const char *path, cn__stage *s)
{
    const char *members[4] = {NULL};
    CN_TRY(cn__npz_pairs(arena, path, members));
    const size_t test = members[2] ? 2 : 0;
    CN_TRY(cn_data_read(members[test], &s->x));
    return cn_data_read(members[test + 1], &s->y);
}

static cn_status check_classes(const cn__stage *like, const cn_dataset *d)
{
    for (size_t c = 0; like->class_names && c < d->classes; c++)
        if (c >= like->classes || strcmp(like->class_names[c], d->class_names[c]) != 0)
            return cn__fail(CN_ERROR_DATA,
                            "class %zu is '%s', and '%s' in the training data; expected the same classes", c,
                            d->class_names[c], c < like->classes ? like->class_names[c] : "none");
    return CN_OK;
}

/* The test part of a data set, or all images of a folder without parts; of the size and the colours of the training's. */
static cn_status load_named(cn__stages *stages, const cn__stage *like, const char *name, bool folder,
                            const cn__lab_options *o, cn__stage *s)
{
    const cn_array *images = &like->images;
    cn_dataset_options options = {
        .data_dir = o->data_dir, .offline = o->offline, .progress = cn__report_download};
    if (folder && images->data) {
        options.images.height = images->shape[1], options.images.width = images->shape[2];
        options.images.color_mode = images->ndim == 3 || images->shape[3] == 1 ? "grayscale" : "rgb";
    }
    cn_dataset *d = cn__stages_add_dataset(stages);
    if (!d) return CN_ERROR_MEMORY;
    CN_TRY(folder ? cn_images_load(name, &options.images, d) : cn_dataset_load(name, &options, d));
    const bool test = d->test_x.data && d->test_x.shape[0];
    s->x = cn__borrow(test ? &d->test_x : &d->train_x);
    s->y = cn__borrow(test ? &d->test_y : &d->train_y);
    return check_classes(like, d);
}

static bool is_known(const char *name)
{
    bool known = false;
    for (const char *const *set = cn_dataset_names(); *set; set++) known = known || cn__same_name(*set, name);
    return known;
}

/* A word that is no file's name is hardly meant as one. */
static cn_status find_file(cn__arena *arena, const cn__stages *stages, const char *name, const char **path)
{
    const cn_status status = cn__find_file(arena, stages, name, path);
    if (status == CN_OK || status == CN_ERROR_MEMORY || strpbrk(name, "./")) return status;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "expected test (the data set's test part), a file, or the name of a data set");
}

static cn_status load(cn__arena *arena, cn__stages *stages, const cn__stage *like, const char *name,
                      const cn__lab_options *o, cn__stage *s)
{
    const char *path = NULL;
    if (like->table) {
        CN_TRY(find_file(arena, stages, name, &path));
        return read_table(arena, stages, like, path, s);
    }
    if (is_known(name)) return load_named(stages, like, name, false, o, s);
    if (like->images.data) CN_TRY(cn__find_folder(arena, stages, name, &path));
    if (path) return load_named(stages, like, path, true, o, s);
    CN_TRY(find_file(arena, stages, name, &path));
    if (cn__has_suffix(path, ".npz")) return read_npz(arena, path, s);
    return cn__fail(CN_ERROR_ARGUMENT, "expected FILE.npz with x and y, as the data set is no table");
}

static cn_status check_shape(const cn__stage *like, const cn__stage *s)
{
    char shape[120], expected[120];
    bool same = s->x.ndim == like->x.ndim;
    for (int i = 1; same && i < s->x.ndim; i++) same = s->x.shape[i] == like->x.shape[i];
    if (same && s->x.shape[0] == s->y.shape[0])
        return s->x.shape[0] ? CN_OK : cn__fail(CN_ERROR_DATA, "it has no samples");
    if (same)
        return cn__fail(CN_ERROR_SHAPE, "x has %zu samples, y has %zu; expected the same number",
                        s->x.shape[0], s->y.shape[0]);
    return cn__fail(CN_ERROR_SHAPE,
                    "x has the shape %s, expected that of the training data, %s, but for the first size",
                    cn_array_shape_text(&s->x, shape, sizeof shape),
                    cn_array_shape_text(&like->x, expected, sizeof expected));
}

/* ---- arrays with names ------------------------------------------------------------------------------------------------ */

/* The array of that name as an input and as a target, each prepared as its stage prepared its own. */
static cn_status load_array(cn__arena *arena, const char *path, const cn__named *like, cn__stage *s)
{
    const char *member = cn__arena_format(arena, "%s:%s", path, like->name);
    if (!member) return CN_ERROR_MEMORY;
    CN_TRY(cn_data_read(member, &s->x));
    CN_TRY(cn_data_read(member, &s->y));
    CN_TRY(cn__change_likewise(like->stage, &s->x, &s->y));
    const cn__stage as_target = {.x = cn__borrow(&like->stage->y)}, target = {.x = s->y, .y = s->y};
    if (like->input) CN_TRY(check_shape(like->stage, s));
    return like->target ? check_shape(&as_target, &target) : CN_OK;
}

static cn_status load_arrays(cn__arena *arena, cn__stages *stages, const cn__stage *like, const char *name,
                             cn__stage *s)
{
    const char *path, **names;
    size_t count, samples = 0;
    CN_TRY(find_file(arena, stages, name, &path));
    if (!cn__has_suffix(path, ".npz"))
        return cn__fail(CN_ERROR_ARGUMENT, "expected FILE.npz with arrays of the same names");
    CN_TRY(cn__npz_names(arena, path, &names, &count));
    cn__named *named = cn__arena_array(arena, like->named_count, sizeof *named);
    if (!named) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < like->named_count; i++) {
        size_t k = 0;
        named[i] = like->named[i];
        while (k < count && strcmp(names[k], named[i].name) != 0) k++;
        if (k == count) return cn__fail(CN_ERROR_DATA, "it has no array '%s'", named[i].name);
        cn__stage *one = named[i].stage = cn__stage_add(arena, stages);
        if (!one) return CN_ERROR_MEMORY;
        if (load_array(arena, path, &like->named[i], one) != CN_OK) return cn__fail_in("%s", named[i].name);
        if (!i) samples = one->x.shape[0];
        if (one->x.shape[0] != samples)
            return cn__fail(CN_ERROR_SHAPE, "%s has %zu samples, %s has %zu; expected the same number",
                            named[i].name, one->x.shape[0], named[0].name, samples);
    }
    s->named = named, s->named_count = like->named_count;
    s->x = cn__borrow(&named[0].stage->x);
    return CN_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

static cn_status set_key(cn__stage *s)
{
    cn__text text = {0};
    for (size_t i = 0; i < s->named_count; i++) {
        cn__text_printf(&text, "%s ", s->named[i].name);
        cn__stage_add_array(&text, &s->named[i].stage->x);
        cn__stage_add_array(&text, &s->named[i].stage->y);
    }
    if (!s->named_count) cn__stage_add_array(&text, &s->x);
    if (!s->named_count) cn__stage_add_array(&text, &s->y);
    if (text.failed) return cn__fail_memory(0, "a key");
    cn__sha256_hex(text.data, text.size, s->key);
    cn__text_free(&text);
    return CN_OK;
}

static cn_status load_single(cn__arena *arena, cn__stages *stages, const cn__stage *like, const char *name,
                             const cn__lab_options *o, cn__stage *s)
{
    CN_TRY(load(arena, stages, like, name, o, s));
    CN_TRY(cn__change_likewise(like, &s->x, &s->y));
    return check_shape(like, s);
}

cn_status cn__stage_validation(cn__arena *arena, cn__stages *stages, const cn__stage *like, const char *name,
                               const cn__lab_options *o, cn__stage **out)
{
    cn__stage *s = *out = cn__stage_add(arena, stages);
    if (!s) return CN_ERROR_MEMORY;
    s->name = name;
    cn_status status = like->named_count ? load_arrays(arena, stages, like, name, s)
                                         : load_single(arena, stages, like, name, o, s);
    if (status == CN_OK) status = set_key(s);
    return status == CN_OK ? CN_OK : cn__fail_in("fit: validation_data=%s", name);
}
