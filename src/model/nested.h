/* Models used as layers. A cn_layer can be a model: a call of it gives tensors of the outer graph, and lowering puts the
 * model's own layers in its place. The layer is one more owner of the model, which lives until its last owner is gone.
 *
 * A model may also be called on tensors of the graph that it is itself made of (a decoder on its encoder's output). Graph
 * and model would then keep each other alive, so such a layer is `within`: it keeps the model's struct, but not the graph. */
#ifndef CN_MODEL_NESTED_H
#define CN_MODEL_NESTED_H

#include "model/model.h"

/* The model as a layer; one more owner of it. NULL and a message on failure. */
cn_layer *cn__layer_of_model(cn_model *model);
/* Of a layer that its graph no longer holds: its owner is gone. */
void cn__layer_let_go(cn_layer *layer);
/* The layer has come into its graph: is the model of the same graph? */
void cn__layer_settle(cn_layer *layer);

/* How many outputs a call gives: 1, but for a model. */
size_t cn__layer_outputs(const cn_layer *layer);
/* cn__layer_call for any layer: the shapes of all outputs. A Sequential model that has no shape yet gets it by its first
 * call. Variables of a layer alone are declared in `arena`. */
CN_CHECK cn_status cn__layer_infer(cn__arena *arena, cn_layer *layer, const cn__shape *in, size_t inputs,
                                   cn__shape *out);
/* Forgets what a trial gave a layer: variables of one alone, shapes of a model that is not built. */
void cn__layer_clear(cn_layer *layer);

/* Is it the model, or does it hold it? */
bool cn__layer_holds(const cn_layer *layer, const cn_model *model);
/* Layers that are no inputs, with those of the models within. */
size_t cn__count_layers(const cn_model *model, size_t end);

/* Every variable of the model and of the models within it, once each, in the order of Keras's weights; also of a model that
 * has only shapes. From `arena`; NULL when out of memory. */
cn__variable **cn__list_variables(const cn_model *model, cn__arena *arena, size_t *count);
/* Their names as paths, "base/dense/kernel". */
const char **cn__list_variable_names(const cn_model *model, cn__arena *arena);
/* Elements of the variables of one layer, or of all within the model that it is. */
size_t cn__layer_parameters(const cn_layer *layer);

#endif
