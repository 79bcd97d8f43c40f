#include "cli/commands/data_json.h"

#include <math.h>

#include "cli/output/report.h"

static json_t *array_of(const char *name, const cn_array *a)
{
    const size_t n = cn_array_size(a);
    double sum = 0, lowest = HUGE_VAL, highest = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        const double v = cn_array_at(a, i);
        lowest = fmin(lowest, v), highest = fmax(highest, v);
        sum += v;
    }
    json_t *object = json_object();
    cn__json_set(object, "name", json_string(name));
    cn__json_set(object, "shape", cn__report_shape(a->shape, a->ndim));
    cn__json_set(object, "type", json_string(cn_dtype_name(a->dtype)));
    cn__json_set(object, "min", cn__report_number(lowest));
    cn__json_set(object, "max", cn__report_number(highest));
    cn__json_set(object, "mean", cn__report_number(n ? sum / (double)n : (double)NAN));
    return object;
}

static json_t *counts_of(const cn_dataset *d, const cn_array *y)
{
    json_t *object = json_object();
    for (size_t c = 0; c < d->classes; c++) {
        json_int_t count = 0;
        for (size_t i = 0; i < cn_array_size(y); i++) count += cn_array_at(y, i) == (double)c;
        cn__json_set(object, d->class_names[c], json_integer(count));
    }
    return object;
}

cn_status cn__data_json_set(const char *path, const cn_dataset *d)
{
    cn__json_begin();
    json_t *root = json_object(), *arrays = json_array();
    cn__json_append(arrays, array_of("train_x", &d->train_x));
    cn__json_append(arrays, array_of("train_y", &d->train_y));
    cn__json_append(arrays, array_of("test_x", &d->test_x));
    cn__json_append(arrays, array_of("test_y", &d->test_y));
    cn__json_set(root, "name", json_string(d->name));
    cn__json_set(root, "source", json_string(d->source));
    cn__json_set(root, "arrays", arrays);
    cn__json_set(root, "train_classes", counts_of(d, &d->train_y));
    cn__json_set(root, "test_classes", counts_of(d, &d->test_y));
    return cn__report_write(path, root);
}

cn_status cn__data_json_arrays(const char *path, const char *file, const char *const *names,
                               const cn_array *arrays, size_t count)
{
    cn__json_begin();
    json_t *root = json_object(), *list = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(list, array_of(names[i], &arrays[i]));
    cn__json_set(root, "file", json_string(file));
    cn__json_set(root, "arrays", list);
    return cn__report_write(path, root);
}

static void add_numbers(json_t *object, const cn_table *t, size_t k)
{
    double sum = 0, lowest = HUGE_VAL, highest = -HUGE_VAL;
    size_t n = 0;
    for (size_t i = 0; i < cn_table_rows(t); i++) {
        const double v = cn_table_number(t, i, k);
        if (isnan(v)) continue;
        lowest = fmin(lowest, v), highest = fmax(highest, v);
        sum += v, n++;
    }
    cn__json_set(object, "min", cn__report_number(lowest));
    cn__json_set(object, "max", cn__report_number(highest));
    cn__json_set(object, "mean", cn__report_number(n ? sum / (double)n : (double)NAN));
}

static json_t *column_of(const cn_table *t, size_t k)
{
    json_t *object = json_object();
    const bool number = cn_table_kind(t, k) == CN_COLUMN_NUMBER;
    cn__json_set(object, "name", json_string(cn_table_name(t, k)));
    cn__json_set(object, "type", json_string(number ? "number" : "category"));
    cn__json_set(object, "missing", json_integer((json_int_t)cn_table_missing(t, k)));
    if (number) {
        add_numbers(object, t, k);
        return object;
    }
    json_t *words = json_array();
    for (size_t i = 0; i < cn_table_category_count(t, k); i++)
        cn__json_append(words, json_string(cn_table_category(t, k, i)));
    cn__json_set(object, "categories", words);
    return object;
}

cn_status cn__data_json_table(const char *path, const char *file, const cn_table *t)
{
    cn__json_begin();
    json_t *root = json_object(), *columns = json_array();
    for (size_t k = 0; k < cn_table_columns(t); k++) cn__json_append(columns, column_of(t, k));
    cn__json_set(root, "file", json_string(file));
    cn__json_set(root, "rows", json_integer((json_int_t)cn_table_rows(t)));
    cn__json_set(root, "columns", columns);
    return cn__report_write(path, root);
}
