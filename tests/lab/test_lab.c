/* What a lab writes: every kind of statement as page, notebook, PDF and results (golden files: CORNU_GOLDEN=1 writes them anew),
 * in which all numbers agree; equal bytes on any number of trainings and threads at once; models that can be loaded. */
#include "lab/support.h"

#include <math.h>

static const cn__lab_options every = {.out = "every", .no_cache = true, .jobs = 2};

/* tests/lab/every.md has been run here, into `every`, and its log is this. */
static char *every_log;

static int set_up(void **state)
{
    if (enter_home(state) != 0) return -1;
    char path[600];
    snprintf(path, sizeof path, "%s/lab/every.md", CORNU_TESTS_DIR);
    put_digits(96, 40);
    put_points(100);
    char *text = text_of(path);
    put_text("every.md", text);
    cn__free(text);
    succeeds(run_lab("every.md", every, false, &every_log));
    return 0;
}

static int tear_down(void **state)
{
    free(every_log);
    return leave(state);
}

static void is_golden(const char *name, const char *got)
{
    char path[600];
    snprintf(path, sizeof path, "%s/lab/%s", CORNU_TESTS_DIR, name);
    if (getenv("CORNU_GOLDEN")) put_text(path, got);
    char *expected = text_of(path);
    if (strcmp(got, expected) != 0) {
        size_t line = 1, at = 0;
        for (; got[at] == expected[at]; at++) line += got[at] == '\n';
        put_text("got", got);
        fail_msg("%s:%zu: got '%.60s', expected '%.60s'", name, line, got + at, expected + at);
    }
    cn__free(expected);
}

/* ---- golden files ------------------------------------------------------------------------------------------- */

static const char *const left_out[][2] = {{"<svg", "</svg>"},
                                          {"<script", "</script>\n"},
                                          {"Plan of", "</pre>"},
                                          {" style=\"", "\""},
                                          {" tabindex=\"", "\""}};

/* A page without what is drawn and without what depends on the processor. */
static void add_page(cn__text *out, const char *page)
{
    const char *p = strstr(page, "<div class=\"page\">"), *end = strstr(page, "</main>");
    assert_non_null(p);
    assert_non_null(end);
    while (p < end) {
        const char *skipped = NULL;
        for (size_t i = 0; i < COUNT_OF(left_out) && !skipped; i++) {
            if (strncmp(p, left_out[i][0], strlen(left_out[i][0])) != 0) continue;
            skipped = strstr(p + strlen(left_out[i][0]), left_out[i][1]);
            assert_non_null(skipped);
            skipped += strlen(left_out[i][1]);
            if (i == 2) skipped -= strlen("</pre>");
        }
        if (!skipped) cn__text_add_bytes(out, p, 1);
        p = skipped ? skipped : p + 1;
    }
}

static void the_page_shows_what_every_statement_shows(void **state)
{
    (void)state;
    char *page = text_of("every/index.html");
    cn__text out = {0};
    add_page(&out, page);
    is_golden("every.html", out.data);
    cn__text_free(&out);
    cn__free(page);
}

static const char *first_line(const json_t *source, char *out, size_t size)
{
    const char *text = json_string_value(json_is_array(source) ? json_array_get(source, 0) : source);
    snprintf(out, size, "%.*s", (int)strcspn(text ? text : "", "\n"), text ? text : "");
    return out;
}

/* A line a cell, and below it one for each output: its type, and the forms that it has. */
static void add_notebook(cn__text *out, json_t *book)
{
    size_t i, k;
    json_t *cell, *output, *data;
    const char *form;
    char line[200];
    json_array_foreach(json_object_get(book, "cells"), i, cell)
    {
        cn__text_printf(out, "%s: %s\n", json_string_value(json_object_get(cell, "cell_type")),
                        first_line(json_object_get(cell, "source"), line, sizeof line));
        json_array_foreach(json_object_get(cell, "outputs"), k, output)
        {
            cn__text_printf(out, "  %s", json_string_value(json_object_get(output, "output_type")));
            json_object_foreach(json_object_get(output, "data"), form, data)
                cn__text_printf(out, " %s", form);
            json_t *text = json_object_get(output, "text");
            if (text) cn__text_printf(out, ": %s", first_line(text, line, (size_t)21));
            if (json_object_get(output, "ename"))
                cn__text_printf(out, ": %s", json_string_value(json_object_get(output, "evalue")));
            cn__text_add(out, "\n");
        }
    }
}

static void the_notebook_has_a_cell_for_every_block(void **state)
{
    (void)state;
    json_t *book = json_of("every/lab.ipynb");
    assert_int_equal(json_integer_value(json_object_get(book, "nbformat")), 4);
    assert_int_equal(json_integer_value(json_object_get(book, "nbformat_minor")), 5);
    cn__text out = {0};
    add_notebook(&out, book);
    is_golden("every.cells", out.data);
    cn__text_free(&out);
    json_decref(book);
}

/* Each path that is new with the kind of its value; members of arrays are all "[]". */
static void add_paths(cn__text *out, const char *path, json_t *value)
{
    static const char *const kinds[] = {"object", "array", "string", "integer",
                                        "real",   "true",  "false",  "null"};
    char line[300], below[260];
    const char *key;
    json_t *member;
    size_t i;
    snprintf(line, sizeof line, "%s %s\n", path, kinds[json_typeof(value)]);
    if (*path && (!out->data || !strstr(out->data, line))) cn__text_add(out, line);
    json_object_foreach(value, key, member)
    {
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
        add_paths(out, below, member);
    }
    json_array_foreach(value, i, member)
    {
        snprintf(below, sizeof below, "%s[]", path);
        add_paths(out, below, member);
    }
}

static void results_have_a_structure_that_stays(void **state)
{
    (void)state;
    json_t *root = json_of("every/results.json");
    cn__text out = {0};
    add_paths(&out, "", root);
    is_golden("every.paths", out.data);
    cn__text_free(&out);
    json_decref(root);
}

/* ---- numbers agree --------------------------------------------------------------------------------------------- */

static void add_csv_fit(cn__text *out, json_t *network, json_t *fit, size_t number)
{
    json_t *history = json_object_get(fit, "history"), *values, *value;
    const char *id = json_string_value(json_object_get(network, "id")), *name,
               *title = json_string_value(json_object_get(network, "title"));
    long long seed = json_integer_value(json_object_get(fit, "seed"));
    if (!history) return;
    size_t epochs = json_array_size(json_object_get(history, "loss"));
    for (size_t e = 0; e < epochs; e++)
        json_object_foreach(history, name, values)
            cn__text_printf(out, "%s,%s,%zu,%lld,%zu,%s,%.9g\n", id, title, number, seed, e + 1, name,
                            json_number_value(json_array_get(values, e)));
    json_object_foreach(json_object_get(fit, "test"), name, value) cn__text_printf(
        out, "%s,%s,%zu,%lld,,test_%s,%.9g\n", id, title, number, seed, name, json_number_value(value));
}

static void the_csv_is_the_json(void **state)
{
    (void)state;
    json_t *root = json_of("every/results.json"), *network, *fit;
    cn__text out = {0};
    size_t i, k;
    cn__text_add(&out, "model,title,fit,seed,epoch,name,value\n");
    json_array_foreach(json_object_get(root, "networks"), i, network)
    {
        json_array_foreach(json_object_get(network, "fits"), k, fit) add_csv_fit(&out, network, fit, k + 1);
        json_array_foreach(json_object_get(network, "repeats"), k, fit) add_csv_fit(&out, network, fit, 1);
    }
    char *csv = text_of("every/results.csv");
    assert_true(strlen(csv) > 1000);
    is_text(csv, out.data);
    cn__free(csv);
    cn__text_free(&out);
    json_decref(root);
}

/* "5/5 - accuracy: 0.0833 - loss: …" of each epoch, from results.json. */
static void add_epoch_lines(cn__text *out, json_t *fit)
{
    json_t *history = json_object_get(fit, "history"), *values;
    const char *name;
    for (size_t e = 0; e < json_array_size(json_object_get(history, "loss")); e++) {
        json_object_foreach(history, name, values)
            cn__text_printf(out, " - %s: %.4f", name, json_number_value(json_array_get(values, e)));
        cn__text_add(out, "\n");
    }
}

/* Lines of all fits, joined; a text holds each. */
static void holds_all_epochs(const char *text)
{
    json_t *root = json_of("every/results.json"), *network, *fit;
    cn__text lines = {0};
    size_t i, k, count = 0;
    json_array_foreach(json_object_get(root, "networks"), i, network)
        json_array_foreach(json_object_get(network, "fits"), k, fit) add_epoch_lines(&lines, fit);
    for (char *line = strtok(lines.data, "\n"); line; line = strtok(NULL, "\n"), count++) holds(text, line);
    assert_int_equal(count, 6);
    cn__text_free(&lines);
    json_decref(root);
}

static void terminal_page_and_notebook_tell_every_epoch_alike(void **state)
{
    (void)state;
    char *page = text_of("every/index.html"), *book = text_of("every/lab.ipynb");
    holds_all_epochs(every_log);
    holds_all_epochs(page);
    holds_all_epochs(book);
    cn__free(page);
    cn__free(book);
}

static void the_pdf_holds_every_line_of_every_log(void **state)
{
    (void)state;
    if (system("command -v pdftotext >/dev/null 2>&1") != 0) {
        print_message("pdftotext is missing: skipped\n");
        skip();
    }
    assert_int_equal(system("pdftotext -layout every/report.pdf every.txt"), 0);
    char *text = text_of("every.txt");
    holds_all_epochs(text);
    static const char *const parts[] = {"Every statement",     "What each one shows",
                                        "The tests",           "Best model",
                                        "Eight units",         "1. Data",
                                        "2. Networks",         "3. Numbers",
                                        "Total params: 1,250", "What they cost",
                                        "Weighted average",    "copies/a.h5",
                                        "{{braces}}",          "target (None, 10), output (None, 5)",
                                        "Four & <more>"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) holds(text, parts[i]);
    cn__free(text);
}

/* ---- equal bytes --------------------------------------------------------------------------------------------------- */

static void any_number_of_trainings_and_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    static const cn__lab_options others[] = {
        {.out = "one", .cache = "one.sqlite", .jobs = 1, .threads = 1},
        {.out = "three", .cache = "three.sqlite", .jobs = 3, .threads = 2},
        {.out = "one-of-cache", .cache = "one.sqlite", .jobs = 3}, /* nothing is trained */
    };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *log;
        succeeds(run_lab("every.md", others[i], false, &log));
        free(log);
        size_t count = equal_folders("every", others[i].out);
        assert_int_equal(count, equal_folders(others[i].out, "every"));
        assert_true(count > 50);
    }
}

static void seconds_are_left_out_when_asked_for(void **state)
{
    (void)state;
    put_text("timed.md",
             "---\nlanguage: en\n---\n```cornu\ndataset x=points.npy y=sums.npy\nmodel a\n  dense 1\n"
             "compile a loss=mse\nfit a\n```\n");
    for (int times = 0; times < 2; times++) {
        char *log;
        succeeds((times ? run_lab_timed : run_lab)(
            "timed.md", (cn__lab_options){.out = "timed", .no_cache = true}, false, &log));
        json_t *root = json_of("timed/results.json");
        char *page = text_of("timed/index.html");
        assert_int_equal(json_at(root, "networks/0/fits/0/seconds") != NULL, times);
        assert_int_equal(strstr(page, "Training time") != NULL, times);
        assert_int_equal(strstr(log, "us/step") || strstr(log, "ms/step"), times);
        cn__free(page);
        json_decref(root);
        free(log);
    }
}

/* ---- models --------------------------------------------------------------------------------------------------------- */

static double tested(json_t *root, const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "networks/0/fits/0/test/%s", name);
    assert_non_null(json_at(root, path));
    return json_number_value(json_at(root, path));
}

static void saved_models_load_and_say_the_same(void **state)
{
    (void)state;
    cn__program p;
    bool missing;
    json_t *root = json_of("every/results.json");
    succeeds(cn__program_open(&p, "every.md", NULL, &(cn__lab_options){.data_dir = "digits", .quiet = true},
                              &missing));
    const cn__stage *data = p.jobs[0]->data;
    static const char *const files[] = {"every/models/a.keras", "every/copies/a.h5"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        cn_model *m = cn_model_load(files[i]);
        if (!m) fail_msg("%s", cn_error());
        cn_logs *logs = cn_model_evaluate(m, &data->test_x, &data->test_y);
        assert_non_null(logs);
        char got[60], expected[60];
        snprintf(got, sizeof got, "%.9g %.9g", cn_logs_get(logs, "loss"), cn_logs_get(logs, "accuracy"));
        snprintf(expected, sizeof expected, "%.9g %.9g", tested(root, "loss"), tested(root, "accuracy"));
        is_text(got, expected);
        cn_logs_free(logs);
        cn_model_free(m);
    }
    cn__program_free(&p);
    json_decref(root);
}

/* ---- other labs -------------------------------------------------------------------------------------------------------- */

static void the_language_is_the_documents_or_the_options(void **state)
{
    (void)state;
    put_text("es.md",
             "---\nlanguage: es\n---\n```cornu\ndataset x=points.npy y=classes.npy\ndataset info\n```\n");
    for (int english = 0; english < 2; english++) {
        char *log;
        succeeds(run_lab("es.md",
                         (cn__lab_options){.out = "es", .no_cache = true, .language = english ? "en" : NULL},
                         false, &log));
        char *page = text_of("es/index.html");
        holds(page, english ? "<html lang=\"en\">" : "<html lang=\"es\">");
        holds(page, english ? "Training" : "Entrenamiento");
        holds_not(page, english ? "Entrenamiento" : "Training");
        holds(log, english ? "Classes: 4" : "Clases: 4");
        cn__free(page);
        free(log);
    }
}

static void format_chooses_the_reports(void **state)
{
    (void)state;
    put_text("text.md", "# Only text\n");
    succeeds(run_lab("text.md", (cn__lab_options){.out = "text", .no_cache = true, .formats = "pdf, html"},
                     false, NULL));
    assert_true(cn__file_exists("text/index.html"));
    assert_true(cn__file_exists("text/report.pdf"));
    assert_false(cn__file_exists("text/lab.ipynb"));
    assert_true(cn__file_exists("text/results.json"));
    assert_int_not_equal(
        run_lab("text.md", (cn__lab_options){.out = "pfd", .formats = "html,pfd"}, false, NULL), CN_OK);
    is_text(cn_error(), "unknown report in --format: 'pfd'; did you mean 'pdf'? Known: html, pdf, ipynb");
    assert_false(cn__dir_exists("pfd"));
}

static void an_empty_lab_is_a_report_too(void **state)
{
    (void)state;
    put_text("empty.md", "");
    succeeds(run_lab("empty.md", (cn__lab_options){.out = "empty", .no_cache = true}, false, NULL));
    json_t *root = json_of("empty/results.json");
    assert_int_equal(json_array_size(json_object_get(root, "networks")), 0);
    json_decref(root);
    char *page = text_of("empty/index.html");
    holds(page, "<h1>empty.md</h1>");
    cn__free(page);
}

static void what_was_left_out_says_so_in_the_text(void **state)
{
    (void)state;
    put_text("only.md",
             "```cornu\ndataset x=points.npy y=sums.npy\nmodel a\n  dense 1\nmodel b like=a\n"
             "compile a, b loss=mse\nfit a, b\ncompare a, b\nplot convergence a, b\n```\n"
             "A {{a.epochs}}, B {{b.epochs}}, {{b.loss.last > a.loss.last ? \"more\" : \"less\"}}, "
             "{{best(a, b, by=loss).title}}.\n\n```cornu\nevaluate b\nplot history b\n```\n"
             "{{b.test.loss:.4f}}\n");
    trains("only.md", (cn__lab_options){.out = "only", .no_cache = true, .only = "a"}, 1, 0);
    char *page = text_of("only/index.html"), *csv = text_of("only/results.csv");
    holds(page, "A 1, B (not run), (not run), (not run).");
    holds(page, "b (not run)");      /* its place in the figure of compare */
    holds(page, "b: (not run)\n");   /* and in the blocks that speak of it alone */
    holds(page, "<p>(not run)</p>"); /* its test, which no run evaluated */
    holds_not(csv, "\nb,");
    assert_true(cn__file_exists("only/models/a.keras"));
    assert_false(cn__file_exists("only/models/b.keras"));
    cn__free(page);
    cn__free(csv);
}

/* Two classes that a sign separates: every accuracy is 1 or close to it. */
static void an_axis_of_accuracy_ends_at_1(void **state)
{
    (void)state;
    cn__text table = {0};
    cn__text_add(&table, "a,c\n");
    for (int i = 0; i < 200; i++) cn__text_add(&table, i % 2 ? "1,yes\n" : "-1,no\n");
    put_text("sign.csv", table.data);
    put_text(
        "sign.md",
        "```cornu\ndataset sign.csv target=c test_split=0.2\nmodel a\n  dense 2 softmax\n"
        "compile a optimizer=sgd(learning_rate=0.03) loss=sparse_categorical_crossentropy metrics=accuracy\n"
        "fit a epochs=3 batch_size=4 validation_split=0.25\nevaluate a\ncompare a\n```\n");
    trains("sign.md", (cn__lab_options){.out = "sign", .no_cache = true}, 1, 0);
    char *figure = text_of("sign/figures/compare.svg");
    holds(figure, "axis from 0.");
    holds(figure, ">1.000");
    for (int i = 1; i < 10; i++) holds_not(figure, (char[]){'>', '1', '.', '0', (char)('0' + i), '\0'});
    holds_not(figure, ">1.001");
    cn__free(figure);
    cn__text_free(&table);
}

/* All is written and shown, and the run fails with the place. */
static void diverges(const char *path, cn__lab_options options, const char *trainings)
{
    char *log;
    assert_int_equal(run_lab(path, options, false, &log), CN_ERROR_NUMERIC);
    says("nan.md:7: fit a: training diverged: the loss is not finite from epoch 1 on. Smaller steps help");
    holds(log, trainings);
    free(log);
}

static void a_training_that_diverges_is_reported(void **state)
{
    (void)state;
    put_text("nan.md",
             "```cornu\ndataset x=points.npy y=sums.npy\nmodel a\n  dense 4 relu\n  dense 1\n"
             "compile a optimizer=sgd(learning_rate=1e30) loss=mse metrics=mae\n"
             "fit a epochs=3 validation_split=0.25\nplot history a\nplot difference a\nplot convergence a\n"
             "compare a\nevaluate a\npredict a\nplot prediction a\nrepeat a seeds=2\n```\n"
             "{{a.loss.last}} {{a.loss.best_epoch}} {{a.convergence}} {{best(a, by=loss).name}}\n");
    diverges("nan.md", (cn__lab_options){.out = "nan", .cache = "nan.sqlite"},
             "\n2 new trainings, 0 already there, ");
    json_t *root = json_of("nan/results.json");
    assert_true(json_is_null(json_at(root, "networks/0/fits/0/history/loss/2")));
    json_decref(root);
    char *first = text_of("nan/index.html");
    diverges("nan.md", (cn__lab_options){.out = "nan", .cache = "nan.sqlite"},
             "\n0 new trainings, 2 already there, ");
    char *page = text_of("nan/index.html");
    is_text(page, first);
    holds(page, "<p>nan ");
    cn__free(page);
    cn__free(first);
}

/* The numbers of a cell "0.1234 ± 0.0056". */
static void has_spread(const char *page, const double *values, size_t n)
{
    char cell[60];
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++) squares += pow(values[i] - mean, 2);
    snprintf(cell, sizeof cell, "%.4f ± %.4f", mean, sqrt(squares / (double)(n - 1)));
    holds(page, cell);
}

/* A number as a cell shows it: the digits after the point apart. */
static void add_cell(cn__text *out, double value)
{
    char digits[40];
    snprintf(digits, sizeof digits, "%.4f", value);
    char *point = strchr(digits, '.');
    *point = '\0';
    cn__text_printf(out, "<td>%s<span>.%s</span></td>", digits, point + 1);
}

static void has_cells(const char *page, const char *head, const double *values, size_t n)
{
    cn__text cells = {0};
    cn__text_printf(&cells, "%s", head);
    for (size_t i = 0; i < n; i++) add_cell(&cells, values[i]);
    cn__text plain = {0};
    add_page(&plain, page);
    holds(plain.data, cells.data);
    cn__text_free(&plain);
    cn__text_free(&cells);
}

/* Each of three values, and the middle one. */
static void has_values(const char *page, const double *v)
{
    const double least = fmin(v[0], fmin(v[1], v[2])), most = fmax(v[0], fmax(v[1], v[2]));
    has_cells(page, "", (double[]){v[0], v[1], v[2], v[0] + v[1] + v[2] - least - most}, 4);
}

static void several_models_are_repeated_beside_each_other(void **state)
{
    (void)state;
    put_text(
        "several.md",
        "---\nlanguage: es\n---\n```cornu\ndataset x=points.npy y=classes.npy\nmodel a \"Ancho 2\"\n  dense 2 relu\n"
        "  dense 4 softmax\nmodel b \"Ancho 8\"\n  dense 8 relu\n  dense 4 softmax\n"
        "compile a, b loss=sparse_categorical_crossentropy metrics=accuracy\nfit a, b epochs=2 validation_split=0.2\n"
        "repeat a, b seeds=3\n```\n{{b.repeat.val_accuracy.mean:.4f}}\n");
    succeeds(run_lab("several.md", (cn__lab_options){.out = "several", .no_cache = true}, false, NULL));
    char *page = text_of("several/index.html");
    json_t *root = json_of("several/results.json");
    holds(page, "Con 3 semillas cada uno");
    holds(page, "Media en validación de 3 semillas; la banda es la desviación típica.");
    holds(page, "data-name=\"repeat\"");
    for (int m = 0; m < 2; m++) {
        double loss[3], test[3], last[3];
        for (int i = 0; i < 3; i++) {
            char at[3][100];
            snprintf(at[0], 100,
                     i ? "networks/%d/repeats/%d/history/val_loss/1"
                       : "networks/%d/fits/%d/history/val_loss/1",
                     m, i ? i - 1 : 0);
            snprintf(at[1], 100,
                     i ? "networks/%d/repeats/%d/test/accuracy" : "networks/%d/fits/%d/test/accuracy", m,
                     i ? i - 1 : 0);
            snprintf(at[2], 100,
                     i ? "networks/%d/repeats/%d/history/val_accuracy/1"
                       : "networks/%d/fits/%d/history/val_accuracy/1",
                     m, i ? i - 1 : 0);
            last[i] = json_number_value(json_at(root, at[2]));
            loss[i] = json_number_value(json_at(root, at[0]));
            test[i] = json_number_value(json_at(root, at[1]));
        }
        has_spread(page, loss, 3);
        has_spread(page, test, 3);
        has_values(page, test);
        has_values(page, last);
    }
    json_decref(root);
    cn__free(page);
}

static void a_repeat_shows_every_seed_and_their_median(void **state)
{
    (void)state;
    put_text("seeds.md", "---\nseed: 7\n---\n```cornu\ndataset x=points.npy y=sums.npy\nmodel a\n  dense 1\n"
                         "compile a loss=mse\nfit a epochs=2\nrepeat a seeds=4\n```\n"
                         "{{a.repeat.loss.median:.4f}} {{a.repeat.test.loss.max:.4f}}\n");
    succeeds(run_lab("seeds.md", (cn__lab_options){.out = "seeds", .no_cache = true}, false, NULL));
    char *page = text_of("seeds/index.html"), text[100];
    json_t *root = json_of("seeds/results.json");
    double loss[4], test[4], sum = 0, least = INFINITY, most = -INFINITY, most_test = -INFINITY;
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text,
                 i ? "networks/0/repeats/%d/history/loss/1" : "networks/0/fits/%d/history/loss/1",
                 i ? i - 1 : 0);
        loss[i] = json_number_value(json_at(root, text));
        snprintf(text, sizeof text, i ? "networks/0/repeats/%d/test/loss" : "networks/0/fits/%d/test/loss",
                 i ? i - 1 : 0);
        test[i] = json_number_value(json_at(root, text));
        sum += loss[i], least = fmin(least, loss[i]), most = fmax(most, loss[i]);
        most_test = fmax(most_test, test[i]);
        snprintf(text, sizeof text, "<th scope=\"row\">%d</th>", 7 + i);
        has_cells(page, text, (double[]){loss[i], test[i]}, 2);
    }
    has_cells(page, "<th scope=\"row\">Median</th>", (double[]){(sum - least - most) / 2}, 1);
    snprintf(text, sizeof text, "<p>%.4f %.4f</p>", (sum - least - most) / 2, most_test);
    holds(page, text);
    json_decref(root);
    cn__free(page);
}

/* A tie in accuracy is decided by the loss. */
static void equals_are_told_as_ties_the_surest_first(void **state)
{
    (void)state;
    put_text("tie.md", "```cornu\ndataset x=points.npy y=classes.npy\nmodel a \"Unsure\"\n  dense 4 softmax\n"
                       "model b \"Surer\" like=a\n"
                       "compile a, b loss=sparse_categorical_crossentropy metrics=accuracy "
                       "optimizer=sgd(learning_rate=1e-5)\n"
                       "fit a validation_split=0.2\nfit b epochs=20 validation_split=0.2\n```\n");
    trains("tie.md", (cn__lab_options){.out = "tie", .no_cache = true}, 2, 0);
    json_t *root = json_of("tie/results.json");
    double a = json_number_value(json_at(root, "networks/0/fits/0/history/val_accuracy/0")),
           b = json_number_value(json_at(root, "networks/1/fits/0/history/val_accuracy/19"));
    json_decref(root);
    char *page = text_of("tie/index.html");
    assert_true(a == b);
    holds(page, "<th scope=\"row\">Best models, tied</th><td>Surer, Unsure</td>");
    cn__free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_what_every_statement_shows),
        cmocka_unit_test(the_notebook_has_a_cell_for_every_block),
        cmocka_unit_test(results_have_a_structure_that_stays),
        cmocka_unit_test(the_csv_is_the_json),
        cmocka_unit_test(terminal_page_and_notebook_tell_every_epoch_alike),
        cmocka_unit_test(the_pdf_holds_every_line_of_every_log),
        cmocka_unit_test(any_number_of_trainings_and_threads_gives_the_same_bytes),
        cmocka_unit_test(seconds_are_left_out_when_asked_for),
        cmocka_unit_test(saved_models_load_and_say_the_same),
        cmocka_unit_test(the_language_is_the_documents_or_the_options),
        cmocka_unit_test(format_chooses_the_reports),
        cmocka_unit_test(an_empty_lab_is_a_report_too),
        cmocka_unit_test(what_was_left_out_says_so_in_the_text),
        cmocka_unit_test(an_axis_of_accuracy_ends_at_1),
        cmocka_unit_test(a_training_that_diverges_is_reported),
        cmocka_unit_test(several_models_are_repeated_beside_each_other),
        cmocka_unit_test(a_repeat_shows_every_seed_and_their_median),
        cmocka_unit_test(equals_are_told_as_ties_the_surest_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
