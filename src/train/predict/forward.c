/* Forward passes without training. Samples do not depend on each other then, so each thread has a plan of its own and takes some
 * samples at a time: no thread waits for another, and every buffer stays in its processor's cache. */
#include <stdatomic.h>
#include <string.h>

#include "base/system/system.h"
#include "model/lower.h"
#include "train/train.h"

enum { GOOD_BATCH = 128, LEAST_BATCH = 8 };

struct cn__forward {
    cn_model *model;
    cn__pool *pool;
    cn__plan **plans; /* (threads) */
    cn__result *results;
    int threads;
    size_t batch; /* of a plan */
    bool exact;   /* a loss depends on the whole batch: parts are batches as they were asked for */
    cn__arena arena;
    /* the run */
    const cn__data *data;
    real *const *outputs; /* of predict */
    uint32_t view;        /* 0: the samples as they are */
    size_t first, last;   /* of a wave of evaluate, and of all */
    _Atomic size_t next;  /* of predict: samples that are taken */
};

typedef struct demands {
    bool penalizes; /* a layer puts a penalty on what it gives, which is a sum over the batch */
    size_t touched; /* reals of a sample that an operation reads and writes, at most */
} demands;

static cn_status look_at(const cn_model *model, demands *out)
{
    cn__arena arena = {0};
    cn__op_graph graph;
    const cn_status status = cn__lower_model(model, &arena, &graph);
    *out = (demands){.touched = 1};
    for (size_t i = 0; status == CN_OK && i < graph.count; i++) {
        const cn__op *op = graph.ops[i];
        size_t size = op->size;
        for (size_t j = 0; j < op->inputs; j++) size += op->in[j]->size;
        if (size > out->touched) out->touched = size;
        out->penalizes |= op->kind->penalty != NULL;
    }
    cn__arena_free(&arena);
    return status;
}

/* As many samples as stay in the cache from one step to the next, but not so few that weights would be read for each anew. */
static size_t good_batch(const demands *d)
{
    const size_t cached = CN_CACHED_REALS / d->touched;
    return cached > GOOD_BATCH ? GOOD_BATCH : cached < LEAST_BATCH ? LEAST_BATCH : cached;
}

/* A loss or a penalty may depend on the whole batch, and the losses of several outputs are means over batches. */
static bool needs_exact_batches(const cn_model *model, const demands *d, const cn__metric_set *metrics)
{
    if (cn__metric_set_are_of_batch(metrics)) return true;
    if (model->output_count > 1) return true;
    for (size_t o = 0; o < model->output_count; o++)
        if (model->objectives[o].has_loss && cn__loss_is_of_batch(&model->objectives[o].loss)) return true;
    return d->penalizes;
}

cn__pool *cn__forward_pool(const cn_model *model, size_t samples, int threads)
{
    enum { LEAST_SAMPLES = 8 };
    if (threads < 0) {
        (void)cn__fail(CN_ERROR_ARGUMENT, "threads = %d, expected 0 (all) or more", threads);
        return NULL;
    }
    threads = cn__plan_threads(model, samples, false, threads ? threads : cn__cpu_count());
    const size_t most = samples < 2 * LEAST_SAMPLES ? 1 : samples / LEAST_SAMPLES;
    return cn__pool_new((size_t)threads > most ? (int)most : threads);
}

static cn_status make_forward(cn_model *model, size_t samples, size_t batch, const cn__metric_set *metrics,
                              bool profile, bool views, cn__pool *pool, cn__forward **out)
{
    const bool targets = metrics != NULL;
    demands want;
    CN_TRY(look_at(model, &want));
    cn__forward *f = cn__calloc(1, sizeof *f);
    if (!f) return CN_ERROR_MEMORY;
    f->model = model, f->pool = pool;
    f->threads = cn__pool_size(pool);
    f->exact = targets && batch && needs_exact_batches(model, &want, metrics);
    f->batch = f->exact ? batch : good_batch(&want);
    if (f->batch > samples) f->batch = samples;
    f->plans = cn__arena_array(&f->arena, (size_t)f->threads, sizeof *f->plans);
    f->results = cn__arena_array(&f->arena, (size_t)f->threads, sizeof *f->results);
    cn_status status = f->plans && f->results ? CN_OK : CN_ERROR_MEMORY;
    const cn__plan_options options = {.batch = f->batch,
                                      .targets = targets,
                                      .keep_logits = targets && cn__metric_set_read_logits(metrics),
                                      .views = views,
                                      .fixed_weights = true,
                                      .profile = profile};
    for (int t = 0; t < f->threads && status == CN_OK; t++)
        status = cn__plan_new(model, &options, &f->plans[t]);
    if (status == CN_OK) *out = f;
    else cn__forward_free(f);
    return status;
}

cn_status cn__forward_new(cn_model *model, size_t samples, size_t batch, const cn__metric_set *metrics,
                          bool profile, cn__pool *pool, cn__forward **out)
{
    return make_forward(model, samples, batch, metrics, profile, false, pool, out);
}

cn_status cn__forward_new_views(cn_model *model, size_t samples, cn__pool *pool, cn__forward **out)
{
    return make_forward(model, samples, 0, NULL, false, true, pool, out);
}

void cn__forward_set_view(cn__forward *f, uint32_t view) { f->view = view; }

void cn__forward_free(cn__forward *f)
{
    if (!f) return;
    for (int t = 0; f->plans && t < f->threads; t++) cn__plan_free(f->plans[t]);
    cn__arena_free(&f->arena);
    cn__free(f);
}

/* What is left is divided evenly among the threads, at most a batch each. */
static size_t piece(const cn__forward *f, size_t left)
{
    const size_t even = (left + (size_t)f->threads - 1) / (size_t)f->threads;
    return f->exact || even > f->batch ? f->batch : even;
}

/* Since the last time the weights may have been trained. */
static void repack(cn__forward *f)
{
    for (int t = 0; t < f->threads; t++) cn__plan_repack(f->plans[t]);
}

/* ---- evaluate ------------------------------------------------------------------------------------------- */

/* The samples of thread t in the wave that begins at f->first. */
static cn__range wave_part(const cn__forward *f, int t)
{
    const size_t each = piece(f, f->last - f->first);
    cn__range r = {f->first + (size_t)t * each, f->first + (size_t)(t + 1) * each};
    if (r.first > f->last) r.first = f->last;
    if (r.last > f->last) r.last = f->last;
    return r;
}

static void evaluate_part(void *context, int thread)
{
    cn__forward *f = context;
    const cn__range r = wave_part(f, thread);
    cn__feed feed = cn__data_feed(f->data);
    feed.first = r.first;
    if (r.last > r.first) cn__plan_run(f->plans[thread], &feed, r.last - r.first, &f->results[thread]);
}

void cn__forward_run(cn__forward *f, const cn__data *data, cn__range samples, cn__take_result *take,
                     void *user)
{
    repack(f);
    f->data = data, f->last = samples.last;
    for (f->first = samples.first; f->first < f->last;) {
        cn__pool_run(f->pool, f->threads, evaluate_part, f);
        size_t last = f->first;
        for (int t = 0; t < f->threads; t++) {
            const cn__range r = wave_part(f, t);
            if (r.last > r.first) take(user, &f->results[t], r.last - r.first);
            if (r.last > last) last = r.last;
        }
        f->first = last;
    }
}

cn_status cn__forward_status(const cn__forward *f)
{
    for (int t = 0; t < f->threads; t++) CN_TRY(cn__plan_status(f->plans[t]));
    return CN_OK;
}

size_t cn__forward_batch(const cn__forward *f) { return f->batch; }

double cn__forward_penalty(const cn__forward *f) { return cn__plan_penalty(f->plans[0]); }

/* ---- predict ---------------------------------------------------------------------------------------------- */

static void predict_some(void *context, int thread)
{
    cn__forward *f = context;
    cn__feed feed = cn__data_feed(f->data);
    feed.y = NULL, feed.weight = NULL, feed.view = f->view;
    for (;;) {
        cn__result result;
        const size_t each = piece(f, f->data->samples), first = atomic_fetch_add(&f->next, each);
        if (first >= f->data->samples) return;
        const size_t n = f->data->samples - first < each ? f->data->samples - first : each;
        feed.first = first;
        cn__plan_run(f->plans[thread], &feed, n, &result);
        for (size_t o = 0; o < result.output_count; o++) {
            const cn__output *out = &result.outputs[o];
            const size_t size = out->rows / n * out->cols;
            memcpy(f->outputs[o] + first * size, out->pred, n * size * sizeof(real));
        }
    }
}

void cn__forward_predict(cn__forward *f, const cn__data *data, real *const *outputs)
{
    repack(f);
    f->data = data, f->outputs = outputs;
    atomic_store(&f->next, 0);
    cn__pool_run(f->pool, f->threads, predict_some, f);
}

void cn__forward_profile(const cn__forward *f, const char *title, double wall, cn__text *out)
{
    cn__plan_profile(f->plans[0], title, wall, out);
}
