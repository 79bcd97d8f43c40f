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
    LAYER(activity_regularization)                                                                           \
    LAYER(conv1d)                                                                                            \
    LAYER(conv2d)                                                                                            \
    LAYER(conv1d_transpose)                                                                                  \
    LAYER(conv2d_transpose)                                                                                  \
    LAYER(depthwise_conv1d)                                                                                  \
    LAYER(depthwise_conv2d)                                                                                  \
    LAYER(separable_conv1d)                                                                                  \
    LAYER(separable_conv2d)                                                                                  \
    LAYER(max_pooling1d)                                                                                     \
    LAYER(max_pooling2d)                                                                                     \
    LAYER(average_pooling1d)                                                                                 \
    LAYER(average_pooling2d)                                                                                 \
    LAYER(global_max_pooling1d)                                                                              \
    LAYER(global_max_pooling2d)                                                                              \
    LAYER(global_average_pooling1d)                                                                          \
    LAYER(global_average_pooling2d)                                                                          \
    LAYER(zero_padding1d)                                                                                    \
    LAYER(zero_padding2d)                                                                                    \
    LAYER(cropping1d)                                                                                        \
    LAYER(cropping2d)                                                                                        \
    LAYER(up_sampling1d)                                                                                     \
    LAYER(up_sampling2d)                                                                                     \
    LAYER(identity)                                                                                          \
    LAYER(rescaling)                                                                                         \
    LAYER(permute)                                                                                           \
    LAYER(repeat_vector)                                                                                     \
    LAYER(gaussian_noise)                                                                                    \
    LAYER(gaussian_dropout)                                                                                  \
    LAYER(alpha_dropout)                                                                                     \
    LAYER(spatial_dropout1d)                                                                                 \
    LAYER(spatial_dropout2d)                                                                                 \
    LAYER(unit_normalization)                                                                                \
    LAYER(prelu)                                                                                             \
    LAYER(group_normalization)                                                                               \
    LAYER(normalization)                                                                                     \
    LAYER(random_flip)                                                                                       \
    LAYER(random_rotation)                                                                                   \
    LAYER(random_translation)                                                                                \
    LAYER(random_zoom)                                                                                       \
    LAYER(random_shear)                                                                                      \
    LAYER(random_elastic_transform)                                                                          \
    LAYER(random_brightness)                                                                                 \
    LAYER(random_contrast)                                                                                   \
    LAYER(random_erasing)                                                                                    \
    LAYER(random_crop)                                                                                       \
    LAYER(mix_up)                                                                                            \
    LAYER(cut_mix)                                                                                           \
    LAYER(resizing)                                                                                          \
    LAYER(center_crop)

#define CN_DECLARE_LAYER(name) extern const cn__layer_kind cn__layer_##name;
CN_LAYERS(CN_DECLARE_LAYER)
#undef CN_DECLARE_LAYER

#endif
