/* Conv1D, Conv2D, DepthwiseConv1D and 2D, SeparableConv1D and 2D, Conv1DTranspose and 2D: kernels (kh, kw, channels of a group,
 * filters), depthwise ones (kh, kw, channels, multiplier), transposed ones (kh, kw, filters, channels). The operation stands in
 * convolution_operation.c. */
#include <stddef.h>

#include "nn/ops.h"
#include "nn/window.h"

typedef struct kernel_config { /* of one kernel */
    const cn__value *initializer, *regularizer, *constraint;
    cn__initializer start;
    cn__regularizer penalty;
    cn__constraint bound;
} kernel_config;

typedef struct convolution {
    int64_t filters, groups, depth_multiplier;
    cn__window window;
    bool use_bias;
    const cn__value *activation, *activity_regularizer, *lora_rank;
    cn__ints output_padding; /* of transposed ones; none, or `axes` numbers */
    cn__activation act;
    cn__regularizer activity_penalty;
    kernel_config kernel, depthwise, bias;
} convolution;

#define FIELD(name_, field, kind_, fallback_, ...)                                                           \
    {                                                                                                        \
        .name = name_, .type = kind_, .offset = offsetof(convolution, field), .fallback = fallback_,         \
        __VA_ARGS__                                                                                          \
    }
#define FILTERS                                                                                              \
    FIELD("filters", filters, CN_PARAM_INT, NULL, .low = 1, .high = 1e9, .expected = "a whole number from 1")
#define KERNEL_SIZE FIELD("kernel_size", window.size, CN_PARAM_INTS, NULL)
#define STRIDES FIELD("strides", window.strides, CN_PARAM_INTS, "1")
#define PADDING FIELD("padding", window.padding_word, CN_PARAM_WORD, "valid")
#define FORMAT FIELD("data_format", window.data_format, CN_PARAM_VALUE, "none")
#define DILATION FIELD("dilation_rate", window.dilation_rate, CN_PARAM_INTS, "1")
#define GROUPS                                                                                               \
    FIELD("groups", groups, CN_PARAM_INT, "1", .low = 1, .high = 1e9, .expected = "a whole number from 1")
#define MULTIPLIER                                                                                           \
    FIELD("depth_multiplier", depth_multiplier, CN_PARAM_INT, "1", .low = 1, .high = 1e6,                    \
          .expected = "a whole number from 1")
#define ACTIVATION_AND_BIAS                                                                                  \
    FIELD("activation", activation, CN_PARAM_VALUE, "none"),                                                 \
        FIELD("use_bias", use_bias, CN_PARAM_BOOL, "true")
#define START(name_, field, fallback_)                                                                       \
    FIELD(name_ "_initializer", field.initializer, CN_PARAM_VALUE, fallback_)
#define PENALTY(name_, field) FIELD(name_ "_regularizer", field.regularizer, CN_PARAM_VALUE, "none")
#define BOUND(name_, field) FIELD(name_ "_constraint", field.constraint, CN_PARAM_VALUE, "none")
#define ACTIVITY FIELD("activity_regularizer", activity_regularizer, CN_PARAM_VALUE, "none")
#define OF_ONE_KERNEL(name_, field)                                                                          \
    START(name_, field, "glorot_uniform"), START("bias", bias, "zeros"), PENALTY(name_, field),              \
        PENALTY("bias", bias), ACTIVITY, BOUND(name_, field), BOUND("bias", bias)

static const cn__param plain_params[] = {FILTERS,
                                         KERNEL_SIZE,
                                         STRIDES,
                                         PADDING,
                                         FORMAT,
                                         DILATION,
                                         GROUPS,
                                         ACTIVATION_AND_BIAS,
                                         OF_ONE_KERNEL("kernel", kernel),
                                         FIELD("lora_rank", lora_rank, CN_PARAM_VALUE, "none")};
static const cn__param transposed_params[] = {FILTERS,
                                              KERNEL_SIZE,
                                              STRIDES,
                                              PADDING,
                                              FIELD("output_padding", output_padding, CN_PARAM_INTS, "none"),
                                              FORMAT,
                                              DILATION,
                                              ACTIVATION_AND_BIAS,
                                              OF_ONE_KERNEL("kernel", kernel)};
static const cn__param depthwise_params[] = {KERNEL_SIZE,
                                             STRIDES,
                                             PADDING,
                                             MULTIPLIER,
                                             FORMAT,
                                             DILATION,
                                             ACTIVATION_AND_BIAS,
                                             OF_ONE_KERNEL("depthwise", kernel)};
static const cn__param separable_params[] = {FILTERS,
                                             KERNEL_SIZE,
                                             STRIDES,
                                             PADDING,
                                             FORMAT,
                                             DILATION,
                                             MULTIPLIER,
                                             ACTIVATION_AND_BIAS,
                                             START("depthwise", depthwise, "glorot_uniform"),
                                             START("pointwise", kernel, "glorot_uniform"),
                                             START("bias", bias, "zeros"),
                                             PENALTY("depthwise", depthwise),
                                             PENALTY("pointwise", kernel),
                                             PENALTY("bias", bias),
                                             ACTIVITY,
                                             BOUND("depthwise", depthwise),
                                             BOUND("pointwise", kernel),
                                             BOUND("bias", bias)};
static const char *const left_out[] = {"lora_rank", NULL};

static cn_status read_kernel(cn__arena *arena, kernel_config *k)
{
    CN_TRY(cn__initializer_parse(arena, k->initializer, &k->start));
    CN_TRY(cn__regularizer_parse(arena, k->regularizer, &k->penalty));
    return cn__constraint_parse(arena, k->constraint, &k->bound);
}

static cn_status prepare(cn__arena *arena, cn__layer *layer, int axes, bool causal)
{
    convolution *c = layer->config;
    c->window.axes = axes;
    if (c->lora_rank) return cn__fail(CN_ERROR_ARGUMENT, "lora_rank is not supported; expected none");
    CN_TRY(cn__window_prepare(arena, layer, &c->window, "kernel_size", false, causal));
    if (c->output_padding.count)
        CN_TRY(cn__expand_ints(arena, "output_padding", &c->output_padding, (size_t)axes, 0));
    CN_TRY(cn__activation_parse(arena, c->activation, &c->act));
    if (layer->channels_first && c->act.kind >= CN_ACT_ELEMENTWISE_COUNT)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "activation = %s goes over the last axis, which with channels_first is not that of "
                        "the channels; expected a Softmax layer behind it, with its axis",
                        cn__activation_name(c->act.kind));
    CN_TRY(cn__regularizer_parse(arena, c->activity_regularizer, &c->activity_penalty));
    CN_TRY(read_kernel(arena, &c->kernel));
    if (c->depthwise.initializer) CN_TRY(read_kernel(arena, &c->depthwise));
    return read_kernel(arena, &c->bias);
}

static cn_status prepare_series(cn__arena *arena, cn__layer *layer) { return prepare(arena, layer, 1, true); }
static cn_status prepare_images(cn__arena *arena, cn__layer *layer)
{
    return prepare(arena, layer, 2, false);
}
static cn_status prepare_plain_series(cn__arena *arena, cn__layer *layer)
{
    return prepare(arena, layer, 1, false);
}

static cn__variable *add_kernel(cn__layer *layer, const char *name, const kernel_config *k,
                                const cn__window *w, size_t before_last, size_t last)
{
    const size_t shape[] = {(size_t)w->size.items[0], w->axes == 2 ? (size_t)w->size.items[1] : before_last,
                            w->axes == 2 ? before_last : last, last};
    cn__variable *v = cn__layer_variable(layer, name, w->axes + 2, shape, true);
    v->initializer = k->start, v->regularizer = k->penalty, v->constraint = k->bound;
    return v;
}

static void add_bias(cn__layer *layer, const convolution *c, size_t channels)
{
    if (!c->use_bias) return;
    cn__variable *v = cn__layer_variable(layer, "bias", 1, &channels, true);
    v->initializer = c->bias.start, v->regularizer = c->bias.penalty, v->constraint = c->bias.bound;
}

static cn_status check_channels(const cn__layer *layer, const cn__shape *in)
{
    char text[120];
    if (cn__shape_last(in) == cn__shape_last(&layer->in)) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "it was called before on inputs of %zu channels, got shape %s",
                    cn__shape_last(&layer->in), cn__shape_text(in, text, sizeof text));
}

static cn_status geometry(const convolution *c, const cn__shape *in, size_t oc, size_t groups, cn__conv *out)
{
    CN_TRY(cn__window_geometry(&c->window, in, out));
    out->oc = oc, out->groups = groups;
    return CN_OK;
}

static cn_status lower_conv(cn__lowering *l, const cn__conv_args *args, cn__variable *kernel,
                            cn__variable *bias, const cn__shape *shape, cn__ref *out)
{
    cn__conv_args chosen = *args;
    chosen.geometry.fast = l->fast_convolution;
    chosen.geometry.transposed = args->transposed;
    cn__op *op = cn__lower_op(l, &cn__op_convolution, out, 1, shape, &chosen, sizeof chosen);
    if (!op) return CN_ERROR_MEMORY;
    op->variable[CN_CONV_KERNEL] = kernel, op->variable[CN_CONV_BIAS] = bias;
    *out = (cn__ref){op, *shape};
    return CN_OK;
}

static cn_status finish(cn__lowering *l, const convolution *c, cn__ref *out)
{
    CN_TRY(cn__lower_activation(l, &c->act, out));
    return cn__lower_activity_penalty(l, &c->activity_penalty, out);
}

/* -- plain -- */

static cn_status build_plain(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const convolution *c = layer->config;
    const size_t channels = cn__shape_last(in), groups = (size_t)c->groups, filters = (size_t)c->filters;
    cn__conv g;
    CN_TRY(geometry(c, in, filters, groups, &g));
    if (channels % groups || filters % groups)
        return cn__fail(CN_ERROR_ARGUMENT, "groups = %zu must divide the %zu channels and the %zu filters",
                        groups, channels, filters);
    add_kernel(layer, "kernel", &c->kernel, &c->window, channels / groups, filters);
    add_bias(layer, c, filters);
    return CN_OK;
}

/* Of a convolution that is not transposed. */
static cn_status infer_filters(const cn__layer *layer, const cn__shape *in, size_t filters, cn__shape *out)
{
    const convolution *c = layer->config;
    cn__conv g;
    CN_TRY(geometry(c, in, 1, 1, &g));
    CN_TRY(check_channels(layer, in));
    *out = cn__window_output(&c->window, &g, filters);
    return CN_OK;
}

static cn_status infer_plain(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    return infer_filters(layer, in, (size_t)((const convolution *)layer->config)->filters, out);
}

/* Lowers to a convolution of so many filters and groups, of the first variable and maybe a bias behind it. */
static cn_status lower_filters(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t filters,
                               size_t groups, cn__ref *out)
{
    const convolution *c = layer->config;
    const cn__shape shape = out->shape;
    cn__conv_args args = {0};
    CN_TRY(geometry(c, &in->shape, filters, groups, &args.geometry));
    *out = *in;
    CN_TRY(lower_conv(l, &args, &layer->variable[0], c->use_bias ? &layer->variable[1] : NULL, &shape, out));
    return finish(l, c, out);
}

static cn_status lower_plain(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                             cn__ref *out)
{
    (void)inputs;
    const convolution *c = layer->config;
    return lower_filters(l, layer, in, (size_t)c->filters, (size_t)c->groups, out);
}

/* -- transposed -- */

/* Outputs along an axis of n inputs: (n - 1) · stride + kernel, or n · stride for "same" and where the kernel is smaller than the
 * stride; output_padding counts from (n - 1) · stride + kernel, and for "same" from (n - 1) · stride + kernel mod 2. */
static size_t transposed_size(const convolution *c, int axis, size_t n)
{
    const cn__window *w = &c->window;
    const size_t stride = (size_t)w->strides.items[axis],
                 kernel = ((size_t)w->size.items[axis] - 1) * (size_t)w->dilation_rate.items[axis] + 1;
    const bool same = w->padding == CN_PADDING_SAME;
    if (c->output_padding.count)
        return (n - 1) * stride + (same ? kernel % 2 : kernel) + (size_t)c->output_padding.items[axis];
    return same || kernel <= stride ? n * stride : (n - 1) * stride + kernel;
}

static cn_status transposed_geometry(const convolution *c, const cn__shape *in, cn__conv *g)
{
    cn__window w = c->window;
    cn__shape large = *in;
    char text[120];
    if (in->rank != w.axes + 1) return cn__window_geometry(&w, in, g); /* it says what is wrong */
    for (int i = 0; i < w.axes; i++) {
        large.dim[i] = transposed_size(c, i, in->dim[i]);
        if (!large.dim[i])
            return cn__fail(CN_ERROR_SHAPE, "nothing is left of samples of shape %s",
                            cn__shape_text(in, text, sizeof text));
    }
    large.dim[w.axes] = (size_t)c->filters;
    CN_TRY(cn__window_geometry(&w, &large, g));
    const size_t oh = w.axes == 2 ? in->dim[0] : 1, ow = in->dim[w.axes - 1];
    if (g->oh != oh || g->ow != ow)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "strides, kernel_size, padding and output_padding do not fit samples of shape %s",
                        cn__shape_text(in, text, sizeof text));
    g->oc = cn__shape_last(in);
    return CN_OK;
}

static cn_status build_transposed(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const convolution *c = layer->config;
    cn__conv g;
    CN_TRY(transposed_geometry(c, in, &g));
    add_kernel(layer, "kernel", &c->kernel, &c->window, (size_t)c->filters, cn__shape_last(in));
    add_bias(layer, c, (size_t)c->filters);
    return CN_OK;
}

static cn_status infer_transposed(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const convolution *c = layer->config;
    cn__conv g;
    CN_TRY(transposed_geometry(c, in, &g));
    CN_TRY(check_channels(layer, in));
    *out = c->window.axes == 2 ? (cn__shape){.rank = 3, .dim = {g.h, g.w, g.c}}
                               : (cn__shape){.rank = 2, .dim = {g.w, g.c}};
    return CN_OK;
}

static cn_status lower_transposed(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                  cn__ref *out)
{
    (void)inputs;
    const convolution *c = layer->config;
    const cn__shape shape = out->shape;
    cn__conv_args args = {.transposed = true};
    CN_TRY(transposed_geometry(c, &in->shape, &args.geometry));
    *out = *in;
    CN_TRY(lower_conv(l, &args, &layer->variable[0], c->use_bias ? &layer->variable[1] : NULL, &shape, out));
    return finish(l, c, out);
}

/* -- depthwise and separable -- */

static size_t deep_channels(const convolution *c, const cn__shape *in)
{
    return cn__shape_last(in) * (size_t)c->depth_multiplier;
}

static void add_depthwise(cn__layer *layer, const char *name, const kernel_config *k, const convolution *c,
                          const cn__shape *in)
{
    cn__variable *v = add_kernel(layer, name, k, &c->window, cn__shape_last(in), (size_t)c->depth_multiplier);
    cn__variable_set_cols(v, deep_channels(c, in));
}

static cn_status build_depthwise(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const convolution *c = layer->config;
    cn__conv g;
    CN_TRY(geometry(c, in, 1, 1, &g));
    add_depthwise(layer, "kernel", &c->kernel, c, in);
    add_bias(layer, c, deep_channels(c, in));
    return CN_OK;
}

static cn_status infer_depthwise(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    return infer_filters(layer, in, deep_channels(layer->config, in), out);
}

static cn_status lower_depthwise(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                 cn__ref *out)
{
    (void)inputs;
    return lower_filters(l, layer, in, deep_channels(layer->config, &in->shape), cn__shape_last(&in->shape),
                         out);
}

static cn_status build_separable(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const convolution *c = layer->config;
    cn__conv g;
    static const int64_t ones[2] = {1, 1};
    cn__window point = c->window;
    point.size = (cn__ints){.items = ones, .count = (size_t)point.axes};
    CN_TRY(geometry(c, in, 1, 1, &g));
    add_depthwise(layer, "depthwise_kernel", &c->depthwise, c, in);
    add_kernel(layer, "pointwise_kernel", &c->kernel, &point, deep_channels(c, in), (size_t)c->filters);
    add_bias(layer, c, (size_t)c->filters);
    return CN_OK;
}

static cn_status lower_separable(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                 cn__ref *out)
{
    (void)inputs;
    const convolution *c = layer->config;
    const cn__shape shape = out->shape;
    const size_t deep = deep_channels(c, &in->shape);
    cn__conv_args args = {0}, point = {0};
    CN_TRY(geometry(c, &in->shape, deep, cn__shape_last(&in->shape), &args.geometry));
    const cn__shape between = cn__window_output(&c->window, &args.geometry, deep);
    *out = *in;
    CN_TRY(lower_conv(l, &args, &layer->variable[0], NULL, &between, out));
    point.geometry = (cn__conv){.h = args.geometry.oh,
                                .w = args.geometry.ow,
                                .c = deep,
                                .kh = 1,
                                .kw = 1,
                                .oc = (size_t)c->filters,
                                .sy = 1,
                                .sx = 1,
                                .dy = 1,
                                .dx = 1,
                                .groups = 1};
    cn__conv_valid(&point.geometry);
    CN_TRY(lower_conv(l, &point, &layer->variable[1], c->use_bias ? &layer->variable[2] : NULL, &shape, out));
    return finish(l, c, out);
}

#define CONVOLUTION(symbol, name, table, prepare_, form, ...)                                                \
    const cn__layer_kind cn__layer_##symbol = {.class_name = name,                                           \
                                               CN_LAYER_PARAMS(table, convolution),                          \
                                               .left_out = left_out,                                         \
                                               .prepare = prepare_,                                          \
                                               .build = build_##form,                                        \
                                               __VA_ARGS__}
#define FORM(form) .infer = infer_##form, .lower = lower_##form
CONVOLUTION(conv1d, "Conv1D", plain_params, prepare_series, plain, .aliases = {"Convolution1D"}, FORM(plain));
CONVOLUTION(conv2d, "Conv2D", plain_params, prepare_images, plain, .aliases = {"Convolution2D"}, FORM(plain));
CONVOLUTION(conv1d_transpose, "Conv1DTranspose", transposed_params, prepare_plain_series, transposed,
            FORM(transposed));
CONVOLUTION(conv2d_transpose, "Conv2DTranspose", transposed_params, prepare_images, transposed,
            FORM(transposed));
CONVOLUTION(depthwise_conv1d, "DepthwiseConv1D", depthwise_params, prepare_plain_series, depthwise,
            FORM(depthwise));
CONVOLUTION(depthwise_conv2d, "DepthwiseConv2D", depthwise_params, prepare_images, depthwise,
            FORM(depthwise));
CONVOLUTION(separable_conv1d, "SeparableConv1D", separable_params, prepare_series, separable,
            .infer = infer_plain, .lower = lower_separable);
CONVOLUTION(separable_conv2d, "SeparableConv2D", separable_params, prepare_images, separable,
            .infer = infer_plain, .lower = lower_separable);
