/* Models: built by calls and by notation alike, counted and shown as Keras does, weights in and out. The .txt files are
 * what real Keras's summary printed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"
#include "model/model.h"
#include "nn/ops.h"

static void says(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

static cn_model *model_of(const char *name, const char *notation)
{
    cn_model *m = cn_model_new(name);
    if (cn_model_add_notation(m, notation) != CN_OK) fail_msg("%s: %s", notation, cn_error());
    return m;
}

/* ---- summaries ---------------------------------------------------------------------------------------------- */

static void is_text(const char *text, const char *expected)
{
    size_t last = strlen(expected), end = text ? strlen(text) : 0; /* Keras ends with an empty line */
    while (last && expected[last - 1] == '\n') last--;
    while (end && text[end - 1] == '\n') end--;
    if (!text || end != last || strncmp(text, expected, last) != 0)
        fail_msg("got:\n%s\nexpected:\n%s", text ? text : cn_error(), expected);
}

static void looks_like_keras(const char *name, const char *notation)
{
    char path[400], expected[8192];
    snprintf(path, sizeof path, "%s/model/%s.txt", CORNU_TESTS_DIR, name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("no file %s", path);
    expected[fread(expected, 1, sizeof expected - 1, f)] = '\0';
    fclose(f);
    cn_model *m = model_of(name, notation);
    char *outline = cn__model_summary_of(m, NULL, 0);
    assert_false(cn_model_is_built(m));
    char *text = cn_model_summary(m);
    is_text(text, expected);
    is_text(outline, expected);
    cn_text_free(outline);
    cn_text_free(text);
    cn_model_free(m);
}

static void summaries_are_keras_letter_for_letter(void **state)
{
    (void)state;
    looks_like_keras("final",
                     "input 784; dense 512 relu; dropout 0.3; dense 128 relu; dropout 0.3; dense 10 softmax");
    looks_like_keras("normalised",
                     "input 28 28; flatten; dense 300 use_bias=false; batch_normalization; activation relu; "
                     "layer_normalization; dense 10");
    looks_like_keras(
        "shapes",
        "input 6 4; reshape 3 8; dense 5 tanh name=a_layer_with_a_name_that_is_rather_long; flatten; dense 12000");
    looks_like_keras("unbuilt", "dense 512; dropout 0.5; dense 10");
    looks_like_keras("frozen",
                     "input 20; dense 30 trainable=false; batch_normalization trainable=false; dense 2");
}

static void parameters_and_operations_are_counted(void **state)
{
    (void)state;
    cn_model *m = model_of(NULL, "input 784; dense 512; dense 10 softmax");
    int ndim;
    size_t shape[CN_MAX_DIMS];
    assert_int_equal(cn_model_build(m, 1, (size_t[]){784}), CN_OK);
    assert_int_equal(cn_model_parameters(m), 407050);
    assert_int_equal(cn_model_trainable_parameters(m), 407050);
    assert_true(cn_model_flops(m) == 2 * 784 * 512 + 512 + 2 * 512 * 10 + 10);
    assert_int_equal(cn_model_output_shape(m, &ndim, shape), CN_OK);
    assert_int_equal(ndim, 2);
    assert_int_equal(shape[1], 10);
    cn_model_free(m);
}

/* ---- building --------------------------------------------------------------------------------------------------- */

static void same_weights(const cn_model *a, const cn_model *b)
{
    assert_int_equal(cn_model_weight_count(a), cn_model_weight_count(b));
    for (size_t i = 0; i < cn_model_weight_count(a); i++) {
        cn_array x, y;
        assert_int_equal(cn_model_get_weight(a, i, &x), CN_OK);
        assert_int_equal(cn_model_get_weight(b, i, &y), CN_OK);
        assert_int_equal(cn_array_size(&x), cn_array_size(&y));
        assert_memory_equal(x.data, y.data, cn_array_size(&x) * sizeof(float));
        cn_array_free(&x);
        cn_array_free(&y);
    }
}

static void calls_and_notation_make_the_same_model(void **state)
{
    (void)state;
    cn_model *a = cn_model_new("net"), *b, *c;
    cn_model_add(a, cn_input(5, 4));
    cn_model_add(a, cn_reshape(4, -1));
    cn_model_add(a,
                 cn_dense(6, .activation = "relu", .kernel_initializer = "random_normal(mean=1, stddev=0.5)",
                          .kernel_regularizer = "l2(0.01)", .name = "first"));
    cn_model_add(a, cn_batch_normalization(.momentum = 0.9));
    cn_model_add(a, cn_flatten());
    cn_model_add(a, cn_dropout(0.25));
    cn_model_add(a, cn_layer_normalization(.epsilon = 1e-5));
    assert_int_equal(cn_model_add(a, cn_dense(3, .use_bias = false)), CN_OK);
    b = model_of(
        "net",
        "input 5 4; reshape 4 -1\n"
        "dense 6 relu kernel_initializer=random_normal(mean=1,stddev=0.5) kernel_regularizer=l2(0.01) name=first # a comment\n"
        "batch_normalization momentum=0.9; flatten; dropout 0.25; layer_normalization epsilon=1e-5; dense 3 use_bias=false\n");
    c = model_of(
        "net",
        "Input(5, 4); Reshape(target_shape=(4, -1)); Dense(units=6, activation=relu, kernel_initializer="
        "RandomNormal(1, 0.5), kernel_regularizer=L2(0.01), name=first); BatchNormalization(momentum=0.9); Flatten(); "
        "Dropout(0.25); LayerNormalization(epsilon=1e-5); Dense(3, use_bias=False)");
    char *texts[3] = {cn_model_summary(a), cn_model_summary(b), cn_model_summary(c)};
    for (int i = 0; i < 3; i++) assert_non_null(texts[i]);
    assert_string_equal(texts[0], texts[1]);
    assert_string_equal(texts[0], texts[2]);
    for (int i = 0; i < 3; i++) cn_text_free(texts[i]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(cn_model_build((cn_model *[]){a, b, c}[i], 2, (size_t[]){5, 4}), CN_OK);
    same_weights(a, b);
    same_weights(a, c);
    assert_string_equal(cn_model_layer_name(a, 2), "first");
    cn_model_free(a);
    cn_model_free(b);
    cn_model_free(c);
}

static void calls_and_notation_make_the_same_convolution(void **state)
{
    (void)state;
    cn_model *a = cn_model_new("net");
    cn_model_add(a, cn_input(20, 18, 2));
    cn_model_add(
        a, cn_conv2d(8, 3, .activation = "relu", .padding = "same", .strides = {2, 1}, .name = "first"));
    cn_model_add(a, cn_max_pooling2d(2));
    cn_model_add(a, cn_conv2d(4, {3, 2}, .groups = 2, .dilation_rate = 2, .use_bias = false,
                              .kernel_regularizer = "l2(0.01)"));
    cn_model_add(a, cn_average_pooling2d(1));
    cn_model_add(a, cn_reshape(-1, 4));
    cn_model_add(a, cn_conv1d(6, 2, .padding = "causal", .kernel_initializer = "he_normal"));
    cn_model_add(a, cn_max_pooling1d(1));
    cn_model_add(a, cn_average_pooling1d(1));
    assert_int_equal(cn_model_add(a, cn_global_average_pooling1d()), CN_OK);
    cn_model *b = model_of(
        "net",
        "input 20 18 2; conv2d 8 3 padding=same relu strides=(2, 1) name=first; max_pooling2d 2\n"
        "conv2d 4 (3, 2) groups=2 dilation_rate=2 use_bias=false kernel_regularizer=l2(0.01); average_pooling2d 1\n"
        "reshape -1 4; conv1d 6 2 padding=causal kernel_initializer=he_normal; max_pooling1d 1; average_pooling1d 1\n"
        "global_average_pooling1d");
    char *texts[2] = {cn_model_summary(a), cn_model_summary(b)};
    assert_non_null(texts[0]);
    assert_string_equal(texts[0], texts[1]);
    same_weights(a, b);
    cn_text_free(texts[0]);
    cn_text_free(texts[1]);
    cn_model_free(a);
    cn_model_free(b);
    cn_layer *layer = cn_conv1d(6, {2, 3});
    assert_null(layer);
    says("two sizes, expected one");
    assert_null(cn_conv2d(6, 0));
    says("kernel_size");
    a = cn_model_new("words");
    assert_int_equal(cn_model_add_notation(a, "input 6 6 2; conv2d 3 2 padding=same rellu"),
                     CN_ERROR_ARGUMENT);
    says("did you mean 'relu'");
    cn_model_free(a);
    a = cn_model_new("words");
    assert_int_equal(cn_model_add_notation(a, "input 6 6 2; max_pooling2d 2 strides=1 same"),
                     CN_ERROR_ARGUMENT);
    says("'same' is an argument without a name after one with a name, strides");
    cn_model_free(a);
    a = cn_model_new("pools");
    cn_model_add(a, cn_input(6, 6, 2));
    cn_model_add(a, cn_global_max_pooling2d());
    assert_int_equal(cn_model_add(a, cn_dense(1)), CN_OK);
    cn_model_free(a);
    a = cn_model_new("pools");
    cn_model_add(a, cn_input(6, 2));
    assert_int_equal(cn_model_add(a, cn_global_max_pooling1d()), CN_OK);
    cn_model_free(a);
    a = cn_model_new("pools");
    cn_model_add(a, cn_input(6, 6, 2));
    assert_int_equal(cn_model_add(a, cn_global_average_pooling2d()), CN_OK);
    cn_model_free(a);
}

/* Petabytes of weights. */
static void a_network_beyond_all_memory_is_summed_up(void **state)
{
    (void)state;
    cn_model *m = model_of("huge", "dense 1000000000000 relu; dense 10");
    const cn__shape in = {.rank = 1, .dim = {784}}, more = {.rank = 1, .dim = {785}};
    char *text = cn__model_summary_of(m, &in, 0), *other = cn__model_summary_of(m, &more, 0);
    assert_non_null(strstr(text, "(None, 1000000000000)"));
    assert_non_null(strstr(text, "Total params: 795,000,000,000,010 (2.82 PB)"));
    assert_non_null(strstr(other, "Total params: 796,000,000,000,010 (2.83 PB)"));
    assert_false(cn_model_is_built(m));
    assert_int_equal(cn_model_parameters(m), 0);
    cn_text_free(text);
    cn_text_free(other);
    cn_model_free(m);
    m = model_of("wide", "input 1000000000000 1000000000000; flatten; dense 1");
    assert_null(cn__model_summary_of(m, NULL, 0));
    says("(None, 1000000000000, 1000000000000) is too large");
    assert_null(cn_model_summary(m));
    cn_model_free(m);
    m = model_of("narrow", "input 4; dense 1");
    assert_null(cn__model_summary_of(m, &in, 0));
    says("expected input of shape (None, 4)");
    cn_model_free(m);
}

static void channels_first_is_flattened_with_the_channels_last(void **state)
{
    (void)state;
    const float numbers[] = {1, 2, 3, 4, 5, 6}, expected[] = {1, 4, 2, 5, 3, 6};
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 3, (size_t[]){1, 2, 3});
    cn_model *m = model_of(NULL, "input 2 3; flatten data_format=channels_first");
    cn_array y = {0};
    assert_int_equal(cn_model_predict(m, &x, &y), CN_OK);
    assert_memory_equal(y.data, expected, sizeof expected);
    cn_array_free(&y);
    cn_model_free(m);
    assert_null(cn_layer_new("flatten(data_format=channels_fist)"));
    says("did you mean 'channels_first'?");
    assert_null(cn_layer_new("flatten(data_format=3)"));
    says("data_format is no name");
}

static void names_are_text(void **state)
{
    (void)state;
    assert_null(cn_model_new("caf\xe9"));
    assert_int_equal(cn_error_status(), CN_ERROR_ARGUMENT);
    says("a model's name: byte 4, 0xe9, is no UTF-8");
    cn_model *m = model_of("caf\xc3\xa9", "input 2; dense 1 name='\xe5\xb1\xa4'");
    assert_string_equal(cn_model_layer_name(m, 1), "\xe5\xb1\xa4");
    char *text = cn_model_summary(m);
    assert_non_null(strstr(text, "│ \xe5\xb1\xa4 (Dense)                       │ (None, 1) "));
    cn_text_free(text);
    cn_layer *layer = cn_dense(1, .name = "caf\xe9");
    assert_null(layer);
    says("layer dense: name: byte 4, 0xe9, is no UTF-8");
    assert_int_not_equal(cn_model_compile(m, .loss = "mse", .metrics = "auc(name='\xff')"), CN_OK);
    says("name: byte 1, 0xff, is no UTF-8");
    assert_int_not_equal(cn_model_compile(m, .loss = "mse", .optimizer = "adam(name='\xff')"), CN_OK);
    says("name: byte 1, 0xff, is no UTF-8");
    cn_model_free(m);
}

static void the_first_failure_is_kept(void **state)
{
    (void)state;
    cn_model *m = cn_model_new(NULL);
    assert_int_equal(cn_model_add(m, cn_input(4)), CN_OK);
    assert_int_not_equal(cn_model_add(m, cn_dense(3, .activation = "rely")), CN_OK);
    assert_int_not_equal(cn_model_add(m, cn_dropout(2)), CN_OK);
    assert_int_not_equal(cn_model_compile(m, .loss = "mse"), CN_OK);
    says("'rely'");
    says("'relu'");
    cn_model_free(m);
}

static void notations_that_are_wrong_say_where_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *notation, *parts[3];
    } wrong[] = {
        {"dense 5\ndropuot 0.3", {"dropuot", "dropout", "2"}},
        {"dense", {"units"}},
        {"dense five", {"units", "five"}},
        {"dense -5", {"units", "-5"}},
        {"dense 0", {"units", "0"}},
        {"dense 2.5", {"units", "2.5"}},
        {"dense 5 unitz=3", {"unitz", "units"}},
        {"dense 5 relu relu2", {"relu2"}},
        {"dense 5 units=6", {"units"}},
        {"dense 5 kernel_initializer=glorot_unifrom", {"glorot_unifrom", "glorot_uniform"}},
        {"dense 5 kernel_initializer=random_normal(stddev=-1)", {"stddev", "-1"}},
        {"dense 5 kernel_regularizer=l3(1)", {"l3"}},
        {"dense 5 kernel_constraint=max_nrom(2)", {"max_nrom", "max_norm"}},
        {"dropout 1.5", {"rate", "1.5"}},
        {"dropout half", {"rate", "half"}},
        {"activation", {"activation"}},
        {"activation relo", {"relo", "relu"}},
        {"batch_normalization momentum=x", {"momentum", "x"}},
        {"batch_normalization axis=2", {"axis", "2"}},
        {"lambda 3", {"lambda"}},
        {"conv2d 3 3", {"conv2d"}},
        {"dense (5", {"("}},
        {"dense 5 relu)", {")"}},
        {"input", {"input"}},
        {"input 3; reshape 2", {"3 numbers", "(None, 3)"}},
        {"input 4; reshape -1 -1", {"-1"}},
        {"input 4; input 4", {"input"}},
        {"dropout 0,3", {"0,3", "expected a point as the decimal mark: 0.3"}},
        {"dropout rate=0,25", {"rate=0,25", "expected a point as the decimal mark"}},
        {"dense 3 name=a; dense 3 name=a", {"name", "a"}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cn_model *m = cn_model_new(NULL);
        cn_error_clear();
        cn_status status = cn_model_add_notation(m, wrong[i].notation);
        if (status == CN_OK)
            status = cn_model_build(m, 1, (size_t[]){strstr(wrong[i].notation, "input 3") ? 3u : 4u});
        if (status == CN_OK) fail_msg("'%s' was taken", wrong[i].notation);
        for (int k = 0; k < 3 && wrong[i].parts[k]; k++)
            if (!strstr(cn_error(), wrong[i].parts[k]))
                fail_msg("'%s': no '%s' in: %s", wrong[i].notation, wrong[i].parts[k], cn_error());
        cn_model_free(m);
    }
}

static void layers_come_before_building(void **state)
{
    (void)state;
    cn_model *m = model_of(NULL, "input 3; dense 2");
    assert_int_equal(cn_model_build(m, 1, (size_t[]){3}), CN_OK);
    assert_int_equal(cn_model_build(m, 1, (size_t[]){3}), CN_OK);
    assert_int_not_equal(cn_model_build(m, 1, (size_t[]){4}), CN_OK);
    says("(None, 4)");
    says("(None, 3)");
    assert_int_not_equal(cn_model_add(m, cn_dense(2)), CN_OK);
    says("built");
    cn_model_free(m);
}

/* ---- weights ------------------------------------------------------------------------------------------------------ */

static void weights_go_in_and_come_out(void **state)
{
    (void)state;
    cn_model *m = model_of(NULL, "input 3; dense 130; batch_normalization; dense 2"),
             *other = model_of(NULL, "input 3; dense 130; batch_normalization; dense 2");
    cn_model_set_seed(other, 9);
    assert_int_equal(cn_model_build(m, 1, (size_t[]){3}), CN_OK);
    assert_int_equal(cn_model_build(other, 1, (size_t[]){3}), CN_OK);
    static const char *const names[] = {"kernel",          "bias",   "gamma", "beta", "moving_mean",
                                        "moving_variance", "kernel", "bias"};
    size_t count = cn_model_weight_count(m);
    cn_array all[8];
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++) {
        char name[100];
        assert_int_equal(cn_model_weight_name(m, i, name, sizeof name), CN_OK);
        assert_string_equal(strrchr(name, '/') + 1, names[i]);
        assert_int_equal(cn_model_get_weight(m, i, &all[i]), CN_OK);
        for (size_t e = 0; e < cn_array_size(&all[i]); e++) ((float *)all[i].data)[e] = (float)(i * 1000 + e);
    }
    assert_int_equal(all[0].shape[1], 130);
    assert_int_equal(cn_model_set_weights(m, all, count), CN_OK);
    assert_int_equal(cn_model_set_weights(other, all, count), CN_OK);
    same_weights(m, other);
    cn_array back;
    assert_int_equal(cn_model_get_weight(m, 0, &back), CN_OK);
    assert_memory_equal(back.data, all[0].data, cn_array_size(&back) * sizeof(float));
    cn_array_free(&back);
    for (size_t i = 0; i < count; i++) cn_array_free(&all[i]);
    cn_model_free(m);
    cn_model_free(other);
}

static void weights_that_do_not_fit_change_nothing(void **state)
{
    (void)state;
    cn_model *m = model_of(NULL, "input 3; dense 2"), *before = model_of(NULL, "input 3; dense 2");
    assert_int_equal(cn_model_build(m, 1, (size_t[]){3}), CN_OK);
    assert_int_equal(cn_model_build(before, 1, (size_t[]){3}), CN_OK);
    static const float numbers[6] = {1, 2, 3, 4, 5, 6};
    static const double doubles[6] = {1, 2, 3, 4, 5, 6};
    static const int whole[6] = {1};
    const cn_array turned = cn_array_view(CN_FLOAT32, numbers, 2, (size_t[]){2, 3}),
                   right = cn_array_view(CN_FLOAT32, numbers, 2, (size_t[]){3, 2}),
                   flat = cn_array_view(CN_FLOAT32, numbers, 1, (size_t[]){6}),
                   ints = cn_array_view(CN_INT32, whole, 2, (size_t[]){3, 2}),
                   bias = cn_array_view(CN_FLOAT32, numbers, 1, (size_t[]){2}),
                   wide = cn_array_view(CN_FLOAT64, doubles, 2, (size_t[]){3, 2});
    assert_int_not_equal(cn_model_set_weight(m, 0, &turned), CN_OK);
    says("(2, 3)");
    says("(3, 2)");
    assert_int_not_equal(cn_model_set_weight(m, 0, &flat), CN_OK);
    assert_int_not_equal(cn_model_set_weight(m, 0, &ints), CN_OK);
    says("int32");
    assert_int_not_equal(cn_model_set_weight(m, 2, &right), CN_OK);
    assert_int_not_equal(cn_model_set_weights(m, (const cn_array[]){right}, 1), CN_OK);
    says("1");
    says("2");
    assert_int_not_equal(cn_model_set_weights(m, (const cn_array[]){right, right}, 2), CN_OK);
    same_weights(m, before);
    assert_int_equal(cn_model_set_weights(m, (const cn_array[]){wide, bias}, 2), CN_OK);
    cn_array got;
    assert_int_equal(cn_model_get_weight(m, 0, &got), CN_OK);
    assert_memory_equal(got.data, numbers, sizeof numbers);
    cn_array_free(&got);
    cn_model_free(m);
    cn_model_free(before);
}

static void the_plan_tells_its_steps(void **state)
{
    (void)state;
    cn_model *m = model_of("net", "input 784; dense 512 relu; dense 10 softmax");
    assert_null(cn_model_plan_text(m, 32));
    says("compile");
    assert_int_equal(cn_model_compile(m, .optimizer = "adam", .loss = "categorical_crossentropy"), CN_OK);
    char *text = cn_model_plan_text(m, 32);
    static const char *const parts[] = {
        "gather", "(32, 784) -> (32, 512)", "relu", "softmax", "loss", "Adam", "25.69 MFLOP"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strcasestr(text, parts[i])) fail_msg("no '%s' in: %s", parts[i], text);
    cn_text_free(text);
    cn_model_free(m);
}

/* Lists pay the more, the fewer numbers are not zero and the wider the layer is; never when none are zero. */
static bool lists_are_faster(const char *isa, size_t outputs, double density, bool training)
{
    return cn__op_dense.sparse_is_faster(&(cn__op){.cols = outputs}, isa, density, training);
}

static void lists_are_for_inputs_with_many_zeros(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (int training = 0; training < 2; training++)
            for (size_t outputs = 1; outputs <= 4096; outputs *= 2) {
                assert_false(lists_are_faster(*isa, outputs, 1, training));
                for (int percent = 1; percent <= 100; percent++)
                    if (lists_are_faster(*isa, outputs, percent / 100.0, training)) {
                        assert_true(lists_are_faster(*isa, outputs, (percent - 1) / 100.0, training));
                        assert_true(lists_are_faster(*isa, 2 * outputs, percent / 100.0, training));
                    }
            }
    assert_true(lists_are_faster("avx2", 512, 0.2, true)); /* MNIST */
}

/* ---- names ---------------------------------------------------------------------------------------------------------- */

static void is_named(const cn_model *m, size_t layer, const char *name)
{
    assert_string_equal(cn_model_layer_name(m, layer), name);
}

static void a_layer_gets_the_least_number_that_is_free(void **state)
{
    (void)state;
    cn_model *m =
        model_of(NULL, "input 4; dense 4 name=dense_1; dense 4 name=dense_03; dense 4 name=dense_x; dense 4; "
                       "dense 4; dense 4; dense 4 name=dense_99999999999999999999; dense 4");
    is_named(m, 4, "dense");
    is_named(m, 5, "dense_2");
    is_named(m, 6, "dense_3");
    is_named(m, 8, "dense_4");
    cn_model_free(m);
}

/* Naming them took a minute for 4,000 layers, and sixteen times that for twice as many. */
static void ten_thousand_layers_are_named_and_no_more(void **state)
{
    (void)state;
    cn_model *m = cn_model_new(NULL);
    assert_int_equal(cn_model_add_notation(m, "input 2"), CN_OK);
    for (size_t i = 1; i < 10000; i++) assert_int_equal(cn_model_add_notation(m, "dense 2"), CN_OK);
    is_named(m, 9999, "dense_9998");
    assert_int_equal(cn_model_add_notation(m, "dense 2"), CN_ERROR_ARGUMENT);
    says("more than 10000 layers");
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_are_keras_letter_for_letter),
        cmocka_unit_test(parameters_and_operations_are_counted),
        cmocka_unit_test(calls_and_notation_make_the_same_model),
        cmocka_unit_test(calls_and_notation_make_the_same_convolution),
        cmocka_unit_test(a_network_beyond_all_memory_is_summed_up),
        cmocka_unit_test(channels_first_is_flattened_with_the_channels_last),
        cmocka_unit_test(names_are_text),
        cmocka_unit_test(a_layer_gets_the_least_number_that_is_free),
        cmocka_unit_test(ten_thousand_layers_are_named_and_no_more),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(notations_that_are_wrong_say_where_and_what),
        cmocka_unit_test(layers_come_before_building),
        cmocka_unit_test(weights_go_in_and_come_out),
        cmocka_unit_test(weights_that_do_not_fit_change_nothing),
        cmocka_unit_test(the_plan_tells_its_steps),
        cmocka_unit_test(lists_are_for_inputs_with_many_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
