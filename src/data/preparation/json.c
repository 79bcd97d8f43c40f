/* A preparation as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"
#include "data/files/json.h"
#include "data/preparation/preparation.h"

static const char *const fills[] = {"error", "drop", "mean", "median", "most_frequent", "number"};

/* ---- writing -------------------------------------------------------------------------------------------------------------- */

static json_t *word_list(const char *const *words, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(list, json_string(words[i]));
    return list;
}

static const char *const kinds[] = {
    [CN_FORM_NUMBER] = "number",   [CN_FORM_ONE_HOT] = "category", [CN_FORM_TEXT] = "text",
    [CN_FORM_ORDINAL] = "ordinal", [CN_FORM_DATE] = "date",        [CN_FORM_BINS] = "bins"};

static void add_scale(json_t *o, double shift, double scale, bool log)
{
    cn__json_set(o, "shift", json_real(shift));
    cn__json_set(o, "scale", json_real(scale));
    if (log) cn__json_set(o, "log", json_true());
}

static void add_bins(json_t *o, const cn__input *in)
{
    json_t *cuts = json_array();
    for (size_t i = 0; i + 1 < in->count; i++) cn__json_append(cuts, json_real(in->cuts[i]));
    cn__json_set(o, "bounds", cuts);
    if (in->by_quantile) cn__json_set(o, "by_quantile", json_true());
}

static json_t *input_json(const cn__input *in)
{
    json_t *o = json_object();
    cn__json_set(o, "name", json_string(in->name));
    cn__json_set(o, "kind", json_string(kinds[in->form]));
    if (in->form == CN_FORM_BINS) add_bins(o, in);
    else if (in->form != CN_FORM_NUMBER && in->form != CN_FORM_DATE)
        cn__json_set(o, "words", word_list(in->words, in->count));
    if (in->indicator) cn__json_set(o, "indicator", json_true());
    if (in->form == CN_FORM_DATE) {
        cn__json_set(o, "part", json_string(cn__date_part_name(in->part)));
        cn__json_set(o, "day_first", json_boolean(in->day_first));
    }
    if (!cn__input_has_number(in)) {
        if (in->frequent < in->count) cn__json_set(o, "missing", json_integer((json_int_t)in->frequent));
        return o;
    }
    if (!isnan(in->missing)) cn__json_set(o, "missing", json_real(in->missing));
    if (cn__input_is_number(in)) add_scale(o, in->shift, in->scale, in->log);
    return o;
}

static json_t *target_json(const cn_preparation *p, const cn__target *t)
{
    json_t *o = json_object();
    cn__json_set(o, "name", json_string(t->name));
    if (t->classes) cn__json_set(o, "classes", word_list(t->classes, t->count));
    else if (p->target_scale || t->log) add_scale(o, t->shift, t->scale, t->log);
    return o;
}

char *cn_preparation_to_json(const cn_preparation *p)
{
    char *text;
    cn__json_begin();
    json_t *root = json_object(), *inputs = json_array(), *targets = json_array();
    cn__json_set(root, "preparation", json_integer(1));
    cn__json_set(root, "missing", json_string(fills[p->fill]));
    for (size_t i = 0; i < p->input_count; i++) cn__json_append(inputs, input_json(&p->inputs[i]));
    for (size_t i = 0; i < p->target_count; i++) cn__json_append(targets, target_json(p, &p->targets[i]));
    if (p->target_scale) cn__json_set(root, "target_scale", json_string(p->target_scale));
    if (p->fill == CN_FILL_NUMBER) cn__json_set(root, "fill", json_real(p->fill_number));
    if (p->height)
        cn__json_set(root, "images",
                     json_pack("{sI sI sb}", "height", (json_int_t)p->height, "width", (json_int_t)p->width,
                               "grey", p->grey));
    cn__json_set(root, "inputs", inputs);
    cn__json_set(root, "targets", targets);
    if (cn__json_finish(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17), &text) != CN_OK) text = NULL;
    json_decref(root);
    return text;
}

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

static cn_status damaged(const char *what)
{
    return cn__fail(CN_ERROR_FORMAT, "the preparation of the table is damaged: %s", what);
}

static cn_status read_words(cn_preparation *p, const json_t *list, const char *const **out, size_t *count)
{
    *count = json_array_size(list);
    const char **words = cn__arena_array(&p->arena, *count + 1, sizeof *words);
    if (!words) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (!word) return damaged("a word is no text");
        if (!(words[i] = cn__arena_strdup(&p->arena, word))) return CN_ERROR_MEMORY;
    }
    *out = words;
    return CN_OK;
}

static cn_status read_scale(const json_t *o, double *shift, double *scale, bool *log)
{
    json_t *width = json_object_get(o, "scale");
    *shift = json_number_value(json_object_get(o, "shift"));
    *scale = json_is_number(width) ? json_number_value(width) : 1;
    *log = json_is_true(json_object_get(o, "log"));
    return *scale != 0 ? CN_OK : damaged("a scale is 0");
}

static cn_status read_part(const json_t *o, cn__date_part *out)
{
    const char *name = json_string_value(json_object_get(o, "part"));
    for (int part = CN_DATE_YEAR; name && part <= CN_DATE_HOUR; part++) {
        *out = (cn__date_part)part;
        if (strcmp(name, cn__date_part_name(*out)) == 0) return CN_OK;
    }
    return damaged("a date has no part");
}

static cn_status read_form(const char *kind, cn__form *out)
{
    for (int i = 0; i <= CN_FORM_BINS; i++) {
        *out = (cn__form)i;
        if (strcmp(kind, kinds[i]) == 0) return CN_OK;
    }
    return damaged("an input is neither a number nor a category, text, order, date or bins");
}

static cn_status read_bins(cn_preparation *p, const json_t *o, cn__input *out)
{
    const json_t *cuts = json_object_get(o, "bounds");
    out->count = json_array_size(cuts) + 1;
    out->by_quantile = json_is_true(json_object_get(o, "by_quantile"));
    out->cuts = cn__arena_array(&p->arena, out->count, sizeof *out->cuts);
    if (!out->cuts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i + 1 < out->count; i++) {
        const json_t *cut = json_array_get(cuts, i);
        out->cuts[i] = json_number_value(cut);
        if (!json_is_number(cut) || (i && out->cuts[i] < out->cuts[i - 1]))
            return damaged("the bounds of bins are not in order");
    }
    return out->count > 1 ? CN_OK : damaged("bins have no bounds");
}

static cn_status read_input(cn_preparation *p, const json_t *o, cn__input *out)
{
    const char *name = json_string_value(json_object_get(o, "name")),
               *kind = json_string_value(json_object_get(o, "kind"));
    if (!name || !kind) return damaged("an input has no name or no kind");
    json_t *missing = json_object_get(o, "missing");
    *out = (cn__input){.name = cn__arena_strdup(&p->arena, name),
                       .missing = (double)NAN,
                       .indicator = json_is_true(json_object_get(o, "indicator")),
                       .day_first = json_is_true(json_object_get(o, "day_first")),
                       .frequent = SIZE_MAX};
    if (!out->name) return CN_ERROR_MEMORY;
    CN_TRY(read_form(kind, &out->form));
    if (out->form == CN_FORM_DATE) CN_TRY(read_part(o, &out->part));
    if (out->form == CN_FORM_BINS) CN_TRY(read_bins(p, o, out));
    else if (out->form != CN_FORM_NUMBER && out->form != CN_FORM_DATE)
        CN_TRY(read_words(p, json_object_get(o, "words"), &out->words, &out->count));
    if (!cn__input_has_number(out)) {
        if (json_is_integer(missing) && json_integer_value(missing) >= 0)
            out->frequent = (size_t)json_integer_value(missing);
        return CN_OK;
    }
    if (json_is_number(missing)) out->missing = json_number_value(missing);
    if (out->form == CN_FORM_BINS) return CN_OK;
    CN_TRY(read_scale(o, &out->shift, &out->scale, &out->log));
    p->scaled = p->scaled || out->shift != 0 || out->scale != 1;
    return CN_OK;
}

static cn_status read_target(cn_preparation *p, const json_t *o, cn__target *out)
{
    const json_t *classes = json_object_get(o, "classes");
    const char *name = json_string_value(json_object_get(o, "name"));
    *out = (cn__target){.scale = 1};
    if (!name) return damaged("a target has no name");
    if (!(out->name = cn__arena_strdup(&p->arena, name))) return CN_ERROR_MEMORY;
    if (classes) return read_words(p, classes, &out->classes, &out->count);
    return read_scale(o, &out->shift, &out->scale, &out->log);
}

static cn_status read_all(cn_preparation *p, const json_t *root)
{
    const json_t *inputs = json_object_get(root, "inputs"), *targets = json_object_get(root, "targets");
    const char *fill = json_string_value(json_object_get(root, "missing"));
    size_t n = json_array_size(inputs), m = json_array_size(targets);
    const json_t *images = json_object_get(root, "images");
    const json_int_t height = json_integer_value(json_object_get(images, "height")),
                     width = json_integer_value(json_object_get(images, "width"));
    if (json_integer_value(json_object_get(root, "preparation")) != 1 || (!n && !images))
        return damaged("expected version 1 and inputs");
    if (images && (height < 1 || width < 1 || height > 1024 || width > 1024))
        return damaged("the size of the images");
    p->height = (size_t)height, p->width = (size_t)width;
    p->grey = json_is_true(json_object_get(images, "grey"));
    for (int i = 0; fill && i < 6; i++)
        if (strcmp(fill, fills[i]) == 0) p->fill = (cn__fill)i;
    p->inputs = cn__arena_array(&p->arena, n + 1, sizeof *p->inputs);
    p->targets = cn__arena_array(&p->arena, m + 1, sizeof *p->targets);
    if (!p->inputs || !p->targets) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++, p->input_count++)
        CN_TRY(read_input(p, json_array_get(inputs, i), &p->inputs[i]));
    for (size_t i = 0; i < m; i++, p->target_count++)
        CN_TRY(read_target(p, json_array_get(targets, i), &p->targets[i]));
    const char *how = json_string_value(json_object_get(root, "target_scale"));
    if (cn__scaling_check(how) != CN_OK) return damaged("how the target is scaled");
    if (how && !(p->target_scale = cn__arena_strdup(&p->arena, how))) return CN_ERROR_MEMORY;
    p->fill_number = json_number_value(json_object_get(root, "fill"));
    return cn__preparation_finish(p);
}

cn_preparation *cn_preparation_from_json(const char *json)
{
    json_error_t error;
    json_t *root = json_loads(json, 0, &error);
    cn_preparation *p = cn__calloc(1, sizeof *p);
    const bool no_memory = !p || (!root && cn__json_out_of_memory(&error));
    cn_status status = no_memory ? CN_ERROR_MEMORY : root ? read_all(p, root) : damaged(error.text);
    json_decref(root);
    if (status == CN_OK) return p;
    cn_preparation_free(p);
    return NULL;
}
