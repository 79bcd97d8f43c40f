/* Training and test part of an array's samples. A permutation addressed by the seed alone mixes them; its last are the test
 * part. The training part is mixed, too: a validation part cut from its end must be like the rest, however the file was
 * sorted. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "data/data.h"

/* The samples order[0], order[1], … order[n - 1]. */
static cn_status pick(const cn_array *a, const uint32_t *order, size_t n, cn_array *out)
{
    size_t shape[CN_MAX_DIMS], each = cn_array_sample_size(a) * cn_dtype_size(a->dtype);
    memcpy(shape, a->shape, sizeof shape);
    shape[0] = n;
    CN_TRY(cn_array_new(out, a->dtype, a->ndim, shape));
    for (size_t i = 0; each && i < n; i++)
        memcpy((char *)out->data + i * each, (const char *)a->data + order[i] * each, each);
    return CN_OK;
}

static cn_status check(const cn_array *x, const cn_array *y, double share)
{
    if (x->ndim < 1 || y->ndim < 1 || x->shape[0] != y->shape[0])
        return cn__fail(CN_ERROR_SHAPE, "x has %zu samples, y has %zu; expected the same number",
                        x->ndim < 1 ? 0 : x->shape[0], y->ndim < 1 ? 0 : y->shape[0]);
    if (!(share > 0 && share < 1))
        return cn__fail(CN_ERROR_ARGUMENT, "a test part of %g; expected a share between 0 and 1, such as 0.2",
                        share);
    if (x->shape[0] > UINT32_MAX)
        return cn__fail(CN_ERROR_DATA, "%zu samples, at most %u can be drawn from", x->shape[0], UINT32_MAX);
    return CN_OK;
}

cn_status cn_data_split(const cn_array *x, const cn_array *y, double share, uint64_t seed, cn_array *train_x,
                        cn_array *train_y, cn_array *test_x, cn_array *test_y)
{
    cn_array *out[4] = {train_x, train_y, test_x, test_y};
    for (int i = 0; i < 4; i++) *out[i] = (cn_array){0};
    CN_TRY(check(x, y, share));
    size_t n = x->shape[0], test = (size_t)floor((double)n * share + 0.5);
    if (test == 0 || test >= n)
        return cn__fail(CN_ERROR_DATA, "a share of %g of %zu sample%s leaves one part empty", share, n,
                        n == 1 ? "" : "s");
    uint32_t *order = cn__malloc(n * sizeof *order);
    if (!order) return CN_ERROR_MEMORY;
    cn__stream stream = cn__random_stream(seed, CN_RANDOM_DATA, 0, 0);
    cn__random_permutation(&stream, order, (uint32_t)n);
    cn_status status = CN_OK;
    for (int i = 0; status == CN_OK && i < 4; i++)
        status = pick(i % 2 ? y : x, i < 2 ? order : order + n - test, i < 2 ? n - test : test, out[i]);
    cn__free(order);
    for (int i = 0; status != CN_OK && i < 4; i++) cn_array_free(out[i]);
    return status;
}
