/* Flatten and Reshape from ONNX. A Reshape that puts all axes but the last one into the rows of a matrix, as
 * BatchNormalization and others' dense layers need it, is no layer: the reader is `folded` until the next one. */
#include <string.h>

#include "formats/onnx/read/read.h"

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
    bool open_rows; /* the first size is -1 */
    size_t rows;    /* that a sample becomes, by the first size: 1, or more in a matrix; 0 is not known */
    cn__shape shape;
    int open; /* the axis that is -1, or -1 */
} target;

/* The first size counts samples: -1, their number as it is or so many times; 0 is the input's. */
static void read_rows(const cn__onnx_reader *r, int64_t first, bool copies, target *out)
{
    out->open_rows = first == -1;
    if (first < CN_ONNX_BATCH_LIMIT) out->rows = (size_t)(first - INT64_MIN);
    else if (first == 0) out->rows = copies && !r->folded;
    else if (first > 0 && r->batch && first % r->batch == 0) out->rows = (size_t)(first / r->batch);
}

/* Sizes of 0 are the input's. */
static cn_status read_target(const cn__onnx_reader *r, const Cn__Onnx__Node *node, target *out)
{
    cn__onnx_sizes sizes;
    bool good = cn__onnx_read_sizes(r, node, 1, &sizes);
    if (!good || !sizes.count || sizes.count > CN_MAX_RANK + 1)
        return cn__fail(
            CN_ERROR_FORMAT,
            "its shape must be 1 to %d sizes, constant or taken from the shape of a layer's output",
            CN_MAX_RANK + 1);
    *out = (target){.open = -1, .shape.rank = (int)sizes.count - 1};
    bool copies = cn__onnx_number(node, "allowzero", 0) == 0;
    read_rows(r, sizes.at[0], copies, out);
    for (int i = 0; i < out->shape.rank; i++) {
        double size = (double)sizes.at[i + 1];
        if (size == 0 && copies && i < r->shape.rank && !r->folded) size = (double)r->shape.dim[i];
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
    bool same = (t->open_rows || t->rows == 1) && t->open < 0 && t->shape.rank == r->shape.rank;
    for (int i = 0; same && i < r->shape.rank; i++) same = t->shape.dim[i] == r->shape.dim[i];
    if (!same) return fail_target(r, t);
    r->folded = false;
    return CN_OK;
}

/* A network that gives one number, squeezed at its end: here it keeps its axis, (samples, 1). */
static cn_status drop_last_axis(const cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    if (strcmp(node->outputs[0], r->source->output->name) == 0) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT,
                    "it leaves a sample without an axis, which is read at the graph's end only");
}

static cn_status add_reshape(cn__onnx_reader *r, const Cn__Onnx__Node *node, const target *t)
{
    bool same = t->shape.rank == r->shape.rank;
    for (int i = 0; same && i < r->shape.rank; i++) same = t->shape.dim[i] == r->shape.dim[i];
    if (!t->shape.rank) return drop_last_axis(r, node);
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
    size_t size = cn__shape_size(&r->shape), known = checked_size(&t.shape), last = cn__onnx_last(r);
    if ((!t.open_rows && !t.rows) || (t.open_rows && t.open >= 0) || !known) return fail_target(r, &t);
    if (t.open >= 0 && size / t.rows % known == 0) t.shape.dim[t.open] = size / t.rows / known;
    if (t.rows <= 1 && checked_size(&t.shape) == size) return add_reshape(r, node, &t);
    bool folds = r->shape.rank > 1 && t.shape.rank == 1 && t.shape.dim[0] == last;
    if (!folds || (t.rows && t.rows != size / last)) return fail_target(r, &t);
    r->folded = true;
    return CN_OK;
}

/* ---- Squeeze and Unsqueeze -------------------------------------------------------------------------------- */

/* Which of the axes of `rank` (with the batch) are named: an attribute, since operator set 13 an input. */
static cn_status read_axes(const cn__onnx_reader *r, const Cn__Onnx__Node *node, int rank, bool named[])
{
    cn__onnx_sizes axes = {.count = 0};
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, "axes");
    bool good = a ? a->n_ints <= CN_ONNX_SIZES : cn__onnx_read_sizes(r, node, 1, &axes);
    for (size_t i = 0; good && a && i < a->n_ints; i++) axes.at[axes.count++] = a->ints[i];
    for (size_t i = 0; good && i < axes.count; i++) {
        int64_t axis = axes.at[i] < 0 ? axes.at[i] + rank : axes.at[i];
        good = axis > 0 && axis < rank && !named[axis];
        if (good) named[axis] = true;
    }
    if (good && axes.count) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "its axes must be constants from 1 to %d", rank - 1);
}

cn_status cn__onnx_read_squeeze(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    bool named[CN_MAX_RANK + 1] = {false};
    target t = {.open = -1};
    if (r->folded) return cn__fail(CN_ERROR_FORMAT, "it stands between two Reshape");
    CN_TRY(read_axes(r, node, r->shape.rank + 1, named));
    for (int i = 0; i < r->shape.rank; i++) {
        if (!named[i + 1]) t.shape.dim[t.shape.rank++] = r->shape.dim[i];
        else if (r->shape.dim[i] != 1)
            return cn__fail(CN_ERROR_FORMAT, "axis %d has %zu entries, expected 1", i + 1, r->shape.dim[i]);
    }
    return add_reshape(r, node, &t);
}

cn_status cn__onnx_read_unsqueeze(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    bool named[2 * CN_MAX_RANK + 1] = {false};
    target t = {.open = -1};
    cn__onnx_sizes axes;
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, "axes");
    size_t added = a ? a->n_ints : cn__onnx_read_sizes(r, node, 1, &axes) ? axes.count : 0;
    if (r->folded || !added || r->shape.rank + added > CN_MAX_RANK)
        return cn__fail(CN_ERROR_FORMAT, "it must add constant axes, to %d at most", CN_MAX_RANK);
    t.shape.rank = r->shape.rank + (int)added;
    CN_TRY(read_axes(r, node, t.shape.rank + 1, named));
    for (int i = 0, from = 0; i < t.shape.rank; i++) t.shape.dim[i] = named[i + 1] ? 1 : r->shape.dim[from++];
    return add_reshape(r, node, &t);
}
