/* A plan in words: a line a step, with shapes, bytes and operations. */
#include <stdio.h>

#include "model/cost.h"
#include "model/steps.h"

static void shape(char *text, size_t size, size_t a, size_t b) { snprintf(text, size, "(%zu, %zu)", a, b); }

static const char *joined_name(const joined *j)
{
    return j->op.kind == CN_OP_DROPOUT ? "dropout" : cn__activation_name(j->op.activation.kind);
}

double cn__step_flops(const cn__plan *plan, const step *s)
{
    const node *n = s->node;
    double rows = n ? (double)(plan->options.batch * n->op.rows) : 0;
    if (!n || n->op.kind != CN_OP_DENSE) return 0;
    double product = 2 * rows * (double)n->op.in_cols * (double)n->op.out_cols;
    if (s->run == cn__step_dense || s->run == cn__step_dense_back || s->run == cn__step_kernel)
        return product;
    return 0;
}

void cn__plan_describe(const cn__plan *plan, cn__text *out)
{
    char a[64], b[64], bytes[32];
    cn__text_printf(out, "Plan of \"%s\": batches of %zu, %s kernels, %s\n", plan->model->name,
                    plan->options.batch, plan->k->isa,
                    cn__byte_text((double)plan->arena.used, bytes, sizeof bytes));
    for (size_t i = 0; i < plan->step_count; i++) {
        const step *s = &plan->steps[i];
        const node *n = s->node;
        cn__text_printf(out, "%3zu  %-26s", i + 1, s->name);
        if (n && n->op.kind != CN_OP_ALIAS) {
            shape(a, sizeof a, plan->options.batch * n->op.rows, n->op.in_cols);
            shape(b, sizeof b, plan->options.batch * n->op.rows, n->op.out_cols);
            cn__text_printf(out, " %s -> %s", a, b);
        } else if (n) {
            cn__text_printf(out, " (%zu, %zu)", plan->options.batch, n->size);
        }
        if (s->variable)
            cn__text_printf(out, ", %s",
                            cn__byte_text((double)s->variable->padded * sizeof(real), bytes, sizeof bytes));
        if (cn__step_flops(plan, s) > 0) cn__text_printf(out, ", %.2f MFLOP", cn__step_flops(plan, s) / 1e6);
        bool forward = s->run == cn__step_dense || s->run == cn__step_gather || s->run == cn__step_softmax ||
                       s->run == cn__step_batchnorm || s->run == cn__step_layernorm;
        for (size_t j = 0; n && forward && j < n->joined_count; j++)
            cn__text_printf(out, " + %s", joined_name(&n->then[j]));
        if (n && n->by_row && s->run == cn__step_dense) cn__text_add(out, ", zeros of the input left out");
        if (s->run == cn__step_kernel && !plan->separate)
            cn__text_printf(out, " + %s, tile by tile", plan->model->optimizer.name);
        cn__text_add(out, s->barrier ? "  | all wait\n" : "\n");
    }
}

/* ---- measured --------------------------------------------------------------------------------------- */

static void profile_line(cn__text *out, const char *name, double seconds, double all, size_t runs)
{
    cn__text_printf(out, "  %-26s %9.3f s %5.1f %% %9.2f us", name, seconds,
                    all > 0 ? 100 * seconds / all : 0, runs ? seconds / (double)runs * 1e6 : 0);
}

void cn__plan_profile(const cn__plan *plan, const char *title, double wall, cn__text *out)
{
    if (!plan->times) return;
    const double all = wall * plan->members;
    double waited = 0, named = 0;
    cn__text_printf(out, "%s: %zu batch%s of %zu, %d thread%s, %s kernels, %.3f s\n", title, plan->runs,
                    plan->runs == 1 ? "" : "es", plan->options.batch, plan->members,
                    plan->members == 1 ? "" : "s", plan->k->isa, wall);
    cn__text_printf(out, "  %-26s %11s %7s %12s\n", "step", "all threads", "", "a batch");
    for (size_t i = 0; i < plan->step_count; i++) {
        const step *s = &plan->steps[i];
        double work = 0;
        for (int m = 0; m < plan->members; m++) {
            work += plan->times[(size_t)m * plan->step_count + i].work;
            waited += plan->times[(size_t)m * plan->step_count + i].wait;
        }
        named += work;
        profile_line(out, s->name, work, all, plan->runs);
        if (s->node && s->node->op.kind != CN_OP_ALIAS)
            cn__text_printf(out, "  (%zu, %zu) -> %zu", plan->options.batch * s->node->op.rows,
                            s->node->op.in_cols, s->node->op.out_cols);
        double flops = 2 * cn__step_cost(plan, s, plan->density).multiply_adds * (double)plan->runs;
        if (flops > 0 && work > 0) cn__text_printf(out, ", %.0f GFLOP/s a thread", flops / work / 1e9);
        if (flops > 0 && flops < cn__step_flops(plan, s) * (double)plan->runs)
            cn__text_printf(out, ", %.0f %% zeros left out", 100 * (1 - plan->density));
        cn__text_add(out, "\n");
    }
    profile_line(out, "waiting at barriers", waited, all, plan->runs);
    cn__text_add(out, "\n");
    profile_line(out, "starting and ending a run", plan->run_seconds * plan->members - named - waited, all,
                 plan->runs);
    cn__text_add(out, "\n");
    profile_line(out, "between the batches", (wall - plan->run_seconds) * plan->members, all, plan->runs);
    cn__text_add(out, "\n");
}
