/* PolynomialDecay: down to end_learning_rate as a power of what is left of decay_steps. */
#include <float.h>
#include <math.h>

#include "base/dmath.h"
#include "nn/schedules/schedule.h"

typedef struct polynomial {
    double initial_learning_rate, decay_steps, end_learning_rate, power;
    bool cycle;
    const char *name;
} polynomial;

static const cn__param params[] = {CN_SCHEDULE_NUMBER(polynomial, initial_learning_rate, NULL),
                                   CN_SCHEDULE_STEPS(polynomial, decay_steps),
                                   CN_SCHEDULE_NUMBER(polynomial, end_learning_rate, "0.0001"),
                                   CN_SCHEDULE_NUMBER(polynomial, power, "1.0"),
                                   CN_SCHEDULE_FLAG(polynomial, cycle),
                                   CN_SCHEDULE_NAME(polynomial)};

static double at(const void *config, double step)
{
    const polynomial *p = config;
    double steps = p->decay_steps;
    if (p->cycle && step > 0) steps *= ceil(step / p->decay_steps);
    const double left = 1 - fmin(step, steps) / steps;
    return (p->initial_learning_rate - p->end_learning_rate) * cn__pow(left, p->power) + p->end_learning_rate;
}

extern const cn__schedule_class cn__schedule_polynomial_decay;
const cn__schedule_class cn__schedule_polynomial_decay = {.kind = {.name = "PolynomialDecay",
                                                                   .class_name = "PolynomialDecay",
                                                                   CN_PARAMS(params),
                                                                   .config_size = sizeof(polynomial)},
                                                          .at = at};
