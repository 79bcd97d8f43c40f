/* Numbers so small that processors handle them slowly never reach weights, slots or activations: what is under
 * 2^-100 becomes 0 by a rule of the arithmetic, the same on every instruction set. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cornu/train.h"
#include "model/model.h"

enum { SAMPLES = 64, INPUTS = 32, CLASSES = 4 };

/* Inputs that appear only at first: their moments decay towards 0 in the steps after. */
static void make_data(cn_array *x, cn_array *y, float scale)
{
    assert_int_equal(cn_array_new(x, CN_FLOAT32, 2, (size_t[]){SAMPLES, INPUTS}), CN_OK);
    assert_int_equal(cn_array_new(y, CN_FLOAT32, 2, (size_t[]){SAMPLES, CLASSES}), CN_OK);
    for (size_t i = 0; i < SAMPLES; i++) {
        ((float *)y->data)[i * CLASSES + i % CLASSES] = 1;
        for (size_t k = 0; k < INPUTS; k++)
            ((float *)x->data)[i * INPUTS + k] = i < 8 && k < 16 ? scale : (k % CLASSES == i % CLASSES);
    }
}

static void assert_none(const real *values, size_t n, const char *what, const char *optimizer)
{
    for (size_t i = 0; i < n; i++)
        if (fpclassify(values[i]) == FP_SUBNORMAL)
            fail_msg("%s: %s[%zu] is %g", optimizer, what, i, (double)values[i]);
}

static void train(const char *optimizer, float scale)
{
    cn_array x, y, out;
    make_data(&x, &y, scale);
    cn_model *m = cn_model_new(NULL);
    cn_model_add_notation(m, "dense 24 relu; dense 20 sigmoid; dense 4 softmax");
    cn_model_compile(m, .optimizer = optimizer, .loss = "categorical_crossentropy");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 120, .batch_size = 4, .shuffle = false, .threads = 1);
    if (!h) fail_msg("%s: %s", optimizer, cn_error());
    for (size_t i = 0; i < m->variable_count; i++) {
        const cn__variable *v = m->variables[i];
        assert_none(v->value, v->padded, "weight", optimizer);
        for (int s = 0; s < CN_MAX_SLOTS; s++)
            if (v->slot[s]) assert_none(v->slot[s], v->padded, "slot", optimizer);
    }
    assert_int_equal(cn_model_predict(m, &x, &out), CN_OK);
    assert_none(out.data, cn_array_size(&out), "prediction", optimizer);
    cn_array_free(&out);
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&y);
}

static void decaying_moments_end_at_zero(void **state)
{
    (void)state;
    static const char *const optimizers[] = {"adam",
                                             "adam(amsgrad=true)",
                                             "adamw",
                                             "sgd(momentum=0.5)",
                                             "rmsprop(rho=0.5,momentum=0.5)",
                                             "nadam",
                                             "adamax",
                                             "lion",
                                             "adagrad",
                                             "adadelta",
                                             "ftrl"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) train(optimizers[i], 1);
}

/* 1e-20 squared is denormal. */
static void tiny_inputs_leave_no_denormals(void **state)
{
    (void)state;
    train("adam", 1e-20f);
    train("rmsprop", 1e-22f);
    train("adagrad", 1e-38f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decaying_moments_end_at_zero),
        cmocka_unit_test(tiny_inputs_leave_no_denormals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
