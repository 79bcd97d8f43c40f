/* .npz files: members by name, as numpy.savez and savez_compressed write them; a zip that is cut, damaged, lies about
 * its sizes or names a member twice is refused. */
#include <zip.h>

#include "base/arena_test.h"
#include "data/files/zip.h"
#include "support.h"

static const float x_numbers[] = {1, 2, 3}, y_numbers[] = {4};
static const char *const pair[] = {"x_train", "y_train"};

static void write_pair(const char *path)
{
    const cn_array arrays[] = {cn_array_view(CN_FLOAT32, x_numbers, 1, (size_t[]){3}),
                               cn_array_view(CN_FLOAT32, y_numbers, 1, (size_t[]){1})};
    succeeds(cn_npz_write(path, pair, arrays, 2));
}

/* A zip by libzip itself, its members compressed; `names` and their bytes. */
static void write_compressed(const char *path, const char *const *names, const void *const *bytes,
                             const size_t *sizes, size_t count)
{
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(zip, bytes[i], sizes[i], 0);
        zip_int64_t index = zip_file_add(zip, names[i], source, 0);
        assert_true(index >= 0);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 9), 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static void refuses(const char *path, cn_status expected, const char *part)
{
    cn_array a;
    if (cn_data_read(path, &a) != expected) fail_msg("%s: %s", path, cn_error());
    says(part);
    assert_null(a.data);
}

static void refuses_all(const char *path, cn_status expected, const char *part)
{
    cn_npz all;
    if (cn_npz_read(path, &all) != expected) fail_msg("%s: %s", path, cn_error());
    says(path);
    says(part);
    assert_int_equal(all.count, 0);
    assert_null(all.names);
}

/* ---- members by name -------------------------------------------------------------------------------------------- */

static void members_are_read_by_name(void **state)
{
    (void)state;
    cn_npz all;
    cn_array a;
    write_pair("a.npz");
    succeeds(cn_npz_read("a.npz", &all));
    assert_int_equal(all.count, 2);
    assert_string_equal(all.names[0], "x_train");
    assert_true(cn_array_at(cn_npz_find(&all, "y_train"), 0) == 4);
    assert_null(cn_npz_find(&all, "z"));
    assert_null(cn_npz_find(&all, "x_train.npy"));
    cn_npz_free(&all);
    succeeds(cn_data_read("a.npz:x_train", &a));
    assert_int_equal(a.shape[0], 3);
    assert_true(cn_array_at(&a, 2) == 3);
    cn_array_free(&a);
}

static void a_missing_member_is_answered_with_the_nearest(void **state)
{
    (void)state;
    write_pair("a.npz");
    refuses("a.npz:x_trian", CN_ERROR_FORMAT, "'x_trian'; did you mean 'x_train'?");
    says("a.npz");
    refuses("a.npz:zebra", CN_ERROR_FORMAT, "Known: x_train, y_train");
    refuses("a.npz:", CN_ERROR_FORMAT, "Known: x_train, y_train");
    refuses("a.npz", CN_ERROR_FORMAT, "a.npz has 2 arrays; name one of them, as in a.npz:x_train");
    refuses("b.npz:x_train", CN_ERROR_FILE, "b.npz:x_train: cannot be opened");
    write_file("plain.npy", "\x93NUMPY, but not for long", 23);
    refuses("plain.npy:x_train", CN_ERROR_FORMAT, "plain.npy is not an .npz file");
}

static void the_only_member_needs_no_name(void **state)
{
    (void)state;
    const cn_array y = cn_array_view(CN_FLOAT32, y_numbers, 1, (size_t[]){1});
    cn_array a;
    succeeds(cn_npz_write("one.npz", (const char *const[]){"arr_0"}, &y, 1));
    succeeds(cn_data_read("one.npz", &a));
    assert_true(cn_array_at(&a, 0) == 4);
    cn_array_free(&a);
    succeeds(cn_data_read("one.npz:arr_0", &a));
    cn_array_free(&a);
}

/* A file that is there comes before a member: the colon may be the name's own. */
static void a_colon_in_the_name_of_a_file(void **state)
{
    (void)state;
    const cn_array y = cn_array_view(CN_FLOAT32, y_numbers, 1, (size_t[]){1});
    cn_array a;
    succeeds(cn_npy_write("run:3.npy", &y));
    succeeds(cn_data_read("run:3.npy", &a));
    cn_array_free(&a);
    write_pair("run:4.npz");
    succeeds(cn_data_read("run:4.npz:y_train", &a));
    cn_array_free(&a);
}

/* Also the last of many, and under names as long as a zip can hold them. */
static void many_members_and_long_names(void **state)
{
    (void)state;
    enum { MANY = 300, LONG = 1000 };
    static char names[MANY][8], longer[2][LONG + 1];
    static const char *list[MANY];
    static cn_array arrays[MANY];
    static int32_t numbers[MANY];
    cn_array a;
    cn_npz all;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "w%zu", i);
        list[i] = names[i];
        numbers[i] = (int32_t)i;
        arrays[i] = cn_array_view(CN_INT32, &numbers[i], 1, (size_t[]){1});
    }
    succeeds(cn_npz_write("many.npz", list, arrays, MANY));
    succeeds(cn_data_read("many.npz:w299", &a));
    assert_true(cn_array_at(&a, 0) == 299);
    cn_array_free(&a);
    refuses("many.npz:x299", CN_ERROR_FORMAT, "did you mean 'w299'?");
    succeeds(cn_npz_read("many.npz", &all));
    assert_int_equal(all.count, MANY);
    for (size_t i = 0; i < MANY; i++) assert_true(cn_array_at(cn_npz_find(&all, names[i]), 0) == (double)i);
    cn_npz_free(&all);

    for (size_t i = 0; i < 2; i++) memset(longer[i], 'n', LONG), longer[i][LONG - 1] = (char)('a' + i);
    succeeds(cn_npz_write("long.npz", (const char *const[]){longer[0], longer[1]}, arrays, 2));
    succeeds(cn_npz_read("long.npz", &all));
    assert_true(cn_array_at(cn_npz_find(&all, longer[1]), 0) == 1);
    cn_npz_free(&all);
}

static void compressed_members_are_read(void **state)
{
    (void)state;
    static float zeros[50000];
    const cn_array numbers = cn_array_view(CN_FLOAT32, zeros, 1, (size_t[]){50000});
    size_t size;
    cn_array a;
    zeros[49999] = 5;
    succeeds(cn_npy_write("z.npy", &numbers));
    unsigned char *bytes = read_file("z.npy", &size);
    write_compressed("z.npz", (const char *const[]){"z.npy"}, (const void *const[]){bytes}, &size, 1);
    free(bytes);
    succeeds(cn_data_read("z.npz:z", &a));
    assert_int_equal(a.shape[0], 50000);
    assert_true(cn_array_at(&a, 49999) == 5);
    cn_array_free(&a);
}

static void equal_arrays_give_equal_bytes(void **state)
{
    (void)state;
    size_t a_size, b_size;
    write_pair("a.npz");
    write_pair("b.npz");
    unsigned char *a = read_file("a.npz", &a_size), *b = read_file("b.npz", &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    const cn_array y = cn_array_view(CN_FLOAT32, y_numbers, 1, (size_t[]){1}), arrays[] = {y, y};
    assert_int_equal(cn_npz_write("no-such-folder/a.npz", pair, arrays, 2), CN_ERROR_FILE);
    says("no-such-folder/a.npz");
    assert_int_not_equal(cn_npz_write("twice.npz", (const char *const[]){"x", "x"}, arrays, 2), CN_OK);
    says("x.npy");
    assert_int_equal(access("twice.npz", F_OK), -1);
}

/* ---- what is no .npz -------------------------------------------------------------------------------------------- */

static void what_is_no_zip_is_named(void **state)
{
    (void)state;
    static const char empty_zip[22] = "PK\5\6";
    write_file("text.npz", "hello, arrays, this is no zip\n", 30);
    refuses_all("text.npz", CN_ERROR_FORMAT, "is not an .npz file");
    write_file("none.npz", "", 0);
    refuses_all("none.npz", CN_ERROR_FORMAT, "is not an .npz file");
    refuses_all("nothing-here.npz", CN_ERROR_FILE, "nothing-here.npz");
    refuses_all(".", CN_ERROR_FILE, ".");
    write_file("empty.npz", empty_zip, sizeof empty_zip);
    refuses("empty.npz", CN_ERROR_FORMAT, "empty.npz holds no arrays");
    refuses("empty.npz:x", CN_ERROR_FORMAT, "'x'");
}

static void a_member_that_is_no_array_is_named(void **state)
{
    (void)state;
    static const char text[] = "This archive holds arrays.";
    write_compressed("readme.npz", (const char *const[]){"README"}, (const void *const[]){text},
                     (const size_t[]){sizeof text}, 1);
    refuses_all("readme.npz", CN_ERROR_FORMAT, "readme.npz:README is no .npy file");
}

/* ---- zips that are cut or changed ------------------------------------------------------------------------------- */

static void every_cut_of_a_zip_is_refused(void **state)
{
    (void)state;
    size_t size;
    cn_npz all;
    write_pair("a.npz");
    unsigned char *bytes = read_file("a.npz", &size);
    for (size_t n = 0; n < size; n++) {
        write_file("cut.npz", bytes, n);
        assert_int_equal(cn_npz_read("cut.npz", &all), CN_ERROR_FORMAT);
        says("cut.npz");
    }
    free(bytes);
}

/* A checksum guards each member: an array that comes back is one that was written, whatever byte was changed. */
static void no_changed_byte_changes_an_array(void **state)
{
    (void)state;
    size_t size, refused = 0;
    cn_npz all;
    write_pair("a.npz");
    unsigned char *bytes = read_file("a.npz", &size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            bytes[i] ^= (unsigned char)(1 << bit);
            write_file("odd.npz", bytes, size);
            if (cn_npz_read("odd.npz", &all) != CN_OK) {
                says("odd.npz");
                refused++;
            } else {
                for (size_t k = 0; k < all.count; k++) {
                    const cn_array *a = &all.arrays[k];
                    bool is_x = a->shape[0] == 3;
                    assert_int_equal(cn_array_size(a), is_x ? 3 : 1);
                    assert_memory_equal(a->data, is_x ? x_numbers : y_numbers, is_x ? 12 : 4);
                }
                cn_npz_free(&all);
            }
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    free(bytes);
    assert_true(refused > 128 * 2 * 3); /* at least each byte of each member */
}

/* The place of the n-th record that begins with `mark`. */
static size_t find_record(const unsigned char *bytes, size_t size, const char *mark, int n)
{
    for (size_t i = 0; i + 4 <= size; i++)
        if (memcmp(bytes + i, mark, 4) == 0 && n-- == 0) return i;
    fail_msg("no record");
    return 0;
}

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> 8 * i);
}

/* The sizes of the first member, compressed and not, in its own header and in the directory. */
static void claim(const char *path, uint32_t packed, uint32_t plain)
{
    size_t size;
    unsigned char *bytes = read_file("a.npz", &size);
    unsigned char *local = bytes + find_record(bytes, size, "PK\3\4", 0),
                  *entry = bytes + find_record(bytes, size, "PK\1\2", 0);
    put32(local + 18, packed), put32(local + 22, plain);
    put32(entry + 20, packed), put32(entry + 24, plain);
    write_file(path, bytes, size);
    free(bytes);
}

static void sizes_that_lie_are_refused(void **state)
{
    (void)state;
    static const char zeros[1 << 20];
    cn_npz all;
    write_pair("a.npz");
    claim("true.npz", 140, 140);
    succeeds(cn_npz_read("true.npz", &all));
    cn_npz_free(&all);
    claim("more.npz", 140, 141);
    refuses_all("more.npz", CN_ERROR_FORMAT, "x_train");
    claim("fewer.npz", 140, 139);
    refuses_all("fewer.npz", CN_ERROR_FORMAT, "x_train");
    claim("none.npz", 0, 0);
    refuses_all("none.npz", CN_ERROR_FORMAT, "x_train");
    claim("huge.npz", 140, 0xfffffff0u);
    refuses_all("huge.npz", CN_ERROR_FORMAT, "size");
    claim("much.npz", 2000000,
          2000000000); /* deflate could do that, but no file of this size has so much to say */
    refuses_all("much.npz", CN_ERROR_FORMAT, "unpacks to too much");
    claim("both.npz", 0xfffffff0u, 0xfffffff0u); /* four gigabytes in a file of some hundred bytes */
    refuses_all("both.npz", CN_ERROR_FORMAT, "x_train");

    /* a megabyte of zeros in a kilobyte is what deflate can do; as the bytes of an .npy file they are none */
    write_compressed("a.npz", (const char *const[]){"x_train.npy"}, (const void *const[]){zeros},
                     (const size_t[]){sizeof zeros}, 1);
    refuses_all("a.npz", CN_ERROR_FORMAT, "no .npy file");
    size_t size;
    unsigned char *bytes = read_file("a.npz", &size), *entry = bytes + find_record(bytes, size, "PK\1\2", 0);
    uint32_t packed = entry[20] | (uint32_t)entry[21] << 8;
    free(bytes);
    claim("bomb.npz", packed, packed * 1100);
    refuses_all("bomb.npz", CN_ERROR_FORMAT, "not credible");
    claim("less.npz", packed, 1000); /* what comes out beyond the claim is not taken */
    refuses_all("less.npz", CN_ERROR_FORMAT, "damaged");
}

/* Two members of one name: which is meant? */
static void a_name_that_is_there_twice_is_refused(void **state)
{
    (void)state;
    size_t size;
    write_pair("a.npz");
    unsigned char *bytes = read_file("a.npz", &size);
    bytes[find_record(bytes, size, "PK\3\4", 1) + 30] = 'x';
    bytes[find_record(bytes, size, "PK\1\2", 1) + 46] = 'x';
    write_file("twice.npz", bytes, size);
    free(bytes);
    refuses_all("twice.npz", CN_ERROR_FORMAT, "twice.npz: it has two members 'x_train.npy'");
    refuses("twice.npz:x_train", CN_ERROR_FORMAT, "two members 'x_train.npy'");
    refuses("twice.npz", CN_ERROR_FORMAT, "two members 'x_train.npy'");
    /* "x" and "x.npy" are both called x */
    char one[130] = "\x93NUMPY\1\0v\0";
    snprintf(one + 10, sizeof one - 10, "%-117s\n\7",
             "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }");
    const cn__zip_member members[] = {{"x", one, 129}, {"x.npy", one, 129}};
    cn_npz all;
    succeeds(cn__zip_write("one.npz", members, 1));
    succeeds(cn_npz_read("one.npz", &all));
    assert_string_equal(all.names[0], "x");
    cn_npz_free(&all);
    succeeds(cn__zip_write("twice.npz", members, 2));
    refuses_all("twice.npz", CN_ERROR_FORMAT, "twice.npz holds 'x' twice");
    refuses("twice.npz:x", CN_ERROR_FORMAT, "twice.npz holds 'x' twice");
}

static void a_name_that_leads_out_of_a_folder_is_refused(void **state)
{
    (void)state;
    static const char *const out[] = {"/x.npy",     "\\x.npy",      "C:x.npy", "../x.npy",
                                      "a/../x.npy", "a\\..\\x.npy", "a/..",    ".."},
                             *const in[] = {"..x.npy", "a..b.npy", "a/..x.npy",
                                            "...npy",  "ab:c.npy", "a/b../c.npy"};
    size_t size;
    char *bytes;
    cn_npz all;
    write_pair("pair.npz");
    const cn_array one = cn_array_view(CN_FLOAT32, x_numbers, 1, (size_t[]){3});
    succeeds(cn_npy_write("x.npy", &one));
    succeeds(cn__file_read("x.npy", &bytes, &size, 1000));
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        write_compressed("names.npz", &out[i], (const void *const[]){bytes}, &size, 1);
        refuses_all("names.npz", CN_ERROR_FORMAT, "has the name of a file elsewhere");
        says(out[i]);
    }
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        write_compressed("names.npz", &in[i], (const void *const[]){bytes}, &size, 1);
        succeeds(cn_npz_read("names.npz", &all));
        assert_int_equal(all.count, 1);
        cn_npz_free(&all);
    }
    cn__free(bytes);
}

/* Inputs and targets by the names that others give them; a member that is no .npy, or of a longer name, is none. */
static void pairs_are_found_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *members[4], *x, *y, *test_x;
    } cases[] = {
        {{"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"}, "x_train", "y_train", "x_test"},
        {{"X.npy", "Y.npy"}, "X", "Y", NULL},
        {{"data.npy", "target.npy", "x.npy"}, "data", "target", NULL},
        {{"labels.npy", "features.npy", "x.txt", "README"}, "features", "labels", NULL},
        {{"x.npy.old", "y.npy"}, NULL, NULL, NULL},
        {{"xy.npy"}, NULL, NULL, NULL},
    };
    size_t size, count;
    char *bytes;
    const cn_array one = cn_array_view(CN_FLOAT32, x_numbers, 1, (size_t[]){3});
    succeeds(cn_npy_write("x.npy", &one));
    succeeds(cn__file_read("x.npy", &bytes, &size, 1000));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const void *all[4] = {bytes, bytes, bytes, bytes};
        const size_t sizes[4] = {size, size, size, size};
        size_t members = 0;
        while (members < 4 && cases[i].members[members]) members++;
        write_compressed("pairs.npz", cases[i].members, all, sizes, members);
        cn_status status = CN_ERROR_MEMORY;
        const char *found[4];
        for (long n = 0; status == CN_ERROR_MEMORY; n++) { /* each allocation fails in turn */
            cn__arena arena = {0};
            cn__allocations_left = n;
            status = cn__npz_pairs(&arena, "pairs.npz", found);
            cn__allocations_left = -1;
            if (status == CN_OK) {
                char wanted[40];
                snprintf(wanted, sizeof wanted, "pairs.npz:%s", cases[i].x);
                assert_string_equal(found[0], wanted);
                snprintf(wanted, sizeof wanted, "pairs.npz:%s", cases[i].y);
                assert_string_equal(found[1], wanted);
                assert_int_equal(found[2] != NULL, cases[i].test_x != NULL);
            }
            cn__arena_free(&arena);
        }
        assert_int_equal(status == CN_OK, cases[i].x != NULL);
        if (!cases[i].x) says("has no arrays x and y, nor x_train and y_train");
        const char **names;
        status = CN_ERROR_MEMORY;
        for (long n = 0; status == CN_ERROR_MEMORY; n++) {
            cn__arena arena = {0};
            cn__allocations_left = n;
            status = cn__npz_names(&arena, "pairs.npz", &names, &count);
            cn__allocations_left = -1;
            if (status == CN_OK) assert_true(count >= 1 && !strchr(names[0], '.'));
            cn__arena_free(&arena);
        }
        succeeds(status);
    }
    cn__free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read_by_name),
        cmocka_unit_test(a_missing_member_is_answered_with_the_nearest),
        cmocka_unit_test(the_only_member_needs_no_name),
        cmocka_unit_test(a_colon_in_the_name_of_a_file),
        cmocka_unit_test(many_members_and_long_names),
        cmocka_unit_test(compressed_members_are_read),
        cmocka_unit_test(equal_arrays_give_equal_bytes),
        cmocka_unit_test(what_cannot_be_written_is_told),
        cmocka_unit_test(what_is_no_zip_is_named),
        cmocka_unit_test(a_member_that_is_no_array_is_named),
        cmocka_unit_test(every_cut_of_a_zip_is_refused),
        cmocka_unit_test(no_changed_byte_changes_an_array),
        cmocka_unit_test(sizes_that_lie_are_refused),
        cmocka_unit_test(a_name_that_leads_out_of_a_folder_is_refused),
        cmocka_unit_test(a_name_that_is_there_twice_is_refused),
        cmocka_unit_test(pairs_are_found_by_their_names),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
