/* cornu summary --json: what the table shows, as values. */
#include "cli/commands/summary_json.h"

#include "cli/output/report.h"
#include "model/nested.h"

static json_t *shape_of(const cn__shape *shape)
{
    json_t *list = json_array();
    cn__json_append(list, json_null()); /* samples */
    for (int i = 0; i < shape->rank; i++) cn__json_append(list, json_integer((json_int_t)shape->dim[i]));
    return list;
}

static json_t *layers_of(const cn_model *model, bool shaped);

/* A model within has its own layers, too. */
static json_t *layer_of(const cn_layer *of, bool shaped)
{
    json_t *object = json_object();
    const cn__layer *layer = of->layer;
    cn__json_set(object, "name", json_string(layer->name));
    cn__json_set(object, "type", json_string(layer->kind->is_input ? "InputLayer" : layer->kind->class_name));
    cn__json_set(object, "output_shape", shaped ? shape_of(&layer->out) : json_null());
    cn__json_set(object, "parameters",
                 shaped ? json_integer((json_int_t)cn__layer_parameters(of)) : json_null());
    if (of->model) cn__json_set(object, "layers", layers_of(of->model, shaped));
    return object;
}

static json_t *layers_of(const cn_model *model, bool shaped)
{
    json_t *layers = json_array();
    for (size_t i = 0; i < model->layer_count; i++)
        cn__json_append(layers, layer_of(model->layers[i], shaped));
    return layers;
}

/* Elements of the variables that are trained, and of those that are not. */
static cn_status count(const cn_model *model, double counts[2])
{
    cn__arena arena = {0};
    size_t variables = 0;
    cn__variable **v = cn__list_variables(model, &arena, &variables);
    for (size_t i = 0; v && i < variables; i++)
        counts[cn__variable_trainable(v[i])] += (double)cn__variable_size(v[i]);
    cn__arena_free(&arena);
    return v ? CN_OK : CN_ERROR_MEMORY;
}

static json_t *model_of(const cn_model *model, bool shaped, const double counts[2])
{
    json_t *root = json_object();
    cn__json_set(root, "name", json_string(model->name));
    cn__json_set(root, "layers", layers_of(model, shaped));
    cn__json_set(root, "parameters",
                 shaped ? json_integer((json_int_t)(counts[0] + counts[1])) : json_null());
    cn__json_set(root, "trainable", shaped ? json_integer((json_int_t)counts[1]) : json_null());
    cn__json_set(root, "optimizer", model->compiled ? json_string(model->optimizer.name) : json_null());
    return root;
}

cn_status cn__summary_json(const char *path, cn_model *model, const cn__shape *shape)
{
    cn__arena arena = {0};
    const cn__shape *known = cn__model_known_input(model), *in = known ? known : shape;
    const bool here = model->tensors != NULL, infer = !here && in;
    double counts[2] = {0};
    CN_TRY(cn__model_check(model));
    cn_status status = infer ? cn__model_infer_shapes(model, &arena, in) : CN_OK;
    cn__json_begin();
    if (status == CN_OK) status = count(model, counts);
    if (status == CN_OK) status = cn__report_write(path, model_of(model, here || infer, counts));
    if (infer) cn__model_clear_shapes(model);
    cn__arena_free(&arena);
    return status;
}
