/* cornu data: list, info, show, grid, fetch. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text/escape.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/commands/data_json.h"
#include "cli/output/report.h"
#include "cli/input/samples.h"
#include "cli/input/tables.h"
#include "data/data.h"
#include "data/table/steps.h"

typedef struct options {
    cn__source source;
    cn__table_words table;
    uint64_t index, count;
    const char *json;
    bool test;
} options;

static const cn__option option_table[] = {
    TEXT_OPTION(options, "data", source.data, "NAME|FILE", NULL,
                "the data set or file, instead of the second word"),
    TEXT_OPTION(options, "data-dir", source.data_dir, "DIR", NULL, "look for data sets here first"),
    IMAGE_OPTIONS(options, source),
    TABLE_OPTIONS(options, table),
    COUNT_OPTION(options, "index", index, "0", 0, 0,
                 "show: the number of the sample; grid and tables: of the first one"),
    COUNT_OPTION(options, "count", count, "10", 1, 1000, "grid: how many samples; show: rows of a table"),
    FLAG_OPTION(options, "test", test, "false", "show and grid: use the test part"),
    JSON_OPTION(options, json, "list, info, fetch: print the report as JSON, or write it to OUT.json"),
};

/* A name from a file, `size` bytes of it at most, in a column of `width` characters. */
static void print_part(const char *name, size_t size, size_t width)
{
    cn__text part = {0}, shown = {0};
    cn__text_add_bytes(&part, name, strnlen(name, size));
    cn__text_add(&shown, "");
    if (!part.failed) cn__terminal_escape(&shown, part.data);
    cn__text_free(&part);
    if (!shown.failed) fputs(shown.data, stdout);
    const size_t used = shown.failed ? width : cn__text_width(shown.data);
    cn__text_free(&shown);
    printf("%*s", used < width ? (int)(width - used) : 0, "");
}

static void print_name(const char *name, size_t width) { print_part(name, SIZE_MAX, width); }

static void print_array(const char *name, const cn_array *a)
{
    char shape[120];
    size_t n = cn_array_size(a);
    double sum = 0, lowest = n ? cn_array_at(a, 0) : 0, highest = lowest;
    for (size_t i = 0; i < n; i++) {
        double v = cn_array_at(a, i);
        lowest = fmin(v, lowest); /* passes a NaN by; the mean shows it */
        highest = fmax(v, highest);
        sum += v;
    }
    print_name(name, 12);
    printf(" %-20s %-8s  ", cn_array_shape_text(a, shape, sizeof shape), cn_dtype_name(a->dtype));
    if (n) printf("min %g, max %g, mean %.6g\n", lowest, highest, sum / (double)n);
    else puts("empty");
}

static void print_counts(const char *name, const cn_dataset *d, const cn_array *y)
{
    printf("%s\n", name);
    for (size_t c = 0; c < d->classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < cn_array_size(y); i++) count += cn_array_at(y, i) == (double)c;
        printf("  ");
        print_name(d->class_names[c], 12);
        printf(" %6zu\n", count);
    }
}

static int info_set(const cn_dataset *d)
{
    print_name(d->name, 0);
    printf(", from ");
    print_name(d->source, 0);
    printf("\n");
    print_array("train x", &d->train_x);
    print_array("train y", &d->train_y);
    print_array("test x", &d->test_x);
    print_array("test y", &d->test_y);
    print_counts("classes, training part", d, &d->train_y);
    print_counts("classes, test part", d, &d->test_y);
    return CN_EXIT_OK;
}

static int fail_folder(const char *path)
{
    return cn__exit_code(cn__fail(CN_ERROR_ARGUMENT,
                                  "%s is a folder; for a data set in it: cornu data info mnist --data-dir %s",
                                  path, path));
}

/* Does the folder hold data sets by name, or one's files? */
static bool holds_named(const char *path)
{
    static const char *const files[] = {"mnist", "fashion_mnist", "train-images-idx3-ubyte",
                                        "train-images-idx3-ubyte.gz"};
    bool found = false;
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !found; i++) {
        char *inside = cn__path_join(path, files[i]);
        found = inside && (cn__dir_exists(inside) || cn__file_exists(inside));
        cn__free(inside);
    }
    return found;
}

static int info_npz(const char *path, const char *json)
{
    cn_npz npz;
    cn_status status = cn_npz_read(path, &npz);
    if (status != CN_OK) return cn__exit_code(status);
    if (json)
        status = cn__data_json_arrays(json, path, (const char *const *)npz.names, npz.arrays, npz.count);
    else if (!npz.count) printf("%s holds no arrays\n", path);
    for (size_t i = 0; i < npz.count && !json; i++) print_array(npz.names[i], &npz.arrays[i]);
    cn_npz_free(&npz);
    return cn__exit_code(status);
}

static int info_file(const char *path, const options *o)
{
    cn_array a;
    if (cn__is_table(path)) return cn__table_info(path, &o->table, o->json);
    if (cn__file_exists(path) && cn__has_suffix(path, ".npz")) return info_npz(path, o->json);
    cn_status status = cn_data_read(path, &a);
    if (status != CN_OK) return cn__exit_code(status);
    if (o->json) status = cn__data_json_arrays(o->json, path, &path, &a, 1);
    else print_array(path, &a);
    cn_array_free(&a);
    return cn__exit_code(status);
}

/* The numbers of an image, a line a row. */
static void print_matrix(const cn_array *x, size_t index)
{
    size_t h = x->shape[1], w = x->shape[2];
    for (size_t r = 0; r < h; r++) {
        for (size_t c = 0; c < w; c++) printf("%4.0f", cn_array_at(x, (index * h + r) * w + c));
        putchar('\n');
    }
}

/* Images side by side, two rows of pixels a line, each a half block by its brightness. */
static void print_images(const cn_dataset *d, const cn_array *x, const cn_array *y, size_t first,
                         size_t count)
{
    static const char *const ink[] = {" ", "░", "▒", "▓", "█"};
    size_t h = x->shape[1], w = x->shape[2];
    for (size_t i = first; i < first + count; i++)
        print_name(d->class_names[(size_t)cn_array_at(y, i)], w + 2);
    putchar('\n');
    for (size_t r = 0; r < h; r += 2) {
        for (size_t i = first; i < first + count; i++) {
            for (size_t c = 0; c < w; c++) {
                double v = cn_array_at(x, (i * h + r) * w + c);
                if (r + 1 < h) v = (v + cn_array_at(x, (i * h + r + 1) * w + c)) / 2;
                fputs(ink[v < 1 ? 0 : v < 64 ? 1 : v < 128 ? 2 : v < 192 ? 3 : 4], stdout);
            }
            fputs("  ", stdout);
        }
        putchar('\n');
    }
}

static int show(const cn_dataset *d, const options *o, bool grid)
{
    const cn_array *x = o->test ? &d->test_x : &d->train_x, *y = o->test ? &d->test_y : &d->train_y;
    size_t n = x->shape[0];
    char shape[120];
    if (x->ndim != 3)
        return cn__exit_code(cn__fail(CN_ERROR_SHAPE,
                                      "%s holds images of shape %s; expected (n, rows, columns)%s", d->source,
                                      cn_array_shape_text(x, shape, sizeof shape),
                                      x->ndim == 4 ? ", as --color-mode grayscale makes them" : ""));
    if (o->index >= n)
        return cn__exit_code(cn__fail(CN_ERROR_ARGUMENT, "--index is %llu; the %s part of %s has 0 to %zu",
                                      (unsigned long long)o->index, o->test ? "test" : "training", d->name,
                                      n - 1));
    if (!grid) {
        printf("%s %llu: label %g (%s)\n", d->name, (unsigned long long)o->index, cn_array_at(y, o->index),
               d->class_names[(size_t)cn_array_at(y, o->index)]);
        print_matrix(x, o->index);
        print_images(d, x, y, o->index, 1);
        return CN_EXIT_OK;
    }
    for (size_t i = o->index; i < o->index + o->count && i < n; i += 5) {
        size_t rest = o->index + o->count - i;
        rest = rest < n - i ? rest : n - i;
        print_images(d, x, y, i, rest < 5 ? rest : 5);
    }
    return CN_EXIT_OK;
}

/* Is it a file, or written like one? A data set's name comes before a file that is called the same. */
static bool is_file(const char *word)
{
    for (const char *const *known = cn_dataset_names(); *known; known++)
        if (strcmp(*known, word) == 0) return false;
    return cn__file_exists(word) || strpbrk(word, "./:") != NULL;
}

static int with_set(const char *verb, const char *name, const options *o)
{
    cn_dataset d;
    cn_dataset_options load;
    cn__source source = o->source;
    source.data = name;
    cn_status status = cn__dataset_options(&source, &load);
    if (status == CN_OK) status = cn_dataset_load(name, &load, &d);
    if (status != CN_OK) return cn_dataset_missing() ? CN_EXIT_DATASET : cn__exit_code(status);
    int code = CN_EXIT_OK;
    if (o->json) code = cn__exit_code(cn__data_json_set(o->json, &d));
    else if (strcmp(verb, "info") == 0) code = info_set(&d);
    else if (strcmp(verb, "fetch") == 0) printf("%s: %s\n", d.name, d.source);
    else code = show(&d, o, strcmp(verb, "grid") == 0);
    cn_dataset_free(&d);
    return code;
}

static int with_file(const char *verb, const char *path, const options *o)
{
    if (cn__dir_exists(path)) return holds_named(path) ? fail_folder(path) : with_set(verb, path, o);
    if (strcmp(verb, "info") == 0) return info_file(path, o);
    if (strcmp(verb, "show") == 0 && cn__is_table(path))
        return cn__table_show(path, &o->table, (size_t)o->index, (size_t)o->count);
    return cn__exit_code(cn__fail(
        CN_ERROR_ARGUMENT,
        "%s takes a data set's name, such as mnist, and got the file %s; info takes files too, show takes tables",
        verb, path));
}

static int list(const options *o)
{
    if (o->source.data)
        return cn__exit_code(cn__fail(CN_ERROR_ARGUMENT,
                                      "list takes no '%s'; did you mean cornu data info %s?", o->source.data,
                                      o->source.data));
    if (o->json) {
        json_t *names = json_array();
        cn__json_begin();
        for (const char *const *name = cn_dataset_names(); *name; name++)
            cn__json_append(names, json_string(*name));
        return cn__exit_code(cn__report_write(o->json, names));
    }
    for (const char *const *name = cn_dataset_names(); *name; name++) puts(*name);
    return CN_EXIT_OK;
}

static int run(const void *opts, int count, char *const *words)
{
    static const char *const verbs[] = {"list", "info", "show", "grid", "fetch"};
    const options *o = opts;
    const char *verb = words[0];
    int v = 0;
    (void)count;
    while (v < 5 && strcmp(verb, verbs[v]) != 0) v++;
    if (v == 5) return cn__exit_code(cn__fail_word(CN_ERROR_ARGUMENT, "subcommand", verb, verbs, 5));
    if (v == 0) return list(o);
    if (!o->source.data)
        return cn__exit_code(cn__fail(CN_ERROR_ARGUMENT,
                                      "%s what? Expected a data set%s, as in cornu data %s mnist", verb,
                                      v == 1 ? " or a file" : "", verb));
    if (o->json && (v == 2 || v == 3))
        return cn__exit_code(
            cn__fail(CN_ERROR_ARGUMENT, "--json is for list, info and fetch, not for %s", verb));
    return is_file(o->source.data) ? with_file(verb, o->source.data, o) : with_set(verb, o->source.data, o);
}

static const cn__action actions[] = {
    {"list", "print the names of the data sets"},
    {"info", "describe a data set or a file: shapes, types, range, classes, the columns of a table"},
    {"show", "print one image as numbers, or rows of a table"},
    {"grid", "draw several images"},
    {"fetch", "download a data set that is not here"},
};

const cn__command cn__data_command = {
    .name = "data",
    .summary = "List, describe, show and fetch data sets; describe files of arrays and tables",
    .usage =
        "list | info NAME|FILE | show NAME|FILE [--index N] | grid NAME [--index N] [--count N] | fetch NAME [options]",
    .about =
        "A file is one of arrays (.npy, .npz, IDX; one array of an .npz: FILE.npz:NAME), a table, or a folder of images.",
    .example = "  cornu data info mnist\n  cornu data info images.npz\n  cornu data show mnist --index 7",
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .options_size = sizeof(options),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .words_low = 1,
    .words_high = 1,
    .operands = {"data"},
    .run = run,
};
