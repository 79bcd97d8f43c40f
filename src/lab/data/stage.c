/* Stages of the data as they are kept: their list, what they own, what others may look at. */
#include <string.h>

#include "data/data.h"
#include "lab/data/dataset_make.h"

cn__stage *cn__stage_add(cn__arena *arena, cn__stages *stages)
{
    if (stages->count == stages->capacity) {
        size_t capacity = stages->capacity ? 2 * stages->capacity : 16;
        cn__stage **items = cn__arena_array(arena, capacity, sizeof(cn__stage *));
        if (!items) return NULL;
        for (size_t i = 0; i < stages->count; i++) items[i] = stages->items[i];
        stages->items = items;
        stages->capacity = capacity;
    }
    cn__stage *stage = cn__arena_alloc(arena, sizeof *stage);
    return stage ? stages->items[stages->count++] = stage : NULL;
}

cn_array cn__borrow(const cn_array *a)
{
    cn_array view = *a;
    view.owned = false;
    return view;
}

void cn__stages_free(cn__stages *stages)
{
    for (size_t i = 0; i < stages->count; i++) {
        cn__stage *s = stages->items[i];
        cn_array *all[] = {&s->x,      &s->y,           &s->test_x, &s->test_y,
                           &s->labels, &s->test_labels, &s->images, &s->test_images};
        for (int k = 0; k < 8; k++) cn_array_free(all[k]);
        if (!s->before) cn_table_free(s->table);
        if (!s->before || s->before->preparation != s->preparation) cn_preparation_free(s->preparation);
    }
    for (size_t i = 0; i < stages->named_count; i++) {
        cn_dataset_free(stages->named[i]);
        cn__free(stages->named[i]);
    }
    cn__free(stages->named);
    *stages = (cn__stages){0};
}

const cn__stage *cn__stage_first(const cn__stage *s)
{
    while (s->before) s = s->before;
    return s;
}

cn_status cn__stage_class(const cn__stage *s, const char *name, size_t *out)
{
    for (*out = 0; *out < s->classes; ++*out)
        if (strcmp(s->class_names[*out], name) == 0) return CN_OK;
    return cn__fail_word(CN_ERROR_ARGUMENT, "class", name, s->class_names, s->classes);
}

bool cn__stage_has_images(const cn__stage *s) { return s->images.data != NULL; }

cn_dataset *cn__stages_add_dataset(cn__stages *stages)
{
    cn_dataset **grown = cn__realloc(stages->named, (stages->named_count + 1) * sizeof *grown);
    if (!grown) return NULL;
    stages->named = grown;
    grown[stages->named_count] = cn__calloc(1, sizeof **grown);
    return grown[stages->named_count] ? grown[stages->named_count++] : NULL;
}

void cn__stage_add_array(cn__text *text, const cn_array *a)
{
    char sum[33], shape[120];
    cn__fingerprint(a->data ? a->data : "", a->data ? cn_array_size(a) * cn_dtype_size(a->dtype) : 0, sum);
    cn__text_printf(text, "%s %s %s\n", cn_dtype_name(a->dtype), cn_array_shape_text(a, shape, sizeof shape),
                    sum);
}
