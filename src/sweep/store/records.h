/* What workers hand to the store, and what becomes rows there. */
#ifndef CN_SWEEP_STORE_RECORDS_H
#define CN_SWEEP_STORE_RECORDS_H

#include "sweep/study.h"

/* What a run has come to since its last record: values of epochs, one row each. */
typedef struct cn__metric_series {
    const char *name;
    unsigned first; /* epoch, from 1 */
    size_t count;
    const double *values;
} cn__metric_series;

typedef struct cn__run_end {
    cn__trial_state state;
    unsigned epochs;
    double seconds;
    const char *note; /* why it ended early, or its error; NULL: none */
} cn__run_end;

typedef struct cn__trial_end {
    cn__trial_state state;
    unsigned epochs, rungs;
    double seconds, parameters, flops;
    const char *note;
    const double *values, *deviations, *rung_values;
    const unsigned *rung_epochs;
} cn__trial_end;

#endif
