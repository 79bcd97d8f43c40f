/* Unicode 15, table 3-7. */
#include "base/text/utf8.h"

#include <stdio.h>
#include <string.h>

size_t cn__utf8_length(const char *text, size_t left)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : 4;
    if (n == 1) return 1;
    if (*s < 0xc2 || *s > 0xf4 || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    bool overlong = (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xf0 && s[1] < 0x90);
    bool beyond = (*s == 0xed && s[1] > 0x9f) || (*s == 0xf4 && s[1] > 0x8f);
    return overlong || beyond ? 0 : n;
}

size_t cn__text_width(const char *utf8)
{
    size_t width = 0;
    for (; *utf8; utf8++) width += ((unsigned char)*utf8 & 0xC0) != 0x80; /* all but continuation bytes */
    return width;
}

uint32_t cn__utf8_next(const char **text)
{
    static const unsigned char first_bits[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *s = (const unsigned char *)*text;
    const size_t size = cn__utf8_length(*text, strnlen(*text, 4));
    *text += size ? size : 1;
    if (!size) return CN_NO_CHARACTER;
    uint32_t code = s[0] & first_bits[size];
    for (size_t i = 1; i < size; i++) code = code << 6 | (s[i] & 0x3Fu);
    return code;
}

bool cn__is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

bool cn__turns_direction(uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E ||
           code == 0x200F || code == 0x061C;
}

size_t cn__terminal_form(const char **text, char out[CN_TERMINAL_FORM])
{
    const char *from = *text;
    const uint32_t code = cn__utf8_next(text);
    if (code == CN_NO_CHARACTER) strcpy(out, "\uFFFD");
    else if (cn__turns_direction(code) || (code >= 0x2028 && cn__is_control(code)))
        snprintf(out, CN_TERMINAL_FORM, "\\u%04x", (unsigned)code);
    else if (cn__is_control(code) && code != '\n' && code != '\t')
        snprintf(out, CN_TERMINAL_FORM, "\\x%02x", (unsigned)code);
    else snprintf(out, CN_TERMINAL_FORM, "%.*s", (int)(*text - from), from);
    return strlen(out);
}
