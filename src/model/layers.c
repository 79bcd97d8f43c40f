/* The makers of layers: each turns its options into the call that a notation would be read as, so that arguments are
 * checked in one place. Texts that name things (activations, initialisers, …) are parsed as one value each; a name is
 * taken as it is. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/text/text.h"
#include "model/nested.h"

cn_layer *cn__layer_blank(void)
{
    static _Atomic uint64_t made; /* only the order counts, and only between layers of one graph */
    cn_layer *layer = cn__calloc(1, sizeof *layer);
    if (layer) layer->serial = atomic_fetch_add_explicit(&made, 1, memory_order_relaxed);
    return layer;
}

static cn_layer *parse(cn_layer *layer, const cn__value *call)
{
    if (cn__layer_parse(&layer->arena, call, &layer->layer) == CN_OK) return layer;
    cn_layer_free(layer);
    return NULL;
}

/* Takes the argument out of a call. */
static void take_out(cn__value *call, const char *argument)
{
    size_t kept = 0;
    for (size_t i = 0; i < call->count; i++) {
        if (call->names && call->names[i] && strcmp(call->names[i], argument) == 0) continue;
        call->items[kept] = call->items[i];
        if (call->names) call->names[kept] = call->names[i];
        kept++;
    }
    call->count = kept;
}

cn_layer *cn__layer_new_without(const char *notation, const char *argument)
{
    cn_layer *layer = cn__layer_blank();
    if (!layer) return NULL;
    cn__value *value = cn__arena_alloc(&layer->arena, sizeof *value);
    if (value && cn__value_parse(&layer->arena, notation, value) == CN_OK) {
        if (argument && value->kind == CN_VALUE_CALL) take_out(value, argument);
        return parse(layer, value);
    }
    cn_layer_free(layer);
    return NULL;
}

cn_layer *cn_layer_new(const char *notation) { return cn__layer_new_without(notation, NULL); }

void cn_layer_free(cn_layer *layer)
{
    if (!layer || layer->graph) return; /* its graph frees it */
    cn__layer_let_go(layer);
    cn__arena_free(&layer->arena);
    cn__free(layer);
}

/* ---- calls -------------------------------------------------------------------------------------------- */

enum { MOST_ARGUMENTS = 20 };

typedef struct builder {
    cn_layer *layer; /* NULL: out of memory */
    cn__value *call;
    cn_status status;
} builder;

static builder begin(const char *class_name)
{
    builder m = {.layer = cn__layer_blank()};
    if (!m.layer) return m;
    cn__arena *arena = &m.layer->arena;
    m.call = cn__arena_alloc(arena, sizeof *m.call);
    cn__value *items = cn__arena_array(arena, MOST_ARGUMENTS, sizeof *items);
    const char **names = cn__arena_array(arena, MOST_ARGUMENTS, sizeof *names);
    if (m.call && items && names)
        *m.call = (cn__value){.kind = CN_VALUE_CALL, .word = class_name, .items = items, .names = names};
    else m.status = CN_ERROR_MEMORY;
    return m;
}

static void add_value(builder *m, const char *name, cn__value value)
{
    if (!m->layer || m->status != CN_OK) return;
    m->call->names[m->call->count] = name;
    m->call->items[m->call->count++] = value;
}

static void add_number(builder *m, const char *name, double value)
{
    add_value(m, name, (cn__value){.kind = CN_VALUE_FLOAT, .number = value});
}

static void add_integer(builder *m, const char *name, int64_t value)
{
    add_value(m, name, (cn__value){.kind = CN_VALUE_INT, .integer = value, .number = (double)value});
}

static void add_bool(builder *m, const char *name, bool value)
{
    add_value(m, name, (cn__value){.kind = CN_VALUE_BOOL, .boolean = value});
}

/* A text that names something: "l2(1e-4)". NULL is left out. */
static void add_notation(builder *m, const char *name, const char *text)
{
    cn__value value;
    if (!text || !m->layer || m->status != CN_OK) return;
    m->status = cn__value_parse(&m->layer->arena, text, &value);
    if (m->status == CN_OK) add_value(m, name, value);
    else (void)cn__fail_in("%s", name);
}

static void add_sizes(builder *m, const char *name, int count, const long *sizes)
{
    if (!m->layer || m->status != CN_OK) return;
    cn__value *items = cn__arena_array(&m->layer->arena, (size_t)count + 1, sizeof *items);
    if (!items) {
        m->status = CN_ERROR_MEMORY;
        return;
    }
    for (int i = 0; i < count; i++)
        items[i] = (cn__value){.kind = CN_VALUE_INT, .integer = sizes[i], .number = (double)sizes[i]};
    add_value(m, name, (cn__value){.kind = CN_VALUE_LIST, .items = items, .count = (size_t)count});
}

static void add_common(builder *m, const char *name, bool trainable)
{
    if (!m->layer || m->status != CN_OK) return;
    char *copy = name ? cn__arena_strdup(&m->layer->arena, name) : NULL;
    if (name && !copy) m->status = CN_ERROR_MEMORY;
    if (copy) add_value(m, "name", (cn__value){.kind = CN_VALUE_WORD, .word = copy});
    if (!trainable) add_bool(m, "trainable", false);
}

static cn_layer *finish(const builder *m)
{
    if (m->layer && m->status == CN_OK) return parse(m->layer, m->call);
    cn_layer_free(m->layer);
    return NULL;
}

/* ---- makers --------------------------------------------------------------------------------------------- */

/* What the options of layers with a kernel and a bias have in common, by the same names. */
#define ADD_KERNEL_AND_BIAS(m, o)                                                                            \
    do {                                                                                                     \
        add_notation(m, "kernel_initializer", (o)->kernel_initializer);                                      \
        add_notation(m, "bias_initializer", (o)->bias_initializer);                                          \
        add_notation(m, "kernel_regularizer", (o)->kernel_regularizer);                                      \
        add_notation(m, "bias_regularizer", (o)->bias_regularizer);                                          \
        add_notation(m, "activity_regularizer", (o)->activity_regularizer);                                  \
        add_notation(m, "kernel_constraint", (o)->kernel_constraint);                                        \
        add_notation(m, "bias_constraint", (o)->bias_constraint);                                            \
    } while (0)

cn_dense_options cn_dense_defaults(void) { return (cn_dense_options){.use_bias = true, .trainable = true}; }

cn_layer *cn_dense_new(const cn_dense_options *o)
{
    builder m = begin("dense");
    add_integer(&m, "units", (int64_t)o->units);
    add_bool(&m, "use_bias", o->use_bias);
    add_notation(&m, "activation", o->activation);
    ADD_KERNEL_AND_BIAS(&m, o);
    add_common(&m, o->name, o->trainable);
    return finish(&m);
}

cn_conv_options cn_conv_defaults(void) { return (cn_conv_options){.use_bias = true, .trainable = true}; }

/* A size for each dimension; {3, 0} is 3 in all. `unless`: what 0 stands for. */
static void add_window(builder *m, const char *name, int dims, const size_t sizes[2], size_t unless)
{
    const size_t first = sizes[0] ? sizes[0] : unless, second = sizes[1] ? sizes[1] : first;
    add_sizes(m, name, dims, (const long[]){(long)first, (long)second});
}

static cn_layer *make_convolution(const char *class_name, int dims, const cn_conv_options *o)
{
    builder m = begin(class_name);
    if (dims == 1 && (o->kernel_size[1] || o->strides[1] || o->dilation_rate[1]))
        m.status = cn__fail(CN_ERROR_ARGUMENT, "layer %s: two sizes, expected one", class_name);
    add_integer(&m, "filters", (int64_t)o->filters);
    add_window(&m, "kernel_size", dims, o->kernel_size, 0);
    add_window(&m, "strides", dims, o->strides, 1);
    add_notation(&m, "padding", o->padding);
    add_window(&m, "dilation_rate", dims, o->dilation_rate, 1);
    if (o->groups) add_integer(&m, "groups", (int64_t)o->groups);
    add_notation(&m, "activation", o->activation);
    add_bool(&m, "use_bias", o->use_bias);
    ADD_KERNEL_AND_BIAS(&m, o);
    add_common(&m, o->name, o->trainable);
    return finish(&m);
}

cn_layer *cn_conv1d_new(const cn_conv_options *o) { return make_convolution("conv1d", 1, o); }
cn_layer *cn_conv2d_new(const cn_conv_options *o) { return make_convolution("conv2d", 2, o); }

cn_batch_normalization_options cn_batch_normalization_defaults(void)
{
    return (cn_batch_normalization_options){
        .axis = -1, .momentum = 0.99, .epsilon = 1e-3, .center = true, .scale = true, .trainable = true};
}

#define ADD_SCALE_AND_SHIFT(m, o)                                                                            \
    do {                                                                                                     \
        add_bool(m, "center", (o)->center);                                                                  \
        add_bool(m, "scale", (o)->scale);                                                                    \
        add_notation(m, "beta_initializer", (o)->beta_initializer);                                          \
        add_notation(m, "gamma_initializer", (o)->gamma_initializer);                                        \
    } while (0)
#define ADD_SCALE_AND_SHIFT_BOUNDS(m, o)                                                                     \
    do {                                                                                                     \
        add_notation(m, "beta_regularizer", (o)->beta_regularizer);                                          \
        add_notation(m, "gamma_regularizer", (o)->gamma_regularizer);                                        \
        add_notation(m, "beta_constraint", (o)->beta_constraint);                                            \
        add_notation(m, "gamma_constraint", (o)->gamma_constraint);                                          \
    } while (0)

cn_layer *cn_batch_normalization_new(const cn_batch_normalization_options *o)
{
    builder m = begin("batch_normalization");
    add_integer(&m, "axis", o->axis);
    add_number(&m, "momentum", o->momentum);
    add_number(&m, "epsilon", o->epsilon);
    ADD_SCALE_AND_SHIFT(&m, o);
    add_notation(&m, "moving_mean_initializer", o->moving_mean_initializer);
    add_notation(&m, "moving_variance_initializer", o->moving_variance_initializer);
    ADD_SCALE_AND_SHIFT_BOUNDS(&m, o);
    add_common(&m, o->name, o->trainable);
    return finish(&m);
}

cn_layer_normalization_options cn_layer_normalization_defaults(void)
{
    return (cn_layer_normalization_options){
        .axis = -1, .epsilon = 1e-3, .center = true, .scale = true, .trainable = true};
}

cn_layer *cn_layer_normalization_new(const cn_layer_normalization_options *o)
{
    builder m = begin("layer_normalization");
    add_integer(&m, "axis", o->axis);
    add_number(&m, "epsilon", o->epsilon);
    ADD_SCALE_AND_SHIFT(&m, o);
    ADD_SCALE_AND_SHIFT_BOUNDS(&m, o);
    add_common(&m, o->name, o->trainable);
    return finish(&m);
}

cn_layer *cn_input_named(const char *name, int ndim, const size_t *shape)
{
    long sizes[CN_MAX_RANK];
    builder m = begin("input");
    if (ndim < 0 || ndim > CN_MAX_RANK)
        m.status = cn__fail(CN_ERROR_SHAPE, "layer input: shape has %d dimensions, expected at most %d", ndim,
                            CN_MAX_RANK);
    else
        for (int i = 0; i < ndim; i++) sizes[i] = (long)shape[i];
    add_sizes(&m, "shape", ndim, sizes);
    add_common(&m, name, true);
    return finish(&m);
}

cn_layer *cn_input_new(int ndim, const size_t *shape) { return cn_input_named(NULL, ndim, shape); }

cn_layer *cn_reshape_new(int ndim, const long *shape)
{
    builder m = begin("reshape");
    if (ndim < 0) m.status = cn__fail(CN_ERROR_SHAPE, "layer reshape: %d dimensions", ndim);
    add_sizes(&m, "target_shape", ndim, shape);
    return finish(&m);
}

cn_layer *cn_activation(const char *activation)
{
    builder m = begin("activation");
    add_notation(&m, "activation", activation ? activation : "linear");
    return finish(&m);
}

cn_layer *cn_dropout(double rate)
{
    builder m = begin("dropout");
    add_number(&m, "rate", rate);
    return finish(&m);
}

static cn_layer *make_plain(const char *class_name)
{
    const builder m = begin(class_name);
    return finish(&m);
}

static cn_layer *make_with_axis(const char *class_name, const char *argument, int axis)
{
    builder m = begin(class_name);
    add_integer(&m, argument, axis);
    return finish(&m);
}

static cn_layer *make_pool(const char *class_name, size_t pool_size)
{
    builder m = begin(class_name);
    add_integer(&m, "pool_size", (int64_t)pool_size);
    return finish(&m);
}

cn_layer *cn_max_pooling1d(size_t pool_size) { return make_pool("max_pooling1d", pool_size); }
cn_layer *cn_max_pooling2d(size_t pool_size) { return make_pool("max_pooling2d", pool_size); }
cn_layer *cn_average_pooling1d(size_t pool_size) { return make_pool("average_pooling1d", pool_size); }
cn_layer *cn_average_pooling2d(size_t pool_size) { return make_pool("average_pooling2d", pool_size); }
cn_layer *cn_global_max_pooling1d(void) { return make_plain("global_max_pooling1d"); }
cn_layer *cn_global_max_pooling2d(void) { return make_plain("global_max_pooling2d"); }
cn_layer *cn_global_average_pooling1d(void) { return make_plain("global_average_pooling1d"); }
cn_layer *cn_global_average_pooling2d(void) { return make_plain("global_average_pooling2d"); }

cn_layer *cn_flatten(void) { return make_plain("flatten"); }
cn_layer *cn_add(void) { return make_plain("add"); }
cn_layer *cn_subtract(void) { return make_plain("subtract"); }
cn_layer *cn_multiply(void) { return make_plain("multiply"); }
cn_layer *cn_average(void) { return make_plain("average"); }
cn_layer *cn_maximum(void) { return make_plain("maximum"); }
cn_layer *cn_minimum(void) { return make_plain("minimum"); }
cn_layer *cn_concatenate(int axis) { return make_with_axis("concatenate", "axis", axis); }
cn_layer *cn_dot(int axis) { return make_with_axis("dot", "axes", axis); }
