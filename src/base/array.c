/* Arrays of eight element types. A table says for each type its size, its name, and how its elements
 * are read; numbers become float32 in one rounding, as numpy's astype does. */
#include "cornu/array.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/text/text.h"

enum { SHAPE_TEXT = 256 }; /* room for CN_MAX_DIMS numbers of 20 digits */

/* at_TYPE: element i as a double. to_float32_TYPE: n elements, each divided by d in float32. range_TYPE: the first element
 * that is a number, then widened to all; NaN is left out, since it compares false. */
#define DEFINE_READERS(name, type)                                                                           \
    static double at_##name(const void *data, size_t i) { return (double)((const type *)data)[i]; }          \
    static void to_float32_##name(float *out, const void *data, size_t n, float d)                           \
    {                                                                                                        \
        const type *in = data;                                                                               \
        for (size_t i = 0; i < n; i++) out[i] = (float)in[i] / d;                                            \
    }                                                                                                        \
    static void range_##name(const void *data, size_t n, double *low, double *high)                          \
    {                                                                                                        \
        const type *in = data;                                                                               \
        size_t i = 0;                                                                                        \
        while (i < n && !(in[i] >= in[i])) i++;                                                              \
        if (i == n) return;                                                                                  \
        type least = in[i], most = in[i];                                                                    \
        for (; i < n; i++) {                                                                                 \
            least = in[i] < least ? in[i] : least;                                                           \
            most = in[i] > most ? in[i] : most;                                                              \
        }                                                                                                    \
        *low = (double)least, *high = (double)most;                                                          \
    }

DEFINE_READERS(float32, float)
DEFINE_READERS(float64, double)
DEFINE_READERS(uint8, uint8_t)
DEFINE_READERS(int8, int8_t)
DEFINE_READERS(int16, int16_t)
DEFINE_READERS(int32, int32_t)
DEFINE_READERS(int64, int64_t)

/* A bool is one byte of a file: any but 0 is true. */
static double at_bool(const void *data, size_t i) { return ((const uint8_t *)data)[i] != 0; }

static void to_float32_bool(float *out, const void *data, size_t n, float d)
{
    const uint8_t *in = data;
    for (size_t i = 0; i < n; i++) out[i] = (float)(in[i] != 0) / d;
}

static void range_bool(const void *data, size_t n, double *low, double *high)
{
    for (size_t i = 0; i < n; i++) {
        double v = at_bool(data, i);
        *low = v < *low ? v : *low;
        *high = v > *high ? v : *high;
    }
}

typedef struct dtype_entry {
    const char *name;
    size_t size;
    double (*at)(const void *data, size_t i);
    void (*to_float32)(float *out, const void *data, size_t n, float divide_by);
    void (*range)(const void *data, size_t n, double *low, double *high);
} dtype_entry;

static const dtype_entry dtypes[] = {
    [CN_FLOAT32] = {"float32", 4, at_float32, to_float32_float32, range_float32},
    [CN_FLOAT64] = {"float64", 8, at_float64, to_float32_float64, range_float64},
    [CN_UINT8] = {"uint8", 1, at_uint8, to_float32_uint8, range_uint8},
    [CN_INT8] = {"int8", 1, at_int8, to_float32_int8, range_int8},
    [CN_INT16] = {"int16", 2, at_int16, to_float32_int16, range_int16},
    [CN_INT32] = {"int32", 4, at_int32, to_float32_int32, range_int32},
    [CN_INT64] = {"int64", 8, at_int64, to_float32_int64, range_int64},
    [CN_BOOL] = {"bool", 1, at_bool, to_float32_bool, range_bool},
};

/* NULL for a number that is no cn_dtype. */
static const dtype_entry *find_dtype(cn_dtype dtype)
{
    size_t i = (size_t)dtype;
    return i < sizeof dtypes / sizeof *dtypes ? &dtypes[i] : NULL;
}

size_t cn_dtype_size(cn_dtype dtype)
{
    const dtype_entry *entry = find_dtype(dtype);
    return entry ? entry->size : 0;
}

const char *cn_dtype_name(cn_dtype dtype)
{
    const dtype_entry *entry = find_dtype(dtype);
    return entry ? entry->name : "unknown";
}

static char *shape_text(int ndim, const size_t *shape, char *buffer, size_t size)
{
    size_t used = 0;
    if (size) buffer[0] = '\0';
    for (int i = 0; i <= ndim && used < size; i++) {
        int n = i < ndim ? cn__format(buffer + used, size - used, i ? ", %zu" : "(%zu", shape[i])
                         : cn__format(buffer + used, size - used,
                                      ndim == 0   ? "()"
                                      : ndim == 1 ? ",)"
                                                  : ")");
        if (n < 0) break;
        used += (size_t)n;
    }
    return buffer;
}

char *cn_array_shape_text(const cn_array *a, char *buffer, size_t size)
{
    return shape_text(a->ndim, a->shape, buffer, size);
}

static cn_status check_dims(int ndim, const size_t *shape)
{
    if (ndim < 0 || ndim > CN_MAX_DIMS)
        return cn__fail(CN_ERROR_SHAPE, "an array has 0 to %d dimensions, not %d", CN_MAX_DIMS, ndim);
    if (ndim && !shape) return cn__fail(CN_ERROR_ARGUMENT, "an array of %d dimensions needs a shape", ndim);
    return CN_OK;
}

/* The product of the dimensions and of `size`; false when it is no number of bytes. */
static bool shape_product(size_t size, int ndim, const size_t *shape, size_t *out)
{
    size_t product = size;
    bool empty = false;
    for (int i = 0; i < ndim; i++) empty |= shape[i] == 0; /* a 0 behind large numbers overflows nothing */
    for (int i = 0; i < ndim && !empty; i++)
        if (__builtin_mul_overflow(product, shape[i], &product)) return false;
    *out = empty ? 0 : product;
    return *out <= PTRDIFF_MAX;
}

static cn_array describe(cn_dtype dtype, void *data, int ndim, const size_t *shape, bool owned)
{
    cn_array a = {.dtype = dtype, .ndim = ndim, .data = data, .owned = owned};
    for (int i = 0; i < ndim && i < CN_MAX_DIMS; i++) a.shape[i] = shape[i];
    return a;
}

cn_status cn_array_new(cn_array *out, cn_dtype dtype, int ndim, const size_t *shape)
{
    char text[SHAPE_TEXT];
    size_t bytes;
    *out = (cn_array){0};
    if (!find_dtype(dtype))
        return cn__fail(CN_ERROR_ARGUMENT, "%d is no element type (cn_dtype)", (int)dtype);
    CN_TRY(check_dims(ndim, shape));
    if (!shape_product(cn_dtype_size(dtype), ndim, shape, &bytes))
        return cn__fail(CN_ERROR_SHAPE, "an array of shape %s has more elements than memory has addresses",
                        shape_text(ndim, shape, text, sizeof text));
    void *data = cn__calloc(bytes, 1);
    if (!data) return cn__fail_in("array of shape %s", shape_text(ndim, shape, text, sizeof text));
    *out = describe(dtype, data, ndim, shape, true);
    return CN_OK;
}

/* The struct of a view holds a plain pointer, as an owner's does, but nothing writes through it here. */
cn_array cn_array_view(cn_dtype dtype, const void *data, int ndim, const size_t *shape)
{
    return describe(dtype, (void *)(uintptr_t)data, ndim, shape, false);
}

cn_array cn_array_slice(const cn_array *a, size_t first, size_t count)
{
    cn_array slice = *a;
    slice.owned = false;
    if (a->ndim == 0) return slice;
    slice.shape[0] = count;
    if (a->data) slice.data = (char *)a->data + first * cn_array_sample_size(a) * cn_dtype_size(a->dtype);
    return slice;
}

cn_array cn_array_divided(const cn_array *a, float divide_by)
{
    cn_array view = *a;
    view.owned = false;
    view.divide_by = divide_by;
    return view;
}

void cn_array_free(cn_array *a)
{
    if (!a || !a->owned) return;
    cn__free(a->data);
    *a = (cn_array){0};
}

static size_t product_from(const cn_array *a, int first)
{
    size_t product = 1;
    for (int i = first; i < a->ndim; i++) product *= a->shape[i];
    return product;
}

/* An array of no dimensions holds one number, an empty struct none. */
size_t cn_array_size(const cn_array *a) { return a->ndim || a->data ? product_from(a, 0) : 0; }

size_t cn_array_sample_size(const cn_array *a) { return product_from(a, 1); }

static bool is_divided(const cn_array *a) { return a->dtype == CN_UINT8 && a->divide_by != 0; }

static double divided(const cn_array *a, double value)
{
    return is_divided(a) && isfinite(value) ? (double)((float)value / a->divide_by) : value;
}

double cn_array_at(const cn_array *a, size_t i)
{
    const dtype_entry *entry = find_dtype(a->dtype);
    return entry ? divided(a, entry->at(a->data, i)) : (double)NAN;
}

void cn_array_range(const cn_array *a, double *low, double *high)
{
    const dtype_entry *entry = find_dtype(a->dtype);
    *low = (double)INFINITY, *high = (double)-INFINITY;
    if (a->data && entry) entry->range(a->data, cn_array_size(a), low, high);
    *low = divided(a, *low), *high = divided(a, *high);
}

static void fill_float32(float *out, const cn_array *a, float divide_by)
{
    const size_t n = cn_array_size(a);
    find_dtype(a->dtype)->to_float32(out, a->data, n, is_divided(a) ? a->divide_by : divide_by);
    for (size_t i = 0; i < n && is_divided(a) && divide_by != 1; i++) out[i] /= divide_by;
}

cn_status cn_array_to_float32(cn_array *out, const cn_array *a, float divide_by)
{
    cn_array result, in = *a; /* `out` may be the struct that `a` is */
    *out = (cn_array){0};
    if (!find_dtype(in.dtype))
        return cn__fail(CN_ERROR_ARGUMENT, "%d is no element type (cn_dtype)", (int)in.dtype);
    if (!isfinite(divide_by) || divide_by == 0)
        return cn__fail(CN_ERROR_ARGUMENT, "divide_by is %g; it must be a finite number other than 0",
                        (double)divide_by);
    CN_TRY(cn_array_new(&result, CN_FLOAT32, in.ndim, in.shape));
    fill_float32(result.data, &in, divide_by);
    *out = result;
    return CN_OK;
}

cn_status cn_array_reshape(cn_array *a, int ndim, const size_t *shape)
{
    char from[SHAPE_TEXT], to[SHAPE_TEXT];
    size_t size;
    CN_TRY(check_dims(ndim, shape));
    if (!shape_product(1, ndim, shape, &size) || size != cn_array_size(a))
        return cn__fail(CN_ERROR_SHAPE, "an array of shape %s (%zu elements) cannot take the shape %s",
                        cn_array_shape_text(a, from, sizeof from), cn_array_size(a),
                        shape_text(ndim, shape, to, sizeof to));
    const float divide_by = a->divide_by;
    *a = describe(a->dtype, a->data, ndim, shape, a->owned);
    a->divide_by = divide_by;
    return CN_OK;
}

static cn_status check_label(double label, size_t sample)
{
    if (label != floor(label) || isinf(label)) /* NaN equals nothing */
        return cn__fail(CN_ERROR_DATA, "label of sample %zu is %g; labels are whole numbers from 0", sample,
                        label);
    if (label < 0)
        return cn__fail(CN_ERROR_DATA, "label of sample %zu is %.0f; labels start at 0", sample, label);
    if (label >= 0x1p53)
        return cn__fail(CN_ERROR_DATA, "label of sample %zu is %g, too large for a class", sample, label);
    return CN_OK;
}

/* Checks every label; `largest` is that of all. */
static cn_status check_labels(const cn_array *labels, size_t n, size_t classes, size_t *largest)
{
    *largest = 0;
    for (size_t i = 0; i < n; i++) {
        double label = cn_array_at(labels, i);
        CN_TRY(check_label(label, i));
        size_t class = (size_t)label;
        if (classes && class >= classes)
            return cn__fail(CN_ERROR_DATA, "label of sample %zu is %zu; %zu classes have labels 0 to %zu", i,
                            class, classes, classes - 1);
        if (class > *largest) *largest = class;
    }
    return CN_OK;
}

cn_status cn_array_one_hot(cn_array *out, const cn_array *labels, size_t classes)
{
    char text[SHAPE_TEXT];
    cn_array result, in = *labels; /* `out` may be the struct that `labels` is */
    size_t n = cn_array_size(&in), largest;
    *out = (cn_array){0};
    if (in.ndim < 1 || in.ndim > 2 || (in.ndim == 2 && in.shape[1] != 1))
        return cn__fail(CN_ERROR_SHAPE, "labels have the shape %s; one-hot takes (n,) or (n, 1)",
                        cn_array_shape_text(&in, text, sizeof text));
    if (!n && !classes) return cn__fail(CN_ERROR_DATA, "no labels to find the number of classes in");
    CN_TRY(check_labels(&in, n, classes, &largest));
    if (!classes) classes = largest + 1;
    CN_TRY(cn_array_new(&result, CN_FLOAT32, 2, (size_t[]){n, classes}));
    float *rows = result.data;
    for (size_t i = 0; i < n; i++) rows[i * classes + (size_t)cn_array_at(&in, i)] = 1;
    *out = result;
    return CN_OK;
}
