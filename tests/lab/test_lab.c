/* The built-in lab on made-up digits: what it writes is complete, adds up, and does not depend on how many networks
 * train at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lab/lab.h"

enum { TRAIN = 120, TEST = 60, SIDE = 28 };
static char scratch[] = "lab-XXXXXX";

static uint32_t random_state = 5;
static unsigned next(unsigned below)
{
    return (unsigned)(((random_state = random_state * 1664525 + 1013904223) >> 8) % below);
}

/* Big-endian, as IDX has it. */
static void put(FILE *f, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8) fputc((int)(v >> shift & 255), f);
}

static FILE *create(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/mnist/%s", scratch, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    return f;
}

/* Bars whose row tells the class, in noise. */
static void write_part(const char *images, const char *labels, uint32_t n)
{
    FILE *x = create(images), *y = create(labels);
    put(x, 0x803), put(x, n), put(x, SIDE), put(x, SIDE);
    put(y, 0x801), put(y, n);
    for (uint32_t i = 0; i < n; i++) {
        unsigned digit = i < 10 ? i : next(10);
        fputc((int)digit, y);
        for (unsigned p = 0; p < SIDE * SIDE; p++)
            fputc(p / SIDE / 2 == digit + 2 ? 255 : (int)(next(8) ? 0 : next(200)), x);
    }
    assert_int_equal(fclose(x), 0);
    assert_int_equal(fclose(y), 0);
}

static int set_up(void **state)
{
    (void)state;
    char path[128];
    if (!mkdtemp(scratch)) return -1;
    snprintf(path, sizeof path, "%s/mnist", scratch);
    if (mkdir(path, 0777) != 0) return -1;
    write_part("train-images-idx3-ubyte", "train-labels-idx1-ubyte", TRAIN);
    write_part("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", TEST);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

/* Runs the lab; the results without what a clock says. */
static json_t *run(cn__lab_options options)
{
    char out[128], path[160];
    bool missing;
    snprintf(out, sizeof out, "%s/out", scratch);
    snprintf(path, sizeof path, "%s/results.json", out);
    options.data = "mnist";
    options.data_dir = scratch;
    options.out = out;
    if (cn__lab_run(&options, &missing) != CN_OK) fail_msg("%s", cn_error());
    json_t *root = json_load_file(path, 0, NULL), *network;
    assert_non_null(root);
    size_t i;
    json_object_del(root, "seconds");
    json_array_foreach(json_object_get(root, "networks"), i, network) json_object_del(network, "seconds");
    return root;
}

static void results_do_not_depend_on_how_many_train_at_once(void **state)
{
    (void)state;
    json_t *alone = run((cn__lab_options){.epochs_limit = 2, .jobs = 1, .threads = 1, .quiet = true});
    json_t *two = run((cn__lab_options){.epochs_limit = 2, .jobs = 2, .threads = 2, .quiet = true});
    json_t *many = run((cn__lab_options){.epochs_limit = 2, .jobs = 20, .quiet = true});
    json_t *other = run((cn__lab_options){.epochs_limit = 2, .seed = 1, .quiet = true});
    assert_true(json_equal(alone, two));
    assert_true(json_equal(alone, many));
    json_object_set_new(other, "seed", json_integer(0));
    assert_false(json_equal(alone, other));
    json_decref(alone);
    json_decref(two);
    json_decref(many);
    json_decref(other);
}

static void every_network_is_there_and_one_shows_its_error(void **state)
{
    (void)state;
    json_t *root = run((cn__lab_options){.epochs_limit = 1, .quiet = true}), *network;
    assert_int_equal(json_array_size(json_object_get(root, "networks")), cn__seed_count);
    assert_int_equal(json_object_size(json_object_get(root, "comparisons")), cn__seed_comparison_count);
    size_t i, errors = 0;
    json_array_foreach(json_object_get(root, "networks"), i, network)
    {
        const char *error = json_string_value(json_object_get(network, "error"));
        if (error) {
            errors++;
            assert_non_null(strstr(error, "(None, 10)"));
            assert_non_null(strstr(error, "(None, 5)"));
            assert_null(json_object_get(network, "history"));
        } else {
            assert_int_equal(
                json_array_size(json_object_get(json_object_get(network, "history"), "val_accuracy")), 1);
            assert_true(json_is_real(json_object_get(json_object_get(network, "test"), "accuracy")));
        }
    }
    assert_int_equal(errors, 1);
    json_decref(root);
}

/* The confusion matrix holds every test image once, and its diagonal is the accuracy. */
static void classification_adds_up(void **state)
{
    (void)state;
    json_t *root = run((cn__lab_options){.epochs_limit = 3, .only = "final", .quiet = true}), *row, *cell;
    json_t *classes = json_object_get(root, "classification");
    size_t r, c, total = 0, right = 0;
    assert_int_equal(json_array_size(json_object_get(root, "networks")), 1);
    json_array_foreach(json_object_get(classes, "confusion"), r, row) json_array_foreach(row, c, cell)
    {
        total += (size_t)json_integer_value(cell);
        if (r == c) right += (size_t)json_integer_value(cell);
    }
    assert_int_equal(total, TEST);
    double accuracy = json_real_value(json_object_get(classes, "accuracy"));
    assert_true(accuracy > (double)right / TEST - 1e-6 && accuracy < (double)right / TEST + 1e-6);
    json_t *test = json_object_get(json_array_get(json_object_get(root, "networks"), 0), "test");
    double evaluated = json_real_value(json_object_get(test, "accuracy"));
    assert_true(evaluated > accuracy - 1e-6 && evaluated < accuracy + 1e-6);
    json_decref(root);
}

/* What is printed stands in the list's order, epochs included, in the language asked for. */
static void printing_follows_the_list(void **state)
{
    (void)state;
    static const char *const languages[] = {"es", "en"}, *const words[] = {"Comparativa", "Comparison"};
    for (int i = 0; i < 2; i++) {
        char *text = NULL;
        size_t size = 0, networks = 0;
        FILE *log = open_memstream(&text, &size);
        json_t *root =
            run((cn__lab_options){.epochs_limit = 2, .jobs = 3, .language = languages[i], .log = log});
        assert_int_equal(fclose(log), 0);
        const char *at = text;
        for (size_t k = 0; k < cn__seed_count; k++, networks++) {
            char id[64];
            snprintf(id, sizeof id, "(%s)", cn__seed_list[k].id);
            at = strstr(at, id);
            if (!at) fail_msg("%s is missing or out of order", id);
        }
        assert_non_null(strstr(text, "Epoch 2/2"));
        assert_non_null(strstr(text, words[i]));
        assert_null(strstr(text, words[1 - i]));
        json_decref(root);
        free(text);
    }
}

static void both_languages_have_every_word(void **state)
{
    (void)state;
    for (int word = 0; word < CN_WORD_COUNT; word++)
        for (cn__language language = CN_SPANISH; language <= CN_ENGLISH; language++) {
            const char *text = cn__words(language, (cn__word)word);
            if (!text || !*text) fail_msg("word %d is missing in language %d", word, (int)language);
        }
}

static void mistakes_name_the_nearest_word(void **state)
{
    (void)state;
    bool missing;
    assert_int_not_equal(cn__lab_run(&(cn__lab_options){.only = "m512,finall", .quiet = true}, &missing),
                         CN_OK);
    assert_non_null(strstr(cn_error(), "'finall'"));
    assert_non_null(strstr(cn_error(), "'final'"));
    assert_int_not_equal(cn__lab_run(&(cn__lab_options){.language = "fr", .quiet = true}, &missing), CN_OK);
    assert_non_null(strstr(cn_error(), "'fr'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_do_not_depend_on_how_many_train_at_once),
        cmocka_unit_test(every_network_is_there_and_one_shows_its_error),
        cmocka_unit_test(classification_adds_up),
        cmocka_unit_test(printing_follows_the_list),
        cmocka_unit_test(both_languages_have_every_word),
        cmocka_unit_test(mistakes_name_the_nearest_word),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
