/* The losses of one instruction set: a line each. */
#include "nn/losses/formula.h"

#define EACH_LOSS(X)                                                                                         \
    X(binary_crossentropy)                                                                                   \
    X(binary_focal_crossentropy)                                                                             \
    X(categorical_crossentropy)                                                                              \
    X(categorical_focal_crossentropy)                                                                        \
    X(categorical_hinge)                                                                                     \
    X(cosine_similarity)                                                                                     \
    X(dice)                                                                                                  \
    X(hinge)                                                                                                 \
    X(huber)                                                                                                 \
    X(kl_divergence)                                                                                         \
    X(log_cosh)                                                                                              \
    X(mean_absolute_error)                                                                                   \
    X(mean_absolute_percentage_error)                                                                        \
    X(mean_squared_error)                                                                                    \
    X(mean_squared_logarithmic_error)                                                                        \
    X(poisson)                                                                                               \
    X(sparse_categorical_crossentropy)                                                                       \
    X(squared_hinge)                                                                                         \
    X(tversky)

#define DECLARE(name) extern const cn__loss_class LOSS(name);
EACH_LOSS(DECLARE)

#define ENTRY(name) &LOSS(name).kind,
static const cn__kind *const kinds[] = {EACH_LOSS(ENTRY) NULL};

extern const cn__registry KERNEL(losses);
const cn__registry KERNEL(losses) = {
    .noun = "loss", .example = "huber(delta=2)", .module = "keras.losses", .kinds = kinds};
