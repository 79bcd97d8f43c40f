/* The smallest training: XOR, with the core library alone.
 *     cc xor.c $(pkg-config --cflags --libs cornu-core) -o xor && ./xor */
#include <cornu/train.h>
#include <stdio.h>

int main(void)
{
    const float inputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, targets[4] = {0, 1, 1, 0};
    cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){4, 2});
    cn_array y = cn_array_view(CN_FLOAT32, targets, 1, (size_t[]){4});

    cn_model *m = cn_model_new("xor");
    cn_model_set_seed(m, 1);
    cn_model_add(m, cn_dense(8, .activation = "tanh"));
    cn_model_add(m, cn_dense(1, .activation = "sigmoid"));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.05)", .loss = "binary_crossentropy",
                     .metrics = "accuracy");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 200);
    cn_array p = {0};
    if (!h || cn_model_predict(m, &x, &p) != CN_OK) return fprintf(stderr, "%s\n", cn_error()), 1;

    for (int i = 0; i < 4; i++)
        printf("%g xor %g = %.3f\n", inputs[i][0], inputs[i][1], cn_array_at(&p, (size_t)i));
    printf("loss %.4f -> %.4f\n", cn_history_get(h, "loss")[0],
           cn_history_get(h, "loss")[cn_history_epochs(h) - 1]);
    cn_array_free(&p);
    cn_history_free(h);
    cn_model_free(m);
    return 0;
}
