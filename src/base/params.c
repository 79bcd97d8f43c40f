/* From the arguments of a named thing to the struct that holds them, by a table of parameters. The
 * defaults are written in the notation too, and are trusted: bounds are asked of what was given. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "base/text/value.h"

typedef struct reader {
    cn__arena *arena;
    const char *what;
    const cn__param *table;
    size_t count;
} reader;

/* What there is of one type: how it is called in a message, what may stand for it, how it is stored. */
typedef struct type_rule {
    const char *noun;
    bool list, integral, maybe;
    cn_status (*store)(const reader *r, const cn__param *param, const cn__value *value, bool given,
                       void *field);
} type_rule;

static const type_rule *rule_of(const cn__param *param);

/* ---- messages ---- */

static void print_bound(char *out, size_t size, double bound)
{
    cn__format(out, size, fabs(bound) < 1e15 && bound == floor(bound) ? "%.0f" : "%.12g", bound);
}

/* Does none stand for an absent value here? For words only where that is the default, or one of the choices. */
static bool may_be_none(const cn__param *param)
{
    if (param->type != CN_PARAM_WORD) return rule_of(param)->maybe;
    for (size_t i = 0; param->words && param->words[i]; i++)
        if (strcmp(param->words[i], "none") == 0) return true;
    return param->fallback && strcmp(param->fallback, "none") == 0;
}

/* "a number from 0 to 1", "an integer of at least 1", "a number over 0, or none", "true or false". */
static void print_expected(const cn__param *param, bool or_none, char *out, size_t size)
{
    const double endless = 0x1p63;
    const type_rule *rule = rule_of(param);
    bool lowest = param->low <= -endless, highest = param->high >= endless;
    bool any = (param->low == 0 && param->high == 0) || (lowest && highest);
    bool over_zero = param->low > 0 && param->low < 1e-30; /* how a table says that 0 itself is out */
    char low[32] = "0", high[32], bounds[100] = "";
    if (!over_zero) print_bound(low, sizeof low, param->low);
    print_bound(high, sizeof high, param->high);
    if (any) bounds[0] = '\0';
    else if (highest) cn__format(bounds, sizeof bounds, " %s %s", over_zero ? "over" : "of at least", low);
    else if (lowest) cn__format(bounds, sizeof bounds, " of at most %s", high);
    else if (over_zero) cn__format(bounds, sizeof bounds, " over 0 and at most %s", high);
    else cn__format(bounds, sizeof bounds, " from %s to %s", low, high);
    if (param->expected) cn__format(out, size, "%s", param->expected);
    else
        cn__format(out, size, "%s%s%s%s", rule->noun, rule->list && !any ? ", each" : "", bounds,
                   or_none ? ", or none" : "");
}

static bool is_share(const cn__param *param)
{
    return param->type == CN_PARAM_FLOAT && param->low >= 0 && param->high > 0 && param->high <= 1;
}

static cn_status fail_value(const reader *r, const cn__param *param, const cn__value *value)
{
    char expected[200];
    print_expected(param, may_be_none(param), expected, sizeof expected);
    const char *text = cn__value_text(r->arena, value);
    if (!text) return CN_ERROR_MEMORY;
    char share[60] = "";
    bool number = value->kind == CN_VALUE_INT || value->kind == CN_VALUE_FLOAT;
    if (number && is_share(param) && value->number > 1 && value->number <= 100)
        cn__format(share, sizeof share, "; %g in a hundred is %g", value->number, value->number / 100);
    return cn__fail(CN_ERROR_ARGUMENT, "%s: %s = %s, expected %s%s", r->what, param->name, text, expected,
                    share);
}

/* ---- one function a type ---- */

static bool in_bounds(const cn__param *param, double number)
{
    if (param->low == 0 && param->high == 0) return true;
    return number >= param->low && number <= param->high;
}

/* An INT, or a FLOAT that is exactly an integer of 64 bits. */
static bool integer_of(const cn__value *value, int64_t *out)
{
    if (value->kind == CN_VALUE_INT) *out = value->integer;
    if (value->kind == CN_VALUE_INT) return true;
    if (value->kind != CN_VALUE_FLOAT || !(value->number >= -0x1p63 && value->number < 0x1p63)) return false;
    *out = (int64_t)value->number;
    return (double)*out == value->number;
}

/* Not NaN: none stands for an absent number. */
static bool number_of(const cn__value *value, double *out)
{
    *out = value->number;
    return (value->kind == CN_VALUE_INT || value->kind == CN_VALUE_FLOAT) && !isnan(value->number);
}

static cn_status store_bool(const reader *r, const cn__param *param, const cn__value *value, bool given,
                            void *field)
{
    (void)given;
    bool as_integer = value->kind == CN_VALUE_INT && (value->integer == 0 || value->integer == 1);
    if (value->kind != CN_VALUE_BOOL && !as_integer) return fail_value(r, param, value);
    *(bool *)field = as_integer ? value->integer == 1 : value->boolean;
    return CN_OK;
}

static cn_status store_int(const reader *r, const cn__param *param, const cn__value *value, bool given,
                           void *field)
{
    int64_t *out = field;
    if (value->kind == CN_VALUE_NONE && may_be_none(param)) {
        *out = INT64_MIN;
        return CN_OK;
    }
    if (!integer_of(value, out) || (given && !in_bounds(param, (double)*out)))
        return fail_value(r, param, value);
    return CN_OK;
}

static cn_status store_float(const reader *r, const cn__param *param, const cn__value *value, bool given,
                             void *field)
{
    double *out = field;
    if (value->kind == CN_VALUE_NONE && may_be_none(param)) {
        *out = NAN;
        return CN_OK;
    }
    if (!number_of(value, out) || (given && !in_bounds(param, *out))) return fail_value(r, param, value);
    return CN_OK;
}

/* The allowed word that *word is, as the table writes it. */
static cn_status choose_word(const reader *r, const cn__param *param, const char **word)
{
    size_t n = 0;
    for (; param->words[n]; n++)
        if (cn__same_name(*word, param->words[n])) {
            *word = param->words[n];
            return CN_OK;
        }
    (void)cn__fail_word(CN_ERROR_ARGUMENT, param->name, *word, param->words, n);
    return cn__fail_in("%s", r->what);
}

static cn_status store_word(const reader *r, const cn__param *param, const cn__value *value, bool given,
                            void *field)
{
    (void)given;
    const bool none = value->kind == CN_VALUE_NONE && may_be_none(param);
    if (value->kind != CN_VALUE_WORD && !none) return fail_value(r, param, value);
    bool name =
        value->kind == CN_VALUE_WORD && strcmp(param->name, "name") == 0; /* goes into files as text */
    if (name && cn__check_utf8("name", value->word) != CN_OK) return cn__fail_in("%s", r->what);
    *(const char **)field = value->kind == CN_VALUE_WORD ? value->word : NULL;
    return value->kind == CN_VALUE_WORD && param->words ? choose_word(r, param, field) : CN_OK;
}

/* A list, or one number for a list of one, as items of 8 bytes each (int64_t or double). */
static cn_status read_numbers(const reader *r, const cn__param *param, const cn__value *value, bool given,
                              void **items, size_t *count)
{
    bool list = value->kind == CN_VALUE_LIST;
    const cn__value *from = list ? value->items : value;
    size_t n = list ? value->count : value->kind == CN_VALUE_NONE ? 0 : 1;
    char *to = n ? cn__arena_array(r->arena, n, 8) : NULL;
    if (n && !to) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        void *at = to + 8 * i;
        bool fits = rule_of(param)->integral ? integer_of(&from[i], at) : number_of(&from[i], at);
        double number = fits ? from[i].number : NAN;
        if (!fits || (given && !in_bounds(param, number))) return fail_value(r, param, value);
    }
    *items = to;
    *count = n;
    return CN_OK;
}

static cn_status store_ints(const reader *r, const cn__param *param, const cn__value *value, bool given,
                            void *field)
{
    void *items = NULL;
    size_t count = 0;
    CN_TRY(read_numbers(r, param, value, given, &items, &count));
    *(cn__ints *)field = (cn__ints){.items = items, .count = count};
    return CN_OK;
}

static cn_status store_floats(const reader *r, const cn__param *param, const cn__value *value, bool given,
                              void *field)
{
    void *items = NULL;
    size_t count = 0;
    CN_TRY(read_numbers(r, param, value, given, &items, &count));
    *(cn__floats *)field = (cn__floats){.items = items, .count = count};
    return CN_OK;
}

static cn_status store_value(const reader *r, const cn__param *param, const cn__value *value, bool given,
                             void *field)
{
    (void)r, (void)param, (void)given;
    *(const cn__value **)field = value->kind == CN_VALUE_NONE ? NULL : value;
    return CN_OK;
}

static const type_rule *rule_of(const cn__param *param)
{
    static const type_rule rules[] = {
        [CN_PARAM_BOOL] = {"true or false", false, false, false, store_bool},
        [CN_PARAM_INT] = {"an integer", false, true, false, store_int},
        [CN_PARAM_FLOAT] = {"a number", false, false, false, store_float},
        [CN_PARAM_MAYBE_INT] = {"an integer", false, true, true, store_int},
        [CN_PARAM_MAYBE_FLOAT] = {"a number", false, false, true, store_float},
        [CN_PARAM_WORD] = {"a word or a quoted text", false, false, true, store_word},
        [CN_PARAM_INTS] = {"an integer or a list of integers", true, true, true, store_ints},
        [CN_PARAM_FLOATS] = {"a number or a list of numbers", true, false, true, store_floats},
        [CN_PARAM_VALUE] = {"a value", false, false, true, store_value},
    };
    return &rules[param->type];
}

/* ---- arguments to parameters ---- */

static cn_status fail_unknown(const reader *r, const char *name)
{
    if (r->count == 0)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: unknown argument '%s'; it takes none", r->what, name);
    const char **words = cn__arena_array(r->arena, r->count, sizeof *words);
    if (!words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < r->count; i++) words[i] = r->table[i].name;
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "argument", name, words, r->count);
    return cn__fail_in("%s", r->what);
}

static size_t find_param(const reader *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->table[i].name, name) == 0) return i;
    for (size_t i = 0; i < r->count; i++)
        if (cn__same_name(r->table[i].name, name)) return i;
    return r->count;
}

/* given[i] becomes the argument for table[i]. */
static cn_status match_arguments(const reader *r, const cn__value *call, const cn__value **given)
{
    const char *last = NULL;
    for (size_t i = 0, positional = 0; i < call->count; i++) {
        const char *name = call->names ? call->names[i] : NULL;
        if (!name && last) {
            const char *text = cn__value_text(r->arena, &call->items[i]);
            if (!text) return CN_ERROR_MEMORY;
            return cn__fail(CN_ERROR_ARGUMENT,
                            "%s: '%s' is an argument without a name after one with a name, %s", r->what, text,
                            last);
        }
        last = name;
        size_t at = name ? find_param(r, name) : positional++;
        if (at >= r->count && name) return fail_unknown(r, name);
        if (at >= r->count)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: takes at most %zu argument%s, got %zu", r->what, r->count,
                            r->count == 1 ? "" : "s", call->count);
        if (given[at])
            return cn__fail(CN_ERROR_ARGUMENT, "%s: argument '%s' is given twice", r->what,
                            r->table[at].name);
        given[at] = &call->items[i];
    }
    return CN_OK;
}

static cn_status fail_missing(const reader *r, const cn__param *param)
{
    char expected[200];
    print_expected(param, false, expected, sizeof expected); /* none would leave it missing */
    return cn__fail(CN_ERROR_ARGUMENT, "%s: argument '%s' is missing, expected %s", r->what, param->name,
                    expected);
}

static cn_status read_param(const reader *r, const cn__param *param, const cn__value *given, void *out)
{
    void *field = (char *)out + param->offset;
    if (given) return rule_of(param)->store(r, param, given, true, field);
    if (!param->fallback) return fail_missing(r, param);
    cn__value *fallback = cn__arena_alloc(r->arena, sizeof *fallback);
    if (!fallback) return CN_ERROR_MEMORY;
    CN_TRY(cn__value_parse(r->arena, param->fallback, fallback));
    return rule_of(param)->store(r, param, fallback, false, field);
}

cn_status cn__params_read(cn__arena *arena, const char *what, const cn__param *table, size_t count,
                          const cn__value *call, void *out)
{
    reader r = {.arena = arena, .what = what, .table = table, .count = count};
    if (call->kind != CN_VALUE_CALL && call->kind != CN_VALUE_WORD && call->kind != CN_VALUE_MAP) {
        const char *text = cn__value_text(arena, call);
        if (!text) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_ARGUMENT, "%s: got %s, expected a name, perhaps with arguments", what, text);
    }
    const cn__value **given = cn__arena_array(arena, count + 1, sizeof *given);
    if (!given) return CN_ERROR_MEMORY;
    if (call->kind != CN_VALUE_WORD) CN_TRY(match_arguments(&r, call, given));
    for (size_t i = 0; i < count; i++) CN_TRY(read_param(&r, &table[i], given[i], out));
    return CN_OK;
}
