/* The notebook's PNGs in the cache of results, by what they are drawn from. */
#ifndef CN_LAB_PICTURES_H
#define CN_LAB_PICTURES_H

#include "lab/cache.h"
#include "report/report.h"

/* `cache` may be NULL: then nothing is found and nothing kept. */
cn__report_pictures cn__pictures_of(cn__cache *cache);

#endif
