/* The types Study and Trial: cornu/sweep.h. A function is called from threads of the study, each of which takes the interpreter's lock
 * for it. */
#include <string.h>

#include "extension.h"

static PyTypeObject *study_type, *trial_type;

typedef struct study_object {
    PyObject ob_base;
    cn_study *study;
    int running;
    PyObject *function, *catch; /* while it runs */
    PyObject *failure;          /* what the function raised that was not to be caught */
} study_object;

typedef struct trial_object {
    PyObject ob_base;
    cn_trial *trial; /* NULL: it is over */
} trial_object;

static cn_study *of(PyObject *self) { return ((study_object *)self)->study; }

/* ---- trials ---- */

static cn_trial *trial_of(PyObject *self)
{
    cn_trial *t = ((trial_object *)self)->trial;
    if (!t) PyErr_SetString(PyExc_ValueError, "this trial is over");
    return t;
}

static PyObject *trial_index(PyObject *self, void *Py_UNUSED(closure))
{
    const cn_trial *t = trial_of(self);
    return t ? PyLong_FromSize_t(cn_trial_index(t)) : NULL;
}

static PyObject *trial_seed(PyObject *self, void *Py_UNUSED(closure))
{
    const cn_trial *t = trial_of(self);
    return t ? PyLong_FromUnsignedLongLong(cn_trial_seed(t)) : NULL;
}

/* (number, text): text None where the condition does not hold. */
static PyObject *trial_value(PyObject *self, PyObject *args)
{
    const char *name;
    cn_trial *t = trial_of(self);
    if (!t || !PyArg_ParseTuple(args, "s", &name)) return NULL;
    return Py_BuildValue("dz", cn_trial_number(t, name), cn_trial_text(t, name));
}

static PyObject *trial_report(PyObject *self, PyObject *args)
{
    const char *name;
    Py_ssize_t epoch;
    double value;
    bool on;
    cn_trial *t = trial_of(self);
    if (!t || !PyArg_ParseTuple(args, "snd", &name, &epoch, &value)) return NULL;
    if (epoch < 1) {
        PyErr_Format(PyExc_ValueError, "epoch = %zd, expected 1 or more", epoch);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS on = cn_trial_report(t, name, (size_t)epoch, value);
    Py_END_ALLOW_THREADS return PyBool_FromLong(on);
}

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyMethodDef trial_methods[] = {
    {"value", trial_value, METH_VARARGS, "value(name): the number and the text of a dimension"},
    {"report", trial_report, METH_VARARGS, "report(name, epoch, value): does the trial go on?"},
    {NULL, NULL, 0, NULL}};
static PyGetSetDef trial_values[] = {{"index", trial_index, NULL, "its number", NULL},
                                     {"seed", trial_seed, NULL, "the study's", NULL},
                                     {NULL, NULL, NULL, NULL, NULL}};
static PyType_Slot trial_slots[] = {{Py_tp_methods, trial_methods},
                                    {Py_tp_getset, trial_values},
                                    {Py_tp_dealloc, (void *)free_object},
                                    {0, NULL}};
static PyType_Spec trial_spec = {.name = "cornu._cornu.Trial",
                                 .basicsize = sizeof(trial_object),
                                 .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                 .slots = trial_slots};

/* ---- the function ---- */

/* The exception's text as the reason of the trial's failure; taken away. */
static cn_status caught(cn_trial *t)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *text = value ? PyObject_Str(value) : NULL, *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    cn_trial_fail(t, bytes ? PyBytes_AsString(bytes) : "the function failed");
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    PyErr_Clear();
    return CN_OK;
}

/* Of several the first is raised in the end. */
static cn_status keep_exception(study_object *s)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (value && trace) PyException_SetTraceback(value, trace);
    if (!s->failure) s->failure = value;
    else Py_XDECREF(value);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return CN_ERROR_STATE;
}

static cn_status call(void *user, cn_trial *trial)
{
    study_object *s = user;
    const PyGILState_STATE lock = PyGILState_Ensure();
    trial_object *t = s->failure ? NULL : PyObject_New(trial_object, trial_type);
    cn_status status = CN_ERROR_STATE;
    if (t) {
        t->trial = trial;
        PyObject *result = PyObject_CallFunctionObjArgs(s->function, (PyObject *)t, NULL);
        if (result) status = CN_OK;
        else status = PyErr_ExceptionMatches(s->catch) ? caught(trial) : keep_exception(s);
        Py_XDECREF(result);
        t->trial = NULL;
        Py_DECREF(t);
    } else if (PyErr_Occurred()) {
        status = keep_exception(s);
    }
    PyGILState_Release(lock);
    return status;
}

static PyObject *study_run(PyObject *self, PyObject *args)
{
    study_object *s = (study_object *)self;
    PyObject *function, *catch;
    int threads;
    cn_status status;
    if (!PyArg_ParseTuple(args, "OOi", &function, &catch, &threads)) return NULL;
    if (s->running) {
        PyErr_SetString(PyExc_ValueError, "this study is running");
        return NULL;
    }
    s->running = 1, s->function = function, s->catch = catch;
    Py_BEGIN_ALLOW_THREADS status = cn_study_run(s->study, call, s, threads);
    Py_END_ALLOW_THREADS s->running = 0;
    PyObject *failure = s->failure;
    s->failure = NULL;
    if (!failure) return none_or_raise(status);
    PyErr_SetObject((PyObject *)Py_TYPE(failure), failure);
    Py_DECREF(failure);
    return NULL;
}

/* ---- the study ---- */

static PyObject *study_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"space",  "objective", "sampler", "pruner", "trials",
                                        "epochs", "ahead",     "seed",    "store",  "key",
                                        "name",   "best",      NULL};
    cn_study_options o = {0};
    Py_ssize_t trials = 0, epochs = 0, ahead = 0;
    unsigned long long seed = 0;
    int best = 0;
    cn_study *study;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "s|zzznnnKzzzp", (char **)names, &o.space, &o.objective,
                                     &o.sampler, &o.pruner, &trials, &epochs, &ahead, &seed, &o.store, &o.key,
                                     &o.name, &best))
        return NULL;
    if (trials < 0 || epochs < 0 || ahead < 0) {
        PyErr_SetString(PyExc_ValueError, "trials, epochs and ahead: expected 0 or more");
        return NULL;
    }
    o.trials = (size_t)trials, o.epochs = (size_t)epochs, o.ahead = (size_t)ahead, o.seed = seed,
    o.best = best;
    Py_BEGIN_ALLOW_THREADS study = cn_study_open(&o);
    Py_END_ALLOW_THREADS if (!study) return raise_failure();
    study_object *s = PyObject_New(study_object, study_type);
    if (!s) {
        (void)!cn_study_close(study);
        return NULL;
    }
    s->study = study, s->running = 0, s->function = s->catch = s->failure = NULL;
    return (PyObject *)s;
}

static PyObject *study_close(PyObject *self, PyObject *Py_UNUSED(none))
{
    study_object *s = (study_object *)self;
    cn_study *study = s->running ? NULL : s->study;
    cn_status status;
    if (s->running) {
        PyErr_SetString(PyExc_ValueError, "this study is running");
        return NULL;
    }
    s->study = NULL;
    Py_BEGIN_ALLOW_THREADS status = cn_study_close(study);
    Py_END_ALLOW_THREADS return none_or_raise(status);
}

static void study_dealloc(PyObject *self)
{
    (void)!cn_study_close(of(self));
    free_object(self);
}

/* [(state, point, (value, …))] */
static PyObject *study_trials(PyObject *self, PyObject *args)
{
    enum { LONGEST = 8192 };
    static char point[LONGEST]; /* the interpreter's lock is held */
    const cn_study *s = of(self);
    Py_ssize_t goals;
    if (!PyArg_ParseTuple(args, "n", &goals)) return NULL;
    PyObject *list = s ? PyList_New(0) : NULL;
    if (!s) PyErr_SetString(PyExc_ValueError, "this study is closed");
    for (size_t i = 0; list && i < cn_study_trials(s); i++) {
        PyObject *values = PyTuple_New(goals);
        for (Py_ssize_t k = 0; values && k < goals; k++)
            PyTuple_SetItem(values, k, PyFloat_FromDouble(cn_study_value(s, i, (size_t)k)));
        (void)cn_study_point(s, i, point, sizeof point);
        PyObject *one = values ? Py_BuildValue("ssN", cn_study_state(s, i), point, values) : NULL;
        if (!one || PyList_Append(list, one) != 0) Py_CLEAR(list);
        Py_XDECREF(one);
    }
    return list;
}

static PyObject *study_best(PyObject *self, PyObject *Py_UNUSED(none))
{
    const cn_study *s = of(self);
    if (!s) {
        PyErr_SetString(PyExc_ValueError, "this study is closed");
        return NULL;
    }
    const size_t best = cn_study_best(s);
    if (best == SIZE_MAX) Py_RETURN_NONE;
    return PyLong_FromSize_t(best);
}

static PyMethodDef study_methods[] = {
    {"run", study_run, METH_VARARGS, "run(function, exceptions to catch, threads): all trials that are left"},
    {"trials", study_trials, METH_VARARGS, "trials(objectives): (state, point, values) of each"},
    {"best", study_best, METH_NOARGS, "best(): the best complete trial's number, or None"},
    {"close", study_close, METH_NOARGS, "close(): writes what is left to write"},
    {NULL, NULL, 0, NULL}};
static PyType_Slot study_slots[] = {{Py_tp_new, (void *)study_new},
                                    {Py_tp_methods, study_methods},
                                    {Py_tp_dealloc, (void *)study_dealloc},
                                    {0, NULL}};
static PyType_Spec study_spec = {.name = "cornu._cornu.Study",
                                 .basicsize = sizeof(study_object),
                                 .flags = Py_TPFLAGS_DEFAULT,
                                 .slots = study_slots};

int study_register(PyObject *module)
{
    study_type = (PyTypeObject *)PyType_FromSpec(&study_spec);
    trial_type = (PyTypeObject *)PyType_FromSpec(&trial_spec);
    if (!study_type || !trial_type) return -1;
    return PyModule_AddObjectRef(module, "Study", (PyObject *)study_type);
}
