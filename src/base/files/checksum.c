/* Eight bytes at a time, each word mixed by the finaliser of MurmurHash3 (Appleby 2011, public domain). */
#include "base/files/checksum.h"

#include <string.h>

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdull;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ull;
    return h ^ h >> 33;
}

uint64_t cn__checksum(const void *bytes, size_t size, uint64_t start)
{
    const unsigned char *p = bytes;
    uint64_t h = mix(start ^ (uint64_t)size);
    for (; size >= 8; p += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = mix(h ^ word) + 0x9e3779b97f4a7c15ull;
    }
    uint64_t last = 0;
    memcpy(&last, p, size);
    return mix(h ^ last);
}
