/* An operation without a plan: a node of its own, whose inputs are nodes that hold the caller's values. */
#include "model/plan/steps.h"

typedef struct alone {
    cn__arena arena;
    cn__node node, *from; /* (inputs) */
    cn__run run;
} alone;

static cn_status make_node(alone *a, const cn__op *op, const real *const *x, real *y, size_t n)
{
    a->from = cn__arena_array(&a->arena, op->inputs + 1, sizeof *a->from);
    a->node.in = cn__arena_array(&a->arena, op->inputs + 1, sizeof *a->node.in);
    if (!a->from || !a->node.in) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < op->inputs; i++) {
        real *values = (real *)(uintptr_t)x[i]; /* forward does not write its inputs */
        a->from[i] = (cn__node){
            .op = op->in[i], .size = cn__shape_size(&op->in_shape[i]), .z = values, .y = values, .batch = n};
        a->node.in[i] = (cn__edge){.from = &a->from[i]};
    }
    a->node.op = op;
    a->node.size = op->size;
    a->node.z = a->node.y = y;
    a->node.threads = 1;
    a->node.batch = n;
    return cn__op_prepare_alone(&a->arena, &a->node);
}

static cn_status make_run(alone *a, const cn__op *op, size_t n)
{
    const size_t space = op->kind->workspace ? op->kind->workspace(op, n, false) : 0;
    a->run = (cn__run){.k = cn__kernels_get(), .n = n, .threads = 1, .loss_scale = 1};
    a->run.workspace = cn__arena_array(&a->arena, space + CN_LANES, sizeof(real));
    return a->run.workspace ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__op_compute(const cn__op *op, const real *const *x, real *y, size_t n)
{
    alone a = {0};
    if (cn__op_is_elementwise(op)) {
        const cn__run run = {.k = cn__kernels_get(), .n = n, .threads = 1, .loss_scale = 1};
        op->kind->forward_piece(&run, op, x[0], y, 0, n * op->size);
        return CN_OK;
    }
    cn_status status = make_node(&a, op, x, y, n);
    if (status == CN_OK) status = make_run(&a, op, n);
    if (status == CN_OK) {
        if (op->kind->pack) op->kind->pack(&a.run, &a.node, false);
        op->kind->forward(&a.run, &a.node);
    }
    cn__arena_free(&a.arena);
    return status;
}
