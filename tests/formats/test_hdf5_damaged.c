/* HDF5 as other programs may write it: numbers of other sizes and byte orders, arrays within their headers, texts of every kind are read
 * as what they are. Then each byte of such a file is changed, it is cut at each length, and each number in it becomes one that leads to the
 * file's end or beyond it: weights are read, or refused with a message, and then the model has those that it had. Where a read fails it
 * is that failure that is told. */
#include "base/arena_test.h"
#include "formats/failing_calls.h"
#include "formats/files.h"
#include "formats/hdf5/hdf5.h"
#include "formats/keras_support.h"

enum { ROWS = 3, COLUMNS = 2, SIZE = ROWS * COLUMNS };
static const double kernel[SIZE] = {1, -2, 0.5, 1024, -0.25, 3}, bias[COLUMNS] = {7, -8};

/* ---- the files ------------------------------------------------------------------------------------------------- */

static void make_group(hid_t f, const char *at)
{
    const hid_t group = H5Gcreate2(f, at, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(group >= 0);
    H5Gclose(group);
}

static void put(hid_t f, const char *at, hid_t type, bool compact, int ndim, const hsize_t *dims,
                const double *values)
{
    const hid_t space = H5Screate_simple(ndim, dims, NULL), creation = H5Pcreate(H5P_DATASET_CREATE);
    if (compact) H5Pset_layout(creation, H5D_COMPACT);
    const hid_t set = H5Dcreate2(f, at, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set), H5Sclose(space), H5Pclose(creation);
}

static hid_t new_file(const char *name)
{
    const hid_t f = H5Fcreate(file(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(f >= 0);
    return f;
}

static void put_weights(hid_t f, const char *at_kernel, const char *at_bias, hid_t type, bool compact)
{
    put(f, at_kernel, type, compact, 2, (hsize_t[]){ROWS, COLUMNS}, kernel);
    put(f, at_bias, type, compact, 1, (hsize_t[]){COLUMNS}, bias);
}

/* As Keras 3 has it. */
static void write_file(const char *name, hid_t type, bool compact)
{
    const hid_t f = new_file(name);
    make_group(f, "layers"), make_group(f, "layers/dense"), make_group(f, "layers/dense/vars");
    put_weights(f, "layers/dense/vars/0", "layers/dense/vars/1", type, compact);
    H5Fclose(f);
}

/* Groups that keep their links as messages of their headers: those that count the links' age, and those with a name that is not ASCII.
 * Their headers go on in other places of the file. */
static void write_links(const char *name)
{
    const hid_t f = new_file(name), ordered = H5Pcreate(H5P_GROUP_CREATE), utf8 = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_link_creation_order(ordered, H5P_CRT_ORDER_TRACKED);
    H5Pset_char_encoding(utf8, H5T_CSET_UTF8);
    H5Gclose(H5Gcreate2(f, "layers", H5P_DEFAULT, ordered, H5P_DEFAULT));
    H5Gclose(H5Gcreate2(f, "layers/a\xc3\xb1o", utf8, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_soft("/elsewhere", f, "layers/soft", H5P_DEFAULT, H5P_DEFAULT);
    make_group(f, "layers/dense"), make_group(f, "layers/dense/vars");
    put_weights(f, "layers/dense/vars/0", "layers/dense/vars/1", H5T_IEEE_F32LE, false);
    H5Pclose(ordered), H5Pclose(utf8);
    H5Fclose(f);
}

/* As Keras 3 has it, with an optimizer that counted its steps. */
static void write_state(const char *name)
{
    cn_model *model = compiled("input 3; dense 2 kernel_initializer=zeros", "sgd");
    assert_ok(cn_model_set_iterations(model, 5));
    assert_ok(cn_model_save_weights(model, file(name)));
    cn_model_free(model);
}

/* The tree of the names has levels. */
static void write_tree(const char *name)
{
    char other[40];
    write_file(name, H5T_IEEE_F32LE, false);
    const hid_t f = H5Fopen(file(name), H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(f >= 0);
    for (int i = 0; i < 400; i++) {
        snprintf(other, sizeof other, "layers/%d", i);
        H5Lcreate_soft("/none", f, other, H5P_DEFAULT, H5P_DEFAULT);
    }
    H5Fclose(f);
}

/* A list of texts, of one length (padded as the type says) or, with length 0, each of its own. */
static void put_texts(hid_t f, const char *at, const char *name, const char *const *texts, hsize_t count,
                      size_t length, H5T_str_t pad)
{
    char bytes[4 * 32] = "";
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, NULL),
                object = H5Oopen(f, at, H5P_DEFAULT);
    assert_true(length < 32 && count <= 4 && H5Tset_size(type, length ? length : H5T_VARIABLE) >= 0);
    if (length) H5Tset_strpad(type, pad);
    for (size_t i = 0; i < count && length; i++) {
        memset(bytes + i * length, pad == H5T_STR_SPACEPAD ? ' ' : 0, length);
        memcpy(bytes + i * length, texts[i], strlen(texts[i]));
    }
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0);
    assert_true(H5Awrite(attribute, type, length ? (const void *)bytes : (const void *)texts) >= 0);
    H5Aclose(attribute), H5Oclose(object), H5Sclose(space), H5Tclose(type);
}

static const char *const layer_name[] = {"dense"}, *const weight_names[] = {"dense/kernel:0", "dense/bias:0"};

/* As Keras 2 has it; `split`: in lists of several pieces, as where an attribute would be too long. */
static void write_older(const char *name, size_t layer_length, size_t length, H5T_str_t pad, bool split)
{
    const hid_t f = new_file(name);
    make_group(f, "dense"), make_group(f, "dense/dense");
    put_weights(f, "dense/dense/kernel:0", "dense/dense/bias:0", H5T_IEEE_F32LE, false);
    put_texts(f, ".", split ? "layer_names0" : "layer_names", layer_name, 1, layer_length, pad);
    if (split) {
        put_texts(f, "dense", "weight_names0", weight_names, 1, length, pad);
        put_texts(f, "dense", "weight_names1", weight_names + 1, 1, length, pad);
    } else {
        put_texts(f, "dense", "weight_names", weight_names, 2, length, pad);
    }
    H5Fclose(f);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static bool has(const cn_model *model, size_t i, const double *values, size_t count)
{
    cn_array a;
    assert_ok(cn_model_get_weight(model, i, &a));
    bool same = cn_array_size(&a) == count;
    for (size_t k = 0; same && k < count; k++) same = ((const float *)a.data)[k] == (float)values[k];
    cn_array_free(&a);
    return same;
}

static void assert_read(const char *name)
{
    cn_model *model = make("input 3; dense 2");
    if (cn_model_load_weights(model, file(name)) != CN_OK) fail_msg("%s: %s", name, cn_error());
    if (!has(model, 0, kernel, SIZE) || !has(model, 1, bias, COLUMNS)) fail_msg("%s: other weights", name);
    cn_model_free(model);
}

static void numbers_of_each_size_order_and_place_are_read(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
    for (size_t i = 0; i < 8; i++) {
        char name[40];
        snprintf(name, sizeof name, "numbers%zu.weights.h5", i);
        write_file(name, types[i / 2], i % 2);
        assert_read(name);
    }
}

static void texts_of_each_kind_are_read(void **state)
{
    (void)state;
    const H5T_str_t pads[] = {H5T_STR_NULLTERM, H5T_STR_NULLPAD, H5T_STR_SPACEPAD};
    for (size_t i = 0; i < 3; i++) {
        write_older("texts.h5", 20, 20, pads[i], false);
        if (pads[i] == H5T_STR_SPACEPAD) continue; /* which nobody writes */
        assert_read("texts.h5");
        write_older("exact.h5", pads[i] == H5T_STR_NULLPAD ? 5 : 6, pads[i] == H5T_STR_NULLPAD ? 14 : 15,
                    pads[i], false);
        assert_read("exact.h5");
    }
    write_older("variable.h5", 0, 0, H5T_STR_NULLTERM, false);
    assert_read("variable.h5");
    write_older("split.h5", 0, 0, H5T_STR_NULLTERM, true);
    assert_read("split.h5");
    write_older("split_fixed.h5", 8, 16, H5T_STR_NULLPAD, true);
    assert_read("split_fixed.h5");
}

/* The steps of an optimizer are a whole number of any kind. */
static void whole_numbers_of_each_kind_are_read(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_I64LE, H5T_STD_I64BE, H5T_STD_I32LE,
                           H5T_STD_I32BE, H5T_STD_U32LE, H5T_STD_U64BE};
    cn_model *model = compiled("input 3; dense 2", "sgd"), *other = compiled("input 3; dense 2", "sgd");
    assert_ok(cn_model_set_iterations(model, 3));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_ok(cn_model_save_weights(model, file("steps.weights.h5")));
        const hid_t f = H5Fopen(file("steps.weights.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(f >= 0);
        if (!H5Lexists(f, "optimizer", H5P_DEFAULT)) fail_msg("no optimizer in the file");
        H5Ldelete(f, "optimizer/vars/0", H5P_DEFAULT);
        put(f, "optimizer/vars/0", types[i], i % 2, 0, NULL, (double[]){77777});
        H5Fclose(f);
        if (cn_model_load_weights(other, file("steps.weights.h5")) != CN_OK)
            fail_msg("type %zu: %s", i, cn_error());
        assert_int_equal(cn_model_iterations(other), 77777);
    }
    cn_model_free(model);
    cn_model_free(other);
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

static size_t tried, refused;

static void read_damaged(const char *name, const char *bytes, size_t size)
{
    static const double zeros[SIZE] = {0};
    cn_model *model = strncmp(name, "state", 5) == 0
                          ? compiled("input 3; dense 2 kernel_initializer=zeros", "sgd")
                          : make("input 3; dense 2 kernel_initializer=zeros");
    char *copy = malloc(size + 1); /* of exactly its size, for the sanitizers */
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    cn_error_clear();
    const cn__infile in = {name, (const unsigned char *)copy, size};
    const cn_status status = cn__h5_load_weights(model, &in);
    if (status != CN_OK) {
        if (status != cn_error_status() || !strstr(cn_error(), name)) fail_msg("%s: %s", name, cn_error());
        if (!has(model, 0, zeros, SIZE)) fail_msg("%s changed the model: %s", name, cn_error());
    }
    tried++, refused += status != CN_OK;
    free(copy);
    cn_model_free(model);
}

static void damage(const char *name, size_t step)
{
    size_t size;
    char *bytes = read_file(file(name), &size);
    for (size_t at = 0; at < size; at += step) {
        const char old = bytes[at],
                   others[] = {0, (char)0xff, (char)(old ^ 1), (char)(old ^ 0x80), (char)(old + 1)};
        for (size_t k = 0; k < sizeof others; k++) {
            bytes[at] = others[k];
            if (others[k] != old) read_damaged(name, bytes, size);
        }
        bytes[at] = old;
        read_damaged(name, bytes, at);
    }
    cn__free(bytes);
}

static void each_byte_may_be_wrong(void **state)
{
    (void)state;
    const size_t step = getenv("CORNU_THOROUGH") ? 1 : getenv("CORNU_SANITIZED") ? 61 : 13;
    static const char *const names[] = {
        "numbers0.weights.h5", "numbers7.weights.h5", "texts.h5", "exact.h5", "variable.h5", "split.h5"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) damage(names[i], step);
    print_message("%zu damaged files, %zu of them refused\n", tried, refused);
    assert_true(refused > tried / 10 && refused < tried);
}

static void put_number(char *bytes, size_t width, uint64_t value)
{
    for (size_t i = 0; i < width; i++) bytes[i] = (char)(value >> 8 * i);
}

/* Most of a small file is room for more. */
static bool is_empty(const char *bytes, size_t size, size_t at)
{
    for (size_t i = at < 16 ? 0 : at - 16; i < at + 24 && i < size; i++)
        if (bytes[i]) return false;
    return true;
}

/* Sizes are small, and addresses those of the file's last bytes, of where they stand, and of none. */
static void lead_elsewhere(const char *name, size_t step)
{
    size_t size;
    char *bytes = read_file(file(name), &size), old[8];
    for (size_t at = 0; at + 8 <= size; at += 8 * step) {
        const uint64_t longs[] = {0,         1,         3,         size - 2,       size - 4,       size - 8,
                                  size - 12, size - 16, size - 24, size - 32,      size - 36,      size,
                                  at,        1u << 20,  1u << 30,  UINT64_MAX - 7, UINT64_MAX >> 1};
        if (is_empty(bytes, size, at)) continue;
        memcpy(old, bytes + at, 8);
        for (size_t k = 0; k < sizeof longs / sizeof *longs; k++) {
            put_number(bytes + at, 8, longs[k]);
            read_damaged(name, bytes, size);
        }
        memcpy(bytes + at, old, 8);
        for (size_t half = 0; half < 8; half += 2) {
            static const uint64_t shorts[] = {0, 1, 2, 3, 7, 9, 15, 40, 0x100, 0x7fff, 0xffff};
            for (size_t k = 0; k < sizeof shorts / sizeof *shorts; k++) {
                put_number(bytes + at + half, 2, shorts[k]);
                read_damaged(name, bytes, size);
            }
            memcpy(bytes + at, old, 8);
        }
    }
    cn__free(bytes);
}

static void each_number_may_lead_elsewhere(void **state)
{
    (void)state;
    const size_t step = getenv("CORNU_THOROUGH") || !getenv("CORNU_SANITIZED") ? 1 : 7;
    static const struct {
        const char *name;
        size_t step;
    } files[] = {{"numbers0.weights.h5", 1}, {"variable.h5", 1},      {"split.h5", 3},
                 {"links.weights.h5", 1},    {"state.weights.h5", 2}, {"tree.weights.h5", 19}};
    write_links("links.weights.h5");
    assert_read("links.weights.h5");
    write_state("state.weights.h5");
    write_tree("tree.weights.h5");
    assert_read("tree.weights.h5");
    tried = refused = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        lead_elsewhere(files[i].name, getenv("CORNU_THOROUGH") ? 1 : step * files[i].step);
    print_message("%zu numbers changed, %zu of the files refused\n", tried, refused);
    assert_true(refused > tried / 10 && refused < tried);
}

/* Each read of a file fails, once or from then on. */
static void each_read_may_fail(void **state)
{
    (void)state;
    static const char *const names[] = {"numbers0.weights.h5", "numbers7.weights.h5", "exact.h5",
                                        "variable.h5",         "links.weights.h5",    "state.weights.h5",
                                        "tree.weights.h5"};
    size_t failures = 0;
    for (size_t i = 0; i < 2 * (sizeof names / sizeof *names); i++) {
        const char *name = names[i / 2];
        cn_model *model =
            strncmp(name, "state", 5) == 0 ? compiled("input 3; dense 2", "sgd") : make("input 3; dense 2");
        kind = IO_ERROR, left = -1, calls = 0;
        assert_ok(cn_model_load_weights(model, file(name)));
        const long count = (long)calls, step = getenv("CORNU_SANITIZED") ? 7 : 1;
        for (long at = 0; at < count; at += step, failures++) {
            left = at, from_then_on = i % 2;
            const cn_status status = cn_model_load_weights(model, file(name));
            left = -1, from_then_on = false;
            if (status != CN_ERROR_FILE || !strstr(cn_error(), strerror(EIO)))
                fail_msg("%s, call %ld (%s): status %d: %s", name, at, last, (int)status, cn_error());
        }
        kind = NONE;
        cn_model_free(model);
    }
    print_message("%zu failing calls\n", failures);
#ifdef __linux__
    assert_true(failures > 100);
#endif
}

/* An attribute that is a single thing. */
static void put_one(hid_t f, const char *at, const char *name, hid_t type, hid_t space, const void *value)
{
    const hid_t object = H5Oopen(f, at, H5P_DEFAULT),
                attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute), H5Oclose(object), H5Sclose(space);
}

static void put_of_named_type(hid_t f)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 6);
    assert_true(H5Tcommit2(f, "text", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    put_one(f, ".", "layer_names", type, H5Screate(H5S_SCALAR), "dense");
    H5Tclose(type);
}

static void put_nothing(hid_t f) { put_one(f, ".", "layer_names", H5T_STD_I32LE, H5Screate(H5S_NULL), ""); }

static void put_numbers(hid_t f)
{
    put_one(f, ".", "layer_names", H5T_STD_I32LE, H5Screate(H5S_SCALAR), (int[]){5});
}

static void put_table(hid_t f)
{
    put_one(f, ".", "layer_names", H5T_STD_I32LE, H5Screate_simple(2, (hsize_t[]){1, 1}, NULL), (int[]){5});
}

/* Lists of no texts, one after the other. */
static void put_empty_pieces(hid_t f)
{
    char name[40];
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "layer_names%d", i);
        put_texts(f, ".", name, layer_name, 0, 0, H5T_STR_NULLTERM);
    }
}

static void put_too_many(hid_t f)
{
    put_texts(f, ".", "layer_names", (const char *const[]){"a", "b", "c", "d"}, 4, 0, H5T_STR_NULLTERM);
}

static void attributes_that_are_no_list_of_texts_are_refused(void **state)
{
    (void)state;
    static const struct {
        void (*put)(hid_t file);
        const char *message;
    } cases[] = {
        {put_of_named_type, "it has no weights that Keras wrote"},
        {put_nothing, "damaged: cannot read attribute 'layer_names'"},
        {put_numbers, "attribute layer_names holds no text"},
        {put_table, "damaged: cannot read attribute 'layer_names'"},
        {put_empty_pieces, "the file has no arrays for layer dense"},
        {put_too_many, "there is no group 'a'"},
    };
    cn_model *model = make("input 3; dense 2");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const hid_t f = new_file("attributes.h5");
        make_group(f, "dense");
        cases[i].put(f);
        H5Fclose(f);
        if (cn_model_load_weights(model, file("attributes.h5")) == CN_OK ||
            !strstr(cn_error(), cases[i].message))
            fail_msg("'%s' is not in: %s", cases[i].message, cn_error());
    }
    cn_model_free(model);
    const hid_t f = new_file("empty.h5");
    put_texts(f, ".", "model_config", layer_name, 0, 0, H5T_STR_NULLTERM);
    H5Fclose(f);
    assert_null(cn_model_load(file("empty.h5")));
    assert_message("no text in attribute model_config");
}

/* Whole numbers not all of whose bits count. */
static void numbers_of_fewer_bits_are_refused(void **state)
{
    (void)state;
    cn_model *model = compiled("input 3; dense 2", "sgd");
    for (int i = 0; i < 2; i++) {
        write_state("bits.weights.h5");
        const hid_t f = H5Fopen(file("bits.weights.h5"), H5F_ACC_RDWR, H5P_DEFAULT),
                    type = H5Tcopy(H5T_STD_I32LE);
        H5Tset_precision(type, 20);
        H5Tset_offset(type, i ? 8 : 0);
        H5Ldelete(f, "optimizer/vars/0", H5P_DEFAULT);
        put(f, "optimizer/vars/0", type, false, 0, NULL, (double[]){7});
        H5Tclose(type);
        H5Fclose(f);
        assert_int_equal(cn_model_load_weights(model, file("bits.weights.h5")), CN_ERROR_FORMAT);
        assert_message("does not hold a number of steps");
    }
    cn_model_free(model);
}

/* Paths come from the file. */
static void paths_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static char endless[6001], wide[1200];
    memset(memset(endless, 'a', 6000), 'a' + 1, 1);
    for (size_t i = 2; i < 6000; i += 2) endless[i] = '/';
    memset(wide, 'w', sizeof wide - 1);
    const char *const names[] = {endless, wide, "dense//kernel:0", "/kernel:0", ""};
    cn_model *model = make("input 3; dense 2");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const hid_t f = new_file("paths.h5");
        make_group(f, "dense");
        put_texts(f, ".", "layer_names", layer_name, 1, 0, H5T_STR_NULLTERM);
        put_texts(f, "dense", "weight_names", (const char *const[]){names[i], "dense/bias:0"}, 2, 0,
                  H5T_STR_NULLTERM);
        H5Fclose(f);
        assert_int_equal(cn_model_load_weights(model, file("paths.h5")), CN_ERROR_FORMAT);
        assert_message("there is no array 'dense/");
    }
    cn_model_free(model);
    cn__h5_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_each_size_order_and_place_are_read),
        cmocka_unit_test(texts_of_each_kind_are_read),
        cmocka_unit_test(whole_numbers_of_each_kind_are_read),
        cmocka_unit_test(each_byte_may_be_wrong),
        cmocka_unit_test(each_number_may_lead_elsewhere),
        cmocka_unit_test(each_read_may_fail),
        cmocka_unit_test(attributes_that_are_no_list_of_texts_are_refused),
        cmocka_unit_test(numbers_of_fewer_bits_are_refused),
        cmocka_unit_test(paths_that_lead_nowhere_are_refused),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
