/* Zips by size: members that are read in many steps, whole or damaged far behind their begin, and more members than are read. */
#include "support.h"

#include <zip.h>

#include "data/files/zip.h"

enum { LARGE = 5 << 20, MANY = 100000 };

static unsigned char *large_bytes(void)
{
    unsigned char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    uint32_t random = 5;
    for (size_t i = 0; i < LARGE; i++)
        random = random * 1664525u + 1013904223u, bytes[i] = (unsigned char)(random >> 24);
    return bytes;
}

/* One member, packed or as it is, and `more` empty ones. */
static void write_zip(const char *path, const unsigned char *bytes, bool packed, size_t more)
{
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    zip_source_t *source = zip_source_buffer(zip, bytes, LARGE, 0);
    assert_int_equal(zip_file_add(zip, "large", source, 0), 0);
    assert_int_equal(zip_set_file_compression(zip, 0, packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0), 0);
    for (size_t i = 0; i < more; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        zip_source_t *none = zip_source_buffer(zip, NULL, 0, 0);
        if (zip_file_add(zip, name, none, 0) < 0) fail_msg("%s: %s", name, zip_strerror(zip));
    }
    assert_int_equal(zip_close(zip), 0);
}

static cn_status read_large(const char *path, char **bytes, size_t *size)
{
    cn__zip *zip;
    *bytes = NULL;
    succeeds(cn__zip_open(&(cn__infile){.name = path}, "a zip", &zip));
    uint64_t index;
    assert_true(cn__zip_find(zip, "large", &index));
    const cn_status status = cn__zip_read(zip, index, path, (size_t)LARGE, bytes, size);
    cn__zip_close(zip);
    return status;
}

static void a_large_member_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    unsigned char *bytes = large_bytes();
    for (int packed = 0; packed < 2; packed++) {
        char *read;
        size_t size, whole;
        write_zip("large.zip", bytes, packed, 0);
        succeeds(read_large("large.zip", &read, &size));
        assert_int_equal(size, LARGE);
        assert_memory_equal(read, bytes, LARGE);
        assert_int_equal(read[LARGE], '\0');
        cn__free(read);
        unsigned char *file = read_file("large.zip", &whole);
        assert_true(whole > LARGE);
        for (size_t at = 1 << 20; at < LARGE; at += 1 << 20) { /* in each of its steps */
            file[at] ^= 0x10;
            write_file("large.zip", file, whole);
            assert_int_equal(read_large("large.zip", &read, &size), CN_ERROR_FORMAT);
            says("large.zip:large is damaged: its bytes do not match its checksum");
            assert_null(read);
            file[at] ^= 0x10;
        }
        free(file);
    }
    free(bytes);
}

static void too_many_members_are_refused(void **state)
{
    (void)state;
    if (getenv("CORNU_SANITIZED")) skip(); /* libzip takes long there to write so many */
    cn__zip *zip;
    unsigned char *bytes = large_bytes();
    write_zip("many.zip", bytes, true, MANY - 1);
    succeeds(cn__zip_open(&(cn__infile){.name = "many.zip"}, "a zip", &zip));
    assert_int_equal(cn__zip_count(zip), MANY);
    cn__zip_close(zip);
    write_zip("many.zip", bytes, true, MANY);
    assert_int_equal(cn__zip_open(&(cn__infile){.name = "many.zip"}, "a zip", &zip), CN_ERROR_FORMAT);
    says("many.zip: a zip of 100001 members; at most 100000 are read");
    free(bytes);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool elsewhere;
    } names[] = {{"/a", true},   {"\\a", true},    {"C:a", true},      {"..", true},    {"../a", true},
                 {"a/..", true}, {"a/../b", true}, {"a\\..\\b", true}, {"..\\a", true}, {"..a", false},
                 {"a..", false}, {"a/..b", false}, {"a../b", false},   {":", false},    {"ab:c", false},
                 {".", false},   {"a", false}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cn__zip_member members[] = {{"first", "1", 1}, {names[i].name, "2", 1}};
        char *bytes, message[200];
        size_t size;
        cn__zip *zip;
        succeeds(cn__zip_bytes("z", members, 2, &bytes, &size));
        const cn_status status = cn__zip_open(&(cn__infile){"z", bytes, size}, "a zip", &zip);
        if ((status != CN_OK) != names[i].elsewhere) fail_msg("%s: %s", names[i].name, cn_error());
        snprintf(message, sizeof message, "z: its member '%s' has the name of a file elsewhere",
                 names[i].name);
        if (status != CN_OK) says(message);
        cn__zip_close(zip);
        cn__free(bytes);
    }
    const cn__zip_member twice[] = {{"a", "1", 1}, {"a", "2", 1}};
    char *bytes = NULL;
    size_t size;
    assert_int_not_equal(cn__zip_bytes("z", twice, 2, &bytes, &size), CN_OK);
    assert_int_not_equal(cn__zip_write("not/there.zip", twice, 1), CN_OK);
    says("not/there.zip");
}

static void a_zip_that_is_none_is_told(void **state)
{
    (void)state;
    cn__zip *zip;
    assert_int_equal(cn__zip_open(&(cn__infile){"z", "PK\3\4 and no more", 15}, "an .npz file", &zip),
                     CN_ERROR_FORMAT);
    says("z is not an .npz file: it is no zip archive, or is cut short");
    assert_null(zip);
    write_file("none.zip", (const unsigned char *)"none", 4);
    assert_int_equal(cn__zip_open(&(cn__infile){.name = "none.zip"}, "an .npz file", &zip), CN_ERROR_FORMAT);
    says("none.zip is not an .npz file");
    assert_int_equal(cn__zip_open(&(cn__infile){.name = "nowhere.zip"}, "an .npz file", &zip), CN_ERROR_FILE);
    says("nowhere.zip");
    cn__zip_close(NULL);
    assert_true(cn__zip_budget(UINT64_MAX) == (uint64_t)1 << 30 &&
                cn__zip_budget(2) == ((uint64_t)1 << 30) + 128);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_member_is_read_whole_or_not_at_all),
        cmocka_unit_test(too_many_members_are_refused),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(a_zip_that_is_none_is_told),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
