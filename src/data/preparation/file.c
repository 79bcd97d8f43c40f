/* A preparation in a model's file, or beside it; and the table that it needs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/data.h"
#include "data/files/keras_members.h"
#include "data/files/zip.h"
#include "data/preparation/keras.h"
#include "data/preparation/preparation.h"

const char cn__preparation_member[] = "cornu_preparation.json";
static const char config[] = "config.json";

static char *path_beside(const char *model)
{
    cn__text text = {0};
    cn__text_printf(&text, "%s.preparation.json", model);
    if (text.failed) (void)!cn__fail_memory(0, "a path");
    return text.failed ? NULL : text.data;
}

enum { MOST_MEMBERS = 1000 };
static const size_t most_bytes = (size_t)1 << 34;

typedef struct repacking {
    cn__zip_member members[MOST_MEMBERS + 3];
    size_t count;
} repacking;

static cn_status read_whole(cn__zip *zip, const char *name, const char *path, char **bytes, size_t *size)
{
    uint64_t index;
    *bytes = NULL;
    return cn__zip_find(zip, name, &index) ? cn__zip_read(zip, index, path, most_bytes, bytes, size) : CN_OK;
}

/* That of a file without a network alone: its config.json, from which Keras may have kept a preparation's layers. */
static cn_status read_network(cn__zip *zip, const char *path, char **network, size_t *size)
{
    char *text, *preparation = NULL, *alone = NULL;
    CN_TRY(read_whole(zip, config, path, &text, size));
    cn_status status = text ? cn__preparation_of_keras(text, &preparation, &alone) : CN_OK;
    cn__free(preparation);
    if (alone || status != CN_OK) cn__free(text);
    *network = alone ? alone : status == CN_OK ? text : NULL;
    if (alone) *size = strlen(alone);
    return status;
}

/* The network by itself, and behind the preparation's layers, by which Keras takes raw columns. */
static cn_status put_networks(cn__zip *zip, const char *path, const cn_preparation *p, repacking *r)
{
    char *alone = NULL, *whole = NULL;
    size_t size = 0;
    CN_TRY(read_whole(zip, CN_NETWORK_MEMBER, path, &alone, &size));
    if (!alone) CN_TRY(read_network(zip, path, &alone, &size));
    if (!alone) return CN_OK;
    r->members[r->count++] = (cn__zip_member){.name = CN_NETWORK_MEMBER, .bytes = alone, .size = size};
    CN_TRY(cn__preparation_keras(p, alone, &whole));
    if (!whole) r->members[r->count - 1].name = config; /* the network alone */
    else r->members[r->count++] = (cn__zip_member){.name = config, .bytes = whole, .size = strlen(whole)};
    return CN_OK;
}

/* All members of the zip but an earlier preparation, and this one. */
static cn_status repack(cn__zip *zip, const char *path, const cn_preparation *p, const char *json,
                        repacking *r)
{
    static const char *const anew[] = {cn__preparation_member, config, CN_NETWORK_MEMBER};
    size_t count = cn__zip_count(zip);
    if (count > MOST_MEMBERS) return cn__fail(CN_ERROR_FORMAT, "%s holds %zu files", path, count);
    for (size_t i = 0; i < count; i++) {
        bool made = false;
        for (int k = 0; k < 3; k++) made = made || strcmp(cn__zip_name(zip, i), anew[k]) == 0;
        if (made) continue;
        cn__zip_member *m = &r->members[r->count];
        char *bytes;
        CN_TRY(cn__zip_read(zip, i, path, most_bytes, &bytes, &m->size));
        m->name = cn__zip_name(zip, i), m->bytes = bytes, r->count++;
    }
    CN_TRY(put_networks(zip, path, p, r));
    char *copy = cn__strdup(json);
    if (!copy) return CN_ERROR_MEMORY;
    r->members[r->count++] =
        (cn__zip_member){.name = cn__preparation_member, .bytes = copy, .size = strlen(copy)};
    return cn__zip_write(path, r->members, r->count);
}

static cn_status put_into(cn__zip *zip, const char *path, const cn_preparation *p, const char *json)
{
    repacking *r = cn__calloc(1, sizeof *r);
    cn_status status = r ? repack(zip, path, p, json, r) : CN_ERROR_MEMORY;
    for (size_t i = 0; r && i < r->count; i++) cn__free((void *)(uintptr_t)r->members[i].bytes);
    cn__free(r);
    return status;
}

cn_status cn_preparation_save(const cn_preparation *p, const char *path)
{
    char *json = cn_preparation_to_json(p), *beside;
    cn__zip *zip = NULL;
    cn_status status = json ? CN_OK : CN_ERROR_MEMORY;
    if (status == CN_OK && cn__has_suffix(path, ".keras")) {
        status = cn__zip_open(&(cn__infile){.name = path}, "a .keras file", &zip);
        if (status == CN_OK) status = put_into(zip, path, p, json);
        if (zip) cn__zip_close(zip);
    } else if (status == CN_OK) {
        beside = path_beside(path);
        status = beside ? cn__file_write(beside, json, strlen(json)) : CN_ERROR_MEMORY;
        cn__free(beside);
    }
    cn__free(json);
    return status;
}

static cn_status read_member(const char *path, char **json)
{
    cn__zip *zip = NULL;
    uint64_t index;
    size_t size;
    CN_TRY(cn__zip_open(&(cn__infile){.name = path}, "a .keras file", &zip));
    cn_status status = CN_OK;
    char *text = NULL, *network = NULL;
    if (cn__zip_find(zip, cn__preparation_member, &index))
        status = cn__zip_read(zip, index, path, (size_t)1 << 28, json, &size);
    else if (cn__zip_find(zip, config,
                          &index)) { /* Keras saved it again, without members that it does not know */
        status = cn__zip_read(zip, index, path, (size_t)1 << 28, &text, &size);
        if (status == CN_OK) status = cn__preparation_of_keras(text, json, &network);
    }
    cn__free(text);
    cn__free(network);
    cn__zip_close(zip);
    return status;
}

/* A .keras file by another name, such as that of the standard input. */
static bool begins_like_zip(const char *path)
{
    unsigned char head[4] = {0};
    int fd;
    if (!cn__file_exists(path) || cn__input_open_file(path, &fd) != CN_OK) return false;
    const bool zip = cn__read_head(fd, head, sizeof head) == sizeof head && cn__is_zip(head, sizeof head);
    close(fd);
    return zip;
}

cn_status cn_preparation_load(const char *path, cn_preparation **out)
{
    char *json = NULL, *beside = path_beside(path);
    size_t size;
    cn_status status = beside ? CN_OK : CN_ERROR_MEMORY;
    *out = NULL;
    if (status == CN_OK && cn__has_suffix(path, ".keras")) status = read_member(path, &json);
    else if (status == CN_OK && cn__file_exists(beside))
        status = cn__file_read(beside, &json, &size, (size_t)1 << 28);
    else if (status == CN_OK && begins_like_zip(path)) status = read_member(path, &json);
    if (status == CN_OK && json && !(*out = cn_preparation_from_json(json))) status = cn__fail_in("%s", path);
    cn__free(json);
    cn__free(beside);
    return status;
}

/* ---- the table that it needs -------------------------------------------------------------------------------------------------- */

static cn_status force_kinds(const cn_preparation *p, cn__arena *arena, cn_table_options *o)
{
    const char **words =
        cn__arena_array(arena, p->input_count + p->target_count + o->category.count + 1, sizeof *words);
    size_t n = 0;
    if (!words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < o->category.count; i++) words[n++] = o->category.items[i];
    for (size_t i = 0; i < p->input_count; i++)
        if (cn__input_column(&p->inputs[i]) == CN_COLUMN_CATEGORY) words[n++] = p->inputs[i].name;
    o->category = (cn_names){words, n};
    return CN_OK;
}

cn_table *cn_preparation_read(const cn_preparation *p, const char *path, const cn_table_options *options)
{
    cn_table_options o = options ? *options : (cn_table_options){0};
    cn__arena arena = {0};
    cn_table *t = force_kinds(p, &arena, &o) == CN_OK ? cn_table_read(path, &o) : NULL;
    cn__arena_free(&arena);
    size_t k;
    bool whole = t != NULL;
    for (size_t i = 0; whole && i < p->input_count; i++)
        whole = cn_table_find(t, p->inputs[i].name, &k) == CN_OK;
    if (whole) return t;
    if (t || cn_error_status() == CN_ERROR_ARGUMENT)
        (void)!cn__fail_in("a column that the model takes is not there");
    cn_table_free(t);
    return NULL;
}
