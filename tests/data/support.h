/* What the tests of the data room share: a folder of their own, an environment of their own, files made by hand. */
#ifndef CN_TESTS_DATA_SUPPORT_H
#define CN_TESTS_DATA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "data/data.h"

static char scratch[] = "data-XXXXXX", here[1024];

/* A working directory that holds nothing. */
static inline int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(scratch) && chdir(scratch) == 0 && getcwd(here, sizeof here) ? 0 : -1;
}

/* And a home and an environment that name nothing; offline, and past every proxy. */
static inline int enter_home(void **state)
{
    char home[1100];
    if (enter_folder(state) != 0) return -1;
    snprintf(home, sizeof home, "%s/home", here);
    if (mkdir("home", 0777) != 0 || setenv("HOME", home, 1) != 0) return -1;
    unsetenv("XDG_CACHE_HOME");
    unsetenv("CORNU_DATA");
    unsetenv("CORNU_MIRROR");
    setenv("no_proxy", "*", 1);
    return setenv("CORNU_OFFLINE", "1", 1);
}

static inline int leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("..") == 0 ? system(command) : -1;
}

static inline void says(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

static inline void says_not(const char *part)
{
    if (strstr(cn_error(), part)) fail_msg("'%s' is in: %s", part, cn_error());
}

static inline void succeeds(cn_status status)
{
    if (status != CN_OK) fail_msg("%s", cn_error());
}

/* A machine that has MNIST for all its users always finds it: tests of what is missing are left out there. */
static inline void skip_where_the_system_has_mnist(void)
{
    static const char *const folders[] = {"/usr/share/mnist", "/usr/local/share/cornu/mnist",
                                          "/usr/share/cornu/mnist"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (access(folders[i], F_OK) == 0) {
            print_message("%s is there: skipped\n", folders[i]);
            skip();
        }
}

/* A copy in memory of exactly its size, so that a sanitizer sees a read beyond it. */
static inline unsigned char *exact_copy(const void *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size) memcpy(copy, bytes, size);
    return copy;
}

static inline unsigned char *read_file(const char *path, size_t *size)
{
    char *bytes;
    succeeds(cn__file_read(path, &bytes, size, (size_t)1 << 26));
    unsigned char *copy = exact_copy(bytes, *size);
    cn__free(bytes);
    return copy;
}

static inline void write_file(const char *path, const void *bytes, size_t size)
{
    succeeds(cn__file_write(path, bytes, size));
}

/* The same, in a folder that is made. */
static inline void put(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[2200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    succeeds(cn__make_dirs(folder));
    write_file(path, bytes, size);
}

#endif
