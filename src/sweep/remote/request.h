/* What rank 0 asks of the others, and how a flight travels between them. */
#ifndef CN_SWEEP_REMOTE_REQUEST_H
#define CN_SWEEP_REMOTE_REQUEST_H

#include <stdint.h>

#include "sweep/flight_state.h"
#include "train/snapshot.h"

typedef enum cn__request_command {
    CN_REQUEST_BEGIN,
    CN_REQUEST_ADVANCE,
    CN_REQUEST_MODEL,
    CN_REQUEST_FORGET,
    CN_REQUEST_STOP
} cn__request_command;

/* CN_REQUEST_BEGIN has the trial's point behind it. All but FORGET are answered. */
typedef struct cn__rank_request {
    uint64_t command, number, argument; /* argument: the rung that was passed, or the seed */
    uint64_t serial;                    /* which comes back with the answer */
} cn__rank_request;

/* Before the bytes of an answer, which may come in several messages. */
typedef struct cn__rank_answer {
    uint64_t serial, size;
} cn__rank_answer;

/* Where a flight stands, from the rank that trains it to rank 0: written to the snapshot, or read from it. */
void cn__flight_snapshot(cn__snapshot *s, cn__flight *flight);

#endif
