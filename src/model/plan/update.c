/* Where gradients go: each tile to the optimiser while it is in the first-level cache, or, where the whole gradient is wanted
 * first (its norm, or because several operations make parts of it), to variable->grad. */
#include <math.h>
#include <string.h>

#include "model/plan/steps.h"

/* The step's numbers for one variable. */
static cn__update update_of(const cn__plan *plan, const cn__variable *v)
{
    cn__update u = plan->update;
    const real scale =
        (real)plan->model->optimizer.loss_scale; /* of the gradient, not yet of the penalties */
    u.l1 = (real)v->regularizer.l1 * scale;
    u.l2 = (real)v->regularizer.l2 * scale;
    if (scale != 1) u.grad_scale = 1 / scale;
    if (v->keeps) u.decay = 0;
    return u;
}

/* Where element `first` (of the padded layout) of each slot of a variable stands. */
static void slots_at(const cn__variable *v, size_t first, real *slot[CN_MAX_SLOTS])
{
    for (int i = 0; i < CN_MAX_SLOTS; i++) slot[i] = v->slot[i] ? v->slot[i] + first : NULL;
}

/* ---- the sink --------------------------------------------------------------------------------------------- */

static void apply_gradient(const cn__sink *sink, cn__variable *v, bool adds, size_t first, real *g,
                           size_t count)
{
    const cn__plan *plan = ((const cn__plan_sink *)sink)->plan;
    if (v->grad) {
        if (g && adds) plan->k->add(v->grad + first, g, count);
        else if (g) memcpy(v->grad + first, g, count * sizeof(real));
        else if (!adds) memset(v->grad + first, 0, count * sizeof(real));
        return;
    }
    real *slot[CN_MAX_SLOTS];
    const cn__update u = update_of(plan, v);
    slots_at(v, first, slot);
    plan->k->update(&u, v->value + first, slot, v->average ? v->average + first : NULL, g, count);
}

static bool fused_update(const cn__sink *sink, const cn__variable *v, cn__update *out)
{
    if (v->grad || v->average) return false;
    *out = update_of(((const cn__plan_sink *)sink)->plan, v);
    return true;
}

/* ---- what is made for it ------------------------------------------------------------------------------------ */

static bool is_materialized(const cn__plan *plan, const cn__variable *v, bool all)
{
    all |= v->regularizer.matrix != NULL;
    return cn__variable_trainable(v) && cn__plan_gradient_count(plan, v) > (all ? 0 : 1);
}

/* Reals for what is done with the whole of a variable. */
static size_t update_workspace(const cn_model *model, const cn__variable *v, bool training)
{
    size_t most = training ? cn__optimizer_workspace(&model->optimizer, v) : 0;
    if (training && v->constraint.kind && v->padded > most) most = v->padded;
    const size_t penalty = cn__variable_penalty_workspace(v);
    return penalty > most ? penalty : most;
}

static cn_status make_runs(cn__plan *plan)
{
    const cn_model *model = plan->model;
    size_t most = 1;
    for (size_t i = 0; i < plan->node_count; i++) {
        const cn__op *op = plan->nodes[i].op;
        const size_t batch = op->kind->gradients_of_rows ? plan->batch : plan->options.batch;
        const size_t own = op->kind->workspace ? op->kind->workspace(op, batch, plan->options.training) : 0;
        if (own > most) most = own;
    }
    for (size_t i = 0; i < model->variable_count; i++) {
        const size_t own = update_workspace(model, model->variables[i],
                                            plan->options.training && !plan->options.forward_only);
        if (own > most) most = own;
    }
    plan->workspace = most;
    plan->runs = cn__arena_array(&plan->arena, (size_t)plan->max_threads, sizeof *plan->runs);
    if (!plan->runs) return CN_ERROR_MEMORY;
    for (int t = 0; t < plan->max_threads; t++) {
        plan->runs[t] = (cn__run){.k = plan->k,
                                  .thread = t,
                                  .training = plan->options.training,
                                  .seed = model->seed,
                                  .sink = &plan->sink.base,
                                  .workspace = cn__arena_array(&plan->arena, most + CN_LANES, sizeof(real))};
        if (!plan->runs[t].workspace) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

cn_status cn__plan_make_update(cn__plan *plan)
{
    cn_model *model = plan->model;
    plan->sink =
        (cn__plan_sink){.base = {.tile = apply_gradient, .fused_update = fused_update}, .plan = plan};
    plan->grad_scale = cn__arena_array(&plan->arena, model->variable_count + 1, sizeof(real));
    plan->norms = cn__arena_array(&plan->arena, model->variable_count + 1, sizeof(double));
    plan->penalties = cn__arena_array(&plan->arena, model->variable_count + 1, sizeof(double));
    plan->grads = cn__arena_array(&plan->arena, model->variable_count + 1, sizeof *plan->grads);
    if (!plan->grads || !plan->grad_scale || !plan->norms || !plan->penalties) return CN_ERROR_MEMORY;
    CN_TRY(make_runs(plan));
    if (!plan->options.training || plan->options.forward_only) return CN_OK;
    const bool all = plan->options.keep_gradients || cn__optimizer_is_whole(&model->optimizer) ||
                     model->optimizer.accumulation > 1 || !isnan(model->optimizer.clipnorm) ||
                     !isnan(model->optimizer.global_clipnorm);
    plan->materialize = all;
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!is_materialized(plan, v, all)) continue;
        plan->grads[i] = cn__arena_array(&plan->arena, v->padded + CN_LANES, sizeof(real));
        if (!plan->grads[i]) return CN_ERROR_MEMORY;
        v->grad = plan->grads[i];
        plan->materialize = true;
    }
    model->shards_state = plan->options.ranks && plan->options.shard;
    return plan->options.keep_gradients ? CN_OK : cn__model_make_slots(model);
}

void cn__plan_attach(const cn__plan *plan)
{
    const cn_model *model = plan->model;
    cn__model_attach_slots(model);
    for (size_t i = 0; i < model->variable_count; i++) model->variables[i]->grad = plan->grads[i];
}

/* ---- where the whole gradient is wanted first --------------------------------------------------------------- */

/* Brings the gradient back to the scale of the loss, and adds the regulariser's part. */
static void finish_gradient(const cn__plan *plan, cn__variable *v, real *workspace)
{
    const real scale = (real)plan->model->optimizer.loss_scale;
    const bool adds = !plan->options.no_penalties;
    const real l1 = adds ? (real)v->regularizer.l1 : 0, l2 = adds ? (real)(2 * v->regularizer.l2) : 0;
    if (scale != 1) plan->k->scale(v->grad, 1 / scale, v->padded);
    for (size_t e = 0; (l1 != 0 || l2 != 0) && e < v->padded; e++) {
        real w = v->value[e];
        v->grad[e] += l1 * (real)((w > 0) - (w < 0)) + l2 * w;
    }
    if (v->regularizer.matrix && adds) (void)cn__variable_penalty(v, v->grad, workspace);
}

/* Keeps the sum of the gradients so far, or in a step that updates takes the mean out of it. */
static void accumulate(const cn__plan *plan, cn__variable *v)
{
    const int64_t steps = plan->model->optimizer.accumulation;
    plan->k->add(v->accumulated, v->grad, v->padded);
    if (plan->only_adds) return;
    for (size_t e = 0; e < v->padded; e++) v->grad[e] = v->accumulated[e] / (real)steps;
    memset(v->accumulated, 0, v->padded * sizeof(real));
}

/* Makes each gradient whole and takes its norm; a thread has whole variables, so that the sum is one tree. */
void cn__step_norms(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    const cn_model *model = plan->model;
    const double clip = model->optimizer.clipnorm;
    for (size_t i = (size_t)thread; i < model->variable_count; i += (size_t)plan->threads) {
        cn__variable *v = model->variables[i];
        plan->norms[i] = 0;
        if (!v->grad) continue;
        finish_gradient(plan, v, plan->runs[thread].workspace);
        if (v->accumulated && !plan->options.keep_gradients) accumulate(plan, v);
        double squares = cn__variable_squares(plan->k, v, v->grad);
        plan->norms[i] = squares;
        plan->grad_scale[i] = !isnan(clip) && sqrt(squares) > clip ? (real)(clip / sqrt(squares)) : 1;
    }
}

/* The first thread computes the factor of all. */
void cn__step_global_norm(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    if (thread != 0) return;
    const cn_model *model = plan->model;
    double squares = 0, clip = model->optimizer.global_clipnorm;
    for (size_t i = 0; i < model->variable_count; i++) squares += plan->norms[i];
    for (size_t i = 0; i < model->variable_count; i++)
        plan->grad_scale[i] = sqrt(squares) > clip ? (real)(clip / sqrt(squares)) : 1;
}

/* A thread has whole variables. */
static void apply_whole(cn__plan *plan, int thread)
{
    const cn_model *model = plan->model;
    for (size_t i = (size_t)thread; i < model->variable_count; i += (size_t)plan->threads) {
        const cn__variable *v = model->variables[i];
        if (!v->grad) continue;
        cn__update u = plan->update; /* the regularisers' part is in the gradient already */
        u.grad_scale = plan->grad_scale[i];
        if (v->keeps) u.decay = 0;
        cn__whole whole = {.variable = v,
                           .w = v->value,
                           .average = v->average,
                           .grad = v->grad,
                           .n = v->padded,
                           .workspace = plan->runs[thread].workspace};
        memcpy(whole.slot, v->slot, sizeof whole.slot);
        cn__optimizer_apply(&model->optimizer, &u, &whole);
    }
}

/* Of a step that updates no weight: as Keras, which moves the averages in every step. */
static void move_averages(const cn__plan *plan, int thread)
{
    const cn_model *model = plan->model;
    const real keep = plan->update.ema;
    for (size_t i = (size_t)thread; i < model->variable_count; i += (size_t)plan->threads) {
        cn__variable *v = model->variables[i];
        for (size_t e = 0; v->grad && v->average && e < v->padded; e++)
            v->average[e] = keep * v->average[e] + (1 - keep) * v->value[e];
    }
}

void cn__step_apply(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    const cn_model *model = plan->model;
    if (plan->only_adds) {
        move_averages(plan, thread);
        return;
    }
    if (cn__optimizer_is_whole(&model->optimizer)) {
        apply_whole(plan, thread);
        return;
    }
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!v->grad) continue;
        cn__update u = plan->update; /* the regularisers' part is in the gradient already */
        u.grad_scale = plan->grad_scale[i];
        if (v->keeps) u.decay = 0;
        const cn__range slice = cn__thread_slice(plan, v->padded, CN_LANES, thread);
        real *slot[CN_MAX_SLOTS];
        slots_at(v, slice.first, slot);
        if (slice.last > slice.first)
            plan->k->update(&u, v->value + slice.first, slot, v->average ? v->average + slice.first : NULL,
                            v->grad + slice.first, slice.last - slice.first);
    }
}

bool cn__overwrites(const cn__optimizer *o) { return o->use_ema && o->ema_overwrite_frequency > 0; }

/* Averages become the weights, in the steps where they do; constraints come after, as in Keras. */
void cn__step_finish(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    const cn_model *model = plan->model;
    const cn__optimizer *o = &model->optimizer;
    /* the step is counted already */
    const bool overwrite =
        cn__overwrites(o) && ((o->iterations - 1) / o->accumulation + 1) % o->ema_overwrite_frequency == 0;
    for (size_t i = (size_t)thread; i < model->variable_count; i += (size_t)plan->threads) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        if (overwrite) memcpy(v->value, v->average, v->padded * sizeof(real));
        if (!v->constraint.kind) continue;
        real *values = plan->runs[thread].workspace;
        cn__variable_gather(v, v->value, values);
        cn__constraint_apply(&v->constraint, v->ndim, v->shape, values);
        cn__variable_scatter(v, values, v->value);
    }
}
