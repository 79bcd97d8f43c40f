/* The ranks of a study other than rank 0. */
#ifndef CN_SWEEP_REMOTE_SERVE_H
#define CN_SWEEP_REMOTE_SERVE_H

#include "cornu/cluster.h"
#include "sweep/study.h"

/* Trains what rank 0 asks for, until it asks for no more. */
CN_CHECK cn_status cn__remote_serve(cn__study *study, const cn_communicator *ranks,
                                    bool (*interrupted)(void));

#endif
