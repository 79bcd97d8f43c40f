/* Search spaces: what is read gives values within its bounds, which have a place in the unit interval. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/space.h"

static void walk(const cn__space *space, double u)
{
    double point[CN_MAX_DIMENSIONS];
    for (size_t i = 0; i < space->count; i++) {
        const cn__dimension *d = &space->dimensions[i];
        point[i] = cn__space_active(space, point, i) ? cn__dimension_at(d, u) : (double)NAN;
        if (isnan(point[i])) continue;
        const double where = cn__dimension_where(d, point[i]);
        assert(point[i] >= d->low && point[i] <= d->high && where >= 0 && where <= 1);
        (void)cn__dimension_value(d, point[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cn__arena arena = {0};
    cn__space space;
    char *text = malloc(size + 1);
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (cn__space_parse(&arena, text, &space) == CN_OK)
        for (int i = 0; i <= 4; i++) walk(&space, i / 4.0000001);
    cn__arena_free(&arena);
    free(text);
    return 0;
}
