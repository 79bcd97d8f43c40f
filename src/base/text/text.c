#include "base/text/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Makes room for `more` bytes and the '\0'. */
static bool reserve(cn__text *text, size_t more)
{
    if (text->failed) return false;
    if (more < text->capacity - text->size) return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    if (more < SIZE_MAX / 2 - text->size) {
        while (capacity <= text->size + more) capacity *= 2;
    } else {
        capacity = SIZE_MAX / 2; /* let malloc refuse it */
    }
    char *data = cn__realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void cn__text_add_bytes(cn__text *text, const void *bytes, size_t size)
{
    if (!reserve(text, size)) return;
    if (size) memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

char *cn__text_reserve(cn__text *text, size_t size)
{
    return reserve(text, size) ? text->data + text->size : NULL;
}

void cn__text_add(cn__text *text, const char *string) { cn__text_add_bytes(text, string, strlen(string)); }

void cn__text_printf(cn__text *text, const char *format, ...)
{
    va_list arguments, again;
    if (!reserve(text, 60)) return; /* for most, so that one go is enough */
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t left = text->capacity - text->size;
    int length = cn__vformat(text->data + text->size, left, format, arguments);
    if (length < 0) text->failed = true;
    else if ((size_t)length < left) text->size += (size_t)length;
    else if (reserve(text, (size_t)length)) {
        cn__vformat(text->data + text->size, (size_t)length + 1, format, again);
        text->size += (size_t)length;
    }
    if (text->failed) text->data[text->size] = '\0';
    va_end(again);
    va_end(arguments);
}

void cn__text_free(cn__text *text)
{
    cn__free(text->data);
    *text = (cn__text){0};
}

cn_status cn__check_utf8(const char *what, const char *text)
{
    size_t left = strlen(text);
    for (const char *at = text; left;) {
        size_t length = cn__utf8_length(at, left);
        if (!length)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: byte %zu, 0x%02x, is no UTF-8; expected a name in UTF-8",
                            what, (size_t)(at - text) + 1, (unsigned)(unsigned char)*at);
        at += length, left -= length;
    }
    return CN_OK;
}
