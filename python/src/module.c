/* The module: models from files, data, and the program `cornu`. */
#include <stdlib.h>
#include <string.h>

#include "cornu/version.h"
#include "extension.h"

/* The program's main, built into the module. */
int cornu_main(int argc, char **argv);

static PyObject *load(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *path;
    int compile = 1;
    cn_model *model;
    if (!PyArg_ParseTuple(args, "s|p", &path, &compile)) return NULL;
    Py_BEGIN_ALLOW_THREADS model = compile ? cn_model_load(path) : cn_model_load_network(path);
    Py_END_ALLOW_THREADS return model_object_of(model);
}

static PyObject *from_json(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *json;
    if (!PyArg_ParseTuple(args, "s", &json)) return NULL;
    return model_object_of(cn_model_from_json(json));
}

static PyObject *check_layer(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *notation;
    if (!PyArg_ParseTuple(args, "s", &notation)) return NULL;
    cn_layer *layer = cn_layer_new(notation);
    if (!layer) return raise_failure();
    cn_layer_free(layer);
    Py_RETURN_NONE;
}

static PyObject *read_file(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *path;
    cn_array out = {0};
    cn_status status;
    if (!PyArg_ParseTuple(args, "s", &path)) return NULL;
    Py_BEGIN_ALLOW_THREADS status = cn_data_read(path, &out);
    Py_END_ALLOW_THREADS return status == CN_OK ? array_object(&out) : raise_failure();
}

/* An Array of the data set's: its memory is taken over where it can be, else copied. */
static PyObject *part(cn_array *array)
{
    cn_array copy = *array;
    if (array->owned) {
        *array = (cn_array){0};
        return array_object(&copy);
    }
    if (cn_array_new(&copy, array->dtype, array->ndim, array->shape) != CN_OK) return raise_failure();
    memcpy(copy.data, array->data, cn_array_size(array) * cn_dtype_size(array->dtype));
    return array_object(&copy);
}

static PyObject *dataset(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name, *folder = NULL;
    cn_dataset d = {0};
    cn_status status;
    if (!PyArg_ParseTuple(args, "s|z", &name, &folder)) return NULL;
    const cn_dataset_options options = {.data_dir = folder};
    Py_BEGIN_ALLOW_THREADS status = cn_dataset_load(name, &options, &d);
    Py_END_ALLOW_THREADS if (status != CN_OK) return raise_failure();
    cn_array *const arrays[] = {&d.train_x, &d.train_y, &d.test_x, &d.test_y};
    PyObject *parts = PyTuple_New(4);
    for (int i = 0; parts && i < 4; i++) {
        PyObject *array = part(arrays[i]);
        if (!array) Py_CLEAR(parts);
        else PyTuple_SetItem(parts, i, array);
    }
    cn_dataset_free(&d);
    return parts;
}

/* ---- the program ---- */

static void free_words(char **words, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) free(words[i]);
    free(words);
}

/* A list of str as argv, ended by NULL; NULL with an exception. */
static char **words_of(PyObject *list, Py_ssize_t count)
{
    char **words = calloc((size_t)count + 1, sizeof *words);
    for (Py_ssize_t i = 0; words && i < count; i++) {
        PyObject *bytes = NULL;
        if (PyUnicode_FSConverter(PyList_GetItem(list, i), &bytes))
            words[i] = strdup(PyBytes_AsString(bytes));
        Py_XDECREF(bytes);
        if (words[i]) continue;
        free_words(words, count);
        words = NULL;
    }
    if (!words && !PyErr_Occurred()) PyErr_NoMemory();
    return words;
}

static PyObject *run_program(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *list;
    int code;
    if (!PyArg_ParseTuple(args, "O", &list)) return NULL;
    const Py_ssize_t count = PyList_Size(list);
    if (count < 0) return NULL;
    char **words = words_of(list, count);
    if (!words) return NULL;
    Py_BEGIN_ALLOW_THREADS code = cornu_main((int)count, words);
    Py_END_ALLOW_THREADS free_words(words, count);
    return PyLong_FromLong(code);
}

static PyMethodDef functions[] = {
    {"load", load, METH_VARARGS, "load(path, compile=True): a Model from a file"},
    {"from_json", from_json, METH_VARARGS, "from_json(text): a Model by Keras's to_json()"},
    {"graph", graph_model, METH_VARARGS,
     "graph(name, layers, calls, inputs, outputs): a Model of layers that are called"},
    {"shape_of", layer_shape, METH_VARARGS,
     "shape_of(notation, shapes): the shape that a layer makes of these"},
    {"check_layer", check_layer, METH_VARARGS,
     "check_layer(notation): raises for a layer that cannot be made"},
    {"read", read_file, METH_VARARGS, "read(path): an Array from .npy, .npz or IDX"},
    {"dataset", dataset, METH_VARARGS, "dataset(name, folder=None): (train x, train y, test x, test y)"},
    {"main", run_program, METH_VARARGS, "main(words): runs the program cornu; its exit code"},
    {NULL, NULL, 0, NULL}};

static int execute(PyObject *module)
{
    if (array_register(module) != 0 || model_register(module) != 0 || gradients_register(module) != 0 ||
        study_register(module) != 0)
        return -1;
    return PyModule_AddStringConstant(module, "__version__", CN_VERSION);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)execute}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "cornu._cornu",
                                        .m_doc = "Cornu's C API.", .m_methods = functions, .m_slots = slots};

PyMODINIT_FUNC PyInit__cornu(void);
PyMODINIT_FUNC PyInit__cornu(void) { return PyModuleDef_Init(&definition); }
