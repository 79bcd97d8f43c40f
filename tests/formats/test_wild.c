/* Models as they are found in public repositories, written by older Kerases and other programs (formats/files/wild): they
 * predict and train on as there, or are refused by what they are. */
#include <math.h>
#include <unistd.h>

#include "base/text/text.h"
#include "formats/support.h"

static const char *wild(const char *name)
{
    static char paths[4][4096];
    static int next;
    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], CORNU_TESTS_DIR "/formats/files/wild/%s", name);
    return paths[next];
}

static double distance(const cn_array *a, const cn_array *b)
{
    double most = 0;
    assert_int_equal(cn_array_size(a), cn_array_size(b));
    for (size_t i = 0; i < cn_array_size(a); i++)
        most = fmax(most, fabs(cn_array_at(a, i) - cn_array_at(b, i)));
    return most;
}

static cn_model *load_network(const char *path)
{
    cn_model *model = cn_model_load_network(path);
    if (!model) fail_msg("%s", cn_error());
    return model;
}

static void assert_predicts(const char *path, const char *x_path, const char *expected_path, double tolerance)
{
    cn_array x, y, expected;
    cn_model *model = load_network(path);
    assert_ok(cn_data_read(x_path, &x));
    assert_ok(cn_data_read(expected_path, &expected));
    assert_ok(cn_model_predict(model, &x, &y));
    if (distance(&y, &expected) > tolerance) fail_msg("%s is %g away", path, distance(&y, &expected));
    cn_array_free(&x), cn_array_free(&y), cn_array_free(&expected);
    cn_model_free(model);
}

static void they_predict_as_where_they_were_made(void **state)
{
    (void)state;
    static const struct {
        const char *model, *x, *expected;
        double tolerance;
    } files[] = {
        {"activity-regularizer/autoencoder.keras", "activity-regularizer/x.npy",
         "activity-regularizer/expected.npy", 1e-6},
        {"initializer-dtype/dtype.h5", "initializer-dtype/x.npy", "initializer-dtype/expected.npy", 1e-6},
        {"keras-2-windows-names/backslash.keras", "keras-2-windows-names/x.npy",
         "keras-2-windows-names/expected.npy", 1e-6},
        {"tensorflow-js/model.json", "tensorflow-js/x.npy", "tensorflow-js/expected.npy", 1e-6},
        {"tensorflow-js-shards/model.json", "tensorflow-js/x.npy", "tensorflow-js-shards/expected.npy", 1e-6},
        {"tensorflow-js-uint16/model.json", "tensorflow-js/x.npy", "tensorflow-js-shards/expected.npy", 1e-5},
        {"tensorflow-js-uint8/model.json", "tensorflow-js/x.npy", "tensorflow-js-shards/expected.npy", 1e-2},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_predicts(wild(files[i].model), wild(files[i].x), wild(files[i].expected), files[i].tolerance);
}

static void what_is_not_read_is_called_what_it_is(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"custom-class/custom.json", "layer 2 (MyQuantizer): unknown layer 'MyQuantizer'"},
        {"open-size/rnn.json", "layer 1 (SimpleRNN): unknown layer 'SimpleRNN'"},
        {"keras-1/keras1.json", "it is a file of Keras 1 (keras_version 1.2.2), which is not read"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_null(cn_model_load_network(wild(files[i][0])));
        assert_message(files[i][1]);
    }
}

/* Trains three epochs on, and compares with what Keras made of it. */
static void assert_trains_on(const char *model_path, size_t batch, const char *x_path, const char *y_path,
                             const char *expected_path)
{
    cn_array x, y;
    cn_npz expected;
    assert_ok(cn_data_read(x_path, &x));
    assert_ok(cn_data_read(y_path, &y));
    assert_ok(cn_npz_read(expected_path, &expected));
    cn_model *model = cn_model_load(model_path);
    if (!model) fail_msg("%s", cn_error());
    cn_history *history = cn_model_fit(model, &x, &y, .epochs = 3, .batch_size = batch, .shuffle = false);
    assert_non_null(history);
    for (size_t i = 0; i < cn_model_weight_count(model); i++) {
        cn_array weight;
        assert_ok(cn_model_get_weight(model, i, &weight));
        if (distance(&weight, &expected.arrays[i]) > 1e-6)
            fail_msg("%s: weight %zu is %g away", model_path, i, distance(&weight, &expected.arrays[i]));
        cn_array_free(&weight);
    }
    cn_history_free(history);
    cn_npz_free(&expected);
    cn_array_free(&x), cn_array_free(&y);
    cn_model_free(model);
}

/* decay = 0.05: the rate falls with the steps, those of the file counted. */
static void a_decay_of_keras_2_goes_on(void **state)
{
    (void)state;
    assert_trains_on(wild("decay/decay.h5"), 4, wild("decay/x.npy"), wild("decay/y.npy"),
                     wild("decay/expected.npz"));
}

static void nets_without_weights_take_files_without_weights(void **state)
{
    (void)state;
    static const char *const files[] = {"no-weights/nw3.weights.h5", "no-weights/nw2.h5",
                                        "no-weights/nw2.keras"};
    cn_model *model = make_seeded("input 3, 4; flatten; activation relu; dropout 0.5", 1);
    for (size_t i = 0; i < 3; i++) assert_ok(cn_model_load_weights(model, wild(files[i])));
    static const char *const own[] = {"none.weights.h5", "none.h5", "none.npz"};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(cn_model_save(model, file(own[i]), true));
        assert_ok(cn_model_load_weights(model, file(own[i])));
    }
    cn_model_free(model);
}

/* Optimizers of Keras 2.0 to 2.3 go on with the state that their files hold. */
static void older_optimizers_train_on(void **state)
{
    (void)state;
    static const char *const names[] = {"keras-2.2-adadelta", "keras-2.2-adam-2.0", "keras-2.2-adam",
                                        "keras-2.2-rmsprop",  "keras-2.2-sgd",      "keras-2.3-adam"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char model[160], expected[160];
        snprintf(model, sizeof model, "optimizer-lr/%s.h5", names[k]);
        snprintf(expected, sizeof expected, "optimizer-lr/%s-expected.npz", names[k]);
        assert_trains_on(wild(model), 2, wild("optimizer-lr/x.npy"), wild("optimizer-lr/y.npy"),
                         wild(expected));
    }
    cn_model *nadam = cn_model_load(wild("optimizer-lr/keras-2.2-nadam.h5"));
    if (!nadam) fail_msg("%s", cn_error());
    cn_model_free(nadam);
}

/* Keras's evaluate gives 0.27063817 with the penalty, 0.27061915 without. */
static void activity_regularizers_are_part_of_the_loss(void **state)
{
    (void)state;
    cn_model *model = load_network(wild("activity-regularizer/autoencoder.keras"));
    cn_array x, y;
    assert_ok(cn_data_read(wild("activity-regularizer/x.npy"), &x));
    assert_ok(cn_array_new(&y, CN_FLOAT32, 2, x.shape));
    assert_ok(cn_model_compile(model, .loss = "mse"));
    cn_logs *logs = cn_model_evaluate(model, .x = &x, .y = &y);
    if (!logs) fail_msg("%s", cn_error());
    assert_float_equal(cn_logs_value(logs, 0), 0.27063817, 1e-7);
    cn_logs_free(logs);
    assert_ok(cn_model_save(model, file("a.keras"), false));
    cn_model *again = load_network(file("a.keras"));
    char *json = cn_model_to_json(again);
    if (!strstr(json, "\"class_name\": \"L1\"")) fail_msg("no L1 in %s", json);
    cn_text_free(json);
    cn_model_free(again);
    assert_ok(cn_model_save(model, file("a.onnx"), false));
    assert_ok(cn_model_export_c(model, file("a.c"), NULL));
    cn_array_free(&x);
    cn_array_free(&y);
    cn_model_free(model);
}

/* ---- ONNX of other programs ----------------------------------------------------------------------------------- */

static void weights_of_onnx_beside_the_model_are_read(void **state)
{
    (void)state;
    cn_model *model = load_network(wild("onnx-external-data/model.onnx"));
    size_t size;
    char *bytes = read_file(wild("onnx-external-data/model.onnx.data"), &size);
    cn_array kernel;
    assert_ok(cn_model_get_weight(model, 0, &kernel));
    assert_int_equal(kernel.shape[0], 3);
    assert_int_equal(kernel.shape[1], 400);
    for (size_t i = 0; i < 1200; i++) { /* kept transposed */
        float value;
        memcpy(&value, bytes + 4 * i, 4);
        assert_true(cn_array_at(&kernel, i % 3 * 400 + i / 3) == (double)value);
    }
    cn_array_free(&kernel);
    cn__free(bytes);
    cn_model_free(model);
}

static void inputs_that_pass_by_are_no_inputs(void **state)
{
    (void)state;
    cn_model *model = load_network(wild("onnx-pass-through/state.onnx"));
    assert_int_equal(cn_model_parameters(model), 8);
    assert_int_equal(cn_model_input_count(model), 1);
    assert_int_equal(cn_model_output_count(model), 1);
    cn_model_free(model);
}

/* W · x + b of one vector is a dense layer over samples that are such vectors. */
static void weights_on_the_left_of_a_vector_are_a_dense_layer(void **state)
{
    (void)state;
    cn_model *model = load_network(wild("onnx-weights-first/vector.onnx"));
    const float values[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
    cn_array x = cn_array_view(CN_FLOAT32, values, 2, (const size_t[]){4, 3}), y, kernel, bias;
    assert_ok(cn_model_get_weight(model, 0, &kernel));
    assert_ok(cn_model_get_weight(model, 1, &bias));
    assert_ok(cn_model_predict(model, &x, &y));
    for (size_t n = 0; n < 4; n++)
        for (size_t o = 0; o < 2; o++) {
            const double w = n < 3 ? cn_array_at(&kernel, n * 2 + o) : 0;
            assert_true(fabs(cn_array_at(&y, n * 2 + o) - (w + cn_array_at(&bias, o))) < 1e-6);
        }
    cn_array_free(&y), cn_array_free(&kernel), cn_array_free(&bias);
    cn_model_free(model);
}

/* ---- TensorFlow.js ---------------------------------------------------------------------------------------------- */

static void tensorflow_js_gets_what_it_gave(void **state)
{
    (void)state;
    cn_model *model = load_network(wild("tensorflow-js/model.json"));
    assert_ok(cn_model_save(model, file("net.tfjs.json"), false));
    assert_same_files(file("net.tfjs.bin"), wild("tensorflow-js/group1-shard1of1.bin"));
    cn_model *again = load_network(file("net.tfjs.json"));
    assert_int_equal(cn_model_weight_count(again), 4);
    size_t size;
    char *text = read_file(file("net.tfjs.json"), &size);
    assert_non_null(strstr(text, "\"batch_input_shape\": [null, 3]"));
    assert_null(strstr(text, "DTypePolicy"));
    assert_null(strstr(text, "registered_name"));
    cn__free(text);
    cn_model_free(again);
    cn_model_free(model);
}

/* Calls are lists, as Keras 2 writes them, and models within are networks like the outer one. */
static void tensorflow_js_gets_graphs_and_models_within(void **state)
{
    (void)state;
    cn_model *model = cn_model_from_notation("siamese", "input 4 name=l\ninput 4 name=r\n"
                                                        "model tower from=l\n"
                                                        "  input 4 name=x\n"
                                                        "  dense 5 relu name=wide\n"
                                                        "  leaky_relu 0.2 name=leak\n"
                                                        "  dense 3 name=last\n"
                                                        "  dense 3 from=wide name=other\n"
                                                        "  add from=[last, other] name=sum\n"
                                                        "end\n"
                                                        "call tower from=r name=right\n"
                                                        "multiply from=[tower, right] name=gap\n"
                                                        "dense 2 name=out\n");
    if (!model) fail_msg("%s", cn_error());
    cn_model_set_seed(model, 4);
    cn_text_free(cn_model_summary(model)); /* which builds it */
    assert_ok(cn_model_build(model, 1, (size_t[]){4}));
    assert_ok(cn_model_save(model, file("twins.tfjs.json"), false));
    size_t size;
    char *text = read_file(file("twins.tfjs.json"), &size);
    assert_null(strstr(text, "__keras_tensor__"));
    assert_null(strstr(text, "batch_shape\": [null, 4], \"dtype"));
    assert_null(strstr(text, "DTypePolicy"));
    assert_non_null(strstr(text, "\"inbound_nodes\": [[[\"tower\", 1, 0, {}], [\"tower\", 2, 0, {}]]]"));
    assert_non_null(strstr(text, "\"inbound_nodes\": [[[\"l\", 0, 0, {}]], [[\"r\", 0, 0, {}]]]"));
    assert_non_null(strstr(text, "\"input_layers\": [[\"x\", 0, 0]]"));
    assert_non_null(strstr(text, "\"alpha\""));
    assert_non_null(strstr(text, "\"name\": \"wide/kernel\""));
    cn__free(text);
    cn_model *again = load_network(file("twins.tfjs.json"));
    float values[8] = {1, -2, 3, 0.5f, -1, 0, 2, 1};
    const cn_array l = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){1, 4}),
                   r = cn_array_view(CN_FLOAT32, values + 4, 2, (size_t[]){1, 4}), *x[] = {&l, &r};
    cn_array a = {0}, b = {0};
    assert_ok(cn_model_predict(model, .inputs = x, .outputs = &a));
    assert_ok(cn_model_predict(again, .inputs = x, .outputs = &b));
    assert_true(cn_array_at(&a, 0) != 0 && distance(&a, &b) == 0);
    cn_array_free(&a), cn_array_free(&b);
    cn_model_free(again);
    cn_model_free(model);
    model = cn_model_from_notation("same", "input 4; model base; dense 3; end; dense 2");
    assert_ok(cn_model_build(model, 1, (size_t[]){4}));
    assert_int_equal(cn_model_save(model, file("same.tfjs.json"), false), CN_ERROR_ARGUMENT);
    assert_message("two layers are named dense, one of them in a model within");
    assert_int_equal(access(file("same.tfjs.bin"), F_OK), -1);
    cn_model_free(model);
}

static void tensorflow_js_weights_must_fit(void **state)
{
    (void)state;
    cn_model *model = load_network(wild("tensorflow-js/model.json"));
    assert_ok(cn_model_save(model, file("cut.tfjs.json"), false));
    static const size_t sizes[] = {0, 100, 108};
    static const char *const messages[] = {"cannot hold the", "are shorter than its list of weights",
                                           "are longer than its list of weights"};
    char bytes[108] = "";
    for (size_t i = 0; i < 3; i++) {
        assert_ok(cn__file_write(file("cut.tfjs.bin"), bytes, sizes[i]));
        assert_null(cn_model_load_network(file("cut.tfjs.json")));
        assert_message(messages[i]);
    }
    assert_int_equal(unlink(file("cut.tfjs.bin")), 0);
    assert_int_equal(symlink("net.tfjs.bin", file("cut.tfjs.bin")), 0);
    assert_null(cn_model_load_network(file("cut.tfjs.json")));
    assert_message("its weights are kept in 'cut.tfjs.bin', which is a link");
    const char graph[] = "{\"format\": \"graph-model\", \"modelTopology\": {}}";
    assert_ok(cn__file_write(file("graph.json"), graph, sizeof graph - 1));
    assert_null(cn_model_load_network(file("graph.json")));
    assert_message("it is a graph-model of TensorFlow.js");
    cn_model_free(model);
    model = make_seeded("input 3; dense 2 hard_sigmoid", 1);
    assert_ok(cn_model_build(model, 1, (size_t[]){3}));
    assert_int_equal(cn_model_save(model, file("hard.tfjs.json"), false), CN_ERROR_ARGUMENT);
    assert_message("TensorFlow.js has no activation hard_sigmoid");
    assert_int_equal(access(file("hard.tfjs.bin"), F_OK), -1);
    cn_model_free(model);
}

static void what_tensorflow_js_lacks_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"input 4 4 2; group_normalization 2; flatten; dense 1", "has no layer GroupNormalization"},
        {"input 4 name=x; dense 4 name=a; subtract from=[x, a]", "has no layer Subtract"},
        {"input 4 2; up_sampling1d; flatten; dense 1", "has no layer UpSampling1D"},
        {"input 4 4 2; random_flip; flatten; dense 1", "has no layer RandomFlip"},
        {"input 4 4 2; resizing 3 3; flatten; dense 1", "Resizing of TensorFlow.js gives other numbers"},
        {"input 4 4 2; center_crop 3 3; flatten; dense 1", "CenterCrop of TensorFlow.js gives other numbers"},
        {"input 4 4 2; up_sampling2d 2 interpolation=bilinear; flatten; dense 1",
         "interpolation of UpSampling2D is not so in TensorFlow.js; expected nearest"},
        {"input 4 4 2; conv2d 4 2 groups=2; flatten; dense 1", "groups of Conv2D"},
        {"input 4 2; conv1d 4 2 groups=2; flatten; dense 1", "groups of Conv1D"},
        {"input 4 4 2; conv2d_transpose 4 2 dilation_rate=2; flatten; dense 1",
         "dilation_rate of Conv2DTranspose"},
        {"input 4 4 2; conv2d_transpose 4 2 strides=2 output_padding=1; flatten; dense 1",
         "output_padding of Conv2DTranspose"},
        {"input 4; re_lu negative_slope=0.1; dense 1", "negative_slope of ReLU"},
        {"input 4; re_lu threshold=0.5; dense 1", "threshold of ReLU"},
        {"input 4 2; rescaling [1, 2]; flatten; dense 1",
         "scale of Rescaling is not so in TensorFlow.js; expected one number"},
        {"input 4 2; softmax axis=(1, 2); flatten; dense 1", "axis of Softmax"},
        {"input 4; layer_normalization rms_scaling=true; dense 1", "rms_scaling of LayerNormalization"},
        {"input 4; dense 4 kernel_regularizer=orthogonal; dense 1",
         "has no regularizer OrthogonalRegularizer"},
        {"input 4; dense 4 log_softmax; dense 1", "has no activation log_softmax"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn_model *model = cn_model_from_notation("net", cases[i][0]);
        if (!model) fail_msg("%s: %s", cases[i][0], cn_error());
        cn_text_free(cn_model_summary(model));
        if (cn_model_save(model, file("lacks.tfjs.json"), false) != CN_ERROR_ARGUMENT)
            fail_msg("%s: %s", cases[i][0], cn_error());
        assert_message(cases[i][1]);
        assert_int_equal(access(file("lacks.tfjs.json"), F_OK), -1);
        cn_model_free(model);
    }
}

/* By the names that it has them under. */
static void tensorflow_js_gets_its_own_words(void **state)
{
    (void)state;
    cn_model *model = make_seeded(
        "input 4 4 2; conv2d 4 2 silu kernel_initializer=lecun_normal kernel_regularizer=l2(0.1); up_sampling2d 2; "
        "re_lu 6; conv2d_transpose 2 2 kernel_initializer=lecun_uniform; rescaling 0.5; flatten; "
        "dense 3 kernel_initializer=orthogonal; softmax",
        3);
    assert_ok(cn_model_build(model, 3, (size_t[]){4, 4, 2}));
    assert_ok(cn_model_save(model, file("words.tfjs.json"), false));
    size_t size;
    char *text = read_file(file("words.tfjs.json"), &size);
    assert_non_null(strstr(text, "\"swish\""));
    assert_null(strstr(text, "silu"));
    assert_null(strstr(text, "Lecun"));
    assert_non_null(strstr(text, "\"VarianceScaling\""));
    assert_non_null(strstr(text, "\"Orthogonal\""));
    cn__free(text);
    cn_model *again = load_network(file("words.tfjs.json"));
    float values[32];
    for (int i = 0; i < 32; i++) values[i] = (float)(i * 7 % 11) / 4 - 1;
    const cn_array x = cn_array_view(CN_FLOAT32, values, 4, (size_t[]){1, 4, 4, 2});
    cn_array a = {0}, b = {0};
    assert_ok(cn_model_predict(model, &x, &a));
    assert_ok(cn_model_predict(again, &x, &b));
    assert_true(cn_array_at(&a, 0) != 0 && distance(&a, &b) == 0);
    cn_array_free(&a), cn_array_free(&b);
    cn_model_free(again);
    cn_model_free(model);
}

/* The model may be a stranger's, and so the names of its files. */
static void tensorflow_js_weights_lie_beside_it_alone(void **state)
{
    (void)state;
    static const struct {
        const char *paths, *message;
    } cases[] = {
        {"\"../secret.bin\"",
         "kept in '../secret.bin', expected the name of a file in the model's own folder"},
        {"\"/etc/passwd\"", "kept in '/etc/passwd', expected the name of a file"},
        {"\"..\\\\secret.bin\"", "kept in '..\\secret.bin', expected the name of a file"},
        {"\"sub/w.bin\"", "kept in 'sub/w.bin', expected the name of a file"},
        {"\"\"", "kept in '', expected the name of a file"},
        {"\"w.bin\", \"w.bin\"", "kept in 'w.bin' twice"},
        {"7", "expected at most 4096 names"},
    };
    assert_ok(cn__file_write(file("w.bin"), "0123456789abcdef", 16));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn__text text = {0};
        cn__text_printf(
            &text,
            "{\"modelTopology\": {\"model_config\": {\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", "
            "\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"name\": \"dense\", \"units\": 2, "
            "\"batch_input_shape\": [null, 1]}}]}}}, \"weightsManifest\": [{\"paths\": [%s], \"weights\": []}]}",
            cases[i].paths);
        assert_ok(cn__file_write(file("names.json"), text.data, text.size));
        cn__text_free(&text);
        assert_null(cn_model_load_network(file("names.json")));
        assert_message(cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_predict_as_where_they_were_made),
        cmocka_unit_test(what_is_not_read_is_called_what_it_is),
        cmocka_unit_test(older_optimizers_train_on),
        cmocka_unit_test(a_decay_of_keras_2_goes_on),
        cmocka_unit_test(nets_without_weights_take_files_without_weights),
        cmocka_unit_test(activity_regularizers_are_part_of_the_loss),
        cmocka_unit_test(weights_of_onnx_beside_the_model_are_read),
        cmocka_unit_test(inputs_that_pass_by_are_no_inputs),
        cmocka_unit_test(weights_on_the_left_of_a_vector_are_a_dense_layer),
        cmocka_unit_test(tensorflow_js_gets_what_it_gave),
        cmocka_unit_test(tensorflow_js_gets_graphs_and_models_within),
        cmocka_unit_test(tensorflow_js_weights_must_fit),
        cmocka_unit_test(what_tensorflow_js_lacks_is_refused),
        cmocka_unit_test(tensorflow_js_gets_its_own_words),
        cmocka_unit_test(tensorflow_js_weights_lie_beside_it_alone),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
