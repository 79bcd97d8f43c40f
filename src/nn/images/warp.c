/* The operation of moved pixels: its stages, from the first layer to the last, make one matrix for each sample. */
#include "nn/images/warp.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "nn/ops.h"

const char *const cn__fill_modes[] = {"constant", "nearest", "reflect", "wrap", NULL};
const char *const cn__interpolations[] = {"nearest", "bilinear", NULL};

cn__warp_look cn__warp_look_of(const cn__warp_words *words)
{
    cn__warp_look look = {.bilinear = strcmp(words->interpolation, "bilinear") == 0,
                          .value = (real)words->fill_value};
    while (strcmp(words->fill_mode, cn__fill_modes[look.fill]) != 0) look.fill++;
    return look;
}

typedef struct warp_args {
    cn__warp_look look;
    cn__warp v;
    const cn__warp_stage *stages; /* (count): the output of one is the input of the next */
    size_t count;
} warp_args;

/* ---- matrices ----------------------------------------------------------------------------------------- */

static const double identity[6] = {1, 0, 0, 0, 1, 0};

/* a = a · b: first b, then a. */
static void multiply(double a[6], const double b[6])
{
    double c[6];
    for (int r = 0; r < 6; r += 3) {
        c[r] = a[r] * b[0] + a[r + 1] * b[3];
        c[r + 1] = a[r] * b[1] + a[r + 1] * b[4];
        c[r + 2] = a[r] * b[2] + a[r + 1] * b[5] + a[r + 2];
    }
    memcpy(a, c, sizeof c);
}

/* The matrix from the output of all stages to the input. */
static void draw_matrix(const cn__run *run, const warp_args *a, size_t sample, real out[6])
{
    double all[6], one[6], drawn[CN_WARP_DRAWS];
    memcpy(all, identity, sizeof all);
    for (size_t i = 0; i < a->count; i++) {
        const cn__warp_stage *g = &a->stages[i];
        if (!g->matrix) continue;
        const cn__stream s = cn__augment_stream(run, &g->seed, CN_RANDOM_AUGMENT, g->stream);
        for (int d = 0; d < CN_WARP_DRAWS; d++) drawn[d] = cn__draw(&s, sample, d, g->range[d]);
        g->matrix(drawn, (double)a->v.h, (double)a->v.w, one);
        multiply(all, one);
    }
    for (int i = 0; i < 6; i++) out[i] = (real)all[i];
}

/* ---- elastic fields ------------------------------------------------------------------------------------- */

/* A thread's workspace: places of pixels, a field, and the Gaussians as matrices (h, h) and (w, w). */
typedef struct elastic {
    real *px, *py, *noise, *half, *down, *across, *unclipped;
    real alpha;
    const cn__warp_stage *stage; /* NULL: there is none */
    cn__stream draws, field;
} elastic;

static const cn__warp_stage *elastic_stage(const cn__op *op)
{
    const warp_args *a = op->args;
    const cn__warp_stage *last = &a->stages[a->count - 1];
    return last->matrix ? NULL : last;
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    (void)batch, (void)training;
    const warp_args *a = op->args;
    if (!elastic_stage(op)) return 0;
    return CN_PAD(op->size) + 4 * (CN_PAD(a->v.h * a->v.w) + CN_LANES) + CN_PAD(a->v.h * a->v.h) +
           CN_PAD(a->v.w * a->v.w) + 2 * CN_LANES;
}

/* Row i has the weights of a Gaussian about i; they fall to nothing outside of the image. */
static void gaussian(size_t n, double sigma, real *out)
{
    const double s = sigma > 1e-3 ? sigma : 1e-3;
    const ptrdiff_t reach = (ptrdiff_t)(3 * s) + 1;
    double sum = 0;
    for (ptrdiff_t d = -reach; d <= reach; d++) sum += cn__exp(-(double)(d * d) / (2 * s * s));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const ptrdiff_t d = (ptrdiff_t)i - (ptrdiff_t)j;
            const bool near = d <= reach && -d <= reach;
            out[i * n + j] = near ? (real)(cn__exp(-(double)(d * d) / (2 * s * s)) / sum) : 0;
        }
}

static elastic prepare_fields(const cn__run *run, const cn__op *op)
{
    const warp_args *a = op->args;
    elastic e = {.stage = elastic_stage(op)};
    if (!e.stage) return e;
    const size_t pixels = CN_PAD(a->v.h * a->v.w) + CN_LANES;
    e.px = run->workspace, e.py = e.px + pixels, e.noise = e.py + pixels, e.half = e.noise + pixels;
    e.down = e.half + pixels, e.across = e.down + CN_PAD(a->v.h * a->v.h) + CN_LANES;
    e.unclipped = e.across + CN_PAD(a->v.w * a->v.w) + CN_LANES;
    e.draws = cn__augment_stream(run, &e.stage->seed, CN_RANDOM_AUGMENT, e.stage->stream);
    e.field = cn__augment_stream(run, &e.stage->seed, CN_RANDOM_FIELD, e.stage->stream);
    const double scale = e.stage->scaled ? cn__draw(&e.draws, CN_OF_BATCH, 0, e.stage->range[1]) : 1;
    const double sigma = e.stage->sigma * scale;
    e.alpha = (real)(e.stage->alpha * (e.stage->scaled ? scale * sigma : 1));
    gaussian(a->v.h, sigma, e.down);
    gaussian(a->v.w, sigma, e.across);
    return e;
}

/* out = places + alpha · the smoothed field. */
static void displace(const cn__run *run, const warp_args *a, const elastic *e, uint64_t field,
                     const real *places, real *out)
{
    const size_t h = a->v.h, w = a->v.w, n = h * w;
    run->k->uniform(e->noise, n, e->field.key, e->field.purpose, e->field.step, field * CN_PAD(n));
    for (size_t i = 0; i < n; i++) e->noise[i] = 2 * e->noise[i] - 1;
    run->k->matmul(&(cn__matmul){.a = e->down,
                                 .a_row = h,
                                 .a_step = 1,
                                 .b = e->noise,
                                 .b_row = w,
                                 .c = e->half,
                                 .c_row = w,
                                 .rows = h,
                                 .cols = w,
                                 .depth = h});
    run->k->matmul(&(cn__matmul){.a = e->half,
                                 .a_row = w,
                                 .a_step = 1,
                                 .b = e->across,
                                 .b_row = w,
                                 .c = out,
                                 .c_row = w,
                                 .rows = h,
                                 .cols = w,
                                 .depth = w});
    run->k->scale(out, e->alpha, n);
    run->k->add(out, places, n);
}

/* ---- the operation --------------------------------------------------------------------------------------- */

typedef struct state {
    real *px, *py; /* of each output pixel */
} state;

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    (void)buffers;
    const warp_args *a = n->op->args;
    const size_t count = a->v.h * a->v.w + CN_LANES;
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    s->px = cn__arena_array(arena, count, sizeof(real));
    s->py = cn__arena_array(arena, count, sizeof(real));
    if (!s->px || !s->py) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < a->v.h * a->v.w; i++) s->px[i] = (real)(i % a->v.w), s->py[i] = (real)(i / a->v.w);
    return CN_OK;
}

/* Where the pixels of a sample's output are read. */
typedef struct reading {
    real m[6];
    const real *px, *py;
} reading;

static reading read_sample(const cn__run *run, const cn__node *n, const elastic *e, size_t sample)
{
    const warp_args *a = n->op->args;
    const state *s = n->state;
    reading r = {.px = s->px, .py = s->py};
    sample += run->first; /* of the batch */
    draw_matrix(run, a, sample, r.m);
    if (!e->stage) return r;
    const double p = cn__draw(&e->draws, sample, 0, e->stage->range[0]);
    if (cn__draw(&e->draws, sample, 1, (cn__factor){0, 1}) >= p) return r;
    displace(run, a, e, 2 * (uint64_t)sample, s->px, e->px);
    displace(run, a, e, 2 * (uint64_t)sample + 1, s->py, e->py);
    r.px = e->px, r.py = e->py;
    return r;
}

static void clip(const elastic *e, real *y, size_t count)
{
    const real low = (real)e->stage->values.low, high = (real)e->stage->values.high;
    for (size_t i = 0; i < count; i++) y[i] = y[i] < low ? low : y[i] > high ? high : y[i];
}

static void forward(const cn__run *run, cn__node *n)
{
    const warp_args *a = n->op->args;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    const elastic e = prepare_fields(run, n->op);
    for (size_t i = r.first; i < r.last; i++) {
        const reading at = read_sample(run, n, &e, i);
        run->k->warp(&a->v, at.m, at.px, at.py, cn__node_input(n, 0) + i * n->size, n->z + i * n->size);
        if (e.stage) clip(&e, n->z + i * n->size, n->size);
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

/* What is held at a bound has no gradient: d of a sample without those elements. */
static const real *unclipped(const cn__run *run, const cn__node *n, const elastic *e, const reading *at,
                             size_t sample)
{
    const real *d = n->d + sample * n->size;
    if (!e->stage) return d;
    const warp_args *a = n->op->args;
    const real low = (real)e->stage->values.low, high = (real)e->stage->values.high;
    run->k->warp(&a->v, at->m, at->px, at->py, cn__node_input(n, 0) + sample * n->size, e->unclipped);
    for (size_t i = 0; i < n->size; i++)
        e->unclipped[i] = e->unclipped[i] >= low && e->unclipped[i] <= high ? d[i] : 0;
    return e->unclipped;
}

static unsigned saves(const cn__op *op) { return elastic_stage(op) ? CN_SAVES_INPUTS : CN_SAVES_NOTHING; }

static void backward(const cn__run *run, cn__node *n)
{
    const warp_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    const elastic e = prepare_fields(run, n->op);
    memset(edge->grad + r.first * n->size, 0, (r.last - r.first) * n->size * sizeof(real));
    for (size_t i = r.first; i < r.last; i++) {
        const reading at = read_sample(run, n, &e, i);
        cn__warp_back(&a->v, at.m, at.px, at.py, unclipped(run, n, &e, &at, i), edge->grad + i * n->size);
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

const cn__op_kind cn__op_warp = {.name = "warp",
                                 .training_only = true,
                                 .makes_views = true,
                                 .saves = saves,
                                 .prepare = prepare_node,
                                 .workspace = workspace,
                                 .forward = forward,
                                 .backward = backward,
                                 .own_samples = true};

/* ---- lowering --------------------------------------------------------------------------------------------- */

static bool look_alike(const cn__warp_look *a, const cn__warp_look *b)
{
    if (a->any || b->any) return true;
    return a->bilinear == b->bilinear && a->fill == b->fill &&
           (a->fill != CN_FILL_CONSTANT || (a->value <= b->value && a->value >= b->value));
}

/* The operation before, where this stage can be added to what it does: nothing but it lies between, and its last stage is a
 * matrix. */
static const warp_args *one_before(const cn__ref *in, const cn__warp_look *look)
{
    if (in->op->kind != &cn__op_warp || !cn__shape_equal(&in->op->shape, &in->shape)) return NULL;
    const warp_args *a = in->op->args;
    return a->stages[a->count - 1].matrix && look_alike(&a->look, look) ? a : NULL;
}

cn_status cn__lower_warp(cn__lowering *l, const cn__warp_look *look, const cn__warp_stage *stage,
                         const cn__ref *in, cn__ref *out)
{
    const warp_args *before = one_before(in, look);
    const size_t count = before ? before->count : 0;
    const cn__shape *shape = &in->shape;
    cn__warp_stage *stages = cn__arena_array(l->arena, count + 1, sizeof *stages);
    if (!stages) return CN_ERROR_MEMORY;
    if (count) memcpy(stages, before->stages, count * sizeof *stages);
    stages[count] = *stage;
    stages[count].stream = l->stream;
    warp_args args = {
        .look = before && look->any ? before->look : *look, .stages = stages, .count = count + 1};
    args.v = (cn__warp){.h = shape->dim[0],
                        .w = shape->dim[1],
                        .c = shape->dim[2],
                        .bilinear = args.look.bilinear,
                        .fill = args.look.fill,
                        .value = args.look.value};
    if (args.v.h * args.v.w > CN_WARP_MOST)
        return cn__fail(CN_ERROR_SHAPE,
                        "images of %zu × %zu pixels are too large; expected at most %zu pixels", args.v.h,
                        args.v.w, CN_WARP_MOST);
    const cn__ref from = before ? (cn__ref){in->op->in[0], in->op->in_shape[0]} : *in;
    out->op = cn__lower_op(l, &cn__op_warp, &from, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}
