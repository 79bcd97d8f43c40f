/* A batch that is divided over ranks: each has a run of whole blocks of it (cn__rank_blocks), runs the same steps on them, and
 * joins its gradients with those of the others before the update, by the tree that joins blocks: the bits are those of one
 * process. Every rank then takes the same step of the optimiser, and has the losses and outputs of all samples. */
#include <stdint.h>
#include <string.h>

#include "model/plan/ranks.h"

typedef struct part_sink {
    cn__sink base;
    const struct cn__plan_ranks *ranks;
    const cn__node *node;
} part_sink;

/* ---- which samples ---------------------------------------------------------------------------------------- */

/* The most that any batch of up to `batch` samples gives this rank. */
static size_t most_samples(const cn_communicator *c, size_t batch)
{
    size_t most = 1;
    for (size_t n = batch; n > 0; n = n > CN_BLOCK ? (n - 1) / CN_BLOCK * CN_BLOCK : 0) {
        const cn__range r = cn__rank_samples(c, n, c->rank);
        if (r.last - r.first > most) most = r.last - r.first;
    }
    return most;
}

void cn__plan_divide(cn__plan *plan, size_t n)
{
    cn__range own = {0, n};
    if (plan->ranks) own = cn__rank_samples(plan->ranks->comm, n, plan->ranks->comm->rank);
    plan->all = n, plan->first = own.first, plan->n = own.last - own.first;
}

bool cn__step_is_of_all(const cn__step *s)
{
    return !s->node || s->run == cn__step_gather || s->run == cn__step_whole_gradient ||
           s->node->op->kind->sums_batch;
}

/* ---- gradients ---------------------------------------------------------------------------------------------- */

static void keep_part(const cn__sink *sink, cn__variable *v, bool adds, size_t first, real *g, size_t count)
{
    const part_sink *s = (const part_sink *)sink;
    const cn__gradient_part *p = s->ranks->parts;
    (void)adds;
    while (p->node != s->node || p->variable != v) p++;
    if (g) memcpy(s->ranks->partial + p->at + first, g, count * sizeof(real));
    else memset(s->ranks->partial + p->at + first, 0, count * sizeof(real));
}

static bool no_fused_update(const cn__sink *sink, const cn__variable *v, cn__update *out)
{
    (void)sink, (void)v, (void)out;
    return false;
}

/* Begins a sum; without a courier it is made at once. */
static void begin_sum(struct cn__plan_ranks *r, real *values, size_t count, const cn__sum_use *use)
{
    const size_t blocks = cn__block_count(r->plan->all);
    if (!count || r->status != CN_OK) return;
    if (r->courier) cn__courier_send(r->courier, blocks, values, count, use);
    else r->status = cn__sum_over_ranks(&r->sum, blocks, values, count, use);
}

static void end_sums(struct cn__plan_ranks *r)
{
    if (r->courier && r->status == CN_OK) r->status = cn__courier_wait(r->courier);
}

static void send_up_to(struct cn__plan_ranks *r, size_t end)
{
    begin_sum(r, r->partial + r->sent, end - r->sent, r->plan->options.shard ? &r->shard : NULL);
    r->sent = end;
}

void cn__plan_send(cn__plan *plan, const cn__step *s)
{
    if (plan->ranks->courier) send_up_to(plan->ranks, s->sends);
}

void cn__step_sum_gradients(cn__plan *plan, cn__step *s, int thread)
{
    struct cn__plan_ranks *r = plan->ranks;
    (void)s;
    if (thread != 0) return;
    send_up_to(r, r->size);
    end_sums(r);
    r->sent = 0;
}

/* The whole gradients go where one process's go at once; every thread has its own elements of each. */
void cn__step_take_gradients(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    const struct cn__plan_ranks *r = plan->ranks;
    if (plan->options.shard) return; /* what sums them has taken them */
    for (const cn__gradient_part *p = r->parts; p < r->parts + r->part_count; p++) {
        const cn__range slice = cn__thread_slice(plan, p->variable->padded, CN_LANES, thread);
        if (slice.last == slice.first) continue;
        plan->sink.base.tile(&plan->sink.base, p->variable, p->adds, slice.first,
                             (real *)(uintptr_t)r->total + p->at + slice.first, slice.last - slice.first);
    }
}

/* For operations that need a sum themselves. */
static void sum_of_batch(const cn__ranks *ranks, int thread, real *values, size_t count)
{
    struct cn__plan_ranks *r = (struct cn__plan_ranks *)(uintptr_t)ranks;
    const bool several = r->plan->threads > 1;
    if (several) cn__pool_barrier(r->plan->options.pool);
    if (thread == 0) {
        begin_sum(r, values, count, NULL);
        end_sums(r);
    }
    if (several) cn__pool_barrier(r->plan->options.pool);
}

static void add_part(struct cn__plan_ranks *r, const cn__step *s, cn__variable *v)
{
    for (size_t i = 0; i < r->part_count; i++)
        if (r->parts[i].node == s->node && r->parts[i].variable == v) return;
    r->parts[r->part_count++] =
        (cn__gradient_part){.node = s->node, .variable = v, .at = r->size, .adds = s->adds};
    r->size += v->padded + CN_LANES;
}

static cn_status divert(cn__plan *plan, cn__step *s)
{
    struct cn__plan_ranks *r = plan->ranks;
    if (s->run != cn__step_gradient || !s->gradient->variables || s->node->op->kind->sums_batch) return CN_OK;
    for (int i = 0; i < CN_MAX_OP_VARIABLES; i++) {
        cn__variable *v = s->node->op->variable[i];
        if (s->gradient->variables & 1u << i && v && cn__variable_trainable(v)) add_part(r, s, v);
    }
    part_sink *sink = cn__arena_alloc(&plan->arena, sizeof *sink);
    if (!sink) return CN_ERROR_MEMORY;
    *sink = (part_sink){
        .base = {.tile = keep_part, .fused_update = no_fused_update}, .ranks = r, .node = s->node};
    s->sink = &sink->base;
    return CN_OK;
}

/* Behind the last of a node's steps that make gradients: where its parts end; else 0. */
static size_t made_by(const cn__plan *plan, size_t step)
{
    const cn__node *node = plan->steps[step].node;
    size_t end = 0;
    for (size_t i = step + 1; i < plan->step_count; i++)
        if (plan->steps[i].sink && plan->steps[i].node == node) return 0;
    for (size_t k = 0; k < plan->ranks->part_count; k++) {
        const cn__gradient_part *p = &plan->ranks->parts[k];
        if (p->node == node) end = p->at + p->variable->padded + CN_LANES;
    }
    return end;
}

/* Gradients that are made behind one another wait for each other until they are worth a message. All ranks must send alike, so that
 * this depends on the network alone. */
static void choose_sends(cn__plan *plan)
{
    enum { WORTH = 1 << 14 };
    size_t sent = 0, made = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        cn__step *s = &plan->steps[i];
        const size_t end = s->sink ? made_by(plan, i) : 0;
        if (end > made) made = end;
        if (!s->barrier || made - sent < WORTH) continue;
        s->sends = sent = made;
    }
}

/* ---- outputs ------------------------------------------------------------------------------------------------ */

static bool has_metrics(const cn_model *model, size_t output)
{
    const cn__objective *o = &model->objectives[output];
    return o->metrics || o->weighted_metrics;
}

/* Reals of a sample of an output that every rank gets. */
static size_t reals_of(const cn__plan *plan, size_t output)
{
    const cn__plan_loss *l = &plan->losses[output];
    const struct cn__plan_ranks *r = plan->ranks;
    if (!l->objective) return 0;
    return l->rows * (1 + (r->pred[output] ? l->cols : 0) + (r->logits[output] ? l->cols : 0));
}

static size_t reals_of_sample(const cn__plan *plan)
{
    size_t sum = 0;
    for (size_t o = 0; o < plan->graph.output_count; o++) sum += reals_of(plan, o);
    return sum;
}

/* Between the arrays of an output, from sample `first` of them on, and a message; returns the end of it. */
static real *copy_outputs(const cn__plan *plan, size_t output, size_t first, size_t n, bool out,
                          real *message)
{
    const cn__plan_loss *l = &plan->losses[output];
    const struct cn__plan_ranks *r = plan->ranks;
    real *const all[] = {l->row_loss, r->pred[output], r->logits[output]};
    const real *const own[] = {l->row_loss + plan->first * l->rows, l->node->y,
                               l->kept_from ? *l->kept_logits : NULL};
    for (int i = 0; i < 3; i++) {
        const size_t size = i ? l->rows * l->cols : l->rows;
        if (!all[i]) continue;
        if (out) memcpy(message, own[i], n * size * sizeof(real));
        else memmove(all[i] + first * size, message, n * size * sizeof(real));
        message += n * size;
    }
    return message;
}

static void unpack(cn__plan *plan)
{
    const struct cn__plan_ranks *r = plan->ranks;
    real *at = r->theirs;
    for (size_t rank = 0; rank < r->comm->size; rank++) {
        const cn__range s = cn__rank_samples(r->comm, plan->all, rank);
        for (size_t o = 0; o < plan->graph.output_count; o++)
            if (plan->losses[o].objective) at = copy_outputs(plan, o, s.first, s.last - s.first, false, at);
    }
}

void cn__plan_gather_outputs(cn__plan *plan)
{
    struct cn__plan_ranks *r = plan->ranks;
    real *at = r->mine;
    for (size_t o = 0; o < plan->graph.output_count; o++)
        if (plan->losses[o].objective) at = copy_outputs(plan, o, 0, plan->n, true, at);
    for (size_t rank = 0; rank < r->comm->size; rank++) {
        const cn__range s = cn__rank_samples(r->comm, plan->all, rank);
        r->bytes[rank] = (s.last - s.first) * reals_of_sample(plan) * sizeof(real);
    }
    cn__plan_meet(plan); /* all have read the sums, and updated their weights */
    if (r->status == CN_OK) r->status = r->comm->gather(r->comm->user, r->mine, r->theirs, r->bytes);
    if (r->status == CN_OK) unpack(plan);
}

void cn__plan_show_outputs(cn__plan *plan)
{
    const struct cn__plan_ranks *r = plan->ranks;
    for (size_t o = 0; o < plan->graph.output_count; o++) {
        plan->outputs[o].pred = r->pred[o];
        if (plan->outputs[o].logits) plan->outputs[o].logits = r->logits[o];
    }
}

static cn_status make_outputs(cn__plan *plan)
{
    struct cn__plan_ranks *r = plan->ranks;
    const size_t outputs = plan->graph.output_count;
    r->pred = cn__arena_array(&plan->arena, outputs + 1, sizeof *r->pred);
    r->logits = cn__arena_array(&plan->arena, outputs + 1, sizeof *r->logits);
    if (!r->pred || !r->logits) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < outputs; o++) {
        const cn__plan_loss *l = &plan->losses[o];
        const size_t size = plan->batch * l->rows * l->cols + CN_LANES;
        if (!l->objective || !has_metrics(plan->model, o)) continue;
        r->pred[o] = cn__arena_array(&plan->arena, size, sizeof(real));
        if (!r->pred[o]) return CN_ERROR_MEMORY;
        if (l->kept_from && !(r->logits[o] = cn__arena_array(&plan->arena, size, sizeof(real))))
            return CN_ERROR_MEMORY;
    }
    const size_t sample = reals_of_sample(plan);
    r->mine = cn__arena_array(&plan->arena, plan->options.batch * sample + 1, sizeof(real));
    r->theirs = cn__arena_array(&plan->arena, plan->batch * sample + 1, sizeof(real));
    return r->mine && r->theirs ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- making --------------------------------------------------------------------------------------------------- */

cn_status cn__plan_join_ranks(cn__plan *plan)
{
    const cn_communicator *c = plan->options.ranks;
    plan->batch = plan->options.batch;
    if (!c) return CN_OK;
    CN_TRY(cn__plan_check_ranks(plan->model));
    struct cn__plan_ranks *r = cn__arena_alloc(&plan->arena, sizeof *r);
    if (!r) return CN_ERROR_MEMORY;
    *r = (struct cn__plan_ranks){.base = {sum_of_batch}, .plan = plan, .comm = c};
    plan->ranks = r;
    plan->options.batch = most_samples(c, plan->batch);
    return CN_OK;
}

enum { MOST_AT_ONCE = 1 << 26 };

/* The widest sum that an operation asks for. */
static size_t widest(const cn__plan *plan)
{
    size_t most = 1;
    for (size_t i = 0; i < plan->node_count; i++) {
        const cn__op *op = plan->nodes[i].op;
        if (op->kind->sums_batch && op->cols > most) most = op->cols;
    }
    return most;
}

cn_status cn__plan_make_ranks(cn__plan *plan)
{
    struct cn__plan_ranks *r = plan->ranks;
    const size_t ranks = r->comm->size;
    r->parts = cn__arena_array(&plan->arena, plan->step_count * CN_MAX_OP_VARIABLES, sizeof *r->parts);
    if (!r->parts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < plan->step_count; i++) CN_TRY(divert(plan, &plan->steps[i]));
    for (int t = 0; t < plan->max_threads; t++) plan->runs[t].ranks = &r->base;
    if (r->size) CN_TRY(cn__shared_new(r->comm, r->size + CN_LANES, &r->shared));
    const size_t sent = r->shared ? 0 : r->size;
    size_t most = sent > widest(plan) ? sent : widest(plan);
    if (most > MOST_AT_ONCE) most = MOST_AT_ONCE;
    r->partial = r->shared ? cn__shared_of(r->shared, r->comm->rank)
                           : cn__arena_array(&plan->arena, r->size + CN_LANES, sizeof(real));
    r->total = r->shared ? cn__shared_of(r->shared, 0) : r->partial;
    r->bytes = cn__arena_array(&plan->arena, ranks, sizeof *r->bytes);
    r->sum = (cn__rank_sum){
        .ranks = r->comm,
        .k = plan->k,
        .bytes = cn__arena_array(&plan->arena, 2 * ranks, sizeof(size_t)),
        .parts = cn__arena_array(&plan->arena, ranks, sizeof(real *)),
        .workspace = cn__arena_array(&plan->arena, cn__rank_sum_workspace(ranks, most), sizeof(real)),
        .most = most,
        .shared = r->shared};
    if (!r->partial || !r->bytes || !r->sum.bytes || !r->sum.parts || !r->sum.workspace)
        return CN_ERROR_MEMORY;
    if (plan->options.shard) CN_TRY(cn__plan_make_shards(plan));
    choose_sends(plan);
    if (r->comm->any_thread) r->courier = cn__courier_new(&r->sum);
    return make_outputs(plan);
}

void cn__plan_leave_ranks(cn__plan *plan)
{
    if (!plan->ranks) return;
    cn__courier_free(plan->ranks->courier);
    cn__plan_free_whole_batch(plan);
    cn__shared_free(plan->ranks->shared);
}

cn_status cn__plan_status(const cn__plan *plan)
{
    if (plan->failure.status != CN_OK) return cn__fail(plan->failure.status, "%s", plan->failure.message);
    return plan->ranks ? plan->ranks->status : CN_OK;
}

/* ---- what cannot be divided ------------------------------------------------------------------------------------- */

static cn_status check_losses(const cn_model *model)
{
    for (size_t o = 0; o < model->output_count; o++) {
        const cn__objective *own = &model->objectives[o];
        const char *why = NULL;
        if (!own->has_loss) continue;
        if (cn__loss_needs_batch(&own->loss))
            why = "its value for a sample depends on the others of the batch";
        else if (cn__loss_rearranges(&own->loss, &model->outputs[o]->shape))
            why = "it has other axes than the last";
        if (why)
            return cn__fail(CN_ERROR_ARGUMENT, "loss %s cannot be divided over ranks: %s", own->loss.name,
                            why);
    }
    return CN_OK;
}

cn_status cn__plan_check_ranks(const cn_model *model)
{
    cn__arena arena = {0};
    cn__op_graph graph;
    cn_status status = cn__lower_model(model, &arena, &graph);
    for (size_t i = 0; status == CN_OK && i < graph.count; i++)
        if (graph.ops[i]->kind->no_ranks)
            status = cn__fail(CN_ERROR_ARGUMENT, "layer %s cannot be divided over ranks: %s",
                              graph.ops[i]->layer->name, graph.ops[i]->kind->no_ranks);
    cn__arena_free(&arena);
    return status == CN_OK ? check_losses(model) : status;
}
