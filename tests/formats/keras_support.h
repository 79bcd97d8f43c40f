/* What the tests of Keras's files share: data, models trained on it, and the files that tests/formats/files/make_files.py
 * made. */
#ifndef CN_TESTS_FORMATS_KERAS_SUPPORT_H
#define CN_TESTS_FORMATS_KERAS_SUPPORT_H

#include <hdf5.h>

#include "formats/files.h"
#include "formats/support.h"

enum { SAMPLES = 40, INPUTS = 6 };
static float inputs[SAMPLES * INPUTS], classes[SAMPLES * 3];
static cn_array x, y;

/* 6 inputs, 3 classes. */
#define NETWORK "input 6; dense 5 tanh; batch_normalization; dense 3 softmax"

static inline const char *of_keras(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/formats/files/%s", CORNU_TESTS_DIR, name);
    return path;
}

static inline cn_model *compiled(const char *layers, const char *optimizer)
{
    cn_model *model = make(layers);
    assert_ok(cn_model_compile(model, .optimizer = optimizer, .loss = "categorical_crossentropy",
                               .metrics = "accuracy"));
    return model;
}

static inline void fit(cn_model *model, size_t epochs)
{
    cn_history *history =
        cn_model_fit(model, &x, &y, .epochs = epochs, .batch_size = 16, .shuffle = false, .threads = 1);
    if (!history) fail_msg("%s", cn_error());
    cn_history_free(history);
}

static inline int set_up(void **state)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    uint32_t random = 1;
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        inputs[i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
    for (size_t i = 0; i < SAMPLES; i++) classes[i * 3 + i * i % 3] = 1;
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, INPUTS});
    y = cn_array_view(CN_FLOAT32, classes, 2, (size_t[]){SAMPLES, 3});
    return make_scratch(state);
}

#endif
