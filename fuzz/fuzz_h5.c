/* A whole model in an older .h5: network, weights, what it was compiled with, the optimiser's state. */
#include "formats/files.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cn__infile file = fuzz_file(data, size);
    cn_model_free(cn__h5_load_model(&file, true));
    return 0;
}
