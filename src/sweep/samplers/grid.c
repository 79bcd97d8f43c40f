/* Every combination of the dimensions' values, the last dimension changing first. A dimension whose condition does not hold
 * takes no part in a combination. */
#include <math.h>

#include "sweep/study.h"

enum { MOST_POINTS = 10000000 };

typedef struct grid {
    size_t count;
    size_t *index; /* (count): which of all combinations, those without effect left out */
} grid;

static double combinations(const cn__space *space)
{
    double count = 1;
    for (size_t i = 0; i < space->count; i++) count *= (double)space->dimensions[i].levels;
    return count;
}

/* False for a combination that is the same as an earlier one: an inactive dimension stands at its first value only. */
static bool decode(const cn__space *space, size_t index, double *point)
{
    size_t digits[CN_MAX_DIMENSIONS];
    bool counts = true;
    for (size_t i = space->count; i-- > 0; index /= space->dimensions[i].levels)
        digits[i] = index % space->dimensions[i].levels;
    for (size_t i = 0; i < space->count; i++) {
        bool active = cn__space_active(space, point, i);
        point[i] = active ? cn__dimension_level(&space->dimensions[i], digits[i]) : (double)NAN;
        counts = counts && (active || !digits[i]);
    }
    return counts;
}

static cn_status prepare(cn__study *study)
{
    const cn__space *space = &study->space;
    double point[CN_MAX_DIMENSIONS];
    for (size_t i = 0; i < space->count; i++)
        if (!space->dimensions[i].levels)
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "sampler grid: %s=[%s] has any number of values; expected a list or a step, as in [%s step %s]",
                space->dimensions[i].name, space->dimensions[i].text, space->dimensions[i].text,
                space->dimensions[i].log ? "2" : "0.1");
    if (combinations(space) > MOST_POINTS)
        return cn__fail(CN_ERROR_ARGUMENT, "sampler grid: %.3g combinations, expected at most %d",
                        combinations(space), MOST_POINTS);
    const size_t all = (size_t)combinations(space);
    grid *g = cn__arena_alloc(&study->arena, sizeof *g);
    if (!g) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < all; i++) g->count += decode(space, i, point);
    g->index = cn__arena_array(&study->arena, g->count + 1, sizeof *g->index);
    if (!g->index) return CN_ERROR_MEMORY;
    for (size_t i = 0, n = 0; i < all; i++)
        if (decode(space, i, point)) g->index[n++] = i;
    study->sampler_state = g;
    return CN_OK;
}

static size_t count(const cn__study *study) { return ((const grid *)study->sampler_state)->count; }

static cn_status suggest(const cn__study *study, size_t number, size_t seen, double *point)
{
    (void)seen;
    const grid *g = study->sampler_state;
    (void)decode(&study->space, g->index[number], point);
    return CN_OK;
}

extern const cn__sampler_kind cn__sampler_grid;
const cn__sampler_kind cn__sampler_grid = {
    .kind = {.name = "grid", .class_name = "Grid"}, .prepare = prepare, .count = count, .suggest = suggest};
