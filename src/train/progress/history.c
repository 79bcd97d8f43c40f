/* What each epoch came to. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "train/snapshot.h"
#include "train/train.h"

struct cn_history {
    size_t epochs, capacity, initial_epoch;
    size_t count, name_capacity; /* names */
    char (*name)[CN_LOG_NAME];
    double **value; /* [name][epoch] */
    double *seconds;
    char *stopped;
    cn_stop stop;
    size_t diverged_epoch, diverged_batch; /* 0: it did not */
    cn__text profile;
};

/* Room for `epochs` epochs is made at once, so that the training loop allocates nothing. */
cn_status cn__history_new(cn_history **out, size_t epochs, size_t initial_epoch)
{
    cn_history *h = cn__calloc(1, sizeof *h);
    if (!h) return CN_ERROR_MEMORY;
    h->capacity = epochs ? epochs : 1;
    h->initial_epoch = initial_epoch;
    h->seconds = cn__calloc(h->capacity, sizeof *h->seconds);
    if (!h->seconds) {
        cn_history_free(h);
        return CN_ERROR_MEMORY;
    }
    *out = h;
    return CN_OK;
}

void cn_history_free(cn_history *h)
{
    if (!h) return;
    for (size_t i = 0; i < h->count; i++) cn__free(h->value[i]);
    cn__free(h->value);
    cn__free(h->name);
    cn__free(h->seconds);
    cn__free(h->stopped);
    cn__text_free(&h->profile);
    cn__free(h);
}

static size_t find(const cn_history *h, const char *name)
{
    size_t i = 0;
    while (i < h->count && strcmp(h->name[i], name) != 0) i++;
    return i;
}

static cn_status add_name(cn_history *h, const char *name)
{
    if (h->count == h->name_capacity) {
        size_t name_capacity = h->name_capacity ? 2 * h->name_capacity : 16;
        void *names = cn__realloc(h->name, name_capacity * sizeof *h->name);
        if (!names) return CN_ERROR_MEMORY;
        h->name = names;
        void *values = cn__realloc(h->value, name_capacity * sizeof *h->value);
        if (!values) return CN_ERROR_MEMORY;
        h->value = values;
        h->name_capacity = name_capacity;
    }
    double *column = cn__calloc(h->capacity, sizeof *column);
    if (!column) return CN_ERROR_MEMORY;
    for (size_t e = 0; e < h->capacity; e++) column[e] = NAN;
    memcpy(h->name[h->count], name, CN_LOG_NAME);
    h->value[h->count++] = column;
    return CN_OK;
}

cn_status cn__history_add(cn_history *h, const cn_logs *logs, double seconds)
{
    assert(h->epochs < h->capacity); /* fit runs no more epochs than it made place for */
    for (size_t i = 0; i < logs->count; i++) {
        size_t at = find(h, logs->name[i]);
        if (at == h->count) CN_TRY(add_name(h, logs->name[i]));
        h->value[at][h->epochs] = logs->value[i];
    }
    h->seconds[h->epochs++] = seconds;
    return CN_OK;
}

void cn__history_set_diverged(cn_history *h, size_t epoch, size_t batch)
{
    if (h->diverged_epoch) return;
    h->diverged_epoch = epoch;
    h->diverged_batch = batch;
}

bool cn_history_diverged(const cn_history *h, size_t *epoch, size_t *batch)
{
    if (epoch) *epoch = h->diverged_epoch;
    if (batch) *batch = h->diverged_batch;
    return h->diverged_epoch > 0;
}

void cn__history_set_stopped(cn_history *h, const char *reason, const cn_stop *stop)
{
    h->stop = *stop;
    cn__free(h->stopped);
    h->stopped = cn__strdup(reason);
}

void cn__history_set_profile(cn_history *h, cn__text *profile)
{
    cn__text_free(&h->profile);
    h->profile = *profile;
    *profile = (cn__text){0};
}

void cn__history_forget(cn_history *h)
{
    for (size_t i = 0; i < h->count; i++) cn__free(h->value[i]);
    h->count = h->epochs = 0;
}

/* Epochs that a state has beyond those of this fit are a mistake of the caller, which the epoch's number shows. */
void cn__history_snapshot(cn_history *h, cn__snapshot *s)
{
    uint64_t epochs = h->epochs, count = h->count;
    CN_SNAPSHOT(s, epochs);
    CN_SNAPSHOT(s, count);
    if (s->status == CN_OK && epochs > h->capacity)
        s->status = cn__fail(CN_ERROR_ARGUMENT, "it has seen %llu epochs, and this training has %zu",
                             (unsigned long long)epochs, h->capacity);
    for (uint64_t i = 0; s->status == CN_OK && i < count; i++) {
        char name[CN_LOG_NAME] = "";
        if (!s->reading) memcpy(name, h->name[i], sizeof name);
        cn__snapshot_bytes(s, name, sizeof name);
        name[CN_LOG_NAME - 1] = '\0';
        if (s->reading && s->status == CN_OK) s->status = add_name(h, name);
        if (s->status == CN_OK) cn__snapshot_bytes(s, h->value[i], (size_t)epochs * sizeof(double));
    }
    if (s->status == CN_OK) cn__snapshot_bytes(s, h->seconds, (size_t)epochs * sizeof(double));
    if (s->status == CN_OK) h->epochs = (size_t)epochs;
}

const char *cn_history_profile(const cn_history *h) { return h->profile.data; }
size_t cn_history_epochs(const cn_history *h) { return h->epochs; }
size_t cn_history_initial_epoch(const cn_history *h) { return h->initial_epoch; }
size_t cn_history_count(const cn_history *h) { return h->count; }
const char *cn_history_name(const cn_history *h, size_t i) { return h->name[i]; }
const double *cn_history_seconds(const cn_history *h) { return h->seconds; }
const char *cn_history_stopped(const cn_history *h) { return h->stopped; }
cn_stop cn_history_stop(const cn_history *h) { return h->stop; }

const double *cn_history_get(const cn_history *h, const char *name)
{
    size_t i = find(h, name);
    return i < h->count ? h->value[i] : NULL;
}
