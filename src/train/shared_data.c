/* Data that many trainings share. */
#include "train/shared_data.h"

#include <pthread.h>
#include <string.h>

typedef struct entry {
    cn_array x;
    double zeros;
    bool listed; /* or found too large */
    cn__sparse lists;
    cn__arena
        arena; /* of the lists, which are read in random order: in large pages where the system has them */
    struct entry *next;
} entry;

struct cn__shared_data {
    pthread_mutex_t lock;
    entry *entries;
};

cn_status cn__shared_data_new(cn__shared_data **out)
{
    *out = cn__calloc(1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    pthread_mutex_init(&(*out)->lock, NULL);
    return CN_OK;
}

void cn__shared_data_free(cn__shared_data *s)
{
    if (!s) return;
    for (entry *e = s->entries, *next; e; e = next) {
        next = e->next;
        cn__arena_free(&e->arena);
        cn__free(e);
    }
    pthread_mutex_destroy(&s->lock);
    cn__free(s);
}

static bool is_same(const cn_array *a, const cn_array *b)
{
    return a->data == b->data && a->dtype == b->dtype && a->ndim == b->ndim && a->divide_by == b->divide_by &&
           memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

static entry *find(const cn__shared_data *s, const cn_array *x)
{
    entry *e = s->entries;
    while (e && !is_same(&e->x, x)) e = e->next;
    return e;
}

bool cn__shared_data_knows(cn__shared_data *s, const cn_array *x, double *zeros)
{
    pthread_mutex_lock(&s->lock);
    const entry *e = find(s, x);
    if (e) *zeros = e->zeros;
    pthread_mutex_unlock(&s->lock);
    return e != NULL;
}

cn_status cn__shared_data_add(cn__shared_data *s, const cn_array *x, double zeros)
{
    entry *e = cn__calloc(1, sizeof *e);
    if (!e) return CN_ERROR_MEMORY;
    *e = (entry){.x = *x, .zeros = zeros};
    pthread_mutex_lock(&s->lock);
    const bool is_new = !find(s, x); /* else another training was faster */
    if (is_new) e->next = s->entries, s->entries = e;
    pthread_mutex_unlock(&s->lock);
    if (!is_new) cn__free(e);
    return CN_OK;
}

/* ---- lists -------------------------------------------------------------------------------------------------------- */

static size_t count_nonzeros(const cn_array *x)
{
    const size_t n = cn_array_size(x);
    size_t count = 0;
    if (x->dtype == CN_UINT8)
        for (size_t i = 0; i < n; i++) count += ((const uint8_t *)x->data)[i] != 0;
    else
        for (size_t i = 0; i < n; i++) count += ((const float *)x->data)[i] != 0;
    return count;
}

static bool alloc_lists(cn__arena *arena, cn__sparse *s, size_t rows, size_t entries)
{
    *s = (cn__sparse){.rows = rows,
                      .start = cn__arena_array(arena, rows, sizeof *s->start),
                      .count = cn__arena_array(arena, rows, sizeof *s->count),
                      .index = cn__arena_array(arena, entries, sizeof *s->index),
                      .value = cn__arena_array(arena, entries, sizeof *s->value)};
    return s->start && s->count && s->index && s->value;
}

/* The kernels that make lists write over what is behind them; one behind the other they take no more place than they need. */
static void fill_lists(const cn_array *x, cn__sparse *s)
{
    const cn__kernels *k = cn__kernels_get();
    const size_t each = cn_array_sample_size(x);
    const real divide_by = x->divide_by != 0 ? (real)x->divide_by : 1;
    size_t at = 0;
    for (size_t r = 0; r < s->rows; r++) {
        s->start[r] = (uint32_t)at;
        at += x->dtype == CN_UINT8
                  ? k->nonzero_bytes((const uint8_t *)x->data + r * each, each, divide_by, s->index + at,
                                     s->value + at)
                  : k->nonzeros((const real *)x->data + r * each, each, s->index + at, s->value + at);
        s->count[r] = (uint32_t)at - s->start[r];
    }
}

/* Lists of more than these would take more memory than what is saved is worth. */
enum { MOST_ENTRIES = 1 << 27 };

static cn_status list(entry *e)
{
    e->listed = true;
    if (sizeof(real) != sizeof(float) || (e->x.dtype != CN_UINT8 && e->x.dtype != CN_FLOAT32)) return CN_OK;
    const size_t count = count_nonzeros(&e->x);
    if (count > MOST_ENTRIES) return CN_OK;
    if (!alloc_lists(&e->arena, &e->lists, e->x.shape[0], count + CN_LANES)) {
        cn__arena_free(&e->arena);
        e->lists = (cn__sparse){0};
        e->listed = false;
        return CN_ERROR_MEMORY;
    }
    fill_lists(&e->x, &e->lists);
    return CN_OK;
}

cn_status cn__shared_data_lists(cn__shared_data *s, const cn_array *x, const cn__sparse **out)
{
    pthread_mutex_lock(&s->lock);
    entry *e = find(s, x);
    cn_status status = e && !e->listed ? list(e) : CN_OK;
    *out = e && e->lists.rows ? &e->lists : NULL;
    pthread_mutex_unlock(&s->lock);
    return status;
}
