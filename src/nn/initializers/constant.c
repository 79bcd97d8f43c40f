/* Constant, zeros and ones. */
#include "nn/initializer.h"

typedef struct constant {
    double value;
} constant;

static const cn__param params[] = {CN_INITIALIZER_NUMBER(constant, value, "0.0")};

static cn_status fill_with(double value, int ndim, const size_t *shape, real *values)
{
    const size_t n = cn__fill_size(ndim, shape);
    for (size_t i = 0; i < n; i++) values[i] = (real)value;
    return CN_OK;
}

static cn_status constant_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                               real *values)
{
    (void)stream;
    return fill_with(((const constant *)config)->value, ndim, shape, values);
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
                                                        .fill = constant_fill};
const cn__initializer_class cn__initializer_zeros = {
    .kind = {.name = "zeros", .class_name = "Zeros", .aliases = {"zero"}}, .fill = zeros_fill};
const cn__initializer_class cn__initializer_ones = {
    .kind = {.name = "ones", .class_name = "Ones", .aliases = {"one"}}, .fill = ones_fill};
