/* Muon (Jordan et al. 2024): the momentum of a matrix, made orthogonal by Newton-Schulz steps, is the step; other variables,
 * and matrices that are excluded, take Adam's with a rate and a weight decay of their own. As Keras 3.15 has it. */
#include <string.h>

#include "nn/layer.h"
#include "nn/optimizers/optimizer_class.h"

typedef struct muon {
    cn__optimizer_options options;
    double adam_beta_1, adam_beta_2, adam_weight_decay, epsilon;      /* adam_weight_decay NAN: none */
    double muon_a, muon_b, muon_c, adam_lr_ratio, momentum, rms_rate; /* rms_rate NAN: none */
    int64_t ns_steps;
    const cn__value *exclude_layers;
    bool nesterov, exclude_embeddings;
} muon;

#define ANY_NUMBER(field, text)                                                                              \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(muon, field), .fallback = text            \
    }
#define MAYBE_NUMBER(field, text)                                                                            \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_MAYBE_FLOAT, .offset = offsetof(muon, field), .fallback = text,     \
        .low = 0, .high = DBL_MAX                                                                            \
    }
static const cn__param params[] = {
    CN_OPT_RATE("0.001"),
    CN_OPT_FLOAT(muon, adam_beta_1, "0.9", 0, 1),
    CN_OPT_FLOAT(muon, adam_beta_2, "0.999", 0, 1),
    MAYBE_NUMBER(adam_weight_decay, "0.004"),
    CN_OPT_EPSILON(muon),
    {.name = "weight_decay",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(cn__optimizer_options, weight_decay),
     .fallback = "0.004",
     .low = 0,
     .high = DBL_MAX},
    CN_OPT_COMMON_BUT_DECAY("muon"),
    {.name = "exclude_layers",
     .type = CN_PARAM_VALUE,
     .offset = offsetof(muon, exclude_layers),
     .fallback = "none"},
    {.name = "exclude_embeddings",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(muon, exclude_embeddings),
     .fallback = "true"},
    ANY_NUMBER(muon_a, "3.4445"),
    ANY_NUMBER(muon_b, "-4.7750"),
    ANY_NUMBER(muon_c, "2.0315"),
    CN_OPT_FLOAT(muon, adam_lr_ratio, "1.0", 0, DBL_MAX),
    CN_OPT_FLOAT(muon, momentum, "0.95", 0, 1),
    {.name = "ns_steps",
     .type = CN_PARAM_INT,
     .offset = offsetof(muon, ns_steps),
     .fallback = "5",
     .low = 0,
     .high = 1000},
    {.name = "nesterov", .type = CN_PARAM_BOOL, .offset = offsetof(muon, nesterov), .fallback = "true"},
    MAYBE_NUMBER(rms_rate, "0.2")};

/* ---- which variables take Adam's step -------------------------------------------------------------------- */

static bool contains_word(const cn__variable *v, const char *word)
{
    return strstr(v->layer->name, word) || strstr(v->name, word);
}

static bool is_excluded(const muon *m, const cn__variable *v)
{
    const cn__value *list = m->exclude_layers;
    if (list && list->kind == CN_VALUE_WORD) return contains_word(v, list->word);
    for (size_t i = 0; list && i < list->count; i++)
        if (cn__value_name(&list->items[i]) && contains_word(v, cn__value_name(&list->items[i]))) return true;
    return false;
}

static bool is_embedding(const cn__variable *v)
{
    static const char word[] = "embedding";
    for (const char *at = v->layer->name; *at; at++) {
        size_t i = 0;
        while (word[i] && (at[i] | 0x20) == word[i]) i++;
        if (!word[i]) return true;
    }
    return false;
}

static bool takes_adam(const void *config, const cn__variable *v)
{
    const muon *m = config;
    return v->ndim != 2 || (m->exclude_embeddings && is_embedding(v)) || is_excluded(m, v);
}

static double decay(const void *config, const cn__variable *v)
{
    const muon *m = config;
    const double given = takes_adam(config, v) ? m->adam_weight_decay : m->options.weight_decay;
    return isnan(given) ? 0 : given;
}

/* ---- the step ---------------------------------------------------------------------------------------------- */

/* Where its numbers stand in cn__update.c. */
enum { RATE, ADAM_RATE, REST_1, REST_2, EPSILON };

static void numbers(const void *config, double rate, double t, double product, cn__update *u)
{
    (void)product;
    const muon *m = config;
    const double alpha = cn__rounded(rate * cn__rounded(m->adam_lr_ratio)) *
                         sqrt(1 - cn__rounded_power(m->adam_beta_2, t)) /
                         (1 - cn__rounded_power(m->adam_beta_1, t));
    cn__set_numbers(u, 5, (double[]){rate, alpha, 1 - m->adam_beta_1, 1 - m->adam_beta_2, 0});
    u->c[EPSILON] = cn__safe_epsilon(m->epsilon, false);
}

static void adam(const cn__update *u, const cn__whole *a)
{
    for (size_t i = 0; i < a->n; i++) {
        const real g = a->grad[i];
        real *m = &a->slot[0][i], *v = &a->slot[1][i];
        *m = cn__flushed(*m + (g - *m) * u->c[REST_1], u);
        *v = cn__flushed(*v + (g * g - *v) * u->c[REST_2], u);
        a->w[i] -= *m * u->c[ADAM_RATE] / ((real)sqrt((double)*v) + u->c[EPSILON]);
    }
}

/* A matrix that is no higher than wide, its rows `width` apart; and what its steps need. */
typedef struct work {
    const cn__kernels *k;
    size_t rows, cols, width, square; /* square: the width of a row of a (rows, rows) matrix */
    real *x, *y, *transposed, *a, *b;
} work;

static size_t padded(size_t rows, size_t cols) { return rows * CN_PAD(cols) + CN_LANES; }

static size_t workspace(const cn__variable *v)
{
    if (v->ndim != 2) return 0;
    const size_t rows = v->rows < v->cols ? v->rows : v->cols, cols = v->rows < v->cols ? v->cols : v->rows;
    return 2 * padded(rows, cols) + padded(cols, rows) + 2 * padded(rows, rows);
}

static work make_work(const cn__variable *v, real *memory)
{
    work w = {.k = cn__kernels_get(), .rows = v->rows, .cols = v->cols};
    if (w.rows > w.cols) w.rows = v->cols, w.cols = v->rows;
    w.width = CN_PAD(w.cols), w.square = CN_PAD(w.rows);
    w.x = memory, w.y = w.x + padded(w.rows, w.cols), w.transposed = w.y + padded(w.rows, w.cols);
    w.a = w.transposed + padded(w.cols, w.rows), w.b = w.a + padded(w.rows, w.rows);
    memset(memory, 0, workspace(v) * sizeof *memory);
    return w;
}

/* x = a x + (b A + c A A) x with A = x xᵀ. */
static void newton_schulz(const muon *m, work *w)
{
    w->k->transpose(w->x, w->width, w->rows, w->cols, w->transposed, w->square);
    w->k->matmul(&(cn__matmul){.a = w->x,
                               .a_row = w->width,
                               .a_step = 1,
                               .b = w->transposed,
                               .b_row = w->square,
                               .c = w->a,
                               .c_row = w->square,
                               .rows = w->rows,
                               .cols = w->rows,
                               .depth = w->cols,
                               .c_padded = true});
    w->k->matmul(&(cn__matmul){.a = w->a,
                               .a_row = w->square,
                               .a_step = 1,
                               .b = w->a,
                               .b_row = w->square,
                               .c = w->b,
                               .c_row = w->square,
                               .rows = w->rows,
                               .cols = w->rows,
                               .depth = w->rows,
                               .c_padded = true});
    const real a = (real)m->muon_a, b = (real)m->muon_b, c = (real)m->muon_c;
    for (size_t i = 0; i < w->rows * w->square; i++) w->b[i] = b * w->a[i] + c * w->b[i];
    w->k->matmul(&(cn__matmul){.a = w->b,
                               .a_row = w->square,
                               .a_step = 1,
                               .b = w->x,
                               .b_row = w->width,
                               .c = w->y,
                               .c_row = w->width,
                               .rows = w->rows,
                               .cols = w->cols,
                               .depth = w->rows,
                               .c_padded = true});
    for (size_t i = 0; i < w->rows * w->width; i++) w->x[i] = a * w->x[i] + w->y[i];
}

/* Makes the matrix in x (C order of the variable, in y) orthogonal, nearly; leaves it in y. */
static void orthogonalize(const muon *m, const cn__variable *v, work *w)
{
    const bool transpose = v->rows > v->cols;
    const size_t n = v->rows * v->cols;
    const real norm = (real)sqrt((double)w->k->sum_squares(w->y, n)) + (real)1e-7;
    if (transpose) w->k->transpose(w->y, v->cols, v->rows, v->cols, w->x, w->width);
    else
        for (size_t r = 0; r < v->rows; r++)
            memcpy(w->x + r * w->width, w->y + r * v->cols, v->cols * sizeof *w->x);
    for (size_t i = 0; i < w->rows * w->width; i++) w->x[i] /= norm;
    for (int64_t step = 0; step < m->ns_steps; step++) newton_schulz(m, w);
    if (transpose) w->k->transpose(w->x, w->width, w->rows, w->cols, w->y, v->cols);
    else
        for (size_t r = 0; r < v->rows; r++)
            memcpy(w->y + r * v->cols, w->x + r * w->width, v->cols * sizeof *w->x);
}

static void apply(const void *config, const cn__update *u, const cn__whole *a)
{
    const muon *m = config;
    const cn__variable *v = a->variable;
    if (takes_adam(config, v)) {
        adam(u, a);
        return;
    }
    const real momentum = (real)m->momentum;
    for (size_t i = 0; i < a->n; i++) {
        const real g = a->grad[i], now = cn__flushed(a->slot[0][i] + (g + a->slot[0][i] * (momentum - 1)), u);
        a->slot[0][i] = now;
        a->grad[i] = m->nesterov ? g + momentum * now : now;
    }
    work w = make_work(v, a->workspace);
    cn__variable_gather(v, a->grad, w.y);
    orthogonalize(m, v, &w);
    const double longest = (double)(v->rows > v->cols ? v->rows : v->cols);
    const real factor = isnan(m->rms_rate) ? 1 : (real)sqrt(longest) * (real)m->rms_rate;
    for (size_t i = 0; i < v->rows * v->cols; i++) w.y[i] *= u->c[RATE] * factor;
    cn__variable_scatter(v, w.y, a->grad);
    for (size_t i = 0; i < a->n; i++) a->w[i] -= a->grad[i];
}

extern const cn__optimizer_class cn__optimizer_muon;
const cn__optimizer_class cn__optimizer_muon = {
    .kind = {.name = "muon", .class_name = "Muon", CN_PARAMS(params), .config_size = sizeof(muon)},
    .slot = {{.name = "momentum"}, {.name = "velocity", .of = takes_adam}},
    .numbers = numbers,
    .decay = decay,
    .workspace = workspace,
    .apply = apply};
