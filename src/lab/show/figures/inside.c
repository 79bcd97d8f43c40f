/* The inside of a convolutional network as pictures: its kernels, what a layer makes of a sample, and which parts of a sample
 * speak for a class (Grad-CAM: Selvaraju et al., arXiv:1610.02391). */
#include <math.h>
#include <string.h>

#include "lab/show/show.h"

static cn_status show_pictures(cn__show *s, const cn__job *j, const cn__images *images, const char *id,
                               const char *caption)
{
    const cn__panel panel = {.kind = CN_PANEL_IMAGES, .images = *images};
    const cn__figure figure = {.panels = &panel, .panel_count = 1, .alt = caption};
    return cn__show_figure(s, &figure, cn__show_format(s, "%s-%s", id, j->model->name), caption, NULL);
}

/* Calls `show` with the trained model of each job and the layer that the statement speaks of. */
static cn_status each(cn__show *s, cn_status (*show)(cn__show *, const cn__job *, cn_model *, const char *))
{
    for (size_t i = 0; i < s->step->job_count; i++) {
        const char *layer;
        cn_model *m = cn__run_model(s->run, s->step->jobs[i]);
        cn_status status = m ? cn__find_shown_layer(m, &s->step->statement, &layer) : cn_error_status();
        if (status == CN_OK) status = show(s, s->step->jobs[i], m, layer);
        cn_model_free(m);
        CN_TRY(status);
    }
    return CN_OK;
}

/* ---- kernels ------------------------------------------------------------------------------------------------ */

/* Kernels (height, width, channels, filters) as pictures: of one or three channels whole, else of one channel; where each channel
 * has one kernel of its own (depthwise), a picture a channel. */
typedef struct pictures {
    size_t count, depth;
    bool by_channel;
} pictures;

static pictures pictures_of(const cn_array *v)
{
    const bool by_channel = v->shape[3] == 1 && v->shape[2] > 3;
    return (pictures){.count = by_channel ? v->shape[2] : v->shape[3],
                      .depth = v->shape[2] == 3 ? 3 : 1,
                      .by_channel = by_channel};
}

static void copy_kernel(const cn_array *v, const pictures *p, size_t picture, size_t channel, float *out)
{
    const size_t channels = v->shape[2], filters = v->shape[3];
    for (size_t place = 0; place < v->shape[0] * v->shape[1]; place++)
        for (size_t c = 0; c < p->depth; c++) {
            const size_t from = p->by_channel ? picture : p->depth == 3 ? c : channel;
            *out++ =
                (float)cn_array_at(v, (place * channels + from) * filters + (p->by_channel ? 0 : picture));
        }
}

static cn_status show_kernel(cn__show *s, const cn__job *j, const cn_array *v, const char *layer)
{
    const cn__arguments *a = &s->step->statement.arguments;
    const pictures p = pictures_of(v);
    const size_t count = (size_t)a->count < p.count ? (size_t)a->count : p.count,
                 size = v->shape[0] * v->shape[1] * p.depth;
    if (p.depth == 1 && !p.by_channel && (size_t)a->channel >= v->shape[2])
        return cn__fail(CN_ERROR_ARGUMENT, "plot kernels: channel = %lld, layer %s has channels 0 to %zu",
                        (long long)a->channel, layer, v->shape[2] - 1);
    cn__image *images = cn__show_array(s, count, sizeof *images);
    float *values = cn__show_array(s, count * size, sizeof *values);
    if (!images || !values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        copy_kernel(v, &p, i, (size_t)a->channel, values + i * size);
        images[i].pixels = cn_array_view(CN_FLOAT32, values + i * size, p.depth == 3 ? 3 : 2,
                                         (size_t[]){v->shape[0], v->shape[1], 3});
    }
    const cn__images all = {
        .count = count, .columns = (size_t)a->columns, .items = images, .scale = CN_IMAGE_SIGNED};
    const cn__msg word = p.depth == 3 ? CN_MSG_KERNELS_CAPTION_COLOUR : CN_MSG_KERNELS_CAPTION;
    return show_pictures(s, j, &all, "kernels",
                         cn__show_format(s, cn__show_message(s, word), j->model->title, layer));
}

static cn_status show_kernels(cn__show *s, const cn__job *j, cn_model *m, const char *layer)
{
    cn_array kernel;
    CN_TRY(cn__shown_kernel(m, layer, &kernel));
    cn_status status = show_kernel(s, j, &kernel, layer);
    cn_array_free(&kernel);
    return status;
}

cn_status cn__show_kernels(cn__show *s) { return each(s, show_kernels); }

/* ---- activations ---------------------------------------------------------------------------------------------- */

/* The test sample as the model takes it: an array for each input; NULL when out of memory. */
static const cn_array **sample_of(cn__show *s, const cn__job *j)
{
    const size_t inputs = j->binding ? j->binding->inputs : 1,
                 sample = (size_t)s->step->statement.arguments.sample;
    cn_array *views = cn__show_array(s, inputs, sizeof *views);
    const cn_array **list = cn__show_array(s, inputs, sizeof *list);
    for (size_t i = 0; views && list && i < inputs; i++) {
        views[i] = cn_array_slice(j->binding ? j->binding->test_x[i] : &j->data->test_x, sample, 1);
        list[i] = &views[i];
    }
    return views ? list : NULL;
}

/* And as it was loaded. */

static cn_array picture_of(const cn__show *s, const cn__job *j)
{
    const cn_array *all = &j->data->test_images;
    const cn_array one = cn_array_slice(all, (size_t)s->step->statement.arguments.sample, 1);
    return cn_array_view(one.dtype, one.data, all->ndim - 1, all->shape + 1);
}

static cn_status show_maps(cn__show *s, const cn__job *j, const char *layer, const cn_array *maps)
{
    const cn__arguments *a = &s->step->statement.arguments;
    const size_t channels = maps->shape[3], size = maps->shape[1] * maps->shape[2],
                 count = (size_t)a->count < channels ? (size_t)a->count : channels;
    cn__image *images = cn__show_array(s, count + 1, sizeof *images);
    float *values = cn__show_array(s, count * size, sizeof *values);
    if (!images || !values) return CN_ERROR_MEMORY;
    images[0] = (cn__image){.title = cn__show_message(s, CN_MSG_SAMPLE), .pixels = picture_of(s, j)};
    for (size_t c = 0; c < count; c++) {
        for (size_t i = 0; i < size; i++) values[c * size + i] = (float)cn_array_at(maps, i * channels + c);
        images[c + 1] =
            (cn__image){.title = cn__show_format(s, "%zu", c),
                        .pixels = cn_array_view(CN_FLOAT32, values + c * size, 2, maps->shape + 1)};
    }
    const cn__images all = {
        .count = count + 1, .columns = (size_t)a->columns, .items = images, .scale = CN_IMAGE_EACH};
    return show_pictures(s, j, &all, "activations",
                         cn__show_format(s, cn__show_message(s, CN_MSG_ACTIVATIONS_CAPTION), j->model->title,
                                         layer, (size_t)a->sample));
}

static cn_status show_activations(cn__show *s, const cn__job *j, cn_model *m, const char *layer)
{
    cn_array maps;
    const cn_array **given = sample_of(s, j);
    if (!given) return CN_ERROR_MEMORY;
    CN_TRY(cn_model_layer_values(m, layer, given, &maps));
    cn_status status = show_maps(s, j, layer, &maps);
    cn_array_free(&maps);
    return status;
}

cn_status cn__show_activations(cn__show *s) { return each(s, show_activations); }

/* ---- Grad-CAM --------------------------------------------------------------------------------------------------- */

/* Σ over channels of the mean derivative times the map, where that is positive; from 0 to 1. False: it is nowhere. */
static bool class_map(const cn_array *maps, const cn_array *slopes, float *out)
{
    const size_t channels = maps->shape[3], places = maps->shape[1] * maps->shape[2];
    float most = 0;
    for (size_t i = 0; i < places; i++) out[i] = 0;
    for (size_t c = 0; c < channels; c++) {
        double mean = 0;
        for (size_t i = 0; i < places; i++) mean += cn_array_at(slopes, i * channels + c) / (double)places;
        for (size_t i = 0; i < places; i++) out[i] += (float)(mean * cn_array_at(maps, i * channels + c));
    }
    for (size_t i = 0; i < places; i++) out[i] = out[i] > 0 ? out[i] : 0, most = fmaxf(most, out[i]);
    for (size_t i = 0; i < places && most > 0; i++) out[i] /= most;
    return most > 0;
}

/* Element (row, column) of a map stretched to (height, width), between its four neighbours. */
static double stretched(const float *map, size_t h, size_t w, double y, double x)
{
    y = fmin(fmax(y, 0), (double)(h - 1)), x = fmin(fmax(x, 0), (double)(w - 1));
    const size_t top = (size_t)y, left = (size_t)x, bottom = top + 1 < h ? top + 1 : top,
                 right = left + 1 < w ? left + 1 : left;
    const double down = y - (double)top, along = x - (double)left;
    const double above = (1 - along) * (double)map[top * w + left] + along * (double)map[top * w + right],
                 below =
                     (1 - along) * (double)map[bottom * w + left] + along * (double)map[bottom * w + right];
    return (1 - down) * above + down * below;
}

static double brightness(const cn_array *picture, size_t pixel)
{
    const size_t channels = picture->ndim == 3 ? picture->shape[2] : 1;
    double sum = 0;
    for (size_t c = 0; c < channels; c++)
        sum += cn_array_at(picture, pixel * channels + c) / (double)channels;
    return fmin(fmax(picture->dtype == CN_UINT8 ? sum / 255 : sum, 0), 1);
}

/* The picture in grey under the map in yellow to red; (height, width, 3). */
static void overlay(const cn_array *picture, const float *map, size_t h, size_t w, unsigned char *out)
{
    const size_t height = picture->shape[0], width = picture->shape[1];
    for (size_t i = 0; i < height * width; i++) {
        const double y = ((double)(i / width) + 0.5) * (double)h / (double)height - 0.5,
                     x = ((double)(i % width) + 0.5) * (double)w / (double)width - 0.5;
        const double heat = stretched(map, h, w, y, x), share = 0.7 * heat, grey = brightness(picture, i);
        const double hue[3] = {1, 0.85 - 0.75 * heat, 0.1};
        for (size_t c = 0; c < 3; c++)
            out[3 * i + c] = (unsigned char)lrint(255 * ((1 - share) * grey + share * hue[c]));
    }
}

/* What the first output says; the others are forgotten. */
static cn_status predict_first(cn__show *s, cn_model *m, const cn_array **given, cn_array *out)
{
    const size_t outputs = cn_model_output_count(m);
    cn_array *all = cn__show_array(s, outputs, sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    CN_TRY(cn_model_predict(m, .inputs = given, .outputs = all));
    *out = all[0];
    for (size_t i = 1; i < outputs; i++) cn_array_free(&all[i]);
    return CN_OK;
}

/* The class that is asked for, or the one that the model says. */
static cn_status find_class(cn__show *s, const cn__job *j, cn_model *m, const cn_array **given, size_t *class,
                            const char **name)
{
    const int64_t wanted = s->step->statement.arguments.output_class;
    cn_array said;
    CN_TRY(predict_first(s, m, given, &said));
    const size_t outputs = cn_array_sample_size(&said);
    *class = wanted < 0 ? 0 : (size_t)wanted;
    for (size_t i = 1; wanted < 0 && i < outputs; i++)
        if (cn_array_at(&said, i) > cn_array_at(&said, *class)) *class = i;
    cn_array_free(&said);
    if (*class >= outputs)
        return cn__fail(CN_ERROR_ARGUMENT, "plot gradcam: class = %zu, expected 0 to %zu", *class,
                        outputs - 1);
    *name = outputs > 1 && j->data->class_names && *class < j->data->classes
                ? j->data->class_names[*class]
                : cn__show_format(s, "%zu", *class);
    return CN_OK;
}

static cn_status show_cam(cn__show *s, const cn__job *j, const char *layer, const char *class,
                          const cn_array *maps, const cn_array *slopes)
{
    const size_t h = maps->shape[1], w = maps->shape[2];
    const cn_array picture = picture_of(s, j);
    const size_t shape[] = {picture.shape[0], picture.shape[1], 3};
    cn__image *images = cn__show_array(s, 3, sizeof *images);
    float *map = cn__show_array(s, h * w, sizeof *map);
    unsigned char *over = cn__show_array(s, shape[0] * shape[1] * 3, 1);
    if (!images || !map || !over) return CN_ERROR_MEMORY;
    const size_t sample = (size_t)s->step->statement.arguments.sample;
    if (!class_map(maps, slopes, map))
        CN_TRY(cn__show_log(s, cn__show_format(s, cn__show_message(s, CN_MSG_GRADCAM_EMPTY), j->model->title,
                                               sample, class, layer)));
    overlay(&picture, map, h, w, over);
    images[0] = (cn__image){.title = cn__show_message(s, CN_MSG_SAMPLE), .pixels = picture};
    images[1] = (cn__image){.title = cn__show_message(s, CN_MSG_HEAT_MAP),
                            .pixels = cn_array_view(CN_FLOAT32, map, 2, maps->shape + 1)};
    images[2] = (cn__image){.title = cn__show_message(s, CN_MSG_OVERLAY),
                            .pixels = cn_array_view(CN_UINT8, over, 3, shape)};
    const cn__images all = {.count = 3, .columns = 3, .items = images};
    return show_pictures(s, j, &all, "gradcam",
                         cn__show_format(s, cn__show_message(s, CN_MSG_GRADCAM_CAPTION), j->model->title,
                                         sample, class, layer));
}

static cn_status show_gradcam(cn__show *s, const cn__job *j, cn_model *m, const char *layer)
{
    cn_array maps = {0}, slopes = {0};
    const cn_array **given = sample_of(s, j);
    size_t class;
    const char *name = NULL;
    if (!given) return CN_ERROR_MEMORY;
    if (j->binding && j->binding->targets[0] && !(j = cn__output_job(s->arena, j, 0))) return CN_ERROR_MEMORY;
    CN_TRY(find_class(s, j, m, given, &class, &name));
    cn_status status = cn_model_layer_values(m, layer, given, &maps);
    if (status == CN_OK) status = cn_model_layer_gradient(m, layer, given, class, &slopes);
    if (status == CN_OK) status = show_cam(s, j, layer, name, &maps, &slopes);
    cn_array_free(&maps);
    cn_array_free(&slopes);
    return status;
}

cn_status cn__show_gradcam(cn__show *s) { return each(s, show_gradcam); }
