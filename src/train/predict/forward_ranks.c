/* Forward passes without training over ranks: each runs a part of the samples, and every rank gets what came out of all of them, piece by
 * piece in the order of the samples, so that it adds to its metrics what one process would. */
#include <stdint.h>
#include <string.h>

#include "train/train.h"

/* Pieces that a rank runs before results are exchanged. */
enum { PIECES = 16 };

/* In front of an output's arrays in a message: which of them there are. */
typedef struct output_head {
    uint64_t rows, cols, target_cols, before;
    uint64_t logits, target, weight; /* is it there? */
    double loss;
} output_head;

typedef struct piece_head {
    uint64_t n, outputs;
    double loss, penalty;
} piece_head;

static void pack_output(cn__text *out, const cn__output *o)
{
    const output_head h = {.rows = o->rows,
                           .cols = o->cols,
                           .target_cols = o->target_cols,
                           .before = (uint64_t)o->before,
                           .logits = o->logits != NULL,
                           .target = o->target != NULL,
                           .weight = o->weight != NULL,
                           .loss = o->loss};
    cn__text_add_bytes(out, &h, sizeof h);
    cn__text_add_bytes(out, o->pred, o->rows * o->cols * sizeof(real));
    if (o->logits) cn__text_add_bytes(out, o->logits, o->rows * o->cols * sizeof(real));
    if (o->target) cn__text_add_bytes(out, o->target, o->rows * o->target_cols * sizeof(real));
    if (o->weight) cn__text_add_bytes(out, o->weight, o->rows * sizeof(real));
}

/* The next piece begins where a head may stand. */
static void pad(cn__text *out)
{
    static const char zeros[sizeof(double)] = "";
    cn__text_add_bytes(out, zeros, (sizeof zeros - out->size % sizeof zeros) % sizeof zeros);
}

static void pack(void *user, const cn__result *result, size_t n)
{
    cn__text *out = user;
    const piece_head h = {
        .n = n, .outputs = result->output_count, .loss = result->loss, .penalty = result->penalty};
    cn__text_add_bytes(out, &h, sizeof h);
    for (size_t o = 0; o < result->output_count; o++) {
        pack_output(out, &result->outputs[o]);
        pad(out);
    }
}

static const real *next_reals(const char **at, bool any, size_t count)
{
    const char *found = *at;
    if (!any) return NULL;
    *at += count * sizeof(real);
    return (const real *)(const void *)found;
}

static cn__output unpack_output(const char *start, const char **at)
{
    output_head h;
    memcpy(&h, *at, sizeof h);
    *at += sizeof h;
    cn__output o = {.rows = h.rows, .cols = h.cols, .target_cols = h.target_cols, .loss = h.loss};
    o.before = (cn__act)h.before;
    o.pred = next_reals(at, true, o.rows * o.cols);
    o.logits = next_reals(at, h.logits, o.rows * o.cols);
    o.target = next_reals(at, h.target, o.rows * o.target_cols);
    o.weight = next_reals(at, h.weight, o.rows);
    *at += (sizeof(double) - (size_t)(*at - start) % sizeof(double)) % sizeof(double);
    return o;
}

/* The pieces of all ranks, one rank behind the other. */
static void add_pieces(const char *message, size_t size, cn__output *outputs, cn__metric_set *metrics)
{
    for (const char *at = message; at < message + size;) {
        piece_head h;
        memcpy(&h, at, sizeof h);
        at += sizeof h;
        for (uint64_t o = 0; o < h.outputs; o++) outputs[o] = unpack_output(message, &at);
        const cn__result result = {
            .outputs = outputs, .output_count = h.outputs, .loss = h.loss, .penalty = h.penalty};
        cn__metric_set_add(metrics, &result, h.n);
    }
}

typedef struct exchange {
    const cn_communicator *ranks;
    cn__text mine;
    char *all;
    size_t capacity, *each, *sizes; /* each, sizes: (ranks) */
    cn__output *outputs;
    cn__arena arena;
} exchange;

static cn_status gather(exchange *e, size_t *size)
{
    const cn_communicator *c = e->ranks;
    size_t own = e->mine.size;
    *size = 0;
    if (e->mine.failed) return cn__fail_memory(own, "outputs of validation");
    CN_TRY(c->gather(c->user, &own, e->sizes, e->each));
    for (size_t r = 0; r < c->size; r++) *size += e->sizes[r];
    if (*size > e->capacity) {
        char *grown = cn__realloc(e->all, *size);
        if (!grown) return CN_ERROR_MEMORY;
        e->all = grown, e->capacity = *size;
    }
    return c->gather(c->user, e->mine.data, e->all, e->sizes);
}

static cn_status run_waves(exchange *e, cn__forward *f, const cn__data *data, cn__metric_set *metrics)
{
    const size_t part = PIECES * cn__forward_batch(f), all = data->samples;
    for (size_t first = 0, size; first < all; first += part * e->ranks->size) {
        cn__range own = {first + e->ranks->rank * part, first + (e->ranks->rank + 1) * part};
        if (own.first > all) own.first = all;
        if (own.last > all) own.last = all;
        e->mine.size = 0;
        cn__forward_run(f, data, own, pack, &e->mine);
        CN_TRY(gather(e, &size));
        add_pieces(e->all, size, e->outputs, metrics);
    }
    return CN_OK;
}

static cn_status over_ranks(cn__forward *f, const cn_communicator *ranks, const cn__data *data,
                            cn__metric_set *metrics)
{
    exchange e = {.ranks = ranks};
    e.each = cn__arena_array(&e.arena, ranks->size, sizeof *e.each);
    e.sizes = cn__arena_array(&e.arena, ranks->size, sizeof *e.sizes);
    e.outputs = cn__arena_array(&e.arena, data->outputs + 1, sizeof *e.outputs);
    cn_status status = e.each && e.sizes && e.outputs ? CN_OK : CN_ERROR_MEMORY;
    for (size_t r = 0; status == CN_OK && r < ranks->size; r++) e.each[r] = sizeof(size_t);
    if (status == CN_OK) status = run_waves(&e, f, data, metrics);
    cn__text_free(&e.mine);
    cn__free(e.all);
    cn__arena_free(&e.arena);
    return status;
}

static void add_result(void *user, const cn__result *result, size_t n)
{
    cn__metric_set_add(user, result, n);
}

cn_status cn__forward_evaluate(cn__forward *f, const cn_communicator *ranks, const cn__data *data,
                               cn__metric_set *metrics)
{
    if (ranks) CN_TRY(over_ranks(f, ranks, data, metrics));
    else cn__forward_run(f, data, (cn__range){0, data->samples}, add_result, metrics);
    metrics->loss += cn__forward_penalty(f) * (double)data->samples;
    CN_TRY(cn__forward_status(f));
    return cn__metric_set_status(metrics);
}
