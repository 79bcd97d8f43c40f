/* Conv and the pools from ONNX. Padding becomes "same" or "causal" where it is that, else a layer of zeros before. */
#include <string.h>

#include "formats/onnx/read/images.h"
#include "kernels/conv.h"

enum { MOST = 4096 }; /* in a stride, a dilation, a pool's window or a border */

/* The axes of a list attribute; those that it lacks are `fallback`. */
static cn_status read_list(const Cn__Onnx__Node *node, const char *name, size_t count, size_t least,
                           size_t fallback, size_t out[])
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
    for (size_t i = 0; i < count; i++) out[i] = fallback;
    if (!a || !a->n_ints) return CN_OK;
    if (a->n_ints != count)
        return cn__fail(CN_ERROR_FORMAT, "%s has %zu numbers, expected %zu", name, a->n_ints, count);
    for (size_t i = 0; i < count; i++) {
        if (a->ints[i] < (int64_t)least || a->ints[i] > MOST)
            return cn__fail(CN_ERROR_FORMAT, "%s = %lld, expected a number from %zu to %d", name,
                            (long long)a->ints[i], least, (int)MOST);
        out[i] = (size_t)a->ints[i];
    }
    return CN_OK;
}

typedef struct window {
    cn__conv g;
    const char *padding; /* the layer's word */
    bool zeros;          /* a layer of zeros before it */
} window;

static bool is_word(const Cn__Onnx__Attribute *a, const char *word)
{
    return a && a->s.len == strlen(word) && memcmp(a->s.data, word, a->s.len) == 0;
}

/* Strides, dilation and padding for an image; kh and kw are set. */
static cn_status read_window(const Cn__Onnx__Node *node, const cn__onnx_image *in, window *w)
{
    const size_t axes = (size_t)in->axes;
    size_t strides[2], dilations[2], pads[4];
    const Cn__Onnx__Attribute *word = cn__onnx_attribute(node, "auto_pad");
    cn__conv *g = &w->g;
    CN_TRY(read_list(node, "strides", axes, 1, 1, strides));
    CN_TRY(read_list(node, "dilations", axes, 1, 1, dilations));
    CN_TRY(read_list(node, "pads", 2 * axes, 0, 0, pads));
    g->h = in->h, g->w = in->w, g->c = in->c;
    g->sy = axes == 2 ? strides[0] : 1, g->sx = strides[axes - 1];
    g->dy = axes == 2 ? dilations[0] : 1, g->dx = dilations[axes - 1];
    cn__conv same = *g;
    cn__conv_same(&same);
    w->padding = "valid";
    if (is_word(word, "SAME_UPPER")) {
        w->padding = "same";
        return CN_OK;
    }
    if (word && word->s.len && !is_word(word, "NOTSET") && !is_word(word, "VALID"))
        return cn__fail(CN_ERROR_FORMAT, "auto_pad = %.*s, expected NOTSET, VALID or SAME_UPPER",
                        (int)(word->s.len < 40 ? word->s.len : 40), (const char *)word->s.data);
    g->top = axes == 2 ? pads[0] : 0, g->left = pads[axes - 1];
    g->bottom = axes == 2 ? pads[2] : 0, g->right = pads[2 * axes - 1];
    w->zeros = g->top || g->left || g->bottom || g->right;
    if (w->zeros && g->top == same.top && g->left == same.left && g->bottom == same.bottom &&
        g->right == same.right) {
        w->zeros = false;
        w->padding = "same";
    }
    return CN_OK;
}

/* A layer of zeros around the image, where one is wanted. */
static cn_status add_zeros(cn__onnx_images *r, const window *w, const cn__onnx_image *in, cn__onnx_image *out)
{
    cn__text text = {0};
    *out = *in;
    if (!w->zeros) return CN_OK;
    if (in->axes == 1) cn__text_printf(&text, "zero_padding1d(padding=(%zu, %zu)", w->g.left, w->g.right);
    else
        cn__text_printf(&text, "zero_padding2d(padding=((%zu, %zu), (%zu, %zu))", w->g.top, w->g.bottom,
                        w->g.left, w->g.right);
    return cn__onnx_call(r, NULL, &text, &in, 1, out);
}

static void add_sizes(cn__text *text, const char *name, int axes, size_t y, size_t x)
{
    if (axes == 1) cn__text_printf(text, ", %s=%zu", name, x);
    else cn__text_printf(text, ", %s=(%zu, %zu)", name, y, x);
}

/* ---- convolution ------------------------------------------------------------------------------------------ */

/* (filters, channels of a group, height, width) to (height, width, channels of a group, filters). */
static cn_status take_kernel(cn__onnx_images *r, const Cn__Onnx__Tensor *t, int axes, const cn__conv *g)
{
    const size_t depth = g->c / g->groups, pixels = g->kh * g->kw,
                 shape[4] = {axes == 2 ? g->kh : g->kw, axes == 2 ? g->kw : depth, axes == 2 ? depth : g->oc,
                             g->oc};
    float *values = cn__onnx_next_weight(r, axes + 2, shape);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t p = 0; p < pixels; p++)
        for (size_t i = 0; i < depth; i++)
            for (size_t o = 0; o < g->oc; o++)
                values[(p * depth + i) * g->oc + o] =
                    (float)cn__onnx_element(t, (o * depth + i) * pixels + p);
    return CN_OK;
}

/* The kernel's sizes, which must fit the image. */
static cn_status check_kernel(const Cn__Onnx__Node *node, const cn__onnx_image *in, const Cn__Onnx__Tensor *t,
                              cn__conv *g)
{
    const double groups = cn__onnx_number(node, "group", 1);
    if (!t || !cn__onnx_is_float(t) || t->n_dims != (size_t)in->axes + 2 || !cn__onnx_size(t))
        return cn__fail(CN_ERROR_FORMAT, "its kernel must be a constant of %d dimensions", in->axes + 2);
    g->groups = groups >= 1 && groups <= (double)in->c ? (size_t)groups : 0;
    g->oc = (size_t)t->dims[0];
    g->kh = in->axes == 2 ? (size_t)t->dims[2] : 1;
    g->kw = (size_t)t->dims[in->axes + 1];
    if (g->groups && in->c % g->groups == 0 && g->oc % g->groups == 0 &&
        (size_t)t->dims[1] == in->c / g->groups)
        return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "its kernel is for %lld channels in each of %g groups, and there are %zu",
                    (long long)t->dims[1], groups, in->c);
}

cn_status cn__onnx_read_conv(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                             cn__onnx_image *out)
{
    const cn__onnx_value *kernel = cn__onnx_input(r->walk.source, node, 1);
    const bool has_bias = node->n_inputs > 2 && *node->inputs[2];
    window w = {0};
    cn__onnx_image padded;
    CN_TRY(check_kernel(node, in, kernel && !kernel->transposed ? kernel->tensor : NULL, &w.g));
    CN_TRY(read_window(node, in, &w));
    if (in->axes == 1 && w.zeros && w.g.left == (w.g.kw - 1) * w.g.dx && !w.g.right) {
        w.zeros = false;
        w.padding = "causal";
    }
    CN_TRY(add_zeros(r, &w, in, &padded));
    CN_TRY(take_kernel(r, kernel->tensor, in->axes, &w.g));
    if (has_bias) CN_TRY(cn__onnx_take_bias(r, node, w.g.oc));
    const cn__onnx_image *from = &padded;
    cn__text text = {0};
    cn__text_printf(&text, "conv%dd(filters=%zu", in->axes, w.g.oc);
    add_sizes(&text, "kernel_size", in->axes, w.g.kh, w.g.kw);
    add_sizes(&text, "strides", in->axes, w.g.sy, w.g.sx);
    add_sizes(&text, "dilation_rate", in->axes, w.g.dy, w.g.dx);
    cn__text_printf(&text, ", groups=%zu, padding=%s, use_bias=%s", w.g.groups, w.padding,
                    has_bias ? "true" : "false");
    CN_TRY(cn__onnx_call(r, node, &text, &from, 1, out));
    out->positive = false;
    return CN_OK;
}

/* ---- pools ------------------------------------------------------------------------------------------------- */

/* Do floor and ceil differ? */
static bool is_cut(size_t n, size_t k, size_t stride) { return n < k || (n - k) % stride != 0; }

static cn_status check_pool(const Cn__Onnx__Node *node, const cn__onnx_image *in, bool average, window *w)
{
    const cn__conv *g = &w->g;
    if (g->dy != 1 || g->dx != 1)
        return cn__fail(CN_ERROR_FORMAT, "dilations of a pool are not read; expected 1");
    if (cn__onnx_number(node, "ceil_mode", 0) != 0 &&
        (is_cut(g->h + g->top + g->bottom, g->kh, g->sy) || is_cut(g->w + g->left + g->right, g->kw, g->sx)))
        return cn__fail(CN_ERROR_FORMAT,
                        "ceil_mode = 1 with windows beyond the image is not read; expected 0");
    const bool counts = average && cn__onnx_number(node, "count_include_pad", 0) != 0;
    if (counts && strcmp(w->padding, "same") == 0) {
        if (!g->top && !g->left && !g->bottom && !g->right)
            return cn__fail(CN_ERROR_FORMAT, "count_include_pad = 1 with auto_pad is not read; expected 0");
        w->padding = "valid"; /* zeros that take part in the mean */
        w->zeros = true;
    }
    if (!w->zeros || counts || (!average && in->positive)) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "its padding is neither none nor as auto_pad = SAME_UPPER has it%s",
                    average ? "" : "; else it is read behind a Relu only");
}

cn_status cn__onnx_read_pool(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                             cn__onnx_image *out)
{
    const bool average = node->op[0] == 'A';
    window w = {0};
    size_t size[2];
    cn__onnx_image padded;
    CN_TRY(read_list(node, "kernel_shape", (size_t)in->axes, 1, 0, size));
    if (!size[0]) return cn__fail(CN_ERROR_FORMAT, "kernel_shape is missing");
    w.g.kh = in->axes == 2 ? size[0] : 1, w.g.kw = size[in->axes - 1];
    CN_TRY(read_window(node, in, &w));
    CN_TRY(check_pool(node, in, average, &w));
    CN_TRY(add_zeros(r, &w, in, &padded));
    const cn__onnx_image *from = &padded;
    cn__text text = {0};
    cn__text_printf(&text, "%s_pooling%dd(padding=%s", average ? "average" : "max", in->axes, w.padding);
    add_sizes(&text, "pool_size", in->axes, w.g.kh, w.g.kw);
    add_sizes(&text, "strides", in->axes, w.g.sy, w.g.sx);
    return cn__onnx_call(r, node, &text, &from, 1, out);
}

cn_status cn__onnx_read_global_pool(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                    cn__onnx_image *out)
{
    cn__text text = {0};
    cn__text_printf(&text, "global_%s_pooling%dd(keepdims=true",
                    strcmp(node->op, "GlobalMaxPool") == 0 ? "max" : "average", in->axes);
    return cn__onnx_call(r, node, &text, &in, 1, out);
}
