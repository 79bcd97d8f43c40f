/* Looking for the fastest number of threads. */
#include "model/team.h"

#include <math.h>

/* Of a number of threads, the first batches have the weights where others left them, and do not count. The least time of
 * some is taken, as everything that disturbs a batch adds to it. */
enum { SKIPPED = 2, LOOKED_AT = 6, STAYS = 2000, STAYS_FIRST = 50 };
static const double worth_changing = 0.97;
/* Meeting costs microseconds: where a batch takes so many seconds, all threads help, and trying would cost much. */
static const double long_batch = 2e-3;

static void look_at(cn__team *t, cn__team_phase phase, int size)
{
    t->phase = phase;
    t->size = size;
    t->runs = 0;
    t->least = INFINITY;
}

void cn__team_begin(cn__team *t, int most)
{
    *t = (cn__team){.most = most, .best = most};
    look_at(t, CN_TEAM_SETTLED, most);
    t->runs = STAYS - STAYS_FIRST; /* a short training tries nothing */
}

/* Half as many as the best; where that did not help, twice as many; in the end the best. */
static void look_on(cn__team *t, bool better)
{
    const int fewer = t->best / 2, more = 2 * t->best < t->most ? 2 * t->best : t->most;
    const bool down = t->phase == CN_TEAM_AS_IT_IS || (t->phase == CN_TEAM_FEWER && better);
    const bool up = t->phase == CN_TEAM_MORE ? better : !t->moved;
    const bool long_one = t->best_seconds > long_batch && t->best == t->most;
    if (long_one) look_at(t, CN_TEAM_SETTLED, t->best);
    else if (down && fewer > 0) look_at(t, CN_TEAM_FEWER, fewer);
    else if (up && more > t->best) look_at(t, CN_TEAM_MORE, more);
    else look_at(t, CN_TEAM_SETTLED, t->best);
}

void cn__team_took(cn__team *t, double seconds)
{
    if (t->most == 1) return;
    t->runs++;
    if (t->phase == CN_TEAM_SETTLED) {
        if (t->runs < STAYS) return;
        t->moved = false;
        look_at(t, CN_TEAM_AS_IT_IS, t->best);
        return;
    }
    if (t->runs > SKIPPED && seconds < t->least) t->least = seconds;
    if (t->runs < SKIPPED + LOOKED_AT) return;
    const bool tried = t->phase != CN_TEAM_AS_IT_IS,
               better = !tried || t->least < worth_changing * t->best_seconds;
    if (better) {
        t->moved |= tried;
        t->best = t->size;
        t->best_seconds = t->least;
    }
    look_on(t, better);
}
