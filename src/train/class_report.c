/* Confusion matrix, and precision, recall and F1 of each class with their averages. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "train/class_report.h"

size_t cn_predicted_class(const cn_array *a, size_t row)
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
    if (isnan(threshold) || each > 2) return cn_predicted_class(a, row);
    return cn_array_at(a, row * each + each - 1) > threshold;
}

static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

static void measure(cn_class_report *r)
{
    for (size_t c = 0; c < r->classes; c++) {
        double right = (double)r->confusion[c * r->classes + c], predicted = 0;
        for (size_t i = 0; i < r->classes; i++) {
            predicted += (double)r->confusion[i * r->classes + c];
            r->support[c] += r->confusion[c * r->classes + i];
        }
        r->precision[c] = ratio(right, predicted);
        r->recall[c] = ratio(right, (double)r->support[c]);
        r->f1[c] = ratio(2 * r->precision[c] * r->recall[c], r->precision[c] + r->recall[c]);
        r->accuracy += right / (double)r->samples;
        const double of[3] = {r->precision[c], r->recall[c], r->f1[c]};
        for (int i = 0; i < 3; i++) {
            r->macro[i] += of[i] / (double)r->classes;
            r->weighted[i] += of[i] * (double)r->support[c] / (double)r->samples;
        }
    }
}

static cn_class_report *allocate(size_t classes, size_t samples)
{
    cn_class_report *r = cn__calloc(1, sizeof *r);
    if (!r) return NULL;
    *r = (cn_class_report){.classes = classes, .samples = samples};
    r->confusion = cn__calloc(classes * classes, sizeof *r->confusion);
    r->support = cn__calloc(classes, sizeof *r->support);
    r->precision = cn__calloc(3 * classes, sizeof *r->precision);
    if (r->confusion && r->support && r->precision) {
        r->recall = r->precision + classes, r->f1 = r->recall + classes;
        return r;
    }
    cn_class_report_free(r);
    return NULL;
}

void cn_class_report_free(cn_class_report *r)
{
    if (!r) return;
    cn__free(r->confusion);
    cn__free(r->support);
    cn__free(r->precision);
    cn__free(r);
}

/* The class of a sample: a label, or where the one stands. */
static cn_status true_class(const cn_array *y, size_t row, size_t classes, size_t *out)
{
    if (cn_array_sample_size(y) > 1) {
        *out = cn_predicted_class(y, row);
        return CN_OK;
    }
    const double label = cn_array_at(y, row);
    if (!(label >= 0 && label < (double)classes && label == floor(label)))
        return cn__fail(CN_ERROR_DATA, "sample %zu has label %g; expected a whole number from 0 to %zu", row,
                        label, classes - 1);
    *out = (size_t)label;
    return CN_OK;
}

static cn_status check(const cn_array *y, const cn_array *predictions, size_t classes, double threshold)
{
    if (!y->ndim || !predictions->ndim || !y->shape[0])
        return cn__fail(CN_ERROR_DATA, "a class report needs a sample at least");
    if (y->shape[0] != predictions->shape[0])
        return cn__fail(CN_ERROR_SHAPE, "%zu true classes and %zu predictions", y->shape[0],
                        predictions->shape[0]);
    const size_t each = cn_array_sample_size(y);
    if (each > 1 && each != classes)
        return cn__fail(CN_ERROR_SHAPE,
                        "rows of %zu true values for %zu classes; expected labels, or as many", each,
                        classes);
    if (!isnan(threshold) && classes != 2)
        return cn__fail(CN_ERROR_ARGUMENT, "threshold: there are %zu classes; it is for two", classes);
    return CN_OK;
}

cn_class_report *cn__class_report_new(const cn_array *y, const cn_array *predictions, size_t classes,
                                      double threshold)
{
    if (check(y, predictions, classes, threshold) != CN_OK) return NULL;
    cn_class_report *r = allocate(classes, y->shape[0]);
    for (size_t i = 0; r && i < r->samples; i++) {
        size_t class = 0, p = predicted(predictions, i, threshold);
        if (true_class(y, i, classes, &class) != CN_OK) {
            cn_class_report_free(r);
            return NULL;
        }
        if (p < classes) r->confusion[class * classes + p]++;
    }
    if (r) measure(r);
    return r;
}

static size_t class_count(const cn_array *predictions)
{
    const size_t each = predictions->ndim ? cn_array_sample_size(predictions) : 0;
    return each > 1 ? each : 2;
}

cn_class_report *cn_class_report_new(const cn_array *y_true, const cn_array *predictions)
{
    return cn__class_report_new(y_true, predictions, class_count(predictions), NAN);
}

cn_class_report *cn_class_report_at(const cn_array *y_true, const cn_array *predictions, double threshold)
{
    if (isnan(threshold)) {
        (void)cn__fail(CN_ERROR_ARGUMENT, "threshold: nan; expected a number");
        return NULL;
    }
    return cn__class_report_new(y_true, predictions, class_count(predictions), threshold);
}

/* ---- as text ------------------------------------------------------------------------------------------------- */

/* The text of a class: its name, or its number. */
static const char *name_of(const char *const *names, size_t class, char *digits, size_t size)
{
    if (names) return names[class];
    cn__format(digits, size, "%zu", class);
    return digits;
}

static void add_right(cn__text *out, const char *word, size_t width)
{
    const size_t own = cn__text_width(word);
    cn__text_printf(out, "%*s%s", (int)(width > own ? width - own : 0), "", word);
}

static char *finish(cn__text *out)
{
    if (!out->failed) return out->data;
    cn__fail_memory(out->size, "a text");
    cn__text_free(out);
    return NULL;
}

/* Every column as wide as its widest. */
char *cn_confusion_text(const cn_class_report *r, const char *const *names, const char *corner)
{
    cn__text out = {0};
    char digits[24];
    if (!corner) corner = "";
    size_t first = cn__text_width(corner), width = 5;
    for (size_t c = 0; c < r->classes; c++) {
        const size_t w = cn__text_width(name_of(names, c, digits, sizeof digits));
        first = w > first ? w : first;
        width = w > width ? w : width;
    }
    add_right(&out, corner, first);
    for (size_t c = 0; c < r->classes; c++)
        add_right(&out, name_of(names, c, digits, sizeof digits), width + 1);
    for (size_t row = 0; row < r->classes; row++) {
        cn__text_add(&out, "\n");
        add_right(&out, name_of(names, row, digits, sizeof digits), first);
        for (size_t c = 0; c < r->classes; c++) {
            const size_t n = r->confusion[row * r->classes + c];
            if (n) cn__text_printf(&out, " %*zu", (int)width, n);
            else add_right(&out, ".", width + 1);
        }
    }
    cn__text_add(&out, "\n");
    return finish(&out);
}

static void add_row(cn__text *out, size_t first, const char *name, const double v[3], size_t support)
{
    add_right(out, name, first);
    cn__text_printf(out, "  %9.2f %9.2f %9.2f %9zu\n", v[0], v[1], v[2], support);
}

char *cn_class_report_text(const cn_class_report *r, const char *const *names)
{
    static const char *const heads[] = {"precision", "recall", "f1-score", "support"};
    cn__text out = {0};
    char digits[24];
    size_t first = strlen("weighted avg");
    for (size_t c = 0; c < r->classes; c++) {
        const size_t w = cn__text_width(name_of(names, c, digits, sizeof digits));
        first = w > first ? w : first;
    }
    add_right(&out, "", first + 1);
    for (size_t i = 0; i < 4; i++) add_right(&out, heads[i], 10);
    cn__text_add(&out, "\n\n");
    for (size_t c = 0; c < r->classes; c++)
        add_row(&out, first, name_of(names, c, digits, sizeof digits),
                (const double[]){r->precision[c], r->recall[c], r->f1[c]}, r->support[c]);
    cn__text_add(&out, "\n");
    add_right(&out, "accuracy", first);
    cn__text_printf(&out, "  %29.2f %9zu\n", r->accuracy, r->samples);
    add_row(&out, first, "macro avg", r->macro, r->samples);
    add_row(&out, first, "weighted avg", r->weighted, r->samples);
    return finish(&out);
}
