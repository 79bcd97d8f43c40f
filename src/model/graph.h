/* Networks as graphs: layers, and the tensors that calls of them give. A tensor is one call of a layer: what it is made
 * from, and its shape. Layers and tensors that are connected belong to one graph, which lives as long as a model that was
 * made of it, or until cn_tensor_free. */
#ifndef CN_MODEL_GRAPH_H
#define CN_MODEL_GRAPH_H

#include "base/arena.h"
#include "cornu/model.h"
#include "nn/layer.h"

typedef struct cn__graph cn__graph;

struct cn_layer {
    cn__arena arena;
    cn__layer *layer;
    cn_model *model;  /* that it is; NULL: a layer alone. See model/nested.h */
    bool within;      /* the model is of the layer's own graph */
    bool connects;    /* the layer's first call gave the model its shapes */
    cn__graph *graph; /* whose it is; NULL: of a Sequential model, or of nobody */
    uint64_t serial;  /* layers are numbered as they are made: the order in which names are given */
    size_t calls;
    bool numbered; /* its name was given by its kind: in another model it may get another number */
};

struct cn_tensor {
    cn__graph *graph;
    cn_layer *
        layer; /* an Input layer, or what it is the output of; NULL: what a Sequential model without one is built for */
    size_t call;      /* the number of this call of the layer: Keras's node index */
    size_t output;    /* which of the call's outputs: only a model has more than one */
    cn_tensor **from; /* (inputs) */
    size_t inputs;
    cn__shape shape;
};

struct cn__graph {
    cn_model **models; /* that were made of it */
    size_t model_count, model_capacity;
    size_t owned; /* of them have an owner outside of the graph; it lives as long as there is one */
    cn_layer **layers;
    size_t layer_count, layer_capacity;
    cn_tensor **tensors;
    size_t tensor_count, tensor_capacity;
    cn__arena arena; /* the weights, and what else lives as long */
};

bool cn__tensor_is_input(const cn_tensor *tensor);
void cn__graph_free(cn__graph *graph);
/* A new layer that is nothing yet. */
cn_layer *cn__layer_blank(void);
/* Enters a model that is made of the graph, and takes it out. */
CN_CHECK cn_status cn__graph_enter(cn__graph *graph, cn_model *model);
void cn__graph_leave(cn__graph *graph, const cn_model *model);

/* Moves all that is in `from` into `to`, with the models that are made of it, and frees `from`. Room is made first, so that a
 * failure moves nothing. */
CN_CHECK cn_status cn__graph_merge(cn__graph *to, cn__graph *from);

/* Every tensor that `outputs` are made from, each behind those that it is made from, in the order in which Keras runs their calls;
 * from `arena`. NULL when out of memory. */
cn_tensor **cn__graph_sort(cn__arena *arena, cn_tensor *const *outputs, size_t count, size_t *sorted);

/* The layers of such a list in the order of Keras's model.layers: by how far they are from the outputs at most, and among
 * equals by when a walk from the outputs first meets them. */
cn_layer **cn__graph_layers(cn__arena *arena, cn_tensor *const *tensors, size_t tensor_count,
                            cn_tensor *const *outputs, size_t count, size_t *layers);

#endif
