/* The notation: what is read, what is refused and where, and that the printer is the parser's inverse. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/text/text.h"
#include "base/text/value.h"

static int new_arena(void **state)
{
    static cn__arena arena;
    arena = (cn__arena){0};
    *state = &arena;
    return 0;
}

static int free_arena(void **state)
{
    cn__arena_free(*state);
    return 0;
}

static cn__value parse(void **state, const char *text)
{
    cn__value value = {0};
    if (cn__value_parse(*state, text, &value) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return value;
}

/* The message with which `text` is refused. */
static const char *refusal(void **state, const char *text)
{
    cn__value value = {0};
    cn_error_clear();
    assert_int_equal(cn__value_parse(*state, text, &value), CN_ERROR_ARGUMENT);
    return cn_error();
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void assert_number(void **state, const char *text, cn__value_kind kind, double number)
{
    cn__value value = parse(state, text);
    assert_int_equal(value.kind, kind);
    assert_true(value.number == number);
    assert_true(signbit(value.number) == signbit(number));
}

static void assert_word(void **state, const char *text, const char *word)
{
    cn__value value = parse(state, text);
    assert_int_equal(value.kind, CN_VALUE_WORD);
    assert_string_equal(value.word, word);
}

static void integers_and_floats_are_told_apart(void **state)
{
    assert_number(state, "12", CN_VALUE_INT, 12);
    assert_number(state, " -3\n", CN_VALUE_INT, -3);
    assert_number(state, "+7", CN_VALUE_INT, 7);
    assert_number(state, "10_000", CN_VALUE_INT, 10000);
    assert_number(state, "1.", CN_VALUE_FLOAT, 1);
    assert_number(state, ".5", CN_VALUE_FLOAT, .5);
    assert_number(state, "-.5", CN_VALUE_FLOAT, -.5);
    assert_number(state, "1e-4", CN_VALUE_FLOAT, 1e-4);
    assert_number(state, "2.5E+3", CN_VALUE_FLOAT, 2500);
    assert_number(state, "-0.0", CN_VALUE_FLOAT, -0.0);
    assert_number(state, "inf", CN_VALUE_FLOAT, INFINITY);
    assert_number(state, "-Infinity", CN_VALUE_FLOAT, -INFINITY);
    assert_int_equal(parse(state, "9223372036854775807").integer, INT64_MAX);
    assert_int_equal(parse(state, "-9223372036854775808").integer, INT64_MIN);
    assert_true(isnan(parse(state, "nan").number));
}

static void numbers_beyond_their_type_are_refused(void **state)
{
    assert_contains(refusal(state, "f(9223372036854775808)"),
                    "beyond 64 bits\n  f(9223372036854775808)\n    ^");
    assert_contains(refusal(state, "-9223372036854775809"), "beyond 64 bits");
    assert_contains(refusal(state, "1e400"), "double precision");
}

static void constants_are_read_as_python_and_json_write_them(void **state)
{
    const char *const nones[] = {"none", "None", "null"};
    for (size_t i = 0; i < 3; i++) assert_int_equal(parse(state, nones[i]).kind, CN_VALUE_NONE);
    const char *const bools[] = {"true", "True", "false", "False"};
    for (size_t i = 0; i < 4; i++) {
        cn__value value = parse(state, bools[i]);
        assert_int_equal(value.kind, CN_VALUE_BOOL);
        assert_int_equal(value.boolean, i < 2);
    }
    assert_word(state, "nonesuch", "nonesuch");
    assert_word(state, "'true'", "true");
}

static void words_may_be_bare_or_quoted(void **state)
{
    assert_word(state, "val_loss", "val_loss");
    assert_word(state, "logs/run-1.csv", "logs/run-1.csv");
    assert_word(state, "../a+b.h5", "../a+b.h5");
    assert_word(state, "2024-01-02", "2024-01-02");
    assert_word(state, "1.2.3", "1.2.3");
    assert_word(state, "1e", "1e");
    assert_word(state, "1__0", "1__0");
    assert_word(state, "größe", "größe");
    assert_word(state, "'a, b) '", "a, b) ");
    assert_word(state, "\"it's\"", "it's");
    assert_word(state, "'it\\'s \\\\ \\n \\d'", "it's \\ \n \\d");
    assert_word(state, "''", "");
}

static void calls_nest_as_a_keras_user_types_them(void **state)
{
    cn__value sgd = parse(state, "SGD(learning_rate=ExponentialDecay(initial_learning_rate=0.1,decay_steps=3,"
                                 "decay_rate=0.8),momentum=0.9)");
    assert_int_equal(sgd.kind, CN_VALUE_CALL);
    assert_string_equal(cn__value_name(&sgd), "SGD");
    assert_int_equal(sgd.count, 2);
    assert_true(cn__value_get(&sgd, "momentum")->number == 0.9);
    const cn__value *decay = cn__value_get(&sgd, "learning_rate");
    assert_string_equal(cn__value_name(decay), "ExponentialDecay");
    assert_int_equal(cn__value_get(decay, "decay_steps")->integer, 3);
    assert_int_equal(cn__value_get(decay, "DecaySteps")->integer, 3);
    assert_null(cn__value_get(decay, "staircase"));
}

static void arguments_may_have_no_name(void **state)
{
    cn__value l2 = parse(state, "l2 ( 1e-4 , )");
    assert_int_equal(l2.kind, CN_VALUE_CALL);
    assert_int_equal(l2.count, 1);
    assert_null(l2.names[0]);
    assert_true(l2.items[0].number == 1e-4);
    assert_int_equal(parse(state, "relu()").count, 0);
    assert_int_equal(parse(state, "relu()").kind, CN_VALUE_CALL);
    cn__value logger = parse(state, "csv_logger(logs/run-1.csv, append=true)");
    assert_string_equal(logger.items[0].word, "logs/run-1.csv");
    assert_contains(refusal(state, "f(a=1, 2)"),
                    "without a name after one with a name\n  f(a=1, 2)\n         ^");
}

static void modules_before_a_called_name_are_dropped(void **state)
{
    cn__value adam = parse(state, "keras.optimizers.Adam(0.1)"), quoted = parse(state, "'a.b'(1)");
    assert_string_equal(adam.word, "Adam");
    assert_string_equal(quoted.word, "a.b");
    assert_string_equal(parse(state, "a.6b(1)").word, "a.6b");
}

static void lists_and_tuples_are_lists(void **state)
{
    const char *const texts[] = {"[1,2]", "(1,2)", " [ 1 , 2 , ] ", "(\n1\t,2)"};
    for (size_t i = 0; i < 4; i++) {
        cn__value list = parse(state, texts[i]);
        assert_int_equal(list.kind, CN_VALUE_LIST);
        assert_int_equal(list.count, 2);
        assert_int_equal(list.items[1].integer, 2);
    }
    assert_int_equal(parse(state, "(3,)").kind, CN_VALUE_LIST);
    assert_int_equal(parse(state, "(3,)").count, 1);
    assert_int_equal(parse(state, "(3)").kind, CN_VALUE_INT);
    assert_int_equal(parse(state, "[3]").kind, CN_VALUE_LIST);
    assert_int_equal(parse(state, "()").count, 0);
    assert_int_equal(parse(state, "[0,1,2,3,4,5,6,7,8,9,10]").items[10].integer, 10);
}

static void maps_keep_their_keys_texts(void **state)
{
    cn__value map = parse(state, "{0: 2.0, 'big one': .5, c=relu}");
    assert_int_equal(map.kind, CN_VALUE_MAP);
    assert_int_equal(map.count, 3);
    assert_string_equal(map.names[0], "0");
    assert_true(cn__value_get(&map, "0")->number == 2);
    assert_true(cn__value_get(&map, "big one")->number == .5);
    assert_string_equal(cn__value_get(&map, "c")->word, "relu");
    assert_null(cn__value_get(&map, "C"));
    assert_contains(refusal(state, "{0: 1, 0: 2}"), "twice\n  {0: 1, 0: 2}\n         ^");
    assert_int_equal(parse(state, "{}").count, 0);
}

static void a_refusal_points_to_the_place(void **state)
{
    assert_contains(refusal(state, "adam(0.1"),
                    "expected ',' or ')', found the end\n  adam(0.1\n          ^");
    assert_contains(refusal(state, "adam(a=1=2)"),
                    "expected ',' or ')', found '='\n  adam(a=1=2)\n          ^");
    assert_contains(refusal(state, "[1 2]"), "expected ',' or ']', found '2'\n  [1 2]\n     ^");
    assert_contains(refusal(state, "f(größe ü)"), "found 'ü'\n  f(größe ü)\n          ^");
    assert_contains(refusal(state, ""), "expected a value, found the end");
    assert_contains(refusal(state, "a b"), "expected the end after a whole value, found 'b'");
    assert_contains(refusal(state, "[1,,2]"), "expected a value, found ','");
    assert_contains(refusal(state, "{1}"), "expected ':' after the key, found '}'");
    assert_contains(refusal(state, "f('abc)"), "never closed\n  f('abc)\n    ^");
    assert_contains(refusal(state, "f(a=)"), "expected a value, found ')'");
    assert_contains(refusal(state, "3(4)"), "expected a name before '('");
    assert_contains(refusal(state, "none(4)"), "expected a name before '('");
    assert_contains(refusal(state, "[1,\n 2;\n 3]"), "found ';'\n   2;\n    ^");
}

static void a_refusal_shows_a_window_of_a_long_text(void **state)
{
    char text[4000];
    memset(text, 'a', sizeof text);
    text[2000] = '!';
    text[sizeof text - 1] = '\0';
    const char *message = refusal(state, text);
    assert_true(strlen(message) < 400);
    const char *shown = strchr(message, '\n') + 1, *mark = strchr(shown, '\n') + 1;
    assert_int_equal(shown[strcspn(mark, "^")], '!');
}

static void nesting_has_a_limit(void **state)
{
    char text[300] = "";
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    parse(state, text);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_int_equal(parse(state, text).count, 1);
    memset(text, '[', 66);
    memset(text + 66, ']', 66);
    assert_contains(refusal(state, text), "more than 64 deep");
    memset(text, '(', 299);
    assert_contains(refusal(state, text), "more than 64 deep");
}

static void a_top_level_list_needs_no_brackets(void **state)
{
    cn__value list = {0};
    assert_int_equal(cn__value_parse_list(*state, " accuracy, mae,\n top_k(k=3, name='x, y') ", &list),
                     CN_OK);
    assert_int_equal(list.kind, CN_VALUE_LIST);
    assert_int_equal(list.count, 3);
    assert_string_equal(cn__value_name(&list.items[2]), "top_k");
    assert_int_equal(cn__value_parse_list(*state, " ", &list), CN_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(cn__value_parse_list(*state, "a, b)", &list), CN_ERROR_ARGUMENT);
    assert_contains(cn_error(), "expected ',' or the end, found ')'\n  a, b)\n      ^");
}

static void a_failure_leaves_the_result_alone(void **state)
{
    cn__value value = {.kind = CN_VALUE_INT, .integer = 5};
    assert_int_equal(cn__value_parse(*state, "f(1", &value), CN_ERROR_ARGUMENT);
    assert_int_equal(value.integer, 5);
}

static void assert_printed(void **state, const char *text, const char *expected)
{
    cn__value value = parse(state, text);
    assert_string_equal(cn__value_text(*state, &value), expected);
}

static void values_print_in_one_form(void **state)
{
    assert_printed(state, "0.001", "0.001");
    assert_printed(state, "1e-7", "1e-07");
    assert_printed(state, "0.1", "0.1");
    assert_printed(state, "0.30000000000000004", "0.30000000000000004");
    assert_printed(state, "5.", "5.0");
    assert_printed(state, "1e15", "1e+15");
    assert_printed(state, "-Infinity", "-inf");
    assert_printed(state, "(1,)", "[1]");
    assert_printed(state, "{0:1,'b c':None}", "{0: 1, 'b c': none}");
    assert_printed(state, "f ( 1,a = 'x' , b= 'true')", "f(1, a=x, b='true')");
    assert_printed(state, "['1', '1e5', '', \"it's\", 'a\nb', 'a.b']",
                   "['1', '1e5', '', 'it\\'s', 'a\\nb', a.b]");
    assert_printed(state, "'a.b'(f())", "'a.b'(f())");
    assert_printed(state, "f(x=1, m.a(1), a.6b(1), c.(2))", "f(x=1, a(1), a.6b(1), c.(2))");
}

static bool same(const cn__value *a, const cn__value *b)
{
    bool named = a->kind == CN_VALUE_MAP || a->kind == CN_VALUE_CALL;
    if (a->kind != b->kind || a->count != b->count || a->boolean != b->boolean || a->integer != b->integer)
        return false;
    if (memcmp(&a->number, &b->number, sizeof a->number) != 0) return false;
    if (!a->word != !b->word || (a->word && strcmp(a->word, b->word) != 0)) return false;
    for (size_t i = 0; i < a->count; i++) {
        const char *x = named ? a->names[i] : NULL, *y = named ? b->names[i] : NULL;
        if (!x != !y || (x && strcmp(x, y) != 0) || !same(&a->items[i], &b->items[i])) return false;
    }
    return true;
}

/* Random values: numbers drawn from a stream, one after the other. */
typedef struct source {
    cn__arena *arena;
    cn__stream stream;
    uint64_t next;
} source;

static uint32_t draw(source *s, uint32_t below) { return cn__random_u32(&s->stream, s->next++) % below; }

static const char *random_word(source *s)
{
    static const char letters[] = "ab1_-./ '\"\\,=:()[]{}\n\t+e.tru\x7f";
    size_t size = draw(s, 6);
    char *word = cn__arena_alloc(s->arena, size + 1);
    for (size_t i = 0; i < size; i++) word[i] = letters[draw(s, sizeof letters - 1)];
    return word;
}

static double random_double(source *s)
{
    double number;
    do {
        uint64_t bits = (uint64_t)draw(s, UINT32_MAX) << 32 | draw(s, UINT32_MAX);
        memcpy(&number, &bits, sizeof number);
    } while (isnan(number));
    return number;
}

static cn__value random_value(source *s, int depth)
{
    cn__value value = {.kind = (cn__value_kind)draw(s, depth ? 8 : 5)};
    if (value.kind == CN_VALUE_BOOL) value.boolean = draw(s, 2);
    if (value.kind == CN_VALUE_INT)
        value.integer = (int64_t)((uint64_t)draw(s, UINT32_MAX) << 32 | draw(s, UINT32_MAX));
    if (value.kind == CN_VALUE_INT) value.number = (double)value.integer;
    if (value.kind == CN_VALUE_FLOAT) value.number = random_double(s);
    if (value.kind == CN_VALUE_WORD || value.kind == CN_VALUE_CALL) value.word = random_word(s);
    if (value.kind < CN_VALUE_LIST) return value;
    value.count = draw(s, 4);
    value.items = cn__arena_array(s->arena, value.count + 1, sizeof *value.items);
    value.names = cn__arena_array(s->arena, value.count + 1, sizeof *value.names);
    bool named = value.kind == CN_VALUE_MAP;
    for (size_t i = 0; i < value.count; i++) {
        named = named || (value.kind == CN_VALUE_CALL && draw(s, 2));
        if (named) value.names[i] = cn__arena_format(s->arena, "%s%zu", random_word(s), i);
        value.items[i] = random_value(s, depth - 1);
    }
    return value;
}

static void what_is_printed_reads_back_as_the_same_value(void **state)
{
    source s = {.arena = *state, .stream = cn__random_stream(1, CN_RANDOM_DATA, 0, 0)};
    for (int i = 0; i < 3000; i++) {
        cn__value value = random_value(&s, 3), back = {0};
        const char *text = cn__value_text(*state, &value);
        if (cn__value_parse(*state, text, &back) != CN_OK) fail_msg("%s: %s", text, cn_error());
        if (!same(&value, &back)) fail_msg("%s -> %s", text, cn__value_text(*state, &back));
    }
}

/* Random characters: whatever is taken for a value is one that prints and reads back. */
static void no_text_does_harm(void **state)
{
    static const char letters[] = "ab1.,,==::(())[[]]{{}}''\"\\ \n-e+\xc3\xbc\xff_";
    source s = {.arena = *state, .stream = cn__random_stream(2, CN_RANDOM_DATA, 0, 0)};
    size_t parsed = 0;
    for (int i = 0; i < 20000; i++) {
        char text[16];
        size_t size = draw(&s, sizeof text);
        for (size_t j = 0; j < size; j++) text[j] = letters[draw(&s, sizeof letters - 1)];
        text[size] = '\0';
        cn__value value = {0}, back = {0};
        if (cn__value_parse(*state, text, &value) != CN_OK) continue;
        parsed++;
        assert_int_equal(cn__value_parse(*state, cn__value_text(*state, &value), &back), CN_OK);
        if (!same(&value, &back)) fail_msg("%s -> %s", text, cn__value_text(*state, &value));
    }
    if (parsed < 500 || parsed > 5000) fail_msg("%zu of 20000 texts are values: too few or too many", parsed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_arena, free_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers_and_floats_are_told_apart),
        TEST(numbers_beyond_their_type_are_refused),
        TEST(constants_are_read_as_python_and_json_write_them),
        TEST(words_may_be_bare_or_quoted),
        TEST(calls_nest_as_a_keras_user_types_them),
        TEST(arguments_may_have_no_name),
        TEST(modules_before_a_called_name_are_dropped),
        TEST(lists_and_tuples_are_lists),
        TEST(maps_keep_their_keys_texts),
        TEST(a_refusal_points_to_the_place),
        TEST(a_refusal_shows_a_window_of_a_long_text),
        TEST(nesting_has_a_limit),
        TEST(a_top_level_list_needs_no_brackets),
        TEST(a_failure_leaves_the_result_alone),
        TEST(values_print_in_one_form),
        TEST(what_is_printed_reads_back_as_the_same_value),
        TEST(no_text_does_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
