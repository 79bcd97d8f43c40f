/* cornu train. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/value.h"
#include "cli/cli.h"
#include "cli/ends.h"
#include "cli/ranks.h"
#include "cli/rescue.h"
#include "cli/samples.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "cli/standard.h"
#include "formats/files.h"
#include "model/model.h"
#include "lab/run/outcome.h"
#include "train/train.h"

typedef struct options {
    cn__source source, validation;
    const char *class_weight, *model, *layers, *weights, *resume, *optimizer, *loss, *metrics,
        *weighted_metrics, *loss_weight, *callbacks;
    cn__words_given all; /* for each output */
    const char *history, *json, *save, *save_weights, *checkpoint, *every;
    double validation_split;
    uint64_t epochs, batch_size, validation_batch_size, validation_freq, initial_epoch, seed, threads,
        verbose, folds;
    bool shuffle, reshuffle, test, profile, mpi;
} options;

static const cn__option table[] = {
    OPTION_HEADING("Data: a data set by name, a table, or files (.npy, FILE.npz:MEMBER, IDX; .gz too)"),
    TEXT_OPTION(options, "data", source.data, "NAME|FILE", NULL,
                "train on this data set's training part (cornu data list names them), or a table FILE.csv's"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(options, source),
    TEXTS_OPTION(options, "x", source.x, source.all_x, "FILE",
                 "inputs, samples first; NAME=FILE for each of several inputs, or an .npz with these names"),
    TEXTS_OPTION(options, "y", source.y, source.all_y, "FILE",
                 "targets: a row a sample, or whole-number labels; likewise NAME=FILE for each output"),
    TEXTS_OPTION(options, "sample-weight", source.sample_weight, source.all_weights, "FILE",
                 "a weight for each sample; likewise"),
    TEXT_OPTION(options, "class-weight", class_weight, "0=2,1=.5", NULL,
                "weights of classes; those left out weigh 1"),
    {.kind = CN_OPTION_NUMBER,
     .name = "validation-split",
     .argument = "F",
     .high = 1,
     .fallback = "0",
     .offset = offsetof(options, validation_split),
     .help = "keep the last part of the data for validation"},
    COUNT_OPTION(
        options, "folds", folds, "0", 0, 1000,
        "cross-validate instead: train once on each fold's rest, score the fold, and print mean and deviation"),
    TEXTS_OPTION(options, "validation-x", validation.x, validation.all_x, "FILE",
                 "validate on these inputs instead"),
    TEXTS_OPTION(options, "validation-y", validation.y, validation.all_y, "FILE", "and targets"),
    TEXTS_OPTION(options, "validation-sample-weight", validation.sample_weight, validation.all_weights,
                 "FILE", "and weights"),
    OPTION_HEADING("Tables"),
    COLUMNS_OPTIONS(options, source.columns),
    TABLE_OPTIONS(options, source.table),
    OPTION_HEADING("Network"),
    TEXT_OPTION(options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "start from the weights of this .weights.h5, .keras, .h5 or .npz"),
    TEXT_OPTION(
        options, "resume", resume, "FILE", NULL,
        "continue from this .keras or .h5 file, with its network, loss, metrics, optimizer and the optimizer's state; "
        "or from the latest state in a folder of --checkpoint, in the middle of an epoch if need be"),
    OPTION_HEADING("Training"),
    TEXT_OPTION(options, "optimizer", optimizer, "NAME(...)", NULL,
                "as in \"adam(learning_rate=0.0005)\"; without it adam"),
    TEXTS_OPTION(
        options, "loss", loss, all.losses, "NAME(...)",
        "may be left out when the network ends in softmax or sigmoid; OUTPUT=NAME(...) for each of several "
        "outputs"),
    TEXTS_OPTION(options, "metrics", metrics, all.metrics, "A,B", "as in accuracy,auc; OUTPUT=A,B likewise"),
    TEXTS_OPTION(options, "weighted-metrics", weighted_metrics, all.weighted_metrics, "A,B",
                 "metrics that use the sample weights; likewise"),
    TEXTS_OPTION(options, "loss-weight", loss_weight, all.loss_weights, "OUTPUT=W",
                 "weight of an output's loss in the sum"),
    COUNT_OPTION(options, "epochs", epochs, "1", 1, 1e9,
                 "passes over the data; the last one's number with --initial-epoch"),
    COUNT_OPTION(options, "initial-epoch", initial_epoch, "0", 0, 1e9, "number of the first pass"),
    COUNT_OPTION(options, "batch-size", batch_size, "0", 0, 1e9,
                 "samples a step; 0: 32, or all where there are fewer"),
    COUNT_OPTION(options, "validation-batch-size", validation_batch_size, "0", 0, 1e9, "0: as --batch-size"),
    COUNT_OPTION(options, "validation-freq", validation_freq, "1", 1, 1e9, "validate every N epochs"),
    FLAG_OPTION(options, "shuffle", shuffle, "true", "do not shuffle the samples"),
    FLAG_OPTION(options, "reshuffle", reshuffle, "true",
                "repeat one order in every epoch, as Keras does once a seed is set"),
    COUNT_OPTION(options, "seed", seed, "0", 0, 0, "of first weights, order of samples and dropout"),
    COUNT_OPTION(options, "threads", threads, "0", 0, 4096,
                 "at most; 0: every processor. The result does not depend on it"),
    TEXT_OPTION(options, "callbacks", callbacks, "A(...),B(...)", NULL,
                "as in \"early_stopping(monitor=val_loss, patience=3)\""),
    FLAG_OPTION(
        options, "mpi", mpi, NULL,
        "divide each batch over the processes that mpirun or srun started, to the same result; without it "
        "where their environment says that there are several"),
    OPTION_HEADING("Output"),
    COUNT_OPTION(options, "verbose", verbose, "1", 0, 2,
                 "0 silent, 1 a progress bar on a terminal, 2 a line an epoch"),
    TEXT_OPTION(
        options, "history", history, "OUT.json", NULL,
        "write every epoch's values, its seconds, and the scores over the given data after training (without "
        "weights; null stands for NaN and infinity)"),
    TEXT_OPTION(options, "checkpoint", checkpoint, "DIR", NULL,
                "save the whole state of the training in this folder now and then, for --resume DIR"),
    TEXT_OPTION(options, "every", every, "TIME", NULL,
                "how often --checkpoint saves, as in 30s, 5min or 1h (default 30s)"),
    FLAG_OPTION(
        options, "test", test, NULL,
        "with --data: print the scores over the test part too, and write them to --history as \"test\""),
    FLAG_OPTION(options, "profile", profile, NULL,
                "print where the time went: each step of the plan, waiting, and what is between the batches"),
    TEXT_OPTION(
        options, "save", save, "OUT.keras", NULL,
        "write network, weights and optimizer, for Keras and --resume; OUT.h5 in the older format; OUT.npz: network "
        "and weights"),
    JSON_OPTION(
        options, json,
        "print what --history writes (then progress goes to the standard error), or write it to OUT.json"),
    TEXT_OPTION(options, "save-weights", save_weights, "OUT.npz", NULL,
                "write the weights alone, arr_0, arr_1, ... for numpy; OUT.weights.h5 for Keras"),
};

typedef struct session {
    const options *options;
    const char *states; /* the folder of --checkpoint, or of --resume */
    bool resumes;       /* from a state in it */
    double every;
    cn_model *model;
    cn__samples train, validation, test;
    bool has_ends; /* several inputs or outputs: then the data is in these */
    cn__ends ends, validation_ends;
    cn__text class_weight;
    const char *loss;
    cn_communicator *ranks; /* or NULL */
    cn_history *history;
    cn_logs *scores, *test_scores;
} session;

/* ---- interrupts --------------------------------------------------------------------------------------- */

static cn_status stop_if_interrupted(void *user, cn_training *training, size_t batch)
{
    (void)user, (void)batch;
    if (cn__signals_came()) cn_training_stop(training, "interrupted");
    return CN_OK;
}

/* ---- before training ------------------------------------------------------------------------------------ */

/* "0=2,1=.5" -> "{0: 2, 1: .5}"; what is in braces already stays. */
static cn_status read_class_weight(const char *given, cn__text *out)
{
    if (!given) return CN_OK;
    if (*given == '{') {
        cn__text_add(out, given);
    } else {
        cn__text_add(out, "{");
        for (const char *p = given; *p; p++) cn__text_add_bytes(out, *p == '=' ? ":" : p, 1);
        cn__text_add(out, "}");
    }
    if (out->failed) return cn__fail_memory(out->size, "class weights");
    cn__arena arena = {0};
    cn__value value;
    cn_status status = cn__value_parse(&arena, out->data, &value);
    cn__arena_free(&arena);
    return status == CN_OK ? CN_OK : cn__fail_in("--class-weight, as in 0=2,1=.5");
}

/* "no=1,yes=5" -> "{0: 1, 1: 5}": classes of a table by their names. */
static cn_status name_class_weight(session *s)
{
    const cn_preparation *p = s->train.preparation;
    const char *q = s->options->class_weight, *names[64];
    size_t count = cn_preparation_classes(p), known = count < 64 ? count : 64;
    for (size_t i = 0; i < known; i++) names[i] = cn_preparation_class(p, i);
    if (q) cn__text_add(&s->class_weight, "{");
    while (q && *q) {
        char name[200];
        size_t n = strcspn(q, "=,"), class = 0;
        cn__format(name, sizeof name, "%.*s", (int)(n < 199 ? n : 199), q);
        while (class < count && strcmp(cn_preparation_class(p, class), name) != 0) class ++;
        if (class == count) {
            (void)!cn__fail_word(CN_ERROR_ARGUMENT, "class", name, names, known);
            return cn__fail_in("--class-weight");
        }
        if (q[n] != '=') return cn__fail(CN_ERROR_ARGUMENT, "--class-weight: expected %s=WEIGHT", name);
        size_t value = strcspn(q + n + 1, ",");
        cn__text_printf(&s->class_weight, "%s%zu: %.*s", s->class_weight.size > 1 ? ", " : "", class,
                        (int)value, q + n + 1);
        q += n + 1 + value + (q[n + 1 + value] == ',');
    }
    if (s->options->class_weight) cn__text_add(&s->class_weight, "}");
    return s->class_weight.failed ? cn__fail_memory(s->class_weight.size, "class weights") : CN_OK;
}

/* What --resume takes from its file cannot be given beside it. */
static cn_status check_resume(const options *o)
{
    const struct {
        const char *name, *value;
    } others[] = {{"model", o->model},
                  {"layers", o->layers},
                  {"weights", o->weights},
                  {"optimizer", o->optimizer},
                  {"loss", o->loss}};
    for (size_t i = 0; o->resume && i < sizeof others / sizeof *others; i++)
        if (others[i].value)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "--resume goes on with what its file says; --%s cannot be given beside it",
                            others[i].name);
    return CN_OK;
}

static cn_status check_options(const options *o)
{
    CN_TRY(check_resume(o));
    CN_TRY(cn__source_check(&o->source, true));
    if (!o->validation.x != !o->validation.y)
        return cn__fail(CN_ERROR_ARGUMENT, "--validation-x and --validation-y go together");
    if (o->validation.sample_weight && !o->validation.x)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--validation-sample-weight needs --validation-x and --validation-y");
    if (o->validation.x && o->validation_split > 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "give either --validation-split or --validation-x and --validation-y");
    if (o->test && !o->source.data)
        return cn__fail(CN_ERROR_ARGUMENT, "--test needs --data; cornu evaluate takes files");
    if (o->initial_epoch >= o->epochs)
        return cn__fail(CN_ERROR_ARGUMENT, "--initial-epoch %llu leaves no epoch of --epochs %llu",
                        (unsigned long long)o->initial_epoch, (unsigned long long)o->epochs);
    CN_TRY(cn__check_writable("history", o->history));
    CN_TRY(cn__check_writable("json", o->json));
    CN_TRY(cn__check_model_output("save", o->save, false));
    return cn__check_model_output("save-weights", o->save_weights, true);
}

/* ---- states of the training ------------------------------------------------------------------------------ */

static char *model_of(const char *folder) { return cn__path_join(folder, "model.keras"); }

static cn_status check_checkpoint(session *s)
{
    const options *o = s->options;
    s->resumes = o->resume && cn__dir_exists(o->resume);
    s->states = s->resumes ? o->resume : o->checkpoint;
    if (s->resumes && o->checkpoint && strcmp(o->resume, o->checkpoint) != 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--resume %s keeps the states in the same folder; --checkpoint %s is another",
                        o->resume, o->checkpoint);
    if (o->every && !s->states) return cn__fail(CN_ERROR_ARGUMENT, "--every needs --checkpoint DIR");
    if (o->every && cn__read_interval(o->every, &s->every) != CN_OK) return cn__fail_in("--every");
    if (!s->states || s->resumes || !cn__ranks_write(s->ranks)) return CN_OK;
    char *model = model_of(s->states);
    if (!model) return CN_ERROR_MEMORY;
    bool there = cn__file_exists(model);
    cn_status status =
        there ? cn__fail(CN_ERROR_ARGUMENT,
                         "--checkpoint %s: a training's states are there; --resume %s goes on with it, "
                         "or take another folder",
                         s->states, s->states)
              : cn__make_model_path_ready(model, false);
    cn__free(model);
    return status;
}

/* The network as it is before the first step. */
static cn_status begin_states(const session *s)
{
    if (!s->states || s->resumes || !cn__ranks_write(s->ranks)) return CN_OK;
    CN_TRY(cn__make_dirs(s->states));
    char *path = model_of(s->states);
    cn_status status = path ? cn_model_save(s->model, path, false) : CN_ERROR_MEMORY;
    cn__free(path);
    return status == CN_OK ? CN_OK : cn__fail_in("--checkpoint");
}

static cn_status open_resumed(session *s)
{
    char *path = s->resumes ? model_of(s->options->resume) : cn__strdup(s->options->resume);
    if (!path) return CN_ERROR_MEMORY;
    cn_status status = cn__open_compiled("resume", path, &s->model);
    cn__free(path);
    return status;
}

/* A resumed model is compiled already, and only its metrics may change. */
static cn_status compile_as(const session *s, const char *loss, const cn__compile_words *w)
{
    const options *o = s->options;
    if (!o->resume)
        return cn_model_compile(s->model, .optimizer = o->optimizer ? o->optimizer : "adam",
                                .loss = w->losses.data ? w->losses.data : loss, .metrics = w->metrics.data,
                                .weighted_metrics = w->weighted_metrics.data,
                                .loss_weights = w->loss_weights.data);
    if (!o->metrics && !o->weighted_metrics) return CN_OK;
    return cn__model_set_metrics(s->model, w->metrics.data, w->weighted_metrics.data);
}

static cn_status compile(const session *s, const char *loss)
{
    cn__compile_words w = {.losses = {0}};
    cn_status status = cn__compile_words_read(s->model, &s->options->all, &w);
    if (status == CN_OK) status = compile_as(s, loss, &w);
    cn__compile_words_free(&w);
    return status;
}

/* What can be known before any data is read. */
static cn_status open_network(session *s)
{
    const options *o = s->options;
    if (o->resume) CN_TRY(open_resumed(s));
    else CN_TRY(cn__open_model(o->model, o->layers, &s->model));
    cn_model_set_seed(s->model, o->seed);
    s->has_ends = cn__has_ends(s->model, &o->source);
    if (s->has_ends && !o->resume && !o->loss && cn_model_output_count(s->model) > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "the network has %zu outputs: expected --loss %s=NAME for each",
                        cn_model_output_count(s->model), cn_model_output_name(s->model, 0));
    if (!cn__source_is_table(&o->source)) {
        cn__text_free(&s->class_weight);
        CN_TRY(read_class_weight(o->class_weight, &s->class_weight));
    }
    if (o->save) {
        char *json = cn_model_to_json(s->model);
        if (!json) return cn__fail_in("--save");
        cn_text_free(json);
    }
    return compile(s, o->loss ? o->loss : "mse");
}

static cn_status shape_data(session *s, cn__samples *samples)
{
    CN_TRY(cn__samples_shape(samples, s->model));
    if (!s->loss) CN_TRY(cn_default_loss(s->model, &samples->y, &s->loss));
    return cn_code_labels(s->model, s->loss, &samples->y);
}

static cn_status read_ends(session *s)
{
    const options *o = s->options;
    CN_TRY(cn__ends_read(s->model, &o->source, "", &s->ends));
    return o->validation.x ? cn__ends_read(s->model, &o->validation, "validation-", &s->validation_ends)
                           : CN_OK;
}

static cn_status read_data(session *s)
{
    const options *o = s->options;
    if (s->has_ends) return read_ends(s);
    s->loss = o->resume ? s->model->objectives[0].loss.name : o->loss;
    CN_TRY(cn__samples_read(&o->source, CN_PART_TRAINING, &s->train));
    if (cn__source_is_table(&o->source)) CN_TRY(name_class_weight(s));
    CN_TRY(shape_data(s, &s->train));
    if (o->validation.x) {
        CN_TRY(cn__samples_read(&o->validation, CN_PART_TRAINING, &s->validation));
        if (shape_data(s, &s->validation) != CN_OK) return cn__fail_in("validation data");
    }
    if (o->test) {
        CN_TRY(cn__samples_read(&o->source, CN_PART_TEST, &s->test));
        if (shape_data(s, &s->test) != CN_OK) return cn__fail_in("test data");
    }
    return CN_OK;
}

static cn_status make_ready(session *s)
{
    const options *o = s->options;
    CN_TRY(check_options(o));
    CN_TRY(check_checkpoint(s));
    CN_TRY(open_network(s));
    CN_TRY(read_data(s));
    if (o->weights) CN_TRY(cn_model_load_weights(s->model, o->weights));
    return s->has_ends ? CN_OK : compile(s, s->loss);
}

/* ---- training and after --------------------------------------------------------------------------------- */

static const cn_array *if_any(const cn_array *array) { return array->data ? array : NULL; }

/* A callback that failed, such as a log on a full disk, does not take along what was trained until then. */
static cn_status fail_fit(const session *s, int64_t before)
{
    if (!cn__ranks_write(s->ranks) || s->model->optimizer.iterations == before ||
        cn_error_status() == CN_ERROR_NUMERIC)
        return cn_error_status();
    if (s->options->save) cn__save_unfinished(s->model, s->options->save, false);
    else if (s->options->save_weights) cn__save_unfinished(s->model, s->options->save_weights, true);
    return cn_error_status();
}

/* Where progress goes: not among the bytes of a file that an option writes to the standard output. */
static FILE *report_stream(void) { return cn__standard_output_taken() ? stderr : stdout; }

static cn_status fit(session *s)
{
    const options *o = s->options;
    const cn_callback watch = {.on_batch_begin = stop_if_interrupted};
    cn_fit_options fit_options = cn_fit_defaults();
    fit_options.model = s->model;
    fit_options.inputs = s->ends.x, fit_options.targets = s->ends.y;
    fit_options.sample_weights = s->ends.sample_weight;
    fit_options.validation_inputs = s->validation_ends.x,
    fit_options.validation_targets = s->validation_ends.y;
    fit_options.validation_sample_weights = s->validation_ends.sample_weight;
    fit_options.x = if_any(&s->train.x);
    fit_options.y = if_any(&s->train.y);
    fit_options.sample_weight = if_any(&s->train.weight);
    fit_options.validation_x = if_any(&s->validation.x);
    fit_options.validation_y = if_any(&s->validation.y);
    fit_options.validation_sample_weight = if_any(&s->validation.weight);
    fit_options.validation_split = o->validation_split;
    fit_options.validation_batch_size = o->validation_batch_size;
    fit_options.validation_freq = o->validation_freq;
    fit_options.epochs = o->epochs;
    fit_options.initial_epoch = o->initial_epoch;
    fit_options.batch_size = o->batch_size;
    fit_options.shuffle = o->shuffle;
    fit_options.reshuffle = o->reshuffle;
    fit_options.class_weight = s->class_weight.data;
    fit_options.callbacks = o->callbacks;
    fit_options.callback_kinds = cn_file_callbacks();
    fit_options.custom_callbacks = (const cn_callback *const[]){&watch, NULL};
    fit_options.verbose = (int)o->verbose;
    fit_options.log = report_stream();
    fit_options.threads = (int)o->threads;
    fit_options.profile = o->profile;
    fit_options.communicator = s->ranks;
    fit_options.save = cn_model_save;
    fit_options.checkpoint_dir = s->states;
    fit_options.checkpoint_seconds = s->every;
    fit_options.resume_dir = s->resumes ? s->states : NULL;
    CN_TRY(begin_states(s));
    cn__signals_catch();
    const int64_t before = s->model->optimizer.iterations;
    s->history = cn_model_fit_with(&fit_options);
    if (!s->history) return fail_fit(s, before);
    if (o->profile) fputs(cn_history_profile(s->history), report_stream());
    return CN_OK;
}

static cn_logs *score(const session *s, const cn__samples *samples)
{
    return cn_model_evaluate(s->model, .x = if_any(&samples->x), .y = if_any(&samples->y),
                             .inputs = s->ends.x, .targets = s->ends.y, .batch_size = s->options->batch_size,
                             .threads = (int)s->options->threads, .communicator = s->ranks);
}

/* A signal that only some ranks had counts where it stopped the training, on all of them. */
static bool was_interrupted(const session *s)
{
    return s->ranks ? cn_history_stop(s->history).kind == CN_STOP_CALLBACK : cn__signals_came();
}

static cn_status evaluate(session *s)
{
    if (was_interrupted(s)) return CN_OK;
    if ((s->options->history || s->options->json) && !(s->scores = score(s, &s->train)))
        return cn_error_status();
    if (!s->options->test) return CN_OK;
    if (!(s->test_scores = score(s, &s->test))) return cn_error_status();
    if (s->options->verbose) cn__print_logs(report_stream(), "test", s->test_scores);
    return CN_OK;
}

/* Of several failures the first is returned, and the others are printed. */
static cn_status join(cn_status first, char **message, cn_status next)
{
    if (next == CN_OK) return first;
    if (first != CN_OK) {
        fprintf(stderr, "cornu train: %s\n", cn_error());
        return first;
    }
    *message = cn__strdup(cn_error());
    return next;
}

/* Every output is tried: one that fails does not take along the others. */
static cn_status write_results(session *s, cn_status status)
{
    const options *o = s->options;
    if (!cn__ranks_write(s->ranks)) return status;
    char *message = status == CN_OK ? NULL : cn__strdup(cn_error());
    if (o->save)
        status = join(status, &message, cn__save_or_rescue(s->model, s->train.preparation, o->save, false));
    if (o->save_weights)
        status = join(status, &message, cn__save_or_rescue(s->model, NULL, o->save_weights, true));
    if (o->history)
        status = join(status, &message, cn__write_history(o->history, s->history, s->scores, s->test_scores));
    if (o->json)
        status = join(status, &message, cn__write_history(o->json, s->history, s->scores, s->test_scores));
    if (status != CN_OK) (void)!cn__fail(status, "%s", message ? message : "out of memory");
    cn__free(message);
    return status;
}

/* Results are written all the same, so that the epochs before can be seen. */
static cn_status check_divergence(const session *s)
{
    size_t epoch, batch;
    if (cn__signals_came() || !cn_history_diverged(s->history, &epoch, &batch)) return CN_OK;
    return cn__fail(
        CN_ERROR_NUMERIC,
        "training diverged: the loss is no finite number from batch %zu of epoch %zu on. " CN_DIVERGED_ADVICE,
        batch, epoch);
}

static cn_status train(session *s)
{
    CN_TRY(make_ready(s));
    CN_TRY(fit(s));
    CN_TRY(write_results(s, evaluate(s)));
    return check_divergence(s);
}

/* ---- cross-validation ----------------------------------------------------------------------------------- */

static cn_status check_folds(const options *o)
{
    if (o->folds < 2) return cn__fail(CN_ERROR_ARGUMENT, "--folds 1; expected 2 or more");
    if (o->save || o->save_weights || o->history || o->json || o->test || o->resume || o->validation.x ||
        o->source.sample_weight)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "--folds trains several networks, of which none is kept; expected neither --save, --save-weights, "
            "--history, --json, --test, --resume, --validation-x nor --sample-weight");
    return CN_OK;
}

/* Labels, or one-hot rows, are dealt out evenly. */
static bool has_classes(const cn_array *y) { return y->dtype != CN_FLOAT32 && y->dtype != CN_FLOAT64; }

static cn_status train_fold(session *s, const cn_array *x, const cn_array *y, const cn_array *labels,
                            size_t fold)
{
    const options *o = s->options;
    cn__samples test = {.named = s->train.named};
    const cn_fold_options f = {
        .folds = o->folds, .fold = fold, .seed = o->seed, .stratify = has_classes(labels) ? labels : NULL};
    s->train.x = s->train.y = (cn_array){0};
    cn_status status = cn_data_fold(x, y, &f, &s->train.x, &s->train.y, &test.x, &test.y);
    if (status == CN_OK && fold) {
        cn_model_free(s->model);
        s->model = NULL;
        status = open_network(s);
        if (status == CN_OK) status = cn__samples_shape(&s->train, s->model);
        if (status == CN_OK && o->weights) status = cn_model_load_weights(s->model, o->weights);
        if (status == CN_OK) status = compile(s, s->loss);
    }
    if (status == CN_OK) status = fit(s);
    if (status == CN_OK && !(s->test_scores = score(s, &test))) status = cn_error_status();
    cn__samples_free(&test);
    cn_array_free(&s->train.x);
    cn_array_free(&s->train.y);
    cn_history_free(s->history);
    s->history = NULL;
    return status;
}

static void add_scores(const cn_logs *scores, double sums[][2], size_t most)
{
    for (size_t i = 0; i < cn_logs_count(scores) && i < most; i++) {
        double v = cn_logs_value(scores, i);
        sums[i][0] += v, sums[i][1] += v * v;
    }
}

static cn_status cross_validate(session *s)
{
    enum { MOST = 32 };
    const options *o = s->options;
    double sums[MOST][2] = {{0}}, n = (double)o->folds;
    CN_TRY(check_folds(o));
    CN_TRY(make_ready(s));
    if (s->has_ends)
        return cn__fail(CN_ERROR_ARGUMENT, "--folds is for networks with one input and one output");
    cn_array x = s->train.x, y = s->train.y;
    cn_status status = CN_OK;
    for (size_t fold = 0; status == CN_OK && fold < o->folds && !cn__signals_came(); fold++) {
        char name[40];
        cn_logs_free(s->test_scores);
        s->test_scores = NULL;
        status = train_fold(s, &x, &y, &y, fold);
        cn__format(name, sizeof name, "fold %zu", fold + 1);
        if (status == CN_OK)
            cn__print_logs(stdout, name, s->test_scores), add_scores(s->test_scores, sums, MOST);
    }
    for (size_t i = 0;
         status == CN_OK && !cn__signals_came() && i < cn_logs_count(s->test_scores) && i < MOST; i++) {
        double mean = sums[i][0] / n, spread = fmax(sums[i][1] - n * mean * mean, 0) / (n - 1);
        printf("%s%s: %.4f ± %.4f", i ? " - " : "mean: ", cn_logs_name(s->test_scores, i), mean,
               sqrt(spread));
    }
    if (status == CN_OK && !cn__signals_came()) putchar('\n');
    cn_array_free(&x);
    cn_array_free(&y);
    return status;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    session s = {.options = given};
    cn_status status = cn__ranks_open(s.options->mpi, &s.ranks);
    if (status == CN_OK) status = s.options->folds ? cross_validate(&s) : train(&s);
    bool missing = s.train.missing || s.test.missing;
    cn_logs_free(s.scores);
    cn_logs_free(s.test_scores);
    cn_history_free(s.history);
    cn__samples_free(&s.train);
    cn__samples_free(&s.validation);
    cn__samples_free(&s.test);
    cn__ends_free(&s.ends);
    cn__ends_free(&s.validation_ends);
    cn__text_free(&s.class_weight);
    cn_model_free(s.model);
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
        "The images of a named data set are divided by 255, and become rows for a network that begins with a\n"
        "dense layer. Whole-number labels become one-hot where the loss asks for it. Names and arguments are\n"
        "Keras's. Ctrl-C ends the training after the present batch; what was done so far is written.",
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
    .options_size = sizeof(options),
    .operands = {"model"},
    .run = run,
};
