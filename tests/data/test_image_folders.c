/* What a folder of pictures may hold: parts, classes, pictures, and what is told where it is no data set. */
#include <unistd.h>

#include "base/arena_test.h"
#include "data/image_support.h"

static void train_and_test_are_the_parts_where_they_are_alone(void **state)
{
    (void)state;
    cn_dataset d;
    put_plain("parts/train/cat/1.png", 2, 2, grey(1));
    put_plain("parts/train/cat/2.png", 2, 2, grey(2));
    put_plain("parts/train/dog/1.png", 2, 2, grey(3));
    put_plain("parts/test/cat/1.png", 2, 2, grey(4));
    put_plain("parts/test/dog/1.png", 2, 2, grey(5));
    succeeds(cn_images_load("parts", NULL, &d));
    assert_true(d.train_x.shape[0] == 3 && d.test_x.shape[0] == 2 && d.classes == 2);
    for (size_t i = 0; i < 3; i++) assert_true(((const unsigned char *)d.train_x.data)[4 * i] <= 3);
    for (size_t i = 0; i < 2; i++) assert_true(((const unsigned char *)d.test_x.data)[4 * i] >= 4);
    cn_dataset_free(&d);
    succeeds(cn_dataset_load("parts", NULL, &d)); /* by its name, too */
    assert_int_equal(d.test_x.shape[0], 2);
    cn_dataset_free(&d);
    put_plain("parts/train/eel/1.png", 2, 2, grey(3));
    fails("parts", (cn_image_options){0},
          "parts/test has no class 'eel', which parts/train has; expected the same folders");
    put_plain("parts/test/ant/1.png", 2, 2, grey(3));
    fails("parts", (cn_image_options){0},
          "parts/train has no class 'ant', which parts/test has; expected the same folders");
    put_plain("words/train/1.png", 2, 2, grey(3)); /* two classes that are called so */
    put_plain("words/train/2.png", 2, 2, grey(3));
    put_plain("words/test/1.png", 2, 2, grey(3));
    succeeds(cn_images_load("words", NULL, &d));
    assert_string_equal(d.class_names[1], "train");
    cn_dataset_free(&d);
}

static void a_folder_that_is_no_data_set_is_told(void **state)
{
    (void)state;
    const cn_image_options none = {0};
    succeeds(cn__make_dirs("bad/empty"));
    fails("bad/no", none, "bad/no: no such folder, or it cannot be read");
    fails(
        "bad/empty", none,
        "bad/empty holds no folder; expected a folder a class with PNG or JPEG files, as in bad/empty/cat/1.png");
    put_plain("bad/flat/1.png", 4, 4, grey(1));
    fails(
        "bad/flat", none,
        "bad/flat holds 1 picture and no folder; expected a folder a class, as in bad/flat/cat/1.png, whose name "
        "is the label");
    put_plain("bad/one/cat/1.png", 4, 4, grey(1));
    fails("bad/one", none, "bad/one has one class only, 'cat'; expected a folder for each of two or more");
    put_plain("bad/two/cat/1.png", 4, 4, grey(1));
    succeeds(cn__make_dirs("bad/two/dog"));
    fails("bad/two", none, "bad/two/dog holds no PNG or JPEG file");
    put_plain("bad/two/dog/small/1.png", 4, 4, grey(1));
    fails(
        "bad/two", none,
        "bad/two/dog holds folders (small, …) and no picture; expected PNG or JPEG files in a folder a class: "
        "bad/two/<class>/1.png, or bad/two/train/<class>/1.png and bad/two/test/<class>/1.png");
    put_plain("bad/two/dog/1.png", 4, 4, grey(1));
    fails("bad/two", none, "bad/two/dog/small is a folder in a folder of a class; expected pictures alone");
    assert_int_equal(system("rm -r bad/two/dog/small"), 0);
    fails("bad/two", (cn_image_options){.test_split = 0.1},
          "a test part of 0.1 of the 2 images in bad/two leaves one part empty");
    fails("bad/two", (cn_image_options){.color_mode = "grayscal"},
          "unknown color_mode 'grayscal'; did you mean 'grayscale'? Known: grayscale, rgb");
    assert_int_equal(symlink("nowhere", "bad/two/dog/9.png"), 0);
    fails("bad/two", none, "bad/two/dog/9.png is no file that can be read");
    assert_int_equal(remove("bad/two/dog/9.png"), 0);
    if (cn__make_dirs("bad/words/caf\xe9") == CN_OK) { /* some file systems have no such names */
        put_plain("bad/words/caf\xe9/1.png", 4, 4, grey(1));
        put_plain("bad/words/tea/1.png", 4, 4, grey(1));
        fails("bad/words", none,
              "bad/words: the name of a folder: byte 4, 0xe9, is no UTF-8; expected a name in UTF-8");
    }
    put_plain("bad/two/dog/2.png", 4, 6, grey(1));
    put_plain("bad/two/cat/2.png", 4, 4, grey(1));
    fails(
        "bad/two", (cn_image_options){.seed = 3, .test_split = 0.25},
        "bad/two/dog/2.png is 4 × 6 pixels (height × width), and bad/two/cat/2.png is 4 × 4; expected all of one "
        "size, or an image size to bring all to, such as 4");
    write_file("bad/two/cat/3.GIF", "", strlen(""));
    fails(
        "bad/two", none,
        "bad/two/cat/3.GIF is neither PNG nor JPEG, and others are not read; ImageMagick converts them: mogrify "
        "-format png bad/two/cat/*.GIF");
    assert_int_equal(remove("bad/two/cat/3.GIF"), 0);
    write_file("bad/two/cat/3.jpg", "GIF89a", 6);
    fails("bad/two", (cn_image_options){.height = 4, .width = 4},
          "bad/two/cat/3.jpg is no PNG or JPEG file: it is a GIF");
}

static void sizes_and_shares_that_cannot_be_are_told(void **state)
{
    (void)state;
    put_plain("sizes/cat/1.png", 4, 4, grey(1));
    put_plain("sizes/dog/1.png", 4, 4, grey(1));
    fails("sizes", (cn_image_options){.height = 4}, "an image size of 4 × 0; expected 1 to 1024 each");
    fails("sizes", (cn_image_options){.width = 4}, "an image size of 0 × 4; expected 1 to 1024 each");
    fails("sizes", (cn_image_options){.height = 1025, .width = 4},
          "an image size of 1025 × 4; expected 1 to 1024 each");
    fails("sizes", (cn_image_options){.height = 4, .width = 1025},
          "an image size of 4 × 1025; expected 1 to 1024 each");
    fails("sizes", (cn_image_options){.test_split = -0.1},
          "a test part of -0.1; expected a share between 0 and 1, such as 0.2");
    fails("sizes", (cn_image_options){.test_split = 1},
          "a test part of 1; expected a share between 0 and 1, such as 0.2");
    fails("sizes", (cn_image_options){.test_split = 0.9},
          "a test part of 0.9 of the 2 images in sizes leaves one part empty");
    put_plain("sizes/dog/1.png", 6, 4, grey(1));
    cn_dataset d;
    assert_int_equal(cn_images_load("sizes", &(cn_image_options){.test_split = 0.5}, &d), CN_ERROR_DATA);
    assert_non_null(
        strstr(cn_error(), "expected all of one size, or an image size to bring all to, such as 4"));
    cairo_surface_t *tall = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1025),
                    *wide = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1025, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cairo_surface_write_to_png(i ? wide : tall, "sizes/cat/1.png"),
                         CAIRO_STATUS_SUCCESS);
        assert_int_equal(cairo_surface_write_to_png(i ? wide : tall, "sizes/dog/1.png"),
                         CAIRO_STATUS_SUCCESS);
        assert_int_equal(cn_images_load("sizes", &(cn_image_options){.test_split = 0.5}, &d), CN_ERROR_DATA);
        assert_non_null(
            strstr(cn_error(), i ? "is 1 × 1025 pixels; at most 1024 × 1024 are taken as they are"
                                 : "is 1025 × 1 pixels; at most 1024 × 1024 are taken as they are"));
    }
    cairo_surface_destroy(tall);
    cairo_surface_destroy(wide);
}

static void many_pictures_and_slashes_are_one_data_set(void **state)
{
    (void)state;
    cn_dataset d;
    char path[200];
    for (int i = 0; i < 150; i++) {
        snprintf(path, sizeof path, "many/%s/%d.png", i % 2 ? "odd" : "even", i);
        put_plain(path, 2, 2, grey((unsigned)i));
    }
    succeeds(cn_images_load("many///", &(cn_image_options){.test_split = 0.5}, &d));
    assert_string_equal(d.name, "many");
    assert_true(d.train_x.shape[0] == 75 && d.test_x.shape[0] == 75 && d.classes == 2);
    cn_dataset_free(&d);
}

static void a_thousand_classes_are_the_most(void **state)
{
    (void)state;
    char path[200];
    for (int i = 0; i <= 1000; i++) {
        snprintf(path, sizeof path, "classes/%d", i);
        succeeds(cn__make_dirs(path));
    }
    fails("classes", (cn_image_options){0},
          "classes has 1001 folders; at most 1000 classes can be reported apart");
}

/* Two folders are parts only where they are called so and hold classes alone. */
static void folders_that_are_no_parts_are_classes(void **state)
{
    (void)state;
    static const char *const files[][4] = {
        {"one/test/a.png", "one/tree/a.png", "one/test/b.png", "one/tree/b.png"},
        {"two/ant/a.png", "two/train/a.png", "two/ant/b.png", "two/train/b.png"},
        {"mixed/test/a.png", "mixed/train/a.png", "mixed/test/b.png", "mixed/train/b.png"}};
    static const char *const folders[] = {"one", "two", "mixed"};
    for (size_t i = 0; i < 3; i++) {
        cn_dataset d;
        for (size_t k = 0; k < 4; k++) put_plain(files[i][k], 2, 2, grey((unsigned)k));
        succeeds(cn_images_load(folders[i], NULL, &d));
        assert_int_equal(d.classes, 2);
        cn_dataset_free(&d);
    }
    succeeds(cn__make_dirs("mixed/train/cat")); /* folders and pictures */
    fails("mixed", (cn_image_options){0},
          "mixed/train/cat is a folder in a folder of a class; expected pictures alone");
}

static void a_class_that_only_one_part_has_is_told(void **state)
{
    (void)state;
    static const char *const files[] = {"lack/train/cat/1.png", "lack/train/dog/1.png", "lack/test/cat/1.png",
                                        "lack/test/eel/1.png"};
    for (size_t k = 0; k < 4; k++) put_plain(files[k], 2, 2, grey((unsigned)k));
    fails("lack", (cn_image_options){0},
          "lack/test has no class 'dog', which lack/train has; expected the same folders");
    put_plain("lack/test/dog/1.png", 2, 2, grey(5));
    fails("lack", (cn_image_options){0},
          "lack/train has no class 'eel', which lack/test has; expected the same folders");
}

/* A picture that cannot be read is told where it decides the size, and where it does not. */
static void a_damaged_first_picture_is_told(void **state)
{
    (void)state;
    cn_dataset d;
    for (int i = 0; i < 4; i++) {
        char path[200];
        snprintf(path, sizeof path, "damaged/%s/%d.png", i % 2 ? "cat" : "dog", i);
        put_plain(path, 2, 2, grey(1));
        write_file(path, "\x89PNG\r\n\x1a\n", 8);
    }
    assert_int_not_equal(cn_images_load("damaged", NULL, &d), CN_OK);
    assert_non_null(strstr(cn_error(), "damaged/"));
    setenv("CORNU_IMAGE_MEMORY", "1", 1);
    assert_int_not_equal(cn_images_load("damaged", NULL, &d), CN_OK);
    unsetenv("CORNU_IMAGE_MEMORY");
}

static void pictures_to_predict_are_found_some_folders_down(void **state)
{
    (void)state;
    cn_pictures p;
    put_plain("down/a/b/c/1.png", 2, 2, grey(1));
    put_plain("down/a/b/2.png", 2, 2, grey(2));
    put_plain("down/a/b/c/too.png/3.png", 2, 2, grey(3)); /* a folder below these is none of them */
    put_plain("down/plain.jpg/4.png", 2, 2, grey(4));
    write_file("down/words.txt", "words", 5);
    assert_int_not_equal(cn_pictures_read("down", NULL, &p), CN_OK);
    assert_non_null(strstr(cn_error(), "down/a/b/c/too.png"));
    assert_int_equal(system("rm -r down/a/b/c/too.png"), 0);
    succeeds(cn_pictures_read("down", NULL, &p));
    assert_int_equal(p.count, 3);
    cn_pictures_free(&p);
    succeeds(cn__make_dirs("nothing/here"));
    assert_int_equal(cn_pictures_read("nothing", NULL, &p), CN_ERROR_DATA);
    assert_string_equal(cn_error(), "nothing holds no PNG or JPEG file");
    assert_int_equal(cn_pictures_read("nothing", &(cn_image_options){.height = 3}, &p), CN_ERROR_ARGUMENT);
}

/* Each allocation fails in turn, of each kind of folder. */
static void lack_of_memory_is_said_of_every_folder(void **state)
{
    (void)state;
    static const char *const folders[] = {"many", "words", "lack", "mixed", "down"};
    size_t failures = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        long needed = 1; /* allocations of a reading that none fails; what it comes to is another test's */
        for (long n = -1; n < needed; n += getenv("CORNU_SANITIZED") && n >= 0 ? 7 : 1) {
            cn_dataset d = {.classes = 0};
            cn_pictures p = {.count = 0};
            const unsigned long before = cn__allocations;
            cn_error_clear();
            cn__allocations_left = n;
            const cn_status status =
                i == 4 ? cn_pictures_read(folders[i], NULL, &p) : cn_images_load(folders[i], NULL, &d);
            cn__allocations_left = -1;
            if (n < 0) needed = (long)(cn__allocations - before);
            else if (status != CN_ERROR_MEMORY || !strstr(cn_error(), "memory"))
                fail_msg("%s, allocation %ld: status %d: %s", folders[i], n, (int)status, cn_error());
            failures += status == CN_ERROR_MEMORY;
            cn_dataset_free(&d);
            cn_pictures_free(&p);
        }
    }
    assert_true(failures > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_and_test_are_the_parts_where_they_are_alone),
        cmocka_unit_test(a_folder_that_is_no_data_set_is_told),
        cmocka_unit_test(sizes_and_shares_that_cannot_be_are_told),
        cmocka_unit_test(many_pictures_and_slashes_are_one_data_set),
        cmocka_unit_test(a_thousand_classes_are_the_most),
        cmocka_unit_test(folders_that_are_no_parts_are_classes),
        cmocka_unit_test(a_class_that_only_one_part_has_is_told),
        cmocka_unit_test(a_damaged_first_picture_is_told),
        cmocka_unit_test(pictures_to_predict_are_found_some_folders_down),
        cmocka_unit_test(lack_of_memory_is_said_of_every_folder),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, enter_home, leave);
}
