/* Tables of texts, and the figures that comparisons show. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "lab/lab.h"

void cn__table_init(cn__table *t, size_t columns) { *t = (cn__table){.columns = columns}; }

void cn__table_add(cn__table *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char text[512];
    cn__vformat(text, sizeof text, format, list);
    va_end(list);
    char *cell = cn__strdup(text);
    if (t->count == t->capacity && !t->failed) {
        size_t capacity = t->capacity ? 2 * t->capacity : 64;
        char **grown = cn__realloc(t->cells, capacity * sizeof *grown);
        if (grown) t->cells = grown, t->capacity = capacity;
        else t->failed = true;
    }
    if (!cell || t->failed) {
        t->failed = true;
        cn__free(cell);
        return;
    }
    t->cells[t->count++] = cell;
}

void cn__table_free(cn__table *t)
{
    for (size_t i = 0; i < t->count; i++) cn__free(t->cells[i]);
    cn__free(t->cells);
    *t = (cn__table){0};
}

void cn__table_text(const cn__table *t, cn__text *out)
{
    for (size_t r = 0; r < t->count / t->columns; r++) {
        for (size_t c = 0; c < t->columns; c++) {
            size_t width = 0;
            for (size_t i = c; i < t->count; i += t->columns) {
                size_t w = cn__text_width(t->cells[i]);
                width = w > width ? w : width;
            }
            const char *cell = t->cells[r * t->columns + c];
            int pad = (int)(width - cn__text_width(cell));
            if (c) cn__text_printf(out, "  %*s%s", pad, "", cell);
            else cn__text_printf(out, "%s%*s", cell, pad, "");
        }
        cn__text_add(out, "\n");
    }
}

static double mean(const cn_history *h, const char *name)
{
    const double *v = h ? cn_history_get(h, name) : NULL;
    double sum = 0;
    size_t n = h ? cn_history_epochs(h) : 0;
    for (size_t i = 0; v && i < n; i++) sum += v[i];
    return v && n ? sum / (double)n : NAN;
}

cn__figures cn__figures_of(const cn__run_result *r)
{
    return (cn__figures){mean(r->history, "accuracy"),     mean(r->history, "val_accuracy"),
                         cn_logs_get(r->test, "accuracy"), mean(r->history, "loss"),
                         mean(r->history, "val_loss"),     cn_logs_get(r->test, "loss")};
}
