/* The table on a report's first page. */
#include "lab/show/first_page.h"

#include <math.h>
#include <string.h>

#include "base/system/system.h"
#include "base/text/text.h"
#include "lab/language/catalogue.h"

typedef struct page {
    const cn__program_run *run;
    const cn__program *program;
    cn__arena *arena;
    cn__language language;
    const char *cells[40];
    size_t count;
    bool failed;
} page;

static const char *message(const page *t, cn__msg word) { return cn__catalogue(t->language, word); }

static void add_pair(page *t, const char *name, const char *format, ...) CN_PRINTF(3, 4);
static void add_pair(page *t, const char *name, const char *format, ...)
{
    char buffer[600];
    va_list arguments;
    va_start(arguments, format);
    cn__vformat(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    const char *text = cn__arena_strdup(t->arena, buffer);
    t->failed = t->failed || !text;
    t->cells[t->count++] = name;
    t->cells[t->count++] = text;
}

/* ---- the best, and those that are as good ------------------------------------------------------------------------ */

/* The name that models are compared by, and its value at the end. */
static double score(const cn__job *j, const char **name)
{
    static const char *const names[] = {"val_accuracy", "accuracy", "val_loss", "loss"};
    for (int i = 0; i < 4; i++) {
        const double *v = cn__curves_find(&j->outcome.history, names[i]);
        if (v && j->outcome.history.epochs) {
            *name = names[i];
            return v[j->outcome.history.epochs - 1];
        }
    }
    *name = NULL;
    return (double)NAN;
}

enum { MOST_BEST = 6 };

typedef struct leaders {
    const cn__job *jobs[MOST_BEST]; /* the best one first */
    size_t count, candidates;       /* count: also of those that have no room */
    const char *by;
    double best, margin; /* a smaller difference says nothing; 0: there is no such estimate */
    size_t samples;
} leaders;

static bool is_candidate(const page *t, const cn__lab_model *m)
{
    return cn__job_has_run(m->all) && cn__is_listed(t->program->document.summary, m->name);
}

static size_t validation_samples(const cn__job *j, const char *by)
{
    const double n = (double)j->data->x.shape[0];
    if (strncmp(by, "val_", 4) != 0) return (size_t)n;
    if (j->validation) return j->validation->x.shape[0];
    return j->fit.validation_data ? j->data->test_x.shape[0]
                                  : (size_t)(n - floor(n * (1 - j->fit.validation_split)));
}

/* Two standard errors of the difference of two proportions near p, each measured on n samples. */
static double margin_of(double p, size_t n)
{
    return p > 0 && p < 1 && n ? 2 * sqrt(2 * p * (1 - p) / (double)n) : 0;
}

/* Of two with equal accuracy the one that is surer of it. */
static bool has_less_loss(const cn__job *a, const cn__job *b, const char *by)
{
    const char *name = strncmp(by, "val_", 4) == 0 ? "val_loss" : "loss";
    const double *x = cn__curves_find(&a->outcome.history, name),
                 *y = cn__curves_find(&b->outcome.history, name);
    return x && y && x[a->outcome.history.epochs - 1] < y[b->outcome.history.epochs - 1];
}

static void find_best(const page *t, leaders *l)
{
    const char *name;
    for (size_t i = 0; i < t->program->model_count; i++) {
        const cn__job *j = t->program->models[i]->all;
        if (!is_candidate(t, t->program->models[i])) continue;
        const double value = score(j, &name);
        if (!name || isnan(value) || (l->by && strcmp(l->by, name) != 0)) continue;
        l->candidates++;
        const bool better = !l->jobs[0] || (cn__more_is_better(name) ? value > l->best : value < l->best);
        if (!better && !(value == l->best && has_less_loss(j, l->jobs[0], name))) continue;
        l->jobs[0] = j, l->by = name, l->best = value;
    }
    if (!l->jobs[0]) return;
    l->count = 1;
    l->samples = validation_samples(l->jobs[0], l->by);
    if (strstr(l->by, "accuracy")) l->margin = margin_of(l->best, l->samples);
}

static void find_ties(const page *t, leaders *l)
{
    const char *name;
    for (size_t i = 0; l->count && i < t->program->model_count; i++) {
        const cn__job *j = t->program->models[i]->all;
        if (!is_candidate(t, t->program->models[i]) || j == l->jobs[0]) continue;
        const double value = score(j, &name);
        if (!name || strcmp(l->by, name) != 0 || !(fabs(value - l->best) <= l->margin)) continue;
        if (l->count < MOST_BEST) l->jobs[l->count] = j;
        l->count++;
    }
}

/* "Validation Accuracy" -> "Validation accuracy" */
static void sentence_case(char *text)
{
    for (char *c = text; *c; c++)
        if (*c >= 'A' && *c <= 'Z' && c > text && c[1] >= 'a' && c[1] <= 'z') *c = (char)(*c - 'A' + 'a');
}

static const char *with_metric(page *t, cn__msg word, const char *metric)
{
    char text[100];
    cn__format(text, sizeof text, cn__catalogue(t->language, word),
               message(t, strstr(metric, "accuracy") ? CN_MSG_ACCURACY : CN_MSG_LOSS));
    if (t->language == CN_ENGLISH) sentence_case(text);
    return cn__arena_strdup(t->arena, text);
}

/* One value, or from the least to the greatest of those that tie. */
static void add_values(page *t, const char *name, const double *values, size_t count, bool whole)
{
    char low[40], high[40];
    const double least = cn__values_extreme(values, count, false, NULL),
                 most = cn__values_extreme(values, count, true, NULL);
    if (isnan(least)) return;
    if (whole) {
        cn__grouped(t->language, (long long)least, low, sizeof low);
        cn__grouped(t->language, (long long)most, high, sizeof high);
    } else {
        cn__format(low, sizeof low, "%.4f", least);
        cn__format(high, sizeof high, "%.4f", most);
    }
    if (strcmp(low, high) == 0) add_pair(t, name, "%s", low);
    else add_pair(t, name, "%s – %s", low, high);
}

static void add_titles(page *t, const leaders *l)
{
    cn__text text = {0};
    char count[40];
    for (size_t i = 0; i < l->count && i < MOST_BEST; i++)
        cn__text_printf(&text, "%s%s", i ? ", " : "", l->jobs[i]->model->title);
    if (l->count > MOST_BEST) cn__text_add(&text, ", …");
    /* of a single one nothing is said to be best */
    const cn__msg head = l->candidates == 1 ? CN_MSG_MODEL : l->count > 1 ? CN_MSG_BEST_TIED : CN_MSG_BEST;
    if (text.data) add_pair(t, message(t, head), "%s", text.data);
    cn__text_free(&text);
    if (l->count > 1 && l->margin > 0)
        add_pair(t, message(t, CN_MSG_TIE), message(t, CN_MSG_TIE_MARGIN), l->margin,
                 cn__grouped(t->language, (long long)l->samples, count, sizeof count));
}

static void add_best(page *t)
{
    leaders l = {0};
    double values[MOST_BEST], tests[MOST_BEST], parameters[MOST_BEST];
    const char *name;
    find_best(t, &l);
    find_ties(t, &l);
    if (!l.count) return;
    const bool validation = strncmp(l.by, "val_", 4) == 0;
    const size_t shown = l.count < MOST_BEST ? l.count : MOST_BEST;
    for (size_t i = 0; i < shown; i++) {
        const double *test = cn__curves_find(&l.jobs[i]->outcome.test, validation ? l.by + 4 : l.by);
        values[i] = score(l.jobs[i], &name);
        tests[i] = test ? *test : (double)NAN;
        parameters[i] = (double)cn__lab_parameters(l.jobs[i]->model);
    }
    add_titles(t, &l);
    if (validation) add_values(t, with_metric(t, CN_MSG_BEST_VALIDATION, l.by), values, shown, false);
    add_values(t, with_metric(t, CN_MSG_BEST_TEST, l.by), tests, shown, false);
    add_values(t, message(t, CN_MSG_PARAMETERS), parameters, shown, true);
}

/* ---- data, time, the whole ------------------------------------------------------------------------------------------ */

/* The data sets of the trainings, in their order; no more than a line holds. */
static void add_data(page *t)
{
    const cn__program *p = t->program;
    cn__text text = {0};
    char training[40], test[40];
    for (size_t i = 0, seen = 0; i < p->job_count; i++) {
        const cn__stage *d = cn__stage_first(p->jobs[i]->data);
        size_t before = 0;
        while (cn__stage_first(p->jobs[before]->data) != d) before++;
        if (before == i && seen++ < 4)
            cn__text_printf(&text, "%s%s (%s + %s)", seen > 1 ? ", " : "", d->name,
                            cn__grouped(t->language, (long long)d->x.shape[0], training, sizeof training),
                            cn__grouped(t->language, (long long)d->test_x.shape[0], test, sizeof test));
    }
    if (text.data) add_pair(t, message(t, CN_MSG_DATA), "%s", text.data);
    cn__text_free(&text);
}

/* Of all trainings, as it was when they ran: the cache keeps it, and a report that is written again says the same. */
static double training_seconds(const cn__program *p)
{
    double seconds = 0;
    for (size_t i = 0; i < p->job_count; i++)
        for (size_t e = 0; cn__job_has_run(p->jobs[i]) && e < cn__outcome_epochs(&p->jobs[i]->outcome); e++)
            seconds += p->jobs[i]->outcome.seconds[e];
    return seconds;
}

cn_status cn__first_page(const cn__program_run *run, const char *hash, cn__report_table *out)
{
    cn__program *p = run->program;
    page t = {.run = run, .program = p, .arena = &p->arena, .language = (cn__language)p->language};
    const unsigned long failures = cn__memory_failures();
    size_t trained = 0;
    for (size_t i = 0; i < p->job_count; i++) trained += cn__job_has_run(p->jobs[i]);
    add_pair(&t, message(&t, CN_MSG_RESULT), "%s", "");
    add_best(&t);
    add_data(&t);
    add_pair(&t, message(&t, CN_MSG_MODELS_TRAINED), "%zu", trained);
    if (!p->options->no_times) add_pair(&t, message(&t, CN_MSG_TIME), "%.1f s", training_seconds(p));
    if (!p->options->no_times)
        add_pair(&t, message(&t, CN_MSG_MACHINE), "%s × %d", cn__cpu_name(), cn__cpu_count());
    add_pair(&t, message(&t, CN_MSG_SEED), "%llu", (unsigned long long)p->seed);
    add_pair(&t, message(&t, CN_MSG_HASH), "%.16s", hash);
    const char **cells = cn__arena_array(t.arena, t.count, sizeof *cells);
    if (!cells || t.failed) return CN_ERROR_MEMORY;
    memcpy(cells, t.cells, t.count * sizeof *cells);
    *out = (cn__report_table){.columns = 2, .rows = t.count / 2, .cells = cells, .head_column = true};
    return cn__check_memory(CN_OK, failures, "the first page");
}
