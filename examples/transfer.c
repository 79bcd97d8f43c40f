/* Transfer: a network that reads digits, from a file of Keras or of cornu train, learns to tell odd digits from even ones. Its
 * layers stay as they are but for the last, in whose place a new one is trained.
 *     cornu train --data mnist --layers "input 784; dense 128 relu; dense 10 softmax" --save digits.keras
 *     cc transfer.c $(pkg-config --cflags --libs cornu) -o transfer && ./transfer digits.keras */
#include <cornu/cornu.h>
#include <stdio.h>

/* What the network before its last layer says of x. */
static cn_status features(const cn_model *from, const cn_array *x, cn_array *out)
{
    cn_array kernel = {0}, bias = {0};
    cn_status status = cn_model_get_weight(from, 0, &kernel);
    if (status == CN_OK) status = cn_model_get_weight(from, 1, &bias);
    cn_model *body = cn_model_new("body");
    cn_model_add(body, cn_input(784));
    cn_model_add(body,
                 cn_dense(status == CN_OK ? kernel.shape[1] : 1, .activation = "relu", .trainable = false));
    if (status == CN_OK) status = cn_model_build(body, 1, (size_t[]){784});
    if (status == CN_OK) status = cn_model_set_weight(body, 0, &kernel);
    if (status == CN_OK) status = cn_model_set_weight(body, 1, &bias);
    if (status == CN_OK) status = cn_model_predict(body, x, out);
    cn_array_free(&kernel), cn_array_free(&bias);
    cn_model_free(body);
    return status;
}

int main(int argc, char **argv)
{
    cn_dataset d;
    cn_array train = {0}, test = {0};
    cn_model *digits = cn_model_load(argc > 1 ? argv[1] : "digits.keras");
    if (!digits || cn_dataset_load("mnist", NULL, &d) != CN_OK) return fprintf(stderr, "%s\n", cn_error()), 1;
    (void)!cn_array_reshape(&d.train_x, 2, (size_t[]){d.train_x.shape[0], 784});
    (void)!cn_array_reshape(&d.test_x, 2, (size_t[]){d.test_x.shape[0], 784});
    for (size_t n = 0; n < cn_array_size(&d.train_y); n++) ((unsigned char *)d.train_y.data)[n] &= 1;
    for (size_t n = 0; n < cn_array_size(&d.test_y); n++) ((unsigned char *)d.test_y.data)[n] &= 1;
    cn_array train_x = cn_array_divided(&d.train_x, 255), test_x = cn_array_divided(&d.test_x, 255);
    if (features(digits, &train_x, &train) != CN_OK || features(digits, &test_x, &test) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;

    cn_model *m = cn_model_new("odd");
    cn_model_add(m, cn_dense(1, .activation = "sigmoid"));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.01)", .loss = "binary_crossentropy",
                     .metrics = "accuracy");
    cn_history *h = cn_model_fit(m, &train, &d.train_y, .epochs = 3);
    cn_logs *scores = h ? cn_model_evaluate(m, &test, &d.test_y) : NULL;
    if (scores) printf("odd or even: %.4f of the test images\n", cn_logs_get(scores, "accuracy"));
    else fprintf(stderr, "%s\n", cn_error());

    int failed = scores == NULL;
    cn_logs_free(scores), cn_history_free(h), cn_model_free(m), cn_model_free(digits);
    cn_array_free(&train), cn_array_free(&test), cn_dataset_free(&d);
    return failed;
}
