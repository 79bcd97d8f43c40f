/* sweep m over units=[32..512 log] optimizer=[adam, sgd] trials=100: what stands in brackets is searched. */
#include <ctype.h>
#include <string.h>

#include "base/text/format.h"
#include "base/text/text.h"
#include "lab/language/statement_make.h"

/* The length of the name before '=', points included; 0: there is none. *value: behind '='. */
static size_t name_size(const char *p, const char **value)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_' || p[n] == '.') n++;
    const char *equals = p + n + strspn(p + n, " \t");
    *value = *equals == '=' ? equals + 1 + strspn(equals + 1, " \t") : p;
    return *equals == '=' ? n : 0;
}

/* These take lists of their own. */
static bool takes_list(const char *name, size_t size)
{
    static const char *const names[] = {"objective", "callbacks"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && strncmp(names[i], name, size) == 0) return true;
    return false;
}

static bool is_param(const cn__statement_kind *kind, const char *name, size_t size)
{
    for (size_t i = 0; i < kind->param_count; i++)
        if (strlen(kind->params[i].name) == size && strncmp(kind->params[i].name, name, size) == 0)
            return true;
    return false;
}

/* Is it a misspelt argument, or a name to search over without brackets? */
static cn_status fail_argument(const cn__statement_kind *kind, const char *name, size_t size, const char *end)
{
    enum { MOST = 100 };
    const char *words[MOST] = {"objective", "callbacks"};
    char own[60];
    size_t n = 2;
    for (size_t i = 0; i < kind->param_count && n < MOST; i++) words[n++] = kind->params[i].name;
    cn__format(own, sizeof own, "%.*s", (int)size, name);
    const char *nearest = cn__nearest_word(own, words, n);
    if (nearest)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "sweep: unknown argument '%s'; did you mean '%s'? What is searched has its values or a range in "
            "brackets: %s=[…]",
            own, nearest, own);
    return cn__fail(CN_ERROR_ARGUMENT,
                    "sweep: '%.*s', expected values or a range to search in brackets: %s=[…]",
                    (int)(end - name), name, own);
}

static cn_status split(const cn__statement_kind *kind, const char *p, cn__text *rest, cn__text *space)
{
    static const char over[] = "over";
    while (*(p += strspn(p, " \t\r,"))) {
        const char *value;
        const size_t size = name_size(p, &value);
        const char *end = cn__argument_end(size ? value : p);
        const bool bracket = size && *value == '[' && !takes_list(p, size);
        if (size && !bracket && !is_param(kind, p, size)) return fail_argument(kind, p, size, end);
        cn__text *to = bracket ? space : rest;
        if ((size_t)(end - p) != strlen(over) || strncmp(p, over, strlen(over)) != 0) {
            cn__text_add(to, " ");
            cn__text_add_bytes(to, p, (size_t)(end - p));
        }
        p = end;
    }
    return CN_OK;
}

cn_status cn__take_space(cn__arena *arena, const cn__statement_kind *kind, const char *line,
                         const char **rest, const char **space)
{
    cn__text own = {0}, searched = {0};
    cn_status status = split(kind, line, &own, &searched);
    if (status == CN_OK && (own.failed || searched.failed)) status = cn__fail_memory(own.size, "a statement");
    *rest = status == CN_OK ? cn__arena_strdup(arena, own.data ? own.data : "") : NULL;
    *space = status == CN_OK ? cn__arena_strdup(arena, searched.data ? searched.data + 1 : "") : NULL;
    cn__text_free(&own);
    cn__text_free(&searched);
    return status == CN_OK && (!*rest || !*space) ? CN_ERROR_MEMORY : status;
}
