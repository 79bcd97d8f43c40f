/* The file that decoded pictures are kept in: it is opened again as it was written, one that is false in a number of its head is
 * none, and where a call of the system fails the message says so and no half of a file stays. The calls are this program's own. */
#include "support.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>

#include "data/images/store.h"

/* ---- calls that fail ------------------------------------------------------------------------------------------------------ */

static const char *failing; /* the name of the call; NULL: none */

static bool fails(const char *name)
{
    if (!failing || strcmp(failing, name) != 0) return false;
    errno = EIO;
    return true;
}

#ifdef __linux__
#define REAL(name, type) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

void *own_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) __asm__("mmap");
int own_msync(void *at, size_t size, int flags) __asm__("msync");
int own_ftruncate(int fd, off_t size) __asm__("ftruncate");
int own_fsync(int fd) __asm__("fsync");
int own_rename(const char *from, const char *to) __asm__("rename");
int own_fallocate(int fd, off_t at, off_t size) __asm__("posix_fallocate");
int own_fstat(int fd, struct stat *info) __asm__("fstat");

void *own_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (fd >= 0 && flags == MAP_SHARED && fails("mmap")) return MAP_FAILED;
    return REAL("mmap", void *(*)(void *, size_t, int, int, int, off_t))(at, size, protection, flags, fd,
                                                                         offset);
}

int own_msync(void *at, size_t size, int flags)
{
    return fails("msync") ? -1 : REAL("msync", int (*)(void *, size_t, int))(at, size, flags);
}

int own_ftruncate(int fd, off_t size)
{
    return fails("ftruncate") ? -1 : REAL("ftruncate", int (*)(int, off_t))(fd, size);
}

int own_fsync(int fd) { return fails("fsync") ? -1 : REAL("fsync", int (*)(int))(fd); }

int own_rename(const char *from, const char *to)
{
    return fails("rename") ? -1 : REAL("rename", int (*)(const char *, const char *))(from, to);
}

int own_fallocate(int fd, off_t at, off_t size)
{
    if (fails("posix_fallocate")) return EIO;
    return REAL("posix_fallocate", int (*)(int, off_t, off_t))(fd, at, size);
}

int own_fstat(int fd, struct stat *info)
{
    return fails("fstat") ? -1 : REAL("fstat", int (*)(int, struct stat *))(fd, info);
}
#endif

/* ---- a store ---------------------------------------------------------------------------------------------------------------- */

enum { TRAIN = 3, TEST = 2, HEIGHT = 5, WIDTH = 7, PIXELS = (TRAIN + TEST) * HEIGHT * WIDTH * 3 };

static const cn__store_head usual = {
    .train = TRAIN, .test = TEST, .height = HEIGHT, .width = WIDTH, .channels = 3};

static cn_status make_store(void)
{
    cn__image_store s;
    cn_error_clear();
    cn_status status = cn__image_store_create("key", PIXELS + 100, &s); /* more than is needed in the end */
    if (status != CN_OK) return status;
    for (int i = 0; i < PIXELS; i++) s.pixels[i] = (unsigned char)(i * 7);
    status = cn__image_store_finish(&s, &usual);
    cn__image_store_close(&s);
    return status;
}

static const char place[] = "home/.cache/cornu/images/key";

/* Is there a store, with the right pixels? */
static bool is_there(void)
{
    cn__image_store s;
    succeeds(cn__image_store_open("key", &s));
    const bool there = s.head != NULL;
    if (there) {
        assert_int_equal(s.head->train, TRAIN);
        for (int i = 0; i < PIXELS; i++) assert_int_equal(s.pixels[i], (unsigned char)(i * 7));
    } else {
        assert_null(s.path);
        assert_int_equal(s.fd, -1);
    }
    cn__image_store_close(&s);
    return there;
}

static void a_store_is_opened_as_it_was_written(void **state)
{
    (void)state;
    struct stat info;
    assert_false(is_there());
    succeeds(make_store());
    assert_true(is_there());
    assert_int_equal(stat(place, &info), 0);
    assert_int_equal(info.st_size, sizeof usual + PIXELS);
}

static void a_false_head_is_no_store(void **state)
{
    (void)state;
    size_t size;
    succeeds(make_store());
    unsigned char *bytes = read_file(place, &size);
    cn__store_head *h = (cn__store_head *)(void *)bytes, right = *h;
    const uint64_t huge = (uint64_t)1 << 40;
    cn__store_head lies[] = {right, right, right, right, right, right, right, right, right, right, right};
    lies[0].magic[3] ^= 1;
    lies[1].height = 0;
    lies[2].width = 0;
    lies[3].height = huge;
    lies[4].width = huge;
    lies[5].channels = 2;
    lies[6].channels = 1;
    lies[7].train = huge;
    lies[8].test = huge;
    lies[9].train++;
    lies[10].height = HEIGHT * WIDTH * (uint64_t)(TRAIN + TEST), lies[10].width = (uint64_t)1 << 21;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        *h = lies[i];
        write_file(place, bytes, size);
        if (is_there()) fail_msg("head %zu is believed", i);
    }
    *h = right;
    write_file(place, bytes, size);
    assert_true(is_there());
    write_file(place, bytes, size - 1);
    assert_false(is_there());
    write_file(place, bytes, sizeof *h);
    assert_false(is_there());
    write_file(place, bytes, 0);
    assert_false(is_there());
    free(bytes);
}

static void a_link_or_a_folder_is_no_store(void **state)
{
    (void)state;
    char command[600];
    succeeds(make_store());
    snprintf(command, sizeof command, "mv %s real && ln -s \"$PWD/real\" %s", place, place);
    assert_int_equal(system(command), 0);
    assert_false(is_there());
    snprintf(command, sizeof command, "rm real %s && mkdir -p %s/some", place, place);
    assert_int_equal(system(command), 0);
    assert_false(is_there());
    assert_int_equal(make_store(), CN_ERROR_FILE);
    says("cannot be written: ");
    assert_int_equal(system("rm -r home/.cache/cornu/images/key"), 0);
}

static void a_failing_call_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
    } rows[] = {{"mmap", "cannot be mapped: "},
                {"posix_fallocate", "0 MB of decoded pictures cannot be kept there: "},
                {"msync", "cannot be written: "},
                {"ftruncate", "cannot be written: "},
                {"fsync", "cannot be written: "},
                {"rename", "cannot be written: "}};
#ifndef __linux__
    skip();
#endif
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        failing = rows[i].name;
        const cn_status status = make_store();
        failing = NULL;
        if (status == CN_OK) fail_msg("%s makes no difference", rows[i].name);
        assert_int_equal(status, cn_error_status());
        says(rows[i].says);
        says(strerror(EIO));
        assert_false(is_there());
        assert_int_equal(system("test -z \"$(find home -type f)\""), 0);
    }
    /* opened again: what cannot be mapped is told, what cannot be asked for its size is no store */
    cn__image_store s;
    succeeds(make_store());
    failing = "mmap";
    assert_int_equal(cn__image_store_open("key", &s), CN_ERROR_MEMORY);
    says("cannot be mapped: ");
    failing = "fstat";
    assert_false(is_there());
    failing = NULL;
    assert_true(is_there());
    /* a file where the folder should be */
    assert_int_equal(system("rm -r home/.cache/cornu/images && : >home/.cache/cornu/images"), 0);
    assert_int_not_equal(make_store(), CN_OK);
    says("home/.cache/cornu/images");
    assert_int_equal(system("rm home/.cache/cornu/images"), 0);
}

static void no_home_is_told(void **state)
{
    (void)state;
    char home[1100];
    snprintf(home, sizeof home, "%s", getenv("HOME"));
    unsetenv("HOME");
    const cn_status status = make_store();
    setenv("HOME", home, 1);
    if (status == CN_OK) { /* the system's list of users knows one */
        assert_false(access(place, F_OK) == 0);
        skip();
    }
    says("there is no home directory to keep decoded pictures in");
}

static void how_much_stays_in_memory(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t bytes;
    } rows[] = {{"", (size_t)256 << 20},
                {"0", 0},
                {"1.5", 3 << 19},
                {"much", (size_t)256 << 20},
                {"7 MB", (size_t)256 << 20},
                {"-1", (size_t)256 << 20},
                {"nan", (size_t)256 << 20},
                {"2e9", (size_t)256 << 20}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setenv("CORNU_IMAGE_MEMORY", rows[i].text, 1);
        if (cn__image_memory() != rows[i].bytes) fail_msg("%s: %zu", rows[i].text, cn__image_memory());
    }
    unsetenv("CORNU_IMAGE_MEMORY");
    assert_int_equal(cn__image_memory(), (size_t)256 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_is_opened_as_it_was_written),
        cmocka_unit_test(a_false_head_is_no_store),
        cmocka_unit_test(a_link_or_a_folder_is_no_store),
        cmocka_unit_test(a_failing_call_is_told_and_leaves_nothing),
        cmocka_unit_test(no_home_is_told),
        cmocka_unit_test(how_much_stays_in_memory),
    };
    return cmocka_run_group_tests(tests, enter_home, leave);
}
