/* What a table holds: its columns, found by name. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "data/data.h"
#include "data/table/steps.h"

/* ---- names ------------------------------------------------------------------------------------------------------------ */

static size_t hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3;
    return (size_t)(h ^ h >> 32);
}

size_t cn__table_slot(const cn_table *t, const char *name)
{
    assert(t->slot_count > t->columns); /* an empty slot ends the search */
    size_t at = hash(name) & (t->slot_count - 1);
    while (t->slots[at] && strcmp(t->column[t->slots[at] - 1].name, name) != 0)
        at = (at + 1) & (t->slot_count - 1);
    return at;
}

cn_status cn__table_slots(cn_table *t)
{
    for (t->slot_count = 16; t->slot_count < 2 * t->columns; t->slot_count *= 2) {}
    t->slots = cn__arena_array(&t->arena, t->slot_count, sizeof *t->slots);
    return t->slots ? CN_OK : CN_ERROR_MEMORY;
}

void cn__column_free(cn__column *c)
{
    cn__free(c->values);
    cn__free(c->codes);
}

void cn_table_free(cn_table *t)
{
    if (!t) return;
    for (size_t k = 0; t->column && k < t->columns && !t->store; k++) cn__column_free(&t->column[k]);
    if (!t->store) cn__free(t->lines);
    cn__free(t->store);
    cn__text_free(&t->notes);
    cn__arena_free(&t->arena);
    cn__free(t);
}

/* ---- what it holds ------------------------------------------------------------------------------------------------------------------ */

size_t cn_table_rows(const cn_table *t) { return t->rows; }
size_t cn_table_columns(const cn_table *t) { return t->columns; }
const char *cn_table_name(const cn_table *t, size_t k) { return t->column[k].name; }
cn_column_kind cn_table_kind(const cn_table *t, size_t k) { return t->column[k].kind; }
size_t cn_table_missing(const cn_table *t, size_t k) { return t->column[k].missing; }
bool cn_table_is_index(const cn_table *t, size_t k) { return t->column[k].index; }
size_t cn_table_category_count(const cn_table *t, size_t k) { return t->column[k].category_count; }
const char *cn_table_category(const cn_table *t, size_t k, size_t i) { return t->column[k].categories[i]; }
size_t cn_table_line(const cn_table *t, size_t row) { return t->lines[row]; }
const char *cn_table_notes(const cn_table *t) { return t->notes.data ? t->notes.data : ""; }

cn_status cn_table_find(const cn_table *t, const char *name, size_t *column)
{
    uint32_t found = t->slots[cn__table_slot(t, name)];
    *column = found ? found - 1 : 0;
    if (found) return CN_OK;
    const char **names = cn__malloc((t->columns + 1) * sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < t->columns; k++) names[k] = t->column[k].name;
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "column", name, names, t->columns);
    cn__free(names);
    return cn__fail_in("%s", t->path);
}

double cn_table_number(const cn_table *t, size_t row, size_t k)
{
    const cn__column *c = &t->column[k];
    return c->kind == CN_COLUMN_NUMBER ? cn__column_number(c, row) : (double)NAN;
}

const char *cn_table_word(const cn_table *t, size_t row, size_t k)
{
    const cn__column *c = &t->column[k];
    return c->kind == CN_COLUMN_CATEGORY && c->codes[row] != CN_TABLE_MISSING ? c->categories[c->codes[row]]
                                                                              : NULL;
}
