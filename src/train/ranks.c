/* A fit over several processes: what must be the same on all of them, what one of them decides, and what only one of them
 * writes. */
#include <stdint.h>
#include <string.h>

#include "train/snapshot.h"
#include "train/train.h"

/* ---- the same on all -------------------------------------------------------------------------------------- */

/* Bytes of rank 0 to all: *bytes is theirs, to be freed; on rank 0 it stays what it is. */
static cn_status share(const cn_communicator *c, char **bytes, size_t *size)
{
    CN_TRY(c->broadcast(c->user, 0, size, sizeof *size));
    if (!*size) return CN_OK;
    if (c->rank != 0 && !(*bytes = cn__malloc(*size))) return CN_ERROR_MEMORY;
    return c->broadcast(c->user, 0, *bytes, *size);
}

/* This rank's training beside rank 0's. */
static cn_status compare(cn_training *t, const cn_communicator *c)
{
    cn__snapshot s = {.reading = c->rank != 0};
    char *bytes = NULL;
    size_t size = 0;
    if (c->rank == 0) {
        cn__checkpoint_identity(t, &s);
        bytes = s.out.data, size = s.out.size;
    }
    cn_status status = s.status == CN_OK ? share(c, &bytes, &size) : s.status;
    if (c->rank != 0 && status == CN_OK) {
        s.in = bytes, s.left = size;
        cn__checkpoint_identity(t, &s);
        status =
            s.status == CN_OK ? CN_OK : cn__fail_in("rank %zu does not train what rank 0 trains", c->rank);
    }
    cn__free(bytes);
    return status;
}

cn_status cn__ranks_check(cn_training *t)
{
    const cn_communicator *c = cn__fit_ranks(t);
    return c ? compare(t, c) : CN_OK;
}

/* ---- decided on rank 0 -------------------------------------------------------------------------------------- */

typedef struct decision {
    uint64_t stop;
    cn_stop why;
    char reason[sizeof((cn_training *)0)->reason];
    double rate;
} decision;

cn_status cn__ranks_agree(cn_training *t)
{
    const cn_communicator *c = cn__fit_ranks(t);
    if (!c) return CN_OK;
    decision d;
    memset(&d, 0, sizeof d);
    d.stop = t->stop, d.why = t->why, d.rate = t->model->optimizer.learning_rate;
    memcpy(d.reason, t->reason, sizeof d.reason);
    CN_TRY(c->broadcast(c->user, 0, &d, sizeof d));
    t->stop = d.stop != 0, t->why = d.why, t->model->optimizer.learning_rate = d.rate;
    memcpy(t->reason, d.reason, sizeof d.reason);
    return CN_OK;
}

static cn_status share_calls(cn_training *t, const cn_communicator *c)
{
    unsigned char calls = t->batch_calls;
    CN_TRY(c->broadcast(c->user, 0, &calls, 1));
    t->batch_calls = calls;
    return CN_OK;
}

cn_status cn__ranks_share_state(cn_training *t)
{
    const cn_communicator *c = cn__fit_ranks(t);
    if (!c) return CN_OK;
    CN_TRY(share_calls(t, c));
    return share(c, &t->checkpoint.bytes, &t->checkpoint.size);
}
