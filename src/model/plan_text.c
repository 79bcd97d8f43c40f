/* A plan in words: a line a step, with shapes, bytes and operations. */
#include <stdio.h>

#include "model/steps.h"

static void shape(char *text, size_t size, size_t a, size_t b) { snprintf(text, size, "(%zu, %zu)", a, b); }

static const char *joined_name(const joined *j)
{
    return j->op.kind == CN_OP_DROPOUT ? "dropout" : cn__activation_name(j->op.activation.kind);
}

/* Operations of a step for a whole batch. */
static double step_flops(const cn__plan *plan, const step *s)
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
        if (step_flops(plan, s) > 0) cn__text_printf(out, ", %.2f MFLOP", step_flops(plan, s) / 1e6);
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
