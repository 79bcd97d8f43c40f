/* TensorFlow.js layers models: the JSON, and behind its first '\0' the weights, which lie in a file w.bin beside it. What is read
 * is written and read again. */
#include <string.h>
#include <unistd.h>

#include "cornu/formats.h"
#include "cornu/model.h"
#include "fuzz.h"

static char folder[64];

static const char *place(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    static const char *const names[] = {"model.json", "w.bin", "out.tfjs.json", "out.bin"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) (void)unlink(place(names[i]));
    (void)rmdir(folder);
}

static void make_folder(void)
{
    if (*folder) return;
    snprintf(folder, sizeof folder, "%s/cornu-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    PROMISE(mkdtemp(folder));
    atexit(remove_folder);
}

static void put(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(place(name), "wb");
    PROMISE(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
    const size_t json = end ? (size_t)(end - data) : size, weights = end ? size - json - 1 : 0;
    make_folder();
    put("model.json", data, json);
    put("w.bin", end ? end + 1 : data, weights);
    cn_model *model = cn_model_load(place("model.json"));
    if (!model || !cn_model_is_built(model)) {
        cn_model_free(model);
        return 0;
    }
    const cn_status saved = cn_model_save(model, place("out.tfjs.json"), false);
    cn_model *again = saved == CN_OK ? cn_model_load(place("out.tfjs.json")) : NULL;
    PROMISE(saved != CN_OK || again);
    cn_model_free(again);
    cn_model_free(model);
    return 0;
}
