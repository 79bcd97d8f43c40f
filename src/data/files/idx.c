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
    if (bytes == 1 || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
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

static cn_status read_type(const unsigned char *bytes, size_t size, const char *what, header *out)
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
    *out = (header){.type = t, .ndim = ndim, .size = 4 + 4 * (size_t)ndim, .count = 1};
    if (size < out->size) return cn__fail(CN_ERROR_FORMAT, "%s is cut short in its header", what);
    for (int i = 0; i < ndim; i++) {
        const unsigned char *b = bytes + 4 + 4 * i;
        out->shape[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
    }
    return CN_OK;
}

/* Multiplies the sizes; false where that is more than `most`. */
static bool count_values(header *h, size_t most)
{
    for (int i = 0; i < h->ndim; i++) {
        if (h->shape[i] && h->count > most / h->shape[i]) return false;
        h->count *= h->shape[i];
    }
    return true;
}

static cn_status read_head(const unsigned char *bytes, size_t size, const char *what, header *out)
{
    CN_TRY(read_type(bytes, size, what, out));
    const type *t = out->type;
    const size_t head = out->size;
    if (!count_values(out, size - head))
        return cn__fail(CN_ERROR_FORMAT,
                        "%s is cut short: its shape asks for more than the %zu bytes that are there", what,
                        size - head);
    const size_t count = out->count;
    if (count > (size - head) / t->bytes)
        return cn__fail(CN_ERROR_FORMAT, "%s is cut short: %zu bytes expected, %zu are there", what,
                        count * t->bytes, size - head);
    if (count * t->bytes < size - head)
        return cn__fail(CN_ERROR_FORMAT, "%s: its shape asks for %zu bytes, %zu are there", what,
                        count * t->bytes, size - head);
    return CN_OK;
}

cn_status cn__idx_size(const unsigned char *bytes, size_t size, const char *what, size_t *out)
{
    header h;
    CN_TRY(read_type(bytes, size, what, &h));
    if (!count_values(&h, SIZE_MAX / 16))
        return cn__fail(CN_ERROR_FORMAT, "%s: its shape asks for more than there can be", what);
    *out = h.size + h.count * h.type->bytes;
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

/* The bytes that an array's file has by its header; fails for what is no array. */
static cn_status array_size(const unsigned char *head, size_t size, const char *what, size_t *out)
{
    return cn__is_npy(head, size) ? cn__npy_size(head, size, what, out) : cn__idx_size(head, size, what, out);
}

/* A stream that is unpacked into `text`, `limit` bytes at most. */
typedef struct unpacking {
    z_stream z;
    const char *what;
    size_t size, limit; /* size: of what is packed */
    bool array;         /* the header of an array says how much there is, and has not been looked at */
    cn__text text;
} unpacking;

/* What the header asks for is what is unpacked; a byte of deflate stands for 1032 at most. */
static cn_status look_at_header(unpacking *u)
{
    size_t size;
    CN_TRY(array_size((const unsigned char *)u->text.data, u->text.size, u->what, &size));
    if (size > u->limit || size / 1040 > u->size)
        return cn__fail(
            CN_ERROR_FORMAT,
            "%s: its header asks for %zu bytes, more than the %zu of the gzip file are believed to hold",
            u->what, size, u->size);
    u->limit = size;
    return cn__text_reserve(&u->text, size - (u->text.size < size ? u->text.size : size) + 1)
               ? CN_OK
               : cn__fail_memory(size, u->what);
}

static cn_status unpack_chunk(unpacking *u, int *state)
{
    static const size_t chunk = 1 << 16;
    char *capacity = cn__text_reserve(&u->text, chunk);
    if (!capacity) return cn__fail_memory(u->text.size, u->what);
    u->z.next_out = (unsigned char *)capacity, u->z.avail_out = (unsigned)chunk;
    *state = inflate(&u->z, Z_NO_FLUSH);
    u->text.size += chunk - u->z.avail_out;
    if (*state != Z_OK && *state != Z_STREAM_END)
        return cn__fail(CN_ERROR_FORMAT, "%s is a damaged gzip file: %s", u->what,
                        u->z.msg ? u->z.msg : "it is cut short");
    if (*state == Z_STREAM_END && cn__is_gzip(u->z.next_in, u->z.avail_in))
        *state = inflateReset(&u->z); /* one more, as `cat` puts them */
    if (u->array && (u->text.size >= chunk || *state == Z_STREAM_END)) {
        CN_TRY(look_at_header(u));
        u->array = false;
    }
    if (u->text.size <= u->limit) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "%s decompresses to more than %zu bytes", u->what, u->limit);
}

static cn_status unpack(unpacking *u, const unsigned char *bytes, size_t size)
{
    cn_status status = CN_OK;
    int state = Z_OK;
    if (!cn__is_gzip(bytes, size)) return cn__fail(CN_ERROR_FORMAT, "%s is no gzip file", u->what);
    if (size > UINT32_MAX)
        return cn__fail(CN_ERROR_FORMAT, "%s is too large for a gzip file: %zu bytes", u->what, size);
    u->z = (z_stream){.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
    u->size = size;
    if (inflateInit2(&u->z, 16 + MAX_WBITS) != Z_OK) return cn__fail_memory(0, u->what);
    while (status == CN_OK && state != Z_STREAM_END) status = unpack_chunk(u, &state);
    inflateEnd(&u->z);
    return status;
}

static cn_status finish(cn_status status, unpacking *u, unsigned char **out, size_t *out_size)
{
    if (status != CN_OK) {
        cn__text_free(&u->text);
        return status;
    }
    *out = (unsigned char *)u->text.data;
    *out_size = u->text.size;
    return CN_OK;
}

cn_status cn__gunzip(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                     unsigned char **out, size_t *out_size)
{
    unpacking u = {.what = what, .limit = limit};
    return finish(unpack(&u, bytes, size), &u, out, out_size);
}

size_t cn__gunzip_head(const unsigned char *bytes, size_t size, unsigned char *out, size_t most)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes,
                  .avail_in = (unsigned)size,
                  .next_out = out,
                  .avail_out = (unsigned)most};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return 0;
    int state = inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    return state == Z_OK || state == Z_STREAM_END || state == Z_BUF_ERROR ? most - z.avail_out : 0;
}

cn_status cn__gunzip_array(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                           unsigned char **out, size_t *out_size)
{
    unpacking u = {.what = what, .limit = limit, .array = true};
    return finish(unpack(&u, bytes, size), &u, out, out_size);
}
