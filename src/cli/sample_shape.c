/* The shape that a model wants its samples in. */
#include "cli/samples.h"
#include "model/model.h"

static cn_status reshape_samples(cn_array *x, const cn__shape *shape)
{
    size_t all[CN_MAX_DIMS] = {x->shape[0]};
    for (int i = 0; i < shape->rank; i++) all[i + 1] = shape->dim[i];
    return cn_array_reshape(x, shape->rank + 1, all);
}

cn_status cn__samples_shape(cn__samples *samples, cn_model *model)
{
    cn_array *x = &samples->x;
    CN_TRY(cn__model_check(model));
    const size_t size = cn_array_sample_size(x);
    const cn__shape *known = cn__model_known_input(model);
    if (known && cn__shape_size(known) == size) CN_TRY(reshape_samples(x, known));
    else if (!known && samples->named && !model->layers[0]->layer->kind->any_shape &&
             model->layers[0]->layer->kind->build)
        CN_TRY(reshape_samples(x, &(cn__shape){.rank = 1, .dim = {size}}));
    return cn_model_build(model, x->ndim - 1, x->shape + 1);
}
