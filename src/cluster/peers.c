#include "cluster/peers.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/uio.h>
#endif

#include "base/arena.h"
#include "base/status.h"

/* What a rank says of itself: where its token is, by which others see that they read the right memory. */
typedef struct card {
    int64_t process;
    uint64_t token[2], token_at, count;
} card;

struct cn__peers {
    card *cards;         /* (ranks) */
    uint64_t *addresses; /* (ranks, count) */
    uint64_t token[2];
    size_t count;
};

#ifdef __linux__

static bool read_memory(int64_t process, uint64_t from, void *out, size_t bytes)
{
    char *to = out;
    while (bytes) {
        struct iovec here = {.iov_base = to, .iov_len = bytes},
                     there = {.iov_base = (void *)(uintptr_t)from, .iov_len = bytes};
        const ssize_t n = process_vm_readv((pid_t)process, &here, 1, &there, 1, 0);
        if (n <= 0) return false;
        to += n, from += (uint64_t)n, bytes -= (size_t)n;
    }
    return true;
}

/* Where the system lets only a parent read a process, this one says that others may. */
static void allow_reading(void)
{
#ifdef PR_SET_PTRACER
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
}

static bool make_token(uint64_t token[2]) { return getentropy(token, 2 * sizeof *token) == 0; }

#else

static bool read_memory(int64_t process, uint64_t from, void *out, size_t bytes)
{
    (void)process, (void)from, (void)out, (void)bytes;
    return false;
}

static void allow_reading(void) {}

static bool make_token(uint64_t token[2])
{
    (void)token;
    return false;
}

#endif

bool cn__peers_read(const cn__peers *p, size_t rank, size_t index, size_t offset, void *out, size_t bytes)
{
    return read_memory(p->cards[rank].process, p->addresses[rank * p->count + index] + offset, out, bytes);
}

static bool can_read_all(const cn__peers *p, size_t ranks)
{
    for (size_t r = 0; r < ranks; r++) {
        const card *c = &p->cards[r];
        uint64_t token[2];
        if (c->count != p->count || !c->token_at) return false;
        if (!read_memory(c->process, c->token_at, token, sizeof token)) return false;
        if (memcmp(token, c->token, sizeof token) != 0) return false;
    }
    return true;
}

static cn_status gather(const cn_communicator *c, const void *mine, void *all, size_t bytes, size_t *sizes)
{
    for (size_t r = 0; r < c->size; r++) sizes[r] = bytes;
    return c->gather(c->user, mine, all, sizes);
}

static cn_status introduce(const cn_communicator *c, cn__peers *p, const void *const *own, size_t *sizes,
                           uint64_t *mine, bool *all)
{
    card self = {.process = getpid(), .count = p->count};
    if (make_token(p->token)) self.token_at = (uint64_t)(uintptr_t)p->token;
    memcpy(self.token, p->token, sizeof self.token);
    allow_reading();
    CN_TRY(gather(c, &self, p->cards, sizeof self, sizes));
    CN_TRY(cn__ranks_all(c, can_read_all(p, c->size), all));
    for (size_t i = 0; i < p->count; i++) mine[i] = (uint64_t)(uintptr_t)own[i];
    return *all && p->count ? gather(c, mine, p->addresses, p->count * sizeof *mine, sizes) : CN_OK;
}

cn_status cn__peers_new(const cn_communicator *c, const void *const *own, size_t count, cn__peers **out)
{
    bool all = false;
    *out = NULL;
    cn__peers *p = cn__calloc(1, sizeof *p);
    size_t *sizes = cn__calloc(c->size, sizeof *sizes);
    uint64_t *mine = cn__calloc(count + 1, sizeof *mine);
    if (p) {
        p->count = count;
        p->cards = cn__calloc(c->size, sizeof *p->cards);
        p->addresses = cn__calloc(c->size * (count + 1), sizeof *p->addresses);
    }
    cn_status status = p && sizes && mine && p->cards && p->addresses
                           ? introduce(c, p, own, sizes, mine, &all)
                           : CN_ERROR_MEMORY;
    cn__free(sizes);
    cn__free(mine);
    if (status == CN_OK && all) *out = p;
    else cn__peers_free(p);
    return status;
}

void cn__peers_free(cn__peers *p)
{
    if (!p) return;
    cn__free(p->cards);
    cn__free(p->addresses);
    cn__free(p);
}
