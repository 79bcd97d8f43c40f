/* Architectures in Keras's JSON: what Keras 3 and Keras 2 write and what people write by hand is read,
 * what does not belong is refused by name, and what is written is what Keras writes. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/formats.h"
#include "cornu/train.h"

#define OBJECT(class_name, config) "{'class_name': '" class_name "', 'config': " config "}"
#define SEQUENTIAL(layers) "{'class_name': 'Sequential', 'config': {'layers': [" layers "]}}"
#define INPUT_784 "{'class_name': 'InputLayer', 'config': {'batch_shape': [null, 784]}}"

/* The file tests/formats/files/json/NAME as one line; stands until the next is read. */
static const char *file(const char *name)
{
    static char text[8192];
    char path[512];
    snprintf(path, sizeof path, CORNU_TESTS_DIR "/formats/files/json/%s", name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("cannot open %s", path);
    const size_t size = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[size] = '\0';
    for (char *line = text; (line = strchr(line, '\n'));) {
        const bool between = line > text && line[-1] == ',';
        if (between) *line = ' ';
        else memmove(line, line + 1, strlen(line));
    }
    return text;
}

/* JSON in C, with ' for ". */
static char *quoted(const char *json)
{
    char *text = malloc(strlen(json) + 1);
    assert_non_null(text);
    strcpy(text, json);
    for (char *at = text; (at = strchr(at, '\''));) *at = '"';
    return text;
}

static cn_model *read(const char *json)
{
    char *text = quoted(json);
    cn_model *model = cn_model_from_json(text);
    free(text);
    if (!model) print_error("%s\n", cn_error());
    assert_non_null(model);
    return model;
}

/* The message of refusing `json`. */
static const char *refuse(const char *json)
{
    char *text = quoted(json);
    cn_model *model = cn_model_from_json(text);
    free(text);
    assert_null(model);
    return cn_error();
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("'%s' is not in: %s", part, text);
}

static void assert_json(cn_model *model, const char *expected)
{
    char *json = cn_model_to_json(model);
    if (!json) print_error("%s\n", cn_error());
    assert_non_null(json);
    assert_string_equal(json, expected);
    cn_text_free(json);
}

static void what_keras_3_writes_is_read_and_written_back_letter_for_letter(void **state)
{
    (void)state;
    const char *keras_3 = file("keras3.json");
    cn_model *model = read(keras_3);
    assert_string_equal(cn_model_name(model), "digits");
    assert_int_equal(cn_model_layer_count(model), 6);
    assert_string_equal(cn_model_layer_name(model, 0), "pixels");
    assert_string_equal(cn_model_layer_name(model, 2), "hidden");
    assert_json(model, keras_3);
    assert_int_equal(cn_model_build(model, 2, (size_t[]){28, 28}), CN_OK);
    assert_int_equal(cn_model_parameters(model), 784 * 16 + 16 + 4 * 16 + 16 * 10);
    assert_int_equal(cn_model_trainable_parameters(model), 2 * 16 + 16 * 10);
    assert_json(model, keras_3);
    cn_model_free(model);
}

static void a_hand_written_file_takes_kerass_defaults(void **state)
{
    (void)state;
    cn_model *model = read(SEQUENTIAL(INPUT_784 ", {'class_name': 'Dense', 'config': {'units': 3}}"));
    char *json = cn_model_to_json(model);
    assert_non_null(json);
    assert_has(json, "\"activation\": \"linear\", \"use_bias\": true");
    assert_has(json, "\"class_name\": \"GlorotUniform\", \"config\": {\"seed\": null}");
    cn_text_free(json);
    cn_model_free(model);
}

static void the_layers_alone_with_an_input_shape_are_enough(void **state)
{
    (void)state;
    cn_model *model =
        read("{'input_shape': [20], 'layers': [{'class_name': 'Dense', 'config': {'units': 3}}, "
             "{'class_name': 'Flatten'}]}");
    assert_int_equal(cn_model_layer_count(model), 3);
    assert_int_equal(cn_model_build(model, 1, (size_t[]){20}), CN_OK);
    assert_int_equal(cn_model_parameters(model), 63);
    cn_model_free(model);
}

static void what_keras_2_writes_is_read(void **state)
{
    (void)state;
    cn_model *model = read(file("keras2.json"));
    assert_int_equal(cn_model_layer_count(model), 3);
    assert_int_equal(cn_model_build(model, 1, (size_t[]){8}), CN_OK);
    assert_int_equal(cn_model_parameters(model), 8 * 4 + 4 + 4 * 4);
    cn_model_free(model);
}

/* Keras 2 writes the number of groups for every layer of convolution. */
static void one_group_says_nothing(void **state)
{
    (void)state;
    static const char keras[] =
        "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [{'class_name': 'InputLayer', "
        "'config': {'batch_input_shape': [null, 8, 8, 2]}}, {'class_name': 'DepthwiseConv2D', 'config': "
        "{'kernel_size': [3, 3], 'groups': %d}}, {'class_name': 'Conv2DTranspose', 'config': {'filters': 4, "
        "'kernel_size': [3, 3], 'groups': 1}}]}, 'keras_version': '2.11.0'}";
    char json[sizeof keras];
    snprintf(json, sizeof json, keras, 1);
    cn_model *model = read(json);
    assert_int_equal(cn_model_build(model, 3, (size_t[]){8, 8, 2}), CN_OK);
    assert_int_equal(cn_model_parameters(model), 20 + 76);
    cn_model_free(model);
    snprintf(json, sizeof json, keras, 2);
    assert_has(refuse(json), "unknown argument 'groups'");
}

static void a_layer_may_stand_for_an_activation(void **state)
{
    (void)state;
    static const char keras[] = SEQUENTIAL(
        INPUT_784 ", {'class_name': 'Dense', 'config': {'units': 3, 'activation': {'module': 'keras.layers', "
                  "'class_name': 'Softmax', 'config': {'name': 'softmax', 'trainable': true, 'axis': %d}}}}");
    char json[sizeof keras];
    snprintf(json, sizeof json, keras, -1);
    cn_model *model = read(json);
    char *text = cn_model_to_json(model);
    assert_has(text, "\"activation\": \"softmax\"");
    cn_text_free(text);
    cn_model_free(model);
    snprintf(json, sizeof json, keras, 0);
    assert_has(refuse(json), "'axis'");
}

static void what_is_written_is_read_back_as_the_same(void **state)
{
    (void)state;
    static const char *const notations[] = {
        "input 12; reshape 3 4; dense 5 elu; layer_normalization; flatten; dense 2 sigmoid",
        "dense 7 kernel_initializer=random_normal(0,0.2) bias_initializer=constant(0.1) kernel_regularizer=l1_l2(0.1,0.2)",
        "input 3; dense 4 kernel_initializer=variance_scaling(scale=2.0,mode=fan_out) bias_constraint=non_neg",
        "input 3; dense 4 kernel_initializer=orthogonal kernel_constraint=unit_norm; dense 4 kernel_initializer=identity",
        "input 3; dense 4 leaky_relu; activation leaky_relu(negative_slope=0.1); dense 1 name=last trainable=false",
        "input 3; dense 4 kernel_initializer=random_uniform(minval=-0.1,seed=3); activation relu(max_value=6)",
    };
    for (size_t i = 0; i < sizeof notations / sizeof *notations; i++) {
        cn_model *model = cn_model_new(NULL);
        if (cn_model_add_notation(model, notations[i]) != CN_OK) fail_msg("%s", cn_error());
        char *json = cn_model_to_json(model);
        if (!json) fail_msg("%s", cn_error());
        cn_model *again = read(json);
        assert_json(again, json);
        cn_model_free(again);
        cn_text_free(json);
        cn_model_free(model);
    }
}

static void arguments_by_position_are_written_by_name(void **state)
{
    (void)state;
    cn_model *model = cn_model_new(NULL);
    assert_int_equal(cn_model_add_notation(model, "dense 7 kernel_initializer=random_normal(0.5,0.2)"),
                     CN_OK);
    char *json = cn_model_to_json(model);
    assert_non_null(json);
    assert_has(json, "\"RandomNormal\", \"config\": {\"mean\": 0.5, \"stddev\": 0.2, \"seed\": null}");
    cn_text_free(json);
    cn_model_free(model);
}

static void a_model_built_on_data_is_written_with_its_input(void **state)
{
    (void)state;
    cn_model *model = cn_model_new(NULL);
    cn_model_add(model, cn_dense(3));
    assert_int_equal(cn_model_build(model, 1, (size_t[]){5}), CN_OK);
    char *json = cn_model_to_json(model);
    assert_non_null(json);
    assert_has(json, "\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 5]");
    cn_text_free(json);
    cn_model_free(model);
}

static void an_activation_that_keras_cannot_hold_is_not_written(void **state)
{
    (void)state;
    cn_model *model = cn_model_new(NULL);
    cn_model_add(model, cn_activation("gelu(approximate=true)"));
    assert_null(cn_model_to_json(model));
    assert_has(cn_error(), "gelu");
    cn_model_free(model);
}

static void an_unknown_layer_is_answered_with_the_nearest(void **state)
{
    (void)state;
    const char *message = refuse(SEQUENTIAL(INPUT_784 ", {'class_name': 'Dence', 'config': {'units': 3}}"));
    assert_has(message, "layer 2 (Dence)");
    assert_has(message, "dense");
    assert_has(refuse(SEQUENTIAL("{'class_name': 'Dense', 'config': {'units': 3, 'use_bais': true}}")),
               "use_bias");
}

static void what_has_no_place_here_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {SEQUENTIAL("{'class_name': 'Dense', 'config': {'units': 3, 'dtype': 'mixed_float16'}}"),
         "mixed_float16"},
        {SEQUENTIAL("{'class_name': 'BatchNormalization', 'config': {'synchronized': true}}"),
         "synchronized"},
        {SEQUENTIAL("{'class_name': 'BatchNormalization', 'config': {'renorm': true}}"), "renorm"},
        {SEQUENTIAL("{'class_name': 'MaxPooling2D', 'config': {'padding': null}}"),
         "padding = none, expected a word"},
        {SEQUENTIAL("{'class_name': 'Conv1D', 'config': {'filters': 1, 'kernel_size': 1, 'padding': null}}"),
         "padding = none, expected a word"},
        {SEQUENTIAL("{'class_name': 'UpSampling2D', 'config': {'interpolation': null}}"),
         "interpolation = none, expected a word"},
        {SEQUENTIAL("{'class_name': 'Resizing', 'config': {'height': 2, 'width': 2, 'interpolation': null}}"),
         "interpolation = none, expected a word"},
        {SEQUENTIAL("{'class_name': 'RandomFlip', 'config': {'mode': null}}"),
         "mode = none, expected a word"},
        {SEQUENTIAL("{'class_name': 'Dense', 'registered_name': 'mine>Dense', 'config': {'units': 3}}"),
         "mine>Dense"},
        {SEQUENTIAL("{'class_name': 'Dense', 'units': 3}"), "units"},
        {SEQUENTIAL("{'class_name': 'InputLayer', 'config': {'batch_shape': [null, null]}}"), "batch_shape"},
        {SEQUENTIAL("{'class_name': 'InputLayer', 'config': {'batch_shape': [null, 3], 'sparse': true}}"),
         "sparse"},
        {SEQUENTIAL("{'class_name': 'InputLayer', 'config': {}}"), "batch_shape"},
        {SEQUENTIAL("{'config': {}}"), "class_name"},
        {"{'class_name': 'Functional', 'config': {'layers': []}}", "input_layers"},
        {"{'class_name': 'Sequential', 'config': {'layers': [" INPUT_784
         ", {'class_name': 'Activation', 'config': {'activation': 'hard_sigmoid'}}]}, "
         "'keras_version': '2.15.0'}",
         "layer 2: hard_sigmoid of Keras 2.15.0 is 0.2x"},
        {SEQUENTIAL(INPUT_784 ", " SEQUENTIAL("{'class_name': 'Conv9D', 'config': {}}")),
         "layer 2 (Sequential): layer 1 (Conv9D): unknown layer"},
        {SEQUENTIAL(INPUT_784
                    ", {'class_name': 'Dense', 'config': {'units': 3, 'kernel_initializer': " OBJECT(
                        "HeNormal", "{'seed': null, 'input_axes': [0], 'output_axes': null}") "}}"),
         "input_axes"},
        {"{'class_name': 'Sequential'}", "layers"},
        {"[1, 2]", "object"},
        {"{'class_name': 'Sequential',\n 'config': {,}}", "line 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_has(refuse(cases[i].json), cases[i].expected);
}

/* ---- functional models ---------------------------------------------------------------------------------------- */

#define FUNCTIONAL(layers, in, out)                                                                          \
    "{'class_name': 'Functional', 'config': {'name': 'f', 'layers': [" layers "], 'input_layers': " in       \
    ", 'output_layers': " out "}}"
#define NODE(class_name, config, inbound)                                                                    \
    "{'class_name': '" class_name "', 'config': " config ", 'inbound_nodes': [" inbound "]}"
#define IN(name) NODE("InputLayer", "{'batch_shape': [null, 8], 'name': '" name "'}", "")
#define DENSE(name, inbound) NODE("Dense", "{'units': 3, 'name': '" name "'}", inbound)
#define OF_CALL(name, call)                                                                                  \
    "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['" name "', " call ", 0]}}"
#define OF(name) OF_CALL(name, "0")
#define CALL_3(args, kwargs) "{'args': [" args "], 'kwargs': " kwargs "}"
#define CALL_2(name, kwargs) "[['" name "', 0, 0, " kwargs "]]"
#define END(name) "['" name "', 0, 0]"

static void functional_models_that_are_a_chain_are_read_as_keras_2_and_3_write_them(void **state)
{
    (void)state;
    static const char *const files[] = {
        FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3(OF("x"), "{'mask': null}")) ", " DENSE(
                       "b", CALL_3(OF("a"), "{'training': false}")),
                   END("x"), END("b")),
        FUNCTIONAL(IN("x") ", " DENSE("a", CALL_2("x", "{}")) ", " DENSE("b", CALL_2("a", "{}")),
                   "[" END("x") "]", "[" END("b") "]"),
    };
    for (size_t i = 0; i < 2; i++) {
        cn_model *model = read(files[i]);
        assert_string_equal(cn_model_name(model), "f");
        assert_int_equal(cn_model_layer_count(model), 3);
        assert_string_equal(cn_model_layer_name(model, 2), "b");
        cn_model_free(model);
    }
}

/* As Keras has it: such an input is given, and read by nobody. */
static void an_input_that_no_output_is_made_from_is_kept(void **state)
{
    (void)state;
    cn_model *model = read(FUNCTIONAL(IN("x") ", " IN("y") ", " DENSE("a", CALL_3(OF("x"), "{}")),
                                      "[" END("y") ", " END("x") "]", END("a")));
    char *text = cn_model_to_json(model);
    cn_model *again = read(text);
    assert_int_equal(cn_model_input_count(again), 2);
    assert_string_equal(cn_model_input_name(again, 0), "y");
    char *rewritten = cn_model_to_json(again);
    assert_string_equal(text, rewritten);
    cn_text_free(text);
    cn_text_free(rewritten);
    cn_model_free(model);
    cn_model_free(again);
}

static void graphs_that_do_not_hold_together_are_refused_with_the_layer(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3("[" OF("x") ", " OF("x") "]", "{}")), END("x"), END("a")),
         "layer 2 (a): layer a: it takes 1 input, got 2"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", "[['x', 0, 0, {}], ['x', 0, 0, {}]]"), END("x"), END("a")),
         "layer 2 (a): layer a: it takes 1 input, got 2"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_2("x", "{'training': false}")), END("x"), END("a")),
         "training"},
        {FUNCTIONAL(IN("x") ", " IN("y"), END("x"), END("y")), "none of the 1 inputs given"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3(OF("x"), "{}")), END("a"), END("a")),
         "input 1 is what layer a gives"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3(OF("z"), "{}")), END("x"), END("a")),
         "there is no layer z"},
        {FUNCTIONAL(
             IN("x") ", " DENSE("a", CALL_2("x", "{}")) ", " DENSE("b", CALL_3(OF_CALL("a", "1"), "{}")),
             END("x"), END("b")),
         "layer a has no call 1"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3(OF("b"), "{}")) ", " DENSE("b", CALL_3(OF("a"), "{}")),
                    END("x"), END("b")),
         "layer 2 (a): what it takes is never made"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3(OF("x"), "{}")) ", " DENSE("a", CALL_3(OF("x"), "{}")),
                    END("x"), END("a")),
         "two layers are named 'a'"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", CALL_3("7", "{}")), END("x"), END("a")), "layer 2 (a)"},
        {FUNCTIONAL(IN("x") ", " DENSE("a", "{}"), END("x"), END("a")), "layer 2 (a)"},
        {FUNCTIONAL("7, [], null", "7", "{}"), "layer 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_has(refuse(cases[i].json), cases[i].expected);
}

static void what_newer_versions_of_keras_write_for_an_initialiser_is_read(void **state)
{
    (void)state;
    cn_model_free(read(
        SEQUENTIAL(INPUT_784 ", {'class_name': 'Dense', 'config': {'units': 3, 'kernel_initializer': " OBJECT(
            "HeNormal", "{'seed': null, 'input_axes': null, 'output_axes': null}") "}}")));
}

static void endless_nesting_is_refused(void **state)
{
    (void)state;
    char json[4096] = "{'layers': [{'class_name': 'Dense', 'config': {'units': ";
    for (int i = 0; i < 100; i++) strcat(json, "{'class_name': 'L2', 'config': {'l2': ");
    strcat(json, "1");
    for (int i = 0; i < 100; i++) strcat(json, "}}");
    strcat(json, "}}]}");
    assert_has(refuse(json), "deep");

    enum { DEEP = 10000 };
    char *lists = malloc(2 * DEEP + 1);
    assert_non_null(lists);
    memset(lists, '[', DEEP), memset(lists + DEEP, ']', DEEP);
    lists[2 * DEEP] = '\0';
    assert_has(refuse(lists), "depth");
    free(lists);
}

/* Each "{}," takes a hundred times its size of memory. */
static void millions_of_values_are_refused_before_they_are_read(void **state)
{
    (void)state;
    const size_t count = 1000001;
    char *text = malloc(3 * count + 2);
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i < count; i++) memcpy(text + 1 + 3 * i, "{},", 3);
    text[3 * count] = ']', text[3 * count + 1] = '\0';
    assert_has(refuse(text), "expected 1000000 at most");
    free(text);
}

static void what_a_model_is_compiled_with_goes_through_json(void **state)
{
    (void)state;
    cn_model *first = read(SEQUENTIAL(INPUT_784 ", {'class_name': 'Dense', 'config': {'units': 3}}")),
             *second = read(SEQUENTIAL(INPUT_784 ", {'class_name': 'Dense', 'config': {'units': 3}}"));
    assert_null(cn_model_compile_to_json(first));
    assert_string_equal(cn_error(), "model sequential is not compiled");
    assert_int_equal(cn_model_compile(first, .optimizer = "sgd(learning_rate=0.5, momentum=0.9)",
                                      .loss = "huber(delta=2)", .metrics = "accuracy, mae"),
                     CN_OK);
    char *text = cn_model_compile_to_json(first);
    assert_non_null(text);
    assert_int_equal(cn_model_compile_from_json(second, text), CN_OK);
    char *again = cn_model_compile_to_json(second);
    assert_string_equal(again, text);
    assert_non_null(strstr(text, "\"momentum\": 0.9"));
    assert_int_not_equal(cn_model_compile_from_json(second, "{'optimizer': 'adam', 'loss': 'mss'}"), CN_OK);
    assert_int_not_equal(cn_model_compile_from_json(second, "{"), CN_OK);
    cn_text_free(text);
    cn_text_free(again);
    cn_model_free(first);
    cn_model_free(second);
}

/* One dense layer of two units. */
static cn_status compile_by(const char *json, char **again)
{
    cn_model *model = read(SEQUENTIAL(INPUT_784 ", {'class_name': 'Dense', 'config': {'units': 2}}"));
    char *text = quoted(json);
    const cn_status status = cn_model_compile_from_json(model, text);
    *again = status == CN_OK ? cn_model_compile_to_json(model) : NULL;
    free(text);
    cn_model_free(model);
    return status;
}

#define OPTIMIZER(class_name, config)                                                                        \
    "{'loss': 'mse', 'optimizer_config': {'class_name': '" class_name "', 'config': " config "}}"

static void what_older_keras_says_of_its_optimizers_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *json, *part;
    } cases[] = {
        {OPTIMIZER("SGD", "{'lr': 0.25, 'momentum': 0.5, 'decay': 0.0}"), "\"learning_rate\": 0.25"},
        {OPTIMIZER("SGD", "{'lr': 0.1, 'decay': 0.25}"), "\"decay_rate\": 0.25"},
        {OPTIMIZER("SGD", "{'lr': 1, 'decay': 0.25}"), "InverseTimeDecay"},
        {OPTIMIZER("Adam", "{'lr': 0.001, 'epsilon': null}"), "\"epsilon\": 1e-7"},
        {OPTIMIZER("Nadam", "{'lr': 0.002, 'schedule_decay': 0.004}"), "\"learning_rate\": 0.002"},
        {OPTIMIZER("Adagrad", "{'lr': 0.01, 'decay': 0}"), "\"initial_accumulator_value\": 0.0"},
        {OPTIMIZER("Custom>Adam", "{'learning_rate': 0.5, 'is_legacy_optimizer': false}"), "\"Adam\""},
        {"{'loss': ['mse'], 'optimizer': 'sgd', 'loss_weights': [2], 'metrics': [['mae']]}",
         "MeanAbsoluteError"},
        {"{'loss': {'out': 'mse'}, 'optimizer': 'sgd', 'metrics': {'out': 'mae'}}", "MeanAbsoluteError"},
        {"{'loss': 'mse', 'optimizer': 'sgd', 'metrics': [{'class_name': 'MeanMetricWrapper', 'config': "
         "{'name': 'm', 'dtype': 'float32', 'fn': 'mean_absolute_error'}}]}",
         "MeanAbsoluteError"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *again;
        if (compile_by(cases[i].json, &again) != CN_OK) fail_msg("%s: %s", cases[i].json, cn_error());
        assert_has(again, cases[i].part);
        cn_text_free(again);
    }
}

static void a_compile_configuration_that_cannot_be_kept_to_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *part;
    } cases[] = {
        {OPTIMIZER("Nadam", "{'schedule_decay': 0.01}"),
         "\"schedule_decay\" is not supported; it must be 0.004"},
        {OPTIMIZER("Nadam", "{'schedule_decay': null}"), "\"schedule_decay\" is not supported"},
        {OPTIMIZER("SGD", "{'decay': 0.25}"), "\"decay\" is supported with a learning rate that is a number"},
        {OPTIMIZER("SGD", "{'lr': 0.1, 'decay': 'much'}"), "\"decay\" is supported with"},
        {OPTIMIZER("SGD", "3"), "\"config\" of SGD must be an object"},
        {OPTIMIZER("SGD", "{'dtype': 'float64'}"), "float64"},
        {OPTIMIZER("mine>SGD", "{}"), "mine>SGD is a custom class"},
        {"{'loss': 'mse', 'optimizer': {'config': {}}}", "an object without \"class_name\""},
        {"{'loss': 'mse', 'optimizer': 7}", "optimizer: expected a name or an object"},
        {"{'loss': 'mse', 'optimizer': 'sgd', 'metrics': [{'class_name': 'MeanMetricWrapper', 'config': {}}]}",
         "a MeanMetricWrapper without \"fn\""},
        {"{'loss': 'mse', 'optimizer': 'sgd', 'metrics': 7}", "metric: expected a name or an object"},
        {"{'loss': 'mse'}", "no optimizer is named"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *again;
        if (compile_by(cases[i].json, &again) == CN_OK) fail_msg("%s was read", cases[i].json);
        assert_has(cn_error(), cases[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_keras_3_writes_is_read_and_written_back_letter_for_letter),
        cmocka_unit_test(a_hand_written_file_takes_kerass_defaults),
        cmocka_unit_test(the_layers_alone_with_an_input_shape_are_enough),
        cmocka_unit_test(what_keras_2_writes_is_read),
        cmocka_unit_test(one_group_says_nothing),
        cmocka_unit_test(a_layer_may_stand_for_an_activation),
        cmocka_unit_test(what_is_written_is_read_back_as_the_same),
        cmocka_unit_test(arguments_by_position_are_written_by_name),
        cmocka_unit_test(a_model_built_on_data_is_written_with_its_input),
        cmocka_unit_test(an_activation_that_keras_cannot_hold_is_not_written),
        cmocka_unit_test(an_unknown_layer_is_answered_with_the_nearest),
        cmocka_unit_test(what_has_no_place_here_is_refused_by_name),
        cmocka_unit_test(functional_models_that_are_a_chain_are_read_as_keras_2_and_3_write_them),
        cmocka_unit_test(an_input_that_no_output_is_made_from_is_kept),
        cmocka_unit_test(graphs_that_do_not_hold_together_are_refused_with_the_layer),
        cmocka_unit_test(what_newer_versions_of_keras_write_for_an_initialiser_is_read),
        cmocka_unit_test(endless_nesting_is_refused),
        cmocka_unit_test(what_a_model_is_compiled_with_goes_through_json),
        cmocka_unit_test(what_older_keras_says_of_its_optimizers_is_read),
        cmocka_unit_test(a_compile_configuration_that_cannot_be_kept_to_is_refused),
        cmocka_unit_test(millions_of_values_are_refused_before_they_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
