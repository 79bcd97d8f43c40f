/* A convolutional network on images: digits, clothes (fashion_mnist), or a folder of PNG and JPEG images with a folder for each
 * class. A second argument is how many images to train on.
 *     cc images.c $(pkg-config --cflags --libs cornu) -o images && ./images mnist */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

/* (n, height, width) of a data set to (n, height, width, channels), divided by 255. */
static cn_array images_of(cn_array *bytes, size_t count)
{
    const size_t n = bytes->shape[0], channels = bytes->ndim == 4 ? bytes->shape[3] : 1;
    (void)!cn_array_reshape(bytes, 4, (size_t[]){n, bytes->shape[1], bytes->shape[2], channels});
    cn_array some = cn_array_slice(bytes, 0, count < n ? count : n);
    return cn_array_divided(&some, 255);
}

int main(int argc, char **argv)
{
    cn_dataset d;
    const size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : SIZE_MAX;
    if (cn_dataset_load(argc > 1 ? argv[1] : "mnist", NULL, &d) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;
    cn_array x = images_of(&d.train_x, count), test_x = images_of(&d.test_x, SIZE_MAX);
    cn_array y = cn_array_slice(&d.train_y, 0, x.shape[0]);

    cn_model *m = cn_model_new("images");
    cn_model_add(m, cn_input(x.shape[1], x.shape[2], x.shape[3]));
    cn_model_add(m, cn_conv2d(16, 3, .padding = "same", .activation = "relu"));
    cn_model_add(m, cn_max_pooling2d(2));
    cn_model_add(m, cn_conv2d(32, 3, .padding = "same", .activation = "relu"));
    cn_model_add(m, cn_max_pooling2d(2));
    cn_model_add(m, cn_flatten());
    cn_model_add(m, cn_dropout(0.3));
    cn_model_add(m, cn_dense(d.classes, .activation = "softmax"));
    cn_model_compile(m, .optimizer = "adam", .loss = "sparse_categorical_crossentropy",
                     .metrics = "accuracy");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 2, .verbose = 1);
    cn_logs *scores = h ? cn_model_evaluate(m, &test_x, &d.test_y) : NULL;
    if (scores) printf("accuracy on the test images: %.4f\n", cn_logs_get(scores, "accuracy"));
    else fprintf(stderr, "%s\n", cn_error());

    int failed = scores == NULL;
    cn_logs_free(scores), cn_history_free(h), cn_model_free(m), cn_dataset_free(&d);
    return failed;
}
