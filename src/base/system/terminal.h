/* What a stream may be sent besides plain text: colours, lines that are drawn again, and how wide they may be. */
#ifndef CN_BASE_SYSTEM_TERMINAL_H
#define CN_BASE_SYSTEM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum cn__color { CN_COLOR_AUTO = 0, CN_COLOR_ALWAYS, CN_COLOR_NEVER } cn__color;

/* For the whole process, as --color asks for. */
void cn__terminal_set_color(cn__color when);

/* AUTO: on a terminal that is not dumb, unless the environment has NO_COLOR (https://no-color.org). */
bool cn__terminal_has_color(FILE *stream);

/* Can a line be drawn over the one before? On a terminal whose TERM is set and not "dumb". */
bool cn__terminal_redraws(FILE *stream);

/* Columns of the terminal, at this moment; elsewhere $COLUMNS, or 80. */
size_t cn__terminal_width(FILE *stream);

/* The bytes of `utf8` that fill no more than `columns`. */
size_t cn__terminal_prefix(const char *utf8, size_t columns);

#endif
