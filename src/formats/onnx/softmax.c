/* Softmax over other axes than the last one, both ways. Before operator set 13 it is over all axes from the named one on,
 * together. */
#include "formats/onnx/read/images.h"
#include "formats/onnx/write/write.h"

/* Which axes of a sample, from 0 as ONNX has them, the node is over; false: it names none of them. */
static bool read_axes(const cn__onnx_source *source, const Cn__Onnx__Node *node, int rank, bool over[])
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, "axis");
    const bool together = source->opset < 13;
    int64_t axis = a ? a->i : together ? 1 : -1;
    if (axis < 0) axis += rank + 1;
    for (int i = 0; i < rank; i++) over[i] = i + 1 == axis || (together && i + 1 > axis);
    return axis >= 1 && axis <= rank;
}

static void add_notation(cn__text *text, int rank, const bool over[])
{
    const char *before = "";
    cn__text_add(text, "softmax(axis=[");
    for (int i = 0; i < rank; i++) {
        if (!over[i]) continue;
        cn__text_printf(text, "%s%d", before, i + 1);
        before = ", ";
    }
    cn__text_add(text, "]");
}

cn_status cn__onnx_read_softmax(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    bool over[CN_MAX_RANK + 1];
    cn__text text = {0};
    if (r->folded || !read_axes(r->source, node, r->shape.rank, over)) return cn__onnx_fail_operator(node);
    add_notation(&text, r->shape.rank, over);
    return cn__onnx_add_layer(r, node, &text);
}

/* Channels are first in ONNX, and last here. */
cn_status cn__onnx_image_softmax(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                 cn__onnx_image *out)
{
    const int rank = in->axes ? in->axes + 1 : 1;
    bool over[CN_MAX_RANK + 1];
    cn__text text = {0};
    if (!read_axes(r->walk.source, node, rank, over)) return cn__onnx_fail_operator(node);
    if (in->axes && !in->last) {
        const bool channels = over[0];
        for (int i = 0; i + 1 < rank; i++) over[i] = over[i + 1];
        over[rank - 1] = channels;
    }
    add_notation(&text, rank, over);
    CN_TRY(cn__onnx_call(r, node, &text, &in, 1, out));
    out->positive = true;
    return CN_OK;
}

cn_status cn__onnx_write_softmax(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__softmax_over_args *a = op->args;
    const cn__shape *shape = &op->shape;
    int axis = 0;
    for (size_t outer = 1; outer != a->outer || shape->dim[axis] != a->size; axis++)
        outer *= shape->dim[axis];
    Cn__Onnx__Node *node = cn__onnx_node(g, "Softmax", (const char *const[]){in[0], NULL});
    cn__onnx_attribute_int(g, node, "axis", axis + 1);
    return CN_OK;
}
