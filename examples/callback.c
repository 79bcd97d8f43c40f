/* A callback of one's own: stops a regression as soon as its error is small enough, and lowers the
 * learning rate by hand on the way.
 *     cc callback.c $(pkg-config --cflags --libs cornu-core) -lm -o callback && ./callback */
#include <cornu/train.h>
#include <math.h>
#include <stdio.h>

static cn_status watch(void *user, cn_training *training, size_t epoch, const cn_logs *logs)
{
    double wanted = *(const double *)user, error = cn_logs_get(logs, "mae");
    if (epoch % 20 == 0)
        printf("epoch %3zu  mae %.4f  rate %g\n", epoch + 1, error, cn_training_learning_rate(training));
    if (error < wanted) cn_training_stop(training, "small enough");
    return epoch == 40 ? cn_training_set_learning_rate(training, 0.002) : CN_OK;
}

int main(void)
{
    enum { N = 256 };
    static float inputs[N], targets[N];
    for (int i = 0; i < N; i++) {
        inputs[i] = 6.0f * (float)i / N - 3;
        targets[i] = sinf(inputs[i]);
    }
    cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){N, 1});
    cn_array y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){N, 1});

    cn_model *m = cn_model_new("sine");
    cn_model_add_notation(m, "dense 32 tanh; dense 32 tanh; dense 1");
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.01)", .loss = "mse", .metrics = "mae");
    double wanted = 0.01;
    const cn_callback stop = {.user = &wanted, .on_epoch_end = watch};
    cn_history *h =
        cn_model_fit(m, &x, &y, .epochs = 300, .custom_callbacks = (const cn_callback *[]){&stop, NULL});
    if (!h) return fprintf(stderr, "%s\n", cn_error()), 1;
    printf("%zu epochs: %s\n", cn_history_epochs(h),
           cn_history_stopped(h) ? cn_history_stopped(h) : "all of them");
    cn_history_free(h);
    cn_model_free(m);
    return 0;
}
