/* What depends on the shape of a convolution alone: which formula, and how much memory. */
#include "kernels/conv.h"

#include "kernels/conv_shape.h"

/* With fewer channels in or out the transforms take what the products save (measured on 7×7 to 32×32). */
enum { WINOGRAD_CHANNELS = 16 };

/* Half as many products again in the definition as in tiles of 2×2, of which the last row and column may be half empty. */
static bool tiles_are_worth_it(size_t h, size_t w)
{
    return 2 * 9 * h * w >= 3 * 16 * ((h + 1) / 2) * ((w + 1) / 2);
}

bool cn__conv_winograd(const cn__conv *conv, cn__conv_pass pass)
{
    const size_t *const pad[] = {&conv->top, &conv->left, &conv->bottom, &conv->right};
    if (conv->kh != 3 || conv->kw != 3 || conv->sy != 1 || conv->sx != 1 || conv->dy != 1 || conv->dx != 1)
        return false;
    if (conv->groups != 1 || conv->c < WINOGRAD_CHANNELS || conv->oc < WINOGRAD_CHANNELS) return false;
    if (pass != CN_CONV_TO_INPUT) return tiles_are_worth_it(conv->oh, conv->ow);
    for (int i = 0; i < 4; i++)
        if (*pad[i] > 2) return false; /* the reversed pass would crop */
    return tiles_are_worth_it(conv->h, conv->w);
}

static size_t winograd_scratch(const cn__conv *conv, cn__conv_pass pass)
{
    const cn__conv v = pass == CN_CONV_TO_INPUT ? cn__conv_reversed(conv) : *conv;
    const bool kernel = pass == CN_CONV_TO_KERNEL;
    const cn__winograd t = cn__winograd_of(&v, kernel ? CN_WINOGRAD_KERNEL_GROUP : CN_WINOGRAD_GROUP);
    const size_t products = kernel ? v.c * CN_PAD(v.oc) : 0;
    return CN_WINOGRAD_PRODUCTS * (t.a_step + t.b_step + products);
}

size_t cn__conv_packed_size(const cn__conv *conv, cn__conv_pass pass)
{
    if (cn__conv_winograd(conv, pass) && pass != CN_CONV_TO_KERNEL)
        return CN_WINOGRAD_PRODUCTS *
               (pass == CN_CONV_FORWARD ? conv->c * CN_PAD(conv->oc) : conv->oc * CN_PAD(conv->c));
    switch (pass) {
    case CN_CONV_FORWARD: return conv->kh * conv->kw * (conv->c / conv->groups) * CN_PAD(conv->oc);
    case CN_CONV_TO_INPUT: return conv->kh * conv->kw * (conv->oc / conv->groups) * CN_PAD(conv->c);
    default: return 0;
    }
}

static size_t forward_scratch(const cn__conv *v, bool narrow)
{
    const size_t pixels = cn__conv_padded_h(v) * cn__conv_padded_w(v);
    return (cn__conv_copies_input(v) ? pixels * cn__conv_pixel(v) : 0) +
           (narrow ? cn__conv_narrow_scratch(pixels, v->c, v->oc, v->ow) : 0);
}

static size_t to_input_scratch(const cn__conv *v, bool narrow)
{
    const cn__conv_axis y = cn__conv_axis_y(v), x = cn__conv_axis_x(v);
    const size_t pixels = cn__axis_outputs(&y) * cn__axis_outputs(&x);
    return (cn__conv_copies_gradient(v) ? pixels * v->oc : 0) +
           (narrow ? cn__conv_narrow_scratch(pixels, v->oc, v->c, v->w) : 0);
}

size_t cn__conv_scratch_size(const cn__conv *conv, cn__conv_pass pass)
{
    if (cn__conv_winograd(conv, pass)) return winograd_scratch(conv, pass);
    const bool narrow = cn__conv_narrow(conv, pass);
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
