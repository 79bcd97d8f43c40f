/* Rows of a table to arrays, as a preparation says. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "data/preparation/preparation.h"

/* ---- which rows ---------------------------------------------------------------------------------------------------------- */

bool cn__column_lacks(const cn__column *c, size_t row)
{
    return c->kind == CN_COLUMN_NUMBER ? isnan(cn__column_number(c, row)) : c->codes[row] == CN_TABLE_MISSING;
}

/* The columns without whose value a row cannot be used, that have missing ones at all; of cn__malloc. */
static cn_status find_needed(const cn_preparation *p, const cn_table *t, bool target, size_t **out,
                             size_t *count)
{
    *count = 0;
    *out = cn__malloc((p->input_count + p->target_count + 1) * sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    for (size_t i = 0; target && i < p->target_count; i++) {
        size_t k;
        CN_TRY(cn_table_find(t, p->targets[i].name, &k));
        if (t->column[k].missing) (*out)[(*count)++] = k;
    }
    for (size_t i = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        size_t k;
        CN_TRY(cn_table_find(t, in->name, &k));
        bool filled = cn__input_has_number(in) ? !isnan(in->missing)
                                               : in->form == CN_FORM_TEXT || p->fill > CN_FILL_DROP;
        if (t->column[k].missing && !filled) (*out)[(*count)++] = k;
    }
    return CN_OK;
}

/* How many rows would be left out, as advice. */
static cn_status fail_missing(const cn_table *t, size_t row, size_t column, const size_t *needed,
                              size_t needed_count)
{
    size_t lacking = 0;
    for (size_t r = 0; r < t->rows; r++) {
        bool whole = true;
        for (size_t i = 0; i < needed_count; i++)
            whole = whole && !cn__column_lacks(&t->column[needed[i]], r);
        lacking += !whole;
    }
    return cn__fail(
        CN_ERROR_DATA,
        "%s, line %u: column '%s' has no value; fill it in, leave the column out, or say what becomes of it. "
        "missing=drop leaves out %zu of the %zu rows, missing=mean puts the column's mean",
        t->path, t->lines[row], t->column[column].name, lacking, t->rows);
}

static cn_status choose_rows(const cn_preparation *p, const cn_table *t, size_t target_count,
                             const size_t *needed, size_t needed_count, uint32_t *rows, size_t *count)
{
    (void)target_count;
    *count = 0;
    for (size_t row = 0; row < t->rows; row++) {
        size_t lacking = needed_count;
        for (size_t i = 0; i < needed_count && lacking == needed_count; i++)
            if (cn__column_lacks(&t->column[needed[i]], row)) lacking = i;
        if (lacking < needed_count && p->fill == CN_FILL_ERROR)
            return fail_missing(t, row, needed[lacking], needed, needed_count);
        if (lacking == needed_count) rows[(*count)++] = (uint32_t)row;
    }
    return *count ? CN_OK
                  : cn__fail(CN_ERROR_DATA, "%s: every row lacks a value in one of the columns; none is left",
                             t->path);
}

cn_status cn_preparation_rows(const cn_preparation *p, const cn_table *t, bool target, uint32_t *rows,
                              size_t *count)
{
    size_t *needed, needed_count;
    cn_status status = find_needed(p, t, target, &needed, &needed_count);
    if (status == CN_OK) status = choose_rows(p, t, p->target_count, needed, needed_count, rows, count);
    cn__free(needed);
    return status;
}

/* ---- features -------------------------------------------------------------------------------------------------------------- */

cn_status cn__fail_log(const cn_table *t, const char *name, double value)
{
    return cn__fail(CN_ERROR_DATA, "%s: column '%s' holds %g, and log(1 + x) needs values over -1", t->path,
                    name, value);
}

uint32_t *cn__preparation_words(const cn__column *c, const char *const *words, size_t count)
{
    uint32_t *place = cn__malloc((c->category_count + 1) * sizeof *place);
    for (size_t i = 0, last = 0; place && i < c->category_count; i++) {
        place[i] = CN_TABLE_MISSING;
        for (size_t k = 0; k < count && place[i] == CN_TABLE_MISSING; k++) {
            size_t at = (last + k) % count; /* both are sorted: mostly the next */
            if (strcmp(c->categories[i], words[at]) == 0) place[i] = (uint32_t)at, last = at;
        }
    }
    return place;
}

static size_t first_row(const cn_table *t, const cn__column *c, uint32_t code)
{
    size_t row = 0;
    while (row < t->rows && c->codes[row] != code) row++;
    return row;
}

void cn__preparation_note_unknown(const cn_preparation *p, const cn_table *t, cn__text *notes)
{
    for (size_t i = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        size_t k;
        if ((in->form != CN_FORM_ONE_HOT && in->form != CN_FORM_ORDINAL) ||
            cn_table_find(t, in->name, &k) != CN_OK)
            continue;
        const cn__column *c = &t->column[k];
        uint32_t *place =
            c->kind == CN_COLUMN_CATEGORY ? cn__preparation_words(c, in->words, in->count) : NULL;
        for (size_t w = 0; place && w < c->category_count; w++) {
            size_t row = place[w] == CN_TABLE_MISSING ? first_row(t, c, (uint32_t)w) : t->rows;
            if (row < t->rows)
                cn__text_printf(
                    notes,
                    "Line %u, column '%s': '%.*s' is none of the words that were learned; it counts as none.\n",
                    t->lines[row], in->name, cn__table_shown(c->categories[w]), c->categories[w]);
        }
        cn__free(place);
    }
}

typedef struct applier {
    const cn_preparation *p;
    const cn_table *t;
    const uint32_t *rows;
    size_t count;
    float *x;
    const cn__column **columns; /* (inputs) */
    uint32_t **places;          /* (inputs) of words */
    cn__text_lookup **lookups;  /* (inputs) of texts */
    int parts;
    size_t *failed; /* (parts) row + 1 whose number float32 does not hold, and its input */
    size_t *failed_input;
} applier;

static void put_number(const applier *a, size_t input, size_t row, int part, float *to)
{
    const cn__input *in = &a->p->inputs[input];
    double v = cn__input_value(in, a->columns[input], a->places[input], row);
    if (isnan(v)) v = in->missing;
    v = cn__input_prepared(in, v);
    *to = (float)v;
    if (!(fabs(v) <= (double)FLT_MAX) && !a->failed[part])
        a->failed[part] = row + 1, a->failed_input[part] = input;
}

/* Plain numbers, of which wide tables have many. */
static void put_numbers(const applier *a, size_t input, size_t first, size_t last, int part)
{
    const cn__input *in = &a->p->inputs[input];
    float *to = a->x + first * a->p->features + in->at;
    for (size_t i = first; i < last; i++, to += a->p->features)
        put_number(a, input, a->rows ? a->rows[i] : i, part, to);
}

static void put_words(const applier *a, size_t input, size_t first, size_t last)
{
    const cn__input *in = &a->p->inputs[input];
    const cn__column *c = a->columns[input];
    for (size_t i = first; i < last; i++) {
        uint32_t code = c->codes[a->rows ? a->rows[i] : i];
        size_t word = code == CN_TABLE_MISSING ? in->frequent : a->places[input][code];
        if (word < in->count) a->x[i * a->p->features + in->at + word] = 1;
    }
}

static void put_bins(const applier *a, size_t input, size_t first, size_t last, int part)
{
    const cn__input *in = &a->p->inputs[input];
    for (size_t i = first; i < last; i++) {
        const size_t row = a->rows ? a->rows[i] : i;
        double v = cn__input_value(in, a->columns[input], NULL, row);
        if (isnan(v)) v = in->missing;
        if (isnan(v) && !a->failed[part]) a->failed[part] = row + 1, a->failed_input[part] = input;
        a->x[i * a->p->features + in->at + cn__input_bin(in, v)] = 1;
    }
}

static void put_texts(const applier *a, size_t input, size_t first, size_t last)
{
    const cn__input *in = &a->p->inputs[input];
    const cn__column *c = a->columns[input];
    for (size_t i = first; i < last; i++) {
        uint32_t code = c->codes[a->rows ? a->rows[i] : i];
        if (code != CN_TABLE_MISSING)
            cn__text_mark(a->lookups[input], c->categories[code], a->x + i * a->p->features + in->at);
    }
}

static void put_indicators(const applier *a, size_t input, size_t first, size_t last)
{
    const cn__input *in = &a->p->inputs[input];
    float *to = a->x + in->at + cn__input_width(in) - 1;
    for (size_t i = first; i < last; i++)
        if (cn__column_lacks(a->columns[input], a->rows ? a->rows[i] : i)) to[i * a->p->features] = 1;
}

static void put_input(const applier *a, size_t input, size_t first, size_t last, int part)
{
    const cn__input *in = &a->p->inputs[input];
    bool empty = a->columns[input]->missing == a->t->rows && a->columns[input]->kind != cn__input_column(in);
    if (cn__input_is_number(in)) put_numbers(a, input, first, last, part);
    else if (in->form == CN_FORM_BINS) put_bins(a, input, first, last, part);
    else if (!empty && in->form == CN_FORM_TEXT) put_texts(a, input, first, last);
    else if (!empty) put_words(a, input, first, last);
    if (in->indicator) put_indicators(a, input, first, last);
}

/* Sixteen columns of some rows at a time: what is written stays in the cache. */
static void apply_part(void *context, int part)
{
    enum { ROWS = 1024, COLUMNS = 16 };
    const applier *a = context;
    size_t begin = a->count * (size_t)part / (size_t)a->parts,
           end = a->count * ((size_t)part + 1) / (size_t)a->parts;
    for (size_t first = begin; first < end; first += ROWS) {
        size_t last = first + ROWS < end ? first + ROWS : end;
        for (size_t group = 0; group < a->p->input_count; group += COLUMNS)
            for (size_t i = group; i < group + COLUMNS && i < a->p->input_count; i++)
                put_input(a, i, first, last, part);
    }
}

static cn_status find_columns(applier *a)
{
    for (size_t i = 0; i < a->p->input_count; i++) {
        const cn__input *in = &a->p->inputs[i];
        size_t k;
        CN_TRY(cn_table_find(a->t, in->name, &k));
        const cn__column *c = a->columns[i] = &a->t->column[k];
        bool empty = c->missing == a->t->rows;
        if (c->kind != cn__input_column(in) && !empty)
            return cn__fail(CN_ERROR_DATA, "%s: column '%s' holds %s, expected %s", a->t->path, in->name,
                            c->kind == CN_COLUMN_NUMBER ? "numbers" : "words",
                            c->kind == CN_COLUMN_NUMBER ? "words" : "numbers");
        bool words = in->form == CN_FORM_ONE_HOT || in->form == CN_FORM_ORDINAL;
        if (words && c->kind == CN_COLUMN_CATEGORY &&
            !(a->places[i] = cn__preparation_words(c, in->words, in->count)))
            return CN_ERROR_MEMORY;
        if (in->form == CN_FORM_TEXT && !(a->lookups[i] = cn__text_lookup_new(in->words, in->count)))
            return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status fail_cell(const applier *a, size_t row, size_t input)
{
    const cn__input *in = &a->p->inputs[input];
    const cn__column *c = a->columns[input];
    double v = cn__input_value(in, c, a->places[input], row);
    char place[40];
    cn__format(place, sizeof place, "line %u", a->t->lines[row]);
    if (isnan(v) && !cn__column_lacks(c, row))
        return cn__fail(CN_ERROR_DATA, "%s, %s, column '%s': '%.*s' is no date", a->t->path, place, in->name,
                        cn__table_shown(c->categories[c->codes[row]]), c->categories[c->codes[row]]);
    if (isnan(v))
        return cn__fail(CN_ERROR_DATA, "%s, %s: column '%s' has no value", a->t->path, place, in->name);
    if (in->log && !(v > -1))
        return cn__fail_log(a->t, in->name, v) == CN_OK ? CN_OK : cn__fail_in("%s", place);
    return cn__fail(CN_ERROR_DATA, "%s, %s, column '%s': %g is beyond what float32 holds", a->t->path, place,
                    in->name, v);
}

static cn_status check_range(const applier *a)
{
    for (int part = 0; part < a->parts; part++)
        if (a->failed[part]) return fail_cell(a, a->failed[part] - 1, a->failed_input[part]);
    return CN_OK;
}

static cn_status fill_x(const cn_preparation *p, const cn_table *t, const uint32_t *rows, size_t count,
                        cn_array *x)
{
    applier a = {.p = p,
                 .t = t,
                 .rows = rows,
                 .count = count,
                 .parts = cn__table_threads(&(cn_table_options){0}, count)};
    CN_TRY(cn_array_new(x, CN_FLOAT32, 2, (size_t[]){count, p->features}));
    a.x = x->data;
    a.columns = cn__calloc(p->input_count + 1, sizeof *a.columns);
    a.places = cn__calloc(p->input_count + 1, sizeof *a.places);
    a.lookups = cn__calloc(p->input_count + 1, sizeof *a.lookups);
    a.failed = cn__calloc(2 * (size_t)a.parts, sizeof *a.failed);
    a.failed_input = a.failed ? a.failed + a.parts : NULL;
    cn_status status = a.columns && a.places && a.lookups && a.failed ? find_columns(&a) : CN_ERROR_MEMORY;
    if (status == CN_OK) cn__table_parallel(a.parts, apply_part, &a);
    if (status == CN_OK) status = check_range(&a);
    for (size_t i = 0; a.places && i < p->input_count; i++) cn__free(a.places[i]);
    for (size_t i = 0; a.lookups && i < p->input_count; i++) cn__text_lookup_free(a.lookups[i]);
    cn__free(a.places);
    cn__free(a.lookups);
    cn__free(a.columns);
    cn__free(a.failed);
    return status;
}

static float scaled(const cn__input *in, float x)
{
    double v = (double)x;
    if (in->log) v = cn__log1p(v);
    return (float)((v - in->shift) / in->scale);
}

cn_status cn__copy_scaled(const cn_preparation *p, const cn_array *x, cn_array *out)
{
    CN_TRY(cn_array_new(out, CN_FLOAT32, x->ndim, x->shape));
    memcpy(out->data, x->data, cn_array_size(x) * sizeof(float));
    if (cn_array_sample_size(out) != p->features) return CN_OK;
    float *row = out->data;
    for (size_t i = 0; i < x->shape[0]; i++, row += p->features)
        for (size_t k = 0; k < p->input_count; k++) {
            const cn__input *in = &p->inputs[k];
            if (cn__input_is_number(in)) row[in->at] = scaled(in, row[in->at]);
        }
    return CN_OK;
}

/* ---- targets --------------------------------------------------------------------------------------------------------------- */

static cn_status number_target(const cn_table *t, const cn__target *target, const cn__column *c,
                               const uint32_t *rows, size_t count, float *to, size_t each)
{
    for (size_t i = 0; i < count; i++) {
        double v = cn__column_number(c, rows ? rows[i] : i);
        if (fabs(v) > (double)FLT_MAX)
            return cn__fail(CN_ERROR_DATA, "%s, line %u, column '%s': %g is beyond what float32 holds",
                            t->path, t->lines[rows ? rows[i] : i], c->name, v);
        if (target->log && !(v > -1)) return cn__fail_log(t, c->name, v);
        to[i * each] = (float)v;
    }
    return CN_OK;
}

/* The class that a number is called by. */
static size_t class_of(const cn__target *target, double v)
{
    char name[40];
    cn__format(name, sizeof name, "%.15g", v);
    for (size_t i = 0; i < target->count; i++)
        if (strcmp(target->classes[i], name) == 0) return i;
    return SIZE_MAX;
}

static cn_status unknown_class(const cn_table *t, const cn__target *target, const cn__column *c, size_t row)
{
    char digits[40];
    const char *name = c->kind == CN_COLUMN_CATEGORY ? c->categories[c->codes[row]] : digits;
    if (c->kind == CN_COLUMN_NUMBER) cn__format(digits, sizeof digits, "%.15g", cn__column_number(c, row));
    (void)!cn__fail_word(CN_ERROR_DATA, "class", name, target->classes, target->count);
    return cn__fail_in("%s, line %u, column '%s'", t->path, t->lines[row], c->name);
}

static cn_status class_target(const cn_table *t, const cn__target *target, const cn__column *c,
                              const uint32_t *rows, size_t count, int64_t *to)
{
    bool words = c->kind == CN_COLUMN_CATEGORY;
    uint32_t *place = words ? cn__preparation_words(c, target->classes, target->count) : NULL;
    cn_status status = words && !place ? CN_ERROR_MEMORY : CN_OK;
    for (size_t i = 0; status == CN_OK && i < count; i++) {
        size_t row = rows ? rows[i] : i, class = SIZE_MAX;
        if (words && c->codes[row] == CN_TABLE_MISSING)
            status = cn__fail(CN_ERROR_DATA, "%s, line %u: column '%s' has no value", t->path, t->lines[row],
                              c->name);
        else if (words) class = place[c->codes[row]];
        else class = class_of(target, cn__column_number(c, row));
        if (status == CN_OK && class >= target->count) status = unknown_class(t, target, c, row);
        to[i] = (int64_t) class;
    }
    cn__free(place);
    return status;
}

static cn_status fill_y(const cn_preparation *p, const cn_table *t, const uint32_t *rows, size_t count,
                        cn_array *y)
{
    size_t k, each = p->target_count;
    bool classes = p->targets[0].classes;
    CN_TRY(cn_array_new(y, classes ? CN_INT64 : CN_FLOAT32, each > 1 ? 2 : 1, (size_t[]){count, each}));
    for (size_t i = 0; i < each; i++) {
        CN_TRY(cn_table_find(t, p->targets[i].name, &k));
        const cn__column *c = &t->column[k];
        if (classes) return class_target(t, &p->targets[0], c, rows, count, y->data);
        if (c->kind != CN_COLUMN_NUMBER)
            return cn__fail(CN_ERROR_DATA, "%s: the target '%s' holds words, expected numbers", t->path,
                            c->name);
        CN_TRY(number_target(t, &p->targets[i], c, rows, count, (float *)y->data + i, each));
    }
    return CN_OK;
}

cn_status cn_preparation_apply(const cn_preparation *p, const cn_table *t, const uint32_t *rows, size_t count,
                               cn_array *x, cn_array *y)
{
    uint32_t *own = NULL;
    cn_status status = CN_OK;
    *x = (cn_array){0};
    if (y) *y = (cn_array){0};
    if (!rows) {
        own = cn__malloc((t->rows + 1) * sizeof *own);
        status = own ? cn_preparation_rows(p, t, y && p->target_count, own, &count) : CN_ERROR_MEMORY;
    }
    if (status == CN_OK) status = fill_x(p, t, rows ? rows : own, count, x);
    if (status == CN_OK && y && p->target_count) status = fill_y(p, t, rows ? rows : own, count, y);
    cn__free(own);
    if (status == CN_OK) return CN_OK;
    cn_array_free(x);
    if (y) cn_array_free(y);
    return status;
}
