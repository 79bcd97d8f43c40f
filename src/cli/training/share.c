/* Inputs that all ranks of one machine have read alike are kept once, in memory that they share. */
#include <string.h>

#include "base/arena.h"
#include "cli/training/training.h"
#include "cluster/shared.h"
#include "data/data.h"

typedef struct card {
    uint64_t bytes;
    char print[33];
} card;

/* *same: has every rank the same bytes? */
static cn_status compare(const cn_communicator *c, const void *data, size_t bytes, bool *same)
{
    card own = {.bytes = bytes};
    card *cards = cn__calloc(c->size, sizeof *cards);
    size_t *sizes = cn__calloc(c->size, sizeof *sizes);
    cn_status status = cards && sizes ? CN_OK : CN_ERROR_MEMORY;
    for (size_t r = 0; status == CN_OK && r < c->size; r++) sizes[r] = sizeof own;
    if (bytes) cn__fingerprint(data, bytes, own.print);
    if (status == CN_OK) status = c->gather(c->user, &own, cards, sizes);
    *same = status == CN_OK;
    for (size_t r = 0; *same && r < c->size; r++)
        *same = cards[r].bytes == bytes && memcmp(cards[r].print, own.print, sizeof own.print) == 0;
    cn__free(cards);
    cn__free(sizes);
    return status;
}

/* Each rank puts its part of the bytes there. */
static cn_status fill(const cn_communicator *c, cn__shared *s, size_t part, const cn_array *x, size_t bytes)
{
    const size_t first = c->rank * part < bytes ? c->rank * part : bytes,
                 last = bytes - first < part ? bytes : first + part;
    if (last > first)
        memcpy((char *)cn__shared_of(s, 0) + first, (const char *)x->data + first, last - first);
    return cn__shared_meet(s);
}

/* Ranks on several machines, or with other data, which fit names, keep what they have. */
static cn_status share_array(const cn_communicator *c, cn_array *x, cn__shared **out)
{
    enum { LEAST = 1 << 20, PAGE = 4096 };
    const size_t all = x->data ? cn_array_size(x) * cn_dtype_size(x->dtype) : 0,
                 bytes = x->owned && all >= LEAST ? all : 0;
    bool same = false;
    CN_TRY(compare(c, x->data, bytes, &same));
    if (!same || !bytes) return CN_OK;
    const size_t pages = (bytes + PAGE - 1) / PAGE, part = (pages + c->size - 1) / c->size * PAGE;
    CN_TRY(cn__shared_new(c, part / sizeof(real), out));
    if (!*out) return CN_OK;
    CN_TRY(fill(c, *out, part, x, bytes));
    cn_array shared = *x;
    shared.data = cn__shared_of(*out, 0), shared.owned = false;
    cn_array_free(x);
    *x = shared;
    return CN_OK;
}

cn_status cn__train_share(cn__train *s)
{
    if (!s->ranks || s->ranks->size < 2 || s->has_ends) return CN_OK;
    CN_TRY(share_array(s->ranks, &s->train.x, &s->shared[0]));
    return share_array(s->ranks, &s->validation.x, &s->shared[1]);
}

void cn__train_end_sharing(cn__train *s)
{
    for (size_t i = 0; i < 2; i++) cn__shared_free(s->shared[i]), s->shared[i] = NULL;
}
