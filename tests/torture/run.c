/* One run of the program with one fault: allocations fail in the library that is loaded into it, system calls by the kernel, which
 * asks this process about each of them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

static bool opens_to_write(unsigned long long flags) { return (flags & O_ACCMODE) != O_RDONLY; }

/* Does the call belong to the fault? What is printed does not. */
static bool is_hit(fault_kind kind, const struct seccomp_data *d)
{
    switch (d->nr) {
    case SYS_openat: return kind == (opens_to_write(d->args[2]) ? OPEN_WRITE : OPEN_READ);
#ifdef SYS_openat2
    case SYS_openat2: return kind == OPEN_READ;
#endif
#ifdef SYS_open
    case SYS_open: return kind == (opens_to_write(d->args[1]) ? OPEN_WRITE : OPEN_READ);
#endif
    case SYS_read:
    case SYS_pread64: return kind == READ && d->args[0] > 2;
    case SYS_write:
    case SYS_writev:
    case SYS_ftruncate:
    case SYS_pwrite64: return (kind == WRITE || kind == KILL) && d->args[0] > 2;
    case SYS_fsync:
    case SYS_fdatasync: return kind == SYNC || kind == KILL;
#ifdef SYS_rename
    case SYS_rename:
#endif
#ifdef SYS_renameat2
    case SYS_renameat2:
#endif
    case SYS_renameat: return kind == RENAME || kind == KILL;
    case SYS_mmap: return kind == MMAP;
#ifdef SYS_clone3
    case SYS_clone3:
#endif
    case SYS_clone: return kind == THREAD;
#ifdef SYS_mkdir
    case SYS_mkdir:
#endif
    case SYS_mkdirat: return kind == MKDIR;
    default: return false;
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Words between spaces, those in '…' whole. */
static void split(char *text, char *argv[MOST_ARGUMENTS])
{
    int n = 1;
    for (char *p = text; *p && n < MOST_ARGUMENTS - 1;) {
        while (*p == ' ') p++;
        if (!*p) break;
        char end = *p == '\'' ? *p++ : ' ';
        argv[n++] = p;
        while (*p && *p != end) p++;
        if (*p) *p++ = '\0';
    }
    argv[n] = NULL;
}

/* What the program says goes through a pipe, whose size no limit of files holds for. */
enum { SAID_AT_MOST = 1 << 20, STOP_LIMIT = TIME_LIMIT / 2 };

static void become_program(const command *c, const char *folder, bool loads)
{
    char text[2000], *argv[MOST_ARGUMENTS] = {(char *)program};
    if (loads) setenv("LD_PRELOAD", preload, 1);
    setenv("HOME", folder, 1);
    setenv("XDG_CACHE_HOME", folder, 1);
    setenv("CORNU_OFFLINE", "1", 1);
    setenv("SOURCE_DATE_EPOCH", "1", 1);
    snprintf(text, sizeof text, "%s", c->arguments);
    split(text, argv);
    execv(program, argv);
    _exit(96);
}

static void limit_files(size_t size)
{
    const struct rlimit limit = {size, size};
    signal(SIGXFSZ, SIG_IGN); /* as a full disk, it is an error and no end */
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(95);
}

static void run_program(const command *c, const char *folder, const fault *f, size_t at, const int *ends)
{
    if (chdir(folder) != 0) _exit(97);
    (void)setpgid(0, 0);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0), dup2(c->stops ? ends[2] : null, 1), dup2(ends[2], 2);
    dup2(ends[0], TORTURE_SHARED_FD), dup2(ends[1], TORTURE_SOCKET_FD);
    for (int fd = 3; fd < TORTURE_SHARED_FD; fd++) close(fd);
    if (f->kind == DISK && at) limit_files((at - 1) * DISK_STEP);
    become_program(c, folder, true);
}

static int receive_descriptor(int socket)
{
    char byte, room[CMSG_SPACE(sizeof(int))];
    int fd = -1;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct pollfd wanted = {socket, POLLIN, 0};
    if (poll(&wanted, 1, TIME_LIMIT) < 1 || recvmsg(socket, &message, 0) < 1) return -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

/* The name that a call which opens a file has in the program's memory. */
static void read_name(const struct seccomp_notif *ask, char *out, size_t size)
{
    bool whole = false;
    const size_t argument = ask->data.nr == SYS_openat ? 1 : 0;
    for (size_t n = 0; n + 1 < size && !whole; n++) { /* byte by byte: what lies behind it may not be there */
        const struct iovec to = {out + n, 1}, from = {(void *)(uintptr_t)(ask->data.args[argument] + n), 1};
        if (process_vm_readv((pid_t)ask->pid, &to, 1, &from, 1, 0) != 1) out[n] = '\0';
        whole = !out[n];
        out[n + 1] = '\0';
    }
}

/* Answers one question of the kernel. */
static void answer(int listener, const fault *f, size_t at, pid_t child, result *r)
{
    struct seccomp_notif ask;
    struct seccomp_notif_resp reply;
    memset(&ask, 0, sizeof ask);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) != 0) return;
    memset(&reply, 0, sizeof reply);
    reply.id = ask.id;
    reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    bool strikes = false;
    for (fault_kind kind = OPEN_READ; kind < DISK; kind++)
        strikes |= is_hit(kind, &ask.data) && ++r->hits[kind] == at && kind == f->kind;
    if (strikes) {
        if (f->kind == KILL) {
            kill(-child, SIGKILL);
            return;
        }
        if (f->kind == OPEN_READ) read_name(&ask, r->struck, sizeof r->struck);
        reply.flags = 0;
        reply.error = -f->error;
    }
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

typedef struct waiting {
    pid_t child;
    int listener, handle, said; /* -1: none */
    const fault *fault;
    size_t at;
    const char *stops; /* told to end when it has said this; NULL: not */
    double end, stop;  /* when it has taken too long; when it is told to end at the latest */
    size_t read;       /* of what it says */
    struct rusage usage;
} waiting;

static void read_said(waiting *w, result *r)
{
    char rest[512];
    for (;;) {
        const size_t left = sizeof r->said - 1 - w->read;
        const ssize_t n = left ? read(w->said, r->said + w->read, left) : read(w->said, rest, sizeof rest);
        if (n <= 0) break;
        if (left) w->read += (size_t)n;
    }
    r->said[w->read] = '\0';
}

/* Waits for the end, answering; false when it took too long. */
static bool attend(waiting *w, int *status, result *r)
{
    for (;;) {
        struct pollfd wanted[2] = {{w->handle, POLLIN, 0}, {w->listener, POLLIN, 0}};
        (void)poll(wanted, w->listener >= 0 ? 2 : 1, w->stops ? 20 : 1000);
        if (w->listener >= 0 && (wanted[1].revents & POLLIN))
            answer(w->listener, w->fault, w->at, w->child, r);
        read_said(w, r);
        if (wait4(w->child, status, WNOHANG, &w->usage) == w->child) break;
        if (w->stops && (strstr(r->said, w->stops) || now() > w->stop))
            kill(w->child, SIGTERM), w->stops = NULL;
        if (now() > w->end) {
            kill(-w->child, SIGKILL);
            wait4(w->child, status, 0, &w->usage);
            return false;
        }
    }
    kill(-w->child, SIGKILL); /* what it left running */
    read_said(w, r);
    return true;
}

static torture_shared *make_shared(int *fd)
{
    torture_shared *s = NULL;
    *fd = (int)syscall(SYS_memfd_create, "torture", 0u);
    if (*fd >= 0 && ftruncate(*fd, sizeof *s) == 0)
        s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (s && s != MAP_FAILED) return s;
    perror("torture");
    exit(2);
}

static void make_pipes(int pair[2], int said[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(said) != 0) {
        perror("torture");
        exit(2);
    }
    (void)fcntl(said[1], F_SETPIPE_SZ, SAID_AT_MOST);
    (void)fcntl(said[0], F_SETFL, O_NONBLOCK);
}

static bool is_call(fault_kind kind) { return (kind > LIBRARY && kind < DISK) || kind == COUNT; }

result run(const command *c, const char *folder, const fault *f, size_t at)
{
    result r = {0};
    int pair[2], said[2], shared, status = 0;
    torture_shared *s = make_shared(&shared);
    make_pipes(pair, said);
    s->watch = is_call(f->kind);
    s->fail_own = f->kind == OWN ? (long)at : 0;
    s->fail_library = f->kind == LIBRARY ? (long)at : 0;
    const pid_t child = fork();
    if (child == 0) run_program(c, folder, f, at, (const int[]){shared, pair[1], said[1]});
    close(pair[1]), close(said[1]);
    waiting w = {
        .child = child, .listener = -1, .said = said[0], .fault = f, .at = at, .end = now() + TIME_LIMIT};
    if (s->watch) w.listener = receive_descriptor(pair[0]);
    w.stops = c->stops, w.stop = now() + STOP_LIMIT;
    w.handle = (int)syscall(SYS_pidfd_open, child, 0);
    const bool ended = attend(&w, &status, &r);
    r.code = !ended ? -1000 : WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    r.memory = w.usage.ru_maxrss * 1024;
    r.hits[OWN] = (size_t)atomic_load(&s->own);
    r.hits[LIBRARY] = (size_t)atomic_load(&s->library);
    munmap(s, sizeof *s);
    close(shared), close(pair[0]), close(said[0]), close(w.handle);
    if (w.listener >= 0) close(w.listener);
    return r;
}

/* ---- at once ---------------------------------------------------------------------------------------------------------- */

static pid_t start(const command *c, const char *folder, int said)
{
    const pid_t child = fork();
    if (child != 0) return child;
    int null = open("/dev/null", O_RDWR);
    if (chdir(folder) != 0) _exit(97);
    (void)setpgid(0, 0);
    dup2(null, 0), dup2(c->stops ? said : null, 1), dup2(said, 2);
    for (int fd = 3; fd < TORTURE_SHARED_FD; fd++) close(fd);
    become_program(c, folder, false);
    _exit(96);
}

void run_together(const command *c, const char *folder, size_t count, result *out)
{
    static const fault none = {"none", NOTHING, 0};
    waiting all[count];
    for (size_t i = 0; i < count; i++) {
        int pair[2], said[2];
        make_pipes(pair, said);
        const pid_t child = start(c, folder, said[1]);
        all[i] = (waiting){.child = child, .listener = -1, .said = said[0], .fault = &none};
        close(pair[0]), close(pair[1]), close(said[1]);
    }
    for (size_t i = 0; i < count; i++) {
        int status = 0;
        out[i] = (result){0};
        all[i].handle = (int)syscall(SYS_pidfd_open, all[i].child, 0);
        all[i].end = now() + TIME_LIMIT * (double)count;
        all[i].stops = c->stops, all[i].stop = now() + STOP_LIMIT * (double)count;
        const bool ended = attend(&all[i], &status, &out[i]);
        out[i].code = !ended ? -1000 : WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
        close(all[i].said), close(all[i].handle);
    }
}
