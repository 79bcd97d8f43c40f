/* A file: "cornu state 1\n", a word that gives the order of bytes and the size of a number, the serial, the size, the bytes,
 * their checksum. */
#include "train/snapshot.h"

#include <string.h>

#include "base/files/checksum.h"
#include "kernels/real.h"

static const char magic[16] = "cornu state 1\n";
static const uint64_t order = 0x0102030405060700ull + sizeof(real);

typedef struct head {
    char magic[16];
    uint64_t order, serial, size;
} head;

void cn__snapshot_bytes(cn__snapshot *s, void *bytes, size_t size)
{
    if (s->status != CN_OK || !size) return;
    if (!s->reading) {
        cn__text_add_bytes(&s->out, bytes, size);
        if (s->out.failed) s->status = cn__fail_memory(size, "the state of a training");
    } else if (size > s->left) {
        s->status = cn__fail(CN_ERROR_FORMAT, "the state has less in it than this training has");
    } else {
        memcpy(bytes, s->in, size);
        s->in += size;
        s->left -= size;
    }
}

void cn__snapshot_expect(cn__snapshot *s, const char *what, uint64_t now)
{
    uint64_t before = now;
    CN_SNAPSHOT(s, before);
    if (s->status == CN_OK && before != now)
        s->status = cn__fail(CN_ERROR_ARGUMENT, "the %s was %llu and is %llu", what,
                             (unsigned long long)before, (unsigned long long)now);
}

void cn__snapshot_expect_same(cn__snapshot *s, const char *what, uint64_t checksum)
{
    uint64_t before = checksum;
    CN_SNAPSHOT(s, before);
    if (s->status == CN_OK && before != checksum)
        s->status = cn__fail(CN_ERROR_ARGUMENT, "it is of a training with another %s", what);
}

void cn__snapshot_pack(const cn__snapshot *s, uint64_t serial, cn__text *out)
{
    head h = {.order = order, .serial = serial, .size = s->out.size};
    memcpy(h.magic, magic, sizeof magic);
    uint64_t sum = cn__checksum(s->out.data ? s->out.data : "", s->out.size, serial);
    cn__text_add_bytes(out, &h, sizeof h);
    cn__text_add_bytes(out, s->out.data ? s->out.data : "", s->out.size);
    cn__text_add_bytes(out, &sum, sizeof sum);
}

cn__snapshot cn__snapshot_unpack(const char *bytes, size_t size, uint64_t *serial)
{
    cn__snapshot s = {.reading = true};
    head h;
    uint64_t sum;
    *serial = 0;
    if (size < sizeof h + sizeof sum) return s;
    memcpy(&h, bytes, sizeof h);
    const size_t content = size - sizeof h - sizeof sum;
    if (memcmp(h.magic, magic, sizeof magic) != 0 || h.order != order || h.size != content) return s;
    s.in = bytes + sizeof h;
    s.left = content;
    memcpy(&sum, s.in + content, sizeof sum);
    if (sum == cn__checksum(s.in, content, h.serial)) *serial = h.serial;
    return s;
}
