/* Reads a model file by what it holds. */
#include "cornu/formats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "formats/files.h"

#define MAX_TEXT (64u << 20)

static cn_model *failed(cn_model *model)
{
    cn_model_free(model);
    return NULL;
}

/* ---- .npz ---------------------------------------------------------------------------------------------- */

static cn_model *read_architecture(const cn_npz *npz, const char *path)
{
    const cn_array *bytes = cn_npz_find(npz, CN_ARCHITECTURE_MEMBER);
    if (!bytes || bytes->dtype != CN_UINT8) {
        (void)cn__fail(CN_ERROR_FORMAT,
                       "'%s' holds no network (no member " CN_ARCHITECTURE_MEMBER
                       "), only arrays; if these are weights, load "
                       "them into a model made from its JSON or notation",
                       path);
        return NULL;
    }
    size_t size = cn_array_size(bytes);
    char *json = cn__malloc(size + 1);
    if (!json) return NULL;
    memcpy(json, bytes->data, size);
    json[size] = '\0';
    cn_model *model = cn_model_from_json(json);
    cn__free(json);
    return model;
}

static cn_model *load_npz(const char *path)
{
    cn_npz npz;
    if (cn_npz_read(path, &npz) != CN_OK) return NULL;
    cn_model *model = read_architecture(&npz, path);
    cn_status status = model ? cn__model_take_weights(model, &npz, path) : cn_error_status();
    cn_npz_free(&npz);
    return status == CN_OK ? model : failed(model);
}

/* ---- text ---------------------------------------------------------------------------------------------- */

static cn_model *read_notation(const char *text)
{
    cn_model *model = cn_model_new(NULL);
    if (!model || cn_model_add_notation(model, text) == CN_OK) return model;
    return failed(model);
}

static cn_model *load_text(const char *path)
{
    char *text = NULL;
    size_t size;
    if (cn__file_read(path, &text, &size, MAX_TEXT) != CN_OK) return NULL;
    const char *first = text + strspn(text, " \t\r\n");
    cn_model *model = NULL;
    if (memchr(text, '\0', size)) (void)cn__fail(CN_ERROR_FORMAT, "it is neither text nor an .npz");
    else model = *first == '{' || *first == '[' ? cn_model_from_json(first) : read_notation(text);
    cn__free(text);
    if (!model) (void)cn__fail_in("'%s'", path);
    return model;
}

/* ---- by content ---------------------------------------------------------------------------------------- */

typedef struct signature {
    const char *bytes;
    size_t size;
    cn_model *(*load)(const char *path);
} signature;

static cn_model *refuse_hdf5(const char *path)
{
    (void)cn__fail(CN_ERROR_FORMAT,
                   "'%s' is an HDF5 file; save the network with model.to_json() and its weights with "
                   "numpy.savez(path, *model.get_weights())",
                   path);
    return NULL;
}

static const signature signatures[] = {{"PK", 2, load_npz}, {"\x89HDF", 4, refuse_hdf5}};

static cn_status read_head(const char *path, char *head, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (!file) return cn__fail(CN_ERROR_FILE, "cannot open model '%s': %s", path, strerror(errno));
    size_t size = fread(head, 1, room, file);
    memset(head + size, 0, room - size);
    fclose(file);
    return CN_OK;
}

cn_model *cn_model_load(const char *path)
{
    char head[8];
    if (read_head(path, head, sizeof head) != CN_OK) return NULL;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (memcmp(head, signatures[i].bytes, signatures[i].size) == 0) return signatures[i].load(path);
    return load_text(path);
}
