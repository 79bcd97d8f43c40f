/* What a model holds. Layers own their memory (struct cn_layer); the variables' values live in the model's arena, or in
 * that of its graph, and what compile adds (slots, loss, metrics' notation) in compile_arena. */
#ifndef CN_MODEL_MODEL_H
#define CN_MODEL_MODEL_H

#include "base/arena.h"
#include "cornu/custom.h"
#include "cornu/model.h"
#include "model/graph.h"
#include "nn/loss.h"
#include "nn/optimizers/optimizer.h"

/* What an output was compiled with. */
typedef struct cn__objective {
    bool has_loss;
    cn__loss loss;
    double weight;                               /* of its loss in the sum */
    const cn__value *metrics, *weighted_metrics; /* LISTs, or NULL */
    /* functions of the caller's own: in the place of the loss, and beside the metrics */
    cn_loss_function loss_function;
    cn__caller_loss caller_loss;
    const cn_metric_function *metric_functions;
    size_t metric_function_count;
} cn__objective;

struct cn_model {
    char *name;
    bool named;            /* by whoever made it; else it is renamed where another layer has its name */
    size_t owners, within; /* whoever frees it, layers of other graphs included; layers of its own graph */
    bool frozen;           /* cn_model_set_trainable(…, false) */
    uint64_t seed;
    bool seeded; /* cn_model_set_seed; else a model within another has that one's */
    cn_layer **
        layers; /* in Keras's order; an Input layer of a Sequential model, where there is one, is layers[0] */
    size_t layer_count, layer_capacity;
    cn__graph *graph; /* whose layers these are; NULL: Sequential, a line of layers of its own */
    cn_status failed; /* of the first failing cn_model_add, with its message */
    char *failure;

    bool skip_initialization; /* for a trial, in which values do not count: weights begin as zeros */
    bool built;
    cn_tensor **
        tensors; /* each behind those that it is made from; of a Sequential model once its shapes are known */
    size_t tensor_count;
    cn_tensor **inputs, **outputs;
    size_t input_count, output_count;
    cn__shape in, out; /* of the first input and the first output */
    cn__arena arena;
    cn__variable **variables;    /* in the order of Keras's get_weights() */
    const char **variable_names; /* "dense/kernel", within a nested model "base/dense/kernel" */
    size_t variable_count;

    bool compiled;
    cn_status compile_failed; /* why it is not, with its message; CN_OK: compile was not called */
    char *compile_failure;
    cn__arena compile_arena;
    cn__optimizer optimizer;
    cn__slots *slots;          /* (variable_count), of each variable; NULL: none are made yet */
    cn__objective *objectives; /* (output_count): a Sequential model has one */
    bool fast_convolution;     /* training follows faster formulas of convolution, which round more */
    bool trained;              /* the optimiser has taken steps */
    uint32_t draws;            /* predictions as in training: each has random numbers of its own */
    bool state_is_elsewhere;   /* of the optimizer: rank 0 has what this process lacks */
    bool shards_state;         /* slots are made without touching their memory: a rank uses a part of it */
    bool swapped;              /* moving averages stand in the weights' place, and they in theirs */
    struct cn__target_scale
        *target_scale; /* (target_scales) of the columns of the one output's target; NULL: as they are */
    size_t target_scales;
};

/* custom.c: a batch of an output as functions of the caller's own see it. */
typedef struct cn__caller_views {
    cn_array y, pred, weight;
    bool has_weight;
} cn__caller_views;
void cn__caller_arrays(const cn__shape *sample, size_t rows, size_t target_cols, const real *pred,
                       const real *target, const real *weight, cn__caller_views *out);

static inline bool cn__model_is_sequential(const cn_model *model) { return !model->graph; }

/* Frees what the struct itself holds; its graph and its layers are dealt with. */
void cn__model_destroy(cn_model *model);
/* Gives a Sequential model its shapes, for samples of `shape` or of its Input layer's, but no weights; and takes them. */
CN_CHECK cn_status cn__model_connect(cn_model *model, const cn__shape *shape);
void cn__model_disconnect(cn_model *model);

/* Fails with the kept message of a failed cn_model_add, or when nothing is there to build. */
CN_CHECK cn_status cn__model_check(const cn_model *model);
/* Builds a model with one input for samples of `shape` if that is still to be done; else checks that they fit the input
 * (same number of values; a message shows both shapes). */
CN_CHECK cn_status cn__model_build(cn_model *model, const cn__shape *shape);
/* Builds if the shapes of the inputs are known; else does nothing. */
CN_CHECK cn_status cn__model_build_if_known(cn_model *model);
/* The same; fails for a model that is not built and has no shape. */
CN_CHECK cn_status cn__model_build_known(cn_model *model);
/* The shape of the one input, from an Input layer or as it was built; NULL where it is not known. */
const cn__shape *cn__model_known_input(const cn_model *model);
/* May samples of `shape` go into input `index`? Else the message shows both shapes. */
CN_CHECK cn_status cn__model_check_input(const cn_model *model, size_t index, const cn__shape *shape);
/* Gives the layers of a Sequential model that is not built their shapes and variables, which have no values, until it is
 * forgotten. */
CN_CHECK cn_status cn__model_infer_shapes(cn_model *model, cn__arena *arena, const cn__shape *in);
void cn__model_clear_shapes(cn_model *model);
/* cn_model_summary for samples of `shape`, or of the Input layer's where it is NULL, but makes no weights for it; for a terminal of so
 * many columns, 0: of 80. */
char *cn__model_summary_of(cn_model *model, const cn__shape *shape, size_t terminal);
/* How many elements the weights for samples of shape `in` would have, for a model that is not built; makes none. */
CN_CHECK cn_status cn__model_count_parameters(cn_model *model, const cn__shape *in, double *count);
/* The name of an output: of the layer that gives it. */
const char *cn__model_output_name(const cn_model *model, size_t index);
const char *cn__model_input_name(const cn_model *model, size_t index);
/* The last axis of an output, and how many rows a sample has of it. */
size_t cn__model_output_cols(const cn_model *model, size_t index);
/* Is it the notation of a graph: with from=, call, outputs, or several inputs? */
bool cn__notation_is_graph(const char *text);
/* Has it blocks, models within? */
bool cn__notation_has_models(const char *text);
/* cn_model_add_notation, whose message leaves out the number of the line that is wrong: *line, 0 for the whole. */
CN_CHECK cn_status cn__model_add_lines(cn_model *model, const char *text, int *line);
/* The calls that the lines of a notation are; a call can be written as a line again (cn__value_text). */
CN_CHECK cn_status cn__notation_calls(cn__arena *arena, const char *text, cn__value **out, size_t *count);
/* The model of such a notation. `input`, or NULL: the input's shape, for a text that does not begin with one. After a failure
 * *line is the line that is wrong, from 1, or 0 for the whole, which the message leaves out. */
cn_model *cn__graph_from_notation(const char *name, const char *text, const cn__shape *input, int *line);
/* cn_layer_new without the argument of this name. */
cn_layer *cn__layer_new_without(const char *notation, const char *argument);
/* Keeps the first failure with its message, and returns it. */
cn_status cn__model_remember_failure(cn_model *model, cn_status status);
/* Optimiser, loss and metrics from their notations; slots are made at the first fit. For several outputs `loss`, metrics and
 * loss_weights are lists in the order of the outputs, or maps by their names. */
CN_CHECK cn_status cn__model_compile(cn_model *model, const char *optimizer, const char *loss,
                                     const char *metrics, const char *weighted_metrics,
                                     const char *loss_weights);
/* What compile has as `convolution`: "default" (NULL) or "fast". */
CN_CHECK cn_status cn__model_set_convolution(cn_model *model, const char *convolution);
/* Fails where the model is not compiled, with the message of a compile that failed: "fit: model m is not compiled; …". */
CN_CHECK cn_status cn__model_check_compiled(const cn_model *model, const char *what);
/* Other metrics for a compiled model; optimiser and loss stay. */
CN_CHECK cn_status cn__model_set_metrics(cn_model *model, const char *metrics, const char *weighted_metrics);
/* Makes the slots (and EMA averages) that are still missing. */
CN_CHECK cn_status cn__model_make_slots(cn_model *model);
/* Takes them away, from the variables and from the model; their memory is the compile_arena's. */
void cn__model_forget_slots(cn_model *model);
/* Gives the variables the slots of this model, where another that has them too trained last. */
void cn__model_attach_slots(const cn_model *model);

#endif
