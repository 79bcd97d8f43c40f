/* How fast are the passes of a convolution? One thread; the machine's peak is measured first, in 24 independent chains of
 * multiply-adds on registers. Rates count the multiplications of the definition, so that Winograd's formula, which needs fewer,
 * may pass the peak. Each figure is the best of many runs: on a machine that does other work too, it is provisional. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system/system.h"
#include "kernels/kernels.h"

enum { BATCH = 32, BLOCK = 8, CHAINS = 24 };

typedef float lanes16 __attribute__((vector_size(64)));
typedef float lanes8 __attribute__((vector_size(32)));
typedef float lanes4 __attribute__((vector_size(16)));

#define CHAIN_BODY(type)                                                                                     \
    {                                                                                                        \
        type *x = memory, s[CHAINS];                                                                         \
        const type a = x[CHAINS], b = x[CHAINS + 1];                                                         \
        _Pragma("GCC unroll 24") for (int c = 0; c < CHAINS; c++) s[c] = x[c];                               \
        for (size_t i = 0; i < n; i++) {                                                                     \
            _Pragma("GCC unroll 24") for (int c = 0; c < CHAINS; c++) s[c] = s[c] * a + b;                   \
        }                                                                                                    \
        _Pragma("GCC unroll 24") for (int c = 0; c < CHAINS; c++) x[c] = s[c];                               \
    }

/* clang-format off */
#if defined(__x86_64__)
__attribute__((target("avx512f"), noinline)) static void chains16(void *memory, size_t n) CHAIN_BODY(lanes16)
__attribute__((target("avx2,fma"), noinline)) static void chains8(void *memory, size_t n) CHAIN_BODY(lanes8)
#endif
__attribute__((noinline)) static void chains4(void *memory, size_t n) CHAIN_BODY(lanes4)
    /* clang-format on */

    /* GFLOP/s, the best of many runs. */
    static double peak(void)
{
    void (*chains)(void *, size_t) = chains4;
    double width = 4, best = 0;
#if defined(__x86_64__)
    if (cn__cpu_has_avx512()) chains = chains16, width = 16;
    else if (cn__cpu_has_avx2()) chains = chains8, width = 8;
#endif
    _Alignas(64) float memory[(CHAINS + 2) * 16] = {0};
    for (int run = 0; run < 2000; run++) {
        const double start = cn__clock();
        chains(memory, 2000);
        best = fmax(best, 2 * width * CHAINS * 2000 / (cn__clock() - start) / 1e9);
    }
    return best;
}

typedef struct layer {
    const char *what;
    size_t h, w, c, k, oc, stride;
    bool same, fast;
} layer;

static const layer layers[] = {
    {"13x13 32-64", 13, 13, 32, 3, 64, 1, false, false},
    {"26x26 32-32", 26, 26, 32, 3, 32, 1, false, false},
    {"16x16 32-64", 16, 16, 32, 3, 64, 1, false, false},
    {"8x8 64-128", 8, 8, 64, 3, 128, 1, false, false},
    {"14x14 64-64", 14, 14, 64, 3, 64, 1, false, false},
    {"30x30 32-32", 30, 30, 32, 3, 32, 1, false, false},
    {"32x32 32-32 same", 32, 32, 32, 3, 32, 1, true, false},
    {"16x16 64-64 same", 16, 16, 64, 3, 64, 1, true, false},
    {"8x8 128-128 same", 8, 8, 128, 3, 128, 1, true, false},
    {"7x7 64-64 same", 7, 7, 64, 3, 64, 1, true, false},
    {"28x28 1-32", 28, 28, 1, 3, 32, 1, false, false},
    {"32x32 3-32", 32, 32, 3, 3, 32, 1, false, false},
    {"28x28 1-32 5x5", 28, 28, 1, 5, 32, 1, false, false},
    {"28x28 1-6 5x5 same", 28, 28, 1, 5, 6, 1, true, false},
    {"14x14 6-16 5x5", 14, 14, 6, 5, 16, 1, false, false},
    {"16x16 32-64 5x5 same", 16, 16, 32, 5, 64, 1, true, false},
    {"16x16 32-64 stride 2", 16, 16, 32, 3, 64, 2, true, false},
    {"28x28 32-1 same", 28, 28, 32, 3, 1, 1, true, false},
    {"28x28 32-3 same", 28, 28, 32, 3, 3, 1, true, false},
    {"16x16 64-128 1x1", 16, 16, 64, 1, 128, 1, false, false},
    {"13x13 32-64 fast", 13, 13, 32, 3, 64, 1, false, true},
    {"26x26 32-32 fast", 26, 26, 32, 3, 32, 1, false, true},
    {"16x16 32-64 fast", 16, 16, 32, 3, 64, 1, false, true},
    {"8x8 64-128 fast", 8, 8, 64, 3, 128, 1, false, true},
    {"14x14 64-64 fast", 14, 14, 64, 3, 64, 1, false, true},
    {"30x30 32-32 fast", 30, 30, 32, 3, 32, 1, false, true},
    {"32x32 32-32 same fast", 32, 32, 32, 3, 32, 1, true, true},
    {"16x16 64-64 same fast", 16, 16, 64, 3, 64, 1, true, true},
    {"8x8 128-128 same fast", 8, 8, 128, 3, 128, 1, true, true},
    {"7x7 64-64 same fast", 7, 7, 64, 3, 64, 1, true, true},
};

typedef struct arrays {
    cn__conv v;
    float *x, *y, *kernel, *bias, *packed, *packed_back, *scratch, *dk;
} arrays;

static float *filled(size_t n)
{
    float *x = aligned_alloc(64, (n / 16 + 1) * 64);
    if (!x) exit(1);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i * 2654435761u % 2001) / 1000 - 1;
    return x;
}

static arrays make(const layer *l)
{
    arrays a = {.v = {.h = l->h, .w = l->w, .c = l->c, .kh = l->k, .kw = l->k, .oc = l->oc, .fast = l->fast}};
    cn__conv *v = &a.v;
    v->sy = v->sx = l->stride;
    v->dy = v->dx = v->groups = 1;
    if (l->same) cn__conv_same(v);
    else cn__conv_valid(v);
    size_t scratch = 0;
    for (int pass = CN_CONV_FORWARD; pass <= CN_CONV_TO_KERNEL; pass++)
        if (cn__conv_scratch_size(v, pass) > scratch) scratch = cn__conv_scratch_size(v, pass);
    a.x = filled(BATCH * v->h * v->w * v->c);
    a.y = filled(BATCH * v->oh * v->ow * v->oc);
    a.kernel = filled(v->kh * v->kw * v->c * v->oc);
    a.dk = filled(v->kh * v->kw * v->c * v->oc);
    a.bias = filled(v->oc);
    a.packed = filled(cn__conv_packed_size(v, CN_CONV_FORWARD));
    a.packed_back = filled(cn__conv_packed_size(v, CN_CONV_TO_INPUT));
    a.scratch = filled(scratch);
    return a;
}

static void release(arrays *a)
{
    float *all[] = {a->x, a->y, a->kernel, a->bias, a->packed, a->packed_back, a->scratch, a->dk};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

/* A batch, the packing of the kernel included. */
static void run(const cn__kernels *k, const arrays *a, cn__conv_pass pass)
{
    const cn__conv *v = &a->v;
    switch (pass) {
    case CN_CONV_FORWARD:
        k->conv_pack(v, pass, a->kernel, v->oc, 0, v->oc, a->packed);
        k->conv_forward(v, a->x, a->packed, a->bias, NULL, a->y, BATCH, a->scratch);
        return;
    case CN_CONV_TO_INPUT:
        k->conv_pack(v, pass, a->kernel, v->oc, 0, v->oc, a->packed_back);
        k->conv_to_input(v, a->y, a->packed_back, NULL, NULL, a->x, BATCH, a->scratch);
        return;
    default:
        for (size_t n = 0; n < BATCH; n += BLOCK)
            k->conv_to_kernel(v, a->x + n * v->h * v->w * v->c, a->y + n * v->oh * v->ow * v->oc, BLOCK,
                              a->dk, v->oc, 0, v->oc, a->scratch);
    }
}

/* GFLOP/s of the multiplications that the definition has. */
static double rate(const cn__kernels *k, const layer *l, cn__conv_pass pass)
{
    const double deadline = cn__clock() + 0.15;
    double least = INFINITY;
    arrays a = make(l);
    const cn__conv *v = &a.v;
    const double flops = 2.0 * BATCH * (double)(v->oh * v->ow * v->oc) * (double)(v->kh * v->kw * v->c);
    for (int i = 0; i < 5 || cn__clock() < deadline; i++) {
        const double start = cn__clock();
        run(k, &a, pass);
        least = fmin(least, cn__clock() - start);
    }
    release(&a);
    return flops / least / 1e9;
}

/* bench/conv [TEXT]: the layers whose names contain it, otherwise all. */
int main(int argc, char **argv)
{
    const char *const text = argc > 1 ? argv[1] : "";
    const cn__kernels *k = cn__kernels_get();
    const double most = peak();
    printf("peak %.0f GFLOP/s, one thread, %s kernels, batch %d, blocks of %d samples\n%-22s", most, k->isa,
           BATCH, BLOCK, "GFLOP/s, of the peak");
    printf("%15s %15s %15s\n", "forward", "to input", "to kernel");
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        if (!strstr(layers[i].what, text)) continue;
        printf("%-22s", layers[i].what);
        for (int pass = CN_CONV_FORWARD; pass <= CN_CONV_TO_KERNEL; pass++) {
            const double got = rate(k, &layers[i], pass);
            printf(" %7.0f %5.0f %%", got, 100 * got / most);
        }
        printf("\n");
    }
    return 0;
}
