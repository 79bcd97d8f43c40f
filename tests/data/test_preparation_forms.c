/* Dates, texts, words with an order, logs, marks of missing values, and targets that the loss sees scaled. */
#include "support.h"

#include <math.h>

#include "base/dmath.h"
#include "cornu/formats.h"
#include "cornu/train.h"
#include "data/files/keras_members.h"
#include "data/preparation/keras.h"
#include "data/preparation/preparation.h"
#include "data/files/zip.h"

#define NAMES(...)                                                                                           \
    {                                                                                                        \
        (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)      \
    }

static cn_table *reads(const char *text, const cn_preparation_options *o)
{
    cn__arena arena = {0};
    cn_table_options read = {0};
    succeeds(cn__preparation_categories(&arena, o, &read));
    size_t size = strlen(text);
    char *copy = cn__malloc(size + 1);
    memcpy(copy, text, size + 1);
    cn_table *t = cn__table_parse(copy, size, "t.csv", &read);
    if (!t) fail_msg("%s", cn_error());
    cn__arena_free(&arena);
    return t;
}

static cn_preparation *prepares(const cn_table *t, const cn_preparation_options *o)
{
    cn_preparation *p = cn_preparation_new(t, o);
    if (!p) fail_msg("%s", cn_error());
    return p;
}

/* What the options make of the table: names of the features, and all rows. */
static void makes(const char *text, const cn_preparation_options *o, const char *names,
                  const double *expected, size_t count)
{
    cn_table *t = reads(text, o);
    cn_preparation *p = prepares(t, o);
    char *json = cn_preparation_to_json(p);
    cn_preparation *again = cn_preparation_from_json(json);
    cn__text said = {0};
    assert_non_null(again);
    for (size_t i = 0; i < cn_preparation_features(p); i++)
        cn__text_printf(&said, "%s%s", i ? "|" : "", cn_preparation_feature(p, i));
    assert_string_equal(said.data, names);
    for (int pass = 0; pass < 2; pass++) {
        cn_array x;
        succeeds(cn_preparation_apply(pass ? again : p, t, NULL, 0, &x, NULL));
        assert_int_equal(cn_array_size(&x), count);
        for (size_t i = 0; i < count; i++)
            if (cn_array_at(&x, i) != expected[i])
                fail_msg("x[%zu] is %g, expected %g", i, cn_array_at(&x, i), expected[i]);
        cn_array_free(&x);
    }
    cn__text_free(&said);
    cn_text_free(json);
    cn_preparation_free(again);
    cn_preparation_free(p);
    cn_table_free(t);
}

static void is_refused(const char *text, const cn_preparation_options *o, const char *message)
{
    cn_table *t = reads(text, o);
    assert_null(cn_preparation_new(t, o));
    says(message);
    cn_table_free(t);
}

static void is_date(const char *text, bool day_first, int year, int month, int day, double hour)
{
    cn__date d;
    if (!cn__date_read(text, day_first, &d)) fail_msg("'%s' is no date", text);
    if (d.year != year || d.month != month || d.day != day || fabs(d.hour - hour) > 1e-9)
        fail_msg("'%s' is %d-%d-%d %g", text, d.year, d.month, d.day, d.hour);
}

static void dates_are_read_as_tables_write_them(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",      "2024",        "2024-13-01",  "2023-02-29", "31/31/2024",       "1.2",
        "12:30", "2024-01-31x", "Foo 3, 2024", "1-2-3",      "2024-01-31 25:00", "192.168.1.1"};
    cn__date d;
    is_date("2024-01-31", false, 2024, 1, 31, 0);
    is_date("2024/1/31", true, 2024, 1, 31, 0);
    is_date("1/31/2024", false, 2024, 1, 31, 0);
    is_date("31.1.2024", true, 2024, 1, 31, 0);
    is_date("3/4/99", false, 1999, 3, 4, 0);
    is_date("20240229", false, 2024, 2, 29, 0);
    is_date("31-Jan-24", false, 2024, 1, 31, 0);
    is_date("January 5, 2024", false, 2024, 1, 5, 0);
    is_date("2024-01-31T10:30:00Z", false, 2024, 1, 31, 10.5);
    is_date("2024-01-31 10:15:18.5+02:00", false, 2024, 1, 31, 10 + 15.0 / 60 + 18.5 / 3600);
    is_date("1/31/2024 12:15 AM", false, 2024, 1, 31, 0.25);
    is_date("1/31/2024 1:00 PM", false, 2024, 1, 31, 13);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (cn__date_read(none[i], false, &d)) fail_msg("'%s' is taken for a date", none[i]);
    assert_true(cn__date_value(&(cn__date){.year = 2024, .month = 2, .day = 29}, CN_DATE_WEEKDAY) == 3);
    assert_true(cn__date_value(&(cn__date){.year = 2000, .month = 1, .day = 1}, CN_DATE_WEEKDAY) == 5);
}

static void a_date_becomes_its_parts(void **state)
{
    (void)state;
    const cn_preparation_options o = {.date = NAMES("when"), .target = NAMES("y")};
    makes("when,y\n31/1/2024,1\n29/2/2024,2\n", &o, "when.year|when.month|when.day|when.weekday",
          (const double[]){2024, 1, 31, 2, 2024, 2, 29, 3}, 8);
    makes("when,y\n1/31/2024 6:30,1\n2/29/2024 18:00,2\n", &o,
          "when.year|when.month|when.day|when.weekday|when.hour",
          (const double[]){2024, 1, 31, 2, 6.5, 2024, 2, 29, 3, 18}, 10);
    is_refused("when,y\n2024-01-31,1\nsoon,2\n", &o, "t.csv, line 3, column 'when': 'soon' is no date");
    is_refused("when,y\n2024-01-31,1\n2024-02-01,2\n",
               &(cn_preparation_options){.date = NAMES("when"), .target = NAMES("when")},
               "date=[when]: the column is the target");
}

/* What TextVectorization of Keras 3.6 learns and says of the same texts (its column for unknown words left out). */
static void texts_become_the_words_that_keras_finds(void **state)
{
    (void)state;
    const cn_preparation_options o = {.text = NAMES("said"), .words = 5, .target = NAMES("y")};
    makes(
        "said,y\n\"The cat sat; the dog didn't.\",1\n\"A dog, a CAT and a bird-house\",2\nCafé Été the,3\n,4\n",
        &o, "said:the|said:a|said:dog|said:cat|said:Été",
        (const double[]){1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0}, 20);
    is_refused("said,y\n...,1\n---,2\n", &o, "column 'said' holds no words");
}

static void words_with_an_order_become_numbers(void **state)
{
    (void)state;
    const cn_preparation_options o = {
        .ordinal = NAMES("size=S<M<L"), .target = NAMES("y"), .missing = "median"};
    makes("size,y\nM,1\nL,2\n,3\nS,4\n", &o, "size", (const double[]){1, 2, 1, 0}, 4);
    makes("size,y\nM,1\nL,2\nS,4\n",
          &(cn_preparation_options){.ordinal = NAMES("size"), .target = NAMES("y")}, "size",
          (const double[]){1, 0, 2}, 3);
    is_refused("size,y\nM,1\nXL,2\n", &o, "column 'size' holds 'XL', which its order does not name");
}

static void an_unknown_word_of_an_order_is_minus_one(void **state)
{
    (void)state;
    const cn_preparation_options o = {.ordinal = NAMES("size=S<M<L"), .columns = NAMES("size")};
    cn_table *t = reads("size\nM\nL\n", &o), *other = reads("size\nXL\nS\n", &o);
    cn_preparation *p = prepares(t, &o);
    cn_array x;
    succeeds(cn_preparation_apply(p, other, NULL, 0, &x, NULL));
    assert_true(cn_array_at(&x, 0) == -1 && cn_array_at(&x, 1) == 0);
    cn_array_free(&x);
    cn_preparation_free(p);
    cn_table_free(t), cn_table_free(other);
}

static void missing_values_are_marked(void **state)
{
    (void)state;
    const cn_preparation_options o = {.missing = "mean", .missing_indicator = true, .target = NAMES("y")};
    makes("a,b,c,y\n1,p,1,1\n,q,2,2\n3,,3,3\n", &o, "a|a missing|b=p|b=q|b missing|c",
          (const double[]){1, 0, 1, 0, 0, 1, 2, 1, 0, 1, 0, 2, 3, 0, 0, 0, 1, 3}, 18);
    is_refused("a,y\n1,1\n,2\n", &(cn_preparation_options){.missing_indicator = true, .target = NAMES("y")},
               "expected missing=mean, median, most_frequent or a number beside it");
}

static void a_log_is_taken_before_the_scale(void **state)
{
    (void)state;
    const cn_preparation_options o = {.log = NAMES("a"), .target = NAMES("y")};
    makes("a,y\n0,1\n1,2\n", &o, "a", (const double[]){0, (double)(float)0.69314718055994531}, 2);
    cn_table *t = reads("a,y\n0,1\n1,2\n", &o);
    cn_preparation *p = prepares(t, &o);
    cn_array x;
    succeeds(cn_preparation_scale(p, "minmax", t, NULL, 0));
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x, NULL));
    assert_true(cn_array_at(&x, 0) == 0 && cn_array_at(&x, 1) == 1);
    cn_array_free(&x);
    cn_preparation_free(p);
    cn_table_free(t);
    t = reads("a,y\n0,1\n-1,2\n", &o);
    p = prepares(t, &o);
    assert_int_equal(cn_preparation_apply(p, t, NULL, 0, &x, NULL), CN_ERROR_DATA);
    says("line 3");
    says("column 'a' holds -1, and log(1 + x) needs values over -1");
    cn_preparation_free(p);
    cn_table_free(t);
    is_refused("a,y\nu,1\nv,2\n", &o, "log=[a]: the column holds words");
}

static void log1p_and_expm1_are_exact_for_small_numbers(void **state)
{
    (void)state;
    static const double values[] = {1e-300, 1e-18, -1e-12, 1e-8, 0.001, -0.5, 0.5, 3, 20, 700};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const double v = values[i];
        assert_true(fabs(cn__log1p(v) - log1p(v)) <= 4e-16 * fabs(log1p(v)));
        assert_true(fabs(cn__expm1(v) - expm1(v)) <= 8e-16 * fabs(expm1(v)));
    }
    assert_true(cn__expm1(-1000) == -1 && cn__log1p(0) == 0);
    assert_true(isinf(cn__expm1(1000)) && isnan(cn__log1p(-2)));
}

/* ---- the target ----------------------------------------------------------------------------------------------------------- */

static const char houses[] = "a,y\n1,100\n2,250\n3,290\n4,420\n5,480\n6,610\n7,700\n8,790\n";

static cn_model *network(void)
{
    cn_model *m = cn_model_new("m");
    succeeds(cn_model_add_notation(m, "dense 4 tanh; dense 1"));
    cn_model_set_seed(m, 3);
    succeeds(cn_model_compile(m, .optimizer = "adam(learning_rate=0.05)", .loss = "mse", .metrics = "mae"));
    return m;
}

/* Trains with a scaled target, and beside it the same by hand; metrics and predictions are in the target's units. */
static void is_undone(const cn_preparation_options *o)
{
    cn_table *t = reads(houses, o);
    cn_preparation *p = prepares(t, o);
    cn_array x, y, by_hand, said, wanted;
    succeeds(cn_preparation_scale(p, "standard", t, NULL, 0));
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x, &y));
    assert_true(cn_array_at(&y, 1) == 250); /* as it is */
    const cn__target *target = &p->targets[0];
    succeeds(cn_array_new(&by_hand, CN_FLOAT32, 1, y.shape));
    for (size_t i = 0; i < 8; i++) {
        double v = cn_array_at(&y, i);
        ((float *)by_hand.data)[i] =
            (float)(((target->log ? cn__log1p(v) : v) - target->shift) / target->scale);
    }
    cn_model *m = network(), *plain = network();
    succeeds(cn_preparation_attach(p, m));
    cn_history *one = cn_model_fit(m, &x, &y, .epochs = 20, .validation_split = 0.25),
               *two = cn_model_fit(plain, &x, &by_hand, .epochs = 20, .validation_split = 0.25);
    assert_true(cn_history_get(one, "loss")[19] == cn_history_get(two, "loss")[19]);
    succeeds(cn_model_predict(m, &x, &said));
    succeeds(cn_model_predict(plain, &x, &wanted));
    double error = 0;
    for (size_t i = 0; i < 8; i++) {
        double v = cn_array_at(&wanted, i) * target->scale + target->shift;
        if (target->log) v = expm1(v);
        assert_true(fabs(cn_array_at(&said, i) - v) < 1e-4 * fabs(v));
        error += fabs(cn_array_at(&said, i) - cn_array_at(&y, i)) / 8;
    }
    cn_logs *logs = cn_model_evaluate(m, &x, &y);
    assert_true(fabs(cn_logs_get(logs, "mae") - error) < 1e-3 * error);
    assert_true(error > 3); /* of hundreds, not of the scaled ones */
    float row[1], answer[1];
    row[0] = (float)cn_array_at(&x, 3);
    cn_predictor *quick = cn_predictor_new(m, 1);
    succeeds(cn_predictor_run(quick, row, 1, answer));
    assert_true((double)answer[0] == cn_array_at(&said, 3));
    cn_predictor_free(quick);
    cn_logs_free(logs);
    cn_history_free(one), cn_history_free(two);
    cn_model_free(m), cn_model_free(plain);
    cn_array *all[] = {&x, &y, &by_hand, &said, &wanted};
    for (int i = 0; i < 5; i++) cn_array_free(all[i]);
    cn_preparation_free(p);
    cn_table_free(t);
}

static void predictions_and_metrics_are_in_the_units_of_a_scaled_target(void **state)
{
    (void)state;
    is_undone(&(cn_preparation_options){.target = NAMES("y"), .target_scale = "standard"});
    is_undone(&(cn_preparation_options){.target = NAMES("y"), .target_scale = "minmax"});
    is_undone(&(cn_preparation_options){.target = NAMES("y"), .log = NAMES("y"), .target_scale = "robust"});
    is_undone(&(cn_preparation_options){.target = NAMES("y"), .log = NAMES("y")});
}

static void classes_have_no_scale(void **state)
{
    (void)state;
    is_refused("a,y\n1,p\n2,q\n", &(cn_preparation_options){.target = NAMES("y"), .target_scale = "standard"},
               "the target 'y' is one of classes, which have no scale or log");
    is_refused("a,y\n1,1\n2,2\n", &(cn_preparation_options){.target = NAMES("y"), .target_scale = "standart"},
               "did you mean 'standard'?");
}

/* ---- the file --------------------------------------------------------------------------------------------------------------- */

static char *member(const char *path, const char *name)
{
    cn__zip *zip;
    uint64_t index;
    char *bytes = NULL;
    size_t size;
    succeeds(cn__zip_open(&(cn__infile){.name = path}, "a .keras file", &zip));
    if (cn__zip_find(zip, name, &index)) succeeds(cn__zip_read(zip, index, path, 1 << 24, &bytes, &size));
    cn__zip_close(zip);
    return bytes;
}

/* Real Keras loads and runs such files in tests/formats/keras_preparation.py. */
static void a_file_has_the_layers_of_keras_and_the_network_alone(void **state)
{
    (void)state;
    const cn_preparation_options o = {.target = NAMES("y"), .target_scale = "standard"};
    cn_table *t = reads("in/out,dense,y\n1,p,100\n2,q,250\n3,p,290\n", &o);
    cn_preparation *p = prepares(t, &o), *back;
    cn_array x, said, wanted;
    succeeds(cn_preparation_scale(p, "standard", t, NULL, 0));
    succeeds(cn_preparation_apply(p, t, NULL, 0, &x, NULL));
    cn_model *m = network();
    succeeds(cn_model_build(m, 1, x.shape + 1));
    succeeds(cn_model_save(m, "m.keras", false));
    char *before = member("m.keras", "config.json");
    for (int again = 0; again < 2; again++) succeeds(cn_preparation_save(p, "m.keras"));
    char *alone = member("m.keras", CN_NETWORK_MEMBER), *whole = member("m.keras", "config.json");
    assert_string_equal(alone, before);
    static const char *const holds[] = {"\"StringLookup\"", "\"CategoryEncoding\"", "\"Normalization\"",
                                        "\"Rescaling\"",    "\"in_out\"",           "\"dense_1\""};
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) assert_non_null(strstr(whole, holds[i]));
    cn_model *loaded = cn_model_load("m.keras");
    assert_non_null(loaded);
    succeeds(cn_preparation_load("m.keras", &back));
    succeeds(cn_preparation_attach(p, m));
    succeeds(cn_preparation_attach(back, loaded));
    succeeds(cn_model_predict(m, &x, &wanted));
    succeeds(cn_model_predict(loaded, &x, &said));
    for (size_t i = 0; i < 3; i++) assert_true(cn_array_at(&said, i) == cn_array_at(&wanted, i));
    cn__free(before), cn__free(alone), cn__free(whole);
    cn_array_free(&x), cn_array_free(&said), cn_array_free(&wanted);
    cn_model_free(m), cn_model_free(loaded);
    cn_preparation_free(p), cn_preparation_free(back);
    cn_table_free(t);
}

/* ---- parts ------------------------------------------------------------------------------------------------------------------ */

/* Keras keeps the layers and their names, and none of Cornu's own members. */
static void the_layers_of_keras_say_the_whole_preparation(void **state)
{
    (void)state;
    const cn_preparation_options o = {.target = NAMES("kind of it"),
                                      .date = NAMES("sold"),
                                      .text = NAMES("review"),
                                      .ordinal = NAMES("size=S<M<L"),
                                      .bins = NAMES("age=3", "b=2<5"),
                                      .log = NAMES("area"),
                                      .missing = "most_frequent",
                                      .missing_indicator = true};
    cn_table *t = reads("area,in/out,sold,size,review,age,b,plain,kind of it\n"
                        "5,in,13/2/2023,S,good house,3,1,7,no\n,out,2/11/2022,,\"\",40,,8,yes\n"
                        "70,,5/5/2023,L,bad old house,,9,9,\"a.b-c_d\"\n8,in,4/3/2021,M,good,60,4,7,no\n",
                        &o);
    cn_preparation *p = prepares(t, &o);
    static const char network[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"net\", \"layers\": [{\"class_name\": \"Dense\", "
        "\"config\": {\"name\": \"dense\", \"units\": 3}}, {\"class_name\": \"Softmax\", \"config\": {\"name\": "
        "\"area\"}}]}, \"compile_config\": {\"loss\": \"mse\"}}";
    for (int scaled = 0; scaled < 2; scaled++) {
        char *whole, *json, *alone, *expected, *said;
        if (scaled) succeeds(cn_preparation_scale(p, "robust", t, NULL, 0));
        succeeds(cn__preparation_keras(p, network, &whole));
        succeeds(cn__preparation_of_keras(whole, &json, &alone));
        assert_true(json && alone);
        cn_preparation *back = cn_preparation_from_json(json);
        assert_non_null(back);
        for (size_t i = 0; i < p->input_count; i++) p->inputs[i].by_quantile = false; /* they are learned */
        assert_non_null(expected = cn_preparation_to_json(p));
        assert_non_null(said = cn_preparation_to_json(back));
        cn_array x, wanted;
        succeeds(cn_preparation_apply(p, t, NULL, 0, &wanted, NULL));
        succeeds(cn_preparation_apply(back, t, NULL, 0, &x, NULL));
        assert_int_equal(cn_array_size(&x), cn_array_size(&wanted));
        for (size_t i = 0; i < cn_array_size(&x); i++)
            assert_float_equal(cn_array_at(&x, i), cn_array_at(&wanted, i), 1e-6);
        if (!scaled) assert_string_equal(said, expected);
        assert_string_equal(cn_preparation_class(back, 0), "a.b-c_d");
        assert_non_null(strstr(alone, "\"compile_config\""));
        assert_null(strstr(alone, "StringLookup"));
        cn_array_free(&x), cn_array_free(&wanted);
        cn__free(whole), cn__free(json), cn__free(alone), cn__free(expected), cn__free(said);
        cn_preparation_free(back);
    }
    cn_preparation_free(p);
    cn_table_free(t);
}

static void layers_that_were_changed_are_refused(void **state)
{
    (void)state;
    char *json, *alone;
    succeeds(cn__preparation_of_keras("{\"config\": {\"layers\": []}}", &json, &alone));
    assert_true(!json && !alone);
    static const char *const others[] = {
        "{\"config\": {\"layers\": [{\"class_name\": \"Identity\", \"name\": \"cornu.px.nx\"}]}}",
        "{\"config\": {\"layers\": [{\"class_name\": \"Identity\", \"name\": \"cornu..p.n_\"}]}}",
        "{\"config\": {\"layers\": [{\"class_name\": \"Identity\", \"name\": \"cornu.pa.na.ty.cn_2\"}, {\"class_name\": "
        "\"Log1p\", \"name\": \"a\", \"inbound_nodes\": [{\"args\": [{\"config\": {\"keras_history\": [\"a\", 0, 0]}}]}]}]}}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(cn__preparation_of_keras(others[i], &json, &alone), CN_ERROR_FORMAT);
        says("the layers that prepare a table are others than Cornu wrote");
        assert_true(!json && !alone);
    }
}

static void rows_are_ordered_by_their_dates(void **state)
{
    (void)state;
    const cn_preparation_options o = {.columns = NAMES("a")};
    cn_table *t = reads("when,a\n1/12/2023,1\n15/1/2023,2\n2/11/2022,3\n,4\n", &o);
    uint32_t rows[] = {0, 1, 2, 3};
    succeeds(cn__table_order(t, "when", rows, 4));
    assert_true(rows[0] == 3 && rows[1] == 2 && rows[2] == 1 && rows[3] == 0);
    cn_table_free(t);
}

static void numbers_become_bins(void **state)
{
    (void)state;
    /* between given bounds: a bound is the first number of its bin, in float32, as with Keras's Discretization */
    const cn_preparation_options given = {
        .bins = NAMES("a=1<2.1<7"), .missing = "mean", .missing_indicator = true};
    makes("a\n0.5\n1\n2.1\n2.0999999\nNA\n100\n", &given, "a bin 1|a bin 2|a bin 3|a bin 4|a missing",
          (const double[]){1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0,
                           0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0},
          30);
    /* as many rows in each; equal numbers leave bins empty, and their number stays */
    const cn_preparation_options learned = {.bins = NAMES("a=4", "b=2")};
    makes("a,b\n4,7\n1,7\n3,7\n2,7\n", &learned, "a bin 1|a bin 2|a bin 3|a bin 4|b bin 1|b bin 2",
          (const double[]){0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1}, 24);
}

static void bins_are_learned_of_the_training_rows(void **state)
{
    (void)state;
    const cn_preparation_options o = {.bins = NAMES("a=2")};
    cn_table *t = reads("a\n1\n2\n3\n100\n200\n300\n", &o);
    cn_preparation *p = prepares(t, &o);
    assert_float_equal(p->inputs[0].cuts[0], 51.5, 0);
    succeeds(cn_preparation_learn(p, t, (const uint32_t[]){0, 1, 2}, 3));
    assert_float_equal(p->inputs[0].cuts[0], 2, 0);
    succeeds(cn_preparation_scale(p, "standard", t, NULL, 0)); /* leaves them */
    assert_true(p->inputs[0].shift == 0 && p->inputs[0].scale == 1);
    cn_preparation_free(p);
    cn_table_free(t);
}

static void bins_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const char text[] = "a,b,c\n1,x,1\n2,y,2\n";
    is_refused(text, &(cn_preparation_options){.bins = NAMES("b")},
               "the column holds words, expected numbers");
    is_refused(text, &(cn_preparation_options){.bins = NAMES("a=1")},
               "bins: a=1, expected how many, from 2 to 1000");
    is_refused(text, &(cn_preparation_options){.bins = NAMES("a=5<3")},
               "3 after 5, expected ascending bounds");
    is_refused(text, &(cn_preparation_options){.bins = NAMES("a=5<many")}, "'many' is no number");
    is_refused(text, &(cn_preparation_options){.bins = NAMES("d=5")}, "unknown column 'd'");
    is_refused(text, &(cn_preparation_options){.bins = NAMES("a"), .log = NAMES("a")}, "becomes bins");
    assert_null(
        cn_preparation_from_json("{\"preparation\": 1, \"inputs\": [{\"name\": \"a\", \"kind\": \"bins\", "
                                 "\"bounds\": [2, 1]}], \"targets\": []}"));
    says("the bounds of bins are not in order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read_as_tables_write_them),
        cmocka_unit_test(a_date_becomes_its_parts),
        cmocka_unit_test(texts_become_the_words_that_keras_finds),
        cmocka_unit_test(words_with_an_order_become_numbers),
        cmocka_unit_test(an_unknown_word_of_an_order_is_minus_one),
        cmocka_unit_test(missing_values_are_marked),
        cmocka_unit_test(a_log_is_taken_before_the_scale),
        cmocka_unit_test(log1p_and_expm1_are_exact_for_small_numbers),
        cmocka_unit_test(predictions_and_metrics_are_in_the_units_of_a_scaled_target),
        cmocka_unit_test(classes_have_no_scale),
        cmocka_unit_test(a_file_has_the_layers_of_keras_and_the_network_alone),
        cmocka_unit_test(the_layers_of_keras_say_the_whole_preparation),
        cmocka_unit_test(layers_that_were_changed_are_refused),
        cmocka_unit_test(numbers_become_bins),
        cmocka_unit_test(bins_are_learned_of_the_training_rows),
        cmocka_unit_test(bins_that_cannot_be_are_refused),
        cmocka_unit_test(rows_are_ordered_by_their_dates),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
