/* Statement by statement, since the lab's words are Keras's: arguments keep their order and their names, a name in the
 * notation becomes a class of Keras's. What draws or counts is a function of notebook_helpers.py. */
#include "lab/language/python_code.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "lab/language/python_value.h"
#include "model/model.h"

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* A model's name as a variable: what Python or the helpers would take for something else gets a mark. */
static void add_variable(cn__text *out, const char *name)
{
    static const char *const taken[] = {"and", "as",     "class", "def", "del",   "for",    "from",
                                        "if",  "import", "in",    "is",  "keras", "lambda", "layers",
                                        "not", "np",     "or",    "plt", "print", "with"};
    if (isdigit((unsigned char)*name)) cn__text_add(out, "m_");
    for (const char *p = name; *p; p++) {
        char c = isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80 ? *p : '_';
        cn__text_add_bytes(out, &c, 1);
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        if (strcmp(name, taken[i]) == 0) cn__text_add(out, "_");
}

static void add_variables(cn__text *out, const cn__statement *s, const char *before)
{
    for (size_t i = 0; i < s->name_count; i++) {
        cn__text_printf(out, "%s%s", i ? ", " : "", before);
        add_variable(out, s->names[i]);
    }
}

static const char *title_of(const cn__step *step, size_t model)
{
    return step->models && step->models[model] ? step->models[model]->title : step->statement.names[model];
}

/* {"title": history_name, …} */
static void add_titled(cn__text *out, const cn__step *step, const char *before)
{
    cn__text_add(out, "{");
    for (size_t i = 0; i < step->statement.name_count; i++) {
        if (i) cn__text_add(out, ", ");
        cn__python_string(out, title_of(step, i));
        cn__text_printf(out, ": %s", before);
        add_variable(out, step->statement.names[i]);
    }
    cn__text_add(out, "}");
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static void no_code(cn__text *out, const cn__statement *s)
{
    cn__text_add(out, "# no Keras code for: ");
    cn__text_add_bytes(out, s->text, strcspn(s->text, "\n"));
    cn__text_add(out, "\n");
}

/* What load_table, plain Python, does not do. */
static void note_unknown(cn__text *out, const cn__arguments *a)
{
    const struct {
        const char *name;
        bool given;
    } all[] = {{"missing", a->missing},
               {"ignore", a->ignore},
               {"category", a->category},
               {"number", a->number},
               {"missing_values", a->missing_values},
               {"missing_indicator", a->missing_indicator},
               {"date", a->date},
               {"text", a->text},
               {"ordinal", a->ordinal},
               {"log", a->log},
               {"target_scale", a->target_scale},
               {"stratify", a->stratify},
               {"group", a->group},
               {"time", a->time},
               {"test", a->test}};
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (!all[i].given) continue;
        cn__text_printf(out, "%s%s", any ? ", " : "# load_table does not know: ", all[i].name);
        any = true;
    }
    if (any) cn__text_add(out, "\n");
}

static void add_load(cn__text *out, const cn__statement *s)
{
    const cn__arguments *a = &s->arguments;
    static const char target[] = "(x_train, y_train), (x_test, y_test)";
    if (a->x) {
        cn__text_printf(out, "%s = load_arrays(", target);
        const char *const files[] = {a->x, a->y, a->test_x, a->test_y};
        for (size_t i = 0; i < COUNT_OF(files); i++) {
            if (i) cn__text_add(out, ", ");
            if (files[i]) cn__python_string(out, files[i]);
            else cn__text_add(out, "None");
        }
        cn__text_printf(out, ", test_split=%.12g)\n", a->test_split > 0 ? a->test_split : 0.2);
    } else if (a->target) {
        cn__text_printf(out, "%s = load_table(", target);
        cn__python_string(out, a->file);
        cn__text_add(out, ", target=");
        cn__python_value(out, a->target, CN_NAME_PLAIN);
        if (a->columns_named) {
            cn__text_add(out, ", columns=");
            cn__python_value(out, a->columns_named, CN_NAME_PLAIN);
        }
        cn__text_printf(out, ", test_split=%.12g)\n", a->test_split > 0 ? a->test_split : 0.2);
        note_unknown(out, a);
    } else if (a->file && !strchr(a->file, '/') && !a->color_mode && !a->image_size.count) {
        cn__text_printf(out, "%s = keras.datasets.%s.load_data()\n", target, a->file);
    } else {
        no_code(out, s);
    }
}

static void add_normalise(cn__text *out, const cn__statement *s)
{
    cn__text_add(out, "x_train, x_test = normalise(x_train, x_test");
    if (s->arguments.by) {
        cn__text_add(out, ", by=");
        cn__python_value(out, s->arguments.by, CN_NAME_PLAIN);
    }
    cn__text_add(out, ")\n");
}

static void add_reshape(cn__text *out, const cn__statement *s)
{
    for (int test = 0; test < 2; test++) {
        const char *name = test ? "x_test" : "x_train";
        cn__text_printf(out, "%s = %s.reshape(-1", name, name);
        for (size_t i = 0; i < s->arguments.shape.count; i++)
            cn__text_printf(out, ", %lld", (long long)s->arguments.shape.items[i]);
        cn__text_add(out, ")\n");
    }
}

/* Layers are read as fit reads them, so that `dense 512 relu` and `dense(512, relu)` are the same. */
static void add_model(cn__text *out, const cn__step *step)
{
    const cn__statement *s = &step->statement;
    const bool graph = cn__notation_is_graph(step->models[0]->layers);
    cn_model *model = graph ? NULL : cn_model_new(s->names[0]);
    if (!model || cn_model_add_notation(model, step->models[0]->layers) != CN_OK) {
        no_code(out, s);
        cn_model_free(model);
        return;
    }
    add_variable(out, s->names[0]);
    cn__text_add(out, " = keras.Sequential([\n");
    if (!model->layer_count || !cn__same_name(cn__value_name(model->layers[0]->layer->call), "input"))
        cn__text_add(out, "    layers.Input(shape=x_train.shape[1:]),\n");
    for (size_t i = 0; i < model->layer_count; i++) {
        const cn__value *call = model->layers[i]->layer->call;
        cn__text_add(out, "    ");
        if (cn__same_name(cn__value_name(call), "input") || cn__same_name(cn__value_name(call), "reshape")) {
            const bool list = call->count == 1 && call->items[0].kind == CN_VALUE_LIST;
            const cn__value *sizes = list ? &call->items[0] : call;
            cn__text_printf(out, "layers.%s((",
                            cn__same_name(cn__value_name(call), "input") ? "Input" : "Reshape");
            for (size_t k = 0; k < sizes->count; k++) {
                cn__python_value(out, &sizes->items[k], CN_NAME_PLAIN);
                cn__text_add(out, ", ");
            }
            cn__text_add(out, "))");
        } else {
            cn__python_value(out, call, CN_NAME_LAYER);
        }
        cn__text_add(out, ",\n");
    }
    cn__text_add(out, "])\n");
    cn_model_free(model);
}

static void add_list(cn__text *out, const char *name, const cn__value *value, cn__name_scope scope)
{
    if (!value) return;
    cn__text_printf(out, ", %s=", name);
    if (value->kind != CN_VALUE_LIST) cn__text_add(out, "[");
    cn__python_value(out, value, scope);
    if (value->kind != CN_VALUE_LIST) cn__text_add(out, "]");
}

static void add_compile(cn__text *out, const cn__statement *s)
{
    const cn__arguments *a = &s->arguments;
    for (size_t i = 0; i < s->name_count; i++) {
        add_variable(out, s->names[i]);
        cn__text_add(out, ".compile(optimizer=");
        if (a->optimizer) cn__python_value(out, a->optimizer, CN_NAME_OPTIMIZER);
        else cn__text_add(out, "\"rmsprop\"");
        cn__text_add(out, ", loss=");
        cn__python_value(out, a->loss, CN_NAME_LOSS);
        add_list(out, "metrics", a->metrics, CN_NAME_METRIC);
        add_list(out, "weighted_metrics", a->weighted_metrics, CN_NAME_METRIC);
        cn__text_add(out, ")\n");
    }
}

static void add_fit_arguments(cn__text *out, const cn__arguments *a)
{
    cn__text_printf(out, "epochs=%lld", (long long)a->epochs);
    if (a->batch_size != INT64_MIN) cn__text_printf(out, ", batch_size=%lld", (long long)a->batch_size);
    if (a->validation_split > 0) cn__text_printf(out, ", validation_split=%.12g", a->validation_split);
    if (a->validation_data) cn__text_add(out, ", validation_data=(x_test, y_test)");
    add_list(out, "callbacks", a->callbacks, CN_NAME_CALLBACK);
    if (!a->shuffle) cn__text_add(out, ", shuffle=False");
    if (a->class_weight) {
        cn__text_add(out, ", class_weight=");
        cn__python_value(out, a->class_weight, CN_NAME_PLAIN);
    }
    if (a->initial_epoch) cn__text_printf(out, ", initial_epoch=%lld", (long long)a->initial_epoch);
    if (a->validation_batch_size)
        cn__text_printf(out, ", validation_batch_size=%lld", (long long)a->validation_batch_size);
    if (a->validation_freq > 1) cn__text_printf(out, ", validation_freq=%lld", (long long)a->validation_freq);
}

static void add_fit(cn__text *out, const cn__statement *s)
{
    for (size_t i = 0; i < s->name_count; i++) {
        cn__text_add(out, "history_");
        add_variable(out, s->names[i]);
        cn__text_add(out, " = ");
        add_variable(out, s->names[i]);
        cn__text_add(out, ".fit(x_train, y_train, ");
        add_fit_arguments(out, &s->arguments);
        cn__text_add(out, ", verbose=2)\n");
    }
}

/* One call for each model: `function(history_m, "Title", x_test, y_test, more)`. */
static void add_each(cn__text *out, const cn__step *step, const char *function, const char *before, bool data,
                     const char *more)
{
    for (size_t i = 0; i < step->statement.name_count; i++) {
        cn__text_printf(out, "%s(%s", function, before);
        add_variable(out, step->statement.names[i]);
        cn__text_add(out, ", ");
        cn__python_string(out, title_of(step, i));
        cn__text_printf(out, "%s%s)\n", data ? ", x_test, y_test" : "", more);
    }
}

static void add_shown(cn__text *out, const cn__step *step)
{
    const cn__arguments *a = &step->statement.arguments;
    char more[120] = "";
    switch (step->statement.kind->verb) {
    case CN_VERB_PLOT_HISTORY:
        if (isfinite(a->limit)) cn__format(more, sizeof more, ", limit=%.12g", a->limit);
        add_each(out, step, "plot_history", "history_", false, more);
        break;
    case CN_VERB_PLOT_DIFFERENCE:
        cn__format(more, sizeof more, ", %.12g, %.12g", a->accuracy_limit, a->loss_limit);
        add_each(out, step, "plot_difference", "history_", false, more);
        break;
    case CN_VERB_PLOT_CONVERGENCE:
    case CN_VERB_COMPARE:
        if (step->statement.kind->verb == CN_VERB_COMPARE && *a->by_word != 'm') {
            no_code(out, &step->statement);
            break;
        }
        cn__text_add(out, step->statement.kind->verb == CN_VERB_COMPARE ? "compare(" : "plot_convergence(");
        add_titled(out, step, "history_");
        cn__text_add(out, ")\n");
        break;
    case CN_VERB_COSTS:
        cn__text_add(out, "costs(");
        add_titled(out, step, "");
        cn__text_add(out, ")\n");
        break;
    case CN_VERB_PREDICT:
    case CN_VERB_WEIGHTS:
        cn__format(more, sizeof more, ", count=%lld", (long long)a->count);
        add_each(out, step, step->statement.kind->verb == CN_VERB_PREDICT ? "predictions" : "plot_weights",
                 "", step->statement.kind->verb == CN_VERB_PREDICT, more);
        break;
    case CN_VERB_MISCLASSIFIED:
        cn__format(more, sizeof more, ", rows=%lld, columns=%lld", (long long)a->rows, (long long)a->columns);
        add_each(out, step, "misclassified", "", true, more);
        break;
    case CN_VERB_CONFUSION: add_each(out, step, "confusion", "", true, ""); break;
    case CN_VERB_REPORT: add_each(out, step, "report", "", true, ""); break;
    case CN_VERB_PLOT_PREDICTION: add_each(out, step, "plot_prediction", "", true, ""); break;
    default: no_code(out, &step->statement);
    }
}

static void add_data(cn__text *out, const cn__statement *s)
{
    const cn__arguments *a = &s->arguments;
    switch (s->kind->verb) {
    case CN_VERB_DATASET_LOAD: add_load(out, s); break;
    case CN_VERB_DATASET_INFO: cn__text_add(out, "info(x_train, y_train, x_test, y_test)\n"); break;
    case CN_VERB_DATASET_SHOW:
        cn__text_printf(out, "show(x_train, y_train, %lld, matrix=%s)\n", (long long)a->index,
                        a->matrix ? "True" : "False");
        break;
    case CN_VERB_DATASET_GRID:
        cn__text_printf(out, "grid(x_train, y_train, rows=%lld, columns=%lld, first=%lld)\n",
                        (long long)a->rows, (long long)a->columns, (long long)a->first);
        break;
    case CN_VERB_DATASET_HISTOGRAM: cn__text_add(out, "histogram(y_train, y_test)\n"); break;
    case CN_VERB_DATASET_NORMALISE: add_normalise(out, s); break;
    case CN_VERB_DATASET_FLATTEN:
        cn__text_add(
            out, "x_train = x_train.reshape(len(x_train), -1)\nx_test = x_test.reshape(len(x_test), -1)\n");
        break;
    case CN_VERB_DATASET_RESHAPE: add_reshape(out, s); break;
    default:
        cn__text_add(
            out,
            "y_train = keras.utils.to_categorical(y_train)\ny_test = keras.utils.to_categorical(y_test)\n");
    }
}

static void add_step(cn__text *out, const cn__step *step)
{
    const cn__statement *s = &step->statement;
    switch (s->kind->verb) {
    case CN_VERB_MODEL: add_model(out, step); break;
    case CN_VERB_SUMMARY:
        add_variables(out, s, "");
        cn__text_add(out, ".summary()\n");
        break;
    case CN_VERB_COMPILE: add_compile(out, s); break;
    case CN_VERB_FIT: add_fit(out, s); break;
    case CN_VERB_EVALUATE: add_each(out, step, "evaluate", "", true, ""); break;
    case CN_VERB_SAVE:
        add_variables(out, s, "");
        cn__text_add(out, ".save(");
        cn__python_string(out, s->arguments.file);
        cn__text_add(out, ")\n");
        break;
    default:
        if (s->kind->verb <= CN_VERB_DATASET_ONE_HOT) add_data(out, s);
        else add_shown(out, step);
    }
}

static void add_steps(const cn__lab_part *part, cn__text *out)
{
    for (size_t i = 0; i < part->count; i++) {
        const cn__step *step = &part->steps[i];
        const bool model = step->statement.kind && step->statement.kind->verb == CN_VERB_MODEL;
        if (step->statement.kind && !(model && !step->models)) add_step(out, step);
        else no_code(out, &step->statement);
    }
}

/* In a block where an error is expected it is printed, and the notebook goes on. */
static void add_attempt(const cn__lab_part *part, cn__text *out)
{
    cn__text steps = {0};
    add_steps(part, &steps);
    cn__text_add(out, "try:\n");
    for (const char *line = steps.data; line && *line;) {
        size_t n = strcspn(line, "\n");
        cn__text_printf(out, "    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    if (!steps.data || *steps.data == '#') cn__text_add(out, "    pass\n"); /* a comment is no body */
    cn__text_add(out, "except Exception as error:\n    print(f\"{type(error).__name__}: {error}\")\n");
    if (steps.failed) out->failed = true;
    cn__text_free(&steps);
}

void cn__python_code(const cn__lab_part *part, cn__text *out)
{
    if (part->source->expect_error) add_attempt(part, out);
    else add_steps(part, out);
}
