/* What dataset normalise, flatten, reshape and one_hot make of a stage, and the same of other samples. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "data/data.h"
#include "lab/data/dataset_make.h"

/* ---- normalise --------------------------------------------------------------------------------------------------------- */

/* Columns minus `shift`, divided by `scale`, as float32. */
static cn_status rescale(cn_array *out, const cn_array *a, const double *shift, const double *scale)
{
    size_t each = cn_array_sample_size(a);
    CN_TRY(cn_array_new(out, CN_FLOAT32, a->ndim, a->shape));
    float *to = out->data;
    for (size_t i = 0, n = cn_array_size(a); i < n; i++)
        to[i] = (float)((cn_array_at(a, i) - shift[i % each]) / scale[i % each]);
    return CN_OK;
}

static void moments(const cn_array *a, double *mean, double *deviation)
{
    size_t each = cn_array_sample_size(a), n = a->shape[0];
    for (size_t c = 0; c < each; c++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) sum += cn_array_at(a, i * each + c);
        mean[c] = sum / (double)n;
        for (size_t i = 0; i < n; i++) squares += pow(cn_array_at(a, i * each + c) - mean[c], 2);
        deviation[c] = sqrt(squares / (double)n);
        if (!(deviation[c] > 0)) deviation[c] = 1; /* a column of equal numbers becomes zeros */
    }
}

static void extremes(const cn_array *a, double *low, double *range)
{
    size_t each = cn_array_sample_size(a), n = a->shape[0];
    for (size_t c = 0; c < each; c++) {
        double high = low[c] = cn_array_at(a, c);
        for (size_t i = 1; i < n; i++) {
            double v = cn_array_at(a, i * each + c);
            low[c] = fmin(low[c], v), high = fmax(high, v);
        }
        range[c] = high > low[c] ? high - low[c] : 1;
    }
}

static cn_status by_columns(cn__arena *arena, cn__stage *s, const char *how)
{
    size_t each = cn_array_sample_size(&s->before->x);
    double *shift = cn__arena_array(arena, 2 * each + 1, sizeof *shift), *scale = shift + each;
    if (!shift) return CN_ERROR_MEMORY;
    s->how = how;
    if (s->preparation) return cn__scale_table(arena, s, how);
    (*how == 's' ? moments : extremes)(&s->before->x, shift, scale);
    s->shift = shift, s->scale = scale;
    CN_TRY(rescale(&s->x, &s->before->x, shift, scale));
    return rescale(&s->test_x, &s->before->test_x, shift, scale);
}

/* Bytes stay bytes, which a training divides as it takes them. */
static cn_status divide(cn_array *out, const cn_array *a, float by)
{
    if (a->dtype != CN_UINT8 || a->divide_by != 0) return cn_array_to_float32(out, a, by);
    *out = cn_array_divided(a, by);
    return CN_OK;
}

/* Pictures of 8 bits are divided by 255. Others are not guessed at. */
static cn_status check_bright(const cn__stage *s)
{
    double low, high;
    cn_array_range(&s->x, &low, &high);
    if (high <= 1)
        return cn__fail(
            CN_ERROR_DATA,
            "dataset normalise: the pictures' values are %g to %g already; leave this line out, or say "
            "by=NUMBER",
            low, high);
    if (high <= 16 || high > 255)
        return cn__fail(
            CN_ERROR_DATA,
            "dataset normalise: the pictures' values are %g to %g, not 0 to 255; expected the number to "
            "divide by: by=%g",
            low, high, high);
    return CN_OK;
}

static cn_status normalise(cn__arena *arena, const cn__arguments *a, cn__stage *s)
{
    static const char *const words[] = {"standard", "minmax", "robust", "log"};
    bool bytes = s->x.dtype == CN_UINT8 || cn__stage_has_images(s);
    const char *word = a->by ? cn__value_name(a->by) : bytes ? NULL : "standard";
    if (word) {
        size_t which = 0, known = s->preparation ? 4 : 2; /* robust, log: of tables */
        while (which < known && strcmp(word, words[which]) != 0) which++;
        if (which == known) return cn__fail_word(CN_ERROR_ARGUMENT, "way to normalise", word, words, known);
        return by_columns(arena, s, words[which]);
    }
    bool number = !a->by || a->by->kind == CN_VALUE_INT || a->by->kind == CN_VALUE_FLOAT;
    double by = !a->by ? 255 : a->by->number;
    if (!a->by && cn__stage_has_images(s)) CN_TRY(check_bright(s));
    if (!number || !(by > 0))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset normalise: by=%s, expected a number over 0, standard or minmax",
                        cn__value_text(arena, a->by));
    if (!isfinite((float)by) || (float)by == 0)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset normalise: by=%g, expected a number that float32 holds",
                        by);
    s->how = cn__arena_format(arena, "/ %g", by);
    if (s->preparation) return cn__scale_table(arena, s, cn__arena_format(arena, "%.17g", by));
    s->divided_by = (float)by;
    CN_TRY(divide(&s->x, &s->before->x, (float)by));
    return divide(&s->test_x, &s->before->test_x, (float)by);
}

/* ---- shapes ------------------------------------------------------------------------------------------------------------- */

static cn_status reshape_part(cn_array *a, int ndim, const size_t *sample)
{
    size_t shape[CN_MAX_DIMS] = {a->shape[0]};
    memcpy(shape + 1, sample, (size_t)ndim * sizeof *shape);
    return cn_array_reshape(a, ndim + 1, shape);
}

static cn_status reshape(const cn__arguments *a, cn__stage *s)
{
    size_t sample[CN_MAX_DIMS], each = cn_array_sample_size(&s->x), product = 1;
    if (!a->shape.count || a->shape.count >= CN_MAX_DIMS - 1)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset reshape: %zu sizes, expected 1 to %d", a->shape.count,
                        CN_MAX_DIMS - 2);
    for (size_t i = 0; i < a->shape.count; i++)
        product *= a->shape.items[i] > 0 ? (size_t)a->shape.items[i] : 1;
    for (size_t i = 0; i < a->shape.count; i++)
        sample[i] = a->shape.items[i] > 0 ? (size_t)a->shape.items[i] : product ? each / product : 0;
    CN_TRY(reshape_part(&s->x, (int)a->shape.count, sample));
    return reshape_part(&s->test_x, (int)a->shape.count, sample);
}

static cn_status flatten(cn__stage *s)
{
    size_t each = cn_array_sample_size(&s->x);
    CN_TRY(reshape_part(&s->x, 1, &each));
    return reshape_part(&s->test_x, 1, &each);
}

static cn_status one_hot(cn__stage *s)
{
    if (s->task != CN_TASK_CLASSES)
        return cn__fail(CN_ERROR_DATA, "dataset one_hot: the targets are numbers, not classes");
    CN_TRY(cn_array_one_hot(&s->y, &s->labels, s->classes));
    return cn_array_one_hot(&s->test_y, &s->test_labels, s->classes);
}

cn_status cn__stage_change(cn__arena *arena, const cn__statement *statement, cn__stage *s)
{
    switch (statement->kind->verb) {
    case CN_VERB_DATASET_NORMALISE: return normalise(arena, &statement->arguments, s);
    case CN_VERB_DATASET_FLATTEN: return flatten(s);
    case CN_VERB_DATASET_RESHAPE: return reshape(&statement->arguments, s);
    default: return one_hot(s);
    }
}

/* ---- the same of other samples ---------------------------------------------------------------------------------------- */

static bool same_sample(const cn_array *a, const cn_array *b)
{
    bool same = a->ndim == b->ndim;
    for (int i = 1; same && i < a->ndim; i++) same = a->shape[i] == b->shape[i];
    return same;
}

static cn_status scale_like(const cn__stage *s, cn_array *x)
{
    cn_array from = *x;
    if (!s->shift && s->divided_by == 0) return CN_OK;
    CN_TRY(s->shift ? rescale(x, &from, s->shift, s->scale) : divide(x, &from, s->divided_by));
    if (x->data != from.data) cn_array_free(&from);
    else x->owned = from.owned; /* bytes, which are divided as they are used */
    return CN_OK;
}

cn_status cn__change_likewise(const cn__stage *s, cn_array *x, cn_array *y)
{
    if (s->before) CN_TRY(cn__change_likewise(s->before, x, y));
    if (s->before && cn_array_sample_size(x) == cn_array_sample_size(&s->before->x)) CN_TRY(scale_like(s, x));
    if (cn_array_sample_size(x) == cn_array_sample_size(&s->x) && !same_sample(x, &s->x))
        CN_TRY(reshape_part(x, s->x.ndim - 1, s->x.shape + 1));
    if (s->task != CN_TASK_CLASSES || s->y.ndim == y->ndim) return CN_OK;
    cn_array labels = *y;
    CN_TRY(cn_array_one_hot(y, &labels, s->classes));
    cn_array_free(&labels);
    return CN_OK;
}
