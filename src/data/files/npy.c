/* .npy files, versions 1 to 3: a header that is a Python dictionary, then the numbers. Format:
 * numpy.lib.format. Sizes are checked against the file before memory is taken. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/value.h"
#include "data/data.h"

/* How numbers stand in a file, and what they become here. */
typedef struct format {
    char kind; /* f i u b */
    int bytes;
    cn_dtype to;
} format;

static const format formats[] = {
    {'f', 4, CN_FLOAT32}, {'f', 8, CN_FLOAT64}, {'f', 2, CN_FLOAT32}, {'u', 1, CN_UINT8},
    {'i', 1, CN_INT8},    {'i', 2, CN_INT16},   {'i', 4, CN_INT32},   {'i', 8, CN_INT64},
    {'u', 2, CN_INT32},   {'u', 4, CN_INT64},   {'u', 8, CN_INT64},   {'b', 1, CN_BOOL},
};

/* numpy's sign of numbers whose bytes stand in the order that is not this machine's. */
#define OTHER_ORDER (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '>' : '<')

bool cn__is_npy(const unsigned char *bytes, size_t size)
{
    return size >= 10 && memcmp(bytes, "\x93NUMPY", 6) == 0;
}

/* numpy's letter for a type that is no number here, as words. */
static const char *meaning_of(const char *descr)
{
    static const struct {
        char kind;
        const char *words;
    } others[] = {{'O', "Python objects"},   {'U', "text"},  {'S', "text"},
                  {'c', "complex numbers"},  {'M', "dates"}, {'m', "time spans"},
                  {'V', "structured values"}};
    const char *kind = descr + strcspn(descr, "OUScMmV");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].kind == *kind) return others[i].words;
    return "an unknown type";
}

static cn_status find_format(const char *descr, const char *what, const format **out, bool *swap)
{
    const bool simple = strlen(descr) == 3 && strchr("<>|=", descr[0]);
    *swap = descr[0] == OTHER_ORDER;
    for (size_t i = 0; simple && i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].kind == descr[1] && formats[i].bytes == descr[2] - '0') {
            *out = &formats[i];
            return CN_OK;
        }
    return cn__fail(CN_ERROR_FORMAT,
                    "%s holds %s ('%.20s'); expected float16, float32, float64, bool, or integers", what,
                    meaning_of(descr), descr);
}

static float half_to_float(uint16_t h)
{
    int exponent = (h >> 10) & 31;
    uint32_t mantissa = h & 1023u, sign = (uint32_t)(h >> 15) << 31, bits;
    if (exponent == 0) { /* zero or denormal: exact in float32 */
        float value = (float)mantissa * 0x1p-24f;
        return sign ? -value : value;
    }
    bits = sign | (exponent == 31 ? 0x7f800000u : (uint32_t)(exponent + 112) << 23) | mantissa << 13;
    float out;
    memcpy(&out, &bits, 4);
    return out;
}

/* One number of the file into element i of the array. */
static cn_status convert(const unsigned char *in, const format *f, bool swap, cn_array *a, size_t i,
                         const char *what)
{
    unsigned char b[8];
    for (int k = 0; k < f->bytes; k++) b[k] = in[swap ? f->bytes - 1 - k : k];
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    if (f->kind == 'f' && f->bytes == 2) {
        memcpy(&u16, b, 2);
        ((float *)a->data)[i] = half_to_float(u16);
    } else if (f->kind == 'u' && f->bytes == 2) {
        memcpy(&u16, b, 2);
        ((int32_t *)a->data)[i] = u16;
    } else if (f->kind == 'u' && f->bytes == 4) {
        memcpy(&u32, b, 4);
        ((int64_t *)a->data)[i] = u32;
    } else if (f->kind == 'u' && f->bytes == 8) {
        memcpy(&u64, b, 8);
        if (u64 > INT64_MAX)
            return cn__fail(CN_ERROR_FORMAT, "%s: element %zu is %llu; a uint64 is read up to %lld", what, i,
                            (unsigned long long)u64, (long long)INT64_MAX);
        ((int64_t *)a->data)[i] = (int64_t)u64;
    } else {
        memcpy((unsigned char *)a->data + i * (size_t)f->bytes, b, (size_t)f->bytes);
    }
    return CN_OK;
}

/* Where element i (C order) stands in a file in Fortran order. */
static size_t fortran_place(const cn_array *a, size_t i)
{
    size_t place = 0, index[CN_MAX_DIMS];
    for (int d = a->ndim; d-- > 0;) {
        index[d] = i % a->shape[d];
        i /= a->shape[d];
    }
    for (int d = a->ndim; d-- > 0;) place = place * a->shape[d] + index[d];
    return place;
}

static cn_status read_numbers(const unsigned char *bytes, const format *f, bool swap, bool fortran,
                              const char *what, cn_array *out)
{
    size_t n = cn_array_size(out), each = (size_t)f->bytes;
    bool same =
        each == cn_dtype_size(out->dtype) && !(f->kind == 'u' && each == 8); /* large ones are looked for */
    if (!swap && !fortran && same) {
        if (n) memcpy(out->data, bytes, n * each);
        return CN_OK;
    }
    for (size_t i = 0; i < n; i++)
        CN_TRY(convert(bytes + (fortran ? fortran_place(out, i) : i) * each, f, swap, out, i, what));
    return CN_OK;
}

typedef struct header {
    const char *descr;
    bool fortran;
    int ndim;
    size_t shape[CN_MAX_DIMS];
} header;

static const char *shown(cn__arena *arena, const cn__value *value)
{
    const char *text = cn__value_text(arena, value);
    return text ? text : "?";
}

static cn_status read_shape(cn__arena *arena, const cn__value *shape, const char *what, header *out)
{
    if (shape->kind != CN_VALUE_LIST)
        return cn__fail(CN_ERROR_FORMAT, "%s: its shape is %s; expected a tuple", what, shown(arena, shape));
    if (shape->count > CN_MAX_DIMS)
        return cn__fail(CN_ERROR_FORMAT, "%s has %zu dimensions; expected at most %d", what, shape->count,
                        CN_MAX_DIMS);
    out->ndim = (int)shape->count;
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->items[i].kind != CN_VALUE_INT || shape->items[i].integer < 0)
            return cn__fail(CN_ERROR_FORMAT, "%s: its shape holds %s; expected whole numbers from 0", what,
                            shown(arena, &shape->items[i]));
        out->shape[i] = (size_t)shape->items[i].integer;
    }
    return CN_OK;
}

/* "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }" */
static cn_status read_header(cn__arena *arena, const unsigned char *text, size_t size, const char *what,
                             header *out)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    const cn__value *values[3];
    char *copy = cn__arena_alloc(arena, size + 1);
    if (!copy) return CN_ERROR_MEMORY;
    memcpy(copy, text, size);
    copy[size] = '\0';
    cn__value map;
    if (strlen(copy) != size) return cn__fail(CN_ERROR_FORMAT, "%s: its header is no text", what);
    if (cn__value_parse(arena, copy, &map) != CN_OK) {
        const char *problem = cn_error();
        if (cn_error_status() == CN_ERROR_MEMORY) return CN_ERROR_MEMORY;
        return cn__fail(CN_ERROR_FORMAT, "%s: its header is no .npy header: %.*s", what,
                        (int)strcspn(problem, "\n"), problem);
    }
    for (int i = 0; i < 3; i++) {
        values[i] = map.kind == CN_VALUE_MAP ? cn__value_get(&map, keys[i]) : NULL;
        if (!values[i]) return cn__fail(CN_ERROR_FORMAT, "%s: its header lacks %s", what, keys[i]);
    }
    if (values[0]->kind == CN_VALUE_LIST)
        return cn__fail(CN_ERROR_FORMAT, "%s holds structured values; expected plain numbers", what);
    if (values[0]->kind != CN_VALUE_WORD)
        return cn__fail(CN_ERROR_FORMAT, "%s: its descr is %s; expected a type such as '<f4'", what,
                        shown(arena, values[0]));
    if (values[1]->kind != CN_VALUE_BOOL)
        return cn__fail(CN_ERROR_FORMAT, "%s: its fortran_order is %s; expected True or False", what,
                        shown(arena, values[1]));
    *out = (header){.descr = values[0]->word, .fortran = values[1]->boolean};
    return read_shape(arena, values[2], what, out);
}

/* bytes = each · Π shape, or an error if that is not what the file has. */
static cn_status check_size(const header *h, size_t each, size_t available, const char *what)
{
    size_t bytes = each;
    bool empty = false;
    for (int i = 0; i < h->ndim; i++) empty = empty || h->shape[i] == 0;
    for (int i = 0; i < h->ndim && !empty; i++) {
        if (h->shape[i] > available || bytes > available / h->shape[i])
            return cn__fail(CN_ERROR_FORMAT,
                            "%s is cut short: its shape asks for more than the %zu bytes that are there",
                            what, available);
        bytes *= h->shape[i];
    }
    if (!empty && bytes > available)
        return cn__fail(CN_ERROR_FORMAT, "%s is cut short: %zu bytes of numbers expected, %zu are there",
                        what, bytes, available);
    return CN_OK;
}

/* Where the numbers begin, and their header. */
static cn_status find_header(cn__arena *arena, const unsigned char *bytes, size_t size, const char *what,
                             header *h, size_t *begin)
{
    if (!cn__is_npy(bytes, size)) return cn__fail(CN_ERROR_FORMAT, "%s is no .npy file", what);
    size_t start = bytes[6] >= 2 ? 12 : 10, length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] < 1 || bytes[6] > 3)
        return cn__fail(CN_ERROR_FORMAT, "%s: .npy version %d; expected 1 to 3", what, bytes[6]);
    if (start == 12 && size >= 12) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (size < start || length > size - start)
        return cn__fail(CN_ERROR_FORMAT, "%s is cut short in its header", what);
    *begin = start + length;
    return read_header(arena, bytes + start, length, what, h);
}

static cn_status parse(cn__arena *arena, const unsigned char *bytes, size_t size, const char *what,
                       cn_array *out)
{
    header h;
    size_t begin;
    const format *f = NULL;
    bool swap = false;
    CN_TRY(find_header(arena, bytes, size, what, &h, &begin));
    CN_TRY(find_format(h.descr, what, &f, &swap));
    CN_TRY(check_size(&h, (size_t)f->bytes, size - begin, what));
    CN_TRY(cn_array_new(out, f->to, h.ndim, h.shape));
    cn_status status = read_numbers(bytes + begin, f, swap, h.fortran, what, out);
    if (status != CN_OK) cn_array_free(out);
    return status;
}

static cn_status find_size(cn__arena *arena, const unsigned char *bytes, size_t size, const char *what,
                           size_t *out)
{
    header h;
    size_t begin;
    const format *f = NULL;
    bool swap = false;
    CN_TRY(find_header(arena, bytes, size, what, &h, &begin));
    CN_TRY(find_format(h.descr, what, &f, &swap));
    CN_TRY(check_size(&h, (size_t)f->bytes, SIZE_MAX / 16, what));
    *out = (size_t)f->bytes;
    for (int i = 0; i < h.ndim; i++) *out *= h.shape[i];
    *out += begin;
    return CN_OK;
}

cn_status cn__npy_size(const unsigned char *bytes, size_t size, const char *what, size_t *out)
{
    cn__arena arena = {0};
    cn_status status = find_size(&arena, bytes, size, what, out);
    cn__arena_free(&arena);
    return status;
}

cn_status cn__npy_parse(const unsigned char *bytes, size_t size, const char *what, cn_array *out)
{
    cn__arena arena = {0};
    *out = (cn_array){0};
    cn_status status = parse(&arena, bytes, size, what, out);
    cn__arena_free(&arena);
    return status;
}

static const char *descr_of(cn_dtype dtype)
{
    switch (dtype) {
    case CN_FLOAT32: return "<f4";
    case CN_FLOAT64: return "<f8";
    case CN_UINT8: return "|u1";
    case CN_INT8: return "|i1";
    case CN_INT16: return "<i2";
    case CN_INT32: return "<i4";
    case CN_INT64: return "<i8";
    default: return "|b1";
    }
}

/* Version 1.0; the header is padded so that the numbers begin at a multiple of 64, as numpy does. */
static cn_status format_numbers(const cn_array *a, cn__text *out)
{
    if (!cn_dtype_size(a->dtype) || a->ndim < 0 || a->ndim > CN_MAX_DIMS || (a->ndim == 0 && !a->data))
        return cn__fail(CN_ERROR_ARGUMENT, "an array to write has no data, or no type that is known");
    cn__text head = {0};
    cn__text_printf(&head, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr_of(a->dtype));
    for (int i = 0; i < a->ndim; i++)
        cn__text_printf(&head, i + 1 < a->ndim ? "%zu, " : a->ndim == 1 ? "%zu," : "%zu", a->shape[i]);
    cn__text_add(&head, "), }");
    while (!head.failed && (10 + head.size + 1) % 64 != 0) cn__text_add(&head, " ");
    cn__text_add(&head, "\n");
    unsigned char start[10] = {0x93,
                               'N',
                               'U',
                               'M',
                               'P',
                               'Y',
                               1,
                               0,
                               (unsigned char)(head.size & 255),
                               (unsigned char)(head.size >> 8)};
    cn__text_add_bytes(out, start, sizeof start);
    if (head.data) cn__text_add_bytes(out, head.data, head.size);
    if (cn_array_size(a)) cn__text_add_bytes(out, a->data, cn_array_size(a) * cn_dtype_size(a->dtype));
    bool failed = head.failed || out->failed;
    cn__text_free(&head);
    return failed ? cn__fail_memory(cn_array_size(a) * cn_dtype_size(a->dtype), "an .npy file") : CN_OK;
}

/* Divided bytes are written as the numbers that they stand for. */
cn_status cn__npy_format(const cn_array *a, cn__text *out)
{
    cn_array numbers;
    if (a->dtype != CN_UINT8 || a->divide_by == 0) return format_numbers(a, out);
    CN_TRY(cn_array_to_float32(&numbers, a, 1));
    cn_status status = format_numbers(&numbers, out);
    cn_array_free(&numbers);
    return status;
}

cn_status cn_npy_write(const char *path, const cn_array *array)
{
    cn__text bytes = {0};
    cn_status status = cn__npy_format(array, &bytes);
    if (status == CN_OK) status = cn__file_write(path, bytes.data, bytes.size);
    cn__text_free(&bytes);
    return status;
}
