/* The passes of a convolution forwards and to the input as segmented products (kernels/conv.h has their order of operations). Nothing is
 * unrolled into columns: a row of outputs meets a row of the kernel where both lie in memory, and only an image with zeros around
 * it is copied. E. Georganas et al., "Anatomy of high-performance deep learning convolutions", arXiv:1808.05567. */
#include "kernels/simd/conv_image.h"

/* The product transposed: a vector holds pixels, which lie side by side in planes. Segments are single taps. Where the rows of outputs
 * follow the rows of the image, some are made at once, with what lies between them, which nothing reads. */
static void multiply_narrow(const image *in, const cn__product *p)
{
    const size_t width = p->a_next / in->pixel, times = p->times ? p->times : 1;
    const size_t together = p->a_next == in->row ? cn__conv_narrow_rows(width, times) : 1;
    const size_t row = CN_PAD((together - 1) * width + p->rows);
    cn__product t = {.a = p->b,
                     .a_outer = (ptrdiff_t)(p->inner * p->depth * p->b_row),
                     .a_inner = (ptrdiff_t)(p->depth * p->b_row),
                     .a_row = 1,
                     .a_step = p->b_row,
                     .outer = p->outer,
                     .inner = p->inner,
                     .depth = p->depth,
                     .b = in->planes + (size_t)(p->a - in->at) / in->pixel,
                     .b_row = in->plane,
                     .b_outer = (size_t)p->a_outer / in->pixel,
                     .b_inner = (size_t)p->a_inner / in->pixel,
                     .c = in->line,
                     .c_row = row,
                     .rows = p->cols};
    real *c = p->c;
    for (size_t n = 0, count; n < times; n += count, t.b += count * width) {
        count = times - n < together ? times - n : together;
        t.cols = (count - 1) * width + p->rows;
        KERNEL(product)(&t);
        for (size_t y = 0; y < count; y++, c += p->c_next)
            for (size_t o = 0; o < p->cols; o++) {
                const real *line = in->line + o * row + y * width, bias = p->bias ? p->bias[o] : 0;
                for (size_t i = 0; i < p->rows; i++) c[i * p->c_row + o] = p->bias ? line[i] + bias : line[i];
            }
    }
}

static void multiply(const cn__conv *v, const image *in, const cn__product *p)
{
    if (in->planes) multiply_narrow(in, p);
    else if (cn__conv_depthwise(v)) KERNEL(product_by_channel)(p);
    else KERNEL(product)(p);
}

/* An image of `pixels` in planes too. */
static image with_planes(image in, size_t pixels, real *scratch)
{
    in.plane = cn__conv_plane(pixels);
    in.line = scratch + in.pixel * in.plane;
    in.planes = in.pixel == 1 ? in.at : scratch;
    if (in.pixel > 1) KERNEL(transpose)(in.at, in.pixel, pixels, in.pixel, scratch, in.plane);
    return in;
}

/* Does the product apply the activation? A transposed one leaves it to the caller. */
static bool applies_relu(const cn__conv *v, cn__conv_pass pass, const cn__activation *activation)
{
    return activation && cn__activation_is_relu(activation) && !cn__conv_narrow(v, pass);
}

/* ---- forward ------------------------------------------------------------------------------------- */

/* 1×1 without strides: all pixels of all samples are one row. */
static bool is_flat(const cn__conv *v)
{
    return !cn__conv_depthwise(v) && v->kh == 1 && v->kw == 1 && v->sy == 1 && v->sx == 1 && v->h == v->oh &&
           v->w == v->ow && v->top == 0 && v->left == 0;
}

static cn__conv flat(const cn__conv *v, size_t samples)
{
    cn__conv all = *v;
    all.w = all.ow = samples * v->h * v->w;
    all.h = all.oh = 1;
    all.bottom = all.right = 0;
    return all;
}

/* Products by channel take all groups at once. */
static size_t product_groups(const cn__conv *v) { return cn__conv_depthwise(v) ? 1 : v->groups; }

/* All rows of an image, for its first group. */
static cn__product forward_product(const cn__conv *v, const image *in, const real *packed, const real *bias,
                                   bool relu, real *y)
{
    const size_t ic = v->c / v->groups;
    const bool whole_rows = v->groups == 1 && v->dx == 1 && !in->planes;
    return (cn__product){.a = in->at,
                         .a_outer = (ptrdiff_t)(v->dy * in->row),
                         .a_inner = (ptrdiff_t)(v->dx * in->pixel),
                         .a_row = v->sx * in->pixel,
                         .a_step = 1,
                         .outer = v->kh,
                         .inner = whole_rows ? 1 : v->kw,
                         .depth = whole_rows ? v->kw * ic : ic,
                         .b = packed,
                         .b_row = CN_PAD(v->oc),
                         .c = y,
                         .c_row = v->oc,
                         .rows = v->ow,
                         .cols = v->oc / product_groups(v),
                         .bias = bias,
                         .relu = relu,
                         .times = v->oh,
                         .a_next = v->sy * in->row,
                         .c_next = v->ow * v->oc};
}

/* The other groups of a product whose first is p: `ic` channels further in, and p.cols further out. */
static void other_groups(const cn__conv *v, const image *in, cn__product p, size_t ic)
{
    for (size_t g = 1; g < v->groups; g++) {
        p.a += ic;
        p.b += p.cols;
        p.c += p.cols;
        if (p.bias) p.bias += p.cols;
        multiply(v, in, &p);
    }
}

void KERNEL(conv_forward)(const cn__conv *conv, const real *x, const real *packed, const real *bias,
                          const cn__activation *activation, real *y, size_t samples, real *scratch)
{
    const size_t tile = cn__conv_winograd(conv, CN_CONV_FORWARD);
    if (tile) {
        KERNEL(winograd)(conv, tile, x, packed, bias, activation, y, samples, scratch);
        return;
    }
    if (is_flat(conv) && samples > 1) {
        const cn__conv all = flat(conv, samples);
        KERNEL(conv_forward)(&all, x, packed, bias, activation, y, 1, scratch);
        return;
    }
    const size_t size = conv->oh * conv->ow * conv->oc,
                 pixels = cn__conv_padded_h(conv) * cn__conv_padded_w(conv);
    const bool relu = applies_relu(conv, CN_CONV_FORWARD, activation);
    for (size_t n = 0; n < samples; n++, x += conv->h * conv->w * conv->c, y += size) {
        image in = padded_input(conv, x, scratch);
        if (cn__conv_narrow(conv, CN_CONV_FORWARD))
            in = with_planes(in, pixels, in.at == scratch ? scratch + pixels * conv->c : scratch);
        const cn__product p = forward_product(conv, &in, packed, bias, relu, y);
        multiply(conv, &in, &p);
        if (product_groups(conv) > 1) other_groups(conv, &in, p, conv->c / conv->groups);
        if (activation && !relu) KERNEL(activate)(activation, y, y, size);
    }
}

/* ---- to the input -------------------------------------------------------------------------------- */

/* By channel, a pixel (c, m) of the gradient becomes (m, c). */
static void copy_gradient(const cn__conv *v, const real *from, size_t n, real *to)
{
    const size_t m = v->oc / v->c;
    if (!cn__conv_depthwise(v) || m == 1) {
        memcpy(to, from, n * v->oc * sizeof(real));
        return;
    }
    for (size_t i = 0; i < n; i++, from += v->oc, to += v->oc)
        for (size_t c = 0; c < v->c; c++)
            for (size_t j = 0; j < m; j++) to[j * v->c + c] = from[c * m + j];
}

/* The outputs' gradient from the first output that an input meets to the last one, zeros where there is no output. */
static image padded_gradient(const cn__conv *v, const real *dy, real *scratch)
{
    if (!cn__conv_copies_gradient(v)) return (image){.at = dy, .row = v->ow * v->oc, .pixel = v->oc};
    const cn__conv_axis ay = cn__conv_axis_y(v), ax = cn__conv_axis_x(v);
    const ptrdiff_t y0 = cn__axis_first_output(&ay), x0 = cn__axis_first_output(&ax);
    const size_t rows = cn__axis_outputs(&ay), cols = cn__axis_outputs(&ax), row = cols * v->oc;
    const ptrdiff_t begin = x0 > 0 ? x0 : 0,
                    end = x0 + (ptrdiff_t)cols < (ptrdiff_t)v->ow ? x0 + (ptrdiff_t)cols : (ptrdiff_t)v->ow;
    for (size_t i = 0; i < rows; i++) {
        const ptrdiff_t y = y0 + (ptrdiff_t)i;
        real *to = scratch + i * row;
        if (y < 0 || y >= (ptrdiff_t)v->oh || begin >= end) {
            zeros(to, row);
            continue;
        }
        const size_t before = (size_t)(begin - x0), count = (size_t)(end - begin);
        zeros(to, before * v->oc);
        copy_gradient(v, dy + ((size_t)y * v->ow + (size_t)begin) * v->oc, count, to + before * v->oc);
        zeros(to + (before + count) * v->oc, row - (before + count) * v->oc);
    }
    return (image){.at = scratch, .row = row, .pixel = v->oc};
}

typedef struct phase_pair {
    cn__conv_phase y, x;
    ptrdiff_t output_y, output_x; /* of the phase's first inputs, counted in the padded gradient */
} phase_pair;

static void phase_to_input(const cn__conv *v, image grad, const phase_pair *f, const real *packed,
                           const real *bias, bool relu, real *dx)
{
    const size_t groups = product_groups(v), ic = v->c / groups, oc = v->oc / v->groups;
    const bool whole_rows = v->groups == 1 && f->x.output_step == 1 && !grad.planes;
    cn__product p = {.a = grad.at,
                     .a_outer = (ptrdiff_t)(f->y.output_step * grad.row),
                     .a_inner = (ptrdiff_t)(f->x.output_step * grad.pixel),
                     .a_row = grad.pixel,
                     .a_step = cn__conv_depthwise(v) ? v->c : 1,
                     .outer = f->y.taps,
                     .inner = whole_rows ? 1 : f->x.taps,
                     .depth = whole_rows ? f->x.taps * oc : oc,
                     .b = packed,
                     .b_row = CN_PAD(v->c),
                     .c = dx + (f->y.first * v->w + f->x.first) * v->c,
                     .c_row = v->sx * v->c,
                     .rows = f->x.inputs,
                     .cols = ic,
                     .bias = bias,
                     .relu = relu,
                     .times = f->y.inputs,
                     .a_next = grad.row,
                     .c_next = v->sy * v->w * v->c};
    if (f->y.inputs == 0) return;
    if (f->y.taps == 0 || f->x.taps == 0) p.outer = 0;
    else p.a += f->output_y * (ptrdiff_t)grad.row + f->output_x * (ptrdiff_t)grad.pixel;
    multiply(v, &grad, &p);
    if (groups > 1) other_groups(v, &grad, p, oc);
}

void KERNEL(conv_to_input)(const cn__conv *conv, const real *dy, const real *packed, const real *bias,
                           const cn__activation *activation, real *dx, size_t samples, real *scratch)
{
    const size_t tile = cn__conv_winograd(conv, CN_CONV_TO_INPUT);
    if (cn__conv_adds_tiles(conv)) {
        KERNEL(winograd_to_input)(conv, tile, dy, packed, bias, activation, dx, samples, scratch);
        return;
    }
    if (tile) {
        const cn__conv reversed = cn__conv_reversed(conv);
        KERNEL(winograd)(&reversed, tile, dy, packed, bias, activation, dx, samples, scratch);
        return;
    }
    if (is_flat(conv) && samples > 1) {
        const cn__conv all = flat(conv, samples);
        KERNEL(conv_to_input)(&all, dy, packed, bias, activation, dx, 1, scratch);
        return;
    }
    const cn__conv_axis ay = cn__conv_axis_y(conv), ax = cn__conv_axis_x(conv);
    const size_t pixels = cn__axis_outputs(&ay) * cn__axis_outputs(&ax);
    const size_t image_size = conv->h * conv->w * conv->c, block = conv->oc / conv->groups * CN_PAD(conv->c);
    const bool relu = applies_relu(conv, CN_CONV_TO_INPUT, activation);
    for (size_t n = 0; n < samples; n++, dy += conv->oh * conv->ow * conv->oc, dx += image_size) {
        image grad = padded_gradient(conv, dy, scratch);
        if (cn__conv_narrow(conv, CN_CONV_TO_INPUT))
            grad = with_planes(grad, pixels, grad.at == scratch ? scratch + pixels * conv->oc : scratch);
        const real *phase_kernel = packed;
        for (size_t py = 0; py < conv->sy; py++)
            for (size_t px = 0; px < conv->sx; px++) {
                phase_pair f = {.y = cn__axis_phase(&ay, py), .x = cn__axis_phase(&ax, px)};
                f.output_y = f.y.output - cn__axis_first_output(&ay);
                f.output_x = f.x.output - cn__axis_first_output(&ax);
                phase_to_input(conv, grad, &f, phase_kernel, bias, relu, dx);
                phase_kernel += f.y.taps * f.x.taps * block;
            }
        if (activation && !relu) KERNEL(activate)(activation, dx, dx, image_size);
    }
}
