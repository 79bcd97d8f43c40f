/* A growing string, and small helpers on text. */
#ifndef CN_BASE_TEXT_H
#define CN_BASE_TEXT_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/status.h"

typedef struct cn__text {
    char *data; /* ends in '\0' once anything was added; NULL before */
    size_t size, capacity;
    bool failed; /* out of memory: later calls do nothing; check once at the end */
} cn__text;

void cn__text_add(cn__text *text, const char *string);
void cn__text_add_bytes(cn__text *text, const void *bytes, size_t size);
/* Where `size` bytes more have room, to be written there and counted in text->size; NULL when out of memory. */
char *cn__text_room(cn__text *text, size_t size);
void cn__text_printf(cn__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cn__text_free(cn__text *text);

/* "Adam" / "RandomNormal" / "L1L2" against "adam" / "random_normal" / "l1_l2": equal when letters and
 * digits agree, case and underscores ignored. */
bool cn__same_name(const char *a, const char *b);

/* "BatchNormalization" -> "batch_normalization", "Conv2D" -> "conv2d", as Keras names layers. */
void cn__snake_case(const char *class_name, char *out, size_t size);

/* 407050 -> "407,050". */
char *cn__with_commas(long long value, char *out, size_t size);

/* Bytes as Keras's summary shows them: "56.00 B", "1.55 MB" (powers of 1024). */
char *cn__byte_text(double bytes, char *out, size_t size);

/* Bytes of the UTF-8 character at `s`, of at most `left`; 0 if it is none (Unicode 15, table 3-7). */
size_t cn__utf8_length(const char *s, size_t left);

/* Fails where `text` is not UTF-8; `what` is for the message: "layer dense: name". */
CN_CHECK cn_status cn__check_utf8(const char *what, const char *text);

/* Columns a UTF-8 string takes on a terminal, one for each code point. */
size_t cn__text_width(const char *utf8);

/* strtod, snprintf and vsnprintf that ignore the locale: the point is always the decimal mark. So do
 * cn__text_printf, cn__arena_format and messages. */
double cn__strtod(const char *text, char **end);
int cn__format(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int cn__vformat(char *out, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
