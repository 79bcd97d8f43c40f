/* Arrays from a table: chosen columns as features (n, f), words one-hot, and the target (n). */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "data/data.h"

#define MOST_FEATURES 16384
#define MOST_WORDS 1000 /* in a column that is used */

typedef struct choice {
    const cn_csv *csv;
    const cn_csv_options *options;
    const cn_csv_column **inputs, *target;
    size_t count;
    uint32_t *rows; /* those that are used */
    size_t row_count;
} choice;

/* ---- which columns -------------------------------------------------------------------------------------------------- */

static cn_status find_column(const cn_csv *csv, const char *name, const cn_csv_column **out)
{
    for (size_t k = 0; k < csv->columns; k++)
        if (strcmp(csv->column[k].name, name) == 0) {
            *out = &csv->column[k];
            return CN_OK;
        }
    const char **names = cn__malloc(csv->columns * sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < csv->columns; k++) names[k] = csv->column[k].name;
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "column", name, names, csv->columns);
    cn__free(names);
    return cn__fail_in("%s", csv->path);
}

/* "2024-01-31", "31/1/2024", "2024-01-31T10:30:00": digits with two marks or more between. */
static bool looks_like_date(const char *text)
{
    size_t marks = 0;
    const char *p = text;
    for (; *p && strchr("0123456789-/.:TZ ", *p); p++) marks += strchr("-/.:", *p) && p > text;
    return !*p && marks > 1 && *text >= '0' && *text <= '9';
}

/* A column of numbers that some cells spoil, or of as many words as rows, is hardly what was meant. */
static cn_status check_words(const cn_csv *csv, const cn_csv_column *c)
{
    size_t present = csv->rows - c->missing;
    if (c->numbers || !present) return CN_OK;
    if (c->numeric * 10 >= present * 9)
        return cn__fail(
            CN_ERROR_DATA,
            cn__csv_comma_number(c->odd)
                ? "%s, line %zu, column '%s': '%.*s' has a decimal comma; expected a point, or a comma in all numbers and "
                  "semicolons between cells"
                : "%s, line %zu, column '%s': '%.*s' is no number, and most of the others are; expected a number "
                  "(with a point), or nothing or NA where there is none",
            csv->path, c->odd_line, c->name, cn__csv_shown(c->odd), c->odd);
    if (c->category_count > MOST_WORDS)
        return cn__fail(CN_ERROR_DATA,
                        "%s: column '%s' holds %zu different words, at most %d can be told apart", csv->path,
                        c->name, c->category_count, MOST_WORDS);
    if (c->category_count > 20 && looks_like_date(c->categories[0]) &&
        looks_like_date(c->categories[c->category_count - 1]))
        return cn__fail(
            CN_ERROR_DATA,
            "%s: column '%s' holds dates or times, as in '%.*s', which are no categories; leave it out of "
            "the columns, or put numbers in its place, as days since the first",
            csv->path, c->name, cn__csv_shown(c->categories[0]), c->categories[0]);
    if (c->category_count > 20 && c->category_count > present / 2)
        return cn__fail(
            CN_ERROR_DATA,
            "%s: column '%s' holds %zu different words in %zu rows, which are hardly categories; choose "
            "the columns that are",
            csv->path, c->name, c->category_count, csv->rows);
    return CN_OK;
}

static cn_status add_input(choice *ch, const cn_csv_column *column)
{
    if (column == ch->target)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: column '%s' is the target and cannot be an input, too",
                        ch->csv->path, column->name);
    for (size_t i = 0; i < ch->count; i++)
        if (ch->inputs[i] == column)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: column '%s' is named twice", ch->csv->path, column->name);
    ch->inputs[ch->count++] = column;
    return check_words(ch->csv, column);
}

static cn_status choose_columns(choice *ch, cn__arena *arena)
{
    const cn_csv *csv = ch->csv;
    const cn_csv_options *o = ch->options;
    ch->inputs = cn__arena_array(arena, csv->columns, sizeof(const cn_csv_column *));
    if (!ch->inputs) return CN_ERROR_MEMORY;
    if (o->target) {
        CN_TRY(find_column(csv, o->target, &ch->target));
        CN_TRY(check_words(csv, ch->target));
    }
    for (size_t i = 0; o->columns && i < o->column_count; i++) {
        const cn_csv_column *column;
        CN_TRY(find_column(csv, o->columns[i], &column));
        CN_TRY(add_input(ch, column));
    }
    for (size_t k = 0; !o->columns && k < csv->columns; k++)
        if (&csv->column[k] != ch->target) CN_TRY(add_input(ch, &csv->column[k]));
    return ch->count ? CN_OK
                     : cn__fail(CN_ERROR_ARGUMENT,
                                "%s: no column is left as the input; expected at least one", csv->path);
}

/* ---- which rows ------------------------------------------------------------------------------------------------------- */

static bool lacks(const cn_csv_column *c, size_t row)
{
    return c->numbers ? isnan(c->numbers[row]) : c->words[row] == CN_CSV_MISSING;
}

/* The column for want of which the row cannot be used; NULL: none. */
static const cn_csv_column *find_missing(const choice *ch, size_t row)
{
    if (ch->target && lacks(ch->target, row)) return ch->target;
    for (size_t i = 0; i < ch->count && ch->options->missing != CN_MISSING_KEEP; i++)
        if (lacks(ch->inputs[i], row)) return ch->inputs[i];
    return NULL;
}

static cn_status choose_rows(choice *ch, cn__arena *arena)
{
    const cn_csv *csv = ch->csv;
    ch->rows = cn__arena_array(arena, csv->rows, sizeof *ch->rows);
    if (!ch->rows) return CN_ERROR_MEMORY;
    for (size_t row = 0; row < csv->rows; row++) {
        const cn_csv_column *missing = find_missing(ch, row);
        if (missing && ch->options->missing == CN_MISSING_ERROR)
            return cn__fail(
                CN_ERROR_DATA,
                "%s, line %u: column '%s' has no value; fill it in, leave the column out, or have such rows "
                "left out",
                csv->path, csv->lines[row], missing->name);
        if (!missing) ch->rows[ch->row_count++] = (uint32_t)row;
    }
    return ch->row_count
               ? CN_OK
               : cn__fail(CN_ERROR_DATA, "%s: every row lacks a value in one of the columns; none is left",
                          csv->path);
}

/* ---- features --------------------------------------------------------------------------------------------------------- */

static size_t width(const cn_csv_column *c) { return c->numbers ? 1 : c->category_count; }

static cn_status name_features(const choice *ch, cn__arena *arena, cn_csv_arrays *out)
{
    for (size_t i = 0; i < ch->count; i++) out->features += width(ch->inputs[i]);
    if (out->features > MOST_FEATURES)
        return cn__fail(CN_ERROR_DATA, "%s: the columns make %zu features, at most %d are made",
                        ch->csv->path, out->features, MOST_FEATURES);
    const char **names = cn__arena_array(arena, out->features, sizeof *names), **at = names;
    if (!names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < ch->count; i++) {
        const cn_csv_column *c = ch->inputs[i];
        for (size_t k = 0; k < width(c); k++, at++) {
            *at = c->numbers ? cn__arena_strdup(arena, c->name)
                             : cn__arena_format(arena, "%s=%s", c->name, c->categories[k]);
            if (!*at) return CN_ERROR_MEMORY;
        }
    }
    out->feature_names = names;
    return CN_OK;
}

static cn_status to_float(const choice *ch, const cn_csv_column *c, size_t row, float *out)
{
    double v = c->numbers[row];
    if (fabs(v) > (double)FLT_MAX)
        return cn__fail(CN_ERROR_DATA, "%s, line %u, column '%s': %g is beyond what float32 holds",
                        ch->csv->path, ch->csv->lines[row], c->name, v);
    *out = (float)v;
    return CN_OK;
}

static cn_status fill_features(const choice *ch, cn_csv_arrays *out)
{
    CN_TRY(cn_array_new(&out->x, CN_FLOAT32, 2, (size_t[]){ch->row_count, out->features}));
    float *to = out->x.data;
    for (size_t r = 0; r < ch->row_count; r++)
        for (size_t i = 0; i < ch->count; i++) {
            const cn_csv_column *c = ch->inputs[i];
            if (c->numbers) CN_TRY(to_float(ch, c, ch->rows[r], to));
            else if (!lacks(c, ch->rows[r])) to[c->words[ch->rows[r]]] = 1;
            to += width(c);
        }
    return CN_OK;
}

/* ---- the target ------------------------------------------------------------------------------------------------------- */

static cn_status number_target(const choice *ch, cn_csv_arrays *out)
{
    CN_TRY(cn_array_new(&out->y, CN_FLOAT32, 1, &ch->row_count));
    float *to = out->y.data;
    for (size_t r = 0; r < ch->row_count; r++) CN_TRY(to_float(ch, ch->target, ch->rows[r], &to[r]));
    return CN_OK;
}

static cn_status word_classes(const choice *ch, cn__arena *arena, cn_csv_arrays *out)
{
    const cn_csv_column *c = ch->target;
    const char **names = cn__arena_array(arena, c->category_count, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < c->category_count; k++)
        if (!(names[k] = cn__arena_strdup(arena, c->categories[k]))) return CN_ERROR_MEMORY;
    out->class_names = names;
    out->classes = c->category_count;
    int64_t *to = out->y.data;
    for (size_t r = 0; r < ch->row_count; r++) to[r] = c->words[ch->rows[r]];
    return CN_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The different numbers, ascending, are the classes. */
static cn_status number_classes(const choice *ch, cn__arena *arena, cn_csv_arrays *out)
{
    const double *numbers = ch->target->numbers;
    double *values = cn__arena_array(arena, ch->row_count, sizeof *values);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t r = 0; r < ch->row_count; r++) values[r] = numbers[ch->rows[r]];
    qsort(values, ch->row_count, sizeof *values, by_value);
    for (size_t r = 0; r < ch->row_count; r++)
        if (r == 0 || values[r] > values[out->classes - 1]) values[out->classes++] = values[r];
    if (out->classes > MOST_WORDS)
        return cn__fail(
            CN_ERROR_DATA,
            "%s: the target '%s' holds %zu different numbers, at most %d classes can be told apart; is it a "
            "number to predict?",
            ch->csv->path, ch->target->name, out->classes, MOST_WORDS);
    const char **names = cn__arena_array(arena, out->classes, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < out->classes; k++)
        if (!(names[k] = cn__arena_format(arena, "%.12g", values[k]))) return CN_ERROR_MEMORY;
    out->class_names = names;
    int64_t *to = out->y.data;
    for (size_t r = 0; r < ch->row_count; r++) {
        const double *found = bsearch(&numbers[ch->rows[r]], values, out->classes, sizeof *values, by_value);
        to[r] = found - values;
    }
    return CN_OK;
}

static cn_status fill_target(const choice *ch, cn__arena *arena, cn_csv_arrays *out)
{
    if (!ch->target) return CN_OK;
    if (ch->target->numbers && !ch->options->classes) return number_target(ch, out);
    CN_TRY(cn_array_new(&out->y, CN_INT64, 1, &ch->row_count));
    return (ch->target->numbers ? number_classes : word_classes)(ch, arena, out);
}

cn_status cn_csv_to_arrays(const cn_csv *csv, const cn_csv_options *options, cn_csv_arrays *out)
{
    static const cn_csv_options none = {0};
    choice ch = {.csv = csv, .options = options ? options : &none};
    cn__arena *arena = cn__calloc(1, sizeof *arena);
    *out = (cn_csv_arrays){.memory = arena};
    if (!arena) return CN_ERROR_MEMORY;
    cn_status status = choose_columns(&ch, arena);
    if (status == CN_OK) status = choose_rows(&ch, arena);
    if (status == CN_OK) status = name_features(&ch, arena, out);
    if (status == CN_OK) status = fill_features(&ch, out);
    if (status == CN_OK) status = fill_target(&ch, arena, out);
    out->dropped = csv->rows - ch.row_count;
    if (status != CN_OK) cn_csv_arrays_free(out);
    return status;
}

void cn_csv_arrays_free(cn_csv_arrays *arrays)
{
    cn_array_free(&arrays->x);
    cn_array_free(&arrays->y);
    if (arrays->memory) cn__arena_free(arrays->memory);
    cn__free(arrays->memory);
    *arrays = (cn_csv_arrays){0};
}
