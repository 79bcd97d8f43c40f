/* Numbers in the text: every member of a model, the data and the lab; arithmetic, choices, formats; what in a text is an
 * expression and what stays; and mistakes with their lines. The values come from histories made by hand, so that each is known. */
#include "lab/support.h"

#include <math.h>

#include "lab/show/prose.h"

static const char lab_text[] =
    "---\nseed: 11\n---\n"
    "```cornu\n"
    "dataset x=points.npy y=classes.npy\n"
    "dataset one_hot\n"
    "model a \"Model A\"\n"
    "  dense 3 relu\n"
    "  dense 4 softmax\n"
    "model b \"B\" like=a\n"
    "model c\n"
    "  dense 5 softmax\n"
    "compile a, b, c optimizer=sgd loss=categorical_crossentropy metrics=accuracy\n"
    "fit a epochs=3 validation_split=0.5\n"
    "fit b epochs=2\n"
    "evaluate a\n"
    "confusion a\n"
    "ensemble a, b\n"
    "```\n"
    "first\n"
    "```cornu\n"
    "fit a epochs=7 initial_epoch=5 validation_split=0.5 callbacks=stop_below(value=0.1)\n"
    "repeat b seeds=3\n"
    "```\n"
    "second\n"
    "```cornu expect=error\n"
    "fit c\n"
    "```\n"
    "third\n";

static cn__program program;
static size_t first_prose, second_prose;

static void set_curve(cn__job *j, const char *name, size_t n, const double *values)
{
    const double *there = cn__curves_find(&j->outcome.history, name);
    assert_non_null(there);
    memcpy((double *)there, values, n * sizeof *values);
}

/* A history with the names that the job expects, all values `fill`. */
static void give_history(cn__job *j, size_t epochs, double fill)
{
    cn__curves *c = &j->outcome.history;
    *c = (cn__curves){.count = j->expected.count, .epochs = epochs, .names = j->expected.names};
    c->values = cn__arena_array(&j->arena, c->count, sizeof *c->values);
    j->outcome.seconds = cn__arena_array(&j->arena, epochs, sizeof(double));
    for (size_t i = 0; i < c->count; i++) {
        c->values[i] = cn__arena_array(&j->arena, epochs, sizeof(double));
        for (size_t e = 0; e < epochs; e++) c->values[i][e] = fill;
    }
    for (size_t e = 0; e < epochs; e++) j->outcome.seconds[e] = 1.25;
    j->done = j->started = true;
}

static void give_test(cn__job *j, double loss, double accuracy)
{
    static const char *names[] = {"loss", "accuracy"};
    cn__curves *t = &j->outcome.test;
    *t = (cn__curves){.count = 2, .epochs = 1, .names = names};
    t->values = cn__arena_array(&j->arena, 2, sizeof *t->values);
    for (int i = 0; i < 2; i++) t->values[i] = cn__arena_array(&j->arena, 1, sizeof(double));
    t->values[0][0] = loss, t->values[1][0] = accuracy;
}

/* All samples said to be of one class. */
static void give_prediction(cn__job *j, size_t class)
{
    const size_t shape[] = {j->data->test_x.shape[0], 4};
    succeeds(cn_array_new(&j->outcome.prediction, CN_FLOAT32, 2, shape));
    for (size_t i = 0; i < shape[0]; i++) ((float *)j->outcome.prediction.data)[4 * i + class] = 1;
}

static void pretend_to_run(void)
{
    cn__job **j = program.jobs; /* a, b, a again, b with two further seeds */
    assert_int_equal(program.job_count, 5);
    for (int i = 0; i < 5; i++) give_history(j[i], i == 0 ? 3 : 2, 0.5);
    set_curve(j[0], "loss", 3, (double[]){2, 1, 0.5});
    set_curve(j[0], "accuracy", 3, (double[]){0.25, 0.75, 0.5});
    set_curve(j[0], "val_loss", 3, (double[]){1.5, NAN, 0.75});
    set_curve(j[0], "val_accuracy", 3, (double[]){0.5, 0.625, 0.125});
    set_curve(j[1], "loss", 2, (double[]){3, 2});
    set_curve(j[2], "loss", 2, (double[]){0.375, 0.0625});
    for (int i = 1; i < 5; i += i == 1 ? 2 : 1) set_curve(j[i], "accuracy", 2, (double[]){0, 0.125 * i});
    j[2]->outcome.stop.kind = CN_STOP_CALLBACK;
    j[2]->outcome.stopped = "loss is 0.0625";
    give_test(j[0], 0.875, 0.96875);
    for (int i = 1; i < 5; i++) give_test(j[i], 1, 0.5);
    give_prediction(j[0], 2);
    give_prediction(j[1], 1);
    give_prediction(j[2], 2);
}

static int open_program(void **state)
{
    bool missing;
    if (enter_folder(state) != 0) return -1;
    put_points(100);
    succeeds(cn__program_open(&program, "lab.md", lab_text, &no_options, &missing));
    pretend_to_run();
    for (size_t i = 0; i < program.document.count; i++) {
        if (strncmp(program.document.parts[i].text, "first", 5) == 0) first_prose = i;
        if (strncmp(program.document.parts[i].text, "second", 6) == 0) second_prose = i;
    }
    return 0;
}

static int close_program(void **state)
{
    cn__program_free(&program);
    return leave(state);
}

/* What a text of the part becomes. */
static void becomes_at(size_t part, const char *text, const char *expected)
{
    cn__text out = {0};
    cn__expand(&program, part, text, 1, NULL, &out);
    is_text(out.data ? out.data : "", expected);
    cn__text_free(&out);
}

static void becomes(const char *text, const char *expected) { becomes_at(first_prose, text, expected); }

/* Checking finds this ("" nothing); line 1 is 10 here. */
static void checks(const char *text, const char *expected)
{
    cn__text out = {0};
    cn__mistakes mistakes = {.file = "f.md"};
    cn__expand(&program, first_prose, text, 10, &mistakes, &out);
    cn_error_clear();
    (void)!cn__mistakes_end(&mistakes);
    if (strcmp(cn_error(), expected) != 0)
        fail_msg("%s\ngot:      %s\nexpected: %s", text, cn_error(), expected);
    cn__text_free(&out);
}

/* {{x}} is this; and the check before the run lets it pass. */
static void is(const char *expression, const char *expected)
{
    char text[1000];
    snprintf(text, sizeof text, "{{%s}}", expression);
    checks(text, "");
    becomes(text, expected);
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

static void members_of_a_model_are_found(void **state)
{
    (void)state;
    is("a.title", "Model A");
    is("a.name", "a");
    is("a.parameters", "25");
    is("a.mflops:.6f", "0.000041"); /* 2·2·3 + 3 + 2·3·4 + 4 = 43 of 1024² */
    is("a.seconds", "3.7500");
    is("a.epochs", "3");
    is("a.stopped", "");
    is("c.error", "y: target and output must have the same shape: target (None, 4), output (None, 5)");
}

static void every_ending_of_a_curve_is_found(void **state)
{
    (void)state;
    is("a.loss.first", "2");
    is("a.loss.last", "0.5000");
    is("a.loss.min", "0.5000");
    is("a.loss.max", "2");
    is("a.loss.mean:.3f", "1.167");
    is("a.loss.best", "0.5000");
    is("a.loss.best_epoch", "3");
    is("a.loss.epoch(2)", "1");
    is("a.loss.epoch(1 + 1)", "1");
    is("a.loss.epoch(9)", "(not run)");
    is("a.loss.epoch(0)", "(not run)");
    is("a.accuracy.best", "0.7500");
    is("a.accuracy.best_epoch", "2");
    is("a.val_accuracy.max", "0.6250");
    is("a.val_loss.mean", "1.1250"); /* without the epoch that has none */
    is("a.val_loss.epoch(2)", "(not run)");
    is("a.convergence", "0.3750"); /* (1 - 0.5 / 2) / 2 */
    is("a.difference.accuracy.last", "0.3750");
    is("a.difference.accuracy.best", "0.1250");
    is("a.difference.loss.first", "0.5000");
}

static void tests_classes_and_repeats_are_found(void **state)
{
    (void)state;
    size_t support[4] = {0};
    char text[40];
    const cn__job *j = program.jobs[0];
    for (size_t i = 0; i < 20; i++) support[(size_t)cn_array_at(&j->data->test_labels, i)]++;
    size_t most = 0;
    for (size_t k = 0; k < 4; k++)
        if (k != 2 && (most == 2 || support[k] > support[most])) most = k;
    is("a.test.accuracy", "0.9688");
    is("a.test.loss", "0.8750");
    snprintf(text, sizeof text, "%zu", 20 - support[2]);
    is("a.confusion.errors", text);
    snprintf(text, sizeof text, "%zu → 2", most);
    is("a.confusion.most", text);
    is("a.recall.class(2)", "1");
    is("a.recall.class(0)", "0");
    is("a.recall.class(\"0\")", "0");
    is("a.recall.macro", "0.2500");
    snprintf(text, sizeof text, "%.4f", (double)support[2] / 20);
    is("a.precision.class(2)", text);
    is("a.recall.weighted", text);
    is("a.precision.max", text); /* what is never answered has a precision of 0 */
    is("a.recall.min", "0");
    is("a.recall.max", "1");
    is("a.recall.worst", support[0] ? "0" : "1"); /* the first of those that occur */
    is("a.recall.best", "2");
    is("a.f1.best", "2");
    double precision = (double)support[2] / 20;
    snprintf(text, sizeof text, "%.4f", 2 * precision / (precision + 1) / 4);
    is("a.f1.macro", text);
    snprintf(text, sizeof text, "%.4f", (double)support[1] / 20); /* of equals the first class */
    is("ensemble(a, b).vote:.4f", text);
    is("ensemble(a, b).mean == ensemble(a, b).vote ? 'same' : 'other'", "same");
    is("b.repeat.accuracy.mean:.6f", "0.333333"); /* 0.125, 0.375, 0.5 */
    is("b.repeat.accuracy.deviation:.6f", "0.190941");
    is("b.repeat.accuracy.median:.6f", "0.375000");
    is("b.repeat.accuracy.min:.6f", "0.125000");
    is("b.repeat.accuracy.max:.6f", "0.500000");
    is("b.repeat.test.loss.mean", "1");
    is("b.repeat.test.loss.deviation", "0");
}

static void of_several_fits_the_last_above_is_meant(void **state)
{
    (void)state;
    becomes_at(first_prose, "{{a.epochs}} {{a.loss.last:.4f}} {{a.stopped}}", "3 0.5000 ");
    becomes_at(second_prose, "{{a.epochs}} {{a.loss.last:.4f}} {{a.stopped}}", "2 0.0625 loss is 0.0625");
    becomes_at(second_prose, "{{a.loss.epoch(6)}} {{a.loss.best_epoch}}", "0.3750 7");
    becomes_at(second_prose, "{{a.loss.epoch(1)}}", "(not run)");
}

static void best_and_worst_choose_by_the_last_value(void **state)
{
    (void)state;
    is("best(a, b, by=loss).title", "Model A");
    is("worst(a, b, by=loss).title", "B");
    is("best(a b by=accuracy).name", "a");
    is("best(a, b, by=test_accuracy).name", "a");
    is("best(b, by = loss).loss.last", "2");
    checks(
        "{{best(a, b).name}}",
        "f.md:10: {{best(a, b).name}}: val_accuracy: b is trained without validation; expected for example: fit b "
        "validation_split=0.2");
    checks("{{best(a, c).name}}", "f.md:10: {{best(a, c).name}}: model 'c' is never trained");
    checks("{{best()}}", "f.md:10: {{best()}}: no models between the brackets");
    checks("{{best(a, nn)}}",
           "f.md:10: {{best(a, nn)}}: unknown name 'nn'. Known: a, b, c, best, worst, data, lab");
}

static void the_data_and_the_lab_have_members(void **state)
{
    (void)state;
    is("data.name", "points.npy");
    is("data.train", "80");
    is("data.test", "20");
    is("data.classes", "4");
    is("data.features", "2");
    is("data.target", "");
    is("lab.seed", "11");
    is("lab.networks", "2");
    is("lab.seconds", "13.7500");
}

/* ---- operators and formats ----------------------------------------------------------------------------------------- */

static void arithmetic_binds_as_everywhere(void **state)
{
    (void)state;
    is("1 + 2 * 3", "7");
    is("(1 + 2) * 3", "9");
    is("10 - 4 - 3", "3");
    is("2 * 3 / 4", "1.5000");
    is("-2 * -3", "6");
    is("- - 2", "2");
    is("1e3 + .5", "1000.5000");
    is("abs(2 - 5)", "3");
    is("round(2.6)", "3");
    is("min(3, 1, 2)", "1");
    is("max(3, a.loss.first, 7)", "7");
    is("median(5, 1, 3)", "3");
    is("median(4, 1, 3, 2):.1f", "2.5");
    is("median(8)", "8");
    is("median(1, a.loss.epoch(9))", "(not run)");
    is("a.loss.first - b.loss.first", "-1");
}

static void comparisons_and_logic_give_one_or_zero(void **state)
{
    (void)state;
    static const char *const truths[] = {"1 < 2",
                                         "2 <= 2",
                                         "3 > 2",
                                         "3 >= 3",
                                         "1 == 1.0",
                                         "1 != 2",
                                         "a.title == 'Model A'",
                                         "a.title != b.title",
                                         "1 < 2 and 2 < 3",
                                         "0 or 1",
                                         "not 0",
                                         "not 1 == 2",
                                         "not not 1",
                                         "1 or 0 and 0",
                                         "(1 or 0) and not 0",
                                         "a.stopped == ''"};
    for (size_t i = 0; i < COUNT_OF(truths); i++) {
        char other[200];
        is(truths[i], "1");
        snprintf(other, sizeof other, "not (%s)", truths[i]);
        is(other, "0");
    }
}

static void a_choice_takes_one_of_two(void **state)
{
    (void)state;
    is("1 ? 'yes' : 'no'", "yes");
    is("a.loss.last > 1 ? \"much\" : \"little\"", "little");
    is("0 ? 1 : 0 ? 2 : 3", "3");
    is("1 ? 2 : 1 / 0", "2");
    is("(1 ? 2 : 3) + 1", "3");
    is("1 ? 'with {a.epochs} epochs, {a.loss.last:.2f}' : ''", "with 3 epochs, 0.50");
    is("'{1 ? \"x\" : \"y\"}'", "x");
    is("1 ? 0.12345 : 2 :.2f", "0.12");
}

static void formats_are_those_of_the_page(void **state)
{
    (void)state;
    is("0.123456", "0.1235");
    is("3", "3");
    is("0.123456:.2f", "0.12");
    is("2:.3f", "2.000");
    is("0.98765:.1%", "98.8%");
    is("0.5:%", "50.0%");
    is("0.000123:.2e", "1.23e-04");
    is("0.000123:e", "1.23e-04");
    is("1234.5678:.6g", "1234.57");
    is("2.7:d", "3");
    is("407050:,", "407,050");
    is("1234567.891:,.2f", "1,234,567.89");
    is("-1234567:,", "-1,234,567");
    is("-123:,", "-123");
    is("999.5:,.1f", "999.5");
    is("1000:,d", "1,000");
    is("12345:.1%", "1234500.0%");
    is("a.title:", "Model A");
    is("1e22:,.0f", "10,000,000,000,000,000,000,000");
}

static void what_is_missing_stays_missing(void **state)
{
    (void)state;
    is("0 / 0", "(not run)");
    is("a.loss.epoch(9) + 1", "(not run)");
    is("a.loss.epoch(9) > 1 ? 'a' : 'b'", "(not run)");
    is("a.loss.epoch(9) == 1", "(not run)");
    is("max(1, a.loss.epoch(9))", "(not run)");
    is("-a.loss.epoch(9):.2f", "(not run)");
    is("'so {a.loss.epoch(9)}'", "so (not run)");
    /* what only the run shows to be wrong */
    becomes("{{a.recall.class(a.epochs * 9)}}", "(not run)");
}

/* ---- what is an expression ------------------------------------------------------------------------------------------- */

static void text_around_it_stays(void **state)
{
    (void)state;
    becomes("", "");
    becomes("{ {a} }} {", "{ {a} }} {");
    becomes("x{{a.epochs}}y{{ a.epochs }}z\n", "x3y3z\n");
    becomes("**{{a.loss.last:.1f}}**, ({{a.title}})", "**0.5**, (Model A)");
    becomes("{{a.loss.last\n  - 0.25}}", "0.2500");
    becomes("\\{{a.epochs}} {{a.epochs}}", "{{a.epochs}} 3");
    becomes("{{'}}'}}", "}}");
}

static void code_keeps_its_braces(void **state)
{
    (void)state;
    static const char *const same[] = {
        "`{{x}}`",
        "``a ` {{x}}``",
        "text `{{x}}` and `{{y\n}}` more",
        "```\n{{x}}\n```\n",
        "```python\nf\"{{x}}\"\n``` no end\n{{y}}\n```\n",
        "~~~\n```\n{{x}}\n~~~\n",
        "````\n```\n{{x}}\n```\n{{y}}\n````\n",
        "text\n\n    {{x}}\n\n    {{y}}\n",
        "- item\n\n  ~~~\n  {{x}}\n  ~~~\n",
        "- item\n\n      {{x}}\n",
        "> ~~~\n> {{x}}\n> ~~~\n",
        "> ```\n> {{x}}\n\n",
        "```\n{{x}}",
    };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        checks(same[i], "");
        becomes(same[i], same[i]);
    }
}

static void what_only_looks_like_code_does_not(void **state)
{
    (void)state;
    becomes("one ` alone\n\n{{a.epochs}} and ` another", "one ` alone\n\n3 and ` another");
    becomes("``` not a fence ``` {{a.epochs}}", "``` not a fence ``` 3");
    becomes("``` `` {{a.epochs}}", "``` `` 3");
    becomes("text\n    {{a.epochs}}\n", "text\n    3\n");
    becomes("    ~~~\n\n{{a.epochs}}\n", "    ~~~\n\n3\n");
    becomes("```\ncode\n```\n{{a.epochs}}", "```\ncode\n```\n3");
    becomes("~~~\n~~~\n{{a.epochs}}", "~~~\n~~~\n3");
}

/* ---- mistakes ------------------------------------------------------------------------------------------------------------ */

#define MEMBERS                                                                                                     \
    " Known: title, name, parameters, mflops, seconds, epochs, stopped, difference, convergence, test, precision, " \
    "recall, f1, confusion, repeat, error, crossvalidate, accuracy, loss, val_accuracy, val_loss"

static void mistakes_are_told_with_the_expression(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "it ends too early, expected a value"},
        {"aa.loss.last", "unknown name 'aa'; did you mean 'a'? Known: a, b, c, best, worst, data, lab"},
        {"model.loss.last", "unknown name 'model'. Known: a, b, c, best, worst, data, lab"},
        {"dat.train", "unknown name 'dat'; did you mean 'data'? Known: a, b, c, best, worst, data, lab"},
        {"a", "a is a model; expected a member, as in a.title"},
        {"a.los.last", "unknown member of a model 'los'; did you mean 'loss'?" MEMBERS},
        {"a.loss", "loss is a list of epochs; expected an ending: .last, .first, .mean, .min, .max, .best"},
        {"a.loss.las",
         "unknown ending 'las'; did you mean 'last'? Known: first, last, min, max, mean, best, best_epoch, "
         "epoch"},
        {"a.loss.epoch", "epoch takes the number of an epoch: epoch(3)"},
        {"a.loss.last(2)", "last takes no number"},
        {"b.val_loss.last",
         "val_loss: b is trained without validation; expected for example: fit b validation_split=0.2"},
        {"b.difference.loss.last", "difference: the fit has no validation"},
        {"a.difference.loss", "expected difference.NAME.last, or another ending"},
        {"c.loss.last", "loss: model 'c' is never trained"},
        {"a.test", "expected test.NAME, as in test.accuracy"},
        {"a.test.mae", "unknown member of a model 'mae'." MEMBERS},
        {"b.confusion.errors", "confusion: there is no confusion or report of b; expected above: report b"},
        {"a.confusion", "expected confusion.errors or confusion.most"},
        {"a.f1.micro",
         "expected f1.macro, .weighted, .class(\"NAME\"), .min, .max, or .worst and .best, the classes of these two"},
        {"a.f1.class(4)", "unknown class '4'. Known: 0, 1, 2, 3"},
        {"a.repeat.loss.mean", "repeat: there is no repeat of a"},
        {"ensemble(a, b)", "expected ensemble(a, b, c).vote or .mean"},
        {"ensemble(b, a).vote",
         "ensemble: no statement puts these together in this order; expected for example: ensemble b, a"},
        {"b.repeat.loss",
         "expected repeat.NAME.mean, .deviation, .median, .min or .max, as in repeat.val_accuracy.mean"},
        {"a.error", "error: no block that expects one fits a"},
        {"data", "expected data.name, data.train, data.test, data.classes or data.features"},
        {"data.trian",
         "unknown member of data 'trian'; did you mean 'train'? Known: name, train, test, classes, features, "
         "target"},
        {"lab.sed", "unknown member of lab 'sed'; did you mean 'seed'? Known: seconds, seed, networks"},
        {"1 +", "it ends too early, expected a value"},
        {"1 2", "'2', expected an operator, or : and a format"},
        {"(1", "it ends too early, expected )"},
        {"1 ? 2", "it ends too early, expected : and the other value"},
        {"'x", "a text that begins with ' is not closed"},
        {"'{1'", "a { without } inside a text"},
        {"'a' + 1", "'+' takes numbers, got the text \"a\""},
        {"-'a'", "'-' takes numbers, got the text \"a\""},
        {"'a' == 1", "'==' compares a text with a number"},
        {"'a' ? 1 : 2", "'?' takes numbers, got the text \"a\""},
        {"median(1, 'a')", "'median' takes numbers, got the text \"a\""},
        {"max('a')", "'max' takes numbers, got the text \"a\""},
        {"abs 1", "'1', expected ("},
        {"a.title:.2f", "a format after the text \"Model A\""},
        {"1:.2q", "unknown format '.2q', expected for example .4f, .1%, d or ,"},
        {"1:.99f", "unknown format '.99f', expected for example .4f, .1%, d or ,"},
        {"a.loss.last.x.y.z.w.v", "more than 6 dots"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[300], expected[1000];
        snprintf(text, sizeof text, "{{%s}}", cases[i][0]);
        bool open = cases[i][0][0] == '\'' && !strchr(cases[i][0] + 1, '\''); /* swallows the braces */
        snprintf(expected, sizeof expected, "f.md:10: {{%s}}: %s", cases[i][0],
                 open ? "a closing }} is missing" : cases[i][1]);
        checks(text, expected);
    }
}

static void mistakes_are_told_with_their_lines(void **state)
{
    (void)state;
    checks("Text\n\n{{a.epochs}} {{x}}\n\n`{{y}}`\n\n```\n{{z}}\n```\n\n- {{a.epochs\n",
           ""
           "f.md:12: {{x}}: unknown name 'x'. Known: a, b, c, best, worst, data, lab\n"
           "f.md:20: {{a.epochs: a closing }} is missing");
    checks("{{a.epochs\n\n}}", "f.md:10: {{a.epochs: a closing }} is missing");
    checks("{{a.epochs of\n{{a.epochs}}", "f.md:10: {{a.epochs of: a closing }} is missing");
    checks("{{a.epochs\n+ }}", "f.md:10: {{a.epochs\n+ }}: it ends too early, expected a value");
}

static void depth_is_limited(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static const struct {
        const char *repeated, *end;
    } cases[] = {{"(", "1"},  {"-", "1"},    {"not ", "1"},         {"1?1:", "1"},
                 {"1?", "1"}, {"abs(", "1"}, {"a.loss.epoch(", "1"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cn__text text = {0}, out = {0};
        cn__mistakes mistakes = {.file = "f.md"};
        cn__text_add(&text, "{{");
        for (int k = 0; k < MANY && text.size < 1900; k++) cn__text_add(&text, cases[i].repeated);
        cn__text_add(&text, cases[i].end);
        cn__text_add(&text, "}}");
        cn__expand(&program, first_prose, text.data, 10, &mistakes, &out);
        assert_int_not_equal(cn__mistakes_end(&mistakes), CN_OK);
        says("inside one another, more than 60 deep");
        cn__text_free(&text);
        cn__text_free(&out);
    }
    is("((((((((((((((((((((1))))))))))))))))))))", "1");
}

/* What takes a time that grows with the square of the length would take hours here. */
static void megabytes_of_braces_and_backticks_take_no_time(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    static const char *const repeated[] = {"{{", "{{'", "`", "`x``y", "\\{{", "{{1}}", "{{x}} ", "{{ `\n"};
    char *text = malloc(SIZE + 1);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT_OF(repeated); i++) {
        size_t size = strlen(repeated[i]);
        for (size_t k = 0; k < SIZE; k++) text[k] = repeated[i][k % size];
        text[SIZE] = '\0';
        cn__text out = {0};
        cn__mistakes mistakes = {.file = "f.md"};
        cn__expand(&program, first_prose, text, 10, &mistakes, &out);
        (void)!cn__mistakes_end(&mistakes);
        cn__text_free(&out);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_model_are_found),
        cmocka_unit_test(every_ending_of_a_curve_is_found),
        cmocka_unit_test(tests_classes_and_repeats_are_found),
        cmocka_unit_test(of_several_fits_the_last_above_is_meant),
        cmocka_unit_test(best_and_worst_choose_by_the_last_value),
        cmocka_unit_test(the_data_and_the_lab_have_members),
        cmocka_unit_test(arithmetic_binds_as_everywhere),
        cmocka_unit_test(comparisons_and_logic_give_one_or_zero),
        cmocka_unit_test(a_choice_takes_one_of_two),
        cmocka_unit_test(formats_are_those_of_the_page),
        cmocka_unit_test(what_is_missing_stays_missing),
        cmocka_unit_test(text_around_it_stays),
        cmocka_unit_test(code_keeps_its_braces),
        cmocka_unit_test(what_only_looks_like_code_does_not),
        cmocka_unit_test(mistakes_are_told_with_the_expression),
        cmocka_unit_test(mistakes_are_told_with_their_lines),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(megabytes_of_braces_and_backticks_take_no_time),
    };
    return cmocka_run_group_tests(tests, open_program, close_program);
}
