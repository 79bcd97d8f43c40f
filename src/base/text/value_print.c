/* The printer of the notation: what the parser reads back as the same value. It puts into quotes whatever the parser would take
 * for something else. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "base/text/value_words.h"

static void print_quoted(cn__text *text, const char *word)
{
    cn__text_add(text, "'");
    for (; *word; word++) {
        char escaped[3] = {'\\', '\0', '\0'};
        for (const char *pair = cn__word_escapes; *pair; pair += 2)
            if (pair[1] == *word && *word != '"') escaped[1] = *pair;
        cn__text_add_bytes(text, escaped[1] ? escaped : word, escaped[1] ? 2 : 1);
    }
    cn__text_add(text, "'");
}

static void print_key(cn__text *text, const char *key)
{
    const char *at = key;
    while (cn__word_is_bare(*at)) at++;
    if (at > key && !*at) cn__text_add(text, key);
    else print_quoted(text, key);
}

static void print_word(cn__text *text, const char *word, bool called)
{
    bool taken = cn__word_constant(word) || cn__number_form_of(word) != CN_FORM_NONE ||
                 (called && cn__word_without_modules(word) != word);
    if (taken) print_quoted(text, word);
    else print_key(text, word);
}

/* The fewest of 15 to 17 digits that read back as the same number; always with a point or an exponent. */
static void print_float(cn__text *text, double number)
{
    if (!isfinite(number)) {
        cn__text_add(text, isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        cn__format(digits, sizeof digits, "%.*g", precision, number);
        if (cn__strtod(digits, NULL) == number) break;
    }
    cn__text_add(text, digits);
    if (!strpbrk(digits, ".e")) cn__text_add(text, ".0");
}

static void print_value(cn__text *text, const cn__value *value);

static void print_items(cn__text *text, const cn__value *value, const char *marks, const char *between)
{
    cn__text_add_bytes(text, marks, 1);
    for (size_t i = 0; i < value->count; i++) {
        if (i) cn__text_add(text, ", ");
        if (between && value->names && value->names[i]) {
            print_key(text, value->names[i]);
            cn__text_add(text, between);
        }
        print_value(text, &value->items[i]);
    }
    cn__text_add_bytes(text, marks + 1, 1);
}

static void print_value(cn__text *text, const cn__value *value)
{
    switch (value->kind) {
    case CN_VALUE_NONE: cn__text_add(text, "none"); break;
    case CN_VALUE_BOOL: cn__text_add(text, value->boolean ? "true" : "false"); break;
    case CN_VALUE_INT: cn__text_printf(text, "%lld", (long long)value->integer); break;
    case CN_VALUE_FLOAT: print_float(text, value->number); break;
    case CN_VALUE_WORD: print_word(text, value->word, false); break;
    case CN_VALUE_LIST: print_items(text, value, "[]", NULL); break;
    case CN_VALUE_MAP: print_items(text, value, "{}", ": "); break;
    case CN_VALUE_CALL:
        print_word(text, value->word, true);
        print_items(text, value, "()", "=");
        break;
    }
}

char *cn__value_text(cn__arena *arena, const cn__value *value)
{
    cn__text text = {0};
    print_value(&text, value);
    if (text.failed) (void)cn__fail_memory(text.capacity, "the text of a value");
    char *copy = text.failed ? NULL : cn__arena_strdup(arena, text.data);
    cn__text_free(&text);
    return copy;
}
