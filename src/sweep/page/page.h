/* One HTML page with a study in it: parallel coordinates, importance, fronts, learning curves, a table. It needs nothing
 * beside it, and asks nobody for anything. */
#ifndef CN_SWEEP_PAGE_H
#define CN_SWEEP_PAGE_H

#include "base/text/text.h"
#include "sweep/space.h"
#include "sweep/store/store_file.h"

/* Of a page that is served while the study runs: the trials that it shows, and when it was begun (cn__clock). */
typedef struct cn__runs_live {
    int64_t ended, running;
    double start;
} cn__runs_live;

/* live: NULL for a page that stays as it is. */
CN_CHECK cn_status cn__runs_page(sqlite3 *db, const char *path, int64_t study, const cn__runs_live *live,
                                 cn__text *out);
/* Serves the page on 127.0.0.1 until `stop`; study 0: the last one. */
CN_CHECK cn_status cn__runs_serve(sqlite3 *db, const char *path, int64_t study, uint64_t port,
                                  bool (*stop)(void));

#endif
