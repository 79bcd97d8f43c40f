/* From a model to its operations: what every layer lowers to, in the order in which they run. Models within it are inlined:
 * there are calls of layers alone, as if the outer model had them itself. */
#ifndef CN_MODEL_LOWER_H
#define CN_MODEL_LOWER_H

#include "model/model.h"

/* A call of a layer, and the operations that it became: ops[first … first + count - 1] of the graph. */
typedef struct cn__lowered {
    const cn_tensor *tensor;         /* of the model that the layer is in */
    const struct cn__lowered **from; /* (tensor->inputs) */
    const char *name; /* of the layer, "base/dense" in a nested model; its call k is "dense@k" */
    size_t first, count;
    cn__ref ref; /* what it gives */
} cn__lowered;

typedef struct cn__op_graph {
    cn__op **ops; /* each behind those that it reads */
    size_t count;
    cn__op **inputs; /* (input_count) */
    cn__ref *outputs;
    size_t input_count, output_count;
    cn__lowered *calls; /* (call_count), each behind those that it is made from */
    size_t call_count;
    const cn__lowered **ends; /* (output_count): the calls that give the outputs */
} cn__op_graph;

/* All of it lives in `arena`. The model must be built. */
CN_CHECK cn_status cn__lower_model(const cn_model *model, cn__arena *arena, cn__op_graph *out);
/* The same by the formulas that compile chose for training. */
CN_CHECK cn_status cn__lower_for_training(const cn_model *model, cn__arena *arena, cn__op_graph *out);

#endif
