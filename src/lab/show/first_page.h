/* What the first page of a report says in one table: the models that came out best, the data, the seed, the hash. */
#ifndef CN_LAB_FIRST_PAGE_H
#define CN_LAB_FIRST_PAGE_H

#include "lab/run/run.h"
#include "report/report.h"

/* The table lives in the program's arena. `hash`: of the results. */
CN_CHECK cn_status cn__first_page(const cn__program_run *run, const char *hash, cn__report_table *out);

#endif
