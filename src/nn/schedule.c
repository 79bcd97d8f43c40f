/* Learning rates as functions of the step's number. Everything is computed in double precision with
 * functions of our own, so that a rate has the same bits everywhere; Keras computes in single. */
#include "nn/schedule.h"

#include <float.h>
#include <math.h>

#include "base/dmath.h"
#include "base/text.h"

#define PI 3.14159265358979323846

typedef struct schedule_kind schedule_kind;

struct cn__schedule {
    const schedule_kind *kind;
    double initial, steps, rate;        /* initial_learning_rate, decay_steps, decay_rate */
    double end, power, alpha;           /* end_learning_rate */
    double warmup_target, warmup_steps; /* warmup_target: NAN is none */
    double t_mul, m_mul;
    bool staircase, cycle;
    cn__floats boundaries, values;
    const char *name;
};

struct schedule_kind {
    const char *name;
    const cn__param *params;
    size_t count;
    double (*at)(const cn__schedule *s, double step);
};

/* ---- the formulas ----------------------------------------------------------------------------- */

/* Steps in units of decay_steps, whole ones where it goes by stairs. */
static double progress(const cn__schedule *s, double step)
{
    return s->staircase ? floor(step / s->steps) : step / s->steps;
}

static double exponential(const cn__schedule *s, double step)
{
    return s->initial * cn__pow(s->rate, progress(s, step));
}

static double inverse_time(const cn__schedule *s, double step)
{
    return s->initial / (1 + s->rate * progress(s, step));
}

/* A boundary still belongs to the value before it. */
static double piecewise(const cn__schedule *s, double step)
{
    size_t i = 0;
    while (i < s->boundaries.count && step > s->boundaries.items[i]) i++;
    return s->values.items[i];
}

static double polynomial(const cn__schedule *s, double step)
{
    double steps = s->steps;
    if (s->cycle && step > 0) steps *= ceil(step / s->steps);
    double left = 1 - fmin(step, steps) / steps;
    return (s->initial - s->end) * cn__pow(left, s->power) + s->end;
}

static double half_cosine(double fraction) { return 0.5 * (1 + cn__cos(PI * fraction)); }

static double cosine(const cn__schedule *s, double step)
{
    double from = s->initial;
    if (!isnan(s->warmup_target)) {
        from = s->warmup_target;
        if (step < s->warmup_steps) return (from - s->initial) * (step / s->warmup_steps) + s->initial;
        step -= s->warmup_steps;
    }
    return from * ((1 - s->alpha) * half_cosine(fmin(step, s->steps) / s->steps) + s->alpha);
}

/* When restart number i begins, in units of first_decay_steps: 1 + t_mul + … + t_mul^(i-1). */
static double restart_begin(const cn__schedule *s, double i)
{
    return s->t_mul == 1 ? i : (1 - cn__pow(s->t_mul, i)) / (1 - s->t_mul);
}

static double cosine_restarts(const cn__schedule *s, double step)
{
    double at = step / s->steps, i = floor(at);
    if (s->t_mul != 1) {
        /* With t_mul under 1 the periods add up to 1 / (1 - t_mul); beyond that there is no restart. */
        double reach = 1 - at * (1 - s->t_mul);
        if (reach <= 0) return s->initial * s->alpha;
        i = floor(cn__log(reach) / cn__log(s->t_mul));
        /* Where a period ends exactly, the quotient may fall short by a rounding. */
        if (restart_begin(s, i + 1) <= at) i++;
    }
    double fraction = (at - restart_begin(s, i)) / (s->t_mul == 1 ? 1 : cn__pow(s->t_mul, i));
    double decayed = cn__pow(s->m_mul, i) * half_cosine(fraction);
    return s->initial * ((1 - s->alpha) * decayed + s->alpha);
}

/* ---- names and arguments ----------------------------------------------------------------------- */

#define NUMBER(field, name, text) name, CN_PARAM_FLOAT, offsetof(cn__schedule, field), text, 0, 0, NULL, NULL
#define STEPS(name)                                                                                          \
    name, CN_PARAM_FLOAT, offsetof(cn__schedule, steps), NULL, DBL_MIN, DBL_MAX, "a number of steps over 0", \
        NULL
#define FLAG(field) #field, CN_PARAM_BOOL, offsetof(cn__schedule, field), "false", 0, 0, NULL, NULL
#define NAME(text) "name", CN_PARAM_WORD, offsetof(cn__schedule, name), text, 0, 0, NULL, NULL

#define INITIAL NUMBER(initial, "initial_learning_rate", NULL)

static const cn__param decay_params[] = {
    {INITIAL}, {STEPS("decay_steps")}, {NUMBER(rate, "decay_rate", NULL)}, {FLAG(staircase)}, {NAME("none")}};

static const cn__param piecewise_params[] = {
    {"boundaries", CN_PARAM_FLOATS, offsetof(cn__schedule, boundaries), NULL, 0, 0, NULL, NULL},
    {"values", CN_PARAM_FLOATS, offsetof(cn__schedule, values), NULL, 0, 0, NULL, NULL},
    {NAME("none")}};

static const cn__param polynomial_params[] = {{INITIAL},
                                              {STEPS("decay_steps")},
                                              {NUMBER(end, "end_learning_rate", "0.0001")},
                                              {NUMBER(power, "power", "1")},
                                              {FLAG(cycle)},
                                              {NAME("none")}};

static const cn__param cosine_params[] = {
    {INITIAL},
    {STEPS("decay_steps")},
    {NUMBER(alpha, "alpha", "0")},
    {NAME("none")},
    {"warmup_target", CN_PARAM_MAYBE_FLOAT, offsetof(cn__schedule, warmup_target), "none", 0, 0, NULL, NULL},
    {"warmup_steps", CN_PARAM_FLOAT, offsetof(cn__schedule, warmup_steps), "0", 0, DBL_MAX, NULL, NULL}};

static const cn__param restarts_params[] = {
    {INITIAL},
    {STEPS("first_decay_steps")},
    {"t_mul", CN_PARAM_FLOAT, offsetof(cn__schedule, t_mul), "2", DBL_MIN, DBL_MAX, NULL, NULL},
    {NUMBER(m_mul, "m_mul", "1")},
    {NUMBER(alpha, "alpha", "0")},
    {NAME("none")}};

#define KIND(name, params, at) name, params, sizeof params / sizeof *params, at

static const schedule_kind kinds[] = {
    {KIND("CosineDecay", cosine_params, cosine)},
    {KIND("CosineDecayRestarts", restarts_params, cosine_restarts)},
    {KIND("ExponentialDecay", decay_params, exponential)},
    {KIND("InverseTimeDecay", decay_params, inverse_time)},
    {KIND("PiecewiseConstantDecay", piecewise_params, piecewise)},
    {KIND("PolynomialDecay", polynomial_params, polynomial)},
};

static const char *const names[] = {"CosineDecay",
                                    "CosineDecayRestarts",
                                    "ExponentialDecay",
                                    "InverseTimeDecay",
                                    "PiecewiseConstantDecay",
                                    "PolynomialDecay",
                                    NULL};

const char *const *cn__schedule_names(void) { return names; }

static cn_status check_pieces(const cn__schedule *s)
{
    const cn__floats *b = &s->boundaries;
    if (b->count == 0 || s->values.count != b->count + 1)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "schedule PiecewiseConstantDecay: %zu boundaries and %zu values, expected at least one boundary "
            "and one value more than boundaries",
            b->count, s->values.count);
    for (size_t i = 1; i < b->count; i++)
        if (!(b->items[i] > b->items[i - 1]))
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "schedule PiecewiseConstantDecay: boundary %g comes after %g, expected them to ascend",
                b->items[i], b->items[i - 1]);
    return CN_OK;
}

cn_status cn__schedule_parse(cn__arena *arena, const cn__value *value, const cn__schedule **out)
{
    const char *name = cn__value_name(value);
    if (!name) {
        const char *text = cn__value_text(arena, value);
        if (!text) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_ARGUMENT,
                        "learning rate: got %s, expected a number of at least 0 or a schedule, as in "
                        "CosineDecay(initial_learning_rate=0.1, decay_steps=1000)",
                        text);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!cn__same_name(name, kinds[i].name)) continue;
        const char *what = cn__arena_format(arena, "schedule %s", kinds[i].name);
        cn__schedule *s = cn__arena_alloc(arena, sizeof *s);
        if (!what || !s) return CN_ERROR_MEMORY;
        CN_TRY(cn__params_read(arena, what, kinds[i].params, kinds[i].count, value, s));
        s->kind = &kinds[i];
        if (s->kind->at == piecewise) CN_TRY(check_pieces(s));
        *out = s;
        return CN_OK;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "learning rate schedule", name, names,
                         sizeof names / sizeof *names - 1);
}

const char *cn__schedule_class(const cn__schedule *schedule) { return schedule->kind->name; }

const cn__param *cn__schedule_params(const cn__schedule *schedule, size_t *count)
{
    *count = schedule->kind->count;
    return schedule->kind->params;
}

double cn__schedule_at(const cn__schedule *schedule, int64_t iteration)
{
    return schedule->kind->at(schedule, (double)iteration);
}
