/* Trainings on the same arrays: what they share changes no bit of what they come to. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "train/shared_data.h"

/* Wide enough that most zeros are worth lists; samples that fill no batch. */
enum { SAMPLES = 203, INPUTS = 300, UNITS = 48, CLASSES = 5 };

typedef struct data {
    cn_array x, y, more_x, more_y;
} data;

static void make_arrays(bool bytes, size_t samples, unsigned seed, cn_array *x, cn_array *y)
{
    assert_int_equal(cn_array_new(x, bytes ? CN_UINT8 : CN_FLOAT32, 2, (size_t[]){samples, INPUTS}), CN_OK);
    assert_int_equal(cn_array_new(y, CN_FLOAT32, 1, (size_t[]){samples}), CN_OK);
    for (size_t i = 0; i < samples * INPUTS; i++) {
        seed = seed * 1664525 + 1013904223;
        const unsigned value = (seed >> 8) % 100 < 85 ? 0 : (seed >> 16) % 255 + 1;
        if (bytes) ((uint8_t *)x->data)[i] = (uint8_t)value;
        else ((float *)x->data)[i] = (float)value / 100 - (float)(value % 2);
    }
    if (bytes) x->divide_by = 255;
    for (size_t i = 0; i < samples; i++) ((float *)y->data)[i] = (float)(i * 7 % CLASSES);
}

static void make_data(bool bytes, data *d)
{
    make_arrays(bytes, SAMPLES, 1, &d->x, &d->y);
    make_arrays(bytes, 40, 2, &d->more_x, &d->more_y);
}

static void free_data(data *d)
{
    cn_array_free(&d->x), cn_array_free(&d->y), cn_array_free(&d->more_x), cn_array_free(&d->more_y);
}

static cn_model *network(const char *layers)
{
    cn_model *m = cn_model_new("shared");
    cn_model_add_notation(m, layers);
    cn_model_compile(m, .optimizer = "adam", .loss = "sparse_categorical_crossentropy",
                     .metrics = "accuracy");
    cn_model_set_seed(m, 3);
    return m;
}

static const char dense[] = "dense 48 relu; dense 5 softmax";

static cn_fit_options options_of(const data *d, cn_model *m, bool own_validation, int threads)
{
    cn_fit_options o = cn_fit_defaults();
    o.model = m, o.x = &d->x, o.y = &d->y;
    o.epochs = 3, o.batch_size = 24, o.threads = threads;
    if (own_validation) o.validation_x = &d->more_x, o.validation_y = &d->more_y;
    else o.validation_split = 0.2;
    return o;
}

static cn_history *train(const cn_fit_options *o, cn__shared_data *shared)
{
    cn_training *t;
    if (cn__fit_open_shared(o, shared, &t) != CN_OK) fail_msg("%s", cn_error());
    assert_int_equal(cn__fit_until(t, o->epochs), CN_OK);
    assert_int_equal(cn__fit_finish(t), CN_OK);
    return cn__fit_close(t);
}

static void same_weights(const cn_model *a, const cn_model *b)
{
    for (size_t i = 0; i < cn_model_weight_count(a); i++) {
        cn_array v, w;
        assert_int_equal(cn_model_get_weight(a, i, &v), CN_OK);
        assert_int_equal(cn_model_get_weight(b, i, &w), CN_OK);
        assert_memory_equal(v.data, w.data, cn_array_size(&v) * sizeof(float));
        cn_array_free(&v), cn_array_free(&w);
    }
}

static void same_history(const cn_history *a, const cn_history *b)
{
    assert_int_equal(cn_history_count(a), cn_history_count(b));
    for (size_t i = 0; i < cn_history_count(a); i++) {
        const char *name = cn_history_name(a, i);
        assert_memory_equal(cn_history_get(a, name), cn_history_get(b, name),
                            cn_history_epochs(a) * sizeof(double));
    }
}

static void sharing_changes_no_bit(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        data d;
        cn__shared_data *shared;
        const cn__sparse *lists;
        make_data(k & 1, &d);
        assert_int_equal(cn__shared_data_new(&shared), CN_OK);
        cn_model *alone = network(dense), *together = network(dense);
        cn_fit_options o = options_of(&d, alone, k & 2, k & 4 ? 2 : 1);
        cn_history *a = train(&o, NULL);
        o.model = together;
        cn_history *b = train(&o, shared);
        same_weights(alone, together);
        same_history(a, b);
        assert_int_equal(cn__shared_data_lists(shared, &d.x, &lists), CN_OK);
        assert_non_null(lists);
        assert_int_equal(lists->rows, SAMPLES);
        cn_history_free(a), cn_history_free(b);
        cn_model_free(alone), cn_model_free(together);
        cn__shared_data_free(shared);
        free_data(&d);
    }
}

/* Nothing is listed that no network reads: the lists that come back are the first ones. */
static void a_network_that_reads_no_lists_gets_none(void **state)
{
    (void)state;
    data d;
    cn__shared_data *shared;
    make_data(false, &d);
    assert_int_equal(cn__shared_data_new(&shared), CN_OK);
    cn_model *alone = network("dropout 0.1; dense 48 relu; dense 5 softmax"),
             *together = network("dropout 0.1; dense 48 relu; dense 5 softmax");
    cn_fit_options o = options_of(&d, alone, false, 1);
    cn_history *a = train(&o, NULL);
    o.model = together;
    cn_history *b = train(&o, shared);
    same_weights(alone, together);
    same_history(a, b);
    cn_history_free(a), cn_history_free(b);
    cn_model_free(alone), cn_model_free(together);
    cn__shared_data_free(shared);
    free_data(&d);
}

static void what_is_not_finite_is_refused_each_time(void **state)
{
    (void)state;
    data d;
    cn__shared_data *shared;
    make_data(false, &d);
    ((float *)d.x.data)[17] = NAN;
    assert_int_equal(cn__shared_data_new(&shared), CN_OK);
    for (int i = 0; i < 2; i++) {
        cn_model *m = network(dense);
        const cn_fit_options o = options_of(&d, m, false, 1);
        cn_training *t;
        assert_int_equal(cn__fit_open_shared(&o, shared, &t), CN_ERROR_DATA);
        assert_non_null(strstr(cn_error(), "x holds NaN at sample 0, number 17"));
        cn_model_free(m);
    }
    cn__shared_data_free(shared);
    free_data(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sharing_changes_no_bit),
        cmocka_unit_test(a_network_that_reads_no_lists_gets_none),
        cmocka_unit_test(what_is_not_finite_is_refused_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
