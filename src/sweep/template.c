/* Opening a template, and filling its places at a point. */
#include "sweep/template.h"

#include <math.h>
#include <string.h>

#include "model/model.h"
#include "nn/activation.h"
#include "nn/layer.h"

/* ---- opening ------------------------------------------------------------------------------------------------------- */

static bool is_named(const cn__template *t, size_t lines, const char *name)
{
    for (size_t i = 0; i < lines; i++)
        if (t->names[i] && strcmp(t->names[i], name) == 0) return true;
    return false;
}

/* As Keras names them: by kind, numbered. */
static cn_status name_line(cn__arena *arena, cn__template *t, size_t line)
{
    const cn__value *call = &t->calls[line], *given = cn__value_get(call, "name");
    const cn__layer_kind *kind = cn__value_name(call) ? cn__layer_kind_called(call->word) : NULL;
    char base[64], name[96];
    if (!kind || kind->is_input) return CN_OK;
    if (given && cn__value_name(given)) {
        t->names[line] = cn__value_name(given);
        return CN_OK;
    }
    cn__snake_case(kind->class_name, base, sizeof base);
    for (size_t number = 0; number == 0 || is_named(t, line, name); number++)
        cn__format(name, sizeof name, number ? "%s_%zu" : "%s", base, number);
    t->names[line] = cn__arena_strdup(arena, name);
    return t->names[line] ? CN_OK : CN_ERROR_MEMORY;
}

/* The output layer is the last one that has weights; what is behind it belongs to it. */
static void find_output(cn__template *t)
{
    t->output = t->lines;
    for (size_t i = 0; i < t->lines; i++)
        if (t->names[i] && cn__layer_kind_called(t->calls[i].word)->build) t->output = i;
}

static cn_status set_kind(cn__dimension *d, const cn__place *p)
{
    const cn__param *param = cn__place_param(p);
    if (p->kind == CN_PLACE_REPEAT || (p->kind == CN_PLACE_FIT && !cn__fit_arguments[p->index].flag))
        return cn__dimension_set_kind(d, CN_DIMENSION_INT);
    if (!param) return CN_OK;
    switch (param->type) {
    case CN_PARAM_INT:
    case CN_PARAM_MAYBE_INT:
    case CN_PARAM_INTS: return cn__dimension_set_kind(d, CN_DIMENSION_INT);
    case CN_PARAM_FLOAT:
    case CN_PARAM_MAYBE_FLOAT:
    case CN_PARAM_FLOATS: return cn__dimension_set_kind(d, CN_DIMENSION_FLOAT);
    default: return CN_OK;
    }
}

/* Each value is another copy of the data. */
static cn_status check_data(const cn__dimension *d, const cn__place *p)
{
    enum { MOST_COPIES = 16 };
    if (p->kind != CN_PLACE_DATA || (d->levels && d->levels <= MOST_COPIES)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "%s: expected a list of at most %d values: each prepares the data anew", d->name,
                    MOST_COPIES);
}

static cn_status find_places(cn__arena *arena, cn__template *t)
{
    const size_t n = t->space->count;
    t->places = cn__arena_array(arena, n, sizeof *t->places);
    t->place_counts = cn__arena_array(arena, n, sizeof *t->place_counts);
    if (!t->places || !t->place_counts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        cn__dimension *d = &t->space->dimensions[i];
        CN_TRY(cn__places_find(arena, t, d->name, &t->places[i], &t->place_counts[i]));
        for (size_t k = 0; k < t->place_counts[i]; k++) {
            CN_TRY(set_kind(d, &t->places[i][k]));
            CN_TRY(check_data(d, &t->places[i][k]));
        }
    }
    return CN_OK;
}

cn_status cn__template_open(cn__arena *arena, const cn__configuration *base, cn__space *space,
                            cn__template *t)
{
    *t = (cn__template){.base = base, .space = space, .callbacks = {.kind = CN_VALUE_LIST}};
    CN_TRY(cn__notation_calls(arena, base->layers, &t->calls, &t->lines));
    t->names = cn__arena_array(arena, t->lines + 1, sizeof *t->names);
    if (!t->names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < t->lines; i++) CN_TRY(name_line(arena, t, i));
    find_output(t);
    CN_TRY(cn__value_parse(arena, base->optimizer ? base->optimizer : "rmsprop", &t->optimizer));
    CN_TRY(cn__value_parse(arena, base->loss, &t->loss));
    if (base->fit.callbacks) CN_TRY(cn__value_parse_list(arena, base->fit.callbacks, &t->callbacks));
    return find_places(arena, t);
}

/* ---- filling --------------------------------------------------------------------------------------------------------- */

typedef struct filler {
    const cn__template *t;
    cn__arena *arena;
    cn__value *calls, optimizer, loss;
    cn__value *callbacks;
    size_t *repeats;
    cn__configuration *out;
} filler;

/* A call of its own, with capacity for one more argument. */
static cn_status own_call(cn__arena *arena, cn__value *call)
{
    if (!cn__value_name(call)) return cn__fail(CN_ERROR_ARGUMENT, "expected a name that takes arguments");
    cn__value *items = cn__arena_array(arena, call->count + 1, sizeof *items);
    const char **names = cn__arena_array(arena, call->count + 1, sizeof *names);
    if (!items || !names) return CN_ERROR_MEMORY;
    const size_t count = call->kind == CN_VALUE_CALL ? call->count : 0;
    for (size_t i = 0; i < count; i++)
        items[i] = call->items[i], names[i] = call->names ? call->names[i] : NULL;
    *call = (cn__value){
        .kind = CN_VALUE_CALL, .word = call->word, .items = items, .names = names, .count = count};
    return CN_OK;
}

/* Where the argument stands in the call; call->count: nowhere. Arguments without a name are by their place, but for an
 * activation, which is known by its value (conv2d(32, 3, relu)). */
static size_t find_argument(const cn__value *call, const cn__param *params, size_t param_count,
                            const char *name)
{
    const bool activation = strcmp(name, "activation") == 0;
    for (size_t i = 0; i < call->count; i++) {
        const char *is = call->names[i];
        if (is ? cn__same_name(is, name) : activation && i && cn__is_activation(&call->items[i])) return i;
        bool by_place = !is && i < param_count && strcmp(params[i].name, name) == 0;
        if (by_place && (activation || !i || !cn__is_activation(&call->items[i]))) return i;
    }
    return call->count;
}

static void remove_positional(cn__value *call)
{
    size_t kept = 0;
    for (size_t i = 0; i < call->count; i++)
        if (call->names[i]) call->names[kept] = call->names[i], call->items[kept++] = call->items[i];
    call->count = kept;
}

/* Sets what `path` names in the call. */
static cn_status set_argument(cn__arena *arena, cn__value *call, const cn__param *params, size_t param_count,
                              const char *path, const cn__value *value)
{
    const size_t size = strcspn(path, ".");
    char *name = cn__arena_format(arena, "%.*s", (int)size, path);
    if (!name) return CN_ERROR_MEMORY;
    CN_TRY(own_call(arena, call));
    /* reshape(7, 7): the numbers without a name are one argument */
    if (param_count && params[0].type == CN_PARAM_INTS && strcmp(params[0].name, name) == 0)
        remove_positional(call);
    size_t at = find_argument(call, params, param_count, name);
    if (path[size]) {
        if (at == call->count)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: there is no %s to look into; expected it to be given",
                            path, name);
        cn_status status = set_argument(arena, &call->items[at], NULL, 0, path + size + 1, value);
        return status == CN_OK ? CN_OK : cn__fail_in("%s", path);
    }
    if (at == call->count) call->names[call->count++] = name;
    call->items[at] = *value;
    return CN_OK;
}

static cn_status set_fit(filler *f, const cn__place *p, const cn__value *value)
{
    const cn__fit_argument *a = &cn__fit_arguments[p->index];
    char *at = (char *)&f->out->fit + a->offset;
    if (a->flag) {
        if (value->kind != CN_VALUE_BOOL)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: expected true or false", a->name);
        *(bool *)at = value->boolean;
        return CN_OK;
    }
    if (value->kind != CN_VALUE_INT || value->number < a->low)
        return cn__fail(CN_ERROR_ARGUMENT, "got %s, expected a whole number of at least %g",
                        cn__value_text(f->arena, value), a->low);
    *(size_t *)at = (size_t)value->integer;
    return CN_OK;
}

static cn_status set_repeat(filler *f, const cn__place *p, const cn__value *value)
{
    enum { MOST_REPEATS = 1000 };
    const char *name = f->t->names[p->index];
    if (value->kind != CN_VALUE_INT || value->integer < 0 || value->integer > MOST_REPEATS)
        return cn__fail(CN_ERROR_ARGUMENT, "%s.repeat: %s, expected a whole number from 0 to %d", name,
                        cn__value_text(f->arena, value), MOST_REPEATS);
    if (cn__notation_is_graph(f->t->base->layers))
        return cn__fail(CN_ERROR_ARGUMENT, "%s.repeat: layers of a graph cannot be repeated", name);
    f->repeats[p->index] = (size_t)value->integer;
    return CN_OK;
}

static cn_status set_place(filler *f, const cn__place *p, const cn__value *value)
{
    cn__value *whole = p->kind == CN_PLACE_OPTIMIZER ? &f->optimizer
                       : p->kind == CN_PLACE_LOSS    ? &f->loss
                       : p->kind == CN_PLACE_LAYER   ? &f->calls[p->index]
                                                     : &f->callbacks[p->index];
    if (p->kind == CN_PLACE_DATA) return CN_OK; /* all of them at once: prepare_data */
    if (p->kind == CN_PLACE_FIT) return set_fit(f, p, value);
    if (p->kind == CN_PLACE_REPEAT) return set_repeat(f, p, value);
    if (*p->path) return set_argument(f->arena, whole, p->params, p->param_count, p->path, value);
    *whole = *value;
    return CN_OK;
}

static cn_status set_dimension(filler *f, const double *point, size_t i, bool whole)
{
    const cn__dimension *d = &f->t->space->dimensions[i];
    const cn__value value = cn__dimension_value(d, point[i]);
    if (isnan(point[i])) return CN_OK;
    for (size_t k = 0; k < f->t->place_counts[i]; k++) {
        const cn__place *p = &f->t->places[i][k];
        bool is_whole = !*p->path && (p->kind == CN_PLACE_OPTIMIZER || p->kind == CN_PLACE_LOSS);
        if (is_whole == whole && set_place(f, p, &value) != CN_OK) return cn__fail_in("%s", d->name);
    }
    return CN_OK;
}

/* A layer that is there several times has its name with a number behind it from the second on. */
static cn_status print_line(filler *f, size_t line, size_t number, cn__text *text)
{
    cn__value call = f->calls[line];
    const cn__value *given = cn__value_get(&call, "name");
    if (number && given) {
        const char *name = cn__arena_format(f->arena, "%s_%zu", cn__value_name(given), number);
        const cn__value value = {.kind = CN_VALUE_WORD, .word = name};
        if (!name) return CN_ERROR_MEMORY;
        CN_TRY(set_argument(f->arena, &call, NULL, 0, "name", &value));
    }
    const char *one = cn__value_text(f->arena, &call);
    if (!one) return CN_ERROR_MEMORY;
    if (text->size) cn__text_add(text, "\n");
    cn__text_add(text, one);
    return CN_OK;
}

static cn_status print_layers(filler *f)
{
    cn__text text = {0};
    cn_status status = CN_OK;
    for (size_t i = 0; i < f->t->lines; i++)
        for (size_t k = 0; status == CN_OK && k < f->repeats[i]; k++) status = print_line(f, i, k, &text);
    if (status == CN_OK && text.failed) status = cn__fail_memory(text.size, "layers");
    f->out->layers = status == CN_OK ? cn__arena_strdup(f->arena, text.data ? text.data : "") : NULL;
    cn__text_free(&text);
    return status == CN_OK && !f->out->layers ? CN_ERROR_MEMORY : status;
}

static cn_status print_callbacks(filler *f)
{
    cn__text text = {0};
    const size_t count = f->t->callbacks.count;
    if (!count) return CN_OK;
    for (size_t i = 0; i < count; i++) {
        const char *one = cn__value_text(f->arena, &f->callbacks[i]);
        cn__text_printf(&text, "%s%s", i ? ", " : "", one ? one : "");
    }
    f->out->fit.callbacks = text.failed ? NULL : cn__arena_strdup(f->arena, text.data);
    cn__text_free(&text);
    return f->out->fit.callbacks ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status copy(filler *f)
{
    const cn__template *t = f->t;
    f->calls = cn__arena_array(f->arena, t->lines + 1, sizeof *f->calls);
    f->repeats = cn__arena_array(f->arena, t->lines + 1, sizeof *f->repeats);
    f->callbacks = cn__arena_array(f->arena, t->callbacks.count + 1, sizeof *f->callbacks);
    if (!f->calls || !f->repeats || !f->callbacks) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < t->lines; i++) f->calls[i] = t->calls[i], f->repeats[i] = 1;
    for (size_t i = 0; i < t->callbacks.count; i++) f->callbacks[i] = t->callbacks.items[i];
    f->optimizer = t->optimizer, f->loss = t->loss;
    return CN_OK;
}

/* The data as all dimensions together want it. */
static cn_status prepare_data(const filler *f, const double *point)
{
    const cn__template *t = f->t;
    const char *names[CN_MAX_DIMENSIONS];
    cn__value values[CN_MAX_DIMENSIONS];
    size_t count = 0;
    for (size_t i = 0; i < t->space->count; i++) {
        const cn__place *p = t->places[i];
        if (!t->place_counts[i] || p->kind != CN_PLACE_DATA || isnan(point[i])) continue;
        names[count] = t->base->preparer->names[p->index];
        values[count++] = cn__dimension_value(&t->space->dimensions[i], point[i]);
    }
    const cn__data_preparer *p = t->base->preparer;
    return count ? p->prepare(p->user, names, values, count, f->out) : CN_OK;
}

cn_status cn__template_fill(const cn__template *t, const double *point, cn__arena *arena,
                            cn__configuration *out)
{
    filler f = {.t = t, .arena = arena, .out = out};
    *out = *t->base;
    CN_TRY(copy(&f));
    for (size_t i = 0; i < t->space->count; i++) CN_TRY(set_dimension(&f, point, i, true));
    for (size_t i = 0; i < t->space->count; i++) CN_TRY(set_dimension(&f, point, i, false));
    CN_TRY(prepare_data(&f, point));
    CN_TRY(print_layers(&f));
    CN_TRY(print_callbacks(&f));
    out->optimizer = cn__value_text(arena, &f.optimizer);
    out->loss = cn__value_text(arena, &f.loss);
    return out->optimizer && out->loss ? CN_OK : CN_ERROR_MEMORY;
}
