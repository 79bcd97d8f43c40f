/* The gradient of a convolution's kernel (kernels/conv.h has its order of operations): a product of image and gradient for each row of the
 * kernel, over the outputs of all samples of a block. */
#include "kernels/simd/conv_image.h"

/* One tap of the kernel in one group (by channel: a row of taps), columns first … first + cols - 1 of all, which lie in it. */
static void tap_to_kernel(const cn__conv *v, const image *in, size_t tap_y, size_t tap_x, size_t first,
                          cn__product p)
{
    const size_t group = first / (v->oc / v->groups), ic = v->c / v->groups;
    p.a = in->at + tap_y * v->dy * in->row + tap_x * v->dx * in->pixel;
    p.a += cn__conv_depthwise(v) ? first : group * ic;
    if (cn__conv_depthwise(v)) KERNEL(product_by_channel)(&p);
    else KERNEL(product)(&p);
}

static void sample_to_kernel(const cn__conv *v, image in, const real *dy, size_t first, size_t cols,
                             cn__product p)
{
    const size_t ic = v->c / v->groups, oc = v->oc / v->groups;
    real *const dk = p.c;
    const bool whole_rows = cn__conv_depthwise(v) || (v->groups == 1 && v->dx == 1);
    const bool threes =
        whole_rows && v->kw * ic == 3; /* too few chains at once: all rows of the kernel together */
    for (size_t ky = 0; ky < v->kh; ky += threes ? v->kh : 1) {
        if (whole_rows) {
            p.rows = threes ? 3 * v->kh : v->kw * ic;
            p.a_row = cn__conv_depthwise(v) ? v->dx * in.pixel : 1;
            p.a_three = threes ? v->dy * in.row : 0;
            p.b = dy + first;
            p.c = dk + ky * v->kw * ic * p.c_row;
            p.cols = cols;
            tap_to_kernel(v, &in, ky, 0, first, p);
            continue;
        }
        p.rows = ic;
        p.a_row = 1;
        for (size_t kx = 0; kx < v->kw; kx++)
            for (size_t c = first, end; c < first + cols; c = end) {
                end = c / oc * oc + oc < first + cols ? c / oc * oc + oc : first + cols;
                p.b = dy + c;
                p.c = dk + (ky * v->kw + kx) * ic * p.c_row + c - first;
                p.cols = end - c;
                tap_to_kernel(v, &in, ky, kx, c, p);
            }
    }
}

/* The gradient transposed, for few channels out: a vector holds what a row of the kernel has, and the gradient of a pixel is one number
 * for all of it. `sums` is (cols, kh · kw · c). */
static void sample_to_kernel_narrow(const cn__conv *v, const image *in, const real *dy, size_t cols,
                                    bool accumulate, real *sums)
{
    const size_t all = v->kh * v->kw * v->c, line = v->dx == 1 ? v->kw * v->c : v->c;
    cn__product p = {.a = dy,
                     .a_inner = (ptrdiff_t)(v->ow * v->oc),
                     .a_row = 1,
                     .a_step = v->oc,
                     .outer = 1,
                     .inner = v->oh,
                     .depth = v->ow,
                     .b_row = v->sx * in->pixel,
                     .b_inner = v->sy * in->row,
                     .c_row = all,
                     .rows = cols,
                     .cols = line,
                     .accumulate = accumulate};
    for (size_t at = 0; at < all; at += line) {
        p.b = in->at + at / (v->kw * v->c) * v->dy * in->row + at % (v->kw * v->c) / v->c * v->dx * in->pixel;
        p.c = sums + at;
        KERNEL(product)(&p);
    }
}

static void to_kernel_narrow(const cn__conv *v, const real *x, const real *dy, size_t samples, real *dk,
                             size_t dk_row, size_t cols, real *scratch)
{
    const size_t all = v->kh * v->kw * v->c;
    real *const sums = scratch, *const padded = scratch + cols * all;
    for (size_t n = 0; n < samples; n++) {
        const image in = padded_input(v, x + n * v->h * v->w * v->c, padded);
        sample_to_kernel_narrow(v, &in, dy + n * v->oh * v->ow * v->oc, cols, n > 0, sums);
    }
    for (size_t i = 0; i < all; i++)
        for (size_t o = 0; o < cols; o++) dk[i * dk_row + o] = sums[o * all + i];
}

void KERNEL(conv_to_kernel)(const cn__conv *conv, const real *x, const real *dy, size_t samples, real *dk,
                            size_t dk_row, size_t first, size_t cols, real *scratch)
{
    const size_t tile = cn__conv_winograd(conv, CN_CONV_TO_KERNEL);
    if (tile) {
        KERNEL(winograd_to_kernel)(conv, tile, x, dy, samples, dk, dk_row, first, cols, scratch);
        return;
    }
    if (cn__conv_narrow(conv, CN_CONV_TO_KERNEL)) {
        to_kernel_narrow(conv, x, dy + first, samples, dk, dk_row, cols, scratch);
        return;
    }
    for (size_t n = 0; n < samples; n++) {
        const image in = padded_input(conv, x + n * conv->h * conv->w * conv->c, scratch);
        const cn__product p = {.a_inner = (ptrdiff_t)(conv->sy * in.row),
                               .a_step = conv->sx * in.pixel,
                               .outer = 1,
                               .inner = conv->oh,
                               .depth = conv->ow,
                               .b_row = conv->oc,
                               .c = dk,
                               .c_row = dk_row,
                               .accumulate = n > 0};
        sample_to_kernel(conv, in, dy + n * conv->oh * conv->ow * conv->oc, first, cols, p);
    }
}
