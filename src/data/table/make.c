/* A text to a table: the steps of steps.h one after the other, the columns' names, and what is noted for the reader. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/table/steps.h"

typedef struct maker {
    cn__source_text text;
    const cn_table_options *options;
    cn_table *table;
    cn__row_list rows;
    cn__survey survey;
    bool row_names; /* the header lacks a name for the first column, as R writes it */
} maker;

/* ---- names ------------------------------------------------------------------------------------------------------------ */

/* An empty name becomes "c3", a second "age" becomes "age.1", as pandas has it. */
static cn_status set_name(cn_table *t, size_t k, const char *name, size_t *doubled)
{
    const char *is = *name ? name : cn__arena_format(&t->arena, "c%zu", k + 1);
    for (size_t n = 1; is && t->slots[cn__table_slot(t, is)]; n += n < 100 ? 1 : k) {
        *doubled += n == 1 && *name;
        is = cn__arena_format(&t->arena, "%s.%zu", *name ? name : "c", n);
    }
    t->column[k].name = is;
    if (is) t->slots[cn__table_slot(t, is)] = (uint32_t)k + 1;
    t->column[k].unnamed = !*name || strncmp(name, "Unnamed", 7) == 0;
    return is ? CN_OK : CN_ERROR_MEMORY;
}

/* The cells of the first row, from column `first` on. */
static cn_status read_names(maker *m, size_t first, size_t *doubled)
{
    cn_table *t = m->table;
    const char *p = m->text.bytes + m->rows.begin[0], *end = m->text.bytes + m->rows.begin[1];
    int ended = CN_CELL_NEXT;
    for (size_t k = first; k < t->columns; k++) {
        cn__cell cell = {.at = ""};
        if (ended == CN_CELL_NEXT && p < end) ended = cn__cell_next(&m->text.layout, &p, end, &cell);
        char *name = cn__arena_alloc(&t->arena, cell.size + 1);
        if (!name) return CN_ERROR_MEMORY;
        cn__cell_text(&m->text.layout, &cell, name);
        if (m->text.layout.comment && *name == m->text.layout.comment) name += 1 + strspn(name + 1, " ");
        CN_TRY(set_name(t, k, name, doubled));
    }
    return CN_OK;
}

static cn_status copy_names(cn_table *t, const char *const *names, size_t count, size_t *doubled)
{
    for (size_t k = 0; k < t->columns; k++) {
        const char *copy = cn__arena_strdup(&t->arena, k < count ? names[k] : "");
        if (!copy) return CN_ERROR_MEMORY;
        CN_TRY(set_name(t, k, copy, doubled));
    }
    return CN_OK;
}

static cn_status name_columns(maker *m)
{
    cn_table *t = m->table;
    const cn_names *own = &m->options->names;
    size_t doubled = 0, none = 0;
    if (own->count && own->count != t->columns)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: %zu names, and the table has %zu columns", t->path,
                        own->count, t->columns);
    if (own->count) CN_TRY(copy_names(t, own->items, own->count, &doubled));
    else if (m->text.form) CN_TRY(copy_names(t, m->text.names, m->text.name_count, &doubled));
    else if (!m->text.layout.header) CN_TRY(copy_names(t, NULL, 0, &none));
    else {
        if (m->row_names) CN_TRY(set_name(t, 0, "", &none));
        CN_TRY(read_names(m, m->row_names, &doubled));
    }
    if (!own->count && !m->text.form && !m->text.layout.header) {
        cn__text_add(&t->notes, "There is no row of names: ");
        if (t->columns == 1) cn__text_add(&t->notes, "the column is called c1");
        else cn__text_printf(&t->notes, "the columns are called c1 to c%zu", t->columns);
        cn__text_add(&t->notes, " (header=true takes the first row for the names).\n");
    }
    if (doubled)
        cn__text_printf(&t->notes, "%zu name%s there twice; a number was put behind the second.\n", doubled,
                        doubled == 1 ? " is" : "s are");
    return CN_OK;
}

static cn_status mark(maker *m, const cn_names *names, cn_column_kind kind)
{
    for (size_t i = 0; i < names->count; i++) {
        size_t k;
        CN_TRY(cn_table_find(m->table, names->items[i], &k));
        m->table->column[k].kind = kind;
        m->table->column[k].forced = true;
    }
    return CN_OK;
}

/* ---- how many columns and rows -------------------------------------------------------------------------------------------- */

static size_t count_cells(const maker *m, size_t row)
{
    const char *p = m->text.bytes + m->rows.begin[row], *end = m->text.bytes + m->rows.begin[row + 1];
    size_t n = 0;
    for (int ended = CN_CELL_NEXT; ended == CN_CELL_NEXT && p < end; n++) {
        cn__cell cell;
        ended = cn__cell_next(&m->text.layout, &p, end, &cell);
    }
    return n;
}

static cn_status begin_table(maker *m)
{
    cn_table *t = m->table;
    bool header = m->text.layout.header;
    if (!m->rows.count) return cn__fail(CN_ERROR_FORMAT, "%s is empty; expected a table", t->path);
    size_t first = count_cells(m, 0);
    t->columns = m->text.form ? m->text.name_count : !header || first < m->text.usual ? m->text.usual : first;
    if (!t->columns) t->columns = first;
    m->row_names = header && !m->text.form && first + 1 == t->columns;
    if (header && m->rows.count == 1)
        return cn__fail(CN_ERROR_FORMAT, "%s has a row of names and no other (header=false takes it as data)",
                        t->path);
    if (m->rows.count - header > UINT32_MAX - 1)
        return cn__fail(CN_ERROR_FORMAT, "%s has %zu rows, at most %u are read", t->path, m->rows.count,
                        UINT32_MAX - 1);
    t->form = m->text.form;
    t->separator = m->text.layout.separator;
    t->header = header;
    if (t->columns > CN_MOST_COLUMNS)
        return cn__fail(CN_ERROR_FORMAT, "%s has %zu columns, at most %d are read", t->path, t->columns,
                        CN_MOST_COLUMNS);
    t->column = cn__arena_array(&t->arena, t->columns + 1, sizeof *t->column);
    return t->column ? cn__table_slots(t) : CN_ERROR_MEMORY;
}

/* The rows without that of the names, and without the first `bad`. */
static void drop_rows(maker *m, const unsigned char *bad)
{
    size_t kept = 0;
    cn__row_list *r = &m->rows;
    for (size_t i = 0; i < r->count; i++) {
        if (bad ? bad[i] : i == 0) continue;
        r->begin[kept] = r->begin[i];
        r->lines[kept++] = r->lines[i];
    }
    if (!bad) r->begin[kept] = r->begin[r->count];
    r->count = kept;
}

static cn_status note_rows(maker *m)
{
    cn__survey *s = &m->survey;
    cn_table *t = m->table;
    const bool one = t->columns == 1;
    if (s->bad_rows && s->bad_rows == m->rows.count)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s, line %u: %zu cells, and there %s %zu column%s; so it is in every row", t->path,
                        m->rows.lines[s->first_bad], s->bad_cells, one ? "is" : "are", t->columns,
                        one ? "" : "s");
    if (s->bad_rows && !m->options->skip_bad_rows)
        return cn__fail(
            CN_ERROR_FORMAT,
            "%s, line %u: %zu cells, and there %s %zu column%s. skip_bad_rows=true leaves out such rows (%zu); "
            "plain_quotes=true or separator= may help where they are good",
            t->path, m->rows.lines[s->first_bad], s->bad_cells, one ? "is" : "are", t->columns,
            one ? "" : "s", s->bad_rows);
    if (s->short_rows)
        cn__text_printf(
            &t->notes,
            "%zu row%s fewer cells than there are columns, the first in line %u: what they lack is "
            "missing.\n",
            s->short_rows, s->short_rows == 1 ? " has" : "s have", m->rows.lines[s->first_short]);
    return CN_OK;
}

static cn_status survey(maker *m)
{
    cn_table *t = m->table;
    m->survey =
        (cn__survey){.text = &m->text, .options = m->options, .rows = &m->rows, .columns = t->columns};
    m->survey.facts = cn__arena_array(&t->arena, t->columns, sizeof *m->survey.facts);
    if (!m->survey.facts) return CN_ERROR_MEMORY;
    CN_TRY(cn__table_survey(&m->survey));
    if (m->survey.bad_rows && m->survey.bad_rows < m->rows.count && m->options->skip_bad_rows) {
        unsigned char *bad = m->survey.bad;
        cn__text_printf(
            &t->notes, "%zu row%s more cells than there are columns and %s left out, the first in line %u.\n",
            m->survey.bad_rows, m->survey.bad_rows == 1 ? " has" : "s have",
            m->survey.bad_rows == 1 ? "is" : "are", m->rows.lines[m->survey.first_bad]);
        size_t *last = &m->rows.begin[m->rows.count], end = *last;
        drop_rows(m, bad);
        m->rows.begin[m->rows.count] = end;
        cn__free(bad);
        m->survey.bad = NULL;
        m->survey.bad_rows = m->survey.short_rows = 0;
        CN_TRY(cn__table_survey(&m->survey));
    }
    CN_TRY(note_rows(m));
    return m->rows.count ? CN_OK : cn__fail(CN_ERROR_FORMAT, "%s has no rows", t->path);
}

/* ---- kinds -------------------------------------------------------------------------------------------------------------------- */

/* The cell of a row as text in the arena. */
static const char *cell_text(maker *m, size_t row, size_t column)
{
    const char *p = m->text.bytes + m->rows.begin[row], *end = m->text.bytes + m->rows.begin[row + 1];
    cn__cell cell = {.at = ""};
    int ended = CN_CELL_NEXT;
    for (size_t k = 0; k <= column && ended == CN_CELL_NEXT && p < end; k++)
        ended = cn__cell_next(&m->text.layout, &p, end, &cell);
    char *text = cn__arena_alloc(&m->table->arena, cell.size + 1);
    if (text) cn__cell_text(&m->text.layout, &cell, text);
    return text;
}

static cn_status choose_kind(maker *m, size_t k)
{
    cn__column *c = &m->table->column[k];
    const cn__facts *f = &m->survey.facts[k];
    if (c->forced && c->kind == CN_COLUMN_CATEGORY) return CN_OK;
    bool number = !f->odd || (f->odd == f->weak && f->numbers >= f->odd);
    c->odd_row = f->first_odd;
    if (f->odd && !(c->odd = cell_text(m, f->first_odd, k))) return CN_ERROR_MEMORY;
    if (c->forced && f->odd > f->weak)
        return cn__fail(CN_ERROR_DATA,
                        "%s, line %u, column '%s': '%.*s' is no number, and number=[%s] says that all are; "
                        "missing_values=[…] names words for a missing one",
                        m->table->path, m->rows.lines[f->first_odd], c->name, cn__table_shown(c->odd), c->odd,
                        c->name);
    c->kind = number || c->forced ? CN_COLUMN_NUMBER : CN_COLUMN_CATEGORY;
    if (c->kind == CN_COLUMN_CATEGORY) {
        c->numeric = f->numbers + f->commas;
        return CN_OK;
    }
    if (f->odd)
        cn__text_printf(&m->table->notes,
                        "Column '%s': '%.*s' and the like stand for missing values (%zu).\n", c->name,
                        cn__table_shown(c->odd), c->odd, f->odd);
    if (f->money || f->percent || f->thousands)
        cn__text_printf(&m->table->notes, "Column '%s': numbers are read without their%s%s%s.\n", c->name,
                        f->money ? " signs of currency" : "",
                        f->percent ? (f->money ? ", percent signs" : " percent signs") : "",
                        f->thousands ? (f->money || f->percent ? ", commas between thousands"
                                                               : " commas between thousands")
                                     : "");
    c->odd = NULL;
    return CN_OK;
}

static cn_status choose_kinds(maker *m)
{
    for (size_t k = 0; k < m->table->columns; k++) {
        if (m->text.words && m->text.words[k] && !m->table->column[k].forced) {
            m->table->column[k].kind = CN_COLUMN_CATEGORY;
            m->table->column[k].forced = true;
        }
        CN_TRY(choose_kind(m, k));
    }
    return CN_OK;
}

/* ---- columns that say nothing ---------------------------------------------------------------------------------------------------- */

static bool counts_rows(const cn_table *t, const cn__column *c)
{
    if (c->kind != CN_COLUMN_NUMBER || c->missing || t->rows < 2) return false;
    double first = cn__column_number(c, 0);
    if (first != 0 && first != 1) return false;
    for (size_t row = 1; row < t->rows; row++)
        if (cn__column_number(c, row) != first + (double)row) return false;
    return true;
}

/* Columns without a name and without a value end the rows of some programs; such as number the rows stand first. */
static void find_idle_columns(maker *m)
{
    cn_table *t = m->table;
    size_t kept = 0;
    for (size_t k = 0; k < t->columns; k++) {
        cn__column *c = &t->column[k];
        bool unnamed = c->unnamed, first = k == 0;
        if (unnamed && c->missing == t->rows && t->columns > 1) {
            cn__text_printf(&t->notes, "Column %zu has no %svalue and is left out.\n", k + 1,
                            m->text.layout.header ? "name and no " : "");
            cn__column_free(c);
            continue;
        }
        bool names = m->text.layout.header && unnamed;
        c->index =
            first && t->columns > 1 &&
            (m->row_names || (names && c->kind == CN_COLUMN_CATEGORY && c->category_count == t->rows) ||
             ((names || strcmp(c->name, "index") == 0 || strcmp(c->name, "rownames") == 0) &&
              counts_rows(t, c)));
        if (c->index) cn__text_printf(&t->notes, "Column '%s' names or numbers the rows.\n", c->name);
        t->column[kept++] = *c;
    }
    t->columns = kept;
    memset(t->slots, 0, t->slot_count * sizeof *t->slots);
    for (size_t k = 0; k < kept; k++) t->slots[cn__table_slot(t, t->column[k].name)] = (uint32_t)k + 1;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------------------- */

static cn_status make(maker *m)
{
    cn_table *t = m->table;
    bool is = false;
    CN_TRY(cn__table_decode(&m->text, m->options, &t->notes));
    CN_TRY(cn__table_arff(&t->arena, &m->text, &is));
    if (!is) CN_TRY(cn__table_json(&t->arena, &m->text, &is));
    CN_TRY(cn__table_layout(&m->text, m->options, &t->notes));
    CN_TRY(cn__table_index(&m->text, &m->rows));
    CN_TRY(begin_table(m));
    CN_TRY(name_columns(m));
    CN_TRY(mark(m, &m->options->category, CN_COLUMN_CATEGORY));
    CN_TRY(mark(m, &m->options->number, CN_COLUMN_NUMBER));
    if (m->text.layout.header) drop_rows(m, NULL);
    CN_TRY(survey(m));
    t->rows = m->rows.count;
    CN_TRY(choose_kinds(m));
    CN_TRY(cn__table_fill(&m->survey, t));
    find_idle_columns(m);
    t->lines = m->rows.lines;
    m->rows.lines = NULL;
    return t->notes.failed ? cn__fail_memory(t->notes.size, "notes on a table") : CN_OK;
}

cn_table *cn__table_parse(char *bytes, size_t size, const char *path, const cn_table_options *options)
{
    static const cn_table_options defaults = {0};
    maker m = {.text = {.path = path, .bytes = bytes, .size = size},
               .options = options ? options : &defaults};
    m.table = cn__calloc(1, sizeof *m.table);
    cn_status status = m.table ? CN_OK : CN_ERROR_MEMORY;
    if (m.table && !(m.table->path = cn__arena_strdup(&m.table->arena, path))) status = CN_ERROR_MEMORY;
    if (status == CN_OK) m.text.path = m.table->path, status = make(&m);
    cn__free(m.text.bytes);
    cn__free(m.survey.bad);
    cn__row_list_free(&m.rows);
    if (status == CN_OK) return m.table;
    cn_table_free(m.table);
    return NULL;
}
