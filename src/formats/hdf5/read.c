/* Arrays and attributes of HDF5 files, for the part of the format that Keras uses: arrays in one piece, attributes of
 * texts. The objects that hold them: hdf5/objects.c. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "formats/hdf5/objects.h"

enum {
    MAX_OBJECTS = 65535, /* of a heap: their numbers have 16 bits */
    MAX_TEXT = 64 << 20, /* bytes of one text */
    PIECE = 1 << 16      /* bytes converted at a time */
};

/* ---- shapes and types ---------------------------------------------------------------------------------- */

/* A dataspace: 0 dimensions for a single number. */
static bool read_space(const cn__h5 *h5, uint64_t at, uint64_t size, cn_array *out)
{
    unsigned char head[8];
    if (size < 4 || !cn__h5_get(h5, at, head, size < 8 ? 4 : 8)) return false;
    const int ndim = head[1];
    const bool null = head[0] == 2 && head[3] == 2;
    const uint64_t first = head[0] == 1 ? 8 : 4;
    if ((head[0] != 1 && head[0] != 2) || null || ndim > CN_MAX_DIMS || size < first + 8 * (uint64_t)ndim)
        return false;
    *out = (cn_array){.dtype = CN_FLOAT32, .ndim = ndim};
    for (int i = 0; i < ndim; i++) {
        uint64_t dim;
        if (!cn__h5_get_number(h5, at + first + 8 * (uint64_t)i, 8, &dim)) return false;
        out->shape[i] = (size_t)dim;
    }
    return true;
}

typedef enum type_class { TYPE_WHOLE = 0, TYPE_FLOAT = 1, TYPE_TEXT = 3, TYPE_VARIABLE = 9 } type_class;

typedef struct type {
    type_class class;
    size_t size; /* bytes of one */
    bool big_endian, is_signed;
} type;

/* float32 and float64 have their bits where IEEE 754 has them: offset, precision, exponent, mantissa, bias. */
static bool is_ieee(const unsigned char *bits, size_t size, unsigned sign)
{
    static const unsigned char single[12] = {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0},
                               both[12] = {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0};
    return (size == 4 && sign == 31 && memcmp(bits, single, 12) == 0) ||
           (size == 8 && sign == 63 && memcmp(bits, both, 12) == 0);
}

/* All bits of a whole number count. */
static bool is_plain_whole(const unsigned char *bits, size_t size)
{
    return (size == 4 || size == 8) && cn__h5_number(bits, 2) == 0 && cn__h5_number(bits + 2, 2) == 8 * size;
}

static bool read_type(const cn__h5 *h5, uint64_t at, uint64_t size, type *out)
{
    unsigned char head[20] = {0};
    if (size < 8 || !cn__h5_get(h5, at, head, size < sizeof head ? (size_t)size : sizeof head)) return false;
    *out = (type){.class = (type_class)(head[0] & 15),
                  .size = (size_t)cn__h5_number(head + 4, 4),
                  .big_endian = head[1] & 1,
                  .is_signed = head[1] & 8};
    switch (out->class) {
    case TYPE_WHOLE: return size >= 12 && is_plain_whole(head + 8, out->size);
    case TYPE_FLOAT: return size >= 20 && !(head[1] & 0x40) && is_ieee(head + 8, out->size, head[2]);
    case TYPE_TEXT: return out->size > 0;
    case TYPE_VARIABLE: return (head[1] & 15) == 1 && out->size == 16; /* of characters */
    }
    return false;
}

/* ---- arrays -------------------------------------------------------------------------------------------- */

static cn_status check_shape(const cn_array *found, const char *path, const cn_array *out)
{
    char wanted[120], got[120];
    bool same = found->ndim == out->ndim;
    for (int i = 0; same && i < found->ndim; i++) same = found->shape[i] == out->shape[i];
    if (same) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "%s has shape %s, expected %s", path,
                    cn_array_shape_text(found, got, sizeof got),
                    cn_array_shape_text(out, wanted, sizeof wanted));
}

/* Where an array's bytes are: all of them in the file, one behind the other. */
static cn_status find_bytes(const cn__h5 *h5, uint64_t header, const char *path, uint64_t size, uint64_t *at)
{
    cn__h5_message m;
    unsigned char head[18] = {0};
    uint64_t length;
    if (!cn__h5_find_message(h5, header, MESSAGE_LAYOUT, &m) || m.size < 4 ||
        !cn__h5_get(h5, m.at, head, m.size < sizeof head ? (size_t)m.size : sizeof head))
        return cn__h5_damaged("array", path);
    if (cn__h5_find_message(h5, header, MESSAGE_EXTERNAL, &(cn__h5_message){0}))
        return cn__fail(CN_ERROR_FORMAT,
                        "%s keeps its numbers in other files (external storage), which are not read", path);
    if (head[0] == 4 && head[1] == 3)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s is a virtual data set: its numbers are in other data sets, which are not read",
                        path);
    if (head[0] != 3 || head[1] > 1)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s is chunked or compressed; expected it in one piece, as Keras writes it", path);
    const bool compact = head[1] == 0;
    length = compact ? cn__h5_number(head + 2, 2) : cn__h5_number(head + 10, 8);
    *at = compact ? m.at + 4 : cn__h5_number(head + 2, 8);
    if (compact ? m.size < 4 + length : m.size < 18) return cn__h5_damaged("array", path);
    if (!compact && *at == UINT64_MAX)
        return cn__fail(CN_ERROR_FORMAT, "%s has no numbers in the file", path);
    return length == size && cn__h5_inside(h5, *at, size) ? CN_OK : cn__h5_damaged("array", path);
}

static float to_float(const unsigned char *bytes, const type *t)
{
    unsigned char little[8];
    for (size_t i = 0; i < t->size; i++) little[i] = bytes[t->big_endian ? t->size - 1 - i : i];
    uint64_t bits = cn__h5_number(little, (int)t->size);
    uint32_t low = (uint32_t)bits;
    float single;
    double wide;
    memcpy(&single, &low, sizeof single);
    memcpy(&wide, &bits, sizeof wide);
    return t->size == 4 ? single : (float)wide;
}

static int64_t to_whole(const unsigned char *bytes, const type *t)
{
    unsigned char little[8];
    for (size_t i = 0; i < t->size; i++) little[i] = bytes[t->big_endian ? t->size - 1 - i : i];
    uint64_t value = cn__h5_number(little, (int)t->size);
    if (t->size == 4) return t->is_signed ? (int32_t)(uint32_t)value : (int64_t)value;
    return (int64_t)value;
}

/* Are the file's numbers those of this machine already? */
static bool is_native(const type *t, const cn_array *out)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !t->big_endian && t->class == TYPE_FLOAT &&
           t->size == sizeof(float) && out->dtype == CN_FLOAT32;
}

/* Reads `count` numbers, a piece at a time. */
static bool convert(const cn__h5 *h5, uint64_t at, const type *t, size_t count, const cn_array *out)
{
    if (is_native(t, out)) return cn__h5_get(h5, at, out->data, count * t->size);
    unsigned char *piece = cn__malloc(PIECE);
    const size_t most = PIECE / t->size;
    bool good = piece != NULL;
    for (size_t first = 0; good && first < count; first += most) {
        size_t n = count - first < most ? count - first : most;
        good = cn__h5_get(h5, at + first * t->size, piece, n * t->size);
        for (size_t i = 0; good && i < n; i++) {
            if (out->dtype == CN_INT64) ((int64_t *)out->data)[first + i] = to_whole(piece + i * t->size, t);
            else ((float *)out->data)[first + i] = to_float(piece + i * t->size, t);
        }
    }
    cn__free(piece);
    return good;
}

static bool find_shape(const cn__h5 *h5, uint64_t header, cn_array *shape)
{
    cn__h5_message space;
    return cn__h5_find_message(h5, header, MESSAGE_DATASPACE, &space) &&
           read_space(h5, space.at, space.size, shape);
}

cn_status cn__h5_read(const cn__h5 *h5, const char *path, const cn_array *out)
{
    uint64_t header, at = 0;
    cn__h5_message m;
    cn_array shape;
    type t;
    if (!cn__h5_find(h5, path, &header)) return cn__h5_fail_find(h5, "array", path);
    if (!cn__h5_find_message(h5, header, MESSAGE_LAYOUT, &m))
        return cn__fail(CN_ERROR_FORMAT, "there is no array '%s'", path);
    if (!find_shape(h5, header, &shape) || !cn__h5_find_message(h5, header, MESSAGE_DATATYPE, &m))
        return cn__h5_damaged("array", path);
    CN_TRY(check_shape(&shape, path, out));
    const type_class wanted = out->dtype == CN_INT64 ? TYPE_WHOLE : TYPE_FLOAT;
    if (!read_type(h5, m.at, m.size, &t) || t.class != wanted)
        return cn__fail(CN_ERROR_FORMAT, "%s does not hold %s", path,
                        wanted == TYPE_WHOLE ? "whole numbers" : "float32 or float64");
    const size_t count = cn_array_size(out);
    CN_TRY(find_bytes(h5, header, path, (uint64_t)count * t.size, &at));
    return convert(h5, at, &t, count, out) ? CN_OK : cn__h5_damaged("array", path);
}

bool cn__h5_is_scalar(const cn__h5 *h5, const char *path)
{
    uint64_t header;
    cn_array shape;
    cn__h5_message m;
    return cn__h5_find(h5, path, &header) && cn__h5_find_message(h5, header, MESSAGE_LAYOUT, &m) &&
           find_shape(h5, header, &shape) && shape.ndim == 0;
}

/* ---- attributes ---------------------------------------------------------------------------------------- */

/* An attribute's parts in the file. */
typedef struct attribute {
    uint64_t name, name_size, type, type_size, space, space_size, data, data_size;
} attribute;

static uint64_t padded(uint64_t size, bool pad) { return pad ? (size + 7) / 8 * 8 : size; }

/* Version 1 pads each part to 8 bytes, version 3 has a byte for the name's character set. */
static bool open_attribute(const cn__h5 *h5, const cn__h5_message *m, attribute *out)
{
    unsigned char head[9];
    if (m->size < 9 || !cn__h5_get(h5, m->at, head, sizeof head) || head[0] < 1 || head[0] > 3) return false;
    const bool pad = head[0] == 1, shared = head[0] > 1 && (head[1] & 3);
    *out = (attribute){.name_size = cn__h5_number(head + 2, 2),
                       .type_size = cn__h5_number(head + 4, 2),
                       .space_size = cn__h5_number(head + 6, 2)};
    out->name = m->at + (head[0] == 3 ? 9 : 8);
    out->type = out->name + padded(out->name_size, pad);
    out->space = out->type + padded(out->type_size, pad);
    out->data = out->space + padded(out->space_size, pad);
    if (shared || out->data > m->at + m->size) return false;
    out->data_size = m->at + m->size - out->data;
    return true;
}

static bool is_named(const cn__h5 *h5, const attribute *a, const char *name)
{
    char found[CN_H5_NAME];
    size_t size = strlen(name) + 1; /* the '\0' is kept too */
    return a->name_size == size && size <= sizeof found && cn__h5_get(h5, a->name, found, size) &&
           memcmp(found, name, size) == 0;
}

static bool find_attribute(const cn__h5 *h5, uint64_t header, const char *name, attribute *out)
{
    cn__h5_walk w;
    cn__h5_message m;
    if (!cn__h5_begin_walk(h5, header, &w)) return false;
    while (cn__h5_next_message(&w, &m))
        if (m.type == MESSAGE_ATTRIBUTE && open_attribute(h5, &m, out) && is_named(h5, out, name))
            return true;
    return false;
}

bool cn__h5_has_attribute(const cn__h5 *h5, const char *path, const char *name)
{
    uint64_t header;
    attribute a;
    return cn__h5_find(h5, path, &header) && find_attribute(h5, header, name, &a);
}

/* `size` bytes of text in the arena, or NULL. */
static char *copy_text(cn__h5 *h5, cn__arena *arena, uint64_t at, uint64_t size)
{
    if (size > MAX_TEXT || size > h5->text_left || !cn__h5_inside(h5, at, size)) return NULL;
    h5->text_left -= size;
    char *text = cn__arena_alloc(arena, (size_t)size + 1);
    return text && cn__h5_get(h5, at, text, (size_t)size) ? text : NULL;
}

/* Object `index` of a global heap collection: it lists its objects one behind the other. */
static char *heap_text(cn__h5 *h5, cn__arena *arena, uint64_t heap, uint64_t index, uint64_t length)
{
    unsigned char head[16];
    if (!cn__h5_get(h5, heap, head, sizeof head) || memcmp(head, "GCOL", 4) != 0) return NULL;
    uint64_t size = cn__h5_number(head + 8, 8), at = heap + 16;
    int seen = 0;
    if (!cn__h5_inside(h5, heap, size)) return NULL;
    while (seen++ < MAX_OBJECTS && at - heap + 16 <= size && cn__h5_get(h5, at, head, sizeof head) &&
           cn__h5_number(head, 2) != 0) {
        uint64_t bytes = cn__h5_number(head + 8, 8);
        if (bytes > size - (at - heap) - 16) return NULL;
        if (cn__h5_number(head, 2) == index)
            return length <= bytes ? copy_text(h5, arena, at + 16, length) : NULL;
        at += 16 + padded(bytes, true);
    }
    return NULL;
}

static char *read_text(cn__h5 *h5, cn__arena *arena, const type *t, uint64_t at)
{
    unsigned char element[16];
    if (t->class == TYPE_TEXT) return copy_text(h5, arena, at, t->size);
    if (!cn__h5_get(h5, at, element, sizeof element)) return NULL;
    const uint64_t length = cn__h5_number(element, 4);
    if (length == 0) return cn__arena_strdup(arena, "");
    return heap_text(h5, arena, cn__h5_number(element + 4, 8), cn__h5_number(element + 12, 4), length);
}

static cn_status add_texts(cn__h5 *h5, cn__arena *arena, const char *path, const char *name, size_t limit,
                           const char **out, size_t *count)
{
    uint64_t header, entries = 1;
    attribute a;
    cn_array shape;
    type t;
    if (!cn__h5_find(h5, path, &header)) return cn__h5_fail_find(h5, "group", path);
    if (!find_attribute(h5, header, name, &a))
        return cn__fail(CN_ERROR_FORMAT, "there is no attribute '%s'", name);
    if (!read_space(h5, a.space, a.space_size, &shape) || shape.ndim > 1)
        return cn__h5_damaged("attribute", name);
    if (shape.ndim == 1) entries = shape.shape[0];
    if (entries > limit - *count)
        return cn__fail(CN_ERROR_FORMAT, "attribute %s has %llu entries, expected %zu at most", name,
                        (unsigned long long)entries, limit);
    if (entries == 0) return CN_OK; /* an empty list may be of any type */
    if (!read_type(h5, a.type, a.type_size, &t) || (t.class != TYPE_TEXT && t.class != TYPE_VARIABLE))
        return cn__fail(CN_ERROR_FORMAT, "attribute %s holds no text", name);
    for (uint64_t i = 0; i < entries; i++) {
        if (t.size > a.data_size || i * t.size > a.data_size - t.size)
            return cn__h5_damaged("attribute", name);
        const unsigned long failures = cn__memory_failures();
        out[*count] = read_text(h5, arena, &t, a.data + i * t.size);
        if (out[(*count)++]) continue;
        return cn__memory_failures() != failures ? CN_ERROR_MEMORY : cn__h5_damaged("attribute", name);
    }
    return CN_OK;
}

cn_status cn__h5_texts(cn__h5 *h5, cn__arena *arena, const char *path, const char *name, size_t limit,
                       const char ***out, size_t *count)
{
    *count = 0;
    *out = cn__arena_array(arena, limit + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    char piece[CN_H5_NAME];
    snprintf(piece, sizeof piece, "%s0", name);
    if (cn__h5_has_attribute(h5, path, name) || !cn__h5_has_attribute(h5, path, piece))
        return add_texts(h5, arena, path, name, limit, *out, count);
    for (size_t i = 0; i <= limit; i++) {
        snprintf(piece, sizeof piece, "%s%zu", name, i);
        if (!cn__h5_has_attribute(h5, path, piece)) return CN_OK;
        CN_TRY(add_texts(h5, arena, path, piece, limit, *out, count));
    }
    return CN_OK;
}

cn_status cn__h5_text(cn__h5 *h5, cn__arena *arena, const char *path, const char *name, const char **out)
{
    const char **found;
    size_t count;
    CN_TRY(cn__h5_texts(h5, arena, path, name, 1, &found, &count));
    if (count != 1) return cn__fail(CN_ERROR_FORMAT, "no text in attribute %s", name);
    *out = found[0];
    return CN_OK;
}
