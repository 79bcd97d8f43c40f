/* Formulas: which dollars open one, the tree as MathML, what is refused and how it is named, and that no formula asks for
 * more than it is long; pictures, callouts, footnotes, tasks and references in the page and in notebooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/text/text.h"
#include "data/libraries/cairo.h"
#include "report/document.h"
#include "report/markdown/markdown.h"
#include "report/math/layout.h"

/* ---- TeX to MathML -------------------------------------------------------------------------------------------------- */

/* What stands inside <semantics>; "" and a message where the formula is refused. */
static char *mathml(const char *tex)
{
    cn__arena arena = {0};
    cn__text out = {0};
    const cn__formula *formula;
    cn_error_clear();
    cn__text_add(&out, "");
    if (cn__formula_read(&arena, tex, strlen(tex), &formula) == CN_OK)
        cn__formula_mathml(&out, formula, tex, false);
    cn__arena_free(&arena);
    assert_false(out.failed);
    char *end = strstr(out.data, "<annotation");
    if (end) *end = '\0';
    return out.data;
}

static void is_mathml(const char *tex, const char *expected)
{
    static const char before[] = "<math><semantics>";
    char *got = mathml(tex);
    if (strncmp(got, before, sizeof before - 1) != 0 || strcmp(got + sizeof before - 1, expected) != 0)
        fail_msg("%s is '%s': %s", tex, got, cn_error());
    cn__free(got);
}

static void is_refused(const char *tex, const char *message)
{
    char *got = mathml(tex);
    assert_string_equal(got, "");
    if (!strstr(cn_error(), message)) fail_msg("%s: '%s' is not in '%s'", tex, message, cn_error());
    cn__free(got);
}

static void formulas_become_mathml(void **state)
{
    (void)state;
    is_mathml("x", "<mrow><mi>x</mi></mrow>");
    is_mathml("x_1^2", "<mrow><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></mrow>");
    is_mathml("0.25a", "<mrow><mn>0.25</mn><mi>a</mi></mrow>");
    is_mathml("a \\le b", "<mrow><mi>a</mi><mo>≤</mo><mi>b</mi></mrow>");
    is_mathml("401{,}920", "<mrow><mn>401</mn><mrow><mn>,</mn></mrow><mn>920</mn></mrow>"); /* no space */
    is_mathml("\\frac{1}{n}", "<mrow><mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac></mrow>");
    is_mathml("\\frac12", "<mrow><mfrac><mn>1</mn><mn>2</mn></mfrac></mrow>"); /* as TeX has it */
    is_mathml("x^23", "<mrow><msup><mi>x</mi><mn>2</mn></msup><mn>3</mn></mrow>");
    is_mathml("\\sqrt[3]{x}", "<mrow><mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot></mrow>");
    is_mathml("f'", "<mrow><mrow><mi>f</mi><mi mathvariant=\"normal\">′</mi></mrow></mrow>");
    is_mathml("\\mathrm{ReLU}", "<mrow><mtext>ReLU</mtext></mrow>");
    is_mathml("\\mathbb{R}", "<mrow><mrow><mi mathvariant=\"normal\">ℝ</mi></mrow></mrow>");
    is_mathml("a<b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"); /* nothing of it becomes a tag */
    is_mathml("\\left(a\\right.", "<mrow><mrow><mo fence=\"true\" form=\"prefix\" stretchy=\"true\">(</mo>"
                                  "<mrow><mi>a</mi></mrow></mrow></mrow>");
    is_mathml("\\begin{matrix}a&b\\\\c\\end{matrix}",
              "<mrow><mtable><mtr><mtd><mrow><mi>a</mi></mrow></mtd><mtd><mrow><mi>b</mi></mrow></mtd></mtr>"
              "<mtr><mtd><mrow><mi>c</mi></mrow></mtd><mtd><mrow></mrow></mtd></mtr></mtable></mrow>");
}

static void what_the_subset_has_not_is_refused_by_name(void **state)
{
    (void)state;
    is_refused("\\fraq{1}{2}", "unknown command '\\fraq'; did you mean '\\frac'?");
    is_refused("\\lamda", "unknown command '\\lamda'; did you mean '\\lambda'?");
    is_refused("\\begin{tikzpicture}\\end{tikzpicture}", "unknown environment 'tikzpicture'");
    is_refused("\\frac{1}", "\\frac, expected {…} behind it");
    is_refused("{a", "it ends too early, expected }");
    is_refused("a}", "'}' has nothing before it");
    is_refused("x^1^2", "two upper scripts of one thing");
    is_refused("\\left(a", "it ends too early, expected \\right");
    is_refused("a\\right)", "\\right without \\left");
    is_refused("\\left x\\right)", "\\leftx, expected a bracket behind \\left");
    is_refused("\\begin{matrix}a\\end{pmatrix}", "\\begin{matrix} is closed by \\end{pmatrix}");
    is_refused("\\text", "\\text, expected { behind it");
    is_refused("\\mathbb{1}", "\\mathbb{1}, expected capitals A to Z");
    is_refused("5%", "'%', expected \\%");
    is_refused("\\", "it ends too early, expected a command behind \\");
}

/* ---- bounds ------------------------------------------------------------------------------------------------------------ */

static void formulas_inside_one_another_have_a_depth(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{",       "\\sqrt{", "\\frac{1}{", "x^{",
                                         "\\left(", "\\hat{",  "\\mathbf{"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        cn__text text = {0};
        for (int k = 0; k < 100000; k++) cn__text_add(&text, pieces[i]);
        is_refused(text.data, "more than 60 deep");
        cn__text_free(&text);
    }
    cn__text text = {0};
    for (int k = 0; k < 30; k++) cn__text_add(&text, "\\begin{matrix}");
    is_refused(text.data, "tables inside one another, more than 4 deep");
    cn__text_free(&text);
}

/* Tables are measured before they are laid out: four in one another are the most. */
static void every_formula_is_laid_out_in_time(void **state)
{
    (void)state;
    static const char *const formulas[] = {
        ("\\begin{pmatrix}\\begin{pmatrix}\\begin{pmatrix}\\begin{pmatrix}a&b\\end{pmatrix}\\end{pmatrix}\\end{pmatrix}"
         "\\end{pmatrix}"),
        "\\sum_{i=1}^n x_i",
        "\\sqrt[3]{\\frac{a}{b}}",
        "\\hat{x}\\bar{y}",
        "",
        "\\,",
        "\\max_{x} f(x)"};
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    const clock_t start = clock();
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++)
        for (int display = 0; display < 2; display++) {
            cn__arena arena = {0};
            cn__formula_box box;
            const cn__formula *formula;
            assert_int_equal(cn__formula_read(&arena, formulas[i], strlen(formulas[i]), &formula), CN_OK);
            cn__formula_lay(&box, context, formula, 11, display);
            assert_false(box.failed);
            assert_true(box.width >= 0 && box.width < 400 && box.ascent < 200 && box.descent < 200);
            assert_true(*formulas[i] == '\0' || box.width > 0);
            cn__formula_box_free(&box);
            cn__arena_free(&arena);
        }
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    g_object_unref(context);
}

/* ---- in Markdown --------------------------------------------------------------------------------------------------------- */

static char *page_of(const char *markdown, const cn__report_image *images, size_t count)
{
    const cn__block block = {.kind = CN_BLOCK_PROSE, .text = markdown};
    const cn__report report = {
        .title = "t", .blocks = &block, .block_count = 1, .images = images, .image_count = count};
    cn__text out = {0};
    assert_int_equal(cn__report_html(&report, &out), CN_OK);
    char *main = strstr(out.data, "<main>"), *end = strstr(out.data, "</main>");
    assert_non_null(main);
    *end = '\0';
    char *copy = cn__strdup(main);
    cn__text_free(&out);
    return copy;
}

static void page_has(const char *markdown, const char *part, size_t formulas)
{
    char *page = page_of(markdown, NULL, 0);
    size_t count = 0;
    for (const char *p = page; (p = strstr(p, "<math")); p++) count++;
    if (!strstr(page, part) || count != formulas)
        fail_msg("'%s' and %zu formulas are not in: %s", part, formulas, page);
    cn__free(page);
}

static void dollars_open_formulas_and_prices_do_not(void **state)
{
    (void)state;
    page_has("It is $x_1 * y_2$ and $z_1 * 2$.", "<mi>y</mi>", 2);
    page_has("$$\\sum_i x_i$$", "<p><math display=\"block\">", 1);
    page_has("$$\na\n$$", "<p><math display=\"block\">", 1);
    page_has("Between $5 and $10.", "Between $5 and $10.", 0);
    page_has("It costs $ 5 $.", "It costs $ 5 $.", 0);
    page_has("A \\$x\\$ here", "A $x$ here", 0);
    page_has("`$x$`", "<code>$x$</code>", 0);
    page_has("```\n$x$\n```\n", "$x$", 0);
    page_has("US$x and a$b$c", "US$x and a$b$c", 0);
    page_has("$a\n\nb$", "$a", 0);
    page_has("| a | b |\n|---|---|\n| $|x|$ | 2 |\n", "<td>2</td>", 1);
    page_has("# On $x^2$\n", "id=\"on-x-2\"", 1);
    page_has("[$x$](http://a.b/$c$)", "href=\"http://a.b/$c$\"", 1);
    page_has("*$a_1$* and $b_1$", "<em><math>", 2);
    page_has("\xEE\x80\x80"
             "0\xEE\x80\x81 $x$",
             "<p>0 <math>", 1); /* the program's own marks are no way in */
    page_has("$\\unknown{x}$", "<code>\\unknown{x}</code>", 0);
}

static void marks_behind_a_formula_stay_on_its_line(void **state)
{
    (void)state;
    page_has("So $x$: it <is>.", "<p>So <span class=\"joint\"><math>", 1);
    page_has("So $x$: it <is>.", "</math>:</span> it &lt;is&gt;.", 1);
    page_has("(with $x$)?!", "</math>)?!</span></p>", 1);
    page_has("$x$ and $y$", "</math> and <math>", 2);
    page_has("$x$$y$, z", "</math>,</span> z", 2);
    page_has("$x$ *, y*", "</math> <em>, y</em>", 1);
    page_has("$$x$$\n, y", "</math>\n, y", 1);
}

static void callouts_tasks_footnotes_and_strokes_are_shown(void **state)
{
    (void)state;
    page_has(
        "> [!QUESTION] 1.1 (0.25 points)\n> How many?\n",
        "<aside class=\"callout callout-question\">\n<p class=\"title\">Question 1.1 (0.25 points)</p>\n<p>How many?</p>",
        0);
    page_has("> [!note]\n> Text\n", "<p class=\"title\">Note</p>", 0);
    page_has("> [!TIP] Own <b>title</b>\n> Text\n", "<p class=\"title\">Own &lt;b&gt;title&lt;/b&gt;</p>", 0);
    page_has("> [!OTHER]\n> Text\n", "<blockquote>", 0);
    page_has("- [x] done\n- [ ] not\n", "<input type=\"checkbox\" disabled checked> done", 0);
    page_has("~~gone~~", "<del>gone</del>", 0);
    page_has("A[^n] and B[^m].\n\n[^m]: Second.\n[^n]: First $x$.\n",
             "<a href=\"#note:2\" id=\"noteref:2\">2</a></sup>", 1);
    page_has("See @fig-nothing, me@fig-a.b.", "?@fig-nothing, me@fig-a.b.", 0);
}

/* One pixel. */
static const unsigned char png[] = {
    0x89, 'P',  'N',  'G',  '\r', '\n', 0x1A, '\n', 0,    0,    0,    13,  'I',  'H',  'D',  'R',  0,
    0,    0,    1,    0,    0,    0,    1,    8,    0,    0,    0,    0,   0x3A, 0x7E, 0x9B, 0x55, 0,
    0,    0,    10,   'I',  'D',  'A',  'T',  0x78, 0x9C, 0x63, 0x60, 0,   0,    0,    2,    0,    1,
    0x48, 0xAF, 0xA4, 0x71, 0,    0,    0,    0,    'I',  'E',  'N',  'D', 0xAE, 0x42, 0x60, 0x82};

static void pictures_are_in_the_page(void **state)
{
    (void)state;
    const cn__report_image image = {.url = "a.png", .data = png, .size = sizeof png};
    static const char text[] =
        "![A *dot*](a.png){#fig-dot width=50%}\n\nSee @fig-dot; ![i](a.png){width=30} ![o](b.png) "
        "![far](https://a.b/c.png)\n";
    char *page = page_of(text, &image, 1);
    static const char *const parts[] = {
        "<figure class=\"picture\" id=\"figure:1\">\n<img src=\"data:image/png;base64,iVBOR",
        "alt=\"A dot\" style=\"width:50%\">",
        "<figcaption><b>Figure 1.</b> A dot</figcaption>",
        "See <a href=\"#figure:1\">Figure\u00A01</a>",
        "alt=\"i\" style=\"width:30px\">",
        "<a href=\"b.png\">o</a>",
        "<a href=\"https://a.b/c.png\">far</a>"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(page, parts[i])) fail_msg("'%s' is not in: %s", parts[i], page);
    cn__free(page);
}

/* The Markdown cells of a notebook of one text, joined. */
static char *notebook_of(const char *const *texts, size_t count, const cn__report_image *images, size_t n)
{
    cn__block blocks[4] = {0};
    for (size_t i = 0; i < count; i++) blocks[i] = (cn__block){.kind = CN_BLOCK_PROSE, .text = texts[i]};
    const cn__report report = {
        .title = "t", .blocks = blocks, .block_count = count, .images = images, .image_count = n};
    cn__text out = {0}, joined = {0};
    assert_int_equal(cn__report_ipynb(&report, &out), CN_OK);
    json_t *root = json_loads(out.data, 0, NULL), *cells = json_object_get(root, "cells"), *cell, *line;
    size_t i, k;
    json_array_foreach(cells, i, cell)
    {
        if (i < 2) continue; /* title and setup */
        json_array_foreach(json_object_get(cell, "source"), k, line)
            cn__text_add(&joined, json_string_value(line));
        const char *name;
        json_t *file;
        json_object_foreach(json_object_get(cell, "attachments"), name, file)
            cn__text_printf(&joined, "\n[%s]", name);
        cn__text_add(&joined, "\n====\n");
    }
    json_decref(root);
    cn__text_free(&out);
    return joined.data;
}

static void is_notebook(const char *const *texts, size_t count, const cn__report_image *images, size_t n,
                        const char *expected)
{
    char *got = notebook_of(texts, count, images, n);
    assert_string_equal(got, expected);
    cn__free(got);
}

static void notebooks_show_what_jupyter_has_no_marks_for(void **state)
{
    (void)state;
    const cn__report_image images[] = {{.url = "a.png", .data = png, .size = sizeof png},
                                       {.url = "b/a.png", .data = png, .size = sizeof png}};
    is_notebook((const char *[]){"![A *dot*](a.png){#fig-dot width=50%}\n\nSee @fig-dot, me@fig-dot; "
                                 "`@fig-dot` ![i](b/a.png){width=30}.\n\n![](b/a.png)\n"},
                1, images, 2,
                "<div style=\"width:50%\">\n\n![A *dot*](attachment:a.png)\n\n</div>\n\nFigure 1. A dot\n\n"
                "See Figure\u00A01, me@fig-dot; `@fig-dot` <span style=\"display:inline-block;width:30px\">"
                "![i](attachment:b-a.png)</span>.\n\n![](attachment:b-a.png)\n\nFigure 2."
                "\n[a.png]\n[b-a.png]\n====\n");
    is_notebook(
        (const char *[]){
            "> [!NOTE]\n> A.\n\n> [!warning]  Mind $x$ \n> B\n> [!TIP]\n\n> [!QUESTION] 1.1\n> C\n"},
        1, NULL, 0,
        "> **Note**\n>\n> A.\n\n> **Mind $x$**\n>\n> B\n> [!TIP]\n\n> **Question 1.1**\n>\n> C\n====\n");
    is_notebook(
        (const char *[]){"A[^n], B[^m], A[^n], [^none].\n\n[^m]: Second,\n    for $5.\n\nEnd.\n",
                         "C[^m]\n\n[^n]: First[^k] $x$.\n[^k]: Third.\n"},
        2, NULL, 0,
        "A<sup>1</sup>, B<sup>2</sup>, A<sup>1</sup>, [^none].\n\nEnd.\n\n<sup>1</sup> First<sup>3</sup> $x$.\n\n"
        "<sup>2</sup> Second,\n    for \\$5.\n\n<sup>3</sup> Third.\n====\n"
        "C<sup>4</sup>\n\n<sup>4</sup> Second,\n    for \\$5.\n====\n");
    is_notebook(
        (const char *[]){
            "From $5 to \\$10 or `$7`, $a_1$ and $b$.\n\n```\n$9 [^n]\n\n> [!NOTE]\n```\n\n$$\nx\n$$\n"},
        1, NULL, 0,
        "From \\$5 to \\$10 or `$7`, $a_1$ and $b$.\n\n```\n$9 [^n]\n\n> [!NOTE]\n```\n\n$$\nx\n$$\n====\n");
}

static void sizes_of_pictures_are_read_from_their_heads(void **state)
{
    (void)state;
    double width, height;
    static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF, 0xE0, 0,  4, 0,  0, 0xFF, 0xC0,
                                         0,    17,   8,    0,    20, 0, 30, 3, 1,    0};
    assert_int_equal(cn__image_size(png, sizeof png, &width, &height), CN_OK);
    assert_true(width == 1 && height == 1);
    assert_int_equal(cn__image_size(jpeg, sizeof jpeg, &width, &height), CN_OK);
    assert_true(width == 30 && height == 20);
    for (size_t size = 0; size < 16; size++) /* a head that ends early */
        assert_int_equal(cn__image_size(jpeg, size, &width, &height), CN_ERROR_DATA);
    assert_int_equal(cn__image_size("text", 4, &width, &height), CN_ERROR_DATA);
    assert_non_null(strstr(cn_error(), "expected PNG, JPEG or SVG"));
    unsigned char large[sizeof png];
    memcpy(large, png, sizeof png);
    large[16] = 0x7F, large[20] = 0x7F;
    assert_int_equal(cn__image_size(large, sizeof large, &width, &height), CN_ERROR_DATA);
}

int main(void)
{
    if (cn__cairo_load() != CN_OK) return 1; /* what they call expects it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_become_mathml),
        cmocka_unit_test(what_the_subset_has_not_is_refused_by_name),
        cmocka_unit_test(formulas_inside_one_another_have_a_depth),
        cmocka_unit_test(every_formula_is_laid_out_in_time),
        cmocka_unit_test(dollars_open_formulas_and_prices_do_not),
        cmocka_unit_test(marks_behind_a_formula_stay_on_its_line),
        cmocka_unit_test(callouts_tasks_footnotes_and_strokes_are_shown),
        cmocka_unit_test(pictures_are_in_the_page),
        cmocka_unit_test(notebooks_show_what_jupyter_has_no_marks_for),
        cmocka_unit_test(sizes_of_pictures_are_read_from_their_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
