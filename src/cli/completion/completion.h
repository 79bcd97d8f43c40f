/* Scripts that complete the words of a command line, one file for each shell, all from the tables of the commands. */
#ifndef CN_CLI_COMPLETION_H
#define CN_CLI_COMPLETION_H

#include <stdio.h>

void cn__completion_bash(FILE *out);
void cn__completion_zsh(FILE *out);
void cn__completion_fish(FILE *out);

#endif
