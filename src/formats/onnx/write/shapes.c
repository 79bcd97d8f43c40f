/* How the operations that move elements, that scale or normalise them one by one, and Dot are written as ONNX nodes. Values are
 * channels last. */
#include <math.h>
#include <string.h>

#include "formats/onnx/write/write.h"

/* ---- pieces --------------------------------------------------------------------------------------------- */

static void combine(cn__onnx_graph *g, const char *op, const char *with)
{
    cn__onnx_node(g, op, (const char *const[]){g->value, with, NULL});
}

static void transpose(cn__onnx_graph *g, int count, const int64_t *order)
{
    Cn__Onnx__Node *node = cn__onnx_node(g, "Transpose", (const char *const[]){g->value, NULL});
    cn__onnx_attribute_ints(g, node, "perm", (size_t)count, order);
}

/* The batch stays. */
static void reshape(cn__onnx_graph *g, const char *name, int rank, const size_t *dims)
{
    int64_t *shape = g->failed ? NULL : cn__arena_array(&g->arena, (size_t)rank + 1, sizeof *shape);
    if (!shape) {
        g->failed = true;
        return;
    }
    for (int i = 0; i < rank; i++) shape[i + 1] = (int64_t)dims[i];
    combine(g, "Reshape", cn__onnx_initializer(g, name, CN_ONNX_INT64, 1, (int64_t[]){rank + 1}, shape));
}

static float *new_values(cn__onnx_graph *g, size_t count)
{
    float *values = g->failed ? NULL : cn__arena_array(&g->arena, count, sizeof *values);
    if (!values) g->failed = true;
    return values;
}

/* Values for the axes that are kept, in C order, as they spread over a sample. */
static const char *spread(cn__onnx_graph *g, const char *name, const cn__op *op, const bool *kept,
                          const float *values)
{
    int64_t dims[CN_MAX_RANK];
    for (int i = 0; i < op->shape.rank; i++) dims[i] = kept[i] ? (int64_t)op->shape.dim[i] : 1;
    return cn__onnx_initializer(g, name, CN_ONNX_FLOAT32, (size_t)op->shape.rank, dims, values);
}

/* ---- moving --------------------------------------------------------------------------------------------- */

/* The axis of a sample of this shape in which neighbours lie so far apart; those of `used` (bits) are taken already. */
static int axis_of_stride(const cn__shape *shape, size_t dim, size_t stride, unsigned used)
{
    size_t step = 1;
    int axis = shape->rank;
    while (axis-- > 0) {
        if (step == stride && shape->dim[axis] == dim && !(used & 1u << axis)) return axis;
        step *= shape->dim[axis];
    }
    return 0;
}

cn_status cn__onnx_write_permute(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__permute_args *a = op->args;
    int64_t order[CN_MAX_RANK + 1] = {0};
    unsigned used = 0;
    for (int i = 0; i < a->rank; i++) {
        const int axis = axis_of_stride(&op->in_shape[0], a->dim[i], a->stride[i], used);
        used |= 1u << axis;
        order[i + 1] = axis + 1;
    }
    g->value = in[0];
    transpose(g, a->rank + 1, order);
    return CN_OK;
}

cn_status cn__onnx_write_repeat(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__repeat_args *a = op->args;
    int64_t *sizes = g->failed ? NULL : cn__arena_array(&g->arena, 4, sizeof *sizes);
    if (!sizes) return CN_ERROR_MEMORY;
    sizes[0] = sizes[1] = sizes[3] = 1, sizes[2] = (int64_t)a->times;
    /* A layer may repeat several of its inputs, along several axes. */
    const char *one = cn__arena_format(&g->arena, "one_%zu", op->index),
               *times = cn__arena_format(&g->arena, "times_%zu", op->index),
               *repeated = cn__arena_format(&g->arena, "repeated_%zu", op->index);
    if (!one || !times || !repeated) return CN_ERROR_MEMORY;
    g->value = in[0];
    reshape(g, one, 3, (size_t[]){a->outer, 1, a->inner});
    combine(g, "Expand", cn__onnx_initializer(g, times, CN_ONNX_INT64, 1, (int64_t[]){4}, sizes));
    reshape(g, repeated, op->shape.rank, op->shape.dim);
    return CN_OK;
}

/* ---- element by element ----------------------------------------------------------------------------------- */

cn_status cn__onnx_write_rescaling(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__rescaling_args *a = op->args;
    bool kept[CN_MAX_RANK] = {false}, shifts = false;
    g->value = in[0];
    if (a->count == 1) {
        combine(g, "Mul", cn__onnx_scalar(g, a->scale[0]));
        if (a->offset[0] != 0) combine(g, "Add", cn__onnx_scalar(g, a->offset[0]));
        return CN_OK;
    }
    kept[op->shape.rank - 1] = true;
    for (size_t i = 0; i < a->count; i++) shifts = shifts || a->offset[i] != 0;
    combine(g, "Mul", spread(g, "scale", op, kept, a->scale));
    if (shifts) combine(g, "Add", spread(g, "offset", op, kept, a->offset));
    return CN_OK;
}

cn_status cn__onnx_write_prelu(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__prelu_args *a = op->args;
    bool kept[CN_MAX_RANK];
    float *values = new_values(g, cn__variable_size(op->variable[0]));
    if (!values) return CN_ERROR_MEMORY;
    cn__variable_gather(op->variable[0], op->variable[0]->value, values);
    for (int i = 0; i < op->shape.rank; i++) kept[i] = !a->shared[i];
    g->value = in[0];
    combine(g, "PRelu", spread(g, "slope", op, kept, values));
    return CN_OK;
}

cn_status cn__onnx_write_normalization(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__statistics_args *a = op->args;
    size_t count = 1;
    for (int i = 0; i < op->shape.rank; i++) count *= a->kept[i] ? op->shape.dim[i] : 1;
    float *mean = new_values(g, count), *deviation = new_values(g, count);
    if (!mean || !deviation) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        mean[i] = a->mean ? (float)a->mean[i] : (float)op->variable[0]->value[i];
        deviation[i] = sqrtf(a->mean ? (float)a->variance[i] : (float)op->variable[1]->value[i]);
        if (deviation[i] < 1e-7f) deviation[i] = 1e-7f;
    }
    const char *shift = spread(g, "mean", op, a->kept, mean),
               *scale = spread(g, "deviation", op, a->kept, deviation);
    g->value = in[0];
    combine(g, a->invert ? "Mul" : "Sub", a->invert ? scale : shift);
    combine(g, a->invert ? "Add" : "Div", a->invert ? shift : scale);
    return CN_OK;
}

/* ---- norms ------------------------------------------------------------------------------------------------- */

cn_status cn__onnx_write_unit_normalization(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__unit_args *a = op->args;
    int64_t *axes = g->failed ? NULL : cn__arena_array(&g->arena, CN_MAX_RANK, sizeof *axes);
    unsigned used = 0;
    if (!axes) return CN_ERROR_MEMORY;
    for (int i = 0; i < a->axes; i++) {
        const int axis = axis_of_stride(&op->shape, a->dim[i], a->stride[i], used);
        used |= 1u << axis;
        axes[i] = axis + 1;
    }
    const char *which = cn__onnx_initializer(g, "axes", CN_ONNX_INT64, 1, (int64_t[]){a->axes}, axes);
    Cn__Onnx__Node *norm = cn__onnx_node(g, "ReduceL2", (const char *const[]){in[0], which, NULL});
    cn__onnx_attribute_int(g, norm, "keepdims", 1);
    combine(g, "Max", cn__onnx_scalar(g, (float)a->least));
    cn__onnx_node(g, "Div", (const char *const[]){in[0], g->value, NULL});
    return CN_OK;
}

/* Groups as rows, each normalised as a layer would be. */
cn_status cn__onnx_write_group_normalization(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__group_args *a = op->args;
    const size_t each = op->cols / a->groups, size = op->rows * each;
    const bool moves = op->rows > 1 && a->groups > 1;
    float *ones = new_values(g, size);
    if (!ones) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < size; i++) ones[i] = 1;
    g->value = in[0];
    if (moves) {
        reshape(g, "groups", 3, (size_t[]){op->rows, a->groups, each});
        transpose(g, 4, (const int64_t[]){0, 2, 1, 3});
    }
    reshape(g, "rows", 2, (size_t[]){a->groups, size});
    Cn__Onnx__Node *norm = cn__onnx_node(
        g, "LayerNormalization",
        (const char *const[]){
            g->value, cn__onnx_initializer(g, "ones", CN_ONNX_FLOAT32, 1, (int64_t[]){(int64_t)size}, ones),
            NULL});
    cn__onnx_attribute_int(g, norm, "axis", -1);
    cn__onnx_attribute_float(g, norm, "epsilon", (float)a->epsilon);
    if (moves) {
        reshape(g, "groups_back", 3, (size_t[]){a->groups, op->rows, each});
        transpose(g, 4, (const int64_t[]){0, 2, 1, 3});
    }
    reshape(g, "shape", op->shape.rank, op->shape.dim);
    if (op->variable[0]) combine(g, "Mul", cn__onnx_variable(g, op->variable[0]));
    if (op->variable[1]) combine(g, "Add", cn__onnx_variable(g, op->variable[1]));
    return CN_OK;
}

/* ---- Dot ------------------------------------------------------------------------------------------------- */

/* One side of a product of matrices: its summed axis last, or first. */
static const char *matrix(cn__onnx_graph *g, const cn__op *op, int which, const char *in)
{
    const cn__shape *s = &op->in_shape[which];
    const int axis = ((const cn__dot_args *)op->args)->axes[which];
    const size_t depth = s->dim[axis], others = cn__shape_size(s) / depth;
    int64_t order[CN_MAX_RANK + 1] = {0};
    int next = 1;
    if (which) order[next++] = axis + 1;
    for (int i = 0; i < s->rank; i++)
        if (i != axis) order[next++] = i + 1;
    if (!which) order[next] = axis + 1;
    g->value = in;
    if (axis != (which ? 0 : s->rank - 1)) transpose(g, s->rank + 1, order);
    if (s->rank != 2)
        reshape(g, which ? "right" : "left", 2,
                which ? (size_t[]){depth, others} : (size_t[]){others, depth});
    return g->value;
}

cn_status cn__onnx_write_dot(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const char *left = matrix(g, op, 0, in[0]), *right = matrix(g, op, 1, in[1]);
    cn__onnx_node(g, "MatMul", (const char *const[]){left, right, NULL});
    if (op->in_shape[0].rank != 2 || op->in_shape[1].rank != 2)
        reshape(g, "shape", op->shape.rank, op->shape.dim);
    return CN_OK;
}
