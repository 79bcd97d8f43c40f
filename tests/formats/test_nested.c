/* Models within models in files: summaries and trainings are Keras's, every format gives back what went in, and a base that is
 * taken out of a file gets a new head. The networks are those of tests/parity/cases/nested_…, made by real Keras. */
#include <math.h>

#include "formats/keras_support.h"

static const char *const cases[] = {"nested_called_twice", "nested_transfer", "nested_lines",
                                    "nested_two_outputs"};
enum { CASES = sizeof cases / sizeof *cases };

static const char *of_case(const char *name, const char *what)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/parity/cases/%s/%s", CORNU_TESTS_DIR, name, what);
    return path;
}

static cn_array array_of(const char *name, const char *what, size_t number)
{
    char file_name[40];
    cn_array a;
    snprintf(file_name, sizeof file_name, "%s_%zu.npy", what, number);
    assert_ok(cn_data_read(of_case(name, file_name), &a));
    return a;
}

static void set_start(const char *name, cn_model *m)
{
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w = array_of(name, "start", i);
        assert_ok(cn_model_set_weight(m, i, &w));
        cn_array_free(&w);
    }
}

/* The network of a case with its first weights. */
static cn_model *started(const char *name)
{
    cn_model *m = load(of_case(name, "model.json"));
    cn_text_free(cn_model_summary(m)); /* builds it */
    set_start(name, m);
    return m;
}

static void the_summary_is_keras_letter_for_letter(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        size_t size;
        cn_model *m = load(of_case(cases[i], "model.json"));
        char *expected = read_file(of_case(cases[i], "summary.txt"), &size), *text = cn_model_summary(m);
        while (size && expected[size - 1] == '\n') size--;
        if (strncmp(text, expected, size) != 0) fail_msg("%s: got:\n%s", cases[i], text);
        cn__free(expected);
        cn_text_free(text);
        cn_model_free(m);
    }
}

static void every_format_gives_back_network_and_weights(void **state)
{
    (void)state;
    static const char *const names[] = {"nested.keras", "nested.h5", "nested.npz"};
    for (size_t i = 0; i < CASES; i++)
        for (size_t k = 0; k < 3; k++) {
            cn_model *a = started(cases[i]);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            char *json_a = cn_model_to_json(a), *json_b = cn_model_to_json(b);
            assert_string_equal(json_a, json_b);
            assert_same_weights(a, b);
            assert_int_equal(cn_model_trainable_parameters(a), cn_model_trainable_parameters(b));
            cn_text_free(json_a);
            cn_text_free(json_b);
            cn_model_free(a);
            cn_model_free(b);
        }
}

static void weights_alone_go_into_the_same_network(void **state)
{
    (void)state;
    static const char *const names[] = {"nested.weights.h5", "nested.h5", "nested.npz"};
    for (size_t k = 0; k < 3; k++) {
        cn_model *a = started(cases[3]), *b = load(of_case(cases[3], "model.json"));
        assert_ok(cn_model_save_weights(a, file(names[k])));
        assert_ok(cn_model_load_weights(b, file(names[k])));
        assert_same_weights(a, b);
        cn_model_free(a);
        cn_model_free(b);
    }
}

static void weights_of_another_network_are_refused(void **state)
{
    (void)state;
    cn_model *a = started("nested_two_outputs"), *b = load(of_case("nested_called_twice", "model.json"));
    static const char *const names[] = {"other.weights.h5", "other.h5"};
    for (size_t k = 0; k < 2; k++) {
        assert_ok(cn_model_save_weights(a, file(names[k])));
        assert_int_equal(cn_model_load_weights(b, file(names[k])), CN_ERROR_SHAPE);
        assert_message("arrays");
    }
    cn_model_free(a);
    cn_model_free(b);
}

/* ---- .npz by paths ------------------------------------------------------------------------------------------ */

/* As Keras has it: layers of a graph within another keep their own path, those of a line of layers begin with its name. */
static void weights_are_found_by_the_paths_of_keras(void **state)
{
    (void)state;
    static const char *const paths[] = {"functional/head/bias",
                                        "functional/head/kernel",
                                        "o2/bias",
                                        "fixed/kernel",
                                        "base/line/bias",
                                        "base/line/kernel",
                                        "base/norm/moving_variance",
                                        "base/norm/moving_mean",
                                        "base/norm/beta",
                                        "base/norm/gamma"};
    const char *names[10];
    memcpy(names, paths, sizeof names);
    names[2] = "fixed/bias";
    cn_model *a = started("nested_two_outputs"), *b = load(of_case("nested_two_outputs", "model.json"));
    cn_array weights[10];
    for (size_t i = 0; i < 10; i++) assert_ok(cn_model_get_weight(a, 9 - i, &weights[i]));
    assert_ok(cn_npz_write(file("paths.npz"), names, weights, 10));
    assert_ok(cn_model_load_weights(b, file("paths.npz")));
    assert_same_weights(a, b);
    assert_ok(cn_npz_write(file("paths.npz"), paths, weights, 10));
    assert_int_equal(cn_model_load_weights(b, file("paths.npz")), CN_ERROR_SHAPE);
    assert_message("two/fixed/bias");
    for (size_t i = 0; i < 10; i++) cn_array_free(&weights[i]);
    cn_model_free(a);
    cn_model_free(b);
}

/* ---- transfer ------------------------------------------------------------------------------------------------- */

static void assert_final(const char *name, const cn_model *m)
{
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array expected = array_of(name, "final", i), got;
        assert_ok(cn_model_get_weight(m, i, &got));
        for (size_t e = 0; e < cn_array_size(&got); e++)
            if (fabs(cn_array_at(&got, e) - cn_array_at(&expected, e)) > 2e-4)
                fail_msg("weight %zu[%zu] is %g, Keras has %g", i, e, cn_array_at(&got, e),
                         cn_array_at(&expected, e));
        cn_array_free(&expected);
        cn_array_free(&got);
    }
}

/* The base comes out of a file where it was trained, is frozen, and gets a head: Keras's numbers. */
static void a_base_out_of_a_file_gets_a_new_head_and_trains_as_in_keras(void **state)
{
    (void)state;
    static const char name[] = "nested_transfer";
    cn_array given, classes_of;
    cn_model *whole = started(name);
    cn_model_set_trainable(whole, true);
    assert_ok(cn_model_save(whole, file("base.keras"), false));
    cn_model_free(whole);
    cn_model *old = load(file("base.keras")), *base = cn_model_within(old, "base");
    cn_model_free(old);
    cn_model_set_trainable(base, false);
    cn_tensor *in = cn_tensor_input(12);
    cn_tensor *out = cn_call(cn_dense(4, .activation = "softmax"), cn_call(cn_dropout(0), cn_call(base, in)));
    cn_model *m = cn_model_from(&in, 1, &out, 1);
    cn_model_free(base);
    assert_ok(cn_model_compile(m, .optimizer = "adam(0.004)", .loss = "categorical_crossentropy"));
    set_start(name, m);
    assert_int_equal(cn_model_trainable_parameters(m), 7 * 4 + 4);
    assert_ok(cn_data_read(of_case(name, "x.npy"), &given));
    assert_ok(cn_data_read(of_case(name, "y.npy"), &classes_of));
    cn_history *h = cn_model_fit(m, &given, &classes_of, .epochs = 2, .batch_size = 16, .shuffle = false,
                                 .validation_split = 0.25);
    assert_non_null(h);
    cn_history_free(h);
    assert_final(name, m);
    cn_array_free(&given);
    cn_array_free(&classes_of);
    cn_model_free(m);
}

static void graphs_that_share_a_model_are_written_and_read(void **state)
{
    (void)state;
    cn_tensor *in = cn_tensor_input(5), *out = cn_call(cn_layer_new("dense(4, tanh)"), in);
    cn_model *base = cn_model_from_named("base", &in, 1, &out, 1);
    cn_tensor *a = cn_tensor_input(5), *b = cn_tensor_input(5), *p = cn_call(base, a), *q = cn_call(base, b),
              *gap = cn_call(cn_subtract(), q, p);
    cn_model *models[] = {cn_model_from((cn_tensor *[]){a, b}, 2, &gap, 1),
                          cn_model_from_named("half", &b, 1, &q, 1)};
    for (int i = 0; i < 2; i++) {
        char *json = models[i] ? cn_model_to_json(models[i]) : NULL;
        cn_model *read = json ? cn_model_from_json(json) : NULL;
        char *summary = read ? cn_model_summary(read) : NULL;
        if (!summary) fail_msg("%s", cn_error());
        assert_non_null(strstr(summary, "Total params: 24 "));
        cn_text_free(summary);
        cn_text_free(json);
        cn_model_free(read);
    }
    cn_model_free(models[1]);
    cn_model_free(base);
    cn_model_free(models[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_that_share_a_model_are_written_and_read),
        cmocka_unit_test(the_summary_is_keras_letter_for_letter),
        cmocka_unit_test(every_format_gives_back_network_and_weights),
        cmocka_unit_test(weights_alone_go_into_the_same_network),
        cmocka_unit_test(weights_of_another_network_are_refused),
        cmocka_unit_test(weights_are_found_by_the_paths_of_keras),
        cmocka_unit_test(a_base_out_of_a_file_gets_a_new_head_and_trains_as_in_keras),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
