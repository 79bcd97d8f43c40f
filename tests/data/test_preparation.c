/* From a table to arrays, and from what was learned of one table to the next. */
#include "support.h"

#include <math.h>

#include "data/table/steps.h"

static const char houses[] = "area,colour,price,heat\n10,red,1.5,gas\n20,blue,2.5,oil\n30,red,3.5,gas\n";

static cn_table *reads_with(const char *text, cn_table_options o)
{
    size_t size = strlen(text);
    char *copy = cn__malloc(size + 1);
    memcpy(copy, text, size + 1);
    cn_table *t = cn__table_parse(copy, size, "t.csv", &o);
    if (!t) fail_msg("%s", cn_error());
    return t;
}

static cn_table *reads(const char *text) { return reads_with(text, (cn_table_options){0}); }

#define NAMES(...)                                                                                           \
    {                                                                                                        \
        (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)      \
    }

static cn_preparation *prepares(const cn_table *t, cn_preparation_options o)
{
    cn_preparation *p = cn_preparation_new(t, &o);
    if (!p) fail_msg("%s", cn_error());
    return p;
}

static void is_x(const cn_array *x, const float *expected, size_t count)
{
    assert_int_equal(cn_array_size(x), count);
    for (size_t i = 0; i < count; i++)
        if (((const float *)x->data)[i] != expected[i])
            fail_msg("x[%zu] is %g, expected %g", i, cn_array_at(x, i), (double)expected[i]);
}

static void words_become_columns_of_zero_and_one(void **state)
{
    (void)state;
    cn_table *t = reads(houses);
    cn_preparation *p = prepares(t, (cn_preparation_options){.target = NAMES("price")});
    cn_array x, y;
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
    cn_table_free(t); /* the arrays and the preparation keep nothing of it */
    static const char *const names[] = {"area", "colour=blue", "colour=red", "heat=gas", "heat=oil"};
    static const float expected[] = {10, 0, 1, 1, 0, 20, 1, 0, 0, 1, 30, 0, 1, 1, 0};
    assert_int_equal(cn_preparation_features(p), 5);
    for (size_t i = 0; i < 5; i++) assert_string_equal(cn_preparation_feature(p, i), names[i]);
    is_x(&x, expected, 15);
    assert_int_equal(y.dtype, CN_FLOAT32);
    assert_int_equal(y.ndim, 1);
    assert_true(cn_array_at(&y, 2) == 3.5);
    assert_int_equal(cn_preparation_classes(p), 0);
    cn_array_free(&x);
    cn_array_free(&y);
    cn_preparation_free(p);
}

static void chosen_columns_come_in_the_order_asked(void **state)
{
    (void)state;
    cn_table *t = reads(houses);
    cn_array x, y;
    cn_preparation *p =
        prepares(t, (cn_preparation_options){.target = NAMES("heat"), .columns = NAMES("price", "area")});
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
    is_x(&x, (const float[]){1.5f, 10, 2.5f, 20, 3.5f, 30}, 6);
    assert_int_equal(y.dtype, CN_INT64);
    assert_string_equal(cn_preparation_class(p, 1), "oil");
    assert_true(cn_array_at(&y, 1) == 1 && cn_array_at(&y, 2) == 0);
    cn_array_free(&x);
    cn_array_free(&y);
    cn_preparation_free(p);
    p = prepares(t, (cn_preparation_options){.ignore = NAMES("colour", "heat")}); /* no target */
    assert_int_equal(cn_preparation_features(p), 2);
    cn_preparation_free(p);
    p = prepares(t, (cn_preparation_options){.target = NAMES("price", "area")}); /* two */
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
    assert_int_equal(y.ndim, 2);
    assert_true(cn_array_at(&y, 0) == 1.5 && cn_array_at(&y, 1) == 10 && cn_array_at(&y, 5) == 30);
    cn_array_free(&x);
    cn_array_free(&y);
    cn_preparation_free(p);
    cn_table_free(t);
}

static void numbers_can_be_classes(void **state)
{
    (void)state;
    static const char *const names[] = {"-3", "2.5", "7"};
    static const int64_t expected[] = {2, 0, 2, 1};
    for (int words = 0; words < 2; words++) {
        cn_table *t =
            reads_with("x,grade\n1,7\n2,-3\n3,7\n4,2.5\n",
                       words ? (cn_table_options){.category = NAMES("grade")} : (cn_table_options){0});
        cn_preparation *p = prepares(t, (cn_preparation_options){.target = NAMES("grade"), .classes = true});
        cn_array x, y;
        succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
        assert_int_equal(cn_preparation_classes(p), 3);
        for (size_t i = 0; i < 3; i++) assert_string_equal(cn_preparation_class(p, i), names[i]);
        assert_memory_equal(y.data, expected, sizeof expected);
        cn_array_free(&x);
        cn_array_free(&y);
        cn_preparation_free(p);
        cn_table_free(t);
    }
}

static void rejects(const char *text, cn_preparation_options o, const char *message)
{
    cn_table *t = reads(text);
    cn_preparation *p = cn_preparation_new(t, &o);
    cn_array x, y;
    if (p && cn_preparation_apply(p, t, NULL, 0, &x, &y) == CN_OK)
        fail_msg("no mistake; expected: %s", message);
    says("t.csv");
    says(message);
    cn_preparation_free(p);
    cn_table_free(t);
}

static void columns_that_do_not_fit_are_told(void **state)
{
    (void)state;
    rejects(houses, (cn_preparation_options){.target = NAMES("prise")},
            "unknown column 'prise'; did you mean 'price'?");
    rejects(houses, (cn_preparation_options){.ignore = NAMES("prise")}, "unknown column 'prise'");
    rejects(houses, (cn_preparation_options){.columns = NAMES("area", "area")}, "'area' is named twice");
    rejects(houses, (cn_preparation_options){.target = NAMES("price"), .columns = NAMES("price")},
            "'price' is the target and cannot be an input");
    rejects(houses, (cn_preparation_options){.target = NAMES("price", "heat")},
            "several targets must all be numbers");
    rejects("y\n1\n2\n", (cn_preparation_options){.target = NAMES("y")}, "no column is left as the input");
    rejects("a,b\n1,1e39\n", (cn_preparation_options){0},
            "line 2, column 'b': 1e+39 is beyond what float32 holds");
}

static void a_cell_that_spoils_a_column_of_numbers_is_found(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "a;b\n");
    for (int i = 0; i < 30; i++) cn__text_printf(&text, "%d;%s\n", i, i == 17 ? "12.x" : "1.5");
    rejects(text.data, (cn_preparation_options){0},
            "line 19, column 'b': '12.x' is no number, and most of the others are");
    says("category=[b] takes the column as words");
    cn_table *t = reads(text.data); /* no matter where it is not used */
    cn_preparation_free(prepares(t, (cn_preparation_options){.ignore = NAMES("b")}));
    cn_table_free(t);
    t = reads_with(text.data, (cn_table_options){.category = NAMES("b")});
    cn_preparation_free(prepares(t, (cn_preparation_options){0}));
    cn_table_free(t);
    cn__text_free(&text);
    rejects("a;b\n1.5;3,5\n2;4\n", (cn_preparation_options){0},
            "line 2, column 'b': '3,5' has a decimal comma");
}

static void names_and_dates_are_left_out_and_told(void **state)
{
    (void)state;
    static const char *const forms[] = {"2024-01-%02d", "%d/1/2024", "2024-03-%02dT10:30:00Z", "person %d"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        cn__text text = {0};
        cn__text_add(&text, "x,when\n");
        for (int day = 1; day <= 28; day++) {
            char date[40];
            snprintf(date, sizeof date, forms[i], day);
            cn__text_printf(&text, "%d,%s\n", day, date);
        }
        cn_table *t = reads(text.data);
        cn_preparation *p = prepares(t, (cn_preparation_options){0});
        assert_int_equal(cn_preparation_features(p), 1);
        const char *expected = i < 3 ? "Column 'when' holds dates or times"
                                     : "Column 'when' holds 28 different words in 28 rows";
        if (!strstr(cn_preparation_notes(p), expected)) fail_msg("%s", cn_preparation_notes(p));
        cn_preparation_free(p);
        cn_table_free(t);
        rejects(text.data, (cn_preparation_options){.columns = NAMES("when")}, "leave it out of the columns");
        cn__text_free(&text);
    }
}

static void missing_values_are_an_error_leave_rows_out_or_are_filled(void **state)
{
    (void)state;
    static const char text[] = "a,b,c\n1,x,5\n2,,6\n\n,y,7\n4,y,NA\n5,y,9\n";
    rejects(text, (cn_preparation_options){.target = NAMES("c")}, "line 3: column 'b' has no value");
    says("missing=drop leaves out 3 of the 5 rows");
    rejects("a,b\n,1\n2,\n", (cn_preparation_options){.missing = "drop"}, "every row lacks a value");
    static const struct {
        const char *missing;
        float a, bx, by;
        size_t rows;
    } cases[] = {{"mean", 3, 0, 0, 4},
                 {"median", 3, 0, 0, 4},
                 {"most_frequent", 1, 0, 1, 4},
                 {"-7", -7, 0, 0, 4},
                 {"drop", 0, 0, 0, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn_table *t = reads(text);
        cn_array x, y;
        cn_preparation *p =
            prepares(t, (cn_preparation_options){.target = NAMES("c"), .missing = cases[i].missing});
        succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
        assert_int_equal(x.shape[0], cases[i].rows);
        if (cases[i].rows == 4) {
            const float expected[] = {1, 1, 0, 2, cases[i].bx, cases[i].by, cases[i].a, 0, 1, 5, 0, 1};
            is_x(&x, expected, 12);
        }
        cn_array_free(&x);
        cn_array_free(&y);
        cn_preparation_free(p);
        cn_table_free(t);
    }
    cn_table *t = reads(text);
    assert_null(cn_preparation_new(t, &(cn_preparation_options){.missing = "men"}));
    says("unknown word for missing 'men'; did you mean 'mean'?");
    cn_table_free(t);
}

static void what_is_learned_is_of_the_rows_given(void **state)
{
    (void)state;
    cn_table *t = reads("a,y\n1,1\n3,2\n,3\n100,4\n");
    cn_preparation *p = prepares(t, (cn_preparation_options){.target = NAMES("y"), .missing = "mean"});
    const uint32_t rows[] = {0, 1, 2}, other[] = {2, 3};
    cn_array x, y;
    succeeds(cn_preparation_learn(p, t, rows, 3));
    succeeds(cn_preparation_scale(p, "minmax", t, rows, 3));
    succeeds(cn_preparation_apply(p, t, other, 2, &x, &y));
    is_x(&x, (const float[]){0.5f, 49.5f}, 2); /* the mean 2 of 1 … 3, and beyond */
    cn_array_free(&x);
    cn_array_free(&y);
    assert_int_equal(cn_preparation_scale(p, "standrd", t, rows, 3), CN_ERROR_ARGUMENT);
    says("did you mean 'standard'?");
    cn_preparation_free(p);
    cn_table_free(t);
}

/* scikit-learn's StandardScaler, MinMaxScaler and RobustScaler say the same of 1, 2, 4, 8, 100. */
static void scaling_is_that_of_scikit_learn(void **state)
{
    (void)state;
    static const struct {
        const char *how;
        double first, last;
    } cases[] = {{"standard", -0.57032343, 1.99613201}, {"minmax", 0, 1}, {"robust", -0.5, 16}};
    for (size_t i = 0; i < 3; i++) {
        cn_table *t = reads("a,y\n1,1\n2,2\n4,3\n8,4\n100,5\n");
        cn_preparation *p = prepares(t, (cn_preparation_options){.target = NAMES("y")});
        cn_array x, y;
        succeeds(cn_preparation_scale(p, cases[i].how, t, NULL, 0));
        succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
        assert_true(fabs(cn_array_at(&x, 0) - cases[i].first) < 1e-5);
        assert_true(fabs(cn_array_at(&x, 4) - cases[i].last) < 1e-5);
        cn_array_free(&x);
        cn_array_free(&y);
        cn_preparation_free(p);
        cn_table_free(t);
    }
}

static void json_brings_back_the_same_numbers(void **state)
{
    (void)state;
    cn_table *t = reads("a,w,y\n0.1,x,no\n0.7,z,yes\n,x,no\n");
    cn_preparation *p = prepares(t, (cn_preparation_options){.target = NAMES("y"), .missing = "mean"}),
                   *again;
    cn_array x[2], y[2];
    succeeds(cn_preparation_scale(p, "standard", t, NULL, 0));
    char *json = cn_preparation_to_json(p);
    again = cn_preparation_from_json(json);
    assert_non_null(again);
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x[0], &y[0]));
    succeeds(cn_preparation_apply(again, t, NULL, 0, &x[1], &y[1]));
    assert_memory_equal(x[0].data, x[1].data, 9 * sizeof(float));
    assert_memory_equal(y[0].data, y[1].data, 3 * sizeof(int64_t));
    assert_string_equal(cn_preparation_class(again, 1), "yes");
    for (int i = 0; i < 2; i++) cn_array_free(&x[i]), cn_array_free(&y[i]);
    for (size_t n = strlen(json); n-- > 0;) { /* cut anywhere */
        json[n] = '\0';
        assert_null(cn_preparation_from_json(json));
        says("the preparation of the table is damaged");
    }
    cn__free(json);
    cn_preparation_free(p);
    cn_preparation_free(again);
    cn_table_free(t);
}

static void new_rows_are_prepared_as_the_old_ones(void **state)
{
    (void)state;
    cn_table *t = reads("floor,size,y\n1,10,5\n2,20,6\n1,30,7\n");
    cn_table_free(t);
    t = reads_with("floor,size,y\n1,10,5\n2,20,6\n1,30,7\n", (cn_table_options){.category = NAMES("floor")});
    cn_preparation *p = prepares(t, (cn_preparation_options){.target = NAMES("y")}), *loaded;
    cn_table_free(t);
    succeeds(cn_preparation_save(p, "m.npz"));
    succeeds(cn_preparation_load("m.npz", &loaded));
    assert_non_null(loaded);
    write_file("new.csv", "size,extra,floor\n5,u,2\n6,v,3\n", 29);
    t = cn_preparation_read(loaded, "new.csv", NULL);
    assert_non_null(t);
    cn_array x;
    succeeds(cn_preparation_apply(loaded, t, NULL, 0, &x, NULL));
    is_x(&x, (const float[]){0, 1, 5, 0, 0, 6}, 6); /* an unknown word is none of the words */
    cn_array_free(&x);
    cn_table_free(t);
    write_file("less.csv", "size\n5\n", 7);
    assert_null(cn_preparation_read(loaded, "less.csv", NULL));
    says("unknown column 'floor'");
    write_file("words.csv", "size,floor\nbig,1\nsmall,2\n", 25);
    t = cn_preparation_read(loaded, "words.csv", NULL);
    assert_non_null(t);
    assert_int_equal(cn_preparation_apply(loaded, t, NULL, 0, &x, NULL), CN_ERROR_DATA);
    says("column 'size' holds words, expected numbers");
    cn_table_free(t);
    cn_preparation_free(loaded);
    cn_preparation_free(p);
    succeeds(cn_preparation_load("other.npz", &loaded));
    assert_null(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_columns_of_zero_and_one),
        cmocka_unit_test(chosen_columns_come_in_the_order_asked),
        cmocka_unit_test(numbers_can_be_classes),
        cmocka_unit_test(columns_that_do_not_fit_are_told),
        cmocka_unit_test(a_cell_that_spoils_a_column_of_numbers_is_found),
        cmocka_unit_test(names_and_dates_are_left_out_and_told),
        cmocka_unit_test(missing_values_are_an_error_leave_rows_out_or_are_filled),
        cmocka_unit_test(what_is_learned_is_of_the_rows_given),
        cmocka_unit_test(scaling_is_that_of_scikit_learn),
        cmocka_unit_test(json_brings_back_the_same_numbers),
        cmocka_unit_test(new_rows_are_prepared_as_the_old_ones),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
