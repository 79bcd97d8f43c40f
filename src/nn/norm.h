/* What the normalising layers share: gamma and beta, with what may be asked of them. */
#ifndef CN_NN_NORM_H
#define CN_NN_NORM_H

#include <stddef.h>

#include "nn/axes.h"
#include "nn/layer.h"

/* The arguments of gamma and beta, in a layer's config. */
typedef struct cn__scale_shift {
    bool center, scale;
    const cn__value *beta_initializer, *gamma_initializer, *beta_regularizer, *gamma_regularizer,
        *beta_constraint, *gamma_constraint;
    cn__initializer beta_start, gamma_start;
    cn__regularizer beta_penalty, gamma_penalty;
    cn__constraint beta_bound, gamma_bound;
} cn__scale_shift;

#define CN_SCALE_SHIFT_FIELD(type_, field, kind_, fallback_)                                                 \
    {                                                                                                        \
        .name = #field, .type = kind_, .offset = offsetof(type_, both.field), .fallback = fallback_          \
    }
/* Rows of a layer's parameter table, in Keras's order; the struct has a member cn__scale_shift both. */
#define CN_CENTER_SCALE(type_)                                                                               \
    CN_SCALE_SHIFT_FIELD(type_, center, CN_PARAM_BOOL, "true"),                                              \
        CN_SCALE_SHIFT_FIELD(type_, scale, CN_PARAM_BOOL, "true")
#define CN_SCALE_SHIFT_STARTS(type_)                                                                         \
    CN_SCALE_SHIFT_FIELD(type_, beta_initializer, CN_PARAM_VALUE, "zeros"),                                  \
        CN_SCALE_SHIFT_FIELD(type_, gamma_initializer, CN_PARAM_VALUE, "ones")
#define CN_SCALE_SHIFT_BOUNDS(type_)                                                                         \
    CN_SCALE_SHIFT_FIELD(type_, beta_regularizer, CN_PARAM_VALUE, "none"),                                   \
        CN_SCALE_SHIFT_FIELD(type_, gamma_regularizer, CN_PARAM_VALUE, "none"),                              \
        CN_SCALE_SHIFT_FIELD(type_, beta_constraint, CN_PARAM_VALUE, "none"),                                \
        CN_SCALE_SHIFT_FIELD(type_, gamma_constraint, CN_PARAM_VALUE, "none")

CN_CHECK cn_status cn__scale_shift_prepare(cn__arena *arena, cn__scale_shift *both);
/* Declares gamma (with `scale`) and then beta (with `center`), of that shape. */
void cn__scale_shift_build(cn__layer *layer, const cn__scale_shift *both, int ndim, const size_t *shape);

/* The variables of a normalising operation. */
enum { CN_GAMMA, CN_BETA };
/* Gives a layer's gamma and beta, those of them that there are, to its operation; returns the variable behind them. */
cn__variable *cn__scale_shift_lower(const cn__scale_shift *both, cn__layer *layer, cn__op *op);
/* The values of a variable; NULL: the operation has none. */
static inline const real *cn__norm_values(const cn__op *op, int variable)
{
    return op->variable[variable] ? op->variable[variable]->value : NULL;
}

/* Σ dy · xhat over the batch, of `count` columns from `first` on, into `out`, which begins the thread's workspace. */
typedef void cn__gamma_gradient(const cn__run *run, const cn__node *node, size_t first, size_t count,
                                real *out);
/* The gradients of both of a thread's columns; that of beta is Σ dy. The workspace has room for a row of columns and for the sums of
 * their blocks. */
void cn__scale_shift_gradient(const cn__run *run, cn__node *node, cn__gamma_gradient *gamma);
size_t cn__scale_shift_workspace(const cn__op *op, size_t batch);

#endif
