/* Reads layers models of TensorFlow.js: a JSON file with Keras's network and a list of the weights, which lie in one or more files
 * beside it ("shards"), one behind the other, little-endian float32, or quantized to whole numbers:
 *     {"format": "layers-model", "modelTopology": {"model_config": …}, "weightsManifest":
 *      [{"paths": ["group1-shard1of1.bin"], "weights": [{"name": "dense/kernel", "shape": [3, 4], "dtype": "float32"}]}]}
 * https://www.tensorflow.org/js/tutorials/conversion/import_keras and tfjs-core's io_types. */
#include <stdint.h>
#include <string.h>

#include "base/files/file.h"
#include "formats/beside.h"
#include "formats/files.h"
#include "formats/keras/keras_objects.h"
#include "formats/tfjs/tfjs.h"
#include "model/model.h"
#include "nn/variable.h"

enum { MOST_SHARDS = 4096 };

/* A weight of the manifest: where its bytes begin among those of its group, and how they become numbers. */
typedef struct entry {
    const char *name;
    cn_array shape; /* without data */
    size_t width;   /* bytes of a number as it is kept: 4, or 1 and 2 of quantized ones */
    double scale, min;
} entry;

/* The bytes of a group: its shards in order. */
typedef struct group {
    const char *path; /* of the model */
    const json_t *paths;
    cn__beside shard;
    size_t next;   /* shard */
    uint64_t read; /* bytes of the open shard */
} group;

bool cn__is_tfjs(const json_t *root) { return json_object_get(root, "modelTopology") != NULL; }

static cn_status open_shard(group *g)
{
    const char *name = json_string_value(json_array_get(g->paths, g->next++));
    cn__beside_close(&g->shard);
    g->read = 0;
    if (!name) return cn__fail(CN_ERROR_FORMAT, "its files of weights are shorter than its list of weights");
    if (cn__beside_open(g->path, name, &g->shard) == CN_OK) return CN_OK;
    return cn__fail(cn_error_status(), "its weights are kept in %s", cn_error());
}

static cn_status read_group(group *g, unsigned char *bytes, size_t size)
{
    while (size) {
        if (g->shard.file < 0 || g->read == g->shard.size) {
            CN_TRY(open_shard(g));
            continue;
        }
        const uint64_t left = g->shard.size - g->read;
        const size_t step = left < size ? (size_t)left : size;
        CN_TRY(cn__beside_read(&g->shard, g->read, bytes, step));
        g->read += step, bytes += step, size -= step;
    }
    return CN_OK;
}

static cn_status read_quantization(const json_t *json, entry *out)
{
    const char *dtype = json_string_value(json_object_get(json, "dtype"));
    const json_t *scale = json_object_get(json, "scale"), *min = json_object_get(json, "min");
    if (!json) return CN_OK;
    out->width = dtype && strcmp(dtype, "uint8") == 0 ? 1 : dtype && strcmp(dtype, "uint16") == 0 ? 2 : 0;
    if (!out->width || !json_is_number(scale) || !json_is_number(min))
        return cn__fail(CN_ERROR_FORMAT, "weight '%.80s' is quantized to %.40s; read are uint8 and uint16",
                        out->name, dtype ? dtype : "nothing that is named");
    out->scale = json_number_value(scale), out->min = json_number_value(min);
    return CN_OK;
}

static cn_status read_entry(const json_t *json, entry *out)
{
    const char *dtype = json_string_value(json_object_get(json, "dtype"));
    const json_t *shape = json_object_get(json, "shape");
    *out = (entry){.name = json_string_value(json_object_get(json, "name")), .width = 4, .scale = 1};
    if (!out->name || !json_is_array(shape) || json_array_size(shape) > CN_MAX_DIMS)
        return cn__fail(CN_ERROR_FORMAT, "a weight without a name, or a shape of at most %d sizes",
                        CN_MAX_DIMS);
    if (!dtype || strcmp(dtype, "float32") != 0)
        return cn__fail(CN_ERROR_FORMAT, "weight '%.80s' is of %.40s, expected float32", out->name,
                        dtype ? dtype : "no type");
    out->shape.ndim = (int)json_array_size(shape);
    for (int i = 0; i < out->shape.ndim; i++) {
        const json_int_t size = json_integer_value(json_array_get(shape, (size_t)i));
        if (size < 0) return cn__fail(CN_ERROR_FORMAT, "weight '%.80s' has an impossible size", out->name);
        out->shape.shape[i] = (size_t)size;
    }
    return read_quantization(json_object_get(json, "quantization"), out);
}

static bool has_shape(const cn__variable *v, const entry *e)
{
    bool same = v->ndim == e->shape.ndim;
    for (int i = 0; same && i < v->ndim; i++) same = v->shape[i] == e->shape.shape[i];
    return same;
}

/* Is it the whole path, or its last parts? */
static bool ends_path(const char *path, const char *end)
{
    const size_t size = strlen(end), whole = strlen(path);
    return whole >= size && strcmp(path + whole - size, end) == 0 &&
           (whole == size || path[whole - size - 1] == '/');
}

/* The model's weight of this name: "layer/kernel", perhaps with the model's name before it, or one of a model within, whose name
 * the file leaves out; else the next one. */
static cn_status find_variable(const cn_model *model, const cn_array *taken, const entry *e, size_t next,
                               size_t *out)
{
    char name[512];
    size_t within = model->variable_count;
    *out = model->variable_count;
    for (size_t i = 0; i < model->variable_count; i++) {
        CN_TRY(cn_model_weight_name(model, i, name, sizeof name));
        if (ends_path(e->name, name)) *out = i;
        else if (within == model->variable_count && !taken[i].data && ends_path(name, e->name)) within = i;
    }
    if (*out == model->variable_count) *out = within < model->variable_count ? within : next;
    if (*out >= model->variable_count)
        return cn__fail(CN_ERROR_SHAPE, "the file has a weight that model %s does not have: %.80s",
                        model->name, e->name);
    if (has_shape(model->variables[*out], e)) return CN_OK;
    char got[120];
    return cn__fail(CN_ERROR_SHAPE, "weight '%.80s' has shape %s, which is not that of %s's %s", e->name,
                    cn_array_shape_text(&e->shape, got, sizeof got), model->variables[*out]->layer->name,
                    model->variables[*out]->name);
}

static float value_at(const entry *e, const unsigned char *bytes, size_t i)
{
    uint32_t bits = 0;
    float value;
    for (size_t k = e->width; k-- > 0;) bits = bits << 8 | bytes[i * e->width + k];
    if (e->width < 4) return (float)(bits * e->scale + e->min);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static cn_status read_weight(cn_model *model, cn__arena *arena, group *g, const json_t *json, size_t next,
                             cn_array *weights)
{
    entry e;
    size_t at;
    CN_TRY(read_entry(json, &e));
    CN_TRY(find_variable(model, weights, &e, next, &at));
    const cn__variable *v = model->variables[at];
    const size_t count = cn__variable_size(v);
    if (weights[at].data) return cn__fail(CN_ERROR_FORMAT, "weight '%.80s' is there twice", e.name);
    float *values = cn__arena_array(arena, count, sizeof *values);
    unsigned char *bytes = cn__malloc(count * e.width + 1);
    cn_status status = values && bytes ? read_group(g, bytes, count * e.width) : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < count; i++) values[i] = value_at(&e, bytes, i);
    cn__free(bytes);
    weights[at] = cn_array_view(CN_FLOAT32, values, v->ndim, v->shape);
    return status;
}

static cn_status end_group(const group *g)
{
    if (g->next != json_array_size(g->paths) || (g->shard.file >= 0 && g->read != g->shard.size))
        return cn__fail(CN_ERROR_FORMAT, "its files of weights are longer than its list of weights");
    return CN_OK;
}

static cn_status read_groups(cn_model *model, cn__arena *arena, const char *path, const json_t *manifest,
                             cn_array *weights, size_t *count)
{
    size_t i, j;
    const json_t *item, *weight;
    json_array_foreach((json_t *)manifest, i, item)
    {
        group g = {.path = path, .paths = json_object_get(item, "paths"), .shard = {.file = -1}};
        cn_status status = CN_OK;
        json_array_foreach(json_object_get(item, "weights"), j, weight)
        {
            if (status == CN_OK) status = read_weight(model, arena, &g, weight, *count, weights);
            ++*count;
        }
        if (status == CN_OK) status = end_group(&g);
        cn__beside_close(&g.shard);
        CN_TRY(status);
    }
    return CN_OK;
}

/* Adds the bytes of one shard; of a name that was there before there would be more numbers than there are bytes. */
static cn_status measure_shard(const char *path, const json_t *name, json_t *seen, double *bytes)
{
    cn__beside shard;
    const char *text = json_string_value(name);
    if (!text || json_object_size(seen) >= MOST_SHARDS)
        return cn__fail(CN_ERROR_FORMAT, "\"paths\" of its weights: expected at most %d names", MOST_SHARDS);
    if (json_object_get(seen, text))
        return cn__fail(CN_ERROR_FORMAT, "its weights are kept in '%.80s' twice", text);
    if (json_object_set_new(seen, text, json_true()) != 0) return cn__fail_memory(0, "a model");
    if (cn__beside_open(path, text, &shard) != CN_OK)
        return cn__fail(cn_error_status(), "its weights are kept in %s", cn_error());
    *bytes += (double)shard.size;
    cn__beside_close(&shard);
    return CN_OK;
}

/* How many bytes all shards are; nothing is read yet. */
static cn_status measure_shards(const char *path, const json_t *manifest, double *bytes)
{
    size_t i, j;
    const json_t *item, *name;
    json_t *seen = json_object();
    cn_status status = seen ? CN_OK : cn__fail_memory(0, "a model");
    *bytes = 0;
    json_array_foreach((json_t *)manifest, i, item)
    {
        json_array_foreach(json_object_get(item, "paths"), j, name)
        {
            if (status == CN_OK) status = measure_shard(path, name, seen, bytes);
        }
    }
    json_decref(seen);
    return status;
}

static cn_status read_weights(cn_model *model, const char *path, const json_t *manifest)
{
    enum { MOST_QUANTIZED = 4 }; /* a byte for a number of four */
    double bytes;
    size_t count = 0;
    cn__arena arena = {0};
    CN_TRY(measure_shards(path, manifest, &bytes));
    CN_TRY(cn__model_build_within(model, bytes * MOST_QUANTIZED));
    cn_array *weights = cn__arena_array(&arena, model->variable_count + 1, sizeof *weights);
    if (weights) memset(weights, 0, (model->variable_count + 1) * sizeof *weights);
    cn_status status =
        weights ? read_groups(model, &arena, path, manifest, weights, &count) : CN_ERROR_MEMORY;
    if (status == CN_OK && count != model->variable_count)
        status = cn__fail(CN_ERROR_SHAPE, "it has %zu weights, and model %s %zu", count, model->name,
                          model->variable_count);
    if (status == CN_OK) status = cn_model_set_weights(model, weights, model->variable_count);
    cn__arena_free(&arena);
    return status;
}

/* Keras's configuration, with or without the version beside it. */
static cn_status read_network(const json_t *root, cn_model **model)
{
    const json_t *topology = json_object_get(root, "modelTopology"),
                 *config = json_object_get(topology, "model_config");
    const char *format = json_string_value(json_object_get(root, "format"));
    if (format && strcmp(format, "layers-model") != 0)
        return cn__fail(
            CN_ERROR_FORMAT,
            "it is a %.40s of TensorFlow.js, which holds operations and not layers; only layers models are "
            "read",
            format);
    if (!config) config = topology;
    CN_TRY(cn__check_json_version(config, json_string_value(json_object_get(topology, "keras_version"))));
    *model = cn__model_from_json(config);
    return *model ? CN_OK : cn_error_status();
}

cn_model *cn__tfjs_load(const json_t *root, const cn__infile *file, bool compile)
{
    cn_model *model = NULL;
    const json_t *topology = json_object_get(root, "modelTopology"),
                 *manifest = json_object_get(root, "weightsManifest");
    cn_status status = read_network(root, &model);
    if (status == CN_OK && file->bytes)
        status =
            cn__fail(CN_ERROR_FORMAT, "its weights are in other files, and a model in memory has no folder");
    if (status == CN_OK && manifest) status = read_weights(model, file->name, manifest);
    if (status == CN_OK && compile)
        status = cn__compile_from_json(model, json_object_get(topology, "training_config"));
    if (status == CN_OK) return model;
    cn_model_free(model);
    return NULL;
}
