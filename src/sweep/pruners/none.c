/* Every trial runs to its end. */
#include "sweep/study.h"

extern const cn__pruner_kind cn__pruner_none;
const cn__pruner_kind cn__pruner_none = {.kind = {.name = "none", .class_name = "None"}};
