/* ONNX: what is read has all its weights. */
#include "formats/files.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cn__infile file = fuzz_file(data, size);
    cn_model *model = cn__onnx_load(&file, true);
    if (!model) return 0;
    PROMISE(cn_model_is_built(model));
    cn_model_free(model);
    return 0;
}
