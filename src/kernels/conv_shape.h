/* Geometry that the passes share: the padded image of the forward pass, and for the pass to the input one axis cut into phases.
 * The input positions of a phase (those alike modulo the stride) all meet the same kernel taps, at outputs that lie evenly. */
#ifndef CN_KERNELS_CONV_SHAPE_H
#define CN_KERNELS_CONV_SHAPE_H

#include "kernels/conv.h"

static inline bool cn__conv_depthwise(const cn__conv *v) { return v->groups == v->c && v->c > 1; }

/* ---- the image as forward and the kernel's gradient read it ------------------------------------- */

/* Numbers a pixel takes. By channel, each input channel is repeated for the outputs made of it. */
static inline size_t cn__conv_pixel(const cn__conv *v) { return cn__conv_depthwise(v) ? v->oc : v->c; }
static inline size_t cn__conv_padded_h(const cn__conv *v) { return v->top + v->h + v->bottom; }
static inline size_t cn__conv_padded_w(const cn__conv *v) { return v->left + v->w + v->right; }
static inline bool cn__conv_copies_input(const cn__conv *v)
{
    return v->top || v->left || v->bottom || v->right || cn__conv_pixel(v) != v->c;
}

/* ---- the gradient of the output as the pass to the input reads it -------------------------------- */

typedef struct cn__conv_axis {
    size_t in, out, k, stride, dilation, before;
} cn__conv_axis;

static inline cn__conv_axis cn__conv_axis_y(const cn__conv *v)
{
    return (cn__conv_axis){v->h, v->oh, v->kh, v->sy, v->dy, v->top};
}
static inline cn__conv_axis cn__conv_axis_x(const cn__conv *v)
{
    return (cn__conv_axis){v->w, v->ow, v->kw, v->sx, v->dx, v->left};
}

/* The first output that some input meets, maybe before the first that there is; and how many there are from it to the last one. */
static inline ptrdiff_t cn__axis_first_output(const cn__conv_axis *a)
{
    const ptrdiff_t at = (ptrdiff_t)a->before - (ptrdiff_t)((a->k - 1) * a->dilation);
    const ptrdiff_t s = (ptrdiff_t)a->stride;
    return at >= 0 ? at / s : -((-at + s - 1) / s);
}
static inline size_t cn__axis_outputs(const cn__conv_axis *a)
{
    const ptrdiff_t last = (ptrdiff_t)((a->before + a->in - 1) / a->stride);
    return (size_t)(last - cn__axis_first_output(a) + 1);
}

static inline bool cn__conv_copies_gradient(const cn__conv *v)
{
    const cn__conv_axis y = cn__conv_axis_y(v), x = cn__conv_axis_x(v);
    return cn__axis_first_output(&y) != 0 || cn__axis_first_output(&x) != 0 ||
           cn__axis_outputs(&y) != v->oh || cn__axis_outputs(&x) != v->ow ||
           (cn__conv_depthwise(v) && v->oc != v->c);
}

/* Phase p of an axis: inputs first, first + stride, …, `inputs` of them; taps last_tap, last_tap - tap_step, …, `taps` of them.
 * Input i (counted in the phase) meets its tap t at output `output` + i + t · output_step. */
typedef struct cn__conv_phase {
    size_t first, inputs, taps, last_tap, tap_step, output_step;
    ptrdiff_t output;
} cn__conv_phase;

static inline size_t cn__gcd(size_t a, size_t b)
{
    while (b) {
        const size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static inline cn__conv_phase cn__axis_phase(const cn__conv_axis *a, size_t p)
{
    const size_t common = cn__gcd(a->stride, a->dilation);
    cn__conv_phase f = {.tap_step = a->stride / common, .output_step = a->dilation / common};
    f.first = (p + a->stride - a->before % a->stride) % a->stride;
    f.inputs = f.first < a->in ? (a->in - f.first + a->stride - 1) / a->stride : 0;
    for (size_t tap = 0; tap < a->k; tap++)
        if (tap * a->dilation % a->stride == p) f.taps++, f.last_tap = tap;
    f.output =
        ((ptrdiff_t)(f.first + a->before) - (ptrdiff_t)(f.last_tap * a->dilation)) / (ptrdiff_t)a->stride;
    return f;
}

/* ---- few channels out of a pass ------------------------------------------------------------------- */

/* Where a pass makes few channels, vectors hold pixels instead: the image it reads is copied into planes, one a channel. Where the
 * kernel has few columns, its gradient is made in rows. Same bits. */
enum { CN_CONV_NARROW = 8 };

static inline bool cn__conv_narrow(const cn__conv *v, cn__conv_pass pass)
{
    if (v->groups != 1 || v->kh * v->kw == 1) return false;
    if (pass == CN_CONV_TO_KERNEL) return v->oc <= CN_CONV_NARROW && v->c >= CN_LANES;
    return pass == CN_CONV_FORWARD ? v->oc <= CN_CONV_NARROW && v->sx == 1
                                   : pass == CN_CONV_TO_INPUT && v->c <= CN_CONV_NARROW;
}

/* From a plane of `pixels` to the next: no power of two, or they would share a few lines of the cache. */
static inline size_t cn__conv_plane(size_t pixels) { return CN_PAD(pixels) + CN_LANES; }
/* Rows of outputs that are made at once, in an image of that width. */
static inline size_t cn__conv_narrow_rows(size_t width, size_t rows)
{
    enum { PIXELS = 512 };
    const size_t most = width < PIXELS ? PIXELS / width : 1;
    return rows < most ? rows : most;
}
/* Scratch behind the padded image (pixels = width × height): planes, then rows of outputs. */
static inline size_t cn__conv_narrow_scratch(size_t width, size_t height, size_t channels, size_t outputs)
{
    return channels * cn__conv_plane(width * height) +
           outputs * CN_PAD(width * cn__conv_narrow_rows(width, height));
}

/* ---- Winograd's formula ------------------------------------------------------------------------------ */

/* The pass to the input as a forward one, from the gradient of the outputs and with the kernel rotated. */
static inline cn__conv cn__conv_reversed(const cn__conv *v)
{
    cn__conv r = *v;
    r.h = v->oh, r.w = v->ow, r.c = v->oc;
    r.oh = v->h, r.ow = v->w, r.oc = v->c;
    r.top = 2 - v->top, r.left = 2 - v->left, r.bottom = 2 - v->bottom, r.right = 2 - v->right;
    return r;
}

/* Outputs in `rows` × `cols` tiles of m × m; `group` tiles are multiplied at once. Transformed inputs are `products` matrices (group,
 * PAD(c)), a_step apart, and what is (group, PAD(oc)) likewise b_step apart: not a power of two, or they would share a few lines of
 * the cache. */
typedef struct cn__winograd {
    size_t m, rows, cols, products, group, a_step, b_step;
} cn__winograd;

/* Numbers of 2×2 tiles that are multiplied at once, and for the kernel's gradient: whole tiles of the product's rows, in the
 * second-level cache. Half as many 4×4 ones. */
enum { CN_WINOGRAD_GROUP = 56, CN_WINOGRAD_KERNEL_GROUP = 64 };

static inline void cn__winograd_steps(const cn__conv *v, cn__winograd *t)
{
    t->a_step = t->group * CN_PAD(v->c) + CN_LANES;
    t->b_step = t->group * CN_PAD(v->oc) + CN_LANES;
}

static inline cn__winograd cn__winograd_of(const cn__conv *v, size_t m, size_t group)
{
    cn__winograd t = {.m = m, .rows = (v->oh + m - 1) / m, .cols = (v->ow + m - 1) / m};
    t.products = (m + 2) * (m + 2);
    t.group = m == 2 ? group : group / 2;
    cn__winograd_steps(v, &t);
    return t;
}

/* The same in groups of whole rows of tiles. */
static inline cn__winograd cn__winograd_rows(const cn__conv *v, size_t m)
{
    cn__winograd t = cn__winograd_of(v, m, CN_WINOGRAD_GROUP);
    t.group = t.group < t.cols ? t.cols : t.group / t.cols * t.cols;
    cn__winograd_steps(v, &t);
    return t;
}

#endif
