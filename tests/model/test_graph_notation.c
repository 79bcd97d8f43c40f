/* Graphs in the layer notation: the models that the same calls make, Keras's summary of them, and what is wrong with a
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

#define TWO_ENDS                                                                                             \
    "input 7 name=left; dense 9 relu name=a; input 5 name=right; dense 6 tanh name=b\n"                      \
    "concatenate from=[a, b]; dense 3 softmax name=kind # the class\n"                                       \
    "dense 1 from=a name=size"
#define SHARED "input 7; dense 4 name=s; input 7 name=r; call s from=r name=t; subtract from=[s, t]"

static cn_model *model_of(const char *name, const char *text)
{
    cn_model *m = cn_model_from_notation(name, text);
    if (!m) fail_msg("%s: %s", text, cn_error());
    return m;
}

/* Of two samples each, with the same first weights. `sizes`: of the inputs, which are vectors. */
static void predict(cn_model *model, const size_t *sizes, cn_array *outputs)
{
    cn_array x[2] = {{0}};
    const cn_array *inputs[2] = {&x[0], &x[1]};
    const size_t count = cn_model_input_count(model);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cn_array_new(&x[i], CN_FLOAT32, 2, (size_t[]){2, sizes[i]}), CN_OK);
        for (size_t k = 0; k < 2 * sizes[i]; k++) ((float *)x[i].data)[k] = (float)(k % 5) - 1.5f;
    }
    if (cn_model_predict(model, .inputs = inputs, .outputs = outputs) != CN_OK) fail_msg("%s", cn_error());
    for (size_t i = 0; i < count; i++) cn_array_free(&x[i]);
}

static void same(cn_model *one, cn_model *other, const size_t *sizes)
{
    char *a = cn_model_summary(one), *b = cn_model_summary(other);
    cn_array p[2] = {{0}}, q[2] = {{0}};
    assert_non_null(a);
    assert_string_equal(a, b);
    assert_int_equal(cn_model_output_count(one), cn_model_output_count(other));
    predict(one, sizes, p);
    predict(other, sizes, q);
    for (size_t i = 0; i < cn_model_output_count(one); i++) {
        assert_memory_equal(p[i].data, q[i].data, cn_array_size(&p[i]) * sizeof(float));
        cn_array_free(&p[i]);
        cn_array_free(&q[i]);
    }
    cn_text_free(a);
    cn_text_free(b);
}

static void a_graph_is_what_the_calls_make(void **state)
{
    (void)state;
    cn_tensor *left = cn_tensor_input_layer(cn_input_named("left", 1, (size_t[]){7}));
    cn_tensor *a = cn_call(cn_dense(9, .activation = "relu", .name = "a"), left);
    cn_tensor *right = cn_tensor_input_layer(cn_input_named("right", 1, (size_t[]){5}));
    cn_tensor *b = cn_call(cn_dense(6, .activation = "tanh", .name = "b"), right);
    cn_tensor *both = cn_call(cn_concatenate(-1), a, b);
    cn_tensor *kind = cn_call(cn_dense(3, .activation = "softmax", .name = "kind"), both);
    cn_tensor *size = cn_call(cn_dense(1, .name = "size"), a);
    cn_model *calls = cn_model_from((cn_tensor *[]){left, right}, 2, (cn_tensor *[]){kind, size}, 2);
    cn_model *notation = model_of(NULL, TWO_ENDS);
    same(calls, notation, (size_t[]){7, 5});
    cn_model_free(calls);
    cn_model_free(notation);
}

static void outputs_are_those_named_in_that_order(void **state)
{
    (void)state;
    cn_model *m = model_of("ends", TWO_ENDS "; outputs size, a");
    assert_string_equal(cn_model_name(m), "ends");
    assert_int_equal(cn_model_output_count(m), 2);
    assert_string_equal(cn_model_output_name(m, 0), "size");
    assert_string_equal(cn_model_output_name(m, 1), "a");
    cn_model_free(m);
    m = model_of(NULL, TWO_ENDS);
    assert_string_equal(cn_model_output_name(m, 0), "kind");
    assert_string_equal(cn_model_input_name(m, 1), "right");
    cn_model_free(m);
}

static void a_line_without_other_words_is_sequential(void **state)
{
    (void)state;
    cn_model *one = model_of("m", "input 4; dense 3 relu; dense 2"), *other = cn_model_new("m");
    assert_int_equal(cn_model_add_notation(other, "input 4; dense 3 relu; dense 2"), CN_OK);
    same(one, other, (size_t[]){4});
    cn_model_free(one);
    cn_model_free(other);
}

static void looks_like_keras(const char *file, const char *name, const char *notation)
{
    char path[400], expected[8192];
    snprintf(path, sizeof path, "%s/model/%s.txt", CORNU_TESTS_DIR, file);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("no file %s", path);
    expected[fread(expected, 1, sizeof expected - 1, f)] = '\0';
    fclose(f);
    cn_model *m = model_of(name, notation);
    char *text = cn_model_summary(m);
    size_t size = strlen(expected);
    while (size && expected[size - 1] == '\n') size--;
    if (!text || strncmp(text, expected, size) != 0) fail_msg("got:\n%s\nexpected:\n%s", text, expected);
    cn_text_free(text);
    cn_model_free(m);
}

static void summaries_are_keras_letter_for_letter(void **state)
{
    (void)state;
    looks_like_keras("graph", NULL, TWO_ENDS);
    looks_like_keras("shared", "functional_1", SHARED);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *notation, *part;
    } wrong[] = {
        {"dense 3; add from=[a, b]", "it has no input"},
        {"input 3 name=x\ndense 2\ndense 2 from=y", "line 3: unknown from 'y'"},
        {"input 3; dense 2 name=hidden; dense 2 from=hiden", "did you mean 'hidden'?"},
        {"input 3; dense 2; dense 2 from=b", "no line above has a name; expected name=b"},
        {"input 3; dense 2 name=a; dense 2 name=a; add from=[a]", "two lines are named 'a'"},
        {"input 3 name=a; input 3 name=a", "two lines are named 'a'"},
        {"input 3 name=a; input 4 name=b; add from=[a, b]", "its inputs must have one shape"},
        {"input 3; dense 3 from=4", "from: expected a name"},
        {"input 3; dense 3 from=[]", "from=[]: expected a name at least"},
        {"input 3; input 3 from=a", "expected no from="},
        {"input 3; dense 2 name=y; outputs z", "unknown outputs 'z'"},
        {"input 3; dense 2 name=y; outputs", "outputs: expected names"},
        {"input 3; outputs a; dense 2", "expected the outputs as the last line"},
        {"input 3 name=a; call c", "unknown call 'c'"},
        {"input 3 name=a; dense 2 name=b; call b units=3", "call: unknown argument 'units'"},
        {"input 3 name=a; dense 2 name=b; call", "call: expected one name"},
        {"input 3 name=a; dense 2; input 4 name=b; dense 2 name=c; outputs c", "not connected"},
        {"input 3; densse 2 name=b; add from=[b, b]", "did you mean 'dense'?"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cn_model *m = cn_model_from_notation(NULL, wrong[i].notation);
        if (m) fail_msg("accepted: %s", wrong[i].notation);
        if (!strstr(cn_error(), wrong[i].part))
            fail_msg("%s: '%s' is not in: %s", wrong[i].notation, wrong[i].part, cn_error());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_is_what_the_calls_make),
        cmocka_unit_test(outputs_are_those_named_in_that_order),
        cmocka_unit_test(a_line_without_other_words_is_sequential),
        cmocka_unit_test(summaries_are_keras_letter_for_letter),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
