/* Trains a digit classifier on MNIST and evaluates it: the README's first screen.
 *     cc mnist.c $(pkg-config --cflags --libs cornu) -o mnist && ./mnist */
#include <cornu/cornu.h>
#include <stdio.h>

int main(void)
{
    cn_dataset data = {0};
    cn_array x, y, test_x, test_y;
    if (cn_dataset_load("mnist", NULL, &data) != CN_OK ||
        cn_array_to_float32(&x, &data.train_x, 255) != CN_OK ||
        cn_array_one_hot(&y, &data.train_y, 10) != CN_OK ||
        cn_array_to_float32(&test_x, &data.test_x, 255) != CN_OK ||
        cn_array_one_hot(&test_y, &data.test_y, 10) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;

    cn_model *m = cn_model_new("digits");
    cn_model_add(m, cn_input(28, 28));
    cn_model_add(m, cn_flatten());
    cn_model_add(m, cn_dense(512, .activation = "relu"));
    cn_model_add(m, cn_dropout(0.3));
    cn_model_add(m, cn_dense(10, .activation = "softmax"));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.0005)", .loss = "categorical_crossentropy",
                     .metrics = "accuracy");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 5, .validation_split = 0.25, .verbose = 1);
    cn_logs *scores = h ? cn_model_evaluate(m, &test_x, &test_y) : NULL;
    if (scores) printf("test accuracy: %.4f\n", cn_logs_get(scores, "accuracy"));
    else fprintf(stderr, "%s\n", cn_error()); /* the first failure of the calls above */

    int failed = scores == NULL;
    cn_logs_free(scores);
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x), cn_array_free(&y), cn_array_free(&test_x), cn_array_free(&test_y);
    cn_dataset_free(&data);
    return failed;
}
