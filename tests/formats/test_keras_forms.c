/* Networks and compile configurations in forms that Keras has written at some time, or that people write by hand: each is read as what it
 * is, or refused with a message that names what is wrong; also while each allocation fails in turn. */
#include "base/arena_test.h"
#include "formats/support.h"

#define LINE(layers) "{'class_name': 'Sequential', 'config': {'layers': [" layers "]}}"
#define LAYER(class_name, config) "{'class_name': '" class_name "', 'config': {" config "}}"
#define IN LAYER("InputLayer", "'batch_shape': [null, 3]")
#define DENSE(config) LAYER("Dense", "'units': 2" config)
#define GRAPH(layers, ends)                                                                                  \
    "{'class_name': 'Functional', 'config': {'name': 'm', 'layers': [" layers "], " ends "}}"
#define NODE(class_name, name, config, calls)                                                                \
    "{'class_name': '" class_name "', 'name': '" name "', 'config': {" config "}, 'inbound_nodes': [" calls  \
    "]}"
#define GRAPH_IN NODE("InputLayer", "a", "'batch_shape': [null, 3]", "")
#define ENDS "'input_layers': [['a', 0, 0]], 'output_layers': [['b', 0, 0]]"

typedef struct row {
    const char *json, *expected; /* a part of the summary, or of the message */
} row;

static const row networks[] = {
    /* where and how the input's shape is given */
    {LINE(LAYER("Input", "'shape': [3]") "," DENSE("")), "Total params: 8 "},
    {LINE(LAYER("InputLayer", "'shape': 3") "," DENSE("")), "Total params: 8 "},
    {LINE(LAYER("InputLayer", "'batch_shape': []") "," DENSE("")),
     "\"batch_shape\" must be a list of sizes, null first"},
    {LINE(LAYER("InputLayer", "'batch_shape': 3") "," DENSE("")),
     "\"batch_shape\" must be a list of sizes, null first"},
    {LINE(LAYER("InputLayer", "'shape': 'three'") "," DENSE("")), "\"shape\" must be a list of sizes"},
    {LINE(LAYER("InputLayer", "'shape': 0") "," DENSE("")), "has 0 where a size over 0 is needed"},
    {LINE(LAYER("InputLayer", "") "," DENSE("")), "it needs \"batch_shape\", as in [null, 784]"},
    {LINE(LAYER("InputLayer", "'shape': [3], 'sparse': true") "," DENSE("")), "\"sparse\" is not supported"},
    {LINE(LAYER("InputLayer", "'shape': [3], 'sparse': false, 'ragged': null") "," DENSE("")),
     "Total params: 8 "},
    {LINE(LAYER("InputLayer", "'shape': [3], 'renorm': true") "," DENSE("")), "unknown argument \"renorm\""},
    {LINE(LAYER("InputLayer", "'shape': [3], 'quantization_config': 8") "," DENSE("")),
     "\"quantization_config\" is not supported"},
    {LINE(DENSE(", 'input_dim': 3")), "Total params: 8 "},
    {LINE(DENSE(", 'input_shape': [3]")), "Total params: 8 "},
    {"{'class_name': 'Sequential', 'config': {'build_input_shape': [null, 3], 'layers': [" DENSE("") "]}}",
     "Total params: 8 "},
    {"{'class_name': 'Sequential', 'config': {'build_input_shape': 3, 'shape': [3], 'layers': [" DENSE(
         "") "]}}",
     "Total params: 8 "},
    {"{'class_name': 'Sequential', 'config': {'build_input_shape': [null, 9], 'layers': [" IN
     "," DENSE("") "]}}",
     "Total params: 8 "},
    {"{'class_name': 'Sequential', 'config': [" DENSE(", 'input_dim': 3") "]}", "Total params: 8 "},
    {"{'layers': [" DENSE(", 'input_dim': 3") "]}", "Total params: 8 "},
    {"{'class_name': 'Sequential', 'config': {'dtype': 'float16', 'layers': [" IN "," DENSE("") "]}}",
     "dtype float16 is not supported"},
    {"{'class_name': 'Sequential', 'config': {'trainable': false, 'layers': [" IN "," DENSE("") "]}}",
     " Trainable params: 8 "},
    {"{'class_name': 'Sequential', 'config': {'trainable': false, 'layers': [" IN
     "," DENSE(", 'trainable': false") "]}}",
     " Trainable params: 0 "},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"), "'trainable': false, " ENDS),
     " Trainable params: 0 "},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"), "'trainable': true, " ENDS),
     " Trainable params: 8 "},
    {"[]", "it is no JSON object"},
    {"3", "not valid JSON"},
    {"{'class_name': 'Dense'}", "it holds a Dense; expected a Sequential or a Functional model"},
    {"{'class_name': 'Sequential', 'config': {'layers': {}}}", "it has no list of layers"},
    {LINE(IN ", {'config': {}}"), "layer 2 has no \"class_name\""},
    {LINE(IN ", 5"), "layer 2 has no \"class_name\""},
    {LINE(IN ", {'class_name': 'Dense', 'config': [2]}"), "\"config\" must be an object"},
    {LINE(IN ", {'class_name': 'Dense', 'units': 2}"), "unknown key \"units\"; arguments go into \"config\""},
    /* what layers hold beside their arguments */
    {LINE(IN "," DENSE(", 'dtype': {'class_name': 'DTypePolicy', 'config': {'name': 'float32'}}")),
     "Total params: 8 "},
    {LINE(IN "," DENSE(", 'dtype': {'class_name': 'DTypePolicy', 'config': {}}")),
     "dtype (no name) is not supported"},
    {LINE(IN "," DENSE(", 'dtype': 32")), "dtype (no name) is not supported"},
    {LINE(IN "," DENSE(", 'lora_rank': 4")), "\"lora_rank\" is not supported"},
    {LINE(IN "," DENSE(", 'renorm': true")), "renorm"},
    {LINE(IN "," LAYER("BatchNormalization", "'renorm': true")), "\"renorm\" is not supported"},
    {LINE(IN "," LAYER("BatchNormalization", "'renorm': false, 'virtual_batch_size': null")),
     "Total params: 12 "},
    {LINE(IN "," DENSE(", 'groups': 1, 'activity_regularizer': null")), "Total params: 8 "},
    {LINE(IN "," DENSE(", 'groups': 2")), "groups"},
    {LINE(IN "," LAYER("Flatten", "'groups': 'one'")), "groups"},
    {LINE(IN "," LAYER("Dropout", "'rate': 0.5, 'activity_regularizer': 'l2'")), "activity_regularizer"},
    {LINE(IN "," LAYER("LeakyReLU", "'alpha': 0.25")), "LeakyReLU"},
    {LINE(IN "," LAYER("ReLU", "'alpha': 0.25")), "alpha"},
    /* values that are objects */
    {LINE(IN "," DENSE(
         ", 'kernel_initializer': {'class_name': 'IdentityInitializer', 'config': {'gain': 2.0}}")),
     "Total params: 8 "},
    {LINE(IN "," DENSE(", 'kernel_initializer': {'class_name': 'Zeros', 'config': 5}")),
     "\"config\" of Zeros must be an object"},
    {LINE(IN "," DENSE(
         ", 'kernel_initializer': {'class_name': 'Constant', 'config': {'value': 1, 'dtype': 'float64'}}")),
     "dtype float64 is not supported"},
    {LINE(IN "," DENSE(
         ", 'kernel_initializer': {'class_name': 'Constant', 'config': {'value': 1, 'dtype': 'float32'}}")),
     "Total params: 8 "},
    {LINE(IN "," DENSE(", 'kernel_initializer': {'class_name': 'Zeros', 'config': {}, 'module': 'mine'}")),
     "it is of the module mine"},
    {LINE(IN "," DENSE(
         ", 'kernel_initializer': {'class_name': 'GlorotUniform', 'config': {'seed': null, 'input_axes': null}}")),
     "Total params: 8 "},
    {LINE(IN "," DENSE(
         ", 'kernel_initializer': {'class_name': 'GlorotUniform', 'config': {'input_axes': [0]}}")),
     "input_axes"},
    {LINE(IN "," DENSE(
         ", 'activation': {'class_name': 'Softmax', 'config': {'axis': -1}, 'module': 'keras.layers'}")),
     "Total params: 8 "},
    {LINE(IN "," DENSE(
         ", 'activation': {'class_name': 'Softmax', 'config': {'axis': 1}, 'module': 'keras.layers'}")),
     "axis"},
    {LINE(IN "," DENSE(
         ", 'activation': {'class_name': 'Softmax', 'config': {'axis': 'last'}, 'module': 'keras.layers'}")),
     "axis"},
    {LINE(IN "," DENSE(
         ", 'activation': {'class_name': 'ReLU', 'config': {'axis': -1}, 'module': 'keras.layers'}")),
     "axis"},
    {LINE(IN "," DENSE(
         ", 'activation': {'class_name': 'ReLU', 'config': {'name': 'r', 'trainable': true}, 'module': 'keras.layers'}")),
     "Total params: 8 "},
    {LINE(IN "," DENSE(", 'activation': {'class_name': 'ReLU', 'config': {'name': 'r'}}")), "name"},
    {LINE(IN "," DENSE(", 'activation': {'config': 'relu'}")), "an object without \"class_name\""},
    {LINE(IN "," DENSE(", 'activation': {'class_name': 'function', 'config': 'relu'}")), "Total params: 8 "},
    {LINE(IN "," DENSE(", 'activation': {'class_name': 'function', 'config': {'config': {}}}")),
     "an object without \"class_name\""},
    {LINE(IN "," LAYER("Reshape", "'target_shape': {'class_name': '__tuple__', 'items': [1, 3]}")),
     "(None, 1, 3)"},
    {LINE(IN "," LAYER("Reshape", "'target_shape': {'class_name': '__tuple__', 'items': [{}, 3]}")),
     "an object without \"class_name\""},
    {LINE(IN "," LAYER("Reshape", "'target_shape': {'class_name': '__tuple__'}")), "target_shape"},
    {LINE(IN "," LAYER(
         "Normalization",
         "'axis': -1, 'mean': {'class_name': '__numpy__', 'config': {'value': [1, 2, 0.1], 'dtype': 'float32'}}, 'variance': [1, 1, 1]")),
     "Normalization"},
    {LINE(IN "," LAYER(
         "Normalization",
         "'axis': -1, 'mean': {'class_name': '__tensor__', 'config': {'value': [1, 2, 0.1], 'dtype': 'float64'}}, 'variance': [1, 1, 1]")),
     "Normalization"},
    {LINE(IN "," LAYER(
         "Normalization",
         "'axis': null, 'mean': {'class_name': '__tensor__', 'config': {'value': 0.1, 'dtype': 'float32'}}, 'variance': 1")),
     "Normalization"},
    {LINE(IN "," LAYER(
         "Normalization",
         "'axis': -1, 'mean': {'class_name': '__tensor__', 'config': {'value': {}}}, 'variance': 1")),
     "an object without \"class_name\""},
    {LINE(IN "," LAYER(
         "Normalization",
         "'axis': -1, 'mean': {'class_name': '__tensor__', 'config': {'value': [1e300, 1, 1], 'dtype': 'float32'}}, 'variance': [1, 1, 1]")),
     "Normalization"},
    {LINE(IN "," DENSE(", 'use_bias': 'tr\\u0000ue'")), "its text contains a NUL character"},
    {LINE(IN "," DENSE(", 'name': 'a\\u0000b'")), "\"name\": \"a…\" holds a character of code 0"},
    /* Keras 1 */
    {LINE(LAYER("Dense", "'output_dim': 2, 'input_dim': 3")), "Keras 1"},
    {"{'class_name': 'Sequential', 'keras_version': '1.2.2', 'config': [" LAYER("Dense",
                                                                                "'output_dim': 2") "]}",
     "Keras 1 (keras_version 1.2.2)"},
    {LINE(
         IN
         ", {'class_name': 'Embedding', 'module': 'keras.layers', 'config': {'input_dim': 5, 'output_dim': 2}}"),
     "Embedding"},
    {"{'class_name': 'Sequential', 'keras_version': '2.9.0', 'config': {'layers': [" DENSE(
         ", 'input_dim': 3, 'activation': 'hard_sigmoid'") "]}}",
     "hard_sigmoid"},
    {"{'class_name': 'Sequential', 'keras_version': '2.9.0', 'config': {'layers': [" IN
     ", " LINE(DENSE(", 'input_dim': 3, 'activation': 'hard_sigmoid'")) "]}}",
     "hard_sigmoid"},
    {"{'class_name': 'Sequential', 'keras_version': '2.9.0', 'config': {'layers': [" IN
     ", " LINE(DENSE(", 'input_dim': 3, 'activation': {'class_name': 'function', 'config': 'relu'}")) "]}}",
     "Total params: 8 "},
    /* graphs */
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0, {}]]"), ENDS), "Total params: 8 "},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"),
           "'input_layers': ['a', 0, 0], 'output_layers': {'out': ['b', 0, 0]}"),
     "Total params: 8 "},
    {GRAPH(GRAPH_IN
           "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0, {'mask': [null, null], 'training': null}]]"),
           ENDS),
     "Total params: 8 "},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0, {'mask': [null, 1]}]]"), ENDS),
     "it is called with mask, which is not supported"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0, {'training': true}]]"), ENDS),
     "it is called with training, which is not supported"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 'one', 0]]"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', -1, 0]]"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, -1]]"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 3]]"), ENDS), "output 3"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[[5, 0, 0]]"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "5"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[]"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "{'args': [], 'kwargs': {}}"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(
         GRAPH_IN "," NODE(
             "Dense", "b", "'units': 2",
             "{'args': [{'class_name': '__keras_tensor__', 'config': {'keras_history': ['a', 0, 0]}}], 'kwargs': {'training': true}}"),
         ENDS),
     "Total params: 8 "},
    {GRAPH(
         GRAPH_IN "," NODE(
             "Dense", "b", "'units': 2",
             "{'args': [{'class_name': '__keras_tensor__', 'config': {'keras_history': ['a', 0, 0]}}], 'kwargs': {'mask': 1}}"),
         ENDS),
     "it is called with mask"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "{'args': [{}], 'kwargs': {}}"), ENDS),
     "\"inbound_nodes\" does not say what it takes"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['c', 0, 0]]"), ENDS), "there is no layer c"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 1, 0]]"), ENDS), "layer a has no call 1"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['b', 0, 0]]"), ENDS),
     "what it takes is never made"},
    {GRAPH(GRAPH_IN "," GRAPH_IN, ENDS), "two layers are named 'a'"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"), "'input_layers': [['a', 0, 0]]"),
     "\"output_layers\" is missing or empty"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"),
           "'input_layers': [['a', 0, 0]], 'output_layers': [5]"),
     "\"output_layers\" holds what is no [\"layer\", 0, 0]"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"),
           "'input_layers': 7, 'output_layers': [['b', 0, 0]]"),
     "\"input_layers\" holds what is no"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", ""), ENDS), "\"output_layers\": nothing makes it"},
    {GRAPH(GRAPH_IN "," NODE("Dense", "b", "'units': 2", "[['a', 0, 0]]"),
           "'input_layers': [['a', 0, 0]], 'output_layers': [['b', 2, 0]]"),
     "layer b has no call 2"},
};

static const row compiled[] = {
    {"{'optimizer': 'sgd', 'loss': 'mse'}", NULL},
    {"{}", NULL},
    {"null", "not valid JSON"},
    {"[]", "the compile configuration is no object"},
    {"{'loss': 'mse'}", "no optimizer is named"},
    {"{'optimizer': null, 'loss': 'mse'}", "optimizer: expected a name or an object"},
    {"{'optimizer': 5, 'loss': 'mse'}", "optimizer: expected a name or an object"},
    {"{'optimizer': 'sgd', 'loss': 5}", "loss: expected a name or an object"},
    {"{'optimizer': 'sgd', 'loss': 'ms\\u0000e'}", "its text contains a NUL character"},
    {"{'optimizer': 'sgd', 'loss': ['mse']}", NULL},
    {"{'optimizer': 'sgd', 'loss': {'out': 'mse'}}", NULL},
    {"{'optimizer': 'sgd', 'loss': {'class_name': 'MeanSquaredError', 'config': {'reduction': 'sum_over_batch_size', 'name': 'mean_squared_error'}}}",
     NULL},
    {"{'optimizer': 'sgd', 'loss': {'class_name': 'LossFunctionWrapper', 'config': {}}}",
     "a LossFunctionWrapper without \"fn\""},
    {"{'optimizer': 'sgd', 'loss': {'class_name': 'LossFunctionWrapper', 'config': {'fn': 'mse'}}}", NULL},
    {"{'optimizer': 'sgd', 'loss': {'class_name': 'LossFunctionWrapper', 'config': {'fn': {'class_name': 'function', 'config': 'mse'}}}}",
     NULL},
    {"{'optimizer': 'sgd', 'loss': {'class_name': 'function', 'config': 'mse'}}", NULL},
    {"{'optimizer': 'sgd', 'loss': {'config': {}}}", "an object without \"class_name\""},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': 'mae'}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': ['mae', 'mse']}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': [['mae', 'mse']]}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': {'out': ['mae']}}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': {'out': 'mae'}}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': [{'class_name': 'MeanMetricWrapper', 'config': {'name': 'mae', 'fn': 'mean_absolute_error'}}]}",
     NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': [5]}", "metric: expected a name or an object"},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'metrics': null, 'weighted_metrics': [['mae']]}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'loss_weights': [0.5]}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'loss_weights': 0.5}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'loss_weights': {'out': 2}}", NULL},
    {"{'optimizer': 'sgd', 'loss': 'mse', 'loss_weights': 'much'}", "much"},
    {"{'optimizer': {'class_name': 'SGD', 'config': 5}, 'loss': 'mse'}",
     "\"config\" of SGD must be an object"},
    {"{'optimizer': {'class_name': 'SGD'}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'Custom>SGD', 'registered_name': 'Custom>SGD', 'config': {'learning_rate': 0.5}}, 'loss': 'mse'}",
     NULL},
    {"{'optimizer': {'class_name': 'Mine>SGD', 'config': {}}, 'loss': 'mse'}", "Mine>SGD is a custom class"},
    {"{'optimizer': {'class_name': 'SGD', 'registered_name': 'Mine>SGD', 'config': {}}, 'loss': 'mse'}",
     "Mine>SGD is a custom class"},
    {"{'optimizer': {'class_name': 'SGD', 'module': 'mine', 'config': {}}, 'loss': 'mse'}",
     "it is of the module mine"},
    {"{'optimizer_config': {'class_name': 'SGD', 'config': {'lr': 0.5}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'dtype': 'float16'}}, 'loss': 'mse'}",
     "dtype float16 is not supported"},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'jit_compile': true, 'is_legacy_optimizer': false}}, 'loss': 'mse'}",
     NULL},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'lr': 0.1, 'decay': 0.01}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'learning_rate': 1, 'decay': 0.01}}, 'loss': 'mse'}",
     NULL},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'lr': 0.1, 'decay': 0}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'lr': 0.1, 'decay': false}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'lr': 0.1, 'decay': 'some'}}, 'loss': 'mse'}",
     "\"decay\" is supported with a learning rate that is a number"},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'lr': 'some', 'decay': 0.1}}, 'loss': 'mse'}",
     "\"decay\" is supported with a learning rate that is a number"},
    {"{'optimizer': {'class_name': 'SGD', 'config': {'decay': 0.1}}, 'loss': 'mse'}",
     "\"decay\" is supported with a learning rate that is a number"},
    {"{'optimizer': {'class_name': 'Nadam', 'config': {'lr': 0.1, 'schedule_decay': 0.004, 'epsilon': null}}, 'loss': 'mse'}",
     NULL},
    {"{'optimizer': {'class_name': 'Nadam', 'config': {'lr': 0.1, 'schedule_decay': 0.1}}, 'loss': 'mse'}",
     "\"schedule_decay\" is not supported; it must be 0.004"},
    {"{'optimizer': {'class_name': 'Nadam', 'config': {'lr': 0.1, 'schedule_decay': 'some'}}, 'loss': 'mse'}",
     "\"schedule_decay\" is not supported; it must be 0.004"},
    {"{'optimizer': {'class_name': 'Adam', 'config': {'lr': 0.1, 'epsilon': 1e-8}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'Adagrad', 'config': {'lr': 0.1}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'Adam', 'config': {'learning_rate': 0.10000000149011612}}, 'loss': 'mse'}",
     NULL},
    {"{'optimizer': {'class_name': 'Adam', 'config': {'learning_rate': 1e300}}, 'loss': 'mse'}", NULL},
    {"{'optimizer': {'class_name': 'Adam', 'config': {'learning_rate': {'class_name': 'CosineDecay', 'config': {'initial_learning_rate': 0.1, 'decay_steps': 10}}}}, 'loss': 'mse'}",
     NULL},
    {"{'optimizer': {'class_name': 'AdamW', 'config': {}, 'exclude_from_weight_decay': ['bias']}, 'loss': 'mse'}",
     NULL},
};

/* JSON in C, with ' for ". */
static void quote(const char *json, char out[4000])
{
    assert_true(strlen(json) < 4000);
    for (; *json; json++) *out++ = *json == '\'' ? '"' : *json;
    *out = '\0';
}

/* The summary, or NULL and a message. */
static char *read_network(const char *json)
{
    cn_model *model = cn_model_from_json(json);
    char *summary = model ? cn_model_summary(model) : NULL;
    cn_model_free(model);
    return summary;
}

static size_t wrong;

static void check_network(const row *r)
{
    char json[4000];
    quote(r->json, json);
    cn_error_clear();
    char *summary = read_network(json);
    if (!strstr(summary ? summary : cn_error(), r->expected)) {
        print_error("%s\n'%s' is not in: %s\n", r->json, r->expected, summary ? summary : cn_error());
        wrong++;
    }
    cn_text_free(summary);
    for (long n = 0, left = 0; left <= 0; n += getenv("CORNU_SANITIZED") ? 11 : 1) {
        cn_error_clear();
        cn__allocations_left = n;
        summary = read_network(json);
        left = cn__allocations_left;
        cn__allocations_left = -1;
        if (left <= 0 && !summary && cn_error_status() != CN_ERROR_MEMORY &&
            !strstr(cn_error(), r->expected)) {
            print_error("%s, allocation %ld: %s\n", r->json, n, cn_error());
            wrong++;
        }
        cn_text_free(summary);
    }
}

static void networks_are_read_or_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) check_network(&networks[i]);
    assert_int_equal(wrong, 0);
}

static cn_status compile(const char *json)
{
    cn_model *model = cn_model_from_notation("net", "input 3; dense 2 name=out");
    const cn_status status = model ? cn_model_compile_from_json(model, json) : cn_error_status();
    cn_model_free(model);
    return status;
}

static void what_models_are_compiled_with_is_read_or_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof compiled / sizeof *compiled; i++) {
        char json[4000];
        quote(compiled[i].json, json);
        const char *expected = compiled[i].expected;
        cn_error_clear();
        const cn_status status = compile(json);
        if ((status == CN_OK) != !expected || (expected && !strstr(cn_error(), expected))) {
            print_error("%s\n'%s' is not in: %s\n", compiled[i].json, expected ? expected : "(read)",
                        cn_error());
            wrong++;
        }
        for (long n = 0, left = 0; left <= 0; n += getenv("CORNU_SANITIZED") ? 11 : 1) {
            cn_error_clear();
            cn__allocations_left = n;
            const cn_status now = compile(json);
            left = cn__allocations_left;
            cn__allocations_left = -1;
            if (left <= 0 && now != CN_OK && now != CN_ERROR_MEMORY && now != status) {
                print_error("%s, allocation %ld: %s\n", compiled[i].json, n, cn_error());
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_read_or_refused_by_name),
        cmocka_unit_test(what_models_are_compiled_with_is_read_or_refused_by_name),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
