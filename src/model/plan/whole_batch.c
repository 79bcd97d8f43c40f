/* Layers with more weights than a batch has numbers at their two ends, where all ranks are on one machine: they do not sum gradients.
 * Each reads the other ranks' rows of the batch out of their memory, makes the gradient of the whole batch for a part of the weights and
 * updates that at once, as a thread of one process does, and reads the rest of the new weights from those that have made them. The
 * bits are those of one process, whose formula it is. What the optimizer remembers of a weight is up to date on the rank that updates
 * it alone, until the state is gathered. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "cluster/peers.h"
#include "model/plan/ranks.h"

/* A node whose gradients are made so. */
typedef struct whole_node {
    const cn__node *node;
    cn__node shadow, from; /* as the node and its input, with the rows of all ranks */
    cn__edge edge;
    real *x, *d; /* (batch, from.size), (batch, size) */
} whole_node;

/* The elements of a variable that a rank updates: the same in every step. Others see it in shared memory. */
typedef struct updated {
    _Atomic size_t first, last;
} updated;

typedef struct whole_sink {
    cn__sink base;
    struct cn__whole_batch *whole;
} whole_sink;

struct cn__whole_batch {
    cn__plan *plan;
    cn__shared *shared; /* (variables) of `updated` for each rank */
    cn__peers *peers;   /* each node's x and d, then each variable's value and slots */
    whole_node *nodes;
    size_t node_count;
    cn__variable **variables;
    size_t variable_count;
    whole_sink sink;
    atomic_bool lost; /* a rank could not be read */
};

enum { OF_NODE = 2, OF_VARIABLE = 1 + CN_MAX_SLOTS };

/* ---- which nodes ------------------------------------------------------------------------------------------------ */

/* Is the input of the network read from lists of what is not zero? Then there are no rows of it. */
static bool reads_lists(const cn__plan *plan, const cn__node *n)
{
    const cn__node *from = n->in[0].from;
    if (!from->sparse) return false;
    for (size_t i = 0; plan->options.zeros && i < plan->graph.input_count; i++)
        if (plan->inputs[i] == from)
            return from->sparse->keep &&
                   n->op->kind->sparse_is_faster(n->op, plan->k->isa, 1 - plan->options.zeros[i], true);
    return true;
}

static bool can_be_shared(const cn__variable *v)
{
    return !v || (cn__variable_trainable(v) && !v->constraint.kind && !v->average && !v->accumulated);
}

static bool is_worth_it(const cn__plan *plan, const cn__node *n)
{
    size_t weights = 0;
    if (!n->trains || !n->op->kind->gradients_of_rows || reads_lists(plan, n)) return false;
    for (int i = 0; i < CN_MAX_OP_VARIABLES; i++) {
        const cn__variable *v = n->op->variable[i];
        if (!can_be_shared(v)) return false;
        if (v) weights += v->padded;
    }
    return weights > plan->batch * (n->in[0].from->size + n->size);
}

/* ---- making --------------------------------------------------------------------------------------------------------- */

static updated *updated_of(const struct cn__whole_batch *w, size_t rank)
{
    return (updated *)(void *)cn__shared_of(w->shared, rank);
}

static void apply_gradient(const cn__sink *sink, cn__variable *v, bool adds, size_t first, real *g,
                           size_t count)
{
    const struct cn__whole_batch *w = ((const whole_sink *)sink)->whole;
    const cn__sink *update = &w->plan->sink.base;
    update->tile(update, v, adds, first, g, count);
    size_t i = 0, seen;
    while (w->variables[i] != v) i++;
    updated *u = updated_of(w, w->plan->ranks->comm->rank) + i;
    for (seen = u->first; first < seen && !atomic_compare_exchange_weak(&u->first, &seen, first);) continue;
    for (seen = u->last;
         first + count > seen && !atomic_compare_exchange_weak(&u->last, &seen, first + count);)
        continue;
}

static bool no_fused_update(const cn__sink *sink, const cn__variable *v, cn__update *out)
{
    (void)sink, (void)v, (void)out;
    return false;
}

static cn_status make_node(struct cn__whole_batch *w, const cn__node *node)
{
    cn__plan *plan = w->plan;
    whole_node *n = &w->nodes[w->node_count++];
    n->node = node;
    n->x = cn__arena_array(&plan->arena, plan->batch * node->in[0].from->size + CN_LANES, sizeof(real));
    n->d = cn__arena_array(&plan->arena, plan->batch * node->size + CN_LANES, sizeof(real));
    if (!n->x || !n->d) return CN_ERROR_MEMORY;
    n->from = *node->in[0].from;
    n->from.y = n->from.z = n->x, n->from.sparse = NULL;
    n->edge = (cn__edge){.from = &n->from};
    n->shadow = *node;
    n->shadow.in = &n->edge, n->shadow.d = n->d, n->shadow.batch = plan->batch;
    for (int k = 0; k < CN_MAX_OP_VARIABLES; k++)
        if (node->op->variable[k]) w->variables[w->variable_count++] = node->op->variable[k];
    return CN_OK;
}

static cn_status make_peers(struct cn__whole_batch *w)
{
    const cn_communicator *c = w->plan->ranks->comm;
    const size_t count = OF_NODE * w->node_count + OF_VARIABLE * w->variable_count;
    const void **own = cn__arena_array(&w->plan->arena, count + 1, sizeof *own), **at = own;
    if (!own) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < w->node_count; i++) *at++ = w->nodes[i].x, *at++ = w->nodes[i].d;
    for (size_t i = 0; i < w->variable_count; i++) {
        *at++ = w->variables[i]->value;
        for (int s = 0; s < CN_MAX_SLOTS; s++) *at++ = w->variables[i]->slot[s];
    }
    CN_TRY(cn__shared_new(c, w->variable_count * sizeof(updated) / sizeof(real) + 1, &w->shared));
    if (!w->shared) return CN_OK;
    CN_TRY(cn__peers_new(c, own, count, &w->peers));
    for (size_t i = 0; w->peers && i < w->variable_count; i++) updated_of(w, c->rank)[i].first = SIZE_MAX;
    return w->peers ? cn__shared_meet(w->shared) : CN_OK;
}

cn_status cn__plan_make_whole_batch(cn__plan *plan)
{
    struct cn__whole_batch *w = cn__arena_alloc(&plan->arena, sizeof *w);
    whole_node *nodes = cn__arena_array(&plan->arena, plan->node_count + 1, sizeof *nodes);
    cn__variable **variables =
        cn__arena_array(&plan->arena, plan->node_count * CN_MAX_OP_VARIABLES + 1, sizeof *variables);
    if (!w || !nodes || !variables) return CN_ERROR_MEMORY;
    *w = (struct cn__whole_batch){.plan = plan, .nodes = nodes, .variables = variables};
    w->sink = (whole_sink){.base = {.tile = apply_gradient, .fused_update = no_fused_update}, .whole = w};
    plan->ranks->whole = w; /* from here on it is freed */
    for (size_t i = 0; i < plan->node_count && !plan->materialize; i++)
        if (is_worth_it(plan, &plan->nodes[i])) CN_TRY(make_node(w, &plan->nodes[i]));
    CN_TRY(make_peers(w));
    if (w->peers && w->node_count) return CN_OK;
    cn__plan_free_whole_batch(plan);
    plan->ranks->whole = NULL;
    return CN_OK;
}

void cn__plan_free_whole_batch(cn__plan *plan)
{
    struct cn__whole_batch *w = plan->ranks->whole;
    if (!w) return;
    cn__shared_free(w->shared);
    cn__peers_free(w->peers);
}

/* ---- reading others ------------------------------------------------------------------------------------------------- */

/* Of what every other rank has updated of a variable, this thread's slice; `slot` -1: the weights. */
static void read_updated(struct cn__whole_batch *w, size_t i, int slot, int thread, int threads)
{
    const cn_communicator *c = w->plan->ranks->comm;
    const size_t index = OF_NODE * w->node_count + OF_VARIABLE * i + (size_t)(slot + 1);
    real *values = slot < 0 ? w->variables[i]->value : w->variables[i]->slot[slot];
    for (size_t r = 0; r < c->size && values; r++) {
        const updated *u = updated_of(w, r) + i;
        if (r == c->rank || u->first >= u->last) continue;
        const cn__range own = cn__slice(u->last - u->first, CN_LANES, thread, threads);
        const size_t first = u->first + own.first, count = own.last - own.first;
        if (count &&
            !cn__peers_read(w->peers, r, index, first * sizeof(real), values + first, count * sizeof(real)))
            w->lost = true;
    }
}

/* ---- the optimizer's state -------------------------------------------------------------------------------------------- */

static cn_status meet(cn__plan *plan)
{
    cn__plan_meet(plan);
    return plan->ranks->status;
}

cn_status cn__whole_gather_state(cn__plan *plan)
{
    struct cn__whole_batch *w = plan->ranks->whole;
    if (!w) return CN_OK;
    cn__plan_attach(plan);
    CN_TRY(meet(plan));
    for (size_t i = 0; i < w->variable_count && (!plan->options.shard || plan->ranks->comm->rank == 0); i++)
        for (int s = 0; s < CN_MAX_SLOTS; s++) read_updated(w, i, s, 0, 1);
    return meet(plan);
}

/* Rank 0 alone has it. */
cn_status cn__whole_scatter_state(cn__plan *plan)
{
    struct cn__whole_batch *w = plan->ranks->whole;
    if (!w) return CN_OK;
    cn__plan_attach(plan);
    CN_TRY(meet(plan));
    for (size_t i = 0; i < w->variable_count && plan->ranks->comm->rank > 0; i++)
        for (int s = 0; s < CN_MAX_SLOTS; s++) {
            const cn__variable *v = w->variables[i];
            const size_t index = OF_NODE * w->node_count + OF_VARIABLE * i + (size_t)(s + 1);
            if (v->slot[s] && !cn__peers_read(w->peers, 0, index, 0, v->slot[s], v->padded * sizeof(real)))
                w->lost = true;
        }
    return meet(plan);
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

static whole_node *find(const cn__plan *plan, const cn__node *n)
{
    const struct cn__whole_batch *w = plan->ranks ? plan->ranks->whole : NULL;
    for (size_t i = 0; w && i < w->node_count; i++)
        if (w->nodes[i].node == n) return &w->nodes[i];
    return NULL;
}

cn__node *cn__plan_whole_node(const cn__plan *plan, const cn__node *n)
{
    whole_node *found = find(plan, n);
    return found ? &found->shadow : NULL;
}

/* Where others read them, until all have met twice. */
void cn__step_share_rows(cn__plan *plan, cn__step *s, int thread)
{
    const whole_node *w = find(plan, s->node);
    const cn__range own = cn__thread_slice(plan, plan->n, 1, thread);
    const size_t in = w->from.size, out = s->node->size, n = own.last - own.first;
    memcpy(w->x + (plan->first + own.first) * in, cn__node_input(s->node, 0) + own.first * in,
           n * in * sizeof(real));
    memcpy(w->d + (plan->first + own.first) * out, s->node->d + own.first * out, n * out * sizeof(real));
}

void cn__step_meet(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    if (thread == 0) cn__plan_meet(plan);
}

void cn__step_take_rows(cn__plan *plan, cn__step *s, int thread)
{
    struct cn__whole_batch *w = plan->ranks->whole;
    const cn_communicator *c = plan->ranks->comm;
    (void)s;
    if (plan->ranks->status != CN_OK) return;
    for (size_t i = 0; i < OF_NODE * w->node_count; i++) {
        const whole_node *n = &w->nodes[i / OF_NODE];
        const size_t size = i % OF_NODE ? n->node->size : n->from.size;
        real *rows = i % OF_NODE ? n->d : n->x;
        for (size_t r = 0; r < c->size; r++) {
            const cn__range theirs = cn__rank_samples(c, plan->all, r);
            const cn__range own = cn__thread_slice(plan, theirs.last - theirs.first, 1, thread);
            const size_t at = (theirs.first + own.first) * size, count = (own.last - own.first) * size;
            if (r != c->rank && count &&
                !cn__peers_read(w->peers, r, i, at * sizeof(real), rows + at, count * sizeof(real)))
                w->lost = true;
        }
    }
}

void cn__step_whole_gradient(cn__plan *plan, cn__step *s, int thread)
{
    const cn_communicator *c = plan->ranks->comm;
    struct cn__whole_batch *w = plan->ranks->whole;
    cn__run run = plan->runs[thread];
    if (plan->ranks->status != CN_OK || w->lost) return; /* there are not all rows */
    run.n = plan->all, run.first = 0;
    run.part_of_all = c->rank, run.parts_of_all = c->size;
    run.counters = s->counters, run.sink = &w->sink.base, run.adds = false;
    s->gradient->run(&run, s->node);
}

void cn__step_take_weights(cn__plan *plan, cn__step *s, int thread)
{
    struct cn__whole_batch *w = plan->ranks->whole;
    (void)s;
    for (size_t i = 0; i < w->variable_count && plan->ranks->status == CN_OK; i++)
        read_updated(w, i, -1, thread, plan->threads);
}

void cn__plan_meet(cn__plan *plan)
{
    struct cn__plan_ranks *r = plan->ranks;
    cn__shared *shared = r->whole ? r->whole->shared : r->shared;
    if (r->whole && r->whole->lost && r->status == CN_OK)
        r->status = cn__fail(CN_ERROR_STATE, "the memory of another rank of this machine cannot be read");
    if (shared && r->status == CN_OK) r->status = cn__shared_meet(shared);
}
