/* The parser of the notation. Grammar, blanks anywhere:
 *   value = name | name '(' arguments ')' | '[' values ']' | '(' values ')' | '{' key ':' value, … '}'
 * A name is quoted, or bare: letters, digits, _ - + . / and everything beyond ASCII. */

#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "base/text/value_words.h"

enum { MAX_DEPTH = 64, EXCERPT_BEFORE = 60, EXCERPT = 100 };

typedef struct parser {
    cn__arena *arena;
    const char *text, *at;
    int depth;
} parser;

/* Items of a list, map or call while they are being read; the old arrays stay in the arena. */
typedef struct builder {
    cn__value *items;
    const char **names;
    size_t count, capacity;
} builder;

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_blanks(parser *p)
{
    while (is_blank(*p->at)) p->at++;
}

static bool is_continuation(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* The line around `place`, at most EXCERPT bytes of it, with a mark under the place. */
static cn_status fail_at(const parser *p, const char *place, const char *problem)
{
    const char *first = place, *last = place;
    while (first > p->text && first[-1] != '\n' && place - first < EXCERPT_BEFORE) first--;
    while (first < place && is_continuation(*first)) first++;
    while (*last && *last != '\n' && last - first < EXCERPT) last++;
    while (last > place && is_continuation(*last)) last--;
    char line[EXCERPT + 1], before[EXCERPT + 1];
    size_t size = (size_t)(last - first), mark = (size_t)(place - first);
    for (size_t i = 0; i < size; i++) line[i] = (unsigned char)first[i] < ' ' ? ' ' : first[i];
    line[size] = '\0';
    memcpy(before, line, mark);
    before[mark] = '\0';
    return cn__fail(CN_ERROR_ARGUMENT, "%s\n  %s\n  %*s^", problem, line, (int)cn__text_width(before), "");
}

/* "expected ',' or ')', found '='". */
static cn_status fail_expected(const parser *p, const char *expected)
{
    char problem[160];
    size_t size = 1;
    while (*p->at && size < 4 && is_continuation(p->at[size])) size++;
    if (*p->at) cn__format(problem, sizeof problem, "expected %s, found '%.*s'", expected, (int)size, p->at);
    else cn__format(problem, sizeof problem, "expected %s, found the end", expected);
    return fail_at(p, p->at, problem);
}

/* ---- names and numbers ---- */

static bool read_integer(const char *digits, int64_t *out)
{
    bool negative = *digits == '-';
    int64_t value = 0;
    for (digits += *digits == '-' || *digits == '+'; *digits; digits++) {
        int digit = *digits - '0';
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_add_overflow(value, negative ? -digit : digit, &value)) return false;
    }
    *out = value;
    return true;
}

static cn_status read_number(parser *p, const char *place, const char *word, cn__number_form form,
                             cn__value *out)
{
    char *digits = cn__arena_strdup(p->arena, word), *to = digits;
    if (!digits) return CN_ERROR_MEMORY;
    for (const char *from = word; *from; from++)
        if (*from != '_') *to++ = *from;
    *to = '\0';
    if (form == CN_FORM_INTEGER) {
        out->kind = CN_VALUE_INT;
        if (!read_integer(digits, &out->integer)) return fail_at(p, place, "an integer beyond 64 bits");
        out->number = (double)out->integer;
        return CN_OK;
    }
    out->kind = CN_VALUE_FLOAT;
    out->number = cn__strtod(digits, NULL);
    if (isinf(out->number)) return fail_at(p, place, "a number beyond the range of double precision");
    return CN_OK;
}

/* What a bare word means where a value stands. */
static cn_status read_bare(parser *p, const char *place, const char *word, cn__value *out)
{
    const cn__value *constant = cn__word_constant(word);
    if (constant) {
        *out = *constant;
        return CN_OK;
    }
    cn__number_form form = cn__number_form_of(word);
    if (form != CN_FORM_NONE) return read_number(p, place, word, form, out);
    *out = (cn__value){.kind = CN_VALUE_WORD, .word = word};
    return CN_OK;
}

/* The character that \c stands for, or '\0': then the backslash stands for itself, as in Python. */
static char unescaped(char c)
{
    for (const char *pair = cn__word_escapes; *pair; pair += 2)
        if (*pair == c) return pair[1];
    return '\0';
}

/* The closing quote for the one at `open`, or the end of the text. */
static const char *end_of_quoted(const char *open)
{
    const char *at = open + 1;
    while (*at && *at != *open) at += *at == '\\' && at[1] ? 2 : 1;
    return at;
}

static cn_status read_quoted(parser *p, const char **out)
{
    const char *open = p->at++, *end = end_of_quoted(open);
    if (!*end) return fail_at(p, open, "a quote that is never closed");
    char *word = cn__arena_alloc(p->arena, (size_t)(end - open)), *to = word;
    if (!word) return CN_ERROR_MEMORY;
    while (p->at < end) {
        char plain = *p->at == '\\' ? unescaped(p->at[1]) : '\0';
        *to++ = plain ? plain : *p->at;
        p->at += plain ? 2 : 1;
    }
    *to = '\0';
    p->at = end + 1;
    *out = word;
    return CN_OK;
}

/* A name, quoted or bare, and the blanks after it. */
static cn_status read_name(parser *p, const char *expected, const char **out, bool *quoted)
{
    *quoted = *p->at == '\'' || *p->at == '"';
    if (*quoted) {
        CN_TRY(read_quoted(p, out));
    } else {
        const char *first = p->at;
        while (cn__word_is_bare(*p->at)) p->at++;
        if (p->at == first) return fail_expected(p, expected);
        *out = cn__arena_format(p->arena, "%.*s", (int)(p->at - first), first);
        if (!*out) return CN_ERROR_MEMORY;
    }
    skip_blanks(p);
    return CN_OK;
}

/* ---- lists, maps, calls ---- */

static cn_status read_value(parser *p, cn__value *out);

static cn_status builder_grow(parser *p, builder *b)
{
    size_t capacity = b->capacity ? 2 * b->capacity : 4;
    cn__value *items = cn__arena_array(p->arena, capacity, sizeof *items);
    const char **names = cn__arena_array(p->arena, capacity, sizeof *names);
    if (!items || !names) return CN_ERROR_MEMORY;
    if (b->count) {
        memcpy(items, b->items, b->count * sizeof *items);
        memcpy(names, b->names, b->count * sizeof *names);
    }
    *b = (builder){.items = items, .names = names, .count = b->count, .capacity = capacity};
    return CN_OK;
}

static cn_status read_called(parser *p, builder *b, const char *name)
{
    cn__value value = {0};
    CN_TRY(read_value(p, &value));
    if (b->count == b->capacity) CN_TRY(builder_grow(p, b));
    b->names[b->count] = name;
    b->items[b->count++] = value;
    return CN_OK;
}

static cn_status read_item(parser *p, builder *b) { return read_called(p, b, NULL); }

static cn_status read_entry(parser *p, builder *b)
{
    const char *place = p->at, *name;
    bool quoted;
    CN_TRY(read_name(p, "a key", &name, &quoted));
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->names[i], name) == 0) return fail_at(p, place, "a key that is there twice");
    if (*p->at != ':' && *p->at != '=') return fail_expected(p, "':' after the key");
    p->at++;
    return read_called(p, b, name);
}

/* Is this "name =", the start of a named argument? */
static bool starts_named(const parser *p)
{
    const char *at = p->at;
    if (*at == '\'' || *at == '"') {
        at = end_of_quoted(at);
        if (*at) at++;
    } else {
        while (cn__word_is_bare(*at)) at++;
    }
    if (at == p->at) return false;
    while (is_blank(*at)) at++;
    return *at == '=';
}

/* A word without a name may stand behind arguments with names: who reads the call says what it is, or refuses it. */
static cn_status read_argument(parser *p, builder *b)
{
    const char *place = p->at, *name = NULL;
    if (starts_named(p)) {
        bool quoted;
        CN_TRY(read_name(p, "a name", &name, &quoted));
        p->at++;
    } else if (b->count && b->names[b->count - 1] && !cn__word_is_letter(*place)) {
        bool comma =
            cn__word_is_digit(place[0]) && place[-1] == ',' && cn__word_is_digit(place[-2]); /* "0,001" */
        return fail_at(p, place,
                       comma ? "a decimal comma; expected a point as the decimal mark"
                             : "an argument without a name after one with a name");
    }
    return read_called(p, b, name);
}

/* Items between an opening mark, which is the current character, and `close`, into `out`; *comma
 * says whether there was one, which makes the difference between (3) and (3,). `close` '\0' is the
 * end of the text; then nothing opens. */
static cn_status read_items(parser *p, char close, cn_status (*read)(parser *, builder *), cn__value *out,
                            bool *comma)
{
    char expected[] = "',' or '?'";
    if (close) expected[8] = close;
    builder b = {0};
    if (close) p->at++;
    skip_blanks(p);
    *comma = false;
    while (*p->at != close) {
        CN_TRY(read(p, &b));
        skip_blanks(p);
        if (*p->at == close) break;
        if (*p->at != ',') return fail_expected(p, close ? expected : "',' or the end");
        *comma = true;
        p->at++;
        skip_blanks(p);
    }
    if (close) p->at++;
    out->items = b.items;
    out->names = b.names;
    out->count = b.count;
    return CN_OK;
}

static cn_status read_named(parser *p, cn__value *out)
{
    const char *place = p->at, *name;
    bool quoted, comma;
    CN_TRY(read_name(p, "a value", &name, &quoted));
    if (quoted) *out = (cn__value){.kind = CN_VALUE_WORD, .word = name};
    else CN_TRY(read_bare(p, place, name, out));
    if (*p->at != '(') return CN_OK;
    if (out->kind != CN_VALUE_WORD) return fail_at(p, place, "expected a name before '('");
    *out = (cn__value){.kind = CN_VALUE_CALL, .word = quoted ? name : cn__word_without_modules(name)};
    return read_items(p, ')', read_argument, out, &comma);
}

static cn_status read_parentheses(parser *p, cn__value *out)
{
    bool comma;
    *out = (cn__value){.kind = CN_VALUE_LIST};
    CN_TRY(read_items(p, ')', read_item, out, &comma));
    if (out->count == 1 && !comma) *out = out->items[0];
    return CN_OK;
}

static cn_status read_by_first_character(parser *p, cn__value *out)
{
    bool comma;
    switch (*p->at) {
    case '(': return read_parentheses(p, out);
    case '[': *out = (cn__value){.kind = CN_VALUE_LIST}; return read_items(p, ']', read_item, out, &comma);
    case '{': *out = (cn__value){.kind = CN_VALUE_MAP}; return read_items(p, '}', read_entry, out, &comma);
    default: return read_named(p, out);
    }
}

static cn_status read_value(parser *p, cn__value *out)
{
    skip_blanks(p);
    if (p->depth > MAX_DEPTH) return fail_at(p, p->at, "values nested more than 64 deep");
    p->depth++;
    CN_TRY(read_by_first_character(p, out));
    p->depth--;
    skip_blanks(p);
    return CN_OK;
}

cn_status cn__value_parse(cn__arena *arena, const char *text, cn__value *out)
{
    parser p = {.arena = arena, .text = text, .at = text};
    cn__value value = {0};
    CN_TRY(read_value(&p, &value));
    if (*p.at) return fail_expected(&p, "the end after a whole value");
    *out = value;
    return CN_OK;
}

cn_status cn__value_parse_list(cn__arena *arena, const char *text, cn__value *out)
{
    parser p = {.arena = arena, .text = text, .at = text};
    cn__value list = {.kind = CN_VALUE_LIST};
    bool comma;
    CN_TRY(read_items(&p, '\0', read_item, &list, &comma));
    *out = list;
    return CN_OK;
}

/* ---- looking things up ---- */

const char *cn__value_name(const cn__value *value)
{
    return value->kind == CN_VALUE_WORD || value->kind == CN_VALUE_CALL ? value->word : NULL;
}

const cn__value *cn__value_get(const cn__value *value, const char *name)
{
    if ((value->kind != CN_VALUE_CALL && value->kind != CN_VALUE_MAP) || !value->names) return NULL;
    for (size_t i = 0; i < value->count; i++)
        if (value->names[i] && strcmp(value->names[i], name) == 0) return &value->items[i];
    for (size_t i = 0; i < value->count && value->kind == CN_VALUE_CALL; i++)
        if (value->names[i] && cn__same_name(value->names[i], name)) return &value->items[i];
    return NULL;
}
