/* What a flight on rank f->rank does there. */
#ifndef CN_SWEEP_REMOTE_REMOTE_FLIGHT_H
#define CN_SWEEP_REMOTE_REMOTE_FLIGHT_H

#include "sweep/flight_state.h"

/* Begins and trains to its first rung or the end, or trains on. Its rank is 0 afterwards where it has been moved here; then nothing
 * is trained yet. */
CN_CHECK cn_status cn__remote_advance(cn__flight *flight);
/* A model's bytes. */
CN_CHECK cn_status cn__remote_model(cn__flight *flight, size_t seed, char **bytes, size_t *size);
/* It is forgotten there. */
void cn__remote_free(cn__flight *flight);

#endif
