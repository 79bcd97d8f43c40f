/* Commands over several processes. */
#include "cli/ranks.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/signals.h"

static int messages =
    STDERR_FILENO; /* where it goes, also of a silent rank, which may be the one that can warn */

static void warn(const char *text) { dprintf(messages, "cornu: %s\n", text); }

/* Messages that all ranks share are printed by rank 0; a rank that fails alone is named. */
static cn_status be_silent(void)
{
    const int copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (copy >= 0) messages = copy;
    if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr)) return CN_OK;
    return cn__fail(CN_ERROR_FILE, "/dev/null cannot be opened for the output of a rank");
}

cn_status cn__ranks_open(bool asked, cn_communicator **out)
{
    *out = NULL;
    if (!asked && !cn_mpi_is_launched()) return CN_OK;
    if (cn_communicator_mpi(out) != CN_OK)
        return asked ? cn__fail_in("--mpi")
                     : cn__fail_in("this process is one of several that mpirun or srun started");
    (*out)->stops = cn__signals_came;
    (*out)->warn = warn;
    return (*out)->rank ? be_silent() : CN_OK;
}

void cn__ranks_close(cn_communicator *ranks, cn_status status)
{
    const bool waits = ranks && status != CN_OK && ranks->rank;
    if (ranks && status != CN_OK) ranks->give_up(ranks->user, cn_error());
    cn_communicator_free(ranks);
    /* mpirun ends the others when one has failed: rank 0, which says why, comes first */
    if (waits) (void)nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
}
