/* .npy: what is read is written and read back as the same numbers. */
#include <string.h>

#include "data/data.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cn_array a, again;
    cn__text bytes = {0};
    if (cn__npy_parse(data, size, "fuzz", &a) != CN_OK) return 0;
    PROMISE(cn__npy_format(&a, &bytes) == CN_OK);
    PROMISE(cn__npy_parse((const unsigned char *)bytes.data, bytes.size, "again", &again) == CN_OK);
    PROMISE(again.dtype == a.dtype && cn_array_size(&again) == cn_array_size(&a));
    if (cn_array_size(&a))
        PROMISE(memcmp(again.data, a.data, cn_array_size(&a) * cn_dtype_size(a.dtype)) == 0);
    cn__text_free(&bytes);
    cn_array_free(&again);
    cn_array_free(&a);
    return 0;
}
