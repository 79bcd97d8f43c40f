/* The event that follows is known before the one before it is looked at, so that its node may go. */
#include "report/markdown/markdown_walk.h"

static bool is_leaf(cmark_node *node)
{
    const cmark_node_type type = cmark_node_get_type(node);
    return type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_THEMATIC_BREAK ||
           type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_TEXT || type == CMARK_NODE_SOFTBREAK ||
           type == CMARK_NODE_LINEBREAK || type == CMARK_NODE_CODE || type == CMARK_NODE_HTML_INLINE;
}

cn__walk cn__walk_begin(cmark_node *root)
{
    return (cn__walk){.root = root, .next = root, .next_event = CMARK_EVENT_ENTER};
}

/* What comes behind the event of `next`. */
static void look_ahead(cn__walk *w)
{
    cmark_node *at = w->next, *child = cmark_node_first_child(at);
    if (w->next_event == CMARK_EVENT_ENTER && !is_leaf(at)) {
        if (child) w->next = child;
        else w->next_event = CMARK_EVENT_EXIT;
        return;
    }
    cmark_node *sibling = at == w->root ? NULL : cmark_node_next(at);
    w->next_event = sibling ? CMARK_EVENT_ENTER : CMARK_EVENT_EXIT;
    w->next = at == w->root ? NULL : sibling ? sibling : cmark_node_parent(at);
}

bool cn__walk_next(cn__walk *w)
{
    if (!w->next) return false;
    w->node = w->next, w->event = w->next_event;
    look_ahead(w);
    return true;
}

void cn__walk_skip(cn__walk *w)
{
    w->next = w->node, w->next_event = CMARK_EVENT_EXIT;
    look_ahead(w);
}
