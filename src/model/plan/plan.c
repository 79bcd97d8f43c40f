/* Making a plan, and running it. */
#include "model/plan/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/system/system.h"
#include "model/plan/steps.h"

/* ---- making --------------------------------------------------------------------------------------------- */

static cn_status make_plan(cn__plan *plan)
{
    cn__thread_tuner_begin(&plan->tuner, plan->max_threads);
    CN_TRY(cn__plan_join_ranks(plan));
    CN_TRY(cn__plan_make_nodes(plan));
    CN_TRY(cn__plan_make_losses(plan));
    CN_TRY(cn__plan_make_mixing(plan));
    CN_TRY(cn__plan_make_update(plan));
    CN_TRY(cn__plan_make_sparse(plan));
    CN_TRY(cn__plan_make_steps(plan));
    CN_TRY(cn__plan_want_buffers(plan));
    CN_TRY(cn__plan_place_buffers(plan));
    if (!plan->options.profile) return CN_OK;
    plan->times =
        cn__arena_array(&plan->arena, (size_t)plan->max_threads * plan->step_count, sizeof *plan->times);
    return plan->times ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__plan_new(cn_model *model, const cn__plan_options *options, cn__plan **out)
{
    const char *isa = getenv("CORNU_ISA");
    if (isa && *isa && !cn__kernels_named(isa)) {
        size_t n = 0;
        while (cn__kernels_list()[n]) n++;
        return cn__fail_word(CN_ERROR_ARGUMENT, "instruction set (CORNU_ISA)", isa, cn__kernels_list(), n);
    }
    if (!model->built) return cn__fail(CN_ERROR_STATE, "model %s is not built", model->name);
    cn__plan *plan = cn__calloc(1, sizeof *plan);
    if (!plan) return CN_ERROR_MEMORY;
    plan->model = model;
    plan->options = *options;
    plan->threads = plan->max_threads = options->pool ? cn__pool_size(options->pool) : 1;
    plan->k = cn__kernels_get();
    cn_status status = make_plan(plan);
    if (status != CN_OK) {
        cn__plan_free(plan);
        return status;
    }
    *out = plan;
    return CN_OK;
}

void cn__plan_free(cn__plan *plan)
{
    if (!plan) return;
    for (size_t i = 0; i < plan->model->variable_count && plan->options.training; i++)
        plan->model->variables[i]->grad = NULL;
    cn__plan_leave_ranks(plan);
    cn__free(plan->buffers);
    cn__arena_free(&plan->arena);
    cn__free(plan);
}

/* ---- running -------------------------------------------------------------------------------------------- */

/* Operations that a sample takes forwards; of what has no count of its own some for each element. */
static double work_of(const cn_model *model, bool training)
{
    const double of_an_element = 8;
    cn__arena arena = {0};
    cn__op_graph graph;
    double work = 0;
    const bool lowered = model->built && cn__lower_model(model, &arena, &graph) == CN_OK;
    for (size_t i = 0; lowered && i < graph.count; i++) {
        const cn__op *op = graph.ops[i];
        if (op->kind->training_only && !training) continue;
        work += op->kind->flops ? op->kind->flops(op) : op->inputs ? of_an_element * (double)op->size : 0;
    }
    cn__arena_free(&arena);
    return work;
}

int cn__plan_threads(const cn_model *model, size_t batch, bool training, int threads)
{
    /* A thread pays when it has at least this many operations of a batch: waking and meeting it costs
     * a microsecond or two. */
    const double least = 150e3;
    double worth = work_of(model, training) * (double)batch * (training ? 3 : 1) / least;
    if (threads > worth) threads = (int)worth;
    return threads < 1 ? 1 : threads;
}

/* The steps of a chain, a few of the thread's samples at a time; `times`: theirs, or NULL. */
static void run_chain(cn__plan *plan, cn__step *steps, int thread, struct cn__step_time *times)
{
    cn__run *run = &plan->runs[thread];
    const cn__range all = cn__run_samples(run);
    for (size_t first = all.first; first < all.last; first = run->part.last) {
        run->part = (cn__range){first, all.last - first < steps->few ? all.last : first + steps->few};
        for (size_t i = 0; i < steps->chain; i++) {
            const double before = times ? cn__clock() : 0;
            steps[i].run(plan, &steps[i], thread);
            if (times) times[i].work += cn__clock() - before;
        }
    }
    run->part = (cn__range){0};
}

/* Is it a step of the half that is run? */
static bool takes_part(const cn__plan *plan, size_t i)
{
    const bool statistics = plan->steps[i].gradient && !plan->steps[i].gradient->variables;
    switch (plan->half) {
    case CN_FORWARD_HALF: return i < plan->first_loss;
    case CN_STATISTICS: return statistics;
    case CN_BACKWARD_HALF: return i >= plan->first_loss && !statistics;
    default: return true;
    }
}

static void run_steps(void *context, int thread)
{
    cn__plan *plan = context;
    for (size_t i = 0; i < plan->step_count; i++) {
        cn__step *s = &plan->steps[i];
        if (plan->half != CN_WHOLE && !takes_part(plan, i)) continue;
        if (s->chain && plan->half == CN_WHOLE) {
            run_chain(plan, s, thread, NULL);
            i += s->chain - 1, s += s->chain - 1;
        } else if (plan->n || cn__step_is_of_all(s)) {
            s->run(plan, s, thread);
        }
        if (s->barrier && plan->threads > 1 && i + 1 < plan->step_count) cn__pool_barrier(plan->options.pool);
        if (s->sends && thread == 0) cn__plan_send(plan, s);
        if (i == plan->may_stop && plan->failure.status != CN_OK) return;
    }
}

/* The same, reading the clock after every step and every wait. */
static void run_steps_timed(void *context, int thread)
{
    cn__plan *plan = context;
    struct cn__step_time *times = plan->times + (size_t)thread * plan->step_count;
    double before = cn__clock(), now;
    for (size_t i = 0; i < plan->step_count; i++) {
        cn__step *s = &plan->steps[i];
        if (s->chain) {
            run_chain(plan, s, thread, times + i);
            i += s->chain - 1, s += s->chain - 1;
            now = cn__clock();
        } else {
            if (plan->n || cn__step_is_of_all(s)) s->run(plan, s, thread);
            now = cn__clock();
            times[i].work += now - before;
        }
        before = now;
        if (s->sends && plan->threads == 1) cn__plan_send(plan, s);
        if (!s->barrier || plan->threads == 1 || i + 1 == plan->step_count) continue;
        cn__pool_barrier(plan->options.pool);
        now = cn__clock();
        times[i].wait += now - before;
        before = now;
        if (s->sends && thread == 0) cn__plan_send(plan, s);
    }
}

double cn__fraction_of_zeros(const cn_array *x)
{
    enum { EXAMINED = 64 };
    const size_t size = cn_array_sample_size(x), samples = x->shape[0];
    size_t zeros = 0, seen = 0;
    for (size_t i = 0; i < EXAMINED && i < samples; i++) {
        size_t first = (samples <= EXAMINED ? i : i * (samples / EXAMINED)) * size;
        for (size_t e = first; e < first + size; e++, seen++) zeros += cn_array_at(x, e) == 0;
    }
    return seen ? (double)zeros / (double)seen : 0;
}

static void start(cn__plan *plan)
{
    for (int t = 0; t < plan->threads; t++) {
        cn__run *run = &plan->runs[t];
        run->n = plan->n, run->batch = plan->all;
        run->first = plan->first + (plan->options.views ? plan->feed->first : 0);
        run->threads = plan->threads, run->step = plan->counter;
        run->loss_scale = (real)plan->model->optimizer.loss_scale;
    }
    cn__plan_choose_sparse(plan);
}

void cn__plan_repack(cn__plan *plan) { plan->packed = false; }

void cn__plan_run(cn__plan *plan, const cn__feed *feed, size_t n, cn__result *result)
{
    const cn__plan_options *o = &plan->options;
    const bool update = o->training && !o->keep_gradients && !o->forward_only;
    const bool timed = plan->times || (update && n == plan->batch);
    assert(n > 0 && n <= plan->batch && (!o->targets || feed->y));
    plan->feed = feed;
    cn__plan_divide(plan, n);
    plan->threads = update && !plan->times ? plan->tuner.threads : plan->max_threads;
    plan->counter = o->views          ? feed->view
                    : o->forward_only ? o->draw
                                      : (uint32_t)plan->model->optimizer.iterations;
    if (update) cn__plan_attach(plan);
    start(plan);
    plan->only_adds = update && !cn__optimizer_updates(&plan->model->optimizer);
    const cn__optimizer before = plan->model->optimizer;
    if (update) cn__optimizer_step(&plan->model->optimizer, &plan->update);
    const double begun = timed ? cn__clock() : 0;
    void (*run)(void *, int) = plan->times ? run_steps_timed : run_steps;
    if (plan->threads == 1) run(plan, 0);
    else cn__pool_run(plan->options.pool, plan->threads, run, plan);
    if (plan->times) {
        plan->run_seconds += cn__clock() - begun;
        plan->run_count++;
    } else if (timed) {
        cn__thread_tuner_record(&plan->tuner, cn__clock() - begun);
    }
    plan->packed = o->fixed_weights;
    if (plan->may_stop != SIZE_MAX && plan->failure.status != CN_OK)
        plan->model->optimizer = before; /* the step was not taken */
    else if (update) plan->model->trained = true;
    if (plan->ranks) cn__plan_gather_outputs(plan);
    cn__plan_sum_losses(plan, result);
    if (plan->ranks) cn__plan_show_outputs(plan);
}

/* ---- in two halves ---------------------------------------------------------------------------------------- */

static void run_half(cn__plan *plan, int half)
{
    plan->half = half;
    if (plan->threads == 1) run_steps(plan, 0);
    else cn__pool_run(plan->options.pool, plan->threads, run_steps, plan);
    plan->half = CN_WHOLE;
}

void cn__plan_run_forward(cn__plan *plan, const cn__feed *feed, size_t n, uint32_t draw, bool statistics,
                          cn__result *result)
{
    assert(plan->options.keep_gradients && n > 0 && n <= plan->batch && feed->y);
    plan->first_loss = 0;
    while (plan->steps[plan->first_loss].run != cn__step_loss) plan->first_loss++;
    plan->feed = feed;
    cn__plan_divide(plan, n);
    plan->threads = plan->max_threads;
    plan->counter = draw;
    start(plan);
    run_half(plan, CN_FORWARD_HALF);
    if (statistics) run_half(plan, CN_STATISTICS);
    *result = (cn__result){.outputs = plan->outputs, .output_count = plan->graph.output_count};
    for (size_t i = 0; i < result->output_count; i++)
        plan->outputs[i] = (cn__output){
            .pred = plan->losses[i].node->y, .rows = n * plan->losses[i].rows, .cols = plan->losses[i].cols};
}

void cn__plan_run_backward(cn__plan *plan) { run_half(plan, CN_BACKWARD_HALF); }

const real *cn__plan_input_gradient(const cn__plan *plan, size_t input) { return plan->inputs[input]->d; }
