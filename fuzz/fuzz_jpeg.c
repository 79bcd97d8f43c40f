/* JPEG pictures. */
#include "data/images/images.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cn__picture picture;
    if (!cn__is_jpeg(data, size) || cn__jpeg_read(data, size, "fuzz", &picture) != CN_OK) return 0;
    PROMISE(picture.width && picture.height && picture.rgb);
    cn__picture_free(&picture);
    return 0;
}
