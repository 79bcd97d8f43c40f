/* cornu evaluate. */
#include <stddef.h>

#include "cli/cli.h"
#include "cli/input/ends.h"
#include "cli/input/samples.h"
#include "cli/session.h"
#include "cli/standard.h"
#include "model/model.h"

typedef struct options {
    cn__source source;
    const char *model, *layers, *weights, *loss, *metrics, *weighted_metrics, *loss_weight, *json;
    cn__words_given all; /* for each output */
    uint64_t batch_size, threads, tta;
    bool test;
} options;

static const cn__option table[] = {
    OPTION_HEADING("Network"),
    TEXT_OPTION(options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of train --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "the weights (.weights.h5, .keras, .h5, .npz), if --model has none"),
    OPTION_HEADING("Data: a data set by name, or files (.npy, FILE.npz:MEMBER, IDX; .gz too)"),
    TEXT_OPTION(
        options, "data", source.data, "NAME|FILE", NULL,
        "the test part of this data set (cornu data list names them), folder or table; all of it with --test-split 0"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(options, source),
    FLAG_OPTION(options, "test", test, "true", "use the training part of the data set, not its test part"),
    COLUMNS_OPTIONS(options, source.columns),
    TABLE_OPTIONS(options, source.table),
    TEXTS_OPTION(options, "x", source.x, source.all_x, "FILE",
                 "inputs, samples first; NAME=FILE for each of several inputs, or an .npz with these names"),
    TEXTS_OPTION(
        options, "y", source.y, source.all_y, "FILE",
        "targets: one row for each sample, or integer labels; NAME=FILE for each of several outputs"),
    TEXTS_OPTION(options, "sample-weight", source.sample_weight, source.all_weights, "FILE",
                 "one weight for each sample; NAME=FILE for each of several outputs"),
    OPTION_HEADING("Scores"),
    TEXTS_OPTION(
        options, "loss", loss, all.losses, "NAME(...)",
        "optional if --model has it or the network ends in softmax or sigmoid; OUTPUT=NAME(...) for each of several outputs"),
    TEXTS_OPTION(
        options, "metrics", metrics, all.metrics, "A,B",
        "as in accuracy,auc; by default those of --model, if --loss is left out too; OUTPUT=A,B for each of several outputs"),
    TEXTS_OPTION(options, "weighted-metrics", weighted_metrics, all.weighted_metrics, "A,B",
                 "metrics that use the sample weights, in the same form"),
    TEXTS_OPTION(options, "loss-weight", loss_weight, all.loss_weights, "OUTPUT=W",
                 "the weight of an output's loss in the sum"),
    COUNT_OPTION(options, "batch-size", batch_size, "32", 1, 1e9, "samples in each step"),
    COUNT_OPTION(
        options, "tta", tta, "1", 1, 1e5,
        "test-time augmentation: average N predictions, of the image itself and of N - 1 views made by the augmentation layers"),
    COUNT_OPTION(options, "threads", threads, "0", 0, 4096,
                 "maximum number of threads; 0: one for each processor"),
    JSON_OPTION(options, json, "print the scores as JSON, or print text and write JSON to OUT.json"),
};

static cn_status set_metrics(const options *o, const cn__compile_words *w, cn_model *model)
{
    if (!o->metrics && !o->weighted_metrics) return CN_OK;
    return cn__model_set_metrics(model, w->metrics.data, w->weighted_metrics.data);
}

/* A compiled model keeps its loss. */
static cn_status compile(const options *o, const char *loss, bool compiled, cn_model *model)
{
    cn__compile_words w = {.losses = {0}};
    cn_status status = cn__compile_words_read(model, &o->all, &w);
    if (status == CN_OK)
        status = compiled ? set_metrics(o, &w, model)
                          : cn_model_compile(model, .loss = w.losses.data ? w.losses.data : loss,
                                             .metrics = w.metrics.data,
                                             .weighted_metrics = w.weighted_metrics.data,
                                             .loss_weights = w.loss_weights.data);
    cn__compile_words_free(&w);
    return status;
}

/* A file that was saved compiled is evaluated by its own loss and metrics, unless others are given. */
static cn_status open_network(const options *o, cn_model **model)
{
    if (!o->model || o->layers || o->loss) return cn__open_model(o->model, o->layers, model);
    *model = cn_model_load(o->model);
    if (!*model) return cn__fail_in("without --loss, that of the file is wanted");
    return (*model)->compiled ? compile(o, NULL, true, *model) : CN_OK;
}

static cn_status make_ready_ends(const options *o, cn_model *model, cn__ends *ends)
{
    const bool compiled = model->compiled, fresh = !cn_model_is_built(model);
    if (!compiled && !o->loss)
        return cn__fail(CN_ERROR_ARGUMENT, "the network has %zu outputs: expected --loss %s=NAME for each",
                        cn_model_output_count(model), cn_model_output_name(model, 0));
    if (!compiled) CN_TRY(compile(o, o->loss, false, model));
    CN_TRY(cn__ends_read(model, &o->source, "", ends));
    if (fresh && !o->weights) return cn__check_weights_given(model, true, NULL, ends->x[0]);
    return o->weights ? cn_model_load_weights(model, o->weights) : CN_OK;
}

static cn_status make_ready(const options *o, cn_model **model, cn_preparation **preparation,
                            cn__samples *samples, cn__ends *ends)
{
    const char *loss = o->loss;
    CN_TRY(cn__source_check(&o->source, true));
    CN_TRY(cn__check_writable("json", o->json));
    CN_TRY(open_network(o, model));
    if (cn__has_ends(*model, &o->source)) return make_ready_ends(o, *model, ends);
    cn__source source = o->source;
    if (o->model && cn__source_is_table(&source)) CN_TRY(cn_preparation_load(o->model, preparation));
    source.preparation = *preparation;
    const bool compiled = (*model)->compiled, fresh = !cn_model_is_built(*model);
    if (compiled) loss = (*model)->objectives[0].loss.name;
    else CN_TRY(compile(o, loss ? loss : "mse", false, *model));
    CN_TRY(cn__samples_read(&source, o->test ? CN_PART_TEST : CN_PART_TRAINING, samples));
    if (!samples->y.data)
        return cn__fail(CN_ERROR_DATA,
                        "%s has no column of what is to be predicted; cornu predict needs none",
                        o->source.data);
    CN_TRY(cn__samples_shape(samples, *model));
    CN_TRY(cn__check_weights_given(*model, fresh, o->weights, &samples->x));
    if (o->weights) CN_TRY(cn_model_load_weights(*model, o->weights));
    if (!loss) CN_TRY(cn_default_loss(*model, &samples->y, &loss));
    CN_TRY(cn_code_labels(*model, loss, &samples->y));
    return compiled ? CN_OK : compile(o, loss, false, *model);
}

static const cn_array *if_any(const cn_array *array) { return array->data ? array : NULL; }

static cn_status evaluate(const options *o, cn_model **model, cn__samples *samples, cn__ends *ends)
{
    cn_preparation *preparation = NULL;
    cn_status ready = make_ready(o, model, &preparation, samples, ends);
    cn_preparation_free(preparation);
    CN_TRY(ready);
    cn_logs *logs = cn_model_evaluate(
        *model, .x = if_any(&samples->x), .y = if_any(&samples->y), .sample_weight = if_any(&samples->weight),
        .inputs = ends->x, .targets = ends->y, .sample_weights = ends->sample_weight,
        .batch_size = o->batch_size, .threads = (int)o->threads, .tta = (size_t)o->tta);
    if (!logs) return cn_error_status();
    if (!cn__standard_output_taken()) cn__print_logs(stdout, NULL, logs);
    cn_status status = o->json ? cn__write_logs(o->json, logs) : CN_OK;
    cn_logs_free(logs);
    return status;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    cn_model *model = NULL;
    cn__samples samples = {.named = false};
    cn__ends ends = {.inputs = 0};
    cn_status status = evaluate(given, &model, &samples, &ends);
    bool missing = samples.missing;
    cn__samples_free(&samples);
    cn__ends_free(&ends);
    cn_model_free(model);
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__evaluate_command = {
    .name = "evaluate",
    .summary = "Compute loss and metrics of a trained network over data",
    .usage =
        "([--model] FILE | --layers NOTATION) [--weights FILE] (--data NAME | --x FILE --y FILE) [options]",
    .about = "Data is prepared as for cornu train.",
    .example =
        "  cornu evaluate --model digits.keras --data mnist --metrics accuracy\n"
        "  cornu evaluate --model model.json --weights w.npz --x x.npy --y y.npy --loss mse --json=scores.json",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .operands = {"model"},
    .run = run,
};
