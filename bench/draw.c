/* Draws what the benchmarks measured: draw ratios results.json OUT.svg, draw scaling scaling.json OUT.svg. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"

enum { MOST = 64, PEERS = 3, LINES = 8 };

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root) {
        fprintf(stderr, "draw: %s: %s\n", path, error.text);
        exit(1);
    }
    return root;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const json_t *numbers)
{
    double v[MOST];
    size_t n = json_array_size(numbers) < MOST ? json_array_size(numbers) : MOST;
    if (!n) return NAN;
    for (size_t i = 0; i < n; i++) v[i] = json_number_value(json_array_get(numbers, i));
    qsort(v, n, sizeof *v, compare);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* How many times as long `peer` took as Cornu; NaN where it did not take part. */
static double ratio(const json_t *result, const char *peer)
{
    const json_t *peers = json_object_get(result, "peers");
    const json_t *theirs = json_object_get(json_object_get(peers, peer), "seconds");
    return theirs ? median(theirs) / median(json_object_get(json_object_get(peers, "Cornu"), "seconds"))
                  : NAN;
}

static cn_status draw_ratios(const json_t *root, const char *out)
{
    static const char *const names[PEERS] = {"Keras", "PyTorch", "JAX"};
    double values[PEERS][MOST];
    const char *categories[MOST];
    size_t count = 0, i;
    json_t *result;
    json_array_foreach(json_object_get(root, "results"), i, result)
    {
        const char *name = json_string_value(json_object_get(result, "short"));
        /* memory is no time, and the start would make all the other bars small */
        if (count == MOST || strcmp(name, "memory") == 0 || strcmp(name, "start") == 0) continue;
        categories[count] = name;
        for (int p = 0; p < PEERS; p++) values[p][count] = ratio(result, names[p]);
        count++;
    }
    cn__series series[PEERS];
    for (int p = 0; p < PEERS; p++)
        series[p] = (cn__series){.name = names[p], .network = p + 1, .count = count, .y = values[p]};
    cn__panel panel = {.kind = CN_PANEL_BARS,
                       .y = {.title = "times as long as Cornu"},
                       .decimals = 1,
                       .series = series,
                       .series_count = PEERS,
                       .categories = categories,
                       .category_count = count};
    cn__figure figure = {
        .title = "Time of the same work, in multiples of Cornu's", .panels = &panel, .panel_count = 1};
    return cn__figure_write_svg(&figure, 1100, out);
}

/* {"panels": [{"title", "x", "y", "lines": [{"name", "x": […], "y": […]}]}]} */
static cn_status draw_scaling(const json_t *root, const char *out)
{
    static double numbers[MOST][MOST];
    static cn__series series[LINES][LINES];
    cn__panel panels[LINES];
    size_t used = 0, count = 0, i, j, k;
    json_t *panel, *line, *value;
    json_array_foreach(json_object_get(root, "panels"), i, panel)
    {
        const json_t *lines = json_object_get(panel, "lines");
        if (count == LINES) break;
        json_array_foreach(lines, j, line)
        {
            const json_t *x = json_object_get(line, "x"), *y = json_object_get(line, "y");
            if (j == LINES || used + 2 > MOST) break;
            json_array_foreach(x, k, value) if (k < MOST) numbers[used][k] = json_number_value(value);
            json_array_foreach(y, k, value) if (k < MOST) numbers[used + 1][k] = json_number_value(value);
            series[count][j] = (cn__series){.name = json_string_value(json_object_get(line, "name")),
                                            .network = (int)j + 1,
                                            .count = json_array_size(y),
                                            .x = numbers[used],
                                            .y = numbers[used + 1]};
            used += 2;
        }
        panels[count] = (cn__panel){
            .kind = CN_PANEL_LINES,
            .title = json_string_value(json_object_get(panel, "title")),
            .x = {.title = json_string_value(json_object_get(panel, "x"))},
            .y = {.title = json_string_value(json_object_get(panel, "y")), .range = CN_RANGE_ZERO},
            .series = series[count],
            .series_count = json_array_size(lines)};
        count++;
    }
    cn__figure figure = {
        .title = json_string_value(json_object_get(root, "title")), .panels = panels, .panel_count = count};
    return cn__figure_write_svg(&figure, 1100, out);
}

int main(int argc, char **argv)
{
    const bool ratios = argc == 4 && strcmp(argv[1], "ratios") == 0;
    if (!ratios && (argc != 4 || strcmp(argv[1], "scaling") != 0))
        return fprintf(stderr, "usage: draw ratios|scaling FILE.json OUT.svg\n"), 2;
    json_t *root = load(argv[2]);
    cn_status status = ratios ? draw_ratios(root, argv[3]) : draw_scaling(root, argv[3]);
    if (status != CN_OK) fprintf(stderr, "draw: %s\n", cn_error());
    json_decref(root);
    return status != CN_OK;
}
