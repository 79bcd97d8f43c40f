/* Makes the messages of an ONNX graph in an arena. A failure is kept and looked at once, at the end. */
#include <stdio.h>
#include <string.h>

#include "formats/onnx/onnx.h"

static void *allocate(cn__onnx_graph *g, size_t count, size_t size)
{
    void *memory = g->failed ? NULL : cn__arena_array(&g->arena, count, size);
    if (!memory) g->failed = true;
    return memory;
}

static char *copy(cn__onnx_graph *g, const char *text)
{
    char *out = g->failed ? NULL : cn__arena_strdup(&g->arena, text);
    if (!out) g->failed = true;
    return out;
}

/* Appends to a list that the arena holds; it doubles in new memory. */
static void append(cn__onnx_graph *g, void ***list, size_t *count, size_t *capacity, void *item)
{
    if (*count == *capacity) {
        size_t wanted = *capacity ? 2 * *capacity : 16;
        void **grown = allocate(g, wanted, sizeof *grown);
        if (!grown) return;
        if (*count) memcpy(grown, *list, *count * sizeof *grown);
        *list = grown;
        *capacity = wanted;
    }
    (*list)[(*count)++] = item;
}

/* "layer/Op", "layer/Op_2", … */
static char *node_name(cn__onnx_graph *g, const char *op)
{
    int same = 1;
    for (size_t i = g->first; i < g->graph.n_nodes; i++)
        if (strcmp(g->graph.nodes[i]->op, op) == 0) same++;
    char *name = g->failed   ? NULL
                 : same == 1 ? cn__arena_format(&g->arena, "%s/%s", g->layer, op)
                             : cn__arena_format(&g->arena, "%s/%s_%d", g->layer, op, same);
    if (!name) g->failed = true;
    return name;
}

Cn__Onnx__Node *cn__onnx_node(cn__onnx_graph *g, const char *op, const char *const *inputs)
{
    enum { ATTRIBUTES = 8 };
    size_t count = 0;
    while (inputs[count]) count++;
    Cn__Onnx__Node *node = allocate(g, 1, sizeof *node);
    char **taken = allocate(g, count + 1, sizeof *taken), **given = allocate(g, 1, sizeof *given),
         *name = node_name(g, op);
    Cn__Onnx__Attribute **attributes = allocate(g, ATTRIBUTES, sizeof(void *));
    if (g->failed) return NULL;
    *node = (Cn__Onnx__Node)CN__ONNX__NODE__INIT;
    while (inputs[node->n_inputs]) {
        taken[node->n_inputs] = copy(g, inputs[node->n_inputs]);
        node->n_inputs++;
    }
    given[0] = name;
    node->name = name, node->op = copy(g, op);
    node->inputs = taken, node->outputs = given, node->n_outputs = 1, node->attributes = attributes;
    if (!g->failed) append(g, (void ***)&g->graph.nodes, &g->graph.n_nodes, &g->node_capacity, node);
    if (g->failed) return NULL;
    g->value = name;
    return node;
}

static Cn__Onnx__Attribute *add_attribute(cn__onnx_graph *g, Cn__Onnx__Node *node, const char *name, int type)
{
    Cn__Onnx__Attribute *a = node ? allocate(g, 1, sizeof *a) : NULL;
    if (!a) return NULL;
    *a = (Cn__Onnx__Attribute)CN__ONNX__ATTRIBUTE__INIT;
    a->name = copy(g, name);
    a->type = type;
    node->attributes[node->n_attributes++] = a;
    return a;
}

void cn__onnx_attribute_float(cn__onnx_graph *g, Cn__Onnx__Node *node, const char *name, float value)
{
    Cn__Onnx__Attribute *a = add_attribute(g, node, name, CN_ONNX_F);
    if (a) a->f = value;
}

void cn__onnx_attribute_int(cn__onnx_graph *g, Cn__Onnx__Node *node, const char *name, int64_t value)
{
    Cn__Onnx__Attribute *a = add_attribute(g, node, name, CN_ONNX_I);
    if (a) a->i = value;
}

void cn__onnx_attribute_text(cn__onnx_graph *g, Cn__Onnx__Node *node, const char *name, const char *text)
{
    Cn__Onnx__Attribute *a = add_attribute(g, node, name, CN_ONNX_S);
    char *bytes = copy(g, text);
    if (a && bytes) a->s = (ProtobufCBinaryData){strlen(bytes), (uint8_t *)bytes};
}

void cn__onnx_attribute_ints(cn__onnx_graph *g, Cn__Onnx__Node *node, const char *name, size_t count,
                             const int64_t *values)
{
    Cn__Onnx__Attribute *a = add_attribute(g, node, name, CN_ONNX_IS);
    int64_t *kept = a ? allocate(g, count, sizeof *kept) : NULL;
    if (!kept) return;
    memcpy(kept, values, count * sizeof *kept);
    a->ints = kept, a->n_ints = count;
}

static Cn__Onnx__Tensor *find_initializer(const cn__onnx_graph *g, const char *name)
{
    for (size_t i = 0; i < g->graph.n_initializers; i++)
        if (strcmp(g->graph.initializers[i]->name, name) == 0) return g->graph.initializers[i];
    return NULL;
}

static bool holds(const Cn__Onnx__Tensor *t, int type, size_t ndim, const int64_t *dims, const void *data)
{
    return t->type == type && t->n_dims == ndim &&
           (!ndim || memcmp(t->dims, dims, ndim * sizeof *dims) == 0) &&
           memcmp(t->raw.data, data, t->raw.len) == 0;
}

/* The name's own initialiser; where a layer that computes in several steps has several of one name, each has a number. */
static const char *add_initializer(cn__onnx_graph *g, char *name, int type, size_t ndim, const int64_t *dims,
                                   const void *data)
{
    const char *base = name;
    const Cn__Onnx__Tensor *same;
    for (int number = 2; name && (same = find_initializer(g, name)) != NULL; number++) {
        if (holds(same, type, ndim, dims, data)) return name;
        name = cn__arena_format(&g->arena, "%s_%d", base, number);
    }
    if (!name) g->failed = true;
    Cn__Onnx__Tensor *t = allocate(g, 1, sizeof *t);
    int64_t *sizes = allocate(g, ndim + 1, sizeof *sizes);
    if (g->failed) return "";
    *t = (Cn__Onnx__Tensor)CN__ONNX__TENSOR__INIT;
    size_t bytes = type == CN_ONNX_FLOAT32 ? sizeof(float) : sizeof(int64_t);
    for (size_t i = 0; i < ndim; i++) bytes *= (size_t)(sizes[i] = dims[i]);
    t->name = name, t->type = type, t->dims = sizes, t->n_dims = ndim;
    t->raw = (ProtobufCBinaryData){bytes, (uint8_t *)data};
    append(g, (void ***)&g->graph.initializers, &g->graph.n_initializers, &g->initializer_capacity, t);
    return name;
}

const char *cn__onnx_initializer(cn__onnx_graph *g, const char *name, int type, size_t ndim,
                                 const int64_t *dims, const void *data)
{
    char *full = g->failed ? NULL : cn__arena_format(&g->arena, "%s/%s", g->layer, name);
    if (!full) g->failed = true;
    return full ? add_initializer(g, full, type, ndim, dims, data) : "";
}

const char *cn__onnx_scalar(cn__onnx_graph *g, float value)
{
    float *data = allocate(g, 1, sizeof *data);
    char *name = g->failed ? NULL : cn__arena_format(&g->arena, "constant/%.9g", (double)value);
    if (!name) g->failed = true;
    if (g->failed) return "";
    *data = value;
    return add_initializer(g, name, CN_ONNX_FLOAT32, 0, NULL, data);
}

Cn__Onnx__Port *cn__onnx_port(cn__onnx_graph *g, const char *name, size_t ndim, const size_t *shape)
{
    Cn__Onnx__Port *port = allocate(g, 1, sizeof *port);
    Cn__Onnx__Type *type = allocate(g, 1, sizeof *type);
    Cn__Onnx__TensorType *tensor = allocate(g, 1, sizeof *tensor);
    Cn__Onnx__Shape *sizes = allocate(g, 1, sizeof *sizes);
    Cn__Onnx__Dim *dims = allocate(g, ndim + 1, sizeof *dims), **list = allocate(g, ndim + 1, sizeof *list);
    if (g->failed) return NULL;
    *port = (Cn__Onnx__Port)CN__ONNX__PORT__INIT;
    *type = (Cn__Onnx__Type)CN__ONNX__TYPE__INIT;
    *tensor = (Cn__Onnx__TensorType)CN__ONNX__TENSOR_TYPE__INIT;
    *sizes = (Cn__Onnx__Shape)CN__ONNX__SHAPE__INIT;
    for (size_t i = 0; i <= ndim; i++) {
        dims[i] = (Cn__Onnx__Dim)CN__ONNX__DIM__INIT;
        if (i) dims[i].size = (int64_t)shape[i - 1];
        else dims[i].name = copy(g, "batch");
        list[i] = &dims[i];
    }
    sizes->dims = list, sizes->n_dims = ndim + 1;
    tensor->type = CN_ONNX_FLOAT32, tensor->shape = sizes;
    type->tensor = tensor;
    port->name = copy(g, name), port->type = type;
    return port;
}

const char *cn__onnx_variable(cn__onnx_graph *g, const cn__variable *v)
{
    int64_t dims[CN_MAX_RANK];
    float *values = g->failed ? NULL : cn__arena_array(&g->arena, cn__variable_size(v), sizeof *values);
    if (!values) g->failed = true;
    else cn__variable_gather(v, v->value, values);
    for (int i = 0; i < v->ndim; i++) dims[i] = (int64_t)v->shape[i];
    return cn__onnx_initializer(g, v->name, CN_ONNX_FLOAT32, (size_t)v->ndim, dims, values);
}
