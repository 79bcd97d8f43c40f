/* Normalization: (x - mean) / sqrt(variance) by fixed statistics, one of each for every index of the axes that are kept; they
 * are arguments, or variables that Keras's adapt() fills and a file brings. */
#include <math.h>
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation: variables mean, variance, or the arguments' numbers ---- */

typedef struct state {
    real *mean, *deviation; /* (size): for each element of a sample */
} state;

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    CN_TRY(cn__buffer_request_packed(buffers, n->op->size, &s->mean));
    return cn__buffer_request_packed(buffers, n->op->size, &s->deviation);
}

/* Which of the statistics element e of a sample has. */
static size_t index_of(const cn__op *op, size_t e)
{
    const cn__statistics_args *a = op->args;
    size_t index = 0, step = 1;
    for (int axis = op->shape.rank - 1; axis >= 0; axis--) {
        const size_t dim = op->shape.dim[axis];
        if (a->kept[axis]) index += e % dim * step, step *= dim;
        e /= dim;
    }
    return index;
}

/* A deviation under 1e-7, Keras's epsilon, counts as that. */
static void pack(const cn__run *run, cn__node *n, bool backward)
{
    const cn__op *op = n->op;
    const cn__statistics_args *a = op->args;
    const state *s = n->state;
    const cn__range slice = cn__run_slice(run, op->size, CN_LANES);
    if (backward) return; /* the same as forward */
    for (size_t e = slice.first; e < slice.last; e++) {
        const size_t i = index_of(op, e);
        const real variance = a->mean ? (real)a->variance[i] : op->variable[1]->value[i];
        const real deviation = sizeof(real) == 4 ? (real)sqrtf((float)variance) : (real)sqrt(variance);
        s->mean[e] = a->mean ? (real)a->mean[i] : op->variable[0]->value[i];
        s->deviation[e] = deviation < (real)1e-7 ? (real)1e-7 : deviation;
    }
}

static void forward(const cn__run *run, cn__node *n)
{
    const state *s = n->state;
    const bool invert = ((const cn__statistics_args *)n->op->args)->invert;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        const real *x = cn__node_input(n, 0) + i * n->size;
        real *y = n->z + i * n->size;
        for (size_t e = 0; e < n->size; e++)
            y[e] = invert ? s->mean[e] + x[e] * s->deviation[e] : (x[e] - s->mean[e]) / s->deviation[e];
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const state *s = n->state;
    const bool invert = ((const cn__statistics_args *)n->op->args)->invert;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        const real *d = n->d + i * n->size;
        real *dx = edge->grad + i * n->size;
        for (size_t e = 0; e < n->size; e++) dx[e] = invert ? d[e] * s->deviation[e] : d[e] / s->deviation[e];
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

const cn__op_kind cn__op_normalization = {.name = "normalization",
                                          .prepare = prepare_node,
                                          .pack = pack,
                                          .forward = forward,
                                          .backward = backward,
                                          .own_samples = true};

/* ---- the layer ---- */

typedef struct normalization {
    cn__ints axis;
    cn__floats mean, variance;
    bool invert;
} normalization;

static const cn__param params[] = {
    CN_PARAM_FIELD(normalization, axis, CN_PARAM_INTS, "-1"),
    CN_PARAM_FIELD(normalization, mean, CN_PARAM_FLOATS, "none"),
    CN_PARAM_FIELD(normalization, variance, CN_PARAM_FLOATS, "none"),
    CN_PARAM_FIELD(normalization, invert, CN_PARAM_BOOL, "false"),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const normalization *c = layer->config;
    if (!c->mean.count != !c->variance.count)
        return cn__fail(CN_ERROR_ARGUMENT, "mean and variance: only %s is given, expected both or none",
                        c->mean.count ? "mean" : "variance");
    for (size_t i = 0; i < c->variance.count; i++)
        if (c->variance.items[i] < 0)
            return cn__fail(CN_ERROR_ARGUMENT, "variance = %g, expected numbers from 0",
                            c->variance.items[i]);
    return CN_OK;
}

/* The axes of a sample that are kept, from Keras's, which count the batch as 0. */
static cn_status find_kept(const normalization *c, int rank, bool kept[CN_MAX_RANK])
{
    for (int i = 0; i < CN_MAX_RANK; i++) kept[i] = false;
    for (size_t i = 0; i < c->axis.count; i++) {
        const int64_t axis = c->axis.items[i] < 0 ? c->axis.items[i] + rank : c->axis.items[i] - 1;
        if (axis < 0 || axis >= rank || kept[axis])
            return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld: expected axes from 1 to %d, or -1, each once",
                            (long long)c->axis.items[i], rank);
        kept[axis] = true;
    }
    return CN_OK;
}

static cn_status check_count(const char *name, const cn__floats *numbers, size_t expected)
{
    if (!numbers->count || numbers->count == expected) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "%s has %zu numbers, expected %zu: one for each index of axis", name,
                    numbers->count, expected);
}

/* A variable of no dimension has one element. */
static cn__variable *add_variable(cn__layer *layer, const char *name, int ndim, const size_t *shape)
{
    cn__variable *v = cn__layer_variable(layer, name, ndim ? ndim : 1, ndim ? shape : (size_t[]){1}, false);
    cn__variable_set_cols(v, cn__variable_size(v));
    v->ndim = ndim;
    return v;
}

static cn_status build(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)inputs;
    const normalization *c = layer->config;
    const cn__value zeros = {.kind = CN_VALUE_WORD, .word = "zeros"},
                    ones = {.kind = CN_VALUE_WORD, .word = "ones"};
    bool kept[CN_MAX_RANK];
    size_t shape[CN_MAX_RANK], count = 1;
    int ndim = 0;
    CN_TRY(find_kept(c, in->rank, kept));
    for (int i = 0; i < in->rank; i++)
        if (kept[i]) count *= shape[ndim++] = in->dim[i];
    CN_TRY(check_count("mean", &c->mean, count));
    CN_TRY(check_count("variance", &c->variance, count));
    if (c->mean.count) return CN_OK;
    CN_TRY(cn__initializer_parse(arena, &zeros, &add_variable(layer, "mean", ndim, shape)->initializer));
    CN_TRY(cn__initializer_parse(arena, &ones, &add_variable(layer, "variance", ndim, shape)->initializer));
    /* Keras keeps it for its old files, and counts nothing in it. */
    cn__variable *number = add_variable(layer, "count", 0, NULL);
    number->whole_number = true;
    return cn__initializer_parse(arena, &zeros, &number->initializer);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    char text[120], before[120];
    if (cn__shape_equal(in, &layer->in)) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "layer %s was called before on samples of shape %s, got %s",
                    layer->name ? layer->name : layer->kind->class_name,
                    cn__shape_text(&layer->in, before, sizeof before), cn__shape_text(in, text, sizeof text));
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const normalization *c = layer->config;
    const bool given = c->mean.count != 0;
    cn__statistics_args args = {.invert = c->invert,
                                .mean = given ? c->mean.items : NULL,
                                .variance = given ? c->variance.items : NULL};
    CN_TRY(find_kept(c, out->shape.rank, args.kept));
    out->op = cn__lower_op(l, &cn__op_normalization, in, inputs, &out->shape, &args, sizeof args);
    if (!out->op) return CN_ERROR_MEMORY;
    for (int i = 0; !given && i < 2; i++) out->op->variable[i] = &layer->variable[i];
    return CN_OK;
}

const cn__layer_kind cn__layer_normalization = {.class_name = "Normalization",
                                                CN_LAYER_PARAMS(params, normalization),
                                                .single = {"axis"},
                                                .prepare = prepare,
                                                .build = build,
                                                .infer = infer,
                                                .lower = lower};
