/* Ids of headings, each another: a hash table from an id to its heading, with open addressing, at most half full. */
#include <stdint.h>
#include <string.h>

#include "report/document.h"

typedef struct cn__heading_slot {
    const char *id;             /* NULL: free */
    const cn__heading *heading; /* whose it is */
    int next;                   /* the number to try for the next heading of the same text */
} slot;

static slot *find(const cn__heading_ids *ids, const char *id)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */
    for (const char *p = id; *p; p++) hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    size_t at = (size_t)(hash ^ hash >> 32) & (ids->capacity - 1);
    while (ids->slots[at].id && strcmp(ids->slots[at].id, id) != 0) at = (at + 1) & (ids->capacity - 1);
    return &ids->slots[at];
}

static cn_status grow(cn__heading_ids *ids)
{
    if (2 * (ids->count + 1) <= ids->capacity) return CN_OK;
    const cn__heading_ids old = *ids;
    ids->capacity = old.capacity ? 2 * old.capacity : 64;
    ids->slots = cn__calloc(ids->capacity, sizeof *ids->slots);
    if (!ids->slots) {
        *ids = old;
        return CN_ERROR_MEMORY;
    }
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].id) *find(ids, old.slots[i].id) = old.slots[i];
    cn__free(old.slots);
    return CN_OK;
}

/* `text` itself, or with the first number from 2 on that makes it new. Texts that came before are not tried again. */
static const char *unused(const cn__heading_ids *ids, const char *text, cn__arena *arena)
{
    slot *same = find(ids, text);
    const char *id = text;
    if (!same->id) return text;
    do id = cn__arena_format(arena, "%s-%d", text, same->next++);
    while (id && find(ids, id)->id);
    return id;
}

cn_status cn__heading_ids_add(cn__heading_ids *ids, cn__heading *heading, const char *text, cn__arena *arena)
{
    CN_TRY(grow(ids));
    heading->id = unused(ids, text, arena);
    if (!heading->id) return CN_ERROR_MEMORY;
    *find(ids, heading->id) = (slot){heading->id, heading, 2};
    ids->count++;
    return CN_OK;
}

const cn__heading *cn__heading_ids_find(const cn__heading_ids *ids, const char *id)
{
    return ids->capacity ? find(ids, id)->heading : NULL;
}

void cn__heading_ids_free(cn__heading_ids *ids)
{
    cn__free(ids->slots);
    *ids = (cn__heading_ids){0};
}
