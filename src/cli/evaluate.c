/* cornu evaluate. */
#include <stddef.h>

#include "cli/cli.h"
#include "cli/samples.h"
#include "cli/session.h"
#include "model/model.h"

typedef struct options {
    cn__source source;
    const char *model, *layers, *weights, *loss, *metrics, *weighted_metrics, *json;
    uint64_t batch_size, threads;
    bool test;
} options;

static const cn__option table[] = {
    OPTION_HEADING("Network"),
    TEXT_OPTION(options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of train --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "the weights (.weights.h5, .keras, .h5, .npz), unless --model has them"),
    OPTION_HEADING("Data: a dataset by name, or files (.npy, FILE.npz:MEMBER, IDX; .gz too)"),
    TEXT_OPTION(options, "data", source.data, "NAME", NULL, "a dataset (cornu data list names them)"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for datasets here first"),
    IMAGE_OPTIONS(options, source),
    FLAG_OPTION(options, "test", test, "true", "use the training part of the dataset, not its test part"),
    TEXT_OPTION(options, "x", source.x, "FILE", NULL, "inputs, samples first"),
    TEXT_OPTION(options, "y", source.y, "FILE", NULL, "targets: a row a sample, or whole-number labels"),
    TEXT_OPTION(options, "sample-weight", source.sample_weight, "FILE", NULL, "a weight for each sample"),
    OPTION_HEADING("Scores"),
    TEXT_OPTION(options, "loss", loss, "NAME(...)", NULL,
                "may be left out when --model has it, or the network ends in softmax or sigmoid"),
    TEXT_OPTION(options, "metrics", metrics, "A,B", NULL,
                "as in accuracy,auc; without it those that --model has, if --loss is left out too"),
    TEXT_OPTION(options, "weighted-metrics", weighted_metrics, "A,B", NULL,
                "metrics that use the sample weights"),
    COUNT_OPTION(options, "batch-size", batch_size, "32", 1, 1e9, "samples a step"),
    COUNT_OPTION(options, "threads", threads, "0", 0, 4096, "at most; 0: every processor"),
    TEXT_OPTION(options, "json", json, "OUT.json", NULL, "write the scores here too"),
};

/* A file that was saved compiled is evaluated by its own loss and metrics, unless others are given. */
static cn_status open_network(const options *o, cn_model **model)
{
    if (!o->model || o->layers || o->loss) return cn__open_model(o->model, o->layers, model);
    *model = cn_model_load(o->model);
    if (!*model) return cn__fail_in("without --loss, that of the file is wanted");
    if (!(*model)->compiled || (!o->metrics && !o->weighted_metrics)) return CN_OK;
    return cn__model_set_metrics(*model, o->metrics, o->weighted_metrics);
}

static cn_status compile(const options *o, const char *loss, cn_model *model)
{
    return cn_model_compile(model, .loss = loss, .metrics = o->metrics,
                            .weighted_metrics = o->weighted_metrics);
}

static cn_status make_ready(const options *o, cn_model **model, cn__samples *samples)
{
    const char *loss = o->loss;
    CN_TRY(cn__source_check(&o->source, true));
    CN_TRY(cn__check_writable("json", o->json));
    CN_TRY(open_network(o, model));
    const bool compiled = (*model)->compiled, fresh = !cn_model_is_built(*model);
    if (compiled) loss = (*model)->objectives[0].loss.name;
    else CN_TRY(compile(o, loss ? loss : "mse", *model));

    CN_TRY(cn__samples_read(&o->source, o->test, samples));
    CN_TRY(cn__samples_shape(samples, *model));
    CN_TRY(cn__check_weights_given(*model, fresh, o->weights, &samples->x));
    if (o->weights) CN_TRY(cn_model_load_weights(*model, o->weights));
    if (!loss) CN_TRY(cn__default_loss(*model, &samples->y, &loss));
    CN_TRY(cn__samples_code_labels(samples, *model, loss));
    return compiled ? CN_OK : compile(o, loss, *model);
}

static cn_status evaluate(const options *o, cn_model **model, cn__samples *samples)
{
    CN_TRY(make_ready(o, model, samples));
    cn_logs *logs = cn_model_evaluate(*model, .x = &samples->x, .y = &samples->y, .batch_size = o->batch_size,
                                      .sample_weight = samples->weight.data ? &samples->weight : NULL,
                                      .threads = (int)o->threads);
    if (!logs) return cn_error_status();
    cn__print_logs(NULL, logs);
    cn_status status = o->json ? cn__write_logs(o->json, logs) : CN_OK;
    cn_logs_free(logs);
    return status;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    cn_model *model = NULL;
    cn__samples samples = {.named = false};
    cn_status status = evaluate(given, &model, &samples);
    bool missing = samples.missing;
    cn__samples_free(&samples);
    cn_model_free(model);
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__evaluate_command = {
    .name = "evaluate",
    .summary = "Prints loss and metrics of a trained network over data",
    .usage =
        "(--model FILE | --layers NOTATION) [--weights FILE] (--data NAME | --x FILE --y FILE) [options]",
    .about = "Data is prepared as for cornu train.",
    .example =
        "  cornu evaluate --model digits.keras --data mnist --metrics accuracy\n"
        "  cornu evaluate --model model.json --weights w.npz --x x.npy --y y.npy --loss mse --json scores.json",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .run = run,
};
