/* What @fig-… and @tbl-… of a lab's prose can refer to, known before anything runs. */
#ifndef CN_LAB_NAMES_H
#define CN_LAB_NAMES_H

#include "lab/program/program.h"

/* The names of the figures that a statement may show, "|" between: "history-%" is one for each of its models, "sample-*" one of
 * any ending; NULL: none. */
const char *cn__figure_names(cn__verb verb);
/* Is the name one of these? With `%` it ends in anything. */
bool cn__figure_is_named(cn__verb verb, const char *name);

/* Does the statement show a table with a number? Tables have one where they have captions. */
bool cn__shows_table(const cn__statement *statement);
/* The name of the table that a statement shows: "compare-m216", "report-final". */
const char *cn__table_name(const cn__statement *statement, char *out, size_t size);

/* Fails, with the nearest name, unless a picture, a figure or a table of the document is called so: "fig-history-relu". */
CN_CHECK cn_status cn__reference_check(const cn__program *program, const char *name);

#endif
