/* Tables as text (RFC 4180). The file's bytes are kept and cells are made in place: unquoted, trimmed and ended with
 * a '\0', so that a cell is an offset. Beyond the bytes: four bytes a cell while it is read, eight a number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "data/data.h"

#define MOST_COLUMNS 10000
#define LONGEST_CELL 65535
#define QUOTED 0x80000000u /* a bit of a cell's offset; the limit of a file leaves it free */

typedef struct memory {
    cn__arena arena;
    char *bytes;
} memory;

typedef struct reader {
    char *bytes;
    size_t size, at, line;
    const char *path;
    char delimiter;
    bool comma;              /* numbers have a decimal comma */
    uint32_t *cells, *lines; /* rows · width offsets, the head line first; a line for each row */
    size_t count, rows, width;
} reader;

enum { END_CELL, END_ROW, END_FILE };

/* ---- text or not -------------------------------------------------------------------------------------------------- */

static cn_status check_kind(const char *path, const unsigned char *b, size_t size)
{
    if (size > 1 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return cn__fail(CN_ERROR_FORMAT, "%s is UTF-16 text; save it as UTF-8", path);
    if (cn__is_zip(b, size))
        return cn__fail(CN_ERROR_FORMAT, "%s is a zip file or a spreadsheet, no CSV; save the sheet as CSV",
                        path);
    if (cn__is_gzip(b, size))
        return cn__fail(CN_ERROR_FORMAT, "%s is a gzip file, no CSV; decompress it", path);
    return CN_OK;
}

static bool ends_line(const reader *r, size_t at)
{
    return r->bytes[at] == '\n' || (r->bytes[at] == '\r' && (at + 1 == r->size || r->bytes[at + 1] != '\n'));
}

static cn_status check_text(const reader *r)
{
    const unsigned char *b = (const unsigned char *)r->bytes;
    CN_TRY(check_kind(r->path, b, r->size));
    size_t line = 1, length = 0;
    for (size_t i = 0; i < r->size; i += length) {
        length = cn__utf8_length(r->bytes + i, r->size - i);
        bool control = (b[i] < ' ' && !strchr("\t\n\r", b[i])) || b[i] == 0x7f;
        if (!length || control || !b[i])
            return cn__fail(CN_ERROR_FORMAT,
                            "%s, line %zu: the byte 0x%02x is no %s; expected a table as UTF-8", r->path,
                            line, b[i], length ? "text" : "UTF-8");
        line += ends_line(r, i);
    }
    return CN_OK;
}

/* ---- cells -------------------------------------------------------------------------------------------------------- */

int cn__csv_shown(const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != '\n' && text[n] != '\r') {
        size_t more = cn__utf8_length(text + n, 4);
        if (n + more > 40 || !more) break;
        n += more;
    }
    return (int)n;
}

static char find_delimiter(const reader *r)
{
    static const char known[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = r->at; i < r->size && (quoted || !strchr("\r\n", r->bytes[i])); i++) {
        const char *found = strchr(known, r->bytes[i]);
        if (r->bytes[i] == '"') quoted = !quoted;
        else if (found && !quoted) counts[found - known]++;
    }
    for (size_t k = 1; k < 3; k++)
        if (counts[k] > counts[best]) best = k;
    return known[best];
}

static bool is_blank(const reader *r, char c) { return c == ' ' || (c == '\t' && r->delimiter != '\t'); }

/* What ends a cell at `at`, if anything does; a line end is passed over. */
static int separator(reader *r)
{
    if (r->at >= r->size) return END_FILE;
    char c = r->bytes[r->at];
    if (c == r->delimiter) return r->at++, END_CELL;
    if (c != '\n' && c != '\r') return -1;
    r->at += c == '\r' && r->bytes[r->at + 1] == '\n' ? 2 : 1;
    r->line++;
    return END_ROW;
}

static cn_status fail_cell(const reader *r, size_t line, size_t column, const char *what)
{
    return cn__fail(CN_ERROR_FORMAT, "%s, line %zu, column %zu: %s", r->path, line, column, what);
}

/* A quoted cell; `at` is behind the opening quote. */
static cn_status quoted_cell(reader *r, size_t column, size_t *end)
{
    size_t line = r->line, first = r->at, to = r->at;
    for (;; r->at++) {
        if (r->at >= r->size)
            return fail_cell(r, line, column, "the quote \" that begins a cell here is never closed");
        if (r->bytes[r->at] == '"' && r->bytes[++r->at] != '"') break;
        if (to - first >= LONGEST_CELL)
            return fail_cell(r, line, column, "more than 65,535 bytes in a cell; is a quote \" not closed?");
        r->line += ends_line(r, r->at);
        r->bytes[to++] = r->bytes[r->at];
    }
    while (is_blank(r, r->bytes[r->at])) r->at++;
    *end = to;
    return CN_OK;
}

static cn_status plain_cell(reader *r, size_t column, size_t *end)
{
    size_t first = r->at, to = first;
    for (; r->at < r->size && r->bytes[r->at] != r->delimiter && !strchr("\r\n", r->bytes[r->at]); r->at++) {
        if (r->bytes[r->at] == '"')
            return fail_cell(
                r, r->line, column,
                "a quote \" within a cell; expected the whole cell in quotes, and \"\" for one of its own");
        if (!is_blank(r, r->bytes[r->at])) to = r->at + 1;
    }
    if (to - first > LONGEST_CELL) return fail_cell(r, r->line, column, "more than 65,535 bytes in a cell");
    *end = to;
    return CN_OK;
}

static cn_status read_cell(reader *r, size_t column, int *ended)
{
    while (is_blank(r, r->bytes[r->at])) r->at++;
    bool quoted = r->bytes[r->at] == '"';
    if (quoted) r->at++;
    size_t first = r->at, end = first;
    CN_TRY((quoted ? quoted_cell : plain_cell)(r, column, &end));
    size_t line = r->line;
    *ended = separator(r);
    if (*ended < 0) {
        int n = cn__csv_shown(r->bytes + r->at);
        return cn__fail(
            CN_ERROR_FORMAT, "%s, line %zu, column %zu: '%.*s' behind a closed quote; expected '%s'", r->path,
            line, column, n, r->bytes + r->at, r->delimiter == '\t' ? "tab" : (char[]){r->delimiter, 0});
    }
    r->bytes[end] = '\0';
    r->cells[r->count++] = (uint32_t)first | (quoted ? QUOTED : 0);
    return CN_OK;
}

static cn_status read_row(reader *r, bool *more)
{
    size_t line = r->line, n = 0, first = r->count;
    int ended = END_CELL;
    while (ended == END_CELL) {
        if (n == MOST_COLUMNS)
            return cn__fail(CN_ERROR_FORMAT, "%s, line %zu: more than %d columns", r->path, line,
                            MOST_COLUMNS);
        CN_TRY(read_cell(r, ++n, &ended));
    }
    *more = ended != END_FILE;
    uint32_t only = r->cells[first];
    if (n == 1 && !(only & QUOTED) && !r->bytes[only]) { /* an empty line */
        r->count = first;
        return CN_OK;
    }
    if (!r->width) r->width = n;
    if (n != r->width)
        return cn__fail(CN_ERROR_FORMAT, "%s, line %zu: %zu cell%s, and the head line names %zu columns",
                        r->path, line, n, n == 1 ? "" : "s", r->width);
    r->lines[r->rows++] = (uint32_t)line;
    return CN_OK;
}

/* No more cells and rows than there are separators, and one. */
static cn_status allot(reader *r, cn__arena *arena)
{
    size_t separators = 1, ends = 1;
    for (size_t i = r->at; i < r->size; i++) {
        bool end = r->bytes[i] == '\n' || r->bytes[i] == '\r';
        separators += end || r->bytes[i] == r->delimiter;
        ends += end;
    }
    r->cells = cn__malloc(separators * sizeof *r->cells);
    r->lines = cn__arena_array(arena, ends, sizeof *r->lines);
    return r->cells && r->lines ? CN_OK : CN_ERROR_MEMORY;
}

static const char *cell(const reader *r, size_t row, size_t column)
{
    return r->bytes + (r->cells[row * r->width + column] & ~QUOTED);
}

/* ---- columns ------------------------------------------------------------------------------------------------------ */

bool cn__csv_number(const char *text, double *out)
{
    const char *c = text + strspn(text, "+-");
    if (c - text > 1) return false;
    size_t before = strspn(c, "0123456789");
    c += before;
    size_t after = *c == '.' ? strspn(c + 1, "0123456789") + 1 : 0;
    if (after ? before + after < 2 : !before) return false;
    c += after;
    if (*c == 'e' || *c == 'E') {
        c += c[1] == '+' || c[1] == '-' ? 2 : 1;
        size_t digits = strspn(c, "0123456789");
        if (!digits) return false;
        c += digits;
    }
    if (*c) return false;
    *out = cn__strtod(text, NULL);
    return isfinite(*out);
}

bool cn__csv_comma_number(const char *text)
{
    const char *c = text + strspn(text, "+-");
    size_t before = strspn(c, "0123456789");
    size_t after = before && c[before] == ',' ? strspn(c + before + 1, "0123456789") : 0;
    return after && !c[before + 1 + after];
}

static bool is_missing(const char *text)
{
    static const char *const words[] = {"", "NA", "N/A", "nan", "NaN", "NAN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) return true;
    return false;
}

/* R writes words in quotes and what is missing without: a quoted "NA" among words is a word. */
static bool word_is_missing(const reader *r, size_t row, size_t column)
{
    const char *text = cell(r, row, column);
    return r->cells[row * r->width + column] & QUOTED ? !*text : is_missing(text);
}

/* Where commas do not part cells and no number has a point, "3,5" is one: so do spreadsheets write in many languages. */
static bool has_decimal_commas(const reader *r)
{
    double number;
    if (r->delimiter == ',') return false;
    for (size_t i = r->width; i < r->rows * r->width; i++) {
        const char *text = cell(r, i / r->width, i % r->width);
        if (strchr(text, '.') && cn__csv_number(text, &number)) return false;
    }
    return true;
}

static bool number_of(const reader *r, size_t row, size_t column, double *out)
{
    char *text = r->bytes + (r->cells[row * r->width + column] & ~QUOTED);
    if (cn__csv_number(text, out)) return true;
    if (!r->comma || !cn__csv_comma_number(text)) return false;
    char *comma = strchr(text, ',');
    *comma = '.';
    bool read = cn__csv_number(text, out);
    *comma = ',';
    return read;
}

/* Looks for what keeps the column from being one of numbers. */
static bool is_numeric(const reader *r, size_t k, cn_csv_column *column)
{
    for (size_t row = 1; row < r->rows; row++) {
        const char *text = cell(r, row, k);
        double number;
        if (is_missing(text)) continue;
        bool is_number = number_of(r, row, k, &number);
        column->numeric += is_number || cn__csv_comma_number(text);
        if (!is_number && !column->odd) column->odd = text, column->odd_line = r->lines[row];
    }
    return !column->odd;
}

static cn_status read_numbers(const reader *r, cn__arena *arena, size_t k, cn_csv_column *column)
{
    double *numbers = cn__arena_array(arena, r->rows - 1, sizeof *numbers);
    if (!numbers) return CN_ERROR_MEMORY;
    for (size_t row = 1; row < r->rows; row++)
        if (!number_of(r, row, k, &numbers[row - 1])) {
            numbers[row - 1] = (double)NAN;
            column->missing++;
        }
    column->numbers = numbers;
    column->numeric = 0;
    return CN_OK;
}

typedef struct word {
    const char *text;
    size_t row;
} word;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const word *)a)->text, ((const word *)b)->text);
}

static cn_status read_words(const reader *r, cn__arena *arena, size_t k, cn_csv_column *column)
{
    size_t n = 0, distinct = 0;
    word *words = cn__malloc(r->rows * sizeof *words);
    uint32_t *indices = cn__arena_array(arena, r->rows - 1, sizeof *indices);
    for (size_t row = 1; words && indices && row < r->rows; row++) {
        indices[row - 1] = CN_CSV_MISSING;
        if (word_is_missing(r, row, k)) column->missing++;
        else words[n++] = (word){cell(r, row, k), row - 1};
    }
    if (words && n) qsort(words, n, sizeof *words, by_text);
    for (size_t i = 0; i < n; i++) distinct += i == 0 || strcmp(words[i].text, words[i - 1].text) != 0;
    const char **categories = indices ? cn__arena_array(arena, distinct + 1, sizeof *categories) : NULL;
    if (!words || !indices || !categories) {
        cn__free(words);
        return CN_ERROR_MEMORY;
    }
    for (size_t i = 0, at = 0; i < n; i++) {
        if (i == 0 || strcmp(words[i].text, words[i - 1].text) != 0) categories[at++] = words[i].text;
        indices[words[i].row] = (uint32_t)(at - 1);
    }
    cn__free(words);
    column->words = indices;
    column->categories = categories;
    column->category_count = distinct;
    return CN_OK;
}

static cn_status check_names(const reader *r)
{
    size_t numbers = 0;
    double number;
    for (size_t k = 0; k < r->width; k++) {
        if (!*cell(r, 0, k))
            return cn__fail(
                CN_ERROR_FORMAT,
                "%s, line %u: column %zu has no name (pandas writes such a one; index=False leaves it out)",
                r->path, r->lines[0], k + 1);
        for (size_t other = 0; other < k; other++)
            if (strcmp(cell(r, 0, k), cell(r, 0, other)) == 0)
                return cn__fail(CN_ERROR_FORMAT, "%s, line %u: columns %zu and %zu are both called '%.*s'",
                                r->path, r->lines[0], other + 1, k + 1, cn__csv_shown(cell(r, 0, k)),
                                cell(r, 0, k));
        numbers += cn__csv_number(cell(r, 0, k), &number);
    }
    if (numbers == r->width)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s, line %u: '%.*s' and so on; expected the columns' names in the first line",
                        r->path, r->lines[0], cn__csv_shown(cell(r, 0, 0)), cell(r, 0, 0));
    return CN_OK;
}

static cn_status make_columns(reader *r, cn__arena *arena, cn_csv *out)
{
    if (!r->rows) return cn__fail(CN_ERROR_FORMAT, "%s is empty; expected a table with a head line", r->path);
    CN_TRY(check_names(r));
    if (r->rows == 1) return cn__fail(CN_ERROR_FORMAT, "%s has a head line and no rows", r->path);
    cn_csv_column *columns = cn__arena_array(arena, r->width, sizeof *columns);
    if (!columns) return CN_ERROR_MEMORY;
    r->comma = has_decimal_commas(r);
    for (size_t k = 0; k < r->width; k++) {
        columns[k].name = cell(r, 0, k);
        CN_TRY((is_numeric(r, k, &columns[k]) ? read_numbers : read_words)(r, arena, k, &columns[k]));
    }
    out->path = cn__arena_strdup(arena, r->path);
    out->delimiter = r->delimiter;
    out->rows = r->rows - 1;
    out->columns = r->width;
    out->column = columns;
    out->lines = r->lines + 1;
    return out->path ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- a file --------------------------------------------------------------------------------------------------------- */

static cn_status read_table(reader *r, cn__arena *arena, cn_csv *out)
{
    CN_TRY(check_text(r));
    if (r->size >= 3 && memcmp(r->bytes, "\xef\xbb\xbf", 3) == 0) r->at = 3;
    while (r->at < r->size && (r->bytes[r->at] == '\n' || r->bytes[r->at] == '\r')) (void)separator(r);
    r->delimiter = find_delimiter(r);
    CN_TRY(allot(r, arena));
    for (bool more = r->at < r->size; more;) CN_TRY(read_row(r, &more));
    return make_columns(r, arena, out);
}

cn_status cn__csv_parse(char *bytes, size_t size, const char *path, cn_csv *out)
{
    *out = (cn_csv){0};
    memory *m = cn__calloc(1, sizeof *m);
    if (!m) {
        cn__free(bytes);
        return CN_ERROR_MEMORY;
    }
    m->bytes = bytes;
    out->memory = m;
    reader r = {.bytes = bytes, .size = size, .line = 1, .path = path};
    cn_status status = size > CN_CSV_LIMIT
                           ? cn__fail(CN_ERROR_FORMAT, "%s: a table of %zu bytes, at most %zu are read", path,
                                      size, CN_CSV_LIMIT)
                           : read_table(&r, &m->arena, out);
    cn__free(r.cells);
    if (status != CN_OK) cn_csv_free(out);
    return status;
}

cn_status cn_csv_read(const char *path, cn_csv *out)
{
    char *bytes;
    size_t size;
    *out = (cn_csv){0};
    CN_TRY(cn__file_read(path, &bytes, &size, CN_CSV_LIMIT));
    return cn__csv_parse(bytes, size, path, out);
}

void cn_csv_free(cn_csv *csv)
{
    memory *m = csv->memory;
    if (m) {
        cn__arena_free(&m->arena);
        cn__free(m->bytes);
        cn__free(m);
    }
    *csv = (cn_csv){0};
}
