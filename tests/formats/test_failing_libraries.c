/* Every writer and reader of .h5 and zip files while each call of libhdf5, libzip and zlib fails in turn: it says so and leaves no file,
 * or the file has the bytes that it always has. What is read is what was written, or nothing. The calls are this program's own, which are
 * found before the libraries'. */
#include <dlfcn.h>
#include <hdf5.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "formats/files.h"
#include "formats/support.h"

/* ---- calls that fail -------------------------------------------------------------------------------------------- */

static long left = -1;      /* calls before the one that fails; -1: none does */
static unsigned long calls; /* of those that could fail */
static const char *last;    /* the one that did */

static bool fails(const char *name)
{
    calls++;
    if (left < 0 || left-- != 0) return false;
    last = name;
    return true;
}

#ifdef __linux__
#define CALLS_CAN_FAIL 1
#else
#define CALLS_CAN_FAIL 0
#endif

/* X(result, name, what it gives when it fails, parameters, arguments) */
#define OF_HDF5(X)                                                                                           \
    X(hid_t, H5Acreate2, -1,                                                                                 \
      (hid_t at, const char *name, hid_t type, hid_t space, hid_t creation, hid_t access),                   \
      (at, name, type, space, creation, access))                                                             \
    X(herr_t, H5Awrite, -1, (hid_t attribute, hid_t type, const void *data), (attribute, type, data))        \
    X(hid_t, H5Dcreate2, -1,                                                                                 \
      (hid_t at, const char *name, hid_t type, hid_t space, hid_t links, hid_t creation, hid_t access),      \
      (at, name, type, space, links, creation, access))                                                      \
    X(herr_t, H5Dwrite, -1,                                                                                  \
      (hid_t set, hid_t type, hid_t memory, hid_t file_space, hid_t transfer, const void *data),             \
      (set, type, memory, file_space, transfer, data))                                                       \
    X(hid_t, H5Fcreate, -1, (const char *name, unsigned flags, hid_t creation, hid_t access),                \
      (name, flags, creation, access))                                                                       \
    X(ssize_t, H5Fget_file_image, -1, (hid_t of, void *data, size_t size), (of, data, size))                 \
    X(hid_t, H5Gcreate2, -1, (hid_t at, const char *name, hid_t links, hid_t creation, hid_t access),        \
      (at, name, links, creation, access))                                                                   \
    X(hid_t, H5Oopen, -1, (hid_t at, const char *name, hid_t access), (at, name, access))                    \
    X(hid_t, H5Screate, -1, (H5S_class_t kind), (kind))                                                      \
    X(hid_t, H5Screate_simple, -1, (int ndim, const hsize_t *dims, const hsize_t *most), (ndim, dims, most))

#define OF_ZIP(X)                                                                                            \
    X(zip_source_t *, zip_source_buffer_create, NULL,                                                        \
      (const void *data, zip_uint64_t size, int free_it, zip_error_t *error), (data, size, free_it, error))  \
    X(zip_source_t *, zip_source_buffer, NULL,                                                               \
      (zip_t * zip, const void *data, zip_uint64_t size, int free_it), (zip, data, size, free_it))           \
    X(zip_t *, zip_open_from_source, NULL, (zip_source_t * source, int flags, zip_error_t *error),           \
      (source, flags, error))                                                                                \
    X(zip_t *, zip_open, NULL, (const char *path, int flags, int *error), (path, flags, error))              \
    X(zip_int64_t, zip_file_add, -1,                                                                         \
      (zip_t * zip, const char *name, zip_source_t *source, zip_flags_t flags), (zip, name, source, flags))  \
    X(int, zip_close, -1, (zip_t * zip), (zip))                                                              \
    X(int, zip_source_open, -1, (zip_source_t * source), (source))                                           \
    X(zip_int64_t, zip_source_read, -1, (zip_source_t * source, void *data, zip_uint64_t size),              \
      (source, data, size))                                                                                  \
    X(int, zip_stat_index, -1, (zip_t * zip, zip_uint64_t index, zip_flags_t flags, zip_stat_t * out),       \
      (zip, index, flags, out))                                                                              \
    X(zip_file_t *, zip_fopen_index, NULL, (zip_t * zip, zip_uint64_t index, zip_flags_t flags),             \
      (zip, index, flags))                                                                                   \
    X(zip_int64_t, zip_fread, -1, (zip_file_t * from, void *data, zip_uint64_t size), (from, data, size))

#define OF_ZLIB(X)                                                                                           \
    X(int, inflateInit2_, Z_MEM_ERROR, (z_streamp stream, int bits, const char *version, int size),          \
      (stream, bits, version, size))                                                                         \
    X(int, inflate, Z_DATA_ERROR, (z_streamp stream, int flush), (stream, flush))

#if CALLS_CAN_FAIL
#define DEFINE(type, name, failure, parameters, arguments)                                                   \
    __attribute__((visibility("default"))) type name parameters                                              \
    {                                                                                                        \
        static type(*real) parameters;                                                                       \
        if (!real) real = (type(*) parameters)(uintptr_t)dlsym(RTLD_NEXT, #name);                            \
        return fails(#name) ? failure : real arguments;                                                      \
    }
OF_HDF5(DEFINE)
OF_ZIP(DEFINE)
OF_ZLIB(DEFINE)
#endif

/* ---- what is written and read ------------------------------------------------------------------------------------ */

static cn_status save(const cn_model *model, const char *path) { return cn_model_save(model, path, false); }

static bool are_equal(const cn_array *a, const cn_array *b)
{
    return cn_array_size(a) == cn_array_size(b) &&
           memcmp(a->data, b->data, cn_array_size(a) * sizeof(float)) == 0;
}

/* Weights, the optimizer's state and its steps. */
static void assert_same(const cn_model *a, const cn_model *b)
{
    const size_t weights = cn_model_weight_count(a), states = cn_model_state_count(a);
    assert_int_equal(weights, cn_model_weight_count(b));
    assert_int_equal(states, cn_model_state_count(b));
    assert_int_equal(cn_model_iterations(a), cn_model_iterations(b));
    for (size_t i = 0; i < weights + states; i++) {
        cn_array x, y;
        assert_ok(i < weights ? cn_model_get_weight(a, i, &x) : cn_model_get_state(a, i - weights, &x));
        assert_ok(i < weights ? cn_model_get_weight(b, i, &y) : cn_model_get_state(b, i - weights, &y));
        if (!are_equal(&x, &y)) fail_msg("array %zu is another", i);
        cn_array_free(&x);
        cn_array_free(&y);
    }
}

static bool holds_state; /* the file that is read */

static cn_status load_whole(const cn_model *like, const char *path)
{
    cn_model *model = cn_model_load(path);
    if (!model) return cn_error_status();
    if (holds_state) assert_same(like, model);
    cn_model_free(model);
    return CN_OK;
}

static cn_status load_weights(const cn_model *like, const char *path)
{
    cn_model *model = cn_model_clone(like);
    if (!model) return cn_error_status();
    char *compiled = cn_model_compile_to_json(like);
    cn_status status = compiled ? cn_model_compile_from_json(model, compiled) : cn_error_status();
    if (status == CN_OK) status = cn_model_load_weights(model, path);
    cn_text_free(compiled);
    if (status == CN_OK && holds_state) assert_same(like, model);
    cn_model_free(model);
    return status;
}

static const struct row {
    const char *name;
    bool holds_state;
    cn_status (*write)(const cn_model *model, const char *path),
        (*read)(const cn_model *like, const char *path);
} rows[] = {
    {"m.keras", true, save, load_whole},
    {"m.h5", true, save, load_whole},
    {"m.npz", false, save, load_whole},
    {"m.weights.h5", true, cn_model_save_weights, load_weights},
    {"w.h5", false, cn_model_save_weights, load_weights},
    {"w.npz", false, cn_model_save_weights, load_weights},
};
enum { ROWS = sizeof rows / sizeof *rows };

static cn_model *models[3];
enum { MODELS = sizeof models / sizeof *models };

static int set_up(void **state)
{
    static const char *const nested[] = {"nested_called_twice", "nested_transfer"};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (make_scratch(state) != 0) return -1;
    models[0] = make("input 3; normalization; dense 5 relu; batch_normalization; dense 2 softmax");
    for (int i = 0; i < 2; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/parity/cases/%s/model.json", CORNU_TESTS_DIR, nested[i]);
        models[1 + i] = load(path);
        cn_text_free(cn_model_summary(models[1 + i])); /* builds it */
    }
    for (int i = 0; i < MODELS; i++)
        assert_ok(
            cn_model_compile(models[i], .optimizer = i ? "adam" : "nadam(use_ema=true)", .loss = "mse"));
    return 0;
}

static int tear_down(void **state)
{
    for (int i = 0; i < MODELS; i++) cn_model_free(models[i]);
    return remove_scratch(state);
}

/* ---- each call in turn --------------------------------------------------------------------------------------------- */

static size_t tried, failed, wrong;

static void tell(const char *path, long at, cn_status status, const char *why)
{
    print_error("%s, call %ld (%s): status %d, %s: %s\n", path, at, last, (int)status, why, cn_error());
    wrong++;
}

static bool is_same(const char *path, const char *bytes, size_t size)
{
    char *now = NULL;
    size_t count = 0;
    const bool same = cn__file_read(path, &now, &count, (size_t)1 << 26) == CN_OK && count == size &&
                      memcmp(now, bytes, size) == 0;
    cn__free(now);
    return same;
}

static void fail_each_of_writing(const cn_model *model, const struct row *row, const char *path)
{
    size_t size;
    left = -1, calls = 0;
    assert_ok(row->write(model, path));
    const long count = (long)calls;
    char *bytes = read_file(path, &size);
    for (long at = 0; at < count; at++, tried++) {
        unlink(path);
        cn_error_clear();
        left = at;
        const cn_status status = row->write(model, path);
        left = -1;
        failed += status != CN_OK;
        if (status == CN_OK ? !is_same(path, bytes, size) : cn__file_exists(path))
            tell(path, at, status, status == CN_OK ? "another file" : "a file is there");
        if (status != CN_OK && (status != cn_error_status() || !*cn_error()))
            tell(path, at, status, "no message");
    }
    assert_ok(cn__file_write(path, bytes, size));
    cn__free(bytes);
}

static void fail_each_of_reading(const cn_model *model, const struct row *row, const char *path)
{
    left = -1, calls = 0, holds_state = row->holds_state;
    assert_ok(row->read(model, path));
    const long count = (long)calls;
    for (long at = 0; at < count; at++, tried++) {
        cn_error_clear();
        left = at;
        const cn_status status = row->read(model, path);
        left = -1;
        failed += status != CN_OK;
        if (status != CN_OK && (status != cn_error_status() || !*cn_error()))
            tell(path, at, status, "no message");
    }
}

static void a_call_of_a_library_that_fails_is_told(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODELS; m++)
        for (size_t i = 0; i < ROWS; i++) {
            char path[200];
            snprintf(path, sizeof path, "%s", file(rows[i].name));
            fail_each_of_writing(models[m], &rows[i], path);
            fail_each_of_reading(models[m], &rows[i], path);
        }
    print_message("%zu calls, %zu of them failures\n", tried, failed);
    assert_int_equal(wrong, 0);
#if CALLS_CAN_FAIL
    assert_true(failed > 500);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_call_of_a_library_that_fails_is_told)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
