/* The version of these headers, and of the library that a program runs with.
 *
 *     if (strcmp(cn_version(), CN_VERSION) != 0) puts("compiled with another version than it runs with"); */
#ifndef CORNU_VERSION_H
#define CORNU_VERSION_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CN_VERSION_MAJOR 0
#define CN_VERSION_MINOR 1
#define CN_VERSION_PATCH 0
#define CN_VERSION "0.1.0"
/* For comparisons by the preprocessor: CN_VERSION_NUMBER >= 100 is 0.1.0 or later. */
#define CN_VERSION_NUMBER (CN_VERSION_MAJOR * 10000 + CN_VERSION_MINOR * 100 + CN_VERSION_PATCH)

/* The library's: "0.1.0". */
CN_API const char *cn_version(void);

#ifdef __cplusplus
}
#endif

#endif
