/* cornu train --folds: once on each fold's rest, scored on the fold. */
#include <math.h>
#include <stdio.h>

#include "base/text/text.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "cli/training/training.h"

static cn_status check_folds(const cn__train_options *o)
{
    if (o->folds < 2) return cn__fail(CN_ERROR_ARGUMENT, "--folds 1; expected 2 or more");
    if (o->save || o->save_weights || o->history || o->json || o->test || o->resume || o->validation.x ||
        o->validation.data || o->source.sample_weight)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "--folds trains several networks, of which none is kept; expected neither --save, --save-weights, "
            "--history, --json, --test, --resume, --validation-data, --validation-x nor --sample-weight");
    return CN_OK;
}

/* Labels, or one-hot rows, are dealt out evenly. */
static bool has_classes(const cn_array *y) { return y->dtype != CN_FLOAT32 && y->dtype != CN_FLOAT64; }

static cn_status train_fold(cn__train *s, const cn_array *x, const cn_array *y, const cn_array *labels,
                            size_t fold)
{
    const cn__train_options *o = s->options;
    cn__samples test = {.named = s->train.named};
    const cn_fold_options f = {
        .folds = o->folds, .fold = fold, .seed = o->seed, .stratify = has_classes(labels) ? labels : NULL};
    s->train.x = s->train.y = (cn_array){0};
    cn_status status = cn_data_fold(x, y, &f, &s->train.x, &s->train.y, &test.x, &test.y);
    if (status == CN_OK && fold) {
        cn_model_free(s->model);
        s->model = NULL;
        status = cn__train_open_network(s);
        if (status == CN_OK) status = cn__samples_shape(&s->train, s->model);
        if (status == CN_OK && o->weights) status = cn_model_load_weights(s->model, o->weights);
        if (status == CN_OK) status = cn__train_compile(s, s->loss);
    }
    if (status == CN_OK) status = cn__train_fit(s);
    if (status == CN_OK && !(s->test_scores = cn__train_score(s, &test))) status = cn_error_status();
    cn__samples_free(&test);
    cn_array_free(&s->train.x);
    cn_array_free(&s->train.y);
    cn_history_free(s->history);
    s->history = NULL;
    return status;
}

static void add_scores(const cn_logs *scores, double sums[][2], size_t most)
{
    for (size_t i = 0; i < cn_logs_count(scores) && i < most; i++) {
        double v = cn_logs_value(scores, i);
        sums[i][0] += v, sums[i][1] += v * v;
    }
}

cn_status cn__train_folds(cn__train *s)
{
    enum { MOST = 32 };
    const cn__train_options *o = s->options;
    double sums[MOST][2] = {{0}}, n = (double)o->folds;
    CN_TRY(check_folds(o));
    CN_TRY(cn__train_open(s));
    if (s->has_ends)
        return cn__fail(CN_ERROR_ARGUMENT, "--folds is for networks with one input and one output");
    cn_array x = s->train.x, y = s->train.y;
    cn_status status = CN_OK;
    for (size_t fold = 0; status == CN_OK && fold < o->folds && !cn__signals_came(); fold++) {
        char name[40];
        cn_logs_free(s->test_scores);
        s->test_scores = NULL;
        status = train_fold(s, &x, &y, &y, fold);
        cn__format(name, sizeof name, "fold %zu", fold + 1);
        if (status == CN_OK)
            cn__print_logs(stdout, name, s->test_scores), add_scores(s->test_scores, sums, MOST);
    }
    for (size_t i = 0;
         status == CN_OK && !cn__signals_came() && i < cn_logs_count(s->test_scores) && i < MOST; i++) {
        double mean = sums[i][0] / n, spread = fmax(sums[i][1] - n * mean * mean, 0) / (n - 1);
        printf("%s%s: %.4f ± %.4f", i ? " - " : "mean: ", cn_logs_name(s->test_scores, i), mean,
               sqrt(spread));
    }
    if (status == CN_OK && !cn__signals_came()) putchar('\n');
    cn_array_free(&x);
    cn_array_free(&y);
    return status;
}
