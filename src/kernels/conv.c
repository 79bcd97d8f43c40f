/* What depends on the shape of a convolution alone: which formula, and how much memory. */
#include "kernels/conv.h"

#include "kernels/conv_shape.h"

/* With fewer channels in or out the transforms take what the products save (measured on 7×7 to 32×32). */
enum { WINOGRAD_CHANNELS = 16, WINOGRAD_FAST_CHANNELS = 32 };

/* Products of an image in tiles of m × m, of which the last row and column may be half empty. */
static size_t tile_products(size_t h, size_t w, size_t m)
{
    return (m + 2) * (m + 2) * ((h + m - 1) / m) * ((w + m - 1) / m);
}

/* Tiles of 2×2 for two thirds of the definition's products or less; of 4×4, when they may be, for three quarters of those. */
static size_t tile_size(const cn__conv *conv, size_t h, size_t w)
{
    if (2 * 9 * h * w < 3 * tile_products(h, w, 2)) return 0;
    if (!conv->fast || conv->c < WINOGRAD_FAST_CHANNELS || conv->oc < WINOGRAD_FAST_CHANNELS) return 2;
    return 4 * tile_products(h, w, 4) <= 3 * tile_products(h, w, 2) ? 4 : 2;
}

static bool has_formula(const cn__conv *v)
{
    return v->kh == 3 && v->kw == 3 && v->sy == 1 && v->sx == 1 && v->dy == 1 && v->dx == 1 &&
           v->groups == 1 && v->c >= WINOGRAD_CHANNELS && v->oc >= WINOGRAD_CHANNELS;
}

/* Of the reversed convolution, which would crop where more than two zeros are around the image. */
static size_t reversed_tile(const cn__conv *v)
{
    const size_t pad[] = {v->top, v->left, v->bottom, v->right};
    for (int i = 0; i < 4; i++)
        if (pad[i] > 2) return 0;
    return tile_size(v, v->h, v->w);
}

/* For eight ninths of the products or less: to add tiles up takes longer than to write them. For as many, smaller tiles are better. */
bool cn__conv_adds_tiles(const cn__conv *conv)
{
    if (conv->transposed || !has_formula(conv)) return false;
    const size_t m = tile_size(conv, conv->oh, conv->ow), reversed = reversed_tile(conv);
    if (!m || !reversed) return m != 0;
    const size_t products = tile_products(conv->oh, conv->ow, m),
                 others = tile_products(conv->h, conv->w, reversed);
    return m < reversed ? products <= others : 9 * products <= 8 * others;
}

size_t cn__conv_winograd(const cn__conv *conv, cn__conv_pass pass)
{
    if (!has_formula(conv)) return 0;
    if (pass == CN_CONV_TO_INPUT && !cn__conv_adds_tiles(conv)) return reversed_tile(conv);
    return tile_size(conv, conv->oh, conv->ow);
}

static size_t winograd_scratch(const cn__conv *conv, cn__conv_pass pass, size_t m)
{
    const bool kernel = pass == CN_CONV_TO_KERNEL, to_input = pass == CN_CONV_TO_INPUT;
    if (to_input && cn__conv_adds_tiles(conv)) {
        const cn__winograd t = cn__winograd_rows(conv, m);
        return t.products * (t.a_step + t.b_step);
    }
    const cn__conv v = to_input ? cn__conv_reversed(conv) : *conv;
    const cn__winograd t = cn__winograd_of(&v, m, kernel ? CN_WINOGRAD_KERNEL_GROUP : CN_WINOGRAD_GROUP);
    return t.products * (t.a_step + t.b_step + (kernel ? v.c * CN_PAD(v.oc) : 0));
}

size_t cn__conv_packed_size(const cn__conv *conv, cn__conv_pass pass)
{
    const size_t m = cn__conv_winograd(conv, pass), taps = m ? (m + 2) * (m + 2) : conv->kh * conv->kw;
    switch (pass) {
    case CN_CONV_FORWARD: return taps * (conv->c / conv->groups) * CN_PAD(conv->oc);
    case CN_CONV_TO_INPUT: return taps * (conv->oc / conv->groups) * CN_PAD(conv->c);
    default: return 0;
    }
}

static size_t forward_scratch(const cn__conv *v, bool narrow)
{
    const size_t h = cn__conv_padded_h(v), w = cn__conv_padded_w(v);
    return (cn__conv_copies_input(v) ? h * w * cn__conv_pixel(v) : 0) +
           (narrow ? cn__conv_narrow_scratch(w, h, v->c, v->oc) : 0);
}

static size_t to_input_scratch(const cn__conv *v, bool narrow)
{
    const cn__conv_axis y = cn__conv_axis_y(v), x = cn__conv_axis_x(v);
    const size_t h = cn__axis_outputs(&y), w = cn__axis_outputs(&x);
    return (cn__conv_copies_gradient(v) ? h * w * v->oc : 0) +
           (narrow ? cn__conv_narrow_scratch(w, h, v->oc, v->c) : 0);
}

size_t cn__conv_scratch_size(const cn__conv *conv, cn__conv_pass pass)
{
    const size_t m = cn__conv_winograd(conv, pass);
    if (m) return winograd_scratch(conv, pass, m);
    const bool narrow = cn__conv_narrow(conv, pass);
    if (pass == CN_CONV_TO_KERNEL)
        return forward_scratch(conv, false) + (narrow ? conv->oc * conv->kh * conv->kw * conv->c : 0);
    return pass == CN_CONV_TO_INPUT ? to_input_scratch(conv, narrow) : forward_scratch(conv, narrow);
}

void cn__conv_valid(cn__conv *conv)
{
    conv->top = conv->left = conv->bottom = conv->right = 0;
    conv->oh = (conv->h - (conv->kh - 1) * conv->dy - 1) / conv->sy + 1;
    conv->ow = (conv->w - (conv->kw - 1) * conv->dx - 1) / conv->sx + 1;
}

static size_t same_axis(size_t n, size_t k, size_t stride, size_t dilation, size_t *before, size_t *after)
{
    const size_t outputs = (n + stride - 1) / stride, reach = (outputs - 1) * stride + (k - 1) * dilation + 1;
    const size_t zeros = reach > n ? reach - n : 0;
    *before = zeros / 2;
    *after = zeros - zeros / 2;
    return outputs;
}

void cn__conv_same(cn__conv *conv)
{
    conv->oh = same_axis(conv->h, conv->kh, conv->sy, conv->dy, &conv->top, &conv->bottom);
    conv->ow = same_axis(conv->w, conv->kw, conv->sx, conv->dx, &conv->left, &conv->right);
}
