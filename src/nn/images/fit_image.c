/* Bringing images to a size. Halves of an odd rest, and lengths from proportions, are cut to whole numbers as in Keras. */
#include "nn/images/fit_image.h"

#include "nn/ops.h"

cn_status cn__infer_fit(const cn__image_fit *fit, const cn__shape *in, cn__shape *out)
{
    CN_TRY(cn__check_images(in));
    out->dim[0] = fit->height, out->dim[1] = fit->width;
    return CN_OK;
}

static cn_status lower_border(cn__lowering *l, const cn__border_args *args, cn__ref *out)
{
    const cn__ref in = *out;
    const cn__border *b = &args->border;
    out->shape.dim[0] = args->crops ? b->h : b->top + b->h + b->bottom;
    out->shape.dim[1] = args->crops ? b->w : b->left + b->w + b->right;
    out->op = cn__lower_op(l, &cn__op_border, &in, 1, &out->shape, args, sizeof *args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__lower_crop(cn__lowering *l, cn__box box, cn__ref *out)
{
    const size_t h = out->shape.dim[0], w = out->shape.dim[1];
    if (box.h > h - box.y) box.h = h - box.y;
    if (box.w > w - box.x) box.w = w - box.x;
    if (box.h == h && box.w == w) return CN_OK;
    const cn__border_args args = {.border = {.h = box.h,
                                             .w = box.w,
                                             .c = out->shape.dim[2],
                                             .top = box.y,
                                             .left = box.x,
                                             .bottom = h - box.y - box.h,
                                             .right = w - box.x - box.w},
                                  .crops = true};
    return lower_border(l, &args, out);
}

/* The length beside `other` that has the proportions to : beside. */
static size_t in_proportion(size_t other, size_t to, size_t beside)
{
    return (size_t)((double)(other * to) / (double)beside);
}

cn__box cn__middle_of_image(size_t h, size_t w, size_t height, size_t width)
{
    cn__box b = {.h = in_proportion(w, height, width), .w = in_proportion(h, width, height)};
    b.h = b.h > h ? h : b.h ? b.h : 1;
    b.w = b.w > w ? w : b.w ? b.w : 1;
    b.y = (h - b.h) / 2;
    b.x = (w - b.w) / 2;
    return b;
}

/* The same number of rows above and below, or of columns on both sides. */
static cn_status lower_padding(cn__lowering *l, const cn__image_fit *fit, cn__ref *out)
{
    const size_t h = out->shape.dim[0], w = out->shape.dim[1];
    const size_t high = in_proportion(w, fit->height, fit->width),
                 wide = in_proportion(h, fit->width, fit->height);
    cn__border_args args = {.border = {.h = h, .w = w, .c = out->shape.dim[2], .value = fit->value}};
    if (high > h + 1) args.border.top = args.border.bottom = (high - h) / 2;
    else if (wide > w + 1) args.border.left = args.border.right = (wide - w) / 2;
    else return CN_OK;
    return lower_border(l, &args, out);
}

cn_status cn__lower_fit(cn__lowering *l, const cn__image_fit *fit, cn__ref *out)
{
    const size_t h = out->shape.dim[0], w = out->shape.dim[1];
    if (fit->pads) CN_TRY(lower_padding(l, fit, out));
    else CN_TRY(cn__lower_crop(l, cn__middle_of_image(h, w, fit->height, fit->width), out));
    return cn__lower_resize(l, fit->interpolation, fit->height, fit->width, out);
}

cn_status cn__crop_prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__read_data_format(layer, ((const cn__crop *)layer->config)->data_format);
}

cn__image_fit cn__crop_fit(const cn__layer *layer)
{
    const cn__crop *c = layer->config;
    return (cn__image_fit){
        .height = (size_t)c->height, .width = (size_t)c->width, .interpolation = CN_INTERPOLATION_BILINEAR};
}

cn_status cn__crop_infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const cn__image_fit fit = cn__crop_fit(layer);
    return cn__infer_fit(&fit, in, out);
}
