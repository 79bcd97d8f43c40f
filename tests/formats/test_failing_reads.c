/* Every reader of a file while each call that opens, asks about or reads a file fails in turn with EIO: it fails, its message has the
 * system's words, and it never takes what is there for something else or for less. A call that is interrupted, or gives less than was
 * asked for, changes nothing. The calls are this program's own, which the libraries that are linked with it find first. */
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "data/data.h"
#include "data/images/images.h"
#include "formats/files.h"
#include "formats/failing_calls.h"
#include "formats/support.h"
#include "formats/tensorboard/event_read.h"

/* ---- what is read ---------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_array(uint64_t hash, cn_array *a, size_t element)
{
    hash = mix(hash, a->shape, (size_t)a->ndim * sizeof *a->shape);
    hash = mix(hash, a->data, cn_array_size(a) * element);
    cn_array_free(a);
    return hash;
}

/* Layers, weights, what it was compiled with, and the optimizer's state. */
static uint64_t print_of(const cn_model *model)
{
    uint64_t hash = 1469598103u;
    cn_array a;
    char *texts[2] = {cn_model_to_json(model), cn_model_compile_to_json(model)};
    for (int i = 0; i < 2; i++) {
        if (texts[i]) hash = mix(hash, texts[i], strlen(texts[i]));
        cn_text_free(texts[i]);
    }
    for (size_t i = 0; i < cn_model_weight_count(model); i++)
        if (cn_model_get_weight(model, i, &a) == CN_OK) hash = mix_array(hash, &a, sizeof(float));
    for (size_t i = 0; i < cn_model_state_count(model); i++)
        if (cn_model_get_state(model, i, &a) == CN_OK) hash = mix_array(hash, &a, sizeof(float));
    const int64_t iterations = cn_model_iterations(model);
    return mix(hash, &iterations, sizeof iterations);
}

static cn_status read_model(const char *path, uint64_t *print)
{
    cn_model *model = cn_model_load(path);
    if (!model) return cn_error_status();
    *print = print_of(model);
    cn_model_free(model);
    return CN_OK;
}

static const char layers[] = "input 3; dense 4 relu; batch_normalization; dense 2 softmax";

static cn_status read_weights(const char *path, uint64_t *print)
{
    cn_model *model = make(layers);
    const cn_status status = cn_model_load_weights(model, path);
    if (status == CN_OK) *print = print_of(model);
    cn_model_free(model);
    return status;
}

static cn_status read_array(const char *path, uint64_t *print)
{
    cn_array a;
    CN_TRY(cn_data_read(path, &a));
    *print = mix_array(1, &a, sizeof(float));
    return CN_OK;
}

static cn_status read_table(const char *path, uint64_t *print)
{
    cn_table *t = cn_table_read(path, &(cn_table_options){.threads = 1});
    if (!t) return cn_error_status();
    *print = 1;
    for (size_t row = 0; row < cn_table_rows(t); row++)
        for (size_t k = 0; k < cn_table_columns(t); k++) {
            const double v = cn_table_number(t, row, k);
            *print = mix(*print, &v, sizeof v);
        }
    cn_table_free(t);
    return CN_OK;
}

static cn_status read_pictures(const char *path, uint64_t *print)
{
    cn_pictures p;
    CN_TRY(cn_pictures_read(path, &(cn_image_options){.height = 8, .width = 8}, &p));
    *print = mix(1, p.x.data, cn_array_size(&p.x));
    cn_pictures_free(&p);
    return CN_OK;
}

static cn_status read_folder(const char *path, uint64_t *print)
{
    cn_dataset d;
    CN_TRY(cn_images_load(path, &(cn_image_options){.height = 8, .width = 8}, &d));
    *print = mix(mix(1, d.train_x.data, cn_array_size(&d.train_x)), d.test_x.data, cn_array_size(&d.test_x));
    cn_dataset_free(&d);
    return CN_OK;
}

static cn_status read_preparation(const char *path, uint64_t *print)
{
    cn_preparation *p = NULL;
    CN_TRY(cn_preparation_load(path, &p));
    char *text = p ? cn_preparation_to_json(p) : NULL;
    *print = text ? mix(1, text, strlen(text)) : 0;
    cn_text_free(text);
    cn_preparation_free(p);
    return CN_OK;
}

static cn_status add_event(void *user, const char *tag, int64_t step, double value)
{
    uint64_t *print = user;
    *print = mix(mix(mix(*print, tag, strlen(tag)), &step, sizeof step), &value, sizeof value);
    return CN_OK;
}

static cn_status read_events(const char *path, uint64_t *print)
{
    *print = 1;
    return cn__events_read(&(cn__infile){.name = path}, add_event, print);
}

static const struct row {
    const char *name; /* in the scratch folder; with a '/' in front in tests/ */
    cn_status (*read)(const char *path, uint64_t *print);
} rows[] = {
    {"m.keras", read_model},
    {"m.h5", read_model},
    {"m.npz", read_model},
    {"m.json", read_model},
    {"m.onnx", read_model},
    {"tfjs/model.json", read_model},
    {"/formats/files/wild/onnx-external-data", read_model},
    {"/formats/files/keras2_nested.h5", read_model},
    {"/formats/files/keras3.keras", read_model},
    {"m.keras", read_weights},
    {"m.weights.h5", read_weights},
    {"w.npz", read_weights},
    {"one.npz", read_array},
    {"a.npy", read_array},
    {"a.npy.gz", read_array},
    {"t.csv", read_table},
    {"t.csv.gz", read_table},
    {"/data/files/small.jpg", read_pictures},
    {"pictures", read_folder},
    {"prepared.keras", read_preparation},
    {"/../fuzz/corpus/events/", read_events},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- the files --------------------------------------------------------------------------------------------------- */

static void shell(const char *format, ...) CN_PRINTF(1, 2);
static void shell(const char *format, ...)
{
    char command[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0) fail_msg("%s", command);
}

static void train_a_step(cn_model *model)
{
    float x[12], y[8];
    for (size_t i = 0; i < 12; i++) x[i] = (float)i / 7;
    for (size_t i = 0; i < 8; i++) y[i] = (float)((i + i / 2) % 2);
    const cn_array xs = cn_array_view(CN_FLOAT32, x, 2, (size_t[]){4, 3}),
                   ys = cn_array_view(CN_FLOAT32, y, 2, (size_t[]){4, 2});
    assert_ok(cn_model_compile(model, .optimizer = "adam", .loss = "categorical_crossentropy"));
    cn_history *h = cn_model_fit(model, &xs, &ys, .epochs = 1, .verbose = 0);
    assert_non_null(h);
    cn_history_free(h);
}

static int write_files(void **state)
{
    if (make_scratch(state) != 0) return -1;
    static const char *const models[] = {"m.keras", "m.h5", "m.npz", "m.json", "prepared.keras"};
    cn_model *model = make(layers);
    train_a_step(model);
    for (size_t i = 0; i < 5; i++) assert_ok(cn_model_save(model, file(models[i]), false));
    assert_ok(cn_model_export_onnx(model, file("m.onnx")));
    assert_ok(cn_model_save_weights(model, file("m.weights.h5")));
    assert_ok(cn_model_save_weights(model, file("w.npz")));
    cn_array a;
    assert_ok(cn_model_get_weight(model, 0, &a));
    assert_ok(cn_npy_write(file("a.npy"), &a));
    assert_ok(cn_npz_write(file("one.npz"), (const char *const[]){"x"}, &a, 1));
    cn_array_free(&a);
    cn_model_free(model);
    shell("cp -r '%s/formats/files/wild/tensorflow-js-shards' %s/tfjs && chmod -R u+w %s/tfjs",
          CORNU_TESTS_DIR, scratch, scratch);
    shell(
        "cd %s && awk -v OFS=, 'BEGIN { print \"a,b,kind\"; for (i = 0; i < 4000; i++) print i, i * i, i %% 3 ? \"x\" : \"y\" }' "
        ">t.csv && gzip -k t.csv a.npy",
        scratch);
    shell(
        "cd %s && mkdir -p pictures/a pictures/b && for i in 1 2 3 4; do cp '%s/data/files/small.jpg' pictures/a/$i.jpg; "
        "cp '%s/data/files/grey.jpg' pictures/b/$i.jpg; done",
        scratch, CORNU_TESTS_DIR, CORNU_TESTS_DIR);
    const char *kind_name = "kind";
    cn_table *t = cn_table_read(file("t.csv"), NULL);
    cn_preparation *p =
        t ? cn_preparation_new(t, &(cn_preparation_options){.target = {&kind_name, 1}}) : NULL;
    if (!p) fail_msg("%s", cn_error());
    assert_ok(cn_preparation_save(p, file("prepared.keras")));
    cn_preparation_free(p);
    cn_table_free(t);
    return 0;
}

/* A folder's only or first file, where a folder is named. */
static const char *path_of(const struct row *row)
{
    static char path[1500];
    struct stat info;
    if (row->name[0] != '/') return strcpy(path, file(row->name));
    snprintf(path, sizeof path, "%s%s", CORNU_TESTS_DIR, row->name);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        char command[1600], name[300] = "";
        snprintf(command, sizeof command, "ls '%s' | grep -v '\\.data$\\|\\.md$\\|\\.json$' | head -n 1",
                 path);
        FILE *list = popen(command, "r");
        assert_non_null(list);
        assert_non_null(fgets(name, sizeof name, list));
        pclose(list);
        name[strcspn(name, "\n")] = '\0';
        snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
    }
    return path;
}

/* ---- each call in turn -------------------------------------------------------------------------------------------- */

static size_t tried, failed, wrong;

static cn_status read_with(const struct row *row, const char *path, trouble what, long at, uint64_t *print)
{
    cn_error_clear();
    *print = 0;
    last = NULL;
    kind = what, left = at, calls = 0;
    const cn_status status = row->read(path, print);
    kind = NONE, left = -1;
    return status;
}

static void tell(const char *path, const char *what, long at, cn_status status)
{
    print_error("%s, %s %ld (%s): status %d: %s\n", path, what, at, last ? last : "-", (int)status,
                cn_error());
    wrong++;
}

/* Of a file's calls the first ones are tried, which open it, then some, evenly; all with CORNU_THOROUGH, but of the thousands that
 * HDF5 needs. */
static long step_at(long at, long count)
{
    const long most = getenv("CORNU_THOROUGH") ? 400 : 25;
    return at < 40 || count <= most ? 1 : count / most;
}

static void fail_each_call(const struct row *row)
{
    char path[1500];
    uint64_t whole, print;
    snprintf(path, sizeof path, "%s", path_of(row));
    if (read_with(row, path, IO_ERROR, -1, &whole) != CN_OK) fail_msg("%s: %s", path, cn_error());
    const long count = (long)calls;
    for (long at = 0; at < count; at += step_at(at, count), tried++) {
        const cn_status status = read_with(row, path, IO_ERROR, at, &print);
        failed += status != CN_OK;
        if (status == CN_OK ? print != whole : status != CN_ERROR_FILE || !strstr(cn_error(), strerror(EIO)))
            tell(path, "failing call", at, status);
    }
    for (int k = 0; k < 2; k++) {
        const trouble what = k ? LESS : INTERRUPTION;
        (void)read_with(row, path, what, -1, &print);
        const long reads = (long)calls;
        for (long at = 0; at < reads; at += step_at(at, reads), tried++) {
            const cn_status status = read_with(row, path, what, at, &print);
            if (status != CN_OK || print != whole)
                tell(path, k ? "short read" : "interrupted read", at, status);
        }
    }
}

static void a_reader_whose_calls_fail_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) fail_each_call(&rows[i]);
    print_message("%zu calls with trouble, %zu of them failures\n", tried, failed);
    assert_int_equal(wrong, 0);
#ifdef __linux__
    assert_true(tried > 100 && failed > 50);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_reader_whose_calls_fail_says_so)};
    return cmocka_run_group_tests(tests, write_files, remove_scratch);
}
