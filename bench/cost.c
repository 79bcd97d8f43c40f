/* Is the cost model right? A dense layer on inputs of several densities is trained from lists of what is not zero and from the
 * whole matrix, in turn; fails where the way that the plan chooses takes over a quarter longer than the other. */
#include <cornu/cornu.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/system/system.h"
#include "model/plan/plan.h"
#include "nn/ops.h"

enum { SAMPLES = 256, INPUTS = 784, BATCH = 32, ROUNDS = 60 };

static void fill(cn_array *x, cn_array *y, double density)
{
    uint32_t state = 7;
    float *value = x->data, *target = y->data;
    for (size_t i = 0; i < (size_t)SAMPLES * INPUTS; i++) {
        state = state * 1664525u + 1013904223u;
        value[i] = (double)state < density * 4294967296.0 ? (float)(state >> 8) / 16777216 + 0.1f : 0;
    }
    for (size_t i = 0; i < SAMPLES; i++) target[i] = (float)(i % 2);
}

static cn_model *make_model(size_t outputs)
{
    cn_model *m = cn_model_new("cost");
    cn_model_add(m, cn_input(INPUTS));
    cn_model_add(m, cn_dense(outputs));
    cn_model_add(m, cn_dense(1));
    if (cn_model_compile(m, .optimizer = "adam", .loss = "mse") != CN_OK) exit(1);
    return m;
}

/* Microseconds of a batch from lists and from the matrix, the least of the rounds. */
static void measure(size_t outputs, const cn_array *x, const cn_array *y, double least[2])
{
    cn_model *m = make_model(outputs);
    cn__pool *pool = cn__pool_new(1);
    cn__plan *plan;
    cn__plan_options options = {.batch = BATCH, .training = true, .targets = true, .pool = pool};
    if (!pool || cn__plan_new(m, &options, &plan) != CN_OK) exit(1);
    least[0] = least[1] = INFINITY;
    for (int round = 0; round < 2 * ROUNDS; round++) {
        cn__result result;
        /* density 0 always takes lists, and 1 never does: the hint alone decides */
        double start = cn__clock();
        for (size_t first = 0; first < SAMPLES; first += BATCH) {
            const double zeros = round % 2 ? 0 : 1;
            cn__feed feed = {.x = (const cn_array *const[]){x},
                             .y = (const cn_array *const[]){y},
                             .first = first,
                             .zeros = &zeros};
            cn__plan_run(plan, &feed, BATCH, &result);
        }
        least[round % 2] = fmin(least[round % 2], (cn__clock() - start) * BATCH / SAMPLES * 1e6);
    }
    cn__plan_free(plan);
    cn__pool_free(pool);
    cn_model_free(m);
}

int main(void)
{
    static const size_t outputs[] = {32, 64, 128, 256, 512, 1024};
    static const double densities[] = {0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8};
    const char *isa = cn__kernels_get()->isa;
    const size_t x_shape[] = {SAMPLES, INPUTS}, y_shape[] = {SAMPLES, 1};
    cn_array x, y;
    int wrong = 0;
    if (cn_array_new(&x, CN_FLOAT32, 2, x_shape) != CN_OK ||
        cn_array_new(&y, CN_FLOAT32, 2, y_shape) != CN_OK)
        return 1;
    printf("784-N, batch 32, Adam, %s kernels, one thread: us a batch\n%8s %8s %10s %10s  %s\n", isa,
           "outputs", "density", "lists", "matrix", "chosen");
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        for (size_t j = 0; j < sizeof densities / sizeof *densities; j++) {
            double least[2];
            fill(&x, &y, densities[j]);
            measure(outputs[i], &x, &y, least);
            const bool lists =
                cn__op_dense.sparse_is_faster(&(cn__op){.cols = outputs[i]}, isa, densities[j], true);
            const double loss = least[lists ? 0 : 1] / fmin(least[0], least[1]) - 1;
            wrong += loss > 0.25;
            printf("%8zu %8.2f %10.1f %10.1f  %s", outputs[i], densities[j], least[0], least[1],
                   lists ? "lists" : "matrix");
            if (loss > 0)
                printf(", %.0f %% slower than the other%s", 100 * loss, loss > 0.25 ? ": WRONG" : "");
            printf("\n");
        }
    printf("%d wrong\n", wrong);
    cn_array_free(&x), cn_array_free(&y);
    return wrong > 0;
}
