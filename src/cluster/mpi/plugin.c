/* The ranks of MPI_COMM_WORLD as a cn_communicator. A wait is a loop over MPI_Test: between two of them it looks whether another
 * rank has said that it goes no further, so that nobody waits for one that failed. */
#include <errno.h>
#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cluster/mpi/plugin.h"

enum { TAG_MESSAGE = 1, TAG_FAILED = 2, WHY = 400, MOST_BYTES = 1 << 30, HOST = 64 };

/* Another rank's process, if it is on this machine. */
typedef struct process {
    long id; /* 0: it is elsewhere, or cannot be looked at */
    char host[HOST];
    double stopped_at; /* when it was first seen to be stopped; 0: it is not */
    bool reported;     /* that it is */
} process;

typedef struct ranks {
    MPI_Comm comm, notes; /* notes: of ranks that failed */
    cn__mpi_fail *fail;
    int rank, size;
    bool died;            /* one was seen to have */
    bool failed, *gone;   /* (size): who has said so */
    bool finalizes;       /* MPI was begun here */
    char why[WHY + 40];   /* of the first that did */
    int *counts, *places; /* (2 · size) each */
    process *processes;   /* (size) */
    double looked_at,
        stopped_at; /* stopped_at: when it was seen first that this process is to stop; 0: it is not */
    const cn_communicator *own;
} ranks;

/* ---- waiting ---------------------------------------------------------------------------------------------- */

/* Takes notes of ranks that failed. */
static void read_notes(ranks *r)
{
    int flag = 0;
    MPI_Status status;
    while (MPI_Iprobe(MPI_ANY_SOURCE, TAG_FAILED, r->notes, &flag, &status) == MPI_SUCCESS && flag) {
        char text[WHY] = "";
        MPI_Recv(text, WHY - 1, MPI_CHAR, status.MPI_SOURCE, TAG_FAILED, r->notes, MPI_STATUS_IGNORE);
        if (!*r->why && !r->failed)
            snprintf(r->why, sizeof r->why, "rank %d failed: %s", status.MPI_SOURCE, text);
        r->gone[status.MPI_SOURCE] = true;
        flag = 0;
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef enum condition { RUNS, IS_STOPPED, IS_DEAD } condition;

#ifdef __linux__
/* One that has ended, and that its parent has not asked about yet, is dead too. */
static condition condition_of(long id)
{
    char path[40], text[300] = "";
    snprintf(path, sizeof path, "/proc/%ld/stat", id);
    FILE *f = fopen(path, "r");
    if (!f) return kill((pid_t)id, 0) != 0 && errno == ESRCH ? IS_DEAD : RUNS;
    const size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    const char *end = strrchr(text, ')');
    const char letter = end && end[1] == ' ' ? end[2] : 'R';
    return letter == 'Z' || letter == 'X' ? IS_DEAD : letter == 'T' || letter == 't' ? IS_STOPPED : RUNS;
}
#else
static condition condition_of(long id) { return kill((pid_t)id, 0) != 0 && errno == ESRCH ? IS_DEAD : RUNS; }
#endif

static void report_stop(const ranks *r, int other)
{
    char text[200];
    const long id = r->processes[other].id;
    if (r->processes[other].reported)
        snprintf(
            text, sizeof text,
            "rank %d is stopped, and the others wait for it: kill -CONT %ld continues it, kill -KILL %ld ends the run",
            other, id, id);
    else snprintf(text, sizeof text, "rank %d continues", other);
    if (r->own->warn) r->own->warn(text);
}

/* Of the ranks of a machine that run, the first one speaks. */
static bool speaks(const ranks *r)
{
    for (int i = 0; i < r->rank; i++)
        if (r->processes[i].id && !r->processes[i].stopped_at) return false;
    return true;
}

/* A stopped process may be continued, so the others wait; but nobody should have to guess for whom. It takes a moment until all run
 * again that a terminal has stopped together: what was seen before this process was stopped itself does not count. */
static void look_for_stop(ranks *r, int other, bool is_stopped, double clock, bool was_away)
{
    enum { LEAST = 2 };
    process *p = &r->processes[other];
    if (!is_stopped) p->stopped_at = 0;
    else if (!p->stopped_at || was_away) p->stopped_at = clock;
    const bool reported = is_stopped && (p->reported || clock - p->stopped_at > LEAST);
    if (reported == p->reported) return;
    p->reported = reported;
    if (speaks(r)) report_stop(r, other);
}

/* Launchers name a process that was killed, but some give the others half a minute to end. Those of this machine are looked at here;
 * and one that is to stop does not wait for ever for the others. */
static cn_status look_around(ranks *r)
{
    enum { LONGEST_STOP = 10 };
    const double clock = now();
    read_notes(r);
    if (*r->why) return r->fail(CN_ERROR_STATE, "%s", r->why);
    if (clock - r->looked_at < 0.2) return CN_OK;
    const bool was_away = clock - r->looked_at > 1;
    r->looked_at = clock;
    for (int i = 0; i < r->size; i++) {
        if (!r->processes[i].id) continue;
        const condition is = condition_of(r->processes[i].id);
        look_for_stop(r, i, is == IS_STOPPED, clock, was_away);
        if (is != IS_DEAD) continue;
        r->processes[i].id = 0;
        snprintf(r->why, sizeof r->why, "rank %d has died", i);
        r->died = true;
        return r->fail(CN_ERROR_STATE, "%s", r->why);
    }
    if (!r->own->stops || !r->own->stops()) r->stopped_at = 0;
    else if (!r->stopped_at) r->stopped_at = clock;
    else if (clock - r->stopped_at > LONGEST_STOP)
        return r->fail(CN_ERROR_STATE, "stopped while it waited for another rank, which may have died");
    return CN_OK;
}

/* Others may need this processor: after a while each turn gives it up, and later sleeps. */
static void pause_turn(unsigned *turns)
{
    enum { SPIN = 200, YIELD = 2000 };
    if (++*turns < SPIN) return;
    if (*turns < YIELD) sched_yield();
    else nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

static cn_status wait_for(ranks *r, MPI_Request *request)
{
    int done = 0;
    for (unsigned turns = 0; !done; pause_turn(&turns)) {
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return r->fail(CN_ERROR_STATE, "MPI could not bring a message");
        if (done || turns % 64) continue;
        const cn_status status = look_around(r);
        if (status != CN_OK) return status;
    }
    r->stopped_at = 0;
    return CN_OK;
}

static cn_status check_size(const ranks *r, size_t bytes)
{
    return bytes <= MOST_BYTES
               ? CN_OK
               : r->fail(CN_ERROR_STATE, "a message of %zu bytes between ranks, expected at most %d", bytes,
                         MOST_BYTES);
}

/* ---- together ------------------------------------------------------------------------------------------------- */

static cn_status broadcast(void *user, size_t root, void *data, size_t bytes)
{
    ranks *r = user;
    for (size_t at = 0; at < bytes; at += MOST_BYTES) {
        const size_t n = bytes - at < MOST_BYTES ? bytes - at : MOST_BYTES;
        MPI_Request request;
        MPI_Ibcast((char *)data + at, (int)n, MPI_BYTE, (int)root, r->comm, &request);
        const cn_status status = wait_for(r, &request);
        if (status != CN_OK) return status;
    }
    return CN_OK;
}

/* One close behind the other, from the index-th array on. */
static cn_status place(ranks *r, int index, const size_t *bytes, int **counts, int **places)
{
    size_t at = 0;
    *counts = r->counts + index * r->size, *places = r->places + index * r->size;
    for (int i = 0; i < r->size; i++) {
        (*counts)[i] = (int)bytes[i], (*places)[i] = (int)at;
        at += bytes[i];
        const cn_status status = check_size(r, at);
        if (status != CN_OK) return status;
    }
    return CN_OK;
}

static cn_status gather(void *user, const void *mine, void *all, const size_t *bytes)
{
    ranks *r = user;
    int *counts, *places;
    MPI_Request request;
    const cn_status status = place(r, 0, bytes, &counts, &places);
    if (status != CN_OK) return status;
    MPI_Iallgatherv(mine, counts[r->rank], MPI_BYTE, all, counts, places, MPI_BYTE, r->comm, &request);
    return wait_for(r, &request);
}

static cn_status exchange(void *user, const void *mine, const size_t *mine_bytes, void *theirs,
                          const size_t *theirs_bytes)
{
    ranks *r = user;
    int *out_counts, *out_places, *in_counts, *in_places;
    MPI_Request request;
    cn_status status = place(r, 0, mine_bytes, &out_counts, &out_places);
    if (status == CN_OK) status = place(r, 1, theirs_bytes, &in_counts, &in_places);
    if (status != CN_OK) return status;
    MPI_Ialltoallv(mine, out_counts, out_places, MPI_BYTE, theirs, in_counts, in_places, MPI_BYTE, r->comm,
                   &request);
    return wait_for(r, &request);
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static cn_status send_to(void *user, size_t to, const void *data, size_t bytes)
{
    ranks *r = user;
    MPI_Request request;
    const cn_status status = check_size(r, bytes);
    if (status != CN_OK) return status;
    MPI_Isend(data, (int)bytes, MPI_BYTE, (int)to, TAG_MESSAGE, r->comm, &request);
    return wait_for(r, &request);
}

static cn_status next(void *user, double seconds, size_t *from, size_t *bytes)
{
    ranks *r = user;
    int flag = 0, count = 0;
    MPI_Status found;
    const double end = now() + seconds;
    *from = SIZE_MAX, *bytes = 0;
    for (unsigned turns = 0; !flag && (!turns || seconds < 0 || now() < end); pause_turn(&turns)) {
        if (MPI_Iprobe(MPI_ANY_SOURCE, TAG_MESSAGE, r->comm, &flag, &found) != MPI_SUCCESS)
            return r->fail(CN_ERROR_STATE, "MPI could not look for a message");
        if (flag || turns % 64) continue;
        const cn_status status = look_around(r);
        if (status != CN_OK) return status;
    }
    if (flag) r->stopped_at = 0;
    if (!flag) return CN_OK;
    MPI_Get_count(&found, MPI_BYTE, &count);
    *from = (size_t)found.MPI_SOURCE, *bytes = (size_t)count;
    return CN_OK;
}

static cn_status take(void *user, size_t from, void *data, size_t bytes)
{
    ranks *r = user;
    MPI_Request request;
    const cn_status status = check_size(r, bytes);
    if (status != CN_OK) return status;
    MPI_Irecv(data, (int)bytes, MPI_BYTE, (int)from, TAG_MESSAGE, r->comm, &request);
    return wait_for(r, &request);
}

/* ---- beginning and end ------------------------------------------------------------------------------------------- */

/* A short message goes at once, whether or not it is waited for. */
static void report_failure(void *user, const char *why)
{
    ranks *r = user;
    static char text[WHY];
    if (r->failed) return;
    r->failed = true;
    strncpy(text, why && *why ? why : "it said not why", WHY - 1);
    for (int other = 0; other < r->size; other++) {
        MPI_Request request;
        if (other == r->rank) continue;
        MPI_Isend(text, (int)strlen(text) + 1, MPI_CHAR, other, TAG_FAILED, r->notes, &request);
        MPI_Request_free(&request);
    }
}

static bool all_gone(const ranks *r)
{
    for (int i = 0; i < r->size; i++)
        if (i != r->rank && !r->gone[i]) return false;
    return true;
}

/* Where every rank says that it goes no further, each may end by itself; else MPI ends them. */
static void end_failed(ranks *r)
{
    const double last = now() + 2;
    while (!all_gone(r) && now() < last) {
        read_notes(r);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (!all_gone(r)) MPI_Abort(MPI_COMM_WORLD, 1);
    alarm(5); /* a message that nobody takes any more may hold the end up */
}

static void free_ranks(ranks *r)
{
    free(r->gone);
    free(r->counts);
    free(r->places);
    free(r->processes);
    free(r);
}

static void leave(void *user)
{
    ranks *r = user;
    int over = 0;
    MPI_Finalized(&over);
    over = over || r->died; /* without it MPI does not end either, and the launcher ends all that is left */
    if (!over && r->failed) end_failed(r);
    if (!over && !r->failed) {
        MPI_Comm_free(&r->comm);
        MPI_Comm_free(&r->notes);
    }
    if (!over && r->finalizes) MPI_Finalize();
    alarm(0);
    free_ranks(r);
}

/* Where are the others? Only those are looked at that can be seen now. */
static void find_processes(ranks *r)
{
    process own = {.id = (long)getpid()};
    gethostname(own.host, HOST - 1);
    MPI_Allgather(&own, (int)sizeof own, MPI_BYTE, r->processes, (int)sizeof own, MPI_BYTE, r->comm);
    for (int i = 0; i < r->size; i++) {
        process *p = &r->processes[i];
        if (i == r->rank || strcmp(p->host, own.host) != 0 || condition_of(p->id) == IS_DEAD) p->id = 0;
    }
}

static ranks *make(cn__mpi_fail *fail, bool finalizes)
{
    ranks *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->fail = fail, r->finalizes = finalizes;
    MPI_Comm_dup(MPI_COMM_WORLD, &r->comm);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->notes);
    MPI_Comm_rank(r->comm, &r->rank);
    MPI_Comm_size(r->comm, &r->size);
    r->gone = calloc((size_t)r->size, sizeof *r->gone);
    r->counts = calloc(2 * (size_t)r->size, sizeof *r->counts);
    r->places = calloc(2 * (size_t)r->size, sizeof *r->places);
    r->processes = calloc((size_t)r->size, sizeof *r->processes);
    if (r->gone && r->counts && r->places && r->processes) {
        find_processes(r);
        return r;
    }
    free_ranks(r);
    return NULL;
}

cn__mpi_open cornu_mpi_open_1;
__attribute__((visibility("default"))) cn_status cornu_mpi_open_1(cn_communicator *out, cn__mpi_fail *fail)
{
    int begun = 0, provided = 0;
    MPI_Initialized(&begun);
    if (!begun && MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS)
        return fail(CN_ERROR_STATE, "MPI could not be started");
    if (begun) MPI_Query_thread(&provided);
    ranks *r = make(fail, !begun);
    if (!r) return fail(CN_ERROR_MEMORY, "out of memory");
    r->own = out;
    *out = (cn_communicator){.rank = (size_t)r->rank,
                             .size = (size_t)r->size,
                             .user = r,
                             .broadcast = broadcast,
                             .gather = gather,
                             .exchange = exchange,
                             .send = send_to,
                             .next = next,
                             .take = take,
                             .give_up = report_failure,
                             .free = leave,
                             .any_thread = provided >= MPI_THREAD_SERIALIZED};
    return CN_OK;
}
