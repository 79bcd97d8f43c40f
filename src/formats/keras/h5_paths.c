/* The paths that Keras 3 gives to a model's arrays in .keras and .weights.h5: layers by class, numbered within the
 * file whatever their own names are. */
#include <stdint.h>
#include <string.h>

#include "base/text/text.h"
#include "formats/keras/h5_model.h"
#include "model/nested.h"
#include "model/state.h"

#define OPTIMIZER "optimizer/vars"
#define OLD_LAYERS "_layer_checkpoint_dependencies" /* Keras 2.12 and 2.13 */

static bool is_input(const cn__layer *layer) { return layer->kind->is_input; }

/* Where the groups of layers are, by who wrote the file. Keras 2.12 and 2.13 go over the layers in a list that has those
 * with weights twice, and count them twice; on Windows Keras 2.12 to 2.15 joins the names with a backslash, which is an
 * ordinary character to HDF5: "layers\\dense/vars/0". */
typedef struct layout {
    const char *root;
    char join;
    bool twice;
} layout;

static const layout layouts[] = {{"layers", '/', false},   {OLD_LAYERS, '/', true},
                                 {OLD_LAYERS, '/', false}, {"layers", '\\', false},
                                 {OLD_LAYERS, '\\', true}, {OLD_LAYERS, '\\', false}};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

/* What groups of models within are called. */
static const char *const model_classes[] = {"functional", "sequential"};
enum { MODEL_CLASSES = sizeof model_classes / sizeof *model_classes };

/* A model's layers in a file: the outer model's, or those of one within, whose groups lie in that one's. */
typedef struct container {
    const layout *layout;
    const cn_model *model;
    const char *prefix; /* "", "layers/functional/" */
    cn__arena *arena;
} container;

/* A class's group by its number: "layers/dense_2". */
static const char *class_path(const container *c, const char *class_name, size_t number)
{
    char name[64];
    const layout *l = c->layout;
    cn__snake_case(class_name, name, sizeof name);
    return number ? cn__arena_format(c->arena, "%s%s%c%s_%zu", c->prefix, l->root, l->join, name, number)
                  : cn__arena_format(c->arena, "%s%s%c%s", c->prefix, l->root, l->join, name);
}

static const char *vars_path(const container *c, const char *group)
{
    return group ? cn__arena_format(c->arena, "%s/vars", group) : NULL;
}

/* How many numbers the layers of a class before layer `end` take. */
static size_t count_before(const container *c, size_t end, const char *class_name)
{
    size_t number = 0;
    for (size_t j = 0; j < end; j++) {
        const cn_layer *layer = c->model->layers[j];
        if (cn__same_name(layer->layer->kind->class_name, class_name))
            number += c->layout->twice && cn__layer_parameters(layer) ? 2 : 1;
    }
    return number;
}

static const char *layer_path(const container *c, size_t i)
{
    const char *class_name = c->model->layers[i]->layer->kind->class_name;
    return class_path(c, class_name, count_before(c, i, class_name));
}

/* The layers of the model that layer i is, whose group is `path`. */
static cn_status enter(const container *c, size_t i, const char *path, container *out)
{
    *out = *c;
    out->model = c->model->layers[i]->model;
    out->prefix = path ? cn__arena_format(c->arena, "%s%c", path, c->layout->join) : NULL;
    return out->prefix ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status numbered(cn__arena *arena, const char *group, size_t number, const char **out)
{
    *out = cn__arena_format(arena, "%s/%zu", group, number);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

/* The variables that paths are wanted for, in order. */
typedef struct wanted {
    cn__variable *const *variables;
    size_t count, next;
    const char **paths;
} wanted;

/* `h5`, if given, must have as many arrays for the layer. */
static cn_status find_of_layer(const cn__h5 *h5, const container *c, const cn__layer *layer, const char *path,
                               wanted *w)
{
    if (layer->variables && (w->next == w->count || w->variables[w->next] != &layer->variable[0]))
        return CN_OK; /* it came before: models may share layers, and files have them where they come first */
    if (!path) return CN_ERROR_MEMORY;
    const size_t count = h5 ? cn__h5_count(h5, path) : (size_t)layer->variables;
    if (count != (size_t)layer->variables)
        return cn__fail(CN_ERROR_SHAPE, "layer %s has %d arrays, but the file has %zu of them at %s",
                        layer->name, layer->variables, count, path);
    for (size_t k = 0; k < count; k++) CN_TRY(numbered(c->arena, path, k, &w->paths[w->next++]));
    return CN_OK;
}

static cn_status find_weights(const cn__h5 *h5, const container *c, wanted *w)
{
    for (size_t i = 0; i < c->model->layer_count; i++) {
        const cn_layer *layer = c->model->layers[i];
        if (is_input(layer->layer)) continue;
        const char *path = layer_path(c, i);
        if (layer->model) {
            container inner;
            CN_TRY(enter(c, i, path, &inner));
            CN_TRY(find_weights(h5, &inner, w));
        } else {
            CN_TRY(find_of_layer(h5, c, layer->layer, vars_path(c, path), w));
        }
    }
    return CN_OK;
}

static cn_status find_all(const cn__h5 *h5, const container *c, const char **out)
{
    wanted w = {c->model->variables, c->model->variable_count, 0, out};
    return find_weights(h5, c, &w);
}

/* The slots from `first` on, those from number `product` on one further: Nadam's product lies there. */
static cn_status find_slots(const cn_model *model, cn__arena *arena, size_t first, size_t product,
                            const char ***out)
{
    const size_t count = cn__state_count(model);
    *out = cn__arena_array(arena, count + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        CN_TRY(numbered(arena, OPTIMIZER, first + i + (i >= product), &(*out)[i]));
    return CN_OK;
}

/* The state of this model's optimiser as a file would have it that is complete. */
static cn_status find_state(const cn_model *model, cn__arena *arena, cn__h5_paths *out)
{
    size_t next = 0;
    if (!model->compiled) return CN_OK;
    const size_t product =
        cn__optimizer_has_product(&model->optimizer) ? cn__state_averages(model) : SIZE_MAX;
    CN_TRY(numbered(arena, OPTIMIZER, next++, &out->steps));
    if (!model->optimizer.schedule) CN_TRY(numbered(arena, OPTIMIZER, next++, &out->rate));
    if (product != SIZE_MAX) CN_TRY(numbered(arena, OPTIMIZER, next + product, &out->product));
    return find_slots(model, arena, next, product, &out->slots);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static cn_status name_group(cn__h5_new *h5, const char *path, const char *name)
{
    CN_TRY(cn__h5_make_group(h5, path));
    return cn__h5_set_text(h5, path, "name", name);
}

static cn_status make_groups(cn__h5_new *h5, const container *c)
{
    for (size_t i = 0; i < c->model->layer_count; i++) {
        const cn_layer *layer = c->model->layers[i];
        container inner;
        if (is_input(layer->layer)) continue;
        const char *path = layer_path(c, i), *vars = vars_path(c, path);
        if (!vars) return CN_ERROR_MEMORY;
        CN_TRY(name_group(h5, vars, layer->layer->name));
        if (!layer->model) continue;
        CN_TRY(enter(c, i, path, &inner));
        CN_TRY(make_groups(h5, &inner));
    }
    return CN_OK;
}

static cn_status store(cn__h5_new *h5, const cn_model *model, cn__arena *arena)
{
    cn__h5_paths paths = {.weights = cn__arena_array(arena, model->variable_count + 1, sizeof(char *))};
    if (!paths.weights) return CN_ERROR_MEMORY;
    const container all = {&layouts[0], model, "", arena};
    CN_TRY(name_group(h5, "vars", model->name));
    CN_TRY(make_groups(h5, &all));
    if (model->compiled) CN_TRY(name_group(h5, OPTIMIZER, model->optimizer.name));
    CN_TRY(find_all(NULL, &all, paths.weights));
    CN_TRY(find_state(model, arena, &paths));
    return cn__h5_store(h5, model, &paths);
}

cn_status cn__h5_store_current(cn__h5_new *h5, const cn_model *model)
{
    cn__arena arena = {0};
    cn_status status = store(h5, model, &arena);
    cn__arena_free(&arena);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* With a backslash there is no group that holds the layers, only they themselves. */
static bool has_layout(const cn__h5 *h5, const layout *l)
{
    char path[128];
    if (l->join == '/') return cn__h5_has(h5, l->root);
    for (const char *const *name = cn__layer_names(); *name; name++) {
        cn__format(path, sizeof path, "%s%c%s", l->root, l->join, *name);
        if (cn__h5_has(h5, path)) return true;
    }
    for (size_t i = 0; i < MODEL_CLASSES; i++) {
        cn__format(path, sizeof path, "%s%c%s", l->root, l->join, model_classes[i]);
        if (cn__h5_has(h5, path)) return true;
    }
    return false;
}

bool cn__h5_is_current(const cn__h5 *h5)
{
    for (int i = 0; i < LAYOUTS; i++)
        if (has_layout(h5, &layouts[i])) return true;
    return false;
}

static cn_status fail_state(const cn_model *model, size_t count)
{
    const cn__optimizer *o = &model->optimizer;
    size_t expected =
        1 + (o->schedule ? 0u : 1u) + (cn__optimizer_has_product(o) ? 1u : 0u) + cn__state_count(model);
    return cn__fail(CN_ERROR_FORMAT, "the state of the optimizer has %zu arrays, expected %zu for %s", count,
                    expected, o->name);
}

static bool is_of_optimizer(cn__h5 *h5, const cn_model *model, cn__arena *arena)
{
    const char *name;
    return cn__h5_has_attribute(h5, OPTIMIZER, "name") &&
           cn__h5_text(h5, arena, OPTIMIZER, "name", &name) == CN_OK &&
           strcmp(name, model->optimizer.name) == 0;
}

static cn_status look_for_product(cn__h5 *h5, const cn_model *model, size_t first, cn__arena *arena,
                                  size_t *place, const char **out)
{
    const char *behind_averages, *behind_all;
    CN_TRY(numbered(arena, OPTIMIZER, first + cn__state_averages(model), &behind_averages));
    CN_TRY(numbered(arena, OPTIMIZER, first + cn__state_count(model), &behind_all));
    *place = cn__h5_product_place(h5, model, behind_averages, behind_all);
    return *place == SIZE_MAX ? CN_OK : numbered(arena, OPTIMIZER, first + *place, out);
}

/* Finds the state in a file: of Keras 3; of Keras 2, which keeps neither learning rate nor product; or of an optimiser
 * that never took a step, which has no slots. */
static cn_status look_for_state(cn__h5 *h5, const cn_model *model, cn__h5_wish wish, cn__arena *arena,
                                cn__h5_paths *out)
{
    cn__h5_paths found = *out;
    size_t next = 0, product = SIZE_MAX, count = cn__h5_count(h5, OPTIMIZER);
    if (!model->compiled || wish == CN_H5_WEIGHTS_ONLY || count == 0) return CN_OK;
    const size_t slots = cn__state_count(model);
    if (wish == CN_H5_STATE_IF_IT_FITS && !is_of_optimizer(h5, model, arena)) return CN_OK;
    CN_TRY(numbered(arena, OPTIMIZER, next++, &found.steps));
    if (!model->optimizer.schedule && cn__h5_is_scalar(h5, OPTIMIZER "/1"))
        CN_TRY(numbered(arena, OPTIMIZER, next++, &found.rate));
    CN_TRY(look_for_product(h5, model, next, arena, &product, &found.product));
    const size_t others = next + (found.product ? 1 : 0);
    if (count == others + slots || count == others + slots + cn__state_unused(model))
        CN_TRY(find_slots(model, arena, next, product, &found.slots));
    else if (wish == CN_H5_STATE_IF_IT_FITS) return CN_OK;
    else if (count != others) return fail_state(model, count);
    *out = found;
    return CN_OK;
}

static cn_status fail_more(const cn_model *model, const char *path)
{
    return cn__fail(CN_ERROR_SHAPE, "the file has a layer more than model %s: %s", model->name, path);
}

/* A layer of the file that the model has not: the next one of any class that may have arrays. */
static cn_status check_no_more(const cn__h5 *h5, const container *c)
{
    const cn_model *model = c->model;
    for (const char *const *name = cn__layer_names(); *name; name++) {
        const char *path = vars_path(c, class_path(c, *name, count_before(c, model->layer_count, *name)));
        if (!path) return CN_ERROR_MEMORY;
        if (cn__h5_count(h5, path)) return fail_more(model, path);
    }
    for (size_t i = 0; i < MODEL_CLASSES; i++) {
        const char *path =
            class_path(c, model_classes[i], count_before(c, model->layer_count, model_classes[i]));
        if (!path) return CN_ERROR_MEMORY;
        if (cn__h5_has(h5, path)) return fail_more(model, path);
    }
    for (size_t i = 0; i < model->layer_count; i++) {
        container inner;
        if (!model->layers[i]->model) continue;
        CN_TRY(enter(c, i, layer_path(c, i), &inner));
        CN_TRY(check_no_more(h5, &inner));
    }
    return CN_OK;
}

/* The weights' paths in the layout that fits; the message is that of the first that is there. */
static cn_status choose_layout(const cn__h5 *h5, const cn_model *model, cn__arena *arena, const char **out)
{
    const layout *first = NULL;
    for (int i = 0; i < LAYOUTS; i++) {
        const container c = {&layouts[i], model, "", arena};
        if (!has_layout(h5, c.layout)) continue;
        if (!first) first = c.layout;
        if (find_all(h5, &c, out) == CN_OK && check_no_more(h5, &c) == CN_OK) return CN_OK;
    }
    const container c = {first ? first : &layouts[0], model, "", arena};
    CN_TRY(find_all(h5, &c, out));
    return check_no_more(h5, &c);
}

static cn_status load(cn__h5 *h5, cn_model *model, cn__h5_wish wish, cn__arena *arena)
{
    cn__h5_paths paths = {.weights = cn__arena_array(arena, model->variable_count + 1, sizeof(char *))};
    if (!paths.weights) return CN_ERROR_MEMORY;
    CN_TRY(choose_layout(h5, model, arena, paths.weights));
    CN_TRY(look_for_state(h5, model, wish, arena, &paths));
    return cn__h5_load(h5, model, &paths);
}

cn_status cn__h5_load_current(cn__h5 *h5, cn_model *model, cn__h5_wish wish)
{
    cn__arena arena = {0};
    cn_status status = load(h5, model, wish, &arena);
    cn__arena_free(&arena);
    return status;
}
