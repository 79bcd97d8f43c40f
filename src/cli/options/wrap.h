/* Text in lines that a terminal holds. */
#ifndef CN_CLI_OPTIONS_WRAP_H
#define CN_CLI_OPTIONS_WRAP_H

#include <stdio.h>

/* Words of `text` from column `at` on, wrapped at `width` and indented by `indent`. An empty line ends a paragraph. */
void cn__print_wrapped(FILE *out, int width, const char *text, int at, int indent);

/* A line of a table, "  name  rest": on a terminal what has no room goes on below, indented; elsewhere it stays one line. */
void cn__print_entry(const char *name, const char *rest);

#endif
