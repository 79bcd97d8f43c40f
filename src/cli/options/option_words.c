/* A table's options as the command line spells them. The reader and the preparation name them as labs and C do (missing=drop,
 * category=[zip]); a user of the command line reads --missing drop and --category zip. */
#include "cli/options/option_words.h"

#include <ctype.h>
#include <string.h>

static const char *const known[] = {"bins",           "category",
                                    "date",           "decimal",
                                    "encoding",       "header",
                                    "ignore",         "log",
                                    "missing",        "missing_indicator",
                                    "missing_values", "number",
                                    "plain_quotes",   "separator",
                                    "skip_bad_rows",  "text"};

/* The option whose name and = stand here, and how long they are; NULL: there is none. */
static const char *option_at(const char *text, size_t *size)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const size_t n = strlen(known[i]);
        if (strncmp(text, known[i], n) != 0 || text[n] != '=') continue;
        *size = n + 1;
        return known[i];
    }
    return NULL;
}

/* Up to the mark that ends a value within a sentence. */
static size_t value_size(const char *text)
{
    if (*text == '"') {
        const char *end = strchr(text + 1, '"');
        return end ? (size_t)(end - text) + 1 : strlen(text);
    }
    if (*text == '[') {
        const char *end = strchr(text, ']');
        return end ? (size_t)(end - text) + 1 : strlen(text);
    }
    return strcspn(text, " ,;:)\n");
}

static void add_value(cn__text *out, const char *value, size_t size)
{
    const bool list = *value == '[' && size >= 2, spaced = list && memchr(value, ' ', size);
    if (list) value++, size -= 2;
    if (!size) return;
    cn__text_add(out, spaced ? " \"" : " ");
    cn__text_add_bytes(out, value, size);
    if (spaced) cn__text_add(out, "\"");
}

void cn__option_words(const char *text, cn__text *out)
{
    for (const char *p = text; *p;) {
        size_t size = 0;
        const bool begins = p == text || isspace((unsigned char)p[-1]) || p[-1] == '(';
        const char *name = begins ? option_at(p, &size) : NULL;
        if (!name) {
            cn__text_add_bytes(out, p++, 1);
            continue;
        }
        cn__text_add(out, "--");
        for (const char *q = name; *q; q++) cn__text_add_bytes(out, *q == '_' ? "-" : q, 1);
        const size_t value = value_size(p + size);
        if (value != 4 || strncmp(p + size, "true", 4) != 0 || strcmp(name, "header") == 0)
            add_value(out, p + size, value);
        p += size + value;
    }
}

void cn__print_option_words(FILE *file, const char *text)
{
    cn__text words = {0};
    cn__option_words(text, &words);
    fputs(words.failed || !words.data ? text : words.data, file);
    cn__text_free(&words);
}
