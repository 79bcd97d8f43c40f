/* CosineDecayRestarts (Loshchilov and Hutter 2017): half cosines one after another, each t_mul times as long and from
 * m_mul times as high as the one before. */
#include <float.h>
#include <math.h>

#include "base/dmath.h"
#include "nn/schedules/schedule.h"

typedef struct restarts {
    double initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha;
    const char *name;
} restarts;

static const cn__param params[] = {
    CN_SCHEDULE_NUMBER(restarts, initial_learning_rate, NULL),
    CN_SCHEDULE_STEPS(restarts, first_decay_steps),
    CN_SCHEDULE_NUMBER(restarts, t_mul, "2.0", .low = DBL_MIN, .high = DBL_MAX),
    CN_SCHEDULE_NUMBER(restarts, m_mul, "1.0"),
    CN_SCHEDULE_NUMBER(restarts, alpha, "0.0"),
    CN_SCHEDULE_NAME(restarts)};

/* When restart number i begins, in units of first_decay_steps: 1 + t_mul + … + t_mul^(i-1). */
static double begin_of(const restarts *r, double i)
{
    return r->t_mul == 1 ? i : (1 - cn__pow(r->t_mul, i)) / (1 - r->t_mul);
}

static double at(const void *config, double step)
{
    const restarts *r = config;
    double place = step / r->first_decay_steps, i = floor(place);
    if (r->t_mul != 1) {
        /* With t_mul under 1 the periods add up to 1 / (1 - t_mul); beyond that there is no restart. */
        const double reach = 1 - place * (1 - r->t_mul);
        if (reach <= 0) return r->initial_learning_rate * r->alpha;
        i = floor(cn__log(reach) / cn__log(r->t_mul));
        /* Where a period ends exactly, the quotient may fall short by a rounding. */
        if (begin_of(r, i + 1) <= place) i++;
    }
    const double fraction = (place - begin_of(r, i)) / (r->t_mul == 1 ? 1 : cn__pow(r->t_mul, i));
    const double decayed = cn__pow(r->m_mul, i) * cn__half_cosine(fraction);
    return r->initial_learning_rate * ((1 - r->alpha) * decayed + r->alpha);
}

extern const cn__schedule_class cn__schedule_cosine_decay_restarts;
const cn__schedule_class cn__schedule_cosine_decay_restarts = {.kind = {.name = "CosineDecayRestarts",
                                                                        .class_name = "CosineDecayRestarts",
                                                                        CN_PARAMS(params),
                                                                        .config_size = sizeof(restarts)},
                                                               .at = at};
