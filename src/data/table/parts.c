/* Which rows of a table belong together, and in which order they came: what its parts are cut by. */
#include <math.h>
#include <stdlib.h>

#include "data/data.h"
#include "data/preparation/preparation.h"

static cn_status number_codes(const cn_table *t, const cn__column *c, uint32_t *codes, size_t *most)
{
    for (size_t row = 0; row < t->rows; row++) {
        double v = cn__column_number(c, row);
        if (!(v >= 0 && v < 1e7 && v == floor(v)))
            return cn__fail(CN_ERROR_DATA,
                            "%s, line %u: column '%s' is %g; category=[%s] takes it as words, which can "
                            "be reported apart",
                            t->path, t->lines[row], c->name, v, c->name);
        codes[row] = (uint32_t)v;
        if (codes[row] >= *most) *most = codes[row] + 1;
    }
    return CN_OK;
}

cn_status cn__table_codes(cn__arena *arena, const cn_table *t, const char *name, cn__row_split *out)
{
    size_t k;
    CN_TRY(cn_table_find(t, name, &k));
    const cn__column *c = &t->column[k];
    uint32_t *codes = cn__arena_array(arena, t->rows + 1, sizeof *codes);
    if (!codes) return CN_ERROR_MEMORY;
    out->codes = codes;
    out->row_count = t->rows;
    out->code_count = c->category_count + 1;
    if (c->kind == CN_COLUMN_NUMBER) return number_codes(t, c, codes, &out->code_count);
    for (size_t row = 0; row < t->rows; row++)
        codes[row] = c->codes[row] == CN_TABLE_MISSING ? (uint32_t)c->category_count : c->codes[row];
    return CN_OK;
}

typedef struct moment {
    double at;
    uint32_t row;
} moment;

static int by_time(const void *a, const void *b)
{
    const moment *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at ? 1 : (x->row > y->row) - (x->row < y->row);
}

/* Seconds or so of a date: greater for later ones. */
static double moment_of(const char *word, bool day_first)
{
    cn__date date;
    if (!cn__date_read(word, day_first, &date)) return 0;
    return ((date.year * 12.0 + date.month) * 31 + date.day) * 24 + date.hour;
}

cn_status cn__table_order(const cn_table *t, const char *name, uint32_t *rows, size_t n)
{
    size_t k;
    bool day_first = false, timed, dates;
    CN_TRY(cn_table_find(t, name, &k));
    const cn__column *c = &t->column[k];
    moment *all = cn__malloc((n + 1) * sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    dates = c->kind == CN_COLUMN_CATEGORY && cn__date_survey(t, c, &day_first, &timed) == CN_OK;
    for (size_t i = 0; i < n; i++) {
        bool missing = cn__column_lacks(c, rows[i]);
        double at = missing                       ? -HUGE_VAL
                    : c->kind == CN_COLUMN_NUMBER ? cn__column_number(c, rows[i])
                    : dates                       ? moment_of(c->categories[c->codes[rows[i]]], day_first)
                                                  : (double)c->codes[rows[i]];
        all[i] = (moment){at, rows[i]};
    }
    if (n) qsort(all, n, sizeof *all, by_time);
    for (size_t i = 0; i < n; i++) rows[i] = all[i].row;
    cn__free(all);
    return CN_OK;
}
