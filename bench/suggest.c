/* How many points a sampler suggests in a second of one processor, with so many results to look at: ./run bench suggest. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "sweep/study.h"

static const char space[] =
    "units=[8..512 log] optimizer.learning_rate=[1e-4..1e-1 log] dropout=[0.0..0.6] "
    "activation=[relu, tanh, elu] batch_size=[8..64 log] optimizer.beta_1=[0.5..0.99]";

static void fill(cn__study *s, size_t results)
{
    for (size_t i = 0; i < results; i++) {
        cn__trial *t = &s->trials[i];
        cn__study_random_point(s, i, t->point);
        t->values[0] = 0;
        for (size_t k = 0; k < s->space.count; k++) {
            t->where[k] = cn__dimension_where(&s->space.dimensions[k], t->point[k]);
            t->values[0] += (t->where[k] - 0.3) * (t->where[k] - 0.3);
        }
        t->state = CN_TRIAL_COMPLETE;
    }
}

static int measure(const cn__configuration *base, const char *sampler, size_t results)
{
    const cn__value name = {.kind = CN_VALUE_WORD, .word = sampler},
                    goal = {.kind = CN_VALUE_WORD, .word = "loss"};
    const cn__study_options options = {
        .name = "m", .space = space, .sampler = &name, .objective = &goal, .trials = results + 1};
    cn__study s;
    double point[CN_MAX_DIMENSIONS];
    size_t count = 0;
    if (cn__study_open(base, &options, &s) != CN_OK) return fprintf(stderr, "%s\n", cn_error()), 1;
    fill(&s, results);
    const clock_t start = clock();
    for (; clock() - start < CLOCKS_PER_SEC; count++)
        if (s.sampler->suggest(&s, results + count, results, point) != CN_OK) return 1;
    printf("%-8s %6zu results  %9.0f suggestions a second of one processor\n", sampler, results,
           (double)count * CLOCKS_PER_SEC / (double)(clock() - start));
    cn__study_close(&s);
    return 0;
}

int main(void)
{
    static float x[64 * 4], y[64];
    for (int i = 0; i < 64 * 4; i++) x[i] = (float)(i % 7);
    cn_array xs = cn_array_view(CN_FLOAT32, x, 2, (size_t[]){64, 4}),
             ys = cn_array_view(CN_FLOAT32, y, 1, (size_t[]){64});
    cn__configuration base = {.name = "m",
                              .layers = "dense 8 relu\ndropout 0.1\ndense 1 sigmoid",
                              .optimizer = "adam",
                              .loss = "mse",
                              .fit = cn_fit_defaults()};
    base.fit.x = &xs, base.fit.y = &ys;
    static const char *const samplers[] = {"random", "sobol", "tpe"};
    for (int i = 0; i < 3; i++)
        for (size_t results = 100; results <= 100000; results *= 10)
            if (measure(&base, samplers[i], results)) return 1;
    return 0;
}
