/* Writes HDF5 files, by way of libhdf5, whose own messages are turned off and go into ours. */
#include <hdf5.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/system/child.h"
#include "data/libraries/library.h"
#include "formats/hdf5/hdf5.h"

/* The library's constants are variables that H5open sets; cn__h5_begin calls it, so that the macros around constants need
 * not. */
#undef H5CHECK
#undef H5OPEN
#define H5CHECK
#define H5OPEN
/* clang-format off */
#define SYMBOLS(X) \
    X(H5open) X(H5Aclose) X(H5Acreate2) X(H5Awrite) X(H5Dclose) X(H5Dcreate2) X(H5Dwrite) X(H5Eclear2) \
    X(H5Eget_auto2) X(H5Eset_auto2) X(H5Ewalk2) X(H5Fclose) X(H5Fcreate) X(H5Fflush) \
    X(H5Fget_file_image) X(H5Gclose) X(H5Gcreate2) X(H5Lexists) X(H5Oclose) X(H5Oopen) X(H5Pclose) \
    X(H5Pcreate) X(H5Pset_create_intermediate_group) X(H5Pset_fapl_core) X(H5Pset_libver_bounds) \
    X(H5Pset_obj_track_times) X(H5Sclose) X(H5Screate) X(H5Screate_simple) X(H5Tclose) X(H5Tcopy) \
    X(H5Tset_cset) X(H5Tset_size) X(H5P_CLS_DATASET_CREATE_ID_g) X(H5P_CLS_FILE_ACCESS_ID_g) \
    X(H5P_CLS_FILE_CREATE_ID_g) X(H5P_CLS_LINK_CREATE_ID_g) X(H5T_C_S1_g) X(H5T_IEEE_F32LE_g) \
    X(H5T_IEEE_F64LE_g) X(H5T_NATIVE_DOUBLE_g) X(H5T_NATIVE_FLOAT_g) X(H5T_NATIVE_INT64_g) \
    X(H5T_STD_I64LE_g)
/* clang-format on */
#ifdef CN_LATER_HDF5
CN__LATER(SYMBOLS, CN_LATER_HDF5)
#else
CN__LINKED(SYMBOLS)
#endif

enum { MAX_PIECE = 60000, NAME_SIZE = 80 };

/* A file in memory has a name too, at which there must not be a file. */
#define NOWHERE "/dev/null/in memory"

struct cn__h5_new {
    hid_t file;
    H5E_auto2_t report; /* what was set before; given back in the end */
    void *report_data;
};

/* The library's state is global, and it is not always built for threads. */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

/* ---- messages ---------------------------------------------------------------------------------------- */

static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *out)
{
    if (n == 0 && error->desc) snprintf(out, 160, ": %s", error->desc);
    return 0;
}

/* What failed, and the reason that libhdf5 gives. */
static cn_status fail(const char *what, const char *name)
{
    char reason[160] = "";
    lib.H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    lib.H5Eclear2(H5E_DEFAULT);
    return cn__fail(CN_ERROR_FORMAT, "%s%s%s%s%s", what, name ? " '" : "", name ? name : "", name ? "'" : "",
                    reason);
}

/* ---- beginning and ending ---------------------------------------------------------------------------- */

static void discard(cn__h5_new *h5)
{
    if (h5->file >= 0) lib.H5Fclose(h5->file);
    lib.H5Eclear2(H5E_DEFAULT);
    lib.H5Eset_auto2(H5E_DEFAULT, h5->report, h5->report_data);
    cn__free(h5);
}

void cn__h5_discard(cn__h5_new *h5)
{
    if (!h5) return;
    discard(h5);
    pthread_mutex_unlock(&library);
}

cn_status cn__h5_ready(void) { return load(); }

/* The library is loaded and locked. */
static cn_status begin(size_t expected, cn__h5_new **out)
{
    *out = NULL;
    cn__h5_new *h5 = cn__calloc(1, sizeof *h5);
    if (!h5) return CN_ERROR_MEMORY;
    lib.H5open();
    lib.H5Eget_auto2(H5E_DEFAULT, &h5->report, &h5->report_data);
    lib.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = lib.H5Pcreate(*lib.H5P_CLS_FILE_ACCESS_ID_g),
          creation = lib.H5Pcreate(*lib.H5P_CLS_FILE_CREATE_ID_g);
    size_t step = expected / 4 > 1 << 16 ? expected / 4 : 1 << 16;
    lib.H5Pset_fapl_core(access, step, false);
    lib.H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST,
                             H5F_LIBVER_LATEST); /* the layout that Keras writes */
    lib.H5Pset_obj_track_times(creation, false); /* equal models give equal bytes */
    h5->file = lib.H5Fcreate(NOWHERE, H5F_ACC_TRUNC, creation, access);
    lib.H5Pclose(creation);
    lib.H5Pclose(access);
    if (h5->file >= 0) {
        *out = h5;
        return CN_OK;
    }
    cn_status status = fail("an HDF5 file could not be begun", NULL);
    discard(h5);
    return status;
}

cn_status cn__h5_begin(size_t expected, cn__h5_new **out)
{
    *out = NULL;
    CN_TRY(load());
    pthread_mutex_lock(&library);
    cn_status status = begin(expected, out);
    if (status != CN_OK) pthread_mutex_unlock(&library);
    return status;
}

cn_status cn__h5_bytes(cn__h5_new *h5, char **bytes, size_t *size)
{
    *bytes = NULL;
    lib.H5Fflush(h5->file, H5F_SCOPE_GLOBAL);
    ssize_t needed = lib.H5Fget_file_image(h5->file, NULL, 0);
    if (needed <= 0) return fail("the HDF5 file could not be finished", NULL);
    *bytes = cn__malloc((size_t)needed);
    if (!*bytes) return CN_ERROR_MEMORY;
    *size = (size_t)needed;
    if (lib.H5Fget_file_image(h5->file, *bytes, *size) == needed) return CN_OK;
    cn__free(*bytes);
    *bytes = NULL;
    return fail("the HDF5 file could not be finished", NULL);
}

typedef struct making {
    size_t expected;
    cn_status (*fill)(cn__h5_new *h5, const void *user);
    const void *user;
} making;

static cn_status make(void *user, cn__text *out)
{
    const making *m = user;
    cn__h5_new *h5;
    char *bytes = NULL;
    size_t size = 0;
    CN_TRY(begin(m->expected, &h5));
    cn_status status = m->fill(h5, m->user);
    if (status == CN_OK) status = cn__h5_bytes(h5, &bytes, &size);
    discard(h5);
    if (status == CN_OK) cn__text_add_bytes(out, bytes, size);
    cn__free(bytes);
    return status == CN_OK && out->failed ? cn__fail_memory(size, "an HDF5 file") : status;
}

cn_status cn__h5_make(size_t expected, cn_status (*fill)(cn__h5_new *h5, const void *user), const void *user,
                      char **bytes, size_t *size)
{
    making m = {expected, fill, user};
    cn__text out = {0};
    bool broken = true;
    cn_status status = CN_OK;
    *bytes = NULL;
    CN_TRY(load());
    pthread_mutex_lock(
        &library); /* before the fork: a child could not release a lock that another thread holds */
    for (int attempt = 0; broken && attempt < 2; attempt++)
        status = cn__child_run("libhdf5's file", make, &m, &out, &broken);
    pthread_mutex_unlock(&library);
    if (status != CN_OK) cn__text_free(&out);
    *bytes = out.data, *size = out.size;
    return status;
}

/* ---- contents ----------------------------------------------------------------------------------------- */

static hid_t memory_type(const cn_array *array)
{
    return array->dtype == CN_INT64     ? *lib.H5T_NATIVE_INT64_g
           : array->dtype == CN_FLOAT64 ? *lib.H5T_NATIVE_DOUBLE_g
                                        : *lib.H5T_NATIVE_FLOAT_g;
}

static hid_t with_groups(void)
{
    hid_t links = lib.H5Pcreate(*lib.H5P_CLS_LINK_CREATE_ID_g);
    lib.H5Pset_create_intermediate_group(links, 1);
    return links;
}

cn_status cn__h5_make_group(cn__h5_new *h5, const char *path)
{
    if (lib.H5Lexists(h5->file, path, H5P_DEFAULT) > 0) return CN_OK;
    hid_t links = with_groups(), group = lib.H5Gcreate2(h5->file, path, links, H5P_DEFAULT, H5P_DEFAULT);
    cn_status status = group < 0 ? fail("cannot write group", path) : CN_OK;
    if (group >= 0) lib.H5Gclose(group);
    lib.H5Pclose(links);
    return status;
}

static hid_t make_space(const cn_array *array)
{
    hsize_t dims[CN_MAX_DIMS];
    for (int i = 0; i < array->ndim; i++) dims[i] = array->shape[i];
    return array->ndim ? lib.H5Screate_simple(array->ndim, dims, NULL) : lib.H5Screate(H5S_SCALAR);
}

cn_status cn__h5_write(cn__h5_new *h5, const char *path, const cn_array *array)
{
    hid_t type = array->dtype == CN_INT64     ? *lib.H5T_STD_I64LE_g
                 : array->dtype == CN_FLOAT64 ? *lib.H5T_IEEE_F64LE_g
                                              : *lib.H5T_IEEE_F32LE_g;
    hid_t links = with_groups(), creation = lib.H5Pcreate(*lib.H5P_CLS_DATASET_CREATE_ID_g),
          space = make_space(array);
    lib.H5Pset_obj_track_times(creation, false);
    hid_t set = lib.H5Dcreate2(h5->file, path, type, space, links, creation, H5P_DEFAULT);
    cn_status status = CN_OK;
    if (set < 0 || lib.H5Dwrite(set, memory_type(array), H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) < 0)
        status = fail("cannot write array", path);
    if (set >= 0) lib.H5Dclose(set);
    lib.H5Sclose(space);
    lib.H5Pclose(creation);
    lib.H5Pclose(links);
    return status;
}

static bool set_attribute(hid_t object, const char *name, hid_t type, hid_t space, const void *data)
{
    hid_t attribute = lib.H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0) return false;
    bool good = !data || lib.H5Awrite(attribute, type, data) >= 0;
    lib.H5Aclose(attribute);
    return good;
}

/* As h5py writes text: each entry with its own length, in UTF-8. */
static cn_status write_texts(cn__h5_new *h5, const char *path, const char *name, const char *const *texts,
                             hid_t space)
{
    hid_t object = lib.H5Oopen(h5->file, *path ? path : "/", H5P_DEFAULT),
          type = lib.H5Tcopy(*lib.H5T_C_S1_g);
    lib.H5Tset_size(type, H5T_VARIABLE);
    lib.H5Tset_cset(type, H5T_CSET_UTF8);
    cn_status status = CN_OK;
    if (object < 0 || space < 0 ||
        !set_attribute(object, name, texts ? type : *lib.H5T_IEEE_F64LE_g, space, texts))
        status = fail("cannot write attribute", name);
    if (object >= 0) lib.H5Oclose(object);
    if (space >= 0) lib.H5Sclose(space);
    lib.H5Tclose(type);
    return status;
}

cn_status cn__h5_set_text(cn__h5_new *h5, const char *path, const char *name, const char *text)
{
    return write_texts(h5, path, name, &text, lib.H5Screate(H5S_SCALAR));
}

/* An object's header holds 64 KB, where each text takes 16 bytes: a long list goes into pieces. */
cn_status cn__h5_set_texts(cn__h5_new *h5, const char *path, const char *name, const char *const *texts,
                           size_t count)
{
    const size_t most = MAX_PIECE / 16;
    char piece[NAME_SIZE];
    for (size_t first = 0, i = 0; first < count || i == 0; first += most, i++) {
        hsize_t dims = count - first < most ? count - first : most;
        snprintf(piece, sizeof piece, count > most ? "%s%zu" : "%s", name, i);
        CN_TRY(
            write_texts(h5, path, piece, count ? texts + first : NULL, lib.H5Screate_simple(1, &dims, NULL)));
    }
    return CN_OK;
}
