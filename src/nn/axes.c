/* Axes of a sample that a layer works over. */
#include "nn/axes.h"

#include "nn/ops.h"

cn_status cn__axes_read(const cn__ints *given, int rank, cn__axes *out)
{
    bool seen[CN_MAX_RANK] = {false};
    *out = (cn__axes){.rank = rank};
    if (!given->count) return cn__fail(CN_ERROR_ARGUMENT, "axis is empty; expected axes from 1, or -1");
    for (size_t i = 0; i < given->count; i++) {
        const int64_t at = given->items[i] < 0 ? given->items[i] + rank : given->items[i] - 1;
        if (at < 0 || at >= rank || seen[at])
            return cn__fail(CN_ERROR_ARGUMENT,
                            "axis = %lld: expected axes from 1 to %d, or from -1 to -%d, each once",
                            (long long)given->items[i], rank, rank);
        seen[at] = true;
    }
    for (int i = 0; i < rank; i++)
        if (seen[i]) out->axis[out->count++] = i;
    return CN_OK;
}

void cn__axes_dims(const cn__axes *a, const cn__shape *shape, size_t *dim)
{
    for (int i = 0; i < a->count; i++) dim[i] = shape->dim[a->axis[i]];
}

size_t cn__axes_size(const cn__axes *a, const cn__shape *shape)
{
    size_t size = 1;
    for (int i = 0; i < a->count; i++) size *= shape->dim[a->axis[i]];
    return size;
}

bool cn__axes_are_last(const cn__axes *a) { return a->axis[0] == a->rank - a->count; }

cn_status cn__axes_check(const cn__axes *a, const cn__layer *layer, const cn__shape *in)
{
    char text[120];
    bool same = in->rank == layer->in.rank;
    for (int i = 0; same && i < a->count; i++) same = in->dim[a->axis[i]] == layer->in.dim[a->axis[i]];
    if (same) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "layer %s was called before on other axes, got %s",
                    layer->name ? layer->name : layer->kind->class_name,
                    cn__shape_text(in, text, sizeof text));
}

/* The others, then the axes. */
static void order_of(const cn__axes *a, int *order)
{
    int next = 0, n = 0;
    for (int i = 0; i < a->rank; i++) {
        if (next < a->count && a->axis[next] == i) next++;
        else order[n++] = i;
    }
    for (int i = 0; i < a->count; i++) order[n++] = a->axis[i];
}

cn_status cn__axes_to_last(cn__lowering *l, const cn__axes *a, cn__ref *ref)
{
    int order[CN_MAX_RANK];
    const size_t together = cn__axes_size(a, &ref->shape);
    order_of(a, order);
    if (!cn__axes_are_last(a)) CN_TRY(cn__lower_permute(l, order, ref));
    ref->shape.rank = a->rank - a->count + 1;
    ref->shape.dim[ref->shape.rank - 1] = together;
    return CN_OK;
}

cn_status cn__axes_back(cn__lowering *l, const cn__axes *a, const cn__shape *shape, cn__ref *ref)
{
    int order[CN_MAX_RANK], back[CN_MAX_RANK];
    order_of(a, order);
    ref->shape.rank = a->rank;
    for (int i = 0; i < a->rank; i++) {
        ref->shape.dim[i] = shape->dim[order[i]];
        back[order[i]] = i;
    }
    return cn__axes_are_last(a) ? CN_OK : cn__lower_permute(l, back, ref);
}
