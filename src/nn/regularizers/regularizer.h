/* Regularisers by name: "l2(1e-4)", "L1L2(l1=1e-5, l2=1e-4)"; penalty l1 · Σ|w| + l2 · Σw², or one of the whole matrix
 * ("orthogonal"). Each is in a file of this folder; regularizer.c has their list. */
#ifndef CN_NN_REGULARIZERS_REGULARIZER_H
#define CN_NN_REGULARIZERS_REGULARIZER_H

#include "base/registry.h"
#include "kernels/real.h"

/* What goes into the loss, and with the optimiser's step into the gradient. */
typedef struct cn__regularizer {
    double l1, l2;
    const struct cn__regularizer_class *matrix; /* one that looks at the whole matrix; NULL: none */
    const void *config;
} cn__regularizer;

typedef struct cn__regularizer_class {
    cn__kind kind;
    cn__regularizer (*strengths)(const void *config); /* NULL where `penalty` is given */
    /* The penalty of w (rows, cols), in C order; adds its gradient to `gradient`, unless that is NULL. */
    double (*penalty)(const void *config, size_t rows, size_t cols, const real *w, real *gradient,
                      real *workspace);
    size_t (*workspace)(const void *config, size_t rows, size_t cols); /* reals that it needs */
} cn__regularizer_class;

extern const cn__registry cn__regularizers;

/* `value` NULL or none gives zeros. */
CN_CHECK cn_status cn__regularizer_parse(cn__arena *arena, const cn__value *value, cn__regularizer *out);

/* Is there any penalty? */
static inline bool cn__regularizes(const cn__regularizer *r)
{
    return r->l1 != 0 || r->l2 != 0 || r->matrix != NULL;
}

/* Of one of the whole matrix: may a variable of so many dimensions have it? */
CN_CHECK cn_status cn__regularizer_check(const cn__regularizer *r, int ndim);

#endif
