/* The callback TensorBoard: what training comes to, in event files under log_dir/train and log_dir/validation. Tags are
 * Keras's, but for those of weights, which have the layer's name before them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "cornu/formats.h"
#include "formats/tensorboard/event_file.h"
#include "model/model.h"
#include "train/callbacks/callback_class.h"
#include "train/snapshot.h"

typedef struct board {
    const char *log_dir;
    int64_t histogram_freq, every; /* every: batches, or 0 for epochs alone */
    bool write_images;
    const cn__value *update_freq;
    FILE *train, *validation;
    int64_t batches; /* of all epochs */
} board;

static const cn__param params[] = {
    {.name = "log_dir", .type = CN_PARAM_WORD, .offset = offsetof(board, log_dir), .fallback = "logs"},
    {.name = "histogram_freq",
     .type = CN_PARAM_INT,
     .offset = offsetof(board, histogram_freq),
     .fallback = "0",
     .low = 0,
     .high = 1e9,
     .expected = "a number of epochs, or 0 for none"},
    {.name = "write_images",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(board, write_images),
     .fallback = "false"},
    {.name = "update_freq",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(board, update_freq),
     .fallback = "epoch"},
};

static cn_status flush(FILE *file)
{
    errno = 0;
    if (!file || (fflush(file) == 0 && !ferror(file))) return CN_OK;
    return cn__fail(CN_ERROR_FILE, "cannot write an event file: %s",
                    errno ? strerror(errno) : "a write failed");
}

static cn_status open_in(const board *b, cn_training *t, const char *name, FILE **file)
{
    const cn__outdir *dir;
    if (*file) return CN_OK;
    CN_TRY(cn__output_dir(t, &dir));
    char *folder = cn__path_join(b->log_dir, name);
    if (!folder) return CN_ERROR_MEMORY;
    cn_status status = cn__event_file_open(dir, folder, file);
    cn__free(folder);
    return status;
}

/* ---- scalars ------------------------------------------------------------------------------------------- */

static cn_status write_scalar(FILE *file, const char *before, const char *name, const char *after,
                              int64_t step, double value)
{
    char tag[CN_LOG_NAME + 40];
    cn__format(tag, sizeof tag, "%s%s%s", before, name, after);
    return cn__event_scalar(file, tag, step, value);
}

static bool is_validation(const char *name) { return strncmp(name, "val_", 4) == 0; }

static cn_status write_validation(board *b, cn_training *t, const char *name, int64_t epoch, double value)
{
    CN_TRY(open_in(b, t, "validation", &b->validation));
    if (b->every)
        CN_TRY(write_scalar(b->validation, "evaluation_", name, "_vs_iterations", b->batches, value));
    return write_scalar(b->validation, "epoch_", name, "", epoch, value);
}

static cn_status write_logs(board *b, cn_training *t, int64_t epoch, const cn_logs *logs)
{
    for (size_t i = 0; i < cn_logs_count(logs); i++) {
        const char *name = cn_logs_name(logs, i);
        double value = cn_logs_value(logs, i);
        if (is_validation(name)) CN_TRY(write_validation(b, t, name + 4, epoch, value));
        else CN_TRY(write_scalar(b->train, "epoch_", name, "", epoch, value));
    }
    if (cn__logs_has(logs, "learning_rate")) return CN_OK;
    return write_scalar(b->train, "epoch_", "learning_rate", "", epoch, cn_training_learning_rate(t));
}

/* ---- weights ------------------------------------------------------------------------------------------- */

/* Values from `low` to `high` as black to white. */
static unsigned char grey(double value, double low, double high)
{
    double share = high > low ? (value - low) / (high - low) : 0.5;
    return (unsigned char)(isfinite(share) ? fmin(255, fmax(0, floor(share * 255 + 0.5))) : 0);
}

static void bounds(const float *values, size_t n, size_t stride, double *low, double *high)
{
    *low = INFINITY, *high = -INFINITY;
    for (size_t i = 0; i < n; i++)
        *low = fmin(*low, (double)values[i * stride]), *high = fmax(*high, (double)values[i * stride]);
}

/* The whole weight, its longer side across, from its least to its greatest value. */
static cn_status write_weight_image(FILE *file, const char *tag, int64_t step, const cn_array *w)
{
    size_t n = cn_array_size(w), cols = w->ndim > 1 ? w->shape[w->ndim - 1] : 1, rows = n / cols;
    const float *values = w->data;
    bool turn = w->ndim > 1 && rows > cols;
    double low, high;
    unsigned char *pixels = cn__malloc(n);
    if (!pixels) return CN_ERROR_MEMORY;
    bounds(values, n, 1, &low, &high);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            pixels[turn ? c * rows + r : r * cols + c] = grey((double)values[r * cols + c], low, high);
    cn_status status = cn__event_image(file, tag, step, turn ? rows : cols, turn ? cols : rows, pixels);
    cn__free(pixels);
    return status;
}

enum { TILES = 64, ACROSS = 8 };

/* What the first layer's units look for: a picture a unit, where samples are pictures (of two axes, or a square number
 * of values in a row); up to 64 of them, each from its own least to its own greatest value, a line apart. */
static cn_status write_units(FILE *file, const char *tag, int64_t step, const cn_array *w, size_t width)
{
    const float *values = w->data;
    size_t units = w->shape[1], height = w->shape[0] / width, shown = units < TILES ? units : TILES,
           across = shown < ACROSS ? shown : ACROSS, down = (shown + across - 1) / across,
           line = across * (width + 1) - 1, lines = down * (height + 1) - 1;
    unsigned char *pixels = cn__calloc(line, lines);
    if (!pixels) return CN_ERROR_MEMORY;
    for (size_t u = 0; u < shown; u++) {
        double low, high;
        unsigned char *corner = pixels + u / across * (height + 1) * line + u % across * (width + 1);
        bounds(values + u, height * width, units, &low, &high);
        for (size_t i = 0; i < height * width; i++)
            corner[i / width * line + i % width] = grey((double)values[i * units + u], low, high);
    }
    cn_status status = cn__event_image(file, tag, step, line, lines, pixels);
    cn__free(pixels);
    return status;
}

/* The width of a sample as a picture, or 0. */
static size_t picture_width(const cn_model *model)
{
    const cn__shape *in = &model->in;
    if (in->rank == 2 || (in->rank == 3 && in->dim[2] == 1)) return in->dim[1];
    size_t side = (size_t)floor(sqrt((double)cn__shape_size(in)) + 0.5);
    return in->rank == 1 && side * side == in->dim[0] && side >= 4 ? side : 0;
}

/* "dense/kernel/histogram"; a layer's name may be of any length. NULL when out of memory. */
static const char *tag_of(cn__arena *arena, const cn_model *model, size_t i, const char *what)
{
    return cn__arena_format(arena, "%s/%s", model->variable_names[i], what);
}

static cn_status write_pictures(board *b, const cn_model *model, size_t i, int64_t epoch, const cn_array *w,
                                cn__arena *arena)
{
    const char *image = tag_of(arena, model, i, "image"), *units = tag_of(arena, model, i, "units");
    const size_t width = picture_width(model);
    if (!image || !units) return CN_ERROR_MEMORY;
    CN_TRY(write_weight_image(b->train, image, epoch, w));
    if (i != 0 || w->ndim != 2 || !width || w->shape[0] != cn__shape_size(&model->in)) return CN_OK;
    return write_units(b->train, units, epoch, w, width);
}

static cn_status write_weight(board *b, const cn_model *model, size_t i, int64_t epoch, const cn_array *w)
{
    cn__arena arena = {0};
    const char *tag = tag_of(&arena, model, i, "histogram");
    cn_status status =
        tag ? cn__event_histogram(b->train, tag, epoch, w->data, cn_array_size(w)) : CN_ERROR_MEMORY;
    if (status == CN_OK && b->write_images) status = write_pictures(b, model, i, epoch, w, &arena);
    cn__arena_free(&arena);
    return status;
}

static cn_status write_weights(board *b, const cn_model *model, int64_t epoch)
{
    cn_status status = CN_OK;
    for (size_t i = 0; i < cn_model_weight_count(model) && status == CN_OK; i++) {
        cn_array w;
        CN_TRY(cn_model_get_weight(model, i, &w));
        status = write_weight(b, model, i, epoch, &w);
        cn_array_free(&w);
    }
    return status;
}

/* ---- the callback -------------------------------------------------------------------------------------- */

static cn_status on_begin(void *user, cn_training *t)
{
    board *b = ((cn__callback *)user)->config;
    return open_in(b, t, "train", &b->train);
}

static cn_status on_batch(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    (void)t, (void)batch;
    board *b = ((cn__callback *)user)->config;
    if (++b->batches % b->every != 0) return CN_OK;
    for (size_t i = 0; i < cn_logs_count(logs); i++)
        CN_TRY(
            write_scalar(b->train, "batch_", cn_logs_name(logs, i), "", b->batches, cn_logs_value(logs, i)));
    return CN_OK;
}

static cn_status on_epoch(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    board *b = ((cn__callback *)user)->config;
    CN_TRY(write_logs(b, t, (int64_t)epoch, logs));
    if (b->histogram_freq && (int64_t)epoch % b->histogram_freq == 0)
        CN_TRY(write_weights(b, cn_training_model(t), (int64_t)epoch));
    CN_TRY(flush(b->train));
    return flush(b->validation);
}

static void release(cn__callback *callback)
{
    board *b = callback->config;
    if (b->train) fclose(b->train);
    if (b->validation) fclose(b->validation);
    b->train = b->validation = NULL;
}

static void state(cn__callback *callback, cn__snapshot *s)
{
    board *b = callback->config;
    CN_SNAPSHOT(s, b->batches);
}

static cn_status prepare(cn__callback *callback, cn_training *t)
{
    (void)t;
    board *b = callback->config;
    const cn__value *f = b->update_freq;
    if (!b->log_dir) return cn__fail(CN_ERROR_ARGUMENT, "log_dir: expected a folder");
    if (f && f->kind == CN_VALUE_INT && f->integer > 0) b->every = f->integer;
    else if (f && f->kind == CN_VALUE_WORD && strcmp(f->word, "batch") == 0) b->every = 1;
    else if (!f || f->kind != CN_VALUE_WORD || strcmp(f->word, "epoch") != 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "update_freq: expected epoch, batch or a number of batches over 0");
    callback->base.on_train_begin = on_begin;
    callback->base.on_epoch_end = on_epoch;
    if (b->every) callback->base.on_batch_end = on_batch;
    callback->release = release;
    return CN_OK;
}

static const cn__callback_kind tensorboard = {.kind = {.name = "tensorboard",
                                                       .class_name = "TensorBoard",
                                                       CN_PARAMS(params),
                                                       .config_size = sizeof(board)},
                                              .writes = "log_dir",
                                              .prepare = prepare,
                                              .state = state};

const cn_callback_kind *const *cn_file_callbacks(void)
{
    static const cn_callback_kind *const kinds[] = {&tensorboard, NULL};
    return kinds;
}
