/* The same networks, compiled as C and as C++20: what the makers of both come to must be the same. Prints the bits of what the
 * trained networks say, and the summary of a network with every kind of maker. */
#include <cornu/train.h>
#include <stdio.h>
#include <string.h>

static void print_bits(const cn_array *a)
{
    for (size_t i = 0; i < cn_array_size(a); i++) {
        const float value = (float)cn_array_at(a, i);
        unsigned bits;
        memcpy(&bits, &value, sizeof bits);
        printf("%08x\n", bits);
    }
}

static void train_and_print(void)
{
    static const float inputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    static const float targets[4] = {0, 1, 1, 0};
    static const size_t x_shape[] = {4, 2}, y_shape[] = {4};
    cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, x_shape),
             y = cn_array_view(CN_FLOAT32, targets, 1, y_shape), p;
    cn_model *m = cn_model_new("xor");
    cn_model_set_seed(m, 1);
    cn_model_add(m, cn_input(2));
    cn_model_add(m, cn_dense(8, .activation = "tanh", .kernel_regularizer = "l2(0.001)"));
    cn_model_add(m, cn_batch_normalization());
    cn_model_add(m, cn_layer_normalization(.epsilon = 1e-5));
    cn_model_add(m, cn_dense(1, .activation = "sigmoid", .use_bias = false));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.05)", .loss = "binary_crossentropy");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 20, .batch_size = 2);
    cn_history *once = h ? cn_model_fit(m, &x, &y) : NULL;
    cn_logs *scores = once ? cn_model_evaluate(m, &x, &y) : NULL;
    if (scores && cn_model_predict(m, &x, &p, .batch_size = 3) == CN_OK) {
        printf("%zu epochs, %zu epoch\n", cn_history_epochs(h), cn_history_epochs(once));
        print_bits(&p);
        cn_array_free(&p);
    } else {
        printf("%s\n", cn_error());
    }
    cn_logs_free(scores);
    cn_history_free(once);
    cn_history_free(h);
    cn_model_free(m);
}

static void describe(void)
{
    cn_tensor *in = cn_tensor_input(8, 8, 1);
    cn_tensor *a = cn_call(cn_conv2d(4, 3, .padding = "same", .activation = "relu"), in);
    cn_tensor *b = cn_call(cn_conv2d(4, 1, .use_bias = false), in);
    cn_tensor *c = cn_call(cn_reshape(16, -1), cn_call(cn_add(), a, b));
    cn_tensor *out = cn_call(cn_dense(3), cn_call(cn_flatten(), cn_call(cn_conv1d(2, 5, .strides = {2}), c)));
    cn_model *m = cn_model_from(&in, 1, &out, 1);
    char *text = m ? cn_model_summary(m) : NULL;
    printf("%s\n", text ? text : cn_error());
    cn_text_free(text);
    cn_model_free(m);
}

int main(void)
{
    train_and_print();
    describe();
    return 0;
}
