/* What the readers of ONNX graphs of images share. A value is a tensor of a graph of layers; ONNX has its channels first, and the
 * library last, so that kernels are transposed, and so are the rows of a dense layer behind a Flatten. */
#ifndef CN_FORMATS_ONNX_READ_IMAGES_H
#define CN_FORMATS_ONNX_READ_IMAGES_H

#include "formats/onnx/read/read.h"

#define CN_ONNX_MAX_IMAGE ((size_t)1 << 26) /* numbers in what a layer gives */

typedef struct cn__onnx_image {
    cn_tensor *tensor; /* NULL: not read yet */
    int axes;          /* beside samples and channels: 1 or 2, or more where `last`; 0 is a vector */
    size_t c, h, w;    /* of an image, or of that which a vector was */
    bool last;         /* ONNX too has its channels last here */
    bool chw;      /* a vector whose numbers ONNX has in the order (c, h, w), and the library in (h, w, c) */
    bool positive; /* never under 0 */
} cn__onnx_image;

typedef struct cn__onnx_made { /* a layer with weights */
    const cn_layer *layer;
    cn_array weights[CN_MAX_VARIABLES];
    size_t count;
} cn__onnx_made;

typedef struct cn__onnx_images {
    cn__onnx_reader walk; /* source, arena, and what was noted of shapes */
    cn__onnx_image *at;   /* (source->value_count) */
    cn__onnx_made *made;
    size_t made_count, layer_count;
    const char **names; /* of layers */
    bool windows;       /* the graph slides windows, whose channels are first; else all axes are as here */
    cn__onnx_made next; /* weights for the layer that is added next */
} cn__onnx_images;

/* What a value is; NULL where the graph has none of that name. */
cn__onnx_image *cn__onnx_image_at(const cn__onnx_images *r, const char *name);
/* The image that input i of a node is; NULL where it is none that was read. */
cn__onnx_image *cn__onnx_image_of(const cn__onnx_images *r, const Cn__Onnx__Node *node, size_t i);
/* Notes what a value is. */
CN_CHECK cn_status cn__onnx_set_image(cn__onnx_images *r, const char *name, const cn__onnx_image *image);
/* Does this `perm` move the channels of an image to the end, or back? */
bool cn__onnx_is_order(const Cn__Onnx__Attribute *perm, int axes, bool to_last);
/* A layer from its notation, without the closing bracket, which is taken over. */
cn_layer *cn__onnx_make_layer(cn__onnx_images *r, const Cn__Onnx__Node *node, cn__text *text);
/* Sets the sizes of an image that is no vector to those of its tensor. */
void cn__onnx_look_up_shape(cn__onnx_image *image);
/* Calls a layer on `inputs`; `notation` lacks the closing bracket and is taken over. Its shape is looked up in *out. */
CN_CHECK cn_status cn__onnx_call(cn__onnx_images *r, const Cn__Onnx__Node *node, cn__text *notation,
                                 const cn__onnx_image *const *inputs, size_t count, cn__onnx_image *out);
/* In our own files: adds the activation that the layer of `node` had, which begins at `value`, to its notation, and what comes
 * of it then is `*end`. Does nothing where there is none. */
CN_CHECK cn_status cn__onnx_add_activation(cn__onnx_images *r, const Cn__Onnx__Node *node, const char *value,
                                           const cn__onnx_image *in, cn__text *notation, const char **end);
/* Room for a weight of the layer that is added next; NULL when out of memory. */
float *cn__onnx_next_weight(cn__onnx_images *r, int ndim, const size_t *shape);
/* Its bias: input 2 of the node. */
CN_CHECK cn_status cn__onnx_take_bias(cn__onnx_images *r, const Cn__Onnx__Node *node, size_t filters);

/* ---- windows.c: each reads a node that takes `in`, channels first, into *out ---- */

typedef cn_status cn__onnx_image_reader(cn__onnx_images *r, const Cn__Onnx__Node *node,
                                        const cn__onnx_image *in, cn__onnx_image *out);
cn__onnx_image_reader cn__onnx_read_conv, cn__onnx_read_pool, cn__onnx_read_global_pool;
/* onnx/image_layers.c; these take vectors too, and most of them channels last. */
cn__onnx_image_reader cn__onnx_image_flatten, cn__onnx_image_reshape, cn__onnx_image_squeeze,
    cn__onnx_image_mean, cn__onnx_image_dense, cn__onnx_image_batchnorm, cn__onnx_image_pass,
    cn__onnx_image_transpose, cn__onnx_image_merge, cn__onnx_image_concat;

/* borders.c, affine.c */
cn__onnx_image_reader cn__onnx_read_transposed, cn__onnx_read_padding, cn__onnx_read_slice,
    cn__onnx_read_resize, cn__onnx_read_slopes, cn__onnx_image_layernorm;
/* onnx/softmax.c */
cn__onnx_image_reader cn__onnx_image_softmax;
/* Add, Sub, Mul or Div of `in` with a constant. */
cn__onnx_image_reader cn__onnx_read_constant;

/* ---- graph.c ---- */

/* Reads the graph into a model. */
CN_CHECK cn_status cn__onnx_read_images(cn__onnx_source *source, const char *name, cn_model **out);
/* Has the graph an operator that only images have? */
bool cn__onnx_has_images(const cn__onnx_source *source);

#endif
