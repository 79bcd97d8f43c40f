/* The words behind a statement's name to a call: "a, b epochs=5" to NAME([a, b], epochs=5). */
#include <ctype.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/language/statement_make.h"

const char *cn__quoted_end(const char *p)
{
    const char quote = *p++;
    while (*p && *p != '\n' && *p != quote) p += *p == '\\' && p[1] && p[1] != '\n' ? 2 : 1;
    return *p == quote ? p + 1 : p;
}

static bool is_quote(char c) { return c == '"' || c == '\''; }

const char *cn__argument_end(const char *p)
{
    int depth = 0;
    while (*p && (depth > 0 || !(isspace((unsigned char)*p) || *p == ','))) {
        if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p)) depth--;
        p = is_quote(*p) ? cn__quoted_end(p) : p + 1;
    }
    return p;
}

/* Does "name=" begin at p? Its length, or 0. */
static size_t name_length(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_') n++;
    size_t space = strspn(p + n, " \t");
    return n && p[n + space] == '=' && p[n + space + 1] != '=' ? n + space + 1 : 0;
}

/* What a text or a share looks like elsewhere. `end`: of the line's rest. */
static cn_status check_marks(const char *begin, const char *end)
{
    static const char *const marks[] = {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x98",
                                        "\xC2\xAB"}; /* “ ” ‘ « */
    int size = (int)(end - begin);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(begin, marks[i], strlen(marks[i])) == 0)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "%.*s begins with %s, expected a text in straight quotes: \"…\"", size, begin,
                            marks[i]);
    char *number_end;
    double number = cn__strtod(begin, &number_end);
    if (number_end > begin && number_end + 1 == end && *number_end == '%')
        return cn__fail(CN_ERROR_ARGUMENT, "%.*s, expected a share, as in %g", size, begin, number / 100);
    return CN_OK;
}

/* "epochs:5", as in other languages. */
static cn_status check_colon(const cn__statement_kind *kind, const char *begin, const char *end)
{
    char name[40];
    const char *colon = memchr(begin, ':', (size_t)(end - begin));
    if (!colon) return CN_OK;
    cn__format(name, sizeof name, "%.*s", (int)(colon - begin < 39 ? colon - begin : 39), begin);
    for (size_t i = 0; i < kind->param_count; i++)
        if (cn__same_name(kind->params[i].name, name))
            return cn__fail(CN_ERROR_ARGUMENT, "%s: '%.*s', expected %s=%.*s", kind->name, (int)(end - begin),
                            begin, kind->params[i].name, (int)(end - colon - 1), colon + 1);
    return CN_OK;
}

/* A value as written; what is no word of the notation by itself (a path, say) is a word here. */
static cn_status parse_argument(cn__arena *arena, const char *begin, const char *end, cn__value *out)
{
    char *text = cn__arena_format(arena, "%.*s", (int)(end - begin), begin);
    if (!text) return CN_ERROR_MEMORY;
    bool plain = !strpbrk(text, "()[]{}\"'=") && strpbrk(text, "./-:~") && !isdigit((unsigned char)*text) &&
                 *text != '-' && *text != '.';
    if (plain || (*text == '.' && text[1] == '/')) {
        *out = (cn__value){.kind = CN_VALUE_WORD, .word = text};
        return CN_OK;
    }
    return cn__value_parse(arena, text, out);
}

static cn_status grow(cn__statement_call *b, size_t most)
{
    b->call.items = cn__arena_array(b->arena, most, sizeof *b->call.items);
    b->call.names = cn__arena_array(b->arena, most, sizeof *b->call.names);
    b->models = (cn__value){.kind = CN_VALUE_LIST};
    b->models.items = cn__arena_array(b->arena, most, sizeof *b->models.items);
    return b->call.items && b->call.names && b->models.items ? CN_OK : CN_ERROR_MEMORY;
}

/* Words in front are models while the statement takes any. */
static bool is_model(const cn__statement_call *b, const cn__statement_kind *kind, const cn__value *value,
                     const char *name)
{
    size_t most = kind->takes == CN_TAKES_NONE ? 0 : kind->takes == CN_TAKES_ONE ? 1 : SIZE_MAX;
    if (name || value->kind != CN_VALUE_WORD || b->models.count >= most) return false;
    for (size_t i = 1; i < b->call.count; i++)
        if (!b->call.names[i]) return false; /* behind another plain argument */
    return true;
}

/* "0,25": the comma parts two arguments, which nobody meant who wrote the first with its name. */
static cn_status check_comma(const cn__statement_call *b, const cn__statement_kind *kind, const char *line,
                             const char *p, const char *end)
{
    if (p - line < 2 || p[-1] != ',' || !isdigit((unsigned char)p[-2]) || !isdigit((unsigned char)*p))
        return CN_OK;
    const char *name = b->call.count ? b->call.names[b->call.count - 1] : NULL;
    size_t whole = 0;
    while (isdigit((unsigned char)p[-2 - (ptrdiff_t)whole])) whole++;
    const char *first = p - 1 - whole;
    if (!name) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: %s=%.*s, expected a point as the decimal mark: %.*s.%.*s",
                    kind->name, name, (int)(end - first), first, (int)whole, first, (int)(end - p), p);
}

cn_status cn__read_arguments(cn__statement_call *b, const cn__statement_kind *kind, const char *p)
{
    const char *line = p;
    CN_TRY(grow(b, strlen(p) + 2));
    bool takes = kind->takes != CN_TAKES_NONE, ints = kind->verb == CN_VERB_DATASET_RESHAPE;
    b->call.count = takes || ints; /* the first argument is the list of models, or the shape */
    while (*(p += strspn(p, " \t\r,"))) {
        size_t n = name_length(p);
        const char *name = n ? cn__arena_format(b->arena, "%.*s", (int)strcspn(p, " \t="), p) : NULL;
        p += n ? n + strspn(p + n, " \t") : 0;
        const char *end = cn__argument_end(p);
        cn__value value;
        if (!n && !ints) CN_TRY(check_comma(b, kind, line, p, end));
        if (!n) CN_TRY(check_colon(kind, p, end));
        CN_TRY(check_marks(p, end));
        if (end == p)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: '%s=' has no value", kind->name, name ? name : "");
        CN_TRY(parse_argument(b->arena, p, end, &value));
        bool model = ints ? !name : is_model(b, kind, &value, name);
        if (model) b->models.items[b->models.count++] = value;
        else b->call.names[b->call.count] = name, b->call.items[b->call.count++] = value;
        p = end;
    }
    if (takes || ints) b->call.items[0] = b->models;
    return CN_OK;
}
