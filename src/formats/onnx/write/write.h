/* What those who write operations as ONNX nodes share. Values are channels last, as in Keras; ONNX's windows want channels
 * first. A value that was made channels first is a Transpose of that form, which later operations take instead; a
 * Transpose that nothing takes in the end is dropped. */
#ifndef CN_FORMATS_ONNX_WRITE_WRITE_H
#define CN_FORMATS_ONNX_WRITE_WRITE_H

#include "formats/onnx/onnx.h"
#include "nn/ops.h"

/* Takes the names of the inputs, and leaves that of the output in g->value. */
typedef cn_status cn__onnx_writer(cn__onnx_graph *g, const cn__op *op, const char *const *in);

/* ---- layout.c ---- */

/* The channels-first form that the value is a Transpose of; NULL if there is none. */
const char *cn__onnx_channels_first(const cn__onnx_graph *g, const char *value);
/* That form, made where there is none, of a value with so many axes beside samples and channels. */
const char *cn__onnx_to_first(cn__onnx_graph *g, const char *value, int axes);
/* Makes g->value channels last again. */
void cn__onnx_to_last(cn__onnx_graph *g, int axes);
/* Drops the Transpose nodes that neither nodes nor outputs take. */
void cn__onnx_drop_unused(cn__onnx_graph *g);

/* ---- window.c: convolution, pooling, borders, resizing ---- */

cn__onnx_writer cn__onnx_write_convolution, cn__onnx_write_pool, cn__onnx_write_border, cn__onnx_write_resize,
    cn__onnx_write_resample;

/* ---- shapes.c ---- */

cn__onnx_writer cn__onnx_write_permute, cn__onnx_write_repeat, cn__onnx_write_rescaling, cn__onnx_write_prelu,
    cn__onnx_write_normalization, cn__onnx_write_unit_normalization, cn__onnx_write_group_normalization,
    cn__onnx_write_dot;

/* ---- onnx/softmax.c ---- */

cn__onnx_writer cn__onnx_write_softmax;

#endif
