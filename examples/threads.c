/* Two models in two threads: nothing is shared between them, messages of failures neither. With the core library alone.
 *     cc threads.c $(pkg-config --cflags --libs cornu-core) -pthread -o threads && ./threads */
#include <cornu/train.h>
#include <pthread.h>
#include <stdio.h>

typedef struct job {
    const char *name, *optimizer;
    double loss;
    char failure[200];
} job;

static const float inputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, targets[4] = {0, 1, 1, 0};

static void *train(void *argument)
{
    job *j = argument;
    cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){4, 2});
    cn_array y = cn_array_view(CN_FLOAT32, targets, 1, (size_t[]){4});
    cn_model *m = cn_model_new(j->name);
    cn_model_set_seed(m, 1);
    cn_model_add(m, cn_dense(8, .activation = "tanh"));
    cn_model_add(m, cn_dense(1, .activation = "sigmoid"));
    cn_model_compile(m, .optimizer = j->optimizer, .loss = "binary_crossentropy");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 500, .threads = 1);
    if (h) j->loss = cn_history_get(h, "loss")[cn_history_epochs(h) - 1];
    else snprintf(j->failure, sizeof j->failure, "%s", cn_error()); /* this thread's */
    cn_history_free(h);
    cn_model_free(m);
    return NULL;
}

int main(void)
{
    job jobs[] = {{.name = "a", .optimizer = "adam(learning_rate=0.05)"},
                  {.name = "b", .optimizer = "sgd(learning_rate=0.5, momentum=0.9)"},
                  {.name = "c", .optimizer = "adma"}}; /* a mistake, which is this job's alone */
    enum { JOBS = sizeof jobs / sizeof *jobs };
    pthread_t threads[JOBS];
    for (int i = 0; i < JOBS; i++)
        if (pthread_create(&threads[i], NULL, train, &jobs[i]) != 0) return perror("thread"), 1;
    for (int i = 0; i < JOBS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < JOBS; i++)
        if (*jobs[i].failure) printf("%s: %s\n", jobs[i].name, jobs[i].failure);
        else printf("%s: loss %.5f\n", jobs[i].name, jobs[i].loss);
    return 0;
}
