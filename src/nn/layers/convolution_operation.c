/* The operation of the layers of convolution. It runs the passes of kernels/conv.h on whole samples. A transposed convolution is the
 * pass to the input used as the forward one, and the other way round. The kernel's gradient is summed over blocks of IMAGE_BLOCK
 * samples, which are joined by the tree of cn__block_sum; so a thread may make a part of the columns, or of the blocks. */
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

enum { IMAGE_BLOCK = 8, LEAST_COLUMNS = 32 };

/* Columns that a thread makes at a time, and runs of blocks that are joined in the end. */
typedef struct division {
    size_t panels, groups; /* panels a group of columns has */
    size_t blocks, span, spans;
} division;

typedef struct state {
    real *forward, *back; /* packed kernels */
    real *parts;          /* (spans, padded): sums of runs of blocks */
} state;

static const cn__conv_args *args_of(const cn__node *n) { return n->op->args; }
static cn__conv_pass forward_pass(const cn__conv_args *a)
{
    return a->transposed ? CN_CONV_TO_INPUT : CN_CONV_FORWARD;
}
static cn__conv_pass back_pass(const cn__conv_args *a)
{
    return a->transposed ? CN_CONV_FORWARD : CN_CONV_TO_INPUT;
}

static division divide(const cn__variable *kernel, size_t samples, int threads)
{
    const size_t width = cn__variable_panel_at(kernel, 0).width, panels = cn__variable_panel_count(kernel);
    division d = {.panels = width < LEAST_COLUMNS ? LEAST_COLUMNS / width : 1,
                  .blocks = (samples + IMAGE_BLOCK - 1) / IMAGE_BLOCK,
                  .span = 1};
    d.groups = (panels + d.panels - 1) / d.panels;
    while (d.span < d.blocks && d.groups * ((d.blocks + d.span - 1) / d.span) > 2 * (size_t)threads)
        d.span *= 2;
    if (d.groups >= (size_t)threads)
        while (d.span < d.blocks) d.span *= 2;
    d.spans = (d.blocks + d.span - 1) / d.span;
    return d;
}

static size_t group_size(const cn__variable *kernel, const division *d)
{
    return kernel->rows * d->panels * cn__variable_panel_at(kernel, 0).width;
}

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    const cn__conv_args *a = args_of(n);
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    CN_TRY(
        cn__buffer_request_packed(buffers, cn__conv_packed_size(&a->geometry, forward_pass(a)), &s->forward));
    if (!n->training) return CN_OK;
    CN_TRY(cn__buffer_request_packed(buffers, cn__conv_packed_size(&a->geometry, back_pass(a)), &s->back));
    const cn__variable *kernel = n->op->variable[CN_CONV_KERNEL];
    const division d = divide(kernel, n->batch, n->threads);
    return d.spans > 1
               ? cn__buffer_request(buffers, 0, d.spans * d.groups * group_size(kernel, &d), &s->parts)
               : CN_OK;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Scratch of a pass; for the kernel's gradient also a group's sum and its stack. */
static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    const cn__conv_args *a = op->args;
    const cn__variable *kernel = op->variable[CN_CONV_KERNEL];
    const division d = divide(kernel, batch, 1);
    size_t most = larger(cn__conv_scratch_size(&a->geometry, CN_CONV_FORWARD),
                         cn__conv_scratch_size(&a->geometry, CN_CONV_TO_INPUT));
    if (!training) return most + CN_LANES;
    const size_t sums = 2 * group_size(kernel, &d) + cn__block_stack(d.blocks, group_size(kernel, &d)) +
                        cn__conv_scratch_size(&a->geometry, CN_CONV_TO_KERNEL);
    return larger(most, larger(sums, CN_PAD(op->cols) + cn__block_stack(cn__block_count(batch), op->cols))) +
           CN_LANES;
}

static void pack(const cn__run *run, cn__node *n, bool backward)
{
    const cn__conv_args *a = args_of(n);
    const cn__variable *v = n->op->variable[CN_CONV_KERNEL];
    const state *s = n->state;
    const cn__range panels = cn__run_slice(run, cn__variable_panel_count(v), 1);
    for (size_t i = panels.first; i < panels.last; i++) {
        const cn__variable_panel p = cn__variable_panel_at(v, i);
        run->k->conv_pack(&a->geometry, backward ? back_pass(a) : forward_pass(a), v->value + p.offset,
                          p.width, p.first, p.cols, backward ? s->back : s->forward);
    }
}

/* Samples at a time: what is fused finds them in the cache, and a formula that gathers small images has some. */
static size_t samples_at_once(const cn__node *n)
{
    enum { ELEMENTS = 1 << 15, MOST = 8 };
    const size_t fits = ELEMENTS / (n->size ? n->size : 1);
    return fits < 1 ? 1 : fits > MOST ? MOST : fits;
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__conv_args *a = args_of(n);
    const state *s = n->state;
    const real *bias = n->op->variable[CN_CONV_BIAS] ? n->op->variable[CN_CONV_BIAS]->value : NULL;
    const size_t in = n->in[0].from->size;
    const cn__range samples = cn__run_samples(run);
    for (size_t i = samples.first, count; i < samples.last; i += count) {
        count = samples.last - i < samples_at_once(n) ? samples.last - i : samples_at_once(n);
        (a->transposed ? run->k->conv_to_input : run->k->conv_forward)(
            &a->geometry, cn__node_input(n, 0) + i * in, s->forward, bias, cn__fused_activation(n),
            n->z + i * n->size, count, run->workspace);
        cn__fused_rest(run, n, i * n->size, count * n->size);
    }
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__conv_args *a = args_of(n);
    const state *s = n->state;
    const cn__edge *edge = &n->in[0];
    const size_t in = edge->from->size;
    const cn__range samples = cn__run_samples(run);
    for (size_t i = samples.first, count; i < samples.last; i += count) {
        count = samples.last - i < samples_at_once(n) ? samples.last - i : samples_at_once(n);
        (a->transposed ? run->k->conv_forward
                       : run->k->conv_to_input)(&a->geometry, n->d + i * n->size, s->back, NULL, NULL,
                                                edge->grad + i * in, count, run->workspace);
        cn__edge_done(run, edge, i * in, count * in);
    }
}

/* ---- the kernel's gradient ---- */

/* Blocks first … last - 1 of one group of panels: rows of all its columns, `width` apart. */
typedef struct part {
    const cn__run *run;
    const cn__node *n;
    size_t first_panel, panels, width;
} part;

static void block_gradient(const part *p, size_t block, real *out, real *scratch)
{
    const cn__conv_args *a = args_of(p->n);
    const cn__variable *v = p->n->op->variable[CN_CONV_KERNEL];
    const size_t first = block * IMAGE_BLOCK,
                 n = p->run->n - first < IMAGE_BLOCK ? p->run->n - first : IMAGE_BLOCK;
    const cn__variable_panel from = cn__variable_panel_at(v, p->first_panel),
                             to = cn__variable_panel_at(v, p->first_panel + p->panels - 1);
    const real *x = cn__node_input(p->n, 0) + first * p->n->in[0].from->size,
               *d = p->n->d + first * p->n->size;
    p->run->k->conv_to_kernel(&a->geometry, a->transposed ? d : x, a->transposed ? x : d, n, out, p->width,
                              from.first, to.first + to.cols - from.first, scratch);
}

/* The sum of a run of blocks, a subtree, into `out` (rows, width). */
static void sum_blocks(const part *p, size_t first, size_t last, real *out)
{
    const cn__variable *v = p->n->op->variable[CN_CONV_KERNEL];
    const size_t size = v->rows * p->width;
    real *stack = p->run->workspace + 2 * size, *scratch = stack + cn__block_stack(last - first, size);
    cn__block_sum sum = cn__block_sum_start(p->run->k, last - first, size, out, stack);
    for (size_t b = first; b < last; b++) {
        real *next = cn__block_sum_next(&sum);
        memset(next, 0, size * sizeof(real));
        block_gradient(p, b, next, scratch);
        cn__block_sum_push(&sum);
    }
}

/* Rows of a group's panels from `sum` (rows, width) to the sink, panel by panel. */
static void give(const part *p, real *sum)
{
    cn__variable *v = p->n->op->variable[CN_CONV_KERNEL];
    real *tile = p->run->workspace + v->rows * p->width;
    const size_t first = cn__variable_panel_at(v, p->first_panel).first;
    for (size_t i = 0; i < p->panels; i++) {
        const cn__variable_panel panel = cn__variable_panel_at(v, p->first_panel + i);
        for (size_t r = 0; r < v->rows && p->panels > 1; r++)
            memcpy(tile + r * panel.width, sum + r * p->width + panel.first - first,
                   panel.width * sizeof(real));
        p->run->sink->tile(p->run->sink, v, p->run->adds, panel.offset, p->panels > 1 ? tile : sum,
                           v->rows * panel.width);
    }
}

static part part_of(const cn__run *run, const cn__node *n, const division *d, size_t group)
{
    const cn__variable *v = n->op->variable[CN_CONV_KERNEL];
    const size_t panels = cn__variable_panel_count(v), first = group * d->panels,
                 count = panels - first < d->panels ? panels - first : d->panels;
    const cn__variable_panel from = cn__variable_panel_at(v, first),
                             to = cn__variable_panel_at(v, first + count - 1);
    return (part){run, n, first, count, to.first + to.width - from.first};
}

/* Units are groups of columns × runs of blocks. */
static void gradient_parts(const cn__run *run, cn__node *n)
{
    const cn__variable *v = n->op->variable[CN_CONV_KERNEL];
    const state *s = n->state;
    const division all = divide(v, n->batch, n->threads);
    division d = divide(v, run->n, n->threads);
    d.span = all.span, d.spans = (d.blocks + d.span - 1) / d.span;
    for (size_t unit = (size_t)run->thread; unit < d.groups * d.spans; unit += (size_t)run->threads) {
        const size_t group = unit % d.groups, span = unit / d.groups, first = span * d.span,
                     last = first + d.span < d.blocks ? first + d.span : d.blocks;
        const part p = part_of(run, n, &d, group);
        real *out = s->parts ? s->parts + (span * d.groups + group) * group_size(v, &d) : run->workspace;
        sum_blocks(&p, first, last, out);
        if (!s->parts) give(&p, out);
    }
}

/* The runs of blocks by the tree: pairs of neighbours, then pairs of those. */
static void join_parts(const cn__run *run, cn__node *n)
{
    const cn__variable *v = n->op->variable[CN_CONV_KERNEL];
    const state *s = n->state;
    const division all = divide(v, n->batch, n->threads);
    division d = divide(v, run->n, n->threads);
    if (!s->parts) return;
    d.span = all.span, d.spans = (d.blocks + d.span - 1) / d.span;
    for (size_t group = (size_t)run->thread; group < d.groups; group += (size_t)run->threads) {
        const part p = part_of(run, n, &d, group);
        const size_t size = v->rows * p.width, step = d.groups * group_size(v, &d);
        real *first = s->parts + group * group_size(v, &d);
        for (size_t apart = 1; apart < d.spans; apart *= 2)
            for (size_t i = 0; i + apart < d.spans; i += 2 * apart)
                run->k->add(first + i * step, first + (i + apart) * step, size);
        give(&p, first);
    }
}

static void bias_gradient(const cn__run *run, cn__node *n)
{
    const cn__range slice = cn__run_slice(run, n->op->cols, CN_LANES);
    if (slice.first == slice.last) return;
    real *g = run->workspace;
    cn__block_columns(run, n->op, n->d + slice.first, slice.last - slice.first, g, g + CN_PAD(n->op->cols));
    cn__sink_vector(run, n->op->variable[CN_CONV_BIAS], slice.first, slice.last - slice.first, g);
}

static unsigned saves(const cn__op *op)
{
    return cn__variable_trainable(op->variable[CN_CONV_KERNEL]) ? CN_SAVES_INPUTS : 0;
}

static double multiply_adds(const cn__op *op)
{
    const cn__conv *g = &((const cn__conv_args *)op->args)->geometry;
    return (double)(g->oh * g->ow) * (double)(g->kh * g->kw) * (double)(g->c / g->groups) * (double)g->oc;
}

static double flops(const cn__op *op)
{
    return 2 * multiply_adds(op) + (op->variable[CN_CONV_BIAS] ? (double)op->size : 0);
}

const cn__op_kind cn__op_convolution = {
    .name = "convolution",
    .saves = saves,
    .prepare = prepare_node,
    .workspace = workspace,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .gradients = {{"kernel, parts", 1u << CN_CONV_KERNEL, false, gradient_parts, true},
                  {"kernel", 1u << CN_CONV_KERNEL, false, join_parts, false},
                  {"bias", 1u << CN_CONV_BIAS, false, bias_gradient, false}},
    .multiply_adds = multiply_adds,
    .flops = flops,
};
