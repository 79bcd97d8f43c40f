/* The child's answer goes through a pipe: a head, the message of a failure, the bytes. */
#include "base/system/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static atomic_bool is_allowed;

static atomic_int holders;
static atomic_int most_seconds = 1800;

void cn__child_allow(bool allowed) { atomic_store(&is_allowed, allowed); }
void cn__child_limit(int seconds) { atomic_store(&most_seconds, seconds); }
void cn__child_hold(void) { atomic_fetch_add(&holders, 1); }
void cn__child_release(void) { atomic_fetch_sub(&holders, 1); }

typedef struct answer {
    cn_status status;
    size_t message, bytes; /* how long they are */
} answer;

static bool write_all(int fd, const void *data, size_t size)
{
    for (const char *p = data; size;) {
        const ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n, size -= (size_t)n;
    }
    return true;
}

/* Is there something to read, or the end, before the time is up? What interrupts the wait begins it anew. */
static bool wait_for(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int ready;
    while ((ready = poll(&one, 1, 1000 * atomic_load(&most_seconds))) < 0 && errno == EINTR) {}
    return ready != 0;
}

static bool read_all(int fd, void *data, size_t size, bool *late)
{
    for (char *p = data; size;) {
        *late = !wait_for(fd);
        if (*late) return false;
        const ssize_t n = read(fd, p, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n, size -= (size_t)n;
    }
    return true;
}

/* ---- in the child ------------------------------------------------------------------------------------------------- */

static void end_with_parent(pid_t parent)
{
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
#else
    (void)parent;
#endif
}

_Noreturn static void be_child(int fd, cn_status (*work)(void *user, cn__text *out), void *user)
{
    cn__text bytes = {0};
    cn_status status = work(user, &bytes);
    if (status == CN_OK && bytes.failed) status = cn__fail_memory(bytes.size, "a result");
    const char *message = status == CN_OK ? "" : cn_error();
    const answer head = {status, strlen(message), status == CN_OK ? bytes.size : 0};
    const bool sent = write_all(fd, &head, sizeof head) && write_all(fd, message, head.message) &&
                      write_all(fd, bytes.data, head.bytes);
    _exit(sent ? 0 : 1); /* streams of this process hold what is the parent's to write */
}

/* ---- in the parent ------------------------------------------------------------------------------------------------- */

enum { MESSAGE = 2048 };

/* False: the child ended before it had sent everything. */
static bool receive(int fd, cn__text *out, cn_status *status, bool *late)
{
    answer head;
    char message[MESSAGE];
    if (!read_all(fd, &head, sizeof head, late) || head.message >= MESSAGE ||
        !read_all(fd, message, head.message, late))
        return false;
    message[head.message] = '\0';
    *status = head.status;
    if (head.status != CN_OK) {
        (void)cn__fail(head.status, "%s", message);
        return true;
    }
    if (!head.bytes) return true;
    char *place = cn__text_reserve(out, head.bytes);
    if (!place) {
        *status = cn__fail_memory(head.bytes, "a result");
        return true;
    }
    if (!read_all(fd, place, head.bytes, late)) return false;
    out->size += head.bytes;
    place[head.bytes] = '\0';
    return true;
}

static cn_status fail_broken(const char *what, int code)
{
    if (!WIFSIGNALED(code))
        return cn__fail(CN_ERROR_STATE, "%s: the process that was to make it ended early", what);
    return cn__fail(CN_ERROR_MEMORY, "%s: the process that was to make it was ended by signal %d%s", what,
                    WTERMSIG(code),
                    WTERMSIG(code) == SIGKILL ? ", perhaps by the system for want of memory"
                                              : "; a library it uses does so when memory or threads run out");
}

/* False: there is none. */
static bool start(int ends[2], pid_t *child)
{
    if (!atomic_load(&is_allowed) || atomic_load(&holders) || pipe(ends) != 0) return false;
    fflush(NULL); /* what is waiting to be written is written once */
    *child = fork();
    if (*child >= 0) return true;
    close(ends[0]), close(ends[1]);
    return false;
}

cn_status cn__child_run(const char *what, cn_status (*work)(void *user, cn__text *out), void *user,
                        cn__text *out, bool *broken)
{
    const pid_t parent = getpid();
    int ends[2], code = 0;
    pid_t child;
    bool ignored;
    if (!broken) broken = &ignored;
    *broken = false;
    if (!start(ends, &child)) return work(user, out);
    if (!child) {
        close(ends[0]);
        end_with_parent(parent);
        be_child(ends[1], work, user);
    }
    close(ends[1]);
    const size_t before = out->size;
    cn_status status = CN_OK;
    bool late = false;
    const bool received = receive(ends[0], out, &status, &late);
    close(ends[0]);
    if (late) kill(child, SIGKILL);
    while (waitpid(child, &code, 0) < 0 && errno == EINTR) {}
    if (received) return status;
    out->size = before;
    *broken = true;
    if (late)
        return cn__fail(CN_ERROR_STATE,
                        "%s: the process that was to make it did not answer within %d seconds and was ended",
                        what, atomic_load(&most_seconds));
    return fail_broken(what, code);
}
