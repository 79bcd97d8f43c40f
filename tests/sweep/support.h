/* What the tests of sweeps share: a small problem, studies of it, and stores. */
#ifndef CN_TESTS_SWEEP_SUPPORT_H
#define CN_TESTS_SWEEP_SUPPORT_H

#include <math.h>
#include <stdarg.h>
#include <unistd.h>

#include "data/support.h"
#include "sweep/store/store_file.h"
#include "sweep/sweep.h"

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

enum { SAMPLES = 160, FEATURES = 4 };

typedef struct problem {
    float x[SAMPLES * FEATURES], y[SAMPLES];
    cn_array xs, ys;
    cn__configuration base;
} problem;

/* Is the product of two inputs positive? */
static inline void make_problem(problem *p)
{
    uint32_t state = 11;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t k = 0; k < FEATURES; k++) {
            state = state * 1664525u + 1013904223u;
            p->x[i * FEATURES + k] = (float)(state >> 8) / (float)(1 << 23) - 1;
        }
        p->y[i] = p->x[i * FEATURES] * p->x[i * FEATURES + 1] > 0;
    }
    p->xs = cn_array_view(CN_FLOAT32, p->x, 2, (size_t[]){SAMPLES, FEATURES});
    p->ys = cn_array_view(CN_FLOAT32, p->y, 1, (size_t[]){SAMPLES});
    p->base = (cn__configuration){.name = "m",
                                  .layers = "dense 16 relu\ndropout 0.2\ndense 8 relu\ndense 1 sigmoid",
                                  .optimizer = "adam",
                                  .loss = "binary_crossentropy",
                                  .metrics = "accuracy",
                                  .fit = cn_fit_defaults()};
    p->base.fit.x = &p->xs, p->base.fit.y = &p->ys;
    p->base.fit.epochs = 4;
    p->base.fit.batch_size = 16;
    p->base.fit.validation_split = 0.25;
}

/* A value in the notation, for options; lives until the arena is freed. */
static inline const cn__value *value_of(cn__arena *arena, const char *text)
{
    cn__value *v = cn__arena_alloc(arena, sizeof *v);
    assert_non_null(v);
    if (cn__value_parse(arena, text, v) != CN_OK) fail_msg("%s", cn_error());
    return v;
}

static inline void fails_with(cn_status status, const char *part)
{
    assert_int_not_equal(status, CN_OK);
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

/* A store that is not there. */
static inline const char *fresh_store(const char *name)
{
    char path[200];
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        cn__format(path, sizeof path, "%s%s", name, endings[i]);
        (void)unlink(path);
    }
    return name;
}

/* Do both have the same trials, to the bit? */
static inline void same_trials(const cn__study *a, const cn__study *b)
{
    assert_int_equal(a->trial_count, b->trial_count);
    for (size_t i = 0; i < a->trial_count; i++) {
        const cn__trial *x = &a->trials[i], *y = &b->trials[i];
        if (x->state != y->state || x->epochs != y->epochs)
            fail_msg("trial %zu: state %d and %d, epochs %u and %u", i, x->state, y->state, x->epochs,
                     y->epochs);
        for (size_t k = 0; k < a->space.count; k++)
            if (memcmp(&x->point[k], &y->point[k], sizeof(double)) != 0 &&
                !(isnan(x->point[k]) && isnan(y->point[k])))
                fail_msg("trial %zu: %s is %.17g and %.17g", i, a->space.dimensions[k].name, x->point[k],
                         y->point[k]);
        for (size_t k = 0; k < a->goal_count; k++)
            if (memcmp(&x->values[k], &y->values[k], sizeof(double)) != 0 &&
                !(isnan(x->values[k]) && isnan(y->values[k])))
                fail_msg("trial %zu: %s is %.17g and %.17g", i, a->goals[k].name, x->values[k], y->values[k]);
    }
}

#endif
