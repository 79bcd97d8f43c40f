/* What the files of metrics have in common: sums, means, shapes. */
#include "nn/metrics/metric_class.h"

cn_status cn__metric_alloc(cn__arena *arena, cn__metric *m, size_t count)
{
    m->state_count = count;
    m->state = cn__arena_array(arena, count, sizeof *m->state);
    return m->state ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__metric_needs_same_shape(const cn__metric *m)
{
    if (m->cols == m->target_cols) return CN_OK;
    return cn__fail(
        CN_ERROR_SHAPE,
        "targets have %zu columns and predictions %zu; expected the same: one-hot targets, with a loss for them such as categorical_crossentropy",
        m->target_cols, m->cols);
}

double cn__metric_mean(const cn__metric *m, size_t i)
{
    (void)i;
    return m->count != 0 ? m->sum / m->count : 0;
}

size_t cn__argmax(const real *row, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (row[i] > row[best]) best = i;
    return best;
}
