/* Which arrays of the data a network takes: those that have the names of its inputs and outputs. What one output came to is shown
 * as a network of one output is, through a job of its own. */
#include <math.h>
#include <string.h>

#include "lab/program/analyzer.h"
#include "model/model.h"

/* Of data with one input and one target. */
static cn_status check_single(const cn_model *m, const cn__stage *data)
{
    const size_t inputs = cn_model_input_count(m), outputs = cn_model_output_count(m);
    if (inputs == 1 && outputs == 1) return CN_OK;
    return cn__fail(
        CN_ERROR_DATA,
        "the network has %zu input%s and %zu output%s, the data set %s one of each; expected arrays that are "
        "called as they are: dataset FILE.npz, or dataset x={%s: X.npy, …} y={%s: Y.npy, …}",
        inputs, inputs == 1 ? "" : "s", outputs, outputs == 1 ? "" : "s", data->name,
        cn_model_input_name(m, 0), cn_model_output_name(m, 0));
}

/* The only array of the kind, which needs no name. */
static const cn__named *only_one(const cn__stage *data, bool target)
{
    const cn__named *found = NULL;
    for (size_t i = 0; i < data->named_count; i++) {
        const cn__named *n = &data->named[i];
        if (n->input && n->target) return NULL;
        if (!(target ? n->target : n->input)) continue;
        if (found) return NULL;
        found = n;
    }
    return found;
}

static cn_status find_array(const cn__stage *data, const char *name, bool target, size_t count,
                            const cn__named **out)
{
    const char *what = target ? "output" : "input";
    *out = cn__find_named(data, name);
    if (!*out && count == 1) *out = only_one(data, target);
    if (!*out) {
        (void)!cn__fail_named(data, "array", name);
        return cn__fail_in("the network's %s '%s'", what, name);
    }
    if (target ? (*out)->target : (*out)->input) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "the array '%s' is %s of the data, and %s of the network", name,
                    target ? "an input" : "a target", target ? "an output" : "an input");
}

/* `validation`: arrays of the same names in the same order, or NULL. */
static cn_status fill(const cn_model *m, const cn__stage *data, const cn__stage *validation, cn__binding *b)
{
    const cn__named *array;
    for (size_t i = 0; i < b->inputs; i++) {
        CN_TRY(find_array(data, cn_model_input_name(m, i), false, b->inputs, &array));
        b->x[i] = &array->stage->x, b->test_x[i] = &array->stage->test_x;
        b->validation_x[i] = validation ? &validation->named[array - data->named].stage->x : b->test_x[i];
    }
    for (size_t o = 0; o < b->outputs; o++) {
        if (!m->objectives[o].has_loss && !cn__find_named(data, b->names[o])) continue;
        CN_TRY(find_array(data, b->names[o], true, b->outputs, &array));
        b->targets[o] = array;
        b->y[o] = &array->stage->y, b->test_y[o] = &array->stage->test_y;
        b->validation_y[o] = validation ? &validation->named[array - data->named].stage->y : b->test_y[o];
    }
    return CN_OK;
}

cn_status cn__bind(cn__arena *arena, const cn_model *m, const cn__stage *data, const cn__stage *validation,
                   cn__binding **out)
{
    *out = NULL;
    if (!data->named_count) return check_single(m, data);
    cn__binding *b = cn__arena_alloc(arena, sizeof *b);
    if (!b) return CN_ERROR_MEMORY;
    *b = (cn__binding){.inputs = cn_model_input_count(m), .outputs = cn_model_output_count(m)};
    const size_t arrays = 3 * (b->inputs + b->outputs);
    b->x = cn__arena_array(arena, arrays, sizeof *b->x);
    b->targets = cn__arena_array(arena, b->outputs, sizeof *b->targets);
    b->names = cn__arena_array(arena, b->outputs, sizeof *b->names);
    b->thresholds = cn__arena_array(arena, b->outputs, sizeof *b->thresholds);
    if (!b->x || !b->targets || !b->names || !b->thresholds) return CN_ERROR_MEMORY;
    b->test_x = b->x + b->inputs;
    b->y = b->test_x + b->inputs;
    b->test_y = b->y + b->outputs;
    b->validation_x = b->test_y + b->outputs;
    b->validation_y = b->validation_x + b->inputs;
    for (size_t o = 0; o < b->outputs; o++) {
        b->thresholds[o] = (double)NAN;
        if (!(b->names[o] = cn__arena_strdup(arena, cn_model_output_name(m, o)))) return CN_ERROR_MEMORY;
    }
    CN_TRY(fill(m, data, validation, b));
    *out = b;
    return CN_OK;
}

size_t cn__importance_inputs(const cn_array *x) { return x->ndim == 2 ? cn_array_sample_size(x) : 1; }

/* ---- one output -------------------------------------------------------------------------------------------------- */

static cn_status fail_output(const cn__job *job, const char *name)
{
    if (!job->binding || job->binding->outputs == 1)
        return cn__fail(CN_ERROR_ARGUMENT, "output=%s: %s has one output", name, job->model->name);
    return cn__fail_word(CN_ERROR_ARGUMENT, "output", name, job->binding->names, job->binding->outputs);
}

bool cn__output_is_shown(const cn__job *job, size_t output, const cn__statement *s)
{
    const cn__binding *b = job->binding;
    const cn__verb verb = s->kind->verb;
    if (!b->targets[output] || (s->arguments.output && strcmp(s->arguments.output, b->names[output]) != 0))
        return false;
    const bool classes = b->targets[output]->stage->task == CN_TASK_CLASSES;
    if (verb == CN_VERB_PLOT_PREDICTION || verb == CN_VERB_PLOT_RESIDUALS) return !classes;
    return verb == CN_VERB_PREDICT || classes;
}

cn_status cn__check_output(const cn__job *job, const cn__statement *s)
{
    const cn__binding *b = job->binding;
    const char *name = s->arguments.output;
    bool known = !name, any = false;
    for (size_t o = 0; b && o < b->outputs; o++) {
        known = known || strcmp(b->names[o], name) == 0;
        any = any || cn__output_is_shown(job, o, s);
    }
    if (!known && fail_output(job, name) != CN_OK) return cn__fail_in("%s", s->kind->name);
    if (!b || any) return CN_OK;
    const bool numbers = s->kind->verb == CN_VERB_PLOT_PREDICTION || s->kind->verb == CN_VERB_PLOT_RESIDUALS;
    return cn__fail(CN_ERROR_DATA, "%s: %s%s of %s has %s", s->kind->name, name ? "output " : "no output",
                    name ? name : "", job->model->name,
                    name ? (numbers ? "classes as targets, not numbers" : "numbers as targets, not classes")
                         : (numbers ? "numbers as targets" : "classes as targets"));
}

cn__job *cn__output_job(cn__arena *arena, const cn__job *job, size_t output)
{
    const cn__binding *b = job->binding;
    cn__job *view = cn__arena_alloc(arena, sizeof *view);
    cn__stage *data = cn__arena_alloc(arena, sizeof *data);
    cn__lab_model *model = cn__arena_alloc(arena, sizeof *model);
    if (!view || !data || !model) return NULL;
    *view = *job, *data = *job->data, *model = *job->model;
    cn__stage_view(data, NULL, b->targets[output]);
    view->binding = NULL;
    view->data = data;
    view->model = model;
    view->threshold = b->thresholds[output];
    if (output)
        view->outcome.prediction = job->outcome.further ? job->outcome.further[output - 1] : (cn_array){0};
    view->outcome.prediction.owned = false;
    if (b->outputs == 1) return view;
    model->name = cn__arena_format(arena, "%s-%s", job->model->name, b->names[output]);
    model->title = cn__arena_format(arena, "%s: %s", job->model->title, b->names[output]);
    return model->name && model->title ? view : NULL;
}
