/* References to figures and tables: @fig-history. */
#include <ctype.h>
#include <string.h>

#include "report/markdown/extra.h"
#include "report/markdown/markdown_memory.h"

static size_t reference_size(const char *p)
{
    size_t n = strncmp(p, "@fig-", 5) == 0 || strncmp(p, "@tbl-", 5) == 0 ? 5 : 0;
    while (n && (isalnum((unsigned char)p[n]) ||
                 ((p[n] == '-' || p[n] == '_') && isalnum((unsigned char)p[n + 1]))))
        n++;
    return n > 5 ? n : 0;
}

const char *cn__reference_find(const char *text, size_t *size)
{
    for (const char *p = text; (p = strchr(p, '@')); p++)
        if ((p == text || !isalnum((unsigned char)p[-1])) && (*size = reference_size(p))) return p;
    return NULL;
}

cn_status cn__references_place(cn__document *d, cmark_node *text)
{
    const char *literal = cmark_node_get_literal(text), *p = literal;
    size_t size = 0;
    for (const char *at; p && (at = cn__reference_find(p, &size)); p = at + size) {
        cn__extra *extra = cn__extra_new(d, CN_EXTRA_REFERENCE);
        if (!extra || !(extra->name = cn__arena_format(&d->arena, "%.*s", (int)size - 1, at + 1)))
            return CN_ERROR_MEMORY;
        extra->table = at[1] == 't';
        extra->next = d->references;
        d->references = extra;
        cmark_node *node;
        CN_TRY(cn__text_node_before(&d->arena, text, p, (size_t)(at - p)));
        CN_TRY(cn__markdown_leaf(CMARK_NODE_CODE, "", &node));
        cmark_node_set_user_data(node, extra);
        cmark_node_insert_before(text, node);
    }
    return p && p != literal ? cn__text_node_keep(&d->arena, text, p) : CN_OK;
}

/* The number of what is called so: a picture of the prose, or what a cell shows. */
static int number_of(const cn__document *d, const cn__extra *reference)
{
    for (const cn__extra *e = d->references; e; e = e->next)
        if (e->kind == CN_EXTRA_FIGURE && e->name && !reference->table &&
            strcmp(e->name, reference->name) == 0)
            return e->number;
    for (size_t i = 0; i < d->report.block_count; i++)
        for (size_t k = 0; k < d->report.blocks[i].output_count; k++) {
            const cn__report_output *o = &d->report.blocks[i].outputs[k];
            const bool kind = o->kind == (reference->table ? CN_OUTPUT_TABLE : CN_OUTPUT_FIGURE);
            if (kind && o->id && strcmp(o->id, reference->name + 4) == 0)
                return d->parts[i].outputs[k].number;
        }
    return 0;
}

cn_status cn__references_resolve(cn__document *d)
{
    for (cn__extra *e = d->references; e; e = e->next) {
        if (e->kind != CN_EXTRA_REFERENCE) continue;
        e->number = number_of(d, e);
        const char *word = e->table ? d->words->table : d->words->figure;
        e->text = e->number ? cn__arena_format(&d->arena, "%s\u00A0%d", word, e->number)
                            : cn__arena_format(&d->arena, "?@%s", e->name);
        if (!e->text) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

void cn__references_look(const cn__markdown_watch *watch, cmark_node *text)
{
    enum { MOST = 200 };
    const char *p = cmark_node_get_literal(text);
    cmark_node *block = text;
    while (block && cmark_node_get_start_line(block) <= 0) block = cmark_node_parent(block);
    const size_t line = block ? (size_t)cmark_node_get_start_line(block) - 1 : 0;
    size_t size;
    for (; p && (p = cn__reference_find(p, &size)); p += size) {
        char source[MOST + 1];
        cn__format(source, sizeof source, "%.*s", (int)(size < MOST ? size : MOST), p);
        if (watch->reference(watch->user, source + 1) != CN_OK) watch->problem(watch->user, line, source);
    }
}
