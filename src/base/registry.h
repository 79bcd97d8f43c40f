/* A registry: a family of things found by name (losses, metrics, optimisers, callbacks, …), each of them a
 * kind in a file of its own. From its kinds a name is looked up, arguments are read and checked, names are listed, and
 * what was read is written to files. No other list of their names exists. */
#ifndef CN_BASE_REGISTRY_H
#define CN_BASE_REGISTRY_H

#include "base/text/value.h"

enum { CN_MAX_ALIASES = 4 };

/* The common part of every kind: the first member of a family's own struct. */
typedef struct cn__kind {
    const char *name;       /* "mean_squared_error", as the notation and Keras's functions have it */
    const char *class_name; /* "MeanSquaredError" */
    const char *aliases[CN_MAX_ALIASES]; /* further names, NULL after the last */
    const cn__param *params;
    size_t param_count, config_size; /* config_size: of the struct that the parameters fill, 0 for none */
} cn__kind;

typedef struct cn__registry {
    const char *noun;             /* "loss", for messages */
    const char *example;          /* "huber(delta=2)" */
    const char *module;           /* where Keras has them: "keras.losses" */
    const cn__kind *const *kinds; /* ends in NULL */
} cn__registry;

/* The parameters of a kind from a table of them. */
#define CN_PARAMS(table) .params = table, .param_count = sizeof table / sizeof table[0]

/* The kind of that name, class name or alias; NULL if there is none. */
const cn__kind *cn__registry_find(const cn__registry *registry, const char *name);

/* Fails with "unknown loss 'msee'; did you mean 'mse'? Known: …"; the kinds of `also` (or NULL) are known too. */
cn_status cn__registry_fail(const cn__registry *registry, const cn__registry *also, const char *name);

/* The kind that `value` (a WORD or CALL) names; fails for another value and for an unknown name. */
CN_CHECK cn_status cn__registry_kind(const cn__registry *registry, const cn__value *value,
                                     const cn__kind **out);

/* The same, and its arguments in a new struct of kind->config_size bytes, or NULL where that is 0. */
CN_CHECK cn_status cn__registry_read(cn__arena *arena, const cn__registry *registry, const cn__value *value,
                                     const cn__kind **kind, void **config);

#endif
