/* Random numbers that are addressed, not drawn in turn: (seed, purpose, step, element) gives the
 * same bits in any order, on any thread and machine. Philox4x32-10 of Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011). */
#ifndef CN_BASE_RANDOM_H
#define CN_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* What numbers are for: the stream they come from. Layer and variable numbers go into `index`. */
typedef enum cn__purpose {
    CN_RANDOM_WEIGHTS = 1,
    CN_RANDOM_SHUFFLE,
    CN_RANDOM_DROPOUT,
    CN_RANDOM_DATA,
    CN_RANDOM_SEARCH, /* where a search looks */
    CN_RANDOM_AUGMENT,
    CN_RANDOM_FIELD /* of elastic distortions */
} cn__purpose;

typedef struct cn__stream {
    uint32_t key[2];  /* seed */
    uint32_t purpose; /* purpose << 24 | index */
    uint32_t step;
} cn__stream;

cn__stream cn__random_stream(uint64_t seed, cn__purpose purpose, uint32_t index, uint32_t step);

/* Four 32-bit numbers: block b holds elements 4b … 4b+3 of the stream. */
void cn__random_block(const cn__stream *stream, uint64_t block, uint32_t out[4]);

uint32_t cn__random_u32(const cn__stream *stream, uint64_t element);
/* [0, 1) with 53 bits; element e uses numbers 2e and 2e+1 of the stream. */
double cn__random_uniform(const cn__stream *stream, uint64_t element);
/* Mean 0, deviation 1, by the inverse of the distribution function (Wichura, AS 241). */
double cn__random_normal(const cn__stream *stream, uint64_t element);
/* The same cut at two deviations, by the inverse on a narrower interval. */
double cn__random_truncated_normal(const cn__stream *stream, uint64_t element);
/* A permutation of 0 … n-1 (Fisher-Yates). */
void cn__random_permutation(const cn__stream *stream, uint32_t *out, uint32_t n);

#endif
