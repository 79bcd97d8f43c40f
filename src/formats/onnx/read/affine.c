/* Constants in Add, Sub, Mul and Div, and the layers that have a number for each channel: PRelu and LayerNormalization. */
#include <string.h>

#include "formats/onnx/read/images.h"
#include "model/graph.h"

static size_t channels_of(const cn__onnx_image *in) { return cn__shape_last(&in->tensor->shape); }

/* The axis of ONNX's value that has the channels, and how many axes it has. */
static int channel_axis(const cn__onnx_image *in) { return in->axes && !in->last ? 1 : in->axes + 1; }

/* A constant with one number, or one for each channel: how many; 0 for anything else. Its axes are those at the end of the
 * value's. */
static size_t spread_of(const Cn__Onnx__Tensor *t, const cn__onnx_image *in)
{
    const int rank = in->axes + 2, missing = rank - (int)(t ? t->n_dims : 0);
    if (!t || !cn__onnx_is_float(t) || missing < 0) return 0;
    const size_t size = cn__onnx_size(t);
    if (size == 1) return 1;
    const int axis = channel_axis(in) - missing;
    return size == channels_of(in) && axis >= 0 && (size_t)t->dims[axis] == size ? size : 0;
}

/* x · scale + shift by channel. A vector that ONNX has in another order: see chw. */
typedef struct affine {
    float *scale, *shift;
    size_t count; /* 1: one number for all */
} affine;

static void apply(affine *a, char op, bool constant_first, size_t i, float c)
{
    if (op == 'A') a->shift[i] += c;
    else if (op == 'M') a->scale[i] *= c, a->shift[i] *= c;
    else if (op == 'D') a->scale[i] /= c, a->shift[i] /= c;
    else if (constant_first) a->scale[i] = -a->scale[i], a->shift[i] = c - a->shift[i];
    else a->shift[i] -= c;
}

static size_t here(const cn__onnx_image *in, size_t i)
{
    const size_t pixels = in->h * in->w;
    return in->chw ? i % pixels * in->c + i / pixels : i;
}

static cn_status read_constant(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                               bool constant_first, affine *out)
{
    const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, constant_first ? 0 : 1);
    const Cn__Onnx__Tensor *t = value && !value->transposed ? value->tensor : NULL;
    out->count = spread_of(t, in);
    if (!out->count)
        return cn__fail(CN_ERROR_FORMAT, "its constant must be one number, or one for each of %zu channels",
                        channels_of(in));
    if (constant_first && node->op[0] == 'D')
        return cn__fail(CN_ERROR_FORMAT, "a constant divided by what was computed is not read");
    out->scale = cn__arena_array(&r->walk.arena, out->count, sizeof(float));
    out->shift = cn__arena_array(&r->walk.arena, out->count, sizeof(float));
    if (!out->scale || !out->shift) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < out->count; i++) {
        const size_t at = out->count > 1 ? here(in, i) : 0;
        out->scale[at] = 1;
        apply(out, node->op[0], constant_first, at, (float)cn__onnx_element(t, i));
    }
    return CN_OK;
}

/* A BatchNormalization that is not trained, with mean 0 and variance 1, is x · scale + shift. */
static cn_status take_affine(cn__onnx_images *r, const affine *a)
{
    const float *const from[] = {a->scale, a->shift};
    for (int k = 0; k < 4; k++) {
        float *values = cn__onnx_next_weight(r, 1, &a->count);
        if (!values) return CN_ERROR_MEMORY;
        for (size_t i = 0; i < a->count; i++) values[i] = k < 2 ? from[k][i] : k == 3 ? 1 : 0;
    }
    return CN_OK;
}

cn_status cn__onnx_read_constant(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                 cn__onnx_image *out)
{
    affine a = {0};
    cn__text text = {0};
    const bool constant_first = cn__onnx_image_of(r, node, 0) == NULL;
    if (node->n_inputs != 2 || !strchr("AMDS", node->op[0]))
        return cn__fail(CN_ERROR_FORMAT, "a constant in it is not read");
    CN_TRY(read_constant(r, node, in, constant_first, &a));
    if (a.count == 1) {
        cn__text_printf(&text, "rescaling(scale=%.9g, offset=%.9g", (double)a.scale[0], (double)a.shift[0]);
    } else {
        CN_TRY(take_affine(r, &a));
        cn__text_add(&text, "batch_normalization(epsilon=0, trainable=false");
    }
    CN_TRY(cn__onnx_call(r, node, &text, &in, 1, out));
    out->positive = false;
    return CN_OK;
}

/* ---- PRelu ------------------------------------------------------------------------------------------------- */

/* One slope for each channel; those of all places share it. */
cn_status cn__onnx_read_slopes(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                               cn__onnx_image *out)
{
    const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, 1);
    const Cn__Onnx__Tensor *t = value && !value->transposed ? value->tensor : NULL;
    const size_t count = spread_of(t, in), channels = channels_of(in);
    size_t shape[CN_MAX_RANK] = {1, 1, 1, 1, 1, 1};
    if (!count || in->chw)
        return cn__fail(CN_ERROR_FORMAT, "its slopes must be one, or one for each of %zu channels", channels);
    const int rank = in->axes + 1;
    shape[rank - 1] = channels;
    float *values = cn__onnx_next_weight(r, rank, shape);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < channels; i++) values[i] = (float)cn__onnx_element(t, count == 1 ? 0 : i);
    cn__text text = {0};
    cn__text_add(&text, "prelu(shared_axes=[");
    for (int i = 1; i < rank; i++) cn__text_printf(&text, i > 1 ? ", %d" : "%d", i);
    cn__text_add(&text, "]");
    return cn__onnx_call(r, node, &text, &in, 1, out);
}

/* ---- LayerNormalization --------------------------------------------------------------------------------------- */

cn_status cn__onnx_image_layernorm(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                   cn__onnx_image *out)
{
    const size_t n = channels_of(in);
    const double axis = cn__onnx_number(node, "axis", -1);
    if ((in->axes && !in->last) || in->chw || (axis != -1 && axis != in->axes + 1) || node->n_outputs > 1)
        return cn__fail(CN_ERROR_FORMAT, "it must be over the last axis, which has the channels");
    bool has[2];
    for (size_t i = 0; i < 2; i++) {
        const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, i + 1);
        const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
        has[i] = node->n_inputs > i + 1 && *node->inputs[i + 1];
        if (!has[i]) continue;
        if (!t || !cn__onnx_is_float(t) || cn__onnx_size(t) != n)
            return cn__fail(CN_ERROR_FORMAT, "input %zu must be a constant of %zu numbers", i + 2, n);
        float *values = cn__onnx_next_weight(r, 1, &n);
        if (!values) return CN_ERROR_MEMORY;
        for (size_t k = 0; k < n; k++) values[k] = (float)cn__onnx_element(t, k);
    }
    cn__text text = {0};
    cn__text_printf(&text, "layer_normalization(epsilon=%.9g, scale=%s, center=%s",
                    cn__onnx_number(node, "epsilon", 1e-5), has[0] ? "true" : "false",
                    has[1] ? "true" : "false");
    CN_TRY(cn__onnx_call(r, node, &text, &in, 1, out));
    out->positive = false;
    return CN_OK;
}
