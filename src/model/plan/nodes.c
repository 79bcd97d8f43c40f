/* Operations to nodes: which operations take part, what is fused, who reads whom, and how gradients come together. */
#include <assert.h>
#include <string.h>

#include "model/plan/steps.h"

/* What is known of each operation while nodes are made. */
typedef struct op_facts {
    size_t
        stands_for; /* the operation whose output it is: itself, or, where it takes no part, the one before it */
    size_t uses;    /* operations and outputs that read it */
    bool
        needed; /* an output comes from it; others were only steps of lowering to one that does their work too */
    bool alone; /* may not be fused: a loss reads what comes before it, and others read it */
    cn__node *node;
    const cn__op *tail; /* of an operation that has a node: the last one fused to it so far */
} op_facts;

static bool takes_part(const cn__plan *plan, const cn__op *op)
{
    const cn__plan_options *o = &plan->options;
    const bool acts = (o->training && !o->as_predicted) || (o->views && op->kind->makes_views);
    const bool penalties = o->targets && !o->as_predicted && !o->no_penalties;
    return (acts || !op->kind->training_only) && (penalties || !op->kind->loss_only);
}

/* Does it do something in training even when no output comes from it? A penalty, or statistics such as moving averages. */
static bool acts_by_itself(const cn__op_kind *kind)
{
    for (int i = 0; i < CN_MAX_OP_GRADIENTS && kind->gradients[i].name; i++)
        if (!kind->gradients[i].variables) return true;
    return kind->penalty;
}

static void find_needed(const cn__op_graph *g, op_facts *facts)
{
    for (size_t i = 0; i < g->input_count; i++) facts[g->inputs[i]->index].needed = true;
    for (size_t i = 0; i < g->count; i++) facts[i].needed |= acts_by_itself(g->ops[i]->kind);
    for (size_t i = 0; i < g->output_count; i++) facts[g->outputs[i].op->index].needed = true;
    for (size_t i = g->count; i-- > 0;)
        for (size_t j = 0; facts[i].needed && j < g->ops[i]->inputs; j++)
            facts[g->ops[i]->in[j]->index].needed = true;
}

static void count_uses(const cn__plan *plan, op_facts *facts)
{
    const cn__op_graph *g = &plan->graph;
    find_needed(g, facts);
    for (size_t i = 0; i < g->count; i++) {
        const cn__op *op = g->ops[i];
        const bool in = op->inputs == 0 || (facts[i].needed && takes_part(plan, op));
        facts[i].stands_for = in ? i : facts[op->in[0]->index].stands_for;
        for (size_t j = 0; in && j < op->inputs; j++) facts[facts[op->in[j]->index].stands_for].uses++;
    }
    for (size_t i = 0; i < g->output_count; i++) facts[facts[g->outputs[i].op->index].stands_for].uses++;
}

/* Are a layer's operations none, or penalties alone? */
static bool passes_on(const cn__op_graph *g, const cn__lowered *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (!g->ops[call->first + i]->kind->penalty) return false;
    return true;
}

/* Does an output come through a layer that changes the shape and computes nothing? Behind such a one, as behind Keras's
 * Reshape and Flatten, there are predictions and no logits. */
static bool is_reshaped(const cn__op_graph *g, const cn__lowered *call)
{
    for (; call->tensor->inputs && passes_on(g, call); call = call->from[0]) {
        const cn__layer_kind *kind = call->tensor->layer->layer->kind;
        if (!kind->lower && kind->infer) return true;
    }
    return false;
}

/* The activation that an output comes straight from, or NULL; penalties of the output may lie between. */
static const cn__op *last_activation(const cn__plan *plan, const op_facts *facts, size_t output)
{
    const cn__op *op = plan->graph.ops[facts[plan->graph.outputs[output].op->index].stands_for];
    while (op->kind->penalty) op = plan->graph.ops[facts[op->in[0]->index].stands_for];
    return op->kind->activation && !is_reshaped(&plan->graph, plan->graph.ends[output]) ? op : NULL;
}

/* The operation whose input a loss reads in its stead: softmax or sigmoid before a cross-entropy; else NULL. */
static const cn__op *activation_before_loss(const cn__plan *plan, const op_facts *facts, size_t output)
{
    const cn__objective *o = &plan->model->objectives[output];
    const cn__op *op = last_activation(plan, facts, output);
    if (!o->has_loss || !op) return NULL;
    return cn__loss_reads_logits(&o->loss, op->kind->activation(op)->kind) ? op : NULL;
}

/* The node that `op` can be fused to: what it reads is the last of it, and nothing else reads that. NULL if it needs one
 * of its own. */
static cn__node *can_fuse(const cn__op *op, const op_facts *facts)
{
    if (!cn__op_is_elementwise(op) || facts[op->index].alone) return NULL;
    const op_facts *before = &facts[facts[op->in[0]->index].stands_for];
    const cn__op *tail = facts[before->node->op->index].tail;
    return before->uses == 1 && tail->index == before->stands_for ? before->node : NULL;
}

static bool trains(const cn__op *op)
{
    for (int g = 0; g < CN_MAX_OP_GRADIENTS; g++)
        for (int v = 0; v < CN_MAX_OP_VARIABLES; v++)
            if (op->kind->gradients[g].variables & 1u << v && op->variable[v] &&
                cn__variable_trainable(op->variable[v]))
                return true;
    return false;
}

static cn_status make_node(cn__plan *plan, const cn__op *op, op_facts *facts)
{
    assert(plan->node_count < plan->graph.count);
    cn__node *n = &plan->nodes[plan->node_count++];
    *n = (cn__node){.op = op,
                    .size = op->size,
                    .batch = plan->options.batch,
                    .training = plan->options.training,
                    .threads = plan->max_threads,
                    .trains = plan->options.training && !plan->options.forward_only && trains(op)};
    n->in = cn__arena_array(&plan->arena, op->inputs + 1, sizeof *n->in);
    if (!n->in) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < op->inputs; i++) {
        n->in[i].from = facts[facts[op->in[i]->index].stands_for].node;
        assert(n->in[i].from &&
               n->in[i].from < n); /* operations come in an order in which each follows its inputs */
    }
    facts[op->index].node = n;
    facts[op->index].tail = op;
    return CN_OK;
}

/* Which operations are nodes, and which are fused to them. */
static cn_status divide(cn__plan *plan, op_facts *facts)
{
    const cn__op_graph *g = &plan->graph;
    cn__fused *fused = cn__arena_array(&plan->arena, g->count + 1, sizeof *fused);
    if (!fused) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < g->count; i++) {
        if (facts[i].stands_for != i) continue;
        cn__node *to = can_fuse(g->ops[i], facts);
        if (!to) {
            CN_TRY(make_node(plan, g->ops[i], facts));
            continue;
        }
        to->fused_count++;
        facts[to->op->index].tail = g->ops[i];
        facts[i].node = to;
    }
    for (size_t i = 0; i < plan->node_count; i++) {
        plan->nodes[i].fused = fused;
        fused += plan->nodes[i].fused_count;
        plan->nodes[i].fused_count = 0;
    }
    for (size_t i = 0; i < g->count; i++) {
        cn__node *n = facts[i].stands_for == i ? facts[i].node : NULL;
        if (n && n->op != g->ops[i]) n->fused[n->fused_count++].op = g->ops[i];
    }
    return CN_OK;
}

/* ---- losses ---------------------------------------------------------------------------------------------- */

/* What softmax or sigmoid has before it, for metrics. */
static void keep_logits(const cn__plan *plan, const op_facts *facts, size_t output, cn__plan_loss *l)
{
    const cn__op *op = last_activation(plan, facts, output);
    const cn__act act = op ? op->kind->activation(op)->kind : CN_ACT_LINEAR;
    if (act != CN_ACT_SOFTMAX && act != CN_ACT_SIGMOID) return;
    cn__node *node = facts[op->index].node;
    l->kept = act;
    l->kept_from = node->op == op ? node->in[0].from : node;
    l->kept_fused = l->kept_from->fused_count - (l->kept_from == node ? 1 : 0);
}

static void connect_losses(cn__plan *plan, const op_facts *facts)
{
    for (size_t i = 0; i < plan->graph.output_count; i++) {
        cn__plan_loss *l = &plan->losses[i];
        const cn__op *before = plan->options.targets ? activation_before_loss(plan, facts, i) : NULL;
        l->node = facts[facts[plan->graph.outputs[i].op->index].stands_for].node;
        l->edge = (cn__edge){.from = l->node, .back_count = l->node->fused_count};
        if (!plan->options.targets || !plan->model->objectives[i].has_loss) continue;
        l->objective = &plan->model->objectives[i];
        if (before || plan->options.keep_logits) keep_logits(plan, facts, i, l);
        if (!before) continue;
        l->before = before->kind->activation(before)->kind;
        const cn__node *node = facts[before->index].node;
        if (node->op == before) {
            l->edge.from = node->in[0].from;
            l->edge.back_count = l->edge.from->fused_count;
        } else {
            l->edge.back_count--;
        }
    }
}

/* ---- gradients --------------------------------------------------------------------------------------------- */

/* In the order in which they will write: the first assigns, the others add, the last goes on. */
static void add_writer(cn__edge *edge, const bool *wants, cn__edge **last_writer, const cn__plan *plan)
{
    const size_t from = (size_t)(edge->from - plan->nodes);
    edge->wanted = wants[from] && edge->from->reached;
    if (!edge->wanted) return;
    edge->adds = last_writer[from] != NULL;
    if (edge->adds) last_writer[from]->last = false;
    edge->last = true;
    last_writer[from] = edge;
}

/* Has it a way back? An embedding has none: its inputs are whole numbers. */
static bool passes_back(const cn__op *op) { return op->kind->backward || cn__op_is_elementwise(op); }

static cn_status connect_gradients(cn__plan *plan)
{
    bool *wants = cn__arena_array(&plan->arena, plan->node_count + 1, sizeof *wants);
    cn__edge **last_writer = cn__arena_array(&plan->arena, plan->node_count + 1, sizeof(cn__edge *));
    if (!wants || !last_writer) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < plan->node_count; i++) {
        const cn__node *n = &plan->nodes[i];
        wants[i] = n->trains || (plan->options.input_gradients && !n->op->inputs);
        for (size_t j = 0; j < n->op->inputs; j++)
            wants[i] |= wants[n->in[j].from - plan->nodes] && passes_back(n->op);
    }
    for (size_t i = 0; i < plan->graph.output_count; i++)
        if (plan->losses[i].objective) plan->losses[i].edge.from->reached = true;
    for (size_t i = plan->node_count; i-- > 0;) {
        cn__node *n = &plan->nodes[i];
        n->reached |= n->op->kind->penalty != NULL;
        for (size_t j = 0; n->reached && j < n->op->inputs; j++) n->in[j].from->reached = true;
    }
    for (size_t i = 0; i < plan->graph.output_count; i++)
        if (plan->losses[i].objective) add_writer(&plan->losses[i].edge, wants, last_writer, plan);
    for (size_t i = plan->node_count; i-- > 0;) {
        cn__node *n = &plan->nodes[i];
        n->cleared = n->reached && wants[i] && !last_writer[i];
        n->trains = n->trains && n->reached;
        for (size_t j = 0; n->reached && wants[i] && passes_back(n->op) && j < n->op->inputs; j++)
            add_writer(&n->in[j], wants, last_writer, plan);
    }
    for (size_t i = 0; i < plan->node_count;
         i++) /* what another operation has fused is read behind all of it */
        for (size_t j = 0; j < plan->nodes[i].op->inputs; j++)
            plan->nodes[i].in[j].back_count = plan->nodes[i].in[j].from->fused_count;
    return CN_OK;
}

size_t cn__plan_gradient_count(const cn__plan *plan, const cn__variable *v)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->node_count; i++) {
        const cn__node *n = &plan->nodes[i];
        for (int g = 0; n->trains && g < CN_MAX_OP_GRADIENTS; g++)
            for (int j = 0; j < CN_MAX_OP_VARIABLES; j++)
                count += !n->op->kind->gradients[g].parts && n->op->kind->gradients[g].variables & 1u << j &&
                         n->op->variable[j] == v;
    }
    return count;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

cn_status cn__plan_make_nodes(cn__plan *plan)
{
    const bool learns = plan->options.training && !plan->options.as_predicted;
    CN_TRY((learns ? cn__lower_for_training : cn__lower_model)(plan->model, &plan->arena, &plan->graph));
    const cn__op_graph *g = &plan->graph;
    op_facts *facts = cn__arena_array(&plan->arena, g->count + 1, sizeof *facts);
    plan->nodes = cn__arena_array(&plan->arena, g->count + 1, sizeof *plan->nodes);
    plan->inputs = cn__arena_array(&plan->arena, g->input_count + 1, sizeof(cn__node *));
    plan->losses = cn__arena_array(&plan->arena, g->output_count + 1, sizeof *plan->losses);
    plan->outputs = cn__arena_array(&plan->arena, g->output_count + 1, sizeof *plan->outputs);
    if (!facts || !plan->nodes || !plan->inputs || !plan->losses || !plan->outputs) return CN_ERROR_MEMORY;
    count_uses(plan, facts);
    for (size_t i = 0; plan->options.targets && i < g->output_count; i++) {
        const cn__op *before = activation_before_loss(plan, facts, i);
        const cn__op *last = g->ops[facts[g->outputs[i].op->index].stands_for];
        if (before) facts[before->index].alone = facts[before->index].uses > 1 || before != last;
    }
    CN_TRY(divide(plan, facts));
    for (size_t i = 0; i < g->input_count; i++) plan->inputs[i] = facts[g->inputs[i]->index].node;
    connect_losses(plan, facts);
    return plan->options.training && !plan->options.forward_only ? connect_gradients(plan) : CN_OK;
}
