/* The table behind `dataset FILE.csv`: which columns are the input, which one is to be predicted, and what becomes of rows
 * that lack a value. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "lab/dataset_make.h"

static cn_status named_columns(cn__arena *arena, const cn__value *v, const char ***names, size_t *count)
{
    *count = !v || v->kind == CN_VALUE_NONE ? 0 : v->kind == CN_VALUE_LIST ? v->count : 1;
    *names = *count ? cn__arena_array(arena, *count, sizeof **names) : NULL;
    if (*count && !*names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        const cn__value *item = v->kind == CN_VALUE_LIST ? &v->items[i] : v;
        if (!((*names)[i] = cn__value_name(item)))
            return cn__fail(CN_ERROR_ARGUMENT, "dataset: columns=%s, expected names: columns=[area, wind]",
                            cn__value_text(arena, v));
    }
    return CN_OK;
}

static const char *const *copy_names(cn__arena *arena, const char *const *names, size_t count)
{
    const char **copies = cn__arena_array(arena, count ? count : 1, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        if (!(copies[i] = cn__arena_strdup(arena, names[i]))) return NULL;
    return copies;
}

/* ---- missing values --------------------------------------------------------------------------------------------- */

static cn_status read_missing(const char *word, cn_missing *out)
{
    static const char *const words[] = {
        [CN_MISSING_ERROR] = "error", [CN_MISSING_DROP] = "drop", [CN_MISSING_KEEP] = "mean"};
    for (int i = CN_MISSING_ERROR; i <= CN_MISSING_KEEP; i++) {
        *out = (cn_missing)i;
        if (strcmp(word, words[i]) == 0) return CN_OK;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "word for missing", word, words, 3);
}

/* Of the rows that have a value; NaN: none has. */
static double column_mean(const cn_array *x, size_t column)
{
    size_t each = cn_array_sample_size(x), count = 0;
    double sum = 0;
    for (size_t i = 0; i < x->shape[0]; i++) {
        double v = cn_array_at(x, i * each + column);
        if (!isnan(v)) sum += v, count++;
    }
    return count ? sum / (double)count : (double)NAN;
}

static size_t fill_column(cn_array *x, size_t column, float with)
{
    size_t each = cn_array_sample_size(x), filled = 0;
    float *at = (float *)x->data + column;
    for (size_t i = 0; i < x->shape[0]; i++, at += each)
        if (isnan(*at)) *at = with, filled++;
    return filled;
}

/* The mean is of the training part alone: the test part must not be known before. */
static cn_status fill_missing(cn__stage *s)
{
    for (size_t c = 0; c < s->features; c++) {
        double mean = column_mean(&s->x, c);
        if (isnan(mean))
            return cn__fail(CN_ERROR_DATA,
                            "%s: no row of the training part has a value in column '%s': it has no mean",
                            s->source, s->feature_names[c]);
        s->filled += fill_column(&s->x, c, (float)mean) + fill_column(&s->test_x, c, (float)mean);
    }
    return CN_OK;
}

/* After a failure: would all be well without the rows that lack values? Then the message says how many they are. */
static cn_status advise(const cn_csv *csv, cn_csv_options options)
{
    cn_csv_arrays arrays;
    char *message = cn__strdup(cn_error());
    if (!message) return CN_ERROR_MEMORY;
    options.missing = CN_MISSING_DROP;
    if (cn_csv_to_arrays(csv, &options, &arrays) == CN_OK) {
        cn__fail(CN_ERROR_DATA,
                 "%s. missing=drop leaves out %zu of the %zu rows, missing=mean puts the column's mean",
                 message, arrays.dropped, csv->rows);
        cn_csv_arrays_free(&arrays);
    } else {
        cn__fail(CN_ERROR_DATA, "%s", message);
    }
    cn__free(message);
    return CN_ERROR_DATA;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static cn_status take_table(cn__arena *arena, const cn__arguments *a, uint64_t seed, cn_csv_arrays *t,
                            cn__stage *s)
{
    if (t->classes && a->task && *a->task == 'r')
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: task=regression, and the target '%s' holds words",
                        a->target);
    s->target = a->target;
    s->features = t->features;
    s->classes = t->classes;
    s->dropped = t->dropped;
    s->feature_names = copy_names(arena, t->feature_names, t->features);
    if (t->classes) s->class_names = copy_names(arena, t->class_names, t->classes);
    if (!s->feature_names || (t->classes && !s->class_names)) return CN_ERROR_MEMORY;
    CN_TRY(cn__draw_test(s, &t->x, &t->y, a->test_split, seed));
    return fill_missing(s);
}

cn_status cn__load_table(cn__arena *arena, const char *path, const cn__arguments *a, uint64_t seed,
                         cn__stage *s)
{
    cn_csv csv;
    cn_csv_arrays arrays;
    const char **columns;
    size_t count;
    CN_TRY(named_columns(arena, a->columns_named, &columns, &count));
    cn_csv_options options = {.target = a->target,
                              .columns = columns,
                              .column_count = count,
                              .classes = a->task && strcmp(a->task, "classification") == 0};
    if (a->missing) CN_TRY(read_missing(a->missing, &options.missing));
    CN_TRY(cn_csv_read(path, &csv));
    cn_status status = cn_csv_to_arrays(&csv, &options, &arrays);
    if (status == CN_ERROR_DATA && options.missing == CN_MISSING_ERROR) status = advise(&csv, options);
    cn_csv_free(&csv);
    CN_TRY(status);
    status = take_table(arena, a, seed, &arrays, s);
    cn_csv_arrays_free(&arrays);
    return status;
}
