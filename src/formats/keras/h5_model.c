/* Reads and writes a model's arrays at given paths. */
#include "formats/keras/h5_model.h"

#include <stdint.h>
#include <string.h>

#include "formats/keras/keras_objects.h"
#include "model/state.h"
#include "nn/variable.h"

_Static_assert(sizeof(real) == sizeof(float), "the files of this room are made for single precision");

/* What was read, until all of it is there. */
typedef struct loaded {
    cn__arena arena;
    cn_array *weights, *slots;
    cn__state *states;
    size_t weight_count, slot_count;
    int64_t steps;
    float rate, product;
} loaded;

static cn_array view_of(const cn__variable *v, const void *data)
{
    return cn_array_view(CN_FLOAT32, data, v->ndim, v->shape);
}

static cn_array scalar(cn_dtype dtype, const void *data) { return cn_array_view(dtype, data, 0, NULL); }

/* An array in the arena. */
static cn_status read_shaped(const cn__h5 *h5, loaded *l, const char *path, int ndim, const size_t *shape,
                             cn_array *out)
{
    float *data = cn__arena_array(&l->arena, cn__fill_size(ndim, shape), sizeof *data);
    if (!data) return CN_ERROR_MEMORY;
    *out = cn_array_view(CN_FLOAT32, data, ndim, shape);
    return cn__h5_read(h5, path, out);
}

static cn_status read_array(const cn__h5 *h5, loaded *l, const char *path, const cn__variable *v,
                            cn_array *out)
{
    return read_shaped(h5, l, path, v->ndim, v->shape, out);
}

/* A number that Keras keeps as int64, or in older files as something else. */
static cn_status read_whole_number(const cn__h5 *h5, loaded *l, const char *path, const cn__variable *v,
                                   cn_array *out)
{
    int64_t number = 0;
    cn_array whole = scalar(CN_INT64, &number);
    const cn_status status = cn__h5_read(h5, path, &whole);
    if (status == CN_ERROR_MEMORY) return status;
    if (status != CN_OK) return read_array(h5, l, path, v, out);
    float *value = cn__arena_alloc(&l->arena, sizeof *value);
    if (!value) return CN_ERROR_MEMORY;
    *value = (float)number;
    *out = scalar(CN_FLOAT32, value);
    return CN_OK;
}

static cn_status read_weights(const cn__h5 *h5, const cn_model *model, const cn__h5_paths *paths, loaded *l)
{
    l->weights = cn__arena_array(&l->arena, model->variable_count + 1, sizeof *l->weights);
    if (!l->weights) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->variable_count; i++)
        CN_TRY((model->variables[i]->whole_number ? read_whole_number : read_array)(
            h5, l, paths->weights[i], model->variables[i], &l->weights[i]));
    return CN_OK;
}

/* Whole numbers; Keras 2.0 counted in floats. */
static cn_status read_steps(const cn__h5 *h5, const char *path, int64_t *out)
{
    float number = 0;
    cn_array whole = scalar(CN_INT64, out), real_number = scalar(CN_FLOAT32, &number);
    cn_status status = cn__h5_read(h5, path, &whole);
    if (status == CN_OK || status == CN_ERROR_MEMORY) return status;
    status = cn__h5_read(h5, path, &real_number);
    if (status == CN_ERROR_MEMORY) return status;
    if (status != CN_OK || !(number >= 0 && number < 0x1p53f))
        return cn__fail(CN_ERROR_FORMAT, "%s does not hold a number of steps", path);
    *out = (int64_t)number;
    return CN_OK;
}

static cn_status read_state(const cn__h5 *h5, const cn_model *model, const cn__h5_paths *paths, loaded *l)
{
    cn_array rate = scalar(CN_FLOAT32, &l->rate), product = scalar(CN_FLOAT32, &l->product);
    if (!paths->steps && !paths->slots) return CN_OK;
    if (paths->steps) CN_TRY(read_steps(h5, paths->steps, &l->steps));
    if (paths->rate) CN_TRY(cn__h5_read(h5, paths->rate, &rate));
    if (paths->product) CN_TRY(cn__h5_read(h5, paths->product, &product));
    if (!paths->slots) return CN_OK;
    l->slot_count = cn__state_count(model);
    l->states = cn__state_list(model, &l->arena);
    l->slots = cn__arena_array(&l->arena, l->slot_count + 1, sizeof *l->slots);
    if (!l->states || !l->slots) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < l->slot_count; i++)
        CN_TRY(read_shaped(h5, l, paths->slots[i], l->states[i].ndim, l->states[i].shape, &l->slots[i]));
    return CN_OK;
}

/* The rate of the notation stays where the file's is the same in single precision. */
static cn_status take_rate(cn__optimizer *o, float rate)
{
    return (float)o->learning_rate == rate ? CN_OK : cn__optimizer_set_rate(o, cn__shortest(rate));
}

static cn_status take_state(cn_model *model, const cn__h5_paths *paths, const loaded *l)
{
    cn__optimizer *o = &model->optimizer;
    if (!paths->steps && !paths->slots) return CN_OK;
    CN_TRY(cn__optimizer_set_steps(o, l->steps));
    if (paths->rate) CN_TRY(take_rate(o, l->rate));
    if (paths->product) o->u_product = (double)l->product;
    model->trained = l->steps > 0 || !paths->steps;
    if (!paths->slots) return CN_OK;
    CN_TRY(cn__model_make_slots(model));
    for (size_t i = 0; i < l->slot_count; i++) cn__state_set(&l->states[i], l->slots[i].data);
    return CN_OK;
}

cn_status cn__h5_load(const cn__h5 *h5, cn_model *model, const cn__h5_paths *paths)
{
    loaded l = {0};
    cn_status status = read_weights(h5, model, paths, &l);
    if (status == CN_OK) status = read_state(h5, model, paths, &l);
    if (status == CN_OK) status = cn__h5_check_reads(h5);
    if (status == CN_OK) status = take_state(model, paths, &l);
    if (status == CN_OK) status = cn_model_set_weights(model, l.weights, model->variable_count);
    cn__arena_free(&l.arena);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

size_t cn__h5_expected(const cn_model *model)
{
    size_t each = sizeof(float), total = cn_model_parameters(model);
    if (model->compiled) total += cn__state_elements(model);
    return each * total + (model->layer_count + 4) * 4096;
}

/* `values` has room for the variable. */
static cn_status write_variable(cn__h5_new *h5, const cn__variable *v, const char *path, float *values)
{
    cn_array array = view_of(v, values);
    cn__variable_gather(v, v->value, values);
    const bool counts = v->whole_number && values[0] >= 0 && values[0] < 0x1p53f;
    const int64_t number = counts ? (int64_t)values[0] : 0;
    if (v->whole_number) array = scalar(CN_INT64, &number);
    return cn__h5_write(h5, path, &array);
}

cn_status cn__h5_write_variable(cn__h5_new *h5, const cn__variable *v, const char *path, cn__arena *arena)
{
    float *values = cn__arena_array(arena, cn__variable_size(v), sizeof *values);
    return values ? write_variable(h5, v, path, values) : CN_ERROR_MEMORY;
}

static cn_status write_weights(cn__h5_new *h5, const cn_model *model, const cn__h5_paths *paths,
                               float *values)
{
    for (size_t i = 0; i < model->variable_count; i++)
        CN_TRY(write_variable(h5, model->variables[i], paths->weights[i], values));
    return CN_OK;
}

static cn_status write_state(cn__h5_new *h5, const cn_model *model, const cn__h5_paths *paths,
                             cn__arena *arena, float *values)
{
    const cn__optimizer *o = &model->optimizer;
    const float rate = (float)o->learning_rate, product = (float)o->u_product;
    cn_array steps = scalar(CN_INT64, &o->iterations), rates = scalar(CN_FLOAT32, &rate),
             products = scalar(CN_FLOAT32, &product);
    if (!paths->steps) return CN_OK;
    CN_TRY(cn__h5_write(h5, paths->steps, &steps));
    if (paths->rate) CN_TRY(cn__h5_write(h5, paths->rate, &rates));
    if (paths->product) CN_TRY(cn__h5_write(h5, paths->product, &products));
    cn__state *states = cn__state_list(model, arena);
    if (!states) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < cn__state_count(model); i++) {
        cn_array array = cn_array_view(CN_FLOAT32, values, states[i].ndim, states[i].shape);
        cn__state_get(&states[i], values);
        CN_TRY(cn__h5_write(h5, paths->slots[i], &array));
    }
    return CN_OK;
}

cn_status cn__h5_store(cn__h5_new *h5, const cn_model *model, const cn__h5_paths *paths)
{
    size_t most = 1;
    for (size_t i = 0; i < model->variable_count; i++) {
        size_t size = cn__variable_size(model->variables[i]);
        if (size > most) most = size;
    }
    cn__arena arena = {0};
    float *values = cn__arena_array(&arena, most, sizeof *values);
    cn_status status = values ? write_weights(h5, model, paths, values) : CN_ERROR_MEMORY;
    if (status == CN_OK) status = write_state(h5, model, paths, &arena, values);
    cn__arena_free(&arena);
    return status;
}

size_t cn__h5_product_place(cn__h5 *h5, const cn_model *model, const char *behind_averages,
                            const char *behind_all)
{
    if (!cn__optimizer_has_product(&model->optimizer)) return SIZE_MAX;
    if (behind_averages && cn__h5_is_scalar(h5, behind_averages)) return cn__state_averages(model);
    return behind_all && cn__h5_is_scalar(h5, behind_all) ? cn__state_count(model) : SIZE_MAX;
}
