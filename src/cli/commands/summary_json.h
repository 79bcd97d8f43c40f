#ifndef CN_CLI_SUMMARY_JSON_H
#define CN_CLI_SUMMARY_JSON_H

#include "cornu/cornu.h"
#include "nn/shape.h"

/* {"name": …, "layers": [{"name", "type", "output_shape", "parameters"}, …], "parameters": …, …}; for samples of `shape` where the
 * model does not know its input (or NULL: shapes are null then). */
CN_CHECK cn_status cn__summary_json(const char *path, cn_model *model, const cn__shape *shape);

#endif
