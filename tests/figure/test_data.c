/* What a figure gives beside pictures: the data under the pointer, and Plotly's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "figure/support.h"

/* ---- hover -------------------------------------------------------------------------------------------------- */

static bool has_number(const json_t *list, size_t i, double low, double high)
{
    double value = json_number_value(json_array_get(list, i));
    return json_is_number(json_array_get(list, i)) && value >= low - 0.02 && value <= high + 0.02;
}

static void check_groups(const char *svg, const json_t *panel)
{
    const json_t *plot = json_object_get(panel, "plot"), *group, *value;
    bool across = json_is_true(json_object_get(panel, "across"));
    double from[2], to[2];
    for (size_t i = 0; i < 2; i++) {
        from[i] = json_number_value(json_array_get(plot, i));
        to[i] = from[i] + json_number_value(json_array_get(plot, i + 2));
    }
    size_t i, k;
    json_array_foreach(json_object_get(panel, "groups"), i, group)
    {
        double at = json_number_value(json_object_get(group, "at"));
        assert_true(at >= from[across] - 0.02 && at <= to[across] + 0.02);
        json_array_foreach(json_object_get(group, "values"), k, value)
        {
            char key[64];
            snprintf(key, sizeof key, "class=\"series\" data-series=\"%d\"",
                     (int)json_integer_value(json_array_get(value, 0)));
            assert_has(svg, key);
            assert_true(has_number(value, 2, from[!across], to[!across]));
        }
    }
}

static void check_hover(const char *name, const cn__figure *figure, double width)
{
    json_t *hover, *panel;
    size_t i;
    double height;
    (void)name;
    assert_int_equal(cn__figure_hover(figure, width, &hover), CN_OK);
    assert_int_equal(cn__figure_height(figure, width, &height), CN_OK);
    assert_true(json_number_value(json_object_get(hover, "width")) == width);
    assert_true(json_number_value(json_object_get(hover, "height")) == height);
    assert_int_equal(json_array_size(json_object_get(hover, "panels")), figure->panel_count);
    char *svg = svg_of(figure, width, CN_SVG_INLINE);
    json_array_foreach(json_object_get(hover, "panels"), i, panel) check_groups(svg, panel);
    json_decref(hover);
    cn__free(svg);
}

static void hover_data_lie_in_the_plot_and_name_what_is_drawn(void **state)
{
    (void)state;
    for_all(check_hover);
}

/* Is there a shape of that kind whose two coordinates are these? */
static bool has_shape(const char *svg, const char *tag, const char *x_name, const char *y_name, double x,
                      double y)
{
    for (const char *p = svg; (p = strstr(p, tag)); p++)
        if (fabs(attribute_of(p, x_name, -1) - x) < 0.011 && fabs(attribute_of(p, y_name, -1) - y) < 0.011)
            return true;
    return false;
}

static void hover_points_are_where_the_markers_are(void **state)
{
    (void)state;
    json_t *hover, *panel, *group;
    size_t p, g, found = 0;
    char *svg = svg_named("history5", 960);
    assert_int_equal(cn__figure_hover(history5(), 960, &hover), CN_OK);
    json_array_foreach(json_object_get(hover, "panels"), p, panel)
    {
        json_array_foreach(json_object_get(panel, "groups"), g, group)
        {
            const json_t *training = json_array_get(json_object_get(group, "values"), 0);
            double x = json_number_value(json_object_get(group, "at"));
            double y = json_number_value(json_array_get(training, 2));
            assert_true(json_number_value(json_array_get(training, 1)) == (p ? loss5 : accuracy5)[g]);
            found += has_shape(svg, "<circle", "cx", "cy", x, y);
        }
    }
    assert_int_equal(found, 10);
    json_decref(hover);
    cn__free(svg);
}

/* ---- Plotly ------------------------------------------------------------------------------------------------- */

/* "x2" -> layout.xaxis2 is there, and its domain lies in 0 … 1. */
static void check_axis(const char *name, const json_t *layout, const json_t *trace, char letter)
{
    char key[32], field[8];
    snprintf(field, sizeof field, "%caxis", letter);
    const char *axis = json_string_value(json_object_get(trace, field));
    assert_non_null(axis);
    assert_int_equal(axis[0], letter);
    snprintf(key, sizeof key, "%caxis%s", letter, axis + 1);
    const json_t *domain = json_object_get(json_object_get(layout, key), "domain");
    if (!domain) fail_msg("%s: layout has no %s", name, key);
    double from = json_number_value(json_array_get(domain, 0)),
           to = json_number_value(json_array_get(domain, 1));
    if (!(from >= 0 && from < to && to <= 1)) fail_msg("%s: %s from %g to %g", name, key, from, to);
}

static void check_trace(const char *name, const json_t *layout, const json_t *trace)
{
    static const char *const types[] = {"scatter", "bar", "heatmap", "image"};
    const char *type = json_string_value(json_object_get(trace, "type"));
    bool known = false;
    for (size_t i = 0; i < COUNT(types); i++) known |= strcmp(type, types[i]) == 0;
    if (!known) fail_msg("%s: a trace of type %s", name, type);
    check_axis(name, layout, trace, 'x');
    check_axis(name, layout, trace, 'y');
    const json_t *x = json_object_get(trace, "x"), *y = json_object_get(trace, "y"),
                 *z = json_object_get(trace, "z");
    if (z) {
        assert_int_equal(json_array_size(z), json_array_size(y));
        for (size_t i = 0; i < json_array_size(z); i++)
            assert_int_equal(json_array_size(json_array_get(z, i)), json_array_size(x));
    } else if (x) {
        assert_int_equal(json_array_size(x), json_array_size(y));
    } else {
        assert_string_equal(type, "image");
        assert_memory_equal(json_string_value(json_object_get(trace, "source")), "data:image/png;base64,",
                            22);
    }
}

static void check_plotly(const char *name, const cn__figure *figure, double width)
{
    json_t *plotly, *trace;
    size_t i, shown = 0;
    if (width != 680) return; /* one for all widths */
    assert_int_equal(cn__figure_plotly(figure, &plotly), CN_OK);
    const json_t *data = json_object_get(plotly, "data"), *layout = json_object_get(plotly, "layout");
    assert_true(json_is_array(data) && json_is_object(layout));
    json_array_foreach(data, i, trace)
    {
        check_trace(name, layout, trace);
        shown += json_is_true(json_object_get(trace, "showlegend"));
    }
    char *svg = svg_of(figure, 680, CN_SVG_INLINE), *text = json_dumps(plotly, JSON_COMPACT);
    assert_non_null(text); /* valid UTF-8, no NaN */
    if (!strstr(name, "_sorts") && !strstr(name, "many_") && !strstr(name, "no_"))
        if (count_of(svg, "class=\"legend\"") != shown) fail_msg("%s: %zu in Plotly's legend", name, shown);
    free(text);
    cn__free(svg);
    json_decref(plotly);
}

static void long_names_are_broken_in_plotly(void **state)
{
    (void)state;
    static const double y[] = {1, 2, 3};
    static const char *const names[] = {"short", "Modelo-6-ReLU-batch-16", "A hidden layer"};
    const cn__series series = {.count = 3, .y = y};
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .series = &series,
                             .series_count = 1,
                             .categories = names,
                             .category_count = 3};
    json_t *plotly;
    assert_int_equal(cn__figure_plotly(&(cn__figure){.panels = &panel, .panel_count = 1}, &plotly), CN_OK);
    const json_t *axis = json_object_get(json_object_get(plotly, "layout"), "xaxis"),
                 *texts = json_object_get(axis, "ticktext");
    assert_string_equal(json_string_value(json_array_get(texts, 0)), "short");
    assert_string_equal(json_string_value(json_array_get(texts, 1)), "Modelo-6-ReLU-<br>batch-16");
    assert_string_equal(json_string_value(json_array_get(texts, 2)), "A hidden layer");
    assert_string_equal(json_string_value(json_array_get(json_object_get(axis, "tickvals"), 1)), names[1]);
    json_decref(plotly);
}

/* Quartiles as numpy has them; whiskers end at the last values within 1.5 times their distance. */
static void a_box_has_quartiles_whiskers_and_what_lies_beyond(void **state)
{
    (void)state;
    static const double sorted[] = {-40, 1, 2, 3, 4, 5, 6, 7, 8, 60},
                        expected[] = {1, 2.25, 4.5, 6.75, 8, -40, 60};
    double box[7], few[5];
    assert_int_equal(cn__box_of(sorted, 10, 7, box), 7);
    for (size_t i = 0; i < 7; i++) assert_true(box[i] == expected[i]);
    assert_int_equal(cn__box_of(sorted, 10, 5, few), 5);
    assert_int_equal(cn__box_of(sorted, 0, 7, box), 0);
    assert_int_equal(cn__box_of(sorted, 1, 7, box), 5);
    assert_true(box[0] == -40 && box[4] == -40);
}

static void boxes_and_regions_are_drawn_everywhere(void **state)
{
    (void)state;
    static const double box[] = {1, 2, 3, 4, 5, 9}, x[] = {1, 2}, y[] = {2, 1}, falling[] = {5, 4, 3, 2, 1};
    static const int regions[] = {0, 0, 1, 1};
    static const char *const names[] = {"a", "b"};
    cn__series boxes[] = {{.count = 6, .y = box}, {.count = 5, .y = box}};
    const cn__series dots[] = {{.name = "p", .count = 2, .x = x, .y = y},
                               {.name = "q", .count = 2, .x = y, .y = y}};
    const cn__panel panels[] = {{.kind = CN_PANEL_BOXES,
                                 .series = boxes,
                                 .series_count = 2,
                                 .categories = names,
                                 .category_count = 2},
                                {.kind = CN_PANEL_SCATTER,
                                 .x = {.range = CN_RANGE_FIXED, .max = 3},
                                 .y = {.range = CN_RANGE_FIXED, .max = 3},
                                 .series = dots,
                                 .series_count = 2,
                                 .regions = regions,
                                 .region_rows = 2,
                                 .region_columns = 2}};
    const cn__figure figure = {.panels = panels, .panel_count = 2, .columns = 2};
    json_t *plotly, *hover;
    assert_int_equal(cn__figure_plotly(&figure, &plotly), CN_OK);
    const json_t *data = json_object_get(plotly, "data");
    assert_string_equal(json_string_value(json_object_get(json_array_get(data, 0), "type")), "box");
    assert_true(json_number_value(json_array_get(json_object_get(json_array_get(data, 0), "median"), 0)) ==
                3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(data, 2), "type")), "heatmap");
    assert_int_equal(cn__figure_hover(&figure, 700, &hover), CN_OK);
    const json_t *groups = json_object_get(json_array_get(json_object_get(hover, "panels"), 0), "groups");
    assert_int_equal(json_array_size(groups), 2);
    char *svg = svg_of(&figure, 700, CN_SVG_INLINE);
    assert_non_null(strstr(svg, "<circle")); /* what lies beyond the whiskers */
    cn__free(svg);
    json_decref(plotly), json_decref(hover);
    boxes[0] = (cn__series){.count = 5, .y = falling};
    assert_int_equal(cn__figure_plotly(&figure, &plotly), CN_ERROR_ARGUMENT);
}

/* Plotly knows a few elements of HTML, links among them. */
static void names_are_no_markup_in_plotly(void **state)
{
    (void)state;
    static const double y[] = {1, 2};
    static const char *const names[] = {"<a href='x'>a</a>", "A hidden <b>layer & more"};
    const cn__series series = {.name = "<b>", .count = 2, .y = y};
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .title = "<i>title",
                             .series = &series,
                             .series_count = 1,
                             .categories = names,
                             .category_count = 2};
    json_t *plotly;
    assert_int_equal(
        cn__figure_plotly(&(cn__figure){.title = "<s>", .panels = &panel, .panel_count = 1}, &plotly), CN_OK);
    char *text = json_dumps(plotly, JSON_COMPACT);
    assert_null(strstr(text, "<a"));
    assert_null(strstr(text, "<b>"));
    assert_null(strstr(text, "<i>"));
    assert_null(strstr(text, "<s>"));
    assert_non_null(strstr(text, "&lt;a href='x'"));
    assert_non_null(strstr(text, "A hidden &lt;b&gt;layer &amp; more"));
    free(text);
    json_decref(plotly);
}

static void every_plotly_trace_has_its_axes_and_as_many_x_as_y(void **state)
{
    (void)state;
    for_all(check_plotly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hover_data_lie_in_the_plot_and_name_what_is_drawn),
        cmocka_unit_test(hover_points_are_where_the_markers_are),
        cmocka_unit_test(long_names_are_broken_in_plotly),
        cmocka_unit_test(names_are_no_markup_in_plotly),
        cmocka_unit_test(a_box_has_quartiles_whiskers_and_what_lies_beyond),
        cmocka_unit_test(boxes_and_regions_are_drawn_everywhere),
        cmocka_unit_test(every_plotly_trace_has_its_axes_and_as_many_x_as_y),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
