/* Pieces of C text: numbers, arrays, and the sections of c/runtime.c.in that a network calls. */
#include <stdlib.h>
#include <string.h>

#include "base/text/escape.h"
#include "formats/c/program.h"

extern const char cn__c_runtime[];

void cn__c_number(cn__text *text, float value)
{
    char digits[32];
    for (int precision = 1; precision <= 9; precision++) {
        cn__format(digits, sizeof digits, "%.*g", precision, (double)value);
        if ((float)cn__strtod(digits, NULL) == value) break;
    }
    cn__text_printf(text, "%s%sf", digits, strpbrk(digits, ".e") ? "" : ".0");
}

void cn__c_comment(cn__text *text, const char *name)
{
    cn__text_add(text, "    /* ");
    cn__c_comment_escape(text, name);
    cn__text_add(text, " */\n");
}

enum { NUMBERS_A_LINE = 8 };

cn_status cn__c_floats(cn__c_program *p, size_t step, const char *name, const float *values, size_t count,
                       const char **out)
{
    cn__text *text = &p->weights;
    *out = cn__arena_format(&p->arena, "w%zu_%s", step, name);
    if (!*out) return CN_ERROR_MEMORY;
    cn__text_printf(text, "static const float %s[%zu] = {", *out, count);
    for (size_t i = 0; i < count; i++) {
        cn__text_add(text, i % NUMBERS_A_LINE ? ", " : i ? ",\n    " : "\n    ");
        cn__c_number(text, values[i]);
    }
    cn__text_add(text, "};\n");
    p->weight_bytes += count * sizeof(float);
    return CN_OK;
}

const char *cn__c_buffer_text(cn__c_program *p, cn__c_buffer buffer)
{
    if (buffer.place == CN_C_INPUT) return "x";
    if (buffer.place == CN_C_OUTPUT) return "y";
    if (!buffer.offset) return "numbers";
    const char *text = cn__arena_format(&p->arena, "numbers + %zu", buffer.offset);
    return text ? text : "";
}

/* ---- sections --------------------------------------------------------------------------------------------- */

static const char mark[] = "//@ ";

/* The first section at or after `at`, NULL behind the last one. */
static const char *next_section(const char *at) { return strstr(at, mark); }

static const char *section_name(const char *section) { return section + sizeof mark - 1; }

static bool has_name(const char *section, const char *name, size_t length)
{
    const char *own = section_name(section);
    return strncmp(own, name, length) == 0 && own[length] == ':';
}

/* Those after the colon are asked for too. */
static void need(cn__c_program *p, const char *name, size_t length)
{
    int number = 0;
    const char *s = next_section(cn__c_runtime);
    while (s && !has_name(s, name, length)) s = next_section(s + 1), number++;
    if (!s || p->needed[number]) return;
    p->needed[number] = true;
    for (const char *at = section_name(s) + length + 1; *at != '\n';) {
        at += strspn(at, " ");
        size_t word = strcspn(at, " \n");
        if (word) need(p, at, word);
        at += word;
    }
}

void cn__c_need(cn__c_program *p, const char *section) { need(p, section, strlen(section)); }

void cn__c_sections(const cn__c_program *p, cn__text *out)
{
    int number = 0;
    for (const char *s = next_section(cn__c_runtime), *next; s; s = next, number++) {
        next = next_section(s + 1);
        const char *from = strchr(s, '\n') + 1;
        if (p->needed[number]) cn__text_add_bytes(out, from, next ? (size_t)(next - from) : strlen(from));
    }
}

cn_status cn__c_variable(cn__c_program *p, size_t step, const cn__variable *v, const char **out)
{
    *out = "NULL";
    if (!v) return CN_OK;
    size_t count = cn__variable_size(v);
    real *values = cn__arena_array(&p->arena, count, sizeof *values);
    if (!values) return CN_ERROR_MEMORY;
    cn__variable_gather(v, v->value, values);
    return cn__c_floats(p, step, v->name, values, count, out);
}
