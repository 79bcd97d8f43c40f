/* Losses by name: "categorical_crossentropy", "huber(delta=2)", "mse", "BinaryCrossentropy(from_logits=true)". */
#ifndef CN_NN_LOSS_H
#define CN_NN_LOSS_H

#include "base/value.h"
#include "kernels/kernels.h"

typedef struct cn__loss {
    cn__loss_kind kind; /* as asked for: a _LOGITS kind only with from_logits=true */
    const char *name;   /* "categorical_crossentropy" */
    double p, label_smoothing;
} cn__loss;

CN_CHECK cn_status cn__loss_parse(cn__arena *arena, const cn__value *value, cn__loss *out);

/* Does it take one integer label a row? */
bool cn__loss_is_sparse(cn__loss_kind kind);

/* The kind that computes the same from the logits, when predictions come straight from `act` (softmax
 * or sigmoid): the stable form. Else `kind` itself. */
cn__loss_kind cn__loss_from_logits(cn__loss_kind kind, cn__act act);

const char *const *cn__loss_names(void);

#endif
