/* cornu predict. */
#include <stddef.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/samples.h"
#include "cli/session.h"

typedef struct options {
    cn__source source;
    const char *model, *layers, *weights, *out;
    uint64_t batch_size, threads;
    bool test;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of train --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "the weights (.weights.h5, .keras, .h5, .npz), unless --model has them"),
    TEXT_OPTION(options, "x", source.x, "FILE", NULL,
                "inputs, samples first (.npy, FILE.npz:MEMBER, IDX; .gz too)"),
    TEXT_OPTION(options, "data", source.data, "NAME", NULL, "or the test part of a dataset"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for datasets here first"),
    IMAGE_OPTIONS(options, source),
    FLAG_OPTION(options, "test", test, "true", "use the training part of the dataset, not its test part"),
    TEXT_OPTION(options, "out", out, "OUT", NULL,
                "write the predictions to this .npy or .npz; without it they are printed"),
    COUNT_OPTION(options, "batch-size", batch_size, "32", 1, 1e9, "samples a step"),
    COUNT_OPTION(options, "threads", threads, "0", 0, 4096, "at most; 0: every processor"),
};

static void print_rows(const cn_array *rows)
{
    size_t columns = cn_array_sample_size(rows);
    for (size_t n = 0; n < rows->shape[0]; n++)
        for (size_t i = 0; i < columns; i++)
            printf("%.9g%s", cn_array_at(rows, n * columns + i), i + 1 < columns ? " " : "\n");
}

static cn_status write_rows(const char *path, const cn_array *rows)
{
    if (!cn__has_suffix(path, ".npz")) return cn_npy_write(path, rows);
    return cn_npz_write(path, (const char *const[]){"arr_0"}, rows, 1);
}

static cn_status make_ready(const options *o, cn_model **model, cn__samples *samples)
{
    CN_TRY(cn__source_check(&o->source, false));
    CN_TRY(cn__check_writable("out", o->out));
    CN_TRY(cn__open_model(o->model, o->layers, model));
    const bool fresh = !cn_model_is_built(*model);
    CN_TRY(cn__samples_read(&o->source, o->test, samples));
    CN_TRY(cn__samples_shape(samples, *model));
    CN_TRY(cn__check_weights_given(*model, fresh, o->weights, &samples->x));
    return o->weights ? cn_model_load_weights(*model, o->weights) : CN_OK;
}

static cn_status predict(const options *o, cn_model **model, cn__samples *samples)
{
    cn_array rows = {.data = NULL};
    CN_TRY(make_ready(o, model, samples));
    CN_TRY(cn_model_predict(*model, .x = &samples->x, .out = &rows, .batch_size = o->batch_size,
                            .threads = (int)o->threads));
    cn_status status = CN_OK;
    if (o->out) status = write_rows(o->out, &rows);
    else print_rows(&rows);
    cn_array_free(&rows);
    return status;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    cn_model *model = NULL;
    cn__samples samples = {.named = false};
    cn_status status = predict(given, &model, &samples);
    bool missing = samples.missing;
    cn__samples_free(&samples);
    cn_model_free(model);
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__predict_command = {
    .name = "predict",
    .summary = "Writes or prints what a trained network says about data",
    .usage =
        "(--model FILE | --layers NOTATION) [--weights FILE] (--x FILE | --data NAME) [--out OUT] [options]",
    .example = "  cornu predict --model digits.keras --x images.npy --out predictions.npy\n"
               "  cornu predict --model model.json --weights w.npz --x x.npz:x",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .run = run,
};
