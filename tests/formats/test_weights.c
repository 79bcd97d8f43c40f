/* Networks and weights in files: round trips, and files that are not what they should be. */
#include "formats/support.h"

static const char *text_file(const char *name, const char *text)
{
    assert_ok(cn__file_write(file(name), text, strlen(text)));
    return file(name);
}

static cn_model *make_built(const char *notation, uint64_t seed)
{
    cn_model *model = make_seeded(notation, seed);
    assert_ok(cn_model_build(model, 1, (size_t[]){6}));
    return model;
}

static const char network[] =
    "input 6; dense 5 relu; batch_normalization; dense 3 softmax bias_initializer=random_normal";

static void weights_come_back_bit_for_bit(void **state)
{
    (void)state;
    cn_model *a = make_built(network, 1), *b = make_seeded(network, 2);
    assert_ok(cn_model_save_weights(a, file("w.npz")));
    assert_ok(cn_model_load_weights(b, file("w.npz")));
    assert_same_weights(a, b);
    cn_model_free(a);
    cn_model_free(b);
}

static void a_network_saved_whole_is_loaded_with_its_weights(void **state)
{
    (void)state;
    cn_model *a = make_built("dense 5 relu name=first; dropout 0.5; dense 3 softmax", 1);
    assert_ok(cn_model_save(a, file("whole.npz"), false));
    cn_model *b = load(file("whole.npz"));
    assert_string_equal(cn_model_layer_name(b, 1), "first");
    assert_same_weights(a, b);
    cn_model_free(a);
    cn_model_free(b);
}

static void a_model_is_loaded_by_what_its_file_holds(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } files[] = {
        {"notation.npz", "# two layers\ninput 6\ndense 3 relu # the last\n"},
        {"json.txt",
         "\n {\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"InputLayer\", "
         "\"config\": {\"batch_shape\": [null, 6]}}, {\"class_name\": \"Dense\", \"config\": {\"units\": 3}}]}}"},
    };
    for (size_t i = 0; i < 2; i++) {
        cn_model *model = load(text_file(files[i].name, files[i].text));
        assert_int_equal(cn_model_layer_count(model), 2);
        cn_model_free(model);
    }
}

static void a_wrong_shape_names_the_weight_and_both_shapes_and_changes_nothing(void **state)
{
    (void)state;
    cn_model *a = make_built("dense 5; dense 3", 1), *b = make_built("dense 5; dense 4", 2),
             *same = make_built("dense 5; dense 4", 2);
    assert_ok(cn_model_save_weights(a, file("w.npz")));
    assert_int_equal(cn_model_load_weights(b, file("w.npz")), CN_ERROR_SHAPE);
    assert_message("w.npz");
    assert_message("dense_1/kernel");
    assert_message("(5, 4)");
    assert_message("(5, 3)");
    assert_same_weights(b, same);
    cn_model_free(a);
    cn_model_free(b);
    cn_model_free(same);
}

static void a_wrong_number_of_arrays_shows_both_numbers(void **state)
{
    (void)state;
    cn_model *a = make_built("dense 5", 1), *b = make_built("dense 5; dense 4", 2);
    assert_ok(cn_model_save_weights(a, file("w.npz")));
    assert_int_equal(cn_model_load_weights(b, file("w.npz")), CN_ERROR_SHAPE);
    assert_message("2 arrays");
    assert_message("4 weights");
    cn_model_free(a);
    cn_model_free(b);
}

/* Arrays named by Keras's paths, as another program may save them. */
static void arrays_are_found_by_their_paths(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *kernels[3], *message; /* layers; the arrays' names; NULL: read */
    } cases[] = {
        {"first", "second", {"first/kernel", "second/kernel"}, NULL},
        {"first", "second", {"net/first/kernel", "net/second/kernel"}, NULL},
        {"first", "second", {"second/kernel", "net/first/kernel", "a/b"}, NULL},
        {"first", "second", {"irst/kernel", "second/kernel"}, "no array is named as weight first/kernel"},
        {"first", "second", {"netfirst/kernel", "second/kernel"}, "no array is named as weight first/kernel"},
        {"first", "second", {"a/first/kernel", "b/first/kernel", "second/kernel"}, "or more than one is"},
        {"a/d", "d", {"a/d/kernel", "d/kernel"}, NULL},
        {"a/d", "d", {"d/kernel", "b/kernel"}, "no array is named as weight a/d/kernel"},
        {"first", "second", {"kernel", "second"}, "0 arrays arr_0, arr_1, ... for the 2 weights"},
        {"first",
         "second",
         {"second/kernel", "first/kernel"},
         "first/kernel has shape (6, 5) in the model, but the array"},
        {"first",
         "second",
         {"first/kernel", "first/kernel/kernel"},
         "no array is named as weight second/kernel"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char notation[200];
        float values[3][30];
        size_t count = 0;
        cn_array arrays[3];
        snprintf(notation, sizeof notation,
                 "input 6; dense 5 name='%s' use_bias=false; dense 3 name='%s' use_bias=false",
                 cases[i].first, cases[i].second);
        for (; count < 3 && cases[i].kernels[count]; count++) {
            const bool wide = i == 9 ? count == 1
                                     : strstr(cases[i].kernels[count], "second") == NULL &&
                                           strcmp(cases[i].kernels[count], "d/kernel") != 0;
            for (size_t k = 0; k < 30; k++) values[count][k] = (float)(count + k);
            arrays[count] = cn_array_view(CN_FLOAT32, values[count], 2,
                                          wide != (i == 9) ? (size_t[]){6, 5} : (size_t[]){5, 3});
        }
        assert_ok(cn_npz_write(file("paths.npz"), cases[i].kernels, arrays, count));
        cn_model *model = make(notation);
        const cn_status status = cn_model_load_weights(model, file("paths.npz"));
        if ((status == CN_OK) != !cases[i].message ||
            (status != CN_OK && !strstr(cn_error(), cases[i].message)))
            fail_msg("case %zu: %s", i, status ? cn_error() : "read");
        cn_model_free(model);
    }
}

static void a_network_that_is_no_text_is_none(void **state)
{
    (void)state;
    const float number = 1;
    const cn_array a = cn_array_view(CN_FLOAT32, &number, 1, (size_t[]){1});
    assert_ok(cn_npz_write(file("odd.npz"), (const char *const[]){"model_json"}, &a, 1));
    assert_null(cn_model_load(file("odd.npz")));
    assert_message("holds no network");
}

static void a_model_without_a_shape_can_neither_save_nor_load(void **state)
{
    (void)state;
    cn_model *a = make_built("dense 5", 1), *b = make("dense 5");
    assert_ok(cn_model_save_weights(a, file("w.npz")));
    assert_int_equal(cn_model_load_weights(b, file("w.npz")), CN_ERROR_STATE);
    assert_int_equal(cn_model_save(b, file("never.npz"), false), CN_ERROR_STATE);
    cn_model_free(a);
    cn_model_free(b);
}

static void weights_alone_are_no_model(void **state)
{
    (void)state;
    cn_model *a = make_built("dense 5", 1);
    assert_ok(cn_model_save_weights(a, file("w.npz")));
    assert_null(cn_model_load(file("w.npz")));
    assert_message("holds no network");
    cn_model_free(a);
}

static void files_that_are_no_models_are_named(void **state)
{
    (void)state;
    assert_null(cn_model_load(file("none.json")));
    assert_int_equal(cn_error_status(), CN_ERROR_FILE);
    assert_message("none.json");
    assert_null(cn_model_load(text_file("broken.json", "{\"class_name\": ")));
    assert_message("broken.json");
    assert_null(cn_model_load(text_file("broken.npz", "PK\3\4 and then nothing")));
    assert_message("broken.npz");
    assert_null(cn_model_load(text_file("old.h5", "\x89HDF\r\n")));
    assert_message("HDF5");
    assert_null(cn_model_load(text_file("words.txt", "dence 5")));
    assert_message("words.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_come_back_bit_for_bit),
        cmocka_unit_test(a_network_saved_whole_is_loaded_with_its_weights),
        cmocka_unit_test(a_model_is_loaded_by_what_its_file_holds),
        cmocka_unit_test(a_wrong_shape_names_the_weight_and_both_shapes_and_changes_nothing),
        cmocka_unit_test(a_wrong_number_of_arrays_shows_both_numbers),
        cmocka_unit_test(arrays_are_found_by_their_paths),
        cmocka_unit_test(a_network_that_is_no_text_is_none),
        cmocka_unit_test(a_model_without_a_shape_can_neither_save_nor_load),
        cmocka_unit_test(weights_alone_are_no_model),
        cmocka_unit_test(files_that_are_no_models_are_named),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
