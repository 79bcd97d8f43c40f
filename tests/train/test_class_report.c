/* Classifiers: reports with scikit-learn's numbers, losses by the output, labels as a loss takes them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { N = 12, CLASSES = 4 };
static const int32_t labels[N] = {0, 2, 1, 1, 2, 0, 2, 3, 1, 0, 2, 2},
                     said[N] = {0, 2, 1, 0, 2, 0, 1, 2, 1, 2, 2, 0};

/* Rows in which class said[i] is the most probable. */
static const float *probabilities(void)
{
    static float p[N][CLASSES];
    for (int i = 0; i < N; i++)
        for (int c = 0; c < CLASSES; c++) p[i][c] = c == said[i] ? 0.4f : 0.2f;
    return p[0];
}

static cn_class_report *report(void)
{
    const cn_array y = cn_array_view(CN_INT32, labels, 1, (const size_t[]){N}),
                   p = cn_array_view(CN_FLOAT32, probabilities(), 2, (const size_t[]){N, CLASSES});
    cn_class_report *r = cn_class_report_new(&y, &p);
    if (!r) fail_msg("%s", cn_error());
    return r;
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-12)) fail_msg("%.17g, expected %.17g", value, expected);
}

/* sklearn.metrics.precision_recall_fscore_support of these twelve. */
static void numbers_are_scikit_learns(void **state)
{
    (void)state;
    static const size_t confusion[] = {2, 0, 1, 0, 1, 2, 0, 0, 1, 1, 3, 0, 0, 0, 1, 0},
                        support[] = {3, 3, 5, 1};
    static const double precision[] = {.5, 2. / 3, .6, 0}, recall[] = {2. / 3, 2. / 3, .6, 0},
                        f1[] = {4. / 7, 2. / 3, .6, 0},
                        macro[] = {0.44166666666666665, 0.4833333333333333, 0.45952380952380956},
                        weighted[] = {0.5416666666666666, 0.5833333333333334, 0.5595238095238095};
    cn_class_report *r = report();
    assert_int_equal(r->classes, CLASSES);
    assert_int_equal(r->samples, N);
    assert_memory_equal(r->confusion, confusion, sizeof confusion);
    assert_memory_equal(r->support, support, sizeof support);
    for (int c = 0; c < CLASSES; c++) {
        near(r->precision[c], precision[c]);
        near(r->recall[c], recall[c]);
        near(r->f1[c], f1[c]);
    }
    for (int i = 0; i < 3; i++) near(r->macro[i], macro[i]), near(r->weighted[i], weighted[i]);
    near(r->accuracy, 7. / 12);
    cn_class_report_free(r);
}

static void texts_are_laid_out_as_scikit_learns(void **state)
{
    (void)state;
    static const char *const names[] = {"cat", "a dog", "bird", "cow"};
    cn_class_report *r = report();
    char *text = cn_class_report_text(r, names);
    assert_string_equal(text, "              precision    recall  f1-score   support\n"
                              "\n"
                              "         cat       0.50      0.67      0.57         3\n"
                              "       a dog       0.67      0.67      0.67         3\n"
                              "        bird       0.60      0.60      0.60         5\n"
                              "         cow       0.00      0.00      0.00         1\n"
                              "\n"
                              "    accuracy                           0.58        12\n"
                              "   macro avg       0.44      0.48      0.46        12\n"
                              "weighted avg       0.54      0.58      0.56        12\n");
    cn_text_free(text);
    text = cn_confusion_text(r, NULL, "true");
    assert_string_equal(text, "true     0     1     2     3\n"
                              "   0     2     .     1     .\n"
                              "   1     1     2     .     .\n"
                              "   2     1     1     3     .\n"
                              "   3     .     .     1     .\n");
    cn_text_free(text);
    cn_class_report_free(r);
}

static void a_threshold_moves_answers_between_two_classes(void **state)
{
    (void)state;
    static const float p[] = {.1f, .3f, .45f, .6f, .9f};
    static const int32_t y[] = {0, 1, 0, 1, 1};
    const cn_array truth = cn_array_view(CN_INT32, y, 1, (const size_t[]){5}),
                   one = cn_array_view(CN_FLOAT32, p, 2, (const size_t[]){5, 1});
    cn_class_report *half = cn_class_report_new(&truth, &one), *low = cn_class_report_at(&truth, &one, 0.25);
    assert_memory_equal(half->confusion, ((size_t[]){2, 0, 1, 2}), 4 * sizeof(size_t));
    assert_memory_equal(low->confusion, ((size_t[]){1, 1, 0, 3}), 4 * sizeof(size_t));
    cn_class_report_free(half);
    cn_class_report_free(low);
}

static void rows_with_a_one_are_labels_too(void **state)
{
    (void)state;
    cn_array y = cn_array_view(CN_INT32, labels, 1, (const size_t[]){N}), rows = {0};
    const cn_array p = cn_array_view(CN_FLOAT32, probabilities(), 2, (const size_t[]){N, CLASSES});
    assert_int_equal(cn_array_one_hot(&rows, &y, CLASSES), CN_OK);
    cn_class_report *a = report(), *b = cn_class_report_new(&rows, &p);
    assert_memory_equal(a->confusion, b->confusion, CLASSES * CLASSES * sizeof(size_t));
    cn_class_report_free(a);
    cn_class_report_free(b);
    cn_array_free(&rows);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const int32_t bad[] = {0, 4, 1};
    static const float half[] = {0, .5f, 1};
    const cn_array p = cn_array_view(CN_FLOAT32, probabilities(), 2, (const size_t[]){3, CLASSES}),
                   four = cn_array_view(CN_INT32, bad, 1, (const size_t[]){3}),
                   fraction = cn_array_view(CN_FLOAT32, half, 1, (const size_t[]){3}),
                   short_one = cn_array_view(CN_INT32, bad, 1, (const size_t[]){2}),
                   wide = cn_array_view(CN_FLOAT32, probabilities(), 2, (const size_t[]){3, 3});
    const struct {
        const cn_array *y;
        double threshold;
        const char *part;
    } cases[] = {{&four, NAN, "sample 1 has label 4; expected a whole number from 0 to 3"},
                 {&fraction, NAN, "sample 1 has label 0.5"},
                 {&short_one, NAN, "2 true classes and 3 predictions"},
                 {&wide, NAN, "rows of 3 true values for 4 classes"},
                 {&fraction, 0.5, "threshold: there are 4 classes; it is for two"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn_class_report *r = isnan(cases[i].threshold)
                                 ? cn_class_report_new(cases[i].y, &p)
                                 : cn_class_report_at(cases[i].y, &p, cases[i].threshold);
        assert_null(r);
        if (!strstr(cn_error(), cases[i].part)) fail_msg("'%s' is not in: %s", cases[i].part, cn_error());
    }
}

static cn_model *network(const char *last)
{
    cn_model *m = cn_model_new(NULL);
    assert_int_equal(cn_model_add_notation(m, "input 4"), CN_OK);
    assert_int_equal(cn_model_add_notation(m, last), CN_OK);
    return m;
}

static void a_loss_follows_from_the_output_and_labels_from_the_loss(void **state)
{
    (void)state;
    static const int32_t some[] = {0, 2, 1};
    static const struct {
        const char *last, *loss;
    } cases[] = {{"dense 4 softmax", "sparse_categorical_crossentropy"},
                 {"dense 1 sigmoid", "binary_crossentropy"}};
    for (size_t i = 0; i < 2; i++) {
        const cn_array y = cn_array_view(CN_INT32, some, 1, (const size_t[]){3});
        const char *loss = NULL;
        cn_model *m = network(cases[i].last);
        assert_int_equal(cn_default_loss(m, &y, &loss), CN_OK);
        assert_string_equal(loss, cases[i].loss);
        cn_model_free(m);
    }
    cn_model *m = network("dense 4 softmax");
    const cn_array view = cn_array_view(CN_INT32, some, 1, (const size_t[]){3});
    cn_array y = {0};
    assert_int_equal(cn_array_new(&y, CN_INT32, 1, (const size_t[]){3}), CN_OK);
    memcpy(y.data, some, sizeof some);
    assert_int_equal(cn_code_labels(m, "sparse_categorical_crossentropy", &y), CN_OK);
    assert_int_equal(y.ndim, 1);
    assert_int_equal(cn_code_labels(m, "categorical_crossentropy", &y), CN_OK);
    assert_int_equal(y.ndim, 2);
    assert_int_equal(y.shape[1], 4);
    assert_true(cn_array_at(&y, 1 * 4 + 2) == 1);
    cn_array_free(&y);
    cn_model_free(m);
    m = network("dense 4 tanh");
    const char *loss;
    assert_int_equal(cn_default_loss(m, &view, &loss), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "the network ends in tanh"));
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_scikit_learns),
        cmocka_unit_test(texts_are_laid_out_as_scikit_learns),
        cmocka_unit_test(a_threshold_moves_answers_between_two_classes),
        cmocka_unit_test(rows_with_a_one_are_labels_too),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_loss_follows_from_the_output_and_labels_from_the_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
