/* Flatten and Reshape from ONNX. A Reshape that puts all axes but the last one into the rows of a matrix, as
 * BatchNormalization and others' dense layers need it, is no layer: the reader is `folded` until the next one. */
#include <string.h>

#include "formats/onnx_read.h"

cn_status cn__onnx_read_flatten(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    double axis = cn__onnx_number(node, "axis", 1);
    if (axis < 0) axis += r->shape.rank + 1;
    if (r->folded || axis != 1) return cn__fail(CN_ERROR_FORMAT, "axis = %g, expected 1", axis);
    r->shape = (cn__shape){.rank = 1, .dim = {cn__shape_size(&r->shape)}};
    cn__text text = {0};
    cn__text_add(&text, "flatten(");
    return cn__onnx_add_layer(r, node, &text);
}

typedef struct target {
    double first; /* the batch's: 0, -1, or a number */
    cn__shape shape;
    int open; /* the axis that is -1, or -1 */
} target;

/* Sizes of 0 are the input's. */
static cn_status read_target(const cn__onnx_reader *r, const Cn__Onnx__Node *node, target *out)
{
    const cn__onnx_value *value = cn__onnx_input(r->source, node, 1);
    const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
    size_t count = t && cn__onnx_is_int(t) && t->n_dims == 1 ? cn__onnx_size(t) : 0;
    if (!count || count > CN_MAX_RANK + 1 || cn__onnx_number(node, "allowzero", 0) != 0)
        return cn__fail(CN_ERROR_FORMAT, "its shape must be a constant of 1 to %d sizes", CN_MAX_RANK + 1);
    *out = (target){.first = cn__onnx_element(t, 0), .open = -1, .shape.rank = (int)count - 1};
    for (int i = 0; i < out->shape.rank; i++) {
        double size = cn__onnx_element(t, (size_t)i + 1);
        if (size == 0 && i < r->shape.rank && !r->folded) size = (double)r->shape.dim[i];
        if (size == -1 && out->open < 0) out->open = i;
        else if (size < 1 || size > (double)(1u << 30))
            return cn__fail(CN_ERROR_FORMAT, "its shape has an impossible size %g", size);
        out->shape.dim[i] = size < 0 ? 1 : (size_t)size;
    }
    return CN_OK;
}

static size_t checked_size(const cn__shape *shape)
{
    size_t size = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] > SIZE_MAX / size) return 0;
        size *= shape->dim[i];
    }
    return size;
}

static cn_status fail_target(const cn__onnx_reader *r, const target *t)
{
    char from[120], to[120];
    return cn__fail(CN_ERROR_FORMAT, "it makes %s of %s, which mixes samples or does not fit",
                    cn__shape_text(&t->shape, to, sizeof to), cn__shape_text(&r->shape, from, sizeof from));
}

/* From a matrix back to axes: all but the last one must be what they were. */
static cn_status unfold(cn__onnx_reader *r, const target *t)
{
    bool same = t->first == -1 && t->open < 0 && t->shape.rank == r->shape.rank;
    for (int i = 0; same && i < r->shape.rank; i++) same = t->shape.dim[i] == r->shape.dim[i];
    if (!same) return fail_target(r, t);
    r->folded = false;
    return CN_OK;
}

static cn_status add_reshape(cn__onnx_reader *r, const Cn__Onnx__Node *node, const target *t)
{
    bool same = t->shape.rank == r->shape.rank;
    for (int i = 0; same && i < r->shape.rank; i++) same = t->shape.dim[i] == r->shape.dim[i];
    r->shape = t->shape;
    if (same && !r->source->ours) return CN_OK;
    cn__text text = {0};
    if (t->shape.rank == 1 && !r->source->ours) cn__text_add(&text, "flatten(");
    else {
        cn__text_add(&text, "reshape(target_shape=[");
        for (int i = 0; i < t->shape.rank; i++) cn__text_printf(&text, i ? ", %zu" : "%zu", t->shape.dim[i]);
        cn__text_add(&text, "]");
    }
    return cn__onnx_add_layer(r, node, &text);
}

cn_status cn__onnx_read_reshape(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    target t;
    CN_TRY(read_target(r, node, &t));
    if (r->folded) return unfold(r, &t);
    size_t size = cn__shape_size(&r->shape), known = checked_size(&t.shape);
    bool batch_first = t.first == 0 || t.first == -1 || (r->batch && t.first == (double)r->batch);
    if (t.open >= 0 && t.first != -1 && known && size % known == 0) t.shape.dim[t.open] = size / known;
    if (t.open >= 0 && t.first == -1) return fail_target(r, &t);
    if (batch_first && checked_size(&t.shape) == size) return add_reshape(r, node, &t);
    bool folds =
        t.first == -1 && t.shape.rank == 1 && r->shape.rank > 1 && t.shape.dim[0] == cn__onnx_last(r);
    if (!folds) return fail_target(r, &t);
    r->folded = true;
    return CN_OK;
}
