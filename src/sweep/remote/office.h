/* Messages between rank 0, which decides and writes the store, and the ranks that train (sweep/remote/serve.h). On rank 0 a thread
 * stands for each trial that another rank has, and waits while it is trained there. */
#ifndef CN_SWEEP_REMOTE_OFFICE_H
#define CN_SWEEP_REMOTE_OFFICE_H

#include "cornu/cluster.h"
#include "sweep/flight_state.h"
#include "sweep/remote/request.h"

typedef struct cn__office cn__office;
CN_CHECK cn_status cn__office_new(const cn_communicator *ranks, cn__office **out);
/* The ranks end their work, well or, where the study failed, with the message that was left. */
void cn__office_free(cn__office *office, cn_status status);
/* Brings messages until cn__office_close is called; by the thread that may speak to the ranks. */
CN_CHECK cn_status cn__office_run(cn__office *office);
void cn__office_close(cn__office *office);

/* Asks the rank of a flight, and waits for the answer, which the caller frees. Where the trial was moved to this process meanwhile,
 * or recalled, there is none: *bytes is NULL. */
CN_CHECK cn_status cn__office_ask(cn__office *office, cn__flight *flight, const cn__rank_request *request,
                                  char **bytes, size_t *size);
/* Tells a rank something that has no answer. */
CN_CHECK cn_status cn__office_tell(cn__office *office, size_t rank, const cn__rank_request *request);

/* Moves a trial that another rank holds and has not begun to rank `to`, or to this process; false: there is none. */
bool cn__office_move(cn__office *office, size_t to, size_t *from);
/* The study ends: trials that have not begun are not trained, and count as interrupted. */
void cn__office_recall(cn__office *office);

#endif
