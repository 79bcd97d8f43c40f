/* .npz with all its members. Checksums are passed over in a build for fuzzing. */
#include "data/data.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cn__infile file = fuzz_file(data, size);
    cn_npz npz;
    if (cn__npz_read(&file, &npz) == CN_OK) cn_npz_free(&npz);
    return 0;
}
