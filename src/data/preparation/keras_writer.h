/* What the files that write a preparation as Keras's layers share: names, tensors and layers of the model's JSON. */
#ifndef CN_DATA_PREPARATION_KERAS_WRITER_H
#define CN_DATA_PREPARATION_KERAS_WRITER_H

#include "data/files/json.h"
#include "data/preparation/preparation.h"

/* How the name of the last layer begins, an Identity: what the layers do not say follows, in words of a letter and text. */
#define CN_ANSWER "cornu."

typedef struct cn__keras_writer {
    const cn_preparation *p;
    cn__arena arena;
    json_t *layers, *inputs; /* inputs: {name: [name, 0, 0], …}, so that Keras takes a dictionary */
    json_t *columns;         /* the inputs' names as they stand in there, in the preparation's order */
    json_t *names;           /* an object with every name that is in use, */
    json_t *renamed;         /* and one of the network's layers: what they are called now */
    bool rescales;           /* Rescaling, and no Normalization */
    bool lacks_memory;       /* for a name: what was made is not to be used */
} cn__keras_writer;

/* A tensor: the layer that makes it, its type and columns. */
typedef struct cn__keras_tensor {
    const char *layer, *dtype;
    size_t columns; /* 0: not known, which Keras does not ask for */
} cn__keras_tensor;

json_t *cn__kw_tensor(const cn__keras_tensor *tensor);
/* A call of a layer. */
json_t *cn__kw_node(json_t *args);
/* A text that was made for the file; where there was no memory for it, that is kept in mind, and it is empty. */
const char *cn__kw_made(cn__keras_writer *w, const char *text);
/* A free name: what was wished, or with a number. */
const char *cn__kw_name(cn__keras_writer *w, const char *wish);
void cn__kw_add(cn__keras_writer *w, const char *module, const char *class_name, const char *name,
                json_t *config, json_t *nodes);
/* A layer of keras.layers on one tensor. */
cn__keras_tensor cn__kw_layer(cn__keras_writer *w, const char *class_name, const char *wish, json_t *config,
                              cn__keras_tensor from, const char *dtype, size_t columns);
/* An operation of keras.ops on these arguments. */
cn__keras_tensor cn__kw_op(cn__keras_writer *w, const char *class_name, const char *wish, json_t *config,
                           json_t *args, const char *dtype, size_t columns);
json_t *cn__kw_numbers(const double *values, size_t count);

/* keras_inputs.c: the features of the preparation, as one tensor. */
CN_CHECK cn_status cn__kw_prepare(cn__keras_writer *w, cn__keras_tensor *out);

#endif
