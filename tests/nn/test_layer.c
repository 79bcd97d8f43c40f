/* Arguments of layers that would not work are refused by name, value and what was expected: at once, or when the shape of
 * the input is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/model.h"

static void arguments_that_would_not_work_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *message;
        int rank;
    } list[] = {
        {"gaussian_noise 1.5", "stddev = 1.5", 1},
        {"gaussian_noise", "stddev", 1},
        {"gaussian_dropout 1", "rate = 1, expected a number under 1", 1},
        {"alpha_dropout 1", "rate = 1, expected a number under 1", 1},
        {"alpha_dropout -0.1", "rate = -0.1", 1},
        {"alpha_dropout 0.1 noise_shape=(1, 2)", "noise_shape = [1, 2]", 1},
        {"dropout 0.1 noise_shape=(2, none)", "noise_shape = [2, none]", 1},
        {"dropout 0.1 noise_shape=(none, 1)", "noise_shape = [none, 1]", 2},
        {"layer_normalization axis=0", "axis = 0", 2},
        {"layer_normalization axis=(1, -2)", "axis = -2", 2},
        {"batch_normalization axis=(1, 2)", "axis has 2 numbers", 2},
        {"softmax axis=3", "axis = 3", 2},
        {"dense 2 bias_regularizer=orthogonal", "orthogonal", 1},
        {"dense 2 kernel_initializer=constant([1, 2, 3])", "constant", 1},
        {"dense 2 kernel_initializer=constant([[1, 2], [3]])", "value", 1},
        {"spatial_dropout2d 0.1 data_format=channels_fist", "channels_first", 1},
        {"spatial_dropout2d 0.1", "images (height, width, channels)", 2},
        {"spatial_dropout1d 0.1", "series (steps, channels)", 1},
        {"permute 2 2", "dims: got 2 at place 2", 2},
        {"permute 1 2 3", "dims has 3 numbers", 2},
        {"permute 0 1", "dims: got 0 at place 1", 2},
        {"repeat_vector 2", "vectors (features)", 2},
        {"repeat_vector 0", "n = 0", 1},
        {"unit_normalization axis=3", "axis = 3", 2},
        {"unit_normalization axis=(2, -1)", "axis = -1", 2},
        {"rescaling", "scale", 1},
        {"rescaling none", "scale: expected a number", 1},
        {"rescaling 1 offset=[]", "offset: expected a number", 1},
        {"rescaling [1, 2]", "scale has 2 numbers, expected 1, or 3", 2},
        {"rescaling 1 offset=[1, 2, 3, 4]", "offset has 4 numbers, expected 1, or 3", 2},
        {"prelu shared_axes=3", "shared_axes: got 3, expected axes from 1 to 2", 2},
        {"prelu shared_axes=0", "shared_axes: got 0", 2},
        {"prelu alpha_initializer=zeroes", "zeros", 1},
        {"group_normalization", "groups = 32: 3 channels", 2},
        {"normalization mean=1", "only mean is given", 1},
        {"normalization mean=[1, 2] variance=[1, 2]", "mean has 2 numbers, expected 3", 2},
        {"normalization mean=1 variance=-1", "variance = -1", 1},
        {"normalization axis=0", "axis = 0", 1},
        {"group_normalization 0", "groups = 0", 2},
        {"group_normalization 2", "groups = 2: 3 channels cannot be parted", 2},
        {"group_normalization 1 axis=3", "axis = 3", 2},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        cn_model *m = cn_model_new("wrong");
        cn_status status = cn_model_add_notation(m, list[i].layer);
        if (status == CN_OK) status = cn_model_build(m, list[i].rank, (size_t[]){4, 3});
        if (status == CN_OK || !strstr(cn_error(), list[i].message))
            fail_msg("%s: %s", list[i].layer, status == CN_OK ? "taken" : cn_error());
        cn_model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(arguments_that_would_not_work_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
