/* The scale of a target: set, done and undone. */
#include "model/target_scale.h"

#include <string.h>

#include "base/dmath.h"
#include "model/model.h"

cn_status cn__model_set_target_scale(cn_model *model, const cn__target_scale *scales, size_t count)
{
    cn__target_scale *copy = cn__malloc((count + 1) * sizeof *copy);
    if (!copy) return CN_ERROR_MEMORY;
    memcpy(copy, scales, count * sizeof *copy);
    cn__free(model->target_scale);
    model->target_scale = copy;
    model->target_scales = count;
    return CN_OK;
}

double cn__target_scale_value(const cn_model *model, size_t i, double value)
{
    const cn__target_scale *s = &model->target_scale[i % model->target_scales];
    const double v = value * s->scale + s->shift;
    return s->log ? cn__expm1(v) : v;
}

void cn__target_scale_undo(const cn_model *model, const real *from, size_t count, real *to)
{
    for (size_t i = 0; i < count; i++) to[i] = (real)cn__target_scale_value(model, i, (double)from[i]);
}

cn_status cn__target_scale_apply(const cn_model *model, cn__arena *arena, const cn_array *y,
                                 const cn_array **out)
{
    const size_t count = cn_array_size(y);
    cn_array *scaled = cn__arena_alloc(arena, sizeof *scaled);
    real *values = cn__arena_array(arena, count + 1, sizeof *values);
    if (!scaled || !values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const cn__target_scale *s = &model->target_scale[i % model->target_scales];
        const double v = cn_array_at(y, i);
        if (s->log && !(v > -1))
            return cn__fail(CN_ERROR_DATA, "y holds %g, and log(1 + y) needs values over -1", v);
        values[i] = (real)(((s->log ? cn__log1p(v) : v) - s->shift) / s->scale);
    }
    *scaled = cn_array_view(sizeof(real) == 4 ? CN_FLOAT32 : CN_FLOAT64, values, y->ndim, y->shape);
    *out = scaled;
    return CN_OK;
}
