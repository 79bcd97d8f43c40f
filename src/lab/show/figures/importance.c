/* Which inputs a trained model relies on: how much worse its metric on the test part gets when the values of one input are
 * mixed among the samples (Breiman, "Random forests", 2001). The columns that a word makes are mixed together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "data/preparation/preparation.h"
#include "lab/show/show.h"

typedef struct input {
    const char *name;
    size_t array, first, width; /* features of one of the network's inputs */
    double mean, deviation;
} input;

typedef struct session {
    cn__show *show;
    const cn__job *job;
    cn_model *model;
    const cn_array *const *given, *const *targets;
    size_t arrays; /* of the network's inputs */
    cn_array *x;   /* copies of them */
    const cn_array **views;
    uint32_t *order;
    const char *metric;
    double base;
    size_t repeats;
} session;

static input *inputs_of_data(cn__show *s, const cn__stage *d, size_t *count)
{
    size_t features = cn_array_sample_size(&d->test_x);
    bool table = d->preparation && cn_preparation_features(d->preparation) == features;
    *count = table ? d->preparation->input_count : features;
    input *all = cn__show_array(s, *count, sizeof *all);
    for (size_t i = 0; all && i < *count; i++) {
        const cn__input *in = table ? &d->preparation->inputs[i] : NULL;
        all[i] =
            in ? (input){.name = cn__input_label(s->arena, in), .first = in->at, .width = cn__input_width(in)}
               : (input){.name = cn__show_format(s, "%zu", i), .first = i, .width = 1};
        if (!all[i].name) return NULL;
    }
    return all;
}

/* Of arrays with names: the columns of a vector one by one, pictures and the like as a whole. */
static input *inputs_of_arrays(const session *s, size_t *count)
{
    *count = 0;
    for (size_t a = 0; a < s->arrays; a++) *count += cn__importance_inputs(s->given[a]);
    input *all = cn__show_array(s->show, *count, sizeof *all), *next = all;
    for (size_t a = 0; all && a < s->arrays; a++) {
        const char *name = cn_model_input_name(s->model, a);
        const size_t parts = cn__importance_inputs(s->given[a]), size = cn_array_sample_size(s->given[a]);
        for (size_t i = 0; i < parts; i++)
            *next++ = (input){.name = parts > 1 ? cn__show_format(s->show, "%s %zu", name, i)
                                                : cn__show_format(s->show, "%s", name),
                              .array = a,
                              .first = i,
                              .width = size / parts};
    }
    return all;
}

static cn_status evaluate(const session *s, double *out)
{
    cn_logs *logs = cn_model_evaluate(s->model, .inputs = s->views, .targets = s->targets);
    if (!logs) return cn_error_status();
    *out = cn_logs_get(logs, s->metric);
    cn_logs_free(logs);
    return CN_OK;
}

/* Takes one input's values from the samples order[0], order[1], … */
static void mix(const session *s, const input *in)
{
    const cn_array *from = s->given[in->array];
    float *to = s->x[in->array].data;
    const size_t each = cn_array_sample_size(from);
    for (size_t i = 0; i < from->shape[0]; i++)
        for (size_t k = in->first; k < in->first + in->width; k++)
            to[i * each + k] = (float)cn_array_at(from, s->order[i] * each + k);
}

static cn_status measure(session *s, size_t index, input *in)
{
    const size_t n = s->given[0]->shape[0];
    double sum = 0, squares = 0, sign = cn__more_is_better(s->metric) ? 1 : -1;
    for (size_t r = 0; r < s->repeats; r++) {
        double value = 0;
        cn__stream stream =
            cn__random_stream(s->job->seed, CN_RANDOM_DATA, 1000, (uint32_t)(index * s->repeats + r));
        cn__random_permutation(&stream, s->order, (uint32_t)n);
        mix(s, in);
        CN_TRY(evaluate(s, &value));
        double worse = sign * (s->base - value);
        sum += worse, squares += worse * worse;
    }
    for (size_t i = 0; i < n; i++) s->order[i] = (uint32_t)i;
    mix(s, in); /* as it was */
    in->mean = sum / (double)s->repeats;
    in->deviation = sqrt(fmax(squares / (double)s->repeats - in->mean * in->mean, 0));
    return CN_OK;
}

/* The greatest first; of equals as they stand in the table. */
static int by_mean(const void *a, const void *b)
{
    const input *x = a, *y = b;
    if (x->mean != y->mean) return x->mean > y->mean ? -1 : 1;
    if (x->array != y->array) return x->array < y->array ? -1 : 1;
    return x->first < y->first ? -1 : 1;
}

static cn_status show_inputs(session *s, const input *all, size_t count)
{
    enum { SHOWN = 30 };
    cn__show *show = s->show;
    size_t shown = count < SHOWN ? count : SHOWN;
    double *heights = cn__show_array(show, shown, sizeof *heights);
    const char **names = cn__show_array(show, shown, sizeof *names);
    cn__series *series = cn__show_array(show, 1, sizeof *series);
    cn__rows t = cn__rows_begin(show, 3);
    if (!heights || !names || !series) return CN_ERROR_MEMORY;
    cn__rows_add(&t, "%s", cn__show_message(show, CN_MSG_COLUMN));
    cn__rows_add(&t, "%s", cn__show_message(show, CN_MSG_IMPORTANCE));
    cn__rows_add(&t, "%s", cn__show_message(show, CN_MSG_DEVIATION));
    double most = 0;
    for (size_t i = 0; i < shown; i++) {
        names[i] = all[i].name, heights[i] = all[i].mean;
        most = fmax(most, fabs(all[i].mean));
        cn__rows_add(&t, "%s", all[i].name);
        cn__rows_add(&t, "%.4f", fabs(all[i].mean) < 0.00005 ? 0 : all[i].mean);
        cn__rows_add(&t, "%.4f", all[i].deviation);
    }
    *series = (cn__series){.split = CN_SPLIT_TEST, .count = shown, .y = heights};
    const char *caption =
        cn__show_format(show, cn__show_message(show, CN_MSG_IMPORTANCE_CAPTION), s->job->model->title,
                        cn__show_lower(show, cn__metric_title(show, s->metric)));
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .x = {.title = cn__show_message(show, CN_MSG_COLUMN)},
                             .y = {.title = cn__show_message(show, CN_MSG_IMPORTANCE)},
                             .decimals = most < 1     ? 3
                                         : most < 10  ? 2
                                         : most < 100 ? 1
                                                      : -1,
                             .series = series,
                             .series_count = 1,
                             .categories = names,
                             .category_count = shown};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    CN_TRY(cn__show_figure(show, &figure, cn__show_format(show, "importance-%s", s->job->model->name),
                           caption, NULL));
    return cn__rows_end(&t, true, caption);
}

static cn_status run(session *s)
{
    size_t count;
    input *all =
        s->job->binding ? inputs_of_arrays(s, &count) : inputs_of_data(s->show, s->job->data, &count);
    if (!all) return CN_ERROR_MEMORY;
    for (size_t a = 0; a < s->arrays; a++) CN_TRY(cn_array_to_float32(&s->x[a], s->given[a], 1));
    CN_TRY(evaluate(s, &s->base));
    for (size_t i = 0; i < count; i++) CN_TRY(measure(s, i, &all[i]));
    if (count) qsort(all, count, sizeof *all, by_mean);
    return show_inputs(s, all, count);
}

static cn_status open_session(cn__show *show, const cn__job *job, session *s)
{
    const cn__binding *b = job->binding;
    const char *metric = cn__main_metric(job);
    const cn_array **single = cn__show_array(show, 2, sizeof *single);
    *s = (session){.show = show,
                   .job = job,
                   .arrays = b ? b->inputs : 1,
                   .metric = metric ? metric : "loss",
                   .repeats = (size_t)show->step->statement.arguments.repeats};
    s->x = cn__show_array(show, s->arrays, sizeof *s->x);
    s->views = cn__show_array(show, s->arrays, sizeof *s->views);
    s->order = cn__show_array(show, (b ? b->test_x[0] : &job->data->test_x)->shape[0], sizeof *s->order);
    if (!single || !s->x || !s->views || !s->order) return CN_ERROR_MEMORY;
    single[0] = &job->data->test_x, single[1] = &job->data->test_y;
    s->given = b ? b->test_x : &single[0];
    s->targets = b ? b->test_y : &single[1];
    for (size_t a = 0; a < s->arrays; a++) s->x[a] = (cn_array){0}, s->views[a] = &s->x[a];
    return CN_OK;
}

cn_status cn__show_importance(cn__show *show)
{
    for (size_t i = 0; i < show->step->job_count; i++) {
        cn__job *j = show->step->jobs[i];
        session s;
        CN_TRY(open_session(show, j, &s));
        s.model = cn__run_model(show->run, j);
        cn_status status = s.model ? run(&s) : cn_error_status();
        for (size_t a = 0; a < s.arrays; a++) cn_array_free(&s.x[a]);
        cn_model_free(s.model);
        CN_TRY(status);
    }
    return CN_OK;
}
