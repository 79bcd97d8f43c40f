/* Identity: gives what it gets; it holds a name's place in a network. */
#include <stddef.h>

#include "nn/layer.h"

const cn__layer_kind cn__layer_identity = {.class_name = "Identity", .any_shape = true};
