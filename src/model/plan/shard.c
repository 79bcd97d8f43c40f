/* Weights of which each rank updates a part: it alone keeps what the optimizer remembers of that part, and gives the new weights to
 * the others in the place of the gradient's sum (ZeRO's first stage: Rajbhandari et al. 2020, "ZeRO: memory optimizations toward
 * training trillion parameter models"). An update looks at one element at a time, so that the bits are those of one process. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "model/plan/ranks.h"

/* ---- the update --------------------------------------------------------------------------------------------- */

/* Calls do_part for what parts have of `count` elements, `at` standing in r->partial. */
typedef void do_part(const struct cn__plan_ranks *r, const cn__gradient_part *p, cn__range elements,
                     real *values);

static void each_part(const struct cn__plan_ranks *r, size_t first, size_t count, real *values, do_part *call)
{
    for (const cn__gradient_part *p = r->parts; p < r->parts + r->part_count && p->at < first + count; p++) {
        const size_t end = p->at + p->variable->padded, last = first + count < end ? first + count : end;
        const size_t begin = first > p->at ? first : p->at;
        if (begin < last) call(r, p, (cn__range){begin - p->at, last - p->at}, values + (begin - first));
    }
}

static void update_part(const struct cn__plan_ranks *r, const cn__gradient_part *p, cn__range e, real *values)
{
    const cn__sink *sink = &r->plan->sink.base;
    sink->tile(sink, p->variable, false, e.first, values, e.last - e.first);
    memcpy(values, p->variable->value + e.first, (e.last - e.first) * sizeof(real));
}

static void take_weights(const struct cn__plan_ranks *r, const cn__gradient_part *p, cn__range e,
                         real *values)
{
    (void)r;
    memcpy(p->variable->value + e.first, values, (e.last - e.first) * sizeof(real));
}

static void update_own(void *user, const real *at, real *sum, size_t count)
{
    const struct cn__plan_ranks *r = user;
    each_part(r, (size_t)(at - r->partial), count, sum, update_part);
}

static void take_others(void *user, const real *at, const real *theirs, size_t count)
{
    const struct cn__plan_ranks *r = user;
    each_part(r, (size_t)(at - r->partial), count, (real *)(uintptr_t)theirs, take_weights);
}

static const char *why_not(const cn__plan *plan)
{
    const cn__optimizer *o = &plan->model->optimizer;
    if (cn__optimizer_is_whole(o)) return "it updates a variable as a whole";
    if (!isnan(o->clipnorm) || !isnan(o->global_clipnorm)) return "it clips by the norm of whole gradients";
    if (o->accumulation > 1) return "it accumulates gradients";
    if (o->use_ema) return "it averages weights";
    if (o->loss_scale != 1 && plan->materialize) return "it scales the loss";
    return plan->materialize ? "a variable of this network is shared, or has a regularizer of whole matrices"
                             : NULL;
}

cn_status cn__plan_make_shards(cn__plan *plan)
{
    const char *why = why_not(plan);
    if (why)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "shard_optimizer: the state of %s cannot be divided over ranks: %s",
                        plan->model->optimizer.name, why);
    plan->ranks->shard = (cn__sum_use){.own = update_own, .others = take_others, .user = plan->ranks};
    return CN_OK;
}

/* ---- the state ------------------------------------------------------------------------------------------------ */

static bool has_slot(const struct cn__plan_ranks *r, cn__range piece, int slot)
{
    for (const cn__gradient_part *p = r->parts; p < r->parts + r->part_count; p++)
        if (p->at < piece.last && p->at + p->variable->padded > piece.first && p->variable->slot[slot])
            return true;
    return false;
}

/* One slot of all parts in a piece. */
typedef struct shelf {
    struct cn__plan_ranks *r;
    cn__range piece;
    int slot;
} shelf;
typedef cn_status do_shelf(const shelf *s);

/* Between the slot of elements `e` and `values`, which begins with e.first. */
static void copy_slot(const shelf *s, cn__range e, real *values, bool out)
{
    const struct cn__plan_ranks *r = s->r;
    for (const cn__gradient_part *p = r->parts; p < r->parts + r->part_count && p->at < e.last; p++) {
        const size_t end = p->at + p->variable->padded, last = e.last < end ? e.last : end;
        const size_t first = e.first > p->at ? e.first : p->at;
        real *slot = p->variable->slot[s->slot];
        if (!slot || first >= last) continue;
        real *here = slot + (first - p->at), *there = values + (first - e.first);
        memcpy(out ? there : here, out ? here : there, (last - first) * sizeof(real));
    }
}

static cn__range owned(const shelf *s, size_t rank)
{
    return cn__sum_owned(&s->r->sum, s->r->partial, s->piece, rank);
}

/* Rank 0 gets the others' parts. */
static cn_status gather_messages(const shelf *s)
{
    struct cn__plan_ranks *r = s->r;
    const cn_communicator *c = r->comm;
    size_t *mine = r->sum.bytes, *theirs = r->sum.bytes + c->size;
    const cn__range own = owned(s, c->rank);
    copy_slot(s, own, r->sum.workspace, true);
    for (size_t k = 0; k < c->size; k++) {
        const cn__range e = owned(s, k);
        mine[k] = k == 0 ? (own.last - own.first) * sizeof(real) : 0;
        theirs[k] = c->rank == 0 ? (e.last - e.first) * sizeof(real) : 0;
    }
    CN_TRY(c->exchange(c->user, r->sum.workspace, mine, r->partial + s->piece.first, theirs));
    if (c->rank == 0) copy_slot(s, s->piece, r->partial + s->piece.first, false);
    return CN_OK;
}

static cn_status gather_shared(const shelf *s)
{
    struct cn__plan_ranks *r = s->r;
    const cn__range own = owned(s, r->comm->rank);
    real *all = cn__shared_of(r->shared, 0);
    copy_slot(s, own, all + own.first, true);
    CN_TRY(cn__shared_meet(r->shared));
    if (r->comm->rank == 0) copy_slot(s, s->piece, all + s->piece.first, false);
    return cn__shared_meet(r->shared);
}

static cn_status gather_shelf(const shelf *s)
{
    const cn__range other = owned(s, 1);
    if (other.first == s->piece.first && other.last == s->piece.last) return CN_OK; /* all have all of it */
    return (s->r->shared ? gather_shared : gather_messages)(s);
}

/* The others get their parts of rank 0. */
static cn_status scatter_shelf(const shelf *s)
{
    struct cn__plan_ranks *r = s->r;
    const cn__range own = owned(s, r->comm->rank);
    real *all = r->partial + s->piece.first;
    if (r->comm->rank == 0) copy_slot(s, s->piece, all, true);
    CN_TRY(r->comm->broadcast(r->comm->user, 0, all, (s->piece.last - s->piece.first) * sizeof(real)));
    if (r->comm->rank != 0) copy_slot(s, own, all + (own.first - s->piece.first), false);
    return CN_OK;
}

#if defined(__linux__) && defined(MADV_DONTNEED)
static void give_back(real *values, size_t count)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)values + page - 1) / page * page,
                    last = (uintptr_t)(values + count) / page * page;
    if (first < last) (void)madvise((void *)first, last - first, MADV_DONTNEED);
}
#else
static void give_back(real *values, size_t count) { (void)values, (void)count; }
#endif

/* Gives the memory of the other ranks' elements back to the system. */
static cn_status drop_shelf(const shelf *s)
{
    const cn__range own = owned(s, s->r->comm->rank),
                    others[] = {{s->piece.first, own.first}, {own.last, s->piece.last}};
    for (int i = 0; i < 2; i++)
        for (const cn__gradient_part *p = s->r->parts; p < s->r->parts + s->r->part_count; p++) {
            const size_t end = p->at + p->variable->padded,
                         last = others[i].last < end ? others[i].last : end;
            const size_t first = others[i].first > p->at ? others[i].first : p->at;
            real *slot = p->variable->slot[s->slot];
            if (slot && first < last) give_back(slot + (first - p->at), last - first);
        }
    return CN_OK;
}

static cn_status each_shelf(cn__plan *plan, do_shelf *call)
{
    struct cn__plan_ranks *r = plan->ranks;
    cn__plan_attach(plan);
    for (size_t first = 0, end; first < r->size; first = end) {
        end = cn__plan_message_end(plan, first);
        for (size_t at = first; at < end;) {
            cn__range piece = cn__sum_piece(&r->sum, r->partial + first, at - first, end - first);
            piece.first += first, piece.last += first;
            for (int slot = 0; slot < CN_MAX_SLOTS; slot++)
                if (has_slot(r, piece, slot)) CN_TRY(call(&(shelf){r, piece, slot}));
            at = piece.last;
        }
    }
    return CN_OK;
}

bool cn__plan_is_sharded(const cn__plan *plan) { return plan->ranks && plan->options.shard; }

bool cn__plan_divides_state(const cn__plan *plan)
{
    return plan->ranks && (plan->options.shard || plan->ranks->whole);
}

cn_status cn__plan_gather_state(cn__plan *plan)
{
    if (plan->ranks) CN_TRY(cn__whole_gather_state(plan));
    return cn__plan_is_sharded(plan) ? each_shelf(plan, gather_shelf) : CN_OK;
}

cn_status cn__plan_scatter_state(cn__plan *plan)
{
    if (!cn__plan_is_sharded(plan)) return CN_OK;
    CN_TRY(cn__whole_scatter_state(plan));
    return each_shelf(plan, scatter_shelf);
}

void cn__plan_drop_state(cn__plan *plan)
{
    if (cn__plan_is_sharded(plan)) (void)each_shelf(plan, drop_shelf);
}
