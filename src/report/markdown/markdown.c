/* Prose to a tree, and what all writers ask of that tree. */
#include <pthread.h>
#include <string.h>

#include "report/document.h"
#include "report/markdown/markdown_memory.h"
#include "report/markdown/markdown_walk.h"

const cn__extra *cn__extra_of(cmark_node *node)
{
    return cmark_node_get_type(node) == CMARK_NODE_HEADING ? NULL : cmark_node_get_user_data(node);
}

bool cn__node_is(cmark_node *node, const char *type)
{
    return strcmp(cmark_node_get_type_string(node), type) == 0;
}

/* ---- parsing ---------------------------------------------------------------------------------------------- */

/* Raw HTML is shown as the text that it is: nothing that a lab says can become part of the page. */
static void replace_html(cmark_node *node, bool block)
{
    const char *literal = cmark_node_get_literal(node);
    if (literal && strncmp(literal, "<!--", 4) == 0) {
        cmark_node_free(node);
        return;
    }
    cmark_node *text = cn__markdown_node(CMARK_NODE_TEXT), *paragraph = text;
    cmark_node_set_literal(text, literal ? literal : "");
    if (block) {
        paragraph = cn__markdown_node(CMARK_NODE_PARAGRAPH);
        cmark_node_append_child(paragraph, text);
    }
    if (cmark_node_replace(node, paragraph)) cmark_node_free(node);
    else cmark_node_free(paragraph);
}

static void tame(cmark_node *tree)
{
    for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);) {
        const cmark_node_type type = cmark_node_get_type(w.node);
        const bool block = type == CMARK_NODE_HTML_BLOCK;
        if (w.event == CMARK_EVENT_ENTER && (block || type == CMARK_NODE_HTML_INLINE))
            replace_html(w.node, block);
    }
}

/* cmark's own flag for that is not made for threads. */
static void register_extensions(void) { cmark_gfm_core_extensions_ensure_registered(); }

typedef struct parse {
    const char *text;
    cmark_node *root;
} parse;

static cn_status parse_guarded(void *user)
{
    parse *p = user;
    size_t line;
    static const char *const extensions[] = {"table", "tasklist", "strikethrough"};
    cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_FOOTNOTES |
                                                         CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE,
                                                     &cn__markdown_memory);
    for (int i = 0; i < 3; i++) {
        cmark_syntax_extension *extension = cmark_find_syntax_extension(extensions[i]);
        if (extension) cmark_parser_attach_syntax_extension(parser, extension);
    }
    cmark_parser_feed(parser, p->text, strlen(p->text));
    cmark_node *root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    if (!root) return cn__fail_memory(strlen(p->text), "Markdown");
    if (cn__markdown_check_tree(root, &line) != CN_OK) {
        cmark_node_free(root);
        return cn__fail_in("line %zu of a text", line);
    }
    tame(root);
    cmark_consolidate_text_nodes(root);
    cn__markdown_settle(root);
    p->root = root;
    return CN_OK;
}

cn_status cn__markdown_parse(const char *text, cmark_node **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_extensions);
    size_t line;
    *out = NULL;
    if (cn__markdown_check(text, strlen(text), &line) != CN_OK)
        return cn__fail_in("line %zu of a text", line);
    parse p = {.text = text};
    CN_TRY(cn__markdown_guard(parse_guarded, &p));
    *out = p.root;
    return CN_OK;
}

void cn__add_plain(cn__text *out, cmark_node *node)
{
    for (cn__walk w = cn__walk_begin(node); cn__walk_next(&w);) {
        cmark_node *at = w.node;
        const cmark_node_type type = cmark_node_get_type(at);
        if (w.event != CMARK_EVENT_ENTER) continue;
        const cn__extra *extra = cn__extra_of(at);
        if (extra && extra->formula) cn__formula_plain(out, extra->formula);
        else if (extra && extra->kind == CN_EXTRA_REFERENCE) cn__text_add(out, extra->text);
        if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) cn__text_add(out, " ");
        if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE || type == CMARK_NODE_CODE_BLOCK) {
            const char *literal = cmark_node_get_literal(at);
            if (literal) cn__text_add(out, literal);
        }
    }
}

bool cn__link_is_safe(const char *url)
{
    static const char *const schemes[] = {"http:", "https:", "mailto:"};
    size_t name = strcspn(url, ":/?#");
    if (url[name] != ':') return true; /* no scheme: a place in the page, a file beside it */
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0) return true;
    return false;
}

/* ---- headings --------------------------------------------------------------------------------------------- */

const cn__heading *cn__heading_of(cmark_node *node)
{
    return cmark_node_get_type(node) == CMARK_NODE_HEADING ? cmark_node_get_user_data(node) : NULL;
}

/* Letters and digits of any script, in lower case where they are ASCII; a hyphen for what stands between them. */
static void slug(cn__text *out, const char *text)
{
    cn__text_add(out, "");
    for (; *text; text++) {
        char c = *text;
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
        if (kept) cn__text_add_bytes(out, &c, 1);
        else if (out->size && out->data[out->size - 1] != '-') cn__text_add(out, "-");
    }
    while (out->size && out->data[out->size - 1] == '-') out->data[--out->size] = '\0';
    if (out->data && !out->size) cn__text_add(out, "section");
}

static cn_status name_heading(cn__document *document, cn__heading *heading)
{
    cn__text base = {0};
    slug(&base, heading->text);
    const char *text = base.failed ? NULL : cn__arena_strdup(&document->arena, base.data);
    cn__text_free(&base);
    return text ? cn__heading_ids_add(&document->ids, heading, text, &document->arena) : CN_ERROR_MEMORY;
}

/* The list doubles, so that a document of many headings is not copied for each. */
static cn_status grow_headings(cn__document *document)
{
    if (document->heading_count < document->heading_capacity) return CN_OK;
    const size_t capacity = document->heading_capacity ? 2 * document->heading_capacity : 32;
    cn__heading **grown = cn__realloc(document->headings, capacity * sizeof *grown);
    if (!grown) return CN_ERROR_MEMORY;
    document->headings = grown;
    document->heading_capacity = capacity;
    return CN_OK;
}

static cn_status add_heading(cn__document *document, cmark_node *node)
{
    CN_TRY(grow_headings(document));
    cn__heading *heading = cn__arena_alloc(&document->arena, sizeof *heading);
    cn__text text = {0};
    cn__text_add(&text, "");
    cn__add_plain(&text, node);
    if (heading && !text.failed) {
        *heading = (cn__heading){.number = document->heading_count + 1,
                                 .depth = cmark_node_get_heading_level(node),
                                 .text = cn__arena_strdup(&document->arena, text.data)};
    }
    const bool copied = heading && !text.failed && heading->text;
    cn__text_free(&text);
    if (!copied) return cn__fail_memory(sizeof *heading, "a heading");
    CN_TRY(name_heading(document, heading));
    document->headings[document->heading_count++] = heading;
    cmark_node_set_user_data(node, heading);
    return CN_OK;
}

cn_status cn__headings_collect(cn__document *document, cmark_node *tree)
{
    for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);)
        if (w.event == CMARK_EVENT_ENTER && cmark_node_get_type(w.node) == CMARK_NODE_HEADING)
            CN_TRY(add_heading(document, w.node));
    return CN_OK;
}
