/* What layers inside a model give, and the derivatives of outputs with respect to it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cornu/cornu.h"

static cn_model *make(const char *layers)
{
    cn_model *model = cn_model_new("net");
    cn_model_set_seed(model, 3);
    if (cn_model_add_notation(model, layers) != CN_OK) fail_msg("%s", cn_error());
    cn_text_free(cn_model_summary(model));
    return model;
}

static cn_array ramp(float *values, size_t n, int ndim, const size_t *shape)
{
    for (size_t i = 0; i < n; i++) values[i] = sinf((float)i * 1.7F);
    return cn_array_view(CN_FLOAT32, values, ndim, shape);
}

static cn_array output(cn_model *model, const char *layer, const cn_array *x)
{
    cn_array out;
    if (cn_model_layer_values(model, layer, &x, &out) != CN_OK) fail_msg("%s", cn_error());
    return out;
}

static cn_array gradient(cn_model *model, const char *layer, const cn_array *x, size_t index)
{
    cn_array out;
    if (cn_model_layer_gradient(model, layer, &x, index, &out) != CN_OK) fail_msg("%s", cn_error());
    return out;
}

static const float *floats(const cn_array *a) { return a->data; }

static const char images[] =
    "input 6 6 2; conv2d 3 3 relu name=c; max_pooling2d 2 name=p; dropout 0.4; flatten name=f; "
    "dense 4 softmax name=d activity_regularizer=l2(0.1)";

static void values_are_those_between_the_layers(void **state)
{
    (void)state;
    float numbers[2 * 72];
    const cn_array x = ramp(numbers, 144, 4, (size_t[]){2, 6, 6, 2});
    cn_model *model = make(images);
    cn_array c = output(model, "c", &x), p = output(model, "p", &x), d = output(model, "d", &x), y;
    assert_int_equal(c.ndim, 4);
    assert_int_equal(c.shape[0] * 1000 + c.shape[1] * 100 + c.shape[2] * 10 + c.shape[3], 2443);
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < 2 * 2 * 3; i++) {
            const size_t row = i / 6, col = i / 3 % 2, channel = i % 3;
            float most = 0;
            for (size_t k = 0; k < 4; k++)
                most =
                    fmaxf(most, floats(&c)[n * 48 + ((2 * row + k / 2) * 4 + 2 * col + k % 2) * 3 + channel]);
            assert_true(floats(&p)[n * 12 + i] == most);
        }
    assert_int_equal(cn_model_predict(model, &x, &y), CN_OK);
    assert_memory_equal(y.data, d.data, 8 * sizeof(float));
    cn_array_free(&c);
    cn_array_free(&p);
    cn_array_free(&d);
    cn_array_free(&y);
    cn_model_free(model);
}

/* Before a softmax the derivative is the kernel; a pool hands it to the greatest, whatever dropout and penalties do in training. */
static void derivatives_go_back_through_the_layers_as_predict_computes(void **state)
{
    (void)state;
    float numbers[72];
    const cn_array x = ramp(numbers, 72, 4, (size_t[]){1, 6, 6, 2});
    cn_model *model = make(images);
    cn_array kernel, c = output(model, "c", &x);
    assert_int_equal(cn_model_get_weight(model, 2, &kernel), CN_OK);
    for (size_t class = 0; class < 4; class ++) {
        cn_array flat = gradient(model, "f", &x, class), deep = gradient(model, "c", &x, class);
        for (size_t i = 0; i < 12; i++) assert_true(floats(&flat)[i] == floats(&kernel)[i * 4 + class]);
        for (size_t i = 0; i < 12; i++) {
            const size_t row = i / 6, col = i / 3 % 2, channel = i % 3;
            float most = -1, sum = 0;
            for (size_t k = 0; k < 4; k++)
                most = fmaxf(most, floats(&c)[((2 * row + k / 2) * 4 + 2 * col + k % 2) * 3 + channel]);
            for (size_t k = 0; k < 4; k++) {
                const size_t at = ((2 * row + k / 2) * 4 + 2 * col + k % 2) * 3 + channel;
                if (floats(&c)[at] < most) assert_true(floats(&deep)[at] == 0);
                sum += floats(&deep)[at];
            }
            assert_true(sum == floats(&kernel)[i * 4 + class]);
        }
        cn_array_free(&flat);
        cn_array_free(&deep);
    }
    cn_array_free(&kernel);
    cn_array_free(&c);
    cn_model_free(model);
}

static void batch_normalisation_keeps_to_its_moving_statistics(void **state)
{
    (void)state;
    float numbers[5];
    const cn_array x = ramp(numbers, 5, 2, (size_t[]){1, 5});
    cn_model *model =
        make("input 5; dense 3 tanh name=a; batch_normalization "
             "moving_variance_initializer=random_uniform(minval=1,maxval=4) epsilon=0.5; dense 2 name=b");
    cn_array variance, kernel, d = gradient(model, "a", &x, 1);
    assert_int_equal(cn_model_get_weight(model, 5, &variance), CN_OK);
    assert_int_equal(cn_model_get_weight(model, 6, &kernel), CN_OK);
    for (size_t i = 0; i < 3; i++)
        assert_float_equal(floats(&d)[i], floats(&kernel)[2 * i + 1] / sqrtf(floats(&variance)[i] + 0.5F),
                           1e-6);
    cn_array_free(&d);
    cn_array_free(&variance);
    cn_array_free(&kernel);
    cn_model_free(model);
}

/* The sum of what two paths say, against a difference quotient of the model itself: a layer right behind the input. */
static void derivatives_of_graphs_are_summed_over_their_paths(void **state)
{
    (void)state;
    float numbers[6];
    const cn_array x = ramp(numbers, 6, 2, (size_t[]){1, 6}), *const given = &x;
    cn_model *model = cn_model_from_notation(
        "net", "input 6 name=x; identity name=i; dense 5 tanh from=i name=a; dense 5 sigmoid from=i name=b; "
               "multiply from=[a, b] name=m; concatenate from=[m, i]; dense 3");
    assert_non_null(model);
    cn_text_free(cn_model_summary(model));
    cn_array d = gradient(model, "i", &x, 2);
    for (size_t i = 0; i < 6; i++) {
        const float before = numbers[i], h = 0.01F;
        double y[2];
        for (int k = 0; k < 2; k++) {
            cn_array out;
            numbers[i] = k ? before + h : before - h;
            assert_int_equal(cn_model_predict(model, .inputs = &given, .out = &out), CN_OK);
            y[k] = floats(&out)[2];
            cn_array_free(&out);
        }
        numbers[i] = before;
        assert_float_equal(floats(&d)[i], (y[1] - y[0]) / (2 * h), 2e-3);
    }
    cn_array_free(&d);
    cn_model_free(model);
}

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    float numbers[2 * 72];
    const cn_array two = ramp(numbers, 144, 4, (size_t[]){2, 6, 6, 2}),
                   one = cn_array_view(CN_FLOAT32, numbers, 4, (size_t[]){1, 6, 6, 2}), *x = &two,
                   *first = &one;
    cn_model *model = make("input 6 6 2; conv2d 3 3 relu name=edges; flatten; dense 4 softmax"),
             *other = make("dense 3");
    cn_array out;
    assert_int_equal(cn_model_layer_values(model, "edgse", &x, &out), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "did you mean 'edges'"));
    assert_int_equal(cn_model_layer_gradient(model, "edges", &x, 0, &out), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "one sample, got 2"));
    assert_int_equal(cn_model_layer_gradient(model, "edges", &first, 4, &out), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "numbers 0 to 3"));
    assert_int_equal(cn_model_layer_values(other, "dense", &x, &out), CN_ERROR_STATE);
    cn_model_free(model);
    cn_model_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_between_the_layers),
        cmocka_unit_test(derivatives_go_back_through_the_layers_as_predict_computes),
        cmocka_unit_test(batch_normalisation_keeps_to_its_moving_statistics),
        cmocka_unit_test(derivatives_of_graphs_are_summed_over_their_paths),
        cmocka_unit_test(what_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
