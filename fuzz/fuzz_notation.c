/* The notation of layers, in a line and in graphs. */
#include <string.h>

#include "base/arena.h"
#include "cornu/formats.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = cn__malloc(size + 1);
    PROMISE(text);
    memcpy(text, data, size);
    text[size] = '\0';
    cn_model *model = cn_model_from_notation("fuzz", text);
    if (model) {
        cn_text_free(cn_model_to_json(model));
        cn_text_free(cn_model_to_svg(model));
    }
    cn_model_free(model);
    cn__free(text);
    return 0;
}
