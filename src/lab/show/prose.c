/* Prose with {{…}}: where one stands, and where braces stay because they are code. */
#include "lab/show/prose.h"

#include <string.h>

#include "base/text/text.h"
#include "lab/language/expression.h"
#include "lab/language/catalogue.h"
#include "lab/show/citations.h"
#include "report/document.h"

enum { MOST_EXPRESSION = 2000, MOST_SHOWN = 120 }; /* bytes */

/* Where "}}" stands outside quotes in this paragraph before another "{{", or NULL. */
static const char *find_close(const char *p)
{
    char quote = 0;
    for (const char *begin = p; *p && p - begin < MOST_EXPRESSION; p++) {
        if (quote) quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'') quote = *p;
        else if (p[0] == '}' && p[1] == '}') return p;
        else if (p[0] == '{' && p[1] == '{') return NULL;
        if (*p == '\n' && cn__ends_paragraph(p)) return NULL;
    }
    return NULL;
}

typedef struct prose {
    cn__scope scope;
    const char *counted; /* lines up to here are in `line` */
    size_t line;         /* from 1 */
    cn__mistakes *mistakes;
    bool reported; /* the last failure follows from a mistake that was reported */
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
    x->reported = false;
    cn_status status = close ? cn__expression(&x->scope, p + 2, close, x->out)
                             : cn__fail(CN_ERROR_ARGUMENT, "a closing }} is missing");
    int shown = (int)(end - p > MOST_SHOWN ? MOST_SHOWN : end - p);
    if (status != CN_OK && x->mistakes && !x->reported)
        cn__mistakes_add(x->mistakes, first + line_of(x, p) - 1, "%.*s: %s", shown, p, cn_error());
    else if (status != CN_OK && !x->mistakes)
        cn__text_add(x->out, cn__catalogue((cn__language)x->scope.program->language, CN_MSG_NOT_RUN));
    return end;
}

void cn__expand(const cn__program *program, size_t part, const char *text, size_t line,
                cn__mistakes *mistakes, cn__text *out)
{
    cn__arena arena = {0};
    prose x = {.scope = {.program = program, .arena = &arena, .part = part, .checking = mistakes != NULL},
               .counted = text,
               .line = 1,
               .mistakes = mistakes,
               .out = out};
    x.scope.reported = &x.reported;
    const bool *code = strstr(text, "{{") || program->citations ? cn__code_lines(&arena, text) : NULL;
    const char *copied = text;
    for (const char *p = text; *p;) {
        if (code && (p == text || p[-1] == '\n') && code[line_of(&x, p)]) {
            p += strcspn(p, "\n");
            p += *p == '\n';
        } else if (p[0] == '\\' && p[1] == '{' && p[2] == '{') {
            cn__text_add_bytes(out, copied, (size_t)(p - copied));
            copied = p + 1;
            p += 3;
        } else if (*p == '`') p = cn__code_span_end(p);
        else if (p[0] == '{' && p[1] == '{') {
            cn__text_add_bytes(out, copied, (size_t)(p - copied));
            copied = p = expand_at(&x, p, line);
        } else if (program->citations && (*p == '@' || *p == '[')) {
            const char *end;
            cn__text cited = {0};
            const cn_status status = cn__cite(program, text, p, &end, &cited);
            if (status != CN_OK && mistakes)
                cn__mistakes_add(mistakes, line + line_of(&x, p) - 1, "%.*s: %s", (int)(end - p), p,
                                 cn_error());
            if (end > p && status == CN_OK) {
                cn__text_add_bytes(out, copied, (size_t)(p - copied));
                cn__text_add(out, cited.failed ? "" : cited.data);
                out->failed = out->failed || cited.failed;
                copied = end;
            }
            cn__text_free(&cited);
            p = end > p ? end : p + 1;
        } else p++;
    }
    cn__text_add(out, copied);
    cn__arena_free(&arena);
}
