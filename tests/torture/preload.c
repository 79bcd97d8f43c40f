/* Loaded into the program under test by LD_PRELOAD. Lets one allocation fail, and hands the driver a descriptor by which the
 * kernel asks it about each system call (seccomp's user notification), so that those of libraries and of the C library's
 * own buffers are seen too. All of it begins when the program's libraries have been loaded. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "torture.h"

static torture_shared *shared;
static uintptr_t own_first, own_last; /* the program's code */

/* ---- allocations ------------------------------------------------------------------------------------------- */

static void *(*real_malloc)(size_t), *(*real_calloc)(size_t, size_t), *(*real_realloc)(void *, size_t);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);
static void (*real_free)(void *);

/* What is allocated while the real functions are looked for. */
static _Alignas(64) char early[1 << 16];
static size_t early_used;

static void *take_early(size_t size)
{
    void *p = early + early_used;
    early_used += (size + 63) & ~(size_t)63;
    if (early_used > sizeof early) _exit(99);
    return p;
}

static int is_early(const void *p)
{
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static void resolve(void)
{
    static int resolving;
    if (real_free || resolving) return;
    resolving = 1;
    real_malloc = dlsym(RTLD_NEXT, "malloc");
    real_calloc = dlsym(RTLD_NEXT, "calloc");
    real_realloc = dlsym(RTLD_NEXT, "realloc");
    real_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    real_aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    real_free = dlsym(RTLD_NEXT, "free");
    resolving = 0;
}

/* Is this the allocation that fails? */
static int fails(const void *caller)
{
    if (!shared) return 0;
    const uintptr_t at = (uintptr_t)caller;
    const int own = at >= own_first && at < own_last;
    const long n = atomic_fetch_add(own ? &shared->own : &shared->library, 1) + 1;
    if (n != (own ? shared->fail_own : shared->fail_library)) return 0;
    void *frames[24];
    backtrace_symbols_fd(frames, backtrace(frames, 24),
                         STDERR_FILENO); /* the driver names who asked for it */
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    resolve();
    if (!real_malloc) return take_early(size);
    return fails(__builtin_return_address(0)) ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    resolve();
    if (!real_calloc) return take_early(count * size);
    return fails(__builtin_return_address(0)) ? NULL : real_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    resolve();
    if (!real_realloc || is_early(old)) {
        void *p = real_malloc ? real_malloc(size) : take_early(size);
        if (p && old) memcpy(p, old, size);
        return p;
    }
    return fails(__builtin_return_address(0)) ? NULL : real_realloc(old, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    resolve();
    return fails(__builtin_return_address(0)) ? ENOMEM : real_posix_memalign(out, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    resolve();
    return fails(__builtin_return_address(0)) ? NULL : real_aligned_alloc(alignment, size);
}

void free(void *p)
{
    if (!p || is_early(p)) return;
    resolve();
    if (real_free) real_free(p);
}

/* ---- system calls ------------------------------------------------------------------------------------------- */

static const unsigned watched[] = {
    SYS_openat,    SYS_read, SYS_pread64, SYS_write,   SYS_pwrite64,  SYS_fsync,  SYS_fdatasync,
    SYS_renameat,  SYS_mmap, SYS_clone,   SYS_mkdirat, SYS_ftruncate, SYS_writev,
#ifdef SYS_open
    SYS_open,
#endif
#ifdef SYS_rename
    SYS_rename,
#endif
#ifdef SYS_mkdir
    SYS_mkdir,
#endif
#ifdef SYS_renameat2
    SYS_renameat2,
#endif
#ifdef SYS_clone3
    SYS_clone3,
#endif
#ifdef SYS_openat2
    SYS_openat2,
#endif
};
enum { WATCHED = sizeof watched / sizeof *watched };

/* Asks about the watched calls; all others go through. */
static int listen_to_calls(void)
{
    struct sock_filter code[WATCHED + 4];
    size_t n = 0;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < WATCHED; i++)
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, watched[i],
                                                 (unsigned char)(WATCHED - i), 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void send_descriptor(int socket, int fd)
{
    char byte = 0, room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    if (sendmsg(socket, &message, 0) < 0) _exit(98);
}

/* ---- the beginning -------------------------------------------------------------------------------------------- */

/* The first object is the program. */
static int find_own(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size, (void)user;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            own_first = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            own_last = own_first + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

/* Where it broke: the driver names the library. */
static void on_crash(int number)
{
    void *frames[64];
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
    signal(number, SIG_DFL);
    raise(number);
}

__attribute__((constructor)) static void begin(void)
{
    void *place = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, TORTURE_SHARED_FD, 0);
    void *frames[4];
    unsetenv("LD_PRELOAD");
    if (place == MAP_FAILED) return;
    resolve();
    dl_iterate_phdr(find_own, NULL);
    (void)backtrace(frames, 4); /* which loads a library the first time */
    signal(SIGSEGV, on_crash);
    signal(SIGABRT, on_crash);
    signal(SIGBUS, on_crash);
    torture_shared *s = place;
    close(TORTURE_SHARED_FD);
    if (s->watch) {
        int fd = listen_to_calls();
        send_descriptor(TORTURE_SOCKET_FD, fd);
        close(fd);
    }
    close(TORTURE_SOCKET_FD);
    shared = s;
}
