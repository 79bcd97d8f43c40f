/* protobuf-c ends a string at its first NUL byte, so that a name checked here would be another one than other readers see: the bytes
 * of a message are walked by its description, and such a string is refused. What is damaged is left to the unpacking. */
#include <string.h>

#include "formats/onnx/onnx.h"

enum wire { WIRE_VARINT = 0, WIRE_8_BYTES = 1, WIRE_BYTES = 2, WIRE_4_BYTES = 5 };

typedef struct bytes {
    const uint8_t *p, *end;
} bytes;

static bool take_varint(bytes *b, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; b->p < b->end && shift < 64; shift += 7) {
        const uint8_t byte = *b->p++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

/* The value of a field; what is not of the kind `WIRE_BYTES` is passed over. */
static bool take_value(bytes *b, unsigned wire, bytes *out)
{
    uint64_t size = wire == WIRE_8_BYTES ? 8 : 4;
    if (wire == WIRE_VARINT) return take_varint(b, &size);
    if (wire != WIRE_8_BYTES && wire != WIRE_4_BYTES && (wire != WIRE_BYTES || !take_varint(b, &size)))
        return false;
    if (size > (size_t)(b->end - b->p)) return false;
    *out = (bytes){b->p, b->p + size};
    b->p = out->end;
    return true;
}

static cn_status check_string(const bytes *value)
{
    if (value->p == value->end || !memchr(value->p, 0, (size_t)(value->end - value->p))) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "the text '%.80s' goes on after a NUL byte, expected one without",
                    (const char *)value->p);
}

/* As deep as messages are described within one another: no kind holds itself. */
static cn_status check_message(const ProtobufCMessageDescriptor *message, bytes b)
{
    uint64_t tag;
    bytes value = {0};
    while (take_varint(&b, &tag) && take_value(&b, tag & 7, &value)) {
        const ProtobufCFieldDescriptor *field =
            (tag & 7) == WIRE_BYTES && tag >> 3 <= UINT32_MAX
                ? protobuf_c_message_descriptor_get_field(message, (unsigned)(tag >> 3))
                : NULL;
        if (field && field->type == PROTOBUF_C_TYPE_STRING) CN_TRY(check_string(&value));
        if (field && field->type == PROTOBUF_C_TYPE_MESSAGE) CN_TRY(check_message(field->descriptor, value));
    }
    return CN_OK;
}

cn_status cn__onnx_check_strings(const void *model, size_t size)
{
    const uint8_t *p = model;
    return check_message(&cn__onnx__model__descriptor, (bytes){p, p + size});
}
