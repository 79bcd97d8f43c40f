/* The statements of the lab language: one line each, a word and its arguments as in a call. A table says what each takes
 * and needs; program/make.c looks at them together, show_*.c turns them into what a reader sees. */
#ifndef CN_LAB_STATEMENT_H
#define CN_LAB_STATEMENT_H

#include "base/text/value.h"

typedef enum cn__verb {
    CN_VERB_DATASET_LOAD,
    CN_VERB_DATASET_INFO,
    CN_VERB_DATASET_SHOW,
    CN_VERB_DATASET_GRID,
    CN_VERB_DATASET_HISTOGRAM,
    CN_VERB_DATASET_DESCRIBE,
    CN_VERB_DATASET_SCATTER,
    CN_VERB_DATASET_CORRELATION,
    CN_VERB_DATASET_PAIRS,
    CN_VERB_DATASET_BOXPLOT,
    CN_VERB_DATASET_MISSING,
    CN_VERB_DATASET_NORMALISE,
    CN_VERB_DATASET_FLATTEN,
    CN_VERB_DATASET_RESHAPE,
    CN_VERB_DATASET_ONE_HOT,
    CN_VERB_MODEL,
    CN_VERB_SUMMARY,
    CN_VERB_PLAN,
    CN_VERB_COMPILE,
    CN_VERB_FIT,
    CN_VERB_EVALUATE,
    CN_VERB_PREDICT,
    CN_VERB_SAVE,
    CN_VERB_PLOT_HISTORY,
    CN_VERB_PLOT_DIFFERENCE,
    CN_VERB_PLOT_CONVERGENCE,
    CN_VERB_PLOT_PREDICTION,
    CN_VERB_PLOT_ROC,
    CN_VERB_PLOT_PRECISION_RECALL,
    CN_VERB_PLOT_CALIBRATION,
    CN_VERB_PLOT_RESIDUALS,
    CN_VERB_PLOT_MODEL,
    CN_VERB_PLOT_KERNELS,
    CN_VERB_PLOT_ACTIVATIONS,
    CN_VERB_PLOT_GRADCAM,
    CN_VERB_PLOT_BOUNDARY,
    CN_VERB_PLOT_RECONSTRUCTION,
    CN_VERB_COMPARE,
    CN_VERB_COSTS,
    CN_VERB_CONFUSION,
    CN_VERB_REPORT,
    CN_VERB_MISCLASSIFIED,
    CN_VERB_WEIGHTS,
    CN_VERB_REPEAT,
    CN_VERB_CROSSVALIDATE,
    CN_VERB_IMPORTANCE,
    CN_VERB_ENSEMBLE,
    CN_VERB_SWEEP,
    CN_VERBS
} cn__verb;

/* What a statement may take, all kinds together; each fills what its table names. */
typedef struct cn__arguments {
    const cn__value *models;    /* a list of words */
    const char *caption, *file; /* file: also of a data set, its name */
    /* dataset */
    const char *x, *y, *test_x, *test_y, *task, *title; /* x …: files, where a statement gives one of each */
    const cn__value *x_given, *y_given, *test_x_given,
        *test_y_given;   /* as they are given: a file, or maps of files */
    const cn__value *of; /* names of arrays */
    const cn__value *columns_named, *by;
    const cn__value *target, *missing, *ignore, *number, *category, *missing_values, *header, *columns_given;
    const char *separator, *decimal, *encoding, *test, *group, *column, *colour;
    const cn__value *stratify, *time, *date, *text, *ordinal, *log, *bins;
    const char *target_scale;
    int64_t words;
    bool skip_bad_rows, plain_quotes, missing_indicator;
    double test_split;
    cn__ints image_size;
    const char *color_mode;
    int64_t index, first, rows, columns;
    bool matrix, inverted; /* inverted: grey pictures as ink on paper */
    cn__ints shape;
    /* model */
    const char *like, *weights;
    bool include_top;
    int64_t seed;        /* INT64_MIN: the lab's */
    const char *by_word; /* of ensemble, compare */
    int64_t tta;         /* of evaluate and predict: test-time augmentation */
    /* compile */
    const char *optimizer_text, *loss_text, *convolution;
    const cn__value *optimizer, *loss, *metrics, *weighted_metrics, *loss_weights;
    /* fit */
    int64_t epochs, batch_size /* INT64_MIN: the default */, initial_epoch, validation_batch_size,
        validation_freq;
    double validation_split;
    bool shuffle, reshuffle;
    bool log_axis;
    const char *validation_data, *sample_weight;
    const cn__value *callbacks, *class_weight;
    /* what came out */
    double limit, accuracy_limit, loss_limit, threshold;
    const char *output; /* of a network with several */
    int64_t count, seeds, folds, repeats, verbose;
    bool stratified;
    /* inside a model */
    const char *layer;
    int64_t sample, channel, output_class /* INT64_MIN: what the model says */;
    /* sweep: "units=[32..512 log] …", and how it is searched */
    const char *space, *epoch;
    const cn__value *sampler, *pruner, *objective;
    int64_t trials, ahead, keep;
} cn__arguments;

/* Does the statement train, so that it may fail while the lab runs? */
static inline bool cn__verb_trains(cn__verb verb) { return verb == CN_VERB_FIT || verb == CN_VERB_SWEEP; }

typedef enum cn__takes_models { CN_TAKES_NONE, CN_TAKES_ONE, CN_TAKES_MANY } cn__takes_models;
/* What must stand above a statement, for each of its models or for the data. */
typedef enum cn__needs {
    CN_NEEDS_NONE,
    CN_NEEDS_DATA,
    CN_NEEDS_MODEL,
    CN_NEEDS_COMPILED,
    CN_NEEDS_FIT
} cn__needs;

typedef struct cn__statement_kind {
    cn__verb verb;
    const char *name; /* "plot history" */
    cn__takes_models takes;
    cn__needs needs;
    const cn__param *params;
    size_t param_count;
} cn__statement_kind;

/* Bytes of a statement's line, and of a layer's; longer ones are mistakes. */
enum { CN_MOST_STATEMENT = 16384 };

/* One line of a block, and the indented lines under it. */
typedef struct cn__statement {
    const cn__statement_kind *kind;
    const cn__statement_kind
        *tried; /* of a mistake: what it was to be, if that is known; names are then what could be read */
    size_t line;
    const char *text;   /* as it stands, indented lines too */
    const char *layers; /* of a model: the indented lines; or NULL */
    size_t layers_line; /* of their first */
    cn__arguments arguments;
    const char **names; /* of the models, `name_count` */
    size_t name_count;
} cn__statement;

const cn__statement_kind *cn__statement_kind_of(cn__verb verb);

/* Fails unless there is a data set of that name: perhaps it is a wrong second word ("dataset gird"). With `folders` a word
 * that is near to none, or a folder's name, is let through. */
CN_CHECK cn_status cn__check_dataset_name(const char *name, bool folders);

/* Parses the statement that begins at *text (line number *line) into `out` and moves both behind it. False at the end of
 * the text. On a mistake kind is NULL, and the message is cn_error(). */
bool cn__statement_next(cn__arena *arena, const char **text, size_t *line, cn__statement *out);

#endif
