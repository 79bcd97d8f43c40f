/* What layers that slide a window over images or series have in common: sizes, strides, padding, and the geometry of it. An
 * image is (height, width, channels), a series (steps, channels), which is an image of one row. */
#ifndef CN_NN_WINDOW_H
#define CN_NN_WINDOW_H

#include "kernels/conv.h"
#include "nn/layer.h"

typedef enum cn__padding { CN_PADDING_VALID, CN_PADDING_SAME, CN_PADDING_CAUSAL } cn__padding;

typedef struct cn__window {
    int axes;                              /* 1: series, 2: images */
    cn__ints size, strides, dilation_rate; /* as given; then of `axes` numbers each */
    const char *padding_word;
    const cn__value *data_format;
    cn__padding padding;
} cn__window;

/* Words: "valid", "same", with `causal` also "causal"; sizes of one number for all axes. `strides` left out are `size` for
 * pooling, else 1. */
CN_CHECK cn_status cn__window_prepare(cn__arena *arena, cn__layer *layer, cn__window *window,
                                      const char *size_name, bool pooling, bool causal);

/* The geometry for inputs of this shape: fills all but oc and groups, which are 1. Fails where nothing is left of it. */
CN_CHECK cn_status cn__window_geometry(const cn__window *window, const cn__shape *in, cn__conv *out);
/* The output's shape for so many channels. */
cn__shape cn__window_output(const cn__window *window, const cn__conv *geometry, size_t channels);

/* One number for `count` of them, or as many. Fails for another count or numbers under `least`. */
CN_CHECK cn_status cn__expand_ints(cn__arena *arena, const char *name, cn__ints *ints, size_t count,
                                   int64_t least);

#endif
