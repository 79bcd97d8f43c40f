/* The promise: the same seed gives the same bits on any number of threads, on any instruction set, alone or beside
 * others, and on any machine: the fingerprints below were computed once and hold everywhere. A change of the arithmetic
 * that is meant changes them; print the new ones with `determinism print`. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cornu/train.h"
#include "kernels/kernels.h"

typedef struct network {
    const char *name, *layers, *optimizer, *loss;
    size_t samples, inputs, outputs, batch, epochs;
    unsigned zeros; /* of 100 inputs */
    uint64_t fingerprint;
    bool reshuffle;
    const char *convolution;
} network;

static const network networks[] = {
    {"the seed's", "dense 130; dense 10 softmax", "adam", "categorical_crossentropy", 333, 200, 10, 32, 2, 80,
     0x4661ecab2c12adb9, false, NULL},
    {"the seed's, a new order each epoch", "dense 130; dense 10 softmax", "adam", "categorical_crossentropy",
     333, 200, 10, 32, 3, 80, 0x2cc269e61b40b861, true, NULL},
    {"relu and dropout", "dense 129 relu; dropout 0.3; dense 64 relu; dropout 0.3; dense 10 softmax",
     "adam(learning_rate=0.0005)", "categorical_crossentropy", 250, 101, 10, 16, 3, 80, 0xa7251564435ed1b7,
     false, NULL},
    {"dense inputs", "dense 257 sigmoid kernel_regularizer=l2(0.001); dense 7 softmax",
     "sgd(learning_rate=0.1,momentum=0.9,nesterov=true)", "categorical_crossentropy", 500, 63, 7, 261, 2, 0,
     0x86da211a52d0011f, false, NULL},
    {"normalised", "dense 48 gelu; batch_normalization; dense 31 tanh; layer_normalization; dense 3",
     "rmsprop(centered=true,momentum=0.5,global_clipnorm=1)", "mse", 440, 40, 3, 210, 3, 10,
     0xa15990a3bc905bd9, false, NULL},
    {"wide batch", "dense 150 selu kernel_constraint=max_norm(2); dense 1 sigmoid", "nadam(clipnorm=0.5)",
     "binary_crossentropy", 600, 90, 1, 256, 3, 50, 0xa414f37efd5053ce, false, NULL},
    {"noise",
     "rescaling 0.5 offset=0.1; gaussian_noise 0.2; dense 140 relu; gaussian_dropout 0.3; alpha_dropout 0.2; reshape 2 10 "
     "7; spatial_dropout2d 0.2; permute 2 3 1; reshape 70 2; spatial_dropout1d 0.2; flatten; dense 5",
     "adam", "mse", 190, 40, 5, 32, 3, 10, 0xf164239f8d1d2e18, false, NULL},
    {"unit vectors",
     "dense 60; repeat_vector 4; unit_normalization axis=(1, 2); dense 20 tanh; unit_normalization; flatten; dense 5",
     "adam", "mse", 190, 40, 5, 32, 3, 10, 0x4b18701e95042107, false, NULL},
    {"slopes and groups",
     "dense 160; reshape 2 4 20; prelu shared_axes=(1, 2); group_normalization 5; prelu constant(0.1); normalization axis=none mean=0.1 variance=2; dense 9; "
     "group_normalization groups=-1; prelu shared_axes=3; flatten; prelu; dense 5",
     "adam", "mse", 400, 40, 5, 270, 3, 10, 0x6af3f037235bfb9b, false, NULL},
    {"augmented",
     "reshape 8 8 2; random_flip; random_rotation 0.1; random_translation 0.1 0.1; random_zoom 0.2; random_shear 0.1; "
     "random_elastic_transform alpha=4 sigma=1.5 value_range=[0, 1]; random_brightness 0.1 value_range=[0, 1]; "
     "random_contrast 0.3 value_range=[0, 1]; random_erasing value_range=[0, 1]; cut_mix; random_crop 6 7; mix_up; "
     "resizing 5 5; conv2d 4 3 relu; flatten; dense 5",
     "adam", "mse", 190, 128, 5, 32, 3, 10, 0xbb2cfd14d78de311, false, NULL},
    {"resized",
     "reshape 8 8 2; resizing 7 11 bicubic; conv2d 8 3 relu; resizing 9 6 lanczos3; up_sampling2d 2 interpolation=lanczos5; "
     "conv2d 4 3 strides=2 relu; flatten; dense 5",
     "adam", "mse", 190, 128, 5, 32, 3, 10, 0x6216418cbd6f03e9, false, NULL},
    {"axes",
     "dense 140 relu; reshape 70 2; layer_normalization axis=1; batch_normalization axis=1; softmax axis=1; dropout 0.2 "
     "noise_shape=[none, 1, none]; layer_normalization axis=(1, 2) rms_scaling=true; flatten; dense 5 "
     "kernel_regularizer=orthogonal(0.1)",
     "adam(gradient_accumulation_steps=2, loss_scale_factor=8)", "mse", 190, 40, 5, 32, 3, 10,
     0x2744201af12515b6, false, NULL},
    {"muon", "dense 61 tanh; dense 30 relu; dense 5", "muon(0.01, exclude_layers=[dense_2])", "mse", 190, 40,
     5, 32, 3, 10, 0xa2afca2c448ac850, false, NULL},
    {"adafactor", "dense 61 tanh; dense 30 relu; dense 5", "adafactor(0.01)", "mse", 190, 40, 5, 32, 3, 10,
     0x990eaf7711e30c71, false, NULL},
    {"images",
     "dense 98 tanh; reshape 7 7 2; zero_padding2d 1; conv2d 20 3 relu padding=same; depthwise_conv2d 3 depth_multiplier=2; "
     "max_pooling2d 2; separable_conv2d 18 2 tanh; conv2d_transpose 17 3 strides=2; average_pooling2d 2 strides=1; "
     "cropping2d 1; up_sampling2d 2 interpolation=bilinear; leaky_relu; conv2d 16 3 padding=same; conv2d 16 3; center_crop 3 4; "
     "flatten; dense 5",
     "adam", "mse", 190, 40, 5, 32, 3, 10, 0x2045a9cae8a9027a, false, NULL},
    {"larger images, of which a cache does not hold a batch",
     "dense 144 tanh; reshape 12 12 1; conv2d 64 3 relu padding=same; max_pooling2d 2; spatial_dropout2d 0.2; conv2d 24 3 relu; "
     "prelu shared_axes=(1, 2); conv2d 6 5 relu padding=same; average_pooling2d 2 strides=1; conv2d_transpose 3 3 tanh; flatten; dense 5",
     "adam", "mse", 90, 40, 5, 60, 1, 10, 0x37e31c4471524cf4, false, NULL},
    {"normalised images",
     "dense 144 tanh; reshape 12 12 1; conv2d 32 3 use_bias=false padding=same; batch_normalization; relu; conv2d 40 3 use_bias=false; "
     "batch_normalization; activation tanh; max_pooling2d 2; conv2d 150 2; batch_normalization; flatten; dense 5",
     "adam", "mse", 190, 40, 5, 60, 2, 10, 0xe57ce5fe949eddba, false, NULL},
    {"fast convolutions",
     "dense 288 tanh; reshape 12 12 2; conv2d 32 3 relu padding=same; conv2d 36 3 relu padding=same; conv2d 33 3; conv2d_transpose 40 3; "
     "max_pooling2d 2; flatten; dense 5",
     "adam", "mse", 120, 40, 5, 30, 2, 10, 0xb5d0691f94bfa380, false, "fast"},
    {"series",
     "dense 60 tanh; reshape 15 4; conv1d 9 3 activation=elu padding=causal; depthwise_conv1d 3; zero_padding1d 1; max_pooling1d 2; "
     "up_sampling1d 2; separable_conv1d 18 3; conv1d_transpose 7 2 strides=2; average_pooling1d 2; cropping1d 1; activation gelu; elu; "
     "activity_regularization l2=0.01; global_average_pooling1d; dense 5",
     "adam", "mse", 190, 40, 5, 32, 3, 10, 0xd3cce36fd340fc5b, false, NULL},
    {"paths that meet",
     "input 40 name=x; dense 48 tanh; reshape 4 4 3 name=h; conv2d 3 2 relu padding=same name=a; conv2d 3 3 tanh padding=same "
     "from=h name=b; add from=[a, b, h] name=c; subtract from=[a, h] name=e; minimum from=[b, h] name=f; maximum from=[c, e, f] "
     "name=m; multiply from=[m, h] name=n; average from=[a, b, n] name=o; concatenate from=[n, o] name=q; "
     "global_average_pooling2d from=q name=u; global_max_pooling2d from=q name=v; dot axes=1 from=[u, v] name=w; reshape 16 3 "
     "from=o name=y; global_max_pooling1d name=z; concatenate from=[u, w, z]; identity; dense 5",
     "adam", "mse", 190, 40, 5, 32, 3, 10, 0x5faf07e8511a2bd6, false, NULL},
    {"gates",
     "input 40 name=x; dense 240 relu; reshape 5 4 12; conv2d 20 3 relu padding=same name=h; global_average_pooling2d; "
     "dense 20 sigmoid; reshape 1 1 20 name=c; multiply from=[h, c] name=g; conv2d 1 3 sigmoid padding=same name=p; "
     "multiply from=[p, g] name=m; dense 20 from=x name=v; maximum from=[m, v]; flatten; dense 5",
     "adam", "mse", 190, 40, 5, 32, 3, 10, 0x4ffca720817b7351, false, NULL},
};
enum { NETWORKS = sizeof networks / sizeof *networks };
static const int thread_counts[] = {1, 2, 3, 4, 7};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof *thread_counts };

/* ---- a training, and its fingerprint (FNV-1a, 64 bits) --------------------------------------------------------- */

static void mix(uint64_t *hash, const void *bytes, size_t size)
{
    for (const unsigned char *p = bytes, *end = p + size; p < end; p++) *hash = (*hash ^ *p) * 0x100000001b3;
}

static uint32_t next(uint32_t *seed) { return (*seed = *seed * 1664525 + 1013904223) >> 8; }

static void make_data(const network *n, cn_array *x, cn_array *y)
{
    uint32_t seed = 7;
    assert_int_equal(cn_array_new(x, CN_FLOAT32, 2, (size_t[]){n->samples, n->inputs}), CN_OK);
    assert_int_equal(cn_array_new(y, CN_FLOAT32, 2, (size_t[]){n->samples, n->outputs}), CN_OK);
    float *xs = x->data, *ys = y->data;
    for (size_t i = 0; i < n->samples * n->inputs; i++) {
        uint32_t value = next(&seed);
        xs[i] = value % 100 < n->zeros ? 0 : (float)(value % 1000) / 1000;
    }
    for (size_t i = 0; i < n->samples; i++)
        if (n->outputs == 1) ys[i] = (float)(next(&seed) % 2);
        else ys[i * n->outputs + next(&seed) % n->outputs] = 1;
}

static uint64_t train(const network *n, int threads)
{
    uint64_t hash = 0xcbf29ce484222325;
    cn_array x, y, out;
    make_data(n, &x, &y);
    const bool graph = strstr(n->layers, "from=");
    cn_model *m = graph ? cn_model_from_notation(n->name, n->layers) : cn_model_new(n->name);
    if (!m) fail_msg("%s: %s", n->name, cn_error());
    cn_model_set_seed(m, 3);
    if (!graph) cn_model_add_notation(m, n->layers);
    cn_model_compile(m, .optimizer = n->optimizer, .loss = n->loss, .metrics = "accuracy",
                     .convolution = n->convolution);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = n->epochs, .batch_size = n->batch,
                                 .validation_split = 0.2, .threads = threads, .reshuffle = n->reshuffle);
    if (!h) fail_msg("%s: %s", n->name, cn_error());
    for (size_t i = 0; i < cn_history_count(h); i++)
        mix(&hash, cn_history_get(h, cn_history_name(h, i)), cn_history_epochs(h) * sizeof(double));
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w;
        assert_int_equal(cn_model_get_weight(m, i, &w), CN_OK);
        mix(&hash, w.data, cn_array_size(&w) * sizeof(float));
        cn_array_free(&w);
    }
    assert_int_equal(cn_model_predict(m, &x, &out, .threads = threads), CN_OK);
    mix(&hash, out.data, cn_array_size(&out) * sizeof(float));
    cn_array_free(&out);
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&y);
    return hash;
}

/* ---- the tests ---------------------------------------------------------------------------------------------------- */

static void threads_change_no_bit_and_neither_does_the_machine(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++)
        for (int t = 0; t < THREAD_COUNTS; t++) {
            uint64_t hash = train(&networks[i], thread_counts[t]);
            if (hash != networks[i].fingerprint)
                fail_msg("%s, %d threads, %s: 0x%016llx instead of 0x%016llx", networks[i].name,
                         thread_counts[t], cn__kernels_get()->isa, (unsigned long long)hash,
                         (unsigned long long)networks[i].fingerprint);
        }
}

static char program[1024];

/* An instruction set is chosen once in a process, so each has its own. */
static void instruction_sets_change_no_bit(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        char command[1200], line[256];
        int lines = 0;
        const char *emulator =
            getenv("CORNU_EMULATOR"); /* where this is not the machine's own kind of program */
        snprintf(command, sizeof command, "CORNU_ISA=%s %s '%s' print", *isa, emulator ? emulator : "",
                 program);
        FILE *child = popen(command, "r");
        assert_non_null(child);
        assert_non_null(fgets(line, sizeof line, child));
        line[strcspn(line, "\n")] = '\0';
        assert_string_equal(line, *isa);
        while (fgets(line, sizeof line, child)) {
            assert_in_range(lines, 0, NETWORKS - 1);
            if (strtoull(line, NULL, 16) != networks[lines].fingerprint)
                fail_msg("%s, %s: %s", networks[lines].name, *isa, line);
            lines++;
        }
        assert_int_equal(pclose(child), 0);
        assert_int_equal(lines, NETWORKS);
    }
}

typedef struct job {
    const network *network;
    int threads;
    uint64_t hash;
} job;

static void *run_job(void *argument)
{
    job *j = argument;
    j->hash = train(j->network, j->threads);
    return NULL;
}

static void trainings_side_by_side_do_not_touch_each_other(void **state)
{
    (void)state;
    job jobs[NETWORKS * 2];
    pthread_t threads[NETWORKS * 2];
    for (int i = 0; i < NETWORKS * 2; i++) {
        jobs[i] = (job){.network = &networks[i % NETWORKS], .threads = 1 + i % 3};
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    }
    for (int i = 0; i < NETWORKS * 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < NETWORKS * 2; i++) assert_int_equal(jobs[i].hash, jobs[i].network->fingerprint);
}

static void another_seed_gives_other_bits(void **state)
{
    (void)state;
    cn_array a, b;
    cn_model *m[2];
    for (int i = 0; i < 2; i++) {
        m[i] = cn_model_new(NULL);
        cn_model_set_seed(m[i], (uint64_t)i);
        assert_int_equal(cn_model_add_notation(m[i], "input 4; dense 3"), CN_OK);
        assert_int_equal(cn_model_build(m[i], 1, (size_t[]){4}), CN_OK);
    }
    assert_int_equal(cn_model_get_weight(m[0], 0, &a), CN_OK);
    assert_int_equal(cn_model_get_weight(m[1], 0, &b), CN_OK);
    assert_memory_not_equal(a.data, b.data, cn_array_size(&a) * sizeof(float));
    cn_array_free(&a);
    cn_array_free(&b);
    cn_model_free(m[0]);
    cn_model_free(m[1]);
}

int main(int argc, char **argv)
{
    snprintf(program, sizeof program, "%s", argv[0]);
    if (argc > 1 && strcmp(argv[1], "print") == 0) {
        printf("%s\n", cn__kernels_get()->isa);
        for (int i = 0; i < NETWORKS; i++)
            printf("0x%016llx  %s\n", (unsigned long long)train(&networks[i], 2), networks[i].name);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_no_bit_and_neither_does_the_machine),
        cmocka_unit_test(instruction_sets_change_no_bit),
        cmocka_unit_test(trainings_side_by_side_do_not_touch_each_other),
        cmocka_unit_test(another_seed_gives_other_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
