/* A trial under way: its networks, trained side by side from rung to rung. */
#ifndef CN_SWEEP_FLIGHT_H
#define CN_SWEEP_FLIGHT_H

#include "sweep/flight_state.h"

/* Begins a trial whose point stands in study->trials[number]. A failure of the trial is kept in it; what is returned is one
 * of the store or of memory. */
CN_CHECK cn_status cn__flight_begin(cn__flight *flight);
/* Trains until the next rung, or the end. */
CN_CHECK cn_status cn__flight_advance(cn__flight *flight);
/* Its first goal's value so far: the mean over its networks. NaN: one has none. */
double cn__flight_value(const cn__flight *flight);
/* The last steps of a trial that was not pruned; cn__flight_end takes them too. */
CN_CHECK cn_status cn__flight_finish(cn__flight *flight);
/* Ends it: the values go into the trial, and all into the store. */
CN_CHECK cn_status cn__flight_end(cn__flight *flight, bool pruned);
/* The bytes of the model of network `seed`, as .keras. */
CN_CHECK cn_status cn__flight_model(cn__flight *flight, size_t seed, char **bytes, size_t *size);
void cn__flight_free(cn__flight *flight);

#endif
