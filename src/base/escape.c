/* One function for each place that text from outside is written to. Bytes that are not UTF-8 become U+FFFD
 * everywhere but in HTML and scripts, whose readers do that themselves. */
#include "base/escape.h"

#include <stdint.h>
#include <string.h>

void cn__html_escape(cn__text *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': cn__text_add(out, "&amp;"); break;
        case '<': cn__text_add(out, "&lt;"); break;
        case '>': cn__text_add(out, "&gt;"); break;
        case '"': cn__text_add(out, "&quot;"); break;
        default: cn__text_add_bytes(out, text, 1); break;
        }
    }
}

void cn__script_escape(cn__text *out, const char *json)
{
    for (const char *less; (less = strchr(json, '<')); json = less + 1) {
        cn__text_add_bytes(out, json, (size_t)(less - json));
        cn__text_add(out, "\\u003c");
    }
    cn__text_add(out, json);
}

/* ---- characters ------------------------------------------------------------------------------------------ */

enum { NO_CHARACTER = 0xFFFD };

/* The code point at *text, which moves on; NO_CHARACTER for a byte that begins none. */
static uint32_t next_character(const char **text)
{
    static const unsigned char first_bits[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *s = (const unsigned char *)*text;
    const size_t size = cn__utf8_length(*text, strnlen(*text, 4));
    *text += size ? size : 1;
    if (!size) return NO_CHARACTER;
    uint32_t code = s[0] & first_bits[size];
    for (size_t i = 1; i < size; i++) code = code << 6 | (s[i] & 0x3Fu);
    return code;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

/* Characters that make a line read otherwise than it is stored (Unicode's annex 9; "Trojan Source"). */
static bool turns_direction(uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E ||
           code == 0x200F || code == 0x061C;
}

static void add_character(cn__text *out, uint32_t code, const char *from, const char *to)
{
    if (code == NO_CHARACTER) cn__text_add(out, "\uFFFD");
    else cn__text_add_bytes(out, from, (size_t)(to - from));
}

/* ---- places ------------------------------------------------------------------------------------------------ */

void cn__c_comment_escape(cn__text *out, const char *text)
{
    uint32_t before = 0;
    for (const char *from = text; *from; from = text) {
        uint32_t code = next_character(&text);
        if (is_control(code) || turns_direction(code)) code = ' ';
        if ((before == '*' && code == '/') || (before == '/' && code == '*')) cn__text_add(out, " ");
        if (code == ' ') cn__text_add(out, " ");
        else add_character(out, code, from, text);
        before = code;
    }
    if (before == '/' || before == '*' || before == '\\')
        cn__text_add(out, " "); /* whatever comes behind it */
}

size_t cn__terminal_form(const char **text, char out[CN_TERMINAL_FORM])
{
    const char *from = *text;
    const uint32_t code = next_character(text);
    if (code == NO_CHARACTER) strcpy(out, "\uFFFD");
    else if (turns_direction(code) || (code >= 0x2028 && is_control(code)))
        snprintf(out, CN_TERMINAL_FORM, "\\u%04x", (unsigned)code);
    else if (is_control(code) && code != '\n' && code != '\t')
        snprintf(out, CN_TERMINAL_FORM, "\\x%02x", (unsigned)code);
    else snprintf(out, CN_TERMINAL_FORM, "%.*s", (int)(*text - from), from);
    return strlen(out);
}

void cn__terminal_escape(cn__text *out, const char *text)
{
    char form[CN_TERMINAL_FORM];
    while (*text) cn__text_add_bytes(out, form, cn__terminal_form(&text, form));
}

void cn__terminal_puts(const char *text, FILE *stream)
{
    char form[CN_TERMINAL_FORM];
    for (; *text; fputs(form, stream)) (void)cn__terminal_form(&text, form);
}

void cn__tag_escape(cn__text *out, const char *text)
{
    for (const char *from = text; *from; from = text) {
        const uint32_t code = next_character(&text);
        if (is_control(code)) cn__text_add(out, "_");
        else add_character(out, code, from, text);
    }
}
