/* How each kind of operation is written for the page: a function and a line in `writers`. */
#include "formats/page/page_operations.h"

#include <math.h>

#include "data/files/json.h"
#include "nn/ops.h"

/* ---- pieces ----------------------------------------------------------------------------------------------- */

/* Where a variable begins among all weights; null where there is none. */
static json_t *place(const cn_model *model, const cn__variable *variable)
{
    size_t at = 0;
    for (size_t i = 0; variable && i < model->variable_count; i++) {
        if (model->variables[i] == variable) return json_integer((json_int_t)at);
        at += cn__variable_size(model->variables[i]);
    }
    return json_null();
}

/* JSON has no infinity: null stands for it. */
static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *sizes(const size_t *size, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) cn__json_append(list, json_integer((json_int_t)size[i]));
    return list;
}

static json_t *flags(const bool *flag, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) cn__json_append(list, json_boolean(flag[i]));
    return list;
}

static json_t *shape_json(const cn__shape *shape) { return sizes(shape->dim, shape->rank); }

/* An image of h rows and w columns under a window; what is behind the image follows from the other numbers. */
static json_t *window_json(const cn__conv *c)
{
    const struct {
        const char *name;
        size_t value;
    } fields[] = {{"h", c->h},   {"w", c->w},   {"c", c->c},     {"kh", c->kh},     {"kw", c->kw},
                  {"oc", c->oc}, {"sy", c->sy}, {"sx", c->sx},   {"dy", c->dy},     {"dx", c->dx},
                  {"oh", c->oh}, {"ow", c->ow}, {"top", c->top}, {"left", c->left}, {"groups", c->groups}};
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        cn__json_set(json, fields[i].name, json_integer((json_int_t)fields[i].value));
    return json;
}

/* ---- kinds ------------------------------------------------------------------------------------------------ */

static json_t *dense_json(const cn_model *model, const cn__op *op)
{
    return json_pack("{s:s, s:I, s:I, s:o, s:o}", "kind", "dense", "inputs",
                     (json_int_t)op->variable[0]->rows, "units", (json_int_t)op->cols, "kernel",
                     place(model, op->variable[0]), "bias", place(model, op->variable[1]));
}

static json_t *activation_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__activation *a = op->args;
    return json_pack("{s:s, s:s, s:[o, o, o], s:I}", "kind", "activation", "name",
                     cn__activation_name(a->kind), "p", number((double)a->p[0]), number((double)a->p[1]),
                     number((double)a->p[2]), "cols", (json_int_t)op->cols);
}

static json_t *row_norm_json(const cn_model *model, const cn__op *op, const char *kind)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:f}", "kind", kind, "cols", (json_int_t)op->cols, "gamma",
                     place(model, op->variable[0]), "beta", place(model, op->variable[1]), "epsilon",
                     (double)((const cn__norm_args *)op->args)->epsilon);
}

static json_t *layernorm_json(const cn_model *model, const cn__op *op)
{
    return row_norm_json(model, op, "layernorm");
}

static json_t *rms_json(const cn_model *model, const cn__op *op)
{
    return row_norm_json(model, op, "rmsscaling");
}

static json_t *batchnorm_json(const cn_model *model, const cn__op *op)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:f, s:o, s:o}", "kind", "batchnorm", "cols", (json_int_t)op->cols,
                     "gamma", place(model, op->variable[0]), "beta", place(model, op->variable[1]), "epsilon",
                     (double)((const cn__norm_args *)op->args)->epsilon, "mean",
                     place(model, op->variable[2]), "variance", place(model, op->variable[3]));
}

static json_t *groupnorm_json(const cn_model *model, const cn__op *op)
{
    const cn__group_args *a = op->args;
    return json_pack("{s:s, s:I, s:I, s:o, s:o, s:f}", "kind", "groupnorm", "cols", (json_int_t)op->cols,
                     "groups", (json_int_t)a->groups, "gamma", place(model, op->variable[0]), "beta",
                     place(model, op->variable[1]), "epsilon", (double)a->epsilon);
}

static json_t *unitnorm_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__unit_args *a = op->args;
    bool kept[CN_MAX_RANK] = {false};
    size_t stride = 1;
    for (int axis = op->shape.rank - 1; axis >= 0; stride *= op->shape.dim[axis--])
        for (int i = 0; i < a->others; i++)
            kept[axis] |= a->other_stride[i] == stride && a->other_dim[i] == op->shape.dim[axis];
    return json_pack("{s:s, s:o, s:o, s:f}", "kind", "unitnorm", "shape", shape_json(&op->shape), "kept",
                     flags(kept, op->shape.rank), "least", a->least);
}

static json_t *softmax_over_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__softmax_over_args *a = op->args;
    return json_pack("{s:s, s:I, s:I}", "kind", "softmaxover", "size", (json_int_t)a->size, "inner",
                     (json_int_t)a->inner);
}

static json_t *prelu_json(const cn_model *model, const cn__op *op)
{
    const cn__prelu_args *a = op->args;
    bool kept[CN_MAX_RANK];
    for (int i = 0; i < op->shape.rank; i++) kept[i] = !a->shared[i];
    return json_pack("{s:s, s:o, s:o, s:o}", "kind", "prelu", "alpha", place(model, op->variable[0]), "shape",
                     shape_json(&op->shape), "kept", flags(kept, op->shape.rank));
}

/* Its numbers themselves, as they may be no weights. */
static json_t *normalization_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__statistics_args *a = op->args;
    json_t *mean = json_array(), *variance = json_array();
    size_t count = 1;
    for (int i = 0; i < op->shape.rank; i++) count *= a->kept[i] ? op->shape.dim[i] : 1;
    for (size_t i = 0; i < count; i++) {
        cn__json_append(mean, json_real(a->mean ? a->mean[i] : (double)op->variable[0]->value[i]));
        cn__json_append(variance, json_real(a->mean ? a->variance[i] : (double)op->variable[1]->value[i]));
    }
    return json_pack("{s:s, s:o, s:o, s:b, s:o, s:o}", "kind", "normalization", "shape",
                     shape_json(&op->shape), "kept", flags(a->kept, op->shape.rank), "invert", a->invert,
                     "mean", mean, "variance", variance);
}

static json_t *rescaling_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__rescaling_args *a = op->args;
    json_t *scale = json_array(), *offset = json_array();
    for (size_t i = 0; i < a->count; i++) {
        cn__json_append(scale, json_real((double)a->scale[i]));
        cn__json_append(offset, json_real((double)a->offset[i]));
    }
    return json_pack("{s:s, s:o, s:o}", "kind", "rescaling", "scale", scale, "offset", offset);
}

static json_t *merge_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    return json_pack("{s:s, s:s}", "kind", "merge", "how", op->kind->describe(op));
}

static json_t *concatenate_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    size_t outer = 1;
    for (int i = 0; i < ((const cn__concatenate_args *)op->args)->axis; i++) outer *= op->shape.dim[i];
    return json_pack("{s:s, s:I}", "kind", "concatenate", "outer", (json_int_t)outer);
}

static json_t *dot_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__dot_args *a = op->args;
    return json_pack("{s:s, s:[o, o], s:[i, i]}", "kind", "dot", "shapes", shape_json(&op->in_shape[0]),
                     shape_json(&op->in_shape[1]), "axes", a->axes[0], a->axes[1]);
}

static json_t *convolution_json(const cn_model *model, const cn__op *op)
{
    const cn__conv_args *a = op->args;
    return json_pack("{s:s, s:o, s:o, s:o}", "kind", a->transposed ? "transposed" : "convolution", "window",
                     window_json(&a->geometry), "kernel", place(model, op->variable[0]), "bias",
                     place(model, op->variable[1]));
}

static json_t *pool_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__pool_args *a = op->args;
    return json_pack("{s:s, s:o}", "kind", a->average ? "averagepool" : "maxpool", "window",
                     window_json(&a->geometry));
}

static json_t *border_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__border_args *a = op->args;
    const cn__border *b = &a->border;
    const size_t sides[] = {b->top, b->left, b->bottom, b->right};
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "kind", a->crops ? "crop" : "pad", "h", (json_int_t)b->h,
                     "w", (json_int_t)b->w, "c", (json_int_t)b->c, "sides", sizes(sides, 4));
}

static json_t *resize_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__resize *r = op->args;
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "kind", "resize", "h", (json_int_t)r->h, "w",
                     (json_int_t)r->w, "c", (json_int_t)r->c, "oh", (json_int_t)r->oh, "ow",
                     (json_int_t)r->ow, "bilinear", r->bilinear);
}

static json_t *resample_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__resample *r = &((const cn__resample_args *)op->args)->along;
    json_t *weight = json_array();
    for (size_t i = 0; weight && i < r->on * r->taps; i++)
        if (json_array_append_new(weight, json_real((double)r->weight[i])) != 0)
            json_decref(weight), weight = NULL;
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "kind", "resample", "outer", (json_int_t)r->outer,
                     "n", (json_int_t)r->n, "inner", (json_int_t)r->inner, "taps", (json_int_t)r->taps,
                     "first", sizes(r->first, (int)r->on), "weight", weight);
}

static json_t *permute_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__permute_args *a = op->args;
    return json_pack("{s:s, s:o, s:o}", "kind", "permute", "shape", sizes(a->dim, a->rank), "strides",
                     sizes(a->stride, a->rank));
}

static json_t *repeat_json(const cn_model *model, const cn__op *op)
{
    (void)model;
    const cn__repeat_args *a = op->args;
    return json_pack("{s:s, s:I, s:I}", "kind", "repeat", "times", (json_int_t)a->times, "inner",
                     (json_int_t)a->inner);
}

static const struct {
    const cn__op_kind *kind;
    json_t *(*write)(const cn_model *model, const cn__op *op);
} writers[] = {{&cn__op_dense, dense_json},
               {&cn__op_activation, activation_json},
               {&cn__op_softmax, activation_json},
               {&cn__op_softmax_over, softmax_over_json},
               {&cn__op_batch_normalization, batchnorm_json},
               {&cn__op_layer_normalization, layernorm_json},
               {&cn__op_rms_scaling, rms_json},
               {&cn__op_group_normalization, groupnorm_json},
               {&cn__op_unit_normalization, unitnorm_json},
               {&cn__op_normalization, normalization_json},
               {&cn__op_rescaling, rescaling_json},
               {&cn__op_prelu, prelu_json},
               {&cn__op_merge, merge_json},
               {&cn__op_concatenate, concatenate_json},
               {&cn__op_dot, dot_json},
               {&cn__op_convolution, convolution_json},
               {&cn__op_pool, pool_json},
               {&cn__op_border, border_json},
               {&cn__op_resize, resize_json},
               {&cn__op_resample, resample_json},
               {&cn__op_permute, permute_json},
               {&cn__op_repeat, repeat_json}};
enum { WRITERS = sizeof writers / sizeof *writers };

static size_t find_writer(const cn__op_kind *kind)
{
    size_t i = 0;
    while (i < WRITERS && writers[i].kind != kind) i++;
    return i;
}

bool cn__page_leaves_out(const cn__op *op) { return op->kind->training_only || op->kind->loss_only; }

bool cn__page_knows(const cn__op_kind *kind)
{
    return kind->training_only || kind->loss_only || kind == &cn__op_input || find_writer(kind) < WRITERS;
}

cn_status cn__page_operation(const cn_model *model, const cn__op *op, json_t **out)
{
    const size_t i = find_writer(op->kind);
    if (i == WRITERS)
        return cn__fail(CN_ERROR_ARGUMENT, "layer %s: the page cannot run %s", op->layer->name,
                        op->layer->kind->class_name);
    *out = writers[i].write(model, op);
    return *out ? CN_OK : cn__fail_memory(0, "JSON");
}
