/* Optimisers by name: "adam(learning_rate=0.0005)", "SGD(momentum=0.9, nesterov=true)", … Each is a
 * file of this folder: it turns the number of a step into the numbers of cn__update, for the kernels' rule that it names, or
 * updates whole variables itself. optimizer.c has their list. */
#ifndef CN_NN_OPTIMIZERS_OPTIMIZER_H
#define CN_NN_OPTIMIZERS_OPTIMIZER_H

#include "base/registry.h"
#include "kernels/kernels.h"
#include "nn/schedules/schedule.h"
#include "nn/variable.h"

typedef struct cn__optimizer {
    const struct cn__optimizer_class *kind;
    const void *config;           /* its arguments: struct cn__optimizer_options, then those of its own */
    const char *name;             /* "adam" */
    double learning_rate;         /* the present one where there is no schedule */
    const cn__schedule *schedule; /* or NULL */
    double weight_decay, clipnorm, clipvalue, global_clipnorm; /* NAN: none */
    bool use_ema;
    double ema_momentum;
    int64_t ema_overwrite_frequency; /* INT64_MIN: none */
    int64_t accumulation;            /* gradients of so many steps make one update: 1, or more */
    double loss_scale;        /* what the loss is multiplied by before gradients are computed; 1: nothing */
    const cn__value *exclude; /* a LIST of WORDs, the weights that do not decay; or NULL */
    /* state */
    int64_t iterations; /* steps taken, whether or not they updated weights */
    double u_product;   /* Nadam's product of momentum factors so far; 1 at the start */
} cn__optimizer;

extern const cn__registry cn__optimizers;

CN_CHECK cn_status cn__optimizer_parse(cn__arena *arena, const cn__value *value, cn__optimizer *out);

/* How many slots a trainable variable has at most, the name Keras gives slot i ("momentum", "velocity"), and
 * the number it starts from. */
int cn__optimizer_slots(const cn__optimizer *optimizer);
const char *cn__optimizer_slot_name(const cn__optimizer *optimizer, int slot);
double cn__optimizer_slot_start(const cn__optimizer *optimizer, int slot);
/* Does this variable have that slot? */
bool cn__optimizer_slot_of(const cn__optimizer *optimizer, int slot, const cn__variable *v);
/* The slot's shape where it is not the variable's: its dimensions, its values being kept in C order; -1: it is. */
int cn__optimizer_slot_shape(const cn__optimizer *optimizer, int slot, const cn__variable *v, size_t *shape);
/* The order of Keras's optimizer.variables: the slots of round 0 for each variable, then those of round 1, … */
int cn__optimizer_slot_round(const cn__optimizer *optimizer, int slot);
/* In files of Keras 2: are the slots of a variable together, and not slot after slot? */
bool cn__optimizer_slots_by_variable(const cn__optimizer *optimizer);
/* Do files of Keras 2.0 to 2.3 have one array of a single number per variable in the place of a slot not wanted? */
bool cn__optimizer_oldest_placeholders(const cn__optimizer *optimizer);

/* Does its state have the product of momentum factors (Nadam)? */
bool cn__optimizer_has_product(const cn__optimizer *optimizer);
/* As if so many steps had been taken; computes the product too. */
CN_CHECK cn_status cn__optimizer_set_steps(cn__optimizer *optimizer, int64_t iterations);

/* The learning rate of the coming step. */
double cn__optimizer_rate(const cn__optimizer *optimizer);
/* Sets a fixed one; fails where a schedule is in force. */
CN_CHECK cn_status cn__optimizer_set_rate(cn__optimizer *optimizer, double rate);

/* A variable as its memory has it: what stands between its columns is zero everywhere, and stays so. */
typedef struct cn__whole {
    const cn__variable *variable;                  /* for its name, shape and layout */
    real *w, *slot[CN_MAX_SLOTS], *average, *grad; /* average may be NULL; the gradient is used up */
    size_t n;
    real *workspace; /* of cn__optimizer_workspace reals */
} cn__whole;

/* Does a step need whole variables and gradients? Then it is taken by cn__optimizer_apply, not by the kernels. */
bool cn__optimizer_is_whole(const cn__optimizer *optimizer);
size_t cn__optimizer_workspace(const cn__optimizer *optimizer, const cn__variable *v);
void cn__optimizer_apply(const cn__optimizer *optimizer, const cn__update *update, const cn__whole *whole);

/* Is this weight left out of weight decay? Words are parts of the variable's name ("bias"), or "layer/variable". */
bool cn__optimizer_excludes(const cn__optimizer *optimizer, const cn__variable *v);

/* Does the coming step update weights, or only add up gradients? */
bool cn__optimizer_updates(const cn__optimizer *optimizer);
/* The number of updates before the coming step: what Keras calls iterations. */
int64_t cn__optimizer_update_count(const cn__optimizer *optimizer);

/* The numbers of the coming step (kind, flag, c, clip_value, decay, ema; l1, l2 zero and grad_scale one: the
 * caller sets those by variable). Then counts the step. */
void cn__optimizer_step(cn__optimizer *optimizer, cn__update *out);

#endif
