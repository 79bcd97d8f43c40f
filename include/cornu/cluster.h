/* Training over several processes, on one machine or many: each is a rank of a communicator.
 *
 *     cn_communicator *ranks;
 *     if (cn_communicator_mpi(&ranks) != CN_OK) …            // under mpirun or srun
 *     cn_history *h = cn_model_fit(m, &x, &y, .batch_size = 256, .communicator = ranks);
 *     if (ranks->rank == 0) cn_model_save(m, "net.keras", false);
 *     cn_communicator_free(ranks);
 *
 * Every rank calls fit with the same model, data and options. Each computes a part of every batch; weights, history, metrics
 * and what callbacks decide are then the same on all of them, and have the bits that one process alone would reach. Only rank 0
 * writes files. docs/cluster.md says how batches are divided. */
#ifndef CORNU_CLUSTER_H
#define CORNU_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How ranks speak to each other: every function is called by all of them in the same order, but for send, next, take and give_up.
 * A program may bring its own. A function fails where another rank is gone, with a message that names it. */
typedef struct cn_communicator {
    size_t rank, size; /* this one's number, from 0, of so many */
    void *user;
    /* data (bytes) of rank `root` to all. */
    cn_status (*broadcast)(void *user, size_t root, void *data, size_t bytes);
    /* mine (bytes[rank]) of each rank to all, one close behind the other: all (Σ bytes). bytes has `size` entries. */
    cn_status (*gather)(void *user, const void *mine, void *all, const size_t *bytes);
    /* To each rank its piece of `mine`, which has them in order, mine_bytes[r] for rank r; theirs has the pieces that come,
     * theirs_bytes[r] from rank r. */
    cn_status (*exchange)(void *user, const void *mine, const size_t *mine_bytes, void *theirs,
                          const size_t *theirs_bytes);
    /* A message to one rank, which asks for it: next waits so many seconds (negative: as long as it takes) for one from any rank,
     * *from SIZE_MAX where none came; take receives it. */
    cn_status (*send)(void *user, size_t to, const void *data, size_t bytes);
    cn_status (*next)(void *user, double seconds, size_t *from, size_t *bytes);
    cn_status (*take)(void *user, size_t from, void *data, size_t bytes);
    /* Tells the others that this rank goes no further, and why: what they wait for fails. */
    void (*give_up)(void *user, const char *why);
    void (*free)(void *user);
    int any_thread; /* not only the thread that made it may call these, but any, one at a time: then gradients are sent while others
                     * are still being made */
    /* Set by the caller: is this process to stop, as after a signal? Then it does not wait for another rank for more than ten seconds.
     * NULL: never. */
    bool (*stops)(void);
    /* Set by the caller: told in a sentence what may need a person, such as a rank that is stopped. NULL: nobody is told. */
    void (*warn)(const char *text);
    const void *reserved[2];
} cn_communicator;

/* The ranks of MPI_COMM_WORLD, by the library that was built beside this one where MPI was found, and is loaded here. Once in a
 * process. */
CN_API CN_CHECK cn_status cn_communicator_mpi(cn_communicator **out);

/* Was this process started by mpirun, or by srun with MPI, as one of several? Looks at the environment alone. */
CN_API int cn_mpi_is_launched(void);

/* `size` ranks in one process, each for a thread of the caller's: for tests of programs that train on clusters. `out` has room
 * for `size`; each is freed by itself. */
CN_API CN_CHECK cn_status cn_communicator_threads(size_t size, cn_communicator **out);

CN_API void cn_communicator_free(cn_communicator *communicator); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
