/* Chooses the kind of a model's file: for reading by what it holds, for writing by how its name ends. */
#include "cornu/formats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "cornu/table.h"
#include "data/data.h"
#include "data/files/zip.h"
#include "formats/files.h"
#include "formats/hdf5/hdf5.h"
#include "formats/keras/keras_objects.h"
#include "formats/tfjs/tfjs.h"
#include "model/model.h"

enum { MAX_TEXT = 64 << 20 };

/* ---- text ---------------------------------------------------------------------------------------------- */

static cn_model *read_json(const char *text, const cn__infile *file, bool compile)
{
    json_t *root;
    if (cn__json_parse(text, &root) != CN_OK) return NULL;
    cn_model *model = cn__is_tfjs(root) ? cn__tfjs_load(root, file, compile) : cn__model_from_root(root);
    json_decref(root);
    return model;
}

/* Does the name promise another kind of file than the text that is in it? */
static const char *promised_by(const char *name)
{
    static const char *const kinds[][2] = {{".keras", "a .keras file of Keras 3, which is a zip archive"},
                                           {".h5", "an HDF5 file"},
                                           {".hdf5", "an HDF5 file"},
                                           {".npz", "an .npz file, which is a zip archive"},
                                           {".onnx", "an ONNX file"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (cn__has_suffix(name, kinds[i][0])) return kinds[i][1];
    return NULL;
}

/* Editors of Windows begin a text with it. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

cn_model *cn__text_load(const cn__infile *file, bool compile)
{
    char *text = NULL;
    size_t size;
    if (cn__infile_read(file, &text, &size, MAX_TEXT) != CN_OK) return NULL;
    const char *begin = strncmp(text, byte_order_mark, 3) == 0 ? text + 3 : text,
               *first = begin + strspn(begin, " \t\r\n");
    cn_model *model = NULL;
    if (memchr(text, '\0', size)) (void)cn__fail(CN_ERROR_FORMAT, "it is neither text nor a model's file");
    else if (*first == '{' || *first == '[') model = read_json(first, file, compile);
    else {
        model = cn_model_from_notation(NULL, begin);
        if (!model && cn_error_status() != CN_ERROR_MEMORY && promised_by(file->name))
            (void)cn__fail(CN_ERROR_FORMAT, "it is text; expected %s", promised_by(file->name));
    }
    cn__free(text);
    if (!model) (void)cn__fail_in("'%s'", file->name);
    return model;
}

cn_status cn__json_save(const cn_model *model, const char *path)
{
    char *text = cn_model_to_json(model);
    if (!text) return cn_error_status();
    cn_status status = cn__file_write(path, text, strlen(text));
    cn_text_free(text);
    return status;
}

/* ---- reading, by content ------------------------------------------------------------------------------- */

typedef enum content { TEXT, ZIP, HDF5, PROTOBUF } content;

static const char models[] = "a .keras file of Keras 3, .h5, .npz, .onnx, JSON or a layer notation",
                  weights[] = "weights: .weights.h5, .npz, .h5 or a .keras file of Keras 3";

/* `expected`: of an empty one. */
static cn_status detect_content(const cn__infile *in, const char *expected, content *out)
{
    char head[4] = "";
    size_t size = in->size < sizeof head ? in->size : sizeof head;
    if (in->bytes) {
        memcpy(head, in->bytes, size);
    } else {
        int file;
        CN_TRY(cn__input_open_file(in->name, &file));
        ssize_t got = cn__read_head(file, head, sizeof head);
        int error = errno;
        close(file);
        if (got < 0) return cn__fail_errno(in->name, "cannot be read", error);
        size = (size_t)got;
    }
    if (!size) return cn__fail(CN_ERROR_FORMAT, "%s is empty; expected %s", in->name, expected);
    *out = size >= 2 && memcmp(head, "PK", 2) == 0        ? ZIP
           : size == 4 && memcmp(head, "\x89HDF", 4) == 0 ? HDF5
           : size >= 1 && head[0] == 8                    ? PROTOBUF /* ONNX's first field, a number */
                                                          : TEXT;
    return CN_OK;
}

cn_model *cn__model_load(const cn__infile *file, bool compile)
{
    content what = TEXT;
    bool keras = false;
    if (detect_content(file, models, &what) != CN_OK) return NULL;
    if (what == ZIP && cn__is_keras(file, &keras) != CN_OK) return NULL;
    switch (what) {
    case ZIP: return keras ? cn__keras_load(file, compile) : cn__npz_load(file, compile);
    case HDF5: return cn__h5_load_model(file, compile);
    case PROTOBUF: return cn__onnx_load(file, compile);
    case TEXT: break;
    }
    return cn__text_load(file, compile);
}

cn_model *cn_model_load(const char *path) { return cn__model_load(&(cn__infile){.name = path}, true); }

cn_model *cn_model_load_network(const char *path)
{
    return cn__model_load(&(cn__infile){.name = path}, false);
}

cn_status cn_model_load_weights(cn_model *model, const char *path)
{
    const cn__infile file = {.name = path};
    content what = TEXT;
    CN_TRY(detect_content(&file, weights, &what));
    if (what == HDF5) return cn__h5_load_weights(model, &file);
    if (what != ZIP)
        return cn__fail(CN_ERROR_FORMAT, "%s is %s; expected %s", path,
                        what == PROTOBUF ? "like an ONNX model" : "neither HDF5 nor a zip file", weights);
    bool keras;
    CN_TRY(cn__is_keras(&file, &keras));
    return keras ? cn__keras_load_weights(model, &file) : cn__npz_load_weights(model, &file);
}

/* ---- writing, by the name's ending --------------------------------------------------------------------- */

typedef enum kind { KERAS, WEIGHTS_H5, H5, NPZ, ONNX, TFJS, JSON } kind;

/* The first that fits counts. */
static const struct {
    const char *suffix;
    kind kind;
    bool whole, weights; /* can it hold a whole model, or weights alone? */
} endings[] = {
    {".keras", KERAS, true, false},    {".weights.h5", WEIGHTS_H5, false, true},
    {".h5", H5, true, true},           {".hdf5", H5, true, true},
    {".npz", NPZ, true, true},         {".onnx", ONNX, true, false},
    {".tfjs.json", TFJS, true, false}, {".json", JSON, true, false},
};

/* A name without an ending is that of an .npz. */
static bool has_ending(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strchr(slash ? slash + 1 : path, '.') != NULL;
}

static cn_status find_ending(const char *path, bool weights_only, kind *out)
{
    *out = NPZ;
    if (!has_ending(path)) return CN_OK;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (!cn__has_suffix(path, endings[i].suffix)) continue;
        *out = endings[i].kind;
        if (weights_only ? endings[i].weights : endings[i].whole) return CN_OK;
        return weights_only ? cn__fail(CN_ERROR_ARGUMENT,
                                       "'%s': a %s file is not for weights alone; these go into .weights.h5, "
                                       ".npz or .h5",
                                       path, endings[i].suffix)
                            : cn__fail(CN_ERROR_ARGUMENT,
                                       "'%s': a %s file holds weights alone; a whole model goes into .keras, "
                                       ".npz or .h5",
                                       path, endings[i].suffix);
    }
    return cn__fail(CN_ERROR_ARGUMENT, "'%s': the name's ending says what is written; expected %s", path,
                    weights_only ? ".weights.h5, .npz or .h5"
                                 : ".keras, .npz, .h5, .onnx, .tfjs.json, or .json without weights");
}

cn_status cn__check_model_path(const char *path, bool weights_only)
{
    kind unused = JSON;
    return find_ending(path, weights_only, &unused);
}

cn_status cn__make_model_path_ready(const char *path, bool weights_only)
{
    kind what = JSON;
    CN_TRY(find_ending(path, weights_only, &what));
    return what == KERAS || what == H5 || what == WEIGHTS_H5 ? cn__h5_ready() : CN_OK;
}

static cn_status save(const cn_model *model, const char *path, bool weights_only, kind what)
{
    switch (what) {
    case KERAS: return cn__keras_save(model, path);
    case WEIGHTS_H5: return cn__h5_save_weights(model, path);
    case H5: return cn__h5_save_model(model, path, weights_only);
    case NPZ: return cn__npz_save(model, path, weights_only);
    case ONNX: return cn__onnx_save(model, path);
    case TFJS: return cn__tfjs_save(model, path);
    case JSON: break;
    }
    return cn__json_save(model, path);
}

cn_status cn_model_save(const cn_model *model, const char *path, bool weights_only)
{
    kind what = JSON;
    CN_TRY(find_ending(path, weights_only, &what));
    CN_TRY(cn__model_check(model));
    if (!model->built && what != JSON)
        return cn__fail(CN_ERROR_STATE, "model %s has no weights to save yet: it is built by its first data",
                        model->name);
    return save(model, path, weights_only, what);
}

static cn_status save_keras_prepared(const cn_model *model, const cn_preparation *preparation,
                                     const char *path)
{
    CN_TRY(cn__model_check(model));
    return cn__keras_save_with(model, preparation, path);
}

cn_status cn__model_save_prepared(const cn_model *model, const cn_preparation *preparation, const char *path)
{
    if (!preparation) return cn_model_save(model, path, false);
    if (cn__has_suffix(path, ".keras") && model->built) return save_keras_prepared(model, preparation, path);
    CN_TRY(cn_model_save(model, path, false));
    return cn_preparation_save(preparation, path);
}

cn_status cn_model_save_weights(const cn_model *model, const char *path)
{
    return cn_model_save(model, path, true);
}
