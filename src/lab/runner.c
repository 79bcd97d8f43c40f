/* Training a list of networks, several at once: each worker takes the next one, longest first, trains it with its share
 * of the processors, and keeps what it prints until all before it in the list are printed. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/system.h"
#include "lab/lab.h"
#include "lab/live.h"

typedef struct queue {
    const cn__lab_options *options;
    const cn__lab_data *data;
    cn__run_result *results;
    size_t count, next; /* next: of `order` */
    size_t *order;
    int threads; /* for each fit */
    size_t printed;
    void (*ready)(void *user, const cn__run_result *result);
    void *user;
    pthread_mutex_t lock;
    cn__live live;
} queue;

/* What a fit tells the live line. */
typedef struct shown {
    cn__live *live;
    int row;
} shown;

static cn_status show_epoch(void *user, cn_training *training, size_t epoch, const cn_logs *logs)
{
    (void)training, (void)logs;
    const shown *s = user;
    cn__live_epoch(s->live, s->row, epoch + 1);
    return CN_OK;
}

void cn__run_result_free(cn__run_result *r)
{
    cn__free(r->error);
    free(r->log); /* from open_memstream */
    cn_text_free(r->summary);
    cn_history_free(r->history);
    cn_logs_free(r->test);
    cn_array_free(&r->predictions);
    *r = (cn__run_result){0};
}

static cn_status make_model(const cn__experiment *e, const queue *q, cn_model **out)
{
    cn_model *m = cn_model_new(e->id);
    *out = m;
    if (!m) return cn_error_status();
    cn_model_set_seed(m, q->options->seed);
    CN_TRY(cn_model_add(m, cn_input_new(1, &q->data->x.shape[1])));
    CN_TRY(cn_model_add_notation(m, e->layers));
    return cn_model_compile(m, .optimizer = e->optimizer, .loss = "categorical_crossentropy",
                            .metrics = "accuracy");
}

static cn_status train(queue *q, cn__run_result *r, cn_model *m, FILE *log)
{
    const cn__experiment *e = r->experiment;
    size_t limit = q->options->epochs_limit, epochs = limit && limit < e->epochs ? limit : e->epochs;
    shown s = {&q->live, cn__live_fit(&q->live, e->id, epochs)};
    const cn_callback callback = {.user = &s, .on_epoch_end = show_epoch}, *callbacks[] = {&callback, NULL};
    r->summary = cn_model_summary(m);
    r->parameters = cn_model_parameters(m);
    r->flops = cn_model_flops(m);
    r->history = cn_model_fit(m, &q->data->x, &q->data->y, .epochs = epochs, .batch_size = e->batch_size,
                              .validation_split = 0.25, .callbacks = e->callbacks, .verbose = 2, .log = log,
                              .threads = q->threads, .custom_callbacks = callbacks);
    cn__live_done(&q->live, s.row);
    if (!r->history) return cn_error_status();
    r->test = cn_model_evaluate(m, &q->data->test_x, &q->data->test_y, .threads = q->threads);
    if (!r->test) return cn_error_status();
    if (strcmp(e->id, "final") != 0) return CN_OK;
    return cn_model_predict(m, &q->data->test_x, &r->predictions, .threads = q->threads);
}

static void run_one(queue *q, cn__run_result *r)
{
    size_t size;
    double start = cn__clock();
    FILE *log = open_memstream(&r->log, &size);
    cn_model *m = NULL;
    r->status = log ? make_model(r->experiment, q, &m) : cn__fail_memory(0, "a log");
    if (r->status == CN_OK) r->status = train(q, r, m, log);
    if (r->status != CN_OK) r->error = cn__strdup(cn_error());
    cn_model_free(m);
    if (log) fclose(log);
    r->seconds = cn__clock() - start;
}

/* Tells, in the list's order, what is done; the lock is held. */
static void print_ready(queue *q)
{
    cn__live_hold(&q->live);
    while (q->printed < q->count && (!q->results[q->printed].wanted || q->results[q->printed].done)) {
        if (q->results[q->printed].wanted) q->ready(q->user, &q->results[q->printed]);
        q->printed++;
    }
    cn__live_release(&q->live);
}

static void *work(void *argument)
{
    queue *q = argument;
    pthread_mutex_lock(&q->lock);
    while (q->next < q->count) {
        cn__run_result *r = &q->results[q->order[q->next++]];
        if (!r->wanted) continue;
        pthread_mutex_unlock(&q->lock);
        run_one(q, r);
        pthread_mutex_lock(&q->lock);
        r->done = true;
        print_ready(q);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* Longest first, so that no worker is left with a long one at the end: epochs times steps. */
static void sort_by_length(const queue *q)
{
    for (size_t i = 0; i < q->count; i++) q->order[i] = i;
    for (size_t i = 1; i < q->count; i++)
        for (size_t j = i; j > 0; j--) {
            const cn__experiment *a = q->results[q->order[j - 1]].experiment,
                                 *b = q->results[q->order[j]].experiment;
            if ((double)a->epochs / (double)a->batch_size >= (double)b->epochs / (double)b->batch_size) break;
            size_t t = q->order[j];
            q->order[j] = q->order[j - 1], q->order[j - 1] = t;
        }
}

cn_status cn__run_list(const cn__lab_options *o, const cn__lab_data *data, cn__run_result *results,
                       size_t count, void (*ready)(void *user, const cn__run_result *result), void *user)
{
    size_t processors = (size_t)cn__cpu_count(), jobs = o->jobs ? o->jobs : processors;
    queue q = {.options = o, .data = data, .results = results, .count = count, .ready = ready, .user = user};
    q.threads = o->threads ? (int)o->threads : processors > jobs ? (int)(processors / jobs) : 1;
    pthread_t *workers = cn__calloc(jobs, sizeof *workers);
    q.order = cn__calloc(count, sizeof *q.order);
    if (!workers || !q.order) {
        cn__free(workers);
        cn__free(q.order);
        return CN_ERROR_MEMORY;
    }
    sort_by_length(&q);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) wanted += results[i].wanted;
    cn__live_start(&q.live, !o->quiet && isatty(STDERR_FILENO) ? stderr : NULL, wanted);
    pthread_mutex_init(&q.lock, NULL);
    size_t started = 0;
    while (started + 1 < jobs && pthread_create(&workers[started], NULL, work, &q) == 0) started++;
    work(&q); /* this thread is one of them; threads that could not be started are not missed */
    for (size_t i = 0; i < started; i++) pthread_join(workers[i], NULL);
    pthread_mutex_destroy(&q.lock);
    cn__live_end(&q.live);
    cn__free(workers);
    cn__free(q.order);
    return CN_OK;
}
