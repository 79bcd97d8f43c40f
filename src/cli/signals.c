/* Signals that ask the program to end. The handler notes the first one; a child that may be interrupted is ended by any, and where
 * there is none, the second signal ends the program. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

#include "base/system/child.h"

static volatile sig_atomic_t came;

static void note(int number)
{
    const bool again = came != 0;
    if (!again) came = number;
    if (cn__child_interrupt() || !again) return;
    signal(number, SIG_DFL);
    raise(number); /* comes when this handler returns */
}

static void catch_one(int number)
{
    struct sigaction before, action = {.sa_handler = note};
    if (sigaction(number, NULL, &before) != 0 || before.sa_handler == SIG_IGN) return;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void cn__signals_catch(void)
{
    catch_one(SIGINT);
    catch_one(SIGTERM);
    catch_one(SIGHUP);
    signal(SIGPIPE, SIG_IGN);
}

bool cn__signals_came(void) { return came != 0; }
int cn__signals_code(void) { return came ? 128 + (int)came : 0; }
