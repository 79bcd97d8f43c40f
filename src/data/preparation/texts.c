/* Texts of several words as bags of words: which words a text has, by the rule of Keras's TextVectorization (lower case of
 * ASCII letters, no punctuation, words between blanks). */
#include <stdlib.h>
#include <string.h>

#include "data/preparation/preparation.h"

static bool is_mark(char c) { return c && strchr("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'", c) != NULL; }
static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void cn__text_words(const char *text, void (*visit)(void *, const char *, size_t), void *user)
{
    enum { MOST = 200 };
    char word[MOST];
    size_t n = 0;
    for (const char *p = text;; p++) {
        if (*p && is_mark(*p)) continue; /* "don't" is dont */
        if (*p && !is_blank(*p)) {
            if (n < MOST) word[n] = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
            n += n <= MOST;
            continue;
        }
        if (n && n <= MOST) visit(user, word, n); /* longer ones are none */
        n = 0;
        if (!*p) break;
    }
}

/* ---- the words that were learned, by their hash --------------------------------------------------------------------------- */

typedef struct entry {
    const char *word;
    size_t size, count, index;
} entry;

struct cn__text_lookup {
    entry *slots;
    size_t slot_count, used;
};

static entry *find(const cn__text_lookup *l, const char *word, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)word[i]) * 1099511628211u;
    size_t at = (size_t)(hash ^ hash >> 32) & (l->slot_count - 1);
    while (l->slots[at].word && (l->slots[at].size != size || memcmp(l->slots[at].word, word, size) != 0))
        at = (at + 1) & (l->slot_count - 1);
    return &l->slots[at];
}

static cn__text_lookup *new_lookup(size_t count)
{
    cn__text_lookup *l = cn__calloc(1, sizeof *l);
    if (!l) return NULL;
    for (l->slot_count = 16; l->slot_count < 2 * count; l->slot_count *= 2) continue;
    l->slots = cn__calloc(l->slot_count, sizeof *l->slots);
    if (l->slots) return l;
    cn__free(l);
    return NULL;
}

void cn__text_lookup_free(cn__text_lookup *l)
{
    if (!l) return;
    cn__free(l->slots);
    cn__free(l);
}

cn__text_lookup *cn__text_lookup_new(const char *const *words, size_t count)
{
    cn__text_lookup *l = new_lookup(count);
    for (size_t i = 0; l && i < count; i++) {
        entry *e = find(l, words[i], strlen(words[i]));
        if (!e->word) *e = (entry){.word = words[i], .size = strlen(words[i]), .index = i};
    }
    return l;
}

typedef struct marking {
    const cn__text_lookup *lookup;
    float *out;
} marking;

static void mark_word(void *user, const char *word, size_t size)
{
    const marking *m = user;
    const entry *e = find(m->lookup, word, size);
    if (e->word) m->out[e->index] = 1;
}

void cn__text_mark(const cn__text_lookup *l, const char *text, float *out)
{
    marking m = {l, out};
    cn__text_words(text, mark_word, &m);
}

/* ---- learning them --------------------------------------------------------------------------------------------------------- */

typedef struct counting {
    cn__text_lookup *lookup;
    cn__arena *arena;
    size_t times;
    bool failed;
} counting;

static bool grow(cn__text_lookup *l)
{
    cn__text_lookup *larger = new_lookup(2 * l->slot_count);
    if (!larger) return false;
    for (size_t i = 0; i < l->slot_count; i++)
        if (l->slots[i].word) *find(larger, l->slots[i].word, l->slots[i].size) = l->slots[i];
    cn__free(l->slots);
    l->slots = larger->slots, l->slot_count = larger->slot_count;
    cn__free(larger);
    return true;
}

static void count_word(void *user, const char *word, size_t size)
{
    counting *c = user;
    if (c->failed) return;
    entry *e = find(c->lookup, word, size);
    if (!e->word) {
        if (2 * c->lookup->used >= c->lookup->slot_count) {
            c->failed = !grow(c->lookup);
            if (c->failed) return;
            e = find(c->lookup, word, size);
        }
        *e = (entry){.word = cn__arena_format(c->arena, "%.*s", (int)size, word), .size = size};
        c->failed = !e->word;
        c->lookup->used++;
    }
    e->count += c->times;
}

/* The most frequent first; of equals the later by bytes, as TextVectorization has it. */
static int by_count(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return -strcmp(x->word, y->word);
}

static cn_status count_words(const cn__column *c, size_t rows, counting *k)
{
    size_t *times = cn__calloc(c->category_count + 1, sizeof *times);
    if (!times) return CN_ERROR_MEMORY;
    for (size_t row = 0; row < rows; row++)
        if (c->codes[row] != CN_TABLE_MISSING) times[c->codes[row]]++;
    for (size_t i = 0; i < c->category_count; i++) {
        k->times = times[i];
        cn__text_words(c->categories[i], count_word, k);
    }
    cn__free(times);
    return k->failed ? CN_ERROR_MEMORY : CN_OK;
}

cn_status cn__text_vocabulary(cn__arena *arena, const cn__column *c, size_t rows, size_t most,
                              const char *const **words, size_t *count)
{
    cn__arena own = {0};
    counting k = {.lookup = new_lookup(1000), .arena = &own};
    cn_status status = k.lookup ? count_words(c, rows, &k) : CN_ERROR_MEMORY;
    size_t n = 0;
    for (size_t i = 0; status == CN_OK && i < k.lookup->slot_count; i++)
        if (k.lookup->slots[i].word) k.lookup->slots[n++] = k.lookup->slots[i];
    if (n) qsort(k.lookup->slots, n, sizeof *k.lookup->slots, by_count);
    *count = n < most ? n : most;
    const char **all = cn__arena_array(arena, *count + 1, sizeof *all);
    if (!all) status = CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < *count; i++)
        if (!(all[i] = cn__arena_strdup(arena, k.lookup->slots[i].word))) status = CN_ERROR_MEMORY;
    *words = all;
    cn__text_lookup_free(k.lookup);
    cn__arena_free(&own);
    return status;
}
