/* A confined process, seen from inside: what was granted works, all else is refused by the kernel. Skipped where the system
 * has nothing to confine a process with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/files/confine.h"
#include "base/files/file.h"
#include "base/system/system.h"

static int enter(void **state)
{
    char name[] = "test-confine-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0) return -1;
    *state = strdup(name);
    return mkdir("in", 0777) == 0 && mkdir("out", 0777) == 0 && mkdir("else", 0777) == 0 &&
                   cn__file_write("in/a", "x", 1) == CN_OK && cn__file_write("else/a", "kept", 4) == CN_OK &&
                   symlink("../else/a", "out/link") == 0
               ? 0
               : -1;
}

static int leave(void **state)
{
    char command[80];
    if (chdir("..") != 0) return -1;
    snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
    free(*state);
    return system(command) == 0 ? 0 : -1;
}

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags, 0666);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

static bool is_refused(const char *path, int flags) { return !opens(path, flags) && errno == EACCES; }

/* What a child finds wrong, as its exit code; 0: nothing. */
static int try(void)
{
    const cn__grant grants[] = {
        {"in", CN_RIGHT_READ}, {"out", CN_RIGHT_WRITE}, {".", CN_RIGHT_REMOVE_DIR}, {"none", CN_RIGHT_WRITE}};
    bool confined;
    if (cn__confine(grants, 4, &confined) != CN_OK) return 1;
    if (!confined) return 77;
    if (!opens("in/a", O_RDONLY) || !is_refused("in/a", O_WRONLY) || !is_refused("in/b", O_WRONLY | O_CREAT))
        return 2;
    if (cn__file_write("out/a", "x", 1) != CN_OK || cn__make_dirs("out/b") != CN_OK ||
        rename("out/a", "out/b/a") != 0)
        return 3;
    if (!is_refused("else/a", O_RDONLY) || !is_refused("else/a", O_WRONLY | O_TRUNC) ||
        !is_refused("new", O_WRONLY | O_CREAT))
        return 4;
    if (!is_refused("out/link", O_RDONLY) || !is_refused("out/link", O_WRONLY)) return 5;
    if (unlink("else/a") == 0 || rename("else/a", "out/c") == 0 || link("else/a", "out/c") == 0) return 6;
    if (!is_refused("/etc/passwd", O_RDONLY) || mkdir("else/b", 0777) == 0) return 7;
    if (cn__cpu_count() < 1 || !opens("/dev/urandom", O_RDONLY)) return 8;
    return 0;
}

static void what_was_not_granted_is_refused(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) _exit(try());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(opens("else/a", O_RDONLY)); /* this process is not confined */
}

static void *try_in_thread(void *argument)
{
    *(bool *)argument = is_refused("else/a", O_RDONLY);
    return NULL;
}

static int start_thread(void)
{
    bool confined, refused = false;
    pthread_t thread;
    if (cn__confine(NULL, 0, &confined) != CN_OK) return 1;
    if (!confined) return 77;
    if (pthread_create(&thread, NULL, try_in_thread, &refused) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    return refused ? 0 : 3;
}

static void threads_that_are_started_later_are_confined_too(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) _exit(start_thread());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_not_granted_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(threads_that_are_started_later_are_confined_too, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
