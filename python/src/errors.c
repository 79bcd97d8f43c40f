/* Cornu's failures as exceptions of the types that Keras raises. */
#include "extension.h"

static PyObject *exception_of(cn_status status)
{
    switch (status) {
    case CN_ERROR_FILE:
    case CN_ERROR_NETWORK: return PyExc_OSError;
    case CN_ERROR_MEMORY: return PyExc_MemoryError;
    case CN_ERROR_NUMERIC: return PyExc_FloatingPointError;
    default: return PyExc_ValueError;
    }
}

PyObject *raise_failure(void)
{
    if (!PyErr_Occurred()) PyErr_SetString(exception_of(cn_error_status()), cn_error());
    return NULL;
}

PyObject *none_or_raise(cn_status status)
{
    if (status != CN_OK) return raise_failure();
    Py_RETURN_NONE;
}
