/* Values of {{…}}: how they are made, what operators make of them, how they are printed. */
#include "lab/language/expression_value.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

cn_status cn__lab_number(cn__lab_value *out, double number)
{
    *out = (cn__lab_value){.kind = isnan(number) ? CN_LAB_MISSING : CN_LAB_NUMBER, .number = number};
    return CN_OK;
}

cn_status cn__lab_text(cn__lab_value *out, const char *text)
{
    *out = (cn__lab_value){.kind = CN_LAB_TEXT, .text = text ? text : ""};
    return CN_OK;
}

cn_status cn__lab_missing(cn__lab_value *out) { return cn__lab_number(out, (double)NAN); }

cn_status cn__lab_want_number(const cn__lab_value *q, const char *of)
{
    if (q->kind != CN_LAB_TEXT) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "'%s' takes numbers, got the text \"%.40s\"", of, q->text);
}

void cn__lab_set_number(cn__lab_value *q, double number)
{
    if (q->kind != CN_LAB_NUMBER) return;
    q->number = number;
    if (isnan(number)) q->kind = CN_LAB_MISSING;
}

cn_status cn__lab_combine(cn__lab_value *a, const cn__lab_value *b, const char *op)
{
    CN_TRY(cn__lab_want_number(a, op));
    CN_TRY(cn__lab_want_number(b, op));
    if (b->kind == CN_LAB_MISSING) a->kind = CN_LAB_MISSING;
    double x = a->number, y = b->number;
    switch (*op) {
    case '+': cn__lab_set_number(a, x + y); break;
    case '-': cn__lab_set_number(a, x - y); break;
    case '*': cn__lab_set_number(a, x * y); break;
    case '/': cn__lab_set_number(a, x / y); break;
    case 'a': cn__lab_set_number(a, x != 0 && y != 0); break;
    case 'o': cn__lab_set_number(a, x != 0 || y != 0); break;
    case '<': cn__lab_set_number(a, op[1] ? x <= y : x < y); break;
    case '>': cn__lab_set_number(a, op[1] ? x >= y : x > y); break;
    default: break;
    }
    return CN_OK;
}

cn_status cn__lab_compare(cn__lab_value *a, const cn__lab_value *b, bool wanted)
{
    if (a->kind == CN_LAB_MISSING || b->kind == CN_LAB_MISSING) {
        a->kind = CN_LAB_MISSING;
        return CN_OK;
    }
    if (a->kind != b->kind) return cn__fail(CN_ERROR_ARGUMENT, "'==' compares a text with a number");
    bool equal = a->kind == CN_LAB_TEXT ? strcmp(a->text, b->text) == 0 : a->number == b->number;
    *a = (cn__lab_value){.kind = CN_LAB_NUMBER, .number = equal == wanted};
    return CN_OK;
}

/* With `mark` one before every three digits of the whole part, if that has `least` digits. */
static void add_grouped(cn__text *out, const char *text, const char *mark, size_t least)
{
    size_t sign = *text == '-', digits = strspn(text + sign, "0123456789");
    cn__text_add_bytes(out, text, sign);
    for (size_t i = 0; i < digits; i++) {
        if (mark && digits >= least && i && (digits - i) % 3 == 0) cn__text_add(out, mark);
        cn__text_add_bytes(out, text + sign + i, 1);
    }
    cn__text_add(out, text + sign + digits);
}

cn_status cn__lab_print_number(cn__language language, double v, const char *format, size_t size,
                               cn__text *out)
{
    char spec[16], text[400];
    int digits = -1;
    cn__format(spec, sizeof spec, "%.*s", (int)(size < 15 ? size : 15), format);
    const char *p = spec;
    bool commas = *p == ',';
    p += commas;
    if (*p == '.' && isdigit((unsigned char)p[1])) {
        digits = 0;
        for (p++; isdigit((unsigned char)*p) && digits < 20; p++) digits = 10 * digits + *p - '0';
    }
    char kind = *p ? *p++ : 0;
    if (*p || (kind && !strchr("fegd%", kind)) || digits > 17)
        return cn__fail(CN_ERROR_ARGUMENT, "unknown format '%s', expected for example .4f, .1%%, d or ,",
                        spec);
    bool whole = v == floor(v) && fabs(v) < 1e15;
    if (kind == '%') cn__format(text, sizeof text, "%.*f%%", digits < 0 ? 1 : digits, 100 * v);
    else if (kind == 'e') cn__format(text, sizeof text, "%.*e", digits < 0 ? 2 : digits, v);
    else if (kind == 'g') cn__format(text, sizeof text, "%.*g", digits < 0 ? 6 : digits, v);
    else if (kind == 'd') cn__format(text, sizeof text, "%.0f", v);
    else cn__format(text, sizeof text, "%.*f", digits < 0 ? (whole ? 0 : 4) : digits, v);
    size_t least;
    const char *mark = cn__group_mark(language, &least);
    add_grouped(out, text, commas ? mark : NULL, least);
    return CN_OK;
}
