/* The type Model: one method a function of cornu/model.h, cornu/train.h and cornu/formats.h. */
#include <string.h>

#include "extension.h"

static PyTypeObject *model_type;

static cn_model *of(PyObject *self) { return ((model_object *)self)->model; }

static PyObject *text_object(char *text)
{
    if (!text) return raise_failure();
    PyObject *result = PyUnicode_FromString(text);
    cn_text_free(text);
    return result;
}

PyObject *model_object_of(cn_model *model)
{
    if (!model) return raise_failure();
    model_object *m = PyObject_New(model_object, model_type);
    if (!m) {
        cn_model_free(model);
        return NULL;
    }
    m->model = model;
    m->training = 0;
    m->registered = NULL;
    m->functions = NULL;
    memset(m->error, 0, sizeof m->error);
    return (PyObject *)m;
}

cn_model *model_of_object(PyObject *object) { return Py_TYPE(object) == model_type ? of(object) : NULL; }

static PyObject *model_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static const char *const names[] = {"name", "seed", NULL};
    const char *name = NULL;
    unsigned long long seed = 0;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|zK", (char **)names, &name, &seed)) return NULL;
    cn_model *model = cn_model_new(name);
    if (model) cn_model_set_seed(model, seed);
    return model_object_of(model);
}

static void model_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    cn_model_free(of(self));
    functions_free((model_object *)self);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ---- layers, shapes ---- */

static PyObject *model_add(PyObject *self, PyObject *args)
{
    PyObject *layer;
    if (!PyArg_ParseTuple(args, "O", &layer)) return NULL;
    cn_model *inner = model_of_object(layer);
    if (inner) return none_or_raise(cn_model_add_model(of(self), inner));
    PyObject *bytes = PyUnicode_AsUTF8String(layer);
    if (!bytes) return NULL;
    cn_status status = cn_model_add(of(self), cn_layer_new(PyBytes_AsString(bytes)));
    Py_DECREF(bytes);
    return none_or_raise(status);
}

int shape_from_tuple(PyObject *sizes, size_t *shape, int capacity)
{
    const Py_ssize_t count = PySequence_Size(sizes);
    if (count < 0) return -1;
    if (count > capacity) {
        PyErr_Format(PyExc_ValueError, "a shape of %zd dimensions, expected %d at most", count, capacity);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(sizes, i);
        shape[i] = item ? PyLong_AsSize_t(item) : 0;
        Py_XDECREF(item);
        if (PyErr_Occurred()) return -1;
    }
    return (int)count;
}

static PyObject *model_build(PyObject *self, PyObject *args)
{
    PyObject *sizes;
    size_t shape[CN_MAX_DIMS];
    if (!PyArg_ParseTuple(args, "O", &sizes)) return NULL;
    const int ndim = shape_from_tuple(sizes, shape, CN_MAX_DIMS);
    return ndim < 0 ? NULL : none_or_raise(cn_model_build(of(self), ndim, shape));
}

static PyObject *model_output_shape(PyObject *self, PyObject *Py_UNUSED(none))
{
    int ndim;
    size_t shape[CN_MAX_DIMS + 1];
    if (cn_model_output_shape(of(self), &ndim, shape) != CN_OK) return raise_failure();
    PyObject *sizes = PyTuple_New(ndim - 1);
    for (int i = 1; sizes && i < ndim; i++)
        if (PyTuple_SetItem(sizes, i - 1, PyLong_FromSize_t(shape[i])) != 0) Py_CLEAR(sizes);
    return sizes;
}

static PyObject *model_layer_names(PyObject *self, PyObject *Py_UNUSED(none))
{
    const size_t count = cn_model_layer_count(of(self));
    PyObject *names = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; names && i < count; i++)
        if (PyList_SetItem(names, (Py_ssize_t)i, PyUnicode_FromString(cn_model_layer_name(of(self), i))) != 0)
            Py_CLEAR(names);
    return names;
}

/* "dense", or "base/dense" of a model that is a layer. */
static cn_status set_trainable(cn_model *model, const char *path, int trainable)
{
    const char *slash = strchr(path, '/');
    if (!slash) return cn_model_set_layer_trainable(model, path, trainable);
    char *name = PyMem_Malloc((size_t)(slash - path) + 1);
    if (!name) return CN_ERROR_MEMORY;
    memcpy(name, path, (size_t)(slash - path));
    name[slash - path] = '\0';
    cn_model *inner = cn_model_within(model, name);
    PyMem_Free(name);
    const cn_status status = inner ? set_trainable(inner, slash + 1, trainable) : cn_error_status();
    cn_model_free(inner);
    return status;
}

static PyObject *model_set_trainable(PyObject *self, PyObject *args)
{
    const char *path;
    int trainable;
    if (!PyArg_ParseTuple(args, "sp", &path, &trainable)) return NULL;
    return none_or_raise(set_trainable(of(self), path, trainable));
}

static PyObject *model_swap_averages(PyObject *self, PyObject *Py_UNUSED(none))
{
    return none_or_raise(cn_model_swap_averages(of(self)));
}

static PyObject *model_summary(PyObject *self, PyObject *Py_UNUSED(none))
{
    return text_object(cn_model_summary(of(self)));
}

static PyObject *model_plan(PyObject *self, PyObject *args)
{
    Py_ssize_t batch_size = 32;
    if (!PyArg_ParseTuple(args, "|n", &batch_size)) return NULL;
    return text_object(cn_model_plan_text(of(self), (size_t)batch_size));
}

/* ---- weights and the optimizer's state ---- */

static PyObject *model_weight_names(PyObject *self, PyObject *Py_UNUSED(none))
{
    const size_t count = cn_model_weight_count(of(self));
    PyObject *names = PyList_New(0);
    for (size_t i = 0; names && i < count; i++) {
        char name[512];
        if (cn_model_weight_name(of(self), i, name, sizeof name) != CN_OK) return raise_failure();
        PyObject *text = PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace");
        if (!text || PyList_Append(names, text) != 0) Py_CLEAR(names);
        Py_XDECREF(text);
    }
    return names;
}

static PyObject *get_array(PyObject *self, PyObject *args,
                           cn_status (*get)(const cn_model *, size_t, cn_array *))
{
    Py_ssize_t i;
    cn_array out = {0};
    if (!PyArg_ParseTuple(args, "n", &i)) return NULL;
    return get(of(self), (size_t)i, &out) == CN_OK ? array_object(&out) : raise_failure();
}

static PyObject *set_array(PyObject *self, PyObject *args,
                           cn_status (*set)(cn_model *, size_t, const cn_array *))
{
    Py_ssize_t i;
    PyObject *object;
    input in;
    if (!PyArg_ParseTuple(args, "nO", &i, &object) || input_read_weight(&in, object) != 0) return NULL;
    PyObject *result = none_or_raise(set(of(self), (size_t)i, &in.array));
    input_release(&in);
    return result;
}

static PyObject *model_get_weight(PyObject *self, PyObject *args)
{
    return get_array(self, args, cn_model_get_weight);
}

static PyObject *model_set_weight(PyObject *self, PyObject *args)
{
    return set_array(self, args, cn_model_set_weight);
}

static PyObject *model_get_state(PyObject *self, PyObject *args)
{
    return get_array(self, args, cn_model_get_state);
}

static PyObject *model_set_state(PyObject *self, PyObject *args)
{
    return set_array(self, args, cn_model_set_state);
}

/* ---- compile, files ---- */

static PyObject *model_compile(PyObject *self, PyObject *args)
{
    const char *optimizer, *loss, *metrics, *weighted, *weights = NULL, *convolution = NULL;
    if (!PyArg_ParseTuple(args, "zzzz|zz", &optimizer, &loss, &metrics, &weighted, &weights, &convolution))
        return NULL;
    const cn_compile_options o = {.model = of(self),
                                  .optimizer = optimizer,
                                  .loss = loss,
                                  .metrics = metrics,
                                  .weighted_metrics = weighted,
                                  .loss_weights = weights,
                                  .convolution = convolution};
    return none_or_raise(cn_model_compile_with(&o));
}

static PyObject *model_compile_from_json(PyObject *self, PyObject *args)
{
    const char *json;
    if (!PyArg_ParseTuple(args, "s", &json)) return NULL;
    return none_or_raise(cn_model_compile_from_json(of(self), json));
}

static PyObject *model_compile_to_json(PyObject *self, PyObject *Py_UNUSED(none))
{
    return text_object(cn_model_compile_to_json(of(self)));
}

static PyObject *model_to_json(PyObject *self, PyObject *Py_UNUSED(none))
{
    return text_object(cn_model_to_json(of(self)));
}

static PyObject *model_save(PyObject *self, PyObject *args)
{
    const char *path;
    int weights_only = 0;
    cn_status status;
    if (!PyArg_ParseTuple(args, "s|p", &path, &weights_only)) return NULL;
    Py_BEGIN_ALLOW_THREADS status = cn_model_save(of(self), path, weights_only);
    Py_END_ALLOW_THREADS return none_or_raise(status);
}

static PyObject *model_load_weights(PyObject *self, PyObject *args)
{
    const char *path;
    cn_status status;
    if (!PyArg_ParseTuple(args, "s", &path)) return NULL;
    Py_BEGIN_ALLOW_THREADS status = cn_model_load_weights(of(self), path);
    Py_END_ALLOW_THREADS return none_or_raise(status);
}

static PyObject *model_export_html(PyObject *self, PyObject *args)
{
    const char *path, *title = NULL;
    if (!PyArg_ParseTuple(args, "s|z", &path, &title)) return NULL;
    return none_or_raise(cn_model_export_html(of(self), path, &(cn_html_options){.title = title}));
}

static PyObject *model_export_c(PyObject *self, PyObject *args)
{
    const char *path;
    if (!PyArg_ParseTuple(args, "s", &path)) return NULL;
    return none_or_raise(cn_model_export_c(of(self), path, NULL));
}

/* ---- numbers about a model ---- */

static PyObject *names_of(PyObject *self, size_t (*count)(const cn_model *),
                          const char *(*name)(const cn_model *, size_t))
{
    PyObject *names = PyList_New(0);
    for (size_t i = 0; names && i < count(of(self)); i++) {
        PyObject *text = PyUnicode_FromString(name(of(self), i));
        if (!text || PyList_Append(names, text) != 0) Py_CLEAR(names);
        Py_XDECREF(text);
    }
    return names;
}

static PyObject *get_inputs(PyObject *self, void *Py_UNUSED(closure))
{
    return names_of(self, cn_model_input_count, cn_model_input_name);
}

static PyObject *get_outputs(PyObject *self, void *Py_UNUSED(closure))
{
    return names_of(self, cn_model_output_count, cn_model_output_name);
}

static PyObject *get_built(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(cn_model_is_built(of(self)));
}

static PyObject *get_parameters(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(cn_model_parameters(of(self)));
}

static PyObject *get_trainable(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(cn_model_trainable_parameters(of(self)));
}

static PyObject *get_flops(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(cn_model_flops(of(self)));
}

static PyObject *get_weight_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(cn_model_weight_count(of(self)));
}

static PyObject *get_state_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(cn_model_state_count(of(self)));
}

static PyObject *get_rate(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(cn_model_learning_rate(of(self)));
}

static PyObject *get_iterations(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLongLong(cn_model_iterations(of(self)));
}

static int set_rate(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    const double rate = value ? PyFloat_AsDouble(value) : -1;
    if (PyErr_Occurred()) return -1;
    if (cn_model_set_learning_rate(of(self), rate) == CN_OK) return 0;
    raise_failure();
    return -1;
}

static int set_iterations(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    const long long steps = value ? PyLong_AsLongLong(value) : -1;
    if (PyErr_Occurred()) return -1;
    if (cn_model_set_iterations(of(self), steps) == CN_OK) return 0;
    raise_failure();
    return -1;
}

static int set_seed(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    const unsigned long long seed = value ? PyLong_AsUnsignedLongLong(value) : 0;
    if (PyErr_Occurred()) return -1;
    cn_model_set_seed(of(self), seed);
    return 0;
}

#define METHOD(name, flags, doc)                                                                             \
    {                                                                                                        \
#name, (PyCFunction)(void (*)(void))model_##name, flags, doc                                         \
    }

static PyMethodDef methods[] = {
    METHOD(add, METH_VARARGS, "add(notation): a layer, as in 'dense(512, activation=relu)'"),
    METHOD(build, METH_VARARGS, "build(shape): makes the weights for samples of this shape"),
    METHOD(output_shape, METH_NOARGS, "a sample's shape at the output"),
    METHOD(layer_names, METH_NOARGS, "the layers' names"),
    METHOD(set_trainable, METH_VARARGS, "set_trainable(path, trainable): of 'dense', or of 'base/dense'"),
    METHOD(swap_averages, METH_NOARGS, "exchanges weights and the optimizer's averages of them"),
    {"draw", model_draw, METH_VARARGS, "draw(path, texts, scale): a drawing of the layers"},
    METHOD(summary, METH_NOARGS, "Keras's table"),
    METHOD(plan, METH_VARARGS, "plan(batch_size=32): the steps that training runs"),
    METHOD(weight_names, METH_NOARGS, "'dense/kernel', …"),
    METHOD(get_weight, METH_VARARGS, "get_weight(i)"),
    METHOD(set_weight, METH_VARARGS, "set_weight(i, array)"),
    METHOD(get_state, METH_VARARGS, "get_state(i): an array of the optimizer's"),
    METHOD(set_state, METH_VARARGS, "set_state(i, array)"),
    METHOD(
        compile, METH_VARARGS,
        "compile(optimizer, loss, metrics, weighted_metrics, loss_weights, convolution): notations or None"),
    METHOD(
        set_functions, METH_VARARGS,
        "set_functions(losses, metrics): lists of (output, name, target size) and (output, name, weighted)"),
    METHOD(compile_from_json, METH_VARARGS, "compile_from_json(text): by Keras's get_compile_config()"),
    METHOD(compile_to_json, METH_NOARGS, "what it is compiled with, as Keras's get_compile_config()"),
    METHOD(to_json, METH_NOARGS, "the architecture, as Keras's to_json()"),
    METHOD(save, METH_VARARGS, "save(path, weights_only=False)"),
    METHOD(load_weights, METH_VARARGS, "load_weights(path)"),
    METHOD(export_html, METH_VARARGS, "export_html(path, title=None)"),
    METHOD(export_c, METH_VARARGS, "export_c(path)"),
    METHOD(fit, METH_VARARGS | METH_KEYWORDS, "fit(x, y, *, epochs=1, …): {name: [a value an epoch]}"),
    METHOD(evaluate, METH_VARARGS | METH_KEYWORDS, "evaluate(x, y, *, batch_size=32, …): {name: value}"),
    METHOD(predict, METH_VARARGS | METH_KEYWORDS,
           "predict(x, *, batch_size=32, training=False, generator=None, steps=0): an Array"),
    {NULL, NULL, 0, NULL}};

static PyGetSetDef attributes[] = {
    {"built", get_built, NULL, "does it have weights?", NULL},
    {"input_names", get_inputs, NULL, "names of the inputs", NULL},
    {"output_names", get_outputs, NULL, "names of the outputs", NULL},
    {"parameters", get_parameters, NULL, "numbers in all weights", NULL},
    {"trainable_parameters", get_trainable, NULL, "numbers in weights that are trained", NULL},
    {"flops", get_flops, NULL, "operations of one sample's forward pass", NULL},
    {"weight_count", get_weight_count, NULL, "how many weights", NULL},
    {"state_count", get_state_count, NULL, "how many arrays the optimizer keeps", NULL},
    {"learning_rate", get_rate, set_rate, "of the next step", NULL},
    {"seed", NULL, set_seed, "of shuffling and dropout; of weights, before they are made", NULL},
    {"iterations", get_iterations, set_iterations, "steps taken", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot slots[] = {{Py_tp_doc, (void *)"Model(name=None, seed=0): a cn_model."},
                              {Py_tp_new, (void *)model_new},
                              {Py_tp_dealloc, (void *)model_dealloc},
                              {Py_tp_methods, methods},
                              {Py_tp_getset, attributes},
                              {0, NULL}};
static PyType_Spec spec = {.name = "cornu._cornu.Model",
                           .basicsize = sizeof(model_object),
                           .flags = Py_TPFLAGS_DEFAULT,
                           .slots = slots};

int model_register(PyObject *module)
{
    model_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return model_type ? PyModule_AddType(module, model_type) : -1;
}
