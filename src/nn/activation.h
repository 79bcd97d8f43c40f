/* Activations by name: "relu", "leaky_relu(negative_slope=0.2)", "softmax". */
#ifndef CN_NN_ACTIVATION_H
#define CN_NN_ACTIVATION_H

#include "base/text/value.h"
#include "kernels/kernels.h"

/* `value` NULL or none is linear. Fails on unknown names and arguments. */
CN_CHECK cn_status cn__activation_parse(cn__arena *arena, const cn__value *value, cn__activation *out);

/* Does it name one: relu, leaky_relu(0.1)? */
bool cn__is_activation(const cn__value *value);

/* Keras's word for it: "relu". */
const char *cn__activation_name(cn__act kind);

/* Every known name, sorted; ends in NULL. */
const char *const *cn__activation_names(void);

#endif
