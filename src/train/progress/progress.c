/* Progress as Keras shows it: a bar that is redrawn at most ten times a second on a terminal, one
 * line an epoch where the output is none. A line that is redrawn is never wider than the terminal, since a terminal can
 * clear one row and not the rows that a long line was wrapped into. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/system/system.h"
#include "base/system/terminal.h"
#include "train/train.h"

enum { BAR = 20, LEAST_BAR = 6, INDENT = 2 };
static const double interval = 0.1;
static const char separator[] = " - ", clear_row[] = "\r\033[K";

void cn__progress_start(cn__progress *p, int verbose, FILE *log)
{
    *p = (cn__progress){.log = log ? log : stdout, .verbose = verbose};
    if (p->verbose == 1 && !cn__terminal_redraws(p->log)) p->verbose = 2;
    p->color = cn__terminal_has_color(p->log);
}

void cn__progress_epoch(cn__progress *p, size_t epoch, size_t epochs, size_t steps)
{
    p->epoch = epoch, p->epochs = epochs, p->steps = steps;
    p->start = cn__clock();
    p->drawn = 0;
    if (p->verbose == 1 && epochs) fprintf(p->log, "Epoch %zu/%zu\n", epoch, epochs);
}

bool cn__progress_due(const cn__progress *p) { return p->verbose == 1 && cn__clock() - p->drawn >= interval; }

static void add_time(cn__text *out, double seconds)
{
    cn__text_printf(out, seconds < 10 ? "%.2fs" : "%.0fs", seconds);
}

static void add_step_time(cn__text *out, double seconds)
{
    if (seconds >= 1) cn__text_printf(out, "%.0fs/step", seconds);
    else if (seconds >= 1e-3) cn__text_printf(out, "%.0fms/step", seconds * 1e3);
    else cn__text_printf(out, "%.0fus/step", seconds * 1e6);
}

/* Four decimals, and four digits with an exponent for what would show as zeros, as Keras does. */
void cn__logs_text(const cn_logs *logs, cn__text *out)
{
    for (size_t i = 0; i < logs->count; i++) {
        double v = isnan(logs->value[i]) ? fabs(logs->value[i])
                                         : logs->value[i]; /* NaN has a sign, which says nothing */
        if (i) cn__text_add(out, " - ");
        cn__text_printf(out, fabs(v) > 1e-3 || v == 0 ? "%s: %.4f" : "%s: %.4e", logs->name[i], v);
    }
}

/* ---- one line, as wide as there is room ------------------------------------------------------------------- */

/* What a line is made of. The bar gets shorter, then the time of a step goes, then the bar, then the time. */
typedef struct line {
    char count[48], time[32], step[32];
    cn__text logs;
    size_t bar; /* columns */
} line;

static size_t head_width(const line *l)
{
    const size_t bar = l->bar ? l->bar + 1 : 0, step = *l->step ? strlen(l->step) + 1 : 0;
    return strlen(l->count) + bar + (*l->time ? strlen(l->time) + 1 + step : 0);
}

static line make_line(const cn__progress *p, size_t step, double seconds, double each, const cn_logs *logs)
{
    line l = {.bar = BAR};
    cn__text time = {0}, step_time = {0};
    add_time(&time, seconds);
    add_step_time(&step_time, each);
    if (p->steps) cn__format(l.count, sizeof l.count, "%zu/%zu", step, p->steps);
    else cn__format(l.count, sizeof l.count, "%zu/Unknown", step); /* a generator's, as Keras has it */
    cn__format(l.time, sizeof l.time, "%s", time.data ? time.data : "");
    cn__format(l.step, sizeof l.step, "%s", step_time.data ? step_time.data : "");
    cn__text_free(&time);
    cn__text_free(&step_time);
    cn__text_add(&l.logs, "");
    cn__logs_text(logs, &l.logs);
    return l;
}

/* `logs`: the columns behind it. */
static void shrink(line *l, size_t logs, size_t columns)
{
    if (head_width(l) + logs > columns) {
        const size_t over = head_width(l) + logs - columns;
        l->bar = over < BAR - LEAST_BAR ? BAR - over : LEAST_BAR;
    }
    if (head_width(l) + logs > columns) *l->step = '\0';
    if (head_width(l) + logs > columns) l->bar = 0;
    if (head_width(l) + logs > columns) *l->time = '\0';
}

static void add_bar(const cn__progress *p, size_t columns, size_t step, cn__text *out)
{
    const size_t full = p->steps ? columns * step / p->steps : 0;
    if (p->color) cn__text_add(out, "\033[32m");
    for (size_t i = 0; i < columns; i++) {
        if (i == full && p->color) cn__text_add(out, "\033[37m");
        cn__text_add(out, i < full || p->color ? "━" : "─");
    }
    if (p->color) cn__text_add(out, "\033[0m");
}

static void add_head(const cn__progress *p, const line *l, size_t step, cn__text *out)
{
    cn__text_add(out, l->count);
    if (l->bar) cn__text_add(out, " ");
    if (l->bar) add_bar(p, l->bar, step, out);
    if (*l->time) cn__text_printf(out, " %s", l->time);
    if (*l->time && *l->step) cn__text_printf(out, " %s", l->step);
}

static void put(cn__progress *p, cn__text *text, bool last)
{
    if (!text->failed) {
        fputs(p->drawn_row ? clear_row : "", p->log);
        fputs(text->data, p->log);
        if (last) fputc('\n', p->log);
        fflush(p->log);
        p->drawn_row = !last;
    }
    cn__text_free(text);
}

void cn__progress_draw(cn__progress *p, size_t step, const cn_logs *logs)
{
    cn__text out = {0};
    p->drawn = cn__clock();
    const double spent = p->drawn - p->start, each = step ? spent / (double)step : 0;
    const size_t columns = cn__terminal_width(p->log) - 1;
    line l = make_line(p, step, each * (double)(p->steps - step), each, logs);
    shrink(&l, l.logs.failed ? 0 : strlen(separator) + cn__text_width(l.logs.data), columns);
    add_head(p, &l, step, &out);
    const size_t head = head_width(&l) + strlen(separator);
    if (!l.logs.failed && head < columns) {
        const size_t bytes = cn__terminal_prefix(l.logs.data, columns - head);
        const bool cut = l.logs.data[bytes] != '\0';
        cn__text_add(&out, separator);
        cn__text_add_bytes(&out, l.logs.data,
                           cut ? cn__terminal_prefix(l.logs.data, columns - head - 1) : bytes);
        if (cut) cn__text_add(&out, "…");
    }
    cn__text_free(&l.logs);
    put(p, &out, false);
}

/* The logs, broken between two values where the terminal ends. */
static void add_logs(const char *logs, size_t at, size_t columns, cn__text *out)
{
    while (*logs) {
        const char *end = strstr(logs, separator);
        const size_t bytes = end ? (size_t)(end - logs) : strlen(logs);
        if (at + strlen(separator) + bytes > columns && at > INDENT) {
            cn__text_printf(out, "\n%*s", INDENT, "");
            at = INDENT;
        } else {
            cn__text_add(out, separator);
            at += strlen(separator);
        }
        cn__text_add_bytes(out, logs, bytes);
        at += bytes;
        logs += bytes + (end ? strlen(separator) : 0);
    }
}

void cn__progress_end(cn__progress *p, const cn_logs *logs)
{
    if (!p->verbose) return;
    cn__text out = {0};
    const double spent = cn__clock() - p->start;
    const bool bar = p->verbose == 1;
    const size_t columns = bar ? cn__terminal_width(p->log) - 1 : SIZE_MAX;
    line l = make_line(p, p->steps, spent, p->steps ? spent / (double)p->steps : 0, logs);
    if (bar) shrink(&l, 0, columns); /* the logs go on in rows of their own */
    if (!bar && p->epochs) cn__text_printf(&out, "Epoch %zu/%zu - ", p->epoch, p->epochs);
    if (bar) add_head(p, &l, p->steps, &out);
    else cn__text_printf(&out, "%s - %s %s", l.count, l.time, l.step);
    if (!l.logs.failed) add_logs(l.logs.data, head_width(&l), columns, &out);
    cn__text_free(&l.logs);
    put(p, &out, true);
}

/* A bar that ends here, half drawn, must not have the next message behind it. */
void cn__progress_stop(cn__progress *p)
{
    if (!p->drawn_row) return;
    fputc('\n', p->log);
    fflush(p->log);
    p->drawn_row = false;
}

void cn__progress_note(cn__progress *p, const char *text)
{
    if (!p->verbose) return;
    fprintf(p->log, "%s%s\n", p->drawn_row ? clear_row : "", text);
    p->drawn_row = false;
}
