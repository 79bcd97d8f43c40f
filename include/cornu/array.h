/* An n-dimensional array in C order: what data goes in and predictions come out as. */
#ifndef CORNU_ARRAY_H
#define CORNU_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CN_MAX_DIMS 8

typedef enum cn_dtype {
    CN_FLOAT32 = 0,
    CN_FLOAT64,
    CN_UINT8,
    CN_INT8,
    CN_INT16,
    CN_INT32,
    CN_INT64,
    CN_BOOL
} cn_dtype;

/* A plain value: copy it freely, but free it once. `data` belongs to the array when `owned`; a view
 * (cn_array_view, cn_array_slice) borrows it, and what it borrows from must live longer. */
typedef struct cn_array {
    cn_dtype dtype;
    int ndim;
    size_t shape[CN_MAX_DIMS]; /* shape[0] is the number of samples */
    void *data;
    bool owned;
    float
        divide_by; /* of CN_UINT8: an element v stands for v / divide_by, computed in float32; 0: for v itself */
} cn_array;

/* Allocates a zeroed array of `shape` (ndim numbers). */
CN_API CN_CHECK cn_status cn_array_new(cn_array *out, cn_dtype dtype, int ndim, const size_t *shape);

/* Borrows memory of the caller: cn_array_view(CN_FLOAT32, pixels, 2, (size_t[]){n, 784}). */
CN_API cn_array cn_array_view(cn_dtype dtype, const void *data, int ndim, const size_t *shape);

/* Borrows samples first … first+count-1 of `a`. The caller checks the bounds. */
CN_API cn_array cn_array_slice(const cn_array *a, size_t first, size_t count);

/* Borrows `a`, of CN_UINT8, as the numbers value / divide_by: those of cn_array_to_float32 in a quarter of its memory. What
 * trains, evaluates or predicts takes it as it is. */
CN_API cn_array cn_array_divided(const cn_array *a, float divide_by);

/* Frees an owned array's memory and empties it; nothing for a view or an empty array. */
CN_API void cn_array_free(cn_array *a);

/* Number of elements, and of elements a sample (the product of shape[1…]). */
CN_API size_t cn_array_size(const cn_array *a);
CN_API size_t cn_array_sample_size(const cn_array *a);

/* Bytes an element takes, and numpy's word for the type ("float32"). */
CN_API size_t cn_dtype_size(cn_dtype dtype);
CN_API const char *cn_dtype_name(cn_dtype dtype);

/* Element i, counted in C order, as a double; divided where the array says so. */
CN_API double cn_array_at(const cn_array *a, size_t i);

/* The least and the greatest element, NaN left out; +infinity and -infinity when there is none. */
CN_API void cn_array_range(const cn_array *a, double *low, double *high);

/* A new float32 array of the same shape holding value / divide_by, computed in float32 as numpy
 * does: x.astype("float32") / 255 is cn_array_to_float32(&out, &x, 255). */
CN_API CN_CHECK cn_status cn_array_to_float32(cn_array *out, const cn_array *a, float divide_by);

/* Gives `a` another shape with the same number of elements, in place. */
CN_API CN_CHECK cn_status cn_array_reshape(cn_array *a, int ndim, const size_t *shape);

/* Labels (n) or (n, 1) to one-hot float32 (n, classes); classes 0 takes the largest label + 1. */
CN_API CN_CHECK cn_status cn_array_one_hot(cn_array *out, const cn_array *labels, size_t classes);

/* "(60000, 28, 28)" into buffer; returns buffer. */
CN_API char *cn_array_shape_text(const cn_array *a, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif
#endif
