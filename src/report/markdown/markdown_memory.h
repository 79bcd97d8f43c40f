/* cmark-gfm ends the program where it gets no memory. Here it takes memory from functions that leave it instead. */
#ifndef CN_REPORT_MARKDOWN_MEMORY_H
#define CN_REPORT_MARKDOWN_MEMORY_H

#include <cmark-gfm.h>

#include "base/arena.h"
#include "base/status.h"

/* For cmark_parser_new_with_mem. Nodes of a tree must have its memory. */
extern cmark_mem cn__markdown_memory;

/* Runs work(user). Where an allocation of cn__markdown_memory fails in it, `work` is left at that place, all that was allocated
 * since it began is freed, and the status is that of a lack of memory: `work` holds nothing else that would have to be freed.
 * Outside of it such a failure ends the program. */
CN_CHECK cn_status cn__markdown_guard(cn_status (*work)(void *user), void *user);

/* The tree of a text in plain CommonMark, without extensions. */
CN_CHECK cn_status cn__markdown_tree(const char *text, size_t size, cmark_node **out);
/* cmark-gfm makes the C strings of literals, addresses, titles and fences when they are first asked for: this asks for all, under the
 * guard that made the tree. */
void cn__markdown_settle(cmark_node *root);
/* A node for a tree of that memory, as cmark_node_new; a guard must be active. */
cmark_node *cn__markdown_node(cmark_node_type type);
/* A node with a literal, and another literal for a node. */
CN_CHECK cn_status cn__markdown_leaf(cmark_node_type type, const char *literal, cmark_node **out);
CN_CHECK cn_status cn__markdown_set_literal(cmark_node *node, const char *literal);
/* What a node of text is split into. A node with the first `size` bytes of `bytes` goes in front of it, if there are any; it keeps
 * `rest`, a part of its literal, and is freed where that is empty. */
CN_CHECK cn_status cn__text_node_before(cn__arena *arena, cmark_node *text, const char *bytes, size_t size);
CN_CHECK cn_status cn__text_node_keep(cn__arena *arena, cmark_node *text, const char *rest);

#endif
