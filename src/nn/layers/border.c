/* ZeroPadding and Cropping of images and series, and UpSampling of both. */
#include <stddef.h>
#include <string.h>

#include "kernels/image.h"
#include "nn/images/resize.h"
#include "nn/ops.h"
#include "nn/window.h"

/* ---- the operation ---- */

static void border_forward(const cn__run *run, cn__node *n)
{
    const cn__border_args *a = n->op->args;
    const size_t in = n->in[0].from->size;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    (a->crops ? cn__image_crop : cn__image_pad)(&a->border, cn__node_input(n, 0) + r.first * in,
                                                n->z + r.first * n->size, r.last - r.first);
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void border_backward(const cn__run *run, cn__node *n)
{
    const cn__border_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const size_t in = edge->from->size;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    (a->crops ? cn__image_pad : cn__image_crop)(&a->border, n->d + r.first * n->size,
                                                edge->grad + r.first * in, r.last - r.first);
    cn__edge_done(run, edge, r.first * in, (r.last - r.first) * in);
}

static const char *border_describe(const cn__op *op)
{
    return ((const cn__border_args *)op->args)->crops ? "cropping" : "zero padding";
}

const cn__op_kind cn__op_border = {.name = "border",
                                   .forward = border_forward,
                                   .backward = border_backward,
                                   .own_samples = true,
                                   .describe = border_describe};

/* ---- the layers ---- */

typedef struct border {
    const cn__value *amount, *data_format; /* padding or cropping */
    size_t top, bottom, left, right;
} border;

static const cn__param padding1_params[] = {
    {.name = "padding", .type = CN_PARAM_VALUE, .offset = offsetof(border, amount), .fallback = "1"},
    {.name = "data_format",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(border, data_format),
     .fallback = "none"}};
static const cn__param padding2_params[] = {
    {.name = "padding", .type = CN_PARAM_VALUE, .offset = offsetof(border, amount), .fallback = "1"},
    {.name = "data_format",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(border, data_format),
     .fallback = "none"}};
static const cn__param cropping1_params[] = {
    {.name = "cropping", .type = CN_PARAM_VALUE, .offset = offsetof(border, amount), .fallback = "1"}};
static const cn__param cropping2_params[] = {
    {.name = "cropping", .type = CN_PARAM_VALUE, .offset = offsetof(border, amount), .fallback = "0"},
    {.name = "data_format",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(border, data_format),
     .fallback = "none"}};

/* A whole number for both sides, or a pair of them. */
static bool read_pair(const cn__value *v, size_t *before, size_t *after)
{
    if (v->kind == CN_VALUE_INT && v->integer >= 0) {
        *before = *after = (size_t)v->integer;
        return true;
    }
    if (v->kind != CN_VALUE_LIST || v->count != 2 || v->items[0].kind != CN_VALUE_INT ||
        v->items[1].kind != CN_VALUE_INT || v->items[0].integer < 0 || v->items[1].integer < 0)
        return false;
    *before = (size_t)v->items[0].integer, *after = (size_t)v->items[1].integer;
    return true;
}

static cn_status prepare_series(cn__arena *arena, cn__layer *layer)
{
    border *b = layer->config;
    CN_TRY(cn__read_data_format(layer, b->data_format));
    if (read_pair(b->amount, &b->left, &b->right)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s = %s, expected a whole number or a pair of them",
                    layer->kind->params[0].name, cn__value_text(arena, b->amount));
}

/* A number for all four sides, a pair for height and width, or a pair of pairs. */
static cn_status prepare_images(cn__arena *arena, cn__layer *layer)
{
    border *b = layer->config;
    const cn__value *v = b->amount;
    CN_TRY(cn__read_data_format(layer, b->data_format));
    if (v->kind == CN_VALUE_INT && read_pair(v, &b->top, &b->bottom) && read_pair(v, &b->left, &b->right))
        return CN_OK;
    if (v->kind == CN_VALUE_LIST && v->count == 2 && read_pair(&v->items[0], &b->top, &b->bottom) &&
        read_pair(&v->items[1], &b->left, &b->right))
        return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s = %s, expected a whole number, a pair, or a pair of pairs",
                    layer->kind->params[0].name, cn__value_text(arena, v));
}

static cn_status infer(const cn__layer *layer, int axes, bool crops, const cn__shape *in, cn__shape *out)
{
    const border *b = layer->config;
    char text[120];
    const size_t vertical = b->top + b->bottom, horizontal = b->left + b->right;
    if (in->rank != axes + 1)
        return cn__fail(CN_ERROR_SHAPE, "it needs %s, got samples of shape %s",
                        axes == 2 ? "images (height, width, channels)" : "series (steps, channels)",
                        cn__shape_text(in, text, sizeof text));
    if (crops && ((axes == 2 && vertical >= in->dim[0]) || horizontal >= in->dim[axes - 1]))
        return cn__fail(CN_ERROR_SHAPE, "nothing is left of samples of shape %s",
                        cn__shape_text(in, text, sizeof text));
    if (axes == 2) out->dim[0] = crops ? in->dim[0] - vertical : in->dim[0] + vertical;
    out->dim[axes - 1] = crops ? in->dim[axes - 1] - horizontal : in->dim[axes - 1] + horizontal;
    return CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, bool crops, const cn__ref *in, cn__ref *out)
{
    const border *b = layer->config;
    const cn__shape *small = crops ? &out->shape : &in->shape;
    const int axes = small->rank - 1;
    const cn__border_args args = {.border = {.h = axes == 2 ? small->dim[0] : 1,
                                             .w = small->dim[axes - 1],
                                             .c = small->dim[axes],
                                             .top = b->top,
                                             .left = b->left,
                                             .bottom = b->bottom,
                                             .right = b->right},
                                  .crops = crops};
    out->op = cn__lower_op(l, &cn__op_border, in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

#define BORDER(symbol, name, axes, crops, table, prepare_)                                                   \
    static cn_status infer_##symbol(const cn__layer *layer, const cn__shape *in, size_t inputs,              \
                                    cn__shape *out)                                                          \
    {                                                                                                        \
        (void)inputs;                                                                                        \
        return infer(layer, axes, crops, in, out);                                                           \
    }                                                                                                        \
    static cn_status lower_##symbol(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,     \
                                    cn__ref *out)                                                            \
    {                                                                                                        \
        (void)inputs;                                                                                        \
        return lower(l, layer, crops, in, out);                                                              \
    }                                                                                                        \
    const cn__layer_kind cn__layer_##symbol = {.class_name = name,                                           \
                                               CN_LAYER_PARAMS(table, border),                               \
                                               .prepare = prepare_,                                          \
                                               .infer = infer_##symbol,                                      \
                                               .lower = lower_##symbol}

BORDER(zero_padding1d, "ZeroPadding1D", 1, false, padding1_params, prepare_series);
BORDER(zero_padding2d, "ZeroPadding2D", 2, false, padding2_params, prepare_images);
BORDER(cropping1d, "Cropping1D", 1, true, cropping1_params, prepare_series);
BORDER(cropping2d, "Cropping2D", 2, true, cropping2_params, prepare_images);

typedef struct up_sampling {
    cn__ints size;
    const cn__value *data_format;
    const char *interpolation;
    int axes;
} up_sampling;

static const cn__param series_params[] = {CN_PARAM_FIELD(up_sampling, size, CN_PARAM_INTS, "2")};
static const cn__param images_params[] = {
    CN_PARAM_FIELD(up_sampling, size, CN_PARAM_INTS, "2"),
    CN_PARAM_FIELD(up_sampling, data_format, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(up_sampling, interpolation, CN_PARAM_WORD, "nearest", .words = cn__resizing_words)};

static cn_status prepare_up_series(cn__arena *arena, cn__layer *layer)
{
    up_sampling *u = layer->config;
    u->axes = 1, u->interpolation = "nearest";
    return cn__expand_ints(arena, "size", &u->size, 1, 1);
}

static cn_status prepare_up_images(cn__arena *arena, cn__layer *layer)
{
    up_sampling *u = layer->config;
    u->axes = 2;
    CN_TRY(cn__read_data_format(layer, u->data_format));
    return cn__expand_ints(arena, "size", &u->size, 2, 1);
}

static cn_status infer_up(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const up_sampling *u = layer->config;
    char text[120];
    if (in->rank != u->axes + 1)
        return cn__fail(CN_ERROR_SHAPE, "it needs %s, got samples of shape %s",
                        u->axes == 2 ? "images (height, width, channels)" : "series (steps, channels)",
                        cn__shape_text(in, text, sizeof text));
    for (int i = 0; i < u->axes; i++) out->dim[i] *= (size_t)u->size.items[i];
    return CN_OK;
}

static cn_status lower_up(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const up_sampling *u = layer->config;
    if (u->axes == 2) {
        const size_t height = out->shape.dim[0], width = out->shape.dim[1];
        *out = *in;
        return cn__lower_resize(l, cn__find_interpolation(u->interpolation), height, width, out);
    }
    const cn__resize args = {/* a series is an image of one row */
                             .h = 1,
                             .w = in->shape.dim[0],
                             .c = in->shape.dim[1],
                             .oh = 1,
                             .ow = out->shape.dim[0]};
    out->op = cn__lower_op(l, &cn__op_resize, in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_up_sampling1d = {.class_name = "UpSampling1D",
                                                CN_LAYER_PARAMS(series_params, up_sampling),
                                                .single = {"size"},
                                                .prepare = prepare_up_series,
                                                .infer = infer_up,
                                                .lower = lower_up};
const cn__layer_kind cn__layer_up_sampling2d = {.class_name = "UpSampling2D",
                                                CN_LAYER_PARAMS(images_params, up_sampling),
                                                .prepare = prepare_up_images,
                                                .infer = infer_up,
                                                .lower = lower_up};
