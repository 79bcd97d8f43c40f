/* Losses and metrics that are Python functions. They are given copies of a batch as bytes, since a function may keep what it is given;
 * threads of Cornu's take the interpreter's lock for the length of a call. */
#include <math.h>
#include <string.h>

#include "extension.h"

typedef struct function {
    model_object *model;
    size_t index; /* of a loss: its output; of a metric: its place in the list */
    char name[200];
} function;

struct functions {
    size_t losses, metrics;
    function *loss, *metric;
    cn_metric_function *list; /* (metrics), those of an output together */
};

void functions_free(model_object *m)
{
    if (!m->registered) return;
    PyMem_Free(m->registered->loss);
    PyMem_Free(m->registered->metric);
    PyMem_Free(m->registered->list);
    PyMem_Free(m->registered);
    m->registered = NULL;
}

/* ---- calls ---- */

void functions_begin(model_object *m, PyObject *functions)
{
    m->functions = functions == Py_None ? NULL : functions;
}

int functions_end(model_object *m)
{
    m->functions = NULL;
    if (!m->error[0]) return 0;
    PyErr_Restore(m->error[0], m->error[1], m->error[2]);
    memset(m->error, 0, sizeof m->error);
    return -1;
}

/* With the lock held. The first exception is kept for the thread that called fit. */
static cn_status keep_error(model_object *m)
{
    if (m->error[0]) PyErr_Clear();
    else PyErr_Fetch(&m->error[0], &m->error[1], &m->error[2]);
    return CN_ERROR_STATE;
}

static PyObject *bytes_of(const cn_array *a)
{
    if (!a) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(a->data, (Py_ssize_t)(cn_array_size(a) * cn_dtype_size(a->dtype)));
}

static PyObject *shape_of(const cn_array *a)
{
    PyObject *shape = PyTuple_New(a->ndim);
    for (int i = 0; shape && i < a->ndim; i++)
        if (PyTuple_SetItem(shape, i, PyLong_FromSize_t(a->shape[i])) != 0) Py_CLEAR(shape);
    return shape;
}

/* functions.method(index, y, prediction, its shape, weight[, gradient?]) */
static PyObject *call(model_object *m, const char *method, size_t index, const cn_array *y,
                      const cn_array *pred, const cn_array *weight, int gradient)
{
    if (!m->functions || m->error[0]) {
        PyErr_Format(PyExc_RuntimeError, "%s: the call has none of the functions", method);
        return NULL;
    }
    PyObject *parts[] = {bytes_of(y), bytes_of(pred), shape_of(pred), bytes_of(weight)};
    PyObject *result = NULL;
    if (parts[0] && parts[1] && parts[2] && parts[3])
        result = PyObject_CallMethod(m->functions, method, "nOOOOi", (Py_ssize_t)index, parts[0], parts[1],
                                     parts[2], parts[3], gradient);
    for (size_t i = 0; i < 4; i++) Py_XDECREF(parts[i]);
    return result;
}

/* (value, gradient or None) */
static int read_loss(PyObject *result, double *value, cn_array *gradient)
{
    PyObject *array;
    input in;
    if (!PyArg_ParseTuple(result, "dO", value, &array)) return -1;
    if (!gradient) return 0;
    if (input_read(&in, array, "the gradient of a loss") != 0) return -1;
    const int fits =
        in.given && cn_array_size(&in.array) == cn_array_size(gradient) && in.array.dtype == CN_FLOAT32;
    if (fits) memcpy(gradient->data, in.array.data, cn_array_size(gradient) * sizeof(float));
    else PyErr_SetString(PyExc_ValueError, "the gradient of a loss has another shape than the predictions");
    input_release(&in);
    return fits ? 0 : -1;
}

static cn_status loss_compute(void *user, const cn_array *y, const cn_array *pred, const cn_array *weight,
                              double *value, cn_array *gradient)
{
    const function *f = user;
    const PyGILState_STATE lock = PyGILState_Ensure();
    PyObject *result = call(f->model, "loss", f->index, y, pred, weight, gradient != NULL);
    cn_status status = result && read_loss(result, value, gradient) == 0 ? CN_OK : keep_error(f->model);
    Py_XDECREF(result);
    PyGILState_Release(lock);
    return status;
}

static cn_status metric_update(void *user, const cn_array *y, const cn_array *pred, const cn_array *weight)
{
    const function *f = user;
    const PyGILState_STATE lock = PyGILState_Ensure();
    PyObject *result = call(f->model, "update", f->index, y, pred, weight, 0);
    cn_status status = result ? CN_OK : keep_error(f->model);
    Py_XDECREF(result);
    PyGILState_Release(lock);
    return status;
}

/* reset(index) or result(index), which gives a number. */
static double metric_call(const function *f, const char *method)
{
    const PyGILState_STATE lock = PyGILState_Ensure();
    double value = NAN;
    PyObject *result = f->model->functions && !f->model->error[0]
                           ? PyObject_CallMethod(f->model->functions, method, "n", (Py_ssize_t)f->index)
                           : NULL;
    if (result && result != Py_None) value = PyFloat_AsDouble(result);
    if (PyErr_Occurred()) (void)keep_error(f->model);
    Py_XDECREF(result);
    PyGILState_Release(lock);
    return value;
}

static void metric_reset(void *user) { (void)metric_call(user, "reset"); }
static double metric_result(void *user) { return metric_call(user, "result"); }

/* ---- registration ---- */

static int allocate(model_object *m, size_t losses, size_t metrics)
{
    functions_free(m);
    m->registered = PyMem_Calloc(1, sizeof *m->registered);
    if (!m->registered) return -1;
    m->registered->loss = PyMem_Calloc(losses + 1, sizeof(function));
    m->registered->metric = PyMem_Calloc(metrics + 1, sizeof(function));
    m->registered->list = PyMem_Calloc(metrics + 1, sizeof(cn_metric_function));
    m->registered->losses = losses, m->registered->metrics = metrics;
    return m->registered->loss && m->registered->metric && m->registered->list ? 0 : -1;
}

static int set_loss(model_object *m, size_t i, PyObject *item)
{
    Py_ssize_t output, size;
    const char *name;
    if (!PyArg_ParseTuple(item, "nsn", &output, &name, &size)) return -1;
    function *f = &m->registered->loss[i];
    f->model = m, f->index = (size_t)output;
    PyOS_snprintf(f->name, sizeof f->name, "%s", name);
    const cn_loss_function loss = {
        .name = f->name, .user = f, .target_size = (size_t)size, .compute = loss_compute};
    if (cn_model_set_loss_function(m->model, (size_t)output, &loss) == CN_OK) return 0;
    raise_failure();
    return -1;
}

/* Metrics come sorted by their outputs. */
static int set_metrics(model_object *m, PyObject *items)
{
    struct functions *r = m->registered;
    size_t first = 0;
    Py_ssize_t output = 0, next;
    for (size_t i = 0; i <= r->metrics; i++) {
        int weighted = 0;
        const char *name = NULL;
        next = -1;
        if (i < r->metrics &&
            !PyArg_ParseTuple(PyList_GetItem(items, (Py_ssize_t)i), "nsp", &next, &name, &weighted))
            return -1;
        if (i > first && next != output) {
            if (cn_model_set_metric_functions(m->model, (size_t)output, r->list + first, i - first) !=
                CN_OK) {
                raise_failure();
                return -1;
            }
            first = i;
        }
        output = next;
        if (i == r->metrics) break;
        function *f = &r->metric[i];
        f->model = m, f->index = i;
        PyOS_snprintf(f->name, sizeof f->name, "%s", name);
        r->list[i] = (cn_metric_function){.name = f->name,
                                          .user = f,
                                          .weighted = weighted != 0,
                                          .reset = metric_reset,
                                          .update = metric_update,
                                          .result = metric_result};
    }
    return 0;
}

PyObject *model_set_functions(PyObject *self, PyObject *args)
{
    model_object *m = (model_object *)self;
    PyObject *losses, *metrics;
    if (!PyArg_ParseTuple(args, "OO", &losses, &metrics)) return NULL;
    const Py_ssize_t loss_count = PyList_Size(losses), metric_count = PyList_Size(metrics);
    if (loss_count < 0 || metric_count < 0) return NULL;
    if (allocate(m, (size_t)loss_count, (size_t)metric_count) != 0) return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < loss_count; i++)
        if (set_loss(m, (size_t)i, PyList_GetItem(losses, i)) != 0) return NULL;
    if (set_metrics(m, metrics) != 0) return NULL;
    Py_RETURN_NONE;
}
