/* The words of the notation, as its parser (value_parse.c) and its printer (value_print.c) know them. */
#ifndef CN_BASE_TEXT_VALUE_WORDS_H
#define CN_BASE_TEXT_VALUE_WORDS_H

#include "base/text/value.h"

static inline bool cn__word_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool cn__word_is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/* May the character stand in a word without quotes? */
bool cn__word_is_bare(char c);

typedef enum cn__number_form { CN_FORM_NONE, CN_FORM_INTEGER, CN_FORM_DECIMAL } cn__number_form;
/* NONE: the word is no number. */
cn__number_form cn__number_form_of(const char *word);

/* true, none, inf, …; NULL: the word is none of them. */
const cn__value *cn__word_constant(const char *word);
/* `keras.optimizers.Adam(…)` is Adam(…): where a name is called, the modules before it say nothing. */
const char *cn__word_without_modules(const char *name);

/* Pairs: what stands behind a backslash, and the character that it means. */
extern const char cn__word_escapes[];

#endif
