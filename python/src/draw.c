/* A model's drawing as a file. It goes past the public headers, which have it as SVG alone: the extension is linked with the
 * whole library. */
#include "extension.h"

#include <string.h>

#include "figure/figure.h"
#include "formats/drawing.h"

/* {"dense (Dense)": ("dense", "(None, 10)")}: what stands in the boxes instead. The texts stay with the dict. */
static int rename_boxes(cn__drawing *drawing, cn__drawing_box *boxes, PyObject *texts)
{
    for (size_t i = 0; i < drawing->box_count; i++) {
        boxes[i] = drawing->boxes[i];
        PyObject *key = PyUnicode_FromString(boxes[i].title), *pair = key ? PyDict_GetItem(texts, key) : NULL;
        Py_XDECREF(key);
        if (!key) return -1;
        if (!pair) continue;
        const char *title = PyBytes_AsString(PyTuple_GetItem(pair, 0)),
                   *detail = PyBytes_AsString(PyTuple_GetItem(pair, 1));
        if (!title || !detail) return -1;
        boxes[i].title = title, boxes[i].detail = detail;
    }
    drawing->boxes = boxes;
    return 0;
}

static cn_status write_figure(const cn__drawing *drawing, const char *path, double scale)
{
    const cn__panel panel = {.kind = CN_PANEL_NETWORK, .network = drawing};
    const cn__figure figure = {.panels = &panel, .panel_count = 1};
    const double width = drawing->width - drawing->left + 48;
    const char *dot = strrchr(path, '.');
    if (dot && strcmp(dot, ".png") == 0) return cn__figure_write_png(&figure, width, scale, path);
    if (dot && strcmp(dot, ".pdf") == 0) return cn__figure_write_pdf(&figure, width, path);
    return cn__figure_write_svg(&figure, width, path);
}

PyObject *model_draw(PyObject *self, PyObject *args)
{
    const char *path;
    PyObject *texts;
    double scale;
    if (!PyArg_ParseTuple(args, "sOd", &path, &texts, &scale)) return NULL;
    cn__arena arena = {0};
    cn__drawing drawing;
    cn_status status = cn__drawing_make(((model_object *)self)->model, &arena, &drawing);
    cn__drawing_box *boxes =
        status == CN_OK ? cn__arena_array(&arena, drawing.box_count + 1, sizeof *boxes) : NULL;
    PyObject *result = NULL;
    if (boxes && rename_boxes(&drawing, boxes, texts) == 0)
        result = none_or_raise(write_figure(&drawing, path, scale));
    else if (!PyErr_Occurred()) raise_failure();
    cn__arena_free(&arena);
    return result;
}
