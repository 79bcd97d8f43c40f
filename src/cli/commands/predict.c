/* cornu predict. */
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files/file.h"
#include "cli/output/answers.h"
#include "cli/cli.h"
#include "cli/input/ends.h"
#include "cli/input/samples.h"
#include "cli/session.h"
#include "data/preparation/preparation.h"

typedef struct options {
    cn__source source;
    const char *model, *layers, *weights, *out, *json;
    uint64_t batch_size, threads, tta;
    bool test;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of train --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "the weights (.weights.h5, .keras, .h5, .npz), if --model has none"),
    TEXTS_OPTION(
        options, "x", source.x, source.all_x, "FILE",
        "inputs, samples first (.npy, FILE.npz:MEMBER, IDX; .gz too), or one picture; NAME=FILE for each of "
        "several inputs, or an .npz with these names"),
    TEXT_OPTION(options, "data", source.data, "NAME|FILE", NULL,
                "the test part of a data set, all rows of a table FILE.csv, or all pictures of a folder"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(options, source),
    TABLE_OPTIONS(options, source.table),
    FLAG_OPTION(options, "test", test, "true", "use the training part of the data set, not its test part"),
    TEXT_OPTION(
        options, "out", out, "OUT", NULL,
        "write the predictions to this .csv, .npy or .npz (- writes .npy to the standard output) instead of printing them"),
    JSON_OPTION(options, json, "print the predictions as JSON, or write them to OUT.json"),
    COUNT_OPTION(options, "batch-size", batch_size, "32", 1, 1e9, "samples in each step"),
    COUNT_OPTION(
        options, "tta", tta, "1", 1, 1e5,
        "test-time augmentation: average N predictions, of the image itself and of N - 1 views made by the augmentation layers"),
    COUNT_OPTION(options, "threads", threads, "0", 0, 4096,
                 "maximum number of threads; 0: one for each processor"),
};

static void print_rows(const cn_array *rows)
{
    size_t columns = cn_array_sample_size(rows);
    for (size_t n = 0; n < rows->shape[0]; n++)
        for (size_t i = 0; i < columns; i++)
            printf("%.9g%s", cn_array_at(rows, n * columns + i), i + 1 < columns ? " " : "\n");
}

/* Pipes and devices, which have no ending, take an .npy. */
static bool is_npy(const char *path)
{
    struct stat info;
    return cn__has_suffix(path, ".npy") || strcmp(path, "/dev/stdout") == 0 ||
           (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode));
}

static cn_status write_rows(const char *path, const cn_array *rows)
{
    if (is_npy(path)) return cn_npy_write(path, rows);
    return cn_npz_write(path, (const char *const[]){"arr_0"}, rows, 1);
}

static cn_status check_out(const options *o)
{
    const char *path = o->out;
    if (path && strcmp(path, "/dev/stdout") == 0 && isatty(STDOUT_FILENO))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--out -: an .npy is no text for a terminal; without --out predictions are printed");
    CN_TRY(cn__check_writable("json", o->json));
    if (!path || cn__is_answers_path(path) || is_npy(path) || cn__has_suffix(path, ".npz"))
        return cn__check_writable("out", path);
    return cn__fail(CN_ERROR_ARGUMENT, "--out %s: expected a name that ends in .csv, .npy or .npz", path);
}

/* All of it, while a prediction runs. */
typedef struct session {
    cn_model *model;
    cn__samples samples;
    cn_preparation *preparation; /* of the model's file */
    cn_pictures pictures;
} session;

static bool is_pictures(const cn__source *s)
{
    const char *path = s->data ? s->data : s->x;
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    for (const char *const *known = cn_dataset_names(); s->data && *known; known++)
        if (strcmp(*known, s->data) == 0) return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (cn__has_suffix(path, endings[i])) return true;
    return s->data && cn__dir_exists(path);
}

/* Every picture of a folder, or one, brought to what the model was trained with. */
static cn_status read_pictures(const options *o, session *s)
{
    cn_dataset_options set;
    cn__source source = o->source;
    const cn_preparation *p = s->preparation;
    if (!source.data) source.data = source.x;
    if (!cn__dir_exists(source.data)) source.image_size = source.color_mode = NULL;
    CN_TRY(cn__dataset_options(&source, &set));
    if (p && p->height && !set.images.height) set.images.height = p->height, set.images.width = p->width;
    if (p && p->height && !set.images.color_mode) set.images.color_mode = p->grey ? "grayscale" : "rgb";
    CN_TRY(cn_pictures_read(source.data, &set.images, &s->pictures));
    s->samples.x = cn_array_divided(&s->pictures.x, 255);
    s->samples.named = true;
    return CN_OK;
}

static cn_status read_samples(const options *o, session *s)
{
    cn__source source = o->source;
    if (o->model) CN_TRY(cn_preparation_load(o->model, &s->preparation));
    if (is_pictures(&source)) return read_pictures(o, s);
    bool is_table = cn__source_is_table(&source);
    source.preparation = s->preparation;
    CN_TRY(cn__samples_read(&source,
                            is_table  ? CN_PART_ALL
                            : o->test ? CN_PART_TEST
                                      : CN_PART_TRAINING,
                            &s->samples));
    if (!is_table) { /* what the file says of a table's columns is not for other data */
        cn_preparation_free(s->preparation);
        s->preparation = NULL;
    }
    return CN_OK;
}

static cn_status open_network(const options *o, session *s)
{
    CN_TRY(cn__source_check(&o->source, false));
    CN_TRY(check_out(o));
    return cn__open_model(o->model, o->layers, &s->model);
}

static cn_status make_ready(const options *o, session *s)
{
    const bool fresh = !cn_model_is_built(s->model);
    CN_TRY(read_samples(o, s));
    CN_TRY(cn__samples_shape(&s->samples, s->model));
    CN_TRY(cn__check_weights_given(s->model, fresh, o->weights, &s->samples.x));
    return o->weights ? cn_model_load_weights(s->model, o->weights) : CN_OK;
}

/* ---- several inputs or outputs ---------------------------------------------------------------------------- */

static cn_status write_outputs(const options *o, const cn_model *model, const cn_array *rows, size_t count)
{
    const char *names[64];
    for (size_t i = 0; i < count; i++) names[i] = cn_model_output_name(model, i);
    if (o->json) CN_TRY(cn__answers_json_outputs(names, rows, count, o->json));
    if (o->json && !o->out) return CN_OK;
    if (o->out && cn__has_suffix(o->out, ".npz")) return cn_npz_write(o->out, names, rows, count);
    if (o->out && count == 1 && is_npy(o->out)) return cn_npy_write(o->out, rows);
    if (o->out)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--out %s: the network has %zu outputs; expected a name that ends in .npz", o->out,
                        count);
    for (size_t i = 0; i < count; i++) {
        if (count > 1) printf("%s:\n", names[i]);
        print_rows(&rows[i]);
    }
    return CN_OK;
}

static cn_status predict_ends(const options *o, cn_model *model, const cn__ends *ends)
{
    cn_array rows[64] = {{0}};
    const size_t count = cn_model_output_count(model);
    if (count > 64) return cn__fail(CN_ERROR_ARGUMENT, "%zu outputs, expected at most 64", count);
    cn_status status =
        cn_model_predict(model, .inputs = ends->x, .outputs = rows, .batch_size = o->batch_size,
                         .threads = (int)o->threads, .tta = (size_t)o->tta);
    if (status == CN_OK) status = write_outputs(o, model, rows, count);
    for (size_t i = 0; i < count; i++) cn_array_free(&rows[i]);
    return status;
}

static cn_status read_and_predict_ends(const options *o, cn_model *model)
{
    cn__ends ends;
    const bool fresh = !cn_model_is_built(model);
    cn_status status = cn__ends_read(model, &o->source, "", &ends);
    if (status == CN_OK && o->weights) status = cn_model_load_weights(model, o->weights);
    if (status == CN_OK && !o->weights) status = cn__check_weights_given(model, fresh, NULL, ends.x[0]);
    if (status == CN_OK) status = predict_ends(o, model, &ends);
    cn__ends_free(&ends);
    return status;
}

static cn_status predict(const options *o, session *s)
{
    cn_array rows = {.data = NULL};
    CN_TRY(open_network(o, s));
    if (cn__has_ends(s->model, &o->source)) return read_and_predict_ends(o, s->model);
    CN_TRY(make_ready(o, s));
    CN_TRY(cn_model_predict(s->model, .x = &s->samples.x, .out = &rows, .batch_size = o->batch_size,
                            .threads = (int)o->threads, .tta = (size_t)o->tta));
    const cn__answers answers = {&rows, s->preparation, s->pictures.files, s->samples.lines};
    const bool named = answers.files || answers.lines;
    cn_status status = CN_OK;
    if (o->json) status = cn__answers_json(&answers, o->json);
    if (status != CN_OK || (o->json && !o->out)) {
        cn_array_free(&rows);
        return status;
    }
    if (o->out ? cn__is_answers_path(o->out) : named) status = cn__answers_write(&answers, o->out);
    else if (o->out) status = write_rows(o->out, &rows);
    else print_rows(&rows);
    cn_array_free(&rows);
    return status;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    session s = {.model = NULL};
    cn_status status = predict(given, &s);
    bool missing = s.samples.missing;
    cn__samples_free(&s.samples);
    cn_pictures_free(&s.pictures);
    cn_preparation_free(s.preparation);
    cn_model_free(s.model);
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__predict_command = {
    .name = "predict",
    .summary = "Compute what a trained network predicts for data",
    .usage =
        "([--model] FILE | --layers NOTATION) [--weights FILE] (--x FILE | --data NAME) [--out OUT] [options]",
    .example = "  cornu predict digits.keras --x images.npy --out predictions.npy\n"
               "  cornu predict --model houses.keras --data new.csv --out answers.csv\n"
               "  cornu predict --model pets.keras --data holiday\n"
               "  cornu predict --model model.json --weights w.npz --x x.npz:x",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .operands = {"model"},
    .run = run,
};
