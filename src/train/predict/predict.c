/* predict: of arrays, or of batches that a generator gives, whose outputs are joined. */
#include <string.h>

#include "model/target_scale.h"
#include "train/train.h"

/* What the batch of a generator became. */
typedef struct part {
    cn_array *outputs; /* (outputs) */
    size_t samples;
    struct part *next;
} part;

/* One prediction, with what serves all of its batches. */
typedef struct prediction {
    const cn_predict_options *options;
    cn__arena arena;
    size_t outputs;
    cn__pool *pool;
    cn__forward *forward;
    size_t largest; /* samples that the two are made for */
    part *first, *last;
} prediction;

static void release(prediction *p)
{
    for (const part *one = p->first; one; one = one->next)
        for (size_t i = 0; i < p->outputs; i++) cn_array_free(&one->outputs[i]);
    cn__forward_free(p->forward);
    cn__pool_free(p->pool);
    cn__arena_free(&p->arena);
}

cn_status cn__make_output(const cn_model *model, size_t index, size_t samples, cn_array *out)
{
    const cn__shape *of = &model->outputs[index]->shape;
    size_t shape[CN_MAX_RANK + 1] = {samples};
    for (int i = 0; i < of->rank; i++) shape[i + 1] = of->dim[i];
    return cn_array_new(out, sizeof(real) == 4 ? CN_FLOAT32 : CN_FLOAT64, of->rank + 1, shape);
}

static cn_status check_outputs(prediction *p, size_t outputs)
{
    p->outputs = outputs;
    if (p->options->outputs || outputs == 1) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "predict: the model has %zu outputs; give a place for each as outputs",
                    outputs);
}

static cn_status grow(prediction *p, size_t samples)
{
    if (p->forward && samples <= p->largest) return CN_OK;
    cn__forward_free(p->forward);
    cn__pool_free(p->pool);
    p->forward = NULL;
    p->pool = cn__forward_pool(p->options->model, samples, p->options->threads);
    if (!p->pool) return cn_error_status();
    p->largest = samples;
    return cn__forward_new(p->options->model, samples, 0, NULL, false, p->pool, &p->forward);
}

static cn_status predict_views(const cn_predict_options *o, const cn__data *data, real *const *places)
{
    cn__pool *pool = cn__forward_pool(o->model, data->samples, o->threads);
    if (!pool) return cn_error_status();
    const cn_status status = cn__predict_views(o->model, data, o->tta, pool, places);
    cn__pool_free(pool);
    return status;
}

static cn_status run_part(prediction *p, const cn__data *data, real *const *places)
{
    if (p->options->training) return cn__predict_in_training(p->options, data, places);
    if (p->options->tta > 1) return predict_views(p->options, data, places);
    CN_TRY(grow(p, data->samples));
    cn__forward_predict(p->forward, data, places);
    return CN_OK;
}

/* The outputs of some samples as the last part. */
static cn_status add_part(prediction *p, const cn__data *data)
{
    part *one = cn__arena_alloc(&p->arena, sizeof *one);
    real **places = cn__arena_array(&p->arena, p->outputs, sizeof *places);
    if (!one || !places) return CN_ERROR_MEMORY;
    *one =
        (part){.outputs = cn__arena_array(&p->arena, p->outputs, sizeof(cn_array)), .samples = data->samples};
    if (!one->outputs) return CN_ERROR_MEMORY;
    *(p->last ? &p->last->next : &p->first) = one;
    p->last = one;
    for (size_t i = 0; i < p->outputs; i++) {
        CN_TRY(cn__make_output(p->options->model, i, data->samples, &one->outputs[i]));
        places[i] = one->outputs[i].data;
    }
    CN_TRY(run_part(p, data, places));
    if (p->options->model->target_scales)
        cn__target_scale_undo(p->options->model, places[0], cn_array_size(&one->outputs[0]), places[0]);
    return CN_OK;
}

static cn_status predict_arrays(prediction *p)
{
    const cn_predict_options *o = p->options;
    const cn__given given = {.x = o->x, .inputs = o->inputs, .prefix = ""};
    cn__data data;
    CN_TRY(cn__data_inputs(&p->arena, o->model, &given, &data));
    CN_TRY(check_outputs(p, data.outputs));
    if (o->tta > 1) CN_TRY(cn__check_views(o->model, "predict", o->tta));
    return add_part(p, &data);
}

static cn_status predict_batch(prediction *p, const cn_batch *batch)
{
    const cn__given given = {.x = batch->x, .inputs = batch->inputs, .prefix = ""};
    cn__arena arena = {0};
    cn__data data;
    cn_status status = cn__data_inputs(&arena, p->options->model, &given, &data);
    if (status == CN_OK) status = check_outputs(p, data.outputs);
    if (status == CN_OK) status = add_part(p, &data);
    else status = cn__fail_in("a batch of the generator");
    cn__arena_free(&arena);
    return status;
}

static cn_status predict_batches(prediction *p)
{
    const cn_predict_options *o = p->options;
    if (o->x || o->inputs)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "predict: a generator and arrays were both given; expected one of them");
    if (!o->generator->next)
        return cn__fail(CN_ERROR_ARGUMENT, "generator: next is NULL, expected a function");
    for (size_t i = 0; !o->steps || i < o->steps; i++) {
        cn_batch batch = {0};
        CN_TRY(o->generator->next(o->generator->user, &batch));
        if (!batch.x && !batch.inputs) break;
        CN_TRY(predict_batch(p, &batch));
    }
    return p->first ? CN_OK : cn__fail(CN_ERROR_DATA, "the generator gave no batches");
}

/* Output `index` of all parts. */
static cn_status join(const prediction *p, size_t index, cn_array *out)
{
    size_t samples = 0, at = 0;
    for (const part *one = p->first; one; one = one->next) samples += one->samples;
    CN_TRY(cn__make_output(p->options->model, index, samples, out));
    for (const part *one = p->first; one; one = one->next) {
        const size_t size = cn_array_size(&one->outputs[index]) * sizeof(real);
        memcpy((char *)out->data + at, one->outputs[index].data, size);
        at += size;
    }
    return CN_OK;
}

static cn_status hand_out(prediction *p)
{
    const cn_predict_options *o = p->options;
    cn_array *joined = cn__arena_array(&p->arena, p->outputs, sizeof *joined);
    if (!joined) return CN_ERROR_MEMORY;
    cn_status status = CN_OK;
    for (size_t i = 0; p->first->next && i < p->outputs && status == CN_OK; i++)
        status = join(p, i, &joined[i]);
    for (size_t i = 0; i < p->outputs; i++) {
        cn_array *from = p->first->next ? &joined[i] : &p->first->outputs[i];
        if (status == CN_OK) *(o->outputs ? &o->outputs[i] : o->out) = *from;
        else cn_array_free(from);
        *from = (cn_array){0};
    }
    return status;
}

cn_status cn_model_predict_with(const cn_predict_options *o)
{
    if (!o->model || (!o->out && !o->outputs))
        return cn__fail(CN_ERROR_ARGUMENT, "predict: the model or the place for its output is NULL");
    if (o->tta > 1 && (o->generator || o->training))
        return cn__fail(CN_ERROR_ARGUMENT, "predict: tta = %zu is for arrays, not %s", o->tta,
                        o->generator ? "for a generator" : "with training");
    prediction p = {.options = o};
    cn_status status = (o->generator ? predict_batches : predict_arrays)(&p);
    if (status == CN_OK) status = hand_out(&p);
    release(&p);
    return status;
}
