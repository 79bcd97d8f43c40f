/* Where a Markdown text is code: what stands there is neither a formula nor a value. */
#include <string.h>

#include "report/document.h"
#include "report/markdown/markdown_memory.h"
#include "report/markdown/markdown_walk.h"

enum { MOST_SPAN = 20000 }; /* bytes of a code span */

bool cn__ends_paragraph(const char *newline)
{
    const char *p = newline + 1 + strspn(newline + 1, " \t");
    return *p == '\n' || !*p;
}

const char *cn__code_span_end(const char *p)
{
    size_t n = strspn(p, "`");
    for (const char *q = p + n; *q && q - p < MOST_SPAN;) {
        q += strcspn(q, "`\n");
        if (*q == '\n' && cn__ends_paragraph(q)) break;
        size_t marks = strspn(q, "`");
        if (marks == n) return q + n;
        q += marks ? marks : *q != 0;
    }
    return p + n;
}

const bool *cn__code_lines(cn__arena *arena, const char *text)
{
    size_t count = 2;
    for (const char *p = text; *p; p++) count += *p == '\n';
    bool *code = cn__arena_array(arena, count + 1, sizeof *code);
    cmark_node *root;
    if (!code || cn__markdown_tree(text, strlen(text), &root) != CN_OK) return NULL;
    for (cn__walk w = cn__walk_begin(root); cn__walk_next(&w);) {
        if (cmark_node_get_type(w.node) != CMARK_NODE_CODE_BLOCK) continue;
        const size_t last = (size_t)cmark_node_get_end_line(w.node);
        for (size_t i = (size_t)cmark_node_get_start_line(w.node); i <= last && i < count; i++)
            code[i] = true;
    }
    cmark_node_free(root);
    return code;
}
