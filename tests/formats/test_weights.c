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
        cmocka_unit_test(a_model_without_a_shape_can_neither_save_nor_load),
        cmocka_unit_test(weights_alone_are_no_model),
        cmocka_unit_test(files_that_are_no_models_are_named),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
