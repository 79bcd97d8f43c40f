/* Files of real Keras: they predict, score and train on as there. */
#include <math.h>

#include "formats/keras_support.h"

static void assert_close(const cn_array *got, const cn_array *expected, double tolerance)
{
    assert_int_equal(cn_array_size(got), cn_array_size(expected));
    for (size_t i = 0; i < cn_array_size(got); i++)
        if (!(fabs(cn_array_at(got, i) - cn_array_at(expected, i)) <= tolerance))
            fail_msg("entry %zu is %.9g, expected %.9g", i, cn_array_at(got, i), cn_array_at(expected, i));
}

static void assert_predicts(cn_model *model, const cn_array *data, const cn_array *expected)
{
    cn_array got;
    assert_ok(cn_model_predict(model, data, &got));
    assert_close(&got, expected, 1e-5);
    cn_array_free(&got);
}

static void files_of_keras_predict_score_and_train_on_as_there(void **state)
{
    (void)state;
    static const struct {
        const char *model, *data;
    } files[] = {{"keras3.keras", "keras3.npz"},
                 {"keras3.h5", "keras3.npz"},
                 {"keras3_11.keras", "keras3_11.npz"},
                 {"keras3_11.h5", "keras3_11.npz"},
                 {"keras2.keras", "keras2.npz"},
                 {"keras2.h5", "keras2.npz"},
                 {"keras2_older.h5", "keras2_older.npz"},
                 {"keras2_ftrl.h5", "keras2_ftrl.npz"},
                 {"keras2_13.keras", "keras2_13.npz"},
                 {"keras2_13.h5", "keras2_13.npz"},
                 {"keras3_names.h5", "keras3_names.npz"},
                 {"keras2_chain.keras", "keras2_chain.npz"},
                 {"keras2_chain.h5", "keras2_chain.npz"},
                 {"keras3_chain.keras", "keras3_chain.npz"},
                 {"keras3_chain.h5", "keras3_chain.npz"},
                 {"keras3_nested.keras", "keras3_nested.npz"},
                 {"keras3_nested.h5", "keras3_nested.npz"},
                 {"keras2_nested.keras", "keras2_nested.npz"},
                 {"keras2_nested.h5", "keras2_nested.npz"},
                 {"keras2_13_nested.keras", "keras2_13_nested.npz"},
                 {"keras2_13_nested.h5", "keras2_13_nested.npz"}};
    static const char *const scores[] = {"loss", "accuracy", "area", "mean_absolute_error"};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        cn_npz data;
        assert_ok(cn_npz_read(of_keras(files[k].data), &data));
        const cn_array *kx = cn_npz_find(&data, "x"), *ky = cn_npz_find(&data, "y");
        cn_model *model = load(of_keras(files[k].model));
        assert_predicts(model, kx, cn_npz_find(&data, "predict"));
        cn_logs *logs = cn_model_evaluate(model, kx, ky, .batch_size = 16);
        for (size_t i = 0; i < 4; i++)
            assert_true(fabs(cn_logs_get(logs, scores[i]) - cn_array_at(cn_npz_find(&data, "scores"), i)) <
                        1e-4);
        cn_logs_free(logs);
        cn_history_free(cn_model_fit(model, kx, ky, .batch_size = 16, .shuffle = false));
        assert_predicts(model, kx, cn_npz_find(&data, "predict_resumed"));
        cn_model_free(model);
        cn_npz_free(&data);
    }
}

static void weights_of_keras_go_into_a_network_of_ours(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"keras3.weights.h5", "keras3.npz"},
                                           {"keras3_11.weights.h5", "keras3_11.npz"}};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        cn_npz data;
        assert_ok(cn_npz_read(of_keras(files[k][1]), &data));
        cn_model *model =
            make("input 5; dense 4 tanh; batch_normalization; leaky_relu 0.1; dense 4 relu; dense 3 softmax");
        assert_ok(cn_model_load_weights(model, of_keras(files[k][0])));
        assert_predicts(model, cn_npz_find(&data, "x"), cn_npz_find(&data, "predict"));
        cn_model_free(model);
        cn_npz_free(&data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_keras_predict_score_and_train_on_as_there),
        cmocka_unit_test(weights_of_keras_go_into_a_network_of_ours),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
