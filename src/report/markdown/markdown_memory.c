/* What is allocated under a guard is on a list of this thread, each block behind its links. Elsewhere a failure ends the program, as
 * cmark-gfm expects. */
#include "report/markdown/markdown_memory.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include "report/markdown/markdown_walk.h"

typedef struct block {
    _Alignas(max_align_t) struct block *before;
    struct block *next;
} block;

typedef struct guard {
    jmp_buf failed;
    block *first;
} guard;

static _Thread_local guard *active;

static void link_block(block *b)
{
    *b = (block){.next = active ? active->first : NULL};
    if (b->next) b->next->before = b;
    if (active) active->first = b;
}

static void unlink_block(const block *b)
{
    if (b->before) b->before->next = b->next;
    if (b->next) b->next->before = b->before;
    if (active && active->first == b) active->first = b->next;
}

_Noreturn static void fail(void)
{
    if (!active) abort();
    longjmp(active->failed, 1);
}

static void *allocate(size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - sizeof(block)) / size) fail();
    const size_t bytes = sizeof(block) + count * size;
    block *b = cn__calloc(1, bytes);
    if (!b) fail();
    link_block(b);
    return b + 1;
}

static void release(void *p)
{
    if (!p) return;
    block *b = (block *)p - 1;
    unlink_block(b);
    cn__free(b);
}

static void *resize(void *p, size_t size)
{
    if (!p) return allocate(1, size);
    if (size > SIZE_MAX - sizeof(block)) fail();
    block *old = (block *)p - 1;
    unlink_block(old);
    size += sizeof *old;
    block *b = cn__realloc(old, size);
    link_block(b ? b : old); /* which stands where it stood */
    if (!b) fail();
    return b + 1;
}

cmark_mem cn__markdown_memory = {allocate, resize, release};

cn_status cn__markdown_guard(cn_status (*work)(void *user), void *user)
{
    if (active) return work(user);
    guard g = {.first = NULL};
    active = &g;
    if (setjmp(g.failed) != 0) {
        while (active->first) release(active->first + 1);
        active = NULL;
        return cn__fail_memory(0, "Markdown");
    }
    const cn_status status = work(user);
    active = NULL;
    return status;
}

cmark_node *cn__markdown_node(cmark_node_type type)
{
    return cmark_node_new_with_mem(type, &cn__markdown_memory);
}

/* ---- under a guard ----------------------------------------------------------------------------------------- */

void cn__markdown_settle(cmark_node *root)
{
    for (cn__walk w = cn__walk_begin(root); cn__walk_next(&w);) {
        (void)cmark_node_get_literal(w.node);
        (void)cmark_node_get_url(w.node);
        (void)cmark_node_get_title(w.node);
        (void)cmark_node_get_fence_info(w.node);
    }
}

typedef struct tree_of {
    const char *text;
    size_t size;
    cmark_node *root;
} tree_of;

static cn_status make_tree(void *user)
{
    tree_of *t = user;
    cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &cn__markdown_memory);
    cmark_parser_feed(parser, t->text, t->size);
    t->root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    if (!t->root) return cn__fail_memory(t->size, "Markdown");
    cn__markdown_settle(t->root);
    return CN_OK;
}

cn_status cn__markdown_tree(const char *text, size_t size, cmark_node **out)
{
    tree_of t = {.text = text, .size = size};
    *out = NULL;
    CN_TRY(cn__markdown_guard(make_tree, &t));
    *out = t.root;
    return CN_OK;
}

typedef struct leaf {
    cmark_node_type type;
    const char *literal;
    cmark_node *node;
} leaf;

static cn_status set_literal(void *user)
{
    const leaf *l = user;
    cmark_node_set_literal(l->node, l->literal);
    return CN_OK;
}

static cn_status make_leaf(void *user)
{
    leaf *l = user;
    l->node = cn__markdown_node(l->type);
    return set_literal(l);
}

cn_status cn__markdown_leaf(cmark_node_type type, const char *literal, cmark_node **out)
{
    leaf l = {.type = type, .literal = literal};
    *out = NULL;
    CN_TRY(cn__markdown_guard(make_leaf, &l));
    *out = l.node;
    return CN_OK;
}

cn_status cn__markdown_set_literal(cmark_node *node, const char *literal)
{
    leaf l = {.literal = literal, .node = node};
    return cn__markdown_guard(set_literal, &l);
}

cn_status cn__text_node_before(cn__arena *arena, cmark_node *text, const char *bytes, size_t size)
{
    cmark_node *node;
    if (!size) return CN_OK;
    const char *copy = cn__arena_format(arena, "%.*s", (int)size, bytes);
    if (!copy) return CN_ERROR_MEMORY;
    CN_TRY(cn__markdown_leaf(CMARK_NODE_TEXT, copy, &node));
    cmark_node_insert_before(text, node);
    return CN_OK;
}

cn_status cn__text_node_keep(cn__arena *arena, cmark_node *text, const char *rest)
{
    const char *copy = cn__arena_strdup(arena, rest);
    if (!copy) return CN_ERROR_MEMORY;
    if (*copy) return cn__markdown_set_literal(text, copy);
    cmark_node_free(text);
    return CN_OK;
}
