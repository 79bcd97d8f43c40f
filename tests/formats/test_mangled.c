/* What programs that write files get wrong, and those who damage them on purpose: each reader gets its files with single bytes changed,
 * and cut; JSON with each of its values replaced by one of another kind, or left out; ONNX with each node, attribute and constant
 * changed. Whatever comes, it is read, or refused with a message. Sanitizers see to the rest. */
#include <math.h>

#include "base/arena_test.h"
#include "data/files/zip.h"
#include "formats/onnx/onnx.h"
#include "formats/readers.h"

static size_t tried, refused;

/* A copy of exactly its size and a '\0', which readers of text need. */
static void check(reader read, const char *path, const void *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    cn_error_clear();
    const cn_status status = read(path, copy, size);
    free(copy);
    tried++, refused += status != CN_OK;
    if (status == CN_OK) return;
    if (status != cn_error_status() || !*cn_error())
        fail_msg("%s: status %d, but the message's is %d: %s", path, (int)status, (int)cn_error_status(),
                 cn_error());
}

/* All of it with CORNU_THOROUGH, as ./run coverage does; a part else. */
static size_t fraction(void) { return getenv("CORNU_SANITIZED") ? 40 : getenv("CORNU_THOROUGH") ? 1 : 10; }
static size_t most(size_t n) { return n / fraction(); }

/* ---- bytes -------------------------------------------------------------------------------------------------- */

static cn_status read_onnx_bytes(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    return free_model(cn__onnx_load(&file, true));
}

/* Those that read by the name alone are left out. */
static reader reader_of_bytes(size_t row)
{
    const reader read = reader_rows[row].read;
    return read == read_onnx ? read_onnx_bytes : read == read_path ? NULL : read;
}

static void mangle_bytes(void *user, const char *path)
{
    size_t size;
    char *bytes = read_whole(path, &size);
    const size_t places = size < most(48) ? size : most(48);
    for (size_t i = 0; i < places; i++) {
        const size_t at = i * size / places;
        const char old = bytes[at];
        const char other[] = {0, (char)0xff, (char)(old ^ 1), (char)(old ^ 0x80)};
        for (size_t k = 0; k < sizeof other; k++) {
            bytes[at] = other[k];
            check(*(reader *)user, path, bytes, size);
        }
        bytes[at] = old;
        if (i % 4 == 0) check(*(reader *)user, path, bytes, at);
    }
    free(bytes);
}

static void files_with_a_changed_byte_and_cut_ones_are_read_or_refused(void **state)
{
    (void)state;
    tried = refused = 0;
    for (size_t row = 0; row < READERS; row++) {
        reader read = reader_of_bytes(row);
        if (read) each_file_of(row, mangle_bytes, &read);
    }
    print_message("%zu files, %zu of them refused\n", tried, refused);
    assert_true(refused > tried / 10 && refused < tried);
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

typedef struct document {
    reader read;
    const char *path;
    json_t *root;
    size_t step, at; /* every step-th change is made */
} document;

static void check_document(document *d)
{
    if (d->at++ % d->step) return;
    char *text = json_dumps(d->root, JSON_COMPACT);
    if (!text) return; /* no text is made of a bare number, say */
    check(d->read, d->path, text, strlen(text));
    free(text);
}

static json_t *other_value(size_t kind, const json_t *old)
{
    switch (kind) {
    case 0: return json_null();
    case 1: return json_true();
    case 2: return json_integer(-1);
    case 3: return json_integer(0);
    case 4: return json_integer(INT64_MAX);
    case 5: return json_real(1e300);
    case 6: return json_real(0.5);
    case 7: return json_string("");
    case 8: return json_string("other");
    case 9: return json_array();
    case 10: return json_object();
    case 11: return json_pack("[[i, n]]", 3);
    case 12: return json_pack("{s: s, s: {}}", "class_name", "Dense", "config");
    case 13: return json_pack("[O, O]", old, old);
    case 14: return json_pack("{s: O}", "out", old);
    default: return NULL;
    }
}

static void mangle_json(document *d, json_t *in);

static void mangle_member(document *d, json_t *in, const char *key)
{
    json_t *old = json_incref(json_object_get(in, key)), *other;
    for (size_t kind = 0; (other = other_value(kind, old)); kind++) {
        json_object_set_new(in, key, other);
        check_document(d);
    }
    json_object_del(in, key);
    check_document(d);
    json_object_set(in, key, old);
    mangle_json(d, old);
    json_decref(old);
}

static void mangle_item(document *d, json_t *in, size_t i)
{
    json_t *old = json_incref(json_array_get(in, i)), *other;
    for (size_t kind = 0; (other = other_value(kind, old)); kind++) {
        json_array_set_new(in, i, other);
        check_document(d);
    }
    json_array_remove(in, i);
    check_document(d);
    json_array_insert(in, i, old);
    json_array_insert(in, i, old);
    check_document(d);
    json_array_remove(in, i);
    mangle_json(d, old);
    json_decref(old);
}

/* Every value in it, at any depth. */
static void mangle_json(document *d, json_t *in)
{
    for (size_t i = 0; json_is_array(in) && i < json_array_size(in); i++) mangle_item(d, in, i);
    if (!json_is_object(in)) return;
    const size_t count = json_object_size(in);
    char **keys = calloc(count + 1, sizeof *keys);
    size_t n = 0;
    const char *key;
    json_t *item;
    assert_non_null(keys);
    json_object_foreach(in, key, item) keys[n++] = strdup(key);
    for (size_t i = 0; i < count; i++) {
        mangle_member(d, in, keys[i]);
        free(keys[i]);
    }
    free(keys);
}

static size_t count_values(const json_t *json)
{
    size_t count = 1, i;
    const char *key;
    json_t *item;
    json_array_foreach((json_t *)json, i, item) count += count_values(item);
    json_object_foreach((json_t *)json, key, item) count += count_values(item);
    return count;
}

static void mangle_document(reader read, const char *path, const char *text, size_t size)
{
    json_t *root = json_loadb(text, size, JSON_DISABLE_EOF_CHECK, NULL);
    if (!root) return; /* one that is broken already */
    const size_t changes = 17 * count_values(root);
    document d = {.read = read, .path = path, .root = root, .step = 1 + changes / most(6000)};
    mangle_json(&d, root);
    json_decref(root);
}

static void mangle_file(void *user, const char *path)
{
    size_t size;
    char *text = read_whole(path, &size);
    mangle_document(*(reader *)user, path, text, size);
    free(text);
}

/* The network in a .keras file, and what it was compiled with. */
static void mangle_config(void *user, const char *path)
{
    (void)user;
    cn__zip *zip;
    uint64_t index;
    char *text = NULL;
    size_t size = 0;
    if (cn__zip_open(&(cn__infile){.name = path}, "a model", &zip) != CN_OK) return;
    if (cn__zip_find(zip, "config.json", &index) &&
        cn__zip_read(zip, index, path, MOST_FILE, &text, &size) == CN_OK) {
        json_t *root = json_loadb(text, size, 0, NULL), *compiled = json_object_get(root, "compile_config");
        char *compiled_text = compiled ? json_dumps(compiled, 0) : NULL;
        if (compiled_text) mangle_document(read_compile, path, compiled_text, strlen(compiled_text));
        free(compiled_text);
        json_decref(root);
        mangle_document(read_json, path, text, size);
    }
    cn__free(text);
    cn__zip_close(zip);
}

static cn_status read_preparation(const char *path, const char *text, size_t size)
{
    (void)path, (void)size;
    cn_preparation *p = cn_preparation_from_json(text);
    if (!p) return cn_error_status();
    cn_preparation_free(p);
    return CN_OK;
}

/* How a table is prepared, as it is written into a model's file. */
static void mangle_preparation(void *user, const char *path)
{
    (void)user;
    size_t size;
    char *text = read_whole(path, &size);
    cn_table *t =
        size ? cn__table_parse(cn__strdup(text), strlen(text), path, &(cn_table_options){.threads = 1})
             : NULL;
    cn_preparation *p = t ? cn_preparation_new(t, &(cn_preparation_options){.missing = "mean"}) : NULL;
    char *json = p ? cn_preparation_to_json(p) : NULL;
    if (json) mangle_document(read_preparation, path, json, strlen(json));
    cn_text_free(json);
    cn_preparation_free(p);
    cn_table_free(t);
    free(text);
}

static void in_folder(const char *folder, const char *ending, void (*use)(void *user, const char *path),
                      reader read)
{
    char place[600];
    snprintf(place, sizeof place, "%s/%s", CORNU_TESTS_DIR, folder);
    assert_true(each_file(place, ending, use, &read) > 0);
}

static void json_with_a_value_of_another_kind_is_read_or_refused(void **state)
{
    (void)state;
    tried = refused = 0;
    in_folder("../fuzz/corpus/json", "", mangle_file, read_json);
    in_folder("formats/files/json", ".json", mangle_file, read_json);
    in_folder("../fuzz/corpus/compile", "", mangle_file, read_compile);
    in_folder("formats/files", ".keras", mangle_config, NULL);
    in_folder("../fuzz/corpus/table", "", mangle_preparation, NULL);
    in_folder("../fuzz/corpus/notebook", "", mangle_file, read_notebook);
    print_message("%zu documents, %zu of them refused\n", tried, refused);
    assert_true(refused > tried / 10 && refused < tried);
}

/* TensorFlow.js: model.json lies beside its weights. */
static cn_status read_tfjs(const char *path, const char *text, size_t size)
{
    (void)path;
    const cn_status status = cn__file_write("mangled-tfjs/model.json", text, size);
    return status == CN_OK ? free_model(cn_model_load("mangled-tfjs/model.json")) : status;
}

static void the_json_of_tensorflow_js_likewise(void **state)
{
    (void)state;
    tried = refused = 0;
    static const char *const names[] = {"tensorflow-js", "tensorflow-js-shards", "tensorflow-js-uint8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char command[1500], path[700];
        size_t size;
        snprintf(
            command, sizeof command,
            "rm -rf mangled-tfjs && cp -r '%s/formats/files/wild/%s' mangled-tfjs && chmod -R u+w mangled-tfjs",
            CORNU_TESTS_DIR, names[i]);
        assert_int_equal(system(command), 0);
        snprintf(path, sizeof path, "%s/formats/files/wild/%s/model.json", CORNU_TESTS_DIR, names[i]);
        char *text = read_whole(path, &size);
        mangle_document(read_tfjs, path, text, size);
        free(text);
    }
    assert_int_equal(system("rm -rf mangled-tfjs"), 0);
    print_message("%zu documents, %zu of them refused\n", tried, refused);
    assert_true(refused > tried / 10 && refused < tried);
}

/* ---- ONNX ------------------------------------------------------------------------------------------------------ */

static const char *onnx_path;

static void check_onnx(const Cn__Onnx__Model *m)
{
    static size_t at;
    if (at++ % fraction()) return;
    const size_t size = cn__onnx__model__get_packed_size(m);
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    cn__onnx__model__pack(m, bytes);
    check(read_onnx_bytes, onnx_path, bytes, size);
    free(bytes);
}

/* With `place` as each of the values. */
static void try_whole(const Cn__Onnx__Model *m, int64_t *place)
{
    static const int64_t others[] = {0, -1, 1, 2, 3, 7, INT64_MAX, INT64_MIN};
    const int64_t old = *place;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        *place = others[i];
        check_onnx(m);
    }
    *place = old;
}

static void try_text(const Cn__Onnx__Model *m, char **place, const char *const *others, size_t count)
{
    char *old = *place;
    for (size_t i = 0; i < count; i++) {
        *place = (char *)(uintptr_t)others[i];
        check_onnx(m);
    }
    *place = old;
}

static void mangle_tensor(const Cn__Onnx__Model *m, Cn__Onnx__Tensor *t)
{
    static const int32_t types[] = {0, 1, 6, 7, 9, 10, 11};
    const int32_t old = t->type;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        t->type = types[i];
        check_onnx(m);
    }
    t->type = old;
    for (size_t i = 0; i < t->n_dims; i++) try_whole(m, &t->dims[i]);
    if (t->n_dims) {
        t->n_dims--;
        check_onnx(m);
        t->n_dims++;
    }
    for (size_t i = 0; i < t->n_int64s; i++) try_whole(m, &t->int64s[i]);
    if (t->raw.len % 8 == 0 && t->type == CN_ONNX_INT64 && t->raw.len <= 64)
        for (size_t i = 0; i < t->raw.len / 8; i++) { /* sizes, axes and steps */
            static const int64_t others[] = {0, -1, 1, 2, 3, INT64_MAX};
            uint8_t *place = t->raw.data + 8 * i, kept[8];
            memcpy(kept, place, 8);
            for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
                memcpy(place, &others[k], 8);
                check_onnx(m);
            }
            memcpy(place, kept, 8);
        }
    if (t->raw.len % 4 == 0 && t->type == CN_ONNX_FLOAT32 && t->raw.len <= 16) /* factors and limits */
        for (size_t i = 0; i < t->raw.len / 4; i++) {
            static const float others[] = {0, -1, 1, 2, 6, 1e30f, NAN};
            uint8_t *place = t->raw.data + 4 * i, kept[4];
            memcpy(kept, place, 4);
            for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
                memcpy(place, &others[k], 4);
                check_onnx(m);
            }
            memcpy(place, kept, 4);
        }
}

static void mangle_attribute(const Cn__Onnx__Model *m, Cn__Onnx__Attribute *a)
{
    static const char *const names[] = {"", "other"};
    static const float factors[] = {0, -1, 2, NAN, INFINITY};
    static const char *const words[] = {"",       "SAME_UPPER", "SAME_LOWER", "VALID",
                                        "linear", "reflect",    "other"};
    const float old = a->f;
    const ProtobufCBinaryData word = a->s;
    try_text(m, &a->name, names, 2);
    if (a->type == CN_ONNX_I) try_whole(m, &a->i);
    for (size_t i = 0; i < a->n_ints; i++) try_whole(m, &a->ints[i]);
    for (size_t i = 0; a->type == CN_ONNX_F && i < sizeof factors / sizeof *factors; i++) {
        a->f = factors[i];
        check_onnx(m);
    }
    a->f = old;
    for (size_t i = 0; a->type == CN_ONNX_S && i < sizeof words / sizeof *words; i++) {
        a->s = (ProtobufCBinaryData){strlen(words[i]), (uint8_t *)(uintptr_t)words[i]};
        check_onnx(m);
    }
    a->s = word;
    if (a->n_ints) {
        a->n_ints--;
        check_onnx(m);
        a->n_ints++;
    }
    if (a->t) mangle_tensor(m, a->t);
}

static void mangle_node(const Cn__Onnx__Model *m, Cn__Onnx__Node *n)
{
    static const char *const ops[] = {"",
                                      "Relu",
                                      "Identity",
                                      "Transpose",
                                      "Flatten",
                                      "Reshape",
                                      "Add",
                                      "Mul",
                                      "Sub",
                                      "Div",
                                      "MatMul",
                                      "Gemm",
                                      "Conv",
                                      "MaxPool",
                                      "Softmax",
                                      "Dropout",
                                      "Concat",
                                      "Pad",
                                      "ConvTranspose",
                                      "Slice",
                                      "Resize",
                                      "Clip",
                                      "PRelu",
                                      "Shape",
                                      "Erf",
                                      "ReduceMean",
                                      "BatchNormalization"};
    static const char *const names[] = {"", "x", "y", "other"}, *const domains[] = {"ai.onnx", "other"};
    try_text(m, &n->op, ops, sizeof ops / sizeof *ops);
    try_text(m, &n->domain, domains, 2);
    for (size_t i = 0; i < n->n_inputs; i++) try_text(m, &n->inputs[i], names, 4);
    for (size_t i = 0; i < n->n_outputs; i++) try_text(m, &n->outputs[i], names, 4);
    for (size_t i = 0; i < n->n_attributes; i++) mangle_attribute(m, n->attributes[i]);
    size_t *const counts[] = {&n->n_inputs, &n->n_outputs, &n->n_attributes};
    for (size_t i = 0; i < 3; i++) {
        const size_t old = *counts[i];
        for (*counts[i] = 0; *counts[i] < old; ++*counts[i]) check_onnx(m);
    }
    if (n->n_inputs > 1) { /* the other way round */
        char *first = n->inputs[0];
        n->inputs[0] = n->inputs[1], n->inputs[1] = first;
        check_onnx(m);
        n->inputs[1] = n->inputs[0], n->inputs[0] = first;
    }
}

static void mangle_port(const Cn__Onnx__Model *m, Cn__Onnx__Port *p)
{
    static const char *const names[] = {"", "other"};
    try_text(m, &p->name, names, 2);
    Cn__Onnx__TensorType *type = p->type ? p->type->tensor : NULL;
    Cn__Onnx__Shape *shape = type ? type->shape : NULL;
    for (size_t i = 0; shape && i < shape->n_dims; i++) try_whole(m, &shape->dims[i]->size);
    for (size_t n = shape ? shape->n_dims : 0, k = 0; k < n; k++) {
        shape->n_dims = k;
        check_onnx(m);
        shape->n_dims = n;
    }
    if (!type) return;
    type->type += 6, type->shape = NULL;
    check_onnx(m);
    type->type -= 6;
    check_onnx(m);
    type->shape = shape;
}

static void mangle_graph(const Cn__Onnx__Model *m, Cn__Onnx__Graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++) mangle_node(m, g->nodes[i]);
    for (size_t i = 0; i < g->n_initializers; i++) mangle_tensor(m, g->initializers[i]);
    for (size_t i = 0; i < g->n_inputs; i++) mangle_port(m, g->inputs[i]);
    for (size_t i = 0; i < g->n_outputs; i++) mangle_port(m, g->outputs[i]);
    size_t *const counts[] = {&g->n_nodes, &g->n_initializers, &g->n_inputs, &g->n_outputs};
    for (size_t i = 0; i < 4; i++) {
        const size_t old = *counts[i];
        for (*counts[i] = 0; *counts[i] < old; ++*counts[i]) check_onnx(m);
    }
}

static void mangle_onnx(void *user, const char *path)
{
    (void)user;
    size_t size;
    char *bytes = read_whole(path, &size);
    Cn__Onnx__Model *m =
        size < MOST_FILE / 16 ? cn__onnx__model__unpack(NULL, size, (const uint8_t *)bytes) : NULL;
    onnx_path = path;
    for (size_t i = 0; m && i < m->n_opset_import; i++) try_whole(m, &m->opset_import[i]->version);
    if (m && m->graph) mangle_graph(m, m->graph);
    if (m) cn__onnx__model__free_unpacked(m, NULL);
    free(bytes);
}

static void onnx_with_a_changed_part_is_read_or_refused(void **state)
{
    (void)state;
    tried = refused = 0;
    in_folder("formats/files/onnx", ".onnx", mangle_onnx, NULL);
    in_folder("../fuzz/corpus/onnx", ".onnx", mangle_onnx, NULL);
    print_message("%zu files, %zu of them refused\n", tried, refused);
    assert_true(refused > tried / 10 && refused < tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_with_a_changed_byte_and_cut_ones_are_read_or_refused),
        cmocka_unit_test(json_with_a_value_of_another_kind_is_read_or_refused),
        cmocka_unit_test(the_json_of_tensorflow_js_likewise),
        cmocka_unit_test(onnx_with_a_changed_part_is_read_or_refused),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
