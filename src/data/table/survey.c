/* The first pass over a table's cells: what each column holds. Rows are shared out to threads; what each found is added up,
 * and the first of several is the one with the smallest row, so that the number of threads decides nothing. */
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/system/system.h"
#include "data/table/steps.h"

/* ---- threads --------------------------------------------------------------------------------------------------------- */

int cn__table_threads(const cn_table_options *o, size_t rows)
{
    int threads = o->threads > 0 ? o->threads : cn__cpu_count();
    size_t most = rows / 512 + 1;
    if (threads > 32) threads = 32;
    return (size_t)threads < most ? threads : (int)most;
}

typedef struct task {
    void (*work)(void *, int);
    void *context;
    int part;
} task;

static void *run_task(void *argument)
{
    const task *t = argument;
    t->work(t->context, t->part);
    return NULL;
}

void cn__table_parallel(int parts, void (*work)(void *, int), void *context)
{
    task tasks[64];
    pthread_t threads[64];
    bool started[64] = {false};
    for (int i = 1; i < parts; i++) {
        tasks[i] = (task){work, context, i};
        started[i] = pthread_create(&threads[i], NULL, run_task, &tasks[i]) == 0;
    }
    work(context, 0);
    for (int i = 1; i < parts; i++) {
        if (started[i]) pthread_join(threads[i], NULL);
        else work(context, i);
    }
}

/* ---- a cell ------------------------------------------------------------------------------------------------------------- */

static void note_whole(cn__facts *f, uint32_t v)
{
    f->numbers++;
    f->least = v < f->least ? v : f->least;
    f->most = v > f->most ? v : f->most;
}

static void note_number(cn__facts *f, double v)
{
    f->numbers++;
    f->wide = f->wide || v != floor(v) || fabs(v) > 999999999;
    f->negative = f->negative || v < 0;
    if (!f->wide && v >= 0) {
        uint32_t whole = (uint32_t)v;
        f->least = whole < f->least ? whole : f->least;
        f->most = whole > f->most ? whole : f->most;
    }
}

static void note_cell(const cn__survey *s, cn__facts *f, const cn__cell *c, size_t row)
{
    double v;
    if (cn__cell_missing(c, &s->options->missing_values)) {
        f->missing++;
    } else if (cn__cell_number(&s->text->layout, c, &v, f)) {
        note_number(f, v);
        if (v == 0 && *c->at == '-') f->wide = true; /* minus zero */
    } else {
        size_t digits;
        f->weak += cn__cell_weakly_missing(c);
        f->commas += cn__cell_has_comma(c, &digits);
        if (!f->odd++) f->first_odd = row;
    }
}

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */

typedef struct part {
    cn__survey *survey;
    int parts;
    cn__facts *facts; /* (parts, columns) */
    struct counts {
        size_t bad, first_bad, bad_cells, short_rows, first_short;
    } * counts;
} part;

/* Are the cells beyond the last column empty? Then a separator ends the rows, no more. */
static bool rest_is_empty(const cn__layout *l, const char *p, const char *end, size_t *cells)
{
    bool empty = true;
    for (int ended = CN_CELL_NEXT; ended == CN_CELL_NEXT && p < end; ++*cells) {
        cn__cell cell;
        ended = cn__cell_next(l, &p, end, &cell);
        empty = empty && !cell.size;
    }
    return empty;
}

static void survey_row(const part *w, size_t row, cn__facts *facts, struct counts *n)
{
    cn__survey *s = w->survey;
    const cn__layout *l = &s->text->layout;
    const char *p = s->text->bytes + s->rows->begin[row], *end = s->text->bytes + s->rows->begin[row + 1];
    const bool plain = l->separator != ' ' && !s->options->missing_values.count;
    size_t k = 0, columns = s->columns;
    uint32_t v;
    int ended = CN_CELL_NEXT;
    for (; k < columns && ended == CN_CELL_NEXT && p < end; k++) {
        cn__cell cell;
        if (plain && cn__cell_digits(&p, l->separator, &v)) {
            note_whole(&facts[k], v);
            ended = *p == '\n' ? CN_CELL_LAST : CN_CELL_NEXT;
            p++;
            continue;
        }
        ended = cn__cell_next(l, &p, end, &cell);
        note_cell(s, &facts[k], &cell, row);
    }
    if (k < columns && !(k + 1 == columns && ended == CN_CELL_NEXT) && !n->short_rows++) n->first_short = row;
    for (; k < columns; k++) facts[k].missing++;
    size_t cells = columns;
    if (ended == CN_CELL_NEXT && p < end && !rest_is_empty(l, p, end, &cells)) {
        s->bad[row] = 1;
        if (!n->bad++) n->first_bad = row, n->bad_cells = cells;
    }
}

static void survey_part(void *context, int index)
{
    const part *w = context;
    size_t rows = w->survey->rows->count, parts = (size_t)w->parts, i = (size_t)index;
    for (size_t row = rows * i / parts; row < rows * (i + 1) / parts; row++)
        survey_row(w, row, w->facts + i * w->survey->columns, &w->counts[i]);
}

static void add_facts(cn__facts *to, const cn__facts *f)
{
    to->missing += f->missing;
    to->weak += f->weak;
    to->commas += f->commas;
    to->numbers += f->numbers;
    if (!to->odd && f->odd) to->first_odd = f->first_odd;
    to->odd += f->odd;
    to->least = f->least < to->least ? f->least : to->least;
    to->most = f->most > to->most ? f->most : to->most;
    to->wide |= f->wide, to->negative |= f->negative, to->money |= f->money, to->percent |= f->percent;
    to->thousands |= f->thousands, to->leading_zero |= f->leading_zero;
}

cn_status cn__table_survey(cn__survey *s)
{
    part w = {.survey = s, .parts = cn__table_threads(s->options, s->rows->count)};
    size_t parts = (size_t)w.parts;
    w.facts = cn__calloc(parts * s->columns, sizeof *w.facts);
    w.counts = cn__calloc(parts, sizeof *w.counts);
    s->bad = cn__calloc(s->rows->count + 1, 1);
    cn_status status = w.facts && w.counts && s->bad ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < parts * s->columns; i++) w.facts[i].least = UINT32_MAX;
    if (status == CN_OK) cn__table_parallel(w.parts, survey_part, &w);
    for (size_t k = 0; k < s->columns; k++) s->facts[k] = (cn__facts){.least = UINT32_MAX};
    for (size_t i = 0; status == CN_OK && i < parts; i++) {
        const struct counts *n = &w.counts[i];
        for (size_t k = 0; k < s->columns; k++) add_facts(&s->facts[k], &w.facts[i * s->columns + k]);
        if (!s->bad_rows && n->bad) s->first_bad = n->first_bad, s->bad_cells = n->bad_cells;
        if (!s->short_rows && n->short_rows) s->first_short = n->first_short;
        s->bad_rows += n->bad;
        s->short_rows += n->short_rows;
    }
    cn__free(w.facts);
    cn__free(w.counts);
    return status;
}
