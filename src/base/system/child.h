/* Work in a child process, so that a library that ends the program when memory runs out ends the child alone. */
#ifndef CN_BASE_SYSTEM_CHILD_H
#define CN_BASE_SYSTEM_CHILD_H

#include <stdbool.h>

#include "base/status.h"
#include "base/text/text.h"

/* May this program fork? The command says so when it starts; in anybody else's program the work is done in the process itself,
 * which may have threads and locks of its own. */
void cn__child_allow(bool allowed);

/* Between the two there are no children: threads that work on something else may hold a lock at any moment, which a child would
 * wait for without end. Threads that wait for work are no hindrance. */
void cn__child_hold(void);
void cn__child_release(void);

/* A child that sends nothing for so many seconds is ended (at first 1800): a library may wait for ever where memory ran out. */
void cn__child_limit(int seconds);

/* Runs work(user, out) in a child, and takes over its status, its message and what it added to `out`; without a child (not allowed, held,
 * or the system has none left) in this process. Where the child is ended by a signal or the limit of time, *broken becomes true and the status is a
 * failure, whose message names `what`; `broken` may be NULL. The child sees memory as it was, has this thread alone, and must
 * not take locks that other threads may hold, and flushes what it writes to a stream itself. It ends when this process is killed, as far as the system can do that. */
CN_CHECK cn_status cn__child_run(const char *what, cn_status (*work)(void *user, cn__text *out), void *user,
                                 cn__text *out, bool *broken);

typedef enum cn__child_end {
    CN_CHILD_ANSWERED, /* or there was none; the status is the work's */
    CN_CHILD_BROKEN,   /* ended before it had answered */
    CN_CHILD_LATE,     /* silent for too long, and ended */
    CN_CHILD_INTERRUPTED
} cn__child_end;

/* The same for work that may be cut short: cn__child_interrupt() ends the child. Unless the child answered, the status is a failure,
 * and the caller removes the files that it was writing. */
CN_CHECK cn_status cn__child_run_interruptible(const char *what, cn_status (*work)(void *user, cn__text *out),
                                               void *user, cn__text *out, cn__child_end *end);

/* Ends the children that may be interrupted; for a signal handler. False: there are none. */
bool cn__child_interrupt(void);

#endif
