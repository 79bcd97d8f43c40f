/* Keras's files that are not as they should be: what is wrong is named, and nothing is changed. */
#include "base/files/file.h"
#include "data/files/zip.h"
#include "formats/keras_support.h"

/* The members of a small .keras file, so that one can be exchanged. */
typedef struct members {
    char *config, *weights;
    size_t config_size, weights_size;
} members;

static members small_members(void)
{
    members m;
    cn__zip *zip;
    uint64_t index;
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "adam");
    fit(model, 1);
    assert_ok(cn_model_save(model, file("small.keras"), false));
    assert_ok(cn__zip_open(&(cn__infile){.name = file("small.keras")}, "a zip", &zip));
    assert_true(cn__zip_find(zip, "config.json", &index));
    assert_ok(cn__zip_read(zip, index, NULL, 1 << 20, &m.config, &m.config_size));
    assert_true(cn__zip_find(zip, "model.weights.h5", &index));
    assert_ok(cn__zip_read(zip, index, NULL, 1 << 20, &m.weights, &m.weights_size));
    cn__zip_close(zip);
    cn_model_free(model);
    return m;
}

static void free_members(members *m)
{
    cn__free(m->config);
    cn__free(m->weights);
}

/* `text` with the first `old` replaced by `new`; free it. */
static char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    if (!at) fail_msg("'%s' is not in: %s", old, text);
    char *out = calloc(1, strlen(text) + strlen(new) + 1);
    assert_non_null(out);
    memcpy(out, text, (size_t)(at - text));
    strcat(strcat(out, new), at + strlen(old));
    return out;
}

static void what_is_not_supported_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new, *message;
        bool network; /* also where the compile configuration is left out */
    } cases[] = {
        {"\"class_name\": \"Dense\"", "\"class_name\": \"Conv7D\"", "known: conv1d, conv2d", true},
        {"\"class_name\": \"Dense\"", "\"class_name\": \"Lambda\"", "never run", true},
        {"\"config\": {\"name\": \"dense\"",
         "\"config\": {\"function\": {\"class_name\": \"__lambda__\", \"config\": {\"code\": \"4wE=\"}}, \"name\": "
         "\"dense\"",
         "function", true},
        {"\"class_name\": \"Sequential\"", "\"class_name\": \"Functional\"", "input_layers", true},
        {"\"name\": \"float32\"", "\"name\": \"mixed_float16\"", "mixed_float16", true},
        {"\"class_name\": \"Adam\"", "\"class_name\": \"Adamant\"", "adamax", false},
        {"\"optimizer\": ", "\"x\": ", "no optimizer is named", false},
        {"\"class_name\": \"Adam\"", "\"class_name\": \"mine>Adam\"", "mine>Adam", false},
        {"\"gradient_accumulation_steps\": null", "\"gradient_accumulation_steps\": 1", "gradient_acc",
         false},
        {"\"loss\": \"categorical_crossentropy\"", "\"loss\": \"my_loss\"", "my_loss", false},
        {"\"loss\": \"categorical_crossentropy\"",
         "\"loss\": {\"class_name\": \"function\", \"config\": \"wavy\", \"registered_name\": \"wavy\"}",
         "wavy", false},
        {"\"loss_weights\": null", "\"loss_weights\": [\"two\"]", "loss_weights", false},
        {"[\"accuracy\"]", "[\"f7_score\"]", "f1_score", false},
        {"[\"accuracy\"]",
         "[{\"class_name\": \"AUC\", \"config\": {\"num_labels\": 77, \"multi_label\": true}}]", "num_labels",
         false},
        {"\"amsgrad\": false", "\"amsgrad\": true", "arrays", false},
        {"\"compile_config\": {", "\"compile_config\": {\"optimizer\": 3, \"old\": {", "", false},
    };
    members m = small_members();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *config = replaced(m.config, cases[i].old, cases[i].new);
        const cn__zip_member all[] = {{"config.json", config, strlen(config)},
                                      {"model.weights.h5", m.weights, m.weights_size}};
        assert_ok(cn__zip_write(file("refused.keras"), all, 2));
        assert_null(cn_model_load(file("refused.keras")));
        assert_message("refused.keras");
        assert_message(cases[i].message);
        cn_model *model = cn_model_load_network(file("refused.keras"));
        if (*cases[i].message && cases[i].network != !model) fail_msg("%s: %s", cases[i].new, cn_error());
        cn_model_free(model);
        free(config);
    }
    free_members(&m);
}

static void a_network_larger_than_its_file_takes_no_memory(void **state)
{
    (void)state;
    static const char *const units[] = {"\"units\": 1000000000", "\"units\": 70000", "\"units\": 1000"};
    members m = small_members();
    for (size_t i = 0; i < 3; i++) {
        char *config = replaced(m.config, "\"units\": 4", units[i]);
        const cn__zip_member all[] = {{"config.json", config, strlen(config)},
                                      {"model.weights.h5", m.weights, m.weights_size}};
        assert_ok(cn__zip_write(file("large.keras"), all, 2));
        assert_null(cn_model_load(file("large.keras")));
        assert_int_not_equal(cn_error_status(), CN_ERROR_MEMORY);
        free(config);
    }
    free_members(&m);
}

static void missing_members_are_named(void **state)
{
    (void)state;
    members m = small_members();
    const cn__zip_member config = {"config.json", m.config, m.config_size},
                         weights = {"model.weights.h5", m.weights, m.weights_size},
                         broken = {"model.weights.h5", "no HDF5", 7}, json = {"config.json", "{", 1};
    assert_ok(cn__zip_write(file("part.keras"), &config, 1));
    assert_null(cn_model_load(file("part.keras")));
    assert_message("model.weights.h5");
    assert_ok(cn__zip_write(file("part.keras"), &weights, 1));
    assert_null(cn_model_load(file("part.keras")));
    assert_message("config.json");
    assert_ok(cn__zip_write(file("part.keras"), (const cn__zip_member[]){config, broken}, 2));
    assert_null(cn_model_load(file("part.keras")));
    assert_message("bytes");
    assert_ok(cn__zip_write(file("part.keras"), (const cn__zip_member[]){json, weights}, 2));
    assert_null(cn_model_load(file("part.keras")));
    assert_message("JSON");
    free_members(&m);
}

static void other_shapes_and_counts_are_named_and_change_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *layers, *message;
    } cases[] = {
        {"input 6; dense 5; dense 3", "(6, 4)"},
        {"input 6; dense 4 use_bias=false; dense 3", "dense has 1 array"},
        {"input 6; dense 4; batch_normalization; dense 3", "batch_normalization"},
        {"input 6; dense 4", "layer"},
    };
    static const char *const names[] = {"shapes.keras", "shapes.weights.h5", "shapes.h5"};
    cn_model *a = compiled("input 6; dense 4; dense 3 softmax", "adam");
    fit(a, 1);
    for (size_t k = 0; k < 3; k++) {
        assert_ok(cn_model_save(a, file(names[k]), k == 1));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            cn_model *b = make(cases[i].layers), *same = make(cases[i].layers);
            assert_ok(cn_model_build(b, 1, (size_t[]){6}));
            assert_ok(cn_model_build(same, 1, (size_t[]){6}));
            assert_int_equal(cn_model_load_weights(b, file(names[k])), CN_ERROR_SHAPE);
            assert_message(names[k]);
            assert_message(cases[i].message);
            assert_same_weights(b, same);
            cn_model_free(b);
            cn_model_free(same);
        }
    }
    cn_model_free(a);
}

static void empty_files_and_text_are_told_by_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes, *message;
    } cases[] = {
        {"empty.keras", "", "is empty"},
        {"empty.h5", "", "is empty"},
        {"empty.npz", "", "is empty"},
        {"empty.onnx", "", "is empty"},
        {"text.keras", "hello", "it is text; expected a .keras file of Keras 3"},
        {"text.h5", "hello", "it is text; expected an HDF5 file"},
        {"cut.keras", "PK\3\4abc", "is not a .keras file of Keras 3: it is no zip archive, or is cut short"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(cn__file_write(file(cases[i].name), cases[i].bytes, strlen(cases[i].bytes)));
        assert_null(cn_model_load(file(cases[i].name)));
        assert_message(cases[i].name);
        assert_message(cases[i].message);
    }
}

static void weights_are_not_looked_for_in_text(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes, *message;
    } cases[] = {
        {"text.weights.h5", "dense 2 relu",
         "is neither HDF5 nor a zip file; expected weights: .weights.h5, .npz"},
        {"text.npz", "{}", "is neither HDF5 nor a zip file; expected weights"},
        {"m.onnx", "\10\7", "is like an ONNX model; expected weights"},
        {"empty.weights.h5", "", "is empty; expected weights: .weights.h5, .npz"},
        {"cut.npz", "PK\3\4abc", "it is no zip archive, or is cut short"},
    };
    cn_model *model = cn_model_from_notation("net", "input 2; dense 2");
    assert_non_null(model);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(cn__file_write(file(cases[i].name), cases[i].bytes, strlen(cases[i].bytes)));
        assert_int_equal(cn_model_load_weights(model, file(cases[i].name)), CN_ERROR_FORMAT);
        assert_message(cases[i].name);
        assert_message(cases[i].message);
    }
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_supported_is_refused_by_name),
        cmocka_unit_test(a_network_larger_than_its_file_takes_no_memory),
        cmocka_unit_test(missing_members_are_named),
        cmocka_unit_test(empty_files_and_text_are_told_by_what_was_expected),
        cmocka_unit_test(weights_are_not_looked_for_in_text),
        cmocka_unit_test(other_shapes_and_counts_are_named_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
