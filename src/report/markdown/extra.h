/* The inside of what Markdown has beyond cmark-gfm: each file finds its kind of node and notes what it is. */
#ifndef CN_REPORT_MARKDOWN_EXTRA_H
#define CN_REPORT_MARKDOWN_EXTRA_H

#include "report/document.h"
#include "report/markdown/markdown.h"

/* NULL when out of memory. */
static inline cn__extra *cn__extra_new(cn__document *d, cn__extra_kind kind)
{
    cn__extra *extra = cn__arena_alloc(&d->arena, sizeof *extra);
    if (extra) extra->kind = kind;
    return extra;
}

/* markdown_pictures.c: an image that is all of its paragraph is a figure with a number. */
CN_CHECK cn_status cn__picture_place(cn__document *document, cmark_node *image);
void cn__picture_look(const cn__markdown_watch *watch, cmark_node *image);

/* markdown_references.c */
CN_CHECK cn_status cn__references_place(cn__document *document, cmark_node *text);
void cn__references_look(const cn__markdown_watch *watch, cmark_node *text);

/* markdown_callouts.c */
CN_CHECK cn_status cn__callout_place(cn__document *document, cmark_node *quote);

/* markdown_notes.c: `before` footnotes stand in earlier texts; *definitions counts those of this one. */
CN_CHECK cn_status cn__note_place(cn__document *document, cmark_node *node, int before, int *definitions);

#endif
