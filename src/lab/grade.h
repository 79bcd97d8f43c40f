/* Grading: the documents that students hand in are run, each confined in a process of its own and from the cache where it is
 * there, and what they found is held against the rules of a solution. */
#ifndef CN_LAB_GRADE_H
#define CN_LAB_GRADE_H

#include "lab/options.h"

/* `against`: a document with a fenced block `grade`, a line a rule: question, points, and an expression as in {{…}} that is
 * true for a right answer: "12.1 2 final.val_accuracy.last > 0.95". Writes options->out/grades.csv and grades.html, and each
 * submission's report in a folder of its name beside them. A submission that does not run gets no points; its row says why. */
CN_CHECK cn_status cn__lab_grade(const char *const *submissions, size_t count, const char *against,
                                 const cn__lab_options *options);

#endif
