/* The list of networks of the lab, its comparisons, and where Keras 3.6 itself lands on them (three random seeds,
 * MNIST, last epoch; widened by the spread between seeds). */
#include "lab/lab.h"

#define LINEAR512 "dense 512; dense 10 softmax"
#define RELU512 "dense 512 relu; dense 10 softmax"
#define WITH(init) "dense 512 relu kernel_initializer=" init "; dense 10 softmax kernel_initializer=" init
#define GLOROT "kernel_initializer=glorot_uniform bias_initializer=glorot_uniform"

const cn__experiment cn__seed_list[] = {
    {.id = "m512", .title = "Modelo 1-512", .section = "4.2", .layers = LINEAR512, .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "m216", .title = "Modelo 2-216", .section = "5", .layers = "dense 216; dense 10 softmax", .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "m1024", .title = "Modelo 3-1024", .section = "5", .layers = "dense 1024; dense 10 softmax", .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "five", .title = "5 salidas", .section = "6.2", .layers = "dense 512; dense 5 softmax", .optimizer = "adam", .epochs = 5, .batch_size = 32, .fails = true},
    {.id = "e15", .title = "Modelo 15e", .section = "7.1", .layers = LINEAR512, .optimizer = "adam", .epochs = 15, .batch_size = 32},
    {.id = "e30", .title = "Modelo 30e", .section = "7.2", .layers = LINEAR512, .optimizer = "adam", .epochs = 30, .batch_size = 32},
    {.id = "stop", .title = "Early stop (loss < 0.20)", .section = "8.1", .layers = LINEAR512, .optimizer = "adam", .epochs = 30, .batch_size = 32,
     .callbacks = "stop_below(monitor=loss, value=0.20)"},
    {.id = "early", .title = "EarlyStopping (val_loss)", .section = "8.1", .layers = LINEAR512, .optimizer = "adam", .epochs = 30, .batch_size = 32,
     .callbacks = "early_stopping(monitor=val_loss, patience=3, restore_best_weights=true)", .added = true},
    {.id = "relu", .title = "Modelo ReLU", .section = "9.1", .layers = RELU512, .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "sigmoid", .title = "Modelo Sigmoidal", .section = "9.1", .layers = "dense 512 sigmoid; dense 10 softmax", .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "zeros", .title = "Modelo-5-ReLU-ceros", .section = "10.1", .layers = WITH("zeros"), .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "normal", .title = "Modelo-5-ReLU-aleatoria", .section = "10.1", .layers = WITH("random_normal(mean=0, stddev=0.05)"), .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "glorot", .title = "Modelo-5-ReLU-glorot", .section = "10.1", .layers = WITH("glorot_uniform"), .optimizer = "adam", .epochs = 5, .batch_size = 32},
    {.id = "sgd", .title = "Modelo-5-ReLU-sgd", .section = "11.1", .layers = RELU512, .optimizer = "sgd", .epochs = 5, .batch_size = 32},
    {.id = "rmsprop", .title = "Modelo-5-ReLU-RMSprop", .section = "11.1", .layers = RELU512, .optimizer = "rmsprop", .epochs = 5, .batch_size = 32},
    {.id = "batch16", .title = "Modelo-6-ReLU-batch-16", .section = "11.1", .layers = "dense 512 relu " GLOROT "; dense 10 softmax " GLOROT,
     .optimizer = "adam(learning_rate=0.0005)", .epochs = 5, .batch_size = 16},
    {.id = "final", .title = "Modelo-Final", .section = "12.1",
     .layers = "dense 512 relu; dropout 0.3; dense 128 relu; dropout 0.3; dense 10 softmax",
     .optimizer = "adam(learning_rate=0.0005)", .epochs = 15, .batch_size = 16, .callbacks = "stop_below(monitor=loss, value=0.1)"},
};
const size_t cn__seed_count = sizeof cn__seed_list / sizeof cn__seed_list[0];

const cn__comparison cn__seed_comparisons[] = {
    {"units", "5", {"m216", "m512", "m1024"}, true}, {"epochs", "7", {"e15", "e30"}, false},
    {"activations", "9", {"m512", "relu", "sigmoid"}, false}, {"initializers", "10", {"zeros", "normal", "glorot"}, false},
    {"optimizers", "11", {"sgd", "glorot", "rmsprop"}, false}, {"batch", "11", {"glorot", "batch16"}, false},
    {"final", "12", {"m512", "batch16", "final"}, true},
};
const size_t cn__seed_comparison_count = sizeof cn__seed_comparisons / sizeof cn__seed_comparisons[0];

const cn__band cn__seed_bands[] = {
    {"m512", {0.2839, 0.3044}, {0.8957, 0.9255}, {0.893, 0.9262}},    {"m216", {0.2739, 0.2938}, {0.9016, 0.9286}, {0.8996, 0.9296}},
    {"m1024", {0.2914, 0.3125}, {0.8919, 0.9247}, {0.8909, 0.925}},   {"e15", {0.2461, 0.2639}, {0.9083, 0.9243}, {0.907, 0.9256}},
    {"e30", {0.2263, 0.2427}, {0.9049, 0.9247}, {0.9069, 0.928}},     {"stop", {0.2273, 0.2437}, {0.9051, 0.9267}, {0.9079, 0.9239}},
    {"relu", {0.0205, 0.0265}, {0.9635, 0.9817}, {0.9684, 0.9841}},   {"sigmoid", {0.0711, 0.0762}, {0.961, 0.9754}, {0.9648, 0.9795}},
    {"zeros", {2.2992, 2.3032}, {0.105, 0.115}, {0.11, 0.116}},       {"normal", {0.0204, 0.0254}, {0.9655, 0.9801}, {0.9703, 0.984}},
    {"glorot", {0.0205, 0.0265}, {0.9637, 0.9783}, {0.966, 0.9804}},  {"sgd", {0.2376, 0.2548}, {0.9264, 0.9407}, {0.9277, 0.9426}},
    {"rmsprop", {0.0276, 0.0326}, {0.9634, 0.983}, {0.9667, 0.984}},  {"batch16", {0.0214, 0.0264}, {0.9628, 0.9823}, {0.969, 0.984}},
    {"final", {0.08, 0.0858}, {0.9663, 0.9821}, {0.9699, 0.986}},
};
const size_t cn__seed_band_count = sizeof cn__seed_bands / sizeof cn__seed_bands[0];
