/* IDX files (MNIST's format): two zeros, a type, the number of dimensions, the sizes as big-endian 32-bit
 * numbers, the values big-endian. And gzip, which they usually come in. */
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "data/data.h"

typedef struct type {
    unsigned char code;
    cn_dtype to;
    size_t bytes;
} type;
static const type types[] = {{0x08, CN_UINT8, 1}, {0x09, CN_INT8, 1},    {0x0b, CN_INT16, 2},
                             {0x0c, CN_INT32, 4}, {0x0d, CN_FLOAT32, 4}, {0x0e, CN_FLOAT64, 8}};

static void copy_swapped(unsigned char *out, const unsigned char *in, size_t count, size_t bytes)
{
    const uint16_t one = 1;
    const bool little = *(const unsigned char *)&one == 1;
    if (bytes == 1 || !little) {
        memcpy(out, in, count * bytes);
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < bytes; k++) out[i * bytes + k] = in[i * bytes + bytes - 1 - k];
}

/* What stands in front of the values. */
typedef struct header {
    const type *type;
    int ndim;
    size_t size, count, shape[CN_MAX_DIMS]; /* count: values */
} header;

static cn_status read_head(const unsigned char *bytes, size_t size, const char *what, header *out)
{
    const type *t = NULL;
    for (size_t i = 0; size >= 4 && i < sizeof types / sizeof types[0]; i++)
        if (types[i].code == bytes[2]) t = &types[i];
    if (!t || bytes[0] || bytes[1])
        return cn__fail(CN_ERROR_FORMAT, "%s is neither .npy, .npz, IDX nor gzipped IDX", what);
    int ndim = bytes[3];
    if (ndim < 1 || ndim > CN_MAX_DIMS)
        return cn__fail(CN_ERROR_FORMAT, "%s: an IDX file of %d dimensions; expected 1 to %d", what, ndim,
                        CN_MAX_DIMS);
    size_t head = 4 + 4 * (size_t)ndim, shape[CN_MAX_DIMS], count = 1;
    if (size < head) return cn__fail(CN_ERROR_FORMAT, "%s is cut short in its header", what);
    for (int i = 0; i < ndim; i++) {
        const unsigned char *b = bytes + 4 + 4 * i;
        shape[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
        if (shape[i] && count > (size - head) / shape[i])
            return cn__fail(CN_ERROR_FORMAT,
                            "%s is cut short: its shape asks for more than the %zu bytes that are there",
                            what, size - head);
        count *= shape[i];
    }
    if (count > (size - head) / t->bytes)
        return cn__fail(CN_ERROR_FORMAT, "%s is cut short: %zu bytes expected, %zu are there", what,
                        count * t->bytes, size - head);
    if (count * t->bytes < size - head)
        return cn__fail(CN_ERROR_FORMAT, "%s: its shape asks for %zu bytes, %zu are there", what,
                        count * t->bytes, size - head);
    *out = (header){.type = t, .ndim = ndim, .size = head, .count = count};
    memcpy(out->shape, shape, (size_t)ndim * sizeof *shape);
    return CN_OK;
}

cn_status cn__idx_parse(const unsigned char *bytes, size_t size, const char *what, cn_array *out)
{
    header h;
    *out = (cn_array){0};
    CN_TRY(read_head(bytes, size, what, &h));
    CN_TRY(cn_array_new(out, h.type->to, h.ndim, h.shape));
    if (h.count) copy_swapped(out->data, bytes + h.size, h.count, h.type->bytes);
    return CN_OK;
}

cn_status cn__idx_take(unsigned char *bytes, size_t size, const char *what, cn_array *out)
{
    header h;
    cn_status status = read_head(bytes, size, what, &h);
    if (status == CN_OK && h.type->bytes == 1 && h.count) {
        memmove(bytes, bytes + h.size, h.count);
        *out = cn_array_view(h.type->to, bytes, h.ndim, h.shape);
        out->owned = true;
        return CN_OK;
    }
    if (status == CN_OK) status = cn__idx_parse(bytes, size, what, out);
    cn__free(bytes);
    return status;
}

bool cn__is_gzip(const unsigned char *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

static cn_status inflate_all(z_stream *z, size_t limit, const char *what, cn__text *out)
{
    static const size_t chunk = 1 << 18;
    cn_status status = CN_OK;
    int state = Z_OK;
    while (status == CN_OK && state != Z_STREAM_END) {
        char *room = cn__text_room(out, chunk);
        if (!room) return cn__fail_memory(out->size, what);
        z->next_out = (unsigned char *)room, z->avail_out = (unsigned)chunk;
        state = inflate(z, Z_NO_FLUSH);
        out->size += chunk - z->avail_out;
        if (state != Z_OK && state != Z_STREAM_END)
            status = cn__fail(CN_ERROR_FORMAT, "%s is a damaged gzip file: %s", what,
                              z->msg ? z->msg : "it is cut short");
        else if (out->size > limit)
            status = cn__fail(CN_ERROR_FORMAT, "%s decompresses to more than %zu bytes", what, limit);
        else if (state == Z_STREAM_END &&
                 cn__is_gzip(z->next_in, z->avail_in)) /* one more, as `cat` puts them */
            state = inflateReset(z);
    }
    return status;
}

cn_status cn__gunzip(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                     unsigned char **out, size_t *out_size)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
    cn__text text = {0};
    if (!cn__is_gzip(bytes, size)) return cn__fail(CN_ERROR_FORMAT, "%s is no gzip file", what);
    if (size > UINT32_MAX)
        return cn__fail(CN_ERROR_FORMAT, "%s is too large for a gzip file here: %zu bytes", what, size);
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return cn__fail_memory(0, what);
    cn_status status = inflate_all(&z, limit, what, &text);
    inflateEnd(&z);
    if (status != CN_OK) {
        cn__text_free(&text);
        return status;
    }
    *out = (unsigned char *)text.data;
    *out_size = text.size;
    return CN_OK;
}
