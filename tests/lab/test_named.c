/* Labs on data whose arrays have names: networks with several inputs and outputs, whose every number is the library's own. */
#include "lab/support.h"

#include <math.h>

enum { SAMPLES = 240, TRAIN = 160, LEFT = 3, RIGHT = 2, CLASSES = 3 };

typedef struct pairs {
    float left[SAMPLES * LEFT], right[SAMPLES * RIGHT], size[SAMPLES];
    int64_t kind[SAMPLES];
} pairs;

static pairs all;

static void write_part(const char *path, size_t first, size_t n)
{
    static const char *const names[] = {"left", "right", "kind", "size"};
    const cn_array arrays[] = {
        cn_array_view(CN_FLOAT32, all.left + first * LEFT, 2, (size_t[]){n, LEFT}),
        cn_array_view(CN_FLOAT32, all.right + first * RIGHT, 2, (size_t[]){n, RIGHT}),
        cn_array_view(CN_INT64, all.kind + first, 1, &n),
        cn_array_view(CN_FLOAT32, all.size + first, 2, (size_t[]){n, 1}),
    };
    succeeds(cn_npz_write(path, names, arrays, 4));
}

static int set_up(void **state)
{
    if (enter_home(state) != 0) return -1;
    chance_state = 3;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t k = 0; k < LEFT; k++) all.left[i * LEFT + k] = (float)chance(2000) / 1000 - 1;
        for (size_t k = 0; k < RIGHT; k++) all.right[i * RIGHT + k] = (float)chance(2000) / 1000 - 1;
        all.kind[i] = (all.left[i * LEFT] > 0) + (all.right[i * RIGHT] > 0);
        all.size[i] = all.left[i * LEFT + 1] - 2 * all.right[i * RIGHT + 1];
    }
    write_part("pairs.npz", 0, SAMPLES);
    write_part("train.npz", 0, TRAIN);
    write_part("test.npz", TRAIN, SAMPLES - TRAIN);
    const cn_array wide[] = {cn_array_view(CN_FLOAT32, all.right, 2, (size_t[]){SAMPLES, RIGHT}),
                             cn_array_view(CN_FLOAT32, all.right, 2, (size_t[]){SAMPLES, RIGHT}),
                             cn_array_view(CN_INT64, all.kind, 1, (size_t[]){SAMPLES}),
                             cn_array_view(CN_FLOAT32, all.size, 2, (size_t[]){SAMPLES, 1})};
    succeeds(cn_npz_write("wide.npz", (const char *const[]){"left", "right", "kind", "size"}, wide, 4));
    const cn_array less[] = {cn_array_view(CN_FLOAT32, all.left, 2, (size_t[]){SAMPLES, LEFT}), wide[1]};
    succeeds(cn_npz_write("less.npz", (const char *const[]){"left", "right"}, less, 2));
    put_array("left.npy", CN_FLOAT32, 2, (size_t[]){SAMPLES, LEFT}, all.left);
    put_array("right.npy", CN_FLOAT32, 2, (size_t[]){SAMPLES, RIGHT}, all.right);
    put_array("kind.npy", CN_INT64, 1, (size_t[]){SAMPLES}, all.kind);
    put_array("size.npy", CN_FLOAT32, 2, (size_t[]){SAMPLES, 1}, all.size);
    return 0;
}

#define LAYERS                                                                                               \
    "  input 3 name=left\n"                                                                                  \
    "  dense 6 relu name=a\n"                                                                                \
    "  input 2 name=right\n"                                                                                 \
    "  concatenate from=[a, right] name=c\n"                                                                 \
    "  dense 3 softmax from=c name=kind\n"                                                                   \
    "  dense 1 from=c name=size\n"                                                                           \
    "  outputs kind, size\n"
#define LOSSES "{kind: sparse_categorical_crossentropy, size: mse}"
#define METRICS "{kind: [accuracy], size: [mae]}"
#define NETWORK                                                                                              \
    "model two \"Two heads\"\n" LAYERS "compile two optimizer=sgd(learning_rate=0.1) loss=" LOSSES           \
    " metrics=" METRICS " loss_weights={kind: 1, size: 0.25}\n"
#define PARTED "dataset train.npz test=test.npz x=[left, right] y=[kind, size]\n"

static const cn__lab_options quick = {.out = "out", .no_cache = true, .formats = "html,ipynb", .jobs = 1};

static void put_lab(const char *path, const char *statements, const char *prose)
{
    cn__text text = {0};
    cn__text_printf(&text, "---\nlanguage: en\nseed: 5\n---\n\n```cornu\n%s```\n\n%s\n", statements, prose);
    put_text(path, text.data);
    cn__text_free(&text);
}

/* ---- the same numbers --------------------------------------------------------------------------------------- */

static cn_model *library_model(void)
{
    cn_model *m = cn_model_from_notation("two", LAYERS);
    assert_non_null(m);
    cn_model_set_seed(m, 5);
    succeeds(cn_model_compile(m, .optimizer = "sgd(learning_rate=0.1)", .loss = LOSSES, .metrics = METRICS,
                              .loss_weights = "{kind: 1, size: 0.25}"));
    return m;
}

static void is_near(json_t *root, const char *path, double expected)
{
    json_t *v = json_at(root, path);
    if (!v) fail_msg("no %s", path);
    if (fabs(json_number_value(v) - expected) > 1e-8) /* as results.json rounds */
        fail_msg("%s: %.17g, expected %.17g", path, json_number_value(v), expected);
}

static void trained_as_the_library_trains(void **state)
{
    (void)state;
    char path[100];
    put_lab("same.md", PARTED NETWORK "fit two epochs=3 batch_size=16 validation_data=test\nevaluate two\n",
            "");
    succeeds(run_lab("same.md", quick, false, NULL));
    cn_npz train, test;
    succeeds(cn_npz_read("train.npz", &train));
    succeeds(cn_npz_read("test.npz", &test));
    const cn_array *x[] = {&train.arrays[0], &train.arrays[1]}, *y[] = {&train.arrays[2], &train.arrays[3]},
                   *tx[] = {&test.arrays[0], &test.arrays[1]}, *ty[] = {&test.arrays[2], &test.arrays[3]};
    cn_model *m = library_model();
    cn_history *h = cn_model_fit(m, .inputs = x, .targets = y, .epochs = 3, .batch_size = 16,
                                 .validation_inputs = tx, .validation_targets = ty);
    assert_non_null(h);
    cn_logs *logs = cn_model_evaluate(m, .inputs = tx, .targets = ty);
    assert_non_null(logs);
    json_t *results = json_of("out/results.json");
    static const char *const names[] = {"loss",     "kind_loss",     "size_loss",         "kind_accuracy",
                                        "size_mae", "val_kind_loss", "val_kind_accuracy", "val_size_mae"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (size_t e = 0; e < 3; e++) {
            snprintf(path, sizeof path, "networks/0/fits/0/history/%s/%zu", names[i], e);
            is_near(results, path, cn_history_get(h, names[i])[e]);
        }
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "networks/0/fits/0/test/%s", names[i]);
        is_near(results, path, cn_logs_get(logs, names[i]));
    }
    json_decref(results);
    cn_logs_free(logs);
    cn_history_free(h);
    cn_model_free(m);
    cn_npz_free(&train);
    cn_npz_free(&test);
}

/* The history of the lab, as text. */
static char *history_of(const char *statements)
{
    put_lab("one.md", statements, "");
    succeeds(run_lab("one.md", quick, false, NULL));
    json_t *results = json_of("out/results.json");
    char *text = json_dumps(json_at(results, "networks/0/fits/0/history"), JSON_SORT_KEYS);
    json_decref(results);
    assert_non_null(text);
    return text;
}

static void arrays_are_the_same_however_they_are_named(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "dataset pairs.npz x=[left, right] y=[kind, size]\n", "dataset pairs.npz\n",
        "dataset x={left: left.npy, right: right.npy} y={kind: kind.npy, size: \"pairs.npz:size\"}\n"};
    char *first = NULL;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        char statements[2000];
        snprintf(statements, sizeof statements, "%s" NETWORK "fit two epochs=2\n", ways[i]);
        char *history = history_of(statements);
        if (first) is_text(history, first);
        if (first) free(history);
        else first = history;
    }
    free(first);
}

static void validation_data_of_a_file_is_prepared_as_the_test_part_is(void **state)
{
    (void)state;
    static const char
        changes[] = "dataset normalise of=left\ndataset one_hot of=kind\n",
        network[] =
            "model two\n" LAYERS
            "compile two optimizer=sgd loss={kind: categorical_crossentropy, size: mse} metrics=" METRICS
            "\n";
    char *history[2];
    for (int own = 0; own < 2; own++) {
        char statements[3000];
        snprintf(statements, sizeof statements, PARTED "%s%sfit two epochs=2 validation_data=%s\n", changes,
                 network, own ? "test.npz" : "test");
        history[own] = history_of(statements);
    }
    is_text(history[1], history[0]);
    assert_non_null(strstr(history[0], "val_kind_accuracy"));
    free(history[0]), free(history[1]);
}

static void a_statement_changes_the_arrays_that_it_names(void **state)
{
    (void)state;
    char *log;
    put_lab("changes.md",
            PARTED
            "dataset normalise of=left by=10\ndataset normalise of=right by=standard\ndataset one_hot\n"
            "dataset info\ndataset show 1\ndataset histogram of=size\ndataset histogram of=kind\n",
            "");
    succeeds(run_lab("changes.md", quick, false, &log));
    holds(log, "left: (160, 3) float32");
    holds(log, "right: (160, 2) float32");
    holds(log, "kind: (160,)  →  (160, 3)");
    holds_not(log, "size: (160"); /* numbers are no classes */
    holds(log, "figures/target.svg] Distribution of size");
    free(log);
}

/* ---- what is shown ------------------------------------------------------------------------------------------ */

static void each_output_is_shown_by_its_name(void **state)
{
    (void)state;
    char *log;
    put_lab(
        "shown.md",
        PARTED NETWORK
        "summary two\nplan two\nplot model two\nfit two epochs=2 validation_split=0.2\n"
        "plot history two\nplot difference two\nplot convergence two\nevaluate two\n"
        "predict two count=2\nconfusion two\nreport two\nplot roc two\nplot precision_recall two\n"
        "plot calibration two\nplot prediction two\nplot residuals two\ncompare two\ncosts two\n"
        "repeat two seeds=2\ncrossvalidate two folds=2 stratify=true\nsave two two.h5\n",
        "A: {{two.kind_accuracy.last:.4f}}, {{two.test.size_mae:.4f}}, {{two.kind.recall.macro:.4f}}, "
        "{{two.precision.macro:.4f}}, {{two.crossvalidate.size_mae.mean:.4f}}, {{two.repeat.size_mae.mean:.4f}}");
    succeeds(run_lab("shown.md", quick, false, &log));
    static const char *const parts[] = {
        "right (InputLayer)",
        "kind_accuracy: ",
        "val_size_mae: ",
        "figures/history-two.svg] Two heads: kind_accuracy, kind_loss, loss, size_loss and size_mae by epoch",
        "figures/confusion-two-kind.svg] Two heads: kind: ",
        "figures/prediction-two-size.svg] Two heads: size: ",
        "Two heads: size: R² ",
        "figures/network-two.svg]"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) holds(log, parts[i]);
    holds_not(log, "confusion-two-size");
    holds_not(log, "prediction-two-kind");
    free(log);
    json_t *results = json_of("out/results.json");
    assert_non_null(json_at(results, "networks/0/fits/0/classification/kind/confusion"));
    assert_null(json_at(results, "networks/0/fits/0/classification/size"));
    json_decref(results);
    cn_model *saved = cn_model_load("out/two.h5");
    assert_non_null(saved);
    assert_int_equal(cn_model_input_count(saved), 2);
    assert_int_equal(cn_model_output_count(saved), 2);
    cn_model_free(saved);
}

/* kind depends on the first column of each array. */
static void importance_mixes_the_columns_of_each_input(void **state)
{
    (void)state;
    put_lab("importance.md", PARTED NETWORK "fit two epochs=40 batch_size=16\nimportance two repeats=3\n",
            "");
    char *log;
    succeeds(run_lab("importance.md", quick, false, &log));
    const char *first = strstr(log, "left 0"), *second = strstr(log, "right 0"),
               *rest = strstr(log, "left 2");
    assert_true(first && second && rest && first < rest && second < rest);
    holds(log, "right 1");
    holds_not(log, "right 2");
    free(log);
}

static void results_are_taken_from_the_cache(void **state)
{
    (void)state;
    cn__lab_options cached = quick;
    cached.no_cache = false;
    cached.cache = "cache.sqlite";
    put_lab("cached.md", PARTED NETWORK "fit two epochs=2\nevaluate two\npredict two\nconfusion two\n", "");
    trains("cached.md", cached, 1, 0);
    char *first = text_of("out/index.html");
    trains("cached.md", cached, 0, 1);
    char *second = text_of("out/index.html");
    is_text(second, first);
    cn__free(first);
    cn__free(second);
    put_lab("cached.md", PARTED NETWORK "dataset normalise of=left by=2\nfit two epochs=2\nevaluate two\n",
            "");
    trains("cached.md", cached, 1, 0);
}

static void a_sweep_searches_such_a_network(void **state)
{
    (void)state;
    char *log;
    put_lab("sweep.md",
            PARTED NETWORK
            "sweep two over learning_rate=[0.01..0.3 log] epochs=2 validation_split=0.2 trials=3 "
            "objective=min(val_size_mae)\nevaluate two\n",
            "");
    succeeds(run_lab("sweep.md", quick, false, &log));
    holds(log, "Trials: 3; complete 3");
    holds(log, "size_mae: ");
    free(log);
}

static void the_notebook_says_it_in_keras(void **state)
{
    (void)state;
    cn__lab_options python = quick;
    python.formats = "ipynb", python.code = "python";
    put_lab("python.md",
            PARTED
            "dataset normalise of=left by=2\ndataset one_hot\nmodel shared\n  input 3 name=left\n"
            "  dense 3 relu name=a\n  call a from=a name=b\n  input 2 name=right\n"
            "  concatenate from=[b, right]\n  dense 3 softmax name=kind\n"
            "compile shared loss=categorical_crossentropy metrics={kind: [accuracy]}\nfit shared epochs=1\n"
            "predict shared\n",
            "");
    succeeds(run_lab("python.md", python, false, NULL));
    char *notebook = text_of("out/lab.ipynb");
    static const char *const lines[] = {
        "load_named({\\\"left\\\": \\\"train.npz:left\\\", \\\"right\\\": \\\"train.npz:right\\\"}",
        "x_train[\\\"left\\\"], x_test[\\\"left\\\"] = normalise(x_train[\\\"left\\\"], x_test[\\\"left\\\"], by=2)",
        "y_test[\\\"kind\\\"] = keras.utils.to_categorical(y_test[\\\"kind\\\"])",
        "a_layer = layers.Dense(3, \\\"relu\\\", name=\\\"a\\\")",
        "b = a_layer(a)",
        "x = layers.Concatenate()([b, right])",
        "shared = keras.Model([left, right], [kind])",
        "metrics={\\\"kind\\\": [\\\"accuracy\\\"]})",
        "# no Keras code for: predict shared"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) holds(notebook, lines[i]);
    cn__free(notebook);
}

/* ---- mistakes ------------------------------------------------------------------------------------------------ */

static void mistakes_name_the_array_and_those_that_there_are(void **state)
{
    (void)state;
    static const char *const reported[][2] = {
        {"dataset pairs.npz x=[left, rigth]\n",
         "lab.md:2: dataset pairs.npz: unknown array 'rigth'; did you mean 'right'? Known: left, right, kind, size"},
        {"dataset pairs.npz x=left y=[kind, size]\n" NETWORK "fit two\n",
         "lab.md:12: fit two: the network's input 'right': unknown array 'right'. Known: left, kind, size"},
        {"dataset x=left.npy y=size.npy\n" NETWORK "fit two\n",
         "lab.md:12: fit two: the network has 2 inputs and 2 outputs, the data set left.npy one of each; expected arrays "
         "that are called as they are: dataset FILE.npz, or dataset x={left: X.npy, …} y={kind: Y.npy, …}"},
        {"dataset pairs.npz\ndataset normalise\n",
         "lab.md:3: dataset normalise: which arrays? The file does not say what is an input; expected of=left"},
        {PARTED "dataset one_hot of=kin\n",
         "lab.md:3: dataset one_hot: unknown array 'kin'; did you mean 'kind'? Known: left, right, kind, size"},
        {"dataset x=left.npy y=size.npy\ndataset flatten of=left\n",
         "lab.md:3: dataset flatten: of= is for data whose arrays have names, and left.npy has one input"},
        {PARTED NETWORK "fit two\nconfusion two output=size\n",
         "lab.md:13: confusion: output size of two has numbers as targets, not classes"},
        {PARTED NETWORK "fit two\npredict two output=kin\n",
         "lab.md:13: predict: unknown output 'kin'; did you mean 'kind'? Known: kind, size"},
        {PARTED NETWORK "fit two validation_data=less.npz\n",
         "lab.md:12: fit: validation_data=less.npz: it has no array 'kind'"},
        {PARTED NETWORK "fit two validation_data=wide.npz\n",
         "lab.md:12: fit: validation_data=wide.npz: left: x has the shape (240, 2), expected that of the training data, (160, 3), "
         "but for the first size"},
        {PARTED NETWORK "fit two validation_data=left.npy\n",
         "lab.md:12: fit: validation_data=left.npy: expected FILE.npz with arrays of the same names"},
        {PARTED NETWORK "fit two class_weight=balanced\n",
         "lab.md:12: class_weight is for a model with one output, and this one has 2"},
    };
    for (size_t i = 0; i < COUNT_OF(reported); i++) is_refused(reported[i][0], reported[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trained_as_the_library_trains),
        cmocka_unit_test(arrays_are_the_same_however_they_are_named),
        cmocka_unit_test(validation_data_of_a_file_is_prepared_as_the_test_part_is),
        cmocka_unit_test(a_statement_changes_the_arrays_that_it_names),
        cmocka_unit_test(each_output_is_shown_by_its_name),
        cmocka_unit_test(importance_mixes_the_columns_of_each_input),
        cmocka_unit_test(results_are_taken_from_the_cache),
        cmocka_unit_test(a_sweep_searches_such_a_network),
        cmocka_unit_test(the_notebook_says_it_in_keras),
        cmocka_unit_test(mistakes_name_the_array_and_those_that_there_are),
    };
    return cmocka_run_group_tests(tests, set_up, leave);
}
