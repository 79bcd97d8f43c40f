/* What an ONNX file says as a whole: operator sets, functions, how much there is, and tensors that are kept in another file beside it. Each
 * is read or refused by name. */
#include "formats/onnx_support.h"

enum { ROWS = 4, COLUMNS = 3, SIZE = ROWS * COLUMNS };

/* y = x · w, with four numbers of a sample. */
typedef struct network {
    Cn__Onnx__Model model;
    Cn__Onnx__Graph graph;
    Cn__Onnx__Opset opset, *opsets[2], other;
    Cn__Onnx__Port in, out, *ins[1], *outs[1];
    Cn__Onnx__Type type;
    Cn__Onnx__TensorType tensor;
    Cn__Onnx__Shape shape;
    Cn__Onnx__Dim dims[2], *dim[2];
    Cn__Onnx__Tensor w, *tensors[2], more;
    Cn__Onnx__Node *nodes[2];
    Cn__Onnx__Pair pairs[6], *pair[6];
} network;

static network n;
static float numbers[SIZE];

static void begin(void)
{
    n = (network){.model = CN__ONNX__MODEL__INIT,
                  .graph = CN__ONNX__GRAPH__INIT,
                  .opset = CN__ONNX__OPSET__INIT,
                  .other = CN__ONNX__OPSET__INIT,
                  .in = CN__ONNX__PORT__INIT,
                  .out = CN__ONNX__PORT__INIT,
                  .type = CN__ONNX__TYPE__INIT,
                  .tensor = CN__ONNX__TENSOR_TYPE__INIT,
                  .shape = CN__ONNX__SHAPE__INIT,
                  .dims = {CN__ONNX__DIM__INIT, CN__ONNX__DIM__INIT},
                  .w = CN__ONNX__TENSOR__INIT,
                  .more = CN__ONNX__TENSOR__INIT};
    for (int i = 0; i < SIZE; i++) numbers[i] = (float)i / 8 - 1;
    for (int i = 0; i < 6; i++) n.pairs[i] = (Cn__Onnx__Pair)CN__ONNX__PAIR__INIT, n.pair[i] = &n.pairs[i];
    n.dims[1].size = ROWS, n.dim[0] = &n.dims[0], n.dim[1] = &n.dims[1];
    n.shape.dims = n.dim, n.shape.n_dims = 2;
    n.tensor.type = CN_ONNX_FLOAT32, n.tensor.shape = &n.shape, n.type.tensor = &n.tensor;
    n.in.name = text("x", ""), n.in.type = &n.type, n.ins[0] = &n.in;
    n.out.name = text("y", ""), n.outs[0] = &n.out;
    n.w.name = text("w", ""), n.w.type = CN_ONNX_FLOAT32, n.tensors[0] = &n.w, n.tensors[1] = &n.more;
    n.w.dims = take(2, sizeof *n.w.dims), n.w.n_dims = 2, n.w.dims[0] = ROWS, n.w.dims[1] = COLUMNS;
    n.w.floats = numbers, n.w.n_floats = SIZE;
    n.more = n.w, n.more.name = text("more", "");
    n.nodes[0] = new_node("MatMul", "x", "y");
    n.nodes[0]->inputs = take(2, sizeof(char *)), n.nodes[0]->n_inputs = 2;
    n.nodes[0]->inputs[0] = text("x", ""), n.nodes[0]->inputs[1] = text("w", "");
    n.graph.name = text("g", ""), n.graph.nodes = n.nodes, n.graph.n_nodes = 1;
    n.graph.initializers = n.tensors, n.graph.n_initializers = 1;
    n.graph.inputs = n.ins, n.graph.n_inputs = 1, n.graph.outputs = n.outs, n.graph.n_outputs = 1;
    n.opset.version = 18, n.opsets[0] = &n.opset, n.opsets[1] = &n.other;
    n.model.ir_version = 8, n.model.graph = &n.graph, n.model.opset_import = n.opsets,
    n.model.n_opset_import = 1;
}

static cn_model *load_written(void)
{
    const size_t size = cn__onnx__model__get_packed_size(&n.model);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    cn__onnx__model__pack(&n.model, bytes);
    assert_ok(cn__file_write(file("whole.onnx"), bytes, size));
    free(bytes);
    cn_error_clear();
    return cn_model_load(file("whole.onnx"));
}

static void is_read(void)
{
    cn_model *model = load_written();
    cn_array kernel;
    if (!model) fail_msg("%s", cn_error());
    assert_ok(cn_model_get_weight(model, 0, &kernel));
    assert_memory_equal(kernel.data, numbers, sizeof numbers);
    cn_array_free(&kernel);
    cn_model_free(model);
}

static void is_refused(const char *message)
{
    cn_model *model = load_written();
    if (model) fail_msg("read, and not refused: %s", message);
    assert_message(message);
    assert_message("whole.onnx");
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

static void operator_sets_and_domains_are_looked_at(void **state)
{
    (void)state;
    begin();
    is_read();
    n.opset.domain = text("ai.onnx", ""), n.nodes[0]->domain = text("ai.onnx", "");
    is_read();
    n.model.n_opset_import = 2, n.other.domain = text("com.microsoft", ""), n.other.version = 1;
    is_read();
    n.nodes[0]->domain = text("com.microsoft", "");
    is_refused("MatMul");
    begin();
    n.opset.version = 6;
    is_refused("it is of ONNX's operator set 6, expected 7 or later");
    n.opset.domain = text("com.microsoft", ""), n.opset.version = 18;
    is_refused("it is of ONNX's operator set 0");
}

static void functions_and_sparse_tensors_are_refused(void **state)
{
    (void)state;
    ProtobufCBinaryData some = {4, (uint8_t *)"some"};
    begin();
    n.model.functions = &some, n.model.n_functions = 1;
    is_refused("it has functions of its own");
    begin();
    n.graph.sparse_initializers = &some, n.graph.n_sparse_initializers = 1;
    is_refused("it has sparse tensors");
}

static void nodes_and_values_that_are_too_many_are_refused(void **state)
{
    (void)state;
    enum { MANY = 5000, VALUES = 70000 };
    begin();
    Cn__Onnx__Node *same = n.nodes[0];
    n.graph.nodes = take(MANY, sizeof *n.graph.nodes), n.graph.n_nodes = MANY;
    for (int i = 0; i < MANY; i++) n.graph.nodes[i] = same;
    is_refused("its graph has 5000 nodes, expected at most 4096");
    for (int taken = 0; taken < 2; taken++) {
        begin();
        char **names = take(VALUES, sizeof *names);
        for (int i = 0; i < VALUES; i++) names[i] = text("x", "");
        if (taken) n.nodes[0]->inputs = names, n.nodes[0]->n_inputs = VALUES;
        else n.nodes[0]->outputs = names, n.nodes[0]->n_outputs = VALUES;
        n.nodes[1] = n.nodes[0], n.graph.n_nodes = 2;
        is_refused("its graph has more than 65536 values");
        n.graph.n_nodes = 1;
        is_refused("its graph has more than 65536 values");
    }
}

static void tensors_that_are_not_what_they_say_are_refused(void **state)
{
    (void)state;
    static const struct {
        int32_t type;
        size_t raw, floats, int32s, int64s, doubles;
        const char *message; /* NULL: read */
    } cases[] = {
        {CN_ONNX_FLOAT32, 0, SIZE, 0, 0, 0, NULL},
        {CN_ONNX_FLOAT32, 4 * SIZE, 0, 0, 0, 0, NULL},
        {CN_ONNX_FLOAT32, 4 * SIZE - 1, 0, 0, 0, 0, "has 12 elements by its shape, and the file holds 0"},
        {CN_ONNX_FLOAT32, 4 * SIZE - 4, 0, 0, 0, 0, "has 12 elements by its shape, and the file holds 11"},
        {CN_ONNX_FLOAT32, 0, SIZE - 1, 0, 0, 0, "has 12 elements by its shape, and the file holds 11"},
        {CN_ONNX_FLOAT64, 0, SIZE, 0, 0, 0, "and the file holds 0"},
        {CN_ONNX_INT32, 0, 0, SIZE, 0, 0, "it must multiply"},
        {CN_ONNX_INT64, 0, 0, 0, SIZE, 0, "it must multiply"},
        {9 /* bool */, 0, 0, SIZE, 0, 0, "it must multiply"},
        {9, SIZE, 0, 0, 0, 0, "it must multiply"},
        {2 /* uint8 */, SIZE, 0, 0, 0, 0, "is of ONNX's type 2"},
        {10 /* float16 */, 2 * SIZE, 0, 0, 0, 0, "is of ONNX's type 10"},
    };
    static int32_t wholes[SIZE];
    static int64_t longs[SIZE];
    static double doubles[SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        n.w.type = cases[i].type;
        n.w.n_floats = cases[i].floats;
        n.w.int32s = wholes, n.w.n_int32s = cases[i].int32s;
        n.w.int64s = longs, n.w.n_int64s = cases[i].int64s;
        n.w.doubles = doubles, n.w.n_doubles = cases[i].doubles;
        n.w.raw = (ProtobufCBinaryData){cases[i].raw, (uint8_t *)numbers};
        if (!cases[i].message) is_read();
        else if (strncmp(cases[i].message, "it must", 7) != 0) is_refused(cases[i].message);
        else is_refused("MatMul");
    }
    begin();
    n.w.dims[0] = -4;
    is_refused("tensor 'w' has an impossible size -4");
    n.w.dims[0] = INT64_MAX;
    is_refused("tensor 'w' has an impossible size");
    n.w.dims = take(12, sizeof *n.w.dims), n.w.n_dims = 11;
    is_refused("tensor 'w' has 11 dimensions");
}

/* ---- tensors in another file ---------------------------------------------------------------------------------------- */

static void put_outside(Cn__Onnx__Tensor *t, const char *const *pairs)
{
    static int next;
    if (t == &n.w) next = 0;
    t->n_floats = 0, t->location = 1, t->external = &n.pair[next];
    for (t->n_external = 0; *pairs; pairs += 2, next++) {
        n.pairs[next].key = text(pairs[0], ""), n.pairs[next].value = text(pairs[1], "");
        t->n_external++;
    }
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void places_in_another_file_are_read_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *pairs[9], *message; /* NULL: read */
    } cases[] = {
        {{"location", "data"}, NULL},
        {{"location", "data", "offset", "0", "length", "48"}, NULL},
        {{"location", "data", "checksum", "0a"}, NULL},
        {{"location", "behind", "offset", "8"}, NULL},
        {{"location", "behind", "offset", "9"}, "is kept in 'behind', which is too short for it"},
        {{"location", "behind", "offset", "57"}, "is kept in 'behind', which is too short for it"},
        {{"location", "short"}, "is kept in 'short', which is too short for it"},
        {{"location", "data", "length", "47"}, "is kept in 47 bytes of 'data', and needs 48 by its shape"},
        {{"location", "data", "offset", "-1"},
         "offset '-1' of its external data, expected a number of bytes"},
        {{"location", "data", "offset", ""}, "offset '' of its external data, expected a number of bytes"},
        {{"location", "data", "offset", "1x"},
         "offset '1x' of its external data, expected a number of bytes"},
        {{"location", "data", "length", "99999999999999999999"},
         "of its external data, expected a number of bytes"},
        {{"offset", "0"}, "is kept in another file that is not named"},
        {{"location", ""}, "is kept in another file that is not named"},
        {{"location", "data", "location", "data"}, "its external data has two entries location"},
        {{"location", "data", "ofset", "0"}, "unknown entry 'ofset'; did you mean 'offset'?"},
        {{"location", "none"}, "none"},
        {{"location", "../data"}, "../data"},
    };
    assert_ok(cn__file_write(file("data"), numbers, sizeof numbers));
    assert_ok(cn__file_write(file("short"), numbers, sizeof numbers - 1));
    char behind[8 + sizeof numbers] = "before ";
    memcpy(behind + 8, numbers, sizeof numbers);
    assert_ok(cn__file_write(file("behind"), behind, sizeof behind));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        put_outside(&n.w, cases[i].pairs);
        if (cases[i].message) is_refused(cases[i].message);
        else is_read();
    }
    static int32_t wholes[SIZE];
    static int64_t longs[SIZE];
    static double doubles[SIZE];
    for (int i = 0; i < 5; i++) {
        begin();
        put_outside(&n.w, PAIRS("location", "data"));
        if (i == 0) n.w.n_floats = SIZE;
        else if (i == 1) n.w.doubles = doubles, n.w.n_doubles = SIZE;
        else if (i == 2) n.w.int32s = wholes, n.w.n_int32s = SIZE;
        else if (i == 3) n.w.int64s = longs, n.w.n_int64s = SIZE;
        else n.w.raw = (ProtobufCBinaryData){sizeof numbers, (uint8_t *)numbers};
        is_refused("and in the model too; expected one of them");
    }
    begin();
    put_outside(&n.w, PAIRS("location", "data"));
    assert_null(read_model("memory.onnx", &n.model));
    assert_message("a model that is read from memory has no folder");
}

/* No byte is read twice, and each file counts once. */
static void tensors_share_a_file_but_no_byte_of_it(void **state)
{
    (void)state;
    char both[2 * sizeof numbers];
    memcpy(both, numbers, sizeof numbers);
    memcpy(both + sizeof numbers, numbers, sizeof numbers);
    assert_ok(cn__file_write(file("both"), both, sizeof both));
    assert_ok(cn__file_write(file("data"), numbers, sizeof numbers));
    for (int again = 0; again < 2; again++) {
        begin();
        n.graph.n_initializers = 2;
        put_outside(&n.w, PAIRS("location", again ? "data" : "both"));
        put_outside(&n.more, again ? PAIRS("location", "data") : PAIRS("location", "both", "offset", "48"));
        if (again) is_refused("of which some bytes would be read again; expected each once");
        else is_read();
    }
    begin(); /* in a file of its own */
    n.graph.n_initializers = 2;
    put_outside(&n.w, PAIRS("location", "data"));
    put_outside(&n.more, PAIRS("location", "both"));
    is_read();
    begin(); /* of no numbers */
    n.graph.n_initializers = 2;
    n.more.dims = take(2, sizeof *n.more.dims), n.more.n_dims = 1, n.more.dims[0] = 0;
    put_outside(&n.w, PAIRS("location", "data"));
    put_outside(&n.more, PAIRS("location", "data"));
    is_read();
}

/* Each allocation fails in turn. */
static void lack_of_memory_is_said(void **state)
{
    (void)state;
    assert_ok(cn__file_write(file("data"), numbers, sizeof numbers));
    begin();
    put_outside(&n.w, PAIRS("location", "data"));
    cn_model_free(load_written());
    long failures = 0;
    for (cn_model *model = NULL; !model; failures++) {
        cn_error_clear();
        cn__allocations_left = failures;
        model = cn_model_load(file("whole.onnx"));
        cn__allocations_left = -1;
        if (!model && (cn_error_status() != CN_ERROR_MEMORY || !strstr(cn_error(), "memory")))
            fail_msg("allocation %ld: %s", failures, cn_error());
        if (model) cn_model_free(model);
    }
    assert_true(failures > 30);
}

static int tear_down(void **state)
{
    free_arena();
    return remove_scratch(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operator_sets_and_domains_are_looked_at),
        cmocka_unit_test(functions_and_sparse_tensors_are_refused),
        cmocka_unit_test(nodes_and_values_that_are_too_many_are_refused),
        cmocka_unit_test(tensors_that_are_not_what_they_say_are_refused),
        cmocka_unit_test(places_in_another_file_are_read_or_refused),
        cmocka_unit_test(tensors_share_a_file_but_no_byte_of_it),
        cmocka_unit_test(lack_of_memory_is_said),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, make_scratch, tear_down);
}
