/* The order of a plan's steps, and where threads wait for each other. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/plan/ranks.h"

static cn__step *add_step(cn__plan *plan, const char *name, cn__step_function *run, cn__node *n, bool barrier)
{
    cn__step *s = &plan->steps[plan->step_count++];
    *s = (cn__step){.name = name, .run = run, .node = n, .barrier = barrier};
    return s;
}

static const char *name_of(const cn__node *n)
{
    return n->op->kind->describe ? n->op->kind->describe(n->op) : n->op->kind->name;
}

/* Rows a sample, of which a thread keeps to its own; WHOLE_SAMPLES; 0 for other operations. */
#define WHOLE_SAMPLES ((size_t)-1)
static size_t own_rows(const cn__node *n, bool backward)
{
    const cn__op *op = n->op;
    if (cn__op_is_elementwise(op) || op->kind->own_samples) return WHOLE_SAMPLES;
    return op->kind->own_rows && op->kind->own_rows(op, backward) ? op->rows : 0;
}

static bool wants_backward(const cn__node *n)
{
    for (size_t i = 0; i < n->op->inputs; i++)
        if (n->in[i].wanted) return true;
    return false;
}

static bool makes_any(const cn__op *op, const cn__op_gradient *g)
{
    for (int v = 0; v < CN_MAX_OP_VARIABLES; v++)
        if (g->variables & 1u << v && op->variable[v] && cn__variable_trainable(op->variable[v])) return true;
    return false;
}

/* Was a part of these gradients made by an earlier step? */
static bool is_another_part(const cn__plan *plan, const cn__node *n, const cn__op_gradient *g)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        const cn__step *s = &plan->steps[i];
        if (s->run != cn__step_gradient || s->node == n || s->gradient->parts) continue;
        for (int v = 0; v < CN_MAX_OP_VARIABLES; v++)
            for (int w = 0; w < CN_MAX_OP_VARIABLES; w++)
                if (g->variables & 1u << v && s->gradient->variables & 1u << w && n->op->variable[v] &&
                    n->op->variable[v] == s->node->op->variable[w])
                    return true;
    }
    return false;
}

static cn_status add_counters(cn__plan *plan, cn__step *s)
{
    if (!s->gradient->steals) return CN_OK;
    s->counters = cn__arena_array(&plan->arena, (size_t)plan->max_threads, sizeof *s->counters);
    return s->counters ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status add_gradients(cn__plan *plan, cn__node *n)
{
    for (int i = 0; i < CN_MAX_OP_GRADIENTS; i++) {
        const cn__op_gradient *g = &n->op->kind->gradients[i];
        if (!g->name || !makes_any(n->op, g) || !n->trains) continue;
        const bool another = is_another_part(plan, n, g);
        if (another)
            plan->steps[plan->step_count - 1].barrier = true; /* threads divide the parts as they like */
        cn__step *s = add_step(plan, g->name, cn__step_gradient, n, g->parts);
        s->gradient = g;
        s->adds = another;
        CN_TRY(add_counters(plan, s));
    }
    return CN_OK;
}

/* Of a node whose rows are those of the whole batch. */
static cn_status add_whole_gradients(cn__plan *plan, cn__node *n)
{
    for (int i = 0; i < CN_MAX_OP_GRADIENTS; i++) {
        const cn__op_gradient *g = &n->op->kind->gradients[i];
        if (!g->name || !makes_any(n->op, g)) continue;
        cn__step *s = add_step(plan, g->name, cn__step_whole_gradient, n, g->parts);
        s->gradient = g;
        CN_TRY(add_counters(plan, s));
    }
    return CN_OK;
}

/* Behind the way back: its sums wait for all ranks, and so do rows that are shared. */
static cn_status add_sums_over_ranks(cn__plan *plan)
{
    plan->steps[plan->step_count - 1].barrier = true;
    add_step(plan, "sum over ranks", cn__step_sum_gradients, NULL, true);
    add_step(plan, "gradients", cn__step_take_gradients, NULL, false);
    if (!plan->ranks->whole) return CN_OK;
    plan->steps[plan->step_count - 1].barrier = true;
    add_step(plan, "meet", cn__step_meet, NULL, true);
    add_step(plan, "rows of others", cn__step_take_rows, NULL, true);
    for (size_t i = plan->node_count; i-- > 0;) {
        cn__node *whole = cn__plan_whole_node(plan, &plan->nodes[i]);
        if (whole) CN_TRY(add_whole_gradients(plan, whole));
    }
    plan->steps[plan->step_count - 1].barrier = true;
    add_step(plan, "meet", cn__step_meet, NULL, true);
    add_step(plan, "weights of others", cn__step_take_weights, NULL, false);
    return CN_OK;
}

/* Statistics of training, in the order of the calls: a layer that is called twice takes those of its first call first. */
static void add_statistics(cn__plan *plan, cn__node *n)
{
    for (int i = 0; i < CN_MAX_OP_GRADIENTS; i++) {
        const cn__op_gradient *g = &n->op->kind->gradients[i];
        if (!g->name || g->variables || !n->op->layer->trainable) continue;
        add_step(plan, g->name, cn__step_gradient, n, g->parts)->gradient = g;
    }
}

/* Before the gathering, at whose end all threads wait. */
static void add_packs(cn__plan *plan, cn__node *n)
{
    if (!n->op->kind->pack) return;
    add_step(plan, "pack", cn__step_pack, n, false);
    plan->packs = true;
    if (plan->options.training && n->reached && wants_backward(n))
        add_step(plan, "pack, back", cn__step_pack, n, false)->backward = true;
}

/* Targets are mixed in the order in which samples are. */
static void add_mixing(cn__plan *plan)
{
    for (size_t i = 0; i < plan->node_count && plan->mixes; i++)
        for (size_t o = 0; o < plan->graph.output_count; o++) {
            if (!plan->nodes[i].op->kind->mix_targets || !plan->losses[o].objective) continue;
            add_step(plan, "mix targets", cn__step_mix_targets, &plan->nodes[i], true)->output = o;
            add_step(plan, "take mixed", cn__step_take_mixed, &plan->nodes[i], true)->output = o;
        }
}

static void add_all_statistics(cn__plan *plan)
{
    for (size_t i = 0; i < plan->node_count; i++) add_statistics(plan, &plan->nodes[i]);
}

/* From the last node to the first: a node's gradient is whole when all that read it have run. Its own variables are
 * updated when no thread reads them any more: after its way back, and beside that of the node before. */
static cn_status add_training(cn__plan *plan)
{
    for (size_t i = plan->node_count; i-- > 0;) {
        cn__node *n = &plan->nodes[i];
        if (n->cleared) add_step(plan, "clear", cn__step_clear, n, true);
        if (n->reached && wants_backward(n)) {
            const char *name = cn__arena_format(&plan->arena, "%s, back", name_of(n));
            if (!name) return CN_ERROR_MEMORY;
            add_step(plan, name, cn__step_backward, n, true)->own_rows = own_rows(n, true);
        }
        if (cn__plan_whole_node(plan, n)) add_step(plan, "share rows", cn__step_share_rows, n, false);
        else CN_TRY(add_gradients(plan, n));
    }
    add_all_statistics(plan);
    return plan->ranks ? add_sums_over_ranks(plan) : CN_OK;
}

static void add_update(cn__plan *plan)
{
    const cn_model *model = plan->model;
    plan->steps[plan->step_count - 1].barrier = plan->materialize;
    if (plan->materialize)
        add_step(plan, "gradient norms", cn__step_norms, NULL, !plan->options.keep_gradients);
    if (plan->options.keep_gradients) return;
    if (plan->materialize) {
        if (!isnan(model->optimizer.global_clipnorm))
            add_step(plan, "global norm", cn__step_global_norm, NULL, true);
        add_step(plan, "update", cn__step_apply, NULL, false);
    }
    bool constrained = false;
    for (size_t i = 0; i < model->variable_count; i++)
        constrained |= model->variables[i]->constraint.kind && cn__variable_trainable(model->variables[i]);
    if (!constrained && !cn__overwrites(&model->optimizer)) return;
    plan->steps[plan->step_count - 1].barrier = true;
    add_step(plan, "averages and constraints", cn__step_finish, NULL, false);
}

static bool is_regularized(const cn_model *model)
{
    for (size_t i = 0; i < model->variable_count; i++)
        if (cn__regularizes(&model->variables[i]->regularizer)) return true;
    return false;
}

/* From one step that keeps to its threads' rows to the next one with the same rows no thread needs to wait. */
static void drop_barriers(cn__plan *plan)
{
    for (size_t i = 0; i + 1 < plan->step_count; i++) {
        const size_t rows = plan->steps[i].own_rows;
        if (rows && rows == plan->steps[i + 1].own_rows) plan->steps[i].barrier = false;
    }
}

/* Reals of a sample that a step reads and writes. */
static size_t touched(const cn__step *s)
{
    size_t size = s->node->size;
    for (size_t i = 0; i < s->node->op->inputs; i++) size += s->node->in[i].from->size;
    return s->run == cn__step_backward ? 2 * size : size;
}

/* Steps between which no thread waits for another are run together, as many samples at a time as stay in the processor's cache from
 * one step to the next. Without training a batch is no larger (train/predict/forward.c). */
static void make_chains(cn__plan *plan)
{
    for (size_t i = 0, end; i < plan->step_count && plan->options.training; i = end) {
        cn__step *s = &plan->steps[i];
        size_t most = 1;
        for (end = i; end < plan->step_count && plan->steps[end].own_rows == WHOLE_SAMPLES;) {
            if (touched(&plan->steps[end]) > most) most = touched(&plan->steps[end]);
            if (plan->steps[end++].barrier) break;
        }
        if (end == i) end++;
        if (end < i + 2) continue;
        s->chain = end - i;
        s->few = CN_CACHED_REALS / most ? CN_CACHED_REALS / most : 1;
    }
}

/* One thread alone is never beside itself: each of its steps, or chain of steps, is a phase. The gathering may or may not end in a
 * barrier (see cn__plan_choose_sparse): here it does not. */
static void number_phases(cn__plan *plan)
{
    size_t phase = 0, chained = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        cn__step *s = &plan->steps[i];
        s->phase = phase;
        if (s->chain) chained = i + s->chain - 1;
        if ((plan->max_threads == 1 && i >= chained) || (s->barrier && s != plan->gather)) phase++;
    }
}

/* All threads have the losses behind the last one. Other ranks would wait for the gradients of this one. */
static void let_failures_stop(cn__plan *plan)
{
    plan->may_stop = SIZE_MAX;
    for (size_t i = 0; i < plan->step_count && !plan->ranks; i++) {
        if (plan->steps[i].run != cn__step_loss) continue;
        const bool callers = plan->losses[plan->steps[i].output].objective->loss.caller != NULL;
        if (callers || plan->may_stop != SIZE_MAX) plan->may_stop = i;
    }
    if (plan->may_stop != SIZE_MAX) plan->steps[plan->may_stop].barrier = true;
}

cn_status cn__plan_make_steps(cn__plan *plan)
{
    const cn_model *model = plan->model;
    const size_t most = 16 + plan->graph.output_count +
                        (7 + CN_MAX_OP_GRADIENTS + 2 * plan->graph.output_count) * plan->node_count;
    plan->steps = cn__arena_array(&plan->arena, most, sizeof *plan->steps);
    if (!plan->steps) return CN_ERROR_MEMORY;
    if (plan->ranks) CN_TRY(cn__plan_make_whole_batch(plan));
    const bool updates = plan->options.training && !plan->options.forward_only;
    if (updates && is_regularized(model)) add_step(plan, "penalties", cn__step_penalty, NULL, false);
    for (size_t i = 0; i < plan->node_count; i++) add_packs(plan, &plan->nodes[i]);
    plan->gather = add_step(plan, "gather", cn__step_gather, plan->inputs[0], true);
    for (size_t i = 0; i < plan->graph.input_count; i++)
        if (plan->inputs[i]->sparse && plan->inputs[i]->sparse->csc)
            add_step(plan, "lists by column", cn__step_build_csc, plan->inputs[i], false);
    add_mixing(plan);
    for (size_t i = 0; i < plan->node_count; i++) {
        cn__node *n = &plan->nodes[i];
        if (!n->op->inputs) continue;
        add_step(plan, name_of(n), cn__step_forward, n, true)->own_rows = own_rows(n, false);
    }
    for (size_t i = 0; i < plan->graph.output_count; i++) {
        if (!plan->losses[i].objective) continue;
        cn__step *s = add_step(plan, "loss", cn__step_loss, NULL, true);
        s->output = i;
        s->own_rows = plan->losses[i].sample ? 0 : plan->losses[i].rows;
    }
    if (updates) {
        CN_TRY(add_training(plan));
        add_update(plan);
    } else if (plan->options.training) {
        add_all_statistics(plan);
    }
    drop_barriers(plan);
    let_failures_stop(plan);
    make_chains(plan);
    number_phases(plan);
    assert(plan->step_count <= most);
    return plan->ranks ? cn__plan_make_ranks(plan) : CN_OK;
}
