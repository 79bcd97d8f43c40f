/* What the readers of ONNX operators share: layers and weights as they are found, and the message for what is not read. */
#include "formats/onnx/read/read.h"

#include <ctype.h>
#include <string.h>

#include "model/model.h"

/* All that are read, for the message. */
static const char *const known[] = {"Add",
                                    "AveragePool",
                                    "BatchNormalization",
                                    "Cast",
                                    "Celu",
                                    "Clip",
                                    "Concat",
                                    "Conv",
                                    "ConvTranspose",
                                    "Div",
                                    "Dropout",
                                    "Elu",
                                    "Exp",
                                    "Flatten",
                                    "Gelu",
                                    "Gemm",
                                    "GlobalAveragePool",
                                    "GlobalMaxPool",
                                    "HardSigmoid",
                                    "HardSwish",
                                    "Identity",
                                    "LayerNormalization",
                                    "LeakyRelu",
                                    "LogSoftmax",
                                    "MatMul",
                                    "Max",
                                    "MaxPool",
                                    "Mean",
                                    "Min",
                                    "Mish",
                                    "Mul",
                                    "PRelu",
                                    "Pad",
                                    "ReduceMean",
                                    "Relu",
                                    "Reshape",
                                    "Resize",
                                    "Selu",
                                    "Sigmoid",
                                    "Slice",
                                    "Softmax",
                                    "Softplus",
                                    "Softsign",
                                    "Squeeze",
                                    "Sub",
                                    "Sum",
                                    "Tanh",
                                    "ThresholdedRelu",
                                    "Transpose",
                                    "Unsqueeze",
                                    "Upsample"};
enum { KNOWN = sizeof known / sizeof *known };

size_t cn__onnx_last(const cn__onnx_reader *r) { return r->shape.rank ? r->shape.dim[r->shape.rank - 1] : 1; }
int cn__onnx_rank(const cn__onnx_reader *r) { return r->folded ? 1 : r->shape.rank; }

/* ---- layers -------------------------------------------------------------------------------------------- */

void cn__onnx_layer_name(const Cn__Onnx__Node *node, char *out, size_t size)
{
    *out = '\0';
    const char *end = strrchr(node->name, '/'), *begin = end;
    while (begin && begin > node->name && begin[-1] != '/') begin--;
    if (!begin || begin == end || (size_t)(end - begin) >= size || !isalpha((unsigned char)*begin)) return;
    for (const char *p = begin; p < end; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-.", *p)) return;
    memcpy(out, begin, (size_t)(end - begin));
    out[end - begin] = '\0';
}

static bool has_layer(const cn_model *model, const char *name)
{
    for (size_t i = 0; i < cn_model_layer_count(model); i++)
        if (strcmp(cn_model_layer_name(model, i), name) == 0) return true;
    return false;
}

cn_status cn__onnx_add_layer(cn__onnx_reader *r, const Cn__Onnx__Node *node, cn__text *notation)
{
    char name[64] = "";
    if (node) cn__onnx_layer_name(node, name, sizeof name);
    if (*name && !has_layer(r->model, name))
        cn__text_printf(notation, "%sname='%s'", notation->data && strchr(notation->data, '=') ? ", " : "",
                        name);
    cn__text_add(notation, ")");
    cn_status status = CN_OK;
    if (notation->failed) status = cn__fail_memory(notation->size, "a layer");
    else if (cn_model_layer_count(r->model) >= CN_ONNX_MAX_LAYERS)
        status = cn__fail(CN_ERROR_FORMAT, "it has more than %d layers", CN_ONNX_MAX_LAYERS);
    else status = cn_model_add(r->model, cn_layer_new(notation->data));
    cn__text_free(notation);
    return status;
}

float *cn__onnx_add_weight(cn__onnx_reader *r, size_t rows, size_t cols)
{
    if (r->weight_count == r->weight_capacity) {
        size_t capacity = r->weight_capacity ? 2 * r->weight_capacity : 16;
        cn_array *grown = cn__arena_array(&r->arena, capacity, sizeof *grown);
        if (!grown) return NULL;
        if (r->weight_count) memcpy(grown, r->weights, r->weight_count * sizeof *grown);
        r->weights = grown, r->weight_capacity = capacity;
    }
    float *values = cn__arena_array(&r->arena, (rows ? rows : 1) * cols, sizeof *values);
    if (!values) return NULL;
    r->weights[r->weight_count++] =
        cn_array_view(CN_FLOAT32, values, rows ? 2 : 1, rows ? (size_t[]){rows, cols} : (size_t[]){cols, 0});
    return values;
}

cn_status cn__onnx_spend(cn__onnx_reader *r, size_t numbers)
{
    if (numbers <= CN_ONNX_MAX_MADE && r->made + numbers <= CN_ONNX_MAX_MADE) {
        r->made += numbers;
        return CN_OK;
    }
    return cn__fail(CN_ERROR_FORMAT,
                    "its operators would make more than %zu numbers that the file does not hold",
                    CN_ONNX_MAX_MADE);
}

const cn__onnx_value *cn__onnx_vector(const cn__onnx_reader *r, const Cn__Onnx__Node *node, size_t input)
{
    const cn__onnx_value *value = cn__onnx_input(r->source, node, input);
    const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
    size_t last = cn__onnx_last(r);
    bool good = t && cn__onnx_is_float(t) && !value->transposed;
    size_t size = good ? cn__onnx_size(t) : 0;
    good = good && (size == 1 || (size == last && t->dims[t->n_dims - 1] == (int64_t)last));
    if (good && t->n_dims <= (size_t)cn__onnx_rank(r) + 1) return value;
    (void)cn__fail(CN_ERROR_FORMAT, "input %zu must be a constant of one number or of %zu, for the last axis",
                   input + 1, last);
    return NULL;
}

const Cn__Onnx__Node *cn__onnx_next(const cn__onnx_reader *r, const char *op)
{
    const cn__onnx_value *value = cn__onnx_find(r->source, r->value);
    if (!value || value->consumer_count != 1 || strcmp(r->value, r->source->output->name) == 0) return NULL;
    const Cn__Onnx__Node *node = value->consumers[0];
    bool good = strcmp(node->op, op) == 0 && !*node->domain && node->n_inputs == 2 && node->n_outputs == 1;
    return good ? node : NULL;
}

double cn__onnx_vector_at(const cn__onnx_value *vector, size_t i)
{
    return cn__onnx_element(vector->tensor, cn__onnx_size(vector->tensor) == 1 ? 0 : i);
}

/* ---- what is not read ------------------------------------------------------------------------------------ */

/* What is read of an operator of which not all is. */
static const char *limit_of(const char *op)
{
    static const char *const limits[][2] = {{"Clip", "only from 0 to a number, as relu(max_value)"},
                                            {"MatMul", "with its weights on the right of samples in rows"},
                                            {"PRelu", "only with one slope for all units"},
                                            {"Softmax", "over axes of a sample"},
                                            {"LogSoftmax", "only over the last axis"}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(op, limits[i][0]) == 0) return limits[i][1];
    return "not with these inputs and attributes";
}

cn_status cn__onnx_fail_operator(const Cn__Onnx__Node *node)
{
    char op[96];
    cn__format(op, sizeof op, *node->domain ? "%.40s.%.40s" : "%.0s%.40s", node->domain, node->op);
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(op, known[i]) == 0)
            return cn__fail(CN_ERROR_FORMAT, "node '%.60s': a %s is read %s", node->name, op, limit_of(op));
    (void)cn__fail_word(CN_ERROR_FORMAT, "ONNX operator", op, known, KNOWN);
    return cn__fail_in("node '%.60s'", node->name);
}
