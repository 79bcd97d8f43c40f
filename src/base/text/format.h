/* Numbers and names as text, the same in every locale. */
#ifndef CN_BASE_TEXT_FORMAT_H
#define CN_BASE_TEXT_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* strtod, snprintf and vsnprintf that ignore the locale: the point is always the decimal mark. So do
 * cn__text_printf, cn__arena_format and messages. */
double cn__strtod(const char *text, char **end);
int cn__format(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int cn__vformat(char *out, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* "Adam" / "RandomNormal" / "L1L2" against "adam" / "random_normal" / "l1_l2": equal when letters and
 * digits agree, case and underscores ignored. */
bool cn__same_name(const char *a, const char *b);

/* "BatchNormalization" -> "batch_normalization", "Conv2D" -> "conv2d", as Keras names layers. */
void cn__snake_case(const char *class_name, char *out, size_t size);

/* 407050 -> "407,050". */
char *cn__with_commas(long long value, char *out, size_t size);

/* Bytes as Keras's summary shows them: "56.00 B", "1.55 MB" (powers of 1024). */
char *cn__byte_text(double bytes, char *out, size_t size);

#endif
