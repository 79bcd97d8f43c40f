/* The inputs of a page: images to draw or to drop, sliders for short rows of numbers, files for all; and samples to tap on. */
#include "formats/page/page_inputs.h"

#include <math.h>
#include <string.h>

#include "data/files/json.h"

enum { MOST_SLIDERS = 64, LEAST_SIDE = 8 };

/* ---- text ------------------------------------------------------------------------------------------------ */

void cn__page_add_base64(cn__text *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned b = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                           (left > 2 ? (unsigned)bytes[i + 2] : 0);
        const char four[] = {digits[b >> 18], digits[b >> 12 & 63], left > 1 ? digits[b >> 6 & 63] : '=',
                             left > 2 ? digits[b & 63] : '='};
        cn__text_add_bytes(out, four, 4);
    }
}

void cn__page_put_float(unsigned char *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(bits >> 8 * i);
}

/* ---- what an input takes ---------------------------------------------------------------------------------- */

/* Dimensions of one sample as an image, if they can be one. */
static cn__page_image image_of(int rank, const size_t *dim)
{
    if (rank < 2 || rank > 3 || dim[0] < LEAST_SIDE || dim[1] < LEAST_SIDE) return (cn__page_image){0};
    const size_t channels = rank == 2 ? 1 : dim[2];
    if (channels != 1 && channels != 3) return (cn__page_image){0};
    return (cn__page_image){dim[0], dim[1], channels};
}

/* By the input's shape; for rows of numbers by the samples' shape, and 784 are MNIST's 28 × 28. */
static cn__page_image find_image(const cn__page_input *in)
{
    if (in->shape.rank != 1) return image_of(in->shape.rank, in->shape.dim);
    if (in->x && in->x->ndim > 2) return image_of(in->x->ndim - 1, in->x->shape + 1);
    if (in->size == 784 && !in->features) return (cn__page_image){28, 28, 1};
    return (cn__page_image){0};
}

static cn_status check_samples(const cn__page_input *in, size_t count)
{
    char shape[120];
    if (cn_array_sample_size(in->x) != in->size)
        return cn__fail(CN_ERROR_SHAPE, "samples of shape %s for input %s, which takes %zu numbers",
                        cn_array_shape_text(in->x, shape, sizeof shape), in->name, in->size);
    if (in->x->shape[0] == count) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "input %s has %zu samples, the first input %zu", in->name,
                    in->x->shape[0], count);
}

static cn_status check_names(const char *const *names, size_t count, size_t expected)
{
    if (count && count != expected)
        return cn__fail(CN_ERROR_ARGUMENT, "%zu names of inputs, expected %zu", count, expected);
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_string(names[i]);
        json_decref(json);
        if (!json) return cn__fail(CN_ERROR_ARGUMENT, "names of inputs: number %zu is not UTF-8", i + 1);
    }
    return CN_OK;
}

/* Names are those of the numbers of all inputs that take rows, in turn; of the only input whatever its shape. */
static cn_status give_names(cn__page_inputs *inputs, const cn_html_options *o)
{
    size_t expected = 0;
    for (size_t i = 0; i < inputs->count; i++)
        if (inputs->count == 1 || inputs->items[i].shape.rank == 1) expected += inputs->items[i].size;
    CN_TRY(check_names(o->features, o->feature_count, expected));
    for (size_t i = 0, at = 0; o->feature_count && i < inputs->count; i++) {
        if (inputs->count > 1 && inputs->items[i].shape.rank != 1) continue;
        inputs->items[i].features = o->features + at;
        at += inputs->items[i].size;
    }
    return CN_OK;
}

cn_status cn__page_inputs_read(const cn_model *model, const cn_html_options *o, cn__arena *arena,
                               cn__page_inputs *out)
{
    *out = (cn__page_inputs){.count = model->input_count, .fill = o->fill};
    out->items = cn__arena_array(arena, out->count, sizeof *out->items);
    if (!out->items) return CN_ERROR_MEMORY;
    if (o->x && out->count > 1)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "model %s has %zu inputs; their samples are given by inputs, one array each, not by x",
            model->name, out->count);
    for (size_t i = 0; i < out->count; i++) {
        cn__page_input *in = &out->items[i];
        *in = (cn__page_input){.name = cn__model_input_name(model, i), .shape = model->inputs[i]->shape};
        in->size = cn__shape_size(&in->shape);
        in->x = o->inputs ? o->inputs[i] : o->x;
        if (!in->x != !out->items[0].x)
            return cn__fail(CN_ERROR_ARGUMENT, "input %s has %s samples, the first input has %s", in->name,
                            in->x ? "some" : "no", in->x ? "none" : "some");
        if (in->x) CN_TRY(check_samples(in, out->items[0].x->shape[0]));
    }
    CN_TRY(give_names(out, o));
    for (size_t i = 0; i < out->count; i++) out->items[i].image = find_image(&out->items[i]);
    return CN_OK;
}

size_t cn__page_sample_count(const cn__page_inputs *inputs)
{
    return inputs->items[0].x ? inputs->items[0].x->shape[0] : 0;
}

/* ---- inputs as JSON ---------------------------------------------------------------------------------------- */

static json_t *image_json(const cn__page_image *image)
{
    if (!image->channels) return json_null();
    return json_pack("{s:I, s:I, s:I}", "height", (json_int_t)image->height, "width",
                     (json_int_t)image->width, "channels", (json_int_t)image->channels);
}

/* MNIST leaves 4 of 28 pixels free at each side of the ink. */
static json_t *frame_json(const cn__page_image *image, bool fill)
{
    if (!image->channels) return json_null();
    const size_t side = image->height < image->width ? image->height : image->width;
    return json_pack("{s:I, s:I, s:I, s:b}", "height", (json_int_t)image->height, "width",
                     (json_int_t)image->width, "margin", (json_int_t)(fill ? 0 : (side + 3) / 7), "byMass",
                     !fill);
}

/* Range and mean of a number over the samples. */
static void feature_range(const cn__page_input *in, size_t feature, double *low, double *high, double *mean)
{
    *low = INFINITY, *high = -INFINITY, *mean = 0;
    for (size_t n = 0; in->x && n < in->x->shape[0]; n++) {
        const double v = cn_array_at(in->x, n * in->size + feature);
        *low = fmin(*low, v), *high = fmax(*high, v);
        *mean += v / (double)in->x->shape[0];
    }
    if (!isfinite(*low) || !isfinite(*high) || !isfinite(*mean)) *low = -1, *high = 1, *mean = 0;
    if (*low == *high) *low -= 1, *high += 1;
}

static json_t *features_json(const cn__page_input *in)
{
    if (in->image.channels || in->shape.rank != 1 || in->size > MOST_SLIDERS) return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < in->size; i++) {
        double low, high, mean;
        char name[32];
        feature_range(in, i, &low, &high, &mean);
        cn__format(name, sizeof name, "x%zu", i);
        cn__json_append(list, json_pack("{s:s, s:f, s:f, s:f}", "name", in->features ? in->features[i] : name,
                                        "low", low, "high", high, "start", mean));
    }
    return list;
}

json_t *cn__page_inputs_json(const cn__page_inputs *inputs)
{
    json_t *list = json_array();
    for (size_t i = 0; i < inputs->count; i++) {
        const cn__page_input *in = &inputs->items[i];
        cn__json_append(list, json_pack("{s:s, s:I, s:o, s:o, s:o}", "name", in->name, "size",
                                        (json_int_t)in->size, "image", image_json(&in->image), "frame",
                                        frame_json(&in->image, inputs->fill), "features", features_json(in)));
    }
    return list;
}

/* ---- samples ---------------------------------------------------------------------------------------------- */

static json_t *values_of(const cn__page_input *in, const size_t *chosen, size_t count)
{
    cn__text text = {0};
    unsigned char *bytes = cn__calloc(4 * count * in->size + 1, 1);
    json_t *json = NULL;
    if (bytes) {
        for (size_t i = 0; i < count * in->size; i++)
            cn__page_put_float(bytes + 4 * i,
                               (float)cn_array_at(in->x, chosen[i / in->size] * in->size + i % in->size));
        cn__page_add_base64(&text, bytes, 4 * count * in->size);
        json = text.failed ? NULL : json_string(text.data ? text.data : "");
    }
    cn__text_free(&text);
    cn__free(bytes);
    return json;
}

static json_t *samples_of(const cn__page_inputs *inputs, const cn__demo_targets *targets,
                          const size_t *chosen, size_t count, const char *const *labels)
{
    json_t *values = json_array(), *names = json_array(), *index = json_array();
    for (size_t i = 0; i < inputs->count; i++)
        cn__json_append(values, values_of(&inputs->items[i], chosen, count));
    for (size_t i = 0; i < count; i++) {
        char text[32];
        cn__json_append(names, json_string(cn__demo_name(targets, chosen[i], labels, text, sizeof text)));
        cn__json_append(index, json_integer((json_int_t)chosen[i]));
    }
    return json_pack("{s:o, s:o, s:o}", "values", values, "names", names, "index", index);
}

json_t *cn__page_samples_json(const cn__page_inputs *inputs, const cn__demo_targets *targets, size_t wanted,
                              const char *const *labels)
{
    const size_t n = cn__page_sample_count(inputs);
    if (!n || !wanted) return json_null();
    size_t *chosen = cn__calloc(n + 1, sizeof *chosen);
    if (!chosen) return NULL;
    const size_t count = cn__demo_choose(targets, n, wanted, chosen);
    json_t *json = samples_of(inputs, targets, chosen, count, labels);
    cn__free(chosen);
    return json;
}
