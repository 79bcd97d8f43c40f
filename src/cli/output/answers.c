/* Rows of predictions as CSV: "prediction" and, of classes, a probability for each. */
#include "cli/output/answers.h"

#include <stdio.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"

bool cn__is_answers_path(const char *path) { return cn__has_suffix(path, ".csv"); }

static void add_cell(cn__text *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        cn__text_add(out, text);
        return;
    }
    cn__text_add(out, "\"");
    for (const char *p = text; *p; p++) cn__text_add_bytes(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    cn__text_add(out, "\"");
}

/* Takes over the name. */
static void add_head(cn__text *out, cn__text *name)
{
    if (name->failed) out->failed = true;
    else add_cell(out, name->data);
    cn__text_free(name);
}

static size_t class_count(const cn__answers *a)
{
    size_t classes = a->preparation ? cn_preparation_classes(a->preparation) : 0,
           outputs = cn_array_sample_size(a->rows);
    return classes == outputs || (classes == 2 && outputs == 1) ? classes : 0;
}

static void add_heads(const cn__answers *a, cn__text *out)
{
    size_t classes = class_count(a), outputs = cn_array_sample_size(a->rows),
           targets = a->preparation && !classes ? cn_preparation_targets(a->preparation) : 0;
    if (a->files) cn__text_add(out, "file,");
    if (a->lines) cn__text_add(out, "line,");
    cn__text_add(out, classes || outputs == 1 ? "prediction" : "");
    for (size_t i = 0; i < classes; i++) {
        cn__text name = {0};
        cn__text_printf(&name, "probability %s", cn_preparation_class(a->preparation, i));
        cn__text_add(out, ",");
        add_head(out, &name);
    }
    for (size_t i = 0; !classes && outputs > 1 && i < outputs; i++) {
        cn__text name = {0};
        if (targets == outputs)
            cn__text_printf(&name, "prediction %s", cn_preparation_target(a->preparation, i));
        else cn__text_printf(&name, "prediction %zu", i);
        if (i) cn__text_add(out, ",");
        add_head(out, &name);
    }
    cn__text_add(out, "\n");
}

static void add_class_row(const cn__answers *a, size_t row, size_t classes, cn__text *out)
{
    size_t outputs = cn_array_sample_size(a->rows), best = 0;
    double p[2];
    if (outputs == 1) p[1] = cn_array_at(a->rows, row), p[0] = 1 - p[1], best = p[1] > 0.5;
    for (size_t k = 1; outputs > 1 && k < classes; k++)
        if (cn_array_at(a->rows, row * outputs + k) > cn_array_at(a->rows, row * outputs + best)) best = k;
    add_cell(out, cn_preparation_class(a->preparation, best));
    for (size_t k = 0; k < classes; k++)
        cn__text_printf(out, ",%.6g", outputs == 1 ? p[k] : cn_array_at(a->rows, row * outputs + k));
}

static void add_row(const cn__answers *a, size_t row, cn__text *out)
{
    size_t classes = class_count(a), outputs = cn_array_sample_size(a->rows);
    if (a->files) {
        add_cell(out, a->files[row]);
        cn__text_add(out, ",");
    }
    if (a->lines) cn__text_printf(out, "%u,", a->lines[row]);
    if (classes) add_class_row(a, row, classes, out);
    for (size_t k = 0; !classes && k < outputs; k++)
        cn__text_printf(out, "%s%.9g", k ? "," : "", cn_array_at(a->rows, row * outputs + k));
    cn__text_add(out, "\n");
}

cn_status cn__answers_write(const cn__answers *a, const char *path)
{
    cn__text out = {0};
    add_heads(a, &out);
    for (size_t i = 0; i < a->rows->shape[0]; i++) add_row(a, i, &out);
    cn_status status = out.failed ? cn__fail_memory(out.size, "the predictions") : CN_OK;
    if (status == CN_OK && path) status = cn__file_write(path, out.data, out.size);
    else if (status == CN_OK) fwrite(out.data, 1, out.size, stdout);
    cn__text_free(&out);
    return status;
}
