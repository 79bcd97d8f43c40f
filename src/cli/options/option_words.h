/* Messages about tables in the words of the command line. */
#ifndef CN_CLI_OPTIONS_OPTION_WORDS_H
#define CN_CLI_OPTIONS_OPTION_WORDS_H

#include <stdio.h>

#include "base/text/text.h"

/* "missing=drop leaves out 2 rows" as "--missing drop leaves out 2 rows". */
void cn__option_words(const char *text, cn__text *out);
void cn__print_option_words(FILE *file, const char *text);

#endif
