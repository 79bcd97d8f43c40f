/* cornu._cornu: Python's door to the public C API, on CPython's stable ABI (3.11 and later). It holds no logic of its own:
 * arrays go in and come out through the buffer protocol without copies, and the interpreter's lock is released while
 * Cornu computes. */
#ifndef CORNU_PYTHON_EXTENSION_H
#define CORNU_PYTHON_EXTENSION_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include "cornu/cornu.h"

/* ---- errors.c ---- */

/* Raises the exception for Cornu's last failure, with its message; returns NULL. */
PyObject *raise_failure(void);
/* None, or the exception of a failure. */
PyObject *none_or_raise(cn_status status);

/* ---- array.c ---- */

/* A Python object's memory as an array. `view` must be released with input_release; `given` is false for None. */
typedef struct input {
    cn_array array;
    Py_buffer view;
    int given;
} input;

/* Arrays for a model's inputs, targets or weights: one, or a tuple of one each, in which None stands for none. */
enum { MOST_ARRAYS = 64 };
typedef struct input_list {
    input items[MOST_ARRAYS];
    const cn_array *arrays[MOST_ARRAYS];
    size_t count; /* 0: None was given */
    int several;  /* it was a tuple */
} input_list;

/* 0, or -1 with an exception and nothing held. */
int input_list_read(input_list *list, PyObject *object, const char *what);
void input_list_release(input_list *list);

/* Fills `in` from a C-contiguous buffer, or from None. 0, or -1 with an exception that begins with `what`. */
int input_read(input *in, PyObject *object, const char *what);
/* The same for a weight, which may be a single number. */
int input_read_weight(input *in, PyObject *object);
void input_release(input *in);
/* NULL for None. */
const cn_array *input_array(const input *in);

/* An Array object that takes over `array`, also on failure. */
PyObject *array_object(cn_array *array);
/* One array of an output, or a list of an array for each; takes them over. */
PyObject *outputs_object(cn_array *outputs, size_t count);
int array_register(PyObject *module);

/* ---- model.c, fit.c ---- */

/* A model, and whether a call of it is running: another thread must not enter. */
typedef struct model_object {
    PyObject ob_base;
    cn_model *model;
    int training; /* inside fit: callbacks of the same thread may call */
    /* custom.c: losses and metrics that are Python functions */
    struct functions *registered;
    PyObject *functions; /* during a call: the object that has them; borrowed */
    PyObject *error[3];  /* the first exception in them: type, value, traceback */
} model_object;

int model_register(PyObject *module);
/* A Model object that takes over `model`; for NULL the exception of the failure. */
PyObject *model_object_of(cn_model *model);
/* The model of a Model object; NULL for another object. */
cn_model *model_of_object(PyObject *object);
PyObject *logs_dict(const cn_logs *logs);

/* A sequence of sizes into `shape`; how many, or -1 with an exception. */
int shape_from_tuple(PyObject *sizes, size_t *shape, int capacity);

/* ---- graph.c ---- */

/* graph(name, [notation or Model], [(layer, [tensor], output, sibling)], [input], [output]): output is 0 but of models with
 * several; sibling is a tensor of the same call, which is not made again, or -1 */
PyObject *graph_model(PyObject *module, PyObject *args);
PyObject *layer_shape(PyObject *module, PyObject *args);

/* ---- custom.c ---- */

/* set_functions([(output, name, target_size)], [(output, name, weighted)]): which losses and metrics are Python functions. */
PyObject *model_set_functions(PyObject *self, PyObject *args);
void functions_free(model_object *model);
/* Around a call that may run them, with the lock held: `functions` has loss(), reset(), update() and result(); None: none. After
 * it, 0, or -1 with the exception that one of them raised. */
void functions_begin(model_object *model, PyObject *functions);
int functions_end(model_object *model);

/* ---- gradients.c ---- */

int gradients_register(PyObject *module);

/* ---- study.c ---- */

int study_register(PyObject *module);

/* ---- draw.c ---- */

/* draw(path, {title: (title, line)}, scale): the drawing of cn_model_to_svg as .png, .pdf or SVG. */
PyObject *model_draw(PyObject *self, PyObject *args);

/* ---- fit.c ---- */

PyObject *model_fit(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *model_evaluate(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *model_predict(PyObject *self, PyObject *args, PyObject *keywords);

#endif
