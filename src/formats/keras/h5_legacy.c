/* Arrays in the .h5 files of Keras 2, which Keras 3 still reads and writes: each group lists the names of what lies in
 * it, and the order of the names is what counts. */
#include <stdint.h>
#include <string.h>

#include "base/text/text.h"
#include "formats/keras/h5_model.h"
#include "formats/hdf5/objects.h"
#include "model/nested.h"
#include "model/state.h"

#define OPTIMIZER "optimizer_weights"
#define WHOLE "model_weights"
#define KERAS_VERSION "3.6.0"

static bool is_input(const cn__layer *layer) { return layer->kind->is_input; }

static cn_status join(cn__arena *arena, const char *group, const char *name, const char **out)
{
    *out = *group ? cn__arena_format(arena, "%s/%s", group, name) : cn__arena_strdup(arena, name);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

const char *cn__h5_legacy_root(const cn__h5 *h5)
{
    if (cn__h5_has(h5, WHOLE)) return WHOLE;
    return cn__h5_has_attribute(h5, "", "layer_names") || cn__h5_has_attribute(h5, "", "layer_names0") ? ""
                                                                                                       : NULL;
}

/* ---- weights ------------------------------------------------------------------------------------------- */

/* The variables of a layer in the order of these files: those that are trained first, of a model that is a layer over all of
 * it. From `arena`; NULL when out of memory. */
static cn__variable **variables_of(const cn_layer *layer, cn__arena *arena, size_t *count)
{
    size_t all = (size_t)layer->layer->variables, next = 0;
    cn__variable **list = layer->model ? cn__list_variables(layer->model, arena, &all) : NULL;
    cn__variable **out = cn__arena_array(arena, all + 1, sizeof *out);
    *count = all;
    if (!out || (layer->model && !list)) return NULL;
    for (size_t i = 0; i < all && !layer->model; i++) out[next++] = &layer->layer->variable[i];
    for (int trained = 1; trained >= 0 && layer->model; trained--)
        for (size_t i = 0; i < all; i++)
            if (cn__variable_trainable(list[i]) == (trained == 1)) out[next++] = list[i];
    return out;
}

static size_t index_of(const cn_model *model, const cn__variable *v)
{
    size_t i = 0;
    while (i < model->variable_count && model->variables[i] != v) i++;
    return i;
}

/* The paths of a layer's arrays, from its group. */
static cn_status find_layer(cn__h5 *h5, const cn_model *model, const cn_layer *layer, const char *group,
                            cn__arena *arena, const char **out)
{
    const char **names;
    size_t count, expected;
    cn__variable **variables = variables_of(layer, arena, &expected);
    if (!variables) return CN_ERROR_MEMORY;
    if (cn__h5_texts(h5, arena, group, "weight_names", expected + CN_MAX_VARIABLES, &names, &count) != CN_OK)
        return cn__fail_in("layer %s", layer->layer->name);
    if (count != expected)
        return cn__fail(CN_ERROR_SHAPE, "layer %s has %zu arrays, but the file has %zu of them in %s",
                        layer->layer->name, expected, count, group);
    for (size_t k = 0; k < count; k++)
        CN_TRY(join(arena, group, names[k], &out[index_of(model, variables[k])]));
    return CN_OK;
}

/* The next of the file's layers that has arrays. */
static cn_status next_group(cn__h5 *h5, const char *root, const char *const *names, size_t count, size_t most,
                            cn__arena *arena, size_t *at, const char **group)
{
    for (*group = NULL; *at < count && !*group; ++*at) {
        const char **weights, *path;
        size_t found;
        CN_TRY(join(arena, root, names[*at], &path));
        CN_TRY(cn__h5_texts(h5, arena, path, "weight_names", most, &weights, &found));
        if (found) *group = path;
    }
    return CN_OK;
}

/* Layers are matched in their order, as Keras does it; those without arrays are left out on both sides. */
static cn_status find_weights(cn__h5 *h5, const cn_model *model, const char *root, cn__arena *arena,
                              const char **out)
{
    const char **names, *group = NULL;
    size_t count, at = 0;
    const size_t most = model->variable_count + 4 * CN_MAX_VARIABLES; /* arrays of a layer */
    CN_TRY(cn__h5_texts(h5, arena, root, "layer_names", 4 * model->layer_count + 64, &names, &count));
    for (size_t i = 0; i < model->layer_count; i++) {
        const cn_layer *layer = model->layers[i];
        if (cn__layer_parameters(layer) == 0) continue;
        CN_TRY(next_group(h5, root, names, count, most, arena, &at, &group));
        if (!group)
            return cn__fail(CN_ERROR_SHAPE, "the file has no arrays for layer %s", layer->layer->name);
        CN_TRY(find_layer(h5, model, layer, group, arena, out));
    }
    CN_TRY(next_group(h5, root, names, count, most, arena, &at, &group));
    return group ? cn__fail(CN_ERROR_SHAPE, "the file has arrays of a layer that model %s does not have: %s",
                            model->name, group)
                 : CN_OK;
}

/* ---- the optimiser's state ----------------------------------------------------------------------------- */

/* Is the last part of a name this word? ("Adam/iter:0" is "iter".) */
static bool is_called(const char *name, const char *word)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    size_t size = strcspn(last, ":");
    return strlen(word) == size && strncmp(last, word, size) == 0;
}

/* Where Keras 2's older optimisers, Ftrl excepted, keep entry i of ours: all of one slot first, then all of the next. */
static size_t slot_major(const cn__state *states, size_t count, size_t i)
{
    size_t place = 0;
    for (size_t first = 0, seen = 0; seen < count && first < count; first++) {
        bool known = false;
        for (size_t j = 0; j < first; j++) known |= strcmp(states[j].name, states[first].name) == 0;
        for (size_t j = first; !known && j < count; j++) {
            if (strcmp(states[j].name, states[first].name) != 0) continue;
            if (j == i) return place;
            place++, seen++;
        }
    }
    return place;
}

/* `names` are those of the slots, with that of Nadam's product before number `product` of them. */
static cn_status order_slots(const cn_model *model, const char *const *names, cn__arena *arena, bool by_slot,
                             size_t product, cn__h5_paths *out)
{
    const size_t count = cn__state_count(model);
    const cn__state *states = cn__state_list(model, arena);
    out->slots = cn__arena_array(arena, count + 1, sizeof *out->slots);
    if (!states || !out->slots) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const size_t place = by_slot ? slot_major(states, count, i) : i;
        CN_TRY(join(arena, OPTIMIZER, names[place + (place >= product)], &out->slots[i]));
    }
    return CN_OK;
}

static cn_status path_at(const char *const *names, size_t count, size_t place, cn__arena *arena,
                         const char **out)
{
    *out = NULL;
    return place < count ? join(arena, OPTIMIZER, names[place], out) : CN_OK;
}

static cn_status find_product(cn__h5 *h5, const cn_model *model, const char *const *names, size_t count,
                              cn__arena *arena, size_t *place, const char **out)
{
    const char *behind_averages, *behind_all;
    CN_TRY(path_at(names, count, cn__state_averages(model), arena, &behind_averages));
    CN_TRY(path_at(names, count, cn__state_count(model), arena, &behind_all));
    *place = cn__h5_product_place(h5, model, behind_averages, behind_all);
    return path_at(names, count, *place, arena, out);
}

/* Is it the state that Keras 2.0 to 2.3 keeps? The number of steps is called iterations, or is not there; the arrays are
 * "training/RMSprop/Variable:0", or without "training". */
static bool is_oldest(const cn_model *model, const char *const *names, size_t count)
{
    if (is_called(names[0], "iterations")) return true;
    const char *last = strrchr(names[0], '/');
    return count >= cn__state_count(model) && last && strncmp(last, "/Variable", 9) == 0;
}

/* An Adam without amsgrad keeps an array of one number for each weight, an SGD without momentum moments. */
static size_t oldest_unused(const cn_model *model)
{
    if (cn__optimizer_oldest_placeholders(&model->optimizer)) return cn__state_count(model) / 2;
    return cn__state_unused(model);
}

static cn_status sort_oldest(cn__h5 *h5, const cn_model *model, const char *const *names, size_t count,
                             cn__arena *arena, cn__h5_paths *out)
{
    size_t next = 0;
    const char *path;
    if (is_called(names[0], "iterations")) CN_TRY(join(arena, OPTIMIZER, names[next++], &out->steps));
    if (cn__optimizer_has_product(&model->optimizer) && next < count) {
        CN_TRY(join(arena, OPTIMIZER, names[next], &path));
        if (cn__h5_is_scalar(h5, path)) out->product = path, next++;
    }
    const size_t known = next + cn__state_count(model);
    if (count == known || count == known + oldest_unused(model))
        return order_slots(model, names + next, arena, true, SIZE_MAX, out);
    if (count == next) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "the state of the optimizer has %zu arrays, expected %zu for %s",
                    count - next, cn__state_count(model), model->optimizer.name);
}

static cn_status sort_state(cn__h5 *h5, const cn_model *model, const char *const *names, size_t count,
                            cn__arena *arena, cn__h5_paths *out)
{
    size_t next = 0, product = SIZE_MAX;
    if (is_oldest(model, names, count)) return sort_oldest(h5, model, names, count, arena, out);
    const bool older = is_called(names[0], "iter"),
               by_slot = older && !cn__optimizer_slots_by_variable(&model->optimizer);
    if (!older && !is_called(names[0], "iteration"))
        return cn__fail(CN_ERROR_FORMAT, "the state of the optimizer begins with %s, expected iteration",
                        names[0]);
    CN_TRY(join(arena, OPTIMIZER, names[next++], &out->steps));
    if (next < count && is_called(names[next], "learning_rate"))
        CN_TRY(join(arena, OPTIMIZER, names[next++], &out->rate));
    CN_TRY(find_product(h5, model, names + next, count - next, arena, &product, &out->product));
    const size_t others = next + (out->product ? 1 : 0);
    const size_t known = others + cn__state_count(model);
    if (count == known || count == known + cn__state_unused(model))
        return order_slots(model, names + next, arena, by_slot, product, out);
    if (count == others) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "the state of the optimizer has %zu arrays, expected %zu for %s",
                    count - others, cn__state_count(model), model->optimizer.name);
}

static cn_status find_state(cn__h5 *h5, const cn_model *model, cn__arena *arena, cn__h5_paths *out)
{
    const char **names;
    size_t count;
    if (!model->compiled || !cn__h5_has(h5, OPTIMIZER)) return CN_OK;
    CN_TRY(cn__h5_texts(h5, arena, OPTIMIZER, "weight_names",
                        2 * cn__state_count(model) + cn__state_unused(model) + 16, &names, &count));
    return count ? sort_state(h5, model, names, count, arena, out) : CN_OK;
}

static cn_status fail_root(const cn__h5 *h5)
{
    static const char *const roots[] = {"layers", WHOLE};
    for (size_t i = 0; i < 2; i++)
        if (cn__h5_is_link(h5, roots[i])) return cn__h5_fail_find(h5, "group", roots[i]);
    return cn__fail(CN_ERROR_FORMAT, "it has no weights that Keras wrote");
}

static cn_status load(cn__h5 *h5, cn_model *model, cn__h5_wish wish, cn__arena *arena)
{
    const char *root = cn__h5_legacy_root(h5);
    cn__h5_paths paths = {.weights = cn__arena_array(arena, model->variable_count + 1, sizeof(char *))};
    if (!paths.weights) return CN_ERROR_MEMORY;
    if (!root) return fail_root(h5);
    CN_TRY(find_weights(h5, model, root, arena, paths.weights));
    if (wish == CN_H5_STATE) CN_TRY(find_state(h5, model, arena, &paths));
    return cn__h5_load(h5, model, &paths);
}

cn_status cn__h5_load_legacy(cn__h5 *h5, cn_model *model, cn__h5_wish wish)
{
    cn__arena arena = {0};
    cn_status status = load(h5, model, wish, &arena);
    cn__arena_free(&arena);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

/* Groups are named by layers, and HDF5 has no name for a group that is empty or ".". */
static cn_status check_name(const cn__layer *layer)
{
    if (*layer->name && strcmp(layer->name, ".") != 0) return CN_OK;
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "layer '%s': an .h5 file has a group for each layer, and none can have that name; .keras and "
        ".weights.h5 files can hold the model",
        layer->name);
}

/* A layer's group with the names of its arrays: "sequential/dense/kernel". An array that another layer's group has already,
 * as models share layers, is written there too. */
static cn_status write_layer(cn__h5_new *h5, const cn_model *model, const cn_layer *of, const char *root,
                             cn__arena *arena, const char **out)
{
    const cn__layer *layer = of->layer;
    const char *group, *path, **names;
    size_t count;
    CN_TRY(check_name(layer));
    CN_TRY(join(arena, root, layer->name, &group));
    CN_TRY(cn__h5_make_group(h5, group));
    cn__variable **variables = variables_of(of, arena, &count);
    names = cn__arena_array(arena, count + 1, sizeof *names);
    if (!variables || !names) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < count; k++) {
        const size_t i = index_of(model, variables[k]);
        names[k] = cn__arena_format(arena, "%s/%s", model->name, model->variable_names[i]);
        if (!names[k]) return CN_ERROR_MEMORY;
        CN_TRY(join(arena, group, names[k], &path));
        if (out[i]) CN_TRY(cn__h5_write_variable(h5, variables[k], path, arena));
        else out[i] = path;
    }
    return cn__h5_set_texts(h5, group, "weight_names", names, count);
}

static cn_status write_layers(cn__h5_new *h5, const cn_model *model, const char *root, cn__arena *arena,
                              cn__h5_paths *paths)
{
    const char **names = cn__arena_array(arena, model->layer_count + 1, sizeof *names), *rest;
    size_t count = 0;
    if (!names) return CN_ERROR_MEMORY;
    if (*root) CN_TRY(cn__h5_make_group(h5, root));
    for (size_t i = 0; i < model->layer_count; i++) {
        const cn_layer *layer = model->layers[i];
        if (is_input(layer->layer)) continue;
        names[count++] = layer->layer->name;
        CN_TRY(write_layer(h5, model, layer, root, arena, paths->weights));
    }
    CN_TRY(join(arena, root, "top_level_model_weights", &rest));
    CN_TRY(cn__h5_make_group(h5, rest));
    CN_TRY(cn__h5_set_texts(h5, rest, "weight_names", NULL, 0));
    CN_TRY(cn__h5_set_text(h5, root, "backend", "tensorflow"));
    CN_TRY(cn__h5_set_text(h5, root, "keras_version", KERAS_VERSION));
    return cn__h5_set_texts(h5, root, "layer_names", names, count);
}

/* The names of the optimiser's arrays. Keras calls some of them all the same, and cannot write those. */
static cn_status write_state_names(cn__h5_new *h5, const cn_model *model, cn__arena *arena,
                                   cn__h5_paths *paths)
{
    const cn__optimizer *o = &model->optimizer;
    const size_t slots = cn__state_count(model);
    const cn__state *states = cn__state_list(model, arena);
    const char **names = cn__arena_array(arena, slots + 3, sizeof *names);
    if (!names || !states) return CN_ERROR_MEMORY;
    const size_t averages = cn__state_averages(model);
    const bool product = cn__optimizer_has_product(o);
    size_t n = 0;
    names[n++] = cn__arena_format(arena, "%s/iteration", o->name);
    if (!o->schedule) names[n++] = cn__arena_format(arena, "%s/learning_rate", o->name);
    const char **first = names + n;
    for (size_t i = 0; i < slots; i++) {
        char *path = cn__arena_strdup(arena, model->variable_names[index_of(model, states[i].variable)]);
        for (char *slash = path; slash && (slash = strchr(slash, '/'));) *slash = '_';
        first[i + (product && i >= averages)] =
            path ? cn__arena_format(arena, "%s/%s_%s_%s", o->name, model->name, path, states[i].name) : NULL;
    }
    if (product) first[averages] = cn__arena_format(arena, "%s/u_product", o->name);
    n += slots + product;
    for (size_t i = 0; i < n; i++)
        if (!names[i]) return CN_ERROR_MEMORY;
    CN_TRY(join(arena, OPTIMIZER, names[0], &paths->steps));
    if (!o->schedule) CN_TRY(join(arena, OPTIMIZER, names[1], &paths->rate));
    if (product) CN_TRY(join(arena, OPTIMIZER, first[averages], &paths->product));
    CN_TRY(order_slots(model, first, arena, false, product ? averages : SIZE_MAX, paths));
    CN_TRY(cn__h5_make_group(h5, OPTIMIZER));
    return cn__h5_set_texts(h5, OPTIMIZER, "weight_names", names, n);
}

static cn_status store(cn__h5_new *h5, const cn_model *model, const char *root, cn__arena *arena)
{
    cn__h5_paths paths = {.weights = cn__arena_array(arena, model->variable_count + 1, sizeof(char *))};
    if (!paths.weights) return CN_ERROR_MEMORY;
    CN_TRY(write_layers(h5, model, root, arena, &paths));
    if (model->compiled && *root) CN_TRY(write_state_names(h5, model, arena, &paths));
    return cn__h5_store(h5, model, &paths);
}

cn_status cn__h5_store_legacy(cn__h5_new *h5, const cn_model *model, const char *root)
{
    cn__arena arena = {0};
    cn_status status = store(h5, model, root, &arena);
    cn__arena_free(&arena);
    return status;
}
