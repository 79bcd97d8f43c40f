/* Training and test part of an array's samples. A permutation addressed by the seed alone mixes them; its last are the test
 * part. The training part is mixed, too: a validation part cut from its end must be like the rest, however the file was
 * sorted. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "data/data.h"

cn_status cn__pick_samples(const cn_array *a, const uint32_t *order, size_t n, cn_array *out)
{
    size_t shape[CN_MAX_DIMS], each = cn_array_sample_size(a) * cn_dtype_size(a->dtype);
    memcpy(shape, a->shape, sizeof shape);
    shape[0] = n;
    CN_TRY(cn_array_new(out, a->dtype, a->ndim, shape));
    out->divide_by = a->divide_by;
    for (size_t i = 0; each && i < n; i++) {
        assert(order[i] < a->shape[0]);
        memcpy((char *)out->data + i * each, (const char *)a->data + order[i] * each, each);
    }
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

/* ---- which rows ---------------------------------------------------------------------------------------------------------- */

static size_t round_share(size_t n, double share) { return (size_t)floor((double)n * share + 0.5); }

static cn_status permute(uint32_t *rows, size_t n, uint64_t seed, uint32_t index)
{
    uint32_t *order = cn__malloc((2 * n + 1) * sizeof *order), *copy = order ? order + n : NULL;
    if (!order) return CN_ERROR_MEMORY;
    cn__stream stream = cn__random_stream(seed, CN_RANDOM_DATA, index, 0);
    cn__random_permutation(&stream, order, (uint32_t)n);
    if (n) memcpy(copy, rows, n * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        assert(order[i] < n);
        rows[i] = copy[order[i]];
    }
    cn__free(order);
    return CN_OK;
}

/* Rows whose `test` is set behind the others, both in the order in which they are. */
static cn_status part(uint32_t *rows, const bool *test, size_t n, size_t *count)
{
    uint32_t *copy = cn__malloc((n + 1) * sizeof *copy);
    size_t at = 0;
    if (!copy) return CN_ERROR_MEMORY;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            if (test[rows[i]] == (pass == 1)) copy[at++] = rows[i], *count += pass == 1;
    assert(at == n);
    if (n) memcpy(rows, copy, n * sizeof *copy);
    cn__free(copy);
    return CN_OK;
}

/* Of each class its share. Rows are mixed; the last ones of a class are the test part's. */
static void mark_strata(const cn__row_split *s, const uint32_t *rows, size_t n, size_t *counts, bool *test)
{
    for (size_t i = 0; i < n; i++) counts[s->codes[rows[i]]]++;
    for (size_t c = 0; c < s->code_count; c++) counts[c] = round_share(counts[c], s->share);
    for (size_t i = n; i-- > 0;) {
        size_t *left = &counts[s->codes[rows[i]]];
        test[rows[i]] = *left > 0;
        *left -= *left > 0;
    }
}

/* Whole groups, in the order in which the mixed rows name them from the end, until the share is there. */
static void mark_groups(const cn__row_split *s, const uint32_t *rows, size_t n, size_t *counts, bool *test)
{
    size_t wanted = round_share(n, s->share), have = 0;
    bool *chosen = test + s->row_count;
    for (size_t i = 0; i < n; i++) counts[s->codes[rows[i]]]++;
    for (size_t i = n; i-- > 0 && have < wanted;) {
        uint32_t group = s->codes[rows[i]];
        if (!chosen[group]) have += counts[group];
        chosen[group] = true;
    }
    for (size_t i = 0; i < n; i++) test[rows[i]] = chosen[s->codes[rows[i]]];
}

static cn_status mark_and_part(const cn__row_split *s, uint32_t *rows, size_t n, size_t *test)
{
    size_t *counts = cn__calloc(s->code_count + 1, sizeof *counts);
    bool *marks = cn__calloc(s->row_count + s->code_count + 1, sizeof *marks);
    cn_status status = counts && marks ? CN_OK : CN_ERROR_MEMORY;
    if (status == CN_OK) {
        (s->groups ? mark_groups : mark_strata)(s, rows, n, counts, marks);
        status = part(rows, marks, n, test);
    }
    cn__free(counts);
    cn__free(marks);
    return status;
}

cn_status cn__split_rows(const cn__row_split *s, uint32_t *rows, size_t n, size_t *test)
{
    *test = 0;
    if (!(s->share > 0 && s->share < 1))
        return cn__fail(CN_ERROR_ARGUMENT, "a test part of %g; expected a share between 0 and 1, such as 0.2",
                        s->share);
    if (!s->ordered) CN_TRY(permute(rows, n, s->seed, 0));
    if (s->codes) CN_TRY(mark_and_part(s, rows, n, test));
    else *test = round_share(n, s->share);
    if (*test > 0 && *test < n) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "a share of %g of %zu sample%s leaves one part empty", s->share, n,
                    n == 1 ? "" : "s");
}

/* ---- folds ----------------------------------------------------------------------------------------------------------------- */

/* By class, in the order in which they are: then every folds-th sample gives each fold its share of each class. */
static void order_by_code(const cn__fold *f, const uint32_t *mixed, uint32_t *out, size_t n)
{
    size_t at = 0;
    for (size_t code = 0; code < f->code_count; code++)
        for (size_t i = 0; i < n; i++)
            if (f->codes[mixed[i]] == code) out[at++] = mixed[i];
}

cn_status cn__fold_samples(const cn__fold *f, uint32_t *samples, size_t n, size_t *test)
{
    size_t at = 0;
    *test = 0;
    if (f->folds < 2 || f->folds > n || f->fold >= f->folds)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "fold %zu of %zu folds of %zu samples; expected 2 folds to as many as there are "
                        "samples",
                        f->fold, f->folds, n);
    uint32_t *mixed = cn__malloc((2 * n + 1) * sizeof *mixed), *order = mixed ? mixed + n : NULL;
    if (!mixed) return CN_ERROR_MEMORY;
    cn__stream stream = cn__random_stream(f->seed, CN_RANDOM_DATA, 1 + (uint32_t)f->repeat, 0);
    cn__random_permutation(&stream, mixed, (uint32_t)n);
    if (f->codes) order_by_code(f, mixed, order, n);
    else memcpy(order, mixed, n * sizeof *order);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            if ((i % f->folds == f->fold) == (pass == 1)) samples[at++] = order[i], *test += pass == 1;
    cn__free(mixed);
    return CN_OK;
}

/* ---- arrays ---------------------------------------------------------------------------------------------------------------- */

/* Labels as numbers from 0. */
static cn_status read_labels(const cn_array *y, size_t *code_count, uint32_t **codes)
{
    size_t n = y->shape[0], each = cn_array_sample_size(y);
    *codes = cn__malloc((n + 1) * sizeof **codes);
    if (!*codes) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double best = 0;
        for (size_t k = 1; k < each; k++)
            if (cn_array_at(y, i * each + k) > cn_array_at(y, i * each + (size_t)best)) best = (double)k;
        double v = each > 1 ? best : cn_array_at(y, i);
        if (!(v >= 0 && v < 1e6 && v == floor(v)))
            return cn__fail(CN_ERROR_DATA,
                            "stratify: the target of sample %zu is %g; expected classes, from 0", i, v);
        (*codes)[i] = (uint32_t)v;
        if ((size_t)v + 1 > *code_count) *code_count = (size_t)v + 1;
    }
    return CN_OK;
}

/* x and y of the training part, then of the test part, which is the last `test` of the order; none after a failure. */
static cn_status pick_parts(const cn_array *x, const cn_array *y, const uint32_t *order, size_t n,
                            size_t test, cn_array *const out[4])
{
    cn_status status = CN_OK;
    for (int i = 0; status == CN_OK && i < 4; i++)
        status = cn__pick_samples(i % 2 ? y : x, i < 2 ? order : order + n - test, i < 2 ? n - test : test,
                                  out[i]);
    for (int i = 0; status != CN_OK && i < 4; i++) cn_array_free(out[i]);
    return status;
}

cn_status cn_data_split_with(const cn_array *x, const cn_array *y, const cn_split_options *o,
                             cn_array *train_x, cn_array *train_y, cn_array *test_x, cn_array *test_y)
{
    cn_array *out[4] = {train_x, train_y, test_x, test_y};
    for (int i = 0; i < 4; i++) *out[i] = (cn_array){0};
    CN_TRY(check(x, y, o->test_split));
    size_t n = x->shape[0], test = 0;
    cn__row_split s = {.share = o->test_split, .seed = o->seed, .ordered = o->ordered, .row_count = n};
    uint32_t *order = cn__malloc((n + 1) * sizeof *order), *codes = NULL;
    if (!order) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    cn_status status = o->stratify ? read_labels(o->stratify, &s.code_count, &codes) : CN_OK;
    s.codes = codes;
    if (status == CN_OK) status = cn__split_rows(&s, order, n, &test);
    if (status == CN_OK) status = pick_parts(x, y, order, n, test, out);
    cn__free(order);
    cn__free(codes);
    return status;
}

cn_status cn_data_split(const cn_array *x, const cn_array *y, double fraction, uint64_t seed,
                        cn_array *train_x, cn_array *train_y, cn_array *test_x, cn_array *test_y)
{
    return cn_data_split_with(x, y, &(cn_split_options){.test_split = fraction, .seed = seed}, train_x,
                              train_y, test_x, test_y);
}

cn_status cn_data_fold(const cn_array *x, const cn_array *y, const cn_fold_options *o, cn_array *train_x,
                       cn_array *train_y, cn_array *test_x, cn_array *test_y)
{
    cn_array *out[4] = {train_x, train_y, test_x, test_y};
    for (int i = 0; i < 4; i++) *out[i] = (cn_array){0};
    CN_TRY(check(x, y, 0.5));
    size_t n = x->shape[0], test = 0;
    cn__fold f = {.folds = o->folds, .fold = o->fold, .repeat = o->repeat, .seed = o->seed};
    uint32_t *order = cn__malloc((n + 1) * sizeof *order), *codes = NULL;
    if (!order) return CN_ERROR_MEMORY;
    cn_status status = o->stratify ? read_labels(o->stratify, &f.code_count, &codes) : CN_OK;
    f.codes = codes;
    if (status == CN_OK) status = cn__fold_samples(&f, order, n, &test);
    if (status == CN_OK) status = pick_parts(x, y, order, n, test, out);
    cn__free(order);
    cn__free(codes);
    return status;
}
