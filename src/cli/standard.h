/* '-' in the place of a file: the standard input or output. */
#ifndef CN_CLI_STANDARD_H
#define CN_CLI_STANDARD_H

#include <stdbool.h>

#include "base/status.h"

/* *path "-" becomes /dev/stdin, whose whole content is put into a temporary file first: what is read is looked at more than
 * once. Other paths stay. Fails when it is a terminal, or was taken for another option. `option` is for messages. */
CN_CHECK cn_status cn__standard_input(const char *option, const char **path);

/* *path "-" becomes /dev/stdout. */
CN_CHECK cn_status cn__standard_output(const char *option, const char **path);

/* Forgets which options took them, for a process that runs several command lines. */
void cn__standard_reset(void);

/* Did an option take the standard output for its own? Then messages go elsewhere. */
bool cn__standard_output_taken(void);

#endif
