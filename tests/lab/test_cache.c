/* The cache of results: what is put is got, what was longest not used goes first, files that are no cache are reported, and
 * two processes share one. */
#include "lab/support.h"

#include <cairo.h>
#include <pango/pango.h>
#include <sys/wait.h>

#include "base/files/confine.h"
#include "data/data.h"
#include "lab/run/cache.h"
#include "lab/show/figures/pictures.h"

static cn__cache *opened(const char *path)
{
    cn__cache *c;
    succeeds(cn__cache_open(path, &c));
    assert_non_null(c);
    return c;
}

static void keeps(cn__cache *c, const char *key, const char *kind, const char *text)
{
    succeeds(cn__cache_put(c, key, kind, text, strlen(text)));
}

/* What is kept under key and kind is `expected`; NULL: nothing is. */
static void gives(cn__cache *c, const char *key, const char *kind, const char *expected)
{
    char *data;
    size_t size;
    succeeds(cn__cache_get(c, key, kind, &data, &size));
    if (!expected != !data)
        fail_msg("%s %s: got '%s', expected '%s'", key, kind, data ? data : "nothing",
                 expected ? expected : "nothing");
    if (expected) {
        assert_int_equal(size, strlen(expected));
        is_text(data, expected);
    }
    cn__free(data);
}

static void what_is_put_is_got_also_by_the_next_who_opens(void **state)
{
    (void)state;
    cn__cache *c = opened("a.sqlite");
    gives(c, "k", "fit", NULL);
    keeps(c, "k", "fit", "one");
    keeps(c, "k", "model", "");
    keeps(c, "k", "fit", "two");
    gives(c, "k", "fit", "two");
    gives(c, "k", "model", "");
    gives(c, "k", "test", NULL);
    gives(c, "other", "fit", NULL);
    cn__cache_close(c);
    c = opened("a.sqlite");
    gives(c, "k", "fit", "two");
    cn__cache_close(c);
}

static void bytes_of_every_value_and_large_ones_come_back(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    unsigned char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    char *data;
    size_t size;
    cn__cache *c = opened("large.sqlite");
    succeeds(cn__cache_put(c, "k", "model", bytes, SIZE));
    succeeds(cn__cache_get(c, "k", "model", &data, &size));
    assert_int_equal(size, SIZE);
    assert_memory_equal(data, bytes, SIZE);
    assert_int_equal(data[SIZE], 0);
    cn__free(data);
    free(bytes);
    cn__cache_close(c);
}

static void without_a_cache_nothing_is_kept_and_nothing_fails(void **state)
{
    (void)state;
    char *data;
    size_t size;
    succeeds(cn__cache_put(NULL, "k", "fit", "x", 1));
    succeeds(cn__cache_get(NULL, "k", "fit", &data, &size));
    assert_null(data);
    succeeds(cn__cache_trim(NULL, 0));
    cn__cache_close(NULL);
}

static void what_was_longest_not_used_goes_first(void **state)
{
    (void)state;
    cn__cache *c = opened("trim.sqlite");
    keeps(c, "a", "fit", "0123456789");
    keeps(c, "b", "fit", "0123456789");
    keeps(c, "c", "fit", "0123456789");
    keeps(c, "d", "fit", "0123456789");
    succeeds(cn__cache_trim(c, 40));
    gives(c, "a", "fit", "0123456789"); /* and is used now */
    succeeds(cn__cache_trim(c, 39));
    gives(c, "b", "fit", NULL);
    gives(c, "c", "fit", "0123456789");
    keeps(c, "e", "fit", "0123456789");
    succeeds(cn__cache_trim(c, 20)); /* of d, a, c, e the last two */
    gives(c, "a", "fit", NULL);
    gives(c, "d", "fit", NULL);
    gives(c, "c", "fit", "0123456789");
    gives(c, "e", "fit", "0123456789");
    succeeds(cn__cache_trim(c, 0));
    gives(c, "e", "fit", NULL);
    cn__cache_close(c);
}

static void a_file_that_is_no_cache_is_told_and_left_alone(void **state)
{
    (void)state;
    cn__cache *c;
    static const char text[] =
        "Not a data base, but a text that is longer than the head of one: a hundred bytes at least, it is.";
    put_text("text.sqlite", text);
    assert_int_equal(cn__cache_open("text.sqlite", &c), CN_ERROR_FILE);
    assert_null(c);
    is_text(cn_error(), "cache text.sqlite: file is not a database; remove the file, or give --no-cache");
    char *after = text_of("text.sqlite");
    is_text(after, text);
    cn__free(after);
    assert_int_equal(cn__cache_open("none/lab.sqlite", &c), CN_ERROR_FILE);
    says("cache none/lab.sqlite: unable to open database file");
    assert_int_equal(cn__cache_open(".", &c), CN_ERROR_FILE);
    says("cache .: unable to open");
}

static void a_damaged_file_is_told(void **state)
{
    (void)state;
    cn__cache *c = opened("damaged.sqlite");
    for (int i = 0; i < 50; i++) {
        char key[16], text[5000];
        memset(text, 'x', sizeof text);
        text[sizeof text - 1] = '\0';
        snprintf(key, sizeof key, "key %d", i);
        keeps(c, key, "fit", text);
    }
    cn__cache_close(c);
    size_t size;
    unsigned char *bytes = read_file("damaged.sqlite", &size);
    enum { PAGE = 4096 }; /* the first one tells what kind of file it is */
    assert_true(size > 10 * PAGE);
    memset(bytes + PAGE, 0xa5, size - PAGE);
    write_file("damaged.sqlite", bytes, size);
    free(bytes);
    char *data;
    cn_status status = cn__cache_open("damaged.sqlite", &c);
    if (status == CN_OK) status = cn__cache_get(c, "key 7", "fit", &data, &size);
    assert_int_equal(status, CN_ERROR_FILE);
    says("cache damaged.sqlite: database disk image is malformed; remove the file, or give --no-cache");
    cn__cache_close(c);
}

static void the_users_folder_is_made_and_one_that_cannot_be_is_no_failure(void **state)
{
    (void)state;
    cn__cache *c;
    char place[512], folder[400];
    assert_non_null(getcwd(folder, sizeof folder));
    snprintf(place, sizeof place, "%s/made/here", folder);
    setenv("XDG_CACHE_HOME", place, 1);
    c = opened(NULL);
    keeps(c, "k", "fit", "x");
    cn__cache_close(c);
    assert_true(cn__file_exists("made/here/cornu/lab.sqlite"));
    put_text("file", "");
    snprintf(place, sizeof place, "%s/file", folder);
    setenv("XDG_CACHE_HOME", place, 1);
    succeeds(cn__cache_open(NULL, &c));
    assert_null(c);
    setenv("XDG_CACHE_HOME", "relative", 1); /* which XDG's rules say is to be passed over */
    setenv("HOME", "home", 1);
    cn__cache_close(opened(NULL));
    assert_false(cn__dir_exists("relative"));
    unsetenv("XDG_CACHE_HOME");
    assert_true(cn__file_exists("home/.cache/cornu/lab.sqlite"));
    unsetenv("HOME");
    succeeds(cn__cache_open(NULL, &c));
    assert_null(c);
}

/* The superuser may write into what is read-only: the process gives up that right. */
static int use_read_only(bool there)
{
    const cn__grant read = {".", CN_RIGHT_READ};
    cn__cache *c;
    char *data;
    size_t size;
    bool confined;
    if (cn__confine(&read, 1, &confined) != CN_OK) return 1;
    if (!confined) return 77;
    if (cn__cache_open(there ? "kept.sqlite" : "new.sqlite", &c) != CN_OK || !c) return 2;
    if (!cn__cache_trouble(c)) return 3;
    if (cn__cache_put(c, "k", "fit", "y", 1) != CN_OK) return 4;
    if (cn__cache_get(c, "k", "fit", &data, &size) != CN_OK) return 5;
    cn__free(data);
    if (cn__cache_trim(c, 0) != CN_OK) return 6;
    cn__cache_close(c);
    return 0;
}

static void a_cache_that_cannot_be_written_keeps_nothing_and_fails_nothing(void **state)
{
    (void)state;
    cn__cache *c = opened("kept.sqlite");
    keeps(c, "k", "fit", "x");
    assert_null(cn__cache_trouble(c));
    cn__cache_close(c);
    for (int there = 0; there < 2; there++) {
        int status;
        pid_t child = fork();
        if (child == 0) _exit(use_read_only(there));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77) skip();
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    c = opened("kept.sqlite");
    gives(c, "k", "fit", "x");
    cn__cache_close(c);
}

enum { PROCESSES = 3, EACH = 40 };

/* Opens, puts and gets while others do; its exit code. */
static int one_of_several(int process)
{
    cn__cache *c;
    char key[32], *data;
    size_t size;
    if (cn__cache_open("shared.sqlite", &c) != CN_OK || !c) return 2;
    for (int i = 0; i < EACH; i++) {
        snprintf(key, sizeof key, "%d of %d", i, process);
        if (cn__cache_put(c, key, "fit", key, strlen(key)) != CN_OK) return 3;
        snprintf(key, sizeof key, "%d of %d", i, (process + 1) % PROCESSES);
        if (cn__cache_get(c, key, "fit", &data, &size) != CN_OK) return 4;
        if (data && strcmp(data, key) != 0) return 5;
        cn__free(data);
    }
    cn__cache_close(c);
    return 0;
}

static void several_processes_share_a_file(void **state)
{
    (void)state;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            int code = one_of_several(i);
            if (code) fprintf(stderr, "process %d: %d, %s\n", i, code, cn_error());
            _exit(code);
        }
    }
    int wrong = 0;
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        wrong += status != 0;
    }
    assert_int_equal(wrong, 0);
    cn__cache *c = opened("shared.sqlite");
    for (int i = 0; i < PROCESSES * EACH; i++) {
        char key[32];
        snprintf(key, sizeof key, "%d of %d", i % EACH, i / EACH);
        gives(c, key, "fit", key);
    }
    cn__cache_close(c);
}

/* A picture of other libraries is not taken for one of these. */
static void pictures_are_kept_by_what_draws_them(void **state)
{
    (void)state;
    cn__cache *c = opened("pictures.sqlite");
    const cn__report_pictures p = cn__pictures_of(c);
    cn__text svg = {0}, png = {0}, found = {0};
    char key[33], kind[160];
    cn__text_add(&svg, "<svg/>");
    cn__text_add(&png, "new");
    cn__fingerprint(svg.data, svg.size, key);
    cn__pictures_kind(kind, sizeof kind);
    holds(kind, cairo_version_string());
    holds(kind, pango_version_string());
    keeps(c, key, "png 2 " CN_VERSION ", cairo 1.0.0", "old");
    assert_false(p.find(p.user, &svg, &found));
    p.keep(p.user, &svg, &png);
    assert_true(p.find(p.user, &svg, &found));
    is_text(found.data, "new");
    gives(c, key, kind, "new");
    cn__text_free(&svg);
    cn__text_free(&png);
    cn__text_free(&found);
    cn__cache_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_got_also_by_the_next_who_opens),
        cmocka_unit_test(bytes_of_every_value_and_large_ones_come_back),
        cmocka_unit_test(without_a_cache_nothing_is_kept_and_nothing_fails),
        cmocka_unit_test(what_was_longest_not_used_goes_first),
        cmocka_unit_test(a_file_that_is_no_cache_is_told_and_left_alone),
        cmocka_unit_test(a_damaged_file_is_told),
        cmocka_unit_test(the_users_folder_is_made_and_one_that_cannot_be_is_no_failure),
        cmocka_unit_test(a_cache_that_cannot_be_written_keeps_nothing_and_fails_nothing),
        cmocka_unit_test(several_processes_share_a_file),
        cmocka_unit_test(pictures_are_kept_by_what_draws_them),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
