/* The registry of layers: a line a kind, each in a file of its own or with its nearest kin. */
#ifndef CN_NN_LAYERS_LAYERS_H
#define CN_NN_LAYERS_LAYERS_H

#include "nn/layer.h"

#define CN_LAYERS(LAYER)                                                                                     \
    LAYER(input)                                                                                             \
    LAYER(dense)                                                                                             \
    LAYER(activation)                                                                                        \
    LAYER(dropout)                                                                                           \
    LAYER(flatten)                                                                                           \
    LAYER(reshape)                                                                                           \
    LAYER(batch_normalization)                                                                               \
    LAYER(layer_normalization)                                                                               \
    LAYER(relu)                                                                                              \
    LAYER(leaky_relu)                                                                                        \
    LAYER(elu)                                                                                               \
    LAYER(softmax)                                                                                           \
    LAYER(add)                                                                                               \
    LAYER(subtract)                                                                                          \
    LAYER(multiply)                                                                                          \
    LAYER(average)                                                                                           \
    LAYER(maximum)                                                                                           \
    LAYER(minimum)                                                                                           \
    LAYER(concatenate)                                                                                       \
    LAYER(dot)                                                                                               \
    LAYER(activity_regularization)

#define CN_DECLARE_LAYER(name) extern const cn__layer_kind cn__layer_##name;
CN_LAYERS(CN_DECLARE_LAYER)
#undef CN_DECLARE_LAYER

#endif
