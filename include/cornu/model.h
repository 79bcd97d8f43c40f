/* Models: layers in a line or in a graph, shapes, weights, summary.
 *
 *     cn_model *m = cn_model_new("digits");
 *     cn_model_add(m, cn_input(784));
 *     cn_model_add(m, cn_dense(512, .activation = "relu"));
 *     cn_model_add(m, cn_dropout(0.3));
 *     cn_model_add(m, cn_dense(10, .activation = "softmax"));
 *
 * Whatever Keras names, a string names here, with arguments as in a call:
 * .kernel_initializer = "random_normal(mean=0, stddev=0.05)". Keras's snake_case and class names both work.
 *
 * A model is a value: no state is shared between two of them, and two may train at once in two
 * threads. One model must not be used by two threads at once. */
#ifndef CORNU_MODEL_H
#define CORNU_MODEL_H

#include "array.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cn_model cn_model;
typedef struct cn_layer cn_layer;
typedef struct cn_tensor cn_tensor;

/* A new model without layers; `name`, in UTF-8, is "sequential" where it is NULL. NULL on failure. */
CN_API cn_model *cn_model_new(const char *name);
CN_API void cn_model_free(cn_model *model);
CN_API const char *cn_model_name(const cn_model *model);

/* The seed of initial weights, shuffling and dropout; 0 unless set. Call it before the model is
 * built: the same seed gives the same bits on every machine, with any number of threads. */
CN_API void cn_model_set_seed(cn_model *model, uint64_t seed);

/* Adds a layer and takes it over, also when it fails. A NULL layer fails with the message that was
 * left for it, so the calls can be chained unchecked and the last one looked at: the first failure is
 * kept and returned by every later call. */
CN_API cn_status cn_model_add(cn_model *model, cn_layer *layer);

/* Adds the layers of a notation, one a line or between semicolons; '#' begins a comment:
 *     "dense 512 relu; dropout 0.3; dense 10 softmax"
 *     "dense 512 activation=relu kernel_initializer=random_normal(stddev=0.1)" */
CN_API cn_status cn_model_add_notation(cn_model *model, const char *text);

/* Adds a model as a layer: cn_model_add(m, base), see "models as layers". The caller keeps `inner`. */
CN_API cn_status cn_model_add_model(cn_model *model, cn_model *inner);

/* Makes the weights, for samples of `ndim` dimensions. Needed only when there is no Input layer and the
 * weights are wanted before fit: with one, summary and compile build. Building again does nothing. No layer
 * can be added to a model that is built. */
CN_API cn_status cn_model_build(cn_model *model, int ndim, const size_t *sample_shape);
CN_API bool cn_model_is_built(const cn_model *model);

/* ---- layers: each function takes the options of the Keras layer by the same names ------------------- */

/* A layer from its notation as a call: "dense(512, activation=relu)". All functions below come to this. */
CN_API cn_layer *cn_layer_new(const char *notation);
CN_API void cn_layer_free(cn_layer *layer); /* only for one that was never added */

typedef struct cn_dense_options {
    size_t units;
    const char *activation; /* NULL: linear */
    bool use_bias CN_DEFAULT(true);
    const char *kernel_initializer, *bias_initializer;
    const char *kernel_regularizer, *bias_regularizer, *activity_regularizer;
    const char *kernel_constraint, *bias_constraint;
    const char *name;
    bool trainable CN_DEFAULT(true);
} cn_dense_options;
typedef struct cn_batch_normalization_options {
    int axis CN_DEFAULT(-1);
    double momentum CN_DEFAULT(0.99), epsilon CN_DEFAULT(1e-3);
    bool center CN_DEFAULT(true), scale CN_DEFAULT(true);
    const char *beta_initializer, *gamma_initializer, *moving_mean_initializer, *moving_variance_initializer;
    const char *beta_regularizer, *gamma_regularizer, *beta_constraint, *gamma_constraint;
    const char *name;
    bool trainable CN_DEFAULT(true);
} cn_batch_normalization_options;
typedef struct cn_layer_normalization_options {
    int axis CN_DEFAULT(-1);
    double epsilon CN_DEFAULT(1e-3);
    bool center CN_DEFAULT(true), scale CN_DEFAULT(true);
    const char *beta_initializer, *gamma_initializer;
    const char *beta_regularizer, *gamma_regularizer, *beta_constraint, *gamma_constraint;
    const char *name;
    bool trainable CN_DEFAULT(true);
} cn_layer_normalization_options;

/* Convolution in one and two dimensions. Sizes are height and width, and the first alone in one dimension; a second that is 0 is
 * as the first. */
typedef struct cn_conv_options {
    size_t filters;
    size_t kernel_size[2];
    size_t strides[2], dilation_rate[2]; /* 0: 1 */
    const char *padding;                 /* "valid" where it is NULL, "same", in one dimension "causal" */
    size_t groups;                       /* 0: 1 */
    const char *activation;              /* NULL: linear */
    bool use_bias CN_DEFAULT(true);
    const char *kernel_initializer, *bias_initializer;
    const char *kernel_regularizer, *bias_regularizer, *activity_regularizer;
    const char *kernel_constraint, *bias_constraint;
    const char *name;
    bool trainable CN_DEFAULT(true);
} cn_conv_options;

/* The functions under the macros, for C++ before C++20 and for options filled at run time: start from the defaults. */
CN_DEFAULTS_BEGIN_
CN_API cn_dense_options cn_dense_defaults(void);
CN_API cn_batch_normalization_options cn_batch_normalization_defaults(void);
CN_API cn_layer_normalization_options cn_layer_normalization_defaults(void);
CN_API cn_conv_options cn_conv_defaults(void);
CN_DEFAULTS_END_
CN_API cn_layer *cn_dense_new(const cn_dense_options *options);
CN_API cn_layer *cn_conv1d_new(const cn_conv_options *options);
CN_API cn_layer *cn_conv2d_new(const cn_conv_options *options);
CN_API cn_layer *cn_batch_normalization_new(const cn_batch_normalization_options *options);
CN_API cn_layer *cn_layer_normalization_new(const cn_layer_normalization_options *options);

CN_API cn_layer *cn_input_new(int ndim, const size_t *sample_shape);
CN_API cn_layer *cn_input_named(const char *name, int ndim, const size_t *sample_shape);
CN_API cn_layer *cn_activation(const char *activation);
CN_API cn_layer *cn_dropout(double rate);
CN_API cn_layer *cn_flatten(void);
/* One size may be -1: what is left over. */
CN_API cn_layer *cn_reshape_new(int ndim, const long *target_shape);

/* Pools of pool_size (squares in two dimensions), each as far from the next; more by cn_layer_new("max_pooling2d(3, strides=2)"). */
CN_API cn_layer *cn_max_pooling1d(size_t pool_size);
CN_API cn_layer *cn_max_pooling2d(size_t pool_size);
CN_API cn_layer *cn_average_pooling1d(size_t pool_size);
CN_API cn_layer *cn_average_pooling2d(size_t pool_size);
CN_API cn_layer *cn_global_max_pooling1d(void);
CN_API cn_layer *cn_global_max_pooling2d(void);
CN_API cn_layer *cn_global_average_pooling1d(void);
CN_API cn_layer *cn_global_average_pooling2d(void);

/* Layers that merge several inputs of one shape, element by element (two for cn_subtract, else two or more); side by side
 * along an axis (1 is the first behind the batch, -1 the last); and the product of two, summed over an axis. */
CN_API cn_layer *cn_add(void);
CN_API cn_layer *cn_subtract(void);
CN_API cn_layer *cn_multiply(void);
CN_API cn_layer *cn_average(void);
CN_API cn_layer *cn_maximum(void);
CN_API cn_layer *cn_minimum(void);
CN_API cn_layer *cn_concatenate(int axis);
CN_API cn_layer *cn_dot(int axis);

#ifndef __cplusplus

/* A later initialiser overrides the default before it, and one number stands for a pair; that is the point, so the warnings
 * are off. */
#if defined(__clang__)
#define CN_OVERRIDE_OK_                                                                                      \
    _Pragma("clang diagnostic ignored \"-Winitializer-overrides\"")                                          \
        _Pragma("clang diagnostic ignored \"-Wmissing-braces\"")
#elif defined(__GNUC__)
#define CN_OVERRIDE_OK_                                                                                      \
    _Pragma("GCC diagnostic ignored \"-Woverride-init\"")                                                    \
        _Pragma("GCC diagnostic ignored \"-Wmissing-braces\"")
#endif
#define CN_OPTIONS_(function, type, ...)                                                                     \
    __extension__({                                                                                          \
        _Pragma("GCC diagnostic push") CN_OVERRIDE_OK_ const type cn_options_ = {__VA_ARGS__};               \
        _Pragma("GCC diagnostic pop") function(&cn_options_);                                                \
    })

/* cn_dense(512, .activation = "relu", .use_bias = false, …) */
#define cn_dense(...)                                                                                        \
    CN_OPTIONS_(cn_dense_new, cn_dense_options, .use_bias = true, .trainable = true, .units = __VA_ARGS__)
/* cn_conv2d(32, 3, .activation = "relu", .padding = "same", …), cn_conv2d(32, {3, 5}, …) */
#define cn_conv1d(...)                                                                                       \
    CN_OPTIONS_(cn_conv1d_new, cn_conv_options, .use_bias = true, .trainable = true, .filters = __VA_ARGS__)
#define cn_conv2d(...)                                                                                       \
    CN_OPTIONS_(cn_conv2d_new, cn_conv_options, .use_bias = true, .trainable = true, .filters = __VA_ARGS__)
/* cn_batch_normalization(.momentum = 0.9, …) */
#define cn_batch_normalization(...)                                                                          \
    CN_OPTIONS_(cn_batch_normalization_new, cn_batch_normalization_options, .axis = -1, .momentum = 0.99,    \
                .epsilon = 1e-3, .center = true, .scale = true, .trainable = true, __VA_ARGS__)
/* cn_layer_normalization(.epsilon = 1e-6, …) */
#define cn_layer_normalization(...)                                                                          \
    CN_OPTIONS_(cn_layer_normalization_new, cn_layer_normalization_options, .axis = -1, .epsilon = 1e-3,     \
                .center = true, .scale = true, .trainable = true, __VA_ARGS__)
/* cn_input(784), cn_input(28, 28), cn_reshape(28, -1): a sample's shape. */
#define cn_input(...)                                                                                        \
    cn_input_new((int)(sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)), (size_t[]){__VA_ARGS__})
#define cn_reshape(...)                                                                                      \
    cn_reshape_new((int)(sizeof((long[]){__VA_ARGS__}) / sizeof(long)), (long[]){__VA_ARGS__})

#endif

/* ---- graphs -------------------------------------------------------------------------------------------
 *
 *     cn_tensor *left = cn_tensor_input(7), *right = cn_tensor_input(5);
 *     cn_tensor *a = cn_call(cn_dense(9, .activation = "relu"), left);
 *     cn_tensor *b = cn_call(cn_dense(6, .activation = "tanh"), right);
 *     cn_tensor *y = cn_call(cn_dense(3, .activation = "softmax"), cn_call(cn_concatenate(-1), a, b));
 *     cn_model *m = cn_model_from((cn_tensor *[]){left, right}, 2, &y, 1);
 *
 * A tensor is what a call of a layer gives, before there is data: a shape. A layer may be called several times: its calls
 * share its weights. Tensors and the layers that they come from belong to one graph. cn_model_from takes the graph over,
 * also when it fails; a second model may be made from tensors of the same graph (it shares layers and weights) while the
 * first one lives. A graph of which no model was made is freed by cn_tensor_free of any of its tensors. */

/* Where a network begins. NULL on failure. */
CN_API cn_tensor *cn_tensor_input_new(int ndim, const size_t *sample_shape);
/* The same with an Input layer that has a name: cn_tensor_input_layer(cn_input_named("left", …)); takes it over. */
CN_API cn_tensor *cn_tensor_input_layer(cn_layer *input);

/* What the layer gives for these inputs. Takes the layer over, also when its first call fails. NULL inputs and a NULL layer
 * fail with the message that was left, so that calls can be nested unchecked. */
CN_API cn_tensor *cn_call_on(cn_layer *layer, cn_tensor *const *inputs, size_t count);
/* Another output of the call that gave this tensor, from 0: of a model that has several. */
CN_API cn_tensor *cn_call_output(cn_tensor *tensor, size_t index);
/* Frees the whole graph of a tensor, if no model was made of it. */
CN_API void cn_tensor_free(cn_tensor *tensor);
/* Its shape: ndim and shape with shape[0] = 0. */
CN_API CN_CHECK cn_status cn_tensor_shape(const cn_tensor *tensor, int *ndim, size_t *shape);

/* A model of the layers between inputs and outputs, in the order in which data is given and predictions are made. NULL on
 * failure. Its name is "functional" where it is NULL. */
CN_API cn_model *cn_model_from(cn_tensor *const *inputs, size_t input_count, cn_tensor *const *outputs,
                               size_t output_count);
CN_API cn_model *cn_model_from_named(const char *name, cn_tensor *const *inputs, size_t input_count,
                                     cn_tensor *const *outputs, size_t output_count);

/* A model from a notation, of layers in a line or of a graph; NULL on failure. In a graph a line follows the line before,
 * or what it says with from=, by the names that lines have:
 *     "input 7 name=left; dense 9 relu name=a; input 5 name=right; dense 6 tanh name=b"
 *     "concatenate from=[a, b]; dense 3 softmax name=kind; dense 1 from=a name=size; outputs kind, size"
 * `call NAME from=OTHER` calls the layer of a line once more, with the same weights; `outputs` is the last line, and without
 * it all those are outputs that nothing is made from. Inputs are in the order of their lines. */
CN_API cn_model *cn_model_from_notation(const char *name, const char *text);

/* ---- models as layers ----------------------------------------------------------------------------------
 *
 *     cn_model *base = cn_model_load("base.keras");
 *     cn_model_set_trainable(base, false);
 *     cn_tensor *in = cn_tensor_input(28, 28, 1);
 *     cn_tensor *out = cn_call(cn_dense(10, .activation = "softmax"), cn_call(base, in));
 *     cn_model *m = cn_model_from(&in, 1, &out, 1);
 *     cn_model_free(base);
 *
 * A call of a model is a call of its layers: whatever is called, or called again, has the same weights, and training one model
 * trains the other. Its layers are frozen or trained as they are wherever they stand. The caller keeps the model and frees it
 * as always; it lives on while a model that it is a layer of does. A Sequential model without a shape gets it by its first
 * call. Its name is the layer's. Without a name it is called functional, sequential, sequential_1, …
 *
 * A model that is not built is built with the outer one, by the outer one's seed unless it was given one. */

/* What the model gives for these inputs: its first output; cn_call_output has the others. NULL on failure. */
CN_API cn_tensor *cn_call_model_on(cn_model *model, cn_tensor *const *inputs, size_t count);
/* The model that is the layer of this name; free it with cn_model_free. NULL where there is none. */
CN_API cn_model *cn_model_within(const cn_model *model, const char *name);
/* The tensors of a model that was made of a graph, for other layers to be called on: its inputs, its outputs, and what a
 * layer gave at its first call. NULL and a message on failure. A model made from them shares the layers. */
CN_API cn_tensor *cn_model_input(const cn_model *model, size_t index);
CN_API cn_tensor *cn_model_output(const cn_model *model, size_t index);
CN_API cn_tensor *cn_model_layer_output(const cn_model *model, const char *layer);
/* Whether weights are trained: of all layers, of models within too, and of one layer (or all within it). Compile after it. */
CN_API void cn_model_set_trainable(cn_model *model, bool trainable);
CN_API CN_CHECK cn_status cn_model_set_layer_trainable(cn_model *model, const char *layer, bool trainable);

#ifndef __cplusplus
/* A layer or a model: cn_model_add(m, cn_dense(10)), cn_model_add(m, base). */
#define cn_model_add(model, layer)                                                                           \
    _Generic((layer), cn_model * : cn_model_add_model, default : cn_model_add)(model, layer)
/* cn_tensor_input(28, 28, 1): a sample's shape. */
#define cn_tensor_input(...)                                                                                 \
    cn_tensor_input_new((int)(sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)), (size_t[]){__VA_ARGS__})
/* cn_call(layer, tensor, …), cn_call(model, tensor, …): any number of inputs. */
#define cn_call(layer, ...)                                                                                  \
    _Generic((layer), cn_model *                                                                             \
             : cn_call_model_on, default                                                                     \
             : cn_call_on)(layer, (cn_tensor *[]){__VA_ARGS__},                                              \
                           sizeof((cn_tensor *[]){__VA_ARGS__}) / sizeof(cn_tensor *))
#endif

/* Inputs and outputs of any model: 1 each for a line of layers. Names are those of their layers. */
CN_API size_t cn_model_input_count(const cn_model *model);
CN_API size_t cn_model_output_count(const cn_model *model);
CN_API const char *cn_model_input_name(const cn_model *model, size_t index);
CN_API const char *cn_model_output_name(const cn_model *model, size_t index);

/* ---- what a model is ------------------------------------------------------------------------------ */

CN_API size_t cn_model_layer_count(const cn_model *model);
CN_API const char *cn_model_layer_name(const cn_model *model, size_t layer);

/* Trainable and all parameters; 0 before the model is built. */
CN_API size_t cn_model_parameters(const cn_model *model);
CN_API size_t cn_model_trainable_parameters(const cn_model *model);

/* A sample's output shape as "(None, 10)" goes into the array: ndim and shape with shape[0] = 0. */
CN_API CN_CHECK cn_status cn_model_output_shape(const cn_model *model, int *ndim, size_t *shape);

/* Keras's summary table; a model that begins with an Input layer is built for it. Free it with cn_text_free.
 * NULL on failure. */
CN_API char *cn_model_summary(cn_model *model);
/* The plan that training with `batch_size` runs: a line a step, with shapes, bytes and FLOPs. The
 * model must be compiled. */
CN_API char *cn_model_plan_text(cn_model *model, size_t batch_size);
CN_API void cn_text_free(char *text);

/* Multiplications and additions of one sample's forward pass: 2 · in · out + out for a Dense layer with a bias;
 * 0 before it is built, NaN on failure. */
CN_API double cn_model_flops(const cn_model *model);

/* ---- weights, in the order of Keras's get_weights() ------------------------------------------------ */

CN_API size_t cn_model_weight_count(const cn_model *model);
/* "dense/kernel" */
CN_API CN_CHECK cn_status cn_model_weight_name(const cn_model *model, size_t i, char *buffer, size_t size);
/* A new float32 array in Keras's shape; free it with cn_array_free. */
CN_API CN_CHECK cn_status cn_model_get_weight(const cn_model *model, size_t i, cn_array *out);
/* Copies; shape and number type (float32 or float64) are checked, and a wrong one changes nothing. */
CN_API CN_CHECK cn_status cn_model_set_weight(cn_model *model, size_t i, const cn_array *weight);
/* All of them; the count is checked first. */
CN_API CN_CHECK cn_status cn_model_set_weights(cn_model *model, const cn_array *weights, size_t count);

#ifdef __cplusplus
}
#endif

/* ---- C++20: the same functions ----------------------------------------------------------------------------
 *
 *     cn_model_add(m, cn_dense(512, .activation = "relu"));
 *
 * Options stand in the order in which the struct has them, as C++ asks for. A convolution's second argument is a size for
 * both axes. */
#if defined(__cplusplus) && __cplusplus >= 202002L

#define CN_OPTIONS_(function, type, ...)                                                                     \
    [&] {                                                                                                    \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"")    \
            const type cn_options_ = {__VA_ARGS__};                                                          \
        _Pragma("GCC diagnostic pop") return function(&cn_options_);                                         \
    }()

#define cn_dense(...) CN_OPTIONS_(cn_dense_new, cn_dense_options, .units = __VA_ARGS__)
#define cn_conv1d(filters_, size_, ...)                                                                      \
    CN_OPTIONS_(cn_conv1d_new, cn_conv_options, .filters = filters_,                                         \
                .kernel_size = {size_} __VA_OPT__(, ) __VA_ARGS__)
#define cn_conv2d(filters_, size_, ...)                                                                      \
    CN_OPTIONS_(cn_conv2d_new, cn_conv_options, .filters = filters_,                                         \
                .kernel_size = {size_} __VA_OPT__(, ) __VA_ARGS__)
#define cn_batch_normalization(...)                                                                          \
    CN_OPTIONS_(cn_batch_normalization_new, cn_batch_normalization_options, __VA_ARGS__)
#define cn_layer_normalization(...)                                                                          \
    CN_OPTIONS_(cn_layer_normalization_new, cn_layer_normalization_options, __VA_ARGS__)

/* cn_input(28, 28), cn_reshape(28, -1), cn_tensor_input(784): a sample's shape. */
template <class... Sizes> cn_layer *cn_input(Sizes... sizes)
{
    const size_t shape[] = {static_cast<size_t>(sizes)...};
    return cn_input_new(static_cast<int>(sizeof...(sizes)), shape);
}
template <class... Sizes> cn_layer *cn_reshape(Sizes... sizes)
{
    const long shape[] = {static_cast<long>(sizes)...};
    return cn_reshape_new(static_cast<int>(sizeof...(sizes)), shape);
}
template <class... Sizes> cn_tensor *cn_tensor_input(Sizes... sizes)
{
    const size_t shape[] = {static_cast<size_t>(sizes)...};
    return cn_tensor_input_new(static_cast<int>(sizeof...(sizes)), shape);
}
/* cn_call(layer, tensor, …) */
template <class... Tensors> cn_tensor *cn_call(cn_layer *layer, Tensors... inputs)
{
    cn_tensor *const all[] = {inputs...};
    return cn_call_on(layer, all, sizeof...(inputs));
}

#endif
#endif
