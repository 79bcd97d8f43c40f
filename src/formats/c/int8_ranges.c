/* The least and greatest value of every operation over calibration data, by the library's own kernels in float32. */
#include <math.h>
#include <string.h>

#include "formats/c/int8.h"
#include "kernels/image.h"
#include "nn/ops.h"

/* ---- operations ------------------------------------------------------------------------------------------- */

/* `n` samples, rows op->rows times as many. */
typedef cn_status runner(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n);

static cn_status run_dense(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    const cn__kernels *k = cn__kernels_get();
    const size_t rows = n * op->rows;
    for (size_t i = 0; i < cn__panel_count(op->variable[0]); i++) {
        cn__panel p = cn__panel_at(op->variable[0], i);
        cn__matmul m = {.a = x,
                        .a_row = cn__c_depth(op),
                        .a_step = 1,
                        .b = op->variable[0]->value + p.offset,
                        .b_row = p.width,
                        .c = y + p.first,
                        .c_row = op->cols,
                        .rows = rows,
                        .cols = p.cols,
                        .depth = cn__c_depth(op)};
        k->matmul(&m);
        if (op->variable[1])
            k->add_bias(y + p.first, op->cols, op->variable[1]->value + p.first, rows, p.cols);
    }
    return CN_OK;
}

static cn_status run_convolution(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    const cn__conv_args *a = op->args;
    const cn__kernels *k = cn__kernels_get();
    const cn__variable *v = op->variable[0];
    if (a->transposed) return cn__q_unknown(op);
    real *packed = cn__arena_array(arena, cn__conv_packed_size(&a->geometry, CN_CONV_FORWARD) + CN_LANES,
                                   sizeof *packed),
         *scratch = cn__arena_array(arena, cn__conv_scratch_size(&a->geometry, CN_CONV_FORWARD) + CN_LANES,
                                    sizeof *scratch);
    if (!packed || !scratch) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < cn__panel_count(v); i++) {
        const cn__panel p = cn__panel_at(v, i);
        k->conv_pack(&a->geometry, CN_CONV_FORWARD, v->value + p.offset, p.width, p.first, p.cols, packed);
    }
    k->conv_forward(&a->geometry, x, packed, op->variable[1] ? op->variable[1]->value : NULL, NULL, y, n,
                    scratch);
    return CN_OK;
}

static cn_status run_pool(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    const cn__pool_args *a = op->args;
    const cn__kernels *k = cn__kernels_get();
    (a->average ? k->average_pool : k->max_pool)(&a->geometry, x, y, n);
    return CN_OK;
}

static cn_status run_border(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    const cn__border_args *a = op->args;
    (a->crops ? cn__image_crop : cn__image_pad)(&a->border, x, y, n);
    return CN_OK;
}

static cn_status run_resize(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    if (((const cn__resize *)op->args)->bilinear) return cn__q_unknown(op);
    cn__image_resize(op->args, x, y, n);
    return CN_OK;
}

static cn_status run_batchnorm(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    const size_t cols = op->cols;
    real *scale = cn__arena_array(arena, 2 * cols, sizeof *scale);
    if (!scale) return CN_ERROR_MEMORY;
    cn__c_batchnorm_scales(op, scale, scale + cols);
    cn__kernels_get()->column_scale(x, y, cols, n * op->rows, 0, cols, op->variable[2]->value, scale,
                                    scale + cols);
    return CN_OK;
}

static cn_status run_softmax(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    const cn__activation *f = op->args;
    const cn__kernels *k = cn__kernels_get();
    (f->kind == CN_ACT_SOFTMAX ? k->softmax : k->log_softmax)(x, y, n * op->rows, op->cols);
    return CN_OK;
}

static cn_status run_activation(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    cn__kernels_get()->activate(op->args, x, y, n * op->size);
    return CN_OK;
}

static cn_status run_layernorm(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    (void)arena;
    cn__kernels_get()->layernorm(x, y, NULL, NULL, op->variable[0] ? op->variable[0]->value : NULL,
                                 op->variable[1] ? op->variable[1]->value : NULL, n * op->rows, op->cols,
                                 ((const cn__norm_args *)op->args)->epsilon);
    return CN_OK;
}

static const struct {
    const cn__op_kind *kind;
    runner *run;
    bool in_place;
} runners[] = {{&cn__op_dense, run_dense, false},
               {&cn__op_convolution, run_convolution, false},
               {&cn__op_pool, run_pool, false},
               {&cn__op_border, run_border, false},
               {&cn__op_resize, run_resize, false},
               {&cn__op_activation, run_activation, true},
               {&cn__op_softmax, run_softmax, true},
               {&cn__op_batch_normalization, run_batchnorm, true},
               {&cn__op_layer_normalization, run_layernorm, true}};
enum { RUNNERS = sizeof runners / sizeof *runners };

static size_t find_runner(const cn__op *op)
{
    size_t i = 0;
    while (i < RUNNERS && runners[i].kind != op->kind) i++;
    return i;
}

cn_status cn__q_unknown(const cn__op *op)
{
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "layer %s (%s) cannot be exported in int8; known: dense, convolution and depthwise convolution, "
        "pooling, padding, cropping, nearest up-sampling, normalisation of batches and layers, activations",
        op->layer->name, op->layer->kind->class_name);
}

cn_status cn__c_run_op(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    const size_t i = find_runner(op);
    return i < RUNNERS ? runners[i].run(arena, op, x, y, n) : cn__q_unknown(op);
}

bool cn__q_in_place(const cn__op *op)
{
    const size_t i = find_runner(op);
    return i < RUNNERS && runners[i].in_place;
}

/* ---- ranges ----------------------------------------------------------------------------------------------- */

typedef struct span {
    float least, most;
} span;

static void widen(span *s, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] < s->least) s->least = x[i];
        if (x[i] > s->most) s->most = x[i];
    }
}

/* Below it a range is nothing but zeros. */
#define LEAST 1e-30f

static cn__q_range range_of(span s)
{
    const float most = fmaxf(-s.least, s.most);
    if (s.least >= 0) return (cn__q_range){.unit = s.most > LEAST ? s.most / 255 : 1, .zero = -128};
    return (cn__q_range){.unit = most > LEAST ? most / 127 : 1, .zero = 0};
}

static size_t widest(const cn__c_program *p)
{
    size_t most = cn__c_in_size(p->steps[0].op);
    for (size_t i = 0; i < p->count; i++)
        if (p->steps[i].op->size > most) most = p->steps[i].op->size;
    return most;
}

/* Samples at a time: the network's values stay within some megabytes. */
static size_t chunk_of(const cn__c_program *p)
{
    enum { MOST = 256, VALUES = 1 << 21 };
    const size_t fits = VALUES / widest(p);
    return fits < 1 ? 1 : fits > MOST ? MOST : fits;
}

/* `count` samples in `a` through the network. */
static cn_status measure_chunk(const cn__c_program *p, real *a, real *b, size_t count, span *spans)
{
    for (size_t i = 0; i < p->count; i++) {
        cn__arena arena = {0};
        const cn__op *op = p->steps[i].op;
        const bool in_place = cn__q_in_place(op);
        const cn_status status = cn__c_run_op(&arena, op, a, in_place ? a : b, count);
        cn__arena_free(&arena);
        CN_TRY(status);
        if (!in_place) {
            real *other = a;
            a = b, b = other;
        }
        widen(&spans[i + 1], a, count * op->size);
    }
    return CN_OK;
}

static cn_status measure(const cn__c_program *p, const cn_array *x, span *spans)
{
    cn__arena arena = {0};
    const size_t in = cn_array_sample_size(x), chunk = chunk_of(p), room = chunk * widest(p) + CN_LANES;
    real *a = cn__arena_array(&arena, room, sizeof *a), *b = cn__arena_array(&arena, room, sizeof *b);
    cn_status status = a && b ? CN_OK : CN_ERROR_MEMORY;
    for (size_t n = 0; n < x->shape[0] && status == CN_OK; n += chunk) {
        const size_t count = x->shape[0] - n < chunk ? x->shape[0] - n : chunk;
        memcpy(a, (const float *)x->data + n * in, count * in * sizeof *a);
        widen(&spans[0], a, count * in);
        status = measure_chunk(p, a, b, count, spans);
    }
    cn__arena_free(&arena);
    return status;
}

cn_status cn__q_ranges(const cn__c_program *p, const cn_array *x, cn__q_range *out)
{
    cn__arena arena = {0};
    span *spans = cn__arena_array(&arena, p->count + 1, sizeof *spans);
    cn_status status = spans ? measure(p, x, spans) : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i <= p->count; i++) {
        if (!isfinite(spans[i].least) || !isfinite(spans[i].most))
            status = cn__fail(CN_ERROR_NUMERIC, "the calibration data drives the network to infinity");
        out[i] = range_of(spans[i]);
    }
    cn__arena_free(&arena);
    return status;
}
