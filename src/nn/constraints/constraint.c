/* Constraints: a norm is taken over the axes named, for each place of the other axes; the squares are summed in double
 * precision, in index order. */
#include "nn/constraints/constraint.h"

#include <math.h>

#define EPSILON ((real)1e-7) /* Keras's, beside the norm it divides by */
#define MAX_AXES 8

#define EACH_CONSTRAINT(X)                                                                                   \
    X(max_norm)                                                                                              \
    X(min_max_norm)                                                                                          \
    X(non_neg)                                                                                               \
    X(unit_norm)

#define DECLARE(name) extern const cn__constraint_class cn__constraint_##name;
EACH_CONSTRAINT(DECLARE)
#define ENTRY(name) &cn__constraint_##name.kind,
static const cn__kind *const kinds[] = {EACH_CONSTRAINT(ENTRY) NULL};

const cn__registry cn__constraints = {
    .noun = "constraint", .example = "max_norm(2)", .module = "keras.constraints", .kinds = kinds};

cn_status cn__constraint_parse(cn__arena *arena, const cn__value *value, cn__constraint *out)
{
    const cn__kind *kind;
    void *config;
    *out = (cn__constraint){0};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    CN_TRY(cn__registry_read(arena, &cn__constraints, value, &kind, &config));
    *out = (cn__constraint){.kind = (const cn__constraint_class *)kind, .config = config};
    return CN_OK;
}

/* ---- axes --------------------------------------------------------------------------------------------- */

/* An axis counted from the end when negative; ndim where there is no such axis. */
static int axis_of(int64_t axis, int ndim)
{
    if (axis < 0) axis += ndim;
    return axis >= 0 && axis < ndim ? (int)axis : ndim;
}

static cn__ints axes_of(const cn__constraint *constraint)
{
    return ((const cn__constraint_options *)constraint->config)->axis;
}

cn_status cn__constraint_check(const cn__constraint *constraint, int ndim, const char *what)
{
    if (!constraint->kind || !constraint->kind->norm) return CN_OK;
    if (ndim > MAX_AXES)
        return cn__fail(CN_ERROR_SHAPE, "%s: constraint %s: %d dimensions, expected at most %d", what,
                        constraint->kind->kind.name, ndim, MAX_AXES);
    const cn__ints axis = axes_of(constraint);
    for (size_t i = 0; i < axis.count; i++)
        if (axis_of(axis.items[i], ndim) == ndim)
            return cn__fail(CN_ERROR_SHAPE, "%s: constraint %s: axis %lld, expected one from %d to %d", what,
                            constraint->kind->kind.name, (long long)axis.items[i], -ndim, ndim - 1);
    return CN_OK;
}

/* A set of axes as a loop over offsets. */
typedef struct walk {
    int count;
    size_t size[MAX_AXES], stride[MAX_AXES], at[MAX_AXES], offset;
} walk;

static void walk_add(walk *w, size_t size, size_t stride)
{
    w->size[w->count] = size;
    w->stride[w->count++] = stride;
}

/* To the next place, the last axis fastest; false, and back at the start, after the last place. */
static bool walk_on(walk *w)
{
    for (int i = w->count - 1; i >= 0; i--) {
        w->offset += w->stride[i];
        if (++w->at[i] < w->size[i]) return true;
        w->offset -= w->size[i] * w->stride[i];
        w->at[i] = 0;
    }
    return false;
}

/* ---- application -------------------------------------------------------------------------------------- */

#define WIDTH 64 /* neighbouring vectors that are walked side by side */

/* `count` neighbouring vectors along the axes of `along`, the first starting at v. */
static void apply_norms(const cn__constraint *constraint, walk *along, real *v, size_t count)
{
    double squares[WIDTH] = {0};
    do
        for (size_t k = 0; k < count; k++) {
            double x = (double)v[along->offset + k];
            squares[k] += x * x;
        }
    while (walk_on(along));
    real factor[WIDTH];
    for (size_t k = 0; k < count; k++) {
        real norm = (real)sqrt(squares[k]);
        factor[k] = constraint->kind->norm(constraint->config, norm) / (EPSILON + norm);
    }
    do
        for (size_t k = 0; k < count; k++) v[along->offset + k] *= factor[k];
    while (walk_on(along));
}

static void apply_elements(const cn__constraint *constraint, int ndim, const size_t *shape, real *values)
{
    size_t n = 1;
    for (int i = 0; i < ndim; i++) n *= shape[i];
    for (size_t i = 0; i < n; i++) values[i] = constraint->kind->element(values[i]);
}

static bool has_axis(const cn__constraint *constraint, int axis, int ndim)
{
    const cn__ints axes = axes_of(constraint);
    if (axes.count == 0) return true; /* none: over all */
    for (size_t i = 0; i < axes.count; i++)
        if (axis_of(axes.items[i], ndim) == axis) return true;
    return false;
}

void cn__constraint_apply(const cn__constraint *constraint, int ndim, const size_t *shape, real *values)
{
    if (!constraint->kind) return;
    if (constraint->kind->element) {
        apply_elements(constraint, ndim, shape, values);
        return;
    }
    size_t stride[MAX_AXES], size = 1, columns = 1;
    for (int i = ndim - 1; i >= 0; size *= shape[i], i--) stride[i] = size;
    if (size == 0) return;
    walk along = {0}, across = {0};
    for (int i = 0; i < ndim; i++) {
        if (has_axis(constraint, i, ndim)) walk_add(&along, shape[i], stride[i]);
        else if (i == ndim - 1) columns = shape[i];
        else walk_add(&across, shape[i], stride[i]);
    }
    do
        for (size_t c = 0; c < columns; c += WIDTH)
            apply_norms(constraint, &along, values + across.offset + c,
                        columns - c < WIDTH ? columns - c : WIDTH);
    while (walk_on(&across));
}
