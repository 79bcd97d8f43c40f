/* The makers of layers: each writes its options in the notation, which is read like everybody else's. */
#include <stdio.h>

#include "base/text.h"
#include "model/model.h"

cn_layer *cn_layer_new(const char *notation)
{
    cn_layer *layer = cn__calloc(1, sizeof *layer);
    if (!layer) return NULL;
    cn__value *value = cn__arena_alloc(&layer->arena, sizeof *value);
    if (!value || cn__value_parse(&layer->arena, notation, value) != CN_OK ||
        cn__layer_parse(&layer->arena, value, &layer->layer) != CN_OK) {
        cn_layer_free(layer);
        return NULL;
    }
    return layer;
}

void cn_layer_free(cn_layer *layer)
{
    if (!layer) return;
    cn__arena_free(&layer->arena);
    cn__free(layer);
}

static void add_text(cn__text *text, const char *name, const char *value)
{
    if (value) cn__text_printf(text, ", %s=%s", name, value);
}

/* A double in the notation, read back exactly. */
static void add_number(cn__text *text, const char *name, double value)
{
    cn__text_printf(text, ", %s=%.17g", name, value);
}

static void add_bool(cn__text *text, const char *name, bool value)
{
    add_text(text, name, value ? "true" : "false");
}

/* A name may hold anything: it goes in quotes. */
static void add_common(cn__text *text, const char *name, bool trainable)
{
    if (name) cn__text_printf(text, ", name='%s'", name);
    if (!trainable) cn__text_add(text, ", trainable=false");
}

static cn_layer *finish(cn__text *text)
{
    cn__text_add(text, ")");
    cn_layer *layer = NULL;
    if (text->failed) cn__fail_memory(text->size, "a layer's notation");
    else layer = cn_layer_new(text->data);
    cn__text_free(text);
    return layer;
}

cn_dense_options cn_dense_defaults(void) { return (cn_dense_options){.use_bias = true, .trainable = true}; }

cn_layer *cn_dense_new(const cn_dense_options *o)
{
    cn__text text = {0};
    cn__text_printf(&text, "dense(%zu", o->units);
    add_bool(&text, "use_bias", o->use_bias);
    add_text(&text, "activation", o->activation);
    add_text(&text, "kernel_initializer", o->kernel_initializer);
    add_text(&text, "bias_initializer", o->bias_initializer);
    add_text(&text, "kernel_regularizer", o->kernel_regularizer);
    add_text(&text, "bias_regularizer", o->bias_regularizer);
    add_text(&text, "activity_regularizer", o->activity_regularizer);
    add_text(&text, "kernel_constraint", o->kernel_constraint);
    add_text(&text, "bias_constraint", o->bias_constraint);
    add_common(&text, o->name, o->trainable);
    return finish(&text);
}

cn_batch_normalization_options cn_batch_normalization_defaults(void)
{
    return (cn_batch_normalization_options){
        .axis = -1, .momentum = 0.99, .epsilon = 1e-3, .center = true, .scale = true, .trainable = true};
}

cn_layer *cn_batch_normalization_new(const cn_batch_normalization_options *o)
{
    cn__text text = {0};
    cn__text_printf(&text, "batch_normalization(axis=%d", o->axis);
    add_number(&text, "momentum", o->momentum);
    add_number(&text, "epsilon", o->epsilon);
    add_bool(&text, "center", o->center);
    add_bool(&text, "scale", o->scale);
    add_text(&text, "beta_initializer", o->beta_initializer);
    add_text(&text, "gamma_initializer", o->gamma_initializer);
    add_text(&text, "moving_mean_initializer", o->moving_mean_initializer);
    add_text(&text, "moving_variance_initializer", o->moving_variance_initializer);
    add_text(&text, "beta_regularizer", o->beta_regularizer);
    add_text(&text, "gamma_regularizer", o->gamma_regularizer);
    add_text(&text, "beta_constraint", o->beta_constraint);
    add_text(&text, "gamma_constraint", o->gamma_constraint);
    add_common(&text, o->name, o->trainable);
    return finish(&text);
}

cn_layer_normalization_options cn_layer_normalization_defaults(void)
{
    return (cn_layer_normalization_options){
        .axis = -1, .epsilon = 1e-3, .center = true, .scale = true, .trainable = true};
}

cn_layer *cn_layer_normalization_new(const cn_layer_normalization_options *o)
{
    cn__text text = {0};
    cn__text_printf(&text, "layer_normalization(axis=%d", o->axis);
    add_number(&text, "epsilon", o->epsilon);
    add_bool(&text, "center", o->center);
    add_bool(&text, "scale", o->scale);
    add_text(&text, "beta_initializer", o->beta_initializer);
    add_text(&text, "gamma_initializer", o->gamma_initializer);
    add_text(&text, "beta_regularizer", o->beta_regularizer);
    add_text(&text, "gamma_regularizer", o->gamma_regularizer);
    add_text(&text, "beta_constraint", o->beta_constraint);
    add_text(&text, "gamma_constraint", o->gamma_constraint);
    add_common(&text, o->name, o->trainable);
    return finish(&text);
}

cn_layer *cn_input_new(int ndim, const size_t *shape)
{
    cn__text text = {0};
    cn__text_add(&text, "input(shape=[");
    for (int i = 0; i < ndim; i++) cn__text_printf(&text, i ? ", %zu" : "%zu", shape[i]);
    cn__text_add(&text, "]");
    return finish(&text);
}

cn_layer *cn_reshape_new(int ndim, const long *shape)
{
    cn__text text = {0};
    cn__text_add(&text, "reshape(target_shape=[");
    for (int i = 0; i < ndim; i++) cn__text_printf(&text, i ? ", %ld" : "%ld", shape[i]);
    cn__text_add(&text, "]");
    return finish(&text);
}

cn_layer *cn_activation(const char *activation)
{
    cn__text text = {0};
    cn__text_printf(&text, "activation(%s", activation ? activation : "linear");
    return finish(&text);
}

cn_layer *cn_dropout(double rate)
{
    cn__text text = {0};
    cn__text_printf(&text, "dropout(%.17g", rate);
    return finish(&text);
}

cn_layer *cn_flatten(void) { return cn_layer_new("flatten"); }
