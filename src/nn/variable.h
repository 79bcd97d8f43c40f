/* The panel layout of variables, and moving values in and out of it. The layout depends on the shape
 * alone: panels of equal width, at most CN_PANEL columns, an even number of them where there are columns enough, so that
 * two threads find equal slices that they need not part by rows: what one thread writes and another reads has to be
 * brought from processor to processor twice a step. Element (r, c): panel p = c / width starts at rows · width · p; inside
 * it the element stands at r · w(p) + c mod width, where w(p) is the width, or less in the last panel. */
#ifndef CN_NN_VARIABLE_H
#define CN_NN_VARIABLE_H

#include <stdbool.h>

#include "kernels/kernels.h"
#include "nn/constraints/constraint.h"
#include "nn/initializers/initializer.h"
#include "nn/regularizers/regularizer.h"
#include "nn/shape.h"

/* A variable of a layer. Values of two and more dimensions are kept as a matrix (rows, cols), cols being the last
 * dimension, cut into panels of some columns; each panel is contiguous, its rows padded to CN_LANES elements with zeros.
 * A thread's slice of a dense layer is one run of memory. */
typedef struct cn__variable {
    const char *name; /* "kernel" */
    struct cn__layer *layer;
    int ndim;
    size_t shape[CN_MAX_RANK];
    size_t rows, cols, padded; /* padded: elements kept, zeros included */
    bool weight;               /* may be trained; else a statistic (moving mean) */
    bool whole_number;         /* a scalar that HDF5 files keep as int64 */
    uint32_t index;            /* number in the model, for its random stream */
    cn__initializer initializer;
    cn__regularizer regularizer;
    cn__constraint constraint;
    real *value;              /* (padded) */
    real *slot[CN_MAX_SLOTS]; /* (padded) each, once compiled for training */
    real *average, *grad;     /* (padded), where the plan needs them, else NULL */
    real *accumulated; /* (padded): Σ of gradients since the last update, where several steps make one */
    bool keeps;        /* it is left out of weight decay */
    const void
        *slots_owner; /* the model that slot, average, accumulated and keeps are of: the last that trained */
} cn__variable;

/* What one model's optimizer keeps of a variable, beside what that of another model keeps of it. */
typedef struct cn__slots {
    real *slot[CN_MAX_SLOTS], *average, *accumulated;
    bool keeps;
} cn__slots;

#define CN_PANEL 128 /* columns at most */

typedef struct cn__variable_panel {
    size_t first, cols; /* columns of the matrix */
    size_t width;       /* numbers a row takes: cols padded to CN_LANES */
    size_t offset;      /* of its first number */
} cn__variable_panel;

size_t cn__variable_panel_count(const cn__variable *variable);
cn__variable_panel cn__variable_panel_at(const cn__variable *variable, size_t panel);

/* Number of elements (without padding). */
size_t cn__variable_size(const cn__variable *variable);

/* Copies between C order (of variable->shape) and the layout of `panels` (value, a slot, …). */
void cn__variable_gather(const cn__variable *variable, const real *panels, real *values);
void cn__variable_scatter(const cn__variable *variable, const real *values, real *panels);

/* The penalty of a regularizer of the whole matrix, and its gradient added to `grad`, in the layout of `v`, unless that is NULL. The
 * workspace is of so many reals: 0 where the variable has no such regularizer. */
size_t cn__variable_penalty_workspace(const cn__variable *variable);
double cn__variable_penalty(const cn__variable *variable, real *grad, real *workspace);

#endif
