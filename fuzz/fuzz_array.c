/* What --x takes: IDX, gzip, .npy, an .npz of one member, by what the file holds. */
#include "data/data.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cn__infile file = fuzz_file(data, size);
    cn_array a;
    if (cn__array_read(&file, &a) == CN_OK) cn_array_free(&a);
    return 0;
}
