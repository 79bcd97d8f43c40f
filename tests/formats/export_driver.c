/* Runs an exported network named `net` over float32 .npy samples; with a count and a size it makes such samples.
 *     driver N SIZE OUT.npy      N samples of SIZE numbers from -2 to 2, a quarter of them zero
 *     driver X.npy OUT           predictions, as bare floats; X may be a file of images as MNIST has them, too */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

static int make(long n, long size, const char *path)
{
    char header[119];
    FILE *out = fopen(path, "wb");
    uint32_t state = 7;
    if (!out) return 1;
    snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%ld, %ld), }", n,
             size);
    fprintf(out, "%cNUMPY%c%c%c%c%-117s\n", 0x93, 1, 0, 118, 0, header);
    for (long i = 0; i < n * size; i++) {
        float v;
        state = state * 1664525u + 1013904223u;
        v = state >> 30 ? (float)(int32_t)state / 1073741824.0f : 0.0f;
        fwrite(&v, sizeof v, 1, out);
    }
    return fclose(out);
}

/* The next sample; images are divided by 255. */
static int next(FILE *in, int images, float *x)
{
    static unsigned char pixels[NET_INPUT_SIZE];
    if (!images) return fread(x, sizeof *x, NET_INPUT_SIZE, in) == NET_INPUT_SIZE;
    if (fread(pixels, 1, NET_INPUT_SIZE, in) != NET_INPUT_SIZE) return 0;
    for (size_t i = 0; i < NET_INPUT_SIZE; i++) x[i] = (float)pixels[i] / 255.0f;
    return 1;
}

static int predict(const char *from, const char *to)
{
    static float x[NET_INPUT_SIZE], y[NET_OUTPUT_SIZE];
    unsigned char start[10];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    if (!in || !out || fread(start, 1, 10, in) != 10) return 1;
    const int images = start[0] == 0;
    fseek(in, images ? 16 : 10 + start[8] + 256L * start[9], SEEK_SET);
    while (next(in, images, x)) {
        net_predict(x, y);
        fwrite(y, sizeof y, 1, out);
    }
    fclose(in);
    return fclose(out);
}

int main(int argc, char **argv)
{
    if (argc == 4) return make(atol(argv[1]), atol(argv[2]), argv[3]);
    if (argc == 3) return predict(argv[1], argv[2]);
    if (argc != 1) return 2;
    return net_self_test() ? 3 : 0;
}
