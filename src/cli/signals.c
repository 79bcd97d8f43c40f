/* Signals that ask the program to end. The handler notes the number and nothing else. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;

static void note(int number)
{
    if (!came) came = number;
}

static void catch_one(int number)
{
    struct sigaction before, action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
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
