/* plot boundary: which class a model of two inputs answers where, and the test part's samples. plot reconstruction: an
 * autoencoder's pictures under the originals. */
#include <math.h>
#include <string.h>

#include "cornu/classes.h"
#include "data/preparation/preparation.h"
#include "lab/show/show.h"

/* Calls `show` with the trained model of each job. */
static cn_status each(cn__show *s, cn_status (*show)(cn__show *, const cn__job *, cn_model *))
{
    for (size_t i = 0; i < s->step->job_count; i++) {
        cn_model *m = cn__run_model(s->run, s->step->jobs[i]);
        cn_status status = m ? show(s, s->step->jobs[i], m) : cn_error_status();
        cn_model_free(m);
        CN_TRY(status);
    }
    return CN_OK;
}

/* ---- boundary ------------------------------------------------------------------------------------------------------------ */

enum { ACROSS = 96, UP = 72, MOST_SHOWN = 1500 };

/* One of the two inputs: its range as the model takes it, and what that is in the table. */
typedef struct axis {
    const char *name;
    double low, high, shift, scale;
} axis;

static double raw(const axis *a, double v) { return v * a->scale + a->shift; }

static void widen(const cn_array *x, size_t column, axis *a)
{
    for (size_t i = 0; i < x->shape[0]; i++) {
        a->low = fmin(a->low, cn_array_at(x, 2 * i + column));
        a->high = fmax(a->high, cn_array_at(x, 2 * i + column));
    }
}

static axis axis_of(const cn__stage *d, size_t column)
{
    axis a = {.name = d->feature_names ? d->feature_names[column]
                      : column         ? "x1"
                                       : "x0",
              .low = HUGE_VAL,
              .high = -HUGE_VAL,
              .scale = 1};
    widen(&d->x, column, &a);
    widen(&d->test_x, column, &a);
    const double margin = a.high > a.low ? 0.06 * (a.high - a.low) : 0.5;
    a.low -= margin, a.high += margin;
    const cn_preparation *p = d->preparation;
    for (size_t i = 0; p && p->features == 2 && i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        if (in->at == column && cn__input_is_number(in) && !in->log) a.shift = in->shift, a.scale = in->scale;
    }
    return a;
}

/* What the model answers in the middle of each cell, from the lowest row up. */
static cn_status ask(cn__show *s, cn_model *m, const axis a[2], int *out)
{
    float *points = cn__show_array(s, (size_t)2 * ACROSS * UP, sizeof *points);
    if (!points) return CN_ERROR_MEMORY;
    for (int i = 0; i < ACROSS * UP; i++) {
        points[2 * i] = (float)(a[0].low + (a[0].high - a[0].low) * (i % ACROSS + 0.5) / ACROSS);
        points[2 * i + 1] = (float)(a[1].low + (a[1].high - a[1].low) * ((double)(i / ACROSS) + 0.5) / UP);
    }
    const cn_array x = cn_array_view(CN_FLOAT32, points, 2, (size_t[]){(size_t)ACROSS * UP, 2});
    cn_array rows = {0};
    CN_TRY(cn_model_predict(m, &x, &rows));
    for (size_t i = 0; i < (size_t)ACROSS * UP; i++) out[i] = (int)cn_predicted_class(&rows, i);
    cn_array_free(&rows);
    return CN_OK;
}

/* The test part's samples of one class. */
static cn_status points_of(cn__show *s, const cn__stage *d, const axis a[2], size_t class, cn__series *out)
{
    const size_t n = d->test_x.shape[0] < MOST_SHOWN ? d->test_x.shape[0] : MOST_SHOWN;
    double *x = cn__show_array(s, n, sizeof *x), *y = cn__show_array(s, n, sizeof *y);
    size_t count = 0;
    if (!x || !y) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if ((size_t)cn_array_at(&d->test_labels, i) != class) continue;
        x[count] = raw(&a[0], cn_array_at(&d->test_x, 2 * i));
        y[count++] = raw(&a[1], cn_array_at(&d->test_x, 2 * i + 1));
    }
    *out = (cn__series){.name = d->class_names[class], .count = count, .x = x, .y = y};
    return CN_OK;
}

static cn__axis shown_axis(const axis *a)
{
    return (cn__axis){
        .title = a->name, .range = CN_RANGE_FIXED, .min = raw(a, a->low), .max = raw(a, a->high)};
}

static cn_status show_boundary(cn__show *s, const cn__job *j, cn_model *m)
{
    const cn__stage *d = j->data;
    const axis a[2] = {axis_of(d, 0), axis_of(d, 1)};
    int *regions = cn__show_array(s, (size_t)ACROSS * UP, sizeof *regions);
    cn__series *series = cn__show_array(s, d->classes, sizeof *series);
    if (!regions || !series) return CN_ERROR_MEMORY;
    CN_TRY(ask(s, m, a, regions));
    for (size_t k = 0; k < d->classes; k++) CN_TRY(points_of(s, d, a, k, &series[k]));
    const cn__panel panel = {.kind = CN_PANEL_SCATTER,
                             .x = shown_axis(&a[0]),
                             .y = shown_axis(&a[1]),
                             .series = series,
                             .series_count = d->classes,
                             .regions = regions,
                             .region_rows = UP,
                             .region_columns = ACROSS};
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_BOUNDARY_CAPTION), j->model->title);
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, cn__show_format(s, "boundary-%s", j->model->name), caption, NULL);
}

cn_status cn__show_boundary(cn__show *s) { return each(s, show_boundary); }

/* ---- reconstruction ------------------------------------------------------------------------------------------------------ */

/* Some samples as pictures, whatever shape they have; the numbers are copied, since a figure outlives them. */
static cn_status add_pictures(cn__show *s, const cn__stage *d, const cn_array *from, size_t count,
                              cn__image *out)
{
    const size_t each = cn_array_sample_size(from);
    float *pixels = cn__show_array(s, count * each, sizeof *pixels);
    if (!pixels) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count * each; i++) pixels[i] = (float)cn_array_at(from, i);
    for (size_t i = 0; i < count; i++)
        out[i] = (cn__image){
            .pixels = cn_array_view(CN_FLOAT32, pixels + i * each, d->images.ndim - 1, d->images.shape + 1)};
    return CN_OK;
}

static cn_status show_reconstruction(cn__show *s, const cn__job *j, cn_model *m)
{
    const cn__stage *d = j->data;
    const cn__arguments *a = &s->step->statement.arguments;
    const size_t count = (size_t)a->count < d->test_x.shape[0] ? (size_t)a->count : d->test_x.shape[0];
    cn__image *images = cn__show_array(s, 2 * count, sizeof *images);
    cn_array x = cn_array_slice(&d->test_x, 0, count), rows = {0};
    if (!images) return CN_ERROR_MEMORY;
    CN_TRY(add_pictures(s, d, &d->test_y, count, images));
    CN_TRY(cn_model_predict(m, &x, &rows));
    cn_status status = add_pictures(s, d, &rows, count, images + count);
    cn_array_free(&rows);
    CN_TRY(status);
    const cn__panel panel = {.kind = CN_PANEL_IMAGES,
                             .images = {.count = 2 * count,
                                        .columns = count,
                                        .items = images,
                                        .scale = CN_IMAGE_COMMON,
                                        .inverted = a->inverted}};
    const char *caption =
        cn__show_format(s, cn__show_message(s, CN_MSG_RECONSTRUCTION_CAPTION), j->model->title);
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    const char *id = cn__show_format(s, "reconstruction-%s", j->model->name);
    return cn__show_figure(s, &figure, id, caption, NULL);
}

cn_status cn__show_reconstruction(cn__show *s) { return each(s, show_reconstruction); }
