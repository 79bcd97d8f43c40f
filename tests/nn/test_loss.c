/* Losses: Keras's formulas, gradients that are slopes, and equal bits on every instruction set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/loss.h"
#include "nn/loss_class.h"

enum { ROWS = 5, MOST = 40 };

typedef enum form {
    BINARY,
    BINARY_LOGITS,
    CATEGORICAL,
    CATEGORICAL_LOGITS,
    CATEGORICAL_HINGE,
    COSINE,
    KL,
    MSE,
    MAE,
    MAPE,
    MSLE,
    HUBER,
    LOG_COSH,
    HINGE,
    SQUARED_HINGE,
    POISSON
} form;

/* Each loss as it is asked for, the formula it is to follow, and what predictions suit it. */
typedef struct known {
    const char *text;
    form form;
    bool shares, sparse, signs;
    double smoothing;
} known;

static const known losses[] = {
    {"binary_crossentropy", BINARY, true, false, false, 0},
    {"binary_crossentropy(label_smoothing=0.1)", BINARY, true, false, false, 0.1},
    {"binary_crossentropy(from_logits=true)", BINARY_LOGITS, false, false, false, 0},
    {"binary_crossentropy(from_logits=true, label_smoothing=0.1)", BINARY_LOGITS, false, false, false, 0.1},
    {"categorical_crossentropy", CATEGORICAL, true, false, false, 0},
    {"categorical_crossentropy(label_smoothing=0.1)", CATEGORICAL, true, false, false, 0.1},
    {"categorical_crossentropy(from_logits=true)", CATEGORICAL_LOGITS, false, false, false, 0},
    {"categorical_crossentropy(from_logits=true, label_smoothing=0.1)", CATEGORICAL_LOGITS, false, false,
     false, 0.1},
    {"sparse_categorical_crossentropy", CATEGORICAL, true, true, false, 0},
    {"sparse_categorical_crossentropy(from_logits=true)", CATEGORICAL_LOGITS, false, true, false, 0},
    {"categorical_hinge", CATEGORICAL_HINGE, false, false, false, 0},
    {"cosine_similarity", COSINE, false, false, false, 0},
    {"kl_divergence", KL, true, false, false, 0},
    {"mse", MSE, false, false, false, 0},
    {"mae", MAE, false, false, false, 0},
    {"mape", MAPE, false, false, false, 0},
    {"msle", MSLE, true, false, false, 0},
    {"huber(delta=0.7)", HUBER, false, false, false, 0},
    {"log_cosh", LOG_COSH, false, false, false, 0},
    {"hinge", HINGE, false, false, true, 0},
    {"squared_hinge", SQUARED_HINGE, false, false, true, 0},
    {"poisson", POISSON, true, false, false, 0},
};
enum { LOSSES = sizeof losses / sizeof losses[0] };

static float *pred, *target, labels[ROWS], weight[ROWS] = {1, 0.5f, 2, 0, 3};

/* Predictions that suit the loss: probabilities, logits, or any numbers. */
static void make(const known *k, size_t cols)
{
    uint32_t seed = (uint32_t)(k - losses) * 977 + (uint32_t)cols;
    for (size_t i = 0; i < ROWS * cols; i++) {
        seed = seed * 1664525 + 1013904223;
        double u = (double)(seed >> 8) / (1 << 24), v = (double)(seed >> 12 & 4095) / 4096;
        pred[i] = (float)(k->shares ? 0.05 + 0.9 * u : 4 * u - 2);
        target[i] = k->signs ? (v < 0.5 ? -1 : 1) : (float)(0.02 + 0.9 * v);
    }
    for (size_t r = 0; r < ROWS; r++) {
        labels[r] = (float)(r * 7 % cols);
        /* from logits TensorFlow takes softmax minus target for the gradient: the slope, where targets sum to 1 */
        double sum = 0;
        for (size_t c = 0; c < cols; c++) sum += (double)target[r * cols + c];
        for (size_t c = 0; c < cols && k->form == CATEGORICAL_LOGITS; c++)
            target[r * cols + c] = (float)((double)target[r * cols + c] / sum);
        if (k->form == CATEGORICAL_HINGE)
            for (size_t c = 0; c < cols; c++) target[r * cols + c] = c == (size_t)labels[r];
    }
}

static double categorical(const double *y, const float *p, size_t n, bool logits)
{
    double sum = 0, most = -1e300, loss = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, (double)p[i]);
    for (size_t i = 0; i < n; i++) sum += logits ? exp((double)p[i] - most) : (double)p[i];
    for (size_t i = 0; i < n; i++)
        loss -= y[i] * (logits ? (double)p[i] - most - log(sum)
                               : log(fmin(fmax((double)p[i] / sum, 1e-7), 1 - 1e-7)));
    return loss;
}

/* The loss of a row, in double precision, as Keras 3.6 defines it. */
static double reference(const known *k, const cn__loss_rows *l, size_t row)
{
    const size_t n = l->cols;
    const float *p = l->pred + row * n;
    double y[MOST], sum = 0, a = 0, b = 0, c = 0;
    for (size_t i = 0; i < n; i++)
        y[i] = k->sparse ? i == (size_t)l->target[row] : (double)l->target[row * n + i];
    bool binary = k->form == BINARY || k->form == BINARY_LOGITS;
    for (size_t i = 0; i < n && k->smoothing > 0; i++)
        y[i] = y[i] * (1 - k->smoothing) + k->smoothing / (binary ? 2 : (double)n);
    switch (k->form) {
    case CATEGORICAL: return categorical(y, p, n, false);
    case CATEGORICAL_LOGITS: return categorical(y, p, n, true);
    case CATEGORICAL_HINGE:
        for (size_t i = 0; i < n; i++) {
            a += y[i] * (double)p[i];
            b = i ? fmax(b, (1 - y[i]) * (double)p[i]) : (1 - y[i]) * (double)p[i];
        }
        return fmax(0, b - a + 1);
    case COSINE:
        for (size_t i = 0; i < n; i++)
            a += y[i] * (double)p[i], b += y[i] * y[i], c += (double)p[i] * (double)p[i];
        return -a / (sqrt(b) * sqrt(c));
    case KL:
        for (size_t i = 0; i < n; i++) sum += y[i] * log(y[i] / (double)p[i]);
        return sum;
    default: break;
    }
    for (size_t i = 0; i < n; i++) {
        double x = (double)p[i], e = x - y[i];
        switch (k->form) {
        case BINARY: sum -= y[i] * log(x + 1e-7) + (1 - y[i]) * log(1 - x + 1e-7); break;
        case BINARY_LOGITS: sum += fmax(x, 0) - x * y[i] + log1p(exp(-fabs(x))); break;
        case MSE: sum += e * e; break;
        case MAE: sum += fabs(e); break;
        case MAPE: sum += 100 * fabs(e / fmax(fabs(y[i]), 1e-7)); break;
        case MSLE: sum += pow(log(x + 1) - log(y[i] + 1), 2); break;
        case HUBER: sum += fabs(e) <= 0.7 ? e * e / 2 : 0.7 * fabs(e) - 0.7 * 0.7 / 2; break;
        case LOG_COSH: sum += log(cosh(e)); break;
        case HINGE: sum += fmax(0, 1 - y[i] * x); break;
        case SQUARED_HINGE: sum += pow(fmax(0, 1 - y[i] * x), 2); break;
        default: sum += x - y[i] * log(x + 1e-7); break; /* poisson */
        }
    }
    return sum / (double)n;
}

/* The loss that `text` names, as `isa` has it. */
static cn__loss loss_of(cn__arena *arena, const char *text, const char *isa)
{
    cn__value value;
    const cn__kind *kind;
    void *config;
    assert_int_equal(cn__value_parse(arena, text, &value), CN_OK);
    assert_int_equal(cn__registry_read(arena, cn__losses_named(isa), &value, &kind, &config), CN_OK);
    return (cn__loss){.kind = (const cn__loss_class *)kind, .name = kind->name, .config = config};
}

/* Gradients are those of a mean over four rows' worth of batch. */
static cn__loss_rows rows_of(const known *k, const cn__loss *loss, size_t cols, float *value, float *d)
{
    return (cn__loss_rows){.loss = loss,
                           .rows = ROWS,
                           .cols = cols,
                           .last = ROWS,
                           .pred = pred,
                           .target = k->sparse ? labels : target,
                           .weight = weight,
                           .value = value,
                           .factor = 1,
                           .dpred = d};
}

static const size_t widths[] = {1, 3, 10, 16, 17, 33};
enum { WIDTHS = sizeof widths / sizeof *widths };

static void each(void (*check)(const known *k, size_t cols))
{
    for (const known *k = losses; k < losses + LOSSES; k++)
        for (int w = 0; w < WIDTHS; w++) {
            pred = malloc(ROWS * widths[w] * sizeof *pred),
            target = malloc(ROWS * widths[w] * sizeof *target);
            assert_true(pred && target);
            make(k, widths[w]);
            check(k, widths[w]);
            free(pred);
            free(target);
        }
}

static void check_value(const known *k, size_t cols)
{
    float value[ROWS];
    cn__arena arena = {0};
    cn__loss loss = loss_of(&arena, k->text, cn__kernels_get()->isa);
    cn__loss_rows l = rows_of(k, &loss, cols, value, NULL);
    cn__loss_compute(&l);
    for (size_t r = 0; r < ROWS; r++) {
        double expected = reference(k, &l, r);
        if (!(fabs((double)value[r] - expected) <= 2e-6 + 4e-6 * fabs(expected)))
            fail_msg("%s of %zu outputs, row %zu: %.9g instead of %.9g", k->text, cols, r, (double)value[r],
                     expected);
    }
    cn__arena_free(&arena);
}

static void values_are_those_of_keras_formulas(void **state)
{
    (void)state;
    each(check_value);
}

static void check_slope(const known *k, size_t cols)
{
    float d[ROWS * MOST];
    cn__arena arena = {0};
    cn__loss loss = loss_of(&arena, k->text, cn__kernels_get()->isa);
    cn__loss_rows l = rows_of(k, &loss, cols, NULL, d);
    cn__loss_compute(&l);
    for (size_t i = 0; i < ROWS * cols; i++) {
        const size_t r = i / cols;
        const float x = pred[i], h = 1e-4f;
        pred[i] = x + h;
        double up = reference(k, &l, r), at = pred[i];
        pred[i] = x - h;
        double down = reference(k, &l, r), by = at - (double)pred[i];
        pred[i] = x;
        double middle = reference(k, &l, r), slope = (up - down) / by;
        if (fabs(up - middle - (middle - down)) > 0.02 * fabs(by)) continue; /* a corner */
        double expected = (double)weight[r] * slope / ROWS;
        if (!(fabs((double)d[i] - expected) <= 2e-4 * fabs(expected) + 1e-5))
            fail_msg("%s of %zu outputs, element %zu: slope %.9g instead of %.9g", k->text, cols, i,
                     (double)d[i], expected);
    }
    cn__arena_free(&arena);
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    each(check_slope);
}

/* Rows may be computed a few at a time, as threads do. */
static void check_bits(const known *k, size_t cols)
{
    float first[ROWS], value[ROWS], d_first[ROWS * MOST], d[ROWS * MOST];
    cn__arena arena = {0};
    cn__loss loss = loss_of(&arena, k->text, cn__kernels_get()->isa);
    cn__loss_rows l = rows_of(k, &loss, cols, first, d_first);
    cn__loss_compute(&l);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        loss = loss_of(&arena, k->text, *isa);
        l.value = value, l.dpred = d;
        l.first = 0, l.last = 2;
        cn__loss_compute(&l);
        l.first = 2, l.last = ROWS;
        cn__loss_compute(&l);
        if (memcmp(value, first, sizeof value) != 0 || memcmp(d, d_first, ROWS * cols * sizeof *d) != 0)
            fail_msg("%s of %zu outputs on %s", k->text, cols, *isa);
    }
    cn__arena_free(&arena);
}

static void bits_are_equal_everywhere(void **state)
{
    (void)state;
    each(check_bits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_keras_formulas),
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(bits_are_equal_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
