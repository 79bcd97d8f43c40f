/* A growing string. */
#ifndef CN_BASE_TEXT_TEXT_H
#define CN_BASE_TEXT_TEXT_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/text/format.h"
#include "base/status.h"
#include "base/text/utf8.h"

typedef struct cn__text {
    char *data; /* ends in '\0' once anything was added; NULL before */
    size_t size, capacity;
    bool failed; /* out of memory: later calls do nothing; check once at the end */
} cn__text;

void cn__text_add(cn__text *text, const char *string);
void cn__text_add_bytes(cn__text *text, const void *bytes, size_t size);
/* Where `size` bytes more have room, to be written there and counted in text->size; NULL when out of memory. */
char *cn__text_reserve(cn__text *text, size_t size);
void cn__text_printf(cn__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cn__text_free(cn__text *text);

/* Fails where `text` is not UTF-8; `what` is for the message: "layer dense: name". */
CN_CHECK cn_status cn__check_utf8(const char *what, const char *text);

#endif
