/* Landlock: a ruleset names the rights that are taken, its rules give some of them back beneath a file or a folder. */
#include "base/files/confine.h"

#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"

/* <linux/landlock.h>, which older systems have not or have without the later rights. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { VERSION_FLAG = 1, RULE_PATH_BENEATH = 1 };
enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    MAKE_ALL = 0x1fe0,  /* bits 5 to 12: remove files; make devices, folders, files, sockets, pipes, links */
    REFER = 1 << 13,    /* rename from one folder to another: since version 2 */
    TRUNCATE = 1 << 14, /* version 3 */
    IOCTL_DEV = 1 << 15 /* version 5 */
};
enum { ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV };

typedef struct ruleset_attr {
    uint64_t handled_access_fs;
} ruleset_attr;

typedef struct __attribute__((packed)) path_beneath_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} path_beneath_attr;

/* The rights that the kernel knows; 0: it has no Landlock. */
static uint64_t known_rights(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
    if (version < 1) return 0;
    uint64_t rights = EXECUTE | WRITE_FILE | READ_FILE | READ_DIR | REMOVE_DIR | MAKE_ALL;
    if (version >= 2) rights |= REFER;
    if (version >= 3) rights |= TRUNCATE;
    if (version >= 5) rights |= IOCTL_DEV;
    return rights;
}

typedef struct ruleset {
    int fd;
    uint64_t handled;
    int error;
} ruleset;

static void allow(ruleset *r, const char *path, uint64_t rights)
{
    struct stat info;
    if (r->error || !path || !*path) return;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return; /* not there */
    if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode)) rights &= ON_FILES;
    path_beneath_attr rule = {.allowed_access = rights & r->handled, .parent_fd = fd};
    if (rule.allowed_access && syscall(SYS_landlock_add_rule, r->fd, RULE_PATH_BENEATH, &rule, 0) != 0)
        r->error = errno;
    close(fd);
}

static uint64_t rights_of(cn__right right)
{
    switch (right) {
    case CN_RIGHT_READ: return READ_FILE | READ_DIR;
    case CN_RIGHT_REMOVE_DIR: return REMOVE_DIR;
    case CN_RIGHT_WRITE: break;
    }
    return READ_FILE | READ_DIR | WRITE_FILE | REMOVE_DIR | MAKE_ALL | REFER | TRUNCATE;
}

/* ---- what any program needs ------------------------------------------------------------------------------ */

enum { LIBRARY = READ_FILE | READ_DIR | EXECUTE, DATA = READ_FILE | READ_DIR };

/* The folder of a library that is loaded: others that it needs lie beside it. */
static int allow_library(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    if (!info->dlpi_name || *info->dlpi_name != '/') return 0;
    char *folder = cn__path_parent(info->dlpi_name);
    allow(user, folder, LIBRARY);
    cn__free(folder);
    return 0;
}

static void allow_below_home(ruleset *r)
{
    static const char *const names[] = {".fonts", ".local/share/fonts", ".config/fontconfig",
                                        ".cache/fontconfig"};
    const char *home = getenv("HOME");
    for (size_t i = 0; home && *home && i < sizeof names / sizeof *names; i++) {
        char *path = cn__path_join(home, names[i]);
        allow(r, path, DATA);
        cn__free(path);
    }
}

#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* A sanitizer reads its list of exceptions when the program ends. */
static void allow_suppressions(ruleset *r)
{
    static const char *const variables[] = {"LSAN_OPTIONS", "TSAN_OPTIONS"}, word[] = "suppressions=";
    for (size_t i = 0; SANITIZED && i < sizeof variables / sizeof *variables; i++) {
        const char *options = getenv(variables[i]), *found = options ? strstr(options, word) : NULL;
        char *path = found ? cn__strdup(found + sizeof word - 1) : NULL;
        if (path) path[strcspn(path, ":")] = '\0';
        allow(r, path, DATA);
        cn__free(path);
    }
}

static void allow_system(ruleset *r)
{
    static const char *const libraries[] = {"/usr", "/lib", "/lib64", "/lib32", "/opt", "/nix/store"};
    static const char *const data[] = {"/etc/fonts",
                                       "/etc/ssl",
                                       "/etc/pki",
                                       "/etc/ca-certificates",
                                       "/etc/resolv.conf",
                                       "/etc/hosts",
                                       "/etc/host.conf",
                                       "/etc/nsswitch.conf",
                                       "/etc/gai.conf",
                                       "/etc/localtime",
                                       "/etc/ld.so.cache",
                                       "/etc/services",
                                       "/dev/urandom",
                                       "/dev/random",
                                       "/proc/self",
                                       "/proc/cpuinfo",
                                       "/proc/meminfo",
                                       "/proc/locks",
                                       "/sys/fs/cgroup",
                                       "/sys/devices/system/cpu",
                                       "/var/cache/fontconfig",
                                       "/run/systemd/resolve"};
    static const char *const variables[] = {"FONTCONFIG_PATH", "FONTCONFIG_FILE", "SSL_CERT_FILE",
                                            "SSL_CERT_DIR", "CURL_CA_BUNDLE"};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) allow(r, libraries[i], LIBRARY);
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) allow(r, data[i], DATA);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) allow(r, getenv(variables[i]), DATA);
    allow(r, "/dev/null", READ_FILE | WRITE_FILE);
#ifdef CN_COVERAGE_COUNTS /* this build adds to its counts of branches when the program ends */
    allow(r, CN_COVERAGE_COUNTS, rights_of(CN_RIGHT_WRITE));
#endif
    allow_below_home(r);
    allow_suppressions(r);
    (void)dl_iterate_phdr(allow_library, r);
}

/* ---------------------------------------------------------------------------------------------------------- */

static cn_status fail_confine(int error)
{
    return cn__fail(CN_ERROR_STATE, "the process could not be confined to its folders: %s", strerror(error));
}

cn_status cn__confine(const cn__grant *grants, size_t count, bool *confined)
{
    ruleset r = {.fd = -1, .handled = known_rights()};
    *confined = false;
    if (!r.handled) return CN_OK;
    const ruleset_attr attr = {.handled_access_fs = r.handled};
    r.fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (r.fd < 0) return fail_confine(errno);
    allow_system(&r);
    for (size_t i = 0; i < count; i++) allow(&r, grants[i].path, rights_of(grants[i].right));
    if (!r.error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) r.error = errno;
    if (!r.error && syscall(SYS_landlock_restrict_self, r.fd, 0) != 0) r.error = errno;
    close(r.fd);
    if (r.error) return fail_confine(r.error);
    *confined = true;
    return CN_OK;
}
#else
cn_status cn__confine(const cn__grant *grants, size_t count, bool *confined)
{
    (void)grants, (void)count;
    *confined = false;
    return CN_OK;
}
#endif
