/* .npy files: what numpy writes is read, what is written is read again, and a file that is cut or lies is refused with
 * a message that says where. */
#include <math.h>

#include "support.h"

/* An .npy file with this header (version 1, 2 or 3) and these numbers; in memory of exactly its size. */
static unsigned char *npy(int version, const char *header, const void *numbers, size_t bytes, size_t *size)
{
    size_t length = strlen(header), at = version == 1 ? 10 : 12;
    *size = at + length + bytes;
    unsigned char *file = malloc(*size);
    assert_non_null(file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version, file[7] = 0;
    for (size_t i = 8; i < at; i++) file[i] = (unsigned char)(length >> 8 * (i - 8));
    memcpy(file + at, header, length);
    if (bytes) memcpy(file + at + length, numbers, bytes);
    return file;
}

static cn_status parse(int version, const char *header, const void *numbers, size_t bytes, cn_array *out)
{
    size_t size;
    unsigned char *file = npy(version, header, numbers, bytes, &size);
    cn_error_clear();
    cn_status status = cn__npy_parse(file, size, "a.npy", out);
    free(file);
    return status;
}

static void reads(const char *descr, bool fortran, const char *shape, const void *numbers, size_t bytes,
                  cn_array *out)
{
    char header[200];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr,
             fortran ? "True" : "False", shape);
    if (parse(1, header, numbers, bytes, out) != CN_OK) fail_msg("%s %s: %s", descr, shape, cn_error());
}

/* ---- every type ------------------------------------------------------------------------------------------------- */

typedef struct sample {
    const char *little; /* an element's bytes */
    double value;
} sample;

static const struct kind {
    const char *type; /* numpy's, without the order */
    size_t bytes;
    cn_dtype to;
    sample samples[5];
} kinds[] = {
    {"f4",
     4,
     CN_FLOAT32,
     {{"\0\0\xc0\x3f", 1.5}, {"\xff\xff\x7f\xff", -0x1.fffffep127}, {"\1\0\0\0", 0x1p-149}}},
    {"f8",
     8,
     CN_FLOAT64,
     {{"\0\0\0\0\0\0\xf8\xbf", -1.5},
      {"\1\0\0\0\0\0\0\0", 0x1p-1074},
      {"\1\0\0\0\0\0\xf0\x3f", 1 + 0x1p-52}}},
    {"f2",
     2,
     CN_FLOAT32,
     {{"\0\x3e", 1.5},
      {"\xff\xfb", -65504},
      {"\1\0", 0x1p-24},
      {"\xff\x83", -1023 * 0x1p-24},
      {"\0\x04", 0x1p-14}}},
    {"u1", 1, CN_UINT8, {{"\xfe", 254}, {"\xff", 255}}},
    {"i1", 1, CN_INT8, {{"\xfe", -2}, {"\x80", -128}, {"\x7f", 127}}},
    {"b1", 1, CN_BOOL, {{"\1", 1}, {"\0", 0}}},
    {"i2", 2, CN_INT16, {{"\xfe\xff", -2}, {"\0\x80", -32768}, {"\xff\x7f", 32767}}},
    {"u2", 2, CN_INT32, {{"\xfe\xff", 65534}, {"\0\x80", 32768}}},
    {"i4", 4, CN_INT32, {{"\xfe\xff\xff\xff", -2}, {"\0\0\0\x80", -2147483648.0}}},
    {"u4", 4, CN_INT64, {{"\1\0\0\x80", 2147483649.0}, {"\xff\xff\xff\xff", 4294967295.0}}},
    {"i8", 8, CN_INT64, {{"\xfe\xff\xff\xff\xff\xff\xff\xff", -2}, {"\0\0\0\0\0\0\0\x80", -0x1p63}}},
    {"u8", 8, CN_INT64, {{"\7\0\0\0\0\0\0\0", 7}, {"\0\0\0\0\0\0\0\x40", 0x1p62}}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool this_machine_is_little(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

static void check_sample(const struct kind *k, const sample *s, char order)
{
    char descr[8];
    unsigned char bytes[8];
    bool big = order == '>' || (order != '<' && !this_machine_is_little());
    for (size_t i = 0; i < k->bytes; i++) bytes[i] = (unsigned char)s->little[big ? k->bytes - 1 - i : i];
    snprintf(descr, sizeof descr, "%c%s", order, k->type);
    cn_array a;
    reads(descr, false, "(1,)", bytes, k->bytes, &a);
    assert_int_equal(a.dtype, k->to);
    if (cn_array_at(&a, 0) != s->value) fail_msg("%s: %a, expected %a", descr, cn_array_at(&a, 0), s->value);
    cn_array_free(&a);
}

static void every_number_type_of_numpy_is_read_in_either_byte_order(void **state)
{
    (void)state;
    for (const struct kind *k = kinds; k < kinds + KINDS; k++)
        for (int i = 0; i < 5 && (i == 0 || k->samples[i].little); i++)
            for (const char *order = "<>=|"; *order; order++) check_sample(k, &k->samples[i], *order);
}

static void half_precision_keeps_infinity_nan_and_the_sign_of_zero(void **state)
{
    (void)state;
    cn_array a;
    reads("<f2", false, "(5,)", "\0\x7c\0\xfc\0\x7e\0\0\0\x80", 10, &a);
    assert_true(cn_array_at(&a, 0) == (double)INFINITY && cn_array_at(&a, 1) == -(double)INFINITY);
    assert_true(isnan(cn_array_at(&a, 2)));
    assert_true(cn_array_at(&a, 3) == 0 && !signbit(cn_array_at(&a, 3)));
    assert_true(cn_array_at(&a, 4) == 0 && signbit(cn_array_at(&a, 4)));
    cn_array_free(&a);
}

static void a_uint64_beyond_int64_is_refused_in_any_layout(void **state)
{
    (void)state;
    static const char little[] = "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\x80",
                      big[] = "\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\1";
    cn_array a;
    for (int fortran = 0; fortran < 2; fortran++)
        for (int swap = 0; swap < 2; swap++) {
            char header[100];
            snprintf(header, sizeof header, "{'descr': '%cu8', 'fortran_order': %s, 'shape': (1, 2), }",
                     swap ? '>' : '<', fortran ? "True" : "False");
            assert_int_equal(parse(1, header, swap ? big : little, 16, &a), CN_ERROR_FORMAT);
            says("element 1 is 9223372036854775809");
            assert_null(a.data);
        }
}

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

static void all_header_versions_are_read(void **state)
{
    (void)state;
    static const float six[] = {1, 2, 3, 4, 5, 6};
    cn_array a;
    for (int version = 1; version <= 3; version++) {
        succeeds(
            parse(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", six, 24, &a));
        assert_int_equal(a.ndim, 2);
        assert_int_equal(a.shape[0], 2);
        assert_int_equal(a.shape[1], 3);
        for (size_t i = 0; i < 6; i++) assert_true(cn_array_at(&a, i) == (double)six[i]);
        cn_array_free(&a);
    }
    /* keys in any order, without the last comma; a list; numbers beyond what the shape asks for, as numpy.load */
    succeeds(parse(1, "{'shape':[2],\"fortran_order\":False,'descr':'<f4'}", six, 24, &a));
    assert_int_equal(cn_array_size(&a), 2);
    cn_array_free(&a);
}

/* A header longer than version 1 can hold. */
static void a_header_of_more_than_64_kilobytes_is_read(void **state)
{
    (void)state;
    static char header[70000];
    static const float one = 7;
    cn_array a;
    memset(header, ' ', sizeof header - 1);
    memcpy(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 57);
    succeeds(parse(2, header, &one, 4, &a));
    assert_true(cn_array_at(&a, 0) == 7);
    cn_array_free(&a);
}

static void a_number_without_dimensions_and_empty_arrays(void **state)
{
    (void)state;
    static const float seven = 7;
    cn_array a;
    for (int fortran = 0; fortran < 2; fortran++) {
        reads("<f4", fortran, "()", &seven, 4, &a);
        assert_int_equal(a.ndim, 0);
        assert_int_equal(cn_array_size(&a), 1);
        assert_true(cn_array_at(&a, 0) == 7);
        cn_array_free(&a);
        reads(">i2", fortran, "(0,)", NULL, 0, &a);
        assert_int_equal(cn_array_size(&a), 0);
        cn_array_free(&a);
        reads("<f4", fortran, "(4000000000, 0, 4000000000)", NULL, 0, &a);
        assert_int_equal(a.ndim, 3);
        assert_int_equal(cn_array_size(&a), 0);
        cn_array_free(&a);
    }
}

/* Element (i, j, k) of a (2, 3, 4) array in Fortran order stands at i + 2 j + 6 k. */
static void fortran_order_is_turned_round_for_every_type(void **state)
{
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
        for (int big = 0; big < 2; big++) {
            unsigned char bytes[24 * 8] = {0};
            char descr[8];
            cn_array a, plain;
            for (size_t n = 0; n < 24 * kind->bytes; n++) /* positive and exact in every type */
                if (n % kind->bytes == (big ? kind->bytes - 1 : 0))
                    bytes[n] = (unsigned char)(n / kind->bytes + 1);
            snprintf(descr, sizeof descr, "%c%s", big ? '>' : '<', kind->type);
            reads(descr, true, "(2, 3, 4)", bytes, 24 * kind->bytes, &a);
            reads(descr, false, "(24,)", bytes, 24 * kind->bytes, &plain);
            for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < 3; j++)
                    for (size_t k = 0; k < 4; k++)
                        assert_true(cn_array_at(&a, (i * 3 + j) * 4 + k) ==
                                    cn_array_at(&plain, i + 2 * j + 6 * k));
            assert_true(kind->to == CN_BOOL || cn_array_at(&plain, 1) != cn_array_at(&plain, 0));
            cn_array_free(&a);
            cn_array_free(&plain);
        }
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void check_round_trip(cn_dtype dtype, int ndim, const size_t *shape)
{
    cn_array a, b;
    succeeds(cn_array_new(&a, dtype, ndim, shape));
    size_t bytes = cn_array_size(&a) * cn_dtype_size(dtype), size;
    for (size_t i = 0; i < bytes; i++)
        ((unsigned char *)a.data)[i] = (unsigned char)(dtype == CN_BOOL ? i % 2 : i * 37 + 1);
    succeeds(cn_npy_write("a.npy", &a));
    unsigned char *file = read_file("a.npy", &size);
    size_t start = 10 + file[8] + (size_t)file[9] * 256;
    assert_int_equal(start % 64, 0); /* numpy maps such a file */
    assert_int_equal(file[start - 1], '\n');
    assert_int_equal(size, start + bytes);
    free(file);
    if (cn_data_read("a.npy", &b) != CN_OK) fail_msg("%s: %s", cn_dtype_name(dtype), cn_error());
    assert_int_equal(b.dtype, dtype);
    assert_int_equal(b.ndim, ndim);
    for (int i = 0; i < ndim; i++) assert_int_equal(b.shape[i], shape[i]);
    if (bytes) assert_memory_equal(a.data, b.data, bytes);
    cn_array_free(&a);
    cn_array_free(&b);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const struct {
        int ndim;
        size_t shape[CN_MAX_DIMS];
    } shapes[] = {{0, {0}},        {1, {1}},       {1, {5}},       {1, {0}},
                  {2, {3, 1}},     {3, {2, 0, 3}}, {3, {2, 3, 4}}, {8, {1, 2, 1, 2, 1, 2, 1, 2}},
                  {2, {100000, 0}}};
    for (int type = CN_FLOAT32; type <= CN_BOOL; type++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            check_round_trip((cn_dtype)type, shapes[i].ndim, shapes[i].shape);
}

/* numpy.save(numpy.arange(6, dtype="float32").reshape(2, 3)), byte for byte. */
static void the_bytes_are_those_of_numpy(void **state)
{
    (void)state;
    static const char start[] =
        "\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    static const float six[] = {0, 1, 2, 3, 4, 5};
    const cn_array a = cn_array_view(CN_FLOAT32, six, 2, (size_t[]){2, 3});
    char expected[128];
    size_t size;
    memset(expected, ' ', sizeof expected);
    memcpy(expected, start, sizeof start - 1);
    expected[127] = '\n';
    succeeds(cn_npy_write("a.npy", &a));
    unsigned char *file = read_file("a.npy", &size);
    assert_int_equal(size, 128 + sizeof six);
    assert_memory_equal(file, expected, 128);
    free(file);
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    static const float one = 1;
    const cn_array a = cn_array_view(CN_FLOAT32, &one, 1, (size_t[]){1}), none = {.dtype = CN_FLOAT32},
                   odd = {.dtype = (cn_dtype)77, .ndim = 1, .shape = {1}, .data = a.data},
                   fewer = {.dtype = CN_FLOAT32, .ndim = -1, .data = a.data},
                   more = {.dtype = CN_FLOAT32, .ndim = CN_MAX_DIMS + 1, .data = a.data};
    assert_int_equal(cn_npy_write("fewer.npy", &fewer), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_npy_write("more.npy", &more), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_npy_write("no-such-folder/a.npy", &a), CN_ERROR_FILE);
    says("no-such-folder/a.npy");
    assert_int_equal(cn_npy_write(".", &a), CN_ERROR_FILE);
    assert_int_equal(cn_npy_write("none.npy", &none), CN_ERROR_ARGUMENT);
    says("no data");
    assert_int_equal(cn_npy_write("odd.npy", &odd), CN_ERROR_ARGUMENT);
    assert_int_equal(access("none.npy", F_OK), -1);
    assert_int_equal(access("odd.npy", F_OK), -1);
}

/* Bytes that stand for a share of one are written as that, each allocation failing in turn. */
static void divided_bytes_are_written_as_numbers(void **state)
{
    (void)state;
    static unsigned char bytes[] = {0, 51, 255};
    cn_array a = cn_array_view(CN_UINT8, bytes, 1, (size_t[]){3}), back;
    a.divide_by = 255;
    cn_status status = CN_ERROR_MEMORY;
    for (long n = 0; status != CN_OK; n++) {
        cn__allocations_left = n;
        status = cn_npy_write("shares.npy", &a);
        cn__allocations_left = -1;
        if (status != CN_OK) assert_int_equal(status, CN_ERROR_MEMORY);
    }
    succeeds(cn_data_read("shares.npy", &back));
    assert_int_equal(back.dtype, CN_FLOAT32);
    assert_true(cn_array_at(&back, 1) == (double)(51.0f / 255.0f) && cn_array_at(&back, 2) == 1);
    cn_array_free(&back);
}

/* ---- files that lie --------------------------------------------------------------------------------------------- */

static void refuses(const char *header, const char *part)
{
    static const char numbers[64];
    cn_array a;
    if (parse(1, header, numbers, sizeof numbers, &a) != CN_ERROR_FORMAT)
        fail_msg("%s: %s", header, cn_error());
    says("a.npy");
    says(part);
    assert_null(a.data);
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
#define WITH_SHAPE(text) "{'descr': '<f4', 'fortran_order': False, 'shape': " text ", }"
    refuses(WITH_SHAPE("(17,)"), "64 bytes");
    static const char none[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }";
    cn_array a;
    assert_int_equal(parse(1, none, "1234567", 7, &a), CN_ERROR_FORMAT);
    says("is cut short: 8 bytes of numbers expected, 7 are there");
    refuses(WITH_SHAPE("(1000000, 1000000)"), "64 bytes");
    refuses(WITH_SHAPE("(4294967296, 4294967296, 16)"), "64 bytes"); /* times 4: 0, where it wraps around */
    refuses(WITH_SHAPE("(4611686018427387905,)"), "64 bytes");       /* times 4: 4 */
    refuses(WITH_SHAPE("(9223372036854775807, 2)"), "64 bytes");
    refuses(WITH_SHAPE("(-1,)"), "holds -1");
    refuses(WITH_SHAPE("(4, -9223372036854775808)"), "holds -9223372036854775808");
    refuses(WITH_SHAPE("(1.5,)"), "holds 1.5");
    refuses(WITH_SHAPE("(True,)"), "holds true");
    refuses(WITH_SHAPE("('a',)"), "holds a");
    refuses(WITH_SHAPE("(99999999999999999999999,)"), "beyond 64 bits");
    refuses(WITH_SHAPE("(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)"), "10 dimensions");
    refuses(WITH_SHAPE("(3)"), "its shape is 3; expected a tuple");
    refuses(WITH_SHAPE("None"), "its shape is none; expected a tuple");
    refuses(WITH_SHAPE("(1,"), "header");
#undef WITH_SHAPE
}

static void headers_that_lack_something_are_refused(void **state)
{
    (void)state;
    refuses("{'descr': '<f4', 'fortran_order': False}", "lacks shape");
    refuses("{'descr': '<f4', 'shape': (1,)}", "lacks fortran_order");
    refuses("{'fortran_order': False, 'shape': (1,)}", "lacks descr");
    refuses("{}", "lacks descr");
    refuses("[1, 2]", "lacks descr");
    refuses("descr", "lacks descr");
    refuses("", "header");
    refuses("{'descr'", "header");
    refuses("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "twice");
    refuses("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}",
            "its fortran_order is 1; expected True or False");
}

static void types_that_are_no_numbers_are_named(void **state)
{
    (void)state;
#define WITH_DESCR(text) "{'descr': " text ", 'fortran_order': False, 'shape': (1,), }"
    refuses(WITH_DESCR("'|O'"), "Python objects ('|O'); expected float16");
    refuses(WITH_DESCR("'<U5'"), "text ('<U5')");
    refuses(WITH_DESCR("'|S12'"), "text");
    refuses(WITH_DESCR("'<c8'"), "complex numbers ('<c8')");
    refuses(WITH_DESCR("'<M8[ns]'"), "dates");
    refuses(WITH_DESCR("'<f16'"), "an unknown type ('<f16')");
    refuses(WITH_DESCR("'<f3'"), "an unknown type ('<f3')");
    refuses(WITH_DESCR("'?f4'"), "an unknown type");
    refuses(WITH_DESCR("'<f'"), "an unknown type");
    refuses(WITH_DESCR("'<'"), "an unknown type");
    refuses(WITH_DESCR("''"), "an unknown type ('')");
    refuses(WITH_DESCR("[('a', '<f4')]"), "structured");
    refuses(WITH_DESCR("5"), "its descr is 5");
#undef WITH_DESCR
}

static void refuses_bytes(const void *bytes, size_t size, const char *part)
{
    cn_array a = {0};
    unsigned char *copy = exact_copy(bytes, size);
    assert_int_equal(cn__npy_parse(copy, size, "a.npy", &a), CN_ERROR_FORMAT);
    free(copy);
    says("a.npy");
    says(part);
}

static void unknown_versions_and_other_magic_are_refused(void **state)
{
    (void)state;
    static const float one = 1;
    size_t size;
    unsigned char *file =
        npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", &one, sizeof one, &size);
    file[6] = 0;
    refuses_bytes(file, size, "version 0; expected 1 to 3");
    file[6] = 4;
    refuses_bytes(file, size, "version 4");
    file[6] = 255;
    refuses_bytes(file, size, "version 255");
    file[6] = 1;
    for (size_t i = 0; i < 6; i++) {
        file[i] ^= 0x20;
        refuses_bytes(file, size, "no .npy file");
        file[i] ^= 0x20;
    }
    file[20] = '\0';
    refuses_bytes(file, size, "no text");
    free(file);
    refuses_bytes("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14, "cut short in its header");
    refuses_bytes("\x93NUMPY\2\0\xff\xff", 10, "cut short in its header");
}

/* From the first byte to the last but one, of each version: refused, and the message says why. */
static void every_cut_of_a_file_is_refused(void **state)
{
    (void)state;
    static const float six[] = {1, 2, 3, 4, 5, 6};
    for (int version = 1; version <= 3; version++) {
        size_t size, start = version == 1 ? 10 : 12;
        unsigned char *file =
            npy(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", six, 24, &size);
        for (size_t n = 0; n < size; n++) {
            refuses_bytes(file, n, n < 10 ? "no .npy file" : "cut short");
            if (n >= 10 && n < size - 24) says("in its header");
        }
        assert_true(size > start + 24);
        free(file);
    }
}

/* Each byte of the header changed to each of some: an array that the bytes can hold, or an error. */
static void no_changed_byte_makes_more_of_a_file_than_it_holds(void **state)
{
    (void)state;
    static const float six[] = {1, 2, 3, 4, 5, 6};
    static const char others[] = "\0 '(){}[],:0129-.eOfTF<>|\xff\x80\x93";
    size_t size, read = 0;
    unsigned char *file =
        npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", six, 24, &size);
    for (size_t i = 0; i < size - 24; i++)
        for (size_t k = 0; k < sizeof others; k++) {
            unsigned char before = file[i];
            cn_array a = {0};
            file[i] = (unsigned char)others[k];
            if (cn__npy_parse(file, size, "a.npy", &a) == CN_OK) {
                assert_true(cn_array_size(&a) * cn_dtype_size(a.dtype) <= 2 * size); /* float16 doubles */
                cn_array_free(&a);
                read++;
            } else {
                assert_int_equal(cn_error_status(), CN_ERROR_FORMAT);
            }
            file[i] = before;
        }
    free(file);
    assert_in_range(read, 60, 600); /* the unchanged ones, other blanks, smaller shapes; not much else */
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    cn_array a;
    assert_int_equal(cn_data_read("nothing-here.npy", &a), CN_ERROR_FILE);
    says("nothing-here.npy: cannot be opened");
    assert_int_equal(cn_data_read(".", &a), CN_ERROR_FILE);
    says("directory");
    write_file("empty.npy", "", 0);
    assert_int_equal(cn_data_read("empty.npy", &a), CN_ERROR_FORMAT);
    says("empty.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_type_of_numpy_is_read_in_either_byte_order),
        cmocka_unit_test(half_precision_keeps_infinity_nan_and_the_sign_of_zero),
        cmocka_unit_test(a_uint64_beyond_int64_is_refused_in_any_layout),
        cmocka_unit_test(all_header_versions_are_read),
        cmocka_unit_test(a_header_of_more_than_64_kilobytes_is_read),
        cmocka_unit_test(a_number_without_dimensions_and_empty_arrays),
        cmocka_unit_test(fortran_order_is_turned_round_for_every_type),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_bytes_are_those_of_numpy),
        cmocka_unit_test(what_cannot_be_written_is_told),
        cmocka_unit_test(divided_bytes_are_written_as_numbers),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(headers_that_lack_something_are_refused),
        cmocka_unit_test(types_that_are_no_numbers_are_named),
        cmocka_unit_test(unknown_versions_and_other_magic_are_refused),
        cmocka_unit_test(every_cut_of_a_file_is_refused),
        cmocka_unit_test(no_changed_byte_makes_more_of_a_file_than_it_holds),
        cmocka_unit_test(what_cannot_be_opened_is_told),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
