/* Reading a search space, and the map between its values and the unit interval. */
#include "sweep/space.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "base/text/text.h"

#define CN_MAX_LEVELS 1000000 /* of a range with steps */

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *mark;
    cn__comparison comparison;
} comparisons[] = {{"==", CN_EQUAL},    {"!=", CN_NOT_EQUAL}, {"<=", CN_AT_MOST}, {">=", CN_AT_LEAST},
                   {"<", CN_LESS_THAN}, {">", CN_MORE_THAN},  {"=", CN_EQUAL}};

static cn_status find_dimension(const cn__space *space, const char *name, size_t *out)
{
    const char *names[CN_MAX_DIMENSIONS];
    for (*out = 0; *out < space->count; ++*out) {
        names[*out] = space->dimensions[*out].name;
        if (strcmp(names[*out], name) == 0) return CN_OK;
    }
    if (!space->count) return cn__fail(CN_ERROR_ARGUMENT, "if %s: no dimension precedes this one", name);
    return cn__fail_word(CN_ERROR_ARGUMENT, "dimension in a condition", name, names, space->count);
}

/* "a|b" is one of the two. */
static cn_status read_values(cn__arena *arena, const char *text, cn__condition *out)
{
    size_t most = 1;
    for (const char *p = text; *p; p++) most += *p == '|';
    cn__value *values = cn__arena_array(arena, most, sizeof *values);
    if (!values) return CN_ERROR_MEMORY;
    for (const char *p = text;;) {
        size_t size = strcspn(p, "|");
        char *one = cn__arena_format(arena, "%.*s", (int)size, p);
        if (!one) return CN_ERROR_MEMORY;
        CN_TRY(cn__value_parse(arena, one, &values[out->count++]));
        p += size;
        if (!*p++) break;
    }
    out->values = values;
    return CN_OK;
}

static bool is_ordered(cn__comparison c) { return c != CN_EQUAL && c != CN_NOT_EQUAL; }

static cn_status check_condition(const cn__space *space, const cn__condition *c)
{
    const cn__dimension *d = &space->dimensions[c->dimension];
    for (size_t i = 0; i < c->count; i++) {
        const cn__value *v = &c->values[i];
        bool number = v->kind == CN_VALUE_INT || v->kind == CN_VALUE_FLOAT;
        if ((is_ordered(c->comparison) || d->kind != CN_DIMENSION_CHOICE) && !number)
            return cn__fail(CN_ERROR_ARGUMENT, "if %s: expected a number to compare with", d->name);
    }
    return CN_OK;
}

static cn_status read_condition(cn__arena *arena, const cn__space *space, const char *text,
                                cn__condition *out)
{
    size_t size = strcspn(text, "=!<>"), which = 0;
    const size_t marks = sizeof comparisons / sizeof *comparisons;
    while (which < marks &&
           strncmp(text + size, comparisons[which].mark, strlen(comparisons[which].mark)) != 0)
        which++;
    if (which == marks)
        return cn__fail(CN_ERROR_ARGUMENT, "if %s: expected a comparison, as in: if optimizer=sgd", text);
    size_t name_size = size;
    while (name_size && isspace((unsigned char)text[name_size - 1])) name_size--;
    char *name = cn__arena_format(arena, "%.*s", (int)name_size, text);
    if (!name) return CN_ERROR_MEMORY;
    out->comparison = comparisons[which].comparison;
    CN_TRY(find_dimension(space, name, &out->dimension));
    CN_TRY(read_values(arena, text + size + strlen(comparisons[which].mark), out));
    return check_condition(space, out);
}

/* "a=1 and b>2" */
static cn_status read_conditions(cn__arena *arena, const cn__space *space, const char *text, cn__dimension *d)
{
    static const char word[] = " and ";
    size_t most = 1;
    for (const char *p = text; (p = strstr(p, word)); p++) most++;
    d->conditions = cn__arena_array(arena, most, sizeof *d->conditions);
    if (!d->conditions) return CN_ERROR_MEMORY;
    for (const char *p = text; p;) {
        const char *end = strstr(p, word);
        p += strspn(p, " \t");
        size_t size = end ? (size_t)(end - p) : strlen(p);
        char *one = cn__arena_format(arena, "%.*s", (int)size, p);
        if (!one) return CN_ERROR_MEMORY;
        CN_TRY(read_condition(arena, space, one, &d->conditions[d->condition_count++]));
        p = end ? end + strlen(word) : NULL;
    }
    return CN_OK;
}

/* ---- ranges and lists ---------------------------------------------------------------------------------------------- */

static bool same_value(const cn__value *a, const cn__value *b)
{
    bool numbers = (a->kind == CN_VALUE_INT || a->kind == CN_VALUE_FLOAT) &&
                   (b->kind == CN_VALUE_INT || b->kind == CN_VALUE_FLOAT);
    if (numbers) return a->number == b->number;
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case CN_VALUE_BOOL: return a->boolean == b->boolean;
    case CN_VALUE_WORD: return cn__same_name(a->word, b->word);
    case CN_VALUE_NONE: return true;
    default: return false;
    }
}

static cn_status read_list(cn__arena *arena, const char *text, cn__dimension *d)
{
    cn__value list;
    CN_TRY(cn__value_parse_list(arena, text, &list));
    if (!list.count)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "[%s] is empty; expected values or a range, as in [1, 2] or [1..8]", text);
    for (size_t i = 0; i < list.count; i++)
        for (size_t j = 0; j < i; j++)
            if (same_value(&list.items[i], &list.items[j]))
                return cn__fail(CN_ERROR_ARGUMENT, "[%s] has %s twice", text,
                                cn__value_text(arena, &list.items[i]));
    d->kind = CN_DIMENSION_CHOICE;
    d->choices = list.items;
    d->levels = list.count;
    d->high = (double)list.count - 1;
    return CN_OK;
}

static cn_status read_number(const char *text, const char *word, double *out, bool *whole)
{
    char *end;
    size_t size = strcspn(word, " \t");
    *out = cn__strtod(word, &end);
    if (end != word + size || !size || !isfinite(*out))
        return cn__fail(CN_ERROR_ARGUMENT, "[%s]: '%.*s', expected a number", text, (int)size, word);
    *whole = *whole && size == strspn(word, "+-0123456789");
    return CN_OK;
}

static cn_status set_levels(cn__dimension *d)
{
    if (d->step == 0) {
        d->levels = d->kind == CN_DIMENSION_INT && !d->log ? (size_t)(d->high - d->low) + 1 : 0;
        return CN_OK;
    }
    double levels = d->log ? cn__log(d->high / d->low) / cn__log(d->step) : (d->high - d->low) / d->step;
    if (!(levels < CN_MAX_LEVELS))
        return cn__fail(CN_ERROR_ARGUMENT, "[%s]: step %g, expected one that makes at most %d values",
                        d->text, d->step, CN_MAX_LEVELS);
    d->levels = (size_t)floor(levels * (1 + 1e-12) + 1e-9) + 1;
    return CN_OK;
}

static cn_status check_range(const cn__dimension *d)
{
    const char *text = d->text;
    if (!(d->low < d->high))
        return cn__fail(CN_ERROR_ARGUMENT, "[%s]: expected the lower bound first, and two that differ", text);
    if (d->log && d->low <= 0) return cn__fail(CN_ERROR_ARGUMENT, "[%s]: log, expected bounds over 0", text);
    if (d->step != 0 && (d->log ? d->step <= 1 : d->step <= 0))
        return cn__fail(CN_ERROR_ARGUMENT, "[%s]: step %g, expected more than %d", text, d->step, d->log);
    if (fabs(d->low) > 1e15 || fabs(d->high) > 1e15)
        return cn__fail(CN_ERROR_ARGUMENT, "[%s]: expected bounds within 1e15", text);
    return CN_OK;
}

/* "32..512 log", "0..1 step 0.1" */
static cn_status read_range(const char *text, const char *dots, cn__dimension *d)
{
    char low[64];
    bool whole = true;
    const char *p = dots + 2 + strspn(dots + 2, " \t");
    size_t size = (size_t)(dots - text);
    while (size && isspace((unsigned char)text[size - 1])) size--;
    cn__format(low, sizeof low, "%.*s", (int)(size < 63 ? size : 63), text);
    CN_TRY(read_number(text, low, &d->low, &whole));
    CN_TRY(read_number(text, p, &d->high, &whole));
    for (p += strcspn(p, " \t"); *(p += strspn(p, " \t")); p += strcspn(p, " \t")) {
        if (strncmp(p, "log", 3) == 0 && (!p[3] || isspace((unsigned char)p[3]))) {
            d->log = true;
        } else if (strncmp(p, "step", 4) == 0 && isspace((unsigned char)p[4])) {
            p += 4 + strspn(p + 4, " \t");
            CN_TRY(read_number(text, p, &d->step, &whole));
        } else {
            return cn__fail(CN_ERROR_ARGUMENT, "[%s]: '%s', expected log, step S, or if …", text, p);
        }
    }
    d->kind = whole ? CN_DIMENSION_INT : CN_DIMENSION_FLOAT;
    CN_TRY(check_range(d));
    return set_levels(d);
}

cn_status cn__dimension_set_kind(cn__dimension *d, cn__dimension_kind kind)
{
    if (d->kind == CN_DIMENSION_CHOICE || d->kind == kind) return CN_OK;
    bool whole =
        d->low == floor(d->low) && d->high == floor(d->high) && (d->log || d->step == floor(d->step));
    if (kind == CN_DIMENSION_INT && !whole)
        return cn__fail(CN_ERROR_ARGUMENT, "%s=[%s], expected whole numbers", d->name, d->text);
    d->kind = kind;
    return set_levels(d);
}

static cn_status read_inside(cn__arena *arena, const cn__space *space, const char *text, cn__dimension *d)
{
    static const char word[] = " if ";
    const char *condition = strstr(text, word);
    size_t size = condition ? (size_t)(condition - text) : strlen(text);
    while (size && isspace((unsigned char)text[size - 1])) size--;
    char *values = cn__arena_format(arena, "%.*s", (int)size, text);
    if (!values) return CN_ERROR_MEMORY;
    d->text = values;
    const char *dots = strstr(values, "..");
    CN_TRY(dots ? read_range(values, dots, d) : read_list(arena, values, d));
    return condition ? read_conditions(arena, space, condition + strlen(word), d) : CN_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------- */

/* Behind the bracket that closes the one at p; NULL: none does. */
static const char *bracket_end(const char *p)
{
    int depth = 0;
    char quote = 0;
    for (; *p; p++) {
        if (quote) quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'') quote = *p;
        else if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p) && --depth == 0) return p + 1;
    }
    return NULL;
}

static cn_status read_dimension(cn__arena *arena, cn__space *space, const char **text)
{
    const char *p = *text;
    size_t size = strcspn(p, "= \t\r\n");
    const char *open = p + size + strspn(p + size, " \t");
    if (!size || *open != '=')
        return cn__fail(CN_ERROR_ARGUMENT, "'%.40s', expected NAME=[…], as in units=[32..512 log]", p);
    open += 1 + strspn(open + 1, " \t");
    const char *end = *open == '[' ? bracket_end(open) : NULL;
    if (!end)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%.*s=%.40s, expected values or a range in brackets, as in [32..512 log]", (int)size,
                        p, open);
    if (space->count == CN_MAX_DIMENSIONS)
        return cn__fail(CN_ERROR_ARGUMENT, "more than %d dimensions", CN_MAX_DIMENSIONS);
    cn__dimension *d = &space->dimensions[space->count];
    char *inside = cn__arena_format(arena, "%.*s", (int)(end - open - 2), open + 1);
    d->name = cn__arena_format(arena, "%.*s", (int)size, p);
    if (!inside || !d->name) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < space->count; i++)
        if (strcmp(space->dimensions[i].name, d->name) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "%s is given twice", d->name);
    cn_status status = read_inside(arena, space, inside, d);
    if (status != CN_OK) return cn__fail_in("%s", d->name);
    space->count++;
    *text = end;
    return CN_OK;
}

cn_status cn__space_parse(cn__arena *arena, const char *text, cn__space *out)
{
    *out = (cn__space){.dimensions = cn__arena_array(arena, CN_MAX_DIMENSIONS, sizeof *out->dimensions)};
    if (!out->dimensions) return CN_ERROR_MEMORY;
    while (*(text += strspn(text, " \t\r\n,"))) CN_TRY(read_dimension(arena, out, &text));
    if (out->count) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "there is nothing to search; expected for example units=[32..512 log]");
}

/* ---- values ------------------------------------------------------------------------------------------------------------ */

/* To a number of significant digits, so that 0 + 3 * 0.1 is 0.3. */
static double rounded(double value, int digits)
{
    char text[40];
    cn__format(text, sizeof text, "%.*g", digits, value);
    return cn__strtod(text, NULL);
}

static double clamp(double v, double low, double high) { return v < low ? low : v > high ? high : v; }

double cn__dimension_level(const cn__dimension *d, size_t index)
{
    assert(d->levels == 0 || index < d->levels);
    double k = (double)index;
    if (d->kind == CN_DIMENSION_CHOICE) return k;
    if (d->step == 0) return d->low + k;
    double value = d->low;
    if (!d->log) value += k * d->step;
    else
        for (size_t i = 0; i < index; i++) value *= d->step;
    value = d->kind == CN_DIMENSION_INT ? floor(value + 0.5) : rounded(value, 12);
    return clamp(value, d->low, d->high);
}

/* The bounds of what is cut evenly: of whole numbers each has as much as the next. */
static void bounds(const cn__dimension *d, double *low, double *high)
{
    const double half = d->kind == CN_DIMENSION_INT ? 0.5 : 0;
    *low = d->log ? cn__log(d->low - half) : d->low - half;
    *high = d->log ? cn__log(d->high + half) : d->high + half;
}

double cn__dimension_at(const cn__dimension *d, double u)
{
    assert(u >= 0 && u <= 1);
    double low, high;
    if (d->levels)
        return cn__dimension_level(d, (size_t)clamp(floor(u * (double)d->levels), 0, (double)d->levels - 1));
    bounds(d, &low, &high);
    double value = low + u * (high - low);
    if (d->log) value = cn__exp(value);
    value = d->kind == CN_DIMENSION_INT ? floor(value + 0.5) : rounded(value, 6);
    return clamp(value, d->low, d->high);
}

double cn__dimension_where(const cn__dimension *d, double value)
{
    double low, high;
    if (d->levels) {
        double k = d->kind == CN_DIMENSION_CHOICE ? value
                   : d->step == 0                 ? value - d->low
                   : d->log                       ? cn__log(value / d->low) / cn__log(d->step)
                                                  : (value - d->low) / d->step;
        return clamp((floor(k + 0.5) + 0.5) / (double)d->levels, 0, 1);
    }
    bounds(d, &low, &high);
    return clamp(((d->log ? cn__log(value) : value) - low) / (high - low), 0, 1);
}

cn__value cn__dimension_value(const cn__dimension *d, double value)
{
    if (isnan(value)) return (cn__value){.kind = CN_VALUE_NONE};
    if (d->kind == CN_DIMENSION_CHOICE) return d->choices[(size_t)value];
    if (d->kind == CN_DIMENSION_FLOAT) return (cn__value){.kind = CN_VALUE_FLOAT, .number = value};
    return (cn__value){.kind = CN_VALUE_INT, .integer = (int64_t)value, .number = value};
}

static bool compares(const cn__value *is, cn__comparison comparison, const cn__value *with)
{
    switch (comparison) {
    case CN_LESS_THAN: return is->number < with->number;
    case CN_AT_MOST: return is->number <= with->number;
    case CN_MORE_THAN: return is->number > with->number;
    case CN_AT_LEAST: return is->number >= with->number;
    default: break;
    }
    const bool called =
        is->kind == CN_VALUE_CALL && with->kind == CN_VALUE_WORD; /* sgd(momentum=0.9) is sgd */
    return called ? cn__same_name(is->word, with->word) : same_value(is, with);
}

static bool holds(const cn__space *space, const double *point, const cn__condition *c)
{
    const cn__dimension *d = &space->dimensions[c->dimension];
    if (isnan(point[c->dimension])) return false;
    const cn__value is = cn__dimension_value(d, point[c->dimension]);
    bool any = false;
    for (size_t i = 0; i < c->count; i++) {
        bool equal = compares(&is, c->comparison == CN_NOT_EQUAL ? CN_EQUAL : c->comparison, &c->values[i]);
        any = any || equal;
    }
    return c->comparison == CN_NOT_EQUAL ? !any : any;
}

bool cn__space_active(const cn__space *space, const double *point, size_t i)
{
    const cn__dimension *d = &space->dimensions[i];
    for (size_t k = 0; k < d->condition_count; k++)
        if (!holds(space, point, &d->conditions[k])) return false;
    return true;
}
