/* Weights in .npz: arr_0, arr_1, … in the order of Keras's get_weights(), as numpy.savez writes them, or by the paths that Keras
 * gives to weights; and the network beside them, in a member of its own. */
#include "cornu/formats.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cornu/data.h"
#include "data/data.h"
#include "formats/files.h"
#include "model/model.h"

/* Member arr_<i>, or NULL. */
static const cn_array *member(const cn_npz *npz, size_t i)
{
    char name[32];
    snprintf(name, sizeof name, "arr_%zu", i);
    return cn_npz_find(npz, name);
}

static size_t member_count(const cn_npz *npz)
{
    size_t count = 0;
    while (member(npz, count)) count++;
    return count;
}

/* ---- by paths ---------------------------------------------------------------------------------------------- */

/* Does a weight's path end in `name`, at the beginning of a layer's name? Or, the other way round, the member's name? Keras's
 * paths of some models begin with the model's name, those of layers of others within a model do not. */
static bool ends_in(const char *path, const char *name)
{
    const size_t whole = strlen(path), size = strlen(name);
    return whole >= size && strcmp(path + whole - size, name) == 0 &&
           (whole == size || path[whole - size - 1] == '/');
}

/* The member that is weight i: one of its very path, or the only one that fits where it fits no other weight. */
static cn_status find_named(const cn_model *model, const cn_npz *npz, size_t i, const cn_array **out)
{
    const char *path = model->variable_names[i];
    const cn_array *found = cn_npz_find(npz, path);
    size_t fitting = found ? 1 : 0;
    for (size_t k = 0; !found && k < npz->count; k++) {
        const char *name = npz->names[k];
        size_t owners = 0;
        if (!strchr(name, '/') || (!ends_in(name, path) && !ends_in(path, name))) continue;
        for (size_t j = 0; j < model->variable_count; j++)
            owners += ends_in(name, model->variable_names[j]) || ends_in(model->variable_names[j], name);
        fitting += owners == 1;
        if (owners == 1) *out = &npz->arrays[k];
    }
    if (found) *out = found;
    if (fitting == 1) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "no array is named as weight %s of model %s, or more than one is", path,
                    model->name);
}

/* Are there arrays with names of that kind? */
static bool has_paths(const cn_npz *npz)
{
    for (size_t k = 0; k < npz->count; k++)
        if (strchr(npz->names[k], '/')) return true;
    return false;
}

static cn_status check_shape(const cn_model *model, size_t i, const char *member_name, const cn_array *array)
{
    const cn__variable *v = model->variables[i];
    bool same = array->ndim == v->ndim;
    for (int d = 0; same && d < v->ndim; d++) same = array->shape[d] == v->shape[d];
    if (same) return CN_OK;
    char name[160], wanted[120], got[120];
    cn_array expected = cn_array_view(CN_FLOAT32, NULL, v->ndim, v->shape);
    CN_TRY(cn_model_weight_name(model, i, name, sizeof name));
    return cn__fail(CN_ERROR_SHAPE, "%s has shape %s in the model, but %s has shape %s", name,
                    cn_array_shape_text(&expected, wanted, sizeof wanted), member_name,
                    cn_array_shape_text(array, got, sizeof got));
}

static cn_status set_by_paths(cn_model *model, const cn_npz *npz)
{
    const cn_array *array = NULL;
    for (size_t i = 0; i < model->variable_count; i++) {
        CN_TRY(find_named(model, npz, i, &array));
        CN_TRY(check_shape(model, i, "the array of that name", array));
    }
    for (size_t i = 0; i < model->variable_count; i++) {
        CN_TRY(find_named(model, npz, i, &array));
        CN_TRY(cn_model_set_weight(model, i, array));
    }
    return CN_OK;
}

/* Sets all weights, after all of them have been checked. */
static cn_status set_all(cn_model *model, const cn_npz *npz)
{
    size_t found = member_count(npz);
    CN_TRY(cn__model_build_known(model));
    if (!found && has_paths(npz)) return set_by_paths(model, npz);
    if (found != model->variable_count)
        return cn__fail(CN_ERROR_SHAPE, "%zu arrays arr_0, arr_1, ... for the %zu weights of model %s", found,
                        model->variable_count, model->name);
    for (size_t i = 0; i < found; i++) {
        char name[32];
        snprintf(name, sizeof name, "arr_%zu", i);
        CN_TRY(check_shape(model, i, name, member(npz, i)));
    }
    for (size_t i = 0; i < found; i++) CN_TRY(cn_model_set_weight(model, i, member(npz, i)));
    return CN_OK;
}

static cn_status take_weights(cn_model *model, const cn_npz *npz, const char *path)
{
    return set_all(model, npz) == CN_OK ? CN_OK : cn__fail_in("weights '%s'", path);
}

cn_status cn__npz_load_weights(cn_model *model, const cn__infile *file)
{
    cn_npz npz;
    CN_TRY(cn__npz_read(file, &npz));
    cn_status status = take_weights(model, &npz, file->name);
    cn_npz_free(&npz);
    return status;
}

/* ---- whole models -------------------------------------------------------------------------------------- */

/* The member of a saved .npz that holds the architecture's JSON, as bytes. */
#define ARCHITECTURE "model_json"

static cn_model *read_architecture(const cn_npz *npz, const char *path)
{
    const cn_array *bytes = cn_npz_find(npz, ARCHITECTURE);
    if (!bytes || bytes->dtype != CN_UINT8) {
        (void)cn__fail(CN_ERROR_FORMAT,
                       "'%s' holds no network (no member " ARCHITECTURE
                       "), only arrays; if these are weights, load "
                       "them into a model made from its JSON or notation",
                       path);
        return NULL;
    }
    size_t size = cn_array_size(bytes);
    char *json = cn__malloc(size + 1);
    if (!json) return NULL;
    memcpy(json, bytes->data, size);
    json[size] = '\0';
    cn_model *model = cn_model_from_json(json);
    cn__free(json);
    return model;
}

cn_model *cn__npz_load(const cn__infile *file, bool compile)
{
    (void)compile; /* there is nothing to compile by */
    cn_npz npz;
    if (cn__npz_read(file, &npz) != CN_OK) return NULL;
    cn_model *model = read_architecture(&npz, file->name);
    cn_status status = model ? take_weights(model, &npz, file->name) : cn_error_status();
    cn_npz_free(&npz);
    if (status == CN_OK) return model;
    cn_model_free(model);
    return NULL;
}

/* ---- saving -------------------------------------------------------------------------------------------- */

typedef struct members {
    cn_array *arrays;
    char (*names)[32];
    const char **words;
    size_t count;
} members;

static void free_members(members *m)
{
    for (size_t i = 0; m->arrays && i < m->count; i++) cn_array_free(&m->arrays[i]);
    cn__free(m->arrays);
    cn__free(m->names);
    cn__free(m->words);
}

static cn_status gather(const cn_model *model, members *m)
{
    size_t capacity = model->variable_count + 1;
    m->arrays = cn__calloc(capacity, sizeof *m->arrays);
    m->names = cn__calloc(capacity, sizeof *m->names);
    m->words = cn__calloc(capacity, sizeof *m->words);
    if (!m->arrays || !m->names || !m->words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->variable_count; i++) {
        CN_TRY(cn_model_get_weight(model, i, &m->arrays[i]));
        snprintf(m->names[i], sizeof m->names[i], "arr_%zu", i);
        m->words[i] = m->names[i];
        m->count++;
    }
    return CN_OK;
}

static cn_status add_architecture(const cn_model *model, members *m)
{
    char *json = cn_model_to_json(model);
    if (!json) return cn_error_status();
    size_t size = strlen(json);
    cn_status status = cn_array_new(&m->arrays[m->count], CN_UINT8, 1, &size);
    if (status == CN_OK) {
        memcpy(m->arrays[m->count].data, json, size);
        m->words[m->count++] = ARCHITECTURE;
    }
    cn_text_free(json);
    return status;
}

cn_status cn__npz_save(const cn_model *model, const char *path, bool weights_only)
{
    members m = {0};
    cn_status status = gather(model, &m);
    if (status == CN_OK && !weights_only) status = add_architecture(model, &m);
    if (status == CN_OK) status = cn_npz_write(path, m.words, m.arrays, m.count);
    free_members(&m);
    return status;
}
