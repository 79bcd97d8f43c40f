/* From a step that has run to what a reader sees of it: logs, tables and figures, as the report takes them. */
#ifndef CN_LAB_SHOW_H
#define CN_LAB_SHOW_H

#include "lab/run/run.h"
#include "lab/language/catalogue.h"
#include "report/report.h"

typedef struct cn__show_ids {
    const char **items;
    size_t count;
} cn__show_ids;

/* Everything that is shown lives in the program's arena. */
typedef struct cn__show {
    cn__program_run *run;
    cn__program *program;
    cn__arena *arena;
    cn__language language;
    const cn__lab_step *step;
    size_t part;
    cn__report_output *outputs; /* of the present block */
    const char **plain;         /* of each: what a terminal shows in place of a figure; or NULL */
    size_t count, capacity;
    cn__show_ids figure_ids, table_ids; /* so far in the document */
} cn__show;

/* Adds what the step shows to show->outputs. */
CN_CHECK cn_status cn__show_step(cn__show *show);
/* Adds a line for each model of a part's statements that --only left out and that has no place in what they show. */
CN_CHECK cn_status cn__show_left_out(cn__show *show, const cn__lab_part *part);

/* ---- for the files show_*.c ------------------------------------------------------------------------------------ */

const char *cn__show_message(const cn__show *show, cn__msg word);
/* "accuracy" -> "Exactitud"; names that have no word of their own stay. */
const char *cn__metric_title(const cn__show *show, const char *name);
/* The same for the head of a column, where a long title has no room: "MAE". */
const char *cn__metric_head(cn__show *show, const char *name);
/* Its model's title in a figure: "Model 2 (not run)" where that is so. */
const char *cn__show_titled(cn__show *show, const cn__job *job);
/* The metric that stands beside the loss: accuracy if it is there, else the first that is no loss; NULL: none. */
const char *cn__main_metric(const cn__job *job);

/* What figures show of a training: the main metric, if there is one, and the loss; of a network with several outputs all that
 * the history has, but for its validation. NULL when out of memory. */
const char **cn__shown_names(cn__show *show, const cn__job *job, size_t *count);

/* %-format into the arena; "" when out of memory (which the next allocation tells). */
const char *cn__show_format(cn__show *show, const char *format, ...) CN_PRINTF(2, 3);
/* A title as it stands within a sentence: "Pérdida" -> "pérdida"; "MAE" stays. */
const char *cn__show_lower(cn__show *show, const char *title);

CN_CHECK cn_status cn__show_log(cn__show *show, const char *text);
CN_CHECK cn_status cn__show_error(cn__show *show, const char *text);
/* `id` names its file and is made unique; the statement's caption goes before `caption`. */
CN_CHECK cn_status cn__show_figure(cn__show *show, const cn__figure *figure, const char *id,
                                   const char *caption, const char *plain);

/* A table that grows row by row; the first row is the head. */
typedef struct cn__rows {
    cn__show *show;
    size_t columns, count, capacity; /* cells */
    const char **cells;
    bool failed;
} cn__rows;
cn__rows cn__rows_begin(cn__show *show, size_t columns);
void cn__rows_add(cn__rows *rows, const char *format, ...) CN_PRINTF(2, 3); /* the next cell */
CN_CHECK cn_status cn__rows_end(cn__rows *rows, bool head_column, const char *caption);

void *cn__show_array(cn__show *show, size_t count, size_t size);

/* show/data.c */
CN_CHECK cn_status cn__show_dataset(cn__show *show);
/* show/table.c */
CN_CHECK cn_status cn__show_describe(cn__show *show);
CN_CHECK cn_status cn__show_column(cn__show *show);
CN_CHECK cn_status cn__show_scatter_columns(cn__show *show);
CN_CHECK cn_status cn__show_correlation(cn__show *show);
CN_CHECK cn_status cn__show_pairs(cn__show *show);
CN_CHECK cn_status cn__show_boxplot(cn__show *show);
CN_CHECK cn_status cn__show_missing_values(cn__show *show);
/* show/training.c */
CN_CHECK cn_status cn__show_fit(cn__show *show);
CN_CHECK cn_status cn__show_evaluate(cn__show *show);
CN_CHECK cn_status cn__show_history(cn__show *show);
CN_CHECK cn_status cn__show_difference(cn__show *show);
CN_CHECK cn_status cn__show_convergence(cn__show *show);
/* show/figures/plane.c */
CN_CHECK cn_status cn__show_boundary(cn__show *show);
CN_CHECK cn_status cn__show_reconstruction(cn__show *show);
/* show/new.c */
CN_CHECK cn_status cn__show_new_rows(cn__show *show);
/* show/figures/importance.c */
CN_CHECK cn_status cn__show_importance(cn__show *show);
/* show/figures/curves.c */
CN_CHECK cn_status cn__show_roc(cn__show *show);
CN_CHECK cn_status cn__show_precision_recall(cn__show *show);
CN_CHECK cn_status cn__show_calibration(cn__show *show);
CN_CHECK cn_status cn__show_residuals(cn__show *show);
/* show/sweep.c */
CN_CHECK cn_status cn__show_sweep(cn__show *show);
/* show/folds.c */
CN_CHECK cn_status cn__show_crossvalidate(cn__show *show);
/* Mean and deviation (n - 1) of a value over the folds. */
/* Of a step that is an ensemble: the accuracy at the test of all together, by the mean of their probabilities or by vote; NaN
 * where one of them was not run. */
CN_CHECK cn_status cn__ensemble_accuracy(cn__arena *arena, const cn__lab_step *step, bool vote, double *out);

enum { CN__REPEATS = 100 }; /* as many seeds as repeat takes */
/* The values of a repeated model's curve after an epoch (SIZE_MAX: each training's last) or of its test, into `out`, which
 * has room for CN__REPEATS; how many trainings have one. */
size_t cn__repeat_values(const cn__lab_model *model, const char *name, bool test, size_t epoch, double *out);

/* Without values mean and median are NaN; with one the deviation (of n - 1) is 0. Puts the values in order. */
typedef struct cn__spread {
    double mean, deviation, median;
} cn__spread;
cn__spread cn__spread_of(double *values, size_t n);

void cn__folds_spread(const cn__lab_model *model, const char *name, double *mean, double *deviation);
/* show/repeat.c */
CN_CHECK cn_status cn__show_repeat(cn__show *show);
/* show/models.c */
CN_CHECK cn_status cn__show_summary(cn__show *show);
CN_CHECK cn_status cn__show_plan(cn__show *show);
CN_CHECK cn_status cn__show_drawing(cn__show *show);
CN_CHECK cn_status cn__show_compare(cn__show *show);
CN_CHECK cn_status cn__show_costs(cn__show *show);
CN_CHECK cn_status cn__show_weights(cn__show *show);
CN_CHECK cn_status cn__show_save(cn__show *show);
/* show/figures/inside.c */
CN_CHECK cn_status cn__show_kernels(cn__show *show);
CN_CHECK cn_status cn__show_activations(cn__show *show);
CN_CHECK cn_status cn__show_gradcam(cn__show *show);
/* show/predictions.c */
CN_CHECK cn_status cn__show_predict(cn__show *show);
CN_CHECK cn_status cn__show_confusion(cn__show *show);
CN_CHECK cn_status cn__show_ensemble(cn__show *show);
CN_CHECK cn_status cn__show_report(cn__show *show);
CN_CHECK cn_status cn__show_misclassified(cn__show *show);
CN_CHECK cn_status cn__show_prediction(cn__show *show);

#endif
