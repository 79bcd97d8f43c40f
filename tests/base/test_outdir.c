/* Files that stay inside a folder: no "..", no absolute name and no link leads out of it, by either way of opening. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/files/outdir.h"

static cn__outdir out;

/* out/ is the folder, secret the file outside of it that nobody may touch; links of every kind lead there. */
static int enter(void **state)
{
    char name[] = "test-outdir-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0) return -1;
    *state = strdup(name);
    bool made = mkdir("out", 0777) == 0 && mkdir("outside", 0777) == 0 &&
                cn__file_write("secret", "kept", 4) == CN_OK &&
                cn__file_write("outside/secret", "kept", 4) == CN_OK;
    made = made && symlink("../secret", "out/link") == 0 && symlink("../outside", "out/folder") == 0 &&
           symlink("nothing", "out/dangling") == 0 && symlink("/etc", "out/absolute") == 0;
    return made && cn__outdir_open(&out, "out") == CN_OK ? 0 : -1;
}

static int leave(void **state)
{
    cn__outdir_close(&out);
    char command[80];
    if (chdir("..") != 0) return -1;
    snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
    free(*state);
    return system(command) == 0 ? 0 : -1;
}

static void assert_content(const char *path, const char *content)
{
    char *data;
    size_t size;
    assert_int_equal(cn__file_read(path, &data, &size, 1000), CN_OK);
    assert_string_equal(data, content);
    cn__free(data);
}

static void assert_message(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("\"%s\" is not in: %s", part, cn_error());
}

static cn_status save_x(void *user, const char *path)
{
    (void)user;
    return cn__file_write(path, "x", 1);
}

static void names_inside_are_written_with_their_folders(void **state)
{
    (void)state;
    FILE *stream;
    assert_int_equal(cn__outdir_write(&out, "a", "one", 3), CN_OK);
    assert_int_equal(cn__outdir_write(&out, "b/c/d", "two", 3), CN_OK);
    assert_int_equal(cn__outdir_save(&out, "b/e/x.npz", save_x, NULL), CN_OK);
    assert_int_equal(cn__outdir_stream(&out, "log/l.csv", 'w', &stream), CN_OK);
    assert_true(fputs("1", stream) >= 0 && fclose(stream) == 0);
    assert_int_equal(cn__outdir_stream(&out, "./log/l.csv", 'a', &stream), CN_OK);
    assert_true(fputs("2", stream) >= 0 && fclose(stream) == 0);
    assert_content("out/a", "one");
    assert_content("out/b/c/d", "two");
    assert_content("out/b/e/x.npz", "x");
    assert_content("out/log/l.csv", "12");
    assert_int_equal(cn__outdir_stream(&out, "log/l.csv", 'x', &stream), CN_ERROR_FILE);
    assert_true(cn__outdir_has(&out, "b/c/d"));
    assert_false(cn__outdir_has(&out, "b/c"));
    cn__outdir_remove(&out, "b/c/d");
    assert_false(cn__file_exists("out/b/c/d"));
}

/* Each is refused by each function, and nothing outside is made, changed or read. */
static const char *const outside[] = {"link",      "folder/secret",  "folder/new", "dangling", "absolute/x",
                                      "../secret", "a/../../secret", "..",         "/tmp/x",   "",
                                      "folder",    "./../secret"};

static void no_name_leads_outside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        FILE *stream;
        char *data;
        size_t size;
        bool wrong = cn__outdir_write(&out, outside[i], "x", 1) == CN_OK ||
                     cn__outdir_save(&out, outside[i], save_x, NULL) == CN_OK ||
                     cn__outdir_read(&out, outside[i], &data, &size, 1000) == CN_OK ||
                     cn__outdir_has(&out, outside[i]);
        for (const char *mode = "wax"; *mode; mode++)
            wrong = wrong || cn__outdir_stream(&out, outside[i], *mode, &stream) == CN_OK;
        if (wrong) fail_msg("'%s' was not refused", outside[i]);
        cn__outdir_remove(&out, outside[i]);
        assert_content("secret", "kept");
        assert_content("outside/secret", "kept");
        assert_false(cn__file_exists("outside/new"));
        assert_false(cn__file_exists("out/nothing"));
    }
    assert_int_equal(cn__outdir_make(&out, "folder/new"), CN_ERROR_FILE);
    assert_message("out/folder/new: folder cannot be made: there is a file or a link on the way");
    assert_false(cn__dir_exists("outside/new"));
    cn__outdir inner;
    assert_int_equal(cn__outdir_open_in(&inner, &out, "folder"), CN_ERROR_FILE);
    cn__outdir_close(&inner);
}

static void both_ways_of_opening_refuse_the_same(void **state)
{
    (void)state;
    assert_int_equal(cn__outdir_write(&out, "b/c/d", "two", 3), CN_OK);
    for (int walk = 0; walk < 2; walk++) {
        for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
            if (cn__open_beneath(out.fd, outside[i], O_RDONLY, 0, walk) >= 0)
                fail_msg("'%s' was opened (walk %d)", outside[i], walk);
        int fd = cn__open_beneath(out.fd, "b/c/d", O_RDONLY, 0, walk);
        assert_true(fd >= 0);
        close(fd);
        fd = cn__open_beneath(out.fd, "b//c", O_RDONLY | O_DIRECTORY, 0, walk);
        assert_true(fd >= 0);
        close(fd);
    }
}

static void a_failed_save_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(mkdir("out/there", 0777), 0);
    assert_int_equal(cn__outdir_save(&out, "there", save_x, NULL), CN_ERROR_FILE);
    assert_int_equal(cn__file_write("out/protected", "kept", 4), CN_OK);
    assert_int_equal(chmod("out/protected", 0444), 0);
    assert_int_equal(cn__outdir_save(&out, "protected", save_x, NULL), CN_ERROR_FILE);
    assert_content("out/protected", "kept");
    assert_int_equal(system("test -z \"$(ls -A out | grep tmp)\""), 0);
}

static void folders_that_a_killed_save_left_are_removed(void **state)
{
    (void)state;
    assert_int_equal(mkdir("out/.cornu-1-3.tmp", 0777), 0);
    assert_int_equal(cn__file_write("out/.cornu-1-3.tmp/a.keras", "x", 1), CN_OK);
    cn__remove_stale("out");
    assert_false(cn__dir_exists("out/.cornu-1-3.tmp"));
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(names_inside_are_written_with_their_folders), in_folder(no_name_leads_outside),
        in_folder(both_ways_of_opening_refuse_the_same),        in_folder(a_failed_save_leaves_nothing),
        in_folder(folders_that_a_killed_save_left_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
