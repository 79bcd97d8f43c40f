/* A copy of a model, by the JSON of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { SAMPLES = 23, COLS = 6 };

static void a_clone_has_the_layers_and_weights_of_its_own(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS];
    for (size_t i = 0; i < SAMPLES * COLS; i++) numbers[i] = (float)(i * 7 % 11) - 5;
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 2, (size_t[]){SAMPLES, COLS});
    cn_model *m = cn_model_from_notation(
        "net", "input 6; dense 5 tanh name=a trainable=false; dense 3 from=a name=b; add from=[b, b] name=c");
    assert_non_null(m);
    cn_model *clone = cn_model_clone(m);
    if (!clone) fail_msg("%s", cn_error());
    cn_array a = {0}, b = {0}, zero;
    char *first = cn_model_to_json(m), *second = cn_model_to_json(clone);
    assert_string_equal(first, second);
    cn_text_free(first);
    cn_text_free(second);
    assert_int_equal(cn_model_build(clone, 1, (size_t[]){COLS}), CN_OK);
    assert_int_equal(cn_model_predict(clone, &x, &b), CN_OK);
    cn_array_free(&b);
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        assert_int_equal(cn_model_get_weight(m, i, &zero), CN_OK);
        assert_int_equal(cn_model_set_weight(clone, i, &zero), CN_OK);
        memset(zero.data, 0, cn_array_size(&zero) * sizeof(float));
        if (i == 0) assert_int_equal(cn_model_predict(m, &x, &a), CN_OK);
        assert_int_equal(cn_model_set_weight(m, i, &zero), CN_OK);
        cn_array_free(&zero);
    }
    cn_model_free(m);
    assert_int_equal(cn_model_predict(clone, &x, &b), CN_OK); /* after its model is gone */
    assert_memory_equal(a.data, b.data, cn_array_size(&a) * sizeof(float));
    cn_array_free(&a);
    cn_array_free(&b);
    cn_model_free(clone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_clone_has_the_layers_and_weights_of_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
