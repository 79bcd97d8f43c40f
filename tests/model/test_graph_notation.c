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

/* Of vectors of length 0, of 1e-8 (under Keras's epsilon), and two more; computed by Keras 3.6. */
static void a_normalized_dot_is_that_of_keras(void **state)
{
    (void)state;
    static const float x[4][3] = {{3, 4, 0}, {0, 0, 0}, {1e-8f, 0, 0}, {1, -2, 2}},
                       y[4][3] = {{1, 2, 2}, {1, 2, 3}, {2, 0, 0}, {4, 0, 3}},
                       keras[4] = {0.7333333492279053f, 0, 0.10000000149011612f, 0.6666666865348816f};
    const cn_array a = cn_array_view(CN_FLOAT32, (void *)(uintptr_t)x, 2, (size_t[]){4, 3}),
                   b = cn_array_view(CN_FLOAT32, (void *)(uintptr_t)y, 2, (size_t[]){4, 3});
    cn_model *m = model_of("dot", "input 3 name=a; input 3 name=b; dot axes=1 normalize=true from=[a, b]");
    cn_array out = {0};
    if (cn_model_predict(m, .inputs = (const cn_array *[]){&a, &b}, .outputs = &out) != CN_OK)
        fail_msg("%s", cn_error());
    for (size_t i = 0; i < 4; i++) assert_float_equal(((const float *)out.data)[i], keras[i], 1e-6);
    cn_array_free(&out);
    cn_model_free(m);
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

/* ---- models within ----------------------------------------------------------------------------------------- */

static void a_block_is_a_model_within(void **state)
{
    (void)state;
    cn_model *encoder = model_of("encoder", "input 7; dense 5 relu; dense 3 tanh"),
             *base = cn_model_new("base");
    assert_int_equal(cn_model_add_notation(base, "dense 4 relu; dense 2"), CN_OK);
    cn_tensor *in = cn_tensor_input(7), *z = cn_call(encoder, in), *out = cn_call(base, z);
    cn_model *m = cn_model_from_named("outer", &in, 1, &out, 1);
    cn_model *read = model_of("outer", "input 7\n"
                                       "model encoder\n  input 7\n  dense 5 relu\n  dense 3 tanh\nend\n"
                                       "model base from=encoder; dense 4 relu; dense 2; end");
    same(read, m, (size_t[]){7});
    cn_model_free(read);
    cn_model_free(m);
    cn_model_free(encoder);
    cn_model_free(base);
}

static void a_block_in_a_line_of_layers_is_a_layer(void **state)
{
    (void)state;
    cn_model *base = model_of("base", "dense 5 relu; dropout 0.5"), *m = cn_model_new("line");
    assert_int_equal(cn_model_add_notation(m, "input 7"), CN_OK);
    assert_int_equal(cn_model_add(m, base), CN_OK);
    assert_int_equal(cn_model_add_notation(m, "dense 2 softmax"), CN_OK);
    cn_model *read = model_of("line", "input 7; model base; dense 5 relu; dropout 0.5; end; dense 2 softmax");
    same(read, m, (size_t[]){7});
    cn_model_free(read);
    cn_model_free(m);
    cn_model_free(base);
}

static void a_block_is_called_again_and_has_outputs_by_name(void **state)
{
    (void)state;
    cn_model *m = model_of("twins", "input 4 name=l\ninput 4 name=r\n"
                                    "model tower from=l\n"
                                    "  input 4 name=x\n"
                                    "  dense 6 relu name=h\n"
                                    "  model deep from=h; dense 3; end\n"
                                    "  dense 3 from=h name=side\n"
                                    "  outputs deep, side\n"
                                    "end\n"
                                    "call tower from=r name=other\n"
                                    "subtract from=[tower.deep, other.deep] name=gap\n"
                                    "add from=[tower.side, other.side]\n");
    assert_int_equal(cn_model_output_count(m), 2);
    cn_array p[2] = {{0}};
    predict(m, (size_t[]){4, 4}, p);
    assert_int_equal(cn_model_parameters(m), 4 * 6 + 6 + 2 * (6 * 3 + 3)); /* one tower */
    for (size_t i = 0; i < cn_array_size(&p[0]); i++) assert_true(((float *)p[0].data)[i] == 0); /* l is r */
    cn_array_free(&p[0]);
    cn_array_free(&p[1]);
    cn_model_free(m);
}

static void a_block_may_be_frozen(void **state)
{
    (void)state;
    cn_model *m = model_of("frozen", "input 3; model base trainable=false; dense 4; end; dense 2");
    char *summary = cn_model_summary(m);
    assert_non_null(strstr(summary, "Trainable params: 10 (40.00 B)"));
    assert_non_null(strstr(summary, "Non-trainable params: 16 (64.00 B)"));
    cn_text_free(summary);
    cn_model_free(m);
}

static void what_is_wrong_with_a_block_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *notation, *expected;
    } wrong[] = {
        {"input 3\nmodel base\ndense 4",
         "line 2, 'model base' has no end; expected a line end behind its layers"},
        {"input 3\nmodel base\nend\ndense 2", "line 2, model base has no layers"},
        {"input 3\nmodel\ndense 4\nend",
         "line 2, model: expected a name, as in model base; its layers follow, and end"},
        {"input 3\nmodel base\n  dense 4\n  dens 3\nend\n",
         "line 4, 'dens 3': unknown layer 'dens'; did you mean 'dense'?"},
        {"input 3 name=a\nmodel base from=a\n  dense 4\n  dens 3\nend\n",
         "line 4: 'dens 3': unknown layer 'dens'; did you mean 'dense'?"},
        {"input 3 name=a\nmodel base from=a\n  input 3\n  dense 4 name=b\n  dense 3 from=c\nend\n",
         "line 5: unknown from 'c'. Known: b"},
        {"input 3 name=a\nmodel base from=a\n  input 3\n  dense 4 name=b\n  dense 3 from=b name=c\n  dense 2 from=b "
         "name=d\nend\ndense 3",
         "line 8: model base has 2 outputs; expected one of them, as in base.c"},
        {"input 3 name=a\nmodel base from=a\n  input 3\n  dense 4 name=b\n  dense 3 from=b name=c\n  dense 2 from=b "
         "name=d\nend\ndense 3 from=base.e",
         "line 8: unknown output of the model 'e'"},
        {"input 3; end", "unknown layer 'end'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cn_model *m = cn_model_from_notation("m", wrong[i].notation);
        if (m) fail_msg("%s: was read", wrong[i].notation);
        if (!strstr(cn_error(), wrong[i].expected))
            fail_msg("%s: '%s' is not in: %s", wrong[i].notation, wrong[i].expected, cn_error());
    }
    char deep[2000] = "input 3\n";
    for (int i = 0; i < 20; i++) snprintf(deep + strlen(deep), 40, "model m%d\n", i);
    strcat(deep, "dense 2\n");
    for (int i = 0; i < 20; i++) strcat(deep, "end\n");
    assert_null(cn_model_from_notation("m", deep));
    assert_non_null(strstr(cn_error(), "more than 16 deep"));
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
        cmocka_unit_test(a_normalized_dot_is_that_of_keras),
        cmocka_unit_test(a_graph_is_what_the_calls_make),
        cmocka_unit_test(outputs_are_those_named_in_that_order),
        cmocka_unit_test(a_line_without_other_words_is_sequential),
        cmocka_unit_test(summaries_are_keras_letter_for_letter),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(a_block_is_a_model_within),
        cmocka_unit_test(a_block_in_a_line_of_layers_is_a_layer),
        cmocka_unit_test(a_block_is_called_again_and_has_outputs_by_name),
        cmocka_unit_test(a_block_may_be_frozen),
        cmocka_unit_test(what_is_wrong_with_a_block_is_said_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
