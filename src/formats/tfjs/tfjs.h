/* Layers models of TensorFlow.js. */
#ifndef CN_FORMATS_TFJS_H
#define CN_FORMATS_TFJS_H

#include <jansson.h>

#include "base/files/file.h"
#include "cornu/model.h"

/* Is this JSON such a model? */
bool cn__is_tfjs(const json_t *root);
/* The model, with the weights from the files beside it; NULL and a message on failure. */
cn_model *cn__tfjs_load(const json_t *root, const cn__infile *file, bool compile);
/* Two files: the JSON at `path`, which ends in .json, and the weights beside it in one that ends in .bin. */
CN_CHECK cn_status cn__tfjs_save(const cn_model *model, const char *path);

/* limits.c: fails for a layer, of Keras's class and with its config, that TensorFlow.js does not have, or computes otherwise. */
CN_CHECK cn_status cn__tfjs_check_layer(const char *class_name, const char *name, const json_t *config);

/* topology.c: "modelTopology"; fails where TensorFlow.js has not what a layer needs. */
CN_CHECK cn_status cn__tfjs_topology(const cn_model *model, json_t **out);

#endif
