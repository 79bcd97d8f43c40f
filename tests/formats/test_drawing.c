/* Drawings of networks: a box a layer, an arrow for each pair that is connected, names as text. */
#include "formats/support.h"

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = strstr(text, part); p; p = strstr(p + 1, part)) n++;
    return n;
}

static char *drawing_of(const char *notation)
{
    cn_model *model = cn_model_from_notation("net", notation);
    if (!model) fail_msg("%s: %s", notation, cn_error());
    char *svg = cn_model_to_svg(model);
    if (!svg) fail_msg("%s: %s", notation, cn_error());
    cn_model_free(model);
    return svg;
}

static void each_layer_is_a_box_and_each_connection_an_arrow(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        size_t layers, arrows;
    } cases[] = {
        {"dense 3", 1, 0},
        {"input 4; dense 3; dense 2", 3, 2},
        {"input 4; dense 4 name=a; dense 4 name=b; dense 4 name=c; add from=[a, c]; add from=[a, b]", 6, 7},
        {"input 4; dense 4 name=s; input 4 name=r; call s from=r name=t; subtract from=[s, t]", 4, 3},
        {"input 4 name=i; dense 2 name=a; dense 3 from=i name=b; dense 1 from=i", 4, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *svg = drawing_of(cases[i].notation), *again = drawing_of(cases[i].notation);
        assert_string_equal(svg, again);
        assert_int_equal(count(svg, "<rect"), cases[i].layers);
        assert_int_equal(count(svg, "class=\"h\""), cases[i].arrows);
        assert_int_equal(count(svg, "nan"), 0);
        cn_text_free(svg);
        cn_text_free(again);
    }
}

static void boxes_have_shapes_and_parameters(void **state)
{
    (void)state;
    char *svg = drawing_of("input 28 28 1; conv2d 8 3; flatten; dense 10");
    assert_int_equal(count(svg, "(None, 26, 26, 8), 80 parameters"), 1);
    assert_int_equal(count(svg, "(None, 5408)"), 1);
    assert_int_equal(count(svg, "54,090 parameters"), 1);
    cn_text_free(svg);
}

static void names_are_text(void **state)
{
    (void)state;
    cn_model *model = cn_model_new("a<b>&\"c");
    assert_ok(cn_model_add(model, cn_input(3)));
    assert_ok(cn_model_add(model, cn_dense(2, .name = "<script>alert(1)")));
    char *svg = cn_model_to_svg(model);
    assert_non_null(svg);
    assert_int_equal(count(svg, "<script"), 0);
    assert_int_equal(count(svg, "&lt;script&gt;alert(1)"), 1);
    cn_text_free(svg);
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_layer_is_a_box_and_each_connection_an_arrow),
        cmocka_unit_test(boxes_have_shapes_and_parameters),
        cmocka_unit_test(names_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
