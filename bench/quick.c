/* An epoch of 784-512-10 by itself: what it takes, where the time goes, and how far each part is from what the machine can
 * do at most, which is measured first. MNIST where it is found, else random images with as many zeros. */
#include <cornu/cornu.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system/pool.h"
#include "base/system/system.h"
#include "model/plan/steps.h"

enum { SAMPLES = 45000, PIXELS = 784, CLASSES = 10, BATCH = 32, EPOCHS = 3 };

/* ---- what the machine can do ------------------------------------------------------------------------------ */

typedef float lanes __attribute__((vector_size(64)));
typedef float lanes8 __attribute__((vector_size(32)));
typedef float lanes4 __attribute__((vector_size(16)));

/* Multiply-adds on registers, in ten chains: more than any processor needs to be busy. */
enum { CHAINS = 10, CHAIN_VECTORS = CHAINS + 2 };
#define CHAIN_BODY(type)                                                                                     \
    {                                                                                                        \
        type *x = memory, s[CHAINS];                                                                         \
        const type a = x[CHAINS], b = x[CHAINS + 1];                                                         \
        for (int c = 0; c < CHAINS; c++) s[c] = x[c];                                                        \
        for (size_t i = 0; i < n; i++)                                                                       \
            for (int c = 0; c < CHAINS; c++) s[c] = s[c] * a + b;                                            \
        for (int c = 0; c < CHAINS; c++) x[c] = s[c];                                                        \
    }
/* Read and written in place. */
#define SCALE_BODY(type)                                                                                     \
    {                                                                                                        \
        type *x = memory;                                                                                    \
        const type a = x[0] * 0 + 1.0f;                                                                      \
        for (size_t i = 0, count = n * sizeof(lanes) / sizeof(type); i < count; i++) x[i] = x[i] * a;        \
    }
#if defined(__x86_64__)
__attribute__((target("avx512f"), noinline)) static void chains16(void *memory, size_t n) CHAIN_BODY(lanes)
    __attribute__((target("avx2,fma"), noinline)) static void chains8(void *memory, size_t n)
        CHAIN_BODY(lanes8)
            __attribute__((target("avx512f"), noinline)) static void scale16(void *memory, size_t n)
                SCALE_BODY(lanes)
                    __attribute__((target("avx2,fma"), noinline)) static void scale8(void *memory, size_t n)
                        SCALE_BODY(lanes8)
#endif
                            __attribute__((noinline)) static void chains4(void *memory, size_t n)
                                CHAIN_BODY(lanes4)
                                    __attribute__((noinline)) static void scale4(void *memory, size_t n)
                                        SCALE_BODY(lanes4)

                                            typedef void probe(void *memory, size_t n);

typedef struct probes {
    probe *chains, *scale;
    double width; /* numbers of a vector of `chains` */
} probes;

static probes best_probes(void)
{
#if defined(__x86_64__)
    if (cn__cpu_has_avx512()) return (probes){chains16, scale16, 16};
    if (cn__cpu_has_avx2()) return (probes){chains8, scale8, 8};
#endif
    return (probes){chains4, scale4, 4};
}

/* Adam: a square root and a division an element. */
static void roots(void *memory, size_t n)
{
    float *p = memory;
    const cn__kernels *k = cn__kernels_get();
    const cn__update u = {.kind = CN_OPTIMIZER_ADAM, .c = {1e-3f, 0.1f, 1e-3f, 1e-7f}, .grad_scale = 1};
    const size_t count = n * CN_LANES;
    real *slot[CN_MAX_SLOTS] = {p + count, p + 2 * count, NULL};
    k->update(&u, p, slot, NULL, p + 3 * count, count);
}

typedef struct probing {
    probe *run;
    lanes **arrays; /* one a thread */
    size_t n, repeats;
} probing;

static void probe_member(void *context, int member)
{
    const probing *p = context;
    for (size_t r = 0; r < p->repeats; r++) p->run(p->arrays[member], p->n);
}

/* Seconds of one call with n, all threads at once, on n vectors of 16 numbers (at least) in each of `arrays` arrays; the
 * least of many tries. */
static double time_probe(cn__pool *pool, probe *run, size_t n, size_t arrays)
{
    enum { TRIES = 40 };
    const int threads = cn__pool_size(pool);
    lanes **memory = malloc((size_t)threads * sizeof *memory);
    double best = INFINITY;
    for (int t = 0; t < threads; t++) {
        memory[t] = aligned_alloc(64, n * arrays * sizeof(lanes));
        float *p = (float *)memory[t];
        for (size_t i = 0; i < n * arrays * CN_LANES; i++) p[i] = 1e-3f * (float)(i % 7 + 1);
    }
    probing p = {run, memory, n, 1 + (size_t)(1 << 14) / n};
    for (int i = 0; i < TRIES; i++) {
        double start = cn__clock();
        cn__pool_run(pool, cn__pool_size(pool), probe_member, &p);
        double seconds = (cn__clock() - start) / (double)p.repeats;
        if (seconds < best) best = seconds;
    }
    for (int t = 0; t < threads; t++) free(memory[t]);
    free(memory);
    return best;
}

typedef struct limits {
    double multiply_adds; /* a second, all threads */
    double roots;         /* elements a second that are updated by Adam, from the first-level cache */
    double bytes;         /* a second, read and written, of arrays as large as the weights and slots */
} limits;

static limits measure_limits(cn__pool *pool, size_t bytes)
{
    enum { CHAIN = 4096, SMALL = 64 };
    const double threads = cn__pool_size(pool);
    const probes p = best_probes();
    const size_t large = bytes / sizeof(lanes) / (size_t)threads;
    return (limits){
        .multiply_adds = threads * CHAIN * CHAINS * p.width / time_probe(pool, p.chains, CHAIN, 1),
        .roots = threads * SMALL * CN_LANES / time_probe(pool, roots, SMALL, 4),
        .bytes = threads * 2 * (double)(large * sizeof(lanes)) / time_probe(pool, p.scale, large, 1),
    };
}

/* ---- the data -------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

/* Images with a random fifth of their pixels set, and labels that follow from where they are. */
static void make_images(cn_array *x, cn_array *y)
{
    uint32_t state = 1;
    const size_t x_shape[] = {SAMPLES, PIXELS}, y_shape[] = {SAMPLES, CLASSES};
    if (cn_array_new(x, CN_FLOAT32, 2, x_shape) != CN_OK || cn_array_new(y, CN_FLOAT32, 2, y_shape) != CN_OK)
        exit(1);
    float *pixel = x->data, *target = y->data;
    for (size_t i = 0; i < SAMPLES; i++) {
        size_t label = (next_random(&state) >> 16) % CLASSES, first = 150 + 47 * label;
        for (size_t p = 0; p < 150; p++)
            pixel[i * PIXELS + first + p] = (float)(next_random(&state) >> 24) / 255;
        target[i * CLASSES + label] = 1;
    }
}

static const char *load(cn_array *x, cn_array *y)
{
    cn_dataset d = {0};
    if (cn_dataset_load("mnist", &(cn_dataset_options){.offline = true}, &d) == CN_OK) {
        cn_status status = cn_array_to_float32(x, &d.train_x, 255);
        if (status == CN_OK) status = cn_array_one_hot(y, &d.train_y, CLASSES);
        cn_dataset_free(&d);
        x->ndim = 2, x->shape[1] = PIXELS;
        if (status == CN_OK) return "MNIST";
    }
    make_images(x, y);
    return "random images (no MNIST here)";
}

/* ---- the measurement --------------------------------------------------------------------------------------- */

static cn_model *make_model(void)
{
    cn_model *m = cn_model_new("quick");
    cn_model_add(m, cn_input(PIXELS));
    cn_model_add(m, cn_dense(512));
    cn_model_add(m, cn_dense(CLASSES, .activation = "softmax"));
    if (cn_model_compile(m, .optimizer = "adam", .loss = "categorical_crossentropy", .metrics = "accuracy") !=
        CN_OK) {
        fprintf(stderr, "quick: %s\n", cn_error());
        exit(1);
    }
    return m;
}

static double largest(double a, double b, double c) { return fmax(a, fmax(b, c)); }

/* What a step costs at least, of a whole batch. */
typedef struct cost {
    double multiply_adds; /* those that are done: with lists, of what is not zero */
    double roots;         /* elements that take a root and a division */
    double bytes;         /* of weights and slots, read and written */
} cost;

static cost cost_of(const cn__plan *plan, const cn__step *s, double density)
{
    cost c = {.multiply_adds = cn__step_multiply_adds(plan, s)};
    const cn__node *input = s->node && s->node->op->inputs ? s->node->in[0].from : NULL;
    const bool lists = input && input->sparse && input->sparse->used && s->run != cn__step_backward;
    if (lists) c.multiply_adds *= density;
    if (c.multiply_adds > 0) c.bytes = (double)s->node->op->variable[0]->padded * sizeof(real);
    if (!s->gradient || !s->gradient->variables) return c;
    const cn__variable *v = s->node->op->variable[s->gradient->variables & 1 ? 0 : 1];
    c.bytes = 2 * (double)v->padded * 3 * sizeof(real); /* the weights and Adam's two slots */
    c.roots = (double)v->padded;
    return c;
}

/* A line for each step that has a cost: its time, and the time in which the machine could do the most demanding part of it. */
static void print_distances(const cn__plan *plan, const limits *l, double density)
{
    const double threads = plan->threads;
    printf("\n  %-22s %10s %10s %7s %9s %8s  %s\n", "step", "us a batch", "at best", "", "GFLOP/s", "GB/s",
           "bound by");
    for (size_t i = 0; i < plan->step_count; i++) {
        const cn__step *s = &plan->steps[i];
        const cost c = cost_of(plan, s, density);
        double work = 0;
        for (int t = 0; t < plan->threads; t++) work += plan->times[(size_t)t * plan->step_count + i].work;
        double seconds = work / threads / (double)plan->run_count;
        double adds = c.multiply_adds / l->multiply_adds, roots_ = c.roots / l->roots,
               bytes = c.bytes / l->bytes;
        double best = largest(adds, roots_, bytes);
        if (best <= 0 || seconds < 1e-6) continue;
        printf("  %-22s %10.1f %10.1f %6.1fx %9.1f %8.1f  %s\n", s->name, 1e6 * seconds, 1e6 * best,
               seconds / best, 2e-9 * c.multiply_adds / seconds, 1e-9 * c.bytes / seconds,
               best == roots_  ? "roots, divisions"
               : best == bytes ? "memory"
                               : "multiply-adds");
    }
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 ? atoi(argv[1]) : 2;
    cn_array x, y;
    const char *what = load(&x, &y);
    cn_model *m = make_model();
    cn_array train_x = cn_array_slice(&x, 0, SAMPLES), train_y = cn_array_slice(&y, 0, SAMPLES);
    cn_history *h = cn_model_fit(m, &train_x, &train_y, .epochs = EPOCHS, .batch_size = BATCH,
                                 .threads = threads, .profile = true);
    if (!h) return fprintf(stderr, "quick: %s\n", cn_error()), 1;
    const double density = 1 - cn__fraction_of_zeros(&train_x), *seconds = cn_history_seconds(h);
    printf("784-512-10, Adam, batches of %d of 45,000: %s, %.0f %% of it zero\n%s, %d threads\n", BATCH, what,
           100 * (1 - density), cn__cpu_name(), threads);
    for (int e = 0; e < EPOCHS; e++)
        printf("epoch %d: %.3f s, loss %.4f\n", e + 1, seconds[e], cn_history_get(h, "loss")[e]);
    printf("\n%s", cn_history_profile(h));
    cn_history_free(h);

    cn__pool *pool = cn__pool_new(threads);
    cn__plan *plan = NULL;
    const cn__plan_options options = {
        .batch = BATCH, .training = true, .targets = true, .profile = true, .pool = pool};
    if (!pool || cn__plan_new(m, &options, &plan) != CN_OK)
        return fprintf(stderr, "quick: %s\n", cn_error()), 1;
    const limits l = measure_limits(pool, (size_t)3 * PIXELS * 512 * sizeof(float));
    printf(
        "\nthis machine, %d threads: %.0f GFLOP/s, %.2f ns for the root and division of 16 numbers, %.0f GB/s read and\n"
        "written (arrays of %.1f MB)\n",
        threads, 2e-9 * l.multiply_adds, 1e9 * 16 / l.roots * threads, 1e-9 * l.bytes,
        3e-6 * PIXELS * 512 * 4);
    cn__result result;
    for (size_t batch = 0; batch < SAMPLES / BATCH; batch++) {
        const double zeros = 1 - density;
        cn__feed feed = {.x = (const cn_array *const[]){&train_x},
                         .y = (const cn_array *const[]){&train_y},
                         .first = batch * BATCH,
                         .zeros = &zeros};
        cn__plan_run(plan, &feed, BATCH, &result);
    }
    print_distances(plan, &l, density);
    cn__plan_free(plan);
    cn__pool_free(pool);
    cn_model_free(m);
    cn_array_free(&x), cn_array_free(&y);
    return 0;
}
