/* Keras's own files: .keras, a zip of the network, what it was compiled with, and an HDF5 file of arrays; that HDF5
 * file alone, .weights.h5; and the older .h5 with all of it in one. */
#include <math.h>
#include <string.h>

#include "base/files/file.h"
#include "data/files/json.h"
#include "data/files/keras_members.h"
#include "data/data.h"
#include "data/preparation/keras.h"
#include "data/files/zip.h"
#include "formats/files.h"
#include "formats/keras/h5_model.h"
#include "formats/keras/keras_objects.h"

#define CONFIG "config.json"
#define WEIGHTS "model.weights.h5"
#define METADATA "metadata.json"

enum { MAX_METADATA = 1 << 16, MAX_JSON = 64 << 20, SLACK = 16 << 20 };

/* What is known of it, but for the date: equal models give equal bytes. */
static const char metadata[] =
    "{\"keras_version\": \"3.6.0\", \"date_saved\": \"1980-01-01@00:00:00\", \"written_by\": \"cornu\"}";

static cn_model *give_up(cn_model *model, const char *path)
{
    (void)cn__fail_in("'%s'", path);
    cn_model_free(model);
    return NULL;
}

/* ---- building within bounds ---------------------------------------------------------------------------- */

/* How many numbers the weights are; no memory is taken for them yet. */
static cn_status measure(cn_model *model, double *numbers)
{
    CN_TRY(cn__model_check(model));
    if (!cn__model_known_input(model))
        return cn__fail(CN_ERROR_STATE,
                        "model %s has no shape, so it has no weights: it was saved before it was built",
                        model->name);
    *numbers = (double)cn_model_parameters(model);
    return model->built ? CN_OK : cn__model_count_parameters(model, cn__model_known_input(model), numbers);
}

/* A file that claims a network much larger than itself is refused before memory is taken. */
static cn_status build(cn_model *model, double numbers, double bytes)
{
    if (numbers * (double)sizeof(float) > bytes)
        return cn__fail(CN_ERROR_FORMAT,
                        "its %.0f bytes of weights cannot hold the %.0f numbers of the network", bytes,
                        numbers);
    return cn__model_build_if_known(model);
}

cn_status cn__model_build_within(cn_model *model, double bytes)
{
    double numbers;
    CN_TRY(measure(model, &numbers));
    return build(model, numbers, bytes);
}

/* More than weights, averages and slots in double precision would take. */
static size_t most_bytes(double numbers)
{
    double most = numbers * (double)sizeof(double) * (CN_MAX_SLOTS + 2) + SLACK;
    return most < (double)(SIZE_MAX / 2) ? (size_t)most : SIZE_MAX / 2;
}

/* ---- .keras -------------------------------------------------------------------------------------------- */

/* A .keras file while it is read. */
typedef struct archive {
    cn__zip *zip;
    json_t *config;
    char *weights; /* the bytes of its HDF5 file */
    size_t weights_size;
} archive;

static void close_archive(archive *a)
{
    cn__zip_close(a->zip);
    json_decref(a->config);
    cn__free(a->weights);
}

cn_status cn__is_keras(const cn__infile *file, bool *is)
{
    cn__zip *zip;
    uint64_t index;
    *is = cn__has_suffix(file->name, ".keras");
    const cn_status status = cn__zip_open(file, "a zip file", &zip);
    if (status != CN_OK) return status == CN_ERROR_FORMAT ? CN_OK : status; /* its reader says more */
    *is = *is || cn__zip_find(zip, CONFIG, &index) || cn__zip_find(zip, WEIGHTS, &index);
    cn__zip_close(zip);
    return CN_OK;
}

static cn_status read_member(const archive *a, const char *name, size_t limit, char **bytes, size_t *size)
{
    uint64_t index;
    if (!cn__zip_find(a->zip, name, &index))
        return cn__fail(CN_ERROR_FORMAT, "it is no .keras file of Keras 3: it has no member %s", name);
    return cn__zip_read(a->zip, index, NULL, limit, bytes, size);
}

static cn_status read_json(archive *a)
{
    char *text;
    size_t size;
    uint64_t index;
    const char *name = cn__zip_find(a->zip, CN_NETWORK_MEMBER, &index) ? CN_NETWORK_MEMBER : CONFIG;
    char *preparation = NULL, *network = NULL;
    CN_TRY(read_member(a, name, MAX_JSON, &text, &size));
    if (!size) {
        cn__free(text);
        return cn__fail(CN_ERROR_FORMAT,
                        "its member %s is empty; expected the network of a .keras file of Keras 3", name);
    }
    cn_status status = cn__preparation_of_keras(text, &preparation, &network);
    if (status == CN_OK) status = cn__json_parse(network ? network : text, &a->config);
    cn__free(preparation);
    cn__free(network);
    cn__free(text);
    return status == CN_OK ? CN_OK : cn__fail_in("%s", name);
}

/* A file without metadata is one of Keras 3. */
static cn_status check_version(const archive *a)
{
    char *text;
    size_t size;
    uint64_t index;
    json_t *metadata_json = NULL;
    if (!cn__zip_find(a->zip, METADATA, &index)) return CN_OK;
    CN_TRY(read_member(a, METADATA, MAX_METADATA, &text, &size));
    cn_status status = cn__json_parse(text, &metadata_json);
    cn__free(text);
    if (status != CN_OK) return cn__fail_in(METADATA);
    status =
        cn__check_json_version(a->config, json_string_value(json_object_get(metadata_json, "keras_version")));
    json_decref(metadata_json);
    return status;
}

/* The arrays of `bytes`, into the model. */
static cn_status read_arrays(archive *a, cn_model *model, cn__h5_wish wish)
{
    cn__h5 *h5;
    CN_TRY(cn__h5_open(&(cn__infile){WEIGHTS, a->weights, a->weights_size}, &h5));
    cn_status status = cn__h5_load_current(h5, model, wish);
    if (status != CN_OK && cn__h5_check_reads(h5) != CN_OK) status = cn_error_status();
    cn__h5_close(h5);
    return status;
}

static cn_status read_weights(archive *a, cn_model *model, cn__h5_wish wish)
{
    double numbers;
    CN_TRY(measure(model, &numbers));
    CN_TRY(read_member(a, WEIGHTS, most_bytes(numbers), &a->weights, &a->weights_size));
    CN_TRY(build(model, numbers, (double)a->weights_size));
    if (wish == CN_H5_STATE)
        CN_TRY(cn__compile_from_json(model, json_object_get(a->config, "compile_config")));
    return read_arrays(a, model, wish);
}

static cn_status read_keras(archive *a, const cn__infile *file, bool compile, cn_model **model)
{
    CN_TRY(cn__zip_open(file, "a .keras file of Keras 3", &a->zip));
    CN_TRY(read_json(a));
    CN_TRY(check_version(a));
    *model = cn__model_from_json(a->config);
    if (!*model) return cn_error_status();
    return read_weights(a, *model, compile ? CN_H5_STATE : CN_H5_WEIGHTS_ONLY);
}

cn_model *cn__keras_load(const cn__infile *file, bool compile)
{
    archive a = {.zip = NULL};
    cn_model *model = NULL;
    cn_status status = read_keras(&a, file, compile, &model);
    close_archive(&a);
    return status == CN_OK ? model : give_up(model, file->name);
}

cn_status cn__keras_load_weights(cn_model *model, const cn__infile *file)
{
    archive a = {.zip = NULL};
    cn_status status = cn__zip_open(file, "a .keras file of Keras 3", &a.zip);
    if (status == CN_OK) status = read_weights(&a, model, CN_H5_STATE_IF_IT_FITS);
    close_archive(&a);
    return status == CN_OK ? CN_OK : cn__fail_in("weights '%s'", file->name);
}

/* The JSON of a whole model: network and compile configuration. */
static cn_status whole_json(const cn_model *model, char **out)
{
    json_t *root, *compiled = NULL;
    CN_TRY(cn__model_json(model, &root));
    cn_status status = cn__compile_json(model, &compiled);
    if (status == CN_OK && json_object_set_new(root, "compile_config", compiled) != 0)
        status = cn__fail_memory(0, "JSON");
    if (status == CN_OK) status = cn__json_dump(root, out);
    json_decref(root);
    return status;
}

/* The HDF5 file in memory. */
static cn_status fill_current(cn__h5_new *h5, const void *model) { return cn__h5_store_current(h5, model); }

static cn_status arrays_bytes(const cn_model *model, char **bytes, size_t *size)
{
    return cn__h5_make(cn__h5_expected(model), fill_current, model, bytes, size);
}

cn_status cn__keras_save(const cn_model *model, const char *path)
{
    return cn__keras_save_with(model, NULL, path);
}

/* The texts of a file's members: the network alone; with a preparation also that, and where it has layers of Keras the
 * network behind them. */
typedef struct texts {
    char *network, *whole, *preparation;
} texts;

static cn_status make_texts(const cn_model *model, const cn_preparation *preparation, texts *t)
{
    CN_TRY(whole_json(model, &t->network));
    if (!preparation) return CN_OK;
    t->preparation = cn_preparation_to_json(preparation);
    return t->preparation ? cn__preparation_keras(preparation, t->network, &t->whole) : cn_error_status();
}

/* Into a file, or without a path into `out`. */
static cn_status write_members(const texts *t, const char *weights, size_t size, const char *path, char **out,
                               size_t *out_size)
{
    const char *config = t->whole ? t->whole : t->network;
    cn__zip_member members[5] = {{METADATA, metadata, sizeof metadata - 1}, {CONFIG, config, strlen(config)}};
    size_t count = 2;
    if (t->whole) members[count++] = (cn__zip_member){CN_NETWORK_MEMBER, t->network, strlen(t->network)};
    members[count++] = (cn__zip_member){WEIGHTS, weights, size};
    if (t->preparation)
        members[count++] = (cn__zip_member){cn__preparation_member, t->preparation, strlen(t->preparation)};
    return path ? cn__zip_write(path, members, count)
                : cn__zip_bytes("a .keras file", members, count, out, out_size);
}

static cn_status save(const cn_model *model, const cn_preparation *preparation, const char *path, char **out,
                      size_t *out_size)
{
    texts t = {0};
    char *weights = NULL;
    size_t size = 0;
    cn_status status = make_texts(model, preparation, &t);
    if (status == CN_OK) status = arrays_bytes(model, &weights, &size);
    if (status == CN_OK) status = write_members(&t, weights, size, path, out, out_size);
    cn__free(t.network);
    cn__free(t.whole);
    cn__free(t.preparation);
    cn__free(weights);
    return status;
}

cn_status cn__keras_save_with(const cn_model *model, const cn_preparation *preparation, const char *path)
{
    return save(model, preparation, path, NULL, NULL);
}

cn_status cn__keras_bytes(const cn_model *model, char **bytes, size_t *size)
{
    *bytes = NULL;
    return save(model, NULL, NULL, bytes, size);
}

/* ---- .weights.h5 --------------------------------------------------------------------------------------- */

cn_status cn__h5_save_weights(const cn_model *model, const char *path)
{
    char *bytes = NULL;
    size_t size = 0;
    CN_TRY(arrays_bytes(model, &bytes, &size));
    cn_status status = cn__file_write(path, bytes, size);
    cn__free(bytes);
    return status;
}

cn_status cn__h5_load_weights(cn_model *model, const cn__infile *file)
{
    cn__h5 *h5;
    cn_status status = cn__model_build_known(model);
    if (status == CN_OK) status = cn__h5_open(file, &h5);
    if (status != CN_OK) return cn__fail_in("weights '%s'", file->name);
    status = cn__h5_is_current(h5) ? cn__h5_load_current(h5, model, CN_H5_STATE_IF_IT_FITS)
                                   : cn__h5_load_legacy(h5, model, CN_H5_STATE_IF_IT_FITS);
    if (status != CN_OK && cn__h5_check_reads(h5) != CN_OK) status = cn_error_status();
    cn__h5_close(h5);
    return status == CN_OK ? CN_OK : cn__fail_in("weights '%s'", file->name);
}

/* ---- older .h5 ----------------------------------------------------------------------------------------- */

/* Objects as Keras 2 wrote them: without module and registered name. */
static void strip(json_t *object)
{
    json_object_del(object, "module");
    json_object_del(object, "registered_name");
}

/* The model with its layers, of which some may be models. */
static void strip_all(json_t *model)
{
    size_t i;
    json_t *layer;
    strip(model);
    json_array_foreach(json_object_get(json_object_get(model, "config"), "layers"), i, layer)
        strip_all(layer);
}

/* {"class_name": "Sequential", "config": …}, its layers likewise. */
static cn_status legacy_network(const cn_model *model, char **out)
{
    json_t *root;
    CN_TRY(cn__model_json(model, &root));
    strip_all(root);
    cn_status status = cn__json_dump(root, out);
    json_decref(root);
    return status;
}

static cn_status legacy_training(const cn_model *model, char **out)
{
    json_t *root, *metric;
    size_t i;
    cn__json_begin();
    CN_TRY(cn__compile_json(model, &root));
    strip(json_object_get(root, "optimizer"));
    cn__json_set(root, "optimizer_config", json_incref(json_object_get(root, "optimizer")));
    json_object_del(root, "optimizer");
    json_array_foreach(json_object_get(root, "metrics"), i, metric) strip(metric);
    json_array_foreach(json_object_get(root, "weighted_metrics"), i, metric) strip(metric);
    cn_status status = cn__json_dump(root, out);
    json_decref(root);
    return status;
}

static cn_status set_texts(cn__h5_new *h5, const cn_model *model)
{
    char *network = NULL, *training = NULL;
    cn_status status = legacy_network(model, &network);
    if (status == CN_OK) status = cn__h5_set_text(h5, "", "model_config", network);
    if (status == CN_OK && model->compiled) status = legacy_training(model, &training);
    if (status == CN_OK && training) status = cn__h5_set_text(h5, "", "training_config", training);
    if (status == CN_OK) status = cn__h5_set_text(h5, "", "keras_version", "3.6.0");
    if (status == CN_OK) status = cn__h5_set_text(h5, "", "backend", "tensorflow");
    cn__free(network);
    cn__free(training);
    return status;
}

static cn_status fill_legacy(cn__h5_new *h5, const void *model)
{
    CN_TRY(set_texts(h5, model));
    return cn__h5_store_legacy(h5, model, "model_weights");
}

static cn_status fill_legacy_weights(cn__h5_new *h5, const void *model)
{
    return cn__h5_store_legacy(h5, model, "");
}

cn_status cn__h5_save_model(const cn_model *model, const char *path, bool weights_only)
{
    char *bytes = NULL;
    size_t size = 0;
    cn_status status = cn__h5_make(cn__h5_expected(model), weights_only ? fill_legacy_weights : fill_legacy,
                                   model, &bytes, &size);
    if (status == CN_OK) status = cn__file_write(path, bytes, size);
    cn__free(bytes);
    return status;
}

/* The JSON in an attribute of the root. */
static cn_status attribute_json(cn__h5 *h5, const char *name, json_t **out)
{
    cn__arena arena = {0};
    const char *text;
    cn_status status = cn__h5_text(h5, &arena, "", name, &text);
    if (status == CN_OK && cn__json_parse(text, out) != CN_OK) status = cn__fail_in("%s", name);
    cn__arena_free(&arena);
    return status;
}

static cn_status compile_legacy(cn__h5 *h5, cn_model *model)
{
    json_t *config = NULL;
    if (!cn__h5_has_attribute(h5, "", "training_config")) return CN_OK;
    CN_TRY(attribute_json(h5, "training_config", &config));
    cn_status status = cn__compile_from_json(model, config);
    json_decref(config);
    return status;
}

static cn_status check_legacy_version(cn__h5 *h5, const json_t *config)
{
    cn__arena arena = {0};
    const char *version = NULL;
    cn_status status = CN_OK;
    if (cn__h5_has_attribute(h5, "", "keras_version"))
        status = cn__h5_text(h5, &arena, "", "keras_version", &version);
    if (status == CN_OK) status = cn__check_json_version(config, version);
    cn__arena_free(&arena);
    return status;
}

static cn_status read_network(cn__h5 *h5, cn_model **model)
{
    json_t *config = NULL;
    if (!cn__h5_has_attribute(h5, "", "model_config"))
        return cn__fail(CN_ERROR_FORMAT, "it holds no network%s",
                        cn__h5_is_current(h5) || cn__h5_legacy_root(h5)
                            ? ", only weights; load them into a model made from its JSON or notation"
                            : " that Keras wrote");
    CN_TRY(attribute_json(h5, "model_config", &config));
    if (check_legacy_version(h5, config) == CN_OK) *model = cn__model_from_json(config);
    json_decref(config);
    return *model ? CN_OK : cn_error_status();
}

static cn_status read_legacy(cn__h5 *h5, double bytes, bool compile, cn_model **model)
{
    CN_TRY(read_network(h5, model));
    CN_TRY(cn__model_build_within(*model, bytes));
    if (compile) CN_TRY(compile_legacy(h5, *model));
    return cn__h5_load_legacy(h5, *model, compile ? CN_H5_STATE : CN_H5_WEIGHTS_ONLY);
}

cn_model *cn__h5_load_model(const cn__infile *file, bool compile)
{
    cn__h5 *h5;
    cn_model *model = NULL;
    if (cn__h5_open(file, &h5) != CN_OK) return give_up(NULL, file->name);
    cn_status status = read_legacy(h5, cn__h5_size(h5), compile, &model);
    if (status == CN_OK) status = cn__h5_check_reads(h5);
    else if (cn__h5_check_reads(h5) != CN_OK) status = cn_error_status();
    cn__h5_close(h5);
    return status == CN_OK ? model : give_up(model, file->name);
}
