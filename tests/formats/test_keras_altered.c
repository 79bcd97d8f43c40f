/* What real Keras wrote of its models and of what they were compiled with, of which one thing is altered: a value is another, or of another
 * kind, or gone; a list has one item more or less. Each is read, and then written as what is read back as the same, or refused with a
 * message. */
#include <dirent.h>
#include <jansson.h>

#include "formats/support.h"

static size_t tried, read_all_the_same;

/* ---- reading ------------------------------------------------------------------------------------------------------- */

static char *dump(const json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    assert_non_null(text);
    return text;
}

/* A name for what was altered: "Dense.units", with the value in its place. */
typedef struct altered {
    const char *path, *what;
    const json_t *value; /* NULL: gone */
} altered;

static void fail_altered(const altered *a, const char *text, const char *why)
{
    char *value = a->value ? dump(a->value) : NULL;
    fail_msg("%s, %s = %s: %s: %s\n%.2000s", a->path, a->what, value ? value : "(gone)", why, cn_error(),
             text);
}

static void try_model(const altered *a, const json_t *root)
{
    char *text = dump(root);
    cn_error_clear();
    cn_model *model = cn_model_from_json(text);
    tried++;
    if (!model && !*cn_error()) fail_altered(a, text, "refused without a message");
    char *first = model ? cn_model_to_json(model) : NULL; /* some have no Keras form */
    if (model && !first && !*cn_error()) fail_altered(a, text, "not written, without a message");
    cn_model *again = first ? cn_model_from_json(first) : NULL;
    if (first && !again) fail_altered(a, first, "what is written is refused");
    char *second = again ? cn_model_to_json(again) : NULL;
    if (again && (!second || strcmp(first, second) != 0))
        fail_altered(a, first, "it is read back as another");
    read_all_the_same += model != NULL;
    cn_text_free(first), cn_text_free(second);
    cn_model_free(model), cn_model_free(again);
    free(text);
}

static void try_compile(const altered *a, const json_t *root)
{
    char *text = dump(root), *written[2] = {NULL, NULL};
    for (int i = 0; i < 2 && (i == 0 || written[0]); i++) {
        cn_model *model = make("input 3; dense 4");
        cn_error_clear();
        const cn_status status = cn_model_compile_from_json(model, i ? written[0] : text);
        if (status != CN_OK && (i || !*cn_error()))
            fail_altered(a, text, i ? "what is written is refused" : "no message");
        if (status == CN_OK) written[i] = cn_model_compile_to_json(model);
        cn_model_free(model);
    }
    tried++, read_all_the_same += written[0] != NULL;
    if (written[0] && (!written[1] || strcmp(written[0], written[1]) != 0))
        fail_altered(a, written[0], "it is read back as another");
    cn_text_free(written[0]), cn_text_free(written[1]);
    free(text);
}

/* ---- altering --------------------------------------------------------------------------------------------------------- */

static const char *const values[] = {
    "null", "true",  "0",      "-1",        "2",
    "0.5",  "1e300", "\"\"",   "[]",        "\"word\"",
    "{}",   "[1,2]", "[null]", "[[\"a\"]]", "{\"class_name\": \"Word\", \"config\": {}}"};
enum { VALUES = sizeof values / sizeof *values };

typedef struct walk {
    void (*try)(const altered *a, const json_t *root);
    const char *path;
    json_t *root, *seen; /* of each class, each key is altered once */
} walk;

static bool is_new(const walk *w, const char *class_name, const char *key)
{
    char both[200];
    snprintf(both, sizeof both, "%.90s.%.90s", class_name, key);
    if (json_object_get(w->seen, both)) return false;
    assert_int_equal(json_object_set_new(w->seen, both, json_true()), 0);
    return true;
}

/* Gives each value in turn to `set`, which puts it in its place. */
static void each_value(const walk *w, const char *what, json_t *parent, const char *key, size_t index)
{
    json_t *before = key ? json_object_get(parent, key) : json_array_get(parent, index);
    json_incref(before);
    for (size_t i = 0; i < VALUES; i += getenv("CORNU_SANITIZED") ? 3 : 1) {
        json_t *value = json_loads(values[i], JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        if (!json_equal(value, before)) {
            const altered a = {w->path, what, value};
            assert_int_equal(key ? json_object_set(parent, key, value) : json_array_set(parent, index, value),
                             0);
            w->try(&a, w->root);
        }
        json_decref(value);
    }
    assert_int_equal(
        key ? json_object_set_new(parent, key, before) : json_array_set_new(parent, index, before), 0);
}

static void without(const walk *w, const char *what, json_t *object, const char *key)
{
    const altered a = {w->path, what, NULL};
    json_t *before = json_incref(json_object_get(object, key));
    assert_int_equal(json_object_del(object, key), 0);
    w->try(&a, w->root);
    assert_int_equal(json_object_set_new(object, key, before), 0);
}

static void lengths(const walk *w, const char *what, json_t *list)
{
    const size_t count = json_array_size(list);
    const altered more = {w->path, what, list}, fewer = {w->path, what, NULL};
    json_t *last = json_incref(json_array_get(list, count - 1));
    assert_int_equal(json_array_append(list, last), 0);
    w->try(&more, w->root);
    for (size_t i = 0; i < 2; i++) assert_int_equal(json_array_remove(list, json_array_size(list) - 1), 0);
    w->try(&fewer, w->root);
    assert_int_equal(json_array_append_new(list, last), 0);
}

static void alter(const walk *w, const char *class_name, const char *what, json_t *json)
{
    const char *key, *name = json_string_value(json_object_get(json, "class_name"));
    json_t *item, *copy = json_is_object(json) ? json_deep_copy(json) : NULL;
    size_t i;
    if (name) class_name = name;
    json_object_foreach(copy, key, item)
    {
        json_t *own = json_object_get(json, key);
        if (is_new(w, class_name, key)) {
            char of[200];
            snprintf(of, sizeof of, "%.90s.%.90s", class_name, key);
            each_value(w, of, json, key, 0);
            without(w, of, json, key);
            own = json_object_get(json, key);
        }
        alter(w, class_name, key, own);
    }
    json_decref(copy);
    for (i = 0; json_is_array(json) && i < json_array_size(json) && i < 3; i++) {
        char of[32];
        snprintf(of, sizeof of, "%.20s %zu", what, i);
        if (is_new(w, class_name, of)) each_value(w, of, json, NULL, i);
        alter(w, class_name, of, json_array_get(json, i));
    }
    if (json_array_size(json) && is_new(w, class_name, what)) lengths(w, what, json);
}

/* ---- the cases of tests/parity ------------------------------------------------------------------------------------------ */

static json_t *sequential(json_t *of)
{
    json_t *layers = json_object_get(of, "layers"), *shape = json_object_get(of, "input_shape"),
           *batch = json_array();
    json_array_append_new(batch, json_null());
    json_array_extend(batch, shape);
    json_array_insert_new(
        layers, 0, json_pack("{s:s, s:{s:o}}", "class_name", "InputLayer", "config", "batch_shape", batch));
    return json_pack("{s:s, s:{s:O}}", "class_name", "Sequential", "config", "layers", layers);
}

static void alter_case(json_t *of, const char *path, json_t *seen)
{
    char file[1200];
    snprintf(file, sizeof file, CORNU_TESTS_DIR "/parity/cases/%s/model.json", path);
    json_t *model = json_object_get(of, "layers") ? sequential(of) : json_load_file(file, 0, NULL);
    const walk networks = {try_model, path, model, seen};
    if (model) alter(&networks, "", "", model);
    json_decref(model);
    json_t *compiled = json_pack("{s:O, s:O, s:O*}", "optimizer", json_object_get(of, "optimizer"), "loss",
                                 json_object_get(of, "loss"), "metrics", json_object_get(of, "metrics"));
    const walk compilations = {try_compile, path, compiled, seen};
    if (compiled) alter(&compilations, "compile", "compile", compiled);
    json_decref(compiled);
}

static void what_is_altered_is_read_as_it_is_written_or_refused(void **state)
{
    (void)state;
    json_t *seen = json_object();
    DIR *list = opendir(CORNU_TESTS_DIR "/parity/cases");
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list));) {
        char path[1200];
        snprintf(path, sizeof path, CORNU_TESTS_DIR "/parity/cases/%s/case.json", entry->d_name);
        json_t *of = *entry->d_name == '.' ? NULL : json_load_file(path, 0, NULL);
        if (of) alter_case(of, entry->d_name, seen);
        json_decref(of);
    }
    closedir(list);
    json_decref(seen);
    print_message("%zu altered, %zu read\n", tried, read_all_the_same);
    assert_true(tried > 3000 && read_all_the_same > 500 && read_all_the_same < tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_altered_is_read_as_it_is_written_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
