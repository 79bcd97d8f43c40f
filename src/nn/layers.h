/* Every kind of layer, each in a file of its own. */
#ifndef CN_NN_LAYERS_H
#define CN_NN_LAYERS_H

#include "nn/layer.h"

extern const cn__layer_kind cn__layer_input, cn__layer_dense, cn__layer_activation, cn__layer_dropout,
    cn__layer_flatten, cn__layer_reshape, cn__layer_batchnorm, cn__layer_layernorm, cn__layer_relu,
    cn__layer_leaky_relu, cn__layer_elu, cn__layer_softmax;

/* A row of a parameter table: PARAM(struct, field, TYPE, "default", …). */
#define CN_PARAM_FIELD(type_, field, kind_, fallback_, ...)                                                  \
    {                                                                                                        \
        .name = #field, .type = kind_, .offset = offsetof(type_, field), .fallback = fallback_, __VA_ARGS__  \
    }

#endif
