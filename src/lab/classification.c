/* Confusion matrix, and precision, recall and F1 of each class with their averages, as scikit-learn's
 * classification_report defines them. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "lab/lab.h"

static size_t largest(const cn_array *a, size_t row)
{
    size_t each = cn_array_sample_size(a), best = 0;
    if (each == 1) return (size_t)cn_array_at(a, row);
    for (size_t i = 1; i < each; i++)
        if (cn_array_at(a, row * each + i) > cn_array_at(a, row * each + best)) best = i;
    return best;
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
                          const char *const *names, cn__classes *out)
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
        size_t t = largest(labels, i), p = largest(predictions, i);
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

void cn__classes_confusion_text(const cn__classes *k, const char *corner, cn__text *out)
{
    cn__table t;
    cn__table_init(&t, k->count + 3);
    cn__table_add(&t, "%s", corner);
    for (size_t c = 0; c < k->count; c++) cn__table_add(&t, "%s", k->names[c]);
    cn__table_add(&t, "Σ");
    cn__table_add(&t, "recall");
    for (size_t r = 0; r < k->count; r++) {
        cn__table_add(&t, "%s", k->names[r]);
        for (size_t c = 0; c < k->count; c++) {
            size_t n = k->confusion[r * k->count + c];
            if (n) cn__table_add(&t, "%zu", n);
            else cn__table_add(&t, "·");
        }
        cn__table_add(&t, "%zu", k->support[r]);
        cn__table_add(&t, "%.3f", k->recall[r]);
    }
    cn__table_add(&t, "precision");
    for (size_t c = 0; c < k->count; c++) cn__table_add(&t, "%.3f", k->precision[c]);
    cn__table_add(&t, "%zu", k->total);
    cn__table_add(&t, "%.3f", k->accuracy);
    cn__table_text(&t, out);
    cn__table_free(&t);
}

static void add_line(cn__text *out, int width, const char *name, const double values[3], size_t support)
{
    cn__text_printf(out, "%*s  %9.2f %9.2f %9.2f %9zu\n", width, name, values[0], values[1], values[2],
                    support);
}

void cn__classes_report_text(const cn__classes *k, cn__text *out)
{
    int width = (int)strlen("weighted avg");
    for (size_t c = 0; c < k->count; c++)
        width = (int)strlen(k->names[c]) > width ? (int)strlen(k->names[c]) : width;
    cn__text_printf(out, "%*s  %9s %9s %9s %9s\n\n", width, "", "precision", "recall", "f1-score", "support");
    for (size_t c = 0; c < k->count; c++)
        add_line(out, width, k->names[c], (const double[3]){k->precision[c], k->recall[c], k->f1[c]},
                 k->support[c]);
    cn__text_printf(out, "\n%*s  %9s %9s %9.2f %9zu\n", width, "accuracy", "", "", k->accuracy, k->total);
    add_line(out, width, "macro avg", k->macro, k->total);
    add_line(out, width, "weighted avg", k->weighted, k->total);
}
