/* Statements of data as Python code. */
#ifndef CN_LAB_PYTHON_PYTHON_DATA_H
#define CN_LAB_PYTHON_PYTHON_DATA_H

#include "lab/program/program.h"

/* A comment in the place of a statement that has no Keras code. */
void cn__python_none(cn__text *out, const cn__statement *statement);
/* dataset and what follows it. */
void cn__python_data(cn__text *out, const cn__lab_step *step);

#endif
