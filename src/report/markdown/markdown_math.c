/* Formulas in Markdown: $…$ within a line, $$…$$ on a line of its own. cmark-gfm knows neither, and would take their
 * underscores and stars for emphasis: before it reads a text, each formula becomes a mark, and the marks in the tree become
 * formulas again. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/document.h"
#include "report/markdown/markdown_memory.h"

#define OPEN_MARK "\uE000" /* of the private use area: such characters of the text itself are left out */
#define CLOSE_MARK "\uE001"

enum { MOST_FORMULA = 4000, MARK_SIZE = 3 };

/* ---- where formulas stand ---------------------------------------------------------------------------------------- */

/* Behind the closing dollars; NULL where those at p open no formula: a price, or none that closes. */
static const char *find_close(const char *p, size_t dollars)
{
    const char *begin = p + dollars;
    if (dollars == 1 && (isspace((unsigned char)*begin) || !*begin)) return NULL;
    for (const char *q = begin; *q && q - p < MOST_FORMULA; q++) {
        if (*q == '\\' && q[1]) q++;
        else if (*q == '\n' && cn__ends_paragraph(q)) return NULL;
        else if (*q == '$' && dollars == 2 && q[1] == '$') return q > begin ? q + 2 : NULL;
        else if (*q == '$' && dollars == 1) {
            const bool closes = q > begin && !isspace((unsigned char)q[-1]) && !isdigit((unsigned char)q[1]);
            return closes ? q + 1 : NULL;
        }
    }
    return NULL;
}

/* An address behind "](" is no place for formulas. */
static const char *address_end(const char *p)
{
    const char *q = p + 2;
    while (*q && *q != ')' && *q != '\n' && *q != ' ') q++;
    return q;
}

/* Is p the beginning of a line of code? */
static bool begins_code(cn__formula_scan *s, const char *p)
{
    if (!s->code || (p > s->text && p[-1] != '\n')) return false;
    for (; s->counted < p; s->counted++) s->line += *s->counted == '\n';
    return s->code[s->line + 1];
}

/* What is behind a piece of text that holds no formula. */
static const char *pass(const char *p)
{
    if (*p == '\\' && p[1]) return p + 2;
    if (*p == '`') return cn__code_span_end(p);
    return p[0] == ']' && p[1] == '(' ? address_end(p) : p + 1;
}

bool cn__formula_next(cn__formula_scan *s, cn__formula_span *out)
{
    for (const char *p = s->at; *p;) {
        if (begins_code(s, p)) {
            p += strcspn(p, "\n");
            p += *p == '\n';
        } else if (*p != '$') {
            p = pass(p);
        } else {
            const size_t dollars = p[1] == '$' ? 2 : 1;
            const bool inside = p > s->text && isalnum((unsigned char)p[-1]);
            const char *close = inside ? NULL : find_close(p, dollars);
            if (close) {
                *out = (cn__formula_span){p, close, p + dollars, (size_t)(close - p) - 2 * dollars,
                                          dollars == 2};
                s->at = close;
                return true;
            }
            p += strspn(p, "$");
        }
    }
    return false;
}

cn__formula_scan cn__formula_scan_of(cn__arena *arena, const char *text)
{
    const bool any = strchr(text, '$') != NULL;
    return (cn__formula_scan){
        .text = text, .at = text, .counted = text, .code = any ? cn__code_lines(arena, text) : NULL};
}

/* ---- marks, and back ------------------------------------------------------------------------------------------------ */

/* Without the characters that are marks here. */
static void add_unmarked(cn__text *out, const char *p, const char *end)
{
    while (p < end) {
        const bool mark = end - p >= MARK_SIZE &&
                          (memcmp(p, OPEN_MARK, MARK_SIZE) == 0 || memcmp(p, CLOSE_MARK, MARK_SIZE) == 0);
        if (!mark) cn__text_add_bytes(out, p, 1);
        p += mark ? MARK_SIZE : 1;
    }
}

cn_status cn__formulas_mark(cn__arena *arena, const char *text, cn__text *out, cn__formula_spans *spans)
{
    cn__formula_scan scan = cn__formula_scan_of(arena, text);
    cn__formula_span span;
    const char *copied = text;
    *spans = (cn__formula_spans){0};
    cn__text_add(out, "");
    while (cn__formula_next(&scan, &span)) {
        if ((spans->count & (spans->count - 1)) == 0) {
            cn__formula_span *more =
                cn__arena_array(arena, spans->count ? 2 * spans->count : 1, sizeof *more);
            if (!more) return CN_ERROR_MEMORY;
            if (spans->count) memcpy(more, spans->items, spans->count * sizeof *more);
            spans->items = more;
        }
        add_unmarked(out, copied, span.begin);
        cn__text_printf(out, OPEN_MARK "%zu" CLOSE_MARK, spans->count);
        spans->items[spans->count++] = span;
        copied = span.end;
    }
    add_unmarked(out, copied, copied + strlen(copied));
    return out->failed ? cn__fail_memory(strlen(text), "Markdown") : CN_OK;
}

/* What could not be read stays as it was written, as code, its beginning where it is long: Pango takes seconds to break a
 * word of 100 KB into lines. */
static const char *shown_source(cn__arena *arena, const cn__formula_span *span)
{
    enum { MOST_SHOWN = 1000 };
    size_t size = span->size > MOST_SHOWN ? MOST_SHOWN : span->size;
    while (size && size < span->size && ((unsigned char)span->tex[size] & 0xC0) == 0x80) size--;
    return cn__arena_format(arena, "%.*s%s", (int)size, span->tex, size < span->size ? "…" : "");
}

static cn_status formula_node(cn__arena *arena, const cn__formula_span *span, cmark_node **out)
{
    cn__extra *extra = cn__arena_alloc(arena, sizeof *extra);
    char *tex = cn__arena_format(arena, "%.*s", (int)span->size, span->tex);
    if (!extra || !tex) return CN_ERROR_MEMORY;
    *extra = (cn__extra){.kind = CN_EXTRA_FORMULA, .text = tex, .display = span->display};
    const bool read = cn__formula_read(arena, span->tex, span->size, &extra->formula) == CN_OK;
    /* Code may stand wherever text does, in cells of tables, too. */
    const char *shown = read ? "" : shown_source(arena, span);
    if (!shown) return CN_ERROR_MEMORY;
    CN_TRY(cn__markdown_leaf(CMARK_NODE_CODE, shown, out));
    if (read) cmark_node_set_user_data(*out, extra);
    return CN_OK;
}

cn_status cn__formulas_place(cn__arena *arena, cmark_node *text, const cn__formula_spans *spans)
{
    const char *p = cmark_node_get_literal(text);
    for (const char *open; spans->count && p && (open = strstr(p, OPEN_MARK));) {
        char *end;
        const size_t index = strtoul(open + MARK_SIZE, &end, 10);
        if (index >= spans->count || strncmp(end, CLOSE_MARK, MARK_SIZE) != 0) break;
        cmark_node *formula;
        CN_TRY(cn__text_node_before(arena, text, p, (size_t)(open - p)));
        CN_TRY(formula_node(arena, &spans->items[index], &formula));
        cmark_node_insert_before(text, formula);
        p = end + MARK_SIZE;
    }
    return p && p != cmark_node_get_literal(text) ? cn__text_node_keep(arena, text, p) : CN_OK;
}
