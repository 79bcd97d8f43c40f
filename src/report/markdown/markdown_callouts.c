/* Callouts: > [!NOTE] Title. */
#include <ctype.h>
#include <string.h>

#include "report/markdown/extra.h"

static const char *const callouts[CN_CALLOUTS] = {"note",    "tip",     "important",
                                                  "warning", "caution", "question"};

size_t cn__callout_kind(const char *text, size_t *size)
{
    for (size_t i = 0; text && i < CN_CALLOUTS; i++) {
        const size_t n = strlen(callouts[i]);
        size_t k = 0;
        if (text[0] != '[' || text[1] != '!') break;
        while (k < n && tolower((unsigned char)text[2 + k]) == callouts[i][k]) k++;
        *size = n + 3;
        if (k == n && text[2 + n] == ']') return i;
    }
    return CN_CALLOUTS;
}

const char *cn__callout_title(cn__arena *arena, const cn__report_words *words, size_t kind, const char *own)
{
    const bool question = strcmp(callouts[kind], "question") == 0;
    if (!own || !*own) return own ? words->callouts[kind] : NULL;
    return cn__arena_format(arena, question ? "%s %s" : "%.0s%s", words->callouts[kind], own);
}

/* The rest of the first line is the title; it goes out of the paragraph. */
static cn_status take_title(cn__document *d, cmark_node *paragraph, size_t kind, size_t skipped,
                            const char **out)
{
    cn__text title = {0};
    cmark_node *next;
    cn__text_add(&title, "");
    for (cmark_node *node = cmark_node_first_child(paragraph); node; node = next) {
        next = cmark_node_next(node);
        const cmark_node_type type = cmark_node_get_type(node);
        const bool ends = type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK;
        if (!ends) cn__add_plain(&title, node);
        cmark_node_free(node);
        if (ends) break;
    }
    const char *own = title.failed ? NULL : title.data + skipped + strspn(title.data + skipped, " ");
    *out = cn__callout_title(&d->arena, d->words, kind, own);
    cn__text_free(&title);
    if (!cmark_node_first_child(paragraph)) cmark_node_free(paragraph);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__callout_place(cn__document *d, cmark_node *quote)
{
    cmark_node *first = cmark_node_first_child(quote);
    size_t size = 0;
    if (!first || cmark_node_get_type(first) != CMARK_NODE_PARAGRAPH || !cmark_node_first_child(first))
        return CN_OK;
    const size_t kind = cn__callout_kind(cmark_node_get_literal(cmark_node_first_child(first)), &size);
    if (kind == CN_CALLOUTS) return CN_OK;
    cn__extra *extra = cn__extra_new(d, CN_EXTRA_CALLOUT);
    if (!extra) return CN_ERROR_MEMORY;
    extra->name = callouts[kind];
    CN_TRY(take_title(d, first, kind, size, &extra->text));
    cmark_node_set_user_data(quote, extra);
    return CN_OK;
}
