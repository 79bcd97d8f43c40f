/* Identity: gain on the diagonal of a matrix, which need not be square. */
#include "nn/initializers/initializer.h"

typedef struct identity {
    double gain;
} identity;

static const cn__param params[] = {CN_INITIALIZER_NUMBER(identity, gain, "1.0")};

static cn_status fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                      real *values)
{
    (void)stream, (void)ndim;
    const real gain = (real)((const identity *)config)->gain;
    for (size_t r = 0; r < shape[0]; r++)
        for (size_t c = 0; c < shape[1]; c++) values[r * shape[1] + c] = r == c ? gain : 0;
    return CN_OK;
}

/* Keras 3.6 writes IdentityInitializer, but reads Identity alone. */
extern const cn__initializer_class cn__initializer_identity;
const cn__initializer_class cn__initializer_identity = {.kind = {.name = "identity",
                                                                 .class_name = "Identity",
                                                                 .aliases = {"identity_initializer"},
                                                                 CN_PARAMS(params),
                                                                 .config_size = sizeof(identity)},
                                                        .least = 2,
                                                        .most = 2,
                                                        .fill = fill};
