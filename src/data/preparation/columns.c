/* Which columns of a table are inputs and which targets, and in which form. */
#include "data/preparation/preparation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"

enum { MOST_WORDS = 1000 };

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
        cn__format(out, size, "holds %zu different words, at most %d can be reported apart",
                   c->category_count, MOST_WORDS);
        return out;
    }
    if (c->category_count > 20 && looks_like_date(c->categories[0]) &&
        looks_like_date(c->categories[c->category_count - 1])) {
        cn__format(
            out, size,
            "holds dates or times, as in '%.*s' (date=[%s] makes year, month, day and weekday of them)",
            cn__table_shown(c->categories[0]), c->categories[0], c->name);
        return out;
    }
    if (c->category_count <= MOST_WORDS && (c->category_count <= 20 || c->category_count <= present / 2))
        return NULL;
    cn__format(
        out, size,
        "holds %zu different words in %zu rows, which are hardly categories (text=[%s] takes it as text)",
        c->category_count, t->rows, c->name);
    return out;
}

static bool is_named(const cn_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0) return true;
    return false;
}

/* ---- forms -------------------------------------------------------------------------------------------------------------- */

/* The item of a list of orders that is about the column: "size", or "size=small<medium<large". Then *order is what stands
 * behind the mark, or NULL. */
static bool find_order(const cn_names *orders, const char *name, const char **order)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < orders->count; i++) {
        const char *item = orders->items[i];
        if (strncmp(item, name, n) != 0 || (item[n] && item[n] != '=')) continue;
        *order = item[n] ? item + n + 1 : NULL;
        return true;
    }
    return false;
}

static cn__form form_of(const cn__column *c, const cn_preparation_options *o)
{
    const char *order;
    if (is_named(&o->date, c->name)) return CN_FORM_DATE;
    if (is_named(&o->text, c->name)) return CN_FORM_TEXT;
    if (find_order(&o->ordinal, c->name, &order)) return CN_FORM_ORDINAL;
    if (find_order(&o->bins, c->name, &order)) return CN_FORM_BINS;
    return c->kind == CN_COLUMN_NUMBER ? CN_FORM_NUMBER : CN_FORM_ONE_HOT;
}

/* The column's own words, in their order. */
static cn_status take_words(cn_preparation *p, const cn__column *c, cn__input *in)
{
    const char **words = cn__arena_array(&p->arena, c->category_count + 1, sizeof *words);
    if (!words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < c->category_count; i++)
        if (!(words[i] = cn__arena_strdup(&p->arena, c->categories[i]))) return CN_ERROR_MEMORY;
    in->words = words, in->count = c->category_count;
    return CN_OK;
}

/* "small<medium<large" */
static cn_status take_order(cn_preparation *p, const cn_table *t, const cn__column *c, const char *order,
                            cn__input *in)
{
    size_t count = 1;
    for (const char *q = order; *q; q++) count += *q == '<';
    const char **words = cn__arena_array(&p->arena, count, sizeof *words);
    if (!words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t n = strcspn(order, "<");
        words[i] = cn__arena_format(&p->arena, "%.*s", (int)n, order);
        if (!words[i]) return CN_ERROR_MEMORY;
        order += n + (order[n] == '<');
    }
    for (size_t i = 0; i < c->category_count; i++) {
        size_t k = 0;
        while (k < count && strcmp(words[k], c->categories[i]) != 0) k++;
        if (k == count)
            return cn__fail(CN_ERROR_DATA, "%s: column '%s' holds '%.*s', which its order does not name",
                            t->path, c->name, cn__table_shown(c->categories[i]), c->categories[i]);
    }
    in->words = words, in->count = count;
    return CN_OK;
}

static cn_status take_text(cn_preparation *p, const cn_table *t, const cn__column *c, size_t most,
                           cn__input *in)
{
    CN_TRY(cn__text_vocabulary(&p->arena, c, t->rows, most ? most : 1000, &in->words, &in->count));
    if (in->count) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "%s: column '%s' holds no words; leave it out", t->path, c->name);
}

/* "5", or the bounds between the bins: "18<40<65"; NULL: ten bins. */
static cn_status take_bins(cn_preparation *p, const char *text, cn__input *in)
{
    enum { MOST_BINS = 1000 };
    char *end = NULL;
    const double number = text ? cn__strtod(text, &end) : 10;
    const bool given = text && strchr(text, '<');
    if (!given &&
        ((text && (end == text || *end)) || !(number >= 2 && number <= MOST_BINS) || number != floor(number)))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "bins: %s=%s, expected how many, from 2 to %d, or two bounds or more: %s=18<65",
                        in->name, text, MOST_BINS, in->name);
    in->count = given ? 1 : (size_t)number;
    for (const char *q = text; given && *q; q++) in->count += *q == '<';
    if (given) in->count++;
    in->by_quantile = !given;
    if (in->count > MOST_BINS)
        return cn__fail(CN_ERROR_ARGUMENT, "bins: %s has %zu bins, expected at most %d", in->name, in->count,
                        MOST_BINS);
    in->cuts = cn__arena_array(&p->arena, in->count, sizeof *in->cuts);
    if (!in->cuts) return CN_ERROR_MEMORY;
    for (size_t i = 0; given && i + 1 < in->count; i++) {
        const double cut = cn__strtod(text, &end);
        if (end == text || (*end && *end != '<') || !isfinite((float)cut))
            return cn__fail(CN_ERROR_ARGUMENT, "bins: %s: '%.*s' is no number", in->name,
                            (int)strcspn(text, "<"), text);
        in->cuts[i] = (double)(float)cut;
        if (i && !(in->cuts[i] > in->cuts[i - 1]))
            return cn__fail(CN_ERROR_ARGUMENT, "bins: %s: %g after %g, expected ascending bounds", in->name,
                            cut, in->cuts[i - 1]);
        text = end + (*end == '<');
    }
    return CN_OK;
}

/* An input for each part that the dates have. */
static cn_status take_date(cn_preparation *p, const cn_table *t, const cn__column *c, cn__input in)
{
    bool timed;
    CN_TRY(cn__date_survey(t, c, &in.day_first, &timed));
    for (int part = CN_DATE_YEAR; part <= (timed ? CN_DATE_HOUR : CN_DATE_WEEKDAY); part++) {
        in.part = (cn__date_part)part;
        p->inputs[p->input_count++] = in;
        in.indicator = false; /* one is enough */
    }
    return CN_OK;
}

static cn_status check_form(const cn_table *t, const cn__column *c, cn__form form)
{
    static const char *const what[] = {
        [CN_FORM_TEXT] = "text", [CN_FORM_ORDINAL] = "ordinal", [CN_FORM_DATE] = "date"};
    if (form == CN_FORM_ONE_HOT) return check_numbers(t, c);
    if (form == CN_FORM_BINS && c->kind == CN_COLUMN_CATEGORY)
        return cn__fail(CN_ERROR_DATA, "%s: bins=[%s]: the column holds words, expected numbers", t->path,
                        c->name);
    if (form == CN_FORM_BINS) return CN_OK;
    if (form == CN_FORM_NUMBER || c->kind == CN_COLUMN_CATEGORY) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "%s: %s=[%s]: the column was read as numbers; category=[%s] reads words", t->path,
                    what[form], c->name, c->name);
}

static cn_status add_input(cn_preparation *p, const cn_table *t, const cn__column *c,
                           const cn_preparation_options *o)
{
    const char *order = NULL;
    cn__input in = {.name = cn__arena_strdup(&p->arena, c->name),
                    .form = form_of(c, o),
                    .missing = (double)NAN,
                    .scale = 1,
                    .indicator = o->missing_indicator && c->missing,
                    .frequent = SIZE_MAX};
    if (!in.name) return CN_ERROR_MEMORY;
    CN_TRY(check_form(t, c, in.form));
    if (is_named(&o->log, c->name)) {
        in.log = in.form == CN_FORM_NUMBER;
        if (in.form == CN_FORM_BINS)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "%s: log=[%s]: the column becomes bins, which a log does not change", t->path,
                            c->name);
        if (!in.log) return cn__fail(CN_ERROR_DATA, "%s: log=[%s]: the column holds words", t->path, c->name);
    }
    if (in.form == CN_FORM_DATE) return take_date(p, t, c, in);
    if (in.form == CN_FORM_ONE_HOT) CN_TRY(take_words(p, c, &in));
    if (in.form == CN_FORM_TEXT) CN_TRY(take_text(p, t, c, o->words, &in));
    if (in.form == CN_FORM_ORDINAL) {
        (void)find_order(&o->ordinal, c->name, &order);
        CN_TRY(order ? take_order(p, t, c, order, &in) : take_words(p, c, &in));
    }
    if (in.form == CN_FORM_BINS) {
        (void)find_order(&o->bins, c->name, &order);
        CN_TRY(take_bins(p, order, &in));
    }
    p->inputs[p->input_count++] = in;
    return CN_OK;
}

/* Dates, texts and orders are asked for, and so are more words than columns of 0 and 1 would allow. */
static const char *why_not_as(const cn_table *t, const cn__column *c, const cn_preparation_options *o,
                              char *out, size_t size)
{
    bool asked = form_of(c, o) > CN_FORM_ONE_HOT && c->missing < t->rows;
    return asked ? NULL : why_not(t, c, out, size);
}

static cn_status add_named_inputs(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    char why[300];
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
        if ((reason = why_not_as(t, &t->column[k], o, why, sizeof why)))
            return cn__fail(CN_ERROR_DATA, "%s: column '%s' %s; leave it out of the columns", t->path, name,
                            reason);
        CN_TRY(add_input(p, t, &t->column[k], o));
    }
    return CN_OK;
}

static cn_status add_all_inputs(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    char why[300];
    for (size_t k = 0; k < t->columns; k++) {
        const cn__column *c = &t->column[k];
        if (c->index || is_named(&o->target, c->name) || is_named(&o->ignore, c->name)) continue;
        const char *reason = why_not_as(t, c, o, why, sizeof why);
        if (reason) CN_TRY(check_numbers(t, c)); /* numbers that one cell spoils are not left out for it */
        if (reason) cn__text_printf(&p->notes, "Column '%s' %s: it is left out.\n", c->name, reason);
        else CN_TRY(add_input(p, t, c, o));
    }
    return CN_OK;
}

/* Columns that an option names are there, and inputs (the target may have a log, too). */
static cn_status check_names(const cn_table *t, const cn_preparation_options *o, const char *what,
                             const cn_names *names, bool target)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        size_t k;
        if (cn_table_find(t, name, &k) != CN_OK) return cn__fail_in("%s", what);
        bool is_target = is_named(&o->target, name);
        bool input = !is_named(&o->ignore, name) && (!o->columns.count || is_named(&o->columns, name));
        if (is_target ? !target : !input)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: %s=[%s]: the column is %s", t->path, what, name,
                            is_target ? "the target" : "no input");
    }
    return CN_OK;
}

static cn_status check_orders(const cn_table *t, const char *what, const cn_names *orders)
{
    for (size_t i = 0; i < orders->count; i++) {
        char name[300];
        size_t k, n = strcspn(orders->items[i], "=");
        cn__format(name, sizeof name, "%.*s", (int)(n < 299 ? n : 299), orders->items[i]);
        if (cn_table_find(t, orders->items[i], &k) == CN_OK) continue;
        if (cn_table_find(t, name, &k) != CN_OK) return cn__fail_in("%s", what);
    }
    return CN_OK;
}

cn_status cn__preparation_columns(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    size_t k;
    for (size_t i = 0; i < o->ignore.count; i++) CN_TRY(cn_table_find(t, o->ignore.items[i], &k));
    CN_TRY(check_names(t, o, "date", &o->date, false));
    CN_TRY(check_names(t, o, "text", &o->text, false));
    CN_TRY(check_names(t, o, "log", &o->log, true));
    CN_TRY(check_orders(t, "ordinal", &o->ordinal));
    CN_TRY(check_orders(t, "bins", &o->bins));
    p->inputs =
        cn__arena_array(&p->arena, 5 * (t->columns + 1), sizeof *p->inputs); /* a date has five parts */
    if (!p->inputs) return CN_ERROR_MEMORY;
    CN_TRY(o->columns.count ? add_named_inputs(p, t, o) : add_all_inputs(p, t, o));
    if (p->input_count) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: no column is left as the input; expected at least one", t->path);
}

/* ---- targets -------------------------------------------------------------------------------------------------------------- */

static cn_status too_many(const cn_table *t, const char *name, size_t count)
{
    return cn__fail(
        CN_ERROR_DATA,
        "%s: the target '%s' holds %zu different values, at most %d classes can be reported apart; is it a number "
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
    qsort(values, n, sizeof *values, cn__by_value);
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
    *out =
        (cn__target){.name = cn__arena_strdup(&p->arena, name), .scale = 1, .log = is_named(&o->log, name)};
    if (!out->name) return CN_ERROR_MEMORY;
    bool words = c->kind == CN_COLUMN_CATEGORY;
    if (o->target.count > 1 && words)
        return cn__fail(CN_ERROR_DATA, "%s: the target '%s' holds words; several targets must all be numbers",
                        t->path, name);
    bool classes = words || (o->classes && o->target.count == 1);
    if (classes && (out->log || o->target_scale))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s: the target '%s' is one of classes, which have no scale or log", t->path, name);
    if (words) return word_classes(p, t, c, out);
    return classes ? number_classes(p, t, c, out) : CN_OK;
}

cn_status cn__preparation_targets(cn_preparation *p, const cn_table *t, const cn_preparation_options *o)
{
    p->targets = cn__arena_array(&p->arena, o->target.count + 1, sizeof *p->targets);
    if (!p->targets) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < o->target.count; i++) CN_TRY(add_target(p, t, o, o->target.items[i]));
    return CN_OK;
}

/* ---- how the table is read ------------------------------------------------------------------------------------------------ */

static cn_status add_names(cn__arena *arena, const cn_names *more, cn_names *to)
{
    const char **names = cn__arena_array(arena, to->count + more->count + 1, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < to->count; i++) names[i] = to->items[i];
    for (size_t i = 0; i < more->count; i++) {
        const char *mark = strchr(more->items[i], '='); /* of an order */
        size_t n = mark ? (size_t)(mark - more->items[i]) : strlen(more->items[i]);
        names[to->count + i] = cn__arena_format(arena, "%.*s", (int)n, more->items[i]);
        if (!names[to->count + i]) return CN_ERROR_MEMORY;
    }
    *to = (cn_names){names, to->count + more->count};
    return CN_OK;
}

cn_status cn__preparation_categories(cn__arena *arena, const cn_preparation_options *o, cn_table_options *t)
{
    CN_TRY(add_names(arena, &o->date, &t->category));
    CN_TRY(add_names(arena, &o->text, &t->category));
    CN_TRY(add_names(arena, &o->ordinal, &t->category));
    /* classes are called as they stand in the file */
    return o->classes && o->target.count == 1 ? add_names(arena, &o->target, &t->category) : CN_OK;
}
