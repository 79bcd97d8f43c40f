/* The program and its models' files: saved, resumed, converted. $CORNU_PROGRAM names it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "cornu/data.h"

static char program[1024], scratch[] = "./files-XXXXXX", output[1 << 15];

/* Runs `cornu ARGUMENTS` in the scratch directory; its output and messages come into `output`. */
static int cornu(const char *format, ...)
{
    char arguments[1024], command[2200];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(command, sizeof command, "cd %s && '%s' %s 2>&1", scratch, program, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    output[fread(output, 1, sizeof output - 1, pipe)] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUNS(...) assert_code(cornu(__VA_ARGS__), 0)

static void assert_code(int got, int expected)
{
    if (got != expected) fail_msg("exit code %d, expected %d: %s", got, expected, output);
}

static void assert_says(const char *part)
{
    if (!strstr(output, part)) fail_msg("'%s' is not in: %s", part, output);
}

static const char *in_scratch(const char *name)
{
    static char paths[2][256];
    static int next;
    next = !next;
    snprintf(paths[next], sizeof paths[next], "%s/%s", scratch, name);
    return paths[next];
}

static void assert_same_files(const char *a, const char *b)
{
    char *bytes_a, *bytes_b;
    size_t size_a, size_b;
    assert_int_equal(cn__file_read(in_scratch(a), &bytes_a, &size_a, 1 << 24), 0);
    assert_int_equal(cn__file_read(in_scratch(b), &bytes_b, &size_b, 1 << 24), 0);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    cn__free(bytes_a);
    cn__free(bytes_b);
}

#define DATA "--x x.npy --y y.npy --no-shuffle --batch-size 16 --verbose 0 --seed 5 "
#define LAYERS "--layers 'input 4; dense 6 relu; dropout 0.2; batch_normalization; dense 3 softmax' "
#define NETWORK LAYERS "--metrics accuracy --optimizer 'adam(learning_rate=0.01)' "

static void a_resumed_training_ends_in_the_bytes_of_an_uninterrupted_one(void **state)
{
    (void)state;
    RUNS("train " DATA NETWORK "--epochs 4 --save whole.keras");
    RUNS("train " DATA NETWORK "--epochs 1 --save part.keras");
    RUNS("train " DATA "--resume part.keras --epochs 3 --save part.keras");
    assert_same_files("whole.keras", "part.keras");
    RUNS("train " DATA NETWORK "--epochs 1 --save part.h5");
    RUNS("train " DATA "--resume part.h5 --epochs 3 --save part.keras");
    assert_same_files("whole.keras", "part.keras");
}

static void what_resume_takes_from_its_file_is_not_given_beside_it(void **state)
{
    (void)state;
    RUNS("train " DATA NETWORK "--save a.keras --save-weights w.npz");
    assert_code(cornu("train " DATA "--resume a.keras --optimizer sgd"), 2);
    assert_says("--optimizer");
    assert_code(cornu("train " DATA "--resume a.keras --model a.keras"), 2);
    RUNS("train " DATA NETWORK "--save a.npz");
    assert_code(cornu("train " DATA "--resume a.npz"), 2);
    assert_says("--model");
    RUNS("train --x x.npy --y y.npy --resume a.keras --metrics mae");
    assert_says("mae");
}

static void a_file_is_used_without_weights_or_loss_beside_it(void **state)
{
    (void)state;
    RUNS("train " DATA NETWORK "--save a.keras --save-weights a.weights.h5");
    RUNS("predict --model a.keras --x x.npy --out p1.npy");
    RUNS("predict " LAYERS "--weights a.weights.h5 --x x.npy --out p2.npy");
    assert_same_files("p1.npy", "p2.npy");
    RUNS("evaluate --model a.keras --x x.npy --y y.npy");
    assert_says("accuracy: ");
    RUNS("evaluate --model a.keras --x x.npy --y y.npy --metrics mse");
    assert_says("mse: ");
    RUNS("summary --model a.keras");
    assert_says("Optimizer params");
    RUNS("train " DATA "--model a.keras --save b.keras");
}

static void every_format_converts_to_every_other(void **state)
{
    (void)state;
    static const char *const names[] = {"c.keras", "c.h5", "c.npz"};
    RUNS("train " DATA NETWORK "--save a.keras");
    RUNS("predict --model a.keras --x x.npy --out p1.npy");
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            RUNS("convert a.keras %s", names[i]);
            RUNS("convert %s d-%s", names[i], names[k]);
            RUNS("predict --model d-%s --x x.npy --out p2.npy", names[k]);
            assert_same_files("p1.npy", "p2.npy");
        }
    RUNS("convert a.keras c.h5");
    RUNS("convert c.h5 c.keras");
    assert_same_files("a.keras", "c.keras");
    assert_says("adam after 3 steps");
}

static void onnx_is_exported_converted_and_read(void **state)
{
    (void)state;
    RUNS("train " DATA NETWORK "--save a.keras");
    RUNS("export --model a.keras --onnx a.onnx");
    RUNS("convert a.keras b.onnx");
    assert_same_files("a.onnx", "b.onnx");
    RUNS("predict --model a.keras --x x.npy --out p1.npy");
    RUNS("predict --model a.onnx --x x.npy --out p2.npy");
    assert_same_files("p1.npy", "p2.npy");
    RUNS("convert a.onnx c.keras");
    RUNS("predict --model c.keras --x x.npy --out p2.npy");
    assert_same_files("p1.npy", "p2.npy");
    RUNS("summary --model a.onnx");
    assert_says("batch_normalization");
    RUNS("train " DATA "--model a.onnx --epochs 1");
}

static void a_network_and_weights_apart_come_together(void **state)
{
    (void)state;
    RUNS("train " DATA NETWORK "--save a.keras");
    RUNS("convert a.keras a.json");
    RUNS("convert a.keras a.weights.h5");
    RUNS("convert --weights-only a.keras w.npz");
    RUNS("convert a.json b.npz --weights a.weights.h5");
    RUNS("convert a.json c.npz --weights w.npz");
    assert_same_files("b.npz", "c.npz");
    RUNS("convert a.json new.keras --seed 3");
    assert_says("new ones, of seed 3");
    RUNS("convert --no-compile a.keras plain.keras");
    assert_code(cornu("train " DATA "--resume plain.keras"), 2);
}

static void what_cannot_be_converted_is_said(void **state)
{
    (void)state;
    RUNS("train " DATA NETWORK "--save a.keras --save-weights a.weights.h5");
    assert_code(cornu("convert a.keras"), 2);
    assert_says("IN OUT");
    assert_code(cornu("convert a.keras b.kers"), 2);
    assert_says(".keras, .npz, .h5");
    assert_code(cornu("convert none.keras b.keras"), 1);
    assert_says("none.keras");
    assert_code(cornu("convert a.weights.h5 b.keras"), 1);
    assert_says("only weights");
    assert_code(cornu("convert x.npy b.keras"), 1);
    assert_code(cornu("train " DATA NETWORK "--save a.weights.h5"), 2);
    assert_says("weights alone");
}

static int set_up(void **state)
{
    (void)state;
    enum { N = 48 };
    static float x[N * 4], y[N * 3];
    const char *given = getenv("CORNU_PROGRAM");
    if (!given || !mkdtemp(scratch)) return -1;
    snprintf(program, sizeof program, "%s", given);
    for (size_t i = 0; i < N * 4; i++) x[i] = (float)(i * i % 17) / 17;
    for (size_t i = 0; i < N; i++) y[3 * i + i % 3] = 1;
    cn_array xs = cn_array_view(CN_FLOAT32, x, 2, (size_t[]){N, 4}),
             ys = cn_array_view(CN_FLOAT32, y, 2, (size_t[]){N, 3});
    return cn_npy_write(in_scratch("x.npy"), &xs) || cn_npy_write(in_scratch("y.npy"), &ys);
}

static int tear_down(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", scratch);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_training_ends_in_the_bytes_of_an_uninterrupted_one),
        cmocka_unit_test(what_resume_takes_from_its_file_is_not_given_beside_it),
        cmocka_unit_test(a_file_is_used_without_weights_or_loss_beside_it),
        cmocka_unit_test(every_format_converts_to_every_other),
        cmocka_unit_test(onnx_is_exported_converted_and_read),
        cmocka_unit_test(a_network_and_weights_apart_come_together),
        cmocka_unit_test(what_cannot_be_converted_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
