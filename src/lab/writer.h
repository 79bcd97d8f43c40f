/* A lab that has run, as files. */
#ifndef CN_LAB_WRITER_H
#define CN_LAB_WRITER_H

#include "lab/run/run.h"
#include "lab/language/catalogue.h"
#include "report/report.h"

/* Of the first `count` blocks; prose among them has its {{…}} still. Tells on `log` (or NULL) what was written. */
CN_CHECK cn_status cn__lab_write(cn__program_run *run, cn__block *blocks, size_t count, FILE *log);

#endif
