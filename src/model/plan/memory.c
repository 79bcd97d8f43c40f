/* Where a batch lies: each buffer lives in some phases of the plan, and shares its place with those of others. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/plan/steps.h"

cn_status cn__plan_buffer(cn__plan *plan, size_t size, size_t first, size_t last, real **place)
{
    assert(first <= last && !plan->memory); /* all are wanted before any has its place */
    if (plan->buffer_count == plan->buffer_capacity) {
        const size_t capacity = plan->buffer_capacity ? 2 * plan->buffer_capacity : 32;
        cn__buffer *grown = cn__realloc(plan->buffers, capacity * sizeof *grown);
        if (!grown) return CN_ERROR_MEMORY;
        plan->buffers = grown, plan->buffer_capacity = capacity;
    }
    plan->buffers[plan->buffer_count++] = (cn__buffer){.place = place,
                                                       .size = CN_PAD(size) + CN_LANES,
                                                       /* kernels read whole vectors */ .first = first,
                                                       .last = last};
    return CN_OK;
}

/* ---- when a node's buffers live ---------------------------------------------------------------------- */

/* The phases in which a node's steps run: forward; and of the way back the first writer of its gradient, and the last
 * step of its own. */
typedef struct phases {
    size_t forward, gradient, back;
} phases;

static void find_phases(const cn__plan *plan, phases *all)
{
    for (size_t i = 0; i < plan->node_count; i++) all[i] = (phases){.gradient = CN_FOR_EVER};
    for (size_t i = 0; i < plan->step_count; i++) {
        const cn__step *s = &plan->steps[i];
        if (!s->node || s->run == cn__step_whole_gradient) continue; /* of rows elsewhere */
        phases *p = &all[s->node - plan->nodes];
        if (s->run == cn__step_forward) p->forward = s->phase;
        if (s->run == cn__step_backward || s->run == cn__step_gradient || s->run == cn__step_share_rows)
            p->back = s->phase;
        if (s->run == cn__step_clear) p->gradient = s->phase;
        for (size_t j = 0; s->run == cn__step_backward && j < s->node->op->inputs; j++) {
            phases *from = &all[s->node->in[j].from - plan->nodes];
            if (!s->node->in[j].wanted) continue;
            if (s->phase < from->gradient) from->gradient = s->phase;
            /* an input has no steps of its own: what is fused to it is read by those who write its gradient */
            if (!s->node->in[j].from->op->inputs && s->phase > from->back) from->back = s->phase;
        }
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        const cn__step *s = &plan->steps[i];
        if (s->run != cn__step_loss || !plan->losses[s->output].edge.wanted) continue;
        phases *p = &all[plan->losses[s->output].edge.from - plan->nodes];
        if (s->phase < p->gradient) p->gradient = s->phase;
        if (!plan->losses[s->output].edge.from->op->inputs && s->phase > p->back) p->back = s->phase;
    }
}

static size_t later(size_t a, size_t b) { return a > b ? a : b; }

static unsigned saves_of(const cn__op *op)
{
    return op->kind->saves ? op->kind->saves(op) : CN_SAVES_NOTHING;
}

/* The last phase in which what node `i` gives is read. */
static size_t last_reader(const cn__plan *plan, const phases *all, size_t i)
{
    const cn__node *n = &plan->nodes[i];
    size_t last = all[i].forward;
    for (size_t j = i + 1; j < plan->node_count; j++) {
        const cn__node *reader = &plan->nodes[j];
        for (size_t k = 0; k < reader->op->inputs; k++) {
            if (reader->in[k].from != n) continue;
            last = later(last, all[j].forward);
            if (plan->options.training && saves_of(reader->op) & CN_SAVES_INPUTS)
                last = later(last, all[j].back);
        }
    }
    for (size_t o = 0; o < plan->graph.output_count; o++)
        if (plan->losses[o].node == n || plan->losses[o].kept_from == n ||
            (plan->losses[o].objective && plan->losses[o].edge.from == n))
            last = CN_FOR_EVER;
    return last;
}

/* ---- what a node asks for ------------------------------------------------------------------------------- */

/* Must the value that fused operation `i` reads outlive what it writes? */
static bool keeps_input(const cn__plan *plan, const cn__node *n, size_t i, bool saved_before)
{
    if (plan->options.training && (saved_before || saves_of(n->fused[i].op) & CN_SAVES_INPUTS)) return true;
    for (size_t o = 0; o < plan->graph.output_count; o++) { /* a loss reads it */
        const cn__plan_loss *l = &plan->losses[o];
        if (l->objective && l->before != CN_ACT_LINEAR && l->edge.from == n && l->node == n &&
            l->edge.back_count == i)
            return true;
        if (l->kept_from == n && l->kept_fused == i) return true;
    }
    return false;
}

/* z, what the fused operations give, and y: one buffer where nothing reads what stood there before. */
static cn_status values_of(cn__plan *plan, const phases *all, size_t i)
{
    cn__node *n = &plan->nodes[i];
    const size_t size = plan->options.batch * n->size, last = last_reader(plan, all, i);
    bool saved = plan->options.training && saves_of(n->op) & CN_SAVES_OUTPUT;
    /* all live as long: pieces of them are read together on the way back */
    size_t end = saved ? later(last, all[i].back) : last;
    for (size_t f = 0; f < n->fused_count && plan->options.training; f++)
        if (saves_of(n->fused[f].op)) end = later(end, all[i].back);
    CN_TRY(cn__plan_buffer(plan, size, all[i].forward, end, &n->z));
    for (size_t f = 0; f < n->fused_count; f++) {
        if (keeps_input(plan, n, f, saved))
            CN_TRY(cn__plan_buffer(plan, size, all[i].forward, end, &n->fused[f].out));
        saved = plan->options.training && saves_of(n->fused[f].op) & CN_SAVES_OUTPUT;
    }
    return CN_OK;
}

static cn_status gradients_of(cn__plan *plan, const phases *all, size_t i)
{
    cn__node *n = &plan->nodes[i];
    const size_t batch = plan->options.batch;
    if (all[i].gradient != CN_FOR_EVER)
        CN_TRY(cn__plan_buffer(plan, batch * n->size, all[i].gradient,
                               n->op->inputs ? later(all[i].back, all[i].gradient) : CN_FOR_EVER, &n->d));
    for (size_t j = 0; j < n->op->inputs; j++)
        if (n->in[j].wanted && n->in[j].adds)
            CN_TRY(cn__plan_buffer(plan, batch * n->in[j].from->size, all[i].gradient, all[i].back,
                                   &n->in[j].grad));
    return CN_OK;
}

/* The buffers of a node's state: they live in the phases from first to last. */
typedef struct node_buffers {
    cn__buffers base;
    cn__plan *plan;
    size_t first, last;
} node_buffers;

static cn_status request_of_plan(cn__buffers *base, size_t size, bool packed, real **out)
{
    const node_buffers *b = (const node_buffers *)base;
    return cn__plan_buffer(b->plan, size, packed ? 0 : b->first, packed ? CN_FOR_EVER : b->last, out);
}

/* Without a plan. */
typedef struct arena_buffers {
    cn__buffers base;
    cn__arena *arena;
} arena_buffers;

static cn_status request_of_arena(cn__buffers *base, size_t size, bool packed, real **out)
{
    (void)packed;
    *out = cn__arena_array(((arena_buffers *)base)->arena, size + CN_LANES, sizeof **out);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__op_prepare_alone(cn__arena *arena, cn__node *n)
{
    arena_buffers own = {.base = {.request = request_of_arena, .batch = n->batch}, .arena = arena};
    return n->op->kind->prepare ? n->op->kind->prepare(arena, &own.base, n) : CN_OK;
}

cn_status cn__plan_want_buffers(cn__plan *plan)
{
    phases *all = cn__arena_array(&plan->arena, plan->node_count + 1, sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    find_phases(plan, all);
    for (size_t i = 0; i < plan->node_count; i++) {
        cn__node *n = &plan->nodes[i];
        node_buffers own = {.base = {.request = request_of_plan, .batch = plan->options.batch},
                            .plan = plan,
                            .first = all[i].forward,
                            .last = later(all[i].back, all[i].forward)};
        if (n->op->kind->penalty) own.last = CN_FOR_EVER;
        CN_TRY(values_of(plan, all, i));
        if (n->op->kind->prepare) CN_TRY(n->op->kind->prepare(&plan->arena, &own.base, n));
        CN_TRY(gradients_of(plan, all, i));
    }
    for (size_t s = 0; s < plan->step_count; s++) {
        cn__plan_loss *l = &plan->losses[plan->steps[s].output];
        const size_t phase = plan->steps[s].phase, size = plan->options.batch * l->edge.from->size;
        if (plan->steps[s].run == cn__step_loss && l->edge.wanted && l->edge.adds)
            CN_TRY(cn__plan_buffer(plan, size, phase, phase, &l->edge.grad));
    }
    return CN_OK;
}

/* ---- placing ---------------------------------------------------------------------------------------------- */

static int larger_first(const void *a, const void *b)
{
    const cn__buffer *x = *(cn__buffer *const *)a, *y = *(cn__buffer *const *)b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return x < y ? -1 : 1;
}

static bool live_together(const cn__buffer *a, const cn__buffer *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest place that no buffer of `placed` that lives with it touches. They are sorted by where they lie. */
static size_t first_fit(const cn__buffer *b, cn__buffer *const *placed, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const cn__buffer *p = placed[i];
        if (!live_together(b, p) || p->offset + p->size <= at) continue;
        if (p->offset >= at + b->size) break;
        at = p->offset + p->size;
    }
    return at;
}

static void insert_sorted(cn__buffer **placed, size_t count, cn__buffer *b)
{
    size_t i = count;
    for (; i > 0 && placed[i - 1]->offset > b->offset; i--) placed[i] = placed[i - 1];
    placed[i] = b;
    assert(i == count || b->offset <= placed[i + 1]->offset);
}

/* Fills in what follows from the buffers: which of them is one with another. */
static void point(cn__plan *plan)
{
    for (size_t i = 0; i < plan->node_count; i++) {
        cn__node *n = &plan->nodes[i];
        real *at = n->z;
        for (size_t f = 0; f < n->fused_count; f++) {
            n->fused[f].in = at;
            if (n->fused[f].out) at = n->fused[f].out;
            n->fused[f].out = at;
        }
        n->y = at;
        for (size_t j = 0; j < n->op->inputs; j++)
            if (n->in[j].wanted && !n->in[j].adds) n->in[j].grad = n->in[j].from->d;
    }
    for (size_t o = 0; o < plan->graph.output_count; o++) {
        cn__plan_loss *l = &plan->losses[o];
        if (l->edge.wanted && !l->edge.adds) l->edge.grad = l->edge.from->d;
        l->logits = (const real *const *)&l->edge.from->y;
        if (l->edge.from == l->node && l->edge.back_count < l->node->fused_count)
            l->logits = (const real *const *)&l->node->fused[l->edge.back_count].in;
        if (!l->kept_from) continue;
        l->kept_logits = (const real *const *)&l->kept_from->y;
        if (l->kept_fused < l->kept_from->fused_count)
            l->kept_logits = (const real *const *)&l->kept_from->fused[l->kept_fused].in;
    }
}

#ifndef NDEBUG
/* Do buffers that live in one phase keep apart, and all within the memory? */
static bool keep_apart(const cn__plan *plan)
{
    for (size_t i = 0; i < plan->buffer_count; i++) {
        const cn__buffer *a = &plan->buffers[i];
        if (a->offset + a->size > plan->memory_size) return false;
        for (size_t j = 0; j < i; j++) {
            const cn__buffer *b = &plan->buffers[j];
            if (live_together(a, b) && a->offset < b->offset + b->size && b->offset < a->offset + a->size)
                return false;
        }
    }
    return true;
}
#endif

cn_status cn__plan_place_buffers(cn__plan *plan)
{
    const size_t count = plan->buffer_count;
    cn__buffer **order = cn__arena_array(&plan->arena, count + 1, sizeof *order);
    cn__buffer **placed = cn__arena_array(&plan->arena, count + 1, sizeof *placed);
    if (!order || !placed) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) order[i] = &plan->buffers[i];
    qsort(order, count, sizeof *order, larger_first);
    for (size_t i = 0; i < count; i++) {
        order[i]->offset = first_fit(order[i], placed, i);
        insert_sorted(placed, i, order[i]);
        if (order[i]->offset + order[i]->size > plan->memory_size)
            plan->memory_size = order[i]->offset + order[i]->size;
    }
    assert(keep_apart(plan));
    plan->memory = cn__arena_array(&plan->arena, plan->memory_size + CN_LANES, sizeof(real));
    if (!plan->memory) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) *plan->buffers[i].place = plan->memory + plan->buffers[i].offset;
    point(plan);
    cn__free(plan->buffers);
    plan->buffers = NULL, plan->buffer_count = plan->buffer_capacity = 0;
    return CN_OK;
}

size_t cn__plan_bytes(const cn__plan *plan) { return plan->memory_size * sizeof(real); }
