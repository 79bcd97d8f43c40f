/* Resizing of images, as Resizing and UpSampling do it. */
#ifndef CN_NN_IMAGES_RESIZE_H
#define CN_NN_IMAGES_RESIZE_H

#include "nn/layer.h"
#include "nn/ops.h"

/* Keras's words for them, in this order; ends in NULL. */
extern const char *const cn__resizing_words[];
/* One of these words as its number. */
cn__interpolation cn__find_interpolation(const char *word);

/* *out, whose shape is (h, w, channels), becomes (height, width, channels); does nothing where it is so. Bicubic and Lanczos resize rows
 * first, then columns, an operation each. */
CN_CHECK cn_status cn__lower_resize(cn__lowering *lowering, cn__interpolation how, size_t height,
                                    size_t width, cn__ref *out);

#endif
