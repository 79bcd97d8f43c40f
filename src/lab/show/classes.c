/* Confusion matrix, and precision, recall and F1 of each class with their averages, as scikit-learn's
 * classification_report defines them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "lab/show/classes.h"

size_t cn__predicted_class(const cn_array *a, size_t row)
{
    size_t each = cn_array_sample_size(a), best = 0;
    if (each == 1) return cn_array_at(a, row) > 0.5;
    for (size_t i = 1; i < each; i++)
        if (cn_array_at(a, row * each + i) > cn_array_at(a, row * each + best)) best = i;
    return best;
}

static size_t predicted(const cn_array *a, size_t row, double threshold)
{
    size_t each = cn_array_sample_size(a);
    if (isnan(threshold) || each > 2) return cn__predicted_class(a, row);
    return cn_array_at(a, row * each + each - 1) > threshold;
}

static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

static void measure(cn__classes *k)
{
    for (size_t c = 0; c < k->count; c++) {
        double right = (double)k->confusion[c * k->count + c], predicted = 0;
        for (size_t i = 0; i < k->count; i++) {
            predicted += (double)k->confusion[i * k->count + c];
            k->support[c] += k->confusion[c * k->count + i];
        }
        k->precision[c] = ratio(right, predicted);
        k->recall[c] = ratio(right, (double)k->support[c]);
        k->f1[c] = ratio(2 * k->precision[c] * k->recall[c], k->precision[c] + k->recall[c]);
        k->accuracy += right / (double)k->total;
        const double of[3] = {k->precision[c], k->recall[c], k->f1[c]};
        for (int i = 0; i < 3; i++) {
            k->macro[i] += of[i] / (double)k->count;
            k->weighted[i] += of[i] * (double)k->support[c] / (double)k->total;
        }
    }
}

cn_status cn__classes_new(const cn_array *predictions, const cn_array *labels, size_t count,
                          const char *const *names, double threshold, cn__classes *out)
{
    *out = (cn__classes){.count = count, .names = names, .total = labels->shape[0]};
    out->confusion = cn__calloc(count * count, sizeof(size_t));
    out->support = cn__calloc(count, sizeof(size_t));
    out->precision = cn__calloc(3 * count, sizeof(double));
    if (!out->confusion || !out->support || !out->precision) {
        cn__classes_free(out);
        return CN_ERROR_MEMORY;
    }
    out->recall = out->precision + count;
    out->f1 = out->recall + count;
    for (size_t i = 0; i < out->total; i++) {
        size_t t = (size_t)cn_array_at(labels, i), p = predicted(predictions, i, threshold);
        if (t < count && p < count) out->confusion[t * count + p]++;
    }
    measure(out);
    return CN_OK;
}

void cn__classes_free(cn__classes *k)
{
    cn__free(k->confusion);
    cn__free(k->support);
    cn__free(k->precision);
    *k = (cn__classes){0};
}

/* Every column as wide as its widest. */
void cn__classes_confusion_text(const cn__classes *k, const char *corner, cn__text *out)
{
    size_t first = cn__text_width(corner), width = 5;
    for (size_t c = 0; c < k->count; c++) {
        size_t w = cn__text_width(k->names[c]);
        first = w > first ? w : first;
        width = w > width ? w : width;
    }
    cn__text_printf(out, "%*s%s", (int)(first - cn__text_width(corner)), "", corner);
    for (size_t c = 0; c < k->count; c++)
        cn__text_printf(out, " %*s%s", (int)(width - cn__text_width(k->names[c])), "", k->names[c]);
    for (size_t r = 0; r < k->count; r++) {
        cn__text_printf(out, "\n%*s%s", (int)(first - cn__text_width(k->names[r])), "", k->names[r]);
        for (size_t c = 0; c < k->count; c++) {
            size_t n = k->confusion[r * k->count + c];
            if (n) cn__text_printf(out, " %*zu", (int)width, n);
            else cn__text_printf(out, " %*s.", (int)width - 1, "");
        }
    }
    cn__text_add(out, "\n");
}
