/* The lab: a list of networks trained on one data set, several at once, and what is told of them: logs,
 * comparisons, a confusion matrix, a report, and all of it as results.json. */
#ifndef CN_LAB_LAB_H
#define CN_LAB_LAB_H

#include <jansson.h>
#include <stdio.h>

#include "base/status.h"
#include "base/text.h"
#include "cornu/cornu.h"

typedef enum cn__language { CN_SPANISH, CN_ENGLISH } cn__language;

typedef struct cn__lab_options {
    const char *data, *data_dir, *only, *out, *language;
    uint64_t seed, jobs, threads;   /* 0: as many as there are processors */
    uint64_t epochs_limit, samples; /* 0: all */
    bool quiet;
    FILE *log;
} cn__lab_options;

/* Runs the list and writes results.json into options->out. *missing tells that the data set was not found. */
CN_CHECK cn_status cn__lab_run(const cn__lab_options *options, bool *missing);

/* ---- words.c: every sentence in both languages ------------------------------------------------------------- */

typedef enum cn__word {
    CN_WORD_LAB,
    CN_WORD_EXPECTED_ERROR,
    CN_WORD_NO_ERROR,
    CN_WORD_TEST,
    CN_WORD_STOPPED,
    CN_WORD_COMPARISON,
    CN_WORD_NETWORK,
    CN_WORD_MEAN_ACCURACY,
    CN_WORD_MEAN_VAL_ACCURACY,
    CN_WORD_TEST_ACCURACY,
    CN_WORD_MEAN_LOSS,
    CN_WORD_MEAN_VAL_LOSS,
    CN_WORD_TEST_LOSS,
    CN_WORD_COSTS,
    CN_WORD_PARAMETERS,
    CN_WORD_MFLOPS,
    CN_WORD_CONFUSION,
    CN_WORD_REPORT,
    CN_WORD_BANDS,
    CN_WORD_LOSS,
    CN_WORD_BAND,
    CN_WORD_VALIDATION,
    CN_WORD_INSIDE,
    CN_WORD_OUTSIDE,
    CN_WORD_TIME,
    CN_WORD_RESULTS,
    CN_WORD_TRUE_PREDICTED,
    CN_WORD_ADDED,
    CN_WORD_COUNT
} cn__word;
const char *cn__words(cn__language language, cn__word word);

/* ---- seed.c: the list ----------------------------------------------------------------------------------------- */

typedef struct cn__experiment {
    const char *id, *title, *section;
    const char *layers, *optimizer, *callbacks;
    size_t epochs, batch_size;
    bool fails; /* its error is what is to be shown */
    bool added; /* not one of the seed's */
} cn__experiment;

typedef struct cn__comparison {
    const char *id, *section;
    const char *members[4]; /* ids; ends in NULL */
    bool costs;             /* parameters and operations too */
} cn__comparison;

typedef struct cn__band {
    const char *id;
    double loss[2], val[2], test[2];
} cn__band;

extern const cn__experiment cn__seed_list[];
extern const size_t cn__seed_count;
extern const cn__comparison cn__seed_comparisons[];
extern const size_t cn__seed_comparison_count;
extern const cn__band cn__seed_bands[]; /* where Keras itself lands on MNIST */
extern const size_t cn__seed_band_count;

/* ---- runner.c: training the list, several at once --------------------------------------------------------------- */

typedef struct cn__run_result {
    const cn__experiment *experiment;
    bool wanted, done;
    cn_status status;
    char *error; /* of a failed one, or of the expected failure */
    char *log;   /* what it prints */
    char *summary;
    cn_history *history;
    cn_logs *test;
    cn_array predictions; /* on the test part; of the final network alone */
    size_t parameters;
    double flops, seconds;
} cn__run_result;

typedef struct cn__lab_data {
    cn_array x, y, test_x, test_y;
    const cn_dataset *set;
} cn__lab_data;

/* Trains results[0 … count-1] that are wanted. `ready` is called in the list's order, as soon as all before are done too. */
CN_CHECK cn_status cn__run_list(const cn__lab_options *options, const cn__lab_data *data,
                                cn__run_result *results, size_t count,
                                void (*ready)(void *user, const cn__run_result *result), void *user);
void cn__run_result_free(cn__run_result *result);

/* ---- classification.c -------------------------------------------------------------------------------------------- */

typedef struct cn__classes {
    size_t count;
    const char *const *names;
    size_t *confusion;               /* (true, predicted) */
    double *precision, *recall, *f1; /* a class each */
    size_t *support;
    double accuracy, macro[3], weighted[3]; /* precision, recall, f1 */
    size_t total;
} cn__classes;

/* From predictions (n, classes) and one-hot or plain labels. Free with cn__classes_free. */
CN_CHECK cn_status cn__classes_new(const cn_array *predictions, const cn_array *labels, size_t count,
                                   const char *const *names, cn__classes *out);
void cn__classes_free(cn__classes *classes);
void cn__classes_confusion_text(const cn__classes *classes, const char *corner, cn__text *out);
/* As scikit-learn prints it. */
void cn__classes_report_text(const cn__classes *classes, cn__text *out);

/* ---- tables.c ------------------------------------------------------------------------------------------------------ */

/* A table of texts: the first column to the left, the others to the right. */
typedef struct cn__table {
    size_t columns, count, capacity;
    char **cells;
    bool failed;
} cn__table;
void cn__table_init(cn__table *table, size_t columns);
void cn__table_add(cn__table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));                  /* the next cell */
void cn__table_text(const cn__table *table, cn__text *out); /* the first row is the head */
void cn__table_free(cn__table *table);

/* Means over epochs as the comparisons show them. */
typedef struct cn__figures {
    double accuracy, val_accuracy, test_accuracy, loss, val_loss, test_loss;
} cn__figures;
cn__figures cn__figures_of(const cn__run_result *result);

/* ---- results.c ----------------------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__results_write(const cn__lab_options *options, const cn__lab_data *data,
                                     const cn__run_result *results, size_t count, const cn__classes *classes,
                                     double seconds, const char *path);

#endif
