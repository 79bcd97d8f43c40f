/* Metrics over two batches, with and without weights, against real Keras (3.6.0) on the same numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/metrics/metric.h"

enum { ROWS = 12, COLS = 4, FIRST = 7 };
typedef enum data { ONEHOT, LABELS, BITS, BIT, VALUES } data;

static float shares[ROWS * COLS], spread[ROWS * COLS], p[ROWS * COLS], p_first[ROWS], bits[ROWS * COLS],
    bit[ROWS], one_hot[ROWS * COLS], labels[ROWS], weights[ROWS];

/* The numbers that Keras was given. */
static int make_data(void **state)
{
    (void)state;
    for (int i = 0; i < ROWS * COLS; i++) {
        p[i] = (float)(((i * 7919 + 13) % 97 + 0.5) / 97);
        spread[i] = 4 * p[i] - 1;
        bits[i] = i * 31 % 5 < 2;
    }
    for (int r = 0; r < ROWS; r++) {
        int class = (r * 5 + r / 3) % COLS;
        float sum = p[r * COLS] + p[r * COLS + 1] + p[r * COLS + 2] + p[r * COLS + 3];
        for (int c = 0; c < COLS; c++) shares[r * COLS + c] = p[r * COLS + c] / sum;
        one_hot[r * COLS + class] = 1;
        labels[r] = (float)class;
        p_first[r] = p[r * COLS];
        bit[r] = bits[r * COLS + 1];
        weights[r] = 0.5f + 0.5f * (float)(r % 3);
    }
    return 0;
}

static const struct {
    const char *metric;
    data data;
    size_t values;
    double plain[4], weighted[4];
} known[] = {
    {"categorical_accuracy", ONEHOT, 1, {0.166666672}, {0.166666672}},
    {"top_k_categorical_accuracy(k=2)", ONEHOT, 1, {0.5}, {0.541666687}},
    {"sparse_categorical_accuracy", LABELS, 1, {0.166666672}, {0.166666672}},
    {"sparse_top_k_categorical_accuracy(k=3)", LABELS, 1, {0.666666687}, {0.625}},
    {"binary_accuracy", BITS, 1, {0.583333313}, {0.583333313}},
    {"binary_accuracy(threshold=0.3)", BIT, 1, {0.583333313}, {0.583333313}},
    {"precision", BITS, 1, {0.5}, {0.509433985}},
    {"precision(thresholds=0.7)", BITS, 1, {0.571428597}, {0.535714269}},
    {"precision(top_k=2)", BITS, 1, {0.458333343}, {0.479166657}},
    {"precision(class_id=1)", BITS, 1, {0.5}, {0.538461566}},
    {"recall", BITS, 1, {0.600000024}, {0.658536613}},
    {"recall(thresholds=[0.2, 0.8])", BITS, 2, {0.800000012, 0.200000003}, {0.853658557, 0.243902445}},
    {"recall(top_k=2, class_id=2)", ONEHOT, 1, {0.75}, {0.75}},
    {"f1_score", ONEHOT, 4, {0.333333284, 0, 0.222222194, 0}, {0.24999994, 0, 0.272727221, 0}},
    {"f1_score(average=macro)", ONEHOT, 1, {0.138888866}, {0.130681783}},
    {"f1_score(average=micro)", ONEHOT, 1, {0.166666627}, {0.166666627}},
    {"f1_score(average=weighted)", ONEHOT, 1, {0.185185164}, {0.178030267}},
    {"f1_score(average=macro, threshold=0.4)", BITS, 1, {0.499150813}, {0.545199037}},
    {"fbeta_score(average=macro, beta=2)", ONEHOT, 1, {0.128968254}, {0.12715517}},
    {"auc", BIT, 1, {0.666666627}, {0.75}},
    {"auc", BITS, 1, {0.578571439}, {0.586252809}},
    {"auc(curve=PR)", BIT, 1, {0.677510738}, {0.777389169}},
    {"auc(num_thresholds=11)", BITS, 1, {0.596428633}, {0.605543256}},
    {"auc(num_thresholds=21, curve=PR)", BITS, 1, {0.512016952}, {0.53138417}},
    {"auc(summation_method=minoring, num_thresholds=30)", BITS, 1, {0.576785743}, {0.584478974}},
    {"auc(summation_method=majoring, num_thresholds=30, curve=PR)", BITS, 1, {0.520843625}, {0.543459892}},
    {"mean_squared_error", VALUES, 1, {1.74140894}, {1.78468227}},
    {"mean_absolute_error", VALUES, 1, {1.08848798}, {1.05659366}},
    {"root_mean_squared_error", VALUES, 1, {1.31962454}, {1.33591998}},
    {"cosine_similarity", VALUES, 1, {0.45892486}, {0.493022591}},
    {"CosineSimilarity(axis=-1)", VALUES, 1, {0.45892486}, {0.493022591}}, /* so Keras 2 writes it */
    {"log_cosh_error", VALUES, 1, {0.602244139}, {0.603069067}},
    {"hinge", VALUES, 1, {1.24398625}, {1.22658932}},
    {"squared_hinge", VALUES, 1, {2.96393514}, {3.02114558}},
    {"mean_squared_logarithmic_error", BITS, 1, {0.145709291}, {0.143625498}},
    {"poisson", BITS, 1, {0.827366829}, {0.821258008}},
    {"binary_crossentropy", BITS, 1, {0.842407882}, {0.838285446}},
    {"kl_divergence", ONEHOT, 1, {1.95469487}, {1.91948986}},
    {"categorical_crossentropy", ONEHOT, 1, {1.95469916}, {1.91949427}},
    {"categorical_hinge", ONEHOT, 1, {1.22397935}, {1.20406306}},
    {"sparse_categorical_crossentropy", LABELS, 1, {1.9546994}, {1.91949427}},
    {"mean_absolute_percentage_error", VALUES, 1, {677835072}, {669136640}},
    {"true_positives", BITS, 1, {12}, {13.5}},
    {"false_positives(thresholds=[0.3, 0.8])", BITS, 2, {17, 5}, {15.5, 6}},
    {"true_negatives", BITS, 1, {16}, {14.5}},
    {"false_negatives(thresholds=0.25)", BIT, 1, {1}, {0.5}},
    {"sensitivity_at_specificity(0.6)", BITS, 1, {0.400000006}, {0.365853667}},
    {"specificity_at_sensitivity(0.5, num_thresholds=11)", BITS, 1, {0.571428597}, {0.527272701}},
    {"precision_at_recall(0.4, class_id=2)", BITS, 1, {0.571428597}, {0.5625}},
    {"recall_at_precision(0.5, num_thresholds=1)", BITS, 1, {0.600000024}, {0.658536613}},
    {"recall_at_precision(0.55)", BITS, 1, {0.400000006}, {0.243902445}},
    {"binary_io_u(target_class_ids=[1], threshold=0.3)", BIT, 1, {0.444444388}, {0.444444388}},
    {"mean_io_u(num_classes=4, sparse_y_pred=false)", LABELS, 1, {0.081249997}, {0.0751879662}},
    {"io_u(num_classes=4, target_class_ids=[1, 3], sparse_y_pred=false, ignore_class=2)",
     LABELS,
     1,
     {0},
     {0}},
    {"one_hot_io_u(num_classes=4, target_class_ids=[0, 2])", ONEHOT, 1, {0.162499994}, {0.150375932}},
    {"one_hot_mean_io_u(num_classes=4)", ONEHOT, 1, {0.081249997}, {0.0751879662}},
    {"r2_score", VALUES, 1, {-6.24992752}, {-6.35847092}},
    {"r2_score(class_aggregation=none)",
     VALUES,
     4,
     {-5.69167137, -6.58444071, -7.21600056, -5.50759935},
     {-5.02322674, -6.65146971, -7.68376827, -6.07542038}},
    {"r2_score(class_aggregation=variance_weighted_average)", BITS, 1, {-0.22635588}, {-0.205684751}},
    {"r2_score(num_regressors=5)", VALUES, 1, {-7.11301422}, {-7.2344799}},
    {"auc(multi_label=true)", BITS, 1, {0.575446427}, {0.580759525}},
    {"auc(multi_label=true, label_weights=[0.2, 0, 1, 0.5], curve=PR)",
     BITS,
     1,
     {0.501138747},
     {0.487740457}},
    {"auc(label_weights=[0.2, 0, 1, 0.5])", BITS, 1, {0.621169329}, {0.551518857}},
    {"auc(thresholds=[0.7, 0.1, 0.45])", BITS, 1, {0.632142901}, {0.617516696}},
    {"auc", VALUES, 1, {0.578571439}, {0.609312654}},
    {"auc(from_logits=true)", VALUES, 1, {0.579464316}, {0.587139726}},
    {"Accuracy()", BITS, 1, {0}, {0}},
    {"binary_focal_crossentropy(gamma=1.5)", BITS, 1, {0.52052927}, {0.516168177}},
    {"categorical_focal_crossentropy", ONEHOT, 1, {0.36510253}, {0.355097532}},
    {"huber(delta=0.3)", VALUES, 1, {0.285249084}, {0.277388662}},
};

typedef struct problem {
    const float *pred, *target;
    size_t cols, target_cols;
} problem;

static problem problem_of(data kind)
{
    switch (kind) {
    case ONEHOT: return (problem){shares, one_hot, COLS, COLS};
    case LABELS: return (problem){shares, labels, COLS, 1};
    case BITS: return (problem){p, bits, COLS, COLS};
    case BIT: return (problem){p_first, bit, 1, 1};
    default: return (problem){spread, bits, COLS, COLS};
    }
}

static cn_status parse(cn__arena *arena, const char *text, const problem *q, cn__metric **out)
{
    cn__value value;
    CN_TRY(cn__value_parse(arena, text, &value));
    return cn__metric_parse(arena, &value, q->cols, q->target_cols, ROWS, out);
}

static void update(cn__metric *m, const problem *q, size_t first, size_t last, bool weighted)
{
    const cn__metric_batch batch = {.pred = q->pred + first * q->cols,
                                    .target = q->target + first * q->target_cols,
                                    .weight = weighted ? weights + first : NULL,
                                    .rows = last - first,
                                    .cols = q->cols,
                                    .target_cols = q->target_cols};
    cn__metric_update(m, &batch);
}

static void values_are_those_of_keras(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const problem q = problem_of(known[i].data);
        cn__arena arena = {0};
        cn__metric *m;
        if (parse(&arena, known[i].metric, &q, &m) != CN_OK) fail_msg("%s: %s", known[i].metric, cn_error());
        assert_int_equal(cn__metric_values(m), known[i].values);
        for (int weighted = 0; weighted < 2; weighted++) {
            cn__metric_reset(m); /* what was before is forgotten */
            update(m, &q, 0, FIRST, weighted);
            update(m, &q, FIRST, ROWS, weighted);
            for (size_t v = 0; v < known[i].values; v++) {
                double expected = weighted ? known[i].weighted[v] : known[i].plain[v],
                       got = cn__metric_result(m, v);
                if (!(fabs(got - expected) <= 2e-6 * fabs(expected) + 1e-7))
                    fail_msg("%s, %s weights, value %zu: %.9g, Keras %.9g", known[i].metric,
                             weighted ? "with" : "without", v, got, expected);
            }
        }
        cn__arena_free(&arena);
    }
}

/* Keras too counts them as wrong: -3, 4 of 4 outputs, NaN. */
static void a_number_that_is_no_label_is_a_wrong_one(void **state)
{
    (void)state;
    static const char *const metrics[] = {"sparse_categorical_accuracy",
                                          "sparse_top_k_categorical_accuracy(k=4)"};
    static const float given[8] = {-3, -1, 4, 7, 1e30f, -1e30f, NAN, INFINITY};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const problem q = {shares, given, COLS, 1};
        cn__arena arena = {0};
        cn__metric *m;
        assert_int_equal(parse(&arena, metrics[i], &q, &m), CN_OK);
        cn__metric_reset(m);
        update(m, &q, 0, 8, false);
        assert_true(cn__metric_result(m, 0) == 0);
        cn__arena_free(&arena);
    }
}

/* "accuracy" and "crossentropy" become what fits outputs and targets. */
static void accuracy_is_resolved_by_shapes(void **state)
{
    (void)state;
    static const struct {
        data data;
        const char *short_name, *name;
    } pairs[] = {
        {ONEHOT, "accuracy", "categorical_accuracy"},
        {LABELS, "accuracy", "sparse_categorical_accuracy"},
        {BIT, "accuracy", "binary_accuracy"},
        {ONEHOT, "acc", "CategoricalAccuracy"},
        {ONEHOT, "crossentropy", "categorical_crossentropy"},
        {LABELS, "ce", "sparse_categorical_crossentropy"},
        {BIT, "crossentropy", "binary_crossentropy"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const problem q = problem_of(pairs[i].data);
        cn__arena arena = {0};
        cn__metric *a, *b;
        assert_int_equal(parse(&arena, pairs[i].short_name, &q, &a), CN_OK);
        assert_int_equal(parse(&arena, pairs[i].name, &q, &b), CN_OK);
        assert_string_equal(cn__metric_name(a), pairs[i].short_name);
        cn__metric_reset(a);
        cn__metric_reset(b);
        update(a, &q, 0, ROWS, false);
        update(b, &q, 0, ROWS, false);
        assert_true(cn__metric_result(a, 0) == cn__metric_result(b, 0));
        cn__arena_free(&arena);
    }
}

static void nothing_seen_is_no_division_by_zero(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const problem q = problem_of(known[i].data);
        cn__arena arena = {0};
        cn__metric *m;
        assert_int_equal(parse(&arena, known[i].metric, &q, &m), CN_OK);
        cn__metric_reset(m);
        for (size_t v = 0; v < known[i].values; v++) assert_true(isfinite(cn__metric_result(m, v)));
        cn__arena_free(&arena);
    }
}

static void wrong_words_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *metric, *parts[2];
    } wrong[] = {
        {"cosine_similarity(axis=0)", {"axis = 0, expected the last one"}},
        {"acuracy", {"acuracy", "accuracy"}},
        {"precision(treshold=1)", {"treshold", "threshold"}},
        {"precision(thresholds=2)", {"thresholds", "2"}},
        {"top_k_categorical_accuracy(k=0)", {"k", "0"}},
        {"auc(curve=ABC)", {"curve", "ABC"}},
        {"auc(num_thresholds=1)", {"num_thresholds", "1"}},
        {"auc(num_labels=4)", {"num_labels"}},
        {"auc(label_weights=[1, 2])", {"label_weights has 2 numbers"}},
        {"auc(dtype=float16)", {"float16", "float32"}},
        {"crossentropy(axis=1)", {"no arguments"}},
        {"mean_io_u(num_classes=4, sparse_y_pred=false)", {"4 labels"}},
        {"one_hot_io_u(num_classes=3, target_class_ids=[3])", {"3", "0 to 2"}},
        {"f1_score(average=mean)", {"average", "mean"}},
        {"precision(class_id=9)", {"class_id", "9"}},
    };
    const problem q = problem_of(ONEHOT);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cn__arena arena = {0};
        cn__metric *m;
        cn_error_clear();
        if (parse(&arena, wrong[i].metric, &q, &m) == CN_OK) fail_msg("%s was taken", wrong[i].metric);
        for (int k = 0; k < 2 && wrong[i].parts[k]; k++)
            if (!strstr(cn_error(), wrong[i].parts[k]))
                fail_msg("%s: no '%s' in: %s", wrong[i].metric, wrong[i].parts[k], cn_error());
        cn__arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_keras),
        cmocka_unit_test(accuracy_is_resolved_by_shapes),
        cmocka_unit_test(a_number_that_is_no_label_is_a_wrong_one),
        cmocka_unit_test(nothing_seen_is_no_division_by_zero),
        cmocka_unit_test(wrong_words_are_named),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
