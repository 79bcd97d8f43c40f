/* Writes the words that each target's inputs are made of: fuzz-dictionaries FOLDER. They come from the program's own tables, so
 * that libFuzzer puts whole names of layers, statements and arguments into what it changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "lab/language/statement.h"
#include "nn/constraints/constraint.h"
#include "nn/initializers/initializer.h"
#include "nn/layer.h"
#include "nn/loss.h"
#include "nn/metrics/metric.h"
#include "nn/optimizers/optimizer.h"
#include "nn/regularizers/regularizer.h"
#include "nn/schedules/schedule.h"
#include "sweep/sweep.h"
#include "train/train.h"

static const char *folder;

static void check(cn_status status)
{
    if (status == CN_OK) return;
    fprintf(stderr, "fuzz-dictionaries: %s\n", cn_error());
    exit(1);
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

/* Between what a word of the format stands: in JSON quotes, in the notation nothing. */
typedef struct style {
    bool classes; /* names as Keras's classes have them */
    const char *before, *after;
} style;

static const style notation = {false, "", ""}, json = {true, "\\\"", "\\\""};

/* A line of a dictionary; words from the tables need no escaping. */
static void add(cn__text *out, const style *s, const char *word)
{
    if (word) cn__text_printf(out, "\"%s%s%s\"\n", s->before, word, s->after);
}

static void add_params(cn__text *out, const style *s, const cn__param *params, size_t count)
{
    for (size_t i = 0; i < count; i++) add(out, s, params[i].name);
}

static void add_registry(cn__text *out, const style *s, const cn__registry *r)
{
    for (const cn__kind *const *k = r->kinds; *k; k++) {
        add(out, s, s->classes ? (*k)->class_name : (*k)->name);
        add_params(out, s, (*k)->params, (*k)->param_count);
    }
}

static void add_layers(cn__text *out, const style *s)
{
    const cn__layer_kind *const *kinds = cn__layer_kinds();
    for (size_t i = 0; kinds[i]; i++) {
        if (s->classes) add(out, s, kinds[i]->class_name);
        add_params(out, s, kinds[i]->params, kinds[i]->param_count);
    }
    for (const char *const *name = cn__layer_names(); *name && !s->classes; name++) add(out, s, *name);
}

static void add_nets(cn__text *out, const style *s)
{
    add_layers(out, s);
    add_registry(out, s, &cn__initializers);
    add_registry(out, s, &cn__regularizers);
    add_registry(out, s, &cn__constraints);
}

static void add_compile(cn__text *out, const style *s)
{
    add_registry(out, s, cn__losses());
    add_registry(out, s, &cn__metrics);
    add_registry(out, s, &cn__optimizers);
    add_registry(out, s, &cn__schedules);
}

static void add_statements(cn__text *out)
{
    for (int v = 0; v < CN_VERBS; v++) {
        const cn__statement_kind *kind = cn__statement_kind_of((cn__verb)v);
        add(out, &notation, kind->name);
        for (size_t i = 0; i < kind->param_count; i++)
            if (kind->params[i].name) cn__text_printf(out, "\"%s=\"\n", kind->params[i].name);
    }
    add_registry(out, &notation, &cn__callbacks);
    add_registry(out, &notation, &cn__samplers);
    add_registry(out, &notation, &cn__pruners);
}

static void add_words(cn__text *out, const style *s, const char *const *words)
{
    for (; *words; words++) add(out, s, *words);
}

static void put(const char *target, cn__text *text)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.dict", folder, target);
    if (text->failed) exit(1);
    check(cn__file_write(path, text->data, text->size));
    cn__text_free(text);
}

/* ---- dictionaries -------------------------------------------------------------------------------------------------------- */

static const char *const marks[] = {
    "true",   "false", "none",     "inf",   "nan",    "-1", "1e308", "9223372036854775807",
    "from=[", "call ", "outputs ", "name=", "input ", NULL};
static const char *const documents[] = {
    "```cornu\\x0a", "```\\x0a",          "{{",           "}}", "{{best(a, b)",
    ".loss.last",    ".test.accuracy",    ":.2f",         ":,", "expect=error",
    "---\\x0a",      "language: en\\x0a", "seed: 1\\x0a", NULL};
static const char *const keys[] = {"class_name",
                                   "config",
                                   "module",
                                   "registered_name",
                                   "inbound_nodes",
                                   "batch_shape",
                                   "batch_input_shape",
                                   "input_layers",
                                   "output_layers",
                                   "keras_history",
                                   "__keras_tensor__",
                                   "build_config",
                                   "compile_config",
                                   "dtype",
                                   "float32",
                                   "Sequential",
                                   "Functional",
                                   "layers",
                                   "name",
                                   "args",
                                   "kwargs",
                                   NULL};
static const char *const tfjs_keys[] = {"modelTopology", "model_config", "weightsManifest", "paths",
                                        "weights",       "shape",        "quantization",    "scale",
                                        "min",           "uint8",        "uint16",          "w.bin",
                                        "format",        "layers-model", "training_config", NULL};
static const char *const cells[] = {"cells",      "cell_type", "code",    "markdown",
                                    "source",     "metadata",  "cornu",   "nbformat",
                                    "kernelspec", "language",  "outputs", "%%cornu expect=error\\\\n",
                                    "%%cornu",    NULL};
static const char *const tables[] = {"@relation r\\x0a",
                                     "@attribute a numeric\\x0a",
                                     "@attribute b {x,y}\\x0a",
                                     "@data\\x0a",
                                     ";",
                                     "\\x09",
                                     "\\\"\\\"",
                                     "\\xef\\xbb\\xbf",
                                     "\\x0d\\x0a",
                                     "NaN",
                                     "?",
                                     "1.234.567,8",
                                     "1e-320",
                                     "{\\\"a\\\":",
                                     "},",
                                     NULL};
static const char *const spaces[] = {"=[", "..", " log",   " step ", " if ",    " and ",      "|",
                                     ">=", "!=", "1e-300", "1e308",  ".repeat", "optimizer.", NULL};
static const char *const bibtex_words[] = {
    "@article{", "@string{", "author = {", "title = {", "year = ", " and ",  " # ",
    "\\\\'{",    "\\\\c{",   "--",         "},",        "\\\\ss",  "@book(", NULL};
/* Names of operations, and of attributes and fields that graphs have. */
static const char *const onnx_words[] = {"Gemm",
                                         "MatMul",
                                         "Add",
                                         "Relu",
                                         "Conv",
                                         "MaxPool",
                                         "AveragePool",
                                         "GlobalAveragePool",
                                         "Flatten",
                                         "Reshape",
                                         "Softmax",
                                         "Sigmoid",
                                         "Tanh",
                                         "BatchNormalization",
                                         "Concat",
                                         "Transpose",
                                         "Identity",
                                         "Dropout",
                                         "Constant",
                                         "Clip",
                                         "LeakyRelu",
                                         "Pad",
                                         "kernel_shape",
                                         "strides",
                                         "pads",
                                         "dilations",
                                         "auto_pad",
                                         "group",
                                         "alpha",
                                         "transB",
                                         "axis",
                                         "perm",
                                         "epsilon",
                                         "SAME_UPPER",
                                         "external",
                                         "location",
                                         "offset",
                                         "length",
                                         NULL};
/* Marks of zips and of HDF5, and names of members. */
static const char *const archive_words[] = {"PK\\x03\\x04",
                                            "PK\\x01\\x02",
                                            "PK\\x05\\x06",
                                            "config.json",
                                            "metadata.json",
                                            "model.weights.h5",
                                            "cornu_preparation.json",
                                            "\\x89HDF\\x0d\\x0a\\x1a\\x0a",
                                            "TREE",
                                            "SNOD",
                                            "HEAP",
                                            "layers/dense/vars/0",
                                            "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff",
                                            NULL};

static const char *const sql_words[] = {"UPDATE ",      "INSERT INTO ", "SELECT ",
                                        "DELETE FROM ", " SET ",        " VALUES(",
                                        " WHERE ",      "NULL",         "CAST(x'ff' AS TEXT)",
                                        "zeroblob(",    "studies",      "objectives",
                                        "trials",       "params",       "results",
                                        "rungs",        "runs",         "metrics",
                                        "epochs",       "models",       "number",
                                        "name",         "value",        "state",
                                        "space",        "-1",           "9223372036854775807",
                                        "9e999",        "' || '",       NULL};

static void put_notation(const char *target, bool compiles, const char *const *more)
{
    cn__text out = {0};
    add_nets(&out, &notation);
    if (compiles) add_compile(&out, &notation);
    add_words(&out, &notation, marks);
    if (more) add_words(&out, &notation, more);
    put(target, &out);
}

static void put_json(const char *target, bool nets, const char *const *more)
{
    cn__text out = {0};
    if (nets) add_nets(&out, &json);
    else add_compile(&out, &json);
    add_words(&out, &json, keys);
    if (more) add_words(&out, &json, more);
    put(target, &out);
}

static void put_lab(const char *target, const style *s, const char *const *words)
{
    cn__text out = {0};
    add_statements(&out);
    add_nets(&out, &notation);
    add_compile(&out, &notation);
    add_words(&out, s, words);
    put(target, &out);
}

static void put_words(const char *target, const char *const *words)
{
    cn__text out = {0};
    add_words(&out, &notation, words);
    put(target, &out);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: fuzz-dictionaries FOLDER\n"), 2;
    folder = argv[1];
    check(cn__make_dirs(folder));
    put_notation("notation", false, NULL);
    put_notation("value", true, NULL);
    put_notation("space", true, spaces);
    put_json("json", true, NULL);
    put_json("tfjs", true, tfjs_keys);
    put_json("compile", false, NULL);
    put_lab("lab", &notation, documents);
    put_lab("notebook", &json, cells);
    put_words("table", tables);
    put_words("bibtex", bibtex_words);
    put_words("onnx", onnx_words);
    put_words("store", sql_words);
    put_words("keras", archive_words);
    put_words("npz", archive_words);
    put_words("h5", archive_words);
    put_words("weights", archive_words);
    return 0;
}
