/* Makes call number FAIL_AT of a kind fail: FAIL_KIND is malloc, read or thread. The number of calls is written to FAIL_COUNT
 * at the end. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static atomic_long calls;
static long fail_at;
static int kind; /* 'm', 'r', 't'; 0: not yet, or no longer */
static char count_path[256];

static int fails(int what)
{
    if (what != kind) return 0;
    return atomic_fetch_add(&calls, 1) + 1 == fail_at;
}

__attribute__((constructor)) static void begin(void)
{
    const char *what = getenv("FAIL_KIND"), *at = getenv("FAIL_AT"), *path = getenv("FAIL_COUNT");
    fail_at = at ? atol(at) : 0;
    if (path) snprintf(count_path, sizeof count_path, "%s", path);
    unsetenv("LD_PRELOAD");
    kind = what ? *what : 0;
}

__attribute__((destructor)) static void end(void)
{
    kind = 0;
    if (!*count_path) return;
    FILE *file = fopen(count_path, "w");
    if (file) fprintf(file, "%ld\n", (long)calls), fclose(file);
}

/* What runs once the program has ended is no longer its own: a coverage build's counters are written then, by code of gcc that breaks
 * down without memory. Handlers run last first, so this one, set before main, runs behind the program's and before the destructors. */
static int (*real_main)(int, char **, char **);
static void stop(void) { kind = 0; }
static int counted_main(int argc, char **argv, char **environment)
{
    atexit(stop);
    return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*next)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                void *) = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return next(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t size)
{
    if (!fails('m')) return __libc_malloc(size);
    errno = ENOMEM;
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    if (!fails('m')) return __libc_calloc(count, size);
    errno = ENOMEM;
    return NULL;
}

void *realloc(void *memory, size_t size)
{
    if (!fails('m')) return __libc_realloc(memory, size);
    errno = ENOMEM;
    return NULL;
}

static ssize_t real_pread(int file, void *bytes, size_t size, off64_t at)
{
    static ssize_t (*next)(int, void *, size_t, off64_t);
    if (!next) next = (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
    return next(file, bytes, size, at);
}

ssize_t pread(int file, void *bytes, size_t size, off_t at)
{
    if (!fails('r')) return real_pread(file, bytes, size, at);
    errno = EIO;
    return -1;
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t at)
{
    if (!fails('r')) return real_pread(file, bytes, size, at);
    errno = EIO;
    return -1;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!next) next = dlsym(RTLD_NEXT, "pthread_create");
    return fails('t') ? EAGAIN : next(thread, attributes, start, argument);
}
