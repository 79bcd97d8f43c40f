/* Keras's JSON of a network: what is read is written as JSON that is read as the same network. */
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
    cn_model *model = cn_model_from_json(text), *again = NULL;
    char *written = model ? cn_model_to_json(model) : NULL, *rewritten = NULL;
    if (written) {
        again = cn_model_from_json(written);
        PROMISE(again);
        rewritten = cn_model_to_json(again);
        PROMISE(rewritten && strcmp(written, rewritten) == 0);
    }
    cn_text_free(written);
    cn_text_free(rewritten);
    cn_model_free(model);
    cn_model_free(again);
    cn__free(text);
    return 0;
}
