/* A class report over a number of classes that others decide: a lab's data, whose network may have more units. */
#ifndef CN_TRAIN_CLASS_REPORT_H
#define CN_TRAIN_CLASS_REPORT_H

#include "cornu/classes.h"

/* As cn_class_report_at; threshold NaN: the most probable class. A prediction beyond the classes is wrong, in no column. */
cn_class_report *cn__class_report_new(const cn_array *y_true, const cn_array *predictions, size_t classes,
                                      double threshold);

#endif
