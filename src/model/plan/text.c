/* A plan in words: a line a step, with shapes, bytes and operations. */
#include <stdio.h>

#include "model/plan/steps.h"

double cn__step_multiply_adds(const cn__plan *plan, const cn__step *s)
{
    const cn__op *op = s->node ? s->node->op : NULL;
    if (!op || !op->kind->multiply_adds) return 0;
    const bool whole = s->run == cn__step_forward || s->run == cn__step_backward ||
                       (s->run == cn__step_gradient && s->gradient->steals);
    return whole ? (double)plan->options.batch * op->kind->multiply_adds(op) : 0;
}

static bool reads_lists(const cn__step *s)
{
    const bool one = s->node && s->node->op->inputs == 1;
    return one && s->node->in[0].from->sparse && s->run != cn__step_backward;
}

static void add_shapes(const cn__plan *plan, const cn__node *n, cn__text *out)
{
    const cn__op *op = n->op;
    const size_t rows = plan->options.batch * op->rows;
    if (!op->inputs) cn__text_printf(out, " (%zu, %zu)", plan->options.batch, n->size);
    for (size_t i = 0; i < op->inputs; i++) {
        const size_t cols = cn__shape_last(&op->in_shape[i]);
        cn__text_printf(out, "%s(%zu, %zu)", i ? ", " : " ",
                        plan->options.batch * (cn__shape_size(&op->in_shape[i]) / cols), cols);
    }
    if (op->inputs) cn__text_printf(out, " -> (%zu, %zu)", rows, op->cols);
}

static void add_fused(const cn__node *n, cn__text *out)
{
    for (size_t i = 0; i < n->fused_count; i++) {
        const cn__op *op = n->fused[i].op;
        cn__text_printf(out, " + %s", op->kind->describe ? op->kind->describe(op) : op->kind->name);
    }
}

static void add_variables(const cn__step *s, cn__text *out)
{
    char bytes[32];
    for (int v = 0; v < CN_MAX_OP_VARIABLES; v++)
        if (s->gradient->variables & 1u << v && s->node->op->variable[v])
            cn__text_printf(
                out, ", %s",
                cn__byte_text((double)s->node->op->variable[v]->padded * sizeof(real), bytes, sizeof bytes));
}

void cn__plan_describe(const cn__plan *plan, cn__text *out)
{
    char all[32], buffers[32];
    cn__text_printf(out,
                    "Plan of \"%s\": batches of %zu, %s kernels, %s, of which %s for what lives in a batch\n",
                    plan->model->name, plan->options.batch, plan->k->isa,
                    cn__byte_text((double)plan->arena.used, all, sizeof all),
                    cn__byte_text((double)cn__plan_bytes(plan), buffers, sizeof buffers));
    for (size_t i = 0; i < plan->step_count; i++) {
        const cn__step *s = &plan->steps[i];
        cn__text_printf(out, "%3zu  %-26s", i + 1, s->name);
        if (s->node) add_shapes(plan, s->node, out);
        if (s->gradient) add_variables(s, out);
        const double operations = 2 * cn__step_multiply_adds(plan, s);
        if (operations > 0) cn__text_printf(out, ", %.2f MFLOP", operations / 1e6);
        if (s->node && (s->run == cn__step_forward || s->run == cn__step_gather)) add_fused(s->node, out);
        if (s->run == cn__step_forward && reads_lists(s)) cn__text_add(out, ", zeros of the input left out");
        if (s->gradient && s->gradient->variables && !plan->materialize)
            cn__text_printf(out, " + %s, tile by tile", plan->model->optimizer.name);
        if (s->chain && s->few < plan->options.batch)
            cn__text_printf(out, "  | with the next %zu, %zu samples at a time", s->chain - 1, s->few);
        cn__text_add(out, s->barrier ? "  | all wait\n" : "\n");
    }
}

/* ---- measured --------------------------------------------------------------------------------------- */

static void profile_line(cn__text *out, const char *name, double seconds, double all, size_t runs)
{
    cn__text_printf(out, "  %-26s %9.3f s %5.1f %% %9.2f us", name, seconds,
                    all > 0 ? 100 * seconds / all : 0, runs ? seconds / (double)runs * 1e6 : 0);
}

static void step_line(const cn__plan *plan, size_t index, double work, double all, cn__text *out)
{
    const cn__step *s = &plan->steps[index];
    const double whole = 2 * cn__step_multiply_adds(plan, s) * (double)plan->run_count;
    const double density =
        reads_lists(s) && s->node->in[0].from->sparse->used ? 1 - s->node->in[0].from->sparse->zeros : 1;
    profile_line(out, s->name, work, all, plan->run_count);
    if (s->node && s->node->op->inputs) add_shapes(plan, s->node, out);
    if (whole > 0 && work > 0) cn__text_printf(out, ", %.0f GFLOP/s a thread", whole * density / work / 1e9);
    if (whole > 0 && density < 1) cn__text_printf(out, ", %.0f %% zeros left out", 100 * (1 - density));
    cn__text_add(out, "\n");
}

void cn__plan_profile(const cn__plan *plan, const char *title, double wall, cn__text *out)
{
    if (!plan->times) return;
    const double all = wall * plan->threads;
    double waited = 0, named = 0;
    cn__text_printf(out, "%s: %zu batch%s of %zu, %d thread%s, %s kernels, %.3f s\n", title, plan->run_count,
                    plan->run_count == 1 ? "" : "es", plan->options.batch, plan->threads,
                    plan->threads == 1 ? "" : "s", plan->k->isa, wall);
    cn__text_printf(out, "  %-26s %11s %7s %12s\n", "step", "all threads", "", "a batch");
    for (size_t i = 0; i < plan->step_count; i++) {
        double work = 0;
        for (int t = 0; t < plan->threads; t++) {
            work += plan->times[(size_t)t * plan->step_count + i].work;
            waited += plan->times[(size_t)t * plan->step_count + i].wait;
        }
        named += work;
        step_line(plan, i, work, all, out);
    }
    profile_line(out, "waiting at barriers", waited, all, plan->run_count);
    cn__text_add(out, "\n");
    profile_line(out, "starting and ending a run", plan->run_seconds * plan->threads - named - waited, all,
                 plan->run_count);
    cn__text_add(out, "\n");
    profile_line(out, "between the batches", (wall - plan->run_seconds) * plan->threads, all,
                 plan->run_count);
    cn__text_add(out, "\n");
}

char *cn_model_plan_text(cn_model *model, size_t batch_size)
{
    if (!model->built || !model->compiled) {
        cn__fail(CN_ERROR_STATE, "model %s: the plan is made when the model is built and compiled",
                 model->name);
        return NULL;
    }
    cn__plan *plan = NULL;
    cn__plan_options options = {.batch = batch_size, .training = true, .targets = true};
    cn__text out = {0};
    if (cn__plan_new(model, &options, &plan) == CN_OK) cn__plan_describe(plan, &out);
    bool made = plan != NULL;
    cn__plan_free(plan);
    if (made && !out.failed) return out.data;
    if (made) (void)cn__fail_memory(out.size, "a text");
    cn__text_free(&out);
    return NULL;
}
