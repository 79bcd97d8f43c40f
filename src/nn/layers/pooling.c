/* MaxPooling, AveragePooling, GlobalMaxPooling and GlobalAveragePooling, over images and series. Padding takes no part: an
 * average is over what lies inside. Of equal maxima the first one has the gradient. */
#include <stddef.h>

#include "nn/ops.h"
#include "nn/window.h"

/* ---- the operation ---- */

/* Samples at a time, so that what is fused finds them in the cache. */
static size_t samples_at_once(size_t size)
{
    enum { ELEMENTS = 1 << 13 };
    return ELEMENTS / size + 1;
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__pool_args *a = n->op->args;
    const size_t in = n->in[0].from->size;
    const cn__range r = cn__run_samples(run);
    for (size_t i = r.first, count; i < r.last; i += count) {
        count = samples_at_once(n->size) < r.last - i ? samples_at_once(n->size) : r.last - i;
        (a->average ? run->k->average_pool : run->k->max_pool)(&a->geometry, cn__node_input(n, 0) + i * in,
                                                               n->z + i * n->size, count);
        cn__fused_forward(run, n, i * n->size, count * n->size);
    }
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__pool_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const size_t in = edge->from->size;
    const cn__range r = cn__run_samples(run);
    for (size_t i = r.first, count; i < r.last; i += count) {
        const real *d = n->d + i * n->size;
        real *dx = edge->grad + i * in;
        count = samples_at_once(in) < r.last - i ? samples_at_once(in) : r.last - i;
        if (a->average) run->k->average_pool_back(&a->geometry, d, dx, count);
        else run->k->max_pool_back(&a->geometry, cn__node_input(n, 0) + i * in, d, dx, count);
        cn__edge_done(run, edge, i * in, count * in);
    }
}

static unsigned saves(const cn__op *op)
{
    return ((const cn__pool_args *)op->args)->average ? CN_SAVES_NOTHING : CN_SAVES_INPUTS;
}

static const char *describe(const cn__op *op)
{
    const cn__pool_args *a = op->args;
    if (a->global) return a->average ? "global average pooling" : "global max pooling";
    return a->average ? "average pooling" : "max pooling";
}

const cn__op_kind cn__op_pool = {
    .name = "pool",
    .saves = saves,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .describe = describe,
};

/* ---- the layers ---- */

typedef struct pooling {
    cn__window window;
    bool keepdims; /* of the global ones */
} pooling;

#define FIELD(name_, field, kind_, fallback_)                                                                \
    {                                                                                                        \
        .name = name_, .type = kind_, .offset = offsetof(pooling, field), .fallback = fallback_              \
    }
static const cn__param series_params[] = {FIELD("pool_size", window.size, CN_PARAM_INTS, "2"),
                                          FIELD("strides", window.strides, CN_PARAM_INTS, "none"),
                                          FIELD("padding", window.padding_word, CN_PARAM_WORD, "valid"),
                                          FIELD("data_format", window.data_format, CN_PARAM_VALUE, "none")};
static const cn__param global_params[] = {FIELD("data_format", window.data_format, CN_PARAM_VALUE, "none"),
                                          FIELD("keepdims", keepdims, CN_PARAM_BOOL, "false")};

static cn_status prepare_series(cn__arena *arena, cn__layer *layer)
{
    pooling *p = layer->config;
    p->window.axes = 1;
    return cn__window_prepare(arena, layer, &p->window, "pool_size", true, false);
}

static cn_status prepare_images(cn__arena *arena, cn__layer *layer)
{
    pooling *p = layer->config;
    p->window.axes = 2;
    return cn__window_prepare(arena, layer, &p->window, "pool_size", true, false);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const pooling *p = layer->config;
    cn__conv g;
    CN_TRY(cn__window_geometry(&p->window, in, &g));
    *out = cn__window_output(&p->window, &g, g.c);
    return CN_OK;
}

static cn_status lower_as(bool average, cn__lowering *l, cn__layer *layer, const cn__ref *in, cn__ref *out)
{
    const pooling *p = layer->config;
    cn__pool_args args = {.average = average};
    CN_TRY(cn__window_geometry(&p->window, &in->shape, &args.geometry));
    args.geometry.oc = args.geometry.c;
    out->op = cn__lower_op(l, &cn__op_pool, in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

/* The window is the whole image; a series is an image of one row. */
static cn_status prepare_global(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__read_data_format(layer, ((const pooling *)layer->config)->window.data_format);
}

static cn_status infer_global(const cn__layer *layer, int axes, const cn__shape *in, cn__shape *out)
{
    const pooling *p = layer->config;
    char text[120];
    if (in->rank != axes + 1)
        return cn__fail(CN_ERROR_SHAPE, "it needs %s, got samples of shape %s",
                        axes == 2 ? "images (height, width, channels)" : "series (steps, channels)",
                        cn__shape_text(in, text, sizeof text));
    *out = (cn__shape){.rank = 1, .dim = {cn__shape_last(in)}};
    if (!p->keepdims) return CN_OK;
    *out = (cn__shape){.rank = axes + 1, .dim = {1, 1, 1}};
    out->dim[axes] = cn__shape_last(in);
    return CN_OK;
}

static cn_status infer_global_series(const cn__layer *layer, const cn__shape *in, size_t inputs,
                                     cn__shape *out)
{
    (void)inputs;
    return infer_global(layer, 1, in, out);
}

static cn_status infer_global_images(const cn__layer *layer, const cn__shape *in, size_t inputs,
                                     cn__shape *out)
{
    (void)inputs;
    return infer_global(layer, 2, in, out);
}

static cn_status lower_global(bool average, cn__lowering *l, cn__layer *layer, const cn__ref *in,
                              cn__ref *out)
{
    (void)layer;
    const cn__shape *s = &in->shape;
    const size_t h = s->rank == 3 ? s->dim[0] : 1, w = s->rank == 3 ? s->dim[1] : s->dim[0];
    cn__pool_args args = {.average = average, .global = true};
    args.geometry = (cn__conv){.h = h,
                               .w = w,
                               .c = cn__shape_last(s),
                               .kh = h,
                               .kw = w,
                               .oc = cn__shape_last(s),
                               .sy = 1,
                               .sx = 1,
                               .dy = 1,
                               .dx = 1,
                               .groups = 1,
                               .oh = 1,
                               .ow = 1};
    out->op = cn__lower_op(l, &cn__op_pool, in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

#define POOLING(symbol, name, average, table, prepare_, infer_, lower_)                                      \
    static cn_status lower_##symbol(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,     \
                                    cn__ref *out)                                                            \
    {                                                                                                        \
        (void)inputs;                                                                                        \
        return lower_(average, l, layer, in, out);                                                           \
    }                                                                                                        \
    const cn__layer_kind cn__layer_##symbol = {.class_name = name,                                           \
                                               CN_LAYER_PARAMS(table, pooling),                              \
                                               .prepare = prepare_,                                          \
                                               .infer = infer_,                                              \
                                               .lower = lower_##symbol}

POOLING(max_pooling1d, "MaxPooling1D", false, series_params, prepare_series, infer, lower_as);
POOLING(max_pooling2d, "MaxPooling2D", false, series_params, prepare_images, infer, lower_as);
POOLING(average_pooling1d, "AveragePooling1D", true, series_params, prepare_series, infer, lower_as);
POOLING(average_pooling2d, "AveragePooling2D", true, series_params, prepare_images, infer, lower_as);
POOLING(global_max_pooling1d, "GlobalMaxPooling1D", false, global_params, prepare_global, infer_global_series,
        lower_global);
POOLING(global_max_pooling2d, "GlobalMaxPooling2D", false, global_params, prepare_global, infer_global_images,
        lower_global);
POOLING(global_average_pooling1d, "GlobalAveragePooling1D", true, global_params, prepare_global,
        infer_global_series, lower_global);
POOLING(global_average_pooling2d, "GlobalAveragePooling2D", true, global_params, prepare_global,
        infer_global_images, lower_global);
