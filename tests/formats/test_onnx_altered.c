/* ONNX files of which one thing is another than its writer meant: an attribute, an input, a dimension, a type. Each is read as some network,
 * which predicts, or refused with a message that names the file. */
#include <math.h>

#include "formats/onnx_support.h"
#include "model/model.h"

static size_t tried, read_all_the_same;

/* What is read predicts something, or says why it cannot. */
static void run(cn_model *model, const char *path, const char *what)
{
    size_t shape[CN_MAX_DIMS] = {1}, size = 1;
    const int ndim = cn_model_input_count(model) == 1 ? model->in.rank : 0;
    for (int i = 0; i < ndim; i++) size *= shape[i + 1] = model->in.dim[i];
    if (ndim < 1 || !size || size > 1 << 16) return;
    cn_array x, y = {0};
    assert_ok(cn_array_new(&x, CN_FLOAT32, ndim + 1, shape));
    if (cn_model_predict(model, &x, &y) != CN_OK && !*cn_error())
        fail_msg("%s, %s: no prediction, and no message", path, what);
    cn_array_free(&x);
    cn_array_free(&y);
}

static void try_altered(const char *path, const Cn__Onnx__Model *m, const char *what)
{
    cn_model *model = read_model(path, m);
    tried++;
    if (model) {
        read_all_the_same++;
        run(model, path, what);
    } else if (!strstr(cn_error(), path)) {
        fail_msg("%s, %s: the message does not name the file: %s", path, what, cn_error());
    }
    cn_model_free(model);
}

/* ---- whole numbers, numbers and texts -------------------------------------------------------------------------- */

static const int64_t wholes[] = {0, -1, 1, 2, 7, (int64_t)1 << 40, INT64_MIN};
enum { WHOLES = sizeof wholes / sizeof *wholes };

static void alter_whole(const char *path, const Cn__Onnx__Model *m, int64_t *at, const char *what)
{
    const int64_t before = *at;
    for (size_t i = 0; i < WHOLES; i++) {
        *at = wholes[i];
        if (*at != before) try_altered(path, m, what);
    }
    *at = before;
}

static void alter_list(const char *path, const Cn__Onnx__Model *m, int64_t **items, size_t *count,
                       const char *what)
{
    int64_t *const before = *items;
    const size_t n = *count;
    for (size_t i = 0; i < n && i < 8; i++) alter_whole(path, m, &before[i], what);
    *items = take(n + 1, sizeof **items);
    for (size_t i = 0; i < n; i++) (*items)[i] = before[i];
    (*items)[n] = 1;
    *count = n + 1;
    try_altered(path, m, what);
    *items = before;
    for (size_t fewer = 1; fewer <= 2 && fewer <= n; fewer++) {
        *count = n - fewer;
        try_altered(path, m, what);
    }
    *count = n;
}

static void alter_attribute(const char *path, const Cn__Onnx__Model *m, Cn__Onnx__Attribute *a,
                            const char *what)
{
    static const float numbers[] = {0, -1, 0.5f, 1e30f, NAN, INFINITY};
    static char other[] = "altered";
    const Cn__Onnx__Attribute before = *a;
    switch (a->type) {
    case CN_ONNX_I: alter_whole(path, m, &a->i, what); break;
    case CN_ONNX_IS: alter_list(path, m, &a->ints, &a->n_ints, what); break;
    case CN_ONNX_F:
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            a->f = numbers[i];
            try_altered(path, m, what);
        }
        break;
    default: break;
    }
    *a = before;
    if (a->s.len) {
        a->s = (ProtobufCBinaryData){.data = (uint8_t *)other, .len = sizeof other - 1};
        try_altered(path, m, what);
        a->s = before.s;
        a->s.len--;
        try_altered(path, m, what);
        a->s.len = 0;
        try_altered(path, m, what);
    }
    *a = before;
    for (int type = 0; type < 9; type++) {
        a->type = type;
        if (type != before.type) try_altered(path, m, what);
    }
    *a = before;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static void alter_attributes(const char *path, const Cn__Onnx__Model *m, Cn__Onnx__Node *n)
{
    for (size_t i = 0; i < n->n_attributes; i++) {
        const char *what = cn__arena_format(&arena, "%s of %s", n->attributes[i]->name, n->op);
        alter_attribute(path, m, n->attributes[i], what);
    }
    for (size_t left_out = 0, count = n->n_attributes; left_out < count; left_out++) {
        Cn__Onnx__Attribute **const before = n->attributes;
        n->attributes = take(count, sizeof *n->attributes);
        n->n_attributes = 0;
        for (size_t i = 0; i < count; i++)
            if (i != left_out) n->attributes[n->n_attributes++] = before[i];
        try_altered(path, m, cn__arena_format(&arena, "%s without %s", n->op, before[left_out]->name));
        n->attributes = before, n->n_attributes = count;
    }
}

static void alter_inputs(const char *path, const Cn__Onnx__Model *m, Cn__Onnx__Node *n)
{
    const Cn__Onnx__Graph *g = m->graph;
    static char nothing[] = "", unknown[] = "unknown";
    char *const others[] = {nothing,
                            unknown,
                            g->n_inputs ? g->inputs[0]->name : nothing,
                            g->n_initializers ? g->initializers[0]->name : nothing,
                            g->n_initializers ? g->initializers[g->n_initializers - 1]->name : nothing,
                            g->n_nodes ? g->nodes[g->n_nodes - 1]->outputs[0] : nothing};
    const char *what = cn__arena_format(&arena, "an input of %s", n->op);
    const size_t count = n->n_inputs;
    for (size_t i = 0; i < count; i++) {
        char *const before = n->inputs[i];
        for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
            n->inputs[i] = others[k];
            try_altered(path, m, what);
        }
        n->inputs[i] = before;
    }
    char **const before = n->inputs;
    n->inputs = take(count + 1, sizeof *n->inputs);
    for (size_t i = 0; i < count; i++) n->inputs[i] = before[i];
    for (size_t k = 1; k < sizeof others / sizeof *others; k++) {
        n->inputs[count] = others[k], n->n_inputs = count + 1;
        try_altered(path, m, what);
    }
    n->inputs = before;
    for (size_t fewer = 1; fewer <= count; fewer++) {
        n->n_inputs = count - fewer;
        try_altered(path, m, what);
    }
    n->n_inputs = count;
}

static void alter_node(const char *path, const Cn__Onnx__Model *m, Cn__Onnx__Node *n)
{
    static char ops[][24] = {"Unknown",   "Relu",    "Add",    "Concat", "Reshape",
                             "Transpose", "Softmax", "MatMul", "Conv",   "Pad"};
    char *const before = n->op;
    alter_attributes(path, m, n);
    alter_inputs(path, m, n);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        n->op = ops[i];
        try_altered(path, m, cn__arena_format(&arena, "%s in the place of %s", ops[i], before));
    }
    n->op = before;
}

/* ---- constants and inputs ---------------------------------------------------------------------------------------- */

static void alter_tensor(const char *path, const Cn__Onnx__Model *m, Cn__Onnx__Tensor *t)
{
    static const int types[] = {0, CN_ONNX_FLOAT64, CN_ONNX_INT32, CN_ONNX_INT64, 9, 99};
    const Cn__Onnx__Tensor before = *t;
    const char *what = cn__arena_format(&arena, "constant %s", t->name);
    alter_list(path, m, &t->dims, &t->n_dims, what);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        t->type = types[i];
        try_altered(path, m, what);
    }
    t->type = before.type;
    for (size_t fewer = 1; fewer <= before.raw.len; fewer *= 5) {
        t->raw.len = before.raw.len - fewer;
        try_altered(path, m, what);
    }
    *t = before;
}

static void alter_input(const char *path, const Cn__Onnx__Model *m, const Cn__Onnx__Port *in)
{
    const char *what = cn__arena_format(&arena, "input %s", in->name);
    Cn__Onnx__Shape *shape = in->type && in->type->tensor ? in->type->tensor->shape : NULL;
    if (!shape) return;
    const size_t count = shape->n_dims;
    for (size_t i = 0; i < count; i++) alter_whole(path, m, &shape->dims[i]->size, what);
    for (size_t fewer = 1; fewer <= count; fewer++) {
        shape->n_dims = count - fewer;
        try_altered(path, m, what);
    }
    shape->n_dims = count;
}

static void alter_file(const char *path)
{
    size_t size;
    char *bytes = read_file(path, &size);
    Cn__Onnx__Model *m = cn__onnx__model__unpack(NULL, size, (const uint8_t *)bytes);
    cn_model *first = m && m->graph ? read_model(path, m) : NULL;
    const Cn__Onnx__Graph *g = first ? m->graph : NULL;
    for (size_t i = 0; g && i < g->n_nodes; i++) {
        alter_node(path, m, g->nodes[i]);
        free_arena();
    }
    for (size_t i = 0; g && i < g->n_initializers; i++) alter_tensor(path, m, g->initializers[i]);
    for (size_t i = 0; g && i < g->n_inputs; i++) alter_input(path, m, g->inputs[i]);
    free_arena();
    cn_model_free(first);
    if (m) cn__onnx__model__free_unpacked(m, NULL);
    cn__free(bytes);
}

static void what_is_altered_is_read_or_refused_by_name(void **state)
{
    (void)state;
    each_onnx_file(alter_file);
    print_message("%zu altered files, of which %zu are read\n", tried, read_all_the_same);
    assert_true(tried > 10000 && read_all_the_same < tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_altered_is_read_or_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
