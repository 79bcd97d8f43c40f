/* Calls of the C library that fail when a test says so: they are the program's own, which the libraries linked with it find first. */
#ifndef CN_TESTS_FORMATS_FAILING_CALLS_H
#define CN_TESTS_FORMATS_FAILING_CALLS_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

typedef enum trouble {
    NONE,
    IO_ERROR,     /* EIO, of a call that opens, asks about or reads */
    INTERRUPTION, /* EINTR, of a read */
    LESS,         /* a read of half of what was asked for */
    DISK_FULL     /* ENOSPC, of a call that makes, writes, flushes or renames */
} trouble;

static trouble kind;
static long left = -1;      /* calls before the one with trouble; -1: there is none */
static bool from_then_on;   /* that one and all after it */
static unsigned long calls; /* that this kind of trouble can befall */
static const char *last;    /* the call that it befell */

typedef enum call { ASKS, READS, WRITES } call;

static bool befalls(const char *name, call what)
{
    if (kind == NONE || (kind == DISK_FULL) != (what == WRITES) || (kind != IO_ERROR && what == ASKS))
        return false;
    calls++;
    if (left < 0 || (left > 0 && left--)) return false;
    if (!from_then_on) left = -1;
    last = name;
    errno = kind == IO_ERROR ? EIO : kind == DISK_FULL ? ENOSPC : EINTR;
    return true;
}

/* Of the size of a read: half, at least 1. */
static size_t less(size_t size) { return size > 1 ? size / 2 : size; }

#ifdef __linux__
#define REAL(name, type) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

int own_open(const char *path, int flags, ...) __asm__("open");
int own_openat(int at, const char *path, int flags, ...) __asm__("openat");
int own_fstat(int fd, struct stat *info) __asm__("fstat");
ssize_t own_read(int fd, void *data, size_t size) __asm__("read");
ssize_t own_read_chk(int fd, void *data, size_t size, size_t room) __asm__("__read_chk");
ssize_t own_pread(int fd, void *data, size_t size, off_t at) __asm__("pread");
ssize_t own_pread_chk(int fd, void *data, size_t size, off_t at, size_t room) __asm__("__pread_chk");
size_t own_fread(void *data, size_t size, size_t n, FILE *file) __asm__("fread");
off_t own_lseek(int fd, off_t at, int whence) __asm__("lseek");
ssize_t own_write(int fd, const void *data, size_t size) __asm__("write");
int own_fsync(int fd) __asm__("fsync");
int own_renameat(int from, const char *a, int to, const char *b) __asm__("renameat");

static mode_t mode_of(int flags, va_list more)
{
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(more, int) : 0;
}

int own_open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = mode_of(flags, more);
    va_end(more);
    if (befalls("open", flags & (O_WRONLY | O_RDWR) ? WRITES : ASKS)) return -1;
    return REAL("open", int (*)(const char *, int, ...))(path, flags, mode);
}

int own_openat(int at, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = mode_of(flags, more);
    va_end(more);
    if (befalls("openat", flags & (O_WRONLY | O_RDWR) ? WRITES : ASKS)) return -1;
    return REAL("openat", int (*)(int, const char *, int, ...))(at, path, flags, mode);
}

int own_fstat(int fd, struct stat *info)
{
    return befalls("fstat", ASKS) ? -1 : REAL("fstat", int (*)(int, struct stat *))(fd, info);
}

off_t own_lseek(int fd, off_t at, int whence)
{
    return befalls("lseek", ASKS) ? -1 : REAL("lseek", off_t(*)(int, off_t, int))(fd, at, whence);
}

ssize_t own_read(int fd, void *data, size_t size)
{
    if (befalls("read", READS) && kind != LESS) return -1;
    if (last && kind == LESS) size = less(size), last = NULL;
    return REAL("read", ssize_t(*)(int, void *, size_t))(fd, data, size);
}

ssize_t own_read_chk(int fd, void *data, size_t size, size_t room)
{
    return size > room ? -1 : own_read(fd, data, size);
}

ssize_t own_pread(int fd, void *data, size_t size, off_t at)
{
    if (befalls("pread", READS) && kind != LESS) return -1;
    if (last && kind == LESS) size = less(size), last = NULL;
    return REAL("pread", ssize_t(*)(int, void *, size_t, off_t))(fd, data, size, at);
}

ssize_t own_pread_chk(int fd, void *data, size_t size, off_t at, size_t room)
{
    return size > room ? -1 : own_pread(fd, data, size, at);
}

/* libzip's; the C library itself goes on where it is interrupted or gets less. */
size_t own_fread(void *data, size_t size, size_t n, FILE *stream)
{
    if (kind == IO_ERROR && befalls("fread", ASKS)) return 0;
    return REAL("fread", size_t(*)(void *, size_t, size_t, FILE *))(data, size, n, stream);
}
ssize_t own_write(int fd, const void *data, size_t size)
{
    if (fd > 2 && befalls("write", WRITES)) return -1;
    return REAL("write", ssize_t(*)(int, const void *, size_t))(fd, data, size);
}

int own_fsync(int fd) { return befalls("fsync", WRITES) ? -1 : REAL("fsync", int (*)(int))(fd); }

int own_renameat(int from, const char *a, int to, const char *b)
{
    if (befalls("renameat", WRITES)) return -1;
    return REAL("renameat", int (*)(int, const char *, int, const char *))(from, a, to, b);
}
#endif

#endif
