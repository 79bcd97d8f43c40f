/* What machine this is, and what time. */
#ifndef CN_BASE_SYSTEM_SYSTEM_H
#define CN_BASE_SYSTEM_SYSTEM_H

#include <stdbool.h>

/* Processors this process may run on (affinity and cgroup limits respected), at least 1. */
int cn__cpu_count(void);
bool cn__cpu_has_avx2(void);   /* AVX2 with FMA and BMI2, and the system saves the registers */
bool cn__cpu_has_avx512(void); /* AVX-512 F, BW, DQ, VL */
/* "Intel(R) Xeon(R) Processor"; "unknown" if the system does not say. */
const char *cn__cpu_name(void);

/* Seconds from an arbitrary start, monotonic. */
double cn__clock(void);

#endif
