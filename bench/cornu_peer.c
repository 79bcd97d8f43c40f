/* Cornu's side of the comparison: the conversation of peers/peer.py, over the public API. */
#include <cornu/cornu.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers/peer.h"

typedef struct work {
    const char *data, *activation, *optimizer;
    double dropout, rate; /* rate 0: the optimiser's own */
    size_t batch, train, validate, seed;
    int threads;
    json_t *widths;
} work;

/* Images stay the bytes they are, which the API divides as it takes them. */
typedef struct samples {
    cn_array pixels, x, y;
} samples;

typedef struct peer {
    work work;
    cn_model *model;
    samples all, train, validation, test;
} peer;

static void fail(void)
{
    fprintf(stderr, "cornu_peer: %s\n", cn_error());
    exit(1);
}

static void try(cn_status status)
{
    if (status != CN_OK) fail();
}

static work read_work(const char *text)
{
    work w = {0};
    json_error_t error;
    int batch, train, validate, seed;
    json_t *root = json_loads(text, 0, &error), *rate;
    if (!root || json_unpack_ex(root, &error, 0, "{ss so ss sF ss so si si si si si}", "data", &w.data,
                                "widths", &w.widths, "activation", &w.activation, "dropout", &w.dropout,
                                "optimizer", &w.optimizer, "rate", &rate, "batch", &batch, "train", &train,
                                "validate", &validate, "threads", &w.threads, "seed", &seed) != 0) {
        fprintf(stderr, "cornu_peer: the work is not what peers/peer.py describes: %s\n", error.text);
        exit(2);
    }
    w.rate = json_number_value(rate);
    w.batch = (size_t)batch, w.train = (size_t)train, w.validate = (size_t)validate, w.seed = (size_t)seed;
    return w;
}

static void read_samples(const char *folder, const char *suffix, samples *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/pixels%s.npy", folder, suffix);
    try(cn_data_read(path, &out->pixels));
    out->x = cn_array_divided(&out->pixels, 255);
    snprintf(path, sizeof path, "%s/y%s.npy", folder, suffix);
    try(cn_data_read(path, &out->y));
}

static samples slice(const samples *s, size_t first, size_t count)
{
    return (samples){.x = cn_array_slice(&s->x, first, count), .y = cn_array_slice(&s->y, first, count)};
}

static cn_model *make_model(const work *w)
{
    cn_model *m = cn_model_new("peer");
    char optimizer[64];
    cn_model_set_seed(m, w->seed);
    cn_model_add(m, cn_input(784));
    for (size_t i = 0; i < json_array_size(w->widths); i++) {
        cn_model_add(m, cn_dense((size_t)json_integer_value(json_array_get(w->widths, i)),
                                 .activation = w->activation));
        if (w->dropout > 0) cn_model_add(m, cn_dropout(w->dropout));
    }
    cn_model_add(m, cn_dense(10, .activation = "softmax"));
    if (w->rate > 0) snprintf(optimizer, sizeof optimizer, "%s(learning_rate=%.9g)", w->optimizer, w->rate);
    else snprintf(optimizer, sizeof optimizer, "%s", w->optimizer);
    try(cn_model_compile(m, .optimizer = optimizer, .loss = "categorical_crossentropy",
                         .metrics = "accuracy"));
    return m;
}

static void train(const peer *p, double result[2])
{
    const cn_array *x = p->work.validate ? &p->validation.x : NULL,
                   *y = p->work.validate ? &p->validation.y : NULL;
    cn_history *h = cn_model_fit(p->model, &p->train.x, &p->train.y, .batch_size = p->work.batch,
                                 .validation_x = x, .validation_y = y, .threads = p->work.threads);
    if (!h) fail();
    result[0] = cn_history_get(h, "loss")[0], result[1] = cn_history_get(h, "accuracy")[0];
    cn_history_free(h);
}

static void evaluate(const peer *p, double result[2])
{
    cn_logs *logs = cn_model_evaluate(p->model, &p->test.x, &p->test.y, .threads = p->work.threads);
    if (!logs) fail();
    result[0] = cn_logs_get(logs, "loss"), result[1] = cn_logs_get(logs, "accuracy");
    cn_logs_free(logs);
}

static size_t largest(const float *row, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (row[i] > row[best]) best = i;
    return best;
}

static void predict(const peer *p, double result[2])
{
    cn_array out;
    try(cn_model_predict(p->model, &p->test.x, &out, .threads = p->work.threads));
    const size_t n = out.shape[0], classes = out.shape[1];
    const float *probability = out.data, *target = p->test.y.data;
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        right += largest(probability + i * classes, classes) == largest(target + i * classes, classes);
    result[1] = (double)right / (double)n;
    cn_array_free(&out);
}

static void answer(const peer *p, const char *command)
{
    double result[2] = {0, 0}, start = now();
    if (strcmp(command, "memory") == 0) {
        printf("%.0f 0 0\n", peak_memory());
        return;
    }
    if (strcmp(command, "train") == 0) train(p, result);
    else if (strcmp(command, "evaluate") == 0) evaluate(p, result);
    else predict(p, result);
    printf("%.6f %.6f %.6f\n", now() - start, result[0], result[1]);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: cornu_peer WORK\n"), 2;
    peer p = {.work = read_work(argv[1])};
    char line[64];
    read_samples(p.work.data, "", &p.all);
    read_samples(p.work.data, "_test", &p.test);
    p.train = slice(&p.all, 0, p.work.train);
    p.validation = slice(&p.all, p.work.train, p.work.validate);
    p.model = make_model(&p.work);
    puts("ready Cornu " CN_VERSION);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        answer(&p, line);
        fflush(stdout);
    }
    return 0;
}
