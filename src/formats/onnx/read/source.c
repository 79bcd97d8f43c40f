/* Reads an ONNX file into messages, within a bound of memory, and looks up its names: what each value is made of and who
 * takes it. What is not as the specification has it is refused here, so that later steps can rely on it. */
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "formats/onnx/onnx.h"

#define MAX_FILE ((size_t)INT32_MAX) /* protobuf's */
#define MEMORY_BESIDE (16u << 20)    /* what the messages may take: this, and four times the file */
enum { MAX_NODES = 4096, MAX_VALUES = 1 << 16, OLDEST_OPSET = 7 };

/* ---- memory within a bound ----------------------------------------------------------------------------- */

/* Keeps a block's size before it. */
typedef union header {
    size_t size;
    max_align_t align;
} header;

static void *bounded_alloc(void *data, size_t size)
{
    struct cn__onnx_budget *budget = data;
    if (size > budget->limit - budget->used || budget->limit - budget->used - size < sizeof(header))
        return NULL;
    header *block = cn__malloc(size + sizeof *block);
    budget->failed = budget->failed || !block;
    if (!block) return NULL;
    block->size = size + sizeof *block;
    budget->used += block->size;
    return block + 1;
}

static void bounded_free(void *data, void *memory)
{
    struct cn__onnx_budget *budget = data;
    if (!memory) return;
    header *block = (header *)memory - 1;
    budget->used -= block->size;
    cn__free(block);
}

void cn__onnx_close(cn__onnx_source *s)
{
    if (s->model) cn__onnx__model__free_unpacked(s->model, &s->allocator);
    s->model = NULL;
    cn__arena_free(&s->arena);
}

static cn_status read_messages(const cn__infile *file, cn__onnx_source *s)
{
    char *bytes;
    size_t size;
    CN_TRY(cn__infile_read(file, &bytes, &size, MAX_FILE));
    s->budget.limit = MEMORY_BESIDE + 4 * size;
    s->allocator = (ProtobufCAllocator){bounded_alloc, bounded_free, &s->budget};
    cn_status status = cn__onnx_check_strings(bytes, size);
    if (status == CN_OK) s->model = cn__onnx__model__unpack(&s->allocator, size, (const uint8_t *)bytes);
    cn__free(bytes);
    if (status != CN_OK) return status;
    if (!s->model && s->budget.failed) return cn__fail_memory(size, "the graph");
    if (!s->model || !s->model->graph)
        return cn__fail(CN_ERROR_FORMAT, "it is no ONNX model, or it is damaged or cut off");
    return CN_OK;
}

/* ---- tensors ------------------------------------------------------------------------------------------- */

bool cn__onnx_is_float(const Cn__Onnx__Tensor *t)
{
    return t->type == CN_ONNX_FLOAT32 || t->type == CN_ONNX_FLOAT64;
}
bool cn__onnx_is_int(const Cn__Onnx__Tensor *t)
{
    return t->type == CN_ONNX_INT32 || t->type == CN_ONNX_INT64;
}

size_t cn__onnx_size(const Cn__Onnx__Tensor *t)
{
    size_t size = 1;
    for (size_t i = 0; i < t->n_dims; i++) size *= (size_t)t->dims[i];
    return size;
}

static size_t type_bytes(int type)
{
    return type == CN_ONNX_BOOL ? 1 : type == CN_ONNX_FLOAT32 || type == CN_ONNX_INT32 ? 4 : 8;
}

static size_t given_elements(const Cn__Onnx__Tensor *t)
{
    if (t->raw.len) return t->raw.len % type_bytes(t->type) ? SIZE_MAX : t->raw.len / type_bytes(t->type);
    switch (t->type) {
    case CN_ONNX_FLOAT32: return t->n_floats;
    case CN_ONNX_FLOAT64: return t->n_doubles;
    case CN_ONNX_BOOL:
    case CN_ONNX_INT32: return t->n_int32s;
    default: return t->n_int64s;
    }
}

double cn__onnx_element(const Cn__Onnx__Tensor *t, size_t i)
{
    float f;
    double d;
    int32_t n;
    int64_t l;
    const uint8_t *raw = t->raw.len ? t->raw.data + i * type_bytes(t->type) : NULL;
    switch (t->type) {
    case CN_ONNX_FLOAT32:
        if (raw) memcpy(&f, raw, sizeof f);
        return (double)(raw ? f : t->floats[i]);
    case CN_ONNX_FLOAT64:
        if (raw) memcpy(&d, raw, sizeof d);
        return raw ? d : t->doubles[i];
    case CN_ONNX_INT32:
        if (raw) memcpy(&n, raw, sizeof n);
        return raw ? n : t->int32s[i];
    case CN_ONNX_BOOL: return raw ? *raw : t->int32s[i];
    default:
        if (raw) memcpy(&l, raw, sizeof l);
        return (double)(raw ? l : t->int64s[i]);
    }
}

/* Checks a tensor, and reads it where it is kept in another file. */
static cn_status check_tensor(cn__onnx_source *s, Cn__Onnx__Tensor *t, const char *name)
{
    size_t size = 1, given;
    if (!cn__onnx_is_float(t) && !cn__onnx_is_int(t) && t->type != CN_ONNX_BOOL)
        return cn__fail(
            CN_ERROR_FORMAT,
            "tensor '%.80s' is of ONNX's type %d; read are 1 (float), 6 (int32), 7 (int64), 9 (bool) "
            "and 11 (double)",
            name, (int)t->type);
    if (t->n_dims > CN_MAX_DIMS)
        return cn__fail(CN_ERROR_FORMAT, "tensor '%.80s' has %zu dimensions, expected at most %d", name,
                        t->n_dims, CN_MAX_DIMS);
    for (size_t i = 0; i < t->n_dims; i++) {
        if (t->dims[i] < 0 || (t->dims[i] && size > MAX_FILE / (size_t)t->dims[i]))
            return cn__fail(CN_ERROR_FORMAT, "tensor '%.80s' has an impossible size %lld", name,
                            (long long)t->dims[i]);
        size *= (size_t)t->dims[i];
    }
    if (t->location != 0 || t->n_external)
        CN_TRY(cn__onnx_read_external(s, t, name, size * type_bytes(t->type)));
    given = given_elements(t);
    if (given == size) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "tensor '%.80s' has %zu elements by its shape, and the file holds %zu",
                    name, size, given == SIZE_MAX ? 0 : given);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const cn__onnx_value *)a)->name, ((const cn__onnx_value *)b)->name);
}

cn__onnx_value *cn__onnx_find(const cn__onnx_source *s, const char *name)
{
    if (!name || !*name || !s->value_count) return NULL;
    return bsearch(&(cn__onnx_value){.name = name}, s->values, s->value_count, sizeof *s->values, by_name);
}

cn__onnx_value *cn__onnx_input(const cn__onnx_source *s, const Cn__Onnx__Node *node, size_t i)
{
    return i < node->n_inputs ? cn__onnx_find(s, node->inputs[i]) : NULL;
}

const Cn__Onnx__Attribute *cn__onnx_attribute(const Cn__Onnx__Node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attributes; i++)
        if (strcmp(node->attributes[i]->name, name) == 0) return node->attributes[i];
    return NULL;
}

double cn__onnx_number(const Cn__Onnx__Node *node, const char *name, double fallback)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
    return !a ? fallback : a->type == CN_ONNX_I ? (double)a->i : (double)a->f;
}

static void add_name(cn__onnx_source *s, const char *name)
{
    if (*name) s->values[s->value_count++].name = name;
}

/* Every value is made once: by an initialiser, an input or a node. */
static cn_status collect_names(cn__onnx_source *s)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    size_t count = g->n_initializers + g->n_inputs, taken = 0;
    for (size_t i = 0; i < g->n_nodes; i++) {
        count += g->nodes[i]->n_outputs, taken += g->nodes[i]->n_inputs;
        if (count > MAX_VALUES || taken > MAX_VALUES) break;
    }
    if (count > MAX_VALUES || taken > MAX_VALUES)
        return cn__fail(CN_ERROR_FORMAT, "its graph has more than %d values", MAX_VALUES);
    s->values = cn__arena_array(&s->arena, count + 1, sizeof *s->values);
    if (!s->values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < g->n_initializers; i++) add_name(s, g->initializers[i]->name);
    qsort(s->values, s->value_count, sizeof *s->values, by_name);
    for (size_t i = 0, n = s->value_count; i < g->n_inputs; i++) { /* initialisers may stand there too */
        cn__onnx_source initializers = {.values = s->values, .value_count = n};
        if (!cn__onnx_find(&initializers, g->inputs[i]->name)) add_name(s, g->inputs[i]->name);
    }
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t j = 0; j < g->nodes[i]->n_outputs; j++) add_name(s, g->nodes[i]->outputs[j]);
    qsort(s->values, s->value_count, sizeof *s->values, by_name);
    for (size_t i = 1; i < s->value_count; i++)
        if (strcmp(s->values[i - 1].name, s->values[i].name) == 0)
            return cn__fail(CN_ERROR_FORMAT, "its graph makes value '%.80s' twice", s->values[i].name);
    return CN_OK;
}

static bool takes_shape(const Cn__Onnx__Node *node) { return strcmp(node->op, "Shape") == 0; }

static cn_status collect_consumers(cn__onnx_source *s)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    cn__onnx_value *value;
    for (size_t i = 0; i < g->n_nodes; i++) {
        if (g->nodes[i]->n_outputs && (value = cn__onnx_find(s, g->nodes[i]->outputs[0])))
            value->producer = g->nodes[i];
        for (size_t j = 0; j < g->nodes[i]->n_inputs; j++)
            if ((value = cn__onnx_input(s, g->nodes[i], j)))
                value->consumer_count += !takes_shape(g->nodes[i]);
            else if (*g->nodes[i]->inputs[j])
                return cn__fail(CN_ERROR_FORMAT, "its graph takes value '%.80s', which nothing makes",
                                g->nodes[i]->inputs[j]);
    }
    for (size_t i = 0; i < s->value_count; i++) {
        value = &s->values[i];
        value->consumers = cn__arena_array(&s->arena, value->consumer_count + 1, sizeof *value->consumers);
        if (!value->consumers) return CN_ERROR_MEMORY;
        value->consumer_count = 0;
    }
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t j = 0; j < g->nodes[i]->n_inputs; j++)
            if ((value = cn__onnx_input(s, g->nodes[i], j)) && !takes_shape(g->nodes[i]))
                value->consumers[value->consumer_count++] = g->nodes[i];
    return CN_OK;
}

/* ---- constants ----------------------------------------------------------------------------------------- */

/* The one attribute of a Constant node, as a tensor. */
static cn_status constant_tensor(cn__onnx_source *s, const Cn__Onnx__Node *node, Cn__Onnx__Tensor **out)
{
    const Cn__Onnx__Attribute *a = node->n_attributes == 1 ? node->attributes[0] : NULL;
    Cn__Onnx__Tensor *t = a && a->t ? a->t : cn__arena_alloc(&s->arena, sizeof *t);
    int64_t *dims = cn__arena_array(&s->arena, 1, sizeof *dims);
    if (!t || !dims) return CN_ERROR_MEMORY;
    *out = t;
    if (a && a->t) return CN_OK;
    *t = (Cn__Onnx__Tensor)CN__ONNX__TENSOR__INIT;
    t->dims = dims;
    if (a && (a->type == CN_ONNX_F || a->type == CN_ONNX_FS)) {
        t->type = CN_ONNX_FLOAT32;
        t->floats = a->type == CN_ONNX_F ? (float *)&a->f : a->floats;
        t->n_floats = a->type == CN_ONNX_F ? 1 : a->n_floats;
        dims[0] = (int64_t)t->n_floats, t->n_dims = a->type == CN_ONNX_FS;
    } else if (a && (a->type == CN_ONNX_I || a->type == CN_ONNX_IS)) {
        t->type = CN_ONNX_INT64;
        t->int64s = a->type == CN_ONNX_I ? (int64_t *)&a->i : a->ints;
        t->n_int64s = a->type == CN_ONNX_I ? 1 : a->n_ints;
        dims[0] = (int64_t)t->n_int64s, t->n_dims = a->type == CN_ONNX_IS;
    }
    return CN_OK; /* else of no type, which is refused next */
}

static bool swaps_axes(const Cn__Onnx__Node *node)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, "perm");
    return !a || (a->n_ints == 2 && a->ints[0] == 1 && a->ints[1] == 0);
}

/* Constant nodes, and constants that are passed on, transposed or made floats. */
static cn_status find_constant(cn__onnx_source *s, const Cn__Onnx__Node *node)
{
    cn__onnx_value *out = node->n_outputs == 1 ? cn__onnx_find(s, node->outputs[0]) : NULL,
                   *in = cn__onnx_input(s, node, 0);
    if (!out || *node->domain) return CN_OK;
    if (strcmp(node->op, "Constant") == 0) {
        Cn__Onnx__Tensor *tensor = NULL;
        CN_TRY(constant_tensor(s, node, &tensor));
        CN_TRY(check_tensor(s, tensor, node->outputs[0]));
        out->tensor = tensor;
    } else if (in && in->tensor && node->n_inputs == 1) {
        bool transpose = strcmp(node->op, "Transpose") == 0 && in->tensor->n_dims == 2 && swaps_axes(node),
             cast = strcmp(node->op, "Cast") == 0 && cn__onnx_number(node, "to", 0) == CN_ONNX_FLOAT32;
        if (strcmp(node->op, "Identity") != 0 && !transpose && !cast) return CN_OK;
        out->tensor = in->tensor;
        out->transposed = in->transposed != transpose;
    }
    return CN_OK;
}

static cn_status find_constants(cn__onnx_source *s)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    for (size_t i = 0; i < g->n_initializers; i++) {
        cn__onnx_value *value = cn__onnx_find(s, g->initializers[i]->name);
        CN_TRY(check_tensor(s, g->initializers[i], g->initializers[i]->name));
        if (value) value->tensor = g->initializers[i];
    }
    for (size_t i = 0; i < g->n_nodes; i++) CN_TRY(find_constant(s, g->nodes[i]));
    return CN_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static cn_status check_model(cn__onnx_source *s)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    for (size_t i = 0; i < s->model->n_opset_import; i++) {
        const Cn__Onnx__Opset *opset = s->model->opset_import[i];
        if (!*opset->domain || strcmp(opset->domain, "ai.onnx") == 0) s->opset = opset->version;
    }
    s->ours = strcmp(s->model->producer_name, CN_ONNX_PRODUCER) == 0;
    if (s->opset < OLDEST_OPSET)
        return cn__fail(CN_ERROR_FORMAT, "it is of ONNX's operator set %lld, expected %d or later",
                        (long long)s->opset, OLDEST_OPSET);
    if (s->model->n_functions)
        return cn__fail(CN_ERROR_FORMAT,
                        "it has functions of its own, which are not read; "
                        "onnx.inliner.inline_local_functions(model) puts them into the graph");
    if (g->n_sparse_initializers)
        return cn__fail(CN_ERROR_FORMAT, "it has sparse tensors, which are not read");
    if (g->n_nodes > MAX_NODES)
        return cn__fail(CN_ERROR_FORMAT, "its graph has %zu nodes, expected at most %d", g->n_nodes,
                        MAX_NODES);
    for (size_t i = 0; i < g->n_nodes; i++) /* the long name of the same */
        if (strcmp(g->nodes[i]->domain, "ai.onnx") == 0) g->nodes[i]->domain[0] = '\0';
    return CN_OK;
}

bool cn__onnx_is_output(const cn__onnx_source *s, const char *name)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    for (size_t i = 0; i < g->n_outputs; i++)
        if (strcmp(g->outputs[i]->name, name) == 0) return true;
    return false;
}

/* Does an input pass the network by: is it not used, or only handed on to outputs? States of policies are. */
static bool passes_by(const cn__onnx_source *s, const cn__onnx_value *input)
{
    for (size_t i = 0; i < input->consumer_count; i++) {
        const Cn__Onnx__Node *node = input->consumers[i];
        const cn__onnx_value *out = node->n_outputs == 1 ? cn__onnx_find(s, node->outputs[0]) : NULL;
        if (strcmp(node->op, "Identity") != 0 || !out || out->consumer_count ||
            !cn__onnx_is_output(s, out->name))
            return false;
    }
    return true;
}

static bool is_passed_by(const cn__onnx_source *s, const cn__onnx_value *output)
{
    if (!output) return false;
    const cn__onnx_value *from = output->producer && strcmp(output->producer->op, "Identity") == 0
                                     ? cn__onnx_input(s, output->producer, 0)
                                     : output;
    return from && !from->producer && !from->tensor && passes_by(s, from);
}

/* The inputs and outputs of the network; those that only pass it by are left out where there are others. */
static void list_ports(cn__onnx_source *s, bool all)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    s->input_count = s->output_count = 0;
    for (size_t i = 0; i < g->n_inputs; i++) {
        const cn__onnx_value *value = cn__onnx_find(s, g->inputs[i]->name);
        if (value && !value->tensor && (all || !passes_by(s, value)))
            s->inputs[s->input_count++] = g->inputs[i];
    }
    for (size_t i = 0; i < g->n_outputs; i++)
        if (all || !is_passed_by(s, cn__onnx_find(s, g->outputs[i]->name)))
            s->outputs[s->output_count++] = g->outputs[i];
}

static cn_status find_ports(cn__onnx_source *s)
{
    const Cn__Onnx__Graph *g = s->model->graph;
    s->inputs = cn__arena_array(&s->arena, g->n_inputs + 1, sizeof(void *));
    s->outputs = cn__arena_array(&s->arena, g->n_outputs + 1, sizeof(void *));
    if (!s->inputs || !s->outputs) return CN_ERROR_MEMORY;
    list_ports(s, true);
    if (s->input_count != 1 || s->output_count != 1) list_ports(s, false);
    if (!s->input_count || !s->output_count)
        return cn__fail(CN_ERROR_FORMAT,
                        "its graph has %zu inputs and %zu outputs, expected one of each at least",
                        s->input_count, s->output_count);
    if (s->input_count == 1 && s->output_count == 1) s->input = s->inputs[0], s->output = s->outputs[0];
    return CN_OK;
}

cn_status cn__onnx_open(const cn__infile *file, cn__onnx_source *s)
{
    *s = (cn__onnx_source){.path = file->bytes ? NULL : file->name};
    CN_TRY(read_messages(file, s));
    CN_TRY(check_model(s));
    CN_TRY(collect_names(s));
    CN_TRY(collect_consumers(s));
    CN_TRY(find_constants(s));
    return find_ports(s);
}
