/* Tables as boxes: one box a line of a row, so that even a row longer than a page can be set. What is too wide is set
 * smaller, then wrapped, then divided into several tables, one under the other. */
#include <math.h>
#include <string.h>

#include "report/flow/flow.h"

#define GAP 12.0         /* between columns */
#define ROW_PAD 2.6      /* over and under a row */
#define TEXT_LEAST 110.0 /* a column of text may be wrapped to this */

enum { SHORT = 16 }; /* rows of a table that should stand on one page */

typedef struct column {
    cn__align align;
    double natural, least; /* widths */
    double body;           /* natural width without the head; heads are wrapped first */
    double rest;           /* decimal: the widest part right of a point */
    double width, x;       /* as set */
} column;

typedef struct cn__sheet {
    size_t columns, rows;
    cn__rich *cells;
    column *column;
    bool head_column;
    cn__type type;
} cn__sheet;

static cn__rich *cell_at(const cn__sheet *sheet, size_t row, size_t i)
{
    return &sheet->cells[row * sheet->columns + i];
}

static const char *plain_at(const cn__sheet *sheet, size_t row, size_t i)
{
    const cn__rich *cell = cell_at(sheet, row, i);
    return cell->text.data ? cell->text.data : "";
}

/* ---- measuring --------------------------------------------------------------------------------------------- */

/* One layout measures all: a table's cells are many. */
static double extent(PangoLayout *layout, const cn__rich *cell, size_t bytes, bool longest_word)
{
    int width, height;
    pango_layout_set_text(layout, cell->text.data ? cell->text.data : "", (int)bytes);
    pango_layout_set_attributes(layout, cell->attributes);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD);
    pango_layout_set_width(layout, longest_word ? 1 : -1);
    pango_layout_get_size(layout, &width, &height);
    return (double)width / PANGO_SCALE;
}

/* Numbers are never wrapped, and stand one point under the other. */
static double measure_decimals(const cn__sheet *sheet, PangoLayout *layout, size_t i)
{
    double widest = 0, *rest = &sheet->column[i].rest;
    for (size_t row = 1; row < sheet->rows; row++) {
        const cn__rich *cell = cell_at(sheet, row, i);
        double whole = extent(layout, cell, cn__whole_part(plain_at(sheet, row, i)), false);
        widest = fmax(widest, whole);
        *rest = fmax(*rest, extent(layout, cell, cell->text.size, false) - whole);
    }
    return widest + *rest;
}

static void measure_column(const cn__sheet *sheet, PangoLayout *layout, PangoLayout *thin, size_t i)
{
    column *c = &sheet->column[i];
    bool number = c->align == CN_ALIGN_DECIMAL;
    double word = 0;
    c->natural = c->body = c->least = c->rest = 0;
    if (number) c->natural = c->body = c->least = measure_decimals(sheet, thin, i);
    for (size_t row = 0; row < (number ? 1 : sheet->rows); row++) {
        const cn__rich *cell = cell_at(sheet, row, i);
        double width = extent(layout, cell, cell->text.size, false);
        c->natural = fmax(c->natural, width);
        if (row > 0) c->body = fmax(c->body, width);
        word = fmax(word, extent(layout, cell, cell->text.size, true));
    }
    c->least = fmax(c->least, fmin(word, number ? word : TEXT_LEAST));
    c->body = fmax(c->body, c->least);
}

/* All cells but numbers as if they were bold, which is wider: heads are. */
static void measure(cn__flow *flow, const cn__sheet *sheet)
{
    cn__type plain = sheet->type;
    plain.bold = false;
    cn__paragraph *ruler = cn__paragraph_plain(flow, "", &sheet->type, 0),
                  *thin = cn__paragraph_plain(flow, "", &plain, 0);
    for (size_t i = 0; ruler && thin && i < sheet->columns; i++)
        measure_column(sheet, ruler->layout, thin->layout, i);
}

typedef enum width_kind { WIDTH_LEAST, WIDTH_BODY, WIDTH_NATURAL } width_kind;

static double width_of(const column *c, width_kind kind)
{
    return kind == WIDTH_LEAST ? c->least : kind == WIDTH_BODY ? c->body : c->natural;
}

static double sum(const cn__sheet *sheet, const size_t *chosen, size_t n, width_kind kind)
{
    double total = GAP * (double)(n ? n - 1 : 0);
    for (size_t i = 0; i < n; i++) total += width_of(&sheet->column[chosen[i]], kind);
    return total;
}

/* Every column has its natural width where there is room; else the widest are cut to a common width: in their heads
 * alone where the cells have room. */
static void set_widths(const cn__sheet *sheet, const size_t *chosen, size_t n, double space)
{
    double low = 0, high = space, x = 0;
    width_kind floor = sum(sheet, chosen, n, WIDTH_BODY) <= space ? WIDTH_BODY : WIDTH_LEAST;
    bool fits = sum(sheet, chosen, n, WIDTH_NATURAL) <= space;
    for (int step = 0; step < 40; step++) {
        double common = (low + high) / 2, total = GAP * (double)(n - 1);
        for (size_t i = 0; i < n; i++) {
            const column *c = &sheet->column[chosen[i]];
            total += fmin(c->natural, fmax(width_of(c, floor), common));
        }
        if (total <= space) low = common;
        else high = common;
    }
    for (size_t i = 0; i < n; i++) {
        column *c = &sheet->column[chosen[i]];
        c->width = fits ? c->natural : fmin(c->natural, fmax(width_of(c, floor), low));
        if (c->width > space) c->width = space;
        c->x = x;
        x += c->width + GAP;
    }
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static void set_cell(cn__flow *flow, const cn__sheet *sheet, size_t row, size_t i, cn__flow_cell *cell)
{
    const column *c = &sheet->column[i];
    cn__type type = sheet->type;
    bool number = c->align == CN_ALIGN_DECIMAL;
    type.bold = row == 0;
    *cell = (cn__flow_cell){.x = c->x, .width = c->width, .align = number ? CN_ALIGN_RIGHT : c->align};
    cell->text = cn__paragraph_new(flow, cell_at(sheet, row, i), &type, c->width + 0.05);
    const char *text = plain_at(sheet, row, i);
    size_t whole = cn__whole_part(text);
    if (!number || row == 0 || !cell->text || (text[whole] == '\0' && whole == 0)) return;
    PangoRectangle point; /* where the part right of the point begins */
    pango_layout_index_to_pos(cell->text->layout, (int)whole, &point);
    cell->align = CN_ALIGN_DECIMAL;
    cell->x = c->x + c->width - c->rest - (double)point.x / PANGO_SCALE;
}

static void add_row(cn__flow *flow, const cn__sheet *sheet, size_t row, const size_t *chosen, size_t n,
                    size_t heads, size_t head_count)
{
    cn__row *made = cn__arena_alloc(&flow->arena, sizeof *made);
    cn__flow_cell *cells = cn__arena_array(&flow->arena, n, sizeof *cells);
    int lines = 1;
    double height = sheet->type.size * sheet->type.leading;
    if (!made || !cells) {
        flow->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        set_cell(flow, sheet, row, chosen[i], &cells[i]);
        if (!cells[i].text) return;
        if (cn__paragraph_lines(cells[i].text) > lines) lines = cn__paragraph_lines(cells[i].text);
        height = fmax(height, cells[i].text->line_height);
    }
    *made = (cn__row){.cells = cells, .count = n, .lines = lines, .head = row == 0};
    bool near_end = row == 0 || row == 1 || row + 2 >= sheet->rows;
    for (int line = 0; line < lines; line++) {
        bool last = line + 1 == lines;
        cn__flow_box *box = cn__flow_add(flow, CN_BOX_ROW);
        box->row = made;
        box->line = line;
        box->last_line = last;
        box->pad = line == 0 ? ROW_PAD : 0;
        box->height = height + box->pad + (last ? ROW_PAD : 0);
        box->heads = heads;
        box->head_count = row ? head_count : 0;
        box->penalty = sheet->rows <= SHORT ? 6 : 0.3;
        box->keep = last ? near_end && row + 1 < sheet->rows : lines <= 20 || line == 0 || row == 0;
    }
}

static void add_band(cn__flow *flow, const cn__sheet *sheet, const size_t *chosen, size_t n)
{
    set_widths(sheet, chosen, n, flow->width);
    size_t heads = flow->count, head_count = 0;
    double width = flow->width, natural = -GAP;
    for (size_t i = 0; i < n; i++) natural += sheet->column[chosen[i]].width + GAP;
    flow->width = fmin(width, natural);
    for (size_t row = 0; row < sheet->rows; row++) {
        add_row(flow, sheet, row, chosen, n, heads, head_count);
        if (row == 0) head_count = flow->count - heads;
    }
    flow->width = width;
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

/* As many columns from `from` on as have room, at least one; the column that names the rows is repeated before them. */
static size_t next_band(const cn__sheet *sheet, size_t from, double space, size_t *chosen, size_t *n)
{
    *n = 0;
    if (sheet->head_column && from > 0) chosen[(*n)++] = 0;
    size_t names = *n;
    while (from < sheet->columns) {
        chosen[(*n)++] = from;
        if (*n > names + 1 && sum(sheet, chosen, *n, WIDTH_LEAST) > space) {
            (*n)--;
            break;
        }
        from++;
    }
    return from;
}

/* As large as lets only heads be wrapped, if that is not small; else as large as all columns at their least can be. */
static void choose_size(cn__flow *flow, cn__sheet *sheet, const size_t *all)
{
    static const struct {
        double size;
        width_kind kind;
    } choices[] = {{9.5, WIDTH_BODY}, {8.75, WIDTH_BODY},  {9.5, WIDTH_LEAST},          {8.75, WIDTH_LEAST},
                   {8, WIDTH_LEAST},  {7.25, WIDTH_LEAST}, {CN_LEAST_SIZE, WIDTH_LEAST}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        sheet->type = (cn__type){.size = choices[i].size, .leading = 1.3, .bold = true};
        measure(flow, sheet);
        if (sum(sheet, all, sheet->columns, choices[i].kind) <= flow->width) return;
    }
}

static void add_grid(cn__flow *flow, cn__sheet *sheet)
{
    size_t *chosen = cn__arena_array(&flow->arena, sheet->columns, sizeof *chosen), n = sheet->columns;
    if (!chosen) {
        flow->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) chosen[i] = i;
    choose_size(flow, sheet, chosen);
    for (size_t from = 0; from < sheet->columns;) {
        if (from) flow->before = 10;
        from = next_band(sheet, from, flow->width, chosen, &n);
        add_band(flow, sheet, chosen, n);
    }
}

static bool grid_begin(cn__flow *flow, cn__sheet *sheet)
{
    sheet->cells = cn__calloc(sheet->columns * sheet->rows + 1, sizeof *sheet->cells);
    sheet->column = cn__calloc(sheet->columns + 1, sizeof *sheet->column);
    if (sheet->cells && sheet->column) return true;
    flow->failed = true;
    return false;
}

static void grid_end(cn__sheet *sheet)
{
    for (size_t i = 0; sheet->cells && i < sheet->columns * sheet->rows; i++) cn__rich_end(&sheet->cells[i]);
    cn__free(sheet->cells);
    cn__free(sheet->column);
}

void cn__flow_table(cn__flow *flow, const cn__report_table *table)
{
    cn__sheet sheet = {.columns = table->columns, .rows = table->rows, .head_column = table->head_column};
    if (grid_begin(flow, &sheet)) {
        for (size_t i = 0; i < sheet.columns * sheet.rows; i++) {
            cn__rich_begin(&sheet.cells[i], flow);
            cn__rich_add(&sheet.cells[i], table->cells[i], false);
        }
        for (size_t i = 0; i < sheet.columns; i++) sheet.column[i].align = cn__table_align(table, i);
        add_grid(flow, &sheet);
    }
    grid_end(&sheet);
}

static void fill_markdown_row(cn__sheet *sheet, size_t row, cmark_node *node)
{
    size_t i = 0;
    for (cmark_node *cell = cmark_node_first_child(node); cell; cell = cmark_node_next(cell))
        if (i < sheet->columns) cn__rich_add_node(cell_at(sheet, row, i++), cell, 9.5);
}

void cn__flow_markdown_table(cn__flow *flow, cmark_node *node)
{
    cn__sheet sheet = {.columns = cmark_gfm_extensions_get_table_columns(node)};
    const uint8_t *marks = cmark_gfm_extensions_get_table_alignments(node);
    for (cmark_node *row = cmark_node_first_child(node); row; row = cmark_node_next(row)) sheet.rows++;
    if (sheet.columns && grid_begin(flow, &sheet)) {
        for (size_t i = 0; i < sheet.columns * sheet.rows; i++) cn__rich_begin(&sheet.cells[i], flow);
        size_t r = 0;
        for (cmark_node *row = cmark_node_first_child(node); row; row = cmark_node_next(row))
            fill_markdown_row(&sheet, r++, row);
        for (size_t i = 0; i < sheet.columns; i++)
            sheet.column[i].align = marks && marks[i] == 'r'   ? CN_ALIGN_RIGHT
                                    : marks && marks[i] == 'c' ? CN_ALIGN_CENTRE
                                                               : CN_ALIGN_LEFT;
        add_grid(flow, &sheet);
    }
    grid_end(&sheet);
}
