/* From a dimension's name to the places that it stands for. */
#include <stddef.h>
#include <string.h>

#include "base/registry.h"
#include "nn/layer.h"
#include "nn/loss.h"
#include "nn/optimizers/optimizer.h"
#include "sweep/template.h"
#include "train/train.h"

const cn__fit_argument cn__fit_arguments[] = {
    {"batch_size", offsetof(cn_fit_options, batch_size), false, 1},
    {"epochs", offsetof(cn_fit_options, epochs), false, 1},
    {"shuffle", offsetof(cn_fit_options, shuffle), true, 0},
    {"reshuffle", offsetof(cn_fit_options, reshuffle), true, 0},
    {"validation_freq", offsetof(cn_fit_options, validation_freq), false, 1},
};
const size_t cn__fit_argument_count = sizeof cn__fit_arguments / sizeof *cn__fit_arguments;

enum { MOST_PLACES = 256 };

typedef struct finder {
    cn__arena *arena;
    const cn__template *t;
    cn__place *places;
    size_t count;
} finder;

static void add(finder *f, cn__place place)
{
    if (f->count < MOST_PLACES) f->places[f->count++] = place;
}

static const cn__layer_kind *kind_of(const cn__template *t, size_t line)
{
    return t->names[line] ? cn__layer_kind_called(t->calls[line].word) : NULL;
}

static cn__place layer_place(const cn__template *t, size_t line, const char *path)
{
    const cn__layer_kind *kind = kind_of(t, line);
    return (cn__place){CN_PLACE_LAYER, line, path, kind->params, kind->param_count};
}

static bool has_param(const cn__param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(params[i].name, name) == 0) return true;
    return false;
}

/* Arguments of optimizers, losses, callbacks: of the kind that the value names. */
static cn__place registry_place(cn__place_kind place, size_t index, const char *path,
                                const cn__registry *registry, const cn__value *value)
{
    const char *name = cn__value_name(value);
    const cn__kind *kind = name ? cn__registry_find(registry, name) : NULL;
    return (cn__place){place, index, path, kind ? kind->params : NULL, kind ? kind->param_count : 0};
}

/* ---- names without a point ------------------------------------------------------------------------------------------ */

static bool find_fit(finder *f, const char *name)
{
    for (size_t i = 0; i < cn__fit_argument_count; i++)
        if (strcmp(cn__fit_arguments[i].name, name) == 0) add(f, (cn__place){CN_PLACE_FIT, i, "", NULL, 0});
    return f->count > 0;
}

static bool find_compile(finder *f, const char *name)
{
    static const char *const names[] = {"optimizer", "loss"};
    for (int i = 0; i < 2; i++)
        if (strcmp(name, names[i]) == 0)
            add(f, (cn__place){i ? CN_PLACE_LOSS : CN_PLACE_OPTIMIZER, 0, "", NULL, 0});
    return f->count > 0;
}

static bool find_layers_of_kind(finder *f, const char *name)
{
    const cn__layer_kind *wanted = cn__layer_kind_called(name);
    for (size_t i = 0; wanted && i < f->t->output; i++)
        if (kind_of(f->t, i) == wanted && wanted->param_count)
            add(f, layer_place(f->t, i, wanted->params[0].name));
    return f->count > 0;
}

static bool find_argument(finder *f, const char *name)
{
    for (size_t i = 0; i < f->t->output; i++) {
        const cn__layer_kind *kind = kind_of(f->t, i);
        if (kind && has_param(kind->params, kind->param_count, name)) add(f, layer_place(f->t, i, name));
    }
    return f->count > 0;
}

/* Of any optimizer: which one it is may be searched too. */
static bool find_optimizers_argument(finder *f, const char *name)
{
    for (const cn__kind *const *k = cn__optimizers.kinds; *k && !f->count; k++)
        if (has_param((*k)->params, (*k)->param_count, name))
            add(f, registry_place(CN_PLACE_OPTIMIZER, 0, name, &cn__optimizers, &f->t->optimizer));
    return f->count > 0;
}

/* ---- names with points ------------------------------------------------------------------------------------------------ */

static bool begins(const char *name, const char *word, const char **rest)
{
    size_t size = strlen(word);
    if (strncmp(name, word, size) != 0 || name[size] != '.') return false;
    *rest = name + size + 1;
    return true;
}

static bool find_in_layer(finder *f, const char *name)
{
    const char *rest;
    for (size_t i = 0; i < f->t->lines; i++) {
        if (!f->t->names[i] || !begins(name, f->t->names[i], &rest)) continue;
        if (strcmp(rest, "repeat") == 0) add(f, (cn__place){CN_PLACE_REPEAT, i, "", NULL, 0});
        else add(f, layer_place(f->t, i, rest));
    }
    return f->count > 0;
}

static bool find_in_callback(finder *f, const char *name)
{
    const cn__value *list = &f->t->callbacks;
    const char *rest;
    for (size_t i = 0; i < list->count; i++) {
        const char *called = cn__value_name(&list->items[i]);
        if (called && begins(name, called, &rest))
            add(f, registry_place(CN_PLACE_CALLBACK, i, rest, &cn__callbacks, &list->items[i]));
    }
    return f->count > 0;
}

static bool find_in_data(finder *f, const char *name)
{
    const cn__data_preparer *p = f->t->base->preparer;
    for (size_t i = 0; p && i < p->name_count; i++)
        if (strcmp(p->names[i], name) == 0) add(f, (cn__place){CN_PLACE_DATA, i, "", NULL, 0});
    return f->count > 0;
}

static bool find_pointed(finder *f, const char *name)
{
    const char *rest;
    if (begins(name, "optimizer", &rest))
        add(f, registry_place(CN_PLACE_OPTIMIZER, 0, rest, &cn__optimizers, &f->t->optimizer));
    else if (begins(name, "loss", &rest))
        add(f, registry_place(CN_PLACE_LOSS, 0, rest, cn__losses(), &f->t->loss));
    else if (begins(name, "fit", &rest)) find_fit(f, rest);
    return f->count > 0 || find_in_layer(f, name) || find_in_callback(f, name) || find_in_data(f, name);
}

/* ---- the whole --------------------------------------------------------------------------------------------------------- */

typedef struct words {
    const char *items[200];
    size_t count;
} words;

static void add_word(words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->items[i], word) == 0) return;
    if (word && w->count < sizeof w->items / sizeof *w->items) w->items[w->count++] = word;
}

static void add_params(words *w, const cn__param *params, size_t count)
{
    for (size_t i = 0; i < count; i++) add_word(w, params[i].name);
}

static cn_status fail_unknown(finder *f, const char *name)
{
    words w = {.count = 0};
    const cn__template *t = f->t;
    for (size_t i = 0; i < cn__fit_argument_count; i++) add_word(&w, cn__fit_arguments[i].name);
    add_word(&w, "optimizer");
    add_word(&w, "optimizer.learning_rate");
    add_word(&w, "loss");
    const cn__place optimizer = registry_place(CN_PLACE_OPTIMIZER, 0, "", &cn__optimizers, &t->optimizer);
    add_params(&w, optimizer.params, optimizer.param_count);
    for (size_t i = 0; t->base->preparer && i < t->base->preparer->name_count; i++)
        add_word(&w, t->base->preparer->names[i]);
    for (size_t i = 0; i < t->output; i++) {
        const cn__layer_kind *kind = kind_of(t, i);
        if (!kind) continue;
        if (kind->param_count) {
            add_params(&w, kind->params, kind->param_count);
            add_word(&w, cn__arena_format(f->arena, "%s.%s", t->names[i], kind->params[0].name));
        }
        add_word(&w, cn__arena_format(f->arena, "%s.repeat", t->names[i]));
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "name to search over", name, w.items, w.count);
}

const cn__param *cn__place_param(const cn__place *p)
{
    for (size_t i = 0; i < p->param_count; i++)
        if (strcmp(p->params[i].name, p->path) == 0) return &p->params[i];
    return NULL;
}

/* An argument that is not there is a mistake unless the whole that it is in is searched too: then it depends on that. */
static cn_status check_arguments(const finder *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        const cn__place *p = &f->places[i];
        const char *names[64], *what = p->kind == CN_PLACE_LAYER ? f->t->names[p->index] : "it";
        size_t n = 0, first = strcspn(p->path, ".");
        bool found = !p->params || !*p->path;
        for (size_t k = 0; k < p->param_count && n < 64; k++) {
            names[n++] = p->params[k].name;
            found = found || (strlen(names[n - 1]) == first && strncmp(names[n - 1], p->path, first) == 0);
        }
        bool whole = p->kind == CN_PLACE_OPTIMIZER || p->kind == CN_PLACE_LOSS;
        if (found || whole) continue;
        (void)!cn__fail_word(CN_ERROR_ARGUMENT, "argument", p->path, names, n);
        return cn__fail_in("%s: %s", name, what);
    }
    return CN_OK;
}

cn_status cn__places_find(cn__arena *arena, const cn__template *t, const char *name, cn__place **out,
                          size_t *count)
{
    finder f = {.arena = arena, .t = t};
    const char *rest, *own = name;
    f.places = cn__arena_array(arena, MOST_PLACES, sizeof *f.places);
    if (!f.places) return CN_ERROR_MEMORY;
    if (begins(name, t->base->name, &rest)) own = rest;
    bool found = strchr(own, '.')
                     ? find_pointed(&f, own)
                     : find_compile(&f, own) || find_fit(&f, own) || find_layers_of_kind(&f, own) ||
                           find_argument(&f, own) || find_optimizers_argument(&f, own);
    if (!found) return fail_unknown(&f, name);
    *out = f.places;
    *count = f.count;
    return check_arguments(&f, name);
}
