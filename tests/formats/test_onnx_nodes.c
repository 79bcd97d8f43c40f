/* Graphs of ONNX that are written as text, a node or a constant each statement: what each becomes in Keras's JSON, or why it is refused.
 *
 *   "k = floats(4, 3, 3, 3); y = Conv(x, k, pads=[1, 1, 1, 1])"
 *
 * floats(sizes) is a tensor of some numbers, list(1, 0.5) one of these numbers along one axis, number(2) one without an axis, ints(1, -1)
 * whole numbers. What is in brackets, or a number or a word, is an attribute where it has a name; none is an input left out. The graph's
 * input is x, its output the last name. */
#include "base/text/value.h"
#include "formats/onnx_support.h"

enum { MOST_NODES = 16, MOST_AXES = 6 };

typedef struct row {
    const char *input, *graph; /* the input's sizes behind the samples, in brackets */
    const char *expected;      /* a part of the JSON; of the message, with a '!' in front */
} row;

/* ---- graphs from text ------------------------------------------------------------------------------------------- */

typedef struct graph {
    Cn__Onnx__Model model;
    Cn__Onnx__Graph graph;
    Cn__Onnx__Opset opset, *opsets[1];
    Cn__Onnx__Port in, out, *ins[1], *outs[1];
    Cn__Onnx__Type type;
    Cn__Onnx__TensorType tensor;
    Cn__Onnx__Shape shape;
    Cn__Onnx__Dim dims[MOST_AXES + 1], *dim[MOST_AXES + 1];
} graph;

static cn__value parse(const char *text)
{
    cn__value value;
    assert_ok(cn__value_parse(&arena, text, &value));
    return value;
}

static void begin(graph *g, const char *input)
{
    const cn__value sizes = parse(input);
    *g = (graph){.model = CN__ONNX__MODEL__INIT,
                 .graph = CN__ONNX__GRAPH__INIT,
                 .opset = CN__ONNX__OPSET__INIT,
                 .in = CN__ONNX__PORT__INIT,
                 .out = CN__ONNX__PORT__INIT,
                 .type = CN__ONNX__TYPE__INIT,
                 .tensor = CN__ONNX__TENSOR_TYPE__INIT,
                 .shape = CN__ONNX__SHAPE__INIT};
    for (size_t i = 0; i <= sizes.count; i++) {
        g->dims[i] = (Cn__Onnx__Dim)CN__ONNX__DIM__INIT;
        if (i) g->dims[i].size = sizes.items[i - 1].integer;
        g->dim[i] = &g->dims[i];
    }
    g->shape.dims = g->dim, g->shape.n_dims = sizes.count + 1;
    g->tensor.type = CN_ONNX_FLOAT32, g->tensor.shape = &g->shape;
    g->type.tensor = &g->tensor;
    g->in.name = text("x", ""), g->in.type = &g->type, g->ins[0] = &g->in, g->outs[0] = &g->out;
    g->graph.inputs = g->ins, g->graph.n_inputs = 1, g->graph.outputs = g->outs, g->graph.n_outputs = 1;
    g->graph.nodes = take(MOST_NODES, sizeof *g->graph.nodes);
    g->graph.initializers = take(MOST_NODES, sizeof *g->graph.initializers);
    g->graph.name = text("g", "");
    g->opset.version = 18, g->opsets[0] = &g->opset;
    g->model.ir_version = 8, g->model.graph = &g->graph, g->model.opset_import = g->opsets;
    g->model.n_opset_import = 1;
}

static bool is_constant(const cn__value *call)
{
    static const char *const names[] = {"floats", "list", "number", "ints"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(call->word, names[i]) == 0) return true;
    return false;
}

static void add_constant(graph *g, const char *name, const cn__value *call)
{
    Cn__Onnx__Tensor *t = take(1, sizeof *t);
    *t = (Cn__Onnx__Tensor)CN__ONNX__TENSOR__INIT;
    const bool shaped = strcmp(call->word, "floats") == 0, single = strcmp(call->word, "number") == 0;
    size_t count = shaped ? 1 : call->count;
    t->name = text(name, ""), t->type = strcmp(call->word, "ints") == 0 ? CN_ONNX_INT64 : CN_ONNX_FLOAT32;
    t->dims = take(call->count + 1, sizeof *t->dims);
    t->n_dims = single ? 0 : shaped ? call->count : 1;
    for (size_t i = 0; i < t->n_dims; i++) t->dims[i] = shaped ? call->items[i].integer : (int64_t)count;
    for (size_t i = 0; shaped && i < call->count; i++) count *= (size_t)call->items[i].integer;
    double *v = take(count, sizeof *v);
    for (size_t i = 0; i < count; i++) v[i] = shaped ? (double)(i % 7) - 3 : call->items[i].number;
    if (t->type == CN_ONNX_FLOAT32) {
        set_floats(t, v, count);
    } else {
        t->int64s = take(count, sizeof *t->int64s), t->n_int64s = count;
        for (size_t i = 0; i < count; i++) t->int64s[i] = call->items[i].integer;
    }
    g->graph.initializers[g->graph.n_initializers++] = t;
}

static void add_attribute(Cn__Onnx__Node *n, const char *name, const cn__value *v)
{
    Cn__Onnx__Attribute *a = take(1, sizeof *a);
    *a = (Cn__Onnx__Attribute)CN__ONNX__ATTRIBUTE__INIT;
    a->name = text(name, "");
    if (v->kind == CN_VALUE_LIST) {
        a->type = CN_ONNX_IS, a->n_ints = v->count, a->ints = take(v->count, sizeof *a->ints);
        for (size_t i = 0; i < v->count; i++) a->ints[i] = v->items[i].integer;
    } else if (v->kind == CN_VALUE_WORD) {
        a->type = CN_ONNX_S, a->s.len = strlen(v->word), a->s.data = (uint8_t *)text(v->word, "");
    } else if (v->kind == CN_VALUE_INT) {
        a->type = CN_ONNX_I, a->i = v->integer;
    } else {
        a->type = CN_ONNX_F, a->f = (float)v->number;
    }
    n->attributes[n->n_attributes++] = a;
}

static void add_node(graph *g, const char *name, const cn__value *call)
{
    Cn__Onnx__Node *n = new_node(call->word, NULL, name);
    n->inputs = take(call->count, sizeof *n->inputs), n->attributes = take(call->count, sizeof(void *));
    for (size_t i = 0; i < call->count; i++)
        if (call->names[i]) add_attribute(n, call->names[i], &call->items[i]);
        else n->inputs[n->n_inputs++] = text(call->items[i].word ? call->items[i].word : "", "");
    g->graph.nodes[g->graph.n_nodes++] = n;
}

static cn_model *read_row(const row *r)
{
    graph g;
    char statements[2000], *rest = statements, *statement;
    begin(&g, r->input);
    snprintf(statements, sizeof statements, "%s", r->graph);
    while ((statement = strsep(&rest, ";"))) {
        char *call = strstr(statement, " = "), *name = statement + strspn(statement, " ");
        assert_non_null(call);
        *call = '\0';
        const cn__value value = parse(call + 3);
        g.out.name = text(name, "");
        if (is_constant(&value)) add_constant(&g, name, &value);
        else add_node(&g, name, &value);
    }
    return read_model("row.onnx", &g.model);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

#define CONV "k = floats(4, 3, 1, 1); a = Conv(x, k); "

static const row rows[] = {
    /* Resize and Upsample */
    {"[3, 4, 6]", "s = list(1, 1, 2, 3); y = Resize(x, none, s, mode=linear)", "\"size\": [2, 3]"},
    {"[3, 4, 6]", "s = ints(1, 3, 8, 18); y = Resize(x, none, none, s, mode=linear)", "\"UpSampling2D\""},
    {"[3, 4, 6]", "s = ints(1, 3, 5, 7); y = Resize(x, none, none, s, mode=linear)", "\"width\": 7"},
    {"[3, 4, 6]", "s = ints(5, 7); y = Resize(x, none, none, s, mode=linear, axes=[2, 3])", "!row.onnx"},
    {"[3, 4, 6]", "s = ints(1, 4, 5, 7); y = Resize(x, none, none, s, mode=linear)", "!row.onnx"},
    {"[3, 4, 6]", "s = list(1, 1, 2, 3); y = Resize(x, none, s, mode=linear, antialias=1)", "!antialias = 1"},
    {"[3, 4, 6]", "s = list(1, 1, 2, 3); y = Resize(x, none, s, mode=linear, antialias=0)",
     "\"size\": [2, 3]"},
    {"[3, 4, 6]",
     "s = ints(1, 3, 8, 18); y = Resize(x, none, none, s, mode=linear, keep_aspect_ratio_policy=not_larger)",
     "!keep_aspect_ratio_policy"},
    {"[3, 4, 6]",
     "s = ints(1, 3, 8, 18); y = Resize(x, none, none, s, mode=linear, keep_aspect_ratio_policy=stretch)",
     "\"size\": [2, 3]"},
    {"[3, 4, 6]",
     "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=cubic, cubic_coeff_a=-0.5, exclude_outside=1)",
     "\"interpolation\": \"bicubic\""},
    {"[3, 4, 6]",
     "s = list(1, 1, 1.25, 0.5); y = Resize(x, none, s, mode=cubic, cubic_coeff_a=-0.5, exclude_outside=1)",
     "\"height\": 5, \"width\": 3, \"interpolation\": \"bicubic\""},
    {"[3, 4, 6]", "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=cubic)", "!cubic_coeff_a = -0.5"},
    {"[3, 4, 6]", "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=cubic, cubic_coeff_a=-0.5)",
     "!exclude_outside = 1"},
    {"[3, 4, 6]",
     "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=cubic, cubic_coeff_a=-0.75, exclude_outside=1)",
     "!cubic_coeff_a = -0.5"},
    {"[3, 4, 6]",
     "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=cubic, cubic_coeff_a=-0.25, exclude_outside=1)",
     "!cubic_coeff_a = -0.5"},
    {"[3, 4, 6]",
     "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=cubic, cubic_coeff_a=-0.5, exclude_outside=0)",
     "!exclude_outside = 1"},
    {"[3, 4, 6]",
     "s = list(1, 1, 2, 2); y = Resize(x, none, s, mode=linear, coordinate_transformation_mode=align_corners)",
     "!half pixels"},
    {"[3, 4, 6]", "s = list(1, 1, 2, 2); y = Upsample(x, s, mode=linear)", "!row.onnx"},
    {"[3, 4, 6]", "s = list(1, 1, 2, 2); y = Upsample(x, s, mode=cubic)", "!row.onnx"},
    {"[3, 4, 6]", "s = list(1, 1, 2, 2); y = Upsample(x, s)", "\"nearest\""},
    {"[3, 6]", "s = list(1, 1, 2); y = Upsample(x, s)", "\"UpSampling1D\""},
    {"[3, 6]", "s = list(1, 1, 2); y = Resize(x, none, s, mode=linear)",
     "!of series only nearest is read, not bilinear"},
    {"[3, 6]", "s = list(1, 2, 1); y = Upsample(x, s)", "!whole factors"},
    {"[3, 4, 6]", "s = list(1, 1, 2); y = Upsample(x, s)", "!whole factors"},
    {"[3, 4, 6]", "y = Resize(x)", "!whole factors"},
    /* Pad and Slice */
    {"[3, 4, 6]", "p = ints(0, 0, 1, 2, 0, 0, 3, 4); s = list(1, 1, 1, 1); y = Pad(x, p); z = Upsample(y, s)",
     "\"padding\": [[1, 3], [2, 4]]"},
    {"[3, 4, 6]", CONV "p = ints(0, 0, 1, 2, 0, 0, 3, 4); v = number(0); y = Pad(a, p, v)",
     "\"padding\": [[1, 3]"},
    {"[3, 4, 6]", CONV "p = ints(0, 0, 1, 2, 0, 0, 3, 4); v = number(1); y = Pad(a, p, v)", "!with zeros"},
    {"[3, 4, 6]", CONV "p = ints(0, 0, 1, 2, 0, 0, 3, 4); v = list(0, 0); y = Pad(a, p, v)", "!with zeros"},
    {"[3, 4, 6]", CONV "p = ints(0, 0, 1, 2, 0, 0, 3, 4); v = ints(0); y = Pad(a, p, v)", "!with zeros"},
    {"[3, 4, 6]", CONV "p = ints(0, 0, 1, 2, 0, 0, 3, 4); y = Pad(a, p, mode=reflect)", "!with zeros"},
    {"[3, 4, 6]", CONV "p = ints(1, 2, 3, 4); q = ints(2, 3); y = Pad(a, p, none, q)", "!with zeros"},
    {"[3, 4, 6]", CONV "p = ints(0, 1, 1, 2, 0, 0, 3, 4); y = Pad(a, p)",
     "!other axes than height and width"},
    {"[3, 4, 6]", CONV "p = ints(0, 0, 1, 2, 0, 0, -3, 4); y = Pad(a, p)", "!by less than 0"},
    {"[3, 4, 6]", CONV "p = ints(1, 2, 3, 4); y = Pad(a, p)", "!8 constants"},
    {"[3, 4, 6]", CONV "y = Pad(a, pads=[0, 0, 1, 2, 0, 0, 3, 4])", "\"padding\": [[1, 3]"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); i = ints(2); y = Slice(a, s, e, i)",
     "\"cropping\": [[1, 1], [0, 0]]"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(99); i = ints(-1); y = Slice(a, s, e, i)",
     "\"cropping\": [[0, 0], [1, 0]]"},
    {"[3, 4, 6]", CONV "s = ints(-3); e = ints(-1); i = ints(3); y = Slice(a, s, e, i)",
     "\"cropping\": [[0, 0], [3, 1]]"},
    {"[3, 4, 6]", CONV "s = ints(-30); e = ints(5); i = ints(3); y = Slice(a, s, e, i)",
     "\"cropping\": [[0, 0], [0, 1]]"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); i = ints(4294967298); y = Slice(a, s, e, i)",
     "!height and width"},
    {"[3, 4, 6]", CONV "s = ints(1, 2); e = ints(3, 3); i = ints(2, 2); y = Slice(a, s, e, i)",
     "!height and width"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); i = ints(1); y = Slice(a, s, e, i)", "!height and width"},
    {"[3, 4, 6]", CONV "s = ints(3); e = ints(1); i = ints(2); y = Slice(a, s, e, i)", "!height and width"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); i = ints(2); t = ints(2); y = Slice(a, s, e, i, t)",
     "!steps of 1"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); i = ints(2); t = ints(1); y = Slice(a, s, e, i, t)",
     "[[1, 1], [0, 0]]"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); i = ints(2); t = ints(1, 1); y = Slice(a, s, e, i, t)",
     "!must be constants"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3); y = Slice(a, s, e)", "!must be constants"},
    {"[3, 4, 6]", CONV "s = ints(1, 1); e = ints(3); i = ints(2); y = Slice(a, s, e, i)",
     "!must be constants"},
    {"[3, 4, 6]", CONV "s = ints(1); e = ints(3, 3); i = ints(2); y = Slice(a, s, e, i)",
     "!must be constants"},
    {"[3, 4, 6]", CONV "y = Slice(a, starts=[1], ends=[3], axes=[2])", "[[1, 1], [0, 0]]"},
    /* ConvTranspose */
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k)", "\"Conv2DTranspose\""},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, auto_pad=N)", "!auto_pad"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, auto_pad=NOTSETTLED)", "!auto_pad"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, auto_pad=NOTSET)", "\"Conv2DTranspose\""},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, output_shape=[5, 7])", "!output_shape"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, group=3)", "!group = 3, expected 1"},
    {"[3, 4, 6]", "k = floats(2, 5, 2, 2); y = ConvTranspose(x, k)", "!for 3 channels"},
    {"[3, 4, 6]", "k = floats(3, 5, 2); y = ConvTranspose(x, k)", "!for 3 channels"},
    {"[3, 4, 6]", "k = ints(3, 5, 2, 2); y = ConvTranspose(x, k)", "!for 3 channels"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, strides=[0, 1])", "!must be over 0"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, strides=[2, -1])",
     "!strides must be 2 numbers"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, strides=[2])",
     "!strides must be 2 numbers"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, strides=[2, 2], output_padding=[2, 2])",
     "!output_padding"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); y = ConvTranspose(x, k, strides=[2, 2], pads=[1, 0, 0, 1])",
     "\"Cropping2D\""},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); b = floats(5); y = ConvTranspose(x, k, b)", "\"use_bias\": true"},
    {"[3, 4, 6]", "k = floats(3, 5, 2, 2); b = floats(4); y = ConvTranspose(x, k, b)", "!row.onnx"},
    /* Conv and pools */
    {"[3, 4, 6]", "k = floats(4, 3, 1, 1); y = Conv(x, k, auto_pad=SAME_LOWER)", "!auto_pad = SAME_LOWER"},
    {"[3, 4, 6]", "k = floats(4, 3, 1, 1); y = Conv(x, k, auto_pad=SAME_UPPER)", "\"padding\": \"same\""},
    {"[3, 4, 6]", "k = floats(4, 3, 1, 1); y = Conv(x, k, auto_pad=VALID)", "\"padding\": \"valid\""},
    {"[3, 4, 6]", "k = floats(4, 3, 1, 1); y = Conv(x, k, group=2)", "!groups"},
    {"[4, 4, 6]", "k = floats(3, 2, 1, 1); y = Conv(x, k, group=2)", "!groups"},
    {"[4, 4, 6]", "k = floats(4, 1, 1, 1); y = Conv(x, k, group=2)", "!groups"},
    {"[4, 4, 6]", "k = floats(4, 4, 1, 1); y = Conv(x, k, group=0)", "!groups"},
    {"[4, 4, 6]", "k = floats(4, 4, 1, 1); y = Conv(x, k, group=9)", "!groups"},
    {"[4, 4, 6]", "k = floats(4, 4, 1); y = Conv(x, k)", "!of 4 dimensions"},
    {"[4, 4, 6]", "y = Conv(x, x)", "!of 4 dimensions"},
    {"[3, 4, 6]", "y = MaxPool(x, kernel_shape=[2, 2], dilations=[2, 1])", "!dilations of a pool"},
    {"[3, 5, 6]", "y = MaxPool(x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)", "!ceil_mode"},
    {"[3, 4, 7]", "y = MaxPool(x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)", "!ceil_mode"},
    {"[3, 4, 6]", "y = MaxPool(x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)", "\"MaxPooling2D\""},
    {"[3, 4, 6]", "y = MaxPool(x, kernel_shape=[9, 2])", "!row.onnx"},
    {"[3, 4, 6]", "y = AveragePool(x, kernel_shape=[3, 3], auto_pad=SAME_UPPER, count_include_pad=1)",
     "!count_include_pad"},
    {"[3, 4, 6]", "y = AveragePool(x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)",
     "\"ZeroPadding2D\""},
    {"[3, 4, 6]", "y = AveragePool(x, kernel_shape=[3, 3], pads=[2, 1, 0, 1])", "!its padding is neither"},
    {"[3, 4, 6]", "y = MaxPool(x, kernel_shape=[3, 3], pads=[2, 1, 0, 1])", "!behind a Relu only"},
    {"[3, 4, 6]", "r = Relu(x); y = MaxPool(r, kernel_shape=[3, 3], pads=[2, 1, 0, 1])", "\"ZeroPadding2D\""},
    /* merging */
    {"[3, 4, 6]", CONV "y = Concat(x, a, axis=1)", "\"Concatenate\""},
    {"[3, 4, 6]", CONV "y = Concat(x, a, axis=-3)", "\"Concatenate\""},
    {"[3, 4, 6]", CONV "y = Concat(x, a, axis=0)", "!axis = 0, expected 1 to 3"},
    {"[3, 4, 6]", CONV "y = Concat(x, a, axis=4)", "!axis = 4, expected 1 to 3"},
    {"[3, 4, 6]", CONV "y = Concat(x, a, axis=9223372036854775807)", "!axis = "},
    {"[3, 4, 6]", CONV "y = Concat(x, a, axis=2)", "!row.onnx"},
    {"[3, 4, 6]", CONV "c = floats(1, 3, 4, 6); y = Concat(x, c, axis=1)", "!input 2 is a constant"},
    {"[3, 4, 6]", CONV "f = GlobalAveragePool(x); g = Flatten(f); y = Concat(x, g, axis=1)",
     "!axes in different orders"},
    {"[3, 4, 6]", CONV "t = Transpose(x, perm=[0, 2, 3, 1]); y = Concat(x, t, axis=1)",
     "!axes in different orders"},
    {"[4, 4, 6]", CONV "y = Add(x, a)", "!row.onnx"},
    {"[3, 4, 6]", "k = floats(3, 3, 1, 1); a = Conv(x, k); y = Add(x, a)", "\"Add\""},
    {"[3, 4, 6]", "k = floats(3, 3, 1, 1); a = Conv(x, k); y = Div(x, a)", "!by a constant"},
    {"[3, 4, 6]", "k = floats(3, 3, 1, 1); a = Conv(x, k); y = Sum(a)", "!two inputs"},
    {"[3, 4, 6]", "k = floats(3, 3, 1, 1); a = Conv(x, k); g = GlobalAveragePool(a); y = Mul(x, g)",
     "\"Multiply\""},
    {"[3, 4, 6]", "k = floats(1, 3, 1, 1); a = Conv(x, k); y = Mul(x, a)", "\"Multiply\""},
    {"[3, 4, 6]", "k = floats(2, 3, 1, 1); a = Conv(x, k); y = Mul(x, a)", "!different shapes"},
    {"[3, 4, 6]", "a = MaxPool(x, kernel_shape=[1, 2]); y = Mul(x, a)", "!different shapes"},
    {"[3, 4, 6]", "t = Transpose(x, perm=[0, 2, 3, 1]); g = GlobalAveragePool(x); y = Mul(t, g)",
     "!different shapes"},
    /* shapes */
    {"[3, 4, 6]", CONV "y = Flatten(a)", "!a flattened image, whose order would be another"},
    {"[3, 4, 6]", CONV "y = Flatten(a, axis=2)", "!axis must be 1"},
    {"[3, 4, 6]", CONV "f = Flatten(a); g = Flatten(f); w = floats(96, 5); y = MatMul(g, w)", "\"units\": 5"},
    {"[3, 4, 6]", CONV "s = ints(0, -1); f = Reshape(a, s); w = floats(96, 5); y = MatMul(f, w)",
     "\"units\": 5"},
    {"[3, 4, 6]", CONV "s = ints(-1, 96); f = Reshape(a, s); w = floats(96, 5); y = MatMul(f, w)",
     "\"units\": 5"},
    {"[3, 4, 6]", CONV "s = ints(-1, 48); y = Reshape(a, s)", "!to one axis of 96"},
    {"[3, 4, 6]", CONV "s = ints(0, 24, 4); y = Reshape(a, s)", "!to one axis of 96"},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); f = Flatten(g); s = ints(0, 4, 1, 1); y = Reshape(f, s)",
     "\"target_shape\": [1, 1, 4]"},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); f = Flatten(g); s = ints(0, -1, 1, 1); y = Reshape(f, s)",
     "\"target_shape\": [1, 1, 4]"},
    {"[3, 6]",
     "k = floats(4, 3, 1); a = Conv(x, k); g = GlobalAveragePool(a); f = Flatten(g); s = ints(0, 4, 1); y = Reshape(f, s)",
     "\"target_shape\": [1, 4]"},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); f = Flatten(g); s = ints(0, 2, 2); y = Reshape(f, s)",
     "\"target_shape\": [2, 2]"},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); f = Flatten(g); s = ints(4, 2, 2); y = Reshape(f, s)",
     "!behind the samples"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); s = ints(0, 0, 24); y = Reshape(t, s)",
     "\"target_shape\": [4, 24]"},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); q = ints(2, 3); y = Squeeze(g, q)", "\"Flatten\""},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); q = ints(2, 2); y = Squeeze(g, q)",
     "!Squeeze of height and width"},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); q = ints(-1, -2); y = Squeeze(g, q)", "\"Flatten\""},
    {"[3, 4, 6]", CONV "g = GlobalAveragePool(a); q = ints(1, 2); y = Squeeze(g, q)",
     "!Squeeze of height and width"},
    {"[3, 4, 6]", CONV "q = ints(2, 3); y = Squeeze(a, q)", "!Squeeze of height and width"},
    {"[3, 4, 6]", CONV "y = ReduceMean(a, axes=[2, 3], keepdims=0)", "\"GlobalAveragePooling2D\""},
    {"[3, 4, 6]", CONV "q = ints(2, 3); y = ReduceMean(a, q)", "\"keepdims\": true"},
    {"[3, 4, 6]", CONV "y = ReduceMean(a, axes=[1, 2])", "!over height and width"},
    {"[3, 4, 6]", CONV "y = ReduceMean(a)", "!over height and width"},
    {"[3, 4, 6]", CONV "y = Transpose(a, perm=[0, 2, 3, 1])", "\"Conv2D\""},
    {"[3, 4, 6]", CONV "y = Transpose(a, perm=[0, 3, 2, 1])", "!between channels first and channels last"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); y = Transpose(t, perm=[0, 2, 1, 3])",
     "\"Permute\""},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); y = Transpose(t, perm=[1, 0, 2, 3])",
     "!between channels first"},
    {"[3, 4, 6]", CONV "y = Cast(a, to=1)", "\"Conv2D\""},
    {"[3, 4, 6]", CONV "y = Cast(a, to=10)", "!32-bit floats"},
    {"[3, 4, 6]", CONV "y = Cast(a)", "!32-bit floats"},
    /* dense layers behind images */
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); y = MatMul(f, w)", "\"use_bias\": false"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); m = MatMul(f, w); b = floats(5); y = Add(m, b)",
     "\"use_bias\": true"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); m = MatMul(f, w); b = floats(5); y = Add(b, m)",
     "\"use_bias\": true"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(95, 5); y = MatMul(f, w)",
     "!for 95 inputs, and there are 96"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); y = Gemm(f, w, transA=1)", "!row.onnx"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(5, 96); y = Gemm(f, w, transB=1, alpha=0.5)",
     "\"units\": 5"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); b = floats(4); y = Gemm(f, w, b)",
     "!a constant of 5 numbers"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); b = number(2); y = Gemm(f, w, b)",
     "\"use_bias\": true"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); b = ints(1, 2, 3, 4, 5); y = Gemm(f, w, b)",
     "!a constant of 5 numbers"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); y = Gemm(f, w, none)", "\"use_bias\": false"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96); y = MatMul(f, w)", "!a constant matrix"},
    {"[3, 4, 6]", CONV "w = floats(6, 5); y = MatMul(a, w)", "!a constant matrix"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); y = MatMul(t, w)",
     "\"Dense\""},
    {"[3, 4, 6]", CONV "f = Flatten(a); y = MatMul(f, f)", "!not matrices"},
    /* normalisation */
    {"[3, 4, 6]",
     "v = floats(3); y = BatchNormalization(x, v, v, v, v); s = list(1, 1, 1, 1); z = Upsample(y, s)",
     "\"BatchNormalization\""},
    {"[3, 4, 6]", CONV "v = floats(4); y = BatchNormalization(a, v, v, v, v, training_mode=1)",
     "!for inference"},
    {"[3, 4, 6]", CONV "v = floats(4); y = BatchNormalization(a, v, v, v)", "!five inputs"},
    {"[3, 4, 6]", CONV "v = floats(4); u = floats(5); y = BatchNormalization(a, v, u, v, v)",
     "!input 3 must be a constant of 4"},
    {"[3, 4, 6]", CONV "v = floats(4); y = BatchNormalization(a, v, x, v, v)",
     "!input 3 must be a constant of 4"},
    {"[3, 4, 6]", CONV "f = Flatten(a); v = floats(96); y = BatchNormalization(f, v, v, v, v)",
     "!between a Flatten and its Gemm"},
    /* chains of layers: shapes */
    {"[3, 4]", "y = Flatten(x)", "\"Flatten\""},
    {"[3, 4]", "y = Flatten(x, axis=-2)", "\"Flatten\""},
    {"[3, 4]", "y = Flatten(x, axis=2)", "!axis = 2, expected 1"},
    {"[3, 4]", "y = Flatten(x, axis=0)", "!axis = 0, expected 1"},
    {"[3, 4]", "s = ints(0, 4, 3); y = Reshape(x, s)", "\"target_shape\": [4, 3]"},
    {"[3, 4]", "s = ints(0, 0, 2, 2); y = Reshape(x, s)", "\"target_shape\": [3, 2, 2]"},
    {"[3, 4]", "s = ints(0, 0, 4); y = Reshape(x, s, allowzero=1)", "!an impossible size 0"},
    {"[3, 4]", "s = ints(0, 4, 3, 0); y = Reshape(x, s)", "!an impossible size 0"},
    {"[3, 4]", "s = ints(-1, 3, 2, 2); y = Reshape(x, s)", "\"target_shape\": [3, 2, 2]"},
    {"[3, 4]", "s = ints(0, 2, -1); y = Reshape(x, s)", "\"target_shape\": [2, 6]"},
    {"[3, 4]", "s = ints(0, 5, -1); y = Reshape(x, s)", "!mixes samples or does not fit"},
    {"[3, 4]", "s = ints(0, -1, -1); y = Reshape(x, s)", "!an impossible size -1"},
    {"[3, 4]", "s = ints(0, 2, -7); y = Reshape(x, s)", "!an impossible size -7"},
    {"[3, 4]", "s = ints(-1, 2, -1); y = Reshape(x, s)", "!mixes samples or does not fit"},
    {"[3, 4]", "s = ints(0, 1073741824, 1073741824, 1073741824, 12); y = Reshape(x, s)", "!row.onnx"},
    {"[3, 4]", "s = ints(2, 4, 3); y = Reshape(x, s)", "!mixes samples or does not fit"},
    {"[3, 4]", "s = ints(); y = Reshape(x, s)", "!its shape must be 1 to"},
    {"[3, 4]", "s = ints(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 12); y = Reshape(x, s)",
     "!its shape must be 1 to"},
    {"[3, 4]", "y = Reshape(x, x)", "!its shape must be constant sizes"},
    {"[3, 4]", "y = Reshape(x)", "!its shape must be 1 to"},
    {"[3, 4]", "s = ints(0, 12); f = Reshape(x, s); w = floats(12, 2); y = MatMul(f, w)", "\"Flatten\""},
    {"[3, 4]",
     "s = ints(-1, 4); f = Reshape(x, s); v = floats(4); n = BatchNormalization(f, v, v, v, v); t = ints(-1, 3, 4); "
     "y = Reshape(n, t)",
     "\"BatchNormalization\""},
    {"[3, 4]",
     "s = ints(-1, 4); f = Reshape(x, s); v = floats(4); n = BatchNormalization(f, v, v, v, v); t = ints(-1, 4, 3); "
     "y = Reshape(n, t)",
     "!mixes samples or does not fit"},
    {"[3, 4]",
     "s = ints(-1, 4); f = Reshape(x, s); v = floats(4); n = BatchNormalization(f, v, v, v, v); t = ints(-1, 3, -1); "
     "y = Reshape(n, t)",
     "!mixes samples or does not fit"},
    {"[3, 4]", "s = ints(-1, 4); f = Reshape(x, s); v = floats(4); y = BatchNormalization(f, v, v, v, v)",
     "!not the end"},
    {"[3, 4]", "s = ints(-1, 4); f = Reshape(x, s); y = Flatten(f)", "!axis = 1, expected 1"},
    {"[3, 4]", "s = ints(-1, 4); f = Reshape(x, s); q = ints(1); y = Squeeze(f, q)", "!between two Reshape"},
    {"[3, 4]", "s = ints(-1, 4); f = Reshape(x, s); q = ints(1); y = Unsqueeze(f, q)",
     "!it must add constant axes"},
    {"[1, 4]", "q = ints(1); y = Squeeze(x, q)", "\"Flatten\""},
    {"[1, 4]", "y = Squeeze(x, axes=[1])", "\"Flatten\""},
    {"[1, 4]", "q = ints(-2); y = Squeeze(x, q)", "\"Flatten\""},
    {"[1, 4]", "q = ints(2); y = Squeeze(x, q)", "!axis 2 has 4 entries, expected 1"},
    {"[1, 4]", "q = ints(0); y = Squeeze(x, q)", "!constants from 1 to 2"},
    {"[1, 4]", "q = ints(3); y = Squeeze(x, q)", "!constants from 1 to 2"},
    {"[1, 4]", "q = ints(1, 1); y = Squeeze(x, q)", "!constants from 1 to 2"},
    {"[1, 4]", "q = ints(); y = Squeeze(x, q)", "!constants from 1 to 2"},
    {"[1, 4]", "y = Squeeze(x)", "!constants from 1 to 2"},
    {"[4]", "q = ints(1); y = Unsqueeze(x, q)", "\"target_shape\": [1, 4]"},
    {"[4]", "y = Unsqueeze(x, axes=[1, 3])", "\"target_shape\": [1, 4, 1]"},
    {"[4]", "q = ints(1, 1); y = Unsqueeze(x, q)", "!constants from 1 to 3"},
    {"[4]", "y = Unsqueeze(x)", "!it must add constant axes"},
    {"[4]", "q = ints(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11); y = Unsqueeze(x, q)", "!it must add constant axes"},
    {"[4]", "w = floats(4, 1); m = MatMul(x, w); q = ints(1); y = Squeeze(m, q)", "\"units\": 1"},
    {"[4]", "w = floats(4, 1); m = MatMul(x, w); q = ints(1); s = Squeeze(m, q); y = Relu(s)",
     "!without an axis"},
    /* chains: dense layers and constants */
    {"[4]", "w = floats(4, 3); m = MatMul(x, w); b = floats(3); y = Add(m, b)", "\"use_bias\": true"},
    {"[4]", "w = floats(4, 3); m = MatMul(x, w); b = floats(3); y = Add(b, m)", "\"use_bias\": true"},
    {"[4]", "w = floats(4, 3); m = MatMul(x, w); b = number(2); y = Add(m, b)", "\"BatchNormalization\""},
    {"[4]", "w = floats(5, 3); y = MatMul(x, w)", "!for 5 inputs, and there are 4"},
    {"[4]", "w = floats(4, 3, 1); y = MatMul(x, w)", "!a constant matrix"},
    {"[4]", "w = floats(4, 0); y = MatMul(x, w)", "!a constant matrix"},
    {"[4]", "w = ints(1, 2, 3, 4); y = MatMul(x, w)", "!a constant matrix"},
    {"[4]", "w = floats(4, 4); y = MatMul(w, x)", "!row.onnx"},
    {"[4]", "w = floats(4, 3); y = Gemm(x, w, transA=1)", "!samples as they are"},
    {"[2, 4]", "w = floats(4, 3); y = Gemm(x, w)", "!samples as they are"},
    {"[2, 4]", "w = floats(4, 3); y = MatMul(x, w)", "\"units\": 3"},
    {"[4]", "w = floats(4, 3); b = floats(3); y = Gemm(x, w, b, alpha=2.5, beta=0.5)", "\"use_bias\": true"},
    {"[4]", "w = floats(4, 3); b = floats(2); y = Gemm(x, w, b)", "!row.onnx"},
    {"[4]", "w = floats(4, 3); y = Gemm(x, w, x)", "!row.onnx"},
    {"[4]", "w = floats(4, 3); y = Gemm(x, w, none)", "\"use_bias\": false"},
    {"[4]", "w = floats(3, 4); y = Gemm(x, w, transB=1)", "\"units\": 3"},
    {"[4]", "c = list(1, 2, 3, 4); a = Mul(x, c); b = Sub(c, a); d = Div(b, c); y = Add(c, d)",
     "\"BatchNormalization\""},
    {"[4]", "c = list(1, 2, 3, 4); y = Div(c, x)", "!a constant divided by what was computed"},
    {"[4]", "c = list(1, 2, 3); y = Mul(x, c)", "!row.onnx"},
    {"[4]", "c = list(1, 2, 3, 4); y = Mul(x, c, c)", "!two inputs"},
    {"[4]", "y = Mul(x, x)", "\"Multiply\""},
    /* chains: normalisation and what changes nothing */
    {"[3, 4]", "v = floats(4); y = BatchNormalization(x, v, v, v, v)", "!the second of several axes"},
    {"[4]", "v = floats(4); y = BatchNormalization(x, v, v, v, v, training_mode=1)", "!for inference"},
    {"[4]", "v = floats(4); y = BatchNormalization(x, v, v, v)", "!five inputs"},
    {"[4]", "v = floats(4); n = number(1); y = BatchNormalization(x, v, v, n, v)",
     "!has one number, expected 4"},
    {"[4]", "v = floats(4); y = BatchNormalization(x, x, v, v, v)", "!row.onnx"},
    {"[4]", "v = floats(4); y = BatchNormalization(x, v, x, v, v)", "!row.onnx"},
    {"[4]", "v = floats(4); y = BatchNormalization(x, v, v, v, x)", "!row.onnx"},
    {"[3, 4]", "v = floats(4); y = LayerNormalization(x, v)", "\"center\": false"},
    {"[3, 4]", "v = floats(4); y = LayerNormalization(x, v, v, axis=2)", "\"LayerNormalization\""},
    {"[3, 4]", "v = floats(4); y = LayerNormalization(x, v, v, axis=1)", "!axis = 1, expected the last one"},
    {"[4]", "y = Dropout(x)", "\"rate\": 0.5"},
    {"[4]", "y = Dropout(x, ratio=0.25)", "\"rate\": 0.25"},
    {"[4]", "n = number(0.75); y = Dropout(x, n)", "\"rate\": 0.75"},
    {"[4]", "n = list(0.75, 0.5); y = Dropout(x, n)", "!a constant number"},
    {"[4]", "n = number(1.5); y = Dropout(x, n)", "!row.onnx"},
    {"[4]", "y = Cast(x, to=7)", "!to = 7, expected 1"},
    {"[4]", "y = Cast(x, to=1)", "\"InputLayer\""},
    {"[4]", "y = Identity(x)", "\"InputLayer\""},
    {"[0]", "y = Identity(x)", "!is open, or larger than is read"},
    {"[4, 1099511627776]", "y = Identity(x)", "!is open, or larger than is read"},
    {"[4]", "y = Softmax(x)", "\"softmax\""},
    {"[3, 4]", "y = Softmax(x, axis=1)", "\"Softmax\""},
    {"[3, 4]", "y = Softmax(x, axis=0)", "!row.onnx"},
    {"[3, 4]", "y = Softmax(x, axis=3)", "!row.onnx"},
    {"[4]", "y = Sine(x)", "!Sine"},
    /* sizes that nodes compute */
    {"[3, 4]",
     "s = Shape(x); i = ints(0); b = Gather(s, i); r = ints(12); c = Concat(b, r, axis=0); y = Reshape(x, c)",
     "\"Flatten\""},
    {"[3, 4]",
     "s = Shape(x); b = Slice(s, starts=[0], ends=[1], axes=[0]); r = ints(4, 3); c = Concat(b, r, axis=0); y = Reshape(x, c)",
     "\"target_shape\": [4, 3]"},
    {"[3, 4]", "s = Shape(x); b = Slice(s, starts=[0], ends=[9]); y = Reshape(x, b)", "\"InputLayer\""},
    {"[3, 4]",
     "s = Shape(x); b = Slice(s, starts=[-3], ends=[-1]); r = ints(4); c = Concat(b, r, axis=0); y = Reshape(x, c)",
     "\"InputLayer\""},
    {"[3, 4]", "s = Shape(x); b = Slice(s, starts=[0, 1], ends=[1, 2]); y = Reshape(x, b)",
     "!its shape must be 1 to"},
    {"[3, 4]", "s = Shape(x, start=1); r = ints(-1); c = Concat(r, s, axis=0); y = Reshape(x, c)",
     "\"InputLayer\""},
    {"[3, 4]", "s = Shape(x, start=0, end=1); r = ints(12); c = Concat(s, r, axis=0); y = Reshape(x, c)",
     "\"Flatten\""},
    {"[3, 4]", "s = Shape(x); i = ints(3); b = Gather(s, i); y = Reshape(x, b)", "!its shape must be 1 to"},
    {"[3, 4]",
     "s = Shape(x); i = ints(1, 2); b = Gather(s, i); r = ints(0); u = Unsqueeze(r, axes=[0]); c = Concat(u, b, axis=0); "
     "y = Reshape(x, c)",
     "\"InputLayer\""},
    {"[3, 4]",
     "s = Shape(x); i = ints(1); b = Gather(s, i); j = ints(2); d = Gather(s, j); m = Mul(b, d); r = ints(-1); "
     "c = Concat(r, m, axis=0); y = Reshape(x, c)",
     "\"Flatten\""},
    {"[3, 4]",
     "s = Shape(x); i = ints(1); b = Gather(s, i); m = Div(b, b, b); r = ints(-1); c = Concat(r, m, axis=0); y = Reshape(x, c)",
     "!its shape must be 1 to"},
    {"[3, 4]", "s = floats(2); y = Reshape(x, s)", "!its shape must be 1 to"},
    {"[3, 4]",
     "s = ints(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1); "
     "y = Reshape(x, s)",
     "!its shape must be 1 to"},
    {"[3, 4]", "s = Size(x); y = Reshape(x, s)", "!unknown ONNX operator 'Size'"},
    {"[3, 4]", "a = Identity(c); b = Identity(a); c = Identity(b); y = Reshape(x, c)", "!row.onnx"},
    /* vectors of images, in the order of ONNX and in that of here */
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 96); g = Gemm(f, w); y = Add(f, g)",
     "!inputs 1 and 2 have different shapes, which is not read"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 96); g = Gemm(f, w); h = Gemm(f, w); y = Add(h, g)",
     "\"Add\""},
    {"[3, 4, 6]", CONV "f = Flatten(a); y = Add(f, f)",
     "!the graph's output 'y' is a flattened image, whose order would be another"},
    {"[3, 4, 6]", CONV "f = Flatten(a); v = floats(96); y = BatchNormalization(f, v, v, v, v)",
     "!it stands between a Flatten and its Gemm"},
    {"[3, 4, 6]", CONV "v = floats(4); y = BatchNormalization(a, v, v, v, v, training_mode=1)",
     "!it must be one for inference, with five inputs"},
    {"[3, 4, 6]", CONV "v = floats(4); y = BatchNormalization(a, v, v, v)",
     "!it must be one for inference, with five inputs"},
    {"[3, 4, 6]", CONV "v = floats(4); w = floats(3); y = BatchNormalization(a, v, w, v, v)",
     "!input 3 must be a constant of 4 numbers"},
    {"[3, 4, 6]", CONV "v = floats(4); y = BatchNormalization(a, v, a, v, v)",
     "!input 3 must be a constant of 4 numbers"},
    {"[3, 4, 6]", CONV "v = floats(4); w = ints(1, 2, 3, 4); y = BatchNormalization(a, v, v, v, w)",
     "!input 5 must be a constant of 4 numbers"},
    {"[3, 4, 6]", CONV "w = floats(6, 5); y = MatMul(a, w)",
     "!it must multiply the last axis by a constant matrix"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); y = MatMul(t, w)",
     "\"units\": 5, \"activation\": \"linear\", \"use_bias\": false"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = ints(4, 5, 6, 7); y = MatMul(t, w)",
     "!it must multiply the last axis by a constant matrix"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5, 1); y = MatMul(t, w)",
     "!it must multiply the last axis by a constant matrix"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 0); y = MatMul(t, w)",
     "!it must multiply the last axis by a constant matrix"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(3, 5); y = MatMul(t, w)",
     "!its kernel is for 3 inputs, and there are 4"},
    {"[3, 4, 6]",
     CONV
     "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); m = MatMul(t, w); b = floats(5); y = Add(m, b)",
     "\"units\": 5, \"activation\": \"linear\", \"use_bias\": true"},
    {"[3, 4, 6]",
     CONV
     "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); m = MatMul(t, w); b = floats(5, 1); y = Add(m, b)",
     "!its constant must be one number, or one for each of 5 channels"},
    {"[3, 4, 6]",
     CONV
     "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); m = MatMul(t, w); b = ints(1, 2, 3, 4, 5); y = Add(m, b)",
     "!its constant must be one number, or one for each of 5 channels"},
    {"[3, 4, 6]",
     CONV
     "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); m = MatMul(t, w); b = number(1); y = Add(m, b)",
     "\"Rescaling\""},
    {"[3, 4, 6]",
     CONV "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); m = MatMul(t, w); y = Add(m, m)",
     "\"Add\""},
    {"[3, 4, 6]",
     CONV
     "t = Transpose(a, perm=[0, 2, 3, 1]); w = floats(4, 5); m = MatMul(t, w); b = floats(5); y = Mul(m, b)",
     "\"BatchNormalization\""},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); b = ints(1, 2, 3, 4, 5); y = Gemm(f, w, b)",
     "!its bias must be a constant of 5 numbers"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); b = number(2); y = Gemm(f, w, b)",
     "\"units\": 5, \"activation\": \"linear\", \"use_bias\": true"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); b = floats(4); y = Gemm(f, w, b)",
     "!its bias must be a constant of 5 numbers"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); y = Gemm(f, w, f)",
     "!its bias must be a constant of 5 numbers"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); y = Gemm(f, w, none)",
     "\"units\": 5, \"activation\": \"linear\", \"use_bias\": false"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(96, 5); y = Gemm(f, w, transA=1)",
     "!transA = 1, expected 0"},
    {"[3, 4, 6]", CONV "f = Flatten(a); w = floats(5, 96); y = Gemm(f, w, transB=1, alpha=0.5)",
     "\"units\": 5, \"activation\": \"linear\", \"use_bias\": false"},
    {"[3, 4, 6]", CONV "f = Flatten(a); y = Gemm(f, f)",
     "!both of its inputs are computed, and they are not matrices"},
    {"[3, 4, 6]", CONV "y = MatMul(a, a)", "!both of its inputs are computed, and they are not matrices"},
    {"[3, 6]", "k = floats(4, 3, 1); a = Conv(x, k); y = MatMul(a, a)",
     "!both of its inputs are computed, and they are not matrices"},
    {"[3, 6]", "k = floats(6, 3, 1); a = Conv(x, k); t = Transpose(a, perm=[0, 2, 1]); y = MatMul(t, t)",
     "\"axes\": [2, 1]"},
    /* Squeeze, means and reshaping of images */
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); y = Squeeze(p, axes=[2, 3])", "\"Flatten\""},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); y = Squeeze(p, axes=[2, 2])",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); y = Squeeze(p, axes=[-1, -2])", "\"Flatten\""},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); y = Squeeze(p, axes=[1, 2])",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); y = Squeeze(p, axes=[2])",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 4, 6]",
     CONV
     "p = GlobalAveragePool(a); y = Squeeze(p, axes=[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40])",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); y = Squeeze(p)",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 4, 6]", CONV "i = ints(2, 3); p = GlobalAveragePool(a); y = Squeeze(p, i)", "\"Flatten\""},
    {"[3, 4, 6]", CONV "i = ints(2, 4); p = GlobalAveragePool(a); y = Squeeze(p, i)",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 4, 6]", CONV "y = Squeeze(a, axes=[2, 3])",
     "!only a Squeeze of height and width is read in graphs of images"},
    {"[3, 6]", "k = floats(4, 3, 1); a = Conv(x, k); p = GlobalAveragePool(a); y = Squeeze(p, axes=[2])",
     "\"Flatten\""},
    {"[3, 4, 6]", CONV "y = ReduceMean(a, axes=[2, 3], keepdims=0)", "\"Flatten\""},
    {"[3, 4, 6]", CONV "y = ReduceMean(a, axes=[1, 2], keepdims=0)",
     "!only a mean over height and width is read"},
    {"[3, 4, 6]", CONV "f = Flatten(a); y = ReduceMean(f, axes=[1])",
     "!only a mean over height and width is read"},
    {"[3, 4, 6]",
     CONV "p = GlobalAveragePool(a); f = Flatten(p); s = ints(-1, 4, 1, 1); y = Reshape(f, s); z = Mul(a, y)",
     "\"Multiply\""},
    {"[3, 4, 6]",
     CONV "p = GlobalAveragePool(a); f = Flatten(p); s = ints(0, 4, 1, 1); y = Reshape(f, s); z = Mul(a, y)",
     "\"Multiply\""},
    {"[3, 4, 6]",
     CONV "p = GlobalAveragePool(a); f = Flatten(p); s = ints(0, -1, 1, 1); y = Reshape(f, s); z = Mul(a, y)",
     "\"Multiply\""},
    {"[3, 4, 6]",
     CONV
     "p = GlobalAveragePool(a); f = Flatten(p); s = ints(-1, -1, 1, 1); y = Reshape(f, s); z = Mul(a, y)",
     "!inputs 1 and 2 have different shapes, which is not read"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); f = Flatten(p); s = ints(0, 2, 2, 1); y = Reshape(f, s)",
     "\"target_shape\": [2, 2, 1]"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); f = Flatten(p); s = ints(0, 4, 1, 1, 1); y = Reshape(f, s)",
     "\"target_shape\": [4, 1, 1, 1]"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); f = Flatten(p); s = ints(4); y = Reshape(f, s)",
     "!its shape must be constant sizes behind the samples"},
    {"[3, 4, 6]", CONV "p = GlobalAveragePool(a); f = Flatten(p); y = Reshape(f, x)",
     "!its shape must be constant sizes behind the samples"},
    {"[3, 4, 6]", CONV "s = ints(0, 96); y = Reshape(a, s)",
     "!the graph's output 'y' is a flattened image, whose order would be another"},
    {"[3, 4, 6]", CONV "s = ints(5, 96); y = Reshape(a, s)",
     "!only a Reshape of samples to one axis of 96 is read in graphs of images"},
    {"[3, 4, 6]", CONV "s = ints(-1, 48); y = Reshape(a, s)",
     "!only a Reshape of samples to one axis of 96 is read in graphs of images"},
    {"[3, 4, 6]", CONV "s = ints(0, 0, -1); y = Reshape(a, s)",
     "!only a Reshape of samples to one axis of 96 is read in graphs of images"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); s = ints(0, 0, -1); y = Reshape(t, s)",
     "\"target_shape\": [4, -1]"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); s = ints(2, 12, 4); y = Reshape(t, s)",
     "!its shape must be constant sizes behind the samples"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); s = ints(-1, 12, 8); y = Reshape(t, s)",
     "\"target_shape\": [12, 8]"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); y = Transpose(t, perm=[0, 2, 1, 3])",
     "\"dims\": [2, 1, 3]"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); y = Transpose(t, perm=[1, 0, 2, 3])",
     "!only a Transpose between channels first and channels last is read"},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); y = Transpose(t, perm=[0, 2, 1])",
     "!only a Transpose between channels first and channels last is read"},
    {"[3, 4, 6]", CONV "y = Transpose(a)",
     "!only a Transpose between channels first and channels last is read"},
    {"[3, 4, 6]", CONV "y = Flatten(a, axis=2)", "!axis must be 1"},
    {"[3, 4, 6]", CONV "y = Cast(a, to=7)", "!only a Cast to 32-bit floats is read"},
    {"[3, 4, 6]", CONV "y = Cast(a, to=1)", "\"Conv2D\""},
    /* merging */
    {"[3, 4, 6]", CONV "y = Add(a)", "!it must have two inputs"},
    {"[3, 4, 6]", CONV "y = Div(a, a)", "!only a division by a constant is read"},
    {"[3, 4, 6]", CONV "y = Sum(a, a, a)", "\"Add\""},
    {"[3, 4, 6]", CONV "y = Sub(a, a, a)", "!layer y: it takes 2 inputs, got 3"},
    {"[3, 4, 6]", CONV "p = MaxPool(a, kernel_shape=[2, 2], strides=[2, 2]); y = Add(a, p)",
     "!inputs 1 and 2 have different shapes, which is not read"},
    {"[3, 4, 6]", CONV "p = GlobalMaxPool(a); y = Add(a, p)", "\"Add\""},
    {"[3, 4, 6]", CONV "p = GlobalMaxPool(a); y = Add(p, a)", "\"Add\""},
    {"[3, 4, 6]", CONV "t = Transpose(a, perm=[0, 2, 3, 1]); y = Add(a, t)",
     "!inputs 1 and 2 have different shapes, which is not read"},
    {"[3, 4, 6]",
     CONV "t = Transpose(a, perm=[0, 2, 3, 1]); u = Transpose(a, perm=[0, 2, 3, 1]); y = Max(u, t)",
     "\"Maximum\""},
    {"[3, 4, 6]", CONV "f = Flatten(a); y = Add(a, f)",
     "!inputs 1 and 2 have different shapes, which is not read"},
    {"[3, 4, 6]", CONV "y = Concat(a, a, axis=1)", "\"axis\": 3"},
    {"[3, 4, 6]", CONV "y = Concat(a, a, axis=0)", "!axis = 0, expected 1 to 3"},
    {"[3, 4, 6]", CONV "y = Concat(a, a, axis=2)", "\"axis\": 1"},
    {"[3, 4, 6]", CONV "y = Concat(a, a, axis=-1)", "\"axis\": 2"},
    {"[3, 4, 6]", CONV "y = Concat(a, a, axis=4)", "!axis = 4, expected 1 to 3"},
    {"[3, 4, 6]", CONV "c = floats(4); y = Concat(a, c, axis=1)",
     "!input 2 is a constant, which is not read in graphs of images"},
    {"[3, 4, 6]", CONV "f = Flatten(a); y = Concat(f, f, axis=1)",
     "!its inputs have their axes in different orders"},
    /* groups of axes that images do not have */
    {"[3, 4, 6]", "k = floats(4, 3, 1, 1); y = Conv(x, k); z = Flatten(y, axis=1)",
     "!whose order would be another"},
    {"[3]", "k = floats(4, 3, 1); y = Conv(x, k)", "!row.onnx"},
    {"[3, 4, 6, 5]", "k = floats(4, 3, 1, 1, 1); y = Conv(x, k)", "!row.onnx"},
};

static size_t wrong;

static void check(const row *r)
{
    cn_error_clear();
    cn_model *model = read_row(r);
    char *json = model ? cn_model_to_json(model) : NULL;
    const bool refused = *r->expected == '!';
    const char *found = json ? json : cn_error();
    if (refused != !model || !strstr(found, r->expected + refused) ||
        (!model && !strstr(found, "row.onnx"))) {
        print_error("%s\n  expected: %s\n  %s: %s\n", r->graph, r->expected, model ? "read" : "refused",
                    found);
        wrong++;
    }
    cn_text_free(json);
    cn_model_free(model);
    free_arena();
}

static void each_graph_is_read_or_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check(&rows[i]);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_graph_is_read_or_refused_by_name),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
