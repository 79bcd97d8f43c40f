/* Kernels of convolutions in the order in which a pass multiplies by them. */
#include <string.h>

#include "kernels/conv.h"
#include "kernels/conv_shape.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

/* Row (tap, output channel of the group), column input channel: taps in the order in which phases meet them. */
static void pack_tap_to_input(const cn__conv *v, const real *tap, size_t kernel_row, size_t first,
                              size_t cols, real *to)
{
    const size_t ic = v->c / v->groups, oc = v->oc / v->groups, row = CN_PAD(v->c);
    if (v->groups == 1) {
        KERNEL(transpose)(tap, kernel_row, ic, cols, to + first * row, row);
        return;
    }
    for (size_t c = first; c < first + cols; c++)
        for (size_t i = 0; i < ic; i++) to[c % oc * row + c / oc * ic + i] = tap[i * kernel_row + c - first];
}

static void pack_to_input(const cn__conv *v, const real *kernel, size_t kernel_row, size_t first, size_t cols,
                          real *packed)
{
    const cn__conv_axis ay = cn__conv_axis_y(v), ax = cn__conv_axis_x(v);
    const size_t ic = v->c / v->groups, block = v->oc / v->groups * CN_PAD(v->c);
    for (size_t py = 0; py < v->sy; py++)
        for (size_t px = 0; px < v->sx; px++) {
            const cn__conv_phase fy = cn__axis_phase(&ay, py), fx = cn__axis_phase(&ax, px);
            for (size_t ty = 0; ty < fy.taps; ty++)
                for (size_t tx = 0; tx < fx.taps; tx++, packed += block) {
                    const size_t ky = fy.last_tap - ty * fy.tap_step, kx = fx.last_tap - tx * fx.tap_step;
                    pack_tap_to_input(v, kernel + (ky * v->kw + kx) * ic * kernel_row, kernel_row, first,
                                      cols, packed);
                }
        }
}

void KERNEL(conv_pack)(const cn__conv *conv, cn__conv_pass pass, const real *kernel, size_t kernel_row,
                       size_t first, size_t cols, real *packed)
{
    const size_t tile = cn__conv_winograd(conv, pass);
    if (tile) {
        KERNEL(winograd_pack)(conv, tile, pass == CN_CONV_TO_INPUT, kernel, kernel_row, first, cols, packed);
        return;
    }
    if (pass == CN_CONV_TO_INPUT) {
        pack_to_input(conv, kernel, kernel_row, first, cols, packed);
        return;
    }
    const size_t rows = conv->kh * conv->kw * (conv->c / conv->groups), row = CN_PAD(conv->oc);
    for (size_t r = 0; r < rows; r++)
        memcpy(packed + r * row + first, kernel + r * kernel_row, cols * sizeof(real));
}
