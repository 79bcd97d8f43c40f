/* All that decides one training: the network's layers, what it is compiled with, and the fit. */
#ifndef CN_SWEEP_CONFIGURATION_H
#define CN_SWEEP_CONFIGURATION_H

#include "base/text/text.h"
#include "cornu/cornu.h"

typedef struct cn__configuration {
    const char *name;   /* of the model */
    const char *layers; /* the notation, a layer a line; an input layer of the data's shape goes before it */
    const char *optimizer, *loss, *metrics, *weighted_metrics, *loss_weights;
    cn_fit_options fit;                /* with the data; its model is not set */
    const cn_preparation *preparation; /* that the model is given; or NULL */
} cn__configuration;

/* The model, compiled; NULL on failure. `trial`: its weights are zeros, to try what can be said of it before training. */
cn_model *cn__configuration_model(const cn__configuration *configuration, uint64_t seed, bool trial);

/* "dense(64, activation=relu); dense(10, activation=softmax)" */
void cn__configuration_layers(const cn__configuration *configuration, cn__text *out);

#endif
