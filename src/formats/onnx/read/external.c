/* Tensors that an ONNX model keeps in another file, as torch.onnx.export does: {"location": "m.onnx.data", "offset": "0",
 * "length": "4800"}. No byte is read twice, so that what is read is no more than there is. */
#include <string.h>

#include "formats/beside.h"
#include "formats/onnx/onnx.h"

/* A file that was opened before; each gives its size to the bytes that may be read. */
typedef struct cn__onnx_file {
    const char *name;
    struct cn__onnx_file *next;
} seen_file;

typedef struct place {
    const char *location;
    uint64_t offset, length; /* length UINT64_MAX: not given */
} place;

static cn_status fail_place(const char *tensor, const char *location, const char *what)
{
    return cn__fail(CN_ERROR_FORMAT, "tensor '%.80s' is kept in '%.80s', %s", tensor, location, what);
}

/* ---- what the model says ------------------------------------------------------------------------------------ */

/* Decimal digits alone, below 2^62. */
static bool read_number(const char *text, uint64_t *out)
{
    *out = 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || *out >= (uint64_t)1 << 58) return false;
        *out = 10 * *out + (uint64_t)(*p - '0');
    }
    return *text != '\0';
}

static cn_status read_entry(const char *tensor, const Cn__Onnx__Pair *entry, unsigned *seen, place *out)
{
    static const char *const keys[] = {"location", "offset", "length", "checksum"};
    enum { KEYS = sizeof keys / sizeof *keys };
    unsigned key = 0;
    bool good = true;
    while (key < KEYS && strcmp(entry->key, keys[key]) != 0) key++;
    if (key == KEYS) {
        (void)cn__fail_word(CN_ERROR_FORMAT, "entry", entry->key, keys, KEYS);
        return cn__fail_in("tensor '%.80s': its external data", tensor);
    }
    if (*seen & 1u << key)
        return cn__fail(CN_ERROR_FORMAT, "tensor '%.80s': its external data has two entries %s", tensor,
                        keys[key]);
    *seen |= 1u << key;
    if (key == 0) out->location = entry->value;
    if (key == 1) good = read_number(entry->value, &out->offset);
    if (key == 2) good = read_number(entry->value, &out->length);
    if (good) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT,
                    "tensor '%.80s': %s '%.40s' of its external data, expected a number of bytes", tensor,
                    keys[key], entry->value);
}

static cn_status read_place(const Cn__Onnx__Tensor *t, const char *tensor, place *out)
{
    unsigned seen = 0;
    *out = (place){.length = UINT64_MAX};
    for (size_t i = 0; i < t->n_external; i++) CN_TRY(read_entry(tensor, t->external[i], &seen, out));
    if (!out->location || !*out->location)
        return cn__fail(CN_ERROR_FORMAT, "tensor '%.80s' is kept in another file that is not named", tensor);
    return CN_OK;
}

/* ---- the file ------------------------------------------------------------------------------------------------- */

static cn_status count_file(cn__onnx_source *s, const char *name, uint64_t size)
{
    for (const seen_file *f = s->files; f; f = f->next)
        if (strcmp(f->name, name) == 0) return CN_OK;
    seen_file *file = cn__arena_alloc(&s->arena, sizeof *file);
    if (!file) return CN_ERROR_MEMORY;
    *file = (seen_file){name, s->files};
    s->files = file;
    s->external_left += size;
    return CN_OK;
}

static cn_status read_from(cn__onnx_source *s, const cn__beside *file, const place *p, Cn__Onnx__Tensor *t,
                           const char *tensor, size_t size)
{
    CN_TRY(count_file(s, p->location, file->size));
    if (p->length != UINT64_MAX && p->length != size)
        return cn__fail(CN_ERROR_FORMAT,
                        "tensor '%.80s' is kept in %llu bytes of '%.80s', and needs %zu by its shape", tensor,
                        (unsigned long long)p->length, p->location, size);
    if (p->offset > file->size || size > file->size - p->offset)
        return fail_place(tensor, p->location, "which is too short for it");
    if (size > s->external_left)
        return fail_place(tensor, p->location, "of which some bytes would be read again; expected each once");
    s->external_left -= size;
    s->budget.limit += size + 64;
    uint8_t *bytes = s->allocator.alloc(s->allocator.allocator_data, size ? size : 1);
    if (!bytes) return cn__fail_memory(size, "a tensor");
    t->raw = (ProtobufCBinaryData){size, bytes};
    return cn__beside_read(file, p->offset, bytes, size);
}

cn_status cn__onnx_read_external(cn__onnx_source *s, Cn__Onnx__Tensor *t, const char *tensor, size_t size)
{
    place p;
    cn__beside file;
    CN_TRY(read_place(t, tensor, &p));
    if (!s->path) return fail_place(tensor, p.location, "and a model that is read from memory has no folder");
    if (t->raw.len || t->n_floats || t->n_doubles || t->n_int32s || t->n_int64s)
        return fail_place(tensor, p.location, "and in the model too; expected one of them");
    if (cn__beside_open(s->path, p.location, &file) != CN_OK)
        return cn__fail(cn_error_status(), "tensor '%.80s' is kept in %s", tensor, cn_error());
    cn_status status = read_from(s, &file, &p, t, tensor, size);
    cn__beside_close(&file);
    return status;
}
