/* The notebook's PNGs in the cache of results, by what they are drawn from. */
#ifndef CN_LAB_SHOW_FIGURES_PICTURES_H
#define CN_LAB_SHOW_FIGURES_PICTURES_H

#include "lab/run/cache.h"
#include "report/report.h"

/* `cache` may be NULL: then nothing is found and nothing kept. */
cn__report_pictures cn__pictures_of(cn__cache *cache);
/* What they are kept as: with the versions of all that draws them, so that a newer cairo draws anew. */
void cn__pictures_kind(char *out, size_t size);

#endif
