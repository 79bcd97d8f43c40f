/* BatchNormalization, LayerNormalization and Dropout from ONNX, and the nodes that change nothing. */
#include <math.h>
#include <string.h>

#include "formats/onnx/read/read.h"

/* "dense/ones", which is all ones: our word for a scale that the layer does not have. */
static bool is_filler(const cn__onnx_reader *r, const cn__onnx_value *vector, const char *ending,
                      double value)
{
    size_t size = strlen(vector->name), end = strlen(ending);
    if (!r->source->ours || size < end || strcmp(vector->name + size - end, ending) != 0) return false;
    for (size_t i = 0; i < cn__onnx_size(vector->tensor); i++)
        if (cn__onnx_element(vector->tensor, i) != value) return false;
    return true;
}

static cn_status take_vector(cn__onnx_reader *r, const cn__onnx_value *vector)
{
    size_t n = cn__onnx_last(r);
    if (cn__onnx_size(vector->tensor) != n)
        return cn__fail(CN_ERROR_FORMAT, "'%.60s' has one number, expected %zu", vector->name, n);
    float *values = cn__onnx_add_weight(r, 0, n);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) values[i] = (float)cn__onnx_vector_at(vector, i);
    return CN_OK;
}

/* Scale and shift: inputs 1 and 2. */
static cn_status take_scale_and_shift(cn__onnx_reader *r, const Cn__Onnx__Node *node, cn__text *text)
{
    const cn__onnx_value *scale = cn__onnx_vector(r, node, 1), *shift = NULL;
    if (!scale) return CN_ERROR_FORMAT;
    bool has_shift = node->n_inputs > 2 && *node->inputs[2];
    if (has_shift && !(shift = cn__onnx_vector(r, node, 2))) return CN_ERROR_FORMAT;
    if (is_filler(r, scale, "/ones", 1)) cn__text_add(text, ", scale=false");
    else CN_TRY(take_vector(r, scale));
    if (!shift || is_filler(r, shift, "/zeros", 0)) cn__text_add(text, ", center=false");
    else CN_TRY(take_vector(r, shift));
    return CN_OK;
}

static cn_status finish(cn__onnx_reader *r, const Cn__Onnx__Node *node, cn__text *text, cn_status status)
{
    if (status == CN_OK) return cn__onnx_add_layer(r, node, text);
    cn__text_free(text);
    return status;
}

static cn_status take_batch(cn__onnx_reader *r, const Cn__Onnx__Node *node, cn__text *text)
{
    CN_TRY(take_scale_and_shift(r, node, text));
    for (size_t i = 3; i <= 4; i++) {
        const cn__onnx_value *vector = cn__onnx_vector(r, node, i);
        if (!vector) return CN_ERROR_FORMAT;
        CN_TRY(take_vector(r, vector));
    }
    return CN_OK;
}

cn_status cn__onnx_read_batchnorm(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    if (cn__onnx_rank(r) != 1)
        return cn__fail(CN_ERROR_FORMAT,
                        "it normalises the second of several axes; only the last one is read");
    if (cn__onnx_number(node, "training_mode", 0) != 0 || node->n_inputs != 5)
        return cn__fail(CN_ERROR_FORMAT, "it must be one for inference, with five inputs");
    cn__text text = {0};
    cn__text_printf(&text, "batch_normalization(momentum=%.9g, epsilon=%.9g",
                    cn__onnx_number(node, "momentum", 0.9), cn__onnx_number(node, "epsilon", 1e-5));
    return finish(r, node, &text, take_batch(r, node, &text));
}

cn_status cn__onnx_read_layernorm(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    double axis = cn__onnx_number(node, "axis", -1);
    if (!r->shape.rank || (axis != -1 && axis != cn__onnx_rank(r)))
        return cn__fail(CN_ERROR_FORMAT, "axis = %g, expected the last one", axis);
    cn__text text = {0};
    cn__text_printf(&text, "layer_normalization(epsilon=%.9g", cn__onnx_number(node, "epsilon", 1e-5));
    return finish(r, node, &text, take_scale_and_shift(r, node, &text));
}

/* The constant that the next node multiplies or adds, one for each of the last axis, becomes a weight. */
static cn_status take_next(cn__onnx_reader *r, const char *op, bool *taken)
{
    const Cn__Onnx__Node *node = cn__onnx_next(r, op);
    const cn__onnx_value *vector =
        node ? cn__onnx_vector(r, node, strcmp(node->inputs[0], r->value) == 0) : NULL;
    *taken = vector && cn__onnx_size(vector->tensor) == cn__onnx_last(r);
    if (!*taken) return CN_OK;
    r->value = node->outputs[0];
    return take_vector(r, vector);
}

static cn_status take_composed(cn__onnx_reader *r, cn__text *text)
{
    bool scale, centre;
    CN_TRY(take_next(r, "Mul", &scale));
    if (!scale) cn__text_add(text, ", scale=false");
    CN_TRY(take_next(r, "Add", &centre));
    if (!centre) cn__text_add(text, ", center=false");
    return CN_OK;
}

cn_status cn__onnx_read_composed_norm(cn__onnx_reader *r, bool *found)
{
    static const char *const ways[] = {
        "ReduceMean x axes=last keepdims=1; Sub x a; Pow b 2; ReduceMean c axes=last "
        "keepdims=1; Add d p0; Sqrt e; Div b f",
        "ReduceMean x axes=last keepdims=1; Sub x a; Mul b b; ReduceMean c axes=last "
        "keepdims=1; Add d p0; Sqrt e; Div b f"};
    const Cn__Onnx__Node *first = NULL;
    double numbers[3] = {NAN, NAN, NAN};
    *found = false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !*found && r->shape.rank; i++)
        *found =
            cn__onnx_match_steps(r->source, r->value, cn__onnx_rank(r), ways[i], numbers, &r->value, &first);
    if (!*found) return CN_OK;
    cn__text text = {0};
    cn__text_printf(&text, "layer_normalization(epsilon=%.9g", numbers[0]);
    return finish(r, first, &text, take_composed(r, &text));
}

/* The rate is an attribute, or since operator set 12 an input. */
cn_status cn__onnx_read_dropout(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    const cn__onnx_value *ratio = cn__onnx_input(r->source, node, 1);
    double rate = cn__onnx_number(node, "ratio", 0.5);
    if (ratio && (!ratio->tensor || cn__onnx_size(ratio->tensor) != 1))
        return cn__fail(CN_ERROR_FORMAT, "its ratio must be a constant number");
    if (ratio) rate = cn__onnx_element(ratio->tensor, 0);
    cn__text text = {0};
    cn__text_printf(&text, "dropout(rate=%.9g", rate);
    return cn__onnx_add_layer(r, node, &text);
}

/* Identity, and Cast of floats to floats. */
cn_status cn__onnx_read_pass(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    (void)r;
    if (strcmp(node->op, "Cast") != 0 || cn__onnx_number(node, "to", 0) == CN_ONNX_FLOAT32) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "to = %g, expected %d (32-bit float)", cn__onnx_number(node, "to", 0),
                    CN_ONNX_FLOAT32);
}
