/* The table behind `dataset FILE`: how it is read, which columns are inputs and targets, what becomes of missing values, and
 * which rows are the test part. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "data/data.h"
#include "data/preparation/preparation.h"
#include "lab/data/dataset_make.h"

/* ---- arguments ------------------------------------------------------------------------------------------------------- */

/* A word, a number or a list of them, as texts. */
static cn_status read_names(cn__arena *arena, const char *what, const cn__value *v, cn_names *out)
{
    size_t count = !v || v->kind == CN_VALUE_NONE ? 0 : v->kind == CN_VALUE_LIST ? v->count : 1;
    const char **names = cn__arena_array(arena, count + 1, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const cn__value *item = v->kind == CN_VALUE_LIST ? &v->items[i] : v;
        bool plain = item->kind == CN_VALUE_INT || item->kind == CN_VALUE_FLOAT ||
                     item->kind == CN_VALUE_NONE || item->kind == CN_VALUE_BOOL;
        if (!(names[i] = plain ? cn__value_text(arena, item) : cn__value_name(item)))
            return cn__fail(CN_ERROR_ARGUMENT, "dataset: %s=%s, expected names: %s=[area, wind]", what,
                            cn__value_text(arena, v), what);
    }
    *out = (cn_names){names, count};
    return CN_OK;
}

cn_status cn__read_flag(const char *name, const cn__value *v, bool *out)
{
    if (!v || v->kind == CN_VALUE_NONE) return CN_OK;
    if (v->kind != CN_VALUE_BOOL)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: %s expects true or false here", name);
    *out = v->boolean;
    return CN_OK;
}

const char *cn__table_argument(const cn__arguments *a)
{
    return a->target              ? "target"
           : a->columns_named     ? "columns"
           : a->missing           ? "missing"
           : a->ignore            ? "ignore"
           : a->number            ? "number"
           : a->category          ? "category"
           : a->missing_values    ? "missing_values"
           : a->header            ? "header"
           : a->columns_given     ? "names"
           : a->separator         ? "separator"
           : a->decimal           ? "decimal"
           : a->encoding          ? "encoding"
           : a->skip_bad_rows     ? "skip_bad_rows"
           : a->plain_quotes      ? "plain_quotes"
           : a->test              ? "test"
           : a->stratify          ? "stratify"
           : a->group             ? "group"
           : a->time              ? "time"
           : a->date              ? "date"
           : a->text              ? "text"
           : a->ordinal           ? "ordinal"
           : a->log               ? "log"
           : a->bins              ? "bins"
           : a->target_scale      ? "target_scale"
           : a->missing_indicator ? "missing_indicator"
                                  : NULL;
}

static bool wants_classes(const cn__arguments *a)
{
    return a->task && strcmp(a->task, "classification") == 0;
}

/* {size: [small, medium, large]} as "size=small<medium<large"; names alone stay. */
static cn_status read_orders(cn__arena *arena, const cn__value *v, cn_names *out)
{
    if (!v || v->kind != CN_VALUE_MAP) return read_names(arena, "ordinal", v, out);
    const char **orders = cn__arena_array(arena, v->count + 1, sizeof *orders);
    if (!orders) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < v->count; i++) {
        cn_names words;
        CN_TRY(read_names(arena, v->names[i], &v->items[i], &words));
        cn__text text = {0};
        cn__text_printf(&text, "%s", v->names[i]);
        for (size_t k = 0; k < words.count; k++)
            cn__text_printf(&text, "%c%s", k ? '<' : '=', words.items[k]);
        orders[i] = text.failed ? NULL : cn__arena_strdup(arena, text.data);
        cn__text_free(&text);
        if (!orders[i]) return CN_ERROR_MEMORY;
    }
    *out = (cn_names){orders, v->count};
    return CN_OK;
}

/* {age: 5, fare: [10, 50]} as "age=5", "fare=10<50"; names alone stay. */
static cn_status read_bins(cn__arena *arena, const cn__value *v, cn_names *out)
{
    if (!v || v->kind != CN_VALUE_MAP) return read_names(arena, "bins", v, out);
    const char **bins = cn__arena_array(arena, v->count + 1, sizeof *bins);
    if (!bins) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < v->count; i++) {
        cn_names bounds;
        CN_TRY(read_names(arena, v->names[i], &v->items[i], &bounds));
        cn__text text = {0};
        cn__text_printf(&text, "%s=", v->names[i]);
        for (size_t k = 0; k < bounds.count; k++)
            cn__text_printf(&text, "%s%s", bounds.items[k], k + 1 < bounds.count ? "<" : "");
        if (v->items[i].kind == CN_VALUE_LIST && bounds.count == 1) cn__text_add(&text, "<");
        bins[i] = text.failed ? NULL : cn__arena_strdup(arena, text.data);
        cn__text_free(&text);
        if (!bins[i]) return CN_ERROR_MEMORY;
    }
    *out = (cn_names){bins, v->count};
    return CN_OK;
}

static cn_status preparation_options(cn__arena *arena, const cn__arguments *a, const cn_names *target,
                                     cn_preparation_options *o)
{
    cn_names missing;
    *o = (cn_preparation_options){.target = *target, .classes = wants_classes(a)};
    CN_TRY(read_names(arena, "columns", a->columns_named, &o->columns));
    CN_TRY(read_names(arena, "ignore", a->ignore, &o->ignore));
    CN_TRY(read_names(arena, "missing", a->missing, &missing));
    if (missing.count > 1) return cn__fail(CN_ERROR_ARGUMENT, "dataset: missing expects one word");
    o->missing = missing.count ? missing.items[0] : NULL;
    CN_TRY(read_names(arena, "date", a->date, &o->date));
    CN_TRY(read_names(arena, "text", a->text, &o->text));
    CN_TRY(read_names(arena, "log", a->log, &o->log));
    CN_TRY(read_orders(arena, a->ordinal, &o->ordinal));
    CN_TRY(read_bins(arena, a->bins, &o->bins));
    o->words = (size_t)a->words;
    o->target_scale = a->target_scale;
    o->missing_indicator = a->missing_indicator;
    return CN_OK;
}

static cn_status table_options(cn__arena *arena, const cn__arguments *a, const cn_preparation_options *p,
                               cn_table_options *o)
{
    *o = (cn_table_options){.separator = a->separator,
                            .decimal = a->decimal,
                            .encoding = a->encoding,
                            .skip_bad_rows = a->skip_bad_rows,
                            .plain_quotes = a->plain_quotes};
    bool header = false;
    CN_TRY(cn__read_flag("header", a->header, &header));
    if (a->header) o->header = header ? "true" : "false";
    CN_TRY(read_names(arena, "names", a->columns_given, &o->names));
    CN_TRY(read_names(arena, "missing_values", a->missing_values, &o->missing_values));
    CN_TRY(read_names(arena, "number", a->number, &o->number));
    CN_TRY(read_names(arena, "category", a->category, &o->category));
    return cn__preparation_categories(arena, p, o);
}

/* ---- parts --------------------------------------------------------------------------------------------------------------- */

static cn_status read_split(cn__arena *arena, const cn__arguments *a, uint64_t seed, cn__stage *s, size_t n,
                            cn__row_split *split)
{
    bool stratify = false, ordered = false;
    const char *column = a->stratify ? cn__value_name(a->stratify) : NULL;
    *split = (cn__row_split){.share = a->test_split, .seed = seed, .row_count = s->table->rows};
    if ((a->stratify != NULL) + (a->group != NULL) + (a->time != NULL) > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: expected one of stratify, group and time");
    if (!column) CN_TRY(cn__read_flag("stratify", a->stratify, &stratify));
    if (stratify && !cn_preparation_classes(s->preparation))
        return cn__fail(CN_ERROR_DATA,
                        "dataset: stratify=true needs a target of classes, and '%s' holds numbers; "
                        "task=classification makes them classes",
                        cn_preparation_target(s->preparation, 0));
    if (stratify) column = cn_preparation_target(s->preparation, 0);
    if (column) return cn__table_codes(arena, s->table, column, split);
    split->groups = a->group != NULL;
    if (a->group) return cn__table_codes(arena, s->table, a->group, split);
    const char *time = a->time ? cn__value_name(a->time) : NULL;
    if (!time) CN_TRY(cn__read_flag("time", a->time, &ordered));
    split->ordered = time || ordered;
    return time ? cn__table_order(s->table, time, s->rows, n) : CN_OK;
}

static void note_absent(const cn__stage *s, const char *part, const cn_array *y, cn__text *notes)
{
    for (size_t c = 0; c < s->classes && s->classes <= 100; c++) {
        bool there = false;
        for (size_t i = 0; i < y->shape[0] && !there; i++) there = cn_array_at(y, i) == (double)c;
        if (!there)
            cn__text_printf(notes, "The %s part has no sample of class '%s'.\n", part, s->class_names[c]);
    }
}

/* ---- the table ----------------------------------------------------------------------------------------------------------- */

static const char *const *copy_names(cn__arena *arena, const cn_preparation *p,
                                     const char *(*name)(const cn_preparation *, size_t), size_t count)
{
    const char **copies = cn__arena_array(arena, count + 1, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        if (!(copies[i] = cn__arena_strdup(arena, name(p, i)))) return NULL;
    return copies;
}

const char *cn__target_text(cn__arena *arena, const cn__stage *s)
{
    cn__text text = {0};
    for (size_t i = 0; i < s->target_count; i++) cn__text_printf(&text, "%s%s", i ? ", " : "", s->targets[i]);
    const char *copy = cn__arena_strdup(arena, text.data ? text.data : "");
    cn__text_free(&text);
    return copy ? copy : "";
}

static cn_status take_names(cn__arena *arena, const cn__arguments *a, cn__stage *s)
{
    const cn_preparation *p = s->preparation;
    s->features = cn_preparation_features(p);
    s->classes = cn_preparation_classes(p);
    s->target_count = cn_preparation_targets(p);
    s->feature_names = copy_names(arena, p, cn_preparation_feature, s->features);
    s->targets = copy_names(arena, p, cn_preparation_target, s->target_count);
    if (s->classes) s->class_names = copy_names(arena, p, cn_preparation_class, s->classes);
    if (!s->feature_names || !s->targets || (s->classes && !s->class_names)) return CN_ERROR_MEMORY;
    if (s->classes && a->task && *a->task == 'r')
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: task=regression, and the target '%s' holds words",
                        s->targets[0]);
    return CN_OK;
}

/* Values of the used rows that the preparation puts. */
static size_t count_filled(const cn__stage *s, size_t rows)
{
    size_t filled = 0, k;
    for (size_t i = 0; i < s->preparation->input_count; i++) {
        const cn__input *in = &s->preparation->inputs[i];
        bool again = in->form == CN_FORM_DATE && in->part != CN_DATE_YEAR; /* of the same cell */
        if (!cn__input_has_number(in) || again || isnan(in->missing)) continue;
        if (cn_table_find(s->table, in->name, &k) != CN_OK || !s->table->column[k].missing) continue;
        for (size_t r = 0; r < rows; r++) filled += cn__column_lacks(&s->table->column[k], s->rows[r]);
    }
    return filled;
}

cn_status cn__note_unknown(cn__arena *arena, const cn_table *t, const char *name, cn__stage *s)
{
    cn__text text = {0};
    cn__preparation_note_unknown(s->preparation, t, &text);
    if (text.data) s->notes = cn__arena_format(arena, "%s%s:\n%s", s->notes ? s->notes : "", name, text.data);
    const bool good = !text.failed && (!text.data || s->notes);
    cn__text_free(&text);
    return good ? CN_OK : CN_ERROR_MEMORY;
}

/* A test file of its own: all of its rows that can be used. */
static cn_status read_test(cn__arena *arena, const cn__stages *stages, const cn__arguments *a,
                           const cn_table_options *options, cn__stage *s)
{
    const char *path;
    CN_TRY(cn__find_file(arena, stages, a->test, &path));
    cn_table *t = cn_preparation_read(s->preparation, path, options);
    if (!t) return cn_error_status();
    cn_status status = cn_preparation_apply(s->preparation, t, NULL, 0, &s->test_x, &s->test_y);
    if (status == CN_OK) status = cn__note_unknown(arena, t, a->test, s);
    cn_table_free(t);
    return status;
}

static cn_status make_parts(cn__arena *arena, const cn__stages *stages, const cn__arguments *a,
                            const cn_table_options *options, uint64_t seed, cn__stage *s)
{
    size_t n = 0, test = 0;
    cn__row_split split;
    s->rows = cn__arena_array(arena, s->table->rows + 1, sizeof *s->rows);
    if (!s->rows) return CN_ERROR_MEMORY;
    CN_TRY(cn_preparation_rows(s->preparation, s->table, true, s->rows, &n));
    s->dropped = s->table->rows - n;
    CN_TRY(read_split(arena, a, seed, s, n, &split));
    if (!a->test && cn__split_rows(&split, s->rows, n, &test) != CN_OK)
        return cn__fail_in("dataset: test_split");
    CN_TRY(cn_preparation_learn(s->preparation, s->table, s->rows, n - test));
    CN_TRY(cn_preparation_apply(s->preparation, s->table, s->rows, n - test, &s->x, &s->y));
    s->filled = count_filled(s, n);
    if (a->test) return read_test(arena, stages, a, options, s);
    return cn_preparation_apply(s->preparation, s->table, s->rows + n - test, test, &s->test_x, &s->test_y);
}

static cn_status take_notes(cn__arena *arena, cn__stage *s)
{
    cn__text text = {0};
    cn__text_add(&text, cn_table_notes(s->table));
    cn__text_add(&text, cn_preparation_notes(s->preparation));
    if (s->notes) cn__text_add(&text, s->notes);
    note_absent(s, "training", &s->y, &text);
    note_absent(s, "test", &s->test_y, &text);
    s->notes = text.failed ? NULL : cn__arena_strdup(arena, text.data ? text.data : "");
    cn__text_free(&text);
    return s->notes ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__load_table(cn__arena *arena, const cn__stages *stages, const cn__arguments *a, uint64_t seed,
                         cn__stage *s)
{
    cn_names target;
    cn_table_options *read = cn__arena_alloc(arena, sizeof *read);
    cn_preparation_options prepare;
    if (!read) return CN_ERROR_MEMORY;
    CN_TRY(read_names(arena, "target", a->target, &target));
    CN_TRY(preparation_options(arena, a, &target, &prepare));
    CN_TRY(table_options(arena, a, &prepare, read));
    s->reading = read;
    if (!(s->table = cn_table_read(s->source, read))) return cn_error_status();
    if (!(s->preparation = cn_preparation_new(s->table, &prepare))) return cn_error_status();
    s->filled_with = prepare.missing ? prepare.missing : "";
    CN_TRY(take_names(arena, a, s));
    CN_TRY(make_parts(arena, stages, a, read, seed, s));
    return take_notes(arena, s);
}

/* ---- columns that are shown ----------------------------------------------------------------------------------------------- */

static cn_status check_column(const cn__stage *s, const char *what, const char *name, bool number, bool word)
{
    size_t k;
    if (!name) return CN_OK;
    if (cn_table_find(s->table, name, &k) != CN_OK) return cn__fail_in("%s", what);
    const cn__column *c = &s->table->column[k];
    if (number && c->kind != CN_COLUMN_NUMBER)
        return cn__fail(CN_ERROR_DATA, "%s: column '%s' holds words, expected numbers", what, name);
    if (word && (c->kind != CN_COLUMN_CATEGORY || c->category_count > 12))
        return cn__fail(
            CN_ERROR_DATA,
            "%s: '%s': expected a column of words, twelve at most (category=[%s] takes numbers as words)",
            what, name, name);
    return CN_OK;
}

/* Columns of numbers for panels beside each other, at most `most` of them. */
static cn_status check_listed(const cn__stage *s, const char *what, const cn__value *v, size_t most)
{
    const bool list = v && v->kind == CN_VALUE_LIST;
    const size_t count = list ? v->count : v && v->kind != CN_VALUE_NONE;
    if (count > most)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: %zu columns, expected at most %zu", what, count, most);
    for (size_t i = 0; i < count; i++) {
        const char *name = cn__value_name(list ? &v->items[i] : v);
        if (!name)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: expected names of columns, as in [age, fare]", what);
        CN_TRY(check_column(s, what, name, true, false));
    }
    return CN_OK;
}

/* true, x, y or [x, y]. */
static cn_status check_log(const char *what, const cn__value *v)
{
    if (!v || v->kind == CN_VALUE_BOOL || v->kind == CN_VALUE_NONE) return CN_OK;
    const bool list = v->kind == CN_VALUE_LIST;
    for (size_t i = 0; i < (list ? v->count : 1); i++) {
        const char *word = cn__value_name(list ? &v->items[i] : v);
        if (!word || (strcmp(word, "x") != 0 && strcmp(word, "y") != 0))
            return cn__fail(CN_ERROR_ARGUMENT, "%s: log=%s, expected true, x, y or [x, y]", what,
                            word ? word : "a number");
    }
    return CN_OK;
}

cn_status cn__check_columns(const cn__stage *s, const cn__statement *statement)
{
    const cn__arguments *a = &statement->arguments;
    const char *what = statement->kind->name;
    bool histogram = statement->kind->verb == CN_VERB_DATASET_HISTOGRAM;
    if (histogram && !a->column && a->log_axis)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: log=true is for a column of numbers, as in %s area log=true",
                        what, what);
    if (histogram && !a->column) return CN_OK;
    if (!s->table)
        return cn__fail(CN_ERROR_DATA, "%s: the data set is no table%s", what,
                        histogram ? "; without a column it shows the target" : "");
    if (histogram) return check_column(s, what, a->column, a->log_axis, false);
    const bool pairs = statement->kind->verb == CN_VERB_DATASET_PAIRS;
    if (pairs || statement->kind->verb == CN_VERB_DATASET_BOXPLOT) {
        CN_TRY(check_listed(s, what, a->columns_named, pairs ? 6 : 12));
        return check_column(s, what, a->colour, false, true);
    }
    if (statement->kind->verb != CN_VERB_DATASET_SCATTER) return CN_OK;
    CN_TRY(check_log(what, a->log));
    CN_TRY(check_column(s, what, a->x, true, false));
    CN_TRY(check_column(s, what, a->y, true, false));
    return check_column(s, what, a->colour, false, true);
}

void cn__add_target_scale(cn__text *text, const cn__stage *s)
{
    for (size_t i = 0; s->preparation && i < s->preparation->target_count; i++) {
        const cn__target *t = &s->preparation->targets[i];
        if (t->log || t->shift != 0 || (t->scale != 1 && !t->classes))
            cn__text_printf(text, "target %zu: %.17g %.17g log %d\n", i, t->shift, t->scale, t->log);
    }
}

/* ---- normalise ------------------------------------------------------------------------------------------------------------ */

static cn_status scale(cn_preparation *p, const char *how, const cn__stage *s)
{
    char *end;
    double by = cn__strtod(how, &end);
    if (end == how) return cn_preparation_scale(p, how, s->table, s->rows, s->x.shape[0]);
    for (size_t i = 0; i < p->input_count; i++)
        if (cn__input_is_number(&p->inputs[i])) p->inputs[i].shift = 0, p->inputs[i].scale = by;
    p->scaled = true;
    return CN_OK;
}

cn_status cn__scale_table(cn__arena *arena, cn__stage *s, const char *how)
{
    (void)arena;
    if (s->preparation->scaled)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset normalise: the table is normalised already");
    char *json = cn_preparation_to_json(s->preparation);
    cn_preparation *p = json ? cn_preparation_from_json(json) : NULL;
    cn__free(json);
    if (!p) return cn_error_status();
    s->preparation = p;
    CN_TRY(scale(p, how, s));
    s->x.owned = s->test_x.owned = false;
    CN_TRY(cn__copy_scaled(p, &s->before->x, &s->x));
    return cn__copy_scaled(p, &s->before->test_x, &s->test_x);
}
