/* Built-in callbacks by name, and calling all of them in order. */
#include <stdio.h>
#include <string.h>

#include "train/callbacks/callback_class.h"

#define EACH_CALLBACK(X)                                                                                     \
    X(backup_and_restore)                                                                                    \
    X(csv_logger)                                                                                            \
    X(early_stopping)                                                                                        \
    X(learning_rate_scheduler)                                                                               \
    X(model_checkpoint)                                                                                      \
    X(reduce_lr_on_plateau)                                                                                  \
    X(stochastic_weight_averaging)                                                                           \
    X(stop_below)                                                                                            \
    X(swap_ema_weights)                                                                                      \
    X(terminate_on_nan)

#define DECLARE(name) extern const cn__callback_kind cn__callback_##name;
EACH_CALLBACK(DECLARE)
#define ENTRY(name) &cn__callback_##name.kind,
static const cn__kind *const kinds[] = {EACH_CALLBACK(ENTRY) NULL};

const cn__registry cn__callbacks = {
    .noun = "callback", .example = "early_stopping(patience=3)", .module = "keras.callbacks", .kinds = kinds};

/* ---- making ------------------------------------------------------------------------------------------------- */

enum { MAX_OTHERS = 8 };

/* Those that the caller brought. */
static cn__registry others_of(const cn_callback_kind *const *given, const cn__kind *list[MAX_OTHERS + 1])
{
    size_t n = 0;
    while (given && given[n] && n < MAX_OTHERS) {
        list[n] = &given[n]->kind;
        n++;
    }
    list[n] = NULL;
    return (cn__registry){.noun = "callback", .kinds = list};
}

static cn_status find(const cn_callback_kind *const *given, const cn__value *value,
                      const cn__callback_kind **out)
{
    const cn__kind *list[MAX_OTHERS + 1], *kind;
    const cn__registry others = others_of(given, list);
    const char *name = cn__value_name(value);
    if (!name) return cn__registry_kind(&cn__callbacks, value, &kind);
    kind = cn__registry_find(&cn__callbacks, name);
    if (!kind) kind = cn__registry_find(&others, name);
    if (!kind) return cn__registry_fail(&cn__callbacks, &others, name);
    *out = (const cn__callback_kind *)kind;
    return CN_OK;
}

/* One entry of a list: its kind, and the kind's configuration. */
typedef struct entry {
    const cn__callback_kind *kind;
    void *config;
} entry;

static cn_status read_entry(cn__arena *arena, const cn__value *value, const cn_callback_kind *const *others,
                            entry *out)
{
    char what[80];
    CN_TRY(find(others, value, &out->kind));
    const cn__kind *kind = &out->kind->kind;
    out->config = cn__arena_alloc(arena, kind->config_size);
    if (!out->config) return CN_ERROR_MEMORY;
    snprintf(what, sizeof what, "callback %.60s", kind->name);
    return cn__params_read(arena, what, kind->params, kind->param_count, value, out->config);
}

/* "a(…), b(…)", or the same in brackets. */
static cn_status read_list(cn__arena *arena, const char *callbacks, cn__value *list)
{
    *list = (cn__value){0};
    if (callbacks && callbacks[strspn(callbacks, " \t\n")])
        CN_TRY(cn__value_parse_list(arena, callbacks, list));
    if (list->count == 1 && list->items[0].kind == CN_VALUE_LIST) *list = list->items[0];
    return CN_OK;
}

static const char *path_of(const cn__callback_kind *kind, const void *config)
{
    for (size_t i = 0; kind->writes && i < kind->kind.param_count; i++)
        if (strcmp(kind->kind.params[i].name, kind->writes) == 0)
            return *(const char *const *)((const char *)config + kind->kind.params[i].offset);
    return NULL;
}

cn_status cn__callbacks_outputs(cn__arena *arena, const char *callbacks,
                                const cn_callback_kind *const *others, cn__outputs *out)
{
    cn__value list;
    cn__text rest = {0};
    cn_status status = CN_OK;
    *out = (cn__outputs){0};
    CN_TRY(read_list(arena, callbacks, &list));
    out->paths = cn__arena_array(arena, list.count + 1, sizeof *out->paths);
    if (!out->paths) return CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < list.count; i++) {
        entry e = {0};
        status = read_entry(arena, &list.items[i], others, &e);
        if (status != CN_OK) break;
        const char *path = path_of(e.kind, e.config);
        if (e.kind->writes) out->paths[out->count++] = path ? path : "";
        else cn__text_printf(&rest, "%s%s", rest.size ? ", " : "", cn__value_text(arena, &list.items[i]));
    }
    if (status == CN_OK) out->others = cn__arena_strdup(arena, rest.data ? rest.data : "");
    if (status == CN_OK && (rest.failed || !out->others)) status = cn__fail_memory(rest.size, "callbacks");
    cn__text_free(&rest);
    return status;
}

static cn_status make_builtin(cn_training *t, const cn__value *value)
{
    entry e = {0};
    CN_TRY(read_entry(&t->arena, value, t->options->callback_kinds, &e));
    cn__callback *c = cn__arena_alloc(&t->arena, sizeof *c);
    if (!c) return CN_ERROR_MEMORY;
    *c = (cn__callback){.kind = e.kind, .arena = &t->arena, .config = e.config};
    c->base.user = c;
    t->builtin[t->builtin_count++] = c; /* from here on it is released */
    return CN_OK;
}

/* Once all are there, since one may monitor what another logs. */
static cn_status prepare(cn_training *t)
{
    for (size_t i = 0; i < t->builtin_count; i++) {
        const cn__callback_kind *kind = t->builtin[i]->kind;
        const char *path = path_of(kind, t->builtin[i]->config);
        cn_status status = path ? cn__output_check(t, path) : CN_OK;
        if (status == CN_OK) status = kind->prepare(t->builtin[i], t);
        if (status != CN_OK) return cn__fail_in("callback %s", kind->kind.name);
    }
    return CN_OK;
}

cn_status cn__callbacks_make(cn_training *t)
{
    const cn_fit_options *o = t->options;
    cn__value list;
    size_t own = 0;
    CN_TRY(read_list(&t->arena, o->callbacks, &list));
    while (o->custom_callbacks && o->custom_callbacks[own]) own++;
    t->builtin = cn__arena_array(&t->arena, list.count + 1, sizeof *t->builtin);
    t->callbacks = cn__arena_array(&t->arena, list.count + own + 1, sizeof *t->callbacks);
    if (!t->builtin || !t->callbacks) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < list.count; i++) CN_TRY(make_builtin(t, &list.items[i]));
    CN_TRY(prepare(t));
    for (size_t i = 0; i < list.count; i++)
        if (cn__fit_writes(t) || !t->builtin[i]->kind->writes) /* else it is there, and remembers nothing */
            t->callbacks[t->callback_count++] = &t->builtin[i]->base;
    for (size_t i = 0; i < own; i++) t->callbacks[t->callback_count++] = o->custom_callbacks[i];
    for (size_t i = 0; i < t->callback_count; i++)
        t->batch_logs = t->batch_logs || t->callbacks[i]->on_batch_end;
    for (size_t i = 0; i < t->callback_count; i++)
        t->batch_calls = t->batch_calls || t->callbacks[i]->on_batch_end || t->callbacks[i]->on_batch_begin;
    return CN_OK;
}

void cn__callbacks_release(cn_training *t)
{
    for (size_t i = 0; i < t->builtin_count; i++)
        if (t->builtin[i]->release) t->builtin[i]->release(t->builtin[i]);
    t->builtin_count = 0;
    cn__outdir_close(&t->out);
    cn__free(t->checkpoint.bytes);
    t->checkpoint.bytes = NULL;
}

static cn_status call(const cn_callback *c, cn_training *t, cn__moment moment, size_t index,
                      const cn_logs *logs)
{
    switch (moment) {
    case CN_TRAIN_BEGIN: return c->on_train_begin ? c->on_train_begin(c->user, t) : CN_OK;
    case CN_EPOCH_BEGIN: return c->on_epoch_begin ? c->on_epoch_begin(c->user, t, index) : CN_OK;
    case CN_BATCH_BEGIN: return c->on_batch_begin ? c->on_batch_begin(c->user, t, index) : CN_OK;
    case CN_BATCH_END: return c->on_batch_end ? c->on_batch_end(c->user, t, index, logs) : CN_OK;
    case CN_EPOCH_END: return c->on_epoch_end ? c->on_epoch_end(c->user, t, index, logs) : CN_OK;
    case CN_TEST_BEGIN: return c->on_test_begin ? c->on_test_begin(c->user, t) : CN_OK;
    case CN_TEST_END: return c->on_test_end ? c->on_test_end(c->user, t, logs) : CN_OK;
    default: return c->on_train_end ? c->on_train_end(c->user, t) : CN_OK;
    }
}

cn_status cn__callbacks_call(cn_training *t, cn__moment moment, size_t index, const cn_logs *logs)
{
    for (size_t i = 0; i < t->callback_count; i++) {
        cn_status status = call(t->callbacks[i], t, moment, index, logs);
        if (status == CN_OK) continue;
        /* a program's own function need not leave a message */
        return cn_error_status() == status
                   ? status
                   : cn__fail(status, "callback %zu ended the training with status %d (%s)", i + 1,
                              (int)status, cn_status_name(status));
    }
    return CN_OK;
}
