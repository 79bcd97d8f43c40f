/* Sizes that an ONNX graph calculates, from numbers by nodes of its own. */
#include "formats/onnx_support.h"

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
        free_arena();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_calculated_or_refused),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
