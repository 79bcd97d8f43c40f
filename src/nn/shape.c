/* Shapes of samples. */
#include "nn/shape.h"

#include <stdint.h>
#include <stdio.h>

size_t cn__shape_size(const cn__shape *shape)
{
    size_t size = 1;
    for (int i = 0; i < shape->rank; i++) size *= shape->dim[i];
    return size;
}

bool cn__shape_can_be_counted(const cn__shape *shape)
{
    size_t most = SIZE_MAX / 64;
    for (int i = 0; i < shape->rank; i++)
        if (shape->dim[i]) most /= shape->dim[i];
    return most > 0;
}

size_t cn__shape_last(const cn__shape *shape) { return shape->rank ? shape->dim[shape->rank - 1] : 1; }

bool cn__shape_equal(const cn__shape *a, const cn__shape *b)
{
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++) same = a->dim[i] == b->dim[i];
    return same;
}

char *cn__shape_text(const cn__shape *shape, char *buffer, size_t size)
{
    size_t used = (size_t)snprintf(buffer, size, "(None");
    for (int i = 0; i < shape->rank && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, ", %zu", shape->dim[i]);
    if (used < size) snprintf(buffer + used, size - used, shape->rank ? ")" : ",)");
    return buffer;
}
