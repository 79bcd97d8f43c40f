/* Characters of UTF-8 text. */
#ifndef CN_BASE_TEXT_UTF8_H
#define CN_BASE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 character at `s`, of at most `left`; 0 if it is none (Unicode 15, table 3-7). */
size_t cn__utf8_length(const char *s, size_t left);

/* Columns a UTF-8 string takes on a terminal, one for each code point. */
size_t cn__text_width(const char *utf8);

/* The code point at *text, which moves on; CN_NO_CHARACTER for a byte that begins none. */
enum { CN_NO_CHARACTER = 0xFFFD };
uint32_t cn__utf8_next(const char **text);
bool cn__is_control(uint32_t code);
/* Characters that make a line read otherwise than it is stored (Unicode's annex 9; "Trojan Source"). */
bool cn__turns_direction(uint32_t code);

/* One character as a terminal shows it without obeying it, for buffers of fixed size: control characters and those that turn
 * the direction of writing by their codes. *text moves on; returns the bytes in `out`. */
enum { CN_TERMINAL_FORM = 8 };
size_t cn__terminal_form(const char **text, char out[CN_TERMINAL_FORM]);

#endif
