/* Which draw an element of a batch has. */
#include "nn/noise_shape.h"

static cn_status fail_shape(const cn__value *value, const cn__shape *shape)
{
    char text[120];
    cn__arena arena = {0};
    const char *given = cn__value_text(&arena, value);
    cn_status status = cn__fail(
        CN_ERROR_ARGUMENT,
        "noise_shape = %s for inputs of shape %s; expected none or 1 for the batch, and 1, none or its size for each axis",
        given ? given : "?", cn__shape_text(shape, text, sizeof text));
    cn__arena_free(&arena);
    return status;
}

/* Has the entry a draw for each of `size`? */
static bool read_entry(const cn__value *entry, size_t size, bool *each)
{
    *each = entry->kind == CN_VALUE_NONE;
    if (*each) return true;
    if (entry->kind != CN_VALUE_INT) return false;
    *each = entry->integer != 1;
    return entry->integer == 1 || (size && entry->integer == (int64_t)size);
}

cn_status cn__noise_shape_read(const cn__value *value, const cn__shape *shape, cn__noise_shape *out)
{
    size_t step = 1;
    bool each;
    *out = (cn__noise_shape){.rank = shape->rank, .size = cn__shape_size(shape)};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    if (value->kind != CN_VALUE_LIST || value->count != (size_t)shape->rank + 1)
        return fail_shape(value, shape);
    for (int i = shape->rank - 1; i >= 0; i--) {
        if (!read_entry(&value->items[i + 1], shape->dim[i], &each)) return fail_shape(value, shape);
        out->dim[i] = shape->dim[i];
        out->step[i] = each ? step : 0;
        if (each) step *= shape->dim[i];
    }
    if (!read_entry(&value->items[0], 0, &each)) return fail_shape(value, shape);
    out->sample = each ? step : 0;
    out->given = true;
    return CN_OK;
}

uint64_t cn__noise_draw(const cn__noise_shape *n, uint64_t element, size_t *count, bool *same)
{
    uint64_t draw = element / n->size * n->sample;
    size_t rest = (size_t)(element % n->size);
    *count = 1, *same = true;
    for (int i = n->rank - 1; i >= 0; i--) {
        const size_t at = rest % n->dim[i];
        if (i == n->rank - 1) *count = n->dim[i] - at, *same = n->step[i] == 0;
        draw += at * n->step[i];
        rest /= n->dim[i];
    }
    return draw;
}
