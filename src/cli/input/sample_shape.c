/* The shape that a model wants its samples in. */
#include "cli/input/samples.h"
#include "model/model.h"

static cn_status reshape_samples(cn_array *x, const cn__shape *shape)
{
    size_t all[CN_MAX_DIMS] = {x->shape[0]};
    for (int i = 0; i < shape->rank; i++) all[i + 1] = shape->dim[i];
    return cn_array_reshape(x, shape->rank + 1, all);
}

/* Is it a row of values, but for axes of one? */
static bool is_flat(int rank, const size_t *dim)
{
    int long_axes = 0;
    for (int i = 0; i < rank; i++) long_axes += dim[i] != 1;
    return long_axes < 2;
}

/* (28, 28) for 784 values, and the other way; (4, 5) for (5, 4) is another order of axes, and refused with the model. */
cn_status cn__samples_shape(cn__samples *samples, cn_model *model)
{
    cn_array *x = &samples->x;
    CN_TRY(cn__model_check(model));
    if (samples->preparation) CN_TRY(cn_preparation_attach(samples->preparation, model));
    const size_t size = cn_array_sample_size(x);
    const cn__shape *known = cn__model_known_input(model);
    const bool flat = is_flat(x->ndim - 1, x->shape + 1) || (known && is_flat(known->rank, known->dim));
    if (known && cn__shape_size(known) == size && flat) CN_TRY(reshape_samples(x, known));
    else if (!known && samples->named && !model->layers[0]->layer->kind->any_shape &&
             model->layers[0]->layer->kind->build)
        CN_TRY(reshape_samples(x, &(cn__shape){.rank = 1, .dim = {size}}));
    return cn_model_build(model, x->ndim - 1, x->shape + 1);
}
