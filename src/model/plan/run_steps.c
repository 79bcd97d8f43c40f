/* The steps of nodes: each runs a part of an operation's work on one thread. */
#include <string.h>

#include "model/plan/steps.h"

static cn__run *run_of(cn__plan *plan, const cn__step *s, int thread)
{
    cn__run *run = &plan->runs[thread];
    run->adds = s->adds;
    run->counters = s->counters;
    run->sink = s->sink ? s->sink : &plan->sink.base;
    return run;
}

/* An elementwise operation that could not be fused: rows of the batch. */
static void elementwise_forward(const cn__run *run, cn__node *n)
{
    const cn__range samples = cn__run_samples(run);
    const size_t first = samples.first * n->size, count = (samples.last - samples.first) * n->size;
    if (!count) return;
    n->op->kind->forward_piece(run, n->op, cn__node_input(n, 0) + first, n->z + first,
                               cn__of_batch(run, n->op, first), count);
    cn__fused_forward(run, n, first, count);
}

static void elementwise_backward(const cn__run *run, cn__node *n)
{
    const cn__range samples = cn__run_samples(run);
    const size_t first = samples.first * n->size, count = (samples.last - samples.first) * n->size;
    real *grad = n->in[0].grad + first;
    if (!count) return;
    memcpy(grad, n->d + first, count * sizeof(real));
    n->op->kind->back_piece(run, n->op, cn__node_input(n, 0) + first, n->z + first, grad,
                            cn__of_batch(run, n->op, first), count);
    cn__edge_done(run, &n->in[0], first, count);
}

void cn__step_forward(cn__plan *plan, cn__step *s, int thread)
{
    (cn__op_is_elementwise(s->node->op) ? elementwise_forward
                                        : s->node->op->kind->forward)(run_of(plan, s, thread), s->node);
}

void cn__step_backward(cn__plan *plan, cn__step *s, int thread)
{
    (cn__op_is_elementwise(s->node->op) ? elementwise_backward
                                        : s->node->op->kind->backward)(run_of(plan, s, thread), s->node);
}

void cn__step_pack(cn__plan *plan, cn__step *s, int thread)
{
    if (plan->packed) return;
    s->node->op->kind->pack(run_of(plan, s, thread), s->node, s->backward);
}

void cn__step_gradient(cn__plan *plan, cn__step *s, int thread)
{
    s->gradient->run(run_of(plan, s, thread), s->node);
}

/* A gradient that nothing writes begins as zeros. */
void cn__step_clear(cn__plan *plan, cn__step *s, int thread)
{
    const cn__range samples = cn__thread_slice(plan, plan->n, 1, thread);
    memset(s->node->d + samples.first * s->node->size, 0,
           (samples.last - samples.first) * s->node->size * sizeof(real));
}
