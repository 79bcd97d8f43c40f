/* What dataset statements show. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/show/show.h"

static const char *shape_text(cn__show *s, const cn_array *a)
{
    char text[120];
    return cn__show_format(s, "%s", cn_array_shape_text(a, text, sizeof text));
}

/* Of the numbers that it stands for. */
static const char *type_of(const cn_array *a)
{
    return cn_dtype_name(a->divide_by != 0 ? CN_FLOAT32 : a->dtype);
}

/* "28 × 28", "784" */
static const char *sample_text(cn__show *s, const cn_array *a)
{
    cn__text text = {0};
    for (int i = 1; i < a->ndim; i++) cn__text_printf(&text, "%s%zu", i > 1 ? " × " : "", a->shape[i]);
    const char *copy = cn__show_format(s, "%s", text.data ? text.data : "1");
    cn__text_free(&text);
    return copy;
}

/* A sample's targets: "3.5", or "3.5, 1, 0" and how many more there are. */
static const char *numbers_of(cn__show *s, const cn_array *y, size_t i)
{
    enum { SHOWN = 8 };
    cn__text text = {0};
    size_t each = cn_array_sample_size(y);
    for (size_t k = 0; k < each && k < SHOWN; k++)
        cn__text_printf(&text, "%s%g", k ? ", " : "", cn_array_at(y, i * each + k));
    if (each > SHOWN) cn__text_printf(&text, ", … (%zu)", each);
    const char *copy = cn__show_format(s, "%s", text.data ? text.data : "");
    cn__text_free(&text);
    return copy;
}

static const char *label_of(cn__show *s, const cn__stage *d, size_t i)
{
    if (d->task == CN_TASK_NUMBER) return numbers_of(s, &d->y, i);
    size_t c = (size_t)cn_array_at(&d->labels, i);
    return c < d->classes ? d->class_names[c] : cn__show_format(s, "%zu", c);
}

/* Rows that were left out of a table, values that were put into it. */
static cn_status show_missing(cn__show *s, const cn__stage *d)
{
    if (d->notes && *d->notes) CN_TRY(cn__show_log(s, d->notes));
    if (d->dropped)
        CN_TRY(cn__show_log(
            s, cn__show_format(s, cn__show_message(s, CN_COUNTED(DROPPED, d->dropped)), d->dropped)));
    if (!d->filled) return CN_OK;
    if (strcmp(d->filled_with, "mean") == 0)
        return cn__show_log(
            s, cn__show_format(s, cn__show_message(s, CN_COUNTED(FILLED, d->filled)), d->filled));
    return cn__show_log(
        s, cn__show_format(s, cn__show_message(s, CN_MSG_FILLED_WITH), d->filled_with, d->filled));
}

/* ---- info ---------------------------------------------------------------------------------------------------------- */

static void add_part(cn__rows *t, cn__show *s, cn__msg name, const cn_array *x)
{
    double low, high;
    char count[40];
    cn_array_range(x, &low, &high);
    cn__rows_add(t, "%s", cn__show_message(s, name));
    cn__rows_add(t, "%s", cn__grouped(s->language, (long long)x->shape[0], count, sizeof count));
    cn__rows_add(t, "%s%s%s", sample_text(s, x), x->ndim == 3 ? " " : "",
                 x->ndim == 3 ? cn__show_message(s, CN_MSG_PIXELS) : "");
    cn__rows_add(t, "%s", type_of(x));
    cn__rows_add(t, "%g – %g", low, high);
}

/* Zero has no sign, whatever was rounded to it. */
static double hundredths(double v) { return fabs(v) < 0.005 ? 0 : v; }

/* Mean, deviation and range of each column of a table. */
static cn_status show_columns(cn__show *s, const cn__stage *d)
{
    static const cn__msg heads[] = {CN_MSG_COLUMN, CN_MSG_MEAN, CN_MSG_DEVIATION, CN_MSG_LEAST, CN_MSG_MOST};
    cn__rows t = cn__rows_begin(s, 5);
    for (int i = 0; i < 5; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    size_t each = cn_array_sample_size(&d->x), n = d->x.shape[0];
    size_t targets = d->task == CN_TASK_CLASSES ? 0 : cn_array_sample_size(&d->y);
    for (size_t c = 0; c < d->features + targets && d->features == each; c++) {
        bool target = c >= d->features;
        double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < n; i++) {
                double v =
                    target ? cn_array_at(&d->y, i * targets + c - each) : cn_array_at(&d->x, i * each + c);
                if (pass) squares += pow(v - sum / (double)n, 2);
                else sum += v;
                low = fmin(low, v), high = fmax(high, v);
            }
        cn__rows_add(&t, "%s", target ? d->targets[c - each] : d->feature_names[c]);
        double deviation = sqrt(squares / (double)n);
        bool fine = deviation > 0 && deviation < 0.1; /* hundredths would not show it */
        cn__rows_add(&t, fine ? "%.4g" : "%.2f", fine ? sum / (double)n : hundredths(sum / (double)n));
        cn__rows_add(&t, fine ? "%.3g" : "%.2f", deviation);
        cn__rows_add(&t, fine ? "%.4g" : "%.2f", fine ? low : hundredths(low));
        cn__rows_add(&t, fine ? "%.4g" : "%.2f", fine ? high : hundredths(high));
    }
    return cn__rows_end(&t, true, NULL);
}

/* A line for each array with a name, of the training and of the test part. */
static cn_status show_arrays(cn__show *s, const cn__stage *d)
{
    static const cn__msg heads[] = {CN_MSG_ARRAY, CN_MSG_TRAINING, CN_MSG_TEST,   CN_MSG_SHAPE,
                                    CN_MSG_TYPE,  CN_MSG_RANGE,    CN_MSG_CLASSES};
    cn__rows t = cn__rows_begin(s, 7);
    for (int i = 0; i < 7; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    for (size_t i = 0; i < d->named_count; i++) {
        const cn__stage *one = d->named[i].stage;
        const cn_array *a = d->named[i].input ? &one->x : &one->y;
        double low, high;
        char count[40];
        cn_array_range(a, &low, &high);
        cn__rows_add(&t, "%s", d->named[i].name);
        cn__rows_add(&t, "%s", cn__grouped(s->language, (long long)a->shape[0], count, sizeof count));
        cn__rows_add(&t, "%s",
                     cn__grouped(s->language, (long long)one->test_x.shape[0], count, sizeof count));
        cn__rows_add(&t, "%s", sample_text(s, a));
        cn__rows_add(&t, "%s", type_of(a));
        cn__rows_add(&t, "%g – %g", low, high);
        if (d->named[i].target && one->task == CN_TASK_CLASSES) cn__rows_add(&t, "%zu", one->classes);
        else cn__rows_add(&t, "–");
    }
    return cn__rows_end(&t, true, cn__show_format(s, cn__show_message(s, CN_MSG_INFO_CAPTION), d->name));
}

static cn_status show_info(cn__show *s, const cn__stage *d)
{
    if (d->named_count) return show_arrays(s, d);
    static const cn__msg heads[] = {CN_MSG_PART, CN_MSG_SAMPLES, CN_MSG_SHAPE, CN_MSG_TYPE, CN_MSG_RANGE};
    cn__rows t = cn__rows_begin(s, 5);
    for (int i = 0; i < 5; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    add_part(&t, s, CN_MSG_TRAINING, &d->x);
    add_part(&t, s, CN_MSG_TEST, &d->test_x);
    CN_TRY(cn__rows_end(&t, true, cn__show_format(s, cn__show_message(s, CN_MSG_INFO_CAPTION), d->name)));
    if (d->feature_names) CN_TRY(show_columns(s, d));
    cn__text text = {0};
    if (d->task == CN_TASK_CLASSES) {
        cn__text_printf(&text, "%s: %zu (", cn__show_message(s, CN_MSG_CLASSES), d->classes);
        for (size_t i = 0; i < d->classes; i++)
            cn__text_printf(&text, "%s%s", i ? ", " : "", d->class_names[i]);
        cn__text_add(&text, ")\n");
    } else if (d->targets) {
        cn__text_printf(&text, cn__show_message(s, CN_MSG_TARGET), cn__target_text(s->arena, d));
        cn__text_add(&text, "\n");
    }
    cn_status status = text.data ? cn__show_log(s, text.data) : CN_OK;
    cn__text_free(&text);
    return status;
}

/* ---- show and grid --------------------------------------------------------------------------------------------------- */

static cn_array image_of(const cn_array *images, size_t i)
{
    cn_array one = cn_array_slice(images, i, 1);
    return cn_array_view(one.dtype, one.data, images->ndim - 1, images->shape + 1);
}

/* The numbers of a picture in rows, each column as wide as its widest. */
static cn_status show_matrix(cn__show *s, const cn_array *image)
{
    size_t rows = image->shape[0], columns = image->shape[1];
    if (image->ndim != 2) return CN_OK;
    cn__text text = {0};
    int *width = cn__show_array(s, columns, sizeof *width);
    if (!width) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < rows * columns; i++) {
        int w = (int)strlen(cn__show_format(s, "%.4g", cn_array_at(image, i)));
        width[i % columns] = w > width[i % columns] ? w : width[i % columns];
    }
    for (size_t r = 0; r < rows; r++) {
        cn__text_add(&text, r ? " [" : "[[");
        for (size_t c = 0; c < columns; c++)
            cn__text_printf(&text, "%s%*.4g", c ? " " : "", width[c], cn_array_at(image, r * columns + c));
        cn__text_add(&text, r + 1 < rows ? "]\n" : "]]\n");
    }
    cn_status status = cn__show_log(s, text.data);
    cn__text_free(&text);
    return status;
}

static cn_status show_images(cn__show *s, const cn__image *images, size_t count, size_t columns,
                             const char *id, const char *caption)
{
    const cn__panel panel = {.kind = CN_PANEL_IMAGES,
                             .images = {.count = count,
                                        .columns = columns,
                                        .items = images,
                                        .inverted = s->step->statement.arguments.inverted}};
    const cn__figure figure = {.panels = &panel, .panel_count = 1, .alt = caption};
    return cn__show_figure(s, &figure, id, caption, NULL);
}

/* A sample of each array: as many numbers as a row has room for. */
static cn_status show_named(cn__show *s, const cn__stage *d, size_t i)
{
    cn__rows t = cn__rows_begin(s, 2);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_ARRAY));
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_VALUE));
    for (size_t k = 0; k < d->named_count; k++) {
        const cn__named *n = &d->named[k];
        cn__rows_add(&t, "%s", n->name);
        cn__rows_add(&t, "%s", n->input ? numbers_of(s, &n->stage->x, i) : label_of(s, n->stage, i));
    }
    return cn__rows_end(&t, true, cn__show_format(s, cn__show_message(s, CN_MSG_ROW_CAPTION), i));
}

static cn_status show_row(cn__show *s, const cn__stage *d, size_t i)
{
    if (d->named_count && !s->step->statement.arguments.of) return show_named(s, d, i);
    cn__rows t = cn__rows_begin(s, 2);
    size_t each = cn_array_sample_size(&d->x);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_COLUMN));
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_VALUE));
    for (size_t c = 0; c < each && c < 200; c++) {
        cn__rows_add(&t, "%s",
                     d->feature_names && c < d->features ? d->feature_names[c]
                                                         : cn__show_format(s, "%zu", c));
        cn__rows_add(&t, "%.4g", cn_array_at(&d->x, i * each + c));
    }
    cn__rows_add(&t, "%s", d->targets ? cn__target_text(s->arena, d) : "y");
    cn__rows_add(&t, "%s", label_of(s, d, i));
    return cn__rows_end(&t, true, cn__show_format(s, cn__show_message(s, CN_MSG_ROW_CAPTION), i));
}

static cn_status show_one(cn__show *s, const cn__stage *d)
{
    const cn__arguments *a = &s->step->statement.arguments;
    size_t i = (size_t)a->index;
    if (!cn__stage_has_images(d)) return show_row(s, d, i);
    cn__image *image = cn__show_array(s, 1, sizeof *image);
    if (!image) return CN_ERROR_MEMORY;
    const char *label = label_of(s, d, i);
    *image = (cn__image){.pixels = image_of(&d->images, i),
                         .title = cn__show_format(s, "%s: %s", cn__show_message(s, CN_MSG_LABEL), label)};
    CN_TRY(cn__show_log(s, cn__show_format(s, "%s: %s\n", cn__show_message(s, CN_MSG_LABEL), label)));
    if (a->matrix) CN_TRY(show_matrix(s, &image->pixels));
    return show_images(s, image, 1, 1, cn__show_format(s, "sample-%zu", i),
                       cn__show_format(s, cn__show_message(s, CN_MSG_SAMPLE_CAPTION), i, label));
}

/* {label} and {index} of a title. */
static const char *title_of(cn__show *s, const char *pattern, const char *label, size_t index)
{
    if (!pattern) return cn__show_format(s, "%s: %s", cn__show_message(s, CN_MSG_LABEL), label);
    cn__text text = {0};
    for (const char *p = pattern; *p;) {
        bool is_label = strncmp(p, "{label}", 7) == 0, is_index = strncmp(p, "{index}", 7) == 0;
        if (is_label) cn__text_add(&text, label);
        else if (is_index) cn__text_printf(&text, "%zu", index);
        else cn__text_add_bytes(&text, p, 1);
        p += is_label || is_index ? 7 : 1;
    }
    const char *copy = cn__show_format(s, "%s", text.data ? text.data : "");
    cn__text_free(&text);
    return copy;
}

static cn_status show_grid(cn__show *s, const cn__stage *d)
{
    const cn__arguments *a = &s->step->statement.arguments;
    size_t count = (size_t)(a->rows * a->columns), first = (size_t)a->first;
    cn__image *images = cn__show_array(s, count, sizeof *images);
    if (!images) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        images[i] = (cn__image){.pixels = image_of(&d->images, first + i),
                                .title = title_of(s, a->title, label_of(s, d, first + i), first + i)};
    return show_images(
        s, images, count, (size_t)a->columns, "samples",
        cn__show_format(s, cn__show_message(s, CN_COUNTED(GRID_CAPTION, count)), first, first + count - 1));
}

/* ---- histogram ---------------------------------------------------------------------------------------------------------- */

static void count_classes(const cn_array *labels, double *counts, size_t classes)
{
    for (size_t i = 0; i < labels->shape[0]; i++) {
        size_t c = (size_t)cn_array_at(labels, i);
        if (c < classes) counts[c]++;
    }
}

static cn_status show_classes(cn__show *s, const cn__stage *d)
{
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    double *counts = cn__show_array(s, 2 * d->classes, sizeof *counts);
    if (!series || !counts) return CN_ERROR_MEMORY;
    count_classes(&d->labels, counts, d->classes);
    count_classes(&d->test_labels, counts + d->classes, d->classes);
    series[0] = (cn__series){.name = cn__show_message(s, CN_MSG_TRAINING),
                             .split = CN_SPLIT_TRAINING,
                             .count = d->classes,
                             .y = counts};
    series[1] = (cn__series){.name = cn__show_message(s, CN_MSG_TEST),
                             .split = CN_SPLIT_TEST,
                             .count = d->classes,
                             .y = counts + d->classes};
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .x = {.title = cn__show_message(s, CN_MSG_CLASS)},
                             .y = {.title = cn__show_message(s, CN_MSG_SAMPLES)},
                             .decimals = -1,
                             .series = series,
                             .series_count = 2,
                             .categories = d->class_names,
                             .category_count = d->classes};
    const cn__figure figure = {
        .title = cn__show_message(s, CN_MSG_CLASSES_TITLE), .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, "classes", cn__show_message(s, CN_MSG_CLASSES_CAPTION), NULL);
}

static cn_status show_values(cn__show *s, const cn__stage *d)
{
    enum { BINS = 24 };
    size_t n = cn_array_size(&d->y), m = cn_array_size(&d->test_y);
    double *values = cn__show_array(s, n, sizeof *values),
           *edges = cn__show_array(s, BINS + 1, sizeof *edges),
           *counts = cn__show_array(s, 2 * BINS, sizeof *counts);
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    if (!values || !edges || !counts || !series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) values[i] = cn_array_at(&d->y, i);
    cn__histogram_count(values, n, BINS, edges, counts);
    for (size_t i = 0; i < m; i++) {
        double at = (cn_array_at(&d->test_y, i) - edges[0]) / (edges[BINS] - edges[0]) * BINS;
        if (at >= 0 && at <= BINS) counts[BINS + (at == BINS ? BINS - 1 : (size_t)at)]++;
    }
    series[0] = (cn__series){
        .name = cn__show_message(s, CN_MSG_TRAINING), .split = CN_SPLIT_TRAINING, .count = BINS, .y = counts};
    series[1] = (cn__series){
        .name = cn__show_message(s, CN_MSG_TEST), .split = CN_SPLIT_TEST, .count = BINS, .y = counts + BINS};
    const char *target = d->targets ? cn__target_text(s->arena, d) : "y";
    const cn__panel panel = {.kind = CN_PANEL_HISTOGRAM,
                             .x = {.title = target},
                             .y = {.title = cn__show_message(s, CN_MSG_SAMPLES)},
                             .decimals = -1,
                             .series = series,
                             .series_count = 2,
                             .edges = edges};
    const cn__figure figure = {
        .title = cn__show_message(s, CN_MSG_TARGET_TITLE), .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, "target",
                           cn__show_format(s, cn__show_message(s, CN_MSG_TARGET_CAPTION), target), NULL);
}

/* ---- changes ----------------------------------------------------------------------------------------------------------------- */

/* The array's name, where it has one. */
static cn_status show_change(cn__show *s, const cn__stage *d, const char *name)
{
    double low[2], high[2];
    cn__text text = {0};
    cn_array_range(&d->before->x, &low[0], &high[0]);
    cn_array_range(&d->x, &low[1], &high[1]);
    cn__text_printf(&text, "%s: %s %s, %g – %g  →  %s %s, %.4g – %.4g\n", name, shape_text(s, &d->before->x),
                    type_of(&d->before->x), low[0], high[0], shape_text(s, &d->x), type_of(&d->x), low[1],
                    high[1]);
    cn__text_printf(&text, "%s: %s  →  %s\n", cn__show_message(s, CN_MSG_TEST),
                    shape_text(s, &d->before->test_x), shape_text(s, &d->test_x));
    cn_status status = cn__show_log(s, text.data);
    cn__text_free(&text);
    return status;
}

static cn_status show_one_hot(cn__show *s, const cn__stage *d, const char *name)
{
    cn__text text = {0};
    cn__text_printf(&text, "%s: %s  →  %s\n", name, shape_text(s, &d->before->y), shape_text(s, &d->y));
    cn__text_printf(&text, "%s: %s  →  %s\n", cn__show_message(s, CN_MSG_TEST),
                    shape_text(s, &d->before->test_y), shape_text(s, &d->test_y));
    cn__text_printf(&text, "%s  →  [", label_of(s, d, 0));
    for (size_t i = 0; i < d->classes; i++)
        cn__text_printf(&text, "%s%.0f.", i ? " " : "", cn_array_at(&d->y, i));
    cn__text_add(&text, "]\n");
    cn_status status = cn__show_log(s, text.data);
    cn__text_free(&text);
    return status;
}

/* What a statement has made of each array that it speaks of. */
static cn_status show_changes(cn__show *s, const cn__stage *d)
{
    const cn__statement *statement = &s->step->statement;
    const bool one_hot = statement->kind->verb == CN_VERB_DATASET_ONE_HOT;
    cn_status (*const show)(cn__show *, const cn__stage *, const char *) =
        one_hot ? show_one_hot : show_change;
    if (!d->named_count) return show(s, d, one_hot ? "y" : "x");
    for (size_t i = 0; i < d->named_count; i++)
        if (cn__named_is_chosen(&d->before->named[i], statement))
            CN_TRY(show(s, d->named[i].stage, d->named[i].name));
    return CN_OK;
}

/* The data as the statement's `of` asks for it. */
static const cn__stage *stage_of(cn__show *s, const cn__stage *d)
{
    const cn__value *of = s->step->statement.arguments.of;
    const char *name = !of ? NULL : cn__value_name(of->kind == CN_VALUE_LIST ? &of->items[0] : of);
    const bool target = s->step->statement.kind->verb == CN_VERB_DATASET_HISTOGRAM;
    cn__stage *view = name ? cn__show_array(s, 1, sizeof *view) : NULL;
    if (!view) return d;
    *view = *d;
    cn__stage_view(view, target ? NULL : cn__find_named(d, name), target ? cn__find_named(d, name) : NULL);
    return view;
}

cn_status cn__show_dataset(cn__show *s)
{
    const cn__stage *d = s->step->stage;
    switch (s->step->statement.kind->verb) {
    case CN_VERB_DATASET_LOAD: return show_missing(s, d);
    case CN_VERB_DATASET_INFO: return show_info(s, d);
    case CN_VERB_DATASET_SHOW: return show_one(s, stage_of(s, d));
    case CN_VERB_DATASET_GRID: return show_grid(s, stage_of(s, d));
    case CN_VERB_DATASET_HISTOGRAM:
        if (s->step->statement.arguments.column) return cn__show_column(s);
        d = stage_of(s, d);
        return d->task == CN_TASK_CLASSES ? show_classes(s, d) : show_values(s, d);
    default: return show_changes(s, d);
    }
}
