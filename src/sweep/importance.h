/* Which dimensions of a study count. */
#ifndef CN_SWEEP_IMPORTANCE_H
#define CN_SWEEP_IMPORTANCE_H

#include "sweep/study.h"

/* How much of the variance of the first goal a dimension explains by itself, from 0 to 1: ω² (Hays, "Statistics", 1963) of the
 * goal over bins of the dimension, (SSB - (B - 1) · MSW) / (SST + MSW). SSB and SST are the sums of squares between bins and in
 * all, MSW the mean square within bins; the B bins are the choices of a list, else up to eight of equally many trials. Of
 * complete trials; 0 with fewer than eight of them. NaN when out of memory. */
double cn__importance(const cn__study *study, size_t dimension);

#endif
