/* Stages of the data: loading, and the line of stages. */
#include "lab/data/dataset.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "data/data.h"
#include "data/table/steps.h"
#include "lab/data/dataset_make.h"
#include "lab/data/download.h"

/* ---- keys ----------------------------------------------------------------------------------------------------- */

/* What the statement does, in one way of writing: a comment or a blank in it changes no key. */
static void add_change(cn__text *text, cn__arena *arena, const cn__statement *statement)
{
    const cn__arguments *a = &statement->arguments;
    cn__text_add(text, statement->kind->name);
    if (a->by) cn__text_printf(text, " by=%s", cn__value_text(arena, a->by));
    for (size_t i = 0; i < a->shape.count; i++) cn__text_printf(text, " %lld", (long long)a->shape.items[i]);
    if (a->of) cn__text_printf(text, " of=%s", cn__value_text(arena, a->of));
}

static cn_status set_key(cn__arena *arena, cn__stage *s, const cn__statement *statement)
{
    cn__text text = {0};
    if (s->before) cn__text_printf(&text, "%s\n", s->before->key);
    if (s->before) add_change(&text, arena, statement);
    const cn_array *all[] = {&s->x, &s->y, &s->test_x, &s->test_y};
    for (int i = 0; i < 4 && !s->before; i++) cn__stage_add_array(&text, all[i]);
    if (!s->before) cn__add_target_scale(&text, s);
    if (text.failed) return cn__fail_memory(0, "a key");
    cn__sha256_hex(text.data, text.size, s->key);
    cn__text_free(&text);
    return CN_OK;
}

static bool like_images(const cn_array *x)
{
    bool grey = x->ndim == 3, colour = x->ndim == 4 && (x->shape[3] == 1 || x->shape[3] == 3);
    return (grey || colour) && x->shape[1] >= 4 && x->shape[2] >= 4 && x->shape[1] <= 1024 &&
           x->shape[2] <= 1024;
}

/* ---- loading -------------------------------------------------------------------------------------------------------- */

/* --samples: the first of each part. */
static void shorten(cn__stage *s, uint64_t most)
{
    cn_array *all[] = {&s->x, &s->y, &s->test_x, &s->test_y};
    for (int i = 0; i < 4 && most; i++)
        if (all[i]->shape[0] > most) all[i]->shape[0] = (size_t)most;
}

/* What would be passed over in silence. */
static cn_status check_named(const char *name, const cn__arguments *a)
{
    const char *table = cn__table_argument(a);
    const char *images = a->image_size.count ? "image_size" : a->color_mode ? "color_mode" : NULL;
    if (strchr(name, '/')) return cn__fail(CN_ERROR_FILE, "dataset: there is no folder %s", name);
    if (strpbrk(name, "./"))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "dataset %s: expected a table such as FILE.csv, arrays x=FILE y=FILE, or a name such as "
            "mnist",
            name);
    if (table) return cn__fail(CN_ERROR_ARGUMENT, "dataset %s: %s is for tables, FILE.csv", name, table);
    CN_TRY(cn__check_dataset_name(name, false));
    if (images) return cn__fail(CN_ERROR_ARGUMENT, "dataset %s: %s is for a folder of images", name, images);
    return CN_OK;
}

static cn_status load_named(cn__stages *stages, const char *name, const cn__lab_options *o, cn__stage *s)
{
    cn_dataset_options options = {
        .data_dir = o->data_dir, .offline = o->offline, .progress = cn__report_download};
    CN_TRY(cn__check_dataset_name(name, false));
    cn_dataset *d = cn__stages_add_dataset(stages);
    if (!d) return CN_ERROR_MEMORY;
    CN_TRY(cn_dataset_load(name, &options, d));
    s->name = d->name;
    s->source = d->source;
    s->x = cn__borrow(&d->train_x);
    s->y = cn__borrow(&d->train_y);
    s->test_x = cn__borrow(&d->test_x);
    s->test_y = cn__borrow(&d->test_y);
    s->classes = d->classes;
    s->class_names = d->class_names;
    return CN_OK;
}

/* Are all whole numbers from 0, and few of them different? Then they are classes. */
static size_t count_classes(const cn_array *y)
{
    double most = 0;
    bool whole = y->ndim == 1 || (y->ndim == 2 && y->shape[1] == 1);
    for (size_t i = 0; whole && i < cn_array_size(y); i++) {
        double v = cn_array_at(y, i);
        whole = v >= 0 && v <= 999 && v == floor(v);
        most = fmax(most, v);
    }
    return whole ? (size_t)most + 1 : 0;
}

static cn_status number_names(cn__arena *arena, cn__stage *s)
{
    const char **names = cn__arena_array(arena, s->classes ? s->classes : 1, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->classes; i++)
        if (!(names[i] = cn__arena_format(arena, "%zu", i))) return CN_ERROR_MEMORY;
    s->class_names = names;
    return CN_OK;
}

/* What the targets are: classes, when they are few whole numbers (or the statement says so), else numbers. */
static cn_status set_task(cn__arena *arena, const cn__arguments *a, cn__stage *s)
{
    static const char *const tasks[] = {"classification", "regression"};
    size_t classes = count_classes(&s->y), test_classes = count_classes(&s->test_y);
    if (a->task && strcmp(a->task, tasks[0]) != 0 && strcmp(a->task, tasks[1]) != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "task", a->task, tasks, 2);
    bool labels = classes && test_classes, integral = s->y.dtype != CN_FLOAT32 && s->y.dtype != CN_FLOAT64;
    s->task = a->task ? (*a->task == 'r' ? CN_TASK_NUMBER : CN_TASK_CLASSES)
                      : (labels && integral ? CN_TASK_CLASSES : CN_TASK_NUMBER);
    if (s->task == CN_TASK_NUMBER) return CN_OK;
    if (!labels)
        return cn__fail(
            CN_ERROR_DATA,
            "dataset: task=classification expects labels from 0 to 999, one a sample; the labels to %s are not",
            classes ? "test" : "train");
    if (!s->classes) s->classes = classes > test_classes ? classes : test_classes;
    return s->class_names ? CN_OK : number_names(arena, s);
}

static cn_status load_table(cn__arena *arena, const cn__stages *stages, const char *name,
                            const cn__arguments *a, uint64_t seed, cn__stage *s)
{
    if (!a->target)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset %s: which column is to be predicted? Expected target=COLUMN", name);
    CN_TRY(cn__find_file(arena, stages, name, &s->source));
    s->name = name;
    return cn__load_table(arena, stages, a, seed, s);
}

/* By what it is called, or where it is there by what it holds. */
static bool is_table(cn__arena *arena, const cn__stages *stages, const char *name)
{
    static const char *const endings[] = {".csv",  ".tsv",   ".txt",    ".data",   ".dat",     ".tab",
                                          ".arff", ".jsonl", ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst"};
    const char *path;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (cn__has_suffix(name, endings[i])) return true;
    for (const char *const *set = cn_dataset_names(); *set; set++)
        if (cn__same_name(*set, name)) return false;
    return strchr(name, '.') && cn__find_file(arena, stages, name, &path) == CN_OK && cn__is_table(path);
}

/* A data set's name comes before a folder that is called the same; "mnist/" is the folder. */
static cn_status load_named_or_folder(cn__arena *arena, cn__stages *stages, const char *name,
                                      const cn__arguments *a, const cn__lab_options *o, uint64_t seed,
                                      cn__stage *s)
{
    const char *folder = NULL;
    bool known = false;
    for (const char *const *set = cn_dataset_names(); *set; set++) known = known || cn__same_name(*set, name);
    if (!known) CN_TRY(cn__find_folder(arena, o->data ? NULL : stages, name, &folder));
    cn_dataset *d = folder ? cn__stages_add_dataset(stages) : NULL;
    if (folder) return d ? cn__load_images(arena, folder, name, a, seed, d, s) : CN_ERROR_MEMORY;
    if (!o->data) CN_TRY(check_named(name, a));
    return load_named(stages, name, o, s);
}

/* What follows from the arrays alone. */
static cn_status finish(cn__arena *arena, const cn__arguments *a, uint64_t samples, cn__stage *s)
{
    if (!s->class_names || s->targets) CN_TRY(set_task(arena, a, s));
    shorten(s, samples);
    if (s->task == CN_TASK_CLASSES) s->labels = cn__borrow(&s->y), s->test_labels = cn__borrow(&s->test_y);
    if (like_images(&s->x)) s->images = cn__borrow(&s->x), s->test_images = cn__borrow(&s->test_x);
    return set_key(arena, s, NULL);
}

/* The same for arrays with names: what is made of each, then the key of all. */
static cn_status finish_named(cn__arena *arena, const cn__arguments *a, uint64_t samples, cn__stage *s)
{
    cn__text text = {0};
    for (size_t i = 0; i < s->named_count; i++) {
        const cn__named *n = &s->named[i];
        CN_TRY(finish(arena, a, samples, n->stage));
        cn__text_printf(&text, "%s %d %d %s\n", n->name, n->input, n->target, n->stage->key);
    }
    cn__stage_view_first(s);
    if (text.failed) return cn__fail_memory(0, "a key");
    cn__sha256_hex(text.data, text.size, s->key);
    cn__text_free(&text);
    return CN_OK;
}

static bool has_arrays(const cn__arguments *a) { return a->x || a->x_given || a->y_given; }

cn_status cn__stage_load(cn__arena *arena, cn__stages *stages, const cn__statement *statement,
                         const cn__lab_options *o, uint64_t seed, cn__stage **out)
{
    const cn__arguments *a = &statement->arguments;
    const cn__stages *from = o->data ? NULL : stages; /* a name of the command line means what it says */
    cn__stage *s = cn__stage_add(arena, stages);
    if (!s) return CN_ERROR_MEMORY;
    s->line = statement->line, s->statement = statement;
    const char *name = o->data && !has_arrays(a) ? o->data : a->file;
    if (!name && !has_arrays(a))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset: no name; expected for example: dataset mnist, or dataset x=X.npy y=Y.npy");
    if (o->load) CN_TRY(o->load(a, s));
    else if (name && cn__has_suffix(name, ".npz"))
        CN_TRY(cn__load_npz(arena, stages, name, from, a, seed, s));
    else if (has_arrays(a)) CN_TRY(cn__load_arrays(arena, stages, a, seed, s));
    else if (is_table(arena, from, name)) CN_TRY(load_table(arena, from, name, a, seed, s));
    else CN_TRY(load_named_or_folder(arena, stages, name, a, o, seed, s));
    *out = s;
    return s->named_count ? finish_named(arena, a, o->samples, s) : finish(arena, a, o->samples, s);
}

/* ---- the next stage ------------------------------------------------------------------------------------------------- */

static cn_status next(cn__arena *arena, cn__stages *stages, const cn__stage *before,
                      const cn__statement *statement, cn__stage **out)
{
    cn__stage *s = cn__stage_add(arena, stages);
    if (!s) return CN_ERROR_MEMORY;
    *s = *before;
    s->before = before;
    s->line = statement->line, s->statement = statement;
    cn_array *all[] = {&s->x,      &s->y,           &s->test_x, &s->test_y,
                       &s->labels, &s->test_labels, &s->images, &s->test_images};
    for (int i = 0; i < 8; i++) all[i]->owned = false;
    *out = s;
    s->shift = s->scale = NULL, s->divided_by = 0;
    return s->named_count ? CN_OK : cn__stage_change(arena, statement, s);
}

static cn_status next_named(cn__arena *arena, cn__stages *stages, const cn__statement *statement,
                            cn__stage *s)
{
    cn__named *named = cn__arena_array(arena, s->named_count, sizeof *named);
    if (!named) return CN_ERROR_MEMORY;
    CN_TRY(cn__check_of(s, statement));
    for (size_t i = 0; i < s->named_count; i++) {
        named[i] = s->named[i];
        if (!cn__named_is_chosen(&named[i], statement)) continue;
        if (next(arena, stages, s->named[i].stage, statement, &named[i].stage) != CN_OK)
            return cn__fail_in("%s", named[i].name);
        CN_TRY(set_key(arena, named[i].stage, statement));
    }
    s->named = named;
    cn__stage_view_first(s);
    return CN_OK;
}

cn_status cn__stage_next(cn__arena *arena, cn__stages *stages, const cn__stage *before,
                         const cn__statement *statement, cn__stage **out)
{
    if (!before->named_count) CN_TRY(cn__check_of(before, statement));
    CN_TRY(next(arena, stages, before, statement, out));
    if (before->named_count) CN_TRY(next_named(arena, stages, statement, *out));
    return set_key(arena, *out, statement);
}
