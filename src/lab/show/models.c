/* Models, and models beside each other. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "lab/show/show.h"

/* As it is before training, on the data that stands at this place. */
static cn_model *fresh(cn__show *s, const cn__lab_model *m, bool compiled)
{
    const cn__job *j = cn__job_first(m);
    cn__job probe = {.model = (cn__lab_model *)m,
                     .data = s->step->stage,
                     .seed = m->seed,
                     .optimizer = j ? j->optimizer : m->optimizer,
                     .loss = j ? j->loss : m->loss,
                     .metrics = j ? j->metrics : m->metrics,
                     .loss_weights = j ? j->loss_weights : m->loss_weights,
                     .convolution = j ? j->convolution : m->convolution};
    return cn__trial_model(&probe, compiled);
}

static cn_status show_text(cn__show *s, char *text)
{
    cn_status status = text ? cn__show_log(s, text) : cn_error_status();
    cn_text_free(text);
    return status;
}

cn_status cn__show_summary(cn__show *s)
{
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        cn_model *m = fresh(s, s->step->models[i], false);
        cn_status status = m ? show_text(s, cn_model_summary(m)) : cn_error_status();
        cn_model_free(m);
        CN_TRY(status);
    }
    return CN_OK;
}

cn_status cn__show_plan(cn__show *s)
{
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        cn_model *m = fresh(s, s->step->models[i], true);
        cn_status status =
            m ? show_text(s, cn_model_plan_text(m, (size_t)s->step->statement.arguments.batch_size))
              : cn_error_status();
        cn_model_free(m);
        CN_TRY(status);
    }
    return CN_OK;
}

cn_status cn__show_drawing(cn__show *s)
{
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        const cn__lab_model *of = s->step->models[i];
        cn__drawing *drawing = cn__show_array(s, 1, sizeof *drawing);
        if (!drawing) return CN_ERROR_MEMORY;
        cn_model *m = fresh(s, of, false);
        cn_status status = m ? cn__drawing_make(m, s->arena, drawing) : cn_error_status();
        cn_model_free(m);
        CN_TRY(status);
        const cn__panel panel = {.kind = CN_PANEL_NETWORK, .network = drawing};
        const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_NETWORK_CAPTION), of->title);
        const cn__figure figure = {.panels = &panel, .panel_count = 1, .alt = caption};
        CN_TRY(cn__show_figure(s, &figure, cn__show_format(s, "network-%s", of->name), caption, NULL));
    }
    return CN_OK;
}

/* ---- compare ----------------------------------------------------------------------------------------------------------- */

enum { SPLITS = 3 };

/* What an epoch's worth is: the mean over the epochs, the last one, or the best by what the name asks for. */
static double value_of(const cn__show *s, const char *name, const double *v, size_t epochs)
{
    const char *by = s->step->statement.arguments.by_word;
    if (!epochs) return (double)NAN;
    if (*by == 'm') return cn__values_mean(v, epochs);
    if (*by == 'l') return v[epochs - 1];
    double best = v[0];
    for (size_t i = 1; i < epochs; i++)
        if (cn__more_is_better(name) ? v[i] > best : v[i] < best) best = v[i];
    return best;
}

static const char *compare_caption(const cn__show *s)
{
    const char *by = s->step->statement.arguments.by_word;
    return cn__show_message(s, *by == 'l'   ? CN_MSG_COMPARE_LAST_CAPTION
                               : *by == 'b' ? CN_MSG_COMPARE_BEST_CAPTION
                                            : CN_MSG_COMPARE_CAPTION);
}

/* Values of training and validation, and the test's; NaN: not there. */
static void figures_of(cn__show *s, const cn__job *j, const char *name, double out[SPLITS])
{
    const cn__curves *h = &j->outcome.history;
    const double *v[SPLITS] = {cn__curves_find(h, name),
                               cn__curves_find(h, cn__show_format(s, "val_%s", name)),
                               cn__curves_find(&j->outcome.test, name)};
    for (int k = 0; k < SPLITS; k++)
        out[k] = !v[k] ? (double)NAN : k < 2 ? value_of(s, name, v[k], h->epochs) : v[k][0];
}

/* Accuracies that lie close together are shown as dots on an axis that begins at a round number, says so, and ends at 1. */
static void look_close(cn__show *s, double low, double high, cn__axis *y)
{
    static const double steps[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05};
    const double spread = high - low;
    size_t i = 0;
    if (!(low > 0.5 && spread < 0.2)) return;
    while (i + 1 < sizeof steps / sizeof *steps && steps[i] < spread / 4) i++;
    y->range = CN_RANGE_FIXED;
    y->min = steps[i] * floor((low - 0.1 * spread) / steps[i] - 1e-9);
    y->max = steps[i] * ceil((high + 0.35 * spread) / steps[i] + 1e-9); /* room for the value */
    if (high <= 1) y->max = fmin(y->max, 1);
    y->title = cn__show_format(s, cn__show_message(s, CN_MSG_AXIS_BEGINS), y->title,
                               cn__show_format(s, "%.*g", steps[i] < 0.01 ? 3 : 2, y->min));
}

static cn_status compare_panel(cn__show *s, const char *name, const char **titles, cn__panel *out)
{
    static const cn__msg words[SPLITS] = {CN_MSG_TRAINING, CN_MSG_VALIDATION, CN_MSG_TEST};
    static const cn__split splits[SPLITS] = {CN_SPLIT_TRAINING, CN_SPLIT_VALIDATION, CN_SPLIT_TEST};
    size_t n = s->step->job_count;
    cn__series *series = cn__show_array(s, SPLITS, sizeof *series);
    double *v = cn__show_array(s, SPLITS * n, sizeof *v), low = INFINITY, high = -INFINITY, one[SPLITS];
    if (!series || !v) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        figures_of(s, s->step->jobs[i], name, one);
        for (size_t k = 0; k < SPLITS; k++) {
            v[k * n + i] = one[k];
            low = fmin(low, one[k]), high = fmax(high, one[k]);
        }
    }
    for (size_t k = 0; k < SPLITS; k++)
        series[k] = (cn__series){
            .name = cn__show_message(s, words[k]), .split = splits[k], .count = n, .y = v + k * n};
    *out = (cn__panel){.kind = CN_PANEL_BARS,
                       .title = cn__metric_title(s, name),
                       .x = {.title = cn__show_message(s, CN_MSG_MODEL)},
                       .y = {.title = cn__metric_title(s, name)},
                       .series = series,
                       .series_count = SPLITS,
                       .categories = titles,
                       .category_count = n};
    if (strstr(name, "acc")) look_close(s, low, high, &out->y);
    return CN_OK;
}

static void add_figures(cn__rows *t, const cn__job *j, const double v[SPLITS])
{
    for (int k = 0; k < SPLITS; k++) {
        if (!cn__job_has_run(j)) cn__rows_add(t, "%s", cn__show_message(t->show, CN_MSG_NOT_RUN));
        else if (isnan(v[k])) cn__rows_add(t, "–");
        else cn__rows_add(t, "%.3f", v[k]);
    }
}

/* Of several outputs: a row for each value, where a column for each would be too many. */
static cn_status compare_rows(cn__show *s, const char *const *names, size_t count)
{
    static const cn__msg heads[] = {CN_MSG_MODEL, CN_MSG_VALUE, CN_MSG_TRAINING, CN_MSG_VALIDATION,
                                    CN_MSG_TEST};
    double v[SPLITS];
    cn__rows t = cn__rows_begin(s, 5);
    for (int i = 0; i < 5; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < s->step->job_count; i++) {
            figures_of(s, s->step->jobs[i], names[n], v);
            cn__rows_add(&t, "%s", s->step->models[i]->title);
            cn__rows_add(&t, "%s", names[n]);
            add_figures(&t, s->step->jobs[i], v);
        }
    return cn__rows_end(&t, true, cn__show_message(s, CN_MSG_COMPARE_CAPTION));
}

static cn_status compare_table(cn__show *s, const char *const *names, size_t count)
{
    if (count > 2) return compare_rows(s, names, count);
    static const cn__msg heads[SPLITS] = {CN_MSG_MEAN_TRAINING, CN_MSG_MEAN_VALIDATION, CN_MSG_AT_TEST};
    double v[SPLITS];
    cn__rows t = cn__rows_begin(s, 1 + SPLITS * count);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_MODEL));
    for (size_t n = 0; n < count; n++)
        for (int k = 0; k < SPLITS; k++)
            cn__rows_add(&t, "%s",
                         cn__show_format(s, cn__show_message(s, heads[k]), cn__metric_head(s, names[n])));
    for (size_t i = 0; i < s->step->job_count; i++) {
        cn__rows_add(&t, "%s", s->step->models[i]->title);
        for (size_t n = 0; n < count; n++) {
            figures_of(s, s->step->jobs[i], names[n], v);
            add_figures(&t, s->step->jobs[i], v);
        }
    }
    return cn__rows_end(&t, true, compare_caption(s));
}

static const char **titles_of(cn__show *s)
{
    const char **titles = cn__show_array(s, s->step->statement.name_count, sizeof *titles);
    for (size_t i = 0; titles && i < s->step->statement.name_count; i++)
        titles[i] = s->step->models[i]->title;
    return titles;
}

/* What is shown of the first one and all others have. */
static const char **common_names(cn__show *s, size_t *count)
{
    size_t kept = 0;
    const char **names = cn__shown_names(s, s->step->jobs[0], count);
    for (size_t n = 0; names && n < *count; n++) {
        bool all = true;
        for (size_t i = 1; i < s->step->job_count; i++)
            all = all && cn__curves_find(&s->step->jobs[i]->expected, names[n]);
        if (all) names[kept++] = names[n];
    }
    *count = kept;
    return names;
}

cn_status cn__show_compare(cn__show *s)
{
    size_t count;
    const char **names = common_names(s, &count), **titles = titles_of(s),
               *title = s->step->statement.arguments.title;
    cn__panel *panels = names ? cn__show_array(s, count, sizeof *panels) : NULL;
    if (!titles || !panels) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->step->job_count; i++) titles[i] = cn__show_titled(s, s->step->jobs[i]);
    for (size_t n = 0; n < count; n++) CN_TRY(compare_panel(s, names[n], titles, &panels[n]));
    const cn__figure figure = {.title = title ? title : cn__show_message(s, CN_MSG_COMPARE_TITLE),
                               .panels = panels,
                               .panel_count = count};
    CN_TRY(cn__show_figure(s, &figure, "compare", compare_caption(s), NULL));
    return compare_table(s, names, count);
}

/* ---- costs -------------------------------------------------------------------------------------------------------------------- */

cn_status cn__show_costs(cn__show *s)
{
    size_t n = s->step->statement.name_count;
    const char **titles = titles_of(s);
    double *v = cn__show_array(s, 2 * n, sizeof *v);
    int *hues = cn__show_array(s, n, sizeof *hues);
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    if (!titles || !v || !hues || !series) return CN_ERROR_MEMORY;
    static const cn__msg heads[] = {CN_MSG_MODEL, CN_MSG_PARAMETERS, CN_MSG_THOUSANDS, CN_MSG_MFLOPS};
    cn__rows t = cn__rows_begin(s, 4);
    for (int i = 0; i < 4; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    for (size_t i = 0; i < n; i++) {
        const cn__lab_model *m = s->step->models[i];
        char text[40];
        v[i] = (double)cn__lab_parameters(m) / 1000;
        v[n + i] = cn__lab_flops(m) / (1024.0 * 1024.0);
        hues[i] = (int)m->number;
        cn__rows_add(&t, "%s", m->title);
        cn__rows_add(&t, "%s", cn__grouped(s->language, (long long)cn__lab_parameters(m), text, sizeof text));
        cn__rows_add(&t, "%.2f", v[i]);
        cn__rows_add(&t, v[n + i] < 0.01 ? "%.2g" : "%.3f", v[n + i]); /* a small network's is not 0.000 */
    }
    cn__panel panels[2];
    for (size_t k = 0; k < 2; k++) {
        const char *title = cn__show_message(s, k ? CN_MSG_MFLOPS : CN_MSG_THOUSANDS);
        series[k] = (cn__series){.count = n, .y = v + k * n};
        panels[k] = (cn__panel){.kind = CN_PANEL_BARS,
                                .title = title,
                                .x = {.title = cn__show_message(s, CN_MSG_MODEL)},
                                .y = {.title = title},
                                .decimals = k ? 3 : 2,
                                .series = &series[k],
                                .series_count = 1,
                                .categories = titles,
                                .category_count = n,
                                .category_networks = hues};
    }
    const cn__figure figure = {
        .title = cn__show_message(s, CN_MSG_COSTS_TITLE), .panels = panels, .panel_count = 2};
    CN_TRY(cn__show_figure(s, &figure, "costs", cn__show_message(s, CN_MSG_COSTS_CAPTION), NULL));
    return cn__rows_end(&t, true, cn__show_message(s, CN_MSG_COSTS_CAPTION));
}

/* ---- weights ------------------------------------------------------------------------------------------------------------------- */

/* The first kernel whose inputs are the picture's pixels. */
static cn_status find_kernel(cn__show *s, const cn_model *m, size_t pixels, cn_array *kernel)
{
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        CN_TRY(cn_model_get_weight(m, i, kernel));
        if (kernel->ndim == 2 && kernel->shape[0] == pixels) return CN_OK;
        cn_array_free(kernel);
    }
    return cn__fail(CN_ERROR_SHAPE, "weights: no layer of %s takes the %zu pixels of a picture",
                    s->step->models[0]->title, pixels);
}

static cn_status show_kernel(cn__show *s, const cn__job *j, const cn_array *kernel)
{
    const cn__arguments *a = &s->step->statement.arguments;
    const cn_array *pictures = &j->data->images;
    size_t units = kernel->shape[1], pixels = kernel->shape[0],
           count = (size_t)a->count < units ? (size_t)a->count : units;
    cn__image *images = cn__show_array(s, count, sizeof *images);
    float *values = cn__show_array(s, count * pixels, sizeof *values);
    if (!images || !values) return CN_ERROR_MEMORY;
    for (size_t u = 0; u < count; u++) {
        for (size_t p = 0; p < pixels; p++)
            values[u * pixels + p] = (float)cn_array_at(kernel, p * units + u);
        images[u] = (cn__image){.pixels = cn_array_view(CN_FLOAT32, values + u * pixels, pictures->ndim - 1,
                                                        pictures->shape + 1)};
    }
    const cn__panel panel = {
        .kind = CN_PANEL_IMAGES,
        .images = {.count = count, .columns = (size_t)a->columns, .items = images, .scale = CN_IMAGE_SIGNED}};
    bool colour = pictures->ndim == 4 && pictures->shape[3] == 3;
    cn__msg word = colour ? CN_MSG_WEIGHTS_CAPTION_COLOUR : CN_MSG_WEIGHTS_CAPTION;
    const char *caption = cn__show_format(s, cn__show_message(s, word), j->model->title);
    const cn__figure figure = {.panels = &panel, .panel_count = 1, .alt = caption};
    return cn__show_figure(s, &figure, cn__show_format(s, "weights-%s", j->model->name), caption, NULL);
}

cn_status cn__show_weights(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) {
        cn__job *j = s->step->jobs[i];
        cn_array kernel = {0};
        if (!cn__stage_has_images(j->data))
            return cn__fail(CN_ERROR_DATA, "weights: the data set has no pictures");
        cn_model *m = cn__run_model(s->run, j);
        cn_status status =
            m ? find_kernel(s, m, cn_array_sample_size(&j->data->images), &kernel) : cn_error_status();
        if (status == CN_OK) status = show_kernel(s, j, &kernel);
        cn_array_free(&kernel);
        cn_model_free(m);
        CN_TRY(status);
    }
    return CN_OK;
}

/* ---- save ------------------------------------------------------------------------------------------------------------------------ */

typedef struct saving {
    const cn_model *model;
    const cn_preparation *preparation; /* or NULL */
} saving;

static cn_status save_model(void *user, const char *path)
{
    const saving *w = user;
    CN_TRY(cn_model_save(w->model, path, cn__has_suffix(path, ".weights.h5")));
    return w->preparation && cn__has_suffix(path, ".keras") ? cn_preparation_save(w->preparation, path)
                                                            : CN_OK;
}

/* Files other than .keras have their preparation beside them. */
static cn_status save_beside(cn__show *s, const char *file, const cn_preparation *preparation)
{
    const char *beside = cn__show_format(s, "%s.preparation.json", file);
    char *json = beside ? cn_preparation_to_json(preparation) : NULL;
    if (!json) return cn_error_status();
    cn_status status = cn__outdir_write(&s->run->out, beside, json, strlen(json));
    cn_text_free(json);
    return status;
}

cn_status cn__show_save(cn__show *s)
{
    const char *file = s->step->statement.arguments.file;
    saving w = {.preparation = s->step->jobs[0]->data->preparation};
    cn_model *m = cn__run_model(s->run, s->step->jobs[0]);
    w.model = m;
    cn_status status = m ? cn__outdir_save(&s->run->out, file, save_model, &w) : cn_error_status();
    if (status == CN_OK && w.preparation && !cn__has_suffix(file, ".keras"))
        status = save_beside(s, file, w.preparation);
    cn_model_free(m);
    return status == CN_OK ? cn__show_log(s, cn__show_format(s, "%s\n", file)) : status;
}
