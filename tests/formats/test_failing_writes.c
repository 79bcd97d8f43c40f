/* Every writer of a file while each of its allocations fails in turn, and each call that makes, writes, flushes or renames a file: it
 * says so and leaves what was there, no temporary file beside it; where it does not fail, the file has the bytes that it always has. */
#include <dirent.h>
#include <stdarg.h>

#include "base/arena_test.h"
#include "formats/failing_calls.h"
#include "formats/files.h"
#include "formats/support.h"

/* ---- what is written --------------------------------------------------------------------------------------- */

static cn_preparation *preparation;

static cn_status save(const cn_model *model, const char *path) { return cn_model_save(model, path, false); }

static cn_status export_page(const cn_model *model, const char *path)
{
    return cn_model_export_html(model, path, NULL);
}

static cn_status export_c(const cn_model *model, const char *path)
{
    return cn_model_export_c(model, path, &(cn_export_c_options){.preparation = NULL});
}

static cn_status export_int8(const cn_model *model, const char *path)
{
    static float values[4 * 64];
    size_t shape[CN_MAX_DIMS] = {4};
    int ndim;
    CN_TRY(cn_tensor_shape(cn_model_input(model, 0), &ndim, shape + 1));
    for (size_t i = 0; i < 4 * 64; i++) values[i] = (float)(i % 7) / 7;
    const cn_array samples = cn_array_view(CN_FLOAT32, values, ndim + 1, shape);
    return cn_model_export_c(model, path, &(cn_export_c_options){.int8 = true, .samples = &samples});
}

static cn_status save_prepared(const cn_model *model, const char *path)
{
    return cn__model_save_prepared(model, preparation, path);
}

static cn_status draw(const cn_model *model, const char *path)
{
    char *text = cn_model_to_svg((cn_model *)(uintptr_t)model);
    if (!text) return cn_error_status();
    const cn_status status = cn__file_write(path, text, strlen(text));
    cn_text_free(text);
    return status;
}

static cn_status clone(const cn_model *model, const char *path)
{
    cn_model *copy = cn_model_clone(model);
    if (!copy) return cn_error_status();
    char *text = cn_model_compile_to_json(model);
    cn_status status = text ? cn_model_compile_from_json(copy, text) : cn_error_status();
    cn_text_free(text);
    if (status == CN_OK) status = cn_model_save(copy, path, false);
    cn_model_free(copy);
    return status;
}

static const struct writer {
    const char *name;
    cn_status (*write)(const cn_model *model, const char *path);
} writers[] = {
    {"m.keras", save},
    {"m.h5", save},
    {"m.weights.h5", cn_model_save_weights},
    {"w.h5", cn_model_save_weights},
    {"m.npz", save},
    {"w.npz", cn_model_save_weights},
    {"m.onnx", save},
    {"m.tfjs.json", save},
    {"m.json", save},
    {"m.html", export_page},
    {"m.c", export_c},
    {"q.c", export_int8},
    {"p.keras", save_prepared},
    {"p.npz", save_prepared},
    {"m.svg", draw},
    {"clone.npz", clone},
};
enum { WRITERS = sizeof writers / sizeof *writers };

static const struct network {
    const char *layers, *optimizer, *loss;
} networks[] = {
    {"input 3; dense 5 relu; batch_normalization; dense 2 softmax",
     "adam(learning_rate=cosine_decay(0.1, 10))", "categorical_crossentropy"},
    {"input 8 8 1; random_flip; conv2d 3 3 relu padding=same kernel_regularizer=l2(0.01); max_pooling2d 2; depthwise_conv2d 3; "
     "batch_normalization; global_average_pooling2d; dropout 0.5; dense 2",
     "nadam(clipnorm=1, use_ema=true)", "mse"},
    {"input 6; reshape 6 1; conv1d 3 3 activation=swish; layer_normalization; flatten; prelu; dense 2 softplus",
     "sgd(momentum=0.9)", "huber"},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static cn_model *make_compiled(const struct network *n)
{
    cn_model *model = make(n->layers);
    assert_ok(cn_model_compile(model, .optimizer = n->optimizer, .loss = n->loss, .metrics = "accuracy"));
    return model;
}

/* ---- each failure in turn ------------------------------------------------------------------------------------ */

static size_t tried, failed, wrong;

static void tell(const char *path, const char *what, long at, cn_status status, const char *why)
{
    print_error("%s, %s %ld: status %d, %s: %s\n", path, what, at, (int)status, why, cn_error());
    wrong++;
}

static size_t count_temporary(void)
{
    size_t count = 0;
    DIR *list = opendir(scratch);
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list));)
        count += strncmp(entry->d_name, ".cornu-", 7) == 0;
    closedir(list);
    return count;
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

static long step_of(long count)
{
    const long most = getenv("CORNU_THOROUGH") ? 2000 : getenv("CORNU_SANITIZED") ? 10 : 80;
    return count > most ? count / most : 1;
}

static void fail_each(const cn_model *model, const struct writer *w, bool memory)
{
    char path[200];
    size_t size;
    snprintf(path, sizeof path, "%s", file(w->name));
    unlink(path);
    kind = memory ? NONE : DISK_FULL, left = -1, calls = 0;
    const unsigned long before = cn__allocations;
    const cn_status whole = w->write(model, path);
    const long count = memory ? (long)(cn__allocations - before) : (long)calls, step = step_of(count);
    kind = NONE;
    if (whole != CN_OK) { /* one that cannot be written so */
        assert_true(whole == CN_ERROR_ARGUMENT || whole == CN_ERROR_SHAPE);
        return;
    }
    char *bytes = read_file(path, &size);
    for (long at = 0; at < count; at += step, tried++) {
        cn_error_clear();
        unlink(path);
        if (memory) cn__allocations_left = at;
        else kind = DISK_FULL, left = at, calls = 0;
        const cn_status status = w->write(model, path);
        cn__allocations_left = -1;
        kind = NONE, left = -1;
        failed += status != CN_OK;
        const char *what = memory ? "allocation" : "call";
        if (status == CN_OK && !is_same(path, bytes, size)) tell(path, what, at, status, "another file");
        if (status != CN_OK && (memory ? status != CN_ERROR_MEMORY || !strstr(cn_error(), "memory")
                                       : status != CN_ERROR_FILE || !strstr(cn_error(), strerror(ENOSPC))))
            tell(path, what, at, status, "another reason");
        if (status != CN_OK && memory && cn__file_exists(path) && !is_same(path, bytes, size))
            tell(path, what, at, status, "a part of a file");
        if (count_temporary()) {
            tell(path, what, at, status, "a temporary file stays");
            cn__remove_stale(scratch);
        }
    }
    cn__free(bytes);
}

static void fail_all(bool memory)
{
    tried = failed = wrong = 0;
    for (size_t n = 0; n < NETWORKS; n++) {
        cn_model *model = make_compiled(&networks[n]);
        for (size_t i = 0; i < WRITERS; i++) fail_each(model, &writers[i], memory);
        cn_model_free(model);
    }
    print_message("%zu points, %zu of them failures\n", tried, failed);
    assert_int_equal(wrong, 0);
}

static void a_writer_without_memory_says_so_and_leaves_nothing(void **state)
{
    (void)state;
    fail_all(true);
    assert_true(failed > 200 && failed <= tried);
}

static void so_it_is_where_the_disk_is_full(void **state)
{
    (void)state;
    fail_all(false);
#ifdef __linux__
    assert_true(failed > 50 && failed <= tried);
#endif
}

static int set_up(void **state)
{
    static const char text[] = "a,b,c,kind\n1,2.5,red,x\n2,3.5,blue,y\n3,,red,x\n4,1,green,y\n";
    if (make_scratch(state) != 0) return -1;
    assert_ok(cn__file_write(file("t.csv"), text, sizeof text - 1));
    cn_table *t = cn_table_read(file("t.csv"), NULL);
    const char *kind_name = "kind";
    preparation = t ? cn_preparation_new(
                          t, &(cn_preparation_options){.target = {&kind_name, 1}, .missing = "most_frequent"})
                    : NULL;
    cn_table_free(t);
    return preparation ? 0 : -1;
}

static int tear_down(void **state)
{
    cn_preparation_free(preparation);
    return remove_scratch(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_without_memory_says_so_and_leaves_nothing),
        cmocka_unit_test(so_it_is_where_the_disk_is_full),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
