/* A lab's blocks as the Python code that does the same with Keras, for a notebook in that language. */
#ifndef CN_LAB_PYTHON_PYTHON_CODE_H
#define CN_LAB_PYTHON_PYTHON_CODE_H

#include "lab/program/program.h"

/* What stands in the first cell: imports, and the functions that the other cells call. */
extern const char cn__notebook_helpers[];

/* The code of a part; a line that has no Keras code becomes a comment that says so. */
void cn__python_code(const cn__lab_part *part, cn__text *out);

#endif
