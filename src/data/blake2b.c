/* BLAKE2b with 32 bytes of result and no key, RFC 7693: as sound as SHA-256 and, without instructions of its own, two and
 * a half times as fast, for the bytes of whole data sets. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "data/data.h"

enum { BLOCK = 128, RESULT = 32 };

static const uint64_t start[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                  0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                  0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

static const unsigned char order[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                            {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                            {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                            {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                            {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                            {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                            {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                            {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                            {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                            {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static inline uint64_t turn(uint64_t x, int n) { return x >> n | x << (64 - n); }

static inline __attribute__((always_inline)) void mix(uint64_t *v, int a, int b, int c, int d, uint64_t x,
                                                      uint64_t y)
{
    v[a] += v[b] + x;
    v[d] = turn(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = turn(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = turn(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = turn(v[b] ^ v[c], 63);
}

static inline __attribute__((always_inline)) void turn_round(uint64_t v[16], const uint64_t m[16],
                                                             const unsigned char s[16])
{
    for (int i = 0; i < 4; i++) mix(v, i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[2 * i + 1]]);
    for (int i = 0; i < 4; i++)
        mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
}

/* `count`: bytes up to the end of this block. */
static void block(uint64_t h[8], const unsigned char *p, uint64_t count, bool last)
{
    uint64_t m[16], v[16];
    for (int i = 0; i < 16; i++) {
        m[i] = 0;
        for (int k = 7; k >= 0; k--) m[i] = m[i] << 8 | p[8 * i + k];
    }
    for (int i = 0; i < 8; i++) v[i] = h[i], v[8 + i] = start[i];
    v[12] ^= count;
    if (last) v[14] = ~v[14];
    for (int i = 0; i < 12; i++) turn_round(v, m, order[i % 10]);
    for (int i = 0; i < 8; i++) h[i] ^= v[i] ^ v[8 + i];
}

void cn__blake2b_hex(const void *bytes, size_t size, char out[65])
{
    uint64_t h[8];
    const unsigned char *p = bytes;
    size_t done = 0;
    memcpy(h, start, sizeof h);
    h[0] ^= 0x01010000 ^ RESULT;
    for (; size - done > BLOCK; done += BLOCK) block(h, p + done, done + BLOCK, false);
    unsigned char rest[BLOCK] = {0};
    if (size > done) memcpy(rest, p + done, size - done);
    block(h, rest, size, true);
    for (int i = 0; i < RESULT; i++)
        snprintf(out + 2 * i, 3, "%02x", (unsigned)(h[i / 8] >> i % 8 * 8 & 255));
}
