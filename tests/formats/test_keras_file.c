/* .keras, .weights.h5 and .h5: what goes in comes out, training goes on from it, files of real Keras are read, and
 * what is not as it should be is refused. tests/formats/files/make_files.py made Keras's files. */
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

#include <hdf5.h>

#include "data/zip.h"
#include "formats/files.h"
#include "formats/support.h"

enum { SAMPLES = 40, INPUTS = 6 };
static float inputs[SAMPLES * INPUTS], classes[SAMPLES * 3];
static cn_array x, y;

/* ---- helpers ------------------------------------------------------------------------------------------- */

static const char *of_keras(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/formats/files/%s", CORNU_TESTS_DIR, name);
    return path;
}

static cn_model *compiled(const char *layers, const char *optimizer)
{
    cn_model *model = make(layers);
    assert_ok(cn_model_compile(model, .optimizer = optimizer, .loss = "categorical_crossentropy",
                               .metrics = "accuracy"));
    return model;
}

static void fit(cn_model *model, size_t epochs)
{
    cn_history *history =
        cn_model_fit(model, &x, &y, .epochs = epochs, .batch_size = 16, .shuffle = false, .threads = 1);
    if (!history) fail_msg("%s", cn_error());
    cn_history_free(history);
}

/* A changed file is read from memory: thousands of them would take their time on a disk. */
static cn__infile in_memory(const char *name, const char *bytes, size_t size)
{
    return (cn__infile){name, bytes, size};
}

static cn_status load_weights_of(cn_model *model, const cn__infile *in)
{
    return in->size > 1 && memcmp(in->bytes, "PK", 2) == 0 ? cn__keras_load_weights(model, in)
                                                           : cn__h5_load_weights(model, in);
}

/* ---- round trips --------------------------------------------------------------------------------------- */

static const char network[] = "input 6; dense 5 tanh; batch_normalization; dense 3 softmax";

static const char *const optimizers[] = {
    "adadelta(learning_rate=0.5)",
    "adagrad(learning_rate=0.1, initial_accumulator_value=0.2)",
    "adam(learning_rate=0.01)",
    "adam(learning_rate=0.01, amsgrad=true, use_ema=true, ema_momentum=0.9, ema_overwrite_frequency=2)",
    "adamax(clipnorm=0.5)",
    "adamw(weight_decay=0.02)",
    "ftrl(learning_rate=0.1, beta=0.1)",
    "lion(learning_rate=0.002)",
    "nadam(learning_rate=0.01)",
    "rmsprop(momentum=0.3)",
    "rmsprop(centered=true)",
    "sgd",
    "sgd(learning_rate=0.05, momentum=0.9, nesterov=true, global_clipnorm=1)",
    "sgd(learning_rate=CosineDecay(0.1, decay_steps=10), momentum=0.5)",
    "sgd(learning_rate=PiecewiseConstantDecay([3, 5], [0.1, 0.05, 0.01]), clipvalue=0.1)",
};

/* A model that was saved and loaded trains on to the same bits as the one that was not. */
static void training_goes_on_from_a_file_as_if_there_had_been_none(void **state)
{
    (void)state;
    static const char *const names[] = {"state.keras", "state.h5"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        for (size_t k = 0; k < 2; k++) {
            cn_model *a = compiled(network, optimizers[i]);
            fit(a, 2);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            fit(a, 2);
            fit(b, 2);
            assert_same_weights(a, b);
            cn_model_free(a);
            cn_model_free(b);
        }
}

static void what_was_loaded_is_written_as_the_same_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"one.keras", "two.keras", "one.h5", "two.h5"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        for (size_t k = 0; k < 4; k += 2) {
            cn_model *a = compiled(network, optimizers[i]);
            fit(a, 1);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            assert_ok(cn_model_save(b, file(names[k + 1]), false));
            assert_same_files(file(names[k]), file(names[k + 1]));
            cn_model_free(a);
            cn_model_free(b);
        }
}

static const char *const layers[] = {
    "input 6; dense 4 relu name=first; dropout 0.3; dense 3",
    "input 6; reshape 2 3; dense 4 gelu; layer_normalization epsilon=0.01; flatten; dense 3 use_bias=false",
    "input 6; dense 4 leaky_relu(negative_slope=0.3); activation relu(max_value=2); elu alpha=0.5; leaky_relu; relu "
    "max_value=3 negative_slope=0.1; softmax; dense 3",
    "input 6; batch_normalization momentum=0.7 scale=false; batch_normalization center=false trainable=false; dense 3",
    "input 6; dense 3 kernel_initializer=orthogonal bias_initializer=random_normal(stddev=0.3) "
    "kernel_regularizer=l1_l2(0.1,0.2) bias_regularizer=l2(0.1) kernel_constraint=max_norm(2) bias_constraint=non_neg",
    "input 6; layer_normalization center=false; layer_normalization scale=false; dense 3 name='a \"quoted\" name'",
};

static void assert_same_predictions(cn_model *a, cn_model *b)
{
    cn_array p, q;
    assert_ok(cn_model_predict(a, &x, &p));
    assert_ok(cn_model_predict(b, &x, &q));
    assert_memory_equal(p.data, q.data, cn_array_size(&p) * sizeof(float));
    cn_array_free(&p);
    cn_array_free(&q);
}

static void every_layer_comes_back_from_every_format(void **state)
{
    (void)state;
    static const char *const names[] = {"layers.keras", "layers.h5", "layers.hdf5", "layers.npz"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            cn_model *a = compiled(layers[i], "sgd");
            fit(a, 1);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            assert_same_weights(a, b);
            assert_same_predictions(a, b);
            char *json_a = cn_model_to_json(a), *json_b = cn_model_to_json(b);
            assert_string_equal(json_a, json_b);
            cn_text_free(json_a);
            cn_text_free(json_b);
            cn_model_free(a);
            cn_model_free(b);
        }
}

static void loss_and_metrics_come_back_with_their_names_and_arguments(void **state)
{
    (void)state;
    static const char *const names[] = {"metrics.keras", "metrics.h5"};
    static const char metrics[] =
        "acc, auc(curve=PR, num_thresholds=20), AUC(name=area), precision(thresholds=[0.2, 0.5]), "
        "f1_score(average=macro), top_k(k=2), mse, mean_absolute_error(name='error, absolute'), huber, crossentropy, "
        "categorical_crossentropy(label_smoothing=0.2, name=smooth), cosine_similarity, logcosh";
    cn_model *a = make(network);
    assert_ok(cn_model_compile(a, .optimizer = "sgd", .loss = "categorical_crossentropy(label_smoothing=0.1)",
                               .metrics = metrics, .weighted_metrics = "accuracy, mae"));
    fit(a, 1);
    cn_logs *before = cn_model_evaluate(a, &x, &y);
    for (size_t k = 0; k < 2; k++) {
        assert_ok(cn_model_save(a, file(names[k]), false));
        cn_model *b = load(file(names[k]));
        cn_logs *after = cn_model_evaluate(b, &x, &y);
        assert_int_equal(cn_logs_count(after), cn_logs_count(before));
        for (size_t i = 0; i < cn_logs_count(before); i++) {
            assert_string_equal(cn_logs_name(after, i), cn_logs_name(before, i));
            assert_true(cn_logs_value(after, i) == cn_logs_value(before, i));
        }
        cn_logs_free(after);
        cn_model_free(b);
    }
    cn_logs_free(before);
    cn_model_free(a);
}

static void weights_alone_come_back_from_every_format(void **state)
{
    (void)state;
    static const char *const names[] = {"w.weights.h5", "w.h5", "w.npz"};
    for (size_t k = 0; k < 3; k++) {
        cn_model *a = compiled(network, "sgd"), *b = make(network);
        fit(a, 1);
        assert_ok(cn_model_save_weights(a, file(names[k])));
        assert_ok(cn_model_load_weights(b, file(names[k])));
        assert_same_weights(a, b);
        assert_null(cn_model_load(file(names[k])));
        assert_message("no network");
        cn_model_free(a);
        cn_model_free(b);
    }
}

/* As with Keras's load_weights. */
static void the_state_comes_with_the_weights_when_the_optimizer_is_the_same(void **state)
{
    (void)state;
    cn_model *a = compiled(network, "adam(0.01)"), *same = compiled(network, "adam(0.01)"),
             *other = compiled(network, "adamax"), *fresh = compiled(network, "adamax");
    fit(a, 2);
    assert_ok(cn_model_save_weights(a, file("s.weights.h5")));
    assert_ok(cn_model_load_weights(same, file("s.weights.h5")));
    assert_ok(cn_model_load_weights(other, file("s.weights.h5")));
    assert_ok(cn_model_save(a, file("s.npz"), true));
    assert_ok(cn_model_load_weights(fresh, file("s.npz")));
    fit(a, 1);
    fit(same, 1);
    fit(other, 1);
    fit(fresh, 1);
    assert_same_weights(a, same);
    assert_same_weights(other, fresh);
    cn_model_free(a);
    cn_model_free(same);
    cn_model_free(other);
    cn_model_free(fresh);
}

static void a_model_that_was_not_compiled_is_loaded_so(void **state)
{
    (void)state;
    static const char *const names[] = {"plain.keras", "plain.h5"};
    for (size_t k = 0; k < 2; k++) {
        cn_model *a = make(network);
        assert_ok(cn_model_build(a, 1, (size_t[]){6}));
        assert_ok(cn_model_save(a, file(names[k]), false));
        cn_model *b = load(file(names[k]));
        assert_same_weights(a, b);
        assert_null(cn_model_fit(b, &x, &y));
        assert_message("compile");
        cn_model_free(a);
        cn_model_free(b);
    }
}

/* ---- files of real Keras ------------------------------------------------------------------------------- */

static void assert_close(const cn_array *got, const cn_array *expected, double tolerance)
{
    assert_int_equal(cn_array_size(got), cn_array_size(expected));
    for (size_t i = 0; i < cn_array_size(got); i++)
        if (!(fabs(cn_array_at(got, i) - cn_array_at(expected, i)) <= tolerance))
            fail_msg("entry %zu is %.9g, expected %.9g", i, cn_array_at(got, i), cn_array_at(expected, i));
}

static void assert_predicts(cn_model *model, const cn_array *data, const cn_array *expected)
{
    cn_array got;
    assert_ok(cn_model_predict(model, data, &got));
    assert_close(&got, expected, 1e-5);
    cn_array_free(&got);
}

static void files_of_keras_predict_score_and_train_on_as_there(void **state)
{
    (void)state;
    static const struct {
        const char *model, *data;
    } files[] = {{"keras3.keras", "keras3.npz"},          {"keras3.h5", "keras3.npz"},
                 {"keras3_11.keras", "keras3_11.npz"},    {"keras3_11.h5", "keras3_11.npz"},
                 {"keras2.keras", "keras2.npz"},          {"keras2.h5", "keras2.npz"},
                 {"keras2_older.h5", "keras2_older.npz"}, {"keras2_ftrl.h5", "keras2_ftrl.npz"},
                 {"keras3_names.h5", "keras3_names.npz"}, {"keras2_chain.keras", "keras2_chain.npz"},
                 {"keras2_chain.h5", "keras2_chain.npz"}, {"keras3_chain.keras", "keras3_chain.npz"},
                 {"keras3_chain.h5", "keras3_chain.npz"}};
    static const char *const scores[] = {"loss", "accuracy", "area", "mean_absolute_error"};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        cn_npz data;
        assert_ok(cn_npz_read(of_keras(files[k].data), &data));
        const cn_array *kx = cn_npz_find(&data, "x"), *ky = cn_npz_find(&data, "y");
        cn_model *model = load(of_keras(files[k].model));
        assert_predicts(model, kx, cn_npz_find(&data, "predict"));
        cn_logs *logs = cn_model_evaluate(model, kx, ky, .batch_size = 16);
        for (size_t i = 0; i < 4; i++)
            assert_true(fabs(cn_logs_get(logs, scores[i]) - cn_array_at(cn_npz_find(&data, "scores"), i)) <
                        1e-4);
        cn_logs_free(logs);
        cn_history_free(cn_model_fit(model, kx, ky, .batch_size = 16, .shuffle = false));
        assert_predicts(model, kx, cn_npz_find(&data, "predict_resumed"));
        cn_model_free(model);
        cn_npz_free(&data);
    }
}

static void weights_of_keras_go_into_a_network_of_ours(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"keras3.weights.h5", "keras3.npz"},
                                           {"keras3_11.weights.h5", "keras3_11.npz"}};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        cn_npz data;
        assert_ok(cn_npz_read(of_keras(files[k][1]), &data));
        cn_model *model =
            make("input 5; dense 4 tanh; batch_normalization; leaky_relu 0.1; dense 4 relu; dense 3 softmax");
        assert_ok(cn_model_load_weights(model, of_keras(files[k][0])));
        assert_predicts(model, cn_npz_find(&data, "x"), cn_npz_find(&data, "predict"));
        cn_model_free(model);
        cn_npz_free(&data);
    }
}

/* ---- what is refused ----------------------------------------------------------------------------------- */

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
        {"\"gradient_accumulation_steps\": null", "\"gradient_accumulation_steps\": 2", "gradient_acc",
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

/* ---- damaged files ------------------------------------------------------------------------------------- */

static void files_cut_at_any_length_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"cut.keras", "cut.h5", "cut.weights.h5"};
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "adam");
    fit(model, 1);
    for (size_t k = 0; k < 3; k++) {
        size_t size;
        assert_ok(cn_model_save(model, file(names[k]), k == 2));
        char *bytes = read_file(file(names[k]), &size);
        for (size_t cut = 0; cut < size; cut += cut < 128 || size - cut < 128 ? 1 : 61) {
            const cn__infile in = in_memory(names[k], bytes, cut);
            cn_model *loaded = k == 2 ? NULL : cn__model_load(&in, true);
            if (loaded) fail_msg("%s is loaded when cut to %zu of %zu bytes", names[k], cut, size);
            assert_int_not_equal(load_weights_of(model, &in), CN_OK);
        }
        cn__free(bytes);
    }
    cn_model_free(model);
}

/* Whatever bytes are changed: no crash, no endless loop, and no weights that half belong to another file. */
static void changed_bytes_of_an_hdf5_file_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"flip.h5", "flip.weights.h5"};
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "adam");
    fit(model, 1);
    for (size_t k = 0; k < 2; k++) {
        size_t size;
        uint32_t random = 7;
        assert_ok(cn_model_save(model, file(names[k]), k == 1));
        char *bytes = read_file(file(names[k]), &size), *changed = malloc(size);
        for (int i = 0; i < 3000; i++) {
            memcpy(changed, bytes, size);
            for (int j = 0; j < 1 + i % 5; j++) {
                random = random * 1664525u + 1013904223u;
                changed[(random >> 8) % size] = (char)(i % 3 == 0 ? 0xff : random >> 24);
            }
            const cn__infile in = in_memory(names[k], changed, size);
            cn_model *loaded = cn__model_load(&in, true);
            if (!loaded) assert_message(names[k]);
            cn_model_free(loaded);
            loaded = make("input 6; dense 4; dense 3 softmax");
            if (load_weights_of(loaded, &in) != CN_OK) assert_message(names[k]);
            cn_model_free(loaded);
        }
        cn__free(bytes);
        free(changed);
    }
    cn_model_free(model);
}

/* The zip's checksums find every changed byte of the members. */
static void changed_bytes_of_a_keras_file_are_found(void **state)
{
    (void)state;
    size_t size;
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "sgd");
    fit(model, 1);
    assert_ok(cn_model_save(model, file("changed.keras"), false));
    char *bytes = read_file(file("changed.keras"), &size);
    for (size_t i = 0; i < size; i += 37) {
        bytes[i] ^= 0x41;
        cn_model *loaded = cn__model_load(&(cn__infile){"changed.keras", bytes, size}, true);
        if (loaded)
            assert_same_weights(loaded, model); /* something that says nothing: a time, an attribute */
        cn_model_free(loaded);
        bytes[i] ^= 0x41;
    }
    cn__free(bytes);
    cn_model_free(model);
}

/* Found by fuzzing: Nadam's product was computed for as many steps as a file without it claims. */
static void a_claim_of_endless_steps_takes_no_time(void **state)
{
    (void)state;
    const int64_t steps[] = {4189037547230229794, INT64_MAX, -1};
    cn_model *model = compiled("input 6; dense 3 softmax", "nadam");
    fit(model, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(cn_model_save(model, file("steps.weights.h5"), true));
        hid_t f = H5Fopen(file("steps.weights.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
        hid_t set = H5Dopen2(f, "optimizer/vars/0", H5P_DEFAULT);
        assert_true(H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &steps[i]) >= 0);
        H5Dclose(set), H5Fclose(f);
        assert_int_equal(cn_model_load_weights(model, file("steps.weights.h5")),
                         steps[i] < 0 ? CN_ERROR_FORMAT : CN_OK);
    }
    cn_model_free(model);
}

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
    static const char *const said[] = {"there is no group 'model_weights/dense'", "more than eight names"};
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

static void arrays_that_are_not_plain_are_refused(void **state)
{
    (void)state;
    static const struct {
        void (*put)(hid_t file, const char *at);
        const char *message;
    } cases[] = {
        {put_external_link, "dense"},        {put_soft_link, "no array"},
        {put_whole_numbers, "float32"},      {put_huge, "shape (1073741824"},
        {put_chunked, "in one piece"},       {put_group, "no array"},
        {put_nothing_written, "no numbers"}, {put_kept_elsewhere, "elsewhere"},
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

/* ---- writing ------------------------------------------------------------------------------------------- */

static void a_failed_save_leaves_the_old_file_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"old.keras", "old.h5"};
    for (size_t k = 0; k < 2; k++) {
        cn_model *good = compiled(network, "adam"), *bad = compiled("input 6; dense 3 celu(alpha=2)", "adam");
        fit(good, 1);
        assert_ok(cn_model_save(good, file(names[k]), false));
        size_t size, again;
        char *before = read_file(file(names[k]), &size);
        assert_int_not_equal(cn_model_save(bad, file(names[k]), false), CN_OK);
        assert_message("celu");
        char *after = read_file(file(names[k]), &again);
        assert_int_equal(size, again);
        assert_memory_equal(before, after, size);
        cn__free(before);
        cn__free(after);
        cn_model_free(good);
        cn_model_free(bad);
    }
}

static void *save_and_load(void *name)
{
    for (int i = 0; i < 10; i++) {
        cn_model *model = compiled(network, "adam"), *again = NULL;
        if (cn_model_save(model, name, false) == CN_OK) again = cn_model_load(name);
        bool good = again && cn_model_parameters(again) == cn_model_parameters(model);
        cn_model_free(model);
        cn_model_free(again);
        if (!good) return name;
    }
    return NULL;
}

static void several_threads_save_and_load_at_once(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    char names[THREADS][160];
    for (int i = 0; i < THREADS; i++) {
        snprintf(names[i], sizeof names[i], "%s/thread-%d%s", scratch, i, i % 2 ? ".h5" : ".keras");
        assert_int_equal(pthread_create(&threads[i], NULL, save_and_load, names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static void the_ending_says_what_is_written(void **state)
{
    (void)state;
    cn_model *model = compiled(network, "adam");
    assert_int_equal(cn_model_save(model, file("model.kears"), false), CN_ERROR_ARGUMENT);
    assert_message(".keras, .npz, .h5");
    assert_int_equal(cn_model_save(model, file("model.keras"), true), CN_ERROR_ARGUMENT);
    assert_message(".weights.h5");
    assert_int_equal(cn_model_save(model, file("model.weights.h5"), false), CN_ERROR_ARGUMENT);
    assert_message("weights alone");
    assert_int_equal(cn_model_save(model, file("no/such/folder.keras"), false), CN_ERROR_FILE);
    assert_message("no/such/folder.keras");
    assert_false(cn__file_exists(file("model.keras")));
    assert_ok(cn_model_save(model, file("model.json"), false));
    cn_model *again = load(file("model.json"));
    cn_model_free(again);
    cn_model_free(model);
}

/* ---- */

static int set_up(void **state)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    uint32_t random = 1;
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        inputs[i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
    for (size_t i = 0; i < SAMPLES; i++) classes[i * 3 + i * i % 3] = 1;
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, INPUTS});
    y = cn_array_view(CN_FLOAT32, classes, 2, (size_t[]){SAMPLES, 3});
    return make_scratch(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_goes_on_from_a_file_as_if_there_had_been_none),
        cmocka_unit_test(what_was_loaded_is_written_as_the_same_bytes),
        cmocka_unit_test(every_layer_comes_back_from_every_format),
        cmocka_unit_test(loss_and_metrics_come_back_with_their_names_and_arguments),
        cmocka_unit_test(weights_alone_come_back_from_every_format),
        cmocka_unit_test(the_state_comes_with_the_weights_when_the_optimizer_is_the_same),
        cmocka_unit_test(a_model_that_was_not_compiled_is_loaded_so),
        cmocka_unit_test(files_of_keras_predict_score_and_train_on_as_there),
        cmocka_unit_test(weights_of_keras_go_into_a_network_of_ours),
        cmocka_unit_test(what_is_not_supported_is_refused_by_name),
        cmocka_unit_test(a_network_larger_than_its_file_takes_no_memory),
        cmocka_unit_test(missing_members_are_named),
        cmocka_unit_test(other_shapes_and_counts_are_named_and_change_nothing),
        cmocka_unit_test(files_cut_at_any_length_are_refused),
        cmocka_unit_test(changed_bytes_of_a_keras_file_are_found),
        cmocka_unit_test(changed_bytes_of_an_hdf5_file_do_no_harm),
        cmocka_unit_test(a_claim_of_endless_steps_takes_no_time),
        cmocka_unit_test(layouts_of_hdf5_that_keras_does_not_write_are_refused),
        cmocka_unit_test(groups_with_names_that_are_not_ascii_lead_nowhere_else),
        cmocka_unit_test(arrays_that_are_not_plain_are_refused),
        cmocka_unit_test(a_failed_save_leaves_the_old_file_whole),
        cmocka_unit_test(several_threads_save_and_load_at_once),
        cmocka_unit_test(the_ending_says_what_is_written),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
