/* Dense layers from Gemm, and from MatMul with Add; and what is done with constants beside them. */
#include <string.h>

#include "formats/onnx/read/read.h"

/* A constant matrix (rows, cols) as it is meant. */
typedef struct matrix {
    const cn__onnx_value *value;
    bool transposed;
    size_t rows, cols;
} matrix;

static cn_status read_matrix(const cn__onnx_reader *r, const Cn__Onnx__Node *node, size_t input,
                             bool transpose, matrix *out)
{
    const cn__onnx_value *value = cn__onnx_input(r->source, node, input);
    const Cn__Onnx__Tensor *t = value ? value->tensor : NULL;
    if (!t || !cn__onnx_is_float(t) || t->n_dims != 2 || !t->dims[0] || !t->dims[1])
        return cn__fail(CN_ERROR_FORMAT, "its second input must be a constant matrix");
    *out = (matrix){.value = value, .transposed = value->transposed != transpose};
    out->rows = (size_t)t->dims[out->transposed], out->cols = (size_t)t->dims[!out->transposed];
    if (out->rows == cn__onnx_last(r) && r->shape.rank) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "its kernel is for %zu inputs, and there are %zu", out->rows,
                    cn__onnx_last(r));
}

static double matrix_at(const matrix *m, size_t row, size_t col)
{
    return cn__onnx_element(m->value->tensor, m->transposed ? col * m->rows + row : row * m->cols + col);
}

/* The activation behind a dense layer becomes a part of it; in our own files only if it was. */
static cn_status take_activation(cn__onnx_reader *r, const Cn__Onnx__Node *dense, const char **out)
{
    char own[64], other[64];
    cn__activation act;
    const char *end;
    const Cn__Onnx__Node *first;
    *out = "linear";
    if (!cn__onnx_match_activation(r->source, r->value, cn__onnx_rank(r), &act, &end, &first)) return CN_OK;
    cn__onnx_layer_name(dense, own, sizeof own);
    cn__onnx_layer_name(first, other, sizeof other);
    if (r->source->ours && strcmp(own, other) != 0) return CN_OK;
    *out = cn__onnx_activation_text(&r->arena, &act);
    r->value = end;
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status add_dense(cn__onnx_reader *r, const Cn__Onnx__Node *node, const matrix *kernel, double alpha,
                           const cn__onnx_value *bias, double beta)
{
    const char *activation;
    float *weights = cn__onnx_add_weight(r, kernel->rows, kernel->cols),
          *biases = bias ? cn__onnx_add_weight(r, 0, kernel->cols) : NULL;
    if (!weights || (bias && !biases)) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < kernel->rows; i++)
        for (size_t o = 0; o < kernel->cols; o++)
            weights[i * kernel->cols + o] = (float)(alpha * matrix_at(kernel, i, o));
    for (size_t o = 0; bias && o < kernel->cols; o++) biases[o] = (float)(beta * cn__onnx_vector_at(bias, o));
    CN_TRY(take_activation(r, node, &activation));
    cn__text text = {0};
    cn__text_printf(&text, "dense(units=%zu, activation=%s, use_bias=%s", kernel->cols, activation,
                    bias ? "true" : "false");
    return cn__onnx_add_layer(r, node, &text);
}

cn_status cn__onnx_read_gemm(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    matrix kernel;
    const cn__onnx_value *bias = NULL;
    if (cn__onnx_rank(r) != 1 || cn__onnx_number(node, "transA", 0) != 0)
        return cn__fail(CN_ERROR_FORMAT, "it must take a matrix of samples as they are");
    CN_TRY(read_matrix(r, node, 1, cn__onnx_number(node, "transB", 0) != 0, &kernel));
    r->shape.dim[r->shape.rank - 1] = kernel.cols;
    bool has_bias = node->n_inputs > 2 && *node->inputs[2];
    if (has_bias && !(bias = cn__onnx_vector(r, node, 2))) return CN_ERROR_FORMAT;
    return add_dense(r, node, &kernel, cn__onnx_number(node, "alpha", 1), bias,
                     cn__onnx_number(node, "beta", 1));
}

cn_status cn__onnx_read_matmul(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    matrix kernel;
    const cn__onnx_value *first = cn__onnx_input(r->source, node, 0);
    const bool weights_first = r->vector && first && first->tensor;
    CN_TRY(read_matrix(r, node, weights_first ? 0 : 1, weights_first, &kernel));
    r->shape.dim[r->shape.rank - 1] = kernel.cols;
    const Cn__Onnx__Node *add = cn__onnx_next(r, "Add");
    const cn__onnx_value *bias = add ? cn__onnx_vector(r, add, strcmp(add->inputs[0], r->value) == 0) : NULL;
    if (bias && cn__onnx_size(bias->tensor) != kernel.cols) bias = NULL; /* a number is no bias */
    if (bias) r->value = add->outputs[0];
    return add_dense(r, node, &kernel, 1, bias, 1);
}

/* ---- x · scale + shift ----------------------------------------------------------------------------------- */

/* One Add, Sub, Mul or Div into what was gathered so far. */
static cn_status apply(const cn__onnx_reader *r, const Cn__Onnx__Node *node, bool constant_first,
                       float *scale, float *shift)
{
    const cn__onnx_value *vector = cn__onnx_vector(r, node, constant_first ? 0 : 1);
    if (!vector) return CN_ERROR_FORMAT;
    if (constant_first && node->op[0] == 'D')
        return cn__fail(CN_ERROR_FORMAT, "a constant divided by what was computed is not read");
    for (size_t i = 0; i < cn__onnx_last(r); i++) {
        float c = (float)cn__onnx_vector_at(vector, i);
        switch (node->op[0]) {
        case 'A': shift[i] += c; break;
        case 'M': scale[i] *= c, shift[i] *= c; break;
        case 'D': scale[i] /= c, shift[i] /= c; break;
        default:
            scale[i] = constant_first ? -scale[i] : scale[i];
            shift[i] = constant_first ? c - shift[i] : shift[i] - c;
        }
    }
    return CN_OK;
}

/* A BatchNormalization that is not trained, with mean 0 and variance 1. Those that follow go into the same one. */
cn_status cn__onnx_read_affine(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    static const char *const ops[] = {"Add", "Sub", "Mul", "Div"};
    const cn__onnx_value *input = cn__onnx_input(r->source, node, 0);
    size_t n = cn__onnx_last(r);
    if (node->n_inputs != 2 || !r->shape.rank) return cn__fail(CN_ERROR_FORMAT, "it must have two inputs");
    CN_TRY(cn__onnx_spend(r, 4 * n));
    float *scale = cn__onnx_add_weight(r, 0, n), *shift = cn__onnx_add_weight(r, 0, n),
          *mean = cn__onnx_add_weight(r, 0, n), *variance = cn__onnx_add_weight(r, 0, n);
    if (!scale || !shift || !mean || !variance) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) scale[i] = variance[i] = 1;
    CN_TRY(apply(r, node, input && input->tensor, scale, shift));
    for (size_t i = 0; i < sizeof ops / sizeof *ops;) {
        const Cn__Onnx__Node *next = cn__onnx_next(r, ops[i++]);
        if (!next) continue;
        input = cn__onnx_input(r->source, next, 0);
        CN_TRY(apply(r, next, input && input->tensor, scale, shift));
        r->value = next->outputs[0];
        i = 0;
    }
    cn__text text = {0};
    cn__text_add(&text, "batch_normalization(epsilon=0, trainable=false");
    return cn__onnx_add_layer(r, node, &text);
}
