/* What a model holds. Layers own their memory (struct cn_layer); the variables' values live in the
 * model's arena, and what compile adds (slots, loss, metrics' notation) in `compiled`. */
#ifndef CN_MODEL_MODEL_H
#define CN_MODEL_MODEL_H

#include "base/arena.h"
#include "cornu/model.h"
#include "nn/layer.h"
#include "nn/loss.h"
#include "nn/optimizer.h"

struct cn_layer {
    cn__arena arena;
    cn__layer *layer;
};

struct cn_model {
    char *name;
    uint64_t seed;
    cn_layer **layers; /* an Input layer, where there is one, is layers[0] */
    size_t layer_count, layer_capacity;
    cn_status failed; /* of the first failing cn_model_add, with its message */
    char *failure;

    /* For a trial, in which values do not count: weights begin as zeros, whatever their initialisers. */
    bool bare;
    bool built;
    cn__shape in, out;
    cn__arena arena;
    cn__variable **variables; /* in the order of Keras's get_weights() */
    size_t variable_count;

    bool compiled;
    cn__arena compile_arena;
    cn__optimizer optimizer;
    cn__loss loss;
    const cn__value *metrics, *weighted_metrics; /* LISTs, or NULL */
    bool trained;                                /* the optimiser has taken steps */
};

/* Fails with the kept message of a failed cn_model_add, or when nothing is there to build. */
CN_CHECK cn_status cn__model_check(const cn_model *model);
/* Builds for samples of `shape` if that is still to be done; else checks that they fit the input (same
 * number of values; a message shows both shapes). */
CN_CHECK cn_status cn__model_build(cn_model *model, const cn__shape *shape);
/* Builds if the shape is known from an Input layer; else does nothing. */
CN_CHECK cn_status cn__model_build_if_known(cn_model *model);
/* What a sample's shape is, from an Input layer or as it was built; else it is `shape`, which may be NULL. Fails when
 * `shape` is another one. */
CN_CHECK cn_status cn__model_input(const cn_model *model, const cn__shape *shape, const cn__shape **in);
/* Gives the layers of a model that is not built their shapes and variables, which have no values, until it is forgotten. */
CN_CHECK cn_status cn__model_outline(cn_model *model, cn__arena *arena, const cn__shape *in);
void cn__model_forget_outline(cn_model *model);
/* cn_model_summary for samples of `shape`, or of the Input layer's where it is NULL, but makes no weights for it. */
char *cn__model_summary_of(cn_model *model, const cn__shape *shape);
/* How many numbers the weights for samples of shape `in` would be, for a model that is not built; makes none. */
CN_CHECK cn_status cn__model_measure(cn_model *model, const cn__shape *in, double *numbers);
/* Is this variable trained: a weight of a trainable layer? */
bool cn__variable_trainable(const cn__variable *variable);
/* Optimiser, loss and metrics from their notations; slots are made at the first fit. */
CN_CHECK cn_status cn__model_compile(cn_model *model, const char *optimizer, const char *loss,
                                     const char *metrics, const char *weighted_metrics);
/* Other metrics for a compiled model; optimiser and loss stay. */
CN_CHECK cn_status cn__model_set_metrics(cn_model *model, const char *metrics, const char *weighted_metrics);
/* Makes the slots (and EMA averages) that are still missing. */
CN_CHECK cn_status cn__model_make_slots(cn_model *model);

#endif
