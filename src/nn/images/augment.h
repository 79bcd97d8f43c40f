/* What layers of augmentation have in common: factors, seeds, and how each sample of a batch draws its numbers. They are active in
 * training only. A number has the address (seed, layer, step, sample), so that it is the same for any split of the work. */
#ifndef CN_NN_IMAGES_AUGMENT_H
#define CN_NN_IMAGES_AUGMENT_H

#include "nn/layer.h"

/* A number is drawn evenly from [low, high). */
typedef struct cn__factor {
    double low, high;
} cn__factor;

/* A number f for `from` to f, `from` being -f or 0, or a pair; within [least, most]. */
typedef enum cn__factor_from { CN_FACTOR_SYMMETRIC, CN_FACTOR_FROM_ZERO } cn__factor_from;
CN_CHECK cn_status cn__read_factor(cn__arena *arena, const char *name, const cn__value *value,
                                   cn__factor_from from, double least, double most, cn__factor *out);
/* A pair of numbers, the lower one first: the values that images have. */
CN_CHECK cn_status cn__read_value_range(cn__arena *arena, const cn__value *value, cn__factor *out);

/* Samples must be images: (height, width, channels). */
CN_CHECK cn_status cn__check_images(const cn__shape *in);
/* The `infer` of a layer that leaves images' shape. */
CN_CHECK cn_status cn__infer_images(const cn__layer *layer, const cn__shape *in, size_t inputs,
                                    cn__shape *out);

/* A seed of the layer's own instead of the model's; the config's is INT64_MIN for none. */
typedef struct cn__own_seed {
    bool given;
    uint64_t seed;
} cn__own_seed;
cn__own_seed cn__layer_seed(int64_t seed);
cn__stream cn__augment_stream(const cn__run *run, const cn__own_seed *seed, cn__purpose purpose,
                              uint32_t index);

/* Number `index` of sample `sample`, from [low, high); a sample has CN_AUGMENT_DRAWS. */
enum { CN_AUGMENT_DRAWS = 8 };
#define CN_OF_BATCH ((size_t)1 << 32) /* as `sample`: a number that all of a batch share */
double cn__draw(const cn__stream *stream, size_t sample, int index, cn__factor from);
/* From beta(alpha, alpha): between 0 and 1, the more at the ends the smaller alpha is. */
double cn__draw_beta(const cn__stream *stream, size_t sample, double alpha);

/* The sample that is mixed with sample i of a batch of n: the one so many places on, the same number for all of a batch. */
size_t cn__partner(const cn__stream *stream, size_t i, size_t n);
/* The sample whose partner is i. */
size_t cn__partner_of(const cn__stream *stream, size_t i, size_t n);

/* A rectangle of an image: rows y … y + h - 1, columns x … x + w - 1. */
typedef struct cn__box {
    size_t x, y, w, h;
} cn__box;
/* The pixels of an image (height, width) whose numbers are from left = start_x · (width - w) to under left + w, w being the
 * fraction `wide` of the width; likewise down. */
cn__box cn__place_box(size_t height, size_t width, double wide, double high, double start_x, double start_y);

#define CN_PARAM_SEED(type_) CN_PARAM_FIELD(type_, seed, CN_PARAM_MAYBE_INT, "none")
#define CN_PARAM_DATA_FORMAT(type_) CN_PARAM_FIELD(type_, data_format, CN_PARAM_VALUE, "none")

#endif
