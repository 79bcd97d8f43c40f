/* ConvTranspose, Pad, Slice and Resize from ONNX: a transposed convolution without padding and what is cut off it, borders of
 * zeros, cropping, and up-sampling by whole factors. */
#include <math.h>
#include <string.h>

#include "formats/onnx/read/images.h"

enum { MOST = 4096 };

/* What is added to height and width (a series': steps), or cut off. */
typedef struct edges {
    size_t top, bottom, left, right;
} edges;

static bool is_none(const edges *e) { return !e->top && !e->bottom && !e->left && !e->right; }

/* A layer of a border; none where there is nothing to do. */
static cn_status add_edges(cn__onnx_images *r, const Cn__Onnx__Node *node, const char *what,
                           const char *argument, const edges *e, const cn__onnx_image *in,
                           cn__onnx_image *out)
{
    cn__text text = {0};
    *out = *in;
    if (is_none(e)) return CN_OK;
    if (in->axes == 1) cn__text_printf(&text, "%s1d(%s=(%zu, %zu)", what, argument, e->left, e->right);
    else
        cn__text_printf(&text, "%s2d(%s=((%zu, %zu), (%zu, %zu))", what, argument, e->top, e->bottom, e->left,
                        e->right);
    return cn__onnx_call(r, node, &text, &in, 1, out);
}

/* The axis of ONNX's value at which height and width begin. */
static int first_axis(const cn__onnx_image *in) { return in->last ? 1 : 2; }

static cn_status check_image(const cn__onnx_image *in)
{
    return in->axes == 1 || in->axes == 2 ? CN_OK
                                          : cn__fail(CN_ERROR_FORMAT, "it must take images or series");
}

static bool has_word(const Cn__Onnx__Node *node, const char *name, const char *word, bool fallback)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
    if (!a || !a->s.len) return fallback;
    return a->s.len == strlen(word) && memcmp(a->s.data, word, a->s.len) == 0;
}

/* ---- ConvTranspose -------------------------------------------------------------------------------------- */

/* For each of two axes, height first. */
typedef struct transposed {
    size_t kernel[2], strides[2], dilations[2], begin[2], end[2], more[2], filters;
} transposed;

static cn_status read_list(const Cn__Onnx__Node *node, const char *name, size_t count, size_t fallback,
                           size_t *out)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
    for (size_t i = 0; i < count; i++) {
        out[i] =
            a && a->n_ints == count && a->ints[i] >= 0 && a->ints[i] <= MOST ? (size_t)a->ints[i] : fallback;
        if (a && a->n_ints && (a->n_ints != count || a->ints[i] < 0 || a->ints[i] > MOST))
            return cn__fail(CN_ERROR_FORMAT, "%s must be %zu numbers from 0 to %d", name, count, MOST);
    }
    return CN_OK;
}

static cn_status read_transposed(const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                 const Cn__Onnx__Tensor *t, transposed *out)
{
    const size_t axes = (size_t)in->axes, at = 2 - axes;
    size_t pads[4] = {0};
    *out = (transposed){{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {0, 0}, 0};
    CN_TRY(read_list(node, "strides", axes, 1, out->strides + at));
    CN_TRY(read_list(node, "dilations", axes, 1, out->dilations + at));
    CN_TRY(read_list(node, "output_padding", axes, 0, out->more + at));
    CN_TRY(read_list(node, "pads", 2 * axes, 0, pads));
    if (cn__onnx_attribute(node, "output_shape") || !has_word(node, "auto_pad", "NOTSET", true))
        return cn__fail(CN_ERROR_FORMAT, "output_shape and auto_pad are not read; expected pads");
    if (cn__onnx_number(node, "group", 1) != 1)
        return cn__fail(CN_ERROR_FORMAT, "group = %g, expected 1", cn__onnx_number(node, "group", 1));
    if (!t || !cn__onnx_is_float(t) || t->n_dims != axes + 2 || !cn__onnx_size(t) ||
        (size_t)t->dims[0] != in->c)
        return cn__fail(CN_ERROR_FORMAT, "its kernel must be a constant for %zu channels", in->c);
    out->filters = (size_t)t->dims[1];
    for (size_t i = 0; i < axes; i++) {
        out->kernel[at + i] = (size_t)t->dims[2 + i];
        out->begin[at + i] = pads[i], out->end[at + i] = pads[axes + i];
        if (!out->strides[at + i] || !out->dilations[at + i])
            return cn__fail(CN_ERROR_FORMAT, "strides and dilations must be over 0");
    }
    return CN_OK;
}

/* (channels, filters, height, width) to (height, width, filters, channels). */
static cn_status take_kernel(cn__onnx_images *r, const Cn__Onnx__Tensor *t, int axes, const transposed *c,
                             size_t channels)
{
    const size_t pixels = c->kernel[0] * c->kernel[1],
                 shape[4] = {axes == 2 ? c->kernel[0] : c->kernel[1], axes == 2 ? c->kernel[1] : c->filters,
                             axes == 2 ? c->filters : channels, channels};
    float *values = cn__onnx_next_weight(r, axes + 2, shape);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t p = 0; p < pixels; p++)
        for (size_t o = 0; o < c->filters; o++)
            for (size_t i = 0; i < channels; i++)
                values[(p * c->filters + o) * channels + i] =
                    (float)cn__onnx_element(t, (i * c->filters + o) * pixels + p);
    return CN_OK;
}

/* What is cut off the layer's output, which without padding is as long as kernel and strides need. */
static cn_status find_cut(const transposed *c, const size_t before[2], const size_t made[2], edges *cut)
{
    size_t end[2];
    for (int i = 0; i < 2; i++) {
        const size_t reach = (c->kernel[i] - 1) * c->dilations[i] + 1,
                     wanted = (before[i] - 1) * c->strides[i] + reach + c->more[i],
                     all = c->begin[i] + c->end[i];
        if (wanted <= all || wanted - c->end[i] > made[i])
            return cn__fail(CN_ERROR_FORMAT,
                            "its output_padding goes beyond what it computes, which is not read");
        end[i] = made[i] - (wanted - c->end[i]);
    }
    *cut = (edges){c->begin[0], end[0], c->begin[1], end[1]};
    return CN_OK;
}

cn_status cn__onnx_read_transposed(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                   cn__onnx_image *out)
{
    const cn__onnx_value *kernel = cn__onnx_input(r->walk.source, node, 1);
    const Cn__Onnx__Tensor *t = kernel && !kernel->transposed ? kernel->tensor : NULL;
    const bool has_bias = node->n_inputs > 2 && *node->inputs[2];
    transposed c;
    edges cut;
    cn__onnx_image whole;
    CN_TRY(read_transposed(node, in, t, &c));
    CN_TRY(take_kernel(r, t, in->axes, &c, in->c));
    if (has_bias) CN_TRY(cn__onnx_take_bias(r, node, c.filters));
    cn__text text = {0};
    cn__text_printf(&text, "conv%dd_transpose(filters=%zu, use_bias=%s", in->axes, c.filters,
                    has_bias ? "true" : "false");
    if (in->axes == 1)
        cn__text_printf(&text, ", kernel_size=%zu, strides=%zu, dilation_rate=%zu", c.kernel[1], c.strides[1],
                        c.dilations[1]);
    else
        cn__text_printf(&text, ", kernel_size=(%zu, %zu), strides=(%zu, %zu), dilation_rate=(%zu, %zu)",
                        c.kernel[0], c.kernel[1], c.strides[0], c.strides[1], c.dilations[0], c.dilations[1]);
    CN_TRY(cn__onnx_call(r, node, &text, &in, 1, &whole));
    whole.positive = false;
    CN_TRY(find_cut(&c, (const size_t[]){in->h, in->w}, (const size_t[]){whole.h, whole.w}, &cut));
    return add_edges(r, NULL, "cropping", "cropping", &cut, &whole, out);
}

/* ---- Pad and Slice ---------------------------------------------------------------------------------------- */

/* An attribute of whole numbers, or since a later operator set an input. */
static bool read_numbers(const cn__onnx_images *r, const Cn__Onnx__Node *node, const char *name, size_t input,
                         cn__onnx_sizes *out)
{
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
    if (!a) return input < node->n_inputs && cn__onnx_read_sizes(&r->walk, node, input, out);
    if (a->n_ints > CN_ONNX_SIZES) return false;
    out->count = a->n_ints;
    for (size_t i = 0; i < a->n_ints; i++) out->at[i] = a->ints[i];
    return true;
}

/* Is the constant that a Pad fills with zero? */
static bool pads_zeros(const cn__onnx_images *r, const Cn__Onnx__Node *node)
{
    const cn__onnx_value *value = cn__onnx_input(r->walk.source, node, 2);
    if (!value) return cn__onnx_number(node, "value", 0) == 0;
    return value->tensor && cn__onnx_is_float(value->tensor) && cn__onnx_size(value->tensor) == 1 &&
           cn__onnx_element(value->tensor, 0) == 0;
}

/* One number an axis goes to the side of height or width that it is for. */
static size_t *side_of(edges *e, const cn__onnx_image *in, int64_t axis, bool end)
{
    if (axis < first_axis(in) || axis >= first_axis(in) + in->axes) return NULL;
    const int64_t place = axis - first_axis(in) + 2 - in->axes; /* 0 height, 1 width */
    return place == 0 ? end ? &e->bottom : &e->top : end ? &e->right : &e->left;
}

cn_status cn__onnx_read_padding(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                                cn__onnx_image *out)
{
    cn__onnx_sizes pads;
    edges e = {0};
    CN_TRY(check_image(in));
    const size_t rank = (size_t)in->axes + 2;
    if (!has_word(node, "mode", "constant", true) || !pads_zeros(r, node) || node->n_inputs > 3)
        return cn__fail(CN_ERROR_FORMAT, "only a Pad with zeros is read");
    if (!read_numbers(r, node, "pads", 1, &pads) || pads.count != 2 * rank)
        return cn__fail(CN_ERROR_FORMAT, "its pads must be %zu constants", 2 * rank);
    for (size_t i = 0; i < pads.count; i++) {
        size_t *side = side_of(&e, in, (int64_t)(i % rank), i >= rank);
        if (pads.at[i] == 0) continue;
        if (!side || pads.at[i] < 0 || pads.at[i] > MOST)
            return cn__fail(CN_ERROR_FORMAT, "it pads other axes than height and width, or by less than 0");
        *side = (size_t)pads.at[i];
    }
    return add_edges(r, node, "zero_padding", "padding", &e, in, out);
}

static size_t size_at(const cn__onnx_image *in, int axis)
{
    return axis - first_axis(in) + 2 - in->axes == 0 ? in->h : in->w;
}

cn_status cn__onnx_read_slice(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                              cn__onnx_image *out)
{
    cn__onnx_sizes starts, ends, axes, steps = {.count = 0};
    edges e = {0};
    unsigned seen = 0;
    CN_TRY(check_image(in));
    if (!read_numbers(r, node, "starts", 1, &starts) || !read_numbers(r, node, "ends", 2, &ends) ||
        !read_numbers(r, node, "axes", 3, &axes) || starts.count != axes.count || ends.count != axes.count ||
        (node->n_inputs > 4 && (!read_numbers(r, node, "steps", 4, &steps) || steps.count != axes.count)))
        return cn__fail(CN_ERROR_FORMAT, "its starts, ends, axes and steps must be constants");
    for (size_t i = 0; i < axes.count; i++) {
        const int64_t axis = axes.at[i] < 0 ? axes.at[i] + in->axes + 2 : axes.at[i];
        size_t *begin = side_of(&e, in, axis, false), *end = side_of(&e, in, axis, true);
        const int64_t size = begin ? (int64_t)size_at(in, (int)axis) : 0;
        const int64_t start = starts.at[i] < 0 ? starts.at[i] + size : starts.at[i],
                      from = start < 0 ? 0 : start,
                      to = ends.at[i] > size ? size
                           : ends.at[i] < 0  ? ends.at[i] + size
                                             : ends.at[i];
        const bool twice = begin && (seen & 1u << axis);
        if (!begin || twice || to <= from || (steps.count && steps.at[i] != 1))
            return cn__fail(CN_ERROR_FORMAT, "only a Slice of height and width in steps of 1 is read");
        *begin = (size_t)from, *end = (size_t)(size - to);
        seen |= 1u << axis;
    }
    return add_edges(r, node, "cropping", "cropping", &e, in, out);
}

/* ---- Resize -------------------------------------------------------------------------------------------------- */

/* How many times as large an axis becomes: from the constant scales, or the sizes; 0 where that is not known. */
static double factor_at(const cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                        int axis)
{
    const bool upsample = strcmp(node->op, "Upsample") == 0;
    const cn__onnx_value *scales =
        cn__onnx_input(r->walk.source, node, upsample || node->n_inputs < 3 ? 1 : 2);
    const Cn__Onnx__Tensor *t = scales ? scales->tensor : NULL;
    const size_t rank = (size_t)in->axes + 2;
    cn__onnx_sizes sizes;
    if (t && cn__onnx_is_float(t) && cn__onnx_size(t) == rank) return cn__onnx_element(t, (size_t)axis);
    if (node->n_inputs < 4 || !cn__onnx_read_sizes(&r->walk, node, 3, &sizes) || sizes.count != rank)
        return 0;
    if (axis == 0) return 1;
    if (axis < first_axis(in) || axis >= first_axis(in) + in->axes)
        return sizes.at[axis] == (int64_t)in->c ? 1 : 0;
    return (double)sizes.at[axis] / (double)size_at(in, axis);
}

/* Its mode as Keras's word; NULL: none of them. */
static const char *interpolation_of(const Cn__Onnx__Node *node)
{
    if (has_word(node, "mode", "nearest", true)) return "nearest";
    if (has_word(node, "mode", "linear", false)) return "bilinear";
    const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, "cubic_coeff_a"),
                              *outside = cn__onnx_attribute(node, "exclude_outside");
    const bool keras = a && a->f >= -0.5f && a->f <= -0.5f && outside && outside->i == 1;
    return has_word(node, "mode", "cubic", false) && keras ? "bicubic" : NULL;
}

static bool of_half_pixels(const Cn__Onnx__Node *node)
{
    const char *name = "coordinate_transformation_mode";
    return strcmp(node->op, "Upsample") != 0 &&
           (has_word(node, name, "half_pixel", true) || has_word(node, name, "pytorch_half_pixel", false));
}

/* Where a new pixel lies among the old ones, as up_sampling has it. */
static bool lies_as_here(const Cn__Onnx__Node *node, bool nearest)
{
    if (!nearest) return of_half_pixels(node);
    if (strcmp(node->op, "Upsample") == 0) return true;
    return has_word(node, "nearest_mode", "floor", false)
               ? has_word(node, "coordinate_transformation_mode", "asymmetric", false)
               : of_half_pixels(node) && has_word(node, "nearest_mode", "round_prefer_floor", true);
}

/* Sizes that are no whole multiples, by half pixels: to the whole number that size · factor is. */
static bool is_resizing(const cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                        bool nearest, size_t to[2])
{
    if (in->axes != 2 || !of_half_pixels(node)) return false;
    if (nearest && !has_word(node, "nearest_mode", "round_prefer_ceil", false)) return false;
    for (int axis = 0; axis < 4; axis++) {
        const bool pixel = axis >= first_axis(in) && axis < first_axis(in) + 2;
        const double f = factor_at(r, node, in, axis), size = pixel ? f * (double)size_at(in, axis) : 0;
        if (!pixel && !(f >= 1 && f <= 1)) return false;
        if (!pixel) continue;
        if (!(size >= 0.5 && size <= MOST && fabs(size - rint(size)) < 1e-4)) return false;
        to[axis - first_axis(in)] = (size_t)rint(size);
    }
    return true;
}

cn_status cn__onnx_read_resize(cn__onnx_images *r, const Cn__Onnx__Node *node, const cn__onnx_image *in,
                               cn__onnx_image *out)
{
    if (cn__onnx_number(node, "antialias", 0) != 0)
        return cn__fail(CN_ERROR_FORMAT, "antialias = %g is not read; expected 0",
                        cn__onnx_number(node, "antialias", 0));
    if (!has_word(node, "keep_aspect_ratio_policy", "stretch", true))
        return cn__fail(CN_ERROR_FORMAT, "keep_aspect_ratio_policy is not read; expected stretch");
    const char *how = interpolation_of(node);
    const bool nearest = how && strcmp(how, "nearest") == 0;
    double factors[2] = {1, 1};
    size_t to[2];
    CN_TRY(check_image(in));
    if (how && is_resizing(r, node, in, nearest, to) &&
        (!lies_as_here(node, nearest) || to[0] % in->h || to[1] % in->w)) {
        cn__text call = {0};
        cn__text_printf(&call, "resizing(%zu, %zu, interpolation=%s", to[0], to[1], how);
        return cn__onnx_call(r, node, &call, &in, 1, out);
    }
    if (!how || !lies_as_here(node, nearest))
        return cn__fail(CN_ERROR_FORMAT,
                        "it is read as nearest with floor, or of half pixels as linear or as cubic with "
                        "cubic_coeff_a = -0.5 and exclude_outside = 1, as Keras has them");
    for (int axis = 0; axis < in->axes + 2; axis++) {
        const int place = axis - first_axis(in) + 2 - in->axes;
        const double f = factor_at(r, node, in, axis);
        const bool pixel = axis >= first_axis(in) && axis < first_axis(in) + in->axes;
        if (!(f >= 1 && f <= MOST && f == floor(f)) || (!pixel && f != 1))
            return cn__fail(CN_ERROR_FORMAT, "it must enlarge height and width by constant whole factors");
        if (pixel) factors[place] = f;
    }
    cn__text text = {0};
    if (in->axes == 1 && !nearest)
        return cn__fail(CN_ERROR_FORMAT, "of series only nearest is read, not %s", how);
    if (in->axes == 1) cn__text_printf(&text, "up_sampling1d(size=%.0f", factors[1]);
    else
        cn__text_printf(&text, "up_sampling2d(size=(%.0f, %.0f), interpolation=%s", factors[0], factors[1],
                        how);
    return cn__onnx_call(r, node, &text, &in, 1, out);
}
