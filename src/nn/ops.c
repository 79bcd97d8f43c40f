/* The list of operations. */
#include "nn/ops.h"

const cn__op_kind *const *cn__op_kinds(void)
{
#define ENTRY(name) &cn__op_##name,
    static const cn__op_kind *const kinds[] = {CN_OPS(ENTRY) NULL};
#undef ENTRY
    return kinds;
}
