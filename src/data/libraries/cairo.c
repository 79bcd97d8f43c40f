/* The functions of cairo and pango, found when the first drawing is made. */
#define CN__CAIRO_TABLE
#include "data/libraries/cairo.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "data/libraries/library.h"

#ifdef CN_LATER_CAIRO

cn__cairo_functions cn__cairo;

cn_status cn__cairo_load(void)
{
#define NAME(name) #name,
    static const char *const names[] = {CN__CAIRO_SYMBOLS(NAME) NULL};
    static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
    static bool loaded;
    pthread_mutex_lock(&once);
    cn_status status = loaded ? CN_OK : cn__library_load(CN_LATER_CAIRO, names, &cn__cairo);
    loaded = status == CN_OK;
    pthread_mutex_unlock(&once);
    return status == CN_OK
               ? CN_OK
               : cn__fail_in(
                     "figures and PNG pictures need pango (Debian: libpangocairo-1.0-0; Fedora: pango)");
}

#else

cn_status cn__cairo_load(void) { return CN_OK; }

#endif
