/* .weights.h5, and weights alone in an older .h5, into a compiled model that is there. */
#include "cornu/train.h"
#include "formats/files.h"
#include "fuzz.h"

static cn_model *new_model(void)
{
    cn_model *model = cn_model_new("fuzz");
    PROMISE(model &&
            cn_model_add_notation(model, "input 2; dense 2 relu; batch_normalization; dense 1") == CN_OK);
    PROMISE(cn_model_build(model, 1, (const size_t[]){2}) == CN_OK);
    PROMISE(cn_model_compile(model, .optimizer = "adam", .loss = "mse") == CN_OK);
    return model;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cn_model *model;
    const cn__infile file = fuzz_file(data, size);
    if (!model) model = new_model();
    (void)!cn__h5_load_weights(model, &file);
    return 0;
}
