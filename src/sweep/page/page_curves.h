/* Learning curves for the page of a study. */
#ifndef CN_SWEEP_PAGE_CURVES_H
#define CN_SWEEP_PAGE_CURVES_H

#include <jansson.h>

#include "sweep/space.h"
#include "sweep/store/store_file.h"

/* Adds {"name", "low", "high", "points", "epochs": […], "data": base64} for each metric that fits, the first
 * objective's first: (trials, points) 16-bit numbers from low to high, 65535 for none; a mean over a trial's networks. Long
 * trainings are thinned, so that all curves together take two megabytes at most. */
CN_CHECK cn_status cn__page_curves(sqlite3 *db, const char *path, int64_t study_id, const json_t *study,
                                   json_t *out);

#endif
