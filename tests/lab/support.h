/* What the tests of the lab room share, beside what those of the data room do: documents from text, the mistakes that
 * they hold, data made by hand, runs and what they wrote. */
#ifndef CN_TESTS_LAB_SUPPORT_H
#define CN_TESTS_LAB_SUPPORT_H

#include <dirent.h>
#include <jansson.h>

#include "base/text/text.h"
#include "data/support.h"
#include "lab/lab.h"
#include "lab/program/program.h"

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

static inline void put_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

/* A text file that is there; free it. */
__attribute__((noinline, unused)) static char *text_of(const char *path)
{
    char *text;
    size_t size;
    succeeds(cn__file_read(path, &text, &size, (size_t)1 << 26));
    return text;
}

static inline void holds(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("'%s' is not in:\n%s", part, text);
}

static inline void holds_not(const char *text, const char *part)
{
    if (strstr(text, part)) fail_msg("'%s' is in:\n%s", part, text);
}

static inline void is_text(const char *text, const char *expected)
{
    if (strcmp(text, expected) != 0) fail_msg("got:\n%s\nexpected:\n%s", text, expected);
}

/* ---- data made by hand ------------------------------------------------------------------------------------ */

static uint32_t chance_state;

/* 0 to below - 1, from chance_state. */
static inline uint32_t chance(uint32_t below)
{
    chance_state = chance_state * 1664525u + 1013904223u;
    return (chance_state >> 8) % below;
}

enum { DIGIT_SIDE = 12 };

/* IDX files as MNIST has them: pictures with a bar whose row tells the class, in noise. */
static inline void put_digit_part(const char *folder, const char *images, const char *labels, size_t n)
{
    enum { PIXELS = DIGIT_SIDE * DIGIT_SIDE };
    unsigned char *x = calloc(1, 16 + n * PIXELS), *y = calloc(1, 8 + n);
    assert_true(x && y && n < 65536);
    const unsigned char count[2] = {(unsigned char)(n >> 8), (unsigned char)n};
    memcpy(x,
           (unsigned char[]){0, 0, 8, 3, 0, 0, count[0], count[1], 0, 0, 0, DIGIT_SIDE, 0, 0, 0, DIGIT_SIDE},
           16);
    memcpy(y, (unsigned char[]){0, 0, 8, 1, 0, 0, count[0], count[1]}, 8);
    for (size_t i = 0; i < n; i++) {
        unsigned digit = i < 10 ? (unsigned)i : chance(10);
        y[8 + i] = (unsigned char)digit;
        for (unsigned p = 0; p < PIXELS; p++)
            x[16 + i * PIXELS + p] = p / DIGIT_SIDE == digit + 1 ? 255
                                     : chance(6)                 ? 0
                                                                 : (unsigned char)chance(255);
    }
    put(folder, images, x, 16 + n * PIXELS);
    put(folder, labels, y, 8 + n);
    free(x);
    free(y);
}

/* digits/mnist, to be found with data_dir "digits" alone. */
static inline void put_digits(size_t train, size_t test)
{
    chance_state = 5;
    put_digit_part("digits/mnist", "train-images-idx3-ubyte", "train-labels-idx1-ubyte", train);
    put_digit_part("digits/mnist", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", test);
}

static inline void put_array(const char *path, cn_dtype dtype, int ndim, const size_t *shape, void *data)
{
    cn_array a = cn_array_view(dtype, data, ndim, shape);
    cn__text bytes = {0};
    succeeds(cn__npy_format(&a, &bytes));
    write_file(path, bytes.data, bytes.size);
    cn__text_free(&bytes);
}

/* points.npy (n, 2), classes.npy (n): the quadrant; sums.npy (n): 2a - b. */
static inline void put_points(size_t n)
{
    float *x = calloc(2 * n, sizeof *x), *sums = calloc(n, sizeof *sums);
    int64_t *classes = calloc(n, sizeof *classes);
    assert_true(x && sums && classes);
    chance_state = 7;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2; k++) x[2 * i + k] = (float)chance(2000) / 1000 - 1;
        classes[i] = (x[2 * i] > 0) + 2 * (x[2 * i + 1] > 0);
        sums[i] = 2 * x[2 * i] - x[2 * i + 1];
    }
    put_array("points.npy", CN_FLOAT32, 2, (size_t[]){n, 2}, x);
    put_array("classes.npy", CN_INT64, 1, &n, classes);
    put_array("sums.npy", CN_FLOAT32, 1, &n, sums);
    free(x);
    free(sums);
    free(classes);
}

/* ---- runs ------------------------------------------------------------------------------------------------- */

/* Runs a lab; what it reported comes into `log` (or NULL: nobody asks), to be freed. */
static inline cn_status run_lab_timed(const char *path, cn__lab_options options, bool cached_only, char **log)
{
    char *reported = NULL;
    size_t size;
    bool missing;
    options.log = open_memstream(&reported, &size);
    assert_non_null(options.log);
    if (!options.data_dir) options.data_dir = "digits";
    cn_error_clear();
    cn_status status = cn__lab_run(path, &options, cached_only, &missing);
    assert_int_equal(fclose(options.log), 0);
    if (log) *log = strdup(reported);
    free(reported);
    return status;
}

/* Without seconds, so that equal runs give equal bytes. */
static inline cn_status run_lab(const char *path, cn__lab_options options, bool cached_only, char **log)
{
    options.no_times = true;
    return run_lab_timed(path, options, cached_only, log);
}

/* Runs it, and it must tell "N new trainings, M already there" in its log. */
static inline void trains(const char *path, cn__lab_options options, size_t new, size_t there)
{
    char *log, expected[80];
    succeeds(run_lab(path, options, false, &log));
    snprintf(expected, sizeof expected, "\n%zu new training%s, %zu already there, ", new, new == 1 ? "" : "s",
             there);
    holds(log, expected);
    free(log);
}

/* Every file of two folders, and of those in them, is equal. Returns their number. */
__attribute__((noinline, unused)) static size_t equal_folders(const char *a, const char *b)
{
    DIR *folder = opendir(a);
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char in_a[512], in_b[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(in_a, sizeof in_a, "%s/%s", a, entry->d_name);
        snprintf(in_b, sizeof in_b, "%s/%s", b, entry->d_name);
        if (cn__dir_exists(in_a)) {
            count += equal_folders(in_a, in_b);
            continue;
        }
        size_t size_a, size_b;
        unsigned char *bytes_a = read_file(in_a, &size_a), *bytes_b = read_file(in_b, &size_b);
        if (size_a != size_b || memcmp(bytes_a, bytes_b, size_a) != 0)
            fail_msg("%s and %s differ", in_a, in_b);
        free(bytes_a);
        free(bytes_b);
        count++;
    }
    closedir(folder);
    return count;
}

static inline json_t *json_of(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root) fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

/* The value at "networks/0/fits/0/test/loss"; NULL: there is none. */
static inline json_t *json_at(json_t *root, const char *path)
{
    for (const char *p = path; *p && root;) {
        char key[100];
        size_t n = strcspn(p, "/");
        snprintf(key, sizeof key, "%.*s", (int)n, p);
        root = json_is_array(root) ? json_array_get(root, (size_t)atoi(key)) : json_object_get(root, key);
        p += n + (p[n] == '/');
    }
    return root;
}

/* ---- programs --------------------------------------------------------------------------------------------- */

#define DATA "dataset x=points.npy y=classes.npy\ndataset one_hot\n"
#define MODEL "model a\n  dense 4 softmax\n"
#define COMPILE "compile a loss=categorical_crossentropy metrics=accuracy\n"
#define FIT "fit a epochs=2 batch_size=8\n"

static const cn__lab_options no_options = {.quiet = true};

/* A document with one block; a caller that adds prose closes the block itself. */
static inline const char *block(const char *statements)
{
    static char text[1 << 16];
    snprintf(text, sizeof text, "```cornu\n%s```\n", statements);
    return text;
}

static inline void opens(cn__program *p, const char *text, cn__lab_options options)
{
    static cn__lab_options kept;
    bool missing;
    kept = options;
    kept.quiet = true;
    if (cn__program_open(p, "lab.md", text, &kept, &missing) != CN_OK)
        fail_msg("%s\nin:\n%s", cn_error(), text);
    assert_false(missing);
}

/* Is the document refused with just this message? */
static inline void is_refused_with(const char *text, const cn__lab_options *options, const char *message)
{
    cn__program p;
    bool missing;
    cn_status status = cn__program_open(&p, "lab.md", text, options ? options : &no_options, &missing);
    cn__program_free(&p);
    if (status == CN_OK) fail_msg("no mistake was found in:\n%s", text);
    if (strcmp(cn_error(), message) != 0) fail_msg("got:\n%s\nexpected:\n%s", cn_error(), message);
}

static inline void is_refused(const char *statements, const char *message)
{
    is_refused_with(block(statements), NULL, message);
}

#endif
