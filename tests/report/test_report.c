/* Reports: every kind of block in the page and the notebook, what must be escaped, the same bytes twice, and reports
 * that are empty, huge or odd. `report --write DIR` writes two reports for readers that are not ours
 * (test_outside.sh): a large one, and in DIR/seed one as the lab makes it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "report/report.h"
#include "report/seed_report.h"

typedef cn_status (*writer)(const cn__report *report, cn__text *out);
static const writer writers[] = {cn__report_html, cn__report_pdf, cn__report_ipynb};

/* ---- reports ---------------------------------------------------------------------------------------------- */

static const char prose[] =
    "# 1. The data\n"
    "\n"
    "Digits of *28 by 28* pixels, **60,000** of them, as `uint8`; see [the end](#2-the-end) or\n"
    "[a page](https://example.org/a?b=1&c='2').\n"
    "\n"
    "- one\n"
    "- two\n"
    "  1. first\n"
    "  2. second\n"
    "\n"
    "> A quote, with `code`.\n"
    "\n"
    "| Name | Units |\n"
    "|:-----|------:|\n"
    "| **a** | 512 |\n"
    "| b | 1,024 |\n"
    "\n"
    "```\n"
    "x = 1 < 2\n"
    "```\n"
    "\n"
    "***\n"
    "\n"
    "## 1.1 Shapes\n"
    "\n"
    "Last line.\n";
static const char *const summary_cells[] = {"What",  "Value",         "Best network",
                                            "1-512", "Test accuracy", "0.9812"};
static const cn__report_table summary = {
    .columns = 2, .rows = 3, .cells = summary_cells, .head_column = true};
static const char *const table_cells[] = {"Network", "Parameters", "Loss",   "Note",   "1-512",   "407,050",
                                          "0.071",   "best",       "1-1024", "",       "1.2e-05", "",
                                          "1-216",   "171,730",    "12.5",   "a|b <i>"};
static const cn__report_output outputs[] = {
    {.kind = CN_OUTPUT_LOG, .text = "Epoch 1/2\n  loss: 0.25 <b>&\nEpoch 2/2\n"},
    {.kind = CN_OUTPUT_ERROR,
     .text = "lab.md:12: target (None, 10), output (None, 5)\nexpected equal shapes"},
    {.kind = CN_OUTPUT_TEXT, .text = "The **first** label is 5.\n"},
    {.kind = CN_OUTPUT_TABLE,
     .caption = "Networks & losses",
     .table = {.columns = 4, .rows = 4, .cells = table_cells, .head_column = true}},
    {.kind = CN_OUTPUT_TABLE, .table = {.columns = 2, .rows = 3, .cells = summary_cells}},
};
static const cn__block small_blocks[] = {
    {.kind = CN_BLOCK_PROSE, .text = prose},
    {.kind = CN_BLOCK_CELL,
     .text = "fit m512 epochs=2\n",
     .outputs = outputs,
     .output_count = COUNT(outputs)},
    {.kind = CN_BLOCK_CELL, .text = "secret", .hidden = true, .outputs = outputs, .output_count = 1},
    {.kind = CN_BLOCK_PROSE, .text = "# 2. The end\n"},
};
static const cn__report small = {.title = "A small report",
                                 .subtitle = "All kinds of blocks",
                                 .author = "The tests",
                                 .summary = &summary,
                                 .blocks = small_blocks,
                                 .block_count = COUNT(small_blocks)};

enum { EPOCHS = 12 };
static const double loss[EPOCHS] = {.42, .31, .25, .21, .18, .16, .145, .13, .12, .112, .105, .1};
static const double val_loss[EPOCHS] = {.33, .28, .25, .235, .22, .215, .21, .212, .215, .22, .226, .234};
static const double accuracy[EPOCHS] = {.88, .91, .925, .94, .95, .955, .96, .964, .967, .97, .972, .974};
static const double val_accuracy[EPOCHS] = {.9,   .915, .925, .93, .938, .941,
                                            .943, .942, .941, .94, .94,  .939};
static const cn__series loss_series[] = {
    {.name = "Training", .split = CN_SPLIT_TRAINING, .count = EPOCHS, .y = loss},
    {.name = "Validation <val>", .split = CN_SPLIT_VALIDATION, .count = EPOCHS, .y = val_loss, .best = 7}};
static const cn__series accuracy_series[] = {
    {.name = "Training", .split = CN_SPLIT_TRAINING, .count = EPOCHS, .y = accuracy},
    {.name = "Validation <val>",
     .split = CN_SPLIT_VALIDATION,
     .count = EPOCHS,
     .y = val_accuracy,
     .best = 7}};
static const cn__panel panels[] = {{.kind = CN_PANEL_LINES,
                                    .x = {.title = "Epoch", .integer = true},
                                    .y = {.title = "Accuracy"},
                                    .series = accuracy_series,
                                    .series_count = 2,
                                    .crossings = "Crossing"},
                                   {.kind = CN_PANEL_LINES,
                                    .x = {.title = "Epoch", .integer = true},
                                    .y = {.title = "Loss"},
                                    .series = loss_series,
                                    .series_count = 2,
                                    .crossings = "Crossing"}};
static const cn__figure history = {
    .title = "The loss falls & the accuracy rises", .panels = panels, .panel_count = 2};
static const cn__figure only_loss = {.title = "One panel", .panels = &panels[1], .panel_count = 1};

static const cn__report_output figure_outputs[] = {
    {.kind = CN_OUTPUT_FIGURE, .id = "fit-history", .caption = "History of <1-512>", .figure = &history},
    {.kind = CN_OUTPUT_FIGURE, .figure = &only_loss}, /* without caption and name */
};
static const cn__block figure_block = {
    .kind = CN_BLOCK_CELL, .text = "plot history m512", .outputs = figure_outputs, .output_count = 2};
static const cn__report with_figures = {.title = "Figures", .blocks = &figure_block, .block_count = 1};

/* ---- help ------------------------------------------------------------------------------------------------- */

static char *written(writer write, const cn__report *report, size_t *size)
{
    cn__text out = {0};
    if (write(report, &out) != CN_OK) fail_msg("%s", cn_error());
    assert_non_null(out.data);
    if (size) *size = out.size;
    return out.data;
}

static char *page_of(const char *markdown)
{
    const cn__block block = {.kind = CN_BLOCK_PROSE, .text = markdown};
    return written(cn__report_html, &(cn__report){.title = "t", .blocks = &block, .block_count = 1}, NULL);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("\"%s\" is not in\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    if (at) fail_msg("\"%s\" is there: %.200s", part, at);
}

/* `got` is what the file of that name beside this one says. CORNU_GOLDEN=1 writes the file. */
static void assert_golden(const char *name, const char *got)
{
    char path[512];
    snprintf(path, sizeof path, "%s/report/%s", CORNU_TESTS_DIR, name);
    if (getenv("CORNU_GOLDEN")) assert_int_equal(cn__file_write(path, got, strlen(got)), CN_OK);
    char *expected;
    size_t size;
    assert_int_equal(cn__file_read(path, &expected, &size, 1 << 20), CN_OK);
    assert_string_equal(got, expected);
    cn__free(expected);
}

/* ---- golden ------------------------------------------------------------------------------------------------ */

/* Without style and script, which are files of their own. */
static void test_small_page(void **state)
{
    (void)state;
    char *page = written(cn__report_html, &small, NULL);
    char *body = strstr(page, "<div class=\"page\">"), *end = strstr(page, "<script>");
    assert_non_null(body);
    assert_non_null(end);
    *end = '\0';
    assert_golden("small.html", body);
    cn__free(page);
}

static void test_small_notebook(void **state)
{
    (void)state;
    char *notebook = written(cn__report_ipynb, &small, NULL);
    assert_golden("small.ipynb", notebook);
    cn__free(notebook);
}

static void test_page_is_alone(void **state)
{
    (void)state;
    char *page = written(cn__report_html, &with_figures, NULL);
    assert_has(page, "<meta charset=\"utf-8\">");
    assert_has_not(page, "src=");
    assert_has_not(page, "<link");
    assert_has_not(page, "@import");
    assert_has_not(page, "url(");
    assert_has_not(page, "fetch(");
    cn__free(page);
}

/* ---- figures ----------------------------------------------------------------------------------------------- */

static void test_figures_in_page(void **state)
{
    (void)state;
    char *page = written(cn__report_html, &with_figures, NULL);
    assert_has(page, "<figure class=\"drawn\" id=\"figure:1\" data-name=\"fit-history\">");
    assert_has(page, "<figcaption><b>Figure 1.</b> History of &lt;1-512&gt;</figcaption>");
    assert_has(page, "<figcaption><b>Figure 2.</b></figcaption>");
    assert_has(page, "\"name\":\"Validation \\u003cval>\"");
    size_t drawings = 0;
    for (const char *at = page; (at = strstr(at, "<svg xmlns=")); at++) drawings++;
    assert_int_equal(drawings, 4); /* each wide and narrow */
    cn__free(page);
}

/* Pictures that are kept by their SVG. */
typedef struct album {
    cn__text svg[2], png[2];
    int found, kept;
} album;

static bool find_picture(void *user, const cn__text *svg, cn__text *png)
{
    album *a = user;
    for (int i = 0; i < a->kept; i++) {
        if (a->svg[i].size != svg->size || memcmp(a->svg[i].data, svg->data, svg->size) != 0) continue;
        cn__text_add_bytes(png, a->png[i].data, a->png[i].size);
        a->found++;
        return true;
    }
    return false;
}

static void keep_picture(void *user, const cn__text *svg, const cn__text *png)
{
    album *a = user;
    assert_true(a->kept < 2);
    cn__text_add_bytes(&a->svg[a->kept], svg->data, svg->size);
    cn__text_add_bytes(&a->png[a->kept++], png->data, png->size);
}

static void a_picture_that_is_kept_is_not_drawn_again(void **state)
{
    (void)state;
    album a = {0};
    const cn__report_pictures pictures = {find_picture, keep_picture, &a};
    cn__report report = with_figures;
    report.pictures = &pictures;
    char *plain = written(cn__report_ipynb, &with_figures, NULL),
         *first = written(cn__report_ipynb, &report, NULL);
    assert_string_equal(first, plain);
    assert_true(a.found == 0 && a.kept == 2);
    char *again = written(cn__report_ipynb, &report, NULL);
    assert_string_equal(again, plain);
    assert_true(a.found == 2 && a.kept == 2);
    cn__free(plain);
    cn__free(first);
    cn__free(again);
    for (int i = 0; i < 2; i++) {
        cn__text_free(&a.svg[i]);
        cn__text_free(&a.png[i]);
    }
}

static void test_figures_in_notebook(void **state)
{
    (void)state;
    char *text = written(cn__report_ipynb, &with_figures, NULL);
    json_t *notebook = json_loads(text, 0, NULL),
           *cell = json_array_get(json_object_get(notebook, "cells"), 2);
    json_t *data = json_object_get(json_array_get(json_object_get(cell, "outputs"), 0), "data");
    const char *png = json_string_value(json_object_get(data, "image/png"));
    assert_non_null(png);
    assert_memory_equal(png, "iVBORw0KGgo", 11);
    json_t *metadata = json_object_get(json_array_get(json_object_get(cell, "outputs"), 0), "metadata");
    const json_int_t width =
        json_integer_value(json_object_get(json_object_get(metadata, "image/png"), "width"));
    assert_true(width == 640 || width == 850); /* the SVG's */
    assert_true(
        json_is_array(json_object_get(json_object_get(data, "application/vnd.plotly.v1+json"), "data")));
    const char *first = json_string_value(json_array_get(json_object_get(data, "image/svg+xml"), 0));
    assert_non_null(first);
    assert_memory_equal(first, "<?xml", 5);
    json_t *caption = json_object_get(json_array_get(json_object_get(cell, "outputs"), 1), "data");
    assert_string_equal(json_string_value(json_array_get(json_object_get(caption, "text/plain"), 0)),
                        "Figure 1. History of <1-512>");
    const char *marked = json_string_value(json_array_get(json_object_get(caption, "text/markdown"), 0));
    assert_string_equal(marked, "Figure 1. History of \\<1-512\\>");
    json_decref(notebook);
    cn__free(text);
}

/* ---- Markdown ---------------------------------------------------------------------------------------------- */

static void test_markdown_cannot_leave_its_text(void **state)
{
    (void)state;
    char *page = page_of(
        "a <script>alert(1)</script> b\n\n<div onclick=\"x\">block</div>\n\n<!-- hidden -->\n\n"
        "[bad](javascript:alert(2)) ![image](https://example.org/p.png) `<u>` \"q\" 'r' &amp; &copy;\n");
    assert_has_not(page, "<script>alert");
    assert_has(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert_has(page, "&lt;div onclick=&quot;x&quot;&gt;block&lt;/div&gt;");
    assert_has_not(page, "hidden -->");
    assert_has_not(page, "javascript:");
    assert_has_not(page, "<img");
    assert_has(page, "<a href=\"https://example.org/p.png\">image</a>");
    assert_has(page, "<code>&lt;u&gt;</code> &quot;q&quot; 'r' &amp; \u00A9");
    cn__free(page);
}

static void test_headings(void **state)
{
    (void)state;
    char *page = page_of("## Año 1 & *más*\n\n### Same\n\n### Same\n\n## Same-2\n\n## !\n");
    assert_has(page, "<h2 id=\"año-1-más\">Año 1 &amp; <em>más</em></h2>");
    assert_has(page, "<a href=\"#a%C3%B1o-1-m%C3%A1s\">Año 1 &amp; más</a>\n<ol>\n<li><a href=\"#same\">");
    assert_has(page, "<h3 id=\"same\">");
    assert_has(page, "<h3 id=\"same-2\">");
    assert_has(page, "<h2 id=\"same-2-2\">");
    assert_has(page, "<h2 id=\"section\">");
    cn__free(page);
}

static void test_words_follow_the_language(void **state)
{
    (void)state;
    cn__report report = with_figures;
    report.language = CN_REPORT_SPANISH;
    char *page = written(cn__report_html, &report, NULL);
    assert_has(page, "<html lang=\"es\">");
    assert_has(page, "<b>Figura 1.</b>");
    cn__free(page);
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    const cn__report_output log = {.kind = CN_OUTPUT_LOG, .text = "a\xff\xfe\x1b[31mb\r\nnext\tcolumn\x01"};
    const cn__block blocks[] = {{.kind = CN_BLOCK_CELL, .text = "\xc3", .outputs = &log, .output_count = 1},
                                {.kind = CN_BLOCK_PROSE, .text = "bad \xe2\x82 end"}};
    const cn__report report = {.title = "\x80 title", .blocks = blocks, .block_count = 2};
    for (size_t i = 0; i < COUNT(writers); i++) cn__free(written(writers[i], &report, NULL));
    char *page = written(cn__report_html, &report, NULL);
    assert_has(page, "a\uFFFD\uFFFD [31mb\nnext\tcolumn </pre>");
    cn__free(page);
}

/* ---- odd reports ------------------------------------------------------------------------------------------- */

static void test_same_bytes_twice(void **state)
{
    (void)state;
    const cn__report *const reports[] = {&small, &with_figures};
    for (size_t r = 0; r < COUNT(reports); r++)
        for (size_t i = 0; i < COUNT(writers); i++) {
            size_t sizes[2];
            char *a = written(writers[i], reports[r], &sizes[0]),
                 *b = written(writers[i], reports[r], &sizes[1]);
            assert_int_equal(sizes[0], sizes[1]);
            assert_memory_equal(a, b, sizes[0]);
            cn__free(a);
            cn__free(b);
        }
}

static void test_no_date_of_now_in_pdf(void **state)
{
    (void)state;
    size_t size;
    char *pdf = written(cn__report_pdf, &small, &size);
    assert_memory_equal(pdf, "%PDF-", 5);
    assert_null(memmem(pdf, size, "CreationDate", 12));
    cn__free(pdf);
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    pdf = written(cn__report_pdf, &small, &size);
    assert_non_null(memmem(pdf, size, "(20231114221320", 15));
    cn__free(pdf);
    cn__report dated = small;
    dated.date = "2024-11-30"; /* the document's own goes before */
    pdf = written(cn__report_pdf, &dated, &size);
    assert_non_null(memmem(pdf, size, "(20241130000000", 15));
    cn__free(pdf);
    unsetenv("SOURCE_DATE_EPOCH");
    dated.date = "30 de noviembre"; /* only on the page */
    pdf = written(cn__report_pdf, &dated, &size);
    assert_null(memmem(pdf, size, "CreationDate", 12));
    cn__free(pdf);
}

static void test_who_and_when_stand_under_the_title(void **state)
{
    (void)state;
    cn__report report = small;
    report.author = "Ana <P>", report.group = "B", report.course = "Redes", report.date = NULL;
    char *page = written(cn__report_html, &report, NULL);
    assert_non_null(strstr(page, "<p class=\"author\">Ana &lt;P&gt; · B</p>\n<p class=\"author\">Redes</p>"));
    cn__free(page);
}

static void test_empty(void **state)
{
    (void)state;
    const cn__block blank[] = {{.kind = CN_BLOCK_PROSE, .text = ""},
                               {.kind = CN_BLOCK_CELL, .text = NULL},
                               {.kind = CN_BLOCK_CELL, .text = "", .hidden = true}};
    for (size_t n = 0; n <= COUNT(blank); n++)
        for (size_t i = 0; i < COUNT(writers); i++)
            cn__free(
                written(writers[i], &(cn__report){.title = "", .blocks = blank, .block_count = n}, NULL));
}

static void assert_refused(const cn__report *report, const char *message)
{
    for (size_t i = 0; i < COUNT(writers); i++) {
        cn__text out = {0};
        assert_int_equal(writers[i](report, &out), CN_ERROR_ARGUMENT);
        assert_has(cn_error(), message);
        cn__text_free(&out);
    }
}

static void test_refused(void **state)
{
    (void)state;
    cn__report_output output = {.kind = CN_OUTPUT_FIGURE};
    cn__block blocks[] = {{.kind = CN_BLOCK_PROSE, .text = "# a\n"},
                          {.kind = CN_BLOCK_CELL, .text = "x", .outputs = &output, .output_count = 1}};
    cn__report report = {.title = "t", .blocks = blocks, .block_count = 2};
    assert_refused(&report, "is a figure, but has none");
    output = (cn__report_output){.kind = CN_OUTPUT_LOG};
    assert_refused(&report, "is a log, but has none");
    output = (cn__report_output){.kind = CN_OUTPUT_TABLE, .table = {.columns = 2}};
    assert_refused(&report, "has 2 columns and 0 rows");
    output = (cn__report_output){.kind = (cn__output_kind)9};
    assert_refused(&report, "kind 9");
    report.title = NULL;
    assert_refused(&report, "needs a title");
}

static void add_epochs(cn__text *log, int lines)
{
    for (int i = 1; i <= lines; i++)
        cn__text_printf(
            log,
            "%4d/1407 - loss: 0.%04d - accuracy: 0.91%02d - val_loss: 0.2%03d - val_accuracy: 0.93%02d - "
            "3.1s - 2.2ms/step\n",
            i, i, i % 100, i % 1000, i % 100);
}

static void test_long_log(void **state)
{
    (void)state;
    cn__text log = {0};
    add_epochs(&log, 3000);
    const cn__report_output output = {.kind = CN_OUTPUT_LOG, .text = log.data};
    const cn__block block = {.kind = CN_BLOCK_CELL, .text = "fit", .outputs = &output, .output_count = 1};
    for (size_t i = 0; i < COUNT(writers); i++)
        cn__free(written(writers[i], &(cn__report){.title = "t", .blocks = &block, .block_count = 1}, NULL));
    cn__text_free(&log);
}

static void test_long_word(void **state)
{
    (void)state;
    cn__text word = {0};
    for (int i = 0; i < 4000; i++) cn__text_add(&word, "w");
    const char *const cells[] = {word.data, "b", word.data, "1"};
    const cn__report_output odd[] = {
        {.kind = CN_OUTPUT_LOG, .text = word.data},
        {.kind = CN_OUTPUT_ERROR, .text = word.data},
        {.kind = CN_OUTPUT_TABLE, .caption = word.data, .table = {2, 2, cells, false}}};
    const cn__block blocks[] = {
        {.kind = CN_BLOCK_PROSE, .text = word.data},
        {.kind = CN_BLOCK_CELL, .text = word.data, .outputs = odd, .output_count = COUNT(odd)}};
    const cn__report report = {.title = word.data, .subtitle = word.data, .blocks = blocks, .block_count = 2};
    for (size_t i = 0; i < COUNT(writers); i++) cn__free(written(writers[i], &report, NULL));
    cn__text_free(&word);
}

static void test_deep_markdown(void **state)
{
    (void)state;
    cn__text deep = {0};
    for (int i = 0; i < 60; i++) cn__text_add(&deep, i % 2 ? "> " : "- ");
    cn__text_add(&deep, "bottom\n\n| | |\n|-|-|\n\n####### seven\n\n[x]: y\n\n1. \n2.\n");
    const cn__block block = {.kind = CN_BLOCK_PROSE, .text = deep.data};
    for (size_t i = 0; i < COUNT(writers); i++)
        cn__free(written(writers[i], &(cn__report){.title = "t", .blocks = &block, .block_count = 1}, NULL));
    cn__text_free(&deep);
}

/* ---- a large report for other readers ----------------------------------------------------------------------- */

enum { WIDE_COLUMNS = 24, WIDE_ROWS = 70, SECTIONS = 6 };

typedef struct large {
    cn__text log, source, sections[SECTIONS];
    char wide[WIDE_COLUMNS * WIDE_ROWS][24];
    const char *wide_cells[WIDE_COLUMNS * WIDE_ROWS];
    cn__report_output cells[8];
    cn__block blocks[2 * SECTIONS + 3];
    cn__report report;
} large;

static void fill_large(large *l)
{
    for (int i = 0; i < WIDE_COLUMNS * WIDE_ROWS; i++) {
        int row = i / WIDE_COLUMNS, column = i % WIDE_COLUMNS;
        if (row == 0) snprintf(l->wide[i], sizeof *l->wide, column ? "Column %d" : "Row", column);
        else if (column == 0) snprintf(l->wide[i], sizeof *l->wide, "row %d", row);
        else snprintf(l->wide[i], sizeof *l->wide, "%.*f", column % 5, row * 1.37 * (column + 1) - 40);
        l->wide_cells[i] = l->wide[i];
    }
    add_epochs(&l->log, 160);
    l->cells[0] = outputs[1];
    l->cells[1] = (cn__report_output){.kind = CN_OUTPUT_LOG, .text = l->log.data};
    l->cells[2] = figure_outputs[0];
    l->cells[3] = outputs[3];
    l->cells[4] = (cn__report_output){.kind = CN_OUTPUT_TABLE,
                                      .caption = "A table that is wider and longer than a page",
                                      .table = {WIDE_COLUMNS, WIDE_ROWS, l->wide_cells, true}};
    l->cells[5] = figure_outputs[1];
    size_t n = 0;
    l->blocks[n++] = small_blocks[0];
    l->blocks[n++] = small_blocks[1];
    for (int i = 0; i < SECTIONS; i++) {
        cn__text_printf(&l->sections[i], "# %d. Section with ñandú, «quotes» and α = β\n\n", i + 2);
        for (int k = 0; k <= 3 * i; k++)
            cn__text_printf(
                &l->sections[i],
                "%s A paragraph of prose tells what the next cell does, *why* it does so and what "
                "to look for in its output, at some length (%d).\n\n",
                k % 4 == 2 ? "## A smaller heading\n\n" : "", k);
        l->blocks[n++] = (cn__block){.kind = CN_BLOCK_PROSE, .text = l->sections[i].data};
        l->blocks[n++] = (cn__block){
            .kind = CN_BLOCK_CELL,
            .text = "model m512 \"1-512\"\n  input 784\n  dense 512\n  dense 10 activation=softmax\n",
            .outputs = &l->cells[i],
            .output_count = 1};
    }
    l->report = (cn__report){.title = "Cornu: sixteen networks on MNIST",
                             .subtitle = "A laboratory report",
                             .author = "The tests",
                             .summary = &summary,
                             .blocks = l->blocks,
                             .block_count = n};
}

static large *new_large(void)
{
    large *l = calloc(1, sizeof *l);
    assert_non_null(l);
    fill_large(l);
    return l;
}

static void free_large(large *l)
{
    for (int i = 0; i < SECTIONS; i++) cn__text_free(&l->sections[i]);
    cn__text_free(&l->log);
    free(l);
}

static void test_large(void **state)
{
    (void)state;
    large *l = new_large();
    for (size_t i = 0; i < COUNT(writers); i++) {
        size_t sizes[2];
        char *a = written(writers[i], &l->report, &sizes[0]), *b = written(writers[i], &l->report, &sizes[1]);
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(a, b, sizes[0]);
        cn__free(a);
        cn__free(b);
    }
    free_large(l);
}

/* ---- a report as the lab makes it ---------------------------------------------------------------------------- */

static void test_forty_figures_are_a_small_page(void **state)
{
    (void)state;
    seed_report *seed = new_seed_report();
    size_t size;
    char *page = written(cn__report_html, &seed->report, &size);
    assert_in_range(size, 500000, 2500000);
    assert_has(page, "<html lang=\"es\">");
    assert_has(page, "<b>Figura 42.</b>");
    assert_has(page, "<pre class=\"log boxes\" tabindex=\"0\">Model: &quot;m216&quot;");
    cn__free(page);
    free_seed_report(seed);
}

/* ---- when memory runs out ---------------------------------------------------------------------------------- */

static cn_status write_with(writer write, const cn__report *report, long allocations)
{
    cn__text out = {0};
    cn__allocations_left = allocations;
    cn_status status = write(report, &out);
    cn__text_free(&out);
    return status;
}

static void test_lack_of_memory_is_said_wherever_it_comes(void **state)
{
    (void)state;
    enum { MANY = 1 << 30 };
    const cn__report *const reports[] = {&small, &with_figures};
    for (size_t r = 0; r < COUNT(reports); r++)
        for (size_t i = 0; i < COUNT(writers); i++) {
            assert_int_equal(write_with(writers[i], reports[r], MANY), CN_OK);
            long needed = MANY - cn__allocations_left, step = r ? needed / 40 + 1 : needed / 150 + 1;
            for (long n = 0; n < needed; n += step)
                if (write_with(writers[i], reports[r], n) != CN_ERROR_MEMORY) {
                    cn__allocations_left = -1;
                    fail_msg("report %zu, writer %zu, allocation %ld of %ld", r, i, n, needed);
                }
            cn__allocations_left = -1;
        }
}

/* ---- for other readers --------------------------------------------------------------------------------------- */

static int write_report(const char *folder, const cn__report *report, const cn__text *log)
{
    static const char *const names[] = {"index.html", "report.pdf", "lab.ipynb"};
    char path[512];
    int failed = 0;
    for (size_t i = 0; i < COUNT(writers); i++) {
        cn__text out = {0};
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (writers[i](report, &out) != CN_OK || cn__file_write(path, out.data, out.size) != CN_OK) {
            fprintf(stderr, "%s: %s\n", names[i], cn_error());
            failed = 1;
        }
        cn__text_free(&out);
    }
    snprintf(path, sizeof path, "%s/log.txt", folder);
    return cn__file_write(path, log->data, log->size) != CN_OK || failed;
}

static int write_all(const char *folder)
{
    char inside[512];
    snprintf(inside, sizeof inside, "%s/seed", folder);
    large *l = new_large();
    seed_report *seed = new_seed_report();
    int failed = write_report(folder, &l->report, &l->log);
    failed |= cn__make_dirs(inside) != CN_OK || write_report(inside, &seed->report, &seed->log);
    free_large(l);
    free_seed_report(seed);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0) return write_all(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_page),
        cmocka_unit_test(test_small_notebook),
        cmocka_unit_test(test_page_is_alone),
        cmocka_unit_test(test_figures_in_page),
        cmocka_unit_test(test_figures_in_notebook),
        cmocka_unit_test(a_picture_that_is_kept_is_not_drawn_again),
        cmocka_unit_test(test_markdown_cannot_leave_its_text),
        cmocka_unit_test(test_headings),
        cmocka_unit_test(test_words_follow_the_language),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_same_bytes_twice),
        cmocka_unit_test(test_no_date_of_now_in_pdf),
        cmocka_unit_test(test_who_and_when_stand_under_the_title),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_log),
        cmocka_unit_test(test_long_word),
        cmocka_unit_test(test_deep_markdown),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_forty_figures_are_a_small_page),
        cmocka_unit_test(test_lack_of_memory_is_said_wherever_it_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
