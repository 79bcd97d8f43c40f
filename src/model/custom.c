/* Losses and metrics that are functions of the caller's own. */
#include <string.h>

#include "cornu/custom.h"
#include "model/model.h"
#include "model/plan/plan.h"

static cn_array view_of(const real *values, int ndim, const size_t *shape)
{
    return cn_array_view(sizeof(real) == sizeof(float) ? CN_FLOAT32 : CN_FLOAT64, values, ndim, shape);
}

void cn__caller_arrays(const cn__shape *sample, size_t rows, size_t target_cols, const real *pred,
                       const real *target, const real *weight, cn__caller_views *out)
{
    const size_t each = cn__shape_size(sample) / cn__shape_last(sample), samples = rows / each;
    size_t shape[CN_MAX_RANK + 1] = {samples};
    for (int i = 0; i < sample->rank; i++) shape[i + 1] = sample->dim[i];
    out->pred = view_of(pred, sample->rank + 1, shape);
    out->y = view_of(target, 2, (size_t[]){samples, each * target_cols});
    out->has_weight = weight != NULL;
    if (weight) out->weight = view_of(weight, 2, (size_t[]){samples, each});
}

/* ---- losses ------------------------------------------------------------------------------------------------- */

static cn_status compute_loss(void *user, const cn__loss_rows *l, double *value)
{
    const cn__objective *o = user;
    const cn_loss_function *f = &o->loss_function;
    cn__caller_views views;
    cn__caller_arrays(l->sample, l->rows, o->caller_loss.target_cols, l->pred, l->target, l->weight, &views);
    cn_array gradient = views.pred;
    gradient.data = l->dpred;
    *value = 0;
    return f->compute(f->user, &views.y, &views.pred, views.has_weight ? &views.weight : NULL, value,
                      l->dpred ? &gradient : NULL);
}

static cn_status check_output(const cn_model *model, size_t output, const void *function, const char *what)
{
    if (!model || !function)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: the %s is NULL", what, model ? "function" : "model");
    CN_TRY(cn__model_check_compiled(model, what));
    if (!model->built) return cn__fail(CN_ERROR_STATE, "%s: model %s is not built", what, model->name);
    if (output < model->output_count) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: output %zu of model %s, which has %zu", what, output, model->name,
                    model->output_count);
}

cn_status cn_model_set_loss_function(cn_model *model, size_t output, const cn_loss_function *f)
{
    CN_TRY(check_output(model, output, f, "loss function"));
    if (!f->compute) return cn__fail(CN_ERROR_ARGUMENT, "loss function: compute is NULL");
    const size_t rows = cn__output_rows(model, output), cols = cn__model_output_cols(model, output);
    const size_t size = f->target_size ? f->target_size : rows * cols;
    if (size % rows)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "loss function: targets of %zu numbers for an output of %zu rows, expected as many "
                        "for each row",
                        size, rows);
    cn__objective *o = &model->objectives[output];
    o->loss_function = *f;
    o->caller_loss = (cn__caller_loss){.compute = compute_loss, .user = o, .target_cols = size / rows};
    o->loss = cn__loss_of_caller(&o->caller_loss, f->name ? f->name : "function");
    o->has_loss = true;
    return CN_OK;
}

/* ---- metrics ------------------------------------------------------------------------------------------------- */

static cn_status check_metric(const cn_metric_function *f, size_t i)
{
    const char *missing = !f->name     ? "name"
                          : !f->reset  ? "reset"
                          : !f->update ? "update"
                          : !f->result ? "result"
                                       : NULL;
    if (!missing) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "metric function %zu: %s is NULL", i, missing);
}

cn_status cn_model_set_metric_functions(cn_model *model, size_t output, const cn_metric_function *functions,
                                        size_t count)
{
    CN_TRY(
        check_output(model, output, count ? (const void *)functions : (const void *)"", "metric functions"));
    for (size_t i = 0; i < count; i++) CN_TRY(check_metric(&functions[i], i));
    model->objectives[output].metric_functions = functions;
    model->objectives[output].metric_function_count = count;
    return CN_OK;
}
