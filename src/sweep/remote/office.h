/* Trials on other ranks: rank 0 decides and writes the store, the others train (sweep/remote/serve.h). On rank 0 a thread stands for
 * each of them, which takes trials as a worker does and waits while they are trained elsewhere. */
#ifndef CN_SWEEP_REMOTE_OFFICE_H
#define CN_SWEEP_REMOTE_OFFICE_H

#include "cornu/cluster.h"
#include "sweep/flight_state.h"

/* Brings messages between those threads and the ranks. */
typedef struct cn__office cn__office;
CN_CHECK cn_status cn__office_new(const cn_communicator *ranks, cn__office **out);
/* The ranks end their work, well or, where the study failed, with the message that was left. */
void cn__office_free(cn__office *office, cn_status status);
/* Brings messages until cn__office_close is called; by the thread that may speak to the ranks. */
CN_CHECK cn_status cn__office_run(cn__office *office);
void cn__office_close(cn__office *office);

/* What a flight on rank f->rank does there: begins and trains to its first rung or the end; trains on; gives a model's bytes; is
 * forgotten. */
CN_CHECK cn_status cn__remote_advance(cn__flight *flight);
CN_CHECK cn_status cn__remote_model(const cn__flight *flight, size_t seed, char **bytes, size_t *size);
void cn__remote_free(cn__flight *flight);

#endif
