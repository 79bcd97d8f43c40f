/* What a preparation learns of rows: values for missing ones, means and ranges. */
#include "data/preparation/preparation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dmath.h"
#include "data/data.h"
#include "model/target_scale.h"

int cn__by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += v[i];
    return sum / (double)n;
}

/* The smallest of several. `v` is sorted. */
static double most_frequent(const double *v, size_t n)
{
    size_t best = 0, run = 0;
    double found = v[0];
    for (size_t i = 0; i < n; i++) {
        run = i && v[i] == v[i - 1] ? run + 1 : 1;
        if (run > best) best = run, found = v[i];
    }
    return found;
}

static double summarise(cn__fill fill, double *v, size_t n)
{
    if (fill == CN_FILL_MEAN) return mean_of(v, n);
    qsort(v, n, sizeof *v, cn__by_value);
    if (fill == CN_FILL_MEDIAN) return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
    return most_frequent(v, n);
}

/* The values that are there, of the rows. */
static cn_status gather(const cn_table *t, const cn__input *in, const uint32_t *rows, size_t count,
                        double *out, size_t *found)
{
    size_t k;
    CN_TRY(cn_table_find(t, in->name, &k));
    const cn__column *c = &t->column[k];
    uint32_t *places = in->form == CN_FORM_ORDINAL ? cn__preparation_words(c, in->words, in->count) : NULL;
    if (in->form == CN_FORM_ORDINAL && !places) return CN_ERROR_MEMORY;
    *found = 0;
    for (size_t i = 0; i < count; i++) {
        double v = cn__input_value(in, c, places, rows ? rows[i] : i);
        if (!isnan(v)) out[(*found)++] = v;
    }
    cn__free(places);
    return CN_OK;
}

static cn_status learn_word(cn__input *in, const cn__column *c, const uint32_t *rows, size_t count)
{
    size_t *counts = cn__calloc(c->category_count + 1, sizeof *counts), best = 0;
    if (!counts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = c->codes[rows ? rows[i] : i];
        if (code != CN_TABLE_MISSING) counts[code]++;
    }
    for (size_t k = 1; k < c->category_count; k++)
        if (counts[k] > counts[best]) best = k;
    in->frequent = c->category_count ? best : SIZE_MAX;
    cn__free(counts);
    return CN_OK;
}

/* Between the sorted values, as numpy has it. */
static double quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? v[below] + (at - (double)below) * (v[below + 1] - v[below]) : v[n - 1];
}

/* Bounds with as many of the values between them. Bins that no value can be in stay: the number of features does not change. */
static cn_status learn_bins(const cn_table *t, cn__input *in, const uint32_t *rows, size_t count,
                            double *values)
{
    size_t n;
    CN_TRY(gather(t, in, rows, count, values, &n));
    for (size_t r = n; r < count && !isnan(in->missing); r++) values[n++] = in->missing;
    qsort(values, n, sizeof *values, cn__by_value);
    for (size_t i = 0; n && i + 1 < in->count; i++)
        in->cuts[i] = (double)(float)quantile(values, n, (double)(i + 1) / (double)in->count);
    return CN_OK;
}

static cn_status learn_one(cn_preparation *p, const cn_table *t, cn__input *in, const uint32_t *rows,
                           size_t count, double *values)
{
    size_t k, n;
    CN_TRY(cn_table_find(t, in->name, &k));
    if (in->form == CN_FORM_TEXT) return CN_OK; /* an empty text has no words */
    if (in->form == CN_FORM_ONE_HOT)
        return p->fill == CN_FILL_MOST_FREQUENT ? learn_word(in, &t->column[k], rows, count) : CN_OK;
    CN_TRY(gather(t, in, rows, count, values, &n));
    if (!n)
        return cn__fail(
            CN_ERROR_DATA,
            "%s: no row of the training part has a value in column '%s'; ignore=[%s] leaves it out", t->path,
            in->name, in->name);
    in->missing = p->fill == CN_FILL_NUMBER ? p->fill_number : summarise(p->fill, values, n);
    return CN_OK;
}

/* ---- scaling ------------------------------------------------------------------------------------------------------------- */

typedef enum scaling { STANDARD, MINMAX, ROBUST, LOG } scaling;

static cn_status read_scaling(const char *how, bool log, scaling *out)
{
    static const char *const words[] = {
        [STANDARD] = "standard", [MINMAX] = "minmax", [ROBUST] = "robust", [LOG] = "log"};
    const size_t count = log ? 4 : 3;
    size_t kind = 0;
    while (kind < count && strcmp(how, words[kind]) != 0) kind++;
    if (kind == count) return cn__fail_word(CN_ERROR_ARGUMENT, "way to scale", how, words, count);
    *out = (scaling)kind;
    return CN_OK;
}

/* What brings the values to their scale. Sorts them. */
static void scale_values(scaling how, double *v, size_t n, double *shift, double *scale)
{
    double mean = mean_of(v, n), squares = 0;
    for (size_t i = 0; i < n; i++) squares += (v[i] - mean) * (v[i] - mean);
    qsort(v, n, sizeof *v, cn__by_value);
    double width = how == STANDARD ? sqrt(squares / (double)n)
                   : how == MINMAX ? v[n - 1] - v[0]
                                   : quantile(v, n, 0.75) - quantile(v, n, 0.25);
    *shift = how == STANDARD ? mean : how == MINMAX ? v[0] : quantile(v, n, 0.5);
    *scale = width > 0 ? width : 1; /* a column of equal numbers becomes zeros */
}

static cn_status scale_input(cn__input *in, scaling how, const cn_table *t, const uint32_t *rows,
                             size_t count, double *values)
{
    size_t n;
    if (!cn__input_is_number(in)) return CN_OK;
    if (how == LOG) {
        in->log = in->form == CN_FORM_NUMBER;
        return CN_OK;
    }
    CN_TRY(gather(t, in, rows, count, values, &n));
    for (size_t r = n; r < count && !isnan(in->missing); r++) values[n++] = in->missing;
    for (size_t i = 0; i < n && in->log; i++) {
        if (!(values[i] > -1)) return cn__fail_log(t, in->name, values[i]);
        values[i] = cn__log1p(values[i]);
    }
    if (n) scale_values(how, values, n, &in->shift, &in->scale);
    return CN_OK;
}

cn_status cn_preparation_scale(cn_preparation *p, const char *how, const cn_table *t, const uint32_t *rows,
                               size_t count)
{
    scaling kind;
    CN_TRY(read_scaling(how, true, &kind));
    if (!rows) count = t->rows;
    double *values = cn__malloc((count + 1) * sizeof *values);
    cn_status status = values ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < p->input_count; i++)
        status = scale_input(&p->inputs[i], kind, t, rows, count, values);
    cn__free(values);
    p->scaled = p->scaled || status == CN_OK;
    return status;
}

/* ---- the target ---------------------------------------------------------------------------------------------------------- */

cn_status cn__scaling_check(const char *how)
{
    scaling kind;
    return how ? read_scaling(how, false, &kind) : CN_OK;
}

static cn_status learn_target(const cn_preparation *p, cn__target *target, const cn_table *t,
                              const uint32_t *rows, size_t count, double *values)
{
    size_t k, n;
    scaling kind;
    CN_TRY(read_scaling(p->target_scale, false, &kind));
    CN_TRY(cn_table_find(t, target->name, &k));
    const cn__input column = {.name = target->name, .form = CN_FORM_NUMBER};
    CN_TRY(gather(t, &column, rows, count, values, &n));
    for (size_t i = 0; i < n && target->log; i++) {
        if (!(values[i] > -1)) return cn__fail_log(t, target->name, values[i]);
        values[i] = cn__log1p(values[i]);
    }
    if (n) scale_values(kind, values, n, &target->shift, &target->scale);
    return CN_OK;
}

cn_status cn_preparation_attach(const cn_preparation *p, cn_model *model)
{
    cn__target_scale *scales = cn__malloc((p->target_count + 1) * sizeof *scales);
    if (!scales) return CN_ERROR_MEMORY;
    bool any = false;
    for (size_t i = 0; i < p->target_count; i++) {
        const cn__target *t = &p->targets[i];
        scales[i] = (cn__target_scale){t->shift, t->scale, t->log};
        any = any || (!t->classes && (t->log || t->shift != 0 || t->scale != 1));
    }
    cn_status status = any ? cn__model_set_target_scale(model, scales, p->target_count) : CN_OK;
    cn__free(scales);
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------------- */

cn_status cn_preparation_learn(cn_preparation *p, const cn_table *t, const uint32_t *rows, size_t count)
{
    if (!rows) count = t->rows;
    double *values = cn__malloc((count + 1) * sizeof *values);
    cn_status status = values ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < p->input_count && p->fill > CN_FILL_DROP; i++)
        status = learn_one(p, t, &p->inputs[i], rows, count, values);
    for (size_t i = 0; status == CN_OK && i < p->input_count; i++)
        if (p->inputs[i].by_quantile) status = learn_bins(t, &p->inputs[i], rows, count, values);
    for (size_t i = 0; status == CN_OK && i < p->target_count && p->target_scale; i++)
        status = learn_target(p, &p->targets[i], t, rows, count, values);
    cn__free(values);
    return status;
}

cn_status cn__fill_read(const char *word, cn__fill *out, double *number)
{
    static const char *const words[] = {"error", "drop", "mean", "median", "most_frequent"};
    for (int i = 0; word && i < 5; i++) {
        *out = (cn__fill)i;
        if (strcmp(word, words[i]) == 0) return CN_OK;
    }
    char *end = NULL;
    double v = word ? cn__strtod(word, &end) : 0;
    *out = CN_FILL_ERROR;
    if (word && end > word && !*end && isfinite(v)) {
        *out = CN_FILL_NUMBER;
        *number = v;
        return CN_OK;
    }
    return word ? cn__fail_word(CN_ERROR_ARGUMENT, "word for missing", word, words, 5) : CN_OK;
}
