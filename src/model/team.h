/* How many of the threads to train with: what a step gains by one more has to be weighed against what it costs them to
 * meet, and to bring each other what they wrote, which depends on the network, on the machine, and on what else it does.
 * So now and then some batches are trained with half as many or twice as many, and the fastest number stays. The
 * results are the same for every number. */
#ifndef CN_MODEL_TEAM_H
#define CN_MODEL_TEAM_H

#include <stdbool.h>

typedef enum cn__team_phase { CN_TEAM_AS_IT_IS, CN_TEAM_FEWER, CN_TEAM_MORE, CN_TEAM_SETTLED } cn__team_phase;

typedef struct cn__team {
    int most, size; /* threads there are, and those to take for the next batch */
    int best;       /* the fastest number so far, and the least time of a batch with it */
    double best_seconds;
    cn__team_phase phase; /* what is being tried */
    bool moved;           /* is `best` another than when the trying began? */
    int runs;             /* batches in this phase, */
    double least;         /* and the least time of one */
} cn__team;

void cn__team_begin(cn__team *team, int most);
/* What a batch took with team->size threads. */
void cn__team_took(cn__team *team, double seconds);

#endif
