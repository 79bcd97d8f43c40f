/* One step of an optimiser, one element after the other. What stands in c and in the slots: simd/update_rules.h. */
#include "base/dmath.h"
#include "kernels/reference/reference.h"

typedef struct element {
    real w, g, *slot[CN_MAX_SLOTS];
} element;

static real smaller(real a, real b) { return a < b ? a : b; }
static real greater(real a, real b) { return a > b ? a : b; }
static real sign(real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

static void sgd(const cn__update *u, element *e)
{
    const real *c = u->c, step = e->g * c[0];
    if (c[1] == 0) {
        e->w = CN_REF_FMA(-e->g, c[0], e->w);
        return;
    }
    real *m = e->slot[0];
    *m = CN_REF_FMA(*m, c[1], -step);
    e->w += u->flag[0] ? CN_REF_FMA(*m, c[1], -step) : *m;
}

/* Moves the averages of the gradient and of its square on. */
static void moments(const real *c, element *e)
{
    *e->slot[0] = CN_REF_FMA(e->g - *e->slot[0], c[1], *e->slot[0]);
    *e->slot[1] = CN_REF_FMA(CN_REF_FMA(e->g, e->g, -*e->slot[1]), c[2], *e->slot[1]);
}

static void adam(const cn__update *u, element *e)
{
    moments(u->c, e);
    real v = *e->slot[1];
    if (u->flag[1]) v = *e->slot[2] = greater(*e->slot[2], v);
    e->w -= *e->slot[0] * u->c[0] / (CN_REF_SQRT(v) + u->c[3]);
}

static void rmsprop(const cn__update *u, element *e)
{
    const real *c = u->c;
    real v = *e->slot[0] = CN_REF_FMA(*e->slot[0], c[1], e->g * e->g * c[2]);
    if (u->flag[1]) {
        real *average = e->slot[c[4] != 0 ? 2 : 1];
        *average = CN_REF_FMA(*average, c[1], e->g * c[2]);
        v = CN_REF_FMA(-*average, *average, v);
    }
    real step = e->g * c[0] / CN_REF_SQRT(v + c[3]);
    if (c[4] != 0) step = *e->slot[1] = CN_REF_FMA(*e->slot[1], c[4], step);
    e->w -= step;
}

static void adagrad(const real *c, element *e)
{
    *e->slot[0] = CN_REF_FMA(e->g, e->g, *e->slot[0]);
    e->w -= e->g * c[0] / CN_REF_SQRT(*e->slot[0] + c[1]);
}

static void adadelta(const real *c, element *e)
{
    *e->slot[0] = CN_REF_FMA(*e->slot[0], c[1], e->g * e->g * c[2]);
    const real delta = CN_REF_SQRT(*e->slot[1] + c[3]) * e->g / CN_REF_SQRT(*e->slot[0] + c[3]);
    *e->slot[1] = CN_REF_FMA(*e->slot[1], c[1], delta * delta * c[2]);
    e->w = CN_REF_FMA(-delta, c[0], e->w);
}

static void adamax(const real *c, element *e)
{
    *e->slot[0] = CN_REF_FMA(e->g - *e->slot[0], c[1], *e->slot[0]);
    *e->slot[1] = greater(*e->slot[1] * c[2], CN_REF_ABS(e->g));
    e->w -= *e->slot[0] * c[0] / (*e->slot[1] + c[3]);
}

static void nadam(const real *c, element *e)
{
    moments(c, e);
    const real along = CN_REF_FMA(*e->slot[0], c[4], e->g * c[5]);
    e->w -= along * c[0] / (CN_REF_SQRT(*e->slot[1] * c[6]) + c[3]);
}

static void lion(const real *c, element *e)
{
    e->w = CN_REF_FMA(-sign(CN_REF_FMA(*e->slot[0], c[1], e->g * c[2])), c[0], e->w);
    *e->slot[0] = CN_REF_FMA(*e->slot[0], c[3], e->g * c[4]);
}

static real power(real x, real p)
{
    return p == (real)0.5 ? CN_REF_SQRT(x) : (real)cn__pow((double)x, (double)p);
}

static void ftrl(const real *c, element *e)
{
    const real before = power(*e->slot[0], c[1]);
    *e->slot[0] = CN_REF_FMA(e->g, e->g, *e->slot[0]);
    const real after = power(*e->slot[0], c[1]);
    const real shrunk = CN_REF_FMA(e->w, c[4], e->g);
    const real linear = *e->slot[1] += CN_REF_FMA(-((after - before) * c[0]), e->w, shrunk);
    const real beyond = greater(-c[2], smaller(c[2], linear)) - linear;
    e->w = beyond == 0 ? 0 : beyond / CN_REF_FMA(after, c[0], c[3]);
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
    case CN_OPTIMIZER_ADAGRAD: adagrad(u->c, e); break;
    case CN_OPTIMIZER_ADADELTA: adadelta(u->c, e); break;
    case CN_OPTIMIZER_ADAMAX: adamax(u->c, e); break;
    case CN_OPTIMIZER_NADAM: nadam(u->c, e); break;
    case CN_OPTIMIZER_LION: lion(u->c, e); break;
    default: ftrl(u->c, e); break;
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
