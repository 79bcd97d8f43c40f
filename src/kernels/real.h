/* The number type of all arithmetic: float, or double in the copy of the core that the gradient
 * checks are linked with (CN_REAL_DOUBLE). */
#ifndef CN_KERNELS_REAL_H
#define CN_KERNELS_REAL_H

#include <float.h>
#include <math.h>
#include <stddef.h>

#ifdef CN_REAL_DOUBLE
typedef double real;
#define CN_REAL_MIN DBL_MIN
#define CN_REAL_MAX DBL_MAX
#else
typedef float real;
#define CN_REAL_MIN FLT_MIN
#define CN_REAL_MAX FLT_MAX
#endif

/* A vector of the kernels holds this many numbers on every instruction set, so that every one sums
 * in the same order; arrays that vectors run over are padded to a multiple of it. */
#define CN_LANES 16
#define CN_PAD(n) (((size_t)(n) + CN_LANES - 1) / CN_LANES * CN_LANES)

#endif
