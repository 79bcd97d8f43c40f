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

static const cn_array *only(const input_list *list) { return list->count ? list->arrays[0] : NULL; }
static const cn_array *const *all(const input_list *list) { return list->count ? list->arrays : NULL; }

/* ---- batches of a Python object: next() gives (x, y, sample_weight) or None, rewind() begins again ---- */

typedef struct python_batches {
    PyObject *object;
    PyThreadState **thread;
    PyObject *batch; /* the one that is in use, with its arrays */
    input_list lists[3];
    int read;
} python_batches;

static void release_batch(python_batches *b)
{
    while (b->read) input_list_release(&b->lists[--b->read]);
    Py_CLEAR(b->batch);
}

/* With the lock held. An exception stays set. */
static cn_status read_batch(python_batches *b, cn_batch *out)
{
    static const char *const roles[] = {"x", "y", "sample_weight"};
    PyObject *parts[3];
    release_batch(b);
    b->batch = PyObject_CallMethod(b->object, "next", NULL);
    if (!b->batch) return CN_ERROR_STATE;
    if (b->batch == Py_None) return CN_OK;
    if (!PyArg_ParseTuple(b->batch, "OOO", &parts[0], &parts[1], &parts[2])) return CN_ERROR_STATE;
    for (; b->read < 3; b->read++)
        if (input_list_read(&b->lists[b->read], parts[b->read], roles[b->read]) != 0) return CN_ERROR_STATE;
    if (b->lists[0].several || b->lists[1].several || b->lists[2].several) {
        out->inputs = all(&b->lists[0]), out->targets = all(&b->lists[1]);
        out->sample_weights = all(&b->lists[2]);
    } else {
        out->x = only(&b->lists[0]), out->y = only(&b->lists[1]), out->sample_weight = only(&b->lists[2]);
    }
    return CN_OK;
}

static cn_status next_batch(void *user, cn_batch *out)
{
    python_batches *b = user;
    PyEval_RestoreThread(*b->thread);
    cn_status status = read_batch(b, out);
    *b->thread = PyEval_SaveThread();
    return status;
}

static cn_status rewind_batches(void *user)
{
    python_batches *b = user;
    PyEval_RestoreThread(*b->thread);
    PyObject *done = PyObject_CallMethod(b->object, "rewind", NULL);
    Py_XDECREF(done);
    *b->thread = PyEval_SaveThread();
    return done ? CN_OK : CN_ERROR_STATE;
}

static cn_generator generator_of(python_batches *b)
{
    return (cn_generator){.user = b,
                          .next = next_batch,
                          .rewind = PyObject_HasAttrString(b->object, "rewind") ? rewind_batches : NULL};
}

/* ---- fit ---- */

typedef struct fit_arguments {
    PyObject *generator, *validation_generator;
    Py_ssize_t steps_per_epoch, validation_steps;
    PyObject *x, *y, *validation_x, *validation_y, *validation_sample_weight, *sample_weight;
    const char *class_weight, *callbacks;
    Py_ssize_t epochs, batch_size, validation_batch_size, validation_freq, initial_epoch;
    double validation_split;
    int shuffle, reshuffle, threads, goes_on;
    hooks hooks;
    PyObject *functions;
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
                                        "threads",
                                        "goes_on",
                                        "train_begin",
                                        "epoch_begin",
                                        "batch_begin",
                                        "batch_end",
                                        "epoch_end",
                                        "progress",
                                        "generator",
                                        "validation_generator",
                                        "steps_per_epoch",
                                        "validation_steps",
                                        "functions",
                                        NULL};
    *a = (fit_arguments){.epochs = 1, .validation_freq = 1, .shuffle = 1};
    hooks *h = &a->hooks;
    if (!PyArg_ParseTupleAndKeywords(
            args, keywords, "OO|$nndOOOnnppzOnzipOOOOOOOOnnO", (char **)names, &a->x, &a->y, &a->epochs,
            &a->batch_size, &a->validation_split, &a->validation_x, &a->validation_y,
            &a->validation_sample_weight, &a->validation_batch_size, &a->validation_freq, &a->shuffle,
            &a->reshuffle, &a->class_weight, &a->sample_weight, &a->initial_epoch, &a->callbacks, &a->threads,
            &a->goes_on, &h->train_begin, &h->epoch_begin, &h->batch_begin, &h->batch_end, &h->epoch_end,
            &h->progress, &a->generator, &a->validation_generator, &a->steps_per_epoch, &a->validation_steps,
            &a->functions))
        return -1;
    if (a->generator == Py_None) a->generator = NULL;
    if (a->validation_generator == Py_None) a->validation_generator = NULL;
    PyObject **all[] = {&h->train_begin, &h->epoch_begin, &h->batch_begin,
                        &h->batch_end,   &h->epoch_end,   &h->progress};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (*all[i] == Py_None) *all[i] = NULL;
    const Py_ssize_t counts[] = {a->epochs,          a->batch_size,    a->validation_batch_size,
                                 a->validation_freq, a->initial_epoch, a->steps_per_epoch,
                                 a->validation_steps};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] < 0) {
            PyErr_Format(PyExc_ValueError, "fit: %s = %zd, expected a number of 0 or more",
                         (const char *[]){"epochs", "batch_size", "validation_batch_size", "validation_freq",
                                          "initial_epoch", "steps_per_epoch", "validation_steps"}[i],
                         counts[i]);
            return -1;
        }
    return 0;
}

enum { X, Y, VALIDATION_X, VALIDATION_Y, VALIDATION_WEIGHT, WEIGHT, INPUTS };
static const char *const role_names[INPUTS] = {
    "x", "y", "validation x", "validation y", "validation sample_weight", "sample_weight"};

/* All of a call's arrays; on the heap, since there may be many. NULL with an exception. */
static input_list *read_lists(PyObject *const *objects, const char *const *names, int count)
{
    input_list *lists = PyMem_Calloc((size_t)count, sizeof *lists);
    int done = 0;
    if (!lists) return (input_list *)PyErr_NoMemory();
    while (done < count && input_list_read(&lists[done], objects[done], names[done]) == 0) done++;
    if (done == count) return lists;
    while (done--) input_list_release(&lists[done]);
    PyMem_Free(lists);
    return NULL;
}

static void release_lists(input_list *lists, int count)
{
    for (int i = 0; lists && i < count; i++) input_list_release(&lists[i]);
    PyMem_Free(lists);
}

static int any_several(const input_list *lists, int count)
{
    for (int i = 0; i < count; i++)
        if (lists[i].several) return 1;
    return 0;
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

static cn_history *fit(cn_model *model, fit_arguments *a, const input_list *lists)
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
    if (any_several(lists, INPUTS)) {
        o.inputs = all(&lists[X]), o.targets = all(&lists[Y]), o.sample_weights = all(&lists[WEIGHT]);
        o.validation_inputs = all(&lists[VALIDATION_X]), o.validation_targets = all(&lists[VALIDATION_Y]);
        o.validation_sample_weights = all(&lists[VALIDATION_WEIGHT]);
    } else {
        o.x = only(&lists[X]), o.y = only(&lists[Y]), o.sample_weight = only(&lists[WEIGHT]);
        o.validation_x = only(&lists[VALIDATION_X]), o.validation_y = only(&lists[VALIDATION_Y]);
        o.validation_sample_weight = only(&lists[VALIDATION_WEIGHT]);
    }
    o.epochs = (size_t)a->epochs, o.initial_epoch = (size_t)a->initial_epoch;
    o.batch_size = (size_t)a->batch_size, o.validation_batch_size = (size_t)a->validation_batch_size;
    o.validation_split = a->validation_split, o.validation_freq = (size_t)a->validation_freq;
    o.shuffle = a->shuffle, o.reshuffle = a->reshuffle, o.threads = a->threads;
    o.class_weight = a->class_weight, o.callbacks = a->callbacks, o.goes_on = a->goes_on;
    o.callback_kinds = cn_file_callbacks(), o.save = cn_model_save;
    o.custom_callbacks = callbacks;
    o.steps_per_epoch = (size_t)a->steps_per_epoch, o.validation_steps = (size_t)a->validation_steps;
    python_batches batches = {.object = a->generator, .thread = &a->hooks.thread},
                   validation = {.object = a->validation_generator, .thread = &a->hooks.thread};
    const cn_generator generator = a->generator ? generator_of(&batches) : (cn_generator){0},
                       of_validation =
                           a->validation_generator ? generator_of(&validation) : (cn_generator){0};
    o.generator = a->generator ? &generator : NULL;
    o.validation_generator = a->validation_generator ? &of_validation : NULL;
    a->hooks.looked = seconds_now();
    a->hooks.thread = PyEval_SaveThread();
    cn_history *history = cn_model_fit_with(&o);
    PyEval_RestoreThread(a->hooks.thread);
    release_batch(&batches);
    release_batch(&validation);
    return history;
}

PyObject *model_fit(PyObject *self, PyObject *args, PyObject *keywords)
{
    model_object *m = (model_object *)self;
    fit_arguments a;
    if (read_fit(args, keywords, &a) != 0) return NULL;
    if (m->training) {
        PyErr_SetString(PyExc_RuntimeError, "fit: this model is being trained already");
        return NULL;
    }
    PyObject *const objects[INPUTS] = {
        a.x, a.y, a.validation_x, a.validation_y, a.validation_sample_weight, a.sample_weight};
    input_list *lists = read_lists(objects, role_names, INPUTS);
    if (!lists) return NULL;
    m->training = 1;
    functions_begin(m, a.functions);
    cn_history *history = fit(m->model, &a, lists);
    m->training = 0;
    const int failed = functions_end(m);
    PyObject *result = history && !failed && !PyErr_Occurred() ? history_dict(history) : raise_failure();
    cn_history_free(history);
    release_lists(lists, INPUTS);
    return result;
}

/* ---- evaluate and predict ---- */

PyObject *model_evaluate(PyObject *self, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"x",       "y",   "batch_size", "sample_weight",
                                        "threads", "tta", "functions",  NULL};
    static const char *const roles[] = {"x", "y", "sample_weight"};
    PyObject *objects[3] = {NULL}, *functions = NULL;
    model_object *m = (model_object *)self;
    Py_ssize_t batch_size = 32, tta = 1;
    int threads = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|$nOinO", (char **)names, &objects[0], &objects[1],
                                     &batch_size, &objects[2], &threads, &tta, &functions))
        return NULL;
    input_list *lists = read_lists(objects, roles, 3);
    if (!lists) return NULL;
    cn_evaluate_options o = {
        .model = m->model, .batch_size = (size_t)batch_size, .threads = threads, .tta = (size_t)tta};
    if (any_several(lists, 3))
        o.inputs = all(&lists[0]), o.targets = all(&lists[1]), o.sample_weights = all(&lists[2]);
    else o.x = only(&lists[0]), o.y = only(&lists[1]), o.sample_weight = only(&lists[2]);
    cn_logs *logs;
    functions_begin(m, functions);
    Py_BEGIN_ALLOW_THREADS logs = cn_model_evaluate_with(&o);
    Py_END_ALLOW_THREADS const int failed = functions_end(m);
    PyObject *result = logs && !failed ? logs_dict(logs) : raise_failure();
    cn_logs_free(logs);
    release_lists(lists, 3);
    return result;
}

/* Of arrays, or of the batches that an object gives. */
static cn_status predict(cn_predict_options *o, PyObject *object, const input_list *list)
{
    PyThreadState *thread = NULL;
    python_batches batches = {.object = object, .thread = &thread};
    const cn_generator generator = object ? generator_of(&batches) : (cn_generator){0};
    if (object) o->generator = &generator;
    else if (list->several) o->inputs = all(list);
    else o->x = only(list);
    thread = PyEval_SaveThread();
    cn_status status = cn_model_predict_with(o);
    PyEval_RestoreThread(thread);
    release_batch(&batches);
    return status;
}

PyObject *model_predict(PyObject *self, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"x",         "batch_size", "threads", "training",
                                        "generator", "steps",      "tta",     NULL};
    static const char *const roles[] = {"x"};
    cn_model *model = ((model_object *)self)->model;
    PyObject *x, *generator = NULL;
    Py_ssize_t batch_size = 0, steps = 0, tta = 1;
    int threads = 0, training = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$nipOnn", (char **)names, &x, &batch_size, &threads,
                                     &training, &generator, &steps, &tta))
        return NULL;
    const size_t count = cn_model_output_count(model);
    cn_array *outputs = PyMem_Calloc(count ? count : 1, sizeof *outputs);
    input_list *lists = outputs ? read_lists(&x, roles, 1) : (input_list *)PyErr_NoMemory();
    PyObject *result = NULL;
    if (lists) {
        cn_predict_options o = {.model = model,
                                .batch_size = (size_t)batch_size,
                                .threads = threads,
                                .training = training != 0,
                                .steps = (size_t)steps,
                                .tta = (size_t)tta};
        if (count > 1) o.outputs = outputs;
        else o.out = outputs;
        const cn_status status = predict(&o, generator == Py_None ? NULL : generator, &lists[0]);
        result = status == CN_OK && !PyErr_Occurred() ? outputs_object(outputs, count ? count : 1)
                                                      : raise_failure();
        release_lists(lists, 1);
    }
    PyMem_Free(outputs);
    return result;
}
