/* A line of the language to its statement: "fit a, b epochs=5" is read as the call fit([a, b], epochs=5). */
#include "lab/language/statement_make.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/text/text.h"

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
static const cn__param compile_params[] = {MODELS,
                                           VALUE("optimizer", optimizer),
                                           {.name = "loss", .type = CN_PARAM_VALUE, .offset = AT(loss)},
                                           VALUE("metrics", metrics),
                                           VALUE("weighted_metrics", weighted_metrics),
                                           VALUE("loss_weights", loss_weights)};
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
                                               COUNT("columns", columns, "8", 1),
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

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* Behind the quotes that begin at p, or the end of the line. */
static const char *quoted_end(const char *p)
{
    const char quote = *p++;
    while (*p && *p != '\n' && *p != quote) p += *p == '\\' && p[1] && p[1] != '\n' ? 2 : 1;
    return *p == quote ? p + 1 : p;
}

static bool is_quote(char c) { return c == '"' || c == '\''; }

static const char *line_end(const char *p) { return p + strcspn(p, "\n"); }

static bool is_blank(const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin)) begin++;
    return begin == end || *begin == '#';
}

/* Where a comment begins outside quotes, or `end`; white space before it is cut off. */
static const char *code_end(const char *begin, const char *end)
{
    const char *p = begin;
    while (p < end && *p != '#') p = is_quote(*p) ? quoted_end(p) : p + 1;
    while (p > begin && isspace((unsigned char)p[-1])) p--;
    return p;
}

/* The statement's own line, comments gone, lines that end in '\' joined. Moves *text and *line. */
static char *take_line(cn__arena *arena, const char **text, size_t *line)
{
    cn__text joined = {0};
    bool more = true;
    while (more && **text) {
        const char *end = line_end(*text), *stop = code_end(*text, end);
        more = stop > *text && stop[-1] == '\\';
        cn__text_add_bytes(&joined, *text, (size_t)(stop - *text) - more);
        if (more) cn__text_add(&joined, " ");
        *text = *end ? end + 1 : end;
        ++*line;
    }
    char *copy = joined.failed ? NULL : cn__arena_strdup(arena, joined.data ? joined.data : "");
    cn__text_free(&joined);
    return copy;
}

/* The indented lines that follow; NULL when there are none. */
static const char *take_indented(cn__arena *arena, const char **text, size_t *line)
{
    const char *begin = *text, *end = begin, *p = begin;
    size_t lines = 0, last = 0;
    while (*p) {
        const char *stop = line_end(p);
        bool blank = is_blank(p, stop);
        if (!blank && *p != ' ' && *p != '\t') break;
        lines++;
        p = *stop ? stop + 1 : stop;
        if (!blank) end = p, last = lines;
    }
    if (end == begin) return NULL;
    *text = end;
    *line += last;
    return cn__arena_format(arena, "%.*s", (int)(end - begin), begin);
}

/* ---- words to a call ---------------------------------------------------------------------------------------------- */

/* Where the argument that begins at p ends: white space or a comma outside brackets and quotes. */
const char *cn__argument_end(const char *p)
{
    int depth = 0;
    while (*p && (depth > 0 || !(isspace((unsigned char)*p) || *p == ','))) {
        if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p)) depth--;
        p = is_quote(*p) ? quoted_end(p) : p + 1;
    }
    return p;
}

/* Does "name=" begin at p? Its length, or 0. */
static size_t name_length(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_') n++;
    size_t space = strspn(p + n, " \t");
    return n && p[n + space] == '=' && p[n + space + 1] != '=' ? n + space + 1 : 0;
}

/* What a text or a share looks like elsewhere. `end`: of the line's rest. */
static cn_status check_marks(const char *begin, const char *end)
{
    static const char *const marks[] = {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x98",
                                        "\xC2\xAB"}; /* “ ” ‘ « */
    int size = (int)(end - begin);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(begin, marks[i], strlen(marks[i])) == 0)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "%.*s begins with %s, expected a text in straight quotes: \"…\"", size, begin,
                            marks[i]);
    char *number_end;
    double number = cn__strtod(begin, &number_end);
    if (number_end > begin && number_end + 1 == end && *number_end == '%')
        return cn__fail(CN_ERROR_ARGUMENT, "%.*s, expected a share, as in %g", size, begin, number / 100);
    return CN_OK;
}

/* "epochs:5", as in other languages. */
static cn_status check_colon(const cn__statement_kind *kind, const char *begin, const char *end)
{
    char name[40];
    const char *colon = memchr(begin, ':', (size_t)(end - begin));
    if (!colon) return CN_OK;
    cn__format(name, sizeof name, "%.*s", (int)(colon - begin < 39 ? colon - begin : 39), begin);
    for (size_t i = 0; i < kind->param_count; i++)
        if (cn__same_name(kind->params[i].name, name))
            return cn__fail(CN_ERROR_ARGUMENT, "%s: '%.*s', expected %s=%.*s", kind->name, (int)(end - begin),
                            begin, kind->params[i].name, (int)(end - colon - 1), colon + 1);
    return CN_OK;
}

/* A value as written; what is no word of the notation by itself (a path, say) is a word here. */
static cn_status parse_argument(cn__arena *arena, const char *begin, const char *end, cn__value *out)
{
    char *text = cn__arena_format(arena, "%.*s", (int)(end - begin), begin);
    if (!text) return CN_ERROR_MEMORY;
    bool plain = !strpbrk(text, "()[]{}\"'=") && strpbrk(text, "./-:~") && !isdigit((unsigned char)*text) &&
                 *text != '-' && *text != '.';
    if (plain || (*text == '.' && text[1] == '/')) {
        *out = (cn__value){.kind = CN_VALUE_WORD, .word = text};
        return CN_OK;
    }
    return cn__value_parse(arena, text, out);
}

typedef struct builder {
    cn__arena *arena;
    cn__value call;   /* what becomes of the line */
    cn__value models; /* its leading words, for statements that take models */
    size_t room;
} builder;

static cn_status grow(builder *b, size_t most)
{
    b->call.items = cn__arena_array(b->arena, most, sizeof *b->call.items);
    b->call.names = cn__arena_array(b->arena, most, sizeof *b->call.names);
    b->models = (cn__value){.kind = CN_VALUE_LIST};
    b->models.items = cn__arena_array(b->arena, most, sizeof *b->models.items);
    return b->call.items && b->call.names && b->models.items ? CN_OK : CN_ERROR_MEMORY;
}

/* Words in front are models while the statement takes any. */
static bool is_model(const builder *b, const cn__statement_kind *kind, const cn__value *value,
                     const char *name)
{
    size_t most = kind->takes == CN_TAKES_NONE ? 0 : kind->takes == CN_TAKES_ONE ? 1 : SIZE_MAX;
    if (name || value->kind != CN_VALUE_WORD || b->models.count >= most) return false;
    for (size_t i = 1; i < b->call.count; i++)
        if (!b->call.names[i]) return false; /* behind another plain argument */
    return true;
}

/* "0,25": the comma parts two arguments, which nobody meant who wrote the first with its name. */
static cn_status check_comma(const builder *b, const cn__statement_kind *kind, const char *line,
                             const char *p, const char *end)
{
    if (p - line < 2 || p[-1] != ',' || !isdigit((unsigned char)p[-2]) || !isdigit((unsigned char)*p))
        return CN_OK;
    const char *name = b->call.count ? b->call.names[b->call.count - 1] : NULL;
    size_t whole = 0;
    while (isdigit((unsigned char)p[-2 - (ptrdiff_t)whole])) whole++;
    const char *first = p - 1 - whole;
    if (!name) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: %s=%.*s, expected a point as the decimal mark: %.*s.%.*s",
                    kind->name, name, (int)(end - first), first, (int)whole, first, (int)(end - p), p);
}

static cn_status read_arguments(builder *b, const cn__statement_kind *kind, const char *p)
{
    const char *line = p;
    CN_TRY(grow(b, strlen(p) + 2));
    bool takes = kind->takes != CN_TAKES_NONE, ints = kind->verb == CN_VERB_DATASET_RESHAPE;
    b->call.count = takes || ints; /* the first argument is the list of models, or the shape */
    while (*(p += strspn(p, " \t\r,"))) {
        size_t n = name_length(p);
        const char *name = n ? cn__arena_format(b->arena, "%.*s", (int)strcspn(p, " \t="), p) : NULL;
        p += n ? n + strspn(p + n, " \t") : 0;
        const char *end = cn__argument_end(p);
        cn__value value;
        if (!n && !ints) CN_TRY(check_comma(b, kind, line, p, end));
        if (!n) CN_TRY(check_colon(kind, p, end));
        CN_TRY(check_marks(p, end));
        if (end == p)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: '%s=' has no value", kind->name, name ? name : "");
        CN_TRY(parse_argument(b->arena, p, end, &value));
        bool model = ints ? !name : is_model(b, kind, &value, name);
        if (model) b->models.items[b->models.count++] = value;
        else b->call.names[b->call.count] = name, b->call.items[b->call.count++] = value;
        p = end;
    }
    if (takes || ints) b->call.items[0] = b->models;
    return CN_OK;
}

/* ---- a line -------------------------------------------------------------------------------------------------------- */

static cn_status set_names(cn__arena *arena, const cn__value *models, cn__statement *s)
{
    const cn__statement_kind *kind = s->tried;
    if (kind->takes == CN_TAKES_NONE) return CN_OK;
    if (!models->count)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: no model is named; expected for example: %s m512", kind->name,
                        kind->name);
    s->names = cn__arena_array(arena, models->count, sizeof *s->names);
    if (!s->names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < models->count; i++) {
        const char *name = cn__value_name(&models->items[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, s->names[j]) == 0)
                return cn__fail(CN_ERROR_ARGUMENT, "%s: '%s' is named twice", kind->name, name);
        s->names[s->name_count++] = name;
    }
    return CN_OK;
}

/* What other programs call a data set's arguments, and a caption without its name. */
static cn_status check_dataset_habits(const cn__statement_kind *kind, const builder *b)
{
    static const char *const others[][2] = {
        {"drop", "ignore=[…]"},
        {"exclude", "ignore=[…]"},
        {"categorical", "category=[…]"},
        {"sep", "separator=\";\""},
        {"delimiter", "separator=\";\""},
        {"na_values", "missing_values=[…]"},
        {"usecols", "columns=[…]"},
        {"features", "columns=[…]"},
        {"index_col", "ignore=[…]"},
        {"test_size", "test_split=…"},
        {"parse_dates", "date=[…]"},
        {"normalise_target", "target_scale=standard"},
        {"normalize_target", "target_scale=standard"},
        {"scale_target", "target_scale=standard"},
        {"log_target", "log=[…], with the target's name"},
        {"shuffle", "time=true, which keeps the order (else rows are mixed)"}};
    for (size_t i = 0; kind->verb == CN_VERB_DATASET_LOAD && i < b->call.count; i++)
        for (size_t k = 0; b->call.names[i] && k < sizeof others / sizeof *others; k++)
            if (strcmp(b->call.names[i], others[k][0]) == 0)
                return cn__fail(CN_ERROR_ARGUMENT, "dataset: unknown argument '%s'; expected %s",
                                others[k][0], others[k][1]);
    for (size_t i = 0; kind->verb == CN_VERB_DATASET_INFO && i < b->call.count; i++)
        if (!b->call.names[i])
            return cn__fail(CN_ERROR_ARGUMENT,
                            "dataset info takes no column, it shows all of them; a caption is caption=\"…\"");
    return CN_OK;
}

/* Mistakes that habits of Python lead to, with a better message than the number of arguments. */
static cn_status check_habits(const cn__statement_kind *kind, const builder *b, const cn__statement *s)
{
    CN_TRY(check_dataset_habits(kind, b));
    static const char *const optimizers[] = {"learning_rate", "weight_decay", "clipnorm", "lr"};
    size_t plain = 0;
    bool loss = false;
    for (size_t i = 1; i < b->call.count; i++) {
        plain += !b->call.names[i];
        loss = loss || (b->call.names[i] && strcmp(b->call.names[i], "loss") == 0);
    }
    if (kind->verb == CN_VERB_MODEL && (plain > 2 || (plain && b->call.items[1].kind == CN_VALUE_INT)))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "model %s: only a \"Title\" stands on its line; layers stand indented below it, one a line",
            s->names[0]);
    for (size_t i = 1; kind->verb == CN_VERB_COMPILE && i < b->call.count; i++)
        for (size_t k = 0; b->call.names[i] && k < sizeof optimizers / sizeof *optimizers; k++)
            if (cn__same_name(b->call.names[i], optimizers[k]))
                return cn__fail(CN_ERROR_ARGUMENT,
                                "compile: %s is the optimizer's; expected for example: optimizer=adam(%s=%s)",
                                b->call.names[i],
                                strcmp(optimizers[k], "lr") == 0 ? optimizers[0] : optimizers[k],
                                cn__value_text(b->arena, &b->call.items[i]));
    if (kind->verb == CN_VERB_COMPILE && plain < 2 && !loss)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "compile: loss is missing; expected for example: compile %s optimizer=adam loss=mse",
                        s->names[0]);
    return CN_OK;
}

/* Of a line whose arguments are wrong: the models that it speaks of are not what follows expects. */
static void note_names(cn__arena *arena, const cn__value *models, cn__statement *s)
{
    s->names = models->count ? cn__arena_array(arena, models->count, sizeof *s->names) : NULL;
    for (size_t i = 0; s->names && i < models->count; i++) {
        const char *name = cn__value_name(&models->items[i]); /* NULL: a number, say */
        if (name) s->names[s->name_count++] = name;
    }
}

/* Names of arrays: a word, or a list of words. */
static cn_status check_names_of(const cn__statement_kind *kind, const cn__value *of)
{
    bool words = !of || of->kind == CN_VALUE_WORD || (of->kind == CN_VALUE_LIST && of->count);
    for (size_t i = 0; words && of && of->kind == CN_VALUE_LIST && i < of->count; i++)
        words = of->items[i].kind == CN_VALUE_WORD;
    return words ? CN_OK
                 : cn__fail(CN_ERROR_ARGUMENT, "%s: of: expected the name of an array, or names as in [a, b]",
                            kind->name);
}

/* One file for all that an option of a data set names. */
static const char *file_of(const cn__value *given)
{
    return given && given->kind == CN_VALUE_WORD ? given->word : NULL;
}

static void set_files(cn__arguments *a)
{
    a->x = file_of(a->x_given), a->y = file_of(a->y_given);
    a->test_x = file_of(a->test_x_given), a->test_y = file_of(a->test_y_given);
}

static cn_status parse(cn__arena *arena, const char *line, cn__statement *out)
{
    const cn__statement_kind *kind;
    size_t used = 0;
    builder b = {.arena = arena, .call = {.kind = CN_VALUE_CALL}};
    CN_TRY(cn__find_statement(line, &kind, &used));
    out->tried = kind;
    if (kind->verb == CN_VERB_DATASET_LOAD) CN_TRY(cn__check_second(line + used));
    b.call.word = kind->name;
    const char *rest = line + used, *space = NULL;
    if (kind->verb == CN_VERB_SWEEP) CN_TRY(cn__take_space(arena, kind, line + used, &rest, &space));
    cn_status status = read_arguments(&b, kind, rest);
    if (status != CN_OK) note_names(arena, &b.models, out);
    CN_TRY(status);
    CN_TRY(set_names(arena, &b.models, out));
    CN_TRY(check_habits(kind, &b, out));
    CN_TRY(cn__params_read(arena, kind->name, kind->params, kind->param_count, &b.call, &out->arguments));
    if (kind->verb == CN_VERB_DATASET_LOAD) set_files(&out->arguments);
    CN_TRY(check_names_of(kind, out->arguments.of));
    out->arguments.space = space;
    if (out->layers && kind->verb != CN_VERB_MODEL)
        return cn__fail(CN_ERROR_ARGUMENT, "the lines under '%s' are indented; only a model's layers are",
                        kind->name);
    out->kind = kind;
    return CN_OK;
}

bool cn__statement_next(cn__arena *arena, const char **text, size_t *line, cn__statement *out)
{
    while (**text && is_blank(*text, line_end(*text))) {
        const char *end = line_end(*text);
        *text = *end ? end + 1 : end;
        ++*line;
    }
    if (!**text) return false;
    const char *begin = *text;
    *out = (cn__statement){.line = *line};
    char *own = take_line(arena, text, line);
    out->layers_line = *line;
    out->layers = take_indented(arena, text, line);
    out->text = cn__arena_format(arena, "%.*s", (int)(*text - begin), begin);
    if (!own || !out->text) return true;
    size_t size = strlen(own);
    if (size > CN_MOST_STATEMENT)
        (void)!cn__fail(CN_ERROR_ARGUMENT, "a statement of %zu bytes, expected at most %d", size,
                        CN_MOST_STATEMENT);
    else if (isspace((unsigned char)*own))
        (void)!cn__fail(CN_ERROR_ARGUMENT, "'%.60s' is indented, and there is no model above it",
                        own + strspn(own, " \t"));
    else if (parse(arena, own, out) != CN_OK) out->kind = NULL;
    return true;
}
