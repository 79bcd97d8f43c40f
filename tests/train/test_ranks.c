/* Training over ranks: weights and history have the bits of one process, for any number of ranks and threads. The ranks are
 * threads of this program. */
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

typedef struct network {
    const char *layers, *optimizer, *loss, *metrics;
    size_t samples, inputs, outputs, batch;
    unsigned zeros; /* of 100 inputs */
    bool weights;   /* sample weights */
} network;

static const network networks[] = {
    {"dense 130; dense 10 softmax", "adam", "categorical_crossentropy", "accuracy, auc", 1333, 200, 10, 512,
     80, true},
    {"dense 129 relu; dropout 0.3; gaussian_noise 0.1; dense 64 relu kernel_regularizer=l1_l2(1e-4, 1e-3); dense 10 softmax",
     "adam(learning_rate=0.0005)", "categorical_crossentropy", "accuracy", 1000, 101, 10, 400, 80, false},
    {"dense 48 gelu; batch_normalization; dense 31 tanh; layer_normalization; batch_normalization; dense 3",
     "rmsprop(centered=true,momentum=0.5,global_clipnorm=1)", "mse", NULL, 1500, 40, 3, 840, 10, false},
    {"dense 150 selu kernel_constraint=max_norm(2); dense 1 sigmoid", "nadam(clipnorm=0.5)",
     "binary_crossentropy", "mae, recall", 1700, 90, 1, 1024, 50, true},
    {"dense 160; reshape 2 4 20; prelu shared_axes=(1, 2); group_normalization 5; spatial_dropout2d 0.2; dense 9; prelu; "
     "flatten; dense 5",
     "adam(gradient_accumulation_steps=2, loss_scale_factor=8)", "huber", NULL, 1160, 40, 5, 768, 10, false},
    {"reshape 8 8 2; random_flip; random_rotation 0.1; random_zoom 0.2; random_elastic_transform alpha=4 sigma=1.5 "
     "value_range=[0, 1]; random_brightness 0.1 value_range=[0, 1]; random_contrast 0.3 value_range=[0, 1]; random_erasing "
     "value_range=[0, 1]; random_crop 7 7; conv2d 9 3 relu; batch_normalization; max_pooling2d 2; conv2d 4 2; flatten; dense "
     "5 softmax",
     "sgd(learning_rate=0.1,momentum=0.9,nesterov=true)", "categorical_crossentropy", "accuracy", 800, 128, 5,
     384, 3, false},
    /* wide enough for gradients to be sent while others are made */
    {"dense 160 relu; batch_normalization; dense 170 relu; dense 150 relu; batch_normalization; dense 160 tanh; dense 5",
     "adam", "mse", NULL, 760, 40, 5, 600, 10, false},
    {"dense 128 relu; reshape 8 8 2; conv2d 40 3 relu; conv2d 50 3 relu; conv2d 40 2; flatten; dense 60; dense 5",
     "adam(clipnorm=1)", "mse", NULL, 400, 40, 5, 300, 10, false},
    {"dense 128 relu kernel_constraint=max_norm(2); batch_normalization; dense 99 kernel_regularizer=l2(1e-3); dense 7 tanh; "
     "dense 5",
     "adagrad(learning_rate=0.05)", "mse", NULL, 1100, 130, 5, 840, 10, false},
    /* wide enough for ranks of one machine to share the weights */
    {"dense 640 relu; dense 512 relu kernel_regularizer=l1_l2(1e-4, 1e-3); dropout 0.2; dense 600 tanh; batch_normalization; "
     "dense 5",
     "adamw", "mse", NULL, 400, 600, 5, 160, 3, false},
    {"dense 700 relu; dense 640 selu kernel_constraint=max_norm(2); dense 700; dense 5 softmax",
     "sgd(learning_rate=0.1,momentum=0.9)", "categorical_crossentropy", "accuracy", 330, 560, 5, 260, 3,
     true},
    {"dense 61 tanh; dense 30 relu; dense 5", "muon(0.01, exclude_layers=[dense_2])", "mse", "r2_score", 760,
     40, 5, 600, 10, false},
};
enum { NETWORKS = sizeof networks / sizeof *networks, MOST_RANKS = 8 };

/* ---- a training, and its fingerprint (FNV-1a, 64 bits) --------------------------------------------------------- */

static void mix(uint64_t *hash, const void *bytes, size_t size)
{
    for (const unsigned char *p = bytes, *end = p + size; p < end; p++) *hash = (*hash ^ *p) * 0x100000001b3;
}

static uint32_t next(uint32_t *seed) { return (*seed = *seed * 1664525 + 1013904223) >> 8; }

typedef struct data {
    cn_array x, y, weight;
} data;

static void make_data(const network *n, data *d)
{
    uint32_t seed = 7;
    assert_int_equal(cn_array_new(&d->x, CN_FLOAT32, 2, (size_t[]){n->samples, n->inputs}), CN_OK);
    assert_int_equal(cn_array_new(&d->y, CN_FLOAT32, 2, (size_t[]){n->samples, n->outputs}), CN_OK);
    assert_int_equal(cn_array_new(&d->weight, CN_FLOAT32, 1, (size_t[]){n->samples}), CN_OK);
    float *xs = d->x.data, *ys = d->y.data, *ws = d->weight.data;
    for (size_t i = 0; i < n->samples * n->inputs; i++) {
        uint32_t value = next(&seed);
        xs[i] = value % 100 < n->zeros ? 0 : (float)(value % 1000) / 1000;
    }
    for (size_t i = 0; i < n->samples; i++) {
        if (n->outputs == 1) ys[i] = (float)(next(&seed) % 2);
        else ys[i * n->outputs + next(&seed) % n->outputs] = 1;
        ws[i] = (float)(1 + next(&seed) % 3) / 2;
    }
}

static void free_data(data *d)
{
    cn_array_free(&d->x);
    cn_array_free(&d->y);
    cn_array_free(&d->weight);
}

typedef struct job {
    const network *network;
    const data *data;
    cn_fit_options options;
    uint64_t seed, fingerprint;
    size_t epochs_run;
    bool twice; /* another fit behind the first */
    char error[300], stopped[200];
} job;

static cn_model *make_model(const network *n, uint64_t seed)
{
    cn_model *m = cn_model_new("net");
    cn_model_set_seed(m, seed);
    cn_model_add_notation(m, n->layers);
    cn_model_compile(m, .optimizer = n->optimizer, .loss = n->loss, .metrics = n->metrics);
    return m;
}

static uint64_t fingerprint(const cn_model *m, const cn_history *h)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < cn_history_count(h); i++)
        mix(&hash, cn_history_get(h, cn_history_name(h, i)), cn_history_epochs(h) * sizeof(double));
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w;
        if (cn_model_get_weight(m, i, &w) != CN_OK) abort();
        mix(&hash, w.data, cn_array_size(&w) * sizeof(float));
        cn_array_free(&w);
    }
    return hash;
}

/* Scores over all the data, in batches that the ranks divide. */
static uint64_t score(const job *j, cn_model *m)
{
    uint64_t hash = 0xcbf29ce484222325;
    cn_logs *logs = cn_model_evaluate(m, &j->data->x, &j->data->y, .batch_size = 7,
                                      .threads = j->options.threads, .communicator = j->options.communicator);
    if (!logs) return 0;
    for (size_t i = 0; i < cn_logs_count(logs); i++) {
        const double v = cn_logs_value(logs, i);
        mix(&hash, &v, sizeof v);
    }
    cn_logs_free(logs);
    return hash;
}

static void *train(void *given)
{
    job *j = given;
    cn_fit_options o = j->options;
    o.model = make_model(j->network, j->seed);
    o.x = &j->data->x, o.y = &j->data->y;
    if (j->network->weights) o.sample_weight = &j->data->weight;
    if (!o.batch_size) o.batch_size = j->network->batch;
    cn_history *h = cn_model_fit_with(&o);
    if (h && j->twice) {
        cn_history_free(h);
        h = cn_model_fit_with(&o);
    }
    if (h) j->fingerprint = fingerprint(o.model, h) ^ score(j, o.model);
    if (h) j->epochs_run = cn_history_epochs(h);
    if (h && cn_history_stopped(h)) snprintf(j->stopped, sizeof j->stopped, "%s", cn_history_stopped(h));
    if (!h) snprintf(j->error, sizeof j->error, "%s", cn_error());
    cn_history_free(h);
    cn_model_free(o.model);
    return NULL;
}

/* jobs[0 … ranks - 1] at once, as the ranks of one communicator. */
static void train_over(job *jobs, size_t ranks)
{
    cn_communicator *all[MOST_RANKS];
    pthread_t threads[MOST_RANKS];
    assert_int_equal(cn_communicator_threads(ranks, all), CN_OK);
    for (size_t r = 0; r < ranks; r++) {
        jobs[r].options.communicator = all[r];
        assert_int_equal(pthread_create(&threads[r], NULL, train, &jobs[r]), 0);
    }
    for (size_t r = 0; r < ranks; r++) pthread_join(threads[r], NULL);
    for (size_t r = 0; r < ranks; r++) cn_communicator_free(all[r]);
}

static job job_of(const network *n, const data *d)
{
    job j = {.network = n, .data = d, .options = cn_fit_defaults(), .seed = 3};
    j.options.epochs = 2, j.options.validation_split = 0.2, j.options.threads = 1;
    return j;
}

/* ---- the same bits ----------------------------------------------------------------------------------------------- */

static bool can_shard(const network *n)
{
    return !strstr(n->optimizer, "clip") && !strstr(n->optimizer, "accumulation") &&
           !strstr(n->optimizer, "muon");
}

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

static void check_counts(bool every, bool shards, bool twice)
{
    static const size_t all[] = {1, 2, 3, 4, 7, 8}, some[] = {2, 3, 7}, few[] = {4, 3};
    const bool slow = getenv("CORNU_SANITIZED") != NULL;
    const size_t *counts = slow    ? few + !every
                           : every ? all
                                   : some,
                 most = slow    ? 1 + (size_t)every
                        : every ? COUNT_OF(all)
                                : COUNT_OF(some);
    for (const network *n = networks; n < networks + NETWORKS; n++) {
        data d;
        if (shards && !can_shard(n)) continue;
        make_data(n, &d);
        job alone = job_of(n, &d), jobs[MOST_RANKS];
        alone.twice = twice;
        train(&alone);
        assert_string_equal(alone.error, "");
        for (size_t c = 0; c < most; c++) {
            for (size_t r = 0; r < counts[c]; r++) {
                jobs[r] = job_of(n, &d);
                jobs[r].options.threads = 1 + (int)(r + c) % 3; /* which need not be the same */
                jobs[r].options.shard_optimizer = shards, jobs[r].twice = twice;
            }
            train_over(jobs, counts[c]);
            for (size_t r = 0; r < counts[c]; r++)
                if (*jobs[r].error || jobs[r].fingerprint != alone.fingerprint)
                    fail_msg("%s: rank %zu of %zu: %s", n->layers, r, counts[c],
                             *jobs[r].error ? jobs[r].error : "other bits");
        }
        free_data(&d);
    }
}

static void every_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    check_counts(true, false, false);
}

/* Ranks of one machine share memory; those of several send messages. */
static void so_it_does_by_messages_alone(void **state)
{
    (void)state;
    setenv("CORNU_SHARED_MEMORY", "0", 1);
    check_counts(false, false, false);
    check_counts(false, true, false);
    unsetenv("CORNU_SHARED_MEMORY");
}

static void so_it_does_with_the_optimizer_divided(void **state)
{
    (void)state;
    check_counts(true, true, false);
    check_counts(false, true, true);
}

/* ---- callbacks, files and states ------------------------------------------------------------------------------------ */

static const network *const small = &networks[0];

static cn_status stop_in_third(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)user, (void)logs;
    if (epoch == 2) cn_training_stop(t, "seen enough");
    return CN_OK;
}

/* Only rank 0 has it. */
static void what_a_callback_of_rank_0_decides_all_do(void **state)
{
    (void)state;
    static const cn_callback stops = {.on_epoch_end = stop_in_third};
    static const cn_callback *const list[] = {&stops, NULL};
    data d;
    job jobs[3];
    make_data(small, &d);
    for (size_t r = 0; r < 3; r++) {
        jobs[r] = job_of(small, &d);
        jobs[r].options.epochs = 6;
        if (r == 0) jobs[r].options.custom_callbacks = list;
    }
    train_over(jobs, 3);
    for (size_t r = 0; r < 3; r++) {
        assert_string_equal(jobs[r].error, "");
        assert_int_equal(jobs[r].epochs_run, 3);
        assert_string_equal(jobs[r].stopped, "seen enough");
        assert_int_equal(jobs[r].fingerprint, jobs[0].fingerprint);
    }
    free_data(&d);
}

/* Every rank has a network of its own to change, however wide. */
static cn_status halve_weights(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    cn_model *m = cn_training_model(t);
    (void)user, (void)epoch, (void)logs;
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w;
        if (cn_model_get_weight(m, i, &w) != CN_OK) return cn_error_status();
        for (size_t e = 0; e < cn_array_size(&w); e++) ((float *)w.data)[e] /= 2;
        cn_status status = cn_model_set_weight(m, i, &w);
        cn_array_free(&w);
        if (status != CN_OK) return status;
    }
    return CN_OK;
}

static void a_callback_may_change_weights_on_every_rank(void **state)
{
    (void)state;
    static const cn_callback halves = {.on_epoch_end = halve_weights};
    static const cn_callback *const list[] = {&halves, NULL};
    const network *wide = networks;
    while (strncmp(wide->layers, "dense 640", 9) != 0) wide++;
    data d;
    make_data(wide, &d);
    job alone = job_of(wide, &d), jobs[3];
    alone.options.custom_callbacks = list;
    train(&alone);
    assert_string_equal(alone.error, "");
    for (size_t r = 0; r < 3; r++) jobs[r] = job_of(wide, &d), jobs[r].options.custom_callbacks = list;
    train_over(jobs, 3);
    for (size_t r = 0; r < 3; r++) {
        assert_string_equal(jobs[r].error, "");
        assert_int_equal(jobs[r].fingerprint, alone.fingerprint);
    }
    free_data(&d);
}

static cn_status stop_at_fourth_batch(void *user, cn_training *t, size_t batch)
{
    (void)user;
    if (batch == 1 && cn_history_epochs(cn_training_history(t)) == 1) cn_training_stop(t, "interrupted");
    return CN_OK;
}

/* Stopped in the second epoch on 3 ranks; goes on with 1, 2 and 4, to the bits of a training that never stopped. */
static void check_states(bool shards)
{
    static const cn_callback stops = {.on_batch_begin = stop_at_fourth_batch};
    static const cn_callback *const list[] = {&stops, NULL};
    static const size_t counts[] = {1, 2, 4};
    data d;
    make_data(small, &d);
    job whole = job_of(small, &d), jobs[MOST_RANKS];
    whole.options.epochs = 3, whole.options.callbacks = "early_stopping(patience=9)";
    train(&whole);
    for (size_t c = 0; c < 3; c++) {
        (void)!system("rm -rf ranks-states");
        for (size_t r = 0; r < 3; r++) {
            jobs[r] = job_of(small, &d);
            jobs[r].options = whole.options;
            jobs[r].options.checkpoint_dir = "ranks-states";
            jobs[r].options.shard_optimizer = shards;
            if (r == 0) jobs[r].options.custom_callbacks = list;
        }
        train_over(jobs, 3);
        assert_string_equal(jobs[2].error, "");
        assert_string_equal(jobs[2].stopped, "interrupted");
        for (size_t r = 0; r < counts[c]; r++) {
            jobs[r] = job_of(small, &d);
            jobs[r].options = whole.options;
            jobs[r].options.resume_dir = "ranks-states";
            jobs[r].options.shard_optimizer = shards && c != 1; /* or on as without */
        }
        train_over(jobs, counts[c]);
        for (size_t r = 0; r < counts[c]; r++) {
            assert_string_equal(jobs[r].error, "");
            assert_int_equal(jobs[r].epochs_run, 3);
            assert_int_equal(jobs[r].fingerprint, whole.fingerprint);
        }
    }
    free_data(&d);
}

static void a_state_goes_on_with_any_number_of_ranks(void **state)
{
    (void)state;
    check_states(false);
}

/* What is on disk is the state of one process. */
static void so_does_that_of_a_divided_optimizer(void **state)
{
    (void)state;
    check_states(true);
    setenv("CORNU_SHARED_MEMORY", "0", 1);
    check_states(true);
    unsetenv("CORNU_SHARED_MEMORY");
}

static size_t lines_of(const char *path)
{
    size_t lines = 0;
    FILE *f = fopen(path, "r");
    for (int c; f && (c = fgetc(f)) != EOF;) lines += c == '\n';
    if (f) fclose(f);
    return lines;
}

static void only_rank_0_writes(void **state)
{
    (void)state;
    data d;
    job jobs[4];
    make_data(small, &d);
    (void)unlink("ranks.csv");
    for (size_t r = 0; r < 4; r++) {
        jobs[r] = job_of(small, &d);
        jobs[r].options.epochs = 4;
        jobs[r].options.callbacks = "csv_logger(ranks.csv, append=true)";
    }
    train_over(jobs, 4);
    assert_string_equal(jobs[3].error, "");
    assert_int_equal(lines_of("ranks.csv"), 1 + 4);
    free_data(&d);
}

/* ---- refused ---------------------------------------------------------------------------------------------------------- */

static void expect_refusal(const network *n, const char *message)
{
    data d;
    job jobs[2];
    make_data(n, &d);
    for (size_t r = 0; r < 2; r++) jobs[r] = job_of(n, &d);
    train_over(jobs, 2);
    for (size_t r = 0; r < 2; r++)
        if (!strstr(jobs[r].error, message)) fail_msg("'%s' instead of '%s'", jobs[r].error, message);
    free_data(&d);
}

static void what_cannot_be_divided_is_refused_by_name(void **state)
{
    (void)state;
    network n = *small;
    n.layers = "reshape 20 10; mix_up; flatten; dense 10 softmax";
    expect_refusal(
        &n, "layer mix_up cannot be divided over ranks: it mixes each sample with another one of the batch");
    n.layers = "dense 20 activity_regularizer=l2(0.1); dense 10 softmax";
    expect_refusal(
        &n, "layer dense cannot be divided over ranks: its penalty is a sum over the samples of the batch");
    n.layers = "dense 10 softmax", n.loss = "dice";
    expect_refusal(
        &n,
        "loss dice cannot be divided over ranks: its value for a sample depends on the others of the batch");
}

static void expect_no_shards(const char *optimizer, const char *message)
{
    network n = *small;
    data d;
    job jobs[2];
    n.optimizer = optimizer;
    make_data(&n, &d);
    for (size_t r = 0; r < 2; r++) {
        jobs[r] = job_of(&n, &d);
        jobs[r].options.shard_optimizer = true;
    }
    train_over(jobs, 2);
    if (!strstr(jobs[0].error, message)) fail_msg("'%s' instead of '%s'", jobs[0].error, message);
    job alone = job_of(&n, &d);
    alone.options.shard_optimizer = true;
    train(&alone);
    assert_non_null(strstr(alone.error, "there is one process"));
    free_data(&d);
}

static void an_optimizer_that_cannot_be_divided_is_refused(void **state)
{
    (void)state;
    expect_no_shards("adam(clipnorm=1)",
                     "shard_optimizer: the state of adam cannot be divided over ranks: it clips by the norm");
    expect_no_shards("sgd(use_ema=true)", "it averages weights");
    expect_no_shards("muon", "it updates a variable as a whole");
    expect_no_shards("adam(gradient_accumulation_steps=2)", "it accumulates gradients");
}

static void a_rank_that_trains_something_else_is_named(void **state)
{
    (void)state;
    data d;
    job jobs[3];
    make_data(small, &d);
    for (size_t r = 0; r < 3; r++) jobs[r] = job_of(small, &d);
    jobs[2].seed = 4;
    train_over(jobs, 3);
    assert_string_equal(jobs[2].error, "rank 2 does not train what rank 0 trains: the seed was 3 and is 4");
    assert_string_equal(jobs[0].error,
                        "rank 2 failed: rank 2 does not train what rank 0 trains: the seed was 3 and is 4");
    for (size_t r = 0; r < 3; r++) jobs[r] = job_of(small, &d);
    jobs[1].options.batch_size = 64;
    train_over(jobs, 3);
    assert_string_equal(jobs[1].error,
                        "rank 1 does not train what rank 0 trains: the batch size was 512 and is 64");
    free_data(&d);
}

static cn_status fail_in_second(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)user, (void)t, (void)logs;
    return epoch == 1 ? CN_ERROR_FILE : CN_OK;
}

/* The others do not wait for it. */
static void a_rank_that_fails_ends_the_training_of_all(void **state)
{
    (void)state;
    static const cn_callback fails = {.on_epoch_end = fail_in_second};
    static const cn_callback *const list[] = {&fails, NULL};
    data d;
    job jobs[3];
    make_data(small, &d);
    for (size_t r = 0; r < 3; r++) {
        jobs[r] = job_of(small, &d);
        jobs[r].options.epochs = 5;
        if (r == 1) jobs[r].options.custom_callbacks = list;
    }
    train_over(jobs, 3);
    assert_string_equal(jobs[0].error, "rank 1 failed: callback 1 ended the training with status 5 (file)");
    assert_string_equal(jobs[2].error, jobs[0].error);
    free_data(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_ranks_gives_the_same_bits),
        cmocka_unit_test(so_it_does_by_messages_alone),
        cmocka_unit_test(so_it_does_with_the_optimizer_divided),
        cmocka_unit_test(so_does_that_of_a_divided_optimizer),
        cmocka_unit_test(an_optimizer_that_cannot_be_divided_is_refused),
        cmocka_unit_test(what_a_callback_of_rank_0_decides_all_do),
        cmocka_unit_test(a_callback_may_change_weights_on_every_rank),
        cmocka_unit_test(a_state_goes_on_with_any_number_of_ranks),
        cmocka_unit_test(only_rank_0_writes),
        cmocka_unit_test(what_cannot_be_divided_is_refused_by_name),
        cmocka_unit_test(a_rank_that_trains_something_else_is_named),
        cmocka_unit_test(a_rank_that_fails_ends_the_training_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
