/* Classifiers: the loss that fits a network's output, labels as that loss takes them, and what a trained classifier got
 * right and wrong.
 *
 *     const char *loss;
 *     if (cn_default_loss(m, &y, &loss) == CN_OK && cn_code_labels(m, loss, &y) == CN_OK)
 *         cn_model_compile(m, .loss = loss);
 *     …
 *     cn_model_predict(m, &x_test, &p);
 *     cn_class_report *r = cn_class_report_new(&labels_test, &p);
 *     char *text = cn_class_report_text(r, NULL);
 *     puts(text);
 *     cn_text_free(text);
 *     cn_class_report_free(r);
 */
#ifndef CORNU_CLASSES_H
#define CORNU_CLASSES_H

#include <stddef.h>

#include "cornu/array.h"
#include "cornu/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The loss that goes with the activation a network with one output ends in: softmax over several units
 * sparse_categorical_crossentropy where y (n) or (n, 1) has labels, else categorical_crossentropy; sigmoid
 * binary_crossentropy. Other activations have no loss of their own: CN_ERROR_ARGUMENT. A model that is not built is, where
 * its input is known, else CN_ERROR_STATE. *loss is not to be freed. */
CN_API CN_CHECK cn_status cn_default_loss(cn_model *model, const cn_array *y, const char **loss);

/* Labels (n) or (n, 1) of a whole-number type become rows of zeros with a one, (n, outputs), where `loss` takes such;
 * anything else is left as it is. The old array is freed. */
CN_API CN_CHECK cn_status cn_code_labels(cn_model *model, const char *loss, cn_array *y);

/* ---- what a classifier got right and wrong ------------------------------------------------------------------- */

/* Each as scikit-learn's confusion_matrix and classification_report define it; a ratio with nothing below its line is 0. */
typedef struct cn_class_report {
    size_t classes, samples;
    size_t
        *confusion; /* (classes, classes): samples of the row's class that were predicted as the column's */
    double *precision, *recall, *f1; /* (classes) */
    size_t *support;                 /* (classes): samples of it */
    double accuracy;
    double macro[3],
        weighted[3]; /* means of precision, recall and f1: of the classes, and weighted by support */
} cn_class_report;

/* From the true classes, labels (n) or (n, 1) or rows with a one (n, classes), and predictions (n, classes), or (n, 1) of a
 * network with one sigmoid unit. The most probable class is predicted, the first among equals. NULL and a message on failure:
 * a label that is no class, sizes that do not fit. */
CN_API cn_class_report *cn_class_report_new(const cn_array *y_true, const cn_array *predictions);
/* The same of two classes, where the second is predicted when its probability is over `threshold`. */
CN_API cn_class_report *cn_class_report_at(const cn_array *y_true, const cn_array *predictions,
                                           double threshold);
CN_API void cn_class_report_free(cn_class_report *report);
/* The class that a row of predictions says. */
CN_API size_t cn_predicted_class(const cn_array *predictions, size_t row);

/* As tables of text: precision, recall, f1-score and support of each class with their averages; and the confusion matrix,
 * `corner` being the text of its corner ("" or NULL: none). names (classes): NULL: numbers. Free them with cn_text_free;
 * NULL when out of memory. */
CN_API char *cn_class_report_text(const cn_class_report *report, const char *const *names);
CN_API char *cn_confusion_text(const cn_class_report *report, const char *const *names, const char *corner);

#ifdef __cplusplus
}
#endif

#endif
