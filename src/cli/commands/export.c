/* cornu export. A new kind of file: an option, a function that writes it, and a line in `kinds`. */
#include <stddef.h>

#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/commands/export.h"
#include "cli/commands/export_html.h"
#include "cli/output/report.h"
#include "cli/input/samples.h"
#include "cli/session.h"
#include "cli/standard.h"
#include "model/model.h"

typedef struct options {
    const char *model, *layers, *weights, *input;
    const char *c, *name, *onnx, *calibrate, *out, *html, *json;
    json_t *written;   /* what --json says of the file that is written now; NULL: it is not asked for */
    cn__source source; /* for int8 and for the page */
    cn__page page;
    bool int8;
} options;

static const cn__option table[] = {
    OPTION_HEADING("Network"),
    TEXT_OPTION(options, "model", model, "FILE", NULL, "a .keras or .h5 file, or an .npz of train --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "the weights (.weights.h5, .keras, .h5, .npz), if --model has none"),
    TEXT_OPTION(options, "input", input, "SHAPE", NULL,
                "a sample's shape, as in 784 or 28,28, for networks without an input layer"),
    OPTION_HEADING("What to write"),
    TEXT_OPTION(options, "c", c, "OUT.c", NULL, "a C99 program, and its header beside it"),
    TEXT_OPTION(options, "onnx", onnx, "OUT.onnx", NULL, "an ONNX file, for onnxruntime and others"),
    TEXT_OPTION(options, "html", html, "OUT.html", NULL,
                "a page with the network inside, to draw on or with sliders"),
    JSON_OPTION(
        options, json,
        "print the files, their sizes and the loss of accuracy by int8 as JSON, or write it to OUT.json"),
    OPTION_HEADING("C"),
    TEXT_OPTION(options, "name", name, "NAME", NULL,
                "the prefix of its functions (default: the file's name)"),
    FLAG_OPTION(options, "int8", int8, NULL, "8-bit weights and activations, integer arithmetic"),
    TEXT_OPTION(
        options, "calibrate", calibrate, "NAME|FILE", NULL,
        "the inputs that determine the int8 scales (a file, or the training part of a data set; the first 2,000); default: those of --data"),
    TEXT_OPTION(options, "out", out, "OUT.npy", NULL, "write the int8 outputs for the compared inputs here"),
    OPTION_HEADING("HTML"),
    TEXT_OPTION(options, "title", page.title, "TEXT", NULL, "of the page"),
    TEXT_OPTION(options, "lang", page.lang, "en|es", "en", "its language"),
    TEXT_OPTION(options, "labels", page.labels, "A,B,...", NULL, "names of the outputs"),
    TEXT_OPTION(options, "features", page.features, "A,B,...", NULL, "names of the inputs, for sliders"),
    COUNT_OPTION(options, "samples", page.samples, "10", 0, 10000, "how many samples the page contains"),
    OPTION_HEADING("Data, for --int8 and --html"),
    TEXT_OPTION(options, "data", source.data, "NAME|FILE", NULL,
                "a data set, to compare int8 with float32 on its test part, and for samples in the page"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(options, source),
    TEXTS_OPTION(options, "x", source.x, source.all_x, "FILE",
                 "or inputs; for a page, NAME=FILE for each of several, or an .npz with these names"),
    TEXTS_OPTION(options, "y", source.y, source.all_y, "FILE",
                 "and their labels: class numbers, or for int8 one row for each sample"),
};

/* ---- each kind of file ---------------------------------------------------------------------------------- */

static cn_status export_c(const options *o, const char *path, cn_model *model)
{
    static const cn__source none = {.data = NULL};
    const bool for_page = o->html && !o->int8; /* then data is the page's alone */
    cn_preparation *preparation = NULL;
    if (o->model) CN_TRY(cn_preparation_load(o->model, &preparation));
    cn_status status = cn__export_c(model, path,
                                    &(cn__c_request){.name = o->name,
                                                     .calibrate = o->calibrate,
                                                     .out = o->out,
                                                     .source = for_page ? &none : &o->source,
                                                     .preparation = preparation,
                                                     .quiet = cn__standard_output_taken(),
                                                     .json = o->written,
                                                     .int8 = o->int8});
    cn_preparation_free(preparation);
    return status;
}

static cn_status export_onnx(const options *o, const char *path, cn_model *model)
{
    cn_preparation *preparation = NULL;
    if (o->model) CN_TRY(cn_preparation_load(o->model, &preparation));
    cn_status status = cn_model_export_onnx(model, path);
    if (status == CN_OK && preparation && cn_preparation_features(preparation))
        fprintf(
            stderr,
            "%s takes columns that are prepared already: ONNX is written without what is made of a table\n",
            path);
    cn_preparation_free(preparation);
    return status;
}

static cn_status export_html(const options *o, const char *path, cn_model *model)
{
    return cn__export_html(&o->page, &o->source, path, model);
}

static const struct kind {
    const char *option;
    size_t offset; /* of the file's name in the options */
    cn_status (*write)(const options *o, const char *path, cn_model *model);
} kinds[] = {
    {"c", offsetof(options, c), export_c},
    {"onnx", offsetof(options, onnx), export_onnx},
    {"html", offsetof(options, html), export_html},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *path_of(const options *o, const struct kind *kind)
{
    return *(const char *const *)((const char *)o + kind->offset);
}

/* --------------------------------------------------------------------------------------------------------- */

static cn_status check_paths(const options *o)
{
    int given = 0;
    for (int i = 0; i < KINDS; i++) {
        CN_TRY(cn__check_writable(kinds[i].option, path_of(o, &kinds[i])));
        if (path_of(o, &kinds[i])) given++;
    }
    if (given) return cn__check_writable("json", o->json);
    char names[160] = "";
    for (int i = 0, at = 0; i < KINDS; i++)
        at += cn__format(names + at, sizeof names - (size_t)at, "%s--%s FILE", i ? " or " : "",
                         kinds[i].option);
    return cn__fail(CN_ERROR_ARGUMENT, "nothing to write: expected %s", names);
}

static cn_status make_ready(const options *o, cn_model **model)
{
    int ndim;
    size_t shape[CN_MAX_DIMS];
    CN_TRY(check_paths(o));
    CN_TRY(cn__open_model(o->model, o->layers, model));
    const bool had = cn_model_is_built(*model);
    if (o->input) CN_TRY(cn__read_shape(o->input, &ndim, shape));
    if (o->input) CN_TRY(cn_model_build(*model, ndim, shape));
    CN_TRY(cn__model_build_if_known(*model));
    if (!o->weights && !had && (!cn_model_is_built(*model) || cn_model_weight_count(*model)))
        return cn__fail(CN_ERROR_ARGUMENT, "the network has no weights yet: give --weights");
    return o->weights ? cn_model_load_weights(*model, o->weights) : CN_OK;
}

static json_t *file_json(const struct kind *kind, const char *path)
{
    json_t *json = json_object();
    cn__json_set(json, "format", json_string(kind->option));
    cn__json_set(json, "file", json_string(path));
    return json;
}

static cn_status write_all(options *o, cn_model *model)
{
    json_t *files = json_array(), *root = json_object();
    cn_status status = CN_OK;
    cn__json_begin();
    for (int i = 0; i < KINDS && status == CN_OK; i++) {
        const char *path = path_of(o, &kinds[i]);
        if (!path) continue;
        if (o->json) cn__json_append(files, o->written = file_json(&kinds[i], path));
        status = kinds[i].write(o, path, model);
    }
    cn__json_set(root, "parameters", json_integer((json_int_t)cn_model_parameters(model)));
    cn__json_set(root, "files", files);
    if (status == CN_OK && o->json) return cn__report_write(o->json, root);
    json_decref(root);
    return status;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    options o = *(const options *)given;
    cn_model *model = NULL;
    cn_status status = make_ready(&o, &model);
    if (status == CN_OK) status = write_all(&o, model);
    cn_model_free(model);
    const bool missing = status != CN_OK && cn_dataset_missing();
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__export_command = {
    .name = "export",
    .summary = "Write a trained network as C, ONNX or a web page that run without Cornu",
    .usage =
        "([--model] FILE | --layers NOTATION) [--weights FILE] (--c | --onnx | --html) OUT [--json] [options]",
    .example = "  cornu export digits.keras --c digits.c\n"
               "  cornu export --model digits.keras --c digits8.c --int8 --data mnist\n"
               "  cornu export --model digits.keras --onnx digits.onnx\n"
               "  cornu export --model digits.keras --html digits.html --data mnist",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .operands = {"model"},
    .run = run,
};
