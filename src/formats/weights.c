/* Weights in .npz: arr_0, arr_1, … in the order of Keras's get_weights(), as numpy.savez writes them. */
#include "cornu/formats.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cornu/data.h"
#include "formats/files.h"
#include "model/model.h"
#include "nn/layers.h"

/* A model that says its input's shape can be built before its weights come. */
static cn_status build_if_possible(cn_model *model)
{
    CN_TRY(cn__model_check(model));
    const cn__layer *first = model->layers[0]->layer;
    if (!model->built && first->kind == &cn__layer_input) return cn__model_build(model, &first->out);
    return CN_OK;
}

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

static cn_status check_shape(const cn_model *model, size_t i, const cn_array *array)
{
    const cn__variable *v = model->variables[i];
    bool same = array->ndim == v->ndim;
    for (int d = 0; same && d < v->ndim; d++) same = array->shape[d] == v->shape[d];
    if (same) return CN_OK;
    char name[160], wanted[120], got[120];
    cn_array expected = cn_array_view(CN_FLOAT32, NULL, v->ndim, v->shape);
    CN_TRY(cn_model_weight_name(model, i, name, sizeof name));
    return cn__fail(CN_ERROR_SHAPE, "%s has shape %s in the model, but arr_%zu has shape %s", name,
                    cn_array_shape_text(&expected, wanted, sizeof wanted), i,
                    cn_array_shape_text(array, got, sizeof got));
}

/* Sets all weights, after all of them have been checked. */
static cn_status set_all(cn_model *model, const cn_npz *npz)
{
    size_t found = member_count(npz);
    CN_TRY(build_if_possible(model));
    if (!model->built)
        return cn__fail(CN_ERROR_STATE,
                        "model %s has no shape yet: give it an Input layer, or build it first", model->name);
    if (found != model->variable_count)
        return cn__fail(CN_ERROR_SHAPE, "%zu arrays arr_0, arr_1, ... for the %zu weights of model %s", found,
                        model->variable_count, model->name);
    for (size_t i = 0; i < found; i++) CN_TRY(check_shape(model, i, member(npz, i)));
    for (size_t i = 0; i < found; i++) CN_TRY(cn_model_set_weight(model, i, member(npz, i)));
    return CN_OK;
}

cn_status cn__model_take_weights(cn_model *model, const cn_npz *npz, const char *path)
{
    return set_all(model, npz) == CN_OK ? CN_OK : cn__fail_in("weights '%s'", path);
}

cn_status cn_model_load_weights(cn_model *model, const char *path)
{
    cn_npz npz;
    CN_TRY(cn_npz_read(path, &npz));
    cn_status status = cn__model_take_weights(model, &npz, path);
    cn_npz_free(&npz);
    return status;
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
    size_t room = model->variable_count + 1;
    m->arrays = cn__calloc(room, sizeof *m->arrays);
    m->names = cn__calloc(room, sizeof *m->names);
    m->words = cn__calloc(room, sizeof *m->words);
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
        m->words[m->count++] = CN_ARCHITECTURE_MEMBER;
    }
    cn_text_free(json);
    return status;
}

cn_status cn_model_save(const cn_model *model, const char *path, bool weights_only)
{
    members m = {0};
    CN_TRY(cn__model_check(model));
    if (!model->built)
        return cn__fail(CN_ERROR_STATE, "model %s has no weights to save yet: it is built by its first data",
                        model->name);
    cn_status status = gather(model, &m);
    if (status == CN_OK && !weights_only) status = add_architecture(model, &m);
    if (status == CN_OK) status = cn_npz_write(path, m.words, m.arrays, m.count);
    free_members(&m);
    return status;
}

cn_status cn_model_save_weights(const cn_model *model, const char *path)
{
    return cn_model_save(model, path, true);
}
