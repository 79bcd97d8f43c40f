/* Layers whose samples have the channels first, and transposed convolutions with output_padding, as in real Keras
 * (keras_data_format.py); and the same bits as with the channels last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/model.h"
#include "cornu/train.h"

typedef struct layer_case {
    const char *notation;
    int rank;
    size_t shape[3];
    int ndim;
    size_t out[4]; /* with the batch of 2 */
    const float *y;
} layer_case;

#include "nn/keras_data_format.h"

static void numbers(float *values, size_t n, size_t factor, size_t period)
{
    for (size_t i = 0; i < n; i++) values[i] = (float)(i * factor % period) - (float)(period / 2);
}

static cn_array array_of(int ndim, const size_t *shape)
{
    cn_array a;
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, ndim, shape), CN_OK);
    return a;
}

static cn_model *build(const char *layers, int rank, const size_t *shape)
{
    cn_model *m = cn_model_new("net");
    cn_model_set_seed(m, 5);
    if (cn_model_add_notation(m, layers) != CN_OK || cn_model_build(m, rank, shape) != CN_OK)
        fail_msg("%s: %s", layers, cn_error());
    return m;
}

static void set_numbers(cn_model *m)
{
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w;
        assert_int_equal(cn_model_get_weight(m, i, &w), CN_OK);
        numbers(w.data, cn_array_size(&w), 5, 9);
        assert_int_equal(cn_model_set_weight(m, i, &w), CN_OK);
        cn_array_free(&w);
    }
}

static void assert_case(const layer_case *c)
{
    size_t shape[4] = {2};
    memcpy(shape + 1, c->shape, sizeof c->shape);
    cn_model *m = build(c->notation, c->rank, c->shape);
    cn_array x = array_of(c->rank + 1, shape), y = {0};
    set_numbers(m);
    numbers(x.data, cn_array_size(&x), 7, 11);
    if (cn_model_predict(m, &x, &y) != CN_OK) fail_msg("%s: %s", c->notation, cn_error());
    assert_int_equal(y.ndim, c->ndim);
    for (int i = 0; i < y.ndim; i++) assert_int_equal(y.shape[i], c->out[i]);
    for (size_t i = 0; i < cn_array_size(&y); i++)
        if (((const float *)y.data)[i] - c->y[i] > 1e-5F || c->y[i] - ((const float *)y.data)[i] > 1e-5F)
            fail_msg("%s: value %zu is %g, in Keras %g", c->notation, i, (double)((const float *)y.data)[i],
                     (double)c->y[i]);
    cn_array_free(&x);
    cn_array_free(&y);
    cn_model_free(m);
}

static void values_are_those_of_keras(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_case(&cases[i]);
}

/* ---- against the same layer with the channels last ---- */

enum { H = 6, W = 5, C = 4, SAMPLES = 9 };

static cn_array weight_after(const char *layers, size_t weight)
{
    cn_model *m = build(layers, 1, (size_t[]){H * W * C});
    cn_array x = array_of(2, (size_t[]){SAMPLES, H * W * C}), y = array_of(2, (size_t[]){SAMPLES, 2}), w;
    numbers(x.data, cn_array_size(&x), 7, 11);
    numbers(y.data, cn_array_size(&y), 5, 3);
    cn_model_compile(m, .optimizer = "sgd(0.01)", .loss = "mse");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 2, .batch_size = 4);
    if (!h) fail_msg("%s: %s", layers, cn_error());
    assert_int_equal(cn_model_get_weight(m, weight, &w), CN_OK);
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&y);
    return w;
}

/* Gradients go through the axes as they were moved: training has the bits of the layer between two permutations. */
static void training_has_the_bits_of_channels_last(void **state)
{
    (void)state;
    static const char *const layers[] = {"conv2d 3 3 strides=2 padding=same activation=tanh",
                                         "depthwise_conv2d 2 depth_multiplier=2",
                                         "separable_conv2d 3 2",
                                         "conv2d_transpose 2 3 strides=2 output_padding=1",
                                         "max_pooling2d 2",
                                         "average_pooling2d 2",
                                         "zero_padding2d 1",
                                         "cropping2d 1",
                                         "up_sampling2d 2"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        char first[300], last[300];
        snprintf(
            first, sizeof first,
            "input %d; dense %d tanh; reshape %d %d %d; %s data_format=channels_first; permute 2 3 1; flatten; "
            "dense 2",
            H * W * C, H * W * C, C, H, W, layers[i]);
        snprintf(last, sizeof last,
                 "input %d; dense %d tanh; reshape %d %d %d; permute 2 3 1; %s; flatten; dense 2", H * W * C,
                 H * W * C, C, H, W, layers[i]);
        cn_array a = weight_after(first, 0), b = weight_after(last, 0);
        if (memcmp(a.data, b.data, cn_array_size(&a) * sizeof(float)) != 0) fail_msg("%s", layers[i]);
        cn_array_free(&a);
        cn_array_free(&b);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *message;
    } list[] = {
        {"conv2d 2 2 data_format=channels_fist", "did you mean 'channels_first'?"},
        {"max_pooling2d 2 data_format=3", "data_format is no name"},
        {"conv2d 2 2 data_format=channels_first activation=softmax",
         "activation = softmax goes over the last axis"},
        {"conv2d 2 9 data_format=channels_first", "with the channels moved to the end: a window of 9 x 9"},
        {"conv2d_transpose 2 3 strides=2 output_padding=2", "output_padding do not fit"},
        {"conv2d_transpose 2 3 output_padding=-1", "output_padding = -1"},
        {"conv2d_transpose 2 3 output_padding=(1, 1, 1)", "output_padding has 3 numbers"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        cn_model *m = cn_model_new("wrong");
        cn_status status = cn_model_add_notation(m, list[i].layer);
        if (status == CN_OK) status = cn_model_build(m, 3, (size_t[]){3, 6, 5});
        if (status == CN_OK || !strstr(cn_error(), list[i].message))
            fail_msg("%s: %s", list[i].layer, status == CN_OK ? "taken" : cn_error());
        cn_model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_those_of_keras),
                                       cmocka_unit_test(training_has_the_bits_of_channels_last),
                                       cmocka_unit_test(what_does_not_fit_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
