/* Layers that move the pixels of images: flips, rotations, translations, zooms, shears, elastic distortions. Each adds a stage to one
 * operation, which reads every output pixel from the image once, however many of them follow one another. */
#ifndef CN_NN_IMAGES_WARP_H
#define CN_NN_IMAGES_WARP_H

#include "kernels/warp.h"
#include "nn/images/augment.h"

enum { CN_WARP_DRAWS = 3 };

/* How a layer chooses where each output pixel is read. */
typedef struct cn__warp_stage {
    /* From the numbers that a sample draws to the matrix from output to input, for images (h, w); NULL: an elastic stage. */
    void (*matrix)(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6]);
    cn__factor range[CN_WARP_DRAWS];
    /* Elastic: each pixel is moved by `alpha` times a field of even numbers from -1 to 1, smoothed by a Gaussian of deviation
     * `sigma`. With a scale (range[1]) it is drawn for the batch, and multiplies both. A sample is left alone with
     * the probability 1 - p, p drawn from range[0]. Results are held within `values`. */
    double alpha, sigma;
    cn__factor values;
    bool scaled;
    cn__own_seed seed;
    uint32_t stream;
} cn__warp_stage;

/* What is outside of an image, and what lies between its pixels. */
typedef struct cn__warp_look {
    bool any; /* a flip: it reads neither, and follows the others */
    bool bilinear;
    cn__warp_fill fill;
    real value;
} cn__warp_look;

/* Lowers a stage: a new operation, or one that does what the last one did too, where both look alike. */
CN_CHECK cn_status cn__lower_warp(cn__lowering *lowering, const cn__warp_look *look,
                                  const cn__warp_stage *stage, const cn__ref *in, cn__ref *out);

/* The arguments that these layers share. */
typedef struct cn__warp_words {
    const char *fill_mode, *interpolation;
    double fill_value;
} cn__warp_words;
extern const char *const cn__fill_modes[], *const cn__interpolations[];
cn__warp_look cn__warp_look_of(const cn__warp_words *words);

#define CN_PARAM_WARP(type_, field_)                                                                         \
    {                                                                                                        \
        .name = #field_, .offset = offsetof(type_, words) + offsetof(cn__warp_words, field_),                \
        CN_PARAM_WARP_##field_                                                                               \
    }
#define CN_PARAM_WARP_fill_mode .type = CN_PARAM_WORD, .fallback = "reflect", .words = cn__fill_modes
#define CN_PARAM_WARP_interpolation .type = CN_PARAM_WORD, .fallback = "bilinear", .words = cn__interpolations
#define CN_PARAM_WARP_fill_value .type = CN_PARAM_FLOAT, .fallback = "0.0"

#endif
