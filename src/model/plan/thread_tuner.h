/* How many threads to train with: what a step gains by one more has to be weighed against what it costs them to meet, and
 * to bring each other what they wrote, which depends on the network, on the machine, and on what else it does. So now
 * and then some batches are trained with half as many or twice as many threads, and the fastest number is kept. The
 * results are the same for every number. */
#ifndef CN_MODEL_THREAD_TUNER_H
#define CN_MODEL_THREAD_TUNER_H

#include <stdbool.h>

typedef enum cn__tuner_phase {
    CN_TUNER_BASELINE,
    CN_TUNER_FEWER,
    CN_TUNER_MORE,
    CN_TUNER_SETTLED
} cn__tuner_phase;

typedef struct cn__thread_tuner {
    int max_threads, threads; /* threads there are, and those to use for the next batch */
    int best;                 /* the fastest number so far, and the least time of a batch with it */
    double best_seconds;
    cn__tuner_phase phase; /* what is being tried */
    bool moved;            /* is `best` another than when the trial began? */
    int runs;              /* batches in this phase, */
    double least;          /* and the least time of one */
} cn__thread_tuner;

void cn__thread_tuner_begin(cn__thread_tuner *tuner, int max_threads);
/* What a batch took with tuner->threads threads. */
void cn__thread_tuner_record(cn__thread_tuner *tuner, double seconds);

#endif
