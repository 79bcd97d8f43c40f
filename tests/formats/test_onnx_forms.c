/* The same network in other forms of ONNX: constants as lists or bytes, of other types, made by nodes, passed on, cast or transposed. It is
 * read as the same network with the same weights. */
#include <dirent.h>

#include "base/arena_test.h"
#include "formats/files.h"
#include "formats/onnx/onnx.h"
#include "formats/support.h"

typedef enum form {
    LISTS,       /* elements as numbers, not as bytes */
    DOUBLES,     /* float64, as bytes */
    DOUBLE_LIST, /* float64 as numbers */
    INT32S,      /* int32 for int64, as bytes */
    INT32_LIST,
    NODES,      /* Constant nodes */
    NODE_LISTS, /* the same, with their numbers as attributes */
    PASSED,     /* through Identity */
    CAST,       /* float64 that is cast to float32 */
    TRANSPOSED, /* matrices, through Transpose */
    FORMS
} form;

static const char *const form_names[FORMS] = {
    "lists",          "doubles",    "lists of doubles", "int32", "int32 lists",
    "constant nodes", "attributes", "passed on",        "cast",  "transposed"};

/* ---- tensors ---------------------------------------------------------------------------------------------- */

static cn__arena arena;

static void *take(size_t count, size_t size)
{
    void *memory = cn__arena_array(&arena, count + 1, size);
    assert_non_null(memory);
    return memory;
}

static Cn__Onnx__Tensor *empty_like(const Cn__Onnx__Tensor *t)
{
    Cn__Onnx__Tensor *out = take(1, sizeof *out);
    *out = *t;
    out->raw = (ProtobufCBinaryData){0};
    out->n_floats = out->n_doubles = out->n_int32s = out->n_int64s = 0;
    return out;
}

static void set_raw(Cn__Onnx__Tensor *t, const void *data, size_t size)
{
    t->raw.data = take(size, 1);
    t->raw.len = size;
    memcpy(t->raw.data, data, size);
}

static void set_floats(Cn__Onnx__Tensor *t, const double *v, size_t n)
{
    t->floats = take(n, sizeof *t->floats);
    for (size_t i = 0; i < n; i++) t->floats[i] = (float)v[i];
    t->n_floats = n;
}

static void set_int64s(Cn__Onnx__Tensor *t, const double *v, size_t n)
{
    t->int64s = take(n, sizeof *t->int64s);
    for (size_t i = 0; i < n; i++) t->int64s[i] = (int64_t)v[i];
    t->n_int64s = n;
}

static void set_doubles(Cn__Onnx__Tensor *t, const double *v, size_t n, bool raw)
{
    t->type = CN_ONNX_FLOAT64;
    if (raw) {
        set_raw(t, v, n * sizeof *v);
        return;
    }
    t->doubles = take(n, sizeof *t->doubles);
    memcpy(t->doubles, v, n * sizeof *v);
    t->n_doubles = n;
}

static void set_int32s(Cn__Onnx__Tensor *t, const double *v, size_t n, bool raw)
{
    t->type = CN_ONNX_INT32;
    t->int32s = take(n, sizeof *t->int32s);
    for (size_t i = 0; i < n; i++) t->int32s[i] = (int32_t)v[i];
    if (raw) set_raw(t, t->int32s, n * sizeof *t->int32s);
    else t->n_int32s = n;
}

static double *elements(const Cn__Onnx__Tensor *t, size_t *count)
{
    *count = cn__onnx_size(t);
    double *v = take(*count, sizeof *v);
    for (size_t i = 0; i < *count; i++) v[i] = cn__onnx_element(t, i);
    return v;
}

/* Whole numbers are small where they are sizes. */
static bool is_small(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] < INT32_MIN || v[i] > INT32_MAX) return false;
    return true;
}

static Cn__Onnx__Tensor *in_form(const Cn__Onnx__Tensor *t, form f)
{
    size_t n;
    if (!cn__onnx_is_float(t) && t->type != CN_ONNX_INT64) return (Cn__Onnx__Tensor *)(uintptr_t)t;
    const double *v = elements(t, &n);
    Cn__Onnx__Tensor *out = empty_like(t);
    const bool whole = t->type == CN_ONNX_INT64,
               change_whole = whole && is_small(v, n) && (f == INT32S || f == INT32_LIST);
    if (change_whole) set_int32s(out, v, n, f == INT32S);
    else if (whole) set_int64s(out, v, n);
    else if (f == DOUBLES || f == CAST) set_doubles(out, v, n, true);
    else if (f == DOUBLE_LIST) set_doubles(out, v, n, false);
    else set_floats(out, v, n);
    return out;
}

static Cn__Onnx__Tensor *transposed(const Cn__Onnx__Tensor *t)
{
    size_t n;
    const double *v = elements(t, &n);
    Cn__Onnx__Tensor *out = empty_like(t);
    double *w = take(n, sizeof *w);
    const size_t rows = (size_t)t->dims[0], columns = (size_t)t->dims[1];
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++) w[k * rows + i] = v[i * columns + k];
    out->dims = take(2, sizeof *out->dims);
    out->dims[0] = t->dims[1], out->dims[1] = t->dims[0];
    out->type = CN_ONNX_FLOAT32;
    set_floats(out, w, n);
    return out;
}

/* ---- graphs ------------------------------------------------------------------------------------------------ */

typedef struct graph {
    Cn__Onnx__Model model;
    Cn__Onnx__Graph graph;
} graph;

static char *text(const char *a, const char *b)
{
    char *out = cn__arena_format(&arena, "%s%s", a, b);
    assert_non_null(out);
    return out;
}

static Cn__Onnx__Node *new_node(const char *op, const char *input, const char *output)
{
    Cn__Onnx__Node *n = take(1, sizeof *n);
    *n = (Cn__Onnx__Node)CN__ONNX__NODE__INIT;
    n->op = text(op, ""), n->name = text(output, "/node");
    n->inputs = take(1, sizeof *n->inputs), n->outputs = take(1, sizeof *n->outputs);
    if (input) n->inputs[n->n_inputs++] = text(input, "");
    n->outputs[n->n_outputs++] = text(output, "");
    n->attributes = take(1, sizeof *n->attributes);
    return n;
}

static Cn__Onnx__Attribute *add_attribute(Cn__Onnx__Node *n, const char *name, int type)
{
    Cn__Onnx__Attribute *a = take(1, sizeof *a);
    *a = (Cn__Onnx__Attribute)CN__ONNX__ATTRIBUTE__INIT;
    a->name = text(name, ""), a->type = type;
    n->attributes[n->n_attributes++] = a;
    return a;
}

/* A Constant node with the tensor, or with its numbers where there is an attribute for them. */
static Cn__Onnx__Node *constant(Cn__Onnx__Tensor *t, bool lists)
{
    enum { TYPE_TENSOR = 4 };
    Cn__Onnx__Node *n = new_node("Constant", NULL, t->name);
    size_t count;
    const bool whole = t->type == CN_ONNX_INT64, single = t->type == CN_ONNX_FLOAT32;
    if (!lists || t->n_dims > 1 || (!whole && !single)) {
        add_attribute(n, "value", TYPE_TENSOR)->t = t;
        return n;
    }
    const double *v = elements(t, &count);
    Cn__Onnx__Tensor numbers = *t;
    if (t->n_dims == 0) {
        Cn__Onnx__Attribute *a =
            add_attribute(n, whole ? "value_int" : "value_float", whole ? CN_ONNX_I : CN_ONNX_F);
        if (whole) a->i = (int64_t)v[0];
        else a->f = (float)v[0];
        return n;
    }
    Cn__Onnx__Attribute *a =
        add_attribute(n, whole ? "value_ints" : "value_floats", whole ? CN_ONNX_IS : CN_ONNX_FS);
    if (whole) set_int64s(&numbers, v, count), a->ints = numbers.int64s, a->n_ints = count;
    else set_floats(&numbers, v, count), a->floats = numbers.floats, a->n_floats = count;
    return n;
}

/* What makes the tensor's value of another one, whose name is its own and a tilde; NULL: nothing does. */
static Cn__Onnx__Node *maker(const Cn__Onnx__Tensor *t, form f)
{
    const char *from = text(t->name, "~");
    if (f == PASSED) return new_node("Identity", from, t->name);
    if (f == TRANSPOSED && t->n_dims == 2 && cn__onnx_is_float(t)) {
        Cn__Onnx__Node *n = new_node("Transpose", from, t->name);
        if (t->dims[0] % 2) return n; /* the axes are turned round where none are given */
        Cn__Onnx__Attribute *a = add_attribute(n, "perm", CN_ONNX_IS);
        a->ints = take(2, sizeof *a->ints), a->n_ints = 2;
        a->ints[0] = 1, a->ints[1] = 0;
        return n;
    }
    if (f != CAST || t->type != CN_ONNX_FLOAT32) return NULL;
    Cn__Onnx__Node *n = new_node("Cast", from, t->name);
    add_attribute(n, "to", CN_ONNX_I)->i = CN_ONNX_FLOAT32;
    return n;
}

static bool is_initializer(const Cn__Onnx__Graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_initializers; i++)
        if (strcmp(g->initializers[i]->name, name) == 0) return true;
    return false;
}

/* Older files list constants as inputs too, which what a node makes is not. */
static void list_inputs(const Cn__Onnx__Graph *g, Cn__Onnx__Graph *to)
{
    to->inputs = take(g->n_inputs, sizeof *to->inputs);
    to->n_inputs = 0;
    for (size_t i = 0; i < g->n_inputs; i++)
        if (!is_initializer(g, g->inputs[i]->name)) to->inputs[to->n_inputs++] = g->inputs[i];
}

static void change(const Cn__Onnx__Model *m, form f, graph *out)
{
    const Cn__Onnx__Graph *g = m->graph;
    Cn__Onnx__Graph *to = &out->graph;
    out->model = *m, out->graph = *g;
    out->model.graph = to;
    to->nodes = take(g->n_nodes + g->n_initializers, sizeof *to->nodes);
    to->initializers = take(g->n_initializers, sizeof *to->initializers);
    to->n_nodes = to->n_initializers = 0;
    if (f >= NODES) list_inputs(g, to);
    for (size_t i = 0; i < g->n_initializers; i++) {
        Cn__Onnx__Tensor *t = g->initializers[i];
        Cn__Onnx__Node *made = f == NODES || f == NODE_LISTS ? constant(t, f == NODE_LISTS) : maker(t, f);
        if (made) to->nodes[to->n_nodes++] = made;
        if (made && (f == NODES || f == NODE_LISTS)) continue;
        Cn__Onnx__Tensor *given = made && f == TRANSPOSED ? transposed(t)
                                  : made || f < NODES     ? in_form(t, f)
                                                          : t;
        if (made) given->name = text(t->name, "~");
        to->initializers[to->n_initializers++] = given;
    }
    for (size_t i = 0; i < g->n_nodes; i++) to->nodes[to->n_nodes++] = g->nodes[i];
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static size_t compared, others;

static cn_model *read_model(const char *path, const Cn__Onnx__Model *m)
{
    const size_t size = cn__onnx__model__get_packed_size(m);
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    cn__onnx__model__pack(m, bytes);
    const cn__infile in = {path, bytes, size};
    cn_model *model = cn__onnx_load(&in, true);
    free(bytes);
    return model;
}

static void compare(const char *path, const Cn__Onnx__Model *m, const cn_model *first, form f)
{
    graph changed;
    change(m, f, &changed);
    cn_model *model = read_model(path, &changed.model);
    if (!model) fail_msg("%s, %s: %s", path, form_names[f], cn_error());
    assert_same_weights(first, model);
    char *a = cn_model_to_json(first), *b = cn_model_to_json(model);
    if (!a != !b || (a && strcmp(a, b) != 0)) /* some have no Keras form */
        fail_msg("%s, %s: another network:\n%s\n%s", path, form_names[f], a ? a : "", b ? b : "");
    cn_text_free(a), cn_text_free(b);
    cn_model_free(model);
    compared++;
}

static void try_file(const char *path)
{
    size_t size;
    char *bytes = read_file(path, &size);
    Cn__Onnx__Model *m = cn__onnx__model__unpack(NULL, size, (const uint8_t *)bytes);
    cn_model *first = m && m->graph ? read_model(path, m) : NULL;
    for (form f = 0; first && f < FORMS; f++) {
        compare(path, m, first, f);
        cn__arena_free(&arena);
        arena = (cn__arena){0};
    }
    others += !first;
    cn_model_free(first);
    if (m) cn__onnx__model__free_unpacked(m, NULL);
    cn__free(bytes);
}

static void in_folder(const char *folder)
{
    char path[1000];
    DIR *list = opendir(folder);
    if (!list) fail_msg("no folder %s", folder);
    for (const struct dirent *entry; (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (cn__has_suffix(path, ".onnx")) try_file(path);
    }
    closedir(list);
}

static void a_network_is_the_same_in_every_form(void **state)
{
    (void)state;
    in_folder(CORNU_TESTS_DIR "/formats/files/onnx");
    in_folder(CORNU_TESTS_DIR "/formats/files/onnx/images");
    in_folder(CORNU_TESTS_DIR "/formats/files/onnx/graphs");
    print_message("%zu networks in another form, %zu files are not read\n", compared, others);
    assert_true(compared > 100);
}

/* ---- sizes that the graph calculates -------------------------------------------------------------------------- */

static Cn__Onnx__Tensor *numbers(const char *name, const int64_t *v, size_t n, bool scalar)
{
    Cn__Onnx__Tensor *t = take(1, sizeof *t);
    *t = (Cn__Onnx__Tensor)CN__ONNX__TENSOR__INIT;
    t->name = text(name, ""), t->type = CN_ONNX_INT64;
    t->dims = take(1, sizeof *t->dims), t->dims[0] = (int64_t)n, t->n_dims = !scalar;
    t->int64s = take(n, sizeof *t->int64s), t->n_int64s = n;
    memcpy(t->int64s, v, n * sizeof *v);
    return t;
}

enum { SIX = 6, MOST_INPUTS = 5 };

/* One node that makes a size of six, or not: its inputs are lists of numbers, each behind its count. */
static const struct sizes_case {
    const char *op;
    int64_t inputs[MOST_INPUTS][4];
    size_t count;
    bool good;
} sizes_cases[] = {
    {"Mul", {{1, 2}, {1, 3}}, 2, true},
    {"Mul", {{1, 1 << 20}, {1, 1 << 20}}, 2, false},
    {"Mul", {{1, (int64_t)1 << 40}, {1, 2}}, 2, false},
    {"Add", {{1, 2}, {1, 4}}, 2, true},
    {"Add", {{1, (int64_t)1 << 40}, {1, 4}}, 2, false},
    {"Sub", {{1, 9}, {1, 3}}, 2, true},
    {"Sub", {{1, 9}, {1, (int64_t)1 << 40}}, 2, false},
    {"Div", {{1, 13}, {1, 2}}, 2, true},
    {"Div", {{1, 13}, {1, 0}}, 2, false},
    {"Div", {{1, -13}, {1, 2}}, 2, false},
    {"Mod", {{1, 13}, {1, 7}}, 2, true},
    {"Pow", {{1, 6}, {1, 1}}, 2, false},
    {"Mul", {{2, 2, 3}, {1, 3}}, 2, false}, /* of several */
    {"Mul", {{1, 6}}, 1, false},
    {"Gather", {{3, 9, 6, 7}, {1, 1}}, 2, true},
    {"Gather", {{3, 9, 6, 7}, {1, -2}}, 2, true},
    {"Gather", {{3, 6, 7, 8}, {1, -4}}, 2, false},
    {"Gather", {{3, 9, 7, 6}, {1, 3}}, 2, false},
    {"Slice", {{3, 9, 6, 7}, {1, 1}, {1, 2}}, 3, true},
    {"Slice", {{3, 9, 6, 7}, {1, -2}, {1, -1}}, 3, true},
    {"Slice", {{3, 6, 9, 7}, {1, -9}, {1, 1}}, 3, true},
    {"Slice", {{3, 9, 7, 6}, {1, 2}, {1, 99}}, 3, true},
    {"Slice", {{3, 9, 6, 7}, {1, 1}, {1, 2}, {1, 0}, {1, 1}}, 5, true},
    {"Slice", {{3, 9, 6, 7}, {1, 1}, {1, 2}, {1, 0}, {1, 2}}, 5, false},
    {"Slice", {{3, 9, 6, 7}, {1, 1}, {1, 2}, {1, 0}, {2, 1, 1}}, 5, false},
    {"Slice", {{3, 9, 6, 7}, {2, 1, 1}, {1, 2}}, 3, false},
    {"Slice", {{3, 9, 6, 7}, {1, 1}, {2, 2, 2}}, 3, false},
    {"Slice", {{3, 9, 6, 7}, {1, 1}}, 2, false},
    {"Concat", {{1, 6}, {0}}, 2, true},
    {"Concat", {{1, 6}, {1, 1}}, 2, false},
};

/* "x", of three times two, becomes six numbers in a reshape to (-1, size), and then one of two. */
static cn_model *read_sizes(const struct sizes_case *c)
{
    static const int64_t minus_one[] = {-1};
    static char x[] = "x", y[] = "y";
    Cn__Onnx__Model model = CN__ONNX__MODEL__INIT;
    Cn__Onnx__Graph g = CN__ONNX__GRAPH__INIT;
    Cn__Onnx__Opset opset = CN__ONNX__OPSET__INIT, *opsets[] = {&opset};
    Cn__Onnx__Dim dims[3] = {CN__ONNX__DIM__INIT, CN__ONNX__DIM__INIT, CN__ONNX__DIM__INIT},
                  *dim[3] = {&dims[0], &dims[1], &dims[2]};
    Cn__Onnx__Shape shape = CN__ONNX__SHAPE__INIT;
    Cn__Onnx__TensorType tensor = CN__ONNX__TENSOR_TYPE__INIT;
    Cn__Onnx__Type type = CN__ONNX__TYPE__INIT;
    Cn__Onnx__Port in = CN__ONNX__PORT__INIT, out = CN__ONNX__PORT__INIT, *ins[] = {&in}, *outs[] = {&out};
    dims[1].size = 3, dims[2].size = 2;
    shape.dims = dim, shape.n_dims = 3;
    tensor.type = CN_ONNX_FLOAT32, tensor.shape = &shape;
    type.tensor = &tensor, in.type = &type, in.name = x, out.name = y;
    g.inputs = ins, g.n_inputs = 1, g.outputs = outs, g.n_outputs = 1;
    g.name = x;
    opset.version = 17;
    model.ir_version = 8, model.graph = &g, model.opset_import = opsets, model.n_opset_import = 1;

    Cn__Onnx__Tensor *weights = numbers("w", (int64_t[SIX * 2]){0}, 0, false);
    static const double values[SIX * 2] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    weights->type = CN_ONNX_FLOAT32, weights->dims = take(2, sizeof *weights->dims), weights->n_dims = 2;
    weights->dims[0] = SIX, weights->dims[1] = 2;
    set_floats(weights, values, SIX * 2);
    g.initializers = take(MOST_INPUTS + 2, sizeof *g.initializers);
    g.initializers[g.n_initializers++] = weights;
    g.initializers[g.n_initializers++] = numbers("rows", minus_one, 1, false);
    Cn__Onnx__Node *size = new_node(c->op, NULL, "size"), *join = new_node("Concat", "rows", "shape"),
                   *reshape = new_node("Reshape", "x", "flat"), *product = new_node("MatMul", "flat", "y");
    size->inputs = take(MOST_INPUTS, sizeof *size->inputs);
    for (size_t i = 0; i < c->count; i++) {
        char *name = cn__arena_format(&arena, "n%zu", i);
        g.initializers[g.n_initializers++] = numbers(name, c->inputs[i] + 1, (size_t)c->inputs[i][0], false);
        size->inputs[size->n_inputs++] = name;
    }
    join->inputs = (char *[]){text("rows", ""), text("size", "")}, join->n_inputs = 2;
    reshape->inputs = (char *[]){x, text("shape", "")}, reshape->n_inputs = 2;
    product->inputs = (char *[]){text("flat", ""), text("w", "")}, product->n_inputs = 2;
    g.nodes = (Cn__Onnx__Node *[]){size, join, reshape, product}, g.n_nodes = 4;
    return read_model("sizes.onnx", &model);
}

static void sizes_are_calculated_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes_cases / sizeof *sizes_cases; i++) {
        cn_model *model = read_sizes(&sizes_cases[i]);
        if (!model != !sizes_cases[i].good)
            fail_msg("case %zu, %s: %s", i, sizes_cases[i].op, model ? "read" : cn_error());
        if (!model) assert_message("sizes.onnx");
        cn_model_free(model);
        cn__arena_free(&arena);
        arena = (cn__arena){0};
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_is_the_same_in_every_form),
        cmocka_unit_test(sizes_are_calculated_or_refused),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
