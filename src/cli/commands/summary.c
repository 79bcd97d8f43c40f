/* cornu summary. */
#include <stddef.h>
#include <string.h>

#include "base/text/escape.h"
#include "base/files/file.h"
#include "base/system/terminal.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/standard.h"
#include "cli/commands/summary_json.h"
#include "model/model.h"

typedef struct options {
    const char *model, *layers, *input, *json, *keras_json, *svg, *optimizer, *loss, *metrics;
    uint64_t batch_size;
    bool plan;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "model", model, "FILE", NULL,
                "a .keras or .h5 file, Keras's JSON, a layer notation, or an .npz of train --save"),
    TEXT_OPTION(options, "layers", layers, "NOTATION", NULL, "the layers, between semicolons"),
    TEXT_OPTION(options, "input", input, "SHAPE", NULL,
                "a sample's shape, as in 784 or 28,28, for networks without an input layer"),
    JSON_OPTION(options, json, "print layers, shapes and parameters as JSON, or write them to OUT.json"),
    TEXT_OPTION(options, "keras-json", keras_json, "OUT.json", NULL,
                "write the network as Keras's model.to_json() does"),
    TEXT_OPTION(options, "svg", svg, "OUT.svg", NULL, "write a drawing of the network"),
    FLAG_OPTION(options, "plan", plan, NULL, "also print the steps that training runs"),
    TEXT_OPTION(options, "optimizer", optimizer, "NAME(...)", "adam", "for --plan"),
    TEXT_OPTION(options, "loss", loss, "NAME(...)", "categorical_crossentropy", "for --plan"),
    TEXT_OPTION(options, "metrics", metrics, "A,B", NULL, "for --plan"),
    COUNT_OPTION(options, "batch-size", batch_size, "32", 1, 1e9, "for --plan"),
};

static cn_status print_text(char *text)
{
    if (!text) return cn_error_status();
    cn__terminal_puts(text, stdout);
    cn_text_free(text);
    return CN_OK;
}

/* Takes over `text`. */
static cn_status write_text(char *text, const char *path)
{
    if (!text) return cn_error_status();
    cn_status status = cn__file_write(path, text, strlen(text));
    cn_text_free(text);
    return status;
}

/* With the optimiser if the file has one that is known: it counts among the parameters. A file that cannot be read is not
 * one without. */
static cn_status open_network(const options *o, cn_model **model)
{
    if (o->model && !o->layers) {
        *model = cn_model_load(o->model);
        if (*model) return CN_OK;
        if (cn_error_status() == CN_ERROR_FILE || cn_error_status() == CN_ERROR_MEMORY)
            return cn_error_status();
        /* a library that gets no memory may call the file damaged; what is wrong with the file is wrong the second time too */
        *model = cn_model_load(o->model);
        if (*model) return CN_OK;
    }
    return cn__open_model(o->model, o->layers, model);
}

static cn_status summarize(const options *o, cn_model **model)
{
    cn__shape in = {0};
    CN_TRY(cn__check_writable("json", o->json));
    CN_TRY(cn__check_writable("keras-json", o->keras_json));
    if (o->plan && cn__standard_output_taken())
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "--plan is printed, and the standard output is used by another option; expected one of them");
    CN_TRY(cn__check_writable("svg", o->svg));
    CN_TRY(open_network(o, model));
    if (o->input) {
        CN_TRY(cn__read_shape(o->input, &in.rank, in.dim));
        if (o->plan) CN_TRY(cn_model_build(*model, in.rank, in.dim));
    }
    if (o->json) CN_TRY(cn__summary_json(o->json, *model, o->input ? &in : NULL));
    if (!cn__standard_output_taken())
        CN_TRY(print_text(cn__model_summary_of(*model, o->input ? &in : NULL, cn__terminal_width(stdout))));
    if (o->keras_json) CN_TRY(write_text(cn_model_to_json(*model), o->keras_json));
    if (o->svg && o->input) CN_TRY(cn_model_build(*model, in.rank, in.dim));
    if (o->svg) CN_TRY(write_text(cn_model_to_svg(*model), o->svg));
    if (!o->plan) return CN_OK;
    CN_TRY(cn_model_compile(*model, .optimizer = o->optimizer, .loss = o->loss, .metrics = o->metrics));
    printf("\n");
    return print_text(cn_model_plan_text(*model, o->batch_size));
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    cn_model *model = NULL;
    cn_status status = summarize(given, &model);
    cn_model_free(model);
    return cn__exit_code(status);
}

const cn__command cn__summary_command = {
    .name = "summary",
    .summary = "Show a network's layers, shapes and parameters",
    .usage = "([--model] FILE | --layers NOTATION) [--input SHAPE] [--plan] [--json] [--svg OUT.svg]",
    .example =
        "  cornu summary --layers \"dense 512 relu; dropout 0.3; dense 10 softmax\" --input 784 --plan\n"
        "  cornu summary digits.keras",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .operands = {"model"},
    .run = run,
};
