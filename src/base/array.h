/* Arrays as the library's rooms need them, beside what the public header offers. */
#ifndef CN_BASE_ARRAY_H
#define CN_BASE_ARRAY_H

#include "cornu/array.h"

/* cn_array_to_float32 into memory that is there, for an array of a known type. */
void cn__array_fill_float32(float *out, const cn_array *a, float divide_by);

#endif
