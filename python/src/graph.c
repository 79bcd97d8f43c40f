/* Models that are graphs, made of a description: layers in the notation, and their calls in an order in which each stands
 * behind those that it takes. */
#include "extension.h"

typedef struct graph {
    cn_layer **layers; /* NULL where a model is the layer */
    cn_model **models;
    char *called; /* by layer: a call has taken it over */
    cn_tensor **tensors;
    Py_ssize_t *first; /* by layer: the tensor of its first call */
    Py_ssize_t
        *joined; /* by tensor: an earlier one of the same C graph, or itself: what must be freed once */
    Py_ssize_t layer_count, count; /* count: of tensors made */
} graph;

enum { MOST_INPUTS = 64 };

/* Numbers of tensors that are there into `out`; how many, or -1 with an exception. */
static Py_ssize_t read_tensors(const graph *g, PyObject *list, cn_tensor **out)
{
    const Py_ssize_t count = PyList_Size(list);
    if (count > MOST_INPUTS)
        PyErr_Format(PyExc_ValueError, "%zd tensors, expected %d at most", count, MOST_INPUTS);
    for (Py_ssize_t i = 0; i < count && !PyErr_Occurred(); i++) {
        const Py_ssize_t index = PyLong_AsSsize_t(PyList_GetItem(list, i));
        if (!PyErr_Occurred() && (index < 0 || index >= g->count))
            PyErr_Format(PyExc_ValueError, "tensor %zd, expected 0 to %zd", index, g->count - 1);
        if (!PyErr_Occurred()) out[i] = g->tensors[index];
    }
    return PyErr_Occurred() ? -1 : count;
}

static Py_ssize_t root_of(const graph *g, Py_ssize_t tensor)
{
    while (g->joined[tensor] != tensor) tensor = g->joined[tensor];
    return tensor;
}

/* The new tensor's graph holds those of its inputs, that of the layer's earlier calls, and that of the same call. */
static void join(graph *g, Py_ssize_t layer, PyObject *list, Py_ssize_t sibling)
{
    const Py_ssize_t made = g->count;
    g->joined[made] = made;
    if (sibling >= 0) g->joined[root_of(g, sibling)] = made;
    for (Py_ssize_t i = 0; sibling < 0 && i < PyList_Size(list); i++)
        g->joined[root_of(g, PyLong_AsSsize_t(PyList_GetItem(list, i)))] = made;
    if (g->called[layer]) g->joined[root_of(g, g->first[layer])] = made;
    else g->first[layer] = made;
    g->called[layer] = 1;
}

/* A layer without tensors is an input. */
static cn_tensor *call_layer(const graph *g, Py_ssize_t layer, cn_tensor *const *inputs, size_t count)
{
    if (g->models[layer]) return cn_call_model_on(g->models[layer], inputs, count);
    return count ? cn_call_on(g->layers[layer], inputs, count) : cn_tensor_input_layer(g->layers[layer]);
}

/* One (layer, [tensors], output, sibling). */
static int add_call(graph *g, PyObject *item)
{
    Py_ssize_t layer, output, sibling;
    PyObject *list;
    cn_tensor *inputs[MOST_INPUTS];
    if (!PyArg_ParseTuple(item, "nOnn", &layer, &list, &output, &sibling)) return -1;
    if (layer < 0 || layer >= g->layer_count) {
        PyErr_Format(PyExc_ValueError, "layer %zd, expected 0 to %zd", layer, g->layer_count - 1);
        return -1;
    }
    const Py_ssize_t count = read_tensors(g, list, inputs);
    if (count < 0) return -1;
    if (output < 0 || sibling >= g->count) {
        PyErr_Format(PyExc_ValueError, "output %zd of tensor %zd, of %zd", output, sibling, g->count);
        return -1;
    }
    cn_tensor *call = sibling >= 0 ? g->tensors[sibling] : call_layer(g, layer, inputs, (size_t)count);
    cn_tensor *made = call ? cn_call_output(call, (size_t)output) : NULL;
    if (!made) {
        g->called[layer] = 1; /* taken over all the same */
        raise_failure();
        return -1;
    }
    join(g, layer, list, sibling);
    g->tensors[g->count++] = made;
    return 0;
}

static int make_layers(graph *g, PyObject *notations)
{
    for (Py_ssize_t i = 0; i < g->layer_count; i++) {
        PyObject *item = PyList_GetItem(notations, i);
        if ((g->models[i] = model_of_object(item))) continue;
        PyObject *bytes = PyUnicode_AsUTF8String(item);
        if (!bytes) return -1;
        g->layers[i] = cn_layer_new(PyBytes_AsString(bytes));
        Py_DECREF(bytes);
        if (!g->layers[i]) {
            raise_failure();
            return -1;
        }
    }
    return 0;
}

static PyObject *finish(graph *g, const char *name, PyObject *inputs, PyObject *outputs)
{
    cn_tensor *in[MOST_INPUTS], *out[MOST_INPUTS];
    const Py_ssize_t in_count = read_tensors(g, inputs, in),
                     out_count = in_count < 0 ? -1 : read_tensors(g, outputs, out);
    if (out_count < 0) return NULL;
    g->count = 0; /* the model has them, also when it fails */
    return model_object_of(cn_model_from_named(name, in, (size_t)in_count, out, (size_t)out_count));
}

PyObject *graph_model(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    PyObject *notations, *calls, *inputs, *outputs, *result = NULL;
    if (!PyArg_ParseTuple(args, "sOOOO", &name, &notations, &calls, &inputs, &outputs)) return NULL;
    graph g = {.layer_count = PyList_Size(notations)};
    const Py_ssize_t call_count = PyList_Size(calls);
    if (PyErr_Occurred()) return NULL;
    g.layers = PyMem_Calloc((size_t)g.layer_count + 1, sizeof *g.layers);
    g.models = PyMem_Calloc((size_t)g.layer_count + 1, sizeof *g.models);
    g.called = PyMem_Calloc((size_t)g.layer_count + 1, 1);
    g.first = PyMem_Calloc((size_t)g.layer_count + 1, sizeof *g.first);
    g.joined = PyMem_Calloc((size_t)call_count + 1, sizeof *g.joined);
    g.tensors = PyMem_Calloc((size_t)call_count + 1, sizeof *g.tensors);
    int status = g.layers && g.models && g.called && g.tensors && g.first && g.joined
                     ? make_layers(&g, notations)
                     : -1;
    for (Py_ssize_t i = 0; status == 0 && i < call_count; i++)
        status = add_call(&g, PyList_GetItem(calls, i));
    if (status == 0) result = finish(&g, name, inputs, outputs);
    else if (!PyErr_Occurred()) PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < g.count; i++)
        if (g.joined[i] == i) cn_tensor_free(g.tensors[i]);
    for (Py_ssize_t i = 0; g.layers && i < g.layer_count; i++)
        if (g.layers[i] && !g.called[i]) cn_layer_free(g.layers[i]);
    PyMem_Free(g.layers);
    PyMem_Free(g.models);
    PyMem_Free(g.called);
    PyMem_Free(g.tensors);
    PyMem_Free(g.first);
    PyMem_Free(g.joined);
    return result;
}

/* shape_of(notation, [shape, …]): what a layer makes of inputs of these shapes. */
PyObject *layer_shape(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *notation;
    PyObject *shapes, *result = NULL;
    if (!PyArg_ParseTuple(args, "sO", &notation, &shapes)) return NULL;
    cn_tensor *inputs[MOST_INPUTS];
    const Py_ssize_t count = PyList_Size(shapes);
    Py_ssize_t made = 0;
    for (; made < count && made < MOST_INPUTS; made++) {
        size_t shape[CN_MAX_DIMS];
        const int ndim = shape_from_tuple(PyList_GetItem(shapes, made), shape, CN_MAX_DIMS);
        inputs[made] = ndim < 0 ? NULL : cn_tensor_input_new(ndim, shape);
        if (!inputs[made]) break;
    }
    cn_layer *layer = made == count ? cn_layer_new(notation) : NULL;
    cn_tensor *out = layer ? cn_call_on(layer, inputs, (size_t)count) : NULL;
    int ndim;
    size_t shape[CN_MAX_DIMS + 1];
    if (out && cn_tensor_shape(out, &ndim, shape) == CN_OK) {
        result = PyTuple_New(ndim - 1);
        for (int i = 1; result && i < ndim; i++) PyTuple_SetItem(result, i - 1, PyLong_FromSize_t(shape[i]));
    } else {
        raise_failure();
    }
    for (Py_ssize_t i = 0; i < made && !(out && i); i++) cn_tensor_free(inputs[i]);
    return result;
}
