/* The table of catalogue.h as an array. */
#include "lab/language/catalogue.h"

#include <math.h>
#include <string.h>

#include "base/text/text.h"

#define PAIR(name_, es_, en_) {es_, en_},
static const char *const messages[CN_MSG_COUNT][CN_LANGUAGES] = {CN_CATALOGUE(PAIR)};

const char *cn__catalogue(cn__language language, cn__msg message) { return messages[message][language]; }

const char *cn__group_mark(cn__language language, size_t *least)
{
    *least = language == CN_SPANISH ? 5 : 4;
    return language == CN_SPANISH ? "\u00A0" : ",";
}

char *cn__grouped(cn__language language, long long value, char *out, size_t size)
{
    char digits[32];
    size_t least, at = 0;
    const char *mark = cn__group_mark(language, &least);
    cn__format(digits, sizeof digits, "%lld", value);
    const size_t sign = *digits == '-', n = strlen(digits + sign), width = strlen(mark);
    for (size_t i = 0; i < sign + n && at + width + 2 < size; i++) {
        const bool marked = i > sign && n >= least && (sign + n - i) % 3 == 0;
        if (marked) memcpy(out + at, mark, width), at += width;
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *cn__catalogue_stop(cn__arena *arena, cn__language language, const cn_stop *s, const char *text)
{
    cn__msg word;
    switch (s->kind) {
    case CN_STOP_EARLY:
        word = CN_COUNTED(STOP_EARLY, s->epochs);
        return cn__arena_format(arena, cn__catalogue(language, word), s->monitor, s->value, s->at, s->epochs);
    case CN_STOP_BELOW:
        word = CN_MSG_STOP_BELOW;
        return cn__arena_format(arena, cn__catalogue(language, word), s->monitor, s->value, s->limit, s->at);
    case CN_STOP_NAN:
        word = isnan(s->value) ? CN_MSG_STOP_NAN : CN_MSG_STOP_INFINITE;
        return cn__arena_format(arena, cn__catalogue(language, word), s->at);
    case CN_STOP_CALLBACK: return text;
    default: return "";
    }
}
