/* The points of a Sobol sequence: any 2^k that follow each other from a multiple of 2^k are spread evenly, also in most pairs
 * of dimensions (Sobol 1967; Joe and Kuo 2008 on pairs). The seed shifts each dimension's digits (Cranley and Patterson's
 * rotation, in base two), which keeps all that. */
#include <math.h>

#include "base/random.h"
#include "sweep/study.h"

enum { BITS = 32, MOST_DEGREE = 10 };

static const struct polynomial {
    int degree;
    unsigned middle;
    unsigned first[MOST_DEGREE];
} polynomials[] = {
#include "sweep/samplers/sobol_numbers.h"
};

typedef struct sobol {
    uint32_t shift, direction[BITS];
} sobol;

static void set_directions(size_t dimension, uint32_t v[BITS])
{
    const struct polynomial *p = &polynomials[dimension ? dimension - 1 : 0];
    const int degree = dimension ? p->degree : BITS;
    for (int k = 0; k < BITS; k++) {
        if (k < degree) {
            v[k] = (dimension ? p->first[k] : 1u) << (BITS - 1 - k);
            continue;
        }
        v[k] = v[k - degree] ^ v[k - degree] >> degree;
        for (int i = 1; i < degree; i++)
            if (p->middle >> (degree - 1 - i) & 1) v[k] ^= v[k - i];
    }
}

static cn_status prepare(cn__study *s)
{
    sobol *all = cn__arena_array(&s->arena, s->space.count, sizeof *all);
    const cn__stream stream = cn__random_stream(s->options.seed, CN_RANDOM_SEARCH, 0, 0);
    if (!all) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->space.count; i++) {
        set_directions(i, all[i].direction);
        all[i].shift = cn__random_u32(&stream, i);
    }
    s->sampler_state = all;
    return CN_OK;
}

static cn_status suggest(const cn__study *s, size_t number, size_t seen, double *point)
{
    const sobol *all = s->sampler_state;
    (void)seen;
    for (size_t i = 0; i < s->space.count; i++) {
        uint32_t x = all[i].shift;
        for (int k = 0; k < BITS && number >> k; k++)
            if (number >> k & 1) x ^= all[i].direction[k];
        point[i] = cn__space_active(&s->space, point, i)
                       ? cn__dimension_at(&s->space.dimensions[i], (x + 0.5) / 0x1p32)
                       : (double)NAN;
    }
    return CN_OK;
}

extern const cn__sampler_kind cn__sampler_sobol;
const cn__sampler_kind cn__sampler_sobol = {
    .kind = {.name = "sobol", .class_name = "Sobol", .aliases = {"quasi_random"}},
    .prepare = prepare,
    .suggest = suggest};
