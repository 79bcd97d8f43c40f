/* ModelCheckpoint: saves the model or its weights after epochs or batches, all of them or the best. The path may hold
 * {epoch}, {batch} and logged values with Python's formats, as in {val_loss:.2f}. */
#include <math.h>
#include <string.h>

#include "base/files/file.h"
#include "train/callbacks/callback_class.h"
#include "train/snapshot.h"
#include "train/progress/python_format.h"

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

static const cn__param params[] = {
    {.name = "filepath", .type = CN_PARAM_WORD, .offset = offsetof(checkpoint, filepath)},
    CN_MONITOR(checkpoint, "val_loss"),
    CN_VERBOSE(checkpoint),
    {.name = "save_best_only",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(checkpoint, save_best_only),
     .fallback = "false"},
    {.name = "save_weights_only",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(checkpoint, save_weights_only),
     .fallback = "false"},
    CN_MODE(checkpoint),
    {.name = "save_freq",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(checkpoint, save_freq),
     .fallback = "epoch"},
    {.name = "initial_value_threshold",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(checkpoint, threshold),
     .fallback = "none"},
};

/* ---- paths ---------------------------------------------------------------------------------------------- */

/* What a path is filled from; logs NULL: it is only looked at, before training. */
typedef struct filling {
    cn_training *training;
    size_t epoch, batch; /* batch 0: of an epoch's end */
    bool has_batch;
    const cn_logs *logs;
} filling;

static cn_status fill_field(const filling *f, const char *name, const char *format, cn__text *out)
{
    const bool epoch = strcmp(name, "epoch") == 0, batch = f->has_batch && strcmp(name, "batch") == 0;
    if (epoch || batch) return cn__python_format(format, (double)(epoch ? f->epoch : f->batch), true, out);
    if (!f->logs) {
        CN_TRY(cn__monitor_check(f->training, name));
        return cn__python_format(format, 0.5, false, out);
    }
    if (!cn__logs_has(f->logs, name)) return cn__fail_monitor(f->logs, name);
    return cn__python_format(format, (double)(real)cn_logs_get(f->logs, name), false, out);
}

static cn_status fill_path(const char *pattern, const filling *f, cn__text *out)
{
    for (const char *p = pattern; *p;) {
        const bool twice = (*p == '{' || *p == '}') && p[1] == *p;
        const char *close = *p == '{' && !twice ? strchr(p, '}') : NULL;
        if (!close) {
            cn__text_add_bytes(out, p, 1);
            p += twice ? 2 : 1;
            continue;
        }
        char name[CN_LOG_NAME] = "", format[32] = "";
        const size_t whole = (size_t)(close - p) - 1, size = strcspn(p + 1, ":}");
        const size_t rest = size < whole ? whole - size - 1 : 0;
        if (size >= sizeof name || rest >= sizeof format)
            return cn__fail(CN_ERROR_ARGUMENT, "filepath: {%.*s} is too long", (int)(whole < 60 ? whole : 60),
                            p + 1);
        memcpy(name, p + 1, size);
        memcpy(format, p + size + 2, rest);
        if (fill_field(f, name, format, out) != CN_OK) return cn__fail_in("filepath");
        p = close + 1;
    }
    return out->failed ? cn__fail_memory(out->size, "a path") : CN_OK;
}

/* As Keras does, the folder is made. Inside output_dir saving makes it. */
static cn_status make_folder(const cn_training *t, const char *path)
{
    if (t->options->output_dir) return CN_OK;
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path) return CN_OK;
    cn__text folder = {0};
    cn__text_add_bytes(&folder, path, (size_t)(slash - path));
    cn_status status = folder.failed ? cn__fail_memory(folder.size, "a path") : CN_OK;
    if (status == CN_OK && !cn__dir_exists(folder.data)) status = cn__make_dirs(folder.data);
    cn__text_free(&folder);
    return status;
}

/* ---- saving ----------------------------------------------------------------------------------------------- */

static cn_status save(const checkpoint *c, const filling *f)
{
    cn__text path = {0};
    cn_status status = fill_path(c->filepath, f, &path);
    if (status == CN_OK) status = make_folder(f->training, path.data);
    if (status == CN_OK && c->verbose > 0)
        cn__callback_say(f->training, "Epoch %zu: saving model to %s", f->epoch, path.data);
    if (status == CN_OK)
        status = cn__output_save(f->training, path.data ? path.data : "", c->save_weights_only);
    cn__text_free(&path);
    return status;
}

static cn_status save_if_best(checkpoint *c, const filling *f)
{
    double value = 0;
    if (!c->save_best_only) return save(c, f);
    if (!cn__monitored(f->logs, c->monitor, &value)) return CN_OK;
    const bool better = c->direction == CN_GREATER ? value > c->best : value < c->best;
    if (c->verbose > 0)
        cn__callback_say(f->training,
                         better ? "Epoch %zu: %s improved from %.5f to %.5f"
                                : "Epoch %zu: %s did not improve from %.5f (%.5f)",
                         f->epoch, c->monitor, c->best, value);
    if (!better) return CN_OK;
    c->best = value;
    return save(c, f);
}

static cn_status begin(void *user, cn_training *t)
{
    cn__output_clean(t, ((checkpoint *)((cn__callback *)user)->config)->filepath);
    return CN_OK;
}

static void state(cn__callback *callback, cn__snapshot *s)
{
    checkpoint *c = callback->config;
    CN_SNAPSHOT(s, c->best);
    CN_SNAPSHOT(s, c->batches);
}

static cn_status epoch_begin(void *user, cn_training *t, size_t epoch)
{
    (void)t;
    ((checkpoint *)((cn__callback *)user)->config)->epoch = epoch;
    return CN_OK;
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    const filling f = {.training = t, .epoch = epoch + 1, .logs = logs};
    return save_if_best(((cn__callback *)user)->config, &f);
}

static cn_status batch_end(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    checkpoint *c = ((cn__callback *)user)->config;
    if (++c->batches < (size_t)c->every) return CN_OK;
    c->batches = 0;
    const filling f = {
        .training = t, .epoch = c->epoch + 1, .batch = batch + 1, .has_batch = true, .logs = logs};
    return save_if_best(c, &f);
}

/* ---- preparation -------------------------------------------------------------------------------------------- */

static cn_status check_path(const checkpoint *c, cn_training *t)
{
    const filling f = {.training = t, .epoch = 1, .batch = 1, .has_batch = c->every > 0};
    cn__text path = {0};
    if (!c->filepath) return cn__fail(CN_ERROR_ARGUMENT, "filepath: expected a path");
    cn_status status = fill_path(c->filepath, &f, &path);
    cn__text_free(&path);
    return status;
}

static cn_status prepare(cn__callback *callback, cn_training *t)
{
    checkpoint *c = callback->config;
    const cn__value *f = c->save_freq;
    if (!t->options->save)
        return cn__fail(CN_ERROR_STATE,
                        "fit was given no function to save with; expected .save = cn_model_save");
    callback->base.on_train_begin = begin;
    callback->base.on_epoch_begin = epoch_begin;
    if (f && f->kind == CN_VALUE_INT && f->integer > 0) {
        c->every = f->integer;
        callback->base.on_batch_end = batch_end;
    } else if (f && f->kind == CN_VALUE_WORD && strcmp(f->word, "epoch") == 0) {
        callback->base.on_epoch_end = epoch_end;
    } else {
        return cn__fail(CN_ERROR_ARGUMENT, "save_freq: expected epoch or a number of batches over 0");
    }
    c->direction = cn__monitor_direction(t, c->mode, c->monitor);
    c->best = !isnan(c->threshold) ? c->threshold : cn__monitor_start(c->direction);
    if (c->save_best_only) CN_TRY(cn__monitor_check(t, c->monitor));
    return check_path(c, t);
}

extern const cn__callback_kind cn__callback_model_checkpoint;
const cn__callback_kind cn__callback_model_checkpoint = {.kind = {.name = "model_checkpoint",
                                                                  .class_name = "ModelCheckpoint",
                                                                  CN_PARAMS(params),
                                                                  .config_size = sizeof(checkpoint)},
                                                         .writes = "filepath",
                                                         .prepare = prepare,
                                                         .state = state};
