/* Constraints by name: "max_norm(max_value=2, axis=0)", "non_neg", "unit_norm", "min_max_norm": what is done to a weight
 * after each update. Each is a file of this folder;
 * constraint.c has their list. */
#ifndef CN_NN_CONSTRAINTS_CONSTRAINT_H
#define CN_NN_CONSTRAINTS_CONSTRAINT_H

#include "base/registry.h"
#include "kernels/real.h"

typedef struct cn__constraint {
    const struct cn__constraint_class *kind; /* NULL: none */
    const void *config;                      /* its arguments: struct cn__constraint_options first */
} cn__constraint;

/* The first member of the arguments of one that looks at norms. */
typedef struct cn__constraint_options {
    cn__ints axis; /* none: over all */
} cn__constraint_options;

typedef struct cn__constraint_class {
    cn__kind kind;
    /* The norm that a vector of this norm should have; NULL where `element` is given. */
    real (*norm)(const void *config, real norm);
    /* What an element becomes. */
    real (*element)(real value);
} cn__constraint_class;

extern const cn__registry cn__constraints;

/* NULL or none gives none. */
CN_CHECK cn_status cn__constraint_parse(cn__arena *arena, const cn__value *value, cn__constraint *out);

/* Applies it in place to `values` (C order, of `shape`): each norm is one chain of sums in index order. */
void cn__constraint_apply(const cn__constraint *constraint, int ndim, const size_t *shape, real *values);

/* Fails if the axes do not exist in a variable of ndim dimensions. */
CN_CHECK cn_status cn__constraint_check(const cn__constraint *constraint, int ndim, const char *what);

#define CN_CONSTRAINT_AXIS                                                                                   \
    {                                                                                                        \
        .name = "axis", .type = CN_PARAM_INTS, .offset = offsetof(cn__constraint_options, axis),             \
        .fallback = "0"                                                                                      \
    }

#endif
