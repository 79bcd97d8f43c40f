#include "model/notation/notation_lines.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"

/* Where one of `marks` (or the end) stands outside brackets and quotes. */
static const char *find_mark(const char *p, const char *end, const char *marks)
{
    int depth = 0;
    char quote = 0;
    for (; p < end; p++) {
        if (quote) quote = *p == quote ? 0 : quote;
        else if (*p == '\'' || *p == '"') quote = *p;
        else if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p)) depth--;
        else if (depth <= 0 && strchr(marks, *p)) break;
    }
    return p;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && isspace((unsigned char)*p)) p++;
    return p;
}

void cn__line_to_call(const cn__lines *l, cn__text *call)
{
    const char *line = l->first, *end = l->last;
    const char *word = line;
    while (word < end && !isspace((unsigned char)*word) && *word != '(') word++;
    cn__text_add_bytes(call, line, (size_t)(word - line));
    const char *next = skip_space(word, end);
    if (next < end && *next == '(') {
        cn__text_add_bytes(call, next, (size_t)(end - next));
        return;
    }
    cn__text_add(call, "(");
    bool tight = false; /* a comma with no space behind it stays so: "0,3" differs from "0, 3" */
    for (bool first = true; next < end && !call->failed; first = false) {
        const char *stop = find_mark(next, end, " \t\r\n,");
        /* spaces around '=' stay inside one argument */
        bool joined = *next == '=' || (!first && call->data[call->size - 1] == '=');
        if (!first && !joined) cn__text_add(call, tight ? "," : ", ");
        cn__text_add_bytes(call, next, (size_t)(stop - next));
        next = skip_space(stop, end);
        tight =
            next == stop && next < end && *next == ',' && next + 1 < end && !isspace((unsigned char)next[1]);
        if (next < end && *next == ',') next = skip_space(next + 1, end);
    }
    cn__text_add(call, ")");
}

/* "dropout 0,3": a comma parts arguments, and no layer takes a 0 before another number. */
cn_status cn__line_check_comma(const cn__lines *l)
{
    const char *line = l->first, *end = l->last;
    for (const char *p = line + 1; p + 3 < end; p++)
        if (isspace((unsigned char)*p) && p[1] == '0' && p[2] == ',' && isdigit((unsigned char)p[3])) {
            int digits = 1;
            while (p + 3 + digits < end && isdigit((unsigned char)p[3 + digits])) digits++;
            return cn__fail(CN_ERROR_ARGUMENT, "0,%.*s, expected a point as the decimal mark: 0.%.*s", digits,
                            p + 3, digits, p + 3);
        }
    return CN_OK;
}

cn__lines cn__lines_of(const char *text)
{
    return (cn__lines){.at = text, .end = text + strlen(text), .next = 1};
}

bool cn__lines_next(cn__lines *l)
{
    while (l->at < l->end) {
        const char *stop = find_mark(l->at, l->end, "\n;#");
        l->first = skip_space(l->at, stop);
        l->last = stop;
        l->number = l->next;
        while (l->last > l->first && isspace((unsigned char)l->last[-1])) l->last--;
        if (stop < l->end && *stop == '#') stop += strcspn(stop, "\n");
        if (stop < l->end) stop++;
        for (; l->at < stop; l->at++) l->next += *l->at == '\n';
        if (l->last > l->first) return true;
    }
    return false;
}

cn__value *cn__line_value(cn__arena *arena, const cn__lines *l)
{
    cn__text text = {0};
    cn__line_to_call(l, &text);
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    if (text.failed || !value || cn__value_parse(arena, text.data, value) != CN_OK) value = NULL;
    cn__text_free(&text);
    return value;
}

bool cn__line_is(const cn__value *value, const char *name)
{
    const char *called = cn__value_name(value);
    return called && cn__same_name(called, name);
}

size_t cn__lines_count(cn__lines l)
{
    size_t count = 0;
    while (cn__lines_next(&l)) count++;
    return count;
}

/* ---- blocks ---------------------------------------------------------------------------------------------- */

static bool begins_with(const cn__lines *l, const char *word)
{
    const size_t size = strlen(word);
    return (size_t)(l->last - l->first) >= size && strncmp(l->first, word, size) == 0 &&
           (l->first + size == l->last || isspace((unsigned char)l->first[size]) || l->first[size] == '(');
}

bool cn__line_begins_block(const cn__lines *l) { return begins_with(l, "model"); }

cn_status cn__lines_block(cn__lines *l, cn__lines *block)
{
    const int number = l->number;
    int depth = 1;
    *block = *l;
    while (cn__lines_next(l)) {
        if (cn__line_begins_block(l)) depth++;
        else if (begins_with(l, "end") && --depth == 0) {
            block->end = l->first;
            return CN_OK;
        }
    }
    l->number = number;
    return cn__fail(CN_ERROR_ARGUMENT, "'%.*s' has no end; expected a line end behind its layers",
                    (int)(block->last - block->first > 60 ? 60 : block->last - block->first), block->first);
}

bool cn__lines_are_graph(cn__lines l)
{
    cn__arena arena = {0};
    cn__lines block;
    int inputs = 0;
    bool graph = false;
    while (!graph && cn__lines_next(&l)) {
        const cn__value *v = cn__line_value(&arena, &l);
        if (!v) break; /* whoever reads it says what is wrong */
        inputs += cn__line_is(v, "input");
        graph = inputs > 1 || cn__value_get(v, "from") || cn__line_is(v, "call") || cn__line_is(v, "outputs");
        if (!graph && cn__line_begins_block(&l) && cn__lines_block(&l, &block) != CN_OK) break;
    }
    cn__arena_free(&arena);
    return graph;
}
