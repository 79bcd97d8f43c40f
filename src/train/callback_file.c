/* Callbacks that write files: CSVLogger and ModelCheckpoint. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "train/snapshot.h"
#include "train/train.h"

/* ---- CSVLogger --------------------------------------------------------------------------------------- */

typedef struct csv {
    const char *filename, *separator;
    bool append, headed;
    FILE *file;
} csv;

static const cn__param csv_params[] = {
    {.name = "filename", .type = CN_PARAM_WORD, .offset = offsetof(csv, filename)},
    {.name = "separator", .type = CN_PARAM_WORD, .offset = offsetof(csv, separator), .fallback = "','"},
    {.name = "append", .type = CN_PARAM_BOOL, .offset = offsetof(csv, append), .fallback = "false"},
};

static cn_status csv_begin(void *user, cn_training *t)
{
    csv *c = ((cn__callback *)user)->config;
    const bool append = c->append || t->checkpoint.bytes; /* a training that goes on */
    if (cn__output_stream(t, c->filename, append ? 'a' : 'w', &c->file) != CN_OK)
        return cn__fail_in("csv_logger");
    c->headed = append && fseek(c->file, 0, SEEK_END) == 0 && ftell(c->file) > 0;
    return CN_OK;
}

/* A line an epoch, written out at once so that it can be watched. */
static cn_status csv_epoch(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)t;
    csv *c = ((cn__callback *)user)->config;
    if (!c->headed) {
        fputs("epoch", c->file);
        for (size_t i = 0; i < cn_logs_count(logs); i++)
            fprintf(c->file, "%s%s", c->separator, cn_logs_name(logs, i));
        fputc('\n', c->file);
        c->headed = true;
    }
    fprintf(c->file, "%zu", epoch);
    for (size_t i = 0; i < cn_logs_count(logs); i++) {
        char number[40];
        cn__format(number, sizeof number, "%.9g", cn_logs_value(logs, i));
        fprintf(c->file, "%s%s", c->separator, number);
    }
    fputc('\n', c->file);
    errno = 0;
    bool written = fflush(c->file) == 0 && !ferror(c->file);
    return written ? CN_OK
                   : cn__fail(CN_ERROR_FILE, "csv_logger: cannot write %s: %s", c->filename,
                              errno ? strerror(errno) : "a write failed");
}

/* What was logged behind the state is logged again. */
static void csv_state(cn__callback *callback, cn__snapshot *s)
{
    const csv *c = callback->config;
    int64_t size = s->reading || !c->file ? 0 : (int64_t)ftello(c->file);
    CN_SNAPSHOT(s, size);
    if (!s->reading || s->status != CN_OK || size < 0 || size > (int64_t)ftello(c->file)) return;
    if (ftruncate(fileno(c->file), (off_t)size) != 0 || fseeko(c->file, 0, SEEK_END) != 0)
        s->status =
            cn__fail(CN_ERROR_FILE, "csv_logger: cannot go on in %s: %s", c->filename, strerror(errno));
    ((csv *)callback->config)->headed = size > 0;
}

static void csv_release(cn__callback *callback)
{
    csv *c = callback->config;
    if (c->file) fclose(c->file);
    c->file = NULL;
}

static cn_status csv_prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    c->base.on_train_begin = csv_begin;
    c->base.on_epoch_end = csv_epoch;
    c->release = csv_release;
    return ((csv *)c->config)->filename ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "filename: expected a path");
}

const cn__callback_kind cn__callback_csv = {.class_name = "CSVLogger",
                                            .params = csv_params,
                                            .param_count = 3,
                                            .config_size = sizeof(csv),
                                            .writes = "filename",
                                            .prepare = csv_prepare,
                                            .state = csv_state};

/* ---- ModelCheckpoint --------------------------------------------------------------------------------- */

typedef struct checkpoint {
    const char *filepath, *monitor, *mode;
    int64_t verbose, every; /* every: batches, or 0 for epochs */
    bool save_best_only, save_weights_only;
    const cn__value *save_freq;
    double threshold;
    cn__direction direction;
    double best;
    size_t batches, epoch;
} checkpoint;

static const cn__param checkpoint_params[] = {
    {.name = "filepath", .type = CN_PARAM_WORD, .offset = offsetof(checkpoint, filepath)},
    {.name = "monitor",
     .type = CN_PARAM_WORD,
     .offset = offsetof(checkpoint, monitor),
     .fallback = "val_loss"},
    {.name = "verbose", .type = CN_PARAM_INT, .offset = offsetof(checkpoint, verbose), .fallback = "0"},
    {.name = "save_best_only",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(checkpoint, save_best_only),
     .fallback = "false"},
    {.name = "save_weights_only",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(checkpoint, save_weights_only),
     .fallback = "false"},
    {.name = "mode", .type = CN_PARAM_WORD, .offset = offsetof(checkpoint, mode), .fallback = "auto"},
    {.name = "save_freq",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(checkpoint, save_freq),
     .fallback = "epoch"},
    {.name = "initial_value_threshold",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(checkpoint, threshold),
     .fallback = "none"},
};

enum { MOST_DIGITS = 60 };

/* Fills {epoch:02d}, {val_loss:.2f} and the like, as Python's format does for these. */
static cn_status fill_path(const char *pattern, size_t epoch, const cn_logs *logs, cn__text *out)
{
    for (const char *p = pattern; *p;) {
        const char *close = *p == '{' ? strchr(p, '}') : NULL;
        if (!close) {
            cn__text_add_bytes(out, p++, 1);
            continue;
        }
        char name[CN_LOG_NAME] = "", format[16] = "";
        size_t size = strcspn(p + 1, ":}");
        if (size < sizeof name) memcpy(name, p + 1, size);
        if (p[1 + size] == ':' && (size_t)(close - p) - size - 2 < sizeof format)
            memcpy(format, p + size + 2, (size_t)(close - p) - size - 2);
        bool is_epoch = strcmp(name, "epoch") == 0;
        if (strtol(format + (format[0] == '.'), NULL, 10) > MOST_DIGITS)
            return cn__fail(CN_ERROR_ARGUMENT, "filepath: {%s:%s}: expected %d digits at most", name, format,
                            MOST_DIGITS);
        if (!is_epoch && !cn__logs_has(logs, name)) return cn__fail_monitor(logs, name);
        if (is_epoch)
            cn__text_printf(out, format[0] == '0' ? "%0*zu" : "%*zu", (int)strtol(format, NULL, 10),
                            epoch + 1);
        else
            cn__text_printf(out, "%.*f", format[0] == '.' ? (int)strtol(format + 1, NULL, 10) : 6,
                            cn_logs_get(logs, name));
        p = close + 1;
    }
    return out->failed ? cn__fail_memory(out->size, "a path") : CN_OK;
}

static cn_status save(const checkpoint *c, cn_training *t, size_t epoch, const cn_logs *logs)
{
    cn__text path = {0};
    cn_status status = fill_path(c->filepath, epoch, logs, &path);
    if (status == CN_OK) status = cn__output_save(t, path.data ? path.data : "", c->save_weights_only);
    cn__text_free(&path);
    return status;
}

static cn_status save_if_best(checkpoint *c, cn_training *t, size_t epoch, const cn_logs *logs)
{
    if (!c->save_best_only) return save(c, t, epoch, logs);
    if (!cn__logs_has(logs, c->monitor))
        return t->options->validation_freq > 1 ? CN_OK : cn__fail_monitor(logs, c->monitor);
    double value = cn_logs_get(logs, c->monitor);
    if (c->direction == CN_GREATER ? !(value > c->best) : !(value < c->best)) return CN_OK;
    c->best = value;
    return save(c, t, epoch, logs);
}

static cn_status checkpoint_begin(void *user, cn_training *t)
{
    cn__output_clean(t, ((checkpoint *)((cn__callback *)user)->config)->filepath);
    return CN_OK;
}

static cn_status checkpoint_epoch_begin(void *user, cn_training *t, size_t epoch)
{
    (void)t;
    ((checkpoint *)((cn__callback *)user)->config)->epoch = epoch;
    return CN_OK;
}

static cn_status checkpoint_epoch(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    return save_if_best(((cn__callback *)user)->config, t, epoch, logs);
}

static cn_status checkpoint_batch(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    (void)batch;
    checkpoint *c = ((cn__callback *)user)->config;
    if (++c->batches < (size_t)c->every) return CN_OK;
    c->batches = 0;
    return save_if_best(c, t, c->epoch, logs);
}

static void checkpoint_state(cn__callback *callback, cn__snapshot *s)
{
    checkpoint *c = callback->config;
    CN_SNAPSHOT(s, c->best);
    CN_SNAPSHOT(s, c->batches);
}

static cn_status checkpoint_prepare(cn__callback *callback, cn_training *t)
{
    checkpoint *c = callback->config;
    if (!c->filepath) return cn__fail(CN_ERROR_ARGUMENT, "filepath: expected a path");
    if (!t->options->save)
        return cn__fail(CN_ERROR_STATE,
                        "fit was given no function to save with; expected .save = cn_model_save");
    CN_TRY(cn__monitor_direction(c->mode, c->monitor, &c->direction));
    c->best = !isnan(c->threshold) ? c->threshold : c->direction == CN_GREATER ? -INFINITY : INFINITY;
    callback->base.on_train_begin = checkpoint_begin;
    callback->base.on_epoch_begin = checkpoint_epoch_begin;
    const cn__value *f = c->save_freq;
    if (f && f->kind == CN_VALUE_INT && f->integer > 0) {
        c->every = f->integer;
        callback->base.on_batch_end = checkpoint_batch;
    } else if (f && f->kind == CN_VALUE_WORD && strcmp(f->word, "epoch") == 0) {
        callback->base.on_epoch_end = checkpoint_epoch;
    } else {
        return cn__fail(CN_ERROR_ARGUMENT, "save_freq: expected epoch or a number of batches over 0");
    }
    return CN_OK;
}

const cn__callback_kind cn__callback_checkpoint = {.class_name = "ModelCheckpoint",
                                                   .params = checkpoint_params,
                                                   .param_count =
                                                       sizeof checkpoint_params / sizeof checkpoint_params[0],
                                                   .config_size = sizeof(checkpoint),
                                                   .writes = "filepath",
                                                   .prepare = checkpoint_prepare,
                                                   .state = checkpoint_state};
