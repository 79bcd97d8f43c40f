/* Constant, of a number or an array, zeros and ones. */
#include "nn/initializers/initializer.h"

enum { MAX_DEPTH = 6 }; /* dimensions of an array */

/* A number, or an array of the variable's shape as nested lists, or of one that is repeated along the axes before it. */
typedef struct constant {
    const cn__value *value;
} constant;

static const cn__param params[] = {
    {.name = "value", .type = CN_PARAM_VALUE, .offset = offsetof(constant, value), .fallback = "0.0"}};

static cn_status fill_with(double value, int ndim, const size_t *shape, real *values)
{
    const size_t n = cn__fill_size(ndim, shape);
    for (size_t i = 0; i < n; i++) values[i] = (real)value;
    return CN_OK;
}

static bool is_number(const cn__value *v) { return v->kind == CN_VALUE_INT || v->kind == CN_VALUE_FLOAT; }

/* Lists within lists of one length each, with numbers in the innermost. */
static int depth_of(const cn__value *v, size_t *shape, int depth, int most)
{
    if (is_number(v)) return depth;
    if (v->kind != CN_VALUE_LIST || !v->count || depth == most) return -1;
    shape[depth] = v->count;
    const int inner = depth_of(&v->items[0], shape, depth + 1, most);
    for (size_t i = 1; i < v->count; i++) {
        size_t other[MAX_DEPTH];
        if (depth_of(&v->items[i], other, depth + 1, most) != inner) return -1;
        for (int d = depth + 1; d < inner && d < MAX_DEPTH; d++)
            if (other[d] != shape[d]) return -1;
    }
    return inner;
}

static const cn__value *number_of(const cn__value *v, size_t element, size_t size)
{
    while (!is_number(v)) {
        size /= v->count;
        v = &v->items[element / size];
        element %= size;
    }
    return v;
}

static cn_status fill_array(const cn__value *array, int ndim, const size_t *shape, real *values)
{
    size_t given[MAX_DEPTH], size = 1;
    const int depth = depth_of(array, given, 0, MAX_DEPTH);
    bool fits = depth >= 0 && depth <= ndim;
    for (int d = 0; fits && d < depth; d++) {
        fits = given[d] == shape[ndim - depth + d];
        size *= given[d];
    }
    if (!fits)
        return cn__fail(
            CN_ERROR_SHAPE,
            "initializer constant: its array does not fit a variable of %d dimension%s and %zu values", ndim,
            ndim == 1 ? "" : "s", cn__fill_size(ndim, shape));
    const size_t n = cn__fill_size(ndim, shape);
    for (size_t i = 0; i < n; i++) values[i] = (real)number_of(array, i % size, size)->number;
    return CN_OK;
}

static cn_status constant_prepare(void *config)
{
    const constant *c = config;
    size_t shape[MAX_DEPTH];
    if (c->value && depth_of(c->value, shape, 0, MAX_DEPTH) >= 0) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "value: expected a number, or an array of numbers as lists of lists");
}

static cn_status constant_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                               real *values)
{
    (void)stream;
    const cn__value *value = ((const constant *)config)->value;
    return is_number(value) ? fill_with(value->number, ndim, shape, values)
                            : fill_array(value, ndim, shape, values);
}

static cn_status zeros_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                            real *values)
{
    (void)config, (void)stream;
    return fill_with(0, ndim, shape, values);
}

static cn_status ones_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                           real *values)
{
    (void)config, (void)stream;
    return fill_with(1, ndim, shape, values);
}

extern const cn__initializer_class cn__initializer_constant, cn__initializer_zeros, cn__initializer_ones;
const cn__initializer_class cn__initializer_constant = {.kind = {.name = "constant",
                                                                 .class_name = "Constant",
                                                                 CN_PARAMS(params),
                                                                 .config_size = sizeof(constant)},
                                                        .prepare = constant_prepare,
                                                        .fill = constant_fill};
const cn__initializer_class cn__initializer_zeros = {
    .kind = {.name = "zeros", .class_name = "Zeros", .aliases = {"zero"}}, .fill = zeros_fill};
const cn__initializer_class cn__initializer_ones = {
    .kind = {.name = "ones", .class_name = "Ones", .aliases = {"one"}}, .fill = ones_fill};
