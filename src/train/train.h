/* The inside of a fit: logs, metrics in use, history, progress, callbacks. */
#ifndef CN_TRAIN_TRAIN_H
#define CN_TRAIN_TRAIN_H

#include "base/text.h"
#include "cornu/train.h"
#include "model/plan.h"
#include "nn/metric.h"

/* ---- logs.c ------------------------------------------------------------------------------------- */

enum { CN_LOG_NAME = 256 };
struct cn_logs {
    size_t count, capacity;
    char (*name)[CN_LOG_NAME];
    double *value;
};

CN_CHECK cn_status cn__logs_init(cn_logs *logs, size_t capacity);
void cn__logs_clear(cn_logs *logs); /* forgets the names; keeps the memory */
void cn__logs_release(cn_logs *logs);
/* Sets or adds a value; dropped if there is no room (init is given enough). */
void cn__logs_set(cn_logs *logs, const char *prefix, const char *name, double value);
bool cn__logs_has(const cn_logs *logs, const char *name);
/* A monitored name that is not there: says which are. */
cn_status cn__fail_monitor(const cn_logs *logs, const char *monitor);

/* ---- history.c ---------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__history_new(cn_history **out, size_t epochs, size_t initial_epoch);
/* Adds an epoch. A name seen for the first time gets NaN for the epochs before. */
CN_CHECK cn_status cn__history_add(cn_history *history, const cn_logs *logs, double seconds);
/* The loss is NaN or infinite from this batch on; both are counted from 1. */
void cn__history_set_diverged(cn_history *history, size_t epoch, size_t batch);
void cn__history_set_stopped(cn_history *history, const char *reason, const cn_stop *stop);
/* Takes over the text of `profile`. */
void cn__history_set_profile(cn_history *history, cn__text *profile);

/* ---- measures.c: the loss and the metrics of an epoch -------------------------------------------- */

/* A value of the epoch: of a metric that may have several, or the loss, which is no metric. */
typedef struct cn__measured {
    const char *name;
    cn__metric *metric; /* NULL: the loss */
    size_t index;
} cn__measured;

typedef struct cn__measures {
    cn__arena arena;
    cn__metric **metrics; /* the plain ones, then the weighted */
    size_t count, plain;
    cn__measured *value; /* by name */
    size_t values;
    double loss, samples; /* sums */
    bool of_batch;        /* a value depends on how the samples are cut into batches */
} cn__measures;

CN_CHECK cn_status cn__measures_new(const cn_model *model, size_t max_rows, cn__measures *out);
void cn__measures_free(cn__measures *measures);
void cn__measures_reset(cn__measures *measures);
/* Takes a batch of n samples. */
void cn__measures_add(cn__measures *measures, const cn__result *result, size_t n);
/* The values so far into `logs`, sorted by name as Keras does, each with the prefix ("val_"). */
void cn__measures_log(cn__measures *measures, const char *prefix, cn_logs *logs);
/* Does a metric want the logits behind a softmax or sigmoid? */
bool cn__measures_read_logits(const cn__measures *measures);
/* The value of that name, without a prefix; NULL if there is none. */
const cn__measured *cn__measures_find(const cn__measures *measures, const char *name);

/* ---- checks.c: arguments and data, before anything is computed ----------------------------------- */

CN_CHECK cn_status cn__check_x(const cn_array *x, const char *what);
/* Builds the model for x where needed. */
CN_CHECK cn_status cn__check_input(cn_model *model, const cn_array *x, const char *what);
/* Targets against outputs, loss and number of samples. */
CN_CHECK cn_status cn__check_targets(const cn_model *model, const cn_array *x, const cn_array *y,
                                     const char *what);
CN_CHECK cn_status cn__check_weights(const cn_model *model, const cn_array *weights, size_t samples,
                                     const char *what);
/* Weights of the rows of samples: from sample_weight, or from class_weight and y; NULL in *out if there are neither.
 * Free with cn__free. */
CN_CHECK cn_status cn__sample_weights(const cn_model *model, const cn_array *sample_weight,
                                      const char *class_weight, const cn_array *y, real **out);

/* ---- evaluate.c ----------------------------------------------------------------------------------- */

/* Runs `count` samples of the feed's, from feed->first on, through the plan and adds them to the measures. */
void cn__evaluate_range(cn__plan *plan, cn__measures *measures, const cn__feed *feed, size_t batch,
                        size_t count);
/* In what batches: the caller's where a value depends on them, else those that are fastest. */
size_t cn__evaluate_batch(const cn__measures *measures, size_t batch_size, size_t samples);
enum { CN_EVALUATE_BATCH = 128 };

/* ---- progress.c ------------------------------------------------------------------------------------ */

typedef struct cn__progress {
    FILE *log;
    int verbose; /* 0, 1 (a bar that is redrawn), 2 (a line an epoch) */
    size_t epoch, epochs, steps;
    double start, drawn;
    size_t width; /* of what stands on the line */
} cn__progress;

void cn__progress_start(cn__progress *progress, int verbose, FILE *log);
void cn__progress_epoch(cn__progress *progress, size_t epoch, size_t epochs, size_t steps);
/* Is it time to draw? At most ten times a second. */
bool cn__progress_due(const cn__progress *progress);
void cn__progress_draw(cn__progress *progress, size_t step, const cn_logs *logs);
/* The line that stays. */
void cn__progress_end(cn__progress *progress, const cn_logs *logs);
void cn__progress_note(cn__progress *progress, const char *text);
/* "accuracy: 0.8665 - loss: 0.4636". */
void cn__logs_text(const cn_logs *logs, cn__text *out);

/* ---- callbacks.c ------------------------------------------------------------------------------------ */

typedef struct cn__callback cn__callback; /* callback_class.h */
extern const cn__registry cn__callbacks;  /* the built-in ones */

/* ---- fit.c ----------------------------------------------------------------------------------------- */

/* Everything that fit looks at before its first batch; no callback is called. */
CN_CHECK cn_status cn__fit_check(const cn_fit_options *options);
/* What cn_training_stop does, for a callback of ours: the reason's text is made from its values. */
void cn__training_stop(cn_training *training, const cn_stop *stop);

/* ---- the running fit ---------------------------------------------------------------------------------- */

struct cn_training {
    cn_model *model;
    const cn_fit_options *options;
    cn__arena arena;
    cn_history *history;
    cn_logs logs; /* of the epoch */
    cn__measures train, validation;
    cn__plan *plan, *validation_plan;
    cn__pool *pool;
    cn__progress progress;
    cn__callback **builtin;
    size_t builtin_count;
    const cn_callback **callbacks; /* all, in order */
    size_t callback_count;
    bool batch_logs; /* somebody wants on_batch_end */
    bool stop;
    char reason[200]; /* why; the first counts */
    cn_stop why;      /* the same as values */
    /* the data */
    const cn_array *x, *y;
    cn_array train_x, train_y, split_x, split_y; /* views */
    const cn_array *validation_x, *validation_y;
    real *weight, *validation_weight; /* owned, for all samples of x / of the validation data */
    const real *split_weight;
    size_t samples, validation_samples, batch;
    double train_seconds, validation_seconds; /* of the batches and of validation, for a profile */
    uint32_t *order;
    double zeros; /* the share of x that is zero */
};

/* The callbacks of options->callbacks, then the caller's own. */
CN_CHECK cn_status cn__callbacks_make(cn_training *training);
void cn__callbacks_release(cn_training *training);
typedef enum cn__moment {
    CN_TRAIN_BEGIN,
    CN_EPOCH_BEGIN,
    CN_BATCH_BEGIN,
    CN_BATCH_END,
    CN_EPOCH_END,
    CN_TRAIN_END
} cn__moment;
CN_CHECK cn_status cn__callbacks_call(cn_training *training, cn__moment moment, size_t index,
                                      const cn_logs *logs);

#endif
