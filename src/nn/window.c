/* Windows over images and series. */
#include "nn/window.h"

#include <string.h>

cn_status cn__expand_ints(cn__arena *arena, const char *name, cn__ints *ints, size_t count, int64_t least)
{
    if (ints->count != 1 && ints->count != count)
        return cn__fail(CN_ERROR_ARGUMENT, "%s has %zu numbers, expected %zu, or one for all axes", name,
                        ints->count, count);
    int64_t *all = cn__arena_array(arena, count, sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        all[i] = ints->items[ints->count == 1 ? 0 : i];
        if (all[i] < least || all[i] > 1 << 20)
            return cn__fail(CN_ERROR_ARGUMENT, "%s = %lld, expected whole numbers from %lld", name,
                            (long long)all[i], (long long)least);
    }
    *ints = (cn__ints){.items = all, .count = count};
    return CN_OK;
}

static cn_status read_padding(cn__window *w, bool causal)
{
    static const char *const words[] = {"valid", "same", "causal"};
    const size_t count = causal ? 3 : 2;
    for (size_t i = 0; i < count; i++)
        if (strcmp(w->padding_word, words[i]) == 0) {
            w->padding = (cn__padding)i;
            return CN_OK;
        }
    return cn__fail_word(CN_ERROR_ARGUMENT, "padding", w->padding_word, words, count);
}

cn_status cn__window_prepare(cn__arena *arena, cn__layer *layer, cn__window *w, const char *size_name,
                             bool pooling, bool causal)
{
    static const int64_t one = 1;
    const size_t axes = (size_t)w->axes;
    CN_TRY(cn__expand_ints(arena, size_name, &w->size, axes, 1));
    if (!w->strides.count) w->strides = pooling ? w->size : (cn__ints){.items = &one, .count = 1};
    if (!w->dilation_rate.count) w->dilation_rate = (cn__ints){.items = &one, .count = 1};
    CN_TRY(cn__expand_ints(arena, "strides", &w->strides, axes, 1));
    CN_TRY(cn__expand_ints(arena, "dilation_rate", &w->dilation_rate, axes, 1));
    CN_TRY(cn__read_data_format(layer, w->data_format));
    return read_padding(w, causal);
}

cn_status cn__window_geometry(const cn__window *w, const cn__shape *in, cn__conv *out)
{
    char text[120];
    const int axes = w->axes, x = axes - 1;
    if (in->rank != axes + 1)
        return cn__fail(CN_ERROR_SHAPE, "it needs %s, got samples of shape %s",
                        axes == 2 ? "images (height, width, channels)" : "series (steps, channels)",
                        cn__shape_text(in, text, sizeof text));
    *out = (cn__conv){.h = axes == 2 ? in->dim[0] : 1,
                      .w = in->dim[x],
                      .c = in->dim[axes],
                      .kh = axes == 2 ? (size_t)w->size.items[0] : 1,
                      .kw = (size_t)w->size.items[x],
                      .sy = axes == 2 ? (size_t)w->strides.items[0] : 1,
                      .sx = (size_t)w->strides.items[x],
                      .dy = axes == 2 ? (size_t)w->dilation_rate.items[0] : 1,
                      .dx = (size_t)w->dilation_rate.items[x],
                      .oc = 1,
                      .groups = 1};
    if (w->padding == CN_PADDING_SAME) {
        cn__conv_same(out);
        return CN_OK;
    }
    const size_t before = w->padding == CN_PADDING_CAUSAL ? (out->kw - 1) * out->dx : 0;
    if ((out->kh - 1) * out->dy + 1 > out->h || (out->kw - 1) * out->dx + 1 > out->w + before)
        return cn__fail(CN_ERROR_SHAPE, "a window of %zu x %zu does not fit into samples of shape %s",
                        out->kh, out->kw, cn__shape_text(in, text, sizeof text));
    cn__conv_valid(out);
    out->left = before;
    out->ow = (out->left + out->w - (out->kw - 1) * out->dx - 1) / out->sx + 1;
    return CN_OK;
}

cn__shape cn__window_output(const cn__window *w, const cn__conv *g, size_t channels)
{
    if (w->axes == 1) return (cn__shape){.rank = 2, .dim = {g->ow, channels}};
    return (cn__shape){.rank = 3, .dim = {g->oh, g->ow, channels}};
}
