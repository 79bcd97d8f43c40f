/* Writes layers models of TensorFlow.js: the network (topology.c), and one file of weights. */
#include <stdint.h>
#include <string.h>

#include "cornu/version.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "data/files/json.h"
#include "formats/keras/keras_objects.h"
#include "formats/tfjs/tfjs.h"
#include "model/model.h"
#include "nn/variable.h"

/* Weights are found by the name of their layer alone, also those of models within. */
static cn_status check_names(const cn_model *model)
{
    for (size_t i = 0; i < model->variable_count; i++)
        for (size_t k = 0; k < i; k++) {
            const cn__layer *a = model->variables[i]->layer, *b = model->variables[k]->layer;
            if (a == b || strcmp(a->name, b->name) != 0) continue;
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "two layers are named %s, one of them in a model within, and TensorFlow.js knows weights by "
                "their layer's name; expected other names: name=…",
                a->name);
        }
    return CN_OK;
}

static json_t *weight_entry(const cn_model *model, size_t i)
{
    const cn__variable *v = model->variables[i];
    json_t *shape = json_array();
    cn__text name = {0};
    cn__text_printf(&name, "%s/%s", v->layer->name, v->name);
    for (int k = 0; k < v->ndim; k++) cn__json_append(shape, json_integer((json_int_t)v->shape[k]));
    json_t *json = name.failed
                       ? NULL
                       : json_pack("{s:s, s:O, s:s}", "name", name.data, "shape", shape, "dtype", "float32");
    json_decref(shape);
    cn__text_free(&name);
    return json;
}

static cn_status write_json(const cn_model *model, const char *path, const char *shard)
{
    json_t *topology = NULL, *weights = NULL, *root = NULL;
    char *text = NULL;
    CN_TRY(cn__tfjs_topology(model, &topology));
    weights = json_array();
    for (size_t i = 0; i < model->variable_count; i++) cn__json_append(weights, weight_entry(model, i));
    root = json_pack("{s:s, s:s, s:s, s:O, s:[{s:[s], s:O}]}", "format", "layers-model", "generatedBy",
                     "cornu " CN_VERSION, "convertedBy", "cornu " CN_VERSION, "modelTopology", topology,
                     "weightsManifest", "paths", shard, "weights", weights);
    cn_status status = cn__json_dump(root, &text);
    if (status == CN_OK) status = cn__file_write(path, text, strlen(text));
    json_decref(root);
    json_decref(weights);
    json_decref(topology);
    cn__free(text);
    return status;
}

/* All weights, one behind the other, little-endian on every machine. */
static cn_status write_shard(const cn_model *model, const char *path)
{
    cn__outfile out;
    CN_TRY(cn__outfile_open(&out, path));
    cn_status status = CN_OK;
    for (size_t i = 0; status == CN_OK && i < model->variable_count; i++) {
        cn_array weight;
        status = cn_model_get_weight(model, i, &weight);
        for (size_t k = 0; status == CN_OK && k < cn_array_size(&weight); k++) {
            uint32_t bits;
            memcpy(&bits, (const float *)weight.data + k, sizeof bits);
            const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8),
                                            (unsigned char)(bits >> 16), (unsigned char)(bits >> 24)};
            if (fwrite(bytes, 1, 4, out.stream) != 4)
                status = cn__fail(CN_ERROR_FILE, "%s: cannot be written", path);
        }
        if (status == CN_OK) cn_array_free(&weight);
    }
    if (status == CN_OK) return cn__outfile_commit(&out);
    cn__outfile_abort(&out);
    return status;
}

/* "a/net.tfjs.json" -> "a/net.tfjs.bin" */
static char *shard_path(const char *path)
{
    char *shard = cn__strdup(path);
    if (shard) strcpy(shard + strlen(shard) - 4, "bin");
    return shard;
}

cn_status cn__tfjs_save(const cn_model *model, const char *path)
{
    char *shard = shard_path(path);
    if (!shard) return CN_ERROR_MEMORY;
    const char *slash = strrchr(shard, '/');
    json_t *topology; /* what cannot be said there is found before a file is written */
    cn_status status = check_names(model);
    if (status == CN_OK) status = cn__tfjs_topology(model, &topology);
    json_decref(status == CN_OK ? topology : NULL);
    if (status == CN_OK) status = write_shard(model, shard);
    if (status == CN_OK) status = write_json(model, path, slash ? slash + 1 : shard);
    cn__free(shard);
    return status;
}
