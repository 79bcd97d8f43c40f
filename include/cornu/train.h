/* compile, fit, evaluate, predict; callbacks and the history.
 *
 *     cn_model_compile(m, .optimizer = "adam(learning_rate=0.0005)", .loss = "categorical_crossentropy",
 *                      .metrics = "accuracy");
 *     cn_history *h = cn_model_fit(m, &x, &y, .epochs = 5, .validation_split = 0.25, .verbose = 1);
 *     cn_logs *scores = cn_model_evaluate(m, &test_x, &test_y);
 *     printf("%.4f\n", cn_logs_get(scores, "accuracy"));
 *
 * Arguments and defaults are Keras's, but for `verbose`, which is 0: a library does not print unless told.
 *
 * Options that are NULL or 0 have their defaults. Structs of options end in reserved room, which must be NULL: options
 * that are added later take it, so that programs compiled today go on to run. */
#ifndef CORNU_TRAIN_H
#define CORNU_TRAIN_H

#include <stdio.h>

#include "cluster.h"
#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- compile ---------------------------------------------------------------------------------------- */

typedef struct cn_compile_options {
    cn_model *model;
    const char *optimizer;        /* "rmsprop" as in Keras, if NULL */
    const char *loss;             /* must be given */
    const char *metrics;          /* "accuracy, auc"; NULL: none */
    const char *weighted_metrics; /* the same, computed with the sample weights */
    /* For a model with several outputs loss, metrics, weighted_metrics and loss_weights are lists in the order of the
     * outputs, "[categorical_crossentropy, mse]", or maps by their names, "{kind: categorical_crossentropy, size: mse}";
     * for metrics an entry may be a list. An output that is none in a list, or not in a map, has none. */
    const char *loss_weights; /* what each loss is multiplied by in the sum; NULL: 1 each */
    /* "default" (or NULL), or "fast": training computes 3 x 3 convolutions of stride 1 with at least 32 channels in and out by
     * Winograd's formula in tiles of 4 x 4 outputs (Lavin and Gray 2016, arXiv 1509.09308). It multiplies less, and its outputs are off
     * by some ten times the rounding of float32. The same bits everywhere too. evaluate and predict always have the default. Files of
     * models do not have it: a model that is loaded is compiled with the default. */
    const char *convolution;
    const void *reserved[3];
} cn_compile_options;

CN_API cn_status cn_model_compile_with(const cn_compile_options *options);

/* ---- the optimizer of a compiled model ---------------------------------------------------------------- */

/* The learning rate of the next step; NaN if the model is not compiled. Setting it fails where a schedule decides. Both
 * may be called from a callback. */
CN_API double cn_model_learning_rate(const cn_model *model);
CN_API CN_CHECK cn_status cn_model_set_learning_rate(cn_model *model, double rate);
/* Steps taken so far. */
CN_API int64_t cn_model_iterations(const cn_model *model);
CN_API CN_CHECK cn_status cn_model_set_iterations(cn_model *model, int64_t iterations);
/* The optimizer's arrays (momentum, velocity, …), in the order of Keras's optimizer.variables without those that hold one
 * number. 0 before the model is built and compiled. */
CN_API size_t cn_model_state_count(const cn_model *model);
/* A new array in the shape of its weight; free it with cn_array_free. */
CN_API CN_CHECK cn_status cn_model_get_state(const cn_model *model, size_t i, cn_array *out);
CN_API CN_CHECK cn_status cn_model_set_state(cn_model *model, size_t i, const cn_array *values);

/* Exchanges the weights with the moving averages that an optimizer with use_ema=true keeps of them; again gives them back. A fit
 * that ends while they are exchanged leaves the averages as the weights. Fails where there are no averages. */
CN_API CN_CHECK cn_status cn_model_swap_averages(cn_model *model);

/* ---- logs and history --------------------------------------------------------------------------------- */

/* Named numbers: what an epoch came to. Names as in Keras: loss, accuracy, val_loss, … */
typedef struct cn_logs cn_logs;
CN_API size_t cn_logs_count(const cn_logs *logs);
CN_API const char *cn_logs_name(const cn_logs *logs, size_t i);
CN_API double cn_logs_value(const cn_logs *logs, size_t i);
/* NaN when there is no such name. */
CN_API double cn_logs_get(const cn_logs *logs, const char *name);
CN_API void cn_logs_free(cn_logs *logs); /* only for one that cn_model_evaluate gave */

typedef struct cn_history cn_history;
CN_API void cn_history_free(cn_history *history);
/* Number of epochs that were run, and the first one's number (fit's initial_epoch). */
CN_API size_t cn_history_epochs(const cn_history *history);
CN_API size_t cn_history_initial_epoch(const cn_history *history);
CN_API size_t cn_history_count(const cn_history *history); /* of names */
CN_API const char *cn_history_name(const cn_history *history, size_t i);
/* One value an epoch (cn_history_epochs of them), owned by the history; NULL when there is no such name. NaN
 * stands where an epoch had no value (validation_freq). */
CN_API const double *cn_history_get(const cn_history *history, const char *name);
/* Seconds that each epoch took, validation included. */
CN_API const double *cn_history_seconds(const cn_history *history);
/* Where the time went, a line a step of the plan, if fit was asked with .profile = true; else NULL. */
CN_API const char *cn_history_profile(const cn_history *history);
/* Why training ended before its last epoch: "early_stopping: val_loss has not improved …"; NULL if it did not. */
CN_API const char *cn_history_stopped(const cn_history *history);

/* Did the loss become NaN or infinite? Then *epoch and *batch, counted from 1, say where first; either may be NULL. */
CN_API bool cn_history_diverged(const cn_history *history, size_t *epoch, size_t *batch);

/* The same as values, for a program that says it in its own words. */
typedef enum cn_stop_kind {
    CN_STOP_NONE = 0, /* the last epoch was run */
    CN_STOP_CALLBACK, /* a function of the caller's called cn_training_stop: only the text says why */
    CN_STOP_EARLY, /* early_stopping: `monitor` has not improved on `value`, of epoch `at`, for `epochs` epochs */
    CN_STOP_BELOW, /* stop_below: `monitor` was `value` at the end of epoch `at`, which is under `limit` */
    CN_STOP_NAN /* terminate_on_nan: `monitor`, the loss, was `value`, NaN or infinite, at batch `at` of epoch `epochs` */
} cn_stop_kind;

typedef struct cn_stop {
    cn_stop_kind kind;
    char monitor[64]; /* "val_loss" */
    double value, limit;
    size_t at, epochs; /* epochs and batches are counted from 1 */
} cn_stop;

CN_API cn_stop cn_history_stop(const cn_history *history);

/* ---- callbacks ---------------------------------------------------------------------------------------- */

typedef struct cn_training cn_training; /* the running fit, for callbacks */
CN_API cn_model *cn_training_model(cn_training *training);
CN_API const cn_history *cn_training_history(const cn_training *training);
/* Loss and metrics of the running epoch so far, computed by this call, for callbacks of batches that need them now and then;
 * valid until the next call or the end of the callback. */
CN_API const cn_logs *cn_training_logs(cn_training *training);
/* Ends training after the present batch (from on_batch_end) or epoch; `reason` is copied. */
CN_API void cn_training_stop(cn_training *training, const char *reason);
CN_API double cn_training_learning_rate(const cn_training *training);
CN_API CN_CHECK cn_status cn_training_set_learning_rate(cn_training *training, double rate);

/* Any C functions at the boundaries of training; NULL where there is nothing to do. One that does not
 * return CN_OK ends the fit, which fails with its message. `logs` at batch ends are the values of the epoch so
 * far; at epoch ends all of the epoch's. */
typedef struct cn_callback {
    void *user;
    cn_status (*on_train_begin)(void *user, cn_training *training);
    cn_status (*on_epoch_begin)(void *user, cn_training *training, size_t epoch);
    cn_status (*on_batch_begin)(void *user, cn_training *training, size_t batch);
    cn_status (*on_batch_end)(void *user, cn_training *training, size_t batch, const cn_logs *logs);
    cn_status (*on_epoch_end)(void *user, cn_training *training, size_t epoch, const cn_logs *logs);
    cn_status (*on_train_end)(void *user, cn_training *training);
    /* Around the validation of an epoch, with its values. */
    cn_status (*on_test_begin)(void *user, cn_training *training);
    cn_status (*on_test_end)(void *user, cn_training *training, const cn_logs *logs);
} cn_callback;

/* Kinds of callbacks from outside the core, which fit can then make by name; cn_file_callbacks of cornu/formats.h. */
typedef struct cn__callback_kind cn_callback_kind;

/* ---- batches from the caller ------------------------------------------------------------------------------ */

/* A batch: one array each, or lists for a model with several inputs or outputs. Any number of samples; targets and weights as
 * in cn_fit_options. The arrays stay the caller's, and must last until the next call. */
typedef struct cn_batch {
    const cn_array *x, *y, *sample_weight; /* x NULL, and inputs too: there are no more */
    const cn_array *const *inputs, *const *targets, *const *sample_weights;
    const void *reserved[4];
} cn_batch;

/* Where batches come from that do not lie in memory. Called by the thread that called fit. */
typedef struct cn_generator {
    void *user;
    /* Fills the next batch, which comes empty. Anything but CN_OK ends the fit, which fails with the message left. */
    cn_status (*next)(void *user, cn_batch *batch);
    /* Begins at the first batch again; NULL: it cannot. */
    cn_status (*rewind)(void *user);
    const void *reserved[4];
} cn_generator;

/* ---- fit ---------------------------------------------------------------------------------------------- */

typedef struct cn_fit_options {
    cn_model *model;
    const cn_array *x, *y;       /* samples first. y: (n, outputs), or (n) for one output or integer labels */
    size_t epochs CN_DEFAULT(1); /* 0: nothing is trained, and the history is empty */
    size_t batch_size;           /* 0: 32; no more than there are samples */
    double validation_split;     /* the last part of the data, taken before any shuffle */
    const cn_array *validation_x, *validation_y, *validation_sample_weight;
    size_t validation_batch_size; /* 0: batch_size */
    size_t validation_freq CN_DEFAULT(1);
    /* Take the samples in a random order; with `reshuffle` a new one each epoch, else one for the whole fit, as Keras
     * does once a seed is set. Both are true unless given. The order depends on the model's seed alone. */
    bool shuffle CN_DEFAULT(true), reshuffle CN_DEFAULT(true);
    const char *class_weight;      /* "{0: 2, 1: 0.5}"; classes left out weigh 1 */
    const cn_array *sample_weight; /* (n), or for outputs of (time, features) also (n, time) */
    size_t initial_epoch;
    /* Built-in ones by name, in order: "early_stopping(monitor=val_loss, patience=3), csv_logger(log.csv)";
     * docs/callbacks.md lists them. */
    const char *callbacks;
    const cn_callback_kind *const *callback_kinds; /* names beside the built-in ones; ends in NULL */
    const cn_callback *const
        *custom_callbacks; /* the caller's own, ends in NULL; run after the built-in ones */
    int verbose; /* 0 silent, 1 a progress bar on a terminal and else a line an epoch, 2 a line an epoch */
    FILE *log;   /* where `verbose` writes; NULL: stdout */
    int threads; /* at most; 0: every processor. The fastest number is looked for; no bit of the result depends on it */
    bool profile; /* take the time of every step: cn_history_profile */
    /* How model_checkpoint saves; cn_model_save of cornu/formats.h is meant for it. */
    cn_status (*save)(const cn_model *model, const char *path, bool weights_only);
    /* The folder that callbacks write in: their paths are relative to it, and none may lead out of it, for callbacks that
     * somebody else has written down. It is made when the first of them writes. NULL: wherever a path says. */
    const char *output_dir;
    /* Keeps the last two whole states of the training in this folder, one every `checkpoint_seconds` (0: 30), and one when a
     * callback stops it; checkpoint_remove: until the training has come to its end. A state that cannot be written costs the
     * state, not the training. */
    const char *checkpoint_dir;
    double checkpoint_seconds;
    bool checkpoint_remove;
    /* Goes on from the latest state in this folder, in the middle of an epoch if need be, to the bits of a training that never
     * stopped: weights, optimizer, order of the samples, metrics so far, history, built-in callbacks. The same model, data
     * and options must be given; another number of epochs may. Without a state there it begins at the beginning. */
    const char *resume_dir;
    /* For a model with several inputs or outputs, instead of x, y and the others above: an array for each, in the order
     * of the model (cn_model_input_name). A target is NULL where its output has no loss, a weight where all are 1. */
    const cn_array *const *inputs, *const *targets, *const *sample_weights;
    const cn_array *const *validation_inputs, *const *validation_targets, *const *validation_sample_weights;
    /* Batches in an epoch, 0: all. With arrays each epoch goes on where the last one ended; the epoch in which the samples run
     * out is shorter, and the next begins with the first again. Without batch_size the samples are cut into so many. */
    size_t steps_per_epoch, validation_steps;
    /* Batches of the caller's instead of x and y. An epoch is steps_per_epoch of them, or all until there are no more;
     * then it is rewound, or where it cannot be, training ends. Neither validation_split nor states of the training
     * (checkpoint_dir, backup_and_restore) go with it. */
    const cn_generator *generator, *validation_generator;
    /* This is a part of a training that goes on, such as one batch: the moving average of an optimizer with use_ema does not
     * become the weights at its end. */
    bool goes_on;
    /* Each batch is divided over these ranks, which all call fit alike; borrowed. NULL: this process alone. Rank 0 decides what
     * callbacks decide (when training stops, the learning rate), and it alone writes files and progress. */
    const cn_communicator *communicator;
    /* With a communicator: each rank keeps what the optimizer remembers (such as Adam's averages) of its part of the weights alone,
     * updates that part, and gives it to the others. The same bits, and less memory. States on disk are those of one process.
     * After the training rank 0 alone has the whole, for saving the model. docs/cluster.md says which optimizers can. */
    bool shard_optimizer;
    const void *reserved[1];
} cn_fit_options;

/* Trains. NULL and a message on failure; nothing is trained before all arguments and data are checked. */
CN_API cn_history *cn_model_fit_with(const cn_fit_options *options);
CN_DEFAULTS_BEGIN_
CN_API cn_fit_options cn_fit_defaults(void);
CN_DEFAULTS_END_

/* ---- evaluate and predict --------------------------------------------------------------------------------- */

typedef struct cn_evaluate_options {
    cn_model *model;
    const cn_array *x, *y;
    size_t batch_size CN_DEFAULT(32);
    const cn_array *sample_weight;
    int verbose;
    FILE *log;
    int threads;
    const cn_array *const *inputs, *const *targets, *const *sample_weights; /* as for fit */
    size_t steps;                        /* at most so many batches; 0: all */
    const cn_generator *generator;       /* instead of x and y, as for fit */
    const cn_communicator *communicator; /* these ranks divide the samples; as for fit */
    /* Test-time augmentation: loss and metrics are those of the mean of so many predictions for each sample, the first of it as it is,
     * the others as layers of augmentation show it, with random numbers of the model's seed. 0 and 1: of the sample alone. Not for a
     * generator; each rank predicts all samples. */
    size_t tta;
    const void *reserved[2];
} cn_evaluate_options;

/* Loss and metrics over the data. NULL on failure; free with cn_logs_free. */
CN_API cn_logs *cn_model_evaluate_with(const cn_evaluate_options *options);

typedef struct cn_predict_options {
    cn_model *model;
    const cn_array *x;
    cn_array *out;     /* becomes float32 (n, outputs…); free it with cn_array_free */
    size_t batch_size; /* samples that are computed at a time; changes no bit. 0: a good number */
    int threads;
    const cn_array *const *inputs; /* as for fit */
    cn_array *outputs;             /* of a model with several outputs, instead of out: an array for each */
    bool
        training; /* as in training: dropout and augmentation are active, with new random numbers in each call, and batch
                    * normalisation goes by each batch of batch_size samples (0: all of them), whose statistics it takes into its
                    * moving averages. No weight is trained. */
    const cn_generator *
        generator; /* instead of x, as for fit; of its batches only x or inputs count, and the outputs of all are
                                    * joined */
    size_t steps; /* at most so many batches of it; 0: all */
    size_t tta;   /* test-time augmentation, as for evaluate; not with training or a generator */
} cn_predict_options;

CN_API cn_status cn_model_predict_with(const cn_predict_options *options);

/* ---- inside a model ---------------------------------------------------------------------------------------- */

/* What the layer of this name gives for samples: `inputs` has an array for each input of the model, as predict takes them; *out
 * becomes float32 (n, the layer's shape…), to be freed with cn_array_free. Of a layer that is called several times, the last call. */
CN_API CN_CHECK cn_status cn_model_layer_values(cn_model *model, const char *layer,
                                                const cn_array *const *inputs, cn_array *out);
/* The derivative of number `index` of the first output with respect to what the layer gives, for one sample and as predict
 * computes (dropout is not there, batch normalisation keeps to its moving statistics). Where the output comes from softmax or
 * sigmoid, it is that of the number before it. *out as above, of one sample. */
CN_API CN_CHECK cn_status cn_model_layer_gradient(cn_model *model, const char *layer,
                                                  const cn_array *const *inputs, size_t index, cn_array *out);

/* ---- a prepared predictor -----------------------------------------------------------------------------------
 *
 *     cn_predictor *p = cn_predictor_new(m, 1);
 *     for (;;) { read(x); cn_predictor_run(p, x, 1, y); write(y); }
 *
 * Made once for a model whose weights no longer change: the first call keeps forms of them for the next ones. A call allocates
 * nothing and runs in the calling thread. Several predictors of one model may run side by side in threads, one thread each. The
 * model must outlive them. */
typedef struct cn_predictor cn_predictor;
/* For up to `batch` samples a call. NULL on failure. */
CN_API cn_predictor *cn_predictor_new(cn_model *model, size_t batch);
/* n samples x (n, inputs…) in, y (n, outputs…) out, contiguous float32, of a model with one input and one output. */
CN_API CN_CHECK cn_status cn_predictor_run(cn_predictor *predictor, const float *x, size_t n, float *y);
/* The same for several: an array for each input and each output, in the order of the model. */
CN_API CN_CHECK cn_status cn_predictor_run_all(cn_predictor *predictor, const float *const *inputs, size_t n,
                                               float *const *outputs);
CN_API void cn_predictor_free(cn_predictor *predictor);

/* ---- gradients, for a training loop of one's own ---------------------------------------------------------
 *
 *     cn_gradients *g = cn_gradients_new(m, 32, 0);           // m is built and compiled; its optimizer is not asked
 *     cn_gradients_compute(g, &batch_x, &batch_y, &loss);     // forward and backward, as in training
 *     for (size_t i = 0; i < cn_model_weight_count(m); i++) cn_gradients_get(g, i, &dw[i]);
 *     …                                                       // change the weights: cn_model_set_weight
 *
 * examples/loop.c is a whole one. The model must outlive it, and must not be built or compiled anew while it lives. */
typedef struct cn_gradients cn_gradients;
/* For up to `batch` samples at once; threads 0: every processor, which changes no bit. NULL on failure. */
CN_API cn_gradients *cn_gradients_new(cn_model *model, size_t batch, int threads);
CN_API void cn_gradients_free(cn_gradients *gradients);
/* Of the loss (the mean over these samples, with the regularizers), which goes to *loss; NULL: it is not wanted. Checks the data as
 * fit does. For models with one input and one output. */
CN_API CN_CHECK cn_status cn_gradients_compute(cn_gradients *gradients, const cn_array *x, const cn_array *y,
                                               double *loss);
/* With respect to weight i, in the order and shape of cn_model_get_weight: a new array, to be freed with cn_array_free. Zeros for a
 * weight that is not trained. */
CN_API CN_CHECK cn_status cn_gradients_get(const cn_gradients *gradients, size_t i, cn_array *out);
/* With respect to input i: float32 (n, the input's shape…), to be freed likewise. Zeros where whole numbers are looked up. */
CN_API CN_CHECK cn_status cn_gradients_get_input(const cn_gradients *gradients, size_t i, cn_array *out);

/* In two halves, for losses that the caller computes of the outputs, or that several models make together. The model is built, and
 * need not be compiled; penalties of regularizers are not in these gradients. `training`: with dropout and its like, each forward
 * with new random numbers, and with the batch's statistics, which go into moving averages. NULL on failure. */
CN_API cn_gradients *cn_gradients_open(cn_model *model, size_t batch, bool training, int threads);
/* An array for each input in, and out a new one for each output, to be freed with cn_array_free. The inputs must last until the last
 * backward that belongs to them. */
CN_API CN_CHECK cn_status cn_gradients_forward(cn_gradients *gradients, const cn_array *const *inputs,
                                               cn_array *outputs);
/* From the derivative of a loss by each output (NULL: zeros) to those by the weights and inputs, for cn_gradients_get and
 * cn_gradients_get_input. Another backward of the same forward computes that once more, by the weights as they are then. */
CN_API CN_CHECK cn_status cn_gradients_backward(cn_gradients *gradients,
                                                const cn_array *const *output_gradients);

#ifndef __cplusplus
/* cn_model_compile(m, .loss = "mse", …) */
#define cn_model_compile(...) CN_OPTIONS_(cn_model_compile_with, cn_compile_options, .model = __VA_ARGS__)
/* cn_model_fit(m, &x, &y, .epochs = 5, …) */
#define cn_model_fit(...)                                                                                    \
    CN_OPTIONS_(cn_model_fit_with, cn_fit_options, .epochs = 1, .validation_freq = 1, .shuffle = true,       \
                .reshuffle = true, .model = __VA_ARGS__)
/* cn_model_evaluate(m, &x, &y, .batch_size = 32, …) */
#define cn_model_evaluate(...)                                                                               \
    CN_OPTIONS_(cn_model_evaluate_with, cn_evaluate_options, .batch_size = 32, .model = __VA_ARGS__)
/* cn_model_predict(m, &x, &out) */
#define cn_model_predict(...) CN_OPTIONS_(cn_model_predict_with, cn_predict_options, .model = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

/* C++20: the same, with options in the order of their structs. For several inputs or outputs fill the struct. */
#if defined(__cplusplus) && __cplusplus >= 202002L
#define cn_model_compile(...) CN_OPTIONS_(cn_model_compile_with, cn_compile_options, .model = __VA_ARGS__)
#define cn_model_fit(model_, x_, y_, ...)                                                                    \
    CN_OPTIONS_(cn_model_fit_with, cn_fit_options, .model = model_, .x = x_,                                 \
                .y = y_ __VA_OPT__(, ) __VA_ARGS__)
#define cn_model_evaluate(model_, x_, y_, ...)                                                               \
    CN_OPTIONS_(cn_model_evaluate_with, cn_evaluate_options, .model = model_, .x = x_,                       \
                .y = y_ __VA_OPT__(, ) __VA_ARGS__)
#define cn_model_predict(model_, x_, out_, ...)                                                              \
    CN_OPTIONS_(cn_model_predict_with, cn_predict_options, .model = model_, .x = x_,                         \
                .out = out_ __VA_OPT__(, ) __VA_ARGS__)
#endif
#endif
