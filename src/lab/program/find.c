/* Finding a program's models, and the lists that it is made of. */
#include <string.h>

#include "base/text/text.h"
#include "lab/program/analyzer.h"

cn__lab_model *cn__program_model(const cn__program *p, const char *name)
{
    for (size_t i = 0; i < p->model_count; i++)
        if (strcmp(p->models[i]->name, name) == 0) return p->models[i];
    return NULL;
}

bool cn__program_reported_unknown(const cn__program *p, const char *name)
{
    for (size_t i = 0; i < p->unknown_count; i++)
        if (strcmp(p->unknown[i], name) == 0) return true;
    return false;
}

cn_status cn__add_pointer(cn__arena *arena, void *list, size_t *count, const void *item)
{
    void ***items = list;
    if ((*count & (*count - 1)) == 0) { /* 0 and the powers of two: the room is used up */
        void **more = cn__arena_array(arena, *count ? 2 * *count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        for (size_t i = 0; i < *count; i++) more[i] = (*items)[i];
        *items = more;
    }
    (*items)[(*count)++] = (void *)item;
    return CN_OK;
}

/* Items of a list, or the value itself, with commas between. */
const char *cn__list_text(cn__arena *arena, const cn__value *value)
{
    cn__text text = {0};
    if (!value) return NULL;
    size_t count = value->kind == CN_VALUE_LIST ? value->count : 1;
    for (size_t i = 0; i < count; i++) {
        const char *item = cn__value_text(arena, value->kind == CN_VALUE_LIST ? &value->items[i] : value);
        cn__text_printf(&text, "%s%s", i ? ", " : "", item ? item : "");
    }
    const char *copy = cn__arena_strdup(arena, text.data ? text.data : "");
    cn__text_free(&text);
    return copy;
}

const char *cn__value_or(cn__arena *arena, const cn__value *value, const char *otherwise)
{
    return value ? cn__value_text(arena, value) : otherwise;
}
