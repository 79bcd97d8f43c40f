/* The inside of a fit: logs, metrics in use, history, progress, callbacks. */
#ifndef CN_TRAIN_TRAIN_H
#define CN_TRAIN_TRAIN_H

#include "train/predict/views.h"
#include "base/files/outdir.h"
#include "base/text/text.h"
#include "cornu/train.h"
#include "model/plan/plan.h"
#include "nn/metrics/metric.h"

/* ---- progress/logs.c ------------------------------------------------------------------------------------- */

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

/* ---- progress/history.c ---------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__history_new(cn_history **out, size_t epochs, size_t initial_epoch);
/* Adds an epoch. A name seen for the first time gets NaN for the epochs before. */
CN_CHECK cn_status cn__history_add(cn_history *history, const cn_logs *logs, double seconds);
/* The loss is NaN or infinite from this batch on; both are counted from 1. */
void cn__history_set_diverged(cn_history *history, size_t epoch, size_t batch);
void cn__history_set_stopped(cn_history *history, const char *reason, const cn_stop *stop);
/* Takes over the text of `profile`. */
void cn__history_set_profile(cn_history *history, cn__text *profile);

struct cn__snapshot;
/* What is kept of a training that goes on later: names, values, seconds. */
void cn__history_snapshot(cn_history *history, struct cn__snapshot *snapshot);
void cn__history_forget(cn_history *history);

/* ---- data.c: arrays for each input and output, checked before anything is computed ------------------- */

/* What fit or evaluate computes on: lists by input and by output of the model. */
typedef struct cn__shared_data cn__shared_data; /* shared_data.h */

typedef struct cn__data {
    const cn_array **x;       /* (inputs) */
    const cn_array **y;       /* (outputs); NULL where an output has no loss */
    real **weight;            /* (outputs): one for each row of each sample, or NULL; owned */
    size_t *rows;             /* (outputs): of a sample */
    double *zeros;            /* (inputs): the fraction of each that is zero */
    const cn__sparse **lists; /* (inputs): what is not zero, of data that is shared, or NULL; NULL: of none */
    size_t first_list;        /* the row of sample 0 in them */
    size_t inputs, outputs, samples;
} cn__data;

/* How data is given: one array, or a list of them; and how messages call it. */
typedef struct cn__given {
    const cn_array *x, *y, *weight;
    const cn_array *const *inputs, *const *targets, *const *weights;
    const char *class_weight, *prefix; /* "validation_" */
    cn__shared_data *shared;           /* or NULL */
} cn__given;

/* Checks and collects; builds the model for the data where needed. Lists live in `arena`. */
CN_CHECK cn_status cn__data_inputs(cn__arena *arena, cn_model *model, const cn__given *given, cn__data *out);
/* The same with targets and weights. */
CN_CHECK cn_status cn__data_read(cn__arena *arena, cn_model *model, const cn__given *given, cn__data *out);
/* Samples first … first + count - 1 of `all`, as views; their weights are not owned. */
CN_CHECK cn_status cn__data_slice(cn__arena *arena, const cn__data *all, size_t first, size_t count,
                                  cn__data *out);
void cn__data_release(cn__data *data);
cn__feed cn__data_feed(const cn__data *data);

/* ---- metric_set.c: the losses and the metrics of an epoch ------------------------------------------------- */

typedef struct cn__output_metrics {
    cn__metric **metrics; /* the plain ones, then the weighted */
    size_t count, plain;
    real *pred, *target; /* of a scaled target: a batch in its own units; else NULL */
    double
        loss; /* of several outputs: Σ over batches of loss_weight · loss. Keras weighs batches alike, however long */
    size_t batches;
} cn__output_metrics;

/* A value of the epoch: of a metric, which may have several, or a loss. */
typedef struct cn__metric_value {
    const char *name;
    size_t output;      /* of the metric, or of a loss; SIZE_MAX: the loss of all */
    cn__metric *metric; /* NULL: a loss */
    size_t index;
    const cn_metric_function *function; /* of the caller's own; metric is NULL then */
} cn__metric_value;

typedef struct cn__metric_set {
    cn__arena arena;
    const cn_model *model;
    cn__output_metrics *outputs;
    size_t output_count;
    cn__metric_value *value; /* by name, as Keras sorts them */
    size_t values, capacity;
    double loss, samples; /* sums */
    cn_status failed;     /* of a function of the caller's own, by the thread that has the set */
} cn__metric_set;

/* For batches of at most `batch` samples. */
CN_CHECK cn_status cn__metric_set_new(const cn_model *model, size_t batch, cn__metric_set *out);
void cn__metric_set_free(cn__metric_set *metrics);
void cn__metric_set_reset(cn__metric_set *metrics);
/* Takes a batch of n samples. */
void cn__metric_set_add(cn__metric_set *metrics, const cn__result *result, size_t n);
/* Did the caller's own metrics take all batches? */
CN_CHECK cn_status cn__metric_set_status(const cn__metric_set *metrics);
/* The values so far into `logs`, sorted by name as Keras does, each with the prefix ("val_"). */
void cn__metric_set_log(cn__metric_set *metrics, const char *prefix, cn_logs *logs);

/* The value of that name, without a prefix; NULL if there is none. */
const cn__metric_value *cn__metric_set_find(const cn__metric_set *metrics, const char *name);
/* Does a metric read what softmax or sigmoid has before it? */
bool cn__metric_set_read_logits(const cn__metric_set *metrics);
/* Does a metric depend on how the samples are cut into batches? */
bool cn__metric_set_are_of_batch(const cn__metric_set *metrics);

/* Other metrics for larger batches, with the sums of the old. */
CN_CHECK cn_status cn__metric_set_grow(cn__metric_set *metrics, size_t batch);

/* ---- checks.c: single arrays ----------------------------------------------------------------------------- */

CN_CHECK cn_status cn__check_x(const cn_array *x, const char *what);
/* Are all its values finite numbers of float32? */
CN_CHECK cn_status cn__check_finite(const cn_array *a, const char *what);
/* What an output of a built model ends in: of the last operation that computes something. */
cn__act cn__output_activation(const cn_model *model, size_t output);

/* Targets against an output and its loss. */
CN_CHECK cn_status cn__check_targets(const cn_model *model, size_t output, const cn_array *x,
                                     const cn_array *y, const char *what);
CN_CHECK cn_status cn__check_weights(const cn_model *model, size_t output, const cn_array *weights,
                                     size_t samples, const char *what);
/* Weights of the rows of an output: from sample_weight, or from class_weight and y; NULL in *out if there are neither.
 * Free with cn__free. */
CN_CHECK cn_status cn__sample_weights(const cn_model *model, size_t output, const cn_array *sample_weight,
                                      const char *class_weight, const cn_array *y, real **out);

/* ---- predict/forward.c: forward passes without training ------------------------------------------------------------------ */

/* A plan for each thread, each for a part of the samples. */
typedef struct cn__forward cn__forward;
/* Threads for so many samples, at most `threads` (0: all): none without eight of them. */
cn__pool *cn__forward_pool(const cn_model *model, size_t samples, int threads);
/* For up to `samples` samples. `batch` counts for a loss or a metric that depends on the whole batch only. Without
 * metrics there are no targets. `pool` is borrowed. */
CN_CHECK cn_status cn__forward_new(cn_model *model, size_t samples, size_t batch,
                                   const cn__metric_set *metrics, bool profile, cn__pool *pool,
                                   cn__forward **out);
/* For predict, of samples as layers of augmentation show them; which view it is is set before each run. */
CN_CHECK cn_status cn__forward_new_views(cn_model *model, size_t samples, cn__pool *pool, cn__forward **out);
void cn__forward_set_view(cn__forward *forward, uint32_t view);
void cn__forward_free(cn__forward *forward);
/* Runs some samples, and gives what came out piece by piece, in order. */
typedef void cn__take_result(void *user, const cn__result *result, size_t n);
void cn__forward_run(cn__forward *forward, const cn__data *data, cn__range samples, cn__take_result *take,
                     void *user);
size_t cn__forward_batch(const cn__forward *forward); /* samples of a piece at most */
/* The regularisers' penalty. */
double cn__forward_penalty(const cn__forward *forward);
/* Has a loss of the caller's own failed in the last run? */
CN_CHECK cn_status cn__forward_status(const cn__forward *forward);
/* predict/forward_ranks.c: runs all samples and adds them to the metrics, in their order, and the regularisers' penalty. The
 * ranks, which may be NULL, divide the samples between them; each has them all in its metrics. */
CN_CHECK cn_status cn__forward_evaluate(cn__forward *forward, const cn_communicator *ranks,
                                        const cn__data *data, cn__metric_set *metrics);
/* Writes the predictions of all samples: (samples, …) for each output. */
void cn__forward_predict(cn__forward *forward, const cn__data *data, real *const *outputs);
/* cn__plan_profile of its first plan. */
void cn__forward_profile(const cn__forward *forward, const char *title, double wall, cn__text *out);

/* ---- predict/views.c: test-time augmentation ------------------------------------------------------------------------ */

/* The mean of the predictions of `views` views of each sample, the first being the sample itself. */
CN_CHECK cn_status cn__predict_views(cn_model *model, const cn__data *data, size_t views, cn__pool *pool,
                                     real *const *outputs);
/* A model whose inputs are the outputs of `model`, and whose outputs are the same: it has its losses and metrics. */
CN_CHECK cn_status cn__model_of_outputs(const cn_model *model, cn__arena *arena, cn_model *out);

/* ---- source.c: where batches come from ---------------------------------------------------------------------- */

/* A generator, and the batch that it gave last. */
typedef struct cn__generated {
    const cn_generator *generator;
    cn__arena arena; /* of the batch's lists */
    cn__data data;
    bool waiting;   /* the batch was fetched before its turn */
    bool ended;     /* there was no more */
    size_t largest; /* samples of a batch so far */
} cn__generated;

/* The next batch, or data.samples = 0 where there is none. */
CN_CHECK cn_status cn__generated_next(cn__generated *g, cn_model *model, const char *class_weight,
                                      const char *prefix);
/* The next call gives the first batch again, if the generator can; *can says so. */
CN_CHECK cn_status cn__generated_rewind(cn__generated *g, bool *can);
void cn__generated_release(cn__generated *g);

/* Batches of the coming epoch, with arrays; of a generator steps_per_epoch, 0 where that is not said. */
size_t cn__source_steps(const cn_training *training, size_t epoch);
/* How many batches so many epochs have, from the first sample on. */
size_t cn__source_batches(const cn_training *training, size_t epochs);
/* How many batches fit has taken before this one, since its first epoch. */
size_t cn__source_taken(const cn_training *training, size_t epoch, size_t batch);
/* Is it at the beginning of the samples? Then their order is made. */
bool cn__source_begins(const cn_training *training, size_t epoch, size_t batch);
/* The batch: *n samples, 0 where the generator has no more. */
CN_CHECK cn_status cn__source_next(cn_training *training, size_t epoch, size_t batch, cn__feed *feed,
                                   size_t *n);
/* Loss and metrics of the validation data, of validation_steps batches or all. */
CN_CHECK cn_status cn__source_validate(cn_training *training);
/* The same of a generator: at most `steps` batches, 0: all. *forward is made anew where a batch is larger. */
CN_CHECK cn_status cn__generated_evaluate(cn__generated *g, cn_model *model, const char *prefix, size_t steps,
                                          const cn_communicator *ranks, cn__pool *pool, cn__forward **forward,
                                          cn__metric_set *metrics);

/* ---- progress/progress.c ------------------------------------------------------------------------------------ */

typedef struct cn__progress {
    FILE *log;
    int verbose; /* 0, 1 (a bar that is redrawn), 2 (a line an epoch) */
    size_t epoch, epochs, steps;
    double start, drawn;
    bool color, drawn_row; /* drawn_row: a bar stands on the last row, which has no end yet */
} cn__progress;

void cn__progress_start(cn__progress *progress, int verbose, FILE *log);
void cn__progress_epoch(cn__progress *progress, size_t epoch, size_t epochs, size_t steps);
/* Is it time to draw? At most ten times a second. */
bool cn__progress_due(const cn__progress *progress);
void cn__progress_draw(cn__progress *progress, size_t step, const cn_logs *logs);
/* The line that stays. */
void cn__progress_end(cn__progress *progress, const cn_logs *logs);
void cn__progress_note(cn__progress *progress, const char *text);
/* Ends the row of a bar that comes to no end, before a message of a failure. */
void cn__progress_stop(cn__progress *progress);
/* "accuracy: 0.8665 - loss: 0.4636". */
void cn__logs_text(const cn_logs *logs, cn__text *out);

/* ---- callbacks.c ------------------------------------------------------------------------------------ */

typedef struct cn__callback cn__callback; /* callbacks/callback_class.h */
extern const cn__registry cn__callbacks;  /* the built-in ones */

/* What the callbacks of a list write: their paths in the list's order, and in *others the list without them. Names are
 * resolved as fit resolves them. */
typedef struct cn__outputs {
    const char **paths;
    size_t count;
    const char *others;
} cn__outputs;
CN_CHECK cn_status cn__callbacks_outputs(cn__arena *arena, const char *callbacks,
                                         const cn_callback_kind *const *others, cn__outputs *out);

/* ---- outputs.c: where callbacks write --------------------------------------------------------------- */

/* May a callback write there? Looked at before training. */
CN_CHECK cn_status cn__output_check(const cn_training *training, const char *path);
/* The folder that output_dir names, open; NULL: paths mean what they say. */
CN_CHECK cn_status cn__output_dir(cn_training *training, const cn__outdir **out);
/* Removes what a killed training left of files in the folder that `path` lies in. */
void cn__output_clean(cn_training *training, const char *path);
CN_CHECK cn_status cn__output_stream(cn_training *training, const char *path, char mode, FILE **out);
CN_CHECK cn_status cn__output_save(cn_training *training, const char *path, bool weights_only);
CN_CHECK cn_status cn__output_write(cn_training *training, const char *path, const void *data, size_t size);
CN_CHECK cn_status cn__output_read(cn_training *training, const char *path, char **data, size_t *size,
                                   size_t limit);
bool cn__output_has(cn_training *training, const char *path);
void cn__output_remove(cn_training *training, const char *path);

/* ---- checkpoint.c: states of the training that it can go on from -------------------------------------- */

typedef struct cn__checkpoint {
    const char *dir, *resume; /* where states are kept, and where one is looked for; NULL: nowhere */
    double seconds;           /* between two; 0: by batches, or an epoch */
    size_t batches;
    bool of_callback; /* backup_and_restore has asked for it */
    bool remove;      /* when the training has come to its end */
    bool always;      /* also when it is stopped before `seconds` have passed */
    double last, begun;
    size_t batches_since;
    uint64_t serial, data_sum;
    bool reported; /* that one could not be written */
    char *bytes;   /* the state to go on from, until it does; owned */
    size_t size;
} cn__checkpoint;

/* "30s", "5min", "1h". */
CN_CHECK cn_status cn__read_interval(const char *text, double *seconds);
/* Finds the state to go on from. Behind cn__callbacks_make. */
CN_CHECK cn_status cn__checkpoint_prepare(cn_training *training);
struct cn__snapshot;
/* What must be the same: where states are read, and on every rank. */
void cn__checkpoint_identity(cn_training *training, struct cn__snapshot *snapshot);
/* Puts it into the training. Behind the callbacks' on_train_begin. */
CN_CHECK cn_status cn__checkpoint_resume(cn_training *training);
/* Keeps a state, between two batches: if it is time, or `now`. */
CN_CHECK cn_status cn__checkpoint_keep(cn_training *training, size_t epoch, size_t batch, bool now);
CN_CHECK cn_status cn__checkpoint_end(cn_training *training);

/* What can be said of a fit's options without the data. */
CN_CHECK cn_status cn__fit_check_options(const cn_fit_options *options);

/* ---- fit.c ----------------------------------------------------------------------------------------- */

/* Everything that fit looks at before its first batch; no callback is called. */
CN_CHECK cn_status cn__fit_check(const cn_fit_options *options);
/* A fit in pieces, for those who decide between two epochs whether it goes on: open, then until an epoch (as often as need
 * be), then finish, then close, which gives its history (the caller's; NULL for NULL). The options are copied; what they
 * point to must outlive it. A fit that is closed unfinished is given up. */
CN_CHECK cn_status cn__fit_open(const cn_fit_options *options, cn_training **out);
/* The same for one of many fits on the same data; `shared` must outlive it. */
CN_CHECK cn_status cn__fit_open_shared(const cn_fit_options *options, cn__shared_data *shared,
                                       cn_training **out);
/* Trains until so many epochs are done, those before initial_epoch counted, or until something stops it. */
CN_CHECK cn_status cn__fit_until(cn_training *training, size_t epoch);
/* Was its last epoch run, or was it stopped? */
bool cn__fit_is_over(const cn_training *training);
CN_CHECK cn_status cn__fit_finish(cn_training *training);
cn_history *cn__fit_close(cn_training *training);
/* source.c: the plan of a training, for batches of training->batch. */
CN_CHECK cn_status cn__fit_plan(cn_training *training);
/* The data, plans, callbacks and history of a training whose model and options are set; cn__fit_release undoes what was made,
 * but for the history. */
CN_CHECK cn_status cn__fit_prepare(cn_training *training);
void cn__fit_release(cn_training *training);
/* training.c: stops it after this batch, on this rank. */
void cn__training_end(cn_training *training, const char *reason);
/* What cn_training_stop does, for a callback of ours: the reason's text is made from its values. */
void cn__training_stop(cn_training *training, const cn_stop *why);

/* ---- the running fit ---------------------------------------------------------------------------------- */

struct cn_training {
    cn_model *model;
    const cn_fit_options *options;
    cn__arena arena;
    cn_history *history;
    cn_logs logs; /* of the epoch */
    cn__metric_set train, validation;
    cn__plan *plan;
    cn__forward *forward; /* for validation, or NULL */
    cn__pool *pool;
    cn__progress progress;
    cn__callback **builtin;
    size_t builtin_count;
    const cn_callback **callbacks; /* all, in order */
    size_t callback_count;
    cn__outdir out;   /* where callbacks write; not open yet, or nowhere in particular: its path is NULL */
    bool batch_logs;  /* somebody wants on_batch_end */
    bool batch_calls; /* of any rank: somebody is called for each batch, and may decide something */
    bool
        epoch_reads; /* of any rank, where ranks divide the optimizer's state: what is called for each epoch may read the optimizer's state */
    bool keeps_states; /* rank 0, with shard_optimizer: states are kept on disk */
    bool stop;
    char reason[200]; /* why; the first counts */
    cn_stop why;      /* the same as values */
    cn__data all, training,
        validation_data; /* training is a view of `all`, and so is validation unless it is owned */
    bool owns_validation;
    cn__shared_data *shared; /* with other trainings, or NULL; borrowed */
    cn__generated generated, validation_generated;
    size_t validation_first; /* with validation_steps: the sample that comes next */
    bool dry;                /* a generator has ended that cannot begin again */
    size_t samples, validation_samples, batch;
    double train_seconds, validation_seconds; /* of the batches and of validation, for a profile */
    uint32_t *order;
    cn__checkpoint checkpoint;
    size_t epoch;                    /* the next one */
    size_t start_epoch, start_batch; /* initial_epoch and 0, or where a state goes on */
    uint64_t first_step; /* the optimiser's steps before the first epoch: the order of the samples */
};

/* ---- ranks.c: a fit over several processes ----------------------------------------------------------------- */

/* The ranks that share this training; NULL: one process. */
const cn_communicator *cn__fit_ranks(const cn_training *training);
/* Is this the process that writes files and progress? */
bool cn__fit_writes(const cn_training *training);
/* Is what is asked for the same on every rank? */
CN_CHECK cn_status cn__ranks_check(cn_training *training);
/* What rank 0's callbacks have decided becomes what all do: a stop and its reason, the learning rate. Behind callbacks of a batch
 * only where a rank has such callbacks. */
CN_CHECK cn_status cn__ranks_agree(cn_training *training);
/* With shard_optimizer: rank 0 gets the whole state of the optimizer, until the next step; every rank gets its part, at the beginning;
 * rank 0 has the whole, at the end. */
CN_CHECK cn_status cn__ranks_gather_state(cn_training *training);
CN_CHECK cn_status cn__ranks_begin_state(cn_training *training, bool resumed);
CN_CHECK cn_status cn__ranks_finish_state(cn_training *training);
/* The state that rank 0 has found to go on from, for all. */
CN_CHECK cn_status cn__ranks_share_state(cn_training *training);

static inline bool cn__validates(const cn_training *t)
{
    return t->validation_samples || t->options->validation_generator;
}

/* The callbacks of options->callbacks, then the caller's own. */
CN_CHECK cn_status cn__callbacks_make(cn_training *training);
void cn__callbacks_release(cn_training *training);
typedef enum cn__moment {
    CN_TRAIN_BEGIN,
    CN_EPOCH_BEGIN,
    CN_BATCH_BEGIN,
    CN_BATCH_END,
    CN_EPOCH_END,
    CN_TRAIN_END,
    CN_TEST_BEGIN,
    CN_TEST_END
} cn__moment;
CN_CHECK cn_status cn__callbacks_call(cn_training *training, cn__moment moment, size_t index,
                                      const cn_logs *logs);

/* predict/predict.c: a place for an output's predictions of so many samples. */
CN_CHECK cn_status cn__make_output(const cn_model *model, size_t index, size_t samples, cn_array *out);
/* Of predict with `training`. */
CN_CHECK cn_status cn__predict_in_training(const cn_predict_options *options, const cn__data *data,
                                           real *const *outputs);

#endif
