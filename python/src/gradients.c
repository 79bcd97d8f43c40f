/* The type Gradients: cn_gradients of cornu/train.h, in halves. It keeps what it was given until the next forward. */
#include <string.h>

#include "extension.h"

typedef struct gradients_object {
    PyObject ob_base;
    cn_gradients *gradients;
    PyObject *model;
    input_list *inputs; /* of the last forward */
} gradients_object;

static PyTypeObject *gradients_type;

static void release_inputs(gradients_object *g)
{
    if (!g->inputs) return;
    input_list_release(g->inputs);
    PyMem_Free(g->inputs);
    g->inputs = NULL;
}

static PyObject *gradients_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"model", "batch", "training", "threads", "loss", NULL};
    PyObject *object;
    Py_ssize_t batch;
    int training = 0, threads = 0, loss = 0;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "On|pip", (char **)names, &object, &batch, &training,
                                     &threads, &loss))
        return NULL;
    cn_model *model = model_of_object(object);
    if (!model) {
        PyErr_SetString(PyExc_TypeError, "Gradients: expected a Model");
        return NULL;
    }
    const size_t samples = batch > 0 ? (size_t)batch : 0;
    cn_gradients *gradients = loss ? cn_gradients_new(model, samples, threads)
                                   : cn_gradients_open(model, samples, training != 0, threads);
    if (!gradients) return raise_failure();
    gradients_object *g = PyObject_New(gradients_object, gradients_type);
    if (!g) {
        cn_gradients_free(gradients);
        return NULL;
    }
    g->gradients = gradients;
    g->model = Py_NewRef(object);
    g->inputs = NULL;
    return (PyObject *)g;
}

static void gradients_dealloc(PyObject *self)
{
    gradients_object *g = (gradients_object *)self;
    PyTypeObject *type = Py_TYPE(self);
    cn_gradients_free(g->gradients);
    release_inputs(g);
    Py_DECREF(g->model);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *gradients_forward(PyObject *self, PyObject *args)
{
    gradients_object *g = (gradients_object *)self;
    PyObject *inputs;
    const size_t count = cn_model_output_count(model_of_object(g->model));
    if (!PyArg_ParseTuple(args, "O", &inputs)) return NULL;
    input_list *list = PyMem_Calloc(1, sizeof *list);
    cn_array *outputs = PyMem_Calloc(count ? count : 1, sizeof *outputs);
    if (!list || !outputs || input_list_read(list, inputs, "x") != 0) {
        PyMem_Free(list);
        PyMem_Free(outputs);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    cn_status status;
    Py_BEGIN_ALLOW_THREADS status = cn_gradients_forward(g->gradients, list->arrays, outputs);
    Py_END_ALLOW_THREADS release_inputs(g);
    g->inputs = list;
    PyObject *result = status == CN_OK ? outputs_object(outputs, count) : raise_failure();
    PyMem_Free(outputs);
    return result;
}

static PyObject *gradients_backward(PyObject *self, PyObject *args)
{
    gradients_object *g = (gradients_object *)self;
    PyObject *given;
    const cn_array *arrays[MOST_ARRAYS] = {NULL};
    if (!PyArg_ParseTuple(args, "O", &given)) return NULL;
    input_list *list = PyMem_Calloc(1, sizeof *list);
    if (!list) return PyErr_NoMemory();
    PyObject *result = NULL;
    if (input_list_read(list, given, "gradient") == 0) {
        cn_status status;
        for (size_t i = 0; i < list->count; i++) arrays[i] = list->arrays[i];
        Py_BEGIN_ALLOW_THREADS status = cn_gradients_backward(g->gradients, arrays);
        Py_END_ALLOW_THREADS result = none_or_raise(status);
        input_list_release(list);
    }
    PyMem_Free(list);
    return result;
}

static PyObject *gradients_compute(PyObject *self, PyObject *args)
{
    PyObject *x, *y;
    input in, target;
    double loss = 0;
    if (!PyArg_ParseTuple(args, "OO", &x, &y) || input_read(&in, x, "x") != 0) return NULL;
    if (input_read(&target, y, "y") != 0) {
        input_release(&in);
        return NULL;
    }
    cn_status status;
    Py_BEGIN_ALLOW_THREADS status =
        cn_gradients_compute(((gradients_object *)self)->gradients, &in.array, &target.array, &loss);
    Py_END_ALLOW_THREADS input_release(&in);
    input_release(&target);
    return status == CN_OK ? PyFloat_FromDouble(loss) : raise_failure();
}

static PyObject *get(PyObject *self, PyObject *args,
                     cn_status (*function)(const cn_gradients *, size_t, cn_array *))
{
    Py_ssize_t i;
    cn_array out = {0};
    if (!PyArg_ParseTuple(args, "n", &i)) return NULL;
    const cn_status status = function(((gradients_object *)self)->gradients, (size_t)i, &out);
    return status == CN_OK ? array_object(&out) : raise_failure();
}

static PyObject *gradients_weight(PyObject *self, PyObject *args)
{
    return get(self, args, cn_gradients_get);
}
static PyObject *gradients_input(PyObject *self, PyObject *args)
{
    return get(self, args, cn_gradients_get_input);
}

static PyMethodDef methods[] = {
    {"forward", gradients_forward, METH_VARARGS, "forward((x, …)): the outputs"},
    {"backward", gradients_backward, METH_VARARGS, "backward((gradient of an output or None, …))"},
    {"compute", gradients_compute, METH_VARARGS,
     "compute(x, y): with loss=True, the loss that the model has"},
    {"weight", gradients_weight, METH_VARARGS, "weight(i): the gradient with respect to it"},
    {"input", gradients_input, METH_VARARGS, "input(i): the gradient with respect to it"},
    {NULL, NULL, 0, NULL}};
static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)"Gradients(model, batch, training=False, threads=0, loss=False)"},
    {Py_tp_new, (void *)gradients_new},
    {Py_tp_dealloc, (void *)gradients_dealloc},
    {Py_tp_methods, methods},
    {0, NULL}};
static PyType_Spec spec = {.name = "cornu._cornu.Gradients",
                           .basicsize = sizeof(gradients_object),
                           .flags = Py_TPFLAGS_DEFAULT,
                           .slots = slots};

int gradients_register(PyObject *module)
{
    gradients_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return gradients_type ? PyModule_AddType(module, gradients_type) : -1;
}
