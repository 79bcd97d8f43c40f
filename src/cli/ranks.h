/* A command that runs as several processes: mpirun or srun started them, and each is a rank. */
#ifndef CN_CLI_RANKS_H
#define CN_CLI_RANKS_H

#include <stdbool.h>

#include "cornu/cluster.h"

/* The ranks that this process belongs to: where a launcher started several, or `asked` by --mpi. *out NULL: it is alone. All but
 * rank 0 are silent from here on. */
CN_CHECK cn_status cn__ranks_open(bool asked, cn_communicator **out);
/* Tells the other ranks of a failure; NULL is allowed. */
void cn__ranks_close(cn_communicator *ranks, cn_status status);
/* Does this process write files? */
static inline bool cn__ranks_write(const cn_communicator *ranks) { return !ranks || ranks->rank == 0; }

#endif
