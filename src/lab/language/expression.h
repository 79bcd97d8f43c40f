/* The expression between {{ and }}. */
#ifndef CN_LAB_EXPRESSION_H
#define CN_LAB_EXPRESSION_H

#include "lab/show/expression_model.h"

/* Adds what begin … end comes to, in its format. */
CN_CHECK cn_status cn__expression(const cn__scope *scope, const char *begin, const char *end, cn__text *out);

#endif
