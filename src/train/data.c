/* Data for each input and output of a model: collected from one array or a list of them, and checked. */
#include <stdio.h>
#include <string.h>

#include "model/target_scale.h"
#include "train/shared_data.h"

/* "x", or of several "inputs[1] (right)". */
static void name_array(char *out, size_t size, const char *prefix, const char *single, const char *list,
                       size_t count, size_t index, const char *name)
{
    if (count == 1) snprintf(out, size, "%s%s", prefix, single);
    else snprintf(out, size, "%s%s[%zu] (%.60s)", prefix, list, index, name);
}

/* The arrays that were given, as a list of `count`. */
static cn_status collect(cn__arena *arena, const cn__given *g, const char *single_name, const char *list_name,
                         const cn_array *single, const cn_array *const *list, size_t count,
                         const cn_array ***out)
{
    *out = cn__arena_array(arena, count + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    if (single && list)
        return cn__fail(CN_ERROR_ARGUMENT, "%s%s and %s%s were both given; expected one of them", g->prefix,
                        single_name, g->prefix, list_name);
    if (single && count > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "%s%s is one array and the model has %zu; give them as %s%s",
                        g->prefix, single_name, count, g->prefix, list_name);
    if (list) memcpy(*out, list, count * sizeof **out);
    else (*out)[0] = single;
    return CN_OK;
}

static cn_status check_samples(const cn__data *data, size_t index, const char *what)
{
    const size_t n = data->x[index]->shape[0];
    if (n == data->samples) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "%s has %zu sample%s, the first input has %zu; expected the same number",
                    what, n, n == 1 ? "" : "s", data->samples);
}

static cn__shape sample_shape(const cn_array *x)
{
    cn__shape shape = {.rank = x->ndim - 1};
    for (int i = 0; i < shape.rank; i++) shape.dim[i] = x->shape[i + 1];
    return shape;
}

/* Looked at once where it is shared. */
static cn_status check_values(cn__shared_data *shared, const cn_array *x, const char *what, double *zeros)
{
    if (shared && cn__shared_data_knows(shared, x, zeros)) return CN_OK;
    CN_TRY(cn__check_finite(x, what));
    *zeros = cn__fraction_of_zeros(x);
    return shared ? cn__shared_data_add(shared, x, *zeros) : CN_OK;
}

cn_status cn__data_inputs(cn__arena *arena, cn_model *model, const cn__given *g, cn__data *out)
{
    char what[120];
    *out = (cn__data){.inputs = cn_model_input_count(model), .outputs = cn_model_output_count(model)};
    CN_TRY(cn__model_check(model));
    CN_TRY(collect(arena, g, "x", "inputs", g->x, g->inputs, out->inputs, &out->x));
    out->zeros = cn__arena_array(arena, out->inputs, sizeof *out->zeros);
    if (!out->zeros) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < out->inputs; i++) {
        name_array(what, sizeof what, g->prefix, "x", "inputs", out->inputs, i,
                   cn__model_input_name(model, i));
        CN_TRY(cn__check_x(out->x[i], what));
        CN_TRY(check_values(g->shared, out->x[i], what, &out->zeros[i]));
        const cn__shape shape = sample_shape(out->x[i]);
        CN_TRY(cn__model_check_input(model, i, &shape));
        if (i == 0) CN_TRY(cn__model_build(model, &shape));
        if (i == 0) out->samples = out->x[0]->shape[0];
        CN_TRY(check_samples(out, i, what));
    }
    return CN_OK;
}

static cn_status read_weights(cn__arena *arena, const cn_model *model, const cn__given *g, cn__data *out)
{
    const cn_array **weights = NULL;
    char what[120];
    out->weight = cn__arena_array(arena, out->outputs, sizeof *out->weight);
    out->rows = cn__arena_array(arena, out->outputs, sizeof *out->rows);
    if (!out->weight || !out->rows) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < out->outputs; o++) out->rows[o] = cn__output_rows(model, o);
    if (out->outputs > 1 && g->weight) { /* one weight a sample is for every output, as in Keras */
        weights = cn__arena_array(arena, out->outputs, sizeof *weights);
        for (size_t o = 0; weights && o < out->outputs; o++) weights[o] = g->weight;
        if (!weights) return CN_ERROR_MEMORY;
    } else {
        CN_TRY(collect(arena, g, "sample_weight", "sample_weights", g->weight, g->weights, out->outputs,
                       &weights));
    }
    if (g->class_weight && out->outputs > 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "class_weight is for a model with one output, and this one has %zu", out->outputs);
    for (size_t o = 0; o < out->outputs; o++) {
        name_array(what, sizeof what, g->prefix, "sample_weight", "sample_weights", out->outputs, o,
                   cn__model_output_name(model, o));
        if (!out->y[o]) continue;
        CN_TRY(cn__check_weights(model, o, weights[o], out->samples, what));
        CN_TRY(cn__sample_weights(model, o, weights[o], g->class_weight, out->y[o], &out->weight[o]));
    }
    return CN_OK;
}

static bool has_scale(const cn_model *model, const cn_array *y)
{
    return model->target_scales && y && y->data && y->ndim &&
           cn_array_sample_size(y) % model->target_scales == 0;
}

cn_status cn__data_read(cn__arena *arena, cn_model *model, const cn__given *g, cn__data *out)
{
    char what[120];
    CN_TRY(cn__data_inputs(arena, model, g, out));
    CN_TRY(collect(arena, g, "y", "targets", g->y, g->targets, out->outputs, &out->y));
    for (size_t o = 0; o < out->outputs; o++) {
        name_array(what, sizeof what, g->prefix, "y", "targets", out->outputs, o,
                   cn__model_output_name(model, o));
        if (!model->objectives[o].has_loss) {
            out->y[o] = NULL;
            continue;
        }
        if (has_scale(model, out->y[o]) &&
            cn__target_scale_apply(model, arena, out->y[o], &out->y[o]) != CN_OK)
            return cn__fail_in("%s", what);
        CN_TRY(cn__check_targets(model, o, out->x[0], out->y[o], what));
    }
    return read_weights(arena, model, g, out);
}

static cn_status slice_arrays(cn__arena *arena, const cn_array **all, size_t count, size_t first,
                              size_t samples, const cn_array ***out)
{
    cn_array *views = cn__arena_array(arena, count, sizeof *views);
    *out = cn__arena_array(arena, count, sizeof **out);
    if (!views || !*out) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        if (!all[i]) continue;
        views[i] = cn_array_slice(all[i], first, samples);
        (*out)[i] = &views[i];
    }
    return CN_OK;
}

cn_status cn__data_slice(cn__arena *arena, const cn__data *all, size_t first, size_t count, cn__data *out)
{
    *out = *all;
    out->samples = count;
    out->first_list += first;
    CN_TRY(slice_arrays(arena, all->x, all->inputs, first, count, &out->x));
    CN_TRY(slice_arrays(arena, all->y, all->outputs, first, count, &out->y));
    out->weight = cn__arena_array(arena, all->outputs, sizeof *out->weight);
    if (!out->weight) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < all->outputs; o++)
        out->weight[o] = all->weight[o] ? all->weight[o] + first * all->rows[o] : NULL;
    return CN_OK;
}

void cn__data_release(cn__data *data)
{
    for (size_t o = 0; data->weight && o < data->outputs; o++) cn__free(data->weight[o]);
    data->weight = NULL;
}

cn__feed cn__data_feed(const cn__data *data)
{
    return (cn__feed){.x = data->x,
                      .y = data->y,
                      .weight = (const real *const *)data->weight,
                      .zeros = data->zeros,
                      .lists = data->lists,
                      .first_list = data->first_list};
}
