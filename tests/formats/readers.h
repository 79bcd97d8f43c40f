/* Every reader of a file or a text, with the folders of files that it reads: what test_out_of_memory.c and test_mangled.c go through. */
#ifndef CN_TESTS_FORMATS_READERS_H
#define CN_TESTS_FORMATS_READERS_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/value.h"
#include "cornu/formats.h"
#include "cornu/table.h"
#include "cornu/train.h"
#include "data/named/cifar.h"
#include "data/data.h"
#include "data/images/images.h"
#include "data/files/json.h"
#include "data/table/steps.h"
#include "formats/files.h"
#include "formats/tensorboard/event_read.h"
#include "lab/language/document.h"
#include "lab/language/notebook.h"
#include "sweep/space.h"

enum { MOST_FILE = 1 << 20 };

/* ---- the readers ------------------------------------------------------------------------------------------------- */

/* `text` ends in '\0' behind its `size` bytes. */
typedef cn_status (*reader)(const char *path, const char *text, size_t size);

static cn__infile file_of(const char *path, const char *text, size_t size)
{
    return (cn__infile){path, (const unsigned char *)text, size};
}

static cn_status free_model(cn_model *model)
{
    if (!model) return cn_error_status();
    cn_model_free(model);
    return CN_OK;
}

static cn_status read_array(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    cn_array a;
    CN_TRY(cn__array_read(&file, &a));
    cn_array_free(&a);
    return CN_OK;
}

static cn_status read_npz(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    cn_npz npz;
    CN_TRY(cn__npz_read(&file, &npz));
    cn_npz_free(&npz);
    return CN_OK;
}

static cn_status read_cifar(const char *path, const char *text, size_t size)
{
    cn_dataset d = {.classes = 0};
    if (!size)
        return cn__fail(CN_ERROR_FORMAT, "%s is empty", path); /* its first byte says which set it is */
    const cn__cifar *set = text[0] % 2 ? &cn__cifar100 : &cn__cifar10;
    cn_status status = cn__cifar_parse(set, (const unsigned char *)text + 1, size - 1, path, &d);
    cn_dataset_free(&d);
    return status;
}

static cn_status read_png(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    uint8_t small[3 * 3 * 5];
    cn__picture p;
    CN_TRY(cn__png_read(&file, &p));
    cn_status status = cn__picture_resize(&p, 3, 5, small);
    cn__picture_free(&p);
    return status;
}

static cn_status read_jpeg(const char *path, const char *text, size_t size)
{
    cn__picture p;
    CN_TRY(cn__jpeg_read((const unsigned char *)text, size, path, &p));
    cn__picture_free(&p);
    return CN_OK;
}

static cn_status prepare(const cn_table *t)
{
    cn_array x;
    cn_preparation *p = cn_preparation_new(t, &(cn_preparation_options){.missing = "most_frequent"}), *again;
    if (!p) return cn_error_status();
    cn_status status = cn_preparation_apply(p, t, NULL, 0, &x, NULL);
    if (status == CN_OK) cn_array_free(&x);
    char *json = status == CN_OK ? cn_preparation_to_json(p) : NULL;
    again = json ? cn_preparation_from_json(json) : NULL;
    if (status == CN_OK && !again) status = cn_error_status();
    cn_text_free(json);
    cn_preparation_free(again);
    cn_preparation_free(p);
    return status;
}

static cn_status read_table(const char *path, const char *text, size_t size)
{
    char *copy = cn__malloc(size + 1);
    if (!copy) return CN_ERROR_MEMORY;
    memcpy(copy, text, size + 1);
    cn_table *t = cn__table_parse(copy, size, path, &(cn_table_options){.threads = 1});
    if (!t) return cn_error_status();
    cn_status status = prepare(t);
    cn_table_free(t);
    return status;
}

static cn_status read_json(const char *path, const char *text, size_t size)
{
    (void)path, (void)size;
    cn_model *model = cn_model_from_json(text);
    if (!model) return cn_error_status();
    char *written = cn_model_to_json(model);
    cn_status status = written ? CN_OK : cn_error_status();
    cn_text_free(written);
    cn_model_free(model);
    return status;
}

static cn_status read_compile(const char *path, const char *text, size_t size)
{
    (void)path, (void)size;
    cn_model *model = cn_model_from_notation("net", "input 2; dense 2 softmax");
    if (!model) return cn_error_status();
    cn_status status = cn_model_compile_from_json(model, text);
    cn_model_free(model);
    return status;
}

static cn_status read_notation(const char *path, const char *text, size_t size)
{
    (void)path, (void)size;
    return free_model(cn_model_from_notation("net", text));
}

static cn_status read_keras(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    return free_model(cn__model_load(&file, true));
}

static cn_status read_h5(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    return free_model(cn__h5_load_model(&file, true));
}

static cn_status read_onnx(const char *path, const char *text, size_t size)
{
    (void)text, (void)size;
    const cn__infile file = {.name = path}; /* by its name, for weights may lie beside it */
    return free_model(cn__onnx_load(&file, true));
}

static cn_status read_path(const char *path, const char *text, size_t size)
{
    (void)text, (void)size;
    return free_model(cn_model_load(path));
}

static cn_status read_weights(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    cn_model *model = cn_model_new("net");
    if (!model) return CN_ERROR_MEMORY;
    cn_status status = cn_model_add_notation(model, "input 2; dense 2 relu; batch_normalization; dense 1");
    if (status == CN_OK) status = cn_model_build(model, 1, (const size_t[]){2});
    if (status == CN_OK) status = cn_model_compile(model, .optimizer = "adam", .loss = "mse");
    if (status == CN_OK) status = cn__h5_load_weights(model, &file);
    cn_model_free(model);
    return status;
}

static cn_status pass_over(void *user, const char *tag, int64_t step, double value)
{
    (void)user, (void)tag, (void)step, (void)value;
    return CN_OK;
}

static cn_status read_events(const char *path, const char *text, size_t size)
{
    const cn__infile file = file_of(path, text, size);
    return cn__events_read(&file, pass_over, NULL);
}

static cn_status read_space(const char *path, const char *text, size_t size)
{
    (void)path, (void)size;
    cn__arena arena = {0};
    cn__space space;
    cn_status status = cn__space_parse(&arena, text, &space);
    cn__arena_free(&arena);
    return status;
}

static cn_status read_value(const char *path, const char *text, size_t size)
{
    (void)path, (void)size;
    cn__arena arena = {0};
    cn__value value;
    cn_status status = cn__value_parse(&arena, text, &value);
    if (status == CN_OK && !cn__value_text(&arena, &value)) status = cn_error_status();
    cn__arena_free(&arena);
    return status;
}

static cn_status parse_document(const char *path, const char *text, size_t size)
{
    cn__lab_document document;
    cn__mistakes mistakes = {.file = path};
    cn_status status = cn__lab_document_parse(path, text, size, &document, &mistakes);
    const cn_status wrong = cn__mistakes_end(&mistakes);
    cn__lab_document_free(&document);
    return status == CN_OK ? wrong : status;
}

static cn_status read_notebook(const char *path, const char *text, size_t size)
{
    (void)size;
    cn__text out = {0};
    cn_status status = cn__notebook_to_markdown(path, text, &out);
    if (status == CN_OK) status = parse_document(path, out.data ? out.data : "", out.size);
    cn__text_free(&out);
    return status;
}

/* ---- their files ------------------------------------------------------------------------------------------------------- */

static const struct {
    reader read;
    const char *folder, *ending;
} reader_rows[] = {
    {read_array, "../fuzz/corpus/array", ""},
    {read_array, "../fuzz/corpus/npy", ""},
    {read_npz, "../fuzz/corpus/npz", ""},
    {read_npz, "formats/files", ".npz"},
    {read_cifar, "../fuzz/corpus/cifar", ""},
    {read_png, "../fuzz/corpus/png", ""},
    {read_png, "formats/files/attack", ".png"},
    {read_jpeg, "../fuzz/corpus/jpeg", ""},
    {read_jpeg, "data/files", ".jpg"},
    {read_table, "../fuzz/corpus/table", ""},
    {read_json, "../fuzz/corpus/json", ""},
    {read_json, "formats/files/attack", ".json"},
    {read_compile, "../fuzz/corpus/compile", ""},
    {read_notation, "../fuzz/corpus/notation", ""},
    {read_keras, "../fuzz/corpus/keras", ""},
    {read_keras, "formats/files", ".keras"},
    {read_keras, "formats/files/attack", ".keras"},
    {read_h5, "../fuzz/corpus/h5", ""},
    {read_h5, "formats/files", ".h5"},
    {read_onnx, "../fuzz/corpus/onnx", ""},
    {read_onnx, "formats/files/onnx", ".onnx"},
    {read_onnx, "formats/files/attack", ".onnx"},
    {read_path, "formats/files/wild", ""},
    {read_weights, "../fuzz/corpus/weights", ""},
    {read_weights, "formats/files/attack", ".weights.h5"},
    {read_events, "../fuzz/corpus/events", ""},
    {read_space, "../fuzz/corpus/space", ""},
    {read_value, "../fuzz/corpus/value", ""},
    {parse_document, "../fuzz/corpus/lab", ""},
    {parse_document, "lab", ".md"},
    {read_notebook, "../fuzz/corpus/notebook", ""},
};
enum { READERS = sizeof reader_rows / sizeof *reader_rows };

/* At most MOST_FILE bytes, and a '\0' behind them; to be freed. */
static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *data = malloc(MOST_FILE + 1);
    assert_non_null(data);
    *size = file ? fread(data, 1, MOST_FILE, file) : 0;
    if (file) fclose(file);
    data[*size] = '\0';
    return data;
}

static bool ends_in(const char *name, const char *ending)
{
    const size_t length = strlen(name), end = strlen(ending);
    return length >= end && strcmp(name + length - end, ending) == 0;
}

/* Gives each file of a row to `use`, those in its folders too; how many there are. */
static size_t each_file(const char *place, const char *ending, void (*use)(void *user, const char *path),
                        void *user)
{
    char path[900];
    size_t count = 0;
    DIR *list = opendir(place);
    if (!list) fail_msg("no folder %s", place);
    for (const struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_name[0] == '.') continue;
        if (snprintf(path, sizeof path, "%s/%s", place, entry->d_name) >= (int)sizeof path)
            fail_msg("%s: too long", place);
        if (entry->d_type == DT_DIR) count += each_file(path, ending, use, user);
        if (entry->d_type != DT_REG || !ends_in(path, ending)) continue;
        use(user, path);
        count++;
    }
    closedir(list);
    return count;
}

static size_t each_file_of(size_t row, void (*use)(void *user, const char *path), void *user)
{
    char place[600];
    snprintf(place, sizeof place, "%s/%s", CORNU_TESTS_DIR, reader_rows[row].folder);
    const size_t count = each_file(place, reader_rows[row].ending, use, user);
    if (!count) fail_msg("no %s in %s", reader_rows[row].ending, reader_rows[row].folder);
    return count;
}

#endif
