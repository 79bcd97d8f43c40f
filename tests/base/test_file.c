/* Files: whole or not there, and errors that name the file and the reason. Each test works in a
 * folder of its own that is removed after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files/file.h"

enum { LIMIT = 1 << 20 };

static void assert_message(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("\"%s\" is not in: %s", part, cn_error());
}

static int enter_folder(void **state)
{
    char name[] = "test-file-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0) return -1;
    *state = strdup(name);
    return *state ? 0 : -1;
}

/* Removes everything two levels deep. */
static void remove_all(const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char *path = cn__path_join(folder, entry->d_name);
        if (remove(path) != 0 && depth > 0) {
            remove_all(path, depth - 1);
            rmdir(path);
        }
        cn__free(path);
    }
    if (dir) closedir(dir);
}

static int leave_folder(void **state)
{
    if (chdir("..") != 0) return -1;
    remove_all(*state, 4);
    int result = rmdir(*state);
    free(*state);
    return result;
}

static int count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    while (dir && readdir(dir)) count++;
    if (dir) closedir(dir);
    return count - 2;
}

static void assert_content(const char *path, const char *content)
{
    char *data;
    size_t size;
    assert_int_equal(cn__file_read(path, &data, &size, LIMIT), CN_OK);
    assert_int_equal(size, strlen(content));
    assert_string_equal(data, content);
    cn__free(data);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char *data;
    size_t size;
    assert_int_equal(cn__file_write("a", "one\0two", 7), CN_OK);
    assert_int_equal(cn__file_read("a", &data, &size, LIMIT), CN_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(data, "one\0two", 8); /* and the '\0' behind */
    cn__free(data);
    assert_int_equal(cn__file_write("a", "", 0), CN_OK);
    assert_content("a", "");
    assert_int_equal(count_entries("."), 1);
}

static void a_large_file_comes_back_whole(void **state)
{
    (void)state;
    size_t size = 300001, got;
    char *data = cn__malloc(size), *back;
    for (size_t i = 0; i < size; i++) data[i] = (char)(i * 31 >> 3);
    assert_int_equal(cn__file_write("a", data, size), CN_OK);
    assert_int_equal(cn__file_read("a", &back, &got, size), CN_OK); /* the limit itself is allowed */
    assert_int_equal(got, size);
    assert_memory_equal(back, data, size);
    cn__free(back);
    cn__free(data);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    char *data;
    size_t size;
    assert_int_equal(cn__file_read("nowhere.npz", &data, &size, LIMIT), CN_ERROR_FILE);
    assert_message("nowhere.npz");
    assert_message(strerror(ENOENT));
    assert_null(data);
    assert_int_equal(cn__file_read(".", &data, &size, LIMIT), CN_ERROR_FILE);
    assert_message(strerror(EISDIR));
}

static void a_file_over_the_limit_is_refused_by_name(void **state)
{
    (void)state;
    char *data;
    size_t size;
    assert_int_equal(cn__file_write("big.json", "12345678", 8), CN_OK);
    assert_int_equal(cn__file_read("big.json", &data, &size, 7), CN_ERROR_FILE);
    assert_message("big.json");
    assert_message("7 bytes");
    assert_null(data);
    assert_int_equal(cn__file_read("/dev/zero", &data, &size, 100000), CN_ERROR_FILE); /* it has no end */
    assert_message("/dev/zero");
    assert_null(data);
}

static void the_old_file_stays_until_the_new_one_is_whole(void **state)
{
    (void)state;
    cn__outfile out;
    assert_int_equal(cn__file_write("a", "old", 3), CN_OK);
    assert_int_equal(cn__outfile_open(&out, "a"), CN_OK);
    assert_true(fputs("new and longer", out.stream) >= 0);
    assert_int_equal(fflush(out.stream), 0);
    assert_content("a", "old");
    assert_int_equal(cn__outfile_commit(&out), CN_OK);
    assert_content("a", "new and longer");
    assert_int_equal(count_entries("."), 1);
    assert_null(out.stream);
    assert_null(out.path);
}

static void an_aborted_file_leaves_nothing(void **state)
{
    (void)state;
    cn__outfile out;
    assert_int_equal(cn__outfile_open(&out, "a"), CN_OK);
    assert_true(fputs("half", out.stream) >= 0);
    cn__outfile_abort(&out);
    cn__outfile_abort(&out);
    assert_int_equal(count_entries("."), 0);
}

static void what_a_killed_writer_left_is_removed(void **state)
{
    (void)state;
    cn__outfile out;
    pid_t child = fork();
    if (child == 0) _exit(cn__outfile_open(&out, "killed") == CN_OK ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(cn__outfile_open(&out, "alive"), CN_OK);
    assert_int_equal(count_entries("."), 2);
    cn__remove_stale(".");
    assert_int_equal(count_entries("."), 1);
    assert_int_equal(cn__outfile_commit(&out), CN_OK); /* its writer lives */
    assert_content("alive", "");
    cn__remove_stale("no-such-folder");
}

/* In another PID namespace the writer's number may be that of nobody here. */
static void a_temporary_file_is_known_by_its_lock_not_by_its_number(void **state)
{
    (void)state;
    assert_int_equal(cn__file_write(".cornu-1-0.tmp", "left", 4), CN_OK); /* process 1 lives always */
    int held = open(".cornu-4000000-7.tmp", O_CREAT | O_WRONLY, 0666);
    assert_true(held >= 0);
    assert_int_equal(flock(held, LOCK_EX), 0);
    cn__remove_stale(".");
    assert_false(cn__file_exists(".cornu-1-0.tmp"));
    assert_true(cn__file_exists(".cornu-4000000-7.tmp"));
    close(held);
    cn__remove_stale(".");
    assert_int_equal(count_entries("."), 0);
}

static void a_read_only_file_is_not_replaced(void **state)
{
    (void)state;
    assert_int_equal(cn__file_write("a", "kept", 4), CN_OK);
    assert_int_equal(chmod("a", 0444), 0);
    assert_int_equal(cn__file_write("a", "new", 3), CN_ERROR_FILE);
    assert_message("a: cannot be written: the file there is read-only (mode 444)");
    assert_content("a", "kept");
    assert_int_equal(count_entries("."), 1);
}

static void a_link_to_nothing_is_not_replaced(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(symlink("nowhere/a", "link"), 0);
    assert_int_equal(cn__file_write("link", "x", 1), CN_ERROR_FILE);
    assert_message("link: cannot be written: this is a dangling link");
    assert_int_equal(lstat("link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

static void a_pipe_is_read_to_its_end(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0666), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = open("pipe", O_WRONLY);
        for (int i = 0; i < 1000; i++)
            if (write(fd, "0123456789", 10) != 10) _exit(1);
        _exit(0);
    }
    char *data;
    size_t size;
    int status;
    assert_int_equal(cn__file_read("pipe", &data, &size, LIMIT), CN_OK);
    assert_int_equal(size, 10000);
    assert_memory_equal(data + 9990, "0123456789", 11);
    cn__free(data);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_pipe_with_nobody_at_its_other_end_is_told(void **state)
{
    (void)state;
    char *data;
    size_t size;
    int fd;
    assert_int_equal(mkfifo("pipe", 0666), 0);
    assert_int_equal(cn__file_read("pipe", &data, &size, LIMIT), CN_ERROR_FILE);
    assert_message("pipe: no program writes into this pipe");
    assert_int_equal(cn__file_write("pipe", "x", 1), CN_ERROR_FILE);
    assert_message("pipe: cannot be written: no program reads from this pipe");
    assert_int_equal(cn__input_open_file("pipe", &fd), CN_ERROR_FILE);
    assert_message("pipe: this is a pipe; expected a file");
    assert_int_equal(cn__outfile_check("pipe"), CN_OK); /* which does not open it */
    assert_int_equal(count_entries("."), 1);
}

static void devices_are_no_input(void **state)
{
    (void)state;
    char *data;
    size_t size;
    assert_int_equal(cn__file_read("/dev/null", &data, &size, LIMIT), CN_ERROR_FILE);
    assert_message("/dev/null: this is a device; expected a file or a pipe");
    assert_null(data);
}

static void files_open_at_once_do_not_meet(void **state)
{
    (void)state;
    cn__outfile a, b;
    assert_int_equal(cn__outfile_open(&a, "same"), CN_OK);
    assert_int_equal(cn__outfile_open(&b, "same"), CN_OK);
    assert_true(fputs("first", a.stream) >= 0);
    assert_true(fputs("second", b.stream) >= 0);
    assert_int_equal(cn__outfile_commit(&b), CN_OK);
    assert_content("same", "second");
    assert_int_equal(cn__outfile_commit(&a), CN_OK);
    assert_content("same", "first");
    assert_int_equal(count_entries("."), 1);
}

static void a_file_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    cn__outfile out;
    assert_int_equal(cn__outfile_open(&out, "no/such/folder/out.npz"), CN_ERROR_FILE);
    assert_message("no/such/folder/out.npz");
    assert_message(strerror(ENOENT));
    assert_null(out.path);
    assert_int_equal(cn__file_write(".", "x", 1), CN_ERROR_FILE);
    assert_message(strerror(EISDIR));
    assert_int_equal(cn__file_write("", "x", 1), CN_ERROR_FILE);
    assert_message("empty name");
}

static void a_rename_that_fails_removes_the_temporary_file(void **state)
{
    (void)state;
    cn__outfile out;
    assert_int_equal(cn__outfile_open(&out, "a"), CN_OK);
    assert_int_equal(mkdir("a", 0777), 0); /* somebody makes a folder of that name meanwhile */
    assert_int_equal(cn__outfile_commit(&out), CN_ERROR_FILE);
    assert_int_equal(count_entries("."), 1);
    assert_null(out.stream);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct stat info;
    if (stat("/dev/full", &info) != 0) skip();
    assert_int_equal(cn__file_write("/dev/full", "x", 1), CN_ERROR_FILE);
    assert_message("/dev/full");
    assert_message(strerror(ENOSPC));
}

static void a_device_is_written_and_stays_a_device(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(cn__file_write("/dev/null", "x", 1), CN_OK);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void a_link_stays_and_its_target_is_replaced(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(mkdir("real", 0777), 0);
    assert_int_equal(cn__file_write("real/a", "old", 3), CN_OK);
    assert_int_equal(symlink("real/a", "link"), 0);
    assert_int_equal(cn__file_write("link", "new", 3), CN_OK);
    assert_int_equal(lstat("link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_content("real/a", "new");
}

static void modes_are_those_of_the_user(void **state)
{
    (void)state;
    struct stat info;
    mode_t mask = umask(027);
    assert_int_equal(cn__file_write("a", "x", 1), CN_OK);
    umask(mask);
    assert_int_equal(stat("a", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(chmod("a", 0604), 0);
    assert_int_equal(cn__file_write("a", "y", 1), CN_OK);
    assert_int_equal(stat("a", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0604);
}

static void a_name_may_be_as_long_as_names_can_be(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(cn__file_write(name, "x", 1), CN_OK);
    assert_content(name, "x");
    assert_int_equal(unlink(name), 0);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    assert_int_equal(cn__make_dirs("a/b//c/"), CN_OK);
    assert_true(cn__dir_exists("a/b/c"));
    assert_int_equal(cn__make_dirs("a/b"), CN_OK);
    assert_false(cn__file_exists("a/b"));
    assert_int_equal(cn__file_write("a/file", "x", 1), CN_OK);
    assert_true(cn__file_exists("a/file"));
    assert_false(cn__dir_exists("a/file"));
    assert_int_equal(cn__make_dirs("a/file/d"), CN_ERROR_FILE);
    assert_message("a/file");
    assert_message(strerror(ENOTDIR));
    assert_int_equal(cn__make_dirs(""), CN_ERROR_FILE);
}

static void paths_join_with_one_slash(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}, {"a", "", "a/"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = cn__path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        cn__free(path);
    }
}

static void suffixes_ignore_case(void **state)
{
    (void)state;
    assert_true(cn__has_suffix("X.NPZ", ".npz"));
    assert_true(cn__has_suffix("t10k-images-idx3-ubyte.gz", ".gz"));
    assert_false(cn__has_suffix("npz", ".npz"));
    assert_false(cn__has_suffix("x.npz.bak", ".npz"));
    assert_true(cn__has_suffix("x", ""));
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(what_is_written_is_read),
        in_folder(a_large_file_comes_back_whole),
        in_folder(a_missing_file_is_named),
        in_folder(a_file_over_the_limit_is_refused_by_name),
        in_folder(the_old_file_stays_until_the_new_one_is_whole),
        in_folder(an_aborted_file_leaves_nothing),
        in_folder(what_a_killed_writer_left_is_removed),
        in_folder(a_temporary_file_is_known_by_its_lock_not_by_its_number),
        in_folder(a_read_only_file_is_not_replaced),
        in_folder(a_link_to_nothing_is_not_replaced),
        in_folder(a_pipe_is_read_to_its_end),
        in_folder(a_pipe_with_nobody_at_its_other_end_is_told),
        in_folder(devices_are_no_input),
        in_folder(files_open_at_once_do_not_meet),
        in_folder(a_file_that_cannot_be_made_is_named),
        in_folder(a_rename_that_fails_removes_the_temporary_file),
        in_folder(a_full_disk_is_an_error),
        in_folder(a_device_is_written_and_stays_a_device),
        in_folder(a_link_stays_and_its_target_is_replaced),
        in_folder(modes_are_those_of_the_user),
        in_folder(a_name_may_be_as_long_as_names_can_be),
        in_folder(folders_are_made_with_their_parents),
        in_folder(paths_join_with_one_slash),
        in_folder(suffixes_ignore_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
