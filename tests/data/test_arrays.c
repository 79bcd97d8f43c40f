/* Files of arrays: what numpy writes comes back, and a file that is cut, lies or is none of these is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/data.h"

static char scratch[] = "arrays-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("..") == 0 ? system(command) : -1;
}

static void says(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

/* ---- .npy ------------------------------------------------------------------------------------------------------- */

/* An .npy file with this header (version 1, 2 or 3) and these numbers; in memory of exactly its size. */
static unsigned char *npy(int version, const char *header, const void *numbers, size_t bytes, size_t *size)
{
    size_t length = strlen(header), at = version == 1 ? 10 : 12;
    unsigned char *file = malloc(at + length + bytes + 1);
    assert_non_null(file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version, file[7] = 0;
    for (size_t i = 8; i < at; i++) file[i] = (unsigned char)(length >> 8 * (i - 8));
    memcpy(file + at, header, length);
    if (bytes) memcpy(file + at + length, numbers, bytes);
    *size = at + length + bytes;
    return file;
}

static cn_status parse(int version, const char *header, const void *numbers, size_t bytes, cn_array *out)
{
    size_t size;
    unsigned char *file = npy(version, header, numbers, bytes, &size), *exact = malloc(size);
    assert_non_null(exact);
    memcpy(exact, file, size);
    cn_error_clear();
    cn_status status = cn__npy_parse(exact, size, "a.npy", out);
    free(exact);
    free(file);
    return status;
}

static void refuses(const char *header, size_t bytes, const char *part)
{
    static const char numbers[4096];
    cn_array a;
    assert_int_equal(parse(1, header, numbers, bytes, &a), CN_ERROR_FORMAT);
    says("a.npy");
    if (part) says(part);
}

static void every_number_type_of_numpy_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *bytes;
        size_t size;
        double value;
    } types[] = {
        {"<f4", "\x00\x00\xc0\x3f", 4, 1.5},
        {">f4", "\x3f\xc0\x00\x00", 4, 1.5},
        {"<f8", "\x00\x00\x00\x00\x00\x00\xf8\xbf", 8, -1.5},
        {">f8", "\xbf\xf8\x00\x00\x00\x00\x00\x00", 8, -1.5},
        {"<f2", "\x00\x3e", 2, 1.5},
        {"|u1", "\xfe", 1, 254},
        {"|i1", "\xfe", 1, -2},
        {"|b1", "\x01", 1, 1},
        {"<i2", "\xfe\xff", 2, -2},
        {">i2", "\xff\xfe", 2, -2},
        {"<u2", "\xfe\xff", 2, 65534},
        {"<i4", "\xfe\xff\xff\xff", 4, -2},
        {">i4", "\xff\xff\xff\xfe", 4, -2},
        {"<u4", "\x01\x00\x00\x80", 4, 2147483649},
        {"<i8", "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, -2},
        {"<u8", "\x07\x00\x00\x00\x00\x00\x00\x00", 8, 7},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char header[100];
        cn_array a;
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }\n",
                 types[i].descr);
        if (parse(1, header, types[i].bytes, types[i].size, &a) != CN_OK)
            fail_msg("%s: %s", types[i].descr, cn_error());
        assert_int_equal(a.ndim, 1);
        if (cn_array_at(&a, 0) != types[i].value) fail_msg("%s: %g", types[i].descr, cn_array_at(&a, 0));
        cn_array_free(&a);
    }
}

static void shapes_orders_and_versions(void **state)
{
    (void)state;
    static const float six[] = {1, 2, 3, 4, 5, 6};
    cn_array a;
    for (int version = 1; version <= 3; version++) {
        assert_int_equal(
            parse(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", six, 24, &a),
            CN_OK);
        assert_int_equal(a.ndim, 2);
        assert_int_equal(a.shape[0], 2);
        assert_int_equal(a.shape[1], 3);
        assert_true(cn_array_at(&a, 3) == 4);
        cn_array_free(&a);
    }
    assert_int_equal(parse(1, "{'fortran_order': True, 'shape': (2, 3), 'descr': '<f4'}", six, 24, &a),
                     CN_OK);
    static const double turned[] = {1, 3, 5, 2, 4, 6};
    for (size_t i = 0; i < 6; i++) assert_true(cn_array_at(&a, i) == turned[i]);
    cn_array_free(&a);
    assert_int_equal(parse(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", NULL, 0, &a),
                     CN_OK);
    assert_int_equal(cn_array_size(&a), 0);
    cn_array_free(&a);
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 23, "cut short");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }", 64, "cut short");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 16), }", 64, NULL);
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 64, NULL);
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,), }", 64, "whole numbers");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }", 64, NULL);
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1), }", 64,
            "10 dimensions");
    refuses("{'descr': '<f4', 'fortran_order': False}", 64, NULL);
    refuses("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 64, "O");
    refuses("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 64, "c8");
    refuses("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 64, NULL);
    refuses("{'descr': 5, 'fortran_order': False, 'shape': (1,), }", 64, NULL);
    refuses("", 64, NULL);
    refuses("{'descr'", 64, NULL);
    refuses("[1, 2]", 64, NULL);
}

static void every_cut_of_a_file_is_refused(void **state)
{
    (void)state;
    static const float six[] = {1, 2, 3, 4, 5, 6};
    size_t size;
    cn_array a;
    unsigned char *file =
        npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", six, 24, &size);
    for (size_t n = 0; n < size; n++) {
        unsigned char *cut = malloc(n + (n == 0));
        assert_non_null(cut);
        memcpy(cut, file, n);
        assert_int_equal(cn__npy_parse(cut, n, "a.npy", &a), CN_ERROR_FORMAT);
        free(cut);
    }
    free(file);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (int type = CN_FLOAT32; type <= CN_BOOL; type++) {
        cn_array a, b;
        assert_int_equal(cn_array_new(&a, (cn_dtype)type, 3, (size_t[]){2, 3, 4}), CN_OK);
        memset(a.data, 0x21, cn_array_size(&a) * cn_dtype_size(a.dtype));
        assert_int_equal(cn_npy_write("a.npy", &a), CN_OK);
        if (cn_data_read("a.npy", &b) != CN_OK) fail_msg("%s: %s", cn_dtype_name(a.dtype), cn_error());
        assert_int_equal(b.dtype, a.dtype);
        assert_int_equal(b.ndim, 3);
        assert_memory_equal(a.data, b.data, cn_array_size(&a) * cn_dtype_size(a.dtype));
        cn_array_free(&a);
        cn_array_free(&b);
    }
}

/* ---- .npz ------------------------------------------------------------------------------------------------------- */

static void write_npz(const char *path)
{
    static const char *const names[] = {"x_train", "y_train"};
    static const float x[] = {1, 2, 3}, y[] = {4};
    const cn_array arrays[] = {cn_array_view(CN_FLOAT32, x, 1, (size_t[]){3}),
                               cn_array_view(CN_FLOAT32, y, 1, (size_t[]){1})};
    assert_int_equal(cn_npz_write(path, names, arrays, 2), CN_OK);
}

static void members_are_read_by_name(void **state)
{
    (void)state;
    cn_npz all;
    cn_array a;
    write_npz("a.npz");
    assert_int_equal(cn_npz_read("a.npz", &all), CN_OK);
    assert_int_equal(all.count, 2);
    assert_true(cn_array_at(cn_npz_find(&all, "y_train"), 0) == 4);
    assert_null(cn_npz_find(&all, "z"));
    cn_npz_free(&all);
    assert_int_equal(cn_data_read("a.npz:x_train", &a), CN_OK);
    assert_int_equal(a.shape[0], 3);
    cn_array_free(&a);
    assert_int_not_equal(cn_data_read("a.npz:x_trian", &a), CN_OK);
    says("x_trian");
    says("x_train");
    assert_int_not_equal(cn_data_read("a.npz", &a), CN_OK);
    says("2 arrays");
    assert_int_not_equal(cn_data_read("b.npz", &a), CN_OK);
    says("b.npz");
}

static void equal_arrays_give_equal_bytes(void **state)
{
    (void)state;
    char *a, *b;
    size_t a_size, b_size;
    write_npz("a.npz");
    write_npz("b.npz");
    assert_int_equal(cn__file_read("a.npz", &a, &a_size, 1 << 22), CN_OK);
    assert_int_equal(cn__file_read("b.npz", &b, &b_size, 1 << 22), CN_OK);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    cn__free(a);
    cn__free(b);
}

/* Cut anywhere, or with any byte changed: an error or arrays, never a crash; a sanitizer looks on. */
static void damaged_zips_are_survived(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    cn_npz all;
    write_npz("a.npz");
    assert_int_equal(cn__file_read("a.npz", &bytes, &size, 1 << 22), CN_OK);
    for (size_t n = 0; n < size; n += 3) {
        assert_int_equal(cn__file_write("cut.npz", bytes, n), CN_OK);
        assert_int_not_equal(cn_npz_read("cut.npz", &all), CN_OK);
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)~bytes[i];
        assert_int_equal(cn__file_write("odd.npz", bytes, size), CN_OK);
        if (cn_npz_read("odd.npz", &all) == CN_OK) cn_npz_free(&all);
        bytes[i] = (char)~bytes[i];
    }
    cn__free(bytes);
}

/* ---- IDX -------------------------------------------------------------------------------------------------------- */

static cn_status idx(const unsigned char *head, size_t head_size, size_t zeros, cn_array *out)
{
    unsigned char *file = calloc(1, head_size + zeros + 1);
    assert_non_null(file);
    memcpy(file, head, head_size);
    cn_status status = cn__idx_parse(file, head_size + zeros, "a.idx", out);
    free(file);
    return status;
}

static void idx_files_of_every_type(void **state)
{
    (void)state;
    static const unsigned char types[] = {0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e}, sizes[] = {1, 1, 2, 4, 4, 8};
    for (size_t i = 0; i < sizeof types; i++) {
        const unsigned char head[] = {0, 0, types[i], 2, 0, 0, 0, 2, 0, 0, 0, 3};
        cn_array a;
        if (idx(head, sizeof head, 6u * sizes[i], &a) != CN_OK) fail_msg("type %d: %s", types[i], cn_error());
        assert_int_equal(a.ndim, 2);
        assert_int_equal(cn_array_size(&a), 6);
        cn_array_free(&a);
        assert_int_equal(idx(head, sizeof head, 6u * sizes[i] - 1, &a), CN_ERROR_FORMAT);
        says("cut short");
    }
    const unsigned char big[] = {0, 0, 0x0c, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe};
    cn_array a;
    assert_int_equal(idx(big, sizeof big, 0, &a), CN_OK);
    assert_true(cn_array_at(&a, 0) == -2);
    cn_array_free(&a);
}

static void idx_files_that_lie_are_refused(void **state)
{
    (void)state;
    static const unsigned char huge[] = {0,    0,    0x0e, 3,    0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                               none[] = {0, 0, 0x08, 0}, many[] = {0, 0, 0x08, 200},
                               unknown[] = {0, 0, 0x07, 1, 0, 0, 0, 1};
    cn_array a;
    assert_int_equal(idx(huge, sizeof huge, 8, &a), CN_ERROR_FORMAT);
    assert_int_equal(idx(none, sizeof none, 8, &a), CN_ERROR_FORMAT);
    assert_int_equal(idx(many, sizeof many, 8, &a), CN_ERROR_FORMAT);
    assert_int_equal(idx(unknown, sizeof unknown, 8, &a), CN_ERROR_FORMAT);
    for (size_t n = 0; n < sizeof huge; n++) assert_int_equal(idx(huge, n, 0, &a), CN_ERROR_FORMAT);
}

static void gzipped_files_are_read_or_refused(void **state)
{
    (void)state;
    static const unsigned char file[] = {0, 0, 0x08, 1, 0, 0, 0, 4, 9, 8, 7, 6};
    cn_array a;
    gzFile gz = gzopen("a.gz", "wb");
    assert_int_equal(gzwrite(gz, file, sizeof file), sizeof file);
    assert_int_equal(gzclose(gz), Z_OK);
    assert_int_equal(cn_data_read("a.gz", &a), CN_OK);
    assert_true(cn_array_at(&a, 3) == 6);
    cn_array_free(&a);
    char *bytes;
    size_t size;
    assert_int_equal(cn__file_read("a.gz", &bytes, &size, 1 << 22), CN_OK);
    for (size_t n = 0; n < size; n++) {
        assert_int_equal(cn__file_write("cut.gz", bytes, n), CN_OK);
        assert_int_not_equal(cn_data_read("cut.gz", &a), CN_OK);
    }
    for (size_t i = 2; i < size; i++) {
        bytes[i] = (char)(bytes[i] ^ 0x55);
        assert_int_equal(cn__file_write("odd.gz", bytes, size), CN_OK);
        if (cn_data_read("odd.gz", &a) == CN_OK) cn_array_free(&a);
        bytes[i] = (char)(bytes[i] ^ 0x55);
    }
    cn__free(bytes);
}

/* A megabyte of zeros in a kilobyte: taken up to the limit and no further. */
static void what_swells_too_much_is_refused(void **state)
{
    (void)state;
    static const char zeros[1 << 20];
    gzFile gz = gzopen("bomb.gz", "wb9");
    assert_int_equal(gzwrite(gz, zeros, sizeof zeros), sizeof zeros);
    assert_int_equal(gzclose(gz), Z_OK);
    char *bytes;
    unsigned char *plain;
    size_t size, plain_size;
    assert_int_equal(cn__file_read("bomb.gz", &bytes, &size, 1 << 22), CN_OK);
    assert_int_equal(cn__gunzip((unsigned char *)bytes, size, 1000, "bomb", &plain, &plain_size),
                     CN_ERROR_FORMAT);
    says("1000");
    assert_int_equal(cn__gunzip((unsigned char *)bytes, size, sizeof zeros, "bomb", &plain, &plain_size),
                     CN_OK);
    assert_int_equal(plain_size, sizeof zeros);
    cn__free(plain);
    cn__free(bytes);
}

static void what_is_no_file_of_arrays_is_named(void **state)
{
    (void)state;
    cn_array a;
    assert_int_equal(cn__file_write("text.txt", "hello, arrays\n", 14), CN_OK);
    assert_int_equal(cn_data_read("text.txt", &a), CN_ERROR_FORMAT);
    says("text.txt");
    says("neither");
    assert_int_equal(cn__file_write("empty", "", 0), CN_OK);
    assert_int_not_equal(cn_data_read("empty", &a), CN_OK);
    says("empty");
    assert_int_not_equal(cn_data_read("nothing-here.npy", &a), CN_OK);
    says("nothing-here.npy");
    assert_int_not_equal(cn_data_read(".", &a), CN_OK);
}

/* FIPS 180-4's own examples. */
static void checksums_are_sha_256(void **state)
{
    (void)state;
    static char million[1000000];
    char sum[65];
    cn__sha256_hex("abc", 3, sum);
    assert_string_equal(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cn__sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, sum);
    assert_string_equal(sum, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', sizeof million);
    cn__sha256_hex(million, sizeof million, sum);
    assert_string_equal(sum, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_type_of_numpy_is_read),
        cmocka_unit_test(shapes_orders_and_versions),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(every_cut_of_a_file_is_refused),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(members_are_read_by_name),
        cmocka_unit_test(equal_arrays_give_equal_bytes),
        cmocka_unit_test(damaged_zips_are_survived),
        cmocka_unit_test(idx_files_of_every_type),
        cmocka_unit_test(idx_files_that_lie_are_refused),
        cmocka_unit_test(gzipped_files_are_read_or_refused),
        cmocka_unit_test(what_swells_too_much_is_refused),
        cmocka_unit_test(what_is_no_file_of_arrays_is_named),
        cmocka_unit_test(checksums_are_sha_256),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
