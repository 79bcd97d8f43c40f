/* Folders of images: classes by their folders' names, parts by the seed, colours, and sizes.
 * Numbers of colours and sizes are TensorFlow's (decode_png, image.resize). */
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include <jpeglib.h>

#include "data/image_support.h"

/* FOLDER/b, FOLDER/C, FOLDER/a with ten pictures each, 4 × 5, whose grey is 20·class + file. */
static void put_folder(const char *folder)
{
    static const char *const classes[] = {"C", "a", "b"};
    for (unsigned c = 3; c-- > 0;)
        for (unsigned i = 0; i < 10; i++) {
            char path[200];
            snprintf(path, sizeof path, "%s/%s/%u.png", folder, classes[c], i);
            put_plain(path, 4, 5, grey(20 * c + i));
        }
}

static unsigned byte_at(const cn_array *a, size_t i) { return ((const unsigned char *)a->data)[i]; }

/* ---- classes and parts ----------------------------------------------------------------------------------------- */

static void classes_are_folders_and_every_image_is_in_one_part(void **state)
{
    (void)state;
    cn_dataset d;
    bool seen[60] = {false};
    put_folder("three");
    write_file("three/.DS_Store", "hidden", strlen("hidden"));
    write_file("three/a/Thumbs.db", "no picture", strlen("no picture"));
    succeeds(cn_images_load("three/", &(cn_image_options){.test_split = 0.3}, &d));
    assert_string_equal(d.name, "three");
    assert_int_equal(d.classes, 3);
    assert_string_equal(d.class_names[0], "C");
    assert_string_equal(d.class_names[1], "a");
    assert_string_equal(d.class_names[2], "b");
    assert_true(d.train_x.dtype == CN_UINT8 && d.train_x.ndim == 3 && d.train_y.dtype == CN_INT64);
    assert_true(d.train_x.shape[0] == 21 && d.train_x.shape[1] == 4 && d.train_x.shape[2] == 5);
    assert_int_equal(d.test_x.shape[0], 9);
    for (int test = 0; test < 2; test++) {
        const cn_array *x = test ? &d.test_x : &d.train_x, *y = test ? &d.test_y : &d.train_y;
        for (size_t i = 0; i < x->shape[0]; i++) {
            unsigned v = byte_at(x, 20 * i);
            assert_true(v < 60 && !seen[v]);
            seen[v] = true;
            assert_int_equal((int)cn_array_at(y, i), v / 20);
            for (size_t k = 0; k < 20; k++) assert_int_equal(byte_at(x, 20 * i + k), v);
        }
    }
    cn_dataset_free(&d);
}

static void the_seed_decides_parts_and_order(void **state)
{
    (void)state;
    cn_dataset one, again, other;
    put_folder("three");
    succeeds(cn_images_load("three", &(cn_image_options){.seed = 7}, &one));
    succeeds(cn_images_load("three", &(cn_image_options){.seed = 7, .test_split = 0.2}, &again));
    succeeds(cn_images_load("three", &(cn_image_options){.seed = 8}, &other));
    assert_int_equal(one.train_x.shape[0], 24);
    assert_memory_equal(one.train_x.data, again.train_x.data, cn_array_size(&one.train_x));
    assert_memory_equal(one.test_x.data, again.test_x.data, cn_array_size(&one.test_x));
    assert_memory_not_equal(one.train_x.data, other.train_x.data, cn_array_size(&one.train_x));
    size_t changes = 0; /* the classes are mixed: a validation part cut from the end has all */
    for (size_t i = 1; i < 24; i++)
        changes += cn_array_at(&one.train_y, i) != cn_array_at(&one.train_y, i - 1);
    assert_true(changes > 8);
    cn_dataset_free(&one);
    cn_dataset_free(&again);
    cn_dataset_free(&other);
}

/* ---- colours and sizes ------------------------------------------------------------------------------------------- */

static void one_pixel_of_colour_makes_all_images_colour(void **state)
{
    (void)state;
    cn_dataset d;
    static const uint32_t six[] = {0xffff0000, 0xff00ff00, 0xff0000ff, 0xff010203, 0xffc86432, 0xff111111};
    static const unsigned char as_grey[] = {76, 149, 29, 1, 124, 17};
    put_picture("colour/a/1.png", 2, 3, six);
    put_picture("colour/a/2.png", 2, 3, six);
    put_plain("colour/b/1.png", 2, 3, grey(9));
    put_plain("colour/b/2.png", 2, 3, grey(9));
    succeeds(cn_images_load("colour", &(cn_image_options){.test_split = 0.25}, &d));
    assert_true(d.train_x.ndim == 4 && d.train_x.shape[3] == 3 && d.test_x.ndim == 4);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 18; k++) {
            unsigned expected = cn_array_at(&d.train_y, i) == 1 ? 9 : six[k / 3] >> (16 - 8 * (k % 3)) & 255;
            assert_int_equal(byte_at(&d.train_x, 18 * i + k), expected);
        }
    cn_dataset_free(&d);
    succeeds(cn_images_load("colour", &(cn_image_options){.color_mode = "grayscale"}, &d));
    assert_true(d.train_x.ndim == 3 && d.test_x.ndim == 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(byte_at(&d.train_x, 6 * i + k),
                             cn_array_at(&d.train_y, i) == 1 ? 9 : as_grey[k]);
    cn_dataset_free(&d);
    put_folder("three");
    succeeds(cn_images_load("three", &(cn_image_options){.color_mode = "rgb"}, &d));
    assert_true(d.train_x.ndim == 4 && d.train_x.shape[3] == 3);
    cn_dataset_free(&d);
}

static void what_is_transparent_stands_on_white(void **state)
{
    (void)state;
    cn__picture p;
    put_picture("clear/1.png", 1, 4, (const uint32_t[]){0x00000000, 0x80000000, 0xff000000, 0x00ff0000});
    succeeds(cn__png_read(&(cn__infile){.name = "clear/1.png"}, &p));
    static const unsigned char expected[] = {255, 127, 0, 255};
    for (size_t i = 0; i < 4; i++) assert_int_equal(p.rgb[3 * i], expected[i]);
    assert_false(p.colour);
    cn__picture_free(&p);
}

static void is_resized(size_t h, size_t w, const unsigned char *from, size_t height, size_t width,
                       const double *expected)
{
    unsigned char rgb[300], out[300];
    for (size_t i = 0; i < 3 * h * w; i++) rgb[i] = from[i / 3];
    succeeds(cn__picture_resize(&(cn__picture){.height = h, .width = w, .rgb = rgb}, height, width, out));
    for (size_t i = 0; i < 3 * height * width; i++) {
        double off = out[i] - expected[i / 3];
        if (off < -0.51 || off > 0.51)
            fail_msg("number %zu is %d, expected %g", i / 3, out[i], expected[i / 3]);
    }
}

static void sizes_are_changed_as_tensorflow_does(void **state)
{
    (void)state;
    unsigned char eight[64];
    for (size_t i = 0; i < 64; i++) eight[i] = (unsigned char)(37 * i);
    is_resized(2, 3, (const unsigned char[]){0, 40, 200, 80, 255, 10}, 4, 5,
               (const double[]){0,  16,    40,     136, 200,  20, 49.5, 93.75, 129, 152.5,
                                60, 116.5, 201.25, 115, 57.5, 80, 150,  255,   108, 10});
    is_resized(8, 8, eight, 3, 5, /* antialias=True */
               (const double[]){59.347, 115.47, 161.079, 136.138, 62.39, 152.643, 158.885, 103.405, 84.157,
                                127.864, 135.481, 83.236, 110.132, 167.53, 179.864});
    is_resized(8, 8, eight, 8, 8,
               (double[64]){0,   37,  74,  111, 148, 185, 222, 3,   40,  77,  114, 151, 188, 225, 6,   43,
                            80,  117, 154, 191, 228, 9,   46,  83,  120, 157, 194, 231, 12,  49,  86,  123,
                            160, 197, 234, 15,  52,  89,  126, 163, 200, 237, 18,  55,  92,  129, 166, 203,
                            240, 21,  58,  95,  132, 169, 206, 243, 24,  61,  98,  135, 172, 209, 246, 27});
}

static void an_image_size_brings_all_to_it(void **state)
{
    (void)state;
    cn_dataset d;
    put_plain("sizes/a/1.png", 3, 7, grey(100));
    put_plain("sizes/a/2.png", 16, 2, grey(100));
    put_plain("sizes/b/1.png", 6, 6, grey(200));
    put_plain("sizes/b/2.png", 5, 8, grey(200));
    succeeds(cn_images_load("sizes", &(cn_image_options){.height = 5, .width = 8, .test_split = 0.5}, &d));
    assert_true(d.train_x.ndim == 3 && d.train_x.shape[1] == 5 && d.train_x.shape[2] == 8);
    for (size_t i = 0; i < 2 * 40; i++)
        assert_int_equal(byte_at(&d.train_x, i), cn_array_at(&d.train_y, i / 40) == 1 ? 200 : 100);
    cn_dataset_free(&d);
    fails("sizes", (cn_image_options){.height = 5}, "an image size of 5 × 0; expected 1 to 1024 each");
    fails("sizes", (cn_image_options){.height = 5, .width = 1025},
          "an image size of 5 × 1025; expected 1 to 1024 each");
}

/* ---- JPEG --------------------------------------------------------------------------------------------------------------- */

static char *jpeg_file(const char *name, size_t *size)
{
    char path[1200], *bytes;
    snprintf(path, sizeof path, "%s/data/files/%s", CORNU_TESTS_DIR, name);
    succeeds(cn__file_read(path, &bytes, size, 1 << 20));
    return bytes;
}

/* The sums are those of tf.io.decode_image, which Keras reads pictures with. */
static void a_jpeg_has_the_pixels_that_tensorflow_sees(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool colour;
        long sum, weighted;
    } files[] = {{"small.jpg", true, 20410, 2278437}, {"grey.jpg", false, 20250, 1943352}};
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        char *bytes = jpeg_file(files[i].name, &size);
        cn__picture p;
        long sum = 0, weighted = 0;
        succeeds(cn__jpeg_read((unsigned char *)bytes, size, "f", &p));
        assert_true(p.width == 10 && p.height == 6 && p.colour == files[i].colour);
        for (long k = 0; k < 180; k++) sum += p.rgb[k], weighted += p.rgb[k] * (k % 251 + 1);
        assert_int_equal(sum, files[i].sum);
        assert_int_equal(weighted, files[i].weighted);
        cn__picture_free(&p);
        for (size_t n = 0; n < size - 2; n++) { /* cut anywhere */
            unsigned char *cut = exact_copy(bytes, n);
            assert_int_equal(cn__jpeg_read(cut, n, "f", &p), CN_ERROR_DATA);
            says("f: the JPEG file is damaged");
            free(cut);
        }
        cn__free(bytes);
    }
}

/* A grey ramp of 64 by 64 pixels with the colours in scans of their own; the last of them `times` over. */
static unsigned char *jpeg_of_scans(size_t times, size_t *size)
{
    static const jpeg_scan_info scans[] = {
        {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL, row[192];
    unsigned long length = 0;
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &bytes, &length);
    j.image_width = j.image_height = 64;
    j.input_components = 3, j.in_color_space = JCS_RGB;
    jpeg_set_defaults(&j);
    j.scan_info = scans, j.num_scans = 3;
    jpeg_start_compress(&j, TRUE);
    for (int y = 0; y < 64; y++) {
        JSAMPROW rows = row;
        memset(row, 4 * y, sizeof row);
        jpeg_write_scanlines(&j, &rows, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    size_t at = length - 2; /* where the last scan begins */
    while (bytes[at] != 0xff || bytes[at + 1] != 0xda) at--;
    const size_t scan = length - 2 - at;
    unsigned char *out = malloc(length + times * scan);
    assert_non_null(out);
    memcpy(out, bytes, at);
    for (size_t i = 0; i < times; i++) memcpy(out + at + i * scan, bytes + at, scan);
    memcpy(out + at + times * scan, "\xff\xd9", 2);
    *size = at + times * scan + 2;
    free(bytes);
    return out;
}

static void a_jpeg_takes_no_more_time_and_memory_than_its_bytes_ask_for(void **state)
{
    (void)state;
    size_t size;
    cn__picture p;
    unsigned char *few = jpeg_of_scans(1, &size);
    succeeds(cn__jpeg_read(few, size, "f", &p));
    assert_int_equal(p.width, 64);
    cn__picture_free(&p);
    size_t at = 2; /* the frame's header: its sizes become the greatest that there are */
    while (few[at] != 0xff || few[at + 1] != 0xc0) at++;
    few[at + 5] = 0x40, few[at + 6] = 0, few[at + 7] = 0x10, few[at + 8] = 0;
    assert_int_equal(cn__jpeg_read(few, size, "f", &p), CN_ERROR_DATA);
    says("f is cut short: 16384 × 4096 pixels do not fit into");
    free(few);
    unsigned char *many = jpeg_of_scans(1000, &size);
    assert_int_equal(cn__jpeg_read(many, size, "f", &p), CN_ERROR_DATA);
    says("f: a JPEG file of more than 100 scans");
    free(many);
}

static void jpegs_are_pictures_of_a_folder_and_their_conversions_are_not_read_twice(void **state)
{
    (void)state;
    size_t size;
    char *bytes = jpeg_file("small.jpg", &size);
    cn_dataset d;
    cn_pictures p;
    put("mixed/a", "1.jpg", bytes, size);
    put("mixed/a", "2.JPEG", bytes, size);
    put("mixed/b", "1.jpg", bytes, size);
    put_plain("mixed/b/1.png", 10, 6, grey(7));
    put_plain("mixed/b/2.png", 10, 6, grey(7));
    succeeds(cn_images_load("mixed", &(cn_image_options){.test_split = 0.25, .height = 6, .width = 10}, &d));
    assert_int_equal(d.train_x.shape[0] + d.test_x.shape[0], 4);
    cn_dataset_free(&d);
    succeeds(cn_pictures_read("mixed", &(cn_image_options){.height = 6, .width = 10}, &p));
    static const char *const files[] = {"mixed/a/1.jpg", "mixed/a/2.JPEG", "mixed/b/1.png", "mixed/b/2.png"};
    assert_int_equal(p.count, 4);
    for (size_t i = 0; i < 4; i++) assert_string_equal(p.files[i], files[i]);
    assert_int_equal(p.x.ndim, 4);
    assert_true(cn_array_at(&p.x, 2 * 180) == 7);
    cn_pictures_free(&p);
    succeeds(cn_pictures_read("mixed/b/2.png", NULL, &p));
    assert_true(p.count == 1 && p.x.ndim == 3);
    cn_pictures_free(&p);
    assert_int_equal(cn_pictures_read("mixed/none.png", NULL, &p), CN_ERROR_FILE);
    cn__free(bytes);
}

static void a_file_that_is_no_png_is_told(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"\xff\xd8\xff\xe0 JFIF", "f is no PNG or JPEG file: it is a JPEG"},
        {"GIF89a", "f is no PNG or JPEG file: it is a GIF"},
        {"<svg>", "f is no PNG or JPEG file: it is text"},
        {"", "f is no PNG or JPEG file: it is empty"},
        {"pixels", "f is no PNG or JPEG file: it does not begin like one, nor like another "
                   "picture"}};
    cn__picture p;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cn__infile file = {.name = "f", .bytes = cases[i][0], .size = strlen(cases[i][0])};
        assert_int_equal(cn__png_read(&file, &p), CN_ERROR_DATA);
        assert_string_equal(cn_error(), cases[i][1]);
    }
}

static void a_damaged_png_is_refused_before_memory_is_taken(void **state)
{
    (void)state;
    cn__picture p;
    size_t size;
    put_plain("broken/1.png", 6, 5, 0xff102030);
    unsigned char *bytes = read_file("broken/1.png", &size);
    for (size_t n = 0; n < size; n++) { /* the end mark may be missing: all pixels are there */
        unsigned char *part = exact_copy(bytes, n);
        cn_status status = cn__png_read(&(cn__infile){.name = "f", .bytes = part, .size = n}, &p);
        if (status == CN_OK && n + 12 < size) fail_msg("%zu of %zu bytes were taken", n, size);
        cn__picture_free(&p);
        free(part);
    }
    const cn__infile file = {.name = "f", .bytes = bytes, .size = size};
    memcpy(bytes + 16, (const unsigned char[]){0, 0, 64, 0, 0, 0, 16, 0}, 8);
    assert_int_equal(cn__png_read(&file, &p), CN_ERROR_DATA);
    says("f is cut short: 4096 × 16384 pixels do not fit into");
    memcpy(bytes + 16, (const unsigned char[]){0, 0, 64, 1, 0, 0, 0, 1}, 8);
    assert_int_equal(cn__png_read(&file, &p), CN_ERROR_DATA);
    says("f: a picture of 1 × 16385 pixels; at most 16384 a side");
    memcpy(bytes + 16, (const unsigned char[]){0, 0, 0, 0, 0, 0, 0, 1}, 8);
    assert_int_equal(cn__png_read(&file, &p), CN_ERROR_DATA);
    free(bytes);
}

static void lack_of_memory_is_said_wherever_it_comes(void **state)
{
    (void)state;
    cn_dataset d;
    put_folder("three");
    const cn_image_options options = {.height = 3, .width = 3};
    cn__allocations_left = 1 << 30;
    succeeds(cn_images_load("three", &options, &d));
    long needed = (1 << 30) - cn__allocations_left;
    cn_dataset_free(&d);
    assert_true(needed > 50);
    for (long n = 0; n < needed; n++) {
        cn__allocations_left = n;
        cn_status status = cn_images_load("three", &options, &d);
        cn__allocations_left = -1;
        if (status != CN_ERROR_MEMORY) fail_msg("allocation %ld: %s", n, cn_error());
    }
}

static const char *path_here(const char *name)
{
    static char path[4096];
    assert_non_null(getcwd(path, sizeof path - 64));
    strcat(path, "/");
    return strcat(path, name);
}

static int count_files(const char *folder)
{
    int count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (const struct dirent *e; (e = readdir(list));) count += *e->d_name != '.';
    closedir(list);
    return count;
}

/* With no room in memory the same arrays are mapped from a file of the cache, which the next load finds there. */
static void pictures_that_are_too_many_are_decoded_once_into_the_cache(void **state)
{
    (void)state;
    static const char *const modes[] = {NULL, "rgb"};
    put_folder("stored");
    setenv("XDG_CACHE_HOME", path_here("store-cache"), 1);
    for (int m = 0; m < 2; m++) {
        const cn_image_options options = {.color_mode = modes[m], .seed = 3};
        cn_dataset memory, first, second;
        unsetenv("CORNU_IMAGE_MEMORY");
        succeeds(cn_images_load("stored", &options, &memory));
        setenv("CORNU_IMAGE_MEMORY", "0", 1);
        succeeds(cn_images_load("stored", &options, &first));
        succeeds(cn_images_load("stored", &options, &second));
        const cn_array *a[] = {&memory.train_x, &memory.train_y, &memory.test_x, &memory.test_y};
        const cn_array *b[] = {&first.train_x, &first.train_y, &first.test_x, &first.test_y};
        const cn_array *c[] = {&second.train_x, &second.train_y, &second.test_x, &second.test_y};
        for (int i = 0; i < 4; i++) {
            const size_t bytes = cn_array_size(a[i]) * cn_dtype_size(a[i]->dtype);
            assert_int_equal(a[i]->ndim, b[i]->ndim);
            assert_int_equal(cn_array_size(a[i]), cn_array_size(b[i]));
            assert_memory_equal(a[i]->data, b[i]->data, bytes);
            assert_memory_equal(a[i]->data, c[i]->data, bytes);
        }
        assert_false(first.train_x.owned);
        cn_dataset_free(&memory);
        cn_dataset_free(&first);
        cn_dataset_free(&second);
        assert_int_equal(count_files("store-cache/cornu/images"), m + 1);
    }
    /* a picture that changes is another one, and a store that was cut off is made again */
    const cn_image_options options = {.seed = 3};
    cn_dataset d;
    assert_int_equal(system("for f in store-cache/cornu/images/*; do truncate -s 100 $f; done"), 0);
    succeeds(cn_images_load("stored", &options, &d));
    cn_dataset_free(&d);
    put_plain("stored/C/0.png", 4, 5, grey(77));
    succeeds(cn_images_load("stored", &options, &d));
    bool seen = false;
    for (size_t i = 0; i < cn_array_size(&d.train_x); i++) seen |= byte_at(&d.train_x, i) == 77;
    for (size_t i = 0; i < cn_array_size(&d.test_x); i++) seen |= byte_at(&d.test_x, i) == 77;
    assert_true(seen);
    cn_dataset_free(&d);
    assert_int_equal(count_files("store-cache/cornu/images"), 3);
    unsetenv("CORNU_IMAGE_MEMORY");
    unsetenv("XDG_CACHE_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_that_are_too_many_are_decoded_once_into_the_cache),
        cmocka_unit_test(classes_are_folders_and_every_image_is_in_one_part),
        cmocka_unit_test(the_seed_decides_parts_and_order),
        cmocka_unit_test(one_pixel_of_colour_makes_all_images_colour),
        cmocka_unit_test(what_is_transparent_stands_on_white),
        cmocka_unit_test(sizes_are_changed_as_tensorflow_does),
        cmocka_unit_test(an_image_size_brings_all_to_it),
        cmocka_unit_test(a_jpeg_has_the_pixels_that_tensorflow_sees),
        cmocka_unit_test(a_jpeg_takes_no_more_time_and_memory_than_its_bytes_ask_for),
        cmocka_unit_test(jpegs_are_pictures_of_a_folder_and_their_conversions_are_not_read_twice),
        cmocka_unit_test(a_file_that_is_no_png_is_told),
        cmocka_unit_test(a_damaged_png_is_refused_before_memory_is_taken),
        cmocka_unit_test(lack_of_memory_is_said_wherever_it_comes),
    };
    return cmocka_run_group_tests(tests, enter_home, leave);
}
