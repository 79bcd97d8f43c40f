#include "nn/metrics/confusion.h"

cn_status cn__confusion_new(cn__arena *arena, cn__metric *m, size_t count, cn__confusion *out)
{
    CN_TRY(cn__metric_alloc(arena, m, 4 * count));
    *out = (cn__confusion){.count = count,
                           .tp = m->state,
                           .fp = m->state + count,
                           .tn = m->state + 2 * count,
                           .fn = m->state + 3 * count};
    return CN_OK;
}

cn_status cn__check_class_id(const cn__metric *m, int64_t class_id)
{
    if (class_id == INT64_MIN || (class_id >= 0 && (uint64_t)class_id < m->cols)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "class_id = %lld, expected 0 to %zu", (long long)class_id,
                    m->cols - 1);
}
