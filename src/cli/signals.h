/* Signals that ask the program to end: the first one ends the work at the next batch, and what was done is written; one
 * that comes while reports are drawn ends that, and temporary files are removed; a second one ends the program at once. */
#ifndef CN_CLI_SIGNALS_H
#define CN_CLI_SIGNALS_H

#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP, those left alone that the program's parent ignores (nohup, a shell's background). A pipe
 * whose reader is gone is a failed write from here on, not the end of a training. */
void cn__signals_catch(void);

bool cn__signals_came(void);
/* 128 and the number of the first that came: 130, 143, 129; 0: none. */
int cn__signals_code(void);

#endif
