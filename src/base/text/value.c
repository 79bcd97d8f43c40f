/* The parser and the printer of the notation. What one reads, the other writes: the printer puts
 * into quotes whatever the parser would take for something else. Grammar, blanks anywhere:
 *   value = name | name '(' arguments ')' | '[' values ']' | '(' values ')' | '{' key ':' value, … '}'
 * A name is quoted, or bare: letters, digits, _ - + . / and everything beyond ASCII. */
#include "base/text/value.h"

#include <math.h>
#include <string.h>

#include "base/text/text.h"

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

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool is_bare(char c)
{
    return is_digit(c) || is_letter(c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr("_-+./", c));
}

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

typedef enum number_form { NOT_A_NUMBER, INTEGER, DECIMAL } number_form;

/* Skips digits; 10_000 may be written as in Python. */
static const char *skip_digits(const char *at)
{
    while (is_digit(*at) || (*at == '_' && is_digit(at[-1]) && is_digit(at[1]))) at++;
    return at;
}

static number_form form_of(const char *word)
{
    const char *at = word + (*word == '-' || *word == '+');
    bool point = *at == '.';
    if (!is_digit(at[point])) return NOT_A_NUMBER;
    number_form form = INTEGER;
    if (!point) at = skip_digits(at);
    if (*at == '.') {
        form = DECIMAL;
        at++;
        if (is_digit(*at)) at = skip_digits(at);
    }
    if (*at == 'e' || *at == 'E') {
        form = DECIMAL;
        at += 1 + (at[1] == '-' || at[1] == '+');
        if (!is_digit(*at)) return NOT_A_NUMBER;
        at = skip_digits(at);
    }
    return *at ? NOT_A_NUMBER : form;
}

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

static const struct {
    const char *word;
    cn__value value;
} constants[] = {
    {"true", {.kind = CN_VALUE_BOOL, .boolean = true}},
    {"True", {.kind = CN_VALUE_BOOL, .boolean = true}},
    {"false", {.kind = CN_VALUE_BOOL}},
    {"False", {.kind = CN_VALUE_BOOL}},
    {"none", {.kind = CN_VALUE_NONE}},
    {"None", {.kind = CN_VALUE_NONE}},
    {"null", {.kind = CN_VALUE_NONE}},
    {"inf", {.kind = CN_VALUE_FLOAT, .number = INFINITY}},
    {"-inf", {.kind = CN_VALUE_FLOAT, .number = -INFINITY}},
    {"Infinity", {.kind = CN_VALUE_FLOAT, .number = INFINITY}},
    {"-Infinity", {.kind = CN_VALUE_FLOAT, .number = -INFINITY}},
    {"nan", {.kind = CN_VALUE_FLOAT, .number = NAN}},
    {"NaN", {.kind = CN_VALUE_FLOAT, .number = NAN}},
};

static const cn__value *constant_called(const char *word)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(word, constants[i].word) == 0) return &constants[i].value;
    return NULL;
}

static cn_status read_number(parser *p, const char *place, const char *word, number_form form, cn__value *out)
{
    char *digits = cn__arena_strdup(p->arena, word), *to = digits;
    if (!digits) return CN_ERROR_MEMORY;
    for (const char *from = word; *from; from++)
        if (*from != '_') *to++ = *from;
    *to = '\0';
    if (form == INTEGER) {
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
    const cn__value *constant = constant_called(word);
    if (constant) {
        *out = *constant;
        return CN_OK;
    }
    number_form form = form_of(word);
    if (form != NOT_A_NUMBER) return read_number(p, place, word, form, out);
    *out = (cn__value){.kind = CN_VALUE_WORD, .word = word};
    return CN_OK;
}

static const char escapes[] = "n\nt\tr\r\\\\''\"\"";

/* The character that \c stands for, or '\0': then the backslash stands for itself, as in Python. */
static char unescaped(char c)
{
    for (const char *pair = escapes; *pair; pair += 2)
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
        while (is_bare(*p->at)) p->at++;
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
        while (is_bare(*at)) at++;
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
    } else if (b->count && b->names[b->count - 1] && !is_letter(*place)) {
        bool comma = is_digit(place[0]) && place[-1] == ',' && is_digit(place[-2]); /* "0,001" */
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

/* `keras.optimizers.Adam(…)` is Adam(…): where a name is called, the modules before it say nothing. */
static const char *without_modules(const char *name)
{
    const char *point = strrchr(name, '.');
    return point && is_letter(point[1]) ? point + 1 : name;
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
    *out = (cn__value){.kind = CN_VALUE_CALL, .word = quoted ? name : without_modules(name)};
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

/* ---- the printer ---- */

static void print_quoted(cn__text *text, const char *word)
{
    cn__text_add(text, "'");
    for (; *word; word++) {
        char escaped[3] = {'\\', '\0', '\0'};
        for (const char *pair = escapes; *pair; pair += 2)
            if (pair[1] == *word && *word != '"') escaped[1] = *pair;
        cn__text_add_bytes(text, escaped[1] ? escaped : word, escaped[1] ? 2 : 1);
    }
    cn__text_add(text, "'");
}

static void print_key(cn__text *text, const char *key)
{
    const char *at = key;
    while (is_bare(*at)) at++;
    if (at > key && !*at) cn__text_add(text, key);
    else print_quoted(text, key);
}

static void print_word(cn__text *text, const char *word, bool called)
{
    bool taken =
        constant_called(word) || form_of(word) != NOT_A_NUMBER || (called && without_modules(word) != word);
    if (taken) print_quoted(text, word);
    else print_key(text, word);
}

/* The fewest of 15 to 17 digits that read back as the same number; always with a point or an exponent. */
static void print_float(cn__text *text, double number)
{
    if (!isfinite(number)) {
        cn__text_add(text, isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        cn__format(digits, sizeof digits, "%.*g", precision, number);
        if (cn__strtod(digits, NULL) == number) break;
    }
    cn__text_add(text, digits);
    if (!strpbrk(digits, ".e")) cn__text_add(text, ".0");
}

static void print_value(cn__text *text, const cn__value *value);

static void print_items(cn__text *text, const cn__value *value, const char *marks, const char *between)
{
    cn__text_add_bytes(text, marks, 1);
    for (size_t i = 0; i < value->count; i++) {
        if (i) cn__text_add(text, ", ");
        if (between && value->names && value->names[i]) {
            print_key(text, value->names[i]);
            cn__text_add(text, between);
        }
        print_value(text, &value->items[i]);
    }
    cn__text_add_bytes(text, marks + 1, 1);
}

static void print_value(cn__text *text, const cn__value *value)
{
    switch (value->kind) {
    case CN_VALUE_NONE: cn__text_add(text, "none"); break;
    case CN_VALUE_BOOL: cn__text_add(text, value->boolean ? "true" : "false"); break;
    case CN_VALUE_INT: cn__text_printf(text, "%lld", (long long)value->integer); break;
    case CN_VALUE_FLOAT: print_float(text, value->number); break;
    case CN_VALUE_WORD: print_word(text, value->word, false); break;
    case CN_VALUE_LIST: print_items(text, value, "[]", NULL); break;
    case CN_VALUE_MAP: print_items(text, value, "{}", ": "); break;
    case CN_VALUE_CALL:
        print_word(text, value->word, true);
        print_items(text, value, "()", "=");
        break;
    }
}

char *cn__value_text(cn__arena *arena, const cn__value *value)
{
    cn__text text = {0};
    print_value(&text, value);
    if (text.failed) (void)cn__fail_memory(text.capacity, "the text of a value");
    char *copy = text.failed ? NULL : cn__arena_strdup(arena, text.data);
    cn__text_free(&text);
    return copy;
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
