/* Which statement a line is, by its first words; and what is reported of words that begin none. */
#include <ctype.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "cornu/data.h"
#include "lab/language/statement_make.h"
#include "nn/layer.h"

static const cn__statement_kind *kind(int verb) { return cn__statement_kind_of((cn__verb)verb); }

static size_t words_of(const char *p, char first[64], char second[64])
{
    size_t a = strcspn(p, " \t,("), space = strspn(p + a, " \t"), b = strcspn(p + a + space, " \t,(=");
    cn__format(first, 64, "%.*s", (int)(a < 63 ? a : 63), p);
    cn__format(second, 64, "%.*s", (int)(b < 63 ? b : 63), p + a + space);
    return a;
}

/* British and American, one and two words. */
static const struct synonym {
    const char *is, *means;
} synonyms[] = {{"normalize", "normalise"}, {"onehot", "one_hot"}, {"one-hot", "one_hot"}};

static const char *canonical(const char *word)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (strcmp(synonyms[i].is, word) == 0) return synonyms[i].means;
    return word;
}

/* A wrong second word of dataset or plot: `known` are those that there are. */
static cn_status fail_second(const char *first, const char *second)
{
    const char *known[CN_VERBS];
    char what[80];
    size_t n = 0, size = strlen(first);
    for (int i = 0; i < CN_VERBS; i++)
        if (strncmp(kind(i)->name, first, size) == 0 && kind(i)->name[size] == ' ')
            known[n++] = kind(i)->name + size + 1;
    if (!*second)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: what? Expected for example: %s %s m512", first, first,
                        known[0]);
    cn__format(what, sizeof what, "word after '%s':", first);
    cn_status status = cn__fail_word(CN_ERROR_ARGUMENT, what, second, known, n);
    if (cn__nearest_word(second, known, n)) return status;
    return cn__fail(status, "%s; for example: %s %s m512", cn_error(), first, known[0]);
}

/* The statement whose second word stands alone, "normalise" or "history"; NULL: there is none. */
static const char *longer_name(const char *word)
{
    for (int i = 0; i < CN_VERBS; i++) {
        const char *space = strchr(kind(i)->name, ' ');
        if (space && strcmp(space + 1, canonical(word)) == 0) return kind(i)->name;
    }
    return NULL;
}

static bool is_layer(const char *word)
{
    for (const char *const *name = cn__layer_names(); *name; name++)
        if (cn__same_name(*name, word)) return true;
    return false;
}

/* "small.compile", "history = small.fit(…)" and "import keras": Python's way to say what a statement says. */
static cn_status fail_python(const char *line, bool *is_python)
{
    static const char *const words[] = {"import", "from", "print", "def",   "for",
                                        "if",     "with", "class", "return"};
    char word[64], model[64];
    const char *equals = strpbrk(line, "=("),
               *call = equals && *equals == '=' && equals[1] != '=' ? equals + 1 : line;
    call += strspn(call, " \t");
    size_t before = strcspn(call, " \t.(,=\"'"),
           size = call[before] == '.' ? strcspn(call + before + 1, " \t.(,=") : 0;
    cn__format(model, sizeof model, "%.*s", (int)(before < 63 ? before : 63), call);
    cn__format(word, sizeof word, "%.*s", (int)(size < 63 ? size : 63), call + before + (size > 0));
    *is_python = true;
    for (int i = 0; size && i < CN_VERBS; i++)
        if (strcmp(kind(i)->name, word) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "'%s.%s' is Python; expected the lab's way: %s %s …", model,
                            word, word, strcmp(model, "model") == 0 ? "NAME" : model);
    if (strcmp(word, "add") == 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "'%s.add' is Python; a layer stands indented below its model's line", model);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (call == line && strcmp(words[i], model) == 0)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "'%s' is Python; a block holds the lab's own statements, as in dataset mnist",
                            words[i]);
    *is_python = false;
    return CN_OK;
}

/* "fit(a, epochs=5)" and "model = Sequential()": begun as a statement, and gone on with as in Python. */
static cn_status check_call(const char *name, const char *rest)
{
    const char *p = rest + strspn(rest, " \t");
    if (*rest == '(')
        return cn__fail(CN_ERROR_ARGUMENT, "'%s(' is Python; a statement has no parentheses: %s m512 …", name,
                        name);
    if (*p == '=' && p[1] != '=')
        return cn__fail(CN_ERROR_ARGUMENT, "'%s =' is Python; expected the lab's way: %s %s", name, name,
                        strcmp(name, "dataset") == 0 ? "mnist"
                        : strcmp(name, "model") == 0 ? "NAME, and its layers indented below it, one a line"
                                                     : "m512 …");
    return CN_OK;
}

static cn_status fail_first(const char *first)
{
    const char *known[CN_VERBS + 1], *longer = longer_name(first);
    if (longer)
        return cn__fail(CN_ERROR_ARGUMENT, "unknown statement '%s'; did you mean '%s'?", first, longer);
    if (is_layer(first))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "unknown statement '%s'; a layer stands indented below its model's line", first);
    size_t n = 0;
    for (int i = 0; i < CN_VERBS; i++)
        if (!strchr(kind(i)->name, ' ')) known[n++] = kind(i)->name;
    known[n++] = "plot";
    return cn__fail_word(CN_ERROR_ARGUMENT, "statement", first, known, n);
}

cn_status cn__check_dataset_name(const char *name, bool folders)
{
    const char *words[24];
    size_t n = 0;
    for (const char *const *known = cn_dataset_names(); *known && n < 12; known++) words[n++] = *known;
    for (size_t i = 0; i < n; i++)
        if (cn__same_name(words[i], name)) return CN_OK;
    for (int v = CN_VERB_DATASET_INFO; v <= CN_VERB_DATASET_ONE_HOT; v++)
        words[n++] = kind(v)->name + strlen("dataset ");
    if (folders && (cn__dir_exists(name) || !cn__nearest_word(name, words, n))) return CN_OK;
    return cn__fail_word(CN_ERROR_ARGUMENT, "data set, or word after 'dataset',", name, words, n);
}

cn_status cn__check_second(const char *p)
{
    char word[64];
    p += strspn(p, " \t");
    size_t size = strcspn(p, " \t,=(");
    bool plain = size > 0;
    for (size_t i = 0; i < size; i++)
        plain = plain && (isalnum((unsigned char)p[i]) || p[i] == '_' || p[i] == '-');
    if (!plain || p[size + strspn(p + size, " \t")] == '=') return CN_OK;
    cn__format(word, sizeof word, "%.*s", (int)(size < 63 ? size : 63), p);
    return cn__check_dataset_name(word, true);
}

cn_status cn__find_statement(const char *line, const cn__statement_kind **out, size_t *used)
{
    char first[64], second[64], both[130];
    size_t size = words_of(line, first, second);
    cn__format(both, sizeof both, "%s %s", first, canonical(second));
    *out = NULL;
    for (int i = 0; i < CN_VERBS; i++) {
        if (strcmp(kind(i)->name, both) == 0) {
            *out = kind(i);
            *used = size + strspn(line + size, " \t") + strlen(second);
            return CN_OK;
        }
        if (strcmp(kind(i)->name, first) == 0) *out = kind(i), *used = size;
    }
    if (*out) return check_call(first, line + size);
    bool is_python;
    cn_status status = fail_python(line, &is_python);
    if (is_python) return status;
    return strcmp(first, "plot") == 0 ? fail_second(first, second) : fail_first(first);
}
