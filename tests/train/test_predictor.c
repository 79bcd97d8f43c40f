/* A prepared predictor gives the bits of cn_model_predict, call after call, for any number of samples and in several threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 9, BATCH = 4, MOST = 16 * 16 * 3, MOST_OUTPUTS = 16 };

typedef struct network {
    const char *layers;
    int rank;
    size_t shape[3];
    unsigned zeros; /* of 100 inputs */
} network;

static const network networks[] = {
    {"dense 130 relu; dropout 0.5; dense 10 softmax", 1, {200}, 80},
    {"dense 40 tanh; batch_normalization; layer_normalization; dense 3", 1, {31}, 0},
    /* Winograd's forms of the weights are kept */
    {"conv2d 16 3 relu; max_pooling2d 2; conv2d 32 3 padding=same relu; conv2d 16 3; global_average_pooling2d; dense 5",
     3,
     {16, 16, 3},
     0},
    {"separable_conv2d 16 3; conv2d_transpose 17 3 padding=same; flatten; dense 7 sigmoid", 3, {8, 9, 2}, 0},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static cn_model *make_model(const network *n)
{
    cn_model *m = cn_model_new("net");
    cn_model_set_seed(m, 5);
    if (cn_model_add_notation(m, n->layers) != CN_OK) fail_msg("%s", cn_error());
    assert_int_equal(cn_model_build(m, n->rank, n->shape), CN_OK);
    return m;
}

static size_t size_of(const network *n)
{
    size_t size = 1;
    for (int i = 0; i < n->rank; i++) size *= n->shape[i];
    return size;
}

static void fill(const network *n, float *x)
{
    uint32_t seed = 11;
    for (size_t i = 0; i < SAMPLES * size_of(n); i++) {
        seed = seed * 1664525 + 1013904223;
        x[i] = (seed >> 8) % 100 < n->zeros ? 0 : (float)((seed >> 16) % 1000) / 1000;
    }
}

/* What predict says: (SAMPLES, outputs). */
static cn_array predicted(const network *n, cn_model *m, const float *x)
{
    size_t shape[4] = {SAMPLES};
    cn_array out;
    memcpy(shape + 1, n->shape, sizeof n->shape);
    const cn_array in = cn_array_view(CN_FLOAT32, x, n->rank + 1, shape);
    assert_int_equal(cn_model_predict(m, &in, &out), CN_OK);
    assert_true(out.shape[1] <= MOST_OUTPUTS);
    return out;
}

/* Samples in runs of 1, 2, … up to the batch, and again from the first on. */
static void run_through(const network *n, cn_predictor *p, const float *x, const cn_array *expected)
{
    const size_t outputs = expected->shape[1];
    float y[BATCH * MOST_OUTPUTS];
    for (size_t round = 0, count = 1; round < 3; round++)
        for (size_t first = 0; first + count <= SAMPLES; first += count, count = count % BATCH + 1) {
            if (cn_predictor_run(p, x + first * size_of(n), count, y) != CN_OK) abort();
            if (memcmp(y, (const float *)expected->data + first * outputs, count * outputs * sizeof *y) != 0)
                abort();
        }
}

static float samples[NETWORKS][SAMPLES * MOST];

static void a_predictor_gives_the_bits_of_predict(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        const network *n = &networks[i];
        cn_model *m = make_model(n);
        fill(n, samples[i]);
        cn_array expected = predicted(n, m, samples[i]);
        cn_predictor *p = cn_predictor_new(m, BATCH);
        assert_non_null(p);
        run_through(n, p, samples[i], &expected);
        cn_predictor_free(p);
        cn_array_free(&expected);
        cn_model_free(m);
    }
}

typedef struct job {
    const network *network;
    cn_predictor *predictor;
    const float *x;
    const cn_array *expected;
} job;

static void *in_a_thread(void *given)
{
    const job *j = given;
    for (int i = 0; i < 5; i++) run_through(j->network, j->predictor, j->x, j->expected);
    return NULL;
}

static void predictors_of_one_model_run_side_by_side(void **state)
{
    (void)state;
    const network *n = &networks[2];
    enum { THREADS = 3 };
    job jobs[THREADS];
    pthread_t threads[THREADS];
    cn_model *m = make_model(n);
    fill(n, samples[2]);
    cn_array expected = predicted(n, m, samples[2]);
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){n, cn_predictor_new(m, BATCH), samples[2], &expected};
        assert_non_null(jobs[i].predictor);
        assert_int_equal(pthread_create(&threads[i], NULL, in_a_thread, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cn_predictor_free(jobs[i].predictor);
    }
    cn_array_free(&expected);
    cn_model_free(m);
}

static void several_inputs_and_outputs_go_in_the_order_of_the_model(void **state)
{
    (void)state;
    cn_tensor *a = cn_tensor_input(3), *b = cn_tensor_input(2);
    cn_tensor *both = cn_call(cn_concatenate(-1), a, b);
    cn_tensor *one = cn_call(cn_dense(4, .activation = "tanh"), both), *two = cn_call(cn_dense(1), a);
    cn_model *m = cn_model_from(((cn_tensor *[]){a, b}), 2, ((cn_tensor *[]){one, two}), 2);
    assert_non_null(m);
    const float left[] = {.1F, .2F, .3F, .4F, .5F, .6F}, right[] = {1, 2, 3, 4};
    const cn_array x[] = {cn_array_view(CN_FLOAT32, left, 2, (size_t[]){2, 3}),
                          cn_array_view(CN_FLOAT32, right, 2, (size_t[]){2, 2})};
    cn_array out[2];
    assert_int_equal(
        cn_model_predict(m, NULL, NULL, .inputs = (const cn_array *const[]){&x[0], &x[1]}, .outputs = out),
        CN_OK);
    float y[8], z[2];
    cn_predictor *p = cn_predictor_new(m, 2);
    assert_int_equal(cn_predictor_run_all(p, (const float *const[]){left, right}, 2, (float *const[]){y, z}),
                     CN_OK);
    assert_memory_equal(y, out[0].data, sizeof y);
    assert_memory_equal(z, out[1].data, sizeof z);
    assert_int_equal(cn_predictor_run(p, left, 2, y), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "has 2 inputs and 2 outputs; use cn_predictor_run_all"));
    cn_predictor_free(p);
    cn_array_free(&out[0]);
    cn_array_free(&out[1]);
    cn_model_free(m);
}

static void what_cannot_be_prepared_is_refused(void **state)
{
    (void)state;
    cn_model *m = cn_model_new("net");
    float x[31] = {0}, y[3];
    assert_null(cn_predictor_new(NULL, 1));
    assert_int_equal(cn_model_add_notation(m, "dense 3"), CN_OK);
    assert_null(cn_predictor_new(m, 1));
    assert_non_null(strstr(cn_error(), "is not built"));
    assert_int_equal(cn_model_build(m, 1, (size_t[]){31}), CN_OK);
    assert_null(cn_predictor_new(m, 0));
    assert_non_null(strstr(cn_error(), "batch = 0"));
    cn_predictor *p = cn_predictor_new(m, 1);
    assert_non_null(p);
    assert_int_equal(cn_predictor_run(p, x, 0, y), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_predictor_run(p, x, 2, y), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "2 samples, expected 1 to 1"));
    assert_int_equal(cn_predictor_run(p, x, 1, y), CN_OK);
    cn_predictor_free(p);
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_predictor_gives_the_bits_of_predict),
        cmocka_unit_test(predictors_of_one_model_run_side_by_side),
        cmocka_unit_test(several_inputs_and_outputs_go_in_the_order_of_the_model),
        cmocka_unit_test(what_cannot_be_prepared_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
