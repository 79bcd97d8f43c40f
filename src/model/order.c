/* The order of a graph: of its tensors, each after those that it is made from, and of its layers, as Keras has them. */
#include <assert.h>

#include "model/graph.h"

/* A walk without recursion: networks may be thousands of layers deep. */
typedef struct walk {
    cn_tensor **sorted, **stack;
    size_t *next; /* (stack): the input that comes next */
    size_t count, depth;
} walk;

static bool is_in(cn_tensor *const *list, size_t count, const cn_tensor *t)
{
    for (size_t i = count; i-- > 0;)
        if (list[i] == t) return true;
    return false;
}

static void push(walk *w, cn_tensor *t)
{
    if (is_in(w->sorted, w->count, t) || is_in(w->stack, w->depth, t)) return;
    w->stack[w->depth] = t;
    w->next[w->depth++] = 0;
}

static void finish(walk *w)
{
    while (w->depth) {
        cn_tensor *t = w->stack[w->depth - 1];
        const size_t i = w->next[w->depth - 1]++;
        if (i < t->inputs) push(w, t->from[i]);
        else w->sorted[w->count++] = t, w->depth--;
    }
}

/* A call among the tensors that it gave: how far it is from the outputs, no nearer than other calls of its layer, and when it was
 * first met on the way back from them. Keras runs calls in this order; a statistic that two calls move takes the first call's
 * first. */
typedef struct call_order {
    size_t depth, met;
    bool known;
} call_order;

static void meet(call_order *t, size_t depth, size_t *met)
{
    if (!t->known) *t = (call_order){.known = true, .met = (*met)++};
    if (t->depth < depth) t->depth = depth;
}

/* The first tensor of the same call, which stands for it. */
static size_t call_of(cn_tensor *const *tensors, size_t count, const cn_tensor *t)
{
    size_t i = 0;
    while (i < count && (tensors[i]->layer != t->layer || tensors[i]->call != t->call)) i++;
    return i;
}

static void find_call_orders(cn_tensor *const *tensors, size_t n, call_order *orders)
{
    size_t met = 0;
    for (size_t i = n; i-- > 0;) {
        if (call_of(tensors, n, tensors[i]) != i) continue;
        meet(&orders[i], 0, &met);
        for (size_t j = i + 1; j < n; j++) /* later calls of the layer */
            if (tensors[j]->layer == tensors[i]->layer && orders[j].depth > orders[i].depth)
                orders[i].depth = orders[j].depth;
        for (size_t k = 0; k < tensors[i]->inputs; k++)
            meet(&orders[call_of(tensors, n, tensors[i]->from[k])], orders[i].depth + 1, &met);
    }
    for (size_t i = 0; i < n; i++) orders[i] = orders[call_of(tensors, n, tensors[i])];
}

static bool order_as_keras(cn__arena *arena, cn_tensor **tensors, size_t n)
{
    call_order *orders = cn__arena_array(arena, n + 1, sizeof *orders);
    if (!orders) return false;
    find_call_orders(tensors, n, orders);
    for (size_t i = 1; i < n; i++) /* by insertion: it is nearly in order, and stable */
        for (size_t j = i; j > 0; j--) {
            const call_order *a = &orders[j - 1], *b = &orders[j];
            if (a->depth > b->depth || (a->depth == b->depth && a->met <= b->met)) break;
            const call_order t = orders[j];
            cn_tensor *tensor = tensors[j];
            orders[j] = orders[j - 1], orders[j - 1] = t;
            tensors[j] = tensors[j - 1], tensors[j - 1] = tensor;
        }
    return true;
}

#ifndef NDEBUG
static bool follow_their_inputs(cn_tensor *const *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sorted[i]->inputs; k++)
            if (!is_in(sorted, i, sorted[i]->from[k])) return false;
    return true;
}
#endif

cn_tensor **cn__graph_sort(cn__arena *arena, cn_tensor *const *outputs, size_t count, size_t *sorted)
{
    const size_t all = outputs[0]->graph->tensor_count;
    walk w = {.sorted = cn__arena_array(arena, all + 1, sizeof *w.sorted),
              .stack = cn__arena_array(arena, all + 1, sizeof *w.stack),
              .next = cn__arena_array(arena, all + 1, sizeof *w.next)};
    if (!w.sorted || !w.stack || !w.next) return NULL;
    for (size_t i = 0; i < count; i++) {
        push(&w, outputs[i]);
        finish(&w);
    }
    *sorted = w.count;
    if (!order_as_keras(arena, w.sorted, w.count)) return NULL;
    assert(follow_their_inputs(w.sorted, w.count));
    return w.sorted;
}

static size_t index_of(cn_tensor *const *tensors, size_t count, const cn_tensor *t)
{
    size_t i = 0;
    while (i < count && tensors[i] != t) i++;
    return i;
}

/* A layer with its place: the greatest distance of its tensors from an output, and the number of its first visit. */
typedef struct place {
    cn_layer *layer;
    size_t depth, visit;
} place;

static place *place_of(place *places, size_t *count, cn_layer *layer)
{
    for (size_t i = 0; i < *count; i++)
        if (places[i].layer == layer) return &places[i];
    places[*count] = (place){.layer = layer, .visit = *count};
    return &places[(*count)++];
}

/* Layers are numbered when the walk first comes to them, before it goes on to what they are made from. */
static void visit(cn_tensor *t, place *places, size_t *count, cn_tensor **seen, size_t *seen_count,
                  cn_tensor **stack)
{
    size_t depth = 0;
    stack[depth++] = t;
    while (depth) {
        t = stack[--depth];
        if (is_in(seen, *seen_count, t)) continue;
        seen[(*seen_count)++] = t;
        (void)place_of(places, count, t->layer);
        for (size_t i = t->inputs; i-- > 0;)
            if (!is_in(seen, *seen_count, t->from[i])) stack[depth++] = t->from[i];
    }
}

static bool comes_before(const place *a, const place *b)
{
    return a->depth != b->depth ? a->depth > b->depth : a->visit < b->visit;
}

/* From the outputs on: a tensor is one further than the farthest that is made from it, and no nearer than its layer. */
static bool measure_depths(cn__arena *arena, cn_tensor *const *tensors, size_t n, place *places,
                           size_t *count)
{
    size_t *depth = cn__arena_array(arena, n + 1, sizeof *depth);
    if (!depth) return false;
    for (size_t t = n; t-- > 0;) {
        place *p = place_of(places, count, tensors[t]->layer);
        if (p->depth > depth[t]) depth[t] = p->depth;
        p->depth = depth[t];
        for (size_t i = 0; i < tensors[t]->inputs; i++) {
            size_t *of_input = &depth[index_of(tensors, n, tensors[t]->from[i])];
            if (*of_input < depth[t] + 1) *of_input = depth[t] + 1;
        }
    }
    return true;
}

cn_layer **cn__graph_layers(cn__arena *arena, cn_tensor *const *tensors, size_t n, cn_tensor *const *outputs,
                            size_t output_count, size_t *layers)
{
    size_t count = 0, seen_count = 0, edges = n;
    for (size_t t = 0; t < n; t++) edges += tensors[t]->inputs;
    place *places = cn__arena_array(arena, n + 1, sizeof *places);
    cn_tensor **seen = cn__arena_array(arena, n + 1, sizeof *seen),
              **stack = cn__arena_array(arena, edges + 1, sizeof *stack);
    cn_layer **sorted = cn__calloc(n + 1, sizeof *sorted);
    if (!places || !seen || !stack || !sorted) {
        cn__free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < output_count; i++) visit(outputs[i], places, &count, seen, &seen_count, stack);
    if (!measure_depths(arena, tensors, n, places, &count)) {
        cn__free(sorted);
        return NULL;
    }
    for (size_t i = 1; i < count; i++) /* by insertion: stable, and models are short */
        for (size_t j = i; j > 0 && comes_before(&places[j], &places[j - 1]); j--) {
            const place p = places[j];
            places[j] = places[j - 1], places[j - 1] = p;
        }
    for (size_t i = 0; i < count; i++) sorted[i] = places[i].layer;
    *layers = count;
    return sorted;
}
