/* What a Markdown text may ask for. cmark-gfm keeps a node for each mark, fills the rows of a table up to its columns,
 * copies an address into each link that refers to it, and is walked by functions that call themselves: a few kilobytes
 * could ask for gigabytes of memory or all of the stack. So the text is looked through once, line by line, before it is
 * parsed. The counts are upper bounds: code that looks like Markdown is counted too. */
#include <string.h>

#include "report/document.h"
#include "report/markdown/markdown_walk.h"

enum {
    MOST_NESTED = 100,   /* quotations and lists in one another */
    MOST_DEEP = 400,     /* nodes in one another: a list and its item are two */
    MOST_HEADING = 2000, /* bytes of a heading; Pango takes minutes to cut a title of 100,000 to a line */
    MOST_WORD =
        20000, /* bytes of text without a blank: the time to break it into lines grows with its square */
    MOST_MARKS = 500000,   /* lines and marks that become nodes */
    MOST_CELLS = 100000,   /* of all tables, with those that cmark-gfm adds */
    MOST_COPIED = 64 << 20 /* bytes of addresses in links that refer to them */
};

typedef struct bounds {
    size_t line, marks, cells;
    size_t columns, rows, table; /* of a table that may be going on; its first line */
    size_t paragraph, begun;     /* bytes of a paragraph that begins with "[", its first line */
    bool defines;                /* it may define addresses */
    size_t longest, longest_line, brackets;
} bounds;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\0'; }

/* Bytes of a list's marker at `text`: "-", "12." */
static size_t list_marker(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size && n < 9 && text[n] >= '0' && text[n] <= '9') n++;
    const bool ordered = n && n < size && (text[n] == '.' || text[n] == ')');
    const bool bullet = !n && size && strchr("-+*", *text) && *text;
    n = ordered || bullet ? n + 1 : 0;
    return n && (n == size || is_blank(text[n])) ? n : 0;
}

/* Passes the marks of quotations and lists, and counts them. */
static size_t pass_containers(const char **text, const char *end)
{
    size_t count = 0;
    for (size_t size = 1; size;) {
        while (*text < end && is_blank(**text)) ++*text;
        const size_t left = (size_t)(end - *text);
        size = left && **text == '>' ? 1 : list_marker(*text, left);
        *text += size;
        count += size > 0;
    }
    return count;
}

/* Columns of the row under a table's head, "|---|:-:|"; 0: it is none. */
static size_t delimiter_columns(const char *text, const char *end)
{
    size_t columns = 0;
    bool bars = false;
    for (const char *p = text; p < end; p++) {
        if (!is_blank(*p) && !strchr("|-:", *p)) return 0;
        columns += *p == '-' && (p == text || p[-1] != '-');
        bars |= *p == '|';
    }
    return bars ? columns : 0;
}

static size_t count_of(const char *text, const char *end, const char *marks)
{
    size_t count = 0;
    for (; text < end; text++) count += *text && strchr(marks, *text) != NULL;
    return count;
}

static cn_status end_table(bounds *b)
{
    const size_t cells = b->columns * b->rows;
    b->cells += cells;
    if (b->cells > MOST_CELLS) {
        const size_t columns = b->columns, rows = b->rows;
        b->line = b->table;
        return cn__fail(CN_ERROR_ARGUMENT,
                        "a table of %zu columns and %zu rows; the tables of a text may have %d cells in all",
                        columns, rows, MOST_CELLS);
    }
    b->columns = b->rows = 0;
    return CN_OK;
}

static void end_definition(bounds *b)
{
    if (b->defines && b->paragraph > b->longest) b->longest = b->paragraph, b->longest_line = b->begun;
    b->paragraph = 0, b->defines = false;
}

static cn_status look_at_table(bounds *b, const char *text, const char *end)
{
    if (b->columns) b->rows++;
    const size_t columns = delimiter_columns(text, end);
    if (!columns) return CN_OK;
    CN_TRY(end_table(b));
    b->columns = columns, b->rows = 1, b->table = b->line;
    return CN_OK;
}

/* "[name]: address" and its title; one and the next go on until a blank line. */
static void look_at_definition(bounds *b, const char *text, const char *end)
{
    if (!b->paragraph && *text != '[') return;
    if (!b->paragraph) b->begun = b->line;
    b->paragraph += (size_t)(end - text) + 1;
    for (; text + 1 < end && !b->defines; text++) b->defines = text[0] == ']' && text[1] == ':';
}

static cn_status look_at_line(bounds *b, const char *text, const char *end)
{
    const size_t nested = pass_containers(&text, end);
    b->marks += 1 + nested + count_of(text, end, "*_[]!`<&\\~");
    b->brackets += count_of(text, end, "[");
    if (nested > MOST_NESTED)
        return cn__fail(CN_ERROR_ARGUMENT, "quotations or lists are nested %zu deep; they may be %d deep",
                        nested, MOST_NESTED);
    if (b->marks > MOST_MARKS)
        return cn__fail(CN_ERROR_ARGUMENT, "the text has more than %d lines and marks up to here",
                        MOST_MARKS);
    if (text == end) {
        end_definition(b);
        return end_table(b);
    }
    look_at_definition(b, text, end);
    return look_at_table(b, text, end);
}

static cn_status look_at_links(bounds *b)
{
    if (!b->longest || b->brackets <= MOST_COPIED / b->longest) return CN_OK;
    b->line = b->longest_line;
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "a link's address of %zu bytes, and %zu places that may refer to it; together they may take "
        "%d bytes",
        b->longest, b->brackets, MOST_COPIED);
}

cn_status cn__markdown_check(const char *text, size_t size, size_t *line)
{
    bounds b = {0};
    cn_status status = CN_OK;
    for (const char *at = text, *end = text + size; status == CN_OK && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        b.line++;
        status = look_at_line(&b, at, stop ? stop : end);
        at = stop ? stop + 1 : end;
    }
    if (status == CN_OK) status = end_table(&b);
    if (status == CN_OK) {
        end_definition(&b);
        status = look_at_links(&b);
    }
    *line = b.line;
    return status;
}

/* Fails at the first text of a heading that is too much. */
static cn_status add_to_heading(cmark_node *text, cmark_node *heading, size_t *size, size_t *line)
{
    const char *literal = cmark_node_get_literal(text);
    *size += literal ? strlen(literal) : 0;
    if (*size <= MOST_HEADING) return CN_OK;
    *line = (size_t)cmark_node_get_start_line(heading);
    return cn__fail(CN_ERROR_ARGUMENT, "a heading of more than %d bytes", MOST_HEADING);
}

/* `word`: bytes since the last blank, in this paragraph. */
static cn_status add_to_word(cmark_node *text, size_t *word, size_t *line)
{
    const char *p = cmark_node_get_literal(text);
    for (; p && *p; p++) {
        *word = is_blank(*p) || *p == '\n' ? 0 : *word + 1;
        if (*word <= MOST_WORD) continue;
        *line = (size_t)cmark_node_get_start_line(text);
        return cn__fail(CN_ERROR_ARGUMENT, "a word of more than %d bytes", MOST_WORD);
    }
    return CN_OK;
}

static cn_status check_texts(cmark_node *tree, size_t *line)
{
    cmark_node *heading = NULL;
    size_t size = 0, word = 0;
    cn_status status = CN_OK;
    for (cn__walk w = cn__walk_begin(tree); status == CN_OK && cn__walk_next(&w);) {
        const cmark_node_type type = cmark_node_get_type(w.node);
        const bool entered = w.event == CMARK_EVENT_ENTER;
        if (type == CMARK_NODE_HEADING) heading = entered ? w.node : NULL, size = 0;
        else if (heading && entered) status = add_to_heading(w.node, heading, &size, line);
        if (status == CN_OK && (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE))
            status = add_to_word(w.node, &word, line);
        else if ((type & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK || type == CMARK_NODE_SOFTBREAK ||
                 type == CMARK_NODE_LINEBREAK)
            word = 0;
    }
    return status;
}

cn_status cn__markdown_check_tree(cmark_node *tree, size_t *line)
{
    size_t depth = 0, most = 0;
    *line = 1;
    for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);) {
        /* Leaves have no event of their end. */
        if (!cmark_node_first_child(w.node)) continue;
        depth += w.event == CMARK_EVENT_ENTER, depth -= w.event == CMARK_EVENT_EXIT;
        if (depth == MOST_DEEP + 1 && most == MOST_DEEP) *line = (size_t)cmark_node_get_start_line(w.node);
        if (depth > most) most = depth;
    }
    if (most <= MOST_DEEP) return check_texts(tree, line);
    return cn__fail(CN_ERROR_ARGUMENT,
                    "emphasis, links, quotations or lists are nested %zu deep; they may be %d deep", most,
                    MOST_DEEP);
}
