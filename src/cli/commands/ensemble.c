/* cornu ensemble: several trained networks answer together. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "cli/cli.h"
#include "cli/input/samples.h"
#include "cli/session.h"

typedef struct options {
    cn__source source;
    const char *by, *out;
    uint64_t threads;
    bool test;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "data", source.data, "NAME|FILE", NULL, "the test part of a data set by name"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(options, source),
    TEXT_OPTION(options, "x", source.x, "FILE", NULL, "or inputs (.npy, FILE.npz:MEMBER, IDX; .gz too)"),
    TEXT_OPTION(options, "y", source.y, "FILE", NULL, "and their labels, or one-hot rows"),
    TEXT_OPTION(options, "by", by, "mean|vote", "mean",
                "average the probabilities, or let the networks vote on classes; the higher mean wins a tie"),
    FLAG_OPTION(options, "test", test, "true", "use the training part of the data set, not its test part"),
    TEXT_OPTION(options, "out", out, "OUT.npy", NULL,
                "write the mean probabilities or the fractions of votes, one row for each sample"),
    COUNT_OPTION(options, "threads", threads, "0", 0, 4096,
                 "maximum number of threads; 0: one for each processor"),
};

/* What all networks together have said so far. */
typedef struct council {
    cn__samples samples;
    size_t classes, count; /* count: of networks */
    cn_array mean, votes;  /* (samples, classes), sums until the end */
} council;

/* A single output is the probability of the second class. */
static double probability(const cn_array *p, size_t row, size_t class)
{
    const size_t each = cn_array_sample_size(p);
    if (each == 1) return class ? cn_array_at(p, row) : 1 - cn_array_at(p, row);
    return cn_array_at(p, row * each + class);
}

static size_t label_at(const cn_array *y, size_t row)
{
    const size_t each = cn_array_sample_size(y);
    size_t best = 0;
    if (each == 1) return (size_t)cn_array_at(y, row);
    for (size_t k = 1; k < each; k++)
        if (cn_array_at(y, row * each + k) > cn_array_at(y, row * each + best)) best = k;
    return best;
}

/* The class of a row: with the most votes, or where they are equal or NULL the greatest mean. */
static size_t class_at(const council *c, const cn_array *votes, size_t row)
{
    const float *mean = (const float *)c->mean.data + row * c->classes,
                *vote = votes ? (const float *)votes->data + row * c->classes : NULL;
    size_t best = 0;
    for (size_t k = 1; k < c->classes; k++) {
        const bool by_vote = vote && (vote[k] > vote[best] || vote[k] < vote[best]);
        if (by_vote ? vote[k] > vote[best] : mean[k] > mean[best]) best = k;
    }
    return best;
}

static void report(const council *c, const char *name, size_t mistakes)
{
    const size_t n = c->samples.x.shape[0];
    if (!c->samples.y.data) return;
    printf("%s: %zu mistakes of %zu, accuracy %.4f\n", name, mistakes, n, 1 - (double)mistakes / (double)n);
}

static cn_status begin(council *c, const cn_array *p, const char *path)
{
    const size_t each = cn_array_sample_size(p), classes = each == 1 ? 2 : each, n = p->shape[0];
    if (c->count && classes == c->classes) return CN_OK;
    if (c->count)
        return cn__fail(CN_ERROR_SHAPE, "%s answers with %zu classes, and the networks before it with %zu",
                        path, classes, c->classes);
    c->classes = classes;
    CN_TRY(cn_array_new(&c->mean, CN_FLOAT32, 2, (size_t[]){n, classes}));
    return cn_array_new(&c->votes, CN_FLOAT32, 2, (size_t[]){n, classes});
}

static cn_status add(council *c, const cn_array *p, const char *path)
{
    size_t mistakes = 0;
    CN_TRY(begin(c, p, path));
    for (size_t row = 0; row < p->shape[0]; row++) {
        float *mean = (float *)c->mean.data + row * c->classes;
        size_t best = 0;
        for (size_t k = 0; k < c->classes; k++) {
            mean[k] += (float)probability(p, row, k);
            if (probability(p, row, k) > probability(p, row, best)) best = k;
        }
        ((float *)c->votes.data)[row * c->classes + best]++;
        mistakes += c->samples.y.data && best != label_at(&c->samples.y, row);
    }
    c->count++;
    report(c, path, mistakes);
    return CN_OK;
}

static cn_status ask(council *c, const char *path, int threads)
{
    cn_array p = {0};
    cn_model *m = cn_model_load(path);
    if (!m) return cn_error_status();
    cn_status status = cn__samples_shape(&c->samples, m);
    if (status == CN_OK) status = cn_model_predict(m, &c->samples.x, &p, .threads = threads);
    if (status == CN_OK && p.ndim != 2)
        status = cn__fail(CN_ERROR_SHAPE, "%s gives no row of probabilities for a sample", path);
    if (status == CN_OK) status = add(c, &p, path);
    cn_array_free(&p);
    cn_model_free(m);
    return status;
}

static cn_status decide(council *c, const options *o)
{
    const bool vote = strcmp(o->by, "vote") == 0;
    const cn_array *votes = vote ? &c->votes : NULL;
    char name[60];
    size_t mistakes = 0;
    for (size_t row = 0; row < c->mean.shape[0] && c->samples.y.data; row++)
        mistakes += class_at(c, votes, row) != label_at(&c->samples.y, row);
    snprintf(name, sizeof name, "%s of %zu networks", o->by, c->count);
    report(c, name, mistakes);
    float *all = vote ? c->votes.data : c->mean.data;
    for (size_t i = 0; i < cn_array_size(&c->mean); i++) all[i] /= (float)c->count;
    return o->out ? cn_npy_write(o->out, vote ? &c->votes : &c->mean) : CN_OK;
}

static cn_status ensemble(const options *o, council *c, int count, char *const *words)
{
    static const char *const ways[] = {"mean", "vote"};
    if (strcmp(o->by, ways[0]) != 0 && strcmp(o->by, ways[1]) != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "--by", o->by, ways, 2);
    CN_TRY(cn__source_check(&o->source, !o->out));
    if (cn__source_is_table(&o->source))
        return cn__fail(CN_ERROR_ARGUMENT, "%s is a table; expected a data set by name, or --x and --y",
                        o->source.data);
    if (o->out) CN_TRY(cn__check_writable("out", o->out));
    CN_TRY(cn__samples_read(&o->source, o->test ? CN_PART_TEST : CN_PART_TRAINING, &c->samples));
    if (c->samples.y.data && c->samples.y.shape[0] != c->samples.x.shape[0])
        return cn__fail(CN_ERROR_DATA, "there are %zu samples and %zu labels", c->samples.x.shape[0],
                        c->samples.y.shape[0]);
    for (int i = 0; i < count; i++) CN_TRY(ask(c, words[i], (int)o->threads));
    return decide(c, o);
}

static int run(const void *given, int count, char *const *words)
{
    council c = {.samples = {.named = false}};
    const cn_status status = ensemble(given, &c, count, words);
    const bool missing = c.samples.missing;
    cn__samples_free(&c.samples);
    cn_array_free(&c.mean);
    cn_array_free(&c.votes);
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__ensemble_command = {
    .name = "ensemble",
    .summary = "Combine several trained networks, by the mean of their outputs or by vote",
    .usage = "FILE FILE … (--data NAME | --x FILE [--y FILE]) [--by mean|vote] [--out OUT.npy]",
    .about = "Reports the errors of each network and of all combined. Data is prepared as for cornu train.",
    .example = "  cornu ensemble a.keras b.keras c.keras --data mnist --by vote\n"
               "  cornu ensemble a.keras b.keras --x x.npy --out probabilities.npy",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .words_low = 2,
    .words_high = 64,
    .run = run,
};
