/* CSVLogger: a line an epoch, written out at once so that it can be watched. Its columns are the first epoch's values by
 * name, and those of validation that come later; NA stands where an epoch has none. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "train/callbacks/callback_class.h"
#include "train/snapshot.h"

typedef struct csv {
    const char *filename, *separator;
    bool append, headed;
    FILE *file;
    const char **column;
    size_t columns;
} csv;

static const cn__param params[] = {
    {.name = "filename", .type = CN_PARAM_WORD, .offset = offsetof(csv, filename)},
    {.name = "separator", .type = CN_PARAM_WORD, .offset = offsetof(csv, separator), .fallback = "','"},
    {.name = "append", .type = CN_PARAM_BOOL, .offset = offsetof(csv, append), .fallback = "false"},
};

static cn_status begin(void *user, cn_training *t)
{
    csv *c = ((cn__callback *)user)->config;
    const bool append = c->append || t->checkpoint.bytes; /* a training that goes on */
    if (cn__output_stream(t, c->filename, append ? 'a' : 'w', &c->file) != CN_OK)
        return cn__fail_in("csv_logger");
    c->headed = append && fseek(c->file, 0, SEEK_END) == 0 && ftell(c->file) > 0;
    return CN_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cn_status choose_columns(cn__callback *callback, const cn_training *t, const cn_logs *logs)
{
    csv *c = callback->config;
    const size_t n = cn_logs_count(logs), later = cn__validates(t) ? t->train.values : 0;
    c->column = cn__arena_array(callback->arena, n + later + 1, sizeof(char *));
    if (!c->column) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!(c->column[c->columns++] = cn__arena_strdup(callback->arena, cn_logs_name(logs, i))))
            return CN_ERROR_MEMORY;
    qsort(c->column, c->columns, sizeof *c->column, by_name);
    for (size_t i = 0; i < later; i++) {
        const char *name = cn__arena_format(callback->arena, "val_%s", t->train.value[i].name);
        if (!name) return CN_ERROR_MEMORY;
        if (!cn__logs_has(logs, name)) c->column[c->columns++] = name;
    }
    return CN_OK;
}

static void write_head(const csv *c)
{
    fputs("epoch", c->file);
    for (size_t i = 0; i < c->columns; i++) fprintf(c->file, "%s%s", c->separator, c->column[i]);
    fputc('\n', c->file);
}

static void write_value(const csv *c, const cn_logs *logs, const char *name)
{
    char number[40] = "NA";
    const double value = cn_logs_get(logs, name);
    if (cn__logs_has(logs, name)) cn__format(number, sizeof number, isnan(value) ? "nan" : "%.9g", value);
    fprintf(c->file, "%s%s", c->separator, number);
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    csv *c = ((cn__callback *)user)->config;
    if (!c->column) CN_TRY(choose_columns(user, t, logs));
    if (!c->headed) write_head(c);
    c->headed = true;
    fprintf(c->file, "%zu", epoch);
    for (size_t i = 0; i < c->columns; i++) write_value(c, logs, c->column[i]);
    fputc('\n', c->file);
    errno = 0;
    bool written = fflush(c->file) == 0 && !ferror(c->file);
    return written ? CN_OK
                   : cn__fail(CN_ERROR_FILE, "csv_logger: cannot write %s: %s", c->filename,
                              errno ? strerror(errno) : "a write failed");
}

/* What was logged behind the state is logged again, in the columns of the first epoch. */
static void state(cn__callback *callback, cn__snapshot *s)
{
    csv *c = callback->config;
    int64_t size = s->reading || !c->file ? 0 : (int64_t)ftello(c->file);
    uint64_t columns = c->columns;
    CN_SNAPSHOT(s, size);
    CN_SNAPSHOT(s, columns);
    if (s->reading && s->status == CN_OK && columns) {
        c->column = cn__arena_array(callback->arena, columns, sizeof(char *));
        if (!c->column) s->status = CN_ERROR_MEMORY;
    }
    for (uint64_t i = 0; s->status == CN_OK && i < columns; i++) {
        char name[CN_LOG_NAME] = "";
        if (!s->reading) snprintf(name, sizeof name, "%s", c->column[i]);
        cn__snapshot_bytes(s, name, sizeof name);
        name[CN_LOG_NAME - 1] = '\0';
        if (s->reading && !(c->column[i] = cn__arena_strdup(callback->arena, name)))
            s->status = CN_ERROR_MEMORY;
    }
    if (!s->reading || s->status != CN_OK) return;
    c->columns = (size_t)columns;
    if (size < 0 || size > (int64_t)ftello(c->file)) return;
    if (ftruncate(fileno(c->file), (off_t)size) != 0 || fseeko(c->file, 0, SEEK_END) != 0)
        s->status =
            cn__fail(CN_ERROR_FILE, "csv_logger: cannot continue %s: %s", c->filename, strerror(errno));
    c->headed = size > 0;
}

static void release(cn__callback *callback)
{
    csv *c = callback->config;
    if (c->file) fclose(c->file);
    c->file = NULL;
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    c->base.on_train_begin = begin;
    c->base.on_epoch_end = epoch_end;
    c->release = release;
    return ((csv *)c->config)->filename ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "filename: expected a path");
}

extern const cn__callback_kind cn__callback_csv_logger;
const cn__callback_kind cn__callback_csv_logger = {
    .kind = {.name = "csv_logger", .class_name = "CSVLogger", CN_PARAMS(params), .config_size = sizeof(csv)},
    .writes = "filename",
    .prepare = prepare,
    .state = state};
