/* Figures with the numbers that a lab has: histories, comparisons, a confusion matrix, images. Shared by
 * the tests of the room; all data is static. */
#ifndef CN_TESTS_FIGURE_SAMPLES_H
#define CN_TESTS_FIGURE_SAMPLES_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct sample {
    const char *name;
    const cn__figure *(*figure)(void);
} sample;

/* ---- histories ---------------------------------------------------------------------------------------- */

static const double accuracy5[] = {0.8826, 0.9102, 0.9155, 0.9176, 0.9198};
static const double val_accuracy5[] = {0.9077, 0.9131, 0.9119, 0.9184, 0.9153};
static const double loss5[] = {0.4137, 0.3206, 0.3031, 0.2942, 0.2874};
static const double val_loss5[] = {0.3341, 0.3134, 0.3157, 0.2976, 0.3040};

static const cn__figure *history5(void)
{
    static const cn__series accuracy[] = {
        {.name = "Entrenamiento", .split = CN_SPLIT_TRAINING, .count = 5, .y = accuracy5},
        {.name = "Validación", .split = CN_SPLIT_VALIDATION, .count = 5, .y = val_accuracy5, .best = 4}};
    static const cn__series loss[] = {
        {.name = "Entrenamiento", .split = CN_SPLIT_TRAINING, .count = 5, .y = loss5},
        {.name = "Validación", .split = CN_SPLIT_VALIDATION, .count = 5, .y = val_loss5, .best = 4}};
    static const cn__panel panels[] = {{.title = "Exactitud",
                                        .x = {.title = "Época", .integer = true},
                                        .y = {.title = "Fracción de aciertos"},
                                        .series = accuracy,
                                        .series_count = 2,
                                        .crossings = "Cruce"},
                                       {.title = "Pérdida",
                                        .x = {.title = "Época", .integer = true},
                                        .y = {.title = "Entropía cruzada (nats)"},
                                        .series = loss,
                                        .series_count = 2,
                                        .crossings = "Cruce"}};
    static const cn__figure figure = {.title = "Modelo 1-512: la validación va por delante al principio",
                                      .alt = "Dos gráficas: exactitud y pérdida durante cinco épocas.",
                                      .panels = panels,
                                      .panel_count = 2};
    return &figure;
}

static double wave(int seed, int i) { return sin(12.9898 * (double)(i + 1) + 78.233 * seed); }

static const cn__figure *history30(void)
{
    static double values[4][30];
    for (int i = 0; i < 30; i++) {
        values[0][i] = 1 - 0.11 * exp(-0.16 * i) - 0.004;
        values[1][i] = 0.979 - 0.075 * exp(-0.4 * i) + 0.0022 * wave(1, i);
        values[2][i] = 0.38 * exp(-0.17 * i) + 0.004;
        values[3][i] = 0.25 * exp(-0.5 * i) + 0.072 + 0.0035 * i + 0.008 * wave(2, i);
    }
    static cn__series accuracy[] = {
        {.name = "Training", .split = CN_SPLIT_TRAINING, .count = 30, .y = values[0]},
        {.name = "Validation", .split = CN_SPLIT_VALIDATION, .count = 30, .y = values[1]}};
    static cn__series loss[] = {
        {.name = "Training", .split = CN_SPLIT_TRAINING, .count = 30, .y = values[2]},
        {.name = "Validation", .split = CN_SPLIT_VALIDATION, .count = 30, .y = values[3]}};
    accuracy[1].best = loss[1].best = 1;
    for (size_t i = 1; i < 30; i++) {
        if (values[1][i] > values[1][accuracy[1].best - 1]) accuracy[1].best = i + 1;
        if (values[3][i] < values[3][loss[1].best - 1]) loss[1].best = i + 1;
    }
    static const cn__limit stop[] = {{"stop 0.20", 0.20}};
    static const cn__panel panels[] = {{.title = "Accuracy",
                                        .x = {.title = "Epoch", .integer = true},
                                        .y = {.title = "Share of right answers"},
                                        .series = accuracy,
                                        .series_count = 2,
                                        .crossings = "Crossing"},
                                       {.title = "Loss",
                                        .x = {.title = "Epoch", .integer = true},
                                        .y = {.title = "Cross-entropy (nats)"},
                                        .series = loss,
                                        .series_count = 2,
                                        .limits = stop,
                                        .limit_count = 1,
                                        .crossings = "Crossing"}};
    static const cn__figure figure = {
        .title =
            "From the eighth epoch on the validation loss rises while the training loss falls: over-fitting",
        .panels = panels,
        .panel_count = 2};
    return &figure;
}

/* The second figure of a training: how far training and validation are apart. */
static const cn__figure *differences(void)
{
    static double gap[2][5];
    for (int i = 0; i < 5; i++) {
        gap[0][i] = fabs(accuracy5[i] - val_accuracy5[i]);
        gap[1][i] = fabs(loss5[i] - val_loss5[i]);
    }
    static const cn__series accuracy[] = {{.split = CN_SPLIT_TRAINING, .count = 5, .y = gap[0]}};
    static const cn__series loss[] = {{.split = CN_SPLIT_TRAINING, .count = 5, .y = gap[1]}};
    static const cn__limit accuracy_limit[] = {{"umbral 0.05", 0.05}}, loss_limit[] = {{"umbral 0.10", 0.10}};
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .title = "Exactitud",
                                        .x = {.title = "Época", .integer = true},
                                        .y = {.title = "|entrenamiento − validación|"},
                                        .series = accuracy,
                                        .series_count = 1,
                                        .limits = accuracy_limit,
                                        .limit_count = 1},
                                       {.kind = CN_PANEL_BARS,
                                        .title = "Pérdida",
                                        .x = {.title = "Época", .integer = true},
                                        .y = {.title = "|entrenamiento − validación|"},
                                        .series = loss,
                                        .series_count = 1,
                                        .limits = loss_limit,
                                        .limit_count = 1}};
    static const cn__figure figure = {
        .title = "Ninguna época pasa del umbral de sobreajuste", .panels = panels, .panel_count = 2};
    return &figure;
}

static const cn__figure *differences30(void)
{
    static double gap[30];
    for (int i = 0; i < 30; i++) gap[i] = 0.0042 * i + 0.004 * (1 + wave(3, i));
    static const cn__series series[] = {{.split = CN_SPLIT_TRAINING, .count = 30, .y = gap}};
    static const cn__limit limit[] = {{"umbral de sobreajuste 0.10", 0.10}};
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .x = {.title = "Época", .integer = true},
                                        .y = {.title = "|pérdida de entrenamiento − de validación|"},
                                        .series = series,
                                        .series_count = 1,
                                        .limits = limit,
                                        .limit_count = 1}};
    static const cn__figure figure = {
        .title = "Desde la época 24 la diferencia pasa del umbral", .panels = panels, .panel_count = 1};
    return &figure;
}

/* ---- comparisons -------------------------------------------------------------------------------------- */

static const char *const networks4[] = {"Modelo 1-216", "Modelo 1-512", "Modelo 1-1024", "Modelo 2-512-128"};

static const cn__figure *comparison(void)
{
    static const char *const accuracies[] = {"Entrenamiento (media)", "Validación (media)", "Test"};
    static const double accuracy[4][3] = {{0.9081, 0.9133, 0.9177},
                                          {0.9091, 0.9133, 0.9205},
                                          {0.9064, 0.9102, 0.9189},
                                          {0.9512, 0.9631, 0.9684}};
    static const double loss[4][3] = {{0.3259, 0.3130, 0.2945},
                                      {0.3238, 0.3129, 0.2872},
                                      {0.3316, 0.3201, 0.2938},
                                      {0.1628, 0.1289, 0.1103}};
    static cn__series series[2][4];
    for (int i = 0; i < 4; i++) {
        series[0][i] = (cn__series){.name = networks4[i], .network = i + 1, .count = 3, .y = accuracy[i]};
        series[1][i] = (cn__series){.name = networks4[i], .network = i + 1, .count = 3, .y = loss[i]};
    }
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .title = "Exactitud",
                                        .y = {.title = "Fracción de aciertos", .range = CN_RANGE_DATA},
                                        .series = series[0],
                                        .series_count = 4,
                                        .categories = accuracies,
                                        .category_count = 3},
                                       {.kind = CN_PANEL_BARS,
                                        .title = "Pérdida",
                                        .y = {.title = "Entropía cruzada (nats)"},
                                        .series = series[1],
                                        .series_count = 4,
                                        .categories = accuracies,
                                        .category_count = 3}};
    static const cn__figure figure = {
        .title = "La red de dos capas gana en las seis cifras", .panels = panels, .panel_count = 2};
    return &figure;
}

/* Four networks by six numbers in one panel, as the seed has them. */
static const cn__figure *six_figures(void)
{
    static const char *const names[] = {"accuracy", "val_accuracy", "test_accuracy",
                                        "loss",     "val_loss",     "test_loss"};
    static const double values[4][6] = {{0.9081, 0.9133, 0.9177, 0.3259, 0.3130, 0.2945},
                                        {0.9091, 0.9133, 0.9205, 0.3238, 0.3129, 0.2872},
                                        {0.9064, 0.9102, 0.9189, 0.3316, 0.3201, 0.2938},
                                        {0.9512, 0.9631, 0.9684, 0.1628, 0.1289, 0.1103}};
    static cn__series series[4];
    for (int i = 0; i < 4; i++)
        series[i] = (cn__series){.name = networks4[i], .network = i + 1, .count = 6, .y = values[i]};
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .y = {.title = "accuracy (fraction), loss (nats)"},
                                        .series = series,
                                        .series_count = 4,
                                        .categories = names,
                                        .category_count = 6}};
    static const cn__figure figure = {
        .title = "Six figures of four networks", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *costs(void)
{
    static const double parameters[] = {171.73, 407.05, 814.09, 468.87},
                        flops[] = {0.3272, 0.7754, 1.5508, 0.8932};
    static const int hues[] = {1, 2, 3, 4};
    static const cn__series thousands[] = {{.split = CN_SPLIT_NOTE, .count = 4, .y = parameters}};
    static const cn__series mflops[] = {{.split = CN_SPLIT_NOTE, .count = 4, .y = flops}};
    static const cn__panel panels[] = {{.kind = CN_PANEL_BARS,
                                        .title = "Parámetros",
                                        .y = {.title = "miles"},
                                        .decimals = 1,
                                        .series = thousands,
                                        .series_count = 1,
                                        .categories = networks4,
                                        .category_count = 4,
                                        .category_networks = hues},
                                       {.kind = CN_PANEL_BARS,
                                        .title = "Operaciones de una predicción",
                                        .y = {.title = "MFLOP"},
                                        .series = mflops,
                                        .series_count = 1,
                                        .categories = networks4,
                                        .category_count = 4,
                                        .category_networks = hues}};
    static const cn__figure figure = {.title = "Lo que cuesta cada red", .panels = panels, .panel_count = 2};
    return &figure;
}

static const cn__figure *convergence(void)
{
    static const char *const names[] = {"lineal", "relu", "sigmoid", "tanh"};
    static const double rates[] = {0.6, 1.1, 0.35, 0.8}, floors[] = {0.68, 0.18, 0.22, 0.25};
    static double values[4][15];
    static cn__series series[4];
    for (int i = 0; i < 4; i++) {
        for (int e = 0; e < 15; e++) values[i][e] = floors[i] + (1 - floors[i]) * exp(-rates[i] * e);
        series[i] = (cn__series){.name = names[i], .network = i + 1, .count = 15, .y = values[i]};
    }
    static const cn__panel panels[] = {{.x = {.title = "Época", .integer = true},
                                        .y = {.title = "Pérdida / pérdida de la primera época"},
                                        .series = series,
                                        .series_count = 4}};
    static const cn__figure figure = {
        .title = "ReLU converge antes que las demás", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *band(void)
{
    static double mean[2][20], deviation[2][20];
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 20; i++) {
            mean[s][i] = (s ? 0.11 : 0.02) + 0.35 * exp(-(s ? 0.5 : 0.25) * i);
            deviation[s][i] = (s ? 0.012 : 0.006) + 0.03 * exp(-0.3 * i);
        }
    static const cn__series series[] = {{.name = "Training, mean ± deviation of 5 seeds",
                                         .split = CN_SPLIT_TRAINING,
                                         .count = 20,
                                         .y = mean[0],
                                         .deviation = deviation[0]},
                                        {.name = "Validation, mean ± deviation of 5 seeds",
                                         .split = CN_SPLIT_VALIDATION,
                                         .count = 20,
                                         .y = mean[1],
                                         .deviation = deviation[1]}};
    static const cn__panel panels[] = {{.x = {.title = "Epoch", .integer = true},
                                        .y = {.title = "Cross-entropy (nats)"},
                                        .series = series,
                                        .series_count = 2}};
    static const cn__figure figure = {
        .title = "Five seeds agree to a hundredth", .panels = panels, .panel_count = 1};
    return &figure;
}

/* ---- heat maps ---------------------------------------------------------------------------------------- */

static const char *const digits10[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
static const char *const clothes10[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                        "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
static const double counts10[100] = {970,  0, 1, 1, 0, 2, 3, 1, 1, 1, 0, 1126, 2, 2, 0, 1, 2, 0, 2, 0, 3, 1,
                                     1008, 5, 2, 0, 2, 6, 5, 0, 0, 0, 4, 991,  0, 6, 0, 4, 3, 2, 1, 0, 2, 0,
                                     963,  0, 4, 2, 1, 9, 2, 0, 0, 8, 1, 873,  4, 1, 2, 1, 4, 2, 0, 0, 3, 4,
                                     944,  0, 1, 0, 0, 4, 9, 3, 1, 0, 0, 1003, 2, 6, 3, 0, 2, 6, 3, 3, 2, 3,
                                     949,  3, 2, 3, 0, 6, 9, 3, 0, 4, 2, 980};

static const cn__figure *confusion(void)
{
    static const cn__panel panels[] = {{.kind = CN_PANEL_HEAT,
                                        .x = {.title = "Etiqueta predicha"},
                                        .y = {.title = "Etiqueta verdadera"},
                                        .heat = {.form = CN_HEAT_CONFUSION,
                                                 .rows = 10,
                                                 .columns = 10,
                                                 .values = counts10,
                                                 .row_names = digits10,
                                                 .column_names = digits10,
                                                 .support = "Soporte",
                                                 .recall = "Exhaustividad",
                                                 .precision = "Precisión"}}};
    static const cn__figure figure = {
        .title = "El 4 y el 9 se confunden más que otras cifras", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *confusion_names(void)
{
    static const cn__panel panels[] = {{.kind = CN_PANEL_HEAT,
                                        .x = {.title = "Predicted"},
                                        .y = {.title = "True"},
                                        .heat = {.form = CN_HEAT_CONFUSION,
                                                 .rows = 10,
                                                 .columns = 10,
                                                 .values = counts10,
                                                 .row_names = clothes10,
                                                 .column_names = clothes10,
                                                 .support = "Support",
                                                 .recall = "Recall",
                                                 .precision = "Precision"}}};
    static const cn__figure figure = {
        .title = "Shirts are taken for coats", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *heat(void)
{
    static const char *const rates[] = {"1e-4", "5e-4", "1e-3", "5e-3", "1e-2"};
    static const char *const sizes[] = {"16", "32", "64", "128"};
    static double values[20], weights[64 * 96];
    for (int r = 0; r < 5; r++)
        for (int c = 0; c < 4; c++)
            values[4 * r + c] = 0.981 - 0.006 * (r - 2) * (r - 2) - 0.003 * abs(c - 1);
    values[19] = NAN;
    for (int r = 0; r < 64; r++)
        for (int c = 0; c < 96; c++) weights[96 * r + c] = 0.12 * wave(r, c) * cos(r / 9.0) * sin(c / 13.0);
    static const cn__panel panels[] = {{.kind = CN_PANEL_HEAT,
                                        .title = "Validation accuracy",
                                        .x = {.title = "Batch size"},
                                        .y = {.title = "Learning rate"},
                                        .heat = {.rows = 5,
                                                 .columns = 4,
                                                 .values = values,
                                                 .row_names = rates,
                                                 .column_names = sizes,
                                                 .annotated = true}},
                                       {.kind = CN_PANEL_HEAT,
                                        .title = "Weights of the second layer",
                                        .x = {.title = "Output"},
                                        .y = {.title = "Input"},
                                        .heat = {.rows = 64, .columns = 96, .values = weights}}};
    static const cn__figure figure = {
        .title = "A learning rate of 0.001 and batches of 32 do best", .panels = panels, .panel_count = 2};
    return &figure;
}

/* ---- images ------------------------------------------------------------------------------------------- */

/* Distance from a point to a segment. */
static double to_segment(double x, double y, const double s[4])
{
    double dx = s[2] - s[0], dy = s[3] - s[1], length = dx * dx + dy * dy;
    double t = length > 0 ? ((x - s[0]) * dx + (y - s[1]) * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(x - s[0] - t * dx, y - s[1] - t * dy);
}

/* A digit of seven strokes, soft as if scanned, in 28 by 28. */
static void write_digit(int digit, uint8_t *out)
{
    static const double strokes[7][4] = {{9, 5, 19, 5},  {19, 5, 18, 14}, {18, 14, 17, 23}, {7, 23, 17, 23},
                                         {8, 14, 7, 23}, {9, 5, 8, 14},   {8, 14, 18, 14}};
    static const uint8_t segments[10] = {0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};
    for (int y = 0; y < 28; y++)
        for (int x = 0; x < 28; x++) {
            double nearest = 100;
            for (int s = 0; s < 7; s++)
                if (segments[digit] >> s & 1) nearest = fmin(nearest, to_segment(x, y, strokes[s]));
            double ink = 1.9 - nearest;
            out[28 * y + x] = (uint8_t)(ink <= 0 ? 0 : ink >= 1 ? 255 : 255 * ink);
        }
}

static const int first_labels[10] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};

static const cn__figure *image_grid(void)
{
    static uint8_t pixels[10][28 * 28];
    static char titles[10][32];
    static cn__image items[10];
    for (int i = 0; i < 10; i++) {
        write_digit(first_labels[i], pixels[i]);
        cn__format(titles[i], sizeof titles[i], "Etiqueta: %d", first_labels[i]);
        items[i] = (cn__image){.title = titles[i],
                               .pixels = cn_array_view(CN_UINT8, pixels[i], 2, (size_t[]){28, 28}),
                               .wrong = i == 6};
    }
    static const cn__panel panels[] = {
        {.kind = CN_PANEL_IMAGES, .images = {.count = 10, .columns = 5, .items = items}}};
    static const cn__figure figure = {
        .title = "Las diez primeras imágenes de entrenamiento", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *kernels(void)
{
    static float pixels[16][25];
    static cn__image items[16];
    for (int k = 0; k < 16; k++) {
        for (int i = 0; i < 25; i++) {
            double x = i % 5 - 2, y = i / 5 - 2, angle = 3.1416 * k / 16;
            pixels[k][i] = (float)(exp(-(x * x + y * y) / 5) * sin(1.3 * (x * cos(angle) + y * sin(angle))));
        }
        items[k] = (cn__image){.pixels = cn_array_view(CN_FLOAT32, pixels[k], 3, (size_t[]){5, 5, 1})};
    }
    static const cn__panel panels[] = {
        {.kind = CN_PANEL_IMAGES,
         .images = {.count = 16, .columns = 8, .items = items, .scale = CN_IMAGE_SIGNED}}};
    static const cn__figure figure = {.title = "Kernels of the first convolution: edges in all directions",
                                      .panels = panels,
                                      .panel_count = 1};
    return &figure;
}

/* ---- distributions ------------------------------------------------------------------------------------ */

/* A number from 0 to 1, by a small congruential generator. */
static double uniform(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24);
}

/* A normal number: twelve uniform ones less their mean. */
static double normal(uint32_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += uniform(state);
    return sum;
}

static const cn__figure *histogram(void)
{
    static double values[4000], edges[41], before[40], after[40];
    uint32_t state = 1;
    for (int i = 0; i < 4000; i++) values[i] = 0.09 * normal(&state) - 0.02;
    cn__histogram_count(values, 4000, 40, edges, after);
    for (int b = 0; b < 40; b++) {
        double middle = (edges[b] + edges[b + 1]) / 2;
        before[b] = fabs(middle) < 0.12 ? 4000.0 * (edges[1] - edges[0]) / 0.24 : 0;
    }
    static const cn__series series[] = {
        {.name = "before training", .split = CN_SPLIT_NOTE, .count = 40, .y = before},
        {.name = "after training", .network = 1, .count = 40, .y = after}};
    static const cn__panel panels[] = {{.kind = CN_PANEL_HISTOGRAM,
                                        .x = {.title = "Weight"},
                                        .y = {.title = "Number of weights"},
                                        .decimals = -1,
                                        .series = series,
                                        .series_count = 2,
                                        .edges = edges}};
    static const cn__figure figure = {
        .title = "Training spreads the weights", .panels = panels, .panel_count = 1};
    return &figure;
}

static const cn__figure *scatter(void)
{
    static double x[3][400], y[3][400];
    static cn__series series[3];
    static const char *const names[] = {"digit 0", "digit 1", "digit 7"};
    static const double centres[3][2] = {{-2, 1}, {2.2, 1.4}, {1, -1.5}};
    uint32_t state = 7;
    for (int s = 0; s < 3; s++) {
        for (int i = 0; i < 400; i++) {
            x[s][i] = centres[s][0] + 0.7 * normal(&state);
            y[s][i] = centres[s][1] + 0.5 * normal(&state);
        }
        series[s] = (cn__series){.name = names[s], .network = s + 1, .count = 400, .x = x[s], .y = y[s]};
    }
    static const double px[] = {171730, 407050, 814090, 468874}, py[] = {0.9177, 0.9205, 0.9189, 0.9684};
    static cn__series points[4];
    for (int i = 0; i < 4; i++)
        points[i] =
            (cn__series){.name = networks4[i], .network = i + 1, .count = 1, .x = px + i, .y = py + i};
    static const cn__panel panels[] = {{.kind = CN_PANEL_SCATTER,
                                        .title = "Output of the hidden layer",
                                        .x = {.title = "first component"},
                                        .y = {.title = "second component"},
                                        .series = series,
                                        .series_count = 3},
                                       {.kind = CN_PANEL_SCATTER,
                                        .title = "What accuracy costs",
                                        .x = {.title = "parameters"},
                                        .y = {.title = "test accuracy"},
                                        .series = points,
                                        .series_count = 4}};
    static const cn__figure figure = {
        .title = "The classes lie apart, and more weights do not help", .panels = panels, .panel_count = 2};
    return &figure;
}

static const sample samples[] = {
    {"history5", history5},
    {"history30", history30},
    {"differences", differences},
    {"differences30", differences30},
    {"comparison", comparison},
    {"six_figures", six_figures},
    {"costs", costs},
    {"convergence", convergence},
    {"band", band},
    {"confusion", confusion},
    {"confusion_names", confusion_names},
    {"heat", heat},
    {"images", image_grid},
    {"kernels", kernels},
    {"histogram", histogram},
    {"scatter", scatter},
};

#endif
