/* Tables, preparations, splits and pictures while each allocation fails in turn: memory is what is said, nothing is half done, and where it
 * goes well the result is the usual one. */
#include "support.h"

#include "base/arena_test.h"
#include "cornu/table.h"
#include "data/images/images.h"

/* What a piece of work comes to, as a number; it may stay 0. */
typedef cn_status (*work)(const void *user, uint64_t *print);

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_array(uint64_t hash, cn_array *a)
{
    hash = mix(hash, a->data, cn_array_size(a) * cn_dtype_size(a->dtype));
    cn_array_free(a);
    return hash;
}

static size_t tried, wrong;

/* `most` places, evenly; all with CORNU_THOROUGH, where each is quick (a hundred or more). May the work do without what it gets no memory for, as a cache? */
static void fail_each(const char *name, work w, const void *user, long most, bool may_do_without)
{
    if (getenv("CORNU_SANITIZED")) most /= 5;
    uint64_t usual = 0, print;
    const unsigned long before = cn__allocations;
    cn_error_clear();
    const cn_status expected = w(user, &usual);
    if (expected == CN_ERROR_MEMORY) fail_msg("%s: %s", name, cn_error());
    const long count = (long)(cn__allocations - before),
               step = (getenv("CORNU_THOROUGH") && most >= 100) || count < most ? 1 : count / most;
    for (long at = 0; at < count; at += step, tried++) {
        print = 0;
        cn_error_clear();
        cn__allocations_left = at;
        const unsigned long begin = cn__allocations;
        const cn_status status = w(user, &print);
        cn__allocations_left = -1;
        const bool failed = (long)(cn__allocations - begin) > at, /* some later time less may be needed */
            right = status == CN_ERROR_MEMORY ? strstr(cn_error(), "memory") != NULL
                                              : (may_do_without || !failed) && status == expected &&
                                                    (status != CN_OK || print == usual);
        if (right) continue;
        print_error("%s, allocation %ld: status %d, without failures %d: %s\n", name, at, (int)status,
                    (int)expected, cn_error());
        wrong++;
    }
}

/* ---- tables --------------------------------------------------------------------------------------------------- */

#define NAMES(...)                                                                                           \
    {                                                                                                        \
        (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)      \
    }

static const struct table_case {
    const char *text, *says; /* NULL: it is read */
    cn_table_options options;
} tables[] = {
    {"a,b,c\n1,2.5,x\n2,,y\n3,4,x\n", NULL, {0}},
    {"a,a,,b\n1,2,3,x\n2,3,4,y\n", NULL, {0}},
    {"1,2\n3,4\n", NULL, {.header = "false"}},
    {"1,2\n3,4\n", NULL, {.names = NAMES("one", "two")}},
    {"1,2\n3,4\n", "3 names, and the table has 2 columns", {.names = NAMES("one", "two", "three")}},
    {"\"\",a,b\n1,2,x\n2,3,y\n3,5,z\n", NULL, {0}},
    {"a,b\nr1,1,2\nr2,3,4\nr3,5,6\n", NULL, {0}},
    {"a;b\n1,5;x\n2,25;y\n", NULL, {0}},
    {"a;b\n1,5;x\n2,25;y\n", NULL, {.separator = ";", .decimal = ","}},
    {"# a b\n1 2\n3 4\n", NULL, {0}},
    {"a  b\n1  2\n3  4\n", NULL, {.separator = "space"}},
    {"a\tb\n1\t\"x\n2\ty\n", NULL, {.separator = "tab", .plain_quotes = true}},
    {"a,b\n\"x, \"\"y\"\"\",1\n\"z\nz\",2\n", NULL, {0}},
    {"a,b\n\"x,1\n", "is never closed; plain_quotes=true", {0}},
    {"a,b\n1,2\n1,2,3\n", NULL, {.skip_bad_rows = true}},
    {"a,b\n1,2\n1,2,3\n", "line 3: 3 cells, and there are 2 columns", {0}},
    {"a,b\n1,2\n3\n", NULL, {0}},
    {"a,b\n1,x\n2,3\n", NULL, {.category = NAMES("a")}},
    {"a,b\n1,x\n2,3\n", "line 2, column 'b': 'x' is no number", {.number = NAMES("b")}},
    {"a,b\n1,x\n2,3\n", "unknown column 'c'. Known: a, b", {.number = NAMES("c")}},
    {"a,b\n1,none\n2,3\n", NULL, {.missing_values = NAMES("none"), .number = NAMES("b")}},
    {"p,m\n5%,\"$1,250\"\n6%,\"$2,500\"\n7%,\"$1,000\"\n", NULL, {0}},
    {"a,b,\n1,2,\n3,4,\n", NULL, {0}},
    {"index,a\n0,5\n1,6\n2,8\n", NULL, {0}},
    {"a\n", "has a row of names and no other", {0}},
    {"", "is empty; expected a table", {0}},
    {"a,b\n1,2\n", "unknown separator 'xx'", {.separator = "xx"}},
    {"a,b\n1,2\n", "decimal = ';', expected a point or a comma", {.decimal = ";"}},
    {"a,b\n1,2\n", "unknown encoding 'utf-9'; did you mean 'utf-8'?", {.encoding = "utf-9"}},
    {"a,b\n\xe9,2\n\xe8,3\n", NULL, {0}},
    {"a,b\n\xe9,2\n", NULL, {.encoding = "latin-1"}},
    {"\xff\xfe"
     "a\0,\0b\0\n\0001\0,\0002\0\n\0",
     NULL,
     {.encoding = "utf-16"}},
    {"{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2.5, \"c\": true}\n{\"b\": null}\n", NULL, {0}},
    {"{\"a\": 1}\n[1]\n", "line 2: no JSON object", {0}},
    {"{\"a\": {\"b\": 1}}\n{\"a\": {\"b\": 2}}\n", NULL, {0}},
    {"[{\"a\": 1}, {\"a\": \"\\u00e9\\n\"}]\n", NULL, {0}},
    {"{\"a\": [1, 2]}\n", NULL, {0}},
    {"{\"a\": 1\n", "line 1: '}' expected", {0}},
    {"@relation r\n@attribute a numeric\n@attribute 'b c' {x, 'y z', w}\n@data\n1, x\n?, 'y z'\n", NULL, {0}},
    {"@relation r\n@attribute a numeric\n@attribute b string\n@data\n{0 3, 1 x}\n{1 y}\n",
     "line 5: sparse ARFF rows, in braces, are not read",
     {0}},
    {"@relation r\n@attribute a {x, y}\n@data\nz\n", NULL, {0}},
    {"@relation r\n@attribute a date\n@data\n1\n", NULL, {0}},
    {"@relation r\n@attribute a\n@data\n1\n", "@attribute a has no type", {0}},
    {"@relation r\n@data\n1\n", "is an ARFF file without @attribute", {0}},
};

static uint64_t print_of(const cn_table *t)
{
    uint64_t print = mix(1, cn_table_notes(t), strlen(cn_table_notes(t)));
    for (size_t k = 0; k < cn_table_columns(t); k++) {
        print = mix(print, cn_table_name(t, k), strlen(cn_table_name(t, k)));
        for (size_t row = 0; row < cn_table_rows(t); row++) {
            const char *word = cn_table_kind(t, k) == CN_COLUMN_CATEGORY ? cn_table_word(t, row, k) : NULL;
            const double number = word ? 0 : cn_table_number(t, row, k);
            print = word ? mix(print, word, strlen(word)) : mix(print, &number, sizeof number);
        }
    }
    return print;
}

static size_t size_of(const char *text) { return *text == '\xff' ? 18 : strlen(text); }

static cn_status read_one(const void *user, uint64_t *print)
{
    const struct table_case *c = user;
    cn_table_options options = c->options;
    options.threads = 1;
    cn_table *t = cn_table_read("t.txt", &options);
    if (!t) return cn_error_status();
    *print = print_of(t);
    cn_table_free(t);
    return CN_OK;
}

static void tables_of_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        uint64_t print;
        assert_int_equal(cn__file_write("t.txt", tables[i].text, size_of(tables[i].text)), CN_OK);
        const cn_status status = read_one(&tables[i], &print);
        if ((status == CN_OK) != !tables[i].says) {
            print_error("%s: %s\n", tables[i].text, status ? cn_error() : "read");
            wrong++;
        } else if (status != CN_OK && !strstr(cn_error(), tables[i].says)) {
            print_error("%s: '%s' is not in: %s\n", tables[i].text, tables[i].says, cn_error());
            wrong++;
        }
        fail_each(tables[i].text, read_one, &tables[i], 200, false);
    }
    assert_int_equal(wrong, 0);
}

/* 4 MB and more are kept in a cache, which is done without where there is no memory for it. */
static void a_table_that_is_cached(void **state)
{
    (void)state;
    enum { ROWS = 140000 };
    static const struct table_case large = {.text = "large"};
    FILE *f = fopen("t.txt", "w");
    assert_non_null(f);
    fputs("byte,real,word,odd\n", f);
    for (int i = 0; i < ROWS; i++)
        fprintf(f, "%d,%d.%04d,some word %d,%s\n", i % 256, i, i % 10000, i % 90, i % 7 ? "12" : "many");
    fclose(f);
    fail_each("a table for the cache", read_one, &large, 40, true); /* the first reading fills it */
    fail_each("a table in the cache", read_one, &large, 100, true);
    assert_int_equal(system("rm -rf home/.cache"), 0);
    assert_int_equal(wrong, 0);
}

/* ---- preparations ----------------------------------------------------------------------------------------------- */

static const char people[] = "age,income,size,city,born,text,weight,kind\n"
                             "21,1000,small,Rome,2001-02-03,the red house,1.5,x\n"
                             "35,2500,large,Oslo,1990-12-24,a house of wood,2.5,y\n"
                             "42,,medium,Rome,1985-07-01,red,3.5,x\n"
                             "58,7000,small,Bonn,1970-01-31,wood and stone,0.5,y\n"
                             "63,4000,large,Oslo,1965-05-05,stone,9.5,y\n";

static const struct preparation_case {
    cn_preparation_options options;
    const char *scale;
    bool fails;
} preparations[] = {
    {{.target = NAMES("kind"), .missing = "mean"}, "standard", false},
    {{.target = NAMES("weight"), .missing = "median", .target_scale = "standard", .log = NAMES("weight")},
     "minmax",
     false},
    {{.target = NAMES("age", "weight"),
      .missing = "most_frequent",
      .missing_indicator = true,
      .target_scale = "robust"},
     "robust",
     false},
    {{.target = NAMES("kind"),
      .missing = "0",
      .date = NAMES("born"),
      .ordinal = NAMES("size=small<medium<large")},
     "log",
     false},
    {{.target = NAMES("kind"),
      .missing = "drop",
      .text = NAMES("text"),
      .words = 4,
      .ordinal = NAMES("size")},
     NULL,
     false},
    {{.columns = NAMES("age", "income"), .missing = "drop", .bins = NAMES("age=30<50", "income=2")},
     "standard",
     false},
    {{.columns = NAMES("age"), .bins = NAMES("age")}, NULL, false},
    {{.target = NAMES("kind"), .ignore = NAMES("income", "text", "born")}, "standard", false},
    {{.target = NAMES("kind")}, NULL, true}, /* a value is missing */
    {{.target = NAMES("kin")}, NULL, true},
    {{.columns = NAMES("ages")}, NULL, true},
    {{.ignore = NAMES("ages")}, NULL, true},
    {{.date = NAMES("city"), .missing = "mean"}, NULL, true},
    {{.ordinal = NAMES("size=small<big"), .missing = "mean"}, NULL, true},
    {{.bins = NAMES("city"), .missing = "mean"}, NULL, true},
    {{.bins = NAMES("age=5<3"), .missing = "mean"}, NULL, true},
    {{.log = NAMES("city"), .missing = "mean"}, NULL, true},
    {{.text = NAMES("age"), .missing = "mean"}, NULL, true},
    {{.missing = "mode"}, NULL, true},
    {{.target = NAMES("weight"), .missing = "mean", .target_scale = "much"}, NULL, true},
    {{.target = NAMES("kind"), .missing = "mean", .target_scale = "standard"}, NULL, true},
};

static cn_table *table; /* made before memory is short */

static cn_status prepare(const void *user, uint64_t *print)
{
    const struct preparation_case *c = user;
    cn_array x = {0}, y = {0};
    cn_preparation *p = cn_preparation_new(table, &c->options), *again;
    if (!p) return cn_error_status();
    cn_status status = c->scale ? cn_preparation_scale(p, c->scale, table, NULL, 0) : CN_OK;
    const bool target = c->options.target.count > 0;
    if (status == CN_OK) status = cn_preparation_apply(p, table, NULL, 0, &x, target ? &y : NULL);
    char *text = status == CN_OK ? cn_preparation_to_json(p) : NULL;
    if (status == CN_OK && !text) status = cn_error_status();
    again = text ? cn_preparation_from_json(text) : NULL;
    if (text && !again) status = cn_error_status();
    if (status == CN_OK) *print = mix(1, text, strlen(text));
    cn_text_free(text);
    text = status == CN_OK ? cn_preparation_to_json(again) : NULL;
    if (status == CN_OK && !text) status = cn_error_status();
    if (text && mix(1, text, strlen(text)) != *print)
        fail_msg("a preparation that is read is another one: %s", text);
    cn_text_free(text);
    if (x.data) *print = mix_array(*print, &x);
    if (y.data) *print = mix_array(*print, &y);
    cn_preparation_free(again);
    cn_preparation_free(p);
    return status;
}

static void preparations_of_every_kind(void **state)
{
    (void)state;
    assert_int_equal(cn__file_write("people.csv", people, sizeof people - 1), CN_OK);
    table = cn_table_read("people.csv", &(cn_table_options){.threads = 1});
    assert_non_null(table);
    for (size_t i = 0; i < sizeof preparations / sizeof *preparations; i++) {
        char name[40];
        uint64_t print = 0;
        snprintf(name, sizeof name, "preparation %zu", i);
        const cn_status status = prepare(&preparations[i], &print);
        if ((status != CN_OK) != preparations[i].fails)
            fail_msg("%s: %s", name, status ? cn_error() : "made");
        fail_each(name, prepare, &preparations[i], 150, false);
    }
    cn_table_free(table);
    assert_int_equal(wrong, 0);
}

/* ---- splits and pictures ------------------------------------------------------------------------------------------ */

static cn_status split(const void *user, uint64_t *print)
{
    float values[40];
    int64_t labels[20];
    for (size_t i = 0; i < 40; i++) values[i] = (float)i;
    for (size_t i = 0; i < 20; i++) labels[i] = (int64_t)(i % 3);
    const cn_array x = cn_array_view(CN_FLOAT32, values, 2, (size_t[]){20, 2}),
                   y = cn_array_view(CN_INT64, labels, 1, (size_t[]){20});
    const int how = *(const int *)user;
    cn_array out[4] = {{0}};
    const cn_split_options ordered = {.test_split = 0.25, .ordered = true},
                           by_class = {.test_split = 0.25, .stratify = &y};
    const cn_fold_options folds = {.folds = 4, .fold = 1},
                          class_folds = {.folds = 4, .fold = 3, .stratify = &y};
    const cn_status status =
        how == 0   ? cn_data_split(&x, &y, 0.25, 1, &out[0], &out[1], &out[2], &out[3])
        : how == 1 ? cn_data_split_with(&x, &y, &ordered, &out[0], &out[1], &out[2], &out[3])
        : how == 2 ? cn_data_split_with(&x, &y, &by_class, &out[0], &out[1], &out[2], &out[3])
        : how == 3 ? cn_data_fold(&x, &y, &folds, &out[0], &out[1], &out[2], &out[3])
                   : cn_data_fold(&x, &y, &class_folds, &out[0], &out[1], &out[2], &out[3]);
    *print = 1;
    for (int i = 0; i < 4; i++)
        if (out[i].data) *print = mix_array(*print, &out[i]);
    return status;
}

static void splits_of_every_kind(void **state)
{
    (void)state;
    for (int how = 0; how < 5; how++) fail_each("a split", split, &how, 100, false);
    assert_int_equal(wrong, 0);
}

static cn_status load_pictures(const void *user, uint64_t *print)
{
    cn_dataset d;
    const cn_image_options *options = user;
    const cn_status status = cn_images_load("pictures", options, &d);
    if (status != CN_OK) return status;
    *print = mix(mix(1, d.train_x.data, cn_array_size(&d.train_x)), d.test_x.data, cn_array_size(&d.test_x));
    cn_dataset_free(&d);
    return CN_OK;
}

static cn_status load_anew(const void *user, uint64_t *print)
{
    assert_int_equal(system("rm -rf home/.cache"), 0);
    return load_pictures(user, print);
}

static cn_status read_pictures(const void *user, uint64_t *print)
{
    cn_pictures p;
    const cn_status status = cn_pictures_read("pictures", user, &p);
    if (status != CN_OK) return status;
    *print = mix(1, p.x.data, cn_array_size(&p.x));
    cn_pictures_free(&p);
    return CN_OK;
}

/* In memory, and on disk where they take more than CORNU_IMAGE_MEMORY says. */
static void folders_of_pictures(void **state)
{
    (void)state;
    char command[1500];
    static const cn_image_options small = {.height = 6, .width = 5, .color_mode = "rgb"},
                                  grey = {.height = 4, .width = 4, .color_mode = "grayscale"};
    snprintf(
        command, sizeof command,
        "mkdir -p pictures/a pictures/b && for i in 1 2 3; do cp '%s/data/files/small.jpg' pictures/a/$i.jpg; cp "
        "'%s/data/files/grey.jpg' pictures/b/$i.jpg; done",
        CORNU_TESTS_DIR, CORNU_TESTS_DIR);
    assert_int_equal(system(command), 0);
    fail_each("pictures", load_pictures, &small, 40, false);
    fail_each("pictures without labels", read_pictures, &grey, 40, false);
    assert_int_equal(setenv("CORNU_IMAGE_MEMORY", "0", 1), 0);
    fail_each("pictures on disk", load_anew, &small, 40, false);
    fail_each("pictures that are on disk", load_pictures, &small, 40, false);
    assert_int_equal(system("rm -rf home/.cache"), 0);
    unsetenv("CORNU_IMAGE_MEMORY");
    print_message("%zu failing allocations\n", tried);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_every_kind),       cmocka_unit_test(a_table_that_is_cached),
        cmocka_unit_test(preparations_of_every_kind), cmocka_unit_test(splits_of_every_kind),
        cmocka_unit_test(folders_of_pictures),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, enter_home, leave);
}
