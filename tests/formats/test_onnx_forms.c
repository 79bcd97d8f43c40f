/* The same network in other forms of ONNX: constants as lists or bytes, of other types, made by nodes, passed on, cast or transposed. It is
 * read as the same network with the same weights. */
#include "formats/onnx_support.h"

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
        free_arena();
    }
    others += !first;
    cn_model_free(first);
    if (m) cn__onnx__model__free_unpacked(m, NULL);
    cn__free(bytes);
}

static void a_network_is_the_same_in_every_form(void **state)
{
    (void)state;
    each_onnx_file(try_file);
    print_message("%zu networks in another form, %zu files are not read\n", compared, others);
    assert_true(compared > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_is_the_same_in_every_form),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
