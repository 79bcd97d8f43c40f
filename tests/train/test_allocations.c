/* A plan decides everything once: between the first batch of a fit and its last, nothing is allocated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cornu/train.h"

typedef struct watch {
    unsigned long at_first, at_last;
    size_t calls, skip;
} watch;

static cn_status look(void *user, cn_training *training, size_t batch, const cn_logs *logs)
{
    (void)training, (void)batch, (void)logs;
    watch *w = user;
    if (w->calls++ == w->skip) w->at_first = cn__allocations;
    w->at_last = cn__allocations;
    return CN_OK;
}

static cn_status look_at_epoch(void *user, cn_training *training, size_t epoch, const cn_logs *logs)
{
    return look(user, training, epoch, logs);
}

/* Data whose last batch is a partial one. */
static void make_data(cn_array *x, cn_array *y)
{
    uint32_t seed = 1;
    assert_int_equal(cn_array_new(x, CN_FLOAT32, 2, (size_t[]){203, 50}), CN_OK);
    assert_int_equal(cn_array_new(y, CN_FLOAT32, 2, (size_t[]){203, 4}), CN_OK);
    for (size_t i = 0; i < 203 * 50; i++) {
        seed = seed * 1664525 + 1013904223;
        ((float *)x->data)[i] = seed >> 30 ? 0 : (float)(seed >> 8) * 0x1p-24f;
    }
    for (size_t i = 0; i < 203; i++) ((float *)y->data)[i * 4 + i % 4] = 1;
}

static void count(const char *layers, const char *optimizer, bool at_batches, size_t epochs)
{
    cn_array x, y;
    make_data(&x, &y);
    cn_model *m = cn_model_new(NULL);
    cn_model_add_notation(m, layers);
    cn_model_compile(m, .optimizer = optimizer, .loss = "categorical_crossentropy",
                     .metrics = "accuracy, auc, f1_score");
    watch w = {.skip = at_batches ? 0 : 1};
    cn_callback callback = {.user = &w,
                            .on_batch_end = at_batches ? look : NULL,
                            .on_epoch_end = at_batches ? NULL : look_at_epoch};
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = epochs, .batch_size = 20, .validation_split = 0.25,
                                 .threads = 2, .reshuffle = true, .class_weight = "{0: 2}",
                                 .custom_callbacks = (const cn_callback *[]){&callback, NULL});
    if (!h) fail_msg("%s: %s", layers, cn_error());
    assert_int_equal(w.calls, at_batches ? epochs * 8 : epochs);
    if (w.at_last != w.at_first)
        fail_msg("%s, %s: %lu allocations", layers, optimizer, w.at_last - w.at_first);
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&y);
}

static const char *const layers[] = {
    "dense 70; dense 4 softmax",
    "dense 33 relu kernel_regularizer=l1(0.01); dropout 0.5; dense 4 softmax",
    "reshape 5 10; dense 8 gelu; flatten; batch_normalization; layer_normalization; dense 4 kernel_constraint=unit_norm; softmax",
};

static void batches_allocate_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        count(layers[i], "adam", true, 1);
        count(layers[i], "sgd(momentum=0.9,global_clipnorm=1,use_ema=true)", true, 1);
    }
}

/* Validation, metrics, the history (which learns its names in the first): from the second epoch's end to the last's. */
static void epochs_allocate_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) count(layers[i], "nadam", false, 4);
}

static void the_counter_counts(void **state)
{
    (void)state;
    unsigned long before = cn__allocations;
    void *memory = cn__malloc(10);
    assert_int_equal(cn__allocations, before + 1);
    cn__free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_counts),
        cmocka_unit_test(batches_allocate_nothing),
        cmocka_unit_test(epochs_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
