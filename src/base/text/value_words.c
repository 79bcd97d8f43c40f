/* What a bare word of the notation is: a name, a number, or one of the constants. */
#include "base/text/value_words.h"

#include <math.h>
#include <string.h>

bool cn__word_is_bare(char c)
{
    return cn__word_is_digit(c) || cn__word_is_letter(c) || (unsigned char)c >= 0x80 ||
           (c != '\0' && strchr("_-+./", c));
}

/* Skips digits; 10_000 may be written as in Python. */
static const char *skip_digits(const char *at)
{
    while (cn__word_is_digit(*at) || (*at == '_' && cn__word_is_digit(at[-1]) && cn__word_is_digit(at[1])))
        at++;
    return at;
}

cn__number_form cn__number_form_of(const char *word)
{
    const char *at = word + (*word == '-' || *word == '+');
    bool point = *at == '.';
    if (!cn__word_is_digit(at[point])) return CN_FORM_NONE;
    cn__number_form form = CN_FORM_INTEGER;
    if (!point) at = skip_digits(at);
    if (*at == '.') {
        form = CN_FORM_DECIMAL;
        at++;
        if (cn__word_is_digit(*at)) at = skip_digits(at);
    }
    if (*at == 'e' || *at == 'E') {
        form = CN_FORM_DECIMAL;
        at += 1 + (at[1] == '-' || at[1] == '+');
        if (!cn__word_is_digit(*at)) return CN_FORM_NONE;
        at = skip_digits(at);
    }
    return *at ? CN_FORM_NONE : form;
}

static const struct {
    const char *word;
    cn__value value;
} constants[] = {
    {"true", {.kind = CN_VALUE_BOOL, .boolean = true}},
    {"True", {.kind = CN_VALUE_BOOL, .boolean = true}},
    {"false", {.kind = CN_VALUE_BOOL}},
    {"False", {.kind = CN_VALUE_BOOL}},
    {"none", {.kind = CN_VALUE_NONE}},
    {"None", {.kind = CN_VALUE_NONE}},
    {"null", {.kind = CN_VALUE_NONE}},
    {"inf", {.kind = CN_VALUE_FLOAT, .number = INFINITY}},
    {"-inf", {.kind = CN_VALUE_FLOAT, .number = -INFINITY}},
    {"Infinity", {.kind = CN_VALUE_FLOAT, .number = INFINITY}},
    {"-Infinity", {.kind = CN_VALUE_FLOAT, .number = -INFINITY}},
    {"nan", {.kind = CN_VALUE_FLOAT, .number = NAN}},
    {"NaN", {.kind = CN_VALUE_FLOAT, .number = NAN}},
};

const cn__value *cn__word_constant(const char *word)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(word, constants[i].word) == 0) return &constants[i].value;
    return NULL;
}

const char cn__word_escapes[] = "n\nt\tr\r\\\\''\"\"";

const char *cn__word_without_modules(const char *name)
{
    const char *point = strrchr(name, '.');
    return point && cn__word_is_letter(point[1]) ? point + 1 : name;
}
