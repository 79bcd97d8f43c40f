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

size_t cn__rank_sum_room(size_t ranks, size_t count)
{
    const size_t all = ranks * count < SMALL ? ranks * count : SMALL, segments = count + 2 * ranks * CN_LANES;
    return (all > segments ? all : segments) + CN_LANES;
}

/* The partial sums of the ranks that have blocks stand one behind the other, `apart`: joins them by the tree, into the first. */
static real *join(const cn__rank_sum *s, size_t blocks, size_t ranks, real *first, size_t apart, size_t count)
{
    if (ranks == 1 || blocks == 1) return first;
    const size_t left = left_of(blocks), own = ranks_of_left(blocks, ranks);
    size_t used = 0; /* of the left ranks those that have blocks */
    for (size_t r = 0; r < own; r++) {
        const cn__range b = cn__rank_blocks(left, own, r);
        used += b.last > b.first;
    }
    (void)join(s, left, own, first, apart, count);
    s->k->add(first, join(s, blocks - left, ranks - own, first + used * apart, apart, count), count);
    return first;
}

static bool has_blocks(size_t blocks, size_t ranks, size_t rank)
{
    const cn__range r = cn__rank_blocks(blocks, ranks, rank);
    return r.last > r.first;
}

static cn_status sum_small(const cn__rank_sum *s, size_t blocks, real *values, size_t count)
{
    const cn_communicator *c = s->ranks;
    for (size_t r = 0; r < c->size; r++)
        s->bytes[r] = has_blocks(blocks, c->size, r) ? count * sizeof(real) : 0;
    CN_TRY(c->gather(c->user, values, s->room, s->bytes));
    (void)join(s, blocks, c->size, s->room, count, count);
    for (size_t i = 0; i < count; i++) values[i] = s->room[i];
    return CN_OK;
}

/* Each rank sums a segment of the elements, and gives it to all. */
static cn_status sum_segments(const cn__rank_sum *s, size_t blocks, real *values, size_t count)
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
    CN_TRY(c->exchange(c->user, values, mine, s->room, theirs));
    if (length) (void)join(s, blocks, c->size, s->room, length, length);
    for (size_t r = 0; r < c->size; r++) {
        const cn__range part = segment(count, c->size, r);
        mine[r] = (part.last - part.first) * sizeof(real);
    }
    return c->gather(c->user, s->room, values, mine);
}

cn_status cn__sum_over_ranks(const cn__rank_sum *s, size_t blocks, real *values, size_t count)
{
    for (size_t first = 0; first < count; first += s->most) {
        const size_t n = count - first < s->most ? count - first : s->most;
        CN_TRY((n * s->ranks->size <= SMALL ? sum_small : sum_segments)(s, blocks, values + first, n));
    }
    return CN_OK;
}
