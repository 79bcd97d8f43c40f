/* What tables are in every output: which columns are numbers and where their points stand; text, Markdown and HTML. */
#include <string.h>

#include "report/document.h"

const char *cn__table_cell(const cn__report_table *table, size_t row, size_t column)
{
    return table->cells[row * table->columns + column];
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Bytes of a mark between groups of digits: "1,024", or "40 950" with a space that does not break; 0: there is none. */
static size_t group_mark(const char *text)
{
    static const char space[] = "\u00A0";
    const size_t n = *text == ',' ? 1 : strncmp(text, space, sizeof space - 1) == 0 ? sizeof space - 1 : 0;
    return n && is_digit(text[n]) ? n : 0;
}

/* "-12", "+1,024", "−3": sign and digits, marks among them. 0 for no number. */
static size_t whole(const char *text)
{
    static const char minus[] = "\u2212";
    size_t n = 0;
    if (text[0] == '-' || text[0] == '+') n = 1;
    else if (strncmp(text, minus, sizeof minus - 1) == 0) n = sizeof minus - 1;
    size_t first = n;
    while (is_digit(text[n]) || (n > first && group_mark(text + n)))
        n += is_digit(text[n]) ? 1 : group_mark(text + n);
    return n > first || (text[n] == '.' && is_digit(text[n + 1])) ? n : 0;
}

/* Is what follows a number's digits a power of ten and one unit, as in "e-05", " MB", "%", " s/epoch"? */
static bool is_rest(const char *p)
{
    if (*p == '.') p++;
    while (is_digit(*p)) p++;
    if ((*p == 'e' || *p == 'E') && (is_digit(p[1]) || ((p[1] == '-' || p[1] == '+') && is_digit(p[2]))))
        for (p += 2; is_digit(*p);) p++;
    if (*p == '%' && !p[1]) return true;
    if (*p == ' ') p++;
    return strlen(p) <= 12 && !strpbrk(p, " 0123456789.,;:");
}

static bool is_number(const char *text)
{
    size_t n = whole(text);
    return (n || (text[0] == '.' && is_digit(text[1]))) && is_rest(text + n);
}

/* Cells that say that there is no number. */
static bool is_blank(const char *text)
{
    static const char *const blanks[] = {"", "-", "\u2013", "\u2014", "nan", "inf", "-inf"};
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (strcmp(text, blanks[i]) == 0) return true;
    return *text == '(' && text[strlen(text) - 1] == ')'; /* "(not run)" */
}

cn__align cn__table_align(const cn__report_table *table, size_t column)
{
    bool numbers = false;
    if (table->head_column && column == 0) return CN_ALIGN_LEFT;
    for (size_t row = 1; row < table->rows; row++) {
        const char *cell = cn__table_cell(table, row, column);
        if (is_number(cell)) numbers = true;
        else if (!is_blank(cell)) return CN_ALIGN_LEFT;
    }
    return numbers ? CN_ALIGN_DECIMAL : CN_ALIGN_LEFT;
}

size_t cn__whole_part(const char *text) { return is_number(text) ? whole(text) : strlen(text); }

size_t cn__table_decimals(const cn__report_table *table, size_t column)
{
    size_t most = 0;
    for (size_t row = 1; row < table->rows; row++) {
        const char *cell = cn__table_cell(table, row, column);
        size_t width = cn__text_width(cell + cn__whole_part(cell));
        if (width > most) most = width;
    }
    return most;
}

/* ---- text ------------------------------------------------------------------------------------------------- */

static void spaces(cn__text *out, size_t n)
{
    for (size_t i = 0; i < n; i++) cn__text_add(out, " ");
}

typedef struct text_column {
    cn__align align;
    size_t width, decimals;
} text_column;

static text_column measure_column(const cn__report_table *table, size_t column)
{
    text_column c = {.align = cn__table_align(table, column)};
    if (c.align == CN_ALIGN_DECIMAL) c.decimals = cn__table_decimals(table, column);
    for (size_t row = 0; row < table->rows; row++) {
        const char *cell = cn__table_cell(table, row, column);
        size_t width = cn__text_width(cell);
        if (c.align == CN_ALIGN_DECIMAL && row > 0)
            width += c.decimals - cn__text_width(cell + cn__whole_part(cell));
        if (width > c.width) c.width = width;
    }
    return c;
}

/* NULL, and `out` failed, when out of memory. */
static text_column *measure_columns(const cn__report_table *table, cn__text *out)
{
    text_column *columns = cn__calloc(table->columns, sizeof *columns);
    if (!columns) out->failed = true;
    for (size_t i = 0; columns && i < table->columns; i++) columns[i] = measure_column(table, i);
    return columns;
}

static void add_text_cell(const text_column *c, const char *cell, bool head, bool last, cn__text *out)
{
    size_t width = cn__text_width(cell), after = 0, before = 0;
    if (c->align == CN_ALIGN_LEFT) {
        after = c->width - width;
    } else {
        after = head ? 0 : c->decimals - cn__text_width(cell + cn__whole_part(cell));
        before = c->width - width - after;
    }
    spaces(out, before);
    cn__text_add(out, cell);
    if (!last) spaces(out, after + 2);
}

void cn__table_text(const cn__report_table *table, cn__text *out)
{
    text_column *columns = measure_columns(table, out);
    if (!columns) return;
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->columns; i++)
            add_text_cell(&columns[i], cn__table_cell(table, row, i), row == 0, i + 1 == table->columns, out);
        while (out->size && out->data[out->size - 1] == ' ') out->data[--out->size] = '\0';
        cn__text_add(out, "\n");
    }
    cn__free(columns);
}

/* ---- Markdown --------------------------------------------------------------------------------------------- */

void cn__markdown_escape(cn__text *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_[]<>|&#~$", *text)) cn__text_add(out, "\\");
        cn__text_add_bytes(out, *text == '\n' ? " " : text, 1);
    }
}

void cn__table_markdown(const cn__report_table *table, cn__text *out)
{
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->columns; i++) {
            cn__text_add(out, i ? " | " : "| ");
            cn__markdown_escape(out, cn__table_cell(table, row, i));
        }
        cn__text_add(out, " |\n");
        for (size_t i = 0; row == 0 && i < table->columns; i++)
            cn__text_add(out, cn__table_align(table, i) == CN_ALIGN_DECIMAL ? "|---:" : "|:---");
        if (row == 0) cn__text_add(out, "|\n");
    }
}

/* ---- HTML ------------------------------------------------------------------------------------------------- */

static void add_html_bytes(const char *text, size_t n, cn__text *out)
{
    for (size_t i = 0; i < n; i++) {
        char one[2] = {text[i], '\0'};
        cn__html_escape(out, one);
    }
}

/* Digits are equally wide in tables; the part behind the point has the room of the longest, so that points align. */
static void add_html_number(const char *cell, size_t decimals, cn__text *out)
{
    size_t n = cn__whole_part(cell);
    bool rest = cell[n] != '\0', alone = !rest && n > 0 && decimals > 0;
    if (alone) cn__text_printf(out, "<span style=\"padding-right:%zuch\">", decimals);
    add_html_bytes(cell, n, out);
    if (alone) cn__text_add(out, "</span>");
    if (!rest || !decimals) return;
    cn__text_printf(out, "<span style=\"display:inline-block;text-align:left;min-width:%zuch\">", decimals);
    cn__html_escape(out, cell + n);
    cn__text_add(out, "</span>");
}

static void add_html_row(const cn__report_table *table, const text_column *columns, size_t row, cn__text *out)
{
    cn__text_add(out, "<tr>");
    for (size_t i = 0; i < table->columns; i++) {
        const char *cell = cn__table_cell(table, row, i);
        bool number = columns[i].align == CN_ALIGN_DECIMAL, names = table->head_column && i == 0;
        const char *tag = row == 0 || names ? "th" : "td";
        const char *scope = row == 0 ? " scope=\"col\"" : names ? " scope=\"row\"" : "";
        cn__text_printf(out, "<%s%s%s>", tag, scope, number ? " style=\"text-align:right\"" : "");
        if (number && row > 0) add_html_number(cell, columns[i].decimals, out);
        else cn__html_escape(out, cell);
        cn__text_printf(out, "</%s>", tag);
    }
    cn__text_add(out, "</tr>\n");
}

void cn__table_html(const cn__report_table *table, cn__text *out)
{
    text_column *columns = measure_columns(table, out);
    if (!columns) return;
    cn__text_add(out, "<table>\n<thead>\n");
    add_html_row(table, columns, 0, out);
    cn__text_add(out, "</thead>\n");
    if (table->rows > 1) cn__text_add(out, "<tbody>\n");
    for (size_t row = 1; row < table->rows; row++) add_html_row(table, columns, row, out);
    cn__text_add(out, table->rows > 1 ? "</tbody>\n</table>\n" : "</table>\n");
    cn__free(columns);
}
