/* Shared libraries that few commands need, loaded when one does: a program's loader takes longer to bring in libhdf5 and
 * libcurl, and the thirty libraries that these two need, than most commands take.
 *
 * A file that calls such a library names its functions in a list, and calls them through `lib`:
 *
 *     #define SYMBOLS(X) X(curl_easy_init) X(curl_easy_perform)
 *     CN__LATER(SYMBOLS, CN_LATER_CURL)
 *     …
 *     CN_TRY(load());
 *     CURL *curl = lib.curl_easy_init();
 *
 * CN_LATER_CURL is the library's name, "libcurl.so.4"; where the build does not define it, the program is linked with
 * the library and `lib` holds its functions from the start. */
#ifndef CN_DATA_LIBRARIES_LIBRARY_H
#define CN_DATA_LIBRARIES_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Loads `file` and puts the address of each symbol (names ends in NULL) into places, an array or a structure of pointers. Fails with a message that
 * names the library, or the symbol that it lacks. What is loaded stays. */
cn_status cn__library_load(const char *file, const char *const *names, void *places);

#define CN__LATER_FIELD(name) __typeof__(&name) name;
#define CN__LATER_NAME(name) #name,
#define CN__LATER_VALUE(name) &name,

/* `lib` and load(), which may be called by several threads and costs nothing the second time. */
#define CN__LATER(SYMBOLS, file)                                                                             \
    static struct {                                                                                          \
        SYMBOLS(CN__LATER_FIELD)                                                                             \
    } lib;                                                                                                   \
    static cn_status load(void)                                                                              \
    {                                                                                                        \
        static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;                                             \
        static const char *const names[] = {SYMBOLS(CN__LATER_NAME) NULL};                                   \
        static bool loaded;                                                                                  \
        pthread_mutex_lock(&once);                                                                           \
        cn_status status = loaded ? CN_OK : cn__library_load(file, names, &lib);                             \
        loaded = status == CN_OK;                                                                            \
        pthread_mutex_unlock(&once);                                                                         \
        return status;                                                                                       \
    }

/* The same where the program is linked with the library. */
#define CN__LINKED(SYMBOLS)                                                                                  \
    static const struct {                                                                                    \
        SYMBOLS(CN__LATER_FIELD)                                                                             \
    } lib = {SYMBOLS(CN__LATER_VALUE)};                                                                      \
    static cn_status load(void) { return CN_OK; }

#endif
