/* Looking for the fastest number of threads. */
#include "model/plan/thread_tuner.h"

#include <math.h>

/* Of a number of threads, the first batches find the weights in other threads' caches, and do not count. The least time
 * of some is recorded, as everything that disturbs a batch adds to it. */
enum { SKIPPED = 2, MEASURED = 6, RETUNE_AFTER = 2000, FIRST_TUNE_AFTER = 50 };
static const double worth_changing = 0.97;
/* Meeting costs microseconds: where a batch takes so many seconds, all threads help, and trying would cost much. */
static const double long_batch = 2e-3;

static void start_trial(cn__thread_tuner *t, cn__tuner_phase phase, int threads)
{
    t->phase = phase;
    t->threads = threads;
    t->runs = 0;
    t->least = INFINITY;
}

void cn__thread_tuner_begin(cn__thread_tuner *t, int max_threads)
{
    *t = (cn__thread_tuner){.max_threads = max_threads, .best = max_threads};
    start_trial(t, CN_TUNER_SETTLED, max_threads);
    t->runs = RETUNE_AFTER - FIRST_TUNE_AFTER; /* a short training tries nothing */
}

/* Half as many as the best; where that did not help, twice as many; in the end the best. */
static void next_trial(cn__thread_tuner *t, bool better)
{
    const int fewer = t->best / 2, more = 2 * t->best < t->max_threads ? 2 * t->best : t->max_threads;
    const bool down = t->phase == CN_TUNER_BASELINE || (t->phase == CN_TUNER_FEWER && better);
    const bool up = t->phase == CN_TUNER_MORE ? better : !t->moved;
    const bool too_long = t->best_seconds > long_batch && t->best == t->max_threads;
    if (too_long) start_trial(t, CN_TUNER_SETTLED, t->best);
    else if (down && fewer > 0) start_trial(t, CN_TUNER_FEWER, fewer);
    else if (up && more > t->best) start_trial(t, CN_TUNER_MORE, more);
    else start_trial(t, CN_TUNER_SETTLED, t->best);
}

void cn__thread_tuner_record(cn__thread_tuner *t, double seconds)
{
    if (t->max_threads == 1) return;
    t->runs++;
    if (t->phase == CN_TUNER_SETTLED) {
        if (t->runs < RETUNE_AFTER) return;
        t->moved = false;
        start_trial(t, CN_TUNER_BASELINE, t->best);
        return;
    }
    if (t->runs > SKIPPED && seconds < t->least) t->least = seconds;
    if (t->runs < SKIPPED + MEASURED) return;
    const bool tried = t->phase != CN_TUNER_BASELINE,
               better = !tried || t->least < worth_changing * t->best_seconds;
    if (better) {
        t->moved |= tried;
        t->best = t->threads;
        t->best_seconds = t->least;
    }
    next_trial(t, better);
}
