/* The statements: what each is called, takes and needs. */
#include "lab/language/statement.h"

/* ---- what each takes ----------------------------------------------------------------------------------------- */

#define AT(field_) offsetof(cn__arguments, field_)
#define MODELS                                                                                               \
    {                                                                                                        \
        .name = "models", .type = CN_PARAM_VALUE, .offset = AT(models)                                       \
    }
#define CAPTION                                                                                              \
    {                                                                                                        \
        .name = "caption", .type = CN_PARAM_WORD, .offset = AT(caption), .fallback = "none"                  \
    }
#define WORD(name_, field_, fallback_)                                                                       \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_WORD, .offset = AT(field_), .fallback = fallback_                    \
    }
#define VALUE(name_, field_)                                                                                 \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_VALUE, .offset = AT(field_), .fallback = "none"                      \
    }
#define COUNT(name_, field_, fallback_, low_)                                                                \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_INT, .offset = AT(field_), .fallback = fallback_, .low = low_,       \
        .high = 1e9                                                                                          \
    }
#define FLAG(name_, field_, fallback_)                                                                       \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_BOOL, .offset = AT(field_), .fallback = fallback_                    \
    }
#define SHARE(name_, field_, fallback_)                                                                      \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_FLOAT, .offset = AT(field_), .fallback = fallback_, .low = 0,        \
        .high = 0.99                                                                                         \
    }
#define NUMBER(name_, field_, fallback_)                                                                     \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_MAYBE_FLOAT, .offset = AT(field_), .fallback = fallback_             \
    }

#define OUTPUT WORD("output", output, "none")

static const cn__param load_params[] = {
    WORD("name", file, "none"),
    VALUE("target", target),
    VALUE("columns", columns_named),
    WORD("task", task, "none"),
    VALUE("missing", missing),
    VALUE("ignore", ignore),
    VALUE("number", number),
    VALUE("category", category),
    VALUE("missing_values", missing_values),
    FLAG("missing_indicator", missing_indicator, "false"),
    VALUE("date", date),
    VALUE("text", text),
    COUNT("words", words, "1000", 1),
    VALUE("ordinal", ordinal),
    VALUE("bins", bins),
    VALUE("log", log),
    WORD("target_scale", target_scale, "none"),
    VALUE("header", header),
    VALUE("names", columns_given),
    WORD("separator", separator, "none"),
    WORD("decimal", decimal, "none"),
    WORD("encoding", encoding, "none"),
    FLAG("skip_bad_rows", skip_bad_rows, "false"),
    FLAG("plain_quotes", plain_quotes, "false"),
    WORD("test", test, "none"),
    VALUE("stratify", stratify),
    WORD("group", group, "none"),
    VALUE("time", time),
    VALUE("x", x_given),
    VALUE("y", y_given),
    VALUE("test_x", test_x_given),
    VALUE("test_y", test_y_given),
    SHARE("test_split", test_split, "0.2"),
    {.name = "image_size",
     .type = CN_PARAM_INTS,
     .offset = AT(image_size),
     .fallback = "none",
     .low = 1,
     .high = 1024},
    WORD("color_mode", color_mode, "none"),
};
static const cn__param show_params[] = {COUNT("index", index, "0", 0), FLAG("matrix", matrix, "true"),
                                        FLAG("inverted", inverted, "false"), VALUE("of", of), CAPTION};
static const cn__param grid_params[] = {COUNT("rows", rows, "2", 1),
                                        COUNT("columns", columns, "5", 1),
                                        COUNT("first", first, "0", 0),
                                        WORD("title", title, "none"),
                                        FLAG("inverted", inverted, "false"),
                                        VALUE("of", of),
                                        CAPTION};
static const cn__param caption_params[] = {CAPTION};
static const cn__param histogram_params[] = {WORD("column", column, "none"), FLAG("log", log_axis, "false"),
                                             VALUE("of", of), CAPTION};
static const cn__param of_params[] = {VALUE("of", of)};
static const cn__param scatter_params[] = {WORD("x", x, NULL), WORD("y", y, NULL),
                                           WORD("colour", colour, "none"), VALUE("log", log), CAPTION};
static const cn__param pairs_params[] = {VALUE("columns", columns_named), WORD("colour", colour, "none"),
                                         CAPTION};
static const cn__param boxplot_params[] = {VALUE("columns", columns_named), WORD("by", colour, "none"),
                                           CAPTION};
static const cn__param normalise_params[] = {VALUE("by", by), VALUE("of", of)};
static const cn__param reshape_params[] = {
    {.name = "shape", .type = CN_PARAM_INTS, .offset = AT(shape), .low = -1, .high = 1e9}, VALUE("of", of)};
static const cn__param model_params[] = {MODELS,
                                         WORD("title", title, "none"),
                                         WORD("like", like, "none"),
                                         WORD("weights", weights, "none"),
                                         FLAG("include_top", include_top, "true"),
                                         {.name = "seed",
                                          .type = CN_PARAM_MAYBE_INT,
                                          .offset = AT(seed),
                                          .fallback = "none",
                                          .low = 0,
                                          .high = 1e9}};
static const char *const ensemble_words[] = {"both", "mean", "vote", NULL};
static const cn__param ensemble_params[] = {
    MODELS,
    {.name = "by", .type = CN_PARAM_WORD, .offset = AT(by_word), .fallback = "both", .words = ensemble_words},
    OUTPUT,
    CAPTION};
static const cn__param models_params[] = {MODELS, CAPTION};
static const cn__param output_params[] = {MODELS, OUTPUT, CAPTION};
static const cn__param plan_params[] = {MODELS, COUNT("batch_size", batch_size, "32", 1)};
static const char *const convolution_words[] = {"default", "fast", NULL};
static const cn__param compile_params[] = {MODELS,
                                           VALUE("optimizer", optimizer),
                                           {.name = "loss", .type = CN_PARAM_VALUE, .offset = AT(loss)},
                                           VALUE("metrics", metrics),
                                           VALUE("weighted_metrics", weighted_metrics),
                                           VALUE("loss_weights", loss_weights),
                                           {.name = "convolution",
                                            .type = CN_PARAM_WORD,
                                            .offset = AT(convolution),
                                            .fallback = "default",
                                            .words = convolution_words}};
/* What fit and sweep take. */
#define TRAINING                                                                                             \
    COUNT("epochs", epochs, "1", 1),                                                                         \
        {.name = "batch_size",                                                                               \
         .type = CN_PARAM_MAYBE_INT,                                                                         \
         .offset = AT(batch_size),                                                                           \
         .fallback = "none",                                                                                 \
         .low = 1,                                                                                           \
         .high = 1e9},                                                                                       \
        SHARE("validation_split", validation_split, "0"), WORD("validation_data", validation_data, "none"),  \
        VALUE("callbacks", callbacks), FLAG("shuffle", shuffle, "true"),                                     \
        FLAG("reshuffle", reshuffle, "true"), VALUE("class_weight", class_weight),                           \
        WORD("sample_weight", sample_weight, "none"), COUNT("initial_epoch", initial_epoch, "0", 0),         \
        COUNT("validation_batch_size", validation_batch_size, "0", 0),                                       \
        COUNT("validation_freq", validation_freq, "1", 1)
static const cn__param fit_params[] = {
    MODELS,
    TRAINING,
    {.name = "verbose", .type = CN_PARAM_INT, .offset = AT(verbose), .fallback = "1", .low = 0, .high = 2},
};
static const char *const epoch_words[] = {"last", "best", NULL};
static const cn__param sweep_params[] = {
    MODELS,
    TRAINING,
    COUNT("trials", trials, "0", 0),
    VALUE("sampler", sampler),
    VALUE("pruner", pruner),
    VALUE("objective", objective),
    {.name = "epoch", .type = CN_PARAM_WORD, .offset = AT(epoch), .fallback = "last", .words = epoch_words},
    {.name = "seeds", .type = CN_PARAM_INT, .offset = AT(seeds), .fallback = "1", .low = 1, .high = 1000},
    COUNT("ahead", ahead, "16", 1),
    COUNT("keep", keep, "1", 0),
    CAPTION,
};
#define TTA                                                                                                  \
    {                                                                                                        \
        .name = "tta", .type = CN_PARAM_INT, .offset = AT(tta), .fallback = "1", .low = 1, .high = 1e5       \
    }
static const cn__param evaluate_params[] = {MODELS, TTA, CAPTION};
static const cn__param predict_params[] = {
    MODELS, COUNT("count", count, "10", 1), WORD("data", file, "none"), OUTPUT, TTA, CAPTION};
static const cn__param save_params[] = {MODELS, {.name = "file", .type = CN_PARAM_WORD, .offset = AT(file)}};
static const cn__param history_params[] = {MODELS, NUMBER("limit", limit, "none"),
                                           FLAG("log", log_axis, "false"), CAPTION};
static const cn__param difference_params[] = {MODELS, NUMBER("accuracy_limit", accuracy_limit, "0.05"),
                                              NUMBER("loss_limit", loss_limit, "0.10"), CAPTION};
static const char *const compare_words[] = {"mean", "last", "best", NULL};
static const cn__param compare_params[] = {
    MODELS,
    WORD("title", title, "none"),
    CAPTION,
    {.name = "by", .type = CN_PARAM_WORD, .offset = AT(by_word), .fallback = "mean", .words = compare_words}};
static const cn__param mistakes_params[] = {MODELS,
                                            COUNT("rows", rows, "2", 1),
                                            COUNT("columns", columns, "5", 1),
                                            FLAG("inverted", inverted, "false"),
                                            OUTPUT,
                                            CAPTION};
static const cn__param reconstruction_params[] = {MODELS, COUNT("count", count, "8", 1),
                                                  FLAG("inverted", inverted, "false"), CAPTION};
static const cn__param weights_params[] = {MODELS, COUNT("count", count, "16", 1),
                                           COUNT("columns", columns, "8", 1), CAPTION};
static const cn__param kernels_params[] = {MODELS,
                                           WORD("layer", layer, "none"),
                                           COUNT("channel", channel, "0", 0),
                                           COUNT("count", count, "16", 1),
                                           COUNT("columns", columns, "8", 1),
                                           CAPTION};
static const cn__param activations_params[] = {MODELS,
                                               WORD("layer", layer, "none"),
                                               COUNT("sample", sample, "0", 0),
                                               COUNT("count", count, "16", 1),
                                               COUNT("columns", columns, "9", 1),
                                               CAPTION};
static const cn__param gradcam_params[] = {MODELS,
                                           WORD("layer", layer, "none"),
                                           COUNT("sample", sample, "0", 0),
                                           {.name = "class",
                                            .type = CN_PARAM_MAYBE_INT,
                                            .offset = AT(output_class),
                                            .fallback = "none",
                                            .low = 0,
                                            .high = 1e9},
                                           CAPTION};
static const cn__param repeat_params[] = {
    MODELS,
    {.name = "seeds", .type = CN_PARAM_INT, .offset = AT(seeds), .fallback = "5", .low = 2, .high = 100},
    CAPTION};

static const cn__param threshold_params[] = {MODELS,
                                             OUTPUT,
                                             {.name = "threshold",
                                              .type = CN_PARAM_MAYBE_FLOAT,
                                              .offset = AT(threshold),
                                              .fallback = "none",
                                              .low = 0,
                                              .high = 1,
                                              .expected = "a probability from 0 to 1"},
                                             CAPTION};
static const cn__param folds_params[] = {
    MODELS,
    {.name = "folds", .type = CN_PARAM_INT, .offset = AT(folds), .fallback = "5", .low = 2, .high = 1000},
    FLAG("stratify", stratified, "false"),
    {.name = "repeats", .type = CN_PARAM_INT, .offset = AT(repeats), .fallback = "1", .low = 1, .high = 100},
    CAPTION};

static const cn__param importance_params[] = {
    MODELS,
    {.name = "repeats", .type = CN_PARAM_INT, .offset = AT(repeats), .fallback = "5", .low = 1, .high = 100},
    CAPTION};

#define KIND(verb_, name_, takes_, needs_, params_)                                                          \
    [CN_VERB_##verb_] = {CN_VERB_##verb_,   name_,   CN_TAKES_##takes_,                                      \
                         CN_NEEDS_##needs_, params_, sizeof(params_) / sizeof((params_)[0])}

static const cn__statement_kind kinds[CN_VERBS] = {
    KIND(DATASET_LOAD, "dataset", NONE, NONE, load_params),
    KIND(DATASET_INFO, "dataset info", NONE, DATA, caption_params),
    KIND(DATASET_SHOW, "dataset show", NONE, DATA, show_params),
    KIND(DATASET_GRID, "dataset grid", NONE, DATA, grid_params),
    KIND(DATASET_HISTOGRAM, "dataset histogram", NONE, DATA, histogram_params),
    KIND(DATASET_DESCRIBE, "dataset describe", NONE, DATA, caption_params),
    KIND(DATASET_SCATTER, "dataset scatter", NONE, DATA, scatter_params),
    KIND(DATASET_CORRELATION, "dataset correlation", NONE, DATA, caption_params),
    KIND(DATASET_PAIRS, "dataset pairs", NONE, DATA, pairs_params),
    KIND(DATASET_BOXPLOT, "dataset boxplot", NONE, DATA, boxplot_params),
    KIND(DATASET_MISSING, "dataset missing", NONE, DATA, caption_params),
    KIND(DATASET_NORMALISE, "dataset normalise", NONE, DATA, normalise_params),
    KIND(DATASET_FLATTEN, "dataset flatten", NONE, DATA, of_params),
    KIND(DATASET_RESHAPE, "dataset reshape", NONE, DATA, reshape_params),
    KIND(DATASET_ONE_HOT, "dataset one_hot", NONE, DATA, of_params),
    KIND(MODEL, "model", ONE, NONE, model_params),
    KIND(SUMMARY, "summary", MANY, MODEL, models_params),
    KIND(PLAN, "plan", MANY, COMPILED, plan_params),
    KIND(COMPILE, "compile", MANY, MODEL, compile_params),
    KIND(FIT, "fit", MANY, COMPILED, fit_params),
    KIND(EVALUATE, "evaluate", MANY, FIT, evaluate_params),
    KIND(PREDICT, "predict", MANY, FIT, predict_params),
    KIND(SAVE, "save", ONE, FIT, save_params),
    KIND(PLOT_HISTORY, "plot history", MANY, FIT, history_params),
    KIND(PLOT_DIFFERENCE, "plot difference", MANY, FIT, difference_params),
    KIND(PLOT_CONVERGENCE, "plot convergence", MANY, FIT, models_params),
    KIND(PLOT_PREDICTION, "plot prediction", MANY, FIT, output_params),
    KIND(PLOT_ROC, "plot roc", MANY, FIT, output_params),
    KIND(PLOT_PRECISION_RECALL, "plot precision_recall", MANY, FIT, output_params),
    KIND(PLOT_CALIBRATION, "plot calibration", MANY, FIT, output_params),
    KIND(PLOT_RESIDUALS, "plot residuals", MANY, FIT, output_params),
    KIND(PLOT_MODEL, "plot model", MANY, MODEL, models_params),
    KIND(PLOT_KERNELS, "plot kernels", MANY, FIT, kernels_params),
    KIND(PLOT_ACTIVATIONS, "plot activations", MANY, FIT, activations_params),
    KIND(PLOT_GRADCAM, "plot gradcam", MANY, FIT, gradcam_params),
    KIND(PLOT_BOUNDARY, "plot boundary", MANY, FIT, models_params),
    KIND(PLOT_RECONSTRUCTION, "plot reconstruction", MANY, FIT, reconstruction_params),
    KIND(COMPARE, "compare", MANY, FIT, compare_params),
    KIND(COSTS, "costs", MANY, MODEL, models_params),
    KIND(CONFUSION, "confusion", MANY, FIT, threshold_params),
    KIND(REPORT, "report", MANY, FIT, threshold_params),
    KIND(MISCLASSIFIED, "misclassified", MANY, FIT, mistakes_params),
    KIND(WEIGHTS, "weights", MANY, FIT, weights_params),
    KIND(REPEAT, "repeat", MANY, FIT, repeat_params),
    KIND(CROSSVALIDATE, "crossvalidate", MANY, FIT, folds_params),
    KIND(IMPORTANCE, "importance", MANY, FIT, importance_params),
    KIND(ENSEMBLE, "ensemble", MANY, FIT, ensemble_params),
    KIND(SWEEP, "sweep", ONE, COMPILED, sweep_params),
};

const cn__statement_kind *cn__statement_kind_of(cn__verb verb) { return &kinds[verb]; }
