/* Constraints by name: "max_norm(max_value=2, axis=0)", "non_neg", "unit_norm", "min_max_norm". */
#ifndef CN_NN_CONSTRAINT_H
#define CN_NN_CONSTRAINT_H

#include "base/value.h"
#include "kernels/real.h"

typedef struct cn__constraint {
    const struct cn__constraint_kind *kind; /* NULL: none */
    double low, high, rate;
    cn__ints axis;
} cn__constraint;

CN_CHECK cn_status cn__constraint_parse(cn__arena *arena, const cn__value *value, cn__constraint *out);

/* Applies it in place to `values` (C order, of `shape`): each norm is one chain of sums in index order. */
void cn__constraint_apply(const cn__constraint *constraint, int ndim, const size_t *shape, real *values);

/* Fails if the axes do not exist in a variable of ndim dimensions. */
CN_CHECK cn_status cn__constraint_check(const cn__constraint *constraint, int ndim, const char *what);

const char *const *cn__constraint_names(void);

#endif
