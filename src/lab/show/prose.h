/* Prose of a lab: {{…}} in it becomes what the run found. */
#ifndef CN_LAB_PROSE_H
#define CN_LAB_PROSE_H

#include "lab/program/program.h"

/* Adds `text` (prose of the part with that index, its first line being `line`) with every {{…}} replaced; in code spans and
 * code blocks they stay. With `mistakes` nothing has run yet: each is checked, and what is wrong is added there with its
 * line. Without, values that are not there (left out by --only, or behind a failure) become the word for "not run". */
void cn__expand(const cn__program *program, size_t part, const char *text, size_t line,
                cn__mistakes *mistakes, cn__text *out);

#endif
