/* {{…}}: a small language of paths, arithmetic, comparisons and one choice. Before the run every name is looked up
 * with values that stand for what will be there; after it the same code finds the values. */
#include "lab/language/expression.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/show/expression_model.h"
#include "lab/language/catalogue.h"

enum { MOST_SEGMENTS = 6, MOST_MODELS = 32, MOST_DEPTH = 60 };

typedef struct reader {
    cn__scope scope;
    const char *p, *end;
    int depth;
} reader;

static cn_status choice(reader *r, cn__lab_value *out);
static cn_status expand_braces(reader *r, const char *begin, const char *end, cn__text *out);

/* ---- words of the expression ------------------------------------------------------------------------------------ */

static void skip(reader *r)
{
    while (r->p < r->end && isspace((unsigned char)*r->p)) r->p++;
}

static bool take(reader *r, const char *mark)
{
    size_t n = strlen(mark);
    skip(r);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, mark, n) != 0) return false;
    r->p += n;
    return true;
}

static bool is_word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool take_word(reader *r, const char *word)
{
    const char *before = r->p;
    if (take(r, word) && (r->p == r->end || !is_word_char(*r->p))) return true;
    r->p = before;
    return false;
}

static cn_status fail_at(const reader *r, const char *expected)
{
    if (r->p >= r->end) return cn__fail(CN_ERROR_ARGUMENT, "it ends too early, expected %s", expected);
    return cn__fail(CN_ERROR_ARGUMENT, "'%.*s', expected %s", (int)(r->end - r->p > 20 ? 20 : r->end - r->p),
                    r->p, expected);
}

static cn_status fail_depth(void)
{
    return cn__fail(CN_ERROR_ARGUMENT, "brackets, choices or texts inside one another, more than %d deep",
                    MOST_DEPTH);
}

static cn_status read_name(reader *r, char *out, size_t size)
{
    size_t n = 0;
    skip(r);
    while (r->p + n < r->end && is_word_char(r->p[n])) n++;
    if (!n) return fail_at(r, "a name");
    cn__format(out, size, "%.*s", (int)(n < size - 1 ? n : size - 1), r->p);
    r->p += n;
    return CN_OK;
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

/* ---- literals ---------------------------------------------------------------------------------------------------------- */

static cn_status read_text(reader *r, cn__lab_value *out)
{
    char quote = *r->p++;
    const char *begin = r->p;
    while (r->p < r->end && *r->p != quote) r->p++;
    if (r->p == r->end) return cn__fail(CN_ERROR_ARGUMENT, "a text that begins with %c is not closed", quote);
    cn__text text = {0};
    cn_status status = expand_braces(r, begin, r->p, &text);
    *out = (cn__lab_value){.kind = CN_LAB_TEXT};
    if (status == CN_OK) out->text = cn__arena_strdup(r->scope.arena, text.data ? text.data : "");
    cn__text_free(&text);
    r->p++;
    return status == CN_OK && !out->text ? CN_ERROR_MEMORY : status;
}

static cn_status read_number(reader *r, cn__lab_value *out)
{
    char text[64], *end;
    size_t n = (size_t)(r->end - r->p);
    cn__format(text, sizeof text, "%.*s", (int)(n < 63 ? n : 63), r->p);
    *out = (cn__lab_value){.kind = CN_LAB_NUMBER, .number = cn__strtod(text, &end)};
    r->p += end - text;
    return CN_OK;
}

/* ---- paths ------------------------------------------------------------------------------------------------------------------ */

/* best(a, b, by=loss): the models, then the name to compare by. */
static cn_status read_models(reader *r, const cn__lab_model **models, size_t *count, char by[64])
{
    *count = 0;
    cn__format(by, 64, "val_accuracy");
    if (!take(r, "(")) return fail_at(r, "( and models");
    while (!take(r, ")")) {
        char name[64];
        CN_TRY(read_name(r, name, sizeof name));
        if (strcmp(name, "by") == 0 && take(r, "=")) {
            CN_TRY(read_name(r, by, 64));
        } else {
            const cn__lab_model *m = cn__program_model(r->scope.program, name);
            if (!m) return cn__scope_fail_model(&r->scope, name);
            if (*count == MOST_MODELS) return cn__fail(CN_ERROR_ARGUMENT, "more than %d models", MOST_MODELS);
            models[(*count)++] = m;
        }
        take(r, ",");
    }
    return *count ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "no models between the brackets");
}

/* .name or .name(argument), one after the other. */
static cn_status read_segments(reader *r, cn__segment *segments, size_t *count)
{
    *count = 0;
    while (r->p < r->end && *r->p == '.' && r->p + 1 < r->end &&
           (isalpha((unsigned char)r->p[1]) || r->p[1] == '_')) {
        if (*count == MOST_SEGMENTS) return cn__fail(CN_ERROR_ARGUMENT, "more than %d dots", MOST_SEGMENTS);
        cn__segment *s = &segments[(*count)++];
        r->p++;
        CN_TRY(read_name(r, s->name, sizeof s->name));
        s->has_argument = r->p < r->end && *r->p == '(';
        if (!s->has_argument) continue;
        cn__lab_value q;
        r->p++;
        CN_TRY(choice(r, &q));
        s->text = q.kind == CN_LAB_TEXT ? q.text : NULL;
        if (!s->text || strcmp(s->name, "class") != 0) CN_TRY(cn__lab_want_number(&q, s->name));
        s->argument = q.number;
        if (!take(r, ")")) return fail_at(r, ")");
    }
    return CN_OK;
}

static cn_status read_model_path(reader *r, const char *word, cn__lab_value *out)
{
    const cn__lab_model *models[MOST_MODELS], *m = cn__program_model(r->scope.program, word);
    cn__segment segments[MOST_SEGMENTS];
    size_t count = 0, depth;
    char by[64];
    bool best = strcmp(word, "best") == 0, worst = strcmp(word, "worst") == 0;
    if (!m && strcmp(word, "ensemble") == 0) {
        CN_TRY(read_models(r, models, &count, by));
        CN_TRY(read_segments(r, segments, &depth));
        return cn__scope_ensemble(&r->scope, models, count, segments, depth, out);
    }
    if (best || worst) {
        CN_TRY(read_models(r, models, &count, by));
        CN_TRY(cn__scope_choose(&r->scope, models, count, by, best, &m));
    } else if (!m) {
        return cn__scope_fail_model(&r->scope, word);
    }
    CN_TRY(read_segments(r, segments, &depth));
    *out = (cn__lab_value){.kind = CN_LAB_MISSING};
    if (!m) return CN_OK; /* one of those that are compared was not run */
    return cn__scope_model(&r->scope, m, segments, depth, out);
}

static cn_status read_named(reader *r, bool data, cn__lab_value *out)
{
    cn__segment segments[MOST_SEGMENTS];
    size_t depth;
    CN_TRY(read_segments(r, segments, &depth));
    return (data ? cn__scope_data : cn__scope_lab)(&r->scope, segments, depth, out);
}

/* abs(x), round(x), min(x, y, …), max(x, y, …) */
static cn_status read_function(reader *r, const char *word, cn__lab_value *out)
{
    if (!take(r, "(")) return fail_at(r, "(");
    CN_TRY(choice(r, out));
    CN_TRY(cn__lab_want_number(out, word));
    while (take(r, ",")) {
        cn__lab_value q;
        CN_TRY(choice(r, &q));
        CN_TRY(cn__lab_want_number(&q, word));
        if (q.kind == CN_LAB_MISSING) out->kind = q.kind;
        if (word[1] == 'i' ? q.number < out->number : word[1] == 'a' && q.number > out->number)
            out->number = q.number;
    }
    if (word[0] == 'a') out->number = fabs(out->number);
    if (word[0] == 'r') out->number = round(out->number);
    return take(r, ")") ? CN_OK : fail_at(r, ")");
}

/* median(x, y, …), behind the parenthesis: no reserved word, a model may have this name, too. */
static cn_status read_median(reader *r, cn__lab_value *out)
{
    enum { MOST = 100 };
    double values[MOST];
    size_t n = 0;
    bool all = true;
    do {
        if (n == MOST) return cn__fail(CN_ERROR_ARGUMENT, "median takes %d numbers at most", MOST);
        CN_TRY(choice(r, out));
        CN_TRY(cn__lab_want_number(out, "median"));
        all = all && out->kind != CN_LAB_MISSING && !isnan(out->number);
        values[n++] = out->number;
    } while (take(r, ","));
    if (all) cn__lab_set_number(out, cn__values_median(values, n));
    else out->kind = CN_LAB_MISSING;
    return take(r, ")") ? CN_OK : fail_at(r, ")");
}

static cn_status read_path(reader *r, cn__lab_value *out)
{
    static const char *const functions[] = {"abs", "round", "min", "max"};
    char word[64];
    CN_TRY(read_name(r, word, sizeof word));
    for (int i = 0; i < 4; i++)
        if (strcmp(word, functions[i]) == 0) return read_function(r, word, out);
    if (strcmp(word, "median") == 0 && take(r, "(")) return read_median(r, out);
    if (strcmp(word, "data") == 0) return read_named(r, true, out);
    if (strcmp(word, "lab") == 0) return read_named(r, false, out);
    return read_model_path(r, word, out);
}

/* ---- operators, from the strongest to the weakest --------------------------------------------------------------------------- */

static cn_status primary(reader *r, cn__lab_value *out)
{
    skip(r);
    if (r->p >= r->end) return fail_at(r, "a value");
    if (r->depth > MOST_DEPTH) return fail_depth();
    if (*r->p == '"' || *r->p == '\'') return read_text(r, out);
    if (isdigit((unsigned char)*r->p) ||
        (*r->p == '.' && r->p + 1 < r->end && isdigit((unsigned char)r->p[1])))
        return read_number(r, out);
    r->depth++;
    cn_status status;
    if (take(r, "-")) {
        status = primary(r, out);
        if (status == CN_OK) status = cn__lab_want_number(out, "-");
        if (status == CN_OK) cn__lab_set_number(out, -out->number);
    } else if (take(r, "(")) {
        status = choice(r, out);
        if (status == CN_OK && !take(r, ")")) status = fail_at(r, ")");
    } else {
        status = read_path(r, out);
    }
    r->depth--;
    return status;
}

static cn_status product(reader *r, cn__lab_value *out)
{
    CN_TRY(primary(r, out));
    for (;;) {
        const char *op = take(r, "*") ? "*" : take(r, "/") ? "/" : NULL;
        cn__lab_value b;
        if (!op) return CN_OK;
        CN_TRY(primary(r, &b));
        CN_TRY(cn__lab_combine(out, &b, op));
    }
}

static cn_status sum(reader *r, cn__lab_value *out)
{
    CN_TRY(product(r, out));
    for (;;) {
        const char *op = take(r, "+") ? "+" : take(r, "-") ? "-" : NULL;
        cn__lab_value b;
        if (!op) return CN_OK;
        CN_TRY(product(r, &b));
        CN_TRY(cn__lab_combine(out, &b, op));
    }
}

static cn_status comparison(reader *r, cn__lab_value *out)
{
    static const char *const ops[] = {"<=", ">=", "==", "!=", "<", ">"};
    cn__lab_value b;
    CN_TRY(sum(r, out));
    for (int i = 0; i < 6; i++) {
        if (!take(r, ops[i])) continue;
        CN_TRY(sum(r, &b));
        return ops[i][0] == '=' || ops[i][0] == '!' ? cn__lab_compare(out, &b, ops[i][0] == '=')
                                                    : cn__lab_combine(out, &b, ops[i]);
    }
    return CN_OK;
}

static cn_status inversion(reader *r, cn__lab_value *out)
{
    if (!take_word(r, "not")) return comparison(r, out);
    if (++r->depth > MOST_DEPTH) return fail_depth();
    CN_TRY(inversion(r, out));
    CN_TRY(cn__lab_want_number(out, "not"));
    cn__lab_set_number(out, out->number == 0);
    r->depth--;
    return CN_OK;
}

static cn_status conjunction(reader *r, cn__lab_value *out)
{
    cn__lab_value b;
    CN_TRY(inversion(r, out));
    while (take_word(r, "and")) {
        CN_TRY(inversion(r, &b));
        CN_TRY(cn__lab_combine(out, &b, "and"));
    }
    return CN_OK;
}

static cn_status disjunction(reader *r, cn__lab_value *out)
{
    cn__lab_value b;
    CN_TRY(conjunction(r, out));
    while (take_word(r, "or")) {
        CN_TRY(conjunction(r, &b));
        CN_TRY(cn__lab_combine(out, &b, "or"));
    }
    return CN_OK;
}

static cn_status choose(reader *r, cn__lab_value *out)
{
    cn__lab_value yes, no;
    CN_TRY(disjunction(r, out));
    if (!take(r, "?")) return CN_OK;
    CN_TRY(cn__lab_want_number(out, "?"));
    CN_TRY(choice(r, &yes));
    if (!take(r, ":")) return fail_at(r, ": and the other value");
    CN_TRY(choice(r, &no));
    if (out->kind != CN_LAB_MISSING) *out = out->number != 0 ? yes : no;
    return CN_OK;
}

static cn_status choice(reader *r, cn__lab_value *out)
{
    if (++r->depth > MOST_DEPTH) return fail_depth();
    cn_status status = choose(r, out);
    r->depth--;
    return status;
}

/* ---- formats ------------------------------------------------------------------------------------------------------------------- */

/* What stands between the braces: an expression and perhaps ":format". */
static cn_status expand_one(reader *outer, const char *begin, const char *end, cn__text *out)
{
    reader r = {.scope = outer->scope, .p = begin, .end = end, .depth = outer->depth + 1};
    cn__lab_value q;
    if (r.depth > MOST_DEPTH) return fail_depth();
    CN_TRY(choice(&r, &q));
    bool format = take(&r, ":");
    skip(&r);
    const char *spec = r.p;
    while (end > spec && isspace((unsigned char)end[-1])) end--;
    if (!format && r.p < end) return fail_at(&r, "an operator, or : and a format");
    if (q.kind == CN_LAB_MISSING) {
        cn__text_add(out, cn__catalogue((cn__language)r.scope.program->language, CN_MSG_NOT_RUN));
        return CN_OK;
    }
    if (q.kind == CN_LAB_TEXT && format && spec < end)
        return cn__fail(CN_ERROR_ARGUMENT, "a format after the text \"%.40s\"", q.text);
    if (q.kind == CN_LAB_TEXT) cn__text_add(out, q.text);
    else
        CN_TRY(cn__lab_print_number((cn__language)r.scope.program->language, q.number, spec,
                                    (size_t)(end - spec), out));
    return CN_OK;
}

/* A text with {…} in it. */
static cn_status expand_braces(reader *r, const char *begin, const char *end, cn__text *out)
{
    for (const char *p = begin; p < end;) {
        const char *open = memchr(p, '{', (size_t)(end - p));
        cn__text_add_bytes(out, p, (size_t)((open ? open : end) - p));
        if (!open) return CN_OK;
        const char *close = memchr(open, '}', (size_t)(end - open));
        if (!close) return cn__fail(CN_ERROR_ARGUMENT, "a { without } inside a text");
        CN_TRY(expand_one(r, open + 1, close, out));
        p = close + 1;
    }
    return CN_OK;
}

cn_status cn__expression(const cn__scope *scope, const char *begin, const char *end, cn__text *out)
{
    reader r = {.scope = *scope};
    return expand_one(&r, begin, end, out);
}
