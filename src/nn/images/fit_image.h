/* Bringing images to a size: cutting, padding, resizing, as layers that do it lower to operations. */
#ifndef CN_NN_IMAGES_FIT_IMAGE_H
#define CN_NN_IMAGES_FIT_IMAGE_H

#include "nn/images/augment.h"
#include "nn/images/resize.h"
#include "nn/layer.h"

/* What a layer asks for. */
typedef struct cn__image_fit {
    size_t height, width;
    cn__interpolation interpolation;
    bool pads; /* an image is padded to the wanted proportions, not cut; with `value` */
    real value;
} cn__image_fit;

/* *out becomes the box of *out; a box outside of the image is cut to it. */
CN_CHECK cn_status cn__lower_crop(cn__lowering *lowering, cn__box box, cn__ref *out);
/* Cuts from the middle, or pads, to the proportions of height and width, and resizes: as Keras's crop_to_aspect_ratio and
 * pad_to_aspect_ratio. */
CN_CHECK cn_status cn__lower_fit(cn__lowering *lowering, const cn__image_fit *fit, cn__ref *out);
/* The middle of an image (h, w) with the proportions of (height, width). */
cn__box cn__middle_of_image(size_t h, size_t w, size_t height, size_t width);

/* The `infer` of a layer whose outputs have this size. */
CN_CHECK cn_status cn__infer_fit(const cn__image_fit *fit, const cn__shape *in, cn__shape *out);

/* ---- layers that cut images to a size: their config begins with it ---- */

typedef struct cn__crop {
    int64_t height, width;
    const cn__value *data_format;
} cn__crop;

#define CN_PARAMS_CROP                                                                                       \
    CN_PARAM_FIELD(cn__crop, height, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),                             \
        CN_PARAM_FIELD(cn__crop, width, CN_PARAM_INT, NULL, .low = 1, .high = 1e6)

CN_CHECK cn_status cn__crop_prepare(cn__arena *arena, cn__layer *layer);
CN_CHECK cn_status cn__crop_infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out);
cn__image_fit cn__crop_fit(const cn__layer *layer);

#endif
