/* Losses of the outputs, and penalties of the weights. */
#include <string.h>

#include "model/plan/steps.h"

size_t cn__target_cols(const cn_model *model, size_t output)
{
    const cn__objective *o = &model->objectives[output];
    if (o->has_loss && o->loss.caller && o->loss.caller->target_cols) return o->loss.caller->target_cols;
    return o->has_loss && cn__loss_is_sparse(&o->loss) ? 1 : cn__model_output_cols(model, output);
}

size_t cn__output_rows(const cn_model *model, size_t output)
{
    return cn__shape_size(&model->outputs[output]->shape) / cn__model_output_cols(model, output);
}

cn_status cn__plan_make_losses(cn__plan *plan)
{
    for (size_t i = 0; i < plan->graph.output_count; i++) {
        cn__plan_loss *l = &plan->losses[i];
        l->cols = cn__model_output_cols(plan->model, i);
        l->rows = cn__shape_size(&plan->model->outputs[i]->shape) / l->cols;
        if (!l->objective) continue;
        const size_t rows = plan->batch * l->rows; /* of all ranks */
        l->target_cols = cn__target_cols(plan->model, i);
        l->target = cn__arena_array(&plan->arena, rows * l->target_cols + CN_LANES, sizeof(real));
        l->weight = cn__arena_array(&plan->arena, rows + CN_LANES, sizeof(real));
        l->row_loss = cn__arena_array(&plan->arena, rows + CN_LANES, sizeof(real));
        if (!l->target || !l->weight || !l->row_loss) return CN_ERROR_MEMORY;
        const cn__shape *sample = &plan->model->outputs[i]->shape;
        if (l->objective->loss.caller) l->sample = sample;
        if (!cn__loss_rearranges(&l->objective->loss, sample)) continue;
        l->sample = sample;
        l->scratch = cn__arena_array(
            &plan->arena, cn__loss_scratch(&l->objective->loss, sample, plan->options.batch), sizeof(real));
        if (!l->scratch) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

/* ---- targets that layers mix ------------------------------------------------------------------------------------ */

static cn_status make_mixed(cn__plan *plan, const cn__node *n)
{
    for (size_t i = 0; i < plan->graph.output_count; i++) {
        cn__plan_loss *l = &plan->losses[i];
        if (!l->objective || l->mixed) continue;
        if (cn__loss_is_sparse(&l->objective->loss))
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "layer %s mixes targets, and the loss takes labels, which cannot be mixed; expected "
                "one-hot targets and a loss for them, as categorical_crossentropy",
                n->op->layer->name);
        l->mixed = cn__arena_array(&plan->arena, plan->options.batch * l->rows * l->target_cols + CN_LANES,
                                   sizeof(real));
        if (!l->mixed) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

cn_status cn__plan_make_mixing(cn__plan *plan)
{
    for (size_t i = 0; i < plan->node_count && plan->options.training; i++) {
        if (!plan->nodes[i].op->kind->mix_targets) continue;
        plan->mixes = true;
        CN_TRY(make_mixed(plan, &plan->nodes[i]));
    }
    return CN_OK;
}

void cn__step_mix_targets(cn__plan *plan, cn__step *s, int thread)
{
    const cn__plan_loss *l = &plan->losses[s->output];
    s->node->op->kind->mix_targets(&plan->runs[thread], s->node->op, l->target, l->rows * l->target_cols,
                                   l->mixed);
}

void cn__step_take_mixed(cn__plan *plan, cn__step *s, int thread)
{
    const cn__plan_loss *l = &plan->losses[s->output];
    const cn__range r = cn__thread_slice(plan, plan->n, 1, thread);
    const size_t size = l->rows * l->target_cols;
    memcpy(l->target + r.first * size, l->mixed + r.first * size, (r.last - r.first) * size * sizeof(real));
}

static const real *weight_of(const cn__plan *plan, size_t output)
{
    return plan->feed->weight && plan->feed->weight[output] ? plan->losses[output].weight : NULL;
}

/* Loss of each row and the gradient with respect to what it is computed from. Targets, weights and losses are those of the whole
 * batch, of which this process may have some rows. */
void cn__step_loss(cn__plan *plan, cn__step *s, int thread)
{
    cn__plan_loss *l = &plan->losses[s->output];
    cn__range rows = cn__thread_rows(plan, l->rows, thread);
    if (l->sample) rows = (cn__range){0, thread == 0 ? plan->n * l->rows : 0};
    if (rows.first == rows.last || !plan->feed->y[s->output]) return;
    const size_t before = plan->first * l->rows;
    const real *weight = weight_of(plan, s->output);
    const cn__loss_rows all = {
        .loss = &l->objective->loss, .rows = plan->all * l->rows, .target = l->target, .weight = weight};
    const cn__loss_rows own = {.loss = &l->objective->loss,
                               .factor = l->objective->weight * plan->model->optimizer.loss_scale,
                               .before = l->before,
                               .sample = l->sample,
                               .scratch = l->scratch,
                               .rows = plan->n * l->rows,
                               .cols = l->cols,
                               .first = rows.first,
                               .last = rows.last,
                               .pred = *l->logits,
                               .target = l->target + before * l->target_cols,
                               .weight = weight ? weight + before : NULL,
                               .value = l->row_loss + before,
                               .dpred = l->edge.grad,
                               .failure = &plan->failure,
                               .batch = plan->ranks ? &all : NULL};
    cn__loss_compute(&own);
    if (l->edge.grad)
        cn__edge_done(&plan->runs[thread], &l->edge, rows.first * l->cols,
                      (rows.last - rows.first) * l->cols);
}

void cn__plan_sum_losses(cn__plan *plan, cn__result *result)
{
    const size_t n = plan->all;
    *result = (cn__result){.outputs = plan->outputs, .output_count = plan->graph.output_count};
    for (size_t i = 0; i < result->output_count; i++) {
        const cn__plan_loss *l = &plan->losses[i];
        const bool given = l->objective && plan->feed->y && plan->feed->y[i];
        plan->outputs[i] = (cn__output){.pred = l->node->y,
                                        .target = given ? l->target : NULL,
                                        .weight = given ? weight_of(plan, i) : NULL,
                                        .logits = given && l->kept_from ? *l->kept_logits : NULL,
                                        .before = l->kept,
                                        .rows = n * l->rows,
                                        .cols = l->cols,
                                        .target_cols = l->target_cols};
        if (!given) continue;
        const cn__loss_rows batch = {.loss = &l->objective->loss,
                                     .rows = n * l->rows,
                                     .target = l->target,
                                     .weight = plan->outputs[i].weight,
                                     .value = l->row_loss};
        plan->outputs[i].loss = cn__loss_sum(&batch, n);
        result->loss += l->objective->weight * plan->outputs[i].loss;
    }
    for (size_t i = 0; i < plan->model->variable_count; i++) result->penalty += plan->penalties[i];
    for (size_t i = 0; i < plan->node_count; i++)
        if (plan->nodes[i].op->kind->penalty)
            result->penalty += plan->nodes[i].op->kind->penalty(&plan->nodes[i], n);
}

/* ---- penalties ------------------------------------------------------------------------------------------------ */

/* Σ |w| or Σ w² of what is kept in the layout of `v`: the same for every layout. */
static double matrix_sum(const cn__kernels *k, const cn__variable *v, const real *values, bool squares)
{
    real lanes[CN_LANES] = {0};
    for (size_t i = 0; i < cn__variable_panel_count(v); i++) {
        const cn__variable_panel p = cn__variable_panel_at(v, i);
        k->lane_sums(squares, values + p.offset, v->rows, p.width, lanes);
    }
    for (int half = CN_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return (double)lanes[0];
}

double cn__variable_squares(const cn__kernels *k, const cn__variable *v, const real *values)
{
    return matrix_sum(k, v, values, true);
}

/* Keras leaves out those of layers that are not trained. */
static double penalty_of(const cn__kernels *k, const cn__variable *v, real *workspace)
{
    const cn__regularizer *r = &v->regularizer;
    double sum = 0;
    if (!cn__variable_trainable(v)) return 0;
    if (r->l1 != 0) sum += r->l1 * matrix_sum(k, v, v->value, false);
    if (r->l2 != 0) sum += r->l2 * matrix_sum(k, v, v->value, true);
    if (r->matrix) sum += cn__variable_penalty(v, NULL, workspace);
    return sum;
}

/* A thread has whole variables. */
void cn__step_penalty(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    const cn_model *model = plan->model;
    for (size_t i = (size_t)thread; i < model->variable_count; i += (size_t)plan->threads)
        plan->penalties[i] = penalty_of(plan->k, model->variables[i], plan->runs[thread].workspace);
}

double cn__plan_penalty(const cn__plan *plan)
{
    const cn_model *model = plan->model;
    double sum = 0;
    for (size_t i = 0; i < model->variable_count; i++)
        sum += penalty_of(plan->k, model->variables[i], plan->runs[0].workspace);
    return sum;
}
