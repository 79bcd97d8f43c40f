#include "formats/tensorboard/event_read.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "formats/tensorboard/event_file.h"
#include "tensorboard.pb-c.h"

enum { HEAD = 12, FOOT = 4, FLOAT32 = 1, FLOAT64 = 2 };

static uint64_t little_endian(const unsigned char *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v |= (uint64_t)p[i] << (8 * i);
    return v;
}

/* A fuzzer would hardly find a checksum. */
static bool is_checksum(uint64_t given, const void *bytes, size_t size)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    (void)given, (void)bytes, (void)size;
    return true;
#else
    const uint32_t crc = cn__crc32c(bytes, size);
    return (uint32_t)given ==
           (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8u); /* masked, as TFRecord does */
#endif
}

static cn_status fail_record(const cn__infile *file, size_t at, const char *what)
{
    return cn__fail(CN_ERROR_FORMAT, "%s: %s at byte %zu; expected an event file of TensorBoard", file->name,
                    what, at);
}

/* The one number of a tensor: in its list, or as bytes. */
static bool number_of(const Cn__Board__Tensor *t, double *out)
{
    if (t->type == FLOAT32 && t->n_floats == 1) *out = (double)t->floats[0];
    else if (t->type == FLOAT64 && t->n_doubles == 1) *out = t->doubles[0];
    else if (t->type == FLOAT32 && t->content.len == sizeof(float)) {
        float v;
        memcpy(&v, t->content.data, sizeof v);
        *out = (double)v;
    } else if (t->type == FLOAT64 && t->content.len == sizeof *out) memcpy(out, t->content.data, sizeof *out);
    else return false;
    return true;
}

/* Those of TensorFlow 1 and of PyTorch stand in the value itself. */
static bool scalar_of(const Cn__Board__Value *v, double *out)
{
    if (v->number_case == CN__BOARD__VALUE__NUMBER_SIMPLE) {
        *out = (double)v->simple;
        return true;
    }
    return v->number_case == CN__BOARD__VALUE__NUMBER_TENSOR && v->tensor && number_of(v->tensor, out);
}

static cn_status read_event(const cn__infile *file, const unsigned char *data, size_t size, size_t at,
                            cn_status (*scalar)(void *user, const char *tag, int64_t step, double value),
                            void *user)
{
    Cn__Board__Event *e = cn__board__event__unpack(NULL, size, data);
    if (!e) return fail_record(file, at, "a record that is no event");
    cn_status status = CN_OK;
    for (size_t i = 0; e->summary && i < e->summary->n_values && status == CN_OK; i++) {
        const Cn__Board__Value *v = e->summary->values[i];
        double number;
        if (v->tag && *v->tag && scalar_of(v, &number)) status = scalar(user, v->tag, e->step, number);
    }
    cn__board__event__free_unpacked(e, NULL);
    return status;
}

static cn_status read_records(const cn__infile *file, const unsigned char *p, size_t size,
                              cn_status (*scalar)(void *user, const char *tag, int64_t step, double value),
                              void *user)
{
    for (size_t at = 0; size - at >= HEAD;) {
        const uint64_t length = little_endian(p + at, 8);
        if (!is_checksum(little_endian(p + at + 8, 4), p + at, 8))
            return fail_record(file, at, "a length with a wrong checksum");
        if (length > size - at - HEAD || size - at - HEAD - length < FOOT) return CN_OK;
        const unsigned char *data = p + at + HEAD;
        if (!is_checksum(little_endian(data + length, 4), data, (size_t)length))
            return fail_record(file, at, "a record with a wrong checksum");
        CN_TRY(read_event(file, data, (size_t)length, at, scalar, user));
        at += HEAD + (size_t)length + FOOT;
    }
    return CN_OK;
}

cn_status cn__events_read(const cn__infile *file,
                          cn_status (*scalar)(void *user, const char *tag, int64_t step, double value),
                          void *user)
{
    char *bytes;
    size_t size;
    CN_TRY(cn__infile_read(file, &bytes, &size, (size_t)1 << 30));
    cn_status status = size < HEAD ? fail_record(file, 0, "too short a file")
                                   : read_records(file, (const unsigned char *)bytes, size, scalar, user);
    cn__free(bytes);
    return status;
}
