/* Arguments and data are checked before anything is computed. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/lower.h"
#include "nn/ops.h"
#include "train/train.h"

/* The first number that is not finite, or the array's size. */
static size_t first_bad(const cn_array *a)
{
    size_t n = cn_array_size(a);
    if (a->dtype == CN_FLOAT32 && sizeof(real) == sizeof(float)) {
        const cn__kernels *k = cn__kernels_get();
        if (k->finite((const real *)a->data, n)) return n;
    } else if (a->dtype != CN_FLOAT64 && a->dtype != CN_FLOAT32) {
        return n;
    }
    for (size_t i = 0; i < n; i++) {
        const double value = cn_array_at(a, i);
        if (!isfinite(value) || (sizeof(real) == sizeof(float) && fabs(value) > FLT_MAX)) return i;
    }
    return n;
}

cn_status cn__check_finite(const cn_array *a, const char *what)
{
    size_t bad = first_bad(a), each = cn_array_sample_size(a);
    if (bad == cn_array_size(a)) return CN_OK;
    double value = cn_array_at(a, bad);
    if (isfinite(value))
        return cn__fail(CN_ERROR_DATA,
                        "%s holds %g at sample %zu, number %zu of it; expected numbers of float32, up to %g",
                        what, value, each ? bad / each : bad, each ? bad % each : 0, (double)FLT_MAX);
    return cn__fail(CN_ERROR_DATA, "%s holds %s at sample %zu, number %zu of it; expected finite numbers",
                    what, isnan(value) ? "NaN" : "infinity", each ? bad / each : bad, each ? bad % each : 0);
}

cn_status cn__check_x(const cn_array *x, const char *what)
{
    char text[120];
    if (!x || !x->data || x->ndim < 1)
        return cn__fail(CN_ERROR_DATA, "%s is missing or has no samples", what);
    if (x->ndim > CN_MAX_RANK + 1)
        return cn__fail(CN_ERROR_SHAPE, "%s has %d dimensions, expected at most %d", what, x->ndim,
                        CN_MAX_RANK + 1);
    if (cn_array_size(x) == 0)
        return cn__fail(CN_ERROR_DATA, "%s is empty: its shape is %s", what,
                        cn_array_shape_text(x, text, sizeof text));
    if (x->shape[0] > UINT32_MAX)
        return cn__fail(CN_ERROR_DATA, "%s has %zu samples, expected less than 2^32", what, x->shape[0]);
    return CN_OK;
}

/* Do targets of samples shaped as in y fit `wanted`? A last 1 may be left out on either side. */
static bool fits(const cn_array *y, const cn__shape *wanted)
{
    int rank = y->ndim - 1, want = wanted->rank;
    while (rank > 0 && rank > want && y->shape[rank] == 1) rank--;
    while (want > 0 && want > rank && wanted->dim[want - 1] == 1) want--;
    if (rank != want) return false;
    for (int i = 0; i < rank; i++)
        if (y->shape[i + 1] != wanted->dim[i]) return false;
    return true;
}

static cn_status check_labels(const cn_array *y, size_t classes, const cn__loss *loss, const char *what)
{
    size_t n = cn_array_size(y);
    for (size_t i = 0; i < n; i++) {
        double label = cn_array_at(y, i);
        if (cn__loss_ignores(loss, label)) continue;
        if (label < 0 || label >= (double)classes || label != floor(label))
            return cn__fail(
                CN_ERROR_DATA,
                "%s: label %g at sample %zu; %s with %zu outputs expects whole numbers from 0 to %zu", what,
                label, i / (n / y->shape[0]), loss->name, classes, classes - 1);
    }
    return CN_OK;
}

static cn_status shape_mismatch(const cn__objective *o, const cn__shape *output_shape, const cn_array *y,
                                const char *what)
{
    char output[120], got[120], hint[100] = "";
    cn__shape target = {.rank = y->ndim - 1};
    for (int i = 0; i < target.rank && i < CN_MAX_RANK; i++) target.dim[i] = y->shape[i + 1];
    cn__shape_text(&target, got, sizeof got);
    cn__shape_text(output_shape, output, sizeof output);
    if (cn__loss_is_sparse(&o->loss))
        return cn__fail(
            CN_ERROR_SHAPE,
            "%s: %s expects one whole-number label a sample, got targets of shape %s for output %s; "
            "for one-hot targets use categorical_crossentropy",
            what, o->loss.name, got, output);
    const char *other = target.rank == 0 ? cn__loss_for_labels(&o->loss) : NULL;
    if (other) snprintf(hint, sizeof hint, "; for labels use %s, or one-hot targets", other);
    return cn__fail(CN_ERROR_SHAPE, "%s: target and output must have the same shape: target %s, output %s%s",
                    what, got, output, hint);
}

cn__act cn__output_activation(const cn_model *model, size_t output)
{
    cn__arena arena = {0};
    cn__op_graph graph;
    cn__act act = CN_ACT_LINEAR;
    if (cn__lower_model(model, &arena, &graph) == CN_OK) {
        const cn__op *op = graph.outputs[output].op;
        /* over another axis a softmax of one unit learns */
        if (op->kind->activation && op->kind != &cn__op_softmax_over) act = op->kind->activation(op)->kind;
    }
    cn__arena_free(&arena);
    return act;
}

/* Networks that can learn nothing, and labels that their loss does not mean. */
static cn_status check_sense(const cn_model *model, size_t output, const cn_array *y, size_t units,
                             const char *what)
{
    const char *loss = model->objectives[output].loss.name;
    if (units == 1 && cn__output_activation(model, output) == CN_ACT_SOFTMAX)
        return cn__fail(
            CN_ERROR_SHAPE,
            "softmax over one unit is always 1, and nothing can be learned; expected sigmoid, or a "
            "unit for each class");
    if (units == 1 && strcmp(loss, "categorical_crossentropy") == 0)
        return cn__fail(
            CN_ERROR_SHAPE,
            "categorical_crossentropy over one unit is always 0; expected binary_crossentropy, or a "
            "unit for each class");
    if (strcmp(loss, "binary_crossentropy") != 0) return CN_OK;
    for (size_t i = 0, n = cn_array_size(y); i < n; i++) {
        double v = cn_array_at(y, i);
        if (v < 0 || v > 1)
            return cn__fail(CN_ERROR_DATA,
                            "%s: target %g at sample %zu; binary_crossentropy expects 0 and 1. More than two "
                            "classes take softmax, a unit for each, and sparse_categorical_crossentropy",
                            what, v, i / (n / y->shape[0]));
    }
    return CN_OK;
}

/* A function of the caller's own may take other targets than the output's shape. */
static cn_status check_targets_of_caller(const cn_model *model, size_t output, const cn_array *y,
                                         const char *what)
{
    const size_t rows = cn__output_rows(model, output), cols = cn__target_cols(model, output);
    if (cn_array_sample_size(y) != rows * cols)
        return cn__fail(CN_ERROR_SHAPE, "%s has %zu numbers a sample; the loss %s was given with %zu", what,
                        cn_array_sample_size(y), model->objectives[output].loss.name, rows * cols);
    return cn__check_finite(y, what);
}

cn_status cn__check_targets(const cn_model *model, size_t output, const cn_array *x, const cn_array *y,
                            const char *what)
{
    const cn__objective *o = &model->objectives[output];
    cn__shape wanted = model->outputs[output]->shape;
    const size_t classes = cn__shape_last(&wanted);
    if (!y || !y->data || y->ndim < 1)
        return cn__fail(CN_ERROR_DATA, "%s is missing or has no samples", what);
    if (y->shape[0] != x->shape[0])
        return cn__fail(CN_ERROR_DATA, "%s has %zu sample%s, x has %zu; expected the same number", what,
                        y->shape[0], y->shape[0] == 1 ? "" : "s", x->shape[0]);
    if (o->loss.caller) return check_targets_of_caller(model, output, y, what);
    const bool sparse = cn__loss_is_sparse(&o->loss);
    if (sparse && wanted.rank) wanted.rank--;
    if (!fits(y, &wanted)) return shape_mismatch(o, &model->outputs[output]->shape, y, what);
    CN_TRY(cn__check_finite(y, what));
    CN_TRY(cn__loss_check(&o->loss, model->outputs[output]->shape.rank));
    CN_TRY(check_sense(model, output, y, classes, what));
    return sparse ? check_labels(y, classes, &o->loss, what) : CN_OK;
}

/* (samples), or one for each row of an output, as (samples, time) for one of (time, features). A last 1 may stand behind. */
static bool weights_fit(const cn_model *model, size_t output, const cn_array *w, size_t samples)
{
    if (!w->data || w->ndim < 1 || w->shape[0] != samples) return false;
    if (cn_array_size(w) == samples) return true;
    if (cn__loss_rearranges(&model->objectives[output].loss, &model->outputs[output]->shape)) return false;
    cn__shape rows = model->outputs[output]->shape;
    rows.rank--;
    return rows.rank > 0 && fits(w, &rows);
}

cn_status cn__check_weights(const cn_model *model, size_t output, const cn_array *w, size_t samples,
                            const char *what)
{
    char text[120];
    if (!w) return CN_OK;
    if (!weights_fit(model, output, w, samples))
        return cn__fail(CN_ERROR_SHAPE, "%s has shape %s, expected one weight for each of %zu samples%s",
                        what, cn_array_shape_text(w, text, sizeof text), samples,
                        cn__output_rows(model, output) > 1 ? ", or one for each row of their outputs" : "");
    return cn__check_finite(w, what);
}

/* The class of a row of targets: its label, rounded as Keras does, or where it is largest. */
static double class_of(const cn_array *y, size_t row, size_t cols)
{
    size_t best = 0;
    if (cols == 1) return rint(cn_array_at(y, row));
    for (size_t i = 1; i < cols; i++)
        if (cn_array_at(y, row * cols + i) > cn_array_at(y, row * cols + best)) best = i;
    return (double)best;
}

/* Keras too has no class weights for samples of several rows. */
static cn_status check_classes(const cn_model *model, size_t output, const cn_array *y)
{
    const bool one = cn_array_sample_size(y) == 1 || !cn__loss_is_sparse(&model->objectives[output].loss);
    if (one && cn__output_rows(model, output) == 1) return CN_OK;
    char shape[120];
    return cn__fail(CN_ERROR_ARGUMENT,
                    "class_weight: targets of shape %s have several classes a sample; expected one",
                    cn_array_shape_text(y, shape, sizeof shape));
}

static cn_status read_class_weight(cn__arena *arena, const cn__value *map, size_t i, double *class,
                                   double *weight)
{
    char *end;
    *class = cn__strtod(map->names[i], &end);
    const bool number = map->items[i].kind == CN_VALUE_INT || map->items[i].kind == CN_VALUE_FLOAT;
    *weight = map->items[i].number;
    if (!*end && *class >= 0 && *class == floor(*class) && number && isfinite(*weight)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "class_weight: %s: %s; expected a class number from 0 and a weight",
                    map->names[i], cn__value_text(arena, &map->items[i]));
}

/* Into `out`, which has one for each row of y and holds ones. */
static cn_status class_weights(cn__arena *arena, const cn_model *model, size_t output, const char *text,
                               const cn_array *y, real *out)
{
    cn__value map;
    double class, weight;
    CN_TRY(check_classes(model, output, y));
    if (cn__value_parse(arena, text, &map) != CN_OK) return cn__fail_in("class_weight");
    if (map.kind != CN_VALUE_MAP)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "class_weight = %s: expected a map of class to weight, as in {0: 2, 1: 0.5}", text);
    const size_t rows = y->shape[0] * cn__output_rows(model, output), cols = cn_array_size(y) / rows,
                 units = cn__model_output_cols(model, output);
    for (size_t i = 0; i < map.count; i++) {
        CN_TRY(read_class_weight(arena, &map, i, &class, &weight));
        double most = units > 1 ? (double)units - 1 : 1; /* also of classes that these samples have not */
        for (size_t r = 0; r < rows; r++) {
            const double of = class_of(y, r, cols);
            if (of == class) out[r] = (real)weight;
            most = fmax(most, of);
        }
        if (class > most)
            return cn__fail(CN_ERROR_ARGUMENT, "class_weight: there is no class %s; the classes are 0 to %g",
                            map.names[i], most);
    }
    return CN_OK;
}

cn_status cn__sample_weights(const cn_model *model, size_t output, const cn_array *sample_weight,
                             const char *class_weight, const cn_array *y, real **out)
{
    *out = NULL;
    if (!sample_weight && !class_weight) return CN_OK;
    if (sample_weight && class_weight)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "sample_weight and class_weight were both given; expected one of them");
    const size_t each = cn__output_rows(model, output), rows = y->shape[0] * each;
    const bool by_row = sample_weight && cn_array_size(sample_weight) == rows;
    real *w = cn__calloc(rows, sizeof *w);
    if (!w) return CN_ERROR_MEMORY;
    for (size_t r = 0; r < rows; r++)
        w[r] = sample_weight ? (real)cn_array_at(sample_weight, by_row ? r : r / each) : 1;
    cn__arena arena = {0};
    cn_status status = class_weight ? class_weights(&arena, model, output, class_weight, y, w) : CN_OK;
    cn__arena_free(&arena);
    if (status != CN_OK) cn__free(w);
    else *out = w;
    return status;
}

/* ---- options of a fit ------------------------------------------------------------------------------------------- */

static cn_status check_generators(const cn_fit_options *o)
{
    if (o->validation_generator && (o->validation_x || o->validation_inputs))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "validation_generator and validation data were both given; expected one of them");
    if (!o->generator) return CN_OK;
    if (o->x || o->y || o->inputs || o->targets || o->sample_weight || o->sample_weights)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "generator: its batches have x, y and sample weights, and others were given too");
    if (o->validation_split > 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "validation_split needs arrays, and the batches come from a generator");
    if (o->checkpoint_dir || o->resume_dir)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "%s: states can be saved for training on arrays only, and the batches come from a generator",
            o->checkpoint_dir ? "checkpoint_dir" : "resume_dir");
    return CN_OK;
}

cn_status cn__fit_check_options(const cn_fit_options *o)
{
    if (!o->model) return cn__fail(CN_ERROR_ARGUMENT, "fit: the model is NULL");
    CN_TRY(cn__model_check(o->model));
    CN_TRY(cn__model_check_compiled(o->model, "fit"));
    if (o->epochs > 100000000)
        return cn__fail(CN_ERROR_ARGUMENT, "epochs = %zu, expected at most 100000000", o->epochs);
    if (!(o->validation_split >= 0 && o->validation_split < 1))
        return cn__fail(CN_ERROR_ARGUMENT, "validation_split = %g, expected a number from 0 and under 1",
                        o->validation_split);
    if (!o->validation_freq) return cn__fail(CN_ERROR_ARGUMENT, "validation_freq = 0, expected 1 or more");
    if (o->verbose < 0 || o->verbose > 2)
        return cn__fail(CN_ERROR_ARGUMENT, "verbose = %d, expected 0, 1 or 2", o->verbose);
    if (o->threads < 0)
        return cn__fail(CN_ERROR_ARGUMENT, "threads = %d, expected 0 (all) or more", o->threads);
    if (o->shard_optimizer && !o->communicator)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "shard_optimizer divides the optimizer's state over ranks, and there is one process; expected a "
            "communicator, or mpirun");
    if (o->model->state_is_elsewhere && !(o->communicator && o->shard_optimizer))
        return cn__fail(
            CN_ERROR_STATE,
            "fit: rank 0 alone has the whole state of this model's optimizer, which a fit with shard_optimizer "
            "divided; expected another fit with it, or the model that rank 0 saves");
    if (!o->validation_x != !o->validation_y)
        return cn__fail(CN_ERROR_ARGUMENT, "validation data needs both validation_x and validation_y");
    if (!o->validation_inputs != !o->validation_targets)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "validation data needs both validation_inputs and validation_targets");
    return check_generators(o);
}
