/* What the readers of ONNX operators share: where the walk along the graph is, and the layers found so far. */
#ifndef CN_FORMATS_ONNX_READ_READ_H
#define CN_FORMATS_ONNX_READ_READ_H

#include "base/text/text.h"
#include "formats/onnx/onnx.h"
#include "nn/layer.h"

enum { CN_ONNX_MAX_LAYERS = 500 };
#define CN_ONNX_MAX_MADE ((size_t)1 << 24) /* numbers in a sample, and in weights that stand in no file */

typedef struct cn__onnx_reader {
    cn__onnx_source *source;
    cn_model *model;
    cn__arena arena; /* of the weights until the model is built */
    const char *value;
    cn__shape shape;   /* of a sample of `value` */
    bool vector;       /* `value` is one sample, without an axis for samples */
    bool folded;       /* `value` is a matrix: all axes but the last one are in its rows */
    int64_t batch;     /* the graph's own number of samples, 0 if it is open */
    size_t made;       /* numbers that stand in no file */
    cn_array *weights; /* in Keras's order */
    size_t weight_count, weight_capacity;
} cn__onnx_reader;

/* Adds a layer, with activation where there is one: `notation` lacks the closing bracket. The name is taken from
 * `node` where it has a good one. Takes over the text. */
CN_CHECK cn_status cn__onnx_add_layer(cn__onnx_reader *reader, const Cn__Onnx__Node *node,
                                      cn__text *notation);
/* The name "layer" of "…/layer/Operator", or "" where there is none that can be used. */
void cn__onnx_layer_name(const Cn__Onnx__Node *node, char *out, size_t size);
/* Room for a layer's next weight, to be filled: (rows, cols), or (cols) when rows is 0. NULL when out of memory. */
float *cn__onnx_add_weight(cn__onnx_reader *reader, size_t rows, size_t cols);
/* Fails when more numbers are made than files may ask for. */
CN_CHECK cn_status cn__onnx_spend(cn__onnx_reader *reader, size_t numbers);

/* Fails: the node is not read, by its operator's name. */
cn_status cn__onnx_fail_operator(const Cn__Onnx__Node *node);

/* The size of the last axis, and the rank that ONNX sees without the batch. */
size_t cn__onnx_last(const cn__onnx_reader *reader);
int cn__onnx_rank(const cn__onnx_reader *reader);

typedef struct cn__onnx_operator {
    const char *name;
    cn_status (*read)(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
} cn__onnx_operator;

/* ---- dense.c, norm.c, shape.c ----------------------------------------------------------------- */

cn_status cn__onnx_read_gemm(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_matmul(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_affine(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_batchnorm(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_layernorm(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_dropout(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_pass(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_flatten(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_reshape(cn__onnx_reader *reader, const Cn__Onnx__Node *node);

cn_status cn__onnx_read_squeeze(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
cn_status cn__onnx_read_unsqueeze(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
/* onnx/softmax.c: of other axes than the last, which are activations. */
cn_status cn__onnx_read_softmax(cn__onnx_reader *reader, const Cn__Onnx__Node *node);
/* A LayerNormalization of several operators, as it was written before operator set 17: is it there? */
cn_status cn__onnx_read_composed_norm(cn__onnx_reader *reader, bool *found);

/* ---- sizes.c: constants, and what is computed from shapes ----------------------------------------------- */

enum { CN_ONNX_SIZES = 16 };
#define CN_ONNX_BATCH                                                                                        \
    (INT64_MIN + 1) /* the number of samples; INT64_MIN + n, below the limit, is n times as many */
#define CN_ONNX_BATCH_LIMIT (INT64_MIN + INT32_MAX)
typedef struct cn__onnx_sizes {
    int64_t at[CN_ONNX_SIZES];
    size_t count;
} cn__onnx_sizes;
/* Whole numbers that a node takes as an input, known before any sample is; false where they are not. */
bool cn__onnx_read_sizes(const cn__onnx_reader *reader, const Cn__Onnx__Node *node, size_t input,
                         cn__onnx_sizes *out);

/* A constant vector for the last axis: one number, or as many as there are; NULL and a message for anything else. */
const cn__onnx_value *cn__onnx_vector(const cn__onnx_reader *reader, const Cn__Onnx__Node *node,
                                      size_t input);
/* The one node that takes the reader's value and another, if it is an `op` and the value is not the output; else NULL. */
const Cn__Onnx__Node *cn__onnx_next(const cn__onnx_reader *reader, const char *op);
double cn__onnx_vector_at(const cn__onnx_value *vector, size_t i);

#endif
