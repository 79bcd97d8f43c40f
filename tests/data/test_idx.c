/* IDX files, plain and gzipped: every type is read with its values; a file that is cut, is longer than it says, is
 * damaged or swells beyond a limit is refused. */
#include <zlib.h>

#include "base/arena_test.h"
#include "support.h"

/* ---- plain ------------------------------------------------------------------------------------------------------ */

static cn_status parse(const void *bytes, size_t size, cn_array *out)
{
    unsigned char *copy = exact_copy(bytes, size);
    cn_error_clear();
    cn_status status = cn__idx_parse(copy, size, "a.idx", out);
    free(copy);
    return status;
}

static void refuses(const void *bytes, size_t size, const char *part)
{
    cn_array a;
    assert_int_equal(parse(bytes, size, &a), CN_ERROR_FORMAT);
    says("a.idx");
    says(part);
    assert_null(a.data);
}

static void every_type_is_read_with_its_values(void **state)
{
    (void)state;
    static const struct {
        unsigned char code;
        cn_dtype dtype;
        size_t bytes;
        const char *numbers; /* two, big-endian */
        double values[2];
    } types[] = {
        {0x08, CN_UINT8, 1, "\x00\xff", {0, 255}},
        {0x09, CN_INT8, 1, "\x80\x7f", {-128, 127}},
        {0x0b, CN_INT16, 2, "\xff\xfe\x01\x02", {-2, 258}},
        {0x0c, CN_INT32, 4, "\x80\0\0\0\0\0\1\2", {-2147483648.0, 258}},
        {0x0d, CN_FLOAT32, 4, "\x3f\xc0\0\0\0\0\0\1", {1.5, 0x1p-149}},
        {0x0e, CN_FLOAT64, 8, "\xbf\xf8\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\1", {-1.5, 1 + 0x1p-52}},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        unsigned char file[32] = {0, 0, types[i].code, 2, 0, 0, 0, 2, 0, 0, 0, 1};
        size_t size = 12 + 2 * types[i].bytes;
        cn_array a;
        memcpy(file + 12, types[i].numbers, 2 * types[i].bytes);
        succeeds(parse(file, size, &a));
        assert_int_equal(a.dtype, types[i].dtype);
        assert_int_equal(a.ndim, 2);
        assert_int_equal(a.shape[0], 2);
        assert_int_equal(a.shape[1], 1);
        for (size_t k = 0; k < 2; k++) assert_true(cn_array_at(&a, k) == types[i].values[k]);
        cn_array_free(&a);
        for (size_t n = 0; n < size; n++) refuses(file, n, n < 4 ? "neither .npy, .npz, IDX" : "cut short");
        refuses(file, size + 1, "are there");
    }
}

static void one_to_eight_dimensions(void **state)
{
    (void)state;
    for (unsigned char ndim = 0; ndim <= 9; ndim++) {
        unsigned char file[4 + 4 * 9 + 1] = {0, 0, 8, ndim};
        cn_array a;
        for (size_t i = 0; i < ndim; i++) file[4 + 4 * i + 3] = 1;
        if (ndim < 1 || ndim > CN_MAX_DIMS) {
            refuses(file, sizeof file, "dimensions; expected 1 to 8");
            continue;
        }
        file[4 + 4 * (size_t)ndim] = 77;
        succeeds(parse(file, 4 + 4 * (size_t)ndim + 1, &a));
        assert_int_equal(a.ndim, ndim);
        assert_true(cn_array_at(&a, 0) == 77);
        cn_array_free(&a);
    }
}

static void an_empty_array_is_one(void **state)
{
    (void)state;
    static const unsigned char file[] = {0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28};
    cn_array a;
    succeeds(parse(file, sizeof file, &a));
    assert_int_equal(a.ndim, 3);
    assert_int_equal(cn_array_size(&a), 0);
    cn_array_free(&a);
}

static void what_is_no_idx_file_is_told(void **state)
{
    (void)state;
    unsigned char file[] = {0, 0, 8, 1, 0, 0, 0, 1, 5};
    for (int type = 0; type < 256; type++) {
        cn_array a;
        bool known = type == 8 || type == 9 || (type >= 11 && type <= 14);
        file[2] = (unsigned char)type;
        if (!known) refuses(file, sizeof file, "neither .npy, .npz, IDX nor gzipped IDX");
        else if (parse(file, sizeof file, &a) == CN_OK) cn_array_free(&a);
    }
    file[2] = 8;
    file[0] = 1;
    refuses(file, sizeof file, "neither");
    file[0] = 0, file[1] = 1;
    refuses(file, sizeof file, "neither");
}

/* Products of sizes that wrap around to small numbers. */
static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    unsigned char file[4 + 4 * 8 + 8] = {0, 0, 0x0e, 8};
    for (unsigned char ndim = 1; ndim <= 8; ndim++) {
        file[3] = ndim;
        memset(file + 4, 0xff, 4 * (size_t)ndim);
        refuses(file, 4 + 4 * (size_t)ndim + 8, "cut short");
        for (size_t i = 0; i < ndim; i++) memcpy(file + 4 + 4 * i, "\x80\0\0\0", 4);
        refuses(file, 4 + 4 * (size_t)ndim + 8, "cut short");
    }
}

/* ---- gzipped ---------------------------------------------------------------------------------------------------- */

static void write_gz(const char *path, const char *mode, const void *bytes, size_t size)
{
    gzFile gz = gzopen(path, mode);
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(gz), Z_OK);
}

static const unsigned char four[] = {0, 0, 8, 1, 0, 0, 0, 4, 9, 8, 7, 6};

static void gives_four(const char *path)
{
    cn_array a;
    succeeds(cn_data_read(path, &a));
    assert_int_equal(cn_array_size(&a), 4);
    assert_memory_equal(a.data, four + 8, 4);
    cn_array_free(&a);
}

static void gzipped_files_are_read(void **state)
{
    (void)state;
    static const float numbers[] = {1, 2, 3};
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 1, (size_t[]){3});
    size_t size;
    cn_array a;
    write_gz("a.gz", "wb", four, sizeof four);
    gives_four("a.gz");
    succeeds(cn_npy_write("x.npy", &x));
    unsigned char *bytes = read_file("x.npy", &size);
    write_gz("x.npy.gz", "wb", bytes, size);
    free(bytes);
    succeeds(cn_data_read("x.npy.gz", &a));
    assert_true(cn_array_at(&a, 2) == 3);
    cn_array_free(&a);
}

/* As `cat a.gz b.gz` and parallel compressors write them; what stands behind is no matter. */
static void parts_one_after_the_other_are_one_file(void **state)
{
    (void)state;
    write_gz("parts.gz", "wb", four, 5);
    write_gz("parts.gz", "ab", four + 5, 0); /* an empty one between */
    write_gz("parts.gz", "ab", four + 5, sizeof four - 5);
    gives_four("parts.gz");
    FILE *file = fopen("parts.gz", "ab");
    assert_non_null(file);
    assert_int_equal(fwrite("\0\0padding", 1, 9, file), 9);
    fclose(file);
    gives_four("parts.gz");
}

static void every_cut_of_a_gzipped_file_is_refused(void **state)
{
    (void)state;
    size_t size;
    cn_array a;
    write_gz("a.gz", "wb", four, sizeof four);
    unsigned char *bytes = read_file("a.gz", &size);
    for (size_t n = 0; n < size; n++) {
        write_file("cut.gz", bytes, n);
        assert_int_equal(cn_data_read("cut.gz", &a), CN_ERROR_FORMAT);
        says("cut.gz");
        if (n >= 2) says("cut short");
    }
    free(bytes);
}

/* A checksum guards what is inside: changed bytes are refused, or said nothing (a time, a system). */
static void no_changed_byte_changes_an_array(void **state)
{
    (void)state;
    size_t size, refused = 0;
    cn_array a;
    write_gz("a.gz", "wb", four, sizeof four);
    unsigned char *bytes = read_file("a.gz", &size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            write_file("odd.gz", bytes, size);
            if (cn_data_read("odd.gz", &a) == CN_OK) {
                assert_int_equal(cn_array_size(&a), 4);
                assert_memory_equal(a.data, four + 8, 4);
                cn_array_free(&a);
            } else {
                says("odd.gz");
                refused++;
            }
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    free(bytes);
    assert_true(refused >= 8 * (size - 10)); /* all but the ten bytes of the header, at least */
}

static void what_is_in_a_gzipped_file_is_looked_at(void **state)
{
    (void)state;
    cn_array a;
    write_gz("text.gz", "wb", "hello, arrays, this is text", 27);
    assert_int_equal(cn_data_read("text.gz", &a), CN_ERROR_FORMAT);
    says("text.gz is neither");
    write_gz("nothing.gz", "wb", "", 0);
    assert_int_equal(cn_data_read("nothing.gz", &a), CN_ERROR_FORMAT);
    says("nothing.gz");
    write_gz("cut.gz", "wb", four, sizeof four - 1);
    assert_int_equal(cn_data_read("cut.gz", &a), CN_ERROR_FORMAT);
    says("cut short");
}

/* Megabytes of zeros in kilobytes: taken up to the limit and no further. */
static void what_swells_too_much_is_refused(void **state)
{
    (void)state;
    enum { BYTES = 8 << 20 };
    char *zeros = calloc(1, BYTES);
    unsigned char *plain = NULL;
    size_t size, plain_size;
    assert_non_null(zeros);
    write_gz("bomb.gz", "wb9", zeros, BYTES);
    free(zeros);
    unsigned char *bytes = read_file("bomb.gz", &size);
    assert_true(size < BYTES / 900);
    static const size_t limits[] = {0, 1, 1000, BYTES / 2, BYTES - 1};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char part[64];
        assert_int_equal(cn__gunzip(bytes, size, limits[i], "bomb", &plain, &plain_size), CN_ERROR_FORMAT);
        snprintf(part, sizeof part, "bomb decompresses to more than %zu bytes", limits[i]);
        says(part);
        assert_null(plain);
    }
    succeeds(cn__gunzip(bytes, size, BYTES, "bomb", &plain, &plain_size));
    assert_int_equal(plain_size, BYTES);
    cn__free(plain);
    free(bytes);
    cn_array a;
    assert_int_equal(cn_data_read("bomb.gz", &a), CN_ERROR_FORMAT); /* zeros are no IDX file */
    says("bomb.gz is neither .npy, .npz, IDX nor gzipped IDX");
}

/* The header of an array in a gzip file says how much there is. */
static void a_header_that_asks_for_too_much_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } cases[] = {
        {"\0\0\x0e\2\xff\xff\xff\xff\xff\xff\xff\xff", 12, "its shape asks for more than there can be"},
        {"\0\0\x08\2\0\0\xff\xff\0\0\xff\xff", 12, "its header asks for 4294836237 bytes"},
        {"\0\0\x08\1\xff\xff\xff\xff", 8, "its header asks for 4294967303 bytes"},
        {"\0\0\x0b\1\0\0\0\2\0\0", 10, "is cut short: 4 bytes expected, 2 are there"},
        {"\0\0\x08\1\0\0\0", 7, "is cut short in its header"},
    };
    cn_array a;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_gz("more.gz", "wb", cases[i].bytes, cases[i].size);
        assert_int_equal(cn_data_read("more.gz", &a), CN_ERROR_FORMAT);
        says("more.gz");
        says(cases[i].says);
        assert_null(a.data);
    }
    write_gz("none.gz", "wb", "\0\0\x08\1\0\0\0\0", 8);
    succeeds(cn_data_read("none.gz", &a));
    assert_int_equal(cn_array_size(&a), 0);
    cn_array_free(&a);
    write_file("none.idx", "\0\0\x08\1\0\0\0\0", 8);
    succeeds(cn_data_read("none.idx", &a));
    assert_int_equal(cn_array_size(&a), 0);
    cn_array_free(&a);
    write_file("short.idx", "\0\0\x0c\1\0\0\0\1\0\0\0\5", 12);
    succeeds(cn_data_read("short.idx", &a));
    assert_true(cn_array_at(&a, 0) == 5);
    cn_array_free(&a);
}

/* Each allocation fails in turn. */
static void lack_of_memory_is_said(void **state)
{
    (void)state;
    static const char *const files[] = {"x.npy", "x.npy.gz", "a.gz", "wide.gz", "short.idx"};
    static const unsigned char wide[] = {0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0};
    write_gz("wide.gz", "wb", wide, sizeof wide);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cn_array a;
        long failures = 0;
        for (cn_status status = CN_ERROR_MEMORY; status != CN_OK; failures++) {
            cn__allocations_left = failures;
            status = cn_data_read(files[i], &a);
            cn__allocations_left = -1;
            if (status != CN_OK && (status != CN_ERROR_MEMORY || !strstr(cn_error(), "memory")))
                fail_msg("%s, allocation %ld: %s", files[i], failures, cn_error());
            cn_array_free(&a);
        }
        assert_true(failures > 2);
    }
}

static void text_is_no_file_of_arrays(void **state)
{
    (void)state;
    cn_array a;
    unsigned char *plain;
    size_t size;
    write_file("text.txt", "hello, arrays\n", 14);
    assert_int_equal(cn_data_read("text.txt", &a), CN_ERROR_FORMAT);
    says("text.txt is neither .npy, .npz, IDX nor gzipped IDX");
    assert_int_equal(cn__gunzip((const unsigned char *)"<html>", 6, 100, "page", &plain, &size),
                     CN_ERROR_FORMAT);
    says("page is no gzip file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_with_its_values),
        cmocka_unit_test(one_to_eight_dimensions),
        cmocka_unit_test(an_empty_array_is_one),
        cmocka_unit_test(what_is_no_idx_file_is_told),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(gzipped_files_are_read),
        cmocka_unit_test(parts_one_after_the_other_are_one_file),
        cmocka_unit_test(every_cut_of_a_gzipped_file_is_refused),
        cmocka_unit_test(no_changed_byte_changes_an_array),
        cmocka_unit_test(what_is_in_a_gzipped_file_is_looked_at),
        cmocka_unit_test(what_swells_too_much_is_refused),
        cmocka_unit_test(a_header_that_asks_for_too_much_is_refused),
        cmocka_unit_test(lack_of_memory_is_said),
        cmocka_unit_test(text_is_no_file_of_arrays),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
