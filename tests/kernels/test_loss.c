/* Losses: Keras's formulas, gradients that are slopes, and equal bits on every instruction set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"

enum { ROWS = 5, MOST = 40 };

static float *pred, *target, labels[ROWS], weight[ROWS] = {1, 0.5f, 2, 0, 3};

/* Predictions that suit the loss: probabilities, logits, or any numbers. */
static void make(cn__loss_kind kind, size_t cols)
{
    uint32_t seed = (uint32_t)kind * 977 + (uint32_t)cols;
    for (size_t i = 0; i < ROWS * cols; i++) {
        seed = seed * 1664525 + 1013904223;
        double u = (double)(seed >> 8) / (1 << 24), v = (double)(seed >> 12 & 4095) / 4096;
        bool positive = kind == CN_LOSS_BINARY_CROSSENTROPY || kind == CN_LOSS_CATEGORICAL_CROSSENTROPY ||
                        kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY || kind == CN_LOSS_KL_DIVERGENCE ||
                        kind == CN_LOSS_POISSON || kind == CN_LOSS_MEAN_SQUARED_LOGARITHMIC_ERROR;
        pred[i] = (float)(positive ? 0.05 + 0.9 * u : 4 * u - 2);
        target[i] = kind == CN_LOSS_HINGE || kind == CN_LOSS_SQUARED_HINGE ? (v < 0.5 ? -1 : 1)
                                                                           : (float)(0.02 + 0.9 * v);
    }
    for (size_t r = 0; r < ROWS; r++) {
        labels[r] = (float)(r * 7 % cols);
        /* from logits TensorFlow takes softmax minus target for the gradient: the slope, where targets sum to 1 */
        double sum = 0;
        for (size_t c = 0; c < cols; c++) sum += (double)target[r * cols + c];
        for (size_t c = 0; c < cols && kind == CN_LOSS_CATEGORICAL_CROSSENTROPY_LOGITS; c++)
            target[r * cols + c] = (float)((double)target[r * cols + c] / sum);
        if (kind == CN_LOSS_CATEGORICAL_HINGE)
            for (size_t c = 0; c < cols; c++) target[r * cols + c] = c == (size_t)labels[r];
    }
}

static bool is_sparse(cn__loss_kind kind)
{
    return kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY ||
           kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS;
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
static double reference(const cn__loss_rows *l, size_t row)
{
    const size_t n = l->cols;
    const float *p = l->pred + row * n;
    double y[MOST], sum = 0, a = 0, b = 0, c = 0;
    for (size_t i = 0; i < n; i++)
        y[i] = is_sparse(l->kind) ? i == (size_t)l->target[row] : (double)l->target[row * n + i];
    const double smooth = (double)l->label_smoothing;
    bool binary = l->kind == CN_LOSS_BINARY_CROSSENTROPY || l->kind == CN_LOSS_BINARY_CROSSENTROPY_LOGITS;
    for (size_t i = 0; i < n && smooth > 0; i++)
        y[i] = y[i] * (1 - smooth) + smooth / (binary ? 2 : (double)n);
    switch (l->kind) {
    case CN_LOSS_CATEGORICAL_CROSSENTROPY:
    case CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY: return categorical(y, p, n, false);
    case CN_LOSS_CATEGORICAL_CROSSENTROPY_LOGITS:
    case CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS: return categorical(y, p, n, true);
    case CN_LOSS_CATEGORICAL_HINGE:
        for (size_t i = 0; i < n; i++) {
            a += y[i] * (double)p[i];
            b = i ? fmax(b, (1 - y[i]) * (double)p[i]) : (1 - y[i]) * (double)p[i];
        }
        return fmax(0, b - a + 1);
    case CN_LOSS_COSINE_SIMILARITY:
        for (size_t i = 0; i < n; i++)
            a += y[i] * (double)p[i], b += y[i] * y[i], c += (double)p[i] * (double)p[i];
        return -a / (sqrt(b) * sqrt(c));
    case CN_LOSS_KL_DIVERGENCE:
        for (size_t i = 0; i < n; i++) sum += y[i] * log(y[i] / (double)p[i]);
        return sum;
    default: break;
    }
    for (size_t i = 0; i < n; i++) {
        double x = (double)p[i], e = x - y[i];
        switch (l->kind) {
        case CN_LOSS_BINARY_CROSSENTROPY: sum -= y[i] * log(x + 1e-7) + (1 - y[i]) * log(1 - x + 1e-7); break;
        case CN_LOSS_BINARY_CROSSENTROPY_LOGITS: sum += fmax(x, 0) - x * y[i] + log1p(exp(-fabs(x))); break;
        case CN_LOSS_MEAN_SQUARED_ERROR: sum += e * e; break;
        case CN_LOSS_MEAN_ABSOLUTE_ERROR: sum += fabs(e); break;
        case CN_LOSS_MEAN_ABSOLUTE_PERCENTAGE_ERROR: sum += 100 * fabs(e / fmax(fabs(y[i]), 1e-7)); break;
        case CN_LOSS_MEAN_SQUARED_LOGARITHMIC_ERROR: sum += pow(log(x + 1) - log(y[i] + 1), 2); break;
        case CN_LOSS_HUBER:
            sum += fabs(e) <= (double)l->p ? e * e / 2
                                           : (double)l->p * fabs(e) - (double)l->p * (double)l->p / 2;
            break;
        case CN_LOSS_LOG_COSH: sum += log(cosh(e)); break;
        case CN_LOSS_HINGE: sum += fmax(0, 1 - y[i] * x); break;
        case CN_LOSS_SQUARED_HINGE: sum += pow(fmax(0, 1 - y[i] * x), 2); break;
        default: sum += x - y[i] * log(x + 1e-7); break; /* poisson */
        }
    }
    return sum / (double)n;
}

static cn__loss_rows rows_of(cn__loss_kind kind, size_t cols, float smoothing, float *loss, float *d)
{
    bool smooths = kind <= CN_LOSS_BINARY_CROSSENTROPY_LOGITS && !is_sparse(kind);
    return (cn__loss_rows){.kind = kind,
                           .p = 0.7f,
                           .label_smoothing = smooths ? smoothing : 0,
                           .rows = ROWS,
                           .cols = cols,
                           .pred = pred,
                           .target = is_sparse(kind) ? labels : target,
                           .weight = weight,
                           .scale = 0.25f,
                           .loss = loss,
                           .dpred = d};
}

static const size_t widths[] = {1, 3, 10, 16, 17, 33};
enum { WIDTHS = sizeof widths / sizeof *widths };

static void each(void (*check)(cn__loss_kind kind, size_t cols, float smoothing))
{
    for (int kind = 0; kind < CN_LOSS_COUNT; kind++)
        for (int w = 0; w < WIDTHS; w++) {
            pred = malloc(ROWS * widths[w] * sizeof *pred),
            target = malloc(ROWS * widths[w] * sizeof *target);
            assert_true(pred && target);
            make((cn__loss_kind)kind, widths[w]);
            check((cn__loss_kind)kind, widths[w], 0);
            check((cn__loss_kind)kind, widths[w], 0.1f);
            free(pred);
            free(target);
        }
}

static void check_value(cn__loss_kind kind, size_t cols, float smoothing)
{
    float loss[ROWS];
    cn__loss_rows l = rows_of(kind, cols, smoothing, loss, NULL);
    cn__kernels_get()->loss(&l);
    for (size_t r = 0; r < ROWS; r++) {
        double expected = reference(&l, r);
        if (!(fabs((double)loss[r] - expected) <= 2e-6 + 4e-6 * fabs(expected)))
            fail_msg("loss %d of %zu outputs, row %zu: %.9g instead of %.9g", kind, cols, r, (double)loss[r],
                     expected);
    }
}

static void values_are_those_of_keras_formulas(void **state)
{
    (void)state;
    each(check_value);
}

static void check_slope(cn__loss_kind kind, size_t cols, float smoothing)
{
    float d[ROWS * MOST];
    cn__loss_rows l = rows_of(kind, cols, smoothing, NULL, d);
    cn__kernels_get()->loss(&l);
    for (size_t i = 0; i < ROWS * cols; i++) {
        const size_t r = i / cols;
        const float x = pred[i], h = 1e-4f;
        pred[i] = x + h;
        double up = reference(&l, r), at = pred[i];
        pred[i] = x - h;
        double down = reference(&l, r), by = at - (double)pred[i];
        pred[i] = x;
        double middle = reference(&l, r), slope = (up - down) / by;
        if (fabs(up - middle - (middle - down)) > 0.02 * fabs(by)) continue; /* a corner */
        double expected = 0.25 * (double)weight[r] * slope;
        if (!(fabs((double)d[i] - expected) <= 2e-4 * fabs(expected) + 1e-5))
            fail_msg("loss %d of %zu outputs, number %zu: slope %.9g instead of %.9g", kind, cols, i,
                     (double)d[i], expected);
    }
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    each(check_slope);
}

static void check_bits(cn__loss_kind kind, size_t cols, float smoothing)
{
    float first[ROWS], loss[ROWS], d_first[ROWS * MOST], d[ROWS * MOST];
    cn__loss_rows l = rows_of(kind, cols, smoothing, first, d_first);
    cn__kernels_get()->loss(&l);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        l.loss = loss, l.dpred = d;
        cn__kernels_named(*isa)->loss(&l);
        if (memcmp(loss, first, sizeof loss) != 0 || memcmp(d, d_first, ROWS * cols * sizeof *d) != 0)
            fail_msg("loss %d of %zu outputs on %s", kind, cols, *isa);
    }
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
