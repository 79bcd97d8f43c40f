/* One function for each place that text from outside is written to. Bytes that are not UTF-8 become U+FFFD
 * everywhere but in HTML and scripts, whose readers do that themselves. */
#include "base/text/escape.h"

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

static void add_character(cn__text *out, uint32_t code, const char *from, const char *to)
{
    if (code == CN_NO_CHARACTER) cn__text_add(out, "\uFFFD");
    else cn__text_add_bytes(out, from, (size_t)(to - from));
}

/* ---- places ------------------------------------------------------------------------------------------------ */

void cn__c_comment_escape(cn__text *out, const char *text)
{
    uint32_t before = 0;
    for (const char *from = text; *from; from = text) {
        uint32_t code = cn__utf8_next(&text);
        if (cn__is_control(code) || cn__turns_direction(code)) code = ' ';
        if ((before == '*' && code == '/') || (before == '/' && code == '*')) cn__text_add(out, " ");
        if (code == ' ') cn__text_add(out, " ");
        else add_character(out, code, from, text);
        before = code;
    }
    if (before == '/' || before == '*' || before == '\\')
        cn__text_add(out, " "); /* whatever comes behind it */
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
        const uint32_t code = cn__utf8_next(&text);
        if (cn__is_control(code)) cn__text_add(out, "_");
        else add_character(out, code, from, text);
    }
}
