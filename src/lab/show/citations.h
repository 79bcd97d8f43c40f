/* Citations in a lab's prose: [@key], [@key, p. 3; @other] and @key become authors and year, as links to the list of works
 * at the document's end. The works stand in the BibTeX file that the front matter names. */
#ifndef CN_LAB_CITATIONS_H
#define CN_LAB_CITATIONS_H

#include "lab/program/program.h"

/* Reads the file, if the document names one. */
CN_CHECK cn_status cn__citations_open(cn__program *program);

/* What stands at p, in `text`, if it is a citation: *end is behind it, and `out` has what is shown. *end == p: it is none.
 * Fails for a key that the file does not have. */
CN_CHECK cn_status cn__cite(const cn__program *program, const char *text, const char *p, const char **end,
                            cn__text *out);

/* Adds the works that were cited, with a heading unless the document ends with one of its own. */
void cn__citations_list(const cn__program *program, cn__text *out);

#endif
