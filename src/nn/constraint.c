/* Constraints: what is done to a weight after each update. A norm is taken over the axes named, for each
 * place of the other axes; the squares are summed in double precision, in index order. */
#include "nn/constraint.h"

#include <float.h>

#include "base/text.h"

#define EPSILON ((real)1e-7) /* Keras's, beside the norm it divides by */
#define MAX_AXES 8

typedef struct cn__constraint_kind {
    const char *name;
    const cn__param *params;
    size_t count;
    /* The norm a vector of this norm should have; NULL: no norms, negative numbers become zero. */
    real (*desired)(const cn__constraint *constraint, real norm);
} constraint_kind;

/* ---- what each one wants ------------------------------------------------------------------------- */

static real clip(real x, double low, double high)
{
    return x < (real)low ? (real)low : x > (real)high ? (real)high : x;
}

static real max_norm(const cn__constraint *constraint, real norm) { return clip(norm, 0, constraint->high); }

static real min_max_norm(const cn__constraint *constraint, real norm)
{
    real rate = (real)constraint->rate;
    return rate * clip(norm, constraint->low, constraint->high) + (1 - rate) * norm;
}

static real unit_norm(const cn__constraint *constraint, real norm)
{
    (void)constraint, (void)norm;
    return 1;
}

/* ---- names and arguments --------------------------------------------------------------------------- */

#define NUMBER(field, name, text, high)                                                                      \
    name, CN_PARAM_FLOAT, offsetof(cn__constraint, field), text, 0, high, NULL, NULL
#define AXIS "axis", CN_PARAM_INTS, offsetof(cn__constraint, axis), "0", 0, 0, NULL, NULL

static const cn__param max_params[] = {{NUMBER(high, "max_value", "2", DBL_MAX)}, {AXIS}};
static const cn__param min_max_params[] = {{NUMBER(low, "min_value", "0", DBL_MAX)},
                                           {NUMBER(high, "max_value", "1", DBL_MAX)},
                                           {NUMBER(rate, "rate", "1", 1)},
                                           {AXIS}};
static const cn__param unit_params[] = {{AXIS}};

static const constraint_kind kinds[] = {{"max_norm", max_params, 2, max_norm},
                                        {"min_max_norm", min_max_params, 4, min_max_norm},
                                        {"non_neg", NULL, 0, NULL},
                                        {"unit_norm", unit_params, 1, unit_norm}};

static const char *const names[] = {"max_norm", "min_max_norm", "non_neg", "unit_norm", NULL};

const char *const *cn__constraint_names(void) { return names; }

cn_status cn__constraint_parse(cn__arena *arena, const cn__value *value, cn__constraint *out)
{
    *out = (cn__constraint){0};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    const char *name = cn__value_name(value);
    if (!name) {
        const char *text = cn__value_text(arena, value);
        if (!text) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_ARGUMENT, "constraint: got %s, expected a name, as in max_norm(2)", text);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!cn__same_name(name, kinds[i].name)) continue;
        const char *what = cn__arena_format(arena, "constraint %s", kinds[i].name);
        if (!what) return CN_ERROR_MEMORY;
        CN_TRY(cn__params_read(arena, what, kinds[i].params, kinds[i].count, value, out));
        out->kind = &kinds[i];
        return CN_OK;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "constraint", name, names, sizeof names / sizeof *names - 1);
}

/* ---- axes --------------------------------------------------------------------------------------------- */

/* An axis counted from the end when negative; ndim where there is no such axis. */
static int axis_of(int64_t axis, int ndim)
{
    if (axis < 0) axis += ndim;
    return axis >= 0 && axis < ndim ? (int)axis : ndim;
}

cn_status cn__constraint_check(const cn__constraint *constraint, int ndim, const char *what)
{
    if (!constraint->kind || !constraint->kind->desired) return CN_OK;
    if (ndim > MAX_AXES)
        return cn__fail(CN_ERROR_SHAPE, "%s: constraint %s: %d dimensions, expected at most %d", what,
                        constraint->kind->name, ndim, MAX_AXES);
    for (size_t i = 0; i < constraint->axis.count; i++)
        if (axis_of(constraint->axis.items[i], ndim) == ndim)
            return cn__fail(CN_ERROR_SHAPE, "%s: constraint %s: axis %lld, expected one from %d to %d", what,
                            constraint->kind->name, (long long)constraint->axis.items[i], -ndim, ndim - 1);
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
        factor[k] = constraint->kind->desired(constraint, norm) / (EPSILON + norm);
    }
    do
        for (size_t k = 0; k < count; k++) v[along->offset + k] *= factor[k];
    while (walk_on(along));
}

static void drop_negatives(int ndim, const size_t *shape, real *values)
{
    size_t n = 1;
    for (int i = 0; i < ndim; i++) n *= shape[i];
    for (size_t i = 0; i < n; i++)
        if (values[i] < 0) values[i] = 0;
}

static bool has_axis(const cn__constraint *constraint, int axis, int ndim)
{
    if (constraint->axis.count == 0) return true; /* none: over all */
    for (size_t i = 0; i < constraint->axis.count; i++)
        if (axis_of(constraint->axis.items[i], ndim) == axis) return true;
    return false;
}

void cn__constraint_apply(const cn__constraint *constraint, int ndim, const size_t *shape, real *values)
{
    if (!constraint->kind) return;
    if (!constraint->kind->desired) {
        drop_negatives(ndim, shape, values);
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
