/* Channels last and first in an ONNX graph that is being made. */
#include <string.h>

#include "formats/onnx/write/write.h"

enum { MOST_AXES = 2 };

/* to_last[axes - 1], to_first[axes - 1]: series and images. */
static const int64_t to_last[MOST_AXES][MOST_AXES + 2] = {{0, 2, 1}, {0, 2, 3, 1}},
                                                    to_first[MOST_AXES][MOST_AXES + 2] = {{0, 2, 1},
                                                                                          {0, 3, 1, 2}};

static const char *transpose(cn__onnx_graph *g, const char *value, const int64_t *order, int axes)
{
    Cn__Onnx__Node *node = cn__onnx_node(g, "Transpose", (const char *const[]){value, NULL});
    cn__onnx_attribute_ints(g, node, "perm", (size_t)axes + 2, order);
    return g->value;
}

static bool is_to_last(const Cn__Onnx__Node *node)
{
    if (strcmp(node->op, "Transpose") != 0) return false;
    const Cn__Onnx__Attribute *a = node->attributes[0];
    if (a->n_ints < 3 || a->n_ints > MOST_AXES + 2) return false; /* of a Permute */
    return memcmp(a->ints, to_last[a->n_ints - 3], a->n_ints * sizeof *a->ints) == 0;
}

static const Cn__Onnx__Node *find_producer(const cn__onnx_graph *g, const char *value)
{
    for (size_t i = g->graph.n_nodes; i > 0; i--)
        if (strcmp(g->graph.nodes[i - 1]->outputs[0], value) == 0) return g->graph.nodes[i - 1];
    return NULL;
}

const char *cn__onnx_channels_first(const cn__onnx_graph *g, const char *value)
{
    const Cn__Onnx__Node *producer = g->failed || !value ? NULL : find_producer(g, value);
    return producer && is_to_last(producer) ? producer->inputs[0] : NULL;
}

const char *cn__onnx_to_first(cn__onnx_graph *g, const char *value, int axes)
{
    const char *first = cn__onnx_channels_first(g, value);
    return first ? first : transpose(g, value, to_first[axes - 1], axes);
}

void cn__onnx_to_last(cn__onnx_graph *g, int axes) { transpose(g, g->value, to_last[axes - 1], axes); }

static bool is_taken(const cn__onnx_graph *g, const char *value)
{
    for (size_t i = 0; i < g->graph.n_nodes; i++)
        for (size_t j = 0; j < g->graph.nodes[i]->n_inputs; j++)
            if (strcmp(g->graph.nodes[i]->inputs[j], value) == 0) return true;
    for (size_t i = 0; i < g->graph.n_outputs; i++)
        if (strcmp(g->graph.outputs[i]->name, value) == 0) return true;
    return false;
}

void cn__onnx_drop_unused(cn__onnx_graph *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->graph.n_nodes; i++) {
        Cn__Onnx__Node *node = g->graph.nodes[i];
        if (strcmp(node->op, "Transpose") == 0 && !is_taken(g, node->outputs[0])) continue;
        g->graph.nodes[kept++] = node;
    }
    g->graph.n_nodes = kept;
}
