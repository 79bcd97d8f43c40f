/* Cornu's side of the comparison: the conversation of peers/peer.py, over the public API. */
#include <cornu/cornu.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers/peer.h"

typedef struct work {
    const char *data, *set, *notation, *optimizer;
    double rate; /* 0: the optimiser's own */
    size_t batch, train, validate, seed;
    int threads;
    json_t *shape;
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
    if (!root || json_unpack_ex(root, &error, 0, "{ss ss so ss ss so si si si si si}", "data", &w.data, "set",
                                &w.set, "shape", &w.shape, "notation", &w.notation, "optimizer", &w.optimizer,
                                "rate", &rate, "batch", &batch, "train", &train, "validate", &validate,
                                "threads", &w.threads, "seed", &seed) != 0) {
        fprintf(stderr, "cornu_peer: the work is not what peers/peer.py describes: %s\n", error.text);
        exit(2);
    }
    w.rate = json_number_value(rate);
    w.batch = (size_t)batch, w.train = (size_t)train, w.validate = (size_t)validate, w.seed = (size_t)seed;
    return w;
}

static void read_array(const work *w, const char *name, const char *suffix, cn_array *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s.npy", w->data, name, suffix);
    try(cn_data_read(path, out));
}

static void read_samples(const work *w, const char *suffix, samples *out)
{
    const size_t rank = json_array_size(w->shape);
    size_t shape[CN_MAX_DIMS];
    read_array(w, "pixels", suffix, &out->pixels);
    shape[0] = out->pixels.shape[0];
    for (size_t i = 0; i < rank; i++) shape[i + 1] = (size_t)json_integer_value(json_array_get(w->shape, i));
    try(cn_array_reshape(&out->pixels, (int)rank + 1, shape));
    out->x = cn_array_divided(&out->pixels, 255);
    read_array(w, "y", suffix, &out->y);
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
    try(cn_model_add_notation(m, w->notation));
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

static void single(const peer *p)
{
    cn_predictor *one = cn_predictor_new(p->model, 1);
    cn_array x = {0};
    float y[10];
    const cn_array bytes = cn_array_slice(&p->test.pixels, 0, 1);
    try(cn_array_to_float32(&x, &bytes, 255));
    if (!one) fail();
    for (int i = 0; i < 1000; i++) try(cn_predictor_run(one, x.data, 1, y));
    cn_array_free(&x);
    cn_predictor_free(one);
}

static void augment(const peer *p)
{
    cn_array out;
    try(cn_model_predict(p->model, &p->train.x, &out, .threads = p->work.threads, .training = true));
    cn_array_free(&out);
}

/* For onnxruntime, which is started after this. */
static void write_onnx(const peer *p)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/net.onnx", p->work.data);
    try(cn_model_export_onnx(p->model, path));
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
    else if (strcmp(command, "single") == 0) single(p);
    else if (strcmp(command, "augment") == 0) augment(p);
    else if (strcmp(command, "onnx") == 0) write_onnx(p);
    else predict(p, result);
    printf("%.6f %.6f %.6f\n", now() - start, result[0], result[1]);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: cornu_peer WORK\n"), 2;
    peer p = {.work = read_work(argv[1])};
    char line[64];
    read_samples(&p.work, p.work.set, &p.all);
    if (!*p.work.set) read_samples(&p.work, "_test", &p.test);
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
