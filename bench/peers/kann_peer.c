/* KANN's side of the comparison, built by ./run bench where KANN_SOURCE names its source: one hidden layer with ReLU, its own
 * RMSprop (it has no other optimiser), the conversation of peer.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kann.h"
#include "peer.h"

enum { INPUTS = 784, CLASSES = 10, HIDDEN = 512 };

typedef struct samples {
    float *x, *y;
    int count;
} samples;

/* The number behind a name of the work. */
static double number(const char *work, const char *name)
{
    const char *at = strstr(work, name);
    at = at ? strchr(at, ':') : NULL;
    return at ? strtod(at + 1, NULL) : 0;
}

/* Rows of a float32 .npy file, which begin after its head. */
static float *read_rows(const char *folder, const char *name, size_t first, size_t rows, size_t columns)
{
    char path[4096];
    unsigned char head[10];
    float *values = malloc(rows * columns * sizeof *values);
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || !values || fread(head, 1, sizeof head, file) != sizeof head) exit(1);
    long data = 10 + head[8] + 256 * head[9];
    fseek(file, data + (long)(first * columns * sizeof *values), SEEK_SET);
    if (fread(values, sizeof *values, rows * columns, file) != rows * columns) exit(1);
    fclose(file);
    return values;
}

static samples read_samples(const char *folder, size_t first, size_t rows)
{
    return (samples){read_rows(folder, "x", first, rows, INPUTS),
                     read_rows(folder, "y", first, rows, CLASSES), (int)rows};
}

/* One pass in batches; `r` NULL: no training. Gives mean loss and accuracy. */
static void pass(kann_t *net, const samples *s, int batch, const int *order, float *r, double result[2])
{
    static float x[1024 * INPUTS], y[1024 * CLASSES];
    float *px = x, *py = y;
    double loss = 0;
    int wrong = 0, counted = 0;
    kann_feed_bind(net, KANN_F_IN, 0, &px);
    kann_feed_bind(net, KANN_F_TRUTH, 0, &py);
    kann_switch(net, r != NULL);
    for (int at = 0; at < s->count; at += batch) {
        int n = s->count - at < batch ? s->count - at : batch, base;
        for (int i = 0; i < n; i++) {
            size_t from = (size_t)(order ? order[at + i] : at + i);
            memcpy(x + i * INPUTS, s->x + from * INPUTS, INPUTS * sizeof *x);
            memcpy(y + i * CLASSES, s->y + from * CLASSES, CLASSES * sizeof *y);
        }
        kann_set_batch_size(net, n);
        loss += (double)kann_cost(net, 0, r != NULL) * n;
        wrong += kann_class_error(net, &base);
        counted += base;
        if (r) kann_RMSprop(kann_size_var(net), 0.001f, 0, 0.9f, net->g, net->x, r);
    }
    result[0] = loss / s->count, result[1] = 1 - (double)wrong / counted;
}

int main(int argc, char **argv)
{
    char line[64], folder[4096];
    const char *work = argc > 1 ? argv[1] : "", *data = strstr(work, "\"data\": \"");
    if (!data || sscanf(data + 9, "%4095[^\"]", folder) != 1) return 2;
    const int train = (int)number(work, "\"train\""), validate = (int)number(work, "\"validate\""),
              batch = (int)number(work, "\"batch\""), threads = (int)number(work, "\"threads\"");
    samples training = read_samples(folder, 0, (size_t)train),
            validation = read_samples(folder, (size_t)train, (size_t)validate);
    kad_node_t *t = kann_layer_dense(kann_layer_input(INPUTS), HIDDEN);
    kann_t *net = kann_new(kann_layer_cost(kad_relu(t), CLASSES, KANN_C_CEM), 0);
    float *r = calloc((size_t)kann_size_var(net), sizeof *r);
    int *order = malloc((size_t)train * sizeof *order);
    kann_mt(net, threads, batch);
    puts("ready KANN " KANN_VERSION);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        double result[2] = {0, 0}, unused[2], start = now();
        if (strncmp(line, "memory", 6) == 0) {
            printf("%.0f 0 0\n", peak_memory());
        } else {
            for (int i = 0; i < train; i++) order[i] = i;
            kann_shuffle(train, order);
            pass(net, &training, batch, order, r, result);
            pass(net, &validation, batch, NULL, NULL, unused);
            printf("%.6f %.6f %.6f\n", now() - start, result[0], result[1]);
        }
        fflush(stdout);
    }
    return 0;
}
