/* Which function shows which statement, for all its models or for one output of a network after the other. */
#include "lab/show/show.h"

#include <string.h>

#include "base/text/text.h"

/* ---- which shows what ------------------------------------------------------------------------------------------------ */

static cn_status nothing(cn__show *s)
{
    (void)s;
    return CN_OK;
}

static cn_status (*const shows[CN_VERBS])(cn__show *) = {
    [CN_VERB_DATASET_LOAD] = cn__show_dataset,
    [CN_VERB_DATASET_INFO] = cn__show_dataset,
    [CN_VERB_DATASET_SHOW] = cn__show_dataset,
    [CN_VERB_DATASET_GRID] = cn__show_dataset,
    [CN_VERB_DATASET_HISTOGRAM] = cn__show_dataset,
    [CN_VERB_DATASET_DESCRIBE] = cn__show_describe,
    [CN_VERB_DATASET_SCATTER] = cn__show_scatter_columns,
    [CN_VERB_DATASET_CORRELATION] = cn__show_correlation,
    [CN_VERB_DATASET_PAIRS] = cn__show_pairs,
    [CN_VERB_DATASET_BOXPLOT] = cn__show_boxplot,
    [CN_VERB_DATASET_MISSING] = cn__show_missing_values,
    [CN_VERB_DATASET_NORMALISE] = cn__show_dataset,
    [CN_VERB_DATASET_FLATTEN] = cn__show_dataset,
    [CN_VERB_DATASET_RESHAPE] = cn__show_dataset,
    [CN_VERB_DATASET_ONE_HOT] = cn__show_dataset,
    [CN_VERB_MODEL] = nothing,
    [CN_VERB_SUMMARY] = cn__show_summary,
    [CN_VERB_PLAN] = cn__show_plan,
    [CN_VERB_COMPILE] = nothing,
    [CN_VERB_FIT] = cn__show_fit,
    [CN_VERB_EVALUATE] = cn__show_evaluate,
    [CN_VERB_PREDICT] = cn__show_predict,
    [CN_VERB_SAVE] = cn__show_save,
    [CN_VERB_PLOT_HISTORY] = cn__show_history,
    [CN_VERB_PLOT_DIFFERENCE] = cn__show_difference,
    [CN_VERB_PLOT_CONVERGENCE] = cn__show_convergence,
    [CN_VERB_PLOT_PREDICTION] = cn__show_prediction,
    [CN_VERB_PLOT_ROC] = cn__show_roc,
    [CN_VERB_PLOT_PRECISION_RECALL] = cn__show_precision_recall,
    [CN_VERB_PLOT_CALIBRATION] = cn__show_calibration,
    [CN_VERB_PLOT_RESIDUALS] = cn__show_residuals,
    [CN_VERB_PLOT_MODEL] = cn__show_drawing,
    [CN_VERB_PLOT_KERNELS] = cn__show_kernels,
    [CN_VERB_PLOT_ACTIVATIONS] = cn__show_activations,
    [CN_VERB_PLOT_GRADCAM] = cn__show_gradcam,
    [CN_VERB_PLOT_BOUNDARY] = cn__show_boundary,
    [CN_VERB_PLOT_RECONSTRUCTION] = cn__show_reconstruction,
    [CN_VERB_COMPARE] = cn__show_compare,
    [CN_VERB_COSTS] = cn__show_costs,
    [CN_VERB_CONFUSION] = cn__show_confusion,
    [CN_VERB_REPORT] = cn__show_report,
    [CN_VERB_MISCLASSIFIED] = cn__show_misclassified,
    [CN_VERB_WEIGHTS] = cn__show_weights,
    [CN_VERB_REPEAT] = cn__show_repeat,
    [CN_VERB_CROSSVALIDATE] = cn__show_crossvalidate,
    [CN_VERB_IMPORTANCE] = cn__show_importance,
    [CN_VERB_ENSEMBLE] = cn__show_ensemble,
    [CN_VERB_SWEEP] = cn__show_sweep,
};

/* Statements that show their models beside each other give one that --only left out its place. */
static bool is_beside(const cn__lab_step *step)
{
    switch (step->statement.kind->verb) {
    case CN_VERB_EVALUATE:
    case CN_VERB_COMPARE:
    case CN_VERB_PLOT_CONVERGENCE: return true;
    default:
        return step->statement.kind->needs < CN_NEEDS_FIT && !cn__verb_trains(step->statement.kind->verb);
    }
}

/* The step with the models of --only alone. */
static cn_status leave_out(cn__show *s, const cn__lab_step *from, cn__lab_step *to)
{
    const size_t count = from->statement.name_count;
    *to = *from;
    if (is_beside(from)) return CN_OK;
    to->statement.names = cn__show_array(s, count, sizeof *to->statement.names);
    to->models = cn__show_array(s, count, sizeof *to->models);
    to->jobs = cn__show_array(s, count, sizeof *to->jobs);
    if (!to->statement.names || !to->models || !to->jobs) return CN_ERROR_MEMORY;
    to->statement.name_count = to->job_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!from->models[i]->wanted) continue;
        const size_t k = to->statement.name_count++;
        to->statement.names[k] = from->statement.names[i];
        to->models[k] = from->models[i];
        if (i < from->job_count) to->jobs[to->job_count++] = from->jobs[i];
    }
    return CN_OK;
}

/* Does the statement show what an output says, so that a network with several is shown output by output? */
static bool is_of_outputs(const cn__lab_step *step)
{
    switch (step->statement.kind->verb) {
    case CN_VERB_PREDICT: return !step->statement.arguments.file;
    case CN_VERB_CONFUSION:
    case CN_VERB_REPORT:
    case CN_VERB_ENSEMBLE:
    case CN_VERB_MISCLASSIFIED:
    case CN_VERB_PLOT_PREDICTION:
    case CN_VERB_PLOT_RESIDUALS:
    case CN_VERB_PLOT_ROC:
    case CN_VERB_PLOT_PRECISION_RECALL:
    case CN_VERB_PLOT_CALIBRATION: return true;
    default: return false;
    }
}

static size_t shown_outputs(const cn__lab_step *step, size_t job)
{
    const cn__binding *b = step->jobs[job]->binding;
    size_t count = 0;
    if (!b) return 1;
    for (size_t o = 0; o < b->outputs; o++)
        count += cn__output_is_shown(step->jobs[job], o, &step->statement);
    return count;
}

static void add_shown(cn__lab_step *to, cn__job *job)
{
    const size_t k = to->job_count++;
    to->jobs[k] = job;
    to->models[k] = job->model;
    to->statement.names[k] = job->model->name;
    to->statement.name_count = to->job_count;
}

/* The step with each output that it shows in the place of its network. */
static cn_status part_outputs(cn__show *s, cn__lab_step *step)
{
    const cn__lab_step from = *step;
    size_t count = 0;
    if (!is_of_outputs(step)) return CN_OK;
    for (size_t i = 0; i < from.job_count; i++) count += shown_outputs(&from, i);
    step->statement.names = cn__show_array(s, count, sizeof *step->statement.names);
    step->models = cn__show_array(s, count, sizeof *step->models);
    step->jobs = cn__show_array(s, count, sizeof *step->jobs);
    if (!step->statement.names || !step->models || !step->jobs) return CN_ERROR_MEMORY;
    step->statement.name_count = step->job_count = 0;
    for (size_t i = 0; i < from.job_count; i++) {
        cn__job *job = from.jobs[i];
        if (!job->binding) add_shown(step, job);
        for (size_t o = 0; job->binding && o < job->binding->outputs; o++) {
            if (!cn__output_is_shown(job, o, &from.statement)) continue;
            cn__job *one = cn__output_job(s->arena, job, o);
            if (!one) return CN_ERROR_MEMORY;
            add_shown(step, one);
        }
    }
    return CN_OK;
}

/* A fit that was to run and did not come to its end: what speaks of it has nothing to show. */
static const cn__lab_model *failed_fit(const cn__lab_step *step)
{
    for (size_t i = 0; i < step->job_count && !cn__verb_trains(step->statement.kind->verb); i++)
        if (step->models[i]->wanted && !cn__job_has_run(step->jobs[i])) return step->models[i];
    return NULL;
}

static cn_status show_kept(cn__show *s)
{
    const cn__lab_model *failed = failed_fit(s->step);
    return failed ? cn__fail(CN_ERROR_STATE, "%s: %s was not trained to its end",
                             s->step->statement.kind->name, failed->name)
                  : shows[s->step->statement.kind->verb](s);
}

cn_status cn__show_step(cn__show *s)
{
    const cn__lab_step *step = s->step;
    cn__lab_step kept;
    if (step->mistake) return cn__show_error(s, step->mistake);
    if (!step->wanted) return CN_OK;
    CN_TRY(leave_out(s, step, &kept));
    CN_TRY(part_outputs(s, &kept));
    s->step = &kept;
    cn_status status = show_kept(s);
    s->step = step;
    return status == CN_OK ? CN_OK : cn__fail_in("%s:%zu", s->program->document.path, step->statement.line);
}

/* ---- what --only left out ------------------------------------------------------------------------------------------ */

static bool is_missing(const cn__lab_step *step)
{
    return !step->mistake && step->statement.kind && step->statement.kind->needs >= CN_NEEDS_COMPILED;
}

/* Did an earlier statement of the part name the model? */
static bool is_named(const cn__lab_part *part, size_t step, size_t model)
{
    const cn__lab_model *m = part->steps[step].models[model];
    for (size_t i = 0; i <= step; i++)
        for (size_t k = 0; is_missing(&part->steps[i]) && k < part->steps[i].statement.name_count; k++)
            if (i == step && k == model) return false;
            else if (part->steps[i].models[k] == m) return true;
    return false;
}

cn_status cn__show_left_out(cn__show *s, const cn__lab_part *part)
{
    cn__text text = {0};
    for (size_t i = 0; i < part->count; i++) {
        const cn__lab_step *step = &part->steps[i];
        if (!is_missing(step) || (step->wanted && is_beside(step))) continue;
        for (size_t k = 0; k < step->statement.name_count; k++)
            if (!step->models[k]->wanted && !is_named(part, i, k))
                cn__text_printf(&text, "%s: %s\n", step->models[k]->title,
                                cn__show_message(s, CN_MSG_NOT_RUN));
    }
    cn_status status = text.data ? cn__show_log(s, text.data) : CN_OK;
    cn__text_free(&text);
    return status;
}
