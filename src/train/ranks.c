/* A fit over several processes: what must be the same on all of them, what one of them decides, and what only one of them
 * writes. */
#include <stdint.h>
#include <string.h>

#include "train/callbacks/callback_class.h"
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

/* Rank 0's callbacks may: those that write files, which may be models, and the caller's own. */
static bool reads_state(const cn_training *t)
{
    for (size_t i = 0; i < t->builtin_count; i++)
        if (t->builtin[i]->kind->writes) return true;
    for (size_t i = t->builtin_count; i < t->callback_count; i++)
        if (t->callbacks[i]->on_epoch_end) return true;
    return false;
}

static cn_status share_calls(cn_training *t, const cn_communicator *c)
{
    const bool divides = cn__plan_divides_state(t->plan);
    unsigned char calls[] = {t->batch_calls, divides && reads_state(t), divides && t->checkpoint.dir};
    CN_TRY(c->broadcast(c->user, 0, calls, sizeof calls));
    t->batch_calls = calls[0], t->epoch_reads = calls[1], t->keeps_states = calls[2];
    return CN_OK;
}

cn_status cn__ranks_share_state(cn_training *t)
{
    const cn_communicator *c = cn__fit_ranks(t);
    if (!c) return CN_OK;
    CN_TRY(share_calls(t, c));
    return share(c, &t->checkpoint.bytes, &t->checkpoint.size);
}

/* ---- the optimizer's state, divided ------------------------------------------------------------------------------ */

cn_status cn__ranks_gather_state(cn_training *t) { return cn__plan_gather_state(t->plan); }

/* A state from disk is whole on every rank. */
cn_status cn__ranks_begin_state(cn_training *t, bool resumed)
{
    cn_model *m = t->model;
    if (!cn__plan_divides_state(t->plan)) return CN_OK;
    if (m->state_is_elsewhere && cn__fit_writes(t) && !resumed)
        return cn__fail(
            CN_ERROR_STATE,
            "fit: a fit over ranks failed, and the parts of the optimizer's state on other ranks were lost; "
            "compile the model again, or go on from a state on disk");
    m->state_is_elsewhere = true; /* until this fit has ended well */
    if (!resumed && m->optimizer.iterations > 0) CN_TRY(cn__plan_scatter_state(t->plan)); /* of a shard */
    cn__plan_drop_state(t->plan);
    return CN_OK;
}

cn_status cn__ranks_finish_state(cn_training *t)
{
    if (!cn__plan_divides_state(t->plan)) return CN_OK;
    t->model->state_is_elsewhere = cn__plan_is_sharded(t->plan) && !cn__fit_writes(t);
    return cn__plan_gather_state(t->plan);
}
