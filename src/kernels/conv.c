/* What depends on the shape of a convolution alone: which formula, and how much memory. */
#include "kernels/conv.h"

#include "kernels/conv_shape.h"

bool cn__conv_winograd(const cn__conv *conv, cn__conv_pass pass)
{
    (void)conv, (void)pass;
    return false;
}

size_t cn__conv_packed_size(const cn__conv *conv, cn__conv_pass pass)
{
    switch (pass) {
    case CN_CONV_FORWARD: return conv->kh * conv->kw * (conv->c / conv->groups) * CN_PAD(conv->oc);
    case CN_CONV_TO_INPUT: return conv->kh * conv->kw * (conv->oc / conv->groups) * CN_PAD(conv->c);
    default: return 0;
    }
}

size_t cn__conv_scratch_size(const cn__conv *conv, cn__conv_pass pass)
{
    if (pass != CN_CONV_TO_INPUT) {
        if (!cn__conv_copies_input(conv)) return 0;
        return cn__conv_padded_h(conv) * cn__conv_padded_w(conv) * cn__conv_pixel(conv);
    }
    const cn__conv_axis y = cn__conv_axis_y(conv), x = cn__conv_axis_x(conv);
    return cn__conv_copies_gradient(conv) ? cn__axis_outputs(&y) * cn__axis_outputs(&x) * conv->oc : 0;
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
