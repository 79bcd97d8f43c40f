/* The second pass: numbers into the narrowest of uint8, int32 and double that holds a column, words into dictionaries. Each
 * thread has a dictionary of its own for its rows; then they become one, sorted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/table/steps.h"

/* ---- dictionaries -------------------------------------------------------------------------------------------------------- */

typedef struct dictionary {
    const char **words;
    size_t count, capacity;
    uint32_t *slots; /* index + 1; a power of two of them, at most half filled */
    size_t slot_count;
} dictionary;

static uint64_t hash(const char *text, size_t size)
{
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; i++) h = (h ^ (unsigned char)text[i]) * 0x100000001b3;
    return h ^ h >> 29;
}

static bool widen(dictionary *d)
{
    size_t slots = d->slot_count ? 2 * d->slot_count : 64;
    uint32_t *fresh = cn__calloc(slots, sizeof *fresh);
    const char **words = cn__realloc(d->words, slots / 2 * sizeof *words);
    if (words) d->words = words, d->capacity = slots / 2;
    if (!fresh || !words) {
        cn__free(fresh);
        return false;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        size_t at = hash(d->words[i], strlen(d->words[i])) & (slots - 1);
        while (fresh[at]) at = (at + 1) & (slots - 1);
        fresh[at] = i + 1;
    }
    cn__free(d->slots);
    d->slots = fresh;
    d->slot_count = slots;
    return true;
}

/* The word's index, CN_TABLE_MISSING when out of memory. */
static uint32_t look_up(dictionary *d, cn__arena *arena, const char *text, size_t size)
{
    if (d->count == d->capacity && !widen(d)) return CN_TABLE_MISSING;
    size_t at = hash(text, size) & (d->slot_count - 1);
    for (; d->slots[at]; at = (at + 1) & (d->slot_count - 1)) {
        const char *word = d->words[d->slots[at] - 1];
        if (strncmp(word, text, size) == 0 && !word[size]) return d->slots[at] - 1;
    }
    char *copy = cn__arena_alloc(arena, size + 1); /* zeroed */
    if (copy && size) memcpy(copy, text, size);
    if (!copy || d->count == UINT32_MAX - 1) return CN_TABLE_MISSING;
    d->words[d->count++] = copy;
    d->slots[at] = (uint32_t)d->count;
    return (uint32_t)d->count - 1;
}

static void dictionary_free(dictionary *d)
{
    cn__free(d->words);
    cn__free(d->slots);
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------ */

typedef struct filler {
    const cn__survey *survey;
    cn_table *table;
    int parts;
    dictionary *dictionaries; /* (parts, columns) */
    cn__arena *arenas;        /* (parts) of their words */
    bool *failed;             /* (parts) */
} filler;

static void put_number(cn__column *c, size_t row, double v)
{
    if (c->stored == CN_UINT8) ((uint8_t *)c->values)[row] = (uint8_t)v;
    else if (c->stored == CN_INT32) ((int32_t *)c->values)[row] = (int32_t)v;
    else ((double *)c->values)[row] = v;
}

static bool put_word(const filler *w, int part, cn__column *c, size_t column, size_t row,
                     const cn__cell *cell)
{
    char small[256], *text = cell->size < sizeof small ? small : cn__malloc(cell->size + 1);
    if (!text) return false;
    size_t size = cn__cell_text(&w->survey->text->layout, cell, text);
    dictionary *d = &w->dictionaries[(size_t)part * w->table->columns + column];
    c->codes[row] = look_up(d, &w->arenas[part], text, size);
    if (text != small) cn__free(text);
    return c->codes[row] != CN_TABLE_MISSING;
}

static bool put_cell(const filler *w, int part, size_t column, size_t row, const cn__cell *cell)
{
    cn__column *c = &w->table->column[column];
    double v;
    if (c->kind == CN_COLUMN_CATEGORY) {
        if (cn__cell_missing(cell, &w->survey->options->missing_values)) {
            c->codes[row] = CN_TABLE_MISSING;
            return true;
        }
        return put_word(w, part, c, column, row, cell);
    }
    cn__facts ignored = {0};
    bool missing = cn__cell_missing(cell, &w->survey->options->missing_values);
    put_number(c, row,
               !missing && cn__cell_number(&w->survey->text->layout, cell, &v, &ignored) ? v : (double)NAN);
    return true;
}

static bool fill_row(const filler *w, int part, size_t row)
{
    const cn__survey *s = w->survey;
    const cn__layout *l = &s->text->layout;
    const char *p = s->text->bytes + s->rows->begin[row], *end = s->text->bytes + s->rows->begin[row + 1];
    const bool plain = l->separator != ' ' && !s->options->missing_values.count;
    size_t k = 0;
    uint32_t v;
    int ended = CN_CELL_NEXT;
    for (; k < w->table->columns && ended == CN_CELL_NEXT && p < end; k++) {
        cn__column *c = &w->table->column[k];
        cn__cell cell;
        if (c->kind == CN_COLUMN_NUMBER && plain && cn__cell_digits(&p, l->separator, &v)) {
            if (c->stored == CN_UINT8) ((uint8_t *)c->values)[row] = (uint8_t)v;
            else put_number(c, row, v);
            ended = *p == '\n' ? CN_CELL_LAST : CN_CELL_NEXT;
            p++;
            continue;
        }
        ended = cn__cell_next(l, &p, end, &cell);
        if (!put_cell(w, part, k, row, &cell)) return false;
    }
    for (; k < w->table->columns; k++) put_cell(w, part, k, row, &(cn__cell){.at = ""});
    return true;
}

static void fill_part(void *context, int part)
{
    const filler *w = context;
    size_t rows = w->table->rows, parts = (size_t)w->parts, i = (size_t)part;
    for (size_t row = rows * i / parts; row < rows * (i + 1) / parts && !w->failed[i]; row++)
        w->failed[i] = !fill_row(w, part, row);
}

/* ---- words of all parts -------------------------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_number(const char *text, double *out)
{
    static const cn__layout plain = {.separator = ',', .decimal = '.'};
    return cn__cell_number(&plain, &(cn__cell){.at = text, .size = strlen(text)}, out, NULL);
}

static int by_number(const void *a, const void *b)
{
    double x = 0, y = 0;
    (void)is_number(*(const char *const *)a, &x);
    (void)is_number(*(const char *const *)b, &y);
    return x < y ? -1 : x > y ? 1 : by_bytes(a, b);
}

static void sort_words(const char **words, size_t count)
{
    bool numbers = count > 0;
    double v;
    for (size_t i = 0; numbers && i < count; i++) numbers = is_number(words[i], &v);
    if (count) qsort(words, count, sizeof *words, numbers ? by_number : by_bytes);
}

/* All words once, in the table's arena, sorted. */
static cn_status unite(const filler *w, size_t column, dictionary *all)
{
    for (int part = 0; part < w->parts; part++) {
        const dictionary *d = &w->dictionaries[(size_t)part * w->table->columns + column];
        for (size_t i = 0; i < d->count; i++)
            if (look_up(all, &w->table->arena, d->words[i], strlen(d->words[i])) == CN_TABLE_MISSING)
                return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status number_words(const filler *w, size_t column, dictionary *all, const char **sorted)
{
    cn__column *c = &w->table->column[column];
    uint32_t *place = cn__malloc((all->count + 1) * sizeof *place); /* of the united to the sorted */
    if (!place) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < all->count; i++)
        place[look_up(all, &w->table->arena, sorted[i], strlen(sorted[i]))] = (uint32_t)i;
    for (int part = 0; part < w->parts; part++) {
        const dictionary *d = &w->dictionaries[(size_t)part * w->table->columns + column];
        size_t rows = w->table->rows, parts = (size_t)w->parts, p = (size_t)part;
        uint32_t *own = cn__malloc((d->count + 1) * sizeof *own);
        if (!own) {
            cn__free(place);
            return CN_ERROR_MEMORY;
        }
        for (size_t i = 0; i < d->count; i++)
            own[i] = place[look_up(all, &w->table->arena, d->words[i], strlen(d->words[i]))];
        for (size_t row = rows * p / parts; row < rows * (p + 1) / parts; row++)
            if (c->codes[row] != CN_TABLE_MISSING) c->codes[row] = own[c->codes[row]];
        cn__free(own);
    }
    cn__free(place);
    return CN_OK;
}

static cn_status finish_words(const filler *w, size_t column)
{
    cn__column *c = &w->table->column[column];
    dictionary all = {0};
    cn_status status = unite(w, column, &all);
    const char **sorted = cn__arena_array(&w->table->arena, all.count + 1, sizeof *sorted);
    if (!sorted) status = CN_ERROR_MEMORY;
    if (status == CN_OK) {
        if (all.count) memcpy(sorted, all.words, all.count * sizeof *sorted);
        sort_words(sorted, all.count);
        c->categories = sorted;
        c->category_count = all.count;
        status = number_words(w, column, &all, sorted);
    }
    dictionary_free(&all);
    return status;
}

/* ---- columns ---------------------------------------------------------------------------------------------------------------- */

static cn_status allot(const cn__survey *s, cn_table *t)
{
    for (size_t k = 0; k < t->columns; k++) {
        cn__column *c = &t->column[k];
        const cn__facts *f = &s->facts[k];
        size_t missing = f->missing + f->odd;
        bool whole = !f->wide && !missing && !s->options->missing_values.count;
        if (c->kind == CN_COLUMN_CATEGORY) {
            if (!(c->codes = cn__malloc((t->rows + 1) * sizeof *c->codes))) return CN_ERROR_MEMORY;
            continue;
        }
        c->stored = whole && !f->negative && f->most < 256 ? CN_UINT8 : whole ? CN_INT32 : CN_FLOAT64;
        if (!(c->values = cn__malloc((t->rows + 1) * cn_dtype_size(c->stored)))) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static void count_missing(cn_table *t)
{
    for (size_t k = 0; k < t->columns; k++) {
        cn__column *c = &t->column[k];
        if (c->kind == CN_COLUMN_NUMBER && c->stored != CN_FLOAT64) continue;
        for (size_t row = 0; row < t->rows; row++)
            c->missing += c->kind == CN_COLUMN_CATEGORY ? c->codes[row] == CN_TABLE_MISSING
                                                        : isnan(((const double *)c->values)[row]);
    }
}

cn_status cn__table_fill(const cn__survey *s, cn_table *t)
{
    filler w = {.survey = s, .table = t, .parts = cn__table_threads(s->options, t->rows)};
    size_t parts = (size_t)w.parts, n = parts * t->columns;
    w.dictionaries = cn__calloc(n, sizeof *w.dictionaries);
    w.arenas = cn__calloc(parts, sizeof *w.arenas);
    w.failed = cn__calloc(parts, sizeof *w.failed);
    cn_status status = w.dictionaries && w.arenas && w.failed ? allot(s, t) : CN_ERROR_MEMORY;
    if (status == CN_OK) cn__table_parallel(w.parts, fill_part, &w);
    for (size_t i = 0; status == CN_OK && i < parts; i++)
        if (w.failed[i]) status = cn__fail_memory(0, "a table");
    for (size_t k = 0; status == CN_OK && k < t->columns; k++)
        if (t->column[k].kind == CN_COLUMN_CATEGORY) status = finish_words(&w, k);
    if (status == CN_OK) count_missing(t);
    for (size_t i = 0; w.dictionaries && i < n; i++) dictionary_free(&w.dictionaries[i]);
    for (size_t i = 0; w.arenas && i < parts; i++) cn__arena_free(&w.arenas[i]);
    cn__free(w.dictionaries);
    cn__free(w.arenas);
    cn__free(w.failed);
    return status;
}
