/* The nodes of a tree in the order of the text, as cmark-gfm's iterator gives them, which would ask for memory:
 *
 *     for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);)
 *         if (w.event == CMARK_EVENT_ENTER) look_at(w.node);
 *
 * The node of an event may be taken out of the tree and freed once it has no further event: a leaf, or one that is left. */
#ifndef CN_REPORT_MARKDOWN_WALK_H
#define CN_REPORT_MARKDOWN_WALK_H

#include <stdbool.h>

#include <cmark-gfm.h>

typedef struct cn__walk {
    cmark_node *node;
    cmark_event_type event; /* ENTER, and EXIT of what can have children */
    cmark_node *root, *next;
    cmark_event_type next_event;
} cn__walk;

cn__walk cn__walk_begin(cmark_node *root);
/* To the next event; false behind the last. */
bool cn__walk_next(cn__walk *walk);
/* Goes on behind the node that was entered: neither its children nor its end come. */
void cn__walk_skip(cn__walk *walk);

#endif
