/* Statement by statement, since the lab's words are Keras's: arguments keep their order and their names, a name in the
 * notation becomes a class of Keras's. What draws or counts is a function of notebook_helpers.py. */
#include "lab/python/python_code.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "lab/python/python_data.h"
#include "lab/python/python_graph.h"
#include "lab/python/python_value.h"
#include "model/model.h"

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

/* ---- names ----------------------------------------------------------------------------------------------------- */

static void add_variables(cn__text *out, const cn__statement *s, const char *before)
{
    for (size_t i = 0; i < s->name_count; i++) {
        cn__text_printf(out, "%s%s", i ? ", " : "", before);
        cn__python_variable(out, s->names[i]);
    }
}

static const char *title_of(const cn__lab_step *step, size_t model)
{
    return step->models && step->models[model] ? step->models[model]->title : step->statement.names[model];
}

/* {"title": history_name, …} */
static void add_titled(cn__text *out, const cn__lab_step *step, const char *before)
{
    cn__text_add(out, "{");
    for (size_t i = 0; i < step->statement.name_count; i++) {
        if (i) cn__text_add(out, ", ");
        cn__python_string(out, title_of(step, i));
        cn__text_printf(out, ": %s", before);
        cn__python_variable(out, step->statement.names[i]);
    }
    cn__text_add(out, "}");
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

/* Layers are read as fit reads them, so that `dense 512 relu` and `dense(512, relu)` are the same. */
static void add_model(cn__text *out, const cn__lab_step *step)
{
    const cn__statement *s = &step->statement;
    const char *layers = step->models[0]->layers;
    if (cn__notation_has_models(layers)) {
        cn__python_none(out, s);
        return;
    }
    if (cn__notation_is_graph(layers)) {
        if (!cn__python_graph(out, s->names[0], layers)) cn__python_none(out, s);
        return;
    }
    cn_model *model = cn_model_new(s->names[0]);
    if (!model || cn_model_add_notation(model, step->models[0]->layers) != CN_OK) {
        cn__python_none(out, s);
        cn_model_free(model);
        return;
    }
    cn__python_variable(out, s->names[0]);
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
    const bool one = value->kind != CN_VALUE_LIST && value->kind != CN_VALUE_MAP;
    cn__text_printf(out, ", %s=", name);
    if (one) cn__text_add(out, "[");
    cn__python_value(out, value, scope);
    if (one) cn__text_add(out, "]");
}

static void add_compile(cn__text *out, const cn__statement *s)
{
    const cn__arguments *a = &s->arguments;
    for (size_t i = 0; i < s->name_count; i++) {
        cn__python_variable(out, s->names[i]);
        cn__text_add(out, ".compile(optimizer=");
        if (a->optimizer) cn__python_value(out, a->optimizer, CN_NAME_OPTIMIZER);
        else cn__text_add(out, "\"rmsprop\"");
        cn__text_add(out, ", loss=");
        cn__python_value(out, a->loss, CN_NAME_LOSS);
        add_list(out, "metrics", a->metrics, CN_NAME_METRIC);
        add_list(out, "weighted_metrics", a->weighted_metrics, CN_NAME_METRIC);
        if (a->loss_weights) add_list(out, "loss_weights", a->loss_weights, CN_NAME_PLAIN);
        cn__text_add(out, ")\n");
    }
}

static bool is_test(const char *validation_data)
{
    return validation_data && strcmp(validation_data, "test") == 0;
}

static void add_fit_arguments(cn__text *out, const cn__arguments *a)
{
    cn__text_printf(out, "epochs=%lld", (long long)a->epochs);
    if (a->batch_size != INT64_MIN) cn__text_printf(out, ", batch_size=%lld", (long long)a->batch_size);
    if (a->validation_split > 0) cn__text_printf(out, ", validation_split=%.12g", a->validation_split);
    if (is_test(a->validation_data)) cn__text_add(out, ", validation_data=(x_test, y_test)");
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
    const char *validation = s->arguments.validation_data;
    if (validation && !is_test(validation)) {
        cn__text_add(out, "# the helpers do not know validation_data=");
        cn__python_string(out, validation);
        cn__text_add(out, "\n");
    }
    for (size_t i = 0; i < s->name_count; i++) {
        cn__text_add(out, "history_");
        cn__python_variable(out, s->names[i]);
        cn__text_add(out, " = ");
        cn__python_variable(out, s->names[i]);
        cn__text_add(out, ".fit(x_train, y_train, ");
        add_fit_arguments(out, &s->arguments);
        cn__text_add(out, ", verbose=2)\n");
    }
}

/* One call for each model: `function(history_m, "Title", x_test, y_test, more)`. */
static void add_each(cn__text *out, const cn__lab_step *step, const char *function, const char *before,
                     bool data, const char *more)
{
    for (size_t i = 0; i < step->statement.name_count; i++) {
        cn__text_printf(out, "%s(%s", function, before);
        cn__python_variable(out, step->statement.names[i]);
        cn__text_add(out, ", ");
        cn__python_string(out, title_of(step, i));
        cn__text_printf(out, "%s%s)\n", data ? ", x_test, y_test" : "", more);
    }
}

/* The helpers for predictions are for one output. */
static bool is_of_several(const cn__lab_step *step)
{
    switch (step->statement.kind->verb) {
    case CN_VERB_PREDICT:
    case CN_VERB_CONFUSION:
    case CN_VERB_REPORT:
    case CN_VERB_MISCLASSIFIED:
    case CN_VERB_PLOT_PREDICTION: break;
    default: return false;
    }
    for (size_t i = 0; i < step->job_count; i++)
        if (step->jobs[i]->binding) return true;
    return false;
}

static void add_shown(cn__text *out, const cn__lab_step *step)
{
    const cn__arguments *a = &step->statement.arguments;
    if (is_of_several(step)) {
        cn__python_none(out, &step->statement);
        return;
    }
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
            cn__python_none(out, &step->statement);
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
    default: cn__python_none(out, &step->statement);
    }
}

static void add_step(cn__text *out, const cn__lab_step *step)
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
        if (s->kind->verb <= CN_VERB_DATASET_ONE_HOT) cn__python_data(out, step);
        else add_shown(out, step);
    }
}

static void add_steps(const cn__lab_part *part, cn__text *out)
{
    for (size_t i = 0; i < part->count; i++) {
        const cn__lab_step *step = &part->steps[i];
        const bool model = step->statement.kind && step->statement.kind->verb == CN_VERB_MODEL;
        if (step->statement.kind && !(model && !step->models)) add_step(out, step);
        else cn__python_none(out, &step->statement);
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
