/* What the files of initialisers have in common. */
#include "nn/initializers/initializer.h"

size_t cn__fill_size(int ndim, const size_t *shape)
{
    size_t n = 1;
    for (int i = 0; i < ndim; i++) n *= shape[i];
    return n;
}

void cn__fill_random(const cn__stream *stream, double (*draw)(const cn__stream *, uint64_t), double from,
                     double by, size_t n, real *values)
{
    for (size_t i = 0; i < n; i++) values[i] = (real)(from + by * draw(stream, i));
}
