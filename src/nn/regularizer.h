/* Regularisers by name: "l2(1e-4)", "L1L2(l1=1e-5, l2=1e-4)"; penalty l1 · Σ|w| + l2 · Σw². Each is a file of
 * regularizers/. */
#ifndef CN_NN_REGULARIZER_H
#define CN_NN_REGULARIZER_H

#include "base/registry.h"

/* What goes into the loss, and with the optimiser's step into the gradient. */
typedef struct cn__regularizer {
    double l1, l2;
} cn__regularizer;

typedef struct cn__regularizer_class {
    cn__kind kind;
    cn__regularizer (*strengths)(const void *config);
} cn__regularizer_class;

extern const cn__registry cn__regularizers;

/* `value` NULL or none gives zeros. */
CN_CHECK cn_status cn__regularizer_parse(cn__arena *arena, const cn__value *value, cn__regularizer *out);

#endif
