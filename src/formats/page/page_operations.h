/* Operations as the page of cn_model_export_html runs them: a JSON object each, {"kind": …} and what the function of that
 * name in the page's OPERATIONS takes. */
#ifndef CN_FORMATS_PAGE_OPERATIONS_H
#define CN_FORMATS_PAGE_OPERATIONS_H

#include <jansson.h>

#include "model/model.h"
#include "nn/op.h"

/* Does the page compute operations of this kind, or are they not there in prediction? */
bool cn__page_knows(const cn__op_kind *kind);
bool cn__page_leaves_out(const cn__op *op);

/* A new reference; weights are given by where they begin among all of the model's. Fails by the layer's name for a kind that
 * the page does not know. */
CN_CHECK cn_status cn__page_operation(const cn_model *model, const cn__op *op, json_t **out);

#endif
