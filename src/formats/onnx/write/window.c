/* Writes convolution, pooling, borders and resizing as ONNX nodes, which want channels first. A series is an image of one
 * row in the library, and has one axis less in ONNX. */
#include <math.h>

#include "formats/onnx/write/write.h"
#include "nn/images/resize.h"

/* The axes beside samples and channels. */
static int axes_of(const cn__op *op) { return op->in_shape[0].rank - 1; }

/* Two numbers for images, the second for series. */
static void pair(cn__onnx_graph *g, Cn__Onnx__Node *node, const char *name, int axes, size_t y, size_t x)
{
    const int64_t both[2] = {(int64_t)y, (int64_t)x};
    cn__onnx_attribute_ints(g, node, name, (size_t)axes, both + (2 - axes));
}

/* top, left, bottom, right; of series left and right. */
static void pads(cn__onnx_graph *g, Cn__Onnx__Node *node, int axes, const cn__conv *c)
{
    const int64_t images[4] = {(int64_t)c->top, (int64_t)c->left, (int64_t)c->bottom, (int64_t)c->right},
                  series[2] = {images[1], images[3]};
    cn__onnx_attribute_ints(g, node, "pads", 2 * (size_t)axes, axes == 2 ? images : series);
}

/* ---- convolution -------------------------------------------------------------------------------------- */

/* The kernel (height · width, channels of a group, filters) as (filters, channels of a group, height, width); of a transposed
 * one filters are the channels that go in, so that it holds for both. */
static const char *write_kernel(cn__onnx_graph *g, const cn__variable *v, const cn__conv *c, int axes)
{
    const size_t pixels = c->kh * c->kw, depth = c->c / c->groups, count = cn__variable_size(v);
    const int64_t dims[4] = {(int64_t)c->oc, (int64_t)depth, (int64_t)(axes == 2 ? c->kh : c->kw),
                             (int64_t)c->kw};
    float *values = g->failed ? NULL : cn__arena_array(&g->arena, count, sizeof *values),
          *transposed = g->failed ? NULL : cn__arena_array(&g->arena, count, sizeof *transposed);
    if (!values || !transposed) {
        g->failed = true;
        return "";
    }
    cn__variable_gather(v, v->value, values);
    for (size_t p = 0; p < pixels; p++)
        for (size_t i = 0; i < depth; i++)
            for (size_t o = 0; o < c->oc; o++)
                transposed[(o * depth + i) * pixels + p] = values[(p * depth + i) * c->oc + o];
    return cn__onnx_initializer(g, v->name, CN_ONNX_FLOAT32, (size_t)axes + 2, dims, transposed);
}

/* What a transposed convolution has behind the last window: where strides are wider than the window. */
static size_t left_over(size_t large, size_t small, size_t stride, size_t reach, size_t padding)
{
    return large + padding - (small - 1) * stride - reach;
}

cn_status cn__onnx_write_convolution(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__conv_args *a = op->args;
    const cn__conv *c = &a->geometry;
    const int axes = axes_of(op);
    const char *kernel = write_kernel(g, op->variable[0], c, axes),
               *bias = op->variable[1] ? cn__onnx_variable(g, op->variable[1]) : NULL,
               *x = cn__onnx_to_first(g, in[0], axes);
    Cn__Onnx__Node *node = cn__onnx_node(g, a->transposed ? "ConvTranspose" : "Conv",
                                         (const char *const[]){x, kernel, bias, NULL});
    pair(g, node, "kernel_shape", axes, c->kh, c->kw);
    pair(g, node, "strides", axes, c->sy, c->sx);
    pair(g, node, "dilations", axes, c->dy, c->dx);
    pads(g, node, axes, c);
    cn__onnx_attribute_int(g, node, "group", (int64_t)c->groups);
    if (a->transposed)
        pair(g, node, "output_padding", axes,
             left_over(c->h, c->oh, c->sy, (c->kh - 1) * c->dy + 1, c->top + c->bottom),
             left_over(c->w, c->ow, c->sx, (c->kw - 1) * c->dx + 1, c->left + c->right));
    cn__onnx_to_last(g, axes);
    return CN_OK;
}

/* ---- pooling ------------------------------------------------------------------------------------------- */

static void write_global(cn__onnx_graph *g, const cn__op *op, bool average, const char *x)
{
    cn__onnx_node(g, average ? "GlobalAveragePool" : "GlobalMaxPool", (const char *const[]){x, NULL});
    if (op->shape.rank == 1) cn__onnx_node(g, "Flatten", (const char *const[]){g->value, NULL});
    else cn__onnx_to_last(g, axes_of(op));
}

/* An average is over what lies inside the image, as Keras has it. */
cn_status cn__onnx_write_pool(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__pool_args *a = op->args;
    const cn__conv *c = &a->geometry;
    const int axes = axes_of(op);
    const char *x = cn__onnx_to_first(g, in[0], axes);
    if (a->global) {
        write_global(g, op, a->average, x);
        return CN_OK;
    }
    Cn__Onnx__Node *node =
        cn__onnx_node(g, a->average ? "AveragePool" : "MaxPool", (const char *const[]){x, NULL});
    pair(g, node, "kernel_shape", axes, c->kh, c->kw);
    pair(g, node, "strides", axes, c->sy, c->sx);
    pads(g, node, axes, c);
    if (a->average) cn__onnx_attribute_int(g, node, "count_include_pad", 0);
    cn__onnx_to_last(g, axes);
    return CN_OK;
}

/* ---- borders and resizing -------------------------------------------------------------------------------- */

/* An initialiser of whole numbers. */
static const char *list(cn__onnx_graph *g, const char *name, size_t count, const int64_t *numbers)
{
    int64_t *kept = g->failed ? NULL : cn__arena_array(&g->arena, count, sizeof *kept);
    if (!kept) {
        g->failed = true;
        return "";
    }
    for (size_t i = 0; i < count; i++) kept[i] = numbers[i];
    return cn__onnx_initializer(g, name, CN_ONNX_INT64, 1, (int64_t[]){(int64_t)count}, kept);
}

static void write_padding(cn__onnx_graph *g, const cn__border *b, int axes, const char *x)
{
    const int64_t top = (int64_t)b->top, left = (int64_t)b->left, bottom = (int64_t)b->bottom,
                  right = (int64_t)b->right, images[8] = {0, 0, top, left, 0, 0, bottom, right},
                  series[6] = {0, 0, left, 0, 0, right};
    const char *amounts = list(g, "pads", 2 * (size_t)axes + 4, axes == 2 ? images : series);
    cn__onnx_node(g, "Pad", (const char *const[]){x, amounts, NULL});
}

static void write_cropping(cn__onnx_graph *g, const cn__border *b, int axes, const char *x)
{
    const int64_t from[2] = {(int64_t)b->top, (int64_t)b->left},
                  to[2] = {(int64_t)(b->top + b->h), (int64_t)(b->left + b->w)}, which[2] = {2, 3};
    const size_t skip = 2 - (size_t)axes, count = (size_t)axes;
    const char *starts = list(g, "starts", count, from + skip), *ends = list(g, "ends", count, to + skip),
               *numbers = list(g, "axes", count, which);
    cn__onnx_node(g, "Slice", (const char *const[]){x, starts, ends, numbers, NULL});
}

cn_status cn__onnx_write_border(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__border_args *a = op->args;
    const int axes = axes_of(op);
    if (a->border.value < 0 || a->border.value > 0)
        return cn__fail(CN_ERROR_ARGUMENT, "fill_value = %g is not exported to ONNX; expected 0",
                        (double)a->border.value);
    const char *x = cn__onnx_to_first(g, in[0], axes);
    (a->crops ? write_cropping : write_padding)(g, &a->border, axes, x);
    cn__onnx_to_last(g, axes);
    return CN_OK;
}

/* Such that size · factor is no less than `to`, also where that is computed in double precision. */
static float factor_of(size_t size, size_t to)
{
    float factor = (float)to / (float)size;
    while ((double)size * (double)factor < (double)to) factor = nextafterf(factor, INFINITY);
    return factor;
}

static bool is_whole(const cn__resize *r) { return r->oh % r->h == 0 && r->ow % r->w == 0; }

/* A node that resizes to op's size; its input and output are channels first in between. */
static Cn__Onnx__Node *resize_node(cn__onnx_graph *g, const cn__op *op, const char *in)
{
    const int axes = axes_of(op);
    float *scales = g->failed ? NULL : cn__arena_array(&g->arena, 4, sizeof *scales);
    if (!scales) {
        g->failed = true;
        return NULL;
    }
    scales[0] = scales[1] = 1;
    for (int i = 0; i < axes; i++) scales[i + 2] = factor_of(op->in_shape[0].dim[i], op->shape.dim[i]);
    const char *factors =
                   cn__onnx_initializer(g, "scales", CN_ONNX_FLOAT32, 1, (int64_t[]){axes + 2}, scales),
               *x = cn__onnx_to_first(g, in, axes);
    return cn__onnx_node(g, "Resize", (const char *const[]){x, "", factors, NULL});
}

/* The nearest pixel of output o is o / factor by whole factors, else that whose centre is nearest. */
cn_status cn__onnx_write_resize(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__resize *r = op->args;
    Cn__Onnx__Node *node = resize_node(g, op, in[0]);
    cn__onnx_attribute_text(g, node, "mode", r->bilinear ? "linear" : "nearest");
    cn__onnx_attribute_text(g, node, "coordinate_transformation_mode",
                            r->bilinear || !is_whole(r) ? "half_pixel" : "asymmetric");
    if (!r->bilinear)
        cn__onnx_attribute_text(g, node, "nearest_mode", is_whole(r) ? "floor" : "round_prefer_ceil");
    cn__onnx_to_last(g, axes_of(op));
    return CN_OK;
}

/* Along one axis of an image. ONNX has no Lanczos windows. */
cn_status cn__onnx_write_resample(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__resample_args *a = op->args;
    if (a->how != CN_INTERPOLATION_BICUBIC)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "interpolation = %s is not exported to ONNX; expected bilinear, nearest, or bicubic",
                        cn__resizing_words[a->how]);
    Cn__Onnx__Node *node = resize_node(g, op, in[0]);
    cn__onnx_attribute_text(g, node, "mode", "cubic");
    cn__onnx_attribute_text(g, node, "coordinate_transformation_mode", "half_pixel");
    cn__onnx_attribute_float(g, node, "cubic_coeff_a", -0.5f);
    cn__onnx_attribute_int(g, node, "exclude_outside", 1);
    cn__onnx_to_last(g, axes_of(op));
    return CN_OK;
}
