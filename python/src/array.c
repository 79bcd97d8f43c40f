/* Arrays in and out. In: any object with the buffer protocol, in C order, borrowed for the length of the call. Out: an Array,
 * which owns Cornu's memory and lends it by the buffer protocol. */
#include <string.h>

#include "extension.h"

/* ---- in ---- */

/* The type behind a format of Python's struct module; -1 for one that Cornu has not. */
static int dtype_of(const char *format, Py_ssize_t size)
{
    if (!format) return CN_UINT8;
    if (*format == '@' || *format == '=') format++;
    if (!*format || format[1]) return -1;
    switch (*format) {
    case 'f': return CN_FLOAT32;
    case 'd': return CN_FLOAT64;
    case '?': return CN_BOOL;
    case 'B': return CN_UINT8;
    case 'b': return CN_INT8;
    case 'h':
    case 'i':
    case 'l':
    case 'q': return size == 2 ? CN_INT16 : size == 4 ? CN_INT32 : CN_INT64;
    default: return -1;
    }
}

static int fail_buffer(input *in, PyObject *exception, const char *what, const char *problem)
{
    PyErr_Format(exception, "%s: %s", what, problem);
    PyBuffer_Release(&in->view);
    return -1;
}

static int read_of_dimensions(input *in, PyObject *object, const char *what, int least)
{
    memset(in, 0, sizeof *in);
    if (!object || object == Py_None) return 0;
    if (PyObject_GetBuffer(object, &in->view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "%s: expected an array in C order with the buffer protocol, got %R",
                     what, (PyObject *)Py_TYPE(object));
        return -1;
    }
    const int dtype = dtype_of(in->view.format, in->view.itemsize);
    if (dtype < 0)
        return fail_buffer(in, PyExc_TypeError, what,
                           "expected float32, float64, bool, uint8 or signed integers");
    if (in->view.ndim < least || in->view.ndim > CN_MAX_DIMS)
        return fail_buffer(in, PyExc_ValueError, what,
                           least ? "expected an array of 1 to 8 dimensions"
                                 : "expected an array of at most 8 dimensions");
    size_t shape[CN_MAX_DIMS];
    for (int i = 0; i < in->view.ndim; i++) shape[i] = (size_t)in->view.shape[i];
    in->array = cn_array_view((cn_dtype)dtype, in->view.buf, in->view.ndim, shape);
    in->given = 1;
    return 0;
}

int input_read(input *in, PyObject *object, const char *what)
{
    return read_of_dimensions(in, object, what, 1);
}

int input_read_weight(input *in, PyObject *object) { return read_of_dimensions(in, object, "weight", 0); }

void input_release(input *in)
{
    if (in->given) PyBuffer_Release(&in->view);
    in->given = 0;
}

const cn_array *input_array(const input *in) { return in->given ? &in->array : NULL; }

void input_list_release(input_list *list)
{
    for (size_t i = 0; i < list->count; i++) input_release(&list->items[i]);
    list->count = 0;
}

static int read_item(input_list *list, PyObject *object, const char *what)
{
    input *item = &list->items[list->count];
    if (input_read(item, object, what) != 0) return -1;
    list->arrays[list->count++] = input_array(item);
    return 0;
}

int input_list_read(input_list *list, PyObject *object, const char *what)
{
    list->count = 0;
    list->several = object && PyTuple_Check(object);
    if (!object || object == Py_None) return 0;
    if (!list->several) return read_item(list, object, what);
    const Py_ssize_t count = PyTuple_Size(object);
    int status = 0;
    if (count > MOST_ARRAYS) {
        PyErr_Format(PyExc_ValueError, "%s: %zd arrays, expected %d at most", what, count, MOST_ARRAYS);
        status = -1;
    }
    for (Py_ssize_t i = 0; status == 0 && i < count; i++)
        status = read_item(list, PyTuple_GetItem(object, i), what);
    if (status != 0) input_list_release(list);
    return status;
}

/* ---- out ---- */

typedef struct array_instance {
    PyObject ob_base;
    cn_array array;
    Py_ssize_t shape[CN_MAX_DIMS], strides[CN_MAX_DIMS];
} array_instance;

static PyTypeObject *array_type;

static const char *const formats[] = {
    [CN_FLOAT32] = "f", [CN_FLOAT64] = "d", [CN_UINT8] = "B", [CN_INT8] = "b",
    [CN_INT16] = "h",   [CN_INT32] = "i",   [CN_INT64] = "q", [CN_BOOL] = "?",
};

static void array_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    cn_array_free(&((array_instance *)self)->array);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int array_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    (void)flags; /* it is contiguous and writable: whatever is asked for is there */
    array_instance *a = (array_instance *)self;
    const size_t size = cn_dtype_size(a->array.dtype);
    *view = (Py_buffer){.buf = a->array.data,
                        .obj = Py_NewRef(self),
                        .len = (Py_ssize_t)(cn_array_size(&a->array) * size),
                        .itemsize = (Py_ssize_t)size,
                        .ndim = a->array.ndim,
                        .format = (char *)formats[a->array.dtype],
                        .shape = a->shape,
                        .strides = a->strides};
    return 0;
}

PyObject *array_object(cn_array *array)
{
    array_instance *a = PyObject_New(array_instance, array_type);
    if (!a) {
        cn_array_free(array);
        return NULL;
    }
    a->array = *array;
    *array = (cn_array){0};
    Py_ssize_t stride = (Py_ssize_t)cn_dtype_size(a->array.dtype);
    for (int i = a->array.ndim - 1; i >= 0; i--) {
        a->shape[i] = (Py_ssize_t)a->array.shape[i];
        a->strides[i] = stride;
        stride *= a->shape[i];
    }
    return (PyObject *)a;
}

PyObject *outputs_object(cn_array *outputs, size_t count)
{
    if (count == 1) return array_object(&outputs[0]);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; i < count; i++) {
        PyObject *array = array_object(&outputs[i]);
        if (list && (!array || PyList_Append(list, array) != 0)) Py_CLEAR(list);
        Py_XDECREF(array);
    }
    return list;
}

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)"An array of Cornu's; numpy.asarray(array) shares its memory."},
    {Py_tp_dealloc, (void *)array_dealloc},
    {Py_bf_getbuffer, (void *)array_getbuffer},
    {0, NULL}};
static PyType_Spec spec = {.name = "cornu._cornu.Array",
                           .basicsize = sizeof(array_instance),
                           .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                           .slots = slots};

int array_register(PyObject *module)
{
    array_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return array_type ? PyModule_AddType(module, array_type) : -1;
}
