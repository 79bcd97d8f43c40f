/* A zip with a model inside, .keras or .npz: network, weights, what it was compiled with, the optimiser's state. */
#include "formats/files.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || data[0] != 'P' || data[1] != 'K')
        return 0; /* the other kinds have targets of their own */
    const cn__infile file = fuzz_file(data, size);
    cn_model_free(cn__model_load(&file, true));
    return 0;
}
