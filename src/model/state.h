/* The optimiser's state as a list of arrays, in the order of Keras's optimizer.variables behind the count of steps,
 * the learning rate (where it is a number) and Nadam's product. */
#ifndef CN_MODEL_STATE_H
#define CN_MODEL_STATE_H

#include "model/model.h"

typedef struct cn__state {
    cn__variable *variable;
    const char *name; /* "momentum"; "average" for the average of the weights */
    const cn_model *model;
    size_t index; /* of the variable in it */
    enum cn__state_of { CN_STATE_SLOT, CN_STATE_AVERAGE, CN_STATE_ACCUMULATED } of;
    int slot;
    double start; /* what it is filled with when it is made; an average starts as the weights */
    int ndim;
    size_t shape[CN_MAX_RANK];
    size_t kept; /* reals in memory */
    bool plain;  /* kept in C order, and not in the variable's layout */
} cn__state;

/* How many arrays there are for a built and compiled model, and how many of them, the first, are averages of weights or
 * accumulated gradients. Behind those Keras keeps Nadam's product. */
size_t cn__state_count(const cn_model *model);
/* Elements of all of them together. */
size_t cn__state_elements(const cn_model *model);
size_t cn__state_size(const cn__state *state);
size_t cn__state_averages(const cn_model *model);
/* How many more arrays Keras 2 keeps at the end, which count for nothing: the momentum of an SGD that has none. */
size_t cn__state_unused(const cn_model *model);
/* All of them, from `arena`; NULL when out of memory. */
cn__state *cn__state_list(const cn_model *model, cn__arena *arena);

/* Where they are; NULL: not made yet. */
real *cn__state_values(const cn__state *state);
/* An array's values in C order, whether or not it has been made. */
void cn__state_get(const cn__state *state, real *values);
/* Only once cn__model_make_slots has made it. */
void cn__state_set(const cn__state *state, const real *values);

#endif
