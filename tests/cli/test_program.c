/* The program from outside: what it prints, what it writes, and its exit codes. $CORNU_PROGRAM names it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char program[PATH_MAX], scratch[] = "./program-XXXXXX", output[1 << 16];

/* Runs `cornu ARGUMENTS` in the scratch directory; its output and messages come into `output`. */
static int cornu(const char *format, ...)
{
    char arguments[2048], command[PATH_MAX + 4096];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(command, sizeof command, "cd %s && '%s' %s 2>&1", scratch, program, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(output, 1, sizeof output - 1, pipe);
    output[size] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_code(int got, int expected)
{
    if (got != expected) fail_msg("exit code %d, expected %d: %s", got, expected, output);
}

static void assert_says(const char *part)
{
    if (!strstr(output, part)) fail_msg("'%s' is not in: %s", part, output);
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static char *in_scratch(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    return path;
}

/* A .npy of `rows` rows of `cols` numbers (cols 0: one dimension). */
static void write_shaped_npy(const char *name, const char *descr, const char *shape, const void *data,
                             size_t bytes)
{
    char header[118];
    const int used = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                              descr, shape);
    memset(header + used, ' ', sizeof header - (size_t)used);
    header[sizeof header - 1] = '\n';
    FILE *file = fopen(in_scratch(name), "wb");
    assert_non_null(file);
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
    fwrite(header, 1, sizeof header, file);
    fwrite(data, 1, bytes, file);
    fclose(file);
}

static void write_npy(const char *name, const char *descr, size_t rows, size_t cols, const void *data,
                      size_t bytes)
{
    char shape[64];
    if (cols) snprintf(shape, sizeof shape, "(%zu, %zu)", rows, cols);
    else snprintf(shape, sizeof shape, "(%zu,)", rows);
    write_shaped_npy(name, descr, shape, data, bytes);
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(in_scratch(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static char *read_file(const char *name, size_t *size)
{
    FILE *file = fopen(in_scratch(name), "rb");
    if (!file) fail_msg("%s was not written", name);
    char *data = calloc(1, 1 << 16);
    *size = fread(data, 1, (1 << 16) - 1, file);
    fclose(file);
    return data;
}

static void assert_same_files(const char *a, const char *b)
{
    size_t size_a, size_b;
    char *data_a = read_file(a, &size_a), *data_b = read_file(b, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(data_a, data_b, size_a);
    free(data_a);
    free(data_b);
}

#define N 96

/* Points in the plane, their class by quadrant: labels (int64), one-hot rows, a NaN, ten columns. */
static void write_data(void)
{
    static float x[N][2], one_hot[N][4], ten[N][10], bad[N][2];
    static int64_t labels[N];
    uint32_t random = 1;
    for (int n = 0; n < N; n++) {
        for (int i = 0; i < 2; i++)
            x[n][i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
        labels[n] = (x[n][0] > 0) + 2 * (x[n][1] > 0);
        one_hot[n][labels[n]] = 1;
        ten[n][labels[n]] = 1;
    }
    memcpy(bad, x, sizeof x);
    bad[17][1] = (float)strtod("nan", NULL);
    write_npy("x.npy", "<f4", N, 2, x, sizeof x);
    write_npy("labels.npy", "<i8", N, 0, labels, sizeof labels);
    write_npy("y.npy", "<f4", N, 4, one_hot, sizeof one_hot);
    write_npy("ten.npy", "<f4", N, 10, ten, sizeof ten);
    write_npy("nan.npy", "<f4", N, 2, bad, sizeof bad);
}

static int set_up(void **state)
{
    (void)state;
    const char *name = getenv("CORNU_PROGRAM");
    if (!name || !realpath(name, program) || !mkdtemp(scratch)) return -1;
    write_data();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", scratch);
    return system(command);
}

/* ---- usage ---------------------------------------------------------------------------------------------- */

static void every_subcommand_has_help_with_an_example(void **state)
{
    (void)state;
    static const char *const names[] = {"train",      "evaluate", "predict", "summary", "convert",
                                        "export",     "data",     "lab",     "doctor",  "cache",
                                        "completion", "version",  "ensemble"};
    assert_code(cornu("--help"), 0);
    assert_says("Exit codes");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_code(cornu("--help"), 0);
        assert_says(names[i]);
        assert_code(cornu("%s --help", names[i]), 0);
        assert_says("usage: cornu ");
        assert_says("Example");
    }
}

static void the_version_is_printed(void **state)
{
    (void)state;
    assert_code(cornu("--version"), 0);
    assert_true(strncmp(output, "cornu ", 6) == 0);
}

static void mistakes_are_answered_with_the_nearest_word(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *expected;
    } cases[] = {
        {"trian --epochs 3", "train"},
        {"train --epoch 3", "--epochs"},
        {"train --no-shufle", "--shuffle"},
        {"train --epochs many", "--epochs must be a whole number"},
        {"train --epochs 0", "from 1"},
        {"train --validation-split 2", "from 0 to 1"},
        {"train --epochs", "needs a value"},
        {"train --x --y y.npy", "needs a value"},
        {"train --shuffle=yes", "takes no value"},
        {"train one two", "unexpected word 'two'"},
        {"train --x x.npy --layers 'dense 3'", "--y"},
        {"train --x x.npy --y y.npy", "--layers"},
        {"train --x x.npy --y y.npy --layers 'dense 3' --model m.json", "only one of"},
        {"train --x x.npy --y y.npy --layers 'dnse 3'", "dense"},
        {"train --x x.npy --y y.npy --layers 'dense 4 softmax' --optimizer adma", "adam"},
        {"train --x x.npy --y y.npy --layers 'dense 4 softmax' --loss categorical_crosentropy",
         "categorical_crossentropy"},
        {"train --x x.npy --y y.npy --layers 'dense 4 softmax' --metrics acuracy", "accuracy"},
        {"train --x x.npy --y y.npy --layers 'dense 4 softmax' --callbacks early_stoping", "early_stopping"},
        {"train --x x.npy --y y.npy --layers 'dense 4'", "loss: the network ends in linear"},
        {"train --x x.npy --y y.npy --layers 'dense 4' --epochs 2 --initial-epoch 2", "no epoch"},
        {"evaluate --layers 'dense 4' --x x.npy --y y.npy", "--weights"},
        {"summary --layers 'dense 4' --input wide", "--input"},
        {"data shwo mnist", "show"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(cornu("%s", cases[i].arguments), 2);
        assert_says(cases[i].expected);
    }
    assert_code(cornu("train --epoch 3"), 2);
    assert_true(strncmp(output, "cornu train: ", 13) == 0);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    assert_code(cornu("train --x none.npy --y y.npy --layers 'dense 4 softmax'"), 1);
    assert_says("none.npy");
    assert_code(cornu("summary --model none.json"), 1);
    assert_says("none.json");
}

/* ./run lab puts another data set in the place of one that is nowhere, and knows it by the code. */
static void a_data_set_that_is_nowhere_has_an_exit_code_of_its_own(void **state)
{
    (void)state;
    static const char *const all[] = {"train --data mnist --layers 'dense 10 softmax'", "data info mnist",
                                      "lab run", "lab run empty.md"};
    write_text("empty.md", "---\ntitle: A\nlanguage: en\n---\n\n```cornu\ndataset mnist\n```\n");
    char *data = getenv("CORNU_DATA"), *home = getenv("HOME"), *cache = getenv("XDG_CACHE_HOME");
    setenv("CORNU_OFFLINE", "1", 1);
    setenv("HOME", "/nowhere", 1);
    unsetenv("CORNU_DATA");
    unsetenv("XDG_CACHE_HOME");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (cornu("%s", all[i]) != 0) { /* a system may have it */
            assert_code(cornu("%s", all[i]), 4);
            assert_says("/nowhere/.cache");
        }
    unsetenv("CORNU_OFFLINE");
    if (data) setenv("CORNU_DATA", data, 1);
    if (home) setenv("HOME", home, 1);
    if (cache) setenv("XDG_CACHE_HOME", cache, 1);
}

static void outputs_that_cannot_be_written_are_found_before_any_data_is_read(void **state)
{
    (void)state;
    static const char *const options[] = {"history", "save", "save-weights"};
    for (size_t i = 0; i < 3; i++) {
        assert_code(
            cornu("train --x none.npy --y y.npy --layers 'dense 4 softmax' --%s no/such/out", options[i]), 1);
        assert_says(options[i]);
        assert_says("no/such/out");
    }
}

/* ---- data ----------------------------------------------------------------------------------------------- */

static void five_outputs_against_ten_columns_fail_before_training(void **state)
{
    (void)state;
    assert_code(cornu("train --x x.npy --y ten.npy --layers 'dense 5 softmax' --history no.json"), 3);
    assert_says("(None, 10)");
    assert_says("(None, 5)");
    assert_int_not_equal(access(in_scratch("no.json"), F_OK), 0);
}

static void nan_in_the_data_is_found(void **state)
{
    (void)state;
    assert_code(cornu("train --x nan.npy --y y.npy --layers 'dense 4 softmax'"), 3);
    assert_says("17");
}

static void samples_of_the_wrong_shape_show_both_shapes(void **state)
{
    (void)state;
    assert_code(cornu("train --x x.npy --y y.npy --layers 'input 3; dense 4 softmax'"), 3);
    assert_says("(None, 3)");
    assert_says("(None, 2)");
}

static void axes_in_another_order_are_refused_and_rows_are_not(void **state)
{
    (void)state;
    static const float values[N * 10];
    write_shaped_npy("grid.npy", "<f4", "(96, 5, 2)", values, sizeof values);
    assert_code(cornu("train --x grid.npy --y y.npy --layers 'input 2 5; flatten; dense 4 softmax'"), 3);
    assert_says("expected input of shape (None, 2, 5), got data of shape (None, 5, 2)");
    assert_code(cornu("train --x grid.npy --y y.npy --layers 'input 10; dense 4 softmax'"), 0);
    assert_code(cornu("train --x ten.npy --y y.npy --layers 'input 2 5; flatten; dense 4 softmax'"), 0);
}

/* ---- training ------------------------------------------------------------------------------------------- */

#define TRAIN                                                                                                \
    "train --x x.npy --y labels.npy --layers 'dense 8 tanh; dense 4 softmax' --optimizer 'adam(0.02)' "

static void training_writes_its_history(void **state)
{
    (void)state;
    assert_code(
        cornu(TRAIN "--metrics accuracy --epochs 30 --validation-split 0.25 --verbose 0 --history h.json"),
        0);
    assert_string_equal(output, "");
    size_t size;
    char *json = read_file("h.json", &size);
    static const char *const parts[] = {"{\"history\": {", "\"loss\": [",    "\"accuracy\": [",
                                        "\"val_loss\": [", "\"seconds\": [", "\"evaluate\": {"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(json, parts[i])) fail_msg("%s is not in %s", parts[i], json);
    int values = 1;
    char *loss = strstr(json, "\"loss\": ["), *end = strchr(loss, ']');
    for (char *p = loss; p < end; p++) values += *p == ',';
    assert_int_equal(values, 30);
    assert_true(strtod(strrchr(loss, '[') ? loss + 9 : loss, NULL) > 1.0);
    while (end[-1] != ' ') end--;
    assert_true(strtod(end, NULL) < 0.5);
    free(json);
}

static void a_training_that_diverged_ends_with_an_exit_code_of_its_own(void **state)
{
    (void)state;
    assert_code(cornu("train --x x.npy --y y.npy --layers 'input 2; dense 8 relu; dense 4' --loss mse "
                      "--optimizer 'sgd(1e30)' --epochs 3 --verbose 2 --threads 1"),
                1);
    assert_says("training diverged: the loss is no finite number from batch");
    assert_says("loss: nan");
    if (strstr(output, "-nan")) fail_msg("%s", output);
}

/* Those of Keras's JSON and of notations are none of its own; a network that has none needs none. */
static void a_network_without_its_weights_is_refused_everywhere(void **state)
{
    (void)state;
    write_text("bare.txt", "input 2\ndense 4 softmax\n");
    write_text("none.txt", "input 2\nactivation relu\n");
    static const char *const commands[] = {"evaluate --y y.npy", "predict"};
    for (size_t i = 0; i < 2; i++) {
        assert_code(cornu("%s --x x.npy --model bare.txt", commands[i]), 2);
        assert_says("no weights yet");
    }
    assert_code(cornu("predict --x x.npy --model none.txt"), 0);
    assert_code(cornu("evaluate --x x.npy --y x.npy --model none.txt --loss mse"), 0);
}

static void one_hot_rows_and_labels_train_alike(void **state)
{
    (void)state;
    assert_code(cornu(TRAIN "--loss categorical_crossentropy --epochs 3 --verbose 0 --save-weights a.npz"),
                0);
    assert_code(
        cornu("train --x x.npy --y y.npy --layers 'dense 8 tanh; dense 4 softmax' --optimizer 'adam(0.02)' "
              "--epochs 3 --verbose 0 --threads 1 --save-weights b.npz"),
        0);
    assert_same_files("a.npz", "b.npz");
    assert_code(cornu(TRAIN "--epochs 3 --verbose 0 --seed 1 --save-weights b.npz"), 0);
    size_t size;
    char *a = read_file("a.npz", &size), *b = read_file("b.npz", &size);
    assert_int_not_equal(memcmp(a, b, size), 0);
    free(a);
    free(b);
}

static void a_saved_network_predicts_and_scores_the_same_from_either_file(void **state)
{
    (void)state;
    assert_code(cornu(TRAIN "--epochs 20 --verbose 0 --save net.npz --save-weights w.npz"), 0);
    write_text("net.txt", "# the network of above\ndense 8 tanh\ndense 4 softmax\n");
    assert_code(cornu("summary --model net.npz --keras-json net.json"), 0);
    assert_says("Total params");
    assert_code(cornu("predict --model net.npz --x x.npy --out p1.npy"), 0);
    assert_code(cornu("predict --model net.json --weights w.npz --x x.npy --out p2.npy --batch-size 7"), 0);
    assert_code(cornu("predict --model net.txt --weights w.npz --x x.npy --out p3.npy --threads 1"), 0);
    assert_same_files("p1.npy", "p2.npy");
    assert_same_files("p1.npy", "p3.npy");
    size_t size;
    free(read_file("p1.npy", &size));
    assert_int_equal(size, 128 + N * 4 * sizeof(float));
    assert_code(cornu("evaluate --model net.npz --x x.npy --y labels.npy --metrics accuracy --json=s.json"),
                0);
    assert_says("accuracy: ");
    assert_says(" - loss: 0.");
}

static void weights_of_another_network_are_refused_with_both_shapes(void **state)
{
    (void)state;
    assert_code(cornu(TRAIN "--verbose 0 --save-weights w.npz"), 0);
    assert_code(cornu("predict --layers 'dense 9 tanh; dense 4 softmax' --weights w.npz --x x.npy"), 3);
    assert_says("dense/kernel");
    assert_says("(2, 9)");
    assert_says("(2, 8)");
}

static void class_weights_and_sample_weights_are_taken(void **state)
{
    (void)state;
    float weights[N];
    for (int n = 0; n < N; n++) weights[n] = 1;
    write_npy("ones.npy", "<f4", N, 0, weights, sizeof weights);
    assert_code(cornu(TRAIN "--epochs 2 --verbose 0 --save-weights a.npz"), 0);
    assert_code(cornu(TRAIN "--epochs 2 --verbose 0 --class-weight 0=1,3=1. --save-weights b.npz"), 0);
    assert_same_files("a.npz", "b.npz");
    assert_code(cornu(TRAIN "--epochs 2 --verbose 0 --sample-weight ones.npy --save-weights b.npz"), 0);
    assert_same_files("a.npz", "b.npz");
    assert_code(cornu(TRAIN "--class-weight zero=1"), 2);
}

static void the_plan_is_printed(void **state)
{
    (void)state;
    assert_code(cornu("summary --layers 'dense 8 tanh; dense 4 softmax' --input 2 --plan"), 0);
    assert_says("60");
    assert_says("dense_1");
}

static void the_summary_of_a_huge_network_takes_no_memory(void **state)
{
    (void)state;
    write_text(
        "huge.json",
        "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"InputLayer\", \"config\": "
        "{\"batch_shape\": [null, 6]}}, {\"class_name\": \"Dense\", \"config\": {\"units\": 1000000000000}}]}}");
    assert_code(cornu("summary huge.json --keras-json copy.json"), 0);
    assert_says("Total params: 7,000,000,000,000 (25.47 TB)");
    assert_code(cornu("summary --layers 'dense 100000000' --input 5000"), 0);
    assert_says("Total params: 500,100,000,000 (1.82 TB)");
    assert_code(cornu("summary --layers 'dense 8' --input 1,2,3,4,5,6,7"), 2);
    assert_says("--input");
}

/* Ctrl-C after the first line of output: the history so far is written. */
static void an_interrupt_ends_training_and_keeps_its_history(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        if (chdir(scratch) != 0) _exit(99);
        execl(program, "cornu", "train", "--x", "x.npy", "--y", "y.npy", "--layers", "dense 4 softmax",
              "--epochs", "1000000", "--verbose", "2", "--history", "cut.json", (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    char some[512];
    assert_true(read(ends[0], some, sizeof some) > 0);
    kill(child, SIGINT);
    while (read(ends[0], some, sizeof some) > 0) continue;
    int status;
    waitpid(child, &status, 0);
    close(ends[0]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);
    size_t size;
    char *json = read_file("cut.json", &size);
    assert_non_null(strstr(json, "\"loss\": ["));
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subcommand_has_help_with_an_example),
        cmocka_unit_test(the_version_is_printed),
        cmocka_unit_test(mistakes_are_answered_with_the_nearest_word),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_data_set_that_is_nowhere_has_an_exit_code_of_its_own),
        cmocka_unit_test(outputs_that_cannot_be_written_are_found_before_any_data_is_read),
        cmocka_unit_test(five_outputs_against_ten_columns_fail_before_training),
        cmocka_unit_test(nan_in_the_data_is_found),
        cmocka_unit_test(samples_of_the_wrong_shape_show_both_shapes),
        cmocka_unit_test(axes_in_another_order_are_refused_and_rows_are_not),
        cmocka_unit_test(training_writes_its_history),
        cmocka_unit_test(a_training_that_diverged_ends_with_an_exit_code_of_its_own),
        cmocka_unit_test(a_network_without_its_weights_is_refused_everywhere),
        cmocka_unit_test(one_hot_rows_and_labels_train_alike),
        cmocka_unit_test(a_saved_network_predicts_and_scores_the_same_from_either_file),
        cmocka_unit_test(weights_of_another_network_are_refused_with_both_shapes),
        cmocka_unit_test(class_weights_and_sample_weights_are_taken),
        cmocka_unit_test(the_plan_is_printed),
        cmocka_unit_test(the_summary_of_a_huge_network_takes_no_memory),
        cmocka_unit_test(an_interrupt_ends_training_and_keeps_its_history),
    };
    if (!getenv("CORNU_PROGRAM")) {
        printf("skipped: CORNU_PROGRAM does not name the program\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
