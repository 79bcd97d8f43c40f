/* Where what is int8 stands in the scratch. In a line of layers the two ends of the scratch take turns, so that it is as large
 * as the largest two neighbours; in a graph the larger values choose first. */
#include "formats/c/int8.h"
#include "nn/ops.h"

static bool makes_bytes(const cn__q_step *s)
{
    return s->kind != CN_Q_FLOAT && s->kind != CN_Q_DEQUANTISE && s->kind != CN_Q_DENSE_LAST;
}

/* ---- a line of layers --------------------------------------------------------------------------------------- */

/* A pool without padding before the image never writes ahead of what it reads. At the low end of the scratch, where what
 * its input leaves is free for the next step, it works in place. */
static bool pools_in_place(const cn__q_program *q, const cn__q_step *s, bool high)
{
    if (s->kind != CN_Q_MAX_POOL && s->kind != CN_Q_AVERAGE_POOL) return false;
    const cn__conv *g = &((const cn__pool_args *)q->p->steps[s->op].op->args)->geometry;
    return !high && !g->top && !g->left;
}

/* The bytes that it takes; offsets with `end`, and the input at the high end or at the low one. */
static size_t place_line(cn__q_program *q, bool high, size_t end)
{
    size_t bytes = 0;
    high = !high;
    for (size_t i = 0; i < q->count; i++) {
        const cn__q_step *s = &q->steps[i];
        if (!makes_bytes(s)) continue;
        const size_t before = s->kind == CN_Q_QUANTISE ? 0 : s->from[0]->size;
        if (pools_in_place(q, s, high)) {
            s->to->offset = s->from[0]->offset;
            continue;
        }
        if (before + s->to->size > bytes) bytes = before + s->to->size;
        high = !high;
        s->to->offset = high ? end - s->to->size : 0;
    }
    return bytes;
}

static void place_whole_line(cn__q_program *q)
{
    const size_t high = place_line(q, true, 0), low = place_line(q, false, 0);
    q->bytes = high < low ? high : low;
    (void)place_line(q, high < low, q->bytes);
}

/* ---- a graph ------------------------------------------------------------------------------------------------ */

static bool live_together(const cn__q_value *a, const cn__q_value *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest place that none of those which are placed touches. */
static size_t first_fit(const cn__q_value *v, cn__q_value *const *placed, size_t count)
{
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < count; i++) {
            const cn__q_value *o = placed[i];
            if (!live_together(v, o) || o->offset >= at + v->size || o->offset + o->size <= at) continue;
            at = o->offset + o->size, moved = true;
        }
    }
    return at;
}

static size_t sort_by_size(cn__q_program *q, cn__q_value **sorted)
{
    size_t count = 0;
    for (size_t i = 0; i < q->count; i++) {
        if (!makes_bytes(&q->steps[i])) continue;
        size_t at = count++;
        for (; at > 0 && sorted[at - 1]->size < q->steps[i].to->size; at--) sorted[at] = sorted[at - 1];
        sorted[at] = q->steps[i].to;
    }
    return count;
}

static cn_status place_graph(cn__q_program *q)
{
    cn__q_value **sorted = cn__arena_array(&q->p->arena, q->count + 1, sizeof(cn__q_value *));
    if (!sorted) return CN_ERROR_MEMORY;
    const size_t count = sort_by_size(q, sorted);
    for (size_t i = 0; i < count; i++) {
        sorted[i]->offset = first_fit(sorted[i], sorted, i);
        const size_t end = sorted[i]->offset + sorted[i]->size;
        if (end > q->bytes) q->bytes = end;
    }
    return CN_OK;
}

/* ---- both --------------------------------------------------------------------------------------------------- */

static void find_lives(cn__q_program *q)
{
    for (size_t i = 0; i < q->count; i++) {
        const cn__q_step *s = &q->steps[i];
        if (makes_bytes(s)) s->to->first = s->to->last = i;
        for (size_t k = 0; k < s->inputs; k++) s->from[k]->last = i;
    }
}

cn_status cn__q_place(cn__q_program *q)
{
    find_lives(q);
    if (!q->p->is_line) return place_graph(q);
    place_whole_line(q);
    return CN_OK;
}
