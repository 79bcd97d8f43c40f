/* zstd files (RFC 8878) in memory, where the library is there. */
#include "base/arena.h"
#include "base/text/text.h"
#include "data/data.h"

bool cn__is_zstd(const unsigned char *b, size_t size)
{
    return size >= 4 && b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd;
}

#ifdef CN_HAS_ZSTD

#include <zstd.h>

#include "data/libraries/library.h"

#define SYMBOLS(X)                                                                                           \
    X(ZSTD_createDStream)                                                                                    \
    X(ZSTD_freeDStream) X(ZSTD_decompressStream) X(ZSTD_isError) X(ZSTD_getErrorName)

#ifdef CN_LATER_ZSTD
CN__LATER(SYMBOLS, CN_LATER_ZSTD)
#else
CN__LINKED(SYMBOLS)
#endif

/* Piece by piece, so that memory is taken for what is there and not for what a header claims. */
static cn_status unpack(ZSTD_DStream *stream, ZSTD_inBuffer *in, size_t limit, const char *what,
                        cn__text *out)
{
    enum { PIECE = 1 << 20 };
    for (size_t left = 1; in->pos < in->size || left;) {
        char *capacity = cn__text_reserve(out, PIECE);
        if (!capacity) return CN_ERROR_MEMORY;
        ZSTD_outBuffer piece = {.dst = capacity, .size = PIECE};
        left = lib.ZSTD_decompressStream(stream, &piece, in);
        if (lib.ZSTD_isError(left))
            return cn__fail(CN_ERROR_FORMAT, "%s: the zstd file is damaged: %s", what,
                            lib.ZSTD_getErrorName(left));
        out->size += piece.pos;
        if (out->size > limit)
            return cn__fail(CN_ERROR_FORMAT,
                            "%s unpacks to more than %zu bytes, which are the most that are read", what,
                            limit);
        if (in->pos == in->size && !piece.pos && left)
            return cn__fail(CN_ERROR_FORMAT, "%s: the zstd file is cut short", what);
    }
    return CN_OK;
}

cn_status cn__unzstd(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                     unsigned char **out, size_t *out_size)
{
    cn__text text = {0};
    CN_TRY(load());
    ZSTD_DStream *stream = lib.ZSTD_createDStream();
    if (!stream) return cn__fail_memory(size, "a zstd file");
    cn_status status = unpack(stream, &(ZSTD_inBuffer){.src = bytes, .size = size}, limit, what, &text);
    lib.ZSTD_freeDStream(stream);
    if (status != CN_OK) {
        cn__text_free(&text);
        return status;
    }
    *out = (unsigned char *)text.data;
    *out_size = text.size;
    return CN_OK;
}

#else

cn_status cn__unzstd(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                     unsigned char **out, size_t *out_size)
{
    (void)bytes, (void)size, (void)limit, (void)out, (void)out_size;
    return cn__fail(CN_ERROR_STATE, "%s is a zstd file, and this build has no libzstd; unpack it: unzstd",
                    what);
}

#endif
