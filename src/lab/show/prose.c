/* Prose with {{…}}: where one stands, and where braces stay because they are code. */
#include "lab/show/prose.h"

#include <cmark-gfm.h>
#include <string.h>

#include "base/text.h"
#include "lab/language/expression.h"
#include "lab/language/words.h"

enum { MOST_EXPRESSION = 2000, MOST_SPAN = 20000, MOST_SHOWN = 120 }; /* bytes */

/* Is the line that begins behind this newline empty? It ends the paragraph. */
static bool ends_paragraph(const char *newline)
{
    const char *p = newline + 1 + strspn(newline + 1, " \t");
    return *p == '\n' || !*p;
}

/* Where "}}" stands outside quotes in this paragraph before another "{{", or NULL. */
static const char *find_close(const char *p)
{
    char quote = 0;
    for (const char *begin = p; *p && p - begin < MOST_EXPRESSION; p++) {
        if (quote) quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'') quote = *p;
        else if (p[0] == '}' && p[1] == '}') return p;
        else if (p[0] == '{' && p[1] == '{') return NULL;
        if (*p == '\n' && ends_paragraph(p)) return NULL;
    }
    return NULL;
}

/* A code span: from its backticks to the same number of them in this paragraph; without those they stand for
 * themselves. */
static const char *code_span_end(const char *p)
{
    size_t n = strspn(p, "`");
    for (const char *q = p + n; *q && q - p < MOST_SPAN;) {
        q += strcspn(q, "`\n");
        if (*q == '\n' && ends_paragraph(q)) break;
        size_t marks = strspn(q, "`");
        if (marks == n) return q + n;
        q += marks ? marks : *q != 0;
    }
    return p + n;
}

/* Which lines of a Markdown text are code, fenced or indented: what stands there stays. NULL: none, or no memory. */
static const bool *find_code(cn__arena *arena, const char *text)
{
    size_t count = 2;
    for (const char *p = text; *p; p++) count += *p == '\n';
    bool *code = strstr(text, "{{") ? cn__arena_array(arena, count + 1, sizeof *code) : NULL;
    cmark_node *root = code ? cmark_parse_document(text, strlen(text), CMARK_OPT_DEFAULT) : NULL;
    cmark_iter *iter = root ? cmark_iter_new(root) : NULL;
    while (iter && cmark_iter_next(iter) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK) continue;
        size_t last = (size_t)cmark_node_get_end_line(node);
        for (size_t i = (size_t)cmark_node_get_start_line(node); i <= last && i < count; i++) code[i] = true;
    }
    if (iter) cmark_iter_free(iter);
    if (root) cmark_node_free(root);
    return code;
}

typedef struct prose {
    cn__reach reach;
    const char *counted; /* lines up to here are in `line` */
    size_t line;         /* from 1 */
    cn__mistakes *mistakes;
    bool told; /* the last failure follows from a mistake that was told */
    cn__text *out;
} prose;

static size_t line_of(prose *x, const char *p)
{
    for (; x->counted < p; x->counted++) x->line += *x->counted == '\n';
    return x->line;
}

/* Bytes to the end of the line, or of what an expression may take. */
static size_t rest_of_line(const char *p)
{
    size_t n = 0;
    while (n < MOST_EXPRESSION && p[n] && p[n] != '\n') n++;
    return n;
}

/* What stands at p: "{{". Returns what is behind it; of one that is not closed the line is. `first`: the line of the prose's
 * first. */
static const char *expand_at(prose *x, const char *p, size_t first)
{
    const char *close = find_close(p + 2), *end = close ? close + 2 : p + 2 + rest_of_line(p + 2);
    x->told = false;
    cn_status status = close ? cn__expression(&x->reach, p + 2, close, x->out)
                             : cn__fail(CN_ERROR_ARGUMENT, "there is no }} to it");
    int shown = (int)(end - p > MOST_SHOWN ? MOST_SHOWN : end - p);
    if (status != CN_OK && x->mistakes && !x->told)
        cn__mistakes_add(x->mistakes, first + line_of(x, p) - 1, "%.*s: %s", shown, p, cn_error());
    else if (status != CN_OK && !x->mistakes)
        cn__text_add(x->out, cn__words((cn__language)x->reach.program->language, CN_WORD_NOT_RUN));
    return end;
}

void cn__expand(const cn__program *program, size_t part, const char *text, size_t line,
                cn__mistakes *mistakes, cn__text *out)
{
    cn__arena arena = {0};
    prose x = {.reach = {.program = program, .arena = &arena, .part = part, .checking = mistakes != NULL},
               .counted = text,
               .line = 1,
               .mistakes = mistakes,
               .out = out};
    x.reach.told = &x.told;
    const bool *code = find_code(&arena, text);
    const char *copied = text;
    for (const char *p = text; *p;) {
        if (code && (p == text || p[-1] == '\n') && code[line_of(&x, p)]) {
            p += strcspn(p, "\n");
            p += *p == '\n';
        } else if (p[0] == '\\' && p[1] == '{' && p[2] == '{') {
            cn__text_add_bytes(out, copied, (size_t)(p - copied));
            copied = p + 1;
            p += 3;
        } else if (*p == '`') p = code_span_end(p);
        else if (p[0] == '{' && p[1] == '{') {
            cn__text_add_bytes(out, copied, (size_t)(p - copied));
            copied = p = expand_at(&x, p, line);
        } else p++;
    }
    cn__text_add(out, copied);
    cn__arena_free(&arena);
}
