/* NonNeg: negative elements become zero. */
#include "nn/constraints/constraint.h"

static real element(real value) { return value < 0 ? 0 : value; }

extern const cn__constraint_class cn__constraint_non_neg;
const cn__constraint_class cn__constraint_non_neg = {
    .kind = {.name = "non_neg", .class_name = "NonNeg", .aliases = {"non_negative"}}, .element = element};
