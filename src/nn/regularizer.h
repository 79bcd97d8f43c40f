/* L1, L2 and L1L2 by name: "l2(1e-4)", "L1L2(l1=1e-5, l2=1e-4)"; penalty l1 · Σ|w| + l2 · Σw². */
#ifndef CN_NN_REGULARIZER_H
#define CN_NN_REGULARIZER_H

#include "base/value.h"

typedef struct cn__regularizer {
    double l1, l2;
} cn__regularizer;

/* `value` NULL or none gives zeros. */
CN_CHECK cn_status cn__regularizer_parse(cn__arena *arena, const cn__value *value, cn__regularizer *out);

const char *const *cn__regularizer_names(void);

#endif
