/* cornu convert. */
#include <stddef.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "cli/cli.h"
#include "cli/output/report.h"
#include "cli/session.h"
#include "cli/standard.h"
#include "formats/files.h"
#include "model/model.h"

typedef struct options {
    const char *model, *out, *weights, *input, *json;
    uint64_t seed;
    bool compile, weights_only;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "model", model, "FILE", NULL, "the file to read, IN"),
    TEXT_OPTION(options, "out", out, "OUT", NULL, "the file to write"),
    TEXT_OPTION(options, "weights", weights, "FILE", NULL,
                "take the weights from this .weights.h5, .keras, .h5 or .npz"),
    TEXT_OPTION(options, "input", input, "SHAPE", NULL,
                "a sample's shape, as in 784 or 28,28, for networks without an input layer"),
    COUNT_OPTION(options, "seed", seed, "0", 0, 0, "for initial weights, if IN has none"),
    FLAG_OPTION(options, "weights-only", weights_only, NULL,
                "write only weights (.npz, .h5; .weights.h5 never has anything else)"),
    FLAG_OPTION(options, "compile", compile, "true",
                "leave out optimizer, loss and metrics; unknown ones are then no error"),
    JSON_OPTION(options, json, "report what was written as JSON, or write the report to OUT.json"),
};

/* Weights from the file, from --weights, or new ones. */
static cn_status give_weights(const options *o, const char *in, cn_model *model)
{
    int ndim;
    size_t shape[CN_MAX_DIMS];
    const bool had = cn_model_is_built(model);
    cn_model_set_seed(model, o->seed);
    if (o->input) CN_TRY(cn__read_shape(o->input, &ndim, shape));
    if (o->input) CN_TRY(cn_model_build(model, ndim, shape));
    CN_TRY(cn__model_build_if_known(model));
    if (o->weights) return cn_model_load_weights(model, o->weights);
    if (!had && cn_model_is_built(model))
        fprintf(stderr, "%s has no weights: they are new ones, of seed %llu\n", in,
                (unsigned long long)o->seed);
    return CN_OK;
}

static cn_status report_json(const char *path, const cn_model *model, const char *out)
{
    cn__json_begin();
    json_t *root =
        json_pack("{s:s, s:I, s:I}", "file", out, "layers", (json_int_t)cn_model_layer_count(model),
                  "parameters", (json_int_t)cn_model_parameters(model));
    if (model->compiled) {
        cn__json_set(root, "optimizer", json_string(model->optimizer.name));
        cn__json_set(root, "steps", json_integer((json_int_t)model->optimizer.iterations));
    }
    return cn__report_write(path, root);
}

static void report(const cn_model *model, const char *out)
{
    size_t layers = cn_model_layer_count(model), parameters = cn_model_parameters(model);
    printf("%s: %zu layer%s, %zu parameter%s", out, layers, layers == 1 ? "" : "s", parameters,
           parameters == 1 ? "" : "s");
    if (model->compiled)
        printf(", %s after %lld step%s", model->optimizer.name, (long long)model->optimizer.iterations,
               model->optimizer.iterations == 1 ? "" : "s");
    printf("\n");
}

/* Which files hold what a model was compiled with: an optimizer that is not known is no hindrance to the others. */
static bool holds_optimizer(const char *out, bool weights_only)
{
    if (cn__has_suffix(out, ".weights.h5")) return true;
    return !weights_only &&
           (cn__has_suffix(out, ".keras") || cn__has_suffix(out, ".h5") || cn__has_suffix(out, ".hdf5"));
}

/* The whole model; where only what it was compiled with cannot be had, the message says how to do without. */
static cn_model *load_whole(const char *in)
{
    cn_model *model = cn_model_load(in);
    if (model) return model;
    const cn_status status = cn_error_status();
    char *message = cn__strdup(cn_error());
    cn_model *network = cn_model_load_network(in);
    if (network && message)
        (void)cn__fail(status, "%s; --no-compile writes the network and its weights without it", message);
    cn_model_free(network);
    cn__free(message);
    return NULL;
}

/* What the file says of a table's columns goes along. */
static cn_status save_all(const cn_model *model, const cn_preparation *p, const char *out, bool weights_only)
{
    CN_TRY(cn_model_save(model, out, weights_only));
    if (!p) return CN_OK;
    const cn_status status = cn_preparation_save(p, out);
    if (status != CN_OK) (void)remove(out);
    if (status == CN_OK && !cn__has_suffix(out, ".keras") && !cn__standard_output_taken())
        printf(
            "%s.preparation.json: what is made of a table's columns, which files of this kind do not hold\n",
            out);
    return status;
}

static cn_status save(const char *in, const cn_model *model, const char *out, bool weights_only)
{
    cn_preparation *p = NULL;
    if (!weights_only) CN_TRY(cn_preparation_load(in, &p));
    const cn_status status = save_all(model, p, out, weights_only);
    cn_preparation_free(p);
    return status;
}

static cn_status convert(const options *o, const char *in, const char *out, cn_model **model)
{
    const bool weights_only = o->weights_only || cn__has_suffix(out, ".weights.h5");
    CN_TRY(cn__make_model_path_ready(out, weights_only));
    CN_TRY(cn__check_writable(NULL, out));
    *model = o->compile && holds_optimizer(out, weights_only) ? load_whole(in) : cn_model_load_network(in);
    if (!*model) return cn_error_status();
    if (!cn__has_suffix(out, ".json") || cn__has_suffix(out, ".tfjs.json"))
        CN_TRY(give_weights(o, in, *model));
    CN_TRY(save(in, *model, out, weights_only));
    if (!cn__standard_output_taken()) report(*model, out);
    return o->json ? report_json(o->json, *model, out) : CN_OK;
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    const options *o = given;
    cn_model *model = NULL;
    cn_status status = o->model && o->out ? convert(o, o->model, o->out, &model)
                                          : cn__fail(CN_ERROR_ARGUMENT, "%s; usage: cornu convert IN OUT",
                                                     o->model ? "no file to write" : "no file to read");
    cn_model_free(model);
    return cn__exit_code(status);
}

const cn__command cn__convert_command = {
    .name = "convert",
    .summary = "Write a network's file in another format",
    .usage = "IN OUT [options]",
    .about =
        "The content of IN decides how it is read: .keras and .h5 of Keras 3 and 2, Keras's JSON, ONNX, TensorFlow.js,\n"
        "a layer notation, an .npz of cornu train --save. The ending of OUT decides what is written: .keras and .h5\n"
        "contain network, weights, loss, metrics and the optimizer with its state; .npz network and weights; .onnx a\n"
        "network for inference; .tfjs.json and the .bin beside it a network for TensorFlow.js; .json the network;\n"
        ".weights.h5 weights and the optimizer's state.",
    .example = "  cornu convert old.h5 digits.keras\n"
               "  cornu convert digits.keras digits.weights.h5\n"
               "  cornu convert model.json digits.keras --weights digits.npz",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .operands = {"model", "out"},
    .run = run,
};
