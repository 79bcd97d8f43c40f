/* One HTML page with a study in it: parallel coordinates, importance, fronts, learning curves, a table. It needs nothing
 * beside it, and asks nobody for anything. */
#ifndef CN_SWEEP_PAGE_H
#define CN_SWEEP_PAGE_H

#include "base/text/text.h"
#include "sweep/space.h"
#include "sweep/store/store_file.h"

CN_CHECK cn_status cn__runs_page(sqlite3 *db, const char *path, int64_t study, cn__text *out);

#endif
