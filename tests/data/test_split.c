/* Drawing a test part: by seed, of each class, of whole groups, in order. */
#include "support.h"

#include <math.h>

static void the_same_seed_draws_the_same_test_part(void **state)
{
    (void)state;
    enum { N = 10 };
    float x[N][2];
    int64_t y[N];
    for (int i = 0; i < N; i++) x[i][0] = (float)i, x[i][1] = (float)-i, y[i] = i;
    cn_array ax = cn_array_view(CN_FLOAT32, x, 2, (size_t[]){N, 2});
    cn_array ay = cn_array_view(CN_INT64, y, 1, (size_t[]){N}), part[4];
    succeeds(cn_data_split(&ax, &ay, 0.3, 7, &part[0], &part[1], &part[2], &part[3]));
    assert_int_equal(part[0].shape[0], 7);
    assert_int_equal(part[3].shape[0], 3);
    static const int64_t expected[] = {4, 7, 5};
    assert_memory_equal(part[3].data, expected, sizeof expected); /* on every machine */
    bool seen[N] = {false}, in_order = true;
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < part[2 * p].shape[0]; i++) {
            int64_t label = ((int64_t *)part[2 * p + 1].data)[i];
            assert_true(cn_array_at(&part[2 * p], 2 * i) == (double)label && !seen[label]);
            in_order = in_order && (i == 0 || label > ((int64_t *)part[2 * p + 1].data)[i - 1]);
            seen[label] = true;
        }
    for (int i = 0; i < N; i++) assert_true(seen[i]);
    assert_false(in_order); /* both parts are mixed */
    for (int i = 0; i < 4; i++) cn_array_free(&part[i]);
}

static void a_split_that_cannot_be_is_told(void **state)
{
    (void)state;
    float x[4] = {0};
    cn_array a = cn_array_view(CN_FLOAT32, x, 1, (size_t[]){4}), b = cn_array_slice(&a, 0, 3), p[4];
    assert_int_equal(cn_data_split(&a, &b, 0.5, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_SHAPE);
    says("x has 4 samples, y has 3");
    assert_int_equal(cn_data_split(&a, &a, 1.5, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_ARGUMENT);
    says("1.5; expected a share between 0 and 1");
    assert_int_equal(cn_data_split(&a, &a, (double)NAN, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_data_split(&a, &a, 0.1, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_DATA);
    says("0.1 of 4 samples leaves one part empty");
    assert_null(p[0].data);
}

/* How many of the last `test` rows have the code. */
static size_t count_code(const uint32_t *rows, size_t n, size_t test, const uint32_t *codes, uint32_t code)
{
    size_t count = 0;
    for (size_t i = n - test; i < n; i++) count += codes[rows[i]] == code;
    return count;
}

static void strata_keep_their_shares(void **state)
{
    (void)state;
    enum { N = 100 };
    uint32_t rows[N], codes[N];
    size_t test;
    for (uint32_t i = 0; i < N; i++) rows[i] = i, codes[i] = i < 70 ? 0 : i < 95 ? 1 : 2;
    const cn__row_split split = {.share = 0.2, .seed = 3, .codes = codes, .code_count = 3, .row_count = N};
    succeeds(cn__split_rows(&split, rows, N, &test));
    assert_int_equal(test, 20);
    assert_int_equal(count_code(rows, N, test, codes, 0), 14);
    assert_int_equal(count_code(rows, N, test, codes, 1), 5);
    assert_int_equal(count_code(rows, N, test, codes, 2), 1);
    bool seen[N] = {false}, sorted = true;
    for (size_t i = 0; i < N; i++) assert_false(seen[rows[i]]), seen[rows[i]] = true;
    for (size_t i = 1; i < N - test; i++) sorted = sorted && codes[rows[i]] >= codes[rows[i - 1]];
    assert_false(sorted); /* mixed */
}

static void groups_are_not_parted(void **state)
{
    (void)state;
    enum { N = 120, GROUPS = 12 };
    uint32_t rows[N], codes[N];
    size_t test;
    for (uint32_t i = 0; i < N; i++) rows[i] = i, codes[i] = i % GROUPS;
    const cn__row_split split = {
        .share = 0.25, .seed = 5, .codes = codes, .code_count = GROUPS, .row_count = N, .groups = true};
    succeeds(cn__split_rows(&split, rows, N, &test));
    assert_int_equal(test, 30);
    for (uint32_t g = 0; g < GROUPS; g++) {
        size_t count = count_code(rows, N, test, codes, g);
        assert_true(count == 0 || count == N / GROUPS);
    }
}

static void in_order_the_last_rows_are_the_test_part(void **state)
{
    (void)state;
    uint32_t rows[10];
    size_t test;
    for (uint32_t i = 0; i < 10; i++) rows[i] = i;
    succeeds(
        cn__split_rows(&(cn__row_split){.share = 0.3, .ordered = true, .row_count = 10}, rows, 10, &test));
    assert_int_equal(test, 3);
    for (uint32_t i = 0; i < 10; i++) assert_int_equal(rows[i], i);
}

static void labels_stratify_arrays(void **state)
{
    (void)state;
    float x[40], y[40][2] = {{0}};
    for (int i = 0; i < 40; i++) x[i] = (float)i, y[i][i < 36] = 1;
    cn_array ax = cn_array_view(CN_FLOAT32, x, 1, (size_t[]){40}),
             ay = cn_array_view(CN_FLOAT32, y, 2, (size_t[]){40, 2}), p[4];
    succeeds(cn_data_split_with(&ax, &ay, &(cn_split_options){.test_split = 0.25, .stratify = &ay}, &p[0],
                                &p[1], &p[2], &p[3]));
    size_t rare = 0;
    for (size_t i = 0; i < p[2].shape[0]; i++) rare += cn_array_at(&p[2], i) >= 36;
    assert_int_equal(rare, 1);
    for (int i = 0; i < 4; i++) cn_array_free(&p[i]);
    assert_int_equal(cn_data_split_with(&ax, &ax,
                                        &(cn_split_options){.test_split = 0.25,
                                                            .stratify = &(cn_array){.dtype = CN_FLOAT32,
                                                                                    .ndim = 1,
                                                                                    .shape = {40},
                                                                                    .data = (float[40]){-1}}},
                                        &p[0], &p[1], &p[2], &p[3]),
                     CN_ERROR_DATA);
    says("stratify: the target of sample 0 is -1");
}

static void folds_take_each_sample_once_and_deal_classes_evenly(void **state)
{
    (void)state;
    enum { N = 53, FOLDS = 5 };
    float x[N];
    int64_t y[N];
    size_t seen[N] = {0};
    for (int i = 0; i < N; i++) x[i] = (float)i, y[i] = i % 10 == 0;
    cn_array ax = cn_array_view(CN_FLOAT32, x, 1, (size_t[]){N}),
             ay = cn_array_view(CN_INT64, y, 1, (size_t[]){N}), p[4];
    for (size_t fold = 0; fold < FOLDS; fold++) {
        size_t rare = 0;
        succeeds(cn_data_fold(&ax, &ay,
                              &(cn_fold_options){.folds = FOLDS, .fold = fold, .seed = 2, .stratify = &ay},
                              &p[0], &p[1], &p[2], &p[3]));
        assert_int_equal(p[0].shape[0] + p[2].shape[0], N);
        assert_true(p[2].shape[0] == 10 || p[2].shape[0] == 11);
        for (size_t i = 0; i < p[2].shape[0]; i++) {
            size_t sample = (size_t)cn_array_at(&p[2], i);
            seen[sample]++;
            assert_true(cn_array_at(&p[3], i) == (double)y[sample]);
            rare += y[sample] == 1;
        }
        assert_true(rare == 1 || rare == 2); /* of 6 in 5 folds */
        for (int i = 0; i < 4; i++) cn_array_free(&p[i]);
    }
    for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    assert_int_equal(cn_data_fold(&ax, &ay, &(cn_fold_options){.folds = 54}, &p[0], &p[1], &p[2], &p[3]),
                     CN_ERROR_ARGUMENT);
    says("fold 0 of 54 folds of 53 samples");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_draws_the_same_test_part),
        cmocka_unit_test(a_split_that_cannot_be_is_told),
        cmocka_unit_test(strata_keep_their_shares),
        cmocka_unit_test(groups_are_not_parted),
        cmocka_unit_test(in_order_the_last_rows_are_the_test_part),
        cmocka_unit_test(labels_stratify_arrays),
        cmocka_unit_test(folds_take_each_sample_once_and_deal_classes_evenly),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
