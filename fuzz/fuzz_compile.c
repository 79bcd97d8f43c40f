/* Keras's compile_config: what a model is compiled by is written, and compiles it to the same. */
#include <string.h>

#include "base/arena.h"
#include "formats/keras/keras_objects.h"
#include "fuzz.h"
#include "model/model.h"

static cn_model *new_model(void)
{
    cn_model *model = cn_model_new("fuzz");
    PROMISE(model && cn_model_add_notation(model, "input 2; dense 2 softmax") == CN_OK);
    PROMISE(cn_model_build(model, 1, (const size_t[]){2}) == CN_OK);
    return model;
}

/* What it is compiled by, as text. */
static char *compiled_text(const cn_model *model)
{
    json_t *config;
    char *text = NULL;
    if (!model->compiled || cn__compile_json(model, &config) != CN_OK) return NULL;
    PROMISE(cn__json_dump(config, &text) == CN_OK);
    json_decref(config);
    return text;
}

static void compile(cn_model *model, const char *text, char **written)
{
    json_t *config;
    *written = NULL;
    if (cn__json_parse(text, &config) != CN_OK) return;
    if (cn__compile_from_json(model, config) == CN_OK) *written = compiled_text(model);
    json_decref(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cn_model *model;
    if (!model) model = new_model();
    char *text = cn__malloc(size + 1), *written, *rewritten;
    PROMISE(text);
    memcpy(text, data, size);
    text[size] = '\0';
    compile(model, text, &written);
    if (written) {
        compile(model, written, &rewritten);
        PROMISE(rewritten && strcmp(written, rewritten) == 0);
        cn__free(rewritten);
    }
    cn__free(written);
    cn__free(text);
    return 0;
}
