#include "cluster/shared.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/text/format.h"

/* The memory begins with a token, which says that it is the right one, and a counter of meetings for each rank, in a line of the
 * cache of its own. */
enum { LINE = 64, PAGE = 4096 };

typedef struct counter {
    _Atomic uint64_t meetings;
    char rest[LINE - sizeof(uint64_t)];
} counter;

struct cn__shared {
    const cn_communicator *ranks;
    char *memory;
    size_t bytes, head, part; /* of all; before the first part; of a part */
    uint64_t meetings;
};

/* What rank 0 says of its memory. fd -1: it has none. */
typedef struct invitation {
    int64_t process, fd;
    uint64_t token[2];
} invitation;

static size_t round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

static counter *counters(const cn__shared *s) { return (counter *)(void *)(s->memory + LINE); }

real *cn__shared_of(const cn__shared *s, size_t rank)
{
    return (real *)(void *)(s->memory + s->head + rank * s->part);
}

bool cn__shared_has(const cn__shared *s, const real *values)
{
    const char *at = (const char *)values, *own = (const char *)cn__shared_of(s, s->ranks->rank);
    return at >= own && at < own + s->part;
}

/* ---- making --------------------------------------------------------------------------------------------------- */

#ifdef __linux__

static bool map(cn__shared *s, int fd)
{
    void *memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return false;
    s->memory = memory;
    return true;
}

/* fallocate: too little memory is noticed here, and not where it is written. */
static int create(cn__shared *s, invitation *i)
{
    const char *wanted = getenv("CORNU_SHARED_MEMORY");
    if (wanted && strcmp(wanted, "0") == 0) return -1;
    const int fd = memfd_create("cornu", MFD_CLOEXEC);
    if (fd < 0) return -1;
    i->process = getpid(), i->fd = fd;
    if (getentropy(i->token, sizeof i->token) == 0 && posix_fallocate(fd, 0, (off_t)s->bytes) == 0 &&
        map(s, fd)) {
        memcpy(s->memory, i->token, sizeof i->token);
        return fd;
    }
    close(fd);
    i->fd = -1;
    return -1;
}

/* On another machine there may be such a process too, whose memory has another token or size. */
static bool open_memory(cn__shared *s, const invitation *i)
{
    char path[80];
    struct stat found;
    if (i->fd < 0) return false;
    cn__format(path, sizeof path, "/proc/%lld/fd/%lld", (long long)i->process, (long long)i->fd);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    const bool mapped =
        fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && (size_t)found.st_size == s->bytes && map(s, fd);
    close(fd);
    return mapped && memcmp(s->memory, i->token, sizeof i->token) == 0;
}

#else

static int create(cn__shared *s, invitation *i)
{
    (void)s, (void)i;
    return -1;
}

static bool open_memory(cn__shared *s, const invitation *i)
{
    (void)s, (void)i;
    return false;
}

#endif

cn_status cn__ranks_all(const cn_communicator *c, bool has, bool *all)
{
    size_t *bytes = cn__calloc(c->size, sizeof *bytes);
    char *answers = cn__calloc(c->size, 1), mine = has ? 1 : 0;
    cn_status status = bytes && answers ? CN_OK : CN_ERROR_MEMORY;
    for (size_t r = 0; status == CN_OK && r < c->size; r++) bytes[r] = 1;
    if (status == CN_OK) status = c->gather(c->user, &mine, answers, bytes);
    *all = status == CN_OK;
    for (size_t r = 0; *all && r < c->size; r++) *all = answers[r] != 0;
    cn__free(bytes);
    cn__free(answers);
    return status;
}

cn_status cn__shared_new(const cn_communicator *c, size_t count, cn__shared **out)
{
    invitation i = {.fd = -1};
    bool all = false;
    int fd = -1;
    *out = NULL;
    cn__shared *s = cn__calloc(1, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    s->ranks = c;
    s->head = round_up(LINE + c->size * sizeof(counter), PAGE);
    s->part = round_up(count * sizeof(real), PAGE);
    s->bytes = s->head + c->size * s->part;
    if (c->rank == 0) fd = create(s, &i);
    cn_status status = c->broadcast(c->user, 0, &i, sizeof i);
    if (status == CN_OK)
        status = cn__ranks_all(c, c->rank == 0 ? s->memory != NULL : open_memory(s, &i), &all);
    if (fd >= 0) close(fd);
    if (status == CN_OK && all) *out = s;
    else cn__shared_free(s);
    return status;
}

void cn__shared_free(cn__shared *s)
{
    if (!s) return;
    if (s->memory) munmap(s->memory, s->bytes);
    cn__free(s);
}

/* ---- meeting ------------------------------------------------------------------------------------------------------- */

/* After a while each turn gives the processor up, and later sleeps. */
static void pause_turn(unsigned turn)
{
    enum { SPIN = 100, YIELD = 400 };
    if (turn < SPIN) return;
    if (turn < YIELD) sched_yield();
    else nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

cn_status cn__shared_meet(cn__shared *s)
{
    const cn_communicator *c = s->ranks;
    counter *all = counters(s);
    const uint64_t meeting = ++s->meetings;
    atomic_store_explicit(&all[c->rank].meetings, meeting, memory_order_release);
    for (size_t r = 0; r < c->size; r++)
        for (unsigned turn = 1; atomic_load_explicit(&all[r].meetings, memory_order_acquire) < meeting;
             turn++) {
            size_t from, bytes;
            pause_turn(turn);
            if (turn % 512 == 0)
                CN_TRY(c->next(c->user, 0, &from, &bytes)); /* fails where a rank has given up */
        }
    return CN_OK;
}
