/* How a table's text is laid out: what parts its cells, where it begins below titles and comments, whether its first row
 * has the names. Looked at are the first rows; what is not sure is said in the notes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/table/steps.h"

enum { SAMPLE = 200, SAMPLE_BYTES = 1 << 21 };

/* ---- rows -------------------------------------------------------------------------------------------------------------- */

/* Moves over a row with quotes, which may hold line ends; counts its cells and its lines. *open: a quote in its last cell is
 * not closed. */
static const char *pass_quoted_row(const cn__layout *l, const char *p, const char *end, size_t *cells,
                                   size_t *lines, bool *open)
{
    cn__cell cell;
    *open = false;
    *cells = 0;
    const char *begin = p;
    int ended = CN_CELL_NEXT;
    while (ended == CN_CELL_NEXT) {
        ended = cn__cell_next(l, &p, end, &cell);
        ++*cells;
        *open = cell.open;
        if (ended == CN_CELL_NEXT && p >= end) { /* a separator ends the file */
            ++*cells;
            break;
        }
    }
    *lines = 0;
    for (const char *q = begin; (q = memchr(q, '\n', (size_t)(p - q))); q++) ++*lines;
    return p;
}

static const char *pass_row(const cn__layout *l, const char *p, const char *end, size_t *cells, size_t *lines)
{
    bool open;
    return pass_quoted_row(l, p, end, cells, lines, &open);
}

static bool is_blank_row(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) p++;
    return p == end;
}

/* The line that begins at p is blank, or a comment: where the next begins; else NULL. */
static const char *pass_idle(const cn__layout *l, const char *p, const char *end)
{
    const char *q = memchr(p, '\n', (size_t)(end - p));
    q = q ? q + 1 : end;
    bool tabs = l->separator == '\t' && memchr(p, '\t', (size_t)(q - p));
    return (!tabs && is_blank_row(p, q)) || (l->comment && *p == l->comment) ? q : NULL;
}

static cn_status grow(cn__row_list *r, size_t *capacity)
{
    *capacity = *capacity ? 2 * *capacity : 1024;
    size_t *begin = cn__realloc(r->begin, (*capacity + 1) * sizeof *begin);
    if (begin) r->begin = begin;
    uint32_t *lines = begin ? cn__realloc(r->lines, *capacity * sizeof *lines) : NULL;
    if (lines) r->lines = lines;
    return lines ? CN_OK : CN_ERROR_MEMORY;
}

/* Rows begin one after the other; what lies between, blank lines and comments, belongs to the row before, whose cells end
 * earlier. */
cn_status cn__table_index(const cn__source_text *t, cn__row_list *out)
{
    const cn__layout *l = &t->layout;
    const char *end = t->bytes + t->size, *p = t->bytes + t->begin;
    const bool quotes = l->quote && memchr(p, l->quote, (size_t)(end - p));
    size_t capacity = 0, line = t->first_line, cells, lines;
    *out = (cn__row_list){0};
    while (p < end) {
        const char *idle = pass_idle(l, p, end), *next = idle;
        if (idle) {
            p = next;
            line++;
            continue;
        }
        if (out->count == capacity) CN_TRY(grow(out, &capacity));
        if (line > UINT32_MAX - 1)
            return cn__fail(CN_ERROR_FORMAT, "%s has more than %u lines", t->path, UINT32_MAX - 1);
        out->begin[out->count] = (size_t)(p - t->bytes);
        out->lines[out->count++] = (uint32_t)line;
        if (quotes) {
            bool open;
            p = pass_quoted_row(l, p, end, &cells, &lines, &open);
            if (open)
                return cn__fail(
                    CN_ERROR_FORMAT,
                    "%s, line %zu, column %zu: the quote %c that begins a cell here is never closed; "
                    "plain_quotes=true takes it for a letter",
                    t->path, line, cells, l->quote);
            line += lines;
        } else {
            next = memchr(p, '\n', (size_t)(end - p));
            p = next ? next + 1 : end;
            line++;
        }
    }
    if (!out->begin) CN_TRY(grow(out, &capacity));
    out->begin[out->count] = t->size;
    return CN_OK;
}

void cn__row_list_free(cn__row_list *r)
{
    cn__free(r->begin);
    cn__free(r->lines);
    *r = (cn__row_list){0};
}

/* ---- separators ---------------------------------------------------------------------------------------------------------- */

typedef struct widths {
    size_t usual, rows, same, numbers,
        cells; /* usual: the most frequent number of cells; same: rows that have it */
} widths;

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static size_t count_numbers(const cn__layout *l, const char *p, const char *end, size_t cells)
{
    size_t numbers = 0;
    cn__cell cell;
    double v;
    for (size_t i = 0; i < cells && p < end; i++) {
        int ended = cn__cell_next(l, &p, end, &cell);
        numbers += cn__cell_number(l, &cell, &v, NULL) || cn__cell_missing(&cell, &(cn_names){0});
        if (ended == CN_CELL_LAST) break;
    }
    return numbers;
}

static widths measure(const cn__source_text *t, char separator)
{
    cn__layout l = t->layout;
    l.separator = separator;
    size_t each[SAMPLE], lines, run = 0;
    widths w = {0};
    const char *end = t->bytes + t->size, *p = t->bytes + t->begin,
               *stop = p + SAMPLE_BYTES < end ? p + SAMPLE_BYTES : end;
    while (p < stop && w.rows < SAMPLE) {
        const char *idle = pass_idle(&l, p, end),
                   *next = idle ? idle : pass_row(&l, p, stop, &each[w.rows], &lines);
        if (!idle) {
            if (next == stop && stop < end && w.rows) break; /* cut off */
            if (w.rows) w.numbers += count_numbers(&l, p, next, each[w.rows]);
            if (w.rows) w.cells += each[w.rows];
            w.rows++;
        }
        p = next;
    }
    if (w.rows) qsort(each, w.rows, sizeof *each, by_size);
    for (size_t i = 0; i < w.rows; i++) {
        run = i && each[i] == each[i - 1] ? run + 1 : 1;
        if (run >= w.same) w.same = run, w.usual = each[i];
    }
    return w;
}

/* Blanks part the cells where that makes columns of numbers, and nothing else makes as many. */
static bool parted_by_blanks(const widths *w, const widths *other)
{
    return w->usual > 1 && w->same * 20 >= (w->rows > 2 ? w->rows - 1 : w->rows) * 19 &&
           w->numbers * 3 >= w->cells * 2 && w->usual > other->usual;
}

/* The separator that gives most rows the same number of cells, more than one. */
static char guess_separator(const cn__source_text *t)
{
    static const char known[] = "\t;|,:";
    widths best = {0};
    char found = ',';
    for (size_t i = 0; known[i]; i++) {
        widths w = measure(t, known[i]);
        if (w.usual < 2 || (known[i] == ':' && best.usual > 1)) continue;
        bool better = best.usual < 2 || w.same * best.rows > best.same * w.rows ||
                      (w.same * best.rows == best.same * w.rows && w.usual > 2 * best.usual);
        if (better) best = w, found = known[i];
    }
    widths w = measure(t, ' ');
    bool alone = best.usual < 2 || best.same < best.rows,
         tabs = (found == '\t' || found == ':') && w.same == w.rows;
    return parted_by_blanks(&w, &best) && (alone || tabs) ? ' ' : found;
}

static cn_status read_separator(const char *word, char *out)
{
    static const char *const names[] = {"tab", "space", ",", ";", "|", ":"};
    static const char values[] = "\t ,;|:";
    for (size_t i = 0; i < 6; i++)
        if (strcmp(word, names[i]) == 0 || (word[0] == values[i] && !word[1])) {
            *out = values[i];
            return CN_OK;
        }
    if (strcmp(word, "\\t") == 0) {
        *out = '\t';
        return CN_OK;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "separator", word, names, 6);
}

/* ---- decimal mark --------------------------------------------------------------------------------------------------------- */

/* Where no number has a point, "3,5" is one: so do spreadsheets write in many languages. Between commas it stands in quotes,
 * and so does "1,234", which is more. */
static char guess_decimal(const cn__source_text *t)
{
    const cn__layout *l = &t->layout;
    const char *end = t->bytes + t->size, *p = t->bytes + t->begin;
    bool commas = false;
    size_t digits;
    for (size_t cells = 0; p < end && cells < 100000; cells++) {
        cn__cell cell;
        double v;
        (void)cn__cell_next(l, &p, end, &cell);
        bool comma = cn__cell_has_comma(&cell, &digits);
        commas = commas || (comma && (l->separator != ',' || digits != 3));
        if (memchr(cell.at, '.', cell.size) && cn__cell_number(l, &cell, &v, NULL)) return '.';
    }
    return commas ? ',' : '.';
}

/* ---- where it begins --------------------------------------------------------------------------------------------------------- */

typedef struct row_look {
    size_t cells, filled, numbers;
    const char *next;
} row_look;

static row_look look_at(const cn__layout *l, const char *p, const char *end)
{
    row_look r = {0};
    size_t lines, cells;
    double v;
    r.next = pass_row(l, p, end, &cells, &lines);
    for (int ended = CN_CELL_NEXT; ended == CN_CELL_NEXT && p < r.next;) {
        cn__cell cell;
        ended = cn__cell_next(l, &p, r.next, &cell);
        r.filled += cell.size > 0;
        r.numbers += cell.size && cn__cell_number(l, &cell, &v, NULL);
    }
    r.cells = cells;
    return r;
}

/* Titles and remarks above a table have fewer cells than its rows, or one cell of many. */
static void skip_titles(cn__source_text *t, cn__text *notes)
{
    const cn__layout *l = &t->layout;
    const size_t usual = t->usual;
    const char *end = t->bytes + t->size, *p = t->bytes + t->begin;
    size_t skipped = 0;
    while (p < end && usual > 1 && skipped < 50) {
        const char *idle = pass_idle(l, p, end);
        row_look r = {0}, after = {0};
        if (!idle) r = look_at(l, p, end), after = r;
        for (int i = 0; !idle && i < 5 && after.next < end && (i == 0 || after.filled == 0); i++)
            after = look_at(l, after.next, end);
        bool title =
            r.cells + 1 < usual || !r.filled ||
            (usual > 2 && r.filled == 1 && r.cells <= usual && after.filled > 1 && after.filled * 2 >= usual);
        if (usual == 2) title = r.cells == 1;
        if (!idle && (!title || r.next >= end)) break;
        for (const char *q = p; q < (idle ? idle : r.next); q++) t->first_line += *q == '\n';
        skipped += !idle;
        p = idle ? idle : r.next;
    }
    if (!skipped || p >= end) return;
    t->begin = (size_t)(p - t->bytes);
    cn__text_printf(notes, "%zu line%s above the table %s passed over.\n", skipped, skipped == 1 ? "" : "s",
                    skipped == 1 ? "is" : "are");
}

/* ---- names or not ----------------------------------------------------------------------------------------------------------- */

/* 0, 1, 2, … or 1, 2, 3, …, or years one after the other: numbers that are names. */
static bool counts_up(const double *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0] + (double)i) return false;
    bool years = n >= 2 && v[0] >= 1800 && v[0] <= 2100;
    return years || (n >= 3 && (v[0] == 0 || v[0] == 1));
}

typedef struct head_look {
    size_t cells, numbers, words, repeated; /* repeated: words that stand again in their column */
    size_t numeric_below;                   /* words over a column of numbers */
    size_t words_below;                     /* numbers over a column of words */
    size_t years;                           /* years over numbers that are no whole ones */
    double *values;
} head_look;

static bool is_year(const cn__layout *l, const cn__cell *cell)
{
    double v;
    return cn__cell_number(l, cell, &v, NULL) && v == floor(v) && v >= 1800 && v <= 2100;
}

static void compare_below(const cn__source_text *t, const cn__cell *head, const bool *is_number, head_look *h,
                          const char *p)
{
    const cn__layout *l = &t->layout;
    const char *end = t->bytes + t->size;
    bool *repeated = cn__calloc(h->cells, sizeof *repeated);
    size_t *numbers = cn__calloc(3 * h->cells, sizeof *numbers),
           *filled = numbers ? numbers + h->cells : NULL, *broken = numbers ? filled + h->cells : NULL;
    for (size_t row = 0; repeated && numbers && row < 1000 && p < end; row++) {
        int ended = CN_CELL_NEXT;
        for (size_t k = 0; k < h->cells && ended == CN_CELL_NEXT && p < end; k++) {
            cn__cell cell;
            double v;
            ended = cn__cell_next(l, &p, end, &cell);
            filled[k] += !cn__cell_missing(&cell, &(cn_names){0});
            const bool number = cn__cell_number(l, &cell, &v, NULL);
            numbers[k] += number;
            broken[k] += number && v != floor(v);
            repeated[k] = repeated[k] || (!is_number[k] && head[k].size && cell.size == head[k].size &&
                                          memcmp(cell.at, head[k].at, cell.size) == 0);
        }
        while (ended == CN_CELL_NEXT && p < end) {
            cn__cell cell;
            ended = cn__cell_next(l, &p, end, &cell);
        }
    }
    for (size_t k = 0; repeated && numbers && k < h->cells; k++) {
        h->repeated += repeated[k];
        h->numeric_below += !is_number[k] && !cn__cell_missing(&head[k], &(cn_names){0}) && filled[k] &&
                            numbers[k] * 10 >= filled[k] * 9;
        h->words_below += is_number[k] && filled[k] && numbers[k] * 2 < filled[k];
        h->years += is_number[k] && is_year(l, &head[k]) && filled[k] && broken[k] * 10 >= filled[k] * 9;
    }
    cn__free(repeated);
    cn__free(numbers);
}

static bool decide(const head_look *h)
{
    if (h->cells == 1 && !h->numbers) return h->numeric_below || !h->repeated;
    if (h->numbers == h->cells) return counts_up(h->values, h->numbers);
    if (h->numbers)
        return !h->repeated && (h->numeric_below || h->words_below || h->years == h->numbers ||
                                counts_up(h->values, h->numbers));
    if (h->repeated) return h->numeric_below > h->repeated;
    return true;
}

/* Does the first row hold the names? Not where it has numbers, nor words that stand below again. */
static cn_status guess_header(const cn__source_text *t, bool *out)
{
    const char *end = t->bytes + t->size, *p = t->bytes + t->begin, *first = p;
    size_t lines;
    head_look h = {0};
    const char *next = pass_row(&t->layout, p, end, &h.cells, &lines);
    *out = true;
    cn__cell *head = cn__calloc(h.cells, sizeof *head);
    bool *is_number = cn__calloc(h.cells, sizeof *is_number);
    h.values = cn__calloc(h.cells, sizeof *h.values);
    if (head && is_number && h.values) {
        for (size_t k = 0; k < h.cells && first < next; k++) {
            double v;
            (void)cn__cell_next(&t->layout, &first, next, &head[k]);
            is_number[k] = cn__cell_number(&t->layout, &head[k], &v, NULL);
            if (is_number[k]) h.values[h.numbers++] = v;
        }
        compare_below(t, head, is_number, &h, next);
        *out = decide(&h);
    }
    bool failed = !head || !is_number || !h.values;
    cn__free(head);
    cn__free(is_number);
    cn__free(h.values);
    return failed ? CN_ERROR_MEMORY : CN_OK;
}

static cn_status read_header(const char *word, bool *out)
{
    *out = strcmp(word, "true") == 0;
    if (*out || strcmp(word, "false") == 0) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "header = '%s', expected true (the first row has the names) or false",
                    word);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------- */

static cn_status check_columns(cn__source_text *t)
{
    t->usual = measure(t, t->layout.separator).usual;
    if (t->usual <= CN_MOST_COLUMNS) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "%s has %zu columns, at most %d are read", t->path, t->usual,
                    CN_MOST_COLUMNS);
}

cn_status cn__table_layout(cn__source_text *t, const cn_table_options *o, cn__text *notes)
{
    cn__layout *l = &t->layout;
    if (o->plain_quotes) l->quote = 0;
    if (t->form) return CN_OK;
    l->quote = o->plain_quotes ? 0 : '"';
    l->decimal = '.';
    const char *p = t->bytes + t->begin;
    while (*p == '\n' || *p == '\r') p++;
    l->comment = *p == '#' && (p[1] == ' ' || p[1] == '#') ? '#' : 0;
    if (o->separator) CN_TRY(read_separator(o->separator, &l->separator));
    else l->separator = guess_separator(t);
    CN_TRY(check_columns(t));
    skip_titles(t, notes);
    if (o->decimal && *o->decimal != '.' && *o->decimal != ',')
        return cn__fail(CN_ERROR_ARGUMENT, "decimal = '%s', expected a point or a comma", o->decimal);
    l->decimal = o->decimal ? *o->decimal : guess_decimal(t);
    if (l->decimal == ',') cn__text_add(notes, "Numbers have a decimal comma.\n");
    return o->header ? read_header(o->header, &l->header) : guess_header(t, &l->header);
}
