/* What a reader sees in a figure: hues, marks, values, bars from zero, and rings where lines cross. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "figure/draw.h"
#include "figure/support.h"

/* ---- looks ------------------------------------------------------------------------------------------------ */

static void splits_keep_their_hue_and_dash(void **state)
{
    (void)state;
    static const double y[] = {1, 2, 3};
    static const cn__series series[] = {
        {.name = "training", .split = CN_SPLIT_TRAINING, .count = 3, .y = y},
        {.name = "validation", .split = CN_SPLIT_VALIDATION, .count = 3, .y = y},
        {.name = "test", .split = CN_SPLIT_TEST, .count = 3, .y = y},
        {.name = "difference", .split = CN_SPLIT_DIFFERENCE, .count = 3, .y = y}};
    const cn__panel panel = {.series = series, .series_count = 4};
    char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 680, CN_SVG_FILE);
    assert_has(svg,
               "class=\"s-training\" fill=\"none\" stroke=\"#0072B2\" stroke-width=\"2\" stroke-linejoin");
    assert_has(svg, "class=\"s-validation\" fill=\"none\" stroke=\"#D55E00\" stroke-width=\"2\" "
                    "stroke-dasharray=\"7 4\" stroke-linejoin");
    assert_has(svg, "class=\"s-test\" fill=\"none\" stroke=\"#7B5EA7\" stroke-width=\"2\" "
                    "stroke-dasharray=\"0.1 4\" stroke-linecap=\"round\"");
    assert_has(svg, "class=\"s-difference\" fill=\"none\" stroke=\"#00846B\"");
    cn__free(svg);
}

static void networks_keep_their_hue_in_bars_and_lines(void **state)
{
    (void)state;
    static const char *const hues[] = {"#0072B2", "#E69F00", "#009E73", "#CC79A7",
                                       "#56B4E9", "#D55E00", "#6B7280", "#0072B2"};
    for (int kind = 0; kind < 2; kind++)
        for (int network = 1; network <= 8; network++) {
            static const double y[] = {1, 2};
            char expected[64];
            const cn__series series = {.name = "n", .network = network, .count = 2, .y = y};
            const cn__panel panel = {
                .kind = kind ? CN_PANEL_BARS : CN_PANEL_LINES, .series = &series, .series_count = 1};
            char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 400, CN_SVG_FILE);
            snprintf(expected, sizeof expected, "fill=\"%s\"", hues[network - 1]);
            assert_has(svg, expected);
            cn__free(svg);
        }
}

static void colours_have_a_light_and_a_dark_set(void **state)
{
    (void)state;
    cn__text style = {0};
    cn__figure_style(&style);
    assert_int_equal(count_of(style.data, "--cn-validation:#D55E00;"), 1);
    assert_int_equal(count_of(style.data, "--cn-validation:#FF9A57;"), 2); /* by the system, by the page */
    assert_has(style.data, "@media screen and (prefers-color-scheme:dark)");
    for (int i = CN_COLOUR_INK; i < CN_COLOUR_COUNT; i++) {
        char rule[64];
        snprintf(rule, sizeof rule, ".f-%s{fill:var(--cn-%s)}", cn__colour_name((cn__colour)i),
                 cn__colour_name((cn__colour)i));
        assert_has(style.data, rule);
    }
    cn__text_free(&style);
}

static void few_points_are_marked_and_many_are_not(void **state)
{
    (void)state;
    for (size_t n = 29; n <= 32; n++) {
        static double y[32];
        for (size_t i = 0; i < n; i++) y[i] = 1.0 / (double)(i + 1);
        const cn__series series = {.split = CN_SPLIT_TRAINING, .count = n, .y = y};
        const cn__panel panel = {.series = &series, .series_count = 1};
        char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 680, CN_SVG_INLINE);
        assert_int_equal(count_of(svg, "<circle"), n <= 30 ? n : 0);
        cn__free(svg);
    }
}

static void the_best_epoch_is_marked_with_its_value(void **state)
{
    (void)state;
    char *svg = svg_named("history5", 960);
    assert_has(svg, ">0.918</text>");
    assert_has(svg, ">0.298</text>");
    cn__free(svg);
}

static void bars_carry_their_values(void **state)
{
    (void)state;
    char *svg = svg_named("comparison", 960);
    static const char *const values[] = {"0.908", "0.963", "0.968", "0.326", "0.163", "0.110"};
    for (size_t i = 0; i < COUNT(values); i++) {
        char text[32];
        snprintf(text, sizeof text, ">%s</text>", values[i]);
        assert_has(svg, text);
    }
    cn__free(svg);
}

static void a_tiny_bar_beside_long_ones_is_zero(void **state)
{
    (void)state;
    static const double mixed[] = {0.2, 0.0004, 0}, tiny[] = {0.0002, 0.0004, 0};
    for (int all = 0; all < 2; all++) {
        const cn__series series = {.count = 3, .y = all ? tiny : mixed};
        const cn__panel panel = {.kind = CN_PANEL_BARS, .series = &series, .series_count = 1};
        char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 680, CN_SVG_INLINE);
        assert_int_equal(count_of(svg, ">0.000</text>"), all ? 1 : 2);
        if (all) assert_has(svg, ">4×10⁻⁴</text>");
        cn__free(svg);
    }
}

static void a_y_title_that_repeats_the_panel_is_left_out(void **state)
{
    (void)state;
    static const double y[] = {1, 2};
    static const char *const titles[] = {"Loss", "Mean loss"};
    for (int i = 0; i < 2; i++) {
        const cn__series series = {.count = 2, .y = y};
        const cn__panel panel = {
            .title = "Loss", .y = {.title = titles[i]}, .series = &series, .series_count = 1};
        const cn__figure figure = {.panels = &panel, .panel_count = 1};
        char *svg = svg_of(&figure, 400, CN_SVG_INLINE);
        assert_int_equal(count_of(svg, "oss</text>"), i + 1);
        cn__free(svg);
    }
}

/* The heights of all bars of a class, in the order of drawing. */
static size_t bar_heights(const char *svg, double *out, size_t room)
{
    size_t n = 0;
    for (const char *p = svg; (p = strstr(p, "<rect")) && n < room; p++)
        out[n++] = attribute_of(p, "height", 0);
    return n;
}

static void bars_are_as_long_as_their_values_from_zero(void **state)
{
    (void)state;
    static const double y[] = {0.5, 1, 2, 0.25};
    const cn__series series = {.count = 4, .y = y};
    const cn__panel panel = {.kind = CN_PANEL_BARS, .series = &series, .series_count = 1};
    char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 680, CN_SVG_INLINE);
    double heights[8];
    assert_int_equal(bar_heights(svg, heights, 8), 4);
    for (int i = 0; i < 4; i++) assert_true(fabs(heights[i] / heights[1] - y[i]) < 0.001);
    cn__free(svg);
}

/* The axis begins at the left edge, and its title is as near to it as a panel's is to what it heads. */
static void names_over_lying_bars_stand_clear_of_their_axis(void **state)
{
    (void)state;
    static text_box boxes[MOST_TEXTS];
    static const char *const names[] = {"Model-5-ReLU-random-normal", "Model-5-ReLU-glorot-uniform"};
    static const double y[] = {1, 2};
    static const cn__series series[] = {{.name = "p", .count = 2, .y = y},
                                        {.name = "q", .count = 2, .y = y},
                                        {.name = "r", .count = 2, .y = y}};
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .series = series,
                             .series_count = 3,
                             .categories = names,
                             .category_count = 2,
                             .x = {.title = "Model"}};
    cn__ruler *ruler = cn__ruler_new();
    char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 250, CN_SVG_INLINE);
    size_t n = find_texts(ruler, svg, boxes), found = 0;
    double title = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(boxes[i].text, "Model") == 0) title = boxes[i].bottom;
        if (strcmp(boxes[i].text, names[0]) && strcmp(boxes[i].text, names[1])) continue;
        assert_true(boxes[i].left >= 3 && boxes[i].left <= 6);
        if (!found++) assert_true(boxes[i].top > title && boxes[i].top < title + 20);
    }
    assert_int_equal(found, 2);
    assert_true(title > 0);
    cn__free(svg);
    cn__ruler_free(ruler);
}

/* Accuracies of 0.9 ± 0.3 and 0.2 ± 0.3: the axis ends at 0 and 1, and so do the bands. */
static void bands_end_where_values_do(void **state)
{
    (void)state;
    static const double y[] = {0.2, 0.9, 1}, deviation[] = {0.3, 0.3, 0};
    const cn__series series = {.name = "five seeds", .count = 3, .y = y, .deviation = deviation};
    cn__panel panel = {.series = &series, .series_count = 1, .y = {.ceiling = 1}};
    const cn__axis free = {0};
    assert_true(cn__band_edge(&panel.y, &series, 0, -1) == 0 &&
                cn__band_edge(&panel.y, &series, 0, 1) == 0.5);
    assert_true(cn__band_edge(&panel.y, &series, 1, 1) == 1 && cn__band_edge(&panel.y, &series, 2, 1) == 1);
    assert_true(cn__band_edge(&free, &series, 0, -1) == 0.2 - 0.3 &&
                cn__band_edge(&free, &series, 1, 1) == 0.9 + 0.3);
    char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 480, CN_SVG_INLINE);
    assert_has(svg, ">1.0<");
    assert_null(strstr(svg, ">1.2<"));
    assert_null(strstr(svg, ">-0.2<"));
    cn__free(svg);
}

static void zeros_of_a_confusion_are_blank_and_margins_are_computed(void **state)
{
    (void)state;
    static const double counts[] = {8, 2, 0, 10};
    const cn__panel panel = {.kind = CN_PANEL_HEAT,
                             .heat = {.form = CN_HEAT_CONFUSION,
                                      .rows = 2,
                                      .columns = 2,
                                      .values = counts,
                                      .support = "Support",
                                      .recall = "Recall",
                                      .precision = "Precision"}};
    char *svg = svg_of(&(cn__figure){.panels = &panel, .panel_count = 1}, 680, CN_SVG_INLINE);
    assert_int_equal(count_of(svg, "class=\"f-training\""), 2);
    assert_int_equal(count_of(svg, "class=\"f-validation\""), 1);
    assert_has_not(svg, ">0</text>");
    assert_int_equal(count_of(svg, ">10</text>"), 3); /* the cell and both supports */
    assert_int_equal(count_of(svg, ">0.80</text>"), 1);
    assert_int_equal(count_of(svg, ">0.83</text>"), 1);
    assert_int_equal(count_of(svg, ">1.00</text>"), 2);
    cn__free(svg);
}

/* ---- crossings -------------------------------------------------------------------------------------------- */

static void assert_crossings(const double *a, const double *b, size_t n, size_t count, const double *expected)
{
    double found[8][2];
    const cn__series one = {.count = n, .y = a}, two = {.count = n, .y = b};
    assert_int_equal(cn__series_crossings(&one, &two, found, 8), count);
    assert_int_equal(cn__series_crossings(&two, &one, NULL, 0), count);
    for (size_t i = 0; i < 2 * count; i++) assert_true(fabs(found[i / 2][i % 2] - expected[i]) < 1e-12);
}

static void lines_cross_where_straight_lines_do(void **state)
{
    (void)state;
    assert_crossings((double[]){0, 2}, (double[]){1, 1}, 2, 1, (double[]){1.5, 1});
    assert_crossings((double[]){0, 4, 0}, (double[]){1, 1, 1}, 3, 2, (double[]){1.25, 1, 2.75, 1});
    assert_crossings((double[]){0, 1, 2}, (double[]){1, 1, 1}, 3, 1, (double[]){2, 1}); /* at a point */
    assert_crossings((double[]){0, 1, 1, 1, 2}, (double[]){1, 1, 1, 1, 1}, 5, 1, (double[]){3, 1});
    assert_crossings((double[]){0, 1, 0}, (double[]){1, 1, 1}, 3, 0, NULL);   /* touched */
    assert_crossings((double[]){1, 1, 1}, (double[]){1, 1, 1}, 3, 0, NULL);   /* the same */
    assert_crossings((double[]){0, NAN, 2}, (double[]){1, 1, 1}, 3, 0, NULL); /* a gap between */
    assert_crossings((double[]){0, INFINITY}, (double[]){1, 1}, 2, 0, NULL);
    assert_crossings(NULL, NULL, 0, 0, NULL);
}

static void rings_are_drawn_and_explained_only_where_lines_cross(void **state)
{
    (void)state;
    char *svg = svg_named("history5", 960), *without = svg_named("constant", 960);
    size_t rings = count_of(svg, "r=\"7.5\"");
    assert_int_equal(rings, 4); /* three of the accuracies, one of the losses */
    assert_has(svg, ">Cruce</text>");
    assert_has_not(without, "r=\"7.5\"");
    assert_has_not(without, ">Crossing</text>");
    cn__free(svg);
    cn__free(without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_keep_their_hue_and_dash),
        cmocka_unit_test(networks_keep_their_hue_in_bars_and_lines),
        cmocka_unit_test(colours_have_a_light_and_a_dark_set),
        cmocka_unit_test(few_points_are_marked_and_many_are_not),
        cmocka_unit_test(the_best_epoch_is_marked_with_its_value),
        cmocka_unit_test(bars_carry_their_values),
        cmocka_unit_test(a_tiny_bar_beside_long_ones_is_zero),
        cmocka_unit_test(a_y_title_that_repeats_the_panel_is_left_out),
        cmocka_unit_test(bars_are_as_long_as_their_values_from_zero),
        cmocka_unit_test(names_over_lying_bars_stand_clear_of_their_axis),
        cmocka_unit_test(bands_end_where_values_do),
        cmocka_unit_test(zeros_of_a_confusion_are_blank_and_margins_are_computed),
        cmocka_unit_test(lines_cross_where_straight_lines_do),
        cmocka_unit_test(rings_are_drawn_and_explained_only_where_lines_cross),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
