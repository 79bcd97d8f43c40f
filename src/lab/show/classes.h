/* What a classifier got right and wrong: confusion matrix, precision, recall, F1. */
#ifndef CN_LAB_CLASSES_H
#define CN_LAB_CLASSES_H

#include "base/status.h"
#include "base/text.h"
#include "cornu/array.h"

typedef struct cn__classes {
    size_t count;
    const char *const *names;
    size_t *confusion;               /* (true, predicted) */
    double *precision, *recall, *f1; /* a class each */
    size_t *support;
    double accuracy, macro[3], weighted[3]; /* precision, recall, f1 */
    size_t total;
} cn__classes;

/* From predictions (n, classes), or (n, 1) for two classes, and labels (n). `threshold`: over which probability the second
 * of two classes is answered; NaN: one half. Free with cn__classes_free. */
CN_CHECK cn_status cn__classes_new(const cn_array *predictions, const cn_array *labels, size_t count,
                                   const char *const *names, double threshold, cn__classes *out);
void cn__classes_free(cn__classes *classes);
/* The class that a row of predictions says. */
size_t cn__predicted_class(const cn_array *predictions, size_t row);
/* The matrix as text for a terminal. */
void cn__classes_confusion_text(const cn__classes *classes, const char *corner, cn__text *out);

#endif
