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

#include "base/system/system.h"

static atomic_bool is_allowed;

static atomic_int holders;
static atomic_int most_seconds = 1800;
static atomic_int interruptible; /* how many such children there are */
static atomic_int interruptions; /* how often they were to end; a signal handler adds to it */
enum {
    WAIT =
        100 /* milliseconds: another thread may have handled the signal, so the wait is not always interrupted */
};

void cn__child_allow(bool allowed) { atomic_store(&is_allowed, allowed); }
void cn__child_limit(int seconds) { atomic_store(&most_seconds, seconds); }
void cn__child_hold(void) { atomic_fetch_add(&holders, 1); }
void cn__child_release(void) { atomic_fetch_sub(&holders, 1); }

bool cn__child_interrupt(void)
{
    atomic_fetch_add(&interruptions, 1);
    return atomic_load(&interruptible) > 0;
}

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

typedef struct line {
    int fd;
    bool interruptible;
    int before; /* interruptions when the child was started */
} line;

/* CN_CHILD_ANSWERED: there is something to read, or the end. */
static cn__child_end wait_for(const line *l)
{
    struct pollfd one = {.fd = l->fd, .events = POLLIN};
    const double until = cn__clock() + atomic_load(&most_seconds);
    for (;;) {
        const int ready = poll(&one, 1, WAIT);
        if (l->interruptible && atomic_load(&interruptions) != l->before) return CN_CHILD_INTERRUPTED;
        if (ready > 0) return CN_CHILD_ANSWERED;
        if (ready < 0 && errno != EINTR) return CN_CHILD_BROKEN;
        if (cn__clock() >= until) return CN_CHILD_LATE;
    }
}

static cn__child_end read_all(const line *l, void *data, size_t size)
{
    for (char *p = data; size;) {
        const cn__child_end end = wait_for(l);
        if (end != CN_CHILD_ANSWERED) return end;
        const ssize_t n = read(l->fd, p, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return CN_CHILD_BROKEN;
        p += n, size -= (size_t)n;
    }
    return CN_CHILD_ANSWERED;
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

/* CN_CHILD_BROKEN: the child ended before it had sent everything. */
static cn__child_end receive(const line *l, cn__text *out, cn_status *status)
{
    answer head;
    char message[MESSAGE];
    cn__child_end end = read_all(l, &head, sizeof head);
    if (end == CN_CHILD_ANSWERED && head.message >= MESSAGE) end = CN_CHILD_BROKEN;
    if (end == CN_CHILD_ANSWERED) end = read_all(l, message, head.message);
    if (end != CN_CHILD_ANSWERED) return end;
    message[head.message] = '\0';
    *status = head.status;
    if (head.status != CN_OK) {
        (void)cn__fail(head.status, "%s", message);
        return CN_CHILD_ANSWERED;
    }
    if (!head.bytes) return CN_CHILD_ANSWERED;
    char *place = cn__text_reserve(out, head.bytes);
    if (!place) {
        *status = cn__fail_memory(head.bytes, "a result");
        return CN_CHILD_ANSWERED;
    }
    end = read_all(l, place, head.bytes);
    if (end != CN_CHILD_ANSWERED) return end;
    out->size += head.bytes;
    place[head.bytes] = '\0';
    return CN_CHILD_ANSWERED;
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

static cn_status fail_late(const char *what)
{
    return cn__fail(CN_ERROR_STATE,
                    "%s: the process that was to make it did not answer within %d seconds and was ended",
                    what, atomic_load(&most_seconds));
}

/* What the child sends; what it sent of an answer that did not come whole is dropped. */
static cn_status listen_to(const char *what, pid_t child, const line *l, cn__text *out, cn__child_end *end)
{
    const size_t before = out->size;
    cn_status status = CN_OK;
    int code = 0;
    *end = receive(l, out, &status);
    close(l->fd);
    if (*end == CN_CHILD_LATE || *end == CN_CHILD_INTERRUPTED) kill(child, SIGKILL);
    while (waitpid(child, &code, 0) < 0 && errno == EINTR) {}
    if (*end == CN_CHILD_ANSWERED) return status;
    out->size = before;
    if (*end == CN_CHILD_INTERRUPTED)
        return cn__fail(CN_ERROR_STATE, "interrupted before finishing %s", what);
    return *end == CN_CHILD_LATE ? fail_late(what) : fail_broken(what, code);
}

typedef struct job {
    const char *what;
    cn_status (*work)(void *user, cn__text *out);
    void *user;
} job;

static cn_status run(const job *j, bool may_interrupt, cn__text *out, cn__child_end *end)
{
    const pid_t parent = getpid();
    line l = {.interruptible = may_interrupt, .before = atomic_load(&interruptions)};
    int ends[2];
    pid_t child;
    *end = CN_CHILD_ANSWERED;
    if (!start(ends, &child)) return j->work(j->user, out);
    if (!child) {
        close(ends[0]);
        end_with_parent(parent);
        be_child(ends[1], j->work, j->user);
    }
    close(ends[1]);
    l.fd = ends[0];
    if (may_interrupt) atomic_fetch_add(&interruptible, 1);
    const cn_status status = listen_to(j->what, child, &l, out, end);
    if (may_interrupt) atomic_fetch_sub(&interruptible, 1);
    return status;
}

cn_status cn__child_run(const char *what, cn_status (*work)(void *user, cn__text *out), void *user,
                        cn__text *out, bool *broken)
{
    cn__child_end end;
    const cn_status status = run(&(job){what, work, user}, false, out, &end);
    if (broken) *broken = end != CN_CHILD_ANSWERED;
    return status;
}

cn_status cn__child_run_interruptible(const char *what, cn_status (*work)(void *user, cn__text *out),
                                      void *user, cn__text *out, cn__child_end *end)
{
    return run(&(job){what, work, user}, true, out, end);
}
