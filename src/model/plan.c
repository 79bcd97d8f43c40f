/* Lowering a model: operations to nodes, nodes to buffers and steps. */
#include "model/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"
#include "model/cost.h"
#include "model/steps.h"

/* ---- nodes ---------------------------------------------------------------------------------------- */

static bool elementwise(const cn__op *op)
{
    return op->kind == CN_OP_DROPOUT ||
           (op->kind == CN_OP_ACTIVATION && op->activation.kind < CN_ACT_ELEMENTWISE_COUNT);
}

/* Every operation of the model, in order. */
static size_t lower_layers(cn_model *model, cn__op *ops)
{
    size_t count = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        cn__layer *layer = model->layers[i]->layer;
        int made = layer->kind->lower(layer, ops + count);
        for (int j = 0; j < made; j++) ops[count + (size_t)j].stream = (uint32_t)i;
        count += (size_t)made;
    }
    return count;
}

static bool any_trainable(const cn__op *op)
{
    cn__variable *all[] = {op->kernel, op->bias, op->gamma, op->beta};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] && cn__variable_trainable(all[i])) return true;
    return false;
}

static cn_status make_nodes(cn__plan *plan)
{
    cn_model *model = plan->model;
    size_t room = model->layer_count * CN_MAX_LAYER_OPS + 1;
    cn__op *ops = cn__arena_array(&plan->arena, room, sizeof *ops);
    plan->nodes = cn__arena_array(&plan->arena, room, sizeof *plan->nodes);
    joined *then = cn__arena_array(&plan->arena, room, sizeof *then);
    if (!ops || !plan->nodes || !then) return CN_ERROR_MEMORY;
    size_t in = cn__shape_size(&model->in), count = lower_layers(model, ops);
    plan->nodes[0] =
        (node){.op = {.kind = CN_OP_ALIAS, .in = in, .out = in, .rows = 1, .in_cols = in, .out_cols = in},
               .then = then};
    node *last = &plan->nodes[0];
    last->size = in;
    for (size_t i = 0; i < count; i++) {
        if (elementwise(&ops[i])) {
            if (ops[i].kind == CN_OP_DROPOUT && !plan->options.training) continue;
            *then++ = (joined){.op = ops[i]};
            last->joined_count++;
            continue;
        }
        *++last = (node){.op = ops[i], .then = then, .size = ops[i].out, .trains = any_trainable(&ops[i])};
    }
    plan->node_count = (size_t)(last - plan->nodes) + 1;
    for (size_t i = 0; i < plan->node_count; i++) plan->nodes[i].back_count = plan->nodes[i].joined_count;
    return CN_OK;
}

/* ---- buffers -------------------------------------------------------------------------------------- */

static real *numbers(cn__plan *plan, size_t count)
{
    /* kernels read B in whole vectors: leave room behind */
    return cn__arena_array(&plan->arena, count + CN_LANES, sizeof(real));
}

/* Does the backward pass need the operation's output, its input? */
static cn__act_needs needs(const cn__op *op)
{
    return op->kind == CN_OP_ACTIVATION ? cn__activation_needs(&op->activation) : CN_NEEDS_NOTHING;
}

static cn_status buffers_of(cn__plan *plan, node *n, const node *before)
{
    size_t size = plan->options.batch * n->size;
    n->x = before ? before->y : NULL;
    n->z = n->y = numbers(plan, size);
    if (!n->y) return CN_ERROR_MEMORY;
    bool keep = plan->options.training && n->op.kind == CN_OP_ACTIVATION; /* softmax: from its output */
    for (size_t i = 0; i < n->joined_count; i++) {
        joined *j = &n->then[i];
        j->in = j->out = n->y;
        cn__act_needs need = needs(&j->op);
        if (plan->options.training && (keep || need == CN_NEEDS_INPUT)) j->out = n->y = numbers(plan, size);
        if (!n->y) return CN_ERROR_MEMORY;
        keep = need == CN_NEEDS_OUTPUT;
    }
    return CN_OK;
}

static cn_status norm_buffers(cn__plan *plan, node *n)
{
    size_t cols = n->op.out_cols, rows = plan->options.batch * n->op.rows;
    if (n->op.kind == CN_OP_BATCHNORM) {
        n->mean = numbers(plan, cols), n->variance = numbers(plan, cols), n->inverse = numbers(plan, cols);
        n->scale = numbers(plan, cols), n->shift = numbers(plan, cols),
        n->sums = numbers(plan, 2 * CN_PAD(cols));
        return n->mean && n->variance && n->inverse && n->scale && n->shift && n->sums ? CN_OK
                                                                                       : CN_ERROR_MEMORY;
    }
    n->xhat = numbers(plan, rows * cols), n->inverse = numbers(plan, rows);
    return n->xhat && n->inverse ? CN_OK : CN_ERROR_MEMORY;
}

/* Rows of at most `capacity` entries, each in its own place; `sets` times. */
static cn__sparse *make_sparse(cn__plan *plan, int sets, size_t rows, size_t capacity)
{
    cn__sparse *all = cn__arena_array(&plan->arena, (size_t)sets, sizeof *all);
    for (cn__sparse *s = all; s && s < all + sets; s++) {
        *s = (cn__sparse){.rows = rows};
        s->start = cn__arena_array(&plan->arena, rows, sizeof *s->start);
        s->count = cn__arena_array(&plan->arena, rows, sizeof *s->count);
        s->index = cn__arena_array(&plan->arena, rows * capacity, sizeof *s->index);
        s->value = cn__arena_array(&plan->arena, rows * capacity, sizeof *s->value);
        if (!s->start || !s->count || !s->index || !s->value) return NULL;
        for (size_t r = 0; r < rows; r++) s->start[r] = (uint32_t)(r * capacity);
    }
    return all;
}

/* What is joined to the input leaves zeros as they are. */
static bool keeps_zeros(const node *input)
{
    for (size_t i = 0; i < input->joined_count; i++)
        if (input->then[i].op.kind != CN_OP_DROPOUT) return false;
    return true;
}

/* Lists of the numbers other than zero pay for wide dense layers on the input: images are mostly zeros. */
enum { SPARSE_MIN_COLS = 32, SPARSE_MAX_ENTRIES = 1 << 22 };

static cn_status make_buffers(cn__plan *plan)
{
    const bool training = plan->options.training;
    bool wanted = false;
    for (size_t i = 0; i < plan->node_count; i++) {
        node *n = &plan->nodes[i];
        CN_TRY(buffers_of(plan, n, i ? n - 1 : NULL));
        if (n->op.kind == CN_OP_BATCHNORM || n->op.kind == CN_OP_LAYERNORM) CN_TRY(norm_buffers(plan, n));
        wanted = wanted || n->trains;
        if (training && wanted && !(n->d = numbers(plan, plan->options.batch * n->size)))
            return CN_ERROR_MEMORY;
    }
    if (plan->node_count < 2) return CN_OK;
    node *n = &plan->nodes[1];
    size_t rows = plan->options.batch * n->op.rows;
    if (n->op.kind != CN_OP_DENSE || n->op.out_cols < SPARSE_MIN_COLS ||
        rows * n->op.in_cols > SPARSE_MAX_ENTRIES)
        return CN_OK;
    plan->keeps_zeros = keeps_zeros(&plan->nodes[0]);
    const int sets = training && plan->most_members > 1 ? 2 : 1; /* see own_lists */
    n->by_row = make_sparse(plan, sets, rows, n->op.in_cols + CN_LANES);
    if (!n->by_row) return CN_ERROR_MEMORY;
    if (training && n->trains && !(n->by_column = make_sparse(plan, sets, n->op.in_cols, rows)))
        return CN_ERROR_MEMORY;
    return CN_OK;
}

/* ---- the loss ------------------------------------------------------------------------------------- */

size_t cn__target_cols(const cn_model *model)
{
    return cn__loss_is_sparse(&model->loss) || model->out.rank == 0 ? 1 : model->out.dim[model->out.rank - 1];
}

size_t cn__output_rows(const cn_model *model)
{
    return model->out.rank ? cn__shape_size(&model->out) / model->out.dim[model->out.rank - 1] : 1;
}

/* The activation that predictions come straight from, and where: the last thing joined to the last node,
 * or that node itself. */
static cn__act last_activation(const cn__plan *plan)
{
    const node *n = &plan->nodes[plan->node_count - 1];
    const cn__op *op = n->joined_count ? &n->then[n->joined_count - 1].op : &n->op;
    return op->kind == CN_OP_ACTIVATION ? op->activation.kind : CN_ACT_LINEAR;
}

/* What the last activation has before it outlives the predictions. */
static cn_status keep_logits(cn__plan *plan, cn__act act)
{
    node *n = &plan->nodes[plan->node_count - 1];
    plan->before = act;
    plan->logits = n->x;
    if (!n->joined_count) return CN_OK;
    joined *j = &n->then[n->joined_count - 1];
    if (j->in == j->out) j->out = n->y = plan->pred = numbers(plan, plan->options.batch * n->size);
    plan->logits = j->in;
    return n->y ? CN_OK : CN_ERROR_MEMORY;
}

/* Where the last activation is one whose logits the loss reads, the loss starts before it. */
static cn_status make_loss(cn__plan *plan)
{
    const cn_model *model = plan->model;
    node *n = &plan->nodes[plan->node_count - 1];
    plan->out_cols = model->out.rank ? model->out.dim[model->out.rank - 1] : 1;
    plan->out_rows = n->size / plan->out_cols;
    plan->pred = n->y;
    if (!plan->options.targets) return CN_OK;
    size_t rows = plan->options.batch * plan->out_rows;
    plan->target_cols = cn__target_cols(model);
    plan->target = numbers(plan, rows * plan->target_cols);
    plan->weight = numbers(plan, rows);
    plan->row_loss = numbers(plan, rows);
    if (!plan->target || !plan->weight || !plan->row_loss) return CN_ERROR_MEMORY;
    const cn__act act = last_activation(plan);
    const bool reads = cn__loss_reads_logits(&model->loss, act);
    if (reads || (plan->options.keep_logits && (act == CN_ACT_SOFTMAX || act == CN_ACT_SIGMOID)))
        CN_TRY(keep_logits(plan, act));
    plan->loss_node = n;
    plan->loss_input = n->y;
    if (!reads) return CN_OK;
    plan->loss_input = plan->logits;
    plan->loss_before = act;
    if (n->joined_count) n->back_count = n->joined_count - 1;
    else plan->loss_node = n - 1;
    return CN_OK;
}

/* ---- steps ---------------------------------------------------------------------------------------- */

static step *add_step(cn__plan *plan, const char *name, step_function *run, node *n, bool barrier)
{
    step *s = &plan->steps[plan->step_count++];
    *s = (step){.name = name, .run = run, .node = n, .barrier = barrier};
    return s;
}

static void add_forward(cn__plan *plan, node *n)
{
    switch (n->op.kind) {
    case CN_OP_DENSE: add_step(plan, "dense", cn__step_dense, n, true); break;
    case CN_OP_BATCHNORM: add_step(plan, "batch_normalization", cn__step_batchnorm, n, true); break;
    case CN_OP_LAYERNORM: add_step(plan, "layer_normalization", cn__step_layernorm, n, true); break;
    default: add_step(plan, "softmax", cn__step_softmax, n, true); break;
    }
}

static void add_back(cn__plan *plan, node *n)
{
    switch (n->op.kind) {
    case CN_OP_DENSE: add_step(plan, "dense, back", cn__step_dense_back, n, true); break;
    case CN_OP_BATCHNORM:
        add_step(plan, "batch_normalization, back", cn__step_batchnorm_back, n, true);
        break;
    case CN_OP_LAYERNORM:
        add_step(plan, "layer_normalization, back", cn__step_layernorm_back, n, true);
        break;
    default: add_step(plan, "softmax, back", cn__step_softmax_back, n, true); break;
    }
}

/* The gradients of a node's variables, each handed on tile by tile. */
static void add_gradients(cn__plan *plan, node *n)
{
    if (n->op.kind == CN_OP_BATCHNORM && n->op.layer->trainable)
        add_step(plan, "moving mean and variance", cn__step_statistics, n, false);
    if (!n->trains) return;
    if (n->op.kind == CN_OP_DENSE) {
        add_step(plan, "kernel", cn__step_kernel, n, false)->variable = n->op.kernel;
        if (n->op.bias) add_step(plan, "bias", cn__step_bias, n, false)->variable = n->op.bias;
    } else {
        add_step(plan, "gamma and beta", cn__step_scales, n, false);
    }
}

static void add_training(cn__plan *plan)
{
    const cn_model *model = plan->model;
    node *first = plan->nodes, *last = plan->loss_node;
    for (node *n = last; n > first && n[-1].d; n--) add_back(plan, n);
    for (node *n = last; n > first; n--) add_gradients(plan, n);
    plan->steps[plan->step_count - 1].barrier = plan->separate;
    if (plan->separate) add_step(plan, "gradient norms", cn__step_norms, NULL, !plan->options.keep_gradients);
    if (plan->options.keep_gradients) return;
    if (plan->separate) {
        if (!isnan(model->optimizer.global_clipnorm))
            add_step(plan, "global norm", cn__step_global_norm, NULL, true);
        add_step(plan, "update", cn__step_apply, NULL, false);
    }
    bool constrained = false;
    for (size_t i = 0; i < model->variable_count; i++)
        constrained |= model->variables[i]->constraint.kind && cn__variable_trainable(model->variables[i]);
    if (!constrained && !cn__overwrites(&model->optimizer)) return;
    plan->steps[plan->step_count - 1].barrier = true;
    add_step(plan, "averages and constraints", cn__step_finish, NULL, false);
}

static bool regularised(const cn_model *model)
{
    for (size_t i = 0; i < model->variable_count; i++)
        if (model->variables[i]->regularizer.l1 != 0 || model->variables[i]->regularizer.l2 != 0) return true;
    return false;
}

/* How many rows a sample has in a step in which each thread reads and writes its own rows of the batch only; 0: in
 * other steps. */
static size_t own_rows(const cn__plan *plan, const step *s)
{
    if (s->run == cn__step_loss) return plan->out_rows;
    if (s->run == cn__step_gather) return plan->by_rows ? 1 : 0;
    const bool dense =
        s->run == cn__step_dense && (plan->by_rows || cn__panel_count(s->node->op.kernel) == 1);
    return dense || s->run == cn__step_softmax || s->run == cn__step_layernorm ? s->node->op.rows : 0;
}

/* From one such step to the next nobody needs to wait. */
static void drop_barriers(cn__plan *plan)
{
    for (size_t i = 0; i + 1 < plan->step_count; i++) {
        const size_t rows = own_rows(plan, &plan->steps[i]);
        if (rows && rows == own_rows(plan, &plan->steps[i + 1])) plan->steps[i].barrier = false;
    }
}

static cn_status make_steps(cn__plan *plan)
{
    const cn_model *model = plan->model;
    plan->steps = cn__arena_array(&plan->arena, 8 + 6 * plan->node_count, sizeof *plan->steps);
    if (!plan->steps) return CN_ERROR_MEMORY;
    if (plan->options.training && regularised(model))
        add_step(plan, "penalties", cn__step_penalty, NULL, false);
    plan->gather = add_step(plan, "gather", cn__step_gather, &plan->nodes[0], true);
    if (plan->node_count > 1 && plan->nodes[1].by_column)
        add_step(plan, "columns of the input", cn__step_columns, &plan->nodes[1], false);
    for (size_t i = 1; i < plan->node_count; i++) add_forward(plan, &plan->nodes[i]);
    if (plan->options.targets) add_step(plan, "loss", cn__step_loss, NULL, true);
    if (plan->options.training) add_training(plan);
    drop_barriers(plan);
    for (size_t i = 0; i < plan->step_count; i++) {
        step *s = &plan->steps[i];
        if (s->run != cn__step_kernel) continue;
        s->taken = cn__arena_array(&plan->arena, (size_t)plan->members, sizeof *s->taken);
        if (!s->taken) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status make_packed(cn__plan *plan)
{
    size_t most = 0;
    for (size_t i = 1; i < plan->node_count; i++) {
        const cn__op *op = &plan->nodes[i].op;
        if (op->kind == CN_OP_DENSE && plan->nodes[i].trains && op->rows > most) most = op->rows;
    }
    plan->packed = cn__arena_array(&plan->arena, (size_t)plan->members, sizeof *plan->packed);
    if (!plan->packed) return CN_ERROR_MEMORY;
    for (int i = 0; i < plan->members; i++)
        if (!(plan->packed[i] = numbers(plan, plan->options.batch * most * (CN_PANEL + GRAD_ROWS))))
            return CN_ERROR_MEMORY;
    return CN_OK;
}

static cn_status make_update(cn__plan *plan)
{
    cn_model *model = plan->model;
    plan->scratch = cn__arena_array(&plan->arena, (size_t)plan->members, sizeof *plan->scratch);
    plan->grad_scale = numbers(plan, model->variable_count);
    plan->norms = cn__arena_array(&plan->arena, model->variable_count + 1, sizeof(double));
    plan->penalties = cn__arena_array(&plan->arena, model->variable_count + 1, sizeof(double));
    if (!plan->scratch || !plan->grad_scale || !plan->norms || !plan->penalties) return CN_ERROR_MEMORY;
    size_t largest = SCRATCH;
    for (size_t i = 0; i < model->variable_count; i++)
        if (model->variables[i]->constraint.kind && model->variables[i]->padded > largest)
            largest = model->variables[i]->padded;
    for (int i = 0; i < plan->members; i++)
        if (!(plan->scratch[i] = numbers(plan, largest))) return CN_ERROR_MEMORY;
    if (!plan->options.training) return CN_OK;
    CN_TRY(make_packed(plan));
    plan->separate = plan->options.keep_gradients || cn__optimizer_is_whole(&model->optimizer) ||
                     !isnan(model->optimizer.clipnorm) || !isnan(model->optimizer.global_clipnorm);
    for (size_t i = 0; i < model->variable_count && plan->separate; i++) {
        cn__variable *v = model->variables[i];
        if (cn__variable_trainable(v) && !(v->grad = numbers(plan, v->padded))) return CN_ERROR_MEMORY;
    }
    return cn__model_make_slots(model);
}

static cn_status make_plan(cn__plan *plan)
{
    plan->members = plan->most_members = cn__pool_size(plan->pool);
    cn__team_begin(&plan->team, plan->members);
    plan->by_rows = !plan->options.training && plan->options.batch >= 2 * ROW_GRAIN * (size_t)plan->members;
    CN_TRY(make_nodes(plan));
    CN_TRY(make_buffers(plan));
    CN_TRY(make_loss(plan));
    CN_TRY(make_update(plan));
    CN_TRY(make_steps(plan));
    if (!plan->options.profile) return CN_OK;
    plan->times =
        cn__arena_array(&plan->arena, (size_t)plan->members * plan->step_count, sizeof *plan->times);
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
    plan->pool = options->pool;
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
    for (size_t i = 0; i < plan->model->variable_count && plan->separate; i++)
        plan->model->variables[i]->grad = NULL;
    cn__arena_free(&plan->arena);
    cn__free(plan);
}

/* ---- running -------------------------------------------------------------------------------------- */

int cn__plan_threads(const cn_model *model, size_t batch, bool training, int threads)
{
    /* A thread pays when it has at least this many operations of a batch: waking and meeting it costs
     * a microsecond or two. */
    const double least = 150e3;
    double work = cn_model_flops(model) * (double)batch * (training ? 3 : 1);
    double worth = work / least;
    if (threads > worth) threads = (int)worth;
    return threads < 1 ? 1 : threads;
}

static void run_member(void *context, int member)
{
    cn__plan *plan = context;
    for (size_t i = 0; i < plan->step_count; i++) {
        step *s = &plan->steps[i];
        s->run(plan, s, member);
        if (s->barrier && plan->members > 1 && i + 1 < plan->step_count) cn__pool_barrier(plan->pool);
    }
}

/* The same, with a look at the clock after every step and every wait. */
static void run_member_timed(void *context, int member)
{
    cn__plan *plan = context;
    struct step_time *times = plan->times + (size_t)member * plan->step_count;
    double before = cn__clock(), now;
    for (size_t i = 0; i < plan->step_count; i++) {
        step *s = &plan->steps[i];
        s->run(plan, s, member);
        now = cn__clock();
        times[i].work += now - before;
        before = now;
        if (!s->barrier || plan->members == 1 || i + 1 == plan->step_count) continue;
        cn__pool_barrier(plan->pool);
        now = cn__clock();
        times[i].wait += now - before;
        before = now;
    }
}

double cn__share_of_zeros(const cn_array *x)
{
    enum { LOOKED_AT = 64 };
    const size_t size = cn_array_sample_size(x), samples = x->shape[0];
    size_t zeros = 0, seen = 0;
    for (size_t i = 0; i < LOOKED_AT && i < samples; i++) {
        size_t first = (samples <= LOOKED_AT ? i : i * (samples / LOOKED_AT)) * size;
        for (size_t e = first; e < first + size; e++, seen++) zeros += cn_array_at(x, e) == 0;
    }
    return seen ? (double)zeros / (double)seen : 0;
}

void cn__plan_run(cn__plan *plan, const cn__feed *feed, size_t n, cn__result *result)
{
    const bool update = plan->options.training && !plan->options.keep_gradients;
    const bool timed = plan->times || (update && n == plan->options.batch);
    plan->feed = feed;
    plan->n = n;
    plan->members = update && !plan->times ? plan->team.size : plan->most_members;
    plan->sparse = plan->keeps_zeros && cn__lists_pay(plan->k->isa, plan->nodes[1].op.out_cols,
                                                      1 - feed->zeros, plan->options.training);
    /* More than two threads would list too much again and again, and what is not bytes is four times as much to read. */
    plan->own_lists = plan->options.training && plan->members == 2 && feed->x->dtype == CN_UINT8 &&
                      cn__listed_where_it_lies(plan, feed->x);
    if (plan->options.training) plan->gather->barrier = !plan->own_lists;
    plan->density = 1 - feed->zeros;
    plan->counter = (uint32_t)plan->model->optimizer.iterations;
    if (update) cn__optimizer_step(&plan->model->optimizer, &plan->update);
    const double start = timed ? cn__clock() : 0;
    cn__pool_run(plan->pool, plan->members, plan->times ? run_member_timed : run_member, plan);
    if (plan->times) {
        plan->run_seconds += cn__clock() - start;
        plan->runs++;
    } else if (timed) {
        cn__team_took(&plan->team, cn__clock() - start);
    }
    if (update) plan->model->trained = true;
    size_t rows = n * plan->out_rows;
    bool weighted = feed->weight != NULL;
    *result = (cn__result){.pred = plan->pred,
                           .target = plan->target,
                           .weight = weighted ? plan->weight : NULL,
                           .logits = plan->logits,
                           .before = plan->before,
                           .rows = rows,
                           .cols = plan->out_cols,
                           .target_cols = plan->target_cols};
    const cn__loss_rows loss = {.loss = &plan->model->loss,
                                .rows = rows,
                                .target = plan->target,
                                .weight = result->weight,
                                .value = plan->row_loss};
    if (plan->options.targets) result->loss = cn__loss_sum(&loss, n);
    for (size_t i = 0; i < plan->model->variable_count; i++) result->penalty += plan->penalties[i];
}
