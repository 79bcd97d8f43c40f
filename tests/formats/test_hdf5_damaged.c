/* HDF5 as other programs may write it: numbers of other sizes and byte orders, arrays within their headers, texts of every kind are read
 * as what they are. Then each byte of such a file is changed, and it is cut at each length: weights are read, or refused with a
 * message, and then the model has those that it had. */
#include "base/arena_test.h"
#include "formats/files.h"
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
    cn_model *model = make("input 3; dense 2 kernel_initializer=zeros");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_each_size_order_and_place_are_read),
        cmocka_unit_test(texts_of_each_kind_are_read),
        cmocka_unit_test(whole_numbers_of_each_kind_are_read),
        cmocka_unit_test(each_byte_may_be_wrong),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
