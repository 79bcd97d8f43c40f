/* Footnotes: [^name]. */
#include <stdlib.h>
#include <string.h>

#include "report/markdown/extra.h"

/* cmark-gfm numbers those of one text, from 1, and puts the definitions behind it in that order. */
cn_status cn__note_place(cn__document *d, cmark_node *node, int before, int *definitions)
{
    cn__extra *extra = cn__extra_new(d, CN_EXTRA_NOTE);
    const char *literal = cmark_node_get_literal(node);
    if (!extra) return CN_ERROR_MEMORY;
    const bool reference = cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_REFERENCE;
    extra->number = before + (reference ? atoi(literal ? literal : "1") : ++*definitions);
    cmark_node_set_user_data(node, extra);
    return CN_OK;
}

/* "[^name]: text" and the lines that follow up to an empty one, or that are indented. */
static const char *definition_end(const char *p)
{
    for (bool blank = false;;) {
        p += strcspn(p, "\n");
        if (!*p) return p;
        p++;
        const bool empty = *p == '\n' || !*p, indented = strncmp(p, "    ", 4) == 0;
        if ((blank && !indented && !empty) || !*p || strncmp(p, "[^", 2) == 0) return p;
        blank = empty;
    }
}

const char *cn__note_end(const char *p)
{
    const char *close = strncmp(p, "[^", 2) == 0 ? strstr(p, "]:") : NULL;
    return close && close < p + strcspn(p, "\n") ? definition_end(p) : NULL;
}

static void collect_notes(const char *text, cn__text *out)
{
    for (const char *p = text; *p;) {
        const char *end = cn__note_end(p);
        if (end) {
            cn__text_add_bytes(out, p, (size_t)(end - p));
            cn__text_add(out, "\n");
            p = end;
            continue;
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
}

cn_status cn__notes_collect(cn__document *d)
{
    enum { MOST_NOTES = 1 << 16 };
    cn__text notes = {0};
    for (size_t i = 0; i < d->report.block_count; i++)
        if (d->report.blocks[i].kind == CN_BLOCK_PROSE) collect_notes(d->report.blocks[i].text, &notes);
    const bool any = notes.size > 0 && notes.size <= MOST_NOTES;
    if (any && !notes.failed) d->notes = cn__arena_strdup(&d->arena, notes.data);
    const bool failed = notes.failed || (any && !d->notes);
    cn__text_free(&notes);
    return failed ? CN_ERROR_MEMORY : CN_OK;
}
