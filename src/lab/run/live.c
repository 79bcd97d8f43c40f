/* The line of running fits. Every function takes the lock; only hold and release keep it in between. */
#include "lab/run/live.h"

#include <stdbool.h>

#include "base/text/format.h"
#include "base/system/terminal.h"

static void clear(cn__live *l)
{
    if (l->terminal && l->width) fputs("\r\033[K", l->terminal);
    l->width = 0;
}

/* Names of models are letters, digits and _. */
static void write_line(const cn__live *l)
{
    const char *comma = "";
    if (!l->lines) return;
    fprintf(l->lines, "{\"done\":%zu,\"total\":%zu,\"running\":[", l->done, l->wanted);
    for (int i = 0; i < CN_LIVE_ROWS; i++) {
        if (!l->row[i].name) continue;
        fprintf(l->lines, "%s[\"%s\",%zu,%zu]", comma, l->row[i].name, l->row[i].epoch, l->row[i].epochs);
        comma = ",";
    }
    fputs("]}\n", l->lines);
    fflush(l->lines);
}

/* A line that wraps could not be taken away again: fits that have no room are counted, "+2". */
static size_t compose(const cn__live *l, char *line, size_t capacity, size_t columns)
{
    enum { COUNT = 5 }; /* columns of "  +2", and one that stays free */
    size_t size = (size_t)cn__format(line, capacity, "%zu/%zu", l->done, l->wanted), left = 0;
    for (int i = 0; i < CN_LIVE_ROWS; i++) {
        char part[96];
        if (!l->row[i].name) continue;
        const size_t more = (size_t)cn__format(part, sizeof part, "  %s %zu/%zu", l->row[i].name,
                                               l->row[i].epoch, l->row[i].epochs);
        if (left || size + more + COUNT > columns || size + more >= capacity) left++;
        else size += (size_t)cn__format(line + size, capacity - size, "%s", part);
    }
    if (left && size + COUNT <= columns)
        size += (size_t)cn__format(line + size, capacity - size, "  +%zu", left);
    return size < columns ? size : columns;
}

static void draw(cn__live *l)
{
    char line[CN_LIVE_ROWS * 96];
    write_line(l);
    if (!l->terminal) return;
    clear(l);
    l->width = compose(l, line, sizeof line, cn__terminal_width(l->terminal) - 1);
    fprintf(l->terminal, "%.*s", (int)l->width, line);
    fflush(l->terminal);
}

void cn__live_start(cn__live *l, FILE *terminal, FILE *lines, size_t wanted)
{
    *l = (cn__live){.terminal = terminal, .lines = lines, .wanted = wanted};
    pthread_mutex_init(&l->lock, NULL);
}

void cn__live_end(cn__live *l)
{
    clear(l);
    if (l->terminal) fflush(l->terminal);
    pthread_mutex_destroy(&l->lock);
}

int cn__live_fit(cn__live *l, const char *name, size_t epochs)
{
    pthread_mutex_lock(&l->lock);
    int row = 0;
    while (row < CN_LIVE_ROWS && l->row[row].name) row++;
    if (row < CN_LIVE_ROWS) l->row[row] = (struct cn__live_row){name, 0, epochs};
    draw(l);
    pthread_mutex_unlock(&l->lock);
    return row < CN_LIVE_ROWS ? row : -1;
}

void cn__live_epoch(cn__live *l, int row, size_t epoch)
{
    if (row < 0) return;
    pthread_mutex_lock(&l->lock);
    l->row[row].epoch = epoch;
    draw(l);
    pthread_mutex_unlock(&l->lock);
}

void cn__live_done(cn__live *l, int row)
{
    pthread_mutex_lock(&l->lock);
    if (row >= 0) l->row[row].name = NULL;
    l->done++;
    draw(l);
    pthread_mutex_unlock(&l->lock);
}

void cn__live_hold(cn__live *l)
{
    pthread_mutex_lock(&l->lock);
    clear(l);
    if (l->terminal) fflush(l->terminal);
}

void cn__live_release(cn__live *l)
{
    draw(l);
    pthread_mutex_unlock(&l->lock);
}
