/* Predictions in a loop: a line of numbers in, a line of numbers out, until the input ends. The predictor is made once; a request
 * allocates nothing and waits for no other thread.
 *     cc server.c $(pkg-config --cflags --libs cornu) -o server
 *     echo "5.1 3.5 1.4 0.2" | ./server model.keras               a request
 *     socat TCP-LISTEN:8000,fork EXEC:"./server model.keras"      a server */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 1024 };

/* As many numbers as the network takes; the rest of the line is none of them. */
static size_t read_numbers(const char *line, float *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *end;
        out[i] = strtof(line, &end);
        if (end == line) return i;
        line = end;
    }
    return count;
}

int main(int argc, char **argv)
{
    static float in[MOST], out[MOST];
    static char line[1 << 16];
    size_t shape[CN_MAX_DIMS], outputs = 1;
    int ndim;
    cn_array kernel = {0};
    cn_model *m = argc > 1 ? cn_model_load(argv[1]) : NULL;
    cn_predictor *p = m ? cn_predictor_new(m, 1) : NULL;
    if (argc < 2) return fprintf(stderr, "usage: server MODEL.keras\n"), 2;
    if (!p || cn_model_output_shape(m, &ndim, shape) != CN_OK || cn_model_get_weight(m, 0, &kernel) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;
    for (int i = 1; i < ndim; i++) outputs *= shape[i];
    const size_t inputs = kernel.shape[0]; /* of a network that begins with a dense layer */
    if (inputs > MOST || outputs > MOST) return fprintf(stderr, "at most %d numbers\n", MOST), 1;

    while (fgets(line, sizeof line, stdin)) {
        const size_t got = read_numbers(line, in, inputs);
        if (got < inputs) printf("error: %zu numbers, expected %zu\n", got, inputs);
        else if (cn_predictor_run(p, in, 1, out) != CN_OK) printf("error: %s\n", cn_error());
        else
            for (size_t i = 0; i < outputs; i++)
                printf("%.6g%c", (double)out[i], i + 1 < outputs ? ' ' : '\n');
        fflush(stdout);
    }
    cn_array_free(&kernel);
    cn_predictor_free(p);
    cn_model_free(m);
    return 0;
}
