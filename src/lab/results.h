/* Everything that a lab found, as results.json and results.csv. */
#ifndef CN_LAB_RESULTS_H
#define CN_LAB_RESULTS_H

#include "lab/program/program.h"
#include "report/report.h"

/* A table of the report with its place. */
typedef struct cn__result_table {
    const char *statement, *caption;
    size_t line;
    const cn__report_table *table;
} cn__result_table;

/* Both files' texts. *hash becomes the SHA-256 of what does not depend on clocks. Seconds of epochs are left out
 * with --no-times. */
CN_CHECK cn_status cn__results_texts(const cn__program *program, const cn__result_table *tables,
                                     size_t table_count, cn__text *json, cn__text *csv, char hash[65]);

#endif
