/* Values of the notation as Python writes them, names as classes of Keras's. */
#ifndef CN_LAB_PYTHON_PYTHON_VALUE_H
#define CN_LAB_PYTHON_PYTHON_VALUE_H

#include "base/text/text.h"
#include "base/text/value.h"

/* What a name stands for, by the argument that it is given to. */
typedef enum cn__name_scope {
    CN_NAME_PLAIN,
    CN_NAME_LAYER,
    CN_NAME_OPTIMIZER,
    CN_NAME_SCHEDULE,
    CN_NAME_LOSS,
    CN_NAME_METRIC,
    CN_NAME_CALLBACK,
    CN_NAME_INITIALIZER,
    CN_NAME_REGULARIZER,
    CN_NAME_CONSTRAINT
} cn__name_scope;

/* 0.25, "relu", [1, 2], keras.initializers.RandomNormal(stddev=0.1). */
void cn__python_value(cn__text *out, const cn__value *value, cn__name_scope scope);
/* A string literal. */
void cn__python_string(cn__text *out, const char *text);

#endif
