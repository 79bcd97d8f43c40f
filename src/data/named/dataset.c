/* Data sets by name: where they are looked for before they are downloaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "data/named/known.h"

static _Thread_local bool missing;
bool cn_dataset_missing(void) { return missing; }

/* ---- the search ---------------------------------------------------------------------------------------- */

typedef struct search {
    const cn__known_dataset *set;
    cn_dataset *out;
    cn__text looked; /* the places, for the message */
    bool found;
} search;

/* Reads what `read` finds there, and checks it. */
static cn_status read_cifar(search *s, const char *place,
                            cn_status (*read)(const cn__cifar *, const char *, cn_dataset *))
{
    s->found = true;
    CN_TRY(read(s->set->cifar, place, s->out));
    return cn__known_check(s->set, s->out, place);
}

static cn_status look_cifar_folder(search *s, const char *folder)
{
    const char *lacking = "";
    const size_t files = cn__cifar_files(s->set->cifar),
                 count = cn__cifar_count(s->set->cifar, folder, &lacking);
    cn__text_printf(&s->looked, "\n  %s", folder);
    if (count && count < files)
        cn__text_printf(&s->looked, " (has %zu of the %zu files, not %s)", count, files, lacking);
    return count < files ? CN_OK : read_cifar(s, folder, cn__cifar_read_folder);
}

/* The archive as it was downloaded. */
static cn_status look_archive(search *s, const char *dir)
{
    char *path = s->found || !s->set->cifar ? NULL : cn__path_join(dir, s->set->cifar->archive);
    const cn_status status =
        path && cn__file_exists(path) ? read_cifar(s, path, cn__cifar_read_archive) : CN_OK;
    cn__free(path);
    return status;
}

/* Looks at one place; `found` when it has the data set, whether or not it could be read. */
static cn_status look_folder(search *s, const char *folder)
{
    if (s->found || !folder) return CN_OK;
    if (s->set->cifar) return look_cifar_folder(s, folder);
    int lacking = 0, count = cn__idx_count(folder, &lacking);
    cn__text_printf(&s->looked, "\n  %s", folder);
    if (count && count < CN_IDX_FILES)
        cn__text_printf(&s->looked, " (has %d of the four files, not %s.gz)", count, cn__idx_files[lacking]);
    if (count < CN_IDX_FILES) return CN_OK;
    s->found = true;
    return cn__known_read_folder(s->set, folder, s->out);
}

static cn_status look_npz(search *s, const char *dir)
{
    char name[64];
    snprintf(name, sizeof name, "%s.npz", s->set->name);
    char *path = s->found ? NULL : cn__path_join(dir, name);
    if (!path || !cn__file_exists(path)) {
        cn__free(path);
        return CN_OK;
    }
    s->found = true;
    cn_status status = cn__known_read_npz(s->set, path, s->out);
    cn__free(path);
    return status;
}

/* A directory that may hold several data sets. */
static cn_status look_dir(search *s, const char *dir, bool itself)
{
    for (int i = 0; i < CN_PLACES && s->set->folders[i] && dir && *dir; i++) {
        char *folder = cn__path_join(dir, s->set->folders[i]);
        if (!folder) return CN_ERROR_MEMORY;
        cn_status status = look_folder(s, folder);
        cn__free(folder);
        CN_TRY(status);
    }
    if (!dir || !*dir) return CN_OK;
    CN_TRY(look_npz(s, dir));
    CN_TRY(look_archive(s, dir));
    return itself ? look_folder(s, dir) : CN_OK;
}

static cn_status look_below_home(search *s)
{
    const char *home = getenv("HOME");
    char *cache = cn__cache_folder(), *keras = home && *home ? cn__path_join(home, ".keras/datasets") : NULL;
    cn_status status = look_dir(s, cache, false);
    if (status == CN_OK) status = look_dir(s, keras, false);
    cn__free(cache);
    cn__free(keras);
    return status;
}

static cn_status look_everywhere(search *s, const cn_dataset_options *options)
{
    const char *given = options->data_dir;
    if (given && *given && !cn__dir_exists(given))
        return cn__fail(CN_ERROR_FILE, "%s: no such folder to look for %s in", given, s->set->name);
    CN_TRY(look_dir(s, given, true));
    CN_TRY(look_dir(s, getenv("CORNU_DATA"), false));
    CN_TRY(look_dir(s, "data", false));
    CN_TRY(look_below_home(s));
    for (int i = 0; i < CN_PLACES; i++) CN_TRY(look_folder(s, s->set->system[i]));
    return CN_OK;
}

/* ---- the download ---------------------------------------------------------------------------------------- */

static cn_status fetch(search *s, const cn_dataset_options *options, cn__text *failures)
{
    char *cache = cn__cache_folder(), *folder = cache ? cn__path_join(cache, s->set->name) : NULL;
    cn_status status = folder ? cn__make_dirs(folder)
                              : cn__fail(CN_ERROR_FILE, "there is no home directory to keep downloads in");
    if (status == CN_OK) cn__remove_stale(folder); /* of a download that was killed */
    if (status != CN_OK) cn__text_printf(failures, "\n  %s", cn_error());
    else status = cn__known_fetch(s->set, folder, options, failures);
    if (status == CN_OK) {
        s->found = true;
        status = s->set->cifar ? read_cifar(s, folder, cn__cifar_read_folder)
                               : cn__known_read_folder(s->set, folder, s->out);
    }
    cn__free(folder);
    cn__free(cache);
    return status;
}

static cn_status not_found(const search *s, const char *failures, bool offline)
{
    missing = true;
    const cn__known_dataset *set = s->set;
    cn__text files = {0};
    if (set->cifar) cn__text_printf(&files, "%s, or the files in it,", set->cifar->archive);
    else cn__text_printf(&files, "the four files (%s.gz, …)", cn__idx_files[0]);
    const cn_status status = cn__fail(
        offline ? CN_ERROR_FILE : CN_ERROR_NETWORK,
        "%s was not found. Looked for in:%s\n%s%s\nPut %s into ./data/%s, or name their folder with --data-dir or "
        "CORNU_DATA%s",
        set->name, s->looked.data ? s->looked.data : "",
        offline ? "No download was tried (offline)." : "Downloads failed:", failures ? failures : "",
        files.data ? files.data : "its files", set->name,
        set->cifar ? "" : "; Debian and Ubuntu have fashion_mnist as dataset-fashion-mnist");
    cn__text_free(&files);
    return status;
}

static cn_status find(search *s, const cn_dataset_options *options)
{
    CN_TRY(look_everywhere(s, options));
    if (s->found) return CN_OK;
    const char *off = getenv("CORNU_OFFLINE");
    bool offline = options->offline || (off && *off && strcmp(off, "0") != 0);
    cn__text failures = {0};
    cn_status status = offline ? CN_ERROR_FILE : fetch(s, options, &failures);
    if (status != CN_OK && !s->found) status = not_found(s, failures.data, offline);
    cn__text_free(&failures);
    return status;
}

cn_status cn_dataset_load(const char *name, const cn_dataset_options *options, cn_dataset *out)
{
    static const cn_dataset_options defaults = {0};
    const cn__known_dataset *set = NULL;
    *out = (cn_dataset){0};
    missing = false;
    if (!name) name = "";
    for (size_t i = 0; i < CN_KNOWN_DATASETS; i++)
        if (cn__same_name(name, cn__known_datasets[i].name) ||
            (cn__known_datasets[i].alias && cn__same_name(name, cn__known_datasets[i].alias)))
            set = &cn__known_datasets[i];
    if (!set && cn__dir_exists(name)) return cn_images_load(name, options ? &options->images : NULL, out);
    if (!set && strchr(name, '/')) return cn__fail(CN_ERROR_FILE, "there is no folder %s", name);
    if (!set)
        return cn__fail_word(CN_ERROR_ARGUMENT, "data set", name, cn_dataset_names(), CN_KNOWN_DATASETS);
    search s = {.set = set, .out = out};
    cn_status status = find(&s, options ? options : &defaults);
    cn__text_free(&s.looked);
    if (status != CN_OK) {
        cn_dataset_free(out);
        return status;
    }
    snprintf(out->name, sizeof out->name, "%s", set->name);
    out->classes = cn__known_classes(set);
    out->class_names = set->class_names;
    return CN_OK;
}
