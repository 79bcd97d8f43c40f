/* Figures that a training gone wrong or a careless caller makes: no data, one point, NaN, equal values,
 * very long names, very many things, very large numbers. */
#ifndef CN_TESTS_FIGURE_EDGES_H
#define CN_TESTS_FIGURE_EDGES_H

#include "figure/samples.h"

#define LONG_WORD "redneuronalcondosmilquinientassesentacapasocultasyunadesalida"
#define LONG_NAME                                                                                            \
    "Una red con un nombre que no acaba nunca, porque su autor lo cuenta todo: 784-512-relu-dropout-0.3"

/* One panel of lines with two series. */
static const cn__figure *two_lines(cn__figure *figure, cn__panel *panel, cn__series series[2],
                                   const double *a, const double *b, size_t n)
{
    series[0] = (cn__series){.name = "Training", .split = CN_SPLIT_TRAINING, .count = n, .y = a};
    series[1] =
        (cn__series){.name = "Validation", .split = CN_SPLIT_VALIDATION, .count = n, .y = b, .best = n};
    *panel = (cn__panel){.title = "Loss",
                         .empty = "no epoch was finished",
                         .x = {.title = "Epoch", .integer = true},
                         .y = {.title = "Cross-entropy"},
                         .series = series,
                         .series_count = 2,
                         .crossings = "Crossing"};
    *figure = (cn__figure){.title = "A training", .panels = panel, .panel_count = 1};
    return figure;
}

#define TWO_LINES(a, b, n)                                                                                   \
    static cn__figure figure;                                                                                \
    static cn__panel panel;                                                                                  \
    static cn__series series[2];                                                                             \
    return two_lines(&figure, &panel, series, a, b, n)

static const cn__figure *no_points(void) { TWO_LINES(NULL, NULL, 0); }

static const cn__figure *one_point(void)
{
    static const double a[] = {0.4137}, b[] = {0.3341};
    TWO_LINES(a, b, 1);
}

static const cn__figure *all_nan(void)
{
    static const double a[] = {NAN, NAN, INFINITY}, b[] = {NAN, -INFINITY, NAN};
    TWO_LINES(a, b, 3);
}

/* The loss of a run that diverges: a point alone between gaps, then nothing. */
static const cn__figure *diverged(void)
{
    static const double a[] = {0.7, 0.9, NAN, 2.1, NAN, INFINITY, NAN},
                        b[] = {0.8, 1.4, 3.0, 9.5, 47, NAN, NAN};
    TWO_LINES(a, b, 7);
}

static const cn__figure *constant(void)
{
    static const double a[] = {2.3026, 2.3026, 2.3026, 2.3026}, b[] = {2.3026, 2.3026, 2.3026, 2.3026};
    TWO_LINES(a, b, 4);
}

static const cn__figure *zeros(void)
{
    static const double a[] = {0, 0, 0}, b[] = {0, 0, 0};
    TWO_LINES(a, b, 3);
}

static const cn__figure *huge(void)
{
    static const double a[] = {3e9, 2.4e12, 8.1e11, 1e300}, b[] = {1e9, 1.1e12, 2e12, 1e12};
    TWO_LINES(a, b, 4);
}

static const cn__figure *tiny(void)
{
    static const double a[] = {3e-9, 2.4e-8, 8.1e-9}, b[] = {1e-9, 1.1e-8, 2e-310};
    TWO_LINES(a, b, 3);
}

/* Differences below the numbers' precision at their size. */
static const cn__figure *nearly_constant(void)
{
    static const double a[] = {1e15, 1e15 + 0.125, 1e15}, b[] = {1e15, 1e15, 1e15 + 0.25};
    TWO_LINES(a, b, 3);
}

static const cn__figure *thousand_epochs(void)
{
    static double a[1000], b[1000];
    for (int i = 0; i < 1000; i++) a[i] = 1 / (1 + 0.02 * i), b[i] = 0.2 + a[i] + 0.05 * wave(4, i);
    TWO_LINES(a, b, 1000);
}

/* A fixed range that most of the line leaves. */
static const cn__figure *cut(void)
{
    static const double y[] = {0.1, 3.4, 0.2, -2.0, 0.3, 0.45, 7, 7, 0.5};
    static const cn__series series[] = {
        {.name = "Training", .split = CN_SPLIT_TRAINING, .count = 9, .y = y, .best = 2}};
    static const cn__limit limits[] = {{"outside", 4}, {"upper", 0.9}, {"lower", 0.86}};
    static const cn__panel panels[] = {
        {.x = {.title = "Epoch", .integer = true, .range = CN_RANGE_FIXED, .min = 2, .max = 8},
         .y = {.title = "Loss", .range = CN_RANGE_FIXED, .min = 0, .max = 1},
         .series = series,
         .series_count = 1,
         .limits = limits,
         .limit_count = 3}};
    static const cn__figure figure = {.title = "Cut", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *long_names(void)
{
    static const cn__series series[] = {
        {.name = LONG_NAME, .split = CN_SPLIT_TRAINING, .count = 5, .y = accuracy5},
        {.name = LONG_WORD,
         .split = CN_SPLIT_VALIDATION,
         .count = 5,
         .y = val_accuracy5,
         .best = 4,
         .best_text = LONG_NAME}};
    static const cn__limit limits[] = {{LONG_NAME, 0.9}};
    static const cn__panel panels[] = {{.title = LONG_NAME LONG_NAME LONG_NAME,
                                        .x = {.title = LONG_NAME, .integer = true},
                                        .y = {.title = LONG_NAME LONG_WORD},
                                        .series = series,
                                        .series_count = 2,
                                        .limits = limits,
                                        .limit_count = 1,
                                        .crossings = LONG_NAME}};
    static const cn__figure figure = {.title =
                                          LONG_NAME " " LONG_WORD " " LONG_NAME " " LONG_NAME " " LONG_NAME,
                                      .panels = panels,
                                      .panel_count = 1};
    return &figure;
}

static const cn__figure *long_categories(void)
{
    static const char *const names[] = {LONG_NAME, LONG_WORD, "relu"};
    static const double values[] = {0.93, 0.91, 0.88};
    static const cn__series series[] = {
        {.name = "test accuracy", .split = CN_SPLIT_TEST, .count = 3, .y = values}};
    static const cn__limit limits[] = {{LONG_NAME, 0.9}};
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .x = {.title = "network"},
                                        .y = {.title = "accuracy"},
                                        .series = series,
                                        .series_count = 1,
                                        .categories = names,
                                        .category_count = 3,
                                        .limits = limits,
                                        .limit_count = 1}};
    static const cn__figure figure = {.title = "Long categories", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *signed_bars(void)
{
    static const char *const names[] = {"bias", "dense", "dropout"};
    static const double values[2][3] = {{-0.031, 0.052, NAN}, {0.012, -0.084, 0.0004}};
    static const cn__series series[] = {{.name = "first seed", .network = 1, .count = 3, .y = values[0]},
                                        {.name = "second seed", .network = 2, .count = 3, .y = values[1]}};
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .y = {.title = "change of accuracy"},
                                        .series = series,
                                        .series_count = 2,
                                        .categories = names,
                                        .category_count = 3}};
    static const cn__figure figure = {.title = "What each change brings", .panels = panels, .panel_count = 1};
    return &figure;
}

/* Sixteen networks, all of the seed's, in one figure. */
static const cn__figure *many_networks(void)
{
    static double values[16][8];
    static char names[16][40];
    static cn__series series[16];
    for (int s = 0; s < 16; s++) {
        for (int i = 0; i < 8; i++) values[s][i] = 0.1 + 0.02 * s + exp(-0.1 * (s + 3) * i);
        cn__format(names[s], sizeof names[s], "Modelo %d-%d", s + 1, 100 + 57 * s);
        series[s] = (cn__series){.name = names[s], .network = s + 1, .count = 8, .y = values[s]};
    }
    static const cn__panel panels[] = {{.x = {.title = "Época", .integer = true},
                                        .y = {.title = "Pérdida"},
                                        .series = series,
                                        .series_count = 16},
                                       {.kind = CN_PANEL_BARS,
                                        .x = {.title = "Época", .integer = true},
                                        .y = {.title = "Pérdida"},
                                        .series = series,
                                        .series_count = 16}};
    static const cn__figure figure = {.title = "Dieciséis redes", .panels = panels, .panel_count = 2};
    return &figure;
}

static const cn__figure *many_bars(void)
{
    static double values[100];
    for (int i = 0; i < 100; i++) values[i] = 1 + wave(9, i);
    static const cn__series series[] = {{.count = 100, .y = values}};
    static const cn__panel panels[] = {
        {.kind = CN_PANEL_BARS, .y = {.title = "value"}, .series = series, .series_count = 1}};
    static const cn__figure figure = {.title = "A hundred bars", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *no_bars(void)
{
    static const cn__panel panels[] = {
        {.kind = CN_PANEL_BARS, .empty = "nothing to compare", .y = {.title = "value"}},
        {.kind = CN_PANEL_HISTOGRAM, .empty = "no values", .x = {.title = "weight"}},
        {.kind = CN_PANEL_SCATTER, .empty = "no points"},
        {.kind = CN_PANEL_IMAGES, .empty = "no images"}};
    static const cn__figure figure = {.panels = panels, .panel_count = 4};
    return &figure;
}

/* Two classes; one of them is never predicted and never there. */
static const cn__figure *small_confusion(void)
{
    static const double counts[] = {12, 0, 0, 0};
    static const cn__panel panels[] = {{.kind = CN_PANEL_HEAT,
                                        .heat = {.form = CN_HEAT_CONFUSION,
                                                 .rows = 2,
                                                 .columns = 2,
                                                 .values = counts,
                                                 .support = "Support",
                                                 .recall = "Recall",
                                                 .precision = "Precision"}}};
    static const cn__figure figure = {.panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *large_confusion(void)
{
    enum { N = 40 };
    static double counts[N * N];
    static char names[N][48];
    static const char *pointers[N];
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < N; c++)
            counts[N * r + c] = r == c ? 12345 + 11 * r : (r * c) % 7 == 0 ? (r + c) % 5 : 0;
        cn__format(names[r], sizeof names[r], r % 9 ? "class %d" : "a class with a rather long name, %d", r);
        pointers[r] = names[r];
    }
    static const cn__panel panels[] = {{.kind = CN_PANEL_HEAT,
                                        .x = {.title = "Predicted"},
                                        .y = {.title = "True"},
                                        .heat = {.form = CN_HEAT_CONFUSION,
                                                 .rows = N,
                                                 .columns = N,
                                                 .values = counts,
                                                 .row_names = pointers,
                                                 .column_names = pointers,
                                                 .support = "Support",
                                                 .recall = "Recall",
                                                 .precision = "Precision"}}};
    static const cn__figure figure = {.title = "Forty classes", .panels = panels, .panel_count = 1};
    return &figure;
}

/* Signs that XML and JSON know, a control character, bytes that are no UTF-8. */
static const cn__figure *strange_text(void)
{
    static const double values[] = {1, 3, 2};
    static const cn__series series[] = {
        {.name = "a < b && \"c\" > 'd'", .network = 1, .count = 3, .y = values},
        {.name = "tab\there\x01, bad \xff\xc3 bytes", .network = 2, .count = 3, .y = values},
        {.name = "", .network = 3, .count = 3, .y = values},
        {.name = "中文 العربية ελληνικά", .network = 4, .count = 3, .y = values}};
    static const cn__panel panels[] = {{.title = "<script>alert(1)</script>",
                                        .x = {.title = "&amp;"},
                                        .y = {.title = "]]>"},
                                        .series = series,
                                        .series_count = 4}};
    static const cn__figure figure = {.title = "\"quoted\" & <tagged>",
                                      .alt = "line one\nline \"two\"",
                                      .panels = panels,
                                      .panel_count = 1};
    return &figure;
}

/* Images of all types and forms, one of them of NaN. */
static const cn__figure *mixed_images(void)
{
    static uint8_t colour[4 * 6 * 3], transparent[3 * 3 * 4];
    static float wide[2 * 40], not_numbers[4] = {NAN, INFINITY, 0.5f, 1};
    static int32_t tall[30 * 2];
    for (int i = 0; i < 4 * 6 * 3; i++) colour[i] = (uint8_t)(i * 3);
    for (int i = 0; i < 36; i++) transparent[i] = (uint8_t)(i * 7);
    for (int i = 0; i < 80; i++) wide[i] = (float)i / 80;
    for (int i = 0; i < 60; i++) tall[i] = i;
    static cn__image items[5];
    items[0] =
        (cn__image){.title = "colour", .pixels = cn_array_view(CN_UINT8, colour, 3, (size_t[]){4, 6, 3})};
    items[1] = (cn__image){.title = "see-through",
                           .pixels = cn_array_view(CN_UINT8, transparent, 3, (size_t[]){3, 3, 4})};
    items[2] =
        (cn__image){.title = LONG_NAME, .pixels = cn_array_view(CN_FLOAT32, wide, 2, (size_t[]){2, 40})};
    items[3] = (cn__image){.title = "tall", .pixels = cn_array_view(CN_INT32, tall, 3, (size_t[]){30, 2, 1})};
    items[4] = (cn__image){.pixels = cn_array_view(CN_FLOAT32, not_numbers, 2, (size_t[]){2, 2})};
    static const cn__panel panels[] = {
        {.kind = CN_PANEL_IMAGES,
         .title = "Images",
         .images = {.count = 5, .items = items, .scale = CN_IMAGE_EACH, .inverted = true}}};
    static const cn__figure figure = {.panels = panels, .panel_count = 1};
    return &figure;
}

/* Titles of errors, which are bold, as wide as their place. */
static const cn__figure *mistakes(void)
{
    static uint8_t pixels[28 * 28];
    static cn__image items[10];
    write_digit(4, pixels);
    for (int i = 0; i < 10; i++)
        items[i] = (cn__image){.title = i % 2 ? "4 → 9 (100%)" : "9 → 4 (100%)",
                               .pixels = cn_array_view(CN_UINT8, pixels, 2, (size_t[]){28, 28}),
                               .wrong = true};
    static const cn__panel panels[] = {
        {.kind = CN_PANEL_IMAGES, .images = {.count = 10, .columns = 5, .items = items}}};
    static const cn__figure figure = {.panels = panels, .panel_count = 1};
    return &figure;
}

/* Five panels of all sorts on one page. */
static const cn__figure *all_sorts(void)
{
    static cn__panel panels[5];
    panels[0] = history5()->panels[0];
    panels[1] = comparison()->panels[1];
    panels[2] = confusion()->panels[0];
    panels[3] = histogram()->panels[0];
    panels[4] = kernels()->panels[0];
    static const cn__figure figure = {.title = "All sorts", .panels = panels, .panel_count = 5};
    return &figure;
}

static const sample edges[] = {
    {"no_points", no_points},
    {"one_point", one_point},
    {"all_nan", all_nan},
    {"diverged", diverged},
    {"constant", constant},
    {"zeros", zeros},
    {"huge", huge},
    {"tiny", tiny},
    {"nearly_constant", nearly_constant},
    {"thousand_epochs", thousand_epochs},
    {"cut", cut},
    {"long_names", long_names},
    {"long_categories", long_categories},
    {"signed_bars", signed_bars},
    {"many_networks", many_networks},
    {"many_bars", many_bars},
    {"no_bars", no_bars},
    {"small_confusion", small_confusion},
    {"large_confusion", large_confusion},
    {"strange_text", strange_text},
    {"mixed_images", mixed_images},
    {"mistakes", mistakes},
    {"all_sorts", all_sorts},
};

#endif
