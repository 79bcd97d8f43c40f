/* ONNX: what goes out comes back, files as other programs write them are read, and what is not as it should be is
 * refused by name. tests/formats/files/make_onnx.py made the files. Against onnxruntime: test_onnx_runtime.sh. */
#include <math.h>

#include "formats/files.h"
#include "formats/support.h"

/* Of weights that no initialiser leaves alike. */
static cn_model *make_uneven(const char *layers)
{
    cn_model *model = make(layers);
    for (size_t i = 0; i < cn_model_weight_count(model); i++) {
        cn_array w;
        assert_ok(cn_model_get_weight(model, i, &w));
        for (size_t k = 0; k < cn_array_size(&w); k++) ((float *)w.data)[k] += (float)(k % 7 + i) / 9;
        assert_ok(cn_model_set_weight(model, i, &w));
        cn_array_free(&w);
    }
    return model;
}

static void assert_same_model(const cn_model *a, const cn_model *b)
{
    assert_same_weights(a, b);
    for (size_t i = 0; i < cn_model_weight_count(a); i++) {
        char first[96], second[96];
        assert_ok(cn_model_weight_name(a, i, first, sizeof first));
        assert_ok(cn_model_weight_name(b, i, second, sizeof second));
        assert_string_equal(first, second);
    }
}

static const char *const networks[] = {
    "input 6; dense 5 relu; dropout 0.2; dense 4 gelu(approximate=true); dense 3 softmax",
    "input 6; dense 5 use_bias=false activation=silu; activation relu(max_value=2, threshold=0.5); dense 2",
    "input 2 3; dense 4 celu(alpha=0.5); batch_normalization; layer_normalization; flatten; dense 3",
    "input 6; batch_normalization(scale=false, momentum=0.5); reshape(3, 2); dense 3; layer_normalization(center=false)",
    "input 6; dense 4 name=first; relu; leaky_relu; dense 3 name=last",
};

static void what_is_written_is_read_with_the_same_names_and_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        cn_model *model = make_uneven(networks[i]);
        assert_ok(cn_model_export_onnx(model, file("a.onnx")));
        cn_model *back = load(file("a.onnx"));
        assert_string_equal(cn_model_name(back), "net");
        assert_same_model(model, back);
        cn_model_free(back);
        cn_model_free(model);
    }
}

/* How often a node of that operator stands in a file: its name, behind the field's key and length. */
static int count_nodes(const char *path, const char *op)
{
    size_t size, length = strlen(op);
    char *bytes = read_file(path, &size);
    int count = 0;
    for (size_t i = 0; i + length + 2 <= size; i++)
        count += bytes[i] == 0x22 && (size_t)bytes[i + 1] == length && memcmp(bytes + i + 2, op, length) == 0;
    free(bytes);
    return count;
}

static void between_neighbours_that_want_channels_first_nothing_is_transposed(void **state)
{
    (void)state;
    cn_model *model =
        make_uneven("input 9 11 4; conv2d 6 3 activation=relu; batch_normalization; max_pooling2d; "
                    "zero_padding2d; depthwise_conv2d 2; up_sampling2d; flatten; dense 3");
    assert_ok(cn_model_export_onnx(model, file("a.onnx")));
    assert_int_equal(count_nodes(file("a.onnx"), "Conv"), 2);
    assert_int_equal(count_nodes(file("a.onnx"), "Pad"), 1);
    assert_int_equal(count_nodes(file("a.onnx"), "Resize"), 1);
    assert_int_equal(count_nodes(file("a.onnx"), "Transpose"), 2);
    cn_model_free(model);
}

static void equal_models_give_equal_bytes(void **state)
{
    (void)state;
    cn_model *model = make_uneven(networks[2]);
    assert_ok(cn_model_save(model, file("a.onnx"), false));
    assert_ok(cn_model_save(model, file("b.onnx"), false));
    assert_same_files(file("a.onnx"), file("b.onnx"));
    cn_model_free(model);
}

/* A file that is cut off anywhere, or has any byte changed, is read or refused, and never more than that. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    size_t size, read = 0;
    cn_model *model = make_uneven("input 3; dense 2 relu; batch_normalization; activation silu");
    cn_model *whole = model;
    assert_ok(cn_model_export_onnx(whole, file("a.onnx")));
    char *bytes = read_file(file("a.onnx"), &size);
    for (size_t i = 0; i < size; i++) {
        model = cn__onnx_load(&(cn__infile){"cut", bytes, i}, false);
        if (model) assert_same_model(model, whole); /* only what says nothing here was cut off */
        cn_model_free(model);
        for (int bit = 0; bit < 8; bit += 3) {
            bytes[i] = (char)(bytes[i] ^ (1 << bit));
            model = cn__onnx_load(&(cn__infile){"changed", bytes, size}, false);
            if (model) read++;
            cn_model_free(model);
            bytes[i] = (char)(bytes[i] ^ (1 << bit));
        }
    }
    assert_true(read > 0); /* weights that changed are weights */
    cn_model_free(whole);
    cn__free(bytes);
}

static void what_cannot_be_written_is_said(void **state)
{
    (void)state;
    cn_model *model = cn_model_new("net");
    assert_ok(cn_model_add_notation(model, "dense 3"));
    assert_int_equal(cn_model_export_onnx(model, file("a.onnx")), CN_ERROR_STATE);
    assert_message("weights");
    cn_model_free(model);
    model = make_uneven("input 2; dense 3 name='a/b'");
    assert_int_equal(cn_model_export_onnx(model, file("a.onnx")), CN_ERROR_ARGUMENT);
    assert_message("a/b");
    assert_int_equal(cn_model_save(model, file("a.onnx"), true), CN_ERROR_ARGUMENT);
    assert_message("weights alone");
    cn_model_free(model);
}

/* ---- files of others ------------------------------------------------------------------------------------- */

static const char *given(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/formats/files/onnx/%s", CORNU_TESTS_DIR, name);
    return path;
}

/* NAME.onnx, with what its own formula gives for an input, beside it. `layers`: how many it has, 0: any number. */
static void assert_computes(const char *name, size_t layers)
{
    char path[96];
    snprintf(path, sizeof path, "%s.onnx", name);
    cn_model *model = load(given(path));
    cn_npz expected;
    cn_array out;
    snprintf(path, sizeof path, "%s.npz", name);
    assert_ok(cn_npz_read(given(path), &expected));
    const cn_array *y = cn_npz_find(&expected, "y");
    assert_ok(cn_model_predict(model, .x = cn_npz_find(&expected, "x"), .out = &out));
    assert_int_equal(cn_array_size(&out), cn_array_size(y));
    for (size_t i = 0; i < cn_array_size(y); i++)
        if (fabs(cn_array_at(&out, i) - cn_array_at(y, i)) > 1e-5 * fmax(1, fabs(cn_array_at(y, i))))
            fail_msg("%s: value %zu is %g, expected %g", name, i, cn_array_at(&out, i), cn_array_at(y, i));
    if (layers && cn_model_layer_count(model) != layers)
        fail_msg("%s: %zu layers, expected %zu", name, cn_model_layer_count(model), layers);
    cn_array_free(&out);
    cn_npz_free(&expected);
    cn_model_free(model);
}

static void files_of_other_programs_are_read(void **state)
{
    (void)state;
    assert_computes("linear_layers", 5); /* Flatten, Gemm with transB, Relu, Dropout, Gemm, Softmax */
    assert_computes("normalised", 5);    /* Sub and Div by constants, MatMul and Add, BatchNormalization */
    assert_computes("old", 4);           /* operator set 9, initialisers among the inputs, float_data */
    assert_computes("composed", 5); /* GELU from Erf, SiLU, ReLU6 and Mish of several nodes; Constant nodes */
    assert_computes("traced", 8); /* a shape of its own shape, LayerNormalization and GELU of several nodes */
    assert_computes("rows", 5);   /* samples that become rows of a matrix */
    assert_computes("residual",
                    23); /* made by onnx_images.py: paths that meet, channels first; x is channels last */
    assert_computes("tf2onnx", 5); /* made by make_tf2onnx.py; BatchNormalization as Mul and Add */
}

/* What onnx_images.py and onnx_graphs.py made, which compare them where there is a Python with onnxruntime. */
static void graphs_of_images_compute_what_onnxruntime_does(void **state)
{
    (void)state;
    static const char *const names[] = {
        "images/lenet",    "images/shape",    "images/sigmoid", "images/residual", "images/inception",
        "images/mobile",   "images/squeezed", "images/series",  "images/keras",    "images/row_softmax",
        "images/uneven",   "images/gated",    "graphs/unet",    "graphs/decoder",  "graphs/series",
        "graphs/prepared", "graphs/residual", "graphs/maps",    "graphs/old_maps", "graphs/columns"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_computes(names[i], 0);
}

static void graphs_of_several_inputs_and_outputs_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t inputs, outputs;
    } rows[] = {{"graphs/heads.onnx", 2, 2}, {"graphs/twins.onnx", 2, 1}, {"graphs/policy.onnx", 1, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cn_model *model = load(given(rows[i].name));
        assert_int_equal(cn_model_input_count(model), rows[i].inputs);
        assert_int_equal(cn_model_output_count(model), rows[i].outputs);
        cn_model_free(model);
    }
}

/* Their numbers are compared in onnx_graphs.py. */
static void paths_that_part_and_inputs_beside_each_other_are_read_as_a_graph(void **state)
{
    (void)state;
    cn_model *branches = load(given("branches.onnx")), *two = load(given("two_inputs.onnx"));
    assert_int_equal(cn_model_layer_count(branches),
                     5); /* the input, Gemm, Relu and Tanh beside each other, Add */
    assert_int_equal(cn_model_weight_count(branches), 2);
    assert_int_equal(cn_model_input_count(two), 2);
    assert_int_equal(cn_model_layer_count(two), 3);
    cn_model_free(branches);
    cn_model_free(two);
}

static void what_is_not_read_is_refused_by_its_name(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"convolution.onnx", "must take images or series"},
        {"external.onnx", "is kept in '/etc/passwd', expected the name of a file in the model's own folder"},
        {"half.onnx", "type 10"},
        {"open_size.onnx", "size 1 of a sample is open"},
        {"huge.onnx", "impossible size"},
        {"short.onnx", "elements by its shape"},
        {"cycle.onnx", "leads nowhere"},
        {"twice.onnx", "twice"},
        {"domain.onnx", "com.example.Dense"},
        {"far.onnx", "mixes samples"},
        {"mixed.onnx", "mixes samples"},
        {"hardtanh.onnx", "a Clip is read only from 0"},
        {"slopes.onnx", "one slope"},
        {"functions.onnx", "inline_local_functions"},
        {"wide.onnx", "more than 16777216 numbers"},
        {"images/refused_unknown_onnx_operator__lrn_.onnx", "unknown ONNX operator 'LRN'"},
        {"images/refused_behind_a_relu_only.onnx", "behind a Relu only"},
        {"images/refused_ceil_mode___1.onnx", "ceil_mode = 1"},
        {"images/refused_a_flattened_image.onnx", "a flattened image"},
        {"images/refused_between_a_flatten_and_its_gemm.onnx", "between a Flatten and its Gemm"},
        {"images/refused_same_lower.onnx", "SAME_LOWER"},
        {"images/refused_one_for_each_of_2_channels.onnx", "one for each of 2 channels"},
        {"images/refused_samples_to_one_axis.onnx", "samples to one axis"},
        {"images/refused_group___3.onnx", "group = 3"},
        {"images/refused_goes_beyond_what_it_computes.onnx", "goes beyond what it computes"},
        {"images/refused_only_a_pad_with_zeros.onnx", "only a Pad with zeros"},
        {"images/refused_in_steps_of_1.onnx", "in steps of 1"},
        {"images/refused_by_constant_whole_factors.onnx", "by constant whole factors"},
        {"images/refused_half_pixels.onnx", "half pixels"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_null(cn_model_load(given(files[i][0])));
        if (!strstr(cn_error(), files[i][0])) fail_msg("%s is not named: %s", files[i][0], cn_error());
        assert_message(files[i][1]);
    }
}

/* Two bytes of the file are a message of a hundred in memory. */
static void a_file_of_empty_messages_is_refused_within_its_memory(void **state)
{
    (void)state;
    enum { SIZE = 6 << 20 };
    uint8_t *bytes = cn__malloc(SIZE + 7);
    const uint8_t head[] = {0x08, 9, 0x3a, 0x80, 0x80, 0x80, 3}; /* IR version 9; a graph of 6 MiB */
    assert_non_null(bytes);
    memcpy(bytes, head, sizeof head);
    for (size_t i = 0; i < SIZE; i += 2)
        bytes[sizeof head + i] = 0x0a, bytes[sizeof head + i + 1] = 0; /* a node */
    assert_null(cn__onnx_load(&(cn__infile){"empty", bytes, SIZE + 7}, false));
    assert_message("damaged");
    cn__free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_with_the_same_names_and_weights),
        cmocka_unit_test(between_neighbours_that_want_channels_first_nothing_is_transposed),
        cmocka_unit_test(equal_models_give_equal_bytes),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(what_cannot_be_written_is_said),
        cmocka_unit_test(files_of_other_programs_are_read),
        cmocka_unit_test(graphs_of_images_compute_what_onnxruntime_does),
        cmocka_unit_test(graphs_of_several_inputs_and_outputs_are_read),
        cmocka_unit_test(paths_that_part_and_inputs_beside_each_other_are_read_as_a_graph),
        cmocka_unit_test(what_is_not_read_is_refused_by_its_name),
        cmocka_unit_test(a_file_of_empty_messages_is_refused_within_its_memory),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
