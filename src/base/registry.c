#include "base/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/text/text.h"

enum { MAX_NAMES = 256 }; /* listed in a message */

static bool is_called(const cn__kind *kind, const char *name)
{
    if (cn__same_name(name, kind->name) || cn__same_name(name, kind->class_name)) return true;
    for (size_t i = 0; i < CN_MAX_ALIASES && kind->aliases[i]; i++)
        if (cn__same_name(name, kind->aliases[i])) return true;
    return false;
}

const cn__kind *cn__registry_find(const cn__registry *registry, const char *name)
{
    for (const cn__kind *const *kind = registry->kinds; *kind; kind++)
        if (is_called(*kind, name)) return *kind;
    return NULL;
}

typedef struct list {
    const char *name[MAX_NAMES];
    size_t count;
} list;

static void add(list *to, const char *name)
{
    for (size_t i = 0; i < to->count; i++)
        if (strcmp(to->name[i], name) == 0) return;
    if (to->count < MAX_NAMES) to->name[to->count++] = name;
}

static void add_names(list *to, const cn__registry *registry)
{
    for (const cn__kind *const *kind = registry->kinds; *kind; kind++) add(to, (*kind)->name);
}

static void add_aliases(list *to, const cn__registry *registry)
{
    for (const cn__kind *const *kind = registry->kinds; *kind; kind++)
        for (size_t i = 0; i < CN_MAX_ALIASES && (*kind)->aliases[i]; i++) add(to, (*kind)->aliases[i]);
}

cn_status cn__registry_fail(const cn__registry *registry, const cn__registry *also, const char *name)
{
    list names = {.count = 0};
    add_names(&names, registry);
    if (also) add_names(&names, also);
    add_aliases(&names, registry);
    if (also) add_aliases(&names, also);
    return cn__fail_word(CN_ERROR_ARGUMENT, registry->noun, name, names.name, names.count);
}

cn_status cn__registry_kind(const cn__registry *registry, const cn__value *value, const cn__kind **out)
{
    const char *name = cn__value_name(value);
    if (!name) {
        cn__arena arena = {0};
        const char *text = cn__value_text(&arena, value);
        cn_status status = !text ? CN_ERROR_MEMORY
                                 : cn__fail(CN_ERROR_ARGUMENT, "%s: got %s, expected a name, as in %s",
                                            registry->noun, text, registry->example);
        cn__arena_free(&arena);
        return status;
    }
    *out = cn__registry_find(registry, name);
    return *out ? CN_OK : cn__registry_fail(registry, NULL, name);
}

cn_status cn__registry_read(cn__arena *arena, const cn__registry *registry, const cn__value *value,
                            const cn__kind **kind, void **config)
{
    char what[120];
    CN_TRY(cn__registry_kind(registry, value, kind));
    const cn__kind *k = *kind;
    *config = k->config_size ? cn__arena_alloc(arena, k->config_size) : NULL;
    if (k->config_size && !*config) return CN_ERROR_MEMORY;
    snprintf(what, sizeof what, "%s %.60s", registry->noun, k->name);
    return cn__params_read(arena, what, k->params, k->param_count, value, *config);
}
