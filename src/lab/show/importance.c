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
    size_t first, width; /* features */
    double mean, deviation;
} input;

static input *inputs_of(cn__show *s, const cn__stage *d, size_t *count)
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
    }
    return all;
}

static cn_status evaluate(cn_model *m, const cn_array *x, const cn_array *y, const char *name, double *out)
{
    cn_logs *logs = cn_model_evaluate(m, x, y);
    if (!logs) return cn_error_status();
    *out = cn_logs_get(logs, name);
    cn_logs_free(logs);
    return CN_OK;
}

/* x with one input's values taken from the samples order[0], order[1], … */
static void mix(cn_array *to, const cn_array *from, const input *in, const uint32_t *order)
{
    size_t each = cn_array_sample_size(from);
    for (size_t i = 0; i < from->shape[0]; i++)
        memcpy((float *)to->data + i * each + in->first,
               (const float *)from->data + order[i] * each + in->first, in->width * sizeof(float));
}

typedef struct session {
    cn__show *show;
    const cn__job *job;
    cn_model *model;
    cn_array x; /* a copy */
    uint32_t *order;
    const char *metric;
    double base;
    size_t repeats;
} session;

static cn_status measure(session *s, size_t index, input *in)
{
    const cn__stage *d = s->job->data;
    size_t n = d->test_x.shape[0];
    double sum = 0, squares = 0, sign = cn__more_is_better(s->metric) ? 1 : -1;
    for (size_t r = 0; r < s->repeats; r++) {
        double value = 0;
        cn__stream stream =
            cn__random_stream(s->job->seed, CN_RANDOM_DATA, 1000, (uint32_t)(index * s->repeats + r));
        cn__random_permutation(&stream, s->order, (uint32_t)n);
        mix(&s->x, &d->test_x, in, s->order);
        CN_TRY(evaluate(s->model, &s->x, &d->test_y, s->metric, &value));
        double worse = sign * (s->base - value);
        sum += worse, squares += worse * worse;
    }
    for (size_t i = 0; i < n; i++) s->order[i] = (uint32_t)i;
    mix(&s->x, &d->test_x, in, s->order); /* as it was */
    in->mean = sum / (double)s->repeats;
    in->deviation = sqrt(fmax(squares / (double)s->repeats - in->mean * in->mean, 0));
    return CN_OK;
}

/* The greatest first; of equals as they stand in the table. */
static int by_mean(const void *a, const void *b)
{
    const input *x = a, *y = b;
    if (x->mean != y->mean) return x->mean > y->mean ? -1 : 1;
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
    cn__rows_add(&t, "%s", cn__say(show, CN_WORD_COLUMN));
    cn__rows_add(&t, "%s", cn__say(show, CN_WORD_IMPORTANCE));
    cn__rows_add(&t, "%s", cn__say(show, CN_WORD_DEVIATION));
    for (size_t i = 0; i < shown; i++) {
        names[i] = all[i].name, heights[i] = all[i].mean;
        cn__rows_add(&t, "%s", all[i].name);
        cn__rows_add(&t, "%.4f", fabs(all[i].mean) < 0.00005 ? 0 : all[i].mean);
        cn__rows_add(&t, "%.4f", all[i].deviation);
    }
    *series = (cn__series){.split = CN_SPLIT_TEST, .count = shown, .y = heights};
    const char *caption =
        cn__show_format(show, cn__say(show, CN_WORD_IMPORTANCE_CAPTION), s->job->model->title,
                        cn__show_lower(show, cn__metric_title(show, s->metric)));
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .x = {.title = cn__say(show, CN_WORD_COLUMN)},
                             .y = {.title = cn__say(show, CN_WORD_IMPORTANCE)},
                             .decimals = -1,
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
    const cn__stage *d = s->job->data;
    input *all = inputs_of(s->show, d, &count);
    s->order = cn__show_array(s->show, d->test_x.shape[0], sizeof *s->order);
    if (!all || !s->order) return CN_ERROR_MEMORY;
    CN_TRY(cn_array_to_float32(&s->x, &d->test_x, 1));
    CN_TRY(evaluate(s->model, &d->test_x, &d->test_y, s->metric, &s->base));
    for (size_t i = 0; i < count; i++) CN_TRY(measure(s, i, &all[i]));
    if (count) qsort(all, count, sizeof *all, by_mean);
    return show_inputs(s, all, count);
}

cn_status cn__show_importance(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) {
        cn__job *j = s->step->jobs[i];
        const char *metric = cn__main_metric(j);
        session one = {.show = s,
                       .job = j,
                       .model = cn__run_model(s->run, j),
                       .metric = metric ? metric : "loss",
                       .repeats = (size_t)s->step->statement.arguments.repeats};
        cn_status status = one.model ? run(&one) : cn_error_status();
        cn_array_free(&one.x);
        cn_model_free(one.model);
        CN_TRY(status);
    }
    return CN_OK;
}
