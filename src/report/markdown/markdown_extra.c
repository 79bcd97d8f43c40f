/* A text to cmark-gfm's tree, whose nodes get what it does not know of: pictures with their widths, formulas, references to
 * figures and tables, callouts and footnotes. */
#include <string.h>

#include "report/markdown/extra.h"
#include "report/markdown/markdown_walk.h"

/* In turn: a step changes the nodes that the next one looks at. */
typedef enum step { NOTES, IMAGES, FORMULAS, REFERENCES, CALLOUTS, STEPS } step;

static bool is_of(step now, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_FOOTNOTE_REFERENCE:
    case CMARK_NODE_FOOTNOTE_DEFINITION: return now == NOTES;
    case CMARK_NODE_IMAGE: return now == IMAGES;
    case CMARK_NODE_TEXT: return now == FORMULAS || now == REFERENCES;
    case CMARK_NODE_BLOCK_QUOTE: return now == CALLOUTS;
    default: return false;
    }
}

/* The list stands still while nodes come and go. */
static cn_status list_nodes(cn__document *d, cmark_node *tree, step now, cmark_node ***out, size_t *count)
{
    for (int pass = 0; pass < 2; pass++) {
        *count = 0;
        for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);) {
            if (w.event != CMARK_EVENT_ENTER || !is_of(now, w.node)) continue;
            if (pass) (*out)[*count] = w.node;
            ++*count;
        }
        if (!pass) *out = cn__arena_array(&d->arena, *count + 1, sizeof **out);
        if (!*out) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status place_one(cn__document *d, step now, cmark_node *node, const cn__formula_spans *spans,
                           int *notes)
{
    switch (now) {
    case NOTES: return cn__note_place(d, node, d->note_count, notes);
    case IMAGES: return cn__picture_place(d, node);
    case FORMULAS: return cn__formulas_place(&d->arena, node, spans);
    case REFERENCES: return cn__references_place(d, node);
    case CALLOUTS: return cn__callout_place(d, node);
    case STEPS: break;
    }
    return CN_OK;
}

static cn_status place_all(cn__document *d, cmark_node *tree, const cn__formula_spans *spans)
{
    cmark_node **nodes = NULL;
    size_t count;
    int notes = 0;
    for (step now = 0; now < STEPS; now++) {
        CN_TRY(list_nodes(d, tree, now, &nodes, &count));
        for (size_t i = 0; i < count; i++) CN_TRY(place_one(d, now, nodes[i], spans, &notes));
    }
    d->note_count += notes;
    return CN_OK;
}

/* Where footnotes are referred to, the whole document's definitions stand behind the text. */
static cn_status mark(cn__document *d, const char *text, cn__text *marked, cn__formula_spans *spans)
{
    cn__text whole = {0};
    size_t line;
    if (cn__markdown_check(text, strlen(text), &line) != CN_OK)
        return cn__fail_in("line %zu of a text", line);
    const bool notes = d->notes && strstr(text, "[^");
    cn__text_add(&whole, text);
    if (notes) cn__text_printf(&whole, "\n\n%s", d->notes);
    const char *copy = whole.failed ? NULL : cn__arena_strdup(&d->arena, whole.data);
    cn__text_free(&whole);
    return copy ? cn__formulas_mark(&d->arena, copy, marked, spans) : CN_ERROR_MEMORY;
}

cn_status cn__markdown_read(cn__document *d, const char *text, cmark_node **out)
{
    cn__text marked = {0};
    cn__formula_spans spans;
    *out = NULL;
    cn_status status = mark(d, text, &marked, &spans);
    if (status == CN_OK) status = cn__markdown_parse(marked.data, out);
    cn__text_free(&marked);
    return status == CN_OK ? place_all(d, *out, &spans) : status;
}

/* ---- before anything runs ----------------------------------------------------------------------------------------------------------- */

static cn_status look_at_formulas(const char *text, const cn__markdown_watch *watch, cn__arena *arena,
                                  cn__text *marked)
{
    cn__formula_spans spans;
    const char *counted = text;
    size_t line = 0;
    CN_TRY(cn__formulas_mark(arena, text, marked, &spans));
    for (size_t i = 0; i < spans.count; i++) {
        enum { SHOWN = 80 };
        const cn__formula_span *span = &spans.items[i];
        const cn__formula *formula;
        char source[SHOWN + 1];
        for (; counted < span->begin; counted++) line += *counted == '\n';
        const size_t size = (size_t)(span->end - span->begin);
        cn__format(source, sizeof source, "%.*s", (int)(size < SHOWN ? size : SHOWN), span->begin);
        if (cn__formula_read(arena, span->tex, span->size, &formula) != CN_OK)
            watch->problem(watch->user, line, source);
    }
    return CN_OK;
}

cn_status cn__markdown_look(const char *text, const cn__markdown_watch *watch)
{
    cn__arena arena = {0};
    cn__text marked = {0};
    cmark_node *tree = NULL;
    size_t line;
    cn_status status = cn__markdown_check(text, strlen(text), &line);
    if (status == CN_OK) status = look_at_formulas(text, watch, &arena, &marked);
    const bool refers = watch->reference && strchr(text, '@');
    if (status == CN_OK && (refers || strstr(marked.data, "![")))
        status = cn__markdown_parse(marked.data, &tree);
    for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);) {
        if (w.event != CMARK_EVENT_ENTER) continue;
        if (cmark_node_get_type(w.node) == CMARK_NODE_IMAGE) cn__picture_look(watch, w.node);
        if (refers && cmark_node_get_type(w.node) == CMARK_NODE_TEXT) cn__references_look(watch, w.node);
    }
    if (tree) cmark_node_free(tree);
    cn__text_free(&marked);
    cn__arena_free(&arena);
    return status;
}
