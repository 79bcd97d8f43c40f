/* The inside of cornu train: what it was asked for, and what it has opened. commands/train.c is the command, open.c what is looked at and
 * read before the first step, share.c memory that ranks share, states.c the folder of --checkpoint, fit.c the training, folds.c --folds. */
#ifndef CN_CLI_TRAINING_H
#define CN_CLI_TRAINING_H

#include "base/text/text.h"
#include "cli/input/ends.h"
#include "cli/ranks.h"
#include "cli/input/samples.h"
#include "cornu/cornu.h"

typedef struct cn__train_options {
    cn__source source, validation;
    const char *class_weight, *model, *layers, *weights, *resume, *optimizer, *loss, *metrics,
        *weighted_metrics, *loss_weight, *convolution, *callbacks;
    cn__words_given all; /* for each output */
    const char *history, *json, *save, *save_weights, *checkpoint, *every;
    double validation_split;
    uint64_t epochs, batch_size, validation_batch_size, validation_freq, initial_epoch, seed, threads,
        verbose, folds;
    bool shuffle, reshuffle, test, profile, mpi, shard_optimizer;
} cn__train_options;

typedef struct cn__train {
    const cn__train_options *options;
    const char *states; /* the folder of --checkpoint, or of --resume */
    bool resumes;       /* from a state in it */
    double every;
    cn_model *model;
    cn_preparation *carried; /* that of --resume's file, by which a table is read; or NULL */
    cn__samples train, validation, test;
    bool has_ends; /* several inputs or outputs: then the data is in these */
    cn__ends ends, validation_ends;
    cn__text class_weight;
    const char *loss;
    cn_communicator *ranks;       /* or NULL */
    struct cn__shared *shared[2]; /* of the ranks: where x of train and of validation are; or NULL */
    cn_history *history;
    cn_logs *scores, *test_scores;
} cn__train;

/* ---- open.c ------------------------------------------------------------------------------------------ */

/* Network and data, compiled; what is wrong with the options is found before any data is read. */
CN_CHECK cn_status cn__train_open(cn__train *train);
/* The network alone. */
CN_CHECK cn_status cn__train_open_network(cn__train *train);
CN_CHECK cn_status cn__train_compile(const cn__train *train, const char *loss);

/* ---- share.c ----------------------------------------------------------------------------------------- */

/* The ranks of one machine keep their inputs once. Every rank calls it. */
CN_CHECK cn_status cn__train_share(cn__train *train);
/* Once the samples are freed. */
void cn__train_end_sharing(cn__train *train);

/* ---- states.c ---------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__train_check_states(cn__train *train);
/* Keeps the network as it is before the first step. */
CN_CHECK cn_status cn__train_begin_states(const cn__train *train);
/* The file of the network in a folder of states, to be freed. */
char *cn__train_model_of(const char *folder);

/* ---- fit.c ------------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__train_fit(cn__train *train);
/* Loss and metrics over the samples, or over all inputs and outputs where there are several; NULL on failure. */
cn_logs *cn__train_score(const cn__train *train, const cn__samples *samples);
/* Fit, evaluate, and everything that is written. */
CN_CHECK cn_status cn__train_and_write(cn__train *train);

/* ---- folds.c ----------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__train_folds(cn__train *train);

#endif
