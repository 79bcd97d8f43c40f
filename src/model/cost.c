/* The cost model of plans. */
#include "model/cost.h"

#include <string.h>

/* In cycles. A multiply-add of a tile, whose operands are shared by rows and vectors; one of a list, which loads one operand
 * each time; to look at a number and list it; and to list an entry again by its column, for the gradient. */
typedef struct machine {
    const char *isa;
    double in_tile, in_list, look, entry;
} machine;

/* Of those that were not measured, the relations are AVX2's. */
static const machine machines[] = {{"avx512", 0.073, 0.091, 1.3, 10},
                                   {"avx2", 0.07, 0.11, 2, 17},
                                   {"neon", 0.14, 0.22, 3, 17},
                                   {"scalar", 1, 1, 2, 17}};

static const machine *machine_of(const char *isa)
{
    const size_t count = sizeof machines / sizeof *machines;
    for (size_t i = 0; i < count; i++)
        if (strcmp(machines[i].isa, isa) == 0) return &machines[i];
    return &machines[count - 1];
}

bool cn__lists_pay(const char *isa, size_t outputs, double density, bool training)
{
    const machine *m = machine_of(isa);
    const double products = training ? 2 : 1; /* forward, and the kernel's gradient */
    const double whole = products * m->in_tile * (double)outputs;
    const double listed = products * m->in_list * (double)outputs + (training ? m->entry : 0);
    return density * listed + m->look < whole;
}

static double slots_of(const cn__variable *v)
{
    double slots = 0;
    for (int i = 0; i < CN_MAX_SLOTS; i++) slots += v->slot[i] != NULL;
    return slots;
}

static bool takes_roots(const cn__optimizer *o)
{
    return strcmp(o->name, "sgd") != 0 && strcmp(o->name, "lion") != 0 && strcmp(o->name, "adamax") != 0;
}

cn__cost cn__step_cost(const cn__plan *plan, const step *s, double density)
{
    const node *n = s->node;
    cn__cost cost = {0};
    if (!n || n->op.kind != CN_OP_DENSE) return cost;
    const bool lists = plan->keeps_zeros && n->by_row &&
                       cn__lists_pay(plan->k->isa, n->op.out_cols, density, plan->options.training);
    if (s->run == cn__step_dense || s->run == cn__step_dense_back || s->run == cn__step_kernel)
        cost.multiply_adds = cn__step_flops(plan, s) / 2;
    if (lists && s->run != cn__step_dense_back) cost.multiply_adds *= density;
    if (s->run == cn__step_dense || s->run == cn__step_dense_back)
        cost.bytes = (double)n->op.kernel->padded * sizeof(real);
    if (s->run != cn__step_kernel && s->run != cn__step_bias) return cost;
    const double elements = (double)s->variable->padded;
    cost.bytes = 2 * elements * (1 + slots_of(s->variable)) * sizeof(real);
    if (takes_roots(&plan->model->optimizer)) cost.roots = elements;
    return cost;
}
