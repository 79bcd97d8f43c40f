/* What the page of cn_model_export_html is given: the inputs of the network, how a person fills them, and samples. */
#ifndef CN_FORMATS_PAGE_INPUTS_H
#define CN_FORMATS_PAGE_INPUTS_H

#include <jansson.h>

#include "base/text/text.h"
#include "cornu/formats.h"
#include "formats/page/demo_samples.h"
#include "model/model.h"

typedef struct cn__page_image {
    size_t height, width, channels; /* channels 0: the input takes no images */
} cn__page_image;

typedef struct cn__page_input {
    const char *name;
    cn__shape shape;
    size_t size;
    const cn_array *x;           /* samples, or NULL */
    const char *const *features; /* names of its numbers, or NULL */
    cn__page_image image;
} cn__page_input;

typedef struct cn__page_inputs {
    cn__page_input *items; /* (count) */
    size_t count;
    bool fill; /* drawings fill the image */
} cn__page_inputs;

/* The inputs with their samples and the names of their numbers; fails where these do not fit. In the memory of `arena`. */
CN_CHECK cn_status cn__page_inputs_read(const cn_model *model, const cn_html_options *options,
                                        cn__arena *arena, cn__page_inputs *out);
/* How many samples there are; 0: none. */
size_t cn__page_sample_count(const cn__page_inputs *inputs);
/* A list of objects, one an input. */
json_t *cn__page_inputs_json(const cn__page_inputs *inputs);
/* `wanted` samples of each class in turn, with their names; null where there are none. */
json_t *cn__page_samples_json(const cn__page_inputs *inputs, const cn__demo_targets *targets, size_t wanted,
                              const char *const *labels);

/* float32, little-endian on every machine; and bytes as text. */
void cn__page_put_float(unsigned char *out, float value);
void cn__page_add_base64(cn__text *out, const unsigned char *bytes, size_t size);

#endif
