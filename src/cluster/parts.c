/* Which blocks of a batch a rank has. The tree over blocks (nn/op.h) is, from its root: the largest power of two of blocks that
 * leaves some over on the left, the rest on the right. Ranks are divided between the two in proportion, down to one rank or one
 * block. */
#include "cluster/cluster.h"

static size_t left_of(size_t blocks)
{
    size_t left = 1;
    while (2 * left < blocks) left *= 2;
    return left;
}

static size_t ranks_of_left(size_t blocks, size_t ranks)
{
    const size_t left = (2 * ranks * left_of(blocks) + blocks) / (2 * blocks); /* rounded */
    return left < 1 ? 1 : left > ranks - 1 ? ranks - 1 : left;
}

cn__range cn__rank_blocks(size_t blocks, size_t ranks, size_t rank)
{
    size_t first = 0;
    while (ranks > 1 && blocks > 1) {
        const size_t left = left_of(blocks), own = ranks_of_left(blocks, ranks);
        if (rank < own) {
            blocks = left, ranks = own;
        } else {
            first += left, blocks -= left;
            rank -= own, ranks -= own;
        }
    }
    return rank == 0 ? (cn__range){first, first + blocks} : (cn__range){first + blocks, first + blocks};
}

/* ---- sums ------------------------------------------------------------------------------------------------- */

/* Up to so many elements of all ranks together, each sums everything itself: one message instead of two. */
enum { SMALL = 1 << 16 };

static cn__range segment(size_t count, size_t ranks, size_t rank)
{
    return cn__slice(count, CN_LANES, (int)rank, (int)ranks);
}

size_t cn__rank_sum_workspace(size_t ranks, size_t count)
{
    const size_t all = ranks * count < SMALL ? ranks * count : SMALL, segments = count + 2 * ranks * CN_LANES;
    return (all > segments ? all : segments) + CN_LANES;
}

/* parts: the partial sums of the ranks that have blocks, in order. Joins `count` elements of each by the tree, into the first. */
static real *join(const cn__rank_sum *s, size_t blocks, size_t ranks, real *const *parts, size_t count)
{
    if (ranks == 1 || blocks == 1) return parts[0];
    const size_t left = left_of(blocks), own = ranks_of_left(blocks, ranks);
    size_t used = 0; /* of the left ranks those that have blocks */
    for (size_t r = 0; r < own; r++) {
        const cn__range b = cn__rank_blocks(left, own, r);
        used += b.last > b.first;
    }
    real *first = join(s, left, own, parts, count);
    s->k->add(first, join(s, blocks - left, ranks - own, parts + used, count), count);
    return first;
}

static bool has_blocks(size_t blocks, size_t ranks, size_t rank)
{
    const cn__range r = cn__rank_blocks(blocks, ranks, rank);
    return r.last > r.first;
}

/* The parts in the workspace, one close behind the other. */
static real *join_received(const cn__rank_sum *s, size_t blocks, size_t count)
{
    size_t used = 0;
    for (size_t r = 0; r < s->ranks->size; r++)
        if (has_blocks(blocks, s->ranks->size, r)) s->parts[used] = s->workspace + used * count, used++;
    return join(s, blocks, s->ranks->size, s->parts, count);
}

static cn_status sum_small(const cn__rank_sum *s, size_t blocks, real *values, size_t count,
                           const cn__sum_use *use)
{
    const cn_communicator *c = s->ranks;
    for (size_t r = 0; r < c->size; r++)
        s->bytes[r] = has_blocks(blocks, c->size, r) ? count * sizeof(real) : 0;
    CN_TRY(c->gather(c->user, values, s->workspace, s->bytes));
    (void)join_received(s, blocks, count);
    if (use) use->own(use->user, values, s->workspace, count);
    for (size_t i = 0; i < count; i++) values[i] = s->workspace[i];
    return CN_OK;
}

/* What the other ranks have made of their parts; `sums`: of all elements. */
static void use_others(const cn__rank_sum *s, const real *values, const real *sums, size_t count,
                       const cn__sum_use *use)
{
    const cn__range own = segment(count, s->ranks->size, s->ranks->rank);
    if (!use) return;
    if (own.first) use->others(use->user, values, sums, own.first);
    if (own.last < count) use->others(use->user, values + own.last, sums + own.last, count - own.last);
}

/* Each rank sums a segment of the elements, and gives it to all. */
static cn_status sum_segments(const cn__rank_sum *s, size_t blocks, real *values, size_t count,
                              const cn__sum_use *use)
{
    const cn_communicator *c = s->ranks;
    const cn__range own = segment(count, c->size, c->rank);
    const size_t length = own.last - own.first;
    size_t *mine = s->bytes, *theirs = s->bytes + c->size;
    const bool any = has_blocks(blocks, c->size, c->rank);
    for (size_t r = 0; r < c->size; r++) {
        const cn__range part = segment(count, c->size, r);
        mine[r] = any ? (part.last - part.first) * sizeof(real) : 0;
        theirs[r] = has_blocks(blocks, c->size, r) ? length * sizeof(real) : 0;
    }
    CN_TRY(c->exchange(c->user, values, mine, s->workspace, theirs));
    if (length) (void)join_received(s, blocks, length);
    if (length && use) use->own(use->user, values + own.first, s->workspace, length);
    for (size_t r = 0; r < c->size; r++) {
        const cn__range part = segment(count, c->size, r);
        mine[r] = (part.last - part.first) * sizeof(real);
    }
    CN_TRY(c->gather(c->user, s->workspace, values, mine));
    use_others(s, values, values, count, use);
    return CN_OK;
}

/* The same without messages: a rank reads its segment of the others' parts, and leaves the sum in rank 0's, which always has
 * blocks. In pieces that stay in the cache. */
static cn_status sum_shared(const cn__rank_sum *s, size_t blocks, real *values, size_t count,
                            const cn__sum_use *use)
{
    enum { PIECE = 4096 };
    const cn_communicator *c = s->ranks;
    const cn__range own = segment(count, c->size, c->rank);
    const size_t at = (size_t)(values - cn__shared_of(s->shared, c->rank));
    CN_TRY(cn__shared_meet(s->shared));
    for (size_t first = own.first; first < own.last; first += PIECE) {
        const size_t n = own.last - first < PIECE ? own.last - first : PIECE;
        size_t used = 0;
        for (size_t r = 0; r < c->size; r++)
            if (has_blocks(blocks, c->size, r)) s->parts[used++] = cn__shared_of(s->shared, r) + at + first;
        real *sum = join(s, blocks, c->size, s->parts, n);
        if (use) use->own(use->user, values + first, sum, n);
    }
    CN_TRY(cn__shared_meet(s->shared));
    use_others(s, values, cn__shared_of(s->shared, 0) + at, count, use);
    return CN_OK;
}

static bool is_shared(const cn__rank_sum *s, const real *values)
{
    return s->shared && cn__shared_has(s->shared, values);
}

static bool is_small(const cn__rank_sum *s, size_t count) { return count * s->ranks->size <= SMALL; }

cn__range cn__sum_piece(const cn__rank_sum *s, const real *values, size_t first, size_t count)
{
    const size_t left = count - first;
    return (cn__range){first, is_shared(s, values) || left < s->most ? count : first + s->most};
}

cn__range cn__sum_owned(const cn__rank_sum *s, const real *values, cn__range piece, size_t rank)
{
    const size_t n = piece.last - piece.first;
    if (!is_shared(s, values) && is_small(s, n)) return piece;
    const cn__range own = segment(n, s->ranks->size, rank);
    return (cn__range){piece.first + own.first, piece.first + own.last};
}

cn_status cn__sum_over_ranks(const cn__rank_sum *s, size_t blocks, real *values, size_t count,
                             const cn__sum_use *use)
{
    for (size_t first = 0; first < count;) {
        const cn__range piece = cn__sum_piece(s, values, first, count);
        const size_t n = piece.last - piece.first;
        CN_TRY((is_shared(s, values) ? sum_shared
                : is_small(s, n)     ? sum_small
                                     : sum_segments)(s, blocks, values + first, n, use));
        first = piece.last;
    }
    return CN_OK;
}
