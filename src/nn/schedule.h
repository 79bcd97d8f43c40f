/* Learning rates that follow the step: "ExponentialDecay(initial_learning_rate=0.1, decay_steps=3,
 * decay_rate=0.8)", CosineDecay, CosineDecayRestarts, PiecewiseConstantDecay, PolynomialDecay,
 * InverseTimeDecay; formulas from the Keras documentation. */
#ifndef CN_NN_SCHEDULE_H
#define CN_NN_SCHEDULE_H

#include "base/value.h"

typedef struct cn__schedule cn__schedule;

/* Allocates from `arena`. A number is not a schedule: the caller looks first. */
CN_CHECK cn_status cn__schedule_parse(cn__arena *arena, const cn__value *value, const cn__schedule **out);

/* The learning rate of step number `iteration` (0 for the first). Same bits everywhere. */
double cn__schedule_at(const cn__schedule *schedule, int64_t iteration);

/* Keras's class and what it takes; the values stand in *schedule at the table's offsets. */
const char *cn__schedule_class(const cn__schedule *schedule);
const cn__param *cn__schedule_params(const cn__schedule *schedule, size_t *count);

const char *const *cn__schedule_names(void);

#endif
