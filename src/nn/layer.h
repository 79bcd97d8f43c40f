/* What a layer is: a kind found by name (nn/layers/registry.c), arguments, variables, and the operations that it lowers to. A
 * kind of layer is one file in nn/layers/ and one line in nn/layers/layers.h; nothing outside of its file knows its name. */
#ifndef CN_NN_LAYER_H
#define CN_NN_LAYER_H

#include "base/text/value.h"
#include "nn/activation.h"
#include "nn/op.h"
#include "nn/shape.h"
#include "nn/variable.h"

#define CN_MAX_VARIABLES 4

typedef struct cn__layer {
    const struct cn__layer_kind *kind;
    const char *name;
    bool trainable;
    bool channels_first;   /* in the samples that it is called on; its kind sees the channels last */
    void *config;          /* kind->config_size bytes, filled from kind->params */
    const cn__value *call; /* as it was asked for, for configurations */
    cn__shape in, out;     /* of its first call: of the first input, and of the output */
    bool built;            /* the variables are declared */
    cn__variable variable[CN_MAX_VARIABLES];
    int variables;
} cn__layer;

typedef struct cn__layer_kind {
    const char *class_name; /* "Dense"; the notation's name is its snake case */
    const char *aliases[2]; /* other names that Keras knows, or NULL */
    const cn__param *params;
    size_t param_count, config_size;
    bool any_shape; /* it asks nothing of its input's shape: a summary does not call it unbuilt */
    bool is_input;  /* it says what a sample is, and is not called */
    int least_inputs, most_inputs; /* 0: one */
    bool never_trainable;          /* Keras's class does not take `trainable` */
    const char *single[2]; /* arguments that Keras writes as a number, not as a list of one; or NULL */
    const char *const
        *left_out; /* arguments that Keras leaves out of a config while they are none; ends in NULL */

    /* Looks names up (activations, …) and checks what bounds cannot say. May be NULL. */
    cn_status (*prepare)(cn__arena *arena, cn__layer *layer);
    /* Declares the variables, from the shapes of the first call. NULL: it has none. */
    cn_status (*build)(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs);
    /* The output's shape. NULL: that of the first input. */
    cn_status (*infer)(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out);
    /* Appends its operations; *out has the last one and the output's shape. Begins as the first input in the output's
     * shape: NULL is a layer that computes nothing. */
    cn_status (*lower)(cn__lowering *lowering, cn__layer *layer, const cn__ref *in, size_t inputs,
                       cn__ref *out);
} cn__layer_kind;

/* A layer from its notation: `dense(512, activation=relu)`; every layer also takes name=, trainable= and dtype=. Lives
 * in `arena`; no shape yet. */
CN_CHECK cn_status cn__layer_parse(cn__arena *arena, const cn__value *value, cn__layer **out);

/* Every known layer's notation name; ends in NULL. */
const char *const *cn__layer_names(void);
/* The kind of this name, class name or alias; NULL: there is none. */
const cn__layer_kind *cn__layer_kind_called(const char *name);
/* Every kind, in the order of the registry; ends in NULL. */
const cn__layer_kind *const *cn__layer_kinds(void);

/* Calls the layer on inputs of these shapes: checks how many there are, declares the variables at the first call, and
 * finds the shape of the output. */
CN_CHECK cn_status cn__layer_call(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs,
                                  cn__shape *out);

/* Reads a layer's data_format, inside `prepare`: channels_last, channels_first, or none for the former. Where the channels are the
 * first axis, `build`, `infer` and `lower` have them last all the same: they are moved before and after. */
CN_CHECK cn_status cn__read_data_format(cn__layer *layer, const cn__value *format);
/* A shape with the first axis behind the others, and back. */
cn__shape cn__channels_to_last(const cn__shape *shape);
cn__shape cn__channels_to_first(const cn__shape *shape);

/* Declares a variable of a layer inside `build`. */
cn__variable *cn__layer_variable(cn__layer *layer, const char *name, int ndim, const size_t *shape,
                                 bool weight);

/* Keeps its values as a matrix of `cols` columns, which are the last of its dimensions together. */
void cn__variable_set_cols(cn__variable *variable, size_t cols);

/* Is this variable trained: a weight of a trainable layer? */
bool cn__variable_trainable(const cn__variable *variable);

/* For a layer with variables that depend on the last axis: fails where a later call has another one. */
CN_CHECK cn_status cn__check_last_axis(const cn__layer *layer, const cn__shape *in, size_t expected);

/* Lowers an activation on *out; does nothing for a linear one. Softmax and its like work over the last axis. */
CN_CHECK cn_status cn__lower_activation(cn__lowering *lowering, const cn__activation *activation,
                                        cn__ref *out);
/* Adds a penalty on *out to the loss; does nothing where the regularizer is none. */
CN_CHECK cn_status cn__lower_activity_penalty(cn__lowering *lowering, const cn__regularizer *regularizer,
                                              cn__ref *out);

/* A row of a parameter table: CN_PARAM_FIELD(struct, field, TYPE, "default", …). */
#define CN_PARAM_FIELD(type_, field, kind_, fallback_, ...)                                                  \
    {                                                                                                        \
        .name = #field, .type = kind_, .offset = offsetof(type_, field), .fallback = fallback_, __VA_ARGS__  \
    }
/* The table, its length and the size of its struct, in a kind. */
#define CN_LAYER_PARAMS(table, type_)                                                                        \
    .params = table, .param_count = sizeof table / sizeof table[0], .config_size = sizeof(type_)

#endif
