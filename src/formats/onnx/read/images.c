/* What the readers of ONNX graphs share: which image each value is, and layers that are called on them. */
#include "formats/onnx/read/images.h"

#include <string.h>

#include "model/graph.h"

/* ---- values ---------------------------------------------------------------------------------------------- */

cn__onnx_image *cn__onnx_image_at(const cn__onnx_images *r, const char *name)
{
    const cn__onnx_value *value = cn__onnx_find(r->walk.source, name);
    return value ? &r->at[value - r->walk.source->values] : NULL;
}

cn__onnx_image *cn__onnx_image_of(const cn__onnx_images *r, const Cn__Onnx__Node *node, size_t i)
{
    cn__onnx_image *image = i < node->n_inputs ? cn__onnx_image_at(r, node->inputs[i]) : NULL;
    return image && image->tensor ? image : NULL;
}

/* As ONNX has it, for nodes that ask for it later. */
cn_status cn__onnx_set_image(cn__onnx_images *r, const char *name, const cn__onnx_image *image)
{
    cn__onnx_value *value = cn__onnx_find(r->walk.source, name);
    cn__shape *shape = cn__arena_alloc(&r->walk.arena, sizeof *shape);
    if (!shape) return CN_ERROR_MEMORY;
    if (!value) return CN_OK;
    const size_t c = image->c, h = image->h, w = image->w;
    if (image->axes == 0) *shape = image->tensor->shape;
    else if (image->last) *shape = image->tensor->shape;
    else if (image->axes == 1) *shape = (cn__shape){.rank = 2, .dim = {c, w}};
    else *shape = (cn__shape){.rank = 3, .dim = {c, h, w}};
    value->shape = shape;
    r->at[value - r->walk.source->values] = *image;
    return CN_OK;
}

bool cn__onnx_is_order(const Cn__Onnx__Attribute *a, int axes, bool to_last)
{
    static const int64_t images[2][4] = {{0, 3, 1, 2}, {0, 2, 3, 1}}, series[3] = {0, 2, 1};
    return a && a->n_ints == (size_t)axes + 2 &&
           memcmp(a->ints, axes == 2 ? images[to_last] : series, a->n_ints * sizeof *a->ints) == 0;
}

/* ---- layers ----------------------------------------------------------------------------------------------- */

float *cn__onnx_next_weight(cn__onnx_images *r, int ndim, const size_t *shape)
{
    size_t size = 1;
    for (int i = 0; i < ndim; i++) size *= shape[i];
    float *values = cn__arena_array(&r->walk.arena, size + 1, sizeof *values);
    if (values) r->next.weights[r->next.count++] = cn_array_view(CN_FLOAT32, values, ndim, shape);
    return values;
}

cn_status cn__onnx_take_bias(cn__onnx_images *r, const Cn__Onnx__Node *node, size_t filters)
{
    const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, 2);
    const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
    if (!t || !cn__onnx_is_float(t) || cn__onnx_size(t) != filters)
        return cn__fail(CN_ERROR_FORMAT, "its bias must be a constant of %zu numbers", filters);
    float *values = cn__onnx_next_weight(r, 1, &filters);
    for (size_t i = 0; values && i < filters; i++) values[i] = (float)cn__onnx_element(t, i);
    return values ? CN_OK : CN_ERROR_MEMORY;
}

static const char *new_name(cn__onnx_images *r, const Cn__Onnx__Node *node)
{
    char name[64] = "";
    if (node) cn__onnx_layer_name(node, name, sizeof name);
    for (size_t i = 0; *name && i < r->layer_count; i++)
        if (r->names[i] && strcmp(r->names[i], name) == 0) *name = '\0';
    return *name ? cn__arena_strdup(&r->walk.arena, name) : NULL;
}

cn_layer *cn__onnx_make_layer(cn__onnx_images *r, const Cn__Onnx__Node *node, cn__text *text)
{
    cn_layer *layer = NULL;
    const char *name = new_name(r, node);
    if (name && text->data) cn__text_printf(text, "%sname='%s'", strchr(text->data, '=') ? ", " : "", name);
    cn__text_add(text, ")");
    if (text->failed) (void)cn__fail_memory(text->size, "a layer");
    else if (r->layer_count >= CN_ONNX_MAX_LAYERS)
        (void)cn__fail(CN_ERROR_FORMAT, "it has more than %d layers", CN_ONNX_MAX_LAYERS);
    else if ((layer = cn_layer_new(text->data))) r->names[r->layer_count++] = name;
    cn__text_free(text);
    return layer;
}

/* The weights that were made for it. */
static void note_weights(cn__onnx_images *r, const cn_layer *layer)
{
    if (r->next.count) {
        r->made[r->made_count] = r->next;
        r->made[r->made_count++].layer = layer;
    }
    r->next.count = 0;
}

void cn__onnx_look_up_shape(cn__onnx_image *image)
{
    const cn__shape *s = &image->tensor->shape;
    if (image->axes == 0) return;
    image->axes = s->rank - 1;
    image->c = cn__shape_last(s);
    image->h = s->rank == 3 ? s->dim[0] : 1;
    image->w = s->rank == 3 ? s->dim[1] : s->rank == 2 ? s->dim[0] : 1;
}

cn_status cn__onnx_call(cn__onnx_images *r, const Cn__Onnx__Node *node, cn__text *notation,
                        const cn__onnx_image *const *inputs, size_t count, cn__onnx_image *out)
{
    cn_tensor **from = cn__arena_array(&r->walk.arena, count, sizeof *from);
    cn_layer *layer = from ? cn__onnx_make_layer(r, node, notation) : NULL;
    if (!from) cn__text_free(notation);
    if (!layer) return from ? cn_error_status() : CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) from[i] = inputs[i]->tensor;
    cn_tensor *tensor = cn_call_on(layer, from, count);
    if (!tensor) return cn_error_status();
    note_weights(r, layer);
    cn__onnx_image image = *inputs[0];
    image.tensor = tensor;
    cn__onnx_look_up_shape(&image);
    *out = image;
    if (cn__shape_size(&tensor->shape) <= CN_ONNX_MAX_IMAGE) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "it makes more than %zu numbers of a sample", CN_ONNX_MAX_IMAGE);
}

cn_status cn__onnx_add_activation(cn__onnx_images *r, const Cn__Onnx__Node *node, const char *value,
                                  const cn__onnx_image *in, cn__text *notation, const char **end)
{
    char own[64], other[64];
    cn__activation act;
    const Cn__Onnx__Node *first;
    const char *behind;
    cn__onnx_source *source = r->walk.source;
    const cn__onnx_value *given = cn__onnx_find(source, value);
    *end = value;
    if (!source->ours || !given || !given->consumer_count || cn__onnx_is_output(source, value)) return CN_OK;
    source->node = given->consumers[0];
    const bool found =
        cn__onnx_match_activation(source, value, in->axes ? in->axes + 1 : 1, &act, &behind, &first);
    source->node = node;
    if (!found) return CN_OK;
    cn__onnx_layer_name(node, own, sizeof own);
    cn__onnx_layer_name(first, other, sizeof other);
    if (!*own || strcmp(own, other) != 0) return CN_OK;
    const char *text = cn__onnx_activation_text(&r->walk.arena, &act);
    if (!text) {
        cn__text_free(notation);
        return CN_ERROR_MEMORY;
    }
    cn__text_printf(notation, ", activation=%s", text);
    *end = behind;
    return CN_OK;
}
