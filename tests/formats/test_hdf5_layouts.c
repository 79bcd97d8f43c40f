/* HDF5 files of layouts that Keras does not write: they are refused, and lead nowhere else. */
#include "formats/keras_support.h"

static void layouts_of_hdf5_that_keras_does_not_write_are_refused(void **state)
{
    (void)state;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t f = H5Fcreate(file("newer.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    assert_true(f >= 0);
    H5Gclose(H5Gcreate2(f, "layers", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(f), H5Pclose(access);
    assert_null(cn_model_load(file("newer.h5")));
    assert_message("newer layout");
}

/* A name that is not ASCII makes HDF5 keep a group's links as messages; those of more than eight it keeps elsewhere. */
static void groups_with_names_that_are_not_ascii_lead_nowhere_else(void **state)
{
    (void)state;
    static const char *const said[] = {"group 'model_weights/dense' is reached over a link to another name",
                                       "more than eight names"};
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "adam");
    hid_t utf8 = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_char_encoding(utf8, H5T_CSET_UTF8);
    assert_ok(cn_model_build(model, 1, (size_t[]){6}));
    for (int many = 0; many < 2; many++) {
        hid_t f = H5Fcreate(file("named.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        hid_t root = H5Gcreate2(f, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, 5);
        hid_t names = H5Acreate2(root, "layer_names", type, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Awrite(names, type, "dense") >= 0);
        H5Aclose(names), H5Tclose(type), H5Sclose(space), H5Gclose(root);
        H5Gclose(H5Gcreate2(f, "elsewhere", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Lcreate_soft("/elsewhere", f, "model_weights/dense", utf8, H5P_DEFAULT);
        for (int i = 0; i < (many ? 9 : 1); i++) {
            char name[32];
            snprintf(name, sizeof name, "model_weights/a\xc3\xb1o_%d", i);
            H5Gclose(H5Gcreate2(f, name, utf8, H5P_DEFAULT, H5P_DEFAULT));
        }
        H5Fclose(f);
        assert_int_equal(cn_model_load_weights(model, file("named.h5")), CN_ERROR_FORMAT);
        assert_message(said[many]);
    }
    H5Pclose(utf8);
    cn_model_free(model);
}

/* Arrays that are not plain ones of the right shape, put in the place of layers/dense/vars/0. */
static void put_external_link(hid_t f, const char *at)
{
    H5Lcreate_external("other.h5", "/secret", f, at, H5P_DEFAULT, H5P_DEFAULT);
}
static void put_soft_link(hid_t f, const char *at)
{
    H5Lcreate_soft("/layers/dense_1/vars/0", f, at, H5P_DEFAULT, H5P_DEFAULT);
}
static void put_array(hid_t f, const char *at, hid_t type, int ndim, const hsize_t *dims, hid_t creation)
{
    hid_t space = H5Screate_simple(ndim, dims, NULL), set;
    set = H5Dcreate2(f, at, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Sclose(space);
}
static void put_whole_numbers(hid_t f, const char *at)
{
    put_array(f, at, H5T_STD_I32LE, 2, (hsize_t[]){6, 4}, H5P_DEFAULT);
}
static void put_huge(hid_t f, const char *at)
{
    put_array(f, at, H5T_IEEE_F32LE, 2, (hsize_t[]){1 << 30, 1 << 20}, H5P_DEFAULT);
}
static void put_nothing_written(hid_t f, const char *at)
{
    put_array(f, at, H5T_IEEE_F32LE, 2, (hsize_t[]){6, 4}, H5P_DEFAULT);
}
static void put_chunked(hid_t f, const char *at)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, (hsize_t[]){6, 4});
    H5Pset_deflate(creation, 1);
    put_array(f, at, H5T_IEEE_F32LE, 2, (hsize_t[]){6, 4}, creation);
    H5Pclose(creation);
}
static void put_kept_elsewhere(hid_t f, const char *at)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, "/etc/hostname", 0, 96);
    put_array(f, at, H5T_IEEE_F32LE, 2, (hsize_t[]){6, 4}, creation);
    H5Pclose(creation);
}
static void put_group(hid_t f, const char *at)
{
    H5Gclose(H5Gcreate2(f, at, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

/* A data set that is made of those of other files. */
static void put_virtual(hid_t f, const char *at)
{
    const hsize_t dims[] = {6, 4};
    hid_t space = H5Screate_simple(2, dims, NULL), creation = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_virtual(creation, space, "other.h5", "/secret", space) >= 0);
    put_array(f, at, H5T_IEEE_F32LE, 2, dims, creation);
    H5Pclose(creation);
    H5Sclose(space);
}

static void arrays_that_are_not_plain_are_refused(void **state)
{
    (void)state;
    static const struct {
        void (*put)(hid_t file, const char *at);
        const char *message;
    } cases[] = {
        {put_external_link, "is reached over a link to another file"},
        {put_soft_link, "is reached over a link to another name"},
        {put_whole_numbers, "float32"},
        {put_huge, "shape (1073741824"},
        {put_chunked, "in one piece"},
        {put_group, "no array"},
        {put_nothing_written, "no numbers"},
        {put_kept_elsewhere, "in other files (external storage)"},
        {put_virtual, "a virtual data set"},
    };
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "sgd");
    fit(model, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(cn_model_save_weights(model, file("odd.weights.h5")));
        hid_t f = H5Fopen(file("odd.weights.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(f >= 0);
        H5Ldelete(f, "layers/dense/vars/0", H5P_DEFAULT);
        cases[i].put(f, "layers/dense/vars/0");
        H5Fclose(f);
        assert_int_not_equal(cn_model_load_weights(model, file("odd.weights.h5")), CN_OK);
        assert_message(cases[i].message);
    }
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_of_hdf5_that_keras_does_not_write_are_refused),
        cmocka_unit_test(groups_with_names_that_are_not_ascii_lead_nowhere_else),
        cmocka_unit_test(arrays_that_are_not_plain_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
