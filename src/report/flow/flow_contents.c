/* The table of contents: headings of two depths, dots, pages. */
#include <math.h>

#include "report/flow/flow.h"

static void need_space(cn__flow *flow, double space)
{
    if (flow->before < space) flow->before = space;
}

/* One column of the contents, or the first or second of two. */
typedef struct entry_column {
    double x, width, scale;
} entry_column;

static cn__flow_box *add_entry(cn__flow *flow, cn__heading *heading, const entry_column *column)
{
    enum { NUMBER = 40 };
    bool large = heading->depth == 1;
    const cn__type type = {.size = (large ? 10.5 : 9.5) * column->scale, .leading = 1.35, .hanging = 14};
    double indent = large ? 0 : 16;
    need_space(flow, large ? 3 : 0);
    cn__flow_box *box = cn__flow_add(flow, CN_BOX_ENTRY);
    box->heading = heading;
    box->paragraph = cn__paragraph_plain(flow, heading->text, &type, column->width - indent - NUMBER);
    box->x = column->x + indent;
    box->width = column->width - indent;
    if (box->paragraph) box->height = cn__paragraph_lines(box->paragraph) * box->paragraph->line_height;
    return box;
}

/* Entries of the headings from..end; *height: what they take. */
static void add_entries(cn__flow *flow, size_t from, size_t end, const entry_column *column, double *height)
{
    *height = 0;
    for (size_t i = from; i < end; i++) {
        cn__heading *heading = flow->document->headings[i];
        if (heading->depth > 2) continue;
        const cn__flow_box *box = add_entry(flow, heading, column);
        *height += box->height + (*height > 0 ? box->before : 0);
    }
}

/* The second column stands beside the first: its boxes take no height, and are drawn where they belong. */
static void lift(cn__flow *flow, size_t first, double height)
{
    double y = 0;
    for (size_t i = first; i < flow->count; i++) {
        cn__flow_box *box = &flow->boxes[i];
        y += i > first ? box->before : 0;
        box->rise = height - y;
        y += box->height;
        box->before = box->height = 0;
        flow->boxes[i - 1].keep = true;
    }
}

/* The heading that the second column begins with: of depth 1, so that the columns are as even as may be. */
static size_t middle_heading(cn__flow *flow, const entry_column *column)
{
    const cn__document *document = flow->document;
    size_t first = flow->count, best = 0;
    double all, above = 0, least = INFINITY;
    add_entries(flow, 0, document->heading_count, column, &all);
    const cn__flow_box *box = flow->boxes + first;
    for (size_t i = 0; i < document->heading_count && !flow->failed; i++) {
        if (document->headings[i]->depth > 2) continue;
        double higher = fmax(above, all - above);
        if (document->headings[i]->depth == 1 && higher < least) least = higher, best = i;
        above += box->height + box->before;
        box++;
    }
    flow->count = first;
    flow->before = 0;
    return best;
}

/* False, and nothing added, when they do not fit into `space`. */
static bool add_two_columns(cn__flow *flow, double space)
{
    enum { GUTTER = 24 };
    const size_t end = flow->document->heading_count;
    double width = (CN_TEXT_WIDTH - GUTTER) / 2, left, right;
    entry_column column = {flow->x, width, 0.95};
    size_t first = flow->count, middle = middle_heading(flow, &column);
    need_space(flow, 4);
    add_entries(flow, 0, middle, &column, &left);
    size_t second = flow->count;
    column.x += width + GUTTER;
    add_entries(flow, middle, end, &column, &right);
    if (flow->failed || second == first || fmax(left, right) > space) {
        flow->count = first;
        return false;
    }
    lift(flow, second, fmax(left, right));
    for (size_t i = first; i + 1 < second; i++) flow->boxes[i].keep = true;
    flow->boxes[second - 1].height += fmax(0, right - left);
    return true;
}

/* In one column where the first page has room for it, else in two, else on more pages. */
void cn__flow_contents(cn__flow *flow)
{
    const cn__type head = {.size = 13, .leading = 1.3, .bold = true};
    const entry_column one = {flow->x, flow->width, 1};
    double height;
    if (!flow->document->heading_count) return;
    need_space(flow, 26);
    cn__flow_paragraph(flow, cn__paragraph_plain(flow, flow->document->words->contents, &head, flow->width));
    if (flow->count) flow->boxes[flow->count - 1].keep = true;
    need_space(flow, 4);
    size_t first = flow->count;
    double space = CN_TEXT_HEIGHT - cn__flow_height(flow) - 4;
    add_entries(flow, 0, flow->document->heading_count, &one, &height);
    if (height <= space) return;
    flow->count = first;
    if (add_two_columns(flow, space)) return;
    need_space(flow, 4);
    add_entries(flow, 0, flow->document->heading_count, &one, &height);
}
