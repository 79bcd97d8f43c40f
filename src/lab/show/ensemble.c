/* ensemble: several trained networks answer together. Their probabilities are averaged, or each has a vote; a tie goes to the class
 * with the greater mean probability. */
#include <math.h>
#include <string.h>

#include "train/class_report.h"
#include "lab/show/show.h"

typedef struct council {
    cn__job **jobs;
    size_t count, samples, classes;
    double *mean; /* (classes), of the sample that is looked at */
    size_t *votes;
} council;

/* A network with one output gives the probability of the second class. */
static double probability(const cn_array *p, size_t row, size_t class)
{
    const size_t each = cn_array_sample_size(p);
    if (each == 1) return class == 1 ? cn_array_at(p, row) : class ? 0 : 1 - cn_array_at(p, row);
    return class < each ? cn_array_at(p, row * each + class) : 0;
}

static void ask(const council *c, size_t sample)
{
    memset(c->votes, 0, c->classes * sizeof *c->votes);
    for (size_t k = 0; k < c->classes; k++) c->mean[k] = 0;
    for (size_t i = 0; i < c->count; i++) {
        const cn_array *p = &c->jobs[i]->outcome.prediction;
        const size_t said = cn_predicted_class(p, sample);
        if (said < c->classes) c->votes[said]++;
        for (size_t k = 0; k < c->classes; k++) c->mean[k] += probability(p, sample, k) / (double)c->count;
    }
}

static size_t answer(const council *c, bool vote)
{
    size_t best = 0;
    for (size_t k = 1; k < c->classes; k++) {
        const bool more =
            vote && c->votes[k] != c->votes[best] ? c->votes[k] > c->votes[best] : c->mean[k] > c->mean[best];
        if (more) best = k;
    }
    return best;
}

static size_t mistakes_of(const council *c, bool vote)
{
    const cn_array *labels = &c->jobs[0]->data->test_labels;
    size_t mistakes = 0;
    for (size_t n = 0; n < c->samples; n++) {
        ask(c, n);
        mistakes += (double)answer(c, vote) != cn_array_at(labels, n);
    }
    return mistakes;
}

static size_t mistakes_of_one(const cn__job *j, size_t samples)
{
    size_t mistakes = 0;
    for (size_t n = 0; n < samples; n++)
        mistakes +=
            (double)cn_predicted_class(&j->outcome.prediction, n) != cn_array_at(&j->data->test_labels, n);
    return mistakes;
}

static void add_row(cn__rows *t, const char *title, size_t mistakes, size_t samples)
{
    cn__rows_add(t, "%s", title);
    cn__rows_add(t, "%zu", mistakes);
    cn__rows_add(t, "%.4f", 1 - (double)mistakes / (double)samples);
}

/* *out: of the jobs of a step; without jobs where one of them was not run. */
static cn_status gather(cn__arena *arena, const cn__lab_step *step, council *out)
{
    council c = {.jobs = step->jobs, .count = step->job_count};
    *out = (council){0};
    for (size_t i = 0; i < c.count; i++)
        if (!cn__job_has_run(c.jobs[i]) || !c.jobs[i]->outcome.prediction.data) return CN_OK;
    const cn__stage *data = c.jobs[0]->data;
    c.samples = data->test_x.shape[0], c.classes = data->classes;
    c.mean = cn__arena_array(arena, c.classes, sizeof *c.mean);
    c.votes = cn__arena_array(arena, c.classes, sizeof *c.votes);
    if (!c.mean || !c.votes) return CN_ERROR_MEMORY;
    *out = c;
    return CN_OK;
}

cn_status cn__ensemble_accuracy(cn__arena *arena, const cn__lab_step *step, bool vote, double *out)
{
    council c;
    CN_TRY(gather(arena, step, &c));
    *out = c.count && c.samples ? 1 - (double)mistakes_of(&c, vote) / (double)c.samples : (double)NAN;
    return CN_OK;
}

cn_status cn__show_ensemble(cn__show *s)
{
    council c;
    CN_TRY(gather(s->arena, s->step, &c));
    if (!c.count) return CN_OK;
    cn__rows t = cn__rows_begin(s, 3);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_MODEL));
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_ENSEMBLE_MISTAKES));
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_ENSEMBLE_ACCURACY));
    for (size_t i = 0; i < c.count; i++)
        add_row(&t, c.jobs[i]->model->title, mistakes_of_one(c.jobs[i], c.samples), c.samples);
    const char *by = s->step->statement.arguments.by_word;
    if (strcmp(by, "vote") != 0)
        add_row(&t, cn__show_message(s, CN_MSG_ENSEMBLE_MEAN), mistakes_of(&c, false), c.samples);
    if (strcmp(by, "mean") != 0)
        add_row(&t, cn__show_message(s, CN_MSG_ENSEMBLE_VOTE), mistakes_of(&c, true), c.samples);
    return cn__rows_end(&t, true, cn__show_format(s, cn__show_message(s, CN_MSG_ENSEMBLE_CAPTION), c.count));
}
