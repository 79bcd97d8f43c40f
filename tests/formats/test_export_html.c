/* The page that cn_model_export_html writes, read as text: what it holds, what it must never hold, what is refused.
 * ./run demo-test runs such pages in a browser. */
#include <math.h>
#include <unistd.h>

#include <jansson.h>

#include "formats/support.h"
#include "formats/page/page_operations.h"
#include "nn/activation.h"
#include "nn/ops.h"

/* The page of a model; free it. */
static char *page_of(const cn_model *model, const cn_html_options *options)
{
    size_t size;
    assert_ok(cn_model_export_html(model, file("page.html"), options));
    char *page = read_file(file("page.html"), &size);
    assert_int_equal(strlen(page), size);
    return page;
}

/* What stands in <script … id="ID">; free it. */
static char *script(const char *page, const char *id)
{
    char mark[32];
    snprintf(mark, sizeof mark, "id=\"%s\">", id);
    const char *begin = strstr(page, mark);
    assert_non_null(begin);
    begin += strlen(mark);
    return strndup(begin, (size_t)(strstr(begin, "</script>") - begin));
}

static json_t *network_of(const cn_model *model, const cn_html_options *options)
{
    char *page = page_of(model, options), *text = script(page, "model");
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (!json) fail_msg("%s", error.text);
    free(text);
    cn__free(page);
    return json;
}

static cn_model *make_graph(const char *notation)
{
    cn_model *model = cn_model_from_notation("net", notation);
    assert_non_null(model);
    cn_text_free(cn_model_summary(model));
    return model;
}

/* Of the first input, or the first output. */
static json_t *first(const json_t *json, const char *list, const char *key)
{
    return json_object_get(json_array_get(json_object_get(json, list), 0), key);
}

static long field(const json_t *json, const char *object, const char *key)
{
    const json_t *value = json_object_get(first(json, "inputs", object), key);
    assert_non_null(value);
    return (long)json_integer_value(value);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part))) count++, text += strlen(part);
    return count;
}

static void assert_refused(const cn_model *model, const cn_html_options *options, cn_status status,
                           const char *part)
{
    assert_int_equal(cn_model_export_html(model, file("refused.html"), options), status);
    assert_message(part);
    assert_int_not_equal(access(file("refused.html"), F_OK), 0);
}

/* ---- what the page holds ---------------------------------------------------------------------------------- */

static void the_page_asks_for_nothing_beside_it(void **state)
{
    (void)state;
    static const char *const never[] = {"http:",   "https:",  "src=",      "url(",      "@import",
                                        "fetch(",  "import(", "srcset",    "WebSocket", "XMLHttpRequest",
                                        "<iframe", "{{",      "sendBeacon"};
    cn_model *model = make("input 784; dense 10 softmax");
    char *page = page_of(model, NULL);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(page, never[i])) fail_msg("'%s' is in the page", never[i]);
    assert_non_null(strstr(page, "Content-Security-Policy\" content=\"default-src 'none';"));
    assert_int_equal(strncmp(page, "<!doctype html>", 15), 0);
    cn__free(page);
    cn_model_free(model);
}

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);
    return c != '=' && at ? (int)(at - digits) : 0;
}

/* Little-endian float32 of a base64 text. */
static float *decode(const char *text, size_t *count)
{
    const size_t size = strlen(text) / 4 * 3;
    unsigned char *bytes = calloc(size + 4, 1);
    assert_non_null(bytes);
    for (size_t i = 0, at = 0; text[i]; i += 4, at += 3) {
        int bits = 0;
        for (int k = 0; k < 4; k++) bits = bits << 6 | digit_of(text[i + (size_t)k]);
        for (int k = 0; k < 3; k++) bytes[at + (size_t)k] = (unsigned char)(bits >> (16 - 8 * k));
    }
    *count = (size - count_of(text, "=")) / 4;
    for (size_t i = 0; i < *count; i++) {
        const unsigned char *b = bytes + 4 * i;
        const uint32_t bits = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        memcpy(bytes + 4 * i, &bits, 4);
    }
    return (float *)(void *)bytes;
}

static void weights_come_back_bit_for_bit_where_the_operations_say(void **state)
{
    (void)state;
    cn_model *model = make("input 7; dense 5 relu; batch_normalization; dense 3 softmax use_bias=false");
    char *page = page_of(model, NULL), *text = script(page, "weights");
    size_t count, at = 0;
    float *weights = decode(text, &count);
    assert_int_equal(count, cn_model_parameters(model));
    for (size_t i = 0; i < cn_model_weight_count(model); i++) {
        cn_array weight;
        assert_int_equal(cn_model_get_weight(model, i, &weight), CN_OK);
        assert_memory_equal(weights + at, weight.data, cn_array_size(&weight) * sizeof(float));
        at += cn_array_size(&weight);
        cn_array_free(&weight);
    }
    json_t *json = network_of(model, NULL), *last = json_array_get(json_object_get(json, "operations"), 3);
    assert_int_equal(json_integer_value(json_object_get(last, "kernel")), 7 * 5 + 5 + 4 * 5);
    assert_true(json_is_null(json_object_get(last, "bias")));
    json_decref(json);
    free(weights);
    free(text);
    cn__free(page);
    cn_model_free(model);
}

static void every_activation_of_the_library_is_one_of_the_page(void **state)
{
    (void)state;
    cn_model *model = make("input 784; dense 10 softmax");
    char *page = page_of(model, NULL);
    for (int kind = 0; kind < CN_ACT_COUNT; kind++) {
        char forms[3][48];
        const char *name = cn__activation_name((cn__act)kind);
        snprintf(forms[0], sizeof forms[0], "\n  %s: ", name);
        snprintf(forms[1], sizeof forms[1], "\n  %s,", name);
        snprintf(forms[2], sizeof forms[2], "\n  %s(z, a) {", name);
        if (!strstr(page, forms[0]) && !strstr(page, forms[1]) && !strstr(page, forms[2]))
            fail_msg("the page has no activation '%s'", name);
    }
    cn__free(page);
    cn_model_free(model);
}

static void every_kind_of_operation_has_a_writer_and_a_function_in_the_page(void **state)
{
    (void)state;
    static const char *const functions[] = {
        "dense",         "activation",  "prelu",      "batchnorm", "layernorm",   "rmsscaling",
        "groupnorm",     "unitnorm",    "merge",      "rescaling", "concatenate", "dot",
        "normalization", "convolution", "transposed", "maxpool",   "averagepool", "pad",
        "crop",          "resize",      "permute",    "repeat",    "softmaxover"};
    for (const cn__op_kind *const *kind = cn__op_kinds(); *kind; kind++)
        if (!cn__page_knows(*kind)) fail_msg("the page cannot run '%s'", (*kind)->name);
    cn_model *model = make("input 784; dense 10 softmax");
    char *page = page_of(model, NULL);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        char forms[2][48];
        snprintf(forms[0], sizeof forms[0], "\n  %s({", functions[i]);
        snprintf(forms[1], sizeof forms[1], "\n  %s: ({", functions[i]);
        if (!strstr(page, forms[0]) && !strstr(page, forms[1]))
            fail_msg("the page has no function for '%s'", functions[i]);
    }
    cn__free(page);
    cn_model_free(model);
}

static json_t *operation_of(const json_t *json, size_t i)
{
    return json_array_get(json_object_get(json, "operations"), i);
}

static void values_of_graphs_are_numbered_from_the_inputs_on(void **state)
{
    (void)state;
    cn_model *model =
        make_graph("input 8 8 1 name=picture; conv2d 2 3 relu padding=same name=a; flatten name=f; "
                   "input 3 name=row; concatenate from=[f, row] name=both; dense 4 softmax name=kind; "
                   "dense 1 from=both name=size");
    json_t *json = network_of(model, NULL), *join = operation_of(json, 2);
    assert_int_equal(json_array_size(json_object_get(json, "inputs")), 2);
    assert_string_equal(json_string_value(first(json, "inputs", "name")), "picture");
    assert_string_equal(json_string_value(json_object_get(join, "kind")), "concatenate");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(join, "from"), 0)), 3);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(join, "from"), 1)), 1);
    const json_t *outputs = json_object_get(json, "outputs"), *size = json_array_get(outputs, 1);
    assert_int_equal(json_array_size(outputs), 2);
    assert_string_equal(json_string_value(json_object_get(size, "name")), "size");
    assert_string_equal(json_string_value(json_object_get(size, "kind")), "values");
    assert_string_equal(json_string_value(first(json, "outputs", "kind")), "softmax");
    assert_int_equal(json_integer_value(json_object_get(size, "value")),
                     5); /* in Keras's order, kind after it */
    json_decref(json);
    cn_model_free(model);
}

static void the_page_holds_a_drawing_of_the_network(void **state)
{
    (void)state;
    cn_model *model = make("input 4; dense 3 name=first; dense 2 name=second");
    char *page = page_of(model, NULL);
    assert_int_equal(count_of(page, "<svg"), 1);
    assert_non_null(strstr(page, "first (Dense)</text>"));
    cn__free(page);
    cn_model_free(model);
}

static void samples_of_several_inputs_are_an_array_each(void **state)
{
    (void)state;
    float a[4] = {1, 2, 3, 4}, b[2] = {5, 6};
    const cn_array x = cn_array_view(CN_FLOAT32, a, 2, (size_t[]){2, 2}),
                   z = cn_array_view(CN_FLOAT32, b, 2, (size_t[]){2, 1}),
                   three = cn_array_view(CN_FLOAT32, a, 2, (size_t[]){3, 1});
    const cn_array *both[] = {&x, &z}, *one[] = {&x, NULL}, *uneven[] = {&x, &three};
    cn_model *model = make_graph("input 2 name=a; input 1 name=b; concatenate from=[a, b]; dense 1");
    json_t *json = network_of(model, &(cn_html_options){.inputs = both, .samples = 2});
    size_t count;
    float *values = decode(
        json_string_value(json_array_get(json_object_get(json_object_get(json, "samples"), "values"), 1)),
        &count);
    assert_int_equal(count, 2);
    assert_true(values[0] == 5 && values[1] == 6);
    free(values);
    json_decref(json);
    assert_refused(model, &(cn_html_options){.inputs = one}, CN_ERROR_ARGUMENT, "input b has no samples");
    assert_refused(model, &(cn_html_options){.inputs = uneven}, CN_ERROR_SHAPE, "input b has 3 samples");
    assert_refused(model, &(cn_html_options){.x = &x}, CN_ERROR_ARGUMENT, "given by inputs");
    cn_model_free(model);
}

static void layers_that_do_nothing_here_are_shown_but_not_run(void **state)
{
    (void)state;
    cn_model *model = make("input 4,3; flatten; dropout 0.5; reshape (3, 4); layer_normalization; "
                           "dense 2 leaky_relu; activation relu(max_value=2)");
    json_t *json = network_of(model, NULL), *operations = json_object_get(json, "operations");
    assert_int_equal(json_array_size(json_object_get(json, "layers")), 6);
    assert_int_equal(json_array_size(operations), 4);
    json_t *p = json_object_get(json_array_get(operations, 3), "p");
    assert_float_equal(json_real_value(json_array_get(p, 1)), 2, 0);
    p = json_object_get(json_array_get(operations, 2), "p");
    assert_float_equal(json_real_value(json_array_get(p, 0)), 0.2, 1e-7);
    assert_string_equal(json_string_value(first(json, "outputs", "kind")), "values");
    json_decref(json);
    cn_model_free(model);
}

static void words_of_the_user_can_not_end_a_script_or_open_a_tag(void **state)
{
    (void)state;
    static const char *const labels[] = {"</script><b>", "\"quoted\" & 'more' \\", "<!--", "\xC3\xB1"};
    cn_model *model = make("input 784; dense 4 softmax");
    char *plain = page_of(model, NULL);
    const cn_html_options options = {
        .title = "</title><script>alert(1)</script>", .labels = labels, .label_count = 4};
    char *page = page_of(model, &options);
    assert_int_equal(count_of(page, "</script>"), count_of(plain, "</script>"));
    assert_int_equal(count_of(page, "<script"), count_of(plain, "<script"));
    assert_int_equal(count_of(page, "<!--"), count_of(plain, "<!--"));
    assert_non_null(strstr(page, "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>"));
    json_t *json = network_of(model, &options);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(json_string_value(json_array_get(json_object_get(json, "labels"), i)), labels[i]);
    json_decref(json);
    cn__free(page);
    cn__free(plain);
    cn_model_free(model);
}

static void images_are_known_by_shape_or_by_the_samples(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        size_t samples[3]; /* their shape; 0: none */
        long height, width, channels;
    } cases[] = {
        {"784", {0}, 28, 28, 1},     {"28,28", {0}, 28, 28, 1},       {"28,28,1", {0}, 28, 28, 1},
        {"32,24,3", {0}, 32, 24, 3}, {"600", {20, 30, 1}, 20, 30, 1}, {"6", {0}, 0, 0, 0},
        {"4,4", {0}, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char notation[80];
        snprintf(notation, sizeof notation, "input %s; flatten; dense 3 softmax", cases[i].input);
        cn_model *model = make(notation);
        const size_t *s = cases[i].samples;
        cn_array x = {0};
        cn_html_options options = {.x = s[0] ? &x : NULL, .samples = 1};
        if (s[0]) assert_int_equal(cn_array_new(&x, CN_FLOAT32, 4, (size_t[]){2, s[0], s[1], s[2]}), CN_OK);
        json_t *json = network_of(model, &options);
        if (cases[i].channels) {
            assert_int_equal(field(json, "image", "height"), cases[i].height);
            assert_int_equal(field(json, "image", "width"), cases[i].width);
            assert_int_equal(field(json, "image", "channels"), cases[i].channels);
        } else {
            assert_true(json_is_null(first(json, "inputs", "image")));
        }
        json_decref(json);
        cn_array_free(&x);
        cn_model_free(model);
    }
}

static void mnist_leaves_four_pixels_around_the_ink(void **state)
{
    (void)state;
    cn_model *model = make("input 784; dense 10 softmax");
    json_t *json = network_of(model, NULL);
    assert_int_equal(field(json, "frame", "margin"), 4);
    assert_true(json_is_true(json_object_get(first(json, "inputs", "frame"), "byMass")));
    json_decref(json);
    json = network_of(model, &(cn_html_options){.fill = true});
    assert_int_equal(field(json, "frame", "margin"), 0);
    json_decref(json);
    cn_model_free(model);
}

static void sliders_take_names_and_the_range_of_the_data(void **state)
{
    (void)state;
    static const char *const names[] = {"area", "rooms"};
    float values[] = {10, 1, 30, 2, 80, 3};
    cn_array x = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){3, 2});
    cn_model *model = make("input 2; dense 1");
    json_t *json = network_of(model, &(cn_html_options){.x = &x, .features = names, .feature_count = 2});
    json_t *area = json_array_get(first(json, "inputs", "features"), 0);
    assert_string_equal(json_string_value(json_object_get(area, "name")), "area");
    assert_float_equal(json_real_value(json_object_get(area, "low")), 10, 0);
    assert_float_equal(json_real_value(json_object_get(area, "high")), 80, 0);
    assert_float_equal(json_real_value(json_object_get(area, "start")), 40, 1e-9);
    json_decref(json);
    cn_model_free(model);
}

static void samples_are_of_each_class_in_turn(void **state)
{
    (void)state;
    float values[6] = {0, .1f, .2f, .3f, .4f, .5f};
    int64_t classes[6] = {1, 1, 0, 1, 0, 2};
    cn_array x = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){6, 1}),
             y = cn_array_view(CN_INT64, classes, 1, (size_t[]){6});
    cn_model *model = make("input 1; dense 3 softmax");
    json_t *json = network_of(model, &(cn_html_options){.x = &x, .y = &y, .samples = 5});
    json_t *samples = json_object_get(json, "samples"), *index = json_object_get(samples, "index");
    static const int expected[] = {2, 0, 5, 4, 1};
    assert_int_equal(json_array_size(index), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(json_integer_value(json_array_get(index, i)), expected[i]);
    size_t count;
    float *decoded = decode(json_string_value(json_array_get(json_object_get(samples, "values"), 0)), &count);
    assert_int_equal(count, 5);
    for (size_t i = 0; i < 5; i++) assert_true(decoded[i] == values[expected[i]]);
    assert_string_equal(json_string_value(json_array_get(json_object_get(samples, "names"), 2)), "2");
    free(decoded);
    json_decref(json);
    cn_model_free(model);
}

static void the_title_speaks_the_language_of_the_page(void **state)
{
    (void)state;
    cn_model *model = make("input 784; dense 10 softmax");
    char *page = page_of(model, &(cn_html_options){.language = "es"});
    assert_non_null(strstr(page, "<html lang=\"es\">"));
    assert_non_null(strstr(page, "<title>Dibuja una cifra</title>"));
    cn__free(page);
    cn_model_free(model);
}

/* ---- what is refused -------------------------------------------------------------------------------------- */

static void a_model_without_weights_is_refused(void **state)
{
    (void)state;
    cn_model *model = make("dense 3");
    assert_refused(model, NULL, CN_ERROR_STATE, "no weights");
    cn_model_free(model);
}

static void weights_that_are_no_numbers_are_refused_by_name(void **state)
{
    (void)state;
    cn_model *model = make("input 2; dense 2 name=bad");
    float values[] = {1, NAN, 2, 3};
    cn_array weight = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){2, 2});
    assert_int_equal(cn_model_set_weight(model, 0, &weight), CN_OK);
    assert_refused(model, NULL, CN_ERROR_NUMERIC, "bad/kernel");
    cn_model_free(model);
}

/* The names of the samples in a page, from the JSON in it. */
static void assert_names(cn_model *model, const cn_html_options *options, const char *names)
{
    char wanted[120];
    assert_int_equal(cn_model_export_html(model, file("named.html"), options), CN_OK);
    size_t size;
    char *page = read_file(file("named.html"), &size);
    snprintf(wanted, sizeof wanted, "\"names\":[%s]", names);
    if (!strstr(page, wanted)) fail_msg("%s is not in %.300s", wanted, strstr(page, "\"names\":"));
    cn__free(page);
}

static void samples_are_named_by_classes_rows_or_values(void **state)
{
    (void)state;
    static const char *const names[] = {"red", "green"};
    float values[8] = {0}, rows[8] = {0, 1, 1, 0, 0, 1, 0, 1}, numbers[4] = {2.5F, -1, 1234.56F, 0},
          ones[4] = {1, 1, 0, 1};
    cn_array x = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){4, 2}),
             one_hot = cn_array_view(CN_FLOAT32, rows, 2, (size_t[]){4, 2}),
             column = cn_array_view(CN_FLOAT32, numbers, 2, (size_t[]){4, 1}),
             two = cn_array_view(CN_FLOAT32, ones, 1, (size_t[]){4}),
             several = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){4, 2});
    cn_html_options o = {.x = &x, .y = &one_hot, .samples = 3};
    cn_model *both = make("input 2; dense 2 softmax"), *one = make("input 2; dense 1 sigmoid"),
             *value = make("input 2; dense 1");
    assert_names(both, &o, "\"0\",\"1\",\"1\"");
    o.labels = names, o.label_count = 2;
    assert_names(both, &o, "\"red\",\"green\",\"green\"");
    o.y = &several;
    assert_names(both, &o, "\"\",\"\",\"\"");
    o = (cn_html_options){.x = &x, .y = &two, .samples = 4};
    assert_names(one, &o, "\"0\",\"1\",\"1\",\"1\"");
    o = (cn_html_options){.x = &x, .y = &column, .samples = 3};
    assert_names(value, &o, "\"2.5\",\"-1\",\"1235\"");
    cn_model_free(both);
    cn_model_free(one);
    cn_model_free(value);
}

static void names_and_samples_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "\xFF"};
    float values[4] = {0};
    int64_t classes[2] = {0, 3};
    cn_array wide = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){1, 4}),
             x = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){2, 2}),
             y = cn_array_view(CN_INT64, classes, 1, (size_t[]){2}),
             short_y = cn_array_view(CN_INT64, classes, 1, (size_t[]){1});
    cn_model *model = make("input 2; dense 3 softmax");
    assert_refused(model, &(cn_html_options){.labels = names, .label_count = 2}, CN_ERROR_ARGUMENT,
                   "expected 3");
    assert_refused(model, &(cn_html_options){.labels = names, .label_count = 3}, CN_ERROR_ARGUMENT, "UTF-8");
    assert_refused(model, &(cn_html_options){.features = names, .feature_count = 1}, CN_ERROR_ARGUMENT,
                   "expected 2");
    assert_refused(model, &(cn_html_options){.title = "\xFF"}, CN_ERROR_ARGUMENT, "title");
    assert_refused(model, &(cn_html_options){.language = "esp"}, CN_ERROR_ARGUMENT, "'es'");
    assert_refused(model, &(cn_html_options){.x = &wide}, CN_ERROR_SHAPE, "(1, 4)");
    assert_refused(model, &(cn_html_options){.x = &x, .y = &short_y}, CN_ERROR_SHAPE, "1 labels");
    assert_refused(model, &(cn_html_options){.x = &x, .y = &y}, CN_ERROR_DATA, "label 1 is 3");
    cn_model_free(model);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    cn_model *model = make("input 2; dense 3");
    assert_int_equal(cn_model_export_html(model, file("none/page.html"), NULL), CN_ERROR_FILE);
    assert_message("none/page.html");
    cn_model_free(model);
}

static void equal_models_give_equal_pages(void **state)
{
    (void)state;
    cn_model *model = make("input 28,28; flatten; dense 10 softmax");
    char *a = page_of(model, NULL), *b = page_of(model, &(cn_html_options){.language = "en"});
    assert_string_equal(a, b);
    cn__free(a);
    cn__free(b);
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_asks_for_nothing_beside_it),
        cmocka_unit_test(weights_come_back_bit_for_bit_where_the_operations_say),
        cmocka_unit_test(every_activation_of_the_library_is_one_of_the_page),
        cmocka_unit_test(every_kind_of_operation_has_a_writer_and_a_function_in_the_page),
        cmocka_unit_test(values_of_graphs_are_numbered_from_the_inputs_on),
        cmocka_unit_test(the_page_holds_a_drawing_of_the_network),
        cmocka_unit_test(samples_of_several_inputs_are_an_array_each),
        cmocka_unit_test(layers_that_do_nothing_here_are_shown_but_not_run),
        cmocka_unit_test(words_of_the_user_can_not_end_a_script_or_open_a_tag),
        cmocka_unit_test(images_are_known_by_shape_or_by_the_samples),
        cmocka_unit_test(mnist_leaves_four_pixels_around_the_ink),
        cmocka_unit_test(sliders_take_names_and_the_range_of_the_data),
        cmocka_unit_test(samples_are_of_each_class_in_turn),
        cmocka_unit_test(the_title_speaks_the_language_of_the_page),
        cmocka_unit_test(a_model_without_weights_is_refused),
        cmocka_unit_test(weights_that_are_no_numbers_are_refused_by_name),
        cmocka_unit_test(samples_are_named_by_classes_rows_or_values),
        cmocka_unit_test(names_and_samples_that_do_not_fit_are_refused),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(equal_models_give_equal_pages),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
