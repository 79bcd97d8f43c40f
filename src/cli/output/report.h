/* --json: what a command reports, on the standard output or in a file. */
#ifndef CN_CLI_OUTPUT_REPORT_H
#define CN_CLI_OUTPUT_REPORT_H

#include <jansson.h>

#include "cornu/cornu.h"
#include "data/files/json.h"

/* With 9 significant digits, null for NaN and infinity. */
json_t *cn__report_number(double value);
json_t *cn__report_numbers(const double *values, size_t count);
/* [28, 28] */
json_t *cn__report_shape(const size_t *shape, int ndim);
/* {"loss": 0.1} */
json_t *cn__report_logs(const cn_logs *logs);

/* Writes a whole that began with cn__json_begin, and frees it. */
CN_CHECK cn_status cn__report_write(const char *path, json_t *root);

#endif
