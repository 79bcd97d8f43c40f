/* A prepared predictor: a plan of one thread that is made once. */
#include <string.h>

#include "model/target_scale.h"
#include "train/train.h"

struct cn_predictor {
    cn__plan *plan;
    cn_model *model;
    size_t batch;
    cn_array *arrays; /* (inputs): views of what a call gives */
    const cn_array **x;
    double *zeros;
    cn__arena arena;
};

static cn_status prepare(cn_predictor *p)
{
    const size_t inputs = cn_model_input_count(p->model);
    CN_TRY(cn__model_check(p->model));
    if (!p->model->built) CN_TRY(cn__model_build_if_known(p->model));
    if (!p->model->built)
        return cn__fail(CN_ERROR_STATE, "predictor: model %s is not built: it has no weights yet",
                        p->model->name);
    if (!p->batch) return cn__fail(CN_ERROR_ARGUMENT, "predictor: batch = 0, expected 1 or more");
    p->arrays = cn__arena_array(&p->arena, inputs, sizeof *p->arrays);
    p->x = cn__arena_array(&p->arena, inputs, sizeof *p->x);
    p->zeros = cn__arena_array(&p->arena, inputs, sizeof *p->zeros);
    if (!p->arrays || !p->x || !p->zeros) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < inputs; i++) p->x[i] = &p->arrays[i];
    return cn__plan_new(p->model, &(cn__plan_options){.batch = p->batch, .fixed_weights = true}, &p->plan);
}

cn_predictor *cn_predictor_new(cn_model *model, size_t batch)
{
    if (!model) {
        (void)cn__fail(CN_ERROR_ARGUMENT, "predictor: the model is NULL");
        return NULL;
    }
    cn_predictor *p = cn__calloc(1, sizeof *p);
    if (!p) return NULL;
    p->model = model, p->batch = batch;
    if (prepare(p) == CN_OK) return p;
    cn_predictor_free(p);
    return NULL;
}

void cn_predictor_free(cn_predictor *p)
{
    if (!p) return;
    cn__plan_free(p->plan);
    cn__arena_free(&p->arena);
    cn__free(p);
}

static void write_output(const cn_model *model, const cn__output *out, float *y)
{
    const size_t count = out->rows * out->cols;
    if (model->target_scales)
        for (size_t i = 0; i < count; i++)
            y[i] = (float)cn__target_scale_value(model, i, (double)out->pred[i]);
    else if (sizeof(real) == sizeof(float)) memcpy(y, out->pred, count * sizeof(float));
    else
        for (size_t i = 0; i < count; i++) y[i] = (float)out->pred[i];
}

static void view_input(cn_predictor *p, size_t index, const float *x, size_t n)
{
    const cn__shape *s = &p->model->inputs[index]->shape;
    size_t shape[CN_MAX_RANK + 1] = {n};
    for (int i = 0; i < s->rank; i++) shape[i + 1] = s->dim[i];
    p->arrays[index] = cn_array_view(CN_FLOAT32, x, s->rank + 1, shape);
    if (cn__plan_reads_zeros(p->plan, index)) p->zeros[index] = cn__fraction_of_zeros(&p->arrays[index]);
}

cn_status cn_predictor_run_all(cn_predictor *p, const float *const *inputs, size_t n, float *const *outputs)
{
    cn__result result;
    if (!n || n > p->batch)
        return cn__fail(CN_ERROR_ARGUMENT, "predictor: %zu samples, expected 1 to %zu", n, p->batch);
    for (size_t i = 0; i < p->model->input_count; i++) view_input(p, i, inputs[i], n);
    const cn__feed feed = {.x = p->x, .zeros = p->zeros};
    cn__plan_run(p->plan, &feed, n, &result);
    for (size_t o = 0; o < result.output_count; o++) write_output(p->model, &result.outputs[o], outputs[o]);
    return CN_OK;
}

cn_status cn_predictor_run(cn_predictor *p, const float *x, size_t n, float *y)
{
    if (p->model->input_count != 1 || p->model->output_count != 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "predictor: model %s has %zu inputs and %zu outputs; use cn_predictor_run_all",
                        p->model->name, p->model->input_count, p->model->output_count);
    return cn_predictor_run_all(p, &x, n, &y);
}
