/* Data sets by name: the order in which places are looked at, sets that are not whole or not what they should be, and
 * the message that names each place. Nothing is downloaded here. */
#include <zlib.h>

#include "support.h"

static const char *const files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

enum { IMAGES = 16 + 784, LABELS = 9 };

/* A data set of one training image and one test image; `mark` is the first pixel, to know it again. */
static void make_set(const char *folder, unsigned char mark)
{
    unsigned char images[IMAGES] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28, mark},
                  labels[LABELS] = {0, 0, 8, 1, 0, 0, 0, 1, 7};
    for (int i = 0; i < 4; i++) put(folder, files[i], i % 2 ? labels : images, i % 2 ? LABELS : IMAGES);
}

static void make_npz(const char *path, unsigned char mark)
{
    static const char *const names[] = {"x_train", "y_train", "x_test", "y_test"};
    static const unsigned char label[1] = {7};
    unsigned char pixels[784] = {mark};
    const cn_array x = cn_array_view(CN_UINT8, pixels, 3, (size_t[]){1, 28, 28}),
                   y = cn_array_view(CN_UINT8, label, 1, (size_t[]){1});
    succeeds(cn_npz_write(path, names, (const cn_array[]){x, y, x, y}, 4));
}

static void remove_folder(const char *folder)
{
    char command[2200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

/* A name below the test's folder, as the environment wants it; the last two are kept. */
static const char *absolute(const char *name)
{
    static char paths[2][1200];
    static int turn;
    turn = !turn;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", here, name);
    return paths[turn];
}

static void finds_named(const char *name, const char *data_dir, unsigned char mark, const char *source)
{
    cn_dataset d;
    cn_dataset_options options = {.data_dir = data_dir};
    succeeds(cn_dataset_load(name, &options, &d));
    if (!strstr(d.source, source)) fail_msg("found in %s, expected %s", d.source, source);
    assert_int_equal(((unsigned char *)d.train_x.data)[0], mark);
    assert_int_equal(((unsigned char *)d.test_y.data)[0], 7);
    assert_int_equal(d.classes, 10);
    assert_false(cn_dataset_missing());
    cn_dataset_free(&d);
    assert_null(d.train_x.data);
}

static void finds(const char *data_dir, unsigned char mark, const char *source)
{
    finds_named("mnist", data_dir, mark, source);
}

static void fails(const char *data_dir, cn_status expected, const char *part)
{
    cn_dataset d;
    cn_dataset_options options = {.data_dir = data_dir};
    if (cn_dataset_load("mnist", &options, &d) != expected) fail_msg("%s", cn_error());
    says(part);
    assert_null(d.train_x.data);
    assert_null(d.test_y.data);
}

/* ---- where ------------------------------------------------------------------------------------------------------ */

/* From the last place to the first: each new one goes before those that were there. */
static void places_are_looked_at_in_order(void **state)
{
    (void)state;
    make_npz("mnist.npz", 99); /* no place at all */
    make_set("home/.keras/datasets/mnist", 1);
    finds(NULL, 1, "home/.keras/datasets/mnist");
    make_set("home/.cache/cornu/mnist", 2);
    finds(NULL, 2, "home/.cache/cornu/mnist");
    make_set("xdg/cornu/mnist", 3);
    setenv("XDG_CACHE_HOME", absolute("xdg"), 1);
    finds(NULL, 3, "xdg/cornu/mnist");
    make_set("data/mnist", 4);
    finds(NULL, 4, "data/mnist");
    make_set("mine/MNIST/raw", 5);
    setenv("CORNU_DATA", "mine", 1);
    finds(NULL, 5, "mine/MNIST/raw");
    make_set("given", 6); /* the files in the folder itself */
    finds("given", 6, "given");
    make_npz("given/mnist.npz", 7); /* named after the data set: before those that are not */
    finds("given", 7, "given/mnist.npz");
    make_set("given/mnist", 8);
    finds("given", 8, "given/mnist");
    succeeds(cn__make_dirs("empty"));
    finds("empty", 5, "mine"); /* a folder that has none is passed by */
    finds("", 5, "mine");
    unsetenv("CORNU_DATA");
    finds(NULL, 4, "data/mnist");
    unsetenv("XDG_CACHE_HOME");
    remove_folder("data");
    finds(NULL, 2, "home/.cache/cornu/mnist");
    setenv("XDG_CACHE_HOME", "xdg", 1); /* one that is not absolute is to be ignored, says its standard */
    finds(NULL, 2, "home/.cache/cornu/mnist");
    unsetenv("XDG_CACHE_HOME");
    remove_folder("home/.cache");
    remove_folder("home/.keras");
}

/* Files in the folder itself count where the folder was given for this data set alone. */
static void the_folder_of_the_environment_holds_folders(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    make_set("loose", 1);
    setenv("CORNU_DATA", "loose", 1);
    fails(NULL, CN_ERROR_FILE, "loose/mnist");
    assert_true(cn_dataset_missing());
    finds("loose", 1, "loose");
    setenv("CORNU_DATA", "no-such-folder", 1); /* a disk that is not there now */
    finds("loose", 1, "loose");
    fails(NULL, CN_ERROR_FILE, "no-such-folder/mnist");
    unsetenv("CORNU_DATA");
}

static void a_folder_given_that_is_none_is_an_error(void **state)
{
    (void)state;
    make_set("data/mnist", 1);
    fails("no-such-folder", CN_ERROR_FILE, "no-such-folder: no such folder to look for mnist in");
    assert_false(cn_dataset_missing());
    write_file("a-file", "", 0);
    fails("a-file", CN_ERROR_FILE, "a-file: no such folder");
    remove_folder("data");
}

static void files_may_be_gzipped_or_called_otherwise(void **state)
{
    (void)state;
    size_t size;
    char from[100], to[100];
    make_set("forms", 3);
    for (int i = 0; i < 4; i++) { /* train-images.idx3-ubyte.gz, train-labels.idx1-ubyte */
        int stem = (int)strlen(files[i]) - (int)strlen("-idx3-ubyte");
        snprintf(from, sizeof from, "forms/%s", files[i]);
        snprintf(to, sizeof to, "forms/%.*s.%s%s", stem, files[i], files[i] + stem + 1, i % 2 ? "" : ".gz");
        unsigned char *bytes = read_file(from, &size);
        assert_int_equal(unlink(from), 0);
        if (i % 2) {
            write_file(to, bytes, size);
        } else {
            gzFile gz = gzopen(to, "wb");
            assert_int_equal(gzwrite(gz, bytes, (unsigned)size), size);
            assert_int_equal(gzclose(gz), Z_OK);
        }
        free(bytes);
    }
    assert_int_equal(access("forms/train-images.idx3-ubyte.gz", F_OK), 0);
    assert_int_equal(access("forms/t10k-labels.idx1-ubyte", F_OK), 0);
    finds("forms", 3, "forms");
}

static void an_npz_as_keras_keeps_it_will_do(void **state)
{
    (void)state;
    succeeds(cn__make_dirs("home/.keras/datasets"));
    make_npz("home/.keras/datasets/mnist.npz", 9);
    finds(NULL, 9, "home/.keras/datasets/mnist.npz");
    remove_folder("home/.keras");
}

static void names_are_found_in_other_spellings(void **state)
{
    (void)state;
    cn_dataset d;
    const char *const *names = cn_dataset_names();
    make_set("sets/mnist", 1);
    make_set("sets/fashion-mnist", 2);
    finds_named("MNIST", "sets", 1, "sets/mnist");
    finds_named("fashion_mnist", "sets", 2, "sets/fashion-mnist");
    finds_named("fashion-mnist", "sets", 2, "sets/fashion-mnist");
    finds_named("FashionMNIST", "sets", 2, "sets/fashion-mnist");
    const cn_dataset_options options = {.data_dir = "sets"};
    for (; strncmp(*names, "cifar", 5) != 0; names++) { /* whose own test makes them */
        succeeds(cn_dataset_load(*names, &options, &d));
        assert_string_equal(d.name, *names);
        assert_string_equal(d.class_names[1], strcmp(*names, "mnist") == 0 ? "1" : "Trouser");
        cn_dataset_free(&d);
    }
}

/* ---- what is missing -------------------------------------------------------------------------------------------- */

static void what_is_missing_names_every_place(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    setenv("CORNU_DATA", "by-environment", 1);
    setenv("XDG_CACHE_HOME", absolute("xdg-cache"), 1);
    succeeds(cn__make_dirs("given-by-hand"));
    fails("given-by-hand", CN_ERROR_FILE, "mnist was not found");
    assert_true(cn_dataset_missing());
    static const char *const places[] = {"\n  given-by-hand/mnist\n",  "\n  given-by-hand\n",
                                         "\n  by-environment/mnist\n", "\n  data/mnist\n",
                                         "/xdg-cache/cornu/mnist\n",   "/home/.keras/datasets/mnist\n",
                                         "\n  /usr/share/mnist\n"};
    const char *at = cn_error(); /* each, and in the order in which they are looked at */
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *next = strstr(at, places[i]);
        if (!next) fail_msg("'%s' is not in: %s", places[i], at);
        at = next;
    }
    says("No download was tried (offline)");
    says("train-images-idx3-ubyte.gz");
    says("./data/mnist");
    says("--data-dir");
    says("dataset-fashion-mnist");
    unsetenv("CORNU_DATA");
    unsetenv("XDG_CACHE_HOME");
}

/* Whichever file it is: the place is passed by, and the message says what it lacks. */
static void a_set_without_one_of_its_files_is_none(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    for (int i = 0; i < 4; i++) {
        char path[100], part[100];
        make_set("partial/mnist", 1);
        snprintf(path, sizeof path, "partial/mnist/%s", files[i]);
        assert_int_equal(unlink(path), 0);
        fails("partial", CN_ERROR_FILE, "mnist was not found");
        assert_true(cn_dataset_missing());
        snprintf(part, sizeof part, "partial/mnist (has 3 of the four files, not %s.gz)\n", files[i]);
        says(part);
        make_set("data/mnist", 2); /* what is whole elsewhere is taken */
        finds("partial", 2, "data/mnist");
        remove_folder("data");
    }
}

static void without_a_home_the_other_places_are_looked_at(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    unsetenv("HOME");
    fails(NULL, CN_ERROR_FILE, "data/mnist");
    says_not("(null)");
    says_not(".cache");
    make_set("data/mnist", 4);
    finds(NULL, 4, "data/mnist");
    remove_folder("data");
    setenv("HOME", absolute("home"), 1);
}

static void an_unknown_name_is_answered_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *name, *part;
    } names[] = {{"mnits", "unknown data set 'mnits'; did you mean 'mnist'?"},
                 {"fashion_minst", "did you mean 'fashion_mnist'?"},
                 {"imagenet", "unknown data set 'imagenet'. Known: mnist, fashion_mnist, cifar10, cifar100"},
                 {"", "unknown data set ''"},
                 {NULL, "unknown data set ''"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cn_dataset d;
        assert_int_equal(cn_dataset_load(names[i].name, NULL, &d), CN_ERROR_ARGUMENT);
        assert_false(cn_dataset_missing());
        says(names[i].part);
        says("Known: mnist, fashion_mnist, cifar10, cifar100");
    }
}

/* Offline by option as well as by environment; a mirror that would answer nobody is not asked. */
static void offline_means_that_nobody_is_asked(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    static const struct {
        const char *environment;
        bool option, offline;
    } ways[] = {{"1", false, true}, {"yes", false, true}, {NULL, true, true},
                {"0", true, true},  {"0", false, false},  {"", false, false}};
    setenv("CORNU_MIRROR", "http://127.0.0.1:1", 1);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        cn_dataset d;
        const cn_dataset_options options = {.offline = ways[i].option};
        if (ways[i].environment) setenv("CORNU_OFFLINE", ways[i].environment, 1);
        else unsetenv("CORNU_OFFLINE");
        assert_int_equal(cn_dataset_load("mnist", &options, &d),
                         ways[i].offline ? CN_ERROR_FILE : CN_ERROR_NETWORK);
        assert_true(cn_dataset_missing());
        if (ways[i].offline) says_not("127.0.0.1");
        else says("127.0.0.1");
    }
    setenv("CORNU_OFFLINE", "1", 1);
    unsetenv("CORNU_MIRROR");
}

/* ---- sets that are there, but wrong: an error, not passed by ---------------------------------------------------- */

static void labels_that_do_not_fit_the_images_are_refused(void **state)
{
    (void)state;
    static const unsigned char two[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 7}, ten[] = {0, 0, 8, 1, 0, 0, 0, 1, 10},
                               minus[] = {0, 0, 9, 1, 0, 0, 0, 1, 0xff},
                               grid[] = {0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7},
                               half[] = {0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0, 0, 0},
                               nan[] = {0, 0, 0x0d, 1, 0, 0, 0, 1, 0x7f, 0xc0, 0, 0};
    static const struct {
        const unsigned char *bytes;
        size_t size;
        const char *part;
    } wrong[] = {{two, sizeof two, "images of shape (1, 28, 28) and labels of shape (2,)"},
                 {grid, sizeof grid, "images of shape (1, 28, 28) and labels of shape (1, 1)"},
                 {ten, sizeof ten, "label 10 of sample 0"},
                 {minus, sizeof minus, "label -1 of sample 0"},
                 {half, sizeof half, "label 0.5 of sample 0"},
                 {nan, sizeof nan, "nan of sample 0"}};
    for (int file = 1; file < 4; file += 2)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            make_set("wrong", 1);
            put("wrong", files[file], wrong[i].bytes, wrong[i].size);
            fails("wrong", CN_ERROR_DATA, "wrong: ");
            says(wrong[i].part);
            says(file == 1 ? "to train" : "to test");
            assert_false(cn_dataset_missing());
        }
}

static void images_that_do_not_fit_each_other_are_refused(void **state)
{
    (void)state;
    unsigned char small[16 + 4] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2},
                             flat[] = {0, 0, 8, 1, 0, 0, 0, 1, 5},
                             none[16] = {0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28};
    make_set("wrong", 1);
    put("wrong", files[2], small, sizeof small);
    fails("wrong", CN_ERROR_DATA, "(1, 28, 28) to train do not go with (1, 2, 2) to test");
    put("wrong", files[2], flat, sizeof flat);
    fails("wrong", CN_ERROR_DATA, "images of shape (1,)");
    put("wrong", files[2], none, sizeof none);
    fails("wrong", CN_ERROR_DATA, "images of shape (0, 28, 28)");
}

static void a_damaged_file_is_named(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        make_set("damaged", 1);
        put("damaged", files[i], "nonsense", 8);
        fails("damaged", CN_ERROR_FORMAT, files[i]);
        put("damaged", files[i], "\0\0\x08\x03\0\0\0\1", 8);
        fails("damaged", CN_ERROR_FORMAT, "cut short");
        says(files[i]);
    }
    put("damaged/mnist", "x", "", 0);
    put("damaged", "mnist.npz", "PK, but no zip at all, not one bit", 34);
    fails("damaged", CN_ERROR_FORMAT, "damaged/mnist.npz");
    make_npz("damaged/mnist.npz", 1);
    finds("damaged", 1, "mnist.npz");
}

static void an_npz_that_lacks_a_part_is_named(void **state)
{
    (void)state;
    static const unsigned char one[784];
    const cn_array x = cn_array_view(CN_UINT8, one, 3, (size_t[]){1, 28, 28});
    succeeds(cn__make_dirs("lacking"));
    succeeds(cn_npz_write("lacking/mnist.npz", (const char *const[]){"x_train", "x_test"},
                          (const cn_array[]){x, x}, 2));
    fails("lacking", CN_ERROR_FORMAT, "lacking/mnist.npz");
    says("'y_train'");
}

/* With the real files at hand: digits are not taken for clothes, though the files are called the same. */
static void one_set_is_not_taken_for_the_other(void **state)
{
    (void)state;
    const char *real = getenv("CORNU_TEST_DATA");
    char folder[1200], probe[1300];
    snprintf(folder, sizeof folder, "%s/mnist", real ? real : "");
    snprintf(probe, sizeof probe, "%s/t10k-labels-idx1-ubyte.gz", folder);
    if (!real || access(probe, R_OK) != 0) {
        print_message("no MNIST in $CORNU_DATA: skipped\n");
        skip();
    }
    cn_dataset d;
    const cn_dataset_options options = {.data_dir = folder};
    assert_int_equal(cn_dataset_load("fashion_mnist", &options, &d), CN_ERROR_DATA);
    says("holds mnist, not fashion_mnist");
    succeeds(cn_dataset_load("mnist", &options, &d));
    assert_int_equal(d.train_x.shape[0], 60000);
    assert_int_equal(d.test_x.shape[0], 10000);
    assert_true(cn_array_at(&d.train_y, 0) == 5);
    cn_dataset_free(&d);
}

int main(void)
{
    /* the tests move away from here, and clear CORNU_DATA */
    const char *data = getenv("CORNU_DATA");
    char *real = data ? realpath(data, NULL) : NULL;
    if (real) setenv("CORNU_TEST_DATA", real, 1);
    free(real);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_looked_at_in_order),
        cmocka_unit_test(the_folder_of_the_environment_holds_folders),
        cmocka_unit_test(a_folder_given_that_is_none_is_an_error),
        cmocka_unit_test(files_may_be_gzipped_or_called_otherwise),
        cmocka_unit_test(an_npz_as_keras_keeps_it_will_do),
        cmocka_unit_test(names_are_found_in_other_spellings),
        cmocka_unit_test(what_is_missing_names_every_place),
        cmocka_unit_test(a_set_without_one_of_its_files_is_none),
        cmocka_unit_test(without_a_home_the_other_places_are_looked_at),
        cmocka_unit_test(an_unknown_name_is_answered_with_the_nearest),
        cmocka_unit_test(offline_means_that_nobody_is_asked),
        cmocka_unit_test(labels_that_do_not_fit_the_images_are_refused),
        cmocka_unit_test(images_that_do_not_fit_each_other_are_refused),
        cmocka_unit_test(a_damaged_file_is_named),
        cmocka_unit_test(an_npz_that_lacks_a_part_is_named),
        cmocka_unit_test(one_set_is_not_taken_for_the_other),
    };
    return cmocka_run_group_tests(tests, enter_home, leave);
}
