/* A lab document that is the standard input. */
#ifndef CN_CLI_INPUT_DOCUMENT_H
#define CN_CLI_INPUT_DOCUMENT_H

#include "lab/options.h"

/* *path "-" becomes a name for messages, and lab->text what was read; *text is the same, to be freed with cn__free. Other paths
 * stay. */
CN_CHECK cn_status cn__document_input(const char **path, cn__lab_options *lab, char **text);

#endif
