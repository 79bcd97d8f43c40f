/* fit, evaluate and predict. The interpreter's lock is released; fit takes it again for the hooks that were given, and at
 * least ten times a second for signals (Ctrl-C) and the progress bar. */
#include <string.h>
#include <time.h>

#include "extension.h"

static const double LOOK_EVERY =
    0.05; /* seconds between looks at signals, and between two drawings of the bar */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Python functions for the boundaries of training; NULL where there is none. Each ends training by returning true. */
typedef struct hooks {
    PyObject *train_begin, *epoch_begin, *batch_begin, *batch_end, *epoch_end, *progress;
    PyThreadState *thread;
    double looked;
} hooks;

PyObject *logs_dict(const cn_logs *logs)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < cn_logs_count(logs); i++) {
        PyObject *value = PyFloat_FromDouble(cn_logs_value(logs, i));
        if (!value || PyDict_SetItemString(dict, cn_logs_name(logs, i), value) != 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

/* Calls with the lock held. An exception stays set, and ends the fit. */
static cn_status call(PyObject *function, cn_training *training, size_t index, const cn_logs *logs)
{
    PyObject *dict = logs ? logs_dict(logs) : NULL;
    if (logs && !dict) return CN_ERROR_STATE;
    PyObject *result = dict ? PyObject_CallFunction(function, "nO", (Py_ssize_t)index, dict)
                            : PyObject_CallFunction(function, "n", (Py_ssize_t)index);
    Py_XDECREF(dict);
    const int stop = result ? PyObject_IsTrue(result) : -1;
    Py_XDECREF(result);
    if (stop > 0) cn_training_stop(training, "a callback set stop_training");
    return stop < 0 ? CN_ERROR_STATE : CN_OK;
}

static cn_status hook(hooks *h, PyObject *function, cn_training *t, size_t index, const cn_logs *logs)
{
    if (!function) return CN_OK;
    PyEval_RestoreThread(h->thread);
    cn_status status = call(function, t, index, logs);
    h->thread = PyEval_SaveThread();
    return status;
}

/* Signals, and the bar, when it is time. */
static cn_status look(hooks *h, cn_training *t, size_t batch)
{
    const double now = seconds_now();
    if (now - h->looked < LOOK_EVERY) return CN_OK;
    h->looked = now;
    PyEval_RestoreThread(h->thread);
    cn_status status = PyErr_CheckSignals() == 0 ? CN_OK : CN_ERROR_STATE;
    if (status == CN_OK && h->progress && batch > 0)
        status = call(h->progress, t, batch, cn_training_logs(t));
    h->thread = PyEval_SaveThread();
    return status;
}

/* After Cornu has looked at arguments and data, before anything is trained. */
static cn_status on_train_begin(void *user, cn_training *t)
{
    hooks *h = user;
    return hook(h, h->train_begin, t, 0, NULL);
}

static cn_status on_epoch_begin(void *user, cn_training *t, size_t epoch)
{
    hooks *h = user;
    return hook(h, h->epoch_begin, t, epoch, NULL);
}

static cn_status on_batch_begin(void *user, cn_training *t, size_t batch)
{
    hooks *h = user;
    cn_status status = look(h, t, batch);
    return status == CN_OK ? hook(h, h->batch_begin, t, batch, NULL) : status;
}

static cn_status on_batch_end(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    hooks *h = user;
    return hook(h, h->batch_end, t, batch, logs);
}

static cn_status on_epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    hooks *h = user;
    return hook(h, h->epoch_end, t, epoch, logs);
}

/* ---- fit ---- */

typedef struct fit_arguments {
    PyObject *x, *y, *validation_x, *validation_y, *validation_sample_weight, *sample_weight;
    const char *class_weight, *callbacks;
    Py_ssize_t epochs, batch_size, validation_batch_size, validation_freq, initial_epoch;
    double validation_split;
    int shuffle, reshuffle, threads;
    hooks hooks;
} fit_arguments;

static int read_fit(PyObject *args, PyObject *keywords, fit_arguments *a)
{
    static const char *const names[] = {"x",
                                        "y",
                                        "epochs",
                                        "batch_size",
                                        "validation_split",
                                        "validation_x",
                                        "validation_y",
                                        "validation_sample_weight",
                                        "validation_batch_size",
                                        "validation_freq",
                                        "shuffle",
                                        "reshuffle",
                                        "class_weight",
                                        "sample_weight",
                                        "initial_epoch",
                                        "callbacks",
                                        "threads", "train_begin", "epoch_begin",
                                        "batch_begin",
                                        "batch_end",
                                        "epoch_end",
                                        "progress",
                                        NULL};
    *a = (fit_arguments){.epochs = 1, .validation_freq = 1, .shuffle = 1};
    hooks *h = &a->hooks;
    if (!PyArg_ParseTupleAndKeywords(
            args, keywords, "OO|$nndOOOnnppzOnziOOOOOO", (char **)names, &a->x, &a->y, &a->epochs,
            &a->batch_size, &a->validation_split, &a->validation_x, &a->validation_y,
            &a->validation_sample_weight, &a->validation_batch_size, &a->validation_freq, &a->shuffle,
            &a->reshuffle, &a->class_weight, &a->sample_weight, &a->initial_epoch, &a->callbacks, &a->threads, &h->train_begin, &h->epoch_begin, &h->batch_begin, &h->batch_end, &h->epoch_end, &h->progress))
        return -1;
    PyObject **all[] = {&h->train_begin, &h->epoch_begin, &h->batch_begin, &h->batch_end, &h->epoch_end, &h->progress};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (*all[i] == Py_None) *all[i] = NULL;
    const Py_ssize_t counts[] = {a->epochs, a->batch_size, a->validation_batch_size, a->validation_freq,
                                 a->initial_epoch};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] < 0) {
            PyErr_Format(PyExc_ValueError, "fit: %s = %zd, expected a number of 0 or more",
                         (const char *[]){"epochs", "batch_size", "validation_batch_size", "validation_freq",
                                          "initial_epoch"}[i],
                         counts[i]);
            return -1;
        }
    return 0;
}

enum { X, Y, VALIDATION_X, VALIDATION_Y, VALIDATION_WEIGHT, WEIGHT, INPUTS };

static int read_inputs(const fit_arguments *a, input inputs[INPUTS])
{
    PyObject *const objects[INPUTS] = {
        a->x, a->y, a->validation_x, a->validation_y, a->validation_sample_weight, a->sample_weight};
    static const char *const names[INPUTS] = {
        "x", "y", "validation x", "validation y", "validation sample_weight", "sample_weight"};
    int read = 0;
    for (int i = 0; i < INPUTS; i++) {
        read = read || input_read(&inputs[i], objects[i], names[i]);
        if (read) memset(&inputs[i], 0, sizeof inputs[i]);
    }
    return read ? -1 : 0;
}

/* {name: [a value an epoch]}. */
static PyObject *history_dict(const cn_history *history)
{
    PyObject *dict = PyDict_New();
    const size_t epochs = cn_history_epochs(history);
    for (size_t i = 0; dict && i < cn_history_count(history); i++) {
        const char *name = cn_history_name(history, i);
        const double *values = cn_history_get(history, name);
        PyObject *list = PyList_New(0);
        for (size_t e = 0; list && e < epochs; e++) {
            PyObject *value = PyFloat_FromDouble(values[e]);
            if (!value || PyList_Append(list, value) != 0) Py_CLEAR(list);
            Py_XDECREF(value);
        }
        if (!list || PyDict_SetItemString(dict, name, list) != 0) Py_CLEAR(dict);
        Py_XDECREF(list);
    }
    return dict;
}

static cn_history *fit(cn_model *model, fit_arguments *a, const input inputs[INPUTS])
{
    const cn_callback callback = {.user = &a->hooks,
                                  .on_train_begin = a->hooks.train_begin ? on_train_begin : NULL,
                                  .on_epoch_begin = a->hooks.epoch_begin ? on_epoch_begin : NULL,
                                  .on_batch_begin = on_batch_begin,
                                  .on_batch_end = a->hooks.batch_end ? on_batch_end : NULL,
                                  .on_epoch_end = a->hooks.epoch_end ? on_epoch_end : NULL};
    const cn_callback *const callbacks[] = {&callback, NULL};
    cn_fit_options o = cn_fit_defaults();
    o.model = model;
    o.x = input_array(&inputs[X]), o.y = input_array(&inputs[Y]);
    o.validation_x = input_array(&inputs[VALIDATION_X]);
    o.validation_y = input_array(&inputs[VALIDATION_Y]);
    o.validation_sample_weight = input_array(&inputs[VALIDATION_WEIGHT]);
    o.sample_weight = input_array(&inputs[WEIGHT]);
    o.epochs = (size_t)a->epochs, o.initial_epoch = (size_t)a->initial_epoch;
    o.batch_size = (size_t)a->batch_size, o.validation_batch_size = (size_t)a->validation_batch_size;
    o.validation_split = a->validation_split, o.validation_freq = (size_t)a->validation_freq;
    o.shuffle = a->shuffle, o.reshuffle = a->reshuffle, o.threads = a->threads;
    o.class_weight = a->class_weight, o.callbacks = a->callbacks;
    o.callback_kinds = cn_file_callbacks(), o.save = cn_model_save;
    o.custom_callbacks = callbacks;
    a->hooks.looked = seconds_now();
    a->hooks.thread = PyEval_SaveThread();
    cn_history *history = cn_model_fit_with(&o);
    PyEval_RestoreThread(a->hooks.thread);
    return history;
}

PyObject *model_fit(PyObject *self, PyObject *args, PyObject *keywords)
{
    model_object *m = (model_object *)self;
    fit_arguments a;
    input inputs[INPUTS];
    if (read_fit(args, keywords, &a) != 0) return NULL;
    if (m->training) {
        PyErr_SetString(PyExc_RuntimeError, "fit: this model is being trained already");
        return NULL;
    }
    PyObject *result = NULL;
    if (read_inputs(&a, inputs) == 0) {
        m->training = 1;
        cn_history *history = fit(m->model, &a, inputs);
        m->training = 0;
        result = history && !PyErr_Occurred() ? history_dict(history) : raise_failure();
        cn_history_free(history);
    }
    for (int i = 0; i < INPUTS; i++) input_release(&inputs[i]);
    return result;
}

/* ---- evaluate and predict ---- */

PyObject *model_evaluate(PyObject *self, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"x", "y", "batch_size", "sample_weight", "threads", NULL};
    PyObject *x, *y, *weight = NULL, *result = NULL;
    Py_ssize_t batch_size = 32;
    int threads = 0;
    input in_x, in_y, in_weight;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|$nOi", (char **)names, &x, &y, &batch_size, &weight,
                                     &threads))
        return NULL;
    memset(&in_x, 0, sizeof in_x), memset(&in_y, 0, sizeof in_y), memset(&in_weight, 0, sizeof in_weight);
    if (input_read(&in_x, x, "x") == 0 && input_read(&in_y, y, "y") == 0 &&
        input_read(&in_weight, weight, "sample_weight") == 0) {
        const cn_evaluate_options o = {.model = ((model_object *)self)->model,
                                       .x = input_array(&in_x),
                                       .y = input_array(&in_y),
                                       .batch_size = (size_t)batch_size,
                                       .sample_weight = input_array(&in_weight),
                                       .threads = threads};
        cn_logs *logs;
        Py_BEGIN_ALLOW_THREADS logs = cn_model_evaluate_with(&o);
        Py_END_ALLOW_THREADS result = logs ? logs_dict(logs) : raise_failure();
        cn_logs_free(logs);
    }
    input_release(&in_x), input_release(&in_y), input_release(&in_weight);
    return result;
}

PyObject *model_predict(PyObject *self, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"x", "batch_size", "threads", NULL};
    PyObject *x, *result = NULL;
    Py_ssize_t batch_size = 32;
    int threads = 0;
    input in;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$ni", (char **)names, &x, &batch_size, &threads))
        return NULL;
    if (input_read(&in, x, "x") != 0) return NULL;
    cn_array out = {0};
    const cn_predict_options o = {.model = ((model_object *)self)->model,
                                  .x = input_array(&in),
                                  .out = &out,
                                  .batch_size = (size_t)batch_size,
                                  .threads = threads};
    cn_status status;
    Py_BEGIN_ALLOW_THREADS status = cn_model_predict_with(&o);
    Py_END_ALLOW_THREADS result = status == CN_OK ? array_object(&out) : raise_failure();
    input_release(&in);
    return result;
}
