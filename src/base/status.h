/* How a function of the library fails: it leaves a message and returns a status. */
#ifndef CN_BASE_STATUS_H
#define CN_BASE_STATUS_H

#include <stddef.h>

#include "cornu/status.h"

/* Leaves the formatted message and returns `status`: return cn__fail(CN_ERROR_SHAPE, "…", …); */
cn_status cn__fail(cn_status status, const char *format, ...) CN_PRINTF(2, 3);

/* "unknown optimizer 'adma'; did you mean 'adam'? Known: adam, sgd, …". `words` has n entries. */
cn_status cn__fail_word(cn_status status, const char *what, const char *got, const char *const *words,
                        size_t n);

cn_status cn__fail_memory(size_t bytes, const char *what);

/* How often this thread has run out of memory. What is made of many small texts is whole if the number is the same after it
 * as before, whether or not every text was asked. */
unsigned long cn__memory_failures(void);
cn_status cn__check_memory(cn_status status, unsigned long failures_before, const char *what);

/* Puts "context: " before the message that is there, and returns its status. */
cn_status cn__fail_in(const char *format, ...) CN_PRINTF(1, 2);

/* The entry of `words` nearest to `got` (edit distance, case ignored), or NULL if none is near. */
const char *cn__nearest_word(const char *got, const char *const *words, size_t n);

/* Returns from the calling function with the status of a failing expression. */
#define CN_TRY(expression)                                                                                   \
    do {                                                                                                     \
        cn_status try_status_ = (expression);                                                                \
        if (try_status_ != CN_OK) return try_status_;                                                        \
    } while (0)

#endif
