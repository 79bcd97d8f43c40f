/* What the samples of a page are, where somebody says so: classes by their numbers or as one-hot rows, or the values that
 * a network should give. */
#ifndef CN_FORMATS_DEMO_SAMPLES_H
#define CN_FORMATS_DEMO_SAMPLES_H

#include "base/status.h"
#include "cornu/array.h"

typedef struct cn__demo_targets {
    const cn_array *y;       /* or NULL */
    size_t outputs, classes; /* classes 0: values */
    bool rows;               /* a row of outputs a sample */
} cn__demo_targets;

/* Fails where `y`, which may be NULL, does not fit so many samples and outputs, or holds no class of the network. */
CN_CHECK cn_status cn__demo_targets_read(const cn_array *y, size_t samples, size_t outputs,
                                         cn__demo_targets *out);

/* Chooses samples of class 0, 1, … in turn, each time the next one of its class; in order where there are no classes. */
size_t cn__demo_choose(const cn__demo_targets *t, size_t samples, size_t wanted, size_t *chosen);

/* What sample n is called: its class, by name if there are names of all outputs, or its value; "" for nothing. */
const char *cn__demo_name(const cn__demo_targets *t, size_t n, const char *const *names, char *buffer,
                          size_t size);

#endif
