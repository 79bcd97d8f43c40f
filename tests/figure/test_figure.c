/* Every sample and every edge case in every form: sound, readable, the same twice. `figure --write DIR` draws them all
 * for eyes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "figure/draw.h"
#include "figure/support.h"

static const double least_text = 8 / CN_POINTS_PER_PIXEL; /* 8 points */

/* ---- SVG ------------------------------------------------------------------------------------------------ */

static void check_svg(const char *name, const cn__figure *figure, double width)
{
    for (int form = CN_SVG_FILE; form <= CN_SVG_INLINE; form++) {
        char *svg = svg_of(figure, width, (cn__svg_form)form);
        if (!is_well_formed(svg)) fail_msg("%s at %g is not well-formed", name, width);
        assert_has_not(svg, "\"nan");
        assert_has_not(svg, " nan");
        assert_has_not(svg, "inf\"");
        assert_int_equal(count_of(svg, "<svg"), 1);
        cn__free(svg);
    }
}

static void every_svg_is_well_formed(void **state)
{
    (void)state;
    for_all(check_svg);
}

static void check_texts(const char *name, const cn__figure *figure, double width)
{
    static text_box boxes[MOST_TEXTS];
    double height;
    cn__ruler *ruler = cn__ruler_new();
    char *svg = svg_of(figure, width, CN_SVG_INLINE);
    assert_int_equal(cn__figure_height(figure, width, &height), CN_OK);
    size_t n = find_texts(ruler, svg, boxes);
    assert_in_range(n, 1, MOST_TEXTS - 1);
    for (size_t i = 0; i < n; i++) {
        const text_box *a = &boxes[i];
        if (a->size < least_text) fail_msg("%s at %g: '%s' is %g px high", name, width, a->text, a->size);
        if (a->left < -0.6 || a->right > width + 0.6 || a->top < -0.6 || a->bottom > height + 0.6)
            fail_msg("%s at %g: '%s' is outside: %g … %g, %g … %g", name, width, a->text, a->left, a->right,
                     a->top, a->bottom);
        for (size_t j = 0; j < i; j++)
            if (boxes_overlap(a, &boxes[j]))
                fail_msg("%s at %g: '%s' over '%s'", name, width, a->text, boxes[j].text);
    }
    cn__free(svg);
    cn__ruler_free(ruler);
}

static void no_text_is_small_outside_or_over_another(void **state)
{
    (void)state;
    for_all(check_texts);
}

/* ---- structure, whatever the fonts ------------------------------------------------------------------------ */

/* The value of an attribute of the tag at `p`, "" for none. */
static const char *attribute_text(const char *p, const char *name, char *out, size_t size)
{
    char key[32];
    snprintf(key, sizeof key, " %s=\"", name);
    const char *end = strchr(p, '>'), *at = strstr(p, key);
    out[0] = '\0';
    if (!at || at > end) return out;
    at += strlen(key);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
    return out;
}

/* A line a group: its class and key, and how many shapes of each kind lie in it. Texts are counted in series alone,
 * where they are values; axes have as many labels as the fonts allow. */
static void add_outline(cn__text *out, const char *svg)
{
    static const char *const shapes[] = {"path", "rect", "circle", "image", "text"};
    enum { SHAPES = COUNT(shapes) };
    size_t counts[SHAPES] = {0};
    char name[32] = "", number[32];
    int depth = 0;
    for (const char *p = svg; (p = strchr(p, '<')); p++) {
        bool group = strncmp(p, "<g ", 3) == 0, end = strncmp(p, "</g>", 4) == 0;
        if (group || end) {
            for (size_t i = 0; i < SHAPES; i++) {
                bool told = strcmp(name, "axis") != 0 && (i != 4 || strcmp(name, "series") == 0);
                if (counts[i] && told && depth)
                    cn__text_printf(out, "%*s%s %zu\n", 2 * depth + 2, "", shapes[i], counts[i]);
                counts[i] = 0;
            }
        }
        if (end) depth--, name[0] = '\0';
        if (group) {
            depth++;
            attribute_text(p, "class", name, sizeof name);
            attribute_text(p, strcmp(name, "panel") == 0 ? "data-panel" : "data-series", number,
                           sizeof number);
            cn__text_printf(out, "%*s%s%s%s\n", 2 * depth, "", name, *number ? " " : "", number);
        }
        for (size_t i = 0; i < SHAPES; i++)
            if (strncmp(p + 1, shapes[i], strlen(shapes[i])) == 0) counts[i]++;
    }
}

/* CORNU_GOLDEN=1 writes the file. */
static void figures_of_each_kind_have_their_parts(void **state)
{
    (void)state;
    static const char path[] = CORNU_TESTS_DIR "/figure/outlines.txt";
    cn__text out = {0};
    for (size_t i = 0; i < COUNT(samples); i++) {
        char *svg = svg_of(samples[i].figure(), 960, CN_SVG_INLINE);
        cn__text_printf(&out, "%s\n", samples[i].name);
        add_outline(&out, svg);
        cn__free(svg);
    }
    if (getenv("CORNU_GOLDEN")) assert_int_equal(cn__file_write(path, out.data, out.size), CN_OK);
    char *expected;
    size_t size;
    assert_int_equal(cn__file_read(path, &expected, &size, 1 << 20), CN_OK);
    assert_string_equal(out.data, expected);
    cn__free(expected);
    cn__text_free(&out);
}

/* ---- PNG and PDF ------------------------------------------------------------------------------------------ */

typedef struct reader {
    const char *data;
    size_t size, at;
} reader;

static cairo_status_t read_bytes(void *closure, unsigned char *out, unsigned n)
{
    reader *r = closure;
    if (n > r->size - r->at) return CAIRO_STATUS_READ_ERROR;
    memcpy(out, r->data + r->at, n);
    r->at += n;
    return CAIRO_STATUS_SUCCESS;
}

static void check_png(const char *name, const cn__figure *figure, double width)
{
    const double scale = 0.75;
    double height;
    cn__text out = {0};
    assert_int_equal(cn__figure_png(figure, width, scale, &out), CN_OK);
    assert_int_equal(cn__figure_height(figure, width - 24, &height), CN_OK);
    cairo_surface_t *surface =
        cairo_image_surface_create_from_png_stream(read_bytes, &(reader){out.data, out.size, 0});
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) fail_msg("%s: no PNG", name);
    int w = cairo_image_surface_get_width(surface), h = cairo_image_surface_get_height(surface);
    assert_int_equal(w, (int)ceil(width * scale));
    assert_int_equal(h, (int)ceil((height + 24) * scale));
    const unsigned char *pixels = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface), inked = 0;
    for (int y = 0; y < h; y++) {
        const unsigned char *row = pixels + stride * (size_t)y;
        for (int x = 0; x < w; x++) {
            bool ink = row[4 * x] < 250 || row[4 * x + 1] < 250 || row[4 * x + 2] < 250;
            inked += ink;
            if (ink && (x < 6 || y < 6 || x >= w - 6 || y >= h - 6)) fail_msg("%s: ink at the edge", name);
        }
    }
    assert_true(inked > 100);
    cairo_surface_destroy(surface);
    cn__text_free(&out);
}

static void every_png_decodes_and_keeps_its_margin(void **state)
{
    (void)state;
    for_all(check_png);
}

static void check_pdf(const char *name, const cn__figure *figure, double width)
{
    double height, box[2] = {0};
    cn__text out = {0};
    (void)name;
    assert_int_equal(cn__figure_pdf(figure, width, &out), CN_OK);
    assert_int_equal(cn__figure_height(figure, width - 24, &height), CN_OK);
    assert_memory_equal(out.data, "%PDF-1.", 7);
    const char *media = memmem(out.data, out.size, "/MediaBox [ 0 0 ", 16);
    assert_non_null(media);
    assert_int_equal(sscanf(media + 16, "%lf %lf", &box[0], &box[1]), 2);
    assert_true(fabs(box[0] - 0.75 * width) < 0.01 && fabs(box[1] - 0.75 * (height + 24)) < 0.01);
    assert_null(memmem(out.data, out.size, "/Type3", 6));
    cn__text_free(&out);
}

static void every_pdf_is_one_page_of_the_figures_size(void **state)
{
    (void)state;
    for_all(check_pdf);
}

/* ---- the same twice ----------------------------------------------------------------------------------------- */

static void add_json(cn__text *out, cn_status status, json_t *json)
{
    assert_int_equal(status, CN_OK);
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    assert_non_null(text);
    cn__text_add(out, text);
    free(text);
    json_decref(json);
}

static void add_all_forms(cn__text *out, const cn__figure *figure, double width)
{
    json_t *json;
    assert_int_equal(cn__figure_svg(figure, width, CN_SVG_FILE, out), CN_OK);
    assert_int_equal(cn__figure_pdf(figure, width, out), CN_OK);
    assert_int_equal(cn__figure_png(figure, width, 1, out), CN_OK);
    cn_status status = cn__figure_plotly(figure, &json);
    add_json(out, status, json);
    status = cn__figure_hover(figure, width, &json);
    add_json(out, status, json);
}

static void check_twice(const char *name, const cn__figure *figure, double width)
{
    cn__text a = {0}, b = {0};
    if (width != 680) return;
    add_all_forms(&a, figure, width);
    add_all_forms(&b, figure, width);
    if (a.size != b.size || memcmp(a.data, b.data, a.size) != 0) fail_msg("%s differs the second time", name);
    cn__text_free(&a);
    cn__text_free(&b);
}

static void every_form_has_the_same_bytes_twice(void **state)
{
    (void)state;
    for_all(check_twice);
}

/* ---- refusals ----------------------------------------------------------------------------------------------- */

static void assert_refused(const cn__figure *figure, double width, const char *message)
{
    cn__text out = {0};
    json_t *json;
    double height;
    assert_int_not_equal(cn__figure_svg(figure, width, CN_SVG_FILE, &out), CN_OK);
    assert_has(cn_error(), message);
    assert_int_not_equal(cn__figure_png(figure, width, 1, &out), CN_OK);
    assert_int_not_equal(cn__figure_pdf(figure, width, &out), CN_OK);
    assert_int_not_equal(cn__figure_hover(figure, width, &json), CN_OK);
    assert_null(json);
    assert_int_not_equal(cn__figure_height(figure, width, &height), CN_OK);
    assert_null(out.data); /* nothing was begun */
    cn__text_free(&out);
}

static void a_figure_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const double y[] = {1, 2}, negative[] = {1, -2, 3, 4};
    cn__series series = {.count = 2, .y = y};
    cn__panel panel = {.series = &series, .series_count = 1};
    cn__figure figure = {.panels = &panel, .panel_count = 1};
    assert_refused(&(cn__figure){0}, 680, "at least one panel");
    assert_refused(&figure, 60, "144 pixels at least, not 60");
    assert_refused(&figure, NAN, "144 pixels at least, not nan");
    assert_refused(&figure, 1e6, "120 to 20000 pixels, not");
    panel.kind = (cn__panel_kind)77;
    assert_refused(&figure, 680, "77 is no kind of panel");
    panel.kind = CN_PANEL_LINES;
    series.best = 3;
    assert_refused(&figure, 680, "its best point is 3 of 2");
    series = (cn__series){.count = 2};
    assert_refused(&figure, 680, "panel 0 of the figure: series 0 has 2 values and y is NULL");
    series = (cn__series){.count = 2, .y = y, .split = (cn__split)9};
    assert_refused(&figure, 680, "9 is no cn__split");
    series.split = CN_SPLIT_NONE;
    panel.y = (cn__axis){.range = CN_RANGE_FIXED, .min = 1, .max = 1};
    assert_refused(&figure, 680, "fixed range of the y axis is 1 to 1");
    panel = (cn__panel){.kind = CN_PANEL_HISTOGRAM, .series = &series, .series_count = 1};
    assert_refused(&figure, 680, "2 bins has no edges");
    panel.edges = (double[]){0, 1, 1};
    assert_refused(&figure, 680, "edge 2 of the histogram is 1; edges must rise");
    panel = (cn__panel){.kind = CN_PANEL_BARS,
                        .series = &series,
                        .series_count = 1,
                        .categories = (const char *const[]){"a"},
                        .category_count = 1};
    assert_refused(&figure, 680, "2 values for 1 categories");
    panel = (cn__panel){.kind = CN_PANEL_HEAT,
                        .heat = {.form = CN_HEAT_CONFUSION, .rows = 1, .columns = 2, .values = y}};
    assert_refused(&figure, 680, "confusion matrix of 1 by 2; it must be square");
    panel.heat = (cn__heat){.form = CN_HEAT_CONFUSION, .rows = 2, .columns = 2, .values = negative};
    assert_refused(&figure, 680, "holds counts, and -2 is one");
    const cn__image image = {.pixels = cn_array_view(CN_FLOAT32, (float[]){1, 2}, 1, (size_t[]){2})};
    panel = (cn__panel){.kind = CN_PANEL_IMAGES, .images = {.count = 1, .items = &image}};
    assert_refused(&figure, 680, "image 0 has the shape (2,); it must be (height, width)");
}

/* ---- when memory or the disk runs out ------------------------------------------------------------------------- */

static cn_status draw_all(const cn__figure *figure)
{
    cn__text out = {0};
    json_t *json = NULL;
    cn_status status = cn__figure_svg(figure, 400, CN_SVG_FILE, &out);
    if (status == CN_OK) status = cn__figure_pdf(figure, 400, &out);
    if (status == CN_OK) status = cn__figure_png(figure, 400, 0.2, &out);
    if (status == CN_OK) status = cn__figure_plotly(figure, &json);
    json_decref(json);
    json = NULL;
    if (status == CN_OK) status = cn__figure_hover(figure, 400, &json);
    json_decref(json);
    cn__text_free(&out);
    return status;
}

static void lack_of_memory_is_said_wherever_it_comes(void **state)
{
    (void)state;
    static const cn__figure *(*const some[])(void) = {history5,  differences, confusion, image_grid,
                                                      histogram, scatter,     heat,      long_categories};
    for (size_t i = 0; i < COUNT(some); i++) {
        const cn__figure *figure = some[i]();
        cn__allocations_left = 1 << 30;
        assert_int_equal(draw_all(figure), CN_OK);
        long needed = (1 << 30) - cn__allocations_left;
        /* All of the first, then some. */
        for (long n = 0; n < needed; n += n < 60 ? 1 : needed / 20 + 1) {
            cn__allocations_left = n;
            cn_status status = draw_all(figure);
            cn__allocations_left = -1;
            if (status != CN_ERROR_MEMORY)
                fail_msg("figure %zu, allocation %ld of %ld: %s", i, n, needed, cn_status_name(status));
        }
        cn__allocations_left = -1;
    }
}

static void a_file_that_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    static const char path[] = "./no such folder/figure.png";
    assert_int_equal(cn__figure_write_png(history5(), 680, 1, path), CN_ERROR_FILE);
    assert_int_equal(cn__figure_write_svg(history5(), 680, path), CN_ERROR_FILE);
    assert_int_equal(cn__figure_write_pdf(history5(), 680, path), CN_ERROR_FILE);
    assert_false(cn__dir_exists("./no such folder"));

    char folder[] = "./full-XXXXXX", inside[64], command[128];
    assert_non_null(mkdtemp(folder));
    snprintf(inside, sizeof inside, "%s/figure.svg", folder);
    struct rlimit before, little = {2000, 2000};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0); /* as if the disk were full */
    cn_status status = cn__figure_write_svg(history5(), 680, inside);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, CN_ERROR_FILE);
    snprintf(command, sizeof command, "rmdir %s", folder); /* which wants it empty */
    assert_int_equal(system(command), 0);
}

static void what_is_written_is_what_is_drawn(void **state)
{
    (void)state;
    char *data, *svg = svg_of(history5(), 680, CN_SVG_FILE);
    size_t size;
    assert_int_equal(cn__figure_write_svg(history5(), 680, "./figure.svg"), CN_OK);
    assert_int_equal(cn__file_read("./figure.svg", &data, &size, 1 << 20), CN_OK);
    assert_string_equal(data, svg);
    assert_int_equal(remove("./figure.svg"), 0);
    cn__free(data);
    cn__free(svg);
}

/* ---- pages -------------------------------------------------------------------------------------------------- */

static void a_page_can_be_asked_for_the_height_and_gets_another(void **state)
{
    (void)state;
    double natural;
    assert_int_equal(cn__figure_page_height(history5(), 480, &natural), CN_OK);
    assert_true(natural > 150 && natural < 400);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 520, 900);
    cairo_t *cr = cairo_create(surface);
    const double heights[] = {0, natural, natural / 2, 2 * natural};
    for (size_t i = 0; i < COUNT(heights); i++)
        assert_int_equal(cn__figure_draw(history5(), cr, 10, 10, 480, heights[i]), CN_OK);
    assert_int_equal(cn__figure_draw(history5(), cr, 10, 10, 40, 0), CN_ERROR_ARGUMENT);
    assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
}

static void plots_say_how_far_they_stretch_and_pictures_how_far_they_shrink(void **state)
{
    (void)state;
    static unsigned char pixels[4];
    const cn__image image = {.pixels = cn_array_view(CN_UINT8, pixels, 2, (const size_t[]){2, 2})};
    const cn__panel pictures = {.kind = CN_PANEL_IMAGES, .images = {.count = 1, .items = &image}};
    double natural, least, most, alone;
    assert_int_equal(cn__figure_page_range(history5(), 480, &natural, &least, &most), CN_OK);
    assert_int_equal(cn__figure_page_height(history5(), 480, &alone), CN_OK);
    assert_true(natural == alone);
    assert_true(least < 0.85 * natural && least > 0.8 * natural);
    assert_true(most > 1.3 * natural && most < 1.4 * natural);
    const cn__figure album = {.panels = &pictures, .panel_count = 1};
    assert_int_equal(cn__figure_page_range(&album, 480, &natural, &least, &most), CN_OK);
    assert_true(most == natural && least < 0.85 * natural && least > 0.7 * natural);
}

/* ---- for eyes ----------------------------------------------------------------------------------------------- */

static int write_all(const char *folder)
{
    int failed = 0;
    for (size_t w = 0; w < COUNT(widths); w++)
        for (size_t i = 0; i < COUNT(samples) + COUNT(edges); i++) {
            const sample *s = i < COUNT(samples) ? &samples[i] : &edges[i - COUNT(samples)];
            char path[512];
            snprintf(path, sizeof path, "%s/%s-%g.png", folder, s->name, widths[w]);
            failed |= cn__figure_write_png(s->figure(), widths[w], 1.5, path) != CN_OK;
            snprintf(path, sizeof path, "%s/%s-%g.svg", folder, s->name, widths[w]);
            failed |= cn__figure_write_svg(s->figure(), widths[w], path) != CN_OK;
            if (failed) fprintf(stderr, "%s: %s\n", path, cn_error());
        }
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0) return write_all(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_svg_is_well_formed),
        cmocka_unit_test(no_text_is_small_outside_or_over_another),
        cmocka_unit_test(figures_of_each_kind_have_their_parts),
        cmocka_unit_test(every_png_decodes_and_keeps_its_margin),
        cmocka_unit_test(every_pdf_is_one_page_of_the_figures_size),
        cmocka_unit_test(every_form_has_the_same_bytes_twice),
        cmocka_unit_test(a_figure_that_cannot_be_is_refused),
        cmocka_unit_test(lack_of_memory_is_said_wherever_it_comes),
        cmocka_unit_test(a_file_that_cannot_be_written_leaves_nothing),
        cmocka_unit_test(what_is_written_is_what_is_drawn),
        cmocka_unit_test(a_page_can_be_asked_for_the_height_and_gets_another),
        cmocka_unit_test(plots_say_how_far_they_stretch_and_pictures_how_far_they_shrink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
