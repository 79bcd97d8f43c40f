/* Which columns of a table are inputs and which targets, and what is learned of them. */
#include "data/preparation/preparation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"

enum { MOST_FEATURES = 100000, MOST_WORDS = 1000 };

/* ---- which columns ---------------------------------------------------------------------------------------------------- */

/* "2024-01-31", "31/1/2024", "2024-01-31T10:30:00": digits with two marks or more between. */
static bool looks_like_date(const char *text)
{
    size_t marks = 0;
    const char *p = text;
    for (; *p && strchr("0123456789-/.:TZ ", *p); p++) marks += strchr("-/.:", *p) && p > text;
    return !*p && marks > 1 && *text >= '0' && *text <= '9';
}

/* Numbers that some cells spoil are hardly meant as words. */
static cn_status check_numbers(const cn_table *t, const cn__column *c)
{
    size_t present = t->rows - c->missing;
    const cn__cell odd = {.at = c->odd ? c->odd : "", .size = c->odd ? strlen(c->odd) : 0};
    size_t digits;
    if (c->kind == CN_COLUMN_NUMBER || c->forced || !present || c->numeric * 10 < present * 9) return CN_OK;
    if (cn__cell_has_comma(&odd, &digits))
        return cn__fail(
            CN_ERROR_DATA,
            "%s, line %u, column '%s': '%.*s' has a decimal comma, and others have a point; decimal=\",\" reads "
            "commas, category=[%s] takes the column as words",
            t->path, t->lines[c->odd_row], c->name, cn__table_shown(c->odd), c->odd, c->name);
    return cn__fail(
        CN_ERROR_DATA,
        "%s, line %u, column '%s': '%.*s' is no number, and most of the others are. missing_values=[…] takes "
        "such a word for a missing value; category=[%s] takes the column as words, ignore=[%s] leaves it out",
        t->path, t->lines[c->odd_row], c->name, cn__table_shown(c->odd), c->odd, c->name, c->name);
}

/* Why a column of words cannot be an input, with room for a few facts; NULL: it can be. */
static const char *why_not(const cn_table *t, const cn__column *c, char *out, size_t size)
{
    size_t present = t->rows - c->missing;
    if (!present) return "has no value";
    if (c->kind == CN_COLUMN_NUMBER || c->forced) {
        if (c->kind == CN_COLUMN_NUMBER || c->category_count <= MOST_WORDS) return NULL;
        cn__format(out, size, "holds %zu different words, at most %d can be told apart", c->category_count,
                   MOST_WORDS);
        return out;
    }
    if (c->category_count > 20 && looks_like_date(c->categories[0]) &&
        looks_like_date(c->categories[c->category_count - 1])) {
        cn__format(out, size, "holds dates or times, as in '%.*s', which are no categories",
                   cn__table_shown(c->categories[0]), c->categories[0]);
        return out;
    }
    if (c->category_count <= MOST_WORDS && (c->category_count <= 20 || c->category_count <= present / 2))
        return NULL;
    cn__format(out, size, "holds %zu different words in %zu rows, which are hardly categories",
               c->category_count, t->rows);
    return out;
}

static bool is_named(const cn_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0) return true;
    return false;
}

static cn_status add_input(cn_preparation *p, const cn_table *t, const cn__column *c)
{
    if (c->kind == CN_COLUMN_CATEGORY) CN_TRY(check_numbers(t, c));
    cn__input *in = &p->inputs[p->input_count++];
    *in = (cn__input){.name = cn__arena_strdup(&p->arena, c->name),
                      .kind = c->kind,
                      .missing = (double)NAN,
                      .scale = 1,
                      .count = c->category_count,
                      .frequent = SIZE_MAX};
    const char **words = cn__arena_array(&p->arena, c->category_count + 1, sizeof *words);
    if (!in->name || !words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < c->category_count; i++)
        if (!(words[i] = cn__arena_strdup(&p->arena, c->categories[i]))) return CN_ERROR_MEMORY;
    in->words = words;
    return CN_OK;
}

static cn_status add_named_inputs(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    char why[200];
    for (size_t i = 0; i < o->columns.count; i++) {
        const char *name = o->columns.items[i], *reason;
        size_t k;
        CN_TRY(cn_table_find(t, name, &k));
        if (is_named(&o->target, name))
            return cn__fail(CN_ERROR_ARGUMENT, "%s: column '%s' is the target and cannot be an input, too",
                            t->path, name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(o->columns.items[j], name) == 0)
                return cn__fail(CN_ERROR_ARGUMENT, "%s: column '%s' is named twice", t->path, name);
        if ((reason = why_not(t, &t->column[k], why, sizeof why)))
            return cn__fail(CN_ERROR_DATA, "%s: column '%s' %s; leave it out of the columns", t->path, name,
                            reason);
        CN_TRY(add_input(p, t, &t->column[k]));
    }
    return CN_OK;
}

static cn_status add_all_inputs(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    char why[200];
    for (size_t k = 0; k < t->columns; k++) {
        const cn__column *c = &t->column[k];
        if (c->index || is_named(&o->target, c->name) || is_named(&o->ignore, c->name)) continue;
        const char *reason = why_not(t, c, why, sizeof why);
        if (reason) cn__text_printf(&p->notes, "Column '%s' %s: it is left out.\n", c->name, reason);
        else CN_TRY(add_input(p, t, c));
    }
    return CN_OK;
}

static cn_status choose_inputs(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    size_t k;
    for (size_t i = 0; i < o->ignore.count; i++) CN_TRY(cn_table_find(t, o->ignore.items[i], &k));
    p->inputs = cn__arena_array(&p->arena, t->columns + o->columns.count + 1, sizeof *p->inputs);
    if (!p->inputs) return CN_ERROR_MEMORY;
    CN_TRY(o->columns.count ? add_named_inputs(p, t, o) : add_all_inputs(p, t, o));
    if (p->input_count) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: no column is left as the input; expected at least one", t->path);
}

/* ---- targets -------------------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static cn_status too_many(const cn_table *t, const char *name, size_t count)
{
    return cn__fail(
        CN_ERROR_DATA,
        "%s: the target '%s' holds %zu different values, at most %d classes can be told apart; is it a number "
        "to predict?",
        t->path, name, count, MOST_WORDS);
}

/* The different numbers, ascending, are the classes. */
static cn_status number_classes(cn_preparation *p, const cn_table *t, const cn__column *c, cn__target *out)
{
    size_t n = 0, count = 0;
    double *values = cn__malloc((t->rows + 1) * sizeof *values);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t row = 0; row < t->rows; row++) {
        double v = cn__column_number(c, row);
        if (!isnan(v)) values[n++] = v;
    }
    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < n; i++)
        if (!i || values[i] > values[count - 1]) values[count++] = values[i];
    const char **names = cn__arena_array(&p->arena, count + 1, sizeof *names);
    cn_status status = names ? CN_OK : CN_ERROR_MEMORY;
    if (count > MOST_WORDS) status = too_many(t, c->name, count);
    for (size_t i = 0; status == CN_OK && i < count; i++)
        if (!(names[i] = cn__arena_format(&p->arena, "%.15g", values[i]))) status = CN_ERROR_MEMORY;
    cn__free(values);
    out->classes = names, out->count = count, out->numeric = true;
    return status;
}

static cn_status word_classes(cn_preparation *p, const cn_table *t, const cn__column *c, cn__target *out)
{
    CN_TRY(check_numbers(t, c));
    if (c->category_count > MOST_WORDS) return too_many(t, c->name, c->category_count);
    const char **names = cn__arena_array(&p->arena, c->category_count + 1, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < c->category_count; i++)
        if (!(names[i] = cn__arena_strdup(&p->arena, c->categories[i]))) return CN_ERROR_MEMORY;
    out->classes = names, out->count = c->category_count;
    return CN_OK;
}

static cn_status add_target(cn_preparation *p, const cn_table *t, const cn_preparation_options *o,
                            const char *name)
{
    size_t k;
    CN_TRY(cn_table_find(t, name, &k));
    const cn__column *c = &t->column[k];
    cn__target *out = &p->targets[p->target_count++];
    *out = (cn__target){.name = cn__arena_strdup(&p->arena, name)};
    if (!out->name) return CN_ERROR_MEMORY;
    bool words = c->kind == CN_COLUMN_CATEGORY;
    if (o->target.count > 1 && words)
        return cn__fail(CN_ERROR_DATA, "%s: the target '%s' holds words; several targets must all be numbers",
                        t->path, name);
    if (words) return word_classes(p, t, c, out);
    return o->classes && o->target.count == 1 ? number_classes(p, t, c, out) : CN_OK;
}

static cn_status choose_targets(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    p->targets = cn__arena_array(&p->arena, o->target.count + 1, sizeof *p->targets);
    if (!p->targets) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < o->target.count; i++) CN_TRY(add_target(p, t, o, o->target.items[i]));
    return CN_OK;
}

/* ---- what is learned ------------------------------------------------------------------------------------------------------ */

static double mean_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += v[i];
    return sum / (double)n;
}

/* The smallest of several. `v` is sorted. */
static double most_frequent(const double *v, size_t n)
{
    size_t best = 0, run = 0;
    double found = v[0];
    for (size_t i = 0; i < n; i++) {
        run = i && v[i] == v[i - 1] ? run + 1 : 1;
        if (run > best) best = run, found = v[i];
    }
    return found;
}

static double summarise(cn__fill fill, double *v, size_t n)
{
    if (fill == CN_FILL_MEAN) return mean_of(v, n);
    qsort(v, n, sizeof *v, by_value);
    if (fill == CN_FILL_MEDIAN) return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
    return most_frequent(v, n);
}

/* The values that are there, of the rows; returns their number. */
static size_t gather(const cn__column *c, const uint32_t *rows, size_t count, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        double v = cn__column_number(c, rows ? rows[i] : i);
        if (!isnan(v)) out[n++] = v;
    }
    return n;
}

static cn_status learn_word(cn__input *in, const cn__column *c, const uint32_t *rows, size_t count)
{
    size_t *counts = cn__calloc(c->category_count + 1, sizeof *counts), best = 0;
    if (!counts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = c->codes[rows ? rows[i] : i];
        if (code != CN_TABLE_MISSING) counts[code]++;
    }
    for (size_t k = 1; k < c->category_count; k++)
        if (counts[k] > counts[best]) best = k;
    in->frequent = c->category_count ? best : SIZE_MAX;
    cn__free(counts);
    return CN_OK;
}

static cn_status learn_one(cn_preparation *p, const cn_table *t, cn__input *in, const uint32_t *rows,
                           size_t count, double *values)
{
    size_t k;
    CN_TRY(cn_table_find(t, in->name, &k));
    const cn__column *c = &t->column[k];
    if (in->kind == CN_COLUMN_CATEGORY)
        return p->fill == CN_FILL_MOST_FREQUENT ? learn_word(in, c, rows, count) : CN_OK;
    size_t n = gather(c, rows, count, values);
    if (!n)
        return cn__fail(
            CN_ERROR_DATA,
            "%s: no row of the training part has a value in column '%s'; ignore=[%s] leaves it out", t->path,
            in->name, in->name);
    in->missing = p->fill == CN_FILL_NUMBER ? p->fill_number : summarise(p->fill, values, n);
    return CN_OK;
}

cn_status cn_preparation_learn(cn_preparation *p, const cn_table *t, const uint32_t *rows, size_t count)
{
    if (p->fill <= CN_FILL_DROP) return CN_OK;
    if (!rows) count = t->rows;
    double *values = cn__malloc((count + 1) * sizeof *values);
    cn_status status = values ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < p->input_count; i++)
        status = learn_one(p, t, &p->inputs[i], rows, count, values);
    cn__free(values);
    return status;
}

typedef enum scaling { STANDARD, MINMAX, ROBUST } scaling;

/* Between the sorted values, as numpy has it. */
static double quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? v[below] + (at - (double)below) * (v[below + 1] - v[below]) : v[n - 1];
}

/* Sorts the values. */
static void scale_one(cn__input *in, scaling how, double *v, size_t n)
{
    double mean = mean_of(v, n), squares = 0;
    for (size_t i = 0; i < n; i++) squares += (v[i] - mean) * (v[i] - mean);
    qsort(v, n, sizeof *v, by_value);
    double width = how == STANDARD ? sqrt(squares / (double)n)
                   : how == MINMAX ? v[n - 1] - v[0]
                                   : quantile(v, n, 0.75) - quantile(v, n, 0.25);
    in->shift = how == STANDARD ? mean : how == MINMAX ? v[0] : quantile(v, n, 0.5);
    in->scale = width > 0 ? width : 1; /* a column of equal numbers becomes zeros */
}

cn_status cn_preparation_scale(cn_preparation *p, const char *how, const cn_table *t, const uint32_t *rows,
                               size_t count)
{
    static const char *const words[] = {[STANDARD] = "standard", [MINMAX] = "minmax", [ROBUST] = "robust"};
    size_t kind = 0;
    while (kind < 3 && strcmp(how, words[kind]) != 0) kind++;
    if (kind == 3) return cn__fail_word(CN_ERROR_ARGUMENT, "way to scale", how, words, 3);
    if (!rows) count = t->rows;
    double *values = cn__malloc((count + 1) * sizeof *values);
    cn_status status = values ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < p->input_count; i++) {
        cn__input *in = &p->inputs[i];
        size_t k, n;
        if (in->kind == CN_COLUMN_CATEGORY) continue;
        status = cn_table_find(t, in->name, &k);
        if (status != CN_OK) break;
        n = gather(&t->column[k], rows, count, values);
        for (size_t r = n; r < count && !isnan(in->missing); r++) values[n++] = in->missing;
        if (n) scale_one(in, (scaling)kind, values, n);
    }
    cn__free(values);
    p->scaled = p->scaled || status == CN_OK;
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------------- */

static size_t width(const cn__input *in) { return in->kind == CN_COLUMN_NUMBER ? 1 : in->count; }

cn_status cn__preparation_finish(cn_preparation *p)
{
    p->features = 0;
    for (size_t i = 0; i < p->input_count; i++) {
        p->inputs[i].at = p->features;
        p->features += width(&p->inputs[i]);
        if (p->features > MOST_FEATURES)
            return cn__fail(CN_ERROR_DATA, "the columns make more than %d features", MOST_FEATURES);
    }
    p->feature_names = cn__arena_array(&p->arena, p->features + 1, sizeof *p->feature_names);
    if (!p->feature_names) return CN_ERROR_MEMORY;
    for (size_t i = 0, at = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        for (size_t k = 0; k < width(in); k++, at++) {
            p->feature_names[at] = in->kind == CN_COLUMN_NUMBER
                                       ? in->name
                                       : cn__arena_format(&p->arena, "%s=%s", in->name, in->words[k]);
            if (!p->feature_names[at]) return CN_ERROR_MEMORY;
        }
    }
    return CN_OK;
}

static cn_status read_fill(const char *word, cn__fill *out, double *number)
{
    static const char *const words[] = {"error", "drop", "mean", "median", "most_frequent"};
    for (int i = 0; word && i < 5; i++) {
        *out = (cn__fill)i;
        if (strcmp(word, words[i]) == 0) return CN_OK;
    }
    char *end = NULL;
    double v = word ? cn__strtod(word, &end) : 0;
    *out = CN_FILL_ERROR;
    if (word && end > word && !*end && isfinite(v)) {
        *out = CN_FILL_NUMBER;
        *number = v;
        return CN_OK;
    }
    return word ? cn__fail_word(CN_ERROR_ARGUMENT, "word for missing", word, words, 5) : CN_OK;
}

cn_preparation *cn_preparation_new(const cn_table *t, const cn_preparation_options *options)
{
    static const cn_preparation_options none = {0};
    const cn_preparation_options *o = options ? options : &none;
    cn_preparation *p = cn__calloc(1, sizeof *p);
    if (!p) return NULL;
    cn_status status = read_fill(o->missing, &p->fill, &p->fill_number);
    if (status == CN_OK) status = choose_targets(p, t, o);
    if (status == CN_OK) status = choose_inputs(p, t, o);
    if (status == CN_OK) status = cn__preparation_finish(p);
    if (status == CN_OK) status = cn_preparation_learn(p, t, NULL, 0);
    if (status == CN_OK) return p;
    cn_preparation_free(p);
    return NULL;
}

cn_preparation *cn__preparation_of_images(const cn_dataset *d)
{
    cn_preparation *p = cn__calloc(1, sizeof *p);
    if (!p) return NULL;
    p->height = d->train_x.shape[1], p->width = d->train_x.shape[2], p->grey = d->train_x.ndim == 3;
    p->targets = cn__arena_array(&p->arena, 1, sizeof *p->targets);
    const char **names = cn__arena_array(&p->arena, d->classes + 1, sizeof *names);
    bool good = p->targets && names;
    for (size_t i = 0; good && i < d->classes; i++)
        good = (names[i] = cn__arena_strdup(&p->arena, d->class_names[i])) != NULL;
    if (good) {
        p->targets[p->target_count++] = (cn__target){.name = "class", .classes = names, .count = d->classes};
        return p;
    }
    cn_preparation_free(p);
    return NULL;
}

void cn_preparation_free(cn_preparation *p)
{
    if (!p) return;
    cn__text_free(&p->notes);
    cn__arena_free(&p->arena);
    cn__free(p);
}

size_t cn_preparation_features(const cn_preparation *p) { return p->features; }
const char *cn_preparation_feature(const cn_preparation *p, size_t i) { return p->feature_names[i]; }
size_t cn_preparation_targets(const cn_preparation *p) { return p->target_count; }
const char *cn_preparation_target(const cn_preparation *p, size_t i) { return p->targets[i].name; }
size_t cn_preparation_classes(const cn_preparation *p)
{
    return p->target_count == 1 ? p->targets[0].count : 0;
}
const char *cn_preparation_class(const cn_preparation *p, size_t i) { return p->targets[0].classes[i]; }
const char *cn_preparation_notes(const cn_preparation *p) { return p->notes.data ? p->notes.data : ""; }
