/* The inside of members: each file expression_*.c answers some of the members that expression_model.c finds by name. */
#ifndef CN_LAB_EXPRESSION_MEMBERS_H
#define CN_LAB_EXPRESSION_MEMBERS_H

#include "lab/show/expression_model.h"

/* expression_curves.c: has the fit that curve? Callbacks add names of their own. */
bool cn__member_exists(const cn__job *j, const char *name);
/* There is no such member; expected one of those that the fit has. */
cn_status cn__member_fail(const cn__job *j, const char *name);
/* What a training came to, NaN too; an epoch without validation has no value. */
cn_status cn__member_result(cn__lab_value *out, const char *name, double value);
/* NAME.ending, difference.NAME.ending, test.NAME */
CN_CHECK cn_status cn__member_curve(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                    size_t count, cn__lab_value *out);
CN_CHECK cn_status cn__member_difference(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                         size_t count, cn__lab_value *out);
CN_CHECK cn_status cn__member_test(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                   size_t count, cn__lab_value *out);

/* expression_classes.c: is it precision, recall, f1 or confusion? */
bool cn__is_class_member(const cn__segment *s);
CN_CHECK cn_status cn__member_classes(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                      size_t count, cn__lab_value *out);
/* OUTPUT.precision…, of a network with several outputs */
CN_CHECK cn_status cn__member_output_classes(const cn__scope *scope, const cn__job *j, const cn__segment *s,
                                             size_t count, cn__lab_value *out);

/* expression_repeats.c: repeat.NAME.ending, crossvalidate.NAME.ending */
CN_CHECK cn_status cn__member_repeat(const cn__scope *scope, const cn__lab_model *m, const cn__segment *s,
                                     size_t count, cn__lab_value *out);
CN_CHECK cn_status cn__member_crossvalidate(const cn__scope *scope, const cn__lab_model *m,
                                            const cn__segment *s, size_t count, cn__lab_value *out);

/* Seconds of all epochs of a fit; 0: it has not run. */
double cn__job_seconds(const cn__job *j);

#endif
