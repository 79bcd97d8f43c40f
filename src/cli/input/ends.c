/* Options that are given once for each input or output of a network. */
#include "cli/input/ends.h"

#include <string.h>

#include "base/text/value.h"
#include "data/data.h"
#include "model/model.h"

enum { MOST_NAMES = 64 };

typedef struct names {
    const char *items[MOST_NAMES];
    size_t count;
    const char *what; /* "input" */
} names;

static names inputs_of(const cn_model *model)
{
    names n = {.count = cn_model_input_count(model), .what = "input"};
    if (n.count > MOST_NAMES) n.count = MOST_NAMES;
    for (size_t i = 0; i < n.count; i++) n.items[i] = cn_model_input_name(model, i);
    return n;
}

static names outputs_of(const cn_model *model)
{
    names n = {.count = cn_model_output_count(model), .what = "output"};
    if (n.count > MOST_NAMES) n.count = MOST_NAMES;
    for (size_t i = 0; i < n.count; i++) n.items[i] = cn_model_output_name(model, i);
    return n;
}

/* The end that "NAME=…" names, and what stands behind; n->count: none, and *rest is all of it. */
static size_t find(const names *n, const char *text, const char **rest)
{
    const char *equal = strchr(text, '=');
    *rest = text;
    for (size_t i = 0; equal && i < n->count; i++)
        if (strlen(n->items[i]) == (size_t)(equal - text) &&
            strncmp(n->items[i], text, (size_t)(equal - text)) == 0) {
            *rest = equal + 1;
            return i;
        }
    return n->count;
}

static bool names_any(const names *n, const cn__texts *given)
{
    const char *rest;
    for (size_t i = 0; i < given->count; i++)
        if (find(n, given->items[i], &rest) < n->count) return true;
    return false;
}

bool cn__has_ends(const cn_model *model, const cn__source *source)
{
    if (!model->layer_count) return false;
    if (cn_model_input_count(model) > 1 || cn_model_output_count(model) > 1) return true;
    const names in = inputs_of(model), out = outputs_of(model);
    return names_any(&in, &source->all_x) || names_any(&out, &source->all_y);
}

static cn_status fail_name(const names *n, const char *option, const char *text)
{
    char name[80];
    size_t size = strcspn(text, "=");
    if (!text[size] || size >= sizeof name || memchr(text, '(', size) || memchr(text, '/', size))
        return cn__fail(CN_ERROR_ARGUMENT, "--%s %s: the network has %zu %ss; expected --%s %s=… for each",
                        option, text, n->count, n->what, option, n->items[0]);
    memcpy(name, text, size);
    name[size] = '\0';
    (void)cn__fail_word(CN_ERROR_ARGUMENT, n->what, name, n->items, n->count);
    return cn__fail_in("--%s", option);
}

/* What was given for each; NULL: nothing. */
static cn_status assign(const names *n, const char *option, const cn__texts *given, const char **out)
{
    for (size_t i = 0; i < n->count; i++) out[i] = NULL;
    for (size_t i = 0; i < given->count; i++) {
        const char *rest;
        size_t at = find(n, given->items[i], &rest);
        if (at == n->count && n->count == 1 && given->count == 1) at = 0;
        if (at == n->count) return fail_name(n, option, given->items[i]);
        if (out[at])
            return cn__fail(CN_ERROR_ARGUMENT, "--%s was given twice for %s %s", option, n->what,
                            n->items[at]);
        if (!*rest)
            return cn__fail(CN_ERROR_ARGUMENT, "--%s %s: expected a value after the name", option,
                            given->items[i]);
        out[at] = rest;
    }
    return CN_OK;
}

/* ---- files ---------------------------------------------------------------------------------------------- */

/* One .npz for all: a member each. */
static cn_status take_members(const names *n, const char *option, const char *path, cn__arena *arena,
                              const char **out)
{
    cn_npz all;
    CN_TRY(cn_npz_read(path, &all));
    cn_status status = CN_OK;
    for (size_t i = 0; status == CN_OK && i < n->count; i++) {
        out[i] = cn_npz_find(&all, n->items[i]) ? cn__arena_format(arena, "%s:%s", path, n->items[i]) : NULL;
        if (!out[i])
            status = cn__fail(CN_ERROR_DATA, "--%s %s has no array '%s', as that %s is called", option, path,
                              n->items[i], n->what);
    }
    cn_npz_free(&all);
    return status;
}

static cn_status find_files(const names *n, const char *option, const cn__texts *given, cn__arena *arena,
                            const char **out)
{
    const char *rest;
    if (given->count == 1 && n->count > 1 && find(n, given->items[0], &rest) == n->count &&
        cn__has_suffix(given->items[0], ".npz"))
        return take_members(n, option, given->items[0], arena, out);
    return assign(n, option, given, out);
}

static cn_status read_all(const names *n, const char *const *paths, bool numbers, cn_array *arrays,
                          const cn_array **out)
{
    for (size_t i = 0; i < n->count; i++) {
        if (!paths[i]) continue;
        CN_TRY(numbers ? cn__read_float32(paths[i], &arrays[i]) : cn_data_read(paths[i], &arrays[i]));
        out[i] = &arrays[i];
    }
    return CN_OK;
}

static cn_status check_all_given(const names *n, const char *option, const char *const *paths)
{
    for (size_t i = 0; i < n->count; i++)
        if (!paths[i])
            return cn__fail(CN_ERROR_ARGUMENT, "no data for %s %s: expected --%s %s=FILE", n->what,
                            n->items[i], option, n->items[i]);
    return CN_OK;
}

cn_status cn__ends_read(const cn_model *model, const cn__source *s, const char *prefix, cn__ends *out)
{
    const names in = inputs_of(model), to = outputs_of(model);
    const char *paths[MOST_NAMES], *x, *y, *weight;
    *out = (cn__ends){.inputs = in.count, .outputs = to.count};
    cn__arena *arena = &out->arena;
    if (s->data)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "--data %s is for one input and one output, and the network has %zu and %zu; expected "
            "--x %s=FILE",
            s->data, in.count, to.count, in.items[0]);
    out->arrays = cn__arena_array(arena, in.count + 2 * to.count, sizeof *out->arrays);
    out->x = cn__arena_array(arena, in.count + 2 * to.count, sizeof *out->x);
    x = cn__arena_format(arena, "%sx", prefix);
    y = cn__arena_format(arena, "%sy", prefix);
    weight = cn__arena_format(arena, "%ssample-weight", prefix);
    if (!out->arrays || !out->x || !x || !y || !weight) return CN_ERROR_MEMORY;
    out->y = out->x + in.count;
    out->sample_weight = out->y + to.count;
    CN_TRY(find_files(&in, x, &s->all_x, arena, paths));
    CN_TRY(check_all_given(&in, x, paths));
    CN_TRY(read_all(&in, paths, true, out->arrays, out->x));
    CN_TRY(find_files(&to, y, &s->all_y, arena, paths));
    CN_TRY(read_all(&to, paths, false, out->arrays + in.count, out->y));
    CN_TRY(find_files(&to, weight, &s->all_weights, arena, paths));
    return read_all(&to, paths, true, out->arrays + in.count + to.count, out->sample_weight);
}

void cn__ends_free(cn__ends *e)
{
    for (size_t i = 0; e->arrays && i < e->inputs + 2 * e->outputs; i++) cn_array_free(&e->arrays[i]);
    cn__arena_free(&e->arena);
    *e = (cn__ends){0};
}

/* ---- words ---------------------------------------------------------------------------------------------- */

static cn_status read_words(const names *n, const char *option, const cn__texts *given, bool lists,
                            cn__text *out)
{
    const char *words[MOST_NAMES];
    cn__arena arena = {0};
    if (!given->count) return CN_OK;
    const size_t head = strcspn(given->items[0], "=("); /* "huber(delta=1)" names no output */
    if (given->count == 1 && !names_any(n, given) && given->items[0][head] != '=') {
        cn__text_add(out, given->items[0]);
        return out->failed ? cn__fail_memory(out->size, option) : CN_OK;
    }
    CN_TRY(assign(n, option, given, words));
    cn__text_add(out, "{");
    for (size_t i = 0; i < n->count; i++) {
        if (!words[i]) continue;
        const cn__value key = {.kind = CN_VALUE_WORD, .word = n->items[i]};
        const char *name = cn__value_text(&arena, &key);
        cn__text_printf(out, "%s%s: %s%s%s", out->size > 1 ? ", " : "", name ? name : "", lists ? "[" : "",
                        words[i], lists ? "]" : "");
        if (!name) out->failed = true;
    }
    cn__text_add(out, "}");
    cn__arena_free(&arena);
    return out->failed ? cn__fail_memory(out->size, option) : CN_OK;
}

cn_status cn__compile_words_read(const cn_model *model, const cn__words_given *given, cn__compile_words *out)
{
    const names n = outputs_of(model);
    *out = (cn__compile_words){.losses = {0}};
    CN_TRY(read_words(&n, "loss", &given->losses, false, &out->losses));
    CN_TRY(read_words(&n, "metrics", &given->metrics, true, &out->metrics));
    CN_TRY(read_words(&n, "weighted-metrics", &given->weighted_metrics, true, &out->weighted_metrics));
    return read_words(&n, "loss-weight", &given->loss_weights, false, &out->loss_weights);
}

void cn__compile_words_free(cn__compile_words *w)
{
    cn__text_free(&w->losses);
    cn__text_free(&w->metrics);
    cn__text_free(&w->weighted_metrics);
    cn__text_free(&w->loss_weights);
}
