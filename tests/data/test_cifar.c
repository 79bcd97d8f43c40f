/* CIFAR-10 and CIFAR-100 in their binary form: records become images, from a folder and from the archive; what is damaged is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cornu/data.h"

enum { PLANE = 32 * 32, IMAGE = 3 * PLANE };

static const cn_dataset_options offline = {.offline = true, .data_dir = "cifar-test"};

/* Record i: labels, then each byte a number of record, colour and place. */
static unsigned char value(size_t i, size_t colour, size_t place)
{
    return (unsigned char)(i * 31 + colour * 77 + place * 5);
}

static void write_records(const char *path, size_t first, size_t count, size_t labels)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (size_t i = first; i < first + count; i++) {
        if (labels == 2) fputc(99, f); /* the coarse one, which says nothing here */
        fputc((int)(i % 10), f);
        for (size_t e = 0; e < IMAGE; e++) fputc(value(i, e / PLANE, e % PLANE), f);
    }
    assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *folder, size_t labels)
{
    char path[200];
    mkdir("cifar-test", 0755);
    mkdir(folder, 0755);
    for (size_t b = 1; b <= 5 && labels == 1; b++) {
        snprintf(path, sizeof path, "%s/data_batch_%zu.bin", folder, b);
        write_records(path, (b - 1) * 2, 2, 1);
    }
    snprintf(path, sizeof path, "%s/%s", folder, labels == 1 ? "test_batch.bin" : "test.bin");
    write_records(path, 100, 3, labels);
    snprintf(path, sizeof path, "%s/train.bin", folder);
    if (labels == 2) write_records(path, 0, 10, 2);
}

static void assert_images(const char *name, size_t classes)
{
    cn_dataset d = {0};
    if (cn_dataset_load(name, &offline, &d) != CN_OK) fail_msg("%s", cn_error());
    char text[64];
    assert_string_equal(cn_array_shape_text(&d.train_x, text, sizeof text), "(10, 32, 32, 3)");
    assert_string_equal(cn_array_shape_text(&d.test_x, text, sizeof text), "(3, 32, 32, 3)");
    assert_int_equal(d.classes, classes);
    assert_string_equal(d.class_names[3], classes == 10 ? "cat" : "bear");
    const unsigned char *x = d.train_x.data, *y = d.train_y.data;
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(y[i], i % 10);
        for (size_t e = 0; e < IMAGE; e++) assert_int_equal(x[i * IMAGE + e], value(i, e % 3, e / 3));
    }
    assert_int_equal(((unsigned char *)d.test_y.data)[2], 102 % 10);
    cn_dataset_free(&d);
}

static void records_of_a_folder_are_images(void **state)
{
    (void)state;
    make_folder("cifar-test/cifar-10-batches-bin", 1);
    make_folder("cifar-test/cifar-100-binary", 2);
    assert_images("cifar10", 10);
    assert_images("CIFAR-100", 100);
}

static void the_archive_is_read_as_it_was_downloaded(void **state)
{
    (void)state;
    make_folder("cifar-test/cifar-10-batches-bin", 1);
    assert_int_equal(
        system(
            "cd cifar-test && tar czf cifar-10-binary.tar.gz cifar-10-batches-bin && rm -r cifar-10-batches-bin"),
        0);
    assert_images("cifar10", 10);
    assert_int_equal(truncate("cifar-test/cifar-10-binary.tar.gz", 300), 0);
    cn_dataset d;
    assert_int_not_equal(cn_dataset_load("cifar10", &offline, &d), CN_OK);
    assert_non_null(strstr(cn_error(), "cifar-10-binary.tar.gz"));
    assert_int_equal(
        system("cd cifar-test && head -c 1500 /dev/zero | tr '\\0' 'x' | gzip > cifar-10-binary.tar.gz"), 0);
    assert_int_not_equal(cn_dataset_load("cifar10", &offline, &d), CN_OK);
    assert_non_null(strstr(cn_error(), "damaged"));
    unlink("cifar-test/cifar-10-binary.tar.gz");
}

static void damaged_and_missing_files_are_named(void **state)
{
    (void)state;
    cn_dataset d;
    make_folder("cifar-test/cifar-10-batches-bin", 1);
    assert_int_equal(truncate("cifar-test/cifar-10-batches-bin/data_batch_3.bin", 4000), 0);
    assert_int_equal(cn_dataset_load("cifar10", &offline, &d), CN_ERROR_FORMAT);
    assert_non_null(strstr(cn_error(), "data_batch_3.bin has 4000 bytes"));
    unlink("cifar-test/cifar-10-batches-bin/data_batch_3.bin");
    assert_int_not_equal(cn_dataset_load("cifar10", &offline, &d), CN_OK);
    assert_true(cn_dataset_missing());
    assert_non_null(strstr(cn_error(), "has 5 of the 6 files, not data_batch_3.bin"));
    assert_non_null(strstr(cn_error(), "cifar-10-binary.tar.gz, or the files in it,"));
}

static int clean(void **state)
{
    (void)state;
    return system("rm -rf cifar-test");
}

int main(void)
{
    setenv("HOME", "/nonexistent", 1);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("CORNU_DATA");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_of_a_folder_are_images, clean),
        cmocka_unit_test_setup(the_archive_is_read_as_it_was_downloaded, clean),
        cmocka_unit_test_setup(damaged_and_missing_files_are_named, clean),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
