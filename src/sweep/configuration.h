/* All that decides one training: the network's layers, what it is compiled with, and the fit. */
#ifndef CN_SWEEP_CONFIGURATION_H
#define CN_SWEEP_CONFIGURATION_H

#include "base/text/text.h"
#include "base/text/value.h"
#include "cornu/cornu.h"

typedef struct cn__configuration cn__configuration;

/* What a search may change of the data: arguments of its preparation, called as in the document. */
typedef struct cn__data_preparer {
    const char *const *names;
    size_t name_count;
    /* Points `out` to the data that is prepared with these values, which lives as long as the preparer. Called from several threads. */
    cn_status (*prepare)(void *user, const char *const *names, const cn__value *values, size_t count,
                         cn__configuration *out);
    void *user;
} cn__data_preparer;

struct cn__configuration {
    const char *name;   /* of the model */
    const char *layers; /* the notation, a layer a line; an input layer of the data's shape goes before it */
    const char *optimizer, *loss, *metrics, *weighted_metrics, *loss_weights, *convolution;
    cn_fit_options fit;                /* with the data; its model is not set */
    const cn_preparation *preparation; /* that the model is given; or NULL */
    const cn__data_preparer *preparer; /* NULL: the data is as it is */
};

/* The model, compiled; NULL on failure. `trial`: its weights are zeros, to try what can be said of it before training. */
cn_model *cn__configuration_model(const cn__configuration *configuration, uint64_t seed, bool trial);

/* "dense(64, activation=relu); dense(10, activation=softmax)" */
void cn__configuration_layers(const cn__configuration *configuration, cn__text *out);

#endif
