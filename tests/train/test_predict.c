/* Predictions for batches of a generator are those for all samples at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { SAMPLES = 23, COLS = 6 };

typedef struct batches {
    const float *x;
    size_t at, size, cols;
    cn_array batch;
} batches;

static cn_status next(void *user, cn_batch *out)
{
    batches *b = user;
    const size_t left = SAMPLES - b->at, n = left < b->size ? left : b->size;
    if (!n) return CN_OK;
    b->batch = cn_array_view(CN_FLOAT32, b->x + b->at * COLS, 2, (size_t[]){n, b->cols});
    b->at += n;
    b->size++; /* batches of any size */
    out->x = &b->batch;
    return CN_OK;
}

static void fill(float numbers[SAMPLES * COLS])
{
    for (size_t i = 0; i < SAMPLES * COLS; i++) numbers[i] = (float)(i * 7 % 11) - 5;
}

static void outputs_of_all_batches_are_joined(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS];
    fill(numbers);
    batches b = {.x = numbers, .size = 4, .cols = COLS};
    const cn_generator generator = {.user = &b, .next = next};
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 2, (size_t[]){SAMPLES, COLS});
    cn_model *m = cn_model_from_notation(
        "net", "input 6; dense 5 tanh name=a; dense 2 name=b; dense 3 from=a name=c; outputs b, c");
    cn_array whole[2] = {{0}}, parts[2] = {{0}};
    assert_non_null(m);
    assert_int_equal(cn_model_predict(m, &x, .outputs = whole), CN_OK);
    const cn_predict_options o = {.model = m, .outputs = parts, .generator = &generator};
    if (cn_model_predict_with(&o) != CN_OK) fail_msg("%s", cn_error());
    for (int i = 0; i < 2; i++) {
        assert_int_equal(parts[i].shape[0], SAMPLES);
        assert_int_equal(parts[i].shape[1], whole[i].shape[1]);
        assert_memory_equal(parts[i].data, whole[i].data, cn_array_size(&whole[i]) * sizeof(float));
        cn_array_free(&whole[i]);
        cn_array_free(&parts[i]);
    }
    cn_model_free(m);
}

static void steps_and_mistakes_end_it(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS];
    fill(numbers);
    batches b = {.x = numbers, .size = 4, .cols = COLS};
    const cn_generator generator = {.user = &b, .next = next};
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 2, (size_t[]){SAMPLES, COLS});
    cn_model *m = cn_model_from_notation("net", "input 6; dense 5");
    cn_array y = {0};
    cn_predict_options o = {.model = m, .out = &y, .generator = &generator, .steps = 2};
    assert_int_equal(cn_model_predict_with(&o), CN_OK);
    assert_int_equal(y.shape[0], 4 + 5);
    cn_array_free(&y);
    b.at = SAMPLES;
    assert_int_not_equal(cn_model_predict_with(&o), CN_OK);
    assert_non_null(strstr(cn_error(), "the generator gave no batches"));
    b = (batches){.x = numbers, .size = 4, .cols = COLS - 1};
    assert_int_not_equal(cn_model_predict_with(&o), CN_OK);
    assert_non_null(strstr(cn_error(), "a batch of the generator"));
    o.x = &x;
    assert_int_not_equal(cn_model_predict_with(&o), CN_OK);
    assert_non_null(strstr(cn_error(), "expected one of them"));
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs_of_all_batches_are_joined),
                                       cmocka_unit_test(steps_and_mistakes_end_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
