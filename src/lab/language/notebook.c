/* A notebook as a lab document: Markdown cells are its prose, `%%cornu` cells its blocks, the front matter stands in the
 * notebook's metadata. In a notebook of the kernel `cornu` every code cell is a block. */
#include "lab/language/notebook.h"

#include <jansson.h>
#include <string.h>

#include "base/files/file.h"
#include "data/files/json.h"

static const char magic[] = "%%cornu";

bool cn__is_notebook(const char *path) { return cn__has_suffix(path, ".ipynb"); }

/* A string, or a list of strings that are joined; false for anything else. */
static bool add_lines(cn__text *out, const json_t *lines)
{
    if (json_is_string(lines)) {
        cn__text_add(out, json_string_value(lines));
        return true;
    }
    size_t i;
    json_t *line;
    if (!json_is_array(lines)) return false;
    json_array_foreach(lines, i, line)
    {
        if (!json_is_string(line)) return false;
        cn__text_add(out, json_string_value(line));
    }
    return true;
}

static void end_line(cn__text *out)
{
    if (out->size && out->data[out->size - 1] != '\n') cn__text_add(out, "\n");
}

/* More marks than any run of them in the text, three at least. */
static size_t fence_length(const char *text)
{
    size_t longest = 2;
    for (const char *p = text; *p; p += *p != '\0') {
        size_t run = strspn(p, "`");
        if (run > longest) longest = run;
        p += run;
        if (!*p) break;
    }
    return longest + 1;
}

static void add_fence(cn__text *out, size_t length)
{
    while (length--) cn__text_add(out, "`");
}

static void add_block(cn__text *out, const char *options, size_t size, const char *statements)
{
    const size_t length = fence_length(statements);
    add_fence(out, length);
    cn__text_printf(out, "cornu%.*s\n%s", (int)size, options, statements);
    end_line(out);
    add_fence(out, length);
    cn__text_add(out, "\n");
}

/* What only makes ready for the rest: loading the extension, and settings that the front matter has. */
static bool is_setup(const char *source) { return strstr(source, "%load_ext cornu") != NULL; }

static bool is_blank(const char *text) { return !text[strspn(text, " \t\r\n")]; }

static cn_status add_code(cn__text *out, const char *source, bool kernel, size_t number, const char *path)
{
    if (strncmp(source, magic, sizeof magic - 1) == 0) {
        const char *options = source + sizeof magic - 1, *end = options + strcspn(options, "\n");
        add_block(out, options, (size_t)(end - options), *end ? end + 1 : end);
    } else if (kernel && !is_blank(source)) {
        add_block(out, "", 0, source);
    } else if (!is_setup(source) && !is_blank(source)) {
        return cn__fail(CN_ERROR_FORMAT,
                        "%s: code cell %zu is Python: '%.*s'; cornu lab runs cells that begin with %s alone",
                        path, number, (int)strcspn(source, "\n") > 60 ? 60 : (int)strcspn(source, "\n"),
                        source, magic);
    }
    return CN_OK;
}

static cn_status add_cell(cn__text *out, const json_t *cell, bool kernel, size_t number, const char *path)
{
    const char *type = json_string_value(json_object_get(cell, "cell_type"));
    const json_t *own = json_object_get(json_object_get(cell, "metadata"), "cornu");
    if (json_is_true(json_object_get(own, "generated"))) return CN_OK; /* the program's own title */
    cn__text source = {0};
    cn_status status = CN_OK;
    const json_t *kept = json_object_get(own, "source");
    if (!type || !add_lines(&source, kept ? kept : json_object_get(cell, "source")))
        status = cn__fail(CN_ERROR_FORMAT, "%s: cell %zu has no type or no source", path, number);
    else if (strcmp(type, "code") == 0)
        status = add_code(out, source.data ? source.data : "", kernel, number, path);
    else if (strcmp(type, "markdown") == 0 && source.data) {
        if (kept) cn__text_add(out, source.data);
        else cn__attachments_rename(out, source.data, number);
        end_line(out);
        if (!kept) cn__text_add(out, "\n"); /* which the writer of notebooks leaves out */
    }
    cn__text_free(&source);
    return status;
}

static cn_status add_cells(cn__text *out, const json_t *root, const char *path)
{
    const json_t *cells = json_object_get(root, "cells"), *metadata = json_object_get(root, "metadata");
    const char *language =
        json_string_value(json_object_get(json_object_get(metadata, "kernelspec"), "language"));
    const char *front = json_string_value(json_object_get(json_object_get(metadata, "cornu"), "front"));
    if (!json_is_array(cells))
        return cn__fail(CN_ERROR_FORMAT, "%s: no list of cells; expected a notebook of nbformat 4", path);
    if (front) cn__text_printf(out, "---\n%s---\n", front);
    size_t i;
    json_t *cell;
    json_array_foreach(cells, i, cell)
        CN_TRY(add_cell(out, cell, language && strcmp(language, "cornu") == 0, i + 1, path));
    return out->failed ? cn__fail_memory(out->size, "a notebook") : CN_OK;
}

cn_status cn__notebook_to_markdown(const char *path, const char *json, cn__text *out)
{
    json_error_t error;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (!root && cn__json_out_of_memory(&error)) return CN_ERROR_MEMORY;
    if (!root)
        return cn__fail(CN_ERROR_FORMAT, "%s: not a notebook: line %d, column %d: %s", path, error.line,
                        error.column, error.text);
    cn_status status = add_cells(out, root, path);
    json_decref(root);
    return status;
}

cn_status cn__notebook_attachments(const char *json, cn__arena *arena, const cn__attachment **out)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    cn_status status = cn__attachments_read(json_object_get(root, "cells"), arena, out);
    json_decref(root);
    return status;
}
