/* RandomFlip: an image is turned over, or not: left and right, top and bottom, or both at once. */
#include <stddef.h>
#include <string.h>

#include "nn/images/warp.h"
#include "nn/window.h"

typedef struct flip {
    const char *mode;
    int64_t seed;
    const cn__value *data_format;
} flip;

static const char *const modes[] = {"horizontal", "vertical", "horizontal_and_vertical", NULL};

static const cn__param params[] = {
    CN_PARAM_FIELD(flip, mode, CN_PARAM_WORD, "horizontal_and_vertical", .words = modes),
    CN_PARAM_SEED(flip),
    CN_PARAM_DATA_FORMAT(flip),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__read_data_format(layer, ((const flip *)layer->config)->data_format);
}

static void mirror(bool flipped, double size, double *scale, double *shift)
{
    *scale = flipped ? -1 : 1;
    *shift = flipped ? size - 1 : 0;
}

static void horizontal(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    (void)h;
    m[1] = m[3] = m[5] = 0, m[4] = 1;
    mirror(drawn[0] <= 0.5, w, &m[0], &m[2]);
}

static void vertical(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    (void)w;
    m[1] = m[2] = m[3] = 0, m[0] = 1;
    mirror(drawn[0] <= 0.5, h, &m[4], &m[5]);
}

static void both(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    m[1] = m[3] = 0;
    mirror(drawn[0] <= 0.5, w, &m[0], &m[2]);
    mirror(drawn[0] <= 0.5, h, &m[4], &m[5]);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const flip *f = layer->config;
    const cn__warp_look look = {.any = true, .fill = CN_FILL_NEAREST};
    cn__warp_stage stage = {.matrix = both, .range = {{0, 1}}, .seed = cn__layer_seed(f->seed)};
    if (strcmp(f->mode, "horizontal") == 0) stage.matrix = horizontal;
    if (strcmp(f->mode, "vertical") == 0) stage.matrix = vertical;
    return cn__lower_warp(l, &look, &stage, in, out);
}

const cn__layer_kind cn__layer_random_flip = {.class_name = "RandomFlip",
                                              CN_LAYER_PARAMS(params, flip),
                                              .prepare = prepare,
                                              .infer = cn__infer_images,
                                              .lower = lower};
