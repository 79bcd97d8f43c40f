/* Resizing of images. Bilinear and nearest pixels are one operation; cubic and Lanczos windows, which are wider, are sums with weights
 * along one axis at a time. */
#include "nn/images/resize.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"

const char *const cn__resizing_words[] = {"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", NULL};

cn__interpolation cn__find_interpolation(const char *word)
{
    int i = 0;
    while (cn__resizing_words[i + 1] && strcmp(word, cn__resizing_words[i]) != 0) i++;
    return (cn__interpolation)i;
}

/* ---- the operations ---- */

static void resize_forward(const cn__run *run, cn__node *n)
{
    const size_t in = n->in[0].from->size;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    cn__image_resize(n->op->args, cn__node_input(n, 0) + r.first * in, n->z + r.first * n->size,
                     r.last - r.first);
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void resize_backward(const cn__run *run, cn__node *n)
{
    const cn__edge *edge = &n->in[0];
    const size_t in = edge->from->size;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    cn__image_resize_back(n->op->args, n->d + r.first * n->size, edge->grad + r.first * in, r.last - r.first);
    cn__edge_done(run, edge, r.first * in, (r.last - r.first) * in);
}

const cn__op_kind cn__op_resize = {
    .name = "resize", .forward = resize_forward, .backward = resize_backward, .own_samples = true};

static void resample_forward(const cn__run *run, cn__node *n)
{
    const size_t in = n->in[0].from->size;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    const cn__resample_args *a = n->op->args;
    cn__image_resample(&a->along, cn__node_input(n, 0) + r.first * in, n->z + r.first * n->size,
                       r.last - r.first);
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void resample_backward(const cn__run *run, cn__node *n)
{
    const cn__edge *edge = &n->in[0];
    const size_t in = edge->from->size;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    const cn__resample_args *a = n->op->args;
    cn__image_resample_back(&a->along, n->d + r.first * n->size, edge->grad + r.first * in, r.last - r.first);
    cn__edge_done(run, edge, r.first * in, (r.last - r.first) * in);
}

const cn__op_kind cn__op_resample = {
    .name = "resample", .forward = resample_forward, .backward = resample_backward, .own_samples = true};

/* ---- weights of a window ---- */

static const double pi = 3.14159265358979323846;

/* The first input that output o sees, which may be before the axis, and the weights of that one and the next. */
typedef int64_t cn__window_of(size_t o, size_t n, size_t on, double *weight);

/* R. Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -1/2. The fraction is a multiple of 1/1024, as
 * in TensorFlow, which looks the weights up in a table. */
static int64_t bicubic(size_t o, size_t n, size_t on, double *weight)
{
    const float at = ((float)o + 0.5f) * ((float)n / (float)on) - 0.5f, below = floorf(at);
    const double f = rint((double)(at - below) * 1024) / 1024, a = -0.5;
    for (int t = 0; t < 4; t++) {
        const double d = fabs(f + 1 - t); /* from this input to the output */
        weight[t] = t == 1 || t == 2 ? ((a + 2) * d - (a + 3)) * d * d + 1
                                     : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    }
    return (int64_t)below - 1;
}

static double sin_pi(double t) { return cn__cos(pi * (t - 0.5)); }

/* sin(πt) sin(πt/r) r / (πt)² for |t| < r: C. Duchon, Lanczos filtering in one and two dimensions, 1979. As wide where an image gets smaller
 * (no antialiasing, as in Keras). */
static int64_t lanczos(size_t o, size_t n, size_t on, int r, double *weight)
{
    const double at = ((double)o + 0.5) * (double)n / (double)on, first = ceil(at - r - 0.5);
    for (int i = 0; i < 2 * r; i++) {
        const double t = fabs(first + i + 0.5 - at);
        weight[i] = t <= 1e-3 ? 1 : r * sin_pi(t) * sin_pi(t / r) / (pi * t * pi * t);
    }
    return (int64_t)first;
}

static int64_t lanczos3(size_t o, size_t n, size_t on, double *weight)
{
    return lanczos(o, n, on, 3, weight);
}
static int64_t lanczos5(size_t o, size_t n, size_t on, double *weight)
{
    return lanczos(o, n, on, 5, weight);
}

enum { MOST_TAPS = 10 };
static const struct {
    size_t taps;
    cn__window_of *window;
} filters[] = {[CN_INTERPOLATION_BICUBIC] = {4, bicubic},
               [CN_INTERPOLATION_LANCZOS3] = {6, lanczos3},
               [CN_INTERPOLATION_LANCZOS5] = {MOST_TAPS, lanczos5}};

/* Inputs beyond the axis count for nothing; the weights of the others are divided by their sum. */
static void weigh(cn__interpolation how, const cn__resample *r, size_t o, size_t *first, real *weight)
{
    double window[MOST_TAPS], sum = 0;
    const int64_t at = filters[how].window(o, r->n, r->on, window), last = (int64_t)(r->n - r->taps);
    const int64_t begin = at < 0 ? 0 : at > last ? last : at;
    for (int64_t t = 0; t < (int64_t)filters[how].taps; t++)
        if (at + t >= 0 && at + t < (int64_t)r->n) sum += window[t];
    for (int64_t t = 0; t < (int64_t)r->taps; t++) {
        const int64_t from = begin + t - at;
        weight[t] = from >= 0 && from < (int64_t)filters[how].taps ? (real)(window[from] / sum) : 0;
    }
    *first = (size_t)begin;
}

static cn_status make_weights(cn__lowering *l, cn__interpolation how, cn__resample *r)
{
    r->taps = filters[how].taps < r->n ? filters[how].taps : r->n;
    size_t *first = cn__arena_array(l->arena, r->on, sizeof *first);
    real *weight = cn__arena_array(l->arena, r->on * r->taps, sizeof *weight);
    if (!first || !weight) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < r->on; o++) weigh(how, r, o, &first[o], weight + o * r->taps);
    r->first = first, r->weight = weight;
    return CN_OK;
}

/* ---- lowering ---- */

static cn_status lower_axis(cn__lowering *l, cn__interpolation how, int axis, size_t to, cn__ref *out)
{
    const cn__ref in = *out;
    const size_t h = in.shape.dim[0], w = in.shape.dim[1], c = in.shape.dim[2];
    cn__resample_args args = {.how = how};
    args.along =
        (cn__resample){.outer = axis ? h : 1, .n = axis ? w : h, .on = to, .inner = axis ? c : w * c};
    if (args.along.n == to) return CN_OK;
    CN_TRY(make_weights(l, how, &args.along));
    out->shape.dim[axis] = to;
    out->op = cn__lower_op(l, &cn__op_resample, &in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__lower_resize(cn__lowering *l, cn__interpolation how, size_t height, size_t width, cn__ref *out)
{
    const cn__ref in = *out;
    const cn__resize args = {.h = in.shape.dim[0],
                             .w = in.shape.dim[1],
                             .c = in.shape.dim[2],
                             .oh = height,
                             .ow = width,
                             .bilinear = how == CN_INTERPOLATION_BILINEAR};
    if (how != CN_INTERPOLATION_BILINEAR && how != CN_INTERPOLATION_NEAREST) {
        CN_TRY(lower_axis(l, how, 0, height, out));
        return lower_axis(l, how, 1, width, out);
    }
    if (args.h == height && args.w == width) return CN_OK;
    out->shape.dim[0] = height, out->shape.dim[1] = width;
    out->op = cn__lower_op(l, &cn__op_resize, &in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}
