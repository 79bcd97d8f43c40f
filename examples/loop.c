/* A training loop of one's own: gradients from cn_gradients, the step by hand (here SGD with a rate that falls, and gradients
 * that are clipped). With the core library alone.
 *     cc loop.c $(pkg-config --cflags --libs cornu-core) -lm -o loop && ./loop */
#include <cornu/train.h>
#include <math.h>
#include <stdio.h>

enum { N = 512, BATCH = 32 };

/* w -= rate * clip(dw) */
static cn_status step(cn_model *m, const cn_gradients *g, float rate)
{
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w = {0}, dw = {0};
        cn_status status = cn_model_get_weight(m, i, &w);
        if (status == CN_OK) status = cn_gradients_get(g, i, &dw);
        for (size_t e = 0; status == CN_OK && e < cn_array_size(&w); e++)
            ((float *)w.data)[e] -= rate * fminf(fmaxf(((float *)dw.data)[e], -1), 1);
        if (status == CN_OK) status = cn_model_set_weight(m, i, &w);
        cn_array_free(&w), cn_array_free(&dw);
        if (status != CN_OK) return status;
    }
    return CN_OK;
}

int main(void)
{
    static float inputs[N], targets[N];
    for (int n = 0; n < N; n++) /* sin, in an order that is mixed */
        inputs[n] = (float)(n * 197 % N) / N * 6 - 3, targets[n] = sinf(inputs[n]);
    cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){N, 1});
    cn_array y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){N, 1});

    cn_model *m = cn_model_new("loop");
    cn_model_set_seed(m, 1);
    cn_model_add(m, cn_input(1));
    cn_model_add(m, cn_dense(32, .activation = "tanh"));
    cn_model_add(m, cn_dense(1));
    cn_model_compile(m, .loss = "mse");
    cn_model_build(m, 1, (size_t[]){1});
    cn_gradients *g = cn_gradients_new(m, BATCH, 1);
    for (int epoch = 0; g && epoch < 100; epoch++) {
        double loss, sum = 0;
        for (size_t first = 0; first < N; first += BATCH) {
            cn_array batch_x = cn_array_slice(&x, first, BATCH), batch_y = cn_array_slice(&y, first, BATCH);
            if (cn_gradients_compute(g, &batch_x, &batch_y, &loss) != CN_OK ||
                step(m, g, 0.1F / (1 + 0.02F * (float)epoch)) != CN_OK)
                return fprintf(stderr, "%s\n", cn_error()), 1;
            sum += loss * BATCH / N;
        }
        if (epoch % 20 == 0 || epoch == 99) printf("epoch %3d  loss %.5f\n", epoch + 1, sum);
    }
    if (!g) return fprintf(stderr, "%s\n", cn_error()), 1;
    cn_gradients_free(g);
    cn_model_free(m);
    return 0;
}
