/* One rank of a measurement over ranks: mpirun -n R cluster. Prints what bench/cluster.py fits a model to, a line each:
 *
 *     exchange RANKS BYTES SECONDS         a sum of so many bytes over the ranks, as gradients are summed
 *     step NETWORK RANKS BATCH SECONDS     a step of training, on one thread a rank; the fastest of several epochs
 *     network NETWORK PARAMETERS OUTPUTS SUMS    what it sends: weights, outputs a sample, sums that a step waits for */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system/system.h"
#include "cluster/cluster.h"
#include "cornu/cornu.h"

typedef struct network {
    const char *name, *layers;
    size_t inputs, shape[3], sums;
    int rank; /* of the samples' shape */
} network;

static const network networks[] = {
    {"784-512-10", "dense 512 relu; dense 10 softmax", 784, {784}, 0, 1},
    {"784-4096-4096-10", "dense 4096 relu; dense 4096 relu; dense 10 softmax", 784, {784}, 0, 1},
    {"conv 32-64, batch norm",
     "conv2d 32 3 relu; batch_normalization; conv2d 64 3 relu; batch_normalization; max_pooling2d 2; flatten; dense 128 relu; "
     "dense 10 softmax",
     784,
     {28, 28, 1},
     8,
     3},
};
enum { NETWORKS = sizeof networks / sizeof *networks, STEPS = 2, EPOCHS = 4, CLASSES = 10 };

static void stop(const char *what)
{
    fprintf(stderr, "cluster: %s: %s\n", what, cn_error());
    exit(1);
}

static double fastest(const cn_history *h)
{
    double least = INFINITY;
    for (size_t e = 1; e < cn_history_epochs(h); e++) least = fmin(least, cn_history_seconds(h)[e]);
    return least / STEPS;
}

static void measure_step(const network *n, const cn_communicator *ranks, size_t batch, int threads,
                         bool shard)
{
    const size_t samples = batch * STEPS;
    size_t shape[4] = {samples};
    cn_array x, y;
    uint32_t seed = 1;
    memcpy(shape + 1, n->shape, sizeof n->shape);
    if (cn_array_new(&x, CN_FLOAT32, n->rank + 1, shape) != CN_OK ||
        cn_array_new(&y, CN_INT32, 1, &samples) != CN_OK)
        stop("data");
    for (size_t i = 0; i < samples * n->inputs; i++)
        ((float *)x.data)[i] = (float)((seed = seed * 1664525 + 1013904223) >> 8) / (float)(1 << 24);
    for (size_t i = 0; i < samples; i++) ((int32_t *)y.data)[i] = (int32_t)(i % CLASSES);
    cn_model *m = cn_model_new(n->name);
    if (cn_model_add_notation(m, n->layers) != CN_OK ||
        cn_model_compile(m, .optimizer = "adam", .loss = "sparse_categorical_crossentropy") != CN_OK)
        stop(n->name);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = EPOCHS, .batch_size = batch, .threads = threads,
                                 .shuffle = false, .communicator = ranks, .shard_optimizer = shard);
    if (!h) stop(n->name);
    const size_t count = ranks ? ranks->size : 1;
    if (!ranks || !ranks->rank) {
        printf("step\t%s\t%zu\t%zu\t%.9g\n", n->name, count, batch, fastest(h));
        printf("network\t%s\t%zu\t%d\t%zu\n", n->name, (size_t)cn_model_parameters(m), CLASSES, n->sums);
        fflush(stdout);
    }
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&y);
}

static double sum_once(const cn__rank_sum *sum, real *values, size_t count)
{
    const double start = cn__clock();
    if (cn__sum_over_ranks(sum, sum->ranks->size, values, count, NULL) != CN_OK) stop("a sum");
    return cn__clock() - start;
}

static void measure_sum(const cn_communicator *ranks, size_t count)
{
    double least = INFINITY;
    real *values = calloc(count, sizeof *values),
         *workspace = calloc(cn__rank_sum_workspace(ranks->size, count), sizeof *workspace);
    size_t *bytes = calloc(2 * ranks->size, sizeof *bytes);
    real **parts = calloc(ranks->size, sizeof *parts);
    if (!values || !workspace || !bytes || !parts) stop("memory");
    const cn__rank_sum sum = {.ranks = ranks,
                              .k = cn__kernels_get(),
                              .bytes = bytes,
                              .parts = parts,
                              .workspace = workspace,
                              .most = count};
    for (int i = 0; i < 20; i++) least = fmin(least, sum_once(&sum, values, count));
    if (!ranks->rank) printf("exchange\t%zu\t%zu\t%.9g\n", ranks->size, count * sizeof(real), least);
    fflush(stdout);
    free(values);
    free(workspace);
    free(bytes);
    free(parts);
}

/* With words: cluster THREADS [shard] measures the wide network's step alone, in batches of 512. */
int main(int count, char **words)
{
    cn_communicator *ranks = NULL;
    if (cn_mpi_is_launched() && cn_communicator_mpi(&ranks) != CN_OK) stop("MPI");
    if (count > 1) {
        measure_step(&networks[1], ranks, 512, atoi(words[1]), count > 2);
        cn_communicator_free(ranks);
        return 0;
    }
    for (size_t n = 256; ranks && n <= (size_t)1 << 24; n *= 16) measure_sum(ranks, n);
    for (const network *n = networks; n < networks + NETWORKS; n++)
        for (size_t batch = 128; batch <= 512; batch *= 2) measure_step(n, ranks, batch, 1, false);
    cn_communicator_free(ranks);
    return 0;
}
