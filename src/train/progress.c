/* Progress as Keras shows it: a bar that is redrawn at most ten times a second on a terminal, one
 * line an epoch where the output is none. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/system.h"
#include "train/train.h"

enum { BAR = 20 };
static const double interval = 0.1;

void cn__progress_start(cn__progress *p, int verbose, FILE *log)
{
    *p = (cn__progress){.log = log ? log : stdout, .verbose = verbose};
    if (p->verbose == 1 && !isatty(fileno(p->log))) p->verbose = 2;
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

static void put(cn__progress *p, cn__text *line, bool last)
{
    if (!line->failed) {
        fputs(p->verbose == 1 ? "\r\033[K" : "", p->log);
        fputs(line->data, p->log);
        if (last) fputc('\n', p->log);
        fflush(p->log);
    }
    cn__text_free(line);
}

void cn__progress_draw(cn__progress *p, size_t step, const cn_logs *logs)
{
    cn__text line = {0};
    p->drawn = cn__clock();
    double spent = p->drawn - p->start, each = step ? spent / (double)step : 0;
    size_t full = p->steps ? BAR * step / p->steps : 0;
    cn__text_printf(&line, "%zu/%zu \033[32m", step, p->steps);
    for (size_t i = 0; i < BAR; i++) cn__text_add(&line, i == full ? "\033[37m━" : "━");
    cn__text_add(&line, "\033[0m ");
    add_time(&line, each * (double)(p->steps - step));
    cn__text_add(&line, " ");
    add_step_time(&line, each);
    cn__text_add(&line, " - ");
    cn__logs_text(logs, &line);
    put(p, &line, false);
}

void cn__progress_end(cn__progress *p, const cn_logs *logs)
{
    if (!p->verbose) return;
    cn__text line = {0};
    double spent = cn__clock() - p->start;
    if (p->verbose != 1 && p->epochs) cn__text_printf(&line, "Epoch %zu/%zu - ", p->epoch, p->epochs);
    cn__text_printf(&line, "%zu/%zu ", p->steps, p->steps);
    if (p->verbose == 1) {
        cn__text_add(&line, "\033[32m");
        for (size_t i = 0; i < BAR; i++) cn__text_add(&line, "━");
        cn__text_add(&line, "\033[0m ");
    } else {
        cn__text_add(&line, "- ");
    }
    add_time(&line, spent);
    cn__text_add(&line, " ");
    add_step_time(&line, p->steps ? spent / (double)p->steps : 0);
    cn__text_add(&line, " - ");
    cn__logs_text(logs, &line);
    put(p, &line, true);
}

void cn__progress_note(cn__progress *p, const char *text)
{
    if (p->verbose) fprintf(p->log, "%s\n", text);
}
