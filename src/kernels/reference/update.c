/* One step of an optimiser, one element after the other. What stands in the slots: simd/update_rules.h. */
#include "base/dmath.h"

#include <assert.h>
#include "kernels/reference/reference.h"

typedef struct element {
    real w, g, *slot[CN_MAX_SLOTS];
} element;

static real smaller(real a, real b) { return a < b ? a : b; }
static real greater(real a, real b) { return a > b ? a : b; }
static real sign(real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

static void sgd(const cn__update *u, element *e)
{
    const real step = e->g * u->sgd.rate;
    if (u->sgd.momentum == 0) {
        e->w = CN_REF_FMA(-e->g, u->sgd.rate, e->w);
        return;
    }
    real *m = e->slot[0];
    *m = CN_REF_FMA(*m, u->sgd.momentum, -step);
    e->w += u->nesterov ? CN_REF_FMA(*m, u->sgd.momentum, -step) : *m;
}

/* Moves the averages of the gradient and of its square on. */
static void moments(real rest_1, real rest_2, element *e)
{
    *e->slot[0] = CN_REF_FMA(e->g - *e->slot[0], rest_1, *e->slot[0]);
    *e->slot[1] = CN_REF_FMA(CN_REF_FMA(e->g, e->g, -*e->slot[1]), rest_2, *e->slot[1]);
}

static void adam(const cn__update *u, element *e)
{
    moments(u->adam.rest_1, u->adam.rest_2, e);
    real v = *e->slot[1];
    if (u->amsgrad) v = *e->slot[2] = greater(*e->slot[2], v);
    e->w -= *e->slot[0] * u->adam.rate / (CN_REF_SQRT(v) + u->adam.epsilon);
}

static void rmsprop(const cn__update *u, element *e)
{
    real v = *e->slot[0] = CN_REF_FMA(*e->slot[0], u->rmsprop.rho, e->g * e->g * u->rmsprop.rest);
    if (u->centered) {
        real *average = e->slot[u->rmsprop.momentum != 0 ? 2 : 1];
        *average = CN_REF_FMA(*average, u->rmsprop.rho, e->g * u->rmsprop.rest);
        v = CN_REF_FMA(-*average, *average, v);
    }
    real step = e->g * u->rmsprop.rate / CN_REF_SQRT(v + u->rmsprop.epsilon);
    if (u->rmsprop.momentum != 0) step = *e->slot[1] = CN_REF_FMA(*e->slot[1], u->rmsprop.momentum, step);
    e->w -= step;
}

static void adagrad(const cn__update *u, element *e)
{
    *e->slot[0] = CN_REF_FMA(e->g, e->g, *e->slot[0]);
    e->w -= e->g * u->adagrad.rate / CN_REF_SQRT(*e->slot[0] + u->adagrad.epsilon);
}

static void adadelta(const cn__update *u, element *e)
{
    *e->slot[0] = CN_REF_FMA(*e->slot[0], u->adadelta.rho, e->g * e->g * u->adadelta.rest);
    const real delta = CN_REF_SQRT(*e->slot[1] + u->adadelta.epsilon) * e->g /
                       CN_REF_SQRT(*e->slot[0] + u->adadelta.epsilon);
    *e->slot[1] = CN_REF_FMA(*e->slot[1], u->adadelta.rho, delta * delta * u->adadelta.rest);
    e->w = CN_REF_FMA(-delta, u->adadelta.rate, e->w);
}

static void adamax(const cn__update *u, element *e)
{
    *e->slot[0] = CN_REF_FMA(e->g - *e->slot[0], u->adamax.rest_1, *e->slot[0]);
    *e->slot[1] = greater(*e->slot[1] * u->adamax.beta_2, CN_REF_ABS(e->g));
    e->w -= *e->slot[0] * u->adamax.rate / (*e->slot[1] + u->adamax.epsilon);
}

static void nadam(const cn__update *u, element *e)
{
    moments(u->nadam.rest_1, u->nadam.rest_2, e);
    const real along = CN_REF_FMA(*e->slot[0], u->nadam.of_momentum, e->g * u->nadam.of_gradient);
    e->w -= along * u->nadam.rate / (CN_REF_SQRT(*e->slot[1] * u->nadam.correction) + u->nadam.epsilon);
}

static void lion(const cn__update *u, element *e)
{
    e->w =
        CN_REF_FMA(-sign(CN_REF_FMA(*e->slot[0], u->lion.beta_1, e->g * u->lion.rest_1)), u->lion.rate, e->w);
    *e->slot[0] = CN_REF_FMA(*e->slot[0], u->lion.beta_2, e->g * u->lion.rest_2);
}

static real power(real x, real p)
{
    return p == (real)0.5 ? CN_REF_SQRT(x) : (real)cn__pow((double)x, (double)p);
}

static void ftrl(const cn__update *u, element *e)
{
    const real before = power(*e->slot[0], u->ftrl.power);
    *e->slot[0] = CN_REF_FMA(e->g, e->g, *e->slot[0]);
    const real after = power(*e->slot[0], u->ftrl.power);
    const real shrunk = CN_REF_FMA(e->w, u->ftrl.shrinkage, e->g);
    const real linear = *e->slot[1] += CN_REF_FMA(-((after - before) * u->ftrl.inverse_rate), e->w, shrunk);
    const real beyond = greater(-u->ftrl.l1, smaller(u->ftrl.l1, linear)) - linear;
    e->w = beyond == 0 ? 0 : beyond / CN_REF_FMA(after, u->ftrl.inverse_rate, u->ftrl.l2);
}

/* Gradients under a bound count as none: those whose squares would be flushed. Adam needs no bound. */
static real enough(cn__optimizer_kind kind, real g)
{
    switch (kind) {
    case CN_OPTIMIZER_ADAM: return sizeof(real) == sizeof(float) ? g : cn__ref_flush(g);
    case CN_OPTIMIZER_SGD:
    case CN_OPTIMIZER_ADAMAX:
    case CN_OPTIMIZER_LION: return cn__ref_flush(g);
    default: return CN_REF_ABS(g) < CN_REF_TINY_ROOT ? 0 : g;
    }
}

static void apply(const cn__update *u, element *e)
{
    switch (u->kind) {
    case CN_OPTIMIZER_SGD: sgd(u, e); break;
    case CN_OPTIMIZER_ADAM: adam(u, e); break;
    case CN_OPTIMIZER_RMSPROP: rmsprop(u, e); break;
    case CN_OPTIMIZER_ADAGRAD: adagrad(u, e); break;
    case CN_OPTIMIZER_ADADELTA: adadelta(u, e); break;
    case CN_OPTIMIZER_ADAMAX: adamax(u, e); break;
    case CN_OPTIMIZER_NADAM: nadam(u, e); break;
    case CN_OPTIMIZER_LION: lion(u, e); break;
    case CN_OPTIMIZER_FTRL: ftrl(u, e); break;
    case CN_OPTIMIZER_COUNT: assert(false); break;
    }
}

/* A regulariser is part of the loss, so its gradient is scaled and clipped too; weights decay before the step. */
static void prepare(const cn__update *u, element *e)
{
    if (u->l1 != 0) e->g = CN_REF_FMA(u->l1, sign(e->w), e->g);
    if (u->l2 != 0) e->g = CN_REF_FMA(2 * u->l2, e->w, e->g);
    e->g *= u->grad_scale;
    if (u->clip_value != 0) e->g = greater(-u->clip_value, smaller(u->clip_value, e->g));
    e->w = CN_REF_FMA(-e->w, u->decay, e->w);
    e->g = enough(u->kind, e->g);
}

void cn__ref_update(const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS], real *average,
                    const real *g, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        element e = {.w = w[i], .g = g[i]};
        for (int s = 0; s < CN_MAX_SLOTS; s++)
            if (slot[s]) e.slot[s] = slot[s] + i;
        prepare(u, &e);
        apply(u, &e);
        w[i] = e.w;
        if (average) average[i] = CN_REF_FMA(u->ema, average[i], (1 - u->ema) * e.w);
    }
}
