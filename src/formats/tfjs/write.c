/* Writes layers models of TensorFlow.js: Keras's network as Keras 2 has it, and one file of weights. */
#include <stdint.h>
#include <string.h>

#include "cornu/version.h"
#include "base/file.h"
#include "base/text.h"
#include "data/json.h"
#include "formats/keras/keras_objects.h"
#include "formats/tfjs/tfjs.h"
#include "model/model.h"
#include "nn/variable.h"

/* What TensorFlow.js calls otherwise than Keras 3 does, as in Keras 2. */
static const struct {
    const char *class_name, *key, *name;
} renamed[] = {{"InputLayer", "batch_shape", "batch_input_shape"}, {"LeakyReLU", "negative_slope", "alpha"}};

/* Arguments that Keras 2 has not; they may only be false. */
static const char *const newer[] = {"rms_scaling", "synchronized"};

/* Activations that it has. hard_sigmoid is another function there. */
static const char *const activations[] = {"elu",     "linear",  "relu",     "relu6",    "selu",
                                          "sigmoid", "softmax", "softplus", "softsign", "tanh",
                                          "swish",   "silu",    "mish",     "gelu"};

static cn_status check_activation(const char *layer, const json_t *activation)
{
    const char *name = json_string_value(activation);
    for (size_t i = 0; name && i < sizeof activations / sizeof *activations; i++)
        if (strcmp(name, activations[i]) == 0) return CN_OK;
    if (!activation) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s: TensorFlow.js has no activation %s as it is here", layer,
                    name ? name : "of that kind");
}

/* The L1 and L2 of Keras 3 are L1L2 there, OrthogonalInitializer is Orthogonal; nested objects have no module. */
static void rename_object(json_t *object)
{
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (!class_name) return;
    json_object_del(object, "module");
    json_object_del(object, "registered_name");
    if (strcmp(class_name, "L1") == 0 || strcmp(class_name, "L2") == 0)
        cn__json_set(object, "class_name", json_string("L1L2"));
    if (strcmp(class_name, "OrthogonalInitializer") == 0)
        cn__json_set(object, "class_name", json_string("Orthogonal"));
}

static cn_status rename_layer(json_t *layer)
{
    json_t *config = json_object_get(layer, "config"), *item;
    const char *class_name = json_string_value(json_object_get(layer, "class_name")), *key;
    const char *name = json_string_value(json_object_get(config, "name"));
    json_object_del(layer, "module");
    json_object_del(layer, "registered_name");
    if (json_object_get(config, "dtype")) cn__json_set(config, "dtype", json_string("float32"));
    json_object_foreach(config, key, item) rename_object(item);
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (strcmp(renamed[i].class_name, class_name) != 0) continue;
        cn__json_set(config, renamed[i].name, json_incref(json_object_get(config, renamed[i].key)));
        json_object_del(config, renamed[i].key);
    }
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) {
        if (json_is_true(json_object_get(config, newer[i])))
            return cn__fail(CN_ERROR_ARGUMENT, "layer %s: TensorFlow.js has no %s", name ? name : "",
                            newer[i]);
        json_object_del(config, newer[i]);
    }
    return check_activation(name ? name : "", json_object_get(config, "activation"));
}

static cn_status make_topology(const cn_model *model, json_t **out)
{
    json_t *root, *layer;
    size_t i;
    cn_status status = CN_OK;
    *out = NULL;
    CN_TRY(cn__model_json(model, &root));
    json_object_del(root, "module");
    json_object_del(root, "registered_name");
    json_object_del(json_object_get(root, "config"), "dtype");
    json_array_foreach(json_object_get(json_object_get(root, "config"), "layers"), i, layer)
    {
        if (status == CN_OK) status = rename_layer(layer);
    }
    if (status == CN_OK) {
        *out = json_pack("{s:s, s:s, s:O}", "keras_version", "2.15.0", "backend", "tensorflow",
                         "model_config", root);
        if (!*out) status = cn__fail_memory(0, "JSON");
    }
    json_decref(root);
    return status;
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
    CN_TRY(make_topology(model, &topology));
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
    cn_status status = make_topology(model, &topology);
    json_decref(status == CN_OK ? topology : NULL);
    if (status == CN_OK) status = write_shard(model, shard);
    if (status == CN_OK) status = write_json(model, path, slash ? slash + 1 : shard);
    cn__free(shard);
    return status;
}
