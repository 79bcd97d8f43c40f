/* Lists of what is not zero, by column. */
#include <string.h>

#include "nn/op.h"

/* The entries of a row in columns first … last-1. */
typedef struct piece {
    const uint32_t *index;
    const real *value;
    size_t count;
} piece;

static piece piece_of(const cn__sparse *rows, size_t row, cn__range columns)
{
    const uint32_t *index = rows->index + rows->start[row];
    const uint32_t count = rows->count[row];
    const size_t before = columns.first ? cn__sparse_under(index, count, columns.first) : 0;
    const size_t behind =
        count && index[count - 1] < columns.last ? count : cn__sparse_under(index, count, columns.last);
    return (piece){index + before, rows->value + rows->start[row] + before, behind - before};
}

/* The columns' entries are counted, each column gets as much of the place as it needs, so that all lie close together, and
 * then they are put there. */
void cn__sparse_by_column(const cn__sparse *rows, size_t samples, cn__range slice, const cn__sparse *columns)
{
    uint32_t *start = columns->start, *count = columns->count;
    memset(count + slice.first, 0, (slice.last - slice.first) * sizeof *count);
    for (size_t r = 0; r < samples; r++) {
        const piece p = piece_of(rows, r, slice);
        for (size_t e = 0; e < p.count; e++) count[p.index[e]]++;
    }
    uint32_t at = (uint32_t)(slice.first * samples);
    for (size_t c = slice.first; c < slice.last; c++) start[c] = at, at += count[c];
    for (size_t r = 0; r < samples; r++) {
        const piece p = piece_of(rows, r, slice);
        for (size_t e = 0; e < p.count; e++) {
            uint32_t to = start[p.index[e]]++;
            columns->index[to] = (uint32_t)r;
            columns->value[to] = p.value[e];
        }
    }
    for (size_t c = slice.first; c < slice.last; c++) start[c] -= count[c];
}
