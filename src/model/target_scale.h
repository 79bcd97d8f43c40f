/* Targets that a loss sees scaled: each column as (v - shift) / scale, of v or of log(1 + v). Whoever gives targets and reads
 * predictions or metrics has them in their own units. */
#ifndef CN_MODEL_TARGET_SCALE_H
#define CN_MODEL_TARGET_SCALE_H

#include "base/arena.h"
#include "cornu/model.h"
#include "kernels/real.h"

typedef struct cn__target_scale {
    double shift, scale;
    bool log;
} cn__target_scale;

/* Copies the scales of the columns of the one output's target. */
CN_CHECK cn_status cn__model_set_target_scale(cn_model *model, const cn__target_scale *scales, size_t count);
/* Predictions or scaled targets to the target's own units. `to` may be `from`. */
void cn__target_scale_undo(const cn_model *model, const real *from, size_t count, real *to);
/* The same of one value, the index-th of them. */
double cn__target_scale_value(const cn_model *model, size_t index, double value);
/* Targets as the loss sees them; *out lives in the arena. */
CN_CHECK cn_status cn__target_scale_apply(const cn_model *model, cn__arena *arena, const cn_array *y,
                                          const cn_array **out);

#endif
