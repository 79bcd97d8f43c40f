/* ARFF (https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/): the names and kinds of the columns stand
 * above rows of cells that commas part. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/table/steps.h"

static const char *line_end(const char *p)
{
    const char *end = strchr(p, '\n');
    return end ? end : p + strlen(p);
}

static bool begins(const char *p, const char *word) { return strncasecmp(p, word, strlen(word)) == 0; }

/* The first line that is no comment begins with @relation. */
static bool is_arff(const char *p)
{
    while (*p && (*p == '%' || isspace((unsigned char)*p))) p = *p == '%' ? line_end(p) : p + 1;
    return begins(p, "@relation");
}

typedef struct attributes {
    const char **names;
    bool *words;
    size_t count, capacity;
} attributes;

static cn_status grow(cn__arena *arena, attributes *a)
{
    size_t capacity = a->capacity ? 2 * a->capacity : 32;
    const char **names = cn__arena_array(arena, capacity, sizeof *names);
    bool *words = cn__arena_array(arena, capacity, sizeof *words);
    if (!names || !words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < a->count; i++) names[i] = a->names[i], words[i] = a->words[i];
    a->names = names, a->words = words, a->capacity = capacity;
    return CN_OK;
}

/* NAME TYPE, where the name may be in quotes. */
static cn_status read_attribute(cn__arena *arena, const cn__source_text *t, const char *p, const char *end,
                                size_t line, attributes *a)
{
    static const char *const numbers[] = {"numeric", "real", "integer"};
    if (a->count == a->capacity) CN_TRY(grow(arena, a));
    while (p < end && isspace((unsigned char)*p)) p++;
    char quote = p < end && (*p == '\'' || *p == '"') ? *p++ : '\0';
    const char *name = p;
    while (p < end && (quote ? *p != quote : !isspace((unsigned char)*p) && *p != '{')) p++;
    a->names[a->count] = cn__arena_format(arena, "%.*s", (int)(p - name), name);
    if (!a->names[a->count]) return CN_ERROR_MEMORY;
    p += quote && p < end;
    while (p < end && isspace((unsigned char)*p)) p++;
    if (p == end)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s, line %zu: @attribute %s has no type; expected numeric, or words in braces",
                        t->path, line, a->names[a->count]);
    a->words[a->count] = true;
    for (size_t i = 0; i < 3; i++)
        if (begins(p, numbers[i])) a->words[a->count] = false;
    a->count++;
    return CN_OK;
}

cn_status cn__table_arff(cn__arena *arena, cn__source_text *t, bool *is)
{
    attributes a = {0};
    const char *p = t->bytes + t->begin;
    size_t line = 1;
    *is = is_arff(p);
    if (!*is) return CN_OK;
    for (; *p && !begins(p, "@data"); line++) {
        const char *end = line_end(p);
        if (begins(p, "@attribute"))
            CN_TRY(read_attribute(arena, t, p + strlen("@attribute"), end, line, &a));
        p = *end ? end + 1 : end;
        while (*p == ' ' || *p == '\t') p++;
    }
    if (!*p || !a.count)
        return cn__fail(CN_ERROR_FORMAT, "%s is an ARFF file without %s", t->path,
                        *p ? "@attribute" : "@data");
    p = line_end(p);
    p += *p == '\n';
    if (*(p + strspn(p, " \t\r\n")) == '{')
        return cn__fail(CN_ERROR_FORMAT, "%s, line %zu: sparse ARFF rows, in braces, are not read", t->path,
                        line + 1);
    t->begin = (size_t)(p - t->bytes);
    t->first_line = line + 1;
    t->layout =
        (cn__layout){.separator = ',', .quote = strchr(p, '\'') ? '\'' : '"', .decimal = '.', .comment = '%'};
    t->form = "ARFF";
    t->names = a.names, t->words = a.words, t->name_count = a.count;
    return CN_OK;
}
