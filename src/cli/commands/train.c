/* cornu train. */
#include <stddef.h>

#include "cli/cli.h"
#include "cli/signals.h"
#include "cli/training/training.h"

static const cn__option table[] = {
    OPTION_HEADING("Data: a data set by name, a table, or files (.npy, FILE.npz:MEMBER, IDX; .gz too)"),
    TEXT_OPTION(
        cn__train_options, "data", source.data, "NAME|FILE", NULL,
        "train on the training part of this data set (cornu data list names them), folder or table FILE.csv"),
    TEXT_OPTION(cn__train_options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(cn__train_options, source),
    TEXTS_OPTION(cn__train_options, "x", source.x, source.all_x, "FILE",
                 "inputs, samples first; NAME=FILE for each of several inputs, or an .npz with these names"),
    TEXTS_OPTION(
        cn__train_options, "y", source.y, source.all_y, "FILE",
        "targets: one row for each sample, or integer labels; NAME=FILE for each of several outputs"),
    TEXTS_OPTION(cn__train_options, "sample-weight", source.sample_weight, source.all_weights, "FILE",
                 "one weight for each sample; NAME=FILE for each of several outputs"),
    TEXT_OPTION(cn__train_options, "class-weight", class_weight, "0=2,1=.5", NULL,
                "weights of classes; the default weight is 1"),
    {.kind = CN_OPTION_NUMBER,
     .name = "validation-split",
     .argument = "F",
     .high = 1,
     .fallback = "0",
     .offset = offsetof(cn__train_options, validation_split),
     .help = "use the last part of the data for validation"},
    COUNT_OPTION(
        cn__train_options, "folds", folds, "0", 0, 1000,
        "cross-validate instead: for each fold, train on the others and score it; print mean and deviation"),
    TEXT_OPTION(cn__train_options, "validation-data", validation.data, "FILE|NAME", NULL,
                "validate on this table, prepared as that of --data, or on this data set's test part"),
    TEXTS_OPTION(cn__train_options, "validation-x", validation.x, validation.all_x, "FILE",
                 "validate on these inputs instead"),
    TEXTS_OPTION(cn__train_options, "validation-y", validation.y, validation.all_y, "FILE", "and targets"),
    TEXTS_OPTION(cn__train_options, "validation-sample-weight", validation.sample_weight,
                 validation.all_weights, "FILE", "and weights"),
    OPTION_HEADING("Tables"),
    COLUMNS_OPTIONS(cn__train_options, source.columns),
    TABLE_OPTIONS(cn__train_options, source.table),
    OPTION_HEADING("Network"),
    TEXT_OPTION(cn__train_options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of --save"),
    TEXT_OPTION(cn__train_options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(cn__train_options, "weights", weights, "FILE", NULL,
                "start from the weights of this .weights.h5, .keras, .h5 or .npz"),
    TEXT_OPTION(
        cn__train_options, "resume", resume, "FILE", NULL,
        "continue from this .keras or .h5 file, with its network, loss, metrics, optimizer and the optimizer's state; or from the latest state in a folder of --checkpoint, also in the middle of an epoch"),
    OPTION_HEADING("Training"),
    TEXT_OPTION(cn__train_options, "optimizer", optimizer, "NAME(...)", NULL,
                "as in \"adam(learning_rate=0.0005)\" (default adam)"),
    TEXTS_OPTION(
        cn__train_options, "loss", loss, all.losses, "NAME(...)",
        "optional if the network ends in softmax or sigmoid; OUTPUT=NAME(...) for each of several outputs"),
    TEXTS_OPTION(cn__train_options, "metrics", metrics, all.metrics, "A,B",
                 "as in accuracy,auc; OUTPUT=A,B for each of several outputs"),
    TEXTS_OPTION(cn__train_options, "weighted-metrics", weighted_metrics, all.weighted_metrics, "A,B",
                 "metrics that use the sample weights, in the same form"),
    TEXTS_OPTION(cn__train_options, "loss-weight", loss_weight, all.loss_weights, "OUTPUT=W",
                 "the weight of an output's loss in the sum"),
    TEXT_OPTION(cn__train_options, "convolution", convolution, "default|fast", "default",
                "fast: larger tiles for 3 x 3 convolutions in training, faster and rounded more"),
    COUNT_OPTION(cn__train_options, "epochs", epochs, "1", 1, 1e9,
                 "passes over the data; with --initial-epoch, the number of the last one"),
    COUNT_OPTION(cn__train_options, "initial-epoch", initial_epoch, "0", 0, 1e9, "number of the first pass"),
    COUNT_OPTION(cn__train_options, "batch-size", batch_size, "0", 0, 1e9,
                 "samples in each step; 0: 32, or all if there are fewer"),
    COUNT_OPTION(cn__train_options, "validation-batch-size", validation_batch_size, "0", 0, 1e9,
                 "0: the same as --batch-size"),
    COUNT_OPTION(cn__train_options, "validation-freq", validation_freq, "1", 1, 1e9,
                 "validate every N epochs"),
    FLAG_OPTION(cn__train_options, "shuffle", shuffle, "true", "do not shuffle the samples"),
    FLAG_OPTION(cn__train_options, "reshuffle", reshuffle, "true",
                "repeat one order in every epoch, as Keras does after a seed was set"),
    COUNT_OPTION(cn__train_options, "seed", seed, "0", 0, 0,
                 "for initial weights, order of samples and dropout"),
    COUNT_OPTION(cn__train_options, "threads", threads, "0", 0, 4096,
                 "maximum number of threads; 0: one for each processor. The result does not depend on it"),
    TEXT_OPTION(cn__train_options, "callbacks", callbacks, "A(...),B(...)", NULL,
                "as in \"early_stopping(monitor=val_loss, patience=3)\""),
    FLAG_OPTION(
        cn__train_options, "mpi", mpi, NULL,
        "divide each batch over the processes that mpirun or srun started, with the same result (default: if the environment shows several)"),
    FLAG_OPTION(
        cn__train_options, "shard-optimizer", shard_optimizer, NULL,
        "each of these processes keeps and updates a part of the optimizer's state alone: the same result, less memory"),
    OPTION_HEADING("Output"),
    COUNT_OPTION(cn__train_options, "verbose", verbose, "1", 0, 2,
                 "0 silent, 1 a progress bar on a terminal, 2 a line an epoch"),
    TEXT_OPTION(
        cn__train_options, "history", history, "OUT.json", NULL,
        "write the values and seconds of every epoch, and the scores over the given data after training (without weights; null stands for NaN and infinity)"),
    TEXT_OPTION(cn__train_options, "checkpoint", checkpoint, "DIR", NULL,
                "save the complete state of the training in this folder at intervals, for --resume DIR"),
    TEXT_OPTION(cn__train_options, "every", every, "TIME", NULL,
                "how often --checkpoint saves, as in 30s, 5min or 1h (default 30s)"),
    FLAG_OPTION(
        cn__train_options, "test", test, NULL,
        "with --data: also print the scores over the test part, and write them to --history as \"test\""),
    FLAG_OPTION(cn__train_options, "profile", profile, NULL,
                "print the time of each step of the plan, of waiting, and between batches"),
    TEXT_OPTION(
        cn__train_options, "save", save, "OUT.keras", NULL,
        "write network, weights and optimizer, for Keras and --resume; OUT.h5 in the older format; OUT.npz: network "
        "and weights"),
    JSON_OPTION(
        cn__train_options, json,
        "print what --history writes (progress then goes to the standard error), or write it to OUT.json"),
    TEXT_OPTION(cn__train_options, "save-weights", save_weights, "OUT.npz", NULL,
                "write only the weights: arr_0, arr_1, ... for numpy; OUT.weights.h5 for Keras"),
};

static cn_status train(cn__train *s)
{
    CN_TRY(cn__train_open(s));
    CN_TRY(cn__train_share(s));
    return cn__train_and_write(s);
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    cn__train s = {.options = given};
    cn_status status = cn__ranks_open(s.options->mpi, &s.ranks);
    if (status == CN_OK) status = s.options->folds ? cn__train_folds(&s) : train(&s);
    bool missing = s.train.missing || s.test.missing;
    cn_logs_free(s.scores);
    cn_logs_free(s.test_scores);
    cn_history_free(s.history);
    cn__samples_free(&s.train);
    cn__samples_free(&s.validation);
    cn__samples_free(&s.test);
    cn__train_end_sharing(&s);
    cn__ends_free(&s.ends);
    cn__ends_free(&s.validation_ends);
    cn__text_free(&s.class_weight);
    cn_model_free(s.model);
    cn_preparation_free(s.carried);
    cn__ranks_close(s.ranks, status);
    if (status != CN_OK) return missing ? CN_EXIT_DATASET : cn__exit_code(status);
    return cn__signals_came() ? cn__signals_code() : CN_EXIT_OK;
}

const cn__command cn__train_command = {
    .name = "train",
    .summary = "Train a network and report progress",
    .usage =
        "(--data NAME | --x FILE --y FILE) ([--model] FILE | --layers NOTATION | --resume FILE) [options]",
    .about =
        "Images of a named data set are divided by 255; they become rows if the network begins with a dense layer.\n"
        "Integer labels become one-hot if the loss needs it. Names and arguments are Keras's. Ctrl-C stops the\n"
        "training after the current batch and writes the results so far.",
    .example =
        "  cornu train --data mnist --layers \"dense 512 relu; dropout 0.3; dense 10 softmax\" \\\n"
        "      --metrics accuracy --epochs 5 --validation-split 0.25 --history history.json --save digits.keras\n"
        "  cornu train --data mnist --resume digits.keras --epochs 5 --save digits.keras\n"
        "  cornu train --data mnist --model net.txt --epochs 50 --checkpoint states --every 30s --save net.keras\n"
        "  cornu train --data mnist --resume states --epochs 50 --save net.keras\n"
        "  cornu train --x x.npy --y y.npy --model model.json --weights start.npz --loss mse \\\n"
        "      --optimizer \"sgd(learning_rate=0.01, momentum=0.9)\" --callbacks \"early_stopping(patience=3)\"",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(cn__train_options),
    .operands = {"model"},
    .run = run,
};
