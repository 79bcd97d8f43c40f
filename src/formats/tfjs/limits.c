/* What TensorFlow.js does not have, or computes otherwise than Keras: by the sources of its layers of June 2025. */
#include <string.h>

#include "formats/tfjs/tfjs.h"

static const char *const layers[] = {"Activation",
                                     "Add",
                                     "AlphaDropout",
                                     "Average",
                                     "AveragePooling1D",
                                     "AveragePooling2D",
                                     "BatchNormalization",
                                     "Concatenate",
                                     "Conv1D",
                                     "Conv2D",
                                     "Conv2DTranspose",
                                     "Cropping2D",
                                     "Dense",
                                     "DepthwiseConv2D",
                                     "Dot",
                                     "Dropout",
                                     "ELU",
                                     "Flatten",
                                     "GaussianDropout",
                                     "GaussianNoise",
                                     "GlobalAveragePooling1D",
                                     "GlobalAveragePooling2D",
                                     "GlobalMaxPooling1D",
                                     "GlobalMaxPooling2D",
                                     "InputLayer",
                                     "LayerNormalization",
                                     "LeakyReLU",
                                     "Maximum",
                                     "MaxPooling1D",
                                     "MaxPooling2D",
                                     "Minimum",
                                     "Multiply",
                                     "Permute",
                                     "PReLU",
                                     "ReLU",
                                     "RepeatVector",
                                     "Rescaling",
                                     "Reshape",
                                     "SeparableConv2D",
                                     "Softmax",
                                     "SpatialDropout1D",
                                     "UpSampling2D",
                                     "ZeroPadding2D"};

/* Layers that it has, but with other results: Resizing aligns corners, CenterCrop takes other pixels. */
static const char *const others[] = {"Resizing", "CenterCrop"};

/* hard_sigmoid is another function there. */
static const char *const activations[] = {"elu",     "linear",  "relu",     "relu6",    "selu",
                                          "sigmoid", "softmax", "softplus", "softsign", "tanh",
                                          "swish",   "silu",    "mish",     "gelu"};

/* Arguments that it does not have, or has with this value alone; `number`: one number, no list. */
static const struct {
    const char *class_name, *key, *only;
} limits[] = {{"LayerNormalization", "rms_scaling", "false"},
              {"BatchNormalization", "synchronized", "false"},
              {"Conv1D", "groups", "1"},
              {"Conv2D", "groups", "1"},
              {"Conv2DTranspose", "dilation_rate", "1"},
              {"Conv2DTranspose", "output_padding", "null"},
              {"ReLU", "negative_slope", "0"},
              {"ReLU", "threshold", "0"},
              {"Rescaling", "scale", "number"},
              {"Rescaling", "offset", "number"},
              {"Softmax", "axis", "number"},
              {"UpSampling2D", "interpolation", "nearest"}};

static bool is_among(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0) return true;
    return false;
}

static bool is_only(const json_t *value, const char *only)
{
    if (json_is_array(value) && strcmp(only, "number") != 0) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!is_only(json_array_get(value, i), only)) return false;
        return true;
    }
    if (json_is_number(value) && *only >= '0' && *only <= '9') return json_number_value(value) == *only - '0';
    return strcmp(only, json_is_number(value)   ? "number"
                        : json_is_string(value) ? json_string_value(value)
                        : json_is_true(value)   ? "true"
                        : json_is_false(value)  ? "false"
                                                : "null") == 0;
}

static cn_status check_arguments(const char *class_name, const char *name, const json_t *config)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const json_t *value = json_object_get(config, limits[i].key);
        if (strcmp(limits[i].class_name, class_name) != 0 || !value || is_only(value, limits[i].only))
            continue;
        return cn__fail(CN_ERROR_ARGUMENT, "layer %s: %s of %s is not so in TensorFlow.js; expected %s", name,
                        limits[i].key, class_name,
                        strcmp(limits[i].only, "number") == 0 ? "one number" : limits[i].only);
    }
    return CN_OK;
}

/* Of regularizers it has L1 and L2 alone. */
static cn_status check_objects(const char *name, const json_t *config)
{
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)config, key, item)
    {
        const char *class_name = json_string_value(json_object_get(item, "class_name"));
        if (class_name && strstr(key, "_regularizer") && strncmp(class_name, "L1", 2) != 0 &&
            strcmp(class_name, "L2") != 0)
            return cn__fail(CN_ERROR_ARGUMENT, "layer %s: TensorFlow.js has no regularizer %s", name,
                            class_name);
    }
    return CN_OK;
}

static cn_status check_activation(const char *name, const json_t *activation)
{
    const char *word = json_string_value(activation);
    if (!activation || (word && is_among(activations, sizeof activations / sizeof *activations, word)))
        return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s: TensorFlow.js has no activation %s as it is here", name,
                    word ? word : "of that kind");
}

cn_status cn__tfjs_check_layer(const char *class_name, const char *name, const json_t *config)
{
    if (is_among(others, sizeof others / sizeof *others, class_name))
        return cn__fail(CN_ERROR_ARGUMENT, "layer %s: %s of TensorFlow.js gives other numbers", name,
                        class_name);
    if (!is_among(layers, sizeof layers / sizeof *layers, class_name))
        return cn__fail(CN_ERROR_ARGUMENT, "layer %s: TensorFlow.js has no layer %s", name, class_name);
    CN_TRY(check_arguments(class_name, name, config));
    CN_TRY(check_objects(name, config));
    return check_activation(name, json_object_get(config, "activation"));
}
