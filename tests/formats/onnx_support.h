/* Graphs of ONNX that tests make or change: what they are made of lies in one arena. */
#ifndef CN_TESTS_FORMATS_ONNX_SUPPORT_H
#define CN_TESTS_FORMATS_ONNX_SUPPORT_H

#include <dirent.h>

#include "base/arena_test.h"
#include "formats/files.h"
#include "formats/onnx/onnx.h"
#include "formats/support.h"

static cn__arena arena;

static inline void *take(size_t count, size_t size)
{
    void *memory = cn__arena_array(&arena, count + 1, size);
    assert_non_null(memory);
    return memory;
}

static inline void free_arena(void)
{
    cn__arena_free(&arena);
    arena = (cn__arena){0};
}

static inline void set_floats(Cn__Onnx__Tensor *t, const double *v, size_t n)
{
    t->floats = take(n, sizeof *t->floats);
    for (size_t i = 0; i < n; i++) t->floats[i] = (float)v[i];
    t->n_floats = n;
}

static inline char *text(const char *a, const char *b)
{
    char *out = cn__arena_format(&arena, "%s%s", a, b);
    assert_non_null(out);
    return out;
}

static inline Cn__Onnx__Node *new_node(const char *op, const char *input, const char *output)
{
    Cn__Onnx__Node *n = take(1, sizeof *n);
    *n = (Cn__Onnx__Node)CN__ONNX__NODE__INIT;
    n->op = text(op, ""), n->name = text(output, "/node");
    n->inputs = take(1, sizeof *n->inputs), n->outputs = take(1, sizeof *n->outputs);
    if (input) n->inputs[n->n_inputs++] = text(input, "");
    n->outputs[n->n_outputs++] = text(output, "");
    n->attributes = take(1, sizeof *n->attributes);
    return n;
}

/* Reads it as a file of this name. */
static inline cn_model *read_model(const char *path, const Cn__Onnx__Model *m)
{
    const size_t size = cn__onnx__model__get_packed_size(m);
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    cn__onnx__model__pack(m, bytes);
    const cn__infile in = {path, bytes, size};
    cn_model *model = cn__onnx_load(&in, true);
    free(bytes);
    return model;
}

/* Every file of ONNX among those of the tests. */
static inline void each_onnx_file(void (*try)(const char *path))
{
    static const char *const folders[] = {"", "/images", "/graphs"};
    char folder[900], path[1200];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(folder, sizeof folder, CORNU_TESTS_DIR "/formats/files/onnx%s", folders[i]);
        DIR *list = opendir(folder);
        if (!list) fail_msg("no folder %s", folder);
        for (const struct dirent *entry; (entry = readdir(list));) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            if (cn__has_suffix(path, ".onnx")) try(path);
        }
        closedir(list);
    }
}

#endif
