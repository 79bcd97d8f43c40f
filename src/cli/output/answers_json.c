/* Predictions as JSON. */
#include "cli/output/answers.h"
#include "cli/output/report.h"
#include "data/files/json.h"

/* The values of an array from `at` on, nested by its axes from `axis` on. */
static json_t *nested(const cn_array *a, int axis, size_t *at)
{
    if (axis == a->ndim) return cn__report_number(cn_array_at(a, (*at)++));
    json_t *list = json_array();
    for (size_t i = 0; i < a->shape[axis]; i++) cn__json_append(list, nested(a, axis + 1, at));
    return list;
}

/* As many classes as there are outputs, or two for one output. */
static size_t class_count(const cn__answers *a)
{
    const size_t classes = a->preparation ? cn_preparation_classes(a->preparation) : 0,
                 outputs = cn_array_sample_size(a->rows);
    return classes == outputs || (classes == 2 && outputs == 1) ? classes : 0;
}

static void add_classes(const cn__answers *a, json_t *object, size_t row, size_t classes)
{
    const size_t outputs = cn_array_sample_size(a->rows);
    json_t *all = json_object();
    size_t best = 0;
    double highest = -1;
    for (size_t k = 0; k < classes; k++) {
        const double one = cn_array_at(a->rows, outputs == 1 ? row : row * outputs + k),
                     p = outputs > 1 || k ? one : 1 - one;
        if (p > highest) highest = p, best = k;
        cn__json_set(all, cn_preparation_class(a->preparation, k), cn__report_number(p));
    }
    cn__json_set(object, "prediction", json_string(cn_preparation_class(a->preparation, best)));
    cn__json_set(object, "probabilities", all);
}

static json_t *row_of(const cn__answers *a, size_t row, size_t *at)
{
    json_t *object = json_object();
    const size_t classes = class_count(a),
                 targets = a->preparation ? cn_preparation_targets(a->preparation) : 0;
    if (a->files) cn__json_set(object, "file", json_string(a->files[row]));
    if (a->lines) cn__json_set(object, "line", json_integer((json_int_t)a->lines[row]));
    if (classes) {
        add_classes(a, object, row, classes);
    } else if (targets && targets == cn_array_sample_size(a->rows)) {
        json_t *all = json_object();
        for (size_t k = 0; k < targets; k++)
            cn__json_set(all, cn_preparation_target(a->preparation, k),
                         cn__report_number(cn_array_at(a->rows, row * targets + k)));
        cn__json_set(object, "prediction", all);
    } else {
        cn__json_set(object, "prediction", nested(a->rows, 1, at));
    }
    return object;
}

cn_status cn__answers_json(const cn__answers *a, const char *path)
{
    cn__json_begin();
    json_t *root = json_object(), *list = json_array();
    size_t at = 0;
    for (size_t row = 0; row < a->rows->shape[0]; row++) cn__json_append(list, row_of(a, row, &at));
    cn__json_set(root, "predictions", list);
    return cn__report_write(path, root);
}

cn_status cn__answers_json_outputs(const char *const *names, const cn_array *rows, size_t count,
                                   const char *path)
{
    cn__json_begin();
    json_t *root = json_object(), *outputs = json_object();
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        cn__json_set(outputs, names[i], nested(&rows[i], 0, &at));
    }
    cn__json_set(root, "outputs", outputs);
    return cn__report_write(path, root);
}
